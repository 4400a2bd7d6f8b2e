//! Decimals as people and machines exchange them: canonical strings, one type per meaning.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::exact::without_zeros;
use super::{ArithmeticError, Exact};

/// Why a text is not a decimal.
///
/// ```
/// use listino_money::{Amount, DecimalError};
/// assert_eq!("1e3".parse::<Amount>(), Err(DecimalError::Syntax("1e3".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// The text is not digits with at most one point and an optional leading minus.
    #[error("`{0}` is not a decimal number")]
    Syntax(String),
    /// The text is a decimal, with more digits than the engine keeps.
    #[error("`{0}` has more than 28 digits")]
    TooManyDigits(String),
    /// The sign is not allowed for this kind of number.
    #[error("`{0}` must not be negative")]
    Negative(String),
    /// The value must be larger than zero.
    #[error("`{0}` must be greater than zero")]
    NotPositive(String),
}

/// At most this much of a refused text is repeated in a message.
const ECHO: usize = 40;

pub(crate) fn echo(text: &str) -> String {
    if text.chars().count() <= ECHO {
        return text.to_owned();
    }
    let head: String = text.chars().take(ECHO).collect();
    format!("{head}…")
}

/// Reads the one decimal syntax: `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, at most 28 digits.
///
/// ```
/// use listino_money::parse_decimal;
/// assert_eq!(parse_decimal("12.50")?.to_string(), "12.5");
/// assert!(parse_decimal("1,50").is_err());
/// # Ok::<(), listino_money::DecimalError>(())
/// ```
///
/// # Errors
/// [`DecimalError`] when the text is no decimal, or one with more digits.
pub fn parse_decimal(text: &str) -> Result<Decimal, DecimalError> {
    if let Some(short) = parse_short(text.as_bytes()) {
        return Ok(short);
    }
    let syntax = || DecimalError::Syntax(echo(text));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || fraction.is_some_and(|f| !digits(f)) {
        return Err(syntax());
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(syntax());
    }
    let written = whole.len() + fraction.map_or(0, str::len);
    let leading = if whole == "0" { 1 } else { 0 };
    let short = Some(text).filter(|_| written - leading <= 28);
    let decimal = short.and_then(|text| Decimal::from_str_exact(text).ok());
    decimal.map(canonical).ok_or_else(|| DecimalError::TooManyDigits(echo(text)))
}

/// A decimal of at most 19 characters beside its sign, which is nearly every one, read in one pass; `None`
/// leaves it to the long way to read it or to say what is wrong.
fn parse_short(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    // So many digits are a mantissa of 64 bits.
    if digits.len() > 19 || matches!(digits, [] | [b'.', ..] | [b'0', b'0'..=b'9', ..] | [.., b'.'])
    {
        return None;
    }
    let (mut mantissa, mut scale, mut point) = (0_u64, 0, 0);
    for byte in digits {
        match byte {
            // So few digits fit, and nobody need ask after each.
            b'0'..=b'9' => {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            }
            b'.' if point == 0 => {
                point = 1;
                continue;
            }
            _ => return None,
        }
        scale += point;
    }
    // Nearly every one is written without zeros at its end.
    let (mantissa, scale) = match digits {
        [.., b'0'] if scale > 0 => without_zeros(mantissa, scale),
        _ => (mantissa, scale),
    };
    Some(decimal_of(mantissa, negative && mantissa != 0, scale))
}

/// The one form of a value: no zeros at its end, and no sign of zero.
fn canonical(value: Decimal) -> Decimal {
    if value.is_zero() { Decimal::ZERO } else { value.normalize() }
}

/// Writes a decimal as a string; a mantissa of 64 bits, which is nearly every one, goes through a
/// small buffer instead of the formatting machinery.
fn serialize<S: Serializer>(value: Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let Ok(mantissa) = u64::try_from(value.mantissa().unsigned_abs()) else {
        return serializer.collect_str(&value);
    };
    let mut buffer = [b'0'; 64];
    let mut at = buffer.len();
    // From the last character to the first.
    let mut put = |byte| {
        at -= 1;
        buffer.get_mut(at).into_iter().for_each(|slot| *slot = byte);
    };
    let mut rest = mantissa;
    let mut digit = || {
        let last = u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        (b'0' + last, rest > 0)
    };
    for _ in 0..value.scale() {
        put(digit().0);
    }
    if value.scale() > 0 {
        put(b'.');
    }
    loop {
        let (byte, more) = digit();
        put(byte);
        if !more {
            break;
        }
    }
    let negative = value.is_sign_negative() && mantissa != 0;
    if negative {
        put(b'-');
    }
    let text = std::str::from_utf8(buffer.get(at..).unwrap_or_default());
    serializer.serialize_str(text.map_err(ser::Error::custom)?)
}

