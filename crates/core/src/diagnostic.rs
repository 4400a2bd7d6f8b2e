//! Findings about a document: what is wrong, where, and how to mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::book::Code;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document works, and someone should look at this.
    Warning,
}

/// One finding: a stable code, a place, the fact, the mend.
///
/// ```
/// use listino_core::{Diagnostic, PriceBook, Related, Severity};
/// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "products": { "bell": {} },
///     "price_lists": [{ "id": "base", "prices": { "bel": "9.90" } }] }"#)?;
/// let findings = book.check();
/// let finding: &Diagnostic = findings.iter().find(|f| f.severity == Severity::Error).unwrap();
/// assert_eq!(finding.path, "/price_lists/0/prices/bel");
/// assert!(finding.help.as_deref().unwrap().contains("bell"));
/// let related: &[Related] = &finding.related;
/// assert!(related.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Diagnostic {
    /// The stable code, such as `B0207`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The place, as a JSON pointer into the document (RFC 6901); empty for the whole.
    pub path: String,
    /// The fact: lower case, user input in backticks.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Other places that have to do with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// Another place that has to do with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// The place, as a JSON pointer.
    pub path: String,
    /// What is there.
    pub message: String,
}

impl Diagnostic {
    /// A finding as the catalogue describes it; its help is the catalogue's mend.
    pub(crate) fn new(code: Code, path: String, message: String) -> Self {
        let info = code.info();
        Self {
            code: info.code.to_owned(),
            severity: info.severity,
            path,
            message,
            help: Some(info.mend.to_owned()),
            related: Vec::new(),
        }
    }

    /// The finding with a help that knows more than the catalogue.
    #[must_use]
    pub(crate) fn with_help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }

    /// The finding with another place that has to do with it.
    #[must_use]
    pub(crate) fn with_related(mut self, path: String, message: String) -> Self {
        self.related.push(Related { path, message });
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{kind}[{}]: {}", self.code, self.message)?;
        if !self.path.is_empty() {
            write!(f, "\n  at {}", self.path)?;
        }
        for other in &self.related {
            write!(f, "\n  see {}: {}", other.path, other.message)?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// A place in a document while walking through it; becomes a JSON pointer when needed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) const fn key(&'a self, key: &'a str) -> Place<'a> {
        Place::Key(self, key)
    }

    pub(crate) const fn index(&'a self, index: usize) -> Place<'a> {
        Place::Index(self, index)
    }

    /// The pointer, made only where it is wanted.
    pub(crate) fn pointer_if(&self, wanted: bool) -> String {
        if wanted { self.pointer() } else { String::new() }
    }

    pub(crate) fn pointer(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Key(parent, key) => {
                format!("{}/{}", parent.pointer(), key.replace('~', "~0").replace('/', "~1"))
            }
            Place::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}
