//! Products as people write them: groups, assemblies, tables, sums, prices, parts, checks.
#![cfg(test)]

use listino_core::calendar::Date;
use listino_core::configure::{
    Answer, BlobError, Bom, BomGraph, ChoiceError, Configurator, FindingKind, Limits, Model,
    ModelProblem, Origin, PriceError, ProductPrice, SavedSession,
};
use listino_core::money::Amount;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn model(json: &str) -> Model {
    serde_json::from_str(json).unwrap()
}

fn compile(json: &str) -> Configurator {
    Configurator::compile(&model(json), date("2024-05-01")).unwrap()
}

fn problems(json: &str) -> Vec<ModelProblem> {
    let errors = Configurator::compile(&model(json), date("2024-05-01")).unwrap_err();
    errors.iter().map(|error| error.problem().clone()).collect()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

const BIKE: &str = r#"{
    "id": "bike", "version": "1", "price": "1000", "cost": "600",
    "groups": [
        { "id": "frame", "options": [
            { "id": "alu", "attributes": { "grams": "1800" } },
            { "id": "carbon", "price": "900", "cost": "500", "attributes": { "grams": "1100" } },
            { "id": "titan", "price": "1400", "cost": "900", "attributes": { "grams": "1400" },
              "valid": { "to": "2023-12-31" } }
        ] },
        { "id": "colour", "options": [{ "id": "red" }, { "id": "black" }, { "id": "raw" }] },
        { "id": "lights", "choose": { "max": 2 }, "options": [
            { "id": "front", "price": "40", "cost": "15", "attributes": { "grams": "120", "used": "6" } },
            { "id": "rear", "price": "25", "cost": "9", "attributes": { "grams": "60", "used": "2" } },
            { "id": "daylight", "product": "DL-1", "attributes": { "grams": "90", "used": "3" } }
        ] },
        { "id": "dynamo", "choose": { "max": 1 }, "options": [
            { "id": "hub-dynamo", "price": "90", "cost": "50", "attributes": { "grams": "400", "supplied": "6.5" } }
        ] },
        { "id": "finish", "for": "carbon", "options": [{ "id": "matt" }, { "id": "gloss", "price": "35" }] }
    ],
    "rules": [
        { "id": "power", "text": "lights need power",
          "must": { "sum": { "attribute": "used", "less": "supplied", "at_most": "0" } } },
        { "id": "light-bike", "must": { "sum": { "attribute": "grams", "at_most": "2000" } } },
        { "id": "old", "valid": { "to": "2020-01-01" }, "must": { "not": "carbon" } }
    ],
    "tables": [
        { "id": "paint", "text": "what is painted how", "columns": ["frame", "colour"],
          "allow": [["alu", "red"], ["alu", "black"], ["carbon", "black"], ["carbon", "raw"], ["titan", "raw"]] },
        { "id": "no-matt-red", "columns": ["finish", "lights-on", "colour"],
          "forbid": [["matt", "yes", "black"]] }
    ],
    "defaults": [{ "option": "carbon" }, { "option": "gloss", "when": "carbon" }],
    "preferences": [{ "id": "dark", "prefer": "black" }],
    "price_tables": [
        { "id": "combined", "columns": ["frame", "colour"],
          "rows": [{ "cells": ["carbon", "raw"], "price": "-50" }, { "cells": ["*", "red"], "price": "10" }] }
    ]
}"#;

