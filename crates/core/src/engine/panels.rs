//! Which rules a plain line meets: those of its kind of product, one bit for each, and masks of what
//! a kind of customer, a day and a quantity leave of them.
//!
//! So a line looks at the few promotions that hold, and reads one word of each mask for every 64 that
//! there are. The masks of customers are exact; those of days and quantities leave out what certainly
//! does not hold, so that they stay small whatever the dates are, and a rule that is left is asked for
//! its own days and bounds.

use super::RuleIndex;
use crate::calendar::Days;

/// When a rule holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) days: Days,
    /// The lower bound that is reached and the upper one that is not, in millionths.
    pub(crate) quantity: (i64, i64),
}

impl Bounds {
    #[inline]
    const fn hold(&self, day: i32, quantity: i64) -> bool {
        let (least, below) = self.quantity;
        // All are asked: they nearly always hold, see the masks.
        (least <= quantity) & (quantity < below) & (self.days.from <= day) & (day < self.days.to)
    }
}

/// A rule that plain lines may meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<T> {
    /// The number of its gate.
    pub(super) gate: u32,
    pub(super) bounds: Bounds,
    pub(crate) rule: T,
}

/// The rules of every kind of product.
#[derive(Debug)]
pub(crate) struct Panels<T> {
    entries: Vec<Entry<T>>,
    masks: Masks,
}

#[derive(Debug, Default)]
struct Masks {
    panels: Vec<Panel>,
    bounds: Vec<i64>,
    words: Vec<u64>,
}

/// The rules of one kind of product: where they lie, and their masks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    entries: u32,
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
        arrange: impl Fn(&[u32]) -> Vec<Entry<T>>,
    ) -> Option<Self> {
        if !index.has_table() {
            return None;
        }
        let mut panels = Self { entries: Vec::new(), masks: Masks::default() };
        for set in 0..index.sets() {
            let start = u32::try_from(panels.entries.len()).ok()?;
            panels.entries.extend(arrange(&index.gates_of_set(set)));
            let new = panels.entries.get(start as usize..)?.iter();
            let rules: Vec<(u32, Bounds)> = new.map(|entry| (entry.gate, entry.bounds)).collect();
            panels.masks.lay_out(index, set, start, &rules)?;
        }
        Some(panels)
    }

    /// The first rule that holds for a line, where few of a kind of customer do; `None` where there
    /// is no such panel.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no panel and no rule are two answers")]
    pub(crate) fn first(
        &self,
        set: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<Option<&Entry<T>>> {
        let panel = self.masks.panels.get(set as usize)?;
        let start = (panel.kinds + kind * panel.width) as usize;
        let words = self.masks.words.get(start..start + panel.width as usize)?;
        for (word, &bits) in (0..).zip(words) {
            let mut bits = bits;
            while bits != 0 {
                let entry = self
                    .entries
                    .get((panel.entries + word * 64 + bits.trailing_zeros()) as usize)?;
                if entry.bounds.hold(day, quantity) {
                    return Some(Some(entry));
                }
                bits &= bits - 1;
            }
        }
        Some(None)
    }

    /// The rules that hold for a line; `None` where there is no such panel.
    #[inline(always)]
    pub(crate) fn open(&self, set: u32, kind: u32, day: i32, quantity: i64) -> Option<Open<'_>> {
        let masks = &self.masks;
        let panel = masks.panels.get(set as usize)?;
        let bounds = panel.bounds as usize;
        let bounds = masks.bounds.get(bounds..bounds + panel.bound_count as usize)?;
        // Counting so few takes no guess.
        let class = bounds.iter().fold(0, |class, &bound| class + u32::from(bound <= quantity));
        let place = |start: u32, number: u32| start + number * panel.width;
        let masks = [
            place(panel.kinds, kind),
            place(panel.days, panel.bucket(day)),
            place(panel.quantities, class),
        ];
        let mut open = Open { panel, masks, word: 0, from: 0, bits: 0 };
        open.bits = if panel.width == 0 { 0 } else { self.masks.word(&open)? };
        Some(open)
    }

    /// The next of the rules that hold.
    #[inline(always)]
    pub(crate) fn next(&self, open: &mut Open<'_>, day: i32, quantity: i64) -> Option<&Entry<T>> {
        loop {
            while open.bits == 0 {
                open.word += 1;
                if open.word >= open.panel.width {
                    return None;
                }
                open.bits = self.masks.word(open)?;
                open.leave_out();
            }
            let place = open.word * 64 + open.bits.trailing_zeros();
            open.bits &= open.bits - 1;
            let entry = self.entries.get((open.panel.entries + place) as usize)?;
            if entry.bounds.hold(day, quantity) {
                return Some(entry);
            }
        }
    }
}

impl Masks {
    #[inline]
    fn word(&self, open: &Open<'_>) -> Option<u64> {
        let [kind, day, quantity] = open.masks;
        let read = |mask: u32| self.words.get((mask + open.word) as usize).copied();
        Some(read(kind)? & read(day)? & read(quantity)?)
    }

