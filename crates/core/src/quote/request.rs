//! What a host asks: who, when, which lines.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::de::{self, Deserializer, MapAccess};
use serde::{Deserialize, Serialize, Serializer};

use super::configured::LineConfiguration;
use crate::book::Customer;
use crate::calendar::{Date, Window};
use crate::money::{Amount, Currency, Percent, Quantity};
#[cfg(feature = "schema")]
use crate::wire::any_schema;
use crate::wire::{Many, Version, any, unique_map};
use crate::{Digest, Id};

/// A request for a quote. Everything that a price depends on is in here or in the book: the engine
/// has no clock and no memory.
///
/// ```
/// use listino_core::quote::Request;
/// let request = Request::from_json(r#"{
///     "v": 1, "date": "2022-11-21", "customer": "C-18",
///     "lines": [{ "product": "BK-M82B-42", "quantity": "12" }]
/// }"#)?;
/// assert_eq!(request.lines.len(), 1);
/// # Ok::<(), listino_core::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The version of the wire model.
    pub v: Version,
    /// The host's name for this request; it comes back on the quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The pricing date.
    pub date: Date,
    /// The currency of the document; the customer's, then the book's, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The sales channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Id>,
    /// The customer: an id of the book, or a description.
    pub customer: Party,
    /// The roles of the person who quotes, for discretionary limits.
    #[serde(default, skip_serializing_if = "Many::is_empty", deserialize_with = "any")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "any_schema::<Id>"))]
    pub roles: Many<Id>,
    /// The lines.
    pub lines: Vec<RequestLine>,
    /// Discounts on the document as a whole, granted by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<ManualDiscount>,
    /// Coupons presented.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<CouponUse>,
    /// The terms of payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Id>,
    /// The years of commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<Quantity>,
    /// Whether this is the customer's first purchase; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_purchase: Option<bool>,
    /// Facts that custom rules may read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<Id, Id>,
}

/// A customer of the book by id, or one that the request describes.
///
/// ```
/// use listino_core::quote::{Party, Request};
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31",
///     "customer": { "cluster": "reseller", "region": "it" }, "lines": [] }"#)?;
/// assert!(matches!(request.customer, Party::Described(_)));
/// assert_eq!(request.customer.id(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A customer of the book.
    Known(Id),
    /// A customer the book does not know: a visitor, a prospect.
    Described(Box<Customer>),
}

impl Party {
    /// The id, when the customer is one of the book.
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Known(id) => Some(id),
            Self::Described(_) => None,
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(id) => id.serialize(serializer),
            Self::Described(customer) => customer.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Party;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a customer id or an object that describes a customer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Party, E> {
                Id::new(text).map(Party::Known).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Party, A::Error> {
                Customer::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|customer| Party::Described(Box::new(customer)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Party {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Party".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let id = generator.subschema_for::<Id>();
        let customer = generator.subschema_for::<Customer>();
        schemars::json_schema!({
            "description": "a customer of the book by id, or a description",
            "anyOf": [id, customer]
        })
    }
}

/// One line of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestLine {
    /// The host's name for the line; its number, counted from 1, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The product.
    pub product: Id,
    /// The quantity in `unit`; negative for a return. For metered products the usage.
    pub quantity: Quantity,
    /// The unit ordered in; the product's base unit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Id>,
    /// What is chosen of the product's model; absent: what its defaults and rules decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Box<LineConfiguration>>,
    /// Discounts granted by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<ManualDiscount>,
    /// The days a subscription runs, both ends included; the price is prorated to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<Window>,
    /// A ramp: the subscription in steps of its own quantity, in place of `quantity` and `term`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramp: Vec<RampStep>,
    /// Facts that custom rules may read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<Id, Id>,
}

impl RequestLine {
    /// A line of a product in its base unit.
    pub fn new(product: Id, quantity: Quantity) -> Self {
        Self {
            id: None,
            product,
            quantity,
            unit: None,
            configuration: None,
            discounts: Vec::new(),
            term: None,
            ramp: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }
}

/// One step of a ramp.
///
/// ```
/// use listino_core::quote::RampStep;
/// let step: RampStep = serde_json::from_str(
///     r#"{ "term": { "from": "2026-01-01", "to": "2026-12-31" }, "quantity": "10", "percent": "20" }"#,
/// )?;
/// assert_eq!(step.percent, Some(20.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RampStep {
    /// The days of the step, both ends included.
    pub term: Window,
    /// The quantity in these days.
    pub quantity: Quantity,
    /// A discount granted by hand for these days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
}

/// A discount granted by hand: exactly one of `percent`, `amount`, `line_amount` and `price`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ManualDiscount {
    /// Percent off the running price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Money off each unit, in the document's currency; off the document on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Money off the line, in the document's currency; for lines only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_amount: Option<Amount>,
    /// The unit price becomes this, in the document's currency; for lines only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Amount>,
    /// Why, for whoever approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A coupon presented, and what the host knows about its use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CouponUse {
    /// The code.
    pub code: Id,
    /// How often it was used before, by anyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// How often this customer used it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by_customer: Option<u64>,
}

impl Request {
    /// How many lines are priced, but for gifts: each step of a ramp is one.
    pub(crate) fn line_count(&self) -> usize {
        self.lines.iter().map(|line| line.ramp.len().max(1)).sum()
    }

