//! Exchange rates: each pair at most one on a day, and those that prices need are there.

use std::collections::BTreeMap;

use super::{Check, Code, days};
use crate::book::{ExchangeRateEntry, FormulaBase, PriceList};
use crate::calendar::Days;
use crate::money::Currency;
use crate::{Diagnostic, Id};

/// Whether some windows together cover all days of another.
pub(super) fn covers(windows: impl IntoIterator<Item = Days>, whole: Days) -> bool {
    let mut sorted: Vec<Days> = windows.into_iter().filter(|days| !days.is_empty()).collect();
    sorted.sort();
    let mut reached = whole.from;
    for days in sorted {
        if days.from > reached {
            break;
        }
        reached = reached.max(days.to);
    }
    reached >= whole.to
}

impl<'a> Check<'a> {
    pub(super) fn exchange(&mut self) {
        let book = self.book;
        let mut pairs: BTreeMap<(Currency, Currency), Vec<(usize, &ExchangeRateEntry)>> =
            BTreeMap::new();
        for (i, rate) in book.exchange_rates.iter().enumerate() {
            if rate.from == rate.to {
                self.say(
                    Code::SelfReference,
                    format!("/exchange_rates/{i}"),
                    format!("the rate is from {} to itself", rate.from),
                );
            }
            pairs.entry((rate.from, rate.to)).or_default().push((i, rate));
        }
        for ((from, to), rates) in &mut pairs {
            rates.sort_by_key(|(i, rate)| (rate.valid.days().from, *i));
            for pair in rates.windows(2) {
                let [(i, a), (j, b)] = pair else { continue };
                if a.valid.days().overlaps(b.valid.days()) {
                    self.found.push(
                        Diagnostic::new(
                            Code::RateOverlap,
                            format!("/exchange_rates/{}", i.max(j)),
                            format!(
                                "two rates from {from} to {to} on the same day: {} and {}",
                                days(a.valid),
                                days(b.valid)
                            ),
                        )
                        .with_related(
                            format!("/exchange_rates/{}", i.min(j)),
                            "the other rate".to_owned(),
                        ),
                    );
                }
            }
        }
        let has = |from: Currency, to: Currency| from == to || pairs.contains_key(&(from, to));
        let amounts = book.discounts.iter().any(|rule| {
            rule.amount.is_some() || rule.price.is_some() || rule.line_amount.is_some()
        });
        let currencies = self.list_currencies();
        for (i, list) in book.price_lists.iter().enumerate() {
            let to = list.currency.unwrap_or(book.currency);
            if let Some(from) = self.formula_currency(list, &currencies)
                && !has(from, to)
            {
                self.say(
                    Code::NoRateForFormula,
                    format!("/price_lists/{i}/formula"),
                    format!("price list `{}` is in {to} and starts from prices in {from}, and there is no rate from {from} to {to}", list.id),
                );
            } else if !has(book.currency, to) && (amounts || !book.margins.is_empty()) {
                self.say(
                    Code::NoRateForCost,
                    format!("/price_lists/{i}/currency"),
                    format!(
                        "price list `{}` is in {to}, costs and amounts are in {}, and there is no rate from {} to {to}",
                        list.id, book.currency, book.currency
                    ),
                );
            }
        }
    }

    /// The currency of each list, by its id; the first where an id stands twice.
    pub(super) fn list_currencies(&self) -> BTreeMap<&'a Id, Currency> {
        let book = self.book;
        book.price_lists
            .iter()
            .rev()
            .map(|list| (&list.id, list.currency.unwrap_or(book.currency)))
            .collect()
    }

    /// The currency a formula starts in, where it converts.
    pub(super) fn formula_currency(
        &self,
        list: &PriceList,
        currencies: &BTreeMap<&Id, Currency>,
    ) -> Option<Currency> {
        match list.formula.as_ref()?.base.as_ref()? {
            FormulaBase::Cost => Some(self.book.currency),
            FormulaBase::List(base) => currencies.get(base).copied(),
            FormulaBase::Lines(_) => None,
        }
    }
}
