//! What a custom rule sees of a line or of a document, and what its answer means.

use std::cell::RefCell;

use super::{At, Computed, Line, Plan};
use crate::Id;
use crate::book::Basis;
use crate::calendar::Date;
use crate::id::within;
use crate::money::{Currency, Exact};
use crate::quote::Refusal;
use crate::rules::{Input, Value, Variable};

/// What a custom rule is asked about.
pub(crate) struct Facts<'f> {
    plan: &'f Plan<'f>,
    of: Of<'f>,
    /// Why something that was asked for cannot be said. It is not missing, so that no fallback of the
    /// rule may stand in for it.
    unsaid: RefCell<Option<Box<Refusal>>>,
}

enum Of<'f> {
    /// Its cost is shown in a currency.
    Line { line: &'f Line<'f>, list_price: Option<Exact>, value: Option<Exact>, currency: Currency },
    /// What the lines of a document rule come to together.
    Document(&'f dyn Fn(Basis) -> Computed<Exact>),
}

impl<'f> Facts<'f> {
    /// A line before its list price is known, which is computed in a currency.
    pub(crate) const fn early(plan: &'f Plan<'f>, line: &'f Line<'f>, currency: Currency) -> Self {
        Self::of(plan, Of::Line { line, list_price: None, value: None, currency })
    }

    /// A line once its list price is known.
    pub(crate) const fn priced(
        plan: &'f Plan<'f>,
        line: &'f Line<'f>,
        list_price: Option<Exact>,
        value: Exact,
    ) -> Self {
        let currency = plan.currency;
        Self::of(plan, Of::Line { line, list_price, value: Some(value), currency })
    }

    /// A document, and what the lines of the rule come to.
    pub(crate) const fn document(
        plan: &'f Plan<'f>,
        measure: &'f dyn Fn(Basis) -> Computed<Exact>,
    ) -> Self {
        Self::of(plan, Of::Document(measure))
    }

    const fn of(plan: &'f Plan<'f>, of: Of<'f>) -> Self {
        Self { plan, of, unsaid: RefCell::new(None) }
    }

    /// The answer of a rule; its failure becomes the refusal of the line.
    pub(crate) fn ask(&self, number: u32, owner: &Id) -> Computed<Value> {
        let refuse = |message: String| Box::new(Refusal::Rule { rule: owner.clone(), message });
        let rule = self.plan.inner.custom.get(number as usize);
        let rule = rule.ok_or_else(|| refuse("the rule is not in the book".to_owned()))?;
        let answer = rule.evaluate(self);
        match self.unsaid.take() {
            Some(refusal) => Err(refusal),
            None => answer.map_err(|failure| refuse(failure.to_string())),
        }
    }

    /// What was asked for; what cannot be said is kept in mind.
    fn said(&self, value: Computed<Exact>) -> Option<Exact> {
        value.map_err(|refusal| self.unsaid.replace(Some(refusal))).ok()
    }

    fn line(&self) -> Option<&Line<'f>> {
        match self.of {
            Of::Line { line, .. } => Some(line),
            Of::Document(_) => None,
        }
    }

    fn category(&self) -> Option<&str> {
        self.plan.inner.categories.path(self.line()?.info.category).map(Id::as_str)
    }

    /// The cost of one ordered unit, where the product has one on the day.
    fn cost(&self, line: &Line<'_>, currency: Currency) -> Option<Exact> {
        let inner = self.plan.inner;
        let cost = inner.products.cost(line.info, self.plan.day)?;
        let in_currency = || {
            let rate = self.plan.rate(inner.currency, currency)?;
            line.factor.to_base(cost).and_then(|cost| cost.multiply(rate)).at("cost")
        };
        self.said(in_currency())
    }
}

impl Input for Facts<'_> {
    fn number(&self, variable: Variable) -> Option<Exact> {
        match (variable, &self.of) {
            (Variable::Quantity, Of::Line { line, .. }) => Some(line.quantity),
            (Variable::ListPrice, Of::Line { list_price, .. }) => *list_price,
            (Variable::Value, Of::Line { value, .. }) => *value,
            (Variable::Weight, Of::Line { line, .. }) => self.said(line.weight()),
            (Variable::Cost, Of::Line { line, currency, .. }) => self.cost(line, *currency),
            (Variable::Quantity, Of::Document(measure)) => self.said(measure(Basis::Quantity)),
            (Variable::Value, Of::Document(measure)) => self.said(measure(Basis::Value)),
            (Variable::Weight, Of::Document(measure)) => self.said(measure(Basis::Weight)),
            _ => None,
        }
    }

    fn text(&self, variable: Variable) -> Option<&str> {
        let customer = self.plan.customer;
        match variable {
            Variable::Channel => self.plan.channel.map(Id::as_str),
            Variable::Currency => Some(self.plan.currency.code()),
            Variable::CustomerId => self.plan.customer_id.map(Id::as_str),
            Variable::CustomerCluster => customer?.cluster.as_ref().map(Id::as_str),
            Variable::CustomerRegion => customer?.region.as_ref().map(Id::as_str),
            Variable::ProductId => self.plan.inner.products.names.text(self.line()?.product),
            Variable::ProductCategory => self.category(),
            Variable::ProductUnit => {
                self.plan.inner.units.id(u32::from(self.line()?.info.unit)).map(Id::as_str)
            }
            _ => None,
        }
    }

    fn date(&self) -> Option<Date> {
        Some(self.plan.date)
    }

    fn contains(&self, list: Variable, text: &str) -> Option<bool> {
        let customer = self.plan.customer;
        // Whoever is nowhere in a tree has an empty list.
        let in_path = |path: Option<&str>| {
            Some(path.is_some_and(|path| within(path, text) && !text.is_empty()))
        };
        match list {
            Variable::CustomerClusters => in_path(customer?.cluster.as_ref().map(Id::as_str)),
            Variable::CustomerRegions => in_path(customer?.region.as_ref().map(Id::as_str)),
            Variable::CustomerSegments => {
                Some(customer?.segments.iter().any(|segment| segment.as_str() == text))
            }
            Variable::ProductCategories => in_path(self.category()),
            _ => None,
        }
    }

    fn attribute(&self, map: Variable, key: &str) -> Option<&str> {
        match map {
            Variable::CustomerAttributes => self.plan.customer?.attributes.get(key),
            Variable::LineAttributes => self.line()?.attributes?.get(key),
            Variable::OrderAttributes => self.plan.attributes?.get(key),
            Variable::ProductAttributes => {
                let attributes = &self.line()?.extra?.attributes;
                attributes.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value)
            }
            _ => None,
        }
        .map(Id::as_str)
    }
}
