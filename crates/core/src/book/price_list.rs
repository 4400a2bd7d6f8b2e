//! Price lists: dated prices with scales, or formulas over another list or the cost.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, SeqAccess};
use serde::{Deserialize, Serialize, Serializer};

use super::Scope;
use crate::Id;
use crate::calendar::Window;
use crate::money::{Amount, Currency, Percent, Quantity, RoundingMode};
use crate::wire::unique_map;

/// A list of prices for some customers, in one currency.
///
/// ```
/// use listino_core::book::{Basis, BelowFirstTier, PriceList, ScaleMode};
/// let list: PriceList = serde_json::from_str(r#"{
///     "id": "acme-2026", "for": { "contract": "K-9" }, "valid": { "from": "2026-01-01" },
///     "below_first_tier": "first_tier", "scale": { "mode": "graduated" },
///     "prices": { "helmet": [{ "price": "34.99" }, { "from": "50", "price": "31.20" }], "bell": "9.90" }
/// }"#)?;
/// assert_eq!(list.prices["helmet"].rows[0].tiers.len(), 2);
/// assert_eq!(list.below_first_tier, BelowFirstTier::FirstTier);
/// assert_eq!((list.scale.mode, list.scale.basis), (ScaleMode::Graduated, Basis::Quantity));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// The name of the list.
    pub id: Id,
    /// Customers (and products) the list is for.
    #[serde(default, rename = "for", skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// The currency of its prices; the book's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The days on which the list holds.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    pub valid: Window,
    /// Decides between two lists of the same step of the access sequence; the larger comes first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Whether the search goes on to the next list where this one has no price.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub fallthrough: bool,
    /// Under `merge: tier`, later lists add nothing to the products this one prices.
    #[serde(default, skip_serializing_if = "is_no")]
    pub lock: bool,
    /// What happens below the first tier.
    #[serde(default, skip_serializing_if = "is_default")]
    pub below_first_tier: BelowFirstTier,
    /// How tiers turn a quantity into a price.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scale: Scale,
    /// Prices by product.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub prices: BTreeMap<Id, Prices>,
    /// Prices by formula, for the products of the scope that `prices` does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_no(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(value: &i32) -> bool {
    *value == 0
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a quantity below the first tier gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BelowFirstTier {
    /// No price, said so.
    #[default]
    NoPrice,
    /// The price of the first tier.
    FirstTier,
    /// The next list is asked.
    Fallthrough,
}

/// How tiers turn a quantity into a price.
///
/// ```
/// use listino_core::book::{Basis, Scale, ScaleMode};
/// let scale: Scale = serde_json::from_str(r#"{ "mode": "volume", "basis": "weight" }"#)?;
/// assert_eq!((scale.mode, scale.basis), (ScaleMode::Volume, Basis::Weight));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Which units a tier's price is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: ScaleMode,
    /// What is compared with a tier's `from`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub basis: Basis,
    /// A mix-and-match group whose lines are counted together; absent: the line alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<Id>,
}

/// Which units a tier's price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScaleMode {
    /// The tier that is reached prices all units.
    #[default]
    Volume,
    /// Each tier prices the units that lie in it (slab).
    Graduated,
    /// Each tier is a package: its price is for the whole of it, however much is used.
    Package,
}

/// What is compared with a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The quantity, in the unit of the price row; base units for discounts.
    #[default]
    Quantity,
    /// The list value: list price times quantity. For price rows the first tier's price counts.
    Value,
    /// The weight: the product's weight times the quantity in base units.
    Weight,
}

/// The prices of one product in one list: one price, or rows with windows, units and tiers.
///
/// ```
/// use listino_core::book::Prices;
/// let one: Prices = serde_json::from_str(r#""12.50""#)?;
/// let tiers: Prices = serde_json::from_str(
///     r#"[{ "price": "34.99" }, { "from": "50", "price": "31.20" }]"#,
/// )?;
/// assert_eq!((one.rows.len(), tiers.rows.len()), (1, 1));
/// assert_eq!(tiers.rows[0].tiers.len(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// The rows, in the order of the book.
    pub rows: Vec<PriceRow>,
}

/// Prices for one window and one unit, with ascending tiers.
///
/// ```
/// use listino_core::book::{PriceRow, Prices, Tier};
/// let prices: Prices = serde_json::from_str(r#"[
///     { "valid": { "to": "2026-06-30" }, "price": "12.50" },
///     { "valid": { "from": "2026-07-01" }, "tiers": [{ "price": "13" }, { "from": "10", "price": "12" }] }
/// ]"#)?;
/// let row: &PriceRow = &prices.rows[1];
/// assert_eq!(row.tiers[1], Tier { from: Some(10.into()), price: 12.into(), flat: None });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceRow {
    /// The days on which the row holds, within the list's own.
    pub valid: Window,
    /// The unit the price is for; the product's base unit where absent. A row of another unit
    /// than the base unit prices orders in that unit only.
    pub unit: Option<Id>,
    /// How many units the price is for: 1, 10, 100 or 1,000; absent: 1.
    pub per: Option<Quantity>,
    /// The tiers, by ascending lower bound.
    pub tiers: Vec<Tier>,
}

/// A step of a scale: from this lower bound on (included), this price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The lower bound, included; absent: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Quantity>,
    /// The price of one unit (of one package in `package` mode).
    pub price: Amount,
    /// A flat fee on top, once, when the tier is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<Amount>,
}

