//! Features and constraints as a model.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::parse::{Feature, FeatureGroup, GroupKind, Node, NodeKind, Tree};
use super::{UvlError, UvlProblem};
use crate::calendar::Window;
use crate::configure::formula::{Compound, Formula, SumLimit, SumTerm};
use crate::configure::model::{Assembly, Cardinality, Choosable, Group, Model, Rule};
use crate::money::{Exact, Quantity};

/// How many instances a feature with an open cardinality may have.
const INSTANCES: u32 = 16;

struct Converter {
    /// What a constraint calls a feature: its id, starred inside sub-assemblies.
    ids: FxHashMap<String, String>,
    /// By feature and name.
    numbers: BTreeMap<(String, String), Quantity>,
    /// Features in the order of the text, each with those below it counted.
    order: Vec<(String, usize)>,
    names: FxHashSet<String>,
}

/// What features and assemblies become, for the model or for one assembly.
#[derive(Default)]
struct Level {
    groups: Vec<Group>,
    assemblies: Vec<Assembly>,
}

pub(super) fn convert(tree: &Tree) -> Result<Model, UvlError> {
    let mut converter = Converter {
        ids: FxHashMap::default(),
        numbers: BTreeMap::new(),
        order: Vec::new(),
        names: FxHashSet::default(),
    };
    let root = &tree.root;
    if root.cardinality.is_some() {
        let problem = UvlProblem::Unsupported("a root feature with a cardinality");
        return Err(UvlError::new(root.place, problem));
    }
    let mut level = Level::default();
    let option = converter.option(root, "")?;
    level.groups.push(Group {
        id: format!("{}#", root.name),
        options: vec![option],
        ..Group::default()
    });
    converter.below(root, Some(&root.name), "", &mut level)?;
    let mut constraints: Vec<&Node> = Vec::new();
    inner_constraints(root, &mut constraints);
    constraints.extend(&tree.constraints);
    let mut rules = Vec::with_capacity(constraints.len());
    for (number, node) in constraints.into_iter().enumerate() {
        rules.push(Rule {
            id: format!("constraint {}", number + 1),
            text: Some(format!("line {}", node.place.line)),
            valid: Window::ALWAYS,
            must: converter.formula(node)?,
        });
    }
    let id = if tree.namespace.is_empty() { root.name.clone() } else { tree.namespace.clone() };
    Ok(Model { id, groups: level.groups, assemblies: level.assemblies, rules, ..Model::default() })
}

fn inner_constraints<'a>(feature: &'a Feature, out: &mut Vec<&'a Node>) {
    out.extend(&feature.constraints);
    for group in &feature.groups {
        group.features.iter().for_each(|feature| inner_constraints(feature, out));
    }
}

impl Converter {
    fn register(&mut self, feature: &Feature, prefix: &str) -> Result<(), UvlError> {
        if !self.names.insert(feature.name.clone()) {
            let problem = UvlProblem::Duplicate(feature.name.clone());
            return Err(UvlError::new(feature.place, problem));
        }
        self.ids.insert(feature.name.clone(), format!("{prefix}{}", feature.name));
        for (key, value) in &feature.numbers {
            self.numbers.insert((feature.name.clone(), key.clone()), *value);
        }
        self.order.push((feature.name.clone(), 0));
        Ok(())
    }

    fn option(&mut self, feature: &Feature, prefix: &str) -> Result<Choosable, UvlError> {
        self.register(feature, prefix)?;
        let attributes = feature.numbers.iter().cloned().collect();
        Ok(Choosable { id: feature.name.clone(), attributes, ..Choosable::default() })
    }

    /// What stands below a feature; `prefix` is how constraints reach into its assembly.
    fn below(
        &mut self,
        feature: &Feature,
        parent: Option<&str>,
        prefix: &str,
        level: &mut Level,
    ) -> Result<(), UvlError> {
        let place = self.order.len().saturating_sub(1);
        for (number, group) in feature.groups.iter().enumerate() {
            let id = format!("{}#{}", feature.name, number + 1);
            self.group(group, id, parent, prefix, level)?;
        }
        let below = self.order.len().saturating_sub(place + 1);
        if let Some((_, count)) = self.order.get_mut(place) {
            *count = below;
        }
        Ok(())
    }