fn bike() -> String {
    // The table speaks of an option of its own.
    BIKE.replace(
        r#"{ "id": "finish", "for""#,
        r#"{ "id": "extras", "choose": {}, "options": [{ "id": "lights-on" }] },
           { "id": "finish", "for""#,
    )
}

#[test]
fn a_product_is_configured_priced_and_explained() {
    let configurator = compile(&bike());
    let mut session = configurator.session();
    assert_eq!(session.state("titan").unwrap().can_choose, Answer::No);
    let why = session.explain("titan", true).unwrap().unwrap();
    assert_eq!(why.to_string(), "`titan` cannot be chosen: `titan` is offered until 2023-12-31");
    let carbon = session.state("carbon").unwrap().decision.unwrap();
    assert!(carbon.chosen && carbon.origin == Origin::Default);

    session.choose("front").unwrap();
    let dynamo = session.state("hub-dynamo").unwrap().decision.unwrap();
    assert!(dynamo.chosen && dynamo.origin == Origin::Inferred);
    // 1800 g + 120 g + 400 g are too much.
    let refusal = session.choose("alu").unwrap_err();
    let ChoiceError::Refused(why) = refusal else { panic!("{refusal}") };
    assert_eq!(why.choices()[0].option, "front");
    let rules: Vec<&str> = why.rules().iter().map(|rule| rule.id()).collect();
    assert!(rules.contains(&"light-bike") && rules.contains(&"power"), "{why}");

    session.choose("raw").unwrap();
    let complete = session.complete().unwrap();
    let chosen: Vec<&str> = complete.options().collect();
    assert_eq!(chosen, ["carbon", "raw", "front", "hub-dynamo", "gloss"]);
    assert!(
        matches!(session.total(&complete), Err(PriceError::Unpriced(product)) if product == "DL-1")
    );
    let daylight = ProductPrice { price: amount("55"), cost: Some(amount("20")) };
    session.set_prices(&|product| (product == "DL-1").then_some(daylight));
    let total = session.total(&complete).unwrap();
    // 1000 + 900 + 40 + 90 + 35 - 50
    assert_eq!(total.price, amount("2015"));
    assert_eq!(total.margin, amount("850"));
    let change = session.what_if("matt").unwrap().unwrap();
    assert_eq!((change.price, change.margin), (amount("-35"), amount("-35")));
    assert!(session.what_if("alu").unwrap().is_none());
    let cheapest = session.cheapest().unwrap();
    assert!(cheapest.proved);
    assert_eq!(cheapest.total.price, amount("1980"));

    let (best, alternatives) = {
        let all = session.restorations("alu", true, 10).unwrap();
        (all[0].give_up().to_vec(), all.len())
    };
    assert_eq!(best.iter().map(|c| c.option.as_str()).collect::<Vec<_>>(), ["front", "raw"]);
    assert_eq!(alternatives, 1);
    session.restore("alu", true).unwrap();
    assert_eq!(session.choices().len(), 1);
    assert_eq!(session.state("matt").unwrap().can_choose, Answer::No);
    let within = session.within_budget(amount("1000")).unwrap();
    let answer = |id: &str| within.iter().find(|(option, _)| option == id).unwrap().1;
    assert_eq!((answer("black"), answer("red")), (Answer::Yes, Answer::No));
}

#[test]
fn a_default_gives_way_and_a_choice_does_not() {
    let mut session = compile(&bike()).session();
    session.choose("alu").unwrap();
    assert!(!session.state("carbon").unwrap().is_chosen());
    assert!(matches!(session.choose("carbon"), Err(ChoiceError::Refused(_))));
    assert_eq!(session.choices().len(), 1);
    session.leave_out("alu").unwrap();
    assert!(session.state("carbon").unwrap().is_chosen());
    assert!(matches!(session.choose("nothing"), Err(ChoiceError::UnknownOption(_))));
}

#[test]
fn a_stored_session_is_replayed_on_a_newer_model() {
    let mut session = compile(&bike()).session();
    for option in ["front", "raw", "matt"] {
        session.choose(option).unwrap();
    }
    let text = serde_json::to_string(&session.save()).unwrap();
    let saved: SavedSession = serde_json::from_str(&text).unwrap();
    let newer = bike()
        .replace(r#""version": "1""#, r#""version": "2""#)
        .replace(r#"["carbon", "raw"], ["titan""#, r#"["titan""#)
        .replace("matt", "satin");
    let (replayed, report) = compile(&newer).replay(&saved);
    assert!(!report.same_model);
    assert_eq!(report.kept.len(), 1);
    assert_eq!(replayed.choices()[0].option, "front");
    let lost: Vec<(&str, bool)> = report
        .lost
        .iter()
        .map(|(choice, why)| (choice.option.as_str(), matches!(why, ChoiceError::UnknownOption(_))))
        .collect();
    assert_eq!(lost, [("raw", false), ("matt", true)]);
    assert!(report.lost[0].1.to_string().contains("paint"), "{}", report.lost[0].1);
}

#[test]
fn assemblies_have_options_of_their_own() {
    let configurator = compile(
        r#"{
        "id": "server",
        "groups": [{ "id": "size", "options": [{ "id": "small" }, { "id": "large" }] }],
        "assemblies": [{
            "id": "disk", "instances": { "min": 1, "max": 3 },
            "groups": [{ "id": "kind", "options": [
                { "id": "ssd", "price": "80", "attributes": { "watt": "3" } },
                { "id": "hdd", "price": "30", "attributes": { "watt": "8" } } ] },
                { "id": "cage", "for": "hdd", "options": [{ "id": "rubber" }, { "id": "steel" }] }],
            "rules": [{ "id": "quiet", "must": { "excludes": ["hdd", "steel"] } }]
        }],
        "rules": [
            { "id": "small-means-one", "must": { "requires": ["small", { "not": "disk[2]" }] } },
            { "id": "no-mix", "must": { "excludes": [
                { "any": ["disk[*].ssd"] }, { "any": ["disk[*].hdd"] } ] } },
            { "id": "power", "must": { "sum": { "attribute": "watt", "at_most": "20" } } }
        ]
    }"#,
    );
    let mut session = configurator.session();
    assert!(session.state("disk[1]").unwrap().is_chosen());
    session.choose("disk[2]").unwrap();
    assert!(session.state("large").unwrap().is_chosen());
    session.choose("disk[1].hdd").unwrap();
    assert!(session.state("disk[2].hdd").unwrap().is_chosen());
    assert!(session.state("disk[2].rubber").unwrap().is_chosen());
    // Three of them take 24 W.
    assert_eq!(session.state("disk[3]").unwrap().can_choose, Answer::No);
    let complete = session.complete().unwrap();
    assert!(complete.is_chosen("disk[*].hdd") && !complete.is_chosen("disk[*].ssd"));
    assert_eq!(complete.attribute("watt").unwrap().to_string(), "16");
    assert_eq!(session.total(&complete).unwrap().price, amount("60"));
    session.undo("disk[2]").unwrap();
    assert_eq!(session.state("disk[3]").unwrap().can_choose, Answer::No);
    session.undo("disk[1].hdd").unwrap();
    session.choose("disk[3]").unwrap();
    assert!(session.state("disk[2].ssd").unwrap().is_chosen());
}

#[test]
fn validity_windows_decide_what_applies() {
    let json = r#"{ "id": "m",
        "groups": [{ "id": "g", "choose": {}, "options": [
            { "id": "a", "valid": { "from": "2024-03-01" } }, { "id": "b" } ] }],
        "rules": [{ "id": "r", "valid": { "from": "2024-01-01", "to": "2024-06-30" },
                    "must": { "excludes": ["a", "b"] } }] }"#;
    let on = |day: &str| Configurator::compile(&model(json), date(day)).unwrap();
    assert_eq!(on("2024-02-01").session().state("a").unwrap().can_choose, Answer::No);
    let spring = on("2024-05-01");
    let window = spring.valid_during();
    assert_eq!((window.from, window.to), (Some(date("2024-03-01")), Some(date("2024-06-30"))));
    let mut session = spring.session();
    session.choose("a").unwrap();
    assert_eq!(session.state("b").unwrap().can_choose, Answer::No);
    let mut session = on("2024-07-01").session();
    session.choose("a").unwrap();
    assert_eq!(session.state("b").unwrap().can_choose, Answer::Yes);
}

#[test]
fn a_wrong_model_is_told_where_and_how_to_mend() {
    let errors = Configurator::compile(
        &model(
            r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }] }],
                 "rules": [{ "id": "r", "must": { "requires": ["a", "c"] } },
                           { "id": "s", "must": { "sum": { "attribute": "x", "at_most": "1" } } },
                           { "id": "t", "must": { "sum": { "terms": [{ "option": "a", "amount": "1" }] } } }],
                 "tables": [{ "id": "t", "columns": ["g"], "allow": [["c"]] },
                            { "id": "u", "columns": ["g"], "allow": [["a", "b"]] },
                            { "id": "w", "columns": ["h"], "allow": [] },
                            { "id": "x", "columns": ["g"] }] }"#,
        ),
        date("2024-05-01"),
    )
    .unwrap_err();
    assert_eq!(
        errors.to_string(),
        "rule `r`: there is no option `c`: check its spelling\n\
         rule `s`: no option has an attribute `x`: check its spelling\n\
         rule `t`: the sum needs `at_most` or `at_least`\n\
         table `t`: `c` is not a value of column `g`: name one of its options, `-` or `*` (for an \
         option `yes`, `no` or `*`)\n\
         table `u`: row 1 has 2 cells for 1 columns\n\
         table `w`: there is no group or option `h`: check its spelling\n\
         table `x`: give either `allow` or `forbid`"
    );
    assert_eq!(
        problems(
            r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "a" }] }] }"#
        ),
        [ModelProblem::Duplicate("a".into())]
    );
    assert_eq!(
        problems(
            r#"{ "id": "m", "groups": [{ "id": "g", "choose": { "min": 3 }, "options": [{ "id": "a" }] }] }"#
        ),
        [ModelProblem::Cardinality { min: 3, max: 1, options: 1 }]
    );
    assert_eq!(
        problems(r#"{ "id": "m", "assemblies": [{ "id": "a", "instances": { "min": 1 } }] }"#),
        [ModelProblem::Instances]
    );
    assert!(serde_json::from_str::<Model>(r#"{ "id": "m", "grups": [] }"#).is_err());
    let limits = Limits::default().rows(1);
    let error =
        Configurator::compile_with(&model(&bike()), date("2024-05-01"), limits).unwrap_err();
    assert!(error.to_string().contains("more than 1 table rows"), "{error}");
}

#[test]
fn the_check_finds_and_explains() {
    let configurator = compile(
        r#"{ "id": "m",
        "groups": [
            { "id": "g", "options": [{ "id": "a" }, { "id": "b" }, { "id": "c" }] },
            { "id": "h", "choose": {}, "options": [{ "id": "x" }, { "id": "y" }] }],
        "rules": [
            { "id": "always-x", "must": { "any": ["x", "y"] } },
            { "id": "no-y", "must": { "not": "y" } },
            { "id": "a-x", "must": { "requires": ["a", "x"] } },
            { "id": "b-no-x", "must": { "excludes": ["b", "x"] } }],
        "bom": { "root": "m", "items": [{ "id": "m" }, { "id": "bolt" }, { "id": "nut" }],
                 "lines": [{ "for": "m", "item": "bolt" }] } }"#,
    );
    let findings = configurator.check().unwrap();
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "`b` can never be chosen: rule `always-x`; rule `no-y`; rule `b-no-x`",
            "`x` looks optional but can never be left out: rule `always-x`; rule `no-y`",
            "`y` can never be chosen: rule `no-y`",
            "`a-x` forbids nothing that the rest allows: rule `always-x`; rule `no-y`",
            "nothing in the bill of materials leads to `nut`",
        ]
    );
    let void = compile(
        r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }] }],
             "rules": [{ "id": "r", "text": "never", "must": { "not": "a" } },
                       { "id": "s", "must": { "requires": ["a", "a"] } }] }"#,
    );
    assert!(void.is_void());
    let findings = void.check().unwrap();
    assert_eq!(findings[0].kind(), FindingKind::Void);
    assert_eq!(
        findings[0].to_string(),
        "no configuration of `m` is valid: `g` takes all of its options; rule `r`: never"
    );
    assert!(matches!(void.session().choose("a"), Err(ChoiceError::Refused(_))));
    assert!(matches!(void.session().complete(), Err(ChoiceError::Refused(_))));
}

