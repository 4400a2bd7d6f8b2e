//! The tables: tab-separated, without header, dates with a time of day that means nothing.

use std::path::Path;

use listino_core::Id;
use listino_core::calendar::{Date, Window};

/// Why a book cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A table cannot be read.
    #[error("table `{table}`: {error}")]
    Table {
        /// The table.
        table: String,
        /// What the reader says.
        error: csv::Error,
    },
    /// A cell does not hold what it should.
    #[error("table `{table}`, row {row}, column {column}: {problem}")]
    Cell {
        /// The table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A name cannot be an id.
    #[error(transparent)]
    Id(#[from] listino_core::IdError),
    /// A text is not a decimal.
    #[error(transparent)]
    Decimal(#[from] listino_core::money::DecimalError),
    /// A number does not fit.
    #[error(transparent)]
    Arithmetic(#[from] listino_core::money::ArithmeticError),
    /// A text is not a currency.
    #[error(transparent)]
    Currency(#[from] listino_core::money::CurrencyError),
    /// A document cannot be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// What becomes of reading a table.
pub type Result<T> = std::result::Result<T, Error>;

/// A table in memory.
#[derive(Debug)]
pub struct Table {
    name: String,
    records: Vec<csv::StringRecord>,
}

impl Table {
    /// Reads a tab-separated table without header.
    ///
    /// # Errors
    /// [`Error::Table`] when it cannot be read.
    pub fn read(data: &Path, name: &str) -> Result<Self> {
        let mut builder = csv::ReaderBuilder::new();
        let builder = builder.delimiter(b'\t').has_headers(false).quoting(false);
        let wrap = |error| Error::Table { table: name.to_owned(), error };
        let path = data.join(name).with_extension("tsv");
        let mut reader = builder.from_path(path).map_err(wrap)?;
        let records = reader.records().collect::<std::result::Result<_, _>>().map_err(wrap)?;
        Ok(Self { name: name.to_owned(), records })
    }

    /// Reads a comma-separated table; the header is skipped.
    ///
    /// # Errors
    /// [`Error::Table`] when it cannot be read.
    pub fn read_csv(data: &Path, name: &str) -> Result<Self> {
        let wrap = |error| Error::Table { table: name.to_owned(), error };
        let path = data.join(name).with_extension("csv");
        let mut reader = csv::Reader::from_path(path).map_err(wrap)?;
        let records = reader.records().collect::<std::result::Result<_, _>>().map_err(wrap)?;
        Ok(Self { name: name.to_owned(), records })
    }

    /// The rows, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let table = self.name.as_str();
        self.records.iter().zip(1..).map(move |(cells, row)| Record { table, row, cells })
    }
}

impl<'a> IntoIterator for &'a Table {
    type Item = Record<'a>;
    type IntoIter = Box<dyn Iterator<Item = Record<'a>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// One row of a table.
#[derive(Debug)]
pub struct Record<'a> {
    table: &'a str,
    row: usize,
    cells: &'a csv::StringRecord,
}

impl<'a> Record<'a> {
    /// The error that a cell causes.
    pub fn error(&self, column: usize, problem: &str) -> Error {
        Error::Cell {
            table: self.table.to_owned(),
            row: self.row,
            column: column + 1,
            problem: problem.to_owned(),
        }
    }

    /// A cell as it is written.
    ///
    /// # Errors
    /// [`Error::Cell`] when the cell is missing or holds something else.
    pub fn text(&self, column: usize) -> Result<&'a str> {
        self.cells.get(column).map(str::trim).ok_or_else(|| self.error(column, "is missing"))
    }

    /// A cell as an id.
    ///
    /// # Errors
    /// [`Error::Cell`] when the cell is missing or holds something else.
    pub fn id(&self, column: usize) -> Result<Id> {
        Id::new(self.text(column)?).map_err(|error| self.error(column, &error.to_string()))
    }

    /// A decimal, which the tables write without the zero before the point.
    ///
    /// # Errors
    /// [`Error::Cell`] when the cell is missing or holds something else.
    pub fn decimal(&self, column: usize) -> Result<String> {
        let text = self.text(column)?;
        Ok(if text.starts_with('.') { format!("0{text}") } else { text.to_owned() })
    }

    /// The window between two dates, both included; an empty cell is an open end.
    ///
    /// # Errors
    /// [`Error::Cell`] when the cell is missing or holds something else.
    pub fn window(&self, from: usize, to: usize) -> Result<Window> {
        Ok(Window { from: self.date(from)?, to: self.date(to)? })
    }

    fn date(&self, column: usize) -> Result<Option<Date>> {
        let Some(day) = self.text(column)?.split(' ').next().filter(|day| !day.is_empty()) else {
            return Ok(None);
        };
        day.parse().map(Some).map_err(|error| self.error(column, &format!("{error}")))
    }
}
