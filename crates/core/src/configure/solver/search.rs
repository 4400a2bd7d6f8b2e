//! Propagation and conflict-driven search over one problem.
//!
//! The assumptions (the customer's choices) stay on the trail between questions: asking a new
//! question only undoes what lies above them. Groups, sums and tables propagate natively and are
//! explained only when a conflict asks for it.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a variable, literal, clause or row number made by this module"
)]

use std::sync::Arc;

use super::problem::{Problem, Table};
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
pub(crate) struct Loaded {
    pub(crate) problem: Problem,
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

    pub(crate) fn new(problem: Problem) -> Self {
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
    valid: Vec<u64>,
    dirty: bool,
}

/// The answer of one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
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
pub(crate) enum Order {
    /// The wanted literals first, then the most active variable with its last value.
    Steered,
    /// The wanted literals strictly in their order, then every other variable left out: the first
    /// solution is the best one in that order, whatever was learnt before.
    Strict,
}

/// A search over one problem.
#[derive(Debug, Clone)]
pub(crate) struct Solver {
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
    pub(crate) wanted: Vec<Lit>,
    cursor: u32,
    broken: bool,
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
    pub(crate) fn new(loaded: Arc<Loaded>) -> Self {
        Self::build(loaded, false)
    }

    /// A search that remembers which rules each of its conclusions rests on.
    pub(crate) fn traced(loaded: Arc<Loaded>) -> Self {
        Self::build(loaded, true)
    }

    fn build(loaded: Arc<Loaded>, traced: bool) -> Self {
        let problem = &loaded.problem;
        let n = problem.variables as usize;
        let tables: Vec<TableState> = problem
            .tables
            .iter()
            .map(|t| TableState { valid: t.all_rows(), dirty: false })
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
            trace: traced.then(Trace::default),
            steps: 0,
            step_limit: u64::MAX,
            loaded: Arc::clone(&loaded),
        };
        for table in &mut solver.tables {
            table.dirty = true;
        }
        let problem = &loaded.problem;
        let mut sizes = vec![0_u32; 2 * n];
        for clause in problem.clauses.iter() {
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
        solver
    }

    pub(crate) fn variables(&self) -> usize {
        self.phase.len()
    }

    /// Whether there is no solution at all, whatever is assumed.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Allows so many more steps; one step is one literal propagated or one conflict.
    pub(crate) fn allow(&mut self, steps: u64) {
        self.step_limit = self.steps.saturating_add(steps);
    }

    /// How many learnt clauses are kept before the weaker half is forgotten.
    #[cfg(test)]
    pub(crate) fn forget_after(&mut self, clauses: usize) {
        self.learnt_limit = clauses;
    }

    pub(crate) fn is_true(&self, literal: Lit) -> bool {
        self.value[literal.index()] > 0
    }

    pub(crate) fn is_open(&self, literal: Lit) -> bool {
        self.value[literal.index()] == 0
    }

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
                self.tables[table as usize].valid[word as usize] = bits;
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

    // ---- clauses -----------------------------------------------------------------------------

    fn store(&mut self, literals: &[Lit], tag: u32, learnt: bool) -> u32 {
        let clause = self.arena.len() as u32;
        self.arena.push(literals.len() as u32 | if learnt { LEARNT } else { 0 });
        self.arena.push(tag);
        self.arena.extend(literals.iter().map(|l| l.code()));
        clause
    }

    fn clause_len(&self, clause: u32) -> usize {
        (self.arena[clause as usize] & !LEARNT) as usize
    }

    fn watch(&mut self, clause: u32) {
        let first = clause as usize + HEADER;
        let (a, b) = (Lit::from_code(self.arena[first]), Lit::from_code(self.arena[first + 1]));
        let tag = if self.clause_len(clause) == 2 { clause | BINARY } else { clause };
        self.watches[a.index()].push(Watch { blocker: b, clause: tag });
        self.watches[b.index()].push(Watch { blocker: a, clause: tag });
    }

