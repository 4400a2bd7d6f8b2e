//! What another book would have changed, over lines that were really sold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::book::Code;
use crate::money::{Amount, ArithmeticError, Exact, Rounding, RoundingMode};
use crate::quote::{LinePrice, Per, Quote, QuoteLine, Refusal, Request, StepKind};
use crate::{Diagnostic, Digest, Engine, Id, PriceBook, RequestError};

/// Reprices requests with two books and adds up what changes.
///
/// ```
/// use listino_core::quote::Request;
/// use listino_core::solve::{Change, Diff, DiffReport};
/// use listino_core::{Engine, PriceBook};
/// let book = |price: &str| PriceBook::from_json(&format!(r#"{{ "v": 1, "currency": "EUR",
///     "customers": {{ "C": {{}} }}, "products": {{ "P": {{ "category": "bikes" }} }},
///     "price_lists": [{{ "id": "base", "prices": {{ "P": "{price}" }} }}] }}"#));
/// let (old, new) = (Engine::compile(&book("10")?)?, Engine::compile(&book("11")?)?);
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let mut diff = Diff::new(&old, &new);
/// diff.add(&request)?;
/// let report: DiffReport = diff.finish();
/// let bikes: &Change = &report.by_category["bikes"]["EUR"];
/// assert_eq!(bikes.revenue_change()?.to_string(), "3");
/// assert!(bikes.margin_change()?.exact().is_zero(), "no cost is known");
/// assert!(Diff::new_findings(&book("10")?, &book("11")?).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Diff<'e> {
    old: &'e Engine,
    new: &'e Engine,
    report: DiffReport,
}

/// Sums by currency.
///
/// ```
/// use listino_core::solve::Changes;
/// assert!(Changes::new().is_empty());
/// ```
pub type Changes = BTreeMap<Id, Change>;

/// What two books make of the same lines. Money never leaves its currency: sums are by currency, those by
/// customer, category, product and rule too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiffReport {
    /// The digest of the first book.
    pub old: Digest,
    /// The digest of the second book.
    pub new: Digest,
    /// How many lines were priced by at least one of the books.
    pub lines: u64,
    /// How many of them have another net.
    pub changed: u64,
    /// How many more lines neither of the books prices; nothing else counts them.
    pub unpriced: u64,
    /// Sums by currency.
    pub total: Changes,
    /// Sums by customer and currency.
    pub by_customer: BTreeMap<Id, Changes>,
    /// Sums by product category and currency; products without one are under `-`.
    pub by_category: BTreeMap<Id, Changes>,
    /// Sums by product and currency.
    pub by_product: BTreeMap<Id, Changes>,
    /// What each discount rule took off, in the old and the new book; a discount is a positive
    /// `revenue` here.
    pub by_rule: BTreeMap<Id, Changes>,
    /// Lines that only one of the books can price.
    pub lost: Vec<LostPrice>,
}

/// Money under the old and the new book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How many lines.
    pub lines: u64,
    /// True net under the old book.
    pub old_revenue: Amount,
    /// True net under the new book.
    pub new_revenue: Amount,
    /// Margin under the old book, over lines whose cost both books know.
    pub old_margin: Amount,
    /// Margin under the new book, over the same lines.
    pub new_margin: Amount,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            lines: 0,
            old_revenue: Amount::ZERO,
            new_revenue: Amount::ZERO,
            old_margin: Amount::ZERO,
            new_margin: Amount::ZERO,
        }
    }
}

impl Change {
    /// New revenue less old revenue.
    ///
    /// # Errors
    /// [`ArithmeticError`] when the difference has more than 28 digits.
    pub fn revenue_change(&self) -> Result<Amount, ArithmeticError> {
        Amount::from_exact(self.new_revenue.exact().subtract(self.old_revenue.exact())?)
    }

    /// New margin less old margin.
    ///
    /// # Errors
    /// [`ArithmeticError`] when the difference has more than 28 digits.
    pub fn margin_change(&self) -> Result<Amount, ArithmeticError> {
        Amount::from_exact(self.new_margin.exact().subtract(self.old_margin.exact())?)
    }

    fn add(
        &mut self,
        revenue: (Exact, Exact),
        margin: Option<(Exact, Exact)>,
    ) -> Result<(), ArithmeticError> {
        let plus = |sum: &mut Amount, value: Exact| -> Result<(), ArithmeticError> {
            *sum = Amount::from_exact(sum.exact().add(value)?)?;
            Ok(())
        };
        self.lines += 1;
        plus(&mut self.old_revenue, revenue.0)?;
        plus(&mut self.new_revenue, revenue.1)?;
        if let Some((old, new)) = margin {
            plus(&mut self.old_margin, old)?;
            plus(&mut self.new_margin, new)?;
        }
        Ok(())
    }
}

