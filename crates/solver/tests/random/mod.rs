//! Random problems, and `batsat` on the same problem written out as clauses.

use batsat::{BasicSolver, SolverInterface, lbool};

use listino_solver::{Lit, Problem, Table, WILDCARD};

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
