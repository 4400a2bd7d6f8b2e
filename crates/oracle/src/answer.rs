//! Sections 6 and 7: tax, margin, approvals; and the quote as it is written.

use std::cell::Cell;
use std::str::FromStr;

use listino_core::book::{
    MarginLevel, MarginThreshold, Measure, MissingCost, RoundingStep, TaxPer, TaxPrices, TaxRate,
};
use listino_core::money::{Amount, Percent, Quantity, RoundingMode};
use listino_core::quote::{
    Approval, ApprovalCause, Candidates, CouponOutcome, DocumentDiscount, LinePrice, LineTax,
    Margin, Quote, QuoteLine, Refusal, Status, Steps, TaxBreakdown, Totals, Verdict,
};
use listino_core::{Digest, Id, Version};

use crate::document::Granted;
use crate::number::{R, coin, hundredth, one, read, round, whole, write, zero};
use crate::scope::most_specific;
use crate::world::{Line, World};

/// Writes numbers, and remembers whether one did not fit.
struct Pen {
    fits: Cell<bool>,
}

impl Pen {
    fn write<T: FromStr>(&self, value: &R) -> T {
        write(value).unwrap_or_else(|| {
            self.fits.set(false);
            write(&zero()).expect("zero fits")
        })
    }
}

/// The tax of the document.
struct Taxed<'a> {
    rates: Vec<Option<&'a TaxRate>>,
    line_tax: Vec<Option<R>>,
    breakdown: Vec<(Id, R, R, R)>,
    without: R,
    tax: R,
}

/// Puts the answer together; nothing where a number does not fit the wire types.
pub(crate) fn quote(
    world: &World<'_>,
    mut lines: Vec<Line<'_>>,
    granted: Vec<Granted>,
    coupons: Vec<CouponOutcome>,
) -> Result<Option<Quote>, Refusal> {
    let pen = Pen { fits: Cell::new(true) };
    let taxed = tax(world, &mut lines);
    let priced: Vec<usize> = (0..lines.len()).filter(|&i| lines[i].is_priced()).collect();
    let sum =
        |of: &dyn Fn(&Line<'_>) -> R| priced.iter().fold(zero(), |sum, &i| sum + of(&lines[i]));

    let net = sum(&|line| line.billed.clone());
    let rebates = sum(&|line| line.rebate.clone());
    let with_tax = &taxed.without + &taxed.tax;
    let payable = payable(world, &with_tax);
    let gross = world.book.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross);
    let true_net = if gross { sum(&|line| line.net.clone()) } else { &taxed.without - &rebates };
    let cost =
        priced.iter().try_fold(zero(), |sum, &i| lines[i].cost.as_ref().map(|cost| sum + cost));

    let approvals = approvals(world, &lines, &granted, &true_net, cost.as_ref(), &pen)?;
    let status = if lines.iter().any(|line| !line.is_priced()) {
        Status::Incomplete
    } else if approvals.iter().any(|approval| approval.verdict == Verdict::Blocked) {
        Status::Blocked
    } else if approvals.iter().any(|approval| approval.verdict == Verdict::NeedsApproval) {
        Status::NeedsApproval
    } else {
        Status::Ok
    };

    let margin = |net: &R, cost: Option<&R>| {
        cost.map(|cost| Margin {
            amount: pen.write(&(net - cost)),
            percent: shown_percent(world, net, cost).map(|percent| pen.write(&percent)),
        })
    };
    let written = lines
        .iter()
        .enumerate()
        .map(|(i, line)| QuoteLine {
            id: line.id.clone(),
            product: line.product_id.clone(),
            quantity: pen.write::<Quantity>(&line.quantity),
            unit: line.unit.clone(),
            origin: line.origin.clone(),
            configuration: None,
            price: line.is_priced().then(|| LinePrice {
                price_list: line.list.clone().unwrap_or_default(),
                list_price: (!line.as_whole).then(|| pen.write(&line.list_price)),
                list_value: pen.write(&line.list_value),
                unit_price: (!line.as_whole).then(|| pen.write(&line.unit_price)),
                total: pen.write(&line.total),
                net: pen.write(&line.net),
                cost: line.cost.as_ref().map(|cost| pen.write(cost)),
                margin: margin(&line.net, line.cost.as_ref()),
                tax: taxed.rates[i].map(|rate| LineTax {
                    category: rate.category.clone(),
                    percent: rate.percent,
                    tax: taxed.line_tax[i].as_ref().map(|tax| pen.write(tax)),
                }),
                steps: Steps::default(),
            }),
            refusal: line.refusal.clone(),
            considered: Candidates::default(),
        })
        .collect();
    let totals = Totals {
        list_value: pen.write(&sum(&|line| line.list_value.clone())),
        lines: pen.write(&sum(&|line| line.total.clone())),
        discounts: granted
            .iter()
            .map(|granted| DocumentDiscount {
                rule: granted.rule.clone(),
                stage: granted.stage.clone(),
                percent: granted.percent.as_ref().map(|percent| pen.write::<Percent>(percent)),
                amount: pen.write(&granted.amount),
                unallocated: pen.write(&granted.unallocated),
                accrual: granted.accrual,
            })
            .collect(),
        net: pen.write(&net),
        tax_breakdown: taxed
            .breakdown
            .iter()
            .map(|(category, percent, taxable, tax)| TaxBreakdown {
                category: category.clone(),
                percent: pen.write(percent),
                taxable: pen.write(taxable),
                tax: pen.write(tax),
            })
            .collect(),
        without_tax: pen.write(&taxed.without),
        tax: pen.write(&taxed.tax),
        with_tax: pen.write(&with_tax),
        rounding: pen.write(&(&payable - &with_tax)),
        payable: pen.write(&payable),
        rebates: pen.write(&rebates),
        true_net: pen.write(&true_net),
        cost: cost.as_ref().map(|cost| pen.write(cost)),
        margin: margin(&true_net, cost.as_ref()),
    };
    // Digests say nothing about prices and are not compared.
    let not_computed = Digest::of(&[]);
    let quote = Quote {
        v: Version,
        id: world.request.id.clone(),
        date: world.date,
        currency: world.currency,
        digits: world.digits(),
        customer: world.buyer.id.clone(),
        status,
        lines: written,
        coupons,
        totals,
        approvals,
        book: not_computed,
        request: not_computed.into(),
        digest: None,
    };
    Ok(pen.fits.get().then_some(quote))
}

