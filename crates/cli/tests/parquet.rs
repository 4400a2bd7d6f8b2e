//! The same lines as CSV and as Parquet come to the same.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use tempfile::TempDir;

const BOOK: &str = "tests/data/book.json";
const LINES: &str = "tests/data/lines.csv";
const CUSTOMERS: &str = "reseller=C-18,online=WEB";
const DATE: DataType = DataType::Date32;

fn listino(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("listino").unwrap().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A CSV file as columns: of the types that are given by name, the others text.
fn columns(csv: &str, types: &[(&str, DataType)]) -> RecordBatch {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |(at, name): (usize, &str)| {
        let cells = records.iter().map(|record| record.get(at).filter(|cell| !cell.is_empty()));
        let array = cells.collect::<StringArray>();
        let kind = types.iter().find(|(named, _)| *named == name);
        let kind = kind.map_or(DataType::Utf8, |(_, kind)| kind.clone());
        let array: ArrayRef = cast(&array, &kind).unwrap();
        (Field::new(name, kind, true), array)
    };
    let (fields, arrays): (Vec<_>, Vec<_>) = headings.iter().enumerate().map(column).unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Writes columns in parts of a few rows.
fn write(path: &Path, columns: &RecordBatch, group: usize) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, columns.schema(), Some(properties)).unwrap();
    writer.write(columns).unwrap();
    writer.close().unwrap();
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    builder.build().unwrap().map(Result::unwrap).collect()
}

/// All cells as text, without the zeros at the end of decimals.
fn cells(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let cell = |array: &ArrayRef, row: usize| {
        let text = array_value_to_string(array, row).unwrap();
        match array.data_type() {
            DataType::Decimal128(_, 1..) if !text.is_empty() => {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            _ => text,
        }
    };
    let row = |batch: &RecordBatch, row| batch.columns().iter().map(|a| cell(a, row)).collect();
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
}

/// A report without what differs by nature: a row of Parquet has no line of text above it.
fn report(out: &str) -> Value {
    fn plain(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("line");
                fields.values_mut().for_each(plain);
            }
            Value::Array(values) => values.iter_mut().for_each(plain),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(out).unwrap();
    plain(&mut value);
    value
}

/// Typed columns of the test's lines.
fn typed() -> RecordBatch {
    let types = [
        ("order", DataType::Int64),
        ("date", DATE),
        ("channel", dictionary()),
        ("product_number", DataType::Utf8View),
        ("qty", DataType::Decimal128(12, 3)),
        ("invoiced_unit", DataType::Decimal128(18, 4)),
        ("invoiced_total", DataType::Decimal256(40, 6)),
    ];
    columns(&fs::read_to_string(LINES).unwrap(), &types)
}

struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn parquet(&self, columns: &RecordBatch) -> PathBuf {
        let path = self.path("lines.parquet");
        write(&path, columns, 3);
        path
    }
}

#[test]
fn lines_are_repriced_from_either_into_either() {
    let folder = Folder::new();
    let parquet = folder.parquet(&typed());
    let run = |lines: &str, out: &Path| {
        let base = ["reprice", "--book", BOOK, "--customer-by-channel", CUSTOMERS, "--by-order"];
        let expect =
            ["--expect", "unit_price=invoiced_unit:4", "--expect", "total=invoiced_total:2"];
        let files = ["--json", "--lines", lines, "--out", text(out)];
        listino(&[&base[..], &expect, &files].concat())
    };
    let outs = ["a.csv", "b.csv", "a.parquet", "b.parquet"].map(|name| folder.path(name));
    let right = run(LINES, &outs[0]);
    assert_eq!(right.0, 1, "{}", right.2);
    for (lines, out) in [(text(&parquet), &outs[1]), (LINES, &outs[2]), (text(&parquet), &outs[3])]
    {
        let (code, out, err) = run(lines, out);
        assert_eq!((code, err.as_str()), (1, ""));
        let zeros = |report: Value| report.to_string().replace("1086.004000", "1086.004");
        assert_eq!(zeros(report(&out)), zeros(report(&right.1)));
    }
    // The columns that were read come back as they were, and money is a decimal.
    let back = read(&outs[3]);
    let schema = back[0].schema();
    for field in typed().schema().fields() {
        assert_eq!(schema.field_with_name(field.name()).unwrap().data_type(), field.data_type());
    }
    for result in ["list_price", "unit_price", "total", "net", "cost", "margin"] {
        let kind = schema.field_with_name(result).unwrap().data_type().clone();
        assert_eq!(kind, DataType::Decimal128(38, 10), "{result}");
    }
    let tables = [columns(&fs::read_to_string(&outs[0]).unwrap(), &[])];
    let results = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().map(|row| row[7..].to_vec()).collect()
    };
    let right = results(cells(&tables));
    assert_eq!(right.len(), 7);
    for out in &outs[2..] {
        assert_eq!(results(cells(&read(out))), right);
    }
    let csv = [columns(&fs::read_to_string(&outs[1]).unwrap(), &[])];
    assert_eq!(results(cells(&csv)), right);
    assert_eq!(cells(&csv)[0][..2], ["1", "2022-11-21"]);
}

