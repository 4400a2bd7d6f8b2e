//! Sections 1 to 3 of `docs/PRICING.md`: numbers, scopes, list prices.

use serde_json::{Value, json};

use super::{Writer, base, one, products, request};
use crate::Family;

pub(super) fn all() -> Vec<Family> {
    vec![
        rounding(),
        scopes(),
        candidates(),
        merge(),
        tiers(),
        across(),
        quantities(),
        visibility(),
        formulas(),
        currencies(),
    ]
}

/// Every mode at every step, with residues on both sides of zero.
fn rounding() -> Family {
    let mut w =
        Writer::new("s1-rounding", "PRICING 1: symmetric rounding, at the named steps only");
    for mode in ["half_up", "half_even", "half_down", "up", "down"] {
        for (step, at) in [
            ("unit", json!([{ "step": "unit", "digits": 2 }])),
            ("line", json!([{ "step": "line", "digits": 1 }])),
            ("discount", json!(["discount", "line"])),
            ("nickel", json!([{ "step": "line", "increment": "0.05" }])),
        ] {
            let book = w.book(
                &format!("{mode}-{step}"),
                json!({ "products": products(&["A", "B"]),
                    "price_lists": base(json!({ "A": "2.455", "B": "0.125" })),
                    "rounding": { "mode": mode, "at": at },
                    "discounts": [{ "id": "d", "stage": "cluster", "percent": "10", "for": { "product": "A" } }] }),
            );
            for (product, quantity) in
                [("A", "1"), ("A", "3"), ("A", "-3"), ("B", "1"), ("B", "-7")]
            {
                w.line(&book, product, quantity);
            }
        }
    }
    w.0
}

fn scopes() -> Family {
    let mut w = Writer::new("s2-scopes", "PRICING 2: the one `for`");
    let scopes: &[(&str, Value)] = &[
        ("everything", json!({})),
        ("cluster-above", json!({ "cluster": "reseller" })),
        ("cluster-exact", json!({ "cluster": "reseller/gold" })),
        ("cluster-below", json!({ "cluster": "reseller/gold/top" })),
        ("cluster-prefix", json!({ "cluster": "resell" })),
        ("region", json!({ "region": ["de", "it"] })),
        ("customer", json!({ "customer": "C" })),
        ("customer-parent", json!({ "customer": "G" })),
        ("account", json!({ "account": "G" })),
        ("account-self", json!({ "account": "C" })),
        ("contract", json!({ "contract": "K-1" })),
        ("segment", json!({ "segment": "public" })),
        ("channel", json!({ "channel": "web" })),
        ("product", json!({ "product": ["P", "Q"] })),
        ("category", json!({ "category": "bikes" })),
        ("category-not", json!({ "category": "bikes", "not": { "category": "bikes/kids" } })),
        ("attributes", json!({ "attributes": { "colour": ["red", "blue"] } })),
        ("attributes-two", json!({ "attributes": { "colour": "red", "size": "L" } })),
        ("two", json!({ "cluster": "reseller", "category": "bikes/kids" })),
        ("not-cluster", json!({ "not": { "cluster": "reseller", "region": "it" } })),
    ];
    for (name, scope) in scopes {
        let book = w.book(
            name,
            json!({
                "customers": {
                    "C": { "cluster": "reseller/gold", "region": "it/nord", "parent": "G",
                           "contracts": ["K-1"], "segments": ["public"] },
                    "G": { "cluster": "group" }, "N": {} },
                "products": { "P": { "category": "bikes/kids", "attributes": { "colour": "red", "size": "M" } },
                              "Q": { "category": "bikes" }, "R": { "attributes": { "colour": "blue", "size": "L" } } },
                "price_lists": base(json!({ "P": "100", "Q": "50", "R": "10" })),
                "discounts": [{ "id": "d", "stage": "cluster", "for": scope, "percent": "10" }] }),
        );
        for (customer, channel) in [("C", None), ("G", None), ("N", Some("web"))] {
            let mut fields = json!({ "customer": customer,
                "lines": super::lines(&[("P", "1"), ("Q", "1"), ("R", "1")]) });
            if let Some(channel) = channel {
                fields["channel"] = json!(channel);
            }
            w.quote(format!("{name}: {customer}"), &book, fields);
        }
    }
    w.0
}

