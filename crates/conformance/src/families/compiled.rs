//! Compiled books as bytes: the same everywhere, and refused when they cannot be trusted.

use listino_core::call;
use serde_json::json;
use xxhash_rust::xxh64::xxh64;

use super::{Writer, base, products};
use crate::{Case, Family, hexadecimal};

pub(super) fn family() -> Family {
    let mut w = Writer::new("compiled", "compiled books as bytes: written, loaded, refused");
    let nothing = w.book("nothing", json!({}));
    let shop = w.book(
        "shop",
        json!({
            "units": { "box": { "digits": 0 } }, "mix_groups": { "all": {} },
            "customers": { "C": { "name": "Caffè", "cluster": "reseller/gold", "contracts": ["K"] }, "D": { "attributes": { "since": "1999" } } },
            "products": { "P": { "category": "a/b", "cost": "1.5", "units": { "box": "1/3" } },
                "Q": { "attributes": { "colour": "red" }, "cost": [{ "valid": { "to": "2026-03-31" }, "value": "2" }] }, "R": { "tax": "low" } },
            "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "5", "price": "9.5" }], "Q": "123456789012345.678", "R": "3" } },
                { "id": "k", "for": { "contract": "K", "not": { "channel": "web" } }, "formula": { "base": { "list": "base" }, "percent": "-2.5", "round_to": "0.05" } }],
            "stages": [{ "id": "cluster" }, { "id": "volume" }, { "id": "header", "on": "document" }],
            "discounts": [{ "id": "m", "stage": "cluster", "matrix": { "reseller": { "a": "10", "a/b": "12.5" } } },
                { "id": "v", "stage": "volume", "across": "all", "quantity": { "from": "3" }, "tiers": { "steps": [{ "from": "1", "percent": "1" }] } },
                { "id": "when", "stage": "volume", "when": "cost != null and cost < 2 and (product.attributes['colour'] ?? 'no') == 'red'", "percent": "1" },
                { "id": "g", "stage": "volume", "for": { "attributes": { "colour": "red" } }, "coupon": "X", "free": { "buy": "3", "get": "1" } },
                { "id": "h", "stage": "header", "amount": "5" }],
            "coupons": { "X": { "max_uses": 3 } },
            "margins": [{ "id": "house", "floor": "20", "approvals": [{ "below": "10", "role": ["owner", "boss"] }] }],
            "discretion": [{ "role": "clerk", "max_percent": "3" }],
            "visibility": [{ "id": "hidden", "visible": false, "for": { "customer": "D", "product": "R" } }],
            "exchange_rates": [{ "from": "EUR", "to": "USD", "rate": "1.1" }],
            "tax": { "rates": [{ "category": "S", "percent": "22" }, { "class": "low", "category": "S", "percent": "10" }] } }),
    );
    let lamp = w.book(
        "lamp",
        json!({
            "products": { "L": { "model": "lamp" }, "BULB": {} },
            "models": [{ "id": "lamp", "groups": [{ "id": "colour", "options": [{ "id": "red", "price": "2" }, { "id": "white", "valid": { "from": "2026-06-01" } }] }] }],
            "price_lists": base(json!({ "L": "20" })) }),
    );
    let prices = products(&["A", "B"]);
    let small = json!({ "products": prices, "price_lists": base(json!({ "A": "1", "B": "2" })) });
    let small = w.book("small", small);
    for book in [&nothing, &shop, &lamp, &small] {
        plain(&mut w, format!("{book}: written"), "to_bytes", Some(book), None);
        let bytes = bytes_of(&w, book);
        plain(&mut w, format!("{book}: loaded"), "from_bytes", None, Some(&bytes));
    }
    let good = bytes_of(&w, &small);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let half = good.len() / 2;
    let longer = [good.as_slice(), b"\0"].concat();
    for (name, bytes) in [
        ("nothing", Vec::new()),
        ("a book in JSON", br#"{ "v": 1, "currency": "EUR" }"#.to_vec()),
        ("another magic", with(0, b'l')),
        ("an older version", with(8, 0)),
        ("a newer version", with(8, 200)),
        ("a byte turned over", with(half, good[half] ^ 1)),
        ("the checksum turned over", with(good.len() - 1, good[good.len() - 1] ^ 1)),
        ("cut in half", good[..half].to_vec()),
        ("cut behind the magic", good[..8].to_vec()),
        ("longer", longer),
        ("no contents", sealed(&good, b"")),
        ("contents and more", sealed(&good, &[&good[20..good.len() - 8], b"\0"].concat())),
        ("contents that contradict themselves", contradiction(&good)),
    ] {
        plain(&mut w, format!("refused: {name}"), "from_bytes", None, Some(&bytes));
    }
    w.0
}

fn bytes_of(w: &Writer, book: &str) -> Vec<u8> {
    call::compile(w.0.books[book].as_bytes()).expect("the book compiles").to_bytes()
}

/// Contents behind the head of another compiled book, with the checksum that belongs to them.
fn sealed(head: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut bytes = head[..12].to_vec();
    bytes.extend_from_slice(&(contents.len() as u64).to_le_bytes());
    bytes.extend_from_slice(contents);
    let checksum = xxh64(&bytes, 0);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Contents in which a product has another name, behind which its order is wrong.
fn contradiction(good: &[u8]) -> Vec<u8> {
    let mut contents = good[20..good.len() - 8].to_vec();
    let at = contents.windows(3).position(|w| w == b"\x02AB").expect("the names of the products");
    contents[at + 1] = b'Z';
    sealed(good, &contents)
}

fn plain(w: &mut Writer, name: String, call: &str, book: Option<&str>, input: Option<&[u8]>) {
    w.0.cases.push(Case {
        name,
        call: call.to_owned(),
        book: book.map(str::to_owned),
        other: None,
        model: None,
        date: None,
        input: input.map(hexadecimal),
        steps: Vec::new(),
        outcome: None,
    });
}
