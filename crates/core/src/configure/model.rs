//! A configurable product as people write it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::formula::{Expression, Formula};
use crate::calendar::Window;
use crate::money::{Amount, Percent, Quantity};
use crate::wire::unique_map;

/// A configurable product: options in groups, rules, prices, defaults and a 150 % bill of
/// materials.
///
/// ```
/// use listino_core::configure::{Configurator, Model};
///
/// let model: Model = serde_json::from_str(r#"{
///     "id": "bike",
///     "groups": [
///         { "id": "frame", "options": [{ "id": "alu" }, { "id": "carbon", "price": "900" }] },
///         { "id": "fork", "options": [{ "id": "steel-fork" }, { "id": "carbon-fork", "price": "150" }] }
///     ],
///     "rules": [
///         { "id": "stiff", "text": "a carbon frame takes a carbon fork",
///           "must": { "requires": ["carbon", "carbon-fork"] } }
///     ]
/// }"#)?;
/// let configurator = Configurator::compile(&model, "2024-05-01".parse()?)?;
/// let mut session = configurator.session();
/// session.choose("carbon")?;
/// assert!(session.state("carbon-fork")?.is_chosen());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The model's id, usually the id of the product.
    pub id: String,
    /// The version of the model, for the report of a replayed session.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Groups of options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Assemblies that may occur several times, each configured on its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assemblies: Vec<Assembly>,
    /// What every configuration must satisfy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Variant tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<VariantTable>,
    /// What is chosen while nothing speaks against it, the most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defaults: Vec<DefaultChoice>,
    /// What a completed configuration should satisfy if it can, the most important first; they
    /// come after the defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<Preference>,
    /// Prices of combinations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_tables: Vec<PriceTable>,
    /// The price of the product before its options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// The cost of the product before its options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The 150 % bill of materials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom: Option<Bom>,
}

/// Options of which so many are chosen.
///
/// ```
/// use listino_core::configure::{Cardinality, Group};
/// let colour: Group = serde_json::from_str(
///     r#"{ "id": "colour", "for": "frame", "options": [{ "id": "red" }, { "id": "blue" }] }"#,
/// )?;
/// assert_eq!(colour.choose, Cardinality::ONE);
/// let extras: Group = serde_json::from_str(
///     r#"{ "id": "extras", "choose": { "max": 2 }, "options": [{ "id": "bell" }, { "id": "rack" }] }"#,
/// )?;
/// assert_eq!(extras.choose, Cardinality { min: 0, max: Some(2) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's id, its own among groups, assemblies and options.
    pub id: String,
    /// What a person reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The option that the group belongs to: only while it is chosen can the group's options be.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// How many are chosen; absent: exactly one.
    #[serde(default, skip_serializing_if = "Cardinality::is_one")]
    pub choose: Cardinality,
    /// The options.
    pub options: Vec<Choosable>,
}

/// How many, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cardinality {
    /// The fewest; absent: none.
    #[serde(default)]
    pub min: u32,
    /// The most; absent: as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl Cardinality {
    /// Exactly one.
    pub const ONE: Self = Self { min: 1, max: Some(1) };
    /// As many as one likes.
    pub const ANY: Self = Self { min: 0, max: None };

    fn is_one(&self) -> bool {
        *self == Self::ONE
    }
}

impl Default for Cardinality {
    fn default() -> Self {
        Self::ONE
    }
}

/// One option.
///
/// ```
/// use listino_core::configure::Choosable;
/// let option: Choosable = serde_json::from_str(r#"{ "id": "carbon", "name": "Carbon frame",
///     "price": "900", "attributes": { "grams": "1100" }, "valid": { "from": "2026-03-01" } }"#)?;
/// assert_eq!(option.attributes["grams"], 1100.into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choosable {
    /// The option's id.
    pub id: String,
    /// What a person reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The surcharge while it is chosen; negative takes off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// What it costs the seller while it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The product whose price and cost count while the option is chosen, unless it has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How many of the product; absent: one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Numbers that sums and quantities refer to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<String, Quantity>,
    /// When the option can be chosen.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Never offered: it only helps the rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// A part of the product that occurs several times, each time with options of its own.
///
/// The second instance of an assembly `wheel` is the option `wheel[2]`, and its option `rim` is
/// `wheel[2].rim`. Rules and tables inside speak of one instance by the plain ids.
///
/// ```
/// use listino_core::configure::{Assembly, Configurator, Model};
/// let wheel: Assembly = serde_json::from_str(r#"{ "id": "wheel", "instances": { "min": 2, "max": 3 },
///     "groups": [{ "id": "rim", "options": [{ "id": "alu" }, { "id": "carbon" }] }] }"#)?;
/// let model = Model { id: "bike".to_owned(), assemblies: vec![wheel], ..Model::default() };
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// assert!(session.state("wheel[2]")?.is_chosen());
/// session.choose("wheel[2].carbon")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assembly {
    /// The assembly's id.
    pub id: String,
    /// What a person reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The option that the assembly belongs to.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// How many instances there are; the most must be given.
    pub instances: Cardinality,
    /// Groups of options of one instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Assemblies within one instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assemblies: Vec<Assembly>,
    /// Rules within one instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Variant tables within one instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<VariantTable>,
}

