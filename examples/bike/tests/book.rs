//! The checked-in files are what the tables say, and the bicycle is what it should be.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use listino_core::configure::{Answer, ChoiceError};
use listino_core::money::Exact;
use listino_core::quote::Request;
use listino_core::{Engine, PriceBook};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(directory().join(name)).unwrap()
}

fn book() -> PriceBook {
    PriceBook::from_json(&read("book.json")).unwrap()
}

const MEND: &str = "run `cargo run -p bike`";

#[test]
fn the_checked_in_book_is_what_the_tables_say() {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adventureworks/data");
    let made = bike::book(&tables, &directory().join("data")).unwrap();
    assert!(read("book.json") == bike::text(&made).unwrap(), "{MEND}");
}

#[test]
fn the_checked_in_quote_is_what_the_engine_says() {
    let request = Request::from_json(&read("offer.json")).unwrap();
    let quote = Engine::compile(&book()).unwrap().quote(&request).unwrap();
    let said: serde_json::Value = serde_json::from_str(&quote.to_json()).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&read("quote.json")).unwrap();
    assert!(said == golden, "{MEND}");
}

#[test]
fn the_bill_rolls_up_to_the_standard_costs_of_the_parts() {
    // In the tables the standard cost of an assembly contains its parts; in the bill each item has
    // its own share, and the sum must come to the same.
    let request = Request::from_json(&read("offer.json")).unwrap();
    let book = book();
    let quote = Engine::compile(&book).unwrap().quote(&request).unwrap();
    let line = &quote.lines[0];
    let configured = line.configuration.as_ref().unwrap();
    let mut sum = Exact::ZERO;
    for sub in &configured.sublines {
        let Some(product) = &sub.product else { continue };
        let cost = book.products[product].cost[0].value.exact();
        sum = sum.add(cost.multiply(sub.quantity.exact()).unwrap()).unwrap();
    }
    let cost = configured.bom.as_ref().unwrap().cost.unwrap().exact();
    // What the sub-lines do not name: the seat post with its bolts and lug, and the work.
    let rest = cost.subtract(sum).unwrap();
    let three_seats: Exact = Exact::from("367.4934".parse::<rust_decimal::Decimal>().unwrap());
    let three_times_work: Exact = Exact::from("260.1".parse::<rust_decimal::Decimal>().unwrap());
    assert_eq!(rest, three_seats.add(three_times_work).unwrap());
    assert_eq!(line.price.as_ref().unwrap().cost.unwrap().exact(), cost);
}

#[test]
fn every_region_has_its_rules_and_the_light_build_its_budget() {
    let engine = Engine::compile(&book()).unwrap();
    let request = Request::from_json(
        r#"{ "v": 1, "date": "2024-09-02", "customer": "shop",
             "lines": [{ "product": "MTB-CUSTOM", "quantity": "1" }] }"#,
    )
    .unwrap();
    let mut session = engine.configure(&request, 0).unwrap();
    session.choose("us").unwrap();
    assert!(!session.state("headlight").unwrap().is_chosen());
    assert!(matches!(session.choose("pedals-race"), Err(ChoiceError::Refused(_))));
    session.restore("eu", true).unwrap();
    assert!(session.state("headlight").unwrap().is_chosen());
    session.choose("light-build").unwrap();
    let complete = session.complete().unwrap();
    let limit = "6500".parse::<rust_decimal::Decimal>().unwrap();
    assert!(complete.attribute("grams").unwrap() <= Exact::from(limit));
    // Frames of 44 and 48 cm were made until May 2023.
    session.choose("frame-race").unwrap();
    assert_eq!(session.state("size-44").unwrap().can_choose, Answer::No);
    let why = session.explain("size-44", true).unwrap().unwrap();
    assert!(why.to_string().contains("2023-05-29"), "{why}");
    let cheapest = session.cheapest().unwrap();
    assert!(cheapest.proved);
}
