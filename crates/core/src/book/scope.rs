//! To whom and to what a rule applies: the one `for` of the whole book.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::wire::{Many, unique_map};

/// A set of constraints over the customer, the channel and the product.
///
/// Every dimension that is written must hold; an absent dimension matches everything. Within one
/// dimension any of the listed values will do. `cluster`, `region` and `category` are trees: the
/// value `reseller` also matches `reseller/gold`.
///
/// ```
/// use listino_core::book::Scope;
/// let scope: Scope = serde_json::from_str(
///     r#"{ "cluster": "reseller", "category": ["bikes", "helmets"], "not": { "category": "bikes/kids" } }"#,
/// )?;
/// assert_eq!(scope.category.len(), 2);
/// assert!(!scope.is_everything() && !scope.is_customer_only() && !scope.is_product_only());
/// assert!(Scope::default().is_everything());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Customers by id.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub customer: Many<Id>,
    /// Customers by id, together with every customer below them in the account tree.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub account: Many<Id>,
    /// Customers that hold one of these contracts.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub contract: Many<Id>,
    /// Discount clusters; a node of the tree stands for all below it.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub cluster: Many<Id>,
    /// Customers in one of these segments.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub segment: Many<Id>,
    /// Regions; a node of the tree stands for all below it.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub region: Many<Id>,
    /// Sales channels of the request.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub channel: Many<Id>,
    /// Products by id.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub product: Many<Id>,
    /// Product categories; a node of the tree stands for all below it.
    #[serde(default, skip_serializing_if = "Many::is_empty")]
    pub category: Many<Id>,
    /// Product attributes, each with the values that will do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub attributes: BTreeMap<Id, Many<Id>>,
    /// What is left out again: the scope does not hold where all of these constraints hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Scope>>,
}

impl Scope {
    /// Whether the scope constrains nothing.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the scope says nothing about products.
    pub fn is_customer_only(&self) -> bool {
        self.product.is_empty()
            && self.category.is_empty()
            && self.attributes.is_empty()
            && self.not.as_ref().is_none_or(|not| not.is_customer_only())
    }

    /// Whether the scope says nothing about customers and channels.
    pub fn is_product_only(&self) -> bool {
        self.customer.is_empty()
            && self.account.is_empty()
            && self.contract.is_empty()
            && self.cluster.is_empty()
            && self.segment.is_empty()
            && self.region.is_empty()
            && self.channel.is_empty()
            && self.not.as_ref().is_none_or(|not| not.is_product_only())
    }

    /// How specific the scope is, for comparison only; the larger wins.
    ///
    /// Dimensions count in this order: customer, contract, product, account, segment, cluster,
    /// region, category, attributes, channel; a deeper node of a tree is more specific than a
    /// shallower one, and more attributes than fewer.
    pub(crate) fn specificity(&self) -> Specificity {
        let flag = |many: &Many<Id>| u16::from(!many.is_empty());
        let depth = |many: &Many<Id>| {
            let depths = many.iter().map(|path| path.as_str().split('/').count());
            depths.min().map_or(0, |d| u16::try_from(d).unwrap_or(u16::MAX))
        };
        Specificity([
            flag(&self.customer),
            flag(&self.contract),
            flag(&self.product),
            flag(&self.account),
            flag(&self.segment),
            depth(&self.cluster),
            depth(&self.region),
            depth(&self.category),
            u16::try_from(self.attributes.len()).unwrap_or(u16::MAX),
            flag(&self.channel),
            u16::from(self.not.is_some()),
        ])
    }
}

/// See [`Scope::specificity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Specificity([u16; 11]);
