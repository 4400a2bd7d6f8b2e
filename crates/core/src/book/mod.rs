//! The price book as people write it: one serde document, validated before it prices anything.

mod catalogue;
mod check;
mod discount;
mod margin;
mod policy;
mod price_list;
mod reader;
mod scope;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use catalogue::{
    Cost, CurrencySettings, Customer, ExchangeRateEntry, Period, Product, Unit, VisibilityRule,
};
pub(crate) use check::{Code, Made, compiled, errors, nearest};
pub use check::{CodeInfo, catalogue};
pub use discount::{
    Combine, Coupon, Discount, DiscountGroup, DiscountTier, DiscountTiers, FreeGoods, Keep, Level,
    Matrix, Range, Stage, Target,
};
pub use margin::{
    ApprovalTier, DiscretionaryLimit, MarginLevel, MarginThreshold, Measure, MissingCost,
};
pub use policy::{
    Access, Merge, RoundingAt, RoundingPolicy, RoundingStep, Strategy, Tax, TaxPer, TaxPrices,
    TaxRate,
};
pub use price_list::{
    Basis, BelowFirstTier, Formula, FormulaBase, PriceList, PriceRow, Prices, Scale, ScaleMode,
    Tier,
};
#[cfg(any(feature = "replay", not(feature = "fast")))]
pub(crate) use reader::read_value;
pub use reader::{BookError, Limits, Position, RequestError, locate};
pub use scope::Scope;
pub(crate) use scope::Specificity;

use crate::configure::Model;
use crate::money::{AllocationMethod, Currency};
use crate::wire::{Version, unique_map};
use crate::{Digest, Id};
use price_list::is_default;

/// A price book: everything the engine knows before a request arrives.
///
/// ```
/// use listino_core::PriceBook;
/// let book = PriceBook::from_json(r#"{
///     "v": 1, "currency": "EUR",
///     "products": { "bell": { "name": "Bell", "cost": "4" } },
///     "price_lists": [{ "id": "base", "prices": { "bell": "9.90" } }]
/// }"#)?;
/// // Written in another way it is the same book.
/// let again = PriceBook::from_json(&book.to_json())?;
/// assert_eq!(again.digest(), book.digest());
/// assert_ne!(PriceBook::new("EUR".parse()?).digest(), book.digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceBook {
    /// The version of the wire model.
    pub v: Version,
    /// What people call the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The currency of costs, of prices whose list names none, and of amounts in rules.
    pub currency: Currency,
    /// Currencies whose minor unit or cash increment is not the usual one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub currencies: BTreeMap<Currency, CurrencySettings>,
    /// Exchange rates by date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchange_rates: Vec<ExchangeRateEntry>,
    /// When and how results are rounded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rounding: RoundingPolicy,
    /// Units of measure; `pc` needs no mention.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub units: BTreeMap<Id, Unit>,
    /// Customers by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub customers: BTreeMap<Id, Customer>,
    /// Products by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub products: BTreeMap<Id, Product>,
    /// Models of the products that are configured; a product names its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// Mix-and-match groups: lines whose quantities count together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub mix_groups: BTreeMap<Id, Scope>,
    /// Who sees what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visibility: Vec<VisibilityRule>,
    /// Which of several prices wins.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Strategy,
    /// In which order lists are asked, under the `priority` strategy.
    #[serde(default = "Access::defaults", skip_serializing_if = "is_default_access")]
    pub access: Vec<Access>,
    /// How lists are put together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub merge: Merge,
    /// The price lists.
    #[serde(default)]
    pub price_lists: Vec<PriceList>,
    /// The pricing procedure: the stages in their order.
    #[serde(default = "Stage::defaults", skip_serializing_if = "is_default_stages")]
    pub stages: Vec<Stage>,
    /// Groups of rules that exclude each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<DiscountGroup>,
    /// Discounts and surcharges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Who gets the coins when a document amount is spread over lines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allocation: AllocationMethod,
    /// Coupons by code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub coupons: BTreeMap<Id, Coupon>,
    /// Margin thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub margins: Vec<MarginThreshold>,
    /// What a missing cost means to the thresholds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing_cost: MissingCost,
    /// The largest manual discounts by role; none: manual discounts are not limited by role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discretion: Vec<DiscretionaryLimit>,
    /// Taxes; absent: the document has no tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
}

fn is_default_access(access: &[Access]) -> bool {
    access == Access::defaults()
}

fn is_default_stages(stages: &[Stage]) -> bool {
    stages == Stage::defaults()
}

impl PriceBook {
    /// An empty book in a currency.
    pub fn new(currency: Currency) -> Self {
        Self {
            v: Version,
            name: None,
            currency,
            currencies: BTreeMap::new(),
            exchange_rates: Vec::new(),
            rounding: RoundingPolicy::default(),
            units: BTreeMap::new(),
            customers: BTreeMap::new(),
            products: BTreeMap::new(),
            models: Vec::new(),
            mix_groups: BTreeMap::new(),
            visibility: Vec::new(),
            strategy: Strategy::default(),
            access: Access::defaults(),
            merge: Merge::default(),
            price_lists: Vec::new(),
            stages: Stage::defaults(),
            groups: Vec::new(),
            discounts: Vec::new(),
            allocation: AllocationMethod::default(),
            coupons: BTreeMap::new(),
            margins: Vec::new(),
            missing_cost: MissingCost::default(),
            discretion: Vec::new(),
            tax: None,
        }
    }

    /// The book as canonical JSON: fixed field order, sorted keys, defaults left out.
    pub fn to_json(&self) -> String {
        // The model has string keys only and no fallible serializers.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The SHA-256 of the canonical JSON: the same for every spelling of the same book.
    pub fn digest(&self) -> Digest {
        struct Sink(Sha256);
        impl std::io::Write for Sink {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.update(bytes);
                Ok(bytes.len())
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut sink = std::io::BufWriter::with_capacity(1 << 16, Sink(Sha256::new()));
        // Hashing cannot fail, and the model has no fallible serializers.
        let _ = serde_json::to_writer(&mut sink, self);
        let hash = sink.into_inner().map_or_else(|_| Sha256::new(), |sink| sink.0);
        Digest::from_bytes(hash.finalize().into())
    }
}
