//! Why something is impossible, and what to give up to make it possible.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use listino_solver::{Lit, Loaded, Order, OutOfSteps, Outcome, Problem, Solver};
use serde::{Deserialize, Serialize};

use super::lower::{RuleInfo, RuleKind};
use super::session::{ChoiceError, Session, UserChoice};
use crate::order::arrange;

/// A rule that takes part in an explanation.
///
/// ```
/// use listino_core::configure::{Configurator, Model, RuleReference};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("cold")?;
/// let why = session.explain("gold", true)?.unwrap();
/// let rule: &RuleReference = why.rules().iter().find(|rule| rule.kind() == "rule").unwrap();
/// assert_eq!((rule.id(), rule.text()), ("glow", "gold needs warm light"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleReference {
    id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    kind: Cow<'static, str>,
}

impl RuleReference {
    pub(crate) fn new(rule: &RuleInfo) -> Self {
        let kind = match rule.kind {
            RuleKind::Group => "group",
            RuleKind::Rule => "rule",
            RuleKind::Table => "table",
            RuleKind::Validity => "validity",
            RuleKind::Definition => "definition",
        };
        Self { id: rule.id.clone(), text: rule.text.clone(), kind: Cow::Borrowed(kind) }
    }

    /// The id of the rule, table or group, or of the option whose validity it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a person reads; empty when the model says nothing.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `rule`, `table`, `group`, `validity` or `definition`.
    pub fn kind(&self) -> &str {
        &self.kind
    }
}

impl fmt::Display for RuleReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            write!(f, "{} `{}`", self.kind, self.id)
        } else if self.kind == "group" || self.kind == "validity" {
            f.write_str(&self.text)
        } else {
            write!(f, "{} `{}`: {}", self.kind, self.id, self.text)
        }
    }
}

/// Rules in a sentence. Where many groups take part, which a sum over all of them brings about,
/// they are named at the end and not one by one.
pub(crate) fn listed(rules: &[RuleReference]) -> String {
    let is_group = |rule: &&RuleReference| rule.kind == "group";
    let groups: Vec<String> =
        rules.iter().filter(is_group).map(|rule| format!("`{}`", rule.id)).collect();
    let few = groups.len() <= FEW;
    let mut out: Vec<String> =
        rules.iter().filter(|rule| few || !is_group(rule)).map(ToString::to_string).collect();
    if !few {
        out.push(format!("how many options {} take", groups.join(", ")));
    }
    out.join("; ")
}

/// So many groups are named one by one.
pub(crate) const FEW: usize = 2;

/// Why an option cannot be chosen, or cannot be left out.
///
/// The choices and the rules are minimal together: without any one of them the option would be
/// possible.
///
/// ```
/// use listino_core::configure::{Configurator, Explanation, Model};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("cold")?;
/// let why: Explanation = session.explain("gold", true)?.unwrap();
/// assert_eq!(why.about().unwrap().option, "gold");
/// assert_eq!(why.choices()[0].option, "cold");
/// assert!(why.to_string().starts_with("`gold` cannot be chosen with `cold`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<UserChoice>,
    choices: Vec<UserChoice>,
    rules: Vec<RuleReference>,
}

impl Explanation {
    pub(crate) fn of_rules(about: Option<UserChoice>, rules: Vec<RuleReference>) -> Self {
        Self { about, choices: Vec::new(), rules }
    }

    /// What is impossible; `None` when the model allows nothing at all.
    pub fn about(&self) -> Option<&UserChoice> {
        self.about.as_ref()
    }

    /// The customer's choices that stand against it.
    pub fn choices(&self) -> &[UserChoice] {
        &self.choices
    }

    /// The rules that stand against it.
    pub fn rules(&self) -> &[RuleReference] {
        &self.rules
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.about {
            Some(UserChoice { option, chosen: true }) => write!(f, "`{option}` cannot be chosen")?,
            Some(UserChoice { option, chosen: false }) => {
                write!(f, "`{option}` cannot be left out")?;
            }
            None => f.write_str("no configuration is valid")?,
        }
        if !self.choices.is_empty() {
            let choices: Vec<String> = self.choices.iter().map(ToString::to_string).collect();
            write!(f, " with {}", choices.join(", "))?;
        }
        if self.rules.is_empty() { Ok(()) } else { write!(f, ": {}", listed(&self.rules)) }
    }
}

