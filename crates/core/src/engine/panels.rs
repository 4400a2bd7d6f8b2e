//! Which rules a plain line meets: those of its kind of product, one bit for each, and masks of what
//! a kind of customer, a day and a quantity leave of them.
//!
//! A thousand promotions of which three hold today cost a line three look at, and sixteen words.
//! The masks of customers are exact; those of days and quantities only leave out what certainly
//! does not hold, so that they stay small whatever the dates: a rule looks at its own dates and
//! bounds before it is granted.

use super::RuleIndex;
use crate::calendar::Days;

/// A rule that plain lines may meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<T> {
    pub(crate) days: Days,
    /// The lower bound that is reached and the upper one that is not, in millionths.
    pub(crate) quantity: (i64, i64),
    pub(crate) rule: T,
}

/// The rules of every kind of product.
#[derive(Debug)]
pub(crate) struct Panels<T> {
    panels: Vec<Panel>,
    entries: Vec<Entry<T>>,
    bounds: Vec<i64>,
    words: Vec<u64>,
}

/// The rules of one kind of product: where they lie, and their masks.
#[derive(Debug, Clone, Copy)]
struct Panel {
    entries: u32,
    count: u32,
    /// How many words a mask has.
    width: u32,
    /// Where the masks by kind of customer begin; those by day and by quantity follow.
    kinds: u32,
    days: u32,
    quantities: u32,
    /// Days from here on are told apart, some together.
    first_day: i32,
    last_bucket: u32,
    shift: u32,
    bounds: u32,
    bound_count: u32,
}

/// The most words of all masks; a book beyond that is priced the general way.
const MAX_WORDS: usize = 1 << 19;
/// Days are told apart in at most so many buckets for each rule, and in all.
const BUCKETS_PER_RULE: i64 = 8;
const MAX_BUCKETS: i64 = 512;
/// So many bounds of quantities are told apart by masks.
const MAX_BOUNDS: usize = 15;

impl<T: Copy> Panels<T> {
    /// Lays out the rules of an index; `arrange` makes entries of gates and sets their order.
    /// `None` where the index has no table, or the masks would be too large.
    pub(super) fn new(
        index: &RuleIndex,
        mut arrange: impl FnMut(&[u32]) -> Vec<(u32, Entry<T>)>,
    ) -> Option<Self> {
        if !index.has_table() {
            return None;
        }
        let mut panels =
            Self { panels: Vec::new(), entries: Vec::new(), bounds: Vec::new(), words: Vec::new() };
        for set in 0..index.sets() {
            panels.lay_out(index, set, &arrange(&index.gates_of_set(set)))?;
        }
        Some(panels)
    }

