//! Section 2: the one `for`.

use std::collections::BTreeMap;

use listino_core::book::{Customer, PriceBook, Product, Scope};
use listino_core::{Id, Many};

/// Who buys, through which channel.
pub(crate) struct Buyer<'a> {
    /// The id, where the book knows the customer.
    pub(crate) id: Option<Id>,
    /// The facts.
    pub(crate) customer: &'a Customer,
    /// The customer and every account above it.
    pub(crate) accounts: Vec<Id>,
    /// The sales channel.
    pub(crate) channel: Option<Id>,
}

impl<'a> Buyer<'a> {
    /// Walks up the account tree of a customer.
    pub(crate) fn new(
        book: &PriceBook,
        id: Option<Id>,
        customer: &'a Customer,
        channel: Option<Id>,
    ) -> Self {
        let mut accounts: Vec<Id> = id.iter().cloned().collect();
        let mut above = customer.parent.clone();
        while let Some(parent) = above {
            if accounts.contains(&parent) {
                break;
            }
            above = book.customers.get(&parent).and_then(|c| c.parent.clone());
            accounts.push(parent);
        }
        Self { id, customer, accounts, channel }
    }
}

fn below(path: &str, node: &str) -> bool {
    path.strip_prefix(node).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn named(wanted: &Many<Id>, has: Option<&Id>) -> bool {
    wanted.is_empty() || has.is_some_and(|has| wanted.contains(has))
}

fn any_named<'i>(wanted: &Many<Id>, has: impl IntoIterator<Item = &'i Id>) -> bool {
    wanted.is_empty() || has.into_iter().any(|has| wanted.contains(has))
}

fn in_tree(wanted: &Many<Id>, has: Option<&Id>) -> bool {
    wanted.is_empty()
        || has.is_some_and(|has| wanted.iter().any(|node| below(has.as_str(), node.as_str())))
}

/// Whether a scope holds for a buyer and a product. Without a product, a scope that names one
/// does not hold.
pub(crate) fn matches(scope: &Scope, buyer: &Buyer<'_>, product: Option<(&Id, &Product)>) -> bool {
    let customer = buyer.customer;
    let empty = BTreeMap::new();
    let attributes = product.map_or(&empty, |(_, p)| &p.attributes);
    named(&scope.customer, buyer.id.as_ref())
        && any_named(&scope.account, &buyer.accounts)
        && any_named(&scope.contract, &customer.contracts)
        && in_tree(&scope.cluster, customer.cluster.as_ref())
        && any_named(&scope.segment, &customer.segments)
        && in_tree(&scope.region, customer.region.as_ref())
        && named(&scope.channel, buyer.channel.as_ref())
        && named(&scope.product, product.map(|(id, _)| id))
        && in_tree(&scope.category, product.and_then(|(_, p)| p.category.as_ref()))
        && scope
            .attributes
            .iter()
            .all(|(name, values)| attributes.get(name).is_some_and(|has| values.contains(has)))
        && !scope.not.as_deref().is_some_and(|not| matches(not, buyer, product))
}

/// What is compared, dimension by dimension, to find the most specific scope.
pub(crate) fn specificity(scope: &Scope) -> Vec<usize> {
    let named = |many: &Many<Id>| usize::from(!many.is_empty());
    let depth = |many: &Many<Id>| {
        many.iter().map(|node| node.as_str().split('/').count()).min().unwrap_or(0)
    };
    vec![
        named(&scope.customer),
        named(&scope.contract),
        named(&scope.product),
        named(&scope.account),
        named(&scope.segment),
        depth(&scope.cluster),
        depth(&scope.region),
        depth(&scope.category),
        scope.attributes.len(),
        named(&scope.channel),
        usize::from(scope.not.is_some()),
    ]
}

/// The most specific of some rules; the earlier on a tie.
pub(crate) fn most_specific<'r, T>(
    rules: impl IntoIterator<Item = &'r T>,
    scope: impl Fn(&'r T) -> &'r Scope,
) -> Option<&'r T> {
    let mut best: Option<(Vec<usize>, &T)> = None;
    for rule in rules {
        let how = specificity(scope(rule));
        if best.as_ref().is_none_or(|(most, _)| how > *most) {
            best = Some((how, rule));
        }
    }
    best.map(|(_, rule)| rule)
}