/// Choices to give up so that another one can stand.
///
/// ```
/// use listino_core::configure::{Configurator, Model, Restoration};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("cold")?;
/// let ways: Vec<Restoration> = session.restorations("gold", true, 3)?;
/// assert_eq!((ways.len(), ways[0].give_up()[0].option.as_str()), (1, "cold"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restoration {
    give_up: Vec<UserChoice>,
}

impl Restoration {
    /// The choices to give up, in the order in which they were made.
    pub fn give_up(&self) -> &[UserChoice] {
        &self.give_up
    }
}

/// How many sets of choices a restoration looks at before it stops looking for more alternatives.
const NODES: usize = 2_000;

impl Session {
    /// Why an option can no longer be chosen (or left out); `None` when it can.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// assert_eq!(session.explain("gold", true)?, None);
    /// session.choose("gold")?;
    /// let why = session.explain("warm", false)?.unwrap();
    /// assert_eq!(why.choices()[0].option, "gold");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::UnknownOption`], [`ChoiceError::NotSettled`].
    pub fn explain(
        &mut self,
        option: &str,
        chosen: bool,
    ) -> Result<Option<Explanation>, ChoiceError> {
        let literal = Lit::new(self.option(option)?, chosen);
        let choices: Vec<Lit> =
            self.choices.iter().copied().filter(|&choice| choice != literal).collect();
        let out = self.explanation(&choices, literal);
        self.come_back();
        out.map_err(|OutOfSteps| ChoiceError::NotSettled { steps: self.steps })
    }

    /// Why no configuration is valid at all; `None` when one is.
    pub(crate) fn void_explanation(&mut self) -> Option<Explanation> {
        let loaded = &self.configurator.inner.loaded;
        let rules = minimal_rules(loaded, &[], self.steps).ok()??;
        Some(Explanation::of_rules(None, self.references(&rules)))
    }

    fn references(&self, rules: &[u32]) -> Vec<RuleReference> {
        let all = &self.configurator.inner.model.rules;
        rules.iter().filter_map(|&rule| all.get(rule as usize)).map(RuleReference::new).collect()
    }

    /// Leaves the search wherever it ends: the caller brings it back.
    pub(crate) fn explanation(
        &mut self,
        choices: &[Lit],
        literal: Lit,
    ) -> Result<Option<Explanation>, OutOfSteps> {
        let Some(core) = self.core(choices, literal)? else { return Ok(None) };
        let core = self.minimal_core(core, literal)?;
        let mut assumptions = core.clone();
        assumptions.push(literal);
        let loaded = &self.configurator.inner.loaded;
        let rules = minimal_rules(loaded, &assumptions, self.steps)?.unwrap_or_default();
        Ok(Some(Explanation {
            about: Some(self.user_choice(literal)),
            choices: core.iter().map(|&choice| self.user_choice(choice)).collect(),
            rules: self.references(&rules),
        }))
    }

    /// Choices that cannot stand with a literal; `None` when all of them can.
    fn core(&mut self, choices: &[Lit], literal: Lit) -> Result<Option<Vec<Lit>>, OutOfSteps> {
        let solver = &mut self.explorer.solver;
        let mut assumptions = choices.to_vec();
        assumptions.push(literal);
        solver.allow(self.steps);
        let blamed = match solver.assume(&assumptions) {
            Err(blamed) => blamed,
            Ok(()) => {
                solver.want(Vec::new());
                match solver.solve(Order::Steered)? {
                    Outcome::Solution => {
                        solver.rewind();
                        return Ok(None);
                    }
                    Outcome::Refuted(blamed) => blamed,
                }
            }
        };
        // In the order of the choices, without the literal itself.
        Ok(Some(choices.iter().copied().filter(|choice| blamed.contains(choice)).collect()))
    }

