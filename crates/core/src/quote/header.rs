//! Discounts on the document: header, terms, rebates, each spread over the lines exactly.

use super::document::{DocumentDiscount, Per, StepKind};
use super::evaluate::{Work, amount, note_rule};
use super::noted::{Lost, Outcome};
use super::request::ManualDiscount;
use crate::Id;
use crate::book::{Basis, Combine, Keep, Level, Measure};
use crate::engine::{Effect, Rule, TierEffect};
use crate::money::{Allocation, Exact, Percent, Rounding, RoundingMode, allocate};
use crate::order::arrange_by_key;
use crate::pricing::{
    At, Computed, Facts, Plan, RuleRef, StepNote, below_first, outside, reached, scope_verdict,
    terms, value_bounds,
};
use crate::rules::Value;

/// A document rule that applies, and the lines it applies to.
struct Candidate {
    rule: u32,
    lines: Vec<usize>,
    percent: Option<Exact>,
    /// The sum it asks for where it is no percentage, in coins: what is spread, and what is compared.
    amount: Exact,
    alive: bool,
}

/// Runs the document stages.
#[inline(never)]
pub(crate) fn apply(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    manual: &[ManualDiscount],
) -> Computed<Vec<DocumentDiscount>> {
    let inner = plan.inner;
    let mut out = Vec::new();
    if inner.document_rules.is_empty() && manual.is_empty() {
        return Ok(out);
    }
    let mut candidates = candidates(plan, works)?;
    settle_groups(plan, works, &mut candidates)?;
    // What `base` percentages are taken of: the lines before any document discount.
    let start: Vec<Exact> = works.iter().map(net).collect();
    let document_stages =
        inner.stages.iter().enumerate().filter(|(_, s)| s.level == Level::Document);
    let mut manual_done = manual.is_empty();
    for (at, stage) in document_stages {
        let number = u16::try_from(at).unwrap_or(u16::MAX);
        let members: Vec<usize> = (0..candidates.len())
            .filter(|&c| {
                let rule = candidates.get(c).and_then(|c| inner.rules.get(c.rule as usize));
                rule.is_some_and(|rule| rule.stage == number)
            })
            .collect();
        settle_stage(plan, works, &mut candidates, &members)?;
        for &member in &members {
            let Some(candidate) = candidates.get(member).filter(|c| c.alive) else { continue };
            let Some(rule) = inner.rules.get(candidate.rule as usize) else { continue };
            let asked = match candidate.percent {
                Some(percent) => {
                    let base = if rule.combine == Combine::Base {
                        sum_of(&candidate.lines, |line| start.get(line).copied())?
                    } else {
                        sum_of(&candidate.lines, |line| works.get(line).map(net))?
                    };
                    percent_of(plan, base, percent)?
                }
                None => candidate.amount,
            };
            let grant = Grant {
                rule: RuleRef::Rule(candidate.rule),
                stage: number,
                percent: candidate.percent,
                accrual: stage.accrual,
                kind: if stage.accrual { StepKind::Rebate } else { StepKind::Share },
            };
            let split = spread(plan, works, &candidate.lines, asked, &grant)?;
            for (at, &line) in candidate.lines.iter().enumerate() {
                let Some(work) = works.get_mut(line) else { continue };
                // A line that has no weight, or no room, has no share.
                let has_share = split.shares.get(at).is_some_and(|share| !share.is_zero());
                let outcome = if has_share { Outcome::Applied } else { Outcome::NoEffect };
                note_rule(work, candidate.rule, outcome);
            }
            out.push(document_discount(
                Some(rule.id.clone()),
                &stage.id,
                &grant,
                asked,
                split.rest,
            )?);
        }
        if !manual_done && inner.header_stage == Some(number) {
            grant_manual(plan, works, manual, number, &stage.id, &mut out)?;
            manual_done = true;
        }
    }
    if !manual_done {
        let number = inner.header_stage.unwrap_or(u16::MAX);
        grant_manual(plan, works, manual, number, &Id::known("header"), &mut out)?;
    }
    Ok(out)
}

