use std::cmp::Ordering;

use ethnum::I256;

use super::limits::RuleLimits;
use super::tree::{
    Arithmetic, Comparison, Connective, DECIMALS, DatePart, Extreme, Id, Items, Node, Rule,
    TextTest, UnaryOperator,
};
use super::vocabulary::Variable;
use crate::calendar::Date;
use crate::money::{ArithmeticError, Exact, Rounding, RoundingMode, parse_decimal};

/// Where a rule finds its values.
///
/// A method answers `None` when there is no value. Each one answers `None` unless it is
/// overridden, so that a value which was forgotten is a failure and not a wrong price.
pub trait Input {
    /// The value of a variable of type [`Type::Number`](super::Type::Number).
    fn number(&self, variable: Variable) -> Option<Exact> {
        let _ = variable;
        None
    }

    /// The value of a variable of type [`Type::Text`](super::Type::Text).
    fn text(&self, variable: Variable) -> Option<&str> {
        let _ = variable;
        None
    }

    /// The pricing date.
    fn date(&self) -> Option<Date> {
        None
    }

    /// Whether the list in a variable of type [`Type::TextList`](super::Type::TextList) contains
    /// a text; `None` when there is no list.
    fn contains(&self, list: Variable, text: &str) -> Option<bool> {
        let _ = (list, text);
        None
    }

    /// The attribute `key` in a variable of type [`Type::TextMap`](super::Type::TextMap).
    fn attribute(&self, map: Variable, key: &str) -> Option<&str> {
        let _ = (map, key);
        None
    }
}

/// What a rule answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// The answer of a predicate.
    Bool(bool),
    /// The answer of a formula: not yet rounded to a currency.
    Number(Exact),
}

/// Why a rule has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FailureReason {
    /// A value that the rule needs is not there.
    #[error("`{0}` has no value: give a fallback with `??`, or test it with `!= null` first")]
    Missing(String),
    /// A division or a remainder by zero.
    #[error("division by zero: test the divisor first")]
    DivisionByZero,
    /// The result of an operation does not fit 38 digits.
    #[error("the result has more than 38 digits: round what goes into it")]
    TooManyDigits,
    /// A text that `number` cannot read.
    #[error("`{0}` is not a decimal number: write it in digits with at most one point")]
    NotANumber(String),
    /// The step budget is used up.
    #[error("the rule takes more than {0} steps: raise `steps` or split the rule")]
    Steps(usize),
    /// The rule is not one that this version compiles; cannot happen to a validated rule.
    #[error("the stored rule is damaged: compile the book again")]
    Damaged,
}

/// A rule that has no answer, and where.
///
/// ```
/// # #[cfg(feature = "rules-parser")] {
/// use listino_core::rules::{FailureReason, Input, RuleKind, Vocabulary, parse};
/// struct Nothing;
/// impl Input for Nothing {}
/// let rule = parse("cost * 1.3", Vocabulary::ALL, RuleKind::Formula).unwrap();
/// let failure = rule.evaluate(&Nothing).unwrap_err();
/// assert_eq!(failure.reason(), &FailureReason::Missing("cost".to_owned()));
/// assert_eq!((failure.offset(), failure.snippet()), (0, "cost"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {}, `{snippet}`: {reason}", offset + 1)]
pub struct RuleFailure {
    reason: FailureReason,
    offset: usize,
    snippet: String,
}

impl RuleFailure {
    /// Why.
    pub const fn reason(&self) -> &FailureReason {
        &self.reason
    }

    /// How many characters of the rule come before the place.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The part of the rule that failed.
    pub fn snippet(&self) -> &str {
        &self.snippet
    }
}

