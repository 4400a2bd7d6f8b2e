//! Tax totals by the rules of EN 16931: taxable amounts by category and rate, then the rate, then
//! the rounding (BR-CO-17), and sums that reconcile (BR-CO-13 to BR-CO-15).

use super::document::TaxBreakdown;
use super::evaluate::{Work, amount, sum};
use crate::book::{TaxPer, TaxPrices};
use crate::engine::{CompiledRate, NONE};
use crate::money::{Exact, Percent};
use crate::pricing::{At, Plan};
use crate::quote::Refusal;

/// The tax of a document.
pub(crate) struct Taxed {
    pub(crate) breakdown: Vec<TaxBreakdown>,
    pub(crate) without_tax: Exact,
    pub(crate) tax: Exact,
}

/// Finds each line's rate, computes the document's tax, and leaves on each line its true net.
pub(crate) fn apply(plan: &Plan<'_>, works: &mut [Work<'_>]) -> Result<Taxed, Refusal> {
    let inner = plan.inner;
    for work in works.iter_mut() {
        let rate = rate_of(plan, work);
        if let Some(priced) = &mut work.priced {
            priced.tax_rate = rate;
        }
    }
    let Some(tax) = &inner.tax else {
        for work in works.iter_mut() {
            if let Some(priced) = &mut work.priced {
                priced.true_net = priced.billed.subtract(priced.rebates).at("totals")?;
            }
        }
        let without_tax = sum(works, |priced| priced.billed)?;
        return Ok(Taxed { breakdown: Vec::new(), without_tax, tax: Exact::ZERO });
    };
    // The groups of BG-23, in the order of category and rate.
    let mut groups: Vec<(&CompiledRate, Exact, Exact)> = Vec::new();
    let mut untaxed = Exact::ZERO;
    for work in works.iter() {
        let Some(priced) = &work.priced else { continue };
        let Some(rate) = tax.rates.get(priced.tax_rate as usize) else {
            untaxed = untaxed.add(priced.billed).at("tax")?;
            continue;
        };
        let own = line_tax(plan, work)?.unwrap_or(Exact::ZERO);
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
    groups.sort_by(|(a, ..), (b, ..)| a.category.cmp(&b.category).then(a.percent.cmp(&b.percent)));
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
    for work in works.iter_mut() {
        let rate = work.priced.and_then(|priced| tax.rates.get(priced.tax_rate as usize));
        if let Some(priced) = &mut work.priced {
            let paid = priced.billed.subtract(priced.rebates).at("totals")?;
            // In a gross book the margin is on what remains after the tax inside the price.
            priced.true_net = match (tax.prices, rate) {
                (TaxPrices::Gross, Some(rate)) => {
                    paid.subtract(tax_on(plan, rate, paid)?).at("tax")?
                }
                _ => paid,
            };
        }
    }
    Ok(Taxed { breakdown, without_tax, tax: total })
}

/// The tax of one line, where the book computes it line by line.
pub(crate) fn line_tax(plan: &Plan<'_>, work: &Work<'_>) -> Result<Option<Exact>, Refusal> {
    let Some(tax) = plan.inner.tax.as_ref().filter(|tax| tax.per == TaxPer::Line) else {
        return Ok(None);
    };
    let Some(priced) = &work.priced else { return Ok(None) };
    match tax.rates.get(priced.tax_rate as usize) {
        Some(rate) => tax_on(plan, rate, priced.billed).map(Some),
        None => Ok(None),
    }
}

/// The tax on (or, in a gross book, inside) an amount, rounded at the step `tax`.
fn tax_on(plan: &Plan<'_>, rate: &CompiledRate, billed: Exact) -> Result<Exact, Refusal> {
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
fn rate_of(plan: &Plan<'_>, work: &Work<'_>) -> u32 {
    let inner = plan.inner;
    let (Some(tax), Some(line)) = (&inner.tax, &work.line) else { return NONE };
    let class = line.info.class;
    inner
        .tax_index
        .rules(class)
        .find(|&number| {
            tax.rates.get(number as usize).is_some_and(|rate| {
                rate.days.contains(plan.day)
                    && (rate.classes.is_empty() || rate.classes.contains(&line.info.tax))
                    && plan.has(rate.scope.customer)
                    && !plan.excluded(rate.scope, class)
            })
        })
        .unwrap_or(NONE)
}
