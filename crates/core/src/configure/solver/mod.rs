//! Our own constraint solver: literals, native groups, sums and tables, learning, valid sets.

mod literal;
pub(crate) mod problem;
mod repair;
pub(crate) mod search;
pub(crate) mod valid;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use literal::Lit;

/// The step budget ran out before the answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfSteps;

/// A step of the budget is one literal that becomes true, or so many words of a bitset that are
/// looked through.
pub(crate) const WORDS_PER_STEP: usize = 16;
