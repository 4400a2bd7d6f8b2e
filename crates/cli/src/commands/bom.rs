//! `listino bom`: what a configured product is made of, what uses an item, the bill as a picture.

use std::path::PathBuf;

use listino_core::calendar::Date;
use listino_core::configure::{BomGraph, Explosion, RolledUp};
use listino_core::money::{Amount, Quantity};
use serde::Serialize;

use super::configure::{Desk, Subject, choices, open, unsettled};
use crate::failure::{Exit, Failure, Run};
use crate::input;
use crate::terminal::{self, Column, Listing, Tone, strong};

/// A thousand times as many lines as a large product has; what is beyond is a mistake.
const MOST_LINES: u32 = 1_000_000;

/// What a configured product is made of and what it costs, level by level.
///
/// SOURCE is a price book or a model. Without `--choices` the defaults of the model decide what is
/// built. `--where-used`, `--svg` and `--dot` are about the whole bill, whatever is chosen.
///
/// Exit code 1 when something is still to be chosen, a choice cannot stand, or the book or model is
/// refused; a bill that runs in a circle is, with the circle.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Every way in which an item gets into the product, from the item upwards; at most 1,000.
    #[arg(long, value_name = "ITEM", conflicts_with_all = ["svg", "dot"])]
    where_used: Option<String>,
    /// Draw the whole bill as a picture.
    #[arg(long, value_name = "FILE", conflicts_with = "dot")]
    svg: Option<PathBuf>,
    /// Print the whole bill as a graph in the DOT language.
    #[arg(long, conflicts_with = "json")]
    dot: bool,
    /// Print the bill, or where the item is used, as JSON.
    #[arg(long)]
    json: bool,
}

/// The exploded bill, for machines.
#[derive(Serialize)]
struct Answer<'a> {
    model: &'a str,
    date: Date,
    quantity: Quantity,
    #[serde(flatten)]
    explosion: &'a Explosion,
    /// What one of each item costs with everything that goes into it.
    rolled_up: &'a [RolledUp],
}

/// Where an item is used, for machines.
#[derive(Serialize)]
struct Uses<'a> {
    item: &'a str,
    where_used: Vec<Vec<&'a str>>,
}

pub(crate) fn run(args: &Args) -> Run {
    let Some(mut desk) = open(&args.subject, args.json)? else { return Ok(Exit::Refused) };
    let configurator = desk.session.configurator().clone();
    let Some(bom) = configurator.bom() else {
        return Err(Failure::usage(format!("`{}` has no bill of materials", configurator.id())));
    };
    if let Some(item) = &args.where_used {
        where_used(args, bom, item)?;
    } else if let Some(path) = &args.svg {
        input::write(path, bom.svg())?;
    } else if args.dot {
        terminal::print(&bom.dot())?;
    } else {
        return exploded(args, &mut desk, bom);
    }
    Ok(Exit::Fine)
}

fn where_used(args: &Args, bom: &BomGraph, item: &str) -> Run<()> {
    if !bom.bill().items.iter().any(|known| known.id == item) {
        return Err(Failure::usage(format!("the bill of materials has no item `{item}`")));
    }
    let paths = bom.where_used(item);
    if args.json {
        return terminal::json(&Uses { item, where_used: paths });
    }
    let mut out: String = paths.iter().map(|path| format!("{}\n", path.join(" → "))).collect();
    if out.is_empty() {
        out = format!("`{item}` is no part of the product\n");
    }
    if paths.len() == BomGraph::MOST_WAYS {
        out.push_str("… there may be more ways\n");
    }
    terminal::print(&out)
}

fn exploded(args: &Args, desk: &mut Desk, bom: &BomGraph) -> Run {
    let configurator = desk.session.configurator().clone();
    let model = configurator.id();
    for choice in args
        .subject
        .choices
        .iter()
        .map(|path| choices(path, model))
        .collect::<Run<Vec<_>>>()?
        .concat()
    {
        if let Err(error) = desk.session.decide(&choice.option, choice.chosen) {
            terminal::print(&format!("{}\n", desk.choice_error(&choice.option, &error)))?;
            return Ok(Exit::Refused);
        }
    }
    let open = desk.session.open_groups().map_err(unsettled)?;
    if !open.is_empty() {
        terminal::print(&desk.still_open(&open))?;
        return Ok(Exit::Refused);
    }
    let configuration = desk.session.complete().map_err(unsettled)?;
    let refused = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let explosion = bom
        .explode(&configuration, desk.date, desk.quantity, MOST_LINES)
        .map_err(|error| refused(&error))?;
    let rolled_up = bom.roll_up(&configuration, desk.date).map_err(|error| refused(&error))?;
    if args.json {
        terminal::json(&Answer {
            model: desk.session.configurator().id(),
            date: desk.date,
            quantity: desk.quantity,
            explosion: &explosion,
            rolled_up: &rolled_up,
        })?;
    } else {
        terminal::print(&table(desk, bom, &explosion, &rolled_up))?;
    }
    Ok(Exit::Fine)
}

fn table(desk: &Desk, bom: &BomGraph, explosion: &Explosion, rolled_up: &[RolledUp]) -> String {
    let language = desk.language;
    let priced = explosion.price != Amount::ZERO;
    let digits = if desk.shop.is_some() { 2 } else { 0 };
    let mut headings = vec![
        ("item", Column::Left),
        ("quantity", Column::Right),
        ("", Column::Left),
        ("cost of one", Column::Right),
    ];
    headings.extend(priced.then_some(("price of one", Column::Right)));
    let mut listing = Listing::new(&headings);
    let mut row = |level: u32, item: &str, quantity: Quantity, unit: Option<&str>| {
        let indent = "  ".repeat(level.min(40) as usize);
        let one = rolled_up.iter().find(|rolled| rolled.item == item);
        let amount = |amount: Option<Amount>| {
            amount.map_or_else(String::new, |amount| language.amount(amount, digits))
        };
        let mut cells = vec![
            (format!("{indent}{}", title(bom, item)), Column::Left, Tone::Plain),
            (language.quantity(quantity), Column::Right, Tone::Plain),
            (unit.unwrap_or("pc").to_owned(), Column::Left, Tone::Quiet),
            (amount(one.map(|one| one.cost)), Column::Right, Tone::Plain),
        ];
        if priced {
            cells.push((amount(one.map(|one| one.price)), Column::Right, Tone::Plain));
        }
        listing.row(cells);
    };
    let bill = bom.bill();
    if let Some(root) = bill.items.iter().find(|item| item.id == bill.root) {
        row(0, &root.id, desk.quantity, root.unit.as_deref());
    }
    for line in &explosion.lines {
        row(line.level, &line.item, line.quantity, line.unit.as_deref());
    }
    let mut sums = format!("cost {}", language.amount(explosion.cost, digits));
    if priced {
        sums.push_str(&format!(" · price {}", language.amount(explosion.price, digits)));
    }
    let heading = strong(&format!("{} · {}", desk.session.configurator().id(), desk.date));
    format!("{heading}\n\n{}\n{sums}\n", listing.render(""))
}

/// What people call an item, and its id.
fn title(bom: &BomGraph, id: &str) -> String {
    let item = bom.bill().items.iter().find(|item| item.id == id);
    match item.and_then(|item| item.name.as_deref()) {
        Some(name) if name != id => format!("{} ({id})", terminal::shown(name)),
        _ => id.to_owned(),
    }
}
