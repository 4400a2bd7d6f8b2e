//! What the engine answers: lines, totals, margin, approvals, and the way it got there.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::configured::{ConfigurationProblem, ConfiguredLine};
use super::noted::{Candidates, Steps};
use super::request::RequestDigest;
use crate::book::{Basis, MarginLevel, Measure, Range};
use crate::calendar::{Date, Window};
use crate::digest::DIGITS;
use crate::money::{Amount, Currency, Percent, Quantity};
use crate::wire::Version;
use crate::{Digest, Id};

/// A quote: exact, explained, replayable. All amounts are in the document's currency.
///
/// ```
/// use listino_core::quote::{LinePrice, Margin, Per, Quote, QuoteLine, Request, Status, Step, StepKind};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
/// #     "discounts": [{ "id": "spring", "stage": "promotion", "percent": "20" }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote: Quote = engine.quote(&request)?;
/// assert_eq!(quote.status, Status::Ok);
/// assert_eq!(quote.totals.payable.to_string(), "24");
/// let line: &QuoteLine = &quote.lines[0];
/// let price: &LinePrice = line.price.as_ref().unwrap();
/// let step: &Step = &price.steps[1];
/// assert_eq!((step.kind, step.per, step.after.to_string()), (StepKind::Discount, Per::Unit, "8".into()));
/// let margin: Margin = price.margin.unwrap();
/// assert_eq!((margin.amount.to_string(), margin.percent), ("6".into(), Some(25.into())));
/// // The JSON is sealed with the digest.
/// assert!(quote.to_json().contains(&quote.digest().to_string()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The version of the wire model.
    pub v: Version,
    /// The host's name of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The pricing date.
    pub date: Date,
    /// The currency of every amount.
    pub currency: Currency,
    /// The decimals of the currency, for display.
    pub digits: u32,
    /// The customer, when the book knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Id>,
    /// The worst of all lines and thresholds.
    pub status: Status,
    /// The lines, in the order of the request; the steps of a ramp stand in place of their line,
    /// gifts at the end.
    pub lines: Vec<QuoteLine>,
    /// What became of the coupons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<CouponOutcome>,
    /// The sums of the priced lines.
    pub totals: Totals,
    /// Every threshold and limit that is not kept, lines first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// The digest of the book the quote was made from.
    pub book: Digest,
    /// The digest of the request it answers.
    pub request: RequestDigest,
    /// The digest of this quote itself, without this field and without the candidates considered;
    /// [`Quote::to_json`] fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Where an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing stands against it.
    Ok,
    /// Someone must approve it.
    NeedsApproval,
    /// A threshold forbids it.
    Blocked,
    /// A line has no price; the totals are without it.
    Incomplete,
}

/// One line of a quote: a price or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuoteLine {
    /// The name of the line: the host's, or its number.
    pub id: Id,
    /// The product.
    pub product: Id,
    /// The quantity, in `unit`.
    pub quantity: Quantity,
    /// The unit ordered in.
    pub unit: Id,
    /// Why the line is here, when the request did not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What was configured, for products with a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Box<ConfiguredLine>>,
    /// The price, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<LinePrice>,
    /// Why there is no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Every candidate that was considered, and why it lost; only when an explanation was asked
    /// for.
    #[serde(default, skip_serializing_if = "Candidates::is_empty")]
    pub considered: Candidates,
}

/// Why a line is in the quote although the request has no such line.
///
/// ```
/// use listino_core::Id;
/// use listino_core::quote::{Origin, Request};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {}, "G": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10", "G": "1" } }],
/// #     "discounts": [{ "id": "gift", "stage": "promotion", "for": { "product": "P" },
/// #         "free": { "buy": "3", "get": "1", "product": "G" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// assert_eq!(quote.lines[0].origin, None);
/// assert_eq!(quote.lines[1].origin, Some(Origin::Gift(Id::new("gift")?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// A gift of this discount rule.
    Gift(Id),
    /// A step of the ramp of this line.
    Ramp(Id),
}

