//! Custom rules of a book, compiled once and found by the thing they belong to.

use rustc_hash::FxHashMap;

use crate::book::{Code, PriceBook};
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
                custom.add(Seat::Formula, &list.id, text, &place.key("rule"), &mut found);
            }
        }
        let discounts = Place::Root;
        let discounts = discounts.key("discounts");
        for (at, rule) in book.discounts.iter().enumerate() {
            let place = discounts.index(at);
            if let Some(text) = &rule.when {
                custom.add(Seat::Condition, &rule.id, text, &place.key("when"), &mut found);
            }
            if let Some(text) = &rule.rule {
                custom.add(Seat::Percentage, &rule.id, text, &place.key("rule"), &mut found);
            }
        }
        (custom, found)
    }

    fn add(
        &mut self,
        seat: Seat,
        owner: &Id,
        text: &str,
        place: &Place<'_>,
        found: &mut Vec<Diagnostic>,
    ) {
        match compile(text, seat) {
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
fn compile(text: &str, seat: Seat) -> Result<Rule, Problems> {
    use crate::rules::{Variable, Vocabulary, parse};
    // A rule sees what is known where it stands: before its stage there is no running price, and
    // before the list price no list price.
    let vocabulary = Vocabulary::ALL.without(Variable::Price);
    let (vocabulary, kind) = match seat {
        Seat::Condition => (vocabulary, RuleKind::Predicate),
        Seat::Percentage => (vocabulary, RuleKind::Formula),
        Seat::Formula => {
            let early = vocabulary.without(Variable::ListPrice).without(Variable::Value);
            (early, RuleKind::Formula)
        }
    };
    parse(text, vocabulary, kind).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[cfg(not(feature = "rules-parser"))]
fn compile(_: &str, seat: Seat) -> Result<Rule, Problems> {
    let _: RuleKind = match seat {
        Seat::Condition => RuleKind::Predicate,
        Seat::Percentage | Seat::Formula => RuleKind::Formula,
    };
    Err(vec!["this build of the engine cannot read custom rules".to_owned()])
}
