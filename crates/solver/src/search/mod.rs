//! Propagation and conflict-driven search over one problem.
//!
//! The assumptions (the customer's choices) stay on the trail between questions: asking a new
//! question only undoes what lies above them. Groups, sums and tables propagate natively and are
//! explained only when a conflict asks for it.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a variable, literal, clause or row number made by this module"
)]

mod clauses;
mod conflict;
mod objective;
mod propagate;

use std::sync::Arc;

use super::problem::{Lists, Problem};
use super::{Lit, OutOfSteps};

/// Why a literal is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Decision,
    /// True in every solution.
    Fact,
    Clause(u32),
    /// The other literal of a group is true.
    Group(Lit),
    Sum(u32),
    Table(u32),
}

#[derive(Debug, Clone, Copy)]
enum Conflict {
    Clause(u32),
    Group(Lit, Lit),
    Sum(u32),
    Table(u32),
}

#[derive(Debug, Clone, Copy)]
struct Watch {
    blocker: Lit,
    /// The clause, with [`BINARY`] set when the blocker is its only other literal.
    clause: u32,
}

const BINARY: u32 = 1 << 31;

/// Words before the literals of a clause: its length (with [`LEARNT`]), then its rule, or, when
/// it is learnt, its glue, or in a traced search the number of its trace.
const HEADER: usize = 2;
const LEARNT: u32 = 1 << 31;

#[derive(Debug, Clone, Copy)]
struct Level {
    trail: u32,
    rows: u32,
    cursor: u32,
}

#[derive(Debug, Clone, Copy)]
struct SumUse {
    sum: u32,
    coefficient: i64,
}

#[derive(Debug, Clone, Copy)]
struct TableUse {
    table: u32,
    entry: u32,
    column: u32,
}

#[derive(Debug, Clone, Copy)]
struct SavedWord {
    table: u32,
    word: u32,
    bits: u64,
}

/// Rows by index: a compressed list of lists that never changes.
#[derive(Debug, Clone)]
struct Index<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Index<T> {
    fn build(rows: usize, pairs: Vec<(u32, T)>) -> Self {
        let Some(&(_, filler)) = pairs.first() else {
            return Self { starts: Vec::new(), items: Vec::new() };
        };
        let mut starts = vec![0_u32; rows + 1];
        for &(row, _) in &pairs {
            starts[row as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        // Counting sort: models are large and this runs whenever one is loaded.
        let mut next = starts.clone();
        let mut items = vec![filler; pairs.len()];
        for (row, item) in pairs {
            let place = &mut next[row as usize];
            items[*place as usize] = item;
            *place += 1;
        }
        Self { starts, items }
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        if self.starts.is_empty() {
            return 0..0;
        }
        self.starts[row] as usize..self.starts[row + 1] as usize
    }
}

/// The immutable part of a search: the problem and where each literal occurs in it.
#[derive(Debug)]
pub struct Loaded {
    /// What is asked.
    pub problem: Problem,
    clauses: Index<u32>,
    groups: Index<u32>,
    sums: Index<SumUse>,
    tables: Index<TableUse>,
}

impl Loaded {
    /// The clauses in which a literal stands.
    pub(crate) fn clauses_with(&self, literal: Lit) -> &[u32] {
        &self.clauses.items[self.clauses.range(literal.index())]
    }

    /// The groups in which a literal stands.
    pub(crate) fn groups_with(&self, literal: Lit) -> &[u32] {
        &self.groups.items[self.groups.range(literal.index())]
    }

    /// The sums to which a literal adds.
    pub(crate) fn sums_with(&self, literal: Lit) -> impl Iterator<Item = u32> + '_ {
        self.sums.items[self.sums.range(literal.index())].iter().map(|used| used.sum)
    }

    /// Adds the tables that speak of a variable.
    pub(crate) fn note_tables(&self, literal: Lit, tables: &mut Vec<u32>) {
        for side in [literal, !literal] {
            let uses = &self.tables.items[self.tables.range(side.index())];
            tables.extend(uses.iter().map(|used| used.table));
        }
    }

    /// Notes where each literal occurs.
    pub fn new(problem: Problem) -> Self {
        let literals = problem.variables as usize * 2;
        let mut clauses = Vec::with_capacity(problem.clauses.items.len());
        for (number, clause) in problem.clauses.iter().enumerate() {
            clauses.extend(clause.iter().map(|l| (l.code(), number as u32)));
        }
        let mut groups = Vec::new();
        for (number, group) in problem.groups.iter().enumerate() {
            groups.extend(group.iter().map(|l| (l.code(), number as u32)));
        }
        let mut sums = Vec::new();
        for (number, terms) in problem.sums.iter().enumerate() {
            sums.extend(terms.iter().map(|t| {
                (t.literal.code(), SumUse { sum: number as u32, coefficient: t.coefficient })
            }));
        }
        let mut tables = Vec::new();
        for (number, table) in problem.tables.iter().enumerate() {
            let mut entry = 0;
            for (column, entries) in table.columns.iter().enumerate() {
                for literal in entries {
                    let place = TableUse { table: number as u32, entry, column: column as u32 };
                    tables.push((literal.code(), place));
                    entry += 1;
                }
            }
        }
        Self {
            clauses: Index::build(literals, clauses),
            groups: Index::build(literals, groups),
            sums: Index::build(literals, sums),
            tables: Index::build(literals, tables),
            problem,
        }
    }
}

#[derive(Debug, Clone)]
struct TableState {
    /// The rows that nothing has ruled out.
    valid: Vec<u64>,
    /// The words of them: first the `live` ones that are not zero, then the others in the order in
    /// which they were emptied, so that undoing takes them back from the front.
    words: Vec<u32>,
    live: usize,
    dirty: bool,
}

/// The answer of one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All variables are assigned.
    Solution,
    /// No solution under these assumptions; some of them are to blame.
    Refuted(Vec<Lit>),
}

