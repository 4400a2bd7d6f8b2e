//! Tables of text.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, Schema};
use csv::{StringRecord, Terminator};

use super::{Cells, Column, Reader, Row, Value, Writer, unreadable};
use crate::columns::letters;
use crate::failure::{Failure, Run};
use crate::input::{Replacement, unwritable};
use crate::sheet;

/// Records with the number of the line each of them begins on, whatever ends the lines.
pub(crate) struct Records<R> {
    reader: csv::Reader<Tail<R>>,
    /// Whether lines end with `\n`, before which there may be a `\r`.
    newlines: bool,
}

/// A source that remembers how much was read of it, and the last byte.
struct Tail<R> {
    source: R,
    bytes: u64,
    last: u8,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(into)?;
        if let Some(&last) = into.get(..read).and_then(<[u8]>::last) {
            (self.bytes, self.last) = (self.bytes + read as u64, last);
        }
        Ok(read)
    }
}

impl<R: Read> Records<R> {
    /// Reads from behind the byte order mark; `head` is how the source begins.
    pub(crate) fn new(source: R, head: &[u8], delimiter: u8) -> Self {
        let newlines = head.contains(&b'\n') || !head.contains(&b'\r');
        // The reader counts `\n`, and of `\r\n` leaves the second to the next record: so the first is
        // taken off here.
        let end = if newlines { Terminator::Any(b'\n') } else { Terminator::CRLF };
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(end)
            .flexible(true)
            .has_headers(false)
            .from_reader(Tail { source, bytes: 0, last: 0 });
        Self { reader, newlines }
    }

    /// The next record and the number of its line; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut StringRecord) -> csv::Result<Option<u64>> {
        loop {
            if !self.reader.read_record(record)? {
                return Ok(None);
            }
            if self.newlines
                && let Some(last) = record.len().checked_sub(1)
                && let Some(field) = record.get(last).and_then(|field| field.strip_suffix('\r'))
            {
                let field = field.to_owned();
                record.truncate(last);
                record.push_field(&field);
            }
            // An empty line.
            if record.len() != 1 || record.get(0) != Some("") {
                let inside = record.iter().flat_map(str::bytes).filter(|b| *b == b'\n').count();
                return Ok(Some(self.line().saturating_sub(inside as u64)));
            }
        }
    }

    /// The number of the line that the last record ends on.
    fn line(&self) -> u64 {
        let at = self.reader.position();
        let tail = self.reader.get_ref();
        // The last line of a file need not end.
        let ended = tail.bytes != at.byte() || tail.last == b'\n';
        at.line().saturating_sub(u64::from(ended && self.newlines))
    }

    /// What a record that cannot be read says, and what helps.
    pub(crate) fn failure(&self, file: &str, error: &csv::Error) -> Failure {
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
        format!("{}{line}", letters(column))
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
