//! Price rows, packed: what a book of half a million prices costs in memory is decided here.

use std::ops::Range;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::compile::ProductInfo;
use super::fetch;
use crate::blob::{Flat, flat};
use crate::book::Tier;
use crate::calendar::Days;
use crate::money::{Amount, Exact, Fixed, Quantity};

/// One row of one list for one product: 12 bytes, plus 4 bytes for each tier's price where it has
/// more than one. The handful of rows of a product lie in one line of the cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The list, by its place in the order of search.
    pub(crate) list: u32,
    /// What it has in common with many others.
    kind: u32,
    /// The price itself where there is one tier without a bound; otherwise where the prices begin.
    prices: u32,
}

/// What is the same for many rows: stored once for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RowKind {
    from: i32,
    to: i32,
    ladder: u32,
    /// The unit the price is for.
    pub(crate) unit: u16,
    scale: u8,
    flags: u8,
}

impl Flat<3> for Row {
    fn words(self) -> [u32; 3] {
        [self.list, self.kind, self.prices]
    }

    fn of([list, kind, prices]: [u32; 3]) -> Self {
        Self { list, kind, prices }
    }
}

impl Flat<4> for RowKind {
    fn words(self) -> [u32; 4] {
        let small = u32::from(self.unit) << 16 | u32::from(self.scale) << 8 | u32::from(self.flags);
        [self.from.cast_unsigned(), self.to.cast_unsigned(), self.ladder, small]
    }

    #[expect(clippy::cast_possible_truncation, reason = "a word is cut into its parts")]
    fn of([from, to, ladder, small]: [u32; 4]) -> Self {
        Self {
            from: from.cast_signed(),
            to: to.cast_signed(),
            ladder,
            unit: (small >> 16) as u16,
            scale: (small >> 8) as u8,
            flags: small as u8,
        }
    }
}

const WIDE: u8 = 1;
const FLAT: u8 = 2;
const SINGLE: u8 = 4;

/// The ladder of one tier without a bound.
const OPEN: &[Option<Quantity>] = &[None];

impl RowKind {
    /// Of a row whose kind there is not: on no day, and without prices.
    const NONE: &Self =
        &Self { from: i32::MAX, to: i32::MIN, ladder: u32::MAX, unit: 0, scale: 0, flags: 0 };

    pub(super) const fn days(&self) -> Days {
        Days { from: self.from, to: self.to }
    }

    pub(crate) const fn valid_on(&self, day: i32) -> bool {
        // Both are asked: which of many rows is valid is nothing that a processor can guess.
        (self.from <= day) & (day < self.to)
    }
}

/// All price rows of a book, by product and then by list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rows {
    #[serde(with = "flat")]
    rows: Vec<Row>,
    #[serde(with = "flat")]
    kinds: Vec<RowKind>,
    /// Lower bounds, shared by all kinds of row that have the same ones.
    ladders: Vec<Vec<Option<Quantity>>>,
    /// Prices whose mantissa fits 32 bits, at the scale of their row's kind.
    #[serde(with = "flat")]
    narrow: Vec<u32>,
    /// The others; where a row has flat fees they follow its prices.
    wide: Vec<Amount>,
    /// The ladders in millionths, for comparing with quantities of 64 bits.
    #[serde(skip)]
    steps: Vec<Steps>,
}

/// The bounds of a ladder in millionths.
#[derive(Debug, Clone)]
enum Steps {
    /// A few; the last number in the other places.
    Few([i64; FEW_STEPS]),
    /// None where a bound is not of 64 bits.
    Many(Vec<i64>),
}

/// So many steps are compared at once.
const FEW_STEPS: usize = 4;

impl Steps {
    fn of(ladder: &[Option<Quantity>]) -> Self {
        let step = |bound: &Option<Quantity>| match bound {
            Some(bound) => millionths(bound.exact()),
            None => Some(i64::MIN),
        };
        let steps = ladder.iter().map(step).collect::<Option<Vec<i64>>>().unwrap_or_default();
        let mut few = [i64::MAX; FEW_STEPS];
        match few.get_mut(..steps.len()) {
            Some(into) if !steps.is_empty() && !steps.contains(&i64::MAX) => {
                into.copy_from_slice(&steps);
                Self::Few(few)
            }
            _ => Self::Many(steps),
        }
    }

