//! The calls around the quote: one line, sentences, next breaks, solver, replay, comparison, check.

use serde_json::{Value, json};

use super::{Writer, lines, one, request};
use crate::{Case, Family};

pub(super) fn family() -> Family {
    let mut w = Writer::new("calls", "the calls around the quote, and how they refuse");
    let shop = |price: &str| {
        json!({
            "name": "Spring", "units": { "set": {} }, "customers": { "C": { "name": "Rossi <& Figli>", "cluster": "reseller" }, "N": {} },
            "products": {
                "FRAME": { "category": "frames", "cost": "310" }, "WHEEL": { "category": "wheels", "cost": "55.90", "units": { "set": "2" } },
                "TYRE": { "cost": "11.2" }, "SADDLE": {} },
            "price_lists": [{ "id": "base", "prices": { "FRAME": [{ "price": price }, { "from": "10", "price": "495" }],
                "WHEEL": "96.50", "TYRE": [{ "price": "19.90" }, { "from": "50", "price": "17.50" }] } },
                { "id": "promo", "priority": 1, "valid": { "from": "2026-06-01" }, "prices": { "FRAME": "400" } }],
            "discounts": [{ "id": "reseller", "stage": "cluster", "for": { "cluster": "reseller" }, "percent": "10" },
                          { "id": "autumn", "stage": "promotion", "valid": { "from": "2026-09-01", "to": "2026-11-30" }, "percent": "5" },
                          { "id": "ten-wheels", "stage": "volume", "for": { "product": "WHEEL" }, "quantity": { "from": "10" }, "percent": "3" }],
            "margins": [{ "id": "house", "floor": "20", "target": "25", "approvals": [{ "below": "22", "role": "sales-manager" }] }],
            "tax": { "rates": [{ "category": "S", "percent": "22" }] } })
    };
    let book = w.book("shop", shop("520"));
    let other = w.book("next-year", shop("535"));
    let offer = request(json!({ "id": "offer-1", "lines": [
        { "id": "frames", "product": "FRAME", "quantity": "8" }, { "id": "wheels", "product": "WHEEL", "quantity": "4", "unit": "set" },
        { "product": "TYRE", "quantity": "48" }] }));
    let nothing = request(json!({ "lines": [] }));
    let broken = request(
        json!({ "lines": [{ "product": "FRAME", "quantity": "1", "discounts": [{ "percent": "60" }] }] }),
    );
    let refused = request(one("SADDLE", "1"));
    for (name, request) in
        [("offer", &offer), ("nothing", &nothing), ("broken", &broken), ("refused", &refused)]
    {
        for call in ["quote", "explain", "next_breaks", "digest"] {
            w.case(format!("{name}: {call}"), call, &book, request);
        }
        for language in ["en", "it"] {
            let input = json!({ "request": request, "language": language });
            w.case(format!("{name}: sentences in {language}"), "sentences", &book, &input);
        }
        for (goal, input) in [
            ("keep", json!("keep_thresholds")),
            ("total", json!({ "target_total": "4000" })),
            ("total too low", json!({ "target_total": "100" })),
            ("total above", json!({ "target_total": "99999" })),
            ("margin", json!({ "target_margin": "24" })),
            ("surcharge", json!({ "target_margin": "60" })),
            ("impossible", json!({ "target_margin": "100" })),
            ("too many digits", json!({ "target_margin": "99.99999999999999999999999999" })),
        ] {
            w.case(
                format!("{name}: solve, {goal}"),
                "solve",
                &book,
                &json!({ "request": request, "goal": input }),
            );
        }
    }
    let costless = w.book(
        "costless",
        json!({ "products": { "P": {} }, "price_lists": super::base(json!({ "P": "10" })) }),
    );
    let input = json!({ "request": request(one("P", "1")), "goal": { "target_margin": "10" } });
    w.case("solve without a cost".to_owned(), "solve", &costless, &input);
    let by_five = w.book(
        "by-five",
        json!({ "products": { "P": {} }, "price_lists": super::base(json!({ "P": "10" })),
            "rounding": { "at": [{ "step": "line", "increment": "0.05" }, "tax", "total"] } }),
    );
    let input = json!({ "request": request(one("P", "1")), "goal": { "target_total": "9.02" } });
    w.case("solve a total between two coins".to_owned(), "solve", &by_five, &input);
    for line in ["frames", "3", "0", "wheel"] {
        let input = json!({ "request": offer, "goal": "keep_thresholds", "line": line });
        w.case(format!("solve line {line}"), "solve", &book, &input);
    }
    one_line(&mut w, &book);
    refusals(&mut w, &book, &offer);
    for (name, requests) in [
        ("one", json!([offer])),
        ("many", json!([offer, refused, nothing, offer])),
        ("none", json!([])),
        ("bad", json!([offer, { "v": 1 }])),
    ] {
        w.case(
            format!("compare books over {name}"),
            "diff",
            &book,
            &json!({ "requests": requests }),
        );
        if let Some(case) = w.0.cases.last_mut() {
            case.other = Some(other.clone());
        }
    }
    for book in [&book, &other] {
        for call in ["check", "compile"] {
            w.0.cases.push(Case {
                name: format!("{call} {book}"),
                call: call.to_owned(),
                book: Some(book.clone()),
                other: None,
                model: None,
                date: None,
                input: None,
                steps: Vec::new(),
                outcome: None,
            });
        }
    }
    replays(w.0, &offer)
}

