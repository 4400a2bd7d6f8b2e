//! What plain lines read: rules, thresholds and lists as whole numbers, settled once.
//!
//! A line is plain when it is sold in its base unit to a customer of the book in the book's
//! currency, with nothing granted by hand, and when everything that applies to it is a percentage
//! of its price: nearly every line of nearly every book. Everything here is derived from the
//! compiled book; what does not fit is left to the general way, line by line.

use std::ops::Range;

use super::compile::{Effect, Group, Inner, Rule, TierEffect};
use super::rows::millionths;
use super::{CompiledScope, StepRounding, Threshold};
use crate::book::{Basis, Combine, Keep, Measure, Merge, ScaleMode, Strategy, Target};
use crate::calendar::Days;
use crate::money::{Exact, Fixed, Increment, RoundingMode};

/// Rounding to a number of decimals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    pub(crate) digits: u8,
    pub(crate) mode: RoundingMode,
}

/// What plain lines read of a book.
#[derive(Debug)]
pub(crate) struct Plain {
    pub(crate) unit: Option<Places>,
    pub(crate) line: Option<Places>,
    pub(crate) margin: Places,
    /// Whether thresholds are compared with the rounded margin.
    pub(crate) rounds_margin: bool,
    /// The decimals of all percentages below.
    pub(crate) percent_scale: u8,
    /// By list: its days and the product side of its scope; `None` where plain lines have no
    /// business in it.
    lists: Vec<Option<PlainList>>,
    /// By profile: whether every list that it opens is plain.
    profiles: Vec<bool>,
    rules: Vec<Applies>,
    steps: Vec<PlainStep>,
    /// By matrix: the percentages of its cells; `ABSENT` where a cell is empty.
    matrices: Vec<Vec<i32>>,
    /// By threshold.
    thresholds: Vec<PlainThreshold>,
    /// Whether all thresholds of lines are plain.
    has_thresholds: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainList {
    pub(crate) days: Days,
    pub(crate) scope: CompiledScope,
}

/// Whether a rule that is open to a line applies to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Applies {
    /// Not without a coupon, a payment, a commitment: to no plain line.
    Never,
    /// When its bounds are kept.
    Within(PlainRule),
    /// It takes the general way to tell.
    Elsewhere,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainRule {
    pub(crate) stage: u16,
    /// The group of which only the best is kept; `u16::MAX` for none.
    pub(crate) group: u16,
    /// Whether only the best of its stage is kept.
    pub(crate) best: bool,
    /// Lower bounds that are reached and must not be reached, in millionths.
    quantity: (i64, i64),
    value: (i64, i64),
    effect: PlainEffect,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum PlainEffect {
    Percent(i32),
    Matrix(u32),
    /// The steps of a scale of percentages.
    Tiers(Basis, u32, u32),
}

#[derive(Debug, Clone, Copy)]
struct PlainStep {
    from: i64,
    percent: i32,
}

/// Below the first of these an offer is blocked, below the second somebody must approve it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlainThreshold {
    pub(crate) block: Option<Fixed>,
    pub(crate) approval: Option<Fixed>,
}

const ABSENT: i32 = i32::MIN;

/// No group.
pub(crate) const ALONE: u16 = u16::MAX;

/// The most decimals of a percentage of 32 bits.
const MOST_DECIMALS: u8 = 4;

impl Plain {
    /// `None` where no line of the book is plain.
    pub(crate) fn new(inner: &Inner) -> Option<Self> {
        let rounding = &inner.rounding;
        let settled = !inner.needs_document
            && inner.strategy != Strategy::Lowest
            && inner.merge != Merge::Tier
            && rounding.discount.is_none()
            && inner.visibility.is_empty();
        if !settled {
            return None;
        }
        let minor = inner.currencies.iter().find(|(known, ..)| *known == inner.currency);
        let minor =
            Increment::digits(minor.map_or(inner.currency.digits(), |&(_, digits, _)| digits));
        let hundredth = Increment::digits(2);
        let half_up = Places { digits: 2, mode: RoundingMode::HalfUp };
        let margin = places(rounding.margin, hundredth)?.unwrap_or(half_up);
        let percent_scale = percent_scale(inner);
        let mut plain = Self {
            unit: places(rounding.unit, minor)?,
            line: places(rounding.line, minor)?,
            margin,
            rounds_margin: rounding.margin.is_some(),
            percent_scale,
            lists: inner.lists.iter().map(|list| plain_list(inner, list)).collect(),
            profiles: Vec::new(),
            rules: Vec::with_capacity(inner.rules.len()),
            steps: Vec::new(),
            matrices: inner
                .matrices
                .iter()
                .map(|matrix| {
                    let cell = |cell: &Option<Exact>| match cell {
                        Some(percent) => percent_of(*percent, percent_scale),
                        None => Some(ABSENT),
                    };
                    // A matrix with a percentage that does not fit has no cells: see `percent`.
                    matrix
                        .cells()
                        .iter()
                        .map(cell)
                        .collect::<Option<Vec<i32>>>()
                        .unwrap_or_default()
                })
                .collect(),
            thresholds: Vec::new(),
            has_thresholds: false,
        };
        for rule in &inner.rules {
            let rule = plain.rule(inner, rule);
            plain.rules.push(rule);
        }
        let profiles = 0..u32::try_from(inner.customers.profiles.len()).unwrap_or(0);
        plain.profiles = profiles.map(|profile| plain.opens_plain_lists(inner, profile)).collect();
        let thresholds: Option<Vec<PlainThreshold>> =
            inner.thresholds.iter().map(|threshold| plain_threshold(threshold, margin)).collect();
        plain.has_thresholds = thresholds.is_some();
        plain.thresholds = thresholds.unwrap_or_default();
        Some(plain)
    }

