//! From a book and a request to a quote, by plain loops.

use listino_core::Id;
use listino_core::book::{Period, PriceBook, Product, RoundingStep};
use listino_core::calendar::Window;
use listino_core::quote::{
    CouponOutcome, CouponRefusal, ManualDiscount, Origin, Party, QuantityRule, Quote, Refusal,
    Request,
};
use std::collections::BTreeMap;

use crate::discount::line_discounts;
use crate::lists::{self, Priced, Search, base_unit};
use crate::number::{
    R, common_multiple, finite_multiple, is_finite, is_multiple, one, ratio, read, whole, zero,
};
use crate::scope::{Buyer, matches, most_specific};
use crate::world::{Line, World};
use crate::{answer, document, free};

/// What comes out.
#[derive(Debug)]
pub enum Outcome {
    /// A quote.
    Quote(Box<Quote>),
    /// A number of the quote does not fit the 28 digits of the wire types.
    TooLong,
    /// The request names a customer that the book does not know, or its document needs an exchange
    /// rate that there is none of.
    Refused,
}

/// Prices a request, slowly.
pub fn price(book: &PriceBook, request: &Request) -> Outcome {
    let (id, customer) = match &request.customer {
        Party::Known(id) => match book.customers.get(id) {
            Some(customer) => (Some(id.clone()), customer),
            None => return Outcome::Refused,
        },
        Party::Described(customer) => (None, &**customer),
    };
    let mut world = World {
        book,
        request,
        buyer: Buyer::new(book, id, customer, request.channel.clone()),
        currency: request.currency.or(customer.currency).unwrap_or(book.currency),
        date: request.date,
        coupons: Vec::new(),
    };
    let coupons = coupons(&world);
    world.coupons = coupons
        .iter()
        .filter(|outcome| outcome.refused.is_none())
        .map(|outcome| outcome.code.clone())
        .collect();

    let mut lines = requested_lines(&world);
    for line in &mut lines {
        line.refusal = refusal(&world, line);
    }
    let present: Vec<Id> = lines.iter().map(|line| line.product_id.clone()).collect();
    for line in &mut lines {
        if line.refusal.is_none() {
            line.refusal = standing(&present, line);
        }
    }
    // Scales over several lines look at quantities only, so all list prices come first.
    for i in 0..lines.len() {
        find_list_price(&world, &mut lines, i, false);
    }
    for i in 0..lines.len() {
        discount(&world, &mut lines, i);
    }
    free::grant(&world, &mut lines);
    for line in &mut lines {
        if line.is_priced() {
            line.total = world.round_at(RoundingStep::Line, &line.total);
        }
    }
    let waiting: Vec<usize> = (0..lines.len()).filter(|&i| lines[i].waits).collect();
    for &i in &waiting {
        find_list_price(&world, &mut lines, i, true);
    }
    for &i in &waiting {
        discount(&world, &mut lines, i);
        if lines[i].is_priced() {
            lines[i].total = world.round_at(RoundingStep::Line, &lines[i].total);
        }
    }
    for line in &mut lines {
        line.billed = line.total.clone();
        line.cost = cost(&world, line);
    }
    let quote = document::document_discounts(&world, &mut lines)
        .and_then(|granted| answer::quote(&world, lines, granted, coupons));
    match quote {
        Ok(Some(quote)) => Outcome::Quote(Box::new(quote)),
        Ok(None) => Outcome::TooLong,
        Err(_) => Outcome::Refused,
    }
}

fn cost(world: &World<'_>, line: &Line<'_>) -> Option<R> {
    let cost = world.base_cost(line.product?)?;
    let cost = cost * line.base_quantity() * world.book_rate().ok()? * &line.periods;
    Some(if is_finite(&cost) { cost } else { world.to_minor(&cost) })
}

fn find_list_price(world: &World<'_>, lines: &mut [Line<'_>], i: usize, totals_known: bool) {
    if lines[i].refusal.is_some() {
        return;
    }
    match lists::search(world, lines, &lines[i], totals_known) {
        Ok(Search::Price(priced)) => set_list_price(world, &mut lines[i], &priced),
        Ok(Search::Waits) => lines[i].waits = true,
        Err(refusal) => lines[i].refusal = Some(refusal),
    }
}

