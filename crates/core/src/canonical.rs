//! Canonical JSON of what is large: what `serde_json` writes, without asking of every name of a
//! field and of every number whether it needs escapes.

use serde::ser::{self, Error as _, Serialize, Serializer};
use serde_json::{Error, Result};
use sha2::{Digest as _, Sha256};

use crate::Digest;

/// The canonical JSON of a value.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String> {
    let mut writer = Writer { text: Vec::new(), hash: None };
    value.serialize(&mut writer)?;
    String::from_utf8(writer.text).map_err(Error::custom)
}

/// The digest of the canonical JSON of a value, which is at no time in memory as a whole.
pub(crate) fn digest<T: Serialize>(value: &T) -> Result<Digest> {
    let mut writer = Writer { text: Vec::with_capacity(2 * PIECE), hash: Some(Sha256::new()) };
    value.serialize(&mut writer)?;
    let hash = writer.hash.unwrap_or_default().chain_update(&writer.text);
    Ok(Digest::from_bytes(hash.finalize().into()))
}

/// So many bytes are hashed at once.
const PIECE: usize = 1 << 14;

struct Writer {
    text: Vec<u8>,
    hash: Option<Sha256>,
}

impl Writer {
    /// Something whose JSON is the same in any format.
    fn plain(&mut self, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.text, value)
    }

    fn open(&mut self, bracket: u8) -> Parts<'_> {
        self.text.push(bracket);
        // The closing one stands two places behind it in ASCII.
        Parts { writer: self, first: true, close: bracket + 2, inside: false }
    }

    /// The brace and the name of a variant with contents.
    fn variant(&mut self, name: &'static str) {
        self.text.push(b'{');
        self.name(name);
    }

    /// The name of a field, none of which needs escapes, and its colon.
    #[inline]
    fn name(&mut self, name: &'static str) {
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }
}

/// A list or an object that is being written.
struct Parts<'w> {
    writer: &'w mut Writer,
    first: bool,
    close: u8,
    /// Whether it is what a variant contains.
    inside: bool,
}

impl Parts<'_> {
    /// What stands between two of its parts.
    #[inline]
    fn next(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.writer.text.push(b',');
        }
    }

    /// The same, where there may be so many of them that what is written is hashed.
    fn next_of_many(&mut self) {
        self.next();
        if self.writer.text.len() >= PIECE
            && let Some(hash) = &mut self.writer.hash
        {
            hash.update(&self.writer.text);
            self.writer.text.clear();
        }
    }

    fn close(self) -> Result<()> {
        self.writer.text.push(self.close);
        if self.inside {
            self.writer.text.push(b'}');
        }
        Ok(())
    }
}

macro_rules! plain {
    ($($method:ident($kind:ty);)*) => {$(
        fn $method(self, value: $kind) -> Result<()> {
            self.plain(&value)
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'w>;
    type SerializeTuple = Parts<'w>;
    type SerializeTupleStruct = Parts<'w>;
    type SerializeTupleVariant = Parts<'w>;
    type SerializeMap = Parts<'w>;
    type SerializeStruct = Parts<'w>;
    type SerializeStructVariant = Parts<'w>;

    plain! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_bytes(&[u8]);
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        // One pass without a way out: it is done many bytes at a time.
        let special = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
        if value.bytes().fold(false, |any, byte| any | special(byte)) {
            return self.plain(&value);
        }
        self.text.push(b'"');
        self.text.extend_from_slice(value.as_bytes());
        self.text.push(b'"');
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.plain(&())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<()> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(name);
        value.serialize(&mut *self)?;
        self.text.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'w>> {
        Ok(self.open(b'['))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'w>> {
        Ok(self.open(b'['))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>> {
        Ok(self.open(b'['))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'w>> {
        self.variant(name);
        Ok(Parts { inside: true, ..self.open(b'[') })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'w>> {
        Ok(self.open(b'{'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>> {
        Ok(self.open(b'{'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'w>> {
        self.variant(name);
        Ok(Parts { inside: true, ..self.open(b'{') })
    }
}

macro_rules! lists {
    ($($name:ident $method:ident;)*) => {$(
        impl ser::$name for Parts<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.next_of_many();
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! objects {
    ($($name:ident)*) => {$(
        impl ser::$name for Parts<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<()> {
                self.next();
                self.writer.name(name);
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}

objects! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.next_of_many();
        let start = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.text.get(start) {
            Some(b'"') => Ok(()),
            _ => Err(Error::custom("a key of an object must be a text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.writer.text.push(b':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;

    use super::{PIECE, digest, text};
    use crate::Digest;

    #[derive(Debug, Serialize)]
    struct Unit;

    #[derive(Debug, Serialize)]
    struct Wrapped(String);

    #[derive(Debug, Serialize)]
    struct Pair(u8, String);

    #[derive(Debug, Serialize)]
    enum Choice {
        Nothing,
        One(String),
        Two(i64, String),
        Named { text: String, maybe: Option<bool> },
    }

    #[derive(Debug, Serialize)]
    struct Everything {
        unit: Unit,
        empty: (),
        flag: bool,
        number: i64,
        letter: char,
        wrapped: Wrapped,
        pair: Pair,
        tuple: (u64, u32),
        choices: Vec<Choice>,
        map: BTreeMap<String, Vec<String>>,
    }

    fn everything(number: i64, texts: Vec<String>) -> Everything {
        let one = texts.first().cloned().unwrap_or_default();
        let named = |maybe| Choice::Named { text: one.clone(), maybe };
        Everything {
            unit: Unit,
            empty: (),
            flag: number > 0,
            number,
            letter: one.chars().next().unwrap_or('"'),
            wrapped: Wrapped(one.clone()),
            pair: Pair(7, one.clone()),
            tuple: (u64::MAX, 0),
            choices: vec![
                Choice::Nothing,
                Choice::One(one.clone()),
                Choice::Two(number, one.clone()),
                named(None),
                named(Some(false)),
            ],
            map: texts.iter().map(|text| (text.clone(), texts.clone())).collect(),
        }
    }

    proptest! {
        #[test]
        fn it_is_what_serde_json_writes(number: i64, texts in prop::collection::vec(any::<String>(), 0..6)) {
            let value = everything(number, texts);
            let wanted = serde_json::to_string(&value)?;
            prop_assert_eq!(digest(&value)?, Digest::of(wanted.as_bytes()));
            prop_assert_eq!(text(&value)?, wanted);
        }
    }

    #[test]
    fn pieces_are_hashed_as_one() {
        let value = vec!["a".repeat(100); PIECE / 10];
        let whole = serde_json::to_string(&value).unwrap();
        assert!(whole.len() > 4 * PIECE);
        assert_eq!(digest(&value).unwrap(), Digest::of(whole.as_bytes()));
    }

    #[test]
    fn keys_are_texts() {
        assert!(text(&BTreeMap::from([(1, 2)])).is_err());
    }

    #[test]
    fn every_character_is_escaped_as_serde_json_escapes_it() {
        let all: String = (0..0x250).filter_map(char::from_u32).collect();
        assert_eq!(text(&all).unwrap(), serde_json::to_string(&all).unwrap());
    }
}
