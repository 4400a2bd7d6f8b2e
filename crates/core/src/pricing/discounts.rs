//! From the list price to the line total: groups, stages, manual discounts, rounding.

use smallvec::SmallVec;

use super::plan::measure;
use super::{At, Computed, Facts, Found, Line, Mix, Plan, Recorder, RuleRef, StepNote};
use crate::book::{Basis, Combine, Keep, Target};
use crate::engine::{Bounds, Conditions, Effect, Rule, StepRounding, TierEffect};
use crate::money::{Exact, Quantity};
use crate::quote::{CandidateNote, Lost, ManualDiscount, Outcome, Per, StepKind};
use crate::rules::Value;

/// A line after its discounts, before free goods and the rounding of the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Discounted {
    pub(crate) found: Found,
    /// The list value of the line, all periods.
    pub(crate) list_value: Exact,
    /// The net price of one ordered unit (of one period); `None` for lines priced as a whole.
    pub(crate) unit: Option<Exact>,
    /// The running total of the line.
    pub(crate) total: Exact,
    /// What manual discounts took off, in percent terms: the price before and after them; nothing and
    /// less where something sold for nothing was discounted further.
    pub(crate) manual: Option<(Exact, Exact)>,
}

/// A rule that applies to the line.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    rule: u32,
    /// The rule that was kept in its place.
    by: u32,
    stage: u16,
    group: Option<u16>,
    combine: Combine,
    target: Target,
    alive: bool,
    effect: Resolved,
}

/// What a rule does to this line.
#[derive(Debug, Clone, Copy)]
enum Resolved {
    Percent(Exact),
    /// Per ordered unit, in the document's currency.
    Amount(Exact),
    /// For the line, in the document's currency.
    LineAmount(Exact),
    /// The price of one ordered unit, in the document's currency.
    Price(Exact),
}

/// Memory that lines share.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    candidates: SmallVec<[Candidate; 6]>,
    /// Whether any candidate is for the total of the line.
    on_total: bool,
}

impl Scratch {
    fn add(&mut self, number: u32, rule: &Rule, effect: Resolved) {
        self.on_total |= rule.target == Target::Total;
        self.candidates.push(Candidate {
            rule: number,
            by: number,
            stage: rule.stage,
            group: rule.group,
            combine: rule.combine,
            target: rule.target,
            alive: true,
            effect,
        });
    }
}

/// Why a rule is no candidate.
type Verdict = Result<(), Lost>;

/// Whether date, terms, coupon, quantity, value and weight allow a rule whose scope matches.
pub(crate) fn conditions(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    rule: &Rule,
    found: Found,
) -> Computed<Verdict> {
    let value = found.value;
    if !rule.days.contains(plan.day) {
        return Ok(Err(Outcome::NotValid.into()));
    }
    let Some(conditions) = &rule.conditions else { return Ok(Ok(())) };
    if let Some(outcome) = terms(plan, conditions) {
        return Ok(Err(outcome.into()));
    }
    let across = conditions.across;
    let checks = [
        (&conditions.quantity, Basis::Quantity),
        (&conditions.value, Basis::Value),
        (&conditions.weight, Basis::Weight),
    ];
    for (bounds, basis) in checks {
        if bounds.is_open() {
            continue;
        }
        let measured = measure(line, mix, basis, across, value)?;
        let bounds = if basis == Basis::Value { value_bounds(plan, *bounds)? } else { *bounds };
        if let Some(outcome) = outside(basis, bounds, measured) {
            return Ok(Err(outcome.together(across.map(|_| measured))));
        }
    }
    if let Some(when) = conditions.when {
        let facts = Facts::priced(plan, line, found.unit, found.value);
        if facts.ask(when, &rule.id)? != Value::Bool(true) {
            return Ok(Err(Outcome::Condition.into()));
        }
    }
    Ok(Ok(()))
}

/// Whether a rule asks for a coupon, a payment or years of commitment: no request without any of
/// these meets it.
pub(crate) fn needs_terms(conditions: &Conditions) -> bool {
    conditions.coupon.is_some()
        || !conditions.payment.is_empty()
        || outside(Basis::Quantity, conditions.years, Exact::ZERO).is_some()
}

