//! Tax totals by the rules of EN 16931: taxable amounts by category and rate, then the rate, then
//! the rounding (BR-CO-17), and sums that reconcile (BR-CO-13 to BR-CO-15).

use super::document::TaxBreakdown;
use super::evaluate::{Priced, Work, amount};
use crate::book::{TaxPer, TaxPrices};
use crate::engine::{CompiledRate, CompiledTax, NONE};
use crate::money::{Exact, Percent, Rounding, RoundingMode};
use crate::order::arrange;
use crate::pricing::{At, Computed, Line, Plan};

/// The tax of a document.
pub(crate) struct Taxed {
    pub(crate) breakdown: Vec<TaxBreakdown>,
    pub(crate) without_tax: Exact,
    pub(crate) tax: Exact,
}

/// Finds each line's rate, computes the document's tax, and leaves on each line its true net.
#[inline(never)]
pub(crate) fn apply(plan: &Plan<'_>, works: &mut [Work<'_>]) -> Computed<Taxed> {
    let inner = plan.inner;
    let Some(tax) = &inner.tax else {
        for priced in works.iter_mut().filter_map(|work| work.priced.as_mut()) {
            priced.true_net = priced.paid().at("totals")?;
        }
        let billed = works.iter().filter_map(|work| work.priced.as_ref()).map(|p| p.billed);
        let without_tax = Exact::sum(billed).at("totals")?;
        return Ok(Taxed { breakdown: Vec::new(), without_tax, tax: Exact::ZERO });
    };
    // The groups of BG-23, in the order of category and rate.
    let mut groups: Vec<(&CompiledRate, Exact, Exact)> = Vec::new();
    let mut untaxed = Exact::ZERO;
    for work in works.iter_mut() {
        let (Some(line), Some(priced)) = (&work.line, &mut work.priced) else { continue };
        priced.tax_rate = rate_of(plan, tax, line);
        let paid = priced.paid().at("totals")?;
        priced.true_net = paid;
        let Some(rate) = tax.rates.get(priced.tax_rate as usize) else {
            untaxed = untaxed.add(priced.billed).at("tax")?;
            continue;
        };
        if tax.prices == TaxPrices::Gross && tax.per == TaxPer::Line {
            // The margin is on what remains after the tax inside the price.
            priced.true_net = paid.subtract(tax_on(plan, rate, paid)?).at("tax")?;
        }
        let own = line_tax(plan, priced)?.unwrap_or(Exact::ZERO);
        match groups.iter_mut().find(|(known, ..)| same_group(known, rate)) {
            Some((_, billed, taxes)) => {
                *billed = billed.add(priced.billed).at("tax")?;
                *taxes = taxes.add(own).at("tax")?;
            }
            None => groups.push((rate, priced.billed, own)),
        }
    }
    arrange(&mut groups, |(a, ..), (b, ..)| {
        a.category.cmp(&b.category).then(a.percent.cmp(&b.percent))
    });
    let mut breakdown = Vec::with_capacity(groups.len());
    let mut without_tax = untaxed;
    let mut total = Exact::ZERO;
    for (rate, billed, line_taxes) in groups {
        let taxes = match tax.per {
            TaxPer::Rate => tax_on(plan, rate, billed)?,
            TaxPer::Line => line_taxes,
        };
        let taxable = match tax.prices {
            TaxPrices::Net => billed,
            TaxPrices::Gross => billed.subtract(taxes).at("tax")?,
        };
        if tax.prices == TaxPrices::Gross && tax.per == TaxPer::Rate {
            share_net(plan, tax, rate, works)?;
        }
        without_tax = without_tax.add(taxable).at("tax")?;
        total = total.add(taxes).at("tax")?;
        breakdown.push(TaxBreakdown {
            category: rate.category.clone(),
            percent: Percent::from_exact(rate.percent).at("tax")?,
            taxable: amount(taxable)?,
            tax: amount(taxes)?,
        });
    }
    Ok(Taxed { breakdown, without_tax, tax: total })
}

/// Whether two rates are told together on the quote.
fn same_group(a: &CompiledRate, b: &CompiledRate) -> bool {
    a.category == b.category && a.percent == b.percent
}

