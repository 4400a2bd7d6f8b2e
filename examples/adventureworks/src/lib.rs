//! Makes a price book from the AdventureWorks tables in `data/`.
//!
//! What comes from the tables: products, categories, colours and sizes, costs and list prices by
//! date, special offers, sales territories, tax rates. What does not: the resellers' names, the
//! margin thresholds and the limits of the sales roles, which are in [`story`] and invented.

mod invoice;
mod offer;
pub mod story;
pub mod table;

use std::collections::BTreeMap;
use std::path::Path;

use listino_core::book::{
    Cost, Discount, PriceList, PriceRow, Prices, Product, RoundingAt, RoundingPolicy, RoundingStep,
    Scope, Tax, TaxRate, Tier,
};
use listino_core::calendar::Window;
use listino_core::money::{Amount, Percent, RoundingMode};
use listino_core::{Id, Many, PriceBook};

pub use invoice::invoices;
pub use table::{Error, Result};
use table::{Record, Table};

/// The book that priced the invoices, from the tables in a directory.
///
/// # Errors
/// [`Error`] with the table and the row that cannot be used.
pub fn book(data: &Path) -> Result<PriceBook> {
    let mut book = PriceBook::new(story::currency()?);
    book.name = Some("AdventureWorks Cycles".to_owned());
    // Unit prices have four decimals on the invoices, line totals have cents.
    book.rounding = RoundingPolicy {
        mode: RoundingMode::HalfUp,
        at: [
            (RoundingStep::Unit, Some(4)),
            (RoundingStep::Line, None),
            (RoundingStep::Tax, None),
            (RoundingStep::Total, None),
        ]
        .map(|(step, digits)| RoundingAt { step, digits, increment: None, mode: None })
        .to_vec(),
    };
    let names = product_numbers(data)?;
    let prices = list_prices(data, &names)?;
    book.products = products(data, &names, &prices)?;
    book.customers = story::customers(&territories(data)?)?;
    book.price_lists = vec![base_list(prices)?];
    book.discounts = vec![reseller_discount()?];
    book.discounts.extend(offer::offers(data, &names, &book.products)?);
    book.groups = offer::groups()?;
    book.coupons = offer::coupons(data)?;
    book.margins = story::margins()?;
    book.discretion = story::discretion()?;
    book.tax = Some(taxes(data)?);
    Ok(book)
}

/// The book that is proposed for the next year: each list price a year early, and less discount
/// on what sells below cost.
///
/// # Errors
/// As [`book`].
pub fn next_book(data: &Path) -> Result<PriceBook> {
    let mut book = book(data)?;
    book.name = Some("AdventureWorks Cycles, proposal".to_owned());
    for prices in book.price_lists.iter_mut().flat_map(|list| list.prices.values_mut()) {
        let next: Vec<Vec<Tier>> = prices.rows.iter().skip(1).map(|r| r.tiers.clone()).collect();
        for (row, tiers) in prices.rows.iter_mut().zip(next) {
            row.tiers = tiers;
        }
    }
    for (category, percent) in story::PROPOSED_RESELLER_DISCOUNTS {
        let matrices = book.discounts.iter_mut().filter_map(|rule| rule.matrix.as_mut());
        for cells in matrices.filter_map(|matrix| matrix.get_mut(story::RESELLER)) {
            cells.insert(Id::new(category)?, Percent::from(percent));
        }
    }
    Ok(book)
}

/// The text of a book as it is checked in.
///
/// # Errors
/// [`Error`] where the book cannot be written as JSON, which no book is.
pub fn text(book: &PriceBook) -> Result<String> {
    Ok(serde_json::to_string_pretty(book)? + "\n")
}

/// Product numbers by the id that the tables use among themselves.
fn product_numbers(data: &Path) -> Result<BTreeMap<String, Id>> {
    let mut names = BTreeMap::new();
    for row in &Table::read(data, "Product")? {
        names.insert(row.text(0)?.to_owned(), row.id(2)?);
    }
    Ok(names)
}

/// A path of the category tree by subcategory id: `bikes/mountain-bikes`.
fn categories(data: &Path) -> Result<BTreeMap<String, Id>> {
    let mut parents = BTreeMap::new();
    for row in &Table::read(data, "ProductCategory")? {
        parents.insert(row.text(0)?.to_owned(), slug(row.text(1)?));
    }
    let mut paths = BTreeMap::new();
    for row in &Table::read(data, "ProductSubcategory")? {
        let parent = parents.get(row.text(1)?).ok_or_else(|| row.error(1, "no such category"))?;
        paths
            .insert(row.text(0)?.to_owned(), Id::new(&format!("{parent}/{}", slug(row.text(2)?)))?);
    }
    Ok(paths)
}

