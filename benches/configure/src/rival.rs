//! batsat, used well: one incremental solver, choices as assumptions, every solution read in full
//! so that it answers for as many options as it can, and what became impossible never asked again.

use batsat::{BasicSolver, Lit, SolverInterface, Var, lbool};

use crate::clauses::Clauses;

pub(crate) struct Rival {
    solver: BasicSolver,
    variables: Vec<Var>,
    options: usize,
    choices: Vec<Lit>,
    /// By option: whether it can be chosen and be left out, as far as known to be impossible.
    impossible: Vec<(bool, bool)>,
    /// The same before any choice.
    never: Vec<(bool, bool)>,
}

impl Rival {
    pub(crate) fn new(clauses: &Clauses) -> Self {
        let mut solver = BasicSolver::default();
        let variables: Vec<Var> =
            (0..clauses.variables).map(|_| solver.new_var_default()).collect();
        let literal = |number: i32| {
            let place = number.unsigned_abs() as usize - 1;
            variables.get(place).map(|&variable| Lit::new(variable, number > 0))
        };
        for clause in &clauses.clauses {
            let mut literals: Vec<Lit> =
                clause.iter().filter_map(|&number| literal(number)).collect();
            solver.add_clause_reuse(&mut literals);
        }
        let options = clauses.options.unsigned_abs() as usize;
        let none = vec![(false, false); options];
        let mut out = Self {
            solver,
            variables,
            options,
            choices: Vec::new(),
            never: none.clone(),
            impossible: none,
        };
        out.valid();
        out.never.clone_from(&out.impossible);
        out
    }

    /// A new customer; what is impossible before any choice is known.
    pub(crate) fn start(&mut self) {
        self.choices.clear();
        self.impossible.clone_from(&self.never);
    }

    pub(crate) fn choose(&mut self, option: usize, chosen: bool) {
        self.choices.extend(self.variables.get(option).map(|&v| Lit::new(v, chosen)));
    }

    /// By option: whether it can be chosen, whether it can be left out.
    pub(crate) fn valid(&mut self) -> Vec<(bool, bool)> {
        let mut known = vec![(false, false); self.options];
        for option in 0..self.options {
            for chosen in [true, false] {
                let shown = known.get(option).is_some_and(|&k| if chosen { k.0 } else { k.1 });
                let ruled_out =
                    self.impossible.get(option).is_some_and(|&i| if chosen { i.0 } else { i.1 });
                let Some(&variable) = self.variables.get(option) else { continue };
                if shown || ruled_out {
                    continue;
                }
                let mut assumptions = self.choices.clone();
                assumptions.push(Lit::new(variable, chosen));
                if self.solver.solve_limited(&assumptions) == lbool::TRUE {
                    for (slot, &variable) in known.iter_mut().zip(&self.variables) {
                        let value = self.solver.value_var(variable) == lbool::TRUE;
                        slot.0 |= value;
                        slot.1 |= !value;
                    }
                } else if let Some(slot) = self.impossible.get_mut(option) {
                    if chosen { slot.0 = true } else { slot.1 = true }
                }
            }
        }
        known
    }
}
