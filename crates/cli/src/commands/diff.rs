//! `listino diff`: what a new book would have changed.

use std::cmp::Reverse;
use std::path::PathBuf;

use listino_core::explain::Language;
use listino_core::money::{Amount, Exact};
use listino_core::solve::{Change, Diff, DiffReport};
use serde::Serialize;

use crate::failure::{Exit, Run};
use crate::lines::{LineArgs, Lines, MEND};
use crate::report::{self, CellFinding};
use crate::terminal::{Column, Listing, Tone, count};
use crate::{input, terminal};

/// Price the same lines with two books and compare: revenue and margin per customer, category and
/// rule.
///
/// Margins are over the lines whose cost both books know, and gifts that a rule adds are lines too.
///
/// Exit code 1 when neither book has a price for any line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The book as it is (JSON).
    book_a: PathBuf,
    /// The book as it would be (JSON).
    book_b: PathBuf,
    #[command(flatten)]
    lines: LineArgs,
    /// How many rows of each table to show, the largest changes first.
    #[arg(long, default_value_t = 20)]
    top: usize,
    /// Print the whole comparison as JSON.
    #[arg(long)]
    json: bool,
}

/// The core's report, and what the file kept from it.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    report: &'a DiffReport,
    #[serde(skip_serializing_if = "<[CellFinding]>::is_empty")]
    findings: &'a [CellFinding],
}

pub(crate) fn run(args: &Args) -> Run {
    let old = input::engine(&args.book_a, args.json)?.engine;
    let new = input::engine(&args.book_b, args.json)?.engine;
    let mut lines = Lines::open(&args.lines)?;
    let mut diff = Diff::new(&old, &new);
    while let Some(document) = lines.next()? {
        if let Err(error) = diff.add(&document.request) {
            let line = document.lines.first().map_or(0, |line| line.number);
            for diagnostic in error.diagnostics() {
                let head = diagnostic.path.split('/').nth(1).unwrap_or_default();
                let column = lines.column(if head == "lines" { "product" } else { head });
                lines.find(line, column, diagnostic.message.clone(), MEND);
            }
        }
    }
    lines.finish();
    let report = diff.finish();
    if args.json {
        terminal::json(&Output { report: &report, findings: &lines.findings })?;
    } else {
        report::cells(&lines.findings);
        terminal::print(&text(&report, args.top))?;
    }
    Ok(match (lines.findings.is_empty(), report.lines) {
        (false, _) => Exit::Usage,
        (true, 0) if report.unpriced > 0 => Exit::Refused,
        (true, _) => Exit::Fine,
    })
}

fn text(report: &DiffReport, top: usize) -> String {
    let number = |value: u64| Language::English.number(value.into(), 0);
    let mut out = format!("{}, {} changed", count(report.lines, "line"), number(report.changed));
    if report.unpriced > 0 {
        out.push_str(&format!(", {} more without a price in either book", number(report.unpriced)));
    }
    out.push('\n');
    let total = report.total.iter().map(|(currency, change)| (currency.to_string(), change));
    // The sums by currency are shown even where nothing changed.
    out.push_str(&table("currency", "revenue", total.collect(), top));
    let several = report.total.len() > 1;
    for (title, sums, money) in [
        ("customer", &report.by_customer, "revenue"),
        ("category", &report.by_category, "revenue"),
        ("rule", &report.by_rule, "discount"),
    ] {
        let sums = sums.iter().flat_map(|(id, sums)| sums.iter().map(move |sum| (id, sum)));
        let rows = sums.filter(|(_, (_, change))| !same(change)).map(|(id, (currency, change))| {
            (if several { format!("{id} {currency}") } else { id.to_string() }, change)
        });
        out.push_str(&table(title, money, rows.collect(), top));
    }
    if !report.lost.is_empty() {
        out.push_str("\npriced by one book only\n");
        let mut listing = Listing::new(&[
            ("product", Column::Left),
            ("customer", Column::Left),
            ("book a", Column::Left),
            ("book b", Column::Left),
        ]);
        for lost in report.lost.iter().take(top) {
            let side = |refusal: &Option<_>| match refusal {
                None => ("priced".to_owned(), Column::Left, Tone::Good),
                Some(refusal) => (super::reprice::name(refusal), Column::Left, Tone::Bad),
            };
            let customer = lost.customer.as_ref().map_or_else(String::new, ToString::to_string);
            listing.row(vec![
                (lost.product.to_string(), Column::Left, Tone::Plain),
                (customer, Column::Left, Tone::Plain),
                side(&lost.old),
                side(&lost.new),
            ]);
        }
        out.push_str(&listing.render("  "));
        out.push_str(&more(report.lost.len(), top));
    }
    out
}

fn more(rows: usize, top: usize) -> String {
    match rows.checked_sub(top) {
        None | Some(0) => String::new(),
        Some(rest) => format!("  … and {rest} more: --top {rows}, or --json\n"),
    }
}

fn same(change: &Change) -> bool {
    change.old_revenue == change.new_revenue && change.old_margin == change.new_margin
}

/// Rows in order of name, the largest change of revenue first.
fn table(title: &str, money: &str, mut rows: Vec<(String, &Change)>, top: usize) -> String {
    let size = |change: &Change| {
        change.revenue_change().map_or(Exact::ZERO, |change| change.exact().magnitude())
    };
    rows.sort_by_key(|(_, change)| Reverse(size(change)));
    if rows.is_empty() {
        return String::new();
    }
    let (old, new) = (format!("{money} a"), format!("{money} b"));
    let margins = money == "revenue";
    let mut headings = vec![
        (title, Column::Left),
        ("lines", Column::Right),
        (old.as_str(), Column::Right),
        (new.as_str(), Column::Right),
        ("change", Column::Right),
    ];
    if margins {
        headings.extend([
            ("margin a", Column::Right),
            ("margin b", Column::Right),
            ("change", Column::Right),
        ]);
    }
    let mut listing = Listing::new(&headings);
    for (name, change) in rows.iter().take(top) {
        let mut cells = vec![
            (name.clone(), Column::Left, Tone::Strong),
            (Language::English.number(change.lines.into(), 0), Column::Right, Tone::Plain),
            plain(change.old_revenue),
            plain(change.new_revenue),
            signed(change.revenue_change().ok(), margins),
        ];
        if margins {
            cells.extend([
                plain(change.old_margin),
                plain(change.new_margin),
                signed(change.margin_change().ok(), true),
            ]);
        }
        listing.row(cells);
    }
    format!("\n{}{}", listing.render(""), more(rows.len(), top))
}

fn plain(amount: Amount) -> (String, Column, Tone) {
    (Language::English.amount(amount, 2), Column::Right, Tone::Plain)
}

/// A change with its sign; where `gain` a rise is good.
fn signed(amount: Option<Amount>, gain: bool) -> (String, Column, Tone) {
    let Some(amount) = amount else {
        return ("?".to_owned(), Column::Right, Tone::Bad);
    };
    let text = Language::English.amount(amount, 2);
    let (text, tone) = match amount.cmp(&Amount::ZERO) {
        std::cmp::Ordering::Greater if gain => (format!("+{text}"), Tone::Good),
        std::cmp::Ordering::Greater => (format!("+{text}"), Tone::Plain),
        std::cmp::Ordering::Less if gain => (text, Tone::Bad),
        _ => (text, Tone::Plain),
    };
    (text, Column::Right, tone)
}