/// What of a rule's coupon, payment and years of commitment the request does not meet.
pub(crate) fn terms(plan: &Plan<'_>, conditions: &Conditions) -> Option<Outcome> {
    if let Some(coupon) = conditions.coupon
        && !plan.coupons.contains(&coupon)
    {
        return Some(Outcome::Coupon);
    }
    if !conditions.payment.is_empty()
        && plan.payment.is_none_or(|payment| !conditions.payment.contains(payment))
    {
        return Some(Outcome::Payment);
    }
    let years = plan.years.unwrap_or(Exact::ZERO);
    outside(Basis::Quantity, conditions.years, years).map(|_| Outcome::Years)
}

/// Bounds over a value, which the book writes in its own currency, in the document's.
pub(crate) fn value_bounds(plan: &Plan<'_>, bounds: Bounds) -> Computed<Bounds> {
    if !plan.is_foreign() {
        return Ok(bounds);
    }
    let convert = |bound: Option<Exact>| bound.map(|b| plan.in_document_currency(b)).transpose();
    Ok(Bounds { from: convert(bounds.from)?, below: convert(bounds.below)? })
}

/// The highest step of a scale of discounts that is reached.
pub(crate) fn reached<'s>(
    plan: &Plan<'_>,
    basis: Basis,
    steps: &'s [(Exact, TierEffect)],
    measured: Exact,
) -> Computed<Option<&'s (Exact, TierEffect)>> {
    let is_foreign = basis == Basis::Value && plan.is_foreign();
    for step in steps.iter().rev() {
        let from = if is_foreign { plan.in_document_currency(step.0)? } else { step.0 };
        if from <= measured {
            return Ok(Some(step));
        }
    }
    Ok(None)
}

/// That not even the first step of a scale of discounts is reached.
pub(crate) fn below_first(
    plan: &Plan<'_>,
    basis: Basis,
    steps: &[(Exact, TierEffect)],
) -> Computed<Lost> {
    let mut first = steps.first().map_or(Exact::ZERO, |(from, _)| *from);
    if basis == Basis::Value {
        first = plan.in_document_currency(first)?;
    }
    Ok(Lost::too_low(basis, Quantity::from_exact(first).unwrap_or(Quantity::ZERO)))
}

pub(crate) fn outside(basis: Basis, bounds: Bounds, measured: Exact) -> Option<Lost> {
    let quantity = |value: Exact| Quantity::from_exact(value).unwrap_or(Quantity::ZERO);
    if let Some(from) = bounds.from
        && measured < from
    {
        return Some(Lost::too_low(basis, quantity(from)));
    }
    if let Some(below) = bounds.below
        && measured >= below
    {
        return Some(Lost::too_high(basis, quantity(below)));
    }
    None
}

/// What the effect of a rule comes to for this line; an outcome where it comes to nothing.
fn resolve(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    rule: &Rule,
    found: Found,
) -> Computed<Result<Resolved, Lost>> {
    let value = found.value;
    let resolved = match &rule.effect {
        Effect::Percent(percent) => Resolved::Percent(*percent),
        Effect::Amount(amount) => Resolved::Amount(plan.in_document_currency(*amount)?),
        Effect::LineAmount(amount) => Resolved::LineAmount(plan.in_document_currency(*amount)?),
        Effect::Price(price) => Resolved::Price(plan.in_document_currency(*price)?),
        Effect::Tiers { basis, steps } => {
            let across = rule.conditions.as_ref().and_then(|conditions| conditions.across);
            let measured = measure(line, mix, *basis, across, value)?;
            match reached(plan, *basis, steps, measured)? {
                Some((_, TierEffect::Percent(percent))) => Resolved::Percent(*percent),
                Some((_, TierEffect::Amount(amount))) => {
                    Resolved::Amount(plan.in_document_currency(*amount)?)
                }
                None => {
                    let outcome = below_first(plan, *basis, steps)?;
                    return Ok(Err(outcome.together(across.map(|_| measured))));
                }
            }
        }
        Effect::Matrix(matrix) => {
            let table = plan.inner.matrices.get(*matrix as usize);
            match table.and_then(|table| table.get(plan.cluster, line.info.category)) {
                Some(percent) => Resolved::Percent(percent),
                None => return Ok(Err(Outcome::NoEffect.into())),
            }
        }
        Effect::Rule(number) => {
            let facts = Facts::priced(plan, line, found.unit, found.value);
            match facts.ask(*number, &rule.id)? {
                Value::Number(percent) => Resolved::Percent(percent),
                Value::Bool(_) => return Ok(Err(Outcome::NoEffect.into())),
            }
        }
        Effect::Free(_) => return Ok(Err(Outcome::NoEffect.into())),
    };
    Ok(Ok(resolved))
}

