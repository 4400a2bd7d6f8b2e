//! The complete and exact valid set: which options can still be chosen, which can be left out.

use std::sync::Arc;

use super::repair::Repair;
use super::search::{Loaded, Order, Outcome, Solver};
use super::{Lit, OutOfSteps, WORDS_PER_STEP};

/// A set of variables, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits(
    /// 64 variables a word, the first in the lowest bit.
    pub Vec<u64>,
);

impl Bits {
    /// Room for so many variables, none of them in it.
    pub fn new(variables: usize) -> Self {
        Self(vec![0; variables.div_ceil(64)])
    }

    /// Whether a variable is in it.
    pub fn contains(&self, variable: u32) -> bool {
        self.0.get(variable as usize / 64).is_some_and(|word| word >> (variable % 64) & 1 == 1)
    }

    /// Puts a variable in, where there is room for it.
    pub fn insert(&mut self, variable: u32) {
        if let Some(word) = self.0.get_mut(variable as usize / 64) {
            *word |= 1 << (variable % 64);
        }
    }
}

/// What is known of each variable after a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidSet {
    /// A solution that chooses it is known.
    pub chosen: Bits,
    /// A solution that leaves it out is known.
    pub left_out: Bits,
    /// Whether what is not known to be possible is impossible.
    pub settled: bool,
}

impl ValidSet {
    /// Whether a literal has a known solution.
    pub fn shown(&self, literal: Lit) -> bool {
        let side = if literal.is_positive() { &self.chosen } else { &self.left_out };
        side.contains(literal.variable())
    }
}

/// Why a valid set could not be given at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoValidSet {
    /// The choices cannot stand together; these are to blame.
    Refuted(Vec<Lit>),
    /// Not one solution was found within the steps: nothing is known.
    OutOfSteps,
}

/// Known solutions, kept as proofs for as long as the choices agree with them.
#[derive(Debug, Clone)]
struct Witnesses {
    words: usize,
    capacity: usize,
    rows: Vec<u64>,
    /// How many of the choices, counted from the first, each solution agrees with.
    agrees: Vec<u32>,
    next: usize,
    /// The solution that was kept last.
    latest: usize,
    choices: Vec<Lit>,
}

impl Witnesses {
    fn new(variables: usize, capacity: usize) -> Self {
        Self {
            words: variables.div_ceil(64),
            capacity,
            rows: Vec::new(),
            agrees: Vec::new(),
            next: 0,
            latest: 0,
            choices: Vec::new(),
        }
    }

    fn starting(variables: usize, capacity: usize, rows: &[u64]) -> Self {
        let mut pool = Self::new(variables, capacity);
        if pool.words > 0 {
            for row in rows.chunks_exact(pool.words).take(capacity) {
                pool.rows.extend_from_slice(row);
                pool.agrees.push(0);
            }
        }
        pool
    }

    fn bytes(&self) -> usize {
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

    /// The solution kept last, or another, that agrees with every choice.
    fn latest(&self) -> Option<usize> {
        let alive = |&place: &usize| self.agreement(place) == self.choices.len();
        Some(self.latest)
            .filter(|place| *place < self.count() && alive(place))
            .or_else(|| (0..self.count()).find(alive))
    }

    fn count(&self) -> usize {
        self.agrees.len()
    }

    /// The choices that a solution agrees with, counted from the first.
    fn agreement(&self, place: usize) -> usize {
        self.agrees.get(place).map_or(0, |&agrees| agrees as usize)
    }

    fn row(&self, place: usize) -> &[u64] {
        self.rows.chunks_exact(self.words.max(1)).nth(place).unwrap_or_default()
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
            self.latest = self.agrees.len();
            self.agrees.push(all);
            return;
        }
        let count = self.agrees.len();
        let victim = (0..count)
            .map(|step| (self.next + step) % count)
            .find(|&place| self.agrees.get(place).is_some_and(|&a| a < all))
            .unwrap_or(self.next);
        self.next = (victim + 1) % count.max(1);
        self.latest = victim;
        if let Some(old) = self.rows.chunks_exact_mut(self.words.max(1)).nth(victim) {
            old.copy_from_slice(row);
        }
        if let Some(agrees) = self.agrees.get_mut(victim) {
            *agrees = all;
        }
    }
}

/// What known solutions show together.
struct Seen {
    any: bool,
    /// Chosen in one of them.
    ever: Vec<u64>,
    /// Chosen in all of them.
    always: Vec<u64>,
}

