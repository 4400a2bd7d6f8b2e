//! The one arithmetic of the engine: exact decimals with a 128-bit mantissa.

use std::cmp::Ordering;
use std::hint::select_unpredictable;
use std::num::NonZeroU32;

use ethnum::{I256, U256};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::rounding::{Rounding, RoundingMode};

/// An operation whose exact result cannot be held.
///
/// ```
/// use listino_money::{ArithmeticError, Exact};
/// assert_eq!(Exact::ONE.divide_exact(Exact::ZERO), Err(ArithmeticError::DivisionByZero));
/// assert_eq!(Exact::ONE.divide_exact(Exact::integer(3)), Err(ArithmeticError::Precision));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ArithmeticError {
    /// The exact result has more digits than the engine keeps (38 inside, 28 in a result).
    #[error("the exact result needs more digits than a decimal can hold")]
    Precision,
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
}

/// An exact decimal number, `mantissa / 10^scale`, with up to 38 digits.
///
/// `Exact` is what a price is while it is being computed. It has no operators: every operation
/// says that it can fail, and none of them rounds except [`Exact::round`] and
/// [`Exact::divide`], which take the [`Rounding`] to apply.
///
/// ```
/// use listino_money::{Exact, Rounding, RoundingMode};
/// let price: Exact = "3374.99".parse()?;
/// let net = price.multiply("0.58".parse()?)?;
/// assert_eq!(net.to_string(), "1957.4942");
/// let cents = Rounding::digits(2, RoundingMode::HalfUp);
/// assert_eq!(net.round(cents)?.to_string(), "1957.49");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Exact {
    // The halves of the mantissa, so that a number takes 24 bytes and not 32.
    high: i64,
    low: u64,
    scale: u32,
    #[expect(dead_code, reason = "its forbidden value is `None`")]
    mark: NonZeroU32,
}

/// Always there: it leaves `Option<Exact>` the room to say that it is `None`.
const MARK: NonZeroU32 = NonZeroU32::MIN;

