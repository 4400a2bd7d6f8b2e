//! How many more pieces lower the unit price.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::book::Basis;
use crate::engine::{CompiledBase, Effect, Inner, List};
use crate::money::{Amount, Exact, Increment, Quantity, Rounding, RoundingMode};
use crate::order::arrange;
use crate::pricing::{Line, Plan};
use crate::quote::{
    LinePrice, Per, Quote, QuoteLine, Refusal, Request, RequestLine, StepKind, line_of, plan_for,
    product_of,
};
use crate::{Engine, RequestError};

/// The nearest larger quantity of a line at which a unit costs less: at which a tier of a list, a
/// discount or free goods begin, or a surcharge ends. Where only a custom rule, the tier of an option or
/// the sharing of a flat fee makes a unit cheaper, it is not found.
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
    /// The net price of one unit there: the line total over the quantity, and over the periods of a
    /// subscription, rounded to the currency's decimals plus two where it has no shorter decimal.
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
        let rest = rest_of(inner, &plan, request, line, &now);
        for quantity in thresholds(inner, &plan, &found, current, &rest) {
            let Some((quantity, then)) = self.quote_at(request, line, quantity) else { continue };
            let Some((_, price)) = price_of(&then, request, line) else { continue };
            if let Some(next) =
                compare(&now, id, (asked.quantity, current), (quantity, price), found.periods)
            {
                return Ok(Some(next));
            }
        }
        Ok(None)
    }

    /// The quote with another quantity of a line, or with the next larger one that may be ordered.
    fn quote_at(
        &self,
        request: &Request,
        line: usize,
        mut quantity: Quantity,
    ) -> Option<(Quantity, Quote)> {
        let mut trial = request.clone();
        for _ in 0..2 {
            if let Some(line) = trial.lines.get_mut(line) {
                line.quantity = quantity;
            }
            // What cannot be quoted with more of the line lowers nothing.
            let then = self.quote(&trial).ok()?;
            match line_of_quote(&then, request, line).and_then(|line| line.refusal.as_ref()) {
                None => return Some((quantity, then)),
                Some(Refusal::Quantity { nearest, .. }) => match nearest.last() {
                    Some(&above) if above > quantity => quantity = above,
                    _ => return None,
                },
                Some(_) => return None,
            }
        }
        None
    }
}

/// The line of a quote that answers a line of its request, or the first step of its ramp.
fn line_of_quote<'q>(quote: &'q Quote, request: &Request, line: usize) -> Option<&'q QuoteLine> {
    // Lines come in the order of the request; ramps and gifts carry an origin.
    let before = request.lines.iter().take(line).map(|line| line.ramp.len().max(1)).sum::<usize>();
    quote.lines.get(before)
}

fn price_of<'q>(
    quote: &'q Quote,
    request: &Request,
    line: usize,
) -> Option<(&'q Id, &'q LinePrice)> {
    let found = line_of_quote(quote, request, line)?;
    found.price.as_ref().map(|price| (&found.id, price))
}

fn compare(
    quote: &Quote,
    id: &Id,
    (old, current): (Quantity, &LinePrice),
    (new, price): (Quantity, &LinePrice),
    periods: Option<(Exact, Exact)>,
) -> Option<NextBreak> {
    let (old, new) = (old.exact(), new.exact());
    let (total, then) = (current.total.exact(), price.total.exact());
    // then / new < total / old, without dividing.
    if then.multiply(old).ok()? >= total.multiply(new).ok()? {
        return None;
    }
    // Less by nothing but the rounding of the line is not less.
    let own = |price: &LinePrice| {
        let lowers = |kind| {
            use StepKind::{Discount, FlatFee, FreeGoods, Manual};
            matches!(kind, FlatFee | Discount | Manual | FreeGoods)
        };
        price.steps.iter().any(|step| step.per == Per::Line && lowers(step.kind))
    };
    if let (Some(now), Some(then)) = (current.unit_price, price.unit_price)
        && then >= now
        && !own(current)
        && !own(price)
    {
        return None;
    }
    // The unit price of a subscription is for one period.
    let (value, units) = match periods {
        Some((periods, over)) => (then.multiply(over).ok()?, new.multiply(periods).ok()?),
        None => (then, new),
    };
    let unit = match value.divide_exact(units) {
        Ok(exact) if exact.to_decimal().is_ok_and(|d| d.scale() <= 6) => exact,
        _ => value.divide(units, Rounding::digits(quote.digits + 2, RoundingMode::HalfUp)).ok()?,
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

/// Another line of the request, and its list value.
struct Other<'r> {
    line: Line<'r>,
    value: Exact,
}

impl Other<'_> {
    fn measure(&self, basis: Basis) -> Exact {
        match basis {
            Basis::Quantity => self.line.base_quantity.magnitude(),
            Basis::Value => self.value,
            Basis::Weight => self.line.weight().unwrap_or(Exact::ZERO),
        }
    }
}

