//! From text to a book or a request, with every defect found and placed.
//!
//! A text that is fine is read once, straight into its types. Only when that fails is it read
//! again, into a tree that can be mended: each defect is recorded, taken out of the tree, and the
//! reading goes on behind it, so that one pass over a file tells everything that is wrong with it.
//! Without the feature `fast` every text is read by way of the tree, which takes one reader of
//! each type instead of two.

mod limits;
mod locate;
mod mend;
mod tree;
mod wording;

use std::collections::BTreeSet;

pub use limits::Limits;
pub use locate::{Position, locate};

use self::mend::Mender;
use self::tree::Node;
use self::wording::Defect;
use super::PriceBook;
use crate::quote::Request;
use crate::strict::Strict;
use crate::{Diagnostic, Severity};

/// A book that cannot be read or compiled: all findings, errors first.
///
/// ```
/// use listino_core::PriceBook;
/// let error = PriceBook::from_json(r#"{ "v": 1, "currency": "euro", "colour": 5 }"#).unwrap_err();
/// let places: Vec<&str> = error.diagnostics().iter().map(|d| d.path.as_str()).collect();
/// assert_eq!(places, ["/colour", "/currency"]);
/// ```
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
///
/// ```
/// use listino_core::quote::Request;
/// let error = Request::from_json(r#"{ "v": 1, "date": "2022-02-30", "customer": "C-1", "lines": [] }"#).unwrap_err();
/// assert_eq!((error.diagnostics()[0].code.as_str(), error.diagnostics()[0].path.as_str()), ("Q0107", "/date"));
/// ```
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

/// Which document a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    Book,
    Request,
}

/// A document that reads its text in this module.
trait Readable: serde::de::DeserializeOwned {
    const DOCUMENT: Document;

    /// What in it is larger than the limits allow, where its text has so many bytes.
    fn excess(&self, limits: &Limits, bytes: usize) -> Vec<Diagnostic>;

    /// What is wrong with the meaning of a document whose form had to be mended.
    fn meaning(&self) -> Vec<Diagnostic>;
}

impl Readable for PriceBook {
    const DOCUMENT: Document = Document::Book;

    fn excess(&self, limits: &Limits, bytes: usize) -> Vec<Diagnostic> {
        limits.book(self, bytes)
    }

    fn meaning(&self) -> Vec<Diagnostic> {
        super::errors(self)
    }
}

impl Readable for Request {
    const DOCUMENT: Document = Document::Request;

    fn excess(&self, limits: &Limits, _: usize) -> Vec<Diagnostic> {
        limits.request(self)
    }

