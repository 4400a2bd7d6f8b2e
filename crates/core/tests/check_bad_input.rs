//! Input that a hostile or broken source may send: always a typed finding with its place, never a
//! panic and never a book that is not what was written.
#![cfg(test)]

use std::fmt::Write as _;

use listino_core::book::{Limits, locate};
use listino_core::quote::Request;
use listino_core::{Diagnostic, PriceBook};
use proptest::prelude::*;

const BOOK: &str = r#"{
  "v": 1,
  "currency": "EUR",
  "rounding": { "mode": "half_up", "at": ["unit", { "step": "line", "digits": 2 }] },
  "units": { "box": { "digits": 0 } },
  "customers": {
    "C1": { "cluster": "reseller/gold", "segments": ["a", "b"], "contracts": "K1", "parent": "C2" },
    "C2": { "region": "it/nord" }
  },
  "products": {
    "A": { "category": "bikes/road", "cost": [{ "valid": { "to": "2022-12-31" }, "value": "10" }], "units": { "box": "12" } },
    "B": { "cost": "3", "packs": ["6", "10"], "attributes": { "colour": "red" } }
  },
  "price_lists": [
    { "id": "base", "prices": { "A": "20", "B": [{ "price": "5" }, { "from": "10", "price": "4.5" }] } },
    { "id": "web", "for": { "channel": "web" }, "formula": { "base": { "list": "base" }, "percent": "-5" } }
  ],
  "groups": [{ "id": "offers" }],
  "discounts": [
    { "id": "d1", "stage": "cluster", "for": { "cluster": "reseller" }, "percent": "10", "group": "offers" },
    { "id": "d2", "stage": "volume", "tiers": { "steps": [{ "from": "1", "percent": "1" }, { "from": "50", "percent": "2" }] } },
    { "id": "d3", "stage": "promotion", "matrix": { "reseller": { "bikes": "3" } }, "coupon": "X" },
    { "id": "d4", "stage": "promotion", "free": { "buy": "10", "get": "1", "product": "B" } }
  ],
  "coupons": { "X": { "valid": { "from": "2022-01-01" } } },
  "margins": [{ "id": "m", "floor": "5", "block": "1", "approvals": [{ "below": "5", "role": "boss" }] }],
  "tax": { "rates": [{ "category": "S", "percent": "22" }] }
}"#;

const REQUEST: &str = r#"{
  "v": 1, "id": "R-1", "date": "2022-11-21", "customer": { "cluster": "reseller/gold" }, "channel": "web",
  "lines": [
    { "product": "A", "quantity": "12", "discounts": [{ "percent": "5", "reason": "x" }] },
    { "product": "S", "quantity": "1", "ramp": [{ "term": { "from": "2022-01-01" }, "quantity": "1" }] }
  ],
  "coupons": [{ "code": "X", "used": 1 }]
}"#;

fn book(text: &str) -> Vec<Diagnostic> {
    PriceBook::from_json(text).map_or_else(|error| error.diagnostics().to_vec(), |_| Vec::new())
}

fn one(text: &str) -> (String, String) {
    let found = book(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].code.clone(), found[0].path.clone())
}

