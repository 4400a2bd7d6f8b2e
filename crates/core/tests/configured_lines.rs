//! Lines of configured products: priced by lists and model, exact, refused with the reason.
#![cfg(test)]

use listino_core::configure::Origin;
use listino_core::money::{Amount, Exact};
use listino_core::quote::{
    ConfigurationProblem, LinePrice, LineQuery, Quote, QuoteLine, Refusal, Request, Status,
    StepKind,
};
use listino_core::{Engine, PriceBook};
use serde_json::{Value, json};

/// A bicycle whose frame is chosen, whose wheels are a product of their own, with a bill.
fn book() -> Value {
    json!({
        "v": 1, "currency": "EUR",
        "exchange_rates": [{ "from": "EUR", "to": "USD", "rate": "1.1" }],
        "customers": { "C": {}, "D": { "contracts": "K-1" }, "U": { "currency": "USD" } },
        "products": {
            "bike": { "category": "bikes", "cost": "400", "model": "bike", "units": { "pair": "2" } },
            "kit": { "category": "bikes", "model": "kit" },
            "wheels": { "category": "parts", "cost": "120" },
            "bell": { "category": "parts", "cost": "2" },
            "secret": { "category": "hidden" }
        },
        "units": { "pair": {} },
        "visibility": [{ "id": "no", "for": { "category": "hidden" }, "visible": false }],
        "models": [
            { "id": "bike", "version": "3",
              "groups": [
                { "id": "frame", "options": [
                    { "id": "alu", "attributes": { "grams": "1800" } },
                    { "id": "carbon", "price": "900.005", "cost": "500", "attributes": { "grams": "1100" } } ] },
                { "id": "colour", "options": [{ "id": "red" }, { "id": "black" }, { "id": "raw" }] },
                { "id": "extras", "choose": {}, "options": [
                    { "id": "race-wheels", "product": "wheels", "attributes": { "grams": "1300" } },
                    { "id": "two-bells", "product": "bell", "quantity": "2", "attributes": { "grams": "90" } },
                    { "id": "own-bell", "product": "bell", "price": "7" },
                    { "id": "stealth", "product": "secret" },
                    { "id": "mirror", "price": "-5" } ] }
              ],
              "rules": [
                { "id": "light", "text": "at most 3 kg",
                  "must": { "sum": { "attribute": "grams", "at_most": "3000" } } },
                { "id": "raw-carbon", "must": { "requires": ["raw", "carbon"] } },
                { "id": "season", "valid": { "from": "2027-01-01" }, "text": "no more red",
                  "must": { "not": "red" } }
              ],
              "defaults": [{ "option": "alu" }],
              "price_tables": [{ "id": "paint", "columns": ["frame", "colour"],
                "rows": [{ "cells": ["carbon", "raw"], "price": "-50", "cost": "-20" },
                         { "cells": ["*", "red"], "price": "12.5" }] }],
              "bom": { "root": "bike",
                "items": [{ "id": "bike" }, { "id": "wheel" }, { "id": "spoke", "unit": "pc" }],
                "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" },
                          { "for": "wheel", "item": "spoke", "quantity": "32", "scrap": "5" }] } },
            { "id": "kit",
              "groups": [{ "id": "size", "options": [{ "id": "s" }, { "id": "l", "price": "10", "cost": "999" }] }],
              "defaults": [{ "option": "s" }],
              "bom": { "root": "kit",
                "items": [{ "id": "kit", "cost": "1" }, { "id": "bolt", "cost": "0.25" }],
                "lines": [{ "for": "kit", "item": "bolt", "quantity": { "if": { "when": "l", "then": "8", "otherwise": "4" } } }] } }
        ],
        "price_lists": [
            { "id": "base", "prices": {
                "bike": "1000", "kit": "30",
                "wheels": [{ "price": "300" }, { "from": "5", "price": "280" }],
                "bell": "9.99", "secret": "1" } },
            { "id": "contract", "for": { "contract": "K-1" }, "fallthrough": true, "prices": { "wheels": "250" } },
            { "id": "usd", "currency": "USD", "prices": { "bike": "1200", "wheels": "333" } }
        ],
        "discounts": [
            { "id": "season", "stage": "promotion", "for": { "category": "bikes" }, "percent": "10" },
            { "id": "parts", "stage": "promotion", "for": { "category": "parts" }, "percent": "50" }
        ]
    })
}