    /// How many of the steps a quantity reaches.
    #[inline]
    fn reached(&self, quantity: i64) -> usize {
        match self {
            Self::Few(steps) => reached(steps, quantity) as usize,
            Self::Many(steps) => steps.partition_point(|&step| step <= quantity),
        }
    }
}

/// What narrow prices have in common that are read the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Alike {
    ladder: u32,
    scale: u8,
}

/// How the narrow prices of rows are read that lie side by side, a few for each row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    steps: [i64; FEW_STEPS],
    /// How many prices a row has.
    pub(crate) tiers: u32,
    pub(crate) scale: u8,
}

impl Shape {
    /// Which of the prices of a row a quantity reaches, in millionths.
    #[inline]
    pub(crate) fn reached(&self, quantity: i64) -> Option<u32> {
        reached(&self.steps, quantity).checked_sub(1)
    }
}

/// How many of a few steps a quantity reaches: counting so few takes no guess.
#[inline(always)]
fn reached(steps: &[i64; FEW_STEPS], quantity: i64) -> u32 {
    steps.iter().fold(0, |count, &step| count + u32::from(step <= quantity))
}

/// Collects rows list by list, as they lie in the memory of a book.
#[derive(Debug, Default)]
pub(crate) struct RowsBuilder {
    /// Everything but the rows, which are not in order yet.
    rows: Rows,
    /// Each with its product.
    unsorted: Vec<(u32, Row)>,
    kinds: FxHashMap<RowKind, u32>,
    ladders: FxHashMap<Vec<Option<Quantity>>, u32>,
}

/// A row before it is packed.
pub(crate) struct NewRow<'a> {
    pub(crate) list: u32,
    pub(crate) days: Days,
    pub(crate) unit: u16,
    /// The tiers' prices are divided by this power of ten: a price per 100.
    pub(crate) per: u32,
    pub(crate) tiers: &'a [Tier],
}

/// A price with so many more decimals, where it fits 32 bits.
fn at_scale(mantissa: i128, more: u32) -> Option<u32> {
    let shifted =
        if more == 0 { mantissa } else { mantissa.checked_mul(10_i128.checked_pow(more)?)? };
    u32::try_from(shifted).ok()
}

