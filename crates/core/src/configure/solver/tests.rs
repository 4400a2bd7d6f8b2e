//! Laws of the solver, checked against `batsat` on random problems written out as clauses.

use std::sync::Arc;

use batsat::{BasicSolver, SolverInterface, lbool};

use super::Lit;
use super::problem::{Problem, Table, WILDCARD};
use super::search::{Loaded, Order, Outcome, Solver};
use super::valid::{Bits, Explorer, NoValidSet};

/// A small generator: the tests repeat exactly.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) as u32) % bound
    }
}

/// The same problem as clauses.
pub(crate) struct Oracle {
    solver: BasicSolver,
    variables: Vec<batsat::Var>,
}

impl Oracle {
    pub(crate) fn new(problem: &Problem) -> Self {
        Self::with_rules(problem, &|_| true)
    }

    pub(crate) fn with_rules(problem: &Problem, keep: &dyn Fn(u32) -> bool) -> Self {
        let mut solver = BasicSolver::default();
        let variables = (0..problem.variables).map(|_| solver.new_var_default()).collect();
        let mut oracle = Self { solver, variables };
        for (clause, &rule) in problem.clauses.iter().zip(&problem.clause_rules) {
            if keep(rule) {
                oracle.clause(clause);
            }
        }
        for (group, &rule) in problem.groups.iter().zip(&problem.group_rules) {
            if keep(rule) {
                for (place, &a) in group.iter().enumerate() {
                    for &b in &group[place + 1..] {
                        oracle.clause(&[!a, !b]);
                    }
                }
            }
        }
        for ((terms, &bound), &rule) in
            problem.sums.iter().zip(&problem.sum_bounds).zip(&problem.sum_rules)
        {
            if keep(rule) {
                // Every choice of terms over the bound is forbidden.
                for subset in 1_u32..1 << terms.len() {
                    let chosen = terms.iter().enumerate().filter(|(k, _)| subset >> k & 1 == 1);
                    let total: i64 = chosen.clone().map(|(_, t)| t.coefficient).sum();
                    if total > bound {
                        oracle.clause(&chosen.map(|(_, t)| !t.literal).collect::<Vec<_>>());
                    }
                }
            }
        }
        for table in &problem.tables {
            if keep(table.rule) {
                oracle.table(table);
            }
        }
        oracle
    }

    fn literal(&self, literal: Lit) -> batsat::Lit {
        batsat::Lit::new(self.variables[literal.slot()], literal.is_positive())
    }

    fn clause(&mut self, literals: &[Lit]) {
        let mut clause: Vec<_> = literals.iter().map(|&l| self.literal(l)).collect();
        self.solver.add_clause_reuse(&mut clause);
    }

    fn table(&mut self, table: &Table) {
        let words = table.words();
        let rows: Vec<batsat::Lit> = (0..table.rows)
            .map(|_| batsat::Lit::new(self.solver.new_var_default(), true))
            .collect();
        self.solver.add_clause_reuse(&mut rows.clone());
        for (number, &row) in rows.iter().enumerate() {
            let mut entry = 0;
            for (place, column) in table.columns.iter().enumerate() {
                for &literal in column {
                    let bit = |words: &[u64]| words[number / 64] >> (number % 64) & 1 == 1;
                    let wild = bit(&table.wildcard[place * words..][..words]);
                    let allowed = bit(&table.support[entry * words..][..words]);
                    entry += 1;
                    if !wild {
                        let wanted = self.literal(if allowed { literal } else { !literal });
                        self.solver.add_clause_reuse(&mut vec![!row, wanted]);
                    }
                }
            }
        }
    }

    pub(crate) fn satisfiable(&mut self, assumptions: &[Lit]) -> bool {
        let assumptions: Vec<_> = assumptions.iter().map(|&l| self.literal(l)).collect();
        self.solver.solve_limited(&assumptions) == lbool::TRUE
    }
}

/// A random problem of groups, clauses, sums and tables; each constraint is its own rule.
pub(crate) fn random_problem(random: &mut Random) -> Problem {
    let mut problem = Problem::default();
    let variables = 4 + random.below(12);
    problem.variables = variables;
    let literal = |random: &mut Random| Lit::new(random.below(variables), random.below(2) == 0);
    let mut rule = 0;
    for _ in 0..random.below(3) {
        let size = 2 + random.below(5);
        let group: Vec<Lit> =
            (0..size).map(|_| Lit::new(random.below(variables), random.below(8) != 0)).collect();
        problem.at_most_one(rule, &group);
        rule += 1;
        if random.below(2) == 0 {
            problem.clause(rule, &group);
            rule += 1;
        }
    }
    for _ in 0..random.below(2 * variables) {
        let size = 2 + random.below(3);
        let clause: Vec<Lit> = (0..size).map(|_| literal(random)).collect();
        problem.clause(rule, &clause);
        rule += 1;
    }
    for _ in 0..random.below(3) {
        let size = 2 + random.below(6);
        let terms: Vec<(i64, Lit)> =
            (0..size).map(|_| (i64::from(random.below(9)) - 3, literal(random))).collect();
        let bound = i64::from(random.below(12)) - 2;
        if random.below(2) == 0 {
            problem.at_most(rule, &terms, bound).unwrap();
        } else {
            problem.at_least(rule, &terms, bound).unwrap();
        }
        rule += 1;
    }
    for _ in 0..random.below(3) {
        let mut next = random.below(3);
        let mut columns = Vec::new();
        for _ in 0..1 + random.below(3) {
            let size = 1 + random.below(3);
            let column: Vec<Lit> =
                (next..next + size).filter(|&v| v < variables).map(Lit::positive).collect();
            next += size;
            if !column.is_empty() {
                columns.push(column);
            }
        }
        if columns.is_empty() {
            continue;
        }
        if columns.iter().all(|c| c.len() == 1) {
            // A yes/no column: chosen or left out.
            for column in &mut columns {
                let l = column[0];
                column.push(!l);
            }
        }
        let count = 1 + random.below(6) * random.below(16);
        let rows: Vec<Vec<u32>> = (0..count)
            .map(|_| {
                columns
                    .iter()
                    .map(|column| match random.below(5) {
                        0 => WILDCARD,
                        _ => random.below(column.len() as u32),
                    })
                    .collect()
            })
            .collect();
        problem.table(rule, &columns, &rows);
        rule += 1;
    }
    problem
}

/// How many random problems: all of them in an optimised build, fewer in a debug build.
fn models() -> u64 {
    let wanted = std::env::var("LISTINO_RANDOM_MODELS").ok().and_then(|n| n.parse().ok());
    wanted.unwrap_or(if cfg!(debug_assertions) { 4_000 } else { 100_000 })
}

#[test]
fn valid_sets_agree_with_the_oracle_on_random_problems() {
    for seed in 0..models() {
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
            for row in explorer.witnesses.rows().chunks_exact((variables as usize).div_ceil(64)) {
                let value =
                    |l: Lit| (row[l.slot() / 64] >> (l.slot() % 64) & 1 == 1) == l.is_positive();
                assert!(loaded.problem.holds(&value), "seed {seed}: a witness is no solution");
            }
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
