//! Custom rules: the language, its exactness, its limits.
#![cfg(feature = "rules-parser")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test helper may panic")]

use listino_core::calendar::Date;
use listino_core::money::Exact;
use listino_core::rules::{
    FailureReason, Input, Rule, RuleKind, RuleLimits, Value, Variable, Vocabulary, parse,
    parse_with_limits,
};
use listino_core::{Engine, PriceBook};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use serde_json::json;

/// A line of 12 at 100.00 for a reseller, on Monday 2026-03-02. Nobody knows what it weighs.
struct Line;

impl Input for Line {
    fn number(&self, variable: Variable) -> Option<Exact> {
        let text = match variable {
            Variable::Quantity => "12",
            Variable::ListPrice => "100",
            Variable::Cost => "61.2",
            Variable::Value => "1200",
            _ => return None,
        };
        text.parse().ok()
    }

    fn text(&self, variable: Variable) -> Option<&str> {
        match variable {
            Variable::CustomerCluster => Some("gold"),
            Variable::Channel => Some("web"),
            Variable::Currency => Some("EUR"),
            _ => None,
        }
    }

    fn date(&self) -> Option<Date> {
        Date::new(2026, 3, 2)
    }

    fn contains(&self, list: Variable, text: &str) -> Option<bool> {
        (list == Variable::CustomerClusters).then(|| ["gold", "reseller"].contains(&text))
    }

    fn attribute(&self, map: Variable, key: &str) -> Option<&str> {
        match (map, key) {
            (Variable::LineAttributes, "length") => Some("2.5"),
            (Variable::LineAttributes, "colour") => Some("rosso"),
            _ => None,
        }
    }
}

fn compile(source: &str, kind: RuleKind) -> Rule {
    parse(source, Vocabulary::ALL, kind).unwrap_or_else(|errors| panic!("{source}: {errors:?}"))
}

fn number(source: &str) -> String {
    match compile(source, RuleKind::Formula).evaluate(&Line) {
        Ok(Value::Number(value)) => value.to_string(),
        other => panic!("{source}: {other:?}"),
    }
}

fn holds(source: &str) -> bool {
    match compile(source, RuleKind::Predicate).evaluate(&Line) {
        Ok(Value::Bool(value)) => value,
        other => panic!("{source}: {other:?}"),
    }
}

fn failure(source: &str) -> (FailureReason, usize, String) {
    let failure = compile(source, RuleKind::Formula).evaluate(&Line).unwrap_err();
    (failure.reason().clone(), failure.offset(), failure.snippet().to_owned())
}

