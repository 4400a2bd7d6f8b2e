//! From text to a [`Rule`]: ZEN's lexer and parser, then our names, types and limits.
//!
//! Nothing of the host library leaves this file.

use bumpalo::Bump;
use zen_expression::lexer::{
    ArithmeticOperator, Bracket, ComparisonOperator, Lexer, LexerError, LogicalOperator, Operator,
    QuotationMark, Token, TokenKind,
};
use zen_expression::parser::{AstNodeError, Node as Syntax, Parser, ParserResult};

use super::limits::RuleLimits;
use super::problem::{RuleError, RuleProblem};
use super::tree::{
    Arithmetic, Comparison, Connective, DECIMALS, DatePart, Extreme, Id, Items, Node, Place, Rule,
    RuleKind, TextTest, UnaryOperator,
};
use super::vocabulary::{Type, Variable, Vocabulary};
use crate::calendar::Date;
use crate::money::{Exact, parse_decimal};

/// The functions of a rule, as they are called.
const FUNCTIONS: &[(&str, &str)] = &[
    ("abs", "abs(x)"),
    ("floor", "floor(x)"),
    ("ceil", "ceil(x)"),
    ("round", "round(x, 2)"),
    ("min", "min([x, y])"),
    ("max", "max([x, y])"),
    ("number", "number(text)"),
    ("d", "d(\"2026-01-31\")"),
    ("contains", "contains(text, part)"),
    ("startsWith", "startsWith(text, part)"),
    ("endsWith", "endsWith(text, part)"),
];

/// Brackets may nest this deep when a rule has a range (`..`): the parser tries each bracket as a
/// range first and as a group second, so its work doubles with each level.
const NESTED_RANGES: usize = 8;

/// Reads a rule and checks it: names, types, limits.
///
/// ```
/// use listino_core::rules::{RuleKind, Vocabulary, parse};
/// let source = r#""reseller" in customer.clusters and quantity in [10..100)"#;
/// assert!(parse(source, Vocabulary::ALL, RuleKind::Predicate).is_ok());
/// assert!(parse(source, Vocabulary::ALL, RuleKind::Formula).is_err());
/// ```
///
/// # Errors
/// Every mistake of names and types with its place, or the first one that stops reading.
pub fn parse(source: &str, vocabulary: Vocabulary, kind: RuleKind) -> Result<Rule, Vec<RuleError>> {
    parse_with_limits(source, vocabulary, kind, RuleLimits::default())
}

/// The same with smaller limits.
///
/// ```
/// use listino_core::rules::{RuleKind, RuleLimits, Vocabulary, parse_with_limits};
/// let limits = RuleLimits::default().nodes(2);
/// assert!(parse_with_limits("1 + 2", Vocabulary::ALL, RuleKind::Formula, limits).is_err());
/// ```
///
/// # Errors
/// As [`parse`].
pub fn parse_with_limits(
    source: &str,
    vocabulary: Vocabulary,
    kind: RuleKind,
    limits: RuleLimits,
) -> Result<Rule, Vec<RuleError>> {
    let one = |problem, start, end| vec![RuleError::new(problem, source, start, end)];
    if source.len() > limits.max_source() {
        let problem = RuleProblem::Limit { what: "bytes", limit: limits.max_source() };
        return Err(one(problem, 0, 0));
    }
    let arena = Bump::new();
    let tokens = Lexer::new().tokenize(&arena, source).map_err(|error| {
        let (problem, start, end) = unreadable(&error, source);
        one(problem, start, end)
    })?;
    gate(&tokens, limits).map_err(|(problem, start, end)| one(problem, start, end))?;
    let parser = Parser::try_new(&tokens, &arena)
        .map_err(|error| one(RuleProblem::Syntax(error.to_string()), 0, 0))?;
    let parsed = parser.standard().with_metadata().parse();

    let mut lowering = Lowering {
        source,
        vocabulary,
        limits,
        tokens: &tokens,
        parsed: &parsed,
        errors: Vec::new(),
        numbers: Vec::new(),
        texts: Vec::new(),
        items: Vec::new(),
        nodes: Vec::new(),
        places: Vec::new(),
        heights: Vec::new(),
    };
    let root = lowering.scalar(parsed.root, 0);
    if lowering.errors.is_empty() && !parsed.is_complete {
        let end = root.map_or(0, |operand| operand.end);
        lowering.trailing(end);
    }
    if let Some(root) = root
        && lowering.errors.is_empty()
    {
        let mend = match kind {
            RuleKind::Predicate => "compare the value with something",
            RuleKind::Formula => "answer with a number: `condition ? 10 : 0`",
        };
        lowering.expect(root, kind.result(), mend);
    }
    let Lowering { errors, numbers, texts, items, nodes, places, .. } = lowering;
    if !errors.is_empty() {
        return Err(errors);
    }
    let rule = Rule {
        kind,
        source: source.into(),
        numbers: numbers.into(),
        texts: texts.into(),
        items: items.into(),
        nodes: nodes.into(),
        places: places.into(),
    };
    // What is written here must pass the checks of what is read back.
    rule.validated().map_err(|error| one(RuleProblem::Syntax(error.to_string()), 0, source.len()))
}

