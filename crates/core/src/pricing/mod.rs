//! One line, in the order of the price: list price, scale, discounts, rounding, margin.

mod custom;
mod discounts;
mod line;
mod list_price;
mod plain;
mod plan;
mod trace;

pub(crate) use custom::Facts;
pub(crate) use discounts::{
    Discounted, Scratch, below_first, conditions, discounts, needs_terms, outside, reached,
    round_line, scope_verdict, terms, value_bounds,
};
pub(crate) use line::{Line, ShareOf, periods};
pub(crate) use list_price::{Found, first_tier_value, is_share, list_price, row_number, waits};
pub(crate) use plain::{Earned, PlainHead, PlainLine, PlainPrice, PlainTiers};
pub(crate) use plan::{Buyer, Mix, MixTotals, Plan, facts};
pub(crate) use trace::{Recorder, RuleRef, Silent, StepNote, Trace};

use crate::money::ArithmeticError;
use crate::quote::Refusal;

/// What pricing computes, or why it cannot. The refusal is boxed: it is rare, and large, and would
/// be carried through every return otherwise.
pub(crate) type Computed<T> = Result<T, Box<Refusal>>;

/// Turns a number that cannot be held into the refusal that names the place.
pub(crate) trait At<T> {
    fn at(self, place: &str) -> Computed<T>;
}

impl<T> At<T> for Result<T, ArithmeticError> {
    fn at(self, place: &str) -> Computed<T> {
        self.map_err(|_| Box::new(Refusal::Precision { at: place.to_owned() }))
    }
}
