//! Price rows: the bulk of a book, looked at in one pass.

use smallvec::SmallVec;

use super::references::PIECE;
use super::{Check, Code, days, step};
use crate::book::{Cost, PriceList, PriceRow, Prices, Product};
use crate::engine::{PackedNames, touch_rows};
use crate::{Diagnostic, Id};

/// So many products of a list are looked at together.
const AT_ONCE: usize = 64;

/// The base unit of a product.
pub(super) fn base_unit(product: &Product) -> &str {
    product.unit.as_ref().map_or(PIECE, Id::as_str)
}

/// The place of a price row. Neighbouring entries of one tier each are one row to the engine, so
/// that the number of a row is known only as long as all rows before it have a single tier.
pub(super) fn row_path(list: usize, product: &Id, prices: &Prices, row: usize) -> String {
    let path = format!("/price_lists/{list}/prices{}", step(product));
    let single = |rows: &[PriceRow]| rows.iter().all(|row| row.tiers.len() == 1);
    let alone = prices.rows.len() == 1 && single(&prices.rows);
    if alone || !single(prices.rows.get(..row).unwrap_or_default()) {
        return path;
    }
    format!("{path}/{row}")
}

/// Walks over the products of a list, with the numbers of those that have a name.
pub(super) fn each_priced<'a>(
    list: &'a PriceList,
    names: &PackedNames,
    mut look: impl FnMut(&'a Id, &'a Prices, Option<u32>),
) {
    let mut find = names.finder(list.prices.len());
    let mut prices = list.prices.iter();
    let mut some = Vec::with_capacity(AT_ONCE);
    loop {
        some.extend(prices.by_ref().take(AT_ONCE));
        if some.is_empty() {
            break;
        }
        touch_rows(|| some.iter().flat_map(|(_, prices)| &prices.rows));
        for (id, prices) in some.drain(..) {
            look(id, prices, find(id.as_str()));
        }
    }
}

