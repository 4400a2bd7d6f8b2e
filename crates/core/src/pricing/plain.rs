//! The common shape of a line, in 64-bit whole numbers: the same price as the general way, in a
//! fraction of its time.
//!
//! A plain line goes through steps, each of which reads one part of the engine: its head (who buys
//! what), its place (which price row wins), its price, what each stage takes of it, and what is left.
//! Batches take many lines through one step before the next, so that the memory behind each step is
//! asked for at once and the processor foresees where each step goes. Every step may answer `None`:
//! then the line is not plain, and the general way prices it.

use crate::engine::{
    ALONE, Card, EVERYTHING, Inner, NONE, Percents, Plain, PlainCustomer, PlainProfile,
    PlainThreshold, ProductExtra, Row, Share,
};
use crate::money::Fixed;
use crate::money::fixed::{power_of_ten, ratio, rounded};
use crate::quote::Verdict;

/// Who buys what, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainHead<'e> {
    profile: &'e PlainProfile,
    card: Option<&'e Card>,
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainPlace {
    pub(crate) list: u32,
    /// By its place among those of the product in the list.
    pub(crate) number: u32,
    pub(crate) tiers: PlainTiers,
}

/// Where the prices of a row are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlainTiers {
    /// Their shape; [`NONE`] where the row has to say.
    shape: u32,
    /// Where they begin, or where the row is among all where it has to say.
    start: u32,
}

impl PlainTiers {
    /// Asks for their memory, or that of the row where that has to say.
    #[inline]
    pub(crate) fn fetch(self, inner: &Inner) {
        if self.shape == NONE {
            inner.rows.fetch_row(self.start);
        } else {
            inner.rows.fetch_price(self.start);
        }
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
    /// The head of a line whose product is still to be found.
    #[inline(always)]
    pub(crate) fn new(
        plain: &'e Plain,
        customer: u32,
        quantity: Fixed,
        millionths: i64,
        day: i32,
    ) -> Option<Self> {
        let (PlainCustomer { cluster, .. }, profile) = plain.customer(customer)?;
        Some(Self {
            profile,
            card: None,
            product: NONE,
            category: NONE,
            cluster,
            rules: NONE,
            thresholds: NONE,
            day,
            quantity,
            millionths,
        })
    }

    /// Finds the product.
    #[inline(always)]
    pub(crate) fn find(&mut self, inner: &'e Inner, plain: &'e Plain, product: u32) -> Option<()> {
        // The largest number stands for a bound that is not there.
        if self.quantity.mantissa <= 0 || self.millionths == i64::MAX {
            return None;
        }
        self.product = product;
        self.card = plain.card(product);
        let (class, category) = match self.card {
            Some(card) => (card.class(), card.category()),
            None => without_card(inner, product)?,
        };
        if self.quantity.scale > 0 && !takes_decimals(inner, product)? {
            return None;
        }
        self.category = category;
        [self.rules, self.thresholds] = plain.kinds(class)?;
        Some(())
    }

    /// The row that wins: the first of the product's rows, which lie in the order of search, that
    /// is valid on the day and in a list which applies.
    #[inline(always)]
    pub(crate) fn place(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace> {
        if let (Some(card), Some(lists)) = (self.card, &self.profile.lists)
            && self.profile.finds_open
            && let found @ 1.. = card.find(lists, self.day)
        {
            return place_on_card(plain, card, found.trailing_zeros());
        }
        // Field by field, so that what is found above need not go by way of memory.
        let PlainPlace { list, number, tiers: PlainTiers { shape, start } } =
            self.place_further(inner, plain)?;
        Some(PlainPlace { list, number, tiers: PlainTiers { shape, start } })
    }

    /// As [`PlainHead::place`], on all cards of the product, and where there are many rows or many lists.
    #[inline(never)]
    fn place_further(&self, inner: &'e Inner, plain: &Plain) -> Option<PlainPlace> {
        let (Some(card), Some(lists)) = (self.card, &self.profile.lists) else {
            return self.place_by_list(inner, plain);
        };
        let mut cards = std::iter::successors(Some(card), |card| plain.next_card(card));
        cards.find_map(|card| {
            let mut found = card.find(lists, self.day);
            while found != 0 {
                let at = found.trailing_zeros();
                found &= found.wrapping_sub(1);
                let place = place_on_card(plain, card, at)?;
                if self.profile.finds_open || self.opens(inner, plain, card.class(), place.list) {
                    return Some(place);
                }
            }
            None
        })
    }

    /// As [`PlainHead::place`], where there are many rows or many lists.
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
            opens.then_some(PlainPlace { list, number, tiers: PlainTiers { shape: NONE, start } })
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
        tiers: PlainTiers,
    ) -> Option<PlainPrice> {
        let list = tiers.price(inner, plain, self.millionths)?;
        if list.mantissa <= 0 {
            return None;
        }
        let value = millionths(list, self.quantity)?;
        let scale = list.scale.checked_add(plain.early_scale)?;
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
        let kind = self.profile.rules;
        let first = plain.rules.peek(self.rules, stage, kind, self.day, self.millionths)?;
        match first.rule.settles() {
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
        // The total has as many decimals as the price, or more, before it is rounded.
        let total = unit_price.times(self.quantity, MOST_DECIMALS)?;
        let total = match plain.line {
            Some(places) => total.round(places.digits, places.mode)?,
            None => total,
        };
        (total.mantissa > 0).then_some(total)
    }

    /// The cost of the line.
    #[inline(always)]
    pub(crate) fn cost(&self, inner: &Inner) -> Option<Fixed> {
        let unit = match self.card.and_then(Card::cost) {
            Some(cost) => cost,
            None => self.cost_on_day(inner)?,
        };
        unit.times(self.quantity, MOST_DECIMALS)
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
        let mut price = self.price(inner, plain, place.tiers)?;
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
        let own = match self.threshold(plain)? {
            Some(threshold) => earned.verdict(threshold, plain.rounds_margin)?,
            None => None,
        };
        if plain.documents.is_empty() {
            return Some(own);
        }
        Some(own.max(self.verdict_on_document(inner, plain, *earned)?))
    }

    /// As [`PlainHead::verdict`], where [`Plain::margin_decides`].
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    pub(crate) fn verdict_on_margin(
        &self,
        plain: &Plain,
        margin_percent: Fixed,
    ) -> Option<Option<Verdict>> {
        match self.threshold(plain)? {
            Some(threshold) => verdict_on_margin(margin_percent, threshold),
            None => Some(None),
        }
    }

    /// The threshold of lines that is for this one.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "no threshold and no plain threshold are two answers")]
    fn threshold<'p>(&self, plain: &'p Plain) -> Option<Option<&'p PlainThreshold>> {
        let (set, kind) = (self.thresholds, self.profile.thresholds);
        match plain.thresholds.first(set, kind, self.day, self.millionths)? {
            Some(entry) => Some(Some(entry.rule.as_ref()?)),
            None => Some(None),
        }
    }

