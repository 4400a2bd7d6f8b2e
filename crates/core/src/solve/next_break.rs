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
        for quantity in thresholds(inner, &plan, &found, current) {
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

/// Quantities above the current one at which a tier or a rule may begin, in the ordered unit.
fn thresholds(inner: &Inner, plan: &Plan<'_>, line: &Line<'_>, price: &LinePrice) -> Vec<Quantity> {
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
    for (number, list) in plan.lists() {
        for row in inner.rows.in_list(line.info, number) {
            let kind = inner.rows.kind(row);
            if !kind.valid_on(plan.day) {
                continue;
            }
            let tiers = inner.rows.tiers(row);
            let size = if kind.unit == line.info.unit { Exact::ONE } else { unit_size(line) };
            for tier in 0..tiers.len() {
                let Some(from) = tiers.from(tier).map(Exact::from) else { continue };
                let found = match list.basis {
                    Basis::Value => by_value(from),
                    Basis::Weight => by_weight(from),
                    Basis::Quantity => from.multiply(size).ok(),
                };
                base.extend(found);
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
            base.extend(conditions.quantity.from);
            base.extend(conditions.value.from.and_then(by_value));
            base.extend(conditions.weight.from.and_then(by_weight));
        }
        match &rule.effect {
            Effect::Tiers { basis, steps } => {
                base.extend(steps.iter().filter_map(|(from, _)| match basis {
                    Basis::Quantity => Some(*from),
                    Basis::Value => by_value(*from),
                    Basis::Weight => by_weight(*from),
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
    let mut out: Vec<Quantity> = base
        .into_iter()
        .filter(|quantity| *quantity > line.base_quantity)
        .filter_map(|quantity| {
            let ordered = quantity
                .divide(unit_size(line), Rounding::digits(6, RoundingMode::Up))
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

fn unit_size(line: &Line<'_>) -> Exact {
    line.factor.to_base(Exact::ONE).unwrap_or(Exact::ONE)
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
