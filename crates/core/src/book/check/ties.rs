//! Two answers to one question. Lists that tie are refused: which price wins must not depend on
//! the order in which someone typed. For other rules the book's order decides, and is warned of.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::{Near, admits_product, common_product, customers_meet, may_meet};
use super::prices::base_unit;
use super::shape::access_step;
use super::{Check, Code, days};
use crate::book::{Merge, PriceList, PriceRow, Product, Scope, Strategy};
use crate::calendar::Window;
use crate::id::ancestry;
use crate::{Diagnostic, Id};

/// From how many pairs on lists are compared by what they price.
const MANY: usize = 4096;

/// Pairs of lists that one customer may meet, found by what they name rather than by trying all.
fn candidate_pairs(check: &Check<'_>, lists: &[(usize, &PriceList)]) -> BTreeSet<(usize, usize)> {
    let mut buckets: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    let mut pair = |a: usize, b: usize| {
        if a != b {
            pairs.insert((a.min(b), a.max(b)));
        }
    };
    // Lists of one group are equally specific, and so name the same dimensions.
    let Some((_, first)) = lists.first() else { return pairs };
    type Names = fn(&Scope) -> &[Id];
    let flat: Option<Names> = if !first.scope.customer.is_empty() {
        Some(|scope| &scope.customer)
    } else if !first.scope.contract.is_empty() {
        Some(|scope| &scope.contract)
    } else if !first.scope.segment.is_empty() {
        Some(|scope| &scope.segment)
    } else {
        None
    };
    let tree: Option<Names> = if !first.scope.cluster.is_empty() {
        Some(|scope| &scope.cluster)
    } else if !first.scope.region.is_empty() {
        Some(|scope| &scope.region)
    } else {
        None
    };
    match (flat, tree) {
        (Some(names), _) => {
            for (i, list) in lists {
                for name in names(&list.scope) {
                    buckets.entry(name.as_str()).or_default().push(*i);
                }
            }
            // A customer in two segments, or with two contracts, meets the lists of both.
            if first.scope.customer.is_empty() {
                for customer in check.book.customers.values() {
                    let held = if first.scope.contract.is_empty() {
                        &customer.segments
                    } else {
                        &customer.contracts
                    };
                    if held.len() > 1 {
                        let all: Vec<usize> = held
                            .iter()
                            .filter_map(|name| buckets.get(name.as_str()))
                            .flatten()
                            .copied()
                            .collect();
                        for (k, a) in all.iter().enumerate() {
                            for b in all.iter().skip(k + 1) {
                                pair(*a, *b);
                            }
                        }
                    }
                }
            }
            for bucket in buckets.values() {
                for (k, a) in bucket.iter().enumerate() {
                    for b in bucket.iter().skip(k + 1) {
                        pair(*a, *b);
                    }
                }
            }
        }
        (None, Some(names)) => {
            for (i, list) in lists {
                for name in names(&list.scope) {
                    buckets.entry(name.as_str()).or_default().push(*i);
                }
            }
            for (i, list) in lists {
                for name in names(&list.scope) {
                    for node in ancestry(name.as_str()) {
                        for other in buckets.get(node).into_iter().flatten() {
                            pair(*i, *other);
                        }
                    }
                }
            }
        }
        (None, None) => {
            let mut order: Vec<(i32, i32, usize)> = lists
                .iter()
                .map(|(i, list)| (list.valid.days().from, list.valid.days().to, *i))
                .collect();
            order.sort_unstable();
            let mut meet = order.iter().enumerate().flat_map(|(k, (_, to, a))| {
                let rest = order.iter().skip(k + 1).take_while(move |(from, ..)| from < to);
                rest.map(move |(_, _, b)| (*a, *b))
            });
            let first: Vec<(usize, usize)> = meet.by_ref().take(MANY).collect();
            if first.len() < MANY {
                first.into_iter().for_each(|(a, b)| pair(a, b));
            } else {
                // Very many lists for everyone, one for each brand, say: only those that price a
                // common product are of interest.
                let mut by_product: BTreeMap<&Id, Vec<usize>> = BTreeMap::new();
                for (i, list) in lists {
                    for id in list.prices.keys() {
                        by_product.entry(id).or_default().push(*i);
                    }
                }
                for together in by_product.values() {
                    for (k, a) in together.iter().enumerate() {
                        together.iter().skip(k + 1).take(MANY).for_each(|b| pair(*a, *b));
                    }
                }
                for (a, _) in lists.iter().filter(|(_, list)| list.formula.is_some()).take(MANY) {
                    lists.iter().take(MANY).for_each(|(b, _)| pair(*a, *b));
                }
            }
        }
    }
    pairs
}

