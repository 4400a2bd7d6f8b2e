//! What the book leaves out: products without a price, days without one, costs and taxes that
//! nobody wrote down.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::exchange::covers;
use super::matching::{ByProduct, inside};
use super::prices::base_unit;
use super::sold::{Offer, Sold};
use super::{Check, Code, step};
use crate::book::{MarginThreshold, Measure, MissingCost, Scope};
use crate::calendar::{Date, Days};
use crate::money::Currency;
use crate::{Diagnostic, Id};

fn day(number: i32) -> String {
    Date::from_day_number(number)
        .map_or_else(|| "the end of time".to_owned(), |date| date.to_string())
}

/// The days between windows, which come in order, and which window comes after them.
fn gaps(windows: impl IntoIterator<Item = (Days, usize)>) -> Vec<(Days, usize)> {
    let mut reached: Option<i32> = None;
    let mut found = Vec::new();
    for (days, i) in windows.into_iter().filter(|(days, _)| !days.is_empty()) {
        if let Some(end) = reached
            && end < days.from
        {
            found.push((Days { from: end, to: days.from }, i));
        }
        reached = Some(reached.map_or(days.to, |end| end.max(days.to)));
    }
    found
}

impl<'a> Check<'a> {
    pub(super) fn coverage(&mut self, sold: &[Sold<'a>]) {
        self.prices_missing(sold);
        self.cost_gaps(sold);
        self.costs_missing();
        self.taxes_missing();
        self.rates_missing();
        for (i, list) in self.book.price_lists.iter().enumerate() {
            if list.prices.is_empty() && list.formula.is_none() {
                self.say(
                    Code::EmptyList,
                    format!("/price_lists/{i}"),
                    format!("price list `{}` has neither prices nor a formula", list.id),
                );
            }
        }
    }

    fn prices_missing(&mut self, sold: &[Sold<'a>]) {
        let book = self.book;
        let formulas = book.price_lists.iter().filter(|list| list.formula.is_some());
        let formulas = ByProduct::new(formulas.map(|list| &list.scope));
        let computed = |sold: &Sold<'_>| {
            !formulas.indifferent().is_empty()
                || !formulas.admitting(sold.id, sold.product).is_empty()
        };
        // Lists with one scope and one currency are of a kind.
        let mut numbers: FxHashMap<(&Scope, Currency), usize> = FxHashMap::default();
        let mut kinds = Vec::with_capacity(book.price_lists.len());
        for list in &book.price_lists {
            let (currency, next) = (list.currency.unwrap_or(book.currency), numbers.len());
            kinds.push(*numbers.entry((&list.scope, currency)).or_insert(next));
        }
        for sold in sold {
            let id = sold.id;
            if sold.offers.is_empty() {
                if !book.price_lists.is_empty() && !computed(sold) {
                    self.say(
                        Code::NoPrice,
                        format!("/products{}", step(id)),
                        format!("product `{id}` has no price in any list"),
                    );
                }
                continue;
            }
            let gaps = self.price_gaps(sold, &kinds);
            if gaps.is_empty() || computed(sold) {
                continue;
            }
            for (gap, offer) in gaps {
                self.say(
                    Code::PriceGap,
                    self.row_path(id, offer.list, offer.row),
                    format!(
                        "product `{id}` has no price from {} to {}",
                        day(gap.from),
                        day(gap.to - 1)
                    ),
                );
            }
        }
    }

    /// Rows of lists of a kind follow each other in time; days between two of them are a gap unless
    /// a list for more customers fills them.
    fn price_gaps<'s>(&self, sold: &'s Sold<'a>, kinds: &[usize]) -> Vec<(Days, &'s Offer<'a>)> {
        let base = base_unit(sold.product);
        let unit = |offer: &Offer<'a>| offer.unit.filter(|unit| unit.as_str() != base);
        let mut order: SmallVec<[_; 8]> = sold
            .offers
            .iter()
            .enumerate()
            .map(|(i, offer)| ((kinds.get(offer.list), unit(offer)), offer.days, i))
            .collect();
        order.sort_unstable();
        let mut found = Vec::new();
        for group in order.chunk_by(|(a, ..), (b, ..)| a == b) {
            for (gap, next) in gaps(group.iter().map(|(_, days, i)| (*days, *i))) {
                let Some(next) = sold.offers.get(next) else { continue };
                let wider = sold.offers.iter().filter(|offer| {
                    (unit(offer) == unit(next) || unit(offer).is_none())
                        && self.is_wider(offer.list, next.list)
                });
                if !covers(wider.map(|offer| offer.days), gap) {
                    found.push((gap, next));
                }
            }
        }
        found
    }

    /// Whether a list is for all that another is for, in the same currency.
    fn is_wider(&self, list: usize, than: usize) -> bool {
        let book = self.book;
        let lists = book.price_lists.get(list).zip(book.price_lists.get(than));
        lists.is_some_and(|(list, than)| {
            list.currency.unwrap_or(book.currency) == than.currency.unwrap_or(book.currency)
                && (list.scope.is_everything() || inside(&than.scope, &list.scope))
        })
    }

