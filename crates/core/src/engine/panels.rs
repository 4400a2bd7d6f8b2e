//! Which rules a plain line meets: those of its kind of product, one bit for each, and masks of what
//! a kind of customer, a day and a quantity leave of them.
//!
//! So a line looks at the few promotions that hold, and reads one word of each mask for every 64 that
//! there are. The masks of customers are exact; those of days and quantities leave out what certainly
//! does not hold, so that they stay small whatever the dates are, and a rule that is left is asked for
//! its own days and bounds.

use std::hint::select_unpredictable;

use super::RuleIndex;
use crate::calendar::Days;

/// When a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) days: Days,
    /// The lower bound that is reached and the upper one that is not, in millionths.
    pub(crate) quantity: (i64, i64),
}

impl Bounds {
    /// Always.
    pub(super) const NONE: Self = Self { days: Days::ALWAYS, quantity: (i64::MIN, i64::MAX) };

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

/// The rules of every kind of product, in one part or in several.
#[derive(Debug)]
pub(crate) struct Panels<T> {
    /// The first is what stands in place of a rule where none holds.
    entries: Vec<Entry<T>>,
    masks: Masks,
    parts: u32,
    kinds: u32,
    /// By kind of product and of customer the first rule: see [`Panels::first`].
    firsts: Vec<u32>,
}

#[derive(Debug, Default)]
struct Masks {
    panels: Vec<Panel>,
    words: Vec<u64>,
}

/// Some rules of one kind of product: where they lie, and their masks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    entries: u32,
    /// How many words a mask has.
    width: u32,
    /// Where the masks by kind of customer begin; those by day and by quantity follow.
    kinds: u32,
    days: u32,
    quantities: u32,
    /// Days are told apart, some together, from a bucket behind this one on: all before are in the first.
    origin: i32,
    last_bucket: u32,
    shift: u32,
    /// Quantities that are told apart; the last number in the other places.
    bounds: [i64; MOST_BOUNDS],
}

/// The most words of all masks; a book beyond that is priced the general way.
const MAX_WORDS: usize = 1 << 19;
/// Days are told apart in at most so many buckets for each rule, and in all.
const BUCKETS_PER_RULE: i64 = 8;
const MAX_BUCKETS: i64 = 512;
/// So many bounds of quantities are told apart by masks.
const MOST_BOUNDS: usize = 4;

/// In place of the first rule: none holds, or days and quantities decide.
const NOTHING: u32 = u32::MAX;
const OPEN: u32 = u32::MAX - 1;

impl<T: Copy> Panels<T> {
    /// Lays out the rules of an index; `arrange` makes entries of the gates that a part has of a kind
    /// of product, and sets their order. `None` where the index has no table, or the masks would be
    /// too large.
    pub(super) fn new(
        index: &RuleIndex,
        nothing: T,
        parts: u32,
        arrange: impl Fn(u32, &[u32]) -> Vec<Entry<T>>,
    ) -> Option<Self> {
        if !index.has_table() {
            return None;
        }
        let nothing = Entry { gate: 0, bounds: Bounds::NONE, rule: nothing };
        let (entries, masks, firsts) = (vec![nothing], Masks::default(), Vec::new());
        // Where there are no rules, all customers are of one kind.
        let kinds = index.kinds().max(1);
        let mut panels = Self { entries, masks, parts, kinds, firsts };
        for set in 0..index.sets() {
            let gates = index.gates_of_set(set);
            for part in 0..parts {
                let start = u32::try_from(panels.entries.len()).ok()?;
                panels.entries.extend(arrange(part, &gates));
                let new = panels.entries.get(start as usize..)?.iter();
                let rules: Vec<_> = new.map(|entry| (entry.gate, entry.bounds)).collect();
                panels.masks.lay_out(index, set, start, &rules)?;
            }
        }
        Some(panels)
    }

    /// Settles which rule is the first, for panels of one part.
    pub(super) fn settled(mut self) -> Option<Self> {
        for panel in &self.masks.panels {
            for kind in 0..self.kinds {
                let place = match self.masks.first(panel, kind)? {
                    None => NOTHING,
                    Some(place) if self.entries.get(place as usize)?.bounds == Bounds::NONE => {
                        place
                    }
                    Some(_) => OPEN,
                };
                self.firsts.push(place);
            }
        }
        Some(self)
    }

