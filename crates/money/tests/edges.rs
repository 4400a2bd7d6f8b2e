//! Every function where something ends or turns over: what the random rows of `rationals.rs` meet
//! too seldom.
#![cfg(test)]

use listino_money::fixed::{power_of_ten, ratio, rounded};
use listino_money::{
    Amount, ArithmeticError, Currency, CurrencyError, DecimalError, Exact, ExchangeRate, Fixed,
    Increment, Percent, Quantity, Rounding, RoundingMode, parse_decimal,
};
use rust_decimal::Decimal;

/// The largest mantissa there is.
const MOST: i128 = i128::MAX;

fn exact(mantissa: i128, scale: u32) -> Exact {
    Exact::new(mantissa, scale).unwrap()
}

fn read(text: &str) -> Exact {
    text.parse().unwrap()
}

mod exact_numbers {
    use super::*;

    #[test]
    fn a_number_has_a_sign_that_turns_and_a_scale_that_ends() {
        assert_eq!(Exact::new(1, 39), Err(ArithmeticError::Precision));
        assert_eq!(Exact::new(i128::MIN, 0), Err(ArithmeticError::Precision));
        assert_eq!(exact(MOST, 38).parts(), (MOST, 38));
        assert_eq!(exact(-MOST, 0).negate().parts(), (MOST, 0));
        assert_eq!(exact(-MOST, 3).magnitude().parts(), (MOST, 3));
        assert_eq!(exact(7, 3).magnitude().parts(), (7, 3));
        assert_eq!(Exact::integer(i64::MIN).parts(), (i64::MIN.into(), 0));
        for (number, zero, negative, positive) in [
            (exact(0, 2), true, false, false),
            (exact(-1, 2), false, true, false),
            (exact(1, 2), false, false, true),
            (exact(-(1 << 100), 0), false, true, false),
        ] {
            assert_eq!(number.is_zero(), zero, "{number}");
            assert_eq!(number.is_negative(), negative, "{number}");
            assert_eq!(number.is_positive(), positive, "{number}");
        }
    }

    #[test]
    fn whole_numbers_are_known_by_their_value() {
        for (number, whole) in [
            (exact(1200, 2), Some(12)),
            (exact(1250, 2), None),
            (exact(-1200, 2), Some(-12)),
            (exact(0, 38), Some(0)),
            (exact(MOST, 0), Some(MOST)),
            (exact(MOST, 1), None),
        ] {
            assert_eq!(number.to_integer(), whole, "{number}");
            assert_eq!(number.is_integer(), whole.is_some(), "{number}");
        }
    }

    #[test]
    fn trailing_zeros_go_and_nothing_else() {
        let long = 12_345_678_901_234_567_890_123_i128;
        for (number, mantissa, scale) in [
            (exact(125_000, 4), 125, 1),
            (exact(125_000, 3), 125, 0),
            (exact(125_000, 2), 1250, 0),
            (exact(-10_000, 4), -1, 0),
            (exact(10_000, 3), 10, 0),
            (exact(70_000_000, 9), 7, 2),
            (exact(0, 9), 0, 0),
            (exact(12, 3), 12, 3),
            (exact(15, 1), 15, 1),
            (exact(long * 10_000, 5), long, 1),
            (exact(long * 10_000, 3), long * 10, 0),
            (exact(-long * 10, 1), -long, 0),
            (exact(long, 4), long, 4),
        ] {
            assert_eq!(number.reduced().parts(), (mantissa, scale));
            assert_eq!(number.reduced(), number);
        }
    }

