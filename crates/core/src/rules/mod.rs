//! Custom rules: what the built-in vocabulary of a book cannot say, as an expression.
//!
//! A rule is a *predicate* ("does this discount apply?") or a *formula* ("what is the price?").
//! It is written in a subset of the ZEN expression language, type-checked when a book is compiled,
//! lowered to a small flat tree ([`Rule`]) and evaluated exactly over the engine's own decimals.
//! Rules have no loops, no assignments and no side effects, so each one ends.
//!
//! Reading text needs the feature `rules-parser` (on by default). A build without it, such as the
//! one for a browser, still evaluates rules that were compiled elsewhere.
//!
//! The language as its users see it is in `docs/RULES.md`.
//!
//! ```
//! # #[cfg(feature = "rules-parser")] {
//! use listino_core::money::Exact;
//! use listino_core::rules::{Input, RuleKind, Value, Variable, Vocabulary, parse};
//!
//! struct Line;
//! impl Input for Line {
//!     fn number(&self, variable: Variable) -> Option<Exact> {
//!         (variable == Variable::Quantity).then(|| Exact::integer(12))
//!     }
//! }
//!
//! let rule = parse("quantity % 12 == 0", Vocabulary::ALL, RuleKind::Predicate).unwrap();
//! assert_eq!(rule.evaluate(&Line).unwrap(), Value::Bool(true));
//! # }
//! ```

mod evaluate;
mod limits;
#[cfg(feature = "rules-parser")]
mod parse;
#[cfg(feature = "rules-parser")]
mod problem;
mod tree;
mod vocabulary;

pub use evaluate::{FailureReason, Input, RuleFailure, Value};
pub use limits::RuleLimits;
#[cfg(feature = "rules-parser")]
pub use parse::{parse, parse_with_limits};
#[cfg(feature = "rules-parser")]
pub use problem::{RuleError, RuleProblem};
pub use tree::{Rule, RuleKind};
pub use vocabulary::{Type, Variable, Vocabulary};

/// What a message repeats of a rule, so that a long rule does not drown it.
fn snippet(source: &str, start: usize, end: usize) -> String {
    const LONGEST: usize = 60;
    let text = source.get(start..end).unwrap_or_default();
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// The number of characters before a byte offset.
fn characters(source: &str, byte: usize) -> usize {
    source.char_indices().take_while(|(at, _)| *at < byte).count()
}