    fn meaning(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A document in which nothing is wrong.
#[cfg(feature = "fast")]
fn sound<T: Readable>(text: &str) -> Option<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Strict(&mut reader)).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// A document in whose form nothing is wrong, if it is not too large.
fn within<T: Readable>(document: T, limits: &Limits, bytes: usize) -> Result<T, Vec<Diagnostic>> {
    let excess = document.excess(limits, bytes);
    if excess.is_empty() { Ok(document) } else { Err(excess) }
}

fn read<T: Readable>(text: &str, limits: &Limits) -> Result<T, Vec<Diagnostic>> {
    if let Some(finding) = limits.whole(text, T::DOCUMENT) {
        return Err(vec![finding]);
    }
    #[cfg(feature = "fast")]
    if let Some(document) = sound::<T>(text) {
        return within(document, limits, text.len());
    }
    let (mut tree, mut found) = Node::parse(text, limits, T::DOCUMENT)?;
    // Where a string was too long the tree holds a stump of it, and the meaning is not asked.
    let whole =
        found.iter().all(|finding| finding.code != Defect::Limit.code(T::DOCUMENT).info().code);
    let mut mender = Mender::new(T::DOCUMENT, limits.most_findings());
    let mended = mender.mend::<T>(&mut tree);
    #[cfg(not(feature = "fast"))]
    let mended = match mended {
        Some(document) if found.is_empty() && mender.found_nothing() => {
            return within(document, limits, text.len());
        }
        mended => mended,
    };
    if let Some(document) = &mended {
        found.extend(document.excess(limits, text.len()));
        if whole {
            found.extend(mender.unaffected(&tree, document.meaning()));
        }
    }
    let complete = mender.complete();
    found.extend(mender.into_found());
    // The same place may be reported twice when a mend uncovers what lay below.
    let mut seen = BTreeSet::new();
    found.retain(|finding| {
        seen.insert((finding.path.clone(), finding.code.clone(), finding.message.clone()))
    });
    let more = found.len() > limits.most_findings() || !complete;
    found.truncate(limits.most_findings());
    super::check::by_place(&mut found);
    if more {
        found.push(Diagnostic::new(
            Defect::More.code(T::DOCUMENT),
            String::new(),
            format!("there are more than these {} findings", found.len()),
        ));
    }
    if found.is_empty() {
        // The two readings disagree, which only an error in this module can cause: the text is
        // refused all the same.
        found.push(Diagnostic::new(
            Defect::Form.code(T::DOCUMENT),
            String::new(),
            "the document does not have the form it needs".to_owned(),
        ));
    }
    Err(found)
}

/// Reads a value of any type, or says where it is wrong and how.
///
/// Types that are read from the tree anyhow are read from it here too: whoever loads the engine
/// over a network loads each reader once.
#[cfg(any(feature = "replay", not(feature = "fast")))]
pub(crate) fn read_value<T: serde::de::DeserializeOwned>(
    text: &str,
    limits: &Limits,
) -> Result<T, (String, String)> {
    let (tree, found) =
        Node::parse(text, limits, Document::Request).unwrap_or_else(|found| (Node::Null, found));
    if let Some(finding) = found.into_iter().next() {
        return Err((finding.path, finding.message));
    }
    T::deserialize(Strict(&tree)).map_err(mend::place)
}

impl PriceBook {
    /// Reads a book from JSON, within the usual [`Limits`].
    ///
    /// Only the form is asked here; [`PriceBook::check`] asks the meaning.
    ///
    /// # Errors
    /// [`BookError`] with every defect of form and, beside them, every error of meaning that does
    /// not merely follow from one.
    pub fn from_json(text: &str) -> Result<Self, BookError> {
        Self::from_json_within(text, &Limits::default())
    }

    /// Reads a book from JSON within limits of the host's choice.
    ///
    /// ```
    /// use listino_core::{PriceBook, book::Limits};
    /// let text = r#"{ "v": 1, "currency": "EUR", "products": { "A": {}, "B": {} } }"#;
    /// let error = PriceBook::from_json_within(text, &Limits::default().products(1)).unwrap_err();
    /// assert_eq!((error.diagnostics()[0].code.as_str(), error.diagnostics()[0].path.as_str()), ("B0004", "/products"));
    /// ```
    ///
    /// # Errors
    /// As [`PriceBook::from_json`].
    pub fn from_json_within(text: &str, limits: &Limits) -> Result<Self, BookError> {
        read(text, limits).map_err(BookError::new)
    }
}

impl Request {
    /// Reads a request from JSON, within the usual [`Limits`].
    ///
    /// # Errors
    /// [`RequestError`] with every defect of form.
    pub fn from_json(text: &str) -> Result<Self, RequestError> {
        Self::from_json_within(text, &Limits::default())
    }

    /// Reads a request from JSON within limits of the host's choice.
    ///
    /// ```
    /// use listino_core::{book::Limits, quote::Request};
    /// let text = r#"{ "v": 1, "date": "2022-11-21", "customer": "C-1", "lines": [] }"#;
    /// assert!(Request::from_json_within(text, &Limits::default().bytes(20)).is_err());
    /// ```
    ///
    /// # Errors
    /// As [`Request::from_json`].
    pub fn from_json_within(text: &str, limits: &Limits) -> Result<Self, RequestError> {
        read(text, limits).map_err(RequestError::new)
    }
}
