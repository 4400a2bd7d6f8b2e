//! What the tables do not say: how the bicycle is sold. Invented.

use adventureworks::Result;
use listino_core::configure::{Expression, Item};
use serde_json::{Value, json};

/// The configured product, its model and the root of its bill of materials.
pub const ROOT: &str = "MTB-CUSTOM";

/// The three lines of parts that the tables call LL, ML and HL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// LL.
    Essential,
    /// ML.
    Sport,
    /// HL.
    Race,
}

impl Grade {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 3] = [Self::Essential, Self::Sport, Self::Race];

    /// What the tables call it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Essential => "LL",
            Self::Sport => "ML",
            Self::Race => "HL",
        }
    }

    /// What the customer calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Sport => "sport",
            Self::Race => "race",
        }
    }
}

/// A group of which one of three grades is chosen; with products where the grade is one part.
fn graded(id: &str, name: &str, products: Option<[&str; 3]>, hidden: bool) -> Value {
    let options: Vec<Value> = Grade::ALL
        .iter()
        .enumerate()
        .map(|(at, grade)| {
            let mut option = json!({ "id": format!("{id}-{}", grade.word()) });
            if let (Some(object), Some(products)) = (option.as_object_mut(), products) {
                object.insert("product".into(), products.get(at).copied().into());
                if hidden {
                    object.insert("hidden".into(), true.into());
                }
            }
            option
        })
        .collect();
    json!({ "id": id, "name": name, "options": options })
}

/// Columns of which all have the same grade.
fn same_grade(id: &str, text: &str, columns: &[&str]) -> Value {
    let rows: Vec<Vec<String>> = Grade::ALL
        .iter()
        .map(|grade| columns.iter().map(|column| format!("{column}-{}", grade.word())).collect())
        .collect();
    json!({ "id": id, "text": text, "columns": columns, "allow": rows })
}

fn sizes() -> Vec<Value> {
    [38, 40, 42, 44, 46, 48, 52]
        .iter()
        .map(|size| json!({ "id": format!("size-{size}"), "name": format!("{size} cm") }))
        .collect()
}

