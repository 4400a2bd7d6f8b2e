//! The way to a price: noted by number while a line is priced, named when somebody reads it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::document::{CandidateKind, CandidateOutcome, Considered, Dimension, Step};
use crate::book::Basis;
use crate::engine::{Inner, NONE};
use crate::money::{Amount, Exact, Percent, Quantity};
use crate::pricing::{RuleRef, StepNote};
use crate::{Engine, Id};

/// What pricing notes by number.
pub(crate) trait Named: Sized {
    /// Looks up the names of all that a chain of notes is about.
    fn named(noted: &QuoteNotes, chain: Chain) -> Vec<Self>;
}

/// What was noted about the lines of a quote, and the engine that knows the names.
pub(crate) struct QuoteNotes {
    engine: Engine,
    notes: Notes,
}

impl QuoteNotes {
    pub(crate) fn new(inner: &Arc<Inner>, notes: Notes) -> Arc<Self> {
        Arc::new(Self { engine: Engine(Arc::clone(inner)), notes })
    }

    /// The steps of a chain.
    pub(crate) fn steps(&self, chain: Chain) -> impl Iterator<Item = &StepNote> {
        all(&self.notes.steps, chain)
    }
}

/// All steps and candidates of a quote, by the numbers of the engine. Those of a line are a chain: lines
/// are gone through several times, and a few long lists are made and given back faster than many short ones.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    steps: Vec<Link<StepNote>>,
    candidates: Vec<Link<CandidateNote<Outcome>>>,
    bounds: Vec<Bound>,
}

#[derive(Debug)]
struct Link<N> {
    note: N,
    next: u32,
}

/// Where the notes of a line are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    first: u32,
    last: u32,
    len: u32,
}

impl Chain {
    pub(crate) const EMPTY: Self = Self { first: NONE, last: NONE, len: 0 };
}

#[inline]
fn add<N>(links: &mut Vec<Link<N>>, chain: &mut Chain, note: N) {
    let place = u32::try_from(links.len()).unwrap_or(NONE);
    match links.get_mut(chain.last as usize) {
        Some(last) => last.next = place,
        None => chain.first = place,
    }
    links.push(Link { note, next: NONE });
    (chain.last, chain.len) = (place, chain.len + 1);
}

/// The notes of a chain, in order.
fn all<N>(links: &[Link<N>], chain: Chain) -> impl Iterator<Item = &N> {
    let link = |at: u32| links.get(at as usize);
    std::iter::successors(link(chain.first), move |last| link(last.next)).map(|link| &link.note)
}

impl Notes {
    pub(crate) fn with_capacity(steps: usize, candidates: usize) -> Self {
        Self {
            steps: Vec::with_capacity(steps),
            candidates: Vec::with_capacity(candidates),
            bounds: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn step(&mut self, chain: &mut Chain, step: StepNote) {
        add(&mut self.steps, chain, step);
    }

    #[inline]
    pub(crate) fn candidate(&mut self, chain: &mut Chain, note: CandidateNote) {
        let CandidateNote { kind, number, outcome } = note;
        let outcome = match outcome {
            Lost::To(outcome) => outcome,
            Lost::OutOfBounds(bound) => self.bound(bound),
        };
        add(&mut self.candidates, chain, CandidateNote { kind, number, outcome });
    }

    #[inline(never)]
    fn bound(&mut self, bound: Bound) -> Outcome {
        let place = u32::try_from(self.bounds.len()).unwrap_or(NONE);
        self.bounds.push(bound);
        Outcome::OutOfBounds(place)
    }
}

/// A slice whose names are looked up, for all of it at once, when it is first read: what is in it was
/// found out while the line was priced. The engine stays in memory, and what the quote noted about all of
/// its lines.
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
    notes: Option<(Arc<QuoteNotes>, Chain)>,
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
    pub(crate) fn new(notes: &Arc<QuoteNotes>, chain: Chain) -> Self {
        let notes = (chain.len > 0).then(|| (Arc::clone(notes), chain));
        Self { notes, named: OnceLock::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        let noted = self.notes.as_ref().map(|(_, chain)| chain.len as usize);
        noted.unwrap_or_else(|| self.deref().len())
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
        let all = |(notes, chain): &(Arc<QuoteNotes>, Chain)| T::named(notes, *chain);
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct CandidateNote<O = Lost> {
    kind: CandidateKind,
    number: u32,
    outcome: O,
}

/// As [`CandidateOutcome`], whose names the engine knows; small, for most are noted and few are read.
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
    /// A bound is not kept: which, by its place among those of the line.
    OutOfBounds(u32),
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

/// An outcome, or the bound that is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lost {
    To(Outcome),
    OutOfBounds(Bound),
}

/// A bound that is not kept, and what the lines that count together come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    basis: Basis,
    is_lower: bool,
    bound: Quantity,
    together: Option<Quantity>,
}

impl From<Outcome> for Lost {
    #[inline]
    fn from(outcome: Outcome) -> Self {
        Self::To(outcome)
    }
}

impl Lost {
    pub(crate) const fn too_low(basis: Basis, needs: Quantity) -> Self {
        Self::OutOfBounds(Bound { basis, is_lower: true, bound: needs, together: None })
    }

    pub(crate) const fn too_high(basis: Basis, below: Quantity) -> Self {
        Self::OutOfBounds(Bound { basis, is_lower: false, bound: below, together: None })
    }

    /// What was compared with a bound may be what several lines come to together.
    pub(crate) fn together(self, measured: Option<Exact>) -> Self {
        let together = measured.and_then(|measured| Quantity::from_exact(measured).ok());
        match self {
            Self::OutOfBounds(bound) => Self::OutOfBounds(Bound { together, ..bound }),
            Self::To(outcome) => Self::To(outcome),
        }
    }
}

impl CandidateNote {
    #[inline]
    pub(crate) fn list(number: u32, outcome: impl Into<Lost>) -> Self {
        Self { kind: CandidateKind::PriceList, number, outcome: outcome.into() }
    }

    #[inline]
    pub(crate) fn rule(number: u32, outcome: impl Into<Lost>) -> Self {
        Self { kind: CandidateKind::Discount, number, outcome: outcome.into() }
    }
}

impl Named for Considered {
    fn named(noted: &QuoteNotes, chain: Chain) -> Vec<Self> {
        let QuoteNotes { engine, notes } = noted;
        let bound = |at: u32| notes.bounds.get(at as usize).copied();
        all(&notes.candidates, chain).filter_map(|note| note.named(engine, bound)).collect()
    }
}

impl CandidateNote<Outcome> {
    fn named(&self, engine: &Engine, bound: impl Fn(u32) -> Option<Bound>) -> Option<Considered> {
        let inner = &*engine.0;
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
            Outcome::OutOfBounds(at) => {
                let Bound { basis, is_lower, bound, together } = bound(at)?;
                match is_lower {
                    true => CandidateOutcome::TooLow { basis, needs: bound, together },
                    false => CandidateOutcome::TooHigh { basis, below: bound, together },
                }
            }
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
    fn named(noted: &QuoteNotes, chain: Chain) -> Vec<Self> {
        noted.steps(chain).map(|note| note.named(&noted.engine.0)).collect()
    }
}