const MAX_SCALE: u32 = 38;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the bounds")]
const POWERS: [i128; 39] = {
    let mut table = [1_i128; 39];
    let mut i = 1;
    while i < 39 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// Those of 64 bits.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the bounds")]
const NARROW_POWERS: [i64; 19] = {
    let mut table = [1_i64; 19];
    let mut i = 1;
    while i < 19 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// `10^exponent`, for exponents up to 38.
#[inline]
pub(super) fn power(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// A number in 64 bits, where it fits: nearly every price does, and 64-bit arithmetic is several
/// times faster than 128-bit arithmetic.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the cut-off bits are compared")]
pub(super) const fn narrow(value: i128) -> Option<i64> {
    let cut = value as i64;
    if cut as i128 == value { Some(cut) } else { None }
}

/// `value * 10^exponent`, where both factors fit 64 bits and their product therefore 128.
#[inline(always)]
fn shifted(value: i128, exponent: u32) -> Option<i128> {
    if exponent == 0 {
        return Some(value);
    }
    let p = power(exponent)?;
    if let (Some(value), Some(p)) = (narrow(value), narrow(p)) {
        return Some(i128::from(value).wrapping_mul(i128::from(p)));
    }
    value.checked_mul(p)
}

impl Exact {
    /// Zero.
    pub const ZERO: Self = Self::of(0, 0);
    /// One.
    pub const ONE: Self = Self::of(1, 0);
    /// One hundred.
    pub const HUNDRED: Self = Self::of(100, 0);

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number is cut into its two halves"
    )]
    const fn of(mantissa: i128, scale: u32) -> Self {
        Self { high: (mantissa >> 64) as i64, low: mantissa as u64, scale, mark: MARK }
    }

    #[inline]
    const fn mantissa(self) -> i128 {
        ((self.high as i128) << 64).wrapping_add(self.low as i128)
    }

    /// The number `mantissa / 10^scale`; `scale` is at most 38.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::new(1250, 2)?.to_string(), "12.5");
    /// assert!(Exact::new(1, 39).is_err());
    /// assert!(Exact::new(i128::MIN, 0).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when `scale` is larger than 38, or the mantissa the one that
    /// has no opposite.
    pub const fn new(mantissa: i128, scale: u32) -> Result<Self, ArithmeticError> {
        if scale > MAX_SCALE || mantissa == i128::MIN {
            return Err(ArithmeticError::Precision);
        }
        Ok(Self::of(mantissa, scale))
    }

    /// A whole number.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::integer(-12).to_string(), "-12");
    /// ```
    pub const fn integer(value: i64) -> Self {
        Self::of(value as i128, 0)
    }

    /// The mantissa and the scale: the value is `mantissa / 10^scale`, trailing zeros as they came.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::new(1250, 2)?.parts(), (1250, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub const fn parts(self) -> (i128, u32) {
        (self.mantissa(), self.scale)
    }

    /// Whether the value is zero.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert!("0.00".parse::<Exact>()?.is_zero());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn is_zero(self) -> bool {
        self.mantissa() == 0
    }

    /// Whether the value is less than zero.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert!("-0.01".parse::<Exact>()?.is_negative() && !Exact::ZERO.is_negative());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn is_negative(self) -> bool {
        self.high < 0
    }

    /// Whether the value is greater than zero.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert!("0.01".parse::<Exact>()?.is_positive() && !Exact::ZERO.is_positive());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn is_positive(self) -> bool {
        self.mantissa() > 0
    }

    /// Whether the value is a whole number.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert!("12.00".parse::<Exact>()?.is_integer() && !"12.5".parse::<Exact>()?.is_integer());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_integer(self) -> bool {
        power(self.scale).is_some_and(|p| self.mantissa() % p == 0)
    }

    /// The value as a whole number, if it is one that fits.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("12.00".parse::<Exact>()?.to_integer(), Some(12));
    /// assert_eq!("12.5".parse::<Exact>()?.to_integer(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_integer(self) -> Option<i128> {
        let p = power(self.scale)?;
        (self.mantissa() % p == 0).then(|| self.mantissa() / p)
    }

    /// The same value without trailing zeros in the mantissa.
    ///
    /// ```
    /// use listino_money::Exact;
    /// // The value is the same, and so is what is written: only what it takes to hold it is less.
    /// let long = Exact::new(125_000, 4)?;
    /// assert_eq!(long.reduced(), long);
    /// assert_eq!(long.reduced().to_string(), "12.5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn reduced(self) -> Self {
        if self.mantissa() == 0 {
            return Self::ZERO;
        }
        let Some(mantissa) = narrow(self.mantissa()) else { return self.reduced_wide() };
        let (size, scale) = without_zeros(mantissa.unsigned_abs(), self.scale);
        let size = i128::from(size);
        Self::of(if mantissa.is_negative() { -size } else { size }, scale)
    }

    fn reduced_wide(self) -> Self {
        let (mut mantissa, mut scale) = self.parts();
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self::of(mantissa, scale)
    }

    #[inline(always)]
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        match self.scale.cmp(&other.scale) {
            Ordering::Equal => Some((self.mantissa(), other.mantissa(), self.scale)),
            Ordering::Less => {
                let raised = shifted(self.mantissa(), other.scale - self.scale)?;
                Some((raised, other.mantissa(), other.scale))
            }
            Ordering::Greater => {
                let raised = shifted(other.mantissa(), self.scale - other.scale)?;
                Some((self.mantissa(), raised, self.scale))
            }
        }
    }

    /// The sum, exact.
    ///
    /// ```
    /// use listino_money::Exact;
    /// let sum = "0.1".parse::<Exact>()?.add("0.2".parse()?)?;
    /// assert_eq!(sum.to_string(), "0.3");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the exact sum has more than 38 digits.
    #[expect(clippy::should_implement_trait, reason = "the operator cannot fail, this can")]
    #[inline]
    pub fn add(self, other: Self) -> Result<Self, ArithmeticError> {
        if self.scale == other.scale
            && let Some(mantissa) = self.mantissa().checked_add(other.mantissa())
        {
            return Self::new(mantissa, self.scale);
        }
        self.add_unlike(other)
    }

    /// Both numbers at the larger of their scales, where 64 bits hold them.
    #[inline(always)]
    fn aligned_narrow(self, other: Self) -> Option<(i64, i64, u32)> {
        let raised = |value: i64, up: u32| value.checked_mul(*NARROW_POWERS.get(up as usize)?);
        let (a, b) = (narrow(self.mantissa())?, narrow(other.mantissa())?);
        match self.scale.checked_sub(other.scale) {
            Some(up) => Some((a, raised(b, up)?, self.scale)),
            None => Some((raised(a, other.scale - self.scale)?, b, other.scale)),
        }
    }

    fn add_unlike(self, other: Self) -> Result<Self, ArithmeticError> {
        if let Some((a, b, scale)) = self.aligned_narrow(other) {
            // The sum of two 64-bit numbers does not overflow 128 bits.
            return Ok(Self::of(i128::from(a).wrapping_add(i128::from(b)), scale));
        }
        if let Some((a, b, scale)) = self.aligned(other)
            && let Some(mantissa) = a.checked_add(b)
        {
            return Self::new(mantissa, scale);
        }
        let scale = self.scale.max(other.scale);
        Self::of_wide(self.raised(scale) + other.raised(scale), scale)
    }

    /// The mantissa at a larger scale: 76 digits at most, of which 256 bits hold twice as much.
    fn raised(self, scale: u32) -> I256 {
        let ten = I256::from(10_i128);
        (self.scale..scale).fold(I256::from(self.mantissa()), |wide, _| wide * ten)
    }

    /// The difference, exact.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::ONE.subtract("0.01".parse()?)?.to_string(), "0.99");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the exact difference has more than 38 digits.
    #[inline]
    pub fn subtract(self, other: Self) -> Result<Self, ArithmeticError> {
        self.add(other.negate())
    }

    /// The sum of some numbers, exact.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::sum([Exact::ONE, "0.25".parse()?, Exact::HUNDRED])?.to_string(), "101.25");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the exact sum of the first of them has more than 38 digits.
    #[inline]
    pub fn sum(values: impl IntoIterator<Item = Self>) -> Result<Self, ArithmeticError> {
        let (mut total, mut scale) = (0_i64, 0);
        let mut values = values.into_iter();
        while let Some(value) = values.next() {
            let like = if value.scale == scale { narrow(value.mantissa()) } else { None };
            if let Some(sum) = like.and_then(|value| total.checked_add(value)) {
                total = sum;
                continue;
            }
            let sum = Self::of(i128::from(total), scale).add(value)?;
            match narrow(sum.mantissa()) {
                Some(mantissa) => (total, scale) = (mantissa, sum.scale),
                None => return values.try_fold(sum, Self::add),
            }
        }
        Ok(Self::of(i128::from(total), scale))
    }

    /// How two products compare, `a · b` and `c · d`, whatever their digits: none of them has to be
    /// held.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use listino_money::Exact;
    /// let long: Exact = "1.000000000000000000000000001".parse()?;
    /// assert!(long.multiply(long).is_err());
    /// assert_eq!(Exact::compare_products([long, long], [long, Exact::ONE]), Ordering::Greater);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare_products([a, b]: [Self; 2], [c, d]: [Self; 2]) -> Ordering {
        if let (Ok(one), Ok(other)) = (a.multiply(b), c.multiply(d)) {
            return one.cmp(&other);
        }
        // Two mantissas of 38 digits make 76, which 256 bits hold.
        let wide = |a: Self, b: Self| I256::from(a.mantissa()) * I256::from(b.mantissa());
        let (one, other) = (wide(a, b), wide(c, d));
        if one.signum() != other.signum() {
            return one.cmp(&other);
        }
        let sizes = match (a.scale + b.scale).cmp(&(c.scale + d.scale)) {
            Ordering::Equal => one.abs().cmp(&other.abs()),
            Ordering::Less => {
                compare_raised(one.abs(), c.scale + d.scale - a.scale - b.scale, other.abs())
            }
            Ordering::Greater => {
                let by = a.scale + b.scale - c.scale - d.scale;
                compare_raised(other.abs(), by, one.abs()).reverse()
            }
        };
        if one.is_negative() { sizes.reverse() } else { sizes }
    }

    /// The product, exact.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("3.5".parse::<Exact>()?.multiply("0.02".parse()?)?.to_string(), "0.07");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the exact product has more than 38 digits.
    #[inline]
    pub fn multiply(self, other: Self) -> Result<Self, ArithmeticError> {
        let scale = self.scale + other.scale;
        if scale <= MAX_SCALE
            && let (Some(a), Some(b)) = (narrow(self.mantissa()), narrow(other.mantissa()))
        {
            // Two 64-bit numbers never overflow 128 bits.
            let mantissa = i128::from(a).wrapping_mul(i128::from(b));
            return Ok(Self::of(mantissa, scale));
        }
        self.multiply_wide(other)
    }

    fn multiply_wide(self, other: Self) -> Result<Self, ArithmeticError> {
        let scale = self.scale + other.scale;
        if let Some(mantissa) = self.mantissa().checked_mul(other.mantissa())
            && let Ok(product) = Self::new(mantissa, scale)
        {
            return Ok(product);
        }
        Self::of_wide(I256::from(self.mantissa()) * I256::from(other.mantissa()), scale)
    }

    /// A wide number, which may fit once its trailing zeros are gone.
    fn of_wide(mut wide: I256, mut scale: u32) -> Result<Self, ArithmeticError> {
        if wide == I256::ZERO {
            return Ok(Self::ZERO);
        }
        let ten = I256::from(10_i128);
        while scale > 0 && wide % ten == I256::ZERO {
            wide /= ten;
            scale -= 1;
        }
        let mantissa = i128::try_from(wide).map_err(|_| ArithmeticError::Precision)?;
        Self::new(mantissa, scale)
    }

    /// The quotient, rounded as asked.
    ///
    /// ```
    /// use listino_money::{Exact, Rounding, RoundingMode};
    /// let cents = Rounding::digits(2, RoundingMode::HalfUp);
    /// assert_eq!(Exact::HUNDRED.divide("7".parse()?, cents)?.to_string(), "14.29");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::DivisionByZero`], or [`ArithmeticError::Precision`] when the quotient
    /// does not fit 38 digits.
    pub fn divide(self, other: Self, rounding: Rounding) -> Result<Self, ArithmeticError> {
        if other.mantissa() == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        let step = rounding.increment().exact();
        // self / other / step = (m1 · 10^(s2+ss)) / (m2 · ms · 10^s1)
        let up = other.scale + step.scale;
        let down = self.scale;
        let (up, down) = (up.saturating_sub(down), down.saturating_sub(up));
        if let (Some(a), Some(b), Some(c)) =
            (narrow(self.mantissa()), narrow(other.mantissa()), narrow(step.mantissa()))
            && let Some(&p) = NARROW_POWERS.get(up as usize)
            // Two 64-bit numbers never overflow 128 bits.
            && let Some(denominator) = shifted(i128::from(b).wrapping_mul(i128::from(c)), down)
        {
            let numerator = i128::from(a).wrapping_mul(i128::from(p));
            let units = divide_rounded_narrow(numerator, denominator, rounding.mode());
            return step.multiply(Self::of(units, 0));
        }
        let by = I256::from(other.mantissa()) * I256::from(step.mantissa());
        // Beyond 256 bits it is far more than twice what is divided, and how much more is the same.
        let beyond = if by.is_negative() { -I256::MAX } else { I256::MAX };
        let denominator = scale_wide(by, down).unwrap_or(beyond);
        let units = divide_scaled(I256::from(self.mantissa()), up, denominator, rounding.mode());
        let wide = units.and_then(|units| units.checked_mul(I256::from(step.mantissa())));
        Self::of_wide(wide.ok_or(ArithmeticError::Precision)?, step.scale)
    }

    /// The quotient when it has a finite decimal expansion of at most 38 digits.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!(Exact::ONE.divide_exact("8".parse()?)?.to_string(), "0.125");
    /// assert!(Exact::ONE.divide_exact("3".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::DivisionByZero`], or [`ArithmeticError::Precision`] when the quotient is
    /// not exact in 38 digits: `1 / 3` has no decimal.
    pub fn divide_exact(self, other: Self) -> Result<Self, ArithmeticError> {
        if other.mantissa() == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        if self.mantissa() == 0 {
            return Ok(Self::ZERO);
        }
        let (a, b) = (self.reduced(), other.reduced());
        let (numerator, denominator) = (a.mantissa().unsigned_abs(), b.mantissa().unsigned_abs());
        let mut quotient = numerator / denominator;
        let mut rest = numerator % denominator;
        let mut scale = i64::from(a.scale) - i64::from(b.scale);
        // One digit after the other, as on paper: nothing left ends it, or more digits than fit.
        while rest != 0 {
            let digit;
            (digit, rest) = if let Some(ten) = rest.checked_mul(10) {
                (ten / denominator, ten % denominator)
            } else {
                let (ten, by) = (U256::from(rest) * U256::from(10_u32), U256::from(denominator));
                ((ten / by).as_u128(), (ten % by).as_u128())
            };
            quotient = with_digit(quotient, digit)?;
            scale += 1;
        }
        while scale < 0 {
            quotient = with_digit(quotient, 0)?;
            scale += 1;
        }
        let size = i128::try_from(quotient).map_err(|_| ArithmeticError::Precision)?;
        let mantissa = if a.is_negative() == b.is_negative() { size } else { -size };
        Self::new(mantissa, u32::try_from(scale).map_err(|_| ArithmeticError::Precision)?)
    }

    /// `self` percent of one: `40` becomes `0.40`.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("2.5".parse::<Exact>()?.percent()?.to_string(), "0.025");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the result has more than 38 decimals.
    pub fn percent(self) -> Result<Self, ArithmeticError> {
        Self::new(self.mantissa(), self.scale + 2).or_else(|_| {
            let reduced = self.reduced();
            Self::new(reduced.mantissa(), reduced.scale + 2)
        })
    }

    /// The nearest multiple of the rounding's increment.
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the result does not fit 38 digits.
    #[inline]
    pub fn round(self, rounding: Rounding) -> Result<Self, ArithmeticError> {
        let step = rounding.increment().exact();
        if step.mantissa() == 1 {
            let Some(down) = self.scale.checked_sub(step.scale).filter(|&down| down > 0) else {
                return Ok(self);
            };
            if let (Some(value), Some(p)) =
                (narrow(self.mantissa()), NARROW_POWERS.get(down as usize).copied())
            {
                let units = divide_rounded_by_power(value, p, rounding.mode());
                return Ok(Self::of(i128::from(units), step.scale));
            }
        }
        match self.units_of(step, rounding.mode()) {
            Ok(units) => step.multiply(Self::of(units, 0)),
            // So many small steps that their number does not fit, although what they make may.
            Err(_) => {
                let units = self.wide_units_of(step, rounding.mode())?;
                let wide = units.checked_mul(I256::from(step.mantissa()));
                Self::of_wide(wide.ok_or(ArithmeticError::Precision)?, step.scale)
            }
        }
    }

    /// How many times `step` fits, rounded by `mode`.
    ///
    /// ```
    /// use listino_money::{Exact, RoundingMode};
    /// let coins = "0.17".parse::<Exact>()?.units_of("0.05".parse()?, RoundingMode::Down)?;
    /// assert_eq!(coins, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::DivisionByZero`] when `step` is zero, or [`ArithmeticError::Precision`]
    /// when the number does not fit 38 digits.
    pub fn units_of(self, step: Self, mode: RoundingMode) -> Result<i128, ArithmeticError> {
        if step.mantissa() == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        if step.mantissa() == 1 && self.scale == step.scale {
            return Ok(self.mantissa());
        }
        let up = step.scale.saturating_sub(self.scale);
        let down = self.scale.saturating_sub(step.scale);
        if let Some(numerator) = shifted(self.mantissa(), up)
            && let Some(denominator) = shifted(step.mantissa(), down)
        {
            return Ok(divide_rounded_narrow(numerator, denominator, mode));
        }
        i128::try_from(self.wide_units_of(step, mode)?).map_err(|_| ArithmeticError::Precision)
    }

    /// As [`Exact::units_of`], whatever their number; `step` is not zero.
    fn wide_units_of(self, step: Self, mode: RoundingMode) -> Result<I256, ArithmeticError> {
        let up = step.scale.saturating_sub(self.scale);
        let down = self.scale.saturating_sub(step.scale);
        let denominator = scale_wide(I256::from(step.mantissa()), down)?;
        let units = divide_scaled(I256::from(self.mantissa()), up, denominator, mode);
        units.ok_or(ArithmeticError::Precision)
    }

    /// The value with its sign turned.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("12.5".parse::<Exact>()?.negate().to_string(), "-12.5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn negate(self) -> Self {
        // No number has the mantissa `i128::MIN`.
        Self::of(self.mantissa().wrapping_neg(), self.scale)
    }

    /// The value without its sign.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("-12.5".parse::<Exact>()?.magnitude().to_string(), "12.5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn magnitude(self) -> Self {
        Self::of(self.mantissa().wrapping_abs(), self.scale)
    }

    /// Size and scale without trailing zeros, where the size fits 64 bits and the scale a decimal.
    #[inline(always)]
    pub(super) fn small(self) -> Option<(u64, u32)> {
        let size = narrow(self.mantissa())?.unsigned_abs();
        let (size, scale) = without_zeros(size, self.scale);
        (scale <= Decimal::MAX_SCALE).then_some((size, scale))
    }

    /// The value as a decimal of at most 28 digits.
    ///
    /// ```
    /// use listino_money::Exact;
    /// assert_eq!("12.50".parse::<Exact>()?.to_decimal()?.to_string(), "12.5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArithmeticError::Precision`] when the value needs more digits than that.
    #[inline]
    pub fn to_decimal(self) -> Result<Decimal, ArithmeticError> {
        let size = self.mantissa().unsigned_abs();
        if self.scale <= Decimal::MAX_SCALE
            && let Ok(size) = u64::try_from(size)
        {
            return Ok(super::decimal::decimal_of(size, self.is_negative(), self.scale));
        }
        self.to_decimal_wide()
    }

    fn to_decimal_wide(self) -> Result<Decimal, ArithmeticError> {
        let reduced = self.reduced();
        Decimal::try_from_i128_with_scale(reduced.mantissa(), reduced.scale)
            .map_err(|_| ArithmeticError::Precision)
    }
}