    /// Forgets the weaker half of what was learnt.
    fn reduce(&mut self) {
        let mut locked = Vec::new();
        for literal in &self.trail {
            if let Reason::Clause(clause) = self.reason[literal.slot()] {
                locked.push(clause);
            }
        }
        locked.sort_unstable();
        let mut learnt = Vec::with_capacity(self.learnts);
        let mut at = 0;
        while at < self.arena.len() {
            let header = self.arena[at];
            if header & LEARNT != 0 {
                learnt.push((self.arena[at + 1], at as u32));
            }
            at += HEADER + (header & !LEARNT) as usize;
        }
        // Small glue first; among equals the younger clause is worth more.
        learnt.sort_by_key(|&(glue, clause)| (glue, std::cmp::Reverse(clause)));
        let mut dropped: Vec<u32> = learnt
            .iter()
            .skip(self.learnts / 2)
            .filter(|&&(glue, clause)| glue > 2 && locked.binary_search(&clause).is_err())
            .map(|&(_, clause)| clause)
            .collect();
        dropped.sort_unstable();
        // Move what stays together, and note for each clause where it went.
        let mut moved: Vec<(u32, u32)> = Vec::new();
        let (mut from, mut to) = (0_usize, 0_usize);
        let mut next_dropped = dropped.iter().copied().peekable();
        while from < self.arena.len() {
            let size = HEADER + (self.arena[from] & !LEARNT) as usize;
            if next_dropped.next_if_eq(&(from as u32)).is_some() {
                moved.push((from as u32, NONE));
            } else {
                if from != to {
                    self.arena.copy_within(from..from + size, to);
                    moved.push((from as u32, to as u32));
                }
                to += size;
            }
            from += size;
        }
        self.arena.truncate(to);
        self.learnts -= dropped.len();
        let target = |clause: u32| match moved.binary_search_by_key(&clause, |&(old, _)| old) {
            Ok(place) => moved[place].1,
            Err(_) => clause,
        };
        for list in &mut self.watches {
            list.retain_mut(|watch| {
                let new = target(watch.clause & !BINARY);
                watch.clause = new | (watch.clause & BINARY);
                new != NONE
            });
        }
        for literal in &self.trail {
            let reason = &mut self.reason[literal.slot()];
            if let Reason::Clause(clause) = reason {
                *clause = target(*clause);
            }
        }
        self.learnt_limit += self.learnt_limit / 10;
    }

    // ---- propagation -------------------------------------------------------------------------

    fn propagate(&mut self) -> Option<Conflict> {
        let loaded = Arc::clone(&self.loaded);
        loop {
            while self.head < self.trail.len() {
                let literal = self.trail[self.head];
                self.head += 1;
                self.steps += 1;
                if let Some(conflict) = self.propagate_literal(&loaded, literal) {
                    self.clean();
                    return Some(conflict);
                }
            }
            let table = self.dirty.pop()?;
            self.tables[table as usize].dirty = false;
            if let Some(conflict) = self.filter(&loaded.problem.tables[table as usize], table) {
                self.clean();
                return Some(conflict);
            }
        }
    }

    fn clean(&mut self) {
        for table in self.dirty.drain(..) {
            self.tables[table as usize].dirty = false;
        }
    }

