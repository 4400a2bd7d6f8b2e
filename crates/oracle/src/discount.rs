//! Section 4: discounts on lines.

use std::cmp::Reverse;

use listino_core::Id;
use listino_core::book::{
    Basis, Combine, Discount, DiscountGroup, DiscountTiers, Keep, Level, Matrix, Range,
    RoundingStep, Stage, Target,
};
use listino_core::quote::Refusal;

use crate::custom::Facts;
use crate::number::{R, hundredth, magnitude, read, zero};
use crate::world::{Line, World};

/// How much a rule takes off, in the currency of the document.
#[derive(Clone)]
pub(crate) enum Much {
    /// Percent of the base.
    Percent(R),
    /// Money off each ordered unit; off the document in a document stage.
    Amount(R),
    /// Money off the line.
    LineAmount(R),
    /// The price of each ordered unit.
    Price(R),
}

/// A rule that applies, and how much it takes off.
#[derive(Clone)]
pub(crate) struct Rule<'a> {
    /// The rule.
    pub(crate) rule: &'a Discount,
    /// How much.
    pub(crate) much: Much,
    /// The place of its stage in the procedure.
    pub(crate) stage: usize,
    /// Its reduction on the list price, for the groups; larger means more taken off.
    pub(crate) weight: R,
}

/// The rules of a level in the order of the procedure: stages, then larger priority, then the book.
pub(crate) fn in_procedure_order<'a>(
    world: &World<'a>,
    level: Level,
) -> Vec<(usize, &'a Discount)> {
    let book = world.book;
    let mut rules = Vec::new();
    for (place, stage) in book.stages.iter().enumerate() {
        if stage.on == level {
            rules.extend(of_stage(world, stage).into_iter().map(|rule| (place, rule)));
        }
    }
    rules
}

fn of_stage<'a>(world: &World<'a>, stage: &Stage) -> Vec<&'a Discount> {
    let mut rules: Vec<&Discount> =
        world.book.discounts.iter().filter(|rule| rule.stage == stage.id).collect();
    rules.sort_by_key(|rule| Reverse(rule.priority));
    rules
}

/// Whether a value lies in a range whose bounds are to be converted by a rate.
pub(crate) fn within(range: Option<Range>, value: &R, rate: &R) -> bool {
    let Some(range) = range else { return true };
    range.from.is_none_or(|from| read(from) * rate <= *value)
        && range.below.is_none_or(|below| *value < read(below) * rate)
}

/// Payment, years, coupon, window: what has nothing to do with the lines.
pub(crate) fn general_conditions(world: &World<'_>, rule: &Discount) -> bool {
    let request = world.request;
    let years = rule.years.is_none()
        || request
            .years
            .is_some_and(|years| within(rule.years, &read(years), &crate::number::one()));
    world.holds(&rule.valid)
        && (rule.payment.is_empty()
            || request.payment.as_ref().is_some_and(|terms| rule.payment.contains(terms)))
        && years
        && rule.coupon.as_ref().is_none_or(|coupon| world.coupons.contains(coupon))
}

fn measure(
    world: &World<'_>,
    basis: Basis,
    across: Option<&Id>,
    lines: &[Line<'_>],
    line: &Line<'_>,
) -> R {
    let one = |line: &Line<'_>| match basis {
        Basis::Quantity => magnitude(&line.base_quantity()),
        Basis::Value => magnitude(&line.period_value),
        Basis::Weight => world.weight(line),
    };
    match across {
        None => one(line),
        Some(group) => world.mixed(group, lines).map(one).fold(zero(), |sum, x| sum + x),
    }
}

/// The conditions over quantity, value and weight, in this order: bounds over values need a rate,
/// which may be missing.
pub(crate) fn counted_conditions(
    world: &World<'_>,
    rule: &Discount,
    measure: &dyn Fn(Basis) -> R,
) -> Result<bool, Refusal> {
    let one = crate::number::one();
    Ok(within(rule.quantity, &measure(Basis::Quantity), &one)
        && (rule.value.is_none()
            || within(rule.value, &measure(Basis::Value), &world.book_rate()?))
        && within(rule.weight, &measure(Basis::Weight), &one))
}

