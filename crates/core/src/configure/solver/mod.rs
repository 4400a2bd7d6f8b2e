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
