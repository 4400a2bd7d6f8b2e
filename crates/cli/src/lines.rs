//! Past or planned lines from a table, as requests.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::str::FromStr;

use arrow_schema::Schema;
use indicatif::{ProgressBar, ProgressStyle};
use listino_core::Id;
use listino_core::calendar::Date;
use listino_core::money::{Currency, Quantity};
use listino_core::quote::{Party, Request, RequestLine};

use crate::columns::{self, Columns, Known, Pair};
use crate::failure::{Failure, Run};
use crate::report::CellFinding;
use crate::table::{self, Reader, Row};

/// Where the lines come from and how their columns are meant.
#[derive(Debug, clap::Args)]
pub(crate) struct LineArgs {
    /// The lines, with the columns product, quantity, date, customer, unit, currency, channel, order:
    /// Parquet where the name ends in .parquet, else CSV.
    #[arg(long = "lines", value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// Our column is theirs: `--map product=SKU`; repeatable.
    #[arg(long, value_name = "OURS=THEIRS")]
    pub(crate) map: Vec<Pair>,
    /// A column that is the same on every line, whatever the table has there:
    /// `--set channel=reseller`; repeatable.
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub(crate) set: Vec<Pair>,
    /// The customer of each channel: `--customer-by-channel reseller=R1,online=WEB`.
    #[arg(long, value_name = "CHANNEL=CUSTOMER", value_delimiter = ',')]
    pub(crate) customer_by_channel: Vec<Pair>,
    /// Neighbouring lines of one order, date and customer are one document, which has one currency
    /// and one channel.
    #[arg(long)]
    pub(crate) by_order: bool,
    /// The delimiter of a CSV file; found on its first line where absent.
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<char>,
}

const COLUMNS: &[Known] = &[
    Known { name: "customer", aliases: &["customer_id", "cliente"] },
    Known { name: "product", aliases: &["product_number", "product_id", "sku", "prodotto"] },
    Known { name: "quantity", aliases: &["qty", "order_qty", "quantità"] },
    Known { name: "date", aliases: &["order_date", "data"] },
    Known { name: "unit", aliases: &["uom", "unità"] },
    Known { name: "currency", aliases: &["valuta"] },
    Known { name: "channel", aliases: &["canale"] },
    Known { name: "order", aliases: &["order_id", "order_number", "ordine"] },
];

/// What helps where a row has more cells than there are headings.
pub(crate) const BEYOND: &str =
    "put cells with a delimiter in them, such as `1,50`, in quotation marks, or name the column";

/// Lines that are priced together.
pub(crate) struct Document {
    pub(crate) request: Request,
    pub(crate) lines: Vec<Row>,
}

/// What helps where a cell cannot be read.
pub(crate) const MEND: &str = "mend the cell, or leave out the line";

/// What a document has one of, and these two have not.
fn other(document: &Request, line: &Request) -> Option<&'static str> {
    let currency = (document.currency != line.currency).then_some("currency");
    currency.or_else(|| (document.channel != line.channel).then_some("channel"))
}

/// Whether a column can be this on every line.
fn constant(column: &str, text: &str) -> Result<(), String> {
    let wrong = |error: &dyn std::fmt::Display| error.to_string();
    match column {
        "order" => Ok(()),
        "quantity" => text.parse::<Quantity>().map(drop).map_err(|error| wrong(&error)),
        "date" => text.parse::<Date>().map(drop).map_err(|error| wrong(&error)),
        "currency" => text.parse::<Currency>().map(drop).map_err(|error| wrong(&error)),
        _ => Id::new(text).map(drop).map_err(|error| wrong(&error)),
    }
}

/// What lines must share to be one document.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    order: String,
    date: Date,
    customer: Id,
}

/// The file, read document by document.
pub(crate) struct Lines<'a> {
    args: &'a LineArgs,
    file: String,
    table: Box<dyn Reader>,
    headings: Vec<String>,
    columns: Columns,
    constants: BTreeMap<&'static str, &'a str>,
    customers: BTreeMap<&'a str, Id>,
    progress: ProgressBar,
    read: u64,
    seen: HashSet<Key>,
    open: Option<(Key, Document)>,
    /// Cells that cannot be read; their lines are left out.
    pub(crate) findings: Vec<CellFinding>,
    /// The lines of these cells.
    unreadable: BTreeSet<u64>,
}