/// The highest step reached.
pub(crate) fn step_reached(
    world: &World<'_>,
    tiers: &DiscountTiers,
    measured: &R,
) -> Result<Option<Much>, Refusal> {
    let scale = if tiers.basis == Basis::Value { world.book_rate()? } else { crate::number::one() };
    let mut reached = None;
    for step in &tiers.steps {
        if read(step.from) * &scale <= *measured {
            reached = Some(step);
        }
    }
    let Some(step) = reached else { return Ok(None) };
    Ok(match (step.percent, step.amount) {
        (Some(percent), _) => Some(Much::Percent(read(percent))),
        (None, Some(amount)) => Some(Much::Amount(read(amount) * world.book_rate()?)),
        (None, None) => None,
    })
}

/// The cell nearest to a cluster and a category.
pub(crate) fn cell(matrix: &Matrix, cluster: Option<&Id>, category: Option<&Id>) -> Option<R> {
    let steps_up = |path: &str, node: &str| -> Option<usize> {
        let mut at = path;
        let mut steps = 0;
        loop {
            if at == node {
                return Some(steps);
            }
            at = at.rsplit_once('/')?.0;
            steps += 1;
        }
    };
    let mut best: Option<((usize, usize), R)> = None;
    for (row, cells) in matrix {
        for (column, percent) in cells {
            let Some(up) = cluster.and_then(|path| steps_up(path.as_str(), row.as_str())) else {
                continue;
            };
            let Some(across) = category.and_then(|path| steps_up(path.as_str(), column.as_str()))
            else {
                continue;
            };
            let distance = (up + across, up);
            if best.as_ref().is_none_or(|(nearest, _)| distance < *nearest) {
                best = Some((distance, read(percent)));
            }
        }
    }
    best.map(|(_, percent)| percent)
}

/// How much a rule takes off a line, or nothing where it is no candidate.
fn candidate(
    world: &World<'_>,
    rule: &Discount,
    lines: &[Line<'_>],
    line: &Line<'_>,
) -> Result<Option<Much>, Refusal> {
    if rule.free.is_some() || !world.in_scope(&rule.scope, line) || !general_conditions(world, rule)
    {
        return Ok(None);
    }
    let across = rule.across.as_ref();
    if !counted_conditions(world, rule, &|basis| measure(world, basis, across, lines, line))? {
        return Ok(None);
    }
    let facts = Facts::priced(world, line);
    if let Some(when) = &rule.when
        && !facts.holds(&rule.id, when)?
    {
        return Ok(None);
    }
    let much = if let Some(percent) = rule.percent {
        Some(Much::Percent(read(percent)))
    } else if let Some(formula) = &rule.rule {
        Some(Much::Percent(facts.number(&rule.id, formula)?))
    } else if let Some(amount) = rule.amount {
        Some(Much::Amount(read(amount) * world.book_rate()?))
    } else if let Some(amount) = rule.line_amount {
        Some(Much::LineAmount(read(amount) * world.book_rate()?))
    } else if let Some(price) = rule.price {
        Some(Much::Price(read(price) * world.book_rate()?))
    } else if let Some(tiers) = &rule.tiers {
        let measured = measure(world, tiers.basis, rule.across.as_ref(), lines, line);
        step_reached(world, tiers, &measured)?
    } else if let Some(matrix) = &rule.matrix {
        let category = line.product.and_then(|product| product.category.as_ref());
        cell(matrix, world.buyer.customer.cluster.as_ref(), category).map(Much::Percent)
    } else {
        None
    };
    Ok(much)
}

/// Settles the groups: which rules are left.
pub(crate) fn settle<'a>(groups: &[DiscountGroup], mut rules: Vec<Rule<'a>>) -> Vec<Rule<'a>> {
    let mut all: Vec<DiscountGroup> = groups.to_vec();
    let mut unlisted: Vec<Id> = rules
        .iter()
        .filter_map(|rule| rule.rule.group.clone())
        .filter(|name| groups.iter().all(|group| group.id != *name))
        .collect();
    unlisted.sort();
    unlisted.dedup();
    all.extend(unlisted.into_iter().map(|id| DiscountGroup {
        id,
        keep: Keep::Best,
        excludes: listino_core::Many::default(),
        against: None,
    }));
    // What a group keeps is its own affair, so it can be settled before groups meet.
    for group in &all {
        keep(group, &mut rules);
    }
    for group in &all {
        if let Some(other) = &group.against {
            let sum = |name: &Id| {
                let mut found = None;
                for rule in rules.iter().filter(|rule| rule.rule.group.as_ref() == Some(name)) {
                    found = Some(found.unwrap_or_else(zero) + &rule.weight);
                }
                found
            };
            if let (Some(mine), Some(theirs)) = (sum(&group.id), sum(other)) {
                let loser = if mine >= theirs { other } else { &group.id };
                rules.retain(|rule| rule.rule.group.as_ref() != Some(loser));
            }
        }
        if rules.iter().any(|rule| rule.rule.group.as_ref() == Some(&group.id)) {
            rules.retain(|rule| {
                rule.rule.group.as_ref().is_none_or(|name| !group.excludes.contains(name))
            });
        }
    }
    rules
}