/// The queue of variables for decisions: the one moved last is decided first.
#[derive(Debug, Clone)]
struct Queue {
    next: Vec<u32>,
    previous: Vec<u32>,
    stamp: Vec<u64>,
    first: u32,
    last: u32,
    search: u32,
    clock: u64,
}

const NONE: u32 = u32::MAX;

impl Queue {
    fn new(variables: u32) -> Self {
        let n = variables as usize;
        // The first variable (the root of the model) stands at the end that is decided first.
        let mut queue = Self {
            next: vec![NONE; n],
            previous: vec![NONE; n],
            stamp: vec![0; n],
            first: NONE,
            last: NONE,
            search: NONE,
            clock: 0,
        };
        for variable in (0..variables).rev() {
            queue.append(variable);
        }
        queue.search = queue.last;
        queue
    }

    fn append(&mut self, variable: u32) {
        let slot = variable as usize;
        self.previous[slot] = self.last;
        self.next[slot] = NONE;
        if self.last == NONE {
            self.first = variable;
        } else {
            self.next[self.last as usize] = variable;
        }
        self.last = variable;
        self.clock += 1;
        self.stamp[slot] = self.clock;
    }

    fn remove(&mut self, variable: u32) {
        let (before, after) = (self.previous[variable as usize], self.next[variable as usize]);
        if before == NONE {
            self.first = after;
        } else {
            self.next[before as usize] = after;
        }
        if after == NONE {
            self.last = before;
        } else {
            self.previous[after as usize] = before;
        }
    }

    fn bump(&mut self, variable: u32, unassigned: bool) {
        if self.next[variable as usize] == NONE {
            return;
        }
        if self.search == variable {
            let (before, after) = (self.previous[variable as usize], self.next[variable as usize]);
            self.search = if before == NONE { after } else { before };
        }
        self.remove(variable);
        self.append(variable);
        if unassigned {
            self.search = variable;
        }
    }

    fn unassigned(&mut self, variable: u32) {
        if self.search == NONE || self.stamp[variable as usize] > self.stamp[self.search as usize] {
            self.search = variable;
        }
    }
}

/// What rules each learnt clause rests on; kept only by the search that explains.
#[derive(Debug, Clone, Default)]
struct Trace {
    rules: Vec<Vec<u32>>,
    /// The rules met by the analysis that is under way.
    met: Vec<u32>,
}