fn mistakes(source: &str, kind: RuleKind) -> Vec<String> {
    let errors = parse(source, Vocabulary::ALL, kind).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_formula_computes_with_exact_decimals() {
    for (source, expected) in [
        ("0.1 + 0.2", "0.3"),
        ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
        ("list_price * (1 - 0.1) - 2 * 3", "84"),
        ("1 / 3", "0.33333333333333333333"),
        ("2 / 3", "0.66666666666666666667"),
        ("(1 / 3) * (2 / 3)", "0.22222222222222222222"),
        ("100000000000000000000 / 4", "25000000000000000000"),
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("7.5 % 2.5", "0"),
        ("10000000000000000000 % 0.00000000000000000003", "0.00000000000000000001"),
        ("min([3, 1.5, 2])", "1.5"),
        ("max([3, 1.5, 2])", "3"),
        ("abs(-2.5)", "2.5"),
        ("round(2.5)", "3"),
        ("round(-2.345, 2)", "-2.35"),
        ("floor(-2.1)", "-3"),
        ("floor(2.9)", "2"),
        ("ceil(-2.9)", "-2"),
        ("ceil(2.1)", "3"),
        ("quantity > 10 ? value : list_price", "1200"),
        ("number(line.attributes[\"length\"]) * 4", "10"),
        ("number(line.attributes.length) * 4", "10"),
        ("(weight ?? 5) + (cost ?? 1000)", "66.2"),
        ("weight ?? cost * 2", "122.4"),
        ("date.year * 10000 + date.month * 100 + date.day", "20260302"),
        ("date.weekday", "1"),
        ("d(\"2026-03-01\").weekday", "7"),
        ("- -value", "1200"),
    ] {
        assert_eq!(number(source), expected, "{source}");
    }
}

#[test]
fn a_predicate_asks_about_the_line() {
    for (source, expected) in [
        ("quantity >= 12 and channel == \"web\"", true),
        ("channel == 'shop' or not (quantity in [1..12))", true),
        ("quantity in [1..12]", true),
        ("quantity in (12..20]", false),
        ("quantity not in (12..20]", true),
        ("channel in [\"shop\", \"web\"]", true),
        ("channel not in [\"shop\"]", true),
        ("quantity in [1, 6, 12]", true),
        ("\"reseller\" in customer.clusters", true),
        ("\"retail\" in customer.clusters", false),
        ("weight == null and cost != null", true),
        ("customer.attributes[\"x\"] == null", true),
        ("(line.attributes[\"colour\"] ?? \"\") == \"rosso\"", true),
        ("startsWith(line.attributes[\"colour\"], \"ro\")", true),
        ("endsWith(currency, \"UR\") and contains(currency, \"U\")", true),
        ("date >= d(\"2026-03-01\") and date in [d(\"2026-01-01\")..d(\"2026-12-31\")]", true),
        ("weight != null and weight > 3", false),
        ("date.weekday in [6, 7]", false),
        ("1.0 == 1", true),
        ("true != false", true),
    ] {
        assert_eq!(holds(source), expected, "{source}");
    }
}

#[test]
fn what_cannot_be_computed_fails_at_its_place() {
    let missing = FailureReason::Missing("weight".to_owned());
    assert_eq!(failure("1 + weight"), (missing, 4, "weight".to_owned()));
    let key = "customer.attributes[\"k\"]";
    let missing = FailureReason::Missing(key.to_owned());
    assert_eq!(failure(&format!("number({key})")), (missing, 7, key.to_owned()));
    let zero = (FailureReason::DivisionByZero, 4, "value / (quantity - 12)".to_owned());
    assert_eq!(failure("1 + value / (quantity - 12)"), zero);
    assert_eq!(failure("value % 0").0, FailureReason::DivisionByZero);
    let text = FailureReason::NotANumber("rosso".to_owned());
    assert_eq!(failure("number(line.attributes[\"colour\"])").0, text);
    let big = "9999999999999999999999999999";
    let long = format!("{big} * {big} * {big}");
    assert_eq!(failure(&long).0, FailureReason::TooManyDigits);
    // A fallback is for what is missing, not for what is wrong.
    assert_eq!(failure("(1 / 0) ?? 3").0, FailureReason::DivisionByZero);
    // Characters, not bytes.
    assert_eq!(failure("\"èé\" == channel ? 1 : weight").1, 22);
}

#[test]
fn an_operand_that_is_not_needed_is_not_asked_for() {
    assert!(!holds("false and weight > 1"));
    assert!(holds("true or weight > 1"));
    assert_eq!(number("true ? 1 : weight"), "1");
    assert_eq!(number("cost ?? (1 / 0)"), "61.2");
}

#[test]
fn mistakes_name_the_place_and_the_mend() {
    let all = |source| mistakes(source, RuleKind::Formula).join("\n");
    insta::assert_snapshot!(
        [
            "quantty * prise",
            "customer.clustr == \"x\" ? 1 : 2",
            "rund(value, 2)",
            "starts_with(channel, \"w\") ? 1 : 2",
            "value +",
            "value value",
            "(value",
            "value && 1",
            "\"abc",
            "1e3",
            "1_000",
            "0.12345678901234567890123456789",
            "value ^ 2",
            "x = 1; x",
            "`a${value}`",
            "sum([1, 2])",
            "filter([1, 2], # > 1)",
            "channel * 2",
            "quantity > 1",
            "channel < \"b\" ? 1 : 2",
            "value == \"10\" ? 1 : 2",
            "customer.segments",
            "customer.attributes",
            "\"k\" in customer.attributes ? 1 : 2",
            "value in channel ? 1 : 2",
            "min(1, 2)",
            "round(value, 21)",
            "d(\"2026-02-30\").year",
            "date.weekdey",
            "value.year",
            "null",
            "channel.length()",
            "customer.attributes[channel]",
            "{a: 1}",
            "[1, 2]",
            "value in [] ? 1 : 2",
            "",
            "$",
            "(value * 2) == null ? 1 : 2",
        ]
        .map(|source| format!("{source}\n  {}", all(source).replace('\n', "\n  ")))
        .join("\n")
    );
    let early = Vocabulary::ALL.without(Variable::Value);
    let errors = parse("value > 1", early, RuleKind::Predicate).unwrap_err();
    assert_eq!(errors[0].problem().code(), "rule.not_here");
}

#[test]
fn every_limit_is_an_error_even_on_a_small_stack() {
    let code = |source: &str, limits| {
        parse_with_limits(source, Vocabulary::ALL, RuleKind::Formula, limits)
            .map_err(|errors| errors[0].problem().code())
            .err()
    };
    let everything = move || {
        let all = RuleLimits::default();
        for source in [
            "1+".repeat(5000) + "1",
            "1+".repeat(240) + "1",
            "(".repeat(200) + "1" + &")".repeat(200),
            "(".repeat(49) + "1" + &")".repeat(49),
            "(".repeat(9) + "1 in [1..2]" + &")".repeat(9),
            "-".repeat(500) + "1",
            "a?1:".repeat(120) + "1",
            "abs(".repeat(120) + "1" + &")".repeat(120),
            "[".repeat(120) + "1" + &"]".repeat(120),
            "(".repeat(250) + "1",
            "true ? 1 : ".repeat(100) + "1",
            "date".to_owned() + &".a".repeat(250),
            "date".to_owned() + &"[1]".repeat(160),
        ] {
            let found = code(&source, all);
            assert!(found.is_some(), "{source}");
        }
        let deep = "(".repeat(40) + "1" + &")".repeat(40);
        assert_eq!(code(&deep, all), None);
        assert_eq!(code(&("1+".repeat(40) + "1"), all), None);
        assert_eq!(code("1 + 2", all.nodes(2)), Some("rule.limit"));
        assert_eq!(code("1 + 2", all.tokens(2)), Some("rule.limit"));
        assert_eq!(code("1 + 2", all.source(4)), Some("rule.limit"));
        assert_eq!(code("1 + 2 * 3", all.depth(2)), Some("rule.limit"));
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(everything).unwrap().join().unwrap();

    let rule = compile("1 + 2", RuleKind::Formula);
    let stopped = rule.evaluate_with_limits(&Line, RuleLimits::default().steps(2)).unwrap_err();
    assert_eq!(stopped.reason(), &FailureReason::Steps(2));
}

#[test]
fn nested_ranges_are_read_in_bounded_time() {
    // The parser tries each bracket twice when there is a range; the gate keeps that small.
    let source = "(".repeat(7) + "1 in [1..2" + &")".repeat(7);
    let many = [source.as_str(); 12].join(" + ");
    assert!(parse(&many, Vocabulary::ALL, RuleKind::Formula).is_err());
}

#[test]
fn the_documentation_keeps_its_word() {
    let text = include_str!("../../../docs/RULES.md");
    let mut checked = 0;
    for block in text.split("\n```").skip(1).step_by(2) {
        let (tag, body) = block.split_once('\n').unwrap_or((block, ""));
        let of = |source: &str| match tag {
            "predicate" => {
                json!({ "id": "d", "stage": "cluster", "when": source, "percent": "1" })
            }
            "formula" => json!({ "id": "d", "stage": "cluster", "rule": source }),
            _ => json!({ "id": "d", "stage": "header", "when": source, "percent": "1" }),
        };
        let lines = body.lines().filter(|line| !line.trim().is_empty());
        for source in lines.filter(|_| ["predicate", "formula", "price", "document"].contains(&tag))
        {
            let mut book = json!({ "v": 1, "currency": "EUR",
                "stages": [{ "id": "cluster" }, { "id": "header", "on": "document" }] });
            if tag == "price" {
                let formula = json!({ "rule": source });
                book["price_lists"] = json!([{ "id": "l", "formula": formula }]);
            } else {
                book["discounts"] = json!([of(source)]);
            }
            // What an example is for is where it must be read.
            let book = PriceBook::from_json(&book.to_string()).unwrap();
            Engine::compile(&book).unwrap_or_else(|error| panic!("{source}: {error}"));
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked} examples");
    for variable in Variable::ALL {
        assert!(text.contains(&format!("`{}`", variable.name())), "{variable:?}");
    }
}

/// A formula, and what arithmetic without limits makes of it.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(i64, u32),
    Op(char, Box<Tree>, Box<Tree>),
    Negate(Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Round(Box<Tree>, u32),
    Floor(Box<Tree>),
    Min(Vec<Tree>),
}

fn rational(text: &str) -> BigRational {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
    BigRational::new(digits, BigInt::from(10).pow(fraction.len().try_into().unwrap()))
}

fn rounded(value: &BigRational, decimals: u32, half_even: bool) -> BigRational {
    let unit = BigRational::from(BigInt::from(10).pow(decimals));
    let scaled = value * &unit;
    let floor = scaled.floor();
    let rest = &scaled - &floor;
    let half = BigRational::new(1.into(), 2.into());
    let odd = floor.to_integer() % 2 != BigInt::from(0);
    let up = if half_even {
        rest > half || (rest == half && odd)
    } else {
        rest > half || (rest == half && scaled >= BigRational::from(BigInt::from(0)))
    };
    (if up { floor + BigRational::from(BigInt::from(1)) } else { floor }) / unit
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Self::Leaf(mantissa, scale) => {
                let text = Exact::new(i128::from(*mantissa), *scale).unwrap().to_string();
                format!("({text})")
            }
            Self::Op(sign, a, b) => format!("({} {sign} {})", a.text(), b.text()),
            Self::Negate(a) => format!("-({})", a.text()),
            Self::If(c, a, b) => format!("({} > 0 ? {} : {})", c.text(), a.text(), b.text()),
            Self::Round(a, decimals) => format!("round({}, {decimals})", a.text()),
            Self::Floor(a) => format!("floor({})", a.text()),
            Self::Min(all) => {
                format!("min([{}])", all.iter().map(Self::text).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// `None` is a division by zero.
    fn value(&self) -> Option<BigRational> {
        let zero = BigRational::from(BigInt::from(0));
        Some(match self {
            Self::Leaf(mantissa, scale) => {
                BigRational::new((*mantissa).into(), BigInt::from(10).pow(*scale))
            }
            Self::Op(sign, a, b) => {
                let (a, b) = (a.value()?, b.value()?);
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => rounded(&(a * b), 20, true),
                    _ if b == zero => return None,
                    '/' => rounded(&(a / b), 20, true),
                    _ => &a - (&a / &b).trunc() * &b,
                }
            }
            Self::Negate(a) => -a.value()?,
            Self::If(c, a, b) => {
                if c.value()? > zero {
                    a.value()?
                } else {
                    b.value()?
                }
            }
            Self::Round(a, decimals) => rounded(&a.value()?, *decimals, false),
            Self::Floor(a) => a.value()?.floor(),
            Self::Min(all) => {
                all.iter().map(Self::value).collect::<Option<Vec<_>>>()?.into_iter().min()?
            }
        })
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (-100_000_i64..100_000, 0_u32..4).prop_map(|(m, s)| Tree::Leaf(m, s)),
        (any::<i64>(), 0_u32..20).prop_map(|(m, s)| Tree::Leaf(m, s)),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let sign = prop::sample::select(vec!['+', '-', '*', '/', '%']);
        prop_oneof![
            4 => (sign, boxed.clone(), boxed.clone()).prop_map(|(s, a, b)| Tree::Op(s, a, b)),
            1 => boxed.clone().prop_map(Tree::Negate),
            1 => (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(c, a, b)| Tree::If(c, a, b)),
            1 => (boxed.clone(), 0_u32..6).prop_map(|(a, d)| Tree::Round(a, d)),
            1 => boxed.prop_map(Tree::Floor),
            1 => prop::collection::vec(inner, 1..4).prop_map(Tree::Min),
        ]
    })
}

/// Words that make a random text likely to be read far.
fn soup() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "quantity",
        "value",
        "customer",
        ".",
        "attributes",
        "[",
        "]",
        "(",
        ")",
        "\"k\"",
        "'è'",
        "1",
        "0.5",
        "1e9",
        "1_0",
        "..",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "==",
        "!=",
        "<",
        "in",
        "not ",
        " and ",
        " or ",
        "??",
        "?",
        ":",
        "min(",
        "abs(",
        "d(",
        "round(",
        ",",
        "null",
        "true",
        "#",
        "$",
        "`",
        "${",
        "}",
        "{",
        "=",
        ";",
        "\"",
        "'",
        "\\",
        "\u{0}",
        "😀",
        " ",
        "date",
        "customer.segments",
        "contains(",
        "filter(",
        "date.year",
        "99999999999999999999",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_evaluator_agrees_with_arithmetic_without_limits(tree in tree()) {
        let source = tree.text();
        // A larger tree may exceed a limit; that is another test's matter.
        let Ok(rule) = parse(&source, Vocabulary::ALL, RuleKind::Formula) else {
            prop_assert!(source.len() > 200, "{source}");
            return Ok(());
        };
        match (rule.evaluate(&Line), tree.value()) {
            (Ok(Value::Number(found)), Some(expected)) => {
                prop_assert_eq!(rational(&found.to_string()), expected, "{}", source);
            }
            (Err(failure), expected) => match failure.reason() {
                FailureReason::DivisionByZero => prop_assert!(expected.is_none(), "{source}"),
                FailureReason::TooManyDigits => {}
                other => prop_assert!(false, "{source}: {other:?} {expected:?}"),
            },
            // A division by zero that was not reached, in the branch that was not taken.
            (Ok(Value::Number(_)), None) => prop_assert!(false, "{source}: must divide by zero"),
            (Ok(other), _) => prop_assert!(false, "{source}: {other:?}"),
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![soup(), any::<String>()]) {
        for kind in [RuleKind::Predicate, RuleKind::Formula] {
            match parse(&text, Vocabulary::ALL, kind) {
                Ok(rule) => {
                    let stored = serde_json::to_string(&rule).unwrap();
                    prop_assert_eq!(&serde_json::from_str::<Rule>(&stored).unwrap(), &rule);
                    let _ = rule.evaluate(&Line);
                }
                Err(errors) => {
                    prop_assert!(!errors.is_empty());
                    for error in errors {
                        prop_assert!(error.offset() <= text.chars().count());
                        let _ = error.to_string();
                    }
                }
            }
        }
    }

    #[test]
    fn a_damaged_rule_is_refused_or_evaluates(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..24), 1..4),
        pick in any::<prop::sample::Index>(),
    ) {
        let sources = [
            "quantity in [1..12) and \"a\" in customer.clusters",
            "date.year == 2026 and (weight ?? 3) > min([1, 2, cost])",
            "channel in [\"a\", \"b\"] or line.attributes[\"k\"] == null",
            "round(value / 3, 2) > 1 ? startsWith(channel, \"a\") : not (number(channel) == 2)",
        ];
        let rule = compile(sources[pick.index(sources.len())], RuleKind::Predicate);
        let mut stored = serde_json::to_value(&rule).unwrap();
        for (at, value) in edits {
            let mut numbers = Vec::new();
            integers(&mut stored, &mut numbers);
            let index = at.index(numbers.len());
            *numbers.swap_remove(index) = value.into();
        }
        if let Ok(rule) = serde_json::from_value::<Rule>(stored) {
            let outcome = rule.evaluate(&Line);
            let damaged = matches!(&outcome, Err(f) if f.reason() == &FailureReason::Damaged);
            prop_assert!(!damaged, "a validated rule is never damaged");
        }
    }
}

fn integers<'a>(value: &'a mut serde_json::Value, found: &mut Vec<&'a mut serde_json::Value>) {
    match value {
        serde_json::Value::Number(_) => found.push(value),
        serde_json::Value::Array(all) => all.iter_mut().for_each(|one| integers(one, found)),
        serde_json::Value::Object(all) => all.values_mut().for_each(|one| integers(one, found)),
        _ => {}
    }
}

