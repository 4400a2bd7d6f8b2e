//! Sections 5 to 7 of `docs/PRICING.md`: the document, tax, margin and approvals.

use serde_json::{Value, json};

use super::{Writer, base, lines, one, products};
use crate::Family;

pub(super) fn all() -> Vec<Family> {
    vec![header(), allocation(), subscriptions(), tax(), margins(), discretion()]
}

fn header() -> Family {
    let mut w = Writer::new("s5-header", "PRICING 5: discounts on the document");
    for (name, rule) in [
        ("percent", json!({ "stage": "header", "percent": "3.3" })),
        ("amount", json!({ "stage": "header", "amount": "10" })),
        ("surcharge", json!({ "stage": "terms", "percent": "-2" })),
        ("base", json!({ "stage": "terms", "percent": "5", "combine": "base" })),
        ("value", json!({ "stage": "header", "percent": "5", "value": { "from": "100" } })),
        ("scope", json!({ "stage": "header", "percent": "50", "for": { "product": "Q" } })),
        ("rebate", json!({ "stage": "rebate", "percent": "4" })),
        (
            "tiers",
            json!({ "stage": "header", "tiers": { "basis": "value", "steps": [{ "from": "50", "percent": "1" }, { "from": "200", "amount": "5" }] } }),
        ),
    ] {
        let mut rule = rule;
        super::over(&mut rule, json!({ "id": name }));
        let book = w.book(
            name,
            json!({ "products": { "P": { "cost": "7" }, "Q": { "cost": "2" } },
                "price_lists": base(json!({ "P": "9.99", "Q": "3.33" })),
                "discounts": [rule, { "id": "first", "stage": "header", "percent": "1" }] }),
        );
        for (p, q) in [("1", "1"), ("7", "11"), ("30", "1"), ("-3", "5"), ("-1", "-1")] {
            w.quote(
                format!("{name}: {p} and {q}"),
                &book,
                json!({ "lines": lines(&[("P", p), ("Q", q)]) }),
            );
        }
        let mut by_hand = json!({ "lines": lines(&[("P", "2"), ("Q", "3")]) });
        by_hand["discounts"] = json!([{ "amount": "1" }, { "percent": "10" }]);
        w.quote(format!("{name}: by hand"), &book, by_hand);
    }
    w.0
}

fn allocation() -> Family {
    let mut w =
        Writer::new("s5-allocation", "PRICING 5: who gets the coins, and what no line can take");
    for method in ["largest_remainder", "first", "last", "largest"] {
        for (kind, margins) in [
            ("open", json!([])),
            ("capped", json!([{ "id": "floor", "measure": "price", "floor": "9.9" }])),
            (
                "blocked",
                json!([{ "id": "block", "measure": "price", "block": "3", "for": { "product": "S" } }]),
            ),
        ] {
            let name = format!("{method}-{kind}");
            let book = w.book(
                &name,
                json!({ "products": products(&["P", "Q", "R", "S"]), "allocation": method, "margins": margins,
                    "price_lists": base(json!({ "P": "10", "Q": "10", "R": "10", "S": "3.01" })) }),
            );
            for (amount, asked) in [
                ("1", &[("P", "1"), ("Q", "1"), ("R", "1")][..]),
                ("0.02", &[("P", "1"), ("Q", "1"), ("R", "1")][..]),
                ("-1", &[("P", "1"), ("Q", "2"), ("S", "1")][..]),
                ("100", &[("P", "1"), ("S", "7")][..]),
                ("5", &[("P", "1"), ("Q", "-1"), ("S", "1")][..]),
            ] {
                let fields = json!({ "lines": lines(asked), "discounts": [{ "amount": amount }] });
                w.quote(
                    format!("{name}: {amount} over {} lines, {}", asked.len(), asked[1].1),
                    &book,
                    fields,
                );
            }
        }
    }
    w.0
}

fn subscriptions() -> Family {
    let mut w = Writer::new("s5-subscriptions", "PRICING 5: periods, terms and ramps");
    for per in ["day", "month", "year"] {
        let book = w.book(
            per,
            json!({ "products": { "P": { "per": per, "cost": "10" }, "ADD": { "per": per, "addon_to": "P" }, "T": {} },
                "price_lists": base(json!({ "P": "30", "ADD": "1.1", "T": "5" })),
                "discounts": [{ "id": "ten", "stage": "cluster", "percent": "10" }] }),
        );
        for (from, to) in [
            ("2026-01-01", "2026-12-31"),
            ("2026-01-31", "2026-02-28"),
            ("2024-02-29", "2025-02-28"),
            ("2026-03-01", "2026-03-01"),
            ("2026-02-10", "2026-04-15"),
        ] {
            let term = json!({ "from": from, "to": to });
            let fields = json!({ "lines": [
                { "product": "P", "quantity": "2", "term": term }, { "product": "ADD", "quantity": "-3", "term": term }] });
            w.quote(format!("{per}: {from} to {to}"), &book, fields);
        }
        let ramp = json!([
            { "term": { "from": "2026-01-01", "to": "2026-06-30" }, "quantity": "1", "percent": "50" },
            { "term": { "from": "2026-07-01", "to": "2026-12-31" }, "quantity": "10" }]);
        w.quote(format!("{per}: ramp"), &book, json!({ "lines": [{ "product": "P", "quantity": "1", "ramp": ramp }, { "product": "T", "quantity": "1" }] }));
        w.line(&book, "P", "1");
        w.quote(format!("{per}: add-on alone"), &book, json!({ "lines": [{ "product": "ADD", "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-01-31" } }] }));
        w.quote(format!("{per}: add-on beside a plan without a price"), &book, json!({ "lines": [
            { "product": "P", "quantity": "1" }, { "product": "ADD", "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-01-31" } }] }));
        w.quote(format!("{per}: a term for what has none"), &book, json!({ "lines": [{ "product": "T", "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-01-31" } }] }));
    }
    w.0
}

