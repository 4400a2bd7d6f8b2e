//! From a book to an engine: every name becomes a number, every rule finds its place.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::custom::CustomRules;
use super::names::{Names, PackedNames};
use super::rows::{NewRow, Rows, RowsBuilder};
use super::scopes::{CompiledScope, RuleIndex, Scopes, Sets, Tree, classes, profiles};
use crate::blob::{Flat, apart, flat};
use crate::book::{
    Access, Combine, Discount, DiscountGroup, DiscretionaryLimit, FormulaBase, Keep, Level,
    MarginLevel, Measure, Merge, MissingCost, Period, PriceBook, PriceList, Scope, Stage, Strategy,
    Target, TaxPer, TaxPrices,
};
use crate::calendar::{Days, Window};
use crate::money::{
    AllocationMethod, Amount, Currency, Exact, ExchangeRate, Increment, Quantity, Rounding,
    RoundingMode,
};
use crate::rules::RuleKind;
use crate::units::Factor;
use crate::{Digest, Id};

/// The compiled book. What is skipped here follows from the rest: [`Inner::derive`] makes it, for
/// a book that was just compiled and for one that was loaded.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Inner {
    pub(crate) digest: Digest,
    pub(crate) currency: Currency,
    #[serde(deserialize_with = "apart")]
    pub(crate) currencies: Vec<(Currency, u32, Option<Increment>)>,
    #[serde(deserialize_with = "apart")]
    pub(crate) exchange: BTreeMap<(Currency, Currency), Vec<(Days, ExchangeRate)>>,
    #[serde(deserialize_with = "apart")]
    pub(crate) rounding: RoundingSteps,
    pub(crate) strategy: Strategy,
    pub(crate) merge: Merge,
    pub(crate) allocation: AllocationMethod,
    pub(crate) missing_cost: MissingCost,

    #[serde(deserialize_with = "apart")]
    pub(crate) units: Names,
    pub(crate) unit_digits: Vec<Option<u32>>,
    #[serde(deserialize_with = "apart")]
    pub(crate) scopes: Scopes,
    #[serde(deserialize_with = "apart")]
    pub(crate) clusters: Tree,
    #[serde(deserialize_with = "apart")]
    pub(crate) categories: Tree,

    #[serde(deserialize_with = "apart")]
    pub(crate) customers: Customers,
    #[serde(deserialize_with = "apart")]
    pub(crate) products: Products,
    #[serde(deserialize_with = "apart")]
    pub(crate) models: super::Models,
    #[serde(deserialize_with = "apart")]
    pub(crate) lists: Vec<List>,
    /// For each customer side the lists it opens, in order.
    #[serde(skip)]
    pub(crate) lists_by_side: FxHashMap<u32, Vec<u32>>,
    #[serde(deserialize_with = "apart")]
    pub(crate) rows: Rows,

    #[serde(deserialize_with = "apart")]
    pub(crate) stages: Vec<CompiledStage>,
    #[serde(skip)]
    pub(crate) manual_stage: Option<u16>,
    #[serde(skip)]
    pub(crate) header_stage: Option<u16>,
    #[serde(deserialize_with = "apart")]
    pub(crate) groups: Vec<Group>,
    #[serde(deserialize_with = "apart")]
    pub(crate) rules: Vec<Rule>,
    /// The rules of line stages that change a price.
    #[serde(skip)]
    pub(crate) line_rules: RuleIndex,
    /// The rules of document stages.
    #[serde(skip)]
    pub(crate) document_rules: RuleIndex,
    /// The rules that give goods, in order.
    #[serde(skip)]
    pub(crate) gifts: Vec<u32>,
    /// Whether any list prices lines as a share of others.
    #[serde(skip)]
    pub(crate) has_shares: bool,
    /// The lists with a formula.
    #[serde(skip)]
    pub(crate) formula_lists: Vec<u32>,
    /// Whether a line alone may differ from the same line in a document of one.
    #[serde(skip)]
    pub(crate) needs_document: bool,
    /// What plain lines read; `None` where the settings of the book leave none.
    #[serde(skip)]
    plain: Option<super::Plain>,
    #[serde(deserialize_with = "apart")]
    pub(crate) matrices: Vec<MatrixTable>,
    pub(crate) mix_groups: Vec<CompiledScope>,
    #[serde(deserialize_with = "apart")]
    pub(crate) custom: Vec<crate::rules::Rule>,
    #[serde(deserialize_with = "apart")]
    pub(crate) coupons: Vec<CompiledCoupon>,
    pub(crate) coupon_names: Names,

    #[serde(deserialize_with = "apart")]
    pub(crate) visibility: Vec<Visibility>,
    #[serde(skip)]
    pub(crate) visibility_index: RuleIndex,
    #[serde(deserialize_with = "apart")]
    pub(crate) thresholds: Vec<Threshold>,
    /// The thresholds of lines.
    #[serde(skip)]
    pub(crate) line_thresholds: RuleIndex,
    /// Whether any threshold of lines measures the price.
    #[serde(skip)]
    pub(crate) has_price_floors: bool,
    /// The thresholds of groups and of the document, by number.
    #[serde(skip)]
    pub(crate) document_thresholds: Vec<u32>,
    #[serde(deserialize_with = "apart")]
    pub(crate) discretion: Vec<Discretion>,
    #[serde(deserialize_with = "apart")]
    pub(crate) tax: Option<CompiledTax>,
    #[serde(skip)]
    pub(crate) tax_index: RuleIndex,
}

/// When to round; `None`: not at that step.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct RoundingSteps {
    pub(crate) mode: RoundingMode,
    pub(crate) unit: Option<StepRounding>,
    pub(crate) discount: Option<StepRounding>,
    pub(crate) line: Option<StepRounding>,
    pub(crate) tax: Option<StepRounding>,
    pub(crate) total: Option<StepRounding>,
    pub(crate) margin: Option<StepRounding>,
}

/// An increment, or the currency's own.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct StepRounding {
    increment: Option<Increment>,
    mode: RoundingMode,
}

impl StepRounding {
    pub(crate) fn with(self, minor_unit: Increment) -> Rounding {
        Rounding::new(self.increment.unwrap_or(minor_unit), self.mode)
    }

    /// Whether the book names the increment itself.
    pub(crate) const fn is_explicit(self) -> bool {
        self.increment.is_some()
    }

