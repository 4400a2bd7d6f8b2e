//! Splitting an amount over lines so that the parts sum to the whole.

use std::cmp::Reverse;

use ethnum::I256;
use serde::{Deserialize, Serialize};

use super::{ArithmeticError, Exact, Increment, RoundingMode};

/// Who gets the coins that do not divide evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllocationMethod {
    /// One coin each to the parts with the largest cut-off fraction; ties go to the earlier part.
    #[default]
    LargestRemainder,
    /// All of them to the last part.
    Last,
    /// One coin each to the first parts.
    First,
    /// All of them to the part with the largest weight; ties go to the earlier part.
    Largest,
}

/// The result of [`allocate`]: one share per weight, and what could not be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// One share per weight, in order; each a multiple of the increment.
    pub shares: Vec<Exact>,
    /// What the caps left over; zero when everything was placed.
    pub rest: Exact,
}

/// Splits `total` in proportion to `weights`, in multiples of `increment`.
///
/// `total` is first cut to a multiple of the increment (its cut-off fraction is part of
/// [`Allocation::rest`]). Each share is at most its cap; what a cap refuses is spread again over
/// the parts that still have room. `shares` and `rest` always sum to `total`.
///
/// Weights and caps must not be negative, and there is one cap per weight. When all weights are
/// zero nothing is placed.
///
/// ```
/// use listino_money::{Allocation, AllocationMethod, Exact, Increment, allocate};
/// let third = [Exact::ONE; 3];
/// let room = [Exact::HUNDRED; 3];
/// let split: Allocation = allocate("10".parse()?, &third, &room, Increment::digits(2), AllocationMethod::default())?;
/// let shares: Vec<String> = split.shares.iter().map(Exact::to_string).collect();
/// assert_eq!(shares, ["3.34", "3.33", "3.33"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ArithmeticError::Precision`] when the weights do not fit 38 digits side by side.
pub fn allocate(
    total: Exact,
    weights: &[Exact],
    caps: &[Exact],
    increment: Increment,
    method: AllocationMethod,
) -> Result<Allocation, ArithmeticError> {
    let step = increment.exact();
    let negative = total.is_negative();
    let units = total.magnitude().units_of(step, RoundingMode::Down)?;
    let mut parts = Vec::with_capacity(weights.len());
    for (at, weight) in whole_weights(weights)?.into_iter().enumerate() {
        // Less than nothing is no room.
        let room = caps.get(at).map_or(Ok(0), |cap| cap.units_of(step, RoundingMode::Down))?;
        parts.push(Part { weight, room, share: 0 });
    }
    let mut left = units;
    while left > 0 {
        let open = parts.iter_mut().filter(|part| part.weight > 0 && part.share < part.room);
        let open: Vec<&mut Part> = open.collect();
        if open.is_empty() {
            break;
        }
        let weights: Vec<i128> = open.iter().map(|part| part.weight).collect();
        // Every open part has room for a coin, so each round places at least one.
        for (part, wanted) in open.into_iter().zip(split(left, &weights, method)) {
            let share = wanted.min(part.room - part.share);
            part.share += share;
            left -= share;
        }
    }
    let sign = |units: i128| if negative { -units } else { units };
    let mut placed = Exact::ZERO;
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        let share = step.multiply(Exact::new(sign(part.share), 0)?)?;
        placed = placed.add(share)?;
        out.push(share);
    }
    Ok(Allocation { shares: out, rest: total.subtract(placed)? })
}

/// A part of the total, in coins.
struct Part {
    weight: i128,
    /// The most it takes.
    room: i128,
    share: i128,
}

/// The weights as whole numbers in the same proportion, whose sum fits.
fn whole_weights(weights: &[Exact]) -> Result<Vec<i128>, ArithmeticError> {
    at_one_scale(weights).or_else(|_| {
        let reduced: Vec<Exact> = weights.iter().map(|weight| weight.reduced()).collect();
        at_one_scale(&reduced)
    })
}

fn at_one_scale(weights: &[Exact]) -> Result<Vec<i128>, ArithmeticError> {
    let scale = weights.iter().map(|weight| weight.parts().1).max().unwrap_or(0);
    let step = Exact::new(1, scale)?;
    let mut sum = 0_i128;
    let mut whole = Vec::with_capacity(weights.len());
    for weight in weights {
        let units = weight.units_of(step, RoundingMode::Down)?.max(0);
        sum = sum.checked_add(units).ok_or(ArithmeticError::Precision)?;
        whole.push(units);
    }
    Ok(whole)
}

/// `units * weight / total` and the remainder: a weight is at most the total.
fn part_of(units: i128, weight: i128, total: i128) -> (i128, i128) {
    let Some(product) = units.checked_mul(weight) else {
        let (product, total) = (I256::from(units) * I256::from(weight), I256::from(total));
        // A part is not more than the whole, and a remainder less than what it is divided by.
        return ((product / total).as_i128(), (product % total).as_i128());
    };
    if let (Ok(product), Ok(total)) = (u64::try_from(product), u64::try_from(total)) {
        return (i128::from(product / total), i128::from(product % total));
    }
    (product / total, product % total)
}

/// Splits coins by weights, ignoring caps.
fn split(units: i128, weights: &[i128], method: AllocationMethod) -> Vec<i128> {
    // Not more than the sum of all weights, which fits.
    let total: i128 = weights.iter().sum();
    let mut shares = Vec::with_capacity(weights.len());
    let mut fractions = Vec::with_capacity(weights.len());
    for &weight in weights {
        let (share, fraction) = part_of(units, weight, total);
        shares.push(share);
        fractions.push(fraction);
    }
    let rest = units - shares.iter().sum::<i128>();
    match method {
        AllocationMethod::LargestRemainder => {
            let mut order: Vec<_> = fractions.iter().zip(&mut shares).collect();
            order.sort_by_key(|(fraction, _)| Reverse(**fraction));
            order.into_iter().zip(0..rest).for_each(|((_, share), _)| *share += 1);
        }
        AllocationMethod::First => {
            shares.iter_mut().zip(0..rest).for_each(|(share, _)| *share += 1);
        }
        AllocationMethod::Last => {
            shares.last_mut().into_iter().for_each(|share| *share += rest);
        }
        AllocationMethod::Largest => {
            // Of equal ones the first, which comes last here.
            let largest = weights.iter().zip(&mut shares).rev().max_by_key(|(weight, _)| **weight);
            largest.into_iter().for_each(|(_, share)| *share += rest);
        }
    }
    shares
}
