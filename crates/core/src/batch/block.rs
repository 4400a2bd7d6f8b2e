//! Plain rows, some at a time: each step reads one part of the engine for all of them, so that the
//! processor waits for the memory behind many rows at once instead of one after the other.

use std::ops::Range;

use super::columns::{ABSENT, Priced};
use super::general::General;
use super::{Lines, NONE, Quantities};
use crate::Engine;
use crate::engine::{Inner, touch};
use crate::money::Fixed;
use crate::pricing::{PlainAsk, PlainHead, PlainLine, PlainPlace, Shares};
use crate::quote::{Status, status};

/// So many rows go through one step together: what the steps hand on stays in the first cache.
const ROWS: usize = 64;

/// Prices all lines into empty columns.
pub(super) fn price(inner: &Inner, engine: &Engine, lines: &Lines<'_>, priced: &mut Priced) {
    let mut general = General::new(inner, engine);
    let Some(plain) = &inner.plain else {
        for row in 0..lines.len() {
            general.price(lines, row, priced);
        }
        return;
    };
    let mut heads = [None; ROWS];
    let mut places = [None; ROWS];
    let mut block = Block::new(&plain.stages, plain.percent_scale);
    for (stage, column) in (0..).zip(&mut priced.stages) {
        if !plain.stages.contains(&stage) {
            column.clear();
        }
    }
    for start in (0..lines.len()).step_by(ROWS) {
        let rows = start..lines.len().min(start + ROWS);
        let count = rows.len();
        let part = lines.slice(rows.clone());
        touch(part.product.iter(), |&product| inner.products.info(product).map(|info| info.class));
        let (quantities, scale) = quantities(&part);
        let asked = part.customer.iter().zip(part.product).zip(&quantities).zip(part.date);
        for (head, (((&customer, &product), &mantissa), &day)) in heads.iter_mut().zip(asked) {
            let ask = PlainAsk { customer, product, quantity: Fixed { mantissa, scale }, day };
            *head = if DAYS.contains(&day) { PlainHead::new(inner, plain, &ask) } else { None };
        }
        let heads: &[Option<PlainHead<'_>>] = heads.get(..count).unwrap_or_default();
        touch(heads.iter().flatten(), |head| inner.rows.some(head.product()));
        for (head, place) in heads.iter().zip(&mut places) {
            *place = head.as_ref().and_then(|head| head.place(inner, plain));
        }
        touch(places.iter().take(count).flatten(), |place| inner.rows.first_price(place.row));
        let mut general_rows = 0_u64;
        for (at, (head, place)) in heads.iter().zip(&places).enumerate() {
            let mut shares = Shares::NONE;
            let line = match (head, *place) {
                (Some(head), Some(place)) => {
                    head.line(inner, plain, place, &mut shares).map(|line| (place, line))
                }
                _ => None,
            };
            match line {
                Some((place, line)) => block.put(at, place, &line, &shares),
                None => general_rows |= 1 << at,
            }
        }
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

/// The answers of a block, column by column.
struct Block {
    price_list: [u32; ROWS],
    row: [u32; ROWS],
    list_price: Fixeds,
    unit_price: Fixeds,
    total: Fixeds,
    cost: Fixeds,
    margin: Fixeds,
    margin_percent: Fixeds,
    /// Those of [`Plain::stages`](crate::engine::Plain::stages).
    stages: Vec<Granted>,
    percent_scale: u8,
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

    #[inline]
    fn put(&mut self, at: usize, value: Fixed) {
        set(&mut self.mantissas, at, value.mantissa);
        set(&mut self.scales, at, value.scale);
    }
}

impl Block {
    fn new(stages: &[u16], percent_scale: u8) -> Self {
        let nothing = |&stage: &u16| Granted {
            column: stage.into(),
            rule: [NONE; ROWS],
            percent: Fixeds::NONE,
        };
        Self {
            price_list: [NONE; ROWS],
            row: [NONE; ROWS],
            list_price: Fixeds::NONE,
            unit_price: Fixeds::NONE,
            total: Fixeds::NONE,
            cost: Fixeds::NONE,
            margin: Fixeds::NONE,
            margin_percent: Fixeds::NONE,
            stages: stages.iter().map(nothing).collect(),
            percent_scale,
            status: [None; ROWS],
        }
    }

    #[inline(always)]
    fn put(&mut self, at: usize, place: PlainPlace<'_>, line: &PlainLine, shares: &Shares) {
        set(&mut self.price_list, at, place.row.list);
        set(&mut self.row, at, place.number);
        self.list_price.put(at, line.list_price);
        self.unit_price.put(at, line.unit_price);
        self.total.put(at, line.total);
        self.cost.put(at, line.cost);
        self.margin.put(at, line.margin);
        self.margin_percent.put(at, line.margin_percent);
        set(&mut self.status, at, Some(status(line.verdict)));
        for (stage, (rule, percent)) in self.stages.iter_mut().zip(shares.iter()) {
            let scale = if rule == NONE { ABSENT } else { self.percent_scale };
            set(&mut stage.rule, at, rule);
            stage.percent.put(at, Fixed { mantissa: percent.into(), scale });
        }
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