fn with(fields: &str) -> String {
    format!(r#"{{ "v": 1, "currency": "EUR", {fields} }}"#)
}

fn place(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}

#[test]
fn the_sound_book_and_request_are_sound() {
    let book = PriceBook::from_json(BOOK).unwrap();
    let found = book.check();
    assert!(found.iter().all(|d| d.severity == listino_core::Severity::Warning), "{found:#?}");
    Request::from_json(REQUEST).unwrap();
}

#[test]
fn a_text_cut_anywhere_is_refused_with_a_place() {
    for end in 0..BOOK.len() {
        let found = book(BOOK.get(..end).unwrap());
        assert_eq!((found.len(), found[0].code.as_str()), (1, "B0002"), "cut at {end}: {found:#?}");
        assert!(found[0].message.contains("line "), "{}", found[0].message);
    }
}

#[test]
fn a_string_of_ten_megabytes() {
    let long = "x".repeat(10_000_000);
    assert_eq!(one(&with(&format!(r#""name": "{long}""#))), place("B0004", "/name"));
    assert_eq!(
        one(&with(&format!(r#""products": {{ "A": {{ "category": "{long}" }} }}"#))),
        place("B0004", "/products/A/category")
    );
    let digits = "9".repeat(10_000_000);
    assert_eq!(
        one(&with(&format!(r#""products": {{ "A": {{ "cost": "{digits}" }} }}"#))),
        place("B0004", "/products/A/cost")
    );
    // A key of that size is no id, and is not repeated in full.
    let found = book(&with(&format!(r#""products": {{ "{long}": {{}} }}"#)));
    assert_eq!((found.len(), found[0].code.as_str()), (1, "B0108"));
    assert!(found[0].message.len() < 200);
}

#[test]
fn a_million_rules() {
    let mut rules = String::from(r#""discounts": ["#);
    for i in 0..1_000_000 {
        let comma = if i == 0 { "" } else { "," };
        write!(rules, r#"{comma}{{"id":"{i}","stage":"volume","percent":"1"}}"#).unwrap();
    }
    rules.push(']');
    let found = book(&with(&rules));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "/discounts"));
    assert!(found[0].message.contains("`discounts`"), "{}", found[0].message);
}

#[test]
fn limits_say_which() {
    let limits = Limits::default()
        .bytes(1000)
        .text(4)
        .customers(1)
        .products(1)
        .price_lists(1)
        .prices(2)
        .discounts(1);
    let error = PriceBook::from_json_within(BOOK, &limits).unwrap_err();
    assert!(error.diagnostics()[0].message.contains("`bytes`"));
    let error = PriceBook::from_json_within(BOOK, &limits.bytes(1 << 20)).unwrap_err();
    let told: String =
        error.diagnostics().iter().map(|d| format!("{} {}\n", d.path, d.message)).collect();
    for which in ["customers", "products", "price_lists", "prices", "discounts"] {
        assert!(told.contains(&format!("`{which}`")), "{which}: {told}");
    }
    let error = Request::from_json_within(REQUEST, &Limits::default().lines(1)).unwrap_err();
    assert_eq!(error.diagnostics()[0].path, "/lines");
}

#[test]
fn numbers_that_are_none() {
    for (number, code) in [
        ("\"1e3\"", "B0105"),
        ("\"NaN\"", "B0105"),
        ("\"Infinity\"", "B0105"),
        ("\"+1\"", "B0105"),
        ("\".5\"", "B0105"),
        ("\"1_000\"", "B0105"),
        ("\"1,5\"", "B0105"),
        ("\" 1\"", "B0105"),
        ("\"\"", "B0105"),
        ("\"-\"", "B0105"),
        ("\"99999999999999999999999999999\"", "B0106"),
        ("\"0.00000000000000000000000000001\"", "B0106"),
        ("1", "B0104"),
        ("1.5", "B0104"),
        ("1e5", "B0104"),
        ("null", "B0104"),
        ("true", "B0104"),
        ("{}", "B0104"),
    ] {
        let text = with(&format!(
            r#""products": {{ "A": {{}} }}, "price_lists": [{{ "id": "b", "prices": {{ "A": {number} }} }}]"#
        ));
        assert_eq!(one(&text), place(code, "/price_lists/0/prices/A"), "{number}");
    }
    assert_eq!(one(&with(r#""name": 1e999"#)).0, "B0001");
}

#[test]
fn dates_that_are_none() {
    for date in [
        "2022-02-30",
        "0000-01-01",
        "10000-01-01",
        "-0001-01-01",
        "2022-1-1",
        "2022-01-01T00:00:00",
        "20220101",
        "today",
        "",
    ] {
        let text = with(&format!(
            r#""discounts": [{{ "id": "d", "stage": "volume", "percent": "1", "valid": {{ "from": "{date}" }} }}]"#
        ));
        assert_eq!(one(&text), place("B0107", "/discounts/0/valid/from"), "{date}");
    }
}

#[test]
fn an_empty_list_narrows_nothing_down_and_is_refused() {
    let discount = |field: &str| {
        with(&format!(
            r#""discounts": [{{ "id": "d", "stage": "promotion", "percent": "1", {field} }}]"#
        ))
    };
    for (field, path) in [
        (r#""for": { "customer": [] }"#, "/discounts/0/for/customer"),
        (r#""for": { "not": { "category": [] } }"#, "/discounts/0/for/not/category"),
        (r#""for": { "attributes": { "colour": [] } }"#, "/discounts/0/for/attributes/colour"),
        (r#""payment": []"#, "/discounts/0/payment"),
    ] {
        assert_eq!(one(&discount(field)), place("B0100", path));
    }
    assert_eq!(
        one(&with(r#""tax": { "rates": [{ "class": [], "category": "S", "percent": "22" }] }"#)),
        place("B0100", "/tax/rates/0/class")
    );
    // Where a list says what something has, it may have nothing.
    assert_eq!(book(&with(r#""groups": [{ "id": "g", "excludes": [] }]"#)), []);
}

#[test]
fn conditions_of_a_model_are_refused_where_they_stand() {
    let rule = |must: &str| {
        with(&format!(r#""models": [{{ "id": "m", "rules": [{{ "id": "r", "must": {must} }}] }}]"#))
    };
    for (must, code, path) in [
        (r#"{ "requires": ["a"] }"#, "B0104", "/models/0/rules/0/must/requires"),
        (r#"{ "requires": ["a", "b", "a"] }"#, "B0104", "/models/0/rules/0/must/requires"),
        (r#"{ "not": ["a"] }"#, "B0104", "/models/0/rules/0/must/not"),
        (
            r#"{ "not": { "any": ["a"], "same": ["a", "b"] } }"#,
            "B0100",
            "/models/0/rules/0/must/not",
        ),
    ] {
        assert_eq!(one(&rule(must)), place(code, path), "{must}");
    }
    let found = book(&rule(r#"{ "requires": ["a", "b", "a"] }"#));
    assert_eq!(found[0].message, "a list of 3 stands where a list of 2 is needed");
}

#[test]
fn many_defects_are_capped_and_counted() {
    let mut text = String::from(r#""products": {"#);
    for i in 0..2_000 {
        let comma = if i == 0 { "" } else { "," };
        write!(text, r#"{comma}"P{i}": {{ "cost": "x" }}"#).unwrap();
    }
    text.push('}');
    let found = book(&with(&text));
    assert_eq!(found.len(), 501);
    assert_eq!((found[500].code.as_str(), found[0].path.as_str()), ("B0005", "/products/P0/cost"));
}

#[test]
fn a_repair_does_not_cause_findings() {
    // The product is broken, not unknown; the list is broken, not missing.
    let text = with(
        r#""products": { "A": 5, "B": {} },
           "price_lists": [{ "id": "base", "valid": 7, "prices": { "A": "1", "B": 2 } },
                           { "id": "web", "for": { "channel": "web" }, "formula": { "base": { "list": "base" } } }]"#,
    );
    let found: Vec<_> = book(&text).into_iter().map(|d| d.path).collect();
    assert_eq!(found, ["/price_lists/0/prices/B", "/price_lists/0/valid", "/products/A"]);
    // What is wrong apart from that is still told, at its place in the text.
    let text = with(
        r#""discounts": [5, { "id": "d", "stage": "volume", "percent": "1", "coupon": "X" }]"#,
    );
    let found: Vec<_> = book(&text).into_iter().map(|d| (d.code, d.path)).collect();
    assert_eq!(found, [place("B0104", "/discounts/0"), place("B0205", "/discounts/1/coupon")]);
}

#[test]
fn places_are_found_in_the_text() {
    let at = |pointer: &str| {
        let place = locate(BOOK, pointer).unwrap();
        (place.line, BOOK.get(place.offset..place.offset + place.length).unwrap().to_owned())
    };
    assert_eq!(at("/v"), (2, "1".to_owned()));
    assert_eq!(at("/price_lists/0/prices/B/1/from"), (15, "\"10\"".to_owned()));
    assert_eq!(at("/customers/C1/segments/1"), (7, "\"b\"".to_owned()));
    assert_eq!(at("/discounts/3/free/missing").0, 23);
    assert_eq!(at("").0, 1);
    assert_eq!(locate("{", "/v"), None);
    let odd = "{ \"a/b\": { \"c~d\": \"\u{e8}\", \"\\u0065\": 2 } }";
    assert_eq!(locate(odd, "/a~1b/c~0d").map(|p| p.column), Some(19));
    assert_eq!(locate(odd, "/a~1b/e").map(|p| p.column), Some(34));
}

/// A document with something changed in one place.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let bytes = (
        any::<prop::sample::Index>(),
        prop::sample::select(vec![
            "", "\"", "{", "}", "[", "]", ",", ":", "0", "-", "e", "\u{0}", "\u{fc}", "null",
        ]),
    )
        .prop_map(move |(index, junk)| {
            let mut at = index.index(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = at + 1;
            while !text.is_char_boundary(end) {
                end += 1;
            }
            format!("{}{junk}{}", text.get(..at).unwrap(), text.get(end..).unwrap())
        });
    let junk = prop::sample::select(vec![
        "null",
        "5",
        "-1",
        "1.5",
        "true",
        "\"\"",
        "\"x\"",
        "\"-1\"",
        "\"0\"",
        "\"1e5\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"x\": 1}",
        "\"C1\"",
        "[\"A\", 5]",
        "\"99999999999999999999999999999999\"",
        "\"2022-99-01\"",
    ]);
    let values = prop::collection::vec((any::<prop::sample::Index>(), junk, any::<u8>()), 1..6)
        .prop_map(move |changes| {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            for (index, junk, kind) in changes {
                let mut pointers = Vec::new();
                collect(&value, String::new(), &mut pointers);
                let Some(pointer) =
                    (!pointers.is_empty()).then(|| pointers[index.index(pointers.len())].clone())
                else {
                    continue;
                };
                if kind % 4 == 0 {
                    let (parent, key) = pointer.rsplit_once('/').unwrap();
                    match value.pointer_mut(parent).unwrap() {
                        serde_json::Value::Object(map) => drop(map.remove(key)),
                        serde_json::Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                        _ => {}
                    }
                } else {
                    *value.pointer_mut(&pointer).unwrap() = serde_json::from_str(junk).unwrap();
                }
            }
            serde_json::to_string_pretty(&value).unwrap()
        });
    prop_oneof![bytes, values]
}

fn collect(value: &serde_json::Value, path: String, all: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, child) in map {
                all.push(format!("{path}/{key}"));
                collect(child, format!("{path}/{key}"), all);
            }
        }
        serde_json::Value::Array(list) => {
            for (i, child) in list.iter().enumerate() {
                all.push(format!("{path}/{i}"));
                collect(child, format!("{path}/{i}"), all);
            }
        }
        _ => {}
    }
}

/// Findings that a person can go to: a place that the text has, or a line and a column.
fn assert_placed(text: &str, found: &[Diagnostic]) {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    for finding in found {
        match &value {
            Some(value) => prop_assert_place(value, finding),
            None => {
                assert!(finding.message.contains("line ") || !finding.path.is_empty(), "{finding}")
            }
        }
    }
}

fn prop_assert_place(value: &serde_json::Value, finding: &Diagnostic) {
    assert!(value.pointer(&finding.path).is_some(), "{finding}");
    for other in &finding.related {
        assert!(value.pointer(&other.path).is_some(), "{finding}");
    }
}

/// A list is not a struct whose fields are told by their order.
#[test]
fn a_list_is_no_object() {
    let book = r#"{ "v": 1, "currency": "EUR", "discounts": [["A", "-1"]], "customers": [],
        "price_lists": [{ "id": "base", "prices": { "A": [["10", "5"]] } }] }"#;
    let error = PriceBook::from_json(book).unwrap_err();
    let places: Vec<&str> = error.diagnostics().iter().map(|d| d.path.as_str()).collect();
    assert_eq!(places, ["/customers", "/discounts/0", "/price_lists/0/prices/A/0"]);
    let request = r#"{ "v": 1, "date": "2026-05-01", "customer": "C", "lines": [["A", "1"]] }"#;
    let error = Request::from_json(request).unwrap_err();
    assert_eq!(error.diagnostics()[0].path, "/lines/0");
    let step = listino_core::call::compile(b"[1, \"EUR\"]").unwrap_err();
    assert!(!step.to_string().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_book_reads_or_is_refused_with_places(text in mutated(BOOK)) {
        match PriceBook::from_json(&text) {
            Ok(book) => assert_placed(&text, &book.check()),
            Err(error) => {
                prop_assert!(!error.diagnostics().is_empty());
                assert_placed(&text, error.diagnostics());
            }
        }
    }

    #[test]
    fn a_changed_request_reads_or_is_refused_with_places(text in mutated(REQUEST)) {
        if let Err(error) = Request::from_json(&text) {
            prop_assert!(!error.diagnostics().is_empty());
            assert_placed(&text, error.diagnostics());
        }
    }
}

#[test]
fn a_mend_does_not_change_a_number_that_a_float_has_changed() {
    let help = |number: &str| {
        let text = format!(
            r#"{{ "v": 1, "currency": "EUR", "products": {{ "P": {{ "cost": {number} }} }} }}"#
        );
        let found = book(&text);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "/products/P/cost"), "{found:#?}");
        found[0].help.clone().unwrap()
    };
    for number in ["12", "-0.5", "1.25", "18446744073709551615", "123456789.012345"] {
        assert_eq!(help(number), format!("write it as a string: `\"{number}\"`"));
    }
    assert_eq!(help("1e3"), "write it as a string: `\"1000\"`");
    assert_eq!(help("0.00000001"), "write it as a string: `\"0.00000001\"`");
    for number in ["12345678901234567890123", "0.12345678901234567891", "-1.2345678901234567"] {
        assert_eq!(help(number), "write it as a string, with all its digits");
    }
}
