//! Formulas and quantities over options, as people write them in a model.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::money::{Amount, ArithmeticError, Exact, Percent, Quantity, Rounding, RoundingMode};

/// A condition over options: the id of an option, or conditions put together.
///
/// ```
/// use listino_core::configure::Formula;
/// let formula: Formula = serde_json::from_str(r#"{ "requires": ["carbon-fork", { "not": "steel" }] }"#)?;
/// assert!(formula.holds(&|option| option == "carbon-fork"));
/// assert!(!formula.holds(&|_| true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Formula {
    /// The option is chosen. In a model with sub-assemblies, `wheel[2].rim` names one instance and
    /// `wheel[*].rim` any of them.
    Option(String),
    /// Conditions put together.
    Of(Box<Compound>),
}

/// Conditions put together.
///
/// ```
/// use listino_core::configure::{Compound, Formula};
/// let apart = Compound::Excludes(vec![Formula::option("bell"), Formula::option("horn")]);
/// assert_eq!(serde_json::to_string(&apart)?, r#"{"excludes":["bell","horn"]}"#);
/// assert!(!Formula::from(apart).holds(&|_| true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Compound {
    /// The condition does not hold.
    Not(Formula),
    /// Every condition holds; an empty list always does.
    All(Vec<Formula>),
    /// At least one condition holds; an empty list never does.
    Any(Vec<Formula>),
    /// If the first holds, the second holds.
    Requires([Formula; 2]),
    /// At most one of the conditions holds; `wheel[*].rim` counts each instance that has it.
    Excludes(Vec<Formula>),
    /// Both hold or neither does.
    Same([Formula; 2]),
    /// A sum over the chosen options lies within its limits.
    Sum(SumLimit),
}

/// Limits on a sum over the chosen options, both included.
///
/// ```
/// use listino_core::configure::{SumLimit, SumTerm};
/// // What is plugged in must not take more than the supply gives.
/// let power: SumLimit = serde_json::from_str(r#"{ "attribute": "watts", "less": "supply", "at_most": "0" }"#)?;
/// assert_eq!(power.less.as_deref(), Some("supply"));
/// let slots: SumLimit = serde_json::from_str(
///     r#"{ "terms": [{ "option": "card", "amount": "1" }, { "option": "drive", "amount": "2" }], "at_most": "4" }"#,
/// )?;
/// assert_eq!(slots.terms[1], SumTerm { option: "drive".to_owned(), amount: 2.into() });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SumLimit {
    /// Adds this attribute of every chosen option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Takes off this attribute of every chosen option: what is provided against what is consumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<String>,
    /// Adds amounts for single options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<SumTerm>,
    /// The largest sum that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Quantity>,
    /// The smallest sum that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Quantity>,
}

/// An amount that counts while an option is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SumTerm {
    /// The option.
    pub option: String,
    /// What it adds, of any sign.
    pub amount: Quantity,
}

impl From<Compound> for Formula {
    fn from(compound: Compound) -> Self {
        Self::Of(Box::new(compound))
    }
}

impl Formula {
    /// The condition that an option is chosen.
    pub fn option(id: impl Into<String>) -> Self {
        Self::Option(id.into())
    }

    /// The opposite condition.
    ///
    /// ```
    /// use listino_core::configure::Formula;
    /// let no_bell = Formula::option("bell").negate();
    /// assert!(no_bell.holds(&|_| false) && !no_bell.holds(&|option| option == "bell"));
    /// ```
    #[must_use]
    pub fn negate(self) -> Self {
        Compound::Not(self).into()
    }

    /// Whether the condition holds for the chosen options.
    ///
    /// Sums count as holding: a bill of materials, which is what this is for, refuses them in its
    /// conditions and quantities.
    pub fn holds(&self, chosen: &dyn Fn(&str) -> bool) -> bool {
        self.holds_for(&|id| usize::from(chosen(id)))
    }

    /// The same, told how many of the options that a name stands for are chosen.
    pub(crate) fn holds_for(&self, chosen: &dyn Fn(&str) -> usize) -> bool {
        let holds = |part: &Self| part.holds_for(chosen);
        let compound = match self {
            Self::Option(id) => return chosen(id) > 0,
            Self::Of(compound) => &**compound,
        };
        match compound {
            Compound::Not(inner) => !holds(inner),
            Compound::All(parts) => parts.iter().all(holds),
            Compound::Any(parts) => parts.iter().any(holds),
            Compound::Requires([a, b]) => !holds(a) || holds(b),
            Compound::Excludes(parts) => {
                let count = |part: &Self| match part {
                    Self::Option(id) => chosen(id),
                    Self::Of(_) => usize::from(holds(part)),
                };
                parts.iter().map(count).sum::<usize>() <= 1
            }
            Compound::Same([a, b]) => holds(a) == holds(b),
            Compound::Sum(_) => true,
        }
    }