fn keep(group: &DiscountGroup, rules: &mut Vec<Rule<'_>>) {
    let mine: Vec<usize> =
        (0..rules.len()).filter(|&i| rules[i].rule.group.as_ref() == Some(&group.id)).collect();
    let kept: Vec<usize> = match group.keep {
        Keep::All => mine.clone(),
        Keep::First => mine.iter().copied().take(1).collect(),
        Keep::Best => {
            let mut best: Option<usize> = None;
            for &i in &mine {
                if best.is_none_or(|best| rules[i].weight > rules[best].weight) {
                    best = Some(i);
                }
            }
            best.into_iter().collect()
        }
        Keep::BestStage => {
            let mut best: Option<(R, usize)> = None;
            let mut stages: Vec<usize> = mine.iter().map(|&i| rules[i].stage).collect();
            stages.dedup();
            for stage in stages {
                let mut sum = zero();
                for &i in mine.iter().filter(|&&i| rules[i].stage == stage) {
                    sum += &rules[i].weight;
                }
                if best.as_ref().is_none_or(|(largest, _)| sum > *largest) {
                    best = Some((sum, stage));
                }
            }
            mine.iter()
                .copied()
                .filter(|&i| best.as_ref().is_some_and(|(_, stage)| rules[i].stage == *stage))
                .collect()
        }
    };
    let mut index = 0;
    rules.retain(|_| {
        let stays = !mine.contains(&index) || kept.contains(&index);
        index += 1;
        stays
    });
}

/// Within a stage: exclusive rules, then the best of the `best` ones.
pub(crate) fn combine<'a>(
    stage: &Stage,
    rules: Vec<Rule<'a>>,
    reduction: impl Fn(&Rule<'a>) -> R,
) -> Vec<Rule<'a>> {
    let how = |rule: &Rule<'_>| rule.rule.combine.unwrap_or(stage.combine);
    if let Some(alone) = rules.iter().find(|rule| how(rule) == Combine::Exclusive) {
        return vec![alone.clone()];
    }
    let mut best: Option<(R, Id)> = None;
    for rule in rules.iter().filter(|rule| how(rule) == Combine::Best) {
        let size = reduction(rule);
        if best.as_ref().is_none_or(|(largest, _)| size > *largest) {
            best = Some((size, rule.rule.id.clone()));
        }
    }
    rules
        .into_iter()
        .filter(|rule| {
            how(rule) != Combine::Best || best.as_ref().is_some_and(|(_, id)| *id == rule.rule.id)
        })
        .collect()
}

fn in_total_pass(rule: &Rule<'_>) -> bool {
    rule.rule.on == Target::Total || matches!(rule.much, Much::LineAmount(_))
}

