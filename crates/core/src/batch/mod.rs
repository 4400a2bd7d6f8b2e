//! Columns in, columns out: many lines at once, with the digits that each has alone.
//!
//! Every row is a document of one line, so that neither its neighbours nor the way the rows are cut
//! into batches can change it: pricing slices one after the other, in any order or on several
//! threads, gives the same columns as pricing the whole. A row that has no price says why in the
//! column [`Priced::error`] and leaves the others alone.
//!
//! Customers and products are numbers of the engine ([`Engine::customer_number`],
//! [`Engine::product_number`]), looked up once for each name; days are counted from 1970-01-01.
//!
//! ```
//! use listino_core::batch::{Lines, Quantities};
//! use listino_core::{Engine, PriceBook};
//! let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
//!     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
//!     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }],
//!     "discounts": [{ "id": "ten", "stage": "volume", "quantity": { "from": "5" }, "percent": "10" }] }"#)?;
//! let engine = Engine::compile(&book)?;
//! let (customer, product) = (engine.customer_number("C").unwrap(), engine.product_number("P").unwrap());
//! let (customers, products) = ([customer; 2], [product; 2]);
//! let lines = Lines::new(&customers, &products, Quantities::Whole(&[3, 5]), &[20_454; 2]);
//! let priced = engine.price_columns(&lines)?;
//! assert_eq!(priced.total.get(0).unwrap().to_string(), "29.97");
//! assert_eq!(priced.unit_price.get(1).unwrap().to_string(), "8.99");
//! let volume = priced.stages.iter().find(|stage| stage.id.as_str() == "volume").unwrap();
//! assert_eq!(volume.percent.get(1).unwrap().to_string(), "10");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod block;
mod columns;
mod general;

use std::ops::Range;

pub use columns::{Decimals, LineError, Priced, Stage};

use crate::money::{Currency, Percent};
use crate::quote::Status;
use crate::{Engine, Id};

/// The number of a customer or product that the book does not have, and of a rule or list where
/// there is none.
pub const NONE: u32 = u32::MAX;

/// The lines of a batch, column by column; all columns are equally long.
///
/// ```
/// use listino_core::batch::{Lines, Quantities};
/// let lines = Lines::new(&[0, 1], &[7, 7], Quantities::Whole(&[1, 2]), &[20_454, 20_454]);
/// assert_eq!(lines.len(), 2);
/// assert_eq!(lines.slice(1..9).customer, [1]);
/// assert!(lines.slice(2..9).is_empty());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// Numbers of customers; [`NONE`] for one that the book does not have.
    pub customer: &'a [u32],
    /// Numbers of products; [`NONE`] for one that the book does not have.
    pub product: &'a [u32],
    /// Quantities in `unit`; negative for returns.
    pub quantity: Quantities<'a>,
    /// Pricing dates in days from 1970-01-01.
    pub date: &'a [i32],
    /// Whether a row is complete; one that is not has the error [`LineError::Missing`].
    pub complete: Option<&'a [bool]>,
    /// The units ordered in; the product's base unit where absent.
    pub unit: Option<&'a [Option<&'a Id>]>,
    /// The currencies; the customer's, then the book's, where absent.
    pub currency: Option<&'a [Option<Currency>]>,
    /// The sales channels.
    pub channel: Option<&'a [Option<&'a Id>]>,
    /// Discounts granted by hand, in percent of the price.
    pub discount: Option<&'a [Option<Percent>]>,
    /// Coupons presented; their uses so far count as none.
    pub coupon: Option<&'a [Option<&'a Id>]>,
}

/// A column of quantities.
///
/// ```
/// use listino_core::batch::Quantities;
/// assert_eq!(Quantities::Whole(&[12, 48]).len(), 2);
/// assert!(Quantities::Whole(&[]).is_empty());
/// assert_eq!(Quantities::Decimal(&[1250, 500], 3).len(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Quantities<'a> {
    /// Whole numbers.
    Whole(&'a [i64]),
    /// Decimals: mantissas, and how many decimals they all have.
    Decimal(&'a [i128], u8),
}

impl Quantities<'_> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Decimal(values, _) => values.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn slice(&self, range: Range<usize>) -> Self {
        match self {
            Self::Whole(values) => Self::Whole(values.get(range).unwrap_or_default()),
            Self::Decimal(values, scale) => {
                Self::Decimal(values.get(range).unwrap_or_default(), *scale)
            }
        }
    }
}

impl<'a> Lines<'a> {
    /// Lines in base units and the customers' currencies, with nothing granted by hand.
    pub const fn new(
        customer: &'a [u32],
        product: &'a [u32],
        quantity: Quantities<'a>,
        date: &'a [i32],
    ) -> Self {
        Self {
            customer,
            product,
            quantity,
            date,
            complete: None,
            unit: None,
            currency: None,
            channel: None,
            discount: None,
            coupon: None,
        }
    }

    /// How many lines there are.
    pub const fn len(&self) -> usize {
        self.customer.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.customer.is_empty()
    }

