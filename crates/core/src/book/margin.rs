//! Margin thresholds, approvals, discretionary limits.

use serde::{Deserialize, Serialize};

use super::Scope;
use super::price_list::is_default;
use crate::Id;
use crate::calendar::Window;
use crate::money::{Amount, Percent};
#[cfg(feature = "schema")]
use crate::wire::any_schema;
use crate::wire::{Many, any};

/// What a margin must reach, and who must approve when it does not.
///
/// The margin is `(net - cost) / net` on the true net: after header allocation, free goods, terms
/// and rebates. Where several thresholds of the same level speak of one line, the most specific
/// scope decides.
///
/// ```
/// use listino_core::book::{ApprovalTier, MarginLevel, MarginThreshold, Measure};
/// let threshold: MarginThreshold = serde_json::from_str(r#"{
///     "id": "bikes", "for": { "category": "bikes" }, "target": "30", "floor": "18", "block": "5",
///     "approvals": [{ "below": "30", "role": "area-manager" }, { "below": "18", "role": "director" }]
/// }"#)?;
/// assert_eq!((threshold.on, threshold.measure), (MarginLevel::Line, Measure::Percent));
/// let director: &ApprovalTier = &threshold.approvals[1];
/// assert_eq!(director.below.to_string(), "18");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MarginThreshold {
    /// The name of the threshold, as it appears in explanations.
    pub id: Id,
    /// Customers and products it is for.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The days on which it holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// What is measured: each line, the lines in scope together, or the document.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: MarginLevel,
    /// In what it is measured; the numbers below are of this measure.
    #[serde(default, skip_serializing_if = "is_default")]
    pub measure: Measure,
    /// What one aims at; a margin below it is noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Amount>,
    /// Below this the offer needs an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Amount>,
    /// Below this the offer is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Amount>,
    /// Who approves below what; the lowest bound that the margin undercuts holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalTier>,
}

/// What a threshold looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarginLevel {
    /// Each line.
    #[default]
    Line,
    /// The lines in scope together.
    Group,
    /// The document.
    Document,
}

/// In what a threshold measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The margin as a percentage of the net.
    #[default]
    Percent,
    /// The margin as money per base unit for lines, as money for groups and documents, in the
    /// book's currency.
    Amount,
    /// The net price per base unit, in the book's currency; for lines only.
    Price,
}

/// Below `below`, one of these roles must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApprovalTier {
    /// The bound, in the threshold's measure.
    pub below: Amount,
    /// The roles of which one must approve.
    #[serde(deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub role: Many<Id>,
}

/// What a line without a known cost means to the margin thresholds that apply to it.
///
/// ```
/// use listino_core::PriceBook;
/// use listino_core::book::MissingCost;
/// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "missing_cost": "blocked" }"#)?;
/// assert_eq!(book.missing_cost, MissingCost::Blocked);
/// assert_eq!(MissingCost::default(), MissingCost::NeedsApproval);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingCost {
    /// Someone must approve.
    #[default]
    NeedsApproval,
    /// The offer is blocked.
    Blocked,
    /// Nothing.
    Ok,
}

/// The largest manual discount a role may grant.
///
/// ```
/// use listino_core::book::DiscretionaryLimit;
/// let limit: DiscretionaryLimit =
///     serde_json::from_str(r#"{ "role": "sales", "for": { "category": "bikes" }, "max_percent": "5" }"#)?;
/// assert_eq!(limit.max_percent.to_string(), "5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiscretionaryLimit {
    /// The role.
    pub role: Id,
    /// Customers and products it is for.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The largest manual discount, in percent of the price before it.
    pub max_percent: Percent,
}
