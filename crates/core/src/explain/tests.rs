//! Every message in every language, and the waterfall as text and chart.

use serde_json::json;

use super::*;
use crate::quote::{
    Approval, Considered, CouponOutcome, DocumentDiscount, Quote, QuoteLine, Refusal, Status,
};
use crate::solve::{Concession, NextBreak, SolveError};

fn step(
    kind: &str,
    per: &str,
    rule: Option<&str>,
    percent: Option<&str>,
    before: &str,
    after: &str,
) -> serde_json::Value {
    let mut step = json!({ "kind": kind, "per": per, "before": before, "after": after });
    if let Some(rule) = rule {
        step["rule"] = json!(rule);
        step["stage"] = json!("cluster");
    }
    if let Some(percent) = percent {
        step["percent"] = json!(percent);
    }
    step
}

fn quote(line: serde_json::Value) -> Quote {
    serde_json::from_value(json!({
        "v": 1, "date": "2022-11-21", "currency": "EUR", "digits": 2, "customer": "C-18",
        "status": "needs_approval", "lines": [line],
        "totals": {
            "list_value": "40499.88", "lines": "23489.88", "net": "23489.88",
            "without_tax": "23489.88", "tax": "0", "with_tax": "23489.88", "rounding": "0",
            "payable": "23489.88", "rebates": "0", "true_net": "23489.88"
        },
        "book": "7f3a".repeat(16), "request": "0b1c".repeat(16)
    }))
    .unwrap()
}

fn mountain_bike() -> Quote {
    quote(json!({
        "id": "1", "product": "BK-M82B-42", "quantity": "12", "unit": "pc",
        "price": {
            "price_list": "base", "list_price": "3374.99", "list_value": "40499.88",
            "unit_price": "1957.49", "total": "23489.88", "net": "23019.88",
            "cost": "22777.1328", "margin": { "amount": "242.7472", "percent": "1.05" },
            "steps": [
                step("list_price", "unit", Some("base"), None, "0", "3374.99"),
                step("discount", "unit", Some("reseller"), Some("40"), "3374.99", "2024.994"),
                step("discount", "unit", Some("volume-11"), Some("2"), "2024.994", "1957.4942"),
                step("rounding", "unit", None, None, "1957.4942", "1957.49"),
                step("quantity", "line", None, None, "1957.49", "23489.88"),
                step("share", "line", Some("header-2"), Some("2"), "23489.88", "23020.08"),
                step("rebate", "line", Some("bonus"), None, "23020.08", "23019.88")
            ]
        }
    }))
}

fn subscription() -> Quote {
    quote(json!({
        "id": "1", "product": "plan", "quantity": "5", "unit": "seat",
        "price": {
            "price_list": "base", "list_price": "10", "list_value": "600",
            "unit_price": "10", "total": "600", "net": "491.8",
            "steps": [
                step("list_price", "unit", Some("base"), None, "0", "10"),
                step("quantity", "line", None, None, "10", "50"),
                step("term", "line", None, None, "50", "600")
            ]
        }
    }))
}

fn returned() -> Quote {
    quote(json!({
        "id": "1", "product": "<b>&", "quantity": "-2", "unit": "pc",
        "price": {
            "price_list": "base", "list_price": "10", "list_value": "-20",
            "unit_price": "12", "total": "-24", "net": "-24",
            "cost": "-30", "margin": { "amount": "6", "percent": "-25" },
            "steps": [
                step("list_price", "unit", Some("base"), None, "0", "10"),
                step("discount", "unit", Some("toll"), Some("-20"), "10", "12"),
                step("quantity", "line", None, None, "12", "-24")
            ]
        }
    }))
}

fn book() -> crate::PriceBook {
    crate::PriceBook::from_json(
        r#"{ "v": 1, "currency": "EUR",
            "price_lists": [{ "id": "base", "valid": { "from": "2022-05-30", "to": "2023-05-29" } }],
            "discounts": [
                { "id": "reseller", "stage": "cluster", "for": { "cluster": "reseller" }, "percent": "40" },
                { "id": "volume-11", "stage": "volume", "quantity": { "from": "11" }, "combine": "base", "percent": "2" }
            ] }"#,
    )
    .unwrap()
}