/// Runs the line stages up to, but not including, free goods and the rounding of the line.
pub(crate) fn discounts<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    found: Found,
    scratch: &mut Scratch,
    recorder: &mut R,
) -> Computed<Discounted> {
    scratch.candidates.clear();
    scratch.on_total = false;
    collect(plan, line, mix, found, scratch, recorder)?;
    settle_groups(plan, line, found, scratch)?;

    let pass = Pass { plan, line, found, whole: found.unit.is_none() };
    let mut manual = None;
    let start = found.unit.unwrap_or(found.value);
    let mut unit = pass.run(Target::Unit, start, scratch, &mut manual, recorder)?;
    if let Some(step) = plan.inner.rounding.unit
        && !pass.whole
    {
        unit = rounded(plan, step, unit, Per::Unit, recorder)?;
    }
    let mut total = unit;
    if !pass.whole {
        total = unit.multiply(line.quantity).at("quantity")?;
        if line.quantity != Exact::ONE {
            recorder.step(plain(StepKind::Quantity, unit, total));
        }
    }
    let mut list_value = found.value;
    if let Some(periods) = line.periods {
        let before = total;
        total = over_periods(plan, total, periods)?;
        list_value = over_periods(plan, list_value, periods)?;
        recorder.step(plain(StepKind::Term, before, total));
    }
    if scratch.on_total || !line.manual.is_empty() {
        total = pass.run(Target::Total, total, scratch, &mut manual, recorder)?;
    }
    if recorder.wants_candidates() {
        report(scratch, recorder);
    }
    Ok(Discounted { found, list_value, unit: (!pass.whole).then_some(unit), total, manual })
}

fn plain(kind: StepKind, before: Exact, after: Exact) -> StepNote {
    StepNote {
        kind,
        per: Per::Line,
        rule: RuleRef::None,
        stage: None,
        percent: None,
        before,
        after,
    }
}

/// The rounding step of the line; the last thing that happens to it before the document.
pub(crate) fn round_line<R: Recorder>(
    plan: &Plan<'_>,
    total: Exact,
    recorder: &mut R,
) -> Computed<Exact> {
    match plan.inner.rounding.line {
        Some(step) => rounded(plan, step, total, Per::Line, recorder),
        None => Ok(total),
    }
}

fn rounded<R: Recorder>(
    plan: &Plan<'_>,
    step: StepRounding,
    before: Exact,
    per: Per,
    recorder: &mut R,
) -> Computed<Exact> {
    let after = before.round(step.with(plan.minor)).at("rounding")?;
    if after != before {
        recorder.step(StepNote { per, ..plain(StepKind::Rounding, before, after) });
    }
    Ok(after)
}

/// An amount of one period times the periods; where that has no exact decimal it is rounded as
/// the line is.
fn over_periods(
    plan: &Plan<'_>,
    amount: Exact,
    (numerator, denominator): (Exact, Exact),
) -> Computed<Exact> {
    let product = amount.multiply(numerator).at("term")?;
    product.divide_exact(denominator).or_else(|_| {
        product.divide(denominator, plan.rounding(plan.inner.rounding.line)).at("term")
    })
}