/// Notes a list price on a line.
pub(crate) fn set_list_price(world: &World<'_>, line: &mut Line<'_>, priced: &Priced) {
    line.list = Some(priced.list.clone());
    line.as_whole = priced.as_whole;
    line.list_price = priced.price.clone();
    line.period_value =
        &priced.price * if priced.as_whole { line.sign() } else { line.quantity.clone() };
    line.list_value = world.over_periods(&line.period_value * &line.periods);
}

fn discount(world: &World<'_>, lines: &mut [Line<'_>], i: usize) {
    if !lines[i].is_priced() {
        return;
    }
    let mut line = lines[i].clone();
    if let Err(refusal) = line_discounts(world, lines, &mut line) {
        line.refusal = Some(refusal);
    }
    lines[i] = line;
}

/// The lines of the request, a ramp as one line for each step.
fn requested_lines<'a>(world: &World<'a>) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (index, asked) in world.request.lines.iter().enumerate() {
        let id = asked
            .id
            .clone()
            .unwrap_or_else(|| Id::new(&(index + 1).to_string()).expect("digits are an id"));
        let product = world.book.products.get(&asked.product);
        let base = base_unit(product.and_then(|p| p.unit.as_ref()));
        let unit = asked.unit.clone().unwrap_or_else(|| base.clone());
        let factor = if unit == base {
            Some(one())
        } else {
            product.and_then(|p| p.units.get(&unit)).map(read)
        };
        let known: Vec<Id> = std::iter::once(base)
            .chain(product.into_iter().flat_map(|p| p.units.keys().cloned()))
            .collect();
        let blank = Line {
            id: id.clone(),
            product_id: asked.product.clone(),
            product,
            quantity: read(asked.quantity),
            unit,
            factor: factor.clone().unwrap_or_else(one),
            attributes: asked.attributes.clone(),
            origin: None,
            periods: one(),
            manual: asked.discounts.clone(),
            refusal: (factor.is_none() && product.is_some())
                .then_some(Refusal::UnknownUnit { known }),
            waits: false,
            list: None,
            as_whole: false,
            list_price: zero(),
            list_value: zero(),
            period_value: zero(),
            unit_price: zero(),
            total: zero(),
            left_by_hand: Some(one()),
            given_away: false,
            used_free: zero(),
            billed: zero(),
            rebate: zero(),
            net: zero(),
            cost: None,
        };
        if asked.ramp.is_empty() {
            lines.push(with_term(blank.clone(), asked.term.as_ref()));
        }
        for (number, step) in asked.ramp.iter().enumerate() {
            let mut line = with_term(blank.clone(), Some(&step.term));
            line.id = Id::new(&format!("{id}/{}", number + 1)).expect("still an id");
            line.origin = Some(Origin::Ramp(id.clone()));
            line.quantity = read(step.quantity);
            if let Some(percent) = step.percent {
                line.manual
                    .push(ManualDiscount { percent: Some(percent), ..ManualDiscount::default() });
            }
            lines.push(line);
        }
    }
    lines
}

/// A line without prices, otherwise like another.
pub(crate) fn blank<'a>(like: &Line<'a>) -> Line<'a> {
    Line {
        attributes: BTreeMap::new(),
        periods: one(),
        manual: Vec::new(),
        refusal: None,
        waits: false,
        list: None,
        as_whole: false,
        list_price: zero(),
        list_value: zero(),
        period_value: zero(),
        unit_price: zero(),
        total: zero(),
        left_by_hand: Some(one()),
        given_away: false,
        used_free: zero(),
        billed: zero(),
        rebate: zero(),
        net: zero(),
        cost: None,
        ..like.clone()
    }
}

fn with_term<'a>(mut line: Line<'a>, term: Option<&Window>) -> Line<'a> {
    let per = line.product.and_then(|product| product.per);
    match (per, term) {
        (None, None) => {}
        (Some(per), Some(term)) => match periods(per, term) {
            Some(periods) => line.periods = periods,
            None => note(&mut line, Refusal::Term),
        },
        (Some(_), None) => note(&mut line, Refusal::Term),
        (None, Some(_)) if line.product.is_some() => note(&mut line, Refusal::Term),
        (None, Some(_)) => {}
    }
    line
}

