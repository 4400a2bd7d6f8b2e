//! One scope, one matcher: price lists, discounts, thresholds, visibility, coupons and tax all ask
//! the same question, and this is where it is answered.
//!
//! A scope is compiled into two **sides**: what it asks of the customer (and channel), and what it
//! asks of the product. Equal sides are stored once. Every customer has a **profile**: the sorted
//! customer sides that match it; every product has a **class**: the sorted product sides that
//! match it. Customers and products with the same facts share them, so that a book of a hundred
//! thousand products has a few dozen classes. A rule then applies to a line when both its sides
//! are there: two look-ups, whatever the scope says.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize, Serializer};

use super::compile::NONE;
use super::names::Names;
use crate::Id;
use crate::blob::flat;
use crate::book::{Customer, PriceBook, Product, Scope};
use crate::calendar::Days;
use crate::id::ancestry;
use crate::quote::Dimension;
use crate::wire::Many;

/// A side that asks nothing.
pub(crate) const EVERYTHING: u32 = 0;

/// A compiled scope: a customer side, a product side, and what is taken out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CompiledScope {
    pub(crate) customer: u32,
    pub(crate) product: u32,
    pub(crate) not: Option<(u32, u32)>,
}

impl CompiledScope {
    /// A scope that asks nothing.
    pub(crate) const EVERYTHING: Self =
        Self { customer: EVERYTHING, product: EVERYTHING, not: None };
}

/// What one dimension of a scope asks: any of these facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Clause {
    dimension: Dimension,
    /// In the order of the book.
    any: Vec<u32>,
    /// The names of the facts, for explanations.
    names: Arc<[Id]>,
}