fn unreadable(error: &LexerError, source: &str) -> (RuleProblem, usize, usize) {
    let (at, mend) = match error {
        LexerError::UnexpectedSymbol { span, .. } => (span.0, "a sign that rules do not have"),
        LexerError::UnmatchedSymbol { position, .. } => {
            (*position, "a sign that rules do not have; write `and`, `or`, `not`, `==`")
        }
        LexerError::UnexpectedEof { position, .. } => (*position, "a text is not closed"),
    };
    let start = source.floor_char_boundary(at as usize);
    (RuleProblem::Syntax(mend.to_owned()), start, source.ceil_char_boundary(start + 1))
}

/// Refuses on the tokens what the parser is not safe or not quick to read.
fn gate(tokens: &[Token<'_>], limits: RuleLimits) -> Result<(), (RuleProblem, usize, usize)> {
    let limit = |what, limit| RuleProblem::Limit { what, limit };
    let ranges = tokens.iter().any(|token| token.kind == TokenKind::Operator(Operator::Range));
    let deepest = if ranges { NESTED_RANGES.min(limits.max_depth()) } else { limits.max_depth() };
    let mut open = 0_usize;
    for (count, token) in tokens.iter().enumerate() {
        let (start, end) = (token.span.0 as usize, token.span.1 as usize);
        if count >= limits.max_tokens() {
            return Err((limit("words and signs", limits.max_tokens()), start, end));
        }
        match token.kind {
            TokenKind::Bracket(
                Bracket::LeftParenthesis | Bracket::LeftSquareBracket | Bracket::LeftCurlyBracket,
            ) => open += 1,
            TokenKind::Bracket(_) => open = open.saturating_sub(1),
            TokenKind::TemplateString(_) | TokenKind::QuotationMark(QuotationMark::Backtick) => {
                let construct = "text templates".to_owned();
                let mend = "write the text in quotation marks";
                return Err((RuleProblem::Unsupported { construct, mend }, start, end));
            }
            _ => {}
        }
        if open > deepest {
            return Err((limit("brackets inside each other", deepest), start, end));
        }
    }
    Ok(())
}

/// A node that is written, its type and where it stands.
#[derive(Debug, Clone, Copy)]
struct Operand {
    id: Id,
    kind: Type,
    start: usize,
    end: usize,
}

/// What an expression can be before it is known to be one value.
enum Term {
    Scalar(Operand),
    Named { variable: Variable, start: usize, end: usize },
}

struct Lowering<'a, 'arena> {
    source: &'a str,
    vocabulary: Vocabulary,
    limits: RuleLimits,
    tokens: &'a [Token<'arena>],
    parsed: &'a ParserResult<'arena>,
    errors: Vec<RuleError>,
    numbers: Vec<Exact>,
    texts: Vec<Box<str>>,
    items: Vec<Id>,
    nodes: Vec<Node>,
    places: Vec<Place>,
    heights: Vec<usize>,
}

