//! Spreadsheets and CSV files as tables of cells that know their address.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use csv::StringRecord;
use listino_core::calendar::Date;
use zip::ZipArchive;

use crate::columns::address;
use crate::failure::{Failure, Run};
use crate::guard::guarded;
use crate::report::CellFinding;
use crate::table::csv::Records;

/// Excel keeps 15 significant digits; a number with more was computed in binary.
const DIGITS: usize = 15;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Empty,
    Text(String),
    /// The shortest decimal that reads back as the binary number in the file.
    Number(String),
    Date(Date),
    /// A formula whose value is not in the file: what wrote it does not calculate.
    Formula,
    /// Something that is neither text nor number nor date, named.
    Other(String),
}

impl Value {
    fn text_len(&self) -> u64 {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Other(text) => text.len() as u64,
            Self::Empty | Self::Formula | Self::Date(_) => 0,
        }
    }
}

/// A row and its number in the file.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) cells: Vec<Value>,
}

/// A table with headings.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) file: String,
    pub(crate) sheet: Option<String>,
    pub(crate) headings: Vec<String>,
    /// The column of the first heading; spreadsheets may leave columns free on the left.
    first_column: usize,
    pub(crate) rows: Vec<Row>,
    pub(crate) decimal_comma: bool,
}

/// How much of a spreadsheet is read: a small file can unpack to a very large one.
#[derive(Debug)]
struct Bounds {
    /// Bytes of all parts of the file, unpacked, and of all texts in the cells.
    bytes: u64,
    /// Cells, with the empty ones before the last of each row.
    cells: u64,
}

impl Bounds {
    const DEFAULT: Self = Self { bytes: 1 << 29, cells: 20_000_000 };
}

/// Whether all parts of an archive together unpack to so many bytes at most. What the archive says of
/// its sizes is not believed.
fn unpacks_within(bytes: &[u8], most: u64) -> Result<bool, zip::result::ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut left = most;
    for number in 0..archive.len() {
        let part = archive.by_index(number)?;
        let read = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())?;
        match left.checked_sub(read) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// How a file is to be read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) sheet: Option<&'a str>,
    pub(crate) delimiter: Option<char>,
    pub(crate) decimal_comma: bool,
}

