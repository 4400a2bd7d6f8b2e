//! What nearly every line asks of its product, in one line of the cache: a few numbers, and the lists
//! and days of its price rows, which are compared all at once.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use wide::bytemuck::cast;
use wide::{i16x8, i32x4, i32x8};

use super::compile::{Inner, ProductInfo, SEVERAL};
use super::fetch;
use super::rows::{Alike, Row, Shape};
use crate::money::Fixed;

/// The card of a product; where it has too many rows for one, they go on in another.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Card {
    /// The lists of its rows, in the order of search; [`GOES_ON`] in the last place where the days
    /// there say which card is the next.
    lists: [i16; ROWS],
    /// The days of its rows, counted from [`MIDDLE_DAY`]; none for a row in another unit than the base
    /// unit, and for one that is not there.
    from: [i16; ROWS],
    to: [i16; ROWS],
    /// Its class, and in the upper bits the decimals of its cost.
    class: u32,
    category: u16,
    /// The [`Shape`] of its prices; [`NO_SHAPE`] where they are not all alike.
    shape: u16,
    cost: u32,
    /// Where its prices begin, or where its rows do where they have no shape.
    start: u32,
}

/// The cards of all products.
#[derive(Debug, Default)]
pub(super) struct Cards {
    /// By product; [`Card::BLANK`] for one that has none.
    first: Vec<Card>,
    /// Those that others go on in.
    more: Vec<Card>,
    shapes: Vec<Shape>,
}

const _: () = assert!(size_of::<Card>() == 64);

/// So many rows fit a card, and one less where they go on in another. A product of more cards than
/// that has none, and so has one whose numbers do not fit.
const ROWS: usize = 8;
const MOST_CARDS: usize = 4;

/// So many lists are looked for at once.
pub(crate) const FEW_LISTS: usize = 4;

/// A list that is not there: of a row, and among those that are looked for.
const NO_LIST: i16 = -1;
const NONE_WANTED: i16 = -2;
const GOES_ON: i16 = -3;

/// 2024-10-03: days of nearly a century before it and behind it fit 16 bits.
const MIDDLE_DAY: i32 = 19_999;

/// Prices of rows that are not alike.
const NO_SHAPE: u16 = u16::MAX;

const CLASS_BITS: u32 = 24;
const CLASS: u32 = (1 << CLASS_BITS) - 1;

/// Lists to look for, each twice: so many bits a processor repeats at once.
pub(crate) type FewLists = [[i16; 2]; FEW_LISTS];

/// Some lists, where they are few and their numbers small.
pub(super) fn few_lists(lists: &[u32]) -> Option<FewLists> {
    let mut few = [[NONE_WANTED; 2]; FEW_LISTS];
    for (place, &list) in few.get_mut(..lists.len())?.iter_mut().zip(lists) {
        *place = [list_number(list)?; 2];
    }
    Some(few)
}

fn list_number(list: u32) -> Option<i16> {
    i16::try_from(list).ok()
}

/// An end of a row, where it is open or fits.
fn end(day: i32) -> Option<i16> {
    match day {
        i32::MIN => Some(i16::MIN),
        i32::MAX => Some(i16::MAX),
        day => {
            let day = i16::try_from(day.checked_sub(MIDDLE_DAY)?).ok()?;
            (i16::MIN + 2..i16::MAX - 1).contains(&day).then_some(day)
        }
    }
}

/// A day of the years 1 to 9999 as it lies among the ends of rows, once for each of them.
#[inline]
fn among_ends(day: i32) -> i16x8 {
    let day = i16x8::from_i32x8_saturate(i32x8::splat(day.wrapping_sub(MIDDLE_DAY)));
    day.max(i16x8::splat(i16::MIN + 1)).min(i16x8::splat(i16::MAX - 1))
}

impl Cards {
    /// The cards of a book; a cost has at least so many decimals, where they fit: as many as other
    /// amounts of a line.
    pub(super) fn new(inner: &Inner, decimals: u8) -> Self {
        let products = &inner.products.info;
        let (mut cards, mut numbers) = (Self::default(), FxHashMap::default());
        cards.first.reserve_exact(products.len());
        for info in products {
            let card = cards.of(inner, info, decimals, &mut numbers);
            cards.first.push(card.unwrap_or(Card::BLANK));
        }
        cards
    }

