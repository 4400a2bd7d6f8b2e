//! Which row wins, and what it makes of the quantity.

use std::cmp::Ordering;

use super::plan::measure;
use super::{At, Computed, Facts, Line, Mix, Plan, Recorder, RuleRef, Silent, StepNote};
use crate::book::{Basis, BelowFirstTier, Merge, ScaleMode};
use crate::engine::{
    CompiledBase, CompiledFormula, CompiledScope, EVERYTHING, List, NONE, Row, Tiers,
};
use crate::money::{Currency, Exact, Quantity};
use crate::quote::{CandidateNote, Lost, Outcome, Per, Refusal, StepKind};
use crate::rules::Value;
use crate::units::Factor;

/// The list price of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// The list.
    pub(crate) list: u32,
    /// The price of one ordered unit; `None` where the line is priced as a whole.
    pub(crate) unit: Option<Exact>,
    /// The value of the line, with the sign of the quantity; of one period for subscriptions.
    pub(crate) value: Exact,
}

impl Found {
    pub(crate) const fn whole(list: u32, value: Exact) -> Self {
        Self { list, unit: None, value }
    }
}

/// A list price and the way to it.
#[derive(Debug, Clone, Copy)]
struct Derived {
    found: Found,
    /// The price of one base unit, where the ordered unit is another one.
    base: Option<Exact>,
    /// The flat fees in the value.
    flat: Option<Exact>,
}

/// What one list says about a line.
enum Answer {
    Price(Derived),
    /// No row for the product, the date or the unit.
    NoRow,
    /// Below the first tier, which starts here.
    Below(Basis, Exact, Option<Exact>),
    /// A share of other lines, which have no prices yet.
    Waits,
}

/// What all lists say about a line.
enum Search {
    Price(Derived),
    Nothing,
    /// One that is asked says a share of other lines, which have no prices yet.
    Waits,
}

impl From<Option<Derived>> for Search {
    fn from(found: Option<Derived>) -> Self {
        found.map_or(Self::Nothing, Self::Price)
    }
}

/// Finds the list price of a line.
pub(crate) fn list_price<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    recorder: &mut R,
) -> Computed<Found> {
    let explain = recorder.wants_candidates();
    if explain {
        report_foreign_lists(plan, line, recorder);
    }
    let Search::Price(Derived { found, base, flat }) = search(plan, line, mix, recorder)? else {
        return Err(Refusal::NoPrice.into());
    };
    let list = plan.inner.lists.get(found.list as usize);
    let formula = list.is_some_and(|list| prices_by_formula(plan, line, found.list, list));
    let (per, after) = match found.unit {
        Some(unit) => (Per::Unit, unit),
        None => (Per::Line, found.value),
    };
    let step = |kind, before, after| StepNote {
        kind,
        per,
        rule: RuleRef::List(found.list),
        stage: None,
        percent: None,
        before,
        after,
    };
    let kind = if formula { StepKind::Formula } else { StepKind::ListPrice };
    if let Some(base) = base {
        recorder.step(step(kind, Exact::ZERO, base));
        recorder.step(step(StepKind::UnitConversion, base, after));
    } else if let Some(flat) = flat {
        let without = after.subtract(flat).at("price_lists")?;
        recorder.step(step(kind, Exact::ZERO, without));
        recorder.step(step(StepKind::FlatFee, without, after));
    } else {
        recorder.step(step(kind, Exact::ZERO, after));
    }
    Ok(found)
}

/// Whether the price of a line is for other lines to say, which have none yet.
#[inline(never)]
pub(crate) fn waits(plan: &Plan<'_>, line: &Line<'_>, mix: &Mix) -> bool {
    applicable(plan, line).any(|(_, list)| is_share(list))
        && matches!(search(plan, line, mix, &mut Silent::default()), Ok(Search::Waits))
}

/// Whether the formula of a list takes a share of other lines.
pub(crate) fn is_share(list: &List) -> bool {
    list.formula.as_ref().is_some_and(|formula| matches!(formula.base, CompiledBase::Lines(_)))
}

fn search<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    recorder: &mut R,
) -> Computed<Search> {
    if plan.is_lowest() {
        lowest(plan, line, mix, recorder)
    } else if plan.inner.merge == Merge::Tier {
        merged(plan, line, mix, recorder)
    } else {
        first(plan, line, mix, recorder)
    }
}