/// What the check says about rules: which it finds without effect, and what implies them.
fn redundant(json: &str) -> Vec<String> {
    let findings = compile(json).check().unwrap();
    let findings = findings.iter().filter(|f| f.kind() == FindingKind::Redundant);
    findings.map(ToString::to_string).collect()
}

#[test]
fn rules_of_every_kind_are_found_without_effect() {
    let model = |rules: &str, tables: &str| {
        format!(
            r#"{{ "id": "m", "groups": [
                {{ "id": "g", "choose": {{}}, "options": [
                    {{ "id": "a", "attributes": {{ "kg": "2" }} }}, {{ "id": "b", "attributes": {{ "kg": "3" }} }},
                    {{ "id": "c", "attributes": {{ "kg": "4" }} }}] }},
                {{ "id": "h", "options": [{{ "id": "x" }}, {{ "id": "y" }}] }},
                {{ "id": "k", "choose": {{ "max": 1 }}, "options": [{{ "id": "u" }}, {{ "id": "v" }}] }}],
              "rules": [{rules}], "tables": [{tables}] }}"#
        )
    };
    let of_sum = |at_most: &str| {
        let light =
            r#"{ "id": "light", "must": { "sum": { "attribute": "kg", "at_most": "4" } } }"#;
        let other = format!(
            r#"{{ "id": "other", "must": {{ "sum": {{ "attribute": "kg", "at_most": "{at_most}" }} }} }}"#
        );
        redundant(&model(&format!("{light}, {other}"), ""))
    };
    assert_eq!(of_sum("5"), ["`other` forbids nothing that the rest allows: rule `light`"]);
    assert_eq!(of_sum("9"), ["`other` forbids nothing that the rest allows"], "it never bites");
    assert_eq!(of_sum("3"), ["`light` forbids nothing that the rest allows: rule `other`"]);
    // Exclusion of three against a sum, and against each other.
    let exclusion = r#"{ "id": "apart", "must": { "excludes": ["a", "b", "c"] } },
        { "id": "light", "must": { "sum": { "attribute": "kg", "at_most": "4" } } }"#;
    let found = redundant(&model(exclusion, ""));
    assert_eq!(found.len(), 2, "at most 4 kg is at most one of them, and the other way round");
    // Tables: one repeats another, one forbids what a rule forbids, one allows everything.
    let tables = r#"
        { "id": "narrow", "columns": ["h", "k"], "allow": [["x", "u"], ["y", "-"]] },
        { "id": "wide", "columns": ["h", "k"], "allow": [["x", "*"], ["y", "-"], ["y", "u"]] },
        { "id": "never", "columns": ["h", "k"], "forbid": [["y", "v"]] },
        { "id": "all", "columns": ["h"], "allow": [["x"], ["y"]] }"#;
    let found = redundant(&model("", tables));
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "`wide` forbids nothing that the rest allows: table `narrow`");
    // Either of the two allowing tables is enough.
    assert!(found[1].starts_with("`never` forbids nothing that the rest allows: table `"));
    assert_eq!(found[2], "`all` forbids nothing that the rest allows");
    let needed =
        r#"{ "id": "t", "columns": ["h", "k"], "allow": [["x", "u"], ["y", "-"], ["y", "v"]] }"#;
    assert!(redundant(&model("", needed)).is_empty());
}

