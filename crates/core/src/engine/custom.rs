//! Custom rules of a book, compiled once and found by the thing they belong to.

use rustc_hash::FxHashMap;

use crate::book::{Code, Level, PriceBook};
use crate::diagnostic::Place;
use crate::rules::{Rule, RuleKind};
use crate::{Diagnostic, Id};

/// Where a custom rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Seat {
    Condition,
    Percentage,
    Formula,
}

impl Seat {
    const fn kind(self) -> RuleKind {
        match self {
            Self::Condition => RuleKind::Predicate,
            Self::Percentage | Self::Formula => RuleKind::Formula,
        }
    }
}

/// What is known where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// A line whose list price is looked for.
    Line,
    /// A line and its list price.
    ListPrice,
    /// A document, and what the lines of a rule come to together.
    Document,
}

/// The compiled rules of a book.
#[derive(Debug, Default)]
pub(crate) struct CustomRules {
    pub(crate) rules: Vec<Rule>,
    seats: FxHashMap<(Seat, Id), u32>,
}

impl CustomRules {
    /// Compiles every rule of a book; what cannot be compiled is reported at its place.
    pub(crate) fn new(book: &PriceBook) -> (Self, Vec<Diagnostic>) {
        let mut custom = Self::default();
        let mut found = Vec::new();
        let lists = Place::Root;
        let lists = lists.key("price_lists");
        for (at, list) in book.price_lists.iter().enumerate() {
            if let Some(text) = list.formula.as_ref().and_then(|formula| formula.rule.as_ref()) {
                let place = lists.index(at);
                let place = place.key("formula");
                let place = place.key("rule");
                custom.add((Seat::Formula, Known::Line), &list.id, text, &place, &mut found);
            }
        }
        let discounts = Place::Root;
        let discounts = discounts.key("discounts");
        for (at, rule) in book.discounts.iter().enumerate() {
            let place = discounts.index(at);
            let stage = book.stages.iter().find(|stage| stage.id == rule.stage);
            let known = match stage.map(|stage| stage.on) {
                Some(Level::Document) => Known::Document,
                _ => Known::ListPrice,
            };
            if let Some(text) = &rule.when {
                let place = place.key("when");
                custom.add((Seat::Condition, known), &rule.id, text, &place, &mut found);
            }
            if let Some(text) = &rule.rule {
                let place = place.key("rule");
                custom.add((Seat::Percentage, known), &rule.id, text, &place, &mut found);
            }
        }
        (custom, found)
    }

    fn add(
        &mut self,
        (seat, known): (Seat, Known),
        owner: &Id,
        text: &str,
        place: &Place<'_>,
        found: &mut Vec<Diagnostic>,
    ) {
        match compile(text, seat.kind(), known) {
            Ok(rule) => {
                let number = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
                self.rules.push(rule);
                self.seats.insert((seat, owner.clone()), number);
            }
            Err(problems) => {
                let pointer = place.pointer();
                found.extend(
                    problems
                        .into_iter()
                        .map(|message| Diagnostic::new(Code::CustomRule, pointer.clone(), message)),
                );
            }
        }
    }

    fn get(&self, seat: Seat, owner: &Id) -> Option<u32> {
        self.seats.get(&(seat, owner.clone())).copied()
    }

    pub(crate) fn condition(&self, discount: &Id) -> Option<u32> {
        self.get(Seat::Condition, discount)
    }

    pub(crate) fn percentage(&self, discount: &Id) -> Option<u32> {
        self.get(Seat::Percentage, discount)
    }

    pub(crate) fn formula(&self, list: &Id) -> u32 {
        self.get(Seat::Formula, list).unwrap_or(super::NONE)
    }
}

type Problems = Vec<String>;

#[cfg(feature = "rules-parser")]
fn compile(text: &str, kind: RuleKind, known: Known) -> Result<Rule, Problems> {
    use crate::rules::{Variable, Vocabulary, parse};
    let unknown: &[Variable] = match known {
        Known::ListPrice => &[],
        Known::Line => &[Variable::ListPrice, Variable::Value],
        Known::Document => &[
            Variable::ListPrice,
            Variable::Cost,
            Variable::ProductId,
            Variable::ProductCategory,
            Variable::ProductCategories,
            Variable::ProductUnit,
            Variable::ProductAttributes,
            Variable::LineAttributes,
        ],
    };
    let vocabulary = unknown.iter().fold(Vocabulary::ALL, |all, &variable| all.without(variable));
    parse(text, vocabulary, kind).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[cfg(not(feature = "rules-parser"))]
fn compile(_: &str, _: RuleKind, _: Known) -> Result<Rule, Problems> {
    Err(vec!["this build of the engine cannot read custom rules".to_owned()])
}
