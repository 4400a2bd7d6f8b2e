//! `listino import`: spreadsheet price lists into a book, all or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::str::FromStr;

use listino_core::book::{
    BelowFirstTier, Cost, PriceList, PriceRow, Prices, Product, Scale, Scope, Tier,
};
use listino_core::calendar::{Date, Window};
use listino_core::money::{Amount, Currency, Quantity};
use listino_core::units::Factor;
use listino_core::{Diagnostic, Engine, Id, PriceBook, Severity};
use serde::Serialize;

use crate::columns::{self, Columns, Known, Pair};
use crate::failure::{Exit, Failure, Run};
use crate::lines::BEYOND;
use crate::report::{self, CellFinding, Source};
use crate::sheet::{self, Reading, Row, Table, Value};
use crate::terminal::count;
use crate::{input, terminal};

/// Read a price list from a spreadsheet or CSV file into a book.
///
/// Columns are found by their headings: product, price, from (quantity), unit, valid_from,
/// valid_to, name, category, cost. The prices of every product in the table replace those the list
/// has for it; a cost without dates replaces all costs of the product, one with dates is added to them. Price
/// and cost of a row are those of its unit. Every bad cell is reported, and nothing is written unless all
/// cells are good.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table: .xlsx, .xlsm or CSV.
    #[arg(long, value_name = "FILE")]
    prices: PathBuf,
    /// The sheet of the spreadsheet; needed when there are several.
    #[arg(long)]
    sheet: Option<String>,
    /// The book that takes the prices.
    #[arg(long, value_name = "BOOK")]
    into: PathBuf,
    /// The price list, which is made when the book has none of this name.
    #[arg(long, value_name = "ID")]
    list: Id,
    /// Where to write the book; over the old one where absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The currency of a new list; the book's where absent.
    #[arg(long)]
    currency: Option<Currency>,
    /// Whom a new list is for: `--for cluster=reseller`; repeatable.
    #[arg(long = "for", value_name = "DIMENSION=VALUE")]
    scope: Vec<Pair>,
    /// The priority of a new list.
    #[arg(long)]
    priority: Option<i32>,
    /// Our column is theirs: `--map price=Nettopreis`; repeatable.
    #[arg(long, value_name = "OURS=THEIRS")]
    map: Vec<Pair>,
    /// The delimiter of a CSV file; found on its first line where absent.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
    /// Numbers in text have a decimal comma: `12,50`.
    #[arg(long)]
    decimal_comma: bool,
    /// Add the products the book does not have.
    #[arg(long)]
    create_products: bool,
    /// Drop the prices of products that are not in the table.
    #[arg(long)]
    replace: bool,
    /// Print the result, or the findings, as JSON.
    #[arg(long)]
    json: bool,
}

const COLUMNS: &[Known] = &[
    Known {
        name: "product",
        aliases: &[
            "product_number",
            "product_id",
            "sku",
            "item",
            "article",
            "code",
            "prodotto",
            "articolo",
            "codice",
        ],
    },
    Known { name: "price", aliases: &["list_price", "unit_price", "prezzo", "prezzo_di_listino"] },
    Known {
        name: "from",
        aliases: &["qty", "quantity", "min_qty", "min_quantity", "from_quantity", "da", "quantità"],
    },
    Known { name: "unit", aliases: &["uom", "unità", "um"] },
    Known { name: "valid_from", aliases: &["start", "start_date", "valido_dal", "dal"] },
    Known { name: "valid_to", aliases: &["end", "end_date", "valido_al", "al"] },
    Known { name: "name", aliases: &["description", "descrizione", "nome"] },
    Known { name: "category", aliases: &["categoria"] },
    Known { name: "cost", aliases: &["costo"] },
];

const SUGGESTIONS: usize = 100;

/// A price as the table says it, and in which of its rows.
struct Entry {
    unit: Option<Id>,
    valid: Window,
    from: Option<Quantity>,
    price: Amount,
    row: u64,
}

