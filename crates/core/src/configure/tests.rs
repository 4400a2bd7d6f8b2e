//! Laws of sessions, checked against `batsat` and brute force on random problems.

#[path = "../../../solver/tests/random/mod.rs"]
mod random;

use std::sync::Arc;

use listino_solver::{Lit, Problem};
use random::{Oracle, Random, random_problem};

use super::configurator::{Compiled, Configurator};
use super::error::Limits;
use super::explain::Explanation;
use super::lower::{GroupInfo, Lowered, NO_OPTION, OptionInfo, PriceTerm, RuleInfo, RuleKind};
use super::session::{Answer, ChoiceError, Session, UserChoice};
use crate::money::{Amount, Quantity};

fn models() -> u64 {
    let wanted = std::env::var("LISTINO_RANDOM_MODELS").ok().and_then(|n| n.parse::<u64>().ok());
    wanted.unwrap_or(if cfg!(debug_assertions) { 4_000 } else { 100_000 }) / 40
}

/// A configurator over a bare problem: option `k` is `ok`, rule `k` is `rk`.
fn configurator(problem: &Problem, random: &mut Random) -> Configurator {
    let rules = problem
        .clause_rules
        .iter()
        .chain(&problem.group_rules)
        .chain(&problem.sum_rules)
        .copied()
        .chain(problem.tables.iter().map(|table| table.rule))
        .max()
        .map_or(0, |rule| rule + 1);
    let prices = (0..problem.variables)
        .map(|v| PriceTerm {
            literal: Lit::new(v, random.below(6) != 0),
            price: Some(Amount::from(i64::from(random.below(20)) - 6)),
            cost: Some(Amount::from(i64::from(random.below(9)))),
            table: String::new(),
            product: String::new(),
            quantity: Quantity::from(1),
        })
        .collect();
    let model = Lowered {
        options: (0..problem.variables)
            .map(|k| OptionInfo {
                id: format!("o{k}"),
                name: String::new(),
                group: 0,
                hidden: false,
            })
            .collect(),
        groups: vec![GroupInfo {
            id: "g".into(),
            name: String::new(),
            parent: NO_OPTION,
            first: 0,
            count: problem.variables,
            min: 0,
            max: problem.variables,
        }],
        rules: (0..rules)
            .map(|k| RuleInfo { kind: RuleKind::Rule, id: format!("r{k}"), text: String::new() })
            .collect(),
        defaults: vec![Lit::positive(random.below(problem.variables))],
        default_options: vec![0],
        prices,
        problem: problem.clone(),
        ..Lowered::default()
    };
    Configurator::finish(Compiled::assemble(model, Limits::default()))
}

/// The number in an id such as `o7`.
fn number(id: &str) -> u32 {
    id.trim_start_matches(['o', 'r']).parse().unwrap()
}

fn literal(choice: &UserChoice) -> Lit {
    Lit::new(number(&choice.option), choice.chosen)
}

/// A session with up to `count` random choices that stand.
fn choosing(session: &mut Session, random: &mut Random, options: u32, count: u32) {
    for _ in 0..count {
        let _ = session.decide(&format!("o{}", random.below(options)), random.below(2) == 0);
    }
}

fn check_explanation(problem: &Problem, explanation: &Explanation) {
    let about = literal(explanation.about().unwrap());
    let choices: Vec<Lit> = explanation.choices().iter().map(literal).collect();
    let rules: Vec<u32> = explanation.rules().iter().map(|rule| number(rule.id())).collect();
    let stands = |choices: &[Lit], rules: &[u32]| {
        let mut oracle = Oracle::with_rules(problem, &|rule| rules.contains(&rule));
        let mut all = choices.to_vec();
        all.push(about);
        oracle.satisfiable(&all)
    };
    assert!(!stands(&choices, &rules), "not sufficient: {explanation}");
    for k in 0..choices.len() {
        let mut fewer = choices.clone();
        fewer.remove(k);
        assert!(stands(&fewer, &rules), "a choice too many: {explanation}");
    }
    for k in 0..rules.len() {
        let mut fewer = rules.clone();
        fewer.remove(k);
        assert!(stands(&choices, &fewer), "a rule too many: {explanation}");
    }
}

