//! The explanation is the computation: pricing tells a recorder what it does, and the recorder
//! keeps it or does not.

use std::cell::RefCell;

use crate::money::Exact;
use crate::quote::{CandidateNote, Chain, Notes, Per, StepKind};

/// What a step refers to, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleRef {
    None,
    List(u32),
    Rule(u32),
    /// A sub-line of a configured line, by its place.
    Subline(u32),
}

/// A step of the waterfall before names are looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepNote {
    pub(crate) kind: StepKind,
    pub(crate) per: Per,
    pub(crate) rule: RuleRef,
    pub(crate) stage: Option<u16>,
    pub(crate) percent: Option<Exact>,
    pub(crate) before: Exact,
    pub(crate) after: Exact,
}

/// Hears what pricing does.
pub(crate) trait Recorder {
    /// Whether losers are worth describing.
    fn wants_candidates(&self) -> bool;
    /// A step of the waterfall.
    fn step(&mut self, step: StepNote);
    /// A candidate and what became of it; only called when they are wanted.
    fn considered(&mut self, candidate: CandidateNote);
}

/// Keeps nothing.
#[derive(Debug)]
pub(crate) struct Silent;

impl Recorder for Silent {
    fn wants_candidates(&self) -> bool {
        false
    }

    fn step(&mut self, _: StepNote) {}

    fn considered(&mut self, _: CandidateNote) {}
}

/// Keeps the waterfall of a line among the notes of its quote, and the candidates when asked to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace<'n> {
    pub(crate) explain: bool,
    notes: &'n RefCell<Notes>,
    pub(crate) steps: Chain,
    pub(crate) considered: Chain,
    /// A step had a number that a result cannot hold.
    pub(crate) overflow: bool,
}

impl<'n> Trace<'n> {
    /// Of a line of which nothing is known yet.
    pub(crate) const fn new(notes: &'n RefCell<Notes>, explain: bool) -> Self {
        Self { explain, notes, steps: Chain::EMPTY, considered: Chain::EMPTY, overflow: false }
    }

    /// Of another line of the quote.
    pub(crate) const fn another(&self) -> Self {
        Self::new(self.notes, self.explain)
    }
}

impl Recorder for Trace<'_> {
    fn wants_candidates(&self) -> bool {
        self.explain
    }

    fn step(&mut self, step: StepNote) {
        let fits = step.before.is_result()
            && step.after.is_result()
            && step.percent.is_none_or(Exact::is_result);
        self.overflow |= !fits;
        if let Ok(mut notes) = self.notes.try_borrow_mut() {
            notes.step(&mut self.steps, step);
        }
    }

    #[inline]
    fn considered(&mut self, candidate: CandidateNote) {
        if let Ok(mut notes) = self.notes.try_borrow_mut() {
            notes.candidate(&mut self.considered, candidate);
        }
    }
}