    /// Whether the condition speaks of a sum.
    pub(crate) fn has_sum(&self) -> bool {
        let Self::Of(compound) = self else { return false };
        match &**compound {
            Compound::Not(inner) => inner.has_sum(),
            Compound::All(parts) | Compound::Any(parts) | Compound::Excludes(parts) => {
                parts.iter().any(Self::has_sum)
            }
            Compound::Requires(pair) | Compound::Same(pair) => pair.iter().any(Self::has_sum),
            Compound::Sum(_) => true,
        }
    }

    /// Calls `visit` with every option the condition names.
    pub(crate) fn options<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Option(id) => visit(id),
            Self::Of(compound) => match &**compound {
                Compound::Not(inner) => inner.options(visit),
                Compound::All(parts) | Compound::Any(parts) | Compound::Excludes(parts) => {
                    parts.iter().for_each(|part| part.options(visit));
                }
                Compound::Requires(pair) | Compound::Same(pair) => {
                    pair.iter().for_each(|part| part.options(visit));
                }
                Compound::Sum(sum) => sum.terms.iter().for_each(|term| visit(&term.option)),
            },
        }
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Option(id) => serializer.serialize_str(id),
            Self::Of(compound) => compound.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Formula;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of an option, or `not`, `all`, `any`, `requires`, `excludes`, `same` or `sum`")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<Formula, E> {
                Ok(Formula::Option(id.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Formula, A::Error> {
                Compound::deserialize(MapAccessDeserializer::new(map)).map(Formula::from)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Formula {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ModelFormula".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let compound = generator.subschema_for::<Compound>();
        schemars::json_schema!({
            "description": "a condition over options: the id of an option, or conditions put together",
            "anyOf": [{ "type": "string" }, compound]
        })
    }
}

/// A number that depends on the chosen options: a decimal, or a calculation.
///
/// ```
/// use listino_core::configure::Expression;
/// // Two spokes for each centimetre, in packs of ten.
/// let spokes: Expression = serde_json::from_str(
///     r#"{ "round_up": { "value": { "multiply": ["2", { "attribute": "diameter" }] }, "to": "10" } }"#,
/// )?;
/// let value = spokes.value(&|_| false, &|_| "66".parse().ok())?;
/// assert_eq!(value.to_string(), "140");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expression {
    /// A number.
    Number(Quantity),
    /// A calculation.
    Of(Box<Calculation>),
}

/// A calculation over the chosen options.
///
/// ```
/// use listino_core::configure::{Calculation, Choice, Expression, Formula};
/// let screws = Calculation::If(Choice {
///     when: Formula::option("heavy"),
///     then: serde_json::from_str(r#""8""#)?,
///     otherwise: Expression::one(),
/// });
/// assert_eq!(serde_json::to_string(&screws)?, r#"{"if":{"when":"heavy","then":"8","otherwise":"1"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Calculation {
    /// The sum of an attribute over the chosen options.
    Attribute(String),
    /// How many of these conditions hold.
    Count(Vec<Formula>),
    /// The sum.
    Add(Vec<Expression>),
    /// The first less the second.
    Subtract([Expression; 2]),
    /// The product.
    Multiply(Vec<Expression>),
    /// The smallest of the values.
    Smallest(Vec<Expression>),
    /// The largest of the values.
    Largest(Vec<Expression>),
    /// The next multiple of a step, away from zero.
    RoundUp(RoundUp),
    /// One value or another.
    If(Choice),
}

/// The next multiple of a step, away from zero.
///
/// ```
/// use listino_core::configure::{Calculation, Expression, RoundUp};
/// let packs = RoundUp { value: serde_json::from_str(r#"{ "attribute": "screws" }"#)?, to: 50.into() };
/// let packs = Expression::from(Calculation::RoundUp(packs));
/// assert_eq!(packs.value(&|_| false, &|_| "120".parse().ok())?.to_string(), "150");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoundUp {
    /// The value.
    pub value: Expression,
    /// The step, greater than zero.
    pub to: Quantity,
}

/// One value while a condition holds, else another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The condition.
    pub when: Formula,
    /// The value while it holds.
    pub then: Expression,
    /// The value while it does not.
    pub otherwise: Expression,
}

/// Why a quantity has no value.
///
/// ```
/// use listino_core::configure::{Expression, ExpressionError};
/// let weight: Expression = serde_json::from_str(r#"{ "attribute": "grams" }"#)?;
/// let error = weight.value(&|_| true, &|_| None).unwrap_err();
/// assert_eq!(error, ExpressionError::UnknownAttribute("grams".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// No option has such an attribute.
    #[error("no option has an attribute `{0}`: check its spelling")]
    UnknownAttribute(String),
    /// A list without values has no smallest and no largest.
    #[error("a list without values has no smallest and no largest one")]
    Empty,
    /// The exact result cannot be held, or the step of a rounding is zero.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
}

