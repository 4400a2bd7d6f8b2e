//! Plain rows, some at a time: each step reads one part of the engine for all of them, so that the
//! processor waits for the memory behind many rows at once instead of one after the other.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::columns::{ABSENT, Priced};
use super::general::General;
use super::{Lines, NONE, Quantities};
use crate::Engine;
use crate::engine::{Inner, Percents, Plain, PlainStage, Row, Share, touch};
use crate::money::Fixed;
use crate::pricing::{PlainAsk, PlainHead, PlainPlace, PlainPrice};
use crate::quote::{Status, status};

/// So many rows go through one step together: what the steps hand on stays in the first cache.
const ROWS: usize = 64;

/// Prices all lines into empty columns.
pub(super) fn price(inner: &Inner, engine: &Engine, lines: &Lines<'_>, priced: &mut Priced) {
    let mut general = General::new(inner, engine);
    let Some(plain) = inner.plain() else {
        for row in 0..lines.len() {
            general.price(lines, row, priced);
        }
        return;
    };
    for (column, stage) in priced.stages.iter_mut().enumerate() {
        if !plain.stages.iter().any(|of| usize::from(of.column) == column) {
            stage.clear();
        }
    }
    let mut block = Block::new(plain);
    for start in (0..lines.len()).step_by(ROWS) {
        let rows = start..lines.len().min(start + ROWS);
        let mut general_rows = block.price(inner, plain, &lines.slice(rows.clone()));
        block.write(rows, priced);
        while general_rows != 0 {
            general.price(lines, start + general_rows.trailing_zeros() as usize, priced);
            general_rows &= general_rows - 1;
        }
    }
}

/// The quantities of the rows of a block and their scale; zero, which no plain line has, for a row
/// that asks for more than every line asks for.
fn quantities(lines: &Lines<'_>) -> ([i64; ROWS], u8) {
    let mut quantities = [0; ROWS];
    let scale = match lines.quantity {
        Quantities::Whole(values) => {
            quantities.iter_mut().zip(values).for_each(|(into, &value)| *into = value);
            0
        }
        Quantities::Decimal(values, scale) => {
            for (into, &value) in quantities.iter_mut().zip(values) {
                *into = i64::try_from(value).unwrap_or(0);
            }
            scale
        }
    };
    if !lines.are_bare() {
        for (row, quantity) in quantities.iter_mut().enumerate() {
            if !lines.is_bare(row) {
                *quantity = 0;
            }
        }
    }
    (quantities, scale)
}

