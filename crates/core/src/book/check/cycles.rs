//! Chains that come back to where they began.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Code, step};
use crate::book::FormulaBase;
use crate::engine::MAX_ACCOUNT_DEPTH;
use crate::{Diagnostic, Id};

/// Every cycle of a map in which each thing names at most one other, each once, beginning with
/// its smallest member.
fn cycles<'a>(next: &BTreeMap<&'a Id, &'a Id>) -> Vec<Vec<&'a Id>> {
    let mut settled: BTreeSet<&Id> = BTreeSet::new();
    let mut found = Vec::new();
    for start in next.keys() {
        let mut path: Vec<&'a Id> = Vec::new();
        let mut at: BTreeMap<&Id, usize> = BTreeMap::new();
        let mut node = Some(*start);
        while let Some(id) = node {
            if settled.contains(id) {
                break;
            }
            if let Some(begin) = at.get(id) {
                let mut cycle: Vec<&'a Id> = path.get(*begin..).unwrap_or_default().to_vec();
                let least =
                    cycle.iter().enumerate().min_by_key(|(_, id)| **id).map_or(0, |(i, _)| i);
                cycle.rotate_left(least);
                found.push(cycle);
                break;
            }
            at.insert(id, path.len());
            path.push(id);
            node = next.get(id).copied();
        }
        settled.extend(path);
    }
    found
}

/// Whoever has one level above it more than there may be, with the topmost; those below would only
/// repeat it. Nobody may be their own ancestor.
fn too_deep<'a>(parents: &BTreeMap<&'a Id, &'a Id>) -> Vec<(&'a Id, &'a Id)> {
    let mut levels: BTreeMap<&Id, (usize, &'a Id)> = BTreeMap::new();
    let mut found = Vec::new();
    for start in parents.keys() {
        let mut path: Vec<&'a Id> = Vec::new();
        let mut node = *start;
        while let Some(parent) = parents.get(node).copied()
            && !levels.contains_key(node)
        {
            path.push(node);
            node = parent;
        }
        let (mut level, top) = levels.get(node).copied().unwrap_or((0, node));
        for id in path.into_iter().rev() {
            level += 1;
            levels.insert(id, (level, top));
            if level == MAX_ACCOUNT_DEPTH + 1 {
                found.push((id, top));
            }
        }
    }
    found
}

fn chain(cycle: &[&Id]) -> String {
    cycle.iter().chain(cycle.first()).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" > ")
}

impl Check<'_> {
    pub(super) fn cycles(&mut self) {
        let book = self.book;
        let parents: BTreeMap<&Id, &Id> = book
            .customers
            .iter()
            .filter_map(|(id, customer)| Some((id, customer.parent.as_ref()?)))
            .collect();
        let circles = cycles(&parents);
        let deep = if circles.is_empty() { too_deep(&parents) } else { Vec::new() };
        for cycle in circles {
            let Some((first, rest)) = cycle.split_first() else { continue };
            let mut finding = Diagnostic::new(
                Code::AccountCycle,
                format!("/customers{}/parent", step(first)),
                format!("customer `{first}` is its own ancestor: {}", chain(&cycle)),
            );
            for id in rest {
                finding = finding.with_related(
                    format!("/customers{}/parent", step(id)),
                    "part of the cycle".to_owned(),
                );
            }
            self.found.push(finding);
        }

        for (id, top) in deep {
            self.found.push(
                Diagnostic::new(
                    Code::AccountDepth,
                    format!("/customers{}/parent", step(id)),
                    format!("customer `{id}` has {} levels of parents", MAX_ACCOUNT_DEPTH + 1),
                )
                .with_related(format!("/customers{}", step(top)), "the topmost".to_owned()),
            );
        }

        let mut places: BTreeMap<&Id, usize> = BTreeMap::new();
        let mut bases: BTreeMap<&Id, &Id> = BTreeMap::new();
        for (i, list) in book.price_lists.iter().enumerate() {
            if let Some(FormulaBase::List(base)) =
                list.formula.as_ref().and_then(|formula| formula.base.as_ref())
                && !places.contains_key(&list.id)
            {
                places.insert(&list.id, i);
                bases.insert(&list.id, base);
            }
        }
        for cycle in cycles(&bases) {
            let mut at = cycle.iter().filter_map(|id| places.get(id));
            let path = |i: &usize| format!("/price_lists/{i}/formula/base");
            let Some(first) = at.next() else { continue };
            let mut finding = Diagnostic::new(
                Code::FormulaCycle,
                path(first),
                format!("price lists are computed from each other: {}", chain(&cycle)),
            );
            for other in at {
                finding = finding.with_related(path(other), "part of the cycle".to_owned());
            }
            self.found.push(finding);
        }
    }
}
