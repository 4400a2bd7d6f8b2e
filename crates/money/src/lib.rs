//! Exact decimals: amounts, percentages, quantities, currencies, rounding, allocation.
//!
//! Nothing here uses a binary float, and nothing rounds unless a [`Rounding`] is named. The public
//! types wrap [`rust_decimal::Decimal`] without its operators: those panic on overflow and round
//! silently at 28 digits. Intermediate results live in a 128-bit exact decimal; a value that does
//! not fit it is an [`ArithmeticError`], never a wrap and never a rounded number.
//!
//! `listino_core::money` is this crate: it stands alone so that all of it can be attacked alone.

mod allocation;
mod currency;
mod decimal;
mod exact;
pub mod fixed;
mod rounding;

pub use allocation::{Allocation, AllocationMethod, allocate};
pub use currency::{Currency, CurrencyError};
pub use decimal::{Amount, DecimalError, ExchangeRate, Percent, Quantity, parse_decimal};
pub use exact::{ArithmeticError, Exact};
pub use fixed::Fixed;
pub use rounding::{Increment, Rounding, RoundingMode};