/// The products that were ever sold, which are those with a list price.
fn products(
    data: &Path,
    names: &BTreeMap<String, Id>,
    prices: &BTreeMap<Id, Prices>,
) -> Result<BTreeMap<Id, Product>> {
    let categories = categories(data)?;
    let mut products = BTreeMap::new();
    for row in &Table::read(data, "Product")? {
        let number = row.id(2)?;
        if !prices.contains_key(&number) {
            continue;
        }
        let mut attributes = BTreeMap::new();
        for (name, column) in [("color", 5), ("size", 10)] {
            if !row.text(column)?.is_empty() {
                attributes.insert(Id::new(name)?, row.id(column)?);
            }
        }
        let category = categories.get(row.text(18)?).cloned();
        let name = Some(row.text(1)?.to_owned());
        products.insert(number, Product { name, category, attributes, ..Product::default() });
    }
    for row in &Table::read(data, "ProductCostHistory")? {
        let number = names.get(row.text(0)?).ok_or_else(|| row.error(0, "no such product"))?;
        if let Some(product) = products.get_mut(number) {
            product.cost.push(Cost { valid: row.window(1, 2)?, value: row.amount(3)? });
        }
    }
    for product in products.values_mut() {
        product.cost.sort_by_key(|cost| cost.valid.from);
    }
    Ok(products)
}

fn list_prices(data: &Path, names: &BTreeMap<String, Id>) -> Result<BTreeMap<Id, Prices>> {
    let mut prices: BTreeMap<Id, Prices> = BTreeMap::new();
    for row in &Table::read(data, "ProductListPriceHistory")? {
        let number = names.get(row.text(0)?).ok_or_else(|| row.error(0, "no such product"))?;
        let tier = Tier { from: None, price: row.amount(3)?, flat: None };
        let price_row =
            PriceRow { valid: row.window(1, 2)?, tiers: vec![tier], ..PriceRow::default() };
        prices.entry(number.clone()).or_default().rows.push(price_row);
    }
    for prices in prices.values_mut() {
        prices.rows.sort_by_key(|row| row.valid.from);
    }
    Ok(prices)
}

fn base_list(prices: BTreeMap<Id, Prices>) -> Result<PriceList> {
    Ok(PriceList {
        id: Id::new("base")?,
        scope: Scope::default(),
        currency: None,
        valid: Window::ALWAYS,
        priority: 0,
        fallthrough: true,
        lock: false,
        below_first_tier: Default::default(),
        scale: Default::default(),
        prices,
        formula: None,
    })
}

/// Resellers buy at 40 % off the list price, in every category.
fn reseller_discount() -> Result<Discount> {
    let categories = ["accessories", "bikes", "clothing", "components"];
    let mut cells = BTreeMap::new();
    for category in categories {
        cells.insert(Id::new(category)?, Percent::from(40));
    }
    Ok(Discount {
        id: Id::new("reseller-discount")?,
        stage: Id::new("cluster")?,
        matrix: Some(BTreeMap::from([(Id::new(story::RESELLER)?, cells)])),
        ..Discount::default()
    })
}

/// Regions by the number of their sales territory: `north-america/us/northwest`, `europe/de`.
fn territories(data: &Path) -> Result<BTreeMap<u32, Id>> {
    let table = Table::read(data, "SalesTerritory")?;
    let mut countries: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &table {
        *countries.entry(row.text(2)?).or_default() += 1;
    }
    let mut regions = BTreeMap::new();
    for row in &table {
        let country = row.text(2)?;
        let mut path = format!("{}/{}", slug(row.text(3)?), slug(country));
        // Only a country with several territories has a level below it.
        if countries.get(country).is_some_and(|territories| *territories > 1) {
            path = format!("{path}/{}", slug(row.text(1)?));
        }
        let number = row.text(0)?.parse().map_err(|_| row.error(0, "not a number"))?;
        regions.insert(number, Id::new(&path)?);
    }
    Ok(regions)
}

/// The rates that hold for a whole country. American sales tax depends on the state, which a
/// territory does not name: there the host adds it.
fn taxes(data: &Path) -> Result<Tax> {
    let countries = [
        ("Germany Output Tax", "europe/de"),
        ("France Output Tax", "europe/fr"),
        ("United Kingdom Output Tax", "europe/gb"),
        ("Canadian GST", "north-america/ca"),
        ("Taxable Supply", "pacific/au"),
    ];
    let table = Table::read(data, "SalesTaxRate")?;
    let rate = |region: &str, category: &str, percent| -> Result<TaxRate> {
        let region = Many(vec![Id::new(region)?]);
        Ok(TaxRate {
            scope: Scope { region, ..Scope::default() },
            class: Many::default(),
            valid: Window::ALWAYS,
            category: Id::new(category)?,
            percent,
        })
    };
    let mut tax = Tax::default();
    for (name, region) in countries {
        for row in &table {
            // The same rate stands once for each province.
            if row.text(4)? == name {
                tax.rates.push(rate(region, "S", row.text(3)?.parse()?)?);
                break;
            }
        }
    }
    tax.rates.push(rate("north-america/us", "O", Percent::ZERO)?);
    Ok(tax)
}

/// A name as a node of a tree: lower case, one dash between words.
pub(crate) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

impl Record<'_> {
    fn amount(&self, column: usize) -> Result<Amount> {
        self.decimal(column)?.parse().map_err(|error| self.error(column, &format!("{error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_nodes_of_a_tree() {
        assert_eq!(slug("Mountain Bikes"), "mountain-bikes");
        assert_eq!(slug("Bib-Shorts"), "bib-shorts");
        assert_eq!(slug("Touring-1000 Promotion"), "touring-1000-promotion");
        assert_eq!(slug("US"), "us");
    }
}