/// Gathers the rules that apply to the line, in the order of evaluation.
fn collect<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    found: Found,
    scratch: &mut Scratch,
    recorder: &mut R,
) -> Computed<()> {
    let inner = plan.inner;
    let class = line.info.class;
    if !recorder.wants_candidates() {
        for number in plan.rules(&inner.line_rules, class) {
            let Some(rule) = inner.rules.get(number as usize) else { continue };
            if conditions(plan, line, mix, rule, found)?.is_ok()
                && let Ok(effect) = resolve(plan, line, mix, rule, found)?
            {
                scratch.add(number, rule, effect);
            }
        }
        return Ok(());
    }
    for gate in inner.line_rules.of(class) {
        if let Some(outcome) = plan.closed(&inner.line_rules, gate, class) {
            recorder.considered(CandidateNote::rule(gate.rule, outcome));
            continue;
        }
        let Some(rule) = inner.rules.get(gate.rule as usize) else { continue };
        let resolved = match conditions(plan, line, mix, rule, found)? {
            Ok(()) => resolve(plan, line, mix, rule, found)?,
            Err(outcome) => Err(outcome),
        };
        match resolved {
            Ok(effect) => scratch.add(gate.rule, rule, effect),
            Err(outcome) => recorder.considered(CandidateNote::rule(gate.rule, outcome)),
        }
    }
    Ok(())
}

/// Whether the scope of a rule, whose product side matches, matches as a whole.
pub(crate) fn scope_verdict(
    plan: &Plan<'_>,
    line: &Line<'_>,
    rule: &Rule,
    explain: bool,
) -> Verdict {
    if !plan.has(rule.scope.customer) {
        if !explain {
            return Err(Outcome::NoEffect.into());
        }
        return Err(Outcome::OutOfScope(plan.unmet(rule.scope.customer)).into());
    }
    if plan.excluded(rule.scope, line.info.class) {
        return Err(Outcome::Excepted.into());
    }
    Ok(())
}

/// What a rule takes off the list value of the line, positive when the price falls. Times the
/// denominator of the periods, so that nothing is rounded before it is compared.
fn reduction_on_list(line: &Line<'_>, found: Found, effect: Resolved) -> Computed<Exact> {
    let (periods, over) = line.periods.unwrap_or((Exact::ONE, Exact::ONE));
    let per_period = match effect {
        Resolved::Percent(percent) => {
            found.value.multiply(percent.percent().at("discounts")?).at("discounts")?
        }
        Resolved::Amount(amount) => amount.multiply(line.quantity).at("discounts")?,
        Resolved::LineAmount(amount) => return amount.multiply(over).at("discounts"),
        Resolved::Price(price) => {
            let set = price.multiply(line.quantity).at("discounts")?;
            found.value.subtract(set).at("discounts")?
        }
    };
    Ok(signed(line, per_period.multiply(periods).at("discounts")?))
}

fn signed(line: &Line<'_>, amount: Exact) -> Exact {
    if line.is_return() { amount.negate() } else { amount }
}