impl Clause {
    fn is_met(&self, facts: &[u32]) -> bool {
        self.any.iter().any(|fact| facts.binary_search(fact).is_ok())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Side {
    clauses: Vec<Clause>,
}

impl Side {
    fn is_met(&self, facts: &[u32]) -> bool {
        self.clauses.iter().all(|clause| clause.is_met(facts))
    }

    /// The first dimension that none of the facts satisfies; there is one.
    fn unmet(&self, facts: &[u32]) -> Option<usize> {
        let (_, others) = self.clauses.split_last()?;
        // When it is none of the others it is the last one.
        Some(others.iter().position(|clause| !clause.is_met(facts)).unwrap_or(others.len()))
    }

    /// Whether all is met that these facts can decide, whatever the channel.
    fn is_met_but_for_channel(&self, facts: &[u32]) -> bool {
        let mut decided = self.clauses.iter().filter(|c| c.dimension != Dimension::Channel);
        decided.all(|clause| clause.is_met(facts))
    }

    fn names_channel(&self) -> bool {
        self.clauses.iter().any(|clause| clause.dimension == Dimension::Channel)
    }
}

/// The sides of one kind, stored once each, found by the facts of their first clause.
#[derive(Debug, Clone, Default)]
struct Sides {
    sides: Vec<Side>,
    known: FxHashMap<Side, u32>,
    /// For each fact the sides whose first clause names it.
    anchored: FxHashMap<u32, Vec<u32>>,
    /// Sides that name a channel; they are decided when the request is known.
    channelled: Vec<u32>,
}

impl Sides {
    fn new() -> Self {
        let mut sides = Self::default();
        sides.intern(Side::default());
        sides
    }

    fn intern(&mut self, side: Side) -> u32 {
        if let Some(&number) = self.known.get(&side) {
            return number;
        }
        let number = self.push(side.clone());
        self.known.insert(side, number);
        number
    }

    /// Adds a side without looking for an equal one.
    fn push(&mut self, side: Side) -> u32 {
        let number = u32::try_from(self.sides.len()).unwrap_or(u32::MAX);
        if side.names_channel() {
            self.channelled.push(number);
        } else if let Some(first) = side.clauses.first() {
            for &fact in &first.any {
                self.anchored.entry(fact).or_default().push(number);
            }
        }
        self.sides.push(side);
        number
    }

    /// The sides that match some facts, sorted; those that name a channel are left out.
    fn matching(&self, facts: &[u32]) -> Vec<u32> {
        let mut found = vec![EVERYTHING];
        for fact in facts {
            for &number in self.anchored.get(fact).into_iter().flatten() {
                if self.matches(number, facts) {
                    found.push(number);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn matches(&self, number: u32, facts: &[u32]) -> bool {
        self.sides.get(number as usize).is_some_and(|side| side.is_met(facts))
    }
}

/// All facts and sides of a book.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Stored")]
pub(crate) struct Scopes {
    facts: FxHashMap<(Dimension, Id), u32>,
    customer: Sides,
    product: Sides,
}

impl Scopes {
    pub(crate) fn new() -> Self {
        Self { facts: FxHashMap::default(), customer: Sides::new(), product: Sides::new() }
    }

    fn fact(&mut self, dimension: Dimension, id: &Id) -> u32 {
        let next = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        *self.facts.entry((dimension, id.clone())).or_insert(next)
    }

    fn clause(&mut self, side: &mut Side, dimension: Dimension, ids: &Many<Id>) {
        if !ids.is_empty() {
            let any: Vec<u32> = ids.iter().map(|id| self.fact(dimension, id)).collect();
            let names = ids.iter().map(|id| shown(dimension, id)).collect();
            side.clauses.push(Clause { dimension, any, names });
        }
    }

    fn sides(&mut self, scope: &Scope) -> (u32, u32) {
        let mut customer = Side::default();
        // The most selective dimension first: it anchors the side.
        self.clause(&mut customer, Dimension::Customer, &scope.customer);
        self.clause(&mut customer, Dimension::Contract, &scope.contract);
        self.clause(&mut customer, Dimension::Account, &scope.account);
        self.clause(&mut customer, Dimension::Segment, &scope.segment);
        self.clause(&mut customer, Dimension::Cluster, &scope.cluster);
        self.clause(&mut customer, Dimension::Region, &scope.region);
        self.clause(&mut customer, Dimension::Channel, &scope.channel);
        let mut product = Side::default();
        self.clause(&mut product, Dimension::Product, &scope.product);
        self.clause(&mut product, Dimension::Category, &scope.category);
        for (name, values) in &scope.attributes {
            let keyed: Many<Id> = values.iter().map(|value| attribute(name, value)).collect();
            self.clause(&mut product, Dimension::Attributes, &keyed);
        }
        (self.customer.intern(customer), self.product.intern(product))
    }

    pub(crate) fn compile(&mut self, scope: &Scope) -> CompiledScope {
        let (customer, product) = self.sides(scope);
        let not = scope.not.as_deref().map(|not| self.sides(not));
        CompiledScope { customer, product, not }
    }

    fn push(&self, facts: &mut Vec<u32>, dimension: Dimension, id: &Id) {
        // A fact no scope names cannot decide anything.
        if let Some(&fact) = self.facts.get(&(dimension, id.clone())) {
            facts.push(fact);
        }
    }

    fn push_path(&self, facts: &mut Vec<u32>, dimension: Dimension, path: &Id) {
        for node in path.ancestry() {
            self.push(facts, dimension, &Id::known(node));
        }
    }

    /// The facts about a customer, sorted.
    pub(crate) fn customer_facts(
        &self,
        id: Option<&Id>,
        customer: &Customer,
        book_parent: &dyn Fn(&Id) -> Option<Id>,
    ) -> Vec<u32> {
        let mut facts = Vec::new();
        if let Some(id) = id {
            self.push(&mut facts, Dimension::Customer, id);
            self.push(&mut facts, Dimension::Account, id);
        }
        let mut above = customer.parent.clone();
        // Check refuses cycles and deeper books; a described customer may stand one level below.
        for _ in 0..=MAX_ACCOUNT_DEPTH {
            let Some(account) = above else { break };
            self.push(&mut facts, Dimension::Account, &account);
            above = book_parent(&account);
        }
        for contract in &customer.contracts {
            self.push(&mut facts, Dimension::Contract, contract);
        }
        for segment in &customer.segments {
            self.push(&mut facts, Dimension::Segment, segment);
        }
        if let Some(cluster) = &customer.cluster {
            self.push_path(&mut facts, Dimension::Cluster, cluster);
        }
        if let Some(region) = &customer.region {
            self.push_path(&mut facts, Dimension::Region, region);
        }
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// The fact that a request comes through a channel.
    pub(crate) fn channel_fact(&self, channel: &Id) -> Option<u32> {
        self.facts.get(&(Dimension::Channel, channel.clone())).copied()
    }

    /// The facts about a product, sorted.
    fn product_facts(&self, id: &Id, product: &Product, facts: &mut Vec<u32>) {
        facts.clear();
        self.push(facts, Dimension::Product, id);
        if let Some(category) = &product.category {
            self.push_path(facts, Dimension::Category, category);
        }
        for (name, value) in &product.attributes {
            self.push(facts, Dimension::Attributes, &attribute(name, value));
        }
        facts.sort_unstable();
        facts.dedup();
    }

    /// The customer sides that match these facts whatever the channel.
    pub(crate) fn profile(&self, facts: &[u32]) -> Vec<u32> {
        self.customer.matching(facts)
    }

    /// The customer sides that match these facts and name a channel.
    pub(crate) fn channelled<'a>(&'a self, facts: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        self.customer.channelled.iter().copied().filter(|&n| self.customer.matches(n, facts))
    }

    /// Whether there are the sides of a scope.
    pub(super) fn has(&self, scope: CompiledScope) -> bool {
        let has = |customer: u32, product: u32| {
            (customer as usize) < self.customer.sides.len()
                && (product as usize) < self.product.sides.len()
        };
        has(scope.customer, scope.product)
            && scope.not.is_none_or(|(customer, product)| has(customer, product))
    }

    /// How many customer and how many product sides there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.customer.sides.len(), self.product.sides.len())
    }

    pub(crate) fn has_channels(&self) -> bool {
        !self.customer.channelled.is_empty()
    }

    /// Whether there is a channel through which a customer with these facts meets more sides.
    pub(super) fn heeds_channels(&self, facts: &[u32]) -> bool {
        let side = |&number: &u32| self.customer.sides.get(number as usize);
        let mut sides = self.customer.channelled.iter().filter_map(side);
        sides.any(|side| side.is_met_but_for_channel(facts))
    }

    /// Why a customer side does not match, which it must not: the place of the first clause that is
    /// not met.
    pub(crate) fn unmet_customer(&self, side: u32, facts: &[u32]) -> Option<u8> {
        // One clause for a dimension at most.
        u8::try_from(self.customer.sides.get(side as usize)?.unmet(facts)?).ok()
    }

    /// A clause of a customer side: the dimension and what it asks for.
    pub(crate) fn customer_clause(&self, side: u32, clause: u8) -> Option<(Dimension, Arc<[Id]>)> {
        let side = self.customer.sides.get(side as usize)?;
        let clause = side.clauses.get(usize::from(clause))?;
        Some((clause.dimension, Arc::clone(&clause.names)))
    }
}

/// The most levels of parents above a customer.
pub(crate) const MAX_ACCOUNT_DEPTH: usize = 64;

/// Cannot stand in an id, so a name and a value cannot be confused.
const SEPARATOR: char = '\u{1f}';

fn attribute(name: &Id, value: &Id) -> Id {
    Id::known(&format!("{name}{SEPARATOR}{value}"))
}

/// How an explanation writes a fact.
fn shown(dimension: Dimension, id: &Id) -> Id {
    match dimension {
        Dimension::Attributes => Id::known(&id.as_str().replace(SEPARATOR, " = ")),
        _ => id.clone(),
    }
}

/// Scopes as they are stored: the facts in the order of their numbers, and each side's clauses.
#[derive(Serialize, Deserialize)]
struct Stored {
    facts: Vec<(Dimension, String)>,
    customer: Vec<Vec<(Dimension, Vec<u32>)>>,
    product: Vec<Vec<(Dimension, Vec<u32>)>>,
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut facts: Vec<_> = self.facts.iter().collect();
        facts.sort_unstable_by_key(|(_, number)| **number);
        let clause = |clause: &Clause| (clause.dimension, clause.any.clone());
        let side = |side: &Side| side.clauses.iter().map(clause).collect();
        let sides = |sides: &Sides| sides.sides.iter().map(side).collect();
        Stored {
            facts: facts.into_iter().map(|((of, id), _)| (*of, id.to_string())).collect(),
            customer: sides(&self.customer),
            product: sides(&self.product),
        }
        .serialize(serializer)
    }
}

impl TryFrom<Stored> for Scopes {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, &'static str> {
        let mut facts = Vec::with_capacity(stored.facts.len());
        for (dimension, text) in stored.facts {
            let is_fact = match dimension {
                Dimension::Attributes => text
                    .split_once(SEPARATOR)
                    .is_some_and(|(name, value)| Id::is_id(name) && Id::is_id(value)),
                _ => Id::is_id(&text),
            };
            facts.push((dimension, is_fact.then(|| Id::known(&text)).ok_or("a fact")?));
        }
        let clause = |(dimension, any): (Dimension, Vec<u32>)| {
            let known = |fact: &u32| match facts.get(*fact as usize) {
                Some((of, id)) if *of == dimension => Ok(shown(dimension, id)),
                _ => Err("a clause"),
            };
            let names = any.iter().map(known).collect::<Result<Arc<[Id]>, _>>()?;
            Ok(Clause { dimension, any, names })
        };
        let sides = |stored: Vec<Vec<(Dimension, Vec<u32>)>>| {
            let mut sides = Sides::default();
            for clauses in stored {
                let clauses = clauses.into_iter().map(clause).collect::<Result<_, &str>>()?;
                sides.push(Side { clauses });
            }
            let first = sides.sides.first().ok_or("no sides")?;
            if first.clauses.is_empty() { Ok(sides) } else { Err("the first side") }
        };
        let (customer, product) = (sides(stored.customer)?, sides(stored.product)?);
        let count = facts.len();
        let facts: FxHashMap<_, _> = facts.into_iter().zip(0_u32..).collect();
        if facts.len() != count {
            return Err("a fact twice");
        }
        Ok(Self { facts, customer, product })
    }
}

/// Sorted lists of numbers, each stored once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sets {
    #[serde(with = "flat")]
    starts: Vec<u32>,
    #[serde(with = "flat")]
    items: Vec<u32>,
    #[serde(skip)]
    known: FxHashMap<Vec<u32>, u32>,
}

impl Sets {
    pub(crate) fn intern(&mut self, set: Vec<u32>) -> u32 {
        if let Some(&number) = self.known.get(&set) {
            return number;
        }
        let next = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.push(&set);
        self.known.insert(set, next);
        next
    }

    /// Adds a set without looking for an equal one.
    pub(crate) fn push(&mut self, set: &[u32]) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.items.extend_from_slice(set);
        self.starts.push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> &[u32] {
        match self.starts.get(number as usize..) {
            Some(&[start, end, ..]) => {
                self.items.get(start as usize..end as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether the sets lie one behind the other, and each is sorted and of numbers below a bound.
    pub(super) fn is_sound(&self, bound: usize) -> bool {
        let ends = (self.starts.first(), self.starts.last());
        let covered = match ends {
            (Some(&first), Some(&last)) => first == 0 && last as usize == self.items.len(),
            _ => self.items.is_empty(),
        };
        covered
            && self.starts.is_sorted()
            && (0..).zip(self.starts.iter().skip(1)).all(|(number, _)| {
                let set = self.get(number);
                set.is_sorted_by(|a, b| a < b)
                    && set.last().is_none_or(|&last| (last as usize) < bound)
            })
    }

    /// Forgets how to intern; the sets stay.
    pub(crate) fn freeze(&mut self) {
        self.known = FxHashMap::default();
        self.starts.shrink_to_fit();
        self.items.shrink_to_fit();
    }
}

/// The profile of each customer of a book.
pub(crate) fn profiles(book: &PriceBook, scopes: &Scopes) -> (Sets, Vec<u32>) {
    let parent = |id: &Id| book.customers.get(id).and_then(|c| c.parent.clone());
    let mut sets = Sets::default();
    let mut by_facts: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    let mut of = Vec::with_capacity(book.customers.len());
    for (id, customer) in &book.customers {
        let facts = scopes.customer_facts(Some(id), customer, &parent);
        let profile = match by_facts.get(&facts) {
            Some(&profile) => profile,
            None => {
                let profile = sets.intern(scopes.profile(&facts));
                by_facts.insert(facts, profile);
                profile
            }
        };
        of.push(profile);
    }
    sets.freeze();
    (sets, of)
}

/// The class of each product of a book.
pub(crate) fn classes(book: &PriceBook, scopes: &Scopes) -> (Sets, Vec<u32>) {
    let mut sets = Sets::default();
    let mut by_facts: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    let mut of = Vec::with_capacity(book.products.len());
    let mut facts = Vec::new();
    for (id, product) in &book.products {
        scopes.product_facts(id, product, &mut facts);
        let class = match by_facts.get(&facts) {
            Some(&class) => class,
            None => {
                let class = sets.intern(scopes.product.matching(&facts));
                by_facts.insert(facts.clone(), class);
                class
            }
        };
        of.push(class);
    }
    sets.freeze();
    (sets, of)
}

/// What customer and date decide about a rule whose product side matches: read before the rule
/// itself, so that rules which do not apply cost a few bytes and no more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// The number of the rule.
    pub(crate) rule: u32,
    pub(crate) customer: u32,
    pub(crate) days: Days,
    /// The exception of its scope, by number; `NONE` where there is none.
    exception: u32,
}

impl Gate {
    pub(crate) const fn has_exception(&self) -> bool {
        self.exception != NONE
    }
}

/// Rules by the product side of their scope and by the customer side: for a class and a customer,
/// the rules that may apply.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleIndex {
    /// In the order of the rules.
    gates: Vec<Gate>,
    exceptions: Vec<(u32, u32)>,
    /// Gates by number, for each class those that only some products have.
    by_class: Sets,
    class_set: Vec<u32>,
    /// The gates that every product has.
    common: Vec<u32>,
    /// What customers and products come to together.
    table: Table,
}

/// The gates of every kind of customer for every kind of product, looked up in one step. Customers
/// are of a kind when no rule of the index tells them apart, and so are products.
#[derive(Debug, Clone, Default)]
struct Table {
    /// For each profile its kind; empty where the table would be too large.
    kind_of: Vec<u32>,
    /// For each kind of customer a line of cells, one for each set of gates.
    cells: Vec<u32>,
    lists: Sets,
}

/// The most cells a table may have; a book beyond that is searched gate by gate.
const MAX_CELLS: usize = 1 << 20;

impl RuleIndex {
    /// Indexes rules, given by their numbers in their order, by their scopes.
    pub(crate) fn new(
        rules: impl Iterator<Item = (u32, CompiledScope, Days)>,
        classes: &Sets,
        profiles: &Sets,
    ) -> Self {
        let mut index = Self::default();
        let mut by_side: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (gate, (rule, scope, days)) in (0_u32..).zip(rules) {
            let exception = scope.not.map_or(NONE, |sides| {
                index.exceptions.push(sides);
                u32::try_from(index.exceptions.len() - 1).unwrap_or(NONE)
            });
            index.gates.push(Gate { rule, customer: scope.customer, days, exception });
            if scope.product == EVERYTHING {
                index.common.push(gate);
            } else {
                by_side.entry(scope.product).or_default().push(gate);
            }
        }
        index.class_set.reserve_exact(classes.len());
        for class in 0..u32::try_from(classes.len()).unwrap_or(u32::MAX) {
            let mut gates: Vec<u32> = classes
                .get(class)
                .iter()
                .filter_map(|side| by_side.get(side))
                .flatten()
                .copied()
                .collect();
            gates.sort_unstable();
            index.class_set.push(index.by_class.intern(gates));
        }
        index.by_class.freeze();
        index.table = index.tabulate(profiles);
        index
    }

    fn tabulate(&self, profiles: &Sets) -> Table {
        let mut table = Table::default();
        let named: FxHashSet<u32> = self.gates.iter().map(|gate| gate.customer).collect();
        // A profile as far as the rules ask for it.
        let mut kinds = Sets::default();
        let mut kind_of = Vec::with_capacity(profiles.len());
        for profile in 0..u32::try_from(profiles.len()).unwrap_or(u32::MAX) {
            let sides = profiles.get(profile).iter().filter(|side| named.contains(side));
            kind_of.push(kinds.intern(sides.copied().collect()));
        }
        let sets = self.by_class.len();
        if self.is_empty() || kinds.len().saturating_mul(sets) > MAX_CELLS {
            return table;
        }
        table.cells.reserve_exact(kinds.len() * sets);
        for kind in 0..u32::try_from(kinds.len()).unwrap_or(u32::MAX) {
            let sides = kinds.get(kind);
            for set in 0..u32::try_from(sets).unwrap_or(u32::MAX) {
                let merged = Merged { left: self.by_class.get(set), right: &self.common };
                let open = |gate: &u32| {
                    let gate = self.gates.get(*gate as usize);
                    gate.is_some_and(|gate| sides.binary_search(&gate.customer).is_ok())
                };
                table.cells.push(table.lists.intern(merged.filter(open).collect()));
            }
        }
        table.lists.freeze();
        table.kind_of = kind_of;
        table
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.gates.is_empty()
    }

    fn merged(&self, class: u32) -> Merged<'_> {
        let set = self.class_set.get(class as usize).copied().unwrap_or(NONE);
        Merged { left: self.by_class.get(set), right: &self.common }
    }

    /// How many rules [`RuleIndex::of`] finds.
    pub(crate) fn count(&self, class: u32) -> usize {
        let Merged { left, right } = self.merged(class);
        left.len() + right.len()
    }

    /// The rules whose product side matches a class, in order.
    pub(crate) fn of(&self, class: u32) -> impl Iterator<Item = &Gate> {
        self.merged(class).filter_map(|gate| self.gates.get(gate as usize))
    }

    /// The rules whose product side matches a class and whose customer side may match a profile,
    /// in order.
    #[inline]
    pub(crate) fn of_profile(&self, class: u32, profile: u32) -> impl Iterator<Item = &Gate> {
        let cell = self.table.kind_of.get(profile as usize).and_then(|&kind| {
            let set = *self.class_set.get(class as usize)?;
            self.table.cells.get(kind as usize * self.by_class.len() + set as usize)
        });
        let merged = match cell {
            Some(&list) => Merged { left: self.table.lists.get(list), right: &[] },
            None => self.merged(class),
        };
        merged.filter_map(|gate| self.gates.get(gate as usize))
    }

    /// Whether kinds of customers are known, or there is nothing to know about them.
    pub(super) fn has_table(&self) -> bool {
        self.gates.is_empty() || !self.table.kind_of.is_empty()
    }

    /// How many kinds of customers the table has.
    pub(super) fn kinds(&self) -> u32 {
        let cells = self.table.cells.len().checked_div(self.by_class.len()).unwrap_or(0);
        u32::try_from(cells).unwrap_or(0)
    }

    /// The kind of customer that a profile is.
    pub(super) fn kind(&self, profile: u32) -> u32 {
        self.table.kind_of.get(profile as usize).copied().unwrap_or(0)
    }

    /// How many kinds of products there are.
    pub(super) fn sets(&self) -> u32 {
        u32::try_from(self.by_class.len()).unwrap_or(0)
    }

    /// The kind of product that a class is.
    #[inline]
    pub(crate) fn set(&self, class: u32) -> u32 {
        self.class_set.get(class as usize).copied().unwrap_or(NONE)
    }

    /// All gates of a kind of product, in order.
    pub(super) fn gates_of_set(&self, set: u32) -> Vec<u32> {
        Merged { left: self.by_class.get(set), right: &self.common }.collect()
    }

    /// The gates that a kind of customer has for a kind of product, in order.
    pub(super) fn cell(&self, kind: u32, set: u32) -> Option<&[u32]> {
        let cell = kind as usize * self.by_class.len() + set as usize;
        Some(self.table.lists.get(*self.table.cells.get(cell)?))
    }

    pub(super) fn gate(&self, number: u32) -> Option<&Gate> {
        self.gates.get(number as usize)
    }

    /// The customer and the product side that a rule excepts.
    pub(crate) fn exception(&self, gate: &Gate) -> Option<(u32, u32)> {
        if gate.exception == NONE {
            return None;
        }
        self.exceptions.get(gate.exception as usize).copied()
    }
}

/// Two sorted lists as one.
struct Merged<'a> {
    left: &'a [u32],
    right: &'a [u32],
}

impl Iterator for Merged<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let from_left = match (self.left.first(), self.right.first()) {
            (Some(a), Some(b)) => a < b,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let source = if from_left { &mut self.left } else { &mut self.right };
        let (first, rest) = source.split_first()?;
        *source = rest;
        Some(*first)
    }
}

/// A category or cluster tree: its nodes by number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tree(Names);

impl Tree {
    pub(crate) fn intern(&mut self, path: &Id) -> u32 {
        self.0.intern(path)
    }

    /// The node of a path, or of its nearest ancestor that the tree knows.
    pub(crate) fn nearest(&self, path: &str) -> Option<u32> {
        ancestry(path).find_map(|node| self.0.get(node))
    }

    /// The path of a node.
    pub(crate) fn path(&self, node: u32) -> Option<&Id> {
        self.0.id(node)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = (&Id, u32)> {
        (0..u32::try_from(self.0.len()).unwrap_or(u32::MAX))
            .filter_map(|node| self.0.id(node).map(|path| (path, node)))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