/// How decisions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The wanted literals first, then the most active variable with its last value.
    Steered,
    /// The wanted literals strictly in their order, then every other variable left out: the first
    /// solution is the best one in that order, whatever was learnt before.
    Strict,
}

/// A search over one problem.
#[derive(Debug, Clone)]
pub struct Solver {
    loaded: Arc<Loaded>,
    /// By literal: 1 true, -1 false, 0 open.
    value: Vec<i8>,
    level: Vec<u32>,
    position: Vec<u32>,
    reason: Vec<Reason>,
    phase: Vec<bool>,
    trail: Vec<Lit>,
    levels: Vec<Level>,
    head: usize,
    arena: Vec<u32>,
    watches: Vec<Vec<Watch>>,
    learnts: usize,
    learnt_limit: usize,
    sums: Vec<i64>,
    extra: Option<ExtraSum>,
    tables: Vec<TableState>,
    residues: Vec<Vec<u32>>,
    saved: Vec<SavedWord>,
    dirty: Vec<u32>,
    queue: Queue,
    seen: Vec<bool>,
    buffer: Vec<Lit>,
    learnt: Vec<Lit>,
    to_clear: Vec<u32>,
    facts: Vec<Lit>,
    assumptions: Vec<Lit>,
    /// Literals to decide first.
    pub wanted: Vec<Lit>,
    cursor: u32,
    broken: bool,
    /// How many literals follow from the problem without search.
    given: usize,
    trace: Option<Trace>,
    steps: u64,
    step_limit: u64,
}

/// A bound on an objective that may tighten during the search.
#[derive(Debug, Clone)]
struct ExtraSum {
    terms: Vec<(i64, Lit)>,
    /// By literal.
    coefficient: Vec<i64>,
    bound: i64,
    total: i64,
}

/// The reason number of the bound on the objective.
const EXTRA: u32 = u32::MAX;

impl Solver {
    /// A search that gives answers without their reasons.
    pub fn new(loaded: Arc<Loaded>) -> Self {
        Self::build(loaded, false)
    }

    /// A search that remembers which rules each of its conclusions rests on.
    pub fn traced(loaded: Arc<Loaded>) -> Self {
        Self::build(loaded, true)
    }

    fn build(loaded: Arc<Loaded>, traced: bool) -> Self {
        let problem = &loaded.problem;
        let n = problem.variables as usize;
        let tables: Vec<TableState> = problem
            .tables
            .iter()
            .map(|t| TableState {
                valid: t.all_rows(),
                words: (0..t.words() as u32).collect(),
                live: t.words(),
                dirty: false,
            })
            .collect();
        let residues = problem.tables.iter().map(|t| vec![0; t.columns.items.len()]).collect();
        let mut solver = Self {
            value: vec![0; 2 * n],
            level: vec![0; n],
            position: vec![0; n],
            reason: vec![Reason::Decision; n],
            phase: vec![false; n],
            trail: Vec::with_capacity(n),
            levels: Vec::new(),
            head: 0,
            arena: Vec::with_capacity(problem.clauses.items.len() + HEADER * problem.clauses.len()),
            watches: vec![Vec::new(); 2 * n],
            learnts: 0,
            learnt_limit: 4000,
            sums: vec![0; problem.sums.len()],
            extra: None,
            residues,
            saved: Vec::new(),
            dirty: (0..tables.len() as u32).collect(),
            tables,
            queue: Queue::new(problem.variables),
            seen: vec![false; n],
            buffer: Vec::new(),
            learnt: Vec::new(),
            to_clear: Vec::new(),
            facts: Vec::new(),
            assumptions: Vec::new(),
            wanted: Vec::new(),
            cursor: 0,
            broken: false,
            given: 0,
            trace: traced.then(Trace::default),
            steps: 0,
            step_limit: u64::MAX,
            loaded: Arc::clone(&loaded),
        };
        for table in &mut solver.tables {
            table.dirty = true;
        }
        let problem = &loaded.problem;
        // An explanation names rules, and lemmas have none.
        let lemmas = if traced { &Lists::default() } else { &problem.lemmas };
        let mut sizes = vec![0_u32; 2 * n];
        for clause in problem.clauses.iter().chain(lemmas.iter()) {
            for literal in clause.iter().take(2) {
                sizes[literal.index()] += 1;
            }
        }
        for (list, &size) in solver.watches.iter_mut().zip(&sizes) {
            list.reserve_exact(size as usize);
        }
        let mut units = Vec::new();
        for (literals, &rule) in problem.clauses.iter().zip(&problem.clause_rules) {
            let clause = solver.store(literals, rule, false);
            match *literals {
                [] => solver.broken = true,
                [literal] => units.push((literal, clause)),
                _ => solver.watch(clause),
            }
        }
        for literals in lemmas.iter() {
            let clause = solver.store(literals, NONE, false);
            match *literals {
                [literal] => units.push((literal, clause)),
                _ => solver.watch(clause),
            }
        }
        if traced {
            // Nothing is a fact here: even what always holds has rules to name.
            solver.open_level();
            for (literal, clause) in units {
                match solver.value[literal.index()] {
                    0 => solver.enqueue(literal, Reason::Clause(clause)),
                    -1 => {
                        solver.broken = true;
                        solver.explain(!literal);
                        solver.note_clause(clause);
                    }
                    _ => {}
                }
            }
        } else {
            for (literal, _) in units {
                solver.fact(literal);
            }
            if !solver.broken && solver.propagate().is_some() {
                solver.broken = true;
            }
        }
        solver.given = solver.trail.len();
        solver
    }

