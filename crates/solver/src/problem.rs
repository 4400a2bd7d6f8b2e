//! The constraints of a compiled model, as flat lists.

use super::Lit;

/// The most variables a problem may have: a literal and its flag bits share 32 bits.
pub const MAX_VARIABLES: u32 = 1 << 28;

/// A list of lists in two vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists<T> {
    /// Where each list ends among the items.
    pub ends: Vec<u32>,
    /// The items of all lists, one list after the other.
    pub items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    /// Adds a list.
    pub fn push(&mut self, items: &[T]) {
        self.items.extend_from_slice(items);
        self.ends.push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no list.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A list; an empty one where there is none.
    pub fn get(&self, index: usize) -> &[T] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.items.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// The lists in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// One addend of a linear sum: `coefficient` counts when `literal` is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// What counts when it is true.
    pub literal: Lit,
    /// How much it counts.
    pub coefficient: i64,
}

/// Allowed rows over columns of literals.
///
/// A row holds when in each column its own entry is true and every other entry is false; a
/// wildcard asks nothing of its column. The table holds when one of its rows does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The rule it comes from.
    pub rule: u32,
    /// How many rows there are.
    pub rows: u32,
    /// The entries of each column.
    pub columns: Lists<Lit>,
    /// For each entry in turn, the rows that allow it: `words` words each.
    pub support: Vec<u64>,
    /// For each column in turn, the rows with a wildcard there: `words` words each.
    pub wildcard: Vec<u64>,
}

/// A row position: the index of an entry in its column, or a wildcard.
pub const WILDCARD: u32 = u32::MAX;

impl Table {
    /// Builds a table from rows of entry indices.
    pub fn new(rule: u32, columns: &[Vec<Lit>], rows: &[Vec<u32>]) -> Self {
        let mut lists = Lists::default();
        for column in columns {
            lists.push(column);
        }
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let words = rows.len().div_ceil(64);
        let mut support = vec![0_u64; words * lists.items.len()];
        let mut wildcard = vec![0_u64; words * columns.len()];
        for (number, row) in rows.iter().enumerate() {
            let bit = 1_u64 << (number % 64);
            let mut first = 0;
            for (place, (column, &value)) in columns.iter().zip(row).enumerate() {
                let mut set = |entry: usize| {
                    if let Some(word) = support.get_mut((first + entry) * words + number / 64) {
                        *word |= bit;
                    }
                };
                if value == WILDCARD {
                    (0..column.len()).for_each(&mut set);
                    if let Some(word) = wildcard.get_mut(place * words + number / 64) {
                        *word |= bit;
                    }
                } else {
                    set(value as usize);
                }
                first += column.len();
            }
        }
        Self { rule, rows: count, columns: lists, support, wildcard }
    }

    /// The entries that each row asks for.
    pub fn rows(&self) -> Vec<Vec<Lit>> {
        let words = self.words().max(1);
        let mut rows = vec![Vec::new(); self.rows as usize];
        let mut support = self.support.chunks_exact(words);
        for (column, wild) in self.columns.iter().zip(self.wildcard.chunks_exact(words)) {
            for (&literal, with) in column.iter().zip(&mut support) {
                for (number, row) in rows.iter_mut().enumerate() {
                    let bit = |words: &[u64]| {
                        words.get(number / 64).map_or(0, |w| w >> (number % 64) & 1)
                    };
                    if bit(with) == 1 && bit(wild) == 0 {
                        row.push(literal);
                    }
                }
            }
        }
        rows
    }

    /// The same table, with one row more that holds while a literal is true.
    pub fn unless(&self, literal: Lit) -> Self {
        let words = (self.rows as usize + 1).div_ceil(64);
        let widened = |lists: &[u64], last: bool| -> Vec<u64> {
            let mut out = Vec::with_capacity(lists.len() + words);
            for list in lists.chunks_exact(self.words().max(1)) {
                let start = out.len();
                out.extend_from_slice(list);
                out.resize(start + words, 0);
                if last && let Some(word) = out.get_mut(start + self.rows as usize / 64) {
                    *word |= 1 << (self.rows % 64);
                }
            }
            out
        };
        let mut table = Self {
            rule: self.rule,
            rows: self.rows + 1,
            columns: self.columns.clone(),
            support: widened(&self.support, true),
            wildcard: widened(&self.wildcard, true),
        };
        // The column of the literal: the other rows do not ask for it.
        table.columns.push(&[literal]);
        table.support.extend(table.all_rows());
        let mut others = table.all_rows();
        if let Some(word) = others.get_mut(self.rows as usize / 64) {
            *word &= !(1 << (self.rows % 64));
        }
        table.wildcard.extend(others);
        table
    }

    /// How many words a bitset of rows has.
    pub fn words(&self) -> usize {
        (self.rows as usize).div_ceil(64)
    }

    /// Every row, as a bitset.
    pub(crate) fn all_rows(&self) -> Vec<u64> {
        let mut words = vec![u64::MAX; self.words()];
        let rest = self.rows % 64;
        if rest != 0
            && let Some(last) = words.last_mut()
        {
            *last = (1_u64 << rest) - 1;
        }
        words
    }
}

