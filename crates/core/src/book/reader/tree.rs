//! A document as a tree that can be mended and read again.

use std::cell::RefCell;
use std::fmt;
use std::iter::{Enumerate, Skip};
use std::slice::Iter;

use hashbrown::HashSet;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::wording::Defect;
use super::{Document, Limits};
use crate::Diagnostic;
use crate::diagnostic::Place;

/// A value of a document.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(List),
    Map(Map),
    /// A list element that was taken out; the others keep their numbers.
    Gone,
}

/// Elements before `from` have been read and found well: a further reading begins behind them.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Node>,
    pub(super) from: usize,
}

/// As [`List`], with a key for each value.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<(String, Node)>,
    pub(super) from: usize,
}

/// What the parser tells while it reads.
struct Told<'t> {
    limits: &'t Limits,
    document: Document,
    found: RefCell<Vec<Diagnostic>>,
    /// The innermost place that was being read when the text broke off.
    broken: RefCell<Option<String>>,
}

impl Node {
    /// The tree of a text, and the findings that the tree no longer shows: duplicate keys, texts
    /// that are too long. Of two values of one key the first is kept.
    pub(super) fn parse(
        text: &str,
        limits: &Limits,
        document: Document,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let told =
            Told { limits, document, found: RefCell::new(Vec::new()), broken: RefCell::new(None) };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let parsed = Parse { place: &Place::Root, told: &told }.deserialize(&mut deserializer);
        let parsed = parsed.and_then(|node| {
            let end = deserializer.end();
            end.inspect_err(|_| *told.broken.borrow_mut() = Some(String::new())).map(|()| node)
        });
        let mut found = told.found.into_inner();
        match parsed {
            Ok(node) => Ok((node, found)),
            Err(error) => {
                let path = told.broken.into_inner().unwrap_or_default();
                found.push(super::wording::syntax(&error, text, path, document));
                Err(found)
            }
        }
    }
}

struct Parse<'p> {
    place: &'p Place<'p>,
    told: &'p Told<'p>,
}

impl Parse<'_> {
    fn note<E>(&self, place: &Place<'_>, error: E) -> E {
        let mut broken = self.told.broken.borrow_mut();
        if broken.is_none() {
            *broken = Some(place.pointer());
        }
        error
    }

    fn text(&self, text: &str) -> Node {
        if let Some(finding) = self.told.limits.string(
            text.len(),
            &self.place.pointer_if(text.len() > self.told.limits.longest()),
            self.told.document,
        ) {
            self.told.found.borrow_mut().push(finding);
            // One character satisfies most fields: what follows from the length is not of interest.
            return Node::Text("1".to_owned());
        }
        Node::Text(text.to_owned())
    }
}

impl<'de> DeserializeSeed<'de> for Parse<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Parse<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // No field takes such a number; it is kept to be shown.
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(self.text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        loop {
            let place = self.place.index(items.len());
            match seq.next_element_seed(Parse { place: &place, told: self.told }) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Node::List(List { items, from: 0 })),
                Err(error) => return Err(self.note(&place, error)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let key: String = match map.next_key() {
                Ok(Some(key)) => key,
                Ok(None) => break,
                Err(error) => return Err(self.note(self.place, error)),
            };
            let place = self.place.key(&key);
            let value = map
                .next_value_seed(Parse { place: &place, told: self.told })
                .map_err(|error| self.note(&place, error))?;
            entries.push((key, value));
        }
        let mut keys: HashSet<&str> = HashSet::with_capacity(entries.len());
        let twice: Vec<bool> = entries.iter().map(|(key, _)| !keys.insert(key)).collect();
        drop(keys);
        if twice.contains(&true) {
            let mut twice = twice.into_iter();
            entries.retain(|(key, _)| {
                let again = twice.next().unwrap_or_default();
                if again {
                    self.told.found.borrow_mut().push(Diagnostic::new(
                        Defect::Duplicate.code(self.told.document),
                        self.place.key(key).pointer(),
                        format!("key `{}` stands twice in one object", super::wording::echo(key)),
                    ));
                }
                !again
            });
        }
        Ok(Node::Map(Map { entries, from: 0 }))
    }
}