    #[test]
    fn sums_end_where_the_mantissa_does() {
        let one = exact(1, 0);
        assert_eq!(exact(MOST, 0).add(one), Err(ArithmeticError::Precision));
        assert_eq!(exact(-MOST, 0).subtract(one), Err(ArithmeticError::Precision));
        assert_eq!(exact(-MOST + 1, 0).subtract(one).unwrap().parts(), (-MOST, 0));
        assert_eq!(exact(MOST - 1, 0).add(one).unwrap().parts(), (MOST, 0));
        // -2^127 has no opposite, and is refused wherever it would come from.
        let (a, b) = (exact(-(1 << 126), 0), exact(-(1 << 126), 0));
        assert_eq!(a.add(b), Err(ArithmeticError::Precision));
        assert_eq!(
            exact(-(1 << 64), 0).multiply(exact(1 << 63, 0)),
            Err(ArithmeticError::Precision)
        );
        // Zeros that are only written do not count.
        let (a, b) = (exact(17 * 10_i128.pow(37), 38), exact(3, 0));
        assert_eq!(a.add(b).unwrap(), read("4.7"));
        assert_eq!(b.add(a).unwrap(), read("4.7"));
        assert_eq!(exact(MOST - 3, 1).add(exact(30, 2)).unwrap().parts(), (MOST, 1));
        assert_eq!(exact(MOST / 100, 0).add(exact(5, 2)).unwrap().parts().1, 2);
        assert_eq!(exact(MOST, 0).add(exact(5, 1)), Err(ArithmeticError::Precision));
        assert_eq!(exact(5, 1).add(exact(MOST, 0)), Err(ArithmeticError::Precision));
    }

    #[test]
    fn products_take_more_room_on_the_way_than_in_the_end() {
        let tiny = exact(1, 20);
        assert_eq!(tiny.multiply(tiny), Err(ArithmeticError::Precision));
        assert_eq!(exact(10_i128.pow(10), 30).multiply(exact(1, 10)).unwrap().parts().1, 30);
        assert_eq!(exact(0, 38).multiply(exact(5, 38)).unwrap().parts(), (0, 0));
        let wide = exact(10_i128.pow(30), 30);
        assert_eq!(wide.multiply(exact(7 * 10_i128.pow(30), 30)).unwrap(), read("7"));
        assert_eq!(exact(1 << 64, 0).multiply(exact(1 << 62, 0)).unwrap().parts(), (1 << 126, 0));
        assert_eq!(exact(1 << 64, 0).multiply(exact(1 << 64, 0)), Err(ArithmeticError::Precision));
    }

    #[test]
    fn quotients_keep_their_sign_and_their_last_digit() {
        let by = |mode| Rounding::digits(0, mode);
        let up = by(RoundingMode::Up);
        for (a, b, quotient) in [
            ("7", "2", "4"),
            ("-7", "2", "-4"),
            ("7", "-2", "-4"),
            ("-7", "-2", "4"),
            ("6", "2", "3"),
            ("0", "-2", "0"),
            ("0.001", "1000", "1"),
            ("-0.001", "1000", "-1"),
            ("0.001", "-1000", "-1"),
        ] {
            assert_eq!(read(a).divide(read(b), up).unwrap(), read(quotient), "{a} / {b}");
        }
        assert_eq!(exact(1, 0).divide(Exact::ZERO, up), Err(ArithmeticError::DivisionByZero));
        assert_eq!(exact(1, 0).divide_exact(exact(0, 5)), Err(ArithmeticError::DivisionByZero));
        // The smallest number of 64 bits, divided by minus one.
        let least = exact(i64::MIN.into(), 0);
        assert_eq!(least.divide(exact(-1, 0), up).unwrap().parts().0, 1 << 63);
        // Divided by more than 256 bits hold: nothing, or one away from zero.
        let step = Rounding::new(Increment::new(exact(MOST, 0)).unwrap(), RoundingMode::Up);
        for (a, b, sign) in [(1, MOST, 1), (-1, MOST, -1), (1, -MOST, -1), (-1, -MOST, 1)] {
            let quotient = exact(a, 38).divide(exact(b, 0), step).unwrap();
            assert_eq!(quotient.parts(), (sign * MOST, 0));
        }
        let down = Rounding::new(Increment::new(exact(MOST, 0)).unwrap(), RoundingMode::HalfUp);
        assert!(exact(MOST, 38).divide(exact(MOST, 0), down).unwrap().is_zero());
        // A numerator beyond 256 bits.
        let quotient =
            exact(MOST, 0).divide(exact(MOST, 38), Rounding::digits(0, RoundingMode::Down));
        assert_eq!(quotient.unwrap(), exact(10_i128.pow(38), 0));
        assert_eq!(
            exact(MOST, 0).divide(exact(1, 38), Rounding::digits(28, RoundingMode::Down)),
            Err(ArithmeticError::Precision)
        );
    }