fn candidates() -> Family {
    let mut w = Writer::new("s3-lists", "PRICING 3: which list prices a line");
    for strategy in ["priority", "most_specific", "lowest"] {
        for (name, fallthrough) in [("search", true), ("stop", false)] {
            let book = w.book(
                &format!("{strategy}-{name}"),
                json!({
                    "strategy": strategy,
                    "customers": { "C": { "cluster": "a/b", "region": "it/nord/mi", "contracts": ["K"] }, "N": {} },
                    "products": products(&["P", "Q", "R", "S"]),
                    "price_lists": [
                        { "id": "base", "priority": 9, "prices": { "P": "10", "Q": "20", "S": "1" } },
                        { "id": "cluster", "for": { "cluster": "a" }, "fallthrough": fallthrough,
                          "prices": { "P": "12", "Q": [{ "from": "5", "price": "15" }] } },
                        { "id": "region", "for": { "region": "it/nord" }, "prices": { "P": "11" } },
                        { "id": "contract", "for": { "contract": "K" }, "valid": { "from": "2026-06-01" },
                          "prices": { "P": "7" } },
                        { "id": "expired", "valid": { "to": "2026-01-31" }, "priority": 99, "prices": { "P": "1" } }] }),
            );
            for product in ["P", "Q", "R", "S"] {
                for customer in ["C", "N"] {
                    let mut fields = one(product, "2");
                    fields["customer"] = json!(customer);
                    w.quote(format!("{book}: {product} for {customer}"), &book, fields);
                }
            }
            for date in ["2026-01-31", "2026-02-01", "2026-05-31", "2026-06-01"] {
                let mut fields = one("P", "2");
                fields["date"] = json!(date);
                w.quote(format!("{book}: on {date}"), &book, fields);
            }
            w.case(format!("{book}: considered"), "explain", &book, &request(one("P", "2")));
        }
    }
    w.0
}

fn merge() -> Family {
    let mut w = Writer::new(
        "s3-merge",
        "PRICING 3: lists put together, tier by tier or product by product",
    );
    for merge in ["product", "tier"] {
        for lock in [false, true] {
            let book = w.book(
                &format!("{merge}-{lock}"),
                json!({ "merge": merge, "products": products(&["P"]),
                    "price_lists": [
                        { "id": "first", "priority": 2, "lock": lock, "prices": { "P": [{ "price": "10" }, { "from": "10", "price": "9" }] } },
                        { "id": "second", "prices": { "P": [{ "price": "99" }, { "from": "5", "price": "8" }, { "from": "10", "price": "7" }, { "from": "50", "price": "6" }] } }] }),
            );
            w.quantities(&book, "P", &["1", "4", "5", "9", "10", "49", "50", "-50"]);
        }
    }
    w.0
}

fn tiers() -> Family {
    let mut w = Writer::new("s31-tiers", "PRICING 3.1: tiers, their bounds and their modes");
    for mode in ["volume", "graduated", "package"] {
        for (kind, tiers) in [
            (
                "plain",
                json!([{ "price": "10" }, { "from": "10", "price": "8.5" }, { "from": "20", "price": "5" }]),
            ),
            (
                "flat",
                json!([{ "price": "10", "flat": "3" }, { "from": "10", "price": "8.5", "flat": "1.5" }, { "from": "20", "price": "0" }]),
            ),
        ] {
            let book = w.book(
                &format!("{mode}-{kind}"),
                json!({ "products": products(&["P"]),
                    "price_lists": [{ "id": "base", "scale": { "mode": mode }, "prices": { "P": [{ "tiers": tiers }] } }] }),
            );
            w.quantities(
                &book,
                "P",
                &["0.5", "1", "9.999", "10", "10.001", "19", "20", "21", "1000", "-10", "-25"],
            );
        }
    }
    for basis in ["value", "weight"] {
        let book = w.book(
            &format!("basis-{basis}"),
            json!({ "products": { "P": { "weight": "2.5" }, "N": {} },
                "price_lists": [{ "id": "base", "scale": { "basis": basis },
                    "prices": { "P": [{ "price": "10" }, { "from": "25", "price": "9" }, { "from": "100", "price": "8" }],
                                "N": [{ "price": "10" }, { "from": "100", "price": "8" }] } }] }),
        );
        w.quantities(&book, "P", &["1", "2", "3", "9", "10", "11", "39", "40", "-40"]);
        w.quantities(&book, "N", &["1", "10", "11"]);
    }
    for below in ["no_price", "first_tier", "fallthrough"] {
        let book = w.book(
            &format!("below-{below}"),
            json!({ "products": products(&["P"]),
                "price_lists": [
                    { "id": "large", "priority": 2, "below_first_tier": below, "prices": { "P": [{ "from": "10", "price": "8" }] } },
                    { "id": "small", "prices": { "P": "11" } }] }),
        );
        w.quantities(&book, "P", &["1", "9", "10", "-9", "-10"]);
    }
    w.0
}