    fn group(
        &mut self,
        group: &FeatureGroup,
        id: String,
        parent: Option<&str>,
        prefix: &str,
        level: &mut Level,
    ) -> Result<(), UvlError> {
        let count = u32::try_from(group.features.len()).unwrap_or(u32::MAX);
        let choose = match group.kind {
            GroupKind::Mandatory => Cardinality { min: count, max: Some(count) },
            GroupKind::Optional => Cardinality::ANY,
            GroupKind::Or => Cardinality { min: 1, max: None },
            GroupKind::Alternative => Cardinality::ONE,
            GroupKind::Cardinality(min, max) => {
                if min > count {
                    let problem = UvlProblem::Expected("no more than the group has features");
                    return Err(UvlError::new(group.place, problem));
                }
                Cardinality { min, max: max.map(|max| max.min(count)) }
            }
        };
        let mut options = Vec::new();
        let place = level.groups.len();
        for feature in &group.features {
            if feature.cardinality.is_some() {
                self.assembly(feature, group.kind, parent, prefix, level)?;
                continue;
            }
            options.push(self.option(feature, prefix)?);
            self.below(feature, Some(&feature.name), prefix, level)?;
        }
        if options.is_empty() {
            return Ok(());
        }
        let few = u32::try_from(options.len()).unwrap_or(u32::MAX);
        let choose = if group.kind == GroupKind::Mandatory {
            Cardinality { min: few, max: Some(few) }
        } else {
            choose
        };
        let parent = parent.map(str::to_owned);
        // The group before those of its own features, as a person would list them.
        level.groups.insert(place, Group { id, name: None, parent, choose, options });
        Ok(())
    }

    /// A feature with a cardinality: instances, each with what stands below it.
    fn assembly(
        &mut self,
        feature: &Feature,
        kind: GroupKind,
        parent: Option<&str>,
        prefix: &str,
        level: &mut Level,
    ) -> Result<(), UvlError> {
        let (min, max) = feature.cardinality.unwrap_or((1, Some(1)));
        let refuse = |what| Err(UvlError::new(feature.place, UvlProblem::Unsupported(what)));
        let min = match kind {
            GroupKind::Mandatory => min,
            GroupKind::Optional if min <= 1 => 0,
            GroupKind::Optional => {
                return refuse("an optional feature with more than one instance at least");
            }
            _ => {
                return refuse(
                    "a feature with a cardinality inside `or`, `alternative` or `[n..m]`",
                );
            }
        };
        let Some(max) = max.or(Some(INSTANCES)).filter(|&max| max <= 1000) else {
            return refuse("a feature with more than 1000 instances");
        };
        if !feature.numbers.is_empty() {
            return refuse("a number of a feature with a cardinality");
        }
        self.register(feature, prefix)?;
        let starred = format!("{prefix}{}[*]", feature.name);
        self.ids.insert(feature.name.clone(), starred.clone());
        let mut inner = Level::default();
        self.below(feature, None, &format!("{starred}."), &mut inner)?;
        level.assemblies.push(Assembly {
            id: feature.name.clone(),
            parent: parent.map(str::to_owned),
            instances: Cardinality { min, max: Some(max.max(min)) },
            groups: inner.groups,
            assemblies: inner.assemblies,
            ..Assembly::default()
        });
        Ok(())
    }

    // ---- constraints -------------------------------------------------------------------------

    fn feature(&self, parts: &[String], node: &Node) -> Result<&str, UvlError> {
        let name = parts.join(".");
        match self.ids.get(&name) {
            Some(id) => Ok(id),
            None => Err(UvlError::new(node.place, UvlProblem::UnknownFeature(name))),
        }
    }