fn engine() -> Engine {
    let book = PriceBook::from_json(&book().to_string()).unwrap();
    let errors: Vec<_> = book.check().into_iter().filter(|d| d.code.starts_with("B09")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Engine::compile(&book).unwrap()
}

fn ask(customer: &str, date: &str, line: Value) -> Quote {
    let request = json!({ "v": 1, "date": date, "customer": customer, "lines": [line] });
    let request = Request::from_json(&request.to_string()).unwrap();
    engine().quote(&request).unwrap()
}

fn bike(quantity: &str, choices: Value) -> QuoteLine {
    let line =
        json!({ "product": "bike", "quantity": quantity, "configuration": { "choices": choices } });
    ask("C", "2026-05-01", line).lines.remove(0)
}

fn problem(line: &QuoteLine) -> &ConfigurationProblem {
    match &line.refusal {
        Some(Refusal::Configuration { problem }) => problem,
        other => panic!("{other:?}"),
    }
}

fn price(line: &QuoteLine) -> &LinePrice {
    line.price.as_ref().unwrap_or_else(|| panic!("{:?}", line.refusal))
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// The law of sub-lines: with the base they are the list value, to the last digit.
fn assert_exact(line: &QuoteLine) {
    let configured = line.configuration.as_ref().unwrap();
    let sum = configured
        .sublines
        .iter()
        .fold(configured.base_value.exact(), |sum, sub| sum.add(sub.list_value.exact()).unwrap());
    assert_eq!(sum, price(line).list_value.exact());
    // The waterfall has a step for each that adds something, each beginning where the last ended.
    let steps = &price(line).steps;
    let mut at = Amount::ZERO;
    for step in steps {
        if step.kind != StepKind::Quantity {
            assert_eq!(step.before, at, "{step:?}");
        }
        at = step.after;
    }
}

#[test]
fn options_are_priced_by_model_and_lists() {
    let line = bike("3", json!(["carbon", "raw", "race-wheels", "two-bells", "mirror"]));
    assert_exact(&line);
    let configured = line.configuration.as_ref().unwrap();
    assert_eq!((configured.model.as_str(), configured.version.as_str()), ("bike", "3"));
    let sub = |id: &str| {
        let found =
            configured.sublines.iter().find(|s| s.option.as_ref().is_some_and(|o| *o == *id));
        found.unwrap_or_else(|| panic!("{id}: {:?}", configured.sublines))
    };
    assert_eq!(sub("carbon").list_price, Some(amount("900.005")));
    assert_eq!(sub("carbon").list_value, amount("2700.015"));
    assert_eq!(sub("carbon").cost, Some(amount("1500")));
    assert_eq!(sub("race-wheels").list_price, Some(amount("300")));
    assert_eq!(sub("race-wheels").price_list.as_ref().unwrap(), "base");
    assert_eq!(sub("race-wheels").cost, Some(amount("360")));
    assert_eq!(sub("two-bells").quantity.to_string(), "6");
    assert_eq!(sub("two-bells").list_price, Some(amount("19.98")));
    assert_eq!(sub("raw").list_value, Amount::ZERO);
    assert_eq!(sub("raw").origin, Origin::User);
    let table = configured.sublines.last().unwrap();
    assert_eq!(
        (table.table.as_ref().unwrap().as_str(), table.list_value),
        ("paint", amount("-150"))
    );
    // (1000 + 900.005 + 300 + 19.98 - 5 - 50) less 10 %, rounded per unit, times 3.
    let price = price(&line);
    assert_eq!(price.list_price, Some(amount("2164.985")));
    assert_eq!(price.unit_price, Some(amount("1948.49")));
    assert_eq!(price.total, amount("5845.47"));
    // 3 x (400 + 500 + 120 + 2 x 2 - 20)
    assert_eq!(price.cost, Some(amount("3012")));
    let steps: Vec<&str> = price
        .steps
        .iter()
        .filter(|step| step.kind == StepKind::Option)
        .map(|step| step.rule.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(steps, ["carbon", "race-wheels", "two-bells", "mirror", "paint"]);
}

#[test]
fn an_option_product_keeps_its_tiers_and_contract_prices() {
    let wheels = |customer: &str, quantity: &str| {
        let line = json!({ "product": "bike", "quantity": quantity,
            "configuration": { "choices": ["carbon", "black", "race-wheels"] } });
        let line = ask(customer, "2026-05-01", line).lines.remove(0);
        assert_exact(&line);
        let subs = line.configuration.unwrap().sublines;
        let sub = subs.into_iter().find(|sub| sub.product.is_some()).unwrap();
        (sub.price_list.unwrap().to_string(), sub.list_price.unwrap().to_string())
    };
    assert_eq!(wheels("C", "1"), ("base".into(), "300".into()));
    assert_eq!(wheels("C", "5"), ("base".into(), "280".into()));
    assert_eq!(wheels("D", "5"), ("contract".into(), "250".into()));
    assert_eq!(wheels("U", "1"), ("usd".into(), "333".into()));
}

#[test]
fn an_own_price_goes_before_the_list_and_is_converted() {
    let line = bike("1", json!(["black", "own-bell"]));
    assert_exact(&line);
    assert_eq!(price(&line).list_price, Some(amount("1007")));
    assert_eq!(price(&line).cost, Some(amount("402")));
    let line = json!({ "product": "bike", "quantity": "1", "configuration": { "choices": ["black", "carbon"] } });
    let line = ask("U", "2026-05-01", line).lines.remove(0);
    assert_exact(&line);
    // 900.005 EUR are 990.0055 USD.
    assert_eq!(price(&line).list_price, Some(amount("2190.0055")));
    assert_eq!(price(&line).cost, Some(amount("990")));
}

#[test]
fn an_ordered_unit_multiplies_the_options() {
    let line = json!({ "product": "bike", "quantity": "2", "unit": "pair",
        "configuration": { "choices": ["carbon", "black", "race-wheels"] } });
    let line = ask("C", "2026-05-01", line).lines.remove(0);
    assert_exact(&line);
    assert_eq!(price(&line).list_price, Some(amount("4400.01")));
    let bom = line.configuration.unwrap().bom.unwrap();
    let totals: Vec<String> =
        bom.totals.iter().map(|total| format!("{} {}", total.item, total.quantity)).collect();
    // Four bicycles, 5 % of the spokes are lost.
    assert_eq!(totals, ["wheel 8", "spoke 268.8"]);
}

#[test]
fn defaults_complete_a_line_and_a_group_nobody_decides_does_not() {
    let line = bike("1", json!(["red"]));
    assert_exact(&line);
    let configured = line.configuration.as_ref().unwrap();
    assert_eq!(configured.sublines[0].option.as_ref().unwrap(), "alu");
    assert_eq!(configured.sublines[0].origin, Origin::Default);
    let line = bike("1", json!(["raw"]));
    assert_eq!(line.configuration.as_ref().unwrap().sublines[0].origin, Origin::Inferred);
    let line = bike("1", json!([]));
    let ConfigurationProblem::Incomplete { open } = problem(&line) else { panic!("{line:?}") };
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].group.as_str(), &open[0].options[..]),
        ("colour", &["red".to_owned(), "black".to_owned()][..])
    );
    assert!(line.configuration.is_none() && line.price.is_none());
    let quote = ask("C", "2026-05-01", json!({ "product": "kit", "quantity": "1" }));
    assert_eq!(quote.status, Status::Ok);
}