    fn propagate_literal(&mut self, loaded: &Loaded, literal: Lit) -> Option<Conflict> {
        // Counters first and all of them: undoing relies on it.
        let sums = loaded.sums.range(literal.index());
        for used in &loaded.sums.items[sums.clone()] {
            self.sums[used.sum as usize] += used.coefficient;
        }
        if let Some(extra) = &mut self.extra {
            extra.total += extra.coefficient[literal.index()];
        }
        if !loaded.tables.items.is_empty() {
            self.touch_tables(loaded, literal);
        }
        if let Some(conflict) = self.propagate_clauses(!literal) {
            return Some(conflict);
        }
        for &group in &loaded.groups.items[loaded.groups.range(literal.index())] {
            for &other in loaded.problem.groups.get(group as usize) {
                match self.value[other.index()] {
                    0 => self.enqueue(!other, Reason::Group(literal)),
                    1 if other != literal => return Some(Conflict::Group(literal, other)),
                    _ => {}
                }
            }
        }
        for used in &loaded.sums.items[sums] {
            if let Some(conflict) = self.propagate_sum(loaded, used.sum) {
                return Some(conflict);
            }
        }
        if self.extra.as_ref().is_some_and(|extra| extra.coefficient[literal.index()] > 0) {
            return self.propagate_extra();
        }
        None
    }

    fn propagate_clauses(&mut self, false_literal: Lit) -> Option<Conflict> {
        let mut list = std::mem::take(&mut self.watches[false_literal.index()]);
        let (mut read, mut write) = (0, 0);
        let mut conflict = None;
        'watches: while read < list.len() {
            let watch = list[read];
            read += 1;
            let blocked = self.value[watch.blocker.index()];
            if blocked > 0 {
                list[write] = watch;
                write += 1;
                continue;
            }
            if watch.clause & BINARY != 0 {
                list[write] = watch;
                write += 1;
                let clause = watch.clause & !BINARY;
                if blocked == 0 {
                    self.enqueue(watch.blocker, Reason::Clause(clause));
                    continue;
                }
                conflict = Some(Conflict::Clause(clause));
                break;
            }
            let start = watch.clause as usize + HEADER;
            let end = start + (self.arena[watch.clause as usize] & !LEARNT) as usize;
            let literals = &mut self.arena[start..end];
            if literals[0] == false_literal.code() {
                literals.swap(0, 1);
            }
            let first = Lit::from_code(literals[0]);
            let first_value = self.value[first.index()];
            let kept = Watch { blocker: first, clause: watch.clause };
            if first_value > 0 {
                list[write] = kept;
                write += 1;
                continue;
            }
            for place in 2..literals.len() {
                let other = Lit::from_code(literals[place]);
                if self.value[other.index()] >= 0 {
                    literals.swap(1, place);
                    self.watches[other.index()].push(kept);
                    continue 'watches;
                }
            }
            list[write] = kept;
            write += 1;
            if first_value == 0 {
                self.enqueue(first, Reason::Clause(watch.clause));
            } else {
                conflict = Some(Conflict::Clause(watch.clause));
                break;
            }
        }
        if read < list.len() {
            list.copy_within(read.., write);
        }
        list.truncate(write + list.len() - read);
        self.watches[false_literal.index()] = list;
        conflict
    }

    fn propagate_sum(&mut self, loaded: &Loaded, sum: u32) -> Option<Conflict> {
        let slack = loaded.problem.sum_bounds[sum as usize] - self.sums[sum as usize];
        if slack < 0 {
            return Some(Conflict::Sum(sum));
        }
        for term in loaded.problem.sums.get(sum as usize) {
            if term.coefficient <= slack {
                break;
            }
            if self.value[term.literal.index()] == 0 {
                self.enqueue(!term.literal, Reason::Sum(sum));
            }
        }
        None
    }

    fn propagate_extra(&mut self) -> Option<Conflict> {
        let extra = self.extra.take()?;
        let slack = extra.bound - extra.total;
        if slack >= 0 {
            for &(coefficient, literal) in &extra.terms {
                if coefficient <= slack {
                    break;
                }
                if self.value[literal.index()] == 0 {
                    self.enqueue(!literal, Reason::Sum(EXTRA));
                }
            }
        }
        self.extra = Some(extra);
        (slack < 0).then_some(Conflict::Sum(EXTRA))
    }

