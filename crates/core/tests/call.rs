//! The calls in JSON: the same answers as the typed interface, and an example of every error.
#![cfg(test)]

use listino_core::call::{self, CallError, Verb, call_catalogue};
use listino_core::configure::Session;
use listino_core::quote::Request;
use listino_core::{Digest, DigestError, Engine, LoadError};
use serde_json::{Value, json};

const BOOK: &str = r#"{ "v": 1, "currency": "EUR", "customers": { "C": {} },
    "products": { "P": { "cost": "60" }, "Q": {}, "HIDDEN": {} },
    "price_lists": [{ "id": "base",
        "prices": { "P": [{ "price": "100" }, { "from": "20", "price": "95" }], "Q": "5" } }],
    "margins": [{ "id": "floor", "for": { "product": "P" }, "floor": "25" }] }"#;

const MODEL: &str = r#"{ "id": "bike", "price": "500", "cost": "300", "groups": [
    { "id": "frame", "options": [{ "id": "alu" }, { "id": "carbon", "price": "900", "cost": "400" }] },
    { "id": "brake", "options": [{ "id": "rim" }, { "id": "disc", "price": "100" }] }],
    "rules": [{ "id": "no-rim", "must": { "excludes": ["carbon", "rim"] } }] }"#;

fn engine() -> Engine {
    call::compile(BOOK.as_bytes()).unwrap()
}

fn request(product: &str, quantity: &str) -> Value {
    json!({ "v": 1, "date": "2026-01-31", "customer": "C",
            "lines": [{ "id": "a", "product": product, "quantity": quantity }] })
}

fn ask(verb: Verb, input: &Value) -> Result<Value, CallError> {
    let answer = engine().call(verb, input.to_string().as_bytes())?;
    Ok(serde_json::from_str(&answer).unwrap())
}

fn session() -> Session {
    call::configurator(MODEL.as_bytes(), "2026-01-31").unwrap().session()
}

fn step(session: &mut Session, input: &str) -> Result<Value, CallError> {
    Ok(serde_json::from_str(&call::step(session, input.as_bytes())?).unwrap())
}