/// Constraints over boolean variables; each carries the number of the rule it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// How many variables there are; they count from zero.
    pub variables: u32,
    /// At least one literal is true.
    pub clauses: Lists<Lit>,
    /// The rule of each clause.
    pub clause_rules: Vec<u32>,
    /// At most one literal is true.
    pub groups: Lists<Lit>,
    /// The rule of each group.
    pub group_rules: Vec<u32>,
    /// The sum of the terms is at most the bound; coefficients are positive, largest first.
    pub sums: Lists<Term>,
    /// The bound of each sum.
    pub sum_bounds: Vec<i64>,
    /// The rule of each sum.
    pub sum_rules: Vec<u32>,
    /// One row of each table holds.
    pub tables: Vec<Table>,
    /// Clauses of one or two literals that follow from all the rest: they say nothing new, and
    /// spare a search that needs no reasons from finding out again.
    pub lemmas: Lists<Lit>,
}

/// A sum whose total does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SumOverflow;

impl Problem {
    /// Adds a variable.
    pub fn variable(&mut self) -> u32 {
        self.variables += 1;
        self.variables - 1
    }

    /// Adds a clause, without its repeated literals; a tautology is dropped.
    pub fn clause(&mut self, rule: u32, literals: &[Lit]) {
        let mut sorted = literals.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if *a == !*b)) {
            return;
        }
        self.clauses.push(&sorted);
        self.clause_rules.push(rule);
    }

    /// Adds "at most one of"; a repeated literal cannot be true at all.
    pub fn at_most_one(&mut self, rule: u32, literals: &[Lit]) {
        let mut sorted = literals.to_vec();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a.variable() == b.variable())) {
            // Rare and small: spell it out instead of teaching the group propagator about it.
            for (place, &a) in literals.iter().enumerate() {
                for &b in literals.iter().skip(place + 1) {
                    self.clause(rule, &[!a, !b]);
                }
            }
            return;
        }
        match sorted.as_slice() {
            [] | [_] => {}
            [a, b] => self.clause(rule, &[!*a, !*b]),
            _ => {
                self.groups.push(&sorted);
                self.group_rules.push(rule);
            }
        }
    }

    /// Adds `sum of terms <= bound` in normal form: one positive coefficient per variable.
    pub fn at_most(
        &mut self,
        rule: u32,
        terms: &[(i64, Lit)],
        bound: i64,
    ) -> Result<(), SumOverflow> {
        let mut bound = i128::from(bound);
        let mut merged: Vec<(u32, i128)> = Vec::with_capacity(terms.len());
        for &(coefficient, literal) in terms {
            let coefficient = i128::from(coefficient);
            // c·¬x = c − c·x
            let signed = if literal.is_positive() {
                coefficient
            } else {
                bound -= coefficient;
                -coefficient
            };
            merged.push((literal.variable(), signed));
        }
        merged.sort_by_key(|&(variable, _)| variable);
        let mut normal: Vec<(i128, Lit)> = Vec::with_capacity(merged.len());
        for run in merged.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(variable, _)) = run.first() else { continue };
            let total: i128 = run.iter().map(|&(_, coefficient)| coefficient).sum();
            match total {
                0 => {}
                1.. => normal.push((total, Lit::positive(variable))),
                _ => {
                    // −c·x = c·¬x − c
                    bound += -total;
                    normal.push((-total, Lit::negative(variable)));
                }
            }
        }
        let sum: i128 = normal.iter().map(|&(coefficient, _)| coefficient).sum();
        if sum <= bound {
            return Ok(());
        }
        if bound < 0 {
            self.clause(rule, &[]);
            return Ok(());
        }
        // A coefficient above the bound forbids its literal whatever its size.
        for (coefficient, _) in &mut normal {
            *coefficient = (*coefficient).min(bound + 1);
        }
        normal.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let literals: Vec<Lit> = normal.iter().map(|&(_, literal)| literal).collect();
        let smallest_pair = normal.iter().rev().take(2).map(|&(c, _)| c).sum::<i128>();
        if bound == 0 {
            for literal in literals {
                self.clause(rule, &[!literal]);
            }
            return Ok(());
        }
        if normal.iter().all(|&(c, _)| c <= bound) && smallest_pair > bound {
            self.at_most_one(rule, &literals);
            return Ok(());
        }
        let largest = normal.first().map_or(0, |&(c, _)| c);
        let smallest = normal.last().map_or(0, |&(c, _)| c);
        if largest == smallest && sum - largest <= bound {
            let all: Vec<Lit> = literals.iter().map(|&literal| !literal).collect();
            self.clause(rule, &all);
            return Ok(());
        }
        let total: i128 = normal.iter().map(|&(c, _)| c).sum();
        if i64::try_from(total).is_err() {
            return Err(SumOverflow);
        }
        let bound = i64::try_from(bound).map_err(|_| SumOverflow)?;
        let terms: Vec<Term> = normal
            .into_iter()
            .map(|(coefficient, literal)| {
                Ok(Term {
                    literal,
                    coefficient: i64::try_from(coefficient).map_err(|_| SumOverflow)?,
                })
            })
            .collect::<Result<_, SumOverflow>>()?;
        self.sums.push(&terms);
        self.sum_bounds.push(bound);
        self.sum_rules.push(rule);
        Ok(())
    }

    /// Adds `sum of terms >= bound`.
    pub fn at_least(
        &mut self,
        rule: u32,
        terms: &[(i64, Lit)],
        bound: i64,
    ) -> Result<(), SumOverflow> {
        let negated = terms
            .iter()
            .map(|&(c, literal)| Ok((c.checked_neg().ok_or(SumOverflow)?, literal)))
            .collect::<Result<Vec<_>, SumOverflow>>()?;
        self.at_most(rule, &negated, bound.checked_neg().ok_or(SumOverflow)?)
    }

    /// Adds a table of allowed rows.
    pub fn table(&mut self, rule: u32, columns: &[Vec<Lit>], rows: &[Vec<u32>]) {
        if rows.is_empty() {
            self.clause(rule, &[]);
        } else {
            self.tables.push(Table::new(rule, columns, rows));
        }
    }

    /// The part of the problem that comes from some rules, over its own dense variables, with the
    /// original variable of each.
    pub fn restricted(&self, keep: &dyn Fn(u32) -> bool) -> (Self, Vec<u32>) {
        let mut renumber =
            Renumber { forward: vec![u32::MAX; self.variables as usize], back: Vec::new() };
        let mut part = Self::default();
        for (literals, &rule) in self.clauses.iter().zip(&self.clause_rules) {
            if keep(rule) {
                part.clauses.push(&renumber.all(literals));
                part.clause_rules.push(rule);
            }
        }
        for (literals, &rule) in self.groups.iter().zip(&self.group_rules) {
            if keep(rule) {
                part.groups.push(&renumber.all(literals));
                part.group_rules.push(rule);
            }
        }
        for ((terms, &bound), &rule) in self.sums.iter().zip(&self.sum_bounds).zip(&self.sum_rules)
        {
            if keep(rule) {
                let terms: Vec<Term> = terms
                    .iter()
                    .map(|t| Term { literal: renumber.one(t.literal), coefficient: t.coefficient })
                    .collect();
                part.sums.push(&terms);
                part.sum_bounds.push(bound);
                part.sum_rules.push(rule);
            }
        }
        for table in &self.tables {
            if keep(table.rule) {
                let mut copy = table.clone();
                for literal in &mut copy.columns.items {
                    *literal = renumber.one(*literal);
                }
                part.tables.push(copy);
            }
        }
        part.variables = u32::try_from(renumber.back.len()).unwrap_or(u32::MAX);
        (part, renumber.back)
    }

    /// Whether an assignment satisfies every constraint.
    pub fn holds(&self, value: &dyn Fn(Lit) -> bool) -> bool {
        self.clauses.iter().all(|clause| clause.iter().any(|&l| value(l)))
            && self.groups.iter().all(|group| group.iter().filter(|&&l| value(l)).count() <= 1)
            && self.sums.iter().zip(&self.sum_bounds).all(|(terms, &bound)| {
                terms.iter().filter(|t| value(t.literal)).map(|t| t.coefficient).sum::<i64>()
                    <= bound
            })
            && self.tables.iter().all(|table| table.holds(value))
    }
}

