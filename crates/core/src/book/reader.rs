//! From text to a book or a request, with every defect found and placed.

use super::PriceBook;
use crate::quote::Request;
use crate::{Diagnostic, Severity};

/// A book that cannot be read or compiled: all findings, errors first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the price book has {} error(s); the first: {}", .diagnostics.iter().filter(|d| d.severity == Severity::Error).count(), .diagnostics.first().map_or("none", |d| d.message.as_str()))]
pub struct BookError {
    diagnostics: Vec<Diagnostic>,
}

impl BookError {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    /// The findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// A request that cannot be read or answered: all findings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request has {} error(s); the first: {}", .diagnostics.len(), .diagnostics.first().map_or("none", |d| d.message.as_str()))]
pub struct RequestError {
    diagnostics: Vec<Diagnostic>,
}

impl RequestError {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    /// The findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str, code: &str) -> Result<T, Vec<Diagnostic>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        vec![Diagnostic {
            code: code.to_owned(),
            severity: Severity::Error,
            path: error
                .path()
                .iter()
                .fold(String::new(), |path, segment| format!("{path}/{segment}")),
            message: error.inner().to_string(),
            help: None,
            related: Vec::new(),
        }]
    })?;
    deserializer.end().map_err(|error| {
        vec![Diagnostic {
            code: code.to_owned(),
            severity: Severity::Error,
            path: String::new(),
            message: error.to_string(),
            help: None,
            related: Vec::new(),
        }]
    })?;
    Ok(value)
}

impl PriceBook {
    /// Reads a book from JSON.
    ///
    /// # Errors
    /// [`BookError`] with every defect of form.
    pub fn from_json(text: &str) -> Result<Self, BookError> {
        read(text, "B0100").map_err(BookError::new)
    }
}

impl Request {
    /// Reads a request from JSON.
    ///
    /// # Errors
    /// [`RequestError`] with every defect of form.
    pub fn from_json(text: &str) -> Result<Self, RequestError> {
        read(text, "Q0100").map_err(RequestError::new)
    }
}
