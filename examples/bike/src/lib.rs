//! Makes a price book with a configured bicycle from the AdventureWorks tables.
//!
//! What comes from the tables: the parts with names, prices, costs, weights (where they have one)
//! and days of sale, and the bill of materials. What is invented: how the parts are put together
//! as options, the rules, the missing weights, the customers, discounts and thresholds; all of it
//! is in [`design`].

pub mod design;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use adventureworks::table::Table;
pub use adventureworks::{Error, Result, text};
use listino_core::book::{Cost, PriceRow, Prices, Product, Tier};
use listino_core::calendar::Window;
use listino_core::configure::{
    Bom, Calculation, Cardinality, Choosable, Expression, Formula, Group, Item, Line, VariantTable,
};
use listino_core::money::{Amount, Exact, Quantity};
use listino_core::{Id, PriceBook};

use design::{Grade, ROOT};

/// A part of the table `Product`.
struct Part {
    name: String,
    number: String,
    colour: String,
    size: String,
    cost: Amount,
    price: Amount,
    grams: Option<Exact>,
    sold: Window,
}

/// The parts by their number, and the numbers by the id that the tables use.
struct Parts {
    by_number: BTreeMap<String, Part>,
    numbers: BTreeMap<String, String>,
}

/// The book, from the tables in a directory and the bill of materials in another.
///
/// # Errors
/// [`Error`] with the table and the row that cannot be used.
pub fn book(tables: &Path, bill: &Path) -> Result<PriceBook> {
    let parts = parts(tables)?;
    let mut book: PriceBook = serde_json::from_value(design::book())?;
    let Some(model) = book.models.first_mut() else { return Ok(book) };
    frames(&parts, &mut model.groups, &mut model.tables)?;
    let mut sold = BTreeSet::new();
    for option in model.groups.iter_mut().flat_map(|group| &mut group.options) {
        let Some(part) = option.product.as_ref().and_then(|number| parts.by_number.get(number))
        else {
            continue;
        };
        sold.insert(part.number.clone());
        option.name.get_or_insert_with(|| part.name.clone());
        if let Some(grams) = part.grams {
            option.attributes.insert("grams".to_owned(), Quantity::from_exact(grams)?);
        }
    }
    let top = top_lines(&model.groups);
    model.bom = Some(bom(bill, &parts, top)?);
    let mut list = BTreeMap::new();
    for number in sold {
        let Some(part) = parts.by_number.get(&number) else { continue };
        let product = Product {
            name: Some(part.name.clone()),
            category: Some(Id::new("components")?),
            cost: vec![Cost { valid: Window::ALWAYS, value: part.cost }],
            ..Product::default()
        };
        book.products.insert(Id::new(&number)?, product);
        list.insert(Id::new(&number)?, price(part.price));
    }
    if let Some(base) = book.price_lists.first_mut() {
        base.prices.extend(list);
    }
    Ok(book)
}

fn price(price: Amount) -> Prices {
    let tier = Tier { from: None, price, flat: None };
    Prices { rows: vec![PriceRow { tiers: vec![tier], ..PriceRow::default() }] }
}

fn parts(tables: &Path) -> Result<Parts> {
    let mut out = Parts { by_number: BTreeMap::new(), numbers: BTreeMap::new() };
    // An avoirdupois pound is 453.59237 g by definition.
    let pound = Exact::from("453.59237".parse::<Quantity>()?.decimal());
    for row in &Table::read(tables, "Product")? {
        let weight = row.text(13)?;
        let weight: Option<Quantity> = if weight.is_empty() { None } else { Some(weight.parse()?) };
        let grams = match (weight, row.text(12)?) {
            (Some(weight), "LB") => Some(weight.exact().multiply(pound)?),
            (Some(weight), _) => Some(weight.exact()),
            (None, _) => design::grams(row.text(2)?).map(Exact::integer),
        };
        let part = Part {
            name: row.text(1)?.to_owned(),
            number: row.text(2)?.to_owned(),
            colour: row.text(5)?.to_lowercase(),
            size: row.text(10)?.to_owned(),
            cost: row.decimal(8)?.parse()?,
            price: row.decimal(9)?.parse()?,
            grams,
            sold: row.window(20, 21)?,
        };
        out.numbers.insert(row.text(0)?.to_owned(), part.number.clone());
        out.by_number.insert(part.number.clone(), part);
    }
    Ok(out)
}