/// Both passes over a line that has its list price, up to (not including) free goods.
pub(crate) fn line_discounts(
    world: &World<'_>,
    lines: &[Line<'_>],
    line: &mut Line<'_>,
) -> Result<(), Refusal> {
    let mut rules = Vec::new();
    for (stage, rule) in in_procedure_order(world, Level::Line) {
        if let Some(much) = candidate(world, rule, lines, line)? {
            // Over all periods, exact: what a list value was rounded to decides nothing.
            let value = &line.period_value * &line.periods;
            let size = match &much {
                Much::Percent(percent) => hundredth(percent) * &value,
                Much::Amount(amount) => amount * &line.quantity * &line.periods,
                Much::LineAmount(amount) => amount * line.sign(),
                Much::Price(price) => &value - price * &line.quantity * &line.periods,
            };
            // A return mirrors the sale: what is taken off is compared by size.
            rules.push(Rule { rule, much, stage, weight: size * line.sign() });
        }
    }
    let rules = settle(&world.book.groups, rules);

    let list_price =
        if line.as_whole { &line.list_price * line.sign() } else { line.list_price.clone() };
    let mut price = list_price.clone();
    // In the unit pass a line that is priced as a whole is one unit of `quantity` times the amount.
    let times = if line.as_whole { line.quantity.clone() } else { crate::number::one() };
    pass(world, line, &rules, Pass::Unit, &list_price, &mut price, &times);
    // A line that is priced as one unit has no unit price that could be rounded.
    if !line.as_whole {
        price = world.round_at(RoundingStep::Unit, &price);
    }
    line.unit_price = price.clone();

    let mut total = world.over_periods(price * line.units() * &line.periods);
    let times = &line.quantity * &line.periods;
    let list_value = line.list_value.clone();
    pass(world, line, &rules, Pass::Total, &list_value, &mut total, &times);
    line.total = total;
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Unit,
    Total,
}

fn pass(
    world: &World<'_>,
    line: &mut Line<'_>,
    rules: &[Rule<'_>],
    which: Pass,
    list: &R,
    price: &mut R,
    times: &R,
) {
    let sign = line.sign();
    let taken = |much: &Much, base: &R, running: &R| match much {
        Much::Percent(percent) => hundredth(percent) * base,
        Much::Amount(amount) => world.over_periods(amount * times),
        Much::LineAmount(amount) => amount * &sign,
        Much::Price(price) => running - world.over_periods(price * times),
    };
    for (place, stage) in world.book.stages.iter().enumerate() {
        if stage.on != Level::Line {
            continue;
        }
        let of_stage: Vec<Rule<'_>> =
            rules.iter().filter(|rule| rule.stage == place).cloned().collect();
        // An exclusive rule is alone in its stage, whichever pass it works in.
        let alone = of_stage
            .iter()
            .find(|rule| rule.rule.combine.unwrap_or(stage.combine) == Combine::Exclusive)
            .map(|rule| rule.rule.id.clone());
        let of_pass: Vec<Rule<'_>> = of_stage
            .into_iter()
            .filter(|rule| alone.as_ref().is_none_or(|id| *id == rule.rule.id))
            .filter(|rule| in_total_pass(rule) == (which == Pass::Total))
            .collect();
        let running = price.clone();
        let of_pass = combine(stage, of_pass, |rule| {
            let size = taken(&rule.much, &running, &running);
            // Of a negative price the larger reduction is the one that brings it nearer to zero.
            if running < zero() { -size } else { size }
        });
        for rule in of_pass {
            let base = match rule.rule.combine.unwrap_or(stage.combine) {
                Combine::Base => list,
                _ => &*price,
            };
            let reduction = taken(&rule.much, base, price);
            *price -= rounded(world, &rule.much, reduction);
        }
        if stage.id == "manual" {
            by_hand(world, line, which, price, &taken);
        }
    }
    // A procedure without a stage of this name grants them at its end.
    if !world.book.stages.iter().any(|stage| stage.on == Level::Line && stage.id == "manual") {
        by_hand(world, line, which, price, &taken);
    }
}

/// The discounts granted by hand, in one pass.
fn by_hand(
    world: &World<'_>,
    line: &mut Line<'_>,
    which: Pass,
    price: &mut R,
    taken: &dyn Fn(&Much, &R, &R) -> R,
) {
    let before = price.clone();
    let mut any = false;
    for manual in &line.manual {
        let much = if let Some(percent) = manual.percent {
            Much::Percent(read(percent))
        } else if let Some(amount) = manual.amount {
            Much::Amount(read(amount))
        } else if let Some(amount) = manual.line_amount {
            Much::LineAmount(read(amount))
        } else if let Some(price) = manual.price {
            Much::Price(read(price))
        } else {
            continue;
        };
        if matches!(much, Much::LineAmount(_)) != (which == Pass::Total) {
            continue;
        }
        any = true;
        let reduction = taken(&much, price, price);
        *price -= rounded(world, &much, reduction);
    }
    if any && *price != before {
        line.given_away |= before <= zero() && *price < before && line.base_quantity() > zero();
        line.left_by_hand = match line.left_by_hand.take() {
            Some(left) if before != zero() => Some(left * &*price / before),
            // What is left of nothing has no percentage; in the total pass that of the unit price
            // stays.
            left => left.filter(|_| which == Pass::Total),
        };
    }
}

/// The rounding step `discount`; a set price is what it says.
fn rounded(world: &World<'_>, much: &Much, reduction: R) -> R {
    match much {
        Much::Price(_) => reduction,
        _ => world.round_at(RoundingStep::Discount, &reduction),
    }
}