/// The lower bounds of tiers.
fn bounds(tiers: &[Tier]) -> impl Iterator<Item = Option<Quantity>> {
    tiers.iter().map(|tier| tier.from)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl RowsBuilder {
    /// Adds a row of a product; rows come in the order of search and of date.
    pub(crate) fn push(&mut self, product: u32, row: &NewRow<'_>) {
        let price = |tier: &Tier| {
            let decimal = tier.price.decimal();
            (decimal.mantissa(), decimal.scale() + row.per)
        };
        let scale = row.tiers.iter().map(|tier| price(tier).1).max().unwrap_or(0);
        let flat = row.tiers.iter().any(|tier| tier.flat.is_some());
        let start = self.rows.narrow.len();
        let is_narrow = scale <= 28
            && !flat
            && row.tiers.iter().all(|tier| {
                let (mantissa, own) = price(tier);
                let price = at_scale(mantissa, scale - own);
                self.rows.narrow.extend(price);
                price.is_some()
            });
        let mut flags = 0;
        let prices = match row.tiers {
            [Tier { from: None, .. }] if is_narrow => {
                flags |= SINGLE;
                self.rows.narrow.pop().unwrap_or_default()
            }
            _ if is_narrow => number(start),
            tiers => {
                flags |= WIDE;
                self.rows.narrow.truncate(start);
                let start = number(self.rows.wide.len());
                self.rows.wide.extend(tiers.iter().map(|tier| {
                    let mut decimal = tier.price.decimal();
                    // Check has made sure that the price divided by `per` is still a decimal.
                    let _ = decimal.set_scale(decimal.scale() + row.per);
                    Amount::try_from(decimal).unwrap_or(Amount::ZERO)
                }));
                start
            }
        };
        if flat {
            flags |= FLAT;
            let flats = row.tiers.iter().map(|tier| tier.flat);
            self.rows.wide.extend(flats.map(|flat| flat.unwrap_or(Amount::ZERO)));
        }
        let kind = RowKind {
            from: row.days.from,
            to: row.days.to,
            ladder: self.ladder(row.tiers),
            unit: row.unit,
            scale: u8::try_from(scale).unwrap_or(u8::MAX),
            flags,
        };
        let kind = self.kind(kind);
        self.unsorted.push((product, Row { list: row.list, kind, prices }));
    }

    fn kind(&mut self, kind: RowKind) -> u32 {
        let next = number(self.rows.kinds.len());
        *self.kinds.entry(kind).or_insert_with(|| {
            self.rows.kinds.push(kind);
            next
        })
    }

    /// The number of the bounds of some tiers. Neighbours often have the same.
    fn ladder(&mut self, tiers: &[Tier]) -> u32 {
        if let Some((_, row)) = self.unsorted.last()
            && let known = self.rows.kind(row).ladder
            && let Some(ladder) = self.rows.ladders.get(known as usize)
            && bounds(tiers).eq(ladder.iter().copied())
        {
            return known;
        }
        let ladder: Vec<Option<Quantity>> = bounds(tiers).collect();
        let next = number(self.rows.ladders.len());
        *self.ladders.entry(ladder).or_insert_with_key(|ladder| {
            self.rows.ladders.push(ladder.clone());
            next
        })
    }

    /// All rows, by product; the products learn where theirs begin and how many there are.
    pub(crate) fn finish(mut self, products: &mut [ProductInfo]) -> Rows {
        let mut sorted = std::mem::take(&mut self.unsorted);
        // The rows of a product stay in order.
        sorted.sort_by_key(|(product, _)| *product);
        let mut narrow = Vec::with_capacity(self.rows.narrow.len());
        for rows in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            self.gather(rows, &mut narrow);
        }
        let mut rest = sorted.as_slice();
        for (product, info) in (0_u32..).zip(products) {
            let count = rest.iter().take_while(|(of, _)| *of == product).count();
            (info.rows, info.row_count) = (number(sorted.len() - rest.len()), number(count));
            rest = rest.get(count..).unwrap_or_default();
        }
        let mut rows = self.rows;
        rows.narrow = narrow;
        rows.rows = sorted.iter().map(|(_, row)| *row).collect();
        rows.kinds.shrink_to_fit();
        rows.wide.shrink_to_fit();
        rows
    }

    /// Puts the narrow prices of a product side by side, with as many decimals each, where they fit.
    fn gather(&mut self, rows: &mut [(u32, Row)], narrow: &mut Vec<u32>) {
        let kinds = rows.iter().map(|(_, row)| *self.rows.kind(row));
        let scales = kinds.filter(|kind| kind.flags == 0).map(|kind| kind.scale);
        let Some(scale) = scales.max() else { return };
        for (_, row) in rows {
            let mut kind = *self.rows.kind(row);
            if kind.flags != 0 {
                continue;
            }
            let tiers = self.rows.ladders.get(kind.ladder as usize).map_or(0, Vec::len);
            let prices = row.prices as usize..row.prices as usize + tiers;
            let prices = self.rows.narrow.get(prices).unwrap_or_default();
            let start = narrow.len();
            let more = u32::from(scale - kind.scale);
            narrow.extend(prices.iter().map_while(|&price| at_scale(price.into(), more)));
            if narrow.len() == start + tiers {
                kind.scale = scale;
            } else {
                narrow.truncate(start);
                narrow.extend_from_slice(prices);
            }
            *row = Row { kind: self.kind(kind), prices: number(start), ..*row };
        }
    }
}

/// A bound in millionths, where it is a whole number of them that fits: quantities and values are
/// compared with it in 64 bits.
pub(crate) fn millionths(bound: Exact) -> Option<i64> {
    Fixed::of(bound.reduced())?.at_scale(6)
}

/// The tiers of a row, unpacked on demand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiers<'a> {
    bounds: &'a [Option<Quantity>],
    narrow: &'a [u32],
    wide: &'a [Amount],
    flats: &'a [Amount],
    scale: u32,
}

