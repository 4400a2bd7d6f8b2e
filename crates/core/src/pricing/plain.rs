//! The common shape of a line, in 64-bit whole numbers: the same price as the general way, in a
//! fraction of its time.
//!
//! A plain line goes through three steps, each of which reads one part of the engine: its head (who
//! buys what), its place (which price row wins), and what it comes to. Batches take many lines
//! through one step before the next, so that the memory behind each step is asked for at once.
//! Every step may answer `None`: then the line is not plain, and the general way prices it.

use std::hint::select_unpredictable;

use crate::engine::{
    ALONE, EVERYTHING, FEW_LISTS, Inner, MOST_STAGES, NONE, Plain, PlainCustomer, PlainProfile,
    PlainThreshold, ProductInfo, Row,
};
use crate::money::Fixed;
use crate::money::fixed::{power_of_ten, ratio, rounded};
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

/// Who buys what, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainHead<'e> {
    info: &'e ProductInfo,
    profile: &'e PlainProfile,
    cluster: u32,
    day: i32,
    quantity: Fixed,
    /// The quantity in millionths.
    millionths: i64,
}

/// Which price row wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainPlace<'e> {
    pub(crate) row: &'e Row,
    /// By its place among those of the product in the list.
    pub(crate) number: u32,
}

/// What the stages took: for each stage that any rule is of a percentage, at the scale of the engine's
/// plain tables, and the rule that granted it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares {
    /// `NONE` where a stage took nothing.
    pub(crate) rules: [u32; MOST_STAGES],
    pub(crate) percents: [i32; MOST_STAGES],
}

impl Shares {
    pub(crate) const NONE: Self = Self { rules: [NONE; MOST_STAGES], percents: [0; MOST_STAGES] };

    /// The rule and the percentage of each stage.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        self.rules.iter().copied().zip(self.percents.iter().copied())
    }
}

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
}

impl<'e> PlainHead<'e> {
    #[inline]
    pub(crate) fn new(inner: &'e Inner, plain: &'e Plain, ask: &PlainAsk) -> Option<Self> {
        let PlainAsk { customer, product, quantity, day } = *ask;
        let info = inner.products.info(product)?;
        let (PlainCustomer { cluster, .. }, profile) = plain.customer(customer)?;
        if quantity.mantissa <= 0
            || inner.products.extra(info).is_some_and(|extra| !extra.is_plain())
        {
            return None;
        }
        if quantity.scale > 0 && inner.unit_digits.get(usize::from(info.unit))?.is_some() {
            // Whole numbers keep the decimals of every unit.
            return None;
        }
        let millionths = quantity.at_scale(6)?;
        Some(Self { info, profile, cluster, day, quantity, millionths })
    }

