//! The constraint solver behind configuration: which variables can still be true, which can be
//! false, and why not.
//!
//! A [`Problem`] states clauses, groups of which at most one holds, linear sums and tables over
//! boolean variables; every constraint bears the number of the rule it comes from. [`Loaded`] once,
//! it is shared by any number of searches. A [`Solver`] keeps what is assumed on its trail between
//! questions and learns from conflicts; an [`Explorer`] gives the complete and exact [`ValidSet`].
//! Nothing here knows of options, prices or text: `listino_core::configure` builds on it.
//!
//! Answers depend on the questions alone, never on time or chance. Every search has a budget of
//! steps; beyond it the answer is that it is not known.
//!
//! Literals must be of the problem they are used with: a variable that it does not have is a mistake
//! of the caller, and panics.
//!
//! ```
//! use std::sync::Arc;
//! use listino_solver::{Bits, Explorer, Lit, Loaded, Problem};
//!
//! // Red or white, not both; gold lettering only on red.
//! let [red, white, gold] = [0, 1, 2].map(Lit::positive);
//! let mut problem = Problem { variables: 3, ..Problem::default() };
//! problem.clause(0, &[red, white]);
//! problem.at_most_one(0, &[red, white]);
//! problem.clause(1, &[!gold, red]);
//!
//! let mut options = Bits::new(3);
//! (0..3).for_each(|variable| options.insert(variable));
//! let mut explorer = Explorer::new(Arc::new(Loaded::new(problem)), Arc::new(options), &[]);
//! explorer.assume(&[white]).unwrap();
//! let valid = explorer.valid(1_000).unwrap();
//! assert!(valid.settled && !valid.shown(gold) && !valid.shown(red));
//! ```

mod literal;
mod problem;
mod repair;
mod search;
mod valid;

pub use literal::Lit;
pub use problem::{Lists, MAX_VARIABLES, Problem, SumOverflow, Table, Term, WILDCARD};
pub use search::{Loaded, Order, Outcome, Solver};
pub use valid::{Bits, Explorer, NoValidSet, ValidSet};

/// The step budget ran out before the answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfSteps;

/// A step of the budget is one literal that becomes true, or so many words of a bitset that are
/// looked through.
const WORDS_PER_STEP: usize = 16;