/// One entry as it is written: a row with `tiers`, or a single tier with its window and unit.
/// Neighbouring single tiers of the same window and unit form one row.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Entry<'a> {
    /// The days on which the price holds, within the list's own.
    #[serde(default, skip_serializing_if = "Window::is_always")]
    valid: Window,
    /// The unit the price is for; the product's base unit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<Cow<'a, Id>>,
    /// How many units the price is for: 1, 10, 100 or 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per: Option<Quantity>,
    /// The lower bound of a single tier, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Quantity>,
    /// The price of a single tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<Amount>,
    /// The flat fee of a single tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flat: Option<Amount>,
    /// Several tiers at once; then `from`, `price` and `flat` stand inside them.
    #[serde(default, skip_serializing_if = "<[Tier]>::is_empty")]
    tiers: Cow<'a, [Tier]>,
}

impl Prices {
    /// One price for every quantity and every day.
    ///
    /// ```
    /// use listino_core::book::Prices;
    /// let prices = Prices::one("12.50".parse()?);
    /// assert_eq!(serde_json::to_string(&prices)?, r#""12.5""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn one(price: Amount) -> Self {
        let tier = Tier { from: None, price, flat: None };
        Self { rows: vec![PriceRow { tiers: vec![tier], ..PriceRow::default() }] }
    }

    fn push(&mut self, entry: Entry<'_>) -> Result<(), &'static str> {
        let Entry { valid, unit, per, from, price, flat, tiers } = entry;
        let unit = unit.map(Cow::into_owned);
        let tiers = match (price, tiers.into_owned()) {
            (None, _) if from.is_some() || flat.is_some() => {
                return Err("`from` and `flat` need a `price` beside them");
            }
            (None, tiers) if tiers.is_empty() => {
                return Err("a price row needs a `price` or `tiers`");
            }
            (None, tiers) => tiers,
            (Some(price), tiers) if tiers.is_empty() => {
                let tier = Tier { from, price, flat };
                if let Some(last) = self.rows.last_mut()
                    && (last.valid, &last.unit, last.per) == (valid, &unit, per)
                    && from.is_some()
                {
                    last.tiers.push(tier);
                    return Ok(());
                }
                vec![tier]
            }
            (Some(_), _) => return Err("write either `price` or `tiers`, not both"),
        };
        // Most products have one row in a list, and a book has very many of them.
        if self.rows.is_empty() {
            self.rows.reserve_exact(1);
        }
        self.rows.push(PriceRow { valid, unit, per, tiers });
        Ok(())
    }
}

impl Serialize for Prices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [row] = self.rows.as_slice()
            && row.valid.is_always()
            && row.unit.is_none()
            && row.per.is_none()
            && let [Tier { from: None, price, flat: None }] = row.tiers.as_slice()
        {
            return price.serialize(serializer);
        }
        serializer.collect_seq(self.rows.iter().map(|row| {
            let mut entry = Entry {
                valid: row.valid,
                unit: row.unit.as_ref().map(Cow::Borrowed),
                per: row.per,
                ..Entry::default()
            };
            match row.tiers.as_slice() {
                [Tier { from: None, price, flat }] => {
                    entry.price = Some(*price);
                    entry.flat = *flat;
                }
                tiers => entry.tiers = Cow::Borrowed(tiers),
            }
            entry
        }))
    }
}

impl<'de> Deserialize<'de> for Prices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Prices;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string or a list of price rows")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Prices, E> {
                text.parse().map(Prices::one).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Prices, A::Error> {
                let mut prices = Prices::default();
                while let Some(entry) = seq.next_element::<Entry<'_>>()? {
                    prices.push(entry).map_err(de::Error::custom)?;
                }
                Ok(prices)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Prices {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Prices".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<Amount>();
        let entry = generator.subschema_for::<Entry<'_>>();
        schemars::json_schema!({
            "description": "one price, or rows with windows, units and tiers",
            "anyOf": [one, { "type": "array", "items": entry }]
        })
    }
}

/// A price computed from another: always in the order base, exchange rate, percent, round-to and
/// price ending, surcharge, floor and ceiling.
///
/// ```
/// use listino_core::book::{Formula, FormulaBase};
/// // A third more than it costs, ending in .99.
/// let formula: Formula = serde_json::from_str(
///     r#"{ "base": "cost", "percent": "33", "round_to": "1", "round_mode": "up", "ending": "-0.01" }"#,
/// )?;
/// assert_eq!(formula.base, Some(FormulaBase::Cost));
/// let other: Formula = serde_json::from_str(r#"{ "base": { "list": "base" }, "percent": "-10" }"#)?;
/// assert!(matches!(other.base, Some(FormulaBase::List(id)) if id == *"base"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Formula {
    /// Where the price starts; a formula has either a `base` or a `rule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<FormulaBase>,
    /// A markup on the base; negative for a markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// The price is rounded to a multiple of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_to: Option<Amount>,
    /// How it is rounded to that multiple.
    #[serde(default, skip_serializing_if = "is_default")]
    pub round_mode: RoundingMode,
    /// Added after rounding: `-0.01` on a multiple of 1 makes prices end in .99.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Amount>,
    /// Added after the ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surcharge: Option<Amount>,
    /// The price is not below the cost plus this markup on the cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_markup: Option<Percent>,
    /// The price is not above the cost plus this markup on the cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_markup: Option<Percent>,
    /// The price is not below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Amount>,
    /// The price is not above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Amount>,
    /// A custom rule that computes the price of one ordered unit, in the list's currency, in place
    /// of base and percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Where a formula starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FormulaBase {
    /// The cost of the product.
    Cost,
    /// The price in another list, at the same date, unit and quantity.
    List(Id),
    /// The net total of the other lines of the document whose products are in this scope: the
    /// line is priced as a whole, and `percent` is the share of that total.
    Lines(Box<Scope>),
}
