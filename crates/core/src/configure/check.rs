//! What is suspicious about a model: nothing valid, dead options, rules without effect.

use std::fmt;
use std::sync::Arc;

use listino_solver::{Lit, Loaded, Order, OutOfSteps, Outcome, Problem, Solver};
use serde::Serialize;

use super::configurator::Configurator;
use super::explain::{Explanation, RuleReference, listed, minimal_rules};
use super::lower::{NO_OPTION, RuleKind};
use super::price::holds;
use super::session::{ChoiceError, UserChoice};

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// No configuration is valid.
    Void,
    /// An option that no valid configuration has.
    Dead,
    /// An option that its group leaves free but every valid configuration with its parent has.
    FalseOptional,
    /// A rule or table that the others already imply.
    Redundant,
    /// An item of the bill of materials that nothing leads to.
    UnreachableItem,
}

/// Something suspicious about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    kind: FindingKind,
    subject: String,
    explanation: Explanation,
}

impl Finding {
    /// What kind of finding it is.
    pub fn kind(&self) -> FindingKind {
        self.kind
    }

    /// The option, rule, table or item; for a void model the model.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The rules behind it: for a redundant rule those that imply it, given the groups.
    pub fn explanation(&self) -> &Explanation {
        &self.explanation
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match self.kind {
            FindingKind::Void => write!(f, "no configuration of `{subject}` is valid")?,
            FindingKind::Dead => write!(f, "`{subject}` can never be chosen")?,
            FindingKind::FalseOptional => {
                write!(f, "`{subject}` looks optional but can never be left out")?;
            }
            FindingKind::Redundant => {
                write!(f, "`{subject}` forbids nothing that the rest allows")?
            }
            FindingKind::UnreachableItem => {
                return write!(f, "nothing in the bill of materials leads to `{subject}`");
            }
        }
        let rules = self.explanation.rules();
        if rules.is_empty() { Ok(()) } else { write!(f, ": {}", listed(rules)) }
    }
}

impl Configurator {
    /// Everything suspicious about the model, in its order, each finding explained.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Finding, FindingKind, Model};
    /// let model: Model = serde_json::from_str(r#"{
    ///     "id": "m",
    ///     "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }] }],
    ///     "rules": [{ "id": "r", "must": { "not": "b" } }]
    /// }"#)?;
    /// let findings = Configurator::compile(&model, "2024-05-01".parse()?)?.check()?;
    /// assert_eq!(findings[0].kind(), FindingKind::FalseOptional);
    /// let dead: &Finding = &findings[1];
    /// assert_eq!((dead.subject(), dead.explanation().rules()[0].id()), ("b", "r"));
    /// assert_eq!(dead.to_string(), "`b` can never be chosen: rule `r`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::NotSettled`] when a question was not settled within the limits' steps.
    pub fn check(&self) -> Result<Vec<Finding>, ChoiceError> {
        let steps = self.inner.limits.steps;
        self.findings(steps).map_err(|OutOfSteps| ChoiceError::NotSettled { steps })
    }

    fn references(&self, rules: &[u32]) -> Vec<RuleReference> {
        let all = &self.inner.model.rules;
        rules.iter().filter_map(|&rule| all.get(rule as usize)).map(RuleReference::new).collect()
    }

    fn findings(&self, steps: u64) -> Result<Vec<Finding>, OutOfSteps> {
        let inner = &self.inner;
        let model = &inner.model;
        let mut out = Vec::new();
        let mut add = |kind, subject: &str, about, rules: &[u32]| {
            out.push(Finding {
                kind,
                subject: subject.to_owned(),
                explanation: Explanation::of_rules(about, self.references(rules)),
            });
        };
        let choice = |id: &str, chosen| Some(UserChoice { option: id.to_owned(), chosen });
        let why = |assumptions: &[Lit]| {
            Ok::<_, OutOfSteps>(
                minimal_rules(&inner.loaded, assumptions, steps)?.unwrap_or_default(),
            )
        };
        match &inner.first {
            None => add(FindingKind::Void, &model.id, None, &why(&[])?),
            Some(valid) if !valid.settled => return Err(OutOfSteps),
            Some(valid) => {
                let mut solver = Solver::new(Arc::clone(&inner.loaded));
                let words = (inner.loaded.problem.variables as usize).div_ceil(64).max(1);
                for (number, option) in (0..).zip(&model.options) {
                    if option.hidden {
                        continue;
                    }
                    let (yes, no) = (Lit::positive(number), Lit::negative(number));
                    if !valid.shown(yes) {
                        add(FindingKind::Dead, &option.id, choice(&option.id, true), &why(&[yes])?);
                        continue;
                    }
                    // Mandatory options are not meant to be left out.
                    let Some(group) = model.groups.get(option.group as usize) else { continue };
                    if group.min == group.count {
                        continue;
                    }
                    // A solution that is known already answers most of these questions.
                    let with_parent = |row: &[u64]| {
                        group.parent == NO_OPTION || holds(row, Lit::positive(group.parent))
                    };
                    if inner
                        .starters
                        .chunks_exact(words)
                        .any(|row| holds(row, no) && with_parent(row))
                    {
                        continue;
                    }
                    let mut assumptions = Vec::new();
                    if group.parent != NO_OPTION {
                        assumptions.push(Lit::positive(group.parent));
                    }
                    assumptions.push(no);
                    if possible(&mut solver, &assumptions, steps)? {
                        continue;
                    }
                    if assumptions.len() == 2
                        && !possible(&mut solver, assumptions.get(..1).unwrap_or_default(), steps)?
                    {
                        continue;
                    }
                    let rules = why(&assumptions)?;
                    add(FindingKind::FalseOptional, &option.id, choice(&option.id, false), &rules);
                }
                for (rule, rules) in self.redundant(steps)? {
                    if let Some(rule) = model.rules.get(rule as usize) {
                        add(FindingKind::Redundant, &rule.id, None, &rules);
                    }
                }
            }
        }
        for item in inner.bom.iter().flat_map(|bom| bom.unreachable()) {
            add(FindingKind::UnreachableItem, item, None, &[]);
        }
        Ok(out)
    }

