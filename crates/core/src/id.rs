//! Names that the host gives to its things.

use std::borrow::Borrow;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The host's name for a customer, a product, a rule: any text of 1 to 256 bytes without control
/// characters. The engine compares ids and never looks inside, except in trees, where `/` parts
/// the levels.
///
/// ```
/// use listino_core::Id;
/// let id = Id::new("BK-M82B-42")?;
/// assert_eq!(id.as_str(), "BK-M82B-42");
/// assert!(Id::new("").is_err());
/// # Ok::<(), listino_core::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(CompactString);

/// A text that cannot be an id.
///
/// ```
/// use listino_core::{Id, IdError};
/// let error: IdError = Id::new("").unwrap_err();
/// assert_eq!(error.to_string(), "`` is not an id: write 1 to 256 bytes without control characters");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: write 1 to 256 bytes without control characters")]
pub struct IdError(String);

const MAX_BYTES: usize = 256;

impl Id {
    /// An id from a text.
    ///
    /// # Errors
    /// [`IdError`] when the text is empty, longer than 256 bytes, or has a control character.
    pub fn new(text: &str) -> Result<Self, IdError> {
        if !Self::is_id(text) {
            return Err(IdError(text.chars().filter(|c| !c.is_control()).take(40).collect()));
        }
        Ok(Self(CompactString::from(text)))
    }

    /// Whether a text can be an id.
    pub(crate) fn is_id(text: &str) -> bool {
        let plain = |byte: &u8| (b' '..=b'~').contains(byte);
        !text.is_empty()
            && text.len() <= MAX_BYTES
            // Nearly every id is ASCII, and a compiled book has many of them.
            && (text.as_bytes().iter().all(plain) || !text.chars().any(char::is_control))
    }

    /// For names the engine itself coins, such as stage names.
    pub(crate) fn known(text: &str) -> Self {
        Self(CompactString::from(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The node and its ancestors in a tree, nearest first: `a/b/c`, `a/b`, `a`.
    pub(crate) fn ancestry(&self) -> impl Iterator<Item = &str> {
        ancestry(&self.0)
    }
}

/// A path and its ancestors, nearest first.
pub(crate) fn ancestry(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |p| p.rsplit_once('/').map(|(parent, _)| parent))
}

/// Whether `path` is `node` or lies below it.
pub(crate) fn within(path: &str, node: &str) -> bool {
    path.strip_prefix(node).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::str::FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id (a string)")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                Id::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Id {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": 256 })
    }
}