    fn lay_out(&mut self, index: &RuleIndex, set: u32, rules: &[(u32, Entry<T>)]) -> Option<()> {
        let number = |n: usize| u32::try_from(n).ok();
        let width = rules.len().div_ceil(64);
        let starts = rules.iter().map(|(_, entry)| entry.days.from).filter(|&day| day != i32::MIN);
        let ends = rules.iter().map(|(_, entry)| entry.days.to).filter(|&day| day != i32::MAX);
        let days = || starts.clone().chain(ends.clone());
        let (first_day, last_day) = (days().min().unwrap_or(0), days().max().unwrap_or(0));
        let span = i64::from(last_day) - i64::from(first_day) + 1;
        let most = (BUCKETS_PER_RULE * i64::try_from(rules.len()).ok()?).clamp(1, MAX_BUCKETS);
        let shift = (0..32).find(|shift| span >> shift < most)?;
        // Before the first day is a bucket of its own, and so is what comes after the last.
        let last_bucket = u32::try_from((span >> shift) + 1).ok()?;
        let mut bounds: Vec<i64> = rules
            .iter()
            .flat_map(|(_, entry)| [entry.quantity.0, entry.quantity.1])
            .filter(|&bound| bound != i64::MIN && bound != i64::MAX)
            .collect();
        bounds.sort_unstable();
        bounds.dedup();
        bounds.truncate(MAX_BOUNDS);

        let panel = Panel {
            entries: number(self.entries.len())?,
            count: number(rules.len())?,
            width: number(width)?,
            kinds: number(self.words.len())?,
            days: number(self.words.len() + index.kinds() as usize * width)?,
            quantities: number(
                self.words.len() + (index.kinds() + last_bucket + 1) as usize * width,
            )?,
            first_day,
            last_bucket,
            shift,
            bounds: number(self.bounds.len())?,
            bound_count: number(bounds.len())?,
        };
        let masks = (index.kinds() + last_bucket + 1) as usize + bounds.len() + 1;
        if masks.saturating_mul(width).saturating_add(self.words.len()) > MAX_WORDS {
            return None;
        }
        self.mask(rules, index.kinds(), |kind, gate, _| {
            index.cell(kind, set).is_some_and(|open| open.binary_search(&gate).is_ok())
        });
        self.mask(rules, last_bucket + 1, |bucket, _, entry| {
            panel.bucket(entry.days.from) <= bucket
                && bucket <= panel.bucket(entry.days.to.saturating_sub(1))
        });
        self.mask(rules, panel.bound_count + 1, |class, _, entry| {
            let from = class.checked_sub(1).and_then(|below| bounds.get(below as usize));
            let to = bounds.get(class as usize);
            let (least, below) = entry.quantity;
            to.is_none_or(|&to| least < to) && from.is_none_or(|&from| from < below)
        });
        self.bounds.extend_from_slice(&bounds);
        self.entries.extend(rules.iter().map(|(_, entry)| *entry));
        self.panels.push(panel);
        Some(())
    }

    /// Adds some masks, with one bit for each rule that holds.
    fn mask(
        &mut self,
        rules: &[(u32, Entry<T>)],
        count: u32,
        holds: impl Fn(u32, u32, &Entry<T>) -> bool,
    ) {
        for mask in 0..count {
            for part in rules.chunks(64) {
                let bits = (0..).zip(part).filter(|(_, (gate, entry))| holds(mask, *gate, entry));
                self.words.push(bits.fold(0, |word, (bit, _): (u32, _)| word | 1_u64 << bit));
            }
        }
    }

    /// The rules that a line may meet, in their order; `None` where there is no such panel.
    #[inline]
    pub(crate) fn open(&self, set: u32, kind: u32, day: i32, quantity: i64) -> Option<Open<'_, T>> {
        let panel = self.panels.get(set as usize)?;
        let bounds = panel.bounds as usize;
        let bounds = self.bounds.get(bounds..bounds + panel.bound_count as usize)?;
        let class = bounds.iter().fold(0, |class, bound| class + u32::from(*bound <= quantity));
        let start = panel.entries as usize;
        let entries = self.entries.get(start..start + panel.count as usize)?;
        let place = |start: u32, number: u32| start + number * panel.width;
        let masks = [
            place(panel.kinds, kind),
            place(panel.days, panel.bucket(day)),
            place(panel.quantities, class),
        ];
        let mut open = Open {
            entries,
            words: &self.words,
            masks,
            width: panel.width,
            word: 0,
            bits: 0,
            from: 0,
            day,
        };
        open.bits = if panel.width == 0 { 0 } else { open.word(0)? };
        Some(open)
    }
}

impl Panel {
    /// Which mask is for a day.
    #[inline]
    fn bucket(&self, day: i32) -> u32 {
        let since = i64::from(day) - i64::from(self.first_day);
        let bucket = (since >> self.shift) + 1;
        u32::try_from(bucket.clamp(0, self.last_bucket.into())).unwrap_or(0)
    }
}

/// The rules that a line may meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'p, T> {
    entries: &'p [Entry<T>],
    words: &'p [u64],
    /// Where the masks of the line begin.
    masks: [u32; 3],
    width: u32,
    /// Which word of them is being read.
    word: u32,
    /// Those of the word that are still to come.
    bits: u64,
    /// Rules before this place are left out.
    from: u32,
    day: i32,
}