/// A mantissa and its scale without the trailing zeros; zero has the scale zero.
#[inline]
pub(super) fn without_zeros(mut mantissa: u64, mut scale: u32) -> (u64, u32) {
    while scale >= 8 && mantissa.is_multiple_of(100_000_000) {
        mantissa /= 100_000_000;
        scale -= 8;
    }
    // At most seven are left. How many they are is not to be foreseen, so that nothing branches on it;
    // that cents have no more than two decimals is.
    if scale >= 4 {
        (mantissa, scale) = without::<4>(mantissa, scale);
    }
    (mantissa, scale) = without::<2>(mantissa, scale);
    (mantissa, scale) = without::<1>(mantissa, scale);
    (mantissa, select_unpredictable(mantissa == 0, 0, scale))
}

/// A mantissa and its scale without `N` trailing zeros, where there are as many.
#[inline(always)]
fn without<const N: u32>(mantissa: u64, scale: u32) -> (u64, u32) {
    // What undoes a multiplication by `5^N`, whatever overflows.
    const FIFTH: u64 = 0xCCCC_CCCC_CCCC_CCCD;
    let divided = mantissa.wrapping_mul(FIFTH.wrapping_pow(N)).rotate_right(N);
    // Only the multiples of `10^N` come out as small as that.
    let divides = scale >= N && divided <= u64::MAX / 10_u64.pow(N);
    (
        select_unpredictable(divides, divided, mantissa),
        select_unpredictable(divides, scale.wrapping_sub(N), scale),
    )
}

