//! Money torture: the cent traps that shops fall into, each as a case of its own.

use serde_json::json;

use super::{Writer, base, lines, one, products, request};
use crate::Family;

pub(super) fn all() -> Vec<Family> {
    vec![unit_or_line(), minor_units(), nothing_left(), shares(), tax_splits(), long_numbers()]
}

/// Rounding the unit and multiplying is not multiplying and rounding the line.
fn unit_or_line() -> Family {
    let mut w = Writer::new(
        "torture-unit-or-line",
        "unit rounding versus line rounding: 16.99 x 10 or 169.93",
    );
    for (name, at) in
        [("unit", json!(["unit", "line"])), ("line", json!(["line"])), ("total", json!(["total"]))]
    {
        let book = w.book(
            name,
            json!({ "products": products(&["A", "B", "C", "D"]), "rounding": { "at": at },
                "price_lists": base(json!({ "A": "19.99", "B": "0.005", "C": "33.333333", "D": "9.995" })),
                "discounts": [{ "id": "fifteen", "stage": "cluster", "for": { "product": "A" }, "percent": "15" }],
                "tax": { "rates": [{ "category": "S", "percent": "22" }] } }),
        );
        for product in ["A", "B", "C", "D"] {
            w.quantities(&book, product, &["1", "3", "10", "999", "-1", "-10", "0.333"]);
        }
    }
    w.0
}

/// Currencies without decimals, with three, with coins of five.
fn minor_units() -> Family {
    let mut w = Writer::new(
        "torture-minor-units",
        "0, 2 and 3 decimals, cash increments, in one arithmetic",
    );
    for (currency, cash) in [
        ("JPY", None),
        ("KWD", None),
        ("EUR", None),
        ("CHF", Some("0.05")),
        ("SEK", Some("1")),
        ("CLF", None),
        ("HUF", Some("5")),
    ] {
        let mut fields = json!({ "currency": currency, "products": products(&["P", "Q"]),
            "price_lists": base(json!({ "P": "123.4565", "Q": "0.4995" })),
            "discounts": [{ "id": "h", "stage": "header", "percent": "3" }],
            "tax": { "rates": [{ "category": "S", "percent": "7.7" }] } });
        if let Some(cash) = cash {
            fields["currencies"] = json!({ currency: { "cash": cash } });
        }
        let book = w.book(currency, fields);
        for (p, q) in [("1", "1"), ("3", "7"), ("-3", "7"), ("-1", "-1"), ("0.001", "1000")] {
            w.quote(
                format!("{currency}: {p} and {q}"),
                &book,
                json!({ "lines": lines(&[("P", p), ("Q", q)]) }),
            );
        }
    }
    w.0
}

/// What is given away altogether leaves exactly nothing.
fn nothing_left() -> Family {
    let mut w = Writer::new(
        "torture-nothing-left",
        "100 % off leaves exactly 0, whatever the price: 2.25 x 64.22",
    );
    let prices =
        json!({ "A": "64.22", "B": "0.01", "C": "3333333.333333", "D": "12345678901234567.89" });
    for (name, discounts) in [
        ("one rule", json!([{ "id": "all", "stage": "cluster", "percent": "100" }])),
        (
            "two halves",
            json!([{ "id": "a", "stage": "cluster", "percent": "50", "combine": "base" }, { "id": "b", "stage": "volume", "percent": "50", "combine": "base" }]),
        ),
        ("in the header", json!([{ "id": "all", "stage": "header", "percent": "100" }])),
        (
            "on the total",
            json!([{ "id": "all", "stage": "promotion", "on": "total", "percent": "100" }]),
        ),
    ] {
        let book = w.book(
            name,
            json!({ "products": products(&["A", "B", "C", "D"]), "price_lists": base(prices.clone()), "discounts": discounts,
                "tax": { "rates": [{ "category": "S", "percent": "19" }] } }),
        );
        for (product, quantity) in
            [("A", "2.25"), ("B", "3"), ("C", "0.7"), ("D", "1"), ("A", "-2.25")]
        {
            w.line(&book, product, quantity);
        }
    }
    w.0
}

