//! The common shape of a line, in 64-bit whole numbers: the same price as the general way, in a
//! fraction of its time.
//!
//! A plain line goes through three steps, each of which reads one part of the engine: its head (who
//! buys what), its place (which price row wins), and what it comes to. Batches take many lines
//! through one step before the next, so that the memory behind each step is asked for at once.
//! Every step may answer `None`: then the line is not plain, and the general way prices it.

use crate::engine::{ALONE, Applies, Inner, NONE, Places, Plain, ProductInfo};
use crate::money::{Fixed, power_of_ten, ratio, rounded};
use crate::quote::Verdict;

/// What a plain line is asked for: numbers of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainAsk {
    pub(crate) customer: u32,
    pub(crate) product: u32,
    /// In the base unit.
    pub(crate) quantity: Fixed,
    pub(crate) day: i32,
}

/// Who buys what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainHead<'e> {
    info: &'e ProductInfo,
    profile: u32,
    cluster: u32,
    /// In millionths.
    quantity: i64,
}

/// Which price row wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainPlace {
    pub(crate) list: u32,
    /// By its place among all rows.
    pub(crate) row: u32,
    /// By its place among those of the product in the list.
    pub(crate) number: u32,
}

/// The percentage that one stage took, and the rule that granted it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) rule: u32,
    /// At the percentage scale of the engine's plain tables.
    pub(crate) percent: i32,
    pub(crate) stage: u16,
}

/// The most rules that a plain line is granted.
const MOST_SHARES: usize = 4;

/// What a plain line comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainLine {
    pub(crate) list_price: Fixed,
    pub(crate) unit_price: Fixed,
    pub(crate) total: Fixed,
    pub(crate) cost: Fixed,
    pub(crate) margin: Fixed,
    pub(crate) margin_percent: Fixed,
    pub(crate) verdict: Option<Verdict>,
    granted: u8,
    shares: [Share; MOST_SHARES],
}

impl PlainLine {
    /// What was granted, in the order of the stages; one rule for a stage.
    #[inline]
    pub(crate) fn shares(&self) -> &[Share] {
        self.shares.get(..usize::from(self.granted)).unwrap_or_default()
    }
}

impl<'e> PlainHead<'e> {
    #[inline]
    pub(crate) fn new(inner: &'e Inner, plain: &Plain, ask: &PlainAsk) -> Option<Self> {
        let at = ask.customer as usize;
        let info = inner.products.info(ask.product)?;
        let profile = *inner.customers.profile.get(at)?;
        let own = inner.customers.currency.get(at).copied().flatten();
        let is_plain = plain.knows(profile)
            && ask.quantity.mantissa > 0
            && own.is_none_or(|currency| currency == inner.currency)
            && inner.products.extra(info).is_none_or(|extra| extra.is_plain());
        if !is_plain {
            return None;
        }
        if ask.quantity.scale > 0 && inner.unit_digits.get(usize::from(info.unit))?.is_some() {
            // Whole numbers keep the decimals of every unit.
            return None;
        }
        let cluster = *inner.customers.cluster.get(at)?;
        Some(Self { info, profile, cluster, quantity: ask.quantity.at_scale(6)? })
    }

    /// The row that wins: the first of the product's rows, which lie in the order of search, that
    /// is valid on the day and in a list which applies.
    #[inline]
    pub(crate) fn place(&self, inner: &Inner, plain: &Plain, day: i32) -> Option<PlainPlace> {
        let lists = inner.customers.lists.get(self.profile);
        let rows = inner.rows.of(self.info);
        if rows.len() > FEW_ROWS {
            let in_list = |&list: &u32| {
                let (start, rows) = inner.rows.placed_in_list(self.info, list);
                let found =
                    rows.iter().position(|row| row.unit == self.info.unit && row.valid_on(day))?;
                let number = u32::try_from(found).ok()?;
                let row = start.checked_add(number)?;
                self.opens(inner, plain, list, day).then_some(PlainPlace { list, row, number })
            };
            return lists.iter().find_map(in_list);
        }
        let (mut last, mut number) = (NONE, 0);
        for (row, found) in (self.info.rows..).zip(rows) {
            number = if found.list == last { number + 1 } else { 0 };
            last = found.list;
            if found.valid_on(day)
                && found.unit == self.info.unit
                && lists.contains(&found.list)
                && self.opens(inner, plain, found.list, day)
            {
                return Some(PlainPlace { list: found.list, row, number });
            }
        }
        None
    }

