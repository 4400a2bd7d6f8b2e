//! Why a frame is not priced.

use std::fmt;

use arrow_schema::ArrowError;
use listino_core::batch::LineError;
use listino_core::call::CallError;

/// What is wrong with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnError {
    /// The column.
    pub name: String,
    /// The fact.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl ColumnError {
    pub(crate) fn new(name: &str, message: String, help: impl Into<String>) -> Self {
        Self { name: name.to_owned(), message, help: help.into() }
    }
}

/// Why a frame is not priced.
///
/// ```
/// use listino_arrow::{FrameError, Options, Pricer};
/// use listino_core::{Engine, PriceBook};
/// let engine = Engine::compile(&PriceBook::from_json(r#"{ "v": 1, "currency": "EUR" }"#)?)?;
/// let FrameError::Columns(wrong) =
///     Pricer::new(&engine, &arrow_schema::Schema::empty(), Options::default()).unwrap_err()
/// else { panic!() };
/// assert_eq!(wrong.len(), 4);
/// assert_eq!(wrong[0].message, "there is no column `customer`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// The columns are not those of lines: everything that is wrong with them.
    Columns(Vec<ColumnError>),
    /// A row has no price, and no errors are wanted in a column.
    Row {
        /// The row of the frame, counted from 0.
        row: u64,
        /// Why.
        error: LineError,
    },
    /// The frame cannot be read to its end.
    Stream(String),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns(wrong) => {
                for (number, one) in wrong.iter().enumerate() {
                    let gap = if number == 0 { "" } else { "; " };
                    write!(f, "{gap}{}: {}", one.message, one.help)?;
                }
                Ok(())
            }
            error => f.write_str(CallError::from(error.clone()).message()),
        }
    }
}

impl std::error::Error for FrameError {}

impl From<FrameError> for CallError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Columns(wrong) => {
                Self::columns(wrong.into_iter().map(|one| (one.name, one.message, one.help)))
            }
            FrameError::Row { row, error } => Self::row(row, error.name()),
            FrameError::Stream(message) => Self::stream(&message),
        }
    }
}

impl From<ArrowError> for FrameError {
    fn from(error: ArrowError) -> Self {
        match error {
            // Our own, back from a reader.
            ArrowError::ExternalError(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Stream(other.to_string()),
            },
            error => Self::Stream(error.to_string()),
        }
    }
}

impl From<FrameError> for ArrowError {
    fn from(error: FrameError) -> Self {
        Self::ExternalError(Box::new(error))
    }
}