#[test]
fn a_table_with_results_is_repriced_again() {
    let folder = Folder::new();
    let (one, two) = (folder.path("one.parquet"), folder.path("two.parquet"));
    let parquet = folder.parquet(&typed());
    let base = ["reprice", "--book", BOOK, "--customer-by-channel", CUSTOMERS];
    listino(&[&base[..], &["--lines", text(&parquet), "--out", text(&one)]].concat());
    let again = ["--lines", text(&one), "--out", text(&two), "--expect", "margin=margin"];
    let (code, out, err) = listino(&[&base[..], &again, &["--expect", "status=status"]].concat());
    assert_eq!(code, 0, "{out}{err}");
    let schema = read(&two)[0].schema();
    assert!(schema.field_with_name("listino_margin").is_ok());
}

#[test]
fn a_year_of_invoices_is_the_same_in_both() {
    let folder = Folder::new();
    let example = |name: &str| format!("../../examples/adventureworks/{name}");
    let (book, csv) = (example("book.json"), example("invoices.csv"));
    let lines = fs::read_to_string(&csv).unwrap();
    let types = [("date", DATE), ("qty", DataType::Int16), ("product", dictionary())];
    let parquet = folder.path("invoices.PARQUET");
    write(&parquet, &columns(&lines, &types), 64);
    let run = |lines: &str| {
        let expect =
            ["--expect", "unit_price=invoiced_unit_price:4", "--expect", "total=invoiced_total:2"];
        listino(&[&["reprice", "--book", &book, "--lines", lines, "--json"][..], &expect].concat())
    };
    let (right, ours) = (run(&csv), run(text(&parquet)));
    assert_eq!((ours.0, report(&ours.1)), (0, report(&right.1)), "{}", ours.2);
    assert_eq!(report(&ours.1)["lines"], 1000);
}

#[test]
fn two_books_are_compared_over_either() {
    let folder = Folder::new();
    let other = folder.path("other.json");
    let book = fs::read_to_string(BOOK).unwrap();
    fs::write(&other, book.replace("34.99", "36.99")).unwrap();
    let parquet = folder.parquet(&typed());
    let run = |lines: &str| {
        listino(&[
            "diff",
            BOOK,
            text(&other),
            "--lines",
            lines,
            "--customer-by-channel",
            CUSTOMERS,
            "--json",
        ])
    };
    let (right, ours) = (run(LINES), run(text(&parquet)));
    assert_eq!(ours, right);
    assert!(report(&ours.1)["changed"].as_u64().unwrap() > 0);
}

#[test]
fn days_are_read_from_moments_at_midnight() {
    let folder = Folder::new();
    for unit in [TimeUnit::Millisecond, TimeUnit::Nanosecond] {
        let csv = "date,customer,product,qty\n2022-11-21,C-18,HL-U509,5\n2022-11-21T10:30:00,C-18,HL-U509,5\n,C-18,HL-U509,5\n";
        let lines = columns(csv, &[("date", DataType::Timestamp(unit, None))]);
        let parquet = folder.parquet(&lines);
        let (code, out, err) = listino(&["reprice", "--book", BOOK, "--lines", text(&parquet)]);
        assert_eq!(code, 2, "{out}");
        assert!(out.starts_with("1 line: 1 priced, 2 left out"), "{out}");
        assert!(err.contains("`date` of row 2") && err.contains("T10:30:00"), "{err}");
        assert!(
            err.contains("date: the cell is empty") && err.contains("`date` of row 3"),
            "{err}"
        );
    }
}

