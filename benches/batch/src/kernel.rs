//! The practical limit: this one workload, wired in by hand.
//!
//! Nothing here is general. Prices fit 32 bits, a product has one or two base rows that meet, lines
//! fall into the year 2026, at most 64 promotions are in question for a category, quantities break
//! at 1, 10, 50, 100 and 1,000. What no rule of the workload needs is not there: no errors, no
//! other currency, no explanation. [`Kernel::new`] refuses a workload that is not like that.
//!
//! Each line is a few reads from tables that do not fit the inner caches, so lines go through in
//! blocks: one step asks the memory for what the next step will read. Whatever belongs to a product
//! lies in one cache line; the promotions that hold for a line are the bits that three masks have in
//! common, the best promotion first. Roundings are estimated in binary floating point, eight or so
//! at a time; where an estimate lies so close to a half that it could be on the wrong side, the line
//! is done again in integers.
#![expect(clippy::float_arithmetic, reason = "estimates whose doubtful cases are done in integers")]
#![expect(clippy::indexing_slicing, reason = "table lookups, of which the kernel consists")]

use listino_bench::{CATEGORIES, CLUSTERS, CONTRACTS, Line, Outcome, REGIONS, Workload};

/// So many lines go through a step together.
const BLOCK: usize = 128;
/// The days that lines fall on.
const DAYS: usize = 365;
/// The places of a contract's hash table, twice as many as it has products.
const PLACES: usize = 1_024;
/// A customer without a contract; a place, a row that is not there.
const NONE: u32 = u32::MAX;

/// All that the book says about a product alone: one cache line.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Product {
    /// The base prices by tier before and from the day of change.
    base: [[u32; 4]; 2],
    cost: u32,
    /// The first of its rows in regional lists.
    rows: u32,
    change: i16,
    /// One bit for each regional list that it is in; the rows are in that order.
    regions: u8,
    category: u8,
}

/// A row of a regional or contract list.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Row {
    prices: [u32; 4],
    /// A row for later days.
    next: u32,
    from: i16,
    to: i16,
}

#[derive(Clone, Copy)]
struct Customer {
    cluster: u8,
    region: u8,
    contract: u16,
}

/// The tables.
pub(crate) struct Kernel {
    products: Vec<Product>,
    customers: Vec<Customer>,
    rows: Vec<Row>,
    /// By contract and the hash of the product: product and row.
    contracts: Vec<(u32, u32)>,
    /// By cluster and category.
    discounts: Vec<u16>,
    floors: Vec<u16>,
    /// Bits of promotions by category, cluster and region.
    of_customer: Vec<u64>,
    /// By category and day.
    of_day: Vec<u64>,
    /// By category and whether the quantity reaches 10 and 50.
    of_quantity: Vec<u64>,
    /// Number and percentage by category and bit; the last place stands for none.
    promotions: Vec<(u16, u16)>,
}

/// The answers, column by column.
#[derive(Default)]
pub(crate) struct Answer {
    list_price: Vec<i32>,
    list: Vec<u16>,
    cluster_percent: Vec<u16>,
    promotion: Vec<u16>,
    promotion_percent: Vec<u16>,
    value_percent: Vec<u16>,
    unit_price: Vec<i32>,
    total: Vec<i64>,
    margin: Vec<i32>,
    status: Vec<u8>,
}

/// Lines, column by column.
pub(crate) struct Columns {
    pub(crate) customer: Vec<u32>,
    pub(crate) product: Vec<u32>,
    pub(crate) quantity: Vec<i64>,
    pub(crate) day: Vec<i32>,
}

impl Columns {
    /// The lines as columns.
    pub(crate) fn new(lines: &[Line]) -> Self {
        Self {
            customer: lines.iter().map(|line| line.customer as u32).collect(),
            product: lines.iter().map(|line| line.product as u32).collect(),
            quantity: lines.iter().map(|line| line.quantity).collect(),
            day: lines.iter().map(|line| line.day).collect(),
        }
    }
}

fn place(product: u32) -> usize {
    (product.wrapping_mul(0x9E37_79B1) >> 22) as usize
}

/// Asks the memory for what stands at an index, and does not wait for it.
#[inline(always)]
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "asking ahead of time is half of the kernel's speed")]
fn ask<T>(table: &[T], index: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch reads nothing that the program sees, whatever the address.
    unsafe { _mm_prefetch(table.as_ptr().wrapping_add(index).cast(), _MM_HINT_T0) };
}

