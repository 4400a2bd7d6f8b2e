//! Why something follows, and what to learn from a contradiction.

use std::sync::Arc;

use super::{Conflict, EXTRA, HEADER, LEARNT, Reason, Solver};
use crate::Lit;

impl Solver {
    /// Puts into the buffer true literals that together imply `literal`.
    pub(super) fn explain(&mut self, literal: Lit) {
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

    pub(super) fn explain_conflict(&mut self, conflict: Conflict) {
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
    pub(super) fn explain_sum(&mut self, sum: u32, refused: Option<Lit>, limit: u32) {
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
    pub(super) fn explain_table(&mut self, number: u32, refused: Option<Lit>, limit: u32) {
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

    pub(super) fn note_clause(&mut self, clause: u32) {
        let Some(trace) = &mut self.trace else { return };
        let tag = self.arena[clause as usize + 1];
        if self.arena[clause as usize] & LEARNT == 0 {
            trace.met.push(tag);
        } else {
            let rules = &trace.rules[tag as usize];
            trace.met.extend_from_slice(rules);
        }
    }

    pub(super) fn note_group(&mut self, a: Lit, b: Lit) {
        let Some(trace) = &mut self.trace else { return };
        let loaded = &self.loaded;
        let group = loaded.groups.items[loaded.groups.range(a.index())]
            .iter()
            .find(|&&group| loaded.problem.groups.get(group as usize).contains(&b));
        if let Some(&group) = group {
            trace.met.push(loaded.problem.group_rules[group as usize]);
        }
    }

    /// Learns from a conflict; `Some` is the blamed assumptions when none can be avoided.
    pub(super) fn resolve(&mut self, conflict: Conflict) -> Option<Vec<Lit>> {
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

    pub(super) fn learn(&mut self, top: u32) {
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
    pub(super) fn shrink_learnt(&mut self) {
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

    pub(super) fn install(&mut self) {
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
    pub(super) fn blame(&mut self) -> Vec<Lit> {
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
    pub fn blamed_rules(&mut self) -> Vec<u32> {
        let mut rules = self.trace.as_mut().map(|t| std::mem::take(&mut t.met)).unwrap_or_default();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}
