use serde::{Deserialize, Serialize};

use super::limits::RuleLimits;
use super::vocabulary::{Type, Variable};
use crate::calendar::Date;
use crate::money::Exact;

/// What a rule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Whether something applies: `true` or `false`.
    Predicate,
    /// A number; whether it is an amount or a percentage is said where the rule is used.
    Formula,
}

impl RuleKind {
    pub(super) const fn result(self) -> Type {
        match self {
            Self::Predicate => Type::Bool,
            Self::Formula => Type::Number,
        }
    }
}

/// The largest number of decimals a rule can round to, and the number it divides to.
pub(super) const DECIMALS: u8 = 20;

/// The position of a node in its rule.
pub(super) type Id = u16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnaryOperator {
    Negate,
    Not,
    Absolute,
    Floor,
    Ceiling,
    /// A text read as a number.
    ToNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Connective {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Extreme {
    Least,
    Greatest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DatePart {
    Year,
    Month,
    Day,
    Weekday,
}

/// A run of [`Rule::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Items {
    pub(super) start: u16,
    pub(super) count: u16,
}

/// One value or operation. Operands are earlier nodes of the same rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Node {
    Number(u16),
    Text(u16),
    Bool(bool),
    Date(Date),
    Variable(Variable),
    Attribute { of: Variable, key: u16 },
    DatePart { part: DatePart, of: Id },
    Unary { operator: UnaryOperator, of: Id },
    Arithmetic { operator: Arithmetic, left: Id, right: Id },
    Compare { operator: Comparison, left: Id, right: Id },
    Connect { operator: Connective, left: Id, right: Id },
    If { condition: Id, then: Id, otherwise: Id },
    Extreme { which: Extreme, items: Items },
    Round { of: Id, decimals: u8 },
    OneOf { value: Id, items: Items },
    Between { value: Id, low: Id, low_open: bool, high: Id, high_open: bool },
    Member { value: Id, list: Variable },
    TextTest { test: TextTest, text: Id, part: Id },
    Known { of: Id },
    Default { of: Id, fallback: Id },
}

/// Where a node stands in the source, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// A compiled rule: a flat, typed tree that can be stored and evaluated.
///
/// A rule comes from [`parse`](fn@super::parse) or from serde. One that comes from serde is
/// validated like one that was never seen before: references, types, depth and size are checked,
/// so that whatever was read evaluates to a value or to a typed failure.
///
/// ```
/// # #[cfg(feature = "rules-parser")] {
/// use listino_core::rules::{Rule, RuleKind, Vocabulary, parse};
/// let rule = parse("list_price * 0.9", Vocabulary::ALL, RuleKind::Formula).unwrap();
/// let stored = serde_json::to_string(&rule).unwrap();
/// assert_eq!(serde_json::from_str::<Rule>(&stored).unwrap(), rule);
/// assert_eq!((rule.kind(), rule.source()), (RuleKind::Formula, "list_price * 0.9"));
/// assert!(serde_json::from_str::<Rule>(&stored.replace("\"left\":0", "\"left\":2")).is_err());
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawRule")]
pub struct Rule {
    pub(super) kind: RuleKind,
    pub(super) source: Box<str>,
    pub(super) numbers: Box<[Exact]>,
    pub(super) texts: Box<[Box<str>]>,
    pub(super) items: Box<[Id]>,
    pub(super) nodes: Box<[Node]>,
    pub(super) places: Box<[Place]>,
}

impl Rule {
    /// What the rule answers.
    pub const fn kind(&self) -> RuleKind {
        self.kind
    }

    /// The text it was written as.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables it may ask for, each once, in the order of the documentation.
    ///
    /// ```
    /// # #[cfg(feature = "rules-parser")] {
    /// use listino_core::rules::{RuleKind, Variable, Vocabulary, parse};
    /// let rule = parse("cost * 1.3", Vocabulary::ALL, RuleKind::Formula).unwrap();
    /// assert_eq!(rule.variables().collect::<Vec<_>>(), [Variable::Cost]);
    /// # }
    /// ```
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        Variable::ALL.iter().copied().filter(|wanted| {
            self.nodes.iter().any(|node| match node {
                Node::Variable(variable)
                | Node::Attribute { of: variable, .. }
                | Node::Member { list: variable, .. } => variable == wanted,
                _ => false,
            })
        })
    }

    pub(super) fn run(&self, items: Items) -> Option<&[Id]> {
        let start = usize::from(items.start);
        self.items.get(start..start + usize::from(items.count))
    }

    /// The root is the last node, because operands come first.
    pub(super) fn root(&self) -> Id {
        Id::try_from(self.nodes.len().saturating_sub(1)).unwrap_or(Id::MAX)
    }

    pub(super) fn validated(self) -> Result<Self, InvalidRule> {
        Check { rule: &self, depths: Vec::new(), types: Vec::new(), used: Vec::new() }.run()?;
        Ok(self)
    }
}

