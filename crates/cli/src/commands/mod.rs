//! One file for each subcommand.

pub(crate) mod bom;
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod configure;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod quote;
pub(crate) mod reprice;
pub(crate) mod schema;
pub(crate) mod solve;