/// The first list in order that gives a price.
fn first<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    recorder: &mut R,
) -> Computed<Search> {
    let explain = recorder.wants_candidates();
    let mut winner: Option<Derived> = None;
    // The list behind which none is asked: the winner, or one that ends the search.
    let mut last = None;
    for (number, list) in applicable(plan, line) {
        if let Some(last) = last {
            // Only explanations look any further.
            if row(plan, line, number).is_some() || prices_by_formula(plan, line, number, list) {
                note(recorder, number, Outcome::Outranked(last));
            }
            continue;
        }
        let ends = match ask(plan, line, mix, number, list)? {
            Answer::Price(derived) => {
                if explain {
                    note(recorder, number, Outcome::Applied);
                }
                winner = Some(derived);
                true
            }
            Answer::NoRow => {
                if explain && (!list.fallthrough || names_product(plan, line, number)) {
                    note(recorder, number, Outcome::NoRow);
                }
                !list.fallthrough
            }
            Answer::Below(basis, from, together) => {
                if explain {
                    note_below(recorder, number, basis, from, together);
                }
                list.below_first_tier != BelowFirstTier::Fallthrough
            }
            Answer::Waits => return Ok(Search::Waits),
        };
        if ends {
            last = Some(number);
            if !explain {
                break;
            }
        }
    }
    Ok(winner.into())
}

/// The lowest list value of all lists.
fn lowest<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    recorder: &mut R,
) -> Computed<Search> {
    let mut best: Option<Derived> = None;
    let mut answers = Vec::new();
    for (number, list) in applicable(plan, line) {
        match ask(plan, line, mix, number, list)? {
            Answer::Price(derived) => {
                let value = derived.found.value;
                // What is lowest for a sale is the other way round for a return.
                let order = |best: Derived| match line.is_return() {
                    false => value.cmp(&best.found.value),
                    true => best.found.value.cmp(&value),
                };
                let lower = best.is_none_or(|best| order(best) == Ordering::Less);
                if lower {
                    best = Some(derived);
                }
                answers.push(number);
            }
            Answer::NoRow => {}
            Answer::Below(basis, from, together) => {
                if recorder.wants_candidates() {
                    note_below(recorder, number, basis, from, together);
                }
            }
            Answer::Waits => return Ok(Search::Waits),
        }
    }
    if recorder.wants_candidates()
        && let Some(best) = best
    {
        let winner = best.found.list;
        for number in answers {
            let won = number == winner;
            note(recorder, number, if won { Outcome::Applied } else { Outcome::Outranked(winner) });
        }
    }
    Ok(best.into())
}

