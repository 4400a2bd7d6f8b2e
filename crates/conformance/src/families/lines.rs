//! Section 4 of `docs/PRICING.md`: discounts on lines.

use serde_json::{Value, json};

use super::{Writer, base, lines, one, products, request};
use crate::Family;

pub(super) fn all() -> Vec<Family> {
    vec![amounts(), conditions(), groups(), stages(), manual(), free(), coupons(), rules()]
}

/// A book with two products at 100 and 19.99 and these discounts.
fn discounted(w: &mut Writer, name: &str, discounts: Value) -> String {
    w.book(
        name,
        json!({ "customers": { "C": { "cluster": "r/gold" }, "N": {} },
            "products": { "P": { "category": "b/m/x", "weight": "1.5" }, "Q": { "category": "h" } },
            "price_lists": base(json!({ "P": "100", "Q": "19.99" })), "discounts": discounts }),
    )
}

fn amounts() -> Family {
    let mut w = Writer::new("s4-amounts", "PRICING 4: how much a rule takes off");
    for (name, how) in [
        ("percent", json!({ "percent": "12.5" })),
        ("surcharge", json!({ "percent": "-7" })),
        ("hundred", json!({ "percent": "100" })),
        ("more", json!({ "percent": "120" })),
        ("amount", json!({ "amount": "0.35" })),
        ("price", json!({ "price": "15.555" })),
        ("line-amount", json!({ "line_amount": "4" })),
        ("on-total", json!({ "percent": "12.5", "on": "total" })),
        (
            "tiers",
            json!({ "tiers": { "steps": [{ "from": "2", "percent": "3" }, { "from": "5", "percent": "7" }] } }),
        ),
        (
            "value-tiers",
            json!({ "tiers": { "basis": "value", "steps": [{ "from": "150", "percent": "3" }, { "from": "500", "percent": "7" }] } }),
        ),
        (
            "matrix",
            json!({ "matrix": { "r": { "b/m": "50" }, "r/gold": { "b": "20", "h": "5" } } }),
        ),
    ] {
        let mut rule = json!({ "id": name, "stage": "promotion" });
        super::over(&mut rule, how);
        let book = discounted(&mut w, name, json!([rule]));
        for quantity in ["1", "3", "5", "-5"] {
            w.quote(
                format!("{name}: {quantity} of each"),
                &book,
                json!({ "lines": lines(&[("P", quantity), ("Q", quantity)]) }),
            );
        }
    }
    w.0
}

fn conditions() -> Family {
    let mut w = Writer::new("s4-conditions", "PRICING 4: when a rule is a candidate");
    let rule = |more: Value| {
        let mut rule = json!({ "id": "d", "stage": "promotion", "percent": "10" });
        super::over(&mut rule, more);
        json!([rule])
    };
    let bounds = [("quantity", "5", "10"), ("value", "500", "1000"), ("weight", "7.5", "15")];
    for (what, from, below) in bounds {
        let book =
            discounted(&mut w, what, rule(json!({ what: { "from": from, "below": below } })));
        w.quantities(&book, "P", &["4.99", "5", "9.99", "10", "-5"]);
    }
    let book = discounted(
        &mut w,
        "window",
        rule(json!({ "valid": { "from": "2026-03-15", "to": "2026-03-31" } })),
    );
    for date in ["2026-03-14", "2026-03-15", "2026-03-31", "2026-04-01"] {
        let mut fields = one("P", "1");
        fields["date"] = json!(date);
        w.case(format!("window: {date}"), "explain", &book, &request(fields));
    }
    let book = discounted(&mut w, "payment", rule(json!({ "payment": ["prepaid", "30-days"] })));
    for payment in ["prepaid", "60-days"] {
        let mut fields = one("P", "1");
        fields["payment"] = json!(payment);
        w.quote(format!("payment: {payment}"), &book, fields);
    }
    w.line(&book, "P", "1");
    let book = discounted(&mut w, "years", rule(json!({ "years": { "from": "2", "below": "5" } })));
    for years in ["1", "2", "4.5", "5"] {
        let mut fields = one("P", "1");
        fields["years"] = json!(years);
        w.quote(format!("years: {years}"), &book, fields);
    }
    let book = w.book(
        "across",
        json!({ "products": { "P": { "category": "h" }, "Q": { "category": "h" }, "R": {} },
            "mix_groups": { "h": { "category": "h" } },
            "price_lists": base(json!({ "P": "10", "Q": "20", "R": "30" })),
            "discounts": rule(json!({ "quantity": { "from": "10" }, "across": "h", "for": { "category": "h" } })) }),
    );
    for (p, q) in [("4", "5"), ("5", "5"), ("9", "1")] {
        let fields = json!({ "lines": lines(&[("P", p), ("Q", q), ("R", "10")]) });
        w.quote(format!("across: {p} and {q}"), &book, fields);
    }
    w.0
}

