//! The complete and exact valid set: which options can still be chosen, which can be left out.

use std::sync::Arc;

use super::search::{Loaded, Order, Outcome, Solver};
use super::{Lit, OutOfSteps};

/// A set of variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits(pub(crate) Vec<u64>);

impl Bits {
    pub(crate) fn new(variables: usize) -> Self {
        Self(vec![0; variables.div_ceil(64)])
    }

    pub(crate) fn contains(&self, variable: u32) -> bool {
        self.0.get(variable as usize / 64).is_some_and(|word| word >> (variable % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, variable: u32) {
        if let Some(word) = self.0.get_mut(variable as usize / 64) {
            *word |= 1 << (variable % 64);
        }
    }
}

/// What is known of each variable after a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ValidSet {
    /// A solution that chooses it is known.
    pub(crate) chosen: Bits,
    /// A solution that leaves it out is known.
    pub(crate) left_out: Bits,
    /// Whether what is not known to be possible is impossible.
    pub(crate) settled: bool,
}

impl ValidSet {
    /// Whether a literal has a known solution.
    pub(crate) fn shown(&self, literal: Lit) -> bool {
        let side = if literal.is_positive() { &self.chosen } else { &self.left_out };
        side.contains(literal.variable())
    }
}

/// Why a valid set could not be given at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoValidSet {
    /// The choices cannot stand together; these are to blame.
    Refuted(Vec<Lit>),
    /// Not one solution was found within the steps: nothing is known.
    OutOfSteps,
}

/// Known solutions, kept as proofs for as long as the choices agree with them.
#[derive(Debug, Clone)]
pub(crate) struct Witnesses {
    words: usize,
    capacity: usize,
    rows: Vec<u64>,
    /// How many of the choices, counted from the first, each solution agrees with.
    agrees: Vec<u32>,
    next: usize,
    choices: Vec<Lit>,
}

impl Witnesses {
    pub(crate) fn new(variables: usize, capacity: usize) -> Self {
        Self {
            words: variables.div_ceil(64),
            capacity,
            rows: Vec::new(),
            agrees: Vec::new(),
            next: 0,
            choices: Vec::new(),
        }
    }

    pub(crate) fn starting(variables: usize, capacity: usize, rows: &[u64]) -> Self {
        let mut pool = Self::new(variables, capacity);
        if pool.words > 0 {
            for row in rows.chunks_exact(pool.words).take(capacity) {
                pool.rows.extend_from_slice(row);
                pool.agrees.push(0);
            }
        }
        pool
    }

    pub(crate) fn rows(&self) -> &[u64] {
        &self.rows
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.capacity() * 8 + self.agrees.capacity() * 4
    }

    fn agrees(row: &[u64], literal: Lit) -> bool {
        let word = row.get(literal.slot() / 64).copied().unwrap_or(0);
        (word >> (literal.slot() % 64) & 1 == 1) == literal.is_positive()
    }

    /// Compares every solution with the choices, from where they changed.
    fn follow(&mut self, choices: &[Lit]) {
        let shared = self.choices.iter().zip(choices).take_while(|(a, b)| a == b).count();
        let shared = u32::try_from(shared).unwrap_or(u32::MAX);
        for (row, agrees) in self.rows.chunks_exact(self.words.max(1)).zip(&mut self.agrees) {
            if *agrees < shared {
                continue;
            }
            *agrees = shared;
            for &choice in choices.iter().skip(shared as usize) {
                if !Self::agrees(row, choice) {
                    break;
                }
                *agrees += 1;
            }
        }
        self.choices.clear();
        self.choices.extend_from_slice(choices);
    }

    fn alive(&self) -> impl Iterator<Item = &[u64]> {
        let all = u32::try_from(self.choices.len()).unwrap_or(u32::MAX);
        self.rows
            .chunks_exact(self.words.max(1))
            .zip(&self.agrees)
            .filter(move |&(_, &agrees)| agrees == all)
            .map(|(row, _)| row)
    }

    /// Keeps a solution that agrees with the choices, in the place of a less useful one if full.
    fn keep(&mut self, row: &[u64]) {
        let all = u32::try_from(self.choices.len()).unwrap_or(u32::MAX);
        if self.agrees.len() < self.capacity {
            self.rows.extend_from_slice(row);
            self.agrees.push(all);
            return;
        }
        let count = self.agrees.len();
        let victim = (0..count)
            .map(|step| (self.next + step) % count)
            .find(|&place| self.agrees.get(place).is_some_and(|&a| a < all))
            .unwrap_or(self.next);
        self.next = (victim + 1) % count.max(1);
        if let Some(old) = self.rows.chunks_exact_mut(self.words.max(1)).nth(victim) {
            old.copy_from_slice(row);
        }
        if let Some(agrees) = self.agrees.get_mut(victim) {
            *agrees = all;
        }
    }
}

