//! Where in a text a pointer points.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A place in a text, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The first byte of the value, counted from 0.
    pub offset: usize,
    /// The bytes of the value.
    pub length: usize,
}

/// Where the value of a JSON pointer stands in its text.
///
/// Where the text has no such value (a field that is missing, say), the place of the innermost
/// value around it; `None` where the text is not JSON.
///
/// ```
/// use listino_core::book::{Position, locate};
/// let text = "{ \"v\": 1,\n  \"products\": { \"A\": { \"unit\": \"box\" } } }";
/// let place: Position = locate(text, "/products/A/unit").unwrap();
/// assert_eq!((place.line, &text[place.offset..place.offset + place.length]), (2, "\"box\""));
/// ```
pub fn locate(text: &str, pointer: &str) -> Option<Position> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let mut inner = serde_json::Deserializer::from_str(value.get());
        match (Child { step: &step }).deserialize(&mut inner) {
            Ok(Some(child)) => value = child,
            Ok(None) | Err(_) => break,
        }
    }
    // Both are slices of the same text, so the difference of their addresses is the offset.
    let offset = (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some(Position {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(start..)?.chars().count() + 1,
        offset,
        length: value.get().len(),
    })
}

/// Reads one child of an object or a list, and passes over the others.
struct Child<'s> {
    step: &'s str,
}

impl<'de> DeserializeSeed<'de> for Child<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Child<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if found.is_none() && key == self.step {
                found = Some(map.next_value::<&RawValue>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Ok(index) = self.step.parse::<usize>() else { return Ok(None) };
        for _ in 0..index {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let found = seq.next_element::<&RawValue>()?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}