/// All lists put together tier by tier; the earlier list wins a bound.
fn merged<R: Recorder>(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    recorder: &mut R,
) -> Computed<Search> {
    // A third of a base unit has no decimal: bounds are compared in base units times this.
    let (into_base, over) = line.factor.parts();
    // (bound, price per ordered unit, flat fee, list), the bounds ascending
    let mut tiers: Vec<(Option<Exact>, Exact, Option<Exact>, u32)> = Vec::new();
    let mut basis = None;
    // The list of which the first tier is the price of all units.
    let mut whole = None;
    // Only explanations name the lists that were asked.
    let explain = recorder.wants_candidates();
    let mut asked = Vec::new();
    for (number, list) in applicable(plan, line) {
        let Some((row, factor)) = row(plan, line, number) else {
            // A formula is a scale of one tier.
            let formed = match names_product(plan, line, number) {
                true => Formed::Nothing,
                false => by_formula(plan, line, mix, number, list)?,
            };
            let price = match formed {
                Formed::Waits => return Ok(Search::Waits),
                Formed::Nothing => None,
                Formed::Unit(price) => Some((price, false)),
                Formed::Line(value) => Some((value, true)),
            };
            if let Some((price, of_line)) = price {
                basis.get_or_insert((list, number));
                if tiers.first().is_none_or(|(lowest, ..)| lowest.is_some()) {
                    tiers.insert(0, (None, price, None, number));
                    whole = of_line.then_some(number);
                }
                if explain {
                    asked.push(number);
                }
                if list.lock {
                    break;
                }
                continue;
            }
            if list.fallthrough {
                continue;
            }
            break;
        };
        let own = plan.inner.rows.tiers(row);
        basis.get_or_insert((list, number));
        for tier in 0..own.len() {
            let own_unit = list.basis == Basis::Quantity && list.across.is_none();
            let size = if own_unit && plan.inner.rows.kind(row).unit != line.info.unit {
                into_base
            } else {
                over
            };
            let bound = match own.from(tier) {
                Some(from) => Some(Exact::from(from).multiply(size).at("tiers")?),
                None => None,
            };
            let at = tiers.partition_point(|(known, ..)| *known < bound);
            if tiers.get(at).is_some_and(|(known, ..)| *known == bound) {
                continue;
            }
            let price = factor.to_base(own.price(tier)).at("price_lists")?;
            tiers.insert(at, (bound, price, own.flat(tier), number));
        }
        if explain {
            asked.push(number);
        }
        if list.lock {
            break;
        }
    }
    let Some((list, _)) = basis else { return Ok(Search::Nothing) };
    let first_price = tiers.first().map_or(Exact::ZERO, |(_, price, ..)| *price);
    let measured = match (list.across, list.basis) {
        (None, Basis::Value) => {
            line.quantity.magnitude().multiply(first_price).at("price_lists")?
        }
        (across, basis) => measure(line, mix, basis, across, Exact::ZERO)?,
    };
    let measured = measured.multiply(over).at("tiers")?;
    let reached = tiers.iter().rev().find(|(bound, ..)| bound.is_none_or(|b| b <= measured));
    let tier = match (reached, list.below_first_tier) {
        (Some(tier), _) => Some(tier),
        (None, BelowFirstTier::FirstTier) => tiers.first(),
        (None, _) => None,
    };
    let Some(&(_, price, flat, number)) = tier else {
        let lowest = tiers.first().and_then(|(bound, ..)| *bound).unwrap_or(Exact::ZERO);
        let from = lowest.divide_exact(over).unwrap_or(lowest);
        for other in asked {
            note_below(recorder, other, list.basis, from, None);
        }
        return Ok(Search::Nothing);
    };
    for other in asked {
        let won = other == number;
        note(recorder, other, if won { Outcome::Applied } else { Outcome::Outranked(number) });
    }
    if whole == Some(number) {
        return signed(number, price, Exact::ZERO, sign(line)).map(Search::Price);
    }
    volume(line, price, flat.filter(|f| !f.is_zero()), number).map(Search::Price)
}

/// The lists of the plan whose scope allows the product, in order.
fn applicable<'p>(plan: &'p Plan<'_>, line: &'p Line<'_>) -> impl Iterator<Item = (u32, &'p List)> {
    plan.lists().filter(move |(_, list)| plan.matches(list.scope, line.info.class))
}

/// Whether the formula of a list is for the product of a line.
fn prices_by_formula(plan: &Plan<'_>, line: &Line<'_>, number: u32, list: &List) -> bool {
    list.formula.is_some() && !names_product(plan, line, number)
}

fn names_product(plan: &Plan<'_>, line: &Line<'_>, list: u32) -> bool {
    !plan.inner.rows.in_list(line.info, list).is_empty()
}

/// The row of a list for a line, and what its prices are multiplied with for one ordered unit.
fn row<'p>(plan: &'p Plan<'_>, line: &Line<'_>, list: u32) -> Option<(&'p Row, Factor)> {
    row_of(plan, line, plan.inner.rows.in_list(line.info, list))
}

/// The row among those of a list.
fn row_of<'p>(plan: &'p Plan<'_>, line: &Line<'_>, rows: &'p [Row]) -> Option<(&'p Row, Factor)> {
    let valid = |unit: u16| {
        rows.iter().find(|row| {
            let kind = plan.inner.rows.kind(row);
            kind.unit == unit && kind.valid_on(plan.day)
        })
    };
    if let Some(row) = valid(line.unit) {
        return Some((row, Factor::ONE));
    }
    if line.unit == line.info.unit {
        return None;
    }
    // A base-unit price for another unit: times the base units in it.
    valid(line.info.unit).map(|row| (row, line.factor))
}

