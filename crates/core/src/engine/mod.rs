//! The compiled, immutable engine.

mod blob;
mod cards;
mod compile;
mod custom;
mod models;
mod names;
mod panels;
mod plain;
mod rows;
mod scopes;

use std::hint::black_box;
use std::sync::Arc;
use std::thread;

pub(crate) use cards::Card;
pub(crate) use compile::*;
pub(crate) use custom::CustomRules;
pub(crate) use models::{Models, Uncompiled};
pub(crate) use names::PackedNames;
pub(crate) use plain::{
    ALONE, Percents, Plain, PlainCustomer, PlainProfile, PlainStage, PlainThreshold, Share,
};
pub(crate) use rows::{Row, Tiers};
pub(crate) use scopes::{CompiledScope, EVERYTHING, Gate, MAX_ACCOUNT_DEPTH, RuleIndex};

use crate::book::{Made, PriceBook, PriceRow};
use crate::{BookError, Digest};

/// Reads something of each of many things before it is needed: nothing here depends on what is read,
/// so that the memory answers for many at once.
#[inline]
pub(crate) fn touch<R, T>(of: impl Iterator<Item = R>, read: impl Fn(R) -> T) {
    for one in of {
        black_box(read(one));
    }
}

/// The same for price rows, which lie somewhere, and then for their tiers, which lie elsewhere.
pub(crate) fn touch_rows<'a, R: Iterator<Item = &'a PriceRow>>(rows: impl Fn() -> R) {
    touch(rows(), |row| row.tiers.len());
    touch(rows().flat_map(|row| &row.tiers), |tier| tier.price.decimal().scale());
}

/// Asks for the memory of one of many things, which is read soon, and does not wait for it; where the
/// processor cannot be asked, reads it.
#[inline(always)]
pub(crate) fn fetch<T: Copy>(of: &[T], place: u32) {
    if cfg!(target_arch = "x86_64") {
        prefetch_index::prefetch_index(of, place as usize);
    } else {
        black_box(of.get(place as usize).copied());
    }
}

/// A book with so many products, customers and prices is worth a thread.
const LARGE: usize = 10_000;

/// Whether a thread is worth its while to write a book; there are none in a browser.
fn is_large(book: &PriceBook) -> bool {
    let prices: usize = book.price_lists.iter().map(|list| list.prices.len()).sum();
    let size = book.products.len() + book.customers.len() + prices;
    size >= LARGE && !cfg!(target_family = "wasm")
}

/// A price book, compiled: immutable, cheap to clone, safe to share between threads.
///
/// Two engines of two versions of a book live side by side; swapping one for the other is a
/// pointer assignment of the host.
///
/// ```
/// use listino_core::quote::Request;
/// use listino_core::{Engine, PriceBook};
/// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
///     "customers": { "C": {} }, "products": { "P": {} },
///     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
/// let engine = Engine::compile(&book)?;
/// assert_eq!(engine.digest(), book.digest());
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// assert_eq!(engine.quote(&request)?.totals.payable.to_string(), "29.97");
/// // The same with every candidate that was considered.
/// assert_eq!(engine.explain(&request)?.lines[0].considered.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

impl Engine {
    /// Compiles a book. The digest of a large one is worked out on a second thread meanwhile, where
    /// the system has one to give.
    ///
    /// # Errors
    /// [`BookError`] with every error that [`PriceBook::check`] finds; warnings do not stand in
    /// the way.
    pub fn compile(book: &PriceBook) -> Result<Self, BookError> {
        // The digest is of everything in the book once more: half of the work, and of another core
        // where there is one.
        thread::scope(|scope| {
            let digest = || book.digest();
            let elsewhere =
                is_large(book).then(|| thread::Builder::new().spawn_scoped(scope, digest));
            let (findings, Made { models, names }) = crate::book::compiled(book);
            if !findings.is_empty() {
                return Err(BookError::new(findings));
            }
            let (custom, _) = CustomRules::new(book);
            let mut inner = compile(book, custom, names);
            inner.models = models;
            inner.derive();
            let found = elsewhere.and_then(Result::ok).and_then(|thread| thread.join().ok());
            inner.digest = found.unwrap_or_else(digest);
            Ok(Self(Arc::new(inner)))
        })
    }

    /// The digest of the book: what a quote names as its source.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::book::{Prices, Product};

    fn large() -> PriceBook {
        let text = r#"{ "v": 1, "currency": "EUR", "price_lists": [{ "id": "base" }] }"#;
        let mut book = PriceBook::from_json(text).unwrap();
        for number in 0..LARGE {
            book.products.insert(Id::known(&format!("P-{number}")), Product::default());
        }
        book
    }

    #[test]
    fn the_digest_of_a_large_book_is_that_of_its_text() {
        let mut book = large();
        assert!(is_large(&book));
        assert_eq!(Engine::compile(&book).unwrap().digest(), book.digest());
        let unknown = Prices::one(1.into());
        book.price_lists[0].prices.insert(Id::known("Q"), unknown);
        assert_eq!(Engine::compile(&book).unwrap_err().diagnostics().len(), 1);
    }
}
