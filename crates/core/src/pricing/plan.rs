//! What depends on customer, date, currency and channel is resolved once; lines do the rest.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::Id;
use crate::book::{Basis, Customer, Strategy};
use crate::calendar::Date;
use crate::engine::{CompiledScope, EVERYTHING, Gate, Inner, List, NONE, RuleIndex, StepRounding};
use crate::money::{Currency, Exact, Increment, Rounding, RoundingMode};
use crate::pricing::{Computed, Line};
use crate::quote::{Outcome, Refusal};

/// A customer on a date in a currency: the lists that apply, the rules that may.
pub(crate) struct Plan<'e> {
    pub(crate) inner: &'e Inner,
    pub(crate) date: Date,
    pub(crate) day: i32,
    /// The customer, for custom rules.
    pub(crate) customer: Option<&'e Customer>,
    pub(crate) customer_id: Option<&'e Id>,
    pub(crate) channel: Option<&'e Id>,
    pub(crate) attributes: Option<&'e BTreeMap<Id, Id>>,
    pub(crate) currency: Currency,
    pub(crate) digits: u32,
    pub(crate) minor: Increment,
    pub(crate) cash: Option<Increment>,
    pub(crate) cluster: u32,
    /// What one unit of the book's currency is in the document's; `None`: no rate on the date.
    pub(crate) book_rate: Option<Exact>,
    pub(crate) payment: Option<&'e Id>,
    pub(crate) years: Option<Exact>,
    /// Coupons that were taken, by number.
    pub(crate) coupons: Vec<u32>,
    /// The lists whose customer side matches, in the order of search.
    lists: Cow<'e, [u32]>,
    /// The profile of the customer; `NONE` where the sides are no profile of the book.
    profile: u32,
    /// The customer sides that match, sorted.
    sides: Cow<'e, [u32]>,
    /// A bit for the last six binary digits of each side that matches: most sides that do not
    /// match are told by it alone.
    mask: u64,
    /// The facts about the customer, for explanations.
    facts: OnceCell<Vec<u32>>,
}

/// The customer of a plan: one of the book, or described by the request.
pub(crate) enum Buyer<'r> {
    Known(u32),
    Described(&'r Customer),
}

impl<'e> Plan<'e> {
    pub(crate) fn new(
        inner: &'e Inner,
        buyer: &Buyer<'e>,
        date: Date,
        currency: Option<Currency>,
        channel: Option<&'e Id>,
    ) -> Self {
        let day = date.day_number();
        let (customer, customer_id) = match buyer {
            Buyer::Known(number) => {
                (inner.customers.record.get(*number as usize), inner.customers.names.id(*number))
            }
            Buyer::Described(customer) => (Some(*customer), None),
        };
        let mut profile = NONE;
        let (mut sides, mut lists, cluster, own_currency) = match buyer {
            Buyer::Known(number) => {
                let at = *number as usize;
                profile = inner.customers.profile.get(at).copied().unwrap_or(NONE);
                (
                    Cow::Borrowed(inner.customers.profiles.get(profile)),
                    Cow::Borrowed(inner.customers.lists.get(profile)),
                    inner.customers.cluster.get(at).copied().unwrap_or(NONE),
                    inner.customers.currency.get(at).copied().flatten(),
                )
            }
            Buyer::Described(customer) => {
                let sides = inner.scopes.profile(&facts(inner, None, customer));
                let lists = lists_of(inner, &sides);
                let cluster = customer.cluster.as_ref();
                let node = cluster.and_then(|path| inner.clusters.nearest(path.as_str()));
                (Cow::Owned(sides), Cow::Owned(lists), node.unwrap_or(NONE), customer.currency)
            }
        };
        let known = OnceCell::new();
        if channel.is_some() && inner.scopes.has_channels() {
            let facts = all_facts(inner, customer_id, customer, channel);
            let through: Vec<u32> = inner.scopes.channelled(&facts).collect();
            if !through.is_empty() {
                let sides = sides.to_mut();
                sides.extend(through);
                sides.sort_unstable();
                lists = Cow::Owned(lists_of(inner, sides));
                profile = NONE;
            }
            let _ = known.set(facts);
        }
        let currency = currency.or(own_currency).unwrap_or(inner.currency);
        let settings = inner.currencies.iter().find(|(known, ..)| *known == currency);
        let (digits, cash) = match settings {
            Some(&(_, digits, cash)) => (digits, cash),
            None => (currency.digits(), None),
        };
        Self {
            inner,
            date,
            day,
            customer,
            customer_id,
            channel,
            attributes: None,
            currency,
            digits,
            minor: Increment::digits(digits),
            cash,
            cluster,
            book_rate: rate(inner, inner.currency, currency, day),
            payment: None,
            years: None,
            coupons: Vec::new(),
            lists,
            profile,
            mask: sides.iter().fold(0, |mask, side| mask | 1 << (side % 64)),
            sides,
            facts: known,
        }
    }