impl Seen {
    fn new(words: usize) -> Self {
        Self { any: false, ever: vec![0; words], always: vec![u64::MAX; words] }
    }

    fn add(&mut self, row: &[u64]) {
        self.any = true;
        for ((ever, always), &word) in self.ever.iter_mut().zip(&mut self.always).zip(row) {
            *ever |= word;
            *always &= word;
        }
    }

    /// Whether a solution shows something new about these variables.
    fn would_add(&self, row: &[u64], open: &[u64]) -> bool {
        self.ever
            .iter()
            .zip(&self.always)
            .zip(row)
            .zip(open)
            .any(|(((ever, always), word), open)| ((word & !ever) | (!word & always)) & open != 0)
    }
}

/// A search with its known solutions and the options it is asked about.
#[derive(Debug, Clone)]
pub struct Explorer {
    /// The search, with what it has learnt.
    pub solver: Solver,
    witnesses: Witnesses,
    /// The variables that are options; the others are auxiliary.
    options: Arc<Bits>,
    row: Vec<u64>,
    repair: Repair,
}

/// A search that shows fewer literals than this could be a few repairs.
const FEW: usize = 8;

/// After so many repairs that fail the search takes over.
const FAILURES: usize = 64;

/// Repairs that took this many flips for each variable of the model have had their turn: a search
/// assigns each of them once and is led to what is still missing.
const PATIENCE: u64 = 2;

/// Solutions kept at most, and the memory they may take.
const POOL: usize = 1024;
const POOL_BYTES: usize = 8 << 20;

impl Explorer {
    /// Explores the options of a problem; `starters` are solutions as [`starters`](Self::starters)
    /// gives them.
    pub fn new(loaded: Arc<Loaded>, options: Arc<Bits>, starters: &[u64]) -> Self {
        let solver = Solver::new(loaded);
        let variables = solver.variables();
        let row_bytes = variables.div_ceil(64).max(1) * 8;
        let capacity = POOL.min(POOL_BYTES / row_bytes).max(16);
        Self {
            witnesses: Witnesses::starting(variables, capacity, starters),
            options,
            row: vec![0; variables.div_ceil(64)],
            repair: Repair::new(variables),
            solver,
        }
    }

    /// The solutions that are known, bitsets of variables one after the other.
    pub fn starters(&self) -> &[u64] {
        &self.witnesses.rows
    }

    /// The memory held, in bytes, without the shared problem.
    pub fn bytes(&self) -> usize {
        self.solver.bytes() + self.witnesses.bytes()
    }

    /// Fixes the choices and follows their plain consequences; the blamed choices on refutation.
    pub fn assume(&mut self, choices: &[Lit]) -> Result<(), Vec<Lit>> {
        self.solver.assume(choices)
    }

    /// Settles the valid set under the choices; on refutation the blamed choices.
    ///
    /// What is already known comes back unsettled when the steps run out.
    pub fn valid(&mut self, steps: u64) -> Result<ValidSet, NoValidSet> {
        self.solver.allow(steps);
        let choices = self.solver.assumptions().to_vec();
        self.witnesses.follow(&choices);
        let mut seen = Seen::new(self.row.len());
        for row in self.witnesses.alive() {
            seen.add(row);
        }
        let mut wanted = self.missing(&seen);
        if !wanted.is_empty() && self.mend_witnesses(&mut seen) {
            wanted = self.missing(&seen);
        }
        let mut settled = true;
        let mut patience = 0;
        while !seen.any || !wanted.is_empty() {
            if !self.solver.may_go_on() {
                settled = false;
                break;
            }
            // Searches that show little more than one literal each are dearer than repairs.
            if patience >= 2
                && let Some(&literal) = wanted.first()
                && self.vary(literal)
            {
                seen.add(&self.repair.row);
                let (solver, row) = (&self.solver, &self.repair.row);
                wanted.retain(|&l| solver.is_open(l) && !Witnesses::agrees(row, l));
                continue;
            }
            let before = wanted.len();
            self.solver.want(std::mem::take(&mut wanted));
            match self.solver.solve(Order::Steered) {
                Ok(Outcome::Solution) => {
                    self.solver.write_solution(&mut self.row);
                    self.witnesses.keep(&self.row);
                    seen.add(&self.row);
                }
                Ok(Outcome::Refuted(blamed)) => return Err(NoValidSet::Refuted(blamed)),
                Err(OutOfSteps) => {
                    settled = false;
                    break;
                }
            }
            wanted = std::mem::take(&mut self.solver.wanted);
            self.solver.rewind();
            let (solver, row) = (&self.solver, &self.row);
            wanted.retain(|&literal| solver.is_open(literal) && !Witnesses::agrees(row, literal));
            if wanted.len() + FEW > before {
                patience += 1;
            }
        }
        self.solver.rewind();
        if !seen.any {
            return Err(NoValidSet::OutOfSteps);
        }
        let mask = |words: Vec<u64>| {
            words.iter().zip(&self.options.0).map(|(word, options)| word & options).collect()
        };
        let left_out = seen.always.iter().map(|word| !word).collect();
        let (chosen, left_out) = (mask(seen.ever), mask(left_out));
        Ok(ValidSet { chosen: Bits(chosen), left_out: Bits(left_out), settled })
    }

