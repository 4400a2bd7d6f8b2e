//! Reading a large book on two threads.
//!
//! Most of a large book is the prices of its lists. One walk over the text finds where each of them
//! begins and ends; then another thread reads the latter half, while this one reads the former and
//! all the rest of the book.

use std::fmt;
use std::marker::PhantomData;
use std::thread;

use serde::de::value::MapDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess};
use serde_json::Error;
use serde_json::value::RawValue;

use super::whole;
use crate::Id;
use crate::book::{PriceBook, PriceList, Prices};
use crate::strict::Strict;

/// A text of so many bytes is worth a thread.
const LARGE: usize = 1 << 20;

/// A book in which nothing is wrong.
pub(super) fn sound(text: &str) -> Option<PriceBook> {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    // Where the halves do not come together the whole says why.
    let book = if text.len() >= LARGE && cores() > 1 { in_halves(text) } else { None };
    book.or_else(|| whole(text))
}

fn in_halves(text: &str) -> Option<PriceBook> {
    let outline: Apart<'_, Vec<Apart<'_, Entries<'_>>>> = serde_json::from_str(text).ok()?;
    let lists = outline.taken.unwrap_or_default();
    let (mut heads, mut prices) = (Vec::with_capacity(lists.len()), Vec::new());
    for list in lists {
        let entries = list.taken.unwrap_or_default().0;
        heads.push((list.rest, entries.len()));
        prices.extend(entries);
    }
    let (former, latter) = prices.split_at(middle(&prices, text.len() / 2));
    thread::scope(|scope| {
        let latter = thread::Builder::new().spawn_scoped(scope, || read(latter)).ok()?;
        let mut book: PriceBook = joined(outline.rest)?;
        let former = read(former)?;
        let mut prices = former.into_iter().chain(latter.join().ok()??);
        for (head, count) in heads {
            let mut list: PriceList = joined(head)?;
            let mut own: Vec<(Id, Prices)> = prices.by_ref().take(count).collect();
            own.sort_by(|(a, _), (b, _)| a.cmp(b));
            if own.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
                return None;
            }
            list.prices = own.into_iter().collect();
            book.price_lists.push(list);
        }
        Some(book)
    })
}

/// Where the prices begin that make up so many of the bytes.
fn middle(prices: &[(Id, &RawValue)], bytes: usize) -> usize {
    let mut left = bytes;
    let latter = prices.iter().rev().take_while(|(id, value)| {
        let own = id.as_str().len() + value.get().len();
        let fits = own <= left;
        left = left.saturating_sub(own);
        fits
    });
    prices.len() - latter.count()
}

fn read(prices: &[(Id, &RawValue)]) -> Option<Vec<(Id, Prices)>> {
    let each = |(id, value): &(Id, &RawValue)| {
        Some((id.clone(), Prices::deserialize(Strict(*value)).ok()?))
    };
    prices.iter().map(each).collect()
}

/// What is made of the fields of an object.
fn joined<'a, T: Deserialize<'a>>(fields: Vec<(String, &'a RawValue)>) -> Option<T> {
    T::deserialize(Strict(MapDeserializer::<_, Error>::new(fields.into_iter()))).ok()
}

/// An object of which one field is taken apart.
struct Apart<'a, T> {
    taken: Option<T>,
    rest: Vec<(String, &'a RawValue)>,
}

/// What is taken apart, and the name of its field.
trait Field {
    const NAME: &'static str;
}

impl Field for Vec<Apart<'_, Entries<'_>>> {
    const NAME: &'static str = "price_lists";
}

impl Field for Entries<'_> {
    const NAME: &'static str = "prices";
}

impl<'de: 'a, 'a, T: Field + Deserialize<'de>> Deserialize<'de> for Apart<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Field + Deserialize<'de>> de::Visitor<'de> for Visitor<'a, T> {
            type Value = Apart<'a, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let mut apart = Apart { taken: None, rest: Vec::new() };
                while let Some(name) = fields.next_key::<String>()? {
                    if name != T::NAME {
                        apart.rest.push((name, fields.next_value()?));
                    } else if apart.taken.replace(fields.next_value()?).is_some() {
                        return Err(de::Error::duplicate_field(T::NAME));
                    }
                }
                Ok(apart)
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData))
    }
}

/// The prices of a list by product, unread.
#[derive(Default)]
struct Entries<'a>(Vec<(Id, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> de::Visitor<'de> for Visitor<'a> {
            type Value = Entries<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut prices: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = prices.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = r#"{ "v": 1, "currency": "EUR", "customers": { "C": {} }, "products": { "A": {}, "B": {} },
        "price_lists": [
            { "id": "base", "prices": { "B": "2.00", "A": [{ "price": "1.00" }, { "from": "10", "price": "0.90" }] } },
            { "for": { "customer": "C" }, "pri\u0063es": { "A": "0.80" }, "id": "own" },
            { "id": "none" } ],
        "discounts": [{ "id": "d", "stage": "volume", "percent": "5" }] }"#;

    #[test]
    fn two_halves_are_a_book() {
        let book = in_halves(BOOK).unwrap();
        assert_eq!(Some(&book), whole(BOOK).as_ref());
        assert_eq!(book.price_lists.iter().map(|list| list.prices.len()).sum::<usize>(), 3);
    }

    #[test]
    fn what_is_no_book_is_none_in_halves() {
        for (right, wrong) in [
            ("\"A\": [", "\"B\": ["),
            ("\"2.00\"", "\"two\""),
            ("\"0.80\"", "0.80"),
            ("{ \"id\": \"none\" }", "[\"none\"]"),
            ("{ \"id\": \"none\" }", "{ \"id\": \"none\", \"price\": {} }"),
            ("{ \"id\": \"none\" }", "{ \"id\": \"none\", \"prices\": null }"),
            ("{ \"id\": \"none\" }", "{ \"id\": \"none\", \"prices\": {}, \"prices\": {} }"),
            ("\"v\": 1", "\"v\": 2"),
            ("\"v\": 1", "\"price_lists\": []"),
            ("[{ \"id\": \"d\", \"stage\": \"volume\", \"percent\": \"5\" }] }", "[] } }"),
            ("[{ \"id\": \"d\", \"stage\": \"volume\", \"percent\": \"5\" }] }", "[]"),
        ] {
            let text = BOOK.replace(right, wrong);
            assert_ne!(text, BOOK, "{right}");
            assert_eq!((in_halves(&text), whole::<PriceBook>(&text)), (None, None), "{wrong}");
        }
    }
}
