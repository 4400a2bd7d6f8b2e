//! Record batches in, record batches out: the batch of `listino-core` at the edges of Arrow.
//!
//! A frame of lines has the columns `customer`, `product`, `quantity` and `date`, and may have `unit`,
//! `currency`, `channel`, `discount` (by hand, in percent) and `coupon`. Every row is a document of
//! one line; the digits are those that it has alone, however the rows are cut into batches and
//! whatever the number of threads.
//!
//! | column | types |
//! |---|---|
//! | `customer`, `product`, `unit`, `currency`, `channel`, `coupon` | Utf8, LargeUtf8, Utf8View, and dictionaries of them with any integer key |
//! | `quantity`, `discount` | integers and decimals of any width; a float is refused, because it is not exact |
//! | `date` | Date32; Date64 and Timestamp without a time zone, where the time is midnight: the row has the error `date` elsewhere |
//!
//! A null in one of the first four is the error `missing` of its row; in the others it means "not
//! given". A coupon that is refused is the error `coupon` of its row, where a quote would go on without it;
//! the uses of one that has a limit count as none so far. The answer has the columns of [`Pricer::schema`].
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::cast::AsArray;
//! use arrow_array::types::Decimal128Type;
//! use arrow_array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
//! use listino_arrow::{Options, Pricer};
//! use listino_core::{Engine, PriceBook};
//! let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
//!     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
//!     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
//! let engine = Engine::compile(&book)?;
//! let lines = RecordBatch::try_from_iter([
//!     ("customer", Arc::new(StringArray::from(vec!["C", "C"])) as ArrayRef),
//!     ("product", Arc::new(StringArray::from(vec!["P", "P"]))),
//!     ("quantity", Arc::new(Int64Array::from(vec![3, 5]))),
//!     ("date", Arc::new(Date32Array::from(vec![20_454, 20_454]))),
//! ])?;
//! let mut pricer = Pricer::new(&engine, &lines.schema(), Options::default())?;
//! let priced = pricer.price(&lines)?;
//! let total = priced.column_by_name("total").unwrap().as_primitive::<Decimal128Type>();
//! assert_eq!(total.value_as_string(1), "49.9500000000");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod input;
mod names;
mod output;
mod reader;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use listino_core::Engine;
use listino_core::batch::{BatchError, LineError, Lines, Priced};

pub use error::{ColumnError, FrameError};
pub use reader::PricedReader;

use input::{Cut, Inputs, Scratch};
use output::{Outputs, Results};

/// How a frame is priced.
///
/// ```
/// use listino_arrow::{Errors, Keep, Options};
/// let options = Options { keep: Keep::All, errors: Errors::Column, ..Options::default() };
/// assert_eq!((options.scale, options.threads), (10, 1));
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// Which columns of the frame the answer begins with. A column that is none of a line's and is
    /// not kept is an error, so that a misspelt one does not go by unseen.
    pub keep: Keep,
    /// How many decimals amounts and percentages have, 0 to 38, whatever the data. Nothing is
    /// rounded: a row with an amount that has more has the error `precision`.
    pub scale: u8,
    /// Amounts and percentages as 64-bit floats, to draw them; nothing exact can be done with them.
    pub floats: bool,
    /// Names as plain text in place of dictionaries, for readers that know no dictionaries.
    pub plain_names: bool,
    /// What becomes of a row without a price.
    pub errors: Errors,
    /// How many threads price, at most four for each core; the answer is the same.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: Keep::None,
            scale: 10,
            floats: false,
            plain_names: false,
            errors: Errors::Raise,
            threads: 1,
        }
    }
}

/// Which columns of the frame the answer begins with.
///
/// ```
/// use listino_arrow::Keep;
/// assert_eq!(Keep::default(), Keep::None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Keep {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// These, in the order of the frame.
    Named(Vec<String>),
}

/// What becomes of a row without a price.
///
/// ```
/// use listino_arrow::Errors;
/// assert_ne!(Errors::Raise, Errors::Column);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// The first of them is the error of the call.
    Raise,
    /// It has nulls, and the reason in the column `error`.
    Column,
}

/// So many rows are priced into columns that are used again: they stay in the cache.
const BLOCK: usize = 4096;