impl Table {
    pub(crate) fn read(path: &Path, reading: &Reading<'_>) -> Run<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("xlsx" | "xlsm") => Self::spreadsheet(path, reading, &Bounds::DEFAULT),
            Some("xls" | "xlsb" | "ods") => Err(Failure::usage_with_help(
                format!("`{}` is not an .xlsx file", path.display()),
                "save it as .xlsx, or as `CSV UTF-8`",
            )),
            _ => Self::csv(path, reading),
        }
    }

    fn spreadsheet(path: &Path, reading: &Reading<'_>, bounds: &Bounds) -> Run<Self> {
        let file = path.display().to_string();
        let unreadable = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("`{file}` cannot be read as a spreadsheet: {error}"))
        };
        let too_large = |what: String| {
            let message = format!("`{file}` is too large for a table of prices: {what}");
            Failure::usage_with_help(message, "split it, or save the sheet as `CSV UTF-8`")
        };
        let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
        if !unpacks_within(&bytes, bounds.bytes).map_err(|error| unreadable(&error))? {
            return Err(too_large(format!("it unpacks to more than {} bytes", bounds.bytes)));
        }
        let mut workbook =
            guarded(|| Xlsx::new(Cursor::new(bytes))).map_err(|error| unreadable(&error))?;
        let names = workbook.sheet_names();
        let sheet = match (reading.sheet, names.as_slice()) {
            (Some(name), names) if names.iter().any(|n| n == name) => name.to_owned(),
            (Some(name), names) => {
                return Err(Failure::usage_with_help(
                    format!("`{file}` has no sheet `{name}`"),
                    format!("its sheets are {}", names.join(", ")),
                ));
            }
            (None, [one]) => one.clone(),
            (None, names) => {
                return Err(Failure::usage_with_help(
                    format!("`{file}` has {} sheets", names.len()),
                    format!("choose one with --sheet: {}", names.join(", ")),
                ));
            }
        };
        // A sheet may say that it has a cell in its last corner: only cells that are there are kept.
        let mut found: BTreeMap<u32, BTreeMap<u32, Value>> = BTreeMap::new();
        let mut text = 0;
        let mut reader = guarded(|| workbook.worksheet_cells_reader(&sheet))
            .map_err(|error| unreadable(&error))?;
        while let Some(cell) = guarded(|| reader.next_cell_with_formula_metadata())
            .map_err(|error| unreadable(&error))?
        {
            let (row, column) = cell.pos;
            let value = match Data::from(cell.value) {
                Data::Empty if cell.formula.is_some() => Value::Formula,
                data => value(&data),
            };
            if value == Value::Empty {
                continue;
            }
            // One text of the file may stand in every cell.
            text += value.text_len();
            if text > bounds.bytes {
                return Err(too_large(format!("its texts take more than {} bytes", bounds.bytes)));
            }
            found.entry(row).or_default().insert(column, value);
        }
        let left = found.values().filter_map(|row| row.keys().next()).min().copied();
        let left = left.unwrap_or_default();
        let width = |row: &BTreeMap<u32, Value>| {
            u64::from(row.keys().next_back().map_or(0, |last| last - left + 1))
        };
        if found.values().map(width).sum::<u64>() > bounds.cells {
            return Err(too_large(format!("it has more than {} cells", bounds.cells)));
        }
        let mut rows = found.into_iter().map(|(number, mut row)| {
            let last = row.keys().next_back().copied().unwrap_or_default();
            let cells = (left..=last).map(|at| row.remove(&at).unwrap_or(Value::Empty)).collect();
            Row { number: u64::from(number) + 1, cells }
        });
        let headings = rows.next().map(|row| row.cells.iter().map(heading).collect());
        let Some(headings) = headings else {
            return Err(Failure::usage(format!("sheet `{sheet}` of `{file}` is empty")));
        };
        Ok(Self {
            headings,
            first_column: usize::try_from(left).unwrap_or_default(),
            rows: rows.collect(),
            file,
            sheet: Some(sheet),
            decimal_comma: reading.decimal_comma,
        })
    }

    fn csv(path: &Path, reading: &Reading<'_>) -> Run<Self> {
        let file = path.display().to_string();
        let refuse =
            |what: String| Failure::usage(format!("`{file}` cannot be read as CSV: {what}"));
        if reading.sheet.is_some() {
            return Err(Failure::usage(format!(
                "`{file}` is not a spreadsheet: leave out --sheet"
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::usage_with_help(
                format!("`{file}` is not UTF-8"),
                "save it as `CSV UTF-8` in the spreadsheet program",
            )
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let delimiter = match reading.delimiter {
            Some(c) => u8::try_from(c)
                .map_err(|_| Failure::usage(format!("`{c}` cannot be a delimiter")))?,
            None => delimiter(text),
        };
        let mut records = Records::new(text.as_bytes(), text.as_bytes(), delimiter);
        let mut headings = None;
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        while let Some(number) =
            records.next(&mut record).map_err(|broken| records.failure(&file, &broken))?
        {
            if headings.is_none() {
                headings = Some(record.iter().map(|h| h.trim().to_owned()).collect());
                continue;
            }
            rows.push(Row { number, cells: record.iter().map(text_value).collect() });
        }
        let headings = headings.ok_or_else(|| refuse("it is empty".to_owned()))?;
        let decimal_comma = reading.decimal_comma;
        Ok(Self { file, sheet: None, headings, first_column: 0, rows, decimal_comma })
    }

    /// The address of a cell: `B17`.
    pub(crate) fn address(&self, row: u64, column: usize) -> String {
        address(row, self.first_column + column)
    }

    /// A finding about a cell.
    pub(crate) fn finding(
        &self,
        code: impl Into<Cow<'static, str>>,
        (row, column): (u64, usize),
        message: impl Into<String>,
        help: Option<&str>,
    ) -> CellFinding {
        CellFinding {
            code: code.into(),
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            cell: self.address(row, column),
            message: message.into(),
            help: help.map(str::to_owned),
        }
    }
}

/// The delimiter that stands most often on the first line, outside quotes.
pub(crate) fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(*delimiter == byte);
                }
            }
            _ => {}
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(delimiter, count)| if *count == 0 { b',' } else { *delimiter })
}

fn heading(value: &Value) -> String {
    match value {
        Value::Empty | Value::Formula => String::new(),
        Value::Text(text) | Value::Number(text) | Value::Other(text) => text.clone(),
        Value::Date(date) => date.to_string(),
    }
}

fn text_value(text: &str) -> Value {
    match text.trim() {
        "" => Value::Empty,
        text => Value::Text(text.to_owned()),
    }
}

