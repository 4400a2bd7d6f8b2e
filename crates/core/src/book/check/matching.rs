//! Who a scope is for: exactly, for the customers and products of the book, and in general.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::Id;
use crate::book::{Customer, PriceBook, Product, Scope};
use crate::id::within;
use crate::wire::Many;

fn names(many: &[Id], id: Option<&Id>) -> bool {
    many.is_empty() || id.is_some_and(|id| many.contains(id))
}

fn in_tree(nodes: &[Id], path: Option<&Id>) -> bool {
    nodes.is_empty()
        || path.is_some_and(|path| nodes.iter().any(|node| within(path.as_str(), node.as_str())))
}

fn holds(wanted: &[Id], held: &[Id]) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| held.contains(one))
}

/// Whether a customer lies below one of some accounts. Account trees with a cycle end.
fn below(book: &PriceBook, accounts: &[Id], id: &Id, customer: &Customer) -> bool {
    let mut node = Some((id, customer));
    for _ in 0..64 {
        let Some((id, customer)) = node else { return false };
        if accounts.contains(id) {
            return true;
        }
        node = customer.parent.as_ref().and_then(|parent| book.customers.get_key_value(parent));
    }
    false
}

/// Whether a scope admits a customer of the book on a channel; what it leaves out by product does
/// not count.
pub(super) fn admits_customer(
    book: &PriceBook,
    scope: &Scope,
    id: &Id,
    customer: &Customer,
) -> bool {
    names(&scope.customer, Some(id))
        && (scope.account.is_empty() || below(book, &scope.account, id, customer))
        && holds(&scope.contract, &customer.contracts)
        && in_tree(&scope.cluster, customer.cluster.as_ref())
        && holds(&scope.segment, &customer.segments)
        && in_tree(&scope.region, customer.region.as_ref())
        && !scope.not.as_ref().is_some_and(|not| {
            not.is_customer_only()
                && not.channel.is_empty()
                && admits_customer(book, not, id, customer)
        })
}

/// Whether a scope admits a product; what it leaves out by customer does not count.
pub(super) fn admits_product(scope: &Scope, id: &Id, product: &Product) -> bool {
    names(&scope.product, Some(id))
        && in_tree(&scope.category, product.category.as_ref())
        && scope.attributes.iter().all(|(name, values)| {
            product.attributes.get(name).is_some_and(|value| values.contains(value))
        })
        && !scope
            .not
            .as_ref()
            .is_some_and(|not| not.is_product_only() && admits_product(not, id, product))
}

/// What a scope names of a product, looked at first.
#[derive(PartialEq, Eq, Hash)]
enum Named<'a> {
    Product(&'a str),
    Category(&'a str),
    Attribute(&'a str, &'a str),
}

/// Scopes by what they name of a product: of very many only those are asked that may admit it.
pub(super) struct ByProduct<'a> {
    scopes: Vec<&'a Scope>,
    named: FxHashMap<Named<'a>, Vec<usize>>,
    /// Those that only leave products out.
    leaving: Vec<usize>,
    indifferent: Vec<usize>,
}

impl<'a> ByProduct<'a> {
    pub(super) fn new(scopes: impl Iterator<Item = &'a Scope>) -> Self {
        let mut own = Self {
            scopes: scopes.collect(),
            named: FxHashMap::default(),
            leaving: Vec::new(),
            indifferent: Vec::new(),
        };
        for (number, scope) in own.scopes.iter().enumerate() {
            let mut name = |named| own.named.entry(named).or_default().push(number);
            if !scope.product.is_empty() {
                scope.product.iter().for_each(|id| name(Named::Product(id.as_str())));
            } else if !scope.category.is_empty() {
                scope.category.iter().for_each(|node| name(Named::Category(node.as_str())));
            } else if let Some((key, values)) = scope.attributes.first_key_value() {
                values
                    .iter()
                    .for_each(|value| name(Named::Attribute(key.as_str(), value.as_str())));
            } else if scope.not.as_ref().is_some_and(|not| not.is_product_only()) {
                own.leaving.push(number);
            } else {
                own.indifferent.push(number);
            }
        }
        own
    }

    /// The scopes that ask nothing of a product and admit all.
    pub(super) fn indifferent(&self) -> &[usize] {
        &self.indifferent
    }

