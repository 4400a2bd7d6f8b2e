//! Tables of typed columns.

use std::cell::OnceCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Decimal128Type;
use arrow_array::{Array, ArrayRef, Decimal128Array, RecordBatch, StringArray, UInt64Array};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use arrow_select::take::take_arrays;
use listino_core::money::{Amount, Exact};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::{Cells, Column, Reader, Row, Value, Writer, unreadable};
use crate::failure::{Failure, Run};
use crate::guard::guarded;
use crate::input::{Replacement, unwritable};

/// So many rows are in memory at a time.
const ROWS: usize = 8_192;

/// So many rows share a part of the file that is written, whose columns are compressed together.
const GROUP: usize = 131_072;

/// The type of amounts: the same as in frames, where ten decimals are usual.
const DIGITS: u8 = 38;
const SCALE: i8 = 10;
const MONEY: DataType = DataType::Decimal128(DIGITS, SCALE);

/// Some rows, as columns.
#[derive(Debug)]
pub(super) struct Batch {
    columns: RecordBatch,
    /// The columns as text, once they are asked for.
    texts: Vec<OnceCell<StringArray>>,
}

impl Batch {
    fn new(columns: RecordBatch) -> Self {
        let texts = vec![OnceCell::new(); columns.num_columns()];
        Self { columns, texts }
    }

    pub(super) fn text(&self, column: usize, row: usize) -> Option<&str> {
        let array = self.columns.columns().get(column)?;
        let texts = self.texts.get(column)?.get_or_init(|| texts(array));
        (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
    }
}

/// What the cells of a column say. What cannot be said is told in its cell, so that its line is found.
fn texts(array: &ArrayRef) -> StringArray {
    let format = FormatOptions::new().with_display_error(true);
    let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &format) else {
        return StringArray::new_null(array.len());
    };
    let moment = matches!(array.data_type(), DataType::Date64 | DataType::Timestamp(_, None));
    let text = |row: usize| {
        let mut text = formatter.value(row).to_string();
        // At midnight a moment is a day, and else it is not.
        if moment && let Some(day) = text.strip_suffix("T00:00:00") {
            text.truncate(day.len());
        }
        text
    };
    let nulls = array.logical_nulls();
    let valid = |row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    (0..array.len()).map(|row| valid(row).then(|| text(row))).collect()
}

/// Why a column of a type cannot be read, and what to do about it.
fn illegible(kind: &DataType) -> Option<&'static str> {
    match kind {
        DataType::Dictionary(_, kind) => illegible(kind),
        DataType::Timestamp(_, Some(_)) => Some(
            "cast it to a date in the time zone of the prices: an instant has another day in another zone",
        ),
        kind if kind.is_floating() => Some("cast it to a decimal: a float is not exact"),
        DataType::Null
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(_, None)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => None,
        kind if kind.is_integer() => None,
        _ => Some("cast it to text"),
    }
}

pub(super) struct ParquetReader {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    schema: SchemaRef,
    /// What is being read, and its next row.
    open: Option<(Rc<Batch>, usize)>,
    rows: u64,
    read: u64,
}

impl ParquetReader {
    pub(super) fn open(path: &Path) -> Run<Self> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let refuse = |error: String| {
            Failure::usage_with_help(
                format!("`{}` is not a whole Parquet file: {error}", path.display()),
                "write it again; a file of text is CSV and shall not end in .parquet",
            )
        };
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file)).map_err(refuse)?;
        let rows = builder.metadata().file_metadata().num_rows();
        let rows = u64::try_from(rows).unwrap_or_default();
        let schema = Arc::clone(builder.schema());
        let batches = guarded(|| builder.with_batch_size(ROWS).build()).map_err(refuse)?;
        Ok(Self { path: path.to_owned(), batches, schema, open: None, rows, read: 0 })
    }
}

impl Reader for ParquetReader {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn readable(&self, column: usize) -> Run<()> {
        let Some(field) = self.schema.fields().get(column) else { return Ok(()) };
        let (name, kind) = (field.name(), field.data_type());
        match illegible(kind) {
            None => Ok(()),
            Some(help) => Err(Failure::usage_with_help(
                format!("column `{name}` of `{}` is {kind}", self.path.display()),
                help,
            )),
        }
    }

