//! Arithmetic against exact rationals.
#![cfg(test)]

use listino_money::{Amount, ArithmeticError, Exact, Increment, Rounding, RoundingMode};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

fn exact() -> impl Strategy<Value = (Exact, BigRational)> {
    let mantissa = prop_oneof![
        -1000_i128..1000,
        any::<i64>().prop_map(i128::from),
        -(10_i128.pow(37))..10_i128.pow(37),
        Just(0_i128),
    ];
    let bound = (prop::sample::select(vec![31, 32, 63, 64, 95, 96, 126, 127]), -2_i128..3)
        .prop_map(
            |(bits, off)| if bits == 127 { i128::MAX - off.abs() } else { (1 << bits) + off },
        );
    let tens = (0_u32..38, -2_i128..3).prop_map(|(digits, off)| 10_i128.pow(digits) + off);
    let bound = (prop_oneof![bound, tens], any::<bool>())
        .prop_map(|(bound, negative)| if negative { -bound } else { bound });
    let mantissa = prop_oneof![mantissa, bound];
    (mantissa, prop_oneof![0_u32..4, 0_u32..39]).prop_map(|(mantissa, scale)| {
        let rational = BigRational::new(BigInt::from(mantissa), BigInt::from(10).pow(scale));
        (Exact::new(mantissa, scale).unwrap(), rational)
    })
}

fn rational(value: Exact) -> BigRational {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
    let scale = u32::try_from(fraction.len()).unwrap();
    BigRational::new(digits, BigInt::from(10).pow(scale))
}

/// Whether a result is right: the number where there is room for it, an error where there is none.
fn is_right(found: Result<Exact, ArithmeticError>, wanted: &BigRational) -> bool {
    match found {
        Ok(found) => rational(found) == *wanted,
        Err(error) => error == ArithmeticError::Precision && !fits(wanted),
    }
}

/// Whether a number has a mantissa of 127 bits and a scale of at most 38.
fn fits(value: &BigRational) -> bool {
    let mantissa = value * BigRational::from_integer(BigInt::from(10).pow(38));
    if !mantissa.is_integer() {
        return false;
    }
    let (mut mantissa, ten) = (mantissa.to_integer(), BigInt::from(10));
    for _ in 0..38 {
        if &mantissa % &ten != BigInt::from(0) {
            break;
        }
        mantissa /= &ten;
    }
    mantissa.magnitude() <= BigInt::from(i128::MAX).magnitude()
}

fn mode() -> impl Strategy<Value = RoundingMode> {
    prop::sample::select(vec![
        RoundingMode::HalfUp,
        RoundingMode::HalfEven,
        RoundingMode::HalfDown,
        RoundingMode::Up,
        RoundingMode::Down,
    ])
}

/// Rounding written a second time, over rationals and by its definition.
fn rounded(value: &BigRational, step: &BigRational, mode: RoundingMode) -> BigRational {
    let units = value / step;
    let zero = BigRational::from_integer(BigInt::from(0));
    let size = if units < zero { -units.clone() } else { units.clone() };
    let whole = size.floor();
    let rest = &size - &whole;
    let half = BigRational::new(BigInt::from(1), BigInt::from(2));
    let even = (whole.to_integer() % BigInt::from(2)) == BigInt::from(0);
    let up = match mode {
        RoundingMode::Up => rest != zero,
        RoundingMode::Down => false,
        RoundingMode::HalfUp => rest >= half,
        RoundingMode::HalfDown => rest > half,
        RoundingMode::HalfEven => rest > half || (rest == half && !even),
    };
    let one = BigRational::from_integer(BigInt::from(1));
    let size = if up { whole + one } else { whole };
    (if units < zero { -size } else { size }) * step
}

/// Forty digits are found one by one, of which the quotient has 38.
#[test]
fn a_quotient_that_fits_is_found_however_many_digits_it_takes() {
    let [a, b]: [Exact; 2] =
        ["10000000000000", "90071992547.40992"].map(|text| text.parse().unwrap());
    let quotient = Exact::new(11_102_230_246_251_565_404_236_316_680_908_203_125, 35).unwrap();
    assert_eq!(a.divide_exact(b).unwrap(), quotient);
    // Written with 38 decimals, a tenth takes the numerator beyond 256 bits.
    let a = Exact::new(794_079_995_085_683_323_545_087_954_750_611_375, 0).unwrap();
    let b = Exact::new(-10_i128.pow(37), 38).unwrap();
    let quotient = Exact::new(-7_940_799_950_856_833_235_450_879_547_506_113_750, 0).unwrap();
    assert_eq!(a.divide(b, Rounding::digits(8, RoundingMode::HalfUp)).unwrap(), quotient);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn sums_products_and_order_are_exact((a, x) in exact(), (b, y) in exact()) {
        prop_assert!(is_right(a.add(b), &(&x + &y)));
        prop_assert!(is_right(a.subtract(b), &(&x - &y)));
        prop_assert!(is_right(a.multiply(b), &(&x * &y)));
        prop_assert!(is_right(a.percent(), &(&x / BigInt::from(100))));
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        prop_assert_eq!(rational(a.reduced()), x);
    }

    #[test]
    fn rounding_is_exact((value, x) in exact(), step in 1_u32..2000, scale in prop_oneof![0_u32..8, 0_u32..39], mode in mode()) {
        let step = Exact::new(step.into(), scale).unwrap();
        let rounding = Rounding::new(Increment::new(step).unwrap(), mode);
        prop_assert!(is_right(value.round(rounding), &rounded(&x, &rational(step), mode)));
    }

    #[test]
    fn halves_round_as_they_should(units in -10_000_i128..10_000, mode in mode()) {
        // Exactly between two cents, where modes differ.
        let value = Exact::new(units * 10 + 5, 3).unwrap();
        let found = value.round(Rounding::digits(2, mode)).unwrap();
        let cent = BigRational::new(BigInt::from(1), BigInt::from(100));
        prop_assert_eq!(rational(found), rounded(&rational(value), &cent, mode));
    }

    #[test]
    fn division_is_exact((a, x) in exact(), (b, y) in exact(), digits in 0_u32..10, mode in mode()) {
        if b.is_zero() {
            prop_assert!(a.divide(b, Rounding::digits(digits, mode)).is_err());
            return Ok(());
        }
        let step = BigRational::new(BigInt::from(1), BigInt::from(10).pow(digits));
        let quotient = x / y;
        let wanted = rounded(&quotient, &step, mode);
        prop_assert!(is_right(a.divide(b, Rounding::digits(digits, mode)), &wanted));
        prop_assert!(is_right(a.divide_exact(b), &quotient));
    }

    #[test]
    fn text_and_number_are_one((value, _) in exact()) {
        if let Ok(amount) = Amount::from_exact(value) {
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
            prop_assert_eq!(amount.exact(), value);
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(json, format!("\"{amount}\""));
        }
    }
}
