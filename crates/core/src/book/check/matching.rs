//! Who a scope is for: exactly, for the customers and products of the book, and in general.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

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

/// The dimensions of a scope that name ids, and those whose ids are trees.
const NAMES: [fn(&Scope) -> &Many<Id>; 6] = [
    |scope| &scope.customer,
    |scope| &scope.contract,
    |scope| &scope.product,
    |scope| &scope.account,
    |scope| &scope.segment,
    |scope| &scope.channel,
];
const TREES: [fn(&Scope) -> &Many<Id>; 3] =
    [|scope| &scope.cluster, |scope| &scope.region, |scope| &scope.category];

/// Scopes by one thing that each of them names: where another lies inside, it names that too.
pub(super) struct Around<'a> {
    by_name: FxHashMap<(usize, &'a str), Vec<usize>>,
    /// Those that name nothing, or attributes alone.
    others: Vec<usize>,
}

impl<'a> Around<'a> {
    pub(super) fn new(scopes: impl Iterator<Item = &'a Scope>) -> Self {
        let mut own = Self { by_name: FxHashMap::default(), others: Vec::new() };
        for (number, scope) in scopes.enumerate() {
            let mut dimensions = NAMES.iter().chain(&TREES).map(|of| of(scope)).enumerate();
            if let Some((dimension, ids)) = dimensions.find(|(_, ids)| !ids.is_empty()) {
                for id in ids.iter() {
                    own.by_name.entry((dimension, id.as_str())).or_default().push(number);
                }
            } else {
                own.others.push(number);
            }
        }
        own
    }