/// A number with a digit more behind it.
fn with_digit(number: u128, digit: u128) -> Result<u128, ArithmeticError> {
    let tens = number.checked_mul(10).ok_or(ArithmeticError::Precision)?;
    tens.checked_add(digit).ok_or(ArithmeticError::Precision)
}

fn scale_wide(value: I256, exponent: u32) -> Result<I256, ArithmeticError> {
    let mut value = value;
    let mut exponent = exponent;
    while exponent > 0 {
        let step = exponent.min(MAX_SCALE);
        let p = power(step).ok_or(ArithmeticError::Precision)?;
        value = value.checked_mul(I256::from(p)).ok_or(ArithmeticError::Precision)?;
        exponent -= step;
    }
    Ok(value)
}

/// The rounded quotient of a number with so many zeros behind it, which need not fit itself.
fn divide_scaled(
    numerator: I256,
    zeros: u32,
    denominator: I256,
    mode: RoundingMode,
) -> Option<I256> {
    let ten = I256::from(10_i128);
    let (numerator, zeros) = match scale_wide(numerator, zeros) {
        Ok(scaled) => (scaled, 0),
        Err(_) => (numerator, zeros),
    };
    let mut quotient = numerator / denominator;
    let mut remainder = numerator % denominator;
    for _ in 0..zeros {
        remainder = remainder.checked_mul(ten)?;
        quotient = quotient.checked_mul(ten)?.checked_add(remainder / denominator)?;
        remainder %= denominator;
    }
    if remainder == I256::ZERO {
        return Some(quotient);
    }
    let negative = numerator.is_negative() != denominator.is_negative();
    // |remainder| against half of |denominator|, without doubling (which could overflow).
    let size = remainder.abs();
    let rest = denominator.abs() - size;
    let odd = quotient % I256::from(2_i128) != I256::ZERO;
    if mode.away(size.cmp(&rest), odd) {
        quotient.checked_add(if negative { I256::MINUS_ONE } else { I256::ONE })
    } else {
        Some(quotient)
    }
}

