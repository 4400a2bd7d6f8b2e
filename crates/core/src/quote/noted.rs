//! The way to a price: noted by number while a line is priced, named when somebody reads it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::document::{CandidateKind, CandidateOutcome, Considered, Dimension, Step};
use crate::book::Basis;
use crate::engine::Inner;
use crate::money::{Amount, Exact, Percent, Quantity};
use crate::pricing::{RuleRef, StepNote};
use crate::{Engine, Id};

/// What pricing notes by number.
pub(crate) trait Named: Sized {
    /// Itself, by the numbers of the engine.
    type Note: Clone;

    /// Looks up its names.
    fn named(note: &Self::Note, engine: &Engine) -> Option<Self>;
}

/// A slice whose names are looked up, for all of it at once, when it is first read: what is in it was
/// found out while the line was priced. Until then the engine stays in memory.
///
/// ```
/// use listino_core::quote::{Candidates, Request, Step};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let mut quote = engine.explain(&request)?;
/// let steps: &[Step] = &quote.lines[0].price.as_ref().unwrap().steps;
/// assert_eq!(steps[0].rule.as_ref().unwrap().as_str(), "base");
/// let considered = &quote.lines[0].considered;
/// assert_eq!((considered.len(), considered[0].id.as_str()), (1, "base"));
/// quote.lines[0].considered = Candidates::default();
/// assert!(quote.lines[0].considered.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(private_bounds, reason = "only pricing notes anything")]
pub struct Noted<T: Named> {
    notes: Option<(Engine, Vec<T::Note>)>,
    named: OnceLock<Vec<T>>,
}

/// The candidates of a line, in the order in which they were looked at.
///
/// ```
/// use listino_core::quote::Candidates;
/// assert!(Candidates::default().is_empty());
/// ```
pub type Candidates = Noted<Considered>;

/// The steps of a line, in order.
///
/// ```
/// use listino_core::quote::Steps;
/// assert!(Steps::default().is_empty());
/// ```
pub type Steps = Noted<Step>;