/// A step from a node to a child: the key, or the number of the element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The error of reading a tree: a sentence, and the way to the place, the last step first.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct TreeError {
    message: String,
    way: Vec<Step>,
}

impl TreeError {
    /// The same error, seen from the node above.
    fn below(mut self, step: Step) -> Self {
        self.way.push(step);
        self
    }

    /// The sentence, and the steps from the root.
    pub(super) fn into_parts(mut self) -> (String, Vec<Step>) {
        self.way.reverse();
        (self.message, self.way)
    }
}

impl de::Error for TreeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), way: Vec::new() }
    }
}

impl Node {
    /// The error of a visitor that expects another kind of value.
    fn unfit(&self, expected: &dyn de::Expected) -> TreeError {
        let found = match self {
            Self::Null | Self::Gone => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => Unexpected::Unsigned(value),
                (None, Some(value)) => Unexpected::Signed(value),
                // Shown in the message and nowhere else.
                (None, None) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        };
        de::Error::invalid_type(found, expected)
    }
}

/// The error of an object of which a visitor took the first field and left others.
fn several_fields() -> TreeError {
    let found = Unexpected::Other("an object with several fields");
    de::Error::invalid_value(found, &"an object with a single field")
}

impl List {
    /// Shows a visitor the elements; it must take them all.
    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, TreeError> {
        let mut items = Items::of(self);
        let value = visitor.visit_seq(&mut items)?;
        let left = items.0.filter(|(_, node)| !matches!(node, Node::Gone)).count();
        if left > 0 {
            let all = Items::of(self).0.filter(|(_, node)| !matches!(node, Node::Gone)).count();
            let taken = format!("an array of length {}", all - left);
            return Err(de::Error::invalid_length(all, &taken.as_str()));
        }
        Ok(value)
    }
}

impl Map {
    /// Shows a visitor the fields; it must take them all.
    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, TreeError> {
        let mut entries = Entries::of(self);
        let value = visitor.visit_map(&mut entries)?;
        if entries.rest.any(|(_, node)| !matches!(node, Node::Gone)) {
            return Err(several_fields());
        }
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Node::Null | Node::Gone => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    // For the visitor to refuse: no type of a document takes a float.
                    visitor.visit_f64(number.as_f64().unwrap_or_default())
                }
            }
            Node::Text(text) => visitor.visit_str(text),
            Node::List(list) => list.visit(visitor),
            Node::Map(map) => map.visit(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Node::Map(map) => map.visit(visitor),
            other => Err(other.unfit(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Node::List(list) => list.visit(visitor),
            other => Err(other.unfit(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Node::Text(text) => visitor.visit_str(text),
            other => Err(other.unfit(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Node::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self {
            Node::Text(text) => {
                let text: StrDeserializer<'_, TreeError> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            Node::Map(map) if map.entries.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::of(map)))
            }
            Node::Map(_) => Err(several_fields()),
            other => other.deserialize_any(visitor),
        }
    }

    // The tree knows what it holds; the kind that is asked for, numbers with a point among them,
    // only matters to the visitor. The kinds above are those that most types ask for.
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit
        unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'n>(Skip<Enumerate<Iter<'n, Node>>>);

impl<'n> Items<'n> {
    fn of(list: &'n List) -> Self {
        Self(list.items.iter().enumerate().skip(list.from))
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        let Some((index, node)) = self.0.find(|(_, node)| !matches!(node, Node::Gone)) else {
            return Ok(None);
        };
        seed.deserialize(node).map(Some).map_err(|error| error.below(Step::Index(index)))
    }
}

struct Entries<'n> {
    rest: Iter<'n, (String, Node)>,
    value: Option<&'n (String, Node)>,
}

impl<'n> Entries<'n> {
    fn of(map: &'n Map) -> Self {
        Self { rest: map.entries.get(map.from..).unwrap_or_default().iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        self.value = self.rest.find(|(_, node)| !matches!(node, Node::Gone));
        let Some((key, _)) = self.value else { return Ok(None) };
        let text: StrDeserializer<'_, TreeError> = key.as_str().into_deserializer();
        seed.deserialize(text).map(Some).map_err(|error| error.below(Step::Key(key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TreeError> {
        let Some((key, node)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(node).map_err(|error| error.below(Step::Key(key.clone())))
    }
}