/// A line that only one of the books can price.
///
/// ```
/// use listino_core::quote::{Refusal, Request};
/// use listino_core::solve::{Diff, LostPrice};
/// use listino_core::{Engine, PriceBook};
/// let book = |prices: &str| PriceBook::from_json(&format!(r#"{{ "v": 1, "currency": "EUR",
///     "customers": {{ "C": {{}} }}, "products": {{ "P": {{}}, "Q": {{}} }},
///     "price_lists": [{{ "id": "base", "prices": {{ {prices} }} }}] }}"#));
/// let old = Engine::compile(&book(r#""P": "10", "Q": "5""#)?)?;
/// let new = Engine::compile(&book(r#""Q": "5""#)?)?;
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let mut diff = Diff::new(&old, &new);
/// diff.add(&request)?;
/// let report = diff.finish();
/// let lost: &LostPrice = &report.lost[0];
/// assert_eq!((&lost.old, &lost.new), (&None, &Some(Refusal::NoPrice)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LostPrice {
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Id>,
    /// The product.
    pub product: Id,
    /// Why the old book has no price; absent: it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Refusal>,
    /// Why the new book has no price; absent: it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Refusal>,
}

/// At most this many lost prices are listed.
const MAX_LOST: usize = 10_000;

impl<'e> Diff<'e> {
    /// Compares two books.
    pub fn new(old: &'e Engine, new: &'e Engine) -> Self {
        Self {
            old,
            new,
            report: DiffReport {
                old: old.digest(),
                new: new.digest(),
                lines: 0,
                changed: 0,
                unpriced: 0,
                total: BTreeMap::new(),
                by_customer: BTreeMap::new(),
                by_category: BTreeMap::new(),
                by_product: BTreeMap::new(),
                by_rule: BTreeMap::new(),
                lost: Vec::new(),
            },
        }
    }

    /// Prices a request with both books and adds its lines up.
    ///
    /// # Errors
    /// [`RequestError`] when one of the books cannot answer the request at all, or a sum grows
    /// beyond 28 digits.
    pub fn add(&mut self, request: &Request) -> Result<(), RequestError> {
        let (old, new) = (self.old.quote(request)?, self.new.quote(request)?);
        self.collect(&old, &new).map_err(|_| {
            RequestError::new(vec![
                Diagnostic::new(
                    Code::TooManyDigits,
                    String::new(),
                    "a sum over all lines has more than 28 digits".to_owned(),
                )
                .with_help("compare fewer lines at a time".to_owned()),
            ])
        })
    }