/// Prices record batches of one schema.
#[derive(Debug)]
pub struct Pricer {
    engine: Engine,
    options: Options,
    inputs: Inputs,
    outputs: Outputs,
    rows: u64,
}

/// A batch whose names are numbers.
pub(crate) struct Ready {
    batch: RecordBatch,
    cut: Cut,
    /// How many rows came before it.
    before: u64,
}

impl Pricer {
    /// Looks at the columns of the frame and settles those of the answer.
    ///
    /// # Errors
    /// [`FrameError::Columns`] with everything that is wrong with them.
    pub fn new(engine: &Engine, schema: &Schema, options: Options) -> Result<Self, FrameError> {
        let mut wrong = Vec::new();
        let inputs = Inputs::find(schema, &mut wrong);
        let outputs = Outputs::new(engine, schema, &options, &mut wrong);
        match (inputs, wrong.is_empty()) {
            (Some(inputs), true) => {
                Ok(Self { engine: engine.clone(), options, inputs, outputs, rows: 0 })
            }
            _ => Err(FrameError::Columns(wrong)),
        }
    }

    /// The columns of the answer: what is kept of the frame, then
    ///
    /// - `price_list` (name), `row` (Int32: which of the product's rows in that list, by date from 0),
    /// - `list_price`, `unit_price`, `total`, `net`, `cost`, `margin`, `margin_percent`
    ///   (Decimal128(38, `scale`)), as `listino_core::batch::Priced` describes them,
    /// - for each stage of discounts on lines its first rule under the name of the stage, and
    ///   `<stage>_percent`: what it took in all; absent also where the share has more than `scale`
    ///   decimals. A stage that is named like another column is `stage_<stage>`,
    /// - `status` (name), and `error` (name), absent where the row has a price.
    ///
    /// Names are dictionaries with the same values in every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.outputs.schema)
    }

    /// Prices a batch of the schema that the pricer was made for.
    ///
    /// # Errors
    /// [`FrameError::Row`] where a row has no price and the options say so;
    /// [`FrameError::Stream`] where the batch has another schema.
    pub fn price(&mut self, batch: &RecordBatch) -> Result<RecordBatch, FrameError> {
        let ready = self.prepare(batch)?;
        self.compute(&ready)
    }

    /// Finds the numbers of the names, which other batches of the stream may have too.
    pub(crate) fn prepare(&mut self, batch: &RecordBatch) -> Result<Ready, FrameError> {
        let cut = self.inputs.cut(&self.engine, batch)?;
        let before = self.rows;
        self.rows += u64::try_from(batch.num_rows()).unwrap_or(0);
        Ok(Ready { batch: batch.clone(), cut, before })
    }

    /// Prices; any number of batches at a time.
    pub(crate) fn compute(&self, ready: &Ready) -> Result<RecordBatch, FrameError> {
        let rows = ready.batch.num_rows();
        let mut results = Results::new(&self.outputs, rows);
        let (mut scratch, mut priced) = (Scratch::default(), Priced::default());
        for start in (0..rows).step_by(BLOCK) {
            let range = start..rows.min(start + BLOCK);
            let ask = |lines: &Lines<'_>, faults: &[(usize, LineError)]| {
                self.engine.price_columns_into(lines, &mut priced)?;
                for &(row, fault) in faults {
                    if let Some(slot) = priced.error.get_mut(row) {
                        *slot = Some(fault);
                    }
                }
                Ok(())
            };
            let asked: Result<(), BatchError> =
                ready.cut.lines(&self.engine, range, &mut scratch, ask);
            asked.map_err(|error| FrameError::Stream(error.to_string()))?;
            results.push(&priced);
        }
        if self.options.errors == Errors::Raise
            && let Some((row, error)) = results.first_error()
        {
            let row = u64::try_from(row).unwrap_or(0) + ready.before;
            return Err(FrameError::Row { row, error });
        }
        results.finish(&self.outputs, &ready.batch)
    }
}

/// The number of an error in its column.
fn error_number(error: LineError) -> i8 {
    let found = LineError::ALL.iter().position(|&one| one == error);
    found.and_then(|found| i8::try_from(found).ok()).unwrap_or_default()
}
