//! The columns of a frame as the columns of a batch.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{DataType, Schema, TimeUnit};
use listino_core::batch::{LineError, Lines, NONE, Quantities};
use listino_core::money::{Currency, Exact, Percent};
use listino_core::{Engine, Id};

use crate::error::{ColumnError, FrameError};
use crate::names::{Column, Known, integers, is_text};

/// The columns of a line, and which of them every line needs.
pub(crate) const COLUMNS: [(&str, bool); 9] = [
    ("customer", true),
    ("product", true),
    ("quantity", true),
    ("date", true),
    ("unit", false),
    ("currency", false),
    ("channel", false),
    ("discount", false),
    ("coupon", false),
];

/// Where the columns of a line stand in the frame, and what their names were so far.
#[derive(Debug)]
pub(crate) struct Inputs {
    at: [Option<usize>; 9],
    customers: Known<u32>,
    products: Known<u32>,
    units: Known<Result<Id, LineError>>,
    currencies: Known<Result<Currency, LineError>>,
    channels: Known<Result<Id, LineError>>,
    coupons: Known<Result<Id, LineError>>,
}

impl Inputs {
    /// Finds the columns; what is wrong with them is added to `wrong`.
    pub(crate) fn find(schema: &Schema, wrong: &mut Vec<ColumnError>) -> Option<Self> {
        let mut at = [None; 9];
        let before = wrong.len();
        for ((name, needed), at) in COLUMNS.into_iter().zip(&mut at) {
            let Ok(found) = schema.index_of(name) else {
                if needed {
                    let names: Vec<&str> =
                        schema.fields().iter().map(|field| field.name().as_str()).collect();
                    let help = match names.as_slice() {
                        [] => "the frame has no columns".to_owned(),
                        names => format!("rename one of {}", names.join(", ")),
                    };
                    wrong.push(ColumnError::new(
                        name,
                        format!("there is no column `{name}`"),
                        help,
                    ));
                }
                continue;
            };
            if schema.fields().iter().filter(|field| field.name() == name).count() > 1 {
                let message = format!("there is more than one column `{name}`");
                wrong.push(ColumnError::new(name, message, "keep one of them"));
                continue;
            }
            let kind = schema.field(found).data_type();
            if !needed && *kind == DataType::Null {
                continue;
            }
            *at = Some(found);
            if let Some(error) = mistyped(name, kind) {
                wrong.push(error);
            }
        }
        (wrong.len() == before).then(|| Self {
            at,
            customers: Known::default(),
            products: Known::default(),
            units: Known::default(),
            currencies: Known::default(),
            channels: Known::default(),
            coupons: Known::default(),
        })
    }

    /// The columns of a batch, with the names of its dictionaries looked up.
    pub(crate) fn cut(&mut self, engine: &Engine, batch: &RecordBatch) -> Result<Cut, FrameError> {
        let column = |at: Option<usize>| at.and_then(|at| batch.columns().get(at));
        let [customer, product, quantity, date, unit, currency, channel, discount, coupon] =
            self.at.map(column);
        let lost = || FrameError::Stream("a batch lacks a column of the schema".to_owned());
        // A column without any value has no type of its own.
        let typed = |column: Option<&ArrayRef>, kind: &DataType| match column {
            Some(array) if *array.data_type() == DataType::Null => {
                Ok(new_null_array(kind, array.len()))
            }
            column => column.map(Arc::clone).ok_or_else(lost),
        };
        Ok(Cut {
            customer: Column::new(
                &typed(customer, &DataType::Utf8)?,
                &mut self.customers,
                |name| customer_number(engine, name),
            ),
            product: Column::new(&typed(product, &DataType::Utf8)?, &mut self.products, |name| {
                product_number(engine, name)
            }),
            quantity: Numbers::new(&typed(quantity, &DataType::Int64)?).ok_or_else(lost)?,
            date: typed(date, &DataType::Date32)?,
            unit: unit.map(|array| Column::new(array, &mut self.units, a_unit)),
            currency: currency.map(|array| Column::new(array, &mut self.currencies, a_currency)),
            channel: channel.map(|array| Column::new(array, &mut self.channels, a_channel)),
            coupon: coupon.map(|array| Column::new(array, &mut self.coupons, a_coupon)),
            discount: discount.map(|array| Numbers::new(array).ok_or_else(lost)).transpose()?,
        })
    }
}