/// A rule as it is read, before anything is believed of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    kind: RuleKind,
    source: Box<str>,
    numbers: Box<[Exact]>,
    texts: Box<[Box<str>]>,
    items: Box<[Id]>,
    nodes: Box<[Node]>,
    places: Box<[Place]>,
}

impl TryFrom<RawRule> for Rule {
    type Error = InvalidRule;

    fn try_from(raw: RawRule) -> Result<Self, InvalidRule> {
        let RawRule { kind, source, numbers, texts, items, nodes, places } = raw;
        Self { kind, source, numbers, texts, items, nodes, places }.validated()
    }
}

/// A stored rule that no compiler of this version could have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored rule is damaged: {0}; compile the book again")]
pub(super) struct InvalidRule(&'static str);

struct Check<'a> {
    rule: &'a Rule,
    depths: Vec<usize>,
    types: Vec<Type>,
    used: Vec<bool>,
}

impl Check<'_> {
    fn run(mut self) -> Result<(), InvalidRule> {
        let rule = self.rule;
        let limits = RuleLimits::CEILING;
        let count = rule.nodes.len();
        ensure(count > 0 && count <= limits.max_nodes(), "the number of nodes")?;
        ensure(rule.source.len() <= limits.max_source(), "the length of the source")?;
        ensure(rule.places.len() == count, "the number of places")?;
        ensure(rule.items.len() <= count, "the number of items")?;
        ensure(rule.numbers.len() <= count && rule.texts.len() <= count, "the literals")?;
        let whole = rule.places.iter().all(|place| {
            rule.source.get(usize::from(place.start)..usize::from(place.end)).is_some()
        });
        ensure(whole, "a place outside the source")?;
        self.used = vec![false; count];
        for node in &rule.nodes {
            let (kind, depth) = self.node(node)?;
            ensure(depth <= limits.max_depth(), "the depth")?;
            self.types.push(kind);
            self.depths.push(depth);
        }
        // Each node has one user, so an evaluation visits it at most once.
        let (root, operands) = self.used.split_last().ok_or(InvalidRule("the nodes"))?;
        ensure(!root && operands.iter().all(|used| *used), "a node without a use")?;
        ensure(self.types.last() == Some(&rule.kind.result()), "the type of the result")
    }

    /// The type and depth of the operand `id`, which gains its one user.
    fn operand(&mut self, id: Id, depth: &mut usize) -> Result<Type, InvalidRule> {
        let at = usize::from(id);
        let kind = *self.types.get(at).ok_or(InvalidRule("an operand after its operation"))?;
        let used = self.used.get_mut(at).ok_or(InvalidRule("an operand"))?;
        ensure(!*used, "an operand used twice")?;
        *used = true;
        *depth = (*depth).max(self.depths.get(at).copied().unwrap_or(usize::MAX));
        Ok(kind)
    }

    fn node(&mut self, node: &Node) -> Result<(Type, usize), InvalidRule> {
        let rule = self.rule;
        let mut deepest = 0;
        let depth = &mut deepest;
        let mismatch = "the types of an operation";
        let kind = match *node {
            Node::Number(at) => {
                ensure(usize::from(at) < rule.numbers.len(), "a number")?;
                Type::Number
            }
            Node::Text(at) => {
                ensure(usize::from(at) < rule.texts.len(), "a text")?;
                Type::Text
            }
            Node::Bool(_) => Type::Bool,
            Node::Date(_) => Type::Date,
            Node::Variable(variable) => {
                let kind = variable.value_type();
                ensure(!matches!(kind, Type::TextList | Type::TextMap), "a variable")?;
                kind
            }
            Node::Attribute { of, key } => {
                ensure(of.value_type() == Type::TextMap, "an attribute")?;
                ensure(usize::from(key) < rule.texts.len(), "the key of an attribute")?;
                Type::Text
            }
            Node::DatePart { of, .. } => {
                ensure(self.operand(of, depth)? == Type::Date, mismatch)?;
                Type::Number
            }
            Node::Unary { operator, of } => {
                let (from, to) = match operator {
                    UnaryOperator::Not => (Type::Bool, Type::Bool),
                    UnaryOperator::ToNumber => (Type::Text, Type::Number),
                    UnaryOperator::Negate
                    | UnaryOperator::Absolute
                    | UnaryOperator::Floor
                    | UnaryOperator::Ceiling => (Type::Number, Type::Number),
                };
                ensure(self.operand(of, depth)? == from, mismatch)?;
                to
            }
            Node::Arithmetic { left, right, .. } => {
                ensure(self.operand(left, depth)? == Type::Number, mismatch)?;
                ensure(self.operand(right, depth)? == Type::Number, mismatch)?;
                Type::Number
            }
            Node::Compare { operator, left, right } => {
                let kind = self.operand(left, depth)?;
                ensure(self.operand(right, depth)? == kind, mismatch)?;
                let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
                ensure(equality || matches!(kind, Type::Number | Type::Date), mismatch)?;
                Type::Bool
            }
            Node::Connect { left, right, .. } => {
                ensure(self.operand(left, depth)? == Type::Bool, mismatch)?;
                ensure(self.operand(right, depth)? == Type::Bool, mismatch)?;
                Type::Bool
            }
            Node::If { condition, then, otherwise } => {
                ensure(self.operand(condition, depth)? == Type::Bool, mismatch)?;
                let kind = self.operand(then, depth)?;
                ensure(self.operand(otherwise, depth)? == kind, mismatch)?;
                kind
            }
            Node::Extreme { items, .. } => {
                self.items(items, Type::Number, depth)?;
                Type::Number
            }
            Node::Round { of, decimals } => {
                ensure(self.operand(of, depth)? == Type::Number, mismatch)?;
                ensure(decimals <= DECIMALS, "the decimals of a rounding")?;
                Type::Number
            }
            Node::OneOf { value, items } => {
                let kind = self.operand(value, depth)?;
                self.items(items, kind, depth)?;
                Type::Bool
            }
            Node::Between { value, low, high, .. } => {
                let kind = self.operand(value, depth)?;
                ensure(matches!(kind, Type::Number | Type::Date), mismatch)?;
                ensure(self.operand(low, depth)? == kind, mismatch)?;
                ensure(self.operand(high, depth)? == kind, mismatch)?;
                Type::Bool
            }
            Node::Member { value, list } => {
                ensure(self.operand(value, depth)? == Type::Text, mismatch)?;
                ensure(list.value_type() == Type::TextList, "a list")?;
                Type::Bool
            }
            Node::TextTest { text, part, .. } => {
                ensure(self.operand(text, depth)? == Type::Text, mismatch)?;
                ensure(self.operand(part, depth)? == Type::Text, mismatch)?;
                Type::Bool
            }
            Node::Known { of } => {
                let asked = rule.nodes.get(usize::from(of));
                let may_lack = matches!(asked, Some(Node::Variable(_) | Node::Attribute { .. }));
                ensure(may_lack, "a test for a missing value")?;
                self.operand(of, depth)?;
                Type::Bool
            }
            Node::Default { of, fallback } => {
                let kind = self.operand(of, depth)?;
                ensure(self.operand(fallback, depth)? == kind, mismatch)?;
                kind
            }
        };
        Ok((kind, deepest.saturating_add(1)))
    }

    fn items(&mut self, items: Items, kind: Type, depth: &mut usize) -> Result<(), InvalidRule> {
        let run = self.rule.run(items).ok_or(InvalidRule("the items of a list"))?;
        ensure(!run.is_empty(), "an empty list")?;
        for id in run {
            ensure(self.operand(*id, depth)? == kind, "the types of a list")?;
        }
        Ok(())
    }
}

fn ensure(holds: bool, what: &'static str) -> Result<(), InvalidRule> {
    if holds { Ok(()) } else { Err(InvalidRule(what)) }
}