/// The rows of the table that the prices of a product came from: for each row of the list, for each of its
/// tiers.
type Origins = BTreeMap<Id, Vec<Vec<u64>>>;

/// What the import did.
#[derive(Debug, Serialize)]
struct Imported {
    list: Id,
    out: String,
    prices: usize,
    products: usize,
    products_created: usize,
}

#[derive(Serialize)]
struct Refused<'a> {
    findings: &'a [CellFinding],
}

pub(crate) fn run(args: &Args) -> Run {
    let book = input::book(&args.into, args.json)?;
    let reading = Reading {
        sheet: args.sheet.as_deref(),
        delimiter: args.delimiter,
        decimal_comma: args.decimal_comma,
    };
    let table = Table::read(&args.prices, &reading)?;
    let columns = columns::recognise(COLUMNS, &table.headings, &args.map)?;
    for needed in ["product", "price"] {
        if !columns.contains_key(needed) {
            return Err(Failure::usage_with_help(
                format!("`{}` has no column `{needed}`", table.file),
                format!(
                    "its columns are {}; name one with --map {needed}=HEADING",
                    table.headings.join(", ")
                ),
            ));
        }
    }
    let mut import = Import::new(args, &book.book, &table, &columns)?;
    for row in &table.rows {
        import.row(row);
    }
    if !import.findings.is_empty() {
        return refuse(args, &import.findings);
    }
    let Some(done) = import.finish() else {
        return Err(Failure::usage(format!("`{}` has no prices", table.file)));
    };
    write(args, &book.book, &done, &table, &columns)
}

fn refuse(args: &Args, findings: &[CellFinding]) -> Run {
    if args.json {
        terminal::json(&Refused { findings })?;
    } else {
        report::cells(findings);
        let cells = count(findings.len(), "bad cell");
        report::usage(&format!("{cells}; nothing was imported"), None);
    }
    Ok(Exit::Refused)
}

/// Writes the book if the import brought no new error into it.
fn write(args: &Args, before: &PriceBook, done: &Done, table: &Table, columns: &Columns) -> Run {
    let Done { book: after, imported, .. } = done;
    let mut text = serde_json::to_string_pretty(after).unwrap_or_default();
    text.push('\n');
    let errors = |book: &PriceBook| match Engine::compile(book) {
        Ok(_) => Vec::new(),
        Err(error) => error.diagnostics().to_vec(),
    };
    let old: BTreeSet<(String, String)> =
        errors(before).into_iter().map(|d| (d.code, d.message)).collect();
    let new: Vec<_> = errors(after)
        .into_iter()
        .filter(|d| d.severity == Severity::Error)
        .filter(|d| !old.contains(&(d.code.clone(), d.message.clone())))
        .collect();
    let cells: Vec<CellFinding> =
        new.iter().filter_map(|finding| done.cell(finding, table, columns)).collect();
    if !new.is_empty() && cells.len() == new.len() {
        return refuse(args, &cells);
    }
    if !new.is_empty() {
        let source = Source::new(format!("{} (not written)", imported.out), text);
        return Err(source.refuse(new, args.json));
    }
    let out = args.out.as_ref().unwrap_or(&args.into);
    input::write(out, &text)?;
    if args.json {
        terminal::json(imported)?;
    } else {
        let created = match imported.products_created {
            0 => String::new(),
            some => format!(", {} created", count(some, "product")),
        };
        terminal::print(&format!(
            "{} of {} into list {}{created}: {}\n",
            count(imported.prices, "price"),
            count(imported.products, "product"),
            imported.list,
            imported.out
        ))?;
    }
    Ok(Exit::Fine)
}

/// The book with the prices in it.
struct Done {
    book: PriceBook,
    /// The list, by its place.
    list: usize,
    imported: Imported,
    origins: Origins,
}