    fn next(&mut self) -> Run<Option<Row>> {
        loop {
            if let Some((batch, row)) = &mut self.open
                && *row < batch.columns.num_rows()
            {
                self.read += 1;
                let cells = Cells::Columns(Rc::clone(batch), *row);
                *row += 1;
                return Ok(Some(Row { number: self.read, cells }));
            }
            let batch = guarded(|| self.batches.next().transpose()).map_err(|error| {
                Failure::usage_with_help(
                    format!(
                        "`{}` cannot be read after row {}: {error}",
                        self.path.display(),
                        self.read
                    ),
                    "the file is damaged, or of a kind that is not known here: write it again",
                )
            })?;
            let Some(batch) = batch else { return Ok(None) };
            self.open = Some((Rc::new(Batch::new(batch)), 0));
        }
    }

    fn address(&self, line: u64, column: usize) -> String {
        let name = self.schema.fields().get(column).map_or("", |field| field.name());
        format!("`{name}` of row {line}")
    }

    fn length(&self) -> u64 {
        self.rows
    }

    fn position(&self) -> u64 {
        self.read
    }
}

/// Amounts are decimals of a fixed type, so that the tables of two runs have the same columns. A
/// column with an amount that does not fit becomes text, from its first row on.
pub(super) struct ParquetWriter {
    path: PathBuf,
    writer: ArrowWriter<Replacement>,
    schema: SchemaRef,
    /// How many columns were read; the others are results.
    columns: usize,
    rows: Vec<Row>,
    /// For each row its results.
    results: Vec<Vec<Value>>,
}

impl ParquetWriter {
    pub(super) fn create(path: &Path, read: &Schema, results: &[Column]) -> Run<Self> {
        let mut fields = read.fields().to_vec();
        fields.extend(results.iter().map(|column| {
            let kind = if column.money { MONEY } else { DataType::Utf8 };
            Arc::new(Field::new(&column.name, kind, true))
        }));
        let schema = Arc::new(Schema::new_with_metadata(fields, read.metadata().clone()));
        let mut names: Vec<&str> =
            schema.fields().iter().map(|field| field.name().as_str()).collect();
        names.sort_unstable();
        if let Some(name) = names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(one),
            _ => None,
        }) {
            return Err(Failure::usage_with_help(
                format!("two columns are called `{name}`, which Parquet cannot tell apart"),
                "rename one of them, or write CSV",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            writer: begin(path, &schema)?,
            schema,
            columns: read.fields().len(),
            rows: Vec::new(),
            results: Vec::new(),
        })
    }

    /// The columns that were read, of the rows that wait.
    fn read(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        if let Some(Row { cells: Cells::Columns(batch, _), .. }) = self.rows.first() {
            let rows = self.rows.iter().map(|row| match row.cells {
                Cells::Columns(_, row) => row as u64,
                Cells::Text(_) => 0,
            });
            return take_arrays(
                batch.columns.columns(),
                &UInt64Array::from_iter_values(rows),
                None,
            );
        }
        let text = |column: usize| -> ArrayRef {
            Arc::new(self.rows.iter().map(|row| row.cell(column)).collect::<StringArray>())
        };
        Ok((0..self.columns).map(text).collect())
    }

    fn results(&self, result: usize) -> impl Iterator<Item = &Value> {
        self.results.iter().map(move |row| row.get(result).unwrap_or(&Value::Empty))
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> Run<()> {
        let overfull: Vec<usize> = (self.columns..self.schema.fields().len())
            .filter(|&column| self.schema.field(column).data_type() == &MONEY)
            .filter(|&column| {
                let mut values = self.results(column - self.columns);
                values.any(|value| matches!(value, Value::Amount(a) if mantissa(*a).is_none()))
            })
            .collect();
        if !overfull.is_empty() {
            self.widen(&overfull)?;
        }
        let build = || {
            let mut columns = self.read()?;
            for column in self.columns..self.schema.fields().len() {
                let values = self.results(column - self.columns);
                columns.push(match self.schema.field(column).data_type() {
                    DataType::Decimal128(..) => decimals(values)?,
                    _ => Arc::new(values.map(Value::text).collect::<StringArray>()),
                });
            }
            RecordBatch::try_new(Arc::clone(&self.schema), columns)
        };
        let batch = build().map_err(|error| unwritable(&self.path, &error))?;
        self.writer.write(&batch).map_err(|error| unwritable(&self.path, &error))?;
        self.rows.clear();
        self.results.clear();
        Ok(())
    }

    /// Writes the file so far again, with some columns of amounts as text.
    fn widen(&mut self, columns: &[usize]) -> Run<()> {
        let fields = self.schema.fields().iter().enumerate().map(|(at, field)| {
            let text = || Arc::new(Field::new(field.name(), DataType::Utf8, true));
            if columns.contains(&at) { text() } else { Arc::clone(field) }
        });
        let schema =
            Schema::new_with_metadata(fields.collect::<Vec<_>>(), self.schema.metadata().clone());
        self.schema = Arc::new(schema);
        let before = std::mem::replace(&mut self.writer, begin(&self.path, &self.schema)?);
        let again = || -> Result<(), Box<dyn std::error::Error>> {
            let before = before.into_inner()?;
            let batches = ParquetRecordBatchReaderBuilder::try_new(before.reopen()?)?;
            for batch in batches.with_batch_size(ROWS).build()? {
                let mut arrays = batch?.columns().to_vec();
                for &column in columns {
                    if let Some(array) = arrays.get_mut(column) {
                        *array = amounts(array);
                    }
                }
                self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)?;
            }
            Ok(())
        };
        again().map_err(|error| unwritable(&self.path, &error))
    }
}

