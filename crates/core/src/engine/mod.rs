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
    /// Compiles a book.
    ///
    /// # Errors
    /// [`BookError`] with every error that [`PriceBook::check`] finds; warnings do not stand in
    /// the way.
    pub fn compile(book: &PriceBook) -> Result<Self, BookError> {
        let (findings, Made { models, names }) = crate::book::compiled(book);
        if !findings.is_empty() {
            return Err(BookError::new(findings));
        }
        let (custom, _) = CustomRules::new(book);
        let mut inner = compile(book, custom, names);
        inner.models = models;
        inner.derive();
        Ok(Self(Arc::new(inner)))
    }

    /// The digest of the book: what a quote names as its source.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}