    /// The lists for this customer on this date in this currency, in the order of search.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (u32, &'e List)> + '_ {
        self.lists.iter().filter_map(|&number| {
            let list = self.inner.lists.get(number as usize)?;
            self.is_valid(list).then_some((number, list))
        })
    }

    /// Whether a list is among [`Plan::lists`].
    pub(crate) fn searches(&self, number: u32, list: &List) -> bool {
        self.lists.binary_search(&number).is_ok() && self.is_valid(list)
    }

    fn is_valid(&self, list: &List) -> bool {
        list.days.contains(self.day) && list.currency == self.currency
    }

    /// The facts about the customer, for explanations.
    pub(crate) fn facts(&self) -> &[u32] {
        let known = || all_facts(self.inner, self.customer_id, self.customer, self.channel);
        self.facts.get_or_init(known)
    }

    /// The first clause that the customer does not meet of a customer side that does not match, by its
    /// place.
    pub(crate) fn unmet(&self, side: u32) -> Option<u8> {
        self.inner.scopes.unmet_customer(side, self.facts())
    }

    /// Why a rule of an index, which may apply to products of a class, is closed to this customer or
    /// on this day.
    #[inline]
    pub(crate) fn closed(&self, index: &RuleIndex, gate: &Gate, class: u32) -> Option<Outcome> {
        if !self.has(gate.customer) {
            return Some(Outcome::OutOfScope(self.unmet(gate.customer)));
        }
        let holds = |(customer, product)| self.has(customer) && self.in_class(product, class);
        if index.exception(gate).is_some_and(holds) {
            return Some(Outcome::Excepted);
        }
        (!gate.days.contains(self.day)).then_some(Outcome::NotValid)
    }

    /// Whether a customer side matches.
    #[inline]
    pub(crate) fn has(&self, side: u32) -> bool {
        side == EVERYTHING
            || (self.mask & (1 << (side % 64)) != 0 && self.sides.binary_search(&side).is_ok())
    }

    /// The rules of an index that apply to this customer and day and to products of a class, in
    /// order.
    #[inline]
    pub(crate) fn rules<'p>(
        &'p self,
        index: &'p RuleIndex,
        class: u32,
    ) -> impl Iterator<Item = u32> + 'p {
        let open = move |gate: &&Gate| {
            self.has(gate.customer)
                && gate.days.contains(self.day)
                && index.exception(gate).is_none_or(|(customer, product)| {
                    !(self.has(customer) && self.in_class(product, class))
                })
        };
        index.of_profile(class, self.profile).filter(open).map(|gate| gate.rule)
    }

    /// Whether a scope matches the customer and a product of this class.
    pub(crate) fn matches(&self, scope: CompiledScope, class: u32) -> bool {
        self.has(scope.customer)
            && self.in_class(scope.product, class)
            && !self.excluded(scope, class)
    }

    fn in_class(&self, side: u32, class: u32) -> bool {
        side == EVERYTHING || self.inner.products.classes.get(class).binary_search(&side).is_ok()
    }

    /// Whether the exception of a scope holds.
    pub(crate) fn excluded(&self, scope: CompiledScope, class: u32) -> bool {
        scope
            .not
            .is_some_and(|(customer, product)| self.has(customer) && self.in_class(product, class))
    }

    /// An amount of the book's currency in the document's.
    #[inline]
    pub(crate) fn in_document_currency(&self, amount: Exact) -> Computed<Exact> {
        if self.is_foreign() { self.converted(amount) } else { Ok(amount) }
    }

    /// Whether the document's currency is not the book's.
    #[inline]
    pub(crate) fn is_foreign(&self) -> bool {
        self.currency != self.inner.currency
    }

    #[inline(never)]
    fn converted(&self, amount: Exact) -> Computed<Exact> {
        let Some(rate) = self.book_rate else {
            let (from, to) = (self.inner.currency, self.currency);
            return Err(Refusal::ExchangeRate { from, to }.into());
        };
        super::At::at(amount.multiply(rate), "exchange_rates")
    }

    /// The rate from one currency to another on the day of the plan.
    pub(crate) fn rate(&self, from: Currency, to: Currency) -> Computed<Exact> {
        rate(self.inner, from, to, self.day)
            .ok_or_else(|| Refusal::ExchangeRate { from, to }.into())
    }

    /// Rounding to the minor unit, half up unless the book has another mode.
    pub(crate) fn minor_rounding(&self) -> Rounding {
        Rounding::new(self.minor, self.mode())
    }

    /// Rounding as at a step; to the minor unit where the book does not round there.
    pub(crate) fn rounding(&self, step: Option<StepRounding>) -> Rounding {
        step.map_or_else(|| self.minor_rounding(), |step| step.with(self.minor))
    }

    pub(crate) fn mode(&self) -> RoundingMode {
        self.inner.rounding.mode
    }

    pub(crate) fn is_lowest(&self) -> bool {
        self.inner.strategy == Strategy::Lowest
    }
}