#[inline(always)]
#[cfg(not(target_arch = "x86_64"))]
fn ask<T>(_table: &[T], _index: usize) {}

fn narrow<N: TryFrom<W>, W: Copy + std::fmt::Display>(wide: W) -> Result<N, String> {
    N::try_from(wide).map_err(|_| format!("the kernel has no room for {wide}"))
}

impl Kernel {
    /// Compiles the workload; the reason where it is not the one that the kernel is made for.
    pub(crate) fn new(workload: &Workload) -> Result<Self, String> {
        let mut products = vec![Product::default(); workload.products.len()];
        for (product, &(category, cost)) in products.iter_mut().zip(&workload.products) {
            product.category = narrow(category)?;
            product.cost = narrow(cost)?;
        }
        let mut customers = Vec::with_capacity(workload.customers.len());
        for customer in &workload.customers {
            customers.push(Customer {
                cluster: narrow(customer.cluster)?,
                region: narrow(customer.region)?,
                contract: customer.contract.map_or(Ok(u16::MAX), narrow)?,
            });
        }
        let mut rows = Vec::with_capacity(workload.rows.len());
        let mut contracts = vec![(NONE, NONE); CONTRACTS * PLACES];
        let mut regional: Vec<_> = workload.rows.iter().filter(|row| row.list <= REGIONS).collect();
        regional.sort_by_key(|row| (row.product, row.list, row.from));
        let contractual = workload.rows.iter().filter(|row| row.list > REGIONS);
        let groups = regional.into_iter().chain(contractual).collect::<Vec<_>>();
        let mut later = Vec::new();
        for group in groups.chunk_by(|a, b| (a.list, a.product) == (b.list, b.product)) {
            let mut found = Vec::new();
            for row in group {
                let [a, b, c, d] = row.prices;
                found.push(Row {
                    prices: [narrow(a)?, narrow(b)?, narrow(c)?, narrow(d)?],
                    next: NONE,
                    from: narrow(row.from)?,
                    to: narrow(row.to)?,
                });
            }
            let (Some(key), [first, rest @ ..]) = (group.first(), found.as_slice()) else {
                continue;
            };
            let product = &mut products[key.product];
            if key.list == 0 {
                let last = rest.last().unwrap_or(first);
                if first.from > 0 || usize::try_from(last.to).is_ok_and(|to| to < DAYS) {
                    return Err("a base price does not cover the year".to_owned());
                }
                product.base = [first.prices, last.prices];
                product.change = last.from;
                product.rows = narrow(rows.len())?;
                continue;
            }
            if key.list <= REGIONS {
                product.regions |= 1 << (key.list - 1);
            } else {
                let table = &mut contracts[(key.list - REGIONS - 1) * PLACES..][..PLACES];
                let mut at = place(narrow(key.product)?);
                while table[at].0 != NONE {
                    at = (at + 1) % PLACES;
                }
                table[at] = (narrow(key.product)?, narrow(rows.len())?);
            }
            later.extend(rest.iter().map(|row| (rows.len(), *row)));
            rows.push(*first);
        }
        for (of, row) in later {
            rows[of].next = narrow(rows.len())?;
            rows.push(row);
        }
        let mut discounts = Vec::with_capacity(CLUSTERS * CATEGORIES);
        for &percent in workload.cluster_discounts.iter().flatten() {
            discounts.push(narrow(percent)?);
        }
        let mut floors = Vec::with_capacity(CATEGORIES);
        for &floor in &workload.floors {
            floors.push(narrow(floor)?);
        }
        let mut kernel = Self {
            products,
            customers,
            rows,
            contracts,
            discounts,
            floors,
            of_customer: vec![0; CATEGORIES * CLUSTERS * REGIONS],
            of_day: vec![0; CATEGORIES * DAYS],
            of_quantity: vec![0; CATEGORIES * 4],
            promotions: vec![(0, 0); CATEGORIES * 65],
        };
        kernel.promote(workload)?;
        Ok(kernel)
    }