    /// Drops every choice that the contradiction does not need; the older ones are kept if either
    /// would do.
    fn minimal_core(&mut self, mut core: Vec<Lit>, literal: Lit) -> Result<Vec<Lit>, OutOfSteps> {
        let mut place = core.len();
        while place > 0 {
            place -= 1;
            let mut without = core.clone();
            without.remove(place);
            let needed = core.len() - place - 1;
            if let Some(smaller) = self.core(&without, literal)? {
                // What was found to be needed stays at the end.
                core = smaller;
                place = core.len().saturating_sub(needed);
            }
        }
        Ok(core)
    }

    /// The least to give up so that an option can be chosen (or left out), and alternatives: few
    /// choices before many, older ones before younger ones. Empty when the rules alone forbid it.
    ///
    /// Every set is minimal: giving up less of it is not enough. A set of nothing means that the
    /// option is possible as it is.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("red")?;
    /// session.choose("cold")?;
    /// // Red is of the same group, and cold does not go with gold.
    /// let ways = session.restorations("gold", true, 3)?;
    /// assert_eq!(ways[0].give_up().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::UnknownOption`], [`ChoiceError::NotSettled`].
    pub fn restorations(
        &mut self,
        option: &str,
        chosen: bool,
        most: usize,
    ) -> Result<Vec<Restoration>, ChoiceError> {
        let literal = Lit::new(self.option(option)?, chosen);
        let out = self.diagnoses(literal, most);
        self.come_back();
        let sets = out.map_err(|OutOfSteps| ChoiceError::NotSettled { steps: self.steps })?;
        Ok(sets
            .into_iter()
            .map(|set| Restoration { give_up: set.iter().map(|&c| self.user_choice(c)).collect() })
            .collect())
    }

    /// Minimal sets of choices to give up, by breadth-first search over conflicts (Reiter's
    /// hitting-set tree).
    fn diagnoses(&mut self, literal: Lit, most: usize) -> Result<Vec<Vec<Lit>>, OutOfSteps> {
        // Whoever decides about an option anew gives up what was decided about it before.
        let about_others = |choice: &Lit| choice.variable() != literal.variable();
        let choices: Vec<Lit> = self.choices.iter().copied().filter(about_others).collect();
        let mut found: Vec<Vec<usize>> = Vec::new();
        let mut level: Vec<Vec<usize>> = vec![Vec::new()];
        let mut nodes = 0;
        let mut conflicts: Vec<Vec<Lit>> = Vec::new();
        while !level.is_empty() && found.len() < most {
            let mut next: Vec<Vec<usize>> = Vec::new();
            arrange(&mut level, Ord::cmp);
            level.dedup();
            for given_up in level {
                if found.len() >= most || nodes >= NODES {
                    break;
                }
                if found.iter().any(|set| set.iter().all(|place| given_up.contains(place))) {
                    continue;
                }
                nodes += 1;
                let is_up =
                    |choice: &Lit| given_up.iter().any(|&place| choices.get(place) == Some(choice));
                let rest: Vec<Lit> = choices.iter().copied().filter(|c| !is_up(c)).collect();
                // A conflict met before saves the search.
                let known = conflicts.iter().find(|core| !core.iter().any(is_up)).cloned();
                let core = match known {
                    Some(core) => core,
                    None => match self.core(&rest, literal)? {
                        None => {
                            found.push(given_up);
                            continue;
                        }
                        Some(core) => {
                            let core = self.minimal_core(core, literal)?;
                            conflicts.push(core.clone());
                            core
                        }
                    },
                };
                for choice in core {
                    if let Some(place) = choices.iter().position(|&c| c == choice) {
                        let mut longer = given_up.clone();
                        longer.insert(longer.partition_point(|&before| before < place), place);
                        next.push(longer);
                    }
                }
            }
            if nodes >= NODES {
                break;
            }
            level = next;
        }
        Ok(found
            .into_iter()
            .map(|set| set.iter().filter_map(|&place| choices.get(place).copied()).collect())
            .collect())
    }