/// The lists that some customer sides open, in the order of search.
fn lists_of(inner: &Inner, sides: &[u32]) -> Vec<u32> {
    let opened = sides.iter().filter_map(|side| inner.lists_by_side.get(side));
    let mut lists: Vec<u32> = opened.flatten().copied().collect();
    lists.sort_unstable();
    lists
}

/// The facts about a customer and a channel, sorted.
fn all_facts(
    inner: &Inner,
    id: Option<&Id>,
    customer: Option<&Customer>,
    channel: Option<&Id>,
) -> Vec<u32> {
    let mut all = customer.map(|customer| facts(inner, id, customer)).unwrap_or_default();
    all.extend(channel.and_then(|channel| inner.scopes.channel_fact(channel)));
    all.sort_unstable();
    all
}

/// The facts about a customer, sorted.
pub(crate) fn facts(inner: &Inner, id: Option<&Id>, customer: &Customer) -> Vec<u32> {
    let parent = |id: &Id| {
        let number = inner.customers.names.get(id.as_str())?;
        inner.customers.record.get(number as usize)?.parent.clone()
    };
    inner.scopes.customer_facts(id, customer, &parent)
}

fn rate(inner: &Inner, from: Currency, to: Currency, day: i32) -> Option<Exact> {
    if from == to {
        return Some(Exact::ONE);
    }
    let rates = inner.exchange.get(&(from, to))?;
    rates.iter().find(|(days, _)| days.contains(day)).map(|(_, rate)| rate.exact())
}

/// What the lines of a mix-and-match group come to together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MixTotals {
    pub(crate) quantity: Exact,
    pub(crate) weight: Exact,
    /// By first-tier prices where list prices are sought, by list values for discounts.
    pub(crate) value: Exact,
}

impl MixTotals {
    pub(crate) const ZERO: Self =
        Self { quantity: Exact::ZERO, weight: Exact::ZERO, value: Exact::ZERO };

    pub(crate) const fn of(&self, basis: Basis) -> Exact {
        match basis {
            Basis::Quantity => self.quantity,
            Basis::Value => self.value,
            Basis::Weight => self.weight,
        }
    }
}

/// The totals of every mix-and-match group of the document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mix(pub(crate) Vec<MixTotals>);

impl Mix {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, group: u16) -> MixTotals {
        self.0.get(usize::from(group)).copied().unwrap_or(MixTotals::ZERO)
    }
}

/// What is compared with a bound: the line's own measure, or that of its group.
pub(crate) fn measure(
    line: &Line<'_>,
    mix: &Mix,
    basis: Basis,
    across: Option<u16>,
    value: Exact,
) -> Computed<Exact> {
    if let Some(group) = across {
        return Ok(mix.get(group).of(basis));
    }
    match basis {
        Basis::Quantity => Ok(line.base_quantity.magnitude()),
        Basis::Value => Ok(value.magnitude()),
        Basis::Weight => line.weight(),
    }
}
