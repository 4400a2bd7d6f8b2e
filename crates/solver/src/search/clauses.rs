//! The store of clauses, given and learnt.

use super::{BINARY, HEADER, LEARNT, NONE, Reason, Solver, Watch};
use crate::Lit;

impl Solver {
    pub(super) fn store(&mut self, literals: &[Lit], tag: u32, learnt: bool) -> u32 {
        let clause = self.arena.len() as u32;
        self.arena.push(literals.len() as u32 | if learnt { LEARNT } else { 0 });
        self.arena.push(tag);
        self.arena.extend(literals.iter().map(|l| l.code()));
        clause
    }

    pub(super) fn clause_len(&self, clause: u32) -> usize {
        (self.arena[clause as usize] & !LEARNT) as usize
    }

    pub(super) fn watch(&mut self, clause: u32) {
        let first = clause as usize + HEADER;
        let (a, b) = (Lit::from_code(self.arena[first]), Lit::from_code(self.arena[first + 1]));
        let tag = if self.clause_len(clause) == 2 { clause | BINARY } else { clause };
        self.watches[a.index()].push(Watch { blocker: b, clause: tag });
        self.watches[b.index()].push(Watch { blocker: a, clause: tag });
    }

    /// Forgets the weaker half of what was learnt.
    pub(super) fn reduce(&mut self) {
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
}
