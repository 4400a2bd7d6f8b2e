//! What the book sells: each product with every row that prices it. Names are looked up and dates
//! are counted once, for all lints that ask.

use smallvec::SmallVec;

use super::Check;
use super::prices::{base_unit, each_priced, row_path};
use super::scales::Inversions;
use crate::Id;
use crate::book::{PriceRow, Product};
use crate::calendar::Days;
use crate::money::Exact;
use crate::units::Factor;

/// A product of the book, and its offers in the order of the lists.
pub(super) struct Sold<'a> {
    pub(super) id: &'a Id,
    pub(super) product: &'a Product,
    /// What a base unit costs on which days.
    pub(super) costs: SmallVec<[(Exact, Days); 1]>,
    pub(super) offers: Vec<Offer<'a>>,
}

/// One price row of a product.
pub(super) struct Offer<'a> {
    pub(super) list: usize,
    /// Its number among the rows of the product in the list.
    pub(super) row: usize,
    pub(super) unit: Option<&'a Id>,
    /// The days on which both the row and its list hold.
    pub(super) days: Days,
    /// The lowest price, and of how many base units it is the price.
    pub(super) worth: Option<(Exact, Exact)>,
}

/// How many base units a price of the row is for.
fn base_units(row: &PriceRow, product: &Product) -> Option<Exact> {
    let factor = match &row.unit {
        Some(unit) if unit.as_str() != base_unit(product) => *product.units.get(unit)?,
        _ => Factor::ONE,
    };
    factor.to_base(row.per.map_or(Exact::ONE, |per| per.exact())).ok()
}

fn lowest(row: &PriceRow) -> Option<Exact> {
    row.tiers.iter().map(|tier| tier.price.exact()).min()
}

impl<'a> Check<'a> {
    /// What is asked of each price row by itself, in one walk: they are many, and lie far apart. What
    /// is asked of several is asked of what comes out.
    pub(super) fn rows(&mut self) -> Vec<Sold<'a>> {
        let book = self.book;
        let mut sold: Vec<Sold<'a>> = book
            .products
            .iter()
            .map(|(id, product)| {
                let costs = product.cost.iter();
                let costs = costs.map(|cost| (cost.value.exact(), cost.valid.days())).collect();
                Sold { id, product, costs, offers: Vec::new() }
            })
            .collect();
        let names = std::mem::take(&mut self.made.names);
        for (i, list) in book.price_lists.iter().enumerate() {
            let held = list.valid.days();
            let mut inversions = Inversions::default();
            each_priced(list, &names, |id, prices, number| {
                self.row_days(i, list, id, prices);
                self.unit_prices(i, list, id, prices);
                inversions.look(list, id, prices);
                if let Some(sold) = number.and_then(|n| sold.get_mut(n as usize)) {
                    let product = sold.product;
                    sold.offers.extend(prices.rows.iter().enumerate().map(|(j, row)| Offer {
                        list: i,
                        row: j,
                        unit: row.unit.as_ref(),
                        days: row.valid.days().both(held),
                        worth: lowest(row).zip(base_units(row, product)),
                    }));
                }
            });
            self.inversions(i, &inversions);
        }
        self.made.names = names;
        sold
    }

    pub(super) fn row_path(&self, product: &Id, list: usize, row: usize) -> String {
        let prices = self.book.price_lists.get(list).and_then(|list| list.prices.get(product));
        prices.map_or_else(String::new, |prices| row_path(list, product, prices, row))
    }
}