impl Rule {
    /// The answer of the rule for an input.
    ///
    /// Numbers are exact: sums, differences and remainders always, products and quotients to 20
    /// decimals (half-even beyond). Nothing is allocated unless the rule fails.
    ///
    /// ```
    /// # #[cfg(feature = "rules-parser")] {
    /// use listino_core::money::Exact;
    /// use listino_core::rules::{Input, RuleKind, Value, Variable, Vocabulary, parse};
    /// struct Line;
    /// impl Input for Line {
    ///     fn number(&self, variable: Variable) -> Option<Exact> {
    ///         (variable == Variable::Cost).then(|| Exact::integer(60))
    ///     }
    /// }
    /// let rule = parse("cost * 1.3", Vocabulary::ALL, RuleKind::Formula).unwrap();
    /// assert_eq!(rule.evaluate(&Line).unwrap(), Value::Number(Exact::integer(78)));
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RuleFailure`] when a value is missing, a divisor is zero, a number has too many digits or
    /// a text is not a number: never a guess.
    pub fn evaluate(&self, input: &dyn Input) -> Result<Value, RuleFailure> {
        self.evaluate_with_limits(input, RuleLimits::default())
    }

    /// The same within a smaller step budget.
    ///
    /// ```
    /// # #[cfg(feature = "rules-parser")] {
    /// use listino_core::rules::{FailureReason, Input, RuleKind, RuleLimits, Vocabulary, parse};
    /// struct Nothing;
    /// impl Input for Nothing {}
    /// let rule = parse("1 + 2 + 3", Vocabulary::ALL, RuleKind::Formula).unwrap();
    /// let few = RuleLimits::default().steps(1);
    /// let failure = rule.evaluate_with_limits(&Nothing, few).unwrap_err();
    /// assert_eq!(failure.reason(), &FailureReason::Steps(1));
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rule::evaluate`], and [`FailureReason::Steps`].
    pub fn evaluate_with_limits(
        &self,
        input: &dyn Input,
        limits: RuleLimits,
    ) -> Result<Value, RuleFailure> {
        let mut machine = Machine { rule: self, input, steps: limits.max_steps() };
        let stop = match machine.evaluate(self.root()) {
            Ok(Scalar::Bool(value)) => return Ok(Value::Bool(value)),
            Ok(Scalar::Number(value)) => return Ok(Value::Number(value)),
            Ok(Scalar::Text(_) | Scalar::Date(_)) => {
                Stop { cause: Cause::Damaged, at: self.root() }
            }
            Err(stop) => stop,
        };
        Err(self.failure(stop, limits))
    }

    fn failure(&self, stop: Stop<'_>, limits: RuleLimits) -> RuleFailure {
        let (start, end) = self
            .places
            .get(usize::from(stop.at))
            .map_or((0, 0), |place| (usize::from(place.start), usize::from(place.end)));
        let snippet = super::snippet(&self.source, start, end);
        let reason = match stop.cause {
            Cause::Missing(name) => FailureReason::Missing(
                name.map_or_else(|| snippet.clone(), |variable| variable.name().to_owned()),
            ),
            Cause::DivisionByZero => FailureReason::DivisionByZero,
            Cause::TooManyDigits => FailureReason::TooManyDigits,
            Cause::NotANumber(text) => {
                FailureReason::NotANumber(super::snippet(text, 0, text.len()))
            }
            Cause::Steps => FailureReason::Steps(limits.max_steps()),
            Cause::Damaged => FailureReason::Damaged,
        };
        RuleFailure { reason, offset: super::characters(&self.source, start), snippet }
    }
}

#[derive(Clone, Copy)]
enum Scalar<'a> {
    Number(Exact),
    Text(&'a str),
    Bool(bool),
    Date(Date),
}

#[derive(Clone, Copy)]
enum Cause<'a> {
    Missing(Option<Variable>),
    DivisionByZero,
    TooManyDigits,
    NotANumber(&'a str),
    Steps,
    Damaged,
}

/// A failure that is free to make, because `??` may still absorb it.
#[derive(Clone, Copy)]
struct Stop<'a> {
    cause: Cause<'a>,
    at: Id,
}

struct Machine<'a> {
    rule: &'a Rule,
    input: &'a dyn Input,
    steps: usize,
}

// Validation bounds the recursion: a rule is at most 48 deep.
impl<'a> Machine<'a> {
    fn evaluate(&mut self, id: Id) -> Result<Scalar<'a>, Stop<'a>> {
        let stop = |cause| Stop { cause, at: id };
        self.steps = self.steps.checked_sub(1).ok_or(stop(Cause::Steps))?;
        let rule = self.rule;
        let damaged = stop(Cause::Damaged);
        let node = rule.nodes.get(usize::from(id)).ok_or(damaged)?;
        let missing = |name| stop(Cause::Missing(name));
        Ok(match *node {
            Node::Number(at) => Scalar::Number(*rule.numbers.get(usize::from(at)).ok_or(damaged)?),
            Node::Text(at) => Scalar::Text(rule.texts.get(usize::from(at)).ok_or(damaged)?),
            Node::Bool(value) => Scalar::Bool(value),
            Node::Date(value) => Scalar::Date(value),
            Node::Variable(variable) => self.variable(variable).ok_or(missing(Some(variable)))?,
            Node::Attribute { of, key } => {
                let key = rule.texts.get(usize::from(key)).ok_or(damaged)?;
                Scalar::Text(self.input.attribute(of, key).ok_or(missing(None))?)
            }
            Node::DatePart { part, of } => {
                let Scalar::Date(date) = self.evaluate(of)? else { return Err(damaged) };
                Scalar::Number(date_part(part, date))
            }
            Node::Unary { operator, of } => {
                let value = self.evaluate(of)?;
                unary(operator, value).map_err(stop)?
            }
            Node::Arithmetic { operator, left, right } => {
                let (a, b) = (self.number(left)?, self.number(right)?);
                Scalar::Number(arithmetic(operator, a, b).map_err(|error| {
                    stop(match error {
                        ArithmeticError::DivisionByZero => Cause::DivisionByZero,
                        ArithmeticError::Precision => Cause::TooManyDigits,
                    })
                })?)
            }
            Node::Compare { operator, left, right } => {
                let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
                let order = compare(a, b).ok_or(damaged)?;
                Scalar::Bool(match operator {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
            Node::Connect { operator, left, right } => {
                let decided = operator == Connective::Or;
                let value = self.bool(left)?;
                Scalar::Bool(if value == decided { decided } else { self.bool(right)? })
            }
            Node::If { condition, then, otherwise } => {
                let branch = if self.bool(condition)? { then } else { otherwise };
                self.evaluate(branch)?
            }
            Node::Extreme { which, items } => {
                Scalar::Number(self.extreme(which, items)?.ok_or(damaged)?)
            }
            Node::Round { of, decimals } => {
                let rounding = Rounding::digits(u32::from(decimals), RoundingMode::HalfUp);
                let value = self.number(of)?;
                Scalar::Number(value.round(rounding).map_err(|_| stop(Cause::TooManyDigits))?)
            }
            Node::OneOf { value, items } => {
                let value = self.evaluate(value)?;
                let mut found = false;
                for item in rule.run(items).ok_or(damaged)? {
                    let item = self.evaluate(*item)?;
                    if compare(value, item).ok_or(damaged)?.is_eq() {
                        found = true;
                        break;
                    }
                }
                Scalar::Bool(found)
            }
            Node::Between { value, low, low_open, high, high_open } => {
                let value = self.evaluate(value)?;
                let (low, high) = (self.evaluate(low)?, self.evaluate(high)?);
                let above = compare(value, low).ok_or(damaged)?;
                let below = compare(value, high).ok_or(damaged)?;
                let above = above.is_gt() || (above.is_eq() && !low_open);
                Scalar::Bool(above && (below.is_lt() || (below.is_eq() && !high_open)))
            }
            Node::Member { value, list } => {
                let value = self.text(value)?;
                Scalar::Bool(self.input.contains(list, value).ok_or(missing(Some(list)))?)
            }
            Node::TextTest { test, text, part } => {
                let (text, part) = (self.text(text)?, self.text(part)?);
                Scalar::Bool(match test {
                    TextTest::Contains => text.contains(part),
                    TextTest::StartsWith => text.starts_with(part),
                    TextTest::EndsWith => text.ends_with(part),
                })
            }
            Node::Known { of } => match self.evaluate(of) {
                Ok(_) => Scalar::Bool(true),
                Err(Stop { cause: Cause::Missing(_), .. }) => Scalar::Bool(false),
                Err(other) => return Err(other),
            },
            Node::Default { of, fallback } => match self.evaluate(of) {
                Err(Stop { cause: Cause::Missing(_), .. }) => self.evaluate(fallback)?,
                other => other?,
            },
        })
    }

    fn variable(&self, variable: Variable) -> Option<Scalar<'a>> {
        use super::vocabulary::Type;
        match variable.value_type() {
            Type::Number => self.input.number(variable).map(Scalar::Number),
            Type::Text => self.input.text(variable).map(Scalar::Text),
            Type::Date => self.input.date().map(Scalar::Date),
            Type::Bool | Type::TextList | Type::TextMap => None,
        }
    }

    fn number(&mut self, id: Id) -> Result<Exact, Stop<'a>> {
        match self.evaluate(id)? {
            Scalar::Number(value) => Ok(value),
            _ => Err(Stop { cause: Cause::Damaged, at: id }),
        }
    }

    fn bool(&mut self, id: Id) -> Result<bool, Stop<'a>> {
        match self.evaluate(id)? {
            Scalar::Bool(value) => Ok(value),
            _ => Err(Stop { cause: Cause::Damaged, at: id }),
        }
    }

    fn text(&mut self, id: Id) -> Result<&'a str, Stop<'a>> {
        match self.evaluate(id)? {
            Scalar::Text(value) => Ok(value),
            _ => Err(Stop { cause: Cause::Damaged, at: id }),
        }
    }

    fn extreme(&mut self, which: Extreme, items: Items) -> Result<Option<Exact>, Stop<'a>> {
        let mut best: Option<Exact> = None;
        for item in self.rule.run(items).unwrap_or_default() {
            let value = self.number(*item)?;
            best = Some(match (best, which) {
                (None, _) => value,
                (Some(best), Extreme::Least) => best.min(value),
                (Some(best), Extreme::Greatest) => best.max(value),
            });
        }
        Ok(best)
    }
}

fn compare(a: Scalar<'_>, b: Scalar<'_>) -> Option<Ordering> {
    match (a, b) {
        (Scalar::Number(a), Scalar::Number(b)) => Some(a.cmp(&b)),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(&b)),
        (Scalar::Date(a), Scalar::Date(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

fn unary<'a>(operator: UnaryOperator, value: Scalar<'a>) -> Result<Scalar<'a>, Cause<'a>> {
    let whole = |value: Exact, mode| {
        let rounded = value.round(Rounding::digits(0, mode));
        rounded.map(Scalar::Number).map_err(|_| Cause::TooManyDigits)
    };
    match (operator, value) {
        (UnaryOperator::Not, Scalar::Bool(value)) => Ok(Scalar::Bool(!value)),
        (UnaryOperator::Negate, Scalar::Number(value)) => Ok(Scalar::Number(value.negate())),
        (UnaryOperator::Absolute, Scalar::Number(value)) => Ok(Scalar::Number(value.magnitude())),
        (UnaryOperator::Floor, Scalar::Number(value)) => {
            whole(value, if value.is_negative() { RoundingMode::Up } else { RoundingMode::Down })
        }
        (UnaryOperator::Ceiling, Scalar::Number(value)) => {
            whole(value, if value.is_negative() { RoundingMode::Down } else { RoundingMode::Up })
        }
        (UnaryOperator::ToNumber, Scalar::Text(text)) => parse_decimal(text)
            .map(|value| Scalar::Number(Exact::from(value)))
            .map_err(|_| Cause::NotANumber(text)),
        _ => Err(Cause::Damaged),
    }
}

fn arithmetic(operator: Arithmetic, a: Exact, b: Exact) -> Result<Exact, ArithmeticError> {
    match operator {
        Arithmetic::Add => a.add(b),
        Arithmetic::Subtract => a.subtract(b),
        Arithmetic::Multiply => product(a, b),
        Arithmetic::Divide => quotient(a, b),
        Arithmetic::Remainder => remainder(a, b),
    }
}

/// The remainder, with the sign of the left side. It always fits: it has the scale of one side and is
/// smaller than both.
fn remainder(a: Exact, b: Exact) -> Result<Exact, ArithmeticError> {
    if b.is_zero() {
        return Err(ArithmeticError::DivisionByZero);
    }
    let ((a, a_scale), (b, b_scale)) = (a.parts(), b.parts());
    let scale = a_scale.max(b_scale);
    let raised = |mantissa: i128, own: u32| {
        (own..scale).fold(I256::from(mantissa), |wide, _| wide * I256::from(10_i128))
    };
    let rest = raised(a, a_scale) % raised(b, b_scale);
    Exact::new(i128::try_from(rest).map_err(|_| ArithmeticError::Precision)?, scale)
}

fn kept() -> Rounding {
    Rounding::digits(u32::from(DECIMALS), RoundingMode::HalfEven)
}

/// The product to 20 decimals. Without the cut, two quotients of 20 decimals each could not be
/// multiplied, because 40 decimals do not fit.
fn product(a: Exact, b: Exact) -> Result<Exact, ArithmeticError> {
    if let Ok(product) = a.multiply(b) {
        return product.round(kept());
    }
    let ((a, a_scale), (b, b_scale)) = (a.parts(), b.parts());
    let cut = (a_scale + b_scale)
        .checked_sub(u32::from(DECIMALS))
        .filter(|cut| *cut > 0)
        .ok_or(ArithmeticError::Precision)?;
    let wide = I256::from(a) * I256::from(b);
    let unit = (0..cut).fold(I256::ONE, |unit, _| unit * I256::from(10_i128));
    let (whole, rest) = (wide / unit, (wide % unit).abs());
    let odd = whole % I256::from(2_i128) != I256::ZERO;
    let away = match rest.cmp(&(unit - rest)) {
        Ordering::Greater => true,
        Ordering::Equal => odd,
        Ordering::Less => false,
    };
    let sign = if wide < I256::ZERO { I256::MINUS_ONE } else { I256::ONE };
    let rounded = if away { whole + sign } else { whole };
    let mantissa = i128::try_from(rounded).map_err(|_| ArithmeticError::Precision)?;
    Exact::new(mantissa, u32::from(DECIMALS))
}

/// The quotient to 20 decimals. A large quotient that has no room for 20 decimals, and does not
/// need them, is still exact.
fn quotient(a: Exact, b: Exact) -> Result<Exact, ArithmeticError> {
    match a.divide(b, kept()) {
        Err(ArithmeticError::Precision) => a.divide_exact(b),
        other => other,
    }
}

fn date_part(part: DatePart, date: Date) -> Exact {
    Exact::integer(match part {
        DatePart::Year => i64::from(date.year()),
        DatePart::Month => i64::from(date.month()),
        DatePart::Day => i64::from(date.day()),
        // 1970-01-01 was a Thursday, the fourth day of a week that starts on Monday.
        DatePart::Weekday => i64::from((date.day_number() + 3).rem_euclid(7)) + 1,
    })
}