fn across() -> Family {
    let mut w =
        Writer::new("s31-across", "PRICING 3.1: quantities of several lines count together");
    for basis in ["quantity", "value"] {
        let book = w.book(
            basis,
            json!({ "products": { "P": { "category": "tyres" }, "Q": { "category": "tyres" }, "R": {} },
                "mix_groups": { "tyres": { "category": "tyres" } },
                "price_lists": [{ "id": "base", "scale": { "basis": basis, "across": "tyres" },
                    "prices": { "P": [{ "price": "10" }, { "from": "20", "price": "9" }],
                                "Q": [{ "price": "5" }, { "from": "20", "price": "4" }] } },
                    { "id": "rest", "prices": { "R": "1" } }] }),
        );
        for (p, q) in [("1", "1"), ("10", "9"), ("10", "10"), ("1", "2"), ("1", "3"), ("-10", "10")]
        {
            let lines = super::lines(&[("P", p), ("R", "50"), ("Q", q)]);
            w.quote(format!("{basis}: {p} and {q}"), &book, json!({ "lines": lines }));
        }
    }
    w.0
}

fn quantities() -> Family {
    let mut w =
        Writer::new("s32-quantities", "PRICING 3.2: what may be ordered, and the nearest that may");
    let book = w.book(
        "shop",
        json!({
            "units": { "pc": { "digits": 0 }, "kg": { "digits": 3 }, "box": { "digits": 0 } },
            "products": {
                "MULTIPLE": { "min_quantity": "6", "multiple": "4", "units": { "box": "12" } },
                "PACKS": { "packs": ["6", "10"] },
                "WEIGHED": { "unit": "kg", "min_quantity": "0.250", "units": { "pc": "1/3" } } },
            "price_lists": base(json!({ "MULTIPLE": "1.99", "PACKS": "3", "WEIGHED": "12.40" })) }),
    );
    w.quantities(
        &book,
        "MULTIPLE",
        &["0", "1", "4", "6", "6.5", "8", "10", "1000001", "-3", "-0.5"],
    );
    w.quantities(&book, "PACKS", &["1", "6", "10", "12", "13", "20", "25", "-1"]);
    w.quantities(&book, "WEIGHED", &["0.1", "0.25", "0.2505", "1.234", "-0.001"]);
    for (product, unit, quantity) in [
        ("MULTIPLE", "box", "1"),
        ("MULTIPLE", "box", "0.5"),
        ("WEIGHED", "pc", "3"),
        ("WEIGHED", "pc", "1"),
        ("PACKS", "box", "1"),
        ("NOTHING", "pc", "1"),
    ] {
        let fields =
            json!({ "lines": [{ "product": product, "unit": unit, "quantity": quantity }] });
        w.quote(format!("{quantity} {unit} of {product}"), &book, fields);
    }
    w.0
}

fn visibility() -> Family {
    let mut w = Writer::new("s33-visibility", "PRICING 3.3: who sees what");
    let book = w.book(
        "shop",
        json!({ "customers": { "C": { "segments": ["trade"] }, "N": {} },
            "products": { "P": { "category": "spare" }, "Q": { "category": "spare/secret" }, "R": {} },
            "visibility": [
                { "id": "spares", "for": { "category": "spare" }, "visible": false },
                { "id": "trade", "for": { "category": "spare", "segment": "trade" }, "visible": true },
                { "id": "secret", "for": { "category": "spare/secret", "segment": "trade" }, "visible": false, "valid": { "to": "2026-12-31" } }],
            "price_lists": base(json!({ "P": "1", "Q": "2", "R": "3" })) }),
    );
    for customer in ["C", "N"] {
        for date in ["2026-03-15", "2027-01-01"] {
            let lines = super::lines(&[("P", "1"), ("Q", "0"), ("R", "1")]);
            let fields = json!({ "customer": customer, "date": date, "lines": lines });
            w.quote(format!("{customer} on {date}"), &book, fields);
        }
    }
    w.0
}