    fn touch_tables(&mut self, loaded: &Loaded, literal: Lit) {
        for (side, truth) in [(literal, true), (!literal, false)] {
            for used in &loaded.tables.items[loaded.tables.range(side.index())] {
                let table = &loaded.problem.tables[used.table as usize];
                let words = table.words();
                let support = &table.support[used.entry as usize * words..][..words];
                let wildcard = &table.wildcard[used.column as usize * words..][..words];
                let state = &mut self.tables[used.table as usize];
                let mut changed = false;
                for (word, valid) in state.valid.iter_mut().enumerate() {
                    if *valid == 0 {
                        continue;
                    }
                    let mask = if truth { support[word] } else { !support[word] | wildcard[word] };
                    let left = *valid & mask;
                    if left != *valid {
                        if !self.levels.is_empty() {
                            self.saved.push(SavedWord {
                                table: used.table,
                                word: word as u32,
                                bits: *valid,
                            });
                        }
                        *valid = left;
                        changed = true;
                    }
                }
                if changed && !state.dirty {
                    state.dirty = true;
                    self.dirty.push(used.table);
                }
            }
        }
    }

    /// Leaves out every entry without a row that still allows it.
    fn filter(&mut self, table: &Table, number: u32) -> Option<Conflict> {
        let words = table.words();
        let valid = std::mem::take(&mut self.tables[number as usize].valid);
        let mut residues = std::mem::take(&mut self.residues[number as usize]);
        let empty = valid.iter().all(|&word| word == 0);
        if !empty {
            for (entry, &literal) in table.columns.items.iter().enumerate() {
                if self.value[literal.index()] != 0 {
                    continue;
                }
                let support = &table.support[entry * words..][..words];
                let residue = residues[entry] as usize;
                if valid[residue] & support[residue] != 0 {
                    continue;
                }
                match valid.iter().zip(support).position(|(v, s)| v & s != 0) {
                    Some(word) => residues[entry] = word as u32,
                    None => self.enqueue(!literal, Reason::Table(number)),
                }
            }
        }
        self.residues[number as usize] = residues;
        self.tables[number as usize].valid = valid;
        empty.then_some(Conflict::Table(number))
    }

    // ---- explanations ------------------------------------------------------------------------

    /// Puts into the buffer true literals that together imply `literal`.
    fn explain(&mut self, literal: Lit) {
        self.buffer.clear();
        let limit = self.position[literal.slot()];
        match self.reason[literal.slot()] {
            Reason::Decision | Reason::Fact => {}
            Reason::Clause(clause) => {
                self.note_clause(clause);
                let start = clause as usize + HEADER;
                for &code in &self.arena[start..start + self.clause_len(clause)] {
                    let other = Lit::from_code(code);
                    if other != literal {
                        self.buffer.push(!other);
                    }
                }
            }
            Reason::Group(other) => {
                self.note_group(other, !literal);
                self.buffer.push(other);
            }
            Reason::Sum(sum) => self.explain_sum(sum, Some(!literal), limit),
            Reason::Table(table) => self.explain_table(table, Some(!literal), limit),
        }
    }

    fn explain_conflict(&mut self, conflict: Conflict) {
        self.buffer.clear();
        match conflict {
            Conflict::Clause(clause) => {
                self.note_clause(clause);
                let start = clause as usize + HEADER;
                for &code in &self.arena[start..start + self.clause_len(clause)] {
                    self.buffer.push(!Lit::from_code(code));
                }
            }
            Conflict::Group(a, b) => {
                self.note_group(a, b);
                self.buffer.extend([a, b]);
            }
            Conflict::Sum(sum) => self.explain_sum(sum, None, u32::MAX),
            Conflict::Table(table) => self.explain_table(table, None, u32::MAX),
        }
    }