/// As [`divide_rounded_narrow`], by ten or a power of it.
fn divide_rounded_by_power(value: i64, power: i64, mode: RoundingMode) -> i64 {
    let (quotient, rest) = (value / power, value % power);
    let (size, power) = (rest.unsigned_abs(), power.unsigned_abs());
    if size != 0 && mode.away(size.cmp(&(power - size)), quotient & 1 == 1) {
        // A tenth of a number is far from the largest.
        return quotient + value.signum();
    }
    quotient
}

fn divide_rounded_narrow(numerator: i128, denominator: i128, mode: RoundingMode) -> i128 {
    let (quotient, remainder) = if let (Some(n), Some(d)) = (narrow(numerator), narrow(denominator))
        && let (Some(quotient), Some(remainder)) = (n.checked_div(d), n.checked_rem(d))
    {
        (i128::from(quotient), i128::from(remainder))
    } else {
        (numerator / denominator, numerator % denominator)
    };
    if remainder == 0 {
        return quotient;
    }
    let negative = numerator.is_negative() != denominator.is_negative();
    let size = remainder.unsigned_abs();
    let rest = denominator.unsigned_abs() - size;
    if mode.away(size.cmp(&rest), quotient % 2 != 0) {
        quotient + if negative { -1 } else { 1 }
    } else {
        quotient
    }
}

