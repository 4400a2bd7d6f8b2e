//! Thresholds that are not kept, and who may let them pass. The engine reports; it never enforces.

use super::document::{Approval, ApprovalCause, Totals, Verdict};
use super::evaluate::{Priced, Work, amount};
use super::header::percent_rounding;
use super::margin::{Gain, has_margin_percent, margin_percent};
use super::request::Request;
use crate::Id;
use crate::book::{MarginLevel, Measure, MissingCost};
use crate::engine::{ApprovalStep, EVERYTHING, Threshold};
use crate::money::{Amount, Exact, Rounding, RoundingMode};
use crate::pricing::{At, Computed, Line, Plan};

/// What a threshold measures: money earned on a net, and for lines the units it is for.
struct Subject {
    net: Exact,
    cost: Option<Exact>,
    /// What the net gains over the cost, where that has been worked out.
    gain: Option<Gain>,
    /// Base units, for subscriptions times periods: a fraction.
    units: Option<(Exact, Exact)>,
}

impl Subject {
    /// Of a group or of the document.
    const fn sum(net: Exact, cost: Option<Exact>) -> Self {
        Self { net, cost, gain: None, units: None }
    }
}

/// Every threshold and limit that is not kept: lines first, then groups, then the document.
#[inline(never)]
pub(crate) fn find(
    plan: &Plan<'_>,
    works: &[Work<'_>],
    totals: &Totals,
    request: &Request,
) -> Computed<Vec<Approval>> {
    let mut out =
        Vec::with_capacity(if plan.inner.line_thresholds.is_empty() { 0 } else { works.len() });
    for work in works {
        line_thresholds(plan, work, &mut out)?;
        discretion(plan, work, request, &mut out)?;
    }
    for &number in &plan.inner.document_thresholds {
        let Some(threshold) = plan.inner.thresholds.get(number as usize) else { continue };
        if threshold.days.contains(plan.day) {
            let subject = match threshold.on {
                MarginLevel::Document => document(plan, threshold, totals),
                _ => group(plan, threshold, works)?,
            };
            if let Some(subject) = subject {
                out.extend(approval(plan, threshold, &subject, None)?);
            }
        }
    }
    header_discretion(plan, works, totals, request, &mut out)?;
    Ok(out)
}

fn line_thresholds(plan: &Plan<'_>, work: &Work<'_>, out: &mut Vec<Approval>) -> Computed<()> {
    let (Some(line), Some(priced)) = (&work.line, &work.priced) else { return Ok(()) };
    each_line_threshold(plan, line, priced, &mut |threshold, subject| {
        out.extend(approval(plan, threshold, subject, Some(&work.id))?);
        Ok(())
    })
}

/// The worst that thresholds say about a document of one line.
pub(crate) fn line_verdict(
    plan: &Plan<'_>,
    line: &Line<'_>,
    priced: &Priced,
) -> Computed<Option<Verdict>> {
    let mut worst = None;
    each_line_threshold(plan, line, priced, &mut |threshold, subject| {
        let verdict = judge(plan, threshold, subject)?.map(|breach| breach.verdict);
        worst = worst.max(verdict);
        Ok(())
    })?;
    for &number in &plan.inner.document_thresholds {
        let Some(threshold) = plan.inner.thresholds.get(number as usize) else { continue };
        let is_open = threshold.days.contains(plan.day)
            && match threshold.on {
                MarginLevel::Document => concerns_document(plan, threshold),
                _ => plan.matches(threshold.scope, line.info.class),
            };
        if is_open {
            let subject = Subject::sum(priced.true_net, priced.cost);
            worst = worst.max(judge(plan, threshold, &subject)?.map(|breach| breach.verdict));
        }
    }
    Ok(worst)
}

/// Calls back with every threshold that decides about a line: for each measure the most specific.
fn each_line_threshold(
    plan: &Plan<'_>,
    line: &Line<'_>,
    priced: &Priced,
    then: &mut dyn FnMut(&Threshold, &Subject) -> Computed<()>,
) -> Computed<()> {
    let inner = plan.inner;
    let mut decided = [false; 3];
    for number in plan.rules(&inner.line_thresholds, line.info.class) {
        let Some(threshold) = inner.thresholds.get(number as usize) else { continue };
        let measure = threshold.measure as usize;
        if decided.get(measure).copied().unwrap_or(true) {
            continue;
        }
        if let Some(slot) = decided.get_mut(measure) {
            *slot = true;
        }
        let subject = Subject {
            net: priced.true_net,
            cost: priced.cost,
            gain: priced.gain,
            units: Some(match line.periods {
                // Per base unit and period: the price one would compare with a list.
                Some((periods, over)) => (line.base_quantity.multiply(periods).at("margin")?, over),
                None => (line.base_quantity, Exact::ONE),
            }),
        };
        then(threshold, &subject)?;
    }
    Ok(())
}

/// Whether a threshold on the document is for this customer.
fn concerns_document(plan: &Plan<'_>, threshold: &Threshold) -> bool {
    let excepted = threshold
        .scope
        .not
        .is_some_and(|(customer, product)| product == EVERYTHING && plan.has(customer));
    plan.has(threshold.scope.customer) && !excepted
}

fn document(plan: &Plan<'_>, threshold: &Threshold, totals: &Totals) -> Option<Subject> {
    concerns_document(plan, threshold)
        .then(|| Subject::sum(totals.true_net.exact(), totals.cost.map(|cost| cost.exact())))
}

fn group(plan: &Plan<'_>, threshold: &Threshold, works: &[Work<'_>]) -> Computed<Option<Subject>> {
    let mut subject: Option<Subject> = None;
    for work in works {
        let Some(priced) = &work.priced else { continue };
        if !plan.matches(threshold.scope, work.class()) {
            continue;
        }
        let so_far = subject.unwrap_or(Subject::sum(Exact::ZERO, Some(Exact::ZERO)));
        let cost = match (so_far.cost, priced.cost) {
            (Some(sum), Some(cost)) => Some(sum.add(cost).at("margin")?),
            _ => None,
        };
        let net = so_far.net.add(priced.true_net).at("margin")?;
        subject = Some(Subject::sum(net, cost));
    }
    Ok(subject)
}

