//! Units of measure and their rational conversion.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::money::{ArithmeticError, Exact, parse_decimal};

/// How many base units one unit holds: `12`, `0.5` or `1/3`; always greater than zero.
///
/// ```
/// use listino_core::units::Factor;
/// let dozen: Factor = "12".parse()?;
/// let third: Factor = "1/3".parse()?;
/// assert_eq!(dozen.to_base("2".parse()?)?.to_string(), "24");
/// assert_eq!(third.from_base("5".parse()?)?.to_string(), "15");
/// assert!("0".parse::<Factor>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    numerator: Exact,
    denominator: Exact,
}

/// A text that is not a factor.
///
/// ```
/// use listino_core::units::{Factor, FactorError};
/// let error: FactorError = "a dozen".parse::<Factor>().unwrap_err();
/// assert!(error.to_string().starts_with("`a dozen` is not a conversion factor"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a conversion factor: write a positive decimal such as `12` or a fraction such as `1/3`"
)]
pub struct FactorError(String);

impl Factor {
    /// The factor of a base unit.
    pub const ONE: Self = Self { numerator: Exact::ONE, denominator: Exact::ONE };

    /// Whether the unit equals its base unit.
    ///
    /// ```
    /// use listino_core::units::Factor;
    /// assert!(Factor::ONE.is_one() && "3/3".parse::<Factor>()?.is_one());
    /// assert!(!"12".parse::<Factor>()?.is_one());
    /// # Ok::<(), listino_core::units::FactorError>(())
    /// ```
    pub fn is_one(self) -> bool {
        self.numerator == self.denominator
    }

    /// A quantity in this unit as a quantity in the base unit.
    ///
    /// ```
    /// use listino_core::units::Factor;
    /// let box_of_four: Factor = "4".parse()?;
    /// assert_eq!(box_of_four.to_base("2.5".parse()?)?.to_string(), "10");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the result has no exact decimal.
    pub fn to_base(self, quantity: Exact) -> Result<Exact, ArithmeticError> {
        if self.is_one() {
            return Ok(quantity);
        }
        quantity.multiply(self.numerator)?.divide_exact(self.denominator)
    }

    /// What a quantity is multiplied with and divided by to be one in the base unit: where that has no
    /// decimal, both sides of a comparison can be held with it.
    pub(crate) const fn parts(self) -> (Exact, Exact) {
        (self.numerator, self.denominator)
    }

    /// A quantity in the base unit as a quantity in this unit.
    ///
    /// ```
    /// use listino_core::units::Factor;
    /// let dozen: Factor = "12".parse()?;
    /// assert_eq!(dozen.from_base("30".parse()?)?.to_string(), "2.5");
    /// // A tenth of a dozen is no whole piece, and a third of ten has no decimal at all.
    /// assert!("3".parse::<Factor>()?.from_base("10".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the result has no exact decimal.
    pub fn from_base(self, quantity: Exact) -> Result<Exact, ArithmeticError> {
        if self.is_one() {
            return Ok(quantity);
        }
        quantity.multiply(self.denominator)?.divide_exact(self.numerator)
    }
}

impl FromStr for Factor {
    type Err = FactorError;

    fn from_str(text: &str) -> Result<Self, FactorError> {
        let error = || FactorError(text.chars().take(40).collect());
        let part = |text: &str| {
            parse_decimal(text).ok().map(Exact::from).filter(|v| v.is_positive()).ok_or_else(error)
        };
        let (numerator, denominator) = match text.split_once('/') {
            Some((a, b)) => (part(a.trim())?, part(b.trim())?),
            None => (part(text)?, Exact::ONE),
        };
        Ok(Self { numerator, denominator })
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == Exact::ONE {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Factor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a conversion factor such as \"12\" or \"1/3\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Factor, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Factor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Factor".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(\s*/\s*[0-9]+(\.[0-9]+)?)?$",
            "description": "how many base units one unit holds: a positive decimal or a fraction"
        })
    }
}
