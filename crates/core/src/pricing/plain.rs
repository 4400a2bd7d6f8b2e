//! The common shape of a line, in 64-bit whole numbers: the same price as the general way, in a
//! fraction of its time.
//!
//! A plain line goes through three steps, each of which reads one part of the engine: its head (who
//! buys what), its place (which price row wins), and what it comes to. Batches take many lines
//! through one step before the next, so that the memory behind each step is asked for at once.
//! Every step may answer `None`: then the line is not plain, and the general way prices it.

use crate::engine::{
    ALONE, EVERYTHING, FEW_LISTS, Inner, NONE, Plain, PlainProfile, PlainThreshold, ProductInfo,
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

/// Who buys what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainHead<'e> {
    info: &'e ProductInfo,
    known: &'e PlainProfile,
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) rule: u32,
    /// At the percentage scale of the engine's plain tables.
    pub(crate) percent: i32,
    pub(crate) stage: u16,
}

/// Nothing granted.
const NO_SHARE: Share = Share { rule: NONE, percent: 0, stage: ALONE };

#[inline]
fn granted(shares: &[Share]) -> impl Iterator<Item = &Share> {
    shares.iter().take_while(|share| share.rule != NONE)
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
    /// One for a stage at most.
    shares: [Share; MOST_SHARES],
}

impl PlainLine {
    /// What was granted, one share for a stage at most.
    #[inline]
    pub(crate) fn shares(&self) -> impl Iterator<Item = &Share> {
        granted(&self.shares)
    }
}

impl<'e> PlainHead<'e> {
    #[inline]
    pub(crate) fn new(inner: &'e Inner, plain: &'e Plain, ask: &PlainAsk) -> Option<Self> {
        let at = ask.customer as usize;
        let info = inner.products.info(ask.product)?;
        let profile = *inner.customers.profile.get(at)?;
        let own = inner.customers.currency.get(at).copied().flatten();
        let known = plain.profile(profile)?;
        let is_plain = ask.quantity.mantissa > 0
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
        Some(Self { info, known, profile, cluster, quantity: ask.quantity.at_scale(6)? })
    }

