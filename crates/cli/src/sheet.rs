//! Spreadsheets and CSV files as tables of cells that know their address.

use std::path::Path;

use calamine::{Data, Reader as _};
use listino_core::calendar::Date;

use crate::columns::letters;
use crate::failure::{Failure, Run};
use crate::report::CellFinding;

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
    /// Something that is neither text nor number nor date, named.
    Other(String),
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
            Some("xlsx" | "xlsm" | "xlsb" | "xls" | "ods") => Self::spreadsheet(path, reading),
            _ => Self::csv(path, reading),
        }
    }

    fn spreadsheet(path: &Path, reading: &Reading<'_>) -> Run<Self> {
        let file = path.display().to_string();
        let refuse = |error: calamine::Error| {
            Failure::usage(format!("`{file}` cannot be read as a spreadsheet: {error}"))
        };
        let mut workbook = calamine::open_workbook_auto(path).map_err(refuse)?;
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
        let range = workbook.worksheet_range(&sheet).map_err(refuse)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut rows = range
            .rows()
            .zip(u64::from(top) + 1..)
            .map(|(row, number)| Row { number, cells: row.iter().map(value).collect() })
            .filter(|row| row.cells.iter().any(|cell| *cell != Value::Empty));
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
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut headings = None;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| refuse(error.to_string()))?;
            if headings.is_none() {
                headings = Some(record.iter().map(|h| h.trim().to_owned()).collect());
                continue;
            }
            let cells: Vec<Value> = record.iter().map(text_value).collect();
            if cells.iter().any(|cell| *cell != Value::Empty) {
                rows.push(Row { number: record.position().map_or(0, csv::Position::line), cells });
            }
        }
        let headings = headings.ok_or_else(|| refuse("it is empty".to_owned()))?;
        let decimal_comma = reading.decimal_comma;
        Ok(Self { file, sheet: None, headings, first_column: 0, rows, decimal_comma })
    }

    /// The address of a cell: `B17`.
    pub(crate) fn address(&self, row: &Row, column: usize) -> String {
        format!("{}{}", letters(self.first_column + column), row.number)
    }

    /// A finding about a cell.
    pub(crate) fn finding(
        &self,
        code: &'static str,
        row: &Row,
        column: usize,
        message: impl Into<String>,
        help: Option<&str>,
    ) -> CellFinding {
        CellFinding {
            code,
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
        Value::Empty => String::new(),
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
        Value::Empty => Err(("the cell is empty".to_owned(), "write a number")),
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn commas_are_never_guessed() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(decimal(&text("12,50"), true).unwrap(), "12.50");
        assert!(decimal(&text("12,50"), false).is_err());
        assert!(decimal(&text("1.234,50"), true).is_err());
        assert!(decimal(&text("1,234.50"), false).is_err());
    }
}