    /// What is known of the product.
    #[inline]
    pub(crate) const fn product(&self) -> &'e ProductInfo {
        self.info
    }

    /// The row that wins: the first of the product's rows, which lie in the order of search, that
    /// is valid on the day and in a list which applies.
    #[inline]
    pub(crate) fn place(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace<'e>> {
        let rows = inner.rows.of(self.info);
        if rows.len() > FEW_ROWS || !self.profile.has_few_lists {
            return self.place_by_list(inner, plain);
        }
        // All rows are looked at before the first that is found is chosen: what the processor
        // cannot foresee costs it more than a row.
        let (mut found, mut follows, mut before) = (0_u32, 0_u32, NONE);
        for (bit, row) in (0_u32..).zip(rows) {
            let fits = row.valid_on(self.day)
                & (row.unit == self.info.unit)
                & is_in(&self.profile.lists, row.list);
            found |= u32::from(fits) << bit;
            follows |= u32::from(row.list == before) << bit;
            before = row.list;
        }
        while found != 0 {
            let at = found.trailing_zeros();
            found &= found - 1;
            let row = rows.get(at as usize)?;
            if self.opens(inner, plain, row.list) {
                // Those directly before it in the same list.
                let number = (follows << (31 - at)).leading_ones();
                return Some(PlainPlace { row, number });
            }
        }
        None
    }

    /// As [`PlainHead::place`], where there are many rows or many lists.
    fn place_by_list(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace<'e>> {
        let lists = inner.customers.lists.get(self.profile.number);
        lists.iter().find_map(|&list| {
            let rows = inner.rows.in_list(self.info, list);
            let is_right = |row: &Row| row.unit == self.info.unit && row.valid_on(self.day);
            let found = rows.iter().position(is_right)?;
            let number = u32::try_from(found).ok()?;
            let row = rows.get(found)?;
            self.opens(inner, plain, list).then_some(PlainPlace { row, number })
        })
    }

    /// Whether a list of the profile is open on the day and to the product.
    #[inline]
    fn opens(&self, inner: &Inner, plain: &Plain, list: u32) -> bool {
        plain.list(list).is_some_and(|list| {
            list.days.contains(self.day) && inner.products.is_in_scope(self.info.class, list.scope)
        })
    }

    /// The list price of one unit in the row that wins.
    #[inline]
    fn list_price(&self, inner: &Inner, place: PlainPlace<'_>) -> Option<Fixed> {
        let price = inner.rows.plain_price(place.row, self.millionths)?;
        (price.mantissa > 0).then_some(price)
    }

    /// What the line comes to at the price row that wins, and what the stages took, which nothing
    /// has been written to before.
    #[inline(always)]
    pub(crate) fn line(
        &self,
        inner: &Inner,
        plain: &Plain,
        place: PlainPlace<'_>,
        shares: &mut Shares,
    ) -> Option<PlainLine> {
        let list_price = self.list_price(inner, place)?;
        self.grant(inner, plain, list_price, shares)?;
        let unit_price = net(list_price, shares, plain)?;
        let total = unit_price.times(self.quantity)?;
        let total = match plain.line {
            Some(places) => total.round(places.digits, places.mode)?,
            None => total,
        };
        if total.mantissa <= 0 {
            return None;
        }
        let cost = inner.products.plain_cost(self.info, self.day)?.times(self.quantity)?;
        if unit_price.scale.max(total.scale).max(cost.scale) > MOST_DECIMALS {
            return None;
        }
        let margin = total.minus(cost)?;
        let margin_percent = margin_percent(total, margin, plain)?;
        let verdict = self.verdict(inner, plain, Earned { total, margin, margin_percent })?;
        Some(PlainLine { list_price, unit_price, total, cost, margin, margin_percent, verdict })
    }

    /// Grants what the rules say, one for a stage at most.
    #[inline(always)]
    fn grant(
        &self,
        inner: &Inner,
        plain: &Plain,
        list_price: Fixed,
        shares: &mut Shares,
    ) -> Option<()> {
        let value = millionths(list_price, self.quantity)?;
        let set = inner.line_rules.set(self.info.class);
        let mut open = plain.rules.open(set, self.profile.rules, self.day, self.millionths)?;
        let mut rivalry = ALONE;
        while let Some(entry) = plain.rules.next(&mut open, self.day, self.millionths) {
            let rule = &entry.rule;
            if !rule.is_kept(value) {
                continue;
            }
            let of = (self.cluster, self.info.category);
            let Some(percent) = plain.percent(rule, of, self.millionths, value)? else {
                continue;
            };
            if rule.crosses {
                return None;
            }
            open.skip_to(rule.end);
            let stage = usize::from(rule.stage);
            let (granted, best) = (shares.rules.get_mut(stage)?, shares.percents.get_mut(stage)?);
            if *granted != NONE {
                // The best of a group or of a stage stays; the first of equals, as rules come in
                // order, rivals one after the other. Two of a stage that are no rivals make one
                // share of two rules.
                if rule.rivalry == ALONE || rule.rivalry != rivalry {
                    return None;
                }
                if percent <= *best {
                    continue;
                }
            }
            (*granted, *best, rivalry) = (rule.number, percent, rule.rivalry);
        }
        Some(())
    }

    /// The worst that thresholds say: of those of the line the most specific one that is valid, and
    /// those of the document, which is this line alone.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(&self, inner: &Inner, plain: &Plain, earned: Earned) -> Option<Option<Verdict>> {
        let set = inner.line_thresholds.set(self.info.class);
        let thresholds = &plain.thresholds;
        let own = match thresholds.first(set, self.profile.thresholds, self.day, self.millionths)? {
            Some(entry) => earned.verdict(&entry.rule?, plain.rounds_margin)?,
            None => None,
        };
        if plain.documents.is_empty() {
            return Some(own);
        }
        Some(own.max(self.verdict_on_document(inner, plain, &earned)?))
    }

    /// The worst that the thresholds of groups and of the document say.
    #[inline(never)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict_on_document(
        &self,
        inner: &Inner,
        plain: &Plain,
        earned: &Earned,
    ) -> Option<Option<Verdict>> {
        let mut worst = None;
        for document in &plain.documents {
            let side = document.scope.customer;
            let sides = inner.customers.profiles.get(self.profile.number);
            let is_open = document.days.contains(self.day)
                && (side == EVERYTHING || sides.binary_search(&side).is_ok())
                && inner.products.is_in_scope(self.info.class, document.scope);
            if is_open {
                worst = worst.max(earned.verdict(&document.threshold, plain.rounds_margin)?);
            }
        }
        Some(worst)
    }
}

