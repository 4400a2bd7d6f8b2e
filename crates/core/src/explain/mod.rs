//! What the engine did, in words: one sentence for every fact of a quote, English and Italian.
//!
//! The data comes first: everything said here is in the [`Quote`](crate::quote::Quote), and
//! nothing is computed that could disagree with it. A sentence is a clause without a full stop, so
//! that it fits a table, a tooltip and a paragraph alike. Both languages implement one trait; a
//! message that exists in one and not in the other does not compile.

mod article;
mod catalogue;
mod english;
mod format;
mod italian;
mod sentences;
mod svg;
mod waterfall;

pub use catalogue::Labels;
pub use format::{Language, LanguageError};
pub use sentences::Sentences;
pub use waterfall::{RowKind, Waterfall, WaterfallRow};

#[cfg(test)]
mod tests;
