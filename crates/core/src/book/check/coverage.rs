//! What the book leaves out: products without a price, days without one, costs and taxes that
//! nobody wrote down.

use std::collections::{BTreeMap, BTreeSet};

use super::exchange::covers;
use super::matching::{admits_product, inside};
use super::prices::{base_unit, priced, row_path};
use super::{Check, Code, step};
use crate::book::{MarginThreshold, Measure, MissingCost, Product, Scope};
use crate::calendar::{Date, Days};
use crate::money::Currency;
use crate::{Diagnostic, Id};

/// One price row of a product, with the days on which it can be met.
struct Held<'a> {
    list: usize,
    row: usize,
    unit: Option<&'a str>,
    days: Days,
}

fn both(a: Days, b: Days) -> Days {
    Days { from: a.from.max(b.from), to: a.to.min(b.to) }
}

fn day(number: i32) -> String {
    Date::from_day_number(number)
        .map_or_else(|| "the end of time".to_owned(), |date| date.to_string())
}

/// The days between windows, and which window comes after them.
fn gaps(windows: &[(Days, usize)]) -> Vec<(Days, usize)> {
    let mut sorted: Vec<(Days, usize)> =
        windows.iter().copied().filter(|(days, _)| days.from < days.to).collect();
    sorted.sort_by_key(|(days, i)| (*days, *i));
    let mut reached: Option<i32> = None;
    let mut found = Vec::new();
    for (days, i) in sorted {
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
    pub(super) fn coverage(&mut self) {
        self.prices_missing();
        self.cost_gaps();
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

    fn prices_missing(&mut self) {
        let book = self.book;
        let mut held: BTreeMap<&Id, (&Product, Vec<Held<'a>>)> =
            book.products.iter().map(|(id, product)| (id, (product, Vec::new()))).collect();
        for (i, list) in book.price_lists.iter().enumerate() {
            for (id, prices, product) in priced(&list.prices, &book.products) {
                let Some(product) = product else { continue };
                let Some((_, rows)) = held.get_mut(id) else { continue };
                rows.extend(
                    prices.rows.iter().enumerate().map(|(j, row)| Held {
                        list: i,
                        row: j,
                        unit: row
                            .unit
                            .as_ref()
                            .map(Id::as_str)
                            .filter(|unit| *unit != base_unit(product)),
                        days: both(row.valid.days(), list.valid.days()),
                    }),
                );
            }
        }
        let formulas: Vec<_> =
            book.price_lists.iter().filter(|list| list.formula.is_some()).collect();
        for (id, (product, rows)) in &held {
            let computed = || formulas.iter().any(|list| admits_product(&list.scope, id, product));
            if rows.is_empty() {
                if !book.price_lists.is_empty() && !computed() {
                    self.say(
                        Code::NoPrice,
                        format!("/products{}", step(id)),
                        format!("product `{id}` has no price in any list"),
                    );
                }
            } else if rows.len() > 1 && !computed() {
                self.price_gaps(id, rows);
            }
        }
    }

    /// Rows of lists with the same scope follow each other in time; days between two of them are
    /// a gap unless a list for more customers fills them.
    fn price_gaps(&mut self, id: &Id, rows: &[Held<'a>]) {
        let book = self.book;
        let scope = |held: &Held<'_>| book.price_lists.get(held.list).map(|list| &list.scope);
        let currency = |held: &Held<'_>| -> Currency {
            book.price_lists.get(held.list).and_then(|list| list.currency).unwrap_or(book.currency)
        };
        let mut done: Vec<(&Scope, Currency, Option<&str>)> = Vec::new();
        for first in rows {
            let Some(own) = scope(first) else { continue };
            let key = (own, currency(first), first.unit);
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let windows: Vec<(Days, usize)> = rows
                .iter()
                .enumerate()
                .filter(|(_, held)| {
                    (scope(held), currency(held), held.unit) == (Some(own), key.1, key.2)
                })
                .map(|(i, held)| (held.days, i))
                .collect();
            for (gap, next) in gaps(&windows) {
                let wider = rows.iter().filter(|held| {
                    currency(held) == key.1
                        && (held.unit == key.2 || held.unit.is_none())
                        && scope(held)
                            .is_some_and(|other| other.is_everything() || inside(own, other))
                });
                if covers(wider.map(|held| held.days), gap) {
                    continue;
                }
                let Some(next) = rows.get(next) else { continue };
                let Some(list) = book.price_lists.get(next.list) else { continue };
                let Some(prices) = list.prices.get(id) else { continue };
                self.say(
                    Code::PriceGap,
                    row_path(next.list, id, prices, next.row),
                    format!(
                        "product `{id}` has no price from {} to {}",
                        day(gap.from),
                        day(gap.to - 1)
                    ),
                );
            }
        }
    }

    fn cost_gaps(&mut self) {
        for (id, product) in &self.book.products {
            let windows: Vec<(Days, usize)> =
                product.cost.iter().enumerate().map(|(i, cost)| (cost.valid.days(), i)).collect();
            for (gap, next) in gaps(&windows) {
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
        let mut missing = Vec::new();
        let mut known = 0_usize;
        for (id, product) in &book.products {
            let Some((i, threshold)) = thresholds
                .iter()
                .find(|(_, threshold)| admits_product(&threshold.scope, id, product))
            else {
                continue;
            };
            // A bill of materials says what its product costs.
            let from_bom = product.model.as_ref().is_some_and(|id| {
                let model = self.book.models.iter().find(|model| *id == *model.id.as_str());
                model.is_some_and(|model| model.bom.is_some())
            });
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
        for (i, list) in book.price_lists.iter().enumerate() {
            let to = list.currency.unwrap_or(book.currency);
            let from = self.formula_currency(list, &currencies).unwrap_or(book.currency);
            let windows: Vec<Days> = book
                .exchange_rates
                .iter()
                .filter(|rate| (rate.from, rate.to) == (from, to))
                .map(|rate| rate.valid.days())
                .collect();
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
            if !covers(windows, whole) {
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