/// Whether two rows can both hold for the same order.
fn rows_meet<'r>(a: &'r PriceRow, b: &'r PriceRow, product: &Product, merge: Merge) -> bool {
    let base = base_unit(product);
    let unit = |row: &'r PriceRow| row.unit.as_ref().map(Id::as_str).filter(|unit| *unit != base);
    if !a.valid.days().overlaps(b.valid.days()) || unit(a) != unit(b) {
        return false;
    }
    // Merged by tier, two lists compete only for the same lower bound.
    merge == Merge::Product || a.tiers.iter().any(|x| b.tiers.iter().any(|y| x.from == y.from))
}

impl Check<'_> {
    pub(super) fn list_ties(&mut self) {
        let book = self.book;
        // Under `lowest` the price decides, and equal prices are the same price.
        if book.strategy == Strategy::Lowest {
            return;
        }
        let mut groups: BTreeMap<_, Vec<(usize, &PriceList)>> = BTreeMap::new();
        for (i, list) in book.price_lists.iter().enumerate() {
            let step = match book.strategy {
                Strategy::Priority => access_step(&book.access, list),
                _ => None,
            };
            let currency = list.currency.unwrap_or(book.currency);
            let key = (currency, step, list.priority, list.scope.specificity());
            groups.entry(key).or_default().push((i, list));
        }
        for lists in groups.values().filter(|lists| lists.len() > 1) {
            for (i, j) in candidate_pairs(self, lists) {
                let (Some(a), Some(b)) = (book.price_lists.get(i), book.price_lists.get(j)) else {
                    continue;
                };
                if a.valid.days().overlaps(b.valid.days())
                    && customers_meet(book, &a.scope, &b.scope)
                    && let Some((product, others)) = self.both_price(a, b)
                {
                    let more = match others {
                        0 => String::new(),
                        1 => " and 1 more product".to_owned(),
                        n => format!(" and {n} more products"),
                    };
                    self.found.push(
                        Diagnostic::new(
                            Code::ListTie,
                            format!("/price_lists/{j}"),
                            format!(
                                "price lists `{}` and `{}` both price `{product}`{more} for the same customer, and nothing says which wins",
                                a.id, b.id
                            ),
                        )
                        .with_related(format!("/price_lists/{i}"), format!("price list `{}`", a.id)),
                    );
                }
            }
        }
    }

    /// The first product that two lists price on the same day for the same unit, and how many
    /// there are besides.
    fn both_price(&self, a: &PriceList, b: &PriceList) -> Option<(Id, usize)> {
        let book = self.book;
        let mut found: Option<Id> = None;
        let mut others = 0;
        let mut note = |id: &Id| {
            if found.is_none() {
                found = Some(id.clone());
            } else {
                others += 1;
            }
        };
        let (short, long) = if a.prices.len() <= b.prices.len() { (a, b) } else { (b, a) };
        for (id, rows) in &short.prices {
            if let Some(other) = long.prices.get(id)
                && let Some(product) = book.products.get(id)
                && admits_product(&a.scope, id, product)
                && admits_product(&b.scope, id, product)
                && rows
                    .rows
                    .iter()
                    .any(|x| other.rows.iter().any(|y| rows_meet(x, y, product, book.merge)))
            {
                note(id);
            }
        }
        if book.merge == Merge::Product {
            for (formula, other) in [(a, b), (b, a)] {
                if formula.formula.is_some() {
                    for id in other.prices.keys() {
                        if !formula.prices.contains_key(id)
                            && book.products.get(id).is_some_and(|product| {
                                admits_product(&formula.scope, id, product)
                                    && admits_product(&other.scope, id, product)
                            })
                        {
                            note(id);
                        }
                    }
                }
            }
            if a.formula.is_some()
                && b.formula.is_some()
                && let Some(id) = common_product(&book.products, &a.scope, &b.scope, |_| true)
                && !a.prices.contains_key(id)
                && !b.prices.contains_key(id)
            {
                note(id);
            }
        }
        found.map(|id| (id, others))
    }

    pub(super) fn rule_ties(&mut self) {
        let book = self.book;
        let rules: Vec<_> = book
            .visibility
            .iter()
            .map(|rule| (&rule.scope, rule.valid, format!("`{}`", rule.id)))
            .collect();
        let all = |_: usize, _: usize, _: &Product| true;
        let differ = |a: usize, b: usize| {
            book.visibility.get(a).map(|rule| rule.visible)
                != book.visibility.get(b).map(|rule| rule.visible)
        };
        self.ties(Code::VisibilityTie, "/visibility", "visibility rules", &rules, differ, all);

        let thresholds: Vec<_> = book
            .margins
            .iter()
            .map(|threshold| (&threshold.scope, threshold.valid, format!("`{}`", threshold.id)))
            .collect();
        let differ = |a: usize, b: usize| {
            let kind = |i| {
                book.margins.get(i).map(|threshold: &crate::book::MarginThreshold| {
                    (threshold.on, threshold.measure)
                })
            };
            // Groups and documents keep every threshold; only lines choose one.
            kind(a) == kind(b)
                && kind(a).is_some_and(|(on, _)| on == crate::book::MarginLevel::Line)
        };
        self.ties(Code::ThresholdTie, "/margins", "thresholds", &thresholds, differ, all);

        let rates = book.tax.as_ref().map_or(&[][..], |tax| &tax.rates);
        let named: Vec<_> = rates
            .iter()
            .map(|rate| {
                (&rate.scope, rate.valid, format!("`{}` {} %", rate.category, rate.percent))
            })
            .collect();
        let differ = |a: usize, b: usize| {
            let (Some(a), Some(b)) = (rates.get(a), rates.get(b)) else { return false };
            (&a.category, a.percent) != (&b.category, b.percent)
        };
        let classed = |a: usize, b: usize, product: &Product| {
            [a, b].into_iter().filter_map(|rate: usize| rates.get(rate)).all(|rate| {
                rate.class.is_empty()
                    || product.tax.as_ref().is_some_and(|class| rate.class.contains(class))
            })
        };
        self.ties(Code::TaxTie, "/tax/rates", "tax rates", &named, differ, classed);
    }

    fn ties(
        &mut self,
        code: Code,
        section: &str,
        what: &str,
        rules: &[(&Scope, Window, String)],
        compete: impl Fn(usize, usize) -> bool,
        both: impl Fn(usize, usize, &Product) -> bool,
    ) {
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (i, (scope, ..)) in rules.iter().enumerate() {
            groups.entry(scope.specificity()).or_default().push(i);
        }
        let mut found = Vec::new();
        // Each pair may ask all customers and products: very large books are looked at in part.
        let size = self.book.customers.len() + self.book.products.len();
        let mut pairs = (100_000_000 / size.max(1)).max(1_000);
        for group in groups.values() {
            let scopes = group.iter().filter_map(|i| rules.get(*i)).map(|(scope, ..)| *scope);
            let near = Near::new(scopes.collect());
            for (k, i) in group.iter().enumerate() {
                for j in near.after(k).filter_map(|k| group.get(k)) {
                    let (Some((a, from, first)), Some((b, to, second))) =
                        (rules.get(*i), rules.get(*j))
                    else {
                        continue;
                    };
                    if !compete(*i, *j) || !from.days().overlaps(to.days()) || !may_meet(a, b) {
                        continue;
                    }
                    let Some(rest) = pairs.checked_sub(1) else { break };
                    pairs = rest;
                    if customers_meet(self.book, a, b)
                        && let Some(product) =
                            common_product(&self.book.products, a, b, |product| {
                                both(*i, *j, product)
                            })
                    {
                        found.push(
                            Diagnostic::new(
                                code,
                                format!("{section}/{j}"),
                                format!("{what} {first} ({}) and {second} ({}) are equally specific for product `{product}`", days(*from), days(*to)),
                            )
                            .with_related(format!("{section}/{i}"), format!("the other: {first}")),
                        );
                    }
                }
            }
        }
        self.found.append(&mut found);
    }
}