fn payable(world: &World<'_>, with_tax: &R) -> R {
    let cash = world.book.currencies.get(&world.currency).and_then(|c| c.cash).map(read);
    match world.step(RoundingStep::Total) {
        None => with_tax.clone(),
        Some((increment, mode)) => {
            let to = increment.or(cash).unwrap_or_else(|| world.minor());
            round(with_tax, &to, mode)
        }
    }
}

fn rate_of<'a>(world: &World<'a>, line: &Line<'_>) -> Option<&'a TaxRate> {
    let class = line.product.and_then(|product| product.tax.as_ref());
    let matching = world.book.tax.as_ref()?.rates.iter().filter(|rate| {
        world.holds(&rate.valid)
            && world.in_scope(&rate.scope, line)
            && (rate.class.is_empty() || class.is_some_and(|class| rate.class.contains(class)))
    });
    most_specific(matching, |rate| &rate.scope)
}

fn tax<'a>(world: &World<'a>, lines: &mut [Line<'_>]) -> Taxed<'a> {
    let gross = world.book.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross);
    let per_line = world.book.tax.as_ref().is_some_and(|tax| tax.per == TaxPer::Line);
    let mut taxed = Taxed {
        rates: Vec::new(),
        line_tax: Vec::new(),
        breakdown: Vec::new(),
        without: zero(),
        tax: zero(),
    };
    let round_tax = |value: &R| world.round_at(RoundingStep::Tax, value);
    // What is taxed, and the tax, of an amount as the book's prices mean it.
    let split = |amount: &R, percent: &R| -> (R, R) {
        if gross {
            let taxable = round_tax(&(amount / (one() + hundredth(percent))));
            let tax = amount - &taxable;
            (taxable, tax)
        } else {
            (amount.clone(), round_tax(&(amount * hundredth(percent))))
        }
    };
    for line in lines.iter_mut() {
        let rate = if line.is_priced() { rate_of(world, line) } else { None };
        let mut tax_of_line = None;
        let mut without = line.billed.clone();
        if let Some(rate) = rate {
            let percent = read(rate.percent);
            let (taxable, tax) = split(&line.billed, &percent);
            if gross && per_line {
                // A rebate on a gross price contains tax as the price does.
                without = split(&(&line.billed - &line.rebate), &percent).0 + &line.rebate;
            }
            let entry = taxed
                .breakdown
                .iter()
                .position(|(category, p, _, _)| *category == rate.category && *p == percent)
                .unwrap_or_else(|| {
                    taxed.breakdown.push((rate.category.clone(), percent, zero(), zero()));
                    taxed.breakdown.len() - 1
                });
            if per_line {
                taxed.breakdown[entry].2 += &taxable;
                taxed.breakdown[entry].3 += &tax;
                tax_of_line = Some(tax);
            } else {
                taxed.breakdown[entry].2 += &line.billed;
            }
        } else if line.is_priced() {
            taxed.without += &line.billed;
        }
        line.net = without - &line.rebate;
        taxed.rates.push(rate);
        taxed.line_tax.push(tax_of_line);
    }
    if !per_line {
        for (category, percent, taxable, tax) in &mut taxed.breakdown {
            let (without, on_top) = split(taxable, percent);
            *taxable = without;
            *tax = on_top;
            if gross {
                let same =
                    |rate: &TaxRate| rate.category == *category && read(rate.percent) == *percent;
                let of_rate = taxed.rates.iter().enumerate();
                let of_rate = of_rate.filter(|(_, rate)| rate.is_some_and(same)).map(|(i, _)| i);
                apportion(world, lines, &of_rate.collect::<Vec<_>>(), percent);
            }
        }
    }
    for (_, _, taxable, tax) in &taxed.breakdown {
        taxed.without += taxable;
        taxed.tax += tax;
    }
    taxed
}