#[test]
fn a_choice_that_cannot_stand_is_refused_with_a_minimal_reason() {
    let line = bike("1", json!(["mirror", "race-wheels", "black", "alu"]));
    let ConfigurationProblem::Impossible { choice, choices, rules } = problem(&line) else {
        panic!("{line:?}")
    };
    assert_eq!(choice.option, "alu");
    let choices: Vec<&str> = choices.iter().map(|choice| choice.option.as_str()).collect();
    assert_eq!(choices, ["race-wheels"]);
    assert_eq!(rules[0].to_string(), "rule `light`: at most 3 kg");
    assert_eq!(rules.len(), 1);
    let line = bike("1", json!(["carbn"]));
    assert_eq!(
        *problem(&line),
        ConfigurationProblem::UnknownOption {
            option: "carbn".into(),
            nearest: Some("carbon".into())
        }
    );
    let line = bike("1", json!(["black", "stealth"]));
    let ConfigurationProblem::Option { option, refusal, .. } = problem(&line) else {
        panic!("{line:?}")
    };
    assert_eq!(option.as_str(), "stealth");
    assert!(matches!(**refusal, Refusal::NotVisible { .. }));
    let line = json!({ "product": "wheels", "quantity": "1", "configuration": {} });
    let quote = ask("C", "2026-05-01", line);
    assert_eq!(*problem(&quote.lines[0]), ConfigurationProblem::NotConfigurable);
    assert_eq!(quote.status, Status::Incomplete);
}