fn value(data: &Data) -> Value {
    match data {
        Data::Empty => Value::Empty,
        Data::Int(value) => Value::Number(value.to_string()),
        // The shortest decimal that reads back as this binary number, without an exponent.
        Data::Float(value) => Value::Number(format!("{value}")),
        Data::String(text) => text_value(text),
        Data::Bool(value) => Value::Other(if *value { "TRUE" } else { "FALSE" }.to_owned()),
        Data::DateTime(moment) if moment.is_duration() => Value::Other("a duration".to_owned()),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
            if is_beyond(moment.as_f64(), (year, month, day)) {
                return Value::Other("a number that stands for no date".to_owned());
            }
            match (parts, (hour, minute, second, milli)) {
                ((Ok(year), Ok(month), Ok(day)), (0, 0, 0, 0)) => Date::new(year, month, day)
                    .map_or_else(
                        || Value::Other("a date that does not exist".to_owned()),
                        Value::Date,
                    ),
                _ => Value::Other("a date with a time".to_owned()),
            }
        }
        Data::DateTimeIso(text) => match text.trim_end_matches("T00:00:00").parse() {
            Ok(date) => Value::Date(date),
            Err(_) => Value::Other(text.clone()),
        },
        Data::DurationIso(text) => Value::Other(text.clone()),
        Data::Error(error) => Value::Other(error.to_string()),
    }
}

/// The last day that a spreadsheet has, by its number: days are counted from 1904 or from 1900.
const LAST_DAYS: [f64; 2] = [2_957_003.0, 2_958_465.0];

/// Whether a day, by its number, is none that a spreadsheet has: it is read as the first one or the last.
fn is_beyond(number: f64, read: (u16, u8, u8)) -> bool {
    let is_last = LAST_DAYS.contains(&number.floor());
    number.is_nan() || number < 0.0 || read.0 < 1900 || (read == (9999, 12, 31) && !is_last)
}

/// What is wrong with a cell whose formula has no value, and how to mend it.
pub(crate) const FORMULA: &str = "there is a formula, and the file does not hold its value";
pub(crate) const FORMULA_HELP: &str = "open the file in a spreadsheet program and save it, or write the value in place of the formula";

