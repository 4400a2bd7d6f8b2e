//! Tables of text.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, Schema};
use csv::{StringRecord, Terminator};

use super::{Cells, Column, Reader, Row, Value, Writer, unreadable};
use crate::columns::address;
use crate::failure::{Failure, Run};
use crate::input::{Replacement, unwritable};
use crate::sheet;

/// Records with the number of the line each of them begins on, whatever ends the lines.
pub(crate) struct Records<R> {
    reader: csv::Reader<Marked<R>>,
}

/// What stands behind the last line: a file whose last quotation mark is not closed swallows it.
const MARK: &str = "\u{3}";

/// A source whose lines end with `\n`, and behind its last line the mark.
struct Marked<R> {
    source: R,
    /// Whether its lines end with `\r`.
    returns: bool,
    bytes: u64,
    mark: &'static [u8],
}

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let mut read = self.source.read(into)?;
        if read == 0 {
            read = self.mark.read(into)?;
        }
        if self.returns {
            let ends = into.iter_mut().take(read).filter(|byte| **byte == b'\r');
            ends.for_each(|byte| *byte = b'\n');
        }
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Why there is no next record.
pub(crate) enum Broken {
    Csv(csv::Error),
    /// The file ends inside the quotation marks that open in this cell.
    Open {
        cell: String,
    },
}

impl From<csv::Error> for Broken {
    fn from(error: csv::Error) -> Self {
        Self::Csv(error)
    }
}

impl<R: Read> Records<R> {
    /// Reads from behind the byte order mark; `head` is how the source begins.
    pub(crate) fn new(source: R, head: &[u8], delimiter: u8) -> Self {
        let returns = head.contains(&b'\r') && !head.contains(&b'\n');
        let source = Marked { source, returns, bytes: 0, mark: b"\n\x03" };
        // The reader counts `\n`, and of `\r\n` leaves the second to the next record: so the first is
        // taken off here.
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            .has_headers(false)
            .from_reader(source);
        Self { reader }
    }

    /// The next record in which something stands, and the number of its line; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>, Broken> {
        loop {
            if !self.reader.read_record(record)? {
                return Ok(None);
            }
            let breaks = |fields: usize| {
                let bytes = record.iter().take(fields).flat_map(str::bytes);
                bytes.filter(|byte| *byte == b'\n').count() as u64
            };
            let at = self.reader.position();
            if at.byte() == self.reader.get_ref().bytes
                && let Some(last) = record.len().checked_sub(1)
                && record.get(last).is_some_and(|field| field.ends_with(MARK))
            {
                if record.len() == 1 && record.get(0) == Some(MARK) {
                    return Ok(None);
                }
                let line = at.line().saturating_sub(breaks(last + 1)) + breaks(last);
                return Err(Broken::Open { cell: address(line, last) });
            }
            if let Some(last) = record.len().checked_sub(1)
                && let Some(field) = record.get(last).and_then(|field| field.strip_suffix('\r'))
            {
                let field = field.to_owned();
                record.truncate(last);
                record.push_field(&field);
            }
            // Spreadsheet programs write rows of nothing but delimiters.
            if record.iter().any(|field| !field.trim().is_empty()) {
                let inside = record.iter().flat_map(str::bytes).filter(|b| *b == b'\n').count();
                return Ok(Some(self.line().saturating_sub(inside as u64)));
            }
        }
    }

    /// The number of the line that the last record ends on.
    fn line(&self) -> u64 {
        self.reader.position().line().saturating_sub(1)
    }

    /// What a record that cannot be read says, and what helps.
    pub(crate) fn failure(&self, file: &str, broken: &Broken) -> Failure {
        let error = match broken {
            Broken::Csv(error) => error,
            Broken::Open { cell } => {
                return Failure::usage_with_help(
                    format!("`{file}` ends inside the quotation marks that open in cell {cell}"),
                    "close them, and write a quotation mark of a text twice: `\"1\"\" tube\"`",
                );
            }
        };
        match error.kind() {
            csv::ErrorKind::Utf8 { .. } => Failure::usage_with_help(
                format!("`{file}` is not UTF-8, in line {}", self.line()),
                "save it as `CSV UTF-8` in the spreadsheet program",
            ),
            _ => Failure::usage(format!("`{file}` cannot be read as CSV: {error}")),
        }
    }

    fn byte(&self) -> u64 {
        self.reader.position().byte()
    }
}