/// Which of the product's rows in a list is for the line, in the order of date; `NONE` where a
/// formula is.
pub(crate) fn row_number(plan: &Plan<'_>, line: &Line<'_>, list: u32) -> u32 {
    let found = row(plan, line, list).and_then(|(found, _)| {
        let rows = plan.inner.rows.in_list(line.info, list);
        rows.iter().position(|row| std::ptr::eq(row, found))
    });
    found.and_then(|number| u32::try_from(number).ok()).unwrap_or(NONE)
}

/// What one list says about a line.
fn ask(plan: &Plan<'_>, line: &Line<'_>, mix: &Mix, number: u32, list: &List) -> Computed<Answer> {
    let rows = plan.inner.rows.in_list(line.info, number);
    let Some((row, factor)) = row_of(plan, line, rows) else {
        if !rows.is_empty() {
            return Ok(Answer::NoRow);
        }
        return match by_formula(plan, line, mix, number, list)? {
            Formed::Unit(price) => volume(line, price, None, number).map(Answer::Price),
            Formed::Line(value) => {
                signed(number, value, Exact::ZERO, sign(line)).map(Answer::Price)
            }
            Formed::Nothing => Ok(Answer::NoRow),
            Formed::Waits => Ok(Answer::Waits),
        };
    };
    let tiers = plan.inner.rows.tiers(row);
    // The quantity in the unit of the row: ordered units, or base units for a base-unit row.
    let unit = plan.inner.rows.kind(row).unit;
    let quantity = if unit == line.unit { line.quantity } else { line.base_quantity }.magnitude();
    let value = || quantity.multiply(tiers.price(0)).at("price_lists");
    let tier = if tiers.len() == 1 && tiers.from(0).is_none() {
        Some(0)
    } else {
        let measured = match (list.across, list.basis) {
            (None, Basis::Quantity) => quantity,
            (None, Basis::Value) => value()?,
            (across, basis) => measure(line, mix, basis, across, Exact::ZERO)?,
        };
        tiers.reached(measured)
    };
    let tier = match (tier, list.below_first_tier) {
        (Some(tier), _) => tier,
        (None, BelowFirstTier::FirstTier) => 0,
        (None, _) => {
            let from = tiers.from(0).map_or(Exact::ZERO, Exact::from);
            let together = list.across.map(|group| mix.get(group).of(list.basis));
            return Ok(Answer::Below(list.basis, from, together));
        }
    };
    let sign = sign(line);
    let found = match list.mode {
        ScaleMode::Volume => {
            let own = tiers.price(tier);
            let price = factor.to_base(own).at("price_lists")?;
            let flat = tiers.flat(tier).filter(|flat| !flat.is_zero());
            let base = (!factor.is_one() && flat.is_none()).then_some(own);
            Derived { base, ..volume(line, price, flat, number)? }
        }
        ScaleMode::Graduated => {
            let (value, flat) = graduated(&tiers, quantity, tier)?;
            signed(number, value, flat, sign)?
        }
        ScaleMode::Package => {
            let flat = tiers.flat(tier).unwrap_or(Exact::ZERO);
            let value = tiers.price(tier).add(flat).at("price_lists")?;
            signed(number, value, flat, sign)?
        }
    };
    Ok(Answer::Price(found))
}

/// One with the sign of the quantity.
fn sign(line: &Line<'_>) -> Exact {
    if line.is_return() { Exact::ONE.negate() } else { Exact::ONE }
}

/// One price for all units.
fn volume(line: &Line<'_>, price: Exact, flat: Option<Exact>, list: u32) -> Computed<Derived> {
    let value = price.multiply(line.quantity).at("price_lists")?;
    let Some(flat) = flat else {
        let found = Found { list, unit: Some(price), value };
        return Ok(Derived { found, base: None, flat: None });
    };
    let flat = if line.is_return() { flat.negate() } else { flat };
    let value = value.add(flat).at("price_lists")?;
    Ok(Derived { found: Found::whole(list, value), base: None, flat: Some(flat) })
}

/// A line priced as a whole, with the sign of its quantity.
fn signed(list: u32, value: Exact, flat: Exact, sign: Exact) -> Computed<Derived> {
    let value = value.multiply(sign).at("price_lists")?;
    let flat = flat.multiply(sign).at("price_lists")?;
    let flat = (!flat.is_zero()).then_some(flat);
    Ok(Derived { found: Found::whole(list, value), base: None, flat })
}