    fn formula(&self, node: &Node) -> Result<Formula, UvlError> {
        let refuse = |what| Err(UvlError::new(node.place, UvlProblem::Unsupported(what)));
        Ok(match &node.kind {
            NodeKind::Reference(parts) => Formula::option(self.feature(parts, node)?),
            NodeKind::Boolean(true) => Compound::All(Vec::new()).into(),
            NodeKind::Boolean(false) => Compound::Any(Vec::new()).into(),
            NodeKind::Not(inner) => self.formula(inner)?.negate(),
            NodeKind::Binary(sign, a, b) => match *sign {
                "&" => Compound::All(vec![self.formula(a)?, self.formula(b)?]).into(),
                "|" => Compound::Any(vec![self.formula(a)?, self.formula(b)?]).into(),
                "=>" => Compound::Requires([self.formula(a)?, self.formula(b)?]).into(),
                "<=>" => Compound::Same([self.formula(a)?, self.formula(b)?]).into(),
                "+" | "-" | "*" | "/" => return refuse("a number where a condition belongs"),
                sign => self.comparison(sign, a, b)?,
            },
            NodeKind::Number(_) | NodeKind::Minus(_) | NodeKind::Call(..) => {
                return refuse("a number where a condition belongs");
            }
            NodeKind::Text => return refuse("text where a condition belongs"),
        })
    }

    fn comparison(&self, sign: &str, a: &Node, b: &Node) -> Result<Formula, UvlError> {
        let mut left = self.linear(a)?;
        left.add(&self.linear(b)?, Exact::integer(-1)).ok_or_else(|| too_large(a))?;
        // terms + constant ⋈ 0
        let bound = left.constant.negate();
        let digits = left.terms.values().chain([&bound]).map(|v| decimals(*v)).max().unwrap_or(0);
        let unit = Exact::new(1, digits).map_err(|_| too_large(a))?;
        let quantity = |value: Exact| Quantity::from_exact(value).map_err(|_| too_large(a));
        let below = quantity(bound.subtract(unit).map_err(|_| too_large(a))?)?;
        let above = quantity(bound.add(unit).map_err(|_| too_large(a))?)?;
        let bound = quantity(bound)?;
        let terms = left
            .terms
            .into_iter()
            .map(|(option, amount)| Ok(SumTerm { option, amount: quantity(amount)? }))
            .collect::<Result<Vec<_>, UvlError>>()?;
        let sum = |at_least, at_most| {
            Formula::from(Compound::Sum(SumLimit {
                terms: terms.clone(),
                at_least,
                at_most,
                ..SumLimit::default()
            }))
        };
        Ok(match sign {
            "<" => sum(None, Some(below)),
            "<=" => sum(None, Some(bound)),
            ">" => sum(Some(above), None),
            ">=" => sum(Some(bound), None),
            "==" => sum(Some(bound), Some(bound)),
            _ => sum(Some(bound), Some(bound)).negate(),
        })
    }

    fn linear(&self, node: &Node) -> Result<Linear, UvlError> {
        let refuse = |what| Err(UvlError::new(node.place, UvlProblem::Unsupported(what)));
        Ok(match &node.kind {
            NodeKind::Number(number) => Linear { terms: BTreeMap::new(), constant: number.exact() },
            NodeKind::Minus(inner) => self.linear(inner)?.times(Exact::integer(-1), node)?,
            NodeKind::Reference(parts) => self.number(parts, node)?,
            NodeKind::Call(name, arguments) if name == "sum" => self.sum(arguments, node)?,
            NodeKind::Call(..) => return refuse("a function other than `sum`"),
            NodeKind::Binary(sign @ ("+" | "-"), a, b) => {
                let mut left = self.linear(a)?;
                let factor = Exact::integer(if *sign == "+" { 1 } else { -1 });
                left.add(&self.linear(b)?, factor).ok_or_else(|| too_large(node))?;
                left
            }
            NodeKind::Binary("*", a, b) => {
                let (a, b) = (self.linear(a)?, self.linear(b)?);
                if a.terms.is_empty() {
                    b.times(a.constant, node)?
                } else if b.terms.is_empty() {
                    a.times(b.constant, node)?
                } else {
                    return refuse("a product of two features");
                }
            }
            NodeKind::Binary("/", a, b) => {
                let (a, b) = (self.linear(a)?, self.linear(b)?);
                if !b.terms.is_empty() {
                    return refuse("a division by a feature");
                }
                let Ok(factor) = Exact::ONE.divide_exact(b.constant) else {
                    return refuse("a division without an exact decimal result");
                };
                a.times(factor, node)?
            }
            NodeKind::Text => return refuse("a comparison of text"),
            _ => return refuse("a condition where a number belongs"),
        })
    }

