//! Sessions: choices, what they rule out, why, what to give up, what it costs, what it is made of.

use serde_json::{Value, json};

use super::Writer;
use crate::Family;

pub(super) fn family() -> Family {
    let mut w = Writer::new(
        "configure",
        "a customer choosing: the bike, a puzzle, and models that are wrong",
    );
    let bike = bike();
    w.0.models.insert("bike".to_owned(), bike.to_string());
    let all = ["alu", "carbon", "rim", "disc", "bell", "light", "rack"];
    for option in all {
        for chosen in [true, false] {
            let decide =
                if chosen { json!({ "choose": option }) } else { json!({ "leave_out": option }) };
            w.session(
                &format!("{} {option}", if chosen { "choose" } else { "leave out" }),
                "bike",
                "2026-03-15",
                &[
                    decide,
                    json!("states"),
                    json!("complete"),
                    json!("cheapest"),
                    json!("best_margin"),
                    json!({ "parts": { "date": "2026-03-15", "quantity": "3" } }),
                    json!("save"),
                ],
            );
        }
        for first in all.into_iter().filter(|first| *first != option) {
            w.session(
                &format!("{first}, then {option}"),
                "bike",
                "2026-03-15",
                &[
                    json!({ "choose": first }),
                    json!({ "choose": option }),
                    json!({ "explain": { "option": option } }),
                    json!({ "restorations": { "option": option } }),
                    json!({ "what_if": option }),
                    json!({ "state": option }),
                ],
            );
        }
    }
    w.session(
        "a day on which the rack is not sold",
        "bike",
        "2027-01-01",
        &[json!("groups"), json!("states"), json!({ "choose": "rack" })],
    );
    w.session(
        "back and forth",
        "bike",
        "2026-03-15",
        &[
            json!({ "choose": "carbon" }),
            json!({ "choose": "bell" }),
            json!({ "undo": "carbon" }),
            json!("redo"),
            json!("undo_last"),
            json!("undo_last"),
            json!("undo_last"),
            json!({ "choose": "rim" }),
            json!({ "restore": { "option": "carbon" } }),
            json!("save"),
        ],
    );
    w.session(
        "words that are none",
        "bike",
        "2026-03-15",
        &[
            json!("dance"),
            json!({ "choose": "wings" }),
            json!({ "choose": ["alu"] }),
            json!({}),
            json!(null),
            json!({ "explain": { "option": "wings" } }),
            json!({ "parts": {} }),
            json!({ "parts": { "date": "2026-03-15", "quantity": "-1" } }),
        ],
    );
    puzzle(&mut w);
    for (name, model) in [
        (
            "no-such-option",
            json!({ "id": "m", "rules": [{ "id": "r", "must": { "requires": ["x", "y"] } }] }),
        ),
        (
            "void",
            json!({ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }] }], "rules": [{ "id": "never", "text": "nobody may have it", "must": { "not": "a" } }] }),
        ),
        (
            "unpriced",
            json!({ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a", "product": "X" }] }] }),
        ),
        (
            "too-long",
            json!({ "id": "m", "price": "9".repeat(28), "groups": [{ "id": "g", "options": [{ "id": "a", "price": "9".repeat(28) }, { "id": "b", "price": "0.1" }] }] }),
        ),
        ("no-model", json!({ "groups": [] })),
        (
            "no-bill",
            json!({ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }] }] }),
        ),
    ] {
        w.0.models.insert(name.to_owned(), model.to_string());
        w.session(
            name,
            name,
            "2026-03-15",
            &[
                json!("states"),
                json!("complete"),
                json!("cheapest"),
                json!({ "choose": "a" }),
                json!({ "parts": { "date": "2026-03-15" } }),
            ],
        );
    }
    w.session("no date", "no-bill", "2026-02-30", &[]);
    w.0
}

/// As many people as seats: nothing follows at once, everything in the end.
fn puzzle(w: &mut Writer) {
    let people = 0..8;
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
            rules.push(json!({ "id": format!("s{seat}-{b}-{a}"), "must": { "excludes": pair } }));
        }
    }
    w.0.models.insert(
        "seats".to_owned(),
        json!({ "id": "seats", "groups": groups, "rules": rules }).to_string(),
    );
    let choose = |p: u32, s: u32| json!({ "choose": format!("p{p}-s{s}") });
    let mut steps: Vec<Value> = (0..7).map(|p| choose(p, (p * 3 + 1) % 8)).collect();
    steps.extend([
        choose(7, 0),
        json!({ "explain": { "option": "p7-s0" } }),
        json!("complete"),
        json!("save"),
    ]);
    w.session("eight people, eight seats", "seats", "2026-03-15", &steps);
    w.session(
        "one step of search is not enough",
        "seats",
        "2026-03-15",
        &[json!({ "set_steps": 1 }), json!("complete")],
    );
}

fn bike() -> Value {
    json!({ "id": "bike", "version": "3", "price": "500", "cost": "310.5",
        "groups": [
            { "id": "frame", "options": [{ "id": "alu", "price": "0" }, { "id": "carbon", "price": "899.99", "cost": "420" }] },
            { "id": "brake", "options": [{ "id": "rim" }, { "id": "disc", "price": "119.50", "cost": "60" }] },
            { "id": "extras", "choose": { "min": 0 }, "options": [
                { "id": "bell", "price": "9.90", "cost": "2" }, { "id": "light", "price": "39" },
                { "id": "rack", "price": "45", "cost": "20", "valid": { "to": "2026-12-31" } }] }],
        "rules": [
            { "id": "no-rim", "text": "carbon rims burn", "must": { "excludes": ["carbon", "rim"] } },
            { "id": "rack-needs-alu", "text": "a rack needs an alu frame", "must": { "requires": ["rack", "alu"] } },
            { "id": "dark", "text": "a light needs a bell", "must": { "requires": ["light", "bell"] } }],
        "defaults": [{ "option": "disc" }, { "option": "alu" }],
        "preferences": [{ "id": "loud", "prefer": "bell" }],
        "price_tables": [{ "id": "bundle", "columns": ["frame", "light"], "rows": [{ "cells": ["carbon", "yes"], "price": "-20" }] }],
        "bom": { "root": "bike",
            "items": [{ "id": "bike", "cost": "20" }, { "id": "wheel", "cost": "50" }, { "id": "spoke", "cost": "0.35" },
                      { "id": "brake-disc", "cost": "12" }, { "id": "carbon-frame", "cost": "420" }],
            "lines": [
                { "for": "bike", "item": "wheel", "quantity": "2" },
                { "for": "wheel", "item": "spoke", "quantity": "32", "scrap": "5" },
                { "for": "bike", "item": "brake-disc", "quantity": "2", "when": "disc" },
                { "for": "bike", "item": "carbon-frame", "when": "carbon" }] } })
}