    /// How many variables the problem has.
    pub fn variables(&self) -> usize {
        self.phase.len()
    }

    /// Whether there is no solution at all, whatever is assumed.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Allows so many more steps; one step is one literal propagated or one conflict.
    pub fn allow(&mut self, steps: u64) {
        self.step_limit = self.steps.saturating_add(steps);
    }

    /// How many learnt clauses are kept before the weaker half is forgotten.
    pub fn forget_after(&mut self, clauses: usize) {
        self.learnt_limit = clauses;
    }

    /// Whether a literal is true on the trail, as it stands.
    pub fn is_true(&self, literal: Lit) -> bool {
        self.value[literal.index()] > 0
    }

    /// Whether nothing is decided about a literal on the trail, as it stands.
    pub fn is_open(&self, literal: Lit) -> bool {
        self.value[literal.index()] == 0
    }

    /// What is assumed.
    pub(crate) fn assumptions(&self) -> &[Lit] {
        &self.assumptions
    }

    /// The level up to which assumptions are decided; a traced search keeps one level below them.
    fn base(&self) -> usize {
        self.assumptions.len() + usize::from(self.trace.is_some())
    }

    // ---- trail -------------------------------------------------------------------------------

    fn open_level(&mut self) {
        self.levels.push(Level {
            trail: self.trail.len() as u32,
            rows: self.saved.len() as u32,
            cursor: self.cursor,
        });
    }

    fn enqueue(&mut self, literal: Lit, reason: Reason) {
        let slot = literal.slot();
        self.value[literal.index()] = 1;
        self.value[(!literal).index()] = -1;
        self.level[slot] = self.levels.len() as u32;
        self.position[slot] = self.trail.len() as u32;
        self.reason[slot] = reason;
        self.trail.push(literal);
    }

    /// Records a literal that is true in every solution.
    fn fact(&mut self, literal: Lit) {
        match self.value[literal.index()] {
            1 if self.level[literal.slot()] == 0 => {}
            0 => {
                self.enqueue(literal, Reason::Fact);
                if !self.levels.is_empty() {
                    self.facts.push(literal);
                    self.level[literal.slot()] = 0;
                }
            }
            1 => self.facts.push(literal),
            _ if self.level[literal.slot()] == 0 => self.broken = true,
            _ => self.facts.push(literal),
        }
    }