    fn promote(&mut self, workload: &Workload) -> Result<(), String> {
        let mut best: Vec<_> = workload.promotions.iter().collect();
        best.sort_by_key(|promotion| (std::cmp::Reverse(promotion.percent), promotion.id));
        for category in 0..CATEGORIES {
            let in_question = best.iter().filter(|p| p.category.is_none_or(|c| c == category));
            for (bit, promotion) in in_question.enumerate() {
                if bit == 64 {
                    return Err(
                        "more promotions for a category than the kernel has bits".to_owned()
                    );
                }
                let mask = 1 << bit;
                self.promotions[category * 65 + bit] =
                    (narrow(promotion.id)?, narrow(promotion.percent)?);
                for cluster in (0..CLUSTERS).filter(|&k| promotion.cluster.is_none_or(|p| p == k)) {
                    for region in (0..REGIONS).filter(|&r| promotion.region.is_none_or(|p| p == r))
                    {
                        let at = (category * CLUSTERS + cluster) * REGIONS + region;
                        self.of_customer[at] |= mask;
                    }
                }
                let days = promotion.from.max(0)..promotion.to.min(DAYS as i32);
                for day in days {
                    self.of_day[category * DAYS + day as usize] |= mask;
                }
                for (class, least) in [1, 10, 50].into_iter().enumerate() {
                    if least >= promotion.quantity {
                        self.of_quantity[category * 4 + class] |= mask;
                    }
                }
            }
        }
        Ok(())
    }

    fn row_of_contract(&self, contract: u16, product: u32) -> u32 {
        if contract == u16::MAX {
            return NONE;
        }
        let start = usize::from(contract) * PLACES;
        let mut at = place(product);
        loop {
            let (key, row) = self.contracts[start + at];
            if key == product || key == NONE {
                return row;
            }
            at = (at + 1) % PLACES;
        }
    }

    fn row_of_region(product: &Product, region: u8) -> u32 {
        let bit = 1_u8 << region;
        if product.regions & bit == 0 {
            return NONE;
        }
        product.rows + (product.regions & (bit - 1)).count_ones()
    }

    fn price(&self, mut row: u32, day: i32, tier: usize) -> Option<u32> {
        while row != NONE {
            let found = &self.rows[row as usize];
            if i32::from(found.from) <= day && day < i32::from(found.to) {
                return Some(found.prices[tier]);
            }
            row = found.next;
        }
        None
    }