impl Done {
    /// What is wrong with the book where it came from the table: a place such as
    /// `/price_lists/0/prices/P/0` is a cell of it.
    fn cell(&self, found: &Diagnostic, table: &Table, columns: &Columns) -> Option<CellFinding> {
        let prices = found.path.strip_prefix(&format!("/price_lists/{}/prices/", self.list));
        let product = found.path.strip_prefix("/products/");
        let mut parts = prices.or(product)?.split('/');
        // As a JSON pointer writes a name.
        let name = parts.next()?.replace("~1", "/").replace("~0", "~");
        let part = parts.next();
        let origins = self.origins.get(name.as_str())?;
        let (row, column) = if prices.is_some() {
            let at = part.and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
            let list = self.book.price_lists.get(self.list)?;
            let tiers = &list.prices.get(name.as_str())?.rows.get(at)?.tiers;
            let (tier, column) = said(found, tiers);
            (*origins.get(at)?.get(tier)?, column)
        } else {
            let column = if matches!(part, Some("cost" | "category")) { part? } else { "product" };
            (*origins.first()?.first()?, column)
        };
        let column = columns.get(column).or_else(|| columns.get("product")).copied()?;
        let help = found.help.as_deref();
        Some(table.finding(found.code.clone(), (row, column), found.message.clone(), help))
    }
}

/// The tier that a finding about a row of prices speaks of, and the column of what it quotes.
fn said(found: &Diagnostic, tiers: &[Tier]) -> (usize, &'static str) {
    let quotes = |text: &dyn std::fmt::Display| found.message.contains(&format!("`{text}`"));
    let of = |tier: &Tier| match tier.from {
        _ if quotes(&tier.price) => Some("price"),
        Some(from) if quotes(&from) => Some("from"),
        _ => None,
    };
    let told = tiers.iter().enumerate().find_map(|(at, tier)| Some((at, of(tier)?)));
    told.unwrap_or((0, if found.code == "B0503" { "valid_from" } else { "price" }))
}

/// The import while it runs: a draft of the book, and what is wrong so far.
struct Import<'a> {
    args: &'a Args,
    table: &'a Table,
    columns: &'a Columns,
    book: PriceBook,
    list: usize,
    entries: BTreeMap<Id, Vec<Entry>>,
    costs: BTreeMap<Id, Vec<Cost>>,
    /// The new products, and whether their base unit is settled.
    created: BTreeMap<Id, bool>,
    /// Facts about a product and the cell that said so first.
    said: HashMap<(Id, &'static str, Window), (String, String)>,
    findings: Vec<CellFinding>,
}

impl<'a> Import<'a> {
    fn new(args: &'a Args, book: &PriceBook, table: &'a Table, columns: &'a Columns) -> Run<Self> {
        let mut book = book.clone();
        let found = book.price_lists.iter().position(|list| list.id == args.list);
        let currency = args.currency.unwrap_or(book.currency);
        let list = match found.and_then(|at| book.price_lists.get(at).map(|list| (at, list))) {
            Some(_) if !args.scope.is_empty() || args.priority.is_some() => {
                return Err(Failure::usage_with_help(
                    format!("the book has list `{}` already", args.list),
                    "--for and --priority are for new lists: change the book, or leave them out",
                ));
            }
            Some((at, list)) => {
                let is = list.currency.unwrap_or(book.currency);
                if args.currency.is_some_and(|wanted| wanted != is) {
                    return Err(Failure::usage_with_help(
                        format!("list `{}` is in {is}, not in {currency}", args.list),
                        "import into another list, or leave out --currency",
                    ));
                }
                at
            }
            None => {
                book.price_lists.push(PriceList {
                    id: args.list.clone(),
                    scope: scope(&args.scope)?,
                    currency: (currency != book.currency).then_some(currency),
                    valid: Window::ALWAYS,
                    priority: args.priority.unwrap_or_default(),
                    fallthrough: true,
                    lock: false,
                    below_first_tier: BelowFirstTier::default(),
                    scale: Scale::default(),
                    prices: BTreeMap::new(),
                    formula: None,
                });
                book.price_lists.len() - 1
            }
        };
        Ok(Self {
            args,
            table,
            columns,
            book,
            list,
            entries: BTreeMap::new(),
            costs: BTreeMap::new(),
            created: BTreeMap::new(),
            said: HashMap::new(),
            findings: Vec::new(),
        })
    }