/// The price of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinePrice {
    /// The list that priced the line.
    pub price_list: Id,
    /// The list price of one ordered unit, before rounding; absent where a graduated or package
    /// scale, a flat fee or a share of other lines prices the line as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Amount>,
    /// The list value of the line.
    pub list_value: Amount,
    /// The net price of one ordered unit, before document discounts; absent as `list_price` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// The line total, before document discounts.
    pub total: Amount,
    /// The true net: the total less its share of document discounts and rebates, without tax.
    pub net: Amount,
    /// The cost of the line; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The margin of the line; absent where the cost is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
    /// The tax rate that applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<LineTax>,
    /// The waterfall: every step from the list price to what is paid in the end, in order; at gross prices
    /// the tax is still in it, and `net` is without.
    pub steps: Steps,
}

/// A margin on the true net (without tax).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// Net less cost.
    pub amount: Amount,
    /// The amount in percent of the net, rounded as the book says; absent where the net is zero, or negative and the cost is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
}

/// The tax rate of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LineTax {
    /// The EN 16931 category code.
    pub category: Id,
    /// The rate.
    pub percent: Percent,
    /// The tax of this line, where the book computes it line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Amount>,
}

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happened.
    pub kind: StepKind,
    /// Whether the amounts are per unit or for the line.
    pub per: Per,
    /// The list, rule, threshold or coupon behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Id>,
    /// The stage of the procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Id>,
    /// The percentage, where one was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// The amount before.
    pub before: Amount,
    /// The amount after.
    pub after: Amount,
}

/// What a step of the waterfall did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The price of a list, found in its rows.
    ListPrice,
    /// The price of a list, computed by its formula.
    Formula,
    /// A conversion into the ordered unit.
    UnitConversion,
    /// A flat fee of the tier.
    FlatFee,
    /// What an option of a configured product, or a row of its price tables, adds.
    Option,
    /// A discount, or a surcharge when the price rises, of a rule of the book.
    Discount,
    /// A discount granted by hand.
    Manual,
    /// Rounding; what it moved is the residue.
    Rounding,
    /// From one unit to the whole line.
    Quantity,
    /// From one period to the days of the subscription.
    Term,
    /// Free or cheaper goods.
    FreeGoods,
    /// The line's share of a document discount.
    Share,
    /// The line's share of a rebate that is granted later.
    Rebate,
}

/// Whether a step's amounts are per ordered unit or for the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Per ordered unit.
    Unit,
    /// For the line.
    Line,
}

/// Why a line has no price.
///
/// ```
/// use listino_core::quote::{QuantityRule, Refusal, Request, Status};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// assert_eq!(quote.status, Status::Incomplete);
/// let Some(Refusal::Quantity { rule, nearest }) = &quote.lines[0].refusal else { panic!() };
/// assert_eq!(*rule, QuantityRule::Multiple);
/// assert_eq!(*nearest, [5.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
pub enum Refusal {
    /// The book has no such product.
    UnknownProduct,
    /// The product does not know the unit.
    UnknownUnit {
        /// The units it knows.
        known: Vec<Id>,
    },
    /// A visibility rule hides the product from the customer.
    NotVisible {
        /// The rule.
        rule: Id,
    },
    /// No list has a price for this customer, date, currency, unit and quantity.
    NoPrice,
    /// The quantity is zero, too small, or not a multiple.
    Quantity {
        /// What is not kept.
        rule: QuantityRule,
        /// The next valid quantities below and above, in the ordered unit; one or two.
        nearest: Vec<Quantity>,
    },
    /// The product is an add-on, and none of these products is in the document.
    MissingPlan {
        /// The products it needs.
        needs: Vec<Id>,
    },
    /// The product is a subscription and the line has no term with both ends, or the term is
    /// given for a product that is none.
    Term,
    /// A number cannot be held exactly.
    Precision {
        /// Where it came up: a list, a rule, a step.
        at: String,
    },
    /// The configuration is not valid, not complete, or has no price.
    Configuration {
        /// What is wrong with it.
        problem: Box<ConfigurationProblem>,
    },
    /// A custom rule failed.
    Rule {
        /// The discount or list it belongs to.
        rule: Id,
        /// What went wrong.
        message: String,
    },
    /// No exchange rate from one currency to the other on the date.
    ExchangeRate {
        /// The currency at hand.
        from: Currency,
        /// The currency needed.
        to: Currency,
    },
}