    fn backtrack(&mut self, level: usize) {
        let Some(&Level { trail, rows, cursor }) = self.levels.get(level) else { return };
        let loaded = Arc::clone(&self.loaded);
        let start = trail as usize;
        for place in (start..self.trail.len()).rev() {
            let literal = self.trail[place];
            let slot = literal.slot();
            if place < self.head {
                for used in &loaded.sums.items[loaded.sums.range(literal.index())] {
                    self.sums[used.sum as usize] -= used.coefficient;
                }
                if let Some(extra) = &mut self.extra {
                    extra.total -= extra.coefficient[literal.index()];
                }
            }
            self.value[literal.index()] = 0;
            self.value[(!literal).index()] = 0;
            self.phase[slot] = literal.is_positive();
            self.queue.unassigned(literal.variable());
        }
        self.trail.truncate(start);
        self.head = self.head.min(start);
        while self.saved.len() > rows as usize {
            if let Some(SavedWord { table, word, bits }) = self.saved.pop() {
                let state = &mut self.tables[table as usize];
                if state.valid[word as usize] == 0 {
                    state.live += 1;
                }
                state.valid[word as usize] = bits;
            }
        }
        self.cursor = cursor;
        self.levels.truncate(level);
        if level == 0 && !self.facts.is_empty() {
            for literal in std::mem::take(&mut self.facts) {
                self.fact(literal);
            }
        }
    }

    // ---- questions ---------------------------------------------------------------------------

    /// Undoes everything above the assumptions.
    pub fn rewind(&mut self) {
        self.backtrack(self.base());
    }

    /// Makes the assumptions exactly these, keeping the levels that they share with the old ones.
    ///
    /// On refutation the assumptions before the refused one stand, and the blamed ones are given.
    pub fn assume(&mut self, wanted: &[Lit]) -> Result<(), Vec<Lit>> {
        let shared =
            self.assumptions.iter().zip(wanted).take_while(|(old, new)| old == new).count();
        if shared < self.assumptions.len() && !self.facts.is_empty() && self.trace.is_none() {
            // What was found to hold always moves to the bottom of the trail.
            self.assumptions.clear();
        }
        self.assumptions.truncate(shared);
        self.rewind();
        loop {
            if self.broken {
                self.blame_empty_clause();
                return Err(Vec::new());
            }
            if let Some(conflict) = self.propagate() {
                if let Some(blamed) = self.resolve(conflict) {
                    return Err(blamed);
                }
                continue;
            }
            let Some(&next) = wanted.get(self.assumptions.len()) else { return Ok(()) };
            if self.value[next.index()] < 0 {
                if let Some(trace) = &mut self.trace {
                    trace.met.clear();
                }
                self.explain(!next);
                let mut blamed = self.blame();
                if self.reason[next.slot()] == Reason::Decision && !blamed.contains(&!next) {
                    blamed.push(!next);
                }
                blamed.push(next);
                return Err(blamed);
            }
            self.open_level();
            self.assumptions.push(next);
            if self.value[next.index()] == 0 {
                self.enqueue(next, Reason::Decision);
            }
        }
    }

    /// Looks for a solution under the assumptions.
    pub fn solve(&mut self, order: Order) -> Result<Outcome, OutOfSteps> {
        let base = self.base();
        let mut conflicts: u64 = 0;
        let mut restart = 100;
        let mut restarts: u64 = 0;
        loop {
            if self.broken {
                self.blame_empty_clause();
                return Ok(Outcome::Refuted(Vec::new()));
            }
            if let Some(conflict) = self.propagate() {
                conflicts += 1;
                if let Some(blamed) = self.resolve(conflict) {
                    return Ok(Outcome::Refuted(blamed));
                }
                continue;
            }
            if self.steps > self.step_limit {
                self.rewind();
                return Err(OutOfSteps);
            }
            if conflicts >= restart && order == Order::Steered {
                restarts += 1;
                restart = conflicts + 100 * luby(restarts);
                self.rewind();
                if self.trace.is_none() && self.learnts > self.learnt_limit {
                    self.reduce();
                }
            }
            let Some(decision) = self.decide(order, conflicts, base) else {
                return Ok(Outcome::Solution);
            };
            self.open_level();
            self.enqueue(decision, Reason::Decision);
        }
    }