    /// A request without lines.
    ///
    /// ```
    /// use listino_core::Id;
    /// use listino_core::quote::{CouponUse, ManualDiscount, Party, Request, RequestLine};
    /// let mut request = Request::new(Party::Known(Id::new("C-18")?), "2022-11-21".parse()?);
    /// let mut line = RequestLine::new(Id::new("BK-M82B-42")?, 12.into());
    /// line.discounts.push(ManualDiscount { percent: Some(2.into()), ..ManualDiscount::default() });
    /// request.lines.push(line);
    /// request.coupons.push(CouponUse { code: Id::new("SPRING")?, used: Some(3), used_by_customer: None });
    /// let again = Request::from_json(&request.to_json())?;
    /// assert_eq!(again.digest(), request.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(customer: Party, date: Date) -> Self {
        Self {
            v: Version,
            id: None,
            date,
            currency: None,
            channel: None,
            customer,
            roles: Many::default(),
            lines: Vec::new(),
            discounts: Vec::new(),
            coupons: Vec::new(),
            payment: None,
            years: None,
            first_purchase: None,
            attributes: BTreeMap::new(),
        }
    }

    /// The request as canonical JSON.
    pub fn to_json(&self) -> String {
        String::from_utf8(self.canonical()).unwrap_or_default()
    }

    /// The SHA-256 of the canonical JSON.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    fn canonical(&self) -> Vec<u8> {
        // Room for what most requests write, so that it is not moved while it grows.
        let mut bytes = Vec::with_capacity(512 + 128 * self.lines.len());
        // The model has string keys only and no fallible serializers, and memory takes all bytes.
        let _ = serde_json::to_writer(&mut bytes, self);
        bytes
    }
}

/// The digest of the request that a quote answers: a [`Digest`], worked out when it is first read.
///
/// Who asks for many quotes and keeps none, as the solver does, does not wait for it. Until it is
/// read, the quote keeps a copy of the request.
///
/// ```
/// use listino_core::quote::{Request, RequestDigest};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let mut quote = engine.quote(&request)?;
/// assert_eq!(*quote.request, request.digest());
/// quote.request = RequestDigest::from(request.digest());
/// assert_eq!(quote.request.to_string(), request.digest().to_string());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RequestDigest {
    request: Option<Box<Request>>,
    digest: OnceLock<Digest>,
}

impl RequestDigest {
    pub(crate) fn of(request: &Request) -> Self {
        Self { request: Some(Box::new(request.clone())), digest: OnceLock::new() }
    }
}

impl From<Digest> for RequestDigest {
    fn from(digest: Digest) -> Self {
        Self { request: None, digest: OnceLock::from(digest) }
    }
}

impl Deref for RequestDigest {
    type Target = Digest;

    fn deref(&self) -> &Digest {
        self.digest.get_or_init(|| {
            // One of the two is always there.
            self.request.as_ref().map_or_else(|| Digest::of(&[]), |request| request.digest())
        })
    }
}

impl PartialEq for RequestDigest {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for RequestDigest {}

impl fmt::Debug for RequestDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for RequestDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RequestDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Digest::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RequestDigest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Digest::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Digest::json_schema(generator)
    }
}