pub(super) struct CsvReader {
    path: PathBuf,
    records: Records<BufReader<File>>,
    schema: Schema,
    bytes: u64,
}

impl CsvReader {
    pub(super) fn open(path: &Path, delimiter: Option<char>) -> Run<Self> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let mut source = BufReader::with_capacity(1 << 16, file);
        let head = source.fill_buf().map_err(|error| unreadable(path, &error))?.to_vec();
        if head.starts_with(b"PAR1") {
            return Err(Failure::usage_with_help(
                format!("`{}` is Parquet", path.display()),
                "let its name end in .parquet",
            ));
        }
        let delimiter = match delimiter {
            Some(c) => u8::try_from(c)
                .map_err(|_| Failure::usage(format!("`{c}` cannot be a delimiter")))?,
            None => sheet::delimiter(&String::from_utf8_lossy(&head)),
        };
        if head.starts_with("\u{feff}".as_bytes()) {
            source.consume(3);
        }
        let mut records = Records::new(source, &head, delimiter);
        let mut headings = StringRecord::new();
        let first = records.next(&mut headings);
        let name = path.display().to_string();
        if first.map_err(|error| records.failure(&name, &error))?.is_none() {
            return Err(Failure::usage_with_help(
                format!("`{name}` is empty"),
                "write the headings of the columns on its first line",
            ));
        }
        let fields = headings.iter().map(|name| Field::new(name, DataType::Utf8, true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        Ok(Self { path: path.to_owned(), records, schema, bytes })
    }
}

impl Reader for CsvReader {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn readable(&self, _: usize) -> Run<()> {
        Ok(())
    }

    fn next(&mut self) -> Run<Option<Row>> {
        let mut record = StringRecord::new();
        let more = self.records.next(&mut record);
        let name = self.path.display().to_string();
        let number = more.map_err(|error| self.records.failure(&name, &error))?;
        Ok(number.map(|number| Row { number, cells: Cells::Text(record) }))
    }

    fn address(&self, line: u64, column: usize) -> String {
        address(line, column)
    }

    fn length(&self) -> u64 {
        self.bytes
    }

    fn position(&self) -> u64 {
        self.records.byte()
    }
}

pub(super) struct CsvWriter {
    path: PathBuf,
    writer: csv::Writer<Replacement>,
    columns: usize,
}

impl CsvWriter {
    pub(super) fn create(path: &Path, read: &Schema, results: &[Column]) -> Run<Self> {
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(Replacement::new(path)?);
        let mut table = Self { path: path.to_owned(), writer, columns: read.fields().len() };
        let headings = read.fields().iter().map(|field| field.name());
        table.record(&headings.chain(results.iter().map(|column| &column.name)).collect())?;
        Ok(table)
    }

    fn record(&mut self, record: &StringRecord) -> Run<()> {
        self.writer.write_record(record).map_err(|error| unwritable(&self.path, &error))
    }
}

impl Writer for CsvWriter {
    fn write(&mut self, row: &Row, results: Vec<Value>) -> Run<()> {
        let mut record = match &row.cells {
            Cells::Text(record) => record.clone(),
            Cells::Columns(..) => {
                (0..self.columns).map(|column| row.text(column).unwrap_or_default()).collect()
            }
        };
        // Short records are filled up, so that the results stand below their headings.
        while record.len() < self.columns {
            record.push_field("");
        }
        for result in results {
            record.push_field(&result.text().unwrap_or_default());
        }
        self.record(&record)
    }

    fn finish(self: Box<Self>) -> Run<()> {
        let file = self.writer.into_inner();
        file.map_err(|error| unwritable(&self.path, &error))?.commit()
    }
}