/// The book before the parts of the tables come in.
pub(crate) fn book() -> Value {
    let fixed: Vec<Value> = ["CH-0234", "FB-9873", "RB-9231", "FD-2342", "RD-2308"]
        .iter()
        .map(|part| json!({ "id": format!("part-{part}"), "product": part, "hidden": true }))
        .collect();
    json!({
        "v": 1,
        "name": "AdventureWorks Cycles, made to order",
        "currency": "USD",
        "customers": {
            "velo-nord": { "name": "Velo Nord", "cluster": "reseller", "region": "eu/de" },
            "alpine-cycle-works": { "name": "Alpine Cycle Works", "cluster": "reseller", "region": "us/co" },
            "shop": { "name": "Web shop", "region": "us" }
        },
        "products": {
            ROOT: { "name": "Mountain bike, made to order", "category": "bikes/mountain", "model": ROOT }
        },
        "price_lists": [{ "id": "base", "prices": { ROOT: "390" } }],
        "discounts": [
            { "id": "reseller", "stage": "cluster", "for": { "cluster": "reseller", "category": "bikes" },
              "percent": "22" },
            { "id": "three-bikes", "stage": "volume", "for": { "cluster": "reseller", "category": "bikes" },
              "quantity": { "from": "3" }, "percent": "3" }
        ],
        "margins": [
            { "id": "bikes", "for": { "category": "bikes" }, "target": "40", "floor": "30", "block": "15",
              "approvals": [{ "below": "35", "role": "sales-manager" }] }
        ],
        "models": [{
            "id": ROOT,
            "version": "2024-1",
            "groups": [
                { "id": "market", "name": "where it is ridden", "options": [
                    { "id": "eu", "name": "European Union" }, { "id": "us", "name": "United States" } ] },
                graded("frame", "frame", None, false),
                { "id": "size", "name": "frame size", "options": sizes() },
                { "id": "colour", "name": "colour", "options": [{ "id": "black" }, { "id": "silver" }] },
                graded("groupset", "groupset", None, false),
                graded("wheels", "wheels", None, false),
                graded("saddle", "saddle", Some(["SE-M236", "SE-M798", "SE-M940"]), false),
                graded("pedals", "pedals", Some(["PD-M282", "PD-M340", "PD-M562"]), false),
                { "id": "extras", "name": "extras", "choose": {}, "options": [
                    { "id": "headlight", "product": "LT-H903" },
                    { "id": "taillight", "product": "LT-T990" },
                    { "id": "fenders", "product": "FE-6654" },
                    { "id": "bottle-cage", "product": "BC-M005" },
                    { "id": "light-build", "name": "Light build, at most 6.5 kg", "price": "120", "cost": "30" } ] },
                graded("crankset", "crankset", Some(["CS-4759", "CS-6583", "CS-9183"]), true),
                graded("bottom-bracket", "bottom bracket", Some(["BB-7421", "BB-8107", "BB-9108"]), true),
                graded("front-wheel", "front wheel", Some(["FW-M423", "FW-M762", "FW-M928"]), true),
                graded("rear-wheel", "rear wheel", Some(["RW-M423", "RW-M762", "RW-M928"]), true),
                graded("headset", "headset", Some(["HS-0296", "HS-2451", "HS-3479"]), true),
                graded("handlebars", "handlebars", Some(["HB-M243", "HB-M763", "HB-M918"]), true),
                { "id": "always", "name": "on every bicycle", "choose": { "min": 5, "max": 5 }, "options": fixed }
            ],
            "tables": [
                same_grade("drive", "what a groupset consists of", &["groupset", "crankset", "bottom-bracket"]),
                same_grade("wheelset", "what a pair of wheels consists of", &["wheels", "front-wheel", "rear-wheel"]),
                same_grade("cockpit", "what fits the frame", &["frame", "headset", "handlebars"])
            ],
            "rules": [
                { "id": "eu-lights", "text": "in the European Union a bicycle is sold with lights",
                  "must": { "requires": ["eu", { "all": ["headlight", "taillight"] }] } },
                { "id": "us-reflectors", "text": "pedals for the United States have reflectors, the race pedals have none",
                  "must": { "excludes": ["us", "pedals-race"] } },
                { "id": "hubs", "text": "the hubs of the race wheels do not fit the fork of the essential frame",
                  "must": { "excludes": ["wheels-race", "frame-essential"] } },
                { "id": "toe-room", "text": "on the smallest frame the toes would touch the fender",
                  "must": { "excludes": ["size-38", "fenders"] } },
                { "id": "weight", "text": "a light build weighs at most 6.5 kg",
                  "must": { "requires": ["light-build", { "sum": { "attribute": "grams", "at_most": "6500" } }] } }
            ],
            "defaults": [
                { "option": "eu" }, { "option": "black" },
                { "option": "groupset-race", "when": "light-build" }, { "option": "wheels-race", "when": "light-build" },
                { "option": "groupset-sport" }, { "option": "wheels-sport" },
                { "option": "saddle-sport" }, { "option": "pedals-sport" }
            ],
            "price_tables": [
                { "id": "matched-set", "columns": ["groupset", "wheels"],
                  "rows": [{ "cells": ["groupset-race", "wheels-race"], "price": "-60" }] }
            ]
        }]
    })
}

/// The weights that the tables leave out, in grams; wheels are those of a whole wheel.
pub(crate) fn grams(number: &str) -> Option<i64> {
    Some(match number {
        "SE-M236" => 390,
        "SE-M798" => 310,
        "SE-M940" => 230,
        "FW-M423" => 1_240,
        "FW-M762" => 1_080,
        "FW-M928" => 890,
        "RW-M423" => 1_420,
        "RW-M762" => 1_260,
        "RW-M928" => 1_050,
        "HB-M243" => 380,
        "HB-M763" => 320,
        "HB-M918" => 260,
        "HS-0296" | "HS-2451" | "HS-3479" => 110,
        "CH-0234" => 280,
        "LT-H903" => 140,
        "LT-T990" => 60,
        "FE-6654" => 410,
        "BC-M005" => 45,
        _ => return None,
    })
}

/// A saddle comes with its post: in the bill of materials it is the assembly that holds it.
pub(crate) fn assembled_as(number: &str) -> Option<&'static str> {
    match number {
        "SE-M236" => Some("SA-M198"),
        "SE-M798" => Some("SA-M237"),
        "SE-M940" => Some("SA-M687"),
        _ => None,
    }
}

/// The work of putting it together, by the minute, and how many minutes it takes.
pub(crate) fn work() -> Result<(Item, Expression)> {
    let item = Item {
        id: "WORK".to_owned(),
        name: Some("Assembly and test ride".to_owned()),
        unit: Some("min".to_owned()),
        cost: Some("0.85".parse()?),
        ..Item::default()
    };
    let extras = ["headlight", "taillight", "fenders", "bottle-cage"];
    Ok((item, crate::minutes(90, 6, &extras)))
}