    /// True terms before `limit` that leave no room for `refused`, largest first.
    fn explain_sum(&mut self, sum: u32, refused: Option<Lit>, limit: u32) {
        let loaded = Arc::clone(&self.loaded);
        let (mut room, mut needed) = (0_i128, Vec::new());
        let mut visit = |coefficient: i64, literal: Lit, solver: &Self| {
            if Some(literal) == refused {
                room -= i128::from(coefficient);
            } else if solver.value[literal.index()] > 0 && solver.position[literal.slot()] < limit {
                needed.push((coefficient, literal));
            }
        };
        if sum == EXTRA {
            let Some(extra) = &self.extra else { return };
            for &(coefficient, literal) in &extra.terms {
                visit(coefficient, literal, self);
            }
            room += i128::from(extra.bound);
        } else {
            for term in loaded.problem.sums.get(sum as usize) {
                visit(term.coefficient, term.literal, self);
            }
            room += i128::from(loaded.problem.sum_bounds[sum as usize]);
            if let Some(trace) = &mut self.trace {
                trace.met.push(loaded.problem.sum_rules[sum as usize]);
            }
        }
        for (coefficient, literal) in needed {
            if room < 0 {
                break;
            }
            room -= i128::from(coefficient);
            self.buffer.push(literal);
        }
    }

    /// Literals before `limit` that rule out every row (every row that allows `refused`).
    fn explain_table(&mut self, number: u32, refused: Option<Lit>, limit: u32) {
        let loaded = Arc::clone(&self.loaded);
        let table = &loaded.problem.tables[number as usize];
        if let Some(trace) = &mut self.trace {
            trace.met.push(table.rule);
        }
        let words = table.words();
        let mut refused_entries = Vec::new();
        let mut killers = Vec::new();
        let mut entry = 0_usize;
        for (column, entries) in table.columns.iter().enumerate() {
            for &literal in entries {
                if Some(literal) == refused {
                    refused_entries.push(entry);
                } else {
                    let value = self.value[literal.index()];
                    let position = self.position[literal.slot()];
                    if value != 0 && position < limit {
                        // A chosen entry rules out more rows than one that is left out.
                        killers.push((value < 0, position, entry, column, literal));
                    }
                }
                entry += 1;
            }
        }
        killers
            .sort_unstable_by_key(|&(left_out, position, entry, ..)| (left_out, position, entry));
        // A literal may stand in several columns: any one of its entries without a row refutes it.
        let mut best: Option<Vec<Lit>> = None;
        let goals: Vec<Option<usize>> = match refused {
            Some(_) => refused_entries.into_iter().map(Some).collect(),
            None => vec![None],
        };
        for goal in goals {
            let mut rows = match goal {
                Some(entry) => table.support[entry * words..][..words].to_vec(),
                None => table.all_rows(),
            };
            let mut reasons = Vec::new();
            let mut left = rows.iter().any(|&word| word != 0);
            for &(left_out, _, entry, column, literal) in &killers {
                if !left {
                    break;
                }
                let support = &table.support[entry * words..][..words];
                let wildcard = &table.wildcard[column * words..][..words];
                let mut hit = false;
                left = false;
                for (word, row) in rows.iter_mut().enumerate() {
                    let mask =
                        if left_out { !support[word] | wildcard[word] } else { support[word] };
                    hit |= *row & !mask != 0;
                    *row &= mask;
                    left |= *row != 0;
                }
                if hit {
                    reasons.push(if left_out { !literal } else { literal });
                }
            }
            if !left && best.as_ref().is_none_or(|b| reasons.len() < b.len()) {
                best = Some(reasons);
            }
        }
        self.buffer.extend(best.unwrap_or_default());
    }

    fn note_clause(&mut self, clause: u32) {
        let Some(trace) = &mut self.trace else { return };
        let tag = self.arena[clause as usize + 1];
        if self.arena[clause as usize] & LEARNT == 0 {
            trace.met.push(tag);
        } else {
            let rules = &trace.rules[tag as usize];
            trace.met.extend_from_slice(rules);
        }
    }