/// What every configuration must satisfy.
///
/// ```
/// use listino_core::configure::Rule;
/// let rule: Rule = serde_json::from_str(
///     r#"{ "id": "stand", "text": "a basket stands on a rack", "must": { "requires": ["basket", "rack"] } }"#,
/// )?;
/// assert!(rule.must.holds(&|option| option == "rack"));
/// assert!(!rule.must.holds(&|option| option == "basket"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule's id.
    pub id: String,
    /// What a person reads when the rule forbids something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the rule applies.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// What must hold.
    pub must: Formula,
}

/// Allowed or forbidden combinations.
///
/// A column is the id of a group of which at most one option is chosen, or the id of an option. A
/// cell is, under a group, one of its options, `-` for none of them or `*` for any; under an
/// option `yes`, `no` or `*`.
///
/// ```
/// use listino_core::configure::{Configurator, Model, VariantTable};
/// let mut model: Model = serde_json::from_str(r#"{ "id": "bike", "groups": [
///     { "id": "frame", "options": [{ "id": "alu" }, { "id": "steel" }] },
///     { "id": "colour", "options": [{ "id": "red" }, { "id": "blue" }, { "id": "raw" }] }] }"#)?;
/// let painted: VariantTable = serde_json::from_str(r#"{ "id": "painted", "columns": ["frame", "colour"],
///     "allow": [["alu", "*"], ["steel", "red"]] }"#)?;
/// model.tables.push(painted);
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("steel")?;
/// assert!(session.state("red")?.is_chosen());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VariantTable {
    /// The table's id.
    pub id: String,
    /// What a person reads when the table forbids something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the table applies.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Groups and options.
    pub columns: Vec<String>,
    /// The combinations that are allowed; every other is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<Vec<String>>>,
    /// The combinations that are forbidden; every other is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbid: Option<Vec<Vec<String>>>,
}

/// An option that is chosen while nothing speaks against it. It gives way silently.
///
/// ```
/// use listino_core::configure::{Configurator, DefaultChoice, Model, Preference};
/// let mut model: Model = serde_json::from_str(r#"{ "id": "lamp", "groups": [
///     { "id": "colour", "options": [{ "id": "red" }, { "id": "gold" }] },
///     { "id": "bulb", "options": [{ "id": "warm" }, { "id": "cold" }] }] }"#)?;
/// model.defaults.push(DefaultChoice { option: "gold".to_owned(), when: None });
/// let wish: Preference = serde_json::from_str(r#"{ "id": "cosy", "prefer": { "requires": ["gold", "warm"] } }"#)?;
/// model.preferences.push(wish);
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// assert_eq!(session.complete()?.options().collect::<Vec<_>>(), ["gold", "warm"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DefaultChoice {
    /// The option.
    pub option: String,
    /// Only under this condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Formula>,
}

/// What a completed configuration should satisfy if it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// The preference's id.
    pub id: String,
    /// What should hold.
    pub prefer: Formula,
}

/// Prices of combinations: for each row that fits, its price and cost count.
///
/// ```
/// use listino_core::configure::{PriceRow, PriceTable};
/// let table: PriceTable = serde_json::from_str(r#"{ "id": "set", "columns": ["frame", "fork"],
///     "rows": [{ "cells": ["carbon", "carbon-fork"], "price": "-60" }] }"#)?;
/// let set: &PriceRow = &table.rows[0];
/// assert_eq!(set.price, Some((-60).into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// The table's id.
    pub id: String,
    /// When the table applies.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Groups and options, as in a [`VariantTable`].
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<PriceRow>,
}

/// The price of one combination.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ModelPriceRow"))]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// One cell for each column, as in a [`VariantTable`].
    pub cells: Vec<String>,
    /// The price difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// The cost difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
}

/// A 150 % bill of materials: every part of every variant, each line with its condition.
///
/// ```
/// use listino_core::configure::{Bom, Expression, Item, Line};
/// let bom: Bom = serde_json::from_str(r#"{ "root": "bike",
///     "items": [{ "id": "bike" }, { "id": "tape", "unit": "m", "cost": "2" }],
///     "lines": [{ "for": "bike", "item": "tape", "quantity": "3", "when": "road-bar", "scrap": "5" }] }"#)?;
/// let (tape, line): (&Item, &Line) = (&bom.items[1], &bom.lines[0]);
/// assert_eq!(tape.unit.as_deref(), Some("m"));
/// assert_eq!(line.quantity, Expression::Number(3.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bom {
    /// The item that is the configured product.
    pub root: String,
    /// The items.
    pub items: Vec<Item>,
    /// What goes into what.
    pub lines: Vec<Line>,
}

/// A material, an assembly or a routing step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The item's id.
    pub id: String,
    /// What a person reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The unit of its quantities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What one unit costs, without the items that go into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The price of one unit, without the items that go into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// A phantom is never stocked: its own lines take its place; its own cost and price count as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub phantom: bool,
}

/// One item goes into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The assembly.
    #[serde(rename = "for")]
    pub assembly: String,
    /// The item that goes into it.
    pub item: String,
    /// How many for one assembly; absent: one.
    #[serde(default = "Expression::one")]
    pub quantity: Expression,
    /// Only for configurations of which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Formula>,
    /// The days on which the line is effective.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// How many percent more are needed because some are lost: `5` turns 100 into 105.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrap: Option<Percent>,
}