#[test]
fn the_date_decides_which_rules_hold() {
    let on = |date: &str| {
        let line =
            json!({ "product": "bike", "quantity": "1", "configuration": { "choices": ["red"] } });
        ask("C", date, line).lines.remove(0)
    };
    assert!(on("2026-12-31").price.is_some());
    let refused = on("2027-01-01");
    let ConfigurationProblem::Impossible { rules, .. } = problem(&refused) else { panic!() };
    assert_eq!(rules[0].id(), "season");
}

#[test]
fn without_a_cost_of_the_product_the_bill_says_what_it_costs() {
    let cost = |choices: Value| {
        let line =
            json!({ "product": "kit", "quantity": "10", "configuration": { "choices": choices } });
        let line = ask("C", "2026-05-01", line).lines.remove(0);
        assert_exact(&line);
        let configured = line.configuration.as_ref().unwrap();
        assert!(configured.sublines.iter().all(|sub| sub.cost.is_none()));
        assert_eq!(configured.bom.as_ref().unwrap().cost, price(&line).cost);
        price(&line).cost.unwrap().to_string()
    };
    assert_eq!(cost(json!(["s"])), "20");
    assert_eq!(cost(json!(["l"])), "30");
}

#[test]
fn a_return_gives_back_what_was_paid() {
    let choices = json!(["carbon", "red", "race-wheels"]);
    let (sold, back) = (bike("2", choices.clone()), bike("-2", choices));
    assert_exact(&back);
    let (sold, back) = (price(&sold), price(&back));
    assert_eq!(sold.total.exact().add(back.total.exact()).unwrap(), Exact::ZERO);
    assert_eq!(sold.cost.unwrap().exact().add(back.cost.unwrap().exact()).unwrap(), Exact::ZERO);
}

#[test]
fn the_shortest_way_to_a_price_is_the_same_price() {
    let engine = engine();
    let date = "2026-05-01".parse().unwrap();
    let kit = engine.price(&LineQuery::new("C", "kit", 4.into(), date)).unwrap();
    let quote = ask("C", "2026-05-01", json!({ "product": "kit", "quantity": "4" }));
    assert_eq!(kit.total, price(&quote.lines[0]).total);
    assert!(engine.price(&LineQuery::new("C", "bike", 4.into(), date)).is_err());
}

#[test]
fn a_quote_with_a_configuration_survives_its_json() {
    let quote = ask(
        "C",
        "2026-05-01",
        json!({ "product": "bike", "quantity": "1", "configuration": { "choices": ["red", "two-bells", { "option": "mirror", "chosen": false }] } }),
    );
    let read: Quote = serde_json::from_str(&quote.to_json()).unwrap();
    assert_eq!(read.digest(), quote.digest());
    assert_eq!(read.lines, quote.lines);
    let refused = bike("1", json!(["race-wheels", "alu"]));
    let read: QuoteLine = serde_json::from_str(&serde_json::to_string(&refused).unwrap()).unwrap();
    assert_eq!(read, refused);
}

