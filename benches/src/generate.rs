//! The workload as plain integers.
//!
//! Prices and costs are in ten-thousandths, percentages in hundredths of a percent, days are
//! counted from 2026-01-01, windows are half-open.

use crate::random::{below, draw, number};
use crate::{
    CATEGORIES, CLUSTERS, CONTRACT_PRODUCTS, CONTRACTS, CUSTOMERS, PRODUCTS, PROMOTIONS, REGIONS,
};

/// The window of the book: 2025-01-01 to 2027-01-01.
const WINDOW: (i32, i32) = (-365, 365);

/// A customer.
#[derive(Debug, Clone, Copy)]
pub struct Customer {
    /// The discount cluster.
    pub cluster: usize,
    /// The region.
    pub region: usize,
    /// The contract the customer holds.
    pub contract: Option<usize>,
}

/// A price row: list 0 is the base list, 1 to 8 the regions, from 9 on the contracts.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The list.
    pub list: usize,
    /// The product.
    pub product: usize,
    /// The first day.
    pub from: i32,
    /// The day after the last.
    pub to: i32,
    /// The prices from 1, 10, 100 and 1,000 units on.
    pub prices: [i64; 4],
}

/// From a list value on, a discount.
#[derive(Debug, Clone, Copy)]
pub struct ValueStep {
    /// The list value of the line, in ten-thousandths.
    pub from: i64,
    /// The discount.
    pub percent: i64,
}

/// A promotion.
#[derive(Debug, Clone, Copy)]
pub struct Promotion {
    /// Its number, from 1.
    pub id: usize,
    /// The category it is for.
    pub category: Option<usize>,
    /// The cluster it is for.
    pub cluster: Option<usize>,
    /// The region it is for.
    pub region: Option<usize>,
    /// The quantity it needs.
    pub quantity: i64,
    /// The discount.
    pub percent: i64,
    /// The first day.
    pub from: i32,
    /// The day after the last.
    pub to: i32,
}

/// An order line.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The customer.
    pub customer: usize,
    /// The product.
    pub product: usize,
    /// The quantity.
    pub quantity: i64,
    /// The day.
    pub day: i32,
}

/// The whole workload without the order lines, which are made one by one.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Category and cost by product.
    pub products: Vec<(usize, i64)>,
    /// The base price by product.
    pub base: Vec<i64>,
    /// The customers.
    pub customers: Vec<Customer>,
    /// The customer of each contract.
    pub contract_customers: Vec<usize>,
    /// The products of each contract, in the order in which lines draw from them.
    pub contract_products: Vec<Vec<usize>>,
    /// The price rows by list, product and first day.
    pub rows: Vec<Row>,
    /// The discount by cluster and category.
    pub cluster_discounts: Vec<Vec<i64>>,
    /// The discounts by list value, ascending.
    pub value_discounts: Vec<ValueStep>,
    /// The promotions.
    pub promotions: Vec<Promotion>,
    /// The margin floor by category; five points below it an offer is blocked.
    pub floors: Vec<i64>,
}

/// How large a workload is: [`Size::default`] is the published one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many products: a power of ten, at least 1,000. Price rows grow with them.
    pub products: usize,
    /// In how many promotions each product is; `None` for the 200 of the published workload, of
    /// which ten are for all products and each other one is for one category.
    pub promotions: Option<usize>,
}

impl Default for Size {
    fn default() -> Self {
        Self { products: PRODUCTS, promotions: None }
    }
}

/// How the rows of one kind of list are drawn: from which streams, in which shares.
struct Kind {
    windows: u64,
    full: u64,
    split: u64,
    tiers: u64,
    second: u64,
}

const BASE: Kind = Kind { windows: 10, full: 90, split: 10, tiers: 12, second: 15 };
const REGION: Kind = Kind { windows: 30, full: 80, split: 10, tiers: 33, second: 36 };
const CONTRACT: Kind = Kind { windows: 42, full: 70, split: 15, tiers: 45, second: 48 };

