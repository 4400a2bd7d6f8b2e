//! The columns that a batch answers with.

use std::ops::Range;

use super::NONE;
use super::block::{Fixeds, copy};
use crate::book::{Code, Level};
use crate::engine::Inner;
use crate::money::{Amount, Exact};
use crate::quote::{PriceError, Refusal, Status};
use crate::{Id, RequestError};

/// A column of decimals, each with its own number of decimals or absent.
///
/// ```
/// use listino_core::batch::Decimals;
/// let column: Decimals = ["9.99", "0.125"].iter().map(|t| t.parse().ok()).chain([None]).collect();
/// assert_eq!(column.get(1).unwrap().to_string(), "0.125");
/// assert!(column.get(2).is_none());
/// assert_eq!(column.at_scale(3, 0..3).collect::<Vec<_>>(), [Ok(Some(9_990)), Ok(Some(125)), Ok(None)]);
/// assert_eq!(column.at_scale(2, 1..2).next(), Some(Err(1)));
/// // Rows beyond the last are left out, and 38 digits are the most.
/// assert_eq!(column.at_scale(3, 2..9).collect::<Vec<_>>(), [Ok(None)]);
/// let long: Decimals = ["0", "-7922816251426433759354395033"].iter().map(|t| t.parse().ok()).collect();
/// let digits = -79_228_162_514_264_337_593_543_950_330_000_000_000;
/// assert_eq!(long.at_scale(10, 0..2).collect::<Vec<_>>(), [Ok(Some(0)), Ok(Some(digits))]);
/// assert_eq!(long.at_scale(11, 1..2).next(), Some(Err(1)));
/// assert_eq!(long.at_scale(38, 0..2).collect::<Vec<_>>(), [Ok(Some(0)), Err(1)]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decimals {
    mantissas: Vec<i64>,
    scales: Vec<u8>,
    /// Mantissas that do not fit 64 bits, by row.
    wide: Vec<(usize, i128)>,
}

/// In place of a scale: there is no number.
pub(super) const ABSENT: u8 = u8::MAX;
/// Added to a scale: the mantissa is a wide one.
const WIDE: u8 = 128;
/// The first number that has more than 38 digits.
const MOST: u128 = 10_u128.pow(38);

impl Decimals {
    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// The number of a row; `None` where it is absent, and beyond the last row.
    pub fn get(&self, row: usize) -> Option<Amount> {
        let (mantissa, scale) = self.parts(row)?;
        Amount::from_exact(Exact::new(mantissa, scale.into()).ok()?).ok()
    }

    /// Mantissa and number of decimals of a row.
    ///
    /// ```
    /// use listino_core::batch::Decimals;
    /// let column: Decimals = [Some("9.99".parse()?)].into_iter().collect();
    /// assert_eq!(column.parts(0), Some((999, 2)));
    /// # Ok::<(), listino_core::money::DecimalError>(())
    /// ```
    #[inline]
    pub fn parts(&self, row: usize) -> Option<(i128, u8)> {
        let scale = *self.scales.get(row)?;
        if scale < WIDE {
            return Some((i128::from(*self.mantissas.get(row)?), scale));
        }
        if scale == ABSENT {
            return None;
        }
        let at = self.wide.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some((self.wide.get(at)?.1, scale - WIDE))
    }

