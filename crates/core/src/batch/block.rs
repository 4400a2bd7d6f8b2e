//! Plain rows, some at a time: each step reads one part of the engine for all of them, so that the
//! processor waits for the memory behind many rows at once instead of one after the other.

use std::ops::Range;

use super::columns::{ABSENT, Priced};
use super::general::General;
use super::{Lines, NONE, Quantities};
use crate::Engine;
use crate::engine::{Inner, Percents, Plain, PlainStage, Share};
use crate::money::Fixed;
use crate::pricing::{Earned, PlainHead, PlainPrice, PlainTiers};
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
        let next = lines.product.get(rows.end..).unwrap_or_default();
        let mut general_rows = block.price(inner, plain, &lines.slice(rows.clone()), next);
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
    tiers: [PlainTiers; ROWS],
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
    percent_scale: u8,
    status: [Option<Status>; ROWS],
}

/// What one stage granted to the rows of a block.
struct Granted {
    /// Its column.
    column: usize,
    rule: [u32; ROWS],
    /// At the decimals of [`Plain::percent_scale`].
    percent: [i32; ROWS],
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

    #[inline(always)]
    fn get(&self, at: usize) -> Fixed {
        Fixed { mantissa: get(&self.mantissas, at), scale: get(&self.scales, at) }
    }
}

impl<'e> Block<'e> {
    fn new(plain: &Plain) -> Self {
        let nothing = |stage: &PlainStage| Granted {
            column: stage.column.into(),
            rule: [NONE; ROWS],
            percent: [0; ROWS],
        };
        Self {
            heads: [None; ROWS],
            tiers: [PlainTiers::default(); ROWS],
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
            percent_scale: plain.percent_scale,
            status: [None; ROWS],
        }
    }

    /// Prices the plain ones of some rows; the others, one bit for each.
    fn price(
        &mut self,
        inner: &'e Inner,
        plain: &'e Plain,
        lines: &Lines<'_>,
        next: &[u32],
    ) -> u64 {
        self.find_customers(plain, lines);
        self.find_rows(inner, plain, lines);
        self.find_prices(inner, plain);
        for (stage, granted) in (0..).zip(&mut self.stages) {
            granted.find(plain, stage, &mut self.heads, &mut self.prices);
        }
        self.find_totals(inner, plain);
        self.find_margins(plain, next);
        let found = self.find_statuses(inner, plain);
        // Of the others those that are there.
        !found & !u64::MAX.unbounded_shl(u32::try_from(lines.len()).unwrap_or(u32::MAX))
    }

    #[inline(never)]
    fn find_customers(&mut self, plain: &'e Plain, lines: &Lines<'_>) {
        let (quantities, scale) = quantities(lines);
        let million = Fixed { mantissa: 1, scale }.at_scale(6);
        let head = |at: usize| {
            let (&customer, &day) = (lines.customer.get(at)?, lines.date.get(at)?);
            let mantissa = get(&quantities, at);
            let millionths = mantissa.checked_mul(million?)?;
            let quantity = Fixed { mantissa, scale };
            PlainHead::new(plain, customer, quantity, millionths, day)
                .filter(|_| DAYS.contains(&day))
        };
        for at in 0..ROWS {
            set(&mut self.heads, at, head(at));
        }
    }

    #[inline(never)]
    fn find_rows(&mut self, inner: &'e Inner, plain: &'e Plain, lines: &Lines<'_>) {
        each(&mut self.heads, |at, head| {
            head.find(inner, plain, *lines.product.get(at)?)?;
            let place = head.place(inner, plain)?;
            place.tiers.fetch(inner);
            set(&mut self.tiers, at, place.tiers);
            set(&mut self.price_list, at, place.list);
            set(&mut self.row, at, place.number);
            Some(())
        });
    }

    #[inline(never)]
    fn find_prices(&mut self, inner: &Inner, plain: &Plain) {
        each(&mut self.heads, |at, head| {
            let price = head.price(inner, plain, get(&self.tiers, at))?;
            set(&mut self.prices, at, price);
            Some(())
        });
    }

    #[inline(never)]
    fn find_totals(&mut self, inner: &Inner, plain: &Plain) {
        each(&mut self.heads, |at, head| {
            let price = get(&self.prices, at);
            let unit_price = price.net(plain)?;
            self.list_price.put(at, price.list());
            self.unit_price.put(at, unit_price);
            self.total.put(at, head.total(plain, unit_price)?);
            self.cost.put(at, head.cost(inner)?);
            Some(())
        });
    }

    /// Finds the margins. Meanwhile it asks for the memory behind the products of the rows that come next:
    /// dividing needs none.
    #[inline(never)]
    fn find_margins(&mut self, plain: &Plain, next: &[u32]) {
        each(&mut self.heads, |at, _| {
            if let Some(&product) = next.get(at) {
                plain.fetch_card(product);
            }
            let earned = Earned::new(plain, self.total.get(at), self.cost.get(at))?;
            self.margin.put(at, earned.margin);
            self.margin_percent.put(at, earned.margin_percent);
            Some(())
        });
    }

    /// Finds where the rows stand with their thresholds; answers as [`each`].
    #[inline(never)]
    fn find_statuses(&mut self, inner: &'e Inner, plain: &'e Plain) -> u64 {
        if plain.margin_decides() {
            return each(&mut self.heads, |at, head| {
                let verdict = head.verdict_on_margin(plain, self.margin_percent.get(at))?;
                set(&mut self.status, at, Some(status(verdict)));
                Some(())
            });
        }
        each(&mut self.heads, |at, head| {
            let earned = Earned {
                total: self.total.get(at),
                cost: self.cost.get(at),
                margin: self.margin.get(at),
                margin_percent: self.margin_percent.get(at),
            };
            set(&mut self.status, at, Some(status(head.verdict(inner, plain, &earned)?)));
            Some(())
        })
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
                stage.write(rows.clone(), &granted.rule, &granted.percent, self.percent_scale);
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
        each(heads, |at, head| {
            let price = prices.get_mut(at)?;
            let found = share(head, price)?;
            price.take(plain, found)?;
            set(&mut self.rule, at, found.rule);
            set(&mut self.percent, at, found.percent);
            Some(())
        });
    }
}

/// Takes the plain rows of a block one step further; a row for which that answers `None` is not plain.
/// The rows that still are, one bit for each.
#[inline(always)]
fn each<'e>(
    heads: &mut [Option<PlainHead<'e>>; ROWS],
    mut step: impl FnMut(usize, &mut PlainHead<'e>) -> Option<()>,
) -> u64 {
    let mut plain = 0;
    for at in 0..ROWS {
        // A place that is certainly there takes no check.
        let Some(head) = heads.get_mut(at) else { continue };
        let Some(found) = head else { continue };
        match step(at, found) {
            Some(()) => plain |= 1 << at,
            None => *head = None,
        }
    }
    plain
}

/// Writes one row of a block.
#[inline(always)]
fn set<T>(column: &mut [T; ROWS], at: usize, value: T) {
    if let Some(slot) = column.get_mut(at) {
        *slot = value;
    }
}

/// Reads one row of a block.
#[inline(always)]
fn get<T: Copy + Default>(column: &[T; ROWS], at: usize) -> T {
    column.get(at).copied().unwrap_or_default()
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