/// A hidden option for each frame that is made, and the table of what there is.
fn frames(parts: &Parts, groups: &mut Vec<Group>, tables: &mut Vec<VariantTable>) -> Result<()> {
    let mut options = Vec::new();
    let mut rows = Vec::new();
    for part in parts.by_number.values() {
        let Some(grade) = Grade::ALL
            .iter()
            .find(|grade| part.name.starts_with(&format!("{} Mountain Frame", grade.code())))
        else {
            continue;
        };
        options.push(Choosable {
            id: part.number.clone(),
            product: Some(part.number.clone()),
            valid: part.sold,
            hidden: true,
            ..Choosable::default()
        });
        // The number of one frame says 52 where name and size say 48: the size is believed.
        rows.push(vec![
            format!("frame-{}", grade.word()),
            part.colour.clone(),
            format!("size-{}", part.size),
            part.number.clone(),
        ]);
    }
    groups.push(Group {
        id: "frame-article".to_owned(),
        name: Some("frame as it is made".to_owned()),
        choose: Cardinality::ONE,
        options,
        ..Group::default()
    });
    tables.push(VariantTable {
        id: "frames".to_owned(),
        text: Some("which frames are made".to_owned()),
        columns: ["frame", "colour", "size", "frame-article"].map(str::to_owned).to_vec(),
        allow: Some(rows),
        ..VariantTable::default()
    });
    Ok(())
}

/// What goes straight into the bicycle: each part with its option.
fn top_lines(groups: &[Group]) -> Vec<(String, Formula)> {
    groups
        .iter()
        .flat_map(|group| &group.options)
        .filter_map(|option| {
            let number = option.product.as_ref()?;
            let number = design::assembled_as(number).unwrap_or(number);
            Some((number.to_owned(), Formula::option(&option.id)))
        })
        .collect()
}

/// The part of the table that the options lead to, and the work.
fn bom(bill: &Path, parts: &Parts, top: Vec<(String, Formula)>) -> Result<Bom> {
    let mut components: BTreeMap<String, Vec<(String, Quantity, String, Window)>> = BTreeMap::new();
    for row in &Table::read(bill, "BillOfMaterials")? {
        let (assembly, part) = (row.text(1)?, row.text(2)?);
        let (Some(assembly), Some(part)) = (parts.numbers.get(assembly), parts.numbers.get(part))
        else {
            continue;
        };
        let quantity = row.decimal(7)?.parse()?;
        let unit = row.text(5)?.to_lowercase();
        let line = (part.clone(), quantity, unit, row.window(3, 4)?);
        components.entry(assembly.clone()).or_default().push(line);
    }
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut open: Vec<(String, String)> =
        top.iter().map(|(part, _)| (part.clone(), "ea".to_owned())).collect();
    for (part, when) in top {
        lines.push(line(ROOT, part, Expression::one(), Some(when), Window::ALWAYS));
    }
    while let Some((number, unit)) = open.pop() {
        let Some(part) = parts.by_number.get(&number) else { continue };
        if items.contains_key(&number) {
            continue;
        }
        // The standard cost of an assembly contains that of its parts: what is left is its own.
        let mut own = part.cost.exact();
        for (component, quantity, unit, sold) in components.get(&number).into_iter().flatten() {
            if sold.to.is_none() {
                let cost = parts.by_number.get(component).map_or(Exact::ZERO, |p| p.cost.exact());
                own = own.subtract(cost.multiply(quantity.exact())?)?;
            }
            let quantity = Expression::Number(*quantity);
            lines.push(line(&number, component.clone(), quantity, None, *sold));
            open.push((component.clone(), unit.clone()));
        }
        let cost = Some(Amount::from_exact(own)?).filter(|cost| *cost != Amount::ZERO);
        let name = Some(part.name.clone());
        items.insert(
            number.clone(),
            Item { id: number, name, unit: Some(unit), cost, ..Item::default() },
        );
    }
    let mut all = vec![Item { id: ROOT.to_owned(), ..Item::default() }];
    all.extend(items.into_values());
    let (work, minutes) = design::work()?;
    lines.push(line(ROOT, work.id.clone(), minutes, None, Window::ALWAYS));
    all.push(work);
    Ok(Bom { root: ROOT.to_owned(), items: all, lines })
}

fn line(
    assembly: &str,
    item: String,
    quantity: Expression,
    when: Option<Formula>,
    valid: Window,
) -> Line {
    Line { assembly: assembly.to_owned(), item, quantity, when, valid, scrap: None }
}

/// The minutes that the work takes: some for every bicycle, some more for each extra.
pub(crate) fn minutes(base: i64, each: i64, extras: &[&str]) -> Expression {
    let number = |value: i64| Expression::Number(Quantity::from(value));
    let count = Calculation::Count(extras.iter().map(|id| Formula::option(*id)).collect());
    Calculation::Add(vec![
        number(base),
        Calculation::Multiply(vec![number(each), count.into()]).into(),
    ])
    .into()
}
