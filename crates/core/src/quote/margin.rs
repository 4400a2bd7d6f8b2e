//! What a net gains over its cost.

use super::document::Margin;
use super::evaluate::{Priced, amount};
use crate::money::{Exact, Percent, Rounding, RoundingMode};
use crate::pricing::{At, Computed, Plan};

/// What a net gains over a cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gain {
    pub(crate) amount: Exact,
    /// In percent of the net.
    pub(crate) percent: Option<Exact>,
}

impl Gain {
    pub(crate) fn new(plan: &Plan<'_>, net: Exact, cost: Exact) -> Computed<Self> {
        let amount = net.subtract(cost).at("margin")?;
        Ok(Self { amount, percent: margin_percent(plan, net, amount)? })
    }

    pub(super) fn margin(self) -> Computed<Margin> {
        Ok(Margin {
            amount: amount(self.amount)?,
            percent: self.percent.map(Percent::from_exact).transpose().at("margin")?,
        })
    }
}

impl Priced {
    /// The margin of the line, where its cost is known.
    pub(super) fn margin(&self, plan: &Plan<'_>) -> Computed<Option<Margin>> {
        let Some(cost) = self.cost else { return Ok(None) };
        let gain = match self.gain {
            Some(gain) => gain,
            None => Gain::new(plan, self.true_net, cost)?,
        };
        gain.margin().map(Some)
    }
}

/// A sale at a negative price has no margin in percent: a loss over a negative net would show as
/// a gain.
pub(crate) fn has_margin_percent(net: Exact, gained: Exact) -> bool {
    !net.is_zero() && (!net.is_negative() || gained > net)
}

/// The margin in percent of the net, rounded as the book says or to two decimals for display.
pub(crate) fn margin_percent(
    plan: &Plan<'_>,
    net: Exact,
    gained: Exact,
) -> Computed<Option<Exact>> {
    if !has_margin_percent(net, gained) {
        return Ok(None);
    }
    let rounding = match plan.inner.rounding.margin {
        Some(step) => step.with(crate::money::Increment::digits(2)),
        None => Rounding::digits(2, RoundingMode::HalfUp),
    };
    gained.multiply(Exact::HUNDRED).and_then(|g| g.divide(net, rounding)).at("margin").map(Some)
}
