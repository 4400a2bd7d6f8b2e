//! The common shape of a line, in 64-bit whole numbers: the same price as the general way, in a
//! fraction of its time.
//!
//! A plain line goes through steps, each of which reads one part of the engine: its head (who buys
//! what), its place (which price row wins), its price, what each stage takes of it, and what is left.
//! Batches take many lines through one step before the next, so that the memory behind each step is
//! asked for at once and the processor foresees where each step goes. Every step may answer `None`:
//! then the line is not plain, and the general way prices it.

use crate::engine::{
    ALONE, Card, EVERYTHING, FewLists, Inner, NONE, Percents, Plain, PlainCustomer, PlainProfile,
    PlainThreshold, ProductExtra, Row, Share,
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
    card: Option<&'e Card>,
    profile: &'e PlainProfile,
    product: u32,
    category: u32,
    cluster: u32,
    /// The kinds of product, for rules and for thresholds.
    rules: u32,
    thresholds: u32,
    day: i32,
    quantity: Fixed,
    /// The quantity in millionths.
    millionths: i64,
}

/// Which price row wins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlainPlace {
    pub(crate) list: u32,
    /// By its place among those of the product in the list.
    pub(crate) number: u32,
    /// The shape of its prices; [`NONE`] where the row has to say.
    shape: u32,
    /// Where its prices begin, or where the row is among all where it has to say.
    start: u32,
}

impl PlainPlace {
    /// The row, where it has to say what its prices are.
    #[inline]
    pub(crate) fn row(self, inner: &Inner) -> Option<&Row> {
        if self.shape == NONE { inner.rows.get(self.start) } else { None }
    }

    /// The first of its prices, where the row has not to say.
    #[inline]
    pub(crate) fn first_price(self, inner: &Inner) -> Option<u32> {
        if self.shape == NONE { None } else { inner.rows.price(self.start) }
    }

    /// The price that a quantity reaches, in millionths.
    #[inline(always)]
    fn price(self, inner: &Inner, plain: &Plain, quantity: i64) -> Option<Fixed> {
        let Some(shape) = plain.shape(self.shape) else {
            return inner.rows.plain_price(inner.rows.get(self.start)?, quantity);
        };
        let place = self.start.wrapping_add(shape.reached(quantity)?);
        Some(Fixed { mantissa: inner.rows.price(place)?.into(), scale: shape.scale })
    }
}

/// A price on its way through the stages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlainPrice {
    /// The list price of one unit.
    list: Fixed,
    /// The list value of the line in whole millionths, cut off below.
    value: i64,
    /// What is left of the price: a product of numbers of so many decimals in all.
    keeps: u64,
    scale: u8,
}

/// What a plain line comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainLine {
    pub(crate) list_price: Fixed,
    pub(crate) unit_price: Fixed,
    pub(crate) earned: Earned,
    pub(crate) verdict: Option<Verdict>,
}

impl<'e> PlainHead<'e> {
    #[inline(always)]
    pub(crate) fn new(inner: &'e Inner, plain: &'e Plain, ask: &PlainAsk) -> Option<Self> {
        let PlainAsk { customer, product, quantity, day } = *ask;
        let (PlainCustomer { cluster, .. }, profile) = plain.customer(customer)?;
        let card = plain.card(product);
        let (class, category) = match card {
            Some(card) => (card.class(), card.category()),
            None => without_card(inner, product)?,
        };
        if quantity.mantissa <= 0 || quantity.scale > 0 && !takes_decimals(inner, product)? {
            return None;
        }
        // The largest number stands for a bound that is not there.
        let millionths = quantity.at_scale(6).filter(|&found| found != i64::MAX)?;
        let rules = inner.line_rules.set(class);
        let thresholds = inner.line_thresholds.set(class);
        Some(Self {
            card,
            profile,
            product,
            category,
            cluster,
            rules,
            thresholds,
            day,
            quantity,
            millionths,
        })
    }

