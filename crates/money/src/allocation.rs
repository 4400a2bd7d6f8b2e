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
    let mut left = total.magnitude().units_of(step, RoundingMode::Down)?;
    let mut parts = Vec::with_capacity(weights.len());
    for (at, weight) in whole_weights(weights)?.into_iter().enumerate() {
        // Less than nothing is no room.
        let room = caps.get(at).map_or(Ok(0), |cap| cap.units_of(step, RoundingMode::Down))?;
        parts.push(Part { weight, room, ..Part::default() });
    }
    // Every open part has room for a coin, so each round places at least one.
    while left > 0 && split(left, &mut parts, method) {
        for part in parts.iter_mut().filter(|part| part.is_open()) {
            let share = part.wanted.min(part.room - part.share);
            part.share += share;
            left -= share;
        }
    }
    let sign = |units: i128| if negative { -units } else { units };
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        out.push(step.multiply(Exact::new(sign(part.share), 0)?)?);
    }
    let placed = Exact::sum(out.iter().copied())?;
    Ok(Allocation { shares: out, rest: total.subtract(placed)? })
}

/// A part of the total, in coins.
#[derive(Default)]
struct Part {
    weight: i128,
    /// The most it takes.
    room: i128,
    share: i128,
    /// What it would take more in this round, and the fraction that was cut off.
    wanted: i128,
    fraction: i128,
}

impl Part {
    const fn is_open(&self) -> bool {
        self.weight > 0 && self.share < self.room
    }
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
    if let (Ok(units), Ok(weight), Ok(total)) =
        (u64::try_from(units), u64::try_from(weight), u64::try_from(total))
        && let Some(product) = units.checked_mul(weight)
    {
        return (i128::from(product / total), i128::from(product % total));
    }
    let Some(product) = units.checked_mul(weight) else {
        let (product, total) = (I256::from(units) * I256::from(weight), I256::from(total));
        // A part is not more than the whole, and a remainder less than what it is divided by.
        return ((product / total).as_i128(), (product % total).as_i128());
    };
    (product / total, product % total)
}

/// Says what each open part wants of some coins, by the weights and whatever its room; `false` where no
/// part is open.
fn split(units: i128, parts: &mut [Part], method: AllocationMethod) -> bool {
    let mut open: Vec<&mut Part> = parts.iter_mut().filter(|part| part.is_open()).collect();
    // Not more than the sum of all weights, which fits.
    let total: i128 = open.iter().map(|part| part.weight).sum();
    let mut rest = units;
    for part in &mut open {
        (part.wanted, part.fraction) = part_of(units, part.weight, total);
        rest -= part.wanted;
    }
    match method {
        AllocationMethod::LargestRemainder => {
            open.sort_by_key(|part| Reverse(part.fraction));
            open.iter_mut().zip(0..rest).for_each(|(part, _)| part.wanted += 1);
        }
        AllocationMethod::First => {
            open.iter_mut().zip(0..rest).for_each(|(part, _)| part.wanted += 1);
        }
        AllocationMethod::Last => {
            open.last_mut().into_iter().for_each(|part| part.wanted += rest);
        }
        AllocationMethod::Largest => {
            // Of equal ones the first, which comes last here.
            let largest = open.iter_mut().rev().max_by_key(|part| part.weight);
            largest.into_iter().for_each(|part| part.wanted += rest);
        }
    }
    !open.is_empty()
}
