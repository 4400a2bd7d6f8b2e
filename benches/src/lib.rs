//! The benchmark workload: a large price book and order lines, made from integers alone.
//!
//! 100,000 products, 2,000 customers in 12 clusters and 8 regions, 400,961 price rows of four
//! tiers in 209 lists, cluster discounts by category, value discounts, 200 promotions of which the
//! best applies, margin floors. Every number comes from a counter-based generator, so that the
//! same workload can be made in any language and in any order. [`Workload::book`] says it in the
//! ordinary format with ordinary rules; [`Workload::price`] prices a line by hand, in integers, and
//! is what the engine and its rivals are checked against. A [`Size`] makes it smaller or larger, to see
//! how cost grows.

mod adventureworks;
mod book;
mod generate;
mod price;
mod random;
mod tables;

pub use adventureworks::adventureworks;
pub use generate::{Customer, Line, Promotion, Row, Size, ValueStep, Workload};
pub use price::{Outcome, Sums};

/// How many products the workload has.
pub const PRODUCTS: usize = 100_000;
/// How many customers.
pub const CUSTOMERS: usize = 2_000;
/// How many discount clusters.
pub const CLUSTERS: usize = 12;
/// How many regions, each with a price list.
pub const REGIONS: usize = 8;
/// How many product categories.
pub const CATEGORIES: usize = 40;
/// How many contracts, each with a price list of its own.
pub const CONTRACTS: usize = 200;
/// How many products a contract names.
pub const CONTRACT_PRODUCTS: usize = 500;
/// How many promotions compete.
pub const PROMOTIONS: usize = 200;