macro_rules! decimal_type {
    ($(#[$doc:meta])* $name:ident, $schema:literal, |$value:ident, $text:ident| $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Decimal);

        impl $name {
            /// The value as a decimal.
            pub const fn decimal(self) -> Decimal {
                self.0
            }

            /// The value for computing.
            pub fn exact(self) -> Exact {
                Exact::from(self.0)
            }

            /// Whether this kind of number may have a value.
            fn allowed($value: Decimal) -> Result<(), DecimalError> {
                let $text = || $value.to_string();
                let _ = &$text;
                $check
            }
        }

        impl TryFrom<Decimal> for $name {
            type Error = DecimalError;

            fn try_from(value: Decimal) -> Result<Self, DecimalError> {
                Self::allowed(value)?;
                Ok(Self(canonical(value)))
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;

            fn from_str(text: &str) -> Result<Self, DecimalError> {
                let value = parse_decimal(text)?;
                Self::allowed(value)?;
                Ok(Self(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(DecimalVisitor::<$name>(std::marker::PhantomData))
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
                    "description": $schema
                })
            }
        }
    };
}

struct DecimalVisitor<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = DecimalError>> de::Visitor<'_> for DecimalVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal written as a string, such as \"12.50\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

decimal_type! {
    /// A sum of money in a currency that the context names (a document has one currency).
    ///
    /// Any sign; at most 28 digits. Written as a string, canonical without trailing zeros.
    ///
    /// ```
    /// use listino_money::Amount;
    /// let price: Amount = "12.50".parse()?;
    /// assert_eq!(price.to_string(), "12.5");
    /// assert_eq!(price.decimal().to_string(), "12.5");
    /// // Computing is exact, and says when a result does not fit.
    /// let three = price.exact().multiply("3".parse()?)?;
    /// assert_eq!(Amount::from_exact(three)?.to_string(), "37.5");
    /// assert!("1e3".parse::<Amount>().is_err());
    /// assert!("+1".parse::<Amount>().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Amount, "an amount of money as a decimal string, at most 28 digits", |value, _text| Ok::<(), DecimalError>(())
}

decimal_type! {
    /// A percentage as people write it: `40` means 40 %.
    ///
    /// Any sign; a discount of `-5` percent is a surcharge of 5 %.
    ///
    /// ```
    /// use listino_money::Percent;
    /// let discount: Percent = "2.50".parse()?;
    /// assert_eq!(discount.decimal().to_string(), "2.5");
    /// let share = discount.exact().percent()?;
    /// assert_eq!(share.to_string(), "0.025");
    /// assert_eq!(Percent::from_exact("40".parse()?)?, 40.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Percent, "a percentage as a decimal string: 40 means 40 %", |value, _text| Ok::<(), DecimalError>(())
}

decimal_type! {
    /// A quantity in a unit that the context names. Negative quantities are returns.
    ///
    /// ```
    /// use listino_money::Quantity;
    /// let quantity: Quantity = "12".parse()?;
    /// assert_eq!(quantity.decimal().to_string(), "12");
    /// let back = quantity.exact().negate();
    /// assert_eq!(Quantity::from_exact(back)?.to_string(), "-12");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Quantity, "a quantity as a decimal string", |value, _text| Ok::<(), DecimalError>(())
}

decimal_type! {
    /// How many units of one currency one unit of another buys; greater than zero.
    ///
    /// ```
    /// use listino_money::ExchangeRate;
    /// let rate: ExchangeRate = "1.0842".parse()?;
    /// assert_eq!(rate.decimal().to_string(), "1.0842");
    /// assert_eq!(rate.exact().multiply("100".parse()?)?.to_string(), "108.42");
    /// assert!("0".parse::<ExchangeRate>().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ExchangeRate, "an exchange rate as a decimal string, greater than zero", |value, text| {
        if value.is_sign_negative() || value.is_zero() {
            Err(DecimalError::NotPositive(text()))
        } else {
            Ok(())
        }
    }
}

/// Built where it is stored: a decimal that is copied right after it was written stalls the
/// processor.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a number is cut into its two halves")]
pub(super) const fn decimal_of(size: u64, negative: bool, scale: u32) -> Decimal {
    Decimal::from_parts(size as u32, (size >> 32) as u32, 0, negative, scale)
}

/// The first mantissa that has more than 28 digits.
const MANTISSAS: u128 = 10_u128.pow(28);

/// A decimal of at most 28 digits.
#[inline(always)]
fn result(value: Exact) -> Result<Decimal, ArithmeticError> {
    if let Some((size, scale)) = value.small() {
        return Ok(decimal_of(size, value.is_negative(), scale));
    }
    let decimal = value.reduced().to_decimal()?;
    // A decimal holds a little more than 28 digits, and no reader would take it back.
    if decimal.mantissa().unsigned_abs() >= MANTISSAS {
        return Err(ArithmeticError::Precision);
    }
    Ok(decimal)
}

impl Exact {
    /// Whether a result, which is an [`Amount`], a [`Percent`] or a [`Quantity`], can hold the number.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert!("9999999999999999999999999999".parse::<Exact>()?.is_result());
    /// assert!(!Exact::new(10_i128.pow(28), 0)?.is_result());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn is_result(self) -> bool {
        // No number of 64 bits has as many digits.
        (self.parts().1 <= Decimal::MAX_SCALE && i64::try_from(self.parts().0).is_ok())
            || result(self).is_ok()
    }
}

