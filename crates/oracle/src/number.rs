//! Exact rationals, the numbers of the oracle: read from the text of the wire types and written
//! back as text, so that none of the engine's arithmetic is involved.
//!
//! A number is a fraction of two 128-bit integers as long as it fits, and a fraction of big ones
//! where it does not: the same numbers, only faster most of the time.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use listino_core::money::{Exact, RoundingMode};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};

/// An exact number, always in lowest terms, and small whenever it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum R {
    /// A fraction; the denominator is positive.
    Small(i128, i128),
    /// A fraction that needs more than 128 bits.
    Big(Box<BigRational>),
}

impl R {
    fn new(numerator: i128, denominator: i128) -> Self {
        if denominator == 1 {
            return Self::Small(numerator, 1);
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        // Nothing divides by more than the number itself, so only the smallest number of all needs care.
        match i128::try_from(common) {
            Ok(common) if denominator > 0 => Self::Small(numerator / common, denominator / common),
            _ => Self::shrunk(BigRational::new(numerator.into(), denominator.into())),
        }
    }

    fn big(&self) -> BigRational {
        match self {
            Self::Small(n, d) => BigRational::new_raw((*n).into(), (*d).into()),
            Self::Big(big) => (**big).clone(),
        }
    }

    fn shrunk(big: BigRational) -> Self {
        match (big.numer().to_i128(), big.denom().to_i128()) {
            (Some(n), Some(d)) => Self::Small(n, d),
            _ => Self::Big(Box::new(big)),
        }
    }

    pub(crate) fn is_integer(&self) -> bool {
        match self {
            Self::Small(_, d) => *d == 1,
            Self::Big(big) => big.is_integer(),
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        matches!(self, Self::Small(0, _))
    }

    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Small(n, _) => *n < 0,
            Self::Big(big) => big.is_negative(),
        }
    }

    pub(crate) fn floor(&self) -> Self {
        match self {
            Self::Small(n, d) => Self::Small(n.div_euclid(*d), 1),
            Self::Big(big) => Self::shrunk(big.floor()),
        }
    }

    pub(crate) fn ceil(&self) -> Self {
        -(-self).floor()
    }

    /// Whether a whole number is odd.
    fn is_odd(&self) -> bool {
        match self {
            Self::Small(n, _) => n % 2 != 0,
            Self::Big(big) => big.to_integer().is_odd(),
        }
    }
}

/// The greatest common divisor; of small numbers most of the time, where dividing is cheap.
fn gcd(mut a: u128, mut b: u128) -> u128 {
    loop {
        if let (Ok(a), Ok(b)) = (u64::try_from(a), u64::try_from(b)) {
            return u128::from(a.gcd(&b));
        }
        if b == 0 {
            return a;
        }
        (a, b) = (b, a % b);
    }
}

fn add(a: &R, b: &R) -> R {
    if let (R::Small(n, d), R::Small(m, e)) = (a, b) {
        let sum = if d == e {
            n.checked_add(*m).map(|sum| (sum, *d))
        } else {
            let left = n.checked_mul(*e);
            let right = m.checked_mul(*d);
            let sum = left.zip(right).and_then(|(left, right)| left.checked_add(right));
            sum.zip(d.checked_mul(*e))
        };
        if let Some((sum, denominator)) = sum {
            return R::new(sum, denominator);
        }
    }
    R::shrunk(a.big() + b.big())
}

fn multiply(a: &R, b: &R) -> R {
    if let (R::Small(n, d), R::Small(m, e)) = (a, b)
        && let (Some(numerator), Some(denominator)) = (n.checked_mul(*m), d.checked_mul(*e))
    {
        return R::new(numerator, denominator);
    }
    R::shrunk(a.big() * b.big())
}

fn divide(a: &R, b: &R) -> R {
    if let R::Small(n, d) = b
        && let (Some(n), Some(d)) = (n.checked_mul(n.signum()), d.checked_mul(n.signum()))
        && n != 0
    {
        return multiply(a, &R::Small(d, n));
    }
    R::shrunk(a.big() / b.big())
}

impl Neg for &R {
    type Output = R;
    fn neg(self) -> R {
        match self {
            R::Small(n, d) => match n.checked_neg() {
                Some(n) => R::Small(n, *d),
                None => R::shrunk(-self.big()),
            },
            R::Big(big) => R::shrunk(-&**big),
        }
    }
}

impl Neg for R {
    type Output = Self;
    fn neg(self) -> Self {
        -&self
    }
}