#[test]
fn a_call_answers_with_the_bytes_of_the_typed_interface() {
    let text = request("P", "3").to_string();
    let typed = Request::from_json(&text).unwrap();
    let engine = engine();
    let call = |verb| engine.call(verb, text.as_bytes()).unwrap();
    assert_eq!(call(Verb::Quote), engine.quote(&typed).unwrap().to_json());
    assert_eq!(call(Verb::Explain), engine.explain(&typed).unwrap().to_json());
    let digests: Value = serde_json::from_str(&call(Verb::Digest)).unwrap();
    assert_eq!(digests["request"], typed.digest().to_string());
    assert_eq!(digests["book"], engine.digest().to_string());
    // The canonical bytes are what was hashed: any language can verify it.
    let canonical = typed.to_json();
    assert_eq!(Digest::of(canonical.as_bytes()), typed.digest());
    assert!(call(Verb::Digest).ends_with(&format!(r#""canonical":{canonical}}}"#)));
}

#[test]
fn a_digest_is_64_digits_in_lower_case() {
    let digits = Digest::of(b"abc").to_string();
    assert_eq!(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(digits.parse(), Ok(Digest::of(b"abc")));
    assert_eq!(json!(Digest::of(b"abc")), json!(digits));
    let long = format!("{digits}00");
    let foreign = digits.replace('b', "g");
    let wide = digits.replacen("ba", "à", 1);
    let [odd, short] = [1, 2].map(|less| digits.chars().skip(less).collect::<String>());
    for other in ["", &odd, &short, &long, &digits.to_uppercase(), &foreign, &wide] {
        assert_eq!(other.parse::<Digest>(), Err(DigestError), "{other}");
        assert!(serde_json::from_value::<Digest>(json!(other)).is_err(), "{other}");
    }
}

#[test]
fn one_line_says_what_its_quote_says() {
    let input = json!({ "customer": "C", "product": "P", "quantity": "3", "date": "2026-01-31" });
    let line = ask(Verb::Price, &input).unwrap();
    let quote = ask(Verb::Quote, &request("P", "3")).unwrap();
    let price = &quote["lines"][0]["price"];
    for field in ["price_list", "list_price", "unit_price", "total", "net", "cost"] {
        assert_eq!(line[field], price[field], "{field}");
    }
    assert_eq!(line["margin_percent"], price["margin"]["percent"]);
    assert_eq!(line["status"], quote["status"]);
}

#[test]
fn breaks_solutions_and_sentences_come_line_by_line() {
    let breaks = ask(Verb::NextBreaks, &request("P", "18")).unwrap();
    assert_eq!(breaks["next_breaks"][0]["more"], "2");
    assert_eq!(ask(Verb::NextBreaks, &request("Q", "1")).unwrap()["next_breaks"], json!([null]));
    for line in [Value::Null, json!("a"), json!("1")] {
        let mut input = json!({ "request": request("P", "10"), "goal": "keep_thresholds" });
        if !line.is_null() {
            input["line"] = line;
        }
        let solution = ask(Verb::Solve, &input).unwrap();
        assert_eq!(solution["concessions"][0]["amount"], "200");
    }
    let input = json!({ "request": request("P", "10"), "language": "it" });
    let told = ask(Verb::Sentences, &input).unwrap();
    assert_eq!(told["lines"][0]["steps"][0], "base lo quota 100,00 EUR per pc");
    assert!(told["lines"][0]["waterfall"].as_str().unwrap().contains("prezzo di listino"));
}

#[test]
fn a_quote_is_replayed_from_its_own_bytes() {
    let request = request("P", "3");
    let quote = ask(Verb::Quote, &request).unwrap();
    let input = json!({ "request": request, "quote": quote });
    assert_eq!(ask(Verb::Replay, &input).unwrap(), input["quote"]);
}

#[test]
fn a_session_is_configured_saved_and_taken_up_again() {
    let mut session = session();
    let standing = step(&mut session, r#"{ "choose": "carbon" }"#).unwrap();
    assert_eq!(standing["choices"], json!(["carbon"]));
    let states = step(&mut session, r#""states""#).unwrap();
    assert_eq!(states[2]["id"], "rim");
    assert_eq!(states[2]["can_choose"], "no");
    let why = step(&mut session, r#"{ "explain": { "option": "rim" } }"#).unwrap();
    assert_eq!(why["rules"][0]["id"], "no-rim");
    let whole = step(&mut session, r#""complete""#).unwrap();
    assert_eq!(
        whole,
        json!({ "options": ["carbon", "disc"], "price": "1500", "cost": "700", "margin": "800" })
    );
    let other = step(&mut session, r#"{ "restorations": { "option": "rim" } }"#).unwrap();
    assert_eq!(other[0]["give_up"][0], "carbon");
    let saved = call::step(&mut session, br#""save""#).unwrap();
    let (mut again, report) = call::resume(session.configurator(), saved.as_bytes()).unwrap();
    assert!(report.starts_with(r#"{"same_model":true,"kept":["carbon""#), "{report}");
    assert_eq!(call::step(&mut again, br#""save""#).unwrap(), saved);
    let restored = step(&mut again, r#"{ "restore": { "option": "rim" } }"#).unwrap();
    assert_eq!(restored["gave_up"][0], "carbon");
    assert_eq!(restored["choices"], json!(["rim"]));
    step(&mut again, r#"{ "undo": "rim" }"#).unwrap();
    assert_eq!(step(&mut again, r#""redo""#).unwrap()["choices"][0], "rim");
    step(&mut again, r#""undo_last""#).unwrap();
    let cheapest = step(&mut again, r#""cheapest""#).unwrap();
    assert_eq!((&cheapest["price"], &cheapest["proved"]), (&json!("500"), &json!(true)));
    assert_eq!(step(&mut again, r#""best_margin""#).unwrap()["options"], json!(["carbon", "disc"]));
    assert_eq!(step(&mut again, r#"{ "what_if": "alu" }"#).unwrap()["price"], "-900");
    assert_eq!(step(&mut again, r#"{ "leave_out": "alu" }"#).unwrap()["settled"], json!(true));
    assert_eq!(step(&mut again, r#"{ "state": "carbon" }"#).unwrap()["can_leave_out"], "no");
}

/// As many people as seats, each on one of their own: a puzzle that takes some steps.
fn seats(count: usize) -> String {
    let people = 0..count;
    let groups: Vec<Value> = people
        .clone()
        .map(|p| {
            let options: Vec<Value> =
                people.clone().map(|s| json!({ "id": format!("p{p}-s{s}") })).collect();
            json!({ "id": format!("p{p}"), "options": options })
        })
        .collect();
    let mut rules = Vec::new();
    for seat in people.clone() {
        for (a, b) in people.clone().flat_map(|a| (0..a).map(move |b| (a, b))) {
            let pair = [format!("p{a}-s{seat}"), format!("p{b}-s{seat}")];
            rules.push(json!({ "id": format!("r{seat}-{a}-{b}"), "must": { "excludes": pair } }));
        }
    }
    json!({ "id": "seats", "groups": groups, "rules": rules }).to_string()
}

/// An input for every code that a call can answer with.
fn failures() -> Vec<CallError> {
    let solve = |product: &str, quantity: &str, goal: Value, line: Option<&str>| {
        let mut input = json!({ "request": request(product, quantity), "goal": goal });
        if let Some(line) = line {
            input["line"] = json!(line);
        }
        ask(Verb::Solve, &input).unwrap_err()
    };
    let price = |customer: &str, product: &str| {
        let input = json!({ "customer": customer, "product": product, "quantity": "1", "date": "2026-01-31" });
        ask(Verb::Price, &input).unwrap_err()
    };
    let replay = |change: &dyn Fn(&mut Value, &mut Value)| {
        let mut request = request("P", "3");
        let mut quote = ask(Verb::Quote, &request).unwrap();
        change(&mut request, &mut quote);
        ask(Verb::Replay, &json!({ "request": request, "quote": quote })).unwrap_err()
    };
    let compiled = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = engine().to_bytes();
        change(&mut bytes);
        CallError::from(Engine::from_bytes(&bytes).unwrap_err())
    };
    let mut given_away = request("P", "1");
    given_away["discounts"] = json!([{ "amount": "50" }]);
    let broken = json!({ "request": given_away, "goal": "keep_thresholds" });
    let mut nothing = request("P", "1");
    nothing["lines"] = json!([]);
    let by_five = BOOK.replacen(
        "{",
        r#"{ "rounding": { "at": [{ "step": "line", "increment": "0.05" }, "tax", "total"] },"#,
        1,
    );
    let goal = json!({ "request": request("P", "1"), "goal": { "target_total": "90.02" } });
    let by_five = call::compile(by_five.as_bytes()).unwrap();
    let between_coins = by_five.call(Verb::Solve, goal.to_string().as_bytes()).unwrap_err();
    let model = |text: &str| call::configurator(text.as_bytes(), "2026-01-31");
    let asked = |text: &str, input: &str| {
        call::step(&mut model(text).unwrap().session(), input.as_bytes()).unwrap_err()
    };
    let rim_and_carbon = || {
        let mut session = session();
        step(&mut session, r#"{ "choose": "rim" }"#).unwrap();
        step(&mut session, r#"{ "choose": "carbon" }"#).unwrap_err()
    };
    let no_steps = || {
        let mut session = model(&seats(8)).unwrap().session();
        step(&mut session, r#"{ "set_steps": 1 }"#).unwrap();
        step(&mut session, r#""complete""#).unwrap_err()
    };
    let unpriced =
        r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a", "product": "X" }] }] }"#;
    let long = "9".repeat(28);
    let large = format!(
        r#"{{ "id": "m", "price": "{long}", "groups": [
            {{ "id": "g", "options": [{{ "id": "a", "price": "{long}" }}, {{ "id": "b", "price": "0.1" }}] }}] }}"#
    );
    vec![
        engine().call(Verb::Quote, b"{\"v\": \xff}").unwrap_err(),
        "haggle".parse::<Verb>().unwrap_err(),
        ask(Verb::Solve, &json!({ "request": request("P", "1") })).unwrap_err(),
        CallError::missing("engine"),
        CallError::internal("for the test"),
        price("NOBODY", "P"),
        price("C", "HIDDEN"),
        solve("HIDDEN", "1", json!("keep_thresholds"), None),
        solve("P", "1", json!("keep_thresholds"), Some("b")),
        ask(Verb::Solve, &broken).unwrap_err(),
        solve("P", "1", json!({ "target_total": "10" }), None),
        solve("P", "1", json!({ "target_total": "1000" }), None),
        solve("Q", "1", json!({ "target_margin": "10" }), None),
        solve("P", "1", json!({ "target_margin": "99.99999999999999999999999999" }), None),
        between_coins,
        solve("P", "1", json!({ "target_margin": "100" }), None),
        ask(Verb::Solve, &json!({ "request": nothing, "goal": { "target_margin": "24" } }))
            .unwrap_err(),
        replay(&|_, quote| quote["book"] = json!("0".repeat(64))),
        replay(&|request, _| request["id"] = json!("another")),
        replay(&|_, quote| quote["totals"]["payable"] = json!("1")),
        model(r#"{ "id": "m", "rules": [{ "id": "r", "must": { "requires": ["x", "y"] } }] }"#)
            .unwrap_err(),
        asked(MODEL, r#"{ "choose": "wood" }"#),
        rim_and_carbon(),
        no_steps(),
        asked(unpriced, r#""cheapest""#),
        asked(&large, r#""cheapest""#),
        asked(MODEL, r#"{ "parts": { "date": "2026-01-31" } }"#),
        listino_core::configure::PriceError::CostOfBill.into(),
        compiled(&|bytes| bytes.clear()),
        compiled(&|bytes| bytes[8] = 99),
        compiled(&|bytes| bytes.truncate(40)),
        LoadError::Contents { what: "book", part: "prices" }.into(),
        LoadError::Models.into(),
        CallError::columns([(
            "date".to_owned(),
            "there is no column `date`".to_owned(),
            "add it".to_owned(),
        )]),
        CallError::row(3, "no_price"),
        CallError::stream("connection lost"),
    ]
}

#[test]
fn every_code_of_a_call_has_an_example() {
    let found = failures();
    let codes: Vec<&str> = found.iter().map(CallError::code).collect();
    let known: Vec<&str> = call_catalogue().iter().map(|entry| entry.code).collect();
    assert_eq!(codes, known);
    for error in &found {
        assert!(!error.message().chars().next().unwrap().is_uppercase(), "{error}");
        assert!(error.help().is_some(), "{error}");
        let json: Value = serde_json::from_str(&error.to_json()).unwrap();
        assert_eq!(json["code"], error.code());
        assert_eq!(json.get("details").is_some(), error.details().is_some());
    }
    let page: String = found.iter().map(|error| format!("{}\n", error.to_json())).collect();
    insta::assert_snapshot!("call_errors", page);
}

#[test]
fn a_finding_says_where_it_is_in_the_input_of_the_call() {
    let mut bad = request("P", "1");
    bad["lines"][0]["colour"] = json!("red");
    let error =
        ask(Verb::Solve, &json!({ "request": bad, "goal": "keep_thresholds" })).unwrap_err();
    assert_eq!((error.code(), error.path()), ("Q0102", "/request/lines/0/colour"));
    assert_eq!(error.diagnostics()[0].path, "/request/lines/0/colour");
    let error = ask(Verb::Sentences, &json!({ "request": request("P", "1"), "language": "de" }));
    assert_eq!(error.unwrap_err().path(), "/language");
    let (old, new) = (engine(), engine());
    let input = json!({ "requests": [request("P", "1"), bad] }).to_string();
    let error = call::diff(&old, &new, input.as_bytes()).unwrap_err();
    assert_eq!(error.path(), "/requests/1/lines/0/colour");
}

#[test]
fn nothing_that_is_not_a_call_is_answered() {
    let engine = engine();
    for verb in Verb::ALL {
        for input in ["", "null", "[]", "{}", "{", "\u{0}", "{}{}", &"[".repeat(100_000)] {
            assert!(engine.call(verb, input.as_bytes()).is_err(), "{verb:?} {input:.20}");
        }
    }
    for input in ["", "null", "\"dance\"", "{}", r#"{"choose":"a","undo":"b"}"#] {
        assert!(call::step(&mut session(), input.as_bytes()).is_err(), "{input}");
    }
}