    /// The rules and tables that the others imply, each with rules that do.
    ///
    /// Not looked at are rules so nested that they need auxiliary names, whose opposite cannot be
    /// told from the clauses any more.
    fn redundant(&self, steps: u64) -> Result<Vec<(u32, Vec<u32>)>, OutOfSteps> {
        let problem = &self.inner.loaded.problem;
        let mut candidates = self.candidates();
        // The same problem, with a switch for each of these rules.
        let mut switched = Problem { variables: problem.variables, ..Problem::default() };
        for candidate in &mut candidates {
            candidate.switch = Lit::positive(switched.variable());
        }
        for (clause, &rule) in problem.clauses.iter().zip(&problem.clause_rules) {
            let Some(candidate) = of_rule(&mut candidates, rule) else {
                switched.clause(rule, clause);
                continue;
            };
            let mut longer = clause.to_vec();
            longer.push(!candidate.switch);
            switched.clause(rule, &longer);
            candidate.opposites.push(clause.iter().map(|&literal| !literal).collect());
        }
        let groups = problem.groups.iter().zip(&problem.group_rules).map(|(group, &rule)| {
            let ones = group.iter().map(|&literal| (1, literal)).collect::<Vec<_>>();
            (ones, 1, rule)
        });
        let sums = problem.sums.iter().zip(&problem.sum_bounds).zip(&problem.sum_rules);
        let sums = sums.map(|((terms, &bound), &rule)| {
            let terms = terms.iter().map(|term| (term.coefficient, term.literal));
            (terms.collect::<Vec<_>>(), bound, rule)
        });
        for (mut terms, bound, rule) in groups.chain(sums) {
            let Some(candidate) = of_rule(&mut candidates, rule) else {
                // What fitted once fits again.
                let _ = switched.at_most(rule, &terms, bound);
                continue;
            };
            let ask = Lit::positive(switched.variable());
            let total: i64 = terms.iter().map(|&(coefficient, _)| coefficient).sum();
            let mut opposite = terms.clone();
            terms.push((total - bound, candidate.switch));
            opposite.push((bound + 1, !ask));
            let both = [
                switched.at_most(rule, &terms, total),
                switched.at_least(rule, &opposite, bound + 1),
            ];
            if both.iter().all(Result::is_ok) {
                candidate.opposites.push(vec![ask]);
            } else {
                candidate.out_of_reach = true;
            }
        }
        for table in &problem.tables {
            let Some(candidate) = of_rule(&mut candidates, table.rule) else {
                switched.tables.push(table.clone());
                continue;
            };
            let ask = Lit::positive(switched.variable());
            switched.tables.push(table.unless(!candidate.switch));
            for row in table.rows() {
                let mut not_this: Vec<Lit> = row.into_iter().map(|literal| !literal).collect();
                not_this.push(!ask);
                switched.clause(table.rule, &not_this);
            }
            candidate.opposites.push(vec![ask]);
        }
        candidates.retain(|candidate| !candidate.out_of_reach);
        let solver = Solver::new(Arc::new(Loaded::new(switched)));
        let mut search = Redundancy {
            narrow: solver.clone(),
            solver,
            switches: candidates
                .iter()
                .map(|candidate| (candidate.switch, candidate.rule))
                .collect(),
            on: Vec::new(),
            found: Vec::new(),
            steps,
        };
        search.halve(&candidates)?;
        Ok(search.found)
    }