fn in_every_language(name: &str, tell: impl Fn(Language) -> Vec<String>) {
    for language in Language::ALL {
        let told = tell(language);
        insta::assert_snapshot!(format!("{name}_{language}"), told.join("\n"));
    }
}

#[test]
fn every_step_has_a_sentence() {
    let steps = json!([
        step("list_price", "unit", Some("base"), None, "0", "3374.99"),
        step("list_price", "line", Some("base"), None, "0", "1200"),
        step("formula", "unit", Some("web"), None, "0", "99.99"),
        step("unit_conversion", "unit", None, None, "12", "144"),
        step("flat_fee", "line", Some("base"), None, "100", "125"),
        step("discount", "unit", Some("reseller"), Some("40"), "3374.99", "2024.994"),
        step("discount", "unit", Some("toll"), Some("-5"), "100", "105"),
        step("discount", "unit", Some("ten-off"), None, "100", "90"),
        step("discount", "unit", Some("eighth"), Some("8"), "100", "92"),
        step("discount", "unit", Some("half"), Some("0.5"), "100", "99.5"),
        step("discount", "unit", Some("toll"), Some("-11"), "100", "111"),
        step("manual", "unit", None, Some("5"), "100", "95"),
        step("rounding", "unit", None, None, "1957.4942", "1957.49"),
        step("quantity", "line", None, None, "1957.49", "23489.88"),
        step("term", "line", None, None, "100", "1200"),
        step("free_goods", "line", Some("three-for-two"), None, "30", "20"),
        step("share", "line", Some("header-2"), None, "100", "98"),
        step("share", "line", None, None, "100", "98"),
        step("rebate", "line", Some("bonus"), None, "98", "95")
    ]);
    let steps: Vec<crate::quote::Step> = serde_json::from_value(steps).unwrap();
    let quote = mountain_bike();
    in_every_language("steps", |language| {
        let say = Sentences::new(&quote, language);
        steps.iter().map(|step| say.step(&quote.lines[0], step)).collect()
    });
}

#[test]
fn every_candidate_says_what_would_have_to_change() {
    let discount = |outcome: serde_json::Value| json!({ "kind": "discount", "id": "clearance", "outcome": outcome });
    let mut all = vec![
        json!({ "kind": "price_list", "id": "base", "outcome": { "result": "applied" } }),
        json!({ "kind": "price_list", "id": "usd", "outcome": { "result": "currency", "needs": "USD" } }),
        json!({ "kind": "price_list", "id": "old", "outcome": { "result": "no_row" } }),
        json!({ "kind": "price_list", "id": "base", "outcome": { "result": "outranked", "by": "acme" } }),
        discount(json!({ "result": "applied" })),
        discount(
            json!({ "result": "not_valid", "valid": { "from": "2023-04-13", "to": "2023-05-29" } }),
        ),
        discount(json!({ "result": "not_valid", "valid": { "to": "2022-11-11" } })),
        discount(json!({ "result": "too_low", "basis": "quantity", "needs": "15" })),
        discount(json!({ "result": "too_high", "basis": "value", "below": "10" })),
        discount(
            json!({ "result": "too_low", "basis": "quantity", "needs": "50", "together": "30" }),
        ),
        discount(
            json!({ "result": "too_high", "basis": "value", "below": "1000", "together": "1250.5" }),
        ),
        discount(json!({ "result": "coupon", "needs": "SPRING" })),
        discount(json!({ "result": "payment", "needs": ["prepaid", "net-10"] })),
        discount(json!({ "result": "years", "needs": { "from": "3" } })),
        discount(json!({ "result": "years", "needs": { "from": "1" } })),
        discount(
            json!({ "result": "not_valid", "valid": { "from": "2023-08-08", "to": "2023-08-08" } }),
        ),
        discount(json!({ "result": "condition" })),
        discount(json!({ "result": "excluded", "by": "reseller" })),
        discount(json!({ "result": "no_effect" })),
    ];
    for dimension in [
        "customer",
        "account",
        "contract",
        "cluster",
        "segment",
        "region",
        "channel",
        "product",
        "category",
        "attributes",
        "not",
    ] {
        all.push(discount(
            json!({ "result": "out_of_scope", "dimension": dimension, "needs": ["a", "b", "c"] }),
        ));
    }
    all.push(discount(json!({ "result": "out_of_scope", "dimension": "cluster", "needs": [] })));
    let all: Vec<Considered> = serde_json::from_value(json!(all)).unwrap();
    let quote = mountain_bike();
    in_every_language("considered", |language| {
        let say = Sentences::new(&quote, language);
        all.iter().map(|candidate| say.considered(candidate)).collect()
    });
}