/// Of what lines of one rate are paid, tax included, the net of all, in coins, to each: as near below
/// its exact share as a coin allows, and a coin more for those that are farthest from it.
fn apportion(world: &World<'_>, lines: &mut [Line<'_>], of_rate: &[usize], percent: &R) {
    let increment = world.step(RoundingStep::Tax).and_then(|(increment, _)| increment);
    let increment = increment.unwrap_or_else(|| world.minor());
    let exact: Vec<R> = of_rate
        .iter()
        .map(|&i| (&lines[i].billed - &lines[i].rebate) / (one() + hundredth(percent)) / &increment)
        .collect();
    let all = exact.iter().fold(zero(), |sum, share| sum + share) * &increment;
    let all = world.round_at(RoundingStep::Tax, &all) / &increment;
    let mut coins = all - exact.iter().fold(zero(), |sum, share| sum + share.floor());
    let mut farthest: Vec<usize> = (0..exact.len()).collect();
    let lacks = |place: usize| &exact[place] - exact[place].floor();
    farthest.sort_by(|&a, &b| lacks(b).cmp(&lacks(a)).then(a.cmp(&b)));
    for place in farthest {
        let mut share = exact[place].floor();
        if coins > zero() {
            coins -= one();
            share += one();
        }
        lines[of_rate[place]].net = share * &increment;
    }
}

/// The margin percentage as it is shown.
fn shown_percent(world: &World<'_>, net: &R, cost: &R) -> Option<R> {
    // A percentage of nothing, or of a loss that is no return, says nothing.
    if *net == zero() || (*net < zero() && *cost >= zero()) {
        return None;
    }
    let exact = (net - cost) / net * whole(100);
    Some(match world.step(RoundingStep::Margin) {
        Some((increment, mode)) => round(&exact, &increment.unwrap_or_else(|| coin(2)), mode),
        None => round(&exact, &coin(2), RoundingMode::HalfUp),
    })
}

/// What is measured: the sums of a line, a group or the document.
struct Measured<'m> {
    net: &'m R,
    cost: Option<&'m R>,
    /// Base units times periods for a line; amounts are compared for each of them.
    units: R,
    level: MarginLevel,
    line: Option<Id>,
}

