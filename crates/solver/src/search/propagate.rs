//! What follows at once: clauses, groups, sums and tables.

use std::sync::Arc;

use super::{BINARY, Conflict, EXTRA, HEADER, LEARNT, Loaded, Reason, SavedWord, Solver, Watch};
use crate::problem::Table;
use crate::{Lit, WORDS_PER_STEP};

impl Solver {
    pub(super) fn propagate(&mut self) -> Option<Conflict> {
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

    pub(super) fn clean(&mut self) {
        for table in self.dirty.drain(..) {
            self.tables[table as usize].dirty = false;
        }
    }

    pub(super) fn propagate_literal(&mut self, loaded: &Loaded, literal: Lit) -> Option<Conflict> {
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

    pub(super) fn propagate_clauses(&mut self, false_literal: Lit) -> Option<Conflict> {
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

    pub(super) fn propagate_sum(&mut self, loaded: &Loaded, sum: u32) -> Option<Conflict> {
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

    pub(super) fn propagate_extra(&mut self) -> Option<Conflict> {
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

    pub(super) fn touch_tables(&mut self, loaded: &Loaded, literal: Lit) {
        // What makes room for another entry of its column has nothing left to rule out.
        let chosen = match self.reason[literal.slot()] {
            Reason::Group(other) => Some(other),
            _ => None,
        };
        for (side, truth) in [(literal, true), (!literal, false)] {
            for used in &loaded.tables.items[loaded.tables.range(side.index())] {
                let table = &loaded.problem.tables[used.table as usize];
                if let Some(chosen) = chosen
                    && !truth
                    && table.columns.get(used.column as usize).contains(&chosen)
                {
                    continue;
                }
                let words = table.words();
                let support = &table.support[used.entry as usize * words..][..words];
                let wildcard = &table.wildcard[used.column as usize * words..][..words];
                let state = &mut self.tables[used.table as usize];
                self.steps += (state.live / WORDS_PER_STEP) as u64;
                let mut changed = false;
                for place in (0..state.live).rev() {
                    let word = state.words[place] as usize;
                    let valid = state.valid[word];
                    let mask = if truth { support[word] } else { !support[word] | wildcard[word] };
                    let left = valid & mask;
                    if left == valid {
                        continue;
                    }
                    if !self.levels.is_empty() {
                        self.saved.push(SavedWord {
                            table: used.table,
                            word: word as u32,
                            bits: valid,
                        });
                    }
                    state.valid[word] = left;
                    changed = true;
                    if left == 0 {
                        state.live -= 1;
                        state.words.swap(place, state.live);
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
    pub(super) fn filter(&mut self, table: &Table, number: u32) -> Option<Conflict> {
        let words = table.words();
        self.steps += (table.columns.items.len() / WORDS_PER_STEP) as u64;
        let state = &mut self.tables[number as usize];
        let (valid, live) = (std::mem::take(&mut state.valid), std::mem::take(&mut state.words));
        let left = state.live;
        let mut residues = std::mem::take(&mut self.residues[number as usize]);
        if left > 0 {
            for (entry, &literal) in table.columns.items.iter().enumerate() {
                if self.value[literal.index()] != 0 {
                    continue;
                }
                let support = &table.support[entry * words..][..words];
                let residue = residues[entry] as usize;
                if valid[residue] & support[residue] != 0 {
                    continue;
                }
                let supports = |&&word: &&u32| valid[word as usize] & support[word as usize] != 0;
                match live[..left].iter().find(supports) {
                    Some(&word) => residues[entry] = word,
                    None => self.enqueue(!literal, Reason::Table(number)),
                }
            }
        }
        self.residues[number as usize] = residues;
        let state = &mut self.tables[number as usize];
        (state.valid, state.words) = (valid, live);
        (left == 0).then_some(Conflict::Table(number))
    }
}
