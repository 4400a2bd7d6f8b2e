//! What plain lines read: rules, thresholds and lists as whole numbers, settled once.
//!
//! A line is plain when it is sold in its base unit to a customer of the book in the book's
//! currency, with nothing granted by hand, and when everything that applies to it is a percentage
//! of its price: nearly every line of nearly every book. Everything here is derived from the
//! compiled book; what does not fit is left to the general way, line by line.

use std::cmp::Reverse;
use std::hint::select_unpredictable;
use std::ops::Range;

use super::cards::{Card, Cards, FewLists, few_lists};
use super::compile::{Effect, Group, Inner, MatrixTable, NONE, Rule, TierEffect};
use super::panels::{Bounds, Entry, Panels};
use super::rows::{Shape, millionths};
use super::{CompiledScope, EVERYTHING, StepRounding, Threshold};
use crate::book::{Basis, Combine, Keep, MarginLevel, Measure, Merge, ScaleMode, Strategy, Target};
use crate::calendar::Days;
use crate::money::{Currency, Exact, Fixed, Increment, RoundingMode};

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
    /// The decimals of all percentages below, and all of a price at those decimals.
    pub(crate) percent_scale: u8,
    pub(crate) hundred: i64,
    /// The decimals that the stages add to a price before the first of them: where they are rounded off
    /// again, those of all stages together, so that the prices of all lines have the same number.
    pub(crate) early_scale: u8,
    /// The decimals that a stage adds which takes something: none where they are there already.
    pub(crate) stage_scale: u8,
    /// A hundred at the decimals of margins.
    pub(crate) margin_hundred: i64,
    /// By list: its days and the product side of its scope; `None` where plain lines have no
    /// business in it.
    lists: Vec<Option<PlainList>>,
    customers: Vec<PlainCustomer>,
    cards: Cards,
    /// By class the kinds of product, for rules and for thresholds.
    kinds: Vec<[u32; 2]>,
    profiles: Vec<Option<PlainProfile>>,
    /// The stages that there are rules of.
    pub(crate) stages: Vec<PlainStage>,
    /// The rules of lines, a part for each of the stages; rivals one after the other, the better
    /// first.
    pub(crate) rules: Panels<PlainRule>,
    steps: Vec<PlainStep>,
    /// `None` in place of a matrix with a percentage that does not fit.
    matrices: Vec<Option<PlainMatrix>>,
    /// The thresholds of lines, the most specific first.
    pub(crate) thresholds: Panels<Option<PlainThreshold>>,
    /// The thresholds of groups and of the document, which a line alone is.
    pub(crate) documents: Vec<PlainDocument>,
}

/// A threshold of a group or of the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainDocument {
    pub(crate) days: Days,
    pub(crate) scope: CompiledScope,
    pub(crate) threshold: PlainThreshold,
}

/// Of so many stages plain lines are granted something; a book with rules of more has none.
pub(crate) const MOST_STAGES: usize = 8;

/// With so many decimals more, a price of 32 bits is still rounded in 64.
const MOST_STAGE_DECIMALS: u8 = 12;

/// So many steps of a scale are counted rather than searched; a scale has no fewer.
const FEW_STEPS: usize = 4;

/// What plain lines read of a customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainCustomer {
    /// [`NONE`] where the customer buys in another currency than the book's.
    profile: u32,
    pub(crate) cluster: u32,
}

/// What a profile comes to for plain lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainProfile {
    pub(crate) number: u32,
    /// The lists that it opens, where they are few.
    pub(crate) lists: Option<FewLists>,
    /// Whether every line finds its lists open.
    pub(crate) finds_open: bool,
    /// Its kind of customer, for rules and for thresholds.
    pub(crate) rules: u32,
    pub(crate) thresholds: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainList {
    pub(crate) days: Days,
    pub(crate) scope: CompiledScope,
}

/// A stage that discounts lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainStage {
    /// Its place among all that discount lines.
    pub(crate) column: u16,
    /// Its only rule, where it has one that every line meets.
    pub(crate) only: Option<PlainRule>,
}

