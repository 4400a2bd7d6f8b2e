//! Configuration: which options still fit, why not, and what it costs.
//!
//! A [`Model`] describes a configurable product as people write it; [`Configurator::compile`]
//! turns it into a compiled model, and a [`Session`] is a customer choosing on it. After each
//! choice the session knows for every option, exactly, whether it can still be chosen and whether
//! it can still be left out; it explains what is impossible, says what to give up for it, and
//! completes, prices and explodes the configuration.
//!
//! Models also come from other formats: [`Model::from_dimacs`] and, with the feature `uvl`,
//! `Model::from_uvl`.

mod blob;
pub(crate) mod bom;
mod check;
mod configurator;
mod dimacs;
mod error;
mod explain;
mod formula;
mod lower;
mod model;
mod price;
mod session;
#[cfg(test)]
mod tests;
#[cfg(feature = "uvl")]
mod uvl;

pub use blob::BlobError;
pub use bom::{BomError, BomGraph, ExplodedLine, Explosion, RolledUp};
pub use check::{Finding, FindingKind};
pub use configurator::{Configurator, GroupView, OptionView};
pub use dimacs::DimacsError;
pub(crate) use error::Spot;
pub use error::{LimitExceeded, Limits, ModelError, ModelErrors, ModelProblem};
pub use explain::{Explanation, Restoration, RuleReference};
pub(crate) use explain::{FEW, listed};
pub use formula::{
    Calculation, Choice, Compound, Expression, ExpressionError, Formula, RoundUp, SumLimit, SumTerm,
};
pub use model::{
    Assembly, Bom, Cardinality, Choosable, DefaultChoice, Group, Item, Line, Model, Preference,
    PriceRow, PriceTable, Rule, VariantTable,
};
pub use price::{Best, PriceError, ProductPrice, Total, WhatIf};
pub(crate) use price::{BillCost, Prices, holds};
pub use session::{
    Answer, ChoiceError, Configuration, Decision, OpenGroup, OptionState, Origin, Replay,
    SavedSession, Session, UserChoice,
};
#[cfg(feature = "uvl")]
pub use uvl::{UvlError, UvlProblem};