#[test]
fn every_refusal_says_what_to_do() {
    let all: Vec<Refusal> = serde_json::from_value(json!([
        { "reason": "unknown_product" },
        { "reason": "unknown_unit", "known": ["pc", "box"] },
        { "reason": "not_visible", "rule": "export" },
        { "reason": "no_price" },
        { "reason": "quantity", "rule": "zero", "nearest": ["1"] },
        { "reason": "quantity", "rule": "digits", "nearest": ["12", "13"] },
        { "reason": "quantity", "rule": "minimum", "nearest": ["24"] },
        { "reason": "quantity", "rule": "multiple", "nearest": ["10", "15"] },
        { "reason": "quantity", "rule": "packs", "nearest": ["6", "18"] },
        { "reason": "missing_plan", "needs": ["plan-s", "plan-m"] },
        { "reason": "term" },
        { "reason": "configuration", "problem": { "kind": "not_configurable" } },
        { "reason": "configuration",
          "problem": { "kind": "unknown_option", "option": "carbn", "nearest": "carbon" } },
        { "reason": "configuration", "problem": { "kind": "unknown_option", "option": "jet" } },
        { "reason": "configuration", "problem": { "kind": "impossible", "choice": "alu",
            "choices": ["front", { "option": "bell", "chosen": false }],
            "rules": [{ "id": "light", "kind": "rule", "text": "at most 9 kg" },
                      { "id": "frame", "kind": "group", "text": "`frame` takes exactly 1 of its options" },
                      { "id": "paint", "kind": "table" },
                      { "id": "titan", "kind": "validity", "text": "`titan` is offered until 2023-12-31" }] } },
        { "reason": "configuration", "problem": { "kind": "impossible",
            "choice": { "option": "bell", "chosen": false }, "rules": [{ "id": "law", "kind": "rule" }] } },
        { "reason": "configuration",
          "problem": { "kind": "void", "rules": [{ "id": "never", "kind": "rule" }] } },
        { "reason": "configuration", "problem": { "kind": "incomplete", "open": [
            { "group": "colour", "options": ["red", "black", "raw"] },
            { "group": "size", "options": ["S", "M"] }] } },
        { "reason": "configuration", "problem": { "kind": "not_settled", "steps": 20000000 } },
        { "reason": "configuration", "problem": { "kind": "option", "option": "daylight",
            "product": "DL-1", "refusal": { "reason": "no_price" } } },
        { "reason": "configuration", "problem": { "kind": "bom", "message": "too long" } },
        { "reason": "precision", "at": "volume-11" },
        { "reason": "rule", "rule": "web", "message": "division by zero" },
        { "reason": "exchange_rate", "from": "EUR", "to": "CHF" }
    ]))
    .unwrap();
    let quote = mountain_bike();
    in_every_language("refusals", |language| {
        let say = Sentences::new(&quote, language);
        all.iter().map(|refusal| say.refusal(&quote.lines[0], refusal)).collect()
    });
}

