//! What is wrong with a book that reads well: lints, each with its place, the fact and the mend.
//!
//! Errors are what the engine cannot price by; warnings are what a careful pricing manager would
//! want to see before the book is published. Places are JSON pointers into the book as it is
//! written; where the same book has two spellings (a price or a list of one price) a place names
//! the innermost part that both have.

mod codes;
mod coverage;
mod cycles;
mod exchange;
mod hint;
mod identity;
mod idle;
mod margins;
mod matching;
mod models;
mod numbers;
mod prices;
mod references;
mod scales;
mod shape;
mod sold;
mod ties;

use std::cell::Cell;

pub(crate) use codes::Code;
pub use codes::{CodeInfo, catalogue};
pub(crate) use hint::nearest;

use super::{PriceBook, Scope, VisibilityRule};
use crate::calendar::Window;
use crate::diagnostic::Place;
use crate::engine::{Models, PackedNames};
use crate::order::arrange;
use crate::{Diagnostic, Id};

impl PriceBook {
    /// Everything that is wrong or doubtful about the book: errors first, then by place.
    ///
    /// A book without errors compiles. The findings are the same on every run.
    ///
    /// ```
    /// use listino_core::PriceBook;
    /// let book = PriceBook::from_json(r#"{
    ///     "v": 1, "currency": "EUR", "products": { "BK-M82B-42": {} },
    ///     "price_lists": [{ "id": "acme-2022", "prices": { "BK-M82B-42": "10", "BK-M82B-43": "9" } }]
    /// }"#)?;
    /// let findings = book.check();
    /// assert_eq!(findings[0].code, "B0207");
    /// assert_eq!(findings[0].path, "/price_lists/0/prices/BK-M82B-43");
    /// # Ok::<(), listino_core::BookError>(())
    /// ```
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut check = Check::new(self);
        check.errors();
        check.warnings();
        check.finish()
    }
}

/// The findings that keep a book from being compiled.
pub(crate) fn errors(book: &PriceBook) -> Vec<Diagnostic> {
    compiled(book).0
}

/// What is made to find errors, and is part of the compiled book.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) models: Models,
    /// The names of the products.
    pub(crate) names: PackedNames,
}

/// The findings that keep a book from being compiled, and what was made to find them.
pub(crate) fn compiled(book: &PriceBook) -> (Vec<Diagnostic>, Made) {
    let mut check = Check::new(book);
    check.errors();
    let made = std::mem::take(&mut check.made);
    (check.finish(), made)
}

/// A walk through one book.
struct Check<'a> {
    book: &'a PriceBook,
    found: Vec<Diagnostic>,
    /// The models, once they were looked at, and the names.
    made: Made,
    /// How many names may still be compared in search of what was meant.
    hints: Cell<usize>,
}

impl<'a> Check<'a> {
    fn new(book: &'a PriceBook) -> Self {
        Self { book, found: Vec::new(), made: Made::default(), hints: Cell::new(2_000_000) }
    }

    fn errors(&mut self) {
        self.identity();
        self.references();
        self.shape();
        self.numbers();
        self.products();
        self.prices();
        self.cycles();
        self.exchange();
        self.list_ties();
        self.model_errors();
    }

    /// What is asked of each product by itself, in one walk: they are many.
    fn products(&mut self) {
        for (id, product) in &self.book.products {
            self.base_unit_again(id, product);
            self.category_path(id, product);
            self.product_numbers(id, product);
            self.costs(id, &product.cost);
        }
    }

    fn warnings(&mut self) {
        let sold = self.rows();
        self.coverage(&sold);
        self.idle(&sold);
        self.discount_scales();
        self.rule_ties();
        self.margins(&sold);
        self.model_warnings();
    }

    fn finish(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        by_place(&mut found);
        found
    }

    /// Records a finding whose help is the catalogue's mend.
    fn say(&mut self, code: Code, path: impl Into<String>, message: String) {
        self.found.push(Diagnostic::new(code, path.into(), message));
    }
}