fn groups() -> Family {
    let mut w = Writer::new("s4-groups", "PRICING 4: groups of rules that exclude each other");
    let rules = json!([
        { "id": "ten", "stage": "cluster", "group": "g", "percent": "10" },
        { "id": "twelve", "stage": "volume", "group": "g", "amount": "12", "quantity": { "from": "2" } },
        { "id": "five", "stage": "volume", "group": "g", "percent": "5" },
        { "id": "other", "stage": "promotion", "group": "o", "percent": "14", "quantity": { "from": "3" } },
        { "id": "free", "stage": "promotion", "percent": "1" }]);
    for keep in ["best", "best_stage", "first", "all"] {
        for (kind, more) in [
            ("alone", json!({})),
            ("against", json!({ "against": "o" })),
            ("excludes", json!({ "excludes": ["o"] })),
        ] {
            let mut group = json!({ "id": "g", "keep": keep });
            super::over(&mut group, more);
            let name = format!("{keep}-{kind}");
            let book = w.book(
                &name,
                json!({ "products": products(&["P"]), "price_lists": base(json!({ "P": "100" })),
                    "groups": [group, { "id": "o", "keep": "best" }], "discounts": rules }),
            );
            w.quantities(&book, "P", &["1", "2", "3", "-3"]);
            w.case(format!("{name}: considered"), "explain", &book, &request(one("P", "3")));
        }
    }
    w.0
}

fn stages() -> Family {
    let mut w = Writer::new("s4-stages", "PRICING 4: stages, bases, exclusive and best rules");
    for combine in ["running", "base", "best", "exclusive"] {
        for at in ["plain", "rounded"] {
            let mut book = json!({ "products": products(&["P", "Q"]),
                "price_lists": base(json!({ "P": "99.99", "Q": "0.03" })),
                "discounts": [
                    { "id": "a", "stage": "cluster", "percent": "10.5" },
                    { "id": "b", "stage": "volume", "percent": "20", "combine": combine },
                    { "id": "c", "stage": "volume", "amount": "0.005", "combine": combine, "priority": 3 },
                    { "id": "e", "stage": "volume", "percent": "3" }] });
            if at == "rounded" {
                book["rounding"] =
                    json!({ "mode": "half_even", "at": ["discount", "unit", "line"] });
            }
            let book = w.book(&format!("{combine}-{at}"), book);
            for (product, quantity) in [("P", "1"), ("P", "7"), ("Q", "1"), ("Q", "-1000")] {
                w.line(&book, product, quantity);
            }
        }
    }
    let book = w.book(
        "procedure",
        json!({ "products": products(&["P"]), "price_lists": base(json!({ "P": "100" })),
            "stages": [{ "id": "last" }, { "id": "manual" }, { "id": "first" }],
            "discounts": [{ "id": "f", "stage": "first", "percent": "50" }, { "id": "l", "stage": "last", "amount": "10" }] }),
    );
    w.line(&book, "P", "1");
    let by_hand = json!({ "lines": [{ "product": "P", "quantity": "1", "discounts": [{ "amount": "20" }] }] });
    w.quote("procedure: by hand in between", &book, by_hand);
    w.0
}

fn manual() -> Family {
    let mut w = Writer::new("s4-manual", "PRICING 4: discounts granted by hand");
    let book =
        discounted(&mut w, "shop", json!([{ "id": "ten", "stage": "cluster", "percent": "10" }]));
    for (name, discounts) in [
        ("percent", json!([{ "percent": "5" }])),
        ("amount", json!([{ "amount": "0.005" }])),
        ("price", json!([{ "price": "80" }])),
        ("line-amount", json!([{ "line_amount": "3.33" }])),
        (
            "all",
            json!([{ "line_amount": "3" }, { "percent": "50" }, { "amount": "1", "reason": "a scratch" }]),
        ),
        ("given away", json!([{ "percent": "100" }])),
        ("surcharge", json!([{ "percent": "-5" }])),
        ("two kinds at once", json!([{ "percent": "5", "amount": "1" }])),
        ("nothing said", json!([{ "reason": "because" }])),
    ] {
        for quantity in ["3", "-3"] {
            let fields = json!({ "lines": [{ "product": "Q", "quantity": quantity, "discounts": discounts }] });
            w.quote(format!("{name}: {quantity}"), &book, fields);
        }
    }
    w.0
}

fn free() -> Family {
    let mut w = Writer::new("s4-free", "PRICING 4: free and cheaper goods");
    for (name, free) in [
        ("two-plus-one", json!({ "buy": "2", "get": "1" })),
        ("half-price", json!({ "buy": "2", "get": "1", "percent": "50" })),
        ("once", json!({ "buy": "1", "get": "1", "times": 1 })),
        ("gift", json!({ "buy": "3", "get": "1", "product": "G" })),
        ("cheap-gift", json!({ "buy": "3", "get": "2", "product": "G", "percent": "80" })),
    ] {
        let book = w.book(
            name,
            json!({ "products": products(&["P", "Q", "G"]), "price_lists": base(json!({ "P": "10", "Q": "3.99", "G": "2" })),
                "discounts": [{ "id": "free", "stage": "promotion", "for": { "product": ["P", "Q"] }, "free": free },
                              { "id": "ten", "stage": "cluster", "percent": "10" }] }),
        );
        for (p, q) in [("1", "1"), ("2", "1"), ("3", "2"), ("6", "6"), ("-3", "3"), ("0.5", "5.5")]
        {
            w.quote(
                format!("{name}: {p} and {q}"),
                &book,
                json!({ "lines": lines(&[("P", p), ("Q", q), ("G", "1")]) }),
            );
        }
    }
    w.0
}