    /// The numbers of the scopes that another may lie inside, in order.
    pub(super) fn of(&self, scope: &'a Scope) -> Vec<usize> {
        let dimensions = NAMES.iter().chain(&TREES).map(|of| of(scope)).enumerate();
        let first = dimensions.filter_map(|(dimension, ids)| Some((dimension, ids.first()?)));
        let mut numbers: Vec<usize> = first
            .flat_map(|(dimension, id)| {
                let up = if dimension < NAMES.len() { 1 } else { usize::MAX };
                id.ancestry().take(up).map(move |node| (dimension, node))
            })
            .filter_map(|named| self.by_name.get(&named))
            .chain([&self.others])
            .flatten()
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
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

/// Equally specific scopes by what they name in one dimension: of very many only those are asked that
/// may meet.
pub(super) struct Near<'a> {
    of: fn(&Scope) -> &Many<Id>,
    tree: bool,
    scopes: Vec<&'a Scope>,
    /// Those that name a node, and those that name it or one below it.
    at: FxHashMap<&'a str, Vec<usize>>,
    under: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Near<'a> {
    /// By the dimension that tells most of them apart.
    pub(super) fn new(scopes: Vec<&'a Scope>) -> Self {
        let different = |of: fn(&Scope) -> &Many<Id>| {
            scopes.iter().flat_map(|scope| of(scope).iter()).collect::<FxHashSet<_>>().len()
        };
        let flat: [fn(&Scope) -> &Many<Id>; 3] =
            [|scope| &scope.customer, |scope| &scope.product, |scope| &scope.channel];
        let dimensions = flat.map(|of| (of, false)).into_iter();
        let dimensions = dimensions.chain(TREES.map(|of| (of, true)));
        let best = dimensions.max_by_key(|(of, _)| different(*of));
        let (of, tree) = best.unwrap_or((|scope| &scope.customer, false));
        let mut near =
            Self { of, tree, scopes, at: FxHashMap::default(), under: FxHashMap::default() };
        for (number, scope) in near.scopes.iter().enumerate() {
            for id in of(scope).iter() {
                near.at.entry(id.as_str()).or_default().push(number);
                for node in id.ancestry() {
                    near.under.entry(node).or_default().push(number);
                }
            }
        }
        near
    }

    /// The later scopes that the scope of a number may meet, in order.
    pub(super) fn after(&self, number: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        let ids = self.scopes.get(number).map_or(&[][..], |scope| (self.of)(scope));
        if ids.is_empty() {
            return Box::new(number + 1..self.scopes.len());
        }
        let up = if self.tree { usize::MAX } else { 1 };
        let above = ids.iter().flat_map(|id| id.ancestry().take(up));
        let below = ids.iter().filter_map(|id| self.under.get(id.as_str()).filter(|_| self.tree));
        let near = above.filter_map(|node| self.at.get(node)).chain(below).flatten().copied();
        let later: BTreeSet<usize> = near.filter(|other| *other > number).collect();
        Box::new(later.into_iter())
    }
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
    also: impl Fn(&Product) -> bool,
) -> Option<&'a Id> {
    if !share(&a.product, &b.product) || !trees_meet(&a.category, &b.category) {
        return None;
    }
    let named = if a.product.is_empty() { &b.product } else { &a.product };
    let both = |id: &Id, product: &Product| {
        admits_product(a, id, product) && admits_product(b, id, product) && also(product)
    };
    if named.is_empty() {
        return products.iter().find(|(id, product)| both(id, product)).map(|(id, _)| id);
    }
    named.iter().find_map(|id| {
        let (id, product) = products.get_key_value(id)?;
        both(id, product).then_some(id)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Scopes over a few names, with what they leave out.
    pub(in super::super) fn scope() -> impl Strategy<Value = Value> {
        (flat(), prop::option::weighted(0.2, flat())).prop_map(|(mut scope, not)| {
            if let Some(not) = not {
                scope["not"] = not;
            }
            scope
        })
    }

    fn flat() -> impl Strategy<Value = Value> {
        let some = |names: &'static [&'static str]| {
            prop::option::weighted(0.25, prop::sample::subsequence(names, 1..=2))
        };
        (
            some(&["C1", "C2", "C3"]),
            some(&["r", "r/gold", "r/gold/top", "r2"]),
            some(&["K1", "K2"]),
            some(&["A", "B", "C"]),
            some(&["bikes", "bikes/road", "bikes/road/x", "helmets"]),
            some(&["red", "blue"]),
        )
            .prop_map(|(customer, cluster, contract, product, category, color)| {
                let mut scope = json!({ "customer": customer, "cluster": cluster, "contract": contract,
                    "product": product, "category": category });
                if color.is_some() {
                    scope["attributes"] = json!({ "color": color });
                }
                scope.as_object_mut().unwrap().retain(|_, names| !names.is_null());
                scope
            })
    }

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_looked_up_is_what_a_look_at_all_finds(
            scopes in prop::collection::vec(scope(), 1..20),
            category in prop::sample::select(vec!["bikes", "bikes/road", "bikes/road/x", "bikeshop"]),
        ) {
            let scopes: Vec<Scope> = scopes.into_iter().map(read).collect();
            let numbers = |wanted: &dyn Fn(usize, &Scope) -> bool| -> Vec<usize> {
                let all = scopes.iter().enumerate();
                all.filter(|(n, scope)| wanted(*n, scope)).map(|(n, _)| n).collect()
            };
            let id = Id::known("A");
            let product: Product = read(json!({ "category": category, "attributes": { "color": "red" } }));
            let index = ByProduct::new(scopes.iter());
            let mut admitting = index.admitting(&id, &product);
            admitting.extend(index.indifferent());
            admitting.sort_unstable();
            prop_assert_eq!(admitting, numbers(&|_, scope| admits_product(scope, &id, &product)));

            let around = Around::new(scopes.iter());
            for scope in &scopes {
                let mut found = around.of(scope);
                let all = |other: &Scope| other.is_everything() || inside(scope, other);
                found.retain(|n| all(&scopes[*n]));
                prop_assert_eq!(found, numbers(&|_, other| all(other)));
            }

            for scope in &scopes {
                let alike = scopes.iter().filter(|other| other.specificity() == scope.specificity());
                let alike: Vec<&Scope> = alike.collect();
                let near = Near::new(alike.clone());
                for (k, a) in alike.iter().enumerate() {
                    let found = near.after(k).filter(|j| may_meet(a, alike[*j]));
                    let all = (k + 1..alike.len()).filter(|j| may_meet(a, alike[*j]));
                    prop_assert_eq!(found.collect::<Vec<_>>(), all.collect::<Vec<_>>());
                }
            }
        }
    }
}