#[test]
fn what_cannot_be_read_exactly_is_refused_with_what_to_do() {
    let folder = Folder::new();
    let csv = "date,customer,product,qty,invoiced\n2022-11-21,C-18,HL-U509,5,17.16\n";
    let zone = Some("+00:00".into());
    for (column, kind, name, help) in [
        ("qty", DataType::Float64, "Float64", "cast it to a decimal"),
        ("invoiced", DataType::Float32, "Float32", "a float is not exact"),
        (
            "date",
            DataType::Timestamp(TimeUnit::Second, zone),
            "Timestamp",
            "time zone of the prices",
        ),
        ("product", DataType::Binary, "Binary", "cast it to text"),
    ] {
        let parquet = folder.parquet(&columns(csv, &[(column, kind)]));
        let (lines, expect) = (["--lines", text(&parquet)], ["--expect", "total=invoiced"]);
        let run = [&["reprice", "--book", BOOK][..], &lines, &expect].concat();
        let (code, _, err) = listino(&run);
        assert_eq!(code, 2);
        let said = [format!("column `{column}` of `"), name.to_owned(), help.to_owned()];
        assert!(said.iter().all(|part| err.contains(part)), "{err}");
    }
    // A column that nobody asked for may be anything, and is written as it was.
    let parquet = folder.parquet(&columns(csv, &[("invoiced", DataType::Float64)]));
    for out in ["out.csv", "out.parquet"].map(|name| folder.path(name)) {
        let run = ["reprice", "--book", BOOK, "--lines", text(&parquet), "--out", text(&out)];
        assert_eq!(listino(&run).0, 0);
    }
    assert!(fs::read_to_string(folder.path("out.csv")).unwrap().contains(",17.16,"));
}

#[test]
fn a_file_of_the_other_kind_or_half_a_file_is_named() {
    let folder = Folder::new();
    let parquet = folder.parquet(&typed());
    let bytes = fs::read(&parquet).unwrap();
    let run = |name: &str, bytes: &[u8], more: &[&str]| {
        let path = folder.path(name);
        fs::write(&path, bytes).unwrap();
        let base = ["reprice", "--book", BOOK, "--customer-by-channel", CUSTOMERS, "--lines"];
        listino(&[&base[..], &[text(&path)], more].concat())
    };
    for (name, bytes, more, said) in [
        ("a.csv", &bytes[..], &[][..], "let its name end in .parquet"),
        ("b.parquet", b"order,date\n1,2022-01-01\n", &[], "is not a whole Parquet file"),
        ("c.parquet", &bytes[..bytes.len() / 2], &[], "is not a whole Parquet file"),
        ("d.parquet", b"", &[], "is not a whole Parquet file"),
        ("e.parquet", &bytes, &["--delimiter", ";"], "leave out --delimiter"),
    ] {
        let (code, out, err) = run(name, bytes, more);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(err.contains(said), "{err}");
    }
    let (code, _, err) = listino(&["reprice", "--book", BOOK, "--lines", "none.parquet"]);
    assert_eq!(code, 2);
    assert!(err.contains("`none.parquet` cannot be read"), "{err}");
}

#[test]
fn results_that_cannot_be_written_say_why() {
    let folder = Folder::new();
    let lines = folder.path("lines.csv");
    let out = folder.path("out.parquet");
    fs::write(&lines, "date,customer,product,qty,x,x\n2022-11-21,C-18,HL-U509,5,1,2\n").unwrap();
    let run = ["reprice", "--book", BOOK, "--lines", text(&lines), "--out", text(&out)];
    let (code, _, err) = listino(&run);
    assert_eq!(code, 2);
    assert!(err.contains("two columns are called `x`"), "{err}");
    assert!(!out.exists());
}
