//! Buy some, get some: evaluated on the whole document, in the order of the procedure.

use super::document::{Origin, Per, Refusal, StepKind};
use super::evaluate::{Priced, Work, note_rule, unit_id};
use super::noted::{Lost, Outcome};
use crate::Id;
use crate::engine::{Effect, FreeEffect, Rule};
use crate::money::{Exact, Increment, Quantity, Rounding, RoundingMode};
use crate::order::arrange;
use crate::pricing::{
    At, Computed, Discounted, Found, Line, Mix, Plan, Recorder, RuleRef, StepNote, conditions,
    list_price, scope_verdict,
};

/// Units of a line that no rule has used yet, in base units.
struct Pool {
    work: usize,
    units: Exact,
}

/// What a rule that gives goods asks and gives; `None` for every other rule.
pub(super) fn free_effect(effect: &Effect) -> Option<&FreeEffect> {
    match effect {
        Effect::Free(free) => Some(free),
        _ => None,
    }
}

/// Applies every rule that gives goods.
#[inline(never)]
pub(crate) fn apply<'r>(
    plan: &Plan<'r>,
    works: &mut Vec<Work<'r>>,
    mix: &Mix,
    values: &Mix,
    explain: bool,
) {
    let inner = plan.inner;
    let mut free: Vec<Exact> = Vec::new();
    for &number in &inner.gifts {
        let Some(rule) = inner.rules.get(number as usize) else { continue };
        let Some(effect) = free_effect(&rule.effect) else { continue };
        if !plan.has(rule.scope.customer) && !explain {
            continue;
        }
        free.resize_with(works.len(), || Exact::ZERO);
        for (work, left) in works.iter().zip(&mut free) {
            // What is left of a line starts as its quantity.
            if left.is_zero() && work.origin.is_none() {
                *left = work.line.map_or(Exact::ZERO, |line| line.base_quantity);
            }
        }
        let pool = pool(plan, works, values, number, rule, &free);
        let granted = grant(plan, works, mix, number, rule, effect, &pool, &mut free);
        if let Err(refusal) = granted {
            // A rule that cannot be computed exactly refuses the lines it would have changed.
            for member in &pool {
                if let Some(work) = works.get_mut(member.work) {
                    work.refuse(refusal.clone());
                }
            }
        }
    }
}

/// The lines a rule may draw on.
fn pool(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    mix: &Mix,
    number: u32,
    rule: &Rule,
    free: &[Exact],
) -> Vec<Pool> {
    let mut pool = Vec::new();
    for (at, (work, &units)) in works.iter_mut().zip(free).enumerate() {
        let (Some(line), Some(priced)) = (work.line, work.priced) else { continue };
        if line.is_return() || !units.is_positive() || work.origin.is_some() {
            continue;
        }
        if !plan.matches(
            crate::engine::CompiledScope { customer: 0, not: None, ..rule.scope },
            line.info.class,
        ) {
            continue;
        }
        let explain = work.trace.wants_candidates();
        let verdict = match scope_verdict(plan, &line, rule, explain) {
            Ok(()) => {
                let found = priced.discounted.found;
                match conditions(plan, &line, mix, rule, found) {
                    Ok(verdict) => verdict,
                    Err(refusal) => {
                        work.refuse(refusal);
                        continue;
                    }
                }
            }
            Err(outcome) => Err(outcome),
        };
        match verdict {
            Ok(()) => pool.push(Pool { work: at, units }),
            Err(outcome) => note_rule(work, number, outcome),
        }
    }
    pool
}

#[expect(clippy::too_many_arguments, reason = "one rule against one document: all of it is needed")]
fn grant<'r>(
    plan: &Plan<'r>,
    works: &mut Vec<Work<'r>>,
    mix: &Mix,
    number: u32,
    rule: &Rule,
    effect: &FreeEffect,
    pool: &[Pool],
    free: &mut [Exact],
) -> Computed<()> {
    let mut units = Exact::ZERO;
    for member in pool {
        units = units.add(member.units).at("free")?;
    }
    let set = match effect.product {
        Some(_) => effect.buy,
        None => effect.buy.add(effect.get).at("free")?,
    };
    let floor = Rounding::new(Increment::digits(0), RoundingMode::Down);
    let mut times = units.divide(set, floor).at("free")?;
    if let Some(limit) = effect.times {
        times = times.min(Exact::integer(i64::from(limit)));
    }
    for member in pool {
        if let Some(work) = works.get_mut(member.work) {
            let outcome = if times.is_positive() {
                Outcome::Applied.into()
            } else {
                let needs = Quantity::from_exact(set).unwrap_or(Quantity::ZERO);
                Lost::too_low(crate::book::Basis::Quantity, needs).together(Some(units))
            };
            note_rule(work, number, outcome);
        }
    }
    if !times.is_positive() {
        return Ok(());
    }
    let given = times.multiply(effect.get).at("free")?;
    let bought = times.multiply(effect.buy).at("free")?;
    match &effect.product {
        Some(product) => {
            gift(plan, works, mix, number, rule, effect, product, given);
            spend(pool, free, bought)
        }
        None => {
            reduce(works, number, rule, effect, pool, free, given)?;
            // What was bought to get them is used up as well.
            spend(pool, free, bought)
        }
    }
}