/// What is left of a line after document discounts and rebates so far.
fn net(work: &Work<'_>) -> Exact {
    let Some(priced) = &work.priced else { return Exact::ZERO };
    priced.paid().unwrap_or(Exact::ZERO)
}

fn sum_of(lines: &[usize], of: impl Fn(usize) -> Option<Exact>) -> Computed<Exact> {
    Exact::sum(lines.iter().filter_map(|&line| of(line))).at("header")
}

/// A percentage of a sum, rounded to the minor unit: what is spread must be made of coins.
fn percent_of(plan: &Plan<'_>, base: Exact, percent: Exact) -> Computed<Exact> {
    let share = base.multiply(percent.percent().at("header")?).at("header")?;
    share.round(percent_rounding(plan)).at("header")
}

/// How a percentage of a sum is rounded.
pub(super) fn percent_rounding(plan: &Plan<'_>) -> Rounding {
    plan.rounding(plan.inner.rounding.discount)
}

fn document_discount(
    rule: Option<Id>,
    stage: &Id,
    grant: &Grant,
    asked: Exact,
    unallocated: Exact,
) -> Computed<DocumentDiscount> {
    Ok(DocumentDiscount {
        rule,
        stage: stage.clone(),
        percent: grant.percent.map(Percent::from_exact).transpose().at("header")?,
        amount: amount(asked)?,
        unallocated: amount(unallocated)?,
        accrual: grant.accrual,
    })
}

fn grant_manual(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    manual: &[ManualDiscount],
    number: u16,
    stage: &Id,
    out: &mut Vec<DocumentDiscount>,
) -> Computed<()> {
    let lines: Vec<usize> =
        works.iter().enumerate().filter(|(_, w)| w.priced.is_some()).map(|(at, _)| at).collect();
    for discount in manual {
        let percent = discount.percent.map(|percent| percent.exact());
        let asked = match (percent, discount.amount) {
            (Some(percent), _) => {
                let base = sum_of(&lines, |line| works.get(line).map(net))?;
                percent_of(plan, base, percent)?
            }
            (None, Some(amount)) => amount.exact().round(plan.minor_rounding()).at("header")?,
            (None, None) => continue,
        };
        let grant = Grant {
            rule: RuleRef::None,
            stage: number,
            percent,
            accrual: false,
            kind: StepKind::Share,
        };
        let unallocated = spread(plan, works, &lines, asked, &grant)?.rest;
        out.push(document_discount(None, stage, &grant, asked, unallocated)?);
    }
    Ok(())
}

/// How a granted amount shows on the lines.
struct Grant {
    rule: RuleRef,
    stage: u16,
    percent: Option<Exact>,
    accrual: bool,
    kind: StepKind,
}

/// Spreads an amount over the lines in proportion to their nets; returns the shares, and what found no
/// place.
fn spread(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    lines: &[usize],
    asked: Exact,
    grant: &Grant,
) -> Computed<Allocation> {
    if asked.is_zero() {
        return Ok(Allocation { shares: Vec::new(), rest: Exact::ZERO });
    }
    let mut weights = Vec::with_capacity(lines.len());
    let mut caps = Vec::with_capacity(lines.len());
    for &line in lines {
        let net = works.get(line).map_or(Exact::ZERO, net);
        let positive = net.is_positive();
        weights.push(if positive { net } else { Exact::ZERO });
        caps.push(if asked.is_negative() {
            // A surcharge has no bound of its own.
            asked.magnitude()
        } else if positive {
            match works.get(line) {
                Some(work) => room(plan, work, net)?,
                None => net,
            }
        } else {
            Exact::ZERO
        });
    }
    let split = allocate(asked, &weights, &caps, plan.minor, plan.inner.allocation).at("header")?;
    // Only what has a weight has a share.
    for ((&line, &share), &before) in lines.iter().zip(&split.shares).zip(&weights) {
        if share.is_zero() {
            continue;
        }
        let Some(work) = works.get_mut(line) else { continue };
        let after = before.subtract(share).at("header")?;
        let Some(priced) = &mut work.priced else { continue };
        if grant.accrual {
            priced.rebates = priced.rebates.add(share).at("header")?;
        } else {
            priced.billed = priced.billed.subtract(share).at("header")?;
        }
        work.step(StepNote {
            kind: grant.kind,
            per: Per::Line,
            rule: grant.rule,
            stage: Some(grant.stage),
            percent: grant.percent,
            before,
            after,
        });
    }
    Ok(split)
}