/// A session on the only line of a book with one product, `P`.
fn session_of(products: Value, prices: Value, model: Value) -> listino_core::configure::Session {
    let book = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} }, "products": products,
        "price_lists": [{ "id": "base", "prices": prices }], "models": [model] });
    let engine = Engine::compile(&PriceBook::from_json(&book.to_string()).unwrap()).unwrap();
    let request = json!({ "v": 1, "date": "2026-05-01", "customer": "C",
        "lines": [{ "product": "P", "quantity": "1" }] });
    engine.configure(&Request::from_json(&request.to_string()).unwrap(), 0).unwrap()
}

#[test]
fn a_session_asks_the_tier_that_so_many_of_an_option_reach() {
    let mut session = session_of(
        json!({ "P": { "model": "m", "cost": "10" }, "S": { "cost": "0.1" } }),
        json!({ "P": "100", "S": [{ "tiers": [{ "price": "1" }, { "from": "10", "price": "0.5" }] }] }),
        json!({ "id": "m", "groups": [{ "id": "g", "options": [
            { "id": "disc", "price": "20" }, { "id": "spoked", "product": "S", "quantity": "32" }] }] }),
    );
    let best = session.cheapest().unwrap();
    let chosen: Vec<&str> = best.configuration.options().collect();
    assert_eq!((chosen, best.total.price), (vec!["spoked"], 116.into()));
    assert_eq!(best.total.cost, "13.2".parse().unwrap());
}

#[test]
fn a_session_takes_the_cost_from_the_bill_as_the_quote_does() {
    let mut session = session_of(
        json!({ "P": { "model": "m" }, "W": { "cost": "84" } }),
        json!({ "P": "100", "W": "139" }),
        json!({ "id": "m",
            "groups": [{ "id": "g", "options": [{ "id": "std" }, { "id": "dyn", "product": "W" }] }],
            "defaults": [{ "option": "std" }],
            "bom": { "root": "P",
                "items": [{ "id": "P" }, { "id": "w", "cost": "58" }, { "id": "d", "cost": "60" }],
                "lines": [{ "for": "P", "item": "w", "when": "std" },
                          { "for": "P", "item": "d", "when": "dyn" }] } }),
    );
    let change = session.what_if("dyn").unwrap().unwrap();
    assert_eq!((change.price, change.margin), (139.into(), 137.into()));
    assert_eq!(session.best_margin(), Err(listino_core::configure::PriceError::CostOfBill));
}

#[test]
fn a_session_counts_across_the_document_and_begins_a_ramp_with_its_first_step() {
    let model = json!({ "id": "m", "groups": [{ "id": "g", "options": [
        { "id": "plain" }, { "id": "fine", "price": "20" }] }] });
    let book = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} },
        "products": { "P": { "model": "m", "category": "all", "per": "month" }, "Q": { "category": "all" } },
        "mix_groups": { "both": { "category": "all" } },
        "price_lists": [{ "id": "base", "scale": { "across": "both" }, "prices": {
            "P": [{ "tiers": [{ "from": "1", "price": "100" }, { "from": "9", "price": "90" }] }],
            "Q": "1" } }],
        "models": [model] });
    let engine = Engine::compile(&PriceBook::from_json(&book.to_string()).unwrap()).unwrap();
    let term = json!({ "from": "2026-05-01", "to": "2026-05-31" });
    let request = |others: &str| {
        let request = json!({ "v": 1, "date": "2026-05-01", "customer": "C", "lines": [
            { "product": "P", "quantity": "7", "ramp": [{ "quantity": "1", "term": term }],
              "configuration": { "choices": [{ "option": "fine" }] } },
            { "product": "Q", "quantity": others }] });
        Request::from_json(&request.to_string()).unwrap()
    };
    for (others, unit) in [("1", "120"), ("9", "110")] {
        let request = request(others);
        let mut session = engine.configure(&request, 0).unwrap();
        let complete = session.complete().unwrap();
        let quoted = engine.quote(&request).unwrap().lines[0].price.as_ref().unwrap().unit_price;
        let told = session.total(&complete).unwrap().price;
        assert_eq!((quoted, told), (Some(unit.parse().unwrap()), unit.parse().unwrap()));
    }
}
