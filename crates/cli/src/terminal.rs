//! What the output looks like: colour, tables, widths.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use listino_core::explain::Language;
use rust_decimal::Decimal;

use crate::failure::Run;

/// Whether a stream shows colour: a terminal, and the user did not say `NO_COLOR`.
pub(crate) fn colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether nothing is printed at all.
static SILENT: AtomicBool = AtomicBool::new(false);

/// From here on nothing is printed.
pub(crate) fn silence() {
    SILENT.store(true, Ordering::Relaxed);
}

/// Prints to standard error.
pub(crate) fn complain(text: &str) {
    if !SILENT.load(Ordering::Relaxed) {
        // There is nowhere left to report that the error stream is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Prints to standard output.
pub(crate) fn print(text: &str) -> Run<()> {
    if SILENT.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// The value as JSON, indented, with a newline at the end.
pub(crate) fn json(value: &impl serde::Serialize) -> Run<()> {
    // The values have string keys only and no fallible serializers.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    print(&text)
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Left,
    Right,
}

/// How a cell is painted, on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Quiet,
    Strong,
    Good,
    Warn,
    Bad,
}

/// A table without rules: columns of text with a heading.
pub(crate) struct Listing {
    table: Table,
}

impl Listing {
    pub(crate) fn new(headings: &[(&str, Column)]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if colour(&io::stdout()) {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if headings.iter().any(|(heading, _)| !heading.is_empty()) {
            let cells = headings.iter().map(|(heading, column)| {
                Cell::new(heading).set_alignment(alignment(*column)).add_attribute(Attribute::Bold)
            });
            table.set_header(cells);
        }
        let mut listing = Self { table };
        listing.align(headings);
        listing
    }

    fn align(&mut self, headings: &[(&str, Column)]) {
        // Columns exist once a row does; the alignment is set on the cells as well.
        for (index, (_, column)) in headings.iter().enumerate() {
            if let Some(found) = self.table.column_mut(index) {
                found.set_cell_alignment(alignment(*column));
            }
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<(String, Column, Tone)>) {
        self.table.add_row(
            cells
                .into_iter()
                .map(|(text, column, tone)| paint(text, tone).set_alignment(alignment(column))),
        );
    }

    /// The table as text without trailing blanks, each line after `indent`.
    pub(crate) fn render(mut self, indent: &str) -> String {
        for column in self.table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let mut out = String::new();
        for line in self.table.lines() {
            out.push_str(format!("{indent}{line}").trim_end());
            out.push('\n');
        }
        out
    }
}

fn alignment(column: Column) -> CellAlignment {
    match column {
        Column::Left => CellAlignment::Left,
        Column::Right => CellAlignment::Right,
    }
}

fn paint(text: String, tone: Tone) -> Cell {
    let cell = Cell::new(text);
    match tone {
        Tone::Plain => cell,
        Tone::Quiet => cell.fg(Color::DarkGrey),
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Good => cell.fg(Color::Green),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
    }
}

/// Text in bold, on a terminal.
pub(crate) fn strong(text: &str) -> String {
    if colour(&io::stdout()) { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// "1 product", "2 products".
pub(crate) fn count(number: impl Into<Decimal>, noun: &str) -> String {
    let number = number.into();
    let plural = if number == Decimal::ONE { "" } else { "s" };
    format!("{} {noun}{plural}", Language::English.number(number, 0))
}

/// A name of the book on one line and without orders to the terminal, which anybody who fills in a table
/// could give.
pub(crate) fn shown(name: &str) -> String {
    name.replace(char::is_control, " ")
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