    /// The first rule that holds for a line, of settled panels; `None` where there is no such panel.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no panel and no rule are two answers")]
    pub(crate) fn first(
        &self,
        set: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<Option<&Entry<T>>> {
        let place = set.wrapping_mul(self.kinds).wrapping_add(kind);
        match *self.firsts.get(place as usize)? {
            NOTHING => Some(None),
            OPEN => self.first_open(set, kind, day, quantity),
            place => Some(Some(self.entries.get(place as usize)?)),
        }
    }

    #[inline(never)]
    #[expect(clippy::option_option, reason = "no panel and no rule are two answers")]
    fn first_open(
        &self,
        set: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<Option<&Entry<T>>> {
        let mut open = self.open(set, 0, kind, day, quantity)?;
        Some(self.next(&mut open, day, quantity))
    }

    /// The rules of a part that hold for a line; `None` where there is no such panel.
    #[inline]
    pub(crate) fn open(
        &self,
        set: u32,
        part: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<Open<'_>> {
        let panel = self.panel(set, part)?;
        let place = |start: u32, number: u32| start.wrapping_add(number.wrapping_mul(panel.width));
        let masks = [
            place(panel.kinds, kind),
            place(panel.days, panel.bucket(day)),
            place(panel.quantities, panel.class(quantity)),
        ];
        let mut open = Open { panel, masks, word: 0, from: 0, bits: 0 };
        if panel.width > 0 {
            open.bits = self.masks.word(&open)?;
        }
        Some(open)
    }

    /// The first of the rules of a part that hold for a line, or what stands in its place; `None` where
    /// there is no such panel.
    #[inline(always)]
    pub(crate) fn peek(
        &self,
        set: u32,
        part: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<&Entry<T>> {
        let panel = self.panel(set, part)?;
        if panel.width == 1 {
            let bits = self.masks.read([
                panel.quantities.wrapping_add(panel.class(quantity)),
                panel.days.wrapping_add(panel.bucket(day)),
                panel.kinds.wrapping_add(kind),
            ])?;
            // Whether any rule holds is nothing that a processor can guess.
            let place = select_unpredictable(bits == 0, 0, panel.place(0, bits));
            let entry = self.entries.get(place as usize)?;
            if entry.bounds.hold(day, quantity) {
                return Some(entry);
            }
        } else if panel.width == 0 {
            return self.entries.first();
        }
        self.peek_further(set, part, kind, day, quantity)
    }

    #[inline(never)]
    fn peek_further(
        &self,
        set: u32,
        part: u32,
        kind: u32,
        day: i32,
        quantity: i64,
    ) -> Option<&Entry<T>> {
        let mut open = self.open(set, part, kind, day, quantity)?;
        self.next(&mut open, day, quantity).or_else(|| self.entries.first())
    }

    #[inline(always)]
    fn panel(&self, set: u32, part: u32) -> Option<&Panel> {
        let panel = set.wrapping_mul(self.parts).wrapping_add(part);
        self.masks.panels.get(panel as usize)
    }

    /// The next of the rules that hold.
    #[inline]
    pub(crate) fn next(&self, open: &mut Open<'_>, day: i32, quantity: i64) -> Option<&Entry<T>> {
        loop {
            while open.bits == 0 {
                open.word = open.word.wrapping_add(1);
                if open.word >= open.panel.width {
                    return None;
                }
                open.bits = self.masks.word(open)?;
                open.leave_out();
            }
            let place = open.panel.place(open.word, open.bits);
            open.bits &= open.bits.wrapping_sub(1);
            let entry = self.entries.get(place as usize)?;
            if entry.bounds.hold(day, quantity) {
                return Some(entry);
            }
        }
    }
}

impl Masks {
    #[inline]
    fn word(&self, open: &Open<'_>) -> Option<u64> {
        self.read(open.masks.map(|mask| mask.wrapping_add(open.word)))
    }

    /// What some words have in common.
    #[inline(always)]
    fn read(&self, [kind, day, quantity]: [u32; 3]) -> Option<u64> {
        let read = |word: u32| self.words.get(word as usize).copied();
        Some(read(kind)? & read(day)? & read(quantity)?)
    }

    /// Where the first rule of a kind of customer lies, whatever the day and the quantity.
    #[expect(clippy::option_option, reason = "no such mask and no rule are two answers")]
    fn first(&self, panel: &Panel, kind: u32) -> Option<Option<u32>> {
        let start = (panel.kinds + kind * panel.width) as usize;
        let words = self.words.get(start..start + panel.width as usize)?;
        let found = (0..).zip(words).find(|&(_, &bits)| bits != 0);
        Some(found.map(|(word, &bits)| panel.place(word, bits)))
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
        bounds.truncate(MOST_BOUNDS);
        let mut told_apart = [i64::MAX; MOST_BOUNDS];
        for (into, &bound) in told_apart.iter_mut().zip(&bounds) {
            *into = bound;
        }

        let (kinds, buckets) = (index.kinds(), last_bucket + 1);
        let first = self.words.len();
        let panel = Panel {
            entries,
            width: number(width)?,
            kinds: number(first)?,
            days: number(first + kinds as usize * width)?,
            quantities: number(first + (kinds + buckets) as usize * width)?,
            // The days before the first one are one bucket more.
            origin: first_day.saturating_sub(1 << shift),
            last_bucket,
            shift,
            bounds: told_apart,
        };
        let classes = number(bounds.len() + 1)?;
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
        self.mask(rules, classes, &|class, _, rule| {
            let from = class.checked_sub(1).and_then(|below| bounds.get(below as usize));
            let to = bounds.get(class as usize);
            let (least, below) = rule.quantity;
            to.is_none_or(|&to| least < to) && from.is_none_or(|&from| from < below)
        });
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
    /// Where the first rule of a word lies of which a bit is set.
    #[inline]
    const fn place(&self, word: u32, bits: u64) -> u32 {
        self.entries.wrapping_add(word.wrapping_mul(64)).wrapping_add(bits.trailing_zeros())
    }

    /// Which mask is for a quantity.
    #[inline(always)]
    fn class(&self, quantity: i64) -> u32 {
        // Counting so few takes no guess.
        self.bounds.iter().fold(0, |count, &bound| count + u32::from(bound <= quantity))
    }

    /// Which mask is for a day.
    #[inline]
    fn bucket(&self, day: i32) -> u32 {
        let since = day.max(self.origin).wrapping_sub(self.origin).cast_unsigned();
        (since.wrapping_shr(self.shift)).min(self.last_bucket)
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
        let before = self.from.saturating_sub(self.word.wrapping_mul(64));
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
        let everything = CompiledScope::EVERYTHING;
        let days = |&((from, to), _): &Ends| Days { from, to };
        let numbered = (0..).zip(rules).map(|(number, rule)| (number, everything, days(rule)));
        let mut sets = Sets::default();
        sets.intern(vec![EVERYTHING]);
        let index = RuleIndex::new(numbered, &sets, &sets);
        let entry = |&gate: &u32| {
            let rule = &rules[gate as usize];
            Entry { gate, bounds: Bounds { days: days(rule), quantity: rule.1 }, rule: gate }
        };
        Panels::new(&index, NOTHING, 1, |_, gates| gates.iter().map(entry).collect()).unwrap()
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
            let mut open = panels.open(0, 0, 0, day, quantity).unwrap();
            open.skip_to(skip);
            let next = || panels.next(&mut open, day, quantity).map(|entry| entry.rule);
            let met: Vec<u32> = std::iter::from_fn(next).collect();
            let holds = |rule: &u32| {
                let ((from, to), (least, below)) = rules[*rule as usize];
                from <= day && day < to && least <= quantity && quantity < below
            };
            let must: Vec<u32> = (skip..rules.len().max(skip as usize) as u32).filter(holds).collect();
            prop_assert_eq!(met, must);
            let first = (0..).zip(&rules).find(|(rule, _)| holds(rule)).map_or(NOTHING, |(rule, _)| rule);
            prop_assert_eq!(panels.peek(0, 0, 0, day, quantity).map(|entry| entry.rule), Some(first));
        }
    }
}