fn share(value: i64, percent: u64) -> i64 {
    value * percent.cast_signed() / 100
}

impl Kind {
    fn tiers(&self, price: i64, key: u64) -> [i64; 4] {
        [
            price,
            share(price, 96 + below(self.tiers, key, 4)),
            share(price, 90 + below(self.tiers + 1, key, 6)),
            share(price, 82 + below(self.tiers + 2, key, 8)),
        ]
    }

    /// One row for the whole window, two that split it, or one that ends early.
    fn push(&self, rows: &mut Vec<Row>, list: usize, product: usize, price: i64, key: u64) {
        let kind = below(self.windows, key, 100);
        let middle = 30 + below(self.windows + 1, key, 301) as i32;
        let (from, to) = WINDOW;
        let full = kind < self.full;
        let first = if full { to } else { middle };
        rows.push(Row { list, product, from, to: first, prices: self.tiers(price, key) });
        if !full && kind < self.full + self.split {
            let price = share(price, 101 + below(self.second, key, 6));
            rows.push(Row { list, product, from: middle, to, prices: self.tiers(price, key) });
        }
    }
}

/// A number below a limit as an index.
fn index(stream: u64, position: u64, limit: usize) -> usize {
    below(stream, position, limit as u64) as usize
}

impl Workload {
    /// Makes the workload; the same one every time.
    pub fn new() -> Self {
        Self::of(Size::default())
    }

    /// Makes a workload that is smaller or larger; the same one every time.
    pub fn of(size: Size) -> Self {
        let all = 0..size.products as u64;
        let magnitude = |i| 10_i64.pow(below(1, i, 4) as u32);
        let base: Vec<i64> = all
            .clone()
            .map(|i| (5_000 + below(2, i, 45_000)).cast_signed() * magnitude(i))
            .collect();
        let products = all
            .zip(&base)
            .map(|(i, &price)| (index(3, i, CATEGORIES), share(price, 55 + below(4, i, 26))))
            .collect();

        let contract_customers = draw(7, CUSTOMERS, CONTRACTS);
        let mut customers: Vec<Customer> = (0..CUSTOMERS as u64)
            .map(|i| Customer {
                cluster: index(5, i, CLUSTERS),
                region: index(6, i, REGIONS),
                contract: None,
            })
            .collect();
        for (contract, &customer) in contract_customers.iter().enumerate() {
            if let Some(customer) = customers.get_mut(customer) {
                customer.contract = Some(contract);
            }
        }
        let contract_products: Vec<Vec<usize>> =
            (0..CONTRACTS as u64).map(|k| contract(k, size.products)).collect();
        let rows = rows(&base, &contract_products);

        let cluster_discounts = (0..CLUSTERS)
            .map(|cluster| {
                (0..CATEGORIES)
                    .map(|category| {
                        let position = (cluster * CATEGORIES + category) as u64;
                        25 * below(50, position, 61).cast_signed()
                    })
                    .collect()
            })
            .collect();
        let value_discounts = [(10_000_000, 100), (100_000_000, 250), (500_000_000, 400)]
            .map(|(from, percent)| ValueStep { from, percent })
            .to_vec();
        let floors =
            (0..CATEGORIES as u64).map(|i| 800 + 50 * below(51, i, 29).cast_signed()).collect();
        let promotions = match size.promotions {
            None => (0..PROMOTIONS as u64).map(promotion).collect(),
            Some(each) => (0..each * CATEGORIES).map(promotion_of_a_category).collect(),
        };
        Self {
            products,
            base,
            customers,
            contract_customers,
            contract_products,
            rows,
            cluster_discounts,
            value_discounts,
            promotions,
            floors,
        }
    }

