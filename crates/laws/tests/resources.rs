//! Inputs that look as if they took for ever, or all memory, end in an answer or a typed error. What
//! is counted are results, not seconds: a test that does not end is what fails.
#![cfg(test)]

use std::fmt::Write as _;

use listino_core::book::Limits;
use listino_core::call;
use listino_core::quote::Request;
use listino_core::{Engine, PriceBook};

fn code(text: &str) -> String {
    let error = PriceBook::from_json(text).unwrap_err();
    error.diagnostics()[0].code.clone()
}

fn quote(book: &str, product: &str) -> Result<String, String> {
    let book = PriceBook::from_json(book).map_err(|error| error.to_string())?;
    let engine = Engine::compile(&book).map_err(|error| error.to_string())?;
    let request = format!(
        r#"{{"v":1,"date":"2024-03-15","customer":"C","lines":[{{"product":"{product}","quantity":"7"}}]}}"#
    );
    let request = Request::from_json(&request).map_err(|error| error.to_string())?;
    engine.quote(&request).map(|quote| quote.to_json()).map_err(|error| error.to_string())
}

#[test]
fn nesting_ends_where_the_limit_is() {
    for deep in ["[".repeat(200_000), "{\"a\":".repeat(200_000)] {
        assert_eq!(code(&deep), "B0004");
        assert!(Request::from_json(&deep).is_err());
    }
    let not = format!("{}{{}}{}", "{\"not\":".repeat(100), "}".repeat(100));
    let book = format!(
        r#"{{"v":1,"currency":"EUR","customers":{{"C":{{}}}},"products":{{"P":{{}}}},
            "price_lists":[{{"id":"L","for":{not},"prices":{{"P":"1"}}}}]}}"#
    );
    let _ = quote(&book, "P");
}

#[test]
fn a_huge_string_is_refused() {
    let book = format!(
        r#"{{"v":1,"currency":"EUR","price_lists":[{{"id":"{}"}}]}}"#,
        "x".repeat(5_000_000)
    );
    assert_eq!(code(&book), "B0004");
}

#[test]
fn a_document_longer_than_its_limit_is_not_read() {
    let error = PriceBook::from_json_within(&" ".repeat(2_000), &Limits::default().bytes(1_000));
    assert_eq!(error.unwrap_err().diagnostics()[0].code, "B0004");
}

#[test]
fn a_million_tiers_are_a_price() {
    let mut tiers = String::new();
    for from in 0..1_000_000 {
        write!(
            tiers,
            r#"{}{{"from":"{from}","price":"{}"}}"#,
            if from > 0 { "," } else { "" },
            from % 97
        )
        .unwrap();
    }
    let book = format!(
        r#"{{"v":1,"currency":"EUR","customers":{{"C":{{}}}},"products":{{"P":{{}}}},
            "price_lists":[{{"id":"L","prices":{{"P":[{{"tiers":[{tiers}]}}]}}}}]}}"#
    );
    assert!(quote(&book, "P").unwrap().contains(r#""total":"49""#));
}

#[test]
fn a_million_rows_are_a_book() {
    let mut rows = String::new();
    for number in 0..1_000_000 {
        let comma = if number > 0 { "," } else { "" };
        write!(rows, r#"{comma}"P{number}":"{}.5""#, number % 97).unwrap();
    }
    let products =
        rows.replace(".5\"", "\"").replace(":\"", ":{\"cost\":\"").replace("\",", "\"},");
    let book = format!(
        r#"{{"v":1,"currency":"EUR","customers":{{"C":{{}}}},"products":{{{products}}}}},
            "price_lists":[{{"id":"L","prices":{{{rows}}}}}]}}"#
    );
    assert!(quote(&book, "P999999").unwrap().contains(r#""list_price":"26.5""#));
}

/// Lists that each take their prices from the one before.
#[test]
fn a_long_chain_of_lists_does_not_take_the_stack() {
    let mut lists = String::from(r#"{"id":"L0","prices":{"P":"1"}}"#);
    for number in 1..20_000 {
        let base = number - 1;
        write!(
            lists,
            r#",{{"id":"L{number}","priority":{number},"formula":{{"base":{{"list":"L{base}"}}}}}}"#
        )
        .unwrap();
    }
    let book = format!(
        r#"{{"v":1,"currency":"EUR","customers":{{"C":{{}}}},"products":{{"P":{{}}}},"price_lists":[{lists}]}}"#
    );
    // A price or a typed error.
    match quote(&book, "P") {
        Ok(quote) => assert!(quote.contains(r#""lines""#)),
        Err(error) => assert!(!error.is_empty()),
    }
}

#[test]
fn a_long_line_of_parents_does_not_take_the_stack() {
    let above = |levels: usize| {
        let mut customers = String::from(r#""C0":{}"#);
        for number in 1..levels {
            write!(customers, r#","C{number}":{{"parent":"C{}"}}"#, number - 1).unwrap();
        }
        let last = levels - 1;
        let book = format!(
            r#"{{"v":1,"currency":"EUR","customers":{{{customers},"C":{{"parent":"C{last}"}}}},"products":{{"P":{{}}}},
                "price_lists":[{{"id":"L","for":{{"account":"C0"}},"prices":{{"P":"3"}}}}]}}"#
        );
        quote(&book, "P")
    };
    assert!(above(64).unwrap().contains(r#""total":"21""#));
    assert!(above(65).unwrap_err().contains("65 levels of parents"));
    assert!(above(50_000).unwrap_err().contains("65 levels of parents"));
}

#[test]
fn a_rule_that_doubles_with_every_level_is_refused_or_counted() {
    let mut rule = String::from("quantity");
    for _ in 0..40 {
        rule = format!("({rule} + {rule})");
        if rule.len() > 100_000 {
            break;
        }
    }
    let book = format!(
        r#"{{"v":1,"currency":"EUR","customers":{{"C":{{}}}},"products":{{"P":{{}}}},
            "price_lists":[{{"id":"L","prices":{{"P":"1"}}}}],
            "discounts":[{{"id":"D","stage":"cluster","rule":"{rule}"}}]}}"#
    );
    assert!(quote(&book, "P").is_err());
}

/// Twelve pigeons for eleven holes: a proof that is exponential for plain search.
#[test]
fn a_search_ends_with_its_steps() {
    // In DIMACS: every pigeon somewhere, no two in one hole.
    let mut clauses = Vec::new();
    let variable = |pigeon: usize, hole: usize| pigeon * 11 + hole + 1;
    for pigeon in 0..12 {
        let all: Vec<String> = (0..11).map(|hole| variable(pigeon, hole).to_string()).collect();
        clauses.push(format!("{} 0", all.join(" ")));
    }
    for hole in 0..11 {
        for one in 0..12 {
            for other in one + 1..12 {
                clauses.push(format!("-{} -{} 0", variable(one, hole), variable(other, hole)));
            }
        }
    }
    let text = format!("p cnf 132 {}\n{}\n", clauses.len(), clauses.join("\n"));
    let model = listino_core::configure::Model::from_dimacs(&text, None).unwrap();
    let date = "2024-03-15".parse().unwrap();
    let limits = listino_core::configure::Limits::default().steps(100_000);
    let configurator =
        listino_core::configure::Configurator::compile_with(&model, date, limits).unwrap();
    let mut session = configurator.session();
    session.set_steps(1_000);
    assert!(call::step(&mut session, b"\"complete\"").is_err());
}