    /// Learns what follows from each choice that may be the first, for at most so many steps.
    pub fn look_ahead(&mut self, steps: u64) {
        let end = self.solver.steps() + steps;
        for option in (0..).take(self.solver.variables()) {
            if !self.options.contains(option) {
                continue;
            }
            for choice in [Lit::positive(option), Lit::negative(option)] {
                let left = end.saturating_sub(self.solver.steps());
                if left == 0 {
                    return;
                }
                if self.assume(&[choice]).is_ok() {
                    // Whatever it finds out is worth keeping, finished or not.
                    let _ = self.valid(left);
                }
                // Looking through the known solutions is work too.
                self.solver.count_steps(self.witnesses.rows.len() / WORDS_PER_STEP);
            }
        }
    }

    /// The open option literals that no known solution shows.
    fn missing(&self, seen: &Seen) -> Vec<Lit> {
        let mut wanted = Vec::new();
        for (place, (&mask, (&ever, &always))) in
            self.options.0.iter().zip(seen.ever.iter().zip(&seen.always)).enumerate()
        {
            let mut missing = (!ever | always) & mask;
            while missing != 0 {
                let bit = missing.trailing_zeros();
                missing &= missing - 1;
                let variable = u32::try_from(place * 64).unwrap_or(u32::MAX) + bit;
                if !self.solver.is_open(Lit::positive(variable)) {
                    continue;
                }
                if ever >> bit & 1 == 0 {
                    wanted.push(Lit::positive(variable));
                }
                if always >> bit & 1 == 1 {
                    wanted.push(Lit::negative(variable));
                }
            }
        }
        wanted
    }

    /// Bends solutions that the last choice contradicts so that they follow it, as far as they
    /// show something that no other does.
    ///
    /// Whether any was bent.
    fn mend_witnesses(&mut self, seen: &mut Seen) -> bool {
        let choices = self.solver.assumptions().len();
        if choices == 0 {
            return false;
        }
        let fixed = self.solver.fixed().to_vec();
        let mut open = self.options.0.clone();
        for literal in &fixed {
            if let Some(word) = open.get_mut(literal.slot() / 64) {
                *word &= !(1 << (literal.slot() % 64));
            }
        }
        let (mut failures, mut any) = (0, false);
        let enough = self.solver.steps() + PATIENCE * self.solver.variables() as u64;
        for place in 0..self.witnesses.count() {
            if self.witnesses.agreement(place) + 1 != choices
                || !seen.would_add(self.witnesses.row(place), &open)
            {
                continue;
            }
            if self.bend(place, &fixed) {
                seen.add(&self.repair.row);
                any = true;
            } else {
                failures += 1;
            }
            if failures > FAILURES || self.solver.steps() > enough {
                break;
            }
        }
        any
    }

    /// Bends a solution so that literals hold, and keeps what comes out.
    fn bend(&mut self, place: usize, must: &[Lit]) -> bool {
        let solver = &self.solver;
        let row = self.witnesses.row(place);
        let open = |literal| solver.is_open(literal);
        let done = self.repair.attempt(solver.loaded(), row, must, &open).is_some();
        let row = &self.repair.row;
        let done = done && solver.within_bound(&|literal| Witnesses::agrees(row, literal));
        self.solver.count_steps(self.repair.flips());
        if done {
            self.witnesses.keep(&self.repair.row);
        }
        done
    }

    /// Bends a known solution so that it shows a literal.
    fn vary(&mut self, literal: Lit) -> bool {
        self.witnesses.latest().is_some_and(|latest| self.bend(latest, &[literal]))
    }
}
