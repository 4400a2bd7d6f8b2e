//! Books full of mistakes: every one is told, at its place, and nothing else.
#![cfg(test)]

use listino_core::PriceBook;
use listino_core::quote::Request;

fn data(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn expected(name: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = serde_json::from_str(&data(name)).unwrap();
    all.sort();
    all
}

fn places(found: &[listino_core::Diagnostic]) -> Vec<(String, String)> {
    let mut all: Vec<_> = found.iter().map(|d| (d.code.clone(), d.path.clone())).collect();
    all.sort();
    all
}

fn assert_same(found: &[listino_core::Diagnostic], wanted: &[(String, String)]) {
    let found_places = places(found);
    let missed: Vec<_> = wanted.iter().filter(|w| !found_places.contains(w)).collect();
    let extra: Vec<_> = found
        .iter()
        .filter(|d| !wanted.contains(&(d.code.clone(), d.path.clone())))
        .map(ToString::to_string)
        .collect();
    assert!(missed.is_empty() && extra.is_empty(), "missed: {missed:#?}\nunexpected: {extra:#?}");
    assert_eq!(found_places.len(), wanted.len(), "a finding is told twice: {found_places:#?}");
}

#[test]
fn every_planted_fault_is_found_and_nothing_else() {
    let book = PriceBook::from_json(&data("faults.json")).unwrap();
    let wanted = expected("faults.expected.json");
    assert!(wanted.len() >= 50);
    assert_same(&book.check(), &wanted);
}

#[test]
fn findings_are_sorted_and_repeatable() {
    let book = PriceBook::from_json(&data("faults.json")).unwrap();
    let found = book.check();
    assert_eq!(found, book.check());
    assert!(found.windows(2).all(|pair| pair[0].severity <= pair[1].severity));
}

#[test]
fn every_defect_of_form_is_found_at_once() {
    let error = PriceBook::from_json(&data("malformed.json")).unwrap_err();
    assert_same(error.diagnostics(), &expected("malformed.expected.json"));
}

#[test]
fn a_request_full_of_defects() {
    let text = r#"{ "v": 1, "date": "2022-13-01", "customer": { "cluster": 5, "size": "L" }, "curency": "EUR",
        "lines": [
            { "product": "A", "quantity": 5 },
            { "quantity": "1", "ramp": [{ "quantity": "1e2" }] },
            7,
            { "product": "A", "quantity": "1", "discounts": [{ "percent": "5%" }], "quantity": "2" }
        ] }"#;
    let error = Request::from_json(text).unwrap_err();
    let wanted: Vec<(String, String)> = [
        ("Q0101", "/lines/3/quantity"),
        ("Q0102", "/curency"),
        ("Q0102", "/customer/size"),
        ("Q0103", "/lines/1"),
        ("Q0103", "/lines/1/ramp/0"),
        ("Q0104", "/customer/cluster"),
        ("Q0104", "/lines/0/quantity"),
        ("Q0104", "/lines/2"),
        ("Q0105", "/lines/1/ramp/0/quantity"),
        ("Q0105", "/lines/3/discounts/0/percent"),
        ("Q0107", "/date"),
    ]
    .map(|(code, path)| (code.to_owned(), path.to_owned()))
    .to_vec();
    assert_same(error.diagnostics(), &wanted);
}