/// What a threshold says about what is measured.
fn judge(
    world: &World<'_>,
    threshold: &MarginThreshold,
    what: &Measured<'_>,
    pen: &Pen,
) -> Result<Option<Approval>, Refusal> {
    let approval = |verdict, cause, bound: Option<R>, actual: Option<R>, roles| Approval {
        verdict,
        level: what.level,
        line: what.line.clone(),
        threshold: Some(threshold.id.clone()),
        cause,
        measure: threshold.measure,
        bound: bound.map(|bound| pen.write::<Amount>(&bound)),
        actual: actual.map(|actual| pen.write::<Amount>(&actual)),
        roles,
    };
    let shown = |value: &R| round(value, &coin(world.digits().max(2)), world.book.rounding.mode);
    // The number compared; nothing for a percentage of a net of zero.
    let (value, shown, amount) = match (threshold.measure, what.cost) {
        (Measure::Price, _) => {
            let value = what.net / &what.units;
            (Some(value.clone()), Some(shown(&value)), value)
        }
        (_, None) => {
            let verdict = match world.book.missing_cost {
                MissingCost::Ok => return Ok(None),
                MissingCost::NeedsApproval => Verdict::NeedsApproval,
                MissingCost::Blocked => Verdict::Blocked,
            };
            // Nobody knows how low the margin is: whoever may approve the lowest one decides.
            let roles = threshold
                .approvals
                .iter()
                .min_by(|a, b| read(a.below).cmp(&read(b.below)))
                .map_or_else(Vec::new, |tier| tier.role.0.clone());
            return Ok(Some(approval(verdict, ApprovalCause::MissingCost, None, None, roles)));
        }
        (Measure::Amount, Some(cost)) => {
            let value = (what.net - cost) / &what.units;
            (Some(value.clone()), Some(shown(&value)), value)
        }
        (Measure::Percent, Some(cost)) => {
            let shown = shown_percent(world, what.net, cost);
            let compared = match (&shown, world.step(RoundingStep::Margin)) {
                (None, _) => None,
                (Some(shown), Some(_)) => Some(shown.clone()),
                (Some(_), None) => Some((what.net - cost) / what.net * whole(100)),
            };
            (compared, shown, what.net - cost)
        }
    };
    let bounded = threshold.block.is_some()
        || !threshold.approvals.is_empty()
        || threshold.floor.is_some()
        || threshold.target.is_some();
    let rate = if threshold.measure == Measure::Percent || !bounded {
        one()
    } else {
        world.book_rate()?
    };
    let scaled = |bound: Amount| read(bound) * &rate;
    let under = |bound: Amount| match &value {
        Some(value) => *value < scaled(bound),
        None => amount < zero(),
    };
    let found = |verdict, bound: Amount, roles| {
        let bound = Some(scaled(bound));
        Ok(Some(approval(verdict, ApprovalCause::Threshold, bound, shown.clone(), roles)))
    };
    if let Some(block) = threshold.block
        && under(block)
    {
        return found(Verdict::Blocked, block, Vec::new());
    }
    let lowest = threshold
        .approvals
        .iter()
        .filter(|tier| under(tier.below))
        .min_by(|a, b| read(a.below).cmp(&read(b.below)));
    if let Some(tier) = lowest {
        return found(Verdict::NeedsApproval, tier.below, tier.role.0.clone());
    }
    if let Some(floor) = threshold.floor
        && under(floor)
    {
        return found(Verdict::NeedsApproval, floor, Vec::new());
    }
    if let Some(target) = threshold.target
        && under(target)
    {
        return found(Verdict::BelowTarget, target, Vec::new());
    }
    Ok(None)
}