impl Expression {
    /// One.
    pub fn one() -> Self {
        Self::Number(Quantity::from(1))
    }

    /// The value for the chosen options.
    ///
    /// `attribute` gives the sum of an attribute over the chosen options, or `None` when no option
    /// has it.
    ///
    /// # Errors
    /// [`ExpressionError`] for an unknown attribute, an empty list or a result that is not exact.
    pub fn value(
        &self,
        chosen: &dyn Fn(&str) -> bool,
        attribute: &dyn Fn(&str) -> Option<Exact>,
    ) -> Result<Exact, ExpressionError> {
        self.value_for(&|id| usize::from(chosen(id)), attribute)
    }

    /// The same, told how many of the options that a name stands for are chosen.
    pub(crate) fn value_for(
        &self,
        chosen: &dyn Fn(&str) -> usize,
        attribute: &dyn Fn(&str) -> Option<Exact>,
    ) -> Result<Exact, ExpressionError> {
        let of = |expression: &Self| expression.value_for(chosen, attribute);
        let calculation = match self {
            Self::Number(number) => return Ok(number.exact()),
            Self::Of(calculation) => &**calculation,
        };
        Ok(match calculation {
            Calculation::Attribute(name) => {
                attribute(name).ok_or_else(|| ExpressionError::UnknownAttribute(name.clone()))?
            }
            Calculation::Count(conditions) => {
                let count = conditions.iter().filter(|c| c.holds_for(chosen)).count();
                Exact::integer(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Calculation::Add(parts) => parts
                .iter()
                .try_fold(Exact::ZERO, |sum, part| Ok::<_, ExpressionError>(sum.add(of(part)?)?))?,
            Calculation::Subtract([a, b]) => of(a)?.subtract(of(b)?)?,
            Calculation::Multiply(parts) => {
                parts.iter().try_fold(Exact::ONE, |product, part| {
                    Ok::<_, ExpressionError>(product.multiply(of(part)?)?)
                })?
            }
            Calculation::Smallest(parts) => {
                let values = parts.iter().map(of).collect::<Result<Vec<_>, _>>()?;
                values.into_iter().min().ok_or(ExpressionError::Empty)?
            }
            Calculation::Largest(parts) => {
                let values = parts.iter().map(of).collect::<Result<Vec<_>, _>>()?;
                values.into_iter().max().ok_or(ExpressionError::Empty)?
            }
            Calculation::RoundUp(round) => {
                let step = round.to.exact();
                let whole = Rounding::digits(0, RoundingMode::Up);
                of(&round.value)?.divide(step, whole)?.multiply(step)?
            }
            Calculation::If(choice) => {
                of(if choice.when.holds_for(chosen) { &choice.then } else { &choice.otherwise })?
            }
        })
    }

    /// Calls `visit` with every calculation in this one, itself among them.
    pub(crate) fn calculations<'a>(&'a self, visit: &mut dyn FnMut(&'a Calculation)) {
        let Self::Of(calculation) = self else { return };
        visit(calculation);
        match &**calculation {
            Calculation::Attribute(_) | Calculation::Count(_) => {}
            Calculation::Add(parts)
            | Calculation::Multiply(parts)
            | Calculation::Smallest(parts)
            | Calculation::Largest(parts) => {
                parts.iter().for_each(|part| part.calculations(visit));
            }
            Calculation::Subtract(pair) => pair.iter().for_each(|part| part.calculations(visit)),
            Calculation::RoundUp(round) => round.value.calculations(visit),
            Calculation::If(choice) => {
                choice.then.calculations(visit);
                choice.otherwise.calculations(visit);
            }
        }
    }
}

impl From<Calculation> for Expression {
    fn from(calculation: Calculation) -> Self {
        Self::Of(Box::new(calculation))
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Of(calculation) => calculation.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Expression;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal written as a string, or a calculation such as `multiply`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expression, E> {
                text.parse().map(Expression::Number).map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Expression, A::Error> {
                Calculation::deserialize(MapAccessDeserializer::new(map)).map(Expression::from)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Expression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let calculation = generator.subschema_for::<Calculation>();
        schemars::json_schema!({
            "description": "a number that depends on the chosen options: a decimal as a string, or a calculation",
            "anyOf": [
                { "type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$" },
                calculation
            ]
        })
    }
}

/// What a share is of, kept here because scrap is written as a percentage of the good parts.
pub(crate) fn with_scrap(
    quantity: Exact,
    scrap: Option<Percent>,
) -> Result<Exact, ArithmeticError> {
    match scrap {
        None => Ok(quantity),
        Some(scrap) => quantity.multiply(Exact::ONE.add(scrap.exact().percent()?)?),
    }
}

/// Zero when absent.
pub(crate) fn amount_or_zero(amount: Option<Amount>) -> Exact {
    amount.map_or(Exact::ZERO, Amount::exact)
}
