//! Tables of lines, read and written row by row: Parquet where the file's name ends in `.parquet`,
//! else CSV.

pub(crate) mod csv;
mod parquet;

use std::path::Path;
use std::rc::Rc;

use ::csv::StringRecord;
use arrow_schema::Schema;
use listino_core::money::Amount;

use crate::failure::{Failure, Run};

/// A table that is read; of a file larger than memory only a part is held.
pub(crate) trait Reader {
    /// The columns.
    fn schema(&self) -> &Schema;

    /// Whether a column's cells can be read as what they say, digit for digit.
    fn readable(&self, column: usize) -> Run<()>;

    /// The next row; `None` at the end of the file.
    fn next(&mut self) -> Run<Option<Row>>;

    /// Where a cell is found.
    fn address(&self, line: u64, column: usize) -> String;

    /// How much there is to read, in bytes or rows.
    fn length(&self) -> u64;

    /// How much of it was read.
    fn position(&self) -> u64;
}

/// A table that is written: the columns of the one that was read, and results beside them.
pub(crate) trait Writer {
    /// A row, and as many results as there are columns of them.
    fn write(&mut self, row: &Row, results: Vec<Value>) -> Run<()>;

    /// Puts the file in its place.
    fn finish(self: Box<Self>) -> Run<()>;
}

/// A row of a table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its number in the file.
    pub(crate) number: u64,
    cells: Cells,
}

#[derive(Debug, Clone)]
enum Cells {
    Text(StringRecord),
    /// One row of columns that are kept as they are, so that they can be handed on.
    Columns(Rc<parquet::Batch>, usize),
}

impl Row {
    /// The text of a cell, as it stands.
    fn text(&self, column: usize) -> Option<&str> {
        match &self.cells {
            Cells::Text(record) => record.get(column),
            Cells::Columns(batch, row) => batch.text(column, *row),
        }
    }

    /// The first cell beyond so many columns in which something stands.
    pub(crate) fn beyond(&self, columns: usize) -> Option<usize> {
        match &self.cells {
            Cells::Text(record) => (columns..record.len()).find(|&at| self.cell(at).is_some()),
            Cells::Columns(..) => None,
        }
    }

    /// The text of a cell without the blanks around it; `None` where nothing is left.
    pub(crate) fn cell(&self, column: usize) -> Option<&str> {
        self.text(column).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A column of results.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Amounts; else words.
    pub(crate) money: bool,
}

/// A result of a row.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Empty,
    Word(String),
    Amount(Amount),
}

impl Value {
    fn text(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Word(word) => Some(word.clone()),
            Self::Amount(amount) => Some(amount.to_string()),
        }
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// Opens a table of lines.
pub(crate) fn open(path: &Path, delimiter: Option<char>) -> Run<Box<dyn Reader>> {
    match (is_parquet(path), delimiter) {
        (false, delimiter) => Ok(Box::new(csv::CsvReader::open(path, delimiter)?)),
        (true, None) => Ok(Box::new(parquet::ParquetReader::open(path)?)),
        (true, Some(_)) => Err(Failure::usage_with_help(
            format!("`{}` is Parquet, which has no delimiter", path.display()),
            "leave out --delimiter",
        )),
    }
}

/// Begins a table of some columns and results.
pub(crate) fn create(path: &Path, read: &Schema, results: &[Column]) -> Run<Box<dyn Writer>> {
    if is_parquet(path) {
        Ok(Box::new(parquet::ParquetWriter::create(path, read, results)?))
    } else {
        Ok(Box::new(csv::CsvWriter::create(path, read, results)?))
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("`{}` cannot be read: {error}", path.display()))
}