    fn decide(&mut self, order: Order, conflicts: u64, base: usize) -> Option<Lit> {
        // Steering that keeps running into conflicts costs more than it shows; the first wanted
        // literal is the one that has to be decided either way.
        let steer = order == Order::Strict || conflicts < 20 || self.levels.len() <= base;
        while steer && let Some(&literal) = self.wanted.get(self.cursor as usize) {
            if self.value[literal.index()] == 0 {
                return Some(literal);
            }
            self.cursor += 1;
        }
        if order == Order::Strict {
            // The queue cannot be trusted to keep an order, so the rest goes by number.
            let from = (self.cursor as usize).saturating_sub(self.wanted.len());
            for variable in from..self.phase.len() {
                let literal = Lit::negative(variable as u32);
                if self.value[literal.index()] == 0 {
                    self.cursor = (self.wanted.len() + variable) as u32;
                    return Some(literal);
                }
            }
            return None;
        }
        let mut variable = self.queue.search;
        while variable != NONE && self.value[Lit::positive(variable).index()] != 0 {
            variable = self.queue.previous[variable as usize];
        }
        self.queue.search = variable;
        (variable != NONE).then(|| Lit::new(variable, self.phase[variable as usize]))
    }

    /// What holds under the assumptions by propagation, and what was learnt to hold.
    pub(crate) fn fixed(&self) -> &[Lit] {
        let end = match self.levels.get(self.base()) {
            Some(level) => level.trail as usize,
            None => self.trail.len(),
        };
        &self.trail[..end]
    }

    /// The problem.
    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// Counts work that was done outside the search.
    pub(crate) fn count_steps(&mut self, steps: usize) {
        self.steps += steps as u64;
    }

    /// The steps taken so far, by all questions.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether there are steps left.
    pub(crate) fn may_go_on(&self) -> bool {
        self.steps <= self.step_limit
    }

    /// Starts the wanted list anew.
    pub fn want(&mut self, wanted: Vec<Lit>) {
        self.rewind();
        self.wanted = wanted;
        self.cursor = 0;
        for level in &mut self.levels {
            level.cursor = 0;
        }
    }

    /// A rule that nothing can satisfy explains itself.
    fn blame_empty_clause(&mut self) {
        let Some(trace) = &mut self.trace else { return };
        if trace.met.is_empty() {
            let problem = &self.loaded.problem;
            let empty = problem.clauses.iter().position(<[Lit]>::is_empty);
            trace.met.extend(empty.map(|place| problem.clause_rules[place]));
        }
    }

    /// Copies the assignment into a bitset of chosen variables.
    pub fn write_solution(&self, bits: &mut [u64]) {
        bits.fill(0);
        for literal in &self.trail {
            if literal.is_positive() {
                bits[literal.slot() / 64] |= 1 << (literal.slot() % 64);
            }
        }
    }

    /// What was learnt of all solutions in clauses of at most two literals.
    pub fn lemmas(&mut self) -> Lists<Lit> {
        self.assumptions.clear();
        self.backtrack(0);
        if !self.broken && self.propagate().is_some() {
            self.broken = true;
        }
        let mut lemmas = Lists::default();
        for &literal in &self.trail[self.given..] {
            lemmas.push(&[literal]);
        }
        let mut at = 0;
        while at < self.arena.len() {
            let size = (self.arena[at] & !LEARNT) as usize;
            let literals = &self.arena[at + HEADER..][..size];
            if self.arena[at] & LEARNT != 0 && size == 2 {
                lemmas.push(&[Lit::from_code(literals[0]), Lit::from_code(literals[1])]);
            }
            at += HEADER + size;
        }
        lemmas
    }

    /// The memory held, in bytes, without the shared problem.
    pub fn bytes(&self) -> usize {
        let watches: usize =
            self.watches.iter().map(|w| w.capacity() * size_of::<Watch>()).sum::<usize>();
        let tables: usize = self.tables.iter().map(|t| t.valid.capacity() * 12).sum::<usize>();
        let residues: usize = self.residues.iter().map(|r| r.capacity() * 4).sum();
        watches
            + tables
            + residues
            + self.watches.capacity() * size_of::<Vec<Watch>>()
            + self.arena.capacity() * 4
            + self.phase.len() * (2 + 4 + 4 + size_of::<Reason>() + 2 + 4 + 8 + 8)
    }
}

/// The sequence 1 1 2 1 1 2 4 …, by which restarts grow.
fn luby(index: u64) -> u64 {
    let mut rest = index;
    loop {
        let bits = u64::BITS - rest.leading_zeros();
        if rest + 1 == 1 << bits {
            return 1 << (bits - 1);
        }
        rest -= (1 << (bits - 1)) - 1;
    }
}