/// A threshold that is not kept, before anything about it is written down.
struct Breach<'b> {
    verdict: Verdict,
    cause: ApprovalCause,
    bound: Option<Amount>,
    /// The roles of which one may let it pass.
    roles: &'b [Id],
    measured: Option<Measured>,
}

/// Compares a subject with a threshold.
fn judge<'b>(
    plan: &Plan<'_>,
    rule: &'b Threshold,
    subject: &Subject,
) -> Computed<Option<Breach<'b>>> {
    if subject.cost.is_none() && rule.measure != Measure::Price {
        let verdict = match plan.inner.missing_cost {
            MissingCost::NeedsApproval => Verdict::NeedsApproval,
            MissingCost::Blocked => Verdict::Blocked,
            MissingCost::Ok => return Ok(None),
        };
        let strictest = rule.approvals.iter().min_by_key(|tier| tier.below);
        let roles = strictest.map_or(&[][..], |tier| &tier.roles);
        let cause = ApprovalCause::MissingCost;
        return Ok(Some(Breach { verdict, cause, bound: None, roles, measured: None }));
    }
    let measured = measured(plan, rule, subject)?;
    let below = |bound: Amount| measured.is_below(plan, rule.measure, bound.exact());
    let none: &[Id] = &[];
    let lowest = || -> Computed<Option<&'b ApprovalStep>> {
        let mut lowest: Option<&ApprovalStep> = None;
        for tier in &rule.approvals {
            if lowest.is_none_or(|known| tier.below < known.below) && below(tier.below)? {
                lowest = Some(tier);
            }
        }
        Ok(lowest)
    };
    let holds = |bound: Option<Amount>| -> Computed<Option<Amount>> {
        match bound {
            Some(bound) if below(bound)? => Ok(Some(bound)),
            _ => Ok(None),
        }
    };
    let (verdict, bound, roles) = if let Some(block) = holds(rule.block)? {
        (Verdict::Blocked, block, none)
    } else if let Some(tier) = lowest()? {
        (Verdict::NeedsApproval, tier.below, tier.roles.as_slice())
    } else if let Some(floor) = holds(rule.floor)? {
        (Verdict::NeedsApproval, floor, none)
    } else if let Some(target) = holds(rule.target)? {
        (Verdict::BelowTarget, target, none)
    } else {
        return Ok(None);
    };
    let (cause, bound) = (ApprovalCause::Threshold, Some(bound));
    Ok(Some(Breach { verdict, cause, bound, roles, measured: Some(measured) }))
}

