//! Tables of text.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, Schema};
use csv::{Position, StringRecord};

use super::{Cells, Column, Reader, Row, Value, Writer, unreadable};
use crate::columns::letters;
use crate::failure::{Failure, Run};
use crate::input::{Replacement, unwritable};
use crate::sheet;

pub(super) struct CsvReader {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    schema: Schema,
    bytes: u64,
}

impl CsvReader {
    pub(super) fn open(path: &Path, delimiter: Option<char>) -> Run<Self> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let mut source = BufReader::with_capacity(1 << 16, file);
        let head = source.fill_buf().map_err(|error| unreadable(path, &error))?;
        if head.starts_with(b"PAR1") {
            return Err(Failure::usage_with_help(
                format!("`{}` is Parquet", path.display()),
                "let its name end in .parquet",
            ));
        }
        let delimiter = match delimiter {
            Some(c) => u8::try_from(c)
                .map_err(|_| Failure::usage(format!("`{c}` cannot be a delimiter")))?,
            None => sheet::delimiter(&String::from_utf8_lossy(head)),
        };
        if head.starts_with("\u{feff}".as_bytes()) {
            source.consume(3);
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source);
        let headings = reader.headers().map_err(|error| unreadable(path, &error))?;
        let fields = headings.iter().map(|name| Field::new(name, DataType::Utf8, true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        Ok(Self { path: path.to_owned(), reader, schema, bytes })
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
        let more = self.reader.read_record(&mut record);
        let more = more.map_err(|error| unreadable(&self.path, &error))?;
        let number = record.position().map_or(0, Position::line);
        Ok(more.then_some(Row { number, cells: Cells::Text(record) }))
    }

    fn address(&self, line: u64, column: usize) -> String {
        format!("{}{line}", letters(column))
    }

    fn length(&self) -> u64 {
        self.bytes
    }

    fn position(&self) -> u64 {
        self.reader.position().byte()
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
