//! Laws of the solver, checked against `batsat` on random problems written out as clauses.
#![cfg(test)]

mod random;

use std::sync::Arc;

use listino_solver::{Bits, Explorer, Lit, Loaded, NoValidSet, Order, Outcome, Problem, Solver};
use random::{Oracle, Random, random_problem};

/// How many random problems: all of them in an optimised build, fewer in a debug build.
fn models() -> u64 {
    let wanted = std::env::var("LISTINO_RANDOM_MODELS").ok().and_then(|n| n.parse().ok());
    wanted.unwrap_or(if cfg!(debug_assertions) { 4_000 } else { 100_000 })
}

/// One seed after the other, on every processor there is.
fn for_each_seed(seeds: u64, check: impl Fn(u64) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads as u64 {
            let check = &check;
            scope.spawn(move || (first..seeds).step_by(threads).for_each(check));
        }
    });
}

#[test]
fn valid_sets_agree_with_the_oracle_on_random_problems() {
    for_each_seed(models(), valid_sets_agree);
}

fn valid_sets_agree(seed: u64) {
    let mut random = Random::new(seed);
    let problem = random_problem(&mut random);
    let variables = problem.variables;
    let mut oracle = Oracle::new(&problem);
    let mut options = Bits::new(variables as usize);
    (0..variables).for_each(|v| options.insert(v));
    let loaded = Arc::new(Loaded::new(problem));
    let mut explorer = Explorer::new(Arc::clone(&loaded), Arc::new(options), &[]);
    let mut choices: Vec<Lit> = Vec::new();
    for step in 0..5 {
        let before = choices.clone();
        if step > 0 {
            if random.below(4) == 0 && !choices.is_empty() {
                choices.remove(random.below(choices.len() as u32) as usize);
            } else {
                choices.push(Lit::new(random.below(variables), random.below(2) == 0));
            }
        }
        let satisfiable = oracle.satisfiable(&choices);
        let valid = explorer
            .assume(&choices)
            .map_err(NoValidSet::Refuted)
            .and_then(|()| explorer.valid(u64::MAX));
        let valid = match valid {
            Ok(valid) => valid,
            Err(NoValidSet::OutOfSteps) => panic!("seed {seed}: no budget was set"),
            Err(NoValidSet::Refuted(blamed)) => {
                assert!(!satisfiable, "seed {seed}: {choices:?} refused");
                assert!(blamed.iter().all(|l| choices.contains(l)), "seed {seed}");
                assert!(!oracle.satisfiable(&blamed), "seed {seed}: {blamed:?} not to blame");
                choices = before;
                if !oracle.satisfiable(&choices) {
                    break;
                }
                continue;
            }
        };
        assert!(satisfiable, "seed {seed}: {choices:?} accepted");
        assert!(valid.settled);
        for code in 0..2 * variables {
            let literal = Lit::from_code(code);
            let mut with = choices.clone();
            with.push(literal);
            assert_eq!(
                valid.shown(literal),
                oracle.satisfiable(&with),
                "seed {seed} step {step}: {literal:?} under {choices:?}"
            );
        }
        for row in explorer.starters().chunks_exact((variables as usize).div_ceil(64)) {
            let value =
                |l: Lit| (row[l.slot() / 64] >> (l.slot() % 64) & 1 == 1) == l.is_positive();
            assert!(loaded.problem.holds(&value), "seed {seed}: a witness is no solution");
        }
    }
}