    /// The rules and tables of which the opposite can be told.
    fn candidates(&self) -> Vec<Candidate> {
        let problem = &self.inner.loaded.problem;
        let options = u32::try_from(self.inner.model.options.len()).unwrap_or(u32::MAX);
        let mut named: Vec<u32> = Vec::new();
        let is_name = |literal: Lit| literal.variable() >= options;
        let literals = problem.clauses.iter().zip(&problem.clause_rules);
        for (literals, &rule) in literals.chain(problem.groups.iter().zip(&problem.group_rules)) {
            named.extend(literals.iter().any(|&literal| is_name(literal)).then_some(rule));
        }
        for (terms, &rule) in problem.sums.iter().zip(&problem.sum_rules) {
            named.extend(terms.iter().any(|term| is_name(term.literal)).then_some(rule));
        }
        named.sort_unstable();
        let kinds = (0..).zip(&self.inner.model.rules);
        kinds
            .filter(|&(rule, info)| match info.kind {
                // The names in a table stand for "none of a group", which nothing switches.
                RuleKind::Table => true,
                RuleKind::Rule => named.binary_search(&rule).is_err(),
                RuleKind::Group | RuleKind::Validity | RuleKind::Definition => false,
            })
            .map(|(rule, _)| Candidate {
                rule,
                switch: Lit::positive(0),
                opposites: Vec::new(),
                out_of_reach: false,
            })
            .collect()
    }
}

/// A rule that may be redundant, and the literal that switches it on.
struct Candidate {
    rule: u32,
    switch: Lit,
    /// What each of its constraints forbids: literals that are true together only against it.
    opposites: Vec<Vec<Lit>>,
    /// Its opposite cannot be written in 64 bits.
    out_of_reach: bool,
}

fn of_rule(candidates: &mut [Candidate], rule: u32) -> Option<&mut Candidate> {
    let at = candidates.binary_search_by_key(&rule, |candidate| candidate.rule).ok()?;
    candidates.get_mut(at)
}

struct Redundancy {
    solver: Solver,
    /// For questions with few switches on, so that the other search keeps its place.
    narrow: Solver,
    /// Every switch and its rule, sorted.
    switches: Vec<(Lit, u32)>,
    on: Vec<Lit>,
    found: Vec<(u32, Vec<u32>)>,
    /// The most steps for one question.
    steps: u64,
}

impl Redundancy {
    /// Asks about each rule while all others are on. Halving keeps most of them on between two
    /// questions, so that each is switched on a few times and not once per rule.
    fn halve(&mut self, candidates: &[Candidate]) -> Result<(), OutOfSteps> {
        if let [one] = candidates {
            return self.ask(one);
        }
        let (left, right) = candidates.split_at(candidates.len() / 2);
        for (asked, others) in [(left, right), (right, left)] {
            if asked.is_empty() {
                continue;
            }
            let before = self.on.len();
            self.on.extend(others.iter().map(|candidate| candidate.switch));
            self.halve(asked)?;
            self.on.truncate(before);
        }
        Ok(())
    }

    fn ask(&mut self, candidate: &Candidate) -> Result<(), OutOfSteps> {
        let mut refutations: Vec<(&Vec<Lit>, Vec<Lit>)> = Vec::new();
        for opposite in &candidate.opposites {
            let mut assumptions = self.on.clone();
            assumptions.extend(opposite);
            match refuted(&mut self.solver, &assumptions, self.steps)? {
                None => return Ok(()),
                Some(blamed) => refutations.push((opposite, blamed)),
            }
        }
        let rule = |switch: &Lit| {
            let at = self.switches.binary_search_by(|(known, _)| known.cmp(switch)).ok()?;
            self.switches.get(at).map(|&(_, rule)| rule)
        };
        let mut rules = Vec::new();
        for (opposite, mut core) in refutations {
            core.retain(|literal| rule(literal).is_some());
            // Each switch that the refutation can do without is dropped.
            let mut place = core.len();
            while place > 0 {
                place -= 1;
                let mut assumptions = core.clone();
                assumptions.remove(place);
                assumptions.extend(opposite);
                let needed = core.len() - place - 1;
                if let Some(blamed) = refuted(&mut self.narrow, &assumptions, self.steps)? {
                    core.retain(|literal| blamed.contains(literal));
                    place = core.len().saturating_sub(needed);
                }
            }
            rules.extend(core.iter().filter_map(rule));
        }
        rules.sort_unstable();
        rules.dedup();
        self.found.push((candidate.rule, rules));
        Ok(())
    }
}

/// The assumptions to blame when there is no solution.
fn refuted(
    solver: &mut Solver,
    assumptions: &[Lit],
    steps: u64,
) -> Result<Option<Vec<Lit>>, OutOfSteps> {
    solver.allow(steps);
    if let Err(blamed) = solver.assume(assumptions) {
        return Ok(Some(blamed));
    }
    solver.want(Vec::new());
    let outcome = solver.solve(Order::Steered)?;
    solver.rewind();
    Ok(match outcome {
        Outcome::Solution => None,
        Outcome::Refuted(blamed) => Some(blamed),
    })
}

fn possible(solver: &mut Solver, assumptions: &[Lit], steps: u64) -> Result<bool, OutOfSteps> {
    Ok(refuted(solver, assumptions, steps)?.is_none())
}