/// A rule whose customer, product, days and quantity a line keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainRule {
    pub(crate) number: u32,
    /// Where the rules of its stage end that this one is better than, once it is granted.
    pub(crate) end: u32,
    /// What it has in common with its rivals, of which only the best is kept; [`ALONE`] for none.
    pub(crate) rivalry: u16,
    /// Whether it has rivals in other stages.
    pub(crate) crosses: bool,
    /// The percentage of a rule with which its stage is settled once it holds, [`ABSENT`] of another.
    settles: i32,
    /// The value that is reached and the one that is not, in millionths.
    value: (i64, i64),
    effect: PlainEffect,
}

/// What a stage takes of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// The rule that granted it; [`NONE`] where nothing was granted.
    pub(crate) rule: u32,
    /// At the decimals of [`Plain::percent_scale`].
    pub(crate) percent: i32,
}

impl Share {
    pub(crate) const NONE: Self = Self { rule: NONE, percent: 0 };
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum PlainEffect {
    Percent(i32),
    Matrix(u32),
    /// The steps of a scale of percentages.
    Tiers(Basis, u32, u32),
    /// It takes the general way to tell.
    Elsewhere,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainStep {
    from: i64,
    percent: i32,
}

/// Below the first of these an offer is blocked, below the second somebody must approve it; the
/// smallest number where nothing is below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainThreshold {
    pub(crate) block: i64,
    pub(crate) approval: i64,
    /// The decimals of both: those of a margin, or more.
    pub(crate) scale: u8,
}

const ABSENT: i32 = i32::MIN;

/// No rivals.
pub(crate) const ALONE: u16 = u16::MAX;
/// Rivals of one stage; a group has a smaller number.
const STAGE: u16 = ALONE - 1;

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
        let lists: Vec<_> = inner.lists.iter().map(|list| plain_list(inner, list)).collect();
        let profile = |profile: u32| {
            let opened = inner.customers.lists.get(profile);
            let is_plain = |&list: &u32| {
                is_foreign(inner, list) || lists.get(list as usize).is_some_and(Option::is_some)
            };
            opened.iter().all(is_plain).then(|| PlainProfile {
                number: profile,
                lists: few_lists(opened),
                finds_open: opened.iter().all(|&list| {
                    let list = lists.get(list as usize).and_then(Option::as_ref);
                    list.is_some_and(|list| {
                        list.days == Days::ALWAYS && list.scope.product == EVERYTHING
                    })
                }),
                rules: inner.line_rules.kind(profile),
                thresholds: inner.line_thresholds.kind(profile),
            })
        };
        let profiles = 0..u32::try_from(inner.customers.profiles.len()).unwrap_or(0);
        let each = inner.customers.profile.iter().zip(&inner.customers.cluster);
        let customer = |((&profile, &cluster), own): ((&u32, &u32), &Option<Currency>)| {
            let is_plain = own.is_none_or(|currency| currency == inner.currency);
            PlainCustomer { profile: if is_plain { profile } else { NONE }, cluster }
        };
        let mut steps = Vec::new();
        let rule = |rule: &Rule| plain_rule(inner, rule, percent_scale, &mut steps);
        let rules: Vec<_> = inner.rules.iter().map(rule).collect();
        let stages = stages(inner, &rules)?;
        let numbers: Vec<u16> = inner.line_stages().collect();
        let in_stage = |part: u32, gates: &[u32]| match stages.get(part as usize) {
            Some(PlainStage { column, only: None }) => {
                let stage = numbers.get(usize::from(*column)).copied();
                stage.map_or_else(Vec::new, |stage| arrange(inner, &rules, stage, gates))
            }
            _ => Vec::new(),
        };
        let parts = u32::try_from(stages.len()).ok()?;
        // One that is not plain may look at what the others say.
        let thresholds: Option<Vec<PlainThreshold>> =
            inner.thresholds.iter().map(|threshold| plain_threshold(threshold, margin)).collect();
        let thresholds = thresholds.unwrap_or_default();
        let on_lines = |_, gates: &[u32]| {
            let entry = |&number: &u32| {
                let gate = inner.line_thresholds.gate(number)?;
                let rule = thresholds.get(gate.rule as usize).copied();
                let rule = rule.filter(|_| !gate.has_exception());
                let bounds = Bounds { days: gate.days, quantity: ANY };
                Some(Entry { gate: number, bounds, rule })
            };
            gates.iter().filter_map(entry).collect()
        };
        let documents = inner.document_thresholds.iter().map(|&number| {
            let threshold = inner.thresholds.get(number as usize)?;
            let mut scope = threshold.scope;
            if threshold.on == MarginLevel::Document {
                scope.product = EVERYTHING;
            }
            let days = threshold.days;
            let threshold = plain_threshold(threshold, margin)?;
            scope.not.is_none().then_some(PlainDocument { days, scope, threshold })
        });
        let (unit, line) = (places(rounding.unit, minor)?, places(rounding.line, minor)?);
        let decimals = line.map_or(0, |line| line.digits);
        let of_stages = u8::try_from(stages.len()).ok()?.checked_mul(percent_scale + 2)?;
        let early = unit.is_some() && of_stages <= MOST_STAGE_DECIMALS;
        Some(Self {
            documents: documents.collect::<Option<_>>()?,
            unit,
            line,
            early_scale: if early { of_stages } else { 0 },
            stage_scale: if early { 0 } else { percent_scale + 2 },
            margin,
            rounds_margin: rounding.margin.is_some(),
            rules: Panels::new(&inner.line_rules, PlainRule::NONE, parts, in_stage)?,
            stages,
            percent_scale,
            hundred: hundred(percent_scale)?,
            margin_hundred: hundred(margin.digits)?,
            customers: each.zip(&inner.customers.currency).map(customer).collect(),
            profiles: profiles.map(profile).collect(),
            cards: Cards::new(inner, decimals),
            kinds: kinds(inner),
            thresholds: Panels::new(&inner.line_thresholds, None, 1, on_lines)?.settled()?,
            lists,
            steps,
            matrices: inner
                .matrices
                .iter()
                .map(|matrix| PlainMatrix::new(matrix, percent_scale))
                .collect(),
        })
    }

    /// What is known of a customer and of its profile; `None` where its lines are not plain.
    #[inline]
    pub(crate) fn customer(&self, customer: u32) -> Option<(PlainCustomer, &PlainProfile)> {
        let customer = *self.customers.get(customer as usize)?;
        Some((customer, self.profiles.get(customer.profile as usize)?.as_ref()?))
    }

    /// The first card of a product, where it has one.
    #[inline]
    pub(crate) fn card(&self, product: u32) -> Option<&Card> {
        self.cards.get(product).filter(|card| !card.is_blank())
    }

    /// Asks for the memory of the first card of a product, which is read soon.
    #[inline]
    pub(crate) fn fetch_card(&self, product: u32) {
        self.cards.fetch(product);
    }

    /// The kinds of product that a class is of, for rules and for thresholds.
    #[inline]
    pub(crate) fn kinds(&self, class: u32) -> Option<[u32; 2]> {
        self.kinds.get(class as usize).copied()
    }

    /// The card that another goes on in.
    #[inline]
    pub(crate) fn next_card(&self, card: &Card) -> Option<&Card> {
        self.cards.next(card)
    }

    /// The shape of some prices, by its number.
    #[inline]
    pub(crate) fn shape(&self, number: u32) -> Option<&Shape> {
        self.cards.shape(number)
    }

    #[inline]
    pub(crate) fn list(&self, list: u32) -> Option<&PlainList> {
        self.lists.get(list as usize)?.as_ref()
    }

    /// Whether the rounded margin of a line in percent decides where it stands with its thresholds.
    #[inline]
    pub(crate) const fn margin_decides(&self) -> bool {
        self.rounds_margin && self.documents.is_empty()
    }

    /// The percentages of a rule; `None` where the general way has to say.
    #[inline(always)]
    pub(crate) fn percents(&self, rule: &PlainRule) -> Option<Percents<'_>> {
        Some(match rule.effect {
            PlainEffect::Elsewhere => return None,
            PlainEffect::Percent(percent) => Percents::One(percent),
            PlainEffect::Matrix(matrix) => {
                Percents::Matrix(self.matrices.get(matrix as usize)?.as_ref()?)
            }
            PlainEffect::Tiers(basis, start, end) => {
                Percents::Steps(basis, self.steps.get(start as usize..end as usize)?)
            }
        })
    }
}

