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

impl StepNote {
    /// Whether a result can hold its numbers.
    pub(crate) fn fits(&self) -> bool {
        self.before.is_result()
            && self.after.is_result()
            && self.percent.is_none_or(Exact::is_result)
    }
}

/// Hears what pricing does.
pub(crate) trait Recorder {
    /// Whether losers are worth describing.
    fn wants_candidates(&self) -> bool;
    /// A step of the waterfall.
    fn step(&mut self, step: StepNote);
    /// A candidate and what became of it; only called when they are wanted.
    fn considered(&mut self, candidate: CandidateNote);
    /// Whether a step had a number that a result cannot hold.
    fn overflow(&self) -> bool;
}

/// Keeps nothing.
#[derive(Debug, Default)]
pub(crate) struct Silent {
    overflow: bool,
}

impl Recorder for Silent {
    fn wants_candidates(&self) -> bool {
        false
    }

    fn step(&mut self, step: StepNote) {
        self.overflow |= !step.fits();
    }

    fn considered(&mut self, _: CandidateNote) {}

    fn overflow(&self) -> bool {
        self.overflow
    }
}

/// Keeps the waterfall of a line among the notes of its quote, and the candidates when asked to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace<'n> {
    pub(crate) explain: bool,
    notes: &'n RefCell<Notes>,
    pub(crate) steps: Chain,
    pub(crate) considered: Chain,
    overflow: bool,
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
        self.overflow |= !step.fits();
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

    fn overflow(&self) -> bool {
        self.overflow
    }
}