#[test]
fn explanations_are_sufficient_and_minimal() {
    let mut explained = 0;
    for seed in 0..models() {
        let mut random = Random::new(seed ^ 0x1111_0000);
        let problem = random_problem(&mut random);
        let mut session = configurator(&problem, &mut random).session();
        choosing(&mut session, &mut random, problem.variables, 4);
        for k in 0..problem.variables {
            for chosen in [true, false] {
                let option = format!("o{k}");
                let before = session.choices();
                match session.explain(&option, chosen).unwrap() {
                    Some(explanation) => {
                        check_explanation(&problem, &explanation);
                        explained += 1;
                    }
                    None => {
                        let mut oracle = Oracle::new(&problem);
                        let mut with: Vec<Lit> = before.iter().map(literal).collect();
                        with.retain(|l| l.variable() != k);
                        with.push(Lit::new(k, chosen));
                        assert!(oracle.satisfiable(&with), "seed {seed}: no explanation");
                    }
                }
            }
        }
        if let Err(ChoiceError::Refused(explanation)) = session.complete() {
            assert!(session.configurator().is_void(), "seed {seed}: {explanation}");
            let rules: Vec<u32> = explanation.rules().iter().map(|r| number(r.id())).collect();
            let refuted = |rules: &[u32]| {
                !Oracle::with_rules(&problem, &|rule| rules.contains(&rule)).satisfiable(&[])
            };
            assert!(refuted(&rules));
            for k in 0..rules.len() {
                let mut fewer = rules.clone();
                fewer.remove(k);
                assert!(!refuted(&fewer), "seed {seed}: a rule too many in {explanation}");
            }
        }
    }
    assert!(explained > 100);
}

#[test]
fn restorations_give_up_the_least() {
    let mut restored = 0;
    for seed in 0..models() {
        let mut random = Random::new(seed ^ 0x2222_0000);
        let problem = random_problem(&mut random);
        let mut session = configurator(&problem, &mut random).session();
        choosing(&mut session, &mut random, problem.variables, 5);
        let choices: Vec<Lit> = session.choices().iter().map(literal).collect();
        let wanted = Lit::new(random.below(problem.variables), random.below(2) == 0);
        let others: Vec<Lit> =
            choices.iter().copied().filter(|c| c.variable() != wanted.variable()).collect();
        let mut oracle = Oracle::new(&problem);
        // Every set of choices to give up, checked one by one.
        let mut minimal: Vec<u32> = Vec::new();
        let mut sets: Vec<u32> = (0..1 << others.len()).collect();
        sets.sort_by_key(|set| set.count_ones());
        for set in sets {
            let mut rest: Vec<Lit> =
                (0..others.len()).filter(|k| set >> k & 1 == 0).map(|k| others[k]).collect();
            rest.push(wanted);
            let contains = minimal.iter().any(|smaller| smaller & set == *smaller);
            if !contains && oracle.satisfiable(&rest) {
                minimal.push(set);
            }
        }
        let option = format!("o{}", wanted.variable());
        let found = session.restorations(&option, wanted.is_positive(), 100).unwrap();
        let mut found_sets: Vec<u32> = found
            .iter()
            .map(|restoration| {
                let up: Vec<Lit> = restoration.give_up().iter().map(literal).collect();
                (0..others.len()).filter(|&k| up.contains(&others[k])).map(|k| 1 << k).sum()
            })
            .collect();
        assert!(
            found_sets.is_sorted_by_key(|set| set.count_ones()),
            "seed {seed}: fewer choices come first"
        );
        found_sets.sort_unstable();
        minimal.sort_unstable();
        assert_eq!(found_sets, minimal, "seed {seed}");
        match session.restore(&option, wanted.is_positive()) {
            Ok(best) => {
                restored += 1;
                assert_eq!(Some(&best), found.first());
                assert!(session.choices().iter().any(|c| literal(c) == wanted));
            }
            Err(_) => assert!(found.is_empty(), "seed {seed}"),
        }
    }
    assert!(restored > 20);
}