    #[test]
    fn exact_quotients_are_found_digit_by_digit() {
        for (a, b, quotient) in [
            ("1", "8", "0.125"),
            ("-1", "8", "-0.125"),
            ("1", "-8", "-0.125"),
            ("-1", "-8", "0.125"),
            ("100", "0.05", "2000"),
            ("12.5", "2.5", "5"),
            ("0", "7", "0"),
        ] {
            assert_eq!(read(a).divide_exact(read(b)).unwrap(), read(quotient), "{a} / {b}");
        }
        assert_eq!(exact(0, 9).divide_exact(exact(7, 0)).unwrap().parts(), (0, 0));
        assert_eq!(exact(1, 0).divide_exact(exact(3, 0)), Err(ArithmeticError::Precision));
        // 2^-38 has 38 decimals, 2^-39 one too many.
        assert_eq!(exact(1, 0).divide_exact(exact(1 << 38, 0)).unwrap().parts().1, 38);
        assert_eq!(exact(1, 0).divide_exact(exact(1 << 39, 0)), Err(ArithmeticError::Precision));
        // A remainder of which ten times does not fit 128 bits.
        let long = 10_i128.pow(37) * 8;
        assert_eq!(exact(long / 2, 0).divide_exact(exact(long, 0)).unwrap(), read("0.5"));
        let odd = exact(3 * 10_i128.pow(37) + 1, 0);
        assert_eq!(odd.multiply(exact(5, 1)).unwrap().divide_exact(odd).unwrap(), read("0.5"));
        // Zeros that are put behind, as long as there is room.
        assert_eq!(
            exact(17, 0).divide_exact(exact(1, 37)).unwrap(),
            exact(17 * 10_i128.pow(37), 0)
        );
        assert_eq!(exact(18, 0).divide_exact(exact(1, 37)), Err(ArithmeticError::Precision));
        assert_eq!(exact(MOST, 0).divide_exact(exact(1, 1)), Err(ArithmeticError::Precision));
        assert_eq!(exact(-MOST, 0).divide_exact(exact(1, 0)).unwrap().parts(), (-MOST, 0));
    }

    #[test]
    fn a_percentage_moves_the_point_twice() {
        assert_eq!(exact(7, 36).percent().unwrap().parts(), (7, 38));
        assert_eq!(exact(70, 37).percent().unwrap().parts(), (7, 38));
        assert_eq!(exact(7, 37).percent(), Err(ArithmeticError::Precision));
        assert_eq!(exact(-250, 0).percent().unwrap(), read("-2.5"));
    }

    #[test]
    fn rounding_leaves_what_is_round_and_counts_steps_of_any_size() {
        let cents = Rounding::digits(2, RoundingMode::HalfUp);
        assert_eq!(exact(1251, 2).round(cents).unwrap().parts(), (1251, 2));
        assert_eq!(exact(12, 0).round(cents).unwrap().parts(), (12, 0));
        let five = Rounding::new(Increment::new(read("0.05")).unwrap(), RoundingMode::HalfUp);
        assert_eq!(exact(12, 0).round(five).unwrap(), read("12"));
        assert_eq!(read("12.3").round(five).unwrap(), read("12.3"));
        assert_eq!(read("-12.33").round(five).unwrap(), read("-12.35"));
        assert_eq!(read("0.024").round(five).unwrap(), Exact::ZERO);
        // More steps than 128 bits count, although what they make fits.
        let tiny = Rounding::new(Increment::new(exact(3, 38)).unwrap(), RoundingMode::Down);
        assert_eq!(exact(60, 0).round(tiny).unwrap(), read("60"));
        assert_eq!(exact(100, 0).round(tiny), Err(ArithmeticError::Precision));
        let tiny = Rounding::new(Increment::new(exact(25, 38)).unwrap(), RoundingMode::Down);
        assert_eq!(exact(MOST, 0).round(tiny).unwrap().parts(), (MOST, 0));
        let large = Rounding::new(Increment::new(exact(MOST - 1, 0)).unwrap(), RoundingMode::Up);
        assert_eq!(exact(MOST, 0).round(large), Err(ArithmeticError::Precision));
    }

