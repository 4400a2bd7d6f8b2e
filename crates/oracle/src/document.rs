//! Section 5: discounts on the document and their allocation.

use listino_core::Id;
use listino_core::book::{
    Basis, Combine, Discount, Level, MarginLevel, Measure, RoundingStep, Stage,
};
use listino_core::money::AllocationMethod;
use listino_core::quote::Refusal;

use crate::custom::Facts;
use crate::discount::{
    self, Much, Rule, counted_conditions, general_conditions, in_procedure_order, step_reached,
};
use crate::number::{R, hundredth, one, read, zero};
use crate::scope::most_specific;
use crate::world::{Line, World};

/// A discount on the document, as it came out.
pub(crate) struct Granted {
    /// The rule.
    pub(crate) rule: Option<Id>,
    /// The stage.
    pub(crate) stage: Id,
    /// The percentage.
    pub(crate) percent: Option<R>,
    /// What was asked for.
    pub(crate) amount: R,
    /// What no line could take.
    pub(crate) unallocated: R,
    /// Whether it is granted later.
    pub(crate) accrual: bool,
    /// The sum it was taken from.
    pub(crate) before: R,
}

/// Runs the document stages over lines whose totals are final. An amount of the book without a rate
/// into the document's currency refuses the request.
pub(crate) fn document_discounts(
    world: &World<'_>,
    lines: &mut [Line<'_>],
) -> Result<Vec<Granted>, Refusal> {
    let mut granted = Vec::new();
    let rules = settled_rules(world, lines)?;
    for (place, stage) in world.book.stages.iter().enumerate() {
        if stage.on != Level::Document {
            continue;
        }
        let of_stage: Vec<Rule<'_>> =
            rules.iter().filter(|rule| rule.stage == place).cloned().collect();
        let of_stage = discount::combine(stage, of_stage, |rule| {
            asked(world, stage, lines, rule.rule, &rule.much, false)
        });
        for rule in of_stage {
            let base = rule.rule.combine.unwrap_or(stage.combine) == Combine::Base;
            let amount = asked(world, stage, lines, rule.rule, &rule.much, base);
            let percent = match &rule.much {
                Much::Percent(percent) => Some(percent.clone()),
                _ => None,
            };
            let part: Vec<usize> = in_scope(world, lines, Some(rule.rule));
            granted.push(spread(
                world,
                stage,
                lines,
                &part,
                amount,
                percent,
                Some(rule.rule.id.clone()),
            )?);
        }
        if stage.id == "header" {
            for manual in &world.request.discounts {
                let part = in_scope(world, lines, None);
                let sum = running_sum(stage, lines, &part);
                let (amount, percent) = match (manual.percent, manual.amount) {
                    (Some(percent), _) => {
                        (percentage(world, &(hundredth(&read(percent)) * sum)), Some(read(percent)))
                    }
                    (None, Some(amount)) => (world.to_minor(&read(amount)), None),
                    (None, None) => continue,
                };
                granted.push(spread(world, stage, lines, &part, amount, percent, None)?);
            }
        }
    }
    Ok(granted)
}

fn in_scope(world: &World<'_>, lines: &[Line<'_>], rule: Option<&Discount>) -> Vec<usize> {
    (0..lines.len())
        .filter(|&i| {
            lines[i].is_priced() && rule.is_none_or(|rule| world.in_scope(&rule.scope, &lines[i]))
        })
        .collect()
}

/// What a line is at in a stage: its net, less all that was granted before, now or later.
fn running(stage: &Stage, line: &Line<'_>) -> R {
    let _ = stage;
    &line.billed - &line.rebate
}

