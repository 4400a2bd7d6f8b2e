//! What every section needs: the book, the request, the buyer, the money.

use listino_core::Id;
use listino_core::book::{PriceBook, Product, RoundingStep, Scope};
use listino_core::calendar::{Date, Window};
use listino_core::money::{Currency, RoundingMode};
use listino_core::quote::{ManualDiscount, Origin, Refusal, Request};
use std::collections::BTreeMap;

use crate::number::{R, coin, read, round, zero};
use crate::scope::{Buyer, matches};

/// The facts of one request.
pub(crate) struct World<'a> {
    /// The book.
    pub(crate) book: &'a PriceBook,
    /// The request.
    pub(crate) request: &'a Request,
    /// Who buys.
    pub(crate) buyer: Buyer<'a>,
    /// The currency of the document.
    pub(crate) currency: Currency,
    /// The pricing date.
    pub(crate) date: Date,
    /// The coupons that were taken.
    pub(crate) coupons: Vec<Id>,
}

/// A line on its way to a price.
#[derive(Clone)]
pub(crate) struct Line<'a> {
    /// The name of the line.
    pub(crate) id: Id,
    /// The product.
    pub(crate) product_id: Id,
    /// What the book knows of it.
    pub(crate) product: Option<&'a Product>,
    /// The quantity in the ordered unit, signed.
    pub(crate) quantity: R,
    /// The ordered unit.
    pub(crate) unit: Id,
    /// Base units in one ordered unit.
    pub(crate) factor: R,
    /// Facts about the line.
    pub(crate) attributes: BTreeMap<Id, Id>,
    /// Why the line is there.
    pub(crate) origin: Option<Origin>,
    /// The number of periods of a subscription; one for everything else.
    pub(crate) periods: R,
    /// The discounts granted by hand.
    pub(crate) manual: Vec<ManualDiscount>,
    /// Why there is no price.
    pub(crate) refusal: Option<Refusal>,
    /// Whether a formula over other lines prices it, so that it must wait for them.
    pub(crate) waits: bool,
    /// The list that prices the line.
    pub(crate) list: Option<Id>,
    /// Whether the line is priced as one unit.
    pub(crate) as_whole: bool,
    /// The list price of one ordered unit, or of the line where it is priced as one unit; per
    /// period.
    pub(crate) list_price: R,
    /// The list value of the line.
    pub(crate) list_value: R,
    /// The list value of one period.
    pub(crate) period_value: R,
    /// The running unit price, then the net one.
    pub(crate) unit_price: R,
    /// The running total, then the net one.
    pub(crate) total: R,
    /// The part of the price that the manual discounts left: of the unit price, times that of the
    /// total. Nothing where the price before them was zero.
    pub(crate) left_by_hand: Option<R>,
    /// Whether a discount by hand was granted on something sold for nothing or less.
    pub(crate) given_away: bool,
    /// Base units that free goods already reduced.
    pub(crate) used_free: R,
    /// The total less document discounts.
    pub(crate) billed: R,
    /// The rebates of the line.
    pub(crate) rebate: R,
    /// The true net, without tax.
    pub(crate) net: R,
    /// The cost.
    pub(crate) cost: Option<R>,
}

impl Line<'_> {
    /// The quantity in base units, signed.
    pub(crate) fn base_quantity(&self) -> R {
        &self.quantity * &self.factor
    }

    /// Whether the line has a price.
    pub(crate) fn is_priced(&self) -> bool {
        self.refusal.is_none() && self.list.is_some()
    }

    /// How many times the unit price stands in the line, without periods.
    pub(crate) fn units(&self) -> R {
        if self.as_whole { crate::number::one() } else { self.quantity.clone() }
    }

    /// Minus one for a return, else one.
    pub(crate) fn sign(&self) -> R {
        if self.quantity < zero() { crate::number::whole(-1) } else { crate::number::one() }
    }
}

