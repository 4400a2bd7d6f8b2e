//! A sum that is kept below a bound which tightens.

use super::{ExtraSum, Solver};
use crate::Lit;

impl Solver {
    /// Bounds a sum of positive terms from above, for this search only.
    ///
    /// Everything learnt from here on may rest on the bound: it can be tightened, never loosened.
    pub fn bound_objective(&mut self, mut terms: Vec<(i64, Lit)>, bound: i64) {
        self.assumptions.clear();
        self.backtrack(0);
        terms.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut coefficient = vec![0; self.value.len()];
        for &(c, literal) in &terms {
            coefficient[literal.index()] = c;
        }
        let total = self.trail[..self.head].iter().map(|l| coefficient[l.index()]).sum();
        self.extra = Some(ExtraSum { terms, coefficient, bound, total });
        if self.propagate_extra().is_some() {
            self.broken = true;
        }
    }

    /// Whether a solution of the problem keeps to the bound on the objective, if there is one.
    pub(crate) fn within_bound(&self, holds: &dyn Fn(Lit) -> bool) -> bool {
        self.extra.as_ref().is_none_or(|extra| {
            let terms = extra.terms.iter().filter(|&&(_, literal)| holds(literal));
            terms.map(|&(coefficient, _)| coefficient).sum::<i64>() <= extra.bound
        })
    }

    /// Tightens the bound on the objective; the search starts again from its assumptions.
    pub fn tighten(&mut self, bound: i64) {
        let assumptions = std::mem::take(&mut self.assumptions);
        self.backtrack(0);
        if let Some(extra) = &mut self.extra {
            extra.bound = bound;
        }
        if self.propagate_extra().is_some() {
            self.broken = true;
        }
        if self.assume(&assumptions).is_err() {
            self.broken = true;
        }
    }
}