    /// The mantissas of some rows at one number of decimals; those beyond the last are left out. `Err`
    /// with the row where a number has more decimals than that, or more than 38 digits.
    pub fn at_scale(
        &self,
        scale: u8,
        rows: Range<usize>,
    ) -> impl Iterator<Item = Result<Option<i128>, usize>> + '_ {
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        // What a mantissa of 64 bits is multiplied with; zero where it is another way.
        let powers: [i64; 39] = std::array::from_fn(|own| {
            let up = usize::from(scale).checked_sub(own).and_then(|up| u32::try_from(up).ok());
            up.and_then(|up| 10_i64.checked_pow(up)).unwrap_or(0)
        });
        let scales = self.scales.get(rows.clone()).unwrap_or_default();
        let mantissas = self.mantissas.get(rows.clone()).unwrap_or_default();
        rows.zip(scales.iter().zip(mantissas)).map(move |(row, (&own, &mantissa))| {
            match powers.get(usize::from(own)) {
                Some(&power) if power != 0 => Ok(Some(i128::from(mantissa) * i128::from(power))),
                _ if own == ABSENT => Ok(None),
                _ => self.at_other_scale(scale, row),
            }
        })
    }

    /// As [`Decimals::at_scale`], for a number that is wide, far from the scale, or beyond it.
    #[inline(never)]
    fn at_other_scale(&self, scale: u8, row: usize) -> Result<Option<i128>, usize> {
        let Some((mantissa, own)) = self.parts(row) else { return Ok(None) };
        if mantissa == 0 {
            return Ok(Some(0));
        }
        let power = 10_i128.checked_pow(scale.abs_diff(own).into());
        let found = power.and_then(|power| {
            if own <= scale {
                mantissa.checked_mul(power)
            } else {
                mantissa.checked_div(power).filter(|found| found * power == mantissa)
            }
        });
        found.filter(|found| found.unsigned_abs() < MOST).map(Some).ok_or(row)
    }

    fn push(&mut self, value: Option<Exact>) {
        let row = self.len();
        self.mantissas.push(0);
        self.scales.push(ABSENT);
        self.set(row, value);
    }

    /// Writes one row; a row is written once, after those before it.
    pub(super) fn set(&mut self, row: usize, value: Option<Exact>) {
        let (mantissa, scale) = match value.map(Exact::parts) {
            None => (0, ABSENT),
            // Results have at most 28 decimals.
            Some((mantissa, scale)) => {
                let scale = u8::try_from(scale).unwrap_or(0);
                match i64::try_from(mantissa) {
                    Ok(mantissa) => (mantissa, scale),
                    Err(_) => {
                        self.wide.push((row, mantissa));
                        (0, scale + WIDE)
                    }
                }
            }
        };
        if let (Some(into), Some(into_scale)) =
            (self.mantissas.get_mut(row), self.scales.get_mut(row))
        {
            (*into, *into_scale) = (mantissa, scale);
        }
    }

    /// Writes some rows.
    #[inline]
    pub(super) fn copy(&mut self, values: &Fixeds, rows: Range<usize>) {
        copy(&values.mantissas, rows.clone(), &mut self.mantissas);
        copy(&values.scales, rows, &mut self.scales);
    }

    /// Makes room for so many rows, each of which is to be written.
    fn start(&mut self, rows: usize) {
        self.mantissas.resize(rows, 0);
        self.scales.resize(rows, ABSENT);
        self.wide.clear();
    }

    fn append(&mut self, other: &Self) {
        let start = self.len();
        self.mantissas.extend_from_slice(&other.mantissas);
        self.scales.extend_from_slice(&other.scales);
        self.wide.extend(other.wide.iter().map(|&(row, mantissa)| (start + row, mantissa)));
    }
}

impl FromIterator<Option<Amount>> for Decimals {
    fn from_iter<I: IntoIterator<Item = Option<Amount>>>(values: I) -> Self {
        let mut column = Self::default();
        for value in values {
            column.push(value.map(|value| value.exact()));
        }
        column
    }
}

/// What one stage of discounts took.
///
/// ```
/// use listino_core::batch::{Lines, NONE, Quantities, Stage};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }],
/// #     "discounts": [{ "id": "ten", "stage": "volume", "quantity": { "from": "5" }, "percent": "10" }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let lines = Lines::new(&[0; 2], &[0; 2], Quantities::Whole(&[3, 5]), &[20_454; 2]);
/// let priced = engine.price_columns(&lines)?;
/// let volume: &Stage = &priced.stages[2];
/// assert_eq!((volume.id.as_str(), volume.rule[0]), ("volume", NONE));
/// assert_ne!(volume.rule[1], NONE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The stage.
    pub id: Id,
    /// The number of the first rule that was granted ([`Engine::discounts`](crate::Engine::discounts));
    /// [`NONE`](super::NONE) where none was: a discount by hand is no rule.
    pub rule: Vec<u32>,
    /// What the stage took in all, in percent of the price that came into it; absent where it took
    /// nothing, and where it took an amount whose share is no decimal of 28 digits.
    pub percent: Decimals,
}

impl Stage {
    /// Writes some rows: rules, and what they took at one number of decimals.
    pub(super) fn write(&mut self, rows: Range<usize>, rules: &[u32], percent: &[i32], scale: u8) {
        let Decimals { mantissas, scales, .. } = &mut self.percent;
        let (Some(into_rule), Some(mantissas), Some(scales)) = (
            self.rule.get_mut(rows.clone()),
            mantissas.get_mut(rows.clone()),
            scales.get_mut(rows),
        ) else {
            return;
        };
        into_rule.iter_mut().zip(rules).for_each(|(into, &rule)| *into = rule);
        mantissas.iter_mut().zip(percent).for_each(|(into, &percent)| *into = percent.into());
        for (into, &rule) in scales.iter_mut().zip(rules) {
            *into = if rule == NONE { ABSENT } else { scale };
        }
    }