    /// The first card of a product that has nothing which few products have.
    fn of(
        &mut self,
        inner: &Inner,
        info: &ProductInfo,
        decimals: u8,
        numbers: &mut FxHashMap<Alike, u16>,
    ) -> Option<Card> {
        let (cost, cost_scale) = info.only_cost().map_or((0, SEVERAL), |(cost, scale)| {
            let raised = Fixed { mantissa: cost.into(), scale }.at_scale(decimals);
            match raised.and_then(|cost| u32::try_from(cost).ok()) {
                Some(raised) => (raised, decimals),
                None => (cost, scale),
            }
        });
        if info.class >= CLASS || inner.products.extra(info).is_some_and(|extra| !extra.is_plain())
        {
            return None;
        }
        let rows = inner.rows.of(info);
        let alike = inner.rows.side_by_side(rows);
        let alike = alike.and_then(|(start, alike)| {
            let number = self.shape_of(inner, alike, numbers)?;
            Some((number, start, self.shape(number.into())?.tiers))
        });
        let (shape, start, of_row) = alike.unwrap_or((NO_SHAPE, info.rows, 1));
        let blank = Card {
            class: info.class | u32::from(cost_scale) << CLASS_BITS,
            category: u16::try_from(info.category).ok()?,
            shape,
            cost,
            ..Card::BLANK
        };
        // From the last one on, because each names the one behind it.
        let (mut end, mut next) = (rows.len(), None);
        for piece in pieces(rows)?.into_iter().rev() {
            let mut card = blank;
            end -= piece.len();
            card.start = start.checked_add(u32::try_from(end).ok()?.checked_mul(of_row)?)?;
            card.fill(inner, info, piece)?;
            if let Some(next) = next {
                card.go_on(next);
            }
            if end == 0 {
                return Some(card);
            }
            next = Some(u32::try_from(self.more.len()).ok()?);
            self.more.push(card);
        }
        None
    }

    /// The number of the shape of rows that are alike; `None` where it has none.
    fn shape_of(
        &mut self,
        inner: &Inner,
        alike: Alike,
        numbers: &mut FxHashMap<Alike, u16>,
    ) -> Option<u16> {
        if let Some(&number) = numbers.get(&alike) {
            return Some(number);
        }
        let number = u16::try_from(self.shapes.len()).ok().filter(|&number| number != NO_SHAPE)?;
        self.shapes.push(inner.rows.shape(alike)?);
        numbers.insert(alike, number);
        Some(number)
    }

    /// The card of a product, or the place of one that it has not.
    #[inline]
    pub(super) fn get(&self, product: u32) -> Option<&Card> {
        self.first.get(product as usize)
    }

    /// Asks for the memory of the card of a product, which is read soon.
    #[inline]
    pub(super) fn fetch(&self, product: u32) {
        fetch(&self.first, product);
    }

    /// The card that another goes on in.
    #[inline]
    pub(super) fn next(&self, card: &Card) -> Option<&Card> {
        let [.., list] = card.lists;
        let ([.., low], [.., high]) = (card.from, card.to);
        let place = u32::from(high.cast_unsigned()) << 16 | u32::from(low.cast_unsigned());
        if list == GOES_ON { self.more.get(place as usize) } else { None }
    }

    /// The shape of the prices of a card, where they have one.
    #[inline]
    pub(super) fn shape(&self, number: u32) -> Option<&Shape> {
        self.shapes.get(number as usize)
    }
}

/// The rows of each card of a product: those of a list stay together. `None` where they do not fit.
fn pieces(mut rows: &[Row]) -> Option<SmallVec<[&[Row]; MOST_CARDS]>> {
    let mut pieces = SmallVec::new();
    while rows.len() > ROWS {
        let mut lists = rows.iter().zip(rows.iter().skip(1)).take(ROWS - 1);
        let last = lists.rposition(|(row, next)| row.list != next.list)?;
        let (piece, rest) = rows.split_at_checked(last + 1)?;
        pieces.push(piece);
        rows = rest;
    }
    pieces.push(rows);
    (pieces.len() <= MOST_CARDS).then_some(pieces)
}