impl fmt::Display for Refusal {
    /// A sentence about the line, which is not named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any = |of: &[String]| of.join(" or ");
        let ids = |ids: &[Id]| any(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        match self {
            Self::UnknownProduct => f.write_str("the book does not have the product"),
            Self::UnknownUnit { known } => {
                write!(f, "the product is not sold in this unit: order in {}", ids(known))
            }
            Self::NotVisible { rule } => write!(f, "`{rule}` hides the product from the customer"),
            Self::NoPrice => f.write_str("no list has a price for it"),
            Self::Quantity { rule, nearest } => {
                f.write_str(match rule {
                    QuantityRule::Zero => "the quantity is zero",
                    QuantityRule::Digits => "the quantity has more decimals than its unit allows",
                    QuantityRule::Minimum => "the quantity is below the minimum",
                    QuantityRule::Multiple => "the quantity is not a valid multiple",
                    QuantityRule::Packs => "the quantity does not fill whole packs",
                })?;
                match nearest.as_slice() {
                    [] => Ok(()),
                    some => {
                        let some: Vec<String> = some.iter().map(ToString::to_string).collect();
                        write!(f, ": order {}", any(&some))
                    }
                }
            }
            Self::MissingPlan { needs } => {
                write!(f, "it is an add-on: add {} to the document", ids(needs))
            }
            Self::Term => f.write_str(
                "a subscription needs a term with a first day and a last day that is not before it, and nothing else takes one",
            ),
            Self::Precision { at } => {
                write!(f, "a number at `{at}` has more digits than can be held exactly")
            }
            Self::Configuration { .. } => f.write_str("its configuration is not complete and valid"),
            Self::Rule { rule, message } => {
                write!(f, "the custom rule of `{rule}` failed: {message}")
            }
            Self::ExchangeRate { from, to } => {
                write!(f, "the book has no exchange rate from {from} to {to} on the date")
            }
        }
    }
}

/// What a quantity does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuantityRule {
    /// It must not be zero.
    Zero,
    /// It has more decimals than its unit allows.
    Digits,
    /// It is below the minimum.
    Minimum,
    /// It is not a multiple.
    Multiple,
    /// It does not fill whole packs.
    Packs,
}

/// A list or rule that was looked at, and what became of it.
///
/// ```
/// use listino_core::quote::{CandidateKind, CandidateOutcome, Considered, Dimension, Request};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
/// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.explain(&request)?;
/// let considered = &quote.lines[0].considered;
/// let loser: &Considered = considered.iter().find(|c| c.id == *"gold").unwrap();
/// assert_eq!(loser.kind, CandidateKind::Discount);
/// assert!(matches!(loser.outcome, CandidateOutcome::OutOfScope { dimension: Dimension::Cluster, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Considered {
    /// What it is.
    pub kind: CandidateKind,
    /// Its name.
    pub id: Id,
    /// What became of it.
    pub outcome: CandidateOutcome,
}

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// A price list.
    PriceList,
    /// A discount rule.
    Discount,
}