impl PartialEq for Exact {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

/// How `a · 10^digits` compares with `b`, both positive.
fn compare_raised(a: I256, digits: u32, b: I256) -> Ordering {
    let ten = I256::from(10_i128);
    let (mut whole, mut rest) = (b, false);
    for _ in 0..digits {
        rest |= whole % ten != I256::ZERO;
        whole /= ten;
    }
    // What was cut off makes the second one larger than its whole part.
    a.cmp(&whole).then(if rest { Ordering::Less } else { Ordering::Equal })
}

impl PartialOrd for Exact {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.mantissa().cmp(&other.mantissa());
        }
        self.cmp_unlike(other)
    }
}

impl Exact {
    fn cmp_unlike(&self, other: &Self) -> Ordering {
        if let Some((a, b, _)) = self.aligned_narrow(*other) {
            return a.cmp(&b);
        }
        if let Some((a, b, _)) = self.aligned(*other) {
            return a.cmp(&b);
        }
        let scale = self.scale.max(other.scale);
        self.raised(scale).cmp(&other.raised(scale))
    }
}

impl From<Decimal> for Exact {
    #[inline]
    fn from(value: Decimal) -> Self {
        Self::of(value.mantissa(), value.scale())
    }
}

impl std::str::FromStr for Exact {
    type Err = super::DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        super::parse_decimal(text).map(Self::from)
    }
}

