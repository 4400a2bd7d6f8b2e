use super::vocabulary::Type;

/// What is wrong with a rule, and how to mend it.
///
/// ```
/// use listino_core::rules::{RuleKind, RuleProblem, Vocabulary, parse};
/// let mistakes = parse("cots * 1.3", Vocabulary::ALL, RuleKind::Formula).unwrap_err();
/// let problem: &RuleProblem = mistakes[0].problem();
/// assert_eq!(problem.code(), "rule.unknown_variable");
/// assert!(problem.to_string().contains("did you mean `cost`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// The text is not an expression.
    #[error("this is not an expression: {0}")]
    Syntax(String),
    /// A name that no variable has.
    #[error("`{name}` is not a variable{}", suggestion(similar))]
    UnknownVariable {
        /// The name.
        name: String,
        /// The variable that was probably meant.
        similar: Option<String>,
    },
    /// A variable that has no value yet where this rule is used.
    #[error("`{0}` is not known where this rule is used: leave it out")]
    NotHere(String),
    /// A name that no function has.
    #[error("`{name}` is not a function{}", suggestion(similar))]
    UnknownFunction {
        /// The name.
        name: String,
        /// The function that was probably meant.
        similar: Option<String>,
    },
    /// A construct of the host language that rules do not have.
    #[error("rules have no {construct}: {mend}")]
    Unsupported {
        /// The construct.
        construct: String,
        /// What to write.
        mend: &'static str,
    },
    /// A value of the wrong type.
    #[error("expected {expected}, found {found}: {mend}")]
    Type {
        /// What is needed.
        expected: &'static str,
        /// What is there.
        found: Type,
        /// What to write.
        mend: &'static str,
    },
    /// The wrong arguments of a function.
    #[error("these are not the arguments of the function: write `{0}`")]
    Arguments(&'static str),
    /// A number that cannot be kept exactly as it is written.
    #[error("`{0}` is not a decimal of at most 28 digits: write it in plain digits")]
    Number(String),
    /// A text that is not a date.
    #[error("`{0}` is not a date: write `d(\"2026-01-31\")`")]
    Date(String),
    /// A limit is exceeded.
    #[error("the rule has more than {limit} {what}: split it")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
}

fn suggestion(similar: &Option<String>) -> String {
    match similar {
        Some(name) => format!(": did you mean `{name}`?"),
        None => ": see the table of names in the documentation".to_owned(),
    }
}

impl RuleProblem {
    /// A stable name for the kind of problem.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "rule.syntax",
            Self::UnknownVariable { .. } => "rule.unknown_variable",
            Self::NotHere(_) => "rule.not_here",
            Self::UnknownFunction { .. } => "rule.unknown_function",
            Self::Unsupported { .. } => "rule.unsupported",
            Self::Type { .. } => "rule.type",
            Self::Arguments(_) => "rule.arguments",
            Self::Number(_) => "rule.number",
            Self::Date(_) => "rule.date",
            Self::Limit { .. } => "rule.limit",
        }
    }
}

/// A mistake in the text of a rule, and where.
///
/// ```
/// use listino_core::rules::{RuleKind, Vocabulary, parse};
/// let errors = parse("1 + quantty", Vocabulary::ALL, RuleKind::Formula).unwrap_err();
/// assert_eq!(errors[0].problem().code(), "rule.unknown_variable");
/// assert_eq!((errors[0].offset(), errors[0].snippet()), (4, "quantty"));
/// assert_eq!(
///     errors[0].to_string(),
///     "character 5, `quantty`: `quantty` is not a variable: did you mean `quantity`?"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {}, `{snippet}`: {problem}", offset + 1)]
pub struct RuleError {
    problem: RuleProblem,
    offset: usize,
    snippet: String,
}

impl RuleError {
    pub(super) fn new(problem: RuleProblem, source: &str, start: usize, end: usize) -> Self {
        Self {
            problem,
            offset: super::characters(source, start),
            snippet: super::snippet(source, start, end),
        }
    }

    /// What is wrong.
    pub const fn problem(&self) -> &RuleProblem {
        &self.problem
    }

    /// How many characters of the rule come before the place.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The part of the rule that is wrong.
    pub fn snippet(&self) -> &str {
        &self.snippet
    }
}