impl PartialOrd for R {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for R {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Self::Small(n, d), Self::Small(m, e)) = (self, other) {
            if d == e {
                return n.cmp(m);
            }
            if let (Some(left), Some(right)) = (n.checked_mul(*e), m.checked_mul(*d)) {
                return left.cmp(&right);
            }
        }
        self.big().cmp(&other.big())
    }
}

/// An operator over values and references alike.
macro_rules! operator {
    ($trait:ident, $method:ident, $by:expr) => {
        impl $trait<&R> for &R {
            type Output = R;
            fn $method(self, other: &R) -> R {
                $by(self, other)
            }
        }
        impl $trait<R> for &R {
            type Output = R;
            fn $method(self, other: R) -> R {
                $by(self, &other)
            }
        }
        impl $trait<&R> for R {
            type Output = R;
            fn $method(self, other: &R) -> R {
                $by(&self, other)
            }
        }
        impl $trait<R> for R {
            type Output = R;
            fn $method(self, other: R) -> R {
                $by(&self, &other)
            }
        }
    };
}

operator!(Add, add, add);
operator!(Sub, sub, |a: &R, b: &R| add(a, &-b));
operator!(Mul, mul, multiply);
operator!(Div, div, divide);

/// The same in place.
macro_rules! in_place {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl $trait<&R> for R {
            fn $method(&mut self, other: &R) {
                *self = &*self $operator other;
            }
        }
        impl $trait<R> for R {
            fn $method(&mut self, other: R) {
                *self = &*self $operator &other;
            }
        }
    };
}

in_place!(AddAssign, add_assign, +);
in_place!(SubAssign, sub_assign, -);
in_place!(MulAssign, mul_assign, *);

/// The number zero.
pub(crate) fn zero() -> R {
    R::Small(0, 1)
}

/// The number one.
pub(crate) fn one() -> R {
    R::Small(1, 1)
}

/// A whole number.
pub(crate) fn whole(value: i64) -> R {
    R::Small(value.into(), 1)
}

/// A fraction of two whole numbers.
pub(crate) fn ratio(numerator: i64, denominator: i64) -> R {
    R::new(numerator.into(), denominator.into())
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
    let digits = i128::from_str(&format!("{whole}{fraction}"))
        .expect("the wire types only print decimals of at most 28 digits");
    R::new(digits, power_of_ten(u32::try_from(fraction.len()).expect("short")))
}

fn power_of_ten(exponent: u32) -> i128 {
    10_i128.checked_pow(exponent).expect("no decimal here is longer than 38 digits")
}

/// `10^-digits`.
pub(crate) fn coin(digits: u32) -> R {
    R::Small(1, power_of_ten(digits))
}

/// A whole number of `10^-digits`.
pub(crate) fn scaled(mantissa: i128, digits: u32) -> R {
    R::new(mantissa, power_of_ten(digits))
}

/// Whether a number has at most 38 digits and 38 decimals.
pub(crate) fn fits(value: &R) -> bool {
    decimals(value).is_some_and(|(mantissa, digits)| {
        digits <= 38 && mantissa.magnitude() < BigInt::from(10).pow(38).magnitude()
    })
}

/// A number of percent as a factor.
pub(crate) fn hundredth(percent: &R) -> R {
    percent / whole(100)
}

/// A number as a whole one and how many decimals of it there are, or nothing where they do not end
/// or are very many.
fn decimals(value: &R) -> Option<(BigInt, usize)> {
    // A denominator ends in decimals where it has no other prime than those of ten.
    match value {
        R::Small(n, d) => {
            let twos = d.trailing_zeros();
            let (mut rest, mut fives) = (d >> twos, 0);
            while rest % 5 == 0 {
                rest /= 5;
                fives += 1;
            }
            let digits = twos.max(fives);
            if rest != 1 || digits > 40 {
                return None;
            }
            let missing =
                2_i128.checked_pow(digits - twos)?.checked_mul(5_i128.checked_pow(digits - fives)?);
            let scaled = missing.and_then(|missing| n.checked_mul(missing));
            let scaled = scaled.map_or_else(|| BigInt::from(10).pow(digits) * n / d, BigInt::from);
            Some((scaled, digits as usize))
        }
        R::Big(big) => (0..=40).find_map(|digits| {
            let scaled = &**big * BigInt::from(10).pow(digits);
            scaled.is_integer().then(|| (scaled.to_integer(), digits as usize))
        }),
    }
}