/// Settles the groups across stages: who stays, who falls, and to whom.
fn settle_groups(
    plan: &Plan<'_>,
    line: &Line<'_>,
    found: Found,
    scratch: &mut Scratch,
) -> Computed<()> {
    let inner = plan.inner;
    let group_of = |candidate: &Candidate| candidate.group;
    let candidates = &mut scratch.candidates;
    // Most lines meet no group, or one rule of a group that nothing competes with.
    let alone = |at: usize, group: u16| {
        inner
            .groups
            .get(usize::from(group))
            .is_some_and(|g| g.excludes.is_empty() && g.against.is_none())
            && candidates.iter().skip(at + 1).all(|other| group_of(other) != Some(group))
    };
    let settled = |(at, candidate): (usize, &Candidate)| {
        group_of(candidate).is_none_or(|group| alone(at, group))
    };
    if candidates.iter().enumerate().all(settled) {
        return Ok(());
    }
    for (number, group) in (0_u16..).zip(&inner.groups) {
        let members: Vec<(usize, Exact, u16)> = {
            let mut members = Vec::new();
            for (at, candidate) in candidates.iter().enumerate() {
                if candidate.alive && group_of(candidate) == Some(number) {
                    let reduction = reduction_on_list(line, found, candidate.effect)?;
                    members.push((at, reduction, candidate.stage));
                }
            }
            members
        };
        let Some(&(first, ..)) = members.first() else { continue };
        let (best, stage) = match group.keep {
            Keep::All | Keep::First => (first, None),
            Keep::Best => {
                (best_of(members.iter().map(|(at, reduction, _)| (*at, *reduction))), None)
            }
            Keep::BestStage => (first, Some(best_stage(&members)?)),
        };
        let kept = |at: usize, own: u16| match stage {
            _ if group.keep == Keep::All => true,
            Some(stage) => own == stage,
            None => at == best,
        };
        let winner = members.iter().find(|(at, _, own)| kept(*at, *own));
        let by = winner.and_then(|(at, ..)| candidates.get(*at)).map_or(0, |c| c.rule);
        for (at, _, own) in &members {
            if !kept(*at, *own) {
                fell(candidates, *at, by);
            }
        }
    }
    // What a group keeps is its own affair: groups meet when each has settled it.
    for (number, group) in (0_u16..).zip(&inner.groups) {
        if let Some(rival) = group.against {
            let sum = |group: u16| -> Computed<Exact> {
                let mut sum = Exact::ZERO;
                for candidate in candidates.iter() {
                    if candidate.alive && group_of(candidate) == Some(group) {
                        let reduction = reduction_on_list(line, found, candidate.effect)?;
                        sum = sum.add(reduction).at("groups")?;
                    }
                }
                Ok(sum)
            };
            let (own, other) = (sum(number)?, sum(rival)?);
            let present = |group| {
                candidates.iter().find(|c| c.alive && group_of(c) == Some(group)).map(|c| c.rule)
            };
            if let (Some(mine), Some(theirs)) = (present(number), present(rival)) {
                let (loser, by) = if own >= other { (rival, mine) } else { (number, theirs) };
                fell_group(candidates, &group_of, loser, by);
            }
        }
        let present = candidates.iter().find(|c| c.alive && group_of(c) == Some(number));
        if let Some(by) = present.map(|candidate| candidate.rule) {
            for &excluded in &group.excludes {
                fell_group(candidates, &group_of, excluded, by);
            }
        }
    }
    Ok(())
}

fn fell(candidates: &mut [Candidate], at: usize, by: u32) {
    if let Some(candidate) = candidates.get_mut(at) {
        candidate.alive = false;
        candidate.by = by;
    }
}

fn fell_group(
    candidates: &mut [Candidate],
    group_of: &dyn Fn(&Candidate) -> Option<u16>,
    group: u16,
    by: u32,
) {
    for candidate in candidates.iter_mut() {
        if candidate.alive && group_of(candidate) == Some(group) {
            candidate.alive = false;
            candidate.by = by;
        }
    }
}

/// The place with the largest reduction; the earlier one on a tie.
fn best_of(members: impl Iterator<Item = (usize, Exact)>) -> usize {
    let mut best: Option<(usize, Exact)> = None;
    for (at, reduction) in members {
        if best.is_none_or(|(_, known)| reduction > known) {
            best = Some((at, reduction));
        }
    }
    best.map_or(0, |(at, _)| at)
}

fn best_stage(members: &[(usize, Exact, u16)]) -> Computed<u16> {
    let mut sums: Vec<(u16, Exact)> = Vec::new();
    for (_, reduction, stage) in members {
        match sums.iter_mut().find(|(known, _)| known == stage) {
            Some((_, sum)) => *sum = sum.add(*reduction).at("groups")?,
            None => sums.push((*stage, *reduction)),
        }
    }
    let best = best_of(sums.iter().enumerate().map(|(at, (_, sum))| (at, *sum)));
    Ok(sums.get(best).map_or(0, |(stage, _)| *stage))
}

/// One pass over the line stages.
struct Pass<'p> {
    plan: &'p Plan<'p>,
    line: &'p Line<'p>,
    found: Found,
    whole: bool,
}