/// A decimal in the one syntax of the engine, or what is wrong and how to mend it.
pub(crate) fn decimal(
    value: &Value,
    decimal_comma: bool,
) -> Result<String, (String, &'static str)> {
    match value {
        Value::Number(text) => {
            let digits = text.trim_start_matches(['-', '0', '.']).replace('.', "");
            let significant = digits.trim_end_matches('0').len();
            if significant > DIGITS {
                return Err((
                    format!(
                        "`{text}` has {significant} significant digits: a spreadsheet keeps {DIGITS}, \
                         the rest is an artefact of binary arithmetic"
                    ),
                    "round the number in the sheet, or store it as text",
                ));
            }
            Ok(text.clone())
        }
        Value::Text(text) => {
            let text = text.trim();
            match (decimal_comma, text.contains(','), text.contains('.')) {
                (false, true, _) => Err((
                    format!("`{text}` has a comma"),
                    "write a decimal point and no thousands separators, or pass --decimal-comma",
                )),
                (true, _, true) => Err((
                    format!("`{text}` has a point, and --decimal-comma was given"),
                    "write a decimal comma and no thousands separators",
                )),
                (true, true, false) => Ok(text.replace(',', ".")),
                (_, false, _) => Ok(text.to_owned()),
            }
        }
        Value::Date(date) => Err((
            format!("there is a date ({date}) where a number is expected"),
            "format the cell as a number and type it again",
        )),
        Value::Other(text) => {
            Err((format!("there is {text} where a number is expected"), "write a number"))
        }
        Value::Formula => Err((FORMULA.to_owned(), FORMULA_HELP)),
        Value::Empty => Err(("the cell is empty".to_owned(), "write a number")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_binary_float_becomes_the_decimal_a_person_typed() {
        let read = |float: f64| decimal(&value(&Data::Float(float)), false);
        assert_eq!(read(12.34).unwrap(), "12.34");
        assert_eq!(read(0.1).unwrap(), "0.1");
        assert_eq!(read(1e-7).unwrap(), "0.0000001");
        assert_eq!(read(999_999_999_999_999.0).unwrap(), "999999999999999");
        assert_eq!(read(1e21).unwrap(), "1000000000000000000000");
        assert!(read(0.1 + 0.2).unwrap_err().0.contains("17 significant digits"));
    }

    #[test]
    fn the_delimiter_is_the_one_of_the_first_line() {
        assert_eq!(delimiter("a,b\n1;2;3;4"), b',');
        assert_eq!(delimiter("a;b\n1,5;2"), b';');
        assert_eq!(delimiter("a\tb"), b'\t');
        assert_eq!(delimiter("\"a;b;c\",d"), b',');
        assert_eq!(delimiter("a"), b',');
    }

    const SMALL: Bounds = Bounds { bytes: 100_000, cells: 1_000 };

    /// Reads a spreadsheet of one sheet within small bounds.
    fn read(write: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Run<Table> {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        write(workbook.add_worksheet());
        let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
        workbook.save(file.path()).unwrap();
        let reading = Reading { sheet: None, delimiter: None, decimal_comma: false };
        Table::spreadsheet(file.path(), &reading, &SMALL)
    }

    fn refused(table: Run<Table>) -> String {
        match table {
            Err(Failure::Usage { message, .. }) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cells_are_read_where_they_stand() {
        let table = read(|sheet| {
            sheet.write(2, 1, "product").unwrap();
            sheet.write(2, 3, "price").unwrap();
            sheet.write(9, 1, "P").unwrap();
            sheet.write(9, 3, 12.5).unwrap();
        });
        let table = table.unwrap();
        assert_eq!(table.headings, ["product", "", "price"]);
        let [row] = table.rows.as_slice() else { panic!("{:?}", table.rows) };
        assert_eq!(row.cells.get(2), Some(&Value::Number("12.5".to_owned())));
        assert_eq!(table.address(row.number, 2), "D10");
    }

    #[test]
    fn a_formula_without_a_value_is_told_from_an_empty_cell() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, heading) in (0..).zip(["product", "price", "cost"]) {
            sheet.write(0, column, heading).unwrap();
        }
        sheet.write(1, 0, "P").unwrap();
        sheet.write_formula(1, 1, rust_xlsxwriter::Formula::new("=1+2").set_result("3")).unwrap();
        sheet.write_formula(1, 2, rust_xlsxwriter::Formula::new("=2+5").set_result("7")).unwrap();
        // A program that does not calculate writes the formula alone.
        let mut archive = ZipArchive::new(Cursor::new(workbook.save_to_buffer().unwrap())).unwrap();
        let mut file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
        let mut written = zip::ZipWriter::new(&mut file);
        for number in 0..archive.len() {
            let mut part = archive.by_index(number).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            let options = zip::write::SimpleFileOptions::default();
            written.start_file(part.name().unwrap(), options).unwrap();
            written.write_all(text.replace("<v>7</v>", "").as_bytes()).unwrap();
        }
        written.finish().unwrap();
        let reading = Reading { sheet: None, delimiter: None, decimal_comma: false };
        let table = Table::spreadsheet(file.path(), &reading, &SMALL).unwrap();
        let [row] = table.rows.as_slice() else { panic!("{:?}", table.rows) };
        let [_, price, cost] = row.cells.as_slice() else { panic!("{row:?}") };
        assert_eq!(decimal(price, false).unwrap(), "3");
        assert_eq!(decimal(cost, false).unwrap_err(), (FORMULA.to_owned(), FORMULA_HELP));
    }

    #[test]
    fn a_file_that_unpacks_to_too_much_is_refused() {
        let table = read(|sheet| {
            for row in 0..9 {
                sheet.write(row, 0, "0".repeat(30_000) + &row.to_string()).unwrap();
            }
        });
        assert!(refused(table).contains("unpacks to more than 100000 bytes"));
    }

    #[test]
    fn a_text_that_stands_in_every_cell_is_refused() {
        let table = read(|sheet| {
            for row in 0..9 {
                sheet.write(row, 0, "0".repeat(30_000)).unwrap();
            }
        });
        assert!(refused(table).contains("its texts take more than 100000 bytes"));
    }

    #[test]
    fn a_sheet_as_large_as_a_sheet_can_be_costs_nothing_where_it_is_empty() {
        let corner = read(|sheet| {
            sheet.write(0, 0, "product").unwrap();
            sheet.write(1_048_575, 0, "P").unwrap();
        });
        assert_eq!(corner.unwrap().rows.len(), 1);
        let wide = read(|sheet| {
            sheet.write(0, 0, "product").unwrap();
            sheet.write(1_048_575, 16_383, "P").unwrap();
        });
        assert!(refused(wide).contains("more than 1000 cells"));
    }

    #[test]
    fn commas_are_never_guessed() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(decimal(&text("12,50"), true).unwrap(), "12.50");
        assert!(decimal(&text("12,50"), false).is_err());
        assert!(decimal(&text("1.234,50"), true).is_err());
        assert!(decimal(&text("1,234.50"), false).is_err());
    }
}
