//! The explanation is the computation: pricing tells a recorder what it does, and the recorder
//! keeps it or does not.

use crate::money::Exact;
use crate::quote::{Considered, Per, StepKind};

/// What a step refers to, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleRef {
    None,
    List(u32),
    Rule(u32),
}

/// One step of the waterfall before names are looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawStep {
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
    fn step(&mut self, step: RawStep);
    /// A candidate and what became of it; only called when they are wanted.
    fn considered(&mut self, candidate: Considered);
}

/// Keeps nothing.
#[derive(Debug)]
pub(crate) struct Silent;

impl Recorder for Silent {
    fn wants_candidates(&self) -> bool {
        false
    }

    fn step(&mut self, _: RawStep) {}

    fn considered(&mut self, _: Considered) {}
}

/// Keeps the waterfall, and the candidates when asked to.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) explain: bool,
    pub(crate) steps: Vec<RawStep>,
    pub(crate) considered: Vec<Considered>,
}

impl Recorder for Trace {
    fn wants_candidates(&self) -> bool {
        self.explain
    }

    fn step(&mut self, step: RawStep) {
        self.steps.push(step);
    }

    fn considered(&mut self, candidate: Considered) {
        self.considered.push(candidate);
    }
}