/// Each tier prices the units that lie in it; the value, and the flat fees in it.
fn graduated(tiers: &Tiers<'_>, quantity: Exact, reached: usize) -> Computed<(Exact, Exact)> {
    let mut value = Exact::ZERO;
    let mut flats = Exact::ZERO;
    let mut start = Exact::ZERO;
    for tier in 0..=reached {
        let end = match tiers.from(tier + 1) {
            Some(next) if tier < reached => Exact::from(next),
            _ => quantity,
        };
        // Nothing lies below the first bound unless the first tier is told to price it.
        let units = end.subtract(start).at("tiers")?;
        let part = units.multiply(tiers.price(tier)).at("tiers")?;
        value = value.add(part).at("tiers")?;
        if let Some(flat) = tiers.flat(tier) {
            value = value.add(flat).at("tiers")?;
            flats = flats.add(flat).at("tiers")?;
        }
        start = end;
    }
    Ok((value, flats))
}

/// Formulas may stand on lists that are formulas; check refuses cycles, this bounds the chain.
const MAX_CHAIN: u32 = 32;

/// The price of one ordered unit by a formula; `None`: there is none.
fn evaluate(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    list: &List,
    formula: &CompiledFormula,
    depth: u32,
) -> Computed<Option<Exact>> {
    let base = match &formula.base {
        CompiledBase::Rule(number) => {
            match Facts::early(plan, line, list.currency).ask(*number, &list.id)? {
                Value::Number(price) => Some(price),
                Value::Bool(_) => None,
            }
        }
        CompiledBase::Cost => cost(plan, line, list.currency)?,
        CompiledBase::List(number) if depth < MAX_CHAIN => {
            base_price(plan, line, mix, *number, list, depth)?
        }
        CompiledBase::List(_) | CompiledBase::Lines(_) => None,
    };
    let Some(mut price) = base else { return Ok(None) };
    if let Some(percent) = formula.percent {
        let factor = Exact::ONE.add(percent.percent().at("formula")?).at("formula")?;
        price = price.multiply(factor).at("formula")?;
    }
    finish(formula, price, &|| cost(plan, line, list.currency)).map(Some)
}

/// The cost of one ordered unit, in a currency.
fn cost(plan: &Plan<'_>, line: &Line<'_>, to: Currency) -> Computed<Option<Exact>> {
    let Some(cost) = plan.inner.products.cost(line.info, plan.day) else { return Ok(None) };
    let rate = plan.rate(plan.inner.currency, to)?;
    let size = line.factor.to_base(Exact::ONE).at("units")?;
    let cost = cost.multiply(size).at("cost")?;
    cost.multiply(rate).at("exchange_rates").map(Some)
}

/// What the formula of a list makes of a line.
enum Formed {
    /// The price of one ordered unit.
    Unit(Exact),
    /// A share of other lines: for all units of the line, without its sign.
    Line(Exact),
    Nothing,
    /// A share of other lines, which have no prices yet.
    Waits,
}

fn by_formula(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    number: u32,
    list: &List,
) -> Computed<Formed> {
    let Some(formula) = &list.formula else { return Ok(Formed::Nothing) };
    if !is_share(list) {
        let price = evaluate(plan, line, mix, list, formula, 0)?;
        return Ok(price.map_or(Formed::Nothing, Formed::Unit));
    }
    let Some(shares) = line.shares else { return Ok(Formed::Waits) };
    let share = shares.iter().find(|share| share.list == number);
    let Some(share) = share else { return Ok(Formed::Nothing) };
    let of = share.of.ok_or_else(|| Refusal::Precision { at: "formula".to_owned() })?;
    let percent = formula.percent.unwrap_or(Exact::HUNDRED).percent().at("formula")?;
    let value = of.multiply(percent).at("formula")?;
    let all = || match cost(plan, line, list.currency)? {
        Some(cost) => cost.multiply(line.quantity.magnitude()).at("cost").map(Some),
        None => Ok(None),
    };
    finish(formula, value, &all).map(Formed::Line)
}