impl std::fmt::Debug for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exact({self})")
    }
}

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.reduced();
        let digits = value.mantissa().unsigned_abs().to_string();
        let scale = value.scale as usize;
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        let text =
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
        f.pad_integral(value.mantissa() >= 0, "", &text)
    }
}

/// As a canonical string, like every decimal of the engine.
impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Exact;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a decimal written as a string, such as \"12.50\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Exact, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is only faster must be faster where it can: nothing else would show it.
    #[test]
    fn numbers_are_narrow_as_long_as_they_fit() {
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        for value in [0, 1, -1, least, most] {
            assert_eq!(narrow(value).map(i128::from), Some(value));
        }
        for value in [least - 1, most + 1, i128::MIN, i128::MAX, 1 << 64] {
            assert_eq!(narrow(value), None);
        }
        assert_eq!((power(0), power(38), power(39)), (Some(1), Some(10_i128.pow(38)), None));
        let most = i128::MAX;
        assert_eq!(
            (shifted(most, 0), shifted(3, 2), shifted(most, 1)),
            (Some(most), Some(300), None)
        );
        let (a, b) = (Exact::of(25, 1), Exact::of(-75, 2));
        assert_eq!((a.aligned(b), b.aligned(a)), (Some((250, -75, 2)), Some((-75, 250, 2))));
        assert_eq!((a.aligned(a), Exact::of(most, 0).aligned(a)), (Some((25, 25, 1)), None));
        assert_eq!((Exact::of(-250, 2).small(), Exact::of(1, 29).small()), (Some((25, 1)), None));
        assert_eq!((Exact::of(most, 0).small(), Exact::of(10, 29).small()), (None, Some((1, 28))));
    }

    /// Halves of numbers that need more than 128 bits go to the even neighbour too.
    #[test]
    fn wide_halves_go_to_the_even_neighbour() {
        let huge = I256::from(i128::MAX) * I256::from(4_i128);
        for (quotient, even) in
            [(0, 0), (1, 2), (2, 2), (3, 4), (7, 8), (-1, -2), (-2, -2), (-5, -6)]
        {
            let sign = if quotient < 0 { I256::MINUS_ONE } else { I256::ONE };
            let half = I256::from(quotient as i128) * huge + sign * huge / I256::from(2_i128);
            let found = divide_scaled(half, 0, huge, RoundingMode::HalfEven);
            assert_eq!(found, Some(I256::from(even as i128)), "{quotient} and a half");
        }
    }
}