/// The percentages of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Percents<'p> {
    One(i32),
    Matrix(&'p PlainMatrix),
    Steps(Basis, &'p [PlainStep]),
}

impl Percents<'_> {
    /// What a rule of these percentages grants whose bounds are kept; `None` where the general way
    /// has to say.
    #[inline(always)]
    pub(crate) fn share(
        self,
        rule: u32,
        (cluster, category): (u32, u32),
        quantity: i64,
        value: i64,
    ) -> Option<Share> {
        let percent = match self {
            Self::One(percent) => percent,
            Self::Matrix(matrix) => matrix.percent(cluster, category)?,
            Self::Steps(basis, steps) => {
                let measure = if basis == Basis::Quantity { quantity } else { value };
                let reached = match <&[PlainStep; FEW_STEPS]>::try_from(steps) {
                    // Counting so few takes no guess.
                    Ok(few) => few.iter().map(|step| usize::from(step.from <= measure)).sum(),
                    Err(_) => steps.partition_point(|step| step.from <= measure),
                };
                steps.get(reached.wrapping_sub(1))?.percent
            }
        };
        // Whether a rule comes to something is nothing that a processor can guess.
        let is_absent = percent == ABSENT;
        Some(Share {
            rule: select_unpredictable(is_absent, NONE, rule),
            percent: select_unpredictable(is_absent, 0, percent),
        })
    }
}

