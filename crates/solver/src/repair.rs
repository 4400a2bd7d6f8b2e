//! A new solution from a known one, by changing only what has to change.
//!
//! Two solutions of a large model mostly agree. Where a search assigns every variable anew, a
//! repair flips a few and looks at the constraints they occur in. It may fail where a solution
//! exists (it never takes a flip back); what it does return satisfies every constraint, because
//! the old solution did and each constraint of a flipped variable is looked at again.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a variable, literal, clause or row number made by the loader"
)]

use super::Lit;
use super::search::Loaded;

/// The space a repair works in, kept between repairs.
#[derive(Debug, Clone)]
pub(crate) struct Repair {
    /// The solution being made.
    pub(crate) row: Vec<u64>,
    /// By variable: the number of the repair that fixed it.
    fixed: Vec<u32>,
    round: u32,
    queue: Vec<Lit>,
    tables: Vec<u32>,
}

/// A repair that flips more than one variable in so many is no quicker than a search, which may
/// show much more.
const SHARE: usize = 16;
/// So many flips are few in a model of any size, and so many are too many.
const FEW_FLIPS: usize = 16;
const MANY_FLIPS: usize = 2_000;

fn holds(row: &[u64], literal: Lit) -> bool {
    (row[literal.slot() / 64] >> (literal.slot() % 64) & 1 == 1) == literal.is_positive()
}

impl Repair {
    pub(crate) fn new(variables: usize) -> Self {
        Self {
            row: vec![0; variables.div_ceil(64)],
            fixed: vec![0; variables],
            round: 0,
            queue: Vec::new(),
            tables: Vec::new(),
        }
    }

    fn is_fixed(&self, literal: Lit) -> bool {
        self.fixed[literal.slot()] == self.round
    }

    fn flip(&mut self, literal: Lit) {
        self.row[literal.slot() / 64] ^= 1 << (literal.slot() % 64);
        self.fixed[literal.slot()] = self.round;
        self.queue.push(literal);
    }

    /// The flips of the last attempt.
    pub(crate) fn flips(&self) -> usize {
        self.queue.len()
    }

    /// Makes `row` a solution in which the literals `must` hold, starting from `from`;
    /// `None` when it does not succeed.
    ///
    /// Literals for which `is_open` says no keep their place: they follow from the choices.
    pub(crate) fn attempt(
        &mut self,
        loaded: &Loaded,
        from: &[u64],
        must: &[Lit],
        is_open: &dyn Fn(Lit) -> bool,
    ) -> Option<()> {
        let most = (self.fixed.len() / SHARE).clamp(FEW_FLIPS, MANY_FLIPS);
        self.row.copy_from_slice(from);
        self.round += 1;
        self.queue.clear();
        self.tables.clear();
        for &literal in must {
            if holds(&self.row, literal) {
                self.fixed[literal.slot()] = self.round;
            } else if self.is_fixed(literal) {
                return None;
            } else {
                self.flip(literal);
            }
        }
        let mut next = 0;
        while let Some(&literal) = self.queue.get(next) {
            next += 1;
            if self.queue.len() > most {
                return None;
            }
            self.follow(loaded, literal, is_open)?;
        }
        self.tables.sort_unstable();
        self.tables.dedup();
        let row = &self.row;
        let tables = &loaded.problem.tables;
        let hold =
            self.tables.iter().all(|&table| tables[table as usize].holds(&|l| holds(row, l)));
        hold.then_some(())
    }

    /// Mends what a flip has broken.
    fn follow(
        &mut self,
        loaded: &Loaded,
        literal: Lit,
        is_open: &dyn Fn(Lit) -> bool,
    ) -> Option<()> {
        let problem = &loaded.problem;
        for &clause in loaded.clauses_with(!literal) {
            let clause = problem.clauses.get(clause as usize);
            if clause.iter().any(|&other| holds(&self.row, other)) {
                continue;
            }
            let free =
                clause.iter().copied().find(|&other| !self.is_fixed(other) && is_open(other));
            self.flip(free?);
        }
        for &group in loaded.groups_with(literal) {
            for &other in problem.groups.get(group as usize) {
                if other != literal && holds(&self.row, other) {
                    if self.is_fixed(other) || !is_open(other) {
                        return None;
                    }
                    self.flip(!other);
                }
            }
        }
        for sum in loaded.sums_with(literal) {
            let terms = problem.sums.get(sum as usize);
            let total: i64 =
                terms.iter().filter(|t| holds(&self.row, t.literal)).map(|t| t.coefficient).sum();
            let mut over = total - problem.sum_bounds[sum as usize];
            for term in terms {
                if over <= 0 {
                    break;
                }
                let other = term.literal;
                if holds(&self.row, other) && !self.is_fixed(other) && is_open(other) {
                    self.flip(!other);
                    over -= term.coefficient;
                }
            }
            if over > 0 {
                return None;
            }
        }
        loaded.note_tables(literal, &mut self.tables);
        Some(())
    }
}