fn running_sum(stage: &Stage, lines: &[Line<'_>], part: &[usize]) -> R {
    part.iter().fold(zero(), |sum, &i| sum + running(stage, &lines[i]))
}

/// The rules that apply to the document, after their groups.
fn settled_rules<'a>(world: &World<'a>, lines: &[Line<'_>]) -> Result<Vec<Rule<'a>>, Refusal> {
    let mut rules = Vec::new();
    for (place, rule) in in_procedure_order(world, Level::Document) {
        let part = in_scope(world, lines, Some(rule));
        if part.is_empty() || !general_conditions(world, rule) {
            continue;
        }
        let stage = &world.book.stages[place];
        let measure = |basis| match basis {
            Basis::Value => running_sum(stage, lines, &part),
            Basis::Quantity => part
                .iter()
                .fold(zero(), |all, &i| all + crate::number::magnitude(&lines[i].base_quantity())),
            Basis::Weight => part.iter().fold(zero(), |all, &i| all + world.weight(&lines[i])),
        };
        if !counted_conditions(world, rule, &measure)? {
            continue;
        }
        let [quantity, value, weight] = [Basis::Quantity, Basis::Value, Basis::Weight].map(measure);
        let facts = Facts::document(world, quantity, value, weight);
        if let Some(when) = &rule.when
            && !facts.holds(&rule.id, when)?
        {
            continue;
        }
        let much = if let Some(percent) = rule.percent {
            Much::Percent(read(percent))
        } else if let Some(formula) = &rule.rule {
            Much::Percent(facts.number(&rule.id, formula)?)
        } else if let Some(amount) = rule.amount {
            Much::Amount(read(amount) * world.book_rate()?)
        } else if let Some(tiers) = &rule.tiers {
            match step_reached(world, tiers, &measure(tiers.basis))? {
                Some(much) => much,
                None => continue,
            }
        } else {
            continue;
        };
        let weight = asked(world, stage, lines, rule, &much, true);
        rules.push(Rule { rule, much, stage: place, weight });
    }
    Ok(discount::settle(&world.book.groups, rules))
}

/// What a rule asks for, rounded to the minor unit.
fn asked(
    world: &World<'_>,
    stage: &Stage,
    lines: &[Line<'_>],
    rule: &Discount,
    much: &Much,
    of_totals: bool,
) -> R {
    let part = in_scope(world, lines, Some(rule));
    match much {
        Much::Percent(percent) => {
            let sum = if of_totals {
                part.iter().fold(zero(), |sum, &i| sum + &lines[i].total)
            } else {
                running_sum(stage, lines, &part)
            };
            percentage(world, &(hundredth(percent) * sum))
        }
        Much::Amount(amount) | Much::LineAmount(amount) | Much::Price(amount) => {
            world.to_minor(amount)
        }
    }
}

/// A percentage of a sum: rounded at step `discount`, else to the minor unit.
fn percentage(world: &World<'_>, amount: &R) -> R {
    if world.step(RoundingStep::Discount).is_some() {
        world.round_at(RoundingStep::Discount, amount)
    } else {
        world.to_minor(amount)
    }
}

fn spread(
    world: &World<'_>,
    stage: &Stage,
    lines: &mut [Line<'_>],
    part: &[usize],
    amount: R,
    percent: Option<R>,
    rule: Option<Id>,
) -> Result<Granted, Refusal> {
    let before = running_sum(stage, lines, part);
    let takers: Vec<usize> =
        part.iter().copied().filter(|&i| running(stage, &lines[i]) > zero()).collect();
    let weights: Vec<R> = takers.iter().map(|&i| running(stage, &lines[i])).collect();
    let rooms = || takers.iter().map(|&i| room(world, stage, &lines[i])).collect();
    let caps: Option<Vec<R>> = (amount > zero()).then(rooms).transpose()?;
    let shares =
        allocate(&amount, &world.minor(), &weights, caps.as_deref(), world.book.allocation);
    let mut spread = zero();
    for (&i, share) in takers.iter().zip(&shares) {
        spread += share;
        if stage.accrual {
            lines[i].rebate += share;
        } else {
            lines[i].billed -= share;
        }
    }
    Ok(Granted {
        rule,
        stage: stage.id.clone(),
        percent,
        unallocated: &amount - spread,
        amount,
        accrual: stage.accrual,
        before,
    })
}

/// How much a line can still give.
fn room(world: &World<'_>, stage: &Stage, line: &Line<'_>) -> Result<R, Refusal> {
    let net = running(stage, line);
    let bound = lowest_price(world, line)?.unwrap_or_else(zero);
    Ok((net - bound).max(zero()))
}

/// The price floor (the block where there is none) of the threshold that decides for the line, for the whole line.
fn lowest_price(world: &World<'_>, line: &Line<'_>) -> Result<Option<R>, Refusal> {
    let matching = world.book.margins.iter().filter(|threshold| {
        threshold.on == MarginLevel::Line
            && threshold.measure == Measure::Price
            && world.holds(&threshold.valid)
            && world.in_scope(&threshold.scope, line)
    });
    let bound = most_specific(matching, |threshold| &threshold.scope)
        .and_then(|threshold| threshold.floor.or(threshold.block));
    let Some(bound) = bound else { return Ok(None) };
    let bound = read(bound) * world.book_rate()?;
    Ok(Some((bound * line.base_quantity() * &line.periods).max(zero())))
}

/// Spreads an amount in proportion to weights, in whole coins, nobody beyond its cap.
pub(crate) fn allocate(
    amount: &R,
    coin: &R,
    weights: &[R],
    caps: Option<&[R]>,
    method: AllocationMethod,
) -> Vec<R> {
    let mut shares = vec![zero(); weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).collect();
    let caps: Option<Vec<R>> =
        caps.map(|caps| caps.iter().map(|cap| (cap / coin).floor() * coin).collect());
    // Who has no room for a coin takes no part.
    if let Some(caps) = &caps {
        open.retain(|&i| caps[i] > zero());
    }
    let mut rest = amount.clone();
    loop {
        let part: Vec<R> = open.iter().map(|&i| weights[i].clone()).collect();
        let proposal = in_coins(&rest, coin, &part, method);
        let Some(caps) = &caps else {
            for (&i, share) in open.iter().zip(proposal) {
                shares[i] = share;
            }
            return shares;
        };
        // Each takes what it has room for; what was refused is shared anew.
        let before = rest.clone();
        for (&i, share) in open.iter().zip(proposal) {
            let taken = share.min(&caps[i] - &shares[i]);
            rest -= &taken;
            shares[i] += taken;
        }
        open.retain(|&i| shares[i] < caps[i]);
        if open.is_empty() || rest < *coin || rest == before {
            return shares;
        }
    }
}

fn in_coins(amount: &R, coin: &R, weights: &[R], method: AllocationMethod) -> Vec<R> {
    let sum = weights.iter().fold(zero(), |sum, weight| sum + weight);
    if weights.is_empty() || sum == zero() {
        return vec![zero(); weights.len()];
    }
    let sign = if *amount < zero() { crate::number::whole(-1) } else { one() };
    let coins = (amount * &sign / coin).floor();
    let exact: Vec<R> = weights.iter().map(|weight| &coins * weight / &sum).collect();
    let mut counts: Vec<R> = exact.iter().map(R::floor).collect();
    let given = counts.iter().fold(zero(), |sum, count| sum + count);
    let mut left = coins - given;
    let mut order: Vec<usize> = (0..weights.len()).collect();
    match method {
        AllocationMethod::LargestRemainder => {
            order.sort_by_key(|&i| std::cmp::Reverse(&exact[i] - &counts[i]));
        }
        AllocationMethod::First => {}
        AllocationMethod::Last => {
            let last = weights.len() - 1;
            counts[last] += left;
            left = zero();
        }
        AllocationMethod::Largest => {
            order.sort_by_key(|&i| std::cmp::Reverse(weights[i].clone()));
            counts[order[0]] += left;
            left = zero();
        }
    }
    for i in order {
        if left <= zero() {
            break;
        }
        counts[i] += one();
        left -= one();
    }
    counts.into_iter().map(|count| count * coin * &sign).collect()
}