    #[test]
    fn steps_are_counted_by_their_size() {
        let down = RoundingMode::Down;
        assert_eq!(exact(5, 0).units_of(Exact::ZERO, down), Err(ArithmeticError::DivisionByZero));
        assert_eq!(exact(17, 2).units_of(exact(5, 2), down).unwrap(), 3);
        assert_eq!(exact(17, 2).units_of(exact(1, 2), down).unwrap(), 17);
        assert_eq!(exact(17, 2).units_of(exact(5, 3), down).unwrap(), 34);
        assert_eq!(exact(-175, 3).units_of(exact(1, 2), down).unwrap(), -17);
        assert_eq!(exact(MOST, 0).units_of(exact(1, 1), down), Err(ArithmeticError::Precision));
        assert_eq!(exact(MOST, 0).units_of(exact(10, 1), down).unwrap(), MOST);
        // A step that is larger than 128 bits at the scale of the number.
        assert_eq!(exact(MOST, 38).units_of(exact(MOST, 0), down).unwrap(), 0);
        assert_eq!(exact(-MOST, 38).units_of(exact(MOST, 0), RoundingMode::Up).unwrap(), -1);
        assert_eq!(exact(MOST, 0).units_of(exact(MOST, 38), down).unwrap(), 10_i128.pow(38));
    }

    #[test]
    fn order_is_that_of_the_values() {
        let sorted = [
            exact(-MOST, 0),
            exact(-MOST, 38),
            exact(-1, 38),
            exact(0, 7),
            exact(1, 38),
            exact(99, 2),
            exact(1, 0),
            exact(MOST, 38),
            exact(MOST, 1),
            exact(MOST, 0),
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (k, b) in sorted.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&k), "{a} and {b}");
                assert_eq!(a.partial_cmp(b), Some(i.cmp(&k)));
                assert_eq!(a == b, i == k);
            }
        }
        assert_eq!(exact(10, 1), exact(1, 0));
    }

    #[test]
    fn a_decimal_has_28_digits() {
        let decimal = |number: Exact| number.to_decimal().map(|decimal| decimal.to_string());
        assert_eq!(decimal(exact(-1250, 2)).unwrap(), "-12.50");
        assert_eq!(decimal(exact(u64::MAX.into(), 28)).unwrap(), "0.0000000018446744073709551615");
        assert_eq!(decimal(exact(1_i128 << 64, 0)).unwrap(), "18446744073709551616");
        assert_eq!(decimal(exact(-(1_i128 << 90), 3)).unwrap(), "-1237940039285380274899124.224");
        assert_eq!(decimal(exact(500, 30)).unwrap(), "0.0000000000000000000000000005");
        assert_eq!(exact(50, 30).to_decimal(), Err(ArithmeticError::Precision));
        assert_eq!(exact(MOST, 0).to_decimal(), Err(ArithmeticError::Precision));
        // Wide, and short once its zeros are gone.
        assert_eq!(decimal(exact(7 * 10_i128.pow(37), 36)).unwrap(), "70");
    }

    #[test]
    fn text_has_the_zeros_that_a_place_needs() {
        for (number, text) in [
            (exact(0, 3), "0"),
            (exact(5, 3), "0.005"),
            (exact(-5, 0), "-5"),
            (exact(1250, 2), "12.5"),
            (exact(-125, 1), "-12.5"),
            (exact(MOST, 38), "1.70141183460469231731687303715884105727"),
        ] {
            assert_eq!(number.to_string(), text);
            assert_eq!(format!("{number:?}"), format!("Exact({text})"));
            assert_eq!(serde_json::to_string(&number).unwrap(), format!("\"{text}\""));
        }
        assert_eq!(format!("[{:>6}]", read("1.5")), "[   1.5]");
        let back: Exact = serde_json::from_str("\"-12.50\"").unwrap();
        assert_eq!(back, read("-12.5"));
        let error = serde_json::from_str::<Exact>("12.5").unwrap_err().to_string();
        assert!(error.contains("a decimal written as a string, such as \"12.50\""), "{error}");
        assert!(serde_json::from_str::<Exact>("\"1e3\"").is_err());
    }
}