    fn note_group(&mut self, a: Lit, b: Lit) {
        let Some(trace) = &mut self.trace else { return };
        let loaded = &self.loaded;
        let group = loaded.groups.items[loaded.groups.range(a.index())]
            .iter()
            .find(|&&group| loaded.problem.groups.get(group as usize).contains(&b));
        if let Some(&group) = group {
            trace.met.push(loaded.problem.group_rules[group as usize]);
        }
    }

    // ---- conflicts ---------------------------------------------------------------------------

    /// Learns from a conflict; `Some` is the blamed assumptions when none can be avoided.
    fn resolve(&mut self, conflict: Conflict) -> Option<Vec<Lit>> {
        self.steps += 1;
        if let Some(trace) = &mut self.trace {
            trace.met.clear();
        }
        self.explain_conflict(conflict);
        let top = self.buffer.iter().map(|l| self.level[l.slot()]).max().unwrap_or(0) as usize;
        if top <= self.base() {
            let blamed = self.blame();
            let root = usize::from(self.trace.is_some());
            if top <= root {
                self.broken = true;
            } else {
                // The level that fails is not a place to come back to.
                self.assumptions.truncate(top - root - 1);
                self.rewind();
            }
            return Some(blamed);
        }
        if top < self.levels.len() {
            self.backtrack(top);
        }
        self.learn(top as u32);
        None
    }

    fn learn(&mut self, top: u32) {
        self.learnt.clear();
        self.learnt.push(Lit::from_code(0));
        let mut open = 0;
        let mut place = self.trail.len();
        let asserted = loop {
            for k in 0..self.buffer.len() {
                let literal = self.buffer[k];
                let slot = literal.slot();
                if self.seen[slot] || self.level[slot] == 0 {
                    continue;
                }
                self.seen[slot] = true;
                self.to_clear.push(slot as u32);
                if self.level[slot] == top {
                    open += 1;
                } else {
                    self.learnt.push(!literal);
                }
            }
            let next = loop {
                place -= 1;
                let literal = self.trail[place];
                if self.seen[literal.slot()] && self.level[literal.slot()] == top {
                    break literal;
                }
            };
            open -= 1;
            if open == 0 {
                break !next;
            }
            self.explain(next);
        };
        self.learnt[0] = asserted;
        if self.trace.is_none() {
            self.shrink_learnt();
        }
        for k in 0..self.to_clear.len() {
            let variable = self.to_clear[k];
            self.seen[variable as usize] = false;
            // Still assigned: undoing the level hands it to the queue.
            self.queue.bump(variable, false);
        }
        self.to_clear.clear();
        self.install();
    }

    /// Drops literals that the rest of the clause already implies.
    fn shrink_learnt(&mut self) {
        let mut kept = 1;
        for k in 1..self.learnt.len() {
            let literal = self.learnt[k];
            let implied = match self.reason[literal.slot()] {
                Reason::Clause(clause) => {
                    let start = clause as usize + HEADER;
                    let len = self.clause_len(clause);
                    self.arena[start..start + len].iter().all(|&code| {
                        let slot = Lit::from_code(code).slot();
                        self.seen[slot] || self.level[slot] == 0
                    })
                }
                Reason::Group(other) => self.seen[other.slot()] || self.level[other.slot()] == 0,
                _ => false,
            };
            if !implied {
                self.learnt[kept] = literal;
                kept += 1;
            }
        }
        self.learnt.truncate(kept);
    }