/// The decimal text of a number, or nothing where it has no end.
pub(crate) fn text(value: &R) -> Option<String> {
    let (scaled, digits) = decimals(value)?;
    let sign = if scaled.is_negative() { "-" } else { "" };
    let plain = scaled.magnitude().to_string();
    if digits == 0 {
        return Some(format!("{sign}{plain}"));
    }
    let padded = format!("{plain:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    Some(format!("{sign}{whole}.{fraction}"))
}

/// The number as the rules of a book take it; nothing where it has no end or too many digits.
pub(crate) fn exact(value: &R) -> Option<Exact> {
    let (scaled, digits) = decimals(value)?;
    Exact::new(scaled.to_i128()?, u32::try_from(digits).ok()?).ok()
}

/// Whether a number can be written as a decimal.
pub(crate) fn is_finite(value: &R) -> bool {
    decimals(value).is_some()
}

/// The smallest whole multiple of a number that can be written as a decimal.
pub(crate) fn finite_multiple(value: R) -> R {
    let mut odd = value.big().denom().clone();
    for prime in [2_u8, 5] {
        while (&odd % prime).is_zero() {
            odd /= prime;
        }
    }
    value * R::shrunk(BigRational::from_integer(odd))
}

/// The number as a wire type, or nothing where it does not fit 28 digits.
pub(crate) fn write<T: FromStr>(value: &R) -> Option<T> {
    text(value)?.parse().ok()
}

/// The multiple of `increment` that `mode` chooses; symmetric around zero.
pub(crate) fn round(value: &R, increment: &R, mode: RoundingMode) -> R {
    let count = magnitude(value) / increment;
    let below = count.floor();
    let rest = &count - &below;
    let half = ratio(1, 2);
    let up = match mode {
        RoundingMode::Up => !rest.is_zero(),
        RoundingMode::Down => false,
        RoundingMode::HalfUp => rest >= half,
        RoundingMode::HalfDown => rest > half,
        RoundingMode::HalfEven => rest > half || (rest == half && below.is_odd()),
    };
    let count = if up { below + one() } else { below };
    let size = count * increment;
    if value.is_negative() { -size } else { size }
}

/// The smallest number that both are whole multiples of times.
pub(crate) fn common_multiple(a: &R, b: &R) -> R {
    let (a, b) = (a.big(), b.big());
    let denominator = a.denom().lcm(b.denom());
    let left = a.numer() * (&denominator / a.denom());
    let right = b.numer() * (&denominator / b.denom());
    R::shrunk(BigRational::new(left.lcm(&right), denominator))
}

/// Whether the value is a whole multiple of the step.
pub(crate) fn is_multiple(value: &R, step: &R) -> bool {
    (value / step).is_integer()
}

/// The value without its sign.
pub(crate) fn magnitude(value: &R) -> R {
    if value.is_negative() { -value } else { value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers and fractions around the places where 128 bits end.
    fn numbers() -> Vec<R> {
        let wholes = [0, 1, 3, 10, 1 << 40, i128::MAX, i128::MAX - 1, i128::MIN, i128::MIN + 1, -7];
        let denominators = [1, 2, 3, 10_i128.pow(20), i128::MAX, 1 << 100];
        let small = wholes.iter().flat_map(|n| denominators.map(|d| R::new(*n, d)));
        let big = BigRational::new(BigInt::from(10).pow(50), BigInt::from(7).pow(60));
        small.chain([R::shrunk(big.clone()), R::shrunk(-big)]).collect()
    }

    #[test]
    fn small_and_big_fractions_are_the_same_numbers() {
        for a in numbers() {
            assert_eq!(R::shrunk(-a.big()), -&a);
            assert_eq!(R::shrunk(a.big().floor()), a.floor());
            assert_eq!(R::shrunk(a.big().ceil()), a.ceil());
            for b in numbers() {
                assert_eq!(R::shrunk(a.big() + b.big()), &a + &b, "{a:?} + {b:?}");
                assert_eq!(R::shrunk(a.big() - b.big()), &a - &b, "{a:?} - {b:?}");
                assert_eq!(R::shrunk(a.big() * b.big()), &a * &b, "{a:?} * {b:?}");
                assert_eq!(a.big().cmp(&b.big()), a.cmp(&b), "{a:?} and {b:?}");
                assert_eq!(a.big() == b.big(), a == b, "{a:?} and {b:?}");
                if !b.is_zero() {
                    assert_eq!(R::shrunk(a.big() / b.big()), &a / &b, "{a:?} / {b:?}");
                }
            }
        }
    }

    #[test]
    fn decimals_end_or_do_not() {
        for (n, d, says) in [
            (1, 3, None),
            (5, 4, Some("1.25")),
            (-1, 1000, Some("-0.001")),
            (7, 1, Some("7")),
            (1, 10_i128.pow(30), Some("0.000000000000000000000000000001")),
        ] {
            assert_eq!(text(&R::new(n, d)).as_deref(), says);
            assert_eq!(is_finite(&R::new(n, d)), says.is_some());
        }
    }
}