/// Takes units out of what is left, line by line.
fn spend(pool: &[Pool], free: &mut [Exact], units: Exact) -> Computed<()> {
    let mut rest = units;
    for member in pool {
        if let Some(left) = free.get_mut(member.work) {
            let used = rest.min(*left);
            *left = left.subtract(used).at("free")?;
            rest = rest.subtract(used).at("free")?;
        }
    }
    // A line that is used up must not start over: minus one marks it.
    for member in pool {
        if let Some(left) = free.get_mut(member.work)
            && left.is_zero()
        {
            *left = Exact::ONE.negate();
        }
    }
    Ok(())
}

/// Lowers the cheapest units of the pool.
fn reduce(
    works: &mut [Work<'_>],
    number: u32,
    rule: &Rule,
    effect: &FreeEffect,
    pool: &[Pool],
    free: &mut [Exact],
    given: Exact,
) -> Computed<()> {
    let measure = |member: &Pool| {
        let work = works.get(member.work)?;
        Some((work.priced?.total, work.line?.base_quantity))
    };
    let mut order: Vec<(usize, Exact, Exact)> = pool
        .iter()
        .filter_map(|member| measure(member).map(|(total, units)| (member.work, total, units)))
        .collect();
    // total / units compared without dividing: a/b < c/d exactly when a·d < c·b.
    arrange(&mut order, |(_, total_a, units_a), (_, total_b, units_b)| {
        Exact::compare_products([*total_a, *units_b], [*total_b, *units_a])
    });
    let mut rest = given;
    for (at, total, units) in order {
        let Some(left) = free.get_mut(at) else { continue };
        let taken = rest.min(*left);
        if !taken.is_positive() {
            continue;
        }
        *left = left.subtract(taken).at("free")?;
        rest = rest.subtract(taken).at("free")?;
        let Some(work) = works.get_mut(at) else { continue };
        let Some(mut priced) = work.priced else { continue };
        let share = total.multiply(taken).at("free")?;
        let share = share.multiply(effect.percent.percent().at("free")?).at("free")?;
        let reduction = match share.divide_exact(units) {
            Ok(exact) => exact,
            // A third of a total has no decimal: it is rounded to four more than cents.
            Err(_) => share.divide(units, Rounding::digits(6, RoundingMode::HalfUp)).at("free")?,
        };
        let after = priced.total.subtract(reduction).at("free")?;
        work.step(StepNote {
            kind: StepKind::FreeGoods,
            per: Per::Line,
            rule: RuleRef::Rule(number),
            stage: Some(rule.stage),
            percent: Some(effect.percent),
            before: priced.total,
            after,
        });
        priced.total = after;
        priced.billed = after;
        work.priced = Some(priced);
    }
    Ok(())
}

/// The name of the line of a gift.
pub(crate) fn gift_id(rule: &Id) -> Id {
    Id::known(&format!("gift-{rule}"))
}

/// Adds a line for a gift.
#[expect(clippy::too_many_arguments, reason = "one rule against one document: all of it is needed")]
fn gift<'r>(
    plan: &Plan<'r>,
    works: &mut Vec<Work<'r>>,
    mix: &Mix,
    number: u32,
    rule: &Rule,
    effect: &FreeEffect,
    product: &Id,
    given: Exact,
) {
    let inner = plan.inner;
    let Some(trace) = works.first().map(|work| work.trace.another()) else { return };
    let mut work = Work {
        id: gift_id(&rule.id),
        product_id: product.clone(),
        asked: Quantity::from_exact(given).unwrap_or(Quantity::ZERO),
        unit_id: unit_id(inner, 0),
        origin: Some(Origin::Gift(rule.id.clone())),
        line: None,
        configured: None,
        refusal: None,
        trace,
        priced: None,
    };
    let line = inner
        .products
        .names
        .get(product.as_str())
        .ok_or_else(|| Refusal::UnknownProduct.into())
        .and_then(|number| Line::new(inner, number, given, None));
    let line: Line<'r> = match line {
        Ok(line) => line,
        Err(refusal) => {
            work.refuse(refusal);
            works.push(work);
            return;
        }
    };
    work.unit_id = unit_id(inner, line.unit);
    work.line = Some(line);
    match list_price(plan, &line, mix, &mut work.trace) {
        Ok(found) => {
            // A gift is priced by its list alone and then lowered: other rules leave it be.
            let lowered = price_gift(&mut work, found, number, rule, effect);
            if let Err(refusal) = lowered {
                work.refuse(refusal);
            }
        }
        Err(refusal) => work.refuse(refusal),
    }
    works.push(work);
}

fn price_gift(
    work: &mut Work<'_>,
    found: Found,
    number: u32,
    rule: &Rule,
    effect: &FreeEffect,
) -> Computed<()> {
    let share = effect.percent.percent().at("free")?;
    let reduction = found.value.multiply(share).at("free")?;
    let after = found.value.subtract(reduction).at("free")?;
    if let Some(unit) = found.unit
        && found.value != unit
    {
        work.step(StepNote {
            kind: StepKind::Quantity,
            per: Per::Line,
            rule: RuleRef::None,
            stage: None,
            percent: None,
            before: unit,
            after: found.value,
        });
    }
    work.step(StepNote {
        kind: StepKind::FreeGoods,
        per: Per::Line,
        rule: RuleRef::Rule(number),
        stage: Some(rule.stage),
        percent: Some(effect.percent),
        before: found.value,
        after,
    });
    work.priced = Some(Priced::new(Discounted {
        found,
        list_value: found.value,
        unit: found.unit,
        total: after,
        manual: None,
    }));
    Ok(())
}