fn customer_number(engine: &Engine, name: &str) -> u32 {
    engine.customer_number(name).unwrap_or(NONE)
}

fn product_number(engine: &Engine, name: &str) -> u32 {
    engine.product_number(name).unwrap_or(NONE)
}

fn a_unit(text: &str) -> Result<Id, LineError> {
    Id::new(text).map_err(|_| LineError::UnknownUnit)
}

fn a_channel(text: &str) -> Result<Id, LineError> {
    Id::new(text).map_err(|_| LineError::Request)
}

fn a_coupon(text: &str) -> Result<Id, LineError> {
    Id::new(text).map_err(|_| LineError::Coupon)
}

fn a_currency(text: &str) -> Result<Currency, LineError> {
    text.parse().map_err(|_| LineError::Request)
}

/// What is wrong with the type of a column.
fn mistyped(name: &str, kind: &DataType) -> Option<ColumnError> {
    let number = matches!(name, "quantity" | "discount");
    let good = match name {
        "quantity" | "discount" => {
            kind.is_integer()
                || matches!(
                    kind,
                    DataType::Decimal32(..)
                        | DataType::Decimal64(..)
                        | DataType::Decimal128(..)
                        | DataType::Decimal256(..)
                )
        }
        "date" => {
            matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None))
        }
        _ => is_text(kind),
    };
    if good || *kind == DataType::Null {
        return None;
    }
    let help = match (name, kind) {
        (_, kind) if number && kind.is_floating() => {
            "cast it to an integer or a decimal: a float is not exact"
        }
        _ if number => "cast it to an integer or a decimal",
        ("date", DataType::Timestamp(_, Some(_))) => {
            "cast it to a date in the time zone of the prices: an instant has another day in another zone"
        }
        ("date", _) => "cast it to a date",
        _ => "cast it to text",
    };
    Some(ColumnError::new(name, format!("column `{name}` is {kind}"), help))
}

/// One batch with its names looked up.
pub(crate) struct Cut {
    customer: Column<u32>,
    product: Column<u32>,
    quantity: Numbers,
    date: ArrayRef,
    unit: Option<Column<Result<Id, LineError>>>,
    currency: Option<Column<Result<Currency, LineError>>>,
    channel: Option<Column<Result<Id, LineError>>>,
    discount: Option<Numbers>,
    coupon: Option<Column<Result<Id, LineError>>>,
}

/// Columns that are filled anew for every block.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    customer: Vec<u32>,
    product: Vec<u32>,
    whole: Vec<i64>,
    decimal: Vec<i128>,
    date: Vec<i32>,
    gaps: Gaps,
}

/// The rows of a block that cannot even be asked.
#[derive(Debug, Default)]
struct Gaps {
    /// As long as the block once there is such a row, empty before.
    complete: Vec<bool>,
    rows: usize,
    faults: Vec<(usize, LineError)>,
}

impl Gaps {
    fn start(&mut self, rows: usize) {
        self.complete.clear();
        self.faults.clear();
        self.rows = rows;
    }

    /// Something is missing in a row; false where it was known.
    fn missing(&mut self, row: usize) -> bool {
        self.complete.resize(self.rows, true);
        self.complete.get_mut(row).is_some_and(std::mem::take)
    }

    /// Something is wrong with a row. The first reason counts, and what is missing before all.
    fn fault(&mut self, row: usize, error: LineError) {
        if self.missing(row) {
            self.faults.push((row, error));
        }
    }

    fn nulls(&mut self, array: &ArrayRef, rows: Range<usize>) {
        if array.null_count() > 0 {
            for (at, row) in rows.enumerate() {
                if array.is_null(row) {
                    self.missing(at);
                }
            }
        }
    }
}