/// A result has no more decimals.
const MOST_DECIMALS: u8 = 28;

/// Whether a list is one of some, without leaving at the first.
#[inline]
fn is_in(lists: &[u32; FEW_LISTS], list: u32) -> bool {
    lists.iter().fold(false, |found, &one| found | (one == list))
}

/// So many rows are read one after the other rather than searched.
const FEW_ROWS: usize = 16;

/// The value of a line in whole millionths, cut off below.
#[inline]
fn millionths(price: Fixed, quantity: Fixed) -> Option<i64> {
    let value = price.mantissa.checked_mul(quantity.mantissa)?;
    let scale = price.scale.checked_add(quantity.scale)?;
    let found = match scale.checked_sub(6) {
        None | Some(0) => value.checked_mul(power_of_ten(6 - scale)?.try_into().ok()?)?,
        Some(down) => value.checked_div(power_of_ten(down)?.try_into().ok()?)?,
    };
    // The largest number stands for a bound that is not there.
    Some(found).filter(|&found| found != i64::MAX)
}

/// A price less percentages, one of what the other has left, rounded where units are.
#[inline(always)]
fn net(price: Fixed, shares: &Shares, plain: &Plain) -> Option<Fixed> {
    let (mut scale, mut keeps) = (price.scale, 1_u64);
    for (rule, percent) in shares.iter().take(plain.stages.len()) {
        let took = rule != NONE;
        // Percentages take less than all: see the tables.
        let kept = select_unpredictable(took, plain.hundred - i64::from(percent), 1);
        keeps = keeps.checked_mul(u64::try_from(kept).ok()?)?;
        scale += select_unpredictable(took, plain.percent_scale + 2, 0);
    }
    // Two numbers of 64 bits have a product of 128.
    let kept = u128::from(u64::try_from(price.mantissa).ok()?) * u128::from(keeps);
    match plain.unit {
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
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(&self, threshold: &PlainThreshold, rounds: bool) -> Option<Option<Verdict>> {
        let is_below = |bound: Option<Fixed>| match bound {
            Some(bound) => self.is_below(bound, rounds),
            None => Some(false),
        };
        Some(match (is_below(threshold.block)?, is_below(threshold.approval)?) {
            (true, _) => Some(Verdict::Blocked),
            (false, true) => Some(Verdict::NeedsApproval),
            (false, false) => None,
        })
    }

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
#[inline(always)]
fn margin_percent(total: Fixed, margin: Fixed, plain: &Plain) -> Option<Fixed> {
    // The margin has as many decimals as the total, or more.
    let denominator = u64::try_from(total.at_scale(margin.scale)?).ok()?;
    // Two numbers of 64 bits have a product of 128.
    let numerator = i128::from(margin.mantissa) * i128::from(plain.margin_hundred);
    let mantissa = ratio(numerator, denominator, plain.margin.mode)?;
    Some(Fixed { mantissa, scale: plain.margin.digits })
}