/// A matrix of percentages.
#[derive(Debug)]
pub(crate) struct PlainMatrix {
    /// Where the row of a cluster begins, and how far from there the column of a category is: an
    /// empty one where it has none.
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// [`ABSENT`] where a cell is empty.
    cells: Vec<i32>,
}

impl PlainMatrix {
    /// `None` where a percentage does not fit.
    fn new(matrix: &MatrixTable, percent_scale: u8) -> Option<Self> {
        let (rows, of_clusters, of_categories) = matrix.parts();
        let rows: Vec<&[Option<Exact>]> = rows.collect();
        let width = rows.first().map_or(0, |row| row.len());
        // Whoever has no row, and no column, is sent to an empty one behind the others.
        let mut cells = Vec::with_capacity((rows.len() + 1) * (width + 1));
        for row in &rows {
            for cell in *row {
                cells.push(match cell {
                    Some(percent) => percent_of(*percent, percent_scale)?,
                    None => ABSENT,
                });
            }
            cells.push(ABSENT);
        }
        cells.resize((rows.len() + 1) * (width + 1), ABSENT);
        let number = |n: usize| u32::try_from(n).ok();
        let (height, stride) = (number(rows.len())?, number(width + 1)?);
        let row = |&row: &u32| row.min(height).checked_mul(stride);
        let column = |&column: &u32| column.min(stride - 1);
        Some(Self {
            rows: of_clusters.iter().map(row).collect::<Option<_>>()?,
            columns: of_categories.iter().map(column).collect(),
            cells,
        })
    }

    /// The percentage of a cluster and a category; [`ABSENT`] where there is none, `None` where the
    /// general way has to say.
    #[inline]
    fn percent(&self, cluster: u32, category: u32) -> Option<i32> {
        let (row, column) = (self.rows.get(cluster as usize), self.columns.get(category as usize));
        let (Some(row), Some(column)) = (row, column) else { return Some(ABSENT) };
        self.cells.get(row.wrapping_add(*column) as usize).copied()
    }
}

impl PlainRule {
    /// In place of a rule: takes nothing, and settles its stage.
    const NONE: Self = Self {
        number: NONE,
        end: 0,
        rivalry: ALONE,
        crosses: false,
        settles: 0,
        value: ANY,
        effect: PlainEffect::Elsewhere,
    };

    /// What its stage comes to where its first rule that holds is this one; `None` where that takes
    /// a closer look.
    #[inline]
    pub(crate) fn settles(&self) -> Option<Share> {
        (self.settles != ABSENT).then_some(Share { rule: self.number, percent: self.settles })
    }

    /// Whether a value in millionths keeps the bounds.
    #[inline]
    pub(crate) const fn is_kept(&self, value: i64) -> bool {
        self.value.0 <= value && value < self.value.1
    }
}

/// Any quantity, any value.
const ANY: (i64, i64) = (i64::MIN, i64::MAX);

/// A rule for plain lines, and the quantities that it is for.
type OfQuantity = (PlainRule, (i64, i64));

