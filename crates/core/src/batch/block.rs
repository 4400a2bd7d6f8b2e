//! Plain rows, some at a time: each step reads one part of the engine for all of them, so that the
//! processor waits for the memory behind many rows at once instead of one after the other.

use super::columns::Priced;
use super::general::General;
use super::{Lines, NONE, Quantities};
use crate::Engine;
use crate::book::Level;
use crate::engine::{Inner, Plain};
use crate::money::Fixed;
use crate::pricing::{PlainAsk, PlainHead, PlainLine, PlainPlace};
use crate::quote::status;

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
            general.push(lines, row, priced);
        }
        return;
    };
    // For each stage of the book its column.
    let mut column_of = vec![None; inner.stages.len()];
    for (column, stage) in line_stages(inner).enumerate() {
        if let Some(slot) = column_of.get_mut(usize::from(stage)) {
            *slot = Some(column);
        }
    }
    let mut heads = [None; ROWS];
    let mut places = [None; ROWS];
    let mut found: [Option<PlainLine>; ROWS] = [None; ROWS];
    for start in (0..lines.len()).step_by(ROWS) {
        let rows = start..lines.len().min(start + ROWS);
        for (row, head) in rows.clone().zip(&mut heads) {
            *head =
                ask(lines, row).and_then(|ask| Some((ask, PlainHead::new(inner, plain, &ask)?)));
        }
        let count = rows.len();
        let known: &[Option<(PlainAsk, PlainHead<'_>)>] = heads.get(..count).unwrap_or_default();
        for (head, place) in known.iter().zip(&mut places) {
            *place = head.as_ref().and_then(|(ask, head)| head.place(inner, plain, ask.day));
        }
        for ((head, place), line) in known.iter().zip(&places).zip(&mut found) {
            *line = match (head, *place) {
                (Some((ask, head)), Some(place)) => head.line(inner, plain, ask, place),
                _ => None,
            };
        }
        for ((row, place), line) in rows.zip(&places).zip(&found) {
            match (place, line) {
                (Some(place), Some(line)) => write(plain, *place, line, &column_of, priced),
                _ => general.push(lines, row, priced),
            }
        }
    }
}

/// What a row asks for, where it asks for nothing that is not plain.
#[inline]
fn ask(lines: &Lines<'_>, row: usize) -> Option<PlainAsk> {
    let complete = lines.complete.is_none_or(|complete| complete.get(row) == Some(&true));
    fn asks<T>(column: Option<&[Option<T>]>, row: usize) -> bool {
        column.is_some_and(|column| column.get(row).is_some_and(Option::is_some))
    }
    let more = asks(lines.unit, row)
        || asks(lines.currency, row)
        || asks(lines.channel, row)
        || asks(lines.discount, row)
        || asks(lines.coupon, row);
    if !complete || more {
        return None;
    }
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

#[inline]
fn write(
    plain: &Plain,
    place: PlainPlace,
    line: &PlainLine,
    column_of: &[Option<usize>],
    priced: &mut Priced,
) {
    priced.price_list.push(place.list);
    priced.row.push(place.number);
    priced.list_price.push_fixed(line.list_price);
    priced.unit_price.push_fixed(line.unit_price);
    priced.total.push_fixed(line.total);
    priced.net.push_fixed(line.total);
    priced.cost.push_fixed(line.cost);
    priced.margin.push_fixed(line.margin);
    priced.margin_percent.push_fixed(line.margin_percent);
    let row = priced.error.len();
    for stage in &mut priced.stages {
        stage.rule.push(NONE);
        stage.percent.push(None);
    }
    for share in line.shares() {
        let column = column_of.get(usize::from(share.stage)).copied().flatten();
        if let Some(stage) = column.and_then(|column| priced.stages.get_mut(column)) {
            let percent = Fixed { mantissa: share.percent.into(), scale: plain.percent_scale };
            stage.set(row, share.rule, percent);
        }
    }
    priced.status.push(Some(status(line.verdict)));
    priced.error.push(None);
}