    /// The order line of a number. Four of ten go to customers with a contract, and half of those
    /// ask for a product of the contract; a few products are asked for much more than most.
    pub fn line(&self, number_of_line: usize) -> Line {
        let n = number_of_line as u64;
        let known = below(70, n, 100) < 40;
        let customer = if known {
            let contract = index(71, n, CONTRACTS);
            self.contract_customers.get(contract).copied().unwrap_or_default()
        } else {
            index(72, n, CUSTOMERS)
        };
        let u = number(73, n) >> 32;
        let count = self.products.len();
        let skewed = (((u * u) >> 32) * count as u64) >> 32;
        let mut product = (skewed as usize * 61_803 + 7) % count;
        let contract = self.customers.get(customer).and_then(|customer| customer.contract);
        if below(74, n, 2) == 0
            && let Some(products) = contract.and_then(|c| self.contract_products.get(c))
            && let Some(&wanted) = products.get(index(75, n, products.len()))
        {
            product = wanted;
        }
        let q = number(77, n);
        let quantity = match below(76, n, 100) {
            0..50 => 1 + q % 9,
            50..80 => 10 + q % 90,
            80..95 => 100 + q % 900,
            _ => 1_000 + q % 4_001,
        };
        let day = below(78, n, 365) as i32;
        Line { customer, product, quantity: quantity.cast_signed(), day }
    }

    /// The first lines.
    pub fn lines(&self, count: usize) -> Vec<Line> {
        (0..count).map(|n| self.line(n)).collect()
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self::new()
    }
}

/// The products of a contract: every so many products from a start, none twice.
fn contract(k: u64, products: usize) -> Vec<usize> {
    let step = 1 + 2 * index(41, k, 40_000);
    // Odd and not a multiple of five: coprime with any power of ten.
    let step = if step.is_multiple_of(5) { step + 2 } else { step };
    let start = index(40, k, products);
    let count = products * CONTRACT_PRODUCTS / PRODUCTS;
    (0..count).map(|j| (start + j * step) % products).collect()
}

fn rows(base: &[i64], contract_products: &[Vec<usize>]) -> Vec<Row> {
    let count = base.len();
    let mut rows = Vec::with_capacity(count * 41 / 10);
    for (product, &price) in base.iter().enumerate() {
        BASE.push(&mut rows, 0, product, price, product as u64);
    }
    let price_of = |product: usize| base.get(product).copied().unwrap_or_default();
    for region in 0..REGIONS {
        for product in draw(20 + region as u64, count, count / 5) {
            let key = (product + (region + 1) * count) as u64;
            let price = share(price_of(product), 92 + below(32, key, 14));
            REGION.push(&mut rows, region + 1, product, price, key);
        }
    }
    for (contract, products) in contract_products.iter().enumerate() {
        for &product in products {
            let key = (product + (contract + 100) * count) as u64;
            let price = share(price_of(product), 75 + below(44, key, 21));
            CONTRACT.push(&mut rows, contract + 9, product, price, key);
        }
    }
    rows.sort_by_key(|row| (row.list, row.product, row.from));
    rows
}

fn promotion(i: u64) -> Promotion {
    let from = below(66, i, 340) as i32;
    Promotion {
        id: i as usize + 1,
        category: (i >= 10).then(|| index(60, i, CATEGORIES)),
        cluster: (below(61, i, 10) < 3).then(|| index(62, i, CLUSTERS)),
        region: (below(63, i, 10) < 3).then(|| index(64, i, REGIONS)),
        quantity: match below(65, i, 3) {
            0 => 1,
            1 => 10,
            _ => 50,
        },
        percent: 50 * (2 + below(68, i, 29)).cast_signed(),
        from,
        to: from + 14 + below(67, i, 47) as i32,
    }
}