mod decimals {
    use super::*;

    #[test]
    fn what_is_refused_says_why() {
        let syntax = |text: &str| Err(DecimalError::Syntax(text.to_owned()));
        for text in ["", "-", "1.", ".1", "1..2", "01", "-01", "00.1", "+1", "1e3", "1,5", "١"] {
            assert_eq!(parse_decimal(text), syntax(text));
        }
        let many = "1".repeat(29);
        assert_eq!(parse_decimal(&many), Err(DecimalError::TooManyDigits(many.clone())));
        let point = format!("0.{}", "1".repeat(29));
        assert_eq!(parse_decimal(&point), Err(DecimalError::TooManyDigits(point.clone())));
        let point = format!("1.{}", "1".repeat(28));
        assert_eq!(parse_decimal(&point), Err(DecimalError::TooManyDigits(point.clone())));
        // A leading zero is no digit.
        let point = format!("0.{}", "1".repeat(28));
        assert_eq!(parse_decimal(&point).unwrap().to_string(), point);
        let most = "9".repeat(28);
        assert_eq!(parse_decimal(&most).unwrap().to_string(), most);
        assert_eq!(parse_decimal("-0.00").unwrap(), Decimal::ZERO);
        assert!(!parse_decimal("-0.00").unwrap().is_sign_negative());
    }

