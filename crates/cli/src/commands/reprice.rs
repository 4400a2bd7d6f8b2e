//! `listino reprice`: many lines through a book, compared with what was charged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use listino_core::Engine;
use listino_core::explain::{Language, Sentences};
use listino_core::money::{Amount, Exact, Rounding, RoundingMode};
use listino_core::quote::{QuoteLine, Status};
use serde::Serialize;

use crate::failure::{Exit, Run};
use crate::lines::{Document, LineArgs, Lines, MEND};
use crate::report::{self, CellFinding};
use crate::table::{self, Row, Value, Writer};
use crate::terminal::{Column, Listing, Tone, count};
use crate::{input, terminal};

/// Price the lines of a table and compare the results with its columns.
///
/// Exit code 1 when a result differs from what was expected, or when no line has a price.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The price book (JSON, or compiled).
    #[arg(long)]
    book: PathBuf,
    #[command(flatten)]
    lines: LineArgs,
    /// Write the lines with the results added: Parquet where the name ends in .parquet, else CSV.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Our result equals their column, rounded half up to DIGITS: `--expect total=invoiced:2`;
    /// without DIGITS exactly. Results: list_price, unit_price, total, net, cost, margin, status,
    /// refusal. Repeatable.
    #[arg(long, value_name = "OURS=THEIRS[:DIGITS]")]
    expect: Vec<Expectation>,
    /// How many differences to show for each expectation.
    #[arg(long, default_value_t = 10)]
    worst: usize,
    /// Print the counts and differences as JSON.
    #[arg(long)]
    json: bool,
}

/// What a line comes to; the columns of `--out`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    ListPrice,
    UnitPrice,
    Total,
    Net,
    Cost,
    Margin,
    Status,
    Refusal,
}

impl Output {
    const ALL: [Self; 8] = [
        Self::ListPrice,
        Self::UnitPrice,
        Self::Total,
        Self::Net,
        Self::Cost,
        Self::Margin,
        Self::Status,
        Self::Refusal,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::ListPrice => "list_price",
            Self::UnitPrice => "unit_price",
            Self::Total => "total",
            Self::Net => "net",
            Self::Cost => "cost",
            Self::Margin => "margin",
            Self::Status => "status",
            Self::Refusal => "refusal",
        }
    }

    const fn is_money(self) -> bool {
        !matches!(self, Self::Status | Self::Refusal)
    }
}

/// `OURS=THEIRS[:DIGITS]`.
#[derive(Debug, Clone)]
struct Expectation {
    ours: Output,
    theirs: String,
    digits: Option<u32>,
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form OURS=THEIRS or OURS=THEIRS:DIGITS");
        let (ours, theirs) = text.split_once('=').ok_or_else(form)?;
        let (theirs, digits) = match theirs.rsplit_once(':') {
            Some((theirs, digits)) => (theirs, Some(digits.parse().map_err(|_| form())?)),
            None => (theirs, None),
        };
        let Some(ours) = Output::ALL.into_iter().find(|output| output.name() == ours) else {
            let names = Output::ALL.map(Output::name).join(", ");
            return Err(format!("`{ours}` is not a result; the results are {names}"));
        };
        if theirs.is_empty() || digits.is_some_and(|digits| digits > 28) {
            return Err(form());
        }
        Ok(Self { ours, theirs: theirs.to_owned(), digits })
    }
}

/// The results of one line.
struct Outcome {
    line: Option<QuoteLine>,
    status: Option<Status>,
    /// The reason why there is no price, as the wire model names it.
    refusal: Option<String>,
    sentence: Option<String>,
}

impl Outcome {
    fn amount(&self, output: Output) -> Option<Amount> {
        let price = self.line.as_ref()?.price.as_ref()?;
        match output {
            Output::ListPrice => price.list_price,
            Output::UnitPrice => price.unit_price,
            Output::Total => Some(price.total),
            Output::Net => Some(price.net),
            Output::Cost => price.cost,
            Output::Margin => price.margin.map(|margin| margin.amount),
            Output::Status | Output::Refusal => None,
        }
    }