    pub(crate) const fn mode(self) -> RoundingMode {
        self.mode
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Customers {
    pub(crate) names: Names,
    /// Profile of each customer.
    #[serde(with = "flat")]
    pub(crate) profile: Vec<u32>,
    pub(crate) profiles: Sets,
    /// For each profile the lists that its sides open, in the order of search.
    #[serde(skip)]
    pub(crate) lists: Sets,
    #[serde(skip)]
    pub(crate) cluster: Vec<u32>,
    #[serde(skip)]
    pub(crate) currency: Vec<Option<Currency>>,
    /// Whether there is a channel that opens something to a customer; nobody where no scope names
    /// one.
    #[serde(skip)]
    heeds_channels: Vec<bool>,
    /// The customers as the book has them, for custom rules and explanations.
    #[serde(with = "super::blob::in_json")]
    pub(crate) record: Vec<crate::book::Customer>,
}

pub(crate) const NONE: u32 = u32::MAX;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Products {
    pub(crate) names: PackedNames,
    #[serde(with = "flat")]
    pub(crate) info: Vec<ProductInfo>,
    pub(crate) classes: Sets,
    /// Of each product that has several, or a long one.
    costs: Vec<Vec<(Days, Amount)>>,
    pub(crate) extras: Vec<ProductExtra>,
}

/// What pricing a line reads about its product: 32 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProductInfo {
    pub(crate) class: u32,
    pub(crate) category: u32,
    pub(crate) tax: u32,
    extra: u32,
    /// Where its price rows begin, and how many there are.
    pub(crate) rows: u32,
    pub(crate) row_count: u32,
    /// The one cost without a date, at `cost_scale`; otherwise which of [`Products::costs`] are its,
    /// [`NONE`] where it has none.
    cost: u32,
    pub(crate) unit: u16,
    /// The decimals of the one cost; `SEVERAL` where there are none, several, or a long one.
    cost_scale: u8,
}

impl Flat<8> for ProductInfo {
    fn words(self) -> [u32; 8] {
        [
            self.class,
            self.category,
            self.tax,
            self.extra,
            self.rows,
            self.row_count,
            self.cost,
            u32::from(self.unit) << 8 | u32::from(self.cost_scale),
        ]
    }

    #[expect(clippy::cast_possible_truncation, reason = "a word is cut into its parts")]
    fn of([class, category, tax, extra, rows, row_count, cost, small]: [u32; 8]) -> Self {
        Self {
            class,
            category,
            tax,
            extra,
            rows,
            row_count,
            cost,
            unit: (small >> 8) as u16,
            cost_scale: small as u8,
        }
    }
}

pub(super) const SEVERAL: u8 = u8::MAX;

impl ProductInfo {
    /// The mantissa and the decimals of the one cost without a date.
    pub(super) fn only_cost(&self) -> Option<(u32, u8)> {
        (self.cost_scale != SEVERAL).then_some((self.cost, self.cost_scale))
    }
}

/// What few products have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProductExtra {
    pub(crate) units: Vec<(u16, Factor)>,
    pub(crate) weight: Option<Quantity>,
    pub(crate) min_quantity: Option<Quantity>,
    pub(crate) multiple: Option<Quantity>,
    pub(crate) packs: Vec<Quantity>,
    pub(crate) addon_to: Vec<Id>,
    pub(crate) per: Option<Period>,
    pub(crate) attributes: Vec<(Id, Id)>,
    /// The model it is configured by, by number.
    pub(crate) model: Option<u32>,
}

impl ProductExtra {
    /// Whether a line of the base unit is priced as if this were not there.
    pub(crate) fn is_plain(&self) -> bool {
        self.min_quantity.is_none()
            && self.multiple.is_none()
            && self.packs.is_empty()
            && self.addon_to.is_empty()
            && self.per.is_none()
            && self.model.is_none()
    }
}

impl Products {
    pub(crate) fn info(&self, product: u32) -> Option<&ProductInfo> {
        self.info.get(product as usize)
    }

    pub(crate) fn extra(&self, info: &ProductInfo) -> Option<&ProductExtra> {
        self.extras.get(info.extra as usize)
    }

    /// Whether the product side of a scope, which takes nothing out again, matches a class.
    #[inline]
    pub(crate) fn is_in_scope(&self, class: u32, scope: CompiledScope) -> bool {
        scope.product == super::EVERYTHING
            || self.classes.get(class).binary_search(&scope.product).is_ok()
    }

    /// The cost of one base unit on a day, in the book's currency.
    #[inline]
    pub(crate) fn cost(&self, info: &ProductInfo, day: i32) -> Option<Exact> {
        if info.cost_scale != SEVERAL {
            return Exact::new(i128::from(info.cost), u32::from(info.cost_scale)).ok();
        }
        let costs = self.costs.get(info.cost as usize)?;
        costs.iter().find(|(days, _)| days.contains(day)).map(|(_, cost)| cost.exact())
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) id: Id,
    pub(crate) scope: CompiledScope,
    pub(crate) currency: Currency,
    pub(crate) days: Days,
    pub(crate) fallthrough: bool,
    pub(crate) lock: bool,
    pub(crate) below_first_tier: crate::book::BelowFirstTier,
    pub(crate) mode: crate::book::ScaleMode,
    pub(crate) basis: crate::book::Basis,
    pub(crate) across: Option<u16>,
    pub(crate) formula: Option<CompiledFormula>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CompiledFormula {
    pub(crate) base: CompiledBase,
    pub(crate) percent: Option<Exact>,
    pub(crate) round_to: Option<Rounding>,
    pub(crate) ending: Option<Exact>,
    pub(crate) surcharge: Option<Exact>,
    pub(crate) min_markup: Option<Exact>,
    pub(crate) max_markup: Option<Exact>,
    pub(crate) floor: Option<Exact>,
    pub(crate) ceiling: Option<Exact>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum CompiledBase {
    /// A custom rule, by number.
    Rule(u32),
    Cost,
    List(u32),
    Lines(CompiledScope),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CompiledStage {
    pub(crate) id: Id,
    pub(crate) level: Level,
    pub(crate) accrual: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) keep: Keep,
    pub(crate) excludes: Vec<u16>,
    pub(crate) against: Option<u16>,
}

/// A compiled discount; its number is its place in the order of evaluation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: Id,
    pub(crate) stage: u16,
    pub(crate) scope: CompiledScope,
    pub(crate) days: Days,
    pub(crate) combine: Combine,
    pub(crate) group: Option<u16>,
    pub(crate) target: Target,
    pub(crate) conditions: Option<Box<Conditions>>,
    pub(crate) effect: Effect,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) quantity: Bounds,
    pub(crate) value: Bounds,
    pub(crate) weight: Bounds,
    pub(crate) across: Option<u16>,
    pub(crate) payment: Vec<Id>,
    pub(crate) years: Bounds,
    pub(crate) coupon: Option<u32>,
    /// A custom rule, by number.
    pub(crate) when: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    pub(crate) from: Option<Exact>,
    pub(crate) below: Option<Exact>,
}