const PARTS: &str = r#"{ "id": "bike",
    "groups": [
        { "id": "frame", "options": [{ "id": "alu" }, { "id": "carbon" }] },
        { "id": "wheel", "options": [
            { "id": "w26", "attributes": { "spokes": "28" } },
            { "id": "w28", "attributes": { "spokes": "32" } }] }],
    "bom": { "root": "bike",
        "items": [
            { "id": "bike", "cost": "20" },
            { "id": "frame-alu", "cost": "150", "price": "250" },
            { "id": "frame-carbon", "cost": "600" },
            { "id": "wheelset", "phantom": true },
            { "id": "wheel", "cost": "15" },
            { "id": "spoke", "unit": "pc", "cost": "0.25" },
            { "id": "sticker", "cost": "1" }],
        "lines": [
            { "for": "bike", "item": "frame-alu", "when": "alu" },
            { "for": "bike", "item": "frame-carbon", "when": { "not": "alu" } },
            { "for": "bike", "item": "wheelset" },
            { "for": "wheelset", "item": "wheel", "quantity": "2" },
            { "for": "wheel", "item": "spoke", "quantity": { "attribute": "spokes" }, "scrap": "5" },
            { "for": "bike", "item": "sticker", "valid": { "from": "2025-01-01" } }] } }"#;

