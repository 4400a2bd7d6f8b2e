//! Examples computed by hand from `docs/PRICING.md`, section by section.
#![expect(clippy::expect_used, clippy::panic, reason = "a test")]

use listino_core::PriceBook;
use listino_core::quote::Request;
use listino_oracle::{Outcome, price};
use serde_json::{Value, json};

/// Prices lines for customer `C` on 2024-03-15 by a book with some more fields.
fn quote(book: Value, request: Value) -> Value {
    let mut whole = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} } });
    merge(&mut whole, book);
    let mut asked = json!({ "v": 1, "date": "2024-03-15", "customer": "C" });
    merge(&mut asked, request);
    let book = PriceBook::from_json(&whole.to_string()).expect("a book");
    let request = Request::from_json(&asked.to_string()).expect("a request");
    match price(&book, &request) {
        Outcome::Quote(quote) => serde_json::to_value(&quote).expect("a quote"),
        other => panic!("{other:?}"),
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

#[track_caller]
fn says(quote: &Value, path: &str, expected: &str) {
    let found = quote.pointer(path).unwrap_or(&Value::Null);
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    assert_eq!(text, expected, "{path} of {quote:#}");
}

fn one(product: &str, quantity: &str) -> Value {
    json!({ "lines": [{ "product": product, "quantity": quantity }] })
}

#[test]
fn section_1_rounding_is_symmetric_and_at_the_named_steps() {
    for (mode, up, down) in [
        ("half_up", "2.5", "-2.5"),
        ("half_even", "2.4", "-2.4"),
        ("half_down", "2.4", "-2.4"),
        ("up", "2.5", "-2.5"),
        ("down", "2.4", "-2.4"),
    ] {
        let book = json!({
            "products": { "P": {} }, "price_lists": [{ "id": "L", "prices": { "P": "2.45" } }],
            "rounding": { "mode": mode, "at": [{ "step": "line", "digits": 1 }] }
        });
        says(&quote(book.clone(), one("P", "1")), "/lines/0/price/total", up);
        says(&quote(book, one("P", "-1")), "/lines/0/price/total", down);
    }
}

#[test]
fn section_2_trees_accounts_and_exceptions() {
    let book = |scope: Value| {
        json!({
            "customers": { "C": { "cluster": "reseller/gold", "parent": "G" }, "G": {} },
            "products": { "P": { "category": "bikes/kids" } },
            "price_lists": [{ "id": "L", "prices": { "P": "100" } }],
            "discounts": [{ "id": "D", "stage": "cluster", "for": scope, "percent": "10" }]
        })
    };
    for (scope, total) in [
        (json!({ "cluster": "reseller" }), "90"),
        (json!({ "cluster": "resell" }), "100"),
        (json!({ "account": "G" }), "90"),
        (json!({ "customer": "G" }), "100"),
        (json!({ "region": "it" }), "100"),
        (json!({ "category": "bikes", "not": { "category": "bikes/kids" } }), "100"),
        (json!({ "category": "bikes", "not": { "category": "bikes/road" } }), "90"),
    ] {
        says(&quote(book(scope), one("P", "1")), "/lines/0/price/total", total);
    }
}

#[test]
fn section_3_the_order_of_lists() {
    let book = |strategy: &str| {
        json!({
            "customers": { "C": { "cluster": "a", "region": "it/nord/mi" } }, "strategy": strategy,
            "products": { "P": {} },
            "price_lists": [
                { "id": "base", "priority": 9, "prices": { "P": "10" } },
                { "id": "cluster", "for": { "cluster": "a" }, "prices": { "P": "12" } },
                { "id": "region", "for": { "region": "it/nord" }, "prices": { "P": "11" } }
            ]
        })
    };
    for (strategy, list) in
        [("priority", "cluster"), ("most_specific", "cluster"), ("lowest", "base")]
    {
        says(&quote(book(strategy), one("P", "1")), "/lines/0/price/price_list", list);
    }
}

#[test]
fn section_3_tiers_are_merged_and_locked() {
    let book = |lock: bool| {
        json!({
            "merge": "tier", "products": { "P": {} },
            "price_lists": [
                { "id": "first", "priority": 2, "lock": lock, "prices": { "P": [{ "price": "10" }] } },
                { "id": "second", "prices": { "P": [{ "price": "99" }, { "from": "5", "price": "8" }] } }
            ]
        })
    };
    says(&quote(book(false), one("P", "4")), "/lines/0/price/list_price", "10");
    says(&quote(book(false), one("P", "5")), "/lines/0/price/price_list", "second");
    says(&quote(book(true), one("P", "5")), "/lines/0/price/list_price", "10");
}

#[test]
fn section_3_1_scales() {
    let book = |mode: &str| {
        json!({
            "products": { "P": {} },
            "price_lists": [{ "id": "L", "scale": { "mode": mode }, "prices": { "P": [{ "tiers": [
                { "price": "10" }, { "from": "10", "price": "8" }, { "from": "20", "price": "5" }
            ] }] } }]
        })
    };
    says(&quote(book("volume"), one("P", "25")), "/lines/0/price/list_value", "125");
    says(&quote(book("graduated"), one("P", "25")), "/lines/0/price/list_value", "205");
    says(&quote(book("graduated"), one("P", "-25")), "/lines/0/price/list_value", "-205");
    says(&quote(book("package"), one("P", "25")), "/lines/0/price/list_value", "5");
    says(&quote(book("graduated"), one("P", "25")), "/lines/0/price/list_price", "null");
}

#[test]
fn section_3_2_quantities() {
    let book = json!({
        "units": { "pc": { "digits": 0 } },
        "products": { "P": { "min_quantity": "6", "multiple": "4" } },
        "price_lists": [{ "id": "L", "prices": { "P": "1" } }]
    });
    for (quantity, rule) in [("0", "zero"), ("6.5", "digits"), ("4", "minimum"), ("10", "multiple")]
    {
        says(&quote(book.clone(), one("P", quantity)), "/lines/0/refusal/rule", rule);
    }
    let answer = quote(book.clone(), one("P", "10"));
    assert_eq!(answer.pointer("/lines/0/refusal/nearest"), Some(&json!(["8", "12"])));
    says(&quote(book, one("P", "-3")), "/lines/0/price/total", "-3");
}

#[test]
fn section_3_4_formulas() {
    let book = |formula: Value| {
        json!({
            "products": { "P": { "cost": "7.30" } },
            "price_lists": [{ "id": "L", "formula": formula }]
        })
    };
    for (formula, expected) in [
        (json!({ "base": "cost", "percent": "50" }), "10.95"),
        (json!({ "base": "cost", "percent": "50", "round_to": "1", "ending": "-0.01" }), "10.99"),
        (json!({ "base": "cost", "floor": "9", "ceiling": "12" }), "9"),
        (json!({ "base": "cost", "percent": "900", "max_markup": "100" }), "14.6"),
    ] {
        says(&quote(book(formula), one("P", "1")), "/lines/0/price/list_price", expected);
    }
    let share = json!({
        "products": { "P": {}, "S": {} },
        "price_lists": [{ "id": "L", "prices": { "P": "100" } },
                        { "id": "S", "for": { "product": "S" },
                          "formula": { "base": { "lines": {} }, "percent": "18" } }]
    });
    let lines = json!({ "lines": [{ "product": "S", "quantity": "1" }, { "product": "P", "quantity": "2" }] });
    says(&quote(share, lines), "/lines/0/price/total", "36");
}

#[test]
fn section_4_running_and_base_percentages() {
    let book = |combine: &str| {
        json!({
            "products": { "P": {} }, "price_lists": [{ "id": "L", "prices": { "P": "100" } }],
            "discounts": [
                { "id": "A", "stage": "cluster", "percent": "10" },
                { "id": "B", "stage": "volume", "percent": "20", "combine": combine }
            ]
        })
    };
    says(&quote(book("running"), one("P", "1")), "/lines/0/price/unit_price", "72");
    says(&quote(book("base"), one("P", "1")), "/lines/0/price/unit_price", "70");
}

#[test]
fn section_4_groups_matrix_and_manual() {
    let book = json!({
        "customers": { "C": { "cluster": "r/g" } },
        "products": { "P": { "category": "b/m" } },
        "price_lists": [{ "id": "L", "prices": { "P": "100" } }],
        "discounts": [
            { "id": "A", "stage": "cluster", "group": "g", "percent": "10" },
            { "id": "B", "stage": "volume", "group": "g", "amount": "12" },
            { "id": "M", "stage": "contract", "matrix": { "r": { "b/m": "50" }, "r/g": { "b": "20" } } }
        ]
    });
    // The matrix: one step up either tree, the closer cluster wins: 20 %. The group keeps 12.
    let request = json!({ "lines": [{ "product": "P", "quantity": "2",
        "discounts": [{ "percent": "50" }, { "line_amount": "3" }] }] });
    says(&quote(book, request), "/lines/0/price/total", "65");
}

#[test]
fn section_4_free_goods() {
    let book = |free: Value| {
        json!({
            "products": { "P": {}, "Q": {}, "G": {} },
            "price_lists": [{ "id": "L", "prices": { "P": "10", "Q": "4", "G": "2" } }],
            "discounts": [{ "id": "F", "stage": "promotion", "for": { "product": ["P", "Q"] }, "free": free }]
        })
    };
    let lines = json!({ "lines": [{ "product": "P", "quantity": "3" }, { "product": "Q", "quantity": "2" }] });
    let answer = quote(book(json!({ "buy": "2", "get": "1" })), lines.clone());
    says(&answer, "/lines/1/price/total", "4");
    let answer =
        quote(book(json!({ "buy": "2", "get": "1", "product": "G", "percent": "50" })), lines);
    says(&answer, "/lines/2/quantity", "2");
    says(&answer, "/lines/2/price/total", "2");
}

#[test]
fn section_5_allocation_and_caps() {
    let book = |method: &str, margins: Value| {
        json!({
            "products": { "P": {}, "Q": {}, "R": {} }, "allocation": method, "margins": margins,
            "price_lists": [{ "id": "L", "prices": { "P": "10", "Q": "10", "R": "10" } }]
        })
    };
    let lines = json!({
        "lines": [{ "product": "P", "quantity": "1" }, { "product": "Q", "quantity": "1" },
                  { "product": "R", "quantity": "1" }],
        "discounts": [{ "amount": "1" }]
    });
    for (method, nets) in [
        ("largest_remainder", ["9.66", "9.67", "9.67"]),
        ("first", ["9.66", "9.67", "9.67"]),
        ("last", ["9.67", "9.67", "9.66"]),
        ("largest", ["9.66", "9.67", "9.67"]),
    ] {
        let answer = quote(book(method, json!([])), lines.clone());
        for (i, net) in nets.iter().enumerate() {
            says(&answer, &format!("/lines/{i}/price/net"), net);
        }
    }
    let floors = json!([{ "id": "M", "measure": "price", "floor": "9.9" }]);
    let answer = quote(book("largest_remainder", floors), lines);
    says(&answer, "/totals/discounts/0/unallocated", "0.7");
    says(&answer, "/lines/2/price/net", "9.9");
}

#[test]
fn section_5_subscriptions() {
    let book = |per: &str| {
        json!({
            "products": { "P": { "per": per, "cost": "10" } },
            "price_lists": [{ "id": "L", "prices": { "P": "30" } }]
        })
    };
    let lines = json!({ "lines": [{ "product": "P", "quantity": "2",
        "term": { "from": "2024-01-01", "to": "2024-03-15" } }] });
    says(&quote(book("day"), lines.clone()), "/lines/0/price/total", "4500");
    let half = json!({ "lines": [{ "product": "P", "quantity": "2",
        "term": { "from": "2024-02-01", "to": "2024-04-15" } }] });
    // Two months and 15 of the 30 days of April.
    says(&quote(book("month"), half), "/lines/0/price/total", "150");
    let year = json!({ "lines": [{ "product": "P", "quantity": "2",
        "term": { "from": "2024-01-01", "to": "2024-06-30" } }] });
    says(&quote(book("year"), year), "/lines/0/price/cost", "10");
    says(&quote(book("month"), one("P", "1")), "/lines/0/refusal/reason", "term");
}

#[test]
fn section_6_tax() {
    let book = |prices: &str, per: &str| {
        json!({
            "products": { "P": {} }, "price_lists": [{ "id": "L", "prices": { "P": "0.99" } }],
            "tax": { "prices": prices, "per": per, "rates": [{ "category": "S", "percent": "22" }] },
            "currencies": { "EUR": { "cash": "0.05" } }
        })
    };
    let lines = json!({ "lines": [{ "product": "P", "quantity": "1" }, { "product": "P", "quantity": "1" },
                                  { "product": "P", "quantity": "1" }] });
    // 2.97 x 22 % = 0.6534; line by line 3 x 0.22 (of 0.2178).
    let rate = quote(book("net", "rate"), lines.clone());
    says(&rate, "/totals/tax", "0.65");
    says(&rate, "/totals/payable", "3.6");
    says(&rate, "/totals/rounding", "-0.02");
    says(&quote(book("net", "line"), lines.clone()), "/totals/tax", "0.66");
    // 2.97 / 1.22 = 2.434...; line by line 3 x 0.81.
    says(&quote(book("gross", "rate"), lines.clone()), "/totals/tax", "0.54");
    says(&quote(book("gross", "line"), lines), "/totals/tax", "0.54");
}

#[test]
fn section_7_margin_approvals_and_discretion() {
    let book = |margin: Value| {
        json!({
            "products": { "P": { "cost": "75.004" }, "U": {} },
            "price_lists": [{ "id": "L", "prices": { "P": "100", "U": "1" } }],
            "margins": [margin],
            "discretion": [{ "role": "clerk", "max_percent": "5" }, { "role": "boss", "max_percent": "20" }]
        })
    };
    let tiers = json!({ "id": "M", "block": "0", "floor": "25", "target": "40",
                        "approvals": [{ "below": "30", "role": "area" }, { "below": "10", "role": "chief" }] });
    let answer = quote(book(tiers), one("P", "1"));
    says(&answer, "/lines/0/price/margin/percent", "25");
    says(&answer, "/approvals/0/roles/0", "area");
    says(&answer, "/status", "needs_approval");
    // The comparison is exact: 24.996 is below 25 although 25 is shown.
    let answer = quote(book(json!({ "id": "M", "floor": "25" })), one("P", "1"));
    says(&answer, "/approvals/0/bound", "25");
    says(&answer, "/approvals/0/actual", "25");
    let answer = quote(book(json!({ "id": "M", "floor": "25" })), one("U", "1"));
    says(&answer, "/approvals/0/cause", "missing_cost");
    let by_hand = json!({ "roles": "clerk", "lines": [{ "product": "P", "quantity": "1",
        "discounts": [{ "percent": "10" }] }] });
    let answer = quote(book(json!({ "id": "M" })), by_hand);
    says(&answer, "/approvals/0/cause", "discretion");
    says(&answer, "/approvals/0/roles/0", "boss");
}
