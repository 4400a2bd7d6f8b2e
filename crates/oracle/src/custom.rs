//! Custom rules: what they are asked about. Their language is not read here a second time: other
//! tests compare it with another evaluator.

use std::cell::RefCell;

use listino_core::Id;
use listino_core::calendar::Date;
use listino_core::money::{Currency, Exact};
use listino_core::quote::Refusal;
use listino_core::rules::{Input, RuleKind, Value, Variable, Vocabulary, parse};

use crate::number::{R, exact, read};
use crate::world::{Line, World};

/// What a rule may ask.
pub(crate) struct Facts<'f> {
    world: &'f World<'f>,
    /// The line; nothing for rules on the document.
    line: Option<&'f Line<'f>>,
    /// Of the line in its unit, of a document in base units.
    quantity: R,
    list_price: Option<R>,
    value: Option<R>,
    weight: R,
    /// Nothing where the product has none; it may need a rate that there is none of.
    cost: Option<Result<R, Refusal>>,
    /// Why something that was asked for cannot be said: it is not missing.
    unsaid: RefCell<Option<Refusal>>,
}

impl<'f> Facts<'f> {
    /// Of a line before its list price, which a list computes in its currency.
    pub(crate) fn early(world: &'f World<'f>, line: &'f Line<'f>, currency: Currency) -> Self {
        let cost = line.product.and_then(|product| world.base_cost(product));
        let rate = || world.exchange(world.book.currency, currency);
        let cost = cost.map(|cost| rate().map(|rate| cost * &line.factor * rate));
        Self {
            world,
            line: Some(line),
            quantity: line.quantity.clone(),
            list_price: None,
            value: None,
            weight: world.weight(line),
            cost,
            unsaid: RefCell::new(None),
        }
    }

    /// Of a line with its list price.
    pub(crate) fn priced(world: &'f World<'f>, line: &'f Line<'f>) -> Self {
        Self {
            list_price: (!line.as_whole).then(|| line.list_price.clone()),
            value: Some(line.period_value.clone()),
            ..Self::early(world, line, world.currency)
        }
    }

    /// Of lines together.
    pub(crate) fn document(world: &'f World<'f>, quantity: R, value: R, weight: R) -> Self {
        Self {
            world,
            line: None,
            quantity,
            list_price: None,
            value: Some(value),
            weight,
            cost: None,
            unsaid: RefCell::new(None),
        }
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&self, owner: &Id, source: &str) -> Result<bool, Refusal> {
        Ok(self.ask(owner, source, RuleKind::Predicate)? == Value::Bool(true))
    }

    /// What a formula comes to.
    pub(crate) fn number(&self, owner: &Id, source: &str) -> Result<R, Refusal> {
        match self.ask(owner, source, RuleKind::Formula)? {
            Value::Number(number) => Ok(read(number)),
            Value::Bool(_) => panic!("a formula is a number"),
        }
    }

    fn ask(&self, owner: &Id, source: &str, kind: RuleKind) -> Result<Value, Refusal> {
        let rule = parse(source, Vocabulary::ALL, kind).expect("the book was checked");
        let answer = rule.evaluate(self);
        match self.unsaid.take() {
            Some(refusal) => Err(refusal),
            None => answer.map_err(|failure| Refusal::Rule {
                rule: owner.clone(),
                message: failure.to_string(),
            }),
        }
    }
}

impl Facts<'_> {
    /// A number that was asked for.
    fn said(&self, value: &R) -> Option<Exact> {
        let said = exact(value);
        if said.is_none() {
            self.unsaid.replace(Some(Refusal::Precision { at: "custom".to_owned() }));
        }
        said
    }
}

/// Whether a path lies at or below a node.
fn below(path: Option<&Id>, node: &str) -> bool {
    let rest = path.and_then(|path| path.as_str().strip_prefix(node));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Input for Facts<'_> {
    fn number(&self, variable: Variable) -> Option<Exact> {
        match variable {
            Variable::Quantity => self.said(&self.quantity),
            Variable::ListPrice => self.said(self.list_price.as_ref()?),
            Variable::Value => self.said(self.value.as_ref()?),
            Variable::Weight => self.said(&self.weight),
            Variable::Cost => match self.cost.as_ref()? {
                Ok(cost) => self.said(cost),
                Err(refusal) => {
                    self.unsaid.replace(Some(refusal.clone()));
                    None
                }
            },
            _ => None,
        }
    }

    fn text(&self, variable: Variable) -> Option<&str> {
        let buyer = &self.world.buyer;
        match variable {
            Variable::Channel => buyer.channel.as_ref().map(Id::as_str),
            Variable::Currency => Some(self.world.currency.code()),
            Variable::CustomerId => buyer.id.as_ref().map(Id::as_str),
            Variable::CustomerCluster => buyer.customer.cluster.as_ref().map(Id::as_str),
            Variable::CustomerRegion => buyer.customer.region.as_ref().map(Id::as_str),
            Variable::ProductId => self.line.map(|line| line.product_id.as_str()),
            Variable::ProductCategory => self.line?.product?.category.as_ref().map(Id::as_str),
            Variable::ProductUnit => {
                Some(self.line?.product?.unit.as_ref().map_or("pc", Id::as_str))
            }
            _ => None,
        }
    }

    fn date(&self) -> Option<Date> {
        Some(self.world.date)
    }

    fn contains(&self, list: Variable, text: &str) -> Option<bool> {
        let customer = self.world.buyer.customer;
        match list {
            Variable::CustomerClusters => Some(below(customer.cluster.as_ref(), text)),
            Variable::CustomerRegions => Some(below(customer.region.as_ref(), text)),
            Variable::CustomerSegments => {
                Some(customer.segments.iter().any(|segment| segment.as_str() == text))
            }
            Variable::ProductCategories => Some(below(self.line?.product?.category.as_ref(), text)),
            _ => None,
        }
    }

    fn attribute(&self, map: Variable, key: &str) -> Option<&str> {
        match map {
            Variable::CustomerAttributes => self.world.buyer.customer.attributes.get(key),
            Variable::ProductAttributes => self.line?.product?.attributes.get(key),
            Variable::LineAttributes => self.line?.attributes.get(key),
            Variable::OrderAttributes => self.world.request.attributes.get(key),
            _ => None,
        }
        .map(Id::as_str)
    }
}