    /// The worst that the thresholds of groups and of the document say.
    #[inline(never)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict_on_document(
        &self,
        inner: &Inner,
        plain: &Plain,
        earned: Earned,
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

/// The place of one of the rows of a card.
#[inline(always)]
fn place_on_card(plain: &Plain, card: &Card, at: u32) -> Option<PlainPlace> {
    let (list, number) = card.list(at)?;
    let (shape, rows) = match plain.shape(card.shape()) {
        Some(shape) => (card.shape(), at.wrapping_mul(shape.tiers)),
        None => (NONE, at),
    };
    let tiers = PlainTiers { shape, start: card.start().wrapping_add(rows) };
    Some(PlainPlace { list, number, tiers })
}

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

/// With more decimals a step of a line may be more than a quote can say.
const MOST_STEP_DECIMALS: u8 = 28;

impl PlainPrice {
    /// Takes a percentage of what other stages have left.
    #[inline(always)]
    pub(crate) fn take(&mut self, plain: &Plain, share: Share) -> Option<()> {
        // Percentages take less than all: see the tables.
        let mut kept = plain.hundred.wrapping_sub(share.percent.into()).cast_unsigned();
        if plain.stage_scale > 0 {
            if share.rule == NONE {
                kept = 1;
            } else {
                self.scale = self.scale.checked_add(plain.stage_scale)?;
            }
        }
        self.keeps = self.keeps.checked_mul(kept)?;
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
        if self.scale > MOST_STEP_DECIMALS {
            return None;
        }
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

#[inline(always)]
fn which(is_blocked: bool, is_low: bool) -> Option<Verdict> {
    // Which of them it is is nothing that a processor can guess.
    let which = usize::from(is_low) + 2 * usize::from(is_blocked);
    VERDICTS.get(which).copied().flatten()
}

#[inline(always)]
#[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
fn verdict_on_margin(margin_percent: Fixed, threshold: &PlainThreshold) -> Option<Option<Verdict>> {
    let PlainThreshold { block, approval, scale } = *threshold;
    let margin = margin_percent.at_scale(scale)?;
    Some(which(margin < block, margin < approval))
}

impl Earned {
    #[inline(always)]
    pub(crate) fn new(plain: &Plain, total: Fixed, cost: Fixed) -> Option<Self> {
        let scale = total.scale.max(cost.scale);
        let of_total = total.at_scale(scale)?;
        let margin = of_total.checked_sub(cost.at_scale(scale)?)?;
        // Two numbers of 64 bits have a product of 128; the total is positive.
        let numerator = i128::from(margin) * i128::from(plain.margin_hundred);
        let mantissa = ratio(numerator, u64::try_from(of_total).ok()?, plain.margin.mode)?;
        let margin_percent = Fixed { mantissa, scale: plain.margin.digits };
        Some(Self { total, cost, margin: Fixed { mantissa: margin, scale }, margin_percent })
    }

    #[inline(always)]
    #[expect(clippy::option_option, reason = "no verdict and no plain verdict are two answers")]
    fn verdict(&self, threshold: &PlainThreshold, rounds: bool) -> Option<Option<Verdict>> {
        if rounds {
            return verdict_on_margin(self.margin_percent, threshold);
        }
        let PlainThreshold { block, approval, scale } = *threshold;
        Some(which(self.is_below(block, scale)?, self.is_below(approval, scale)?))
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