    /// `feature.number`: it counts while the feature is chosen.
    fn number(&self, parts: &[String], node: &Node) -> Result<Linear, UvlError> {
        for split in 1..parts.len() {
            let (Some(feature), Some(key)) = (parts.get(..split), parts.get(split..)) else {
                continue;
            };
            let (feature, key) = (feature.join("."), key.join("."));
            if let Some(id) = self.ids.get(&feature) {
                return match self.numbers.get(&(feature, key.clone())) {
                    Some(value) => Ok(Linear {
                        terms: BTreeMap::from([(id.clone(), value.exact())]),
                        constant: Exact::ZERO,
                    }),
                    None => Err(UvlError::new(node.place, UvlProblem::UnknownAttribute(key))),
                };
            }
        }
        self.feature(parts, node)?;
        Err(UvlError::new(node.place, UvlProblem::Unsupported("the value of a typed feature")))
    }

    /// `sum(number)` over all features, `sum(feature, number)` over a feature and those below it.
    fn sum(&self, arguments: &[Node], node: &Node) -> Result<Linear, UvlError> {
        let reference = |node: &Node| match &node.kind {
            NodeKind::Reference(parts) => Ok(parts.join(".")),
            _ => Err(UvlError::new(node.place, UvlProblem::Expected("a name"))),
        };
        let (range, key) = match arguments {
            [key] => (0..self.order.len(), reference(key)?),
            [feature, key] => {
                let name = reference(feature)?;
                let found = self.order.iter().position(|(id, _)| *id == name);
                let Some(start) = found else {
                    let problem = UvlProblem::UnknownFeature(name);
                    return Err(UvlError::new(feature.place, problem));
                };
                let below = self.order.get(start).map_or(0, |(_, count)| *count);
                (start..start + below + 1, reference(key)?)
            }
            _ => return Err(UvlError::new(node.place, UvlProblem::Expected("`sum(number)`"))),
        };
        let mut out = Linear { terms: BTreeMap::new(), constant: Exact::ZERO };
        for (name, _) in self.order.get(range).unwrap_or_default() {
            if let Some(value) = self.numbers.get(&(name.clone(), key.clone()))
                && let Some(id) = self.ids.get(name)
            {
                out.terms.insert(id.clone(), value.exact());
            }
        }
        if out.terms.is_empty() {
            return Err(UvlError::new(node.place, UvlProblem::UnknownAttribute(key)));
        }
        Ok(out)
    }
}

fn decimals(value: Exact) -> u32 {
    value.reduced().parts().1
}

fn too_large(node: &Node) -> UvlError {
    UvlError::new(node.place, UvlProblem::Unsupported("a number with so many digits"))
}

/// A sum of options, each with a factor, and a constant.
struct Linear {
    terms: BTreeMap<String, Exact>,
    constant: Exact,
}

impl Linear {
    fn add(&mut self, other: &Self, factor: Exact) -> Option<()> {
        self.constant = self.constant.add(other.constant.multiply(factor).ok()?).ok()?;
        for (option, value) in &other.terms {
            let slot = self.terms.entry(option.clone()).or_insert(Exact::ZERO);
            *slot = slot.add(value.multiply(factor).ok()?).ok()?;
        }
        Some(())
    }

    fn times(mut self, factor: Exact, node: &Node) -> Result<Self, UvlError> {
        let times = |value: Exact| value.multiply(factor).map_err(|_| too_large(node));
        self.constant = times(self.constant)?;
        for value in self.terms.values_mut() {
            *value = times(*value)?;
        }
        Ok(self)
    }
}
