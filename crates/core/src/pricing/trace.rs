//! The explanation is the computation: pricing tells a recorder what it does, and the recorder
//! keeps it or does not.

use crate::engine::Inner;
use crate::money::{Amount, Exact, Percent};
use crate::quote::{Considered, Per, Step, StepKind};

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
#[derive(Debug)]
pub(crate) struct Trace<'e> {
    inner: &'e Inner,
    pub(crate) explain: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) considered: Vec<Considered>,
    /// A step had a number that a result cannot hold.
    pub(crate) overflow: bool,
    /// What the last step came to: the next one nearly always starts from it.
    last: (Exact, Amount),
}

impl<'e> Trace<'e> {
    pub(crate) fn new(inner: &'e Inner, explain: bool) -> Self {
        Self {
            inner,
            explain,
            steps: Vec::with_capacity(8),
            considered: Vec::with_capacity(if explain { 16 } else { 0 }),
            overflow: false,
            last: (Exact::ZERO, Amount::ZERO),
        }
    }
}

impl Recorder for Trace<'_> {
    fn wants_candidates(&self) -> bool {
        self.explain
    }

    fn step(&mut self, raw: RawStep) {
        let inner = self.inner;
        let (last, amount) = self.last;
        let before =
            if raw.before.is_same(last) { Ok(amount) } else { Amount::from_exact(raw.before) };
        let after = Amount::from_exact(raw.after);
        let percent = raw.percent.map(Percent::from_exact).transpose();
        let (Ok(before), Ok(after), Ok(percent)) = (before, after, percent) else {
            self.overflow = true;
            return;
        };
        self.last = (raw.after, after);
        let stage = raw.stage.and_then(|stage| inner.stages.get(usize::from(stage)));
        self.steps.push(Step {
            kind: raw.kind,
            per: raw.per,
            rule: match raw.rule {
                RuleRef::None => None,
                RuleRef::List(list) => inner.lists.get(list as usize).map(|l| l.id.clone()),
                RuleRef::Rule(rule) => inner.rules.get(rule as usize).map(|r| r.id.clone()),
            },
            stage: stage.map(|stage| stage.id.clone()),
            percent,
            before,
            after,
        });
    }

    fn considered(&mut self, candidate: Considered) {
        self.considered.push(candidate);
    }
}