impl<'a> Lines<'a> {
    pub(crate) fn open(args: &'a LineArgs) -> Run<Self> {
        let table = table::open(&args.path, args.delimiter)?;
        let names = table.schema().fields().iter().map(|field| field.name().clone());
        let headings: Vec<String> = names.collect();
        let columns = columns::recognise(COLUMNS, &headings, &args.map)?;
        for &column in columns.values() {
            table.readable(column)?;
        }
        let mut lines = Self {
            args,
            file: args.path.display().to_string(),
            progress: ProgressBar::new(table.length()),
            table,
            headings,
            columns,
            constants: BTreeMap::new(),
            customers: BTreeMap::new(),
            read: 0,
            seen: HashSet::new(),
            open: None,
            findings: Vec::new(),
            unreadable: BTreeSet::new(),
        };
        // The bar draws on a terminal only, and on the error stream.
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {bar:40} {percent:>3} %  {msg} lines  {elapsed} / {duration}",
        ) {
            lines.progress.set_style(style);
        }
        lines.options()?;
        Ok(lines)
    }

    fn options(&mut self) -> Run<()> {
        for pair in &self.args.set {
            let Some(known) = COLUMNS.iter().find(|known| known.is_called(&pair.ours)) else {
                let names: Vec<&str> = COLUMNS.iter().map(|known| known.name).collect();
                return Err(Failure::usage_with_help(
                    format!("`{}` is not a column that can be set", pair.ours),
                    format!("the columns are {}", names.join(", ")),
                ));
            };
            let text = pair.theirs.as_str();
            constant(known.name, text)
                .map_err(|error| Failure::usage(format!("--set {}={text}: {error}", known.name)))?;
            self.constants.insert(known.name, text);
        }
        for pair in &self.args.customer_by_channel {
            let customer =
                Id::new(&pair.theirs).map_err(|error| Failure::usage(error.to_string()))?;
            self.customers.insert(&pair.ours, customer);
        }
        let has = |name: &str| self.columns.contains_key(name) || self.constants.contains_key(name);
        let missing: Vec<&str> =
            ["product", "quantity", "date"].into_iter().filter(|name| !has(name)).collect();
        if !missing.is_empty() {
            return Err(Failure::usage_with_help(
                format!("`{}` has no column {}", self.file, missing.join(", ")),
                format!(
                    "its columns are {}; name one with --map, or a constant with --set",
                    self.headings.join(", ")
                ),
            ));
        }
        if !has("customer") && (self.customers.is_empty() || !has("channel")) {
            return Err(Failure::usage_with_help(
                "the lines do not say who the customer is",
                "add a column, --set customer=ID, or a channel and --customer-by-channel",
            ));
        }
        if self.args.by_order && !has("order") {
            return Err(Failure::usage("--by-order needs a column `order`"));
        }
        Ok(())
    }

    /// The columns of the file.
    pub(crate) fn schema(&self) -> &Schema {
        self.table.schema()
    }

    /// The number of a column by its heading, when its cells can be read.
    pub(crate) fn position(&self, heading: &str) -> Run<usize> {
        let column = columns::position(&self.headings, heading)?;
        columns::only(&self.headings, column)?;
        self.table.readable(column)?;
        Ok(column)
    }

    /// The product a line names.
    pub(crate) fn product<'r>(&self, line: &'r Row) -> Option<&'r str>
    where
        'a: 'r,
    {
        self.text(line, "product").map(|(_, text)| text)
    }

    /// How many lines are left out for a cell that cannot be read.
    pub(crate) fn unreadable(&self) -> usize {
        self.unreadable.len()
    }

    /// The number of one of the columns that have a meaning; the first one where the table has it not.
    pub(crate) fn column(&self, name: &str) -> usize {
        self.columns.get(name).copied().unwrap_or_default()
    }

    /// Keeps a finding about a cell for which its line is left out.
    fn leave_out(&mut self, line: u64, column: usize, message: String, help: &str) {
        self.unreadable.insert(line);
        self.find(line, column, message, help);
    }

    /// Keeps a finding about a cell of the file.
    pub(crate) fn find(&mut self, line: u64, column: usize, message: String, help: &str) {
        self.findings.push(CellFinding {
            code: "L0101".into(),
            file: self.file.clone(),
            sheet: None,
            cell: self.table.address(line, column),
            message,
            help: Some(help.to_owned()),
        });
    }

    fn text<'r>(&self, line: &'r Row, column: &'static str) -> Option<(usize, &'r str)>
    where
        'a: 'r,
    {
        let constant = self.constants.get(column).map(|text| (0, *text));
        let cell = || self.columns.get(column).and_then(|&at| Some((at, line.cell(at)?)));
        constant.or_else(cell)
    }

    fn read<T>(&mut self, line: &Row, column: &'static str) -> Result<Option<T>, ()>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let Some((index, text)) = self.text(line, column) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let message = format!("{column}: {error}");
                self.leave_out(line.number, index, message, MEND);
                Err(())
            }
        }
    }

    fn needed<T>(&mut self, line: &Row, column: &'static str) -> Result<T, ()>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        match self.read(line, column)? {
            Some(value) => Ok(value),
            None => {
                let message = format!("{column}: the cell is empty");
                self.leave_out(line.number, self.column(column), message, "fill the cell");
                Err(())
            }
        }
    }

    /// The document head and the line, when all cells are good; all bad ones are reported.
    fn parse(&mut self, line: &Row) -> Option<(Key, Request, RequestLine)> {
        if let Some(column) = line.beyond(self.headings.len()) {
            let message =
                format!("the line has more cells than the {} headings", self.headings.len());
            self.leave_out(line.number, column, message, BEYOND);
        }
        let product = self.needed::<Id>(line, "product");
        let quantity = self.needed::<Quantity>(line, "quantity");
        let date = self.needed::<Date>(line, "date");
        let unit = self.read::<Id>(line, "unit");
        let currency = self.read(line, "currency");
        let channel = self.read::<Id>(line, "channel");
        let by_channel = channel
            .as_ref()
            .ok()
            .and_then(|channel| self.customers.get(channel.as_ref()?.as_str()).cloned());
        let customer = match (self.text(line, "customer"), by_channel) {
            (None, Some(customer)) => Ok(customer),
            (None, None) if !self.columns.contains_key("customer") => {
                let message = "customer: the channel of the line has none".to_owned();
                let help = "name the customer of the channel in --customer-by-channel";
                self.leave_out(line.number, self.column("channel"), message, help);
                Err(())
            }
            _ => self.needed::<Id>(line, "customer"),
        };
        let order = self.text(line, "order").map_or("", |(_, text)| text).to_owned();
        let (customer, date) = (customer.ok()?, date.ok()?);
        let mut request = Request::new(Party::Known(customer.clone()), date);
        request.currency = currency.ok()?;
        request.channel = channel.ok()?;
        let mut request_line = RequestLine::new(product.ok()?, quantity.ok()?);
        request_line.unit = unit.ok()?;
        if self.unreadable.contains(&line.number) {
            return None;
        }
        Some((Key { order, date, customer }, request, request_line))
    }

    /// The next document; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Run<Option<Document>> {
        loop {
            let Some(line) = self.table.next()? else {
                return Ok(self.open.take().map(|(_, document)| document));
            };
            self.advance();
            let Some((key, mut request, request_line)) = self.parse(&line) else {
                continue;
            };
            if !self.args.by_order {
                request.lines.push(request_line);
                return Ok(Some(Document { request, lines: vec![line] }));
            }
            if let Some((open, document)) = &mut self.open
                && *open == key
            {
                match other(&document.request, &request) {
                    None => {
                        document.request.lines.push(request_line);
                        document.lines.push(line);
                    }
                    Some(column) => {
                        let message =
                            format!("{column}: the lines of order `{}` differ in it", key.order);
                        let help = "give the lines of an order one currency and one channel";
                        self.leave_out(line.number, self.column(column), message, help);
                    }
                }
                continue;
            }
            if !self.seen.insert(key.clone()) {
                return Err(Failure::usage_with_help(
                    format!("line {}: order `{}` comes up again", line.number, key.order),
                    "with --by-order the lines of an order must be neighbours: sort the file",
                ));
            }
            request.lines.push(request_line);
            let next = Document { request, lines: vec![line] };
            if let Some((_, done)) = self.open.replace((key, next)) {
                return Ok(Some(done));
            }
        }
    }

    fn advance(&mut self) {
        self.read += 1;
        if self.read.is_multiple_of(256) {
            self.progress.set_position(self.table.position());
            self.progress.set_message(self.read.to_string());
        }
    }

    pub(crate) fn finish(&self) {
        self.progress.finish_and_clear();
    }
}