#[expect(private_bounds, reason = "only pricing notes anything")]
impl<T: Named> Noted<T> {
    pub(crate) fn new(inner: &Arc<Inner>, notes: Vec<T::Note>) -> Self {
        let notes = (!notes.is_empty()).then(|| (Engine(Arc::clone(inner)), notes));
        Self { notes, named: OnceLock::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.notes.as_ref().map_or_else(|| self.deref().len(), |(_, notes)| notes.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Named> Default for Noted<T> {
    fn default() -> Self {
        Self { notes: None, named: OnceLock::new() }
    }
}

impl<T: Named + Clone> Clone for Noted<T> {
    fn clone(&self) -> Self {
        Self { notes: self.notes.clone(), named: self.named.clone() }
    }
}

impl<T: Named> Deref for Noted<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let all = |(engine, notes): &(Engine, Vec<T::Note>)| {
            notes.iter().filter_map(|note| T::named(note, engine)).collect()
        };
        self.named.get_or_init(|| self.notes.as_ref().map(all).unwrap_or_default())
    }
}

impl<T: Named> From<Vec<T>> for Noted<T> {
    fn from(named: Vec<T>) -> Self {
        Self { notes: None, named: OnceLock::from(named) }
    }
}

impl<'a, T: Named> IntoIterator for &'a Noted<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Named + PartialEq> PartialEq for Noted<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Named + Eq> Eq for Noted<T> {}

impl<T: Named + fmt::Debug> fmt::Debug for Noted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Named + Serialize> Serialize for Noted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Named + Deserialize<'de>> Deserialize<'de> for Noted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schema")]
impl<T: Named + schemars::JsonSchema> schemars::JsonSchema for Noted<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// A candidate and what became of it, by the numbers of the engine.
#[derive(Debug, Clone)]
pub(crate) struct CandidateNote {
    kind: CandidateKind,
    number: u32,
    outcome: Outcome,
}

/// As [`CandidateOutcome`], whose names the engine knows.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Applied,
    /// The clause of its customer side that is not met, by its place.
    OutOfScope(Option<u8>),
    /// The exception of its scope holds.
    Excepted,
    NotValid,
    Currency,
    NoRow,
    /// What it needs, and what the lines that count together come to: few notes say so, many are made.
    TooLow(Basis, Quantity, Option<Box<Quantity>>),
    TooHigh(Basis, Quantity, Option<Box<Quantity>>),
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

impl Outcome {
    /// What was compared with a bound may be what several lines come to together.
    pub(crate) fn together(self, measured: Option<Exact>) -> Self {
        let measured = measured.and_then(|measured| Quantity::from_exact(measured).ok());
        let measured = measured.map(Box::new);
        match self {
            Self::TooLow(basis, needs, _) => Self::TooLow(basis, needs, measured),
            Self::TooHigh(basis, below, _) => Self::TooHigh(basis, below, measured),
            other => other,
        }
    }
}

impl CandidateNote {
    pub(crate) const fn list(number: u32, outcome: Outcome) -> Self {
        Self { kind: CandidateKind::PriceList, number, outcome }
    }

    pub(crate) const fn rule(number: u32, outcome: Outcome) -> Self {
        Self { kind: CandidateKind::Discount, number, outcome }
    }
}

impl Named for Considered {
    type Note = CandidateNote;

    fn named(note: &CandidateNote, engine: &Engine) -> Option<Self> {
        let inner = &*engine.0;
        let at = note.number as usize;
        let list = || inner.lists.get(at);
        let rule = || inner.rules.get(at);
        let (id, side, days) = match note.kind {
            CandidateKind::PriceList => list().map(|l| (&l.id, l.scope.customer, l.days)),
            CandidateKind::Discount => rule().map(|r| (&r.id, r.scope.customer, r.days)),
        }?;
        let conditions = || rule()?.conditions.as_deref();
        let outcome = match &note.outcome {
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
            Outcome::TooLow(basis, needs, together) => CandidateOutcome::TooLow {
                basis: *basis,
                needs: *needs,
                together: together.as_deref().copied(),
            },
            Outcome::TooHigh(basis, below, together) => CandidateOutcome::TooHigh {
                basis: *basis,
                below: *below,
                together: together.as_deref().copied(),
            },
            Outcome::Outranked(by) => {
                CandidateOutcome::Outranked { by: inner.lists.get(*by as usize)?.id.clone() }
            }
            Outcome::Coupon => CandidateOutcome::Coupon {
                needs: inner.coupon_names.id(conditions()?.coupon?)?.clone(),
            },
            Outcome::Payment => CandidateOutcome::Payment { needs: conditions()?.payment.clone() },
            Outcome::Years => CandidateOutcome::Years { needs: conditions()?.years.range() },
            Outcome::Condition => CandidateOutcome::Condition,
            Outcome::Excluded(by) => {
                CandidateOutcome::Excluded { by: inner.rules.get(*by as usize)?.id.clone() }
            }
            Outcome::NoEffect => CandidateOutcome::NoEffect,
        };
        Some(Self { kind: note.kind, id: id.clone(), outcome })
    }
}

impl StepNote {
    pub(crate) fn named(&self, inner: &Inner) -> Step {
        let rule = match self.rule {
            // The sub-lines of a line are not the engine's.
            RuleRef::None | RuleRef::Subline(_) => None,
            RuleRef::List(list) => inner.lists.get(list as usize).map(|list| list.id.clone()),
            RuleRef::Rule(rule) => inner.rules.get(rule as usize).map(|rule| rule.id.clone()),
        };
        self.of(rule, inner)
    }

    /// The step of a rule whose name is known.
    pub(crate) fn of(&self, rule: Option<Id>, inner: &Inner) -> Step {
        let amount = |value| Amount::from_exact(value).unwrap_or(Amount::ZERO);
        let stage = self.stage.and_then(|stage| inner.stages.get(usize::from(stage)));
        Step {
            kind: self.kind,
            per: self.per,
            rule,
            stage: stage.map(|stage| stage.id.clone()),
            percent: self.percent.and_then(|percent| Percent::from_exact(percent).ok()),
            before: amount(self.before),
            after: amount(self.after),
        }
    }
}

impl Named for Step {
    type Note = StepNote;

    fn named(note: &StepNote, engine: &Engine) -> Option<Self> {
        Some(note.named(&engine.0))
    }
}