fn note(line: &mut Line<'_>, refusal: Refusal) {
    line.refusal.get_or_insert(refusal);
}

/// How many periods lie in a term, both ends included.
pub(crate) fn periods(per: Period, term: &Window) -> Option<R> {
    let from = term.from?;
    let end = term.to?.day_number() + 1;
    if end <= from.day_number() {
        return None;
    }
    if per == Period::Day {
        return Some(whole(i64::from(end - from.day_number())));
    }
    let mut months = 0;
    let mut begin = from;
    while let Some(next) = from.add_months(months + 1) {
        if next.day_number() > end {
            break;
        }
        months += 1;
        begin = next;
    }
    let rest = end - begin.day_number();
    // The last month that the calendar knows ends with it.
    let month = match from.add_months(months + 1) {
        Some(next) => next.day_number() - begin.day_number(),
        None => i32::from(begin.days_in_month()),
    };
    let all = whole(i64::from(months)) + ratio(i64::from(rest), i64::from(month));
    Some(if per == Period::Year { all / whole(12) } else { all })
}

/// Why a line is refused before anybody looks for its price: the first reason counts.
fn refusal(world: &World<'_>, line: &Line<'_>) -> Option<Refusal> {
    let Some(product) = line.product else {
        return Some(Refusal::UnknownProduct);
    };
    // A hidden product does not talk about its units and quantities.
    let rules = world.book.visibility.iter().filter(|rule| {
        world.holds(&rule.valid)
            && matches(&rule.scope, &world.buyer, Some((&line.product_id, product)))
    });
    if let Some(rule) = most_specific(rules, |rule| &rule.scope)
        && !rule.visible
    {
        return Some(Refusal::NotVisible { rule: rule.id.clone() });
    }
    if let Some(refusal @ Refusal::UnknownUnit { .. }) = &line.refusal {
        return Some(refusal.clone());
    }
    if let Some((rule, nearest)) = quantity_refusal(world, product, line) {
        return Some(Refusal::Quantity { rule, nearest });
    }
    line.refusal.clone()
}

/// Whether the line may stand in this document: beside its plan.
fn standing(present: &[Id], line: &Line<'_>) -> Option<Refusal> {
    let product = line.product?;
    let needs = &product.addon_to;
    if !needs.is_empty() && !needs.iter().any(|id| present.contains(id)) {
        return Some(Refusal::MissingPlan { needs: needs.0.clone() });
    }
    None
}

fn quantity_refusal(
    world: &World<'_>,
    product: &Product,
    line: &Line<'_>,
) -> Option<(QuantityRule, Vec<listino_core::money::Quantity>)> {
    let digits = world.book.units.get(&line.unit).and_then(|unit| unit.digits);
    let grid = digits.map(crate::number::coin);
    let base = line.base_quantity();
    let min = product.min_quantity.map(read);
    let multiple = product.multiple.map(read);
    let packs: Vec<R> = product.packs.iter().map(read).collect();
    let positive = line.quantity > zero();
    let rule = if line.quantity == zero() {
        QuantityRule::Zero
    } else if grid.as_ref().is_some_and(|grid| !is_multiple(&line.quantity, grid)) {
        QuantityRule::Digits
    } else if positive && min.as_ref().is_some_and(|min| base < *min) {
        QuantityRule::Minimum
    } else if positive && multiple.as_ref().is_some_and(|step| !is_multiple(&base, step)) {
        QuantityRule::Multiple
    } else if positive && !packs.is_empty() && !packs.iter().any(|pack| is_multiple(&base, pack)) {
        QuantityRule::Packs
    } else {
        return None;
    };
    let nearest = nearest(line, grid.as_ref(), min.as_ref(), multiple.as_ref(), &packs);
    Some((rule, nearest))
}

