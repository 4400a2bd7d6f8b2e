//! A line before it has a price: its product, its unit, its quantity.

use std::collections::BTreeMap;

use super::{At, Computed};
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
    /// The discount granted by hand for this step of a ramp.
    pub(crate) ramp_percent: Option<Exact>,
    /// Facts about the line, for custom rules.
    pub(crate) attributes: Option<&'r BTreeMap<Id, Id>>,
    /// Periods of a subscription, as a fraction; `None` for everything else.
    pub(crate) periods: Option<(Exact, Exact)>,
    /// What lists whose prices are shares of other lines take them of; `None` until those have prices.
    pub(crate) shares: Option<&'r [ShareOf]>,
}

/// What a list takes its shares of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShareOf {
    pub(crate) list: u32,
    /// The sum of the totals of the lines; `None` where it has too many digits.
    pub(crate) of: Option<Exact>,
}

impl<'r> Line<'r> {
    /// Looks up product and unit; the quantity may be anything.
    pub(crate) fn new(
        inner: &'r Inner,
        product: u32,
        quantity: Exact,
        unit: Option<&Id>,
    ) -> Computed<Self> {
        let info = inner.products.info(product).ok_or(Refusal::UnknownProduct)?;
        let extra = inner.products.extra(info);
        let (unit, factor) = match unit {
            None => (info.unit, Factor::ONE),
            Some(id) => resolve_unit(inner, info, extra, id)?,
        };
        Ok(Self {
            product,
            info,
            extra,
            unit,
            factor,
            quantity,
            base_quantity: factor.to_base(quantity).at("units")?,
            manual: &[],
            ramp_percent: None,
            attributes: None,
            periods: None,
            shares: None,
        })
    }

    /// The weight of the line, in base units of weight.
    pub(crate) fn weight(&self) -> Computed<Exact> {
        match self.extra.and_then(|extra| extra.weight) {
            Some(weight) => self.base_quantity.magnitude().multiply(weight.exact()).at("weight"),
            None => Ok(Exact::ZERO),
        }
    }

    pub(crate) fn is_return(&self) -> bool {
        self.quantity.is_negative()
    }

    /// Refuses a quantity that the product is not sold in, and names the nearest ones that it is.
    pub(crate) fn check_quantity(&self, inner: &Inner) -> Computed<()> {
        let rules = QuantityRules::new(inner, self);
        match rules.broken(self.quantity, self.base_quantity)? {
            None => Ok(()),
            Some(rule) => Err(Refusal::Quantity { rule, nearest: rules.nearest(self)? }.into()),
        }
    }
}

/// What a quantity of a line must keep.
struct QuantityRules<'r> {
    factor: Factor,
    /// The step of the ordered unit.
    digits: Option<Exact>,
    minimum: Exact,
    multiple: Option<Exact>,
    packs: &'r [Quantity],
}

/// At most this many steps are walked in search of a valid quantity.
const MAX_STEPS: usize = 1000;

impl<'r> QuantityRules<'r> {
    fn new(inner: &Inner, line: &Line<'r>) -> Self {
        let digits = inner.unit_digits.get(usize::from(line.unit)).copied().flatten();
        // Returns only keep the decimals of their unit.
        let extra = line.extra.filter(|_| !line.is_return());
        Self {
            factor: line.factor,
            digits: digits.map(|digits| Increment::digits(digits).exact()),
            minimum: extra.and_then(|e| e.min_quantity).map_or(Exact::ZERO, Quantity::exact),
            multiple: extra.and_then(|e| e.multiple).map(Quantity::exact),
            packs: extra.map_or(&[], |e| e.packs.as_slice()),
        }
    }

    /// The first rule that a quantity does not keep, given in the ordered unit and in base units.
    fn broken(&self, ordered: Exact, base: Exact) -> Computed<Option<QuantityRule>> {
        let multiple_of = |value: Exact, step: Exact| -> Computed<bool> {
            Ok(rounded(value, step, RoundingMode::Down)? == value)
        };
        if ordered.is_zero() {
            return Ok(Some(QuantityRule::Zero));
        }
        if let Some(step) = self.digits
            && !multiple_of(ordered, step)?
        {
            return Ok(Some(QuantityRule::Digits));
        }
        if base.is_positive() && base < self.minimum {
            return Ok(Some(QuantityRule::Minimum));
        }
        if let Some(step) = self.multiple
            && !multiple_of(base, step)?
        {
            return Ok(Some(QuantityRule::Multiple));
        }
        if !self.packs.is_empty() {
            let mut fits = false;
            for &pack in self.packs {
                fits |= multiple_of(base, pack.exact())?;
            }
            if !fits {
                return Ok(Some(QuantityRule::Packs));
            }
        }
        Ok(None)
    }