    /// The other scopes that admit a product, in their order.
    pub(super) fn admitting(&self, id: &Id, product: &Product) -> Vec<usize> {
        let category = product.category.iter().flat_map(Id::ancestry).map(Named::Category);
        let attributes = product
            .attributes
            .iter()
            .map(|(name, value)| Named::Attribute(name.as_str(), value.as_str()));
        let mut numbers: Vec<usize> = std::iter::once(Named::Product(id.as_str()))
            .chain(category)
            .chain(attributes)
            .filter_map(|named| self.named.get(&named))
            .chain([&self.leaving])
            .flatten()
            .copied()
            .filter(|number| {
                self.scopes.get(*number).is_some_and(|scope| admits_product(scope, id, product))
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

fn share(a: &Many<Id>, b: &Many<Id>) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
}

fn trees_meet(a: &Many<Id>, b: &Many<Id>) -> bool {
    let meet = |x: &Id, y: &Id| within(x.as_str(), y.as_str()) || within(y.as_str(), x.as_str());
    a.is_empty() || b.is_empty() || a.iter().any(|x| b.iter().any(|y| meet(x, y)))
}

/// Whether `scope` lies wholly inside `not`: then `not` leaves nothing of it.
pub(super) fn inside(scope: &Scope, not: &Scope) -> bool {
    let listed = |whole: &[Id], part: &[Id]| {
        whole.is_empty() || (!part.is_empty() && part.iter().all(|one| whole.contains(one)))
    };
    let tree = |whole: &[Id], part: &[Id]| {
        whole.is_empty()
            || (!part.is_empty()
                && part
                    .iter()
                    .all(|path| whole.iter().any(|node| within(path.as_str(), node.as_str()))))
    };
    not.not.is_none()
        && listed(&not.customer, &scope.customer)
        && listed(&not.account, &scope.account)
        && listed(&not.contract, &scope.contract)
        && tree(&not.cluster, &scope.cluster)
        && listed(&not.segment, &scope.segment)
        && tree(&not.region, &scope.region)
        && listed(&not.channel, &scope.channel)
        && listed(&not.product, &scope.product)
        && tree(&not.category, &scope.category)
        && not
            .attributes
            .iter()
            .all(|(name, whole)| scope.attributes.get(name).is_some_and(|part| listed(whole, part)))
}

/// Whether what two scopes name does not keep them apart at first sight.
pub(super) fn may_meet(a: &Scope, b: &Scope) -> bool {
    share(&a.channel, &b.channel)
        && share(&a.customer, &b.customer)
        && share(&a.product, &b.product)
        && trees_meet(&a.cluster, &b.cluster)
        && trees_meet(&a.region, &b.region)
        && trees_meet(&a.category, &b.category)
}

/// Whether some customer, of the book or not, can meet two scopes at once on one channel.
///
/// A customer has one cluster and one region, and may be in several segments and hold several
/// contracts; two different segments or contracts count as meeting only where a customer of the
/// book has both, else every pair of contracts would be a tie.
pub(super) fn customers_meet(book: &PriceBook, a: &Scope, b: &Scope) -> bool {
    if !share(&a.channel, &b.channel)
        || !trees_meet(&a.cluster, &b.cluster)
        || !trees_meet(&a.region, &b.region)
    {
        return false;
    }
    let leaves_out =
        |one: &Scope, other: &Scope| one.not.as_ref().is_some_and(|not| inside(other, not));
    if leaves_out(a, b) || leaves_out(b, a) {
        return false;
    }
    let by_name = |scope: &Scope| !scope.customer.is_empty() || !scope.account.is_empty();
    let described = !by_name(a)
        && !by_name(b)
        && share(&a.segment, &b.segment)
        && share(&a.contract, &b.contract);
    if described {
        return true;
    }
    if !share(&a.customer, &b.customer) {
        return false;
    }
    let both = |id: &Id, customer: &Customer| {
        admits_customer(book, a, id, customer) && admits_customer(book, b, id, customer)
    };
    let named = if a.customer.is_empty() { &b.customer } else { &a.customer };
    if named.is_empty() {
        book.customers.iter().any(|(id, customer)| both(id, customer))
    } else {
        named.iter().any(|id| book.customers.get(id).is_some_and(|customer| both(id, customer)))
    }
}

/// The first product of the book that two scopes both admit.
pub(super) fn common_product<'a>(
    products: &'a BTreeMap<Id, Product>,
    a: &Scope,
    b: &Scope,
) -> Option<&'a Id> {
    if !share(&a.product, &b.product) || !trees_meet(&a.category, &b.category) {
        return None;
    }
    let named = if a.product.is_empty() { &b.product } else { &a.product };
    let both = |id: &Id, product: &Product| {
        admits_product(a, id, product) && admits_product(b, id, product)
    };
    if named.is_empty() {
        return products.iter().find(|(id, product)| both(id, product)).map(|(id, _)| id);
    }
    named.iter().find_map(|id| {
        let (id, product) = products.get_key_value(id)?;
        both(id, product).then_some(id)
    })
}