    /// Writes that no row was granted anything.
    pub(super) fn clear(&mut self) {
        self.rule.fill(NONE);
        self.percent.mantissas.fill(0);
        self.percent.scales.fill(ABSENT);
    }
}

/// The answer to a batch, column by column, row by row as the lines came.
///
/// Amounts are in the currency of the row: its own, the customer's or the book's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Priced {
    /// The number of the list that priced the line ([`Engine::price_lists`](crate::Engine::price_lists)).
    pub price_list: Vec<u32>,
    /// Which of the product's rows in that list, by date from 0; [`NONE`](super::NONE) where a
    /// formula made the price.
    pub row: Vec<u32>,
    /// The list price of one unit; absent where the line is priced as a whole.
    pub list_price: Decimals,
    /// The net price of one unit; absent where the line is priced as a whole.
    pub unit_price: Decimals,
    /// The line total.
    pub total: Decimals,
    /// The true net: the total after everything that is granted on the document.
    pub net: Decimals,
    /// The cost of the line; absent where it is not known.
    pub cost: Decimals,
    /// What the line earns: net less cost.
    pub margin: Decimals,
    /// The margin in percent of the net; absent where the net is zero.
    pub margin_percent: Decimals,
    /// The stages of the book that discount lines, in their order.
    pub stages: Vec<Stage>,
    /// Where the line stands with its thresholds; absent where it has no price.
    pub status: Vec<Option<Status>>,
    /// Why there is no price.
    pub error: Vec<Option<LineError>>,
}

impl Priced {
    /// How many rows there are.
    ///
    /// ```
    /// assert_eq!(listino_core::batch::Priced::default().len(), 0);
    /// ```
    pub const fn len(&self) -> usize {
        self.error.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(listino_core::batch::Priced::default().is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.error.is_empty()
    }

    /// Adds the rows of another answer of the same engine behind these.
    ///
    /// ```
    /// # use listino_core::batch::{Lines, Quantities};
    /// # use listino_core::{Engine, PriceBook};
    /// # let engine = Engine::compile(&PriceBook::from_json(r#"{ "v": 1, "currency": "EUR" }"#)?)?;
    /// let lines = Lines::new(&[0, 1], &[0, 0], Quantities::Whole(&[1, 1]), &[0, 0]);
    /// let mut first = engine.price_columns(&lines.slice(0..1))?;
    /// first.append(&engine.price_columns(&lines.slice(1..2))?);
    /// assert_eq!(first, engine.price_columns(&lines)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&mut self, other: &Self) {
        self.price_list.extend_from_slice(&other.price_list);
        self.row.extend_from_slice(&other.row);
        for (mine, theirs) in self.decimals().into_iter().zip(other.all_decimals()) {
            mine.append(theirs);
        }
        if self.stages.is_empty() {
            self.stages = other.stages.clone();
        } else {
            for (mine, theirs) in self.stages.iter_mut().zip(&other.stages) {
                mine.rule.extend_from_slice(&theirs.rule);
                mine.percent.append(&theirs.percent);
            }
        }
        self.status.extend_from_slice(&other.status);
        self.error.extend_from_slice(&other.error);
    }

    pub(super) fn decimals(&mut self) -> [&mut Decimals; 7] {
        [
            &mut self.list_price,
            &mut self.unit_price,
            &mut self.total,
            &mut self.net,
            &mut self.cost,
            &mut self.margin,
            &mut self.margin_percent,
        ]
    }

    const fn all_decimals(&self) -> [&Decimals; 7] {
        [
            &self.list_price,
            &self.unit_price,
            &self.total,
            &self.net,
            &self.cost,
            &self.margin,
            &self.margin_percent,
        ]
    }