/// The days of the years 1 to 9999.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// The rows of a block on their way through the steps, and their answers, column by column.
struct Block<'e> {
    /// `None` for a row that is not plain, or not there.
    heads: [Option<PlainHead<'e>>; ROWS],
    places: [Option<PlainPlace>; ROWS],
    /// The price rows that win.
    winners: [Option<&'e Row>; ROWS],
    prices: [PlainPrice; ROWS],
    price_list: [u32; ROWS],
    row: [u32; ROWS],
    list_price: Fixeds,
    unit_price: Fixeds,
    total: Fixeds,
    cost: Fixeds,
    margin: Fixeds,
    margin_percent: Fixeds,
    /// Those of [`Plain::stages`].
    stages: Vec<Granted>,
    status: [Option<Status>; ROWS],
}

/// What one stage granted to the rows of a block.
struct Granted {
    /// Its column.
    column: usize,
    rule: [u32; ROWS],
    percent: Fixeds,
}

/// Decimals of a block.
pub(super) struct Fixeds {
    pub(super) mantissas: [i64; ROWS],
    pub(super) scales: [u8; ROWS],
}

impl Fixeds {
    const NONE: Self = Self { mantissas: [0; ROWS], scales: [ABSENT; ROWS] };

    #[inline(always)]
    fn put(&mut self, at: usize, value: Fixed) {
        set(&mut self.mantissas, at, value.mantissa);
        set(&mut self.scales, at, value.scale);
    }
}

impl<'e> Block<'e> {
    fn new(plain: &Plain) -> Self {
        let nothing = |stage: &PlainStage| Granted {
            column: stage.column.into(),
            rule: [NONE; ROWS],
            percent: Fixeds::NONE,
        };
        Self {
            heads: [None; ROWS],
            places: [None; ROWS],
            winners: [None; ROWS],
            prices: [PlainPrice::default(); ROWS],
            price_list: [NONE; ROWS],
            row: [NONE; ROWS],
            list_price: Fixeds::NONE,
            unit_price: Fixeds::NONE,
            total: Fixeds::NONE,
            cost: Fixeds::NONE,
            margin: Fixeds::NONE,
            margin_percent: Fixeds::NONE,
            stages: plain.stages.iter().map(nothing).collect(),
            status: [None; ROWS],
        }
    }

    /// Prices the plain ones of some rows; the others, one bit for each.
    fn price(&mut self, inner: &'e Inner, plain: &'e Plain, lines: &Lines<'_>) -> u64 {
        self.find_heads(inner, plain, lines);
        self.find_rows(inner, plain);
        self.find_prices(inner);
        for (stage, granted) in (0..).zip(&mut self.stages) {
            granted.find(plain, stage, &mut self.heads, &mut self.prices);
        }
        self.find_amounts(inner, plain, lines.len())
    }

    #[inline(never)]
    fn find_heads(&mut self, inner: &'e Inner, plain: &'e Plain, lines: &Lines<'_>) {
        touch(lines.product.iter(), |&product| plain.card(product).map(|card| card.category));
        let (quantities, scale) = quantities(lines);
        let asked = lines.customer.iter().zip(lines.product).zip(&quantities).zip(lines.date);
        let mut heads = self.heads.iter_mut();
        for ((((&customer, &product), &mantissa), &day), head) in asked.zip(heads.by_ref()) {
            let ask = PlainAsk { customer, product, quantity: Fixed { mantissa, scale }, day };
            *head = if DAYS.contains(&day) { PlainHead::new(inner, plain, &ask) } else { None };
        }
        heads.for_each(|head| *head = None);
    }

    #[inline(never)]
    fn find_rows(&mut self, inner: &'e Inner, plain: &Plain) {
        for (head, place) in self.heads.iter().zip(&mut self.places) {
            *place = head.as_ref().and_then(|head| head.place(inner, plain));
        }
        touch(self.places.iter().flatten(), |place| place.row(inner).map(|row| row.list));
        for (place, row) in self.places.iter().zip(&mut self.winners) {
            *row = place.and_then(|place| place.row(inner));
        }
    }

    #[inline(never)]
    fn find_prices(&mut self, inner: &Inner) {
        touch(self.winners.iter().flatten(), |row| inner.rows.first_price(row));
        let rows = self.winners.iter().zip(&mut self.prices);
        for (head, (row, into)) in self.heads.iter_mut().zip(rows) {
            let price = match (&head, row) {
                (Some(head), Some(row)) => head.price(inner, row),
                _ => None,
            };
            match price {
                Some(price) => *into = price,
                None => *head = None,
            }
        }
    }

    /// Settles what some rows come to; those that are not plain, one bit for each.
    #[inline(never)]
    fn find_amounts(&mut self, inner: &Inner, plain: &Plain, rows: usize) -> u64 {
        let mut general_rows = 0;
        for at in 0..rows {
            if self.find_amounts_of(inner, plain, at).is_none() {
                general_rows |= 1_u64.unbounded_shl(u32::try_from(at).unwrap_or(0));
            }
        }
        general_rows
    }

    #[inline(always)]
    fn find_amounts_of(&mut self, inner: &Inner, plain: &Plain, at: usize) -> Option<()> {
        let head = self.heads.get(at)?.as_ref()?;
        let (row, place) = ((*self.winners.get(at)?)?, (*self.places.get(at)?)?);
        let line = head.amounts(inner, plain, self.prices.get(at)?)?;
        set(&mut self.price_list, at, row.list);
        set(&mut self.row, at, place.number);
        self.list_price.put(at, line.list_price);
        self.unit_price.put(at, line.unit_price);
        self.total.put(at, line.total);
        self.cost.put(at, line.cost);
        self.margin.put(at, line.margin);
        self.margin_percent.put(at, line.margin_percent);
        set(&mut self.status, at, Some(status(line.verdict)));
        Some(())
    }

    /// Writes the block into the columns; what rows hold that are not plain is written over later.
    fn write(&self, rows: Range<usize>, priced: &mut Priced) {
        copy(&self.price_list, rows.clone(), &mut priced.price_list);
        copy(&self.row, rows.clone(), &mut priced.row);
        priced.list_price.copy(&self.list_price, rows.clone());
        priced.unit_price.copy(&self.unit_price, rows.clone());
        priced.total.copy(&self.total, rows.clone());
        priced.net.copy(&self.total, rows.clone());
        priced.cost.copy(&self.cost, rows.clone());
        priced.margin.copy(&self.margin, rows.clone());
        priced.margin_percent.copy(&self.margin_percent, rows.clone());
        for granted in &self.stages {
            if let Some(stage) = priced.stages.get_mut(granted.column) {
                copy(&granted.rule, rows.clone(), &mut stage.rule);
                stage.percent.copy(&granted.percent, rows.clone());
            }
        }
        copy(&self.status, rows.clone(), &mut priced.status);
        priced.error.get_mut(rows).unwrap_or_default().fill(None);
    }
}

impl Granted {
    /// Settles what a stage takes of the rows of a block.
    #[inline(never)]
    fn find(
        &mut self,
        plain: &Plain,
        stage: u32,
        heads: &mut [Option<PlainHead<'_>>; ROWS],
        prices: &mut [PlainPrice; ROWS],
    ) {
        let only = plain.stages.get(stage as usize).and_then(|stage| stage.only.as_ref());
        let Some(rule) = only else {
            return self
                .find_by(plain, heads, prices, |head, price| head.best_share(plain, stage, price));
        };
        // A loop for each kind of percentages.
        match plain.percents(rule) {
            Some(percents @ Percents::One(_)) => {
                self.find_by(plain, heads, prices, |head, price| {
                    head.share_of(rule.number, percents, price)
                })
            }
            Some(percents @ Percents::Matrix(_)) => {
                self.find_by(plain, heads, prices, |head, price| {
                    head.share_of(rule.number, percents, price)
                })
            }
            Some(percents @ Percents::Steps(..)) => {
                self.find_by(plain, heads, prices, |head, price| {
                    head.share_of(rule.number, percents, price)
                })
            }
            None => heads.fill(None),
        }
    }

    #[inline(always)]
    fn find_by<'e>(
        &mut self,
        plain: &Plain,
        heads: &mut [Option<PlainHead<'e>>; ROWS],
        prices: &mut [PlainPrice; ROWS],
        share: impl Fn(&PlainHead<'e>, &PlainPrice) -> Option<Share>,
    ) {
        let decimals = self.percent.mantissas.iter_mut().zip(&mut self.percent.scales);
        let into = self.rule.iter_mut().zip(decimals);
        for ((head, price), (rule, (mantissa, scale))) in heads.iter_mut().zip(prices).zip(into) {
            let Some(some) = head else { continue };
            match share(some, price).and_then(|share| price.take(plain, share).map(|()| share)) {
                Some(share) => {
                    *rule = share.rule;
                    *mantissa = share.percent.into();
                    let granted = share.rule != NONE;
                    *scale = select_unpredictable(granted, plain.percent_scale, ABSENT);
                }
                None => *head = None,
            }
        }
    }
}

/// Writes one row of a block.
#[inline]
fn set<T>(column: &mut [T; ROWS], at: usize, value: T) {
    // A place that is certainly there takes no check.
    if let Some(slot) = column.get_mut(at % ROWS) {
        *slot = value;
    }
}

/// Copies the first values of a block into the rows of a column.
pub(super) fn copy<T: Copy>(values: &[T; ROWS], rows: Range<usize>, column: &mut [T]) {
    if let (Some(into), Some(values)) = (column.get_mut(rows.clone()), values.get(..rows.len())) {
        into.copy_from_slice(values);
    }
}

/// Writes one row of a column.
#[inline]
pub(super) fn put<T>(column: &mut [T], row: usize, value: T) {
    if let Some(slot) = column.get_mut(row) {
        *slot = value;
    }
}