    #[test]
    fn a_long_text_is_repeated_in_part() {
        let of = |count: usize| match "x".repeat(count).parse::<Amount>() {
            Err(DecimalError::Syntax(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(40), "x".repeat(40));
        assert_eq!(of(41), format!("{}…", "x".repeat(40)));
    }

    #[test]
    fn a_rate_is_greater_than_zero() {
        for text in ["0", "-0.00", "-1.5"] {
            assert!(matches!(text.parse::<ExchangeRate>(), Err(DecimalError::NotPositive(_))));
        }
        let rate = ExchangeRate::try_from(Decimal::new(10_840, 4)).unwrap();
        assert_eq!((rate.to_string(), rate.exact()), ("1.084".to_owned(), read("1.084")));
        assert_eq!(
            ExchangeRate::try_from(Decimal::new(-1, 0)),
            Err(DecimalError::NotPositive("-1".to_owned()))
        );
    }

    #[test]
    fn they_are_written_as_they_are_read() {
        for text in [
            "0",
            "7",
            "10",
            "-7",
            "0.5",
            "-0.05",
            "12.5",
            "1000000",
            "18446744073709551615",
            "18446744073709551616",
            "-18446744073709551616.5",
            "0.0000000000000000000000000001",
            "0.0000000018446744073709551615",
            "-9999999999999999999999999999",
        ] {
            let amount: Amount = text.parse().unwrap();
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
            assert_eq!(
                (amount.to_string(), format!("{amount:?}")),
                (text.into(), format!("Amount({text})"))
            );
            assert_eq!(Amount::from_exact(amount.exact()).unwrap(), amount);
        }
        let amount = Amount::try_from(Decimal::new(-1250, 2)).unwrap();
        assert_eq!((amount.decimal().scale(), amount.to_string()), (1, "-12.5".to_owned()));
        let zero = Amount::try_from(Decimal::from_parts(0, 0, 0, true, 5)).unwrap();
        assert_eq!((zero.decimal().scale(), zero.decimal().is_sign_negative()), (0, false));
        assert_eq!(serde_json::to_string(&zero).unwrap(), "\"0\"");
        let error = serde_json::from_str::<Percent>("5").unwrap_err().to_string();
        assert!(error.contains("a decimal written as a string, such as \"12.50\""), "{error}");
        assert_eq!(
            (Percent::from(40).to_string(), Quantity::from(-3).to_string()),
            ("40".into(), "-3".into())
        );
    }

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_names_each_and_says_what_it_is() {
        let schema = |json: schemars::Schema| serde_json::to_string(&json).unwrap();
        let pattern = r#""pattern":"^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$""#;
        for (name, text) in [
            (
                <Amount as schemars::JsonSchema>::schema_name(),
                schema(schemars::schema_for!(Amount)),
            ),
            (
                <ExchangeRate as schemars::JsonSchema>::schema_name(),
                schema(schemars::schema_for!(ExchangeRate)),
            ),
        ] {
            assert!(text.contains(pattern) && text.contains(r#""type":"string""#), "{text}");
            assert!(name == "Amount" || name == "ExchangeRate");
        }
        assert_eq!(<Currency as schemars::JsonSchema>::schema_name(), "Currency");
        let text = schema(schemars::schema_for!(Currency));
        assert!(text.contains(r#""pattern":"^[A-Z]{3}$""#), "{text}");
    }
}

mod currencies {
    use super::*;

    #[test]
    fn a_code_is_three_capital_letters() {
        for text in ["eur", "EU", "EURO", "E1R", "", "Eur", "ÄR"] {
            let error: CurrencyError = text.parse::<Currency>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is not a currency code")));
        }
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!((yen.code(), format!("{yen:?}")), ("JPY", "Currency(JPY)".to_owned()));
        assert_eq!(format!("[{yen:>5}]"), "[  JPY]");
        assert_eq!(serde_json::to_string(&yen).unwrap(), "\"JPY\"");
        assert_eq!(serde_json::from_str::<Currency>("\"JPY\"").unwrap(), yen);
        let error = serde_json::from_str::<Currency>("5").unwrap_err().to_string();
        assert!(error.contains("a currency code such as \"EUR\""), "{error}");
        assert!(serde_json::from_str::<Currency>("\"yen\"").is_err());
        assert_eq!(Currency::EUR.code(), "EUR");
    }
}

mod roundings {
    use super::*;

    const MODES: [RoundingMode; 5] = [
        RoundingMode::HalfUp,
        RoundingMode::HalfEven,
        RoundingMode::HalfDown,
        RoundingMode::Up,
        RoundingMode::Down,
    ];

    #[test]
    fn every_mode_below_at_and_above_the_half() {
        for (tenths, wanted) in [
            (20, [2, 2, 2, 2, 2]),
            (21, [2, 2, 2, 3, 2]),
            (25, [3, 2, 2, 3, 2]),
            (29, [3, 3, 3, 3, 2]),
            (35, [4, 4, 3, 4, 3]),
        ] {
            for sign in [1, -1] {
                let value = exact(sign * tenths, 1);
                let round = |mode| Rounding::digits(0, mode).apply(value).unwrap();
                assert_eq!(MODES.map(round), wanted.map(|whole| exact(sign * whole, 0)), "{value}");
                // The same beyond 64 bits, and beyond 128.
                let by = exact(10_i128.pow(20), 0);
                let wide = value.multiply(by).unwrap();
                let whole = Increment::new(by).unwrap();
                let round = |mode| Rounding::new(whole, mode).apply(wide).unwrap();
                let wanted = wanted.map(|whole| exact(sign * whole, 0).multiply(by).unwrap());
                assert_eq!(MODES.map(round), wanted, "{wide}");
            }
        }
    }

    #[test]
    fn increments_are_positive_and_end_at_28_decimals() {
        assert_eq!(Increment::new(Exact::ZERO), None);
        assert_eq!(Increment::new(read("-0.05")), None);
        assert_eq!(Increment::new(exact(500, 4)).unwrap().exact().parts(), (5, 2));
        assert_eq!(Increment::digits(28).exact().parts(), (1, 28));
        assert_eq!(Increment::digits(29), Increment::digits(28));
        assert_eq!(serde_json::to_string(&Increment::digits(2)).unwrap(), "\"0.01\"");
        assert_eq!(serde_json::from_str::<Increment>("\"0.01\"").unwrap(), Increment::digits(2));
        let error = serde_json::from_str::<Increment>("\"0\"").unwrap_err().to_string();
        assert!(error.contains("greater than zero"), "{error}");
        let cash = Rounding::new(Increment::digits(1), RoundingMode::Down);
        assert_eq!((cash.increment(), cash.mode()), (Increment::digits(1), RoundingMode::Down));
    }
}

mod fixed_numbers {
    use super::*;

    const fn fixed(mantissa: i64, scale: u8) -> Fixed {
        Fixed { mantissa, scale }
    }

    #[test]
    fn what_does_not_fit_says_so() {
        assert_eq!(Fixed::of(exact(i64::MAX.into(), 38)), Some(fixed(i64::MAX, 38)));
        assert_eq!(Fixed::of(exact(i128::from(i64::MAX) + 1, 0)), None);
        assert_eq!(Fixed::of(exact(i64::MIN.into(), 0)), Some(fixed(i64::MIN, 0)));
        assert_eq!(fixed(-5, 38).exact().unwrap().parts(), (-5, 38));
        assert_eq!(fixed(5, 39).exact(), Err(ArithmeticError::Precision));
        assert_eq!(fixed(3, 19).times(fixed(-2, 19), 38), Some(fixed(-6, 38)));
        assert_eq!(fixed(3, 19).times(fixed(2, 20), u8::MAX), None);
        assert_eq!(fixed(3, 200).times(fixed(2, 100), u8::MAX), None);
        assert_eq!(fixed(3, 2).times(fixed(2, 1), 3), Some(fixed(6, 3)));
        assert_eq!(fixed(3, 2).times(fixed(2, 2), 3), None);
        assert_eq!(fixed(i64::MAX, 0).times(fixed(2, 0), 38), None);
        assert_eq!(fixed(12, 2).at_scale(2), Some(12));
        assert_eq!(fixed(-12, 2).at_scale(4), Some(-1200));
        assert_eq!(fixed(12, 2).at_scale(1), None);
        assert_eq!(fixed(1, 0).at_scale(18), Some(1_000_000_000_000_000_000));
        assert_eq!(fixed(1, 0).at_scale(19), None);
        assert_eq!(fixed(1, 0).at_scale(20), None);
        assert_eq!(fixed(125, 2).minus(fixed(2, 1)), Some(fixed(105, 2)));
        assert_eq!(fixed(2, 1).minus(fixed(125, 2)), Some(fixed(-105, 2)));
        assert_eq!(fixed(i64::MIN, 0).minus(fixed(1, 0)), None);
        assert_eq!(
            (power_of_ten(0), power_of_ten(19)),
            (Some(1), Some(10_000_000_000_000_000_000))
        );
        assert_eq!(power_of_ten(20), None);
    }

    #[test]
    fn rounding_keeps_what_has_no_more_decimals() {
        let mode = RoundingMode::HalfUp;
        assert_eq!(rounded(15, 1, 1, mode), Some(fixed(15, 1)));
        assert_eq!(rounded(15, 1, 3, mode), Some(fixed(15, 1)));
        assert_eq!(rounded(15, 1, 0, mode), Some(fixed(2, 0)));
        assert_eq!(rounded(1 << 63, 0, 0, mode), None);
        assert_eq!(rounded((1 << 63) - 1, 0, 0, mode), Some(fixed(i64::MAX, 0)));
        // A value of 65 bits is halved before it is divided by five.
        let last = (1_u128 << 65) - 1;
        assert_eq!(rounded(last, 1, 0, mode), Some(fixed(3_689_348_814_741_910_323, 0)));
        assert_eq!(rounded(last + 1, 1, 0, mode), None);
        assert_eq!(rounded(10_u128.pow(19) * 3, 19, 0, mode), Some(fixed(3, 0)));
        assert_eq!(rounded(10_u128.pow(20) * 3, 20, 0, mode), None);
        assert_eq!(rounded(u128::MAX, 1, 0, mode), None);
        assert_eq!(rounded(20, 1, 0, RoundingMode::Up), Some(fixed(2, 0)));
        assert_eq!(fixed(-25, 1).round(0, RoundingMode::HalfEven), Some(fixed(-2, 0)));
        assert_eq!(fixed(-35, 1).round(0, RoundingMode::HalfEven), Some(fixed(-4, 0)));
        assert_eq!(fixed(0, 3).round(2, RoundingMode::Up), Some(fixed(0, 2)));
    }

    #[test]
    fn ratios_of_any_size() {
        for (numerator, denominator, mode, wanted) in [
            (5, 2, RoundingMode::HalfEven, Some(2)),
            (7, 2, RoundingMode::HalfEven, Some(4)),
            (-7, 2, RoundingMode::HalfEven, Some(-4)),
            (6, 2, RoundingMode::Up, Some(3)),
            (7, 3, RoundingMode::Up, Some(3)),
            (7, 3, RoundingMode::HalfUp, Some(2)),
            (8, 3, RoundingMode::HalfUp, Some(3)),
            (0, 3, RoundingMode::Up, Some(0)),
            (5, 0, RoundingMode::Down, None),
            (1 << 100, 0, RoundingMode::Down, None),
            (1 << 100, 1 << 40, RoundingMode::Down, Some(1 << 60)),
            (-(1 << 100) - 1, 1 << 40, RoundingMode::Up, Some(-(1 << 60) - 1)),
            (1 << 100, 1, RoundingMode::Down, None),
            (i128::from(u64::MAX), 1, RoundingMode::Down, None),
            (i128::from(i64::MAX), 1, RoundingMode::Down, Some(i64::MAX)),
            ((1 << 100) + (1 << 39), 1 << 40, RoundingMode::HalfDown, Some(1 << 60)),
            ((1 << 100) + (1 << 39), 1 << 40, RoundingMode::HalfUp, Some((1 << 60) + 1)),
        ] {
            assert_eq!(ratio(numerator, denominator, mode), wanted, "{numerator} / {denominator}");
        }
        // A denominator beyond half of 64 bits.
        assert_eq!(ratio((1 << 63) + 1, u64::MAX, RoundingMode::HalfUp), Some(1));
        assert_eq!(ratio((1 << 63) - 1, u64::MAX, RoundingMode::HalfUp), Some(0));
    }
}

#[test]
fn products_are_compared_beyond_what_can_be_held() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let compare = |one: [Exact; 2], other: [Exact; 2]| {
        let order = Exact::compare_products(one, other);
        assert_eq!(Exact::compare_products(other, one), order.reverse());
        order
    };
    let long = read("1.000000000000000000000000001");
    let longer = exact(10_i128.pow(28) + 1, 28);
    assert!(long.multiply(long).is_err() && long.multiply(longer).is_err());
    // Products that fit, and one that does not beside one that does.
    assert_eq!(compare([read("3"), read("0.5")], [read("1.5"), Exact::ONE]), Equal);
    assert_eq!(compare([long, long], [long, Exact::ONE]), Greater);
    assert_eq!(compare([long, long], [read("2"), Exact::ONE]), Less);
    // The same scale, and another.
    assert_eq!(compare([long, longer], [longer, long]), Equal);
    assert_eq!(compare([long, long], [long, longer]), Greater);
    // The same number in more digits.
    let raised = exact(10_i128.pow(35) + 10_i128.pow(8), 35);
    assert_eq!(compare([raised, long], [long, long]), Equal);
    // A difference in what is cut off.
    let over = exact(10_i128.pow(37) + 10_i128.pow(10) + 1, 37);
    assert_eq!(compare([over, long], [long, long]), Greater);
    let under = exact(10_i128.pow(37) + 10_i128.pow(10) - 1, 37);
    assert_eq!(compare([under, long], [long, long]), Less);
    // The largest numbers, both signs, and zero.
    let most = exact(MOST, 0);
    let least = exact(MOST, 38);
    assert_eq!(compare([most, most], [most, most]), Equal);
    assert_eq!(compare([most, most], [least, least]), Greater);
    assert_eq!(compare([most, most.negate()], [most, Exact::ONE.negate()]), Less);
    assert_eq!(compare([most.negate(), most.negate()], [most, most]), Equal);
    assert_eq!(compare([most, most.negate()], [most, most]), Less);
    assert_eq!(compare([most, most.negate()], [Exact::ZERO, most]), Less);
    assert_eq!(compare([most, most], [Exact::ZERO, most]), Greater);
}