    fn collect(&mut self, old: &Quote, new: &Quote) -> Result<(), ArithmeticError> {
        // Gifts come after the lines of the request and are matched by their id.
        let (of_old, of_new) = (by_id(old), by_id(new));
        let only_new = new.lines.iter().filter(|line| !of_old.contains_key(&line.id));
        for line in old.lines.iter().chain(only_new) {
            let before = of_old.get(&line.id).copied();
            let after = of_new.get(&line.id).copied();
            let price_before = before.and_then(|line| line.price.as_ref());
            let price_after = after.and_then(|line| line.price.as_ref());
            if price_before.is_none() && price_after.is_none() {
                self.report.unpriced += 1;
                continue;
            }
            self.report.lines += 1;
            let gift = line.origin.is_some();
            if (price_before.is_none() || price_after.is_none())
                && !gift
                && self.report.lost.len() < MAX_LOST
            {
                self.report.lost.push(LostPrice {
                    customer: old.customer.clone(),
                    product: line.product.clone(),
                    old: before.and_then(|line| line.refusal.clone()),
                    new: after.and_then(|line| line.refusal.clone()),
                });
            }
            self.line([old, new], &line.product, before, after)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        quotes: [&Quote; 2],
        product: &Id,
        old: Option<&QuoteLine>,
        new: Option<&QuoteLine>,
    ) -> Result<(), ArithmeticError> {
        let (old_line, new_line) = (old, new);
        let (old, new) =
            (old.and_then(|line| line.price.as_ref()), new.and_then(|line| line.price.as_ref()));
        let net = |price: Option<&LinePrice>| price.map_or(Exact::ZERO, |price| price.net.exact());
        let margin = |price: Option<&LinePrice>| match price {
            None => Some(Exact::ZERO),
            Some(price) => price.margin.map(|margin| margin.amount.exact()),
        };
        let revenue = (net(old), net(new));
        let margins = margin(old).zip(margin(new));
        if revenue.0 != revenue.1 {
            self.report.changed += 1;
        }
        let category = category(self.new, product).or_else(|| category(self.old, product));
        let report = &mut self.report;
        let currencies = quotes.map(|quote| Id::known(quote.currency.code()));
        let [of_old, of_new] = &currencies;
        // Two currencies have no sum: what one book takes is all gone, what the other takes is all new.
        let zero = Exact::ZERO;
        let parts = if of_old == of_new {
            vec![(of_old, revenue, margins)]
        } else {
            vec![
                (of_old, (revenue.0, zero), margins.map(|margins| (margins.0, zero))),
                (of_new, (zero, revenue.1), margins.map(|margins| (zero, margins.1))),
            ]
        };
        let add = |sums: &mut Changes| -> Result<(), ArithmeticError> {
            for &(currency, revenue, margins) in &parts {
                sums.entry(currency.clone()).or_default().add(revenue, margins)?;
            }
            Ok(())
        };
        let [quote, _] = quotes;
        let customer = quote.customer.clone().unwrap_or_default();
        add(report.by_customer.entry(customer).or_default())?;
        add(report.by_category.entry(category.unwrap_or_default()).or_default())?;
        add(report.by_product.entry(product.clone()).or_default())?;
        add(&mut report.total)?;
        let mut taken: BTreeMap<(Id, &Id), (Exact, Exact)> = BTreeMap::new();
        for ((side, line), (quote, currency)) in
            [(0, old_line), (1, new_line)].into_iter().zip(quotes.into_iter().zip(&currencies))
        {
            let Some((line, price)) = line.and_then(|l| Some((l, l.price.as_ref()?))) else {
                continue;
            };
            for step in &price.steps {
                let (Some(rule), Some(_)) = (&step.rule, &step.stage) else { continue };
                let mut off = step.before.exact().subtract(step.after.exact())?;
                if step.per == Per::Unit {
                    off = whole_line(off, line, price, quote.digits)?;
                }
                let sums =
                    taken.entry((rule.clone(), currency)).or_insert((Exact::ZERO, Exact::ZERO));
                if side == 0 {
                    sums.0 = sums.0.add(off)?;
                } else {
                    sums.1 = sums.1.add(off)?;
                }
            }
        }
        for ((rule, currency), sums) in taken {
            let sums_of = report.by_rule.entry(rule).or_default();
            sums_of.entry(currency.clone()).or_default().add(sums, None)?;
        }
        Ok(())
    }

    /// The report.
    pub fn finish(self) -> DiffReport {
        self.report
    }

    /// What check finds in the new book and not in the old one: new conflicts, gaps, inversions.
    pub fn new_findings(old: &PriceBook, new: &PriceBook) -> Vec<Diagnostic> {
        let known = old.check();
        let same = |a: &Diagnostic, b: &Diagnostic| a.code == b.code && a.message == b.message;
        let is_new = |finding: &Diagnostic| !known.iter().any(|other| same(finding, other));
        new.check().into_iter().filter(is_new).collect()
    }
}

/// The lines of a quote by their ids.
fn by_id(quote: &Quote) -> BTreeMap<&Id, &QuoteLine> {
    quote.lines.iter().map(|line| (&line.id, line)).collect()
}

/// What a step took off each unit, over the quantity and the periods of the line. What has no finite
/// decimal over all of them is rounded half up to four digits more than those of the currency.
fn whole_line(
    off: Exact,
    line: &QuoteLine,
    price: &LinePrice,
    digits: u32,
) -> Result<Exact, ArithmeticError> {
    // The list value is the list price over both: it says so also where nothing is left to pay.
    let (value, unit) = match price.list_price {
        Some(unit) if unit != Amount::ZERO => (price.list_value.exact(), unit.exact()),
        _ => {
            let term = price.steps.iter().find(|step| step.kind == StepKind::Term);
            let term = term.filter(|step| step.before != Amount::ZERO);
            let (after, before) = term
                .map_or((Exact::ONE, Exact::ONE), |term| (term.after.exact(), term.before.exact()));
            (after.multiply(line.quantity.exact())?, before)
        }
    };
    let product = off.multiply(value)?;
    product
        .divide_exact(unit)
        .or_else(|_| product.divide(unit, Rounding::digits(digits + 4, RoundingMode::HalfUp)))
}

fn category(engine: &Engine, product: &Id) -> Option<Id> {
    let inner = &*engine.0;
    let number = inner.products.names.get(product.as_str())?;
    let info = inner.products.info(number)?;
    inner.categories.path(info.category).cloned()
}