/// Whether a candidate won, and if not, what stood against it (the first thing that did).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum CandidateOutcome {
    /// It applied.
    Applied,
    /// Its scope does not match.
    OutOfScope {
        /// The dimension that does not match.
        dimension: Dimension,
        /// What the dimension would have to be.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<Id>"))]
        needs: Arc<[Id]>,
    },
    /// The date lies outside its window.
    NotValid {
        /// The window.
        valid: Window,
    },
    /// Its currency is another one.
    Currency {
        /// Its currency.
        needs: Currency,
    },
    /// It has no price for the product, the date or the unit.
    NoRow,
    /// The quantity, value or weight is below its first tier or its lower bound.
    TooLow {
        /// What is too low.
        basis: Basis,
        /// What it needs at least.
        needs: Quantity,
        /// What the lines that count together for it come to; absent where the line counts alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        together: Option<Quantity>,
    },
    /// The quantity, value or weight reaches its upper bound.
    TooHigh {
        /// What is too high.
        basis: Basis,
        /// What it must stay below.
        below: Quantity,
        /// What the lines that count together for it come to; absent where the line counts alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        together: Option<Quantity>,
    },
    /// Another list comes first.
    Outranked {
        /// The winner.
        by: Id,
    },
    /// Its coupon was not presented, or refused.
    Coupon {
        /// The coupon.
        needs: Id,
    },
    /// The terms of payment are others.
    Payment {
        /// The terms it needs.
        needs: Vec<Id>,
    },
    /// The commitment is too short or too long.
    Years {
        /// The years it needs.
        needs: Range,
    },
    /// Its custom condition does not hold.
    Condition,
    /// Another rule of its group or stage was kept in its place.
    Excluded {
        /// The rule that was kept.
        by: Id,
    },
    /// It would not change the price.
    NoEffect,
}

/// A dimension of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The customer.
    Customer,
    /// The account tree.
    Account,
    /// The contract.
    Contract,
    /// The discount cluster.
    Cluster,
    /// The segment.
    Segment,
    /// The region.
    Region,
    /// The channel.
    Channel,
    /// The product.
    Product,
    /// The category.
    Category,
    /// A product attribute.
    Attributes,
    /// The exception (`not`) of the scope.
    Not,
}

/// What became of a coupon.
///
/// ```
/// use listino_core::quote::{CouponOutcome, CouponRefusal, Request};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "coupons": [{ "code": "SPRING" }],
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let coupon: &CouponOutcome = &quote.coupons[0];
/// assert_eq!(coupon.refused, Some(CouponRefusal::Unknown));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CouponOutcome {
    /// The code.
    pub code: Id,
    /// Why it was refused; absent: it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<CouponRefusal>,
}

/// Why a coupon was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CouponRefusal {
    /// The book has no such coupon.
    Unknown,
    /// The same code stands twice.
    Repeated,
    /// The date lies outside its window.
    NotValid,
    /// It is not for this customer.
    OutOfScope,
    /// It was used as often as it may be.
    UsedUp,
    /// This customer used it as often as it may.
    UsedUpByCustomer,
    /// The host did not say how often it was used, and it is limited.
    UsesUnknown,
    /// It is for a first purchase only.
    NotFirstPurchase,
    /// It does not stack with another coupon that came first.
    NotStackable,
}

/// The sums of a document.
///
/// ```
/// use listino_core::quote::{DocumentDiscount, LineTax, Request, TaxBreakdown, Totals};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
/// #     "tax": { "rates": [{ "category": "S", "percent": "22" }] } }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "discounts": [{ "percent": "10" }],
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let totals: &Totals = &quote.totals;
/// let discount: &DocumentDiscount = &totals.discounts[0];
/// assert_eq!((totals.lines.to_string(), discount.amount.to_string()), ("30".into(), "3".into()));
/// let tax: &TaxBreakdown = &totals.tax_breakdown[0];
/// assert_eq!((tax.taxable.to_string(), tax.tax.to_string()), ("27".into(), "5.94".into()));
/// assert_eq!(totals.payable.to_string(), "32.94");
/// let rate: &LineTax = quote.lines[0].price.as_ref().unwrap().tax.as_ref().unwrap();
/// assert_eq!(rate.percent, tax.percent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// The list value of all lines.
    pub list_value: Amount,
    /// The sum of the line totals.
    pub lines: Amount,
    /// The discounts on the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<DocumentDiscount>,
    /// What is billed, as the book's prices mean it: lines less document discounts.
    pub net: Amount,
    /// The tax breakdown, by category and rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_breakdown: Vec<TaxBreakdown>,
    /// The billed amount without tax.
    pub without_tax: Amount,
    /// The tax.
    pub tax: Amount,
    /// The billed amount with tax.
    pub with_tax: Amount,
    /// What rounding to the cash increment moved (EN 16931 BT-114).
    pub rounding: Amount,
    /// What is to be paid.
    pub payable: Amount,
    /// Rebates granted later; they lower the margin, not the bill.
    pub rebates: Amount,
    /// The true net without tax: the billed amount less rebates.
    pub true_net: Amount,
    /// The cost; absent where one is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The margin; absent where a cost is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
}