/// The stages of [`Plain::stages`]; `None` where they are many.
fn stages(inner: &Inner, rules: &[Option<OfQuantity>]) -> Option<Vec<PlainStage>> {
    let mut stages = Vec::new();
    for (column, stage) in (0..).zip(inner.line_stages()) {
        let all = (0..).zip(inner.rules.iter().zip(rules));
        let mut of_stage = all.filter(|(_, (rule, _))| rule.stage == stage);
        let Some((number, (rule, plain))) = of_stage.next() else { continue };
        let only = plain.filter(|&(plain, quantity)| {
            of_stage.next().is_none()
                && rule.scope == CompiledScope::EVERYTHING
                && rule.days == Days::ALWAYS
                && quantity == ANY
                && plain.value == ANY
                && plain.rivalry >= STAGE
                && !matches!(plain.effect, PlainEffect::Elsewhere)
        });
        stages
            .push(PlainStage { column, only: only.map(|(only, _)| PlainRule { number, ..only }) });
    }
    (stages.len() <= MOST_STAGES).then_some(stages)
}

/// A rule as plain lines meet it; `None` where none does.
fn plain_rule(
    inner: &Inner,
    rule: &Rule,
    percent_scale: u8,
    steps: &mut Vec<PlainStep>,
) -> Option<OfQuantity> {
    let mut plain = PlainRule {
        number: 0,
        end: 0,
        rivalry: if rule.combine == Combine::Best { STAGE } else { ALONE },
        crosses: false,
        settles: ABSENT,
        value: ANY,
        effect: PlainEffect::Elsewhere,
    };
    let mut quantity = ANY;
    let elsewhere = Some((plain, ANY));
    if let Some(conditions) = &rule.conditions {
        if crate::pricing::needs_terms(conditions) {
            // Not without a coupon, a payment, a commitment.
            return None;
        }
        if conditions.when.is_some() || conditions.across.is_some() || !conditions.weight.is_open()
        {
            return elsewhere;
        }
        for (bounds, into) in
            [(conditions.quantity, &mut quantity), (conditions.value, &mut plain.value)]
        {
            let bound = |bound: Option<Exact>, open| bound.map_or(Some(open), millionths);
            let (Some(from), Some(below)) =
                (bound(bounds.from, i64::MIN), bound(bounds.below, i64::MAX))
            else {
                return elsewhere;
            };
            *into = (from, below);
        }
    }
    let elsewhere = Some((plain, quantity));
    let combines = matches!(rule.combine, Combine::Running | Combine::Best);
    if !combines || rule.target != Target::Unit {
        return elsewhere;
    }
    if let Some(group) = rule.group {
        match inner.groups.get(usize::from(group)) {
            Some(found) if is_best(found) && group < STAGE => plain.rivalry = group,
            _ => return elsewhere,
        }
    }
    let effect = match &rule.effect {
        Effect::Percent(percent) => percent_of(*percent, percent_scale).map(PlainEffect::Percent),
        Effect::Matrix(matrix) => Some(PlainEffect::Matrix(*matrix)),
        Effect::Tiers { basis, steps: tiers } if *basis != Basis::Weight => {
            plain_steps(tiers, percent_scale, steps)
                .map(|range| PlainEffect::Tiers(*basis, range.start, range.end))
        }
        _ => None,
    };
    match effect {
        Some(effect) => Some((PlainRule { effect, ..plain }, quantity)),
        None => elsewhere,
    }
}

fn plain_steps(
    tiers: &[(Exact, TierEffect)],
    percent_scale: u8,
    steps: &mut Vec<PlainStep>,
) -> Option<Range<u32>> {
    let plain = |(from, effect): &(Exact, TierEffect)| {
        let TierEffect::Percent(percent) = effect else { return None };
        let percent = percent_of(*percent, percent_scale)?;
        Some(PlainStep { from: millionths(*from)?, percent })
    };
    let tiers = tiers.iter().map(plain).collect::<Option<Vec<_>>>()?;
    let start = u32::try_from(steps.len()).ok()?;
    // Every measure reaches a step.
    steps.push(PlainStep { from: i64::MIN, percent: ABSENT });
    steps.extend(tiers);
    // No measure reaches the largest number.
    let least = start as usize + FEW_STEPS;
    steps.resize(least.max(steps.len()), PlainStep { from: i64::MAX, percent: ABSENT });
    Some(start..u32::try_from(steps.len()).ok()?)
}

