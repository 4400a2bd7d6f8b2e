//! How many more pieces lower the unit price.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::book::Basis;
use crate::engine::{Effect, Inner};
use crate::money::{Amount, Exact, Increment, Quantity, Rounding, RoundingMode};
use crate::order::arrange;
use crate::pricing::{Line, Plan};
use crate::quote::{LinePrice, Quote, Request, line_of, plan_for, product_of};
use crate::{Engine, RequestError};

/// The nearest larger quantity of a line at which a unit costs less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NextBreak {
    /// The line.
    pub line: Id,
    /// The quantity at which the break lies, in the ordered unit.
    pub quantity: Quantity,
    /// How much more that is than now.
    pub more: Quantity,
    /// The net price of one unit there: the line total over the quantity, rounded to the
    /// currency's decimals plus two where it has no shorter decimal.
    pub unit_price: Amount,
    /// The line total there.
    pub total: Amount,
    /// How much the line total changes; negative when more pieces cost less in total.
    pub change: Amount,
}

/// At most this many thresholds are tried.
const MAX_TRIES: usize = 64;

impl Engine {
    /// The nearest larger quantity of a line (counted from 0) at which the unit price falls,
    /// everything else unchanged; `None` where there is none.
    ///
    /// ```
    /// use listino_core::quote::Request;
    /// use listino_core::solve::NextBreak;
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    ///     "customers": { "C": {} }, "products": { "P": {} },
    ///     "price_lists": [{ "id": "base",
    ///         "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }] }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "14" }] }"#)?;
    /// let next: NextBreak = engine.next_break(&request, 0)?.unwrap();
    /// assert_eq!((next.more.to_string(), next.change.to_string()), ("1".into(), "-5".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::quote`].
    pub fn next_break(
        &self,
        request: &Request,
        line: usize,
    ) -> Result<Option<NextBreak>, RequestError> {
        let now = self.quote(request)?;
        let Some(asked) = request.lines.get(line) else { return Ok(None) };
        let Some((id, current)) = price_of(&now, request, line) else { return Ok(None) };
        let inner = &*self.0;
        let plan = plan_for(inner, request);
        let Ok(found) =
            line_of(&plan, asked, product_of(inner, asked), asked.quantity.exact(), asked.term)
        else {
            return Ok(None);
        };
        if found.is_return() || !asked.ramp.is_empty() {
            return Ok(None);
        }
        let others = others(inner, &plan, &found, request, line, &now);
        for quantity in thresholds(inner, &plan, &found, current, &others) {
            let mut trial = request.clone();
            if let Some(line) = trial.lines.get_mut(line) {
                line.quantity = quantity;
            }
            let then = self.quote(&trial)?;
            let Some((_, price)) = price_of(&then, &trial, line) else { continue };
            if let Some(found) = compare(&now, id, asked.quantity, current, quantity, price) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

fn price_of<'q>(
    quote: &'q Quote,
    request: &Request,
    line: usize,
) -> Option<(&'q Id, &'q LinePrice)> {
    // Lines come in the order of the request; ramps and gifts carry an origin.
    let ramps = request.lines.iter().take(line).map(|line| line.ramp.len().max(1)).sum::<usize>();
    let found = quote.lines.get(ramps)?;
    found.price.as_ref().map(|price| (&found.id, price))
}

fn compare(
    quote: &Quote,
    id: &Id,
    old: Quantity,
    current: &LinePrice,
    new: Quantity,
    price: &LinePrice,
) -> Option<NextBreak> {
    let (old, new) = (old.exact(), new.exact());
    let (total, then) = (current.total.exact(), price.total.exact());
    // then / new < total / old, without dividing.
    if then.multiply(old).ok()? >= total.multiply(new).ok()? {
        return None;
    }
    let unit = match then.divide_exact(new) {
        Ok(exact) if exact.to_decimal().is_ok_and(|d| d.scale() <= 6) => exact,
        _ => then.divide(new, Rounding::digits(quote.digits + 2, RoundingMode::HalfUp)).ok()?,
    };
    Some(NextBreak {
        line: id.clone(),
        quantity: Quantity::from_exact(new).ok()?,
        more: Quantity::from_exact(new.subtract(old).ok()?).ok()?,
        unit_price: Amount::from_exact(unit).ok()?,
        total: price.total,
        change: Amount::from_exact(then.subtract(total).ok()?).ok()?,
    })
}

/// What the other lines of a request bring into a mix-and-match group.
struct Others {
    quantity: Exact,
    value: Exact,
    weight: Exact,
}

impl Others {
    const fn of(&self, basis: Basis) -> Exact {
        match basis {
            Basis::Quantity => self.quantity,
            Basis::Value => self.value,
            Basis::Weight => self.weight,
        }
    }
}

/// Of each mix-and-match group that the line is in, what the other lines bring into it.
fn others(
    inner: &Inner,
    plan: &Plan<'_>,
    line: &Line<'_>,
    request: &Request,
    at: usize,
    quote: &Quote,
) -> Vec<Option<Others>> {
    let mut out: Vec<Option<Others>> = Vec::with_capacity(inner.mix_groups.len());
    for &scope in &inner.mix_groups {
        out.push(plan.matches(scope, line.info.class).then_some(Others {
            quantity: Exact::ZERO,
            value: Exact::ZERO,
            weight: Exact::ZERO,
        }));
    }
    if out.iter().all(Option::is_none) {
        return out;
    }
    for (number, asked) in request.lines.iter().enumerate() {
        if number == at || !asked.ramp.is_empty() {
            continue;
        }
        let product = product_of(inner, asked);
        let Ok(other) = line_of(plan, asked, product, asked.quantity.exact(), asked.term) else {
            continue;
        };
        let priced = price_of(quote, request, number);
        let value = priced.map_or(Exact::ZERO, |(_, price)| price.list_value.exact().magnitude());
        for (sums, &scope) in out.iter_mut().zip(&inner.mix_groups) {
            let Some(sums) = sums else { continue };
            if !plan.matches(scope, other.info.class) {
                continue;
            }
            // Where a sum cannot be held the bound is not found: what is answered was quoted.
            let add = |sum: &mut Exact, part: Exact| *sum = sum.add(part).unwrap_or(*sum);
            add(&mut sums.quantity, other.base_quantity.magnitude());
            add(&mut sums.value, value);
            add(&mut sums.weight, other.weight().unwrap_or(Exact::ZERO));
        }
    }
    out
}

/// Quantities above the current one at which a tier or a rule may begin, in the ordered unit.
fn thresholds(
    inner: &Inner,
    plan: &Plan<'_>,
    line: &Line<'_>,
    price: &LinePrice,
    others: &[Option<Others>],
) -> Vec<Quantity> {
    let mut base: Vec<Exact> = Vec::new();
    let unit_value = price.list_price.map(|price| price.exact()).filter(|p| p.is_positive());
    let by_value = |value: Exact| -> Option<Exact> {
        // Ordered units whose list value reaches the bound, in base units.
        let units = value.divide(unit_value?, Rounding::digits(6, RoundingMode::Up)).ok()?;
        line.factor.to_base(units).ok()
    };
    let by_weight = |weight: Exact| -> Option<Exact> {
        let one = line.extra?.weight?.exact();
        weight.divide(one, Rounding::digits(6, RoundingMode::Up)).ok()
    };
    let reach = |basis: Basis, from: Exact| match basis {
        Basis::Quantity => Some(from),
        Basis::Value => by_value(from),
        Basis::Weight => by_weight(from),
    };
    // A bound of a group is reached with what the other lines bring.
    let rest = |across: Option<u16>, basis: Basis, from: Exact| -> Option<Exact> {
        let others = others.get(usize::from(across?))?.as_ref()?;
        reach(basis, from.subtract(others.of(basis)).ok()?)
    };
    for (number, list) in plan.lists() {
        for row in inner.rows.in_list(line.info, number) {
            let kind = inner.rows.kind(row);
            if !kind.valid_on(plan.day) {
                continue;
            }
            let tiers = inner.rows.tiers(row);
            let base_unit = kind.unit == line.info.unit;
            for tier in 0..tiers.len() {
                let Some(from) = tiers.from(tier).map(Exact::from) else { continue };
                base.extend(match (list.across, list.basis) {
                    (None, Basis::Quantity) if !base_unit => line.factor.to_base(from).ok(),
                    (None, basis) => reach(basis, from),
                    (across, basis) => rest(across, basis, from),
                });
            }
        }
    }
    let class = line.info.class;
    let gifts = inner.gifts.iter().copied().filter(|&number| {
        inner
            .rules
            .get(number as usize)
            .is_some_and(|rule| rule.days.contains(plan.day) && plan.matches(rule.scope, class))
    });
    let priced = plan.rules(&inner.line_rules, class);
    let shared = plan.rules(&inner.document_rules, class);
    for number in priced.chain(shared).chain(gifts) {
        let Some(rule) = inner.rules.get(number as usize) else { continue };
        if let Some(conditions) = &rule.conditions {
            for (bounds, basis) in [
                (&conditions.quantity, Basis::Quantity),
                (&conditions.value, Basis::Value),
                (&conditions.weight, Basis::Weight),
            ] {
                let Some(from) = bounds.from else { continue };
                base.extend(match conditions.across {
                    None => reach(basis, from),
                    across => rest(across, basis, from),
                });
            }
        }
        match &rule.effect {
            Effect::Tiers { basis, steps } => {
                let across = rule.conditions.as_ref().and_then(|conditions| conditions.across);
                base.extend(steps.iter().filter_map(|(from, _)| match across {
                    None => reach(*basis, *from),
                    across => rest(across, *basis, *from),
                }));
            }
            Effect::Free(free) => {
                // The next full set of a buy-some-get-some rule.
                let set = if free.product.is_some() {
                    Some(free.buy)
                } else {
                    free.buy.add(free.get).ok()
                };
                let next = set.and_then(|set| {
                    let step = Increment::new(set)?;
                    let above =
                        line.base_quantity.round(Rounding::new(step, RoundingMode::Up)).ok()?;
                    if above == line.base_quantity { above.add(set).ok() } else { Some(above) }
                });
                base.extend(next);
            }
            _ => {}
        }
    }
    let step = valid_step(inner, line);
    let (into_base, over) = line.factor.parts();
    let mut out: Vec<Quantity> = base
        .into_iter()
        .filter(|quantity| *quantity > line.base_quantity)
        .filter_map(|quantity| {
            let ordered = quantity
                .multiply(over)
                .and_then(|quantity| {
                    quantity.divide(into_base, Rounding::digits(6, RoundingMode::Up))
                })
                .ok()?
                .round(Rounding::new(step, RoundingMode::Up))
                .ok()?;
            Quantity::from_exact(ordered).ok()
        })
        .collect();
    arrange(&mut out, Ord::cmp);
    out.dedup();
    out.truncate(MAX_TRIES);
    out
}

/// The step in which the ordered quantity may grow.
fn valid_step(inner: &Inner, line: &Line<'_>) -> Increment {
    let multiple = line
        .extra
        .and_then(|extra| extra.multiple)
        .and_then(|multiple| line.factor.from_base(multiple.exact()).ok())
        .and_then(Increment::new);
    let digits = inner.unit_digits.get(usize::from(line.unit)).copied().flatten();
    // Where nothing is said a whole quantity stays whole.
    let whole = if line.quantity.is_integer() { 0 } else { 6 };
    multiple.unwrap_or_else(|| Increment::digits(digits.unwrap_or(whole)))
}