impl<'a> Tiers<'a> {
    pub(crate) const fn len(&self) -> usize {
        self.bounds.len()
    }

    /// The lower bound of a tier; `None` for a tier from the start.
    pub(crate) fn from(&self, tier: usize) -> Option<Decimal> {
        self.bounds.get(tier).copied().flatten().map(Quantity::decimal)
    }

    pub(crate) fn price(&self, tier: usize) -> Exact {
        if let Some(&mantissa) = self.narrow.get(tier) {
            return Exact::new(i128::from(mantissa), self.scale).unwrap_or(Exact::ZERO);
        }
        self.wide.get(tier).copied().map_or(Exact::ZERO, Amount::exact)
    }

    pub(crate) fn flat(&self, tier: usize) -> Option<Exact> {
        self.flats.get(tier).copied().map(Amount::exact)
    }

    /// The highest tier whose lower bound is reached.
    pub(crate) fn reached(&self, value: Exact) -> Option<usize> {
        let count = self
            .bounds
            .iter()
            .take_while(|bound| bound.is_none_or(|bound| bound.exact() <= value))
            .count();
        count.checked_sub(1)
    }
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Makes what follows from the rows: the ladders in millionths.
    pub(super) fn derive(&mut self) {
        self.steps = self.ladders.iter().map(|ladder| Steps::of(ladder)).collect();
    }

    /// Whether every row is of a list and a unit that there are, and finds its bounds and prices.
    pub(super) fn are_sound(&self, lists: usize, units: usize) -> bool {
        let ascending = |ladder: &Vec<Option<Quantity>>| ladder.is_sorted_by(|a, b| a < b);
        // How many prices and fees a kind has, and among how many they lie.
        let prices = |kind: &RowKind| {
            let ladder = self.ladders.get(kind.ladder as usize)?;
            let sound = usize::from(kind.unit) < units
                && u32::from(kind.scale) <= Decimal::MAX_SCALE
                && kind.days().is_valid();
            let (count, all) = match kind.flags {
                SINGLE if ladder == OPEN => (0, usize::MAX),
                0 => (ladder.len(), self.narrow.len()),
                WIDE => (ladder.len(), self.wide.len()),
                flags if flags == WIDE | FLAT => (2 * ladder.len(), self.wide.len()),
                _ => return None,
            };
            sound.then_some((count, all))
        };
        let Some(kinds) = self.kinds.iter().map(prices).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.ladders.iter().all(ascending)
            && self.rows.iter().all(|row| {
                let Some(&(count, all)) = kinds.get(row.kind as usize) else { return false };
                (row.list as usize) < lists && (row.prices as usize).saturating_add(count) <= all
            })
    }

    /// The rows of a product, in the order of search.
    #[inline]
    pub(crate) fn of(&self, product: &ProductInfo) -> &[Row] {
        let start = product.rows as usize;
        self.rows.get(start..start + product.row_count as usize).unwrap_or_default()
    }

    /// What a row has in common with others.
    #[inline]
    pub(crate) fn kind(&self, row: &Row) -> &RowKind {
        self.kinds.get(row.kind as usize).unwrap_or(RowKind::NONE)
    }

    /// Where a row lies among all.
    pub(crate) fn get(&self, row: u32) -> Option<&Row> {
        self.rows.get(row as usize)
    }

    /// The lists of some of a product's rows, so that where it has a handful every part of the memory
    /// that they lie in is read.
    #[inline]
    pub(crate) fn some(&self, product: &ProductInfo) -> [Option<u32>; 3] {
        let last = product.row_count.wrapping_sub(1);
        [0, last / 2, last].map(|row| Some(self.get(product.rows.wrapping_add(row))?.list))
    }

    /// What lies where the prices of a row begin, where they are narrow.
    #[inline]
    pub(crate) fn first_price(&self, row: &Row) -> Option<u32> {
        self.price(row.prices)
    }

