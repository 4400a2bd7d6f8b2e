//! Dense numbers for the host's names.

use std::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::Id;

/// Ids in the order they were added, and the way back from a text to its number.
#[derive(Debug, Clone, Default)]
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
