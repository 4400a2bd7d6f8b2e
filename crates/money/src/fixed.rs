//! Numbers of at most 64 bits: what nearly every price is, several times faster than [`Exact`].
//!
//! Nothing here rounds unless it is told how, and nothing wraps: an operation whose result does not
//! fit answers `None`, and the caller computes with [`Exact`] instead.
//!
//! ```
//! use listino_money::fixed::{power_of_ten, ratio, rounded};
//! use listino_money::{Fixed, RoundingMode};
//! let price = Fixed { mantissa: 337_499, scale: 2 };
//! let net = price.times(Fixed { mantissa: 58, scale: 2 }, 4).unwrap();
//! assert_eq!(net.round(2, RoundingMode::HalfUp), Some(Fixed { mantissa: 195_749, scale: 2 }));
//! assert_eq!(rounded(1955, 1, 0, RoundingMode::HalfEven), Some(Fixed { mantissa: 196, scale: 0 }));
//! assert_eq!((ratio(7, 2, RoundingMode::Down), power_of_ten(3)), (Some(3), Some(1000)));
//! assert_eq!(power_of_ten(20), None);
//! ```

use std::hint::select_unpredictable;

use super::exact::narrow;
use super::rounding::RoundingMode;
use super::{ArithmeticError, Exact};

/// A decimal `mantissa / 10^scale` whose mantissa fits 64 bits.
///
/// ```
/// use listino_money::{Exact, Fixed};
/// let (list, net) = (Fixed { mantissa: 337_499, scale: 2 }, Fixed { mantissa: 29, scale: 1 });
/// assert_eq!(list.minus(net), Some(Fixed { mantissa: 337_209, scale: 2 }));
/// assert_eq!((net.at_scale(2), list.at_scale(1)), (Some(290), None));
/// let exact: Exact = net.exact()?;
/// assert_eq!(Fixed::of(exact), Some(net));
/// assert_eq!(Fixed::of("9223372036854775808".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fixed {
    /// The digits, with the sign.
    pub mantissa: i64,
    /// How many of them are decimals; at most 38.
    pub scale: u8,
}

impl Fixed {
    /// The number, where it fits.
    pub fn of(value: Exact) -> Option<Self> {
        let (mantissa, scale) = value.parts();
        Some(Self { mantissa: narrow(mantissa)?, scale: u8::try_from(scale).ok()? })
    }

    /// The number for computing with others.
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the scale is larger than 38; none that is made here is.
    pub fn exact(self) -> Result<Exact, ArithmeticError> {
        Exact::new(self.mantissa.into(), self.scale.into())
    }

    /// The product, exact, where it has no more than so many decimals, 38 at most.
    ///
    /// ```
    /// use listino_money::Fixed;
    /// let (price, quantity) = (Fixed { mantissa: 195_749, scale: 2 }, Fixed { mantissa: 15, scale: 1 });
    /// let total = Fixed { mantissa: 2_936_235, scale: 3 };
    /// assert_eq!(price.times(quantity, 3), Some(total));
    /// assert_eq!(price.times(quantity, 2), None);
    /// ```
    #[inline]
    pub fn times(self, other: Self, decimals: u8) -> Option<Self> {
        let scale = u32::from(self.scale) + u32::from(other.scale);
        if scale > u32::from(decimals.min(MAX_SCALE)) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is no more than another scale")]
        let scale = scale as u8;
        Some(Self { mantissa: self.mantissa.checked_mul(other.mantissa)?, scale })
    }

    /// The mantissa at a larger scale.
    #[inline]
    pub fn at_scale(self, scale: u8) -> Option<i64> {
        if scale == self.scale {
            return Some(self.mantissa);
        }
        let up = power_of_ten(scale.checked_sub(self.scale)?)?;
        self.mantissa.checked_mul(i64::try_from(up).ok()?)
    }

    /// The sum of a number and another one turned round, exact.
    #[inline]
    pub fn minus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let mantissa = self.at_scale(scale)?.checked_sub(other.at_scale(scale)?)?;
        Some(Self { mantissa, scale })
    }

    /// The nearest number of at most `digits` decimals.
    #[inline]
    pub fn round(self, digits: u8, mode: RoundingMode) -> Option<Self> {
        if self.scale <= digits { Some(self) } else { self.cut(digits, mode) }
    }

    #[inline(never)]
    fn cut(self, digits: u8, mode: RoundingMode) -> Option<Self> {
        rounded(self.mantissa.unsigned_abs().into(), self.scale, digits, mode)
            .map(|found| if self.mantissa.is_negative() { found.negate() } else { found })
    }

    const fn negate(self) -> Self {
        // Rounding never makes a mantissa of `i64::MIN`: it comes from a magnitude that fits.
        Self { mantissa: self.mantissa.wrapping_neg(), scale: self.scale }
    }
}