/// The rules of a stage behind some gates, rivals one after the other; the better of them first where
/// that does not depend on the line, so that the first which holds is the one that is kept.
fn arrange(
    inner: &Inner,
    rules: &[Option<OfQuantity>],
    stage: u16,
    gates: &[u32],
) -> Vec<Entry<PlainRule>> {
    let (mut entries, mut elsewhere) = (Vec::new(), Vec::new());
    for &number in gates {
        let Some(gate) = inner.line_rules.gate(number) else { continue };
        let Some(&Some((mut rule, quantity))) = rules.get(gate.rule as usize) else { continue };
        let of = inner.rules.get(gate.rule as usize).map(|rule| rule.stage);
        if of != Some(stage) {
            elsewhere.push(rule.rivalry);
            continue;
        }
        rule.number = gate.rule;
        if gate.has_exception() {
            rule.effect = PlainEffect::Elsewhere;
        }
        entries.push(Entry { gate: number, bounds: Bounds { days: gate.days, quantity }, rule });
    }
    let rivalry = |entry: &Entry<PlainRule>| entry.rule.rivalry;
    let percent = |entry: &Entry<PlainRule>| match entry.rule.effect {
        PlainEffect::Percent(percent) => Some(percent),
        _ => None,
    };
    let mut unsettled: Vec<u16> =
        entries.iter().filter(|entry| percent(entry).is_none()).map(rivalry).collect();
    unsettled.sort_unstable();
    unsettled.dedup();
    // Equals stay in the order of the book.
    entries.sort_unstable_by_key(|entry| {
        let rivalry = rivalry(entry);
        (rivalry, Reverse(percent(entry).filter(|_| !unsettled.contains(&rivalry))), entry.gate)
    });
    let (mut end, count) = (0, entries.len());
    for rivals in entries.chunk_by_mut(|a, b| rivalry(a) == rivalry(b) && rivalry(a) != ALONE) {
        let last = end + u32::try_from(rivals.len()).unwrap_or(u32::MAX);
        for entry in rivals {
            end += 1;
            let rivalry = rivalry(entry);
            entry.rule.end = if unsettled.contains(&rivalry) { end } else { last };
            entry.rule.crosses = rivalry < STAGE && elsewhere.contains(&rivalry);
            if let PlainEffect::Percent(percent) = entry.rule.effect
                && entry.rule.end as usize == count
                && entry.rule.value == ANY
                && !entry.rule.crosses
            {
                entry.rule.settles = percent;
            }
        }
    }
    entries
}

/// By class the kinds of product, for rules and for thresholds.
fn kinds(inner: &Inner) -> Vec<[u32; 2]> {
    let classes = inner.products.info.iter().map(|info| info.class.saturating_add(1)).max();
    let of_class = |class| [inner.line_rules.set(class), inner.line_thresholds.set(class)];
    (0..classes.unwrap_or(0)).map(of_class).collect()
}

/// A hundred at some decimals.
fn hundred(scale: u8) -> Option<i64> {
    Fixed { mantissa: 100, scale: 0 }.at_scale(scale)
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
    let fixed = |bound: crate::money::Amount| Fixed::of(bound.exact().reduced());
    let approval = rule.approvals.iter().map(|tier| tier.below).chain(rule.floor).max();
    let (block, approval) = (rule.block.map(fixed), approval.map(fixed));
    let scales = [block, approval].into_iter().flatten().flatten().map(|bound| bound.scale);
    let scale = scales.chain([margin.digits]).max()?;
    let mantissa = |bound: Option<Option<Fixed>>| match bound {
        Some(bound) => bound?.at_scale(scale).filter(|&mantissa| mantissa != i64::MIN),
        None => Some(i64::MIN),
    };
    Some(PlainThreshold { block: mantissa(block)?, approval: mantissa(approval)?, scale })
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
    let hundred = hundred(scale)?;
    let mantissa = Fixed::of(percent.reduced())?.at_scale(scale)?;
    let taken = mantissa < hundred && mantissa > -hundred;
    i32::try_from(mantissa).ok().filter(|_| taken)
}
