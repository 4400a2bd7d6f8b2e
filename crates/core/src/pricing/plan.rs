//! What depends on customer, date, currency and channel is resolved once; lines do the rest.

use std::collections::BTreeMap;

use crate::Id;
use crate::book::{Basis, Customer, Strategy};
use crate::calendar::Date;
use crate::engine::{CompiledScope, Inner, NONE};
use crate::money::{Currency, Exact, Increment, Rounding, RoundingMode};
use crate::pricing::Line;
use crate::quote::Refusal;

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
    /// The lists for this customer on this date in this currency, in the order of search.
    pub(crate) lists: Vec<u32>,
    /// The facts about the customer, for explanations.
    pub(crate) facts: Vec<u32>,
    sides: Vec<u64>,
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
        explain: bool,
    ) -> Self {
        let described;
        let day = date.day_number();
        let (customer, customer_id) = match buyer {
            Buyer::Known(number) => {
                (inner.customers.record.get(*number as usize), inner.customers.names.id(*number))
            }
            Buyer::Described(customer) => (Some(*customer), None),
        };
        let (profile, cluster, own_currency) = match buyer {
            Buyer::Known(number) => {
                let at = *number as usize;
                let profile = inner.customers.profile.get(at).copied().unwrap_or(NONE);
                (
                    inner.customers.profiles.get(profile),
                    inner.customers.cluster.get(at).copied().unwrap_or(NONE),
                    inner.customers.currency.get(at).copied().flatten(),
                )
            }
            Buyer::Described(customer) => {
                described = inner.scopes.profile(&facts(inner, None, customer));
                let cluster = customer.cluster.as_ref();
                let node = cluster.and_then(|path| inner.clusters.nearest(path.as_str()));
                (described.as_slice(), node.unwrap_or(NONE), customer.currency)
            }
        };
        let currency = currency.or(own_currency).unwrap_or(inner.currency);
        let settings = inner.currencies.iter().find(|(known, ..)| *known == currency);
        let (digits, cash) = match settings {
            Some(&(_, digits, cash)) => (digits, cash),
            None => (currency.digits(), None),
        };
        let mut plan = Self {
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
            lists: Vec::new(),
            facts: Vec::new(),
            sides: vec![0; inner.scopes.customer_sides().div_ceil(64)],
        };
        for &side in profile {
            plan.open(side);
        }
        if explain || inner.scopes.has_channels() {
            let mut facts =
                customer.map(|customer| facts(inner, customer_id, customer)).unwrap_or_default();
            facts.extend(channel.and_then(|channel| inner.scopes.channel_fact(channel)));
            facts.sort_unstable();
            let through: Vec<u32> = inner.scopes.channelled(&facts).collect();
            for side in through {
                plan.open(side);
            }
            plan.facts = facts;
        }
        plan.lists.sort_unstable();
        plan
    }

    /// Marks a side as matched and takes in the lists it opens.
    fn open(&mut self, side: u32) {
        if let Some(word) = self.sides.get_mut(side as usize / 64) {
            *word |= 1 << (side % 64);
        }
        for &list in self.inner.lists_by_side.get(&side).into_iter().flatten() {
            let applies = self
                .inner
                .lists
                .get(list as usize)
                .is_some_and(|l| l.days.contains(self.day) && l.currency == self.currency);
            if applies {
                self.lists.push(list);
            }
        }
    }

    /// Whether a customer side matches.
    pub(crate) fn has(&self, side: u32) -> bool {
        self.sides.get(side as usize / 64).is_some_and(|word| word & (1 << (side % 64)) != 0)
    }

    /// Whether a scope matches the customer and a product of this class.
    pub(crate) fn matches(&self, scope: CompiledScope, class: u32) -> bool {
        self.has(scope.customer)
            && self.in_class(scope.product, class)
            && !self.excluded(scope, class)
    }

    fn in_class(&self, side: u32, class: u32) -> bool {
        side == crate::engine::EVERYTHING
            || self.inner.products.classes.get(class).binary_search(&side).is_ok()
    }

    /// Whether the exception of a scope holds.
    pub(crate) fn excluded(&self, scope: CompiledScope, class: u32) -> bool {
        scope
            .not
            .is_some_and(|(customer, product)| self.has(customer) && self.in_class(product, class))
    }

    /// An amount of the book's currency in the document's.
    pub(crate) fn in_document_currency(&self, amount: Exact) -> Result<Exact, Refusal> {
        if self.currency == self.inner.currency {
            return Ok(amount);
        }
        let Some(rate) = self.book_rate else {
            return Err(Refusal::ExchangeRate { from: self.inner.currency, to: self.currency });
        };
        super::At::at(amount.multiply(rate), "exchange_rates")
    }

    /// The rate from one currency to another on the day of the plan.
    pub(crate) fn rate(&self, from: Currency, to: Currency) -> Result<Exact, Refusal> {
        rate(self.inner, from, to, self.day).ok_or(Refusal::ExchangeRate { from, to })
    }

    /// Rounding to the minor unit, half up unless the book has another mode.
    pub(crate) fn minor_rounding(&self) -> Rounding {
        Rounding::new(self.minor, self.mode())
    }

    pub(crate) fn mode(&self) -> RoundingMode {
        self.inner.rounding.mode
    }

    pub(crate) fn is_lowest(&self) -> bool {
        self.inner.strategy == Strategy::Lowest
    }
}

fn facts(inner: &Inner, id: Option<&Id>, customer: &Customer) -> Vec<u32> {
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
    rates.iter().find(|(days, _)| days.contains(day)).map(|(_, rate)| Exact::from(*rate))
}

/// What the lines of a mix-and-match group come to together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MixTotals {
    pub(crate) quantity: Exact,
    pub(crate) weight: Exact,
    /// By first-tier prices while list prices are sought, by list values afterwards.
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
) -> Result<Exact, Refusal> {
    if let Some(group) = across {
        return Ok(mix.get(group).of(basis));
    }
    match basis {
        Basis::Quantity => Ok(line.base_quantity.magnitude()),
        Basis::Value => Ok(value.magnitude()),
        Basis::Weight => line.weight(),
    }
}