    fn opens_plain_lists(&self, inner: &Inner, profile: u32) -> bool {
        let lists = inner.customers.lists.get(profile);
        lists.iter().all(|&list| self.list(list).is_some() || is_foreign(inner, list))
    }

    /// Whether every list that a profile opens is plain.
    #[inline]
    pub(crate) fn knows(&self, profile: u32) -> bool {
        self.profiles.get(profile as usize).copied().unwrap_or(false)
    }

    #[inline]
    pub(crate) fn list(&self, list: u32) -> Option<PlainList> {
        self.lists.get(list as usize).copied().flatten()
    }

    #[inline]
    pub(crate) fn applies(&self, rule: u32) -> Applies {
        self.rules.get(rule as usize).copied().unwrap_or(Applies::Elsewhere)
    }

    /// What a threshold of lines asks; `None` where the general way has to ask.
    #[inline]
    pub(crate) fn threshold(&self, number: u32) -> Option<PlainThreshold> {
        self.thresholds.get(number as usize).copied()
    }

    /// The percentage of a rule whose bounds are kept: `Some(None)` where it comes to nothing,
    /// `None` where the general way has to say.
    #[inline]
    pub(crate) fn percent(
        &self,
        inner: &Inner,
        rule: &PlainRule,
        (cluster, category): (u32, u32),
        quantity: i64,
        value: i128,
    ) -> Option<Option<i32>> {
        match rule.effect {
            PlainEffect::Percent(percent) => Some(Some(percent)),
            PlainEffect::Matrix(matrix) => {
                let table = inner.matrices.get(matrix as usize)?;
                let Some(place) = table.place(cluster, category) else { return Some(None) };
                let percent = *self.matrices.get(matrix as usize)?.get(place)?;
                Some((percent != ABSENT).then_some(percent))
            }
            PlainEffect::Tiers(basis, start, end) => {
                let steps = self.steps.get(start as usize..end as usize)?;
                let reached = |step: &&PlainStep| match basis {
                    Basis::Quantity => step.from <= quantity,
                    _ => i128::from(step.from) <= value,
                };
                Some(steps.iter().rev().find(reached).map(|step| step.percent))
            }
        }
    }

    fn rule(&mut self, inner: &Inner, rule: &Rule) -> Applies {
        let mut plain = PlainRule {
            stage: rule.stage,
            group: ALONE,
            best: rule.combine == Combine::Best,
            quantity: (i64::MIN, i64::MAX),
            value: (i64::MIN, i64::MAX),
            effect: PlainEffect::Percent(0),
        };
        if let Some(conditions) = &rule.conditions {
            if crate::pricing::needs_terms(conditions) {
                return Applies::Never;
            }
            if conditions.when.is_some()
                || conditions.across.is_some()
                || !conditions.weight.is_open()
            {
                return Applies::Elsewhere;
            }
            for (bounds, into) in
                [(conditions.quantity, &mut plain.quantity), (conditions.value, &mut plain.value)]
            {
                let bound = |bound: Option<Exact>, open| bound.map_or(Some(open), millionths);
                let (Some(from), Some(below)) =
                    (bound(bounds.from, i64::MIN), bound(bounds.below, i64::MAX))
                else {
                    return Applies::Elsewhere;
                };
                *into = (from, below);
            }
        }
        let combines = matches!(rule.combine, Combine::Running | Combine::Best);
        if !combines || rule.target != Target::Unit {
            return Applies::Elsewhere;
        }
        if let Some(group) = rule.group {
            match inner.groups.get(usize::from(group)) {
                Some(found) if is_best(found) => plain.group = group,
                _ => return Applies::Elsewhere,
            }
        }
        let effect = match &rule.effect {
            Effect::Percent(percent) => {
                percent_of(*percent, self.percent_scale).map(PlainEffect::Percent)
            }
            Effect::Matrix(matrix) => Some(PlainEffect::Matrix(*matrix)),
            Effect::Tiers { basis, steps } if *basis != Basis::Weight => {
                self.tiers(steps).map(|range| PlainEffect::Tiers(*basis, range.start, range.end))
            }
            _ => None,
        };
        match effect {
            Some(effect) => Applies::Within(PlainRule { effect, ..plain }),
            None => Applies::Elsewhere,
        }
    }