    fn cell<'r>(&self, row: &'r Row, column: &'static str) -> Option<(usize, &'r Value)> {
        let index = *self.columns.get(column)?;
        Some((index, row.cells.get(index).unwrap_or(&Value::Empty)))
    }

    fn bad(
        &mut self,
        code: &'static str,
        row: &Row,
        column: usize,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.findings.push(self.table.finding(code, (row.number, column), message, help));
    }

    /// The text of a cell; a number is taken as it is written, if a spreadsheet could keep all of its digits.
    fn text(&mut self, row: &Row, column: &'static str) -> Option<(usize, String)> {
        let (index, value) = self.cell(row, column)?;
        let text = match value {
            Value::Empty => return None,
            Value::Text(text) => text.clone(),
            Value::Number(text) => {
                if let Err((message, _)) = sheet::decimal(value, false) {
                    self.bad("I0101", row, index, message, Some("format the cell as text"));
                    return None;
                }
                text.clone()
            }
            Value::Date(date) => {
                let message = format!("there is a date ({date}) where a name is expected");
                self.bad("I0101", row, index, message, Some("format the cell as text"));
                return None;
            }
            Value::Formula => {
                self.bad("I0101", row, index, sheet::FORMULA, Some(sheet::FORMULA_HELP));
                return None;
            }
            Value::Other(text) => {
                let message = format!("there is {text} where a name is expected");
                self.bad("I0101", row, index, message, Some("write a name"));
                return None;
            }
        };
        Some((index, text.trim().to_owned()))
    }

    /// A name that the book refers to.
    fn id(&mut self, row: &Row, column: &'static str) -> Option<Id> {
        let (index, text) = self.text(row, column)?;
        match Id::new(&text) {
            Ok(id) => Some(id),
            Err(error) => {
                self.bad("I0101", row, index, error.to_string(), None);
                None
            }
        }
    }

    /// A number: `Ok(None)` for an empty cell, `Err` for a bad one, which is reported.
    fn number<T>(&mut self, row: &Row, column: &'static str) -> Result<Option<T>, ()>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let Some((index, value)) = self.cell(row, column) else {
            return Ok(None);
        };
        if *value == Value::Empty {
            return Ok(None);
        }
        let text = sheet::decimal(value, self.table.decimal_comma);
        let parsed = text.map_err(|(message, help)| (message, Some(help))).and_then(|text| {
            text.parse::<T>().map_err(|error| {
                (error.to_string(), Some("write digits with at most one decimal point"))
            })
        });
        match parsed {
            Ok(number) => Ok(Some(number)),
            Err((message, help)) => {
                self.bad("I0102", row, index, message, help);
                Err(())
            }
        }
    }

    fn date(&mut self, row: &Row, column: &'static str) -> Result<Option<Date>, ()> {
        let Some((index, value)) = self.cell(row, column) else {
            return Ok(None);
        };
        let mut help = "write a date as YYYY-MM-DD, or format the cell as a date";
        let message = match value {
            Value::Empty => return Ok(None),
            Value::Date(date) => return Ok(Some(*date)),
            Value::Text(text) => match text.trim().parse() {
                Ok(date) => return Ok(Some(date)),
                Err(_) => format!("`{text}` is not a date"),
            },
            Value::Number(text) => format!("there is the number {text} where a date is expected"),
            Value::Formula => {
                help = sheet::FORMULA_HELP;
                sheet::FORMULA.to_owned()
            }
            Value::Other(text) => format!("there is {text} where a date is expected"),
        };
        self.bad("I0103", row, index, message, Some(help));
        Err(())
    }

    fn window(&mut self, row: &Row) -> Result<Window, ()> {
        let from = self.date(row, "valid_from");
        let to = self.date(row, "valid_to");
        let valid = Window { from: from?, to: to? };
        if valid.is_empty()
            && let Some((index, _)) = self.cell(row, "valid_to")
        {
            let message = "the last day is before the first";
            self.bad("I0104", row, index, message, Some("exchange the two dates"));
            return Err(());
        }
        Ok(valid)
    }

    fn row(&mut self, row: &Row) {
        let headings = self.table.headings.len();
        let beyond = row.cells.iter().skip(headings).position(|cell| *cell != Value::Empty);
        if let Some(beyond) = beyond.filter(|_| self.table.sheet.is_none()) {
            let message = format!("the row has more cells than the {headings} headings");
            self.bad("I0111", row, headings + beyond, message, Some(BEYOND));
        }
        let product = self.product(row);
        let price = self.price(row);
        let from = self.number::<Quantity>(row, "from");
        let valid = self.window(row);
        let unit = product.as_ref().map_or(Err(()), |product| self.unit(row, product));
        let cost = self.number::<Amount>(row, "cost");
        let name = self.text(row, "name").map(|(_, name)| name);
        let category = self.id(row, "category");
        let (Some(product), Ok(valid)) = (product, valid) else {
            return;
        };
        if let Some(name) = name
            && self.first(row, &product, "name", Window::ALWAYS, &name)
            && let Some(found) = self.book.products.get_mut(&product)
        {
            found.name = Some(name);
        }
        if let Some(category) = category
            && self.first(row, &product, "category", Window::ALWAYS, category.as_str())
            && let Some(found) = self.book.products.get_mut(&product)
        {
            found.category = Some(category);
        }
        if let (Ok(Some(cost)), Ok(unit)) = (cost, &unit) {
            self.cost(row, &product, unit.as_ref(), valid, cost);
        }
        if let (Some(price), Ok(from), Ok(unit)) = (price, from, unit) {
            self.entry(row, &product, Entry { unit, valid, from, price, row: row.number });
        }
    }

    fn product(&mut self, row: &Row) -> Option<Id> {
        let before = self.findings.len();
        let Some(product) = self.id(row, "product") else {
            if self.findings.len() == before
                && let Some((index, _)) = self.cell(row, "product")
            {
                self.bad("I0105", row, index, "the product is missing", Some("write its id"));
            }
            return None;
        };
        if self.book.products.contains_key(&product) {
            return Some(product);
        }
        if self.args.create_products {
            self.created.insert(product.clone(), false);
            self.book.products.insert(product.clone(), Product::default());
            return Some(product);
        }
        let index = self.columns.get("product").copied().unwrap_or_default();
        // Whoever mistook the book needs no suggestion for each of a million rows.
        let near = (self.findings.len() < SUGGESTIONS)
            .then(|| nearest(&product, self.book.products.keys()))
            .flatten();
        let help = near.map_or_else(
            || "add the product to the book, or pass --create-products".to_owned(),
            |near| format!("did you mean `{near}`? Or pass --create-products"),
        );
        let message = format!("the book has no product `{product}`");
        self.bad("I0106", row, index, message, Some(&help));
        None
    }

    fn price(&mut self, row: &Row) -> Option<Amount> {
        match self.number::<Amount>(row, "price") {
            Ok(Some(price)) => Some(price),
            Ok(None) => {
                if let Some((index, _)) = self.cell(row, "price") {
                    let help = "write a price (0 is a price), or delete the row";
                    self.bad("I0105", row, index, "the price is missing", Some(help));
                }
                None
            }
            Err(()) => None,
        }
    }

    /// The unit of a price; `None` for the base unit.
    fn unit(&mut self, row: &Row, product: &Id) -> Result<Option<Id>, ()> {
        let before = self.findings.len();
        let unit = self.id(row, "unit");
        // The first row of a new product says what its base unit is, if only by saying nothing.
        let settled = self.created.get_mut(product).map(|settled| std::mem::replace(settled, true));
        let Some(unit) = unit else {
            return if self.findings.len() == before { Ok(None) } else { Err(()) };
        };
        let known = unit == "pc" || self.book.units.contains_key(&unit);
        let Some(found) = self.book.products.get_mut(product) else {
            return Err(());
        };
        if settled == Some(false) && known {
            found.unit = Some(unit);
            return Ok(None);
        }
        let base = found.unit.as_ref().map_or("pc", |unit| unit.as_str());
        if unit == base {
            return Ok(None);
        }
        if found.units.contains_key(&unit) {
            return Ok(Some(unit));
        }
        let message = format!("product `{product}` is not sold by `{unit}`");
        let help = if known && settled.is_some() {
            format!(
                "its first row makes `{base}` its base unit: write the unit in every row, or add `{unit}` to \
                 its `units` with a factor"
            )
        } else if known {
            format!("its base unit is `{base}`: add `{unit}` to its `units` with a factor")
        } else {
            format!("add `{unit}` to the `units` of the book and of the product")
        };
        let index = self.columns.get("unit").copied().unwrap_or_default();
        self.bad("I0107", row, index, message, Some(&help));
        Err(())
    }

    /// Whether this is the first time the table says this; a contradiction is reported.
    fn first(
        &mut self,
        row: &Row,
        product: &Id,
        column: &'static str,
        valid: Window,
        value: &str,
    ) -> bool {
        let index = self.columns.get(column).copied().unwrap_or_default();
        let cell = self.table.address(row.number, index);
        match self.said.get(&(product.clone(), column, valid)) {
            None => {
                self.said.insert((product.clone(), column, valid), (value.to_owned(), cell));
                true
            }
            Some((said, _)) if said == value => false,
            Some((said, place)) => {
                let message = format!("the {column} is `{value}` here and `{said}` in {place}");
                self.bad("I0108", row, index, message, Some("make the two cells agree"));
                false
            }
        }
    }

    fn cost(&mut self, row: &Row, product: &Id, unit: Option<&Id>, valid: Window, value: Amount) {
        let list = self.book.price_lists.get(self.list);
        let currency = list.and_then(|list| list.currency).unwrap_or(self.book.currency);
        if currency != self.book.currency {
            let index = self.columns.get("cost").copied().unwrap_or_default();
            let message = format!("costs are in {}, the list is in {currency}", self.book.currency);
            let help = "import the costs with a list in the currency of the book";
            self.bad("I0109", row, index, message, Some(help));
            return;
        }
        let units = self.book.products.get(product).map(|found| &found.units);
        let factor = unit.and_then(|unit| units?.get(unit)).copied().unwrap_or(Factor::ONE);
        let Ok(value) = factor.from_base(value.exact()).and_then(Amount::from_exact) else {
            let index = self.columns.get("cost").copied().unwrap_or_default();
            let message = "the cost of one base unit has no end as a decimal";
            let help = "write the cost in a row of the base unit";
            self.bad("I0112", row, index, message, Some(help));
            return;
        };
        if self.first(row, product, "cost", valid, &value.to_string()) {
            self.costs.entry(product.clone()).or_default().push(Cost { valid, value });
        }
    }

    fn entry(&mut self, row: &Row, product: &Id, entry: Entry) {
        let index = self.columns.get("product").copied().unwrap_or_default();
        let entries = self.entries.entry(product.clone()).or_default();
        let twin = entries
            .iter()
            .find(|e| e.unit == entry.unit && e.valid == entry.valid && e.from == entry.from);
        if let Some(twin) = twin {
            let message = format!(
                "product `{product}` has this price already in {}: same unit, dates and quantity",
                self.table.address(twin.row, index)
            );
            self.bad("I0110", row, index, message, Some("delete one of the two rows"));
            return;
        }
        entries.push(entry);
    }

    /// The book with the prices in it; `None` when there are none.
    fn finish(mut self) -> Option<Done> {
        let list = self.book.price_lists.get_mut(self.list)?;
        if self.entries.is_empty() {
            return None;
        }
        if self.args.replace {
            list.prices.clear();
        }
        let imported = Imported {
            list: self.args.list.clone(),
            out: self.args.out.as_ref().unwrap_or(&self.args.into).display().to_string(),
            prices: self.entries.values().map(Vec::len).sum(),
            products: self.entries.len(),
            products_created: self.created.len(),
        };
        let mut origins = Origins::new();
        for (product, entries) in self.entries {
            let (rows, tiers) = rows(entries);
            origins.insert(product.clone(), tiers);
            list.prices.insert(product, Prices { rows });
        }
        for (product, costs) in self.costs {
            let Some(found) = self.book.products.get_mut(&product) else { continue };
            if costs.iter().any(|cost| cost.valid.is_always()) {
                found.cost = costs;
                continue;
            }
            for cost in costs {
                match found.cost.iter_mut().find(|known| known.valid == cost.valid) {
                    Some(same) => *same = cost,
                    None => found.cost.push(cost),
                }
            }
        }
        Some(Done { book: self.book, list: self.list, imported, origins })
    }
}