#[test]
fn a_stored_rule_with_shared_or_endless_operands_is_refused() {
    let stored = |nodes: &str, count: usize| {
        let places = vec![r#"{"start":0,"end":0}"#; count].join(",");
        let text = format!(
            r#"{{"kind":"formula","source":"","numbers":["1"],"texts":[],"items":[],
                "nodes":[{nodes}],"places":[{places}]}}"#
        );
        serde_json::from_str::<Rule>(&text).map_err(|error| error.to_string())
    };
    assert!(stored(r#"{"number":0}"#, 1).is_ok());
    assert!(stored("", 0).is_err());
    assert!(stored(r#"{"number":1}"#, 1).is_err());
    assert!(stored(r#"{"number":0}"#, 2).is_err());
    let shared = r#"{"number":0},{"arithmetic":{"operator":"add","left":0,"right":0}}"#;
    assert!(stored(shared, 2).is_err());
    let itself = r#"{"unary":{"operator":"negate","of":0}}"#;
    assert!(stored(itself, 1).is_err());
    let negate = |at: usize| format!(r#"{{"unary":{{"operator":"negate","of":{at}}}}}"#);
    let chain = |count: usize| {
        let all: Vec<_> =
            std::iter::once(r#"{"number":0}"#.to_owned()).chain((0..count).map(negate)).collect();
        stored(&all.join(","), count + 1)
    };
    assert!(chain(47).is_ok());
    assert!(chain(48).is_err());
}
