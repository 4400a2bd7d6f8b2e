//! The engine's arithmetic against rationals: random rows and rows around the bounds.

use std::collections::BTreeMap;

use fastrand::Rng;
use listino_core::money::{
    AllocationMethod, ArithmeticError, Exact, Increment, Rounding, RoundingMode, allocate,
};

use crate::document;
use crate::number::{R, fits, hundredth, is_finite, read, round, scaled, zero};

const MODES: [RoundingMode; 5] = [
    RoundingMode::HalfUp,
    RoundingMode::HalfEven,
    RoundingMode::HalfDown,
    RoundingMode::Up,
    RoundingMode::Down,
];
const METHODS: [AllocationMethod; 4] = [
    AllocationMethod::LargestRemainder,
    AllocationMethod::Last,
    AllocationMethod::First,
    AllocationMethod::Largest,
];
const INCREMENTS: [&str; 8] = ["0.01", "0.05", "1", "0.001", "0.25", "5", "0.00000001", "3"];

/// Mantissas at which something ends: digits of money, 32, 64, 96 and 128 bits, 28 and 38 digits.
fn bounds() -> Vec<i128> {
    let mut bounds = vec![0, 1, 5, 49, 50, 51, 99, 100, 101];
    bounds.extend([31, 32, 53, 63, 64, 95, 96, 120].map(|bits| 1_i128 << bits));
    bounds.extend([9, 18, 19, 27, 28, 36, 37].map(|digits| 10_i128.pow(digits)));
    let around = |bound: i128| [bound - 1, bound, bound + 1, -bound];
    bounds.iter().flat_map(|bound| around(*bound)).collect()
}

struct Rows {
    random: Rng,
    bounds: Vec<i128>,
}

impl Rows {
    fn number(&mut self) -> (Exact, R) {
        let mantissa = match self.random.u8(..8) {
            0 => self.bounds[self.random.usize(..self.bounds.len())],
            1 => self.random.i128(-(10_i128.pow(37))..10_i128.pow(37)),
            2 => i128::from(self.random.i64(..)),
            _ => i128::from(self.random.i32(-2_000_000..2_000_000)),
        };
        let scale =
            if self.random.u8(..8) == 0 { self.random.u32(..39) } else { self.random.u32(..7) };
        let exact = Exact::new(mantissa, scale).expect("it has 38 digits and 38 decimals at most");
        (exact, scaled(mantissa, scale))
    }

    fn amount(&mut self) -> (Exact, R) {
        let mantissa = i128::from(self.random.i32(..5_000_000).max(0));
        let scale = self.random.u32(..5);
        (Exact::new(mantissa, scale).expect("short"), scaled(mantissa, scale))
    }

    fn rounding(&mut self) -> (Rounding, R, RoundingMode) {
        let mode = MODES[self.random.usize(..MODES.len())];
        let text = INCREMENTS[self.random.usize(..INCREMENTS.len())];
        let step = Increment::new(text.parse().expect("a number")).expect("an increment");
        (Rounding::new(step, mode), read(text), mode)
    }
}

/// Compares so many rows; how many there were of each operation, and how many of them ended in an
/// error because the result does not fit.
///
/// # Panics
/// When a result is wrong, or is refused although it fits.
pub fn arithmetic(rows: u64, seed: u64) -> BTreeMap<&'static str, (u64, u64)> {
    let mut make = Rows { random: Rng::with_seed(seed), bounds: bounds() };
    let mut counts = BTreeMap::new();
    for _ in 0..rows {
        let (name, refused) = row(&mut make);
        let count: &mut (u64, u64) = counts.entry(name).or_default();
        count.0 += 1;
        count.1 += u64::from(refused);
    }
    counts
}

fn row(make: &mut Rows) -> (&'static str, bool) {
    let (a, exact_a) = make.number();
    let (b, exact_b) = make.number();
    match make.random.u8(..8) {
        0 => ("add", same(a.add(b), &(exact_a + exact_b), &(a, b))),
        1 => ("subtract", same(a.subtract(b), &(exact_a - exact_b), &(a, b))),
        2 => ("multiply", same(a.multiply(b), &(exact_a * exact_b), &(a, b))),
        3 => ("percent", same(a.percent(), &hundredth(&exact_a), &a)),
        4 => {
            let (rounding, step, mode) = make.rounding();
            ("round", same(a.round(rounding), &round(&exact_a, &step, mode), &(a, rounding)))
        }
        5 if b.is_zero() => {
            assert_eq!(a.divide_exact(b), Err(ArithmeticError::DivisionByZero), "{a} / 0");
            ("divide by zero", true)
        }
        5 => {
            let (rounding, step, mode) = make.rounding();
            let quotient = round(&(exact_a / exact_b), &step, mode);
            ("divide", same(a.divide(b, rounding), &quotient, &(a, b, rounding)))
        }
        6 if !b.is_zero() => {
            let quotient = exact_a / exact_b;
            let refused = match a.divide_exact(b) {
                Ok(found) => {
                    assert_eq!(read(found), quotient, "{a} / {b}");
                    false
                }
                Err(_) => {
                    assert!(!is_finite(&quotient) || !fits(&quotient), "{a} / {b} ends");
                    true
                }
            };
            ("divide exactly", refused)
        }
        _ => ("allocate", shares(make)),
    }
}

/// Whether the result was refused, which it may be only where it does not fit.
fn same(found: Result<Exact, ArithmeticError>, wanted: &R, what: &dyn std::fmt::Debug) -> bool {
    match found {
        Ok(found) => {
            assert_eq!(read(found), *wanted, "{what:?}");
            false
        }
        Err(error) => {
            assert!(!fits(wanted), "{what:?}: {error}, although it fits");
            true
        }
    }
}

fn shares(make: &mut Rows) -> bool {
    let parts = make.random.usize(1..7);
    let (total, exact_total) = make.amount();
    let (weights, exact_weights): (Vec<_>, Vec<_>) = (0..parts).map(|_| make.amount()).unzip();
    let (caps, exact_caps): (Vec<_>, Vec<_>) = (0..parts).map(|_| make.amount()).unzip();
    let method = METHODS[make.random.usize(..METHODS.len())];
    let step = INCREMENTS[make.random.usize(..4)];
    let increment = Increment::new(step.parse().expect("a number")).expect("an increment");
    let split = allocate(total, &weights, &caps, increment, method).expect("short numbers fit");
    let step = read(step);
    // Who has no weight takes no part.
    let open: Vec<usize> = (0..parts).filter(|&i| exact_weights[i] > zero()).collect();
    let of = |values: &[R]| open.iter().map(|&i| values[i].clone()).collect::<Vec<R>>();
    let wanted = document::allocate(
        &exact_total,
        &step,
        &of(&exact_weights),
        Some(&of(&exact_caps)),
        method,
    );
    let what = || format!("{total} over {weights:?} within {caps:?} in {step:?} by {method:?}");
    let mut placed = zero();
    for (i, share) in split.shares.iter().enumerate() {
        let share = read(share);
        let place = open.iter().position(|&k| k == i);
        assert_eq!(share, place.map_or_else(zero, |place| wanted[place].clone()), "{}", what());
        placed += share;
    }
    assert_eq!(placed + read(split.rest), exact_total, "{}", what());
    false
}