impl Writer for ParquetWriter {
    fn write(&mut self, row: &Row, results: Vec<Value>) -> Run<()> {
        if let Cells::Text(record) = &row.cells
            && record.len() > self.columns
        {
            return Err(Failure::usage_with_help(
                format!("line {} has more cells than there are headings", row.number),
                "mend the line, or write CSV",
            ));
        }
        let together = match self.rows.first().map(|first| (&first.cells, &row.cells)) {
            None | Some((Cells::Text(_), Cells::Text(_))) => true,
            Some((Cells::Columns(one, _), Cells::Columns(other, _))) => Rc::ptr_eq(one, other),
            Some(_) => false,
        };
        if !together || self.rows.len() >= ROWS {
            self.flush()?;
        }
        self.rows.push(row.clone());
        self.results.push(results);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Run<()> {
        self.flush()?;
        let file = self.writer.into_inner();
        file.map_err(|error| unwritable(&self.path, &error))?.commit()
    }
}

fn begin(path: &Path, schema: &SchemaRef) -> Run<ArrowWriter<Replacement>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP))
        .build();
    let file = Replacement::new(path)?;
    ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))
        .map_err(|error| unwritable(path, &error))
}

/// An amount as a decimal of the type of amounts, where it is one.
fn mantissa(amount: Amount) -> Option<i128> {
    let unit = Exact::integer(10_i64.checked_pow(SCALE.unsigned_abs().into())?);
    let mantissa = amount.exact().multiply(unit).ok()?.to_integer()?;
    let bound = 10_u128.checked_pow(DIGITS.into())?;
    (mantissa.unsigned_abs() < bound).then_some(mantissa)
}

fn decimals<'a>(values: impl Iterator<Item = &'a Value>) -> Result<ArrayRef, ArrowError> {
    let mantissas = values.map(|value| match value {
        Value::Amount(amount) => mantissa(*amount),
        _ => None,
    });
    let array = mantissas.collect::<Decimal128Array>().with_precision_and_scale(DIGITS, SCALE)?;
    Ok(Arc::new(array))
}