    /// What is known of the product.
    #[inline]
    pub(crate) const fn product(&self) -> &'e ProductInfo {
        self.info
    }

    /// The row that wins: the first of the product's rows, which lie in the order of search, that
    /// is valid on the day and in a list which applies.
    #[inline]
    pub(crate) fn place(&self, inner: &Inner, plain: &Plain, day: i32) -> Option<PlainPlace> {
        let rows = inner.rows.of(self.info);
        if rows.len() > FEW_ROWS || !self.known.has_few_lists {
            let lists = inner.customers.lists.get(self.profile);
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
        // All rows are looked at before the first that is found is chosen: what the processor
        // cannot foresee costs it more than a row.
        let mut found = 0_u32;
        for (bit, row) in (0_u32..).zip(rows) {
            let fits = row.valid_on(day)
                & (row.unit == self.info.unit)
                & is_in(&self.known.lists, row.list);
            found |= u32::from(fits) << bit;
        }
        while found != 0 {
            let at = found.trailing_zeros();
            found &= found - 1;
            let list = rows.get(at as usize)?.list;
            if self.opens(inner, plain, list, day) {
                let before = rows.get(..at as usize)?.iter().rev();
                let number = before.take_while(|row| row.list == list).count();
                let row = self.info.rows.checked_add(at)?;
                return Some(PlainPlace { list, row, number: u32::try_from(number).ok()? });
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

    /// The list price of one unit in the row that wins.
    #[inline]
    pub(crate) fn list_price(&self, inner: &Inner, place: PlainPlace) -> Option<Fixed> {
        let price = inner.rows.plain_price(inner.rows.get(place.row)?, self.quantity)?;
        (price.mantissa > 0).then_some(price)
    }

    /// What the line comes to, all that is asked of it included.
    #[inline(always)]
    pub(crate) fn line(
        &self,
        inner: &Inner,
        plain: &Plain,
        ask: &PlainAsk,
        list_price: Fixed,
    ) -> Option<PlainLine> {
        let mut shares = [NO_SHARE; MOST_SHARES];
        self.grant(inner, plain, ask, list_price, &mut shares)?;
        let unit_price = net(list_price, &shares, plain)?;
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
        let margin_percent = margin_percent(total, margin, plain)?;
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
            shares,
        })
    }

    /// Grants what the rules say, one share for a stage at most.
    #[inline(always)]
    fn grant(
        &self,
        inner: &Inner,
        plain: &Plain,
        ask: &PlainAsk,
        list_price: Fixed,
        shares: &mut [Share; MOST_SHARES],
    ) -> Option<()> {
        let value = millionths(list_price, ask.quantity)?;
        let mut granted = 0_usize;
        // Rivals, and rules of one stage, come one after the other.
        let (mut stage, mut rivalry) = (ALONE, ALONE);
        let set = inner.line_rules.set(self.info.class);
        let mut open = plain.rules.open(set, self.known.rules, ask.day, self.quantity)?;
        while let Some(entry) = open.next() {
            let rule = &entry.rule;
            if !rule.is_kept(value) {
                continue;
            }
            let of = (self.cluster, self.info.category);
            let Some(percent) = plain.percent(inner, rule, of, self.quantity, value)? else {
                continue;
            };
            open.skip_to(rule.end);
            let new = Share { rule: rule.number, percent, stage: rule.stage };
            if rule.crosses {
                return None;
            }
            if rule.stage != stage {
                *shares.get_mut(granted)? = new;
                granted += 1;
                (stage, rivalry) = (rule.stage, rule.rivalry);
                continue;
            }
            // The best of a group or of a stage stays; the first of equals, as rules come in order.
            // Two of a stage that are no rivals make one share of two rules.
            let last = shares.get_mut(granted.checked_sub(1)?)?;
            if rule.rivalry == ALONE || rule.rivalry != rivalry {
                return None;
            }
            if percent > last.percent {
                *last = new;
            }
        }
        Some(())
    }

    /// The worst that thresholds say: of those of the line the most specific one that is valid, and
    /// those of the document, which is this line alone.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(
        &self,
        inner: &Inner,
        plain: &Plain,
        day: i32,
        earned: Earned,
    ) -> Option<Option<Verdict>> {
        let set = inner.line_thresholds.set(self.info.class);
        let mut open = plain.thresholds.open(set, self.known.thresholds, day, self.quantity)?;
        let mut worst = match open.next() {
            Some(entry) => earned.verdict(&entry.rule?, plain.rounds_margin)?,
            None => None,
        };
        for document in &plain.documents {
            let side = document.scope.customer;
            let sides = inner.customers.profiles.get(self.profile);
            let is_open = document.days.contains(day)
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
#[inline]
fn net(price: Fixed, shares: &[Share], plain: &Plain) -> Option<Fixed> {
    let mut scale = price.scale;
    let mut keeps = 1_u64;
    for share in granted(shares) {
        // Percentages take less than all: see the tables.
        let kept = plain.hundred.checked_sub(share.percent.into())?;
        keeps = keeps.checked_mul(u64::try_from(kept).ok()?)?;
        scale = scale.checked_add(plain.percent_scale + 2)?;
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
    #[inline]
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
#[inline]
fn margin_percent(total: Fixed, margin: Fixed, plain: &Plain) -> Option<Fixed> {
    // The margin has as many decimals as the total, or more.
    let denominator = u64::try_from(total.at_scale(margin.scale)?).ok()?;
    // Two numbers of 64 bits have a product of 128.
    let numerator = i128::from(margin.mantissa) * i128::from(plain.margin_hundred);
    let mantissa = ratio(numerator, denominator, plain.margin.mode)?;
    Some(Fixed { mantissa, scale: plain.margin.digits })
}