    /// Prices some lines.
    pub(crate) fn run(&self, lines: &Columns, range: std::ops::Range<usize>, answer: &mut Answer) {
        answer.resize(range.len());
        let mut of_contract = [NONE; BLOCK];
        let mut of_region = [NONE; BLOCK];
        let mut cost = [0_i32; BLOCK];
        let mut floor = [0_i32; BLOCK];
        let mut doubtful = [false; BLOCK];
        for start in range.clone().step_by(BLOCK) {
            let end = range.end.min(start + BLOCK);
            let count = end - start;
            let customer = &lines.customer[start..end][..count];
            let product = &lines.product[start..end][..count];
            let quantity = &lines.quantity[start..end][..count];
            let day = &lines.day[start..end][..count];
            let out = start - range.start..end - range.start;

            for (&customer, &product) in customer.iter().zip(product) {
                ask(&self.products, product as usize);
                let contract = self.customers[customer as usize].contract;
                if contract != u16::MAX {
                    ask(&self.contracts, usize::from(contract) * PLACES + place(product));
                }
            }
            for k in 0..count {
                let customer = self.customers[customer[k] as usize];
                of_contract[k] = self.row_of_contract(customer.contract, product[k]);
                of_region[k] =
                    Self::row_of_region(&self.products[product[k] as usize], customer.region);
                ask(&self.rows, of_contract[k] as usize);
                ask(&self.rows, of_region[k] as usize);
            }
            let list_price = &mut answer.list_price[out.clone()][..count];
            let list = &mut answer.list[out.clone()][..count];
            let cluster_percent = &mut answer.cluster_percent[out.clone()][..count];
            let promotion = &mut answer.promotion[out.clone()][..count];
            let promotion_percent = &mut answer.promotion_percent[out.clone()][..count];
            for k in 0..count {
                let customer = self.customers[customer[k] as usize];
                let product = &self.products[product[k] as usize];
                let category = usize::from(product.category);
                let (q, day) = (quantity[k], day[k]);
                let tier = usize::from(q >= 10) + usize::from(q >= 100) + usize::from(q >= 1_000);
                let (price, from) = match self.price(of_contract[k], day, tier) {
                    Some(price) => (price, customer.contract + 1 + REGIONS as u16),
                    None => match self.price(of_region[k], day, tier) {
                        Some(price) => (price, u16::from(customer.region) + 1),
                        None => {
                            let later = usize::from(day >= i32::from(product.change));
                            (product.base[later][tier], 0)
                        }
                    },
                };
                list_price[k] = price as i32;
                list[k] = from;
                cost[k] = product.cost as i32;
                floor[k] = self.floors[category].into();
                let (cluster, region) =
                    (usize::from(customer.cluster), usize::from(customer.region));
                cluster_percent[k] = self.discounts[cluster * CATEGORIES + category];
                let class = usize::from(q >= 10) + usize::from(q >= 50);
                let holding = self.of_customer[(category * CLUSTERS + cluster) * REGIONS + region]
                    & self.of_day[category * DAYS + day as usize]
                    & self.of_quantity[category * 4 + class];
                (promotion[k], promotion_percent[k]) =
                    self.promotions[category * 65 + holding.trailing_zeros() as usize];
            }
            let value_percent = &mut answer.value_percent[out.clone()][..count];
            let unit_price = &mut answer.unit_price[out.clone()][..count];
            let total = &mut answer.total[out.clone()][..count];
            let margin = &mut answer.margin[out.clone()][..count];
            let status = &mut answer.status[out][..count];
            let (cost, floor) = (&cost[..count], &floor[..count]);
            let doubtful = &mut doubtful[..count];
            let mut doubts = false;
            for k in 0..count {
                let value = i64::from(list_price[k]) * quantity[k];
                value_percent[k] = 100 * u16::from(value >= 10_000_000)
                    + 150 * u16::from(value >= 100_000_000)
                    + 150 * u16::from(value >= 500_000_000);
                let keep = |percent: u16| f64::from(10_000 - i32::from(percent));
                let kept =
                    keep(cluster_percent[k]) * keep(promotion_percent[k]) * keep(value_percent[k]);
                let (net, net_doubt) = half_even(f64::from(list_price[k]) * kept * 1e-14);
                unit_price[k] = net as i32;
                total[k] = i64::from(unit_price[k]) * quantity[k];
                let (net, cost) = (net * 100.0, f64::from(cost[k]));
                let (percent, percent_doubt) = half_even((net - cost) * 1e4 / net);
                margin[k] = percent as i32;
                status[k] = u8::from(margin[k] < floor[k]) + u8::from(margin[k] < floor[k] - 500);
                doubtful[k] = net_doubt | percent_doubt;
                doubts |= net_doubt | percent_doubt;
            }
            if doubts {
                for k in (0..count).filter(|&k| doubtful[k]) {
                    let keep = |percent: u16| 10_000 - i128::from(percent);
                    let kept = keep(cluster_percent[k])
                        * keep(promotion_percent[k])
                        * keep(value_percent[k]);
                    let net = exactly(i128::from(list_price[k]) * kept, 10_i128.pow(14));
                    unit_price[k] = net as i32;
                    total[k] = i64::from(unit_price[k]) * quantity[k];
                    let percent = exactly((net * 100 - i128::from(cost[k])) * 10_000, net * 100);
                    margin[k] = percent as i32;
                    status[k] =
                        u8::from(margin[k] < floor[k]) + u8::from(margin[k] < floor[k] - 500);
                }
            }
        }
    }
}

/// The nearest whole number, and whether another might be: the estimates here are below 2^21 and
/// off by less than 2^-30, and wholes are never asked about closer to a half than that without
/// being a half or in doubt.
#[inline(always)]
fn half_even(estimate: f64) -> (f64, bool) {
    // Adding this leaves no room for a fraction, and the processor rounds it away.
    const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;
    let whole = (estimate + WHOLE) - WHOLE;
    (whole, (estimate - whole).abs() > 0.5 - 1e-8)
}

fn exactly(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let up = match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    whole + i128::from(up)
}

impl Answer {
    fn resize(&mut self, count: usize) {
        self.list_price.resize(count, 0);
        self.list.resize(count, 0);
        self.cluster_percent.resize(count, 0);
        self.promotion.resize(count, 0);
        self.promotion_percent.resize(count, 0);
        self.value_percent.resize(count, 0);
        self.unit_price.resize(count, 0);
        self.total.resize(count, 0);
        self.margin.resize(count, 0);
        self.status.resize(count, 0);
    }

    /// The answers line by line.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = Outcome> + '_ {
        (0..self.list.len()).map(|k| Outcome {
            list_price: self.list_price[k].into(),
            list: self.list[k].into(),
            cluster_percent: self.cluster_percent[k].into(),
            promotion: self.promotion[k].into(),
            promotion_percent: self.promotion_percent[k].into(),
            value_percent: self.value_percent[k].into(),
            unit_price: self.unit_price[k].into(),
            total: self.total[k],
            margin: self.margin[k].into(),
            status: self.status[k].into(),
        })
    }
}