/// What a document discount may take from the net of a line, in whole coins: what brings it to its
/// price floor, or to zero.
fn room(plan: &Plan<'_>, work: &Work<'_>, net: Exact) -> Computed<Exact> {
    let inner = plan.inner;
    if !inner.has_price_floors {
        return Ok(net);
    }
    let Some(line) = &work.line else { return Ok(net) };
    let threshold = plan
        .rules(&inner.line_thresholds, line.info.class)
        .filter_map(|number| inner.thresholds.get(number as usize))
        .find(|threshold| threshold.measure == Measure::Price);
    let floor = threshold.and_then(|t| t.floor.or(t.block));
    let Some(floor) = floor else { return Ok(net) };
    let floor = plan.in_document_currency(floor.exact())?;
    let floor = floor.multiply(line.base_quantity).at("header")?;
    if floor.is_negative() {
        return Ok(net);
    }
    let Some((periods, over)) = line.periods else { return net.subtract(floor).at("header") };
    // A floor need not have a finite decimal; what is left above it is cut to coins only here.
    let floor = floor.multiply(periods).at("header")?;
    let left = net.multiply(over).and_then(|net| net.subtract(floor)).at("header")?;
    // A floor above the price leaves no room; it does not raise the price.
    left.divide(over, Rounding::new(plan.minor, RoundingMode::Down)).at("header")
}

/// The document rules that apply, each with its lines.
fn candidates(plan: &Plan<'_>, works: &mut [Work<'_>]) -> Computed<Vec<Candidate>> {
    let inner = plan.inner;
    let mut lines_of: Vec<(u32, Vec<usize>)> = Vec::new();
    if inner.document_rules.is_empty() {
        return Ok(Vec::new());
    }
    for (at, work) in works.iter_mut().enumerate() {
        let (Some(line), true) = (work.line, work.priced.is_some()) else { continue };
        let explain = work.trace.explain;
        for gate in inner.document_rules.of(line.info.class) {
            let Some(rule) = inner.rules.get(gate.rule as usize) else { continue };
            match scope_verdict(plan, &line, rule, explain) {
                Ok(()) => match lines_of.iter_mut().find(|(known, _)| *known == gate.rule) {
                    Some((_, lines)) => lines.push(at),
                    None => lines_of.push((gate.rule, vec![at])),
                },
                Err(outcome) => note_rule(work, gate.rule, outcome),
            }
        }
    }
    arrange_by_key(&mut lines_of, |(number, _)| *number);
    let mut out = Vec::new();
    for (number, lines) in lines_of {
        let Some(rule) = inner.rules.get(number as usize) else { continue };
        match verdict(plan, works, rule, &lines)? {
            Ok((percent, amount)) => {
                out.push(Candidate { rule: number, lines, percent, amount, alive: true });
            }
            Err(outcome) => {
                for &line in &lines {
                    if let Some(work) = works.get_mut(line) {
                        note_rule(work, number, outcome);
                    }
                }
            }
        }
    }
    Ok(out)
}

type Asked = (Option<Exact>, Exact);