    /// Chooses (or leaves out) an option and gives up the least for it; what was given up.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("cold")?;
    /// let given_up = session.restore("gold", true)?;
    /// assert_eq!(given_up.give_up()[0].option, "cold");
    /// assert!(session.state("warm")?.is_chosen());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::Refused`] when the rules alone forbid it, [`ChoiceError::UnknownOption`],
    /// [`ChoiceError::NotSettled`]. The session is unchanged then.
    pub fn restore(&mut self, option: &str, chosen: bool) -> Result<Restoration, ChoiceError> {
        let restorations = self.restorations(option, chosen, 1)?;
        let Some(best) = restorations.into_iter().next() else {
            return match self.explain(option, chosen)? {
                Some(explanation) => Err(ChoiceError::Refused(Box::new(explanation))),
                None => Err(ChoiceError::NotSettled { steps: self.steps }),
            };
        };
        let literal = Lit::new(self.option(option)?, chosen);
        let mut choices: Vec<Lit> = self
            .choices
            .iter()
            .copied()
            .filter(|&choice| {
                choice.variable() != literal.variable()
                    && !best.give_up.contains(&self.user_choice(choice))
            })
            .collect();
        choices.push(literal);
        self.apply(choices).map_err(|_| ChoiceError::NotSettled { steps: self.steps })?;
        self.undone.clear();
        Ok(best)
    }
}

/// A minimal set of rules that contradict the assumptions; `None` when nothing does.
pub(crate) fn minimal_rules(
    loaded: &Arc<Loaded>,
    assumptions: &[Lit],
    steps: u64,
) -> Result<Option<Vec<u32>>, OutOfSteps> {
    let Some(rules) = refuting_rules(loaded, assumptions, steps)? else { return Ok(None) };
    shrink(&loaded.problem, rules, assumptions, steps).map(Some)
}

/// Drops every rule that the contradiction does not need.
fn shrink(
    problem: &Problem,
    mut rules: Vec<u32>,
    assumptions: &[Lit],
    steps: u64,
) -> Result<Vec<u32>, OutOfSteps> {
    let mut place = rules.len();
    // The first refutation was found in the whole model; from here on the problems are small.
    while place > 0 {
        place -= 1;
        let without: Vec<u32> =
            rules.iter().enumerate().filter(|&(k, _)| k != place).map(|(_, &rule)| rule).collect();
        let needed = rules.len() - place - 1;
        if let Some(smaller) = refuting_among(
            problem,
            &|rule| without.binary_search(&rule).is_ok(),
            assumptions,
            steps,
        )? {
            rules = smaller;
            place = rules.len().saturating_sub(needed);
        }
    }
    Ok(rules)
}

fn refuting_among(
    problem: &Problem,
    keep: &dyn Fn(u32) -> bool,
    assumptions: &[Lit],
    steps: u64,
) -> Result<Option<Vec<u32>>, OutOfSteps> {
    let (mut part, back) = problem.restricted(keep);
    let mut here = Vec::with_capacity(assumptions.len());
    for &assumption in assumptions {
        let variable = match back.iter().position(|&v| v == assumption.variable()) {
            Some(place) => u32::try_from(place).unwrap_or(u32::MAX),
            None => part.variable(),
        };
        here.push(Lit::new(variable, assumption.is_positive()));
    }
    refuting_rules(&Arc::new(Loaded::new(part)), &here, steps)
}

/// Rules that contradict the assumptions, sorted; not minimal.
fn refuting_rules(
    loaded: &Arc<Loaded>,
    assumptions: &[Lit],
    steps: u64,
) -> Result<Option<Vec<u32>>, OutOfSteps> {
    let mut solver = Solver::traced(Arc::clone(loaded));
    solver.allow(steps);
    if solver.assume(assumptions).is_ok() && solver.solve(Order::Steered)? == Outcome::Solution {
        return Ok(None);
    }
    Ok(Some(solver.blamed_rules()))
}