impl World<'_> {
    /// Whether a window holds on the pricing date.
    pub(crate) fn holds(&self, window: &Window) -> bool {
        window.from.is_none_or(|from| from <= self.date)
            && window.to.is_none_or(|to| self.date <= to)
    }

    /// Whether a scope holds for the buyer and the product of a line.
    pub(crate) fn in_scope(&self, scope: &Scope, line: &Line<'_>) -> bool {
        matches(scope, &self.buyer, line.product.map(|product| (&line.product_id, product)))
    }

    /// Units of `to` for one of `from`.
    pub(crate) fn exchange(&self, from: Currency, to: Currency) -> Result<R, Refusal> {
        if from == to {
            return Ok(crate::number::one());
        }
        self.book
            .exchange_rates
            .iter()
            .find(|rate| rate.from == from && rate.to == to && self.holds(&rate.valid))
            .map(|rate| read(rate.rate))
            .ok_or(Refusal::ExchangeRate { from, to })
    }

    /// Units of the document's currency for one of the book's.
    pub(crate) fn book_rate(&self) -> Result<R, Refusal> {
        self.exchange(self.book.currency, self.currency)
    }

    /// The decimals of the document's currency.
    pub(crate) fn digits(&self) -> u32 {
        self.book
            .currencies
            .get(&self.currency)
            .and_then(|c| c.digits)
            .unwrap_or_else(|| self.currency.digits())
    }

    /// The smallest coin.
    pub(crate) fn minor(&self) -> R {
        coin(self.digits())
    }

    /// Rounds to the minor unit by the policy's mode.
    pub(crate) fn to_minor(&self, value: &R) -> R {
        round(value, &self.minor(), self.book.rounding.mode)
    }

    /// A rounding step: to what, and how; nothing where the book does not round there.
    pub(crate) fn step(&self, step: RoundingStep) -> Option<(Option<R>, RoundingMode)> {
        let at = self.book.rounding.at.iter().find(|at| at.step == step)?;
        let increment = at.increment.map(read).or_else(|| at.digits.map(coin));
        Some((increment, at.mode.unwrap_or(self.book.rounding.mode)))
    }

    /// The value after a rounding step.
    pub(crate) fn round_at(&self, step: RoundingStep, value: &R) -> R {
        match self.step(step) {
            None => value.clone(),
            Some((increment, mode)) => {
                round(value, &increment.unwrap_or_else(|| self.minor()), mode)
            }
        }
    }

    /// An amount times periods: rounded as the line is where it has no finite decimal.
    pub(crate) fn over_periods(&self, value: R) -> R {
        if crate::number::is_finite(&value) {
            value
        } else if self.step(RoundingStep::Line).is_some() {
            self.round_at(RoundingStep::Line, &value)
        } else {
            self.to_minor(&value)
        }
    }

    /// The cost of one base unit on the date, in the book's currency.
    pub(crate) fn base_cost(&self, product: &Product) -> Option<R> {
        product.cost.iter().find(|cost| self.holds(&cost.valid)).map(|cost| read(cost.value))
    }

    /// The weight of a quantity of base units.
    pub(crate) fn weight(&self, line: &Line<'_>) -> R {
        let unit = line.product.and_then(|p| p.weight).map_or_else(zero, read);
        crate::number::magnitude(&line.base_quantity()) * unit
    }

    /// The lines that a mix group counts.
    pub(crate) fn mixed<'l, 'a>(
        &self,
        group: &Id,
        lines: &'l [Line<'a>],
    ) -> impl Iterator<Item = &'l Line<'a>> {
        let scope = self.book.mix_groups.get(group);
        lines.iter().filter(move |line| {
            line.origin.is_none()
                && !refused_before_pricing(line)
                && scope.is_some_and(|scope| self.in_scope(scope, line))
        })
    }
}

/// A line that was refused for what it is, not for want of a price: nobody buys it, so it counts
/// for nothing.
fn refused_before_pricing(line: &Line<'_>) -> bool {
    !matches!(
        line.refusal,
        None | Some(
            Refusal::NoPrice
                | Refusal::ExchangeRate { .. }
                | Refusal::Precision { .. }
                | Refusal::Rule { .. }
        )
    )
}
