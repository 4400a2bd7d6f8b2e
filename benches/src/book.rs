//! The workload as a price book and as requests, in the ordinary format with ordinary rules.

use std::collections::BTreeMap;

use listino_core::book::{
    Basis, Cost, Customer, Discount, DiscountGroup, DiscountTier, DiscountTiers, Keep,
    MarginThreshold, PriceList, PriceRow, Prices, Product, Range, RoundingAt, RoundingPolicy,
    RoundingStep, Scope, Tier,
};
use listino_core::calendar::{Date, Window};
use listino_core::money::{
    Amount, ArithmeticError, Currency, Exact, Percent, Quantity, RoundingMode,
};
use listino_core::quote::{LineQuery, ManualDiscount, Party, Request, RequestLine};
use listino_core::{Id, IdError, Many, PriceBook};

use crate::{Line, Promotion, Workload};

/// 2026-01-01 as a day number.
const EPOCH: i32 = 20_454;

/// The number of lines that are quoted together.
const DOCUMENT: usize = 20;

fn amount(ten_thousandths: i64) -> Result<Amount, ArithmeticError> {
    Amount::from_exact(Exact::new(ten_thousandths.into(), 4)?)
}

fn percent(hundredths: i64) -> Result<Percent, ArithmeticError> {
    Percent::from_exact(Exact::new(hundredths.into(), 2)?)
}

fn date(day: i32) -> Option<Date> {
    Date::from_day_number(EPOCH + day)
}

fn window(from: i32, to: i32) -> Window {
    // Windows of the book include their last day.
    Window { from: date(from), to: date(to - 1) }
}

fn id(kind: &str, number: usize) -> Result<Id, IdError> {
    Id::new(&format!("{kind}{number}"))
}

fn one(id: Id) -> Many<Id> {
    Many(vec![id])
}

impl Workload {
    /// The workload as a price book.
    ///
    /// # Errors
    /// None that the workload could cause: its numbers are small and its names are short.
    pub fn book(&self) -> Result<PriceBook, Box<dyn std::error::Error>> {
        let mut book = PriceBook::new(Currency::EUR);
        book.name = Some("Benchmark workload".to_owned());
        book.rounding = RoundingPolicy {
            mode: RoundingMode::HalfEven,
            at: [
                (RoundingStep::Unit, Some(2)),
                (RoundingStep::Line, None),
                (RoundingStep::Tax, None),
                (RoundingStep::Total, None),
                (RoundingStep::Margin, Some(2)),
            ]
            .map(|(step, digits)| RoundingAt { step, digits, increment: None, mode: None })
            .to_vec(),
        };
        for (number, &(category, cost)) in self.products.iter().enumerate() {
            let product = Product {
                category: Some(id("category", category)?),
                cost: vec![Cost { valid: Window::ALWAYS, value: amount(cost)? }],
                ..Product::default()
            };
            book.products.insert(id("p", number)?, product);
        }
        for (number, customer) in self.customers.iter().enumerate() {
            let contract =
                customer.contract.map(|contract| id("contract", contract)).transpose()?;
            let entry = Customer {
                cluster: Some(id("cluster", customer.cluster)?),
                region: Some(id("region", customer.region)?),
                contracts: contract.into_iter().collect(),
                ..Customer::default()
            };
            book.customers.insert(id("c", number)?, entry);
        }
        book.price_lists = self.price_lists()?;
        book.groups = vec![DiscountGroup {
            id: Id::new("promotions")?,
            keep: Keep::Best,
            excludes: Many::default(),
            against: None,
        }];
        book.discounts = self.discounts()?;
        for (category, &floor) in self.floors.iter().enumerate() {
            book.margins.push(MarginThreshold {
                id: id("margin", category)?,
                scope: Scope { category: one(id("category", category)?), ..Scope::default() },
                floor: Some(amount(floor * 100)?),
                block: Some(amount((floor - 500) * 100)?),
                ..MarginThreshold::default()
            });
        }
        Ok(book)
    }

    fn price_lists(&self) -> Result<Vec<PriceList>, Box<dyn std::error::Error>> {
        let mut lists: Vec<PriceList> = Vec::new();
        let from = [None, Some(10), Some(100), Some(1_000)].map(|q| q.map(Quantity::from));
        // The names of the products are shared by all lists, as they are in a book that was read.
        let names: Vec<Id> =
            (0..self.products.len()).map(|number| id("p", number)).collect::<Result<_, _>>()?;
        for rows in self.rows.chunk_by(|a, b| a.list == b.list) {
            let Some(first) = rows.first() else { continue };
            let mut prices: BTreeMap<Id, Prices> = BTreeMap::new();
            for row in rows {
                let tiers = from
                    .into_iter()
                    .zip(row.prices)
                    .map(|(from, price)| Ok(Tier { from, price: amount(price)?, flat: None }));
                let price_row = PriceRow {
                    valid: window(row.from, row.to),
                    tiers: tiers.collect::<Result<_, ArithmeticError>>()?,
                    ..PriceRow::default()
                };
                if let Some(name) = names.get(row.product) {
                    prices.entry(name.clone()).or_default().rows.push(price_row);
                }
            }
            let (name, scope) = match first.list {
                0 => (Id::new("base")?, Scope::default()),
                list @ 1..9 => {
                    let region = id("region", list - 1)?;
                    (id("region-", list - 1)?, Scope { region: one(region), ..Scope::default() })
                }
                list => {
                    let contract = one(id("contract", list - 9)?);
                    (id("contract-", list - 9)?, Scope { contract, ..Scope::default() })
                }
            };
            lists.push(PriceList {
                id: name,
                scope,
                currency: None,
                valid: Window::ALWAYS,
                priority: 0,
                fallthrough: true,
                lock: false,
                below_first_tier: Default::default(),
                scale: Default::default(),
                prices,
                formula: None,
            });
        }
        Ok(lists)
    }

