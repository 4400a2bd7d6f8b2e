//! A compiled book as bytes.
//!
//! The head is the one of every compiled thing (`crate::blob`). The contents are the digest of the
//! book and the parts of [`Inner`] in the encoding of `postcard`: long lists as columns of words,
//! models in their own format, the customers' records in JSON. What follows from the parts is not
//! stored; [`Inner::derive`] makes it.

use super::{Engine, Inner};
use crate::blob::{Kind, LoadError};

const BOOK: Kind = Kind { magic: *b"LSTNBOOK", version: 3, what: "book" };

impl Engine {
    /// The compiled book as bytes, for [`Engine::from_bytes`]: the same bytes for the same book on
    /// every machine.
    ///
    /// ```
    /// use listino_core::{Engine, PriceBook};
    /// let engine = Engine::compile(&PriceBook::from_json(r#"{ "v": 1, "currency": "EUR" }"#)?)?;
    /// let again = Engine::from_bytes(&engine.to_bytes())?;
    /// assert_eq!(again.digest(), engine.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail, and the parts have no fallible serializers.
        BOOK.seal(&postcard::to_allocvec(&*self.0).unwrap_or_default())
    }

    /// Loads a compiled book. It answers as the engine did that wrote it.
    ///
    /// The bytes are checked and never believed: whatever they are, loading ends in an engine that
    /// can be asked anything or in an error. Who wrote them is another matter: a compiled book
    /// decides prices like any price book, so take it from where you would take a price book.
    ///
    /// # Errors
    /// [`LoadError`] for bytes that are not a compiled book of this format version, damaged, or not
    /// what any engine writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let contents = BOOK.open(bytes)?;
        let (mut inner, rest) =
            postcard::take_from_bytes::<Inner>(contents).map_err(|_| BOOK.wrong("encoding"))?;
        if !rest.is_empty() {
            return Err(BOOK.wrong("length"));
        }
        if cfg!(not(feature = "configure")) && inner.models.len() > 0 {
            return Err(LoadError::Models);
        }
        inner.check().map_err(|part| BOOK.wrong(part))?;
        inner.derive();
        Ok(Self(std::sync::Arc::new(inner)))
    }
}

/// Records in the JSON in which books and requests have them.
pub(super) mod in_json {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        read(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    #[cfg(feature = "fast")]
    use serde_json::from_str as read;

    /// As long as they are: the limits were those of whoever compiled the book.
    #[cfg(not(feature = "fast"))]
    fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        let limits = crate::book::Limits::default().text(usize::MAX);
        crate::book::read_value(text, &limits).map_err(|(_, message)| message)
    }
}

/// A configuration model in its own format.
pub(super) mod in_bytes {
    #[cfg(feature = "configure")]
    use std::fmt;

    use serde::Serializer;
    #[cfg(feature = "configure")]
    use serde::{Deserializer, de};

    use crate::configure::Configurator;

    pub(crate) fn serialize<S: Serializer>(
        model: &Configurator,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&model.to_bytes())
    }

    #[cfg(feature = "configure")]
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Configurator, D::Error> {
        deserializer.deserialize_bytes(Visitor)
    }

    #[cfg(feature = "configure")]
    struct Visitor;

    #[cfg(feature = "configure")]
    impl de::Visitor<'_> for Visitor {
        type Value = Configurator;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a compiled configuration model")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Configurator, E> {
            Configurator::from_bytes(bytes).map_err(E::custom)
        }
    }
}