/// A discount on the document and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DocumentDiscount {
    /// The rule; absent when it was granted by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Id>,
    /// The stage.
    pub stage: Id,
    /// The percentage, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// What was asked for.
    pub amount: Amount,
    /// What could not be spread over the lines without breaking a floor; not granted.
    pub unallocated: Amount,
    /// Granted later, not on this bill.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accrual: bool,
}

/// The tax of one category and rate (EN 16931 BG-23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxBreakdown {
    /// The category code.
    pub category: Id,
    /// The rate.
    pub percent: Percent,
    /// The taxable amount.
    pub taxable: Amount,
    /// The tax.
    pub tax: Amount,
}

/// A threshold or limit that is not kept, and who may let it pass.
///
/// ```
/// use listino_core::quote::{Approval, ApprovalCause, Request, Verdict};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
/// #     "margins": [{ "id": "floor", "floor": "50", "approvals": [{ "below": "50", "role": "boss" }] }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let approval: &Approval = &quote.approvals[0];
/// assert_eq!((approval.verdict, approval.cause), (Verdict::NeedsApproval, ApprovalCause::Threshold));
/// assert_eq!((approval.bound, approval.actual), (Some(50.into()), Some(40.into())));
/// assert_eq!(approval.roles[0].as_str(), "boss");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What follows.
    pub verdict: Verdict,
    /// What was looked at.
    pub level: MarginLevel,
    /// The line; absent for groups and the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Id>,
    /// The threshold; absent for discretionary limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Id>,
    /// The cause.
    pub cause: ApprovalCause,
    /// What was measured.
    pub measure: Measure,
    /// The bound that is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Amount>,
    /// What was found, rounded for display; absent where the cost is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Amount>,
    /// The roles of which one must approve; empty when the book names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Id>,
}

/// What follows from a threshold that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is noted.
    BelowTarget,
    /// Someone must approve.
    NeedsApproval,
    /// The offer is blocked.
    Blocked,
}

/// Why an approval is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovalCause {
    /// The margin or price is below a bound.
    Threshold,
    /// The cost is not known.
    MissingCost,
    /// A manual discount is larger than the roles of the request may grant.
    Discretion,
}

impl Quote {
    /// The quote as canonical JSON, with its digest as the last field: what stands before it is
    /// what it seals, unless there are candidates.
    ///
    /// ```
    /// # use listino_core::{Digest, Engine, PriceBook, quote::Request};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// let text = engine.quote(&request)?.to_json();
    /// let (sealed, digest) = text.split_once(r#","digest":""#).ok_or("no digest")?;
    /// assert_eq!(format!("{}\"}}", Digest::of(format!("{sealed}}}").as_bytes())), digest);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        if !self.is_bare() {
            let mut sealed = self.clone();
            sealed.digest = Some(self.digest());
            return json(&sealed);
        }
        let mut text = json(self);
        let digest = Digest::of(text.as_bytes());
        // The digest is the last field: what it seals is written already.
        text.pop();
        text.push_str(r#","digest":""#);
        text.push_str(digest.digits(&mut [0; DIGITS]));
        text.push_str(r#""}"#);
        text
    }

    /// The SHA-256 of the canonical JSON without the digest and without the candidates
    /// considered: the same whether or not an explanation was asked for.
    pub fn digest(&self) -> Digest {
        if self.is_bare() {
            return Digest::of(json(self).as_bytes());
        }
        let mut bare = self.clone();
        bare.digest = None;
        for line in &mut bare.lines {
            line.considered = Candidates::default();
        }
        Digest::of(json(&bare).as_bytes())
    }

    /// Whether there is nothing that the digest leaves out.
    fn is_bare(&self) -> bool {
        self.digest.is_none() && self.lines.iter().all(|line| line.considered.is_empty())
    }
}

fn json(quote: &Quote) -> String {
    // The model has string keys only and no fallible serializers.
    serde_json::to_string(quote).unwrap_or_default()
}