/// Whether the conditions of a document rule hold for its lines together, and what it asks for.
fn verdict(
    plan: &Plan<'_>,
    works: &[Work<'_>],
    rule: &Rule,
    lines: &[usize],
) -> Computed<Result<Asked, Lost>> {
    if !rule.days.contains(plan.day) {
        return Ok(Err(Outcome::NotValid.into()));
    }
    let measure = |basis| match basis {
        Basis::Value => sum_of(lines, |line| works.get(line).map(net)),
        Basis::Quantity => {
            sum_of(lines, |line| works.get(line)?.line.map(|l| l.base_quantity.magnitude()))
        }
        Basis::Weight => {
            let mut sum = Exact::ZERO;
            for &line in lines {
                if let Some(line) = works.get(line).and_then(|work| work.line) {
                    sum = sum.add(line.weight()?).at("header")?;
                }
            }
            Ok(sum)
        }
    };
    if let Some(conditions) = &rule.conditions {
        if let Some(outcome) = terms(plan, conditions) {
            return Ok(Err(outcome.into()));
        }
        let checks = [
            (conditions.quantity, Basis::Quantity),
            (conditions.value, Basis::Value),
            (conditions.weight, Basis::Weight),
        ];
        for (bounds, basis) in checks {
            if bounds.is_open() {
                continue;
            }
            let bounds = if basis == Basis::Value { value_bounds(plan, bounds)? } else { bounds };
            let measured = measure(basis)?;
            if let Some(outcome) = outside(basis, bounds, measured) {
                return Ok(Err(outcome.together(Some(measured))));
            }
        }
        if let Some(when) = conditions.when
            && Facts::document(plan, &measure).ask(when, &rule.id)? != Value::Bool(true)
        {
            return Ok(Err(Outcome::Condition.into()));
        }
    }
    let coins = |amount: Exact| -> Computed<Exact> {
        plan.in_document_currency(amount)?.round(plan.minor_rounding()).at("header")
    };
    let asked = match &rule.effect {
        Effect::Percent(percent) => (Some(*percent), Exact::ZERO),
        Effect::Amount(amount) => (None, coins(*amount)?),
        Effect::Tiers { basis, steps } => {
            let measured = measure(*basis)?;
            match reached(plan, *basis, steps, measured)? {
                Some((_, TierEffect::Percent(percent))) => (Some(*percent), Exact::ZERO),
                Some((_, TierEffect::Amount(amount))) => (None, coins(*amount)?),
                None => {
                    let outcome = below_first(plan, *basis, steps)?;
                    return Ok(Err(outcome.together(Some(measured))));
                }
            }
        }
        Effect::Rule(number) => match Facts::document(plan, &measure).ask(*number, &rule.id)? {
            Value::Number(percent) => (Some(percent), Exact::ZERO),
            Value::Bool(_) => return Ok(Err(Outcome::NoEffect.into())),
        },
        // Check refuses the other kinds in document stages.
        _ => return Ok(Err(Outcome::NoEffect.into())),
    };
    Ok(Ok(asked))
}

/// What a candidate takes off the nets as they stand before any document discount.
fn reduction(plan: &Plan<'_>, works: &[Work<'_>], candidate: &Candidate) -> Computed<Exact> {
    match candidate.percent {
        Some(percent) => {
            let base = sum_of(&candidate.lines, |line| works.get(line).map(net))?;
            percent_of(plan, base, percent)
        }
        None => Ok(candidate.amount),
    }
}

