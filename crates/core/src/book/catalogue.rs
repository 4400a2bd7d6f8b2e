//! Customers, products, units, currencies: the nouns of the book.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Scope;
use crate::Id;
use crate::calendar::Window;
use crate::money::{Amount, Currency, ExchangeRate, Quantity};
use crate::units::Factor;
#[cfg(feature = "schema")]
use crate::wire::any_schema;
use crate::wire::{Many, any, unique_map};

/// What the book says about a currency; the minor unit is ISO 4217's where nothing is said.
///
/// ```
/// use listino_core::PriceBook;
/// use listino_core::book::CurrencySettings;
/// let book = PriceBook::from_json(
///     r#"{ "v": 1, "currency": "CHF", "currencies": { "CHF": { "cash": "0.05" } } }"#,
/// )?;
/// let francs: &CurrencySettings = &book.currencies[&"CHF".parse()?];
/// assert_eq!(francs.cash, Some("0.05".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CurrencySettings {
    /// Decimals of the minor unit, 0 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u32>,
    /// The smallest coin in use, such as `0.05`: the payable total is a multiple of it, and what
    /// the last rounding moved is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Amount>,
}

/// A dated exchange rate: one unit of `from` is `rate` units of `to`.
///
/// ```
/// use listino_core::book::ExchangeRateEntry;
/// let entry: ExchangeRateEntry = serde_json::from_str(
///     r#"{ "from": "EUR", "to": "USD", "valid": { "from": "2026-01-01" }, "rate": "1.0842" }"#,
/// )?;
/// assert_eq!(entry.rate.to_string(), "1.0842");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExchangeRateEntry {
    /// The currency that is given.
    pub from: Currency,
    /// The currency that is received.
    pub to: Currency,
    /// The days on which the rate holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Units of `to` for one unit of `from`. Rates are used as written; none is inverted.
    pub rate: ExchangeRate,
}

/// A unit of measure.
///
/// ```
/// use listino_core::book::Unit;
/// let metre: Unit = serde_json::from_str(r#"{ "digits": 2, "name": "metre" }"#)?;
/// assert_eq!(metre.digits, Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Decimals a quantity in this unit may have; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u32>,
    /// What people call the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A customer of the seller.
///
/// ```
/// use listino_core::book::Customer;
/// let customer: Customer = serde_json::from_str(
///     r#"{ "name": "Alpine Cycles", "cluster": "reseller/gold", "region": "it/nord", "contracts": "K-9" }"#,
/// )?;
/// assert_eq!(customer.contracts.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// What people call the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The discount cluster, a node of a tree: `reseller/gold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Id>,
    /// The region, a node of a tree: `it/nord`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Id>,
    /// The segments the customer is in.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub segments: Many<Id>,
    /// The contracts the customer holds.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub contracts: Many<Id>,
    /// The account above this one, a customer of the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// The currency of this customer's documents, where the request names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Facts that custom rules may read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<Id, Id>,
}

/// What one base unit of a product costs the seller, in the book's currency.
///
/// ```
/// use listino_core::book::{Cost, Product};
/// let product: Product = serde_json::from_str(r#"{ "cost": [
///     { "valid": { "to": "2025-12-31" }, "value": "310" },
///     { "valid": { "from": "2026-01-01" }, "value": "325" }
/// ] }"#)?;
/// let now: &Cost = &product.cost[1];
/// assert!(now.valid.contains("2026-05-01".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The days on which the cost holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// The cost of one base unit, in the book's currency; not negative.
    pub value: Amount,
}

/// A product or service that can be sold.
///
/// ```
/// use listino_core::book::Product;
/// let product: Product = serde_json::from_str(
///     r#"{ "category": "bikes/mountain", "cost": "310", "units": { "box": "4" }, "multiple": "2" }"#,
/// )?;
/// assert_eq!(product.cost[0].value.to_string(), "310");
/// assert_eq!(product.units.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What people call the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The category, a node of a tree: `bikes/mountain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Id>,
    /// The base unit, in which quantities are compared and costs are given; `pc` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Id>,
    /// Other units the product is ordered in, and how many base units each holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub units: BTreeMap<Id, Factor>,
    /// Costs by date; absent: the cost is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "costs")]
    #[cfg_attr(feature = "schema", schemars(with = "CostSchema"))]
    pub cost: Vec<Cost>,
    /// The weight of one base unit, for scales over weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Quantity>,
    /// The tax class, for the tax rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Id>,
    /// The smallest quantity that is sold, in base units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<Quantity>,
    /// The quantity must be a multiple of this, in base units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<Quantity>,
    /// The quantity must fill whole packs of one of these sizes, in base units.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Quantity>"))]
    pub packs: Many<Quantity>,
    /// Attributes that scopes and custom rules may read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<Id, Id>,
    /// An add-on: it is sold only together with one of these products.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub addon_to: Many<Id>,
    /// The model it is configured by, by id; absent: the product is sold as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Id>,
    /// The period its price is for, where the product is a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Period>,
}

/// The period a subscription price is for.
///
/// ```
/// use listino_core::book::{Period, Product};
/// let plan: Product = serde_json::from_str(r#"{ "per": "month" }"#)?;
/// assert_eq!(plan.per, Some(Period::Month));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day.
    Day,
    /// A calendar month; a part of one counts by its days over the days of that month.
    Month,
    /// Twelve months.
    Year,
}

#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two spellings of a cost to the schema only")]
enum CostSchema {
    One(Amount),
    Dated(Vec<Cost>),
}

/// A cost is written as one amount or as a list of dated ones.
mod costs {
    use serde::de::{Deserializer, Error, SeqAccess, Visitor};
    use serde::{Serialize, Serializer};

    use super::Cost;
    use crate::calendar::Window;

    pub(super) fn serialize<S: Serializer>(costs: &[Cost], s: S) -> Result<S::Ok, S::Error> {
        match costs {
            [one] if one.valid.is_always() => one.value.serialize(s),
            all => all.serialize(s),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Cost>, D::Error> {
        struct Costs;
        impl<'de> Visitor<'de> for Costs {
            type Value = Vec<Cost>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a decimal string or a list of dated costs")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<Cost>, E> {
                let value = text.parse().map_err(E::custom)?;
                Ok(vec![Cost { valid: Window::ALWAYS, value }])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Cost>, A::Error> {
                let mut all = Vec::new();
                while let Some(cost) = seq.next_element()? {
                    all.push(cost);
                }
                Ok(all)
            }
        }
        d.deserialize_any(Costs)
    }
}

/// Who may see what: the most specific rule that applies decides, and what no rule names is seen.
///
/// ```
/// use listino_core::book::VisibilityRule;
/// let rule: VisibilityRule = serde_json::from_str(
///     r#"{ "id": "spare-parts", "for": { "category": "spare", "cluster": "consumer" }, "visible": false }"#,
/// )?;
/// assert!(!rule.visible);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VisibilityRule {
    /// The name of the rule.
    pub id: Id,
    /// Customers and products it speaks of.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The days on which it holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Whether these customers see these products.
    pub visible: bool,
}