/// As [`Exact`] has it.
const MAX_SCALE: u8 = 38;

/// `10^exponent`, where it fits 64 bits.
#[inline]
pub fn power_of_ten(exponent: u8) -> Option<u64> {
    TENS.get(usize::from(exponent)).copied()
}

const TENS: [u64; 20] = powers(10);
const FIVES: [Divisor; 20] = divisors(powers(5));

/// A number to divide by: a product and a shift take a fraction of the time of a division.
#[derive(Debug, Clone, Copy)]
struct Divisor {
    divisor: u64,
    /// `2^(64 + shift) / divisor`, cut off.
    inverse: u64,
    /// How many bits the divisor has, less one.
    shift: u32,
}

impl Divisor {
    #[expect(clippy::cast_possible_truncation, reason = "the inverse of a number above one fits")]
    const fn new(divisor: u64) -> Self {
        let shift = divisor.ilog2();
        let inverse = ((1_u128 << (64 + shift)) / divisor as u128) as u64;
        Self { divisor, inverse, shift }
    }

    /// `value / divisor`, cut off; the divisor is no power of two.
    #[inline]
    const fn divide(&self, value: u64) -> u64 {
        // The inverse lacks less than one, and so the quotient one at most: nothing wraps.
        let product = value as u128 * self.inverse as u128;
        let quotient = (product >> 64) as u64 >> self.shift;
        let rest = value.wrapping_sub(quotient.wrapping_mul(self.divisor));
        quotient.wrapping_add((rest >= self.divisor) as u64)
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the bounds")]
const fn powers(base: u64) -> [u64; 20] {
    let mut table = [1_u64; 20];
    let mut i = 1;
    while i < 20 {
        table[i] = table[i - 1] * base;
        i += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, as the powers are")]
const fn divisors(of: [u64; 20]) -> [Divisor; 20] {
    let mut table = [Divisor::new(of[1]); 20];
    let mut i = 1;
    while i < 20 {
        table[i] = Divisor::new(of[i]);
        i += 1;
    }
    table
}

/// `value / 10^scale`, not negative, at `digits` decimals; as it is where it has no more than that.
#[inline(always)]
pub fn rounded(value: u128, scale: u8, digits: u8, mode: RoundingMode) -> Option<Fixed> {
    let cut = match scale.checked_sub(digits) {
        None | Some(0) => return Some(Fixed { mantissa: i64::try_from(value).ok()?, scale }),
        Some(cut) => cut,
    };
    // value / 10^cut is value / 2^cut / 5^cut, and a shift leaves a number that 64 bits divide.
    let five = FIVES.get(usize::from(cut))?;
    let ten = five.divisor << cut;
    #[expect(clippy::cast_possible_truncation, reason = "the halves of a number")]
    let (high, low) = ((value >> 64) as u64, value as u64);
    if high >> cut != 0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the upper bits are zero")]
    let quotient = five.divide((value >> cut) as u64);
    // What is left is less than 10^cut, so that only its low 64 bits matter.
    let rest = low.wrapping_sub(quotient.wrapping_mul(ten));
    let up = rest >= mode.least(ten, quotient & 1 == 1);
    // A fifth of what 64 bits hold has room for one more.
    let mantissa = i64::try_from(quotient.wrapping_add(up.into())).ok()?;
    Some(Fixed { mantissa, scale: digits })
}

/// `numerator / denominator` of whole numbers, to the nearest whole number by a mode; the
/// denominator is positive.
#[inline(always)]
pub fn ratio(numerator: i128, denominator: u64, mode: RoundingMode) -> Option<i64> {
    let Some(narrow) = narrow(numerator) else { return wide_ratio(numerator, denominator, mode) };
    // The size of what is divided, less one where it is negative: so it takes no branch for small numbers,
    // which come as they like.
    let size = (narrow ^ (narrow >> 63)).cast_unsigned();
    let (quotient, rest) = (size.checked_div(denominator)?, size.checked_rem(denominator)?);
    // Where this is all of the denominator the quotient lacks one, and moves by every mode.
    let rest = rest.wrapping_add(narrow.is_negative().into());
    signed(narrow.is_negative(), quotient, rest >= mode.least(denominator, quotient & 1 == 1))
}

#[inline(never)]
fn wide_ratio(numerator: i128, denominator: u64, mode: RoundingMode) -> Option<i64> {
    let (size, over) = (numerator.unsigned_abs(), u128::from(denominator));
    let quotient = u64::try_from(size.checked_div(over)?).ok()?;
    let rest = u64::try_from(size.checked_rem(over)?).ok()?;
    let up = rest >= mode.least(denominator, quotient & 1 == 1);
    signed(numerator.is_negative(), quotient, up)
}

/// A quotient, one away from zero where it goes `up`, with its sign.
#[inline(always)]
fn signed(is_negative: bool, quotient: u64, up: bool) -> Option<i64> {
    let size = i64::try_from(quotient.checked_add(up.into())?).ok()?;
    // No branch: what earns and what loses come as they like. No magnitude is that of `i64::MIN`.
    Some(select_unpredictable(is_negative, size.wrapping_neg(), size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rounding;
    use proptest::prelude::*;

    const MODES: [RoundingMode; 5] = [
        RoundingMode::HalfUp,
        RoundingMode::HalfEven,
        RoundingMode::HalfDown,
        RoundingMode::Up,
        RoundingMode::Down,
    ];

    proptest! {
        /// What fits is what `Exact` says; what does not fit says so.
        #[test]
        fn rounding_is_that_of_exact(value in prop_oneof![any::<u64>().prop_map(u128::from), 0..u128::MAX >> 40,
            (any::<u64>(), 0_u32..20).prop_map(|(n, k)| u128::from(n / 7) * 5 * 10_u128.pow(k % 10))],
            scale in 0_u8..30, digits in 0_u8..8) {
            for mode in MODES {
                let exact = Exact::new(i128::try_from(value).unwrap(), scale.into()).unwrap();
                let want = exact.round(Rounding::digits(digits.into(), mode)).unwrap();
                if let Some(found) = rounded(value, scale, digits, mode) {
                    prop_assert_eq!(found.exact().unwrap(), want);
                } else {
                    prop_assert!(value >> 63 != 0 || scale - digits > 19);
                }
            }
        }

        #[test]
        fn signed_rounding_is_that_of_exact(mantissa in any::<i64>(), scale in 0_u8..19, digits in 0_u8..8) {
            for mode in MODES {
                let fixed = Fixed { mantissa, scale };
                let want = fixed.exact().unwrap().round(Rounding::digits(digits.into(), mode)).unwrap();
                if let Some(found) = fixed.round(digits, mode) {
                    prop_assert_eq!(found.exact().unwrap(), want);
                } else {
                    prop_assert_eq!(mantissa, i64::MIN);
                }
            }
        }

        #[test]
        fn ratios_are_those_of_exact(n in -i128::from(u64::MAX)*1000..i128::from(u64::MAX)*1000, d in 1_u64..) {
            for mode in MODES {
                let (a, b) = (Exact::new(n, 0).unwrap(), Exact::new(d.into(), 0).unwrap());
                let want = a.divide(b, Rounding::digits(0, mode)).unwrap();
                if let Some(found) = ratio(n, d, mode) {
                    prop_assert_eq!(Exact::integer(found), want);
                } else {
                    prop_assert!(n.unsigned_abs() / u128::from(d) >= 1 << 62);
                }
            }
        }

        /// Whatever the value, near a multiple above all.
        #[test]
        fn a_product_and_a_shift_divide(value in any::<u64>(), power in 1_usize..20, near in 0_u64..3) {
            let five = FIVES[power];
            prop_assert_eq!(five.divide(value), value / five.divisor);
            let multiple = (value - value % five.divisor).wrapping_add(near).wrapping_sub(1);
            prop_assert_eq!(five.divide(multiple), multiple / five.divisor);
        }

        #[test]
        fn sums_and_products_are_those_of_exact(a in any::<i64>(), b in any::<i64>(), s in 0_u8..19, t in 0_u8..19) {
            let (a, b) = (Fixed { mantissa: a, scale: s }, Fixed { mantissa: b >> 20, scale: t });
            if let Some(found) = a.times(b, MAX_SCALE) {
                prop_assert_eq!(found.exact().unwrap(), a.exact().unwrap().multiply(b.exact().unwrap()).unwrap());
            }
            if let Some(found) = a.minus(b) {
                prop_assert_eq!(found.exact().unwrap(), a.exact().unwrap().subtract(b.exact().unwrap()).unwrap());
            }
        }
    }

    /// What the compiler has made is what the running program makes.
    #[test]
    fn powers_are_powers() {
        assert_eq!(powers(10), TENS);
        assert_eq!(divisors(powers(5)).map(|five| five.divisor), FIVES.map(|five| five.divisor));
        assert!((0_u32..20).all(|n| power_of_ten(n as u8) == Some(10_u64.pow(n))));
    }

    #[test]
    fn halves_go_where_the_mode_says() {
        let round = |mode| rounded(25, 1, 0, mode).unwrap().mantissa;
        assert_eq!(MODES.map(round), [3, 2, 2, 3, 2]);
        assert_eq!(ratio(5, 2, RoundingMode::HalfUp), Some(3));
        assert_eq!(ratio(-5, 2, RoundingMode::HalfUp), Some(-3));
        assert_eq!(ratio(1, 0, RoundingMode::HalfUp), None);
    }
}