fn formulas() -> Family {
    let mut w = Writer::new("s34-formulas", "PRICING 3.4: prices that are computed");
    let formulas = [
        ("markup", json!({ "base": "cost", "percent": "50" })),
        ("ending", json!({ "base": "cost", "percent": "50", "round_to": "1", "ending": "-0.01" })),
        (
            "nearest",
            json!({ "base": "cost", "percent": "33.3", "round_to": "0.05", "round_mode": "up" }),
        ),
        ("surcharge", json!({ "base": "cost", "percent": "10", "surcharge": "2.5" })),
        ("floor", json!({ "base": "cost", "floor": "9", "ceiling": "12" })),
        ("ceiling", json!({ "base": "cost", "percent": "900", "max_markup": "100" })),
        ("min-markup", json!({ "base": "cost", "min_markup": "20" })),
        ("list", json!({ "base": { "list": "catalogue" }, "percent": "-12.5" })),
    ];
    for (name, formula) in formulas {
        let book = w.book(
            name,
            json!({ "products": { "P": { "cost": "7.30" }, "Q": { "cost": "0" }, "R": {}, "X": { "cost": "1" } },
                "price_lists": [
                    { "id": "computed", "priority": 2, "formula": formula, "prices": { "X": "5" } },
                    { "id": "catalogue", "prices": { "P": [{ "price": "20" }, { "from": "10", "price": "18" }], "Q": "1" } }] }),
        );
        for product in ["P", "Q", "R", "X"] {
            w.line(&book, product, "3");
        }
        w.quantities(&book, "P", &["10", "-10"]);
    }
    let book = w.book(
        "share",
        json!({ "products": { "P": { "category": "hardware" }, "Q": {}, "CARE": {} },
            "price_lists": [
                { "id": "base", "prices": { "P": "99.99", "Q": "10" } },
                { "id": "care", "for": { "product": "CARE" }, "formula": { "base": { "lines": { "category": "hardware" } }, "percent": "18" } }] }),
    );
    for (care, p) in [("1", "1"), ("1", "3"), ("-1", "3"), ("5", "-3")] {
        let lines = super::lines(&[("CARE", care), ("P", p), ("Q", "4")]);
        w.quote(format!("share: {care} of {p}"), &book, json!({ "lines": lines }));
    }
    w.line("share", "CARE", "1");
    w.0
}

fn currencies() -> Family {
    let mut w =
        Writer::new("s3-currencies", "PRICING 3: currencies, minor units and exchange rates");
    let book = w.book(
        "world",
        json!({
            "customers": { "C": {}, "J": { "currency": "JPY" }, "K": { "currency": "KWD" } },
            "exchange_rates": [
                { "from": "EUR", "to": "USD", "rate": "1.0837", "valid": { "to": "2026-06-30" } },
                { "from": "EUR", "to": "JPY", "rate": "163.45" },
                { "from": "EUR", "to": "KWD", "rate": "0.3331" }],
            "products": { "P": { "cost": "6.1" }, "Q": {} },
            "price_lists": [
                { "id": "eur", "prices": { "P": "9.99" } },
                { "id": "usd", "currency": "USD", "prices": { "Q": "1.50" } },
                { "id": "jpy", "currency": "JPY", "formula": { "base": { "list": "eur" }, "round_to": "10" } },
                { "id": "kwd", "currency": "KWD", "formula": { "base": { "list": "eur" } } },
                { "id": "usd-formula", "priority": -1, "currency": "USD", "formula": { "base": { "list": "eur" } } }],
            "discounts": [{ "id": "one-off", "stage": "promotion", "line_amount": "1" }] }),
    );
    for (customer, currency) in [
        ("C", None),
        ("C", Some("USD")),
        ("C", Some("JPY")),
        ("C", Some("KWD")),
        ("C", Some("CHF")),
        ("J", None),
        ("K", None),
        ("K", Some("EUR")),
    ] {
        for date in ["2026-03-15", "2026-07-01"] {
            for (product, quantity) in [("P", "3"), ("Q", "7")] {
                let mut fields = one(product, quantity);
                fields["customer"] = json!(customer);
                fields["date"] = json!(date);
                if let Some(currency) = currency {
                    fields["currency"] = json!(currency);
                }
                let name = format!("{customer} {} {product} {date}", currency.unwrap_or("own"));
                w.quote(name, &book, fields);
            }
        }
    }
    w.0
}
