//! Whether a quote still comes out, byte for byte.

use crate::quote::{Quote, Request};
use crate::{Digest, Engine, RequestError};

/// Why a quote does not come out again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The quote was made from another book.
    #[error(
        "the quote was made from book `{expected}`, and this engine holds `{actual}`: load the book of that digest"
    )]
    OtherBook {
        /// The digest the quote names.
        expected: Digest,
        /// The digest of this engine's book.
        actual: Digest,
    },
    /// The quote answers another request.
    #[error("the quote answers request `{expected}`, and this request is `{actual}`")]
    OtherRequest {
        /// The digest the quote names.
        expected: Digest,
        /// The digest of this request.
        actual: Digest,
    },
    /// The quote says something else than what is computed.
    #[error(
        "the quote does not come out again: its digest is `{expected}`, computed is `{actual}`"
    )]
    Changed {
        /// The digest of the quote given.
        expected: Digest,
        /// The digest of the quote computed.
        actual: Digest,
    },
    /// The request cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl Engine {
    /// Prices a request again and compares the outcome with a quote of the past.
    ///
    /// ```
    /// use listino_core::quote::Request;
    /// use listino_core::solve::ReplayError;
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    ///     "customers": { "C": {} }, "products": { "P": {} },
    ///     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
    /// let mut quote = engine.quote(&request)?;
    /// assert!(engine.replay(&request, &quote).is_ok());
    /// quote.totals.payable = "1".parse()?;
    /// assert!(matches!(engine.replay(&request, &quote), Err(ReplayError::Changed { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ReplayError`] names what differs: the book, the request or the outcome.
    pub fn replay(&self, request: &Request, quote: &Quote) -> Result<Quote, ReplayError> {
        if quote.book != self.digest() {
            return Err(ReplayError::OtherBook { expected: quote.book, actual: self.digest() });
        }
        let given = request.digest();
        if *quote.request != given {
            return Err(ReplayError::OtherRequest { expected: *quote.request, actual: given });
        }
        let computed = self.quote(request)?;
        let (expected, actual) = (quote.digest(), computed.digest());
        if expected != actual || quote.digest.is_some_and(|sealed| sealed != actual) {
            return Err(ReplayError::Changed { expected, actual });
        }
        Ok(computed)
    }
}