/// The amounts of a column as text, as they are written elsewhere.
fn amounts(array: &ArrayRef) -> ArrayRef {
    let text = |mantissa: i128| {
        let exact = Exact::new(mantissa, SCALE.unsigned_abs().into()).ok()?;
        Some(Amount::from_exact(exact).ok()?.to_string())
    };
    let amounts = array.as_primitive_opt::<Decimal128Type>().into_iter().flatten();
    Arc::new(amounts.map(|mantissa| text(mantissa?)).collect::<StringArray>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Value {
        Value::Amount(text.parse().unwrap())
    }

    fn row(number: u64, cells: &[&str]) -> Row {
        Row { number, cells: Cells::Text(cells.to_vec().into()) }
    }

    fn money(name: &str) -> Column {
        Column { name: name.to_owned(), money: true }
    }

    /// A table of one column `n` with the numbers of its rows, and of results.
    fn table(path: &Path, results: &[Column], rows: u64, result: impl Fn(u64) -> Vec<Value>) {
        let read = Schema::new(vec![Field::new("n", DataType::Utf8, true)]);
        let mut table = Box::new(ParquetWriter::create(path, &read, results).unwrap());
        for number in 1..=rows {
            table.write(&row(number, &[&number.to_string()]), result(number)).unwrap();
        }
        table.finish().unwrap();
    }

    /// All rows of a file as text, until it cannot be read further.
    fn told(path: &Path) -> Result<Vec<Vec<String>>, Failure> {
        let mut reader = ParquetReader::open(path)?;
        let columns = reader.schema.fields().len();
        let mut rows = Vec::new();
        while let Some(row) = reader.next()? {
            let cell = |column| row.cell(column).unwrap_or_default().to_owned();
            rows.push((0..columns).map(cell).collect());
        }
        Ok(rows)
    }

    #[test]
    fn an_amount_fits_with_ten_decimals_and_38_digits() {
        let of = |text: &str| mantissa(text.parse().unwrap());
        assert_eq!(of("1.25"), Some(12_500_000_000));
        assert_eq!(of("-0.0000000001"), Some(-1));
        assert_eq!(of("0.00000000010"), Some(1));
        assert_eq!(of("0.00000000001"), None);
        assert_eq!(of("9999999999999999999999999999"), Some(10_i128.pow(38) - 10_i128.pow(10)));
    }

    #[test]
    fn a_column_with_an_amount_that_does_not_fit_is_text_from_its_first_row_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.parquet");
        let rows = 2 * ROWS as u64 + 5;
        let columns =
            [money("net"), Column { name: "status".to_owned(), money: false }, money("cost")];
        table(&path, &columns, rows, |number| {
            let net = if number == rows { amount("0.00000000012") } else { amount("1.50") };
            vec![
                net,
                Value::Word("ok".to_owned()),
                if number == 2 { Value::Empty } else { amount("7") },
            ]
        });
        let reader = ParquetReader::open(&path).unwrap();
        let kinds: Vec<_> = reader.schema.fields().iter().map(|f| f.data_type().clone()).collect();
        assert_eq!(kinds, [DataType::Utf8, DataType::Utf8, DataType::Utf8, MONEY]);
        let told = told(&path).unwrap();
        assert_eq!(told.len() as u64, rows);
        assert_eq!(told[0], ["1", "1.5", "ok", "7.0000000000"]);
        assert_eq!(told[1], ["2", "1.5", "ok", ""]);
        assert_eq!(told[2 * ROWS + 4], [&rows.to_string(), "0.00000000012", "ok", "7.0000000000"]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn an_empty_table_has_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.parquet");
        table(&path, &[money("net")], 0, |_| Vec::new());
        assert_eq!(told(&path).unwrap().len(), 0);
        assert_eq!(ParquetReader::open(&path).unwrap().schema.fields().len(), 2);
    }

    /// Whatever a byte of a file is: it is read or refused.
    #[test]
    fn a_damaged_file_does_not_stop_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.parquet");
        table(&path, &[money("net")], 20, |number| vec![amount(&format!("{number}.5"))]);
        let bytes = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for at in 0..bytes.len() {
            for with in [0x01, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= with;
                std::fs::write(&path, &bytes).unwrap();
                refused += usize::from(told(&path).is_err());
            }
        }
        assert!(refused > 0);
    }
}