    /// The price that a quantity, in millionths, reaches in a row of narrow prices without fees,
    /// and the number of its tier.
    #[inline]
    pub(crate) fn plain_price(&self, row: &Row, quantity: i64) -> Option<Fixed> {
        let RowKind { ladder, scale, flags, .. } = *self.kinds.get(row.kind as usize)?;
        if flags & SINGLE != 0 {
            return Some(Fixed { mantissa: row.prices.into(), scale });
        }
        if flags & (WIDE | FLAT) != 0 {
            return None;
        }
        let tier = self.steps.get(ladder as usize)?.reached(quantity).checked_sub(1)?;
        let mantissa = *self.narrow.get(row.prices as usize + tier)?;
        Some(Fixed { mantissa: mantissa.into(), scale })
    }

    /// Where the prices of some rows begin that lie side by side and are alike.
    pub(super) fn side_by_side(&self, rows: &[Row]) -> Option<(u32, Alike)> {
        let first = rows.first()?;
        let of = |row: &Row| {
            let RowKind { ladder, scale, flags, .. } = *self.kind(row);
            (flags == 0).then_some(Alike { ladder, scale })
        };
        let alike = of(first)?;
        let tiers = number(self.ladders.get(alike.ladder as usize)?.len());
        let mut start = first.prices;
        let even = rows.iter().all(|row| {
            let is_next = row.prices == start;
            start = start.saturating_add(tiers);
            is_next && of(row) == Some(alike)
        });
        even.then_some((first.prices, alike))
    }

    /// The shape of prices, where they have few tiers.
    pub(super) fn shape(&self, alike: Alike) -> Option<Shape> {
        let Steps::Few(steps) = *self.steps.get(alike.ladder as usize)? else { return None };
        let tiers = number(self.ladders.get(alike.ladder as usize)?.len());
        Some(Shape { steps, tiers, scale: alike.scale })
    }

    /// One of the narrow prices.
    #[inline]
    pub(crate) fn price(&self, place: u32) -> Option<u32> {
        self.narrow.get(place as usize).copied()
    }

    /// Asks for the memory of a narrow price, which is read soon.
    #[inline]
    pub(crate) fn fetch_price(&self, place: u32) {
        fetch(&self.narrow, place);
    }

    /// Asks for the memory of a row, which is read soon.
    #[inline]
    pub(crate) fn fetch_row(&self, place: u32) {
        fetch(&self.rows, place);
    }

    /// The rows of a product in one list.
    pub(crate) fn in_list(&self, product: &ProductInfo, list: u32) -> &[Row] {
        self.of(product).get(self.range_in_list(product, list)).unwrap_or_default()
    }

    /// Where the rows of a product in one list lie among all of the product.
    pub(crate) fn range_in_list(&self, product: &ProductInfo, list: u32) -> Range<usize> {
        let rows = self.of(product);
        // Most products have a handful of rows; some have one for each contract.
        let start = if rows.len() <= 8 {
            rows.iter().position(|row| row.list >= list).unwrap_or(rows.len())
        } else {
            rows.partition_point(|row| row.list < list)
        };
        let rest = rows.get(start..).unwrap_or_default();
        start..start + rest.iter().take_while(|row| row.list == list).count()
    }

    #[inline]
    pub(crate) fn tiers<'a>(&'a self, row: &'a Row) -> Tiers<'a> {
        let kind = self.kind(row);
        let scale = u32::from(kind.scale);
        if kind.flags & SINGLE != 0 {
            let narrow = std::slice::from_ref(&row.prices);
            return Tiers { bounds: OPEN, narrow, wide: &[], flats: &[], scale };
        }
        let bounds = self.ladders.get(kind.ladder as usize).map_or(&[][..], Vec::as_slice);
        let start = row.prices as usize;
        let range = start..start + bounds.len();
        let (narrow, wide) = if kind.flags & WIDE == 0 {
            (self.narrow.get(range).unwrap_or_default(), &[][..])
        } else {
            (&[][..], self.wide.get(range).unwrap_or_default())
        };
        let flats = if kind.flags & FLAT == 0 {
            &[][..]
        } else {
            let start = start + bounds.len();
            self.wide.get(start..start + bounds.len()).unwrap_or_default()
        };
        Tiers { bounds, narrow, wide, flats, scale }
    }
}