#[test]
fn the_cheapest_and_the_budget_agree_with_brute_force() {
    for seed in 0..models() {
        let mut random = Random::new(seed ^ 0x3333_0000);
        let problem = random_problem(&mut random);
        if problem.variables > 10 {
            continue;
        }
        let configurator = configurator(&problem, &mut random);
        let mut session = configurator.session();
        choosing(&mut session, &mut random, problem.variables, 2);
        let choices: Vec<Lit> = session.choices().iter().map(literal).collect();
        let terms = &configurator.inner.model.prices;
        let value = |bits: u32, l: Lit| (bits >> l.variable() & 1 == 1) == l.is_positive();
        let price = |bits: u32| -> i64 {
            terms
                .iter()
                .filter(|term| value(bits, term.literal))
                .map(|term| term.price.unwrap().to_string().parse::<i64>().unwrap())
                .sum()
        };
        let margin = |bits: u32| -> i64 {
            let costs = terms.iter().filter(|term| value(bits, term.literal));
            price(bits)
                - costs.map(|t| t.cost.unwrap().to_string().parse::<i64>().unwrap()).sum::<i64>()
        };
        let valid: Vec<u32> = (0..1_u32 << problem.variables)
            .filter(|&bits| {
                choices.iter().all(|&l| value(bits, l)) && problem.holds(&|l| value(bits, l))
            })
            .collect();
        let Some(least) = valid.iter().map(|&bits| price(bits)).min() else {
            assert!(session.cheapest().is_err(), "seed {seed}");
            continue;
        };
        let cheapest = session.cheapest().unwrap();
        assert!(cheapest.proved);
        assert_eq!(cheapest.total.price, Amount::from(least), "seed {seed}");
        let best = session.best_margin().unwrap();
        let most = valid.iter().map(|&bits| margin(bits)).max().unwrap();
        assert_eq!(best.total.margin, Amount::from(most), "seed {seed}");
        let budget = least + i64::from(random.below(12)) - 2;
        for (option, answer) in session.within_budget(Amount::from(budget)).unwrap() {
            let k = number(&option);
            let fits = valid.iter().any(|&bits| bits >> k & 1 == 1 && price(bits) <= budget);
            let expected = if fits { Answer::Yes } else { Answer::No };
            assert_eq!(answer, expected, "seed {seed}: {option} under {budget}");
        }
        let now = session.complete().unwrap();
        let now = session.total(&now).unwrap();
        for change in session.what_if_all().unwrap() {
            let mut with = session.clone();
            with.choose(&change.option).unwrap();
            let then = with.complete().unwrap();
            let then = with.total(&then).unwrap();
            let delta = then.price.exact().subtract(now.price.exact()).unwrap();
            assert_eq!(change.price.exact(), delta, "seed {seed}: {}", change.option);
        }
    }
}

#[test]
fn any_way_to_the_same_choices_ends_in_the_same_state() {
    for seed in 0..models() / 10 {
        let mut random = Random::new(seed ^ 0x4444_0000);
        let problem = random_problem(&mut random);
        let configurator = configurator(&problem, &mut random);
        if configurator.is_void() {
            continue;
        }
        let mut session = configurator.session();
        for _ in 0..200 {
            let option = format!("o{}", random.below(problem.variables));
            let chosen = random.below(2) == 0;
            match random.below(5) {
                0 => drop(session.undo(&option)),
                1 => drop(session.restore(&option, chosen)),
                2 => drop(session.undo_last()),
                3 => drop(session.redo()),
                _ => drop(session.decide(&option, chosen)),
            }
        }
        let mut direct = configurator.session();
        for choice in session.choices() {
            direct.decide(&choice.option, choice.chosen).unwrap();
        }
        assert_eq!(session.states(), direct.states(), "seed {seed}");
        assert_eq!(session.complete(), direct.complete(), "seed {seed}");
        let cheapest = |s: &mut Session| s.cheapest().map(|best| best.configuration);
        assert_eq!(cheapest(&mut session), cheapest(&mut direct), "seed {seed}");
    }
}

