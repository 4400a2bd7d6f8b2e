//! The columns of the answer.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::types::{Decimal128Type, Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, DictionaryArray, Float64Array, Int32Array, PrimitiveArray,
    RecordBatch, StringArray,
};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use listino_core::Engine;
use listino_core::batch::{Decimals, LineError, NONE, Priced};
use listino_core::quote::Status;

use crate::error::{ColumnError, FrameError};
use crate::input::COLUMNS;
use crate::{Keep, Options, error_number};

const AMOUNTS: [&str; 7] =
    ["list_price", "unit_price", "total", "net", "cost", "margin", "margin_percent"];

const STATUSES: [(Status, &str); 4] = [
    (Status::Ok, "ok"),
    (Status::NeedsApproval, "needs_approval"),
    (Status::Blocked, "blocked"),
    (Status::Incomplete, "incomplete"),
];

/// The most digits of a Decimal128.
const DIGITS: u8 = 38;

/// What the answer looks like, and the names that its numbers stand for.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) schema: SchemaRef,
    kept: Vec<usize>,
    stages: usize,
    scale: u8,
    floats: bool,
    plain: bool,
    lists: ArrayRef,
    rules: ArrayRef,
    statuses: ArrayRef,
    errors: ArrayRef,
}

impl Outputs {
    /// Settles the columns; what stands against it is added to `wrong`.
    pub(crate) fn new(
        engine: &Engine,
        frame: &Schema,
        options: &Options,
        wrong: &mut Vec<ColumnError>,
    ) -> Self {
        let scale = options.scale;
        if scale > DIGITS {
            let message = format!("{scale} decimals are more than a decimal has");
            wrong.push(ColumnError::new("scale", message, "ask for 0 to 38"));
        }
        let number = if options.floats {
            DataType::Float64
        } else {
            // A scale that is too large is refused above.
            DataType::Decimal128(DIGITS, i8::try_from(scale.min(DIGITS)).unwrap_or_default())
        };
        let name = |key: DataType| match options.plain_names {
            true => DataType::Utf8,
            false => DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8)),
        };
        let mut fields = vec![
            Field::new("price_list", name(DataType::Int32), true),
            Field::new("row", DataType::Int32, true),
        ];
        fields.extend(AMOUNTS.map(|amount| Field::new(amount, number.clone(), true)));
        let fixed = ["status", "error"];
        let mut taken: HashSet<String> = fields
            .iter()
            .map(|field| field.name().clone())
            .chain(fixed.map(str::to_owned))
            .collect();
        let stages = stages(engine);
        for stage in &stages {
            let mut stage = stage.clone();
            while taken.contains(&stage) || taken.contains(&format!("{stage}_percent")) {
                stage.insert_str(0, "stage_");
            }
            let percent = format!("{stage}_percent");
            fields.push(Field::new(&stage, name(DataType::Int32), true));
            fields.push(Field::new(&percent, number.clone(), true));
            taken.extend([stage, percent]);
        }
        fields.extend(fixed.map(|field| Field::new(field, name(DataType::Int8), true)));
        let kept = kept(frame, &options.keep, &taken, wrong);
        let front = kept.iter().filter_map(|&at| frame.fields().get(at)).map(Arc::clone);
        let fields: Vec<_> = front.chain(fields.into_iter().map(Arc::new)).collect();
        let texts = |names: Vec<&str>| Arc::new(StringArray::from(names)) as ArrayRef;
        Self {
            schema: Arc::new(Schema::new(fields)),
            kept,
            stages: stages.len(),
            scale,
            floats: options.floats,
            plain: options.plain_names,
            lists: texts(engine.price_lists().map(|id| id.as_str()).collect()),
            rules: texts(engine.discounts().map(|id| id.as_str()).collect()),
            statuses: texts(STATUSES.map(|(_, name)| name).to_vec()),
            errors: texts(LineError::ALL.map(LineError::name).to_vec()),
        }
    }
}

/// The stages that discount lines: an empty answer has a column for each.
fn stages(engine: &Engine) -> Vec<String> {
    let nothing =
        listino_core::batch::Lines::new(&[], &[], listino_core::batch::Quantities::Whole(&[]), &[]);
    let empty = engine.price_columns(&nothing).unwrap_or_default();
    empty.stages.iter().map(|stage| stage.id.as_str().to_owned()).collect()
}

