//! Splitting an amount over lines so that the parts sum to the whole.

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
    let weights = whole_weights(weights)?;
    let mut room = Vec::with_capacity(weights.len());
    for cap in caps.iter().take(weights.len()) {
        room.push(if cap.is_negative() { 0 } else { cap.units_of(step, RoundingMode::Down)? });
    }
    room.resize(weights.len(), 0);

    let mut shares = vec![0_i128; weights.len()];
    let mut left = units;
    while left > 0 {
        let open: Vec<usize> = (0..weights.len())
            .filter(|&i| at(&weights, i) > 0 && at(&shares, i) < at(&room, i))
            .collect();
        if open.is_empty() {
            break;
        }
        let parts = split(left, &open, &weights, method);
        let mut placed = 0_i128;
        for (&i, part) in open.iter().zip(parts) {
            let share = part.min(at(&room, i) - at(&shares, i));
            if let Some(slot) = shares.get_mut(i) {
                *slot += share;
            }
            placed += share;
        }
        // Every open part has room for a coin, so each round places at least one.
        left -= placed;
    }
    let sign = |units: i128| if negative { -units } else { units };
    let mut placed = Exact::ZERO;
    let mut out = Vec::with_capacity(shares.len());
    for share in shares {
        let share = step.multiply(Exact::new(sign(share), 0)?)?;
        placed = placed.add(share)?;
        out.push(share);
    }
    Ok(Allocation { shares: out, rest: total.subtract(placed)? })
}

fn at(values: &[i128], index: usize) -> i128 {
    values.get(index).copied().unwrap_or(0)
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

/// Splits `units` coins over the open parts, ignoring caps.
fn split(units: i128, open: &[usize], weights: &[i128], method: AllocationMethod) -> Vec<i128> {
    // Not more than the sum of all weights, which fits.
    let total: i128 = open.iter().map(|&i| at(weights, i)).sum();
    let mut parts = Vec::with_capacity(open.len());
    let mut fractions = Vec::with_capacity(open.len());
    let mut placed = 0_i128;
    for &i in open {
        let weight = at(weights, i);
        let (part, fraction) = if let Some(product) = units.checked_mul(weight) {
            (product / total, product % total)
        } else {
            let (product, total) = (I256::from(units) * I256::from(weight), I256::from(total));
            // A part is not more than the whole, and a remainder less than what it is divided by.
            ((product / total).as_i128(), (product % total).as_i128())
        };
        parts.push(part);
        fractions.push(fraction);
        placed += part;
    }
    let mut rest = units - placed;
    let mut order: Vec<usize> = (0..open.len()).collect();
    match method {
        AllocationMethod::LargestRemainder => {
            order.sort_by(|&a, &b| fractions.get(b).cmp(&fractions.get(a)).then(a.cmp(&b)));
        }
        AllocationMethod::First => {}
        AllocationMethod::Last | AllocationMethod::Largest => {
            let target = if method == AllocationMethod::Last {
                open.len().saturating_sub(1)
            } else {
                let weight = |k: usize| open.get(k).map_or(0, |&i| at(weights, i));
                (0..open.len()).fold(0, |best, k| if weight(k) > weight(best) { k } else { best })
            };
            if let Some(part) = parts.get_mut(target) {
                *part += rest;
            }
            rest = 0;
        }
    }
    for k in order {
        if rest == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(k) {
            *part += 1;
            rest -= 1;
        }
    }
    parts
}