    fn tiers(&mut self, steps: &[(Exact, TierEffect)]) -> Option<Range<u32>> {
        let plain = |(from, effect): &(Exact, TierEffect)| {
            let TierEffect::Percent(percent) = effect else { return None };
            let percent = percent_of(*percent, self.percent_scale)?;
            Some(PlainStep { from: millionths(*from)?, percent })
        };
        let steps = steps.iter().map(plain).collect::<Option<Vec<_>>>()?;
        let start = u32::try_from(self.steps.len()).ok()?;
        self.steps.extend(steps);
        Some(start..u32::try_from(self.steps.len()).ok()?)
    }
}

impl PlainRule {
    /// Whether a quantity and a value, in millionths, keep the bounds.
    #[inline]
    pub(crate) fn is_kept(&self, quantity: i64, value: i128) -> bool {
        self.quantity.0 <= quantity
            && (quantity < self.quantity.1)
            && i128::from(self.value.0) <= value
            && value < i128::from(self.value.1)
    }
}

/// Decimals where rounding is to decimals, `None` inside where there is none.
#[expect(clippy::option_option, reason = "no rounding and no plain rounding are two answers")]
fn places(step: Option<StepRounding>, minor: Increment) -> Option<Option<Places>> {
    let Some(step) = step else { return Some(None) };
    let rounding = step.with(minor);
    let (mantissa, scale) = rounding.increment().exact().parts();
    let digits = u8::try_from(scale).ok().filter(|_| mantissa == 1)?;
    Some(Some(Places { digits, mode: rounding.mode() }))
}

fn is_best(group: &Group) -> bool {
    group.keep == Keep::Best && group.excludes.is_empty() && group.against.is_none()
}

/// A list that no plain line is priced from, because it is in another currency.
fn is_foreign(inner: &Inner, list: u32) -> bool {
    inner.lists.get(list as usize).is_some_and(|list| list.currency != inner.currency)
}

fn plain_list(inner: &Inner, list: &super::List) -> Option<PlainList> {
    let plain = list.currency == inner.currency
        && list.fallthrough
        && list.formula.is_none()
        && list.mode == ScaleMode::Volume
        && list.basis == Basis::Quantity
        && list.across.is_none()
        && list.scope.not.is_none();
    plain.then_some(PlainList { days: list.days, scope: list.scope })
}

fn plain_threshold(rule: &Threshold, margin: Places) -> Option<PlainThreshold> {
    if rule.measure != Measure::Percent {
        return None;
    }
    // At the decimals of a rounded margin, or more.
    let fixed = |bound: crate::money::Amount| -> Option<Fixed> {
        let found = Fixed::of(bound.exact().reduced())?;
        let scale = found.scale.max(margin.digits);
        Some(Fixed { mantissa: found.at_scale(scale)?, scale })
    };
    let approvals = rule.approvals.iter().map(|tier| tier.below).chain(rule.floor);
    let block = rule.block.map(fixed);
    let approval = approvals.max().map(fixed);
    Some(PlainThreshold {
        block: match block {
            Some(block) => Some(block?),
            None => None,
        },
        approval: match approval {
            Some(approval) => Some(approval?),
            None => None,
        },
    })
}

/// The decimals that hold most percentages of the book.
fn percent_scale(inner: &Inner) -> u8 {
    let scale_of = |percent: Exact| percent.reduced().parts().1;
    let rules = inner.rules.iter().flat_map(|rule| match &rule.effect {
        Effect::Percent(percent) => vec![scale_of(*percent)],
        Effect::Tiers { steps, .. } => steps
            .iter()
            .filter_map(|(_, effect)| match effect {
                TierEffect::Percent(percent) => Some(scale_of(*percent)),
                TierEffect::Amount(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    });
    let cells = inner.matrices.iter().flat_map(|matrix| matrix.cells());
    let cells = cells.filter_map(|cell| cell.map(scale_of));
    let fits = |scale: u32| u8::try_from(scale).ok().filter(|&scale| scale <= MOST_DECIMALS);
    rules.chain(cells).filter_map(fits).max().unwrap_or(0)
}

/// A percentage at some decimals, where it fits and takes something but not all.
fn percent_of(percent: Exact, scale: u8) -> Option<i32> {
    let hundred = Fixed { mantissa: 100, scale: 0 }.at_scale(scale)?;
    let mantissa = Fixed::of(percent.reduced())?.at_scale(scale)?;
    let taken = mantissa < hundred && mantissa > -hundred;
    i32::try_from(mantissa).ok().filter(|_| taken)
}