#[test]
fn a_preview_never_hides_what_is_possible() {
    for seed in 0..models() {
        let mut random = Random::new(seed ^ 0x6666_0000);
        let problem = random_problem(&mut random);
        let configurator = configurator(&problem, &mut random);
        let mut session = configurator.session();
        let option = format!("o{}", random.below(problem.variables));
        let chosen = random.below(2) == 0;
        let mut exact = configurator.session();
        let outcome = exact.decide(&option, chosen);
        if session.preview(&option, chosen).is_err() {
            assert!(outcome.is_err(), "seed {seed}");
            continue;
        }
        for (early, late) in session.answers().zip(exact.answers()) {
            if outcome.is_ok() {
                assert!(early.0 == Answer::Open || early.0 == late.0, "seed {seed}");
                assert!(early.1 == Answer::Open || early.1 == late.1, "seed {seed}");
            }
        }
        match session.settle(u64::MAX) {
            Ok(settled) => {
                assert!(settled && outcome.is_ok(), "seed {seed}");
                assert_eq!(session.states(), exact.states(), "seed {seed}");
            }
            Err(_) => assert!(outcome.is_err(), "seed {seed}"),
        }
    }
}

#[test]
fn compiled_bytes_give_the_same_sessions_and_damage_is_found() {
    for seed in 0..models() / 20 {
        let mut random = Random::new(seed ^ 0x8888_0000);
        let problem = random_problem(&mut random);
        let configurator = configurator(&problem, &mut random);
        let bytes = configurator.to_bytes();
        let loaded = Configurator::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.inner.loaded.problem, configurator.inner.loaded.problem);
        assert_eq!(loaded.inner.model, configurator.inner.model);
        assert_eq!(loaded.inner.first, configurator.inner.first);
        assert_eq!(loaded.to_bytes(), bytes);
        for _ in 0..20 {
            let mut damaged = bytes.clone();
            let place = random.below(u32::try_from(bytes.len()).unwrap()) as usize;
            damaged[place] ^= 1 << random.below(8);
            assert!(Configurator::from_bytes(&damaged).is_err(), "seed {seed} byte {place}");
            assert!(Configurator::from_bytes(&bytes[..place]).is_err());
        }
        assert_eq!(Arc::strong_count(&loaded.inner), 1);
    }
}

#[test]
fn what_fails_leaves_a_session_as_it_was() {
    let model = serde_json::json!({
        "id": "lamp",
        "groups": [
            { "id": "colour", "options": [{ "id": "red" }, { "id": "gold" }] },
            { "id": "bulb", "options": [{ "id": "warm" }, { "id": "cold" }] }
        ],
        "rules": [{ "id": "glow", "must": { "excludes": ["gold", "cold"] } }]
    });
    let model: super::Model = serde_json::from_value(model).unwrap();
    let limits = Limits::default().steps(500);
    let compiled = Configurator::compile_with(&model, "2026-05-01".parse().unwrap(), limits);
    let mut session = compiled.unwrap().session();
    assert!(matches!(session.preview("silver", true), Err(ChoiceError::UnknownOption(_))));
    assert_eq!(session.steps, 500);
    // Who writes steps may lower the limit of the model, and no more.
    for (asked, allowed) in [(u64::MAX, 500), (20, 20), (500, 500)] {
        let step = format!("{{\"set_steps\":{asked}}}");
        assert!(crate::call::step(&mut session, step.as_bytes()).is_ok());
        assert_eq!(session.steps, allowed);
    }
    session.choose("gold").unwrap();
    session.choose("warm").unwrap();
    session.undo_last().unwrap();
    // What was undone belongs to choices that are given up here.
    session.restore("cold", true).unwrap();
    assert_eq!(session.redo().unwrap(), None);
}
