//! Exact rationals, the numbers of the oracle: read from the text of the wire types and written
//! back as text, so that none of the engine's arithmetic is involved.

use std::str::FromStr;

use listino_core::money::RoundingMode;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

/// An exact number.
pub(crate) type R = BigRational;

/// The number zero.
pub(crate) fn zero() -> R {
    R::zero()
}

/// The number one.
pub(crate) fn one() -> R {
    R::one()
}

/// A whole number.
pub(crate) fn whole(value: i64) -> R {
    R::from_integer(BigInt::from(value))
}

/// A fraction of two whole numbers.
pub(crate) fn ratio(numerator: i64, denominator: i64) -> R {
    R::new(BigInt::from(numerator), BigInt::from(denominator))
}

/// The number a decimal or a fraction of decimals says (`12.5`, `1/3`).
pub(crate) fn read(value: impl std::fmt::Display) -> R {
    let text = value.to_string();
    match text.split_once('/') {
        Some((a, b)) => decimal(a.trim()) / decimal(b.trim()),
        None => decimal(&text),
    }
}

fn decimal(text: &str) -> R {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = BigInt::from_str(&format!("{whole}{fraction}"))
        .expect("the wire types only print decimals");
    R::new(digits, power_of_ten(u32::try_from(fraction.len()).expect("short")))
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// `10^-digits`.
pub(crate) fn coin(digits: u32) -> R {
    R::new(BigInt::one(), power_of_ten(digits))
}

/// A number of percent as a factor.
pub(crate) fn hundredth(percent: &R) -> R {
    percent / whole(100)
}

/// The decimal text of a number, or nothing where it has no end.
pub(crate) fn text(value: &R) -> Option<String> {
    let mut digits = 0;
    let mut scaled = value.clone();
    while !scaled.is_integer() {
        digits += 1;
        if digits > 40 {
            return None;
        }
        scaled *= whole(10);
    }
    let sign = if value.is_negative() { "-" } else { "" };
    let plain = scaled.to_integer().abs().to_string();
    if digits == 0 {
        return Some(format!("{sign}{plain}"));
    }
    let padded = format!("{plain:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    Some(format!("{sign}{whole}.{fraction}"))
}

/// Whether a number can be written as a decimal.
pub(crate) fn is_finite(value: &R) -> bool {
    text(value).is_some()
}

/// The number as a wire type, or nothing where it does not fit 28 digits.
pub(crate) fn write<T: FromStr>(value: &R) -> Option<T> {
    text(value)?.parse().ok()
}

/// The multiple of `increment` that `mode` chooses; symmetric around zero.
pub(crate) fn round(value: &R, increment: &R, mode: RoundingMode) -> R {
    let magnitude = value.abs() / increment;
    let below = magnitude.floor();
    let rest = &magnitude - &below;
    let half = ratio(1, 2);
    let up = match mode {
        RoundingMode::Up => !rest.is_zero(),
        RoundingMode::Down => false,
        RoundingMode::HalfUp => rest >= half,
        RoundingMode::HalfDown => rest > half,
        RoundingMode::HalfEven => rest > half || (rest == half && below.to_integer().is_odd()),
    };
    let count = if up { below + one() } else { below };
    let size = count * increment;
    if value.is_negative() { -size } else { size }
}

/// The smallest number that both are whole multiples of times.
pub(crate) fn common_multiple(a: &R, b: &R) -> R {
    let denominator = a.denom().lcm(b.denom());
    let left = a.numer() * (&denominator / a.denom());
    let right = b.numer() * (&denominator / b.denom());
    R::new(left.lcm(&right), denominator)
}

/// Whether the value is a whole multiple of the step.
pub(crate) fn is_multiple(value: &R, step: &R) -> bool {
    (value / step).is_integer()
}

/// The value without its sign.
pub(crate) fn magnitude(value: &R) -> R {
    value.abs()
}