#[test]
fn the_bill_of_materials_explodes_for_a_configuration() {
    let configurator = compile(PARTS);
    let mut session = configurator.session();
    session.choose("alu").unwrap();
    session.choose("w28").unwrap();
    let configuration = session.complete().unwrap();
    let bom = configurator.bom().unwrap();
    let explosion =
        bom.explode(&configuration, date("2024-05-01"), "10".parse().unwrap(), 1000).unwrap();
    let lines: Vec<String> = explosion
        .lines
        .iter()
        .map(|l| format!("{} {} < {} {} {}", l.level, l.item, l.assembly, l.quantity, l.cost))
        .collect();
    assert_eq!(
        lines,
        [
            "1 frame-alu < bike 10 1500",
            "1 wheel < wheelset 20 300",
            // 20 wheels of 32 spokes and 5 %
            "2 spoke < wheel 672 168",
        ]
    );
    assert_eq!(explosion.cost, amount("2168"));
    assert_eq!(explosion.price, amount("2500"));
    let rolled = bom.roll_up(&configuration, date("2024-05-01")).unwrap();
    assert_eq!(rolled[0].item, "bike");
    assert_eq!((rolled[0].cost, rolled[0].price), (amount("216.8"), amount("250")));
    let later =
        bom.explode(&configuration, date("2025-01-01"), "1".parse().unwrap(), 1000).unwrap();
    assert!(later.totals.iter().any(|(item, _)| item == "sticker"));
    assert_eq!(bom.where_used("spoke"), [["spoke", "wheel", "wheelset", "bike"]]);
    let error = bom.explode(&configuration, date("2025-01-01"), "1".parse().unwrap(), 3);
    assert!(error.unwrap_err().to_string().contains("more than 3 lines"));
    assert!(bom.dot().contains("label = \"calculated\""));
    let svg = bom.svg();
    assert!(svg.starts_with("<svg") && svg.contains(">frame-carbon</text>"));
}

