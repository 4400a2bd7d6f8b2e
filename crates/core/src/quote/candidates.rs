//! The candidates of a line: noted by number while it is priced, named when somebody reads them.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::document::{CandidateKind, CandidateOutcome, Considered, Dimension};
use crate::book::Basis;
use crate::engine::Inner;
use crate::money::Quantity;

/// A candidate and what became of it, by the numbers of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted {
    kind: CandidateKind,
    number: u32,
    outcome: Outcome,
}

/// As [`CandidateOutcome`], whose names the engine knows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Applied,
    /// The clause of its customer side that is not met, by its place.
    OutOfScope(Option<u8>),
    /// The exception of its scope holds.
    Excepted,
    NotValid,
    Currency,
    NoRow,
    TooLow(Basis, Quantity),
    TooHigh(Basis, Quantity),
    /// The list that won.
    Outranked(u32),
    Coupon,
    Payment,
    Years,
    Condition,
    /// The rule that was kept.
    Excluded(u32),
    NoEffect,
}

impl Noted {
    pub(crate) const fn list(number: u32, outcome: Outcome) -> Self {
        Self { kind: CandidateKind::PriceList, number, outcome }
    }

    pub(crate) const fn rule(number: u32, outcome: Outcome) -> Self {
        Self { kind: CandidateKind::Discount, number, outcome }
    }

    fn named(self, inner: &Inner) -> Option<Considered> {
        let at = self.number as usize;
        let list = || inner.lists.get(at);
        let rule = || inner.rules.get(at);
        let (id, side, days) = match self.kind {
            CandidateKind::PriceList => list().map(|l| (&l.id, l.scope.customer, l.days)),
            CandidateKind::Discount => rule().map(|r| (&r.id, r.scope.customer, r.days)),
        }?;
        let conditions = || rule()?.conditions.as_deref();
        let outcome = match self.outcome {
            Outcome::Applied => CandidateOutcome::Applied,
            Outcome::OutOfScope(clause) => {
                let clause = clause.and_then(|clause| inner.scopes.customer_clause(side, clause));
                let (dimension, needs) =
                    clause.unwrap_or_else(|| (Dimension::Customer, Arc::from([])));
                CandidateOutcome::OutOfScope { dimension, needs }
            }
            Outcome::Excepted => {
                CandidateOutcome::OutOfScope { dimension: Dimension::Not, needs: Arc::from([]) }
            }
            Outcome::NotValid => CandidateOutcome::NotValid { valid: days.window() },
            Outcome::Currency => CandidateOutcome::Currency { needs: list()?.currency },
            Outcome::NoRow => CandidateOutcome::NoRow,
            Outcome::TooLow(basis, needs) => CandidateOutcome::TooLow { basis, needs },
            Outcome::TooHigh(basis, below) => CandidateOutcome::TooHigh { basis, below },
            Outcome::Outranked(by) => {
                CandidateOutcome::Outranked { by: inner.lists.get(by as usize)?.id.clone() }
            }
            Outcome::Coupon => CandidateOutcome::Coupon {
                needs: inner.coupon_names.id(conditions()?.coupon?)?.clone(),
            },
            Outcome::Payment => CandidateOutcome::Payment { needs: conditions()?.payment.clone() },
            Outcome::Years => CandidateOutcome::Years { needs: conditions()?.years.range() },
            Outcome::Condition => CandidateOutcome::Condition,
            Outcome::Excluded(by) => {
                CandidateOutcome::Excluded { by: inner.rules.get(by as usize)?.id.clone() }
            }
            Outcome::NoEffect => CandidateOutcome::NoEffect,
        };
        Some(Considered { kind: self.kind, id: id.clone(), outcome })
    }
}

/// The candidates of a line, in the order in which they were looked at: a slice of [`Considered`].
///
/// What became of each is found out while the line is priced, and kept by number; names are looked
/// up, for all of a line at once, when the slice is first read. Until then the engine stays in memory.
///
/// ```
/// use listino_core::quote::{Candidates, Request};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let mut quote = engine.explain(&request)?;
/// let considered: &Candidates = &quote.lines[0].considered;
/// assert_eq!((considered.len(), considered[0].id.as_str()), (1, "base"));
/// quote.lines[0].considered = Candidates::default();
/// assert!(quote.lines[0].considered.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Candidates {
    noted: Option<(Arc<Inner>, Vec<Noted>)>,
    named: OnceLock<Vec<Considered>>,
}

impl Candidates {
    pub(crate) fn new(inner: &Arc<Inner>, noted: Vec<Noted>) -> Self {
        let noted = (!noted.is_empty()).then(|| (Arc::clone(inner), noted));
        Self { noted, named: OnceLock::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.noted.as_ref().map_or_else(|| self.deref().len(), |(_, noted)| noted.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Deref for Candidates {
    type Target = [Considered];

    fn deref(&self) -> &[Considered] {
        let all = |(inner, noted): &(Arc<Inner>, Vec<Noted>)| {
            noted.iter().filter_map(|noted| noted.named(inner)).collect()
        };
        self.named.get_or_init(|| self.noted.as_ref().map(all).unwrap_or_default())
    }
}

impl From<Vec<Considered>> for Candidates {
    fn from(named: Vec<Considered>) -> Self {
        Self { noted: None, named: OnceLock::from(named) }
    }
}

impl<'a> IntoIterator for &'a Candidates {
    type Item = &'a Considered;
    type IntoIter = std::slice::Iter<'a, Considered>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Candidates {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Candidates {}

impl fmt::Debug for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for Candidates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Candidates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Candidates {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<Considered>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<Considered>::json_schema(generator)
    }
}