fn coupons() -> Family {
    let mut w = Writer::new("s4-coupons", "PRICING 4: coupons, taken and refused");
    let book = w.book(
        "shop",
        json!({ "customers": { "C": { "segments": ["club"] }, "N": {} },
            "products": products(&["P"]), "price_lists": base(json!({ "P": "100" })),
            "coupons": {
                "PLAIN": {}, "SPRING": { "valid": { "to": "2026-03-31" } }, "CLUB": { "for": { "segment": "club" } },
                "TEN": { "max_uses": 10 }, "ONCE": { "max_uses_per_customer": 1 }, "FIRST": { "first_purchase": true },
                "ALONE": { "stackable": false } },
            "discounts": [
                { "id": "plain", "stage": "promotion", "coupon": "PLAIN", "percent": "1" },
                { "id": "spring", "stage": "promotion", "coupon": "SPRING", "percent": "2" },
                { "id": "club", "stage": "promotion", "coupon": "CLUB", "percent": "3" },
                { "id": "ten", "stage": "promotion", "coupon": "TEN", "percent": "4" },
                { "id": "once", "stage": "promotion", "coupon": "ONCE", "percent": "5" },
                { "id": "first", "stage": "promotion", "coupon": "FIRST", "percent": "6" },
                { "id": "alone", "stage": "promotion", "coupon": "ALONE", "percent": "7" }] }),
    );
    let cases = [
        ("plain", json!([{ "code": "PLAIN" }])),
        ("twice", json!([{ "code": "PLAIN" }, { "code": "PLAIN" }])),
        ("unknown", json!([{ "code": "WINTER" }])),
        ("spring", json!([{ "code": "SPRING" }])),
        ("club", json!([{ "code": "CLUB" }])),
        ("ten left", json!([{ "code": "TEN", "used": 9 }])),
        ("ten used", json!([{ "code": "TEN", "used": 10 }])),
        ("ten unknown", json!([{ "code": "TEN" }])),
        ("once left", json!([{ "code": "ONCE", "used_by_customer": 0 }])),
        ("once used", json!([{ "code": "ONCE", "used_by_customer": 1 }])),
        ("first", json!([{ "code": "FIRST" }])),
        ("alone first", json!([{ "code": "ALONE" }, { "code": "PLAIN" }])),
        ("alone last", json!([{ "code": "PLAIN" }, { "code": "ALONE" }])),
    ];
    for (name, coupons) in cases {
        for (customer, date, first) in [
            ("C", "2026-03-31", Some(true)),
            ("N", "2026-04-01", Some(false)),
            ("N", "2026-03-31", None),
        ] {
            let mut fields = one("P", "1");
            super::over(
                &mut fields,
                json!({ "customer": customer, "date": date, "coupons": coupons }),
            );
            if let Some(first) = first {
                fields["first_purchase"] = json!(first);
            }
            w.quote(format!("{name}: {customer} {date}"), &book, fields);
        }
    }
    w.0
}

fn rules() -> Family {
    let mut w = Writer::new("s4-rules", "RULES: conditions and percentages of one's own");
    let mut each = |name: &str, stage: &str, rule: Value, lines: &Value, order: &Value| {
        let mut discount = json!({ "id": name, "stage": stage });
        super::over(&mut discount, rule);
        let book = discounted(&mut w, name, json!([discount]));
        for quantity in ["1", "3", "7", "50"] {
            let mut of = json!({ "product": "P", "quantity": quantity });
            super::over(&mut of, lines.clone());
            let mut fields = json!({ "lines": [of, { "product": "Q", "quantity": quantity }] });
            if quantity != "1" {
                super::over(&mut fields, order.clone());
            }
            w.quote(format!("{name}: {quantity}"), &book, fields);
        }
    };
    let (nothing, red) = (json!({}), json!({ "attributes": { "colour": "red" } }));
    for (name, rule) in [
        (
            "when",
            json!({ "percent": "10", "when": "quantity >= 3 and customer.cluster == 'r/gold'" }),
        ),
        ("attribute", json!({ "percent": "10", "when": "line.attributes['colour'] == 'red'" })),
        ("rule", json!({ "rule": "min([quantity, 20]) / 2" })),
        ("fails", json!({ "rule": "1 / (quantity - 3)" })),
    ] {
        each(name, "promotion", rule, &red, &nothing);
    }
    let club = json!({ "attributes": { "club": "yes" } });
    for (name, rule) in [
        ("document-when", json!({ "percent": "10", "when": "value >= 300 and quantity > 2" })),
        ("document-order", json!({ "amount": "5", "when": "order.attributes['club'] != null" })),
        ("document-rule", json!({ "rule": "min([value / 100, 12.5])" })),
        ("document-fails", json!({ "rule": "1 / (quantity - 6)" })),
    ] {
        each(name, "header", rule, &nothing, &club);
    }
    w.0
}