/// A discount of the document spread over lines: nothing is lost, nothing is made.
fn shares() -> Family {
    let mut w = Writer::new(
        "torture-shares",
        "a cent over three lines, a third of ten, a thousand small lines",
    );
    let book = w.book(
        "thirds",
        json!({ "products": { "A": { "cost": "3" }, "B": {}, "C": {} }, "price_lists": base(json!({ "A": "3.33", "B": "3.33", "C": "3.34" })),
            "tax": { "rates": [{ "category": "S", "percent": "22" }] } }),
    );
    for amount in
        ["0.01", "0.02", "0.1", "1", "3.33", "9.99", "10", "10.01", "100", "-0.01", "0.001"]
    {
        for asked in [
            &[("A", "1"), ("B", "1"), ("C", "1")][..],
            &[("A", "1"), ("B", "-1"), ("C", "2")][..],
            &[("A", "100"), ("B", "1")][..],
        ] {
            let fields = json!({ "lines": lines(asked), "discounts": [{ "amount": amount }] });
            let what: Vec<&str> = asked.iter().map(|(_, q)| *q).collect();
            w.quote(format!("{amount} over {}", what.join(", ")), &book, fields);
        }
    }
    let many: Vec<(&str, &str)> =
        ["A", "B", "C"].into_iter().cycle().take(60).map(|p| (p, "1")).collect();
    w.quote(
        "0.59 over sixty lines",
        &book,
        json!({ "lines": lines(&many), "discounts": [{ "amount": "0.59" }] }),
    );
    w.case(
        "what may still be given".to_owned(),
        "solve",
        &book,
        &json!({ "request": request(one("A", "7")), "goal": { "target_margin": "5" } }),
    );
    w.0
}

/// Tax of the sum, or the sum of taxes.
fn tax_splits() -> Family {
    let mut w = Writer::new(
        "torture-tax",
        "tax per line versus per rate; gross prices that no net reaches: 3 x 9.99 at 22 %",
    );
    for prices in ["net", "gross"] {
        for per in ["rate", "line"] {
            for mode in ["half_up", "half_even"] {
                let name = format!("{prices}-{per}-{mode}");
                let book = w.book(
                    &name,
                    json!({ "products": { "A": {}, "B": { "tax": "low" } }, "rounding": { "mode": mode },
                        "price_lists": base(json!({ "A": "9.99", "B": "0.05" })),
                        "tax": { "prices": prices, "per": per, "rates": [
                            { "category": "S", "percent": "22" }, { "class": "low", "category": "S", "percent": "5.5" }] } }),
                );
                for (a, b) in [("1", "1"), ("3", "10"), ("-3", "10"), ("1", "-1")] {
                    w.quote(
                        format!("{name}: {a} and {b}"),
                        &book,
                        json!({ "lines": lines(&[("A", a), ("B", b), ("A", "1")]) }),
                    );
                }
            }
        }
    }
    w.0
}

/// Numbers that binary floats cannot hold, and numbers that nothing can.
fn long_numbers() -> Family {
    let mut w = Writer::new(
        "torture-long-numbers",
        "28 digits and no float; what does not fit is refused, not rounded",
    );
    let book = w.book(
        "digits",
        json!({ "products": products(&["MAX", "TINY", "LONG", "TENTH"]),
            "rounding": { "at": [] },
            "price_lists": base(json!({ "MAX": "9999999999999999999999999999", "TINY": "0.0000000000000000000000000001",
                "LONG": "1.000000000000000000000000001", "TENTH": "0.1" })) }),
    );
    for (product, quantity) in [
        ("MAX", "1"),
        ("MAX", "2"),
        ("MAX", "0.1"),
        ("MAX", "-1"),
        ("TINY", "1"),
        ("TINY", "3"),
        ("LONG", "7"),
        ("LONG", "1.000000000000000000000000001"),
        ("TENTH", "3"),
        ("TENTH", "0.2"),
        ("TENTH", "9007199254740993"),
    ] {
        w.line(&book, product, quantity);
    }
    // What a line cannot show is in no sum.
    let book = w.book(
        "hidden-digits",
        json!({ "products": { "STEP": { "cost": "1" }, "COST": { "cost": "0.0000000000000000000000000001" }, "PLAIN": {} },
            "price_lists": base(json!({ "STEP": "1.00000000000000000000000001", "COST": "100", "PLAIN": "5" })),
            "discounts": [{ "id": "d", "stage": "promotion", "for": { "product": "STEP" }, "percent": "3.33" }] }),
    );
    for product in ["STEP", "COST"] {
        w.line(&book, product, "1");
        let lines = json!([{ "product": product, "quantity": "1" }, { "product": "PLAIN", "quantity": "2" }]);
        w.quote(format!("{product} beside another line"), &book, json!({ "lines": lines }));
    }
    w.0
}