    /// Whether a list of the profile is open on the day and to the product.
    #[inline]
    fn opens(&self, inner: &Inner, plain: &Plain, list: u32, day: i32) -> bool {
        plain.list(list).is_some_and(|list| {
            list.days.contains(day) && inner.products.is_in_scope(self.info.class, list.scope)
        })
    }

    /// What the line comes to, all that is asked of it included.
    #[inline]
    pub(crate) fn line(
        &self,
        inner: &Inner,
        plain: &Plain,
        ask: &PlainAsk,
        place: PlainPlace,
    ) -> Option<PlainLine> {
        let list_price = inner.rows.plain_price(inner.rows.get(place.row)?, self.quantity)?;
        if list_price.mantissa <= 0 {
            return None;
        }
        let (granted, shares) = self.shares(inner, plain, ask, list_price)?;
        let taken = shares.get(..usize::from(granted))?;
        let unit_price = net(list_price, taken, plain.percent_scale, plain.unit)?;
        let total = unit_price.times(ask.quantity)?;
        let total = match plain.line {
            Some(places) => total.round(places.digits, places.mode)?,
            None => total,
        };
        if total.mantissa <= 0 {
            return None;
        }
        let cost = inner.products.plain_cost(self.info, ask.day)?.times(ask.quantity)?;
        if unit_price.scale.max(total.scale).max(cost.scale) > MOST_DECIMALS {
            return None;
        }
        let margin = total.minus(cost)?;
        let margin_percent = margin_percent(total, margin, plain.margin)?;
        let verdict =
            self.verdict(inner, plain, ask.day, Earned { total, margin, margin_percent })?;
        Some(PlainLine {
            list_price,
            unit_price,
            total,
            cost,
            margin,
            margin_percent,
            verdict,
            granted,
            shares,
        })
    }

    /// The rules that are granted, one for a stage at most, in the order of the stages.
    #[inline]
    fn shares(
        &self,
        inner: &Inner,
        plain: &Plain,
        ask: &PlainAsk,
        list_price: Fixed,
    ) -> Option<(u8, [Share; MOST_SHARES])> {
        let value = millionths(list_price, ask.quantity)?;
        let mut shares = [Share::default(); MOST_SHARES];
        let mut rivals = [ALONE; MOST_SHARES];
        let mut granted = 0_usize;
        for &number in inner.line_rules.cell(self.info.class, self.profile)? {
            let gate = inner.line_rules.gate(number)?;
            if !gate.days.contains(ask.day) {
                continue;
            }
            let rule = match plain.applies(gate.rule) {
                Applies::Never => continue,
                Applies::Within(rule) if !gate.has_exception() => rule,
                _ => return None,
            };
            if !rule.is_kept(self.quantity, value) {
                continue;
            }
            let of = (self.cluster, self.info.category);
            let Some(percent) = plain.percent(inner, &rule, of, self.quantity, value)? else {
                continue;
            };
            let new = Share { rule: gate.rule, percent, stage: rule.stage };
            // The best of a group or of a stage stays; the first of equals, as rules come in order.
            let rivalry = if rule.group != ALONE { rule.group } else { STAGE };
            let before = shares.get_mut(..granted)?.iter_mut().zip(&rivals);
            let mut same = before.filter(|(known, rival)| {
                known.stage == rule.stage || (rule.group != ALONE && **rival == rule.group)
            });
            match same.next() {
                None => {
                    *shares.get_mut(granted)? = new;
                    *rivals.get_mut(granted)? =
                        if rule.best || rule.group != ALONE { rivalry } else { ALONE };
                    granted += 1;
                }
                // Rivals of one group, or of one stage, and of nothing else.
                Some((known, rival))
                    if *rival == rivalry
                        && known.stage == rule.stage
                        && (rule.group != ALONE || rule.best) =>
                {
                    if percent > known.percent {
                        *known = new;
                    }
                }
                Some(_) => return None,
            }
        }
        Some((u8::try_from(granted).ok()?, shares))
    }

