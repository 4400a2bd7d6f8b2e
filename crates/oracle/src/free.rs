//! Section 4, free goods: evaluated on the whole document.

use listino_core::Id;
use listino_core::book::{Discount, FreeGoods, Level};
use listino_core::money::RoundingMode;
use listino_core::quote::{Origin, Refusal};

use crate::custom::Facts;
use crate::discount::{general_conditions, in_procedure_order};
use crate::lists::{self, Search};
use crate::number::{R, coin, hundredth, is_finite, one, read, round, whole, zero};
use crate::world::{Line, World};

/// Grants free goods, and adds the lines of gifts after all others.
pub(crate) fn grant<'a>(world: &World<'a>, lines: &mut Vec<Line<'a>>) {
    for (_, rule) in in_procedure_order(world, Level::Line) {
        if let Some(free) = &rule.free
            && general_conditions(world, rule)
        {
            match &free.product {
                None => reduce(world, rule, free, lines),
                Some(product) => give(world, rule, free, product, lines),
            }
        }
    }
}

/// The lines that a rule counts; one on which its condition fails loses its price.
fn pooled(world: &World<'_>, rule: &Discount, lines: &mut [Line<'_>]) -> Vec<usize> {
    let mut pooled = Vec::new();
    for (i, line) in lines.iter_mut().enumerate() {
        let counts = line.is_priced()
            && line.quantity > zero()
            && line.origin.is_none()
            && left(line) > zero()
            && world.in_scope(&rule.scope, line);
        if !counts {
            continue;
        }
        let holds = match &rule.when {
            Some(when) => Facts::priced(world, line).holds(&rule.id, when),
            None => Ok(true),
        };
        match holds {
            Ok(true) => pooled.push(i),
            Ok(false) => {}
            Err(refusal) => line.refusal = Some(refusal),
        }
    }
    pooled
}

fn left(line: &Line<'_>) -> R {
    line.base_quantity() - &line.used_free
}

fn times(free: &FreeGoods, pool: &R, each: &R) -> R {
    let times = (pool / each).floor();
    match free.times {
        Some(cap) => times.min(whole(i64::from(cap))),
        None => times,
    }
}

fn reduce(world: &World<'_>, rule: &Discount, free: &FreeGoods, lines: &mut [Line<'_>]) {
    let pool_lines = pooled(world, rule, lines);
    let pool = pool_lines.iter().fold(zero(), |sum, &i| sum + left(&lines[i]));
    let times = times(free, &pool, &(read(free.buy) + read(free.get)));
    let mut units = &times * read(free.get);
    let percent = free.percent.map_or_else(|| whole(100), read);
    let mut order = pool_lines.clone();
    // A stable sort: ties stay in the order of the lines.
    order.sort_by_key(|&i| &lines[i].total / lines[i].base_quantity());
    for i in order {
        let line = &mut lines[i];
        let here = units.clone().min(left(line));
        if here <= zero() {
            continue;
        }
        let share = &here / line.base_quantity();
        // The rounding step `discount` speaks of the stages; the line is rounded afterwards.
        let reduction = &line.total * share * hundredth(&percent);
        line.total -= if is_finite(&reduction) {
            reduction
        } else {
            round(&reduction, &coin(6), RoundingMode::HalfUp)
        };
        line.used_free += &here;
        units -= here;
    }
    bought(lines, &pool_lines, times * read(free.buy));
}

/// Units that were bought for a gift do not earn another one.
fn bought(lines: &mut [Line<'_>], pool: &[usize], mut units: R) {
    for &i in pool {
        let here = units.clone().min(left(&lines[i]));
        lines[i].used_free += &here;
        units -= here;
    }
}

fn give<'a>(
    world: &World<'a>,
    rule: &Discount,
    free: &FreeGoods,
    product_id: &Id,
    lines: &mut Vec<Line<'a>>,
) {
    let pool_lines = pooled(world, rule, lines);
    let pool = pool_lines.iter().fold(zero(), |sum, &i| sum + left(&lines[i]));
    let times = times(free, &pool, &read(free.buy));
    let units = &times * read(free.get);
    let Some(&last) = pool_lines.last() else { return };
    bought(lines, &pool_lines, times * read(free.buy));
    if units <= zero() {
        return;
    }
    let product = world.book.products.get(product_id);
    let mut gift = Line {
        id: Id::new(&format!("gift-{}", rule.id)).expect("still an id"),
        product_id: product_id.clone(),
        product,
        quantity: units,
        unit: lists::base_unit(product.and_then(|p| p.unit.as_ref())),
        factor: one(),
        origin: Some(Origin::Gift(rule.id.clone())),
        ..crate::price::blank(&lines[last])
    };
    match lists::search(world, lines, &gift, false) {
        Ok(Search::Price(priced)) => {
            crate::price::set_list_price(world, &mut gift, &priced);
            let percent = free.percent.map_or_else(|| whole(100), read);
            gift.unit_price = gift.list_price.clone();
            gift.total = &gift.unit_price * gift.units();
            let off = &gift.total * hundredth(&percent);
            gift.total -= off;
        }
        Ok(Search::Waits) => gift.refusal = Some(Refusal::NoPrice),
        Err(refusal) => gift.refusal = Some(refusal),
    }
    lines.push(gift);
}