    fn text(&self, output: Output) -> String {
        match output {
            Output::Status => self.status.map(name).unwrap_or_default(),
            Output::Refusal => self.refusal.clone().unwrap_or_default(),
            amount => self.amount(amount).map_or_else(String::new, |amount| amount.to_string()),
        }
    }

    fn value(&self, output: Output) -> Value {
        if output.is_money() {
            return self.amount(output).map_or(Value::Empty, Value::Amount);
        }
        match self.text(output) {
            word if word.is_empty() => Value::Empty,
            word => Value::Word(word),
        }
    }
}

/// The word of the wire model for a value.
pub(crate) fn name(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(mut fields)) => match fields.remove("reason") {
            Some(serde_json::Value::String(name)) => name,
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// A result that is not what was expected.
#[derive(Debug, Clone, Serialize)]
struct Difference {
    /// The number of the line in the file.
    line: u64,
    product: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<String>,
    theirs: String,
    /// Ours less theirs; absent where one of them is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Amount>,
    #[serde(skip)]
    size: Option<Exact>,
}

/// The count of one expectation.
#[derive(Debug, Serialize)]
struct Tally {
    ours: &'static str,
    theirs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digits: Option<u32>,
    equal: u64,
    different: u64,
    /// The largest differences, lines without a price first.
    worst: Vec<Difference>,
    #[serde(skip)]
    output: Output,
    #[serde(skip)]
    column: usize,
}

/// A line without a price.
#[derive(Debug, Serialize)]
struct RefusedLine {
    line: u64,
    product: String,
    reason: String,
    #[serde(skip)]
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Summary {
    lines: u64,
    priced: u64,
    refused: u64,
    unreadable: u64,
    /// Lines without a price, by reason.
    refusals: BTreeMap<String, u64>,
    expectations: Vec<Tally>,
    /// The first lines without a price.
    refused_lines: Vec<RefusedLine>,
    /// Cells that cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<CellFinding>,
}

pub(crate) fn run(args: &Args) -> Run {
    let engine = input::engine(&args.book, args.json)?.engine;
    let mut lines = Lines::open(&args.lines)?;
    let tallies = args.expect.iter().map(|expectation| {
        Ok(Tally {
            ours: expectation.ours.name(),
            theirs: expectation.theirs.clone(),
            digits: expectation.digits,
            equal: 0,
            different: 0,
            worst: Vec::new(),
            output: expectation.ours,
            column: lines.position(&expectation.theirs)?,
        })
    });
    let mut summary = Summary {
        lines: 0,
        priced: 0,
        refused: 0,
        unreadable: 0,
        refusals: BTreeMap::new(),
        expectations: tallies.collect::<Run<_>>()?,
        refused_lines: Vec::new(),
        findings: Vec::new(),
    };
    let mut out = args.out.as_ref().map(|path| results(path, &lines)).transpose()?;
    while let Some(document) = lines.next()? {
        let outcomes = price(&engine, &document);
        for (line, outcome) in document.lines.iter().zip(&outcomes) {
            summary.count(args, &mut lines, line, outcome);
            if let Some(out) = &mut out {
                out.write(line, Output::ALL.map(|output| outcome.value(output)).to_vec())?;
            }
        }
    }
    lines.finish();
    summary.unreadable = u64::try_from(lines.unreadable()).unwrap_or(u64::MAX);
    summary.findings = std::mem::take(&mut lines.findings);
    if let Some(out) = out {
        out.finish()?;
    }
    summary.report(args)
}

fn price(engine: &Engine, document: &Document) -> Vec<Outcome> {
    match engine.quote(&document.request) {
        Ok(quote) => {
            let say = Sentences::new(&quote, Language::English);
            // Gifts and ramp steps are lines nobody asked for.
            let asked = quote.lines.iter().filter(|line| line.origin.is_none());
            asked
                .map(|line| Outcome {
                    refusal: line.refusal.as_ref().map(name),
                    sentence: line.refusal.as_ref().map(|refusal| say.refusal(line, refusal)),
                    status: Some(quote.status),
                    line: Some(line.clone()),
                })
                .collect()
        }
        Err(error) => {
            let first = error.diagnostics().first();
            let message = first.map_or_else(|| error.to_string(), |d| d.message.clone());
            let code = first.map_or_else(|| "request".to_owned(), |d| d.code.clone());
            let refused = |_: &Row| Outcome {
                line: None,
                status: None,
                refusal: Some(code.clone()),
                sentence: Some(message.clone()),
            };
            document.lines.iter().map(refused).collect()
        }
    }
}

impl Summary {
    fn count(&mut self, args: &Args, lines: &mut Lines<'_>, line: &Row, outcome: &Outcome) {
        self.lines += 1;
        let product = || lines.product(line).map_or_else(String::new, str::to_owned);
        match (&outcome.refusal, &outcome.sentence) {
            (Some(reason), sentence) => {
                self.refused += 1;
                *self.refusals.entry(reason.clone()).or_default() += 1;
                if self.refused_lines.len() < args.worst {
                    self.refused_lines.push(RefusedLine {
                        line: line.number,
                        product: product(),
                        reason: reason.clone(),
                        sentence: sentence.clone().unwrap_or_default(),
                    });
                }
            }
            (None, _) => self.priced += 1,
        }
        let mut findings = Vec::new();
        for tally in &mut self.expectations {
            let theirs = line.cell(tally.column).unwrap_or_default();
            match compare(outcome, tally.output, theirs, tally.digits) {
                Ok(None) => tally.equal += 1,
                Ok(Some(size)) => {
                    tally.different += 1;
                    let ours = outcome.text(tally.output);
                    let difference = Difference {
                        line: line.number,
                        product: product(),
                        ours: (!ours.is_empty()).then_some(ours),
                        theirs: theirs.to_owned(),
                        difference: size.and_then(|size| Amount::from_exact(size).ok()),
                        size: size.map(Exact::magnitude),
                    };
                    tally.keep(difference, args.worst);
                }
                Err(message) => {
                    findings.push((tally.column, format!("{}: {message}", tally.theirs)));
                }
            }
        }
        for (column, message) in findings {
            lines.find(line.number, column, message, MEND);
        }
    }

    fn report(&self, args: &Args) -> Run {
        let different = self.expectations.iter().any(|tally| tally.different > 0);
        let refused = different || (self.lines > 0 && self.priced == 0);
        if args.json {
            terminal::json(self)?;
        } else {
            report::cells(&self.findings);
            terminal::print(&self.text())?;
        }
        Ok(match (refused, self.findings.is_empty()) {
            (_, false) => Exit::Usage,
            (true, true) => Exit::Refused,
            (false, true) => Exit::Fine,
        })
    }

    fn text(&self) -> String {
        let number = |value: u64| Language::English.number(value.into(), 0);
        let mut out = format!("{}: {} priced", count(self.lines, "line"), number(self.priced));
        for (reason, count) in &self.refusals {
            out.push_str(&format!(", {} {reason}", number(*count)));
        }
        if self.unreadable > 0 {
            out.push_str(&format!(", {} left out", number(self.unreadable)));
        }
        out.push('\n');
        if !self.refused_lines.is_empty() {
            out.push_str("\nwithout a price\n");
            let mut listing = Listing::new(&[("", Column::Right), ("", Column::Left)]);
            for refused in &self.refused_lines {
                listing.row(vec![
                    (format!("line {}", refused.line), Column::Right, Tone::Quiet),
                    (refused.sentence.clone(), Column::Left, Tone::Plain),
                ]);
            }
            out.push_str(&listing.render("  "));
        }
        if self.expectations.is_empty() {
            return out;
        }
        out.push('\n');
        let mut listing = Listing::new(&[
            ("expected", Column::Left),
            ("equal", Column::Right),
            ("different", Column::Right),
        ]);
        for tally in &self.expectations {
            let tone = if tally.different == 0 { Tone::Good } else { Tone::Bad };
            listing.row(vec![
                (tally.title(), Column::Left, Tone::Plain),
                (number(tally.equal), Column::Right, Tone::Plain),
                (number(tally.different), Column::Right, tone),
            ]);
        }
        out.push_str(&listing.render(""));
        for tally in self.expectations.iter().filter(|tally| !tally.worst.is_empty()) {
            out.push_str(&tally.text());
        }
        out
    }
}

/// `None` when equal, else the difference where there is one.
fn compare(
    outcome: &Outcome,
    output: Output,
    theirs: &str,
    digits: Option<u32>,
) -> Result<Option<Option<Exact>>, String> {
    if !output.is_money() {
        return Ok((outcome.text(output) != theirs).then_some(None));
    }
    if theirs.is_empty() {
        return Ok(outcome.amount(output).map(|_| None));
    }
    let theirs: Exact = theirs.parse().map_err(|error| format!("{error}"))?;
    let Some(ours) = outcome.amount(output) else {
        return Ok(Some(None));
    };
    let difference = || {
        let round = |value: Exact| match digits {
            Some(digits) => value.round(Rounding::digits(digits, RoundingMode::HalfUp)),
            None => Ok(value),
        };
        round(ours.exact())?.subtract(round(theirs)?)
    };
    let difference = difference().map_err(|error| error.to_string())?;
    Ok((!difference.is_zero()).then_some(Some(difference)))
}

impl Tally {
    fn title(&self) -> String {
        let digits = match self.digits {
            Some(1) => ", 1 digit".to_owned(),
            Some(digits) => format!(", {digits} digits"),
            None => String::new(),
        };
        format!("{} = {}{digits}", self.ours, self.theirs)
    }

    /// Keeps the worst differences, in order; of equals the earlier line.
    fn keep(&mut self, difference: Difference, most: usize) {
        // A line without a price is worse than any difference.
        let worse = |other: &Difference| match (other.size, difference.size) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(other), Some(this)) => other >= this,
        };
        let at = self.worst.partition_point(worse);
        self.worst.insert(at, difference);
        self.worst.truncate(most);
    }

    fn text(&self) -> String {
        let mut listing = Listing::new(&[
            ("line", Column::Right),
            ("product", Column::Left),
            (self.ours, Column::Right),
            (&self.theirs, Column::Right),
            ("difference", Column::Right),
        ]);
        for difference in &self.worst {
            let ours = difference.ours.clone().unwrap_or_else(|| "–".to_owned());
            let size = difference.difference.map_or_else(String::new, |d| d.to_string());
            listing.row(vec![
                (difference.line.to_string(), Column::Right, Tone::Quiet),
                (difference.product.clone(), Column::Left, Tone::Plain),
                (ours, Column::Right, Tone::Plain),
                (difference.theirs.clone(), Column::Right, Tone::Plain),
                (size, Column::Right, Tone::Bad),
            ]);
        }
        format!("\n{}, worst first\n{}", self.title(), listing.render("  "))
    }
}

/// The file with the results.
fn results(path: &Path, lines: &Lines<'_>) -> Run<Box<dyn Writer>> {
    let schema = lines.schema();
    let column = |output: Output| {
        let mut name = output.name().to_owned();
        while schema.index_of(&name).is_ok() {
            name.insert_str(0, "listino_");
        }
        table::Column { name, money: output.is_money() }
    };
    table::create(path, schema, &Output::ALL.map(column))
}