    /// Some of the lines; those beyond the last are left out.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let range = range.start.min(self.len())..range.end.min(self.len());
        let cut = range.clone();
        Self {
            customer: part(self.customer, &range),
            product: part(self.product, &range),
            quantity: self.quantity.slice(cut),
            date: part(self.date, &range),
            complete: self.complete.map(|column| part(column, &range)),
            unit: self.unit.map(|column| part(column, &range)),
            currency: self.currency.map(|column| part(column, &range)),
            channel: self.channel.map(|column| part(column, &range)),
            discount: self.discount.map(|column| part(column, &range)),
            coupon: self.coupon.map(|column| part(column, &range)),
        }
    }

    /// Whether all lines are bare: the columns that they can do without are not there.
    const fn are_bare(&self) -> bool {
        self.complete.is_none()
            && self.unit.is_none()
            && self.currency.is_none()
            && self.channel.is_none()
            && self.discount.is_none()
            && self.coupon.is_none()
    }

    /// Whether a line is complete and asks for nothing beyond what every line asks for.
    fn is_bare(&self, row: usize) -> bool {
        fn asks<T>(column: Option<&[Option<T>]>, row: usize) -> bool {
            column.is_some_and(|column| column.get(row).is_some_and(Option::is_some))
        }
        self.complete.is_none_or(|complete| complete.get(row) == Some(&true))
            && !asks(self.unit, row)
            && !asks(self.currency, row)
            && !asks(self.channel, row)
            && !asks(self.discount, row)
            && !asks(self.coupon, row)
    }

    /// The first column that is not as long as the others.
    fn uneven(&self) -> Option<BatchError> {
        let lines = self.len();
        let columns = [
            ("product", Some(self.product.len())),
            ("quantity", Some(self.quantity.len())),
            ("date", Some(self.date.len())),
            ("complete", self.complete.map(<[_]>::len)),
            ("unit", self.unit.map(<[_]>::len)),
            ("currency", self.currency.map(<[_]>::len)),
            ("channel", self.channel.map(<[_]>::len)),
            ("discount", self.discount.map(<[_]>::len)),
            ("coupon", self.coupon.map(<[_]>::len)),
        ];
        let uneven = columns.into_iter().find(|(_, rows)| rows.is_some_and(|rows| rows != lines));
        uneven.map(|(column, rows)| BatchError { column, rows: rows.unwrap_or(0), lines })
    }
}

fn part<'a, T>(column: &'a [T], range: &Range<usize>) -> &'a [T] {
    column.get(range.clone()).unwrap_or_default()
}

/// A column is not as long as the others.
///
/// ```
/// use listino_core::batch::{BatchError, Lines, Quantities};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }],
/// #     "discounts": [{ "id": "ten", "stage": "volume", "quantity": { "from": "5" }, "percent": "10" }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let lines = Lines::new(&[0, 0], &[0], Quantities::Whole(&[1, 2]), &[20_454; 2]);
/// let error: BatchError = engine.price_columns(&lines).err().unwrap();
/// assert!(error.to_string().starts_with("column `product` has 1 rows"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` has {rows} rows, and `customer` has {lines}: make them equally long")]
pub struct BatchError {
    column: &'static str,
    rows: usize,
    lines: usize,
}

impl Engine {
    /// Prices many lines.
    ///
    /// # Errors
    /// [`BatchError`] when the columns are not equally long. What is wrong with a row stands in its
    /// row.
    pub fn price_columns(&self, lines: &Lines<'_>) -> Result<Priced, BatchError> {
        let mut priced = Priced::default();
        self.price_columns_into(lines, &mut priced)?;
        Ok(priced)
    }

    /// Prices many lines into columns that are there already, and whose old content goes: their
    /// memory is used again.
    ///
    /// ```
    /// use listino_core::batch::{Lines, Priced, Quantities};
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR" }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let mut priced = Priced::default();
    /// let lines = Lines::new(&[u32::MAX], &[u32::MAX], Quantities::Whole(&[1]), &[0]);
    /// engine.price_columns_into(&lines, &mut priced)?;
    /// assert_eq!(priced.error[0].unwrap().name(), "unknown_customer");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::price_columns`].
    pub fn price_columns_into(
        &self,
        lines: &Lines<'_>,
        priced: &mut Priced,
    ) -> Result<(), BatchError> {
        if let Some(error) = lines.uneven() {
            return Err(error);
        }
        priced.start(&self.0, lines.len());
        block::price(&self.0, self, lines, priced);
        Ok(())
    }

    /// The number of a customer, for batches.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "customers": { "C": {} } }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// assert_eq!(engine.customer_number("C"), Some(0));
    /// assert_eq!(engine.customer_number("D"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn customer_number(&self, id: &str) -> Option<u32> {
        self.0.customers.names.get(id)
    }

    /// The number of a product, for batches.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "products": { "P": {} } }"#)?;
    /// assert_eq!(Engine::compile(&book)?.product_number("P"), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn product_number(&self, id: &str) -> Option<u32> {
        self.0.products.names.get(id)
    }

    /// The price lists by their numbers in [`Priced::price_list`].
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "products": { "P": {} },
    ///     "price_lists": [{ "id": "base", "prices": { "P": "1" } }] }"#)?;
    /// assert_eq!(Engine::compile(&book)?.price_lists().next().unwrap().as_str(), "base");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn price_lists(&self) -> impl ExactSizeIterator<Item = &Id> {
        self.0.lists.iter().map(|list| &list.id)
    }

    /// The discounts by their numbers in [`Stage::rule`].
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    ///     "discounts": [{ "id": "ten", "stage": "volume", "percent": "10" }] }"#)?;
    /// assert_eq!(Engine::compile(&book)?.discounts().next().unwrap().as_str(), "ten");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn discounts(&self) -> impl ExactSizeIterator<Item = &Id> {
        self.0.rules.iter().map(|rule| &rule.id)
    }
}

/// A status is one byte in a column.
const _: () = assert!(size_of::<Option<Status>>() == 1);
