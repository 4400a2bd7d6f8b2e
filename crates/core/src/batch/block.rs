//! Plain rows, some at a time: each step reads one part of the engine for all of them, so that the
//! processor waits for the memory behind many rows at once instead of one after the other.

use std::ops::Range;

use super::columns::Priced;
use super::general::General;
use super::{Lines, NONE, Quantities};
use crate::Engine;
use crate::book::Level;
use crate::engine::{Inner, touch};
use crate::money::Fixed;
use crate::pricing::{PlainAsk, PlainHead, PlainLine, PlainPlace};
use crate::quote::{Status, status};

/// So many rows go through one step together: what the steps hand on stays in the first cache.
const ROWS: usize = 64;

/// The stages of the book that discount lines, by number.
pub(super) fn line_stages(inner: &Inner) -> impl Iterator<Item = u16> + '_ {
    let stages = (0_u16..).zip(&inner.stages);
    stages.filter(|(_, stage)| stage.level == Level::Line).map(|(number, _)| number)
}

/// Prices all lines into empty columns.
pub(super) fn price(inner: &Inner, engine: &Engine, lines: &Lines<'_>, priced: &mut Priced) {
    let mut general = General::new(inner, engine);
    let Some(plain) = &inner.plain else {
        for row in 0..lines.len() {
            general.price(lines, row, priced);
        }
        return;
    };
    // For each stage of the book its column, where it has one.
    let mut columns = vec![None; inner.stages.len()];
    for (column, stage) in line_stages(inner).enumerate() {
        if let Some(slot) = columns.get_mut(usize::from(stage)) {
            *slot = Some(column);
        }
    }
    let mut heads = [None; ROWS];
    let mut places = [None; ROWS];
    let mut prices = [None; ROWS];
    let mut block = Block::new();
    let bare = lines.are_bare();
    for start in (0..lines.len()).step_by(ROWS) {
        let rows = start..lines.len().min(start + ROWS);
        let count = rows.len();
        touch(lines.product.iter().skip(start).take(count), |&product| {
            inner.products.info(product).map(|info| info.class)
        });
        for (row, head) in rows.clone().zip(&mut heads) {
            let ask = if bare || lines.is_bare(row) { ask(lines, row) } else { None };
            *head = ask.and_then(|ask| Some((ask, PlainHead::new(inner, plain, &ask)?)));
        }
        let heads: &[Option<(PlainAsk, PlainHead<'_>)>] = heads.get(..count).unwrap_or_default();
        touch(heads.iter().flatten(), |(_, head)| inner.rows.ends(head.product()));
        for (head, place) in heads.iter().zip(&mut places) {
            *place = head.as_ref().and_then(|(ask, head)| head.place(inner, plain, ask.day));
        }
        touch(places.iter().take(count).flatten(), |place| inner.rows.first_price(place.row));
        for ((head, place), price) in heads.iter().zip(&places).zip(&mut prices) {
            *price = match (head, *place) {
                (Some((_, head)), Some(place)) => head.list_price(inner, place),
                _ => None,
            };
        }
        for stage in &mut priced.stages {
            stage.clear(rows.clone());
        }
        let mut general_rows = 0_u64;
        let known = heads.iter().zip(&places).zip(&prices);
        for (at, ((head, place), price)) in known.enumerate() {
            let line = match (head, *price) {
                (Some((ask, head)), Some(price)) => head.line(inner, plain, ask, price),
                _ => None,
            };
            match (place, line) {
                (Some(place), Some(line)) => {
                    block.put(at, *place, &line);
                    for share in line.shares() {
                        let column = columns.get(usize::from(share.stage)).copied().flatten();
                        let stage = column.and_then(|column| priced.stages.get_mut(column));
                        if let Some(stage) = stage {
                            let (mantissa, scale) = (share.percent.into(), plain.percent_scale);
                            stage.put(start + at, share.rule, Fixed { mantissa, scale });
                        }
                    }
                }
                _ => general_rows |= 1 << at,
            }
        }
        block.write(rows, priced);
        while general_rows != 0 {
            general.price(lines, start + general_rows.trailing_zeros() as usize, priced);
            general_rows &= general_rows - 1;
        }
    }
}

/// What a bare row asks for.
#[inline]
fn ask(lines: &Lines<'_>, row: usize) -> Option<PlainAsk> {
    let quantity = match lines.quantity {
        Quantities::Whole(values) => Fixed { mantissa: *values.get(row)?, scale: 0 },
        Quantities::Decimal(values, scale) => {
            Fixed { mantissa: i64::try_from(*values.get(row)?).ok()?, scale }
        }
    };
    let day = *lines.date.get(row)?;
    Some(PlainAsk {
        customer: *lines.customer.get(row)?,
        product: *lines.product.get(row)?,
        quantity,
        day: Some(day).filter(|day| DAYS.contains(day))?,
    })
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
    status: [Option<Status>; ROWS],
}

/// Decimals of a block.
pub(super) struct Fixeds {
    pub(super) mantissas: [i64; ROWS],
    pub(super) scales: [u8; ROWS],
}

impl Fixeds {
    const fn new() -> Self {
        Self { mantissas: [0; ROWS], scales: [0; ROWS] }
    }

    #[inline]
    fn put(&mut self, at: usize, value: Fixed) {
        put(&mut self.mantissas, at, value.mantissa);
        put(&mut self.scales, at, value.scale);
    }
}

impl Block {
    const fn new() -> Self {
        Self {
            price_list: [NONE; ROWS],
            row: [NONE; ROWS],
            list_price: Fixeds::new(),
            unit_price: Fixeds::new(),
            total: Fixeds::new(),
            cost: Fixeds::new(),
            margin: Fixeds::new(),
            margin_percent: Fixeds::new(),
            status: [None; ROWS],
        }
    }

    #[inline]
    fn put(&mut self, at: usize, place: PlainPlace, line: &PlainLine) {
        put(&mut self.price_list, at, place.list);
        put(&mut self.row, at, place.number);
        self.list_price.put(at, line.list_price);
        self.unit_price.put(at, line.unit_price);
        self.total.put(at, line.total);
        self.cost.put(at, line.cost);
        self.margin.put(at, line.margin);
        self.margin_percent.put(at, line.margin_percent);
        put(&mut self.status, at, Some(status(line.verdict)));
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
        copy(&self.status, rows.clone(), &mut priced.status);
        priced.error.get_mut(rows).unwrap_or_default().fill(None);
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