macro_rules! from_exact {
    ($($name:ident),*) => {$(
        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(Decimal::ZERO);

            /// The value of an exact number.
            ///
            /// # Errors
            /// [`ArithmeticError::Precision`] when it needs more than 28 digits.
            #[inline(always)]
            pub fn from_exact(value: Exact) -> Result<Self, ArithmeticError> {
                result(value).map(Self)
            }
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self {
                Self(Decimal::from(value))
            }
        }
    )*};
}

from_exact!(Amount, Percent, Quantity);

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(mantissa: i128, scale: u32) -> Exact {
        Exact::new(mantissa, scale).unwrap()
    }

    #[test]
    fn a_result_fits_or_says_so() {
        type Fits = fn(Exact) -> Result<String, ArithmeticError>;
        let amount = |number| Amount::from_exact(number).map(|found| found.to_string());
        let percent = |number| Percent::from_exact(number).map(|found| found.to_string());
        let quantity = |number| Quantity::from_exact(number).map(|found| found.to_string());
        for fits in [amount as Fits, percent, quantity] {
            let most = exact(10_i128.pow(28) - 1, 0);
            assert_eq!(fits(most).unwrap(), "9999999999999999999999999999");
            assert_eq!(fits(exact(10_i128.pow(28), 0)), Err(ArithmeticError::Precision));
            assert_eq!(fits(exact(10_i128.pow(28), 1)).unwrap(), "1000000000000000000000000000");
            assert_eq!(fits(exact(-(10_i128.pow(28)), 0)), Err(ArithmeticError::Precision));
            assert_eq!(fits(exact(5, 28)).unwrap(), "0.0000000000000000000000000005");
            assert_eq!(fits(exact(5, 29)), Err(ArithmeticError::Precision));
            assert_eq!(fits(exact(50, 29)).unwrap(), "0.0000000000000000000000000005");
            assert_eq!(fits(exact(0, 38)).unwrap(), "0");
            assert_eq!(fits(exact(-1250, 2)).unwrap(), "-12.5");
        }
        assert_eq!(Amount::from_exact(exact(0, 38)).unwrap().decimal().scale(), 0);
        for (mantissa, scale) in
            [(1, 0), (10_i128.pow(28) - 1, 0), (10_i128.pow(28), 0), (5, 29), (50, 29)]
        {
            let number = exact(mantissa, scale);
            assert_eq!(number.is_result(), Amount::from_exact(number).is_ok(), "{number}");
        }
    }
}