/// The scope that `--for` describes, in the words of the book.
fn scope(pairs: &[Pair]) -> Run<Scope> {
    let mut dimensions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in pairs {
        dimensions.entry(&pair.ours).or_default().push(&pair.theirs);
    }
    serde_json::to_value(dimensions)
        .and_then(serde_json::from_value)
        .map_err(|error| Failure::usage(format!("--for: {error}")))
}

/// Prices of the same unit and dates are the tiers of one row; with the rows of the table that each came from.
fn rows(mut entries: Vec<Entry>) -> (Vec<PriceRow>, Vec<Vec<u64>>) {
    let (mut rows, mut origins) = (Vec::<PriceRow>::new(), Vec::<Vec<u64>>::new());
    let mut keys: Vec<(Option<Id>, Window)> = Vec::new();
    for entry in &entries {
        let key = (entry.unit.clone(), entry.valid);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    entries.sort_by_key(|entry| entry.from);
    for (unit, valid) in keys {
        let own = || entries.iter().filter(|entry| entry.unit == unit && entry.valid == valid);
        let tier = |entry: &Entry| Tier { from: entry.from, price: entry.price, flat: None };
        origins.push(own().map(|entry| entry.row).collect());
        rows.push(PriceRow {
            valid,
            per: None,
            tiers: own().map(tier).collect(),
            unit: unit.clone(),
        });
    }
    (rows, origins)
}

/// The id that differs in one or two characters, if there is one.
fn nearest<'a>(wanted: &Id, ids: impl Iterator<Item = &'a Id>) -> Option<&'a Id> {
    let wanted = wanted.as_str();
    ids.filter(|id| id.as_str().len().abs_diff(wanted.len()) <= 2)
        .map(|id| (strsim::osa_distance(wanted, id.as_str()), id))
        .filter(|(distance, _)| *distance <= 2 && *distance < wanted.len())
        .min()
        .map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_product() {
        let ids: Vec<Id> = ["BK-M82B-42", "BK-M82B-44"].map(|id| Id::new(id).unwrap()).to_vec();
        let near = |text: &str| nearest(&Id::new(text).unwrap(), ids.iter()).map(Id::as_str);
        assert_eq!(near("BK-M82B-43"), Some("BK-M82B-42"));
        assert_eq!(near("HL-U509"), None);
        assert_eq!(near("A"), None);
    }
}