/// What the host is told about a threshold, when it is not kept.
fn approval(
    plan: &Plan<'_>,
    rule: &Threshold,
    subject: &Subject,
    line: Option<&Id>,
) -> Computed<Option<Approval>> {
    let Some(breach) = judge(plan, rule, subject)? else { return Ok(None) };
    let actual = match (breach.measured, subject.gain) {
        (None, _) => None,
        (Some(_), Some(gain)) if rule.measure == Measure::Percent => gain.percent,
        (Some(measured), _) => measured.shown(plan, rule.measure)?,
    };
    Ok(Some(Approval {
        verdict: breach.verdict,
        level: rule.on,
        line: line.cloned(),
        threshold: Some(rule.id.clone()),
        cause: breach.cause,
        measure: rule.measure,
        // Like every amount of a quote a bound of money is in the document's currency.
        bound: match breach.bound {
            Some(bound) if rule.measure != Measure::Percent => {
                Some(amount(plan.in_document_currency(bound.exact())?)?)
            }
            bound => bound,
        },
        actual: actual.map(amount).transpose()?,
        roles: breach.roles.to_vec(),
    }))
}

/// What was measured, kept as a fraction so that a comparison need not round.
struct Measured {
    /// The numerator; for percentages the money earned.
    value: Exact,
    /// What the numerator is divided by; one for sums of money.
    over: Exact,
    /// The rounded percentage, where the book compares that.
    rounded: Option<Exact>,
}

impl Measured {
    fn is_below(&self, plan: &Plan<'_>, measure: Measure, bound: Exact) -> Computed<bool> {
        if measure != Measure::Percent {
            let bound = plan.in_document_currency(bound)?;
            let limit = bound.multiply(self.over).at("margin")?;
            // The numerator and what it is divided by have the same sign for returns.
            return Ok(if self.over.is_negative() {
                self.value > limit
            } else {
                self.value < limit
            });
        }
        if let Some(rounded) = self.rounded {
            return Ok(rounded < bound);
        }
        // Where there is no percentage, a loss is below every bound.
        if !has_margin_percent(self.over, self.value) {
            return Ok(self.value.is_negative());
        }
        // value / over < bound / 100, without dividing.
        let left = self.value.multiply(Exact::HUNDRED).at("margin")?;
        let right = bound.multiply(self.over).at("margin")?;
        Ok(if self.over.is_negative() { left > right } else { left < right })
    }

    /// What people are shown, rounded.
    fn shown(&self, plan: &Plan<'_>, measure: Measure) -> Computed<Option<Exact>> {
        if measure == Measure::Percent {
            return margin_percent(plan, self.over, self.value);
        }
        let rounding = Rounding::digits(plan.digits.max(2), plan.mode());
        Ok(self.value.divide(self.over, rounding).ok())
    }
}

fn measured(plan: &Plan<'_>, rule: &Threshold, subject: &Subject) -> Computed<Measured> {
    let gained = || match subject.gain {
        Some(gain) => Ok(gain.amount),
        None => subject.net.subtract(subject.cost.unwrap_or(Exact::ZERO)).at("margin"),
    };
    match rule.measure {
        Measure::Percent => {
            let value = gained()?;
            let rounded = match (plan.inner.rounding.margin, subject.gain) {
                (None, _) => None,
                (Some(_), Some(gain)) => gain.percent,
                (Some(_), None) => margin_percent(plan, subject.net, value)?,
            };
            Ok(Measured { value, over: subject.net, rounded })
        }
        Measure::Amount | Measure::Price => {
            let value = if rule.measure == Measure::Price { subject.net } else { gained()? };
            let (over, scale) = subject.units.unwrap_or((Exact::ONE, Exact::ONE));
            let value = value.multiply(scale).at("margin")?;
            Ok(Measured { value, over, rounded: None })
        }
    }
}

/// Whether manual discounts on a line are larger than the roles of the request may grant.
fn discretion(
    plan: &Plan<'_>,
    work: &Work<'_>,
    request: &Request,
    out: &mut Vec<Approval>,
) -> Computed<()> {
    let inner = plan.inner;
    let (Some(line), Some(priced)) = (&work.line, &work.priced) else { return Ok(()) };
    let Some((before, after)) = priced.discounted.manual else { return Ok(()) };
    if inner.discretion.is_empty() {
        return Ok(());
    }
    let limits: Vec<(&Id, Exact)> = inner
        .discretion
        .iter()
        .filter(|limit| plan.matches(limit.scope, line.info.class))
        .map(|limit| (&limit.role, limit.max))
        .collect();
    let is_beyond = !line.is_return() && before.is_zero() && after.is_negative();
    let reduction = Reduction { before, after, slack: Exact::ZERO, is_beyond };
    out.extend(limit(&limits, &reduction, request, MarginLevel::Line, Some(&work.id))?);
    Ok(())
}