impl Cut {
    /// Hands on the lines of some rows, and which of them have an error of their own.
    pub(crate) fn lines<R>(
        &self,
        engine: &Engine,
        rows: Range<usize>,
        scratch: &mut Scratch,
        ask: impl FnOnce(&Lines<'_>, &[(usize, LineError)]) -> R,
    ) -> R {
        let Scratch { customer, product, whole, decimal, date, gaps } = scratch;
        gaps.start(rows.len());
        customer.clear();
        product.clear();
        let number = |name: &str| customer_number(engine, name);
        self.customer.numbers(rows.clone(), number, customer, |row| {
            gaps.missing(row);
        });
        let number = |name: &str| product_number(engine, name);
        self.product.numbers(rows.clone(), number, product, |row| {
            gaps.missing(row);
        });
        gaps.nulls(&self.quantity.array, rows.clone());
        gaps.nulls(&self.date, rows.clone());
        let quantity = self.quantity.quantities(rows.clone(), whole, decimal, gaps);
        let date = days(&self.date, rows.clone(), date, gaps);
        let unit = given(self.unit.as_ref(), a_unit, &rows, gaps);
        let currency = given(self.currency.as_ref(), a_currency, &rows, gaps);
        let channel = given(self.channel.as_ref(), a_channel, &rows, gaps);
        let discount = self.discount.as_ref().map(|numbers| numbers.percents(rows.clone(), gaps));
        let coupon = given(self.coupon.as_ref(), a_coupon, &rows, gaps);
        let (unit, channel, coupon) = (borrowed(&unit), borrowed(&channel), borrowed(&coupon));
        let mut lines = Lines::new(customer, product, quantity, date);
        lines.complete = Some(gaps.complete.as_slice()).filter(|complete| !complete.is_empty());
        lines.unit = unit.as_deref();
        lines.currency = currency.as_deref();
        lines.channel = channel.as_deref();
        lines.discount = discount.as_deref();
        lines.coupon = coupon.as_deref();
        ask(&lines, &gaps.faults)
    }
}

/// What some rows give in a column that not every line needs.
fn given<T: Clone>(
    column: Option<&Column<Result<T, LineError>>>,
    find: fn(&str) -> Result<T, LineError>,
    rows: &Range<usize>,
    gaps: &mut Gaps,
) -> Option<Vec<Option<T>>> {
    let values = column?.values(rows.clone(), find);
    let good = values.into_iter().enumerate().map(|(row, found)| match found? {
        Ok(value) => Some(value),
        Err(error) => {
            gaps.fault(row, error);
            None
        }
    });
    Some(good.collect())
}

fn borrowed(column: &Option<Vec<Option<Id>>>) -> Option<Vec<Option<&Id>>> {
    column.as_ref().map(|column| column.iter().map(Option::as_ref).collect())
}

/// Integers or decimals.
struct Numbers {
    array: ArrayRef,
    scale: i8,
}

impl Numbers {
    fn new(array: &ArrayRef) -> Option<Self> {
        let scale = match array.data_type() {
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => *scale,
            kind if kind.is_integer() => 0,
            _ => return None,
        };
        Some(Self { array: Arc::clone(array), scale })
    }