    /// The card that the product's goes on in, where it does.
    #[inline]
    pub(crate) fn next_card(&self, plain: &'e Plain) -> Option<&'e Card> {
        self.card.and_then(|card| plain.next_card(card))
    }

    /// The row that wins: the first of the product's rows, which lie in the order of search, that
    /// is valid on the day and in a list which applies.
    #[inline(always)]
    pub(crate) fn place(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace> {
        let (Some(card), Some(lists)) = (self.card, &self.profile.lists) else {
            return self.place_by_list(inner, plain);
        };
        self.place_on_card(inner, plain, card, lists)
            .or_else(|| self.place_further(inner, plain, card, lists))
    }

    #[inline(always)]
    fn place_on_card(
        &self,
        inner: &Inner,
        plain: &Plain,
        card: &Card,
        lists: &FewLists,
    ) -> Option<PlainPlace> {
        let mut found = card.find(lists, self.day);
        while found != 0 {
            let at = found.trailing_zeros();
            found &= found.wrapping_sub(1);
            let list = card.list(at)?;
            if self.profile.finds_open || self.opens(inner, plain, card.class(), list) {
                let number = card.number_in_list(at)?;
                let (shape, rows) = match plain.shape(card.shape()) {
                    Some(shape) => (card.shape(), at.wrapping_mul(shape.tiers)),
                    None => (NONE, at),
                };
                let start = card.start().wrapping_add(rows);
                return Some(PlainPlace { list, number, shape, start });
            }
        }
        None
    }

    /// As [`PlainHead::place`], on the cards that one goes on in.
    #[inline(never)]
    fn place_further(
        &self,
        inner: &Inner,
        plain: &Plain,
        card: &Card,
        lists: &FewLists,
    ) -> Option<PlainPlace> {
        let mut more = std::iter::successors(plain.next_card(card), |card| plain.next_card(card));
        more.find_map(|card| self.place_on_card(inner, plain, card, lists))
    }

    /// As [`PlainHead::place`], where there are many rows or many lists.
    #[inline(never)]
    fn place_by_list(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace> {
        let info = inner.products.info(self.product)?;
        let lists = inner.customers.lists.get(self.profile.number);
        lists.iter().find_map(|&list| {
            let range = inner.rows.range_in_list(info, list);
            let first = u32::try_from(range.start).ok()?.checked_add(info.rows)?;
            let rows = inner.rows.of(info).get(range)?;
            let is_right = |row: &Row| {
                let kind = inner.rows.kind(row);
                kind.unit == info.unit && kind.valid_on(self.day)
            };
            let number = u32::try_from(rows.iter().position(is_right)?).ok()?;
            let opens = self.opens(inner, plain, info.class, list);
            let start = first.checked_add(number)?;
            opens.then_some(PlainPlace { list, number, shape: NONE, start })
        })
    }

    /// Whether a list of the profile is open on the day and to a class of products.
    fn opens(&self, inner: &Inner, plain: &Plain, class: u32, list: u32) -> bool {
        plain.list(list).is_some_and(|list| {
            list.days.contains(self.day) && inner.products.is_in_scope(class, list.scope)
        })
    }

    /// The price in the row that wins.
    #[inline(always)]
    pub(crate) fn price(
        &self,
        inner: &Inner,
        plain: &Plain,
        place: PlainPlace,
    ) -> Option<PlainPrice> {
        let list = place.price(inner, plain, self.millionths)?;
        if list.mantissa <= 0 {
            return None;
        }
        let value = millionths(list, self.quantity)?;
        let scale = list.scale.checked_add(plain.every_stage_scale.unwrap_or(0))?;
        Some(PlainPrice { list, value, keeps: 1, scale })
    }

    /// What one of [`Plain::stages`] takes.
    #[inline(always)]
    fn share(&self, plain: &Plain, stage: u32, price: &PlainPrice) -> Option<Share> {
        match &plain.stages.get(stage as usize)?.only {
            Some(only) => self.share_of(only.number, plain.percents(only)?, price),
            None => self.best_share(plain, stage, price),
        }
    }

    /// What a rule takes.
    #[inline(always)]
    pub(crate) fn share_of(
        &self,
        rule: u32,
        percents: Percents<'_>,
        price: &PlainPrice,
    ) -> Option<Share> {
        percents.share(rule, (self.cluster, self.category), self.millionths, price.value)
    }

    /// What the best of the rules of a stage takes that hold for the line.
    #[inline(always)]
    pub(crate) fn best_share(
        &self,
        plain: &Plain,
        stage: u32,
        price: &PlainPrice,
    ) -> Option<Share> {
        let (rules, day, quantity) = (&plain.rules, self.day, self.millionths);
        let open = rules.open(self.rules, stage, self.profile.rules, day, quantity)?;
        match rules.peek(open, day, quantity)?.rule.settles() {
            Some(share) => Some(share),
            None => self.best_of_many(plain, stage, price),
        }
    }

    /// As [`PlainHead::best_share`], where more than the first rule matters.
    #[inline(never)]
    fn best_of_many(&self, plain: &Plain, stage: u32, price: &PlainPrice) -> Option<Share> {
        let (rules, day, quantity) = (&plain.rules, self.day, self.millionths);
        let mut open = rules.open(self.rules, stage, self.profile.rules, day, quantity)?;
        let (mut best, mut rivalry) = (Share::NONE, ALONE);
        while let Some(entry) = rules.next(&mut open, day, quantity) {
            let rule = &entry.rule;
            if !rule.is_kept(price.value) {
                continue;
            }
            let share = self.share_of(rule.number, plain.percents(rule)?, price)?;
            if share.rule == NONE {
                continue;
            }
            if rule.crosses {
                return None;
            }
            open.skip_to(rule.end);
            if best.rule != NONE {
                // The best of a group or of a stage stays; the first of equals, as rules come in
                // order, rivals one after the other. Two of a stage that are no rivals make one
                // share of two rules.
                if rule.rivalry == ALONE || rule.rivalry != rivalry {
                    return None;
                }
                if share.percent <= best.percent {
                    continue;
                }
            }
            (best, rivalry) = (share, rule.rivalry);
        }
        Some(best)
    }

    /// The total at the price of one unit.
    #[inline(always)]
    pub(crate) fn total(&self, plain: &Plain, unit_price: Fixed) -> Option<Fixed> {
        let total = unit_price.times(self.quantity)?;
        let total = match plain.line {
            Some(places) => total.round(places.digits, places.mode)?,
            None => total,
        };
        let is_held = unit_price.scale.max(total.scale) <= MOST_DECIMALS;
        (is_held && total.mantissa > 0).then_some(total)
    }

    /// The cost of the line.
    #[inline(always)]
    pub(crate) fn cost(&self, inner: &Inner) -> Option<Fixed> {
        let unit = match self.card.and_then(Card::cost) {
            Some(cost) => cost,
            None => self.cost_on_day(inner)?,
        };
        unit.times(self.quantity).filter(|cost| cost.scale <= MOST_DECIMALS)
    }

    /// The cost of one unit, where the card does not say.
    #[inline(never)]
    fn cost_on_day(&self, inner: &Inner) -> Option<Fixed> {
        inner.products.cost(inner.products.info(self.product)?, self.day).and_then(Fixed::of)
    }

    /// What the line comes to at the price row that wins.
    pub(crate) fn line(
        &self,
        inner: &Inner,
        plain: &Plain,
        place: PlainPlace,
    ) -> Option<PlainLine> {
        let mut price = self.price(inner, plain, place)?;
        for (stage, _) in (0..).zip(&plain.stages) {
            price.take(plain, self.share(plain, stage, &price)?)?;
        }
        let (list_price, unit_price) = (price.list(), price.net(plain)?);
        let earned = Earned::new(plain, self.total(plain, unit_price)?, self.cost(inner)?)?;
        let verdict = self.verdict(inner, plain, &earned)?;
        Some(PlainLine { list_price, unit_price, earned, verdict })
    }

    /// The worst that thresholds say: of those of the line the most specific one that is valid, and
    /// those of the document, which is this line alone.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    pub(crate) fn verdict(
        &self,
        inner: &Inner,
        plain: &Plain,
        earned: &Earned,
    ) -> Option<Option<Verdict>> {
        let (set, kind) = (self.thresholds, self.profile.thresholds);
        let own = match plain.thresholds.first(set, kind, self.day, self.millionths)? {
            Some(entry) => earned.verdict(entry.rule.as_ref()?, plain.rounds_margin)?,
            None => None,
        };
        if plain.documents.is_empty() {
            return Some(own);
        }
        Some(own.max(self.verdict_on_document(inner, plain, earned)?))
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
        let class = inner.products.info(self.product)?.class;
        for document in &plain.documents {
            let side = document.scope.customer;
            let sides = inner.customers.profiles.get(self.profile.number);
            let is_open = document.days.contains(self.day)
                && (side == EVERYTHING || sides.binary_search(&side).is_ok())
                && inner.products.is_in_scope(class, document.scope);
            if is_open {
                worst = worst.max(earned.verdict(&document.threshold, plain.rounds_margin)?);
            }
        }
        Some(worst)
    }
}

/// A result has no more decimals.
const MOST_DECIMALS: u8 = 28;

/// Class and category of a product that has no card; `None` where it has what is not plain.
#[inline(never)]
fn without_card(inner: &Inner, product: u32) -> Option<(u32, u32)> {
    let info = inner.products.info(product)?;
    let is_plain = inner.products.extra(info).is_none_or(ProductExtra::is_plain);
    is_plain.then_some((info.class, info.category))
}

/// Whether the base unit of a product takes a quantity as it comes. Whole numbers keep the decimals of
/// every unit.
#[inline(never)]
fn takes_decimals(inner: &Inner, product: u32) -> Option<bool> {
    let info = inner.products.info(product)?;
    Some(inner.unit_digits.get(usize::from(info.unit))?.is_none())
}

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

impl PlainPrice {
    /// Takes a percentage of what other stages have left.
    #[inline(always)]
    pub(crate) fn take(&mut self, plain: &Plain, share: Share) -> Option<()> {
        // Percentages take less than all: see the tables.
        let kept = plain.hundred.wrapping_sub(share.percent.into()).cast_unsigned();
        let took = share.rule != NONE;
        if plain.every_stage_scale.is_some() || took {
            self.keeps = self.keeps.checked_mul(kept)?;
        }
        if plain.every_stage_scale.is_none() && took {
            self.scale = self.scale.checked_add(plain.percent_scale + 2)?;
        }
        Some(())
    }

    /// The list price of one unit.
    #[inline(always)]
    pub(crate) const fn list(&self) -> Fixed {
        self.list
    }

    /// What is left, rounded where units are.
    #[inline(always)]
    pub(crate) fn net(&self, plain: &Plain) -> Option<Fixed> {
        // Two numbers of 64 bits have a product of 128.
        let kept = u128::from(u64::try_from(self.list.mantissa).ok()?) * u128::from(self.keeps);
        match plain.unit {
            Some(places) => rounded(kept, self.scale, places.digits, places.mode),
            None => Some(Fixed { mantissa: i64::try_from(kept).ok()?, scale: self.scale }),
        }
    }
}

/// What a line earns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Earned {
    pub(crate) total: Fixed,
    pub(crate) cost: Fixed,
    pub(crate) margin: Fixed,
    pub(crate) margin_percent: Fixed,
}

/// By whether a margin is below the bound for approval, and twice whether it is below the one that blocks.
const VERDICTS: [Option<Verdict>; 4] =
    [None, Some(Verdict::NeedsApproval), Some(Verdict::Blocked), Some(Verdict::Blocked)];

impl Earned {
    #[inline(always)]
    pub(crate) fn new(plain: &Plain, total: Fixed, cost: Fixed) -> Option<Self> {
        let margin = total.minus(cost)?;
        Some(Self { total, cost, margin, margin_percent: margin_percent(total, margin, plain)? })
    }

    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(&self, threshold: &PlainThreshold, rounds: bool) -> Option<Option<Verdict>> {
        let PlainThreshold { block, approval, scale } = *threshold;
        let (is_blocked, is_low) = if rounds {
            let margin = self.margin_percent.at_scale(scale)?;
            (margin < block, margin < approval)
        } else {
            (self.is_below(block, scale)?, self.is_below(approval, scale)?)
        };
        // Which of them it is is nothing that a processor can guess.
        let which = usize::from(is_low) + 2 * usize::from(is_blocked);
        Some(VERDICTS.get(which).copied().flatten())
    }

    /// Whether the margin, not rounded, is below a bound.
    #[inline]
    fn is_below(&self, bound: i64, scale: u8) -> Option<bool> {
        if bound == i64::MIN {
            return Some(false);
        }
        // margin / total < bound / 100, without dividing; the total is positive.
        let decimals = self.margin.scale.max(self.total.scale);
        let margin = i128::from(self.margin.at_scale(decimals)?);
        let total = i128::from(self.total.at_scale(decimals)?);
        let hundred = i128::from(100 * power_of_ten(scale)?);
        Some(margin.checked_mul(hundred)? < total.checked_mul(bound.into())?)
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
