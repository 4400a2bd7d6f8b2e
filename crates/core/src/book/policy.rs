//! The declared settings: rounding, strategy, allocation, tax.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess};
use serde::{Deserialize, Serialize, Serializer};

use super::Scope;
use super::price_list::is_default;
use crate::Id;
use crate::calendar::Window;
use crate::money::{Amount, Percent, RoundingMode};
use crate::wire::Many;

/// When and how results are rounded.
///
/// ```
/// use listino_core::book::{RoundingPolicy, RoundingStep};
/// use listino_core::money::RoundingMode;
/// let policy: RoundingPolicy = serde_json::from_str(
///     r#"{ "mode": "half_even", "at": [{ "step": "unit", "digits": 4 }, "total"] }"#,
/// )?;
/// assert_eq!(policy.mode, RoundingMode::HalfEven);
/// assert_eq!(policy.at[1].step, RoundingStep::Total);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoundingPolicy {
    /// The mode, where a step does not name its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: RoundingMode,
    /// The steps at which to round; at the others every digit is kept.
    #[serde(default = "RoundingAt::defaults")]
    pub at: Vec<RoundingAt>,
}

impl Default for RoundingPolicy {
    fn default() -> Self {
        Self { mode: RoundingMode::HalfUp, at: RoundingAt::defaults() }
    }
}

/// Rounding at one step, written as the step's name or as an object with more to say.
///
/// ```
/// use listino_core::book::RoundingAt;
/// let plain: RoundingAt = serde_json::from_str(r#""unit""#)?;
/// let fine: RoundingAt = serde_json::from_str(r#"{ "step": "unit", "digits": 4 }"#)?;
/// assert_eq!((plain.digits, fine.digits), (None, Some(4)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundingAt {
    /// The step.
    pub step: RoundingStep,
    /// To how many decimals; the currency's where neither this nor `increment` is given.
    pub digits: Option<u32>,
    /// To multiples of what.
    pub increment: Option<Amount>,
    /// How; the policy's mode where absent.
    pub mode: Option<RoundingMode>,
}

/// A step of the calculation at which a result may be rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoundingStep {
    /// The net unit price.
    Unit,
    /// Each single discount.
    Discount,
    /// The line total.
    Line,
    /// Each tax amount.
    Tax,
    /// The payable total.
    Total,
    /// The margin percentage, before it is compared with a threshold. Where it is not rounded
    /// the comparison is exact, and the margin is shown with two decimals.
    Margin,
}

impl RoundingAt {
    fn plain(step: RoundingStep) -> Self {
        Self { step, digits: None, increment: None, mode: None }
    }

    fn defaults() -> Vec<Self> {
        [RoundingStep::Unit, RoundingStep::Line, RoundingStep::Tax, RoundingStep::Total]
            .map(Self::plain)
            .to_vec()
    }
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RoundingAtFull {
    /// The step.
    step: RoundingStep,
    /// To how many decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<u32>,
    /// To multiples of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    increment: Option<Amount>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<RoundingMode>,
}

impl Serialize for RoundingAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { step, digits, increment, mode } = *self;
        if digits.is_none() && increment.is_none() && mode.is_none() {
            return step.serialize(serializer);
        }
        RoundingAtFull { step, digits, increment, mode }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RoundingAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = RoundingAt;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a rounding step or an object with `step`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RoundingAt, E> {
                RoundingStep::deserialize(de::value::StrDeserializer::new(text))
                    .map(RoundingAt::plain)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoundingAt, A::Error> {
                let full = RoundingAtFull::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let RoundingAtFull { step, digits, increment, mode } = full;
                Ok(RoundingAt { step, digits, increment, mode })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RoundingAt {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoundingAt".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let plain = generator.subschema_for::<RoundingStep>();
        let full = generator.subschema_for::<RoundingAtFull>();
        schemars::json_schema!({ "anyOf": [plain, full] })
    }
}

/// Which of several prices for the same product wins.
///
/// ```
/// use listino_core::PriceBook;
/// use listino_core::book::{Access, Merge, Strategy};
/// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
///     "strategy": "most_specific", "merge": "tier", "access": ["contract", "base"] }"#)?;
/// assert_eq!((book.strategy, book.merge), (Strategy::MostSpecific, Merge::Tier));
/// assert_eq!(book.access, [Access::Contract, Access::Base]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The first list of the access sequence that has a price.
    #[default]
    Priority,
    /// The list with the most specific scope.
    MostSpecific,
    /// The lowest price.
    Lowest,
}

/// How the lists that apply to a customer are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// One list gives the whole scale of a product.
    #[default]
    Product,
    /// The tiers of all lists together; where two have the same lower bound the first list wins.
    Tier,
}

/// A step of the access sequence: lists whose scope names this dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Lists for a customer or an account tree.
    Customer,
    /// Lists for a contract.
    Contract,
    /// Lists for a discount cluster.
    Cluster,
    /// Lists for a segment.
    Segment,
    /// Lists for a region.
    Region,
    /// Lists for everyone (a channel or products may still be named).
    Base,
}

impl Access {
    pub(crate) fn defaults() -> Vec<Self> {
        vec![Self::Customer, Self::Contract, Self::Cluster, Self::Segment, Self::Region, Self::Base]
    }
}

/// Taxes: how prices are meant and which rates apply.
///
/// ```
/// use listino_core::book::{Tax, TaxPer, TaxPrices, TaxRate};
/// let tax: Tax = serde_json::from_str(r#"{ "prices": "gross", "rates": [
///     { "class": "book", "category": "S", "percent": "4" }, { "category": "S", "percent": "22" }
/// ] }"#)?;
/// assert_eq!((tax.prices, tax.per), (TaxPrices::Gross, TaxPer::Rate));
/// let books: &TaxRate = &tax.rates[0];
/// assert_eq!(books.percent.to_string(), "4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// Whether the prices of the book contain the tax.
    #[serde(default, skip_serializing_if = "is_default")]
    pub prices: TaxPrices,
    /// Where the tax is computed: by category and rate (EN 16931) or line by line.
    #[serde(default, skip_serializing_if = "is_default")]
    pub per: TaxPer,
    /// The rates; for each line the most specific one holds.
    #[serde(default)]
    pub rates: Vec<TaxRate>,
}

/// Whether prices contain the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxPrices {
    /// They do not: tax is added.
    #[default]
    Net,
    /// They do: tax is taken out.
    Gross,
}

/// Where tax is computed and rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxPer {
    /// Once for each tax category and rate, on the sum of its lines (EN 16931, BR-CO-17).
    #[default]
    Rate,
    /// For each line; the document's tax is their sum.
    Line,
}

/// A tax rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// Customers and products it is for.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The product tax classes it is for; absent: all.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub class: Many<Id>,
    /// The days on which it holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// The EN 16931 category code: `S` standard, `Z` zero, `E` exempt, `AE` reverse charge, ...
    pub category: Id,
    /// The rate in percent; not negative.
    pub percent: Percent,
}
