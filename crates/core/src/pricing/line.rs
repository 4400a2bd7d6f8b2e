//! A line before it has a price: its product, its unit, its quantity.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::At;
use crate::Id;
use crate::book::Period;
use crate::calendar::{Date, Window};
use crate::engine::{Inner, ProductExtra, ProductInfo};
use crate::money::{Exact, Increment, Quantity, Rounding, RoundingMode};
use crate::quote::{ManualDiscount, QuantityRule, Refusal};
use crate::units::Factor;

/// A line whose product, unit and quantity are known to be good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'r> {
    pub(crate) product: u32,
    pub(crate) info: &'r ProductInfo,
    pub(crate) extra: Option<&'r ProductExtra>,
    pub(crate) unit: u16,
    /// Base units in one ordered unit.
    pub(crate) factor: Factor,
    pub(crate) quantity: Exact,
    pub(crate) base_quantity: Exact,
    pub(crate) manual: &'r [ManualDiscount],
    /// Facts about the line, for custom rules.
    pub(crate) attributes: Option<&'r BTreeMap<Id, Id>>,
    /// Periods of a subscription, as a fraction; `None` for everything else.
    pub(crate) periods: Option<(Exact, Exact)>,
}

impl<'r> Line<'r> {
    /// Looks up product and unit and checks the quantity against the product's rules.
    pub(crate) fn new(
        inner: &'r Inner,
        product: u32,
        quantity: Exact,
        unit: Option<&Id>,
    ) -> Result<Self, Refusal> {
        let info = inner.products.info(product).ok_or(Refusal::UnknownProduct)?;
        let extra = inner.products.extra(info);
        let (unit, factor) = match unit {
            None => (info.unit, Factor::ONE),
            Some(id) => resolve_unit(inner, info, extra, id)?,
        };
        let base_quantity = factor.to_base(quantity).at("units")?;
        let line = Self {
            product,
            info,
            extra,
            unit,
            factor,
            quantity,
            base_quantity,
            manual: &[],
            attributes: None,
            periods: None,
        };
        line.check_quantity(inner)?;
        Ok(line)
    }

    /// The weight of the line, in base units of weight.
    pub(crate) fn weight(&self) -> Result<Exact, Refusal> {
        match self.extra.and_then(|extra| extra.weight) {
            Some(weight) => {
                self.base_quantity.magnitude().multiply(Exact::from(weight)).at("weight")
            }
            None => Ok(Exact::ZERO),
        }
    }

    pub(crate) fn is_return(&self) -> bool {
        self.quantity.is_negative()
    }

    fn check_quantity(&self, inner: &Inner) -> Result<(), Refusal> {
        if self.quantity.is_zero() {
            let nearest = vec![Quantity::from(1)];
            return Err(Refusal::Quantity { rule: QuantityRule::Zero, nearest });
        }
        let digits = inner.unit_digits.get(usize::from(self.unit)).copied().flatten();
        if let Some(digits) = digits {
            let step = Increment::digits(digits).exact();
            self.multiple_of(step, Exact::ZERO, QuantityRule::Digits, false)?;
        }
        let Some(extra) = self.extra.filter(|_| !self.is_return()) else { return Ok(()) };
        let minimum = extra.min_quantity.map_or(Exact::ZERO, Exact::from);
        if self.base_quantity < minimum {
            let step = extra.multiple.map(Exact::from);
            let first = match step {
                Some(step) => round_up(minimum, step)?,
                None => minimum,
            };
            let nearest = self.ordered([first].into_iter());
            return Err(Refusal::Quantity { rule: QuantityRule::Minimum, nearest });
        }
        if let Some(multiple) = extra.multiple {
            self.multiple_of(Exact::from(multiple), minimum, QuantityRule::Multiple, true)?;
        }
        if !extra.packs.is_empty() {
            self.check_packs(&extra.packs, minimum)?;
        }
        Ok(())
    }

    /// Refuses a quantity that is no multiple of `step` and names its neighbours.
    fn multiple_of(
        &self,
        step: Exact,
        minimum: Exact,
        rule: QuantityRule,
        base: bool,
    ) -> Result<(), Refusal> {
        let quantity = if base { self.base_quantity } else { self.quantity };
        let (below, above) = neighbours(quantity, step)?;
        if below == above {
            return Ok(());
        }
        let valid =
            [below, above].into_iter().filter(|q| !q.is_zero() && *q >= minimum || q.is_negative());
        let nearest = if base {
            self.ordered(valid)
        } else {
            valid.filter_map(|q| Quantity::from_exact(q).ok()).collect()
        };
        Err(Refusal::Quantity { rule, nearest })
    }

