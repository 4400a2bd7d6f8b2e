//! Compiled things as bytes: what a compiled book and a compiled model have in common.
//!
//! Layout, all numbers little-endian: eight bytes that name the kind, a `u32` version of its
//! contents, a `u64` length of the contents, the contents, and the XXH64 of everything before it.
//! The checksum finds damage; it proves nothing about who wrote the bytes.

use xxhash_rust::xxh64::xxh64;

/// Why bytes cannot be loaded as something compiled.
///
/// ```
/// use listino_core::{Engine, LoadError};
/// assert_eq!(Engine::from_bytes(b"{}").unwrap_err(), LoadError::Foreign("book"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes begin differently.
    #[error("the bytes are not a compiled {0}")]
    Foreign(&'static str),
    /// The bytes were written by another version.
    #[error(
        "the compiled {what} has format version {found}, and this engine reads version {reads}"
    )]
    Version {
        /// What was to be loaded.
        what: &'static str,
        /// The version of the bytes.
        found: u32,
        /// The version that can be read.
        reads: u32,
    },
    /// The length or the checksum does not fit: the bytes were changed or cut off.
    #[error("the compiled {0} is damaged: its length or its checksum does not fit")]
    Damaged(&'static str),
    /// The checksum fits, but no engine writes such contents.
    #[error("the compiled {what} contradicts itself in its {part}")]
    Contents {
        /// What was to be loaded.
        what: &'static str,
        /// The part that cannot be.
        part: &'static str,
    },
    /// The book has option models, and this build was made without the feature `configure`.
    #[error("the compiled book has option models, and this build only prices")]
    Models,
}

/// A kind of compiled thing.
pub(crate) struct Kind {
    pub(crate) magic: [u8; 8],
    pub(crate) version: u32,
    /// What people call it.
    pub(crate) what: &'static str,
}

impl Kind {
    /// Contents with a head and a checksum around them.
    pub(crate) fn seal(&self, contents: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(contents.len() + 28);
        bytes.extend_from_slice(&self.magic);
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&(contents.len() as u64).to_le_bytes());
        bytes.extend_from_slice(contents);
        bytes.extend_from_slice(&xxh64(&bytes, 0).to_le_bytes());
        bytes
    }

    /// The contents, undamaged.
    pub(crate) fn open<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], LoadError> {
        let damaged = || LoadError::Damaged(self.what);
        let rest = bytes.strip_prefix(&self.magic).ok_or(LoadError::Foreign(self.what))?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let found = u32::from_le_bytes(*version);
        if found != self.version {
            return Err(LoadError::Version { what: self.what, found, reads: self.version });
        }
        let (length, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (contents, checksum) = rest.split_last_chunk().ok_or_else(damaged)?;
        let sealed = bytes.get(..bytes.len() - checksum.len()).ok_or_else(damaged)?;
        if contents.len() as u64 != u64::from_le_bytes(*length)
            || xxh64(sealed, 0) != u64::from_le_bytes(*checksum)
        {
            return Err(damaged());
        }
        Ok(contents)
    }

    /// Contents that no engine writes.
    pub(crate) const fn wrong(&self, part: &'static str) -> LoadError {
        LoadError::Contents { what: self.what, part }
    }
}

/// Reads a part of something compiled in a function of its own. One function that reads everything
/// would be too long for a browser, which compiles a function when it is first called and again
/// when a loop in it runs often. For serde: `#[serde(deserialize_with = "apart")]`.
#[inline(never)]
pub(crate) fn apart<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}

/// A thing of `N` words that is stored in columns.
pub(crate) trait Flat<const N: usize>: Copy {
    fn words(self) -> [u32; N];
    fn of(words: [u32; N]) -> Self;
}

impl Flat<1> for u32 {
    fn words(self) -> [u32; 1] {
        [self]
    }

    fn of([word]: [u32; 1]) -> Self {
        word
    }
}

/// Long lists as columns of little-endian words, one behind the other: they are read at the speed
/// of memory, and equal neighbours compress well. For serde: `#[serde(with = "flat")]`.
pub(crate) mod flat {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::{Deserializer, Serializer, de};

    use super::Flat;

    pub(crate) fn serialize<T: Flat<N>, S: Serializer, const N: usize>(
        items: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(items.len() * N * 4);
        for column in 0..N {
            for item in items {
                let word = item.words().get(column).copied().unwrap_or_default();
                bytes.extend_from_slice(&word.to_le_bytes());
            }
        }
        serializer.serialize_bytes(&bytes)
    }

    pub(crate) fn deserialize<'de, T: Flat<N>, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_bytes(Visitor(PhantomData))
    }

    struct Visitor<T, const N: usize>(PhantomData<T>);

    impl<T: Flat<N>, const N: usize> de::Visitor<'_> for Visitor<T, N> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "columns of {N} words")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
            let (words, rest) = bytes.as_chunks::<4>();
            if !rest.is_empty() || words.len() % N != 0 {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            let count = words.len() / N;
            let mut columns = words.chunks_exact(count.max(1));
            let columns: [&[[u8; 4]]; N] =
                std::array::from_fn(|_| columns.next().unwrap_or_default());
            let item = |at| {
                T::of(columns.map(|column| column.get(at).copied().map_or(0, u32::from_le_bytes)))
            };
            Ok((0..count).map(item).collect())
        }
    }
}