/// Which columns of the frame the answer begins with.
fn kept(
    frame: &Schema,
    keep: &Keep,
    taken: &HashSet<String>,
    wrong: &mut Vec<ColumnError>,
) -> Vec<usize> {
    let mut kept = Vec::new();
    for (at, field) in frame.fields().iter().enumerate() {
        let name = field.name();
        let keeps = match keep {
            Keep::None => false,
            Keep::All => true,
            Keep::Named(names) => names.contains(name),
        };
        if keeps {
            if taken.contains(name) {
                let message = format!("column `{name}` has the name of a result");
                wrong.push(ColumnError::new(name, message, "rename it, or do not keep it"));
            }
            kept.push(at);
        } else if !COLUMNS.iter().any(|(known, _)| known == name) {
            let message = format!("column `{name}` is not one of a line");
            let known = COLUMNS.map(|(name, _)| name).join(", ");
            let help = format!("drop it, keep it, or rename it to one of {known}");
            wrong.push(ColumnError::new(name, message, help));
        }
    }
    if let Keep::Named(names) = keep {
        for name in names.iter().filter(|name| frame.index_of(name).is_err()) {
            let message = format!("there is no column `{name}` to keep");
            wrong.push(ColumnError::new(name, message, "keep a column that the frame has"));
        }
    }
    kept
}

/// Which rows have a value, one bit for each.
#[derive(Debug, Default)]
struct Present {
    words: Vec<u64>,
    rows: usize,
    absent: usize,
}

impl Present {
    /// Adds up to 64 rows that begin at a multiple of 64.
    #[inline]
    fn push(&mut self, word: u64, rows: usize) {
        self.words.push(word);
        self.rows += rows;
        self.absent += rows - word.count_ones() as usize;
    }

    fn set(&mut self, row: usize, present: bool) {
        if let Some(word) = self.words.get_mut(row / 64) {
            let before = word.count_ones() as usize;
            let bit = 1 << (row % 64);
            *word = if present { *word | bit } else { *word & !bit };
            self.absent = self.absent + before - word.count_ones() as usize;
        }
    }

    fn finish(self) -> Option<NullBuffer> {
        if self.absent == 0 {
            return None;
        }
        let words = self.words.into_iter().map(u64::to_le);
        let bits = BooleanBuffer::new(Buffer::from_iter(words), 0, self.rows);
        Some(NullBuffer::new(bits))
    }
}

/// A column that grows.
#[derive(Debug, Default)]
struct Column<T> {
    values: Vec<T>,
    present: Present,
}

impl<T: ArrowNativeType> Column<T> {
    fn new(rows: usize) -> Self {
        let words = Vec::with_capacity(rows.div_ceil(64));
        Self { values: Vec::with_capacity(rows), present: Present { words, ..Present::default() } }
    }

    /// Adds the rows of a block.
    #[inline]
    fn extend<S>(&mut self, rows: &[S], value: impl Fn(&S) -> Option<T>) {
        for part in rows.chunks(64) {
            let mut word = 0;
            self.values.extend(part.iter().enumerate().map(|(at, one)| {
                let found = value(one);
                word |= u64::from(found.is_some()) << at;
                found.unwrap_or_default()
            }));
            self.present.push(word, part.len());
        }
    }

    fn set(&mut self, row: usize, value: Option<T>) {
        if let Some(slot) = self.values.get_mut(row) {
            *slot = value.unwrap_or_default();
        }
        self.present.set(row, value.is_some());
    }

    fn array<A: ArrowPrimitiveType<Native = T>>(self) -> PrimitiveArray<A> {
        PrimitiveArray::new(ScalarBuffer::from(self.values), self.present.finish())
    }
}

impl Column<i128> {
    /// Adds the numbers of a block; `over` is called with each row of it that has more decimals
    /// than there are.
    #[inline]
    fn decimals(&mut self, column: &Decimals, scale: u8, mut over: impl FnMut(usize)) {
        let rows = column.len();
        let mut numbers = column.at_scale(scale, 0..rows);
        for start in (0..rows).step_by(64) {
            let (count, mut word) = ((rows - start).min(64), 0);
            self.values.extend(numbers.by_ref().take(count).enumerate().map(|(at, found)| {
                let found = found.unwrap_or_else(|row| {
                    over(row);
                    None
                });
                word |= u64::from(found.is_some()) << at;
                found.unwrap_or_default()
            }));
            self.present.push(word, count);
        }
    }
}

/// The results of one batch.
pub(crate) struct Results {
    price_list: Column<i32>,
    row: Column<i32>,
    amounts: Vec<Column<i128>>,
    stages: Vec<(Column<i32>, Column<i128>)>,
    status: Column<i8>,
    error: Column<i8>,
    scale: u8,
    first_error: Option<(usize, LineError)>,
    over: Vec<usize>,
}

impl Results {
    pub(crate) fn new(outputs: &Outputs, rows: usize) -> Self {
        Self {
            price_list: Column::new(rows),
            row: Column::new(rows),
            amounts: AMOUNTS.iter().map(|_| Column::new(rows)).collect(),
            stages: (0..outputs.stages).map(|_| (Column::new(rows), Column::new(rows))).collect(),
            status: Column::new(rows),
            error: Column::new(rows),
            scale: outputs.scale,
            first_error: None,
            over: Vec::new(),
        }
    }