    fn install(&mut self) {
        let base = self.base();
        let asserted = self.learnt[0];
        let trace = self.trace.as_mut().map(|trace| {
            let mut rules = std::mem::take(&mut trace.met);
            rules.sort_unstable();
            rules.dedup();
            trace.rules.push(rules);
            (trace.rules.len() - 1) as u32
        });
        if self.learnt.len() == 1 && trace.is_none() {
            self.backtrack(base);
            self.fact(asserted);
            return;
        }
        let mut second = 1;
        for k in 2..self.learnt.len() {
            if self.level[self.learnt[k].slot()] > self.level[self.learnt[second].slot()] {
                second = k;
            }
        }
        let jump = match self.learnt.get(second) {
            Some(literal) => self.level[literal.slot()] as usize,
            None => base,
        };
        if self.learnt.len() > 2 {
            self.learnt.swap(1, second);
        }
        let tag = match trace {
            Some(tag) => tag,
            None => {
                let mut levels: Vec<u32> =
                    self.learnt.iter().map(|l| self.level[l.slot()]).collect();
                levels.sort_unstable();
                levels.dedup();
                levels.len() as u32
            }
        };
        self.backtrack(jump.max(base));
        let literals = std::mem::take(&mut self.learnt);
        let clause = self.store(&literals, tag, true);
        self.learnts += 1;
        if literals.len() > 1 {
            self.watch(clause);
        }
        self.learnt = literals;
        self.enqueue(asserted, Reason::Clause(clause));
    }

    /// The assumptions from which the literals in the buffer follow.
    fn blame(&mut self) -> Vec<Lit> {
        let mut blamed = Vec::new();
        let mut open: Vec<Lit> = Vec::new();
        loop {
            for k in 0..self.buffer.len() {
                let literal = self.buffer[k];
                let slot = literal.slot();
                if !self.seen[slot] && self.level[slot] > 0 {
                    self.seen[slot] = true;
                    self.to_clear.push(slot as u32);
                    open.push(literal);
                }
            }
            let Some(literal) = open.pop() else { break };
            if self.reason[literal.slot()] == Reason::Decision {
                self.buffer.clear();
                blamed.push(literal);
            } else {
                self.explain(literal);
            }
        }
        for variable in self.to_clear.drain(..) {
            self.seen[variable as usize] = false;
        }
        blamed.sort_unstable();
        blamed
    }

    /// The rules behind the refutation that was answered last; only of a traced search.
    pub(crate) fn blamed_rules(&mut self) -> Vec<u32> {
        let mut rules = self.trace.as_mut().map(|t| std::mem::take(&mut t.met)).unwrap_or_default();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    // ---- questions ---------------------------------------------------------------------------

    /// Undoes everything above the assumptions.
    pub(crate) fn rewind(&mut self) {
        self.backtrack(self.base());
    }

    /// Makes the assumptions exactly these, keeping the levels that they share with the old ones.
    ///
    /// On refutation the assumptions before the refused one stand, and the blamed ones are given.
    pub(crate) fn assume(&mut self, wanted: &[Lit]) -> Result<(), Vec<Lit>> {
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
    pub(crate) fn solve(&mut self, order: Order) -> Result<Outcome, OutOfSteps> {
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

    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// Counts work that was done outside the search.
    pub(crate) fn count_steps(&mut self, steps: usize) {
        self.steps += steps as u64;
    }

    pub(crate) fn may_go_on(&self) -> bool {
        self.steps <= self.step_limit
    }

    /// Starts the wanted list anew.
    pub(crate) fn want(&mut self, wanted: Vec<Lit>) {
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
    pub(crate) fn write_solution(&self, bits: &mut [u64]) {
        bits.fill(0);
        for literal in &self.trail {
            if literal.is_positive() {
                bits[literal.slot() / 64] |= 1 << (literal.slot() % 64);
            }
        }
    }

    // ---- objective ---------------------------------------------------------------------------

    /// Bounds a sum of positive terms from above, for this search only.
    ///
    /// Everything learnt from here on may rest on the bound: it can be tightened, never loosened.
    pub(crate) fn bound_objective(&mut self, mut terms: Vec<(i64, Lit)>, bound: i64) {
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
    pub(crate) fn tighten(&mut self, bound: i64) {
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

    /// The memory held, in bytes, without the shared problem.
    pub(crate) fn bytes(&self) -> usize {
        let watches: usize =
            self.watches.iter().map(|w| w.capacity() * size_of::<Watch>()).sum::<usize>();
        let tables: usize = self.tables.iter().map(|t| t.valid.capacity() * 8).sum::<usize>();
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