/// Takes the tax out of what was paid for all lines of a rate together, and leaves on each its part of
/// what remains: cut to coins, and of the coins that are then missing one each to the lines with the
/// largest cut-off fractions; ties go to the earlier line.
fn share_net(
    plan: &Plan<'_>,
    tax: &CompiledTax,
    rate: &CompiledRate,
    works: &mut [Work<'_>],
) -> Computed<()> {
    let coin = inside(plan).increment();
    let down = Rounding::new(coin, RoundingMode::Down);
    let factor = factor(rate)?;
    let mut paid = Exact::ZERO;
    let mut placed = Exact::ZERO;
    let mut cut_off: Vec<(Exact, &mut Priced)> = Vec::new();
    for priced in works.iter_mut().filter_map(|work| work.priced.as_mut()) {
        let own_rate = tax.rates.get(priced.tax_rate as usize);
        if !own_rate.is_some_and(|own| same_group(own, rate)) {
            continue;
        }
        let own = priced.true_net;
        let mut net = own.divide(factor, down).at("tax")?;
        let mut rest = own.subtract(net.multiply(factor).at("tax")?).at("tax")?;
        if rest.is_negative() {
            // Less is what a return brings back, and what is cut off is never less than nothing.
            net = net.subtract(coin.exact()).at("tax")?;
            rest = rest.add(coin.exact().multiply(factor).at("tax")?).at("tax")?;
        }
        paid = paid.add(own).at("tax")?;
        placed = placed.add(net).at("tax")?;
        priced.true_net = net;
        cut_off.push((rest, priced));
    }
    let net = paid.divide(factor, inside(plan)).at("tax")?;
    let missing = net.subtract(placed).at("tax")?;
    let coins = missing.units_of(coin.exact(), RoundingMode::Down).at("tax")?;
    arrange(&mut cut_off, |(a, _), (b, _)| b.cmp(a));
    for (_, priced) in cut_off.into_iter().take(usize::try_from(coins).unwrap_or(0)) {
        priced.true_net = priced.true_net.add(coin.exact()).at("tax")?;
    }
    Ok(())
}

/// The tax of one line, where the book computes it line by line.
pub(crate) fn line_tax(plan: &Plan<'_>, priced: &Priced) -> Computed<Option<Exact>> {
    let Some(tax) = plan.inner.tax.as_ref().filter(|tax| tax.per == TaxPer::Line) else {
        return Ok(None);
    };
    match tax.rates.get(priced.tax_rate as usize) {
        Some(rate) => tax_on(plan, rate, priced.billed).map(Some),
        None => Ok(None),
    }
}

/// The tax on (or, in a gross book, inside) an amount, rounded at the step `tax`.
fn tax_on(plan: &Plan<'_>, rate: &CompiledRate, of: Exact) -> Computed<Exact> {
    let gross = plan.inner.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross);
    if gross {
        let taxable = of.divide(factor(rate)?, inside(plan)).at("tax")?;
        return of.subtract(taxable).at("tax");
    }
    let tax = of.multiply(rate.percent.percent().at("tax")?).at("tax")?;
    match plan.inner.rounding.tax {
        Some(step) => tax.round(step.with(plan.minor)).at("tax"),
        None => Ok(tax),
    }
}

/// What a taxable amount is multiplied by to have the tax in it.
fn factor(rate: &CompiledRate) -> Computed<Exact> {
    Exact::ONE.add(rate.percent.percent().at("tax")?).at("tax")
}

/// How a taxable amount is rounded that is inside a gross price: it rarely has an exact decimal.
fn inside(plan: &Plan<'_>) -> Rounding {
    plan.rounding(plan.inner.rounding.tax)
}

/// The number of the most specific rate that applies to a line.
fn rate_of(plan: &Plan<'_>, tax: &CompiledTax, line: &Line<'_>) -> u32 {
    plan.rules(&plan.inner.tax_index, line.info.class)
        .find(|&number| {
            tax.rates.get(number as usize).is_some_and(|rate| {
                rate.classes.is_empty() || rate.classes.contains(&line.info.tax)
            })
        })
        .unwrap_or(NONE)
}
