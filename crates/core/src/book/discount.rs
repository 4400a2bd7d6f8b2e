//! Discount clusters, volume discounts, promotions, coupons, free goods, header discounts, terms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Scope;
use super::price_list::{Basis, is_default};
use crate::Id;
use crate::calendar::Window;
use crate::money::{Amount, Percent, Quantity};
#[cfg(feature = "schema")]
use crate::wire::any_schema;
use crate::wire::{Many, any, unique_map};

/// One step of the pricing procedure.
///
/// ```
/// use listino_core::PriceBook;
/// use listino_core::book::{Combine, Level, Stage};
/// let stage: Stage = serde_json::from_str(r#"{ "id": "loyalty", "combine": "base" }"#)?;
/// assert_eq!((stage.on, stage.combine), (Level::Line, Combine::Base));
/// // A book that names no stages has the usual ones.
/// assert_eq!(PriceBook::new("EUR".parse()?).stages[0].id.as_str(), "contract");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The name of the stage; rules refer to it.
    pub id: Id,
    /// Whether the stage works on each line or on the document as a whole.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: Level,
    /// How the rules of the stage combine, where a rule does not say so itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub combine: Combine,
    /// The discounts of the stage are granted later (rebates): they lower the margin, not the bill;
    /// for document stages only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub accrual: bool,
}

impl Stage {
    pub(crate) fn defaults() -> Vec<Self> {
        let stage = |id: &str, on, accrual| Self {
            id: Id::known(id),
            on,
            combine: Combine::Running,
            accrual,
        };
        vec![
            stage("contract", Level::Line, false),
            stage("cluster", Level::Line, false),
            stage("volume", Level::Line, false),
            stage("promotion", Level::Line, false),
            stage("manual", Level::Line, false),
            stage("header", Level::Document, false),
            stage("terms", Level::Document, false),
            stage("rebate", Level::Document, true),
        ]
    }
}

/// What a stage or a threshold looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Each line.
    #[default]
    Line,
    /// The document.
    Document,
}

/// How a rule combines with the others of its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// On the price as the rules before it left it.
    #[default]
    Running,
    /// On the list price: percentages add up.
    Base,
    /// Only the largest reduction among the `best` rules of the stage; on the running price.
    Best,
    /// Alone: when an exclusive rule applies, the first one is the only rule of the stage.
    Exclusive,
}

/// Rules that exclude each other, across stages.
///
/// ```
/// use listino_core::book::{DiscountGroup, Keep};
/// let group: DiscountGroup =
///     serde_json::from_str(r#"{ "id": "offers", "keep": "best_stage", "excludes": "coupons" }"#)?;
/// assert_eq!((group.keep, group.excludes.len()), (Keep::BestStage, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiscountGroup {
    /// The name of the group; rules refer to it.
    pub id: Id,
    /// Which of its rules remain.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keep: Keep,
    /// Groups whose rules fall away when a rule of this group applies.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub excludes: Many<Id>,
    /// A group this one competes with: the one with the larger sum of reductions remains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Id>,
}

/// Which rules of a group remain. Reductions are compared on the list price of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The rule with the largest reduction; the earlier in the book on a tie.
    #[default]
    Best,
    /// The stage whose rules have the largest sum of reductions.
    BestStage,
    /// The first rule in the order of the procedure.
    First,
    /// All of them.
    All,
}

/// A discount or surcharge: to whom, when, how much, in which stage.
///
/// Exactly one of `percent`, `amount`, `line_amount`, `price`, `tiers`, `matrix`, `free` and
/// `rule` says how much.
///
/// ```
/// use listino_core::book::{Discount, Target};
/// let discount: Discount = serde_json::from_str(r#"{
///     "id": "clearance", "stage": "promotion", "for": { "category": "bikes/mountain" },
///     "valid": { "from": "2026-04-13", "to": "2026-05-29" }, "percent": "35"
/// }"#)?;
/// assert_eq!(discount.percent, Some(35.into()));
/// assert_eq!(discount.on, Target::Unit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// The name of the rule, as it appears in explanations.
    pub id: Id,
    /// The stage of the procedure.
    pub stage: Id,
    /// Customers and products it is for.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The days on which it holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// How it combines with the rules of its stage; the stage's own way where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The group of rules that exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Id>,
    /// Order within the stage; the larger comes first, then the order of the book.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Whether it lowers the unit price (the default) or the line total after the unit price was
    /// rounded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: Target,
    /// The quantity it needs, in base units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Range>,
    /// The list value it needs; for document stages the net value of the lines in scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Range>,
    /// The weight it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Range>,
    /// A mix-and-match group whose lines are counted together for the conditions and tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<Id>,
    /// The terms of payment it needs.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub payment: Many<Id>,
    /// The years of commitment it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<Range>,
    /// The coupon it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Id>,
    /// A condition as a custom rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Percent off; negative for a surcharge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Money off each ordered unit, in the book's currency; off the document in a document stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Money off the line, in the book's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_amount: Option<Amount>,
    /// The price becomes this, in the book's currency, for each ordered unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// A scale of discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<DiscountTiers>,
    /// Percent by customer cluster and product category; the nearest cell up both trees holds.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "matrix")]
    pub matrix: Option<Matrix>,
    /// Free or cheaper goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<FreeGoods>,
    /// A custom rule that computes the percentage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Default for Id {
    fn default() -> Self {
        Self::known("-")
    }
}