impl Table {
    /// Whether an assignment satisfies one of the rows.
    pub fn holds(&self, value: &dyn Fn(Lit) -> bool) -> bool {
        let words = self.words();
        let mut rows = self.all_rows();
        let mut entry = 0;
        for (place, column) in self.columns.iter().enumerate() {
            for &literal in column {
                let support = self.support.chunks_exact(words.max(1)).nth(entry).unwrap_or(&[]);
                let wildcard = self.wildcard.chunks_exact(words.max(1)).nth(place).unwrap_or(&[]);
                for ((row, &s), &w) in rows.iter_mut().zip(support).zip(wildcard) {
                    *row &= if value(literal) { s } else { !s | w };
                }
                entry += 1;
            }
        }
        rows.iter().any(|&word| word != 0)
    }
}

struct Renumber {
    forward: Vec<u32>,
    back: Vec<u32>,
}

impl Renumber {
    fn one(&mut self, literal: Lit) -> Lit {
        let next = u32::try_from(self.back.len()).unwrap_or(u32::MAX);
        let Some(slot) = self.forward.get_mut(literal.slot()) else { return literal };
        if *slot == u32::MAX {
            *slot = next;
            self.back.push(literal.variable());
        }
        Lit::new(*slot, literal.is_positive())
    }

    fn all(&mut self, literals: &[Lit]) -> Vec<Lit> {
        literals.iter().map(|&literal| self.one(literal)).collect()
    }
}
