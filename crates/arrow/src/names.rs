//! Columns of names as numbers: a dictionary is looked up once, plain text row by row.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// Runs `$body` with the typed integers of an array, or `$other` where it has none.
macro_rules! integers {
    ($array:expr, $typed:ident => $body:expr, $other:expr) => {
        match $array.data_type() {
            arrow_schema::DataType::Int8 => {
                let $typed = $array.as_primitive::<arrow_array::types::Int8Type>();
                $body
            }
            arrow_schema::DataType::Int16 => {
                let $typed = $array.as_primitive::<arrow_array::types::Int16Type>();
                $body
            }
            arrow_schema::DataType::Int32 => {
                let $typed = $array.as_primitive::<arrow_array::types::Int32Type>();
                $body
            }
            arrow_schema::DataType::Int64 => {
                let $typed = $array.as_primitive::<arrow_array::types::Int64Type>();
                $body
            }
            arrow_schema::DataType::UInt8 => {
                let $typed = $array.as_primitive::<arrow_array::types::UInt8Type>();
                $body
            }
            arrow_schema::DataType::UInt16 => {
                let $typed = $array.as_primitive::<arrow_array::types::UInt16Type>();
                $body
            }
            arrow_schema::DataType::UInt32 => {
                let $typed = $array.as_primitive::<arrow_array::types::UInt32Type>();
                $body
            }
            arrow_schema::DataType::UInt64 => {
                let $typed = $array.as_primitive::<arrow_array::types::UInt64Type>();
                $body
            }
            _ => $other,
        }
    };
}
pub(crate) use integers;

/// Whether a type holds texts.
pub(crate) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => {
            matches!(**values, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        }
        _ => false,
    }
}

/// A text of an array of texts; `None` where it is null.
fn text(array: &dyn Array, row: usize) -> Option<&str> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        _ => None,
    }
}

/// What the values of a column's dictionaries are, kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Known<T> {
    last: Option<(ArrayRef, Arc<[Option<T>]>)>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<T> Known<T> {
    /// Looks the values of a dictionary up, unless they are those of the batch before. The values
    /// that are known are kept, so that their memory is not given to others in the meantime.
    fn of(&mut self, values: &ArrayRef, find: impl Fn(&str) -> T) -> Arc<[Option<T>]> {
        if let Some((last, found)) = &self.last
            && (last.to_data().ptr_eq(&values.to_data()) || last.as_ref() == values.as_ref())
        {
            return Arc::clone(found);
        }
        let found: Arc<[Option<T>]> =
            (0..values.len()).map(|row| text(values.as_ref(), row).map(&find)).collect();
        self.last = Some((Arc::clone(values), Arc::clone(&found)));
        found
    }
}

/// A column of names of one batch.
pub(crate) enum Column<T> {
    /// Keys, and what the values of the dictionary are.
    Keys(ArrayRef, Arc<[Option<T>]>),
    /// Plain texts.
    Texts(ArrayRef),
}

impl<T> Column<T> {
    pub(crate) fn new(array: &ArrayRef, known: &mut Known<T>, find: impl Fn(&str) -> T) -> Self {
        match array.as_any_dictionary_opt() {
            Some(dictionary) => {
                let keys = dictionary.keys().slice(0, dictionary.keys().len());
                Self::Keys(keys, known.of(dictionary.values(), find))
            }
            None => Self::Texts(Arc::clone(array)),
        }
    }
}

impl Column<u32> {
    /// Adds the numbers of some rows; `absent` is called with each row (from 0) that is null.
    pub(crate) fn numbers(
        &self,
        rows: Range<usize>,
        find: impl Fn(&str) -> u32,
        out: &mut Vec<u32>,
        mut absent: impl FnMut(usize),
    ) {
        match self {
            Self::Keys(keys, values) => {
                let mut nulls = keys.null_count() > 0;
                integers!(keys, keys => {
                    let keys = keys.values().get(rows.clone()).unwrap_or_default();
                    out.extend(keys.iter().map(|&key| {
                        let found = place(key).and_then(|key| *values.get(key)?);
                        nulls |= found.is_none();
                        found.unwrap_or(u32::MAX)
                    }));
                }, ());
                if nulls {
                    for (at, row) in rows.enumerate() {
                        if key(keys, row).and_then(|key| *values.get(key)?).is_none() {
                            absent(at);
                        }
                    }
                }
            }
            Self::Texts(texts) => {
                for (at, row) in rows.enumerate() {
                    out.push(text(texts, row).map_or_else(
                        || {
                            absent(at);
                            u32::MAX
                        },
                        &find,
                    ));
                }
            }
        }
    }
}

/// A key of any width as a place.
fn place(key: impl TryInto<usize>) -> Option<usize> {
    key.try_into().ok()
}

/// The key of a row; `None` where it is null or no place in a dictionary.
fn key(keys: &ArrayRef, row: usize) -> Option<usize> {
    if keys.is_null(row) {
        return None;
    }
    integers!(keys, keys => place(*keys.values().get(row)?), None)
}

impl<T: Clone> Column<T> {
    /// What the names of some rows are: `None` where there is none.
    pub(crate) fn values(&self, rows: Range<usize>, find: impl Fn(&str) -> T) -> Vec<Option<T>> {
        match self {
            Self::Keys(keys, values) => {
                rows.map(|row| key(keys, row).and_then(|key| values.get(key)?.clone())).collect()
            }
            Self::Texts(texts) => {
                let mut seen: HashMap<&str, T> = HashMap::new();
                let mut find = |text| seen.entry(text).or_insert_with(|| find(text)).clone();
                rows.map(|row| text(texts, row).map(&mut find)).collect()
            }
        }
    }
}