impl Pass<'_> {
    fn run<R: Recorder>(
        &self,
        target: Target,
        start: Exact,
        scratch: &mut Scratch,
        manual: &mut Option<(Exact, Exact)>,
        recorder: &mut R,
    ) -> Computed<Exact> {
        let inner = self.plan.inner;
        let mut running = start;
        let mut at = 0;
        let mut manual_done = self.line.manual.is_empty() && self.line.ramp_percent.is_none();
        loop {
            let stage = scratch.candidates.get(at).map(|candidate| candidate.stage);
            if !manual_done {
                // Manual discounts come after the rules of their stage.
                let now = match (inner.manual_stage, stage) {
                    (Some(manual), Some(stage)) => stage > manual,
                    (_, None) => true,
                    (None, Some(_)) => false,
                };
                if now {
                    running = self.manual(target, running, manual, recorder)?;
                    manual_done = true;
                }
            }
            let Some(stage) = stage else { break };
            let rest = scratch.candidates.get(at..).unwrap_or_default();
            let end = at + rest.iter().take_while(|c| c.stage == stage).count();
            let members = scratch.candidates.get_mut(at..end).unwrap_or_default();
            running = self.stage(target, running, members, recorder)?;
            at = end;
        }
        Ok(running)
    }

    fn stage<R: Recorder>(
        &self,
        target: Target,
        start: Exact,
        members: &mut [Candidate],
        recorder: &mut R,
    ) -> Computed<Exact> {
        let here = |candidate: &Candidate| candidate.alive && candidate.target == target;
        if members.len() > 1 {
            let exclusive =
                members.iter().find(|c| c.alive && c.combine == Combine::Exclusive).copied();
            if let Some(only) = exclusive {
                for candidate in members.iter_mut() {
                    if candidate.alive && candidate.rule != only.rule {
                        candidate.alive = false;
                        candidate.by = only.rule;
                    }
                }
            }
            let mut best: Option<(u32, Exact)> = None;
            for candidate in members.iter() {
                if here(candidate) && candidate.combine == Combine::Best {
                    let reduction = self.reduction(target, start, candidate)?;
                    let reduction =
                        if start.is_negative() { reduction.negate() } else { reduction };
                    if best.is_none_or(|(_, known)| reduction > known) {
                        best = Some((candidate.rule, reduction));
                    }
                }
            }
            if let Some((winner, _)) = best {
                for candidate in members.iter_mut() {
                    let loses = here(candidate)
                        && candidate.combine == Combine::Best
                        && candidate.rule != winner;
                    if loses {
                        candidate.alive = false;
                        candidate.by = winner;
                    }
                }
            }
        }
        let mut running = start;
        for candidate in members.iter() {
            if !here(candidate) {
                continue;
            }
            let reduction = self.reduction(target, running, candidate)?;
            // A set price comes out as it is written.
            let reduction = match candidate.effect {
                Resolved::Price(_) => reduction,
                _ => self.round_discount(reduction)?,
            };
            let after = running.subtract(reduction).at("discounts")?;
            let percent = match candidate.effect {
                Resolved::Percent(percent) => Some(percent),
                _ => None,
            };
            recorder.step(StepNote {
                kind: StepKind::Discount,
                per: self.per(target),
                rule: RuleRef::Rule(candidate.rule),
                stage: Some(candidate.stage),
                percent,
                before: running,
                after,
            });
            running = after;
        }
        Ok(running)
    }

    const fn per(&self, target: Target) -> Per {
        match target {
            Target::Unit if !self.whole => Per::Unit,
            _ => Per::Line,
        }
    }

    /// What a rule takes off the running price of this pass.
    fn reduction(&self, target: Target, running: Exact, candidate: &Candidate) -> Computed<Exact> {
        let per_unit = self.per(target) == Per::Unit;
        let times = |amount: Exact| self.times(target, amount);
        match candidate.effect {
            Resolved::Percent(percent) => {
                let on_list = candidate.combine == Combine::Base;
                let base = match (on_list, per_unit) {
                    (false, _) => running,
                    (true, true) => self.found.unit.unwrap_or(self.found.value),
                    (true, false) => self.list_value(target)?,
                };
                base.multiply(percent.percent().at("discounts")?).at("discounts")
            }
            Resolved::Amount(amount) => times(amount),
            Resolved::LineAmount(amount) => Ok(signed(self.line, amount)),
            Resolved::Price(price) => running.subtract(times(price)?).at("discounts"),
        }
    }

    /// An amount per ordered unit and period as the running price of the pass counts it.
    fn times(&self, target: Target, amount: Exact) -> Computed<Exact> {
        if self.per(target) == Per::Unit {
            return Ok(amount);
        }
        let amount = amount.multiply(self.line.quantity).at("discounts")?;
        match (target, self.line.periods) {
            (Target::Total, Some(periods)) => over_periods(self.plan, amount, periods),
            _ => Ok(amount),
        }
    }

    fn list_value(&self, target: Target) -> Computed<Exact> {
        match (target, self.line.periods) {
            (Target::Total, Some(periods)) => over_periods(self.plan, self.found.value, periods),
            _ => Ok(self.found.value),
        }
    }

    fn round_discount(&self, reduction: Exact) -> Computed<Exact> {
        match self.plan.inner.rounding.discount {
            Some(step) => reduction.round(step.with(self.plan.minor)).at("rounding"),
            None => Ok(reduction),
        }
    }

    fn manual<R: Recorder>(
        &self,
        target: Target,
        start: Exact,
        manual: &mut Option<(Exact, Exact)>,
        recorder: &mut R,
    ) -> Computed<Exact> {
        let mut running = start;
        let ramp = self.line.ramp_percent.map(Resolved::Percent);
        for effect in self.line.manual.iter().filter_map(manual_effect).chain(ramp) {
            if matches!(effect, Resolved::LineAmount(_)) != (target == Target::Total) {
                continue;
            }
            let times = |amount: Exact| self.times(target, amount);
            let (reduction, percent) = match effect {
                Resolved::Percent(percent) => {
                    let share = percent.percent().at("manual")?;
                    (running.multiply(share).at("manual")?, Some(percent))
                }
                Resolved::Amount(amount) => (times(amount)?, None),
                Resolved::LineAmount(amount) => (signed(self.line, amount), None),
                Resolved::Price(price) => (running.subtract(times(price)?).at("manual")?, None),
            };
            let reduction = match effect {
                Resolved::Price(_) => reduction,
                _ => self.round_discount(reduction)?,
            };
            let after = running.subtract(reduction).at("manual")?;
            recorder.step(StepNote {
                kind: StepKind::Manual,
                per: self.per(target),
                rule: RuleRef::None,
                stage: self.plan.inner.manual_stage,
                percent,
                before: running,
                after,
            });
            running = after;
        }
        if running != start {
            let given_away = !self.line.is_return() && !start.is_positive() && running < start;
            // Reductions of both passes are measured one after the other: shares multiply.
            *manual = Some(match *manual {
                // Of nothing there is no share: all of it is too much, whatever comes after.
                _ if given_away => (Exact::ZERO, running),
                Some(shares) if shares.0.is_zero() => shares,
                None => (start, running),
                // Nothing was left to take a share of: what was taken before says it all.
                Some(shares) if start.is_zero() => shares,
                Some((before, after)) => {
                    (before.multiply(start).at("manual")?, after.multiply(running).at("manual")?)
                }
            });
        }
        Ok(running)
    }
}

/// What a manual discount asks for; exactly one of its fields, which reading has checked.
fn manual_effect(discount: &ManualDiscount) -> Option<Resolved> {
    None.or_else(|| discount.percent.map(|p| Resolved::Percent(p.exact())))
        .or_else(|| discount.amount.map(|a| Resolved::Amount(a.exact())))
        .or_else(|| discount.line_amount.map(|a| Resolved::LineAmount(a.exact())))
        .or_else(|| discount.price.map(|p| Resolved::Price(p.exact())))
}

/// The rule that stands where one was kept and then fell to another itself.
fn standing(candidates: &[Candidate], mut by: u32) -> u32 {
    for _ in candidates {
        match candidates.iter().find(|candidate| candidate.rule == by && !candidate.alive) {
            Some(fallen) if fallen.by != by => by = fallen.by,
            _ => break,
        }
    }
    by
}

/// Tells what became of the candidates.
fn report<R: Recorder>(scratch: &Scratch, recorder: &mut R) {
    for candidate in &scratch.candidates {
        let outcome = if candidate.alive {
            Outcome::Applied
        } else {
            Outcome::Excluded(standing(&scratch.candidates, candidate.by))
        };
        recorder.considered(CandidateNote::rule(candidate.rule, outcome));
    }
}