/// A search with its known solutions and the options it is asked about.
#[derive(Debug, Clone)]
pub(crate) struct Explorer {
    pub(crate) solver: Solver,
    pub(crate) witnesses: Witnesses,
    /// The variables that are options; the others are auxiliary.
    options: Arc<Bits>,
    row: Vec<u64>,
}

/// Solutions kept at most, and the memory they may take.
const POOL: usize = 1024;
const POOL_BYTES: usize = 8 << 20;

impl Explorer {
    pub(crate) fn new(loaded: Arc<Loaded>, options: Arc<Bits>, starters: &[u64]) -> Self {
        let solver = Solver::new(loaded);
        let variables = solver.variables();
        let row_bytes = variables.div_ceil(64).max(1) * 8;
        let capacity = POOL.min(POOL_BYTES / row_bytes).max(16);
        Self {
            witnesses: Witnesses::starting(variables, capacity, starters),
            options,
            row: vec![0; variables.div_ceil(64)],
            solver,
        }
    }

    /// Fixes the choices and follows their plain consequences; the blamed choices on refutation.
    pub(crate) fn assume(&mut self, choices: &[Lit]) -> Result<(), Vec<Lit>> {
        self.solver.assume(choices)
    }

    /// Settles the valid set under the choices; on refutation the blamed choices.
    ///
    /// What is already known comes back unsettled when the steps run out.
    pub(crate) fn valid(&mut self, steps: u64) -> Result<ValidSet, NoValidSet> {
        self.solver.allow(steps);
        let choices = self.solver.assumptions().to_vec();
        self.witnesses.follow(&choices);
        let words = self.row.len();
        let mut chosen = vec![0_u64; words];
        let mut not_left_out = vec![u64::MAX; words];
        let mut known = false;
        for row in self.witnesses.alive() {
            known = true;
            for ((one, all), &word) in chosen.iter_mut().zip(&mut not_left_out).zip(row) {
                *one |= word;
                *all &= word;
            }
        }
        let mut wanted = Vec::new();
        for (place, &mask) in self.options.0.iter().enumerate() {
            let one = chosen.get(place).copied().unwrap_or(0);
            let all = not_left_out.get(place).copied().unwrap_or(u64::MAX);
            let mut missing = (!one | all) & mask;
            while missing != 0 {
                let bit = missing.trailing_zeros();
                missing &= missing - 1;
                let variable = u32::try_from(place * 64).unwrap_or(u32::MAX) + bit;
                if !self.solver.is_open(Lit::positive(variable)) {
                    continue;
                }
                if one >> bit & 1 == 0 {
                    wanted.push(Lit::positive(variable));
                }
                if all >> bit & 1 == 1 {
                    wanted.push(Lit::negative(variable));
                }
            }
        }
        let mut settled = true;
        while !known || !wanted.is_empty() {
            self.solver.want(std::mem::take(&mut wanted));
            match self.solver.solve(Order::Steered) {
                Ok(Outcome::Solution) => {
                    known = true;
                    self.solver.write_solution(&mut self.row);
                    self.witnesses.keep(&self.row);
                    for ((one, all), &word) in
                        chosen.iter_mut().zip(&mut not_left_out).zip(&self.row)
                    {
                        *one |= word;
                        *all &= word;
                    }
                }
                Ok(Outcome::Refuted(blamed)) => return Err(NoValidSet::Refuted(blamed)),
                Err(OutOfSteps) if !known => return Err(NoValidSet::OutOfSteps),
                Err(OutOfSteps) => {
                    settled = false;
                    break;
                }
            }
            wanted = std::mem::take(&mut self.solver.wanted);
            self.solver.rewind();
            let (solver, row) = (&self.solver, &self.row);
            wanted.retain(|&literal| solver.is_open(literal) && !Witnesses::agrees(row, literal));
        }
        let mask = |words: Vec<u64>| {
            words.iter().zip(&self.options.0).map(|(word, options)| word & options).collect()
        };
        let left_out = not_left_out.iter().map(|word| !word).collect();
        let (chosen, left_out) = (mask(chosen), mask(left_out));
        Ok(ValidSet { chosen: Bits(chosen), left_out: Bits(left_out), settled })
    }
}