#[test]
fn a_circle_of_parts_is_shown() {
    let bom: Bom = serde_json::from_str(
        r#"{ "root": "a", "items": [{ "id": "a" }, { "id": "b" }, { "id": "c" }, { "id": "d" }],
             "lines": [{ "for": "a", "item": "b" }, { "for": "b", "item": "c" },
                       { "for": "c", "item": "d" }, { "for": "d", "item": "b" }] }"#,
    )
    .unwrap();
    let error = BomGraph::new(&bom).unwrap_err();
    assert_eq!(error.to_string(), "the bill of materials runs in a circle: b > c > d > b");
    assert_eq!(
        problems(
            r#"{ "id": "m", "bom": { "root": "a", "items": [{ "id": "a" }],
                 "lines": [{ "for": "a", "item": "a", "when": "nothing" }] } }"#
        ),
        [
            ModelProblem::UnknownOption("nothing".into()),
            ModelProblem::BomCycle(vec!["a".into(), "a".into()])
        ]
    );
}

#[test]
fn foreign_and_old_bytes_are_told_apart() {
    let bytes = compile(PARTS).to_bytes();
    assert_eq!(Configurator::from_bytes(b"PK..").unwrap_err(), BlobError::Format);
    let mut older = bytes.clone();
    older[8] = 0;
    assert_eq!(Configurator::from_bytes(&older).unwrap_err(), BlobError::Version(0));
    assert_eq!(
        Configurator::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err(),
        BlobError::Damaged
    );
    let loaded = Configurator::from_bytes(&bytes).unwrap();
    assert_eq!(loaded.bom().unwrap().where_used("spoke").len(), 1);
}