fn one_line(w: &mut Writer, book: &str) {
    let query =
        json!({ "customer": "C", "product": "FRAME", "quantity": "8", "date": "2026-03-15" });
    for (name, more) in [
        ("plain", json!({})),
        ("tier", json!({ "quantity": "10" })),
        ("return", json!({ "quantity": "-2" })),
        ("unit", json!({ "product": "WHEEL", "unit": "set", "quantity": "5" })),
        ("unknown unit", json!({ "unit": "set" })),
        ("unknown customer", json!({ "customer": "X" })),
        ("unknown product", json!({ "product": "X" })),
        ("no price", json!({ "product": "SADDLE" })),
        ("zero", json!({ "quantity": "0" })),
        ("later", json!({ "date": "2026-06-01" })),
        ("currency without a rate", json!({ "currency": "USD" })),
        ("channel", json!({ "channel": "web" })),
        ("a quantity that is a number", json!({ "quantity": 8 })),
        ("a date that does not exist", json!({ "date": "2026-02-29" })),
        ("an unknown field", json!({ "colour": "red" })),
    ] {
        let mut input = query.clone();
        super::over(&mut input, more);
        w.case(format!("price: {name}"), "price", book, &input);
    }
}

fn refusals(w: &mut Writer, book: &str, offer: &Value) {
    for call in
        ["quote", "sentences", "price", "next_breaks", "solve", "replay", "digest", "haggle"]
    {
        for (name, input) in [
            ("nothing", ""),
            ("null", "null"),
            ("a list", "[]"),
            ("the beginning", "{\"v\":"),
            ("too much", "{} {}"),
        ] {
            w.text(format!("{call} of {name}"), call, book, input.to_owned());
        }
    }
    w.case(
        "sentences in no language".to_owned(),
        "sentences",
        book,
        &json!({ "request": offer, "language": "tlh" }),
    );
    w.case("solve without a goal".to_owned(), "solve", book, &json!({ "request": offer }));
    w.case(
        "solve for an unknown goal".to_owned(),
        "solve",
        book,
        &json!({ "request": offer, "goal": "win" }),
    );
    let mut twice = offer.to_string();
    twice.insert_str(1, "\"v\":1,");
    w.text("a key that stands twice".to_owned(), "quote", book, twice);
    let mut strange = offer.clone();
    strange["customer"] = json!("\u{e8}\u{1f6b2} \"quoted\" \\ / ~");
    w.case("an id of strange signs".to_owned(), "quote", book, &strange);
    let described = json!({ "name": "a visitor", "cluster": "reseller/gold" });
    let mut visitor = offer.clone();
    visitor["customer"] = described;
    w.case("a customer that the request describes".to_owned(), "quote", book, &visitor);
    w.quote("twenty lines", book, json!({ "lines": lines(&[("TYRE", "3"); 20]) }));
}

/// Quotes of now, asked for again: unchanged, changed, of another book, of another request.
fn replays(family: Family, offer: &Value) -> Family {
    let quoted = Family { cases: family.cases.iter().take(1).cloned().collect(), ..family.clone() }
        .answered();
    let Some(crate::Outcome::Answer(answer)) =
        quoted.cases.first().and_then(|c| c.outcome.as_ref())
    else {
        panic!("the offer has no quote: {:?}", quoted.cases);
    };
    let quote: Value = serde_json::from_str(answer).expect("JSON");
    let mut w = Writer(family);
    let zero = "0".repeat(64);
    for (name, change) in [
        ("unchanged", json!({})),
        ("of another book", json!({ "book": zero })),
        ("of another request", json!({ "request": zero })),
        ("of another digest", json!({ "digest": zero })),
        ("of another status", json!({ "status": "ok" })),
        ("of no form", json!({ "status": "fine" })),
    ] {
        let mut quote = quote.clone();
        super::over(&mut quote, change);
        w.case(
            format!("replay of a quote {name}"),
            "replay",
            "shop",
            &json!({ "request": offer, "quote": quote }),
        );
    }
    let tiers = |basis: &str, from: &str| json!([{ "id": "base", "scale": { "basis": basis }, "prices": { "P": [{ "price": "10" }, { "from": from, "price": "8" }] } }]);
    for (name, book) in [
        ("value", json!({ "products": { "P": {} }, "price_lists": tiers("value", "95") })),
        (
            "packs",
            json!({ "products": { "P": { "packs": "6" } }, "price_lists": tiers("quantity", "10") }),
        ),
        (
            "surcharge",
            json!({ "products": { "P": {} }, "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
                "discounts": [{ "id": "few", "stage": "promotion", "quantity": { "below": "10" }, "percent": "-5" }] }),
        ),
    ] {
        let book = w.book(&format!("break-{name}"), book);
        w.case(format!("{name}: next breaks"), "next_breaks", &book, &request(one("P", "6")));
    }
    w.0
}