    fn check_packs(&self, packs: &[Decimal], minimum: Exact) -> Result<(), Refusal> {
        let mut below = Exact::ZERO;
        let mut above: Option<Exact> = None;
        for &pack in packs {
            let (down, up) = neighbours(self.base_quantity, Exact::from(pack))?;
            if down == up {
                return Ok(());
            }
            if down >= minimum {
                below = below.max(down);
            }
            above = Some(above.map_or(up, |known| known.min(up)));
        }
        let valid = [Some(below).filter(|q| q.is_positive()), above].into_iter().flatten();
        Err(Refusal::Quantity { rule: QuantityRule::Packs, nearest: self.ordered(valid) })
    }

    /// Base quantities as ordered quantities, where they can be ordered at all.
    fn ordered(&self, base: impl Iterator<Item = Exact>) -> Vec<Quantity> {
        base.filter_map(|q| self.factor.from_base(q).ok())
            .filter_map(|q| Quantity::from_exact(q).ok())
            .collect()
    }
}

fn resolve_unit(
    inner: &Inner,
    info: &ProductInfo,
    extra: Option<&ProductExtra>,
    id: &Id,
) -> Result<(u16, Factor), Refusal> {
    let units = extra.map_or(&[][..], |extra| extra.units.as_slice());
    let number = inner.units.get(id.as_str()).and_then(|n| u16::try_from(n).ok());
    if let Some(number) = number {
        if number == info.unit {
            return Ok((number, Factor::ONE));
        }
        if let Some(&(_, factor)) = units.iter().find(|(unit, _)| *unit == number) {
            return Ok((number, factor));
        }
    }
    let known = std::iter::once(info.unit).chain(units.iter().map(|(unit, _)| *unit));
    let known = known.filter_map(|unit| inner.units.id(u32::from(unit)).cloned()).collect();
    Err(Refusal::UnknownUnit { known })
}

fn neighbours(quantity: Exact, step: Exact) -> Result<(Exact, Exact), Refusal> {
    let rounded = |mode| {
        let step = Increment::new(step).unwrap_or(Increment::digits(0));
        quantity.round(Rounding::new(step, mode)).at("quantity")
    };
    let (toward, away) = (rounded(RoundingMode::Down)?, rounded(RoundingMode::Up)?);
    // Rounding towards zero yields the value itself when it is a multiple.
    if toward == quantity {
        return Ok((quantity, quantity));
    }
    Ok((toward, away))
}

fn round_up(value: Exact, step: Exact) -> Result<Exact, Refusal> {
    neighbours(value, step).map(|(_, above)| above)
}

/// How many periods a term has, as a fraction.
pub(crate) fn periods(per: Period, term: Window) -> Option<(Exact, Exact)> {
    let (from, to) = (term.from?, term.to?);
    let days = i64::from(to.day_number()) - i64::from(from.day_number()) + 1;
    if days <= 0 {
        return None;
    }
    let (months, rest, month_length) = match per {
        Period::Day => return Some((Exact::integer(days), Exact::ONE)),
        Period::Month | Period::Year => whole_months(from, to)?,
    };
    // months + rest / length, over 12 for years.
    let numerator = months * month_length + rest;
    let denominator = month_length * if per == Period::Year { 12 } else { 1 };
    Some((Exact::integer(numerator), Exact::integer(denominator)))
}

/// Whole months from `from` to `to` (included), the days left over, and the length of the month
/// in which they begin.
fn whole_months(from: Date, to: Date) -> Option<(i64, i64, i64)> {
    let end = to.day_number().checked_add(1)?;
    let years = i32::from(to.year()) - i32::from(from.year());
    let mut months = years * 12 + i32::from(to.month()) - i32::from(from.month()) + 1;
    // Months are counted from the first day each time, so that the 31st stays the 31st.
    let start = |months: i32| from.add_months(months);
    while months > 0 && start(months).is_none_or(|date| date.day_number() > end) {
        months -= 1;
    }
    let begin = start(months)?;
    let rest = i64::from(end) - i64::from(begin.day_number());
    Some((i64::from(months), rest, i64::from(begin.days_in_month())))
}