#[cfg(feature = "schema")]
#[test]
fn the_model_has_a_schema() {
    let schema = schemars::schema_for!(Model);
    let text = serde_json::to_string(&schema).unwrap();
    for word in ["\"ModelFormula\"", "\"for\"", "\"requires\"", "\"scrap\"", "additionalProperties"]
    {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn a_session_works_within_its_steps() {
    let mut session = compile(&bike()).session();
    session.set_steps(0);
    // A known solution may settle it; if not, nothing wrong is said.
    match session.choose("rear") {
        Ok(()) | Err(ChoiceError::NotSettled { steps: 0 }) => {}
        Err(error) => panic!("{error}"),
    }
    session.set_steps(1_000_000);
    session.choose("rear").unwrap();
    assert!(session.is_settled());
}

#[test]
fn a_bill_that_no_configuration_can_have_is_refused() {
    let bill = |quantity: &str| {
        problems(&format!(
            r#"{{ "id": "m",
                "groups": [{{ "id": "g", "options": [{{ "id": "a", "attributes": {{ "w": "5" }} }}] }}],
                "bom": {{ "root": "m", "items": [{{ "id": "m" }}, {{ "id": "bolt" }}],
                         "lines": [{{ "for": "m", "item": "bolt", "quantity": {quantity} }}] }} }}"#
        ))
    };
    let sum = r#"{ "sum": { "attribute": "w", "at_most": "6" } }"#;
    let choice = format!(r#"{{ "if": {{ "when": {sum}, "then": "1", "otherwise": "10" }} }}"#);
    for quantity in [choice, format!(r#"{{ "add": ["1", {{ "count": [{sum}] }}] }}"#)] {
        assert_eq!(bill(&quantity), [ModelProblem::SumNotAllowed]);
    }
    let unknown = ModelProblem::UnknownAttribute("grams".to_owned());
    assert_eq!(bill(r#"{ "add": ["1", { "attribute": "grams" }] }"#), [unknown]);
    for quantity in
        [r#"{ "smallest": [] }"#, r#"{ "round_up": { "value": "3", "to": "0" } }"#, r#""-2""#]
    {
        assert!(matches!(bill(quantity)[..], [ModelProblem::Quantity(_)]), "{quantity}");
    }
}

#[test]
fn a_quantity_counts_each_instance() {
    let configurator = compile(
        r#"{ "id": "m",
            "assemblies": [{ "id": "wheel", "instances": { "min": 2, "max": 2 },
                "groups": [{ "id": "rim", "options": [{ "id": "alu" }, { "id": "carbon" }] }] }],
            "bom": { "root": "m", "items": [{ "id": "m" }, { "id": "box" }],
                "lines": [{ "for": "m", "item": "box", "quantity": { "if": {
                    "when": { "excludes": ["wheel[*].carbon"] }, "then": "1", "otherwise": "5" } } }] } }"#,
    );
    let mut session = configurator.session();
    session.choose("wheel[1].carbon").unwrap();
    session.choose("wheel[2].carbon").unwrap();
    let both = session.complete().unwrap();
    let exploded =
        configurator.bom().unwrap().explode(&both, date("2024-05-01"), 1.into(), 100).unwrap();
    assert_eq!(exploded.lines[0].quantity, 5.into());
}

#[test]
fn who_changes_a_choice_gives_up_only_the_others() {
    let configurator = compile(
        r#"{ "id": "m", "groups": [{ "id": "g", "choose": {}, "options": [{ "id": "a" }, { "id": "b" }] }],
            "rules": [{ "id": "apart", "must": { "excludes": ["a", "b"] } }] }"#,
    );
    let mut session = configurator.session();
    session.leave_out("b").unwrap();
    session.choose("a").unwrap();
    let given: Vec<Vec<String>> = session
        .restorations("b", true, 3)
        .unwrap()
        .iter()
        .map(|restoration| restoration.give_up().iter().map(ToString::to_string).collect())
        .collect();
    assert_eq!(given, [["`a`"]]);
    session.restore("b", true).unwrap();
    assert!(session.state("b").unwrap().is_chosen() && !session.state("a").unwrap().is_chosen());
}

#[test]
fn an_item_is_used_where_it_gets_into_the_root() {
    let bom: Bom = serde_json::from_str(
        r#"{ "root": "bike",
            "items": [{ "id": "bike" }, { "id": "wheel" }, { "id": "sidecar" }, { "id": "bundle" }],
            "lines": [{ "for": "bike", "item": "wheel" }, { "for": "sidecar", "item": "wheel" },
                      { "for": "bundle", "item": "bike" }] }"#,
    )
    .unwrap();
    let graph = BomGraph::new(&bom).unwrap();
    assert_eq!(graph.where_used("wheel"), [["wheel", "bike"]]);
    assert!(graph.where_used("bike").is_empty() && graph.where_used("sidecar").is_empty());
}

#[test]
fn dimacs_errors_name_the_line() {
    let error = |cnf: &str, meta| Model::from_dimacs(cnf, meta).unwrap_err().to_string();
    assert_eq!(error("1 0\n", None), "cnf line 1: the line `p cnf VARIABLES CLAUSES` comes first");
    assert_eq!(error("p cnf 1 1\nx 0\n", None), "cnf line 2: `x` is not a literal");
    assert_eq!(error("p cnf 1 1\n2 0\n", None), "cnf line 2: `2` is beyond the 1 variables");
    assert_eq!(error("p cnf 1 1\n1\n", None), "cnf line 2: the last clause has no 0");
    assert_eq!(
        error("p cnf 1 0\n", Some("g a 2")),
        "meta line 1: `2` is not a variable of the clauses"
    );
    // What is cut off would allow too much.
    assert!(error("p cnf 2 2\n1 0\n", None).starts_with("cnf line 2: the line `p` promises 2"));
    for header in ["p cnf 2", "p cnf 2 x", "p cnf 2 1 0", "p dnf 2 1"] {
        assert_eq!(error(header, None), "cnf line 1: write `p cnf VARIABLES CLAUSES`");
    }
    assert_eq!(error("", None), "cnf line 1: the line `p cnf VARIABLES CLAUSES` comes first");
    assert!(error("p cnf 2 0\np cnf 1 0\n", None).contains("two lines `p`"));
    // As a well-known collection ends its files.
    let ended = Model::from_dimacs("p cnf 2 1\n1 2 0\n%\n0\n", None).unwrap();
    assert_eq!(ended.rules.len(), 1);
    let model = Model::from_dimacs("p cnf 3 1\n1 2 0\n", Some("g size 1 2\n")).unwrap();
    let ids: Vec<String> = Configurator::compile(&model, date("2024-05-01"))
        .unwrap()
        .options()
        .map(|option| option.id().to_owned())
        .collect();
    assert_eq!(ids, ["size=1", "size=2"]);
}

#[cfg(feature = "uvl")]
mod uvl {
    use super::*;

    fn error(text: &str) -> String {
        Model::from_uvl(text).unwrap_err().to_string()
    }

    fn session(text: &str) -> listino_core::configure::Session {
        Configurator::compile(&Model::from_uvl(text).unwrap(), date("2024-05-01"))
            .unwrap()
            .session()
    }

    const HEAD: &str = "features\n\tR {abstract}\n\t\toptional\n\t\t\tA {w 3, u 'kg'}\n\t\t\tB {w 4.5}\n\t\t\t\"C d\" {w 2}\nconstraints\n";

    #[test]
    fn sums_and_conditions_are_read() {
        let mut s = session(&format!("{HEAD}\tsum(w) <= 7\n\tA & !B => \"C d\"\n"));
        s.choose("B").unwrap();
        assert_eq!(s.state("A").unwrap().can_choose, Answer::No);
        s.undo("B").unwrap();
        s.choose("A").unwrap();
        assert!(s.state("C d").unwrap().is_chosen());
        let mut s = session(&format!("{HEAD}\t(A.w + 2 * B.w) > 9.5 | \"C d\"\n"));
        s.leave_out("C d").unwrap();
        assert!(s.state("A").unwrap().is_chosen() && s.state("B").unwrap().is_chosen());
        let mut s = session(&format!("{HEAD}\tA.w == 3 <=> B\n"));
        s.choose("A").unwrap();
        assert!(s.state("B").unwrap().is_chosen());
    }

    #[test]
    fn groups_and_cardinalities_are_read() {
        let mut s = session(
            "namespace x.y\ninclude\n\tBoolean.group-cardinality\nfeatures\n\tR\n\t\t[2..2]\n\t\t\tA\n\t\t\tB\n\t\t\tC\n\t\tmandatory\n\t\t\tInteger W cardinality [1..2]\n\t\t\t\talternative\n\t\t\t\t\tP\n\t\t\t\t\tQ\n// the end\nconstraints\n\tP => A\n",
        );
        s.leave_out("A").unwrap();
        assert!(s.state("C").unwrap().is_chosen());
        assert!(s.state("W[1]").unwrap().is_chosen());
        assert!(s.state("W[1].Q").unwrap().is_chosen());
        assert_eq!(s.state("W[2].P").unwrap().can_choose, Answer::No);
    }

    #[test]
    fn errors_name_line_and_column() {
        assert_eq!(
            error("features\n\tR\n\t\tsome\n\t\t\tA\n"),
            "line 3, column 3: expected `mandatory`, `optional`, `or`, `alternative` or a \
             cardinality such as `[1..3]`"
        );
        assert_eq!(
            error(&format!("{HEAD}\tA => D\n")),
            "line 8, column 7: there is no feature `D`: check its spelling"
        );
        assert_eq!(
            error(&format!("{HEAD}\tavg(w) > 2\n")),
            "line 8, column 2: a function other than `sum` is not supported"
        );
        assert_eq!(
            error(&format!("{HEAD}\tA.w * B.w > 2\n")),
            "line 8, column 6: a product of two features is not supported"
        );
        assert_eq!(
            error(&format!("{HEAD}\tA == 'x'\n")),
            "line 8, column 2: the value of a typed feature is not supported"
        );
        assert_eq!(
            error("imports\n\ta.b as c\nfeatures\n\tR\n"),
            "line 1, column 1: an import is not supported"
        );
        assert_eq!(
            error("features\n\tR\n\t\tor\n\t\t\tA\n\t\t\tA\n"),
            "line 5, column 4: there is a feature `A` already"
        );
        assert_eq!(
            error("features\n\tR\n\t\tor\n\t\t\tA\n\t  B\n"),
            "line 5, column 4: the indentation fits no line above"
        );
        assert_eq!(
            error(&format!("{HEAD}\tA ~ B\n")),
            "line 8, column 4: `~` begins nothing here; put names with special characters in double quotes"
        );
        let deep = format!("{HEAD}\t{}A\n", "(".repeat(5000));
        assert!(error(&deep).contains("nested more than 200 deep"));
    }
}