    /// The mantissas of some rows at the scale that is answered; what has no place in 128 bits is
    /// zero and a fault.
    fn mantissas(
        &self,
        rows: Range<usize>,
        out: &mut Vec<i128>,
        mut fault: impl FnMut(usize),
    ) -> u8 {
        out.clear();
        let (scale, up) = match u8::try_from(self.scale) {
            Ok(scale) => (scale, 1),
            Err(_) => (0, 10_i128.pow(self.scale.unsigned_abs().min(38).into())),
        };
        let start = rows.start;
        let mut push = |found: Option<i128>| {
            let found =
                found.and_then(|found| if up == 1 { Some(found) } else { found.checked_mul(up) });
            if found.is_none() && !self.array.is_null(start + out.len()) {
                fault(out.len());
            }
            out.push(found.unwrap_or(0));
        };
        macro_rules! push {
            ($typed:ty, $wide:expr) => {
                for &value in
                    self.array.as_primitive::<$typed>().values().get(rows).unwrap_or_default()
                {
                    push($wide(value));
                }
            };
        }
        match self.array.data_type() {
            DataType::Decimal32(..) => push!(Decimal32Type, |value: i32| Some(value.into())),
            DataType::Decimal64(..) => push!(Decimal64Type, |value: i64| Some(value.into())),
            DataType::Decimal128(..) => push!(Decimal128Type, Some),
            DataType::Decimal256(..) => {
                push!(Decimal256Type, |value: arrow_buffer::i256| value.to_i128());
            }
            _ => integers!(self.array, typed => {
                for &value in typed.values().get(rows).unwrap_or_default() {
                    push(Some(value.into()));
                }
            }, ()),
        }
        scale
    }

    fn quantities<'a>(
        &'a self,
        rows: Range<usize>,
        whole: &'a mut Vec<i64>,
        decimal: &'a mut Vec<i128>,
        gaps: &mut Gaps,
    ) -> Quantities<'a> {
        if let Some(array) = self.array.as_primitive_opt::<Int64Type>() {
            return Quantities::Whole(array.values().get(rows).unwrap_or_default());
        }
        let scale = self.mantissas(rows, decimal, |row| gaps.fault(row, LineError::Precision));
        // Whole numbers are priced faster, and are whole whatever the type says.
        whole.clear();
        let one = 10_i64.checked_pow(scale.into());
        let narrow = |&value: &i128| {
            let (value, one) = (i64::try_from(value).ok()?, one?);
            (value.checked_rem(one)? == 0).then(|| value.checked_div(one))?
        };
        whole.extend(decimal.iter().map_while(narrow));
        if whole.len() == decimal.len() {
            Quantities::Whole(whole)
        } else {
            Quantities::Decimal(decimal, scale)
        }
    }

    fn percents(&self, rows: Range<usize>, gaps: &mut Gaps) -> Vec<Option<Percent>> {
        let (start, mut mantissas) = (rows.start, Vec::with_capacity(rows.len()));
        let scale = self.mantissas(rows, &mut mantissas, |row| gaps.fault(row, LineError::Request));
        let percent = |(row, mantissa): (usize, i128)| {
            if self.array.is_null(start + row) {
                return None;
            }
            let percent = Exact::new(mantissa, scale.into()).and_then(Percent::from_exact);
            percent.map_err(|_| gaps.fault(row, LineError::Request)).ok()
        };
        mantissas.into_iter().enumerate().map(percent).collect()
    }
}

/// Days from 1970-01-01; a time that is not midnight is a fault of its row.
fn days<'a>(
    array: &'a ArrayRef,
    rows: Range<usize>,
    out: &'a mut Vec<i32>,
    gaps: &mut Gaps,
) -> &'a [i32] {
    const SECONDS: i64 = 86_400;
    macro_rules! values {
        ($typed:ty) => {
            array.as_primitive::<$typed>().values().get(rows).unwrap_or_default()
        };
    }
    let (values, day) = match array.data_type() {
        DataType::Date64 => (values!(Date64Type), SECONDS * 1_000),
        DataType::Timestamp(TimeUnit::Second, _) => (values!(TimestampSecondType), SECONDS),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (values!(TimestampMillisecondType), SECONDS * 1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (values!(TimestampMicrosecondType), SECONDS * 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            (values!(TimestampNanosecondType), SECONDS * 1_000_000_000)
        }
        _ => return values!(Date32Type),
    };
    out.clear();
    out.extend(values.iter().enumerate().map(|(row, &value)| {
        let midnight = value.rem_euclid(day) == 0;
        let found = i32::try_from(value.div_euclid(day)).ok().filter(|_| midnight);
        found.unwrap_or_else(|| {
            gaps.fault(row, LineError::Date);
            0
        })
    }));
    out
}