fn lose(works: &mut [Work<'_>], candidate: &mut Candidate, by: u32) {
    candidate.alive = false;
    for &line in &candidate.lines {
        if let Some(work) = works.get_mut(line) {
            note_rule(work, candidate.rule, Outcome::Excluded(by));
        }
    }
}

/// Groups among document rules; the same words as on lines, measured on the document.
fn settle_groups(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    candidates: &mut [Candidate],
) -> Computed<()> {
    let inner = plan.inner;
    let group_of = |c: &Candidate| inner.rules.get(c.rule as usize).and_then(|rule| rule.group);
    let stage_of = |c: &Candidate| inner.rules.get(c.rule as usize).map_or(0, |rule| rule.stage);
    for (number, group) in (0_u16..).zip(&inner.groups) {
        let mut members: Vec<(usize, Exact, u16)> = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            if candidate.alive && group_of(candidate) == Some(number) {
                members.push((at, reduction(plan, works, candidate)?, stage_of(candidate)));
            }
        }
        let Some(&(first, _, first_stage)) = members.first() else { continue };
        let mut best = first;
        let mut best_value: Option<Exact> = None;
        for &(at, value, _) in &members {
            if best_value.is_none_or(|known| value > known) {
                (best, best_value) = (at, Some(value));
            }
        }
        let mut stage = first_stage;
        let mut stage_value: Option<Exact> = None;
        for &(_, _, candidate) in &members {
            let mut sum = Exact::ZERO;
            for &(_, value, own) in members.iter().filter(|(.., own)| *own == candidate) {
                let _ = own;
                sum = sum.add(value).at("groups")?;
            }
            if stage_value.is_none_or(|known| sum > known) {
                (stage, stage_value) = (candidate, Some(sum));
            }
        }
        let keeps = |at: usize, own: u16| match group.keep {
            Keep::All => true,
            Keep::First => at == first,
            Keep::Best => at == best,
            Keep::BestStage => own == stage,
        };
        let winner = members
            .iter()
            .find(|(at, _, own)| keeps(*at, *own))
            .and_then(|(at, ..)| candidates.get(*at))
            .map_or(0, |c| c.rule);
        for &(at, _, own) in &members {
            if !keeps(at, own)
                && let Some(candidate) = candidates.get_mut(at)
            {
                lose(works, candidate, winner);
            }
        }
    }
    // What a group keeps is its own affair: groups meet when each has settled it.
    for (number, group) in (0_u16..).zip(&inner.groups) {
        let present = candidates.iter().find(|c| c.alive && group_of(c) == Some(number));
        let Some(mut by) = present.map(|candidate| candidate.rule) else { continue };
        let mut falling = group.excludes.clone();
        if let Some(rival) = group.against {
            let sum = |wanted: u16| -> Computed<(Exact, Option<u32>)> {
                let mut sum = Exact::ZERO;
                let mut present = None;
                for c in candidates.iter().filter(|c| c.alive && group_of(c) == Some(wanted)) {
                    sum = sum.add(reduction(plan, works, c)?).at("groups")?;
                    present.get_or_insert(c.rule);
                }
                Ok((sum, present))
            };
            let ((own, mine), (other, theirs)) = (sum(number)?, sum(rival)?);
            if let (Some(_), Some(theirs)) = (mine, theirs) {
                if own >= other {
                    falling.push(rival);
                } else {
                    falling = vec![number];
                    by = theirs;
                }
            }
        }
        for candidate in candidates.iter_mut() {
            if candidate.alive && group_of(candidate).is_some_and(|g| falling.contains(&g)) {
                lose(works, candidate, by);
            }
        }
    }
    Ok(())
}

/// Exclusive and best rules of one document stage.
fn settle_stage(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    candidates: &mut [Candidate],
    members: &[usize],
) -> Computed<()> {
    let inner = plan.inner;
    let combine = |c: &Candidate| inner.rules.get(c.rule as usize).map(|rule| rule.combine);
    let alive = |candidates: &[Candidate], wanted: Combine| -> Vec<usize> {
        members
            .iter()
            .copied()
            .filter(|&at| candidates.get(at).is_some_and(|c| c.alive && combine(c) == Some(wanted)))
            .collect()
    };
    if let Some(&only) = alive(candidates, Combine::Exclusive).first() {
        let by = candidates.get(only).map_or(0, |c| c.rule);
        for &at in members.iter().filter(|&&at| at != only) {
            if let Some(candidate) = candidates.get_mut(at).filter(|c| c.alive) {
                lose(works, candidate, by);
            }
        }
    }
    let rivals = alive(candidates, Combine::Best);
    let mut best: Option<(usize, Exact)> = None;
    for &at in &rivals {
        if let Some(candidate) = candidates.get(at) {
            let value = reduction(plan, works, candidate)?;
            if best.is_none_or(|(_, known)| value > known) {
                best = Some((at, value));
            }
        }
    }
    if let Some((winner, _)) = best {
        let by = candidates.get(winner).map_or(0, |c| c.rule);
        for at in rivals.into_iter().filter(|&at| at != winner) {
            if let Some(candidate) = candidates.get_mut(at) {
                lose(works, candidate, by);
            }
        }
    }
    Ok(())
}