fn base_price(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    number: u32,
    list: &List,
    depth: u32,
) -> Computed<Option<Exact>> {
    let Some(base) = plan.inner.lists.get(number as usize) else { return Ok(None) };
    if !base.days.contains(plan.day) {
        return Ok(None);
    }
    let price = match row(plan, line, number) {
        None => match &base.formula {
            Some(inner) if !names_product(plan, line, number) => {
                evaluate(plan, line, mix, base, inner, depth + 1)?
            }
            _ => None,
        },
        Some(_) => match ask(plan, line, mix, number, base)? {
            Answer::Price(derived) => derived.found.unit,
            _ => None,
        },
    };
    let Some(price) = price else { return Ok(None) };
    let rate = plan.rate(base.currency, list.currency)?;
    price.multiply(rate).at("exchange_rates").map(Some)
}

/// Round-to, ending, surcharge, ceiling and floor, in this order.
fn finish(
    formula: &CompiledFormula,
    mut price: Exact,
    cost: &dyn Fn() -> Computed<Option<Exact>>,
) -> Computed<Exact> {
    const PLACE: &str = "formula";
    if let Some(rounding) = formula.round_to {
        price = price.round(rounding).at(PLACE)?;
    }
    for added in [formula.ending, formula.surcharge].into_iter().flatten() {
        price = price.add(added).at(PLACE)?;
    }
    let markup = |percent: Option<Exact>| -> Computed<Option<Exact>> {
        let Some(percent) = percent else { return Ok(None) };
        let Some(cost) = cost()? else { return Ok(None) };
        let factor = Exact::ONE.add(percent.percent().at(PLACE)?).at(PLACE)?;
        cost.multiply(factor).at(PLACE).map(Some)
    };
    for ceiling in [formula.ceiling, markup(formula.max_markup)?].into_iter().flatten() {
        price = price.min(ceiling);
    }
    for floor in [formula.floor, markup(formula.min_markup)?].into_iter().flatten() {
        price = price.max(floor);
    }
    Ok(price)
}

/// The value of a line by the first tier of its first row, for mix-and-match groups.
pub(crate) fn first_tier_value(plan: &Plan<'_>, line: &Line<'_>) -> Computed<Exact> {
    for (number, _) in applicable(plan, line) {
        if let Some((row, factor)) = row(plan, line, number) {
            let price = factor.to_base(plan.inner.rows.tiers(row).price(0)).at("price_lists")?;
            return price.multiply(line.quantity.magnitude()).at("price_lists");
        }
    }
    Ok(Exact::ZERO)
}

fn note<R: Recorder>(recorder: &mut R, list: u32, outcome: impl Into<Lost>) {
    recorder.considered(CandidateNote::list(list, outcome));
}

fn note_below<R: Recorder>(
    recorder: &mut R,
    list: u32,
    basis: Basis,
    from: Exact,
    together: Option<Exact>,
) {
    let needs = Quantity::from_exact(from).unwrap_or(Quantity::ZERO);
    note(recorder, list, Lost::too_low(basis, needs).together(together));
}

/// Tells why lists that price the product do not apply to this customer, date or currency.
fn report_foreign_lists<R: Recorder>(plan: &Plan<'_>, line: &Line<'_>, recorder: &mut R) {
    let mut seen = None;
    let with_rows = plan.inner.rows.of(line.info).iter().map(|row| row.list);
    let by_formula = plan.inner.formula_lists.iter().copied().filter(|&number| {
        let product = |list: &List| CompiledScope { customer: EVERYTHING, not: None, ..list.scope };
        let list = plan.inner.lists.get(number as usize);
        list.is_some_and(|list| plan.matches(product(list), line.info.class))
            && !names_product(plan, line, number)
    });
    for number in with_rows.chain(by_formula) {
        let Some(list) = plan.inner.lists.get(number as usize) else { continue };
        if seen == Some(number) || plan.searches(number, list) {
            continue;
        }
        seen = Some(number);
        let side = list.scope.customer;
        let outcome = if !plan.has(side) {
            Outcome::OutOfScope(plan.unmet(side))
        } else if !list.days.contains(plan.day) {
            Outcome::NotValid
        } else {
            Outcome::Currency
        };
        note(recorder, number, outcome);
    }
}