impl Check<'_> {
    pub(super) fn prices(&mut self) {
        let book = self.book;
        // The texts of the names lie close together: the products themselves need not come from memory.
        let mut names = PackedNames::with_capacity(book.products.len());
        book.products.keys().for_each(|id| names.push(id));
        let products: Vec<&Product> = book.products.values().collect();
        for (i, list) in book.price_lists.iter().enumerate() {
            each_priced(list, &names, |id, prices, number| {
                let product = number.and_then(|n| products.get(n as usize));
                self.prices_of(i, id, prices, product.copied());
            });
        }
        self.made.names = names;
    }

    fn prices_of(&mut self, list: usize, id: &Id, prices: &Prices, product: Option<&Product>) {
        match product {
            None => self.unknown_product(list, id),
            Some(product) if prices.rows.iter().any(|row| row.unit.is_some()) => {
                self.row_units(list, id, prices, product);
            }
            // The product itself need not come from memory.
            Some(_) => {}
        }
        if prices.rows.is_empty() {
            self.say(
                Code::NoTiers,
                format!("/price_lists/{list}/prices{}", step(id)),
                format!("product `{id}` has an empty list of prices"),
            );
        }
        for (j, row) in prices.rows.iter().enumerate() {
            self.row(row, id, &|| row_path(list, id, prices, j));
        }
        if prices.rows.len() > 1 {
            self.row_overlaps(list, id, prices, product);
        }
    }

    fn unknown_product(&mut self, list: usize, product: &Id) {
        let name = self.book.price_lists.get(list).map_or("", |list| list.id.as_str());
        let mend = Code::UnknownPricedProduct.info().mend;
        let help = self.meant(product.as_str(), self.book.products.keys().map(Id::as_str), mend);
        self.found.push(
            Diagnostic::new(
                Code::UnknownPricedProduct,
                format!("/price_lists/{list}/prices{}", step(product)),
                format!("price list `{name}` names product `{product}`, which is not in the book"),
            )
            .with_help(help),
        );
    }

    fn row_units(&mut self, list: usize, id: &Id, prices: &Prices, product: &Product) {
        for (j, row) in prices.rows.iter().enumerate() {
            let Some(unit) = &row.unit else { continue };
            if unit.as_str() != base_unit(product) && !product.units.contains_key(unit) {
                let known = product.units.keys().map(Id::as_str).chain([base_unit(product)]);
                let help = self.meant(unit.as_str(), known, Code::ForeignUnit.info().mend);
                self.found.push(
                    Diagnostic::new(
                        Code::ForeignUnit,
                        row_path(list, id, prices, j),
                        format!(
                            "product `{id}` has a price for unit `{unit}`, in which it is not sold"
                        ),
                    )
                    .with_help(help),
                );
            }
        }
    }

    fn row(&mut self, row: &PriceRow, id: &Id, path: &dyn Fn() -> String) {
        self.window(row.valid, path);
        if let Some(per) = row.per
            && ![1, 10, 100, 1000].map(crate::money::Quantity::from).contains(&per)
        {
            self.say(
                Code::PriceUnit,
                path(),
                format!("the price of product `{id}` is for `{per}` units"),
            );
        }
        if row.tiers.is_empty() {
            self.say(Code::NoTiers, path(), format!("a price row of product `{id}` has no tier"));
        }
        let mut before = None;
        for (k, tier) in row.tiers.iter().enumerate() {
            if tier.price.decimal().is_sign_negative() {
                self.not_negative(
                    tier.price.exact(),
                    path,
                    format_args!("a price of product `{id}`"),
                );
            }
            if let Some(flat) = tier.flat
                && flat.decimal().is_sign_negative()
            {
                self.not_negative(flat.exact(), path, format_args!("a flat fee of product `{id}`"));
            }
            match (tier.from, before) {
                (None, _) if k > 0 => {
                    self.say(
                        Code::TierOrder,
                        path(),
                        format!("a tier of product `{id}` without `from` is not the first"),
                    );
                }
                (Some(from), _) if from.decimal().is_sign_negative() => {
                    self.not_negative(
                        from.exact(),
                        path,
                        format_args!("the bound of a tier of product `{id}`"),
                    );
                }
                (Some(from), Some(last)) => self.bounds(last, from.exact(), path),
                _ => {}
            }
            before = tier.from.map(crate::money::Quantity::exact).or(before);
        }
    }

    fn row_overlaps<'p>(
        &mut self,
        list: usize,
        id: &Id,
        prices: &'p Prices,
        product: Option<&Product>,
    ) {
        let base = product.map_or(PIECE, base_unit);
        let unit =
            |row: &'p PriceRow| row.unit.as_ref().map(Id::as_str).filter(|unit| *unit != base);
        let mut order: SmallVec<[(Option<&str>, i32, usize); 4]> = prices
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.valid.is_empty())
            .map(|(j, row)| (unit(row), row.valid.days().from, j))
            .collect();
        order.sort();
        for pair in order.windows(2) {
            let [(unit, _, first), (other, _, second)] = pair else { continue };
            let (Some(a), Some(b)) = (prices.rows.get(*first), prices.rows.get(*second)) else {
                continue;
            };
            if unit == other && a.valid.days().overlaps(b.valid.days()) {
                let (early, late) = (*first.min(second), *first.max(second));
                self.found.push(
                    Diagnostic::new(
                        Code::RowOverlap,
                        row_path(list, id, prices, late),
                        format!(
                            "product `{id}` has two prices on the same day: {} and {}",
                            days(a.valid),
                            days(b.valid)
                        ),
                    )
                    .with_related(row_path(list, id, prices, early), "the other price".to_owned()),
                );
            }
        }
    }

    pub(super) fn costs(&mut self, id: &Id, costs: &[Cost]) {
        for (i, cost) in costs.iter().enumerate() {
            self.window(cost.valid, || format!("/products{}/cost/{i}/valid", step(id)));
        }
        if costs.len() > 1 {
            self.cost_overlaps(id, costs);
        }
    }

    fn cost_overlaps(&mut self, id: &Id, costs: &[Cost]) {
        let mut order: Vec<(i32, usize)> = costs
            .iter()
            .enumerate()
            .filter(|(_, cost)| !cost.valid.is_empty())
            .map(|(i, cost)| (cost.valid.days().from, i))
            .collect();
        order.sort_unstable();
        for pair in order.windows(2) {
            let [(_, first), (_, second)] = pair else { continue };
            let (Some(a), Some(b)) = (costs.get(*first), costs.get(*second)) else { continue };
            if a.valid.days().overlaps(b.valid.days()) {
                let (early, late) = (first.min(second), first.max(second));
                self.found.push(
                    Diagnostic::new(
                        Code::CostOverlap,
                        format!("/products{}/cost/{late}", step(id)),
                        format!(
                            "product `{id}` has two costs on the same day: {} and {}",
                            days(a.valid),
                            days(b.valid)
                        ),
                    )
                    .with_related(
                        format!("/products{}/cost/{early}", step(id)),
                        "the other cost".to_owned(),
                    ),
                );
            }
        }
    }
}