impl Bounds {
    fn new(range: Option<&crate::book::Range>) -> Self {
        range.map_or_else(Self::default, |range| Self {
            from: range.from.map(|v| v.exact()),
            below: range.below.map(|v| v.exact()),
        })
    }

    /// The bounds as the book writes them.
    pub(crate) fn range(&self) -> crate::book::Range {
        let quantity =
            |bound: Option<Exact>| bound.and_then(|b| crate::money::Quantity::from_exact(b).ok());
        crate::book::Range { from: quantity(self.from), below: quantity(self.below) }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.from.is_none() && self.below.is_none()
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Effect {
    Percent(Exact),
    Amount(Exact),
    LineAmount(Exact),
    Price(Exact),
    Tiers {
        basis: crate::book::Basis,
        steps: Vec<(Exact, TierEffect)>,
    },
    Matrix(u32),
    Free(FreeEffect),
    /// The percentage that a custom rule computes, by number.
    Rule(u32),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum TierEffect {
    Percent(Exact),
    Amount(Exact),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FreeEffect {
    pub(crate) buy: Exact,
    pub(crate) get: Exact,
    pub(crate) product: Option<Id>,
    pub(crate) percent: Exact,
    pub(crate) times: Option<u32>,
}

/// A discount matrix with every cell resolved along both trees.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MatrixTable {
    /// For each node of the cluster tree its row; `NONE` where no ancestor has one.
    #[serde(with = "flat")]
    rows: Vec<u32>,
    /// For each node of the category tree its column.
    #[serde(with = "flat")]
    columns: Vec<u32>,
    width: u32,
    cells: Vec<Option<Exact>>,
}

impl MatrixTable {
    /// Whether every node of the two trees finds its cells.
    fn is_sound(&self, clusters: usize, categories: usize) -> bool {
        let width = self.width as usize;
        let height = self.cells.len().checked_div(width).unwrap_or(0);
        let lines =
            |of: &[u32], count: usize| of.iter().all(|&n| n == NONE || (n as usize) < count);
        // A matrix without columns has rows that nobody asks for.
        self.rows.len() == clusters
            && self.columns.len() == categories
            && self.cells.len() == width * height
            && (width == 0 || lines(&self.rows, height))
            && lines(&self.columns, width)
    }

    pub(crate) fn get(&self, cluster: u32, category: u32) -> Option<Exact> {
        self.cells.get(self.place(cluster, category)?).copied().flatten()
    }

    /// Which of [`MatrixTable::cells`] is for a cluster and a category.
    #[inline]
    pub(crate) fn place(&self, cluster: u32, category: u32) -> Option<usize> {
        let row = *self.rows.get(cluster as usize)?;
        let column = *self.columns.get(category as usize)?;
        (row != NONE && column != NONE)
            .then(|| row as usize * self.width as usize + column as usize)
    }

    /// The rows of cells, and which of them is for each node of the cluster tree, which column for
    /// each node of the category tree; `NONE` where there is none.
    pub(crate) fn parts(&self) -> (impl Iterator<Item = &[Option<Exact>]>, &[u32], &[u32]) {
        let rows = self.cells.chunks(self.width.max(1) as usize);
        (rows, &self.rows, &self.columns)
    }

    pub(crate) fn cells(&self) -> &[Option<Exact>] {
        &self.cells
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CompiledCoupon {
    pub(crate) scope: CompiledScope,
    pub(crate) days: Days,
    pub(crate) max_uses: Option<u64>,
    pub(crate) max_uses_per_customer: Option<u64>,
    pub(crate) first_purchase: bool,
    pub(crate) stackable: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Visibility {
    pub(crate) id: Id,
    pub(crate) scope: CompiledScope,
    pub(crate) days: Days,
    pub(crate) visible: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Threshold {
    pub(crate) id: Id,
    pub(crate) scope: CompiledScope,
    pub(crate) days: Days,
    pub(crate) on: MarginLevel,
    pub(crate) measure: Measure,
    pub(crate) target: Option<Amount>,
    pub(crate) floor: Option<Amount>,
    pub(crate) block: Option<Amount>,
    pub(crate) approvals: Vec<ApprovalStep>,
}

/// Below `below`, one of these roles must approve.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ApprovalStep {
    pub(crate) below: Amount,
    pub(crate) roles: Vec<Id>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Discretion {
    pub(crate) scope: CompiledScope,
    pub(crate) role: Id,
    pub(crate) max: Exact,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CompiledTax {
    pub(crate) prices: TaxPrices,
    pub(crate) per: TaxPer,
    pub(crate) rates: Vec<CompiledRate>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CompiledRate {
    pub(crate) scope: CompiledScope,
    pub(crate) classes: Vec<u32>,
    pub(crate) days: Days,
    pub(crate) category: Id,
    pub(crate) percent: Exact,
}

fn small(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The unit of a product that names none.
pub(crate) const PIECE: &str = "pc";

/// Compiles a book that check has found free of errors; the names of its products are in order.
pub(crate) fn compile(book: &PriceBook, custom: CustomRules, names: PackedNames) -> Inner {
    let mut units = Names::default();
    units.intern(&Id::known(PIECE));
    for id in book.units.keys() {
        units.intern(id);
    }
    let mut scopes = Scopes::new();
    let (clusters, categories) = trees(book);

    let order = list_order(book);
    let place: FxHashMap<&Id, u32> =
        (0_u32..).zip(&order).map(|(place, list)| (&list.id, place)).collect();
    let mix_names: Vec<Id> = book.mix_groups.keys().cloned().collect();
    let mix_groups: Vec<CompiledScope> =
        book.mix_groups.values().map(|scope| scopes.compile(scope)).collect();
    let mix = |id: &Id| mix_names.binary_search(id).ok().map(small);
    let mut lists = Vec::with_capacity(order.len());
    for list in &order {
        let scope = scopes.compile(&list.scope);
        let formula = list.formula.as_ref().map(|formula| CompiledFormula {
            base: match &formula.base {
                Some(FormulaBase::Cost) => CompiledBase::Cost,
                Some(FormulaBase::List(id)) => {
                    CompiledBase::List(place.get(id).copied().unwrap_or(NONE))
                }
                Some(FormulaBase::Lines(scope)) => CompiledBase::Lines(scopes.compile(scope)),
                None => CompiledBase::Rule(custom.formula(&list.id)),
            },
            percent: formula.percent.map(|p| p.exact()),
            round_to: formula
                .round_to
                .and_then(|step| Increment::new(step.exact()))
                .map(|step| Rounding::new(step, formula.round_mode)),
            ending: formula.ending.map(|v| v.exact()),
            surcharge: formula.surcharge.map(|v| v.exact()),
            min_markup: formula.min_markup.map(|v| v.exact()),
            max_markup: formula.max_markup.map(|v| v.exact()),
            floor: formula.floor.map(|v| v.exact()),
            ceiling: formula.ceiling.map(|v| v.exact()),
        });
        lists.push(List {
            id: list.id.clone(),
            scope,
            currency: list.currency.unwrap_or(book.currency),
            days: list.valid.days(),
            fallthrough: list.fallthrough,
            lock: list.lock,
            below_first_tier: list.below_first_tier,
            mode: list.scale.mode,
            basis: list.scale.basis,
            across: list.scale.across.as_ref().and_then(mix),
            formula,
        });
    }

    let mut stages: Vec<CompiledStage> = Vec::with_capacity(book.stages.len());
    for stage in &book.stages {
        stages.push(CompiledStage {
            id: stage.id.clone(),
            level: stage.on,
            accrual: stage.accrual,
        });
    }
    let (groups, group_names) = compile_groups(book);
    let mut coupon_names = Names::default();
    let mut coupons = Vec::with_capacity(book.coupons.len());
    for (code, coupon) in &book.coupons {
        coupon_names.intern(code);
        coupons.push(CompiledCoupon {
            scope: scopes.compile(&coupon.scope),
            days: coupon.valid.days(),
            max_uses: coupon.max_uses,
            max_uses_per_customer: coupon.max_uses_per_customer,
            first_purchase: coupon.first_purchase,
            stackable: coupon.stackable,
        });
    }
    let mut matrices = Vec::new();
    let mut sorted: Vec<(u16, &Stage, &Discount)> = book
        .discounts
        .iter()
        .filter_map(|rule| {
            let at = book.stages.iter().position(|stage| stage.id == rule.stage)?;
            Some((small(at), book.stages.get(at)?, rule))
        })
        .collect();
    // A stable sort: the order of the book decides what stage and priority do not.
    sorted.sort_by_key(|(at, _, rule)| (*at, Reverse(rule.priority)));
    let mut rules = Vec::with_capacity(sorted.len());
    for (at, stage, rule) in sorted {
        let effect = effect(rule, &mut matrices, &clusters, &categories)
            .or_else(|| custom.percentage(&rule.id).map(Effect::Rule));
        let Some(effect) = effect else { continue };
        let conditions = Conditions {
            quantity: Bounds::new(rule.quantity.as_ref()),
            value: Bounds::new(rule.value.as_ref()),
            weight: Bounds::new(rule.weight.as_ref()),
            across: rule.across.as_ref().and_then(mix),
            payment: rule.payment.0.clone(),
            years: Bounds::new(rule.years.as_ref()),
            coupon: rule
                .coupon
                .as_ref()
                .map(|code| coupon_names.get(code.as_str()).unwrap_or(NONE)),
            when: custom.condition(&rule.id),
        };
        rules.push(Rule {
            id: rule.id.clone(),
            stage: at,
            scope: scopes.compile(&rule.scope),
            days: rule.valid.days(),
            combine: rule.combine.unwrap_or(stage.combine),
            group: rule.group.as_ref().and_then(|g| group_names.get(g).copied()),
            target: if matches!(effect, Effect::LineAmount(_)) { Target::Total } else { rule.on },
            conditions: (conditions != Conditions::default()).then(|| Box::new(conditions)),
            effect,
        });
    }

    let mut visibility: Vec<(&Scope, Visibility)> = Vec::new();
    for rule in &book.visibility {
        let scope = scopes.compile(&rule.scope);
        let compiled = Visibility {
            id: rule.id.clone(),
            scope,
            days: rule.valid.days(),
            visible: rule.visible,
        };
        visibility.push((&rule.scope, compiled));
    }
    visibility.sort_by_key(|(scope, _)| Reverse(scope.specificity()));
    let visibility: Vec<Visibility> = visibility.into_iter().map(|(_, rule)| rule).collect();

    let mut thresholds: Vec<(&Scope, Threshold)> = Vec::new();
    for rule in &book.margins {
        let approvals = rule.approvals.iter();
        let compiled = Threshold {
            id: rule.id.clone(),
            scope: scopes.compile(&rule.scope),
            days: rule.valid.days(),
            on: rule.on,
            measure: rule.measure,
            target: rule.target,
            floor: rule.floor,
            block: rule.block,
            approvals: approvals
                .map(|tier| ApprovalStep { below: tier.below, roles: tier.role.0.clone() })
                .collect(),
        };
        thresholds.push((&rule.scope, compiled));
    }
    thresholds.sort_by_key(|(scope, _)| Reverse(scope.specificity()));
    let thresholds = thresholds.into_iter().map(|(_, threshold)| threshold).collect();

    let discretion = book
        .discretion
        .iter()
        .map(|limit: &DiscretionaryLimit| Discretion {
            scope: scopes.compile(&limit.scope),
            role: limit.role.clone(),
            max: limit.max_percent.exact(),
        })
        .collect();

    let mut tax_classes = Names::default();
    let tax = book.tax.as_ref().map(|tax| {
        let mut rates: Vec<_> = tax.rates.iter().collect();
        rates.sort_by_key(|rate| Reverse(rate.scope.specificity()));
        CompiledTax {
            prices: tax.prices,
            per: tax.per,
            rates: rates
                .into_iter()
                .map(|rate| CompiledRate {
                    scope: scopes.compile(&rate.scope),
                    classes: rate.class.iter().map(|class| tax_classes.intern(class)).collect(),
                    days: rate.valid.days(),
                    category: rate.category.clone(),
                    percent: rate.percent.exact(),
                })
                .collect(),
        }
    });

    // Every scope is known from here on: customers and products find their profile and class.
    let (profile_sets, profile_of) = profiles(book, &scopes);
    let (class_sets, class_of) = classes(book, &scopes);
    let customers = customers(book, profile_sets, profile_of);
    let mut products = products(book, names, &mut units, &class_of, &categories, &tax_classes);
    products.classes = class_sets;
    let rows = rows(&order, &mut products, &mut units);
    let unit_digits = (0..number(units.len()))
        .map(|unit| units.id(unit).and_then(|id| book.units.get(id)).and_then(|u| u.digits))
        .collect();

    Inner {
        digest: Digest::from_bytes([0; 32]),
        currency: book.currency,
        currencies: book
            .currencies
            .iter()
            .map(|(&currency, settings)| {
                let digits = settings.digits.unwrap_or_else(|| currency.digits());
                let cash = settings.cash.and_then(|cash| Increment::new(cash.exact()));
                (currency, digits, cash)
            })
            .collect(),
        exchange: exchange(book),
        rounding: rounding(book),
        strategy: book.strategy,
        merge: book.merge,
        allocation: book.allocation,
        missing_cost: book.missing_cost,
        units,
        unit_digits,
        scopes,
        clusters,
        categories,
        customers,
        products,
        models: super::Models::default(),
        lists,
        rows,
        stages,
        groups,
        rules,
        matrices,
        mix_groups,
        custom: custom.rules,
        coupons,
        coupon_names,
        visibility,
        thresholds,
        discretion,
        tax,
        lists_by_side: FxHashMap::default(),
        manual_stage: None,
        header_stage: None,
        line_rules: RuleIndex::default(),
        document_rules: RuleIndex::default(),
        gifts: Vec::new(),
        has_shares: false,
        formula_lists: Vec::new(),
        needs_document: false,
        plain: None,
        visibility_index: RuleIndex::default(),
        line_thresholds: RuleIndex::default(),
        has_price_floors: false,
        document_thresholds: Vec::new(),
        tax_index: RuleIndex::default(),
    }
}

impl Inner {
    /// Makes what follows from the rest. A new table of this kind needs no new format of compiled
    /// books; it should be cheap, since a book that is loaded waits for it.
    #[inline(never)]
    pub(crate) fn derive(&mut self) {
        for (place, list) in (0_u32..).zip(&self.lists) {
            self.lists_by_side.entry(list.scope.customer).or_default().push(place);
        }
        self.rows.derive();
        self.customers.derive(&self.clusters, &self.lists_by_side);
        if self.scopes.has_channels() {
            let heeds = |(id, customer)| {
                self.scopes.heeds_channels(&crate::pricing::facts(self, id, customer))
            };
            let all = (0_u32..).map(|at| self.customers.names.id(at)).zip(&self.customers.record);
            self.customers.heeds_channels = all.map(heeds).collect();
        }
        let stage_named = |name: &str| self.stages.iter().position(|s| s.id == *name).map(small);
        self.manual_stage = stage_named("manual");
        self.header_stage = stage_named("header");
        self.has_shares = self.lists.iter().any(crate::pricing::is_share);
        let with_formula = (0_u32..).zip(&self.lists).filter(|(_, list)| list.formula.is_some());
        self.formula_lists = with_formula.map(|(number, _)| number).collect();
        let (classes, profiles) = (&self.products.classes, &self.customers.profiles);
        let on_line = |rule: &Rule| {
            let stage = self.stages.get(usize::from(rule.stage));
            stage.is_some_and(|stage| stage.level == Level::Line)
        };
        let gives = |rule: &Rule| matches!(rule.effect, Effect::Free(_));
        let pick = |wanted: &dyn Fn(&Rule) -> bool| {
            let rules = (0_u32..).zip(&self.rules).filter(|(_, rule)| wanted(rule));
            let rules = rules.map(|(number, rule)| (number, rule.scope, rule.days));
            RuleIndex::new(rules, classes, profiles)
        };
        self.line_rules = pick(&|rule| on_line(rule) && !gives(rule));
        self.document_rules = pick(&|rule| !on_line(rule));
        let rules = (0_u32..).zip(&self.rules);
        self.gifts = rules.filter(|(_, rule)| gives(rule)).map(|(number, _)| number).collect();
        self.visibility_index = RuleIndex::new(
            (0_u32..).zip(&self.visibility).map(|(number, rule)| (number, rule.scope, rule.days)),
            classes,
            profiles,
        );
        let (of_lines, of_documents): (Vec<_>, Vec<_>) =
            (0_u32..).zip(&self.thresholds).partition(|(_, t)| t.on == MarginLevel::Line);
        self.line_thresholds = RuleIndex::new(
            of_lines.into_iter().map(|(number, t)| (number, t.scope, t.days)),
            classes,
            profiles,
        );
        self.document_thresholds = of_documents.into_iter().map(|(number, _)| number).collect();
        self.has_price_floors = self
            .thresholds
            .iter()
            .any(|t| t.on == MarginLevel::Line && t.measure == Measure::Price);
        let rates = self.tax.iter().flat_map(|tax| &tax.rates);
        self.tax_index = RuleIndex::new(
            (0_u32..).zip(rates).map(|(number, rate)| (number, rate.scope, rate.days)),
            classes,
            profiles,
        );
        self.needs_document = crate::quote::needs_document(self);
        if cfg!(feature = "fast") {
            self.plain = super::Plain::new(self);
        }
    }

    /// What plain lines read; `None` where no line is to be priced as one.
    #[inline]
    pub(crate) fn plain(&self) -> Option<&super::Plain> {
        if cfg!(feature = "fast") { self.plain.as_ref() } else { None }
    }
}

impl Inner {
    /// The stages that discount lines, by number.
    pub(crate) fn line_stages(&self) -> impl Iterator<Item = u16> + '_ {
        let stages = (0_u16..).zip(&self.stages);
        stages.filter(|(_, stage)| stage.level == Level::Line).map(|(number, _)| number)
    }

    /// Whether a channel may open something to a customer of the book.
    pub(crate) fn heeds_channel(&self, customer: u32, channel: &Id) -> bool {
        self.customers.heeds_channels.get(customer as usize).is_some_and(|&heeds| heeds)
            && self.scopes.channel_fact(channel).is_some()
    }
}

/// The part of a stored book that cannot be, if there is one.
pub(super) type Sound = Result<(), &'static str>;

fn sound(holds: bool, part: &'static str) -> Sound {
    if holds { Ok(()) } else { Err(part) }
}

/// Whether a number is one of so many.
fn of(number: u32, count: usize) -> bool {
    (number as usize) < count
}

impl Inner {
    /// Whether the parts fit together as the compiler makes them: for a book that was stored. Types
    /// have seen to every value by itself.
    #[inline(never)]
    pub(super) fn check(&self) -> Sound {
        let digits = |digits: u32| digits <= Decimal::MAX_SCALE;
        sound(self.currencies.iter().all(|&(_, own, _)| digits(own)), "currencies")?;
        let rates = self.exchange.values().flatten();
        sound(rates.into_iter().all(|(days, _)| days.is_valid()), "exchange rates")?;
        let units = self.units.len();
        sound(units > 0 && units == self.unit_digits.len(), "units")?;
        sound(self.unit_digits.iter().flatten().all(|&own| digits(own)), "units")?;
        self.check_customers()?;
        self.check_products()?;
        self.check_lists()?;
        self.check_rules()?;
        let has = |scope| self.scopes.has(scope);
        let held = |scope, days: Days| has(scope) && days.is_valid();
        sound(self.mix_groups.iter().all(|&scope| has(scope)), "mix groups")?;
        let coupons = self.coupons.iter().all(|coupon| held(coupon.scope, coupon.days));
        sound(coupons && self.coupons.len() == self.coupon_names.len(), "coupons")?;
        let visibility = self.visibility.iter().all(|rule| held(rule.scope, rule.days));
        sound(visibility, "visibility")?;
        sound(self.thresholds.iter().all(|t| held(t.scope, t.days)), "thresholds")?;
        sound(self.discretion.iter().all(|limit| has(limit.scope)), "discretionary limits")?;
        let mut rates = self.tax.iter().flat_map(|tax| &tax.rates);
        sound(rates.all(|rate| held(rate.scope, rate.days)), "tax rates")?;
        sound(self.models.is_sound(), "models")
    }

    #[inline(never)]
    fn check_customers(&self) -> Sound {
        let Customers { names, profile, profiles, record, .. } = &self.customers;
        sound(profile.len() == names.len() && record.len() == names.len(), "customers")?;
        sound(profile.iter().all(|&profile| of(profile, profiles.len())), "customers")?;
        sound(profiles.is_sound(self.scopes.counts().0), "customers")
    }

    #[inline(never)]
    fn check_products(&self) -> Sound {
        let Products { names, info, classes, costs, extras } = &self.products;
        sound(info.len() == names.len(), "products")?;
        sound(classes.is_sound(self.scopes.counts().1), "products")?;
        sound(costs.iter().flatten().all(|(days, _)| days.is_valid()), "costs")?;
        let maybe = |number: u32, count: usize| number == NONE || of(number, count);
        let mut rows = 0;
        for info in info {
            let in_place = info.rows == rows;
            rows = rows.checked_add(info.row_count).ok_or("price rows")?;
            let cost = match info.cost_scale {
                SEVERAL => maybe(info.cost, costs.len()),
                scale => u32::from(scale) <= Decimal::MAX_SCALE,
            };
            let known = of(info.class, classes.len())
                && maybe(info.category, self.categories.len())
                && maybe(info.extra, extras.len())
                && of(info.unit.into(), self.units.len());
            sound(in_place && cost && known, "products")?;
            // The rows of a product are searched by list.
            let of_product = self.rows.of(info);
            sound(of_product.is_sorted_by_key(|row| row.list), "price rows")?;
        }
        sound(rows as usize == self.rows.len(), "price rows")?;
        sound(self.rows.are_sound(self.lists.len(), self.units.len()), "price rows")?;
        let extra = |extra: &ProductExtra| {
            extra.units.iter().all(|&(unit, _)| of(unit.into(), self.units.len()))
                && extra.model.is_none_or(|model| of(model, self.models.len()))
        };
        sound(extras.iter().all(extra), "products")
    }

    #[inline(never)]
    fn check_lists(&self) -> Sound {
        for list in &self.lists {
            let group = list.across.is_none_or(|group| of(group.into(), self.mix_groups.len()));
            sound(group && self.scopes.has(list.scope) && list.days.is_valid(), "price lists")?;
            let base = list.formula.as_ref().is_none_or(|formula| match &formula.base {
                CompiledBase::Cost => true,
                CompiledBase::Rule(rule) => self.has_rule(*rule, RuleKind::Formula),
                CompiledBase::Lines(scope) => self.scopes.has(*scope),
                CompiledBase::List(base) => of(*base, self.lists.len()),
            });
            sound(base, "formulas")?;
        }
        let base = |at: u32| match self.lists.get(at as usize)?.formula.as_ref()?.base {
            CompiledBase::List(base) => Some(base),
            _ => None,
        };
        // Each list is walked from once; who meets itself on the way is a circle.
        let mut met = vec![NONE; self.lists.len()];
        for start in 0..number(self.lists.len()) {
            let mut next = Some(start);
            while let Some(at) = next {
                let Some(slot) = met.get_mut(at as usize) else { break };
                sound(*slot != start, "formulas")?;
                if *slot != NONE {
                    break;
                }
                *slot = start;
                next = base(at);
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn check_rules(&self) -> Sound {
        let groups = self.groups.len();
        let known = |group: &u16| usize::from(*group) < groups;
        let related = |group: &Group| group.excludes.iter().chain(&group.against).all(known);
        sound(self.groups.iter().all(related), "groups")?;
        let (clusters, categories) = (self.clusters.len(), self.categories.len());
        let matrices = self.matrices.iter().all(|m| m.is_sound(clusters, categories));
        sound(matrices, "matrices")?;
        sound(self.rules.is_sorted_by_key(|rule| rule.stage), "discounts")?;
        for rule in &self.rules {
            let placed = usize::from(rule.stage) < self.stages.len()
                && self.scopes.has(rule.scope)
                && rule.days.is_valid()
                && rule.group.as_ref().is_none_or(known);
            let asks = rule.conditions.as_ref().is_none_or(|conditions| {
                let Conditions { across, coupon, when, .. } = &**conditions;
                across.is_none_or(|group| of(group.into(), self.mix_groups.len()))
                    && coupon.is_none_or(|coupon| of(coupon, self.coupons.len()))
                    && when.is_none_or(|rule| self.has_rule(rule, RuleKind::Predicate))
            });
            let gives = match &rule.effect {
                Effect::Matrix(matrix) => of(*matrix, self.matrices.len()),
                Effect::Rule(rule) => self.has_rule(*rule, RuleKind::Formula),
                _ => true,
            };
            sound(placed && asks && gives, "discounts")?;
        }
        Ok(())
    }

    fn has_rule(&self, number: u32, kind: RuleKind) -> bool {
        self.custom.get(number as usize).is_some_and(|rule| rule.kind() == kind)
    }
}

impl Customers {
    fn derive(&mut self, clusters: &Tree, lists_by_side: &FxHashMap<u32, Vec<u32>>) {
        for customer in &self.record {
            let cluster = customer.cluster.as_ref();
            let cluster = cluster.and_then(|path| clusters.nearest(path.as_str()));
            self.cluster.push(cluster.unwrap_or(NONE));
            self.currency.push(customer.currency);
        }
        for profile in 0..number(self.profiles.len()) {
            let sides = self.profiles.get(profile).iter();
            let mut opened: Vec<u32> =
                sides.filter_map(|side| lists_by_side.get(side)).flatten().copied().collect();
            opened.sort_unstable();
            self.lists.push(&opened);
        }
    }
}

fn trees(book: &PriceBook) -> (Tree, Tree) {
    let mut clusters = Tree::default();
    let mut categories = Tree::default();
    for customer in book.customers.values() {
        if let Some(cluster) = &customer.cluster {
            clusters.intern(cluster);
        }
    }
    for product in book.products.values() {
        if let Some(category) = &product.category {
            categories.intern(category);
        }
    }
    for matrix in book.discounts.iter().filter_map(|rule| rule.matrix.as_ref()) {
        for (cluster, row) in matrix {
            clusters.intern(cluster);
            for category in row.keys() {
                categories.intern(category);
            }
        }
    }
    (clusters, categories)
}

/// The lists in the order in which they are searched.
fn list_order(book: &PriceBook) -> Vec<&PriceList> {
    let mut order: Vec<&PriceList> = book.price_lists.iter().collect();
    order.sort_by_key(|list| {
        let access = match book.strategy {
            Strategy::Priority | Strategy::Lowest => access_step(book, &list.scope),
            Strategy::MostSpecific => 0,
        };
        let specificity = Reverse(list.scope.specificity());
        match book.strategy {
            Strategy::MostSpecific => (access, Reverse(0), specificity, Reverse(list.priority)),
            _ => (access, Reverse(list.priority), specificity, Reverse(0)),
        }
    });
    order
}

/// The step of the access sequence that a list's scope belongs to.
pub(crate) fn access_step(book: &PriceBook, scope: &Scope) -> usize {
    let names = |access: Access| match access {
        Access::Customer => !scope.customer.is_empty() || !scope.account.is_empty(),
        Access::Contract => !scope.contract.is_empty(),
        Access::Cluster => !scope.cluster.is_empty(),
        Access::Segment => !scope.segment.is_empty(),
        Access::Region => !scope.region.is_empty(),
        Access::Base => false,
    };
    let named = |step: &Access| names(*step);
    let last = book.access.len();
    book.access.iter().position(named).unwrap_or_else(|| {
        let base = book.access.iter().position(|&access| access == Access::Base);
        base.unwrap_or(last)
    })
}

fn compile_groups(book: &PriceBook) -> (Vec<Group>, FxHashMap<Id, u16>) {
    let mut names: FxHashMap<Id, u16> = FxHashMap::default();
    let mut order: Vec<(Id, Option<&DiscountGroup>)> =
        book.groups.iter().map(|group| (group.id.clone(), Some(group))).collect();
    let mut implied: Vec<Id> = book
        .discounts
        .iter()
        .filter_map(|rule| rule.group.clone())
        .filter(|id| book.groups.iter().all(|group| group.id != *id))
        .collect();
    implied.sort();
    implied.dedup();
    order.extend(implied.into_iter().map(|id| (id, None)));
    for (id, _) in &order {
        let next = small(names.len());
        names.insert(id.clone(), next);
    }
    let groups = order
        .iter()
        .map(|(_, group)| match group {
            Some(group) => Group {
                keep: group.keep,
                excludes: group.excludes.iter().filter_map(|id| names.get(id).copied()).collect(),
                against: group.against.as_ref().and_then(|id| names.get(id).copied()),
            },
            None => Group { keep: Keep::Best, excludes: Vec::new(), against: None },
        })
        .collect();
    (groups, names)
}

fn effect(
    rule: &Discount,
    matrices: &mut Vec<MatrixTable>,
    clusters: &Tree,
    categories: &Tree,
) -> Option<Effect> {
    if let Some(percent) = rule.percent {
        return Some(Effect::Percent(percent.exact()));
    }
    if let Some(amount) = rule.amount {
        return Some(Effect::Amount(amount.exact()));
    }
    if let Some(amount) = rule.line_amount {
        return Some(Effect::LineAmount(amount.exact()));
    }
    if let Some(price) = rule.price {
        return Some(Effect::Price(price.exact()));
    }
    if let Some(tiers) = &rule.tiers {
        let steps = tiers
            .steps
            .iter()
            .filter_map(|step| {
                let effect = match (step.percent, step.amount) {
                    (Some(percent), _) => TierEffect::Percent(percent.exact()),
                    (None, Some(amount)) => TierEffect::Amount(amount.exact()),
                    (None, None) => return None,
                };
                Some((step.from.exact(), effect))
            })
            .collect();
        return Some(Effect::Tiers { basis: tiers.basis, steps });
    }
    if let Some(matrix) = &rule.matrix {
        matrices.push(resolve(matrix, clusters, categories));
        return Some(Effect::Matrix(number(matrices.len() - 1)));
    }
    rule.free.as_ref().map(|free| {
        Effect::Free(FreeEffect {
            buy: free.buy.exact(),
            get: free.get.exact(),
            product: free.product.clone(),
            percent: free.percent.map_or(Exact::HUNDRED, |p| p.exact()),
            times: free.times,
        })
    })
}

/// Fills in every cell of a matrix: the nearest one up both trees, ties by the closer cluster.
fn resolve(matrix: &crate::book::Matrix, clusters: &Tree, categories: &Tree) -> MatrixTable {
    let mut axis: Vec<&Id> = matrix.values().flat_map(|row| row.keys()).collect();
    axis.sort();
    axis.dedup();
    // Only nodes with a cell above them need a line of the table: the nearest named ancestor.
    let lines = |tree: &Tree, named: &dyn Fn(&str) -> Option<u32>| {
        let mut line_of: FxHashMap<Vec<(u32, u32)>, u32> = FxHashMap::default();
        let mut keys: Vec<Vec<(u32, u32)>> = Vec::new();
        let mut of = vec![NONE; tree.len()];
        for (path, node) in tree.paths() {
            // Which named ancestors, and how many steps up each is.
            let key: Vec<(u32, u32)> = (0_u32..)
                .zip(path.ancestry())
                .filter_map(|(steps, ancestor)| named(ancestor).map(|at| (steps, at)))
                .collect();
            if key.is_empty() {
                continue;
            }
            let line = *line_of.entry(key.clone()).or_insert_with(|| {
                keys.push(key);
                number(keys.len() - 1)
            });
            if let Some(slot) = of.get_mut(node as usize) {
                *slot = line;
            }
        }
        (of, keys)
    };
    let row_names: Vec<&Id> = matrix.keys().collect();
    let (rows, row_keys) = lines(clusters, &|name| {
        row_names.binary_search_by(|id| id.as_str().cmp(name)).ok().map(number)
    });
    let (columns, column_keys) = lines(categories, &|name| {
        axis.binary_search_by(|id| id.as_str().cmp(name)).ok().map(number)
    });
    let mut cells = Vec::with_capacity(row_keys.len() * column_keys.len());
    for row_key in &row_keys {
        for column_key in &column_keys {
            let mut best: Option<((u32, u32), Exact)> = None;
            for &(up, row) in row_key {
                for &(across, column) in column_key {
                    let cell = row_names
                        .get(row as usize)
                        .and_then(|id| matrix.get(*id))
                        .zip(axis.get(column as usize))
                        .and_then(|(cells, id)| cells.get(*id));
                    let distance = (up + across, up);
                    if let Some(percent) = cell
                        && best.is_none_or(|(known, _)| distance < known)
                    {
                        best = Some((distance, percent.exact()));
                    }
                }
            }
            cells.push(best.map(|(_, percent)| percent));
        }
    }
    MatrixTable { rows, columns, width: number(column_keys.len()), cells }
}

fn customers(book: &PriceBook, profiles: Sets, profile: Vec<u32>) -> Customers {
    let mut out = Customers { profile, profiles, ..Customers::default() };
    for (id, customer) in &book.customers {
        out.names.intern(id);
        out.record.push(customer.clone());
    }
    out
}

fn products(
    book: &PriceBook,
    names: PackedNames,
    units: &mut Names,
    class_of: &[u32],
    categories: &Tree,
    tax_classes: &Names,
) -> Products {
    let mut out = Products { names, ..Products::default() };
    out.info.reserve_exact(book.products.len());
    for (product, &class) in book.products.values().zip(class_of) {
        let unit = match &product.unit {
            Some(unit) => small(units.intern(unit) as usize),
            None => 0,
        };
        let (cost, cost_scale) = match product.cost.as_slice() {
            [] => Some((NONE, SEVERAL)),
            [only] if only.valid == Window::default() => packed(only.value.decimal()),
            _ => None,
        }
        .unwrap_or_else(|| {
            let costs = product.cost.iter();
            out.costs.push(costs.map(|cost| (cost.valid.days(), cost.value)).collect());
            (number(out.costs.len() - 1), SEVERAL)
        });
        let extra = ProductExtra {
            units: product
                .units
                .iter()
                .map(|(id, factor)| (small(units.intern(id) as usize), *factor))
                .collect(),
            weight: product.weight,
            min_quantity: product.min_quantity,
            multiple: product.multiple,
            packs: product.packs.0.clone(),
            addon_to: product.addon_to.0.clone(),
            per: product.per,
            attributes: product
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            model: product.model.as_ref().and_then(|id| {
                let at = book.models.iter().position(|model| *id == *model.id.as_str())?;
                Some(number(at))
            }),
        };
        let plain = extra == ProductExtra::default();
        let category = product.category.as_ref().and_then(|path| categories.nearest(path.as_str()));
        out.info.push(ProductInfo {
            class,
            category: category.unwrap_or(NONE),
            rows: 0,
            row_count: 0,
            cost,
            cost_scale,
            // A class that no rate names is like no class.
            tax: product.tax.as_ref().and_then(|c| tax_classes.get(c.as_str())).unwrap_or(NONE),
            unit,
            extra: if plain { NONE } else { number(out.extras.len()) },
        });
        if !plain {
            out.extras.push(extra);
        }
    }
    out.costs.shrink_to_fit();
    out.names.shrink_to_fit();
    out
}

/// A decimal in 32 bits and its scale, where it fits.
fn packed(value: Decimal) -> Option<(u32, u8)> {
    Some((u32::try_from(value.mantissa()).ok()?, u8::try_from(value.scale()).ok()?))
}

fn rows(order: &[&PriceList], products: &mut Products, units: &mut Names) -> Rows {
    let mut builder = RowsBuilder::default();
    let mut buffer: Vec<NewRow<'_>> = Vec::new();
    for (place, list) in (0_u32..).zip(order) {
        let mut find = products.names.finder(list.prices.len());
        for (id, prices) in &list.prices {
            let Some(product) = find(id.as_str()) else { continue };
            let Some(info) = products.info(product) else { continue };
            buffer.extend(prices.rows.iter().map(|row| {
                let unit = row.unit.as_ref();
                NewRow {
                    list: place,
                    days: row.valid.days(),
                    unit: unit.map_or(info.unit, |unit| small(units.intern(unit) as usize)),
                    per: row.per.and_then(|per| power_of_ten(per.exact())).unwrap_or(0),
                    tiers: &row.tiers,
                }
            }));
            buffer.sort_by_key(|row| row.days);
            buffer.drain(..).for_each(|row| builder.push(product, &row));
        }
    }
    builder.finish(&mut products.info)
}

/// The exponent of 1, 10, 100 or 1,000.
fn power_of_ten(per: Exact) -> Option<u32> {
    match per.to_integer()? {
        1 => Some(0),
        10 => Some(1),
        100 => Some(2),
        1000 => Some(3),
        _ => None,
    }
}

fn exchange(book: &PriceBook) -> BTreeMap<(Currency, Currency), Vec<(Days, ExchangeRate)>> {
    let mut exchange: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in &book.exchange_rates {
        let rates = exchange.entry((entry.from, entry.to)).or_default();
        rates.push((entry.valid.days(), entry.rate));
    }
    exchange
}

fn rounding(book: &PriceBook) -> RoundingSteps {
    use crate::book::RoundingStep;
    let policy = &book.rounding;
    let mut steps = RoundingSteps { mode: policy.mode, ..RoundingSteps::default() };
    for at in &policy.at {
        let increment = at
            .increment
            .and_then(|increment| Increment::new(increment.exact()))
            .or_else(|| at.digits.map(Increment::digits));
        let step = Some(StepRounding { increment, mode: at.mode.unwrap_or(policy.mode) });
        match at.step {
            RoundingStep::Unit => steps.unit = step,
            RoundingStep::Discount => steps.discount = step,
            RoundingStep::Line => steps.line = step,
            RoundingStep::Tax => steps.tax = step,
            RoundingStep::Total => steps.total = step,
            RoundingStep::Margin => steps.margin = step,
        }
    }
    steps
}
