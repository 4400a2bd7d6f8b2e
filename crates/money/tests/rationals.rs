//! Arithmetic against exact rationals.
#![cfg(test)]

use listino_money::{AllocationMethod, Amount, Exact, Increment, Rounding, RoundingMode, allocate};
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
    (mantissa, 0_u32..25).prop_map(|(mantissa, scale)| {
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
        if let Ok(sum) = a.add(b) {
            prop_assert_eq!(rational(sum), &x + &y);
        }
        if let Ok(difference) = a.subtract(b) {
            prop_assert_eq!(rational(difference), &x - &y);
        }
        if let Ok(product) = a.multiply(b) {
            prop_assert_eq!(rational(product), &x * &y);
        }
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        prop_assert_eq!(rational(a.reduced()), x);
    }

    #[test]
    fn rounding_is_exact((value, x) in exact(), step in 1_u32..2000, scale in 0_u32..8, mode in mode()) {
        let step = Exact::new(step.into(), scale).unwrap();
        let rounding = Rounding::new(Increment::new(step).unwrap(), mode);
        if let Ok(found) = value.round(rounding) {
            prop_assert_eq!(rational(found), rounded(&x, &rational(step), mode));
        }
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
        if let Ok(found) = a.divide(b, Rounding::digits(digits, mode)) {
            prop_assert_eq!(rational(found), rounded(&(&x / &y), &step, mode));
        }
        if let Ok(found) = a.divide_exact(b) {
            prop_assert_eq!(rational(found), x / y);
        }
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

    #[test]
    fn shares_sum_to_the_whole_and_keep_their_caps(
        total in -1_000_000_i128..1_000_000,
        weights in prop::collection::vec(0_i128..100_000, 0..12),
        caps in prop::collection::vec(0_i128..100_000, 12),
        method in prop::sample::select(vec![
            AllocationMethod::LargestRemainder, AllocationMethod::Last,
            AllocationMethod::First, AllocationMethod::Largest,
        ]),
    ) {
        let cents = |units: i128| Exact::new(units, 2).unwrap();
        let total = cents(total);
        let weights: Vec<Exact> = weights.into_iter().map(cents).collect();
        let caps: Vec<Exact> = caps.into_iter().take(weights.len()).map(cents).collect();
        let split = allocate(total, &weights, &caps, Increment::digits(2), method).unwrap();
        let placed = split.shares.iter().fold(Exact::ZERO, |sum, s| sum.add(*s).unwrap());
        prop_assert_eq!(placed.add(split.rest).unwrap(), total);
        for ((share, cap), weight) in split.shares.iter().zip(&caps).zip(&weights) {
            prop_assert!(share.magnitude() <= *cap);
            prop_assert!(share.is_zero() || share.is_negative() == total.is_negative());
            prop_assert!(!weight.is_zero() || share.is_zero());
        }
        // A rest means that every part with a weight is full.
        if !split.rest.is_zero() {
            let full = split.shares.iter().zip(&caps).zip(&weights);
            for ((share, cap), weight) in full {
                prop_assert!(weight.is_zero() || share.magnitude() == *cap);
            }
        }
    }

    #[test]
    fn without_caps_each_share_is_within_a_coin_of_its_part(
        total in 0_i128..1_000_000,
        weights in prop::collection::vec(1_i128..100_000, 1..12),
    ) {
        let amount = Exact::new(total, 2).unwrap();
        let sum: i128 = weights.iter().sum();
        let parts: Vec<Exact> = weights.iter().map(|w| Exact::new(*w, 2).unwrap()).collect();
        let caps = vec![amount; parts.len()];
        let method = AllocationMethod::LargestRemainder;
        let split = allocate(amount, &parts, &caps, Increment::digits(2), method).unwrap();
        for (share, weight) in split.shares.iter().zip(&weights) {
            let ideal = BigRational::new(BigInt::from(total * weight), BigInt::from(sum * 100));
            let off = rational(*share) - ideal;
            let coin = BigRational::new(BigInt::from(1), BigInt::from(100));
            prop_assert!(off < coin && off > -coin);
        }
    }
}

#[test]
fn what_is_not_a_decimal_is_refused() {
    for text in [
        "",
        "-",
        ".",
        ".5",
        "5.",
        "+1",
        "1_000",
        "1,5",
        "1e3",
        "1E3",
        "NaN",
        "inf",
        " 1",
        "1 ",
        "0x10",
        "--1",
        "007",
        "1.2.3",
        "١",
        "10000000000000000000000000000",
        "0.00000000000000000000000000001",
    ] {
        assert!(text.parse::<Amount>().is_err(), "{text:?} was read");
    }
    for (text, canonical) in [("0", "0"), ("-0", "0"), ("-0.0", "0"), ("1.50", "1.5"), ("10", "10")]
    {
        assert_eq!(text.parse::<Amount>().unwrap().to_string(), canonical);
    }
}

#[test]
fn a_result_has_no_more_digits_than_a_reader_takes() {
    use listino_money::Amount;
    let most: Amount = "9999999999999999999999999999".parse().unwrap();
    let twice = most.exact().add(most.exact()).unwrap();
    assert!(Amount::from_exact(twice).is_err());
    assert_eq!(Amount::from_exact(most.exact()).unwrap(), most);
}