fn tax() -> Family {
    let mut w = Writer::new("s6-tax", "PRICING 6: tax per rate and per line, net and gross books");
    for prices in ["net", "gross"] {
        for per in ["rate", "line"] {
            let name = format!("{prices}-{per}");
            let book = w.book(
                &name,
                json!({
                    "currencies": { "EUR": { "cash": "0.05" } },
                    "customers": { "C": { "region": "it" }, "X": { "region": "us" } },
                    "products": { "P": { "tax": "standard", "cost": "0.50" }, "F": { "tax": "food" }, "Z": { "tax": "stamps" } },
                    "price_lists": base(json!({ "P": "0.99", "F": "2.49", "Z": "1.10" })),
                    "discounts": [{ "id": "header", "stage": "header", "percent": "5", "value": { "from": "20" } },
                                  { "id": "later", "stage": "rebate", "percent": "2", "value": { "from": "40" } }],
                    "tax": { "prices": prices, "per": per, "rates": [
                        { "class": "standard", "category": "S", "percent": "22" },
                        { "class": "food", "category": "S", "percent": "10", "valid": { "to": "2026-06-30" } },
                        { "class": "food", "category": "S", "percent": "5", "valid": { "from": "2026-07-01" } },
                        { "for": { "region": "us" }, "category": "G", "percent": "0" }] } }),
            );
            for (customer, date) in [("C", "2026-06-30"), ("C", "2026-07-01"), ("X", "2026-06-30")]
            {
                for asked in [
                    &[("P", "1"), ("P", "1"), ("P", "1")][..],
                    &[("P", "3"), ("F", "2"), ("Z", "1")][..],
                    &[("P", "17"), ("F", "7")][..],
                    &[("P", "-3"), ("F", "50")][..],
                ] {
                    let fields =
                        json!({ "customer": customer, "date": date, "lines": lines(asked) });
                    let what: Vec<String> = asked.iter().map(|(p, q)| format!("{q} {p}")).collect();
                    w.quote(format!("{name}: {customer} {date} {}", what.join(" ")), &book, fields);
                }
            }
        }
    }
    w.0
}

fn margins() -> Family {
    let mut w = Writer::new("s7-margins", "PRICING 7: thresholds, roles, groups, missing costs");
    for (name, threshold) in [
        (
            "percent",
            json!({ "block": "0", "floor": "25", "target": "40",
            "approvals": [{ "below": "30", "role": "area" }, { "below": "10", "role": ["chief", "board"] }] }),
        ),
        ("amount", json!({ "measure": "amount", "floor": "30", "target": "100" })),
        ("price", json!({ "measure": "price", "block": "80", "floor": "95" })),
        ("group", json!({ "on": "group", "floor": "25", "for": { "product": "P" } })),
        (
            "document",
            json!({ "on": "document", "floor": "25", "target": "26", "approvals": [{ "below": "20", "role": "chief" }] }),
        ),
    ] {
        for missing in ["needs_approval", "blocked", "ok"] {
            let mut threshold = threshold.clone();
            super::over(&mut threshold, json!({ "id": name }));
            let key = format!("{name}-{missing}");
            let book = w.book(
                &key,
                json!({ "products": { "P": { "cost": [{ "value": "75.004" }] }, "U": {}, "F": { "cost": "0" } },
                    "price_lists": base(json!({ "P": "100", "U": "100", "F": "100" })),
                    "missing_cost": missing, "margins": [threshold] }),
            );
            for (off, asked) in
                [("0", "P"), ("10", "P"), ("30", "P"), ("100", "P"), ("0", "U"), ("100", "F")]
            {
                let line =
                    json!({ "product": asked, "quantity": "1", "discounts": [{ "percent": off }] });
                w.quote(
                    format!("{key}: {off} % off {asked}"),
                    &book,
                    json!({ "lines": [line, { "product": "F", "quantity": "1" }] }),
                );
            }
            w.line(&book, "P", "-2");
        }
    }
    let book = w.book(
        "rounded",
        json!({ "products": { "P": { "cost": "75.004" } }, "price_lists": base(json!({ "P": "100" })),
            "rounding": { "at": ["unit", "line", "margin"] }, "margins": [{ "id": "m", "floor": "25" }] }),
    );
    w.line(&book, "P", "1");
    w.0
}

fn discretion() -> Family {
    let mut w = Writer::new("s7-discretion", "PRICING 7: how much who may grant by hand");
    let book = w.book(
        "house",
        json!({ "products": { "P": { "category": "bikes" }, "Q": {} }, "price_lists": base(json!({ "P": "100", "Q": "10" })),
            "discretion": [{ "role": "clerk", "max_percent": "5" }, { "role": "clerk", "for": { "category": "bikes" }, "max_percent": "8" },
                           { "role": "chief", "max_percent": "20" }] }),
    );
    for roles in [json!([]), json!("clerk"), json!(["clerk", "chief"])] {
        for percent in ["5", "5.01", "8.01", "20", "21"] {
            let line = |product: &str| json!({ "product": product, "quantity": "1", "discounts": [{ "percent": percent }] });
            let mut fields = json!({ "lines": [line("P"), line("Q")] });
            if roles != json!([]) {
                fields["roles"] = roles.clone();
            }
            w.quote(format!("{roles}: {percent} % on lines"), &book, fields.clone());
            let mut header: Value = one("P", "1");
            header["roles"] = fields.get("roles").cloned().unwrap_or(json!([]));
            header["discounts"] = json!([{ "percent": percent }]);
            w.quote(format!("{roles}: {percent} % on the document"), &book, header);
        }
    }
    w.0
}