/// As many promotions for each category, and none for all.
fn promotion_of_a_category(i: usize) -> Promotion {
    Promotion { category: Some(i % CATEGORIES), ..promotion(i as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column's sum, and its sum weighted by position, which notices a wrong order.
    fn sums(column: impl Iterator<Item = i64>) -> (i128, i128) {
        let numbered = column.zip(1_i128..);
        numbered.fold((0, 0), |(sum, weighted), (value, position)| {
            (sum + i128::from(value), weighted + i128::from(value) * position)
        })
    }

    fn count(value: usize) -> i64 {
        i64::try_from(value).unwrap()
    }

    /// The sums were computed by the first implementation of this generator, in numpy.
    #[test]
    fn the_workload_is_the_one_that_the_published_figures_are_about() {
        let w = Workload::new();
        assert_eq!(sums(w.base.iter().copied()), (762_267_662_632, 38_319_189_119_521_606));
        assert_eq!(sums(w.products.iter().map(|p| count(p.0))), (1_947_465, 97_096_372_282));
        let costs = (514_570_685_923, 25_881_050_338_197_389);
        assert_eq!(sums(w.products.iter().map(|p| p.1)), costs);
        assert_eq!(sums(w.customers.iter().map(|c| count(c.cluster))), (11_102, 11_006_773));
        assert_eq!(sums(w.customers.iter().map(|c| count(c.region))), (6_943, 6_866_083));
        let contracts = w.customers.iter().map(|c| c.contract.map_or(-1, count));
        assert_eq!(sums(contracts), (18_100, 18_737_198));
        assert_eq!(sums(w.floors.iter().copied()), (59_500, 1_246_400));
        assert_eq!(w.cluster_discounts.iter().flatten().sum::<i64>(), 350_975);

        assert_eq!(w.rows.len(), 400_961);
        let column = |of: fn(&Row) -> i64| sums(w.rows.iter().map(of));
        assert_eq!(column(|r| count(r.list)), (13_256_771, 4_679_049_789_431));
        assert_eq!(column(|r| count(r.product)), (20_027_007_575, 4_148_013_943_017_467));
        assert_eq!(column(|r| r.from.into()), (-124_058_888, -24_537_320_382_040));
        assert_eq!(column(|r| r.to.into()), (133_007_435, 26_164_002_922_898));
        let prices = [
            (2_926_067_882_892, 567_894_373_934_059_779),
            (2_852_804_068_618, 553_668_988_119_685_931),
            (2_706_549_597_803, 525_344_268_539_973_936),
            (2_502_192_947_048, 485_643_952_959_139_969),
        ];
        for (tier, expected) in prices.into_iter().enumerate() {
            assert_eq!(sums(w.rows.iter().map(|r| r.prices[tier])), expected, "tier {tier}");
        }

        let some = |value: Option<usize>| value.map_or(-1, count);
        let column = |of: &dyn Fn(&Promotion) -> i64| w.promotions.iter().map(of).sum::<i64>();
        assert_eq!(column(&|p| count(p.id)), 20_100);
        assert_eq!(column(&|p| some(p.category)), 3_904);
        assert_eq!(column(&|p| some(p.cluster)), 221);
        assert_eq!(column(&|p| some(p.region)), 121);
        assert_eq!(column(&|p| p.quantity), 4_139);
        assert_eq!(column(&|p| p.percent), 160_950);
        assert_eq!(column(&|p| p.from.into()), 34_239);
        assert_eq!(column(&|p| p.to.into()), 41_753);

        let lines = w.lines(10_000);
        let column = |of: fn(&Line) -> i64| sums(lines.iter().map(of));
        assert_eq!(column(|l| count(l.customer)), (10_248_456, 51_313_409_217));
        assert_eq!(column(|l| count(l.product)), (504_809_045, 2_527_196_222_103));
        assert_eq!(column(|l| l.quantity), (2_666_078, 13_450_106_791));
        assert_eq!(column(|l| l.day.into()), (1_822_514, 9_130_369_855));
    }

    #[test]
    fn a_workload_of_another_size_has_the_same_shape() {
        let w = Workload::of(Size { products: 1_000, promotions: Some(10) });
        assert_eq!(w.products.len(), 1_000);
        assert!((3_900..4_100).contains(&w.rows.len()), "{}", w.rows.len());
        assert!(w.contract_products.iter().all(|products| products.len() == 5));
        for category in 0..CATEGORIES {
            let of = |promotion: &&Promotion| promotion.category == Some(category);
            assert_eq!(w.promotions.iter().filter(of).count(), 10);
        }
        assert!(w.lines(1_000).iter().all(|line| w.price(line).is_some()));
    }
}
