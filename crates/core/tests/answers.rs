//! Answers about whole documents that random shops meet too seldom.
#![cfg(test)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use listino_core::quote::{Quote, Request, StepKind};
use listino_core::{Engine, PriceBook};
use serde_json::{Value, json};

fn book(parts: Value) -> PriceBook {
    let mut book = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} } });
    for (field, value) in parts.as_object().unwrap() {
        book[field] = value.clone();
    }
    PriceBook::from_json(&book.to_string()).unwrap()
}

fn engine(parts: Value) -> Engine {
    Engine::compile(&book(parts)).unwrap()
}

fn request(lines: Value) -> Request {
    let request = json!({ "v": 1, "date": "2026-01-31", "customer": "C", "lines": lines });
    Request::from_json(&request.to_string()).unwrap()
}

mod free_goods {
    use super::*;

    fn shop(prices: &Value, quantities: &[String]) -> Quote {
        let products: Value =
            prices.as_object().unwrap().keys().map(|p| (p.clone(), json!({}))).collect();
        let engine = engine(json!({
            "products": products,
            "price_lists": [{ "id": "base", "prices": prices }],
            "rounding": { "at": ["line", "tax", "total"] },
            "discounts": [{ "id": "free", "stage": "promotion", "free": { "buy": "1", "get": "1" } }]
        }));
        let lines = prices.as_object().unwrap().keys().zip(quantities);
        let lines = lines.map(|(product, q)| json!({ "product": product, "quantity": q }));
        engine.quote(&request(lines.collect())).unwrap()
    }

    #[test]
    fn the_cheapest_unit_is_found_however_many_digits_it_takes() {
        let quantity = "1.0000000000000001".to_owned();
        let quote =
            shop(&json!({ "A": "9.123456789", "B": "1.123456789" }), &[quantity.clone(), quantity]);
        let lowered = |line: usize| {
            let price = quote.lines[line].price.as_ref().unwrap();
            price.steps.iter().any(|step| step.kind == StepKind::FreeGoods)
        };
        assert_eq!((lowered(0), lowered(1)), (false, true));
    }

    #[test]
    fn long_and_short_numbers_have_one_order() {
        // Short products can be compared in 38 digits, long ones cannot: together they had none.
        let mut state = 2_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20 {
            let mut prices = serde_json::Map::new();
            let mut quantities = Vec::new();
            for line in 0..200 {
                let long = next(10) < 6;
                let price = next(9) + 1;
                let digits = next(999_999_999);
                let price = if long { format!("{price}.{digits:09}") } else { price.to_string() };
                prices.insert(format!("P{line:03}"), json!(price));
                let digits = next(1_000_000_000) * 2 + 1;
                let (short, long_one) =
                    ((next(3) + 1).to_string(), format!("1.00000000{digits:010}"));
                quantities.push(if long { long_one } else { short });
            }
            assert_eq!(shop(&Value::Object(prices), &quantities).lines.len(), 200);
        }
    }
}

mod line_ids {
    use super::*;

    fn places(lines: Value, free: Value) -> Vec<(String, String)> {
        let engine = engine(json!({
            "products": { "P": {}, "S": { "per": "month" } },
            "price_lists": [{ "id": "base", "prices": { "P": "10", "S": "10" } }],
            "discounts": [{ "id": "three", "stage": "promotion", "free": free }]
        }));
        let error = engine.quote(&request(lines)).unwrap_err();
        let said = |d: &listino_core::Diagnostic| (d.code.clone(), d.path.clone());
        error.diagnostics().iter().map(said).collect()
    }

    #[test]
    fn an_id_is_not_the_number_of_a_line_without_one() {
        let free = json!({ "buy": "1", "get": "1" });
        let twice = |path: &str| vec![("Q0202".to_owned(), path.to_owned())];
        let lines = json!([
            { "id": "2", "product": "P", "quantity": "1" }, { "product": "P", "quantity": "1" }]);
        assert_eq!(places(lines, free.clone()), twice("/lines/0/id"));
        let step = json!({ "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-12-31" } });
        let lines = json!([
            { "product": "S", "quantity": "1", "ramp": [step] },
            { "id": "1/1", "product": "P", "quantity": "1" }]);
        assert_eq!(places(lines, free), twice("/lines/1/id"));
        let lines = json!([{ "id": "gift-three", "product": "P", "quantity": "3" }]);
        let gift = json!({ "buy": "1", "get": "1", "product": "P" });
        assert_eq!(places(lines, gift), twice("/lines/0/id"));
    }
}