impl Card {
    /// Writes some rows of its product.
    fn fill(&mut self, inner: &Inner, info: &ProductInfo, rows: &[Row]) -> Option<()> {
        let days = self.from.iter_mut().zip(&mut self.to);
        for (row, (list, (from, to))) in rows.iter().zip(self.lists.iter_mut().zip(days)) {
            *list = list_number(row.list)?;
            let kind = inner.rows.kind(row);
            if kind.unit == info.unit {
                let days = kind.days();
                (*from, *to) = (end(days.from)?, end(days.to)?);
            }
        }
        Some(())
    }

    /// Writes the place of the card that it goes on in.
    #[expect(clippy::cast_possible_truncation, reason = "a place is cut into its halves")]
    const fn go_on(&mut self, place: u32) {
        self.lists[ROWS - 1] = GOES_ON;
        self.from[ROWS - 1] = place as i16;
        self.to[ROWS - 1] = (place >> 16) as i16;
    }

    /// Of a product that has no card.
    const BLANK: Self = Self {
        lists: [NO_LIST; ROWS],
        from: [i16::MAX; ROWS],
        to: [i16::MIN; ROWS],
        class: CLASS,
        category: 0,
        shape: NO_SHAPE,
        cost: 0,
        start: 0,
    };

    #[inline]
    pub(super) const fn is_blank(&self) -> bool {
        self.class() == CLASS
    }

    #[inline]
    pub(crate) const fn class(&self) -> u32 {
        self.class & CLASS
    }

    #[inline]
    pub(crate) fn category(&self) -> u32 {
        self.category.into()
    }

    /// The number of the [`Shape`] of its prices; none has the number of those that are not alike.
    #[inline]
    pub(crate) fn shape(&self) -> u32 {
        self.shape.into()
    }

    /// Where its prices begin, or where its rows do where they have no shape.
    #[inline]
    pub(crate) const fn start(&self) -> u32 {
        self.start
    }

    /// The cost of one base unit, where it is one whatever the day.
    #[inline]
    pub(crate) fn cost(&self) -> Option<Fixed> {
        let [scale, ..] = self.class.to_be_bytes();
        (scale != SEVERAL).then_some(Fixed { mantissa: self.cost.into(), scale })
    }

    /// The rows that are valid on a day and in one of some lists: one bit for each.
    #[inline(always)]
    pub(crate) fn find(&self, lists: &FewLists, day: i32) -> u32 {
        let day = among_ends(day);
        let (from, to) = (i16x8::new(self.from), i16x8::new(self.to));
        let rows_of = |pair: [i16; 2]| self.rows_of(cast(i32x4::splat(cast(pair))));
        let [a, b, c, d] = lists.map(rows_of);
        ((a | b | c | d) & !from.simd_gt(day) & to.simd_gt(day)).to_bitmask()
    }

    /// Which of its rows are in a list, given once for each of them.
    #[inline(always)]
    fn rows_of(&self, list: i16x8) -> i16x8 {
        i16x8::new(self.lists).simd_eq(list)
    }

    /// The list of one of its rows, and how many lie before it in that list.
    #[inline(always)]
    pub(crate) fn list(&self, at: u32) -> Option<(u32, u32)> {
        let list = *self.lists.get(at as usize)?;
        // The rows of a list stay together.
        let first = self.rows_of(i16x8::splat(list)).to_bitmask().trailing_zeros();
        Some((u32::from(list.cast_unsigned()), at.wrapping_sub(first)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Ends and days compare as they do in 32 bits.
        #[test]
        fn days_keep_their_order(end_day in -20_000..60_000_i32, day in -719_162..2_932_897_i32) {
            for near in [day, end_day - 1, end_day, end_day + 1] {
                let among_ends = among_ends(near).to_array();
                prop_assert!(among_ends.iter().all(|day| *day == among_ends[0]));
                if let Some(end) = end(end_day) {
                    prop_assert_eq!(end <= among_ends[0], end_day <= near);
                }
                prop_assert!(end(i32::MIN).unwrap() <= among_ends[0]);
                prop_assert!(among_ends[0] < end(i32::MAX).unwrap());
            }
        }
    }
}