/// The same for the discounts granted by hand on the document.
fn header_discretion(
    plan: &Plan<'_>,
    works: &[Work<'_>],
    totals: &Totals,
    request: &Request,
    out: &mut Vec<Approval>,
) -> Computed<()> {
    if plan.inner.discretion.is_empty() {
        return Ok(());
    }
    let mut granted = Exact::ZERO;
    let mut slack = Exact::ZERO;
    for discount in totals.discounts.iter().filter(|discount| discount.rule.is_none()) {
        if discount.percent.is_some() {
            slack = slack.add(percent_rounding(plan).increment().exact()).at("discretion")?;
        }
        let given = discount.amount.exact().subtract(discount.unallocated.exact()).at("totals")?;
        granted = granted.add(given).at("totals")?;
    }
    if !granted.is_positive() {
        return Ok(());
    }
    // The sum as the rules before the first manual discount left it.
    let mut before = totals.lines.exact();
    for discount in totals.discounts.iter().take_while(|discount| discount.rule.is_some()) {
        let given = discount.amount.exact().subtract(discount.unallocated.exact());
        before = before.subtract(given.at("totals")?).at("totals")?;
    }
    let after = before.subtract(granted).at("totals")?;
    let limits: Vec<(&Id, Exact)> = plan
        .inner
        .discretion
        .iter()
        .filter(|limit| {
            works
                .iter()
                .filter(|work| work.priced.is_some())
                .all(|work| plan.matches(limit.scope, work.class()))
        })
        .map(|limit| (&limit.role, limit.max))
        .collect();
    // Returns may weigh more than what is sold: then there is nothing that a percentage could be of.
    let reduction = Reduction { before, after, slack, is_beyond: !before.is_positive() };
    out.extend(limit(&limits, &reduction, request, MarginLevel::Document, None)?);
    Ok(())
}

/// What discounts by hand took off.
struct Reduction {
    before: Exact,
    after: Exact,
    /// Rounding may have taken so much more than what was asked for, but for the last bit of it.
    slack: Exact,
    /// Whether there is nothing that it could be a percentage of: it exceeds every limit.
    is_beyond: bool,
}

/// Compares a manual reduction with the limits that match.
fn limit(
    limits: &[(&Id, Exact)],
    reduction: &Reduction,
    request: &Request,
    level: MarginLevel,
    line: Option<&Id>,
) -> Computed<Option<Approval>> {
    let &Reduction { before, after, slack, is_beyond } = reduction;
    let taken = before.subtract(after).at("discretion")?;
    if !is_beyond && (before.is_zero() || taken.is_negative() != before.is_negative()) {
        // Nothing was taken off, or the price was raised.
        return Ok(None);
    }
    // taken / before > max / 100, without dividing.
    let exceeds = |max: Exact| -> Computed<bool> {
        if is_beyond {
            return Ok(true);
        }
        let left = taken.magnitude().multiply(Exact::HUNDRED).at("discretion")?;
        let right = before.magnitude().multiply(max).at("discretion")?;
        if slack.is_zero() {
            return Ok(left > right);
        }
        let rounding = slack.multiply(Exact::HUNDRED).at("discretion")?;
        Ok(left >= right.add(rounding).at("discretion")?)
    };
    let own = limits
        .iter()
        .filter(|(role, _)| request.roles.contains(role))
        .map(|(_, max)| *max)
        .max()
        .unwrap_or(Exact::ZERO);
    if !exceeds(own)? {
        return Ok(None);
    }
    let mut roles: Vec<Id> = Vec::new();
    for (role, max) in limits {
        if !exceeds(*max)? && !roles.contains(role) {
            roles.push((*role).clone());
        }
    }
    let verdict = if roles.is_empty() { Verdict::Blocked } else { Verdict::NeedsApproval };
    let shown = Rounding::digits(2, RoundingMode::HalfUp);
    let actual = taken.multiply(Exact::HUNDRED).and_then(|t| t.divide(before, shown));
    Ok(Some(Approval {
        verdict,
        level,
        line: line.cloned(),
        threshold: None,
        cause: ApprovalCause::Discretion,
        measure: Measure::Percent,
        bound: Some(amount(own)?),
        actual: actual.ok().filter(|_| !is_beyond).map(amount).transpose()?,
        roles,
    }))
}