/// The valid quantities next to the one asked for, in the ordered unit.
fn nearest(
    line: &Line<'_>,
    grid: Option<&R>,
    min: Option<&R>,
    multiple: Option<&R>,
    packs: &[R],
) -> Vec<listino_core::money::Quantity> {
    // A ladder whose steps have no finite decimal is climbed several steps at a time.
    // Where any quantity is valid, the next one to nothing is whole in both units.
    let whole_units = common_multiple(&one(), &(one() / &line.factor));
    let free = multiple.is_none() && packs.is_empty() && line.quantity == zero();
    let grid = grid.or(free.then_some(&whole_units));
    let steps: Vec<R> = {
        // Everything in the ordered unit; one ladder of valid quantities for each pack size.
        let to_unit = |value: &R| value / &line.factor;
        let mut common: Option<R> = grid.cloned();
        if let Some(multiple) = multiple {
            let step = to_unit(multiple);
            common = Some(common.map_or(step.clone(), |grid| common_multiple(&grid, &step)));
        }
        if packs.is_empty() {
            common.into_iter().collect()
        } else {
            packs
                .iter()
                .map(|pack| {
                    let step = to_unit(pack);
                    common.as_ref().map_or(step.clone(), |other| common_multiple(other, &step))
                })
                .collect()
        }
    };
    let steps: Vec<R> = steps.into_iter().map(finite_multiple).collect();
    if line.quantity < zero() {
        let Some(grid) = grid else { return Vec::new() };
        let below = (&line.quantity / grid).floor() * grid;
        return write_all([Some(below.clone()), Some(below + grid)]);
    }
    let lowest = min.map_or_else(zero, |min| min / &line.factor);
    let mut below: Option<R> = None;
    let mut above: Option<R> = None;
    if steps.is_empty() {
        above = min.map(|_| lowest.clone());
    }
    for step in &steps {
        let down = (&line.quantity / step).floor() * step;
        if down > zero() && down >= lowest && below.as_ref().is_none_or(|best| down > *best) {
            below = Some(down);
        }
        let mut up = (line.quantity.clone().max(lowest.clone()) / step).ceil() * step;
        if up == zero() {
            up = step.clone();
        }
        if above.as_ref().is_none_or(|best| up < *best) {
            above = Some(up);
        }
    }
    write_all([below, above])
}

fn write_all(values: [Option<R>; 2]) -> Vec<listino_core::money::Quantity> {
    values
        .into_iter()
        .flatten()
        .filter(|value| *value != zero())
        .filter_map(|value| crate::number::write(&value))
        .collect()
}

/// Which coupons are taken.
fn coupons(world: &World<'_>) -> Vec<CouponOutcome> {
    let mut seen: Vec<Id> = Vec::new();
    let mut taken: Vec<bool> = Vec::new();
    let mut outcomes = Vec::new();
    for presented in &world.request.coupons {
        let repeated = seen.contains(&presented.code);
        seen.push(presented.code.clone());
        let refused = match world.book.coupons.get(&presented.code) {
            _ if repeated => Some(CouponRefusal::Repeated),
            None => Some(CouponRefusal::Unknown),
            Some(coupon) => {
                // A limit without a count cannot be checked, and is not passed over in silence.
                let unknown = |max: Option<u64>, used: Option<u64>| max.is_some() && used.is_none();
                let up = |max: Option<u64>, used: Option<u64>| {
                    max.is_some_and(|max| used.is_some_and(|used| used >= max))
                };
                if !world.holds(&coupon.valid) {
                    Some(CouponRefusal::NotValid)
                } else if !matches(&coupon.scope, &world.buyer, None) {
                    Some(CouponRefusal::OutOfScope)
                } else if coupon.first_purchase && world.request.first_purchase != Some(true) {
                    Some(CouponRefusal::NotFirstPurchase)
                } else if unknown(coupon.max_uses, presented.used) {
                    Some(CouponRefusal::UsesUnknown)
                } else if up(coupon.max_uses, presented.used) {
                    Some(CouponRefusal::UsedUp)
                } else if unknown(coupon.max_uses_per_customer, presented.used_by_customer) {
                    Some(CouponRefusal::UsesUnknown)
                } else if up(coupon.max_uses_per_customer, presented.used_by_customer) {
                    Some(CouponRefusal::UsedUpByCustomer)
                } else if !taken.is_empty()
                    && (!coupon.stackable || taken.iter().any(|stackable| !stackable))
                {
                    Some(CouponRefusal::NotStackable)
                } else {
                    taken.push(coupon.stackable);
                    None
                }
            }
        };
        outcomes.push(CouponOutcome { code: presented.code.clone(), refused });
    }
    outcomes
}
