//! Where a number may lose digits, and how.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;

use super::{ArithmeticError, Exact};

/// What happens to a value between two multiples of the increment.
///
/// All modes are symmetric around zero: a credit note rounds like the invoice it mirrors.
///
/// ```
/// use listino_money::{Exact, Rounding, RoundingMode};
/// let half: Exact = "-2.5".parse()?;
/// let to_whole = |mode| half.round(Rounding::digits(0, mode)).map(|value| value.to_string());
/// assert_eq!(to_whole(RoundingMode::HalfUp)?, "-3");
/// assert_eq!(to_whole(RoundingMode::HalfEven)?, "-2");
/// assert_eq!(to_whole(RoundingMode::Up)?, "-3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// To the nearest; a half goes away from zero (2.5 becomes 3, -2.5 becomes -3).
    #[default]
    HalfUp,
    /// To the nearest; a half goes to the even neighbour (2.5 becomes 2, 3.5 becomes 4).
    HalfEven,
    /// To the nearest; a half goes towards zero (2.5 becomes 2, -2.5 becomes -2).
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl RoundingMode {
    /// Whether a truncated quotient must move one away from zero; `half` compares what was cut off
    /// with one half, and something was cut off.
    pub(super) fn away(self, half: Ordering, odd: bool) -> bool {
        match self {
            Self::Up => true,
            Self::Down => false,
            Self::HalfUp => half != Ordering::Less,
            Self::HalfDown => half == Ordering::Greater,
            Self::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && odd),
        }
    }

    /// What a division by a number must leave at least, so that its quotient moves one away from zero;
    /// never more than the number.
    #[inline(always)]
    pub(super) const fn least(self, divisor: u64, odd: bool) -> u64 {
        match self {
            Self::Up => 1,
            Self::Down => divisor,
            _ => {
                // Whether a half moves: no branch, for whether a number is odd is nothing that a
                // processor can guess. A bit for each of the first three modes, in their order.
                let moves = (1 | (odd as u64) << 1) >> (self as u8 & 3) & 1;
                divisor.wrapping_sub(moves) / 2 + 1
            }
        }
    }
}

/// The step a rounded value is a multiple of: `0.01` for cents, `0.05` for Swiss cash, `1` for yen.
///
/// ```
/// use listino_money::Increment;
/// assert_eq!(Increment::new("0.05".parse()?).unwrap().exact().to_string(), "0.05");
/// assert_eq!(Increment::digits(2).exact().to_string(), "0.01");
/// assert_eq!(Increment::new("0".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Increment(Exact);

impl Serialize for Increment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Increment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Exact::deserialize(deserializer)?;
        Self::new(value).ok_or_else(|| de::Error::custom("an increment is greater than zero"))
    }
}

impl Increment {
    /// An increment of any positive decimal.
    ///
    /// Returns `None` when the value is zero or negative.
    pub fn new(value: Exact) -> Option<Self> {
        value.is_positive().then(|| Self(value.reduced()))
    }

    /// The increment `10^-digits`; digits beyond 28 count as 28.
    #[must_use]
    pub fn digits(digits: u32) -> Self {
        Self(Exact::new(1, digits.min(28)).unwrap_or(Exact::ONE))
    }

    /// The increment as a number.
    pub const fn exact(self) -> Exact {
        self.0
    }
}

/// One act of rounding: an increment and a mode.
///
/// ```
/// use listino_money::{Increment, Rounding, RoundingMode};
/// let cash = Rounding::new(Increment::new("0.05".parse()?).unwrap(), RoundingMode::HalfUp);
/// assert_eq!(cash.apply("12.38".parse()?)?.to_string(), "12.4");
/// let cents = Rounding::digits(2, RoundingMode::Down);
/// assert_eq!(cents.increment(), Increment::digits(2));
/// assert_eq!(cents.mode(), RoundingMode::Down);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounding {
    increment: Increment,
    mode: RoundingMode,
}

impl Rounding {
    /// Rounding to multiples of `increment`.
    #[must_use]
    pub const fn new(increment: Increment, mode: RoundingMode) -> Self {
        Self { increment, mode }
    }

    /// Rounding to a number of decimals.
    #[must_use]
    pub fn digits(digits: u32, mode: RoundingMode) -> Self {
        Self::new(Increment::digits(digits), mode)
    }

    /// The step.
    pub const fn increment(self) -> Increment {
        self.increment
    }

    /// The mode.
    pub const fn mode(self) -> RoundingMode {
        self.mode
    }

    /// Rounds a value.
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the result does not fit 38 digits.
    pub fn apply(self, value: Exact) -> Result<Exact, ArithmeticError> {
        value.round(self)
    }
}
