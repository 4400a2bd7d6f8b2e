//! Reads a tree again and again, takes out what does not fit, and goes on behind it.
//!
//! Every reading begins where the last one stopped: the elements before a defect have been read
//! and are passed over. So a book is read about twice, however many defects it has.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::Document;
use super::tree::{List, Map, Node, Step, TreeError};
use super::wording::{Defect, Wording, word};
use crate::Diagnostic;
use crate::diagnostic::Place;
use crate::strict::Strict;

fn pointer(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Key(key) => path + &Place::Root.key(key).pointer(),
        Step::Index(index) => format!("{path}/{index}"),
    })
}

impl Node {
    fn child(&self, step: &Step) -> Option<&Self> {
        match (self, step) {
            (Self::List(list), Step::Index(index)) => list.items.get(*index),
            (Self::Map(map), Step::Key(key)) => map
                .entries
                .get(map.from..)?
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    fn child_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (self, step) {
            (Self::List(list), Step::Index(index)) => list.items.get_mut(*index),
            (Self::Map(map), Step::Key(key)) => map
                .entries
                .get_mut(map.from..)?
                .iter_mut()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    fn at_mut(&mut self, steps: &[Step]) -> Option<&mut Self> {
        steps.iter().try_fold(self, |node, step| node.child_mut(step))
    }

    /// Puts all elements back that were passed over.
    fn rewind(&mut self) {
        match self {
            Self::List(list) => {
                list.from = 0;
                list.items.iter_mut().for_each(Self::rewind);
            }
            Self::Map(map) => {
                map.from = 0;
                map.entries.iter_mut().for_each(|(_, node)| node.rewind());
            }
            _ => {}
        }
    }

    /// Passes over everything inside.
    fn settle(&mut self) {
        match self {
            Self::List(list) => list.from = list.items.len(),
            Self::Map(map) => map.from = map.entries.len(),
            _ => {}
        }
    }
}

/// Where reading stopped, and why.
#[cfg(any(feature = "replay", not(feature = "fast")))]
pub(super) fn place(error: TreeError) -> (String, String) {
    let (message, way) = error.into_parts();
    (pointer(&way), message)
}

/// Whether the values of an object are all of one kind, so that each may be read without the
/// others.
fn uniform(steps: &[Step]) -> bool {
    match steps {
        [Step::Key(section)] => matches!(
            section.as_str(),
            "currencies" | "units" | "customers" | "products" | "mix_groups" | "coupons"
        ),
        [Step::Key(section), Step::Index(_), Step::Key(field)] => {
            section == "price_lists" && field == "prices"
        }
        _ => false,
    }
}

pub(super) struct Mender {
    document: Document,
    most: usize,
    found: Vec<Diagnostic>,
    /// Places that a mend emptied: a field that is missing there is not missed.
    emptied: BTreeSet<String>,
    /// Places that hold a value of ours.
    placed: BTreeSet<String>,
    /// Elements that a mend changed: what the check says of them may be our doing.
    touched: BTreeSet<String>,
    /// Sections that lost an element: a reference into them may lead nowhere by our doing.
    broken: BTreeSet<String>,
    complete: bool,
}

impl Mender {
    pub(super) fn new(document: Document, most: usize) -> Self {
        Self {
            document,
            most,
            found: Vec::new(),
            emptied: BTreeSet::new(),
            placed: BTreeSet::new(),
            touched: BTreeSet::new(),
            broken: BTreeSet::new(),
            complete: true,
        }
    }

    /// Whether the whole tree has been read.
    pub(super) const fn complete(&self) -> bool {
        self.complete
    }

    /// Whether nothing had to be taken out.
    #[cfg(not(feature = "fast"))]
    pub(super) const fn found_nothing(&self) -> bool {
        self.found.is_empty() && self.complete
    }

    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// Reads until the tree is well; the document without its defects, if anything is left.
    pub(super) fn mend<T: DeserializeOwned>(&mut self, tree: &mut Node) -> Option<T> {
        // Some mends need a second try, at most two for each finding.
        for _ in 0..=self.most.saturating_mul(3).saturating_add(16) {
            let error: TreeError = match T::deserialize(Strict(&*tree)) {
                Ok(document) => {
                    if self.found.is_empty() {
                        return Some(document);
                    }
                    tree.rewind();
                    return T::deserialize(Strict(&*tree)).ok();
                }
                Err(error) => error,
            };
            let (message, way) = error.into_parts();
            if !self.one(tree, known(tree, way), word(&message)) {
                return None;
            }
            if self.found.len() > self.most {
                break;
            }
        }
        self.complete = false;
        None
    }

    /// Records one defect and takes it out; `false` where nothing is left to read.
    fn one(&mut self, tree: &mut Node, mut steps: Vec<Step>, wording: Wording) -> bool {
        settle_before(tree, &steps);
        if wording.defect == Defect::Row {
            row_steps(tree, &mut steps);
        }
        let path = pointer(&steps);
        if wording.defect == Defect::Missing
            && let Some(field) = wording.field.clone()
        {
            let Some(Node::Map(map)) = tree.at_mut(&steps) else {
                // A list cannot stand for an object.
                return self.report(path, wording) && self.take_out(tree, &steps);
            };
            let value = placeholder(&steps, &field);
            match map.entries.iter_mut().find(|(name, _)| *name == field) {
                Some((_, node)) => *node = value,
                None => map.entries.push((field.clone(), value)),
            }
            let mut inner = steps.clone();
            inner.push(Step::Key(field));
            let inner = pointer(&inner);
            self.touch(&steps);
            if !self.emptied.contains(&inner) {
                self.report(path, wording);
            }
            self.placed.insert(inner);
            return true;
        }
        if self.placed.contains(&path) {
            // Not even our own value does: the element around it goes.
            steps.pop();
            return self.take_out(tree, &steps);
        }
        // An object that a mend left without its only field is no second defect.
        let inside = format!("{path}/");
        let by_mend = |place: &String| place.starts_with(&inside);
        if wording.defect != Defect::Kind
            || !self.emptied.range(inside.clone()..).next().is_some_and(by_mend)
        {
            self.report(path, wording);
        }
        self.take_out(tree, &steps)
    }

    fn report(&mut self, path: String, wording: Wording) -> bool {
        let mut finding =
            Diagnostic::new(wording.defect.code(self.document), path, wording.message);
        if let Some(help) = wording.help {
            finding = finding.with_help(help);
        }
        self.found.push(finding);
        true
    }

    /// The element whose meaning a change at a place may alter.
    fn touch(&mut self, steps: &[Step]) {
        let length = match steps {
            [Step::Key(section), Step::Index(_), Step::Key(field), _, ..]
                if section == "price_lists" && field == "prices" =>
            {
                4
            }
            _ => steps.len().min(2),
        };
        self.touched.insert(pointer(steps.get(..length).unwrap_or_default()));
    }

    fn take_out(&mut self, tree: &mut Node, steps: &[Step]) -> bool {
        let Some((last, parents)) = steps.split_last() else { return false };
        self.touch(steps);
        let section_value = uniform(parents) && parents.len() == 1;
        let Some(parent) = tree.at_mut(parents) else { return false };
        match (parent, last) {
            (Node::Map(map), Step::Key(key)) => {
                let from = map.from;
                let Some((_, node)) =
                    map.entries.iter_mut().skip(from).find(|(name, _)| name == key)
                else {
                    return false;
                };
                // A customer that is not an object still is a customer that others may name.
                if section_value && !matches!(node, Node::Map(_)) {
                    *node = Node::Map(Map::default());
                } else {
                    *node = Node::Gone;
                    if section_value || parents.is_empty() {
                        self.broken.insert(section(steps));
                    }
                }
                // What is gone stays in place, so that nothing else moves.
                self.emptied.insert(pointer(steps));
                self.placed.remove(&pointer(steps));
                true
            }
            (Node::List(list), Step::Index(index)) => {
                let Some(node) = list.items.get_mut(*index) else { return false };
                *node = Node::Gone;
                if parents.len() == 1 {
                    self.broken.insert(section(steps));
                }
                true
            }
            _ => false,
        }
    }

    /// The findings of meaning that do not follow from a mend, at their places in the text.
    pub(super) fn unaffected(&self, tree: &Node, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let in_text = |path: &str| replace(tree, path);
        found
            .into_iter()
            .map(|mut finding| {
                finding.path = in_text(&finding.path);
                for other in &mut finding.related {
                    other.path = in_text(&other.path);
                }
                finding
            })
            .filter(|finding| {
                let mut places = std::iter::once(&finding.path)
                    .chain(finding.related.iter().map(|other| &other.path));
                let touched = places.any(|place| {
                    self.touched.iter().any(|touched| {
                        place
                            .strip_prefix(touched.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    })
                });
                !touched && !self.follows(&finding.code)
            })
            .collect()
    }

    /// Whether findings of this code may come from another section that a mend has changed.
    fn follows(&self, code: &str) -> bool {
        let broken =
            |sections: &[&str]| sections.iter().any(|section| self.broken.contains(*section));
        let touched = |sections: &[&str]| {
            sections.iter().any(|section| {
                self.touched.iter().any(|place| {
                    place
                        .strip_prefix('/')
                        .and_then(|rest| rest.strip_prefix(section))
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
            })
        };
        match code {
            "B0201" | "B0212" => broken(&["customers"]),
            "B0202" => broken(&["stages"]),
            "B0203" => broken(&["groups", "discounts"]) || touched(&["discounts"]),
            "B0204" => broken(&["mix_groups"]),
            "B0205" => broken(&["coupons"]),
            "B0206" => broken(&["price_lists"]),
            "B0207" | "B0209" | "B0210" | "B0211" => broken(&["products"]),
            "B0208" => broken(&["units"]),
            "B0213" => broken(&["products"]) || touched(&["products"]),
            "B0304" => touched(&["stages"]),
            "B0309" | "B0315" => touched(&["strategy", "merge", "access"]),
            "B0506" => touched(&["strategy", "merge", "access", "customers", "currency"]),
            "B0507" | "B0508" => touched(&["exchange_rates", "currency", "price_lists"]),
            _ => false,
        }
    }
}

fn section(steps: &[Step]) -> String {
    match steps.first() {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    }
}

/// The steps of a way as far as there are nodes.
fn known(tree: &Node, mut way: Vec<Step>) -> Vec<Step> {
    let mut node = tree;
    let steps = way.iter().take_while(|step| {
        let child = node.child(step);
        node = child.unwrap_or(node);
        child.is_some()
    });
    way.truncate(steps.count());
    way
}

/// Passes over everything that was read before the defect.
fn settle_before(tree: &mut Node, steps: &[Step]) {
    if let (Node::Map(map), Some(Step::Key(section))) = (&mut *tree, steps.first()) {
        for (name, node) in map.entries.iter_mut().take_while(|(name, _)| name != section) {
            let alike = matches!(node, Node::List(_)) || uniform(&[Step::Key(name.clone())]);
            if alike {
                node.settle();
            }
        }
    }
    for length in 1..steps.len() {
        let (Some(parents), Some(step)) = (steps.get(..length), steps.get(length)) else { break };
        let alike = uniform(parents);
        match (tree.at_mut(parents), step) {
            (Some(Node::List(List { from, .. })), Step::Index(index)) => *from = *index,
            (Some(Node::Map(Map { entries, from })), Step::Key(key)) if alike => {
                if let Some(position) = entries.iter().skip(*from).position(|(name, _)| name == key)
                {
                    *from += position;
                }
            }
            _ => {}
        }
    }
}

/// Which entry of a list of prices is not a row: the reader only knows the product.
fn row_steps(tree: &mut Node, steps: &mut Vec<Step>) {
    let Some(Node::List(list)) = tree.at_mut(steps) else { return };
    let bad = list.items.iter().position(|item| {
        let Node::Map(map) = item else { return false };
        let has = |field: &str| {
            map.entries.iter().any(|(name, node)| {
                name == field
                    && match node {
                        Node::Null | Node::Gone => false,
                        Node::List(list) => !list.items.is_empty(),
                        _ => true,
                    }
            })
        };
        has("price") == has("tiers") || (!has("price") && (has("from") || has("flat")))
    });
    steps.extend(bad.map(Step::Index));
}

/// A pointer into the mended document as one into the text.
fn replace(tree: &Node, path: &str) -> String {
    let mut node = Some(tree);
    let mut steps = Vec::new();
    for raw in path.split('/').skip(1) {
        let name = raw.replace("~1", "/").replace("~0", "~");
        let step = match (node, name.parse::<usize>()) {
            (Some(Node::List(list)), Ok(index)) => {
                let actual = list
                    .items
                    .iter()
                    .enumerate()
                    .filter(|(_, node)| !matches!(node, Node::Gone))
                    .nth(index);
                Step::Index(actual.map_or(index, |(actual, _)| actual))
            }
            _ => Step::Key(name),
        };
        node = node.and_then(|node| node.child(&step));
        steps.push(step);
    }
    pointer(&steps)
}

/// A value that lets the reading go on where a field is missing. What the check then says of the
/// element is not told.
fn placeholder(steps: &[Step], field: &str) -> Node {
    let rate = matches!(steps.first(), Some(Step::Key(section)) if section == "exchange_rates");
    match field {
        "v" => Node::Number(1.into()),
        "currency" => Node::Text("EUR".to_owned()),
        "from" | "to" if rate => Node::Text("EUR".to_owned()),
        "visible" => Node::Bool(true),
        "steps" | "lines" => Node::List(List::default()),
        "term" => Node::Map(Map::default()),
        "base" => Node::Text("cost".to_owned()),
        "step" => Node::Text("unit".to_owned()),
        "date" => Node::Text("2000-01-01".to_owned()),
        // An id, an amount, a quantity, a percentage, a rate: all of them can be `1`.
        _ => Node::Text("1".to_owned()),
    }
}