#[test]
fn every_coupon_outcome_has_a_sentence() {
    let refusals = [
        None,
        Some("unknown"),
        Some("repeated"),
        Some("not_valid"),
        Some("out_of_scope"),
        Some("used_up"),
        Some("used_up_by_customer"),
        Some("uses_unknown"),
        Some("not_first_purchase"),
        Some("not_stackable"),
    ];
    let all: Vec<CouponOutcome> = refusals
        .map(|refused| {
            serde_json::from_value(json!({ "code": "SPRING", "refused": refused })).unwrap()
        })
        .to_vec();
    let quote = mountain_bike();
    in_every_language("coupons", |language| {
        let say = Sentences::new(&quote, language);
        all.iter().map(|coupon| say.coupon(coupon)).collect()
    });
}

#[test]
fn every_approval_says_who_and_why() {
    let all: Vec<Approval> = serde_json::from_value(json!([
        { "verdict": "needs_approval", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "threshold", "measure": "percent", "bound": "18", "actual": "3.04",
          "roles": ["sales_director"] },
        { "verdict": "below_target", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "threshold", "measure": "percent", "bound": "30", "actual": "25" },
        { "verdict": "blocked", "level": "group", "threshold": "bikes", "cause": "threshold",
          "measure": "amount", "bound": "5", "actual": "-1.5" },
        { "verdict": "needs_approval", "level": "document", "cause": "threshold",
          "measure": "percent", "bound": "20" },
        { "verdict": "needs_approval", "level": "line", "line": "2", "threshold": "floor",
          "cause": "threshold", "measure": "price", "bound": "10", "actual": "9.995",
          "roles": ["area_manager", "sales_director"] },
        { "verdict": "needs_approval", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "missing_cost", "measure": "percent", "roles": ["controller"] },
        { "verdict": "needs_approval", "level": "line", "line": "1", "cause": "discretion",
          "measure": "percent", "bound": "10", "actual": "15", "roles": ["area_manager"] },
        { "verdict": "blocked", "level": "document", "cause": "discretion",
          "measure": "percent", "bound": "0", "actual": "7.5" },
        { "verdict": "needs_approval", "level": "line", "line": "1", "cause": "threshold",
          "measure": "percent", "bound": "10", "actual": "10", "roles": ["area_manager"] },
        { "verdict": "below_target", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "threshold", "measure": "percent", "bound": "8", "actual": "0.5" },
        { "verdict": "below_target", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "threshold", "measure": "amount", "bound": "8", "actual": "1" },
        { "verdict": "blocked", "level": "line", "line": "1", "threshold": "bikes",
          "cause": "threshold", "measure": "percent", "bound": "0", "actual": "-8.5" },
        { "verdict": "needs_approval", "level": "line", "line": "1", "cause": "discretion",
          "measure": "percent", "bound": "8", "actual": "11", "roles": ["area_manager"] }
    ]))
    .unwrap();
    let quote = mountain_bike();
    in_every_language("approvals", |language| {
        let say = Sentences::new(&quote, language);
        all.iter().map(|approval| say.approval(approval)).collect()
    });
}

#[test]
fn the_rest_has_sentences_too() {
    let discounts: Vec<DocumentDiscount> = serde_json::from_value(json!([
        { "rule": "header-2", "stage": "header", "percent": "2", "amount": "469.8", "unallocated": "0" },
        { "stage": "header", "amount": "500", "unallocated": "120.5" },
        { "rule": "bonus", "stage": "rebate", "amount": "10", "unallocated": "0", "accrual": true }
    ]))
    .unwrap();
    let windows = [
        json!({}),
        json!({ "from": "2022-05-30", "to": "2023-05-29" }),
        json!({ "from": "2023-03-08" }),
        json!({ "to": "2023-10-11" }),
        json!({ "from": "2023-05-01", "to": "2023-05-01" }),
    ];
    let origins = [json!({ "gift": "three-for-two" }), json!({ "ramp": "2" })];
    let quote = mountain_bike();
    in_every_language("rest", |language| {
        let say = Sentences::new(&quote, language);
        let statuses = [Status::Ok, Status::NeedsApproval, Status::Blocked, Status::Incomplete];
        let mut told: Vec<String> = statuses.map(|s| say.status(s).to_owned()).to_vec();
        told.extend(discounts.iter().map(|d| say.document_discount(d)));
        told.extend(
            windows.iter().map(|w| say.window(&serde_json::from_value(w.clone()).unwrap())),
        );
        told.extend(
            origins.iter().map(|o| say.origin(&serde_json::from_value(o.clone()).unwrap())),
        );
        told
    });
}

