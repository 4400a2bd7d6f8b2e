//! Exact decimals: amounts, percentages, quantities, currencies, rounding, allocation.
//!
//! Nothing here uses a binary float, and nothing rounds unless a [`Rounding`] is named. The public
//! types wrap [`rust_decimal::Decimal`] without its operators: those panic on overflow and round
//! silently at 28 digits. Intermediate results live in a 128-bit exact decimal; a value that does
//! not fit it is an [`ArithmeticError`], never a wrap and never a rounded number.

mod allocation;
mod currency;
mod decimal;
mod exact;
mod fixed;
mod rounding;

pub use allocation::{Allocation, AllocationMethod, allocate};
pub use currency::{Currency, CurrencyError};
pub(crate) use decimal::parse_decimal;
pub use decimal::{Amount, DecimalError, ExchangeRate, Percent, Quantity};
pub use exact::{ArithmeticError, Exact};
pub(crate) use fixed::{Fixed, power_of_ten, ratio, rounded};
pub use rounding::{Increment, Rounding, RoundingMode};