#[test]
fn a_strict_order_gives_the_first_solution_in_that_order() {
    for seed in 0..models() / 20 {
        let mut random = Random::new(seed ^ 0xabcd_0000);
        let problem = random_problem(&mut random);
        let variables = problem.variables;
        let mut oracle = Oracle::new(&problem);
        let mut solver = Solver::new(Arc::new(Loaded::new(problem)));
        let mut order: Vec<Lit> = (0..variables).map(Lit::negative).collect();
        for _ in 0..variables {
            let (a, b) = (random.below(variables) as usize, random.below(variables) as usize);
            order.swap(a, b);
            order[a] = !order[a];
        }
        solver.want(order.clone());
        let outcome = solver.solve(Order::Strict).unwrap();
        if outcome != Outcome::Solution {
            assert!(!oracle.satisfiable(&[]));
            continue;
        }
        let mut fixed = Vec::new();
        for literal in order {
            fixed.push(literal);
            if !oracle.satisfiable(&fixed) {
                fixed.pop();
                fixed.push(!literal);
            }
        }
        assert!(fixed.iter().all(|&literal| solver.is_true(literal)), "seed {seed}");
    }
}

#[test]
fn a_traced_search_names_rules_that_suffice() {
    let mut refuted = 0;
    for seed in 0..models() / 4 {
        let mut random = Random::new(seed ^ 0x7777_0000);
        let problem = random_problem(&mut random);
        let choices: Vec<Lit> = (0..3)
            .map(|_| Lit::new(random.below(problem.variables), random.below(2) == 0))
            .collect();
        let mut solver = Solver::traced(Arc::new(Loaded::new(problem.clone())));
        let outcome = match solver.assume(&choices) {
            Ok(()) => solver.solve(Order::Steered).unwrap(),
            Err(blamed) => Outcome::Refuted(blamed),
        };
        let Outcome::Refuted(blamed) = outcome else {
            assert!(Oracle::new(&problem).satisfiable(&choices), "seed {seed}");
            continue;
        };
        refuted += 1;
        let rules = solver.blamed_rules();
        let mut oracle = Oracle::with_rules(&problem, &|rule| rules.contains(&rule));
        assert!(!oracle.satisfiable(&blamed), "seed {seed}: {rules:?} {blamed:?}");
    }
    assert!(refuted > 10);
}

#[test]
fn a_step_budget_never_gives_a_wrong_answer() {
    for seed in 0..models() / 20 {
        let mut random = Random::new(seed ^ 0x5555_0000);
        let problem = random_problem(&mut random);
        let variables = problem.variables;
        let mut oracle = Oracle::new(&problem);
        let mut options = Bits::new(variables as usize);
        (0..variables).for_each(|v| options.insert(v));
        let mut explorer = Explorer::new(Arc::new(Loaded::new(problem)), Arc::new(options), &[]);
        if explorer.assume(&[]).is_err() {
            continue;
        }
        let valid = match explorer.valid(u64::from(random.below(40))) {
            Ok(valid) => valid,
            Err(NoValidSet::OutOfSteps) => continue,
            Err(NoValidSet::Refuted(_)) => {
                assert!(!oracle.satisfiable(&[]), "seed {seed}");
                continue;
            }
        };
        for code in 0..2 * variables {
            let literal = Lit::from_code(code);
            if valid.shown(literal) || valid.settled {
                assert_eq!(valid.shown(literal), oracle.satisfiable(&[literal]), "seed {seed}");
            }
        }
    }
}

#[test]
fn forgetting_keeps_the_answers() {
    // A pigeonhole problem learns enough to forget; ten pigeons do not fit nine holes.
    let (pigeons, holes) = (8_u32, 7_u32);
    let mut problem = Problem { variables: pigeons * holes, ..Problem::default() };
    for pigeon in 0..pigeons {
        let clause: Vec<Lit> = (0..holes).map(|h| Lit::positive(pigeon * holes + h)).collect();
        problem.clause(pigeon, &clause);
    }
    for hole in 0..holes {
        for a in 0..pigeons {
            for b in 0..a {
                problem.clause(
                    100,
                    &[Lit::negative(a * holes + hole), Lit::negative(b * holes + hole)],
                );
            }
        }
    }
    let mut solver = Solver::new(Arc::new(Loaded::new(problem)));
    solver.forget_after(50);
    assert_eq!(solver.solve(Order::Steered), Ok(Outcome::Refuted(Vec::new())));
}
