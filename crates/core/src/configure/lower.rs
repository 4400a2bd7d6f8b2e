//! From the model people write to variables and constraints.

use listino_solver::{Lit, Problem, SumOverflow, WILDCARD};
use rustc_hash::FxHashMap;

use super::error::{LimitExceeded, Limits, ModelError, ModelErrors, ModelProblem, Spot};
use super::formula::{Calculation, Compound, Expression, Formula, SumLimit};
use super::model::{
    Assembly, Bom, Cardinality, Choosable, Group, Model, PriceRow, Rule, VariantTable,
};
use crate::calendar::{Date, Window};
use crate::money::{Amount, Exact, Quantity};

/// What kind of rule a constraint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// How many options of a group there are, and what they belong to.
    Group,
    /// A rule of the model.
    Rule,
    /// A variant table.
    Table,
    /// An option outside its validity.
    Validity,
    /// A name for a condition: it forbids nothing.
    Definition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleInfo {
    pub(crate) kind: RuleKind,
    pub(crate) id: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OptionInfo {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) group: u32,
    pub(crate) hidden: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupInfo {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The option it belongs to, or `u32::MAX`.
    pub(crate) parent: u32,
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

/// What counts towards the price while a literal is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PriceTerm {
    pub(crate) literal: Lit,
    pub(crate) price: Option<Amount>,
    pub(crate) cost: Option<Amount>,
    /// The price table it is a row of; empty for what an option itself adds.
    pub(crate) table: String,
    /// A product to be priced by the host, or empty.
    pub(crate) product: String,
    pub(crate) quantity: Quantity,
}

/// A model as variables and constraints; variable `k` is option `k`, the rest is auxiliary.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Lowered {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) valid: Window,
    pub(crate) options: Vec<OptionInfo>,
    pub(crate) groups: Vec<GroupInfo>,
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) problem: Problem,
    pub(crate) defaults: Vec<Lit>,
    /// The option each default would choose.
    pub(crate) default_options: Vec<u32>,
    pub(crate) preferences: Vec<Lit>,
    pub(crate) prices: Vec<PriceTerm>,
    pub(crate) base_price: Option<Amount>,
    pub(crate) base_cost: Option<Amount>,
    /// By name: options and their values.
    pub(crate) attributes: Vec<(String, Vec<(u32, Quantity)>)>,
    pub(crate) bom: Option<Bom>,
}

pub(crate) const NO_OPTION: u32 = u32::MAX;

/// The names of one instance of an assembly, from the outermost inwards.
type Scope = Vec<String>;

struct Scoped<'m, T> {
    item: &'m T,
    scope: Scope,
}

/// Where a date falls among the days on which something begins or ends.
struct Days {
    date: Date,
    valid: Window,
}

impl Days {
    fn contains(&mut self, window: &Window) -> bool {
        if let Some(from) = window.from {
            if from <= self.date {
                self.valid.from = self.valid.from.max(Some(from));
            } else {
                self.ends_before(from);
            }
        }
        if let Some(to) = window.to {
            if self.date <= to {
                self.ends_at(to);
            } else if let Some(next) = Date::from_day_number(to.day_number() + 1) {
                self.valid.from = self.valid.from.max(Some(next));
            }
        }
        window.contains(self.date)
    }

    fn ends_before(&mut self, day: Date) {
        if let Some(last) = Date::from_day_number(day.day_number() - 1) {
            self.ends_at(last);
        }
    }

    fn ends_at(&mut self, last: Date) {
        self.valid.to = Some(self.valid.to.map_or(last, |to| to.min(last)));
    }
}

#[derive(Debug, Clone, Copy)]
enum Thing {
    Option(u32),
    Group(u32),
}

struct Lowering<'m> {
    out: Lowered,
    limits: Limits,
    errors: Vec<ModelError>,
    things: FxHashMap<String, Thing>,
    /// Options inside assemblies, by their id with every instance number starred.
    starred: FxHashMap<String, Vec<u32>>,
    rules: Vec<Scoped<'m, Rule>>,
    tables: Vec<Scoped<'m, VariantTable>>,
    parents: Vec<(u32, Option<String>, Scope)>,
    attributes: FxHashMap<&'m str, usize>,
    days: Days,
    rule: u32,
    place: Spot,
    /// Auxiliary literals for "no option of this group".
    nones: FxHashMap<u32, Lit>,
}

/// Clauses of which the product may not grow beyond this before a part gets a name.
const PRODUCT: usize = 64;

type Cnf = Vec<Vec<Lit>>;

/// Terms and the most that they may add up to.
type AtMost = (Vec<(i64, Lit)>, i64);