/// The lines of the request beside one of them.
fn rest_of<'r>(
    inner: &Inner,
    plan: &Plan<'r>,
    request: &'r Request,
    at: usize,
    quote: &Quote,
) -> Vec<Other<'r>> {
    let lines = request.lines.iter().enumerate();
    let lines = lines.filter(|(number, asked)| *number != at && asked.ramp.is_empty());
    let other = |(number, asked): (usize, &'r RequestLine)| {
        let product = product_of(inner, asked);
        let line = line_of(plan, asked, product, asked.quantity.exact(), asked.term).ok()?;
        let priced = price_of(quote, request, number);
        let value = priced.map_or(Exact::ZERO, |(_, price)| price.list_value.exact().magnitude());
        Some(Other { line, value })
    };
    lines.filter_map(other).collect()
}

/// A sum; where it cannot be held a bound is not found: what is answered was quoted.
fn sum(parts: impl Iterator<Item = Exact>) -> Exact {
    parts.fold(Exact::ZERO, |sum, part| sum.add(part).unwrap_or(sum))
}

/// The lists of a document, and those that the formulas among them start from.
fn lists<'e>(inner: &'e Inner, plan: &Plan<'e>) -> Vec<(u32, &'e List)> {
    let mut all: Vec<(u32, &List)> = plan.lists().collect();
    let mut next = 0;
    while let Some((_, list)) = all.get(next) {
        next += 1;
        if let Some(CompiledBase::List(base)) = list.formula.as_ref().map(|formula| &formula.base)
            && !all.iter().any(|(number, _)| number == base)
            && let Some(list) = inner.lists.get(*base as usize)
        {
            all.push((*base, list));
        }
    }
    all
}

/// Quantities above the current one at which a tier or a rule may begin, in the ordered unit.
fn thresholds(
    inner: &Inner,
    plan: &Plan<'_>,
    line: &Line<'_>,
    price: &LinePrice,
    others: &[Other<'_>],
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
        let scope = *inner.mix_groups.get(usize::from(across?))?;
        if !plan.matches(scope, line.info.class) {
            return None;
        }
        let members = others.iter().filter(|other| plan.matches(scope, other.line.info.class));
        reach(basis, from.subtract(sum(members.map(|other| other.measure(basis)))).ok()?)
    };
    for (number, list) in lists(inner, plan) {
        for row in inner.rows.in_list(line.info, number) {
            let kind = inner.rows.kind(row);
            if !kind.valid_on(plan.day) {
                continue;
            }
            let tiers = inner.rows.tiers(row);
            let base_unit = kind.unit == line.info.unit;
            // A bound over a value counts each unit by the price of the first tier.
            let first = Some(tiers.price(0)).filter(|price| price.is_positive());
            let by_first = |value: Exact| -> Option<Exact> {
                let units = value.divide(first?, Rounding::digits(6, RoundingMode::Up)).ok()?;
                if base_unit { Some(units) } else { line.factor.to_base(units).ok() }
            };
            for tier in 0..tiers.len() {
                let Some(from) = tiers.from(tier).map(Exact::from) else { continue };
                base.extend(match (list.across, list.basis) {
                    (None, Basis::Quantity) if !base_unit => line.factor.to_base(from).ok(),
                    (None, Basis::Value) => by_first(from),
                    (None, basis) => reach(basis, from),
                    (across, basis) => rest(across, basis, from),
                });
            }
        }
    }
    // The bounds of discounts over a value are in the book's currency.
    let in_document = |basis: Basis, from: Exact| match basis {
        Basis::Value => plan.in_document_currency(from).ok(),
        _ => Some(from),
    };
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
                // A discount may begin at a bound, a surcharge may end there.
                let bounds = [bounds.from, bounds.below].into_iter().flatten();
                let bounds = bounds.filter_map(|bound| in_document(basis, bound));
                base.extend(bounds.filter_map(|bound| match conditions.across {
                    None => reach(basis, bound),
                    across => rest(across, basis, bound),
                }));
            }
        }
        match &rule.effect {
            Effect::Tiers { basis, steps } => {
                let across = rule.conditions.as_ref().and_then(|conditions| conditions.across);
                let bounds = steps.iter().filter_map(|(from, _)| in_document(*basis, *from));
                base.extend(bounds.filter_map(|from| match across {
                    None => reach(*basis, from),
                    across => rest(across, *basis, from),
                }));
            }
            Effect::Free(free) => {
                // The next full set of a buy-some-get-some rule, whose lines are pooled.
                let set = if free.product.is_some() {
                    Some(free.buy)
                } else {
                    free.buy.add(free.get).ok()
                };
                let pooled = others.iter().filter(|other| {
                    other.line.base_quantity.is_positive()
                        && plan.matches(rule.scope, other.line.info.class)
                });
                let pooled = sum(pooled.map(|other| other.line.base_quantity));
                let next = set.and_then(|set| {
                    let step = Increment::new(set)?;
                    let pool = line.base_quantity.add(pooled).ok()?;
                    let above = pool.round(Rounding::new(step, RoundingMode::Up)).ok()?;
                    let above = if above == pool { above.add(set).ok()? } else { above };
                    above.subtract(pooled).ok()
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
