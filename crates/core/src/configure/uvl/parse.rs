//! The tokens as features and constraints.

use super::lex::{Placed, Token, tokens};
use super::{Place, UvlError, UvlProblem};
use crate::money::Quantity;

/// Features and brackets nested deeper than this are refused: reading is recursive.
const DEPTH: usize = 200;

#[derive(Debug)]
pub(super) struct Tree {
    pub(super) namespace: String,
    pub(super) root: Feature,
    pub(super) constraints: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) place: Place,
    /// Least and most instances.
    pub(super) cardinality: Option<(u32, Option<u32>)>,
    pub(super) numbers: Vec<(String, Quantity)>,
    pub(super) constraints: Vec<Node>,
    pub(super) groups: Vec<FeatureGroup>,
}

#[derive(Debug)]
pub(super) struct FeatureGroup {
    pub(super) kind: GroupKind,
    pub(super) place: Place,
    pub(super) features: Vec<Feature>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupKind {
    Mandatory,
    Optional,
    Or,
    Alternative,
    Cardinality(u32, Option<u32>),
}

/// A node of an expression, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: NodeKind,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// A feature, or with a dot in it maybe a number of a feature.
    Reference(Vec<String>),
    Boolean(bool),
    Number(Quantity),
    Text,
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
}

pub(super) fn parse(text: &str) -> Result<Tree, UvlError> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    parser.tree()
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn place(&self) -> Place {
        let placed = self.tokens.get(self.at).or(self.tokens.last());
        placed.map_or(Place { line: 1, column: 1 }, |placed| placed.place)
    }

    fn expected(&self, what: &'static str) -> UvlError {
        UvlError::new(self.place(), UvlProblem::Expected(what))
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        self.eat(&Token::Sign(sign))
    }

    fn need(&mut self, token: &Token, what: &'static str) -> Result<(), UvlError> {
        if self.eat(token) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name { text, quoted: false }) if text == word)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn tree(&mut self) -> Result<Tree, UvlError> {
        let mut tree: Option<Feature> = None;
        let (mut namespace, mut constraints) = (String::new(), Vec::new());
        while let Some(token) = self.peek() {
            if *token == Token::Newline {
                self.at += 1;
            } else if self.word("namespace") {
                namespace = self.reference()?.join(".");
                self.need(&Token::Newline, "the end of the line")?;
            } else if self.is_word("imports") {
                return Err(UvlError::new(self.place(), UvlProblem::Unsupported("an import")));
            } else if self.word("include") {
                self.include()?;
            } else if self.is_word("features") {
                if tree.is_some() {
                    return Err(self.expected("one `features` section"));
                }
                self.at += 1;
                self.need(&Token::Newline, "the end of the line")?;
                self.need(&Token::Indent, "the root feature, indented")?;
                tree = Some(self.feature(0)?);
                self.need(&Token::Dedent, "one root feature only")?;
            } else if self.word("constraints") {
                self.need(&Token::Newline, "the end of the line")?;
                if self.eat(&Token::Indent) {
                    while !self.eat(&Token::Dedent) {
                        constraints.push(self.expression(0, 0)?);
                        self.need(&Token::Newline, "the end of the constraint")?;
                    }
                }
            } else {
                return Err(self.expected(
                    "`namespace`, `include`, `features` or `constraints` at the start of a line",
                ));
            }
        }
        let root = tree.ok_or_else(|| self.expected("a section `features`"))?;
        Ok(Tree { namespace, root, constraints })
    }

    /// Language levels: a model that uses more than is read is refused where it does.
    fn include(&mut self) -> Result<(), UvlError> {
        self.need(&Token::Newline, "the end of the line")?;
        if self.eat(&Token::Indent) {
            while !self.eat(&Token::Dedent) {
                if !["Boolean", "Arithmetic", "Type"].into_iter().any(|level| self.is_word(level)) {
                    return Err(self.expected("`Boolean`, `Arithmetic` or `Type`"));
                }
                while self.peek().is_some_and(|token| *token != Token::Newline) {
                    self.at += 1;
                }
                self.need(&Token::Newline, "the end of the line")?;
            }
        }
        Ok(())
    }

    fn reference(&mut self) -> Result<Vec<String>, UvlError> {
        let mut parts = Vec::new();
        loop {
            let Some(Token::Name { text, .. }) = self.peek() else {
                return Err(self.expected("a name"));
            };
            parts.push(text.clone());
            self.at += 1;
            let dotted = matches!(
                self.tokens.get(self.at),
                Some(Placed { token: Token::Sign("."), apart: false, .. })
            );
            if !dotted {
                return Ok(parts);
            }
            self.at += 1;
        }
    }

    // ---- features ----------------------------------------------------------------------------

    fn feature(&mut self, depth: usize) -> Result<Feature, UvlError> {
        if depth > DEPTH {
            return Err(UvlError::new(self.place(), UvlProblem::TooDeep(DEPTH)));
        }
        // A type stands before the name only if a name follows.
        if ["String", "Integer", "Boolean", "Real"].into_iter().any(|word| self.is_word(word))
            && let Some(Placed { token: Token::Name { .. }, .. }) = self.tokens.get(self.at + 1)
            && !self.cardinality_follows()
        {
            self.at += 1;
        }
        let place = self.place();
        let name = self.reference()?.join(".");
        let mut feature = Feature {
            name,
            place,
            cardinality: None,
            numbers: Vec::new(),
            constraints: Vec::new(),
            groups: Vec::new(),
        };
        if self.word("cardinality") {
            feature.cardinality = Some(self.bounds()?);
        }
        if self.sign("{") {
            self.attributes(&mut feature, "", depth)?;
        }
        self.need(&Token::Newline, "`{`, `cardinality` or the end of the line")?;
        if self.eat(&Token::Indent) {
            while !self.eat(&Token::Dedent) {
                feature.groups.push(self.group(depth)?);
            }
        }
        Ok(feature)
    }

    fn cardinality_follows(&self) -> bool {
        matches!(
            self.tokens.get(self.at + 1),
            Some(Placed { token: Token::Name { text, quoted: false }, .. }) if text == "cardinality"
        ) && matches!(self.tokens.get(self.at + 2), Some(Placed { token: Token::Sign("["), .. }))
    }

    fn group(&mut self, depth: usize) -> Result<FeatureGroup, UvlError> {
        let place = self.place();
        let kind = if self.word("mandatory") {
            GroupKind::Mandatory
        } else if self.word("optional") {
            GroupKind::Optional
        } else if self.word("or") {
            GroupKind::Or
        } else if self.word("alternative") {
            GroupKind::Alternative
        } else if self.peek() == Some(&Token::Sign("[")) {
            let (min, max) = self.bounds()?;
            GroupKind::Cardinality(min, max)
        } else {
            return Err(self.expected(
                "`mandatory`, `optional`, `or`, `alternative` or a cardinality such as `[1..3]`",
            ));
        };
        self.need(&Token::Newline, "the end of the line")?;
        self.need(&Token::Indent, "a feature, indented")?;
        let mut features = Vec::new();
        while !self.eat(&Token::Dedent) {
            features.push(self.feature(depth + 1)?);
        }
        Ok(FeatureGroup { kind, place, features })
    }

    fn bounds(&mut self) -> Result<(u32, Option<u32>), UvlError> {
        let what = "a cardinality such as `[1..3]` or `[0..*]`";
        self.need(&Token::Sign("["), what)?;
        if self.sign("*") {
            self.need(&Token::Sign("]"), what)?;
            return Ok((0, None));
        }
        let min = self.whole(what)?;
        let max = if self.sign("..") {
            if self.sign("*") { None } else { Some(self.whole(what)?) }
        } else {
            Some(min)
        };
        self.need(&Token::Sign("]"), what)?;
        if max.is_some_and(|max| max < min) {
            return Err(self.expected(what));
        }
        Ok((min, max))
    }

    fn whole(&mut self, what: &'static str) -> Result<u32, UvlError> {
        match self.peek() {
            Some(Token::Number(text)) => {
                let number = text.parse().map_err(|_| self.expected(what))?;
                self.at += 1;
                Ok(number)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// The attributes after `{`; those that are not numbers say nothing about what is valid.
    fn attributes(
        &mut self,
        feature: &mut Feature,
        prefix: &str,
        depth: usize,
    ) -> Result<(), UvlError> {
        if depth > DEPTH {
            return Err(UvlError::new(self.place(), UvlProblem::TooDeep(DEPTH)));
        }
        while !self.sign("}") {
            if self.word("constraint") {
                feature.constraints.push(self.expression(0, 0)?);
            } else if self.word("constraints") {
                self.need(&Token::Sign("["), "`[`")?;
                while !self.sign("]") {
                    feature.constraints.push(self.expression(0, 0)?);
                    self.sign(",");
                }
            } else {
                let key = format!("{prefix}{}", self.reference()?.join("."));
                self.attribute(feature, key, depth)?;
            }
            if !self.sign(",") && self.peek() != Some(&Token::Sign("}")) {
                return Err(self.expected("`,` or `}`"));
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        feature: &mut Feature,
        key: String,
        depth: usize,
    ) -> Result<(), UvlError> {
        match self.peek() {
            Some(Token::Sign("," | "}")) => Ok(()),
            Some(Token::Sign("-") | Token::Number(_)) => {
                let minus = self.sign("-");
                let number = self.number()?;
                let number = if minus { negated(number) } else { number };
                feature.numbers.push((key, number));
                Ok(())
            }
            Some(Token::Text(_) | Token::Name { .. }) => {
                self.at += 1;
                Ok(())
            }
            Some(Token::Sign("{")) => {
                self.at += 1;
                self.attributes(feature, &format!("{key}."), depth + 1)
            }
            Some(Token::Sign("[")) => {
                // A vector: nothing refers to its elements.
                let mut open = 0_usize;
                loop {
                    match self.peek() {
                        Some(Token::Sign("[")) => open += 1,
                        Some(Token::Sign("]")) => open -= 1,
                        None => return Err(self.expected("`]`")),
                        _ => {}
                    }
                    self.at += 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
            }
            _ => Err(self.expected("the value of the attribute")),
        }
    }

    fn number(&mut self) -> Result<Quantity, UvlError> {
        let place = self.place();
        let Some(Token::Number(text)) = self.peek() else {
            return Err(self.expected("a number"));
        };
        let trimmed = text.trim_start_matches('0');
        let text = match trimmed.chars().next() {
            None | Some('.') => format!("0{trimmed}"),
            Some(_) => trimmed.to_owned(),
        };
        let number =
            text.parse().map_err(|_| UvlError::new(place, UvlProblem::Number(text.clone())))?;
        self.at += 1;
        Ok(number)
    }

    // ---- expressions -------------------------------------------------------------------------

    /// The sign of the binary operator that comes next, with how tightly it binds.
    fn operator(&self) -> Option<(&'static str, u8)> {
        let Some(&Token::Sign(sign)) = self.peek() else { return None };
        let strength = match sign {
            "<=>" => 1,
            "=>" => 2,
            "|" => 3,
            "&" => 4,
            "==" | "!=" | "<" | ">" | "<=" | ">=" => 6,
            "+" | "-" => 7,
            "*" | "/" => 8,
            _ => return None,
        };
        Some((sign, strength))
    }

    fn expression(&mut self, least: u8, depth: usize) -> Result<Node, UvlError> {
        if depth > DEPTH {
            return Err(UvlError::new(self.place(), UvlProblem::TooDeep(DEPTH)));
        }
        let mut left = self.operand(depth)?;
        while let Some((sign, strength)) = self.operator()
            && strength > least
        {
            let place = self.place();
            self.at += 1;
            let right = self.expression(strength, depth + 1)?;
            left = Node { place, kind: NodeKind::Binary(sign, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Node, UvlError> {
        let place = self.place();
        let node = |kind| Ok(Node { place, kind });
        if self.sign("(") {
            let inner = self.expression(0, depth + 1)?;
            self.need(&Token::Sign(")"), "`)`")?;
            return Ok(inner);
        }
        if self.sign("!") {
            // Tighter than `&`, so that `!a & b` is `(!a) & b`.
            return node(NodeKind::Not(Box::new(self.expression(5, depth + 1)?)));
        }
        if self.sign("-") {
            return node(NodeKind::Minus(Box::new(self.expression(8, depth + 1)?)));
        }
        match self.peek() {
            Some(Token::Number(_)) => {
                let number = self.number()?;
                node(NodeKind::Number(number))
            }
            Some(Token::Text(_)) => {
                self.at += 1;
                node(NodeKind::Text)
            }
            Some(Token::Name { text, quoted }) => {
                let (text, quoted) = (text.clone(), *quoted);
                if !quoted && (text == "true" || text == "false") {
                    self.at += 1;
                    return node(NodeKind::Boolean(text == "true"));
                }
                let parts = self.reference()?;
                if !quoted && parts.len() == 1 && self.sign("(") {
                    let mut arguments = Vec::new();
                    while !self.sign(")") {
                        arguments.push(self.expression(0, depth + 1)?);
                        if !self.sign(",") && self.peek() != Some(&Token::Sign(")")) {
                            return Err(self.expected("`,` or `)`"));
                        }
                    }
                    return node(NodeKind::Call(text, arguments));
                }
                node(NodeKind::Reference(parts))
            }
            _ => Err(self.expected("a feature, a number or `(`")),
        }
    }
}

/// The number with its sign turned.
pub(super) fn negated(number: Quantity) -> Quantity {
    // Turning the sign needs no more digits than the number has.
    Quantity::from_exact(number.exact().negate()).unwrap_or(number)
}