#[test]
fn the_next_break_says_what_the_total_does() {
    let next = |more: &str, change: &str| -> NextBreak {
        serde_json::from_value(json!({
            "line": "1", "quantity": "15", "more": more, "unit_price": "1856.24",
            "total": "27843.6", "change": change
        }))
        .unwrap()
    };
    let all = [next("3", "4353.72"), next("1", "-12.5"), next("0.5", "0")];
    let quote = mountain_bike();
    in_every_language("next_break", |language| {
        let say = Sentences::new(&quote, language);
        all.iter().map(|next| say.next_break(&quote.lines[0], next)).collect()
    });
}

#[test]
fn the_solver_says_what_it_found() {
    let amount = |text: &str| text.parse::<crate::money::Amount>().unwrap();
    let concessions: Vec<Concession> = serde_json::from_value(json!([
        { "amount": "200" }, { "line": "2", "amount": "12.5" }, { "amount": "-30" },
        { "line": "2", "amount": "-1" }
    ]))
    .unwrap();
    let errors = [
        SolveError::Incomplete,
        SolveError::NoSuchLine(4),
        SolveError::Broken(Vec::new()),
        SolveError::TargetAbove(amount("1000")),
        SolveError::OutOfReach { lowest: amount("900"), limits: Vec::new() },
        SolveError::SteppedOver { above: amount("900.05"), below: amount("900") },
        SolveError::MarginOutOfReach("100".parse().unwrap()),
        SolveError::NothingToCarry,
        SolveError::MissingCost,
        SolveError::Precision,
    ];
    let quote = mountain_bike();
    in_every_language("solver", |language| {
        let say = Sentences::new(&quote, language);
        let mut told: Vec<String> = concessions.iter().map(|c| say.concession(c)).collect();
        told.push(say.no_concession().to_owned());
        told.push(say.one_more());
        told.extend(errors.iter().map(|error| say.unsolved(error)));
        told
    });
}

fn drawn(quote: &Quote, language: Language, book: Option<&crate::PriceBook>) -> Waterfall {
    let line: &QuoteLine = &quote.lines[0];
    quote.waterfall(line, language, book).unwrap()
}

#[test]
fn a_waterfall_is_aligned_text() {
    let quote = mountain_bike();
    let book = book();
    in_every_language("waterfall", |language| {
        vec![
            drawn(&quote, language, Some(&book)).to_string(),
            drawn(&quote, language, None).to_string(),
            drawn(&returned(), language, None).to_string(),
            drawn(&subscription(), language, None).to_string(),
        ]
    });
}

#[test]
fn a_waterfall_is_a_chart() {
    insta::assert_snapshot!(drawn(&mountain_bike(), Language::English, Some(&book())).svg());
}

#[test]
fn a_chart_escapes_what_the_book_says() {
    let svg = drawn(&returned(), Language::English, None).svg();
    assert!(svg.contains("&lt;b&gt;&amp;"));
    assert!(!svg.contains("<b>"));
}

#[test]
fn a_line_without_a_price_has_no_waterfall() {
    let quote = quote(json!({
        "id": "1", "product": "X", "quantity": "1", "unit": "pc",
        "refusal": { "reason": "unknown_product" }
    }));
    assert_eq!(quote.waterfall(&quote.lines[0], Language::English, None), None);
}

#[test]
fn numbers_keep_every_digit() {
    let say = |text: &str, digits| Language::Italian.number(text.parse().unwrap(), digits);
    assert_eq!(say("0", 2), "0,00");
    assert_eq!(say("-0.005", 2), "-0,005");
    assert_eq!(say("999", 0), "999");
    assert_eq!(say("1000", 0), "1.000");
    assert_eq!(say("1234567.80", 2), "1.234.567,80");
    assert_eq!(say("100", 0), "100");
}