    fn cost_gaps(&mut self, sold: &[Sold<'a>]) {
        for Sold { id, costs, .. } in sold {
            let costs = costs.iter().enumerate().map(|(i, (_, days))| (*days, i));
            let mut order: SmallVec<[(Days, usize); 4]> = costs.collect();
            order.sort_unstable();
            for (gap, next) in gaps(order) {
                self.say(
                    Code::CostGap,
                    format!("/products{}/cost/{next}", step(id)),
                    format!(
                        "product `{id}` has no cost from {} to {}",
                        day(gap.from),
                        day(gap.to - 1)
                    ),
                );
            }
        }
    }

    fn costs_missing(&mut self) {
        let book = self.book;
        if book.missing_cost == MissingCost::Ok {
            return;
        }
        let needs = |threshold: &&MarginThreshold| {
            threshold.measure != Measure::Price
                && (threshold.target.is_some()
                    || threshold.floor.is_some()
                    || threshold.block.is_some()
                    || !threshold.approvals.is_empty())
        };
        let thresholds: Vec<(usize, &MarginThreshold)> =
            book.margins.iter().enumerate().filter(|(_, threshold)| needs(threshold)).collect();
        if thresholds.is_empty() {
            return;
        }
        let scopes = ByProduct::new(thresholds.iter().map(|(_, threshold)| &threshold.scope));
        let models = book.models.iter().rev();
        let boms: BTreeMap<&str, bool> =
            models.map(|model| (model.id.as_str(), model.bom.is_some())).collect();
        let mut missing = Vec::new();
        let mut known = 0_usize;
        for (id, product) in &book.products {
            let admitting = scopes.admitting(id, product);
            let first = admitting.first().into_iter().chain(scopes.indifferent().first()).min();
            let Some((i, threshold)) = first.and_then(|first| thresholds.get(*first)) else {
                continue;
            };
            // A bill of materials says what its product costs.
            let from_bom = product
                .model
                .as_ref()
                .is_some_and(|model| boms.get(model.as_str()).is_some_and(|bom| *bom));
            if product.cost.is_empty() && !from_bom {
                missing.push((id, *i, &threshold.id));
            } else {
                known += 1;
            }
        }
        // A book that knows no cost at all is one fact, not one for each product.
        if known == 0 && missing.len() > 3 {
            self.say(
                Code::NoCost,
                "/products",
                format!(
                    "none of the {} products under margin thresholds has a cost",
                    missing.len()
                ),
            );
            return;
        }
        for (id, i, threshold) in missing {
            self.found.push(
                Diagnostic::new(
                    Code::NoCost,
                    format!("/products{}", step(id)),
                    format!(
                        "product `{id}` has no cost and is under margin threshold `{threshold}`"
                    ),
                )
                .with_related(format!("/margins/{i}"), format!("threshold `{threshold}`")),
            );
        }
    }

    fn taxes_missing(&mut self) {
        let book = self.book;
        let Some(tax) = &book.tax else { return };
        if tax.rates.iter().any(|rate| rate.class.is_empty()) {
            return;
        }
        let covered: BTreeSet<&Id> = tax.rates.iter().flat_map(|rate| rate.class.iter()).collect();
        let mut open: BTreeMap<Option<&Id>, (&Id, usize)> = BTreeMap::new();
        for (id, product) in &book.products {
            if product.tax.as_ref().is_none_or(|class| !covered.contains(class)) {
                open.entry(product.tax.as_ref()).or_insert((id, 0)).1 += 1;
            }
        }
        for (class, (first, count)) in open {
            let more =
                if count > 1 { format!(" (nor for {} others)", count - 1) } else { String::new() };
            let message = match class {
                Some(class) => {
                    format!("there is no tax rate for class `{class}` of product `{first}`{more}")
                }
                None => format!(
                    "there is no tax rate for product `{first}`, which has no tax class{more}"
                ),
            };
            let field = if class.is_some() { "/tax" } else { "" };
            self.say(Code::NoTaxRate, format!("/products{}{field}", step(first)), message);
        }
    }

    fn rates_missing(&mut self) {
        let book = self.book;
        let currencies = self.list_currencies();
        let mut rates: BTreeMap<(Currency, Currency), Vec<Days>> = BTreeMap::new();
        for rate in &book.exchange_rates {
            rates.entry((rate.from, rate.to)).or_default().push(rate.valid.days());
        }
        for (i, list) in book.price_lists.iter().enumerate() {
            let to = list.currency.unwrap_or(book.currency);
            let from = self.formula_currency(list, &currencies).unwrap_or(book.currency);
            let Some(windows) = rates.get(&(from, to)) else { continue };
            let (Some(first), Some(last)) = (
                windows.iter().map(|days| days.from).min(),
                windows.iter().map(|days| days.to).max(),
            ) else {
                continue;
            };
            // An open end of the list asks for no more than there is.
            let own = list.valid.days();
            let whole = Days {
                from: if own.from == i32::MIN { first } else { own.from },
                to: if own.to == i32::MAX { last } else { own.to },
            };
            if !covers(windows.iter().copied(), whole) {
                self.say(
                    Code::RateGap,
                    format!("/price_lists/{i}"),
                    format!(
                        "the rates from {from} to {to} do not cover all days of price list `{}`",
                        list.id
                    ),
                );
            }
        }
    }
}
