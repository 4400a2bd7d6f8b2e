//! Dense numbers for the host's names.

use std::cmp::Ordering;
use std::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;

use crate::Id;
use crate::blob::flat;

/// Ids in the order they were added, and the way back from a text to its number.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Vec<Id>")]
pub(crate) struct Names {
    ids: Vec<Id>,
    table: HashTable<u32>,
    hasher: BuildHasherDefault<FxHasher>,
}

impl Names {
    pub(crate) fn intern(&mut self, id: &Id) -> u32 {
        if let Some(number) = self.get(id.as_str()) {
            return number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let hash = self.hasher.hash_one(id.as_str());
        self.ids.push(id.clone());
        let (ids, hasher) = (&self.ids, &self.hasher);
        self.table.insert_unique(hash, number, |&n| {
            hasher.hash_one(ids.get(n as usize).map_or("", Id::as_str))
        });
        number
    }

    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.table
            .find(hash, |&n| self.ids.get(n as usize).is_some_and(|id| id.as_str() == text))
            .copied()
    }

    pub(crate) fn id(&self, number: u32) -> Option<&Id> {
        self.ids.get(number as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.ids.serialize(serializer)
    }
}

impl TryFrom<Vec<Id>> for Names {
    type Error = &'static str;

    fn try_from(ids: Vec<Id>) -> Result<Self, &'static str> {
        let mut names = Self::default();
        for id in &ids {
            names.intern(id);
        }
        if names.len() == ids.len() { Ok(names) } else { Err("a name stands there twice") }
    }
}

/// Ids as [`Names`] keeps them, for the many: their texts lie in one piece, behind one another, and
/// looking one up reads the table and the text and nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Texts")]
pub(crate) struct PackedNames {
    texts: String,
    /// For each number where its text begins.
    starts: Vec<u32>,
    /// Number and the place of its text.
    table: HashTable<(u32, Span)>,
    hasher: BuildHasherDefault<FxHasher>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    length: u16,
}

impl Span {
    fn of(self, texts: &str) -> &str {
        let start = self.start as usize;
        texts.get(start..start + usize::from(self.length)).unwrap_or_default()
    }
}

impl PackedNames {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self {
            starts: Vec::with_capacity(count),
            table: HashTable::with_capacity(count),
            ..Self::default()
        }
    }

    /// Adds an id that is not there yet.
    pub(crate) fn push(&mut self, id: &Id) {
        self.push_text(id.as_str());
    }

    fn push_text(&mut self, text: &str) {
        let number = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        let start = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        // An id has at most 256 bytes.
        let span = Span { start, length: u16::try_from(text.len()).unwrap_or(u16::MAX) };
        self.texts.push_str(text);
        self.starts.push(start);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.table.insert_unique(hasher.hash_one(text), (number, span), |(_, span)| {
            hasher.hash_one(span.of(texts))
        });
    }

    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |(_, span)| span.of(&self.texts) == text).map(|(number, _)| *number)
    }

    /// The numbers of many texts. All places of the table are read before the first text is, so that
    /// looking up one does not wait for another.
    pub(crate) fn get_all<'t>(
        &self,
        texts: impl Iterator<Item = &'t str> + Clone,
        into: &mut SmallVec<[Option<u32>; 32]>,
    ) {
        let guess = |text| self.table.find(self.hasher.hash_one(text), |_| true).copied();
        let guesses: SmallVec<[Option<(u32, Span)>; 32]> = texts.clone().map(guess).collect();
        into.extend(texts.zip(guesses).map(|(text, guess)| {
            let (number, span) = guess?;
            if span.of(&self.texts) == text { Some(number) } else { self.get(text) }
        }));
    }

    /// Finds the numbers of so many texts, which come in order as the names are in order: where they
    /// are many, by walking beside the names instead of looking each one up.
    pub(crate) fn finder(&self, count: usize) -> impl FnMut(&str) -> Option<u32> {
        let walks = count.saturating_mul(8) > self.len();
        let mut next = 0;
        move |text| {
            if !walks {
                return self.get(text);
            }
            loop {
                match self.text(next)?.cmp(text) {
                    Ordering::Less => next += 1,
                    Ordering::Equal => return Some(next),
                    Ordering::Greater => return None,
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        let start = *self.starts.get(number as usize)? as usize;
        let end =
            self.starts.get(number as usize + 1).map_or(self.texts.len(), |&end| end as usize);
        self.texts.get(start..end)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.texts.shrink_to_fit();
        self.starts.shrink_to_fit();
    }
}

/// Names as they are stored: their texts, behind one another, and where each begins.
#[derive(Serialize, Deserialize)]
struct Texts {
    texts: String,
    #[serde(with = "flat")]
    starts: Vec<u32>,
}

impl Serialize for PackedNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Texts { texts: self.texts.clone(), starts: self.starts.clone() }.serialize(serializer)
    }
}

impl TryFrom<Texts> for PackedNames {
    type Error = &'static str;

    fn try_from(stored: Texts) -> Result<Self, &'static str> {
        let Texts { texts, starts } = stored;
        let mut names = Self::with_capacity(starts.len());
        names.texts.reserve_exact(texts.len());
        let ends = starts.iter().skip(1).map(|&end| end as usize).chain([texts.len()]);
        let mut last = "";
        for (&start, end) in starts.iter().zip(ends) {
            let text = texts.get(start as usize..end).filter(|text| Id::is_id(text));
            // They are in order, as a book has them: so none stands there twice.
            let text = text.filter(|text| *text > last).ok_or("a name that cannot be")?;
            names.push_text(text);
            last = text;
        }
        // Every byte belongs to a name.
        if names.texts == texts { Ok(names) } else { Err("texts without a name") }
    }
}