    /// The worst that the thresholds of the line say; the most specific one that is valid decides.
    #[inline]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(
        &self,
        inner: &Inner,
        plain: &Plain,
        day: i32,
        earned: Earned,
    ) -> Option<Option<Verdict>> {
        for &number in inner.line_thresholds.cell(self.info.class, self.profile)? {
            let gate = inner.line_thresholds.gate(number)?;
            if !gate.days.contains(day) {
                continue;
            }
            if gate.has_exception() {
                return None;
            }
            let threshold = plain.threshold(gate.rule)?;
            let is_below = |bound: Option<Fixed>| match bound {
                Some(bound) => earned.is_below(bound, plain.rounds_margin),
                None => Some(false),
            };
            return Some(if is_below(threshold.block)? {
                Some(Verdict::Blocked)
            } else if is_below(threshold.approval)? {
                Some(Verdict::NeedsApproval)
            } else {
                None
            });
        }
        Some(None)
    }
}

/// Rivals of one stage; a group has a smaller number.
const STAGE: u16 = ALONE - 1;

/// A result has no more decimals.
const MOST_DECIMALS: u8 = 28;

/// So many rows are read one after the other rather than searched.
const FEW_ROWS: usize = 16;

/// The value of a line in whole millionths, cut off below.
#[inline]
fn millionths(price: Fixed, quantity: Fixed) -> Option<i128> {
    let value = i128::from(price.mantissa) * i128::from(quantity.mantissa);
    let scale = price.scale.checked_add(quantity.scale)?;
    match scale.checked_sub(6) {
        None | Some(0) => value.checked_mul(power_of_ten(6 - scale)?.into()),
        Some(down) => value.checked_div(power_of_ten(down)?.into()),
    }
}

/// A price less percentages, one of what the other has left, rounded where units are.
#[inline]
fn net(price: Fixed, shares: &[Share], percent_scale: u8, unit: Option<Places>) -> Option<Fixed> {
    if shares.is_empty() && unit.is_none() {
        return Some(price);
    }
    let hundred = i64::try_from(power_of_ten(percent_scale + 2)?).ok()?;
    let mut kept = u128::from(u64::try_from(price.mantissa).ok()?);
    let mut scale = price.scale;
    for share in shares {
        // Percentages take less than all: see the tables.
        let keeps = u64::try_from(hundred.checked_sub(share.percent.into())?).ok()?;
        kept = kept.checked_mul(keeps.into())?;
        scale = scale.checked_add(percent_scale + 2)?;
    }
    match unit {
        Some(places) => rounded(kept, scale, places.digits, places.mode),
        None => Some(Fixed { mantissa: i64::try_from(kept).ok()?, scale }),
    }
}

/// What a line earns.
#[derive(Debug, Clone, Copy)]
struct Earned {
    total: Fixed,
    margin: Fixed,
    margin_percent: Fixed,
}

impl Earned {
    #[inline]
    fn is_below(&self, bound: Fixed, rounds: bool) -> Option<bool> {
        if rounds {
            return Some(self.margin_percent.at_scale(bound.scale)? < bound.mantissa);
        }
        // margin / total < bound / 100, without dividing; the total is positive.
        let scale = self.margin.scale.max(self.total.scale);
        let margin = i128::from(self.margin.at_scale(scale)?);
        let total = i128::from(self.total.at_scale(scale)?);
        let hundred = i128::from(100 * power_of_ten(bound.scale)?);
        Some(margin.checked_mul(hundred)? < total.checked_mul(bound.mantissa.into())?)
    }
}

/// The margin in percent of a positive total.
#[inline]
fn margin_percent(total: Fixed, margin: Fixed, places: Places) -> Option<Fixed> {
    let scale = total.scale.max(margin.scale);
    let hundred = 100 * i128::from(power_of_ten(places.digits)?);
    let numerator = i128::from(margin.at_scale(scale)?).checked_mul(hundred)?;
    let denominator = u64::try_from(total.at_scale(scale)?).ok()?;
    let mantissa = ratio(numerator, denominator, places.mode)?;
    Some(Fixed { mantissa, scale: places.digits })
}
