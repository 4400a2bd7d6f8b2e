//! What every JSON document of the engine has in common.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess};
use serde::{Serialize, Serializer};

/// The version of the wire model, always 1; a document of another version is refused.
///
/// ```
/// use listino_core::Version;
/// assert_eq!(serde_json::to_string(&Version)?, "1");
/// assert!(serde_json::from_str::<Version>("2").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            other => Err(de::Error::custom(format!(
                "version {other} is not known: this engine reads version 1"
            ))),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1, "description": "the version of the wire model" })
    }
}

/// One or more values; one alone may be written without brackets. Where none are written there are none, but
/// an empty list is refused: in what narrows something down it would mean the same as no list at all.
///
/// ```
/// use listino_core::Many;
/// let one: Many<String> = serde_json::from_str("\"bikes\"")?;
/// let two: Many<String> = serde_json::from_str("[\"bikes\", \"helmets\"]")?;
/// assert_eq!((one.len(), two.len()), (1, 2));
/// assert!(Many::<String>::default().is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Many<T> {
    /// Whether there is no value.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> FromIterator<T> for Many<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Many<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize> Serialize for Many<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values { none: false, of: PhantomData })
    }
}

/// Reads a list that may be empty: of what something has, which may be nothing.
pub(crate) fn any<'de, D, T>(deserializer: D) -> Result<Many<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(Values { none: true, of: PhantomData })
}

/// What is said of an empty list that would narrow something down.
pub(crate) const EMPTY: &str = "an empty list stands where at least one name is needed: \
    it would mean the same as no list at all";

/// The visitor of a value or a list of values.
struct Values<T> {
    /// Whether there may be none.
    none: bool,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Values<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Many<T>, E> {
        T::deserialize(de::value::StrDeserializer::new(text)).map(|one| Many(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Many<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = seq.next_element()? {
            all.push(item);
        }
        if all.is_empty() && !self.none {
            return Err(de::Error::custom(EMPTY));
        }
        Ok(Many(all))
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Many<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Many_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<T>();
        schemars::json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

/// The schema of what [`any`] reads.
#[cfg(feature = "schema")]
pub(crate) fn any_schema<T: schemars::JsonSchema>(
    generator: &mut schemars::SchemaGenerator,
) -> schemars::Schema {
    let one = generator.subschema_for::<T>();
    schemars::json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
}

/// Reads a map and refuses a key that stands twice; serde would keep the last one in silence.
pub(crate) fn unique_map<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Visitor<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> de::Visitor<'de> for Visitor<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            // Keys mostly come in order: then a comparison each is enough, and the map is built at
            // once, of full nodes.
            let mut ascending: Vec<(K, V)> = Vec::new();
            let mut others = BTreeMap::new();
            while let Some(key) = access.next_key::<K>()? {
                let follows = ascending.last().is_none_or(|(last, _)| *last < key);
                if cfg!(feature = "fast") && follows {
                    ascending.push((key, access.next_value()?));
                    continue;
                }
                let known = ascending.binary_search_by(|(known, _)| known.cmp(&key)).is_ok();
                if known || others.contains_key(&key) {
                    return Err(de::Error::custom(format!("duplicate key `{key}`")));
                }
                others.insert(key, access.next_value()?);
            }
            if !cfg!(feature = "fast") {
                return Ok(others);
            }
            let mut map = BTreeMap::from_iter(ascending);
            map.append(&mut others);
            Ok(map)
        }
    }
    deserializer.deserialize_map(Visitor(PhantomData))
}