    fn discounts(&self) -> Result<Vec<Discount>, Box<dyn std::error::Error>> {
        let mut matrix = BTreeMap::new();
        for (cluster, cells) in self.cluster_discounts.iter().enumerate() {
            let mut row = BTreeMap::new();
            for (category, &value) in cells.iter().enumerate() {
                row.insert(id("category", category)?, percent(value)?);
            }
            matrix.insert(id("cluster", cluster)?, row);
        }
        let steps = self.value_discounts.iter().map(|step| {
            Ok(DiscountTier {
                from: Quantity::from(step.from / 10_000),
                percent: Some(percent(step.percent)?),
                amount: None,
            })
        });
        let mut discounts = vec![
            Discount {
                id: Id::new("clusters")?,
                stage: Id::new("cluster")?,
                matrix: Some(matrix),
                ..Discount::default()
            },
            Discount {
                id: Id::new("value")?,
                stage: Id::new("volume")?,
                tiers: Some(DiscountTiers {
                    basis: Basis::Value,
                    steps: steps.collect::<Result<_, ArithmeticError>>()?,
                }),
                ..Discount::default()
            },
        ];
        for promotion in &self.promotions {
            discounts.push(discount(promotion)?);
        }
        Ok(discounts)
    }

    /// A day of the workload, counted from 1970-01-01.
    pub const fn day_number(day: i32) -> i32 {
        EPOCH + day
    }

    /// A request for one line.
    ///
    /// # Errors
    /// As [`Workload::book`].
    pub fn request(line: &Line) -> Result<Request, Box<dyn std::error::Error>> {
        Self::document(std::slice::from_ref(line))
    }

    /// The same line without a document around it; `None` for a request without a line, or of a
    /// customer that the book does not have.
    pub fn query(request: &Request) -> Option<LineQuery<'_>> {
        let (line, customer) = (request.lines.first()?, request.customer.id()?);
        Some(LineQuery::new(customer.as_str(), line.product.as_str(), line.quantity, request.date))
    }

    /// Requests of 20 lines each with 5 % off the document; customer and date are those of the
    /// first line.
    ///
    /// # Errors
    /// As [`Workload::book`].
    pub fn documents(&self, count: usize) -> Result<Vec<Request>, Box<dyn std::error::Error>> {
        let lines = self.lines(count * DOCUMENT);
        let mut requests = Vec::with_capacity(count);
        for lines in lines.chunks(DOCUMENT) {
            let mut request = Self::document(lines)?;
            let header = ManualDiscount { percent: Some(5.into()), ..ManualDiscount::default() };
            request.discounts.push(header);
            requests.push(request);
        }
        Ok(requests)
    }

    fn document(lines: &[Line]) -> Result<Request, Box<dyn std::error::Error>> {
        let first = lines.first().ok_or("a document needs a line")?;
        let date = date(first.day).ok_or("a day after the calendar")?;
        let mut request = Request::new(Party::Known(id("c", first.customer)?), date);
        for line in lines {
            let product = id("p", line.product)?;
            request.lines.push(RequestLine::new(product, line.quantity.into()));
        }
        Ok(request)
    }
}

fn discount(promotion: &Promotion) -> Result<Discount, Box<dyn std::error::Error>> {
    let scope = |kind: &str, number: Option<usize>| -> Result<Many<Id>, IdError> {
        Ok(number.map(|number| id(kind, number)).transpose()?.into_iter().collect())
    };
    Ok(Discount {
        id: id("promotion", promotion.id)?,
        stage: Id::new("promotion")?,
        scope: Scope {
            category: scope("category", promotion.category)?,
            cluster: scope("cluster", promotion.cluster)?,
            region: scope("region", promotion.region)?,
            ..Scope::default()
        },
        valid: window(promotion.from, promotion.to),
        group: Some(Id::new("promotions")?),
        quantity: Some(Range { from: Some(promotion.quantity.into()), below: None }),
        percent: Some(percent(promotion.percent)?),
        ..Discount::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_the_first_day_of_2026() {
        assert_eq!(date(0), Date::new(2026, 1, 1));
        assert_eq!(window(-365, 365).to, Date::new(2026, 12, 31));
    }
}