/// Turns a model into variables and constraints for a date.
pub(crate) fn lower(model: &Model, date: Date, limits: Limits) -> Result<Lowered, ModelErrors> {
    let mut lowering = Lowering {
        out: Lowered {
            id: model.id.clone(),
            version: model.version.clone(),
            base_price: model.price,
            base_cost: model.cost,
            bom: model.bom.clone(),
            ..Lowered::default()
        },
        limits,
        errors: Vec::new(),
        things: FxHashMap::default(),
        starred: FxHashMap::default(),
        rules: Vec::new(),
        tables: Vec::new(),
        parents: Vec::new(),
        attributes: FxHashMap::default(),
        days: Days { date, valid: Window::ALWAYS },
        rule: 0,
        place: Spot::Model,
        nones: FxHashMap::default(),
    };
    let mut expired = Vec::new();
    lowering.collect(
        &model.groups,
        &model.assemblies,
        &model.rules,
        &model.tables,
        &[String::new()],
        &mut expired,
    );
    if !lowering.errors.is_empty() {
        return Err(ModelErrors::new(lowering.errors));
    }
    lowering.out.problem.variables = count(lowering.out.options.len());
    lowering.structure();
    for (option, window) in expired {
        let id = lowering.option_id(option);
        let text = match (window.from, window.to) {
            (Some(from), Some(to)) => format!("`{id}` is offered from {from} to {to}"),
            (Some(from), None) => format!("`{id}` is offered from {from}"),
            (None, Some(to)) => format!("`{id}` is offered until {to}"),
            (None, None) => continue,
        };
        lowering.start_rule(RuleKind::Validity, id, text);
        let rule = lowering.rule;
        lowering.out.problem.clause(rule, &[Lit::negative(option)]);
    }
    for Scoped { item, scope } in std::mem::take(&mut lowering.rules) {
        lowering.place = Spot::Rule(scoped_id(&scope, &item.id));
        if lowering.days.contains(&item.valid) {
            let id = scoped_id(&scope, &item.id);
            lowering.start_rule(RuleKind::Rule, id, item.text.clone().unwrap_or_default());
            lowering.require(&item.must, &scope);
        }
    }
    let mut rows = 0_u64;
    for Scoped { item, scope } in std::mem::take(&mut lowering.tables) {
        lowering.place = Spot::Table(scoped_id(&scope, &item.id));
        rows += item.allow.iter().chain(&item.forbid).map(|r| r.len() as u64).sum::<u64>();
        if rows > u64::from(limits.rows) {
            lowering.error(LimitExceeded::new("table rows", limits.rows.into()).into());
            break;
        }
        if lowering.days.contains(&item.valid) {
            let id = scoped_id(&scope, &item.id);
            lowering.start_rule(RuleKind::Table, id, item.text.clone().unwrap_or_default());
            lowering.table(item, &scope);
        }
    }
    lowering.wishes(model);
    lowering.price_tables(model);
    lowering.check_bom();
    if !lowering.errors.is_empty() {
        return Err(ModelErrors::new(lowering.errors));
    }
    lowering.out.valid = lowering.days.valid;
    lowering.out.attributes.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(lowering.out)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn scoped_id(scope: &[String], id: &str) -> String {
    format!("{}{id}", scope.last().map_or("", String::as_str))
}

/// `wheel[2].rim` as `wheel[*].rim`, when it has instance numbers.
fn starred(id: &str) -> Option<String> {
    let mut out = String::with_capacity(id.len());
    let mut rest = id;
    let mut any = false;
    while let Some((before, after)) = rest.split_once('[') {
        let (number, tail) = after.split_once(']')?;
        if number != "*" && (number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        out.push_str(before);
        out.push_str("[*]");
        any = true;
        rest = tail;
    }
    out.push_str(rest);
    any.then_some(out)
}

/// Whether an id is one that a pattern with stars means.
pub(crate) fn matches(pattern: &str, id: &str) -> bool {
    let (mut pattern, mut id) = (pattern, id);
    loop {
        let (Some((p, pattern_rest)), Some((i, id_rest))) =
            (pattern.split_once('['), id.split_once('['))
        else {
            return pattern == id;
        };
        let (Some((pn, pt)), Some((n, t))) =
            (pattern_rest.split_once(']'), id_rest.split_once(']'))
        else {
            return false;
        };
        if p != i || (pn != "*" && pn != n) {
            return false;
        }
        (pattern, id) = (pt, t);
    }
}

impl<'m> Lowering<'m> {
    fn error(&mut self, problem: ModelProblem) {
        self.errors.push(ModelError::new(self.place.clone(), problem));
    }

    fn option_id(&self, option: u32) -> String {
        self.out.options.get(option as usize).map_or_else(String::new, |o| o.id.clone())
    }

    fn start_rule(&mut self, kind: RuleKind, id: String, text: String) {
        self.rule = count(self.out.rules.len());
        self.out.rules.push(RuleInfo { kind, id, text });
    }

    // ---- names -------------------------------------------------------------------------------

    fn collect(
        &mut self,
        groups: &'m [Group],
        assemblies: &'m [Assembly],
        rules: &'m [Rule],
        tables: &'m [VariantTable],
        scope: &[String],
        expired: &mut Vec<(u32, Window)>,
    ) {
        for group in groups {
            let id = scoped_id(scope, &group.id);
            self.place = Spot::Group(id.clone());
            let first = count(self.out.options.len());
            let number = count(self.out.groups.len());
            for option in &group.options {
                self.option(scoped_id(scope, &option.id), option, number, expired);
            }
            let name = group.name.as_deref().unwrap_or(&group.id);
            self.group(id, name, first, group.choose);
            self.parents.push((number, group.parent.clone(), scope.to_vec()));
        }
        self.rules.extend(rules.iter().map(|item| Scoped { item, scope: scope.to_vec() }));
        self.tables.extend(tables.iter().map(|item| Scoped { item, scope: scope.to_vec() }));
        for assembly in assemblies {
            let id = scoped_id(scope, &assembly.id);
            self.place = Spot::Assembly(id.clone());
            let Some(most) = assembly.instances.max.filter(|&max| max >= assembly.instances.min)
            else {
                self.error(ModelProblem::Instances);
                continue;
            };
            if most > self.limits.instances {
                self.error(LimitExceeded::new("instances", self.limits.instances.into()).into());
                continue;
            }
            let first = count(self.out.options.len());
            let number = count(self.out.groups.len());
            let name = assembly.name.as_deref().unwrap_or(&assembly.id);
            for instance in 1..=most {
                let option = Choosable {
                    id: format!("{id}[{instance}]"),
                    name: Some(format!("{name} {instance}")),
                    ..Choosable::default()
                };
                self.named(&option.id, name_of(&option), number, false);
            }
            self.group(id.clone(), name, first, assembly.instances);
            self.parents.push((number, assembly.parent.clone(), scope.to_vec()));
            for instance in 1..=most {
                let mut inner = scope.to_vec();
                inner.push(format!("{id}[{instance}]."));
                let before = self.out.groups.len();
                self.collect(
                    &assembly.groups,
                    &assembly.assemblies,
                    &assembly.rules,
                    &assembly.tables,
                    &inner,
                    expired,
                );
                // What has no parent inside belongs to the instance itself.
                for (number, parent, scope) in &mut self.parents {
                    if *number as usize >= before && parent.is_none() && *scope == inner {
                        *parent = Some(format!("{id}[{instance}]"));
                        *scope = vec![String::new()];
                    }
                }
                if !self.errors.is_empty() {
                    return;
                }
            }
        }
    }

    fn group(&mut self, id: String, name: &str, first: u32, choose: Cardinality) {
        let options = self.out.options.len() - first as usize;
        let (min, max) = (choose.min, choose.max.unwrap_or(count(options)));
        if min > max || min as usize > options {
            self.error(ModelProblem::Cardinality { min, max, options });
        }
        let number = count(self.out.groups.len());
        if self.things.insert(id.clone(), Thing::Group(number)).is_some() {
            self.error(ModelProblem::Duplicate(id.clone()));
        }
        self.out.groups.push(GroupInfo {
            id,
            name: name.to_owned(),
            parent: NO_OPTION,
            first,
            count: count(options),
            min,
            max: max.min(count(options)),
        });
    }

    fn named(&mut self, id: &str, name: &str, group: u32, hidden: bool) -> u32 {
        let number = count(self.out.options.len());
        if number >= self.limits.options {
            if number == self.limits.options {
                self.error(LimitExceeded::new("options", self.limits.options.into()).into());
            }
            return number;
        }
        if self.things.insert(id.to_owned(), Thing::Option(number)).is_some() {
            self.error(ModelProblem::Duplicate(id.to_owned()));
        }
        if let Some(pattern) = starred(id) {
            self.starred.entry(pattern).or_default().push(number);
        }
        self.out.options.push(OptionInfo {
            id: id.to_owned(),
            name: name.to_owned(),
            group,
            hidden,
        });
        number
    }

    fn option(
        &mut self,
        id: String,
        option: &'m Choosable,
        group: u32,
        expired: &mut Vec<(u32, Window)>,
    ) {
        let name = option.name.as_deref().unwrap_or(&option.id);
        let number = self.named(&id, name, group, option.hidden);
        if option.price.is_some() || option.cost.is_some() || option.product.is_some() {
            self.out.prices.push(PriceTerm {
                literal: Lit::positive(number),
                price: option.price,
                cost: option.cost,
                table: String::new(),
                product: option.product.clone().unwrap_or_default(),
                quantity: option.quantity.unwrap_or_else(|| Quantity::from(1)),
            });
        }
        for (attribute, &value) in &option.attributes {
            let next = self.out.attributes.len();
            let place = *self.attributes.entry(attribute).or_insert(next);
            if place == next {
                self.out.attributes.push((attribute.clone(), Vec::new()));
            }
            if let Some((_, values)) = self.out.attributes.get_mut(place) {
                values.push((number, value));
            }
        }
        if !self.days.contains(&option.valid) {
            expired.push((number, option.valid));
        }
    }

    fn thing(&self, id: &str, scope: &[String]) -> Option<Thing> {
        scope.iter().rev().find_map(|prefix| match prefix.as_str() {
            "" => self.things.get(id).copied(),
            prefix => self.things.get(&format!("{prefix}{id}")).copied(),
        })
    }

    /// The options that a name means: one, or with `[*]` one for each instance.
    fn literals(&mut self, id: &str, scope: &[String]) -> Vec<Lit> {
        if let Some(Thing::Option(option)) = self.thing(id, scope) {
            return vec![Lit::positive(option)];
        }
        if id.contains("[*]") {
            for prefix in scope.iter().rev() {
                let pattern = format!("{prefix}{id}");
                let candidates = starred(&pattern).and_then(|key| self.starred.get(&key));
                let found: Vec<Lit> = candidates
                    .into_iter()
                    .flatten()
                    .filter(|&&option| {
                        let id = self.out.options.get(option as usize).map_or("", |o| &o.id);
                        matches(&pattern, id)
                    })
                    .map(|&option| Lit::positive(option))
                    .collect();
                if !found.is_empty() {
                    return found;
                }
            }
        }
        self.error(ModelProblem::UnknownOption(id.to_owned()));
        Vec::new()
    }

    // ---- structure ---------------------------------------------------------------------------

    fn structure(&mut self) {
        for (number, parent, scope) in std::mem::take(&mut self.parents) {
            let Some(mut group) = self.out.groups.get(number as usize).cloned() else { continue };
            self.place = Spot::Group(group.id.clone());
            let parent_literal = match parent {
                None => None,
                Some(id) => match self.thing(&id, &scope) {
                    Some(Thing::Option(option)) => {
                        group.parent = option;
                        Some(Lit::positive(option))
                    }
                    _ => {
                        self.error(ModelProblem::UnknownOption(id));
                        continue;
                    }
                },
            };
            if let Some(slot) = self.out.groups.get_mut(number as usize) {
                slot.parent = group.parent;
            }
            let text = self.group_text(&group);
            self.start_rule(RuleKind::Group, group.id.clone(), text);
            let rule = self.rule;
            let options: Vec<Lit> =
                (group.first..group.first + group.count).map(Lit::positive).collect();
            let problem = &mut self.out.problem;
            if let Some(parent) = parent_literal {
                for &option in &options {
                    problem.clause(rule, &[!option, parent]);
                }
            }
            if group.max == 0 {
                options.iter().for_each(|&option| problem.clause(rule, &[!option]));
            } else if group.max == 1 {
                problem.at_most_one(rule, &options);
            } else if group.max < group.count {
                let terms: Vec<(i64, Lit)> = options.iter().map(|&o| (1, o)).collect();
                // Ones cannot overflow.
                let _ = problem.at_most(rule, &terms, group.max.into());
            }
            if group.min > 0 && group.min == group.count {
                for &option in &options {
                    let clause: Vec<Lit> =
                        parent_literal.iter().map(|&p| !p).chain([option]).collect();
                    problem.clause(rule, &clause);
                }
            } else if group.min == 1 {
                let clause: Vec<Lit> =
                    parent_literal.iter().map(|&p| !p).chain(options.iter().copied()).collect();
                problem.clause(rule, &clause);
            } else if group.min > 1 {
                let mut terms: Vec<(i64, Lit)> = options.iter().map(|&o| (1, o)).collect();
                terms.extend(parent_literal.map(|p| (i64::from(group.min), !p)));
                let _ = problem.at_least(rule, &terms, group.min.into());
            }
            if self.is_assembly(&group) {
                // Instances are taken in order: the third only when there is a second.
                for pair in options.windows(2) {
                    if let [first, second] = *pair {
                        self.out.problem.clause(rule, &[!second, first]);
                    }
                }
            }
        }
    }

    fn is_assembly(&self, group: &GroupInfo) -> bool {
        let first = self.option_id(group.first);
        first.strip_prefix(group.id.as_str()).is_some_and(|rest| rest == "[1]")
    }

    fn group_text(&self, group: &GroupInfo) -> String {
        let GroupInfo { id, min, max, count, .. } = group;
        let many = match (*min, *max) {
            (0, max) if max == *count => "any of its options".to_owned(),
            (0, max) => format!("at most {max} of its options"),
            (min, max) if min == max && min == *count => "all of its options".to_owned(),
            (min, max) if min == max => format!("exactly {min} of its options"),
            (min, max) if max == *count => format!("at least {min} of its options"),
            (min, max) => format!("{min} to {max} of its options"),
        };
        if group.parent == NO_OPTION {
            format!("`{id}` takes {many}")
        } else {
            format!("`{id}` takes {many}, only with `{}`", self.option_id(group.parent))
        }
    }

    // ---- formulas ----------------------------------------------------------------------------

    fn require(&mut self, formula: &Formula, scope: &[String]) {
        let rule = self.rule;
        if let Formula::Of(compound) = formula {
            match &**compound {
                Compound::All(parts) => {
                    parts.iter().for_each(|part| self.require(part, scope));
                    return;
                }
                Compound::Excludes(parts) => {
                    let literals: Vec<Lit> =
                        parts.iter().flat_map(|part| self.literals_of(part, scope)).collect();
                    self.out.problem.at_most_one(rule, &literals);
                    return;
                }
                Compound::Sum(sum) => {
                    if let Some(parts) = self.sum(sum, scope) {
                        for (terms, bound) in parts {
                            if self.out.problem.at_most(rule, &terms, bound).is_err() {
                                self.error(ModelProblem::SumTooLarge);
                            }
                        }
                    }
                    return;
                }
                _ => {}
            }
        }
        for clause in self.cnf(formula, true, scope) {
            self.out.problem.clause(rule, &clause);
        }
    }

    /// Under `excludes`, a name with `[*]` counts each instance.
    fn literals_of(&mut self, formula: &Formula, scope: &[String]) -> Vec<Lit> {
        match formula {
            Formula::Option(id) => self.literals(id, scope),
            Formula::Of(_) => vec![self.literal(formula, scope)],
        }
    }

    fn cnf(&mut self, formula: &Formula, sign: bool, scope: &[String]) -> Cnf {
        let compound = match formula {
            Formula::Option(id) => {
                let literals = self.literals(id, scope);
                return if sign {
                    vec![literals]
                } else {
                    literals.into_iter().map(|literal| vec![!literal]).collect()
                };
            }
            Formula::Of(compound) => &**compound,
        };
        match compound {
            Compound::Not(inner) => self.cnf(inner, !sign, scope),
            Compound::All(parts) if sign => {
                parts.iter().flat_map(|part| self.cnf(part, true, scope)).collect()
            }
            Compound::Any(parts) if !sign => {
                parts.iter().flat_map(|part| self.cnf(part, false, scope)).collect()
            }
            Compound::All(parts) | Compound::Any(parts) => {
                parts.iter().fold(vec![Vec::new()], |so_far, part| {
                    let part = self.cnf(part, sign, scope);
                    self.either(so_far, part)
                })
            }
            Compound::Requires([a, b]) => {
                let a = self.cnf(a, !sign, scope);
                let b = self.cnf(b, sign, scope);
                if sign { self.either(a, b) } else { a.into_iter().chain(b).collect() }
            }
            Compound::Same([a, b]) => {
                let (a, b) = (self.literal(a, scope), self.literal(b, scope));
                let b = if sign { b } else { !b };
                vec![vec![!a, b], vec![a, !b]]
            }
            Compound::Excludes(parts) => {
                let literals: Vec<Lit> =
                    parts.iter().flat_map(|part| self.literals_of(part, scope)).collect();
                let terms: Vec<(i64, Lit)> = literals.iter().map(|&l| (1, l)).collect();
                let name = self.bounded(&terms, 1);
                vec![vec![if sign { name } else { !name }]]
            }
            Compound::Sum(sum) => {
                let parts = self.sum(sum, scope).unwrap_or_default();
                let names: Vec<Lit> =
                    parts.iter().map(|(terms, bound)| self.bounded(terms, *bound)).collect();
                if sign {
                    names.into_iter().map(|name| vec![name]).collect()
                } else {
                    vec![names.into_iter().map(|name| !name).collect()]
                }
            }
        }
    }

    /// The clauses of "one or the other".
    fn either(&mut self, mut a: Cnf, mut b: Cnf) -> Cnf {
        while a.len() > 1 && b.len() > 1 && a.len() * b.len() > PRODUCT {
            // The larger side gets a name. One direction is enough: the name is only asserted.
            let larger = if a.len() >= b.len() { &mut a } else { &mut b };
            let name = Lit::positive(self.out.problem.variable());
            for mut clause in std::mem::take(larger) {
                clause.push(!name);
                self.out.problem.clause(self.rule, &clause);
            }
            *larger = vec![vec![name]];
        }
        let mut out = Vec::with_capacity(a.len() * b.len());
        for left in &a {
            for right in &b {
                out.push(left.iter().chain(right).copied().collect());
            }
        }
        out
    }

    /// A literal that is true exactly when the formula holds.
    fn literal(&mut self, formula: &Formula, scope: &[String]) -> Lit {
        let positive = self.cnf(formula, true, scope);
        if let [clause] = positive.as_slice()
            && let [literal] = *clause.as_slice()
        {
            return literal;
        }
        let negative = self.cnf(formula, false, scope);
        let name = Lit::positive(self.out.problem.variable());
        for mut clause in positive {
            clause.push(!name);
            self.out.problem.clause(self.rule, &clause);
        }
        for mut clause in negative {
            clause.push(name);
            self.out.problem.clause(self.rule, &clause);
        }
        name
    }

    /// A literal that is true exactly when a sum is at most its bound.
    fn bounded(&mut self, terms: &[(i64, Lit)], bound: i64) -> Lit {
        let name = Lit::positive(self.out.problem.variable());
        let largest: i64 = terms.iter().map(|&(c, _)| c.max(0)).fold(0, i64::saturating_add);
        let smallest: i64 = terms.iter().map(|&(c, _)| c.min(0)).fold(0, i64::saturating_add);
        let mut add = || -> Result<(), SumOverflow> {
            let over = bound.checked_add(1).ok_or(SumOverflow)?;
            let room = largest.checked_sub(bound).ok_or(SumOverflow)?;
            let need = over.checked_sub(smallest).ok_or(SumOverflow)?;
            let mut upper = terms.to_vec();
            let problem = &mut self.out.problem;
            if room > 0 {
                upper.push((room, name));
                problem.at_most(self.rule, &upper, largest)?;
            }
            let mut lower = terms.to_vec();
            if need > 0 {
                lower.push((need, name));
                problem.at_least(self.rule, &lower, over)?;
            } else {
                problem.clause(self.rule, &[!name]);
            }
            Ok(())
        };
        if add().is_err() {
            self.error(ModelProblem::SumTooLarge);
        }
        name
    }

    /// The sum in whole numbers, once for each limit, as "at most".
    fn sum(&mut self, sum: &SumLimit, scope: &[String]) -> Option<Vec<AtMost>> {
        if sum.at_most.is_none() && sum.at_least.is_none() {
            self.error(ModelProblem::NoLimit);
            return None;
        }
        let mut terms: Vec<(Exact, Lit)> = Vec::new();
        for (attribute, negative) in [(&sum.attribute, false), (&sum.less, true)] {
            let Some(attribute) = attribute else { continue };
            let Some(&place) = self.attributes.get(attribute.as_str()) else {
                self.error(ModelProblem::UnknownAttribute(attribute.clone()));
                return None;
            };
            let prefix = scope.last().map_or("", String::as_str);
            for &(option, value) in
                self.out.attributes.get(place).map_or(&[][..], |(_, values)| values)
            {
                // Inside an assembly a sum is over the one instance.
                let id = self.out.options.get(option as usize).map_or("", |o| &o.id);
                if id.starts_with(prefix) {
                    let value = value.exact();
                    let value = if negative { value.negate() } else { value };
                    terms.push((value, Lit::positive(option)));
                }
            }
        }
        for term in &sum.terms {
            for literal in self.literals(&term.option, scope) {
                terms.push((term.amount.exact(), literal));
            }
        }
        let limits: Vec<(Exact, bool)> = sum
            .at_most
            .iter()
            .map(|limit| (limit.exact(), false))
            .chain(sum.at_least.iter().map(|limit| (limit.exact(), true)))
            .collect();
        let all = terms.iter().map(|&(value, _)| value).chain(limits.iter().map(|&(l, _)| l));
        let Some(whole) = whole_numbers(all) else {
            self.error(ModelProblem::SumTooLarge);
            return None;
        };
        let (values, bounds) = whole.split_at(terms.len());
        let mut out = Vec::new();
        for (&bound, &(_, at_least)) in bounds.iter().zip(&limits) {
            let sign = |value: i64| if at_least { value.checked_neg() } else { Some(value) };
            let terms = values
                .iter()
                .zip(&terms)
                .map(|(&value, &(_, literal))| sign(value).map(|value| (value, literal)))
                .collect::<Option<Vec<_>>>();
            let (Some(terms), Some(bound)) = (terms, sign(bound)) else {
                self.error(ModelProblem::SumTooLarge);
                return None;
            };
            out.push((terms, bound));
        }
        Some(out)
    }

    // ---- tables ------------------------------------------------------------------------------

    /// The literals of a column, and the group of its cells.
    fn column(&mut self, id: &str, scope: &[String]) -> Option<Column> {
        match self.thing(id, scope) {
            Some(Thing::Option(option)) => {
                let literal = Lit::positive(option);
                Some(Column { id: id.to_owned(), group: None, entries: vec![literal, !literal] })
            }
            Some(Thing::Group(number)) => {
                let group = self.out.groups.get(number as usize)?.clone();
                if group.max > 1 {
                    self.error(ModelProblem::ManyValued(id.to_owned()));
                    return None;
                }
                let entries = (group.first..group.first + group.count).map(Lit::positive).collect();
                Some(Column { id: id.to_owned(), group: Some((number, group)), entries })
            }
            None => {
                self.error(ModelProblem::UnknownColumn(id.to_owned()));
                None
            }
        }
    }

    fn cell(&mut self, column: &mut Column, cell: &str, scope: &[String]) -> Option<u32> {
        if cell == "*" {
            return Some(WILDCARD);
        }
        let Some((number, group)) = &column.group else {
            return match cell {
                "yes" => Some(0),
                "no" => Some(1),
                _ => {
                    self.unknown_cell(&column.id, cell);
                    None
                }
            };
        };
        if cell == "-" {
            if column.entries.len() == group.count as usize {
                let none = self.none_of(*number, group);
                column.entries.push(none);
            }
            return Some(group.count);
        }
        match self.thing(cell, scope) {
            Some(Thing::Option(option))
                if (group.first..group.first + group.count).contains(&option) =>
            {
                Some(option - group.first)
            }
            _ => {
                self.unknown_cell(&column.id, cell);
                None
            }
        }
    }

    fn unknown_cell(&mut self, column: &str, cell: &str) {
        self.error(ModelProblem::UnknownCell { column: column.to_owned(), cell: cell.to_owned() });
    }

    fn none_of(&mut self, number: u32, group: &GroupInfo) -> Lit {
        if let Some(&none) = self.nones.get(&number) {
            return none;
        }
        let rule = self.rule;
        self.start_rule(RuleKind::Definition, format!("none of {}", group.id), String::new());
        let none = Lit::positive(self.out.problem.variable());
        let mut all: Vec<Lit> =
            (group.first..group.first + group.count).map(Lit::positive).collect();
        for &option in &all {
            self.out.problem.clause(self.rule, &[!none, !option]);
        }
        all.push(none);
        self.out.problem.clause(self.rule, &all);
        self.nones.insert(number, none);
        self.rule = rule;
        none
    }

    fn columns(&mut self, columns: &[String], scope: &[String]) -> Option<Vec<Column>> {
        columns.iter().map(|id| self.column(id, scope)).collect()
    }

    fn row(
        &mut self,
        columns: &mut [Column],
        number: usize,
        row: &[String],
        scope: &[String],
    ) -> Option<Vec<u32>> {
        if row.len() != columns.len() {
            self.error(ModelProblem::RowLength {
                row: number + 1,
                found: row.len(),
                expected: columns.len(),
            });
            return None;
        }
        columns.iter_mut().zip(row).map(|(column, cell)| self.cell(column, cell, scope)).collect()
    }

    fn table(&mut self, table: &VariantTable, scope: &[String]) {
        let (rows, allow) = match (&table.allow, &table.forbid) {
            (Some(rows), None) => (rows, true),
            (None, Some(rows)) => (rows, false),
            _ => return self.error(ModelProblem::AllowOrForbid),
        };
        let Some(mut columns) = self.columns(&table.columns, scope) else { return };
        let mut cells = Vec::with_capacity(rows.len());
        for (number, row) in rows.iter().enumerate() {
            match self.row(&mut columns, number, row, scope) {
                Some(row) => cells.push(row),
                None => return,
            }
        }
        let entries: Vec<Vec<Lit>> = columns.into_iter().map(|column| column.entries).collect();
        if allow {
            self.out.problem.table(self.rule, &entries, &cells);
            return;
        }
        for row in cells {
            let clause: Vec<Lit> = picked(&entries, &row).map(|literal| !literal).collect();
            self.out.problem.clause(self.rule, &clause);
        }
    }

    // ---- wishes, prices, parts ---------------------------------------------------------------

    fn wishes(&mut self, model: &Model) {
        let root = [String::new()];
        self.start_rule(RuleKind::Definition, "defaults and preferences".into(), String::new());
        for default in &model.defaults {
            self.place = Spot::Default(default.option.clone());
            let Some(&option) = self.literals(&default.option, &root).first() else { continue };
            let literal = match &default.when {
                None => option,
                Some(when) => {
                    let both = [when.clone(), Formula::option(&default.option)];
                    self.literal(&Compound::Requires(both).into(), &root)
                }
            };
            self.out.defaults.push(literal);
            self.out.default_options.push(option.variable());
        }
        for preference in &model.preferences {
            self.place = Spot::Preference(preference.id.clone());
            let literal = self.literal(&preference.prefer, &root);
            self.out.preferences.push(literal);
        }
    }

    fn price_tables(&mut self, model: &Model) {
        let root = [String::new()];
        for table in &model.price_tables {
            self.place = Spot::PriceTable(table.id.clone());
            if !self.days.contains(&table.valid) {
                continue;
            }
            self.start_rule(RuleKind::Definition, table.id.clone(), String::new());
            let Some(mut columns) = self.columns(&table.columns, &root) else { continue };
            for (number, PriceRow { cells, price, cost }) in table.rows.iter().enumerate() {
                let Some(row) = self.row(&mut columns, number, cells, &root) else { break };
                let entries: Vec<Vec<Lit>> = columns.iter().map(|c| c.entries.clone()).collect();
                let picked: Vec<Lit> = picked(&entries, &row).collect();
                let literal = match *picked.as_slice() {
                    [one] => one,
                    _ => {
                        let name = Lit::positive(self.out.problem.variable());
                        for &literal in &picked {
                            self.out.problem.clause(self.rule, &[!name, literal]);
                        }
                        let mut clause: Vec<Lit> = picked.iter().map(|&l| !l).collect();
                        clause.push(name);
                        self.out.problem.clause(self.rule, &clause);
                        name
                    }
                };
                self.out.prices.push(PriceTerm {
                    literal,
                    price: Some(price.unwrap_or(Amount::ZERO)),
                    cost: *cost,
                    table: table.id.clone(),
                    product: String::new(),
                    quantity: Quantity::from(1),
                });
            }
        }
    }

    fn check_bom(&mut self) {
        let Some(bom) = self.out.bom.clone() else { return };
        let root = [String::new()];
        for line in &bom.lines {
            self.place = Spot::Line { item: line.item.clone(), assembly: line.assembly.clone() };
            let mut named = Vec::new();
            if let Some(when) = &line.when {
                if when.has_sum() {
                    self.error(ModelProblem::SumNotAllowed);
                }
                when.options(&mut |id| named.push(id));
            }
            let mut problems = Vec::new();
            if matches!(line.quantity, Expression::Number(number) if number.exact().is_negative()) {
                problems.push(ModelProblem::Quantity("the quantity is negative"));
            }
            line.quantity.calculations(&mut |calculation| {
                let conditions = match calculation {
                    Calculation::Count(conditions) => conditions.as_slice(),
                    Calculation::If(choice) => std::slice::from_ref(&choice.when),
                    _ => &[],
                };
                if conditions.iter().any(Formula::has_sum) {
                    problems.push(ModelProblem::SumNotAllowed);
                }
                conditions.iter().for_each(|when| when.options(&mut |id| named.push(id)));
                problems.extend(match calculation {
                    Calculation::Attribute(name) => (!self.attributes.contains_key(name.as_str()))
                        .then(|| ModelProblem::UnknownAttribute(name.clone())),
                    Calculation::Smallest(parts) | Calculation::Largest(parts) => {
                        let nothing = "`smallest` and `largest` need values to choose from";
                        parts.is_empty().then_some(ModelProblem::Quantity(nothing))
                    }
                    Calculation::RoundUp(round) => (!round.to.exact().is_positive()).then_some(
                        ModelProblem::Quantity("`round_up` needs a step `to` greater than zero"),
                    ),
                    _ => None,
                });
            });
            problems.into_iter().for_each(|problem| self.error(problem));
            for id in named {
                self.literals(id, &root);
            }
        }
        self.place = Spot::Bom;
        if let Err(problem) = super::bom::Graph::new(&bom) {
            self.error(problem);
        }
    }
}

struct Column {
    id: String,
    group: Option<(u32, GroupInfo)>,
    entries: Vec<Lit>,
}

fn name_of(option: &Choosable) -> &str {
    option.name.as_deref().unwrap_or(&option.id)
}

/// The literals that a row asks for.
fn picked<'a>(entries: &'a [Vec<Lit>], row: &'a [u32]) -> impl Iterator<Item = Lit> + 'a {
    entries
        .iter()
        .zip(row)
        .filter(|&(_, &value)| value != WILDCARD)
        .filter_map(|(column, &value)| column.get(value as usize).copied())
}

/// Decimals as whole numbers of their common smallest digit.
pub(crate) fn whole_numbers(values: impl Iterator<Item = Exact> + Clone) -> Option<Vec<i64>> {
    let scale = values.clone().map(|value| value.reduced().parts().1).max().unwrap_or(0);
    let unit = Exact::new(10_i128.checked_pow(scale)?, 0).ok()?;
    values
        .map(|value| {
            let whole = value.multiply(unit).ok()?.to_integer()?;
            // Room is left so that sums of many terms stay within 64 bits.
            i64::try_from(whole).ok().filter(|w| w.unsigned_abs() < 1 << 53)
        })
        .collect()
}