    /// Makes the masks of one kind of product, given by the gates of its rules and when they hold.
    fn lay_out(
        &mut self,
        index: &RuleIndex,
        set: u32,
        entries: u32,
        rules: &[(u32, Bounds)],
    ) -> Option<()> {
        let number = |n: usize| u32::try_from(n).ok();
        let width = rules.len().div_ceil(64);
        let ends = |rule: &(u32, Bounds)| [rule.1.days.from, rule.1.days.to];
        let days = || rules.iter().flat_map(ends).filter(|&day| day != i32::MIN && day != i32::MAX);
        let (first_day, last_day) = (days().min().unwrap_or(0), days().max().unwrap_or(0));
        let span = i64::from(last_day) - i64::from(first_day) + 1;
        let most = (BUCKETS_PER_RULE * i64::try_from(rules.len()).ok()?).clamp(1, MAX_BUCKETS);
        let shift = (0..32).find(|shift| span >> shift < most)?;
        // Before the first day is a bucket of its own, and so is what comes after the last.
        let last_bucket = u32::try_from((span >> shift) + 1).ok()?;
        let mut bounds: Vec<i64> = rules
            .iter()
            .flat_map(|(_, bounds)| [bounds.quantity.0, bounds.quantity.1])
            .filter(|&bound| bound != i64::MIN && bound != i64::MAX)
            .collect();
        bounds.sort_unstable();
        bounds.dedup();
        bounds.truncate(MAX_BOUNDS);

        let (kinds, buckets) = (index.kinds(), last_bucket + 1);
        let first = self.words.len();
        let panel = Panel {
            entries,
            width: number(width)?,
            kinds: number(first)?,
            days: number(first + kinds as usize * width)?,
            quantities: number(first + (kinds + buckets) as usize * width)?,
            first_day,
            last_bucket,
            shift,
            bounds: number(self.bounds.len())?,
            bound_count: number(bounds.len())?,
        };
        let masks = (kinds + buckets) as usize + bounds.len() + 1;
        if masks.saturating_mul(width).saturating_add(first) > MAX_WORDS {
            return None;
        }
        self.mask(rules, kinds, &|kind, gate, _| {
            index.cell(kind, set).is_some_and(|open| open.binary_search(&gate).is_ok())
        });
        self.mask(rules, buckets, &|bucket, _, rule| {
            panel.bucket(rule.days.from) <= bucket
                && bucket <= panel.bucket(rule.days.to.saturating_sub(1))
        });
        self.mask(rules, panel.bound_count + 1, &|class, _, rule| {
            let from = class.checked_sub(1).and_then(|below| bounds.get(below as usize));
            let to = bounds.get(class as usize);
            let (least, below) = rule.quantity;
            to.is_none_or(|&to| least < to) && from.is_none_or(|&from| from < below)
        });
        self.bounds.extend_from_slice(&bounds);
        self.panels.push(panel);
        Some(())
    }

    /// Adds some masks, with one bit for each rule that holds.
    fn mask(
        &mut self,
        rules: &[(u32, Bounds)],
        count: u32,
        holds: &dyn Fn(u32, u32, &Bounds) -> bool,
    ) {
        for mask in 0..count {
            for part in rules.chunks(64) {
                let mut word = 0_u64;
                for (bit, (gate, bounds)) in part.iter().enumerate() {
                    word |= u64::from(holds(mask, *gate, bounds)) << bit;
                }
                self.words.push(word);
            }
        }
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

/// Which rules hold for a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'p> {
    panel: &'p Panel,
    /// Where the masks of the line begin.
    masks: [u32; 3],
    /// Which word of them is being read.
    word: u32,
    /// Rules before this place are left out.
    from: u32,
    /// Those of the word that are still to come.
    bits: u64,
}

impl Open<'_> {
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

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::scopes::Sets;
    use crate::engine::{CompiledScope, EVERYTHING};

    /// Days and quantities of a rule: from one, below the other.
    type Ends = ((i32, i32), (i64, i64));

    fn bounds<T>(open: (T, T), value: Range<T>) -> impl Strategy<Value = (T, T)>
    where
        T: Copy + std::fmt::Debug,
        Range<T>: Strategy<Value = T> + Clone,
    {
        let bound = move |open: T| prop_oneof![1 => Just(open), 3 => value.clone()];
        (bound(open.0), bound(open.1))
    }

    /// The rules of one kind of product for one kind of customer.
    fn panels(rules: &[Ends]) -> Panels<u32> {
        let everything = CompiledScope { customer: EVERYTHING, product: EVERYTHING, not: None };
        let days = |&((from, to), _): &Ends| Days { from, to };
        let numbered = (0..).zip(rules).map(|(number, rule)| (number, everything, days(rule)));
        let mut sets = Sets::default();
        sets.intern(vec![EVERYTHING]);
        let index = RuleIndex::new(numbered, &sets, &sets);
        let entry = |&gate: &u32| {
            let rule = &rules[gate as usize];
            Entry { gate, bounds: Bounds { days: days(rule), quantity: rule.1 }, rule: gate }
        };
        Panels::new(&index, |gates| gates.iter().map(entry).collect()).unwrap()
    }

    proptest! {
        /// Whatever holds is met, in its order, and nothing else.
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
            let next = || panels.next(&mut open, day, quantity).map(|entry| entry.rule);
            let met: Vec<u32> = std::iter::from_fn(next).collect();
            let holds = |rule: &u32| {
                let ((from, to), (least, below)) = rules[*rule as usize];
                from <= day && day < to && least <= quantity && quantity < below
            };
            let must: Vec<u32> = (skip..rules.len().max(skip as usize) as u32).filter(holds).collect();
            prop_assert_eq!(met, must);
        }
    }
}