fn approvals(
    world: &World<'_>,
    lines: &[Line<'_>],
    granted: &[Granted],
    true_net: &R,
    cost: Option<&R>,
    pen: &Pen,
) -> Result<Vec<Approval>, Refusal> {
    let book = world.book;
    let mut all = Vec::new();
    let priced: Vec<&Line<'_>> = lines.iter().filter(|line| line.is_priced()).collect();
    for line in &priced {
        for measure in [Measure::Percent, Measure::Amount, Measure::Price] {
            let matching = book.margins.iter().filter(|threshold| {
                threshold.on == MarginLevel::Line
                    && threshold.measure == measure
                    && world.holds(&threshold.valid)
                    && world.in_scope(&threshold.scope, line)
            });
            if let Some(threshold) = most_specific(matching, |threshold| &threshold.scope) {
                let what = Measured {
                    net: &line.net,
                    cost: line.cost.as_ref(),
                    units: line.base_quantity() * &line.periods,
                    level: MarginLevel::Line,
                    line: Some(line.id.clone()),
                };
                all.extend(judge(world, threshold, &what, pen)?);
            }
        }
        all.extend(line_discretion(world, line, pen));
    }
    for threshold in book.margins.iter().filter(|threshold| world.holds(&threshold.valid)) {
        match threshold.on {
            MarginLevel::Line => {}
            MarginLevel::Group => {
                let part: Vec<&&Line<'_>> =
                    priced.iter().filter(|line| world.in_scope(&threshold.scope, line)).collect();
                if part.is_empty() {
                    continue;
                }
                let net = part.iter().fold(zero(), |sum, line| sum + &line.net);
                let cost = part
                    .iter()
                    .try_fold(zero(), |sum, line| line.cost.as_ref().map(|cost| sum + cost));
                let what = Measured {
                    net: &net,
                    cost: cost.as_ref(),
                    units: one(),
                    level: MarginLevel::Group,
                    line: None,
                };
                all.extend(judge(world, threshold, &what, pen)?);
            }
            MarginLevel::Document => {
                if !crate::scope::matches(&threshold.scope, &world.buyer, None) {
                    continue;
                }
                let what = Measured {
                    net: true_net,
                    cost,
                    units: one(),
                    level: MarginLevel::Document,
                    line: None,
                };
                all.extend(judge(world, threshold, &what, pen)?);
            }
        }
    }
    all.extend(header_discretion(world, &priced, granted, pen));
    Ok(all)
}

fn line_discretion(world: &World<'_>, line: &Line<'_>, pen: &Pen) -> Option<Approval> {
    let suits = |scope: &listino_core::book::Scope| world.in_scope(scope, line);
    let percent = match &line.left_by_hand {
        _ if line.given_away => None,
        Some(left) if *left != one() => Some((one() - left) * whole(100)),
        _ => return None,
    };
    let approval = over_limit(world, percent.as_ref(), percent.as_ref(), &suits, pen)?;
    Some(Approval { level: MarginLevel::Line, line: Some(line.id.clone()), ..approval })
}

fn header_discretion(
    world: &World<'_>,
    priced: &[&Line<'_>],
    granted: &[Granted],
    pen: &Pen,
) -> Option<Approval> {
    let mut by_hand = granted.iter().filter(|granted| granted.rule.is_none()).peekable();
    let before = by_hand.peek()?.before.clone();
    // What the rounding of a percentage adds is less than what it is rounded to.
    let increment = world.step(RoundingStep::Discount).and_then(|(increment, _)| increment);
    let increment = increment.unwrap_or_else(|| world.minor());
    let rounded = granted.iter().filter(|g| g.rule.is_none() && g.percent.is_some());
    let rounding = rounded.fold(zero(), |sum, _| sum + &increment);
    let off = by_hand.fold(zero(), |sum, granted| sum + &granted.amount - &granted.unallocated);
    let suits =
        |scope: &listino_core::book::Scope| priced.iter().all(|line| world.in_scope(scope, line));
    // Of nothing, or less, no percentage can be granted.
    if off <= zero() {
        return None;
    }
    let percent = |of: R| (before > zero()).then(|| of / &before * whole(100));
    let (exact, least) = (percent(off.clone()), percent(&off - &rounding));
    over_limit(world, exact.as_ref(), least.as_ref(), &suits, pen)
}

/// What follows when manual discounts took so many percent off, or more than the lesser number by what
/// rounding added; `None` is beyond any.
fn over_limit(
    world: &World<'_>,
    percent: Option<&R>,
    least: Option<&R>,
    suits: &dyn Fn(&listino_core::book::Scope) -> bool,
    pen: &Pen,
) -> Option<Approval> {
    let limits = &world.book.discretion;
    if limits.is_empty() {
        return None;
    }
    let within = |most: &R| {
        percent.is_some_and(|percent| percent <= most)
            || percent != least && least.is_some_and(|least| least < most)
    };
    let mut allowed = zero();
    for limit in limits {
        if world.request.roles.contains(&limit.role) && suits(&limit.scope) {
            allowed = allowed.max(read(limit.max_percent));
        }
    }
    if within(&allowed) {
        return None;
    }
    let mut roles: Vec<Id> = Vec::new();
    for limit in limits {
        if suits(&limit.scope) && within(&read(limit.max_percent)) && !roles.contains(&limit.role) {
            roles.push(limit.role.clone());
        }
    }
    let verdict = if roles.is_empty() { Verdict::Blocked } else { Verdict::NeedsApproval };
    Some(Approval {
        verdict,
        level: MarginLevel::Document,
        line: None,
        threshold: None,
        cause: ApprovalCause::Discretion,
        measure: Measure::Percent,
        bound: Some(pen.write(&allowed)),
        actual: percent.map(|percent| pen.write(&round(percent, &coin(2), RoundingMode::HalfUp))),
        roles,
    })
}