impl<'p, T> Open<'p, T> {
    #[inline]
    fn word(&self, word: u32) -> Option<u64> {
        let [kind, day, quantity] = self.masks;
        let read = |mask: u32| self.words.get((mask + word) as usize).copied();
        Some(read(kind)? & read(day)? & read(quantity)?)
    }

    /// Leaves out the rules before a place.
    #[inline]
    pub(crate) fn skip_to(&mut self, place: u32) {
        self.from = place;
        self.leave_out();
    }

    #[inline]
    fn leave_out(&mut self) {
        let before = self.from.saturating_sub(self.word * 64);
        self.bits &= u64::MAX.checked_shl(before).unwrap_or(0);
    }
}

impl<'p, T> Iterator for Open<'p, T> {
    type Item = &'p Entry<T>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.bits == 0 {
                self.word += 1;
                if self.word >= self.width {
                    return None;
                }
                self.bits = self.word(self.word)?;
                self.leave_out();
            }
            let place = self.word * 64 + self.bits.trailing_zeros();
            self.bits &= self.bits - 1;
            let entry = self.entries.get(place as usize)?;
            if entry.days.contains(self.day) {
                return Some(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::scopes::Sets;
    use crate::engine::{CompiledScope, EVERYTHING};

    /// Days and quantities of a rule: from one, below the other.
    type Bounds = ((i32, i32), (i64, i64));

    fn bounds<T>(open: (T, T), value: Range<T>) -> impl Strategy<Value = (T, T)>
    where
        T: Copy + std::fmt::Debug,
        Range<T>: Strategy<Value = T> + Clone,
    {
        let bound = move |open: T| prop_oneof![1 => Just(open), 3 => value.clone()];
        (bound(open.0), bound(open.1))
    }

    /// The rules of one kind of product for one kind of customer.
    fn panels(rules: &[Bounds]) -> Panels<u32> {
        let everything = CompiledScope { customer: EVERYTHING, product: EVERYTHING, not: None };
        let days = |&((from, to), _): &Bounds| Days { from, to };
        let numbered = (0..).zip(rules).map(|(number, rule)| (number, everything, days(rule)));
        let mut sets = Sets::default();
        sets.intern(vec![EVERYTHING]);
        let index = RuleIndex::new(numbered, &sets, &sets);
        let entry = |&gate: &u32| {
            let rule = &rules[gate as usize];
            (gate, Entry { days: days(rule), quantity: rule.1, rule: gate })
        };
        Panels::new(&index, |gates| gates.iter().map(entry).collect()).unwrap()
    }

    proptest! {
        /// Masks leave out nothing that holds, and nothing comes that is not open on the day.
        #[test]
        fn what_holds_is_met(
            rules in prop::collection::vec(
                (bounds((i32::MIN, i32::MAX), -900..9_000), bounds((i64::MIN, i64::MAX), 0..90)),
                0..200,
            ),
            day in -1_000..10_000_i32,
            quantity in 0..100_i64,
            skip in 0..200_u32,
        ) {
            let panels = panels(&rules);
            let mut open = panels.open(0, 0, day, quantity).unwrap();
            open.skip_to(skip);
            let met: Vec<u32> = open.map(|entry| entry.rule).collect();
            let on_day = |rule: u32| {
                let (from, to) = rules[rule as usize].0;
                from <= day && day < to
            };
            let holds = |rule: &u32| {
                let (least, below) = rules[*rule as usize].1;
                on_day(*rule) && least <= quantity && quantity < below
            };
            let must: Vec<u32> = (skip..rules.len().max(skip as usize) as u32).filter(holds).collect();
            prop_assert!(met.iter().all(|&rule| on_day(rule) && rule >= skip));
            prop_assert!(met.is_sorted());
            prop_assert!(must.iter().all(|rule| met.contains(rule)), "{must:?} {met:?}");
        }
    }
}
