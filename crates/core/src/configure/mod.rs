//! Configuration.
mod solver;