    /// The nearest valid quantities below and above, in the ordered unit.
    fn nearest(&self, line: &Line<'_>) -> Computed<Vec<Quantity>> {
        let mut steps: Vec<Exact> = self.packs.iter().copied().map(Quantity::exact).collect();
        if steps.is_empty() {
            let digits = self.digits.and_then(|step| self.factor.to_base(step).ok());
            let one = self.factor.to_base(Exact::ONE).unwrap_or(Exact::ONE);
            steps.push(self.multiple.or(digits).unwrap_or(one));
        }
        let (mut below, mut above): (Option<Exact>, Option<Exact>) = (None, None);
        for step in steps {
            let start = line.base_quantity;
            let mut down = rounded(start, step, RoundingMode::Down)?;
            let mut up = rounded(start.max(self.minimum), step, RoundingMode::Up)?;
            if line.is_return() {
                (down, up) = (rounded(start, step, RoundingMode::Up)?, down);
            }
            for _ in 0..MAX_STEPS {
                if self.valid(up)? && up > start {
                    above = Some(above.map_or(up, |known| known.min(up)));
                    break;
                }
                up = up.add(step).at("quantity")?;
            }
            for _ in 0..MAX_STEPS {
                if !line.is_return() && (!down.is_positive() || down < self.minimum) {
                    break;
                }
                if self.valid(down)? && down < start {
                    below = Some(below.map_or(down, |known| known.max(down)));
                    break;
                }
                down = down.subtract(step).at("quantity")?;
            }
        }
        // The minimum itself may lie between two steps of nothing in particular.
        if self.multiple.is_none() && self.packs.is_empty() && self.valid(self.minimum)? {
            above = Some(above.map_or(self.minimum, |known| known.min(self.minimum.max(known))));
            if line.base_quantity < self.minimum {
                above = Some(self.minimum);
            }
        }
        // A return stays a return: what is sold has rules that were not asked here.
        let above = above.filter(|above| !(line.is_return() && above.is_positive()));
        let ordered = |base: Exact| self.factor.from_base(base).ok();
        let found = [below, above].into_iter().flatten().filter_map(ordered);
        Ok(found.filter_map(|quantity| Quantity::from_exact(quantity).ok()).collect())
    }

    fn valid(&self, base: Exact) -> Computed<bool> {
        match self.factor.from_base(base) {
            Ok(ordered) => Ok(self.broken(ordered, base)?.is_none()),
            // A quantity without a decimal in the ordered unit cannot be ordered.
            Err(_) => Ok(false),
        }
    }
}

fn rounded(value: Exact, step: Exact, mode: RoundingMode) -> Computed<Exact> {
    let step = Increment::new(step).unwrap_or(Increment::digits(0));
    value.round(Rounding::new(step, mode)).at("quantity")
}

fn resolve_unit(
    inner: &Inner,
    info: &ProductInfo,
    extra: Option<&ProductExtra>,
    id: &Id,
) -> Computed<(u16, Factor)> {
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
    Err(Refusal::UnknownUnit { known }.into())
}

/// How many periods a term has, as a fraction.
pub(crate) fn periods(per: Period, term: Window) -> Option<(Exact, Exact)> {
    let (from, to) = (term.from?, term.to?);
    let days = i64::from(to.day_number()) - i64::from(from.day_number()) + 1;
    if days <= 0 {
        return None;
    }
    let (months, rest, length) = match per {
        Period::Day => return Some((Exact::integer(days), Exact::ONE)),
        Period::Month | Period::Year => whole_months(from, to)?,
    };
    // months + rest / length, over 12 for years.
    let numerator = months * length + rest;
    let denominator = length * if per == Period::Year { 12 } else { 1 };
    Some((Exact::integer(numerator), Exact::integer(denominator)))
}

/// Whole months from `from` to `to` (included), the days left over, and how many days the month has
/// that they are part of: from its own first day to that of the next, so that there are always less of
/// them.
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
    let days = |to: i32| i64::from(to) - i64::from(begin.day_number());
    let next = start(months + 1).map(Date::day_number);
    let length = next.map_or(i64::from(begin.days_in_month()), days);
    Some((i64::from(months), days(end), length))
}