/// A key as a step of a JSON pointer, with its slash.
fn step(key: &Id) -> String {
    Place::Root.key(key.as_str()).pointer()
}

/// The place of one of several values; one value may be written without brackets.
fn one_of<T>(path: &str, values: &[T], index: usize) -> String {
    if values.len() == 1 { path.to_owned() } else { format!("{path}/{index}") }
}

/// Errors first, then in the order of their places.
pub(super) fn by_place(found: &mut [Diagnostic]) {
    arrange(found, |a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| natural(&a.path, &b.path))
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| a.message.cmp(&b.message))
    });
}

/// Pointers in the order in which people count: `/discounts/2` before `/discounts/10`.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    // What both begin with decides nothing: only the first step that differs and those after it.
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let step = a.as_bytes().get(..same).and_then(|same| same.iter().rposition(|b| *b == b'/'));
    let from = step.map_or(0, |slash| slash + 1);
    let mut left = a.get(from..).unwrap_or_default().split('/');
    let mut right = b.get(from..).unwrap_or_default().split('/');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) => {
                let order = match (x.parse::<u64>(), y.parse::<u64>()) {
                    (Ok(m), Ok(n)) => m.cmp(&n).then_with(|| x.cmp(y)),
                    _ => x.cmp(y),
                };
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

/// A scope and where it stands.
struct Scoped<'a> {
    section: &'static str,
    at: At<'a>,
    field: &'static str,
    scope: &'a Scope,
}

#[derive(Clone, Copy)]
enum At<'a> {
    Index(usize),
    Key(&'a Id),
}

impl Scoped<'_> {
    fn path(&self) -> String {
        let Self { section, field, .. } = self;
        match self.at {
            At::Index(index) => format!("/{section}/{index}{field}"),
            At::Key(key) => format!("/{section}{}{field}", step(key)),
        }
    }
}

impl PriceBook {
    /// Every scope of the book, in the order of its fields.
    fn scopes(&self) -> impl Iterator<Item = Scoped<'_>> {
        fn list<'a, T>(
            section: &'static str,
            items: &'a [T],
            scope: fn(&'a T) -> &'a Scope,
        ) -> impl Iterator<Item = Scoped<'a>> {
            items.iter().enumerate().map(move |(i, item)| Scoped {
                section,
                at: At::Index(i),
                field: "/for",
                scope: scope(item),
            })
        }
        let groups = self.mix_groups.iter().map(|(id, scope)| Scoped {
            section: "mix_groups",
            at: At::Key(id),
            field: "",
            scope,
        });
        let coupons = self.coupons.iter().map(|(id, coupon)| Scoped {
            section: "coupons",
            at: At::Key(id),
            field: "/for",
            scope: &coupon.scope,
        });
        let lines = self.price_lists.iter().enumerate().filter_map(|(i, list)| {
            match list.formula.as_ref().and_then(|formula| formula.base.as_ref()) {
                Some(super::FormulaBase::Lines(scope)) => Some(Scoped {
                    section: "price_lists",
                    at: At::Index(i),
                    field: "/formula/base/lines",
                    scope,
                }),
                _ => None,
            }
        });
        groups
            .chain(list("visibility", &self.visibility, |rule: &VisibilityRule| &rule.scope))
            .chain(list("price_lists", &self.price_lists, |list| &list.scope))
            .chain(lines)
            .chain(list("discounts", &self.discounts, |rule| &rule.scope))
            .chain(coupons)
            .chain(list("margins", &self.margins, |threshold| &threshold.scope))
            .chain(list("discretion", &self.discretion, |limit| &limit.scope))
            .chain(
                self.tax.iter().flat_map(|tax| list("tax/rates", &tax.rates, |rate| &rate.scope)),
            )
    }
}

/// A window in words.
fn days(window: Window) -> String {
    match (window.from, window.to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("until {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    }
}