// Each method answers `None` after it has reported why, so that the other branches of the rule are
// still checked.
impl<'arena> Lowering<'_, 'arena> {
    fn report(&mut self, problem: RuleProblem, start: usize, end: usize) {
        self.errors.push(RuleError::new(problem, self.source, start, end));
    }

    fn unsupported(&mut self, construct: &str, mend: &'static str, node: &Syntax<'arena>) {
        let (start, end) = self.span(node);
        let construct = construct.to_owned();
        self.report(RuleProblem::Unsupported { construct, mend }, start, end);
    }

    /// The place the parser noted. It notes none for error nodes, and counts tokens instead of
    /// bytes for ranges, so composite nodes take theirs from their operands.
    fn span(&self, node: &Syntax<'arena>) -> (usize, usize) {
        let key = std::ptr::from_ref(node) as usize;
        self.parsed
            .metadata
            .as_ref()
            .and_then(|all| all.get(&key))
            .map_or((0, 0), |noted| (noted.span.0 as usize, noted.span.1 as usize))
    }

    fn trailing(&mut self, end: usize) {
        let next = self.tokens.iter().find(|token| token.span.0 as usize >= end);
        let (start, end) =
            next.map_or((end, end), |token| (token.span.0 as usize, token.span.1 as usize));
        self.report(RuleProblem::Syntax("nothing is expected here".to_owned()), start, end);
    }

    fn push(&mut self, node: Node, kind: Type, start: usize, end: usize) -> Option<Operand> {
        self.push_over(node, kind, start, end, &[])
    }

    fn push_over(
        &mut self,
        node: Node,
        kind: Type,
        start: usize,
        end: usize,
        operands: &[Operand],
    ) -> Option<Operand> {
        let below = operands
            .iter()
            .filter_map(|operand| self.heights.get(usize::from(operand.id)))
            .max()
            .copied()
            .unwrap_or(0);
        if below >= self.limits.max_depth() {
            self.too_deep(start, end);
            return None;
        }
        let limit = self.limits.max_nodes();
        if self.nodes.len() >= limit {
            self.report(RuleProblem::Limit { what: "values and operations", limit }, start, end);
            return None;
        }
        let id = Id::try_from(self.nodes.len()).ok()?;
        let place = Place { start: u16::try_from(start).ok()?, end: u16::try_from(end).ok()? };
        self.nodes.push(node);
        self.places.push(place);
        self.heights.push(below + 1);
        Some(Operand { id, kind, start, end })
    }

    fn too_deep(&mut self, start: usize, end: usize) {
        let limit = self.limits.max_depth();
        self.report(RuleProblem::Limit { what: "levels", limit }, start, end);
    }

    fn expect(&mut self, operand: Operand, kind: Type, mend: &'static str) -> Option<Operand> {
        if operand.kind == kind {
            return Some(operand);
        }
        let expected = match kind {
            Type::Number => "number",
            Type::Text => "text",
            Type::Bool => "true or false",
            Type::Date => "date",
            Type::TextList => "list of texts",
            Type::TextMap => "attributes",
        };
        let problem = RuleProblem::Type { expected, found: operand.kind, mend };
        self.report(problem, operand.start, operand.end);
        None
    }

    fn number(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Operand> {
        let operand = self.scalar(node, level)?;
        self.expect(operand, Type::Number, "read a text with `number(...)`")
    }

    fn text(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Operand> {
        let operand = self.scalar(node, level)?;
        self.expect(operand, Type::Text, "write the text in quotation marks")
    }

    fn bool(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Operand> {
        let operand = self.scalar(node, level)?;
        self.expect(operand, Type::Bool, "compare the value with something")
    }

    fn same(&mut self, left: Operand, right: Operand) -> Option<Type> {
        self.expect(right, left.kind, "compare and choose between values of one type")
            .map(|_| left.kind)
    }

    fn scalar(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Operand> {
        match self.term(node, level)? {
            Term::Scalar(operand) => Some(operand),
            Term::Named { variable, start, end } => {
                let mend = match variable.value_type() {
                    Type::TextList => "test it with `\"...\" in`",
                    _ => "name one of them: `[\"key\"]`",
                };
                let found = variable.value_type();
                let expected = "single value";
                self.report(RuleProblem::Type { expected, found, mend }, start, end);
                None
            }
        }
    }

    fn term(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Term> {
        if level > self.limits.max_depth() {
            let (start, end) = self.span(node);
            self.too_deep(start, end);
            return None;
        }
        let level = level + 1;
        match node {
            Syntax::Identifier(_) | Syntax::Member { .. } => self.name(node, level),
            _ => self.operation(node, level).map(Term::Scalar),
        }
    }

    fn operation(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Operand> {
        let (start, end) = self.span(node);
        match node {
            Syntax::Bool(value) => self.push(Node::Bool(*value), Type::Bool, start, end),
            Syntax::Number(_) => self.literal(start, end),
            Syntax::String(text) => {
                let at = self.intern(text)?;
                self.push(Node::Text(at), Type::Text, start, end)
            }
            Syntax::Parenthesized(inner) => {
                let operand = self.scalar(inner, level)?;
                Some(Operand { start, end, ..operand })
            }
            Syntax::Unary { node: of, operator } => self.unary(of, *operator, start, level),
            Syntax::Binary { left, operator, right } => {
                self.binary(node, left, *operator, right, level)
            }
            Syntax::Conditional { condition, on_true, on_false } => {
                let condition = self.bool(condition, level);
                let then = self.scalar(on_true, level);
                let otherwise = self.scalar(on_false, level);
                let (condition, then, otherwise) = (condition?, then?, otherwise?);
                let kind = self.same(then, otherwise)?;
                let all = [condition, then, otherwise];
                let [condition, then, otherwise] = all.map(|operand| operand.id);
                let node = Node::If { condition, then, otherwise };
                let [first, _, last] = all;
                self.push_over(node, kind, first.start, last.end, &all)
            }
            Syntax::FunctionCall { kind, arguments } => {
                self.call(&kind.to_string(), arguments, node, level)
            }
            Syntax::Error { node: inner, error } => {
                if let Some(inner) = inner {
                    let before = self.errors.len();
                    self.scalar(inner, level);
                    if self.errors.len() > before {
                        return None;
                    }
                }
                self.broken(error);
                None
            }
            other => {
                let (construct, mend) = foreign(other);
                self.unsupported(construct, mend, node);
                None
            }
        }
    }

    fn broken(&mut self, error: &AstNodeError<'_>) {
        let at = |span: &(u32, u32)| (span.0 as usize, span.1 as usize);
        let (problem, (start, end)) = match error {
            AstNodeError::UnknownBuiltIn { name, span } => {
                let names = FUNCTIONS.iter().map(|(name, _)| *name);
                let similar = similar(name, names);
                (RuleProblem::UnknownFunction { name: (*name).to_owned(), similar }, at(span))
            }
            AstNodeError::UnknownMethod { name, span } => {
                let construct = format!("method `{name}`");
                let mend = "write a function such as `contains(text, part)`";
                (RuleProblem::Unsupported { construct, mend }, at(span))
            }
            AstNodeError::InvalidNumber { number, span } => {
                (RuleProblem::Number((*number).to_owned()), at(span))
            }
            AstNodeError::UnexpectedEnd { span } => (unexpected(true), at(span)),
            AstNodeError::MissingToken { position, .. } => {
                let place = self.tokens.get(*position).map_or_else(
                    || (self.source.len(), self.source.len()),
                    |token| at(&token.span),
                );
                (unexpected(place.0 >= self.source.len()), place)
            }
            AstNodeError::UnexpectedIdentifier { span, .. }
            | AstNodeError::UnexpectedToken { span, .. } => {
                (unexpected(span.0 as usize >= self.source.len()), at(span))
            }
            AstNodeError::InvalidBoolean { span, .. }
            | AstNodeError::InvalidProperty { span, .. }
            | AstNodeError::ExpectedProperty { span }
            | AstNodeError::ExpectedLiteral { span }
            | AstNodeError::Custom { span, .. } => {
                (RuleProblem::Syntax("a value is expected here".to_owned()), at(span))
            }
        };
        self.report(problem, start, end);
    }

    fn intern(&mut self, text: &str) -> Option<u16> {
        let known = self.texts.iter().position(|known| **known == *text);
        let at = known.unwrap_or_else(|| {
            self.texts.push(text.into());
            self.texts.len() - 1
        });
        u16::try_from(at).ok()
    }

    /// Reads the digits as they are written: the parser also takes `1e3` and `1_000`.
    fn literal(&mut self, start: usize, end: usize) -> Option<Operand> {
        let text = self.source.get(start..end).unwrap_or_default();
        let Ok(value) = parse_decimal(text) else {
            self.report(RuleProblem::Number(super::snippet(text, 0, text.len())), start, end);
            return None;
        };
        let at = u16::try_from(self.numbers.len()).ok()?;
        self.numbers.push(Exact::from(value));
        self.push(Node::Number(at), Type::Number, start, end)
    }

    fn name(&mut self, node: &Syntax<'arena>, level: usize) -> Option<Term> {
        let (start, end) = self.span(node);
        let path = path(node);
        if let Some(path) = &path
            && let Some(variable) = Variable::named(path)
        {
            if !self.vocabulary.has(variable) {
                self.report(RuleProblem::NotHere(path.clone()), start, end);
                return None;
            }
            return match variable.value_type() {
                Type::TextList | Type::TextMap => Some(Term::Named { variable, start, end }),
                kind => self.push(Node::Variable(variable), kind, start, end).map(Term::Scalar),
            };
        }
        if let Syntax::Member { node: of, property: Syntax::String(property) } = node
            && self::path(of).is_none_or(|base| Variable::named(&base).is_some())
        {
            return self.member(of, property, (start, end), level).map(Term::Scalar);
        }
        let Some(name) = path else {
            let mend = "name an attribute by a text: `customer.attributes[\"k\"]`";
            self.unsupported("computed members", mend, node);
            return None;
        };
        let names = Variable::ALL.iter().filter(|v| self.vocabulary.has(**v)).map(|v| v.name());
        let similar = similar(&name, names);
        self.report(RuleProblem::UnknownVariable { name, similar }, start, end);
        None
    }

    fn member(
        &mut self,
        of: &Syntax<'arena>,
        property: &str,
        (start, end): (usize, usize),
        level: usize,
    ) -> Option<Operand> {
        const PARTS: [(&str, DatePart); 4] = [
            ("year", DatePart::Year),
            ("month", DatePart::Month),
            ("day", DatePart::Day),
            ("weekday", DatePart::Weekday),
        ];
        match self.term(of, level)? {
            Term::Named { variable, .. } if variable.value_type() == Type::TextMap => {
                let key = self.intern(property)?;
                self.push(Node::Attribute { of: variable, key }, Type::Text, start, end)
            }
            Term::Scalar(date) if date.kind == Type::Date => {
                let Some((_, part)) = PARTS.iter().find(|(name, _)| *name == property) else {
                    let names = PARTS.iter().map(|(name, _)| *name);
                    let similar = similar(property, names);
                    let name = property.to_owned();
                    self.report(RuleProblem::UnknownVariable { name, similar }, start, end);
                    return None;
                };
                let node = Node::DatePart { part: *part, of: date.id };
                self.push_over(node, Type::Number, start, end, &[date])
            }
            Term::Scalar(_) | Term::Named { .. } => {
                let construct = format!("member `{property}` of this value");
                let mend = "dates have `.year`, `.month`, `.day` and `.weekday`";
                self.report(RuleProblem::Unsupported { construct, mend }, start, end);
                None
            }
        }
    }

    fn unary(
        &mut self,
        of: &Syntax<'arena>,
        operator: Operator,
        start: usize,
        level: usize,
    ) -> Option<Operand> {
        let (operator, operand) = match operator {
            Operator::Arithmetic(ArithmeticOperator::Subtract) => {
                (UnaryOperator::Negate, self.number(of, level)?)
            }
            Operator::Logical(LogicalOperator::Not) => (UnaryOperator::Not, self.bool(of, level)?),
            _ => {
                self.unsupported("sign of this kind", "leave it out", of);
                return None;
            }
        };
        let node = Node::Unary { operator, of: operand.id };
        self.push_over(node, operand.kind, start.min(operand.start), operand.end, &[operand])
    }

    fn binary(
        &mut self,
        whole: &Syntax<'arena>,
        left: &Syntax<'arena>,
        operator: Operator,
        right: &Syntax<'arena>,
        level: usize,
    ) -> Option<Operand> {
        match operator {
            Operator::Arithmetic(ArithmeticOperator::Power) => {
                self.unsupported("powers", "write a product", whole);
                None
            }
            Operator::Arithmetic(operator) => {
                let operator = match operator {
                    ArithmeticOperator::Add => Arithmetic::Add,
                    ArithmeticOperator::Subtract => Arithmetic::Subtract,
                    ArithmeticOperator::Multiply => Arithmetic::Multiply,
                    ArithmeticOperator::Divide => Arithmetic::Divide,
                    ArithmeticOperator::Modulus | ArithmeticOperator::Power => {
                        Arithmetic::Remainder
                    }
                };
                let (a, b) = (self.number(left, level), self.number(right, level));
                let (a, b) = (a?, b?);
                let node = Node::Arithmetic { operator, left: a.id, right: b.id };
                self.push_over(node, Type::Number, a.start, b.end, &[a, b])
            }
            Operator::Logical(LogicalOperator::NullishCoalescing) => {
                let (a, b) = (self.scalar(left, level), self.scalar(right, level));
                let (a, b) = (a?, b?);
                let kind = self.same(a, b)?;
                let node = Node::Default { of: a.id, fallback: b.id };
                self.push_over(node, kind, a.start, b.end, &[a, b])
            }
            Operator::Logical(operator) => {
                let operator = match operator {
                    LogicalOperator::Or => Connective::Or,
                    _ => Connective::And,
                };
                let (a, b) = (self.bool(left, level), self.bool(right, level));
                let (a, b) = (a?, b?);
                let node = Node::Connect { operator, left: a.id, right: b.id };
                self.push_over(node, Type::Bool, a.start, b.end, &[a, b])
            }
            Operator::Comparison(operator) => self.comparison(whole, left, operator, right, level),
            _ => {
                self.unsupported("operator of this kind", "see the table of operators", whole);
                None
            }
        }
    }

    fn comparison(
        &mut self,
        whole: &Syntax<'arena>,
        left: &Syntax<'arena>,
        operator: ComparisonOperator,
        right: &Syntax<'arena>,
        level: usize,
    ) -> Option<Operand> {
        let operator = match operator {
            ComparisonOperator::In => return self.membership(left, right, level),
            ComparisonOperator::NotIn => {
                let inside = self.membership(left, right, level)?;
                return self.not(inside);
            }
            ComparisonOperator::Equal => Comparison::Equal,
            ComparisonOperator::NotEqual => Comparison::NotEqual,
            ComparisonOperator::LessThan => Comparison::Less,
            ComparisonOperator::GreaterThan => Comparison::Greater,
            ComparisonOperator::LessThanOrEqual => Comparison::LessOrEqual,
            ComparisonOperator::GreaterThanOrEqual => Comparison::GreaterOrEqual,
        };
        let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        if let (asked, Syntax::Null) | (Syntax::Null, asked) = (left, right)
            && equality
        {
            let of = self.scalar(asked, level)?;
            let node = self.nodes.get(usize::from(of.id));
            if !matches!(node, Some(Node::Variable(_) | Node::Attribute { .. })) {
                let mend = "compare one variable or attribute with `null`";
                self.unsupported("missing results", mend, whole);
                return None;
            }
            let known = Node::Known { of: of.id };
            // The place ends with the variable: the parser does not say where `null` stands.
            let known = self.push_over(known, Type::Bool, of.start, of.end, &[of])?;
            return if operator == Comparison::Equal { self.not(known) } else { Some(known) };
        }
        let (a, b) = (self.scalar(left, level), self.scalar(right, level));
        let (a, b) = (a?, b?);
        let kind = self.same(a, b)?;
        if !equality && !matches!(kind, Type::Number | Type::Date) {
            let problem = RuleProblem::Type {
                expected: "number or date",
                found: kind,
                mend: "texts have no order: write `==` or `in`",
            };
            self.report(problem, a.start, b.end);
            return None;
        }
        let node = Node::Compare { operator, left: a.id, right: b.id };
        self.push_over(node, Type::Bool, a.start, b.end, &[a, b])
    }

    fn not(&mut self, of: Operand) -> Option<Operand> {
        let node = Node::Unary { operator: UnaryOperator::Not, of: of.id };
        self.push_over(node, Type::Bool, of.start, of.end, &[of])
    }

    fn membership(
        &mut self,
        value: &Syntax<'arena>,
        list: &Syntax<'arena>,
        level: usize,
    ) -> Option<Operand> {
        let mut list = list;
        while let Syntax::Parenthesized(inner) = list {
            list = inner;
        }
        let value = self.scalar(value, level);
        match list {
            Syntax::Array(members) => {
                let (_, end) = self.span(list);
                let all = self.all(members, level);
                let (value, all) = (value?, all?);
                for member in &all {
                    self.same(value, *member)?;
                }
                if all.is_empty() {
                    self.unsupported("empty lists", "write at least one value", list);
                    return None;
                }
                let items = self.list(&all)?;
                let node = Node::OneOf { value: value.id, items };
                let mut operands = all;
                operands.push(value);
                self.push_over(node, Type::Bool, value.start, end, &operands)
            }
            Syntax::Interval { left, right, left_bracket, right_bracket } => {
                let (low, high) = (self.scalar(left, level), self.scalar(right, level));
                let (value, low, high) = (value?, low?, high?);
                let kind = self.same(value, low)?;
                self.same(value, high)?;
                let end = (high.end + 1).min(self.source.len());
                let end = self.source.ceil_char_boundary(end);
                if !matches!(kind, Type::Number | Type::Date) {
                    let expected = "number or date";
                    let mend = "texts have no order: write `in [\"a\", \"b\"]`";
                    let problem = RuleProblem::Type { expected, found: kind, mend };
                    self.report(problem, value.start, end);
                    return None;
                }
                let open = |bracket: &Bracket, open, closed| match bracket {
                    b if *b == open => Some(true),
                    b if *b == closed => Some(false),
                    _ => None,
                };
                let ends = (
                    open(left_bracket, Bracket::LeftParenthesis, Bracket::LeftSquareBracket),
                    open(right_bracket, Bracket::RightParenthesis, Bracket::RightSquareBracket),
                );
                let (Some(low_open), Some(high_open)) = ends else {
                    let text = "a range is written `[1..10]`, `(1..10)`, `[1..10)` or `(1..10]`";
                    self.report(RuleProblem::Syntax(text.to_owned()), low.start, end);
                    return None;
                };
                let (v, l, h) = (value.id, low.id, high.id);
                let node = Node::Between { value: v, low: l, low_open, high: h, high_open };
                self.push_over(node, Type::Bool, value.start, end, &[value, low, high])
            }
            _ => match self.term(list, level)? {
                Term::Named { variable, end, .. } if variable.value_type() == Type::TextList => {
                    let value = self.expect(value?, Type::Text, "lists contain texts")?;
                    let node = Node::Member { value: value.id, list: variable };
                    self.push_over(node, Type::Bool, value.start, end, &[value])
                }
                Term::Named { start, end, .. } => {
                    let construct = "`in` for attributes".to_owned();
                    let mend = "write `customer.attributes[\"k\"] != null`";
                    self.report(RuleProblem::Unsupported { construct, mend }, start, end);
                    None
                }
                Term::Scalar(operand) => {
                    let problem = RuleProblem::Type {
                        expected: "list or range",
                        found: operand.kind,
                        mend: "write `in [\"a\", \"b\"]` or `in [1..10]`",
                    };
                    self.report(problem, operand.start, operand.end);
                    None
                }
            },
        }
    }

    fn all(&mut self, nodes: &[&Syntax<'arena>], level: usize) -> Option<Vec<Operand>> {
        let lowered: Vec<_> = nodes.iter().map(|node| self.scalar(node, level)).collect();
        lowered.into_iter().collect()
    }

    fn list(&mut self, members: &[Operand]) -> Option<Items> {
        let start = u16::try_from(self.items.len()).ok()?;
        self.items.extend(members.iter().map(|member| member.id));
        Some(Items { start, count: u16::try_from(members.len()).ok()? })
    }

    fn call(
        &mut self,
        name: &str,
        arguments: &[&Syntax<'arena>],
        node: &Syntax<'arena>,
        level: usize,
    ) -> Option<Operand> {
        let (start, end) = self.span(node);
        let Some((_, usage)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let construct = format!("function `{name}`");
            let mend = "see the table of functions";
            self.report(RuleProblem::Unsupported { construct, mend }, start, end);
            return None;
        };
        let test = match name {
            "contains" => Some(TextTest::Contains),
            "startsWith" => Some(TextTest::StartsWith),
            "endsWith" => Some(TextTest::EndsWith),
            _ => None,
        };
        let lowered = match (name, arguments, test) {
            ("min" | "max", [Syntax::Array(members)], _) if !members.is_empty() => {
                let operands = self.all(members, level)?;
                for member in &operands {
                    self.expect(*member, Type::Number, "read a text with `number(...)`")?;
                }
                let which = if name == "min" { Extreme::Least } else { Extreme::Greatest };
                let items = self.list(&operands)?;
                return self.push_over(
                    Node::Extreme { which, items },
                    Type::Number,
                    start,
                    end,
                    &operands,
                );
            }
            ("d", [Syntax::String(text)], _) => {
                let Ok(date) = text.parse::<Date>() else {
                    let text = super::snippet(text, 0, text.len());
                    self.report(RuleProblem::Date(text), start, end);
                    return None;
                };
                return self.push(Node::Date(date), Type::Date, start, end);
            }
            ("round", [of], _) => {
                let of = self.number(of, level)?;
                (Node::Round { of: of.id, decimals: 0 }, Type::Number, vec![of])
            }
            ("round", [of, decimals @ Syntax::Number(_)], _) => {
                let of = self.number(of, level)?;
                let (from, to) = self.span(decimals);
                let digits = self.source.get(from..to).and_then(|text| text.parse::<u8>().ok());
                let Some(decimals) = digits.filter(|digits| *digits <= DECIMALS) else {
                    let text = "`round` takes 0 to 20 decimals, written as a whole number";
                    let problem = RuleProblem::Syntax(text.to_owned());
                    self.report(problem, from, to);
                    return None;
                };
                (Node::Round { of: of.id, decimals }, Type::Number, vec![of])
            }
            (_, [text, part], Some(test)) => {
                let (text, part) = (self.text(text, level), self.text(part, level));
                let (text, part) = (text?, part?);
                let node = Node::TextTest { test, text: text.id, part: part.id };
                (node, Type::Bool, vec![text, part])
            }
            ("number", [of], _) => {
                let of = self.text(of, level)?;
                let node = Node::Unary { operator: UnaryOperator::ToNumber, of: of.id };
                (node, Type::Number, vec![of])
            }
            ("abs" | "floor" | "ceil", [of], _) => {
                let of = self.number(of, level)?;
                let operator = match name {
                    "abs" => UnaryOperator::Absolute,
                    "floor" => UnaryOperator::Floor,
                    _ => UnaryOperator::Ceiling,
                };
                (Node::Unary { operator, of: of.id }, Type::Number, vec![of])
            }
            _ => {
                self.report(RuleProblem::Arguments(usage), start, end);
                return None;
            }
        };
        let (node, kind, operands) = lowered;
        self.push_over(node, kind, start, end, &operands)
    }
}

/// `a.b.c` as it is written, if the expression is nothing else.
fn path(node: &Syntax<'_>) -> Option<String> {
    let mut parts = Vec::new();
    let mut node = node;
    loop {
        match node {
            Syntax::Identifier(name) => {
                parts.push(*name);
                parts.reverse();
                return Some(parts.join("."));
            }
            // No variable has more parts, and a long chain must not cost a long text each time.
            Syntax::Member { node: of, property: Syntax::String(name) } if parts.len() < 4 => {
                parts.push(name);
                node = of;
            }
            _ => return None,
        }
    }
}

fn unexpected(at_the_end: bool) -> RuleProblem {
    let what = if at_the_end { "something is missing at the end" } else { "this is out of place" };
    RuleProblem::Syntax(what.to_owned())
}

fn foreign(node: &Syntax<'_>) -> (&'static str, &'static str) {
    match node {
        Syntax::Null => ("value `null`", "compare with it: `cost != null`"),
        Syntax::TemplateString(_) => ("text templates", "write the text in quotation marks"),
        Syntax::Array(_) => ("lists here", "lists stand after `in` and inside `min` and `max`"),
        Syntax::Object(_) => ("objects", "leave it out"),
        Syntax::Assignments { .. } => ("assignments", "write `==` to compare"),
        Syntax::Closure { .. } => ("closures", "write a condition with `in`, `and`, `or`"),
        Syntax::Root | Syntax::Pointer => ("references of this kind", "write the variable's name"),
        Syntax::Slice { .. } => ("slices", "write `startsWith(text, part)`"),
        Syntax::Interval { .. } => ("ranges here", "a range stands after `in`"),
        Syntax::MethodCall { .. } => ("methods", "write a function: `contains(text, part)`"),
        _ => ("construct of this kind", "see the documentation of rules"),
    }
}

/// The name that was probably meant: at most a third of the letters differ.
fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let wanted: String = plain(name).chars().take(40).collect();
    names
        .map(|known| (strsim::damerau_levenshtein(&wanted, &plain(known)), known))
        .filter(|(distance, known)| distance * 3 <= known.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known.to_owned())
}
