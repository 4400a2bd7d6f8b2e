//! Tax totals by the rules of EN 16931: taxable amounts by category and rate, then the rate, then
//! the rounding (BR-CO-17), and sums that reconcile (BR-CO-13 to BR-CO-15).

use super::document::TaxBreakdown;
use super::evaluate::{Priced, Work, amount};
use crate::book::{TaxPer, TaxPrices};
use crate::engine::{CompiledRate, CompiledTax, NONE};
use crate::money::{Exact, Percent};
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
        if tax.prices == TaxPrices::Gross {
            // The margin is on what remains after the tax inside the price.
            priced.true_net = paid.subtract(tax_on(plan, rate, paid)?).at("tax")?;
        }
        let own = line_tax(plan, priced)?.unwrap_or(Exact::ZERO);
        let same =
            |known: &CompiledRate| known.category == rate.category && known.percent == rate.percent;
        match groups.iter_mut().find(|(known, ..)| same(known)) {
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
fn tax_on(plan: &Plan<'_>, rate: &CompiledRate, billed: Exact) -> Computed<Exact> {
    let gross = plan.inner.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross);
    let step = plan.inner.rounding.tax;
    let fraction = rate.percent.percent().at("tax")?;
    if !gross {
        let tax = billed.multiply(fraction).at("tax")?;
        return match step {
            Some(step) => tax.round(step.with(plan.minor)).at("tax"),
            None => Ok(tax),
        };
    }
    // What is inside a gross price rarely has an exact decimal: it is always rounded.
    let rounding = step.map_or_else(|| plan.minor_rounding(), |step| step.with(plan.minor));
    let factor = Exact::ONE.add(fraction).at("tax")?;
    let taxable = billed.divide(factor, rounding).at("tax")?;
    billed.subtract(taxable).at("tax")
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