/// Percent by customer cluster, then by product category.
pub type Matrix = BTreeMap<Id, BTreeMap<Id, Percent>>;

fn matrix<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Matrix>, D::Error> {
    #[derive(Deserialize)]
    struct Row(#[serde(deserialize_with = "unique_map")] BTreeMap<Id, Percent>);
    let rows: BTreeMap<Id, Row> = unique_map(deserializer)?;
    Ok(Some(rows.into_iter().map(|(cluster, row)| (cluster, row.0)).collect()))
}

/// What a line discount lowers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The unit price.
    #[default]
    Unit,
    /// The line total.
    Total,
}

/// A range of numbers: from the lower bound (included) to below the upper one.
///
/// ```
/// use listino_core::book::Range;
/// let range: Range = serde_json::from_str(r#"{ "from": "10", "below": "50" }"#)?;
/// assert_eq!(range, Range { from: Some(10.into()), below: Some(50.into()) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lower bound, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Quantity>,
    /// The upper bound, not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Quantity>,
}

/// A scale of discounts: the highest tier reached holds for the whole line.
///
/// ```
/// use listino_core::book::{Basis, DiscountTier, DiscountTiers};
/// let scale: DiscountTiers = serde_json::from_str(
///     r#"{ "basis": "value", "steps": [{ "from": "1000", "percent": "2" }, { "from": "5000", "percent": "3" }] }"#,
/// )?;
/// assert_eq!(scale.basis, Basis::Value);
/// assert_eq!(scale.steps[1], DiscountTier { from: 5000.into(), percent: Some(3.into()), amount: None });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiscountTiers {
    /// What is compared with a tier's `from`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub basis: Basis,
    /// The steps, by ascending lower bound.
    pub steps: Vec<DiscountTier>,
}

/// From this lower bound on (included), this percentage or amount per unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiscountTier {
    /// The lower bound, included.
    pub from: Quantity,
    /// Percent off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Money off each unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// Buy some, get some: evaluated on the whole document.
///
/// ```
/// use listino_core::book::{Discount, FreeGoods};
/// let rule: Discount = serde_json::from_str(r#"{
///     "id": "twelfth", "stage": "promotion", "for": { "product": "tyre" },
///     "free": { "buy": "11", "get": "1", "times": 3 }
/// }"#)?;
/// let free: FreeGoods = rule.free.unwrap();
/// assert_eq!((free.get, free.times), (1.into(), Some(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FreeGoods {
    /// How many units must be bought, in base units, of the products in the rule's `for`.
    pub buy: Quantity,
    /// How many units are then free (or cheaper).
    pub get: Quantity,
    /// A product that is added to the document; absent: units already in the document, the
    /// cheapest first, which then do not count as bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Id>,
    /// Percent off these units; 100 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// How often it is granted at most in one document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// A coupon that a customer may present.
///
/// ```
/// use listino_core::PriceBook;
/// use listino_core::book::Coupon;
/// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
///     "coupons": { "WELCOME": { "first_purchase": true, "max_uses": 500 } } }"#)?;
/// let coupon: &Coupon = &book.coupons["WELCOME"];
/// assert!(coupon.first_purchase && !coupon.stackable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Coupon {
    /// The days on which it is taken.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// The customers who may use it.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// Uses in total; the host says how many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u64>,
    /// Uses per customer; the host says how many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses_per_customer: Option<u64>,
    /// Only for a customer's first purchase; the host says whether it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_purchase: bool,
    /// Whether it may be used together with other coupons.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stackable: bool,
}
