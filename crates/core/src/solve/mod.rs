//! What nobody else computes: the next break, the largest discount that is still allowed, what a
//! new book would change, and whether an old quote still stands.

mod diff;
mod goal;
mod next_break;
mod replay;

pub use diff::{Change, Changes, Diff, DiffReport, LostPrice};
pub use goal::{Concession, Goal, Solution, SolveError};
pub use next_break::NextBreak;
pub use replay::ReplayError;
