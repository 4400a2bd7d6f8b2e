//! A second implementation of `docs/PRICING.md`, written from the text and not from the engine:
//! slow, by plain loops over all rows, in big rationals, without an index or a cache. What it is
//! good for is to disagree with the engine.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test tool: a defect of it shall stop the test, and plain indices keep it obvious"
)]

mod answer;
mod arithmetic;
mod compare;
mod custom;
mod discount;
mod document;
mod free;
mod generate;
mod kinds;
mod lists;
mod number;
mod price;
mod prove;
mod scope;
mod shrink;
mod world;

pub use arithmetic::arithmetic;
pub use compare::{Difference, class, compare};
pub use generate::{Case, Switches, generate, generate_some};
pub use kinds::{ALL_KINDS, kinds};
pub use price::{Outcome, price};
pub use prove::{Found, Summary, Task, differences, prove};
pub use shrink::{corpus_case, found, read_case, shrink, smallest};