    /// Makes room for so many rows, each of which is to be written.
    pub(super) fn start(&mut self, inner: &Inner, rows: usize) {
        let stages = inner.stages.iter().filter(|stage| stage.level == Level::Line);
        if !self.stages.iter().map(|stage| &stage.id).eq(stages.clone().map(|stage| &stage.id)) {
            let empty =
                |id: &Id| Stage { id: id.clone(), rule: Vec::new(), percent: Decimals::default() };
            self.stages = stages.map(|stage| empty(&stage.id)).collect();
        }
        self.price_list.resize(rows, NONE);
        self.row.resize(rows, NONE);
        for column in self.decimals() {
            column.start(rows);
        }
        for stage in &mut self.stages {
            stage.rule.resize(rows, NONE);
            stage.percent.start(rows);
        }
        self.status.resize(rows, None);
        self.error.resize(rows, None);
    }
}

/// Why a row of a batch has no price; quote the line alone for all details.
///
/// ```
/// use listino_core::batch::LineError;
/// assert_eq!(LineError::NoPrice.name(), "no_price");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineError {
    /// Something that every line needs is missing.
    Missing,
    /// The book does not have the customer.
    UnknownCustomer,
    /// The date is not within the years 1 to 9999.
    Date,
    /// The request cannot be answered: a discount that cannot be granted.
    Request,
    /// The coupon is refused.
    Coupon,
    /// As [`Refusal::UnknownProduct`].
    UnknownProduct,
    /// As [`Refusal::UnknownUnit`].
    UnknownUnit,
    /// As [`Refusal::NotVisible`].
    NotVisible,
    /// As [`Refusal::NoPrice`].
    NoPrice,
    /// As [`Refusal::Quantity`].
    Quantity,
    /// As [`Refusal::MissingPlan`].
    MissingPlan,
    /// As [`Refusal::Term`].
    Term,
    /// As [`Refusal::Precision`].
    Precision,
    /// As [`Refusal::Configuration`].
    Configuration,
    /// As [`Refusal::Rule`].
    Rule,
    /// As [`Refusal::ExchangeRate`].
    ExchangeRate,
}

impl LineError {
    /// Every error.
    ///
    /// ```
    /// use listino_core::batch::LineError;
    /// assert!(LineError::ALL.contains(&LineError::Term));
    /// ```
    pub const ALL: [Self; 16] = [
        Self::Missing,
        Self::UnknownCustomer,
        Self::Date,
        Self::Request,
        Self::Coupon,
        Self::UnknownProduct,
        Self::UnknownUnit,
        Self::NotVisible,
        Self::NoPrice,
        Self::Quantity,
        Self::MissingPlan,
        Self::Term,
        Self::Precision,
        Self::Configuration,
        Self::Rule,
        Self::ExchangeRate,
    ];

    /// The name, as the reason of a refusal has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::UnknownCustomer => "unknown_customer",
            Self::Date => "date",
            Self::Request => "request",
            Self::Coupon => "coupon",
            Self::UnknownProduct => "unknown_product",
            Self::UnknownUnit => "unknown_unit",
            Self::NotVisible => "not_visible",
            Self::NoPrice => "no_price",
            Self::Quantity => "quantity",
            Self::MissingPlan => "missing_plan",
            Self::Term => "term",
            Self::Precision => "precision",
            Self::Configuration => "configuration",
            Self::Rule => "rule",
            Self::ExchangeRate => "exchange_rate",
        }
    }
}

impl From<&PriceError> for LineError {
    fn from(error: &PriceError) -> Self {
        match error {
            PriceError::UnknownCustomer(_) => Self::UnknownCustomer,
            PriceError::Request(error) => error.into(),
            PriceError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<&RequestError> for LineError {
    fn from(error: &RequestError) -> Self {
        let found = |code: Code| error.diagnostics().iter().any(|one| one.code == code.info().code);
        if found(Code::NoExchangeRate) {
            Self::ExchangeRate
        } else if found(Code::RuleFailed) {
            Self::Rule
        } else if found(Code::TooManyDigits) {
            Self::Precision
        } else {
            Self::Request
        }
    }
}

impl From<&Refusal> for LineError {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::UnknownProduct => Self::UnknownProduct,
            Refusal::UnknownUnit { .. } => Self::UnknownUnit,
            Refusal::NotVisible { .. } => Self::NotVisible,
            Refusal::NoPrice => Self::NoPrice,
            Refusal::Quantity { .. } => Self::Quantity,
            Refusal::MissingPlan { .. } => Self::MissingPlan,
            Refusal::Term => Self::Term,
            Refusal::Precision { .. } => Self::Precision,
            Refusal::Configuration { .. } => Self::Configuration,
            Refusal::Rule { .. } => Self::Rule,
            Refusal::ExchangeRate { .. } => Self::ExchangeRate,
        }
    }
}