    /// Adds a block; all but the last have a multiple of 64 rows.
    pub(crate) fn push(&mut self, priced: &Priced) {
        let start = self.row.values.len();
        self.price_list.extend(&priced.price_list, number);
        self.row.extend(&priced.row, number);
        let amounts = [
            &priced.list_price,
            &priced.unit_price,
            &priced.total,
            &priced.net,
            &priced.cost,
            &priced.margin,
            &priced.margin_percent,
        ];
        self.over.clear();
        for (column, amounts) in self.amounts.iter_mut().zip(amounts) {
            column.decimals(amounts, self.scale, |row| self.over.push(row));
        }
        for ((rule, percent), stage) in self.stages.iter_mut().zip(&priced.stages) {
            rule.extend(&stage.rule, number);
            percent.decimals(&stage.percent, self.scale, |_| ());
        }
        self.status.extend(&priced.status, |status| {
            let status = (*status)?;
            let found = STATUSES.iter().position(|(one, _)| *one == status)?;
            i8::try_from(found).ok()
        });
        self.error.extend(&priced.error, |error| error.map(error_number));
        if self.first_error.is_none() {
            let mut errors = priced.error.iter().enumerate();
            self.first_error = errors.find_map(|(row, error)| Some((start + row, (*error)?)));
        }
        self.over.sort_unstable();
        self.over.dedup();
        for row in std::mem::take(&mut self.over) {
            self.refuse(start + row);
        }
    }

    /// Takes back a row of which an amount has more decimals than there are.
    fn refuse(&mut self, row: usize) {
        self.price_list.set(row, None);
        self.row.set(row, None);
        self.amounts.iter_mut().for_each(|column| column.set(row, None));
        for (rule, percent) in &mut self.stages {
            rule.set(row, None);
            percent.set(row, None);
        }
        self.status.set(row, None);
        self.error.set(row, Some(error_number(LineError::Precision)));
        if self.first_error.is_none_or(|(first, _)| row < first) {
            self.first_error = Some((row, LineError::Precision));
        }
    }

    /// The first row without a price, and why.
    pub(crate) const fn first_error(&self) -> Option<(usize, LineError)> {
        self.first_error
    }

    pub(crate) fn finish(
        self,
        outputs: &Outputs,
        frame: &RecordBatch,
    ) -> Result<RecordBatch, FrameError> {
        let mut columns: Vec<ArrayRef> =
            outputs.kept.iter().filter_map(|&at| frame.columns().get(at)).map(Arc::clone).collect();
        columns.push(named::<Int32Type>(self.price_list, &outputs.lists, outputs.plain)?);
        columns.push(Arc::new(self.row.array::<Int32Type>() as Int32Array));
        for column in self.amounts {
            columns.push(amounts(column, outputs)?);
        }
        for (rule, percent) in self.stages {
            columns.push(named::<Int32Type>(rule, &outputs.rules, outputs.plain)?);
            columns.push(amounts(percent, outputs)?);
        }
        columns.push(named::<Int8Type>(self.status, &outputs.statuses, outputs.plain)?);
        columns.push(named::<Int8Type>(self.error, &outputs.errors, outputs.plain)?);
        Ok(RecordBatch::try_new(Arc::clone(&outputs.schema), columns)?)
    }
}

/// A number of the engine, where there is one.
#[inline]
fn number(number: &u32) -> Option<i32> {
    i32::try_from(*number).ok().filter(|_| *number != NONE)
}

fn named<K>(keys: Column<K::Native>, names: &ArrayRef, plain: bool) -> Result<ArrayRef, FrameError>
where
    K: arrow_array::types::ArrowDictionaryKeyType,
    K::Native: Default + Copy,
{
    let keys: PrimitiveArray<K> = keys.array();
    let dictionary = DictionaryArray::try_new(keys, Arc::clone(names))?;
    if !plain {
        return Ok(Arc::new(dictionary));
    }
    let texts = dictionary.downcast_dict::<StringArray>();
    let texts = texts.map(|texts| texts.into_iter().collect::<StringArray>());
    Ok(Arc::new(texts.unwrap_or_else(|| StringArray::new_null(0))))
}

fn amounts(column: Column<i128>, outputs: &Outputs) -> Result<ArrayRef, FrameError> {
    let exact: PrimitiveArray<Decimal128Type> = column.array();
    if outputs.floats {
        let floats: Float64Array =
            exact.iter().map(|value| value.map(|value| float(value, outputs.scale))).collect();
        return Ok(Arc::new(floats));
    }
    let scale = i8::try_from(outputs.scale).unwrap_or_default();
    Ok(Arc::new(exact.with_precision_and_scale(DIGITS, scale)?))
}

/// The float nearest to a decimal, by the one reader that finds it for every digit.
fn float(mantissa: i128, scale: u8) -> f64 {
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}
