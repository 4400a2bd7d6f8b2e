//! The bill of materials: what goes into what, for one configuration or for all of them.

mod picture;

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeRef};
use rustc_hash::{FxHashMap, FxHashSet};

use super::error::{LimitExceeded, ModelProblem};
use super::formula::{ExpressionError, Formula, amount_or_zero, with_scrap};
use super::model::{Bom, Item, Line};
use super::session::Configuration;
use crate::calendar::Date;
use crate::money::{Amount, ArithmeticError, Exact, Quantity};
use crate::order::arrange;

/// A bill of materials as a graph: items are nodes, lines are edges.
///
/// ```
/// use listino_core::configure::{Bom, BomGraph};
/// let bom: Bom = serde_json::from_str(r#"{
///     "root": "bike",
///     "items": [{ "id": "bike" }, { "id": "wheel" }, { "id": "spoke" }],
///     "lines": [
///         { "for": "bike", "item": "wheel", "quantity": "2" },
///         { "for": "wheel", "item": "spoke", "quantity": "32" }
///     ]
/// }"#)?;
/// let graph = BomGraph::new(&bom)?;
/// assert_eq!(graph.where_used("spoke"), [["spoke", "wheel", "bike"]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BomGraph {
    bom: Bom,
    graph: DiGraph<usize, usize>,
    nodes: FxHashMap<String, NodeIndex>,
    root: NodeIndex,
}

pub(crate) use BomGraph as Graph;

/// Why a bill of materials cannot be exploded.
///
/// ```
/// use listino_core::configure::{BomError, Configurator, Model};
/// let model: Model = serde_json::from_str(r#"{ "id": "m",
///     "bom": { "root": "m", "items": [{ "id": "m" }, { "id": "bolt" }],
///              "lines": [{ "for": "m", "item": "bolt", "quantity": { "subtract": ["1", "2"] } }] } }"#)?;
/// let date = "2026-05-01".parse()?;
/// let configurator = Configurator::compile(&model, date)?;
/// let nothing = configurator.session().complete()?;
/// let error = configurator.bom().unwrap().explode(&nothing, date, 1.into(), 1_000).unwrap_err();
/// assert!(matches!(error, BomError::Negative { .. }));
/// assert_eq!(error.to_string(), "the quantity of `bolt` in `m` is -1: it must not be negative");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BomError {
    /// The quantity of a line has no value.
    #[error("the quantity of `{item}` in `{assembly}`: {problem}")]
    Quantity {
        /// The item.
        item: String,
        /// What it goes into.
        assembly: String,
        /// What is wrong.
        problem: ExpressionError,
    },
    /// The quantity of a line is less than zero.
    #[error("the quantity of `{item}` in `{assembly}` is {quantity}: it must not be negative")]
    Negative {
        /// The item.
        item: String,
        /// What it goes into.
        assembly: String,
        /// The quantity.
        quantity: Quantity,
    },
    /// A result that cannot be held exactly.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// The explosion is too long.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// One line of an exploded bill of materials.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExplodedLine {
    /// How deep the item sits; what goes straight into the product is at level 1. Phantoms do not
    /// count.
    pub level: u32,
    /// The item.
    pub item: String,
    /// The assembly that it goes into.
    #[serde(rename = "for")]
    pub assembly: String,
    /// How many in all, scrap included, in the item's unit.
    pub quantity: Quantity,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the quantity costs, without the items that go into it.
    pub cost: Amount,
    /// The price of the quantity, without the items that go into it.
    pub price: Amount,
}

/// An exploded bill of materials.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explosion {
    /// Every line, each assembly followed by what goes into it.
    pub lines: Vec<ExplodedLine>,
    /// Each item once, with its whole quantity, in the order of the bill.
    pub totals: Vec<(String, Quantity)>,
    /// The cost of everything, the root included. Not rounded.
    pub cost: Amount,
    /// The price of everything, the root included. Not rounded.
    pub price: Amount,
}

/// What one unit of an item costs with everything that goes into it. Not rounded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RolledUp {
    /// The item.
    pub item: String,
    /// The cost of one, its parts included.
    pub cost: Amount,
    /// The price of one, its parts included.
    pub price: Amount,
}

impl BomGraph {
    /// So many ways are told in which an item gets into the root.
    pub const MOST_WAYS: usize = 1_000;

    /// Reads a bill of materials.
    ///
    /// # Errors
    /// [`ModelProblem::UnknownItem`], [`ModelProblem::Duplicate`], or [`ModelProblem::BomCycle`]
    /// with the items of the circle.
    pub fn new(bom: &Bom) -> Result<Self, ModelProblem> {
        let mut graph = DiGraph::with_capacity(bom.items.len(), bom.lines.len());
        let mut nodes = FxHashMap::default();
        for (place, item) in bom.items.iter().enumerate() {
            let node = graph.add_node(place);
            if nodes.insert(item.id.clone(), node).is_some() {
                return Err(ModelProblem::Duplicate(item.id.clone()));
            }
        }
        let node = |id: &str| {
            nodes.get(id).copied().ok_or_else(|| ModelProblem::UnknownItem(id.to_owned()))
        };
        for (place, line) in bom.lines.iter().enumerate() {
            graph.add_edge(node(&line.assembly)?, node(&line.item)?, place);
        }
        let root = node(&bom.root)?;
        let out = Self { bom: bom.clone(), graph, nodes, root };
        match toposort(&out.graph, None) {
            Ok(_) => Ok(out),
            Err(_) => Err(ModelProblem::BomCycle(out.cycle())),
        }
    }

    /// The bill as it was written.
    ///
    /// ```
    /// use listino_core::configure::{Bom, BomGraph};
    /// let bom: Bom =
    ///     serde_json::from_str(r#"{ "root": "bike", "items": [{ "id": "bike" }], "lines": [] }"#)?;
    /// assert_eq!(BomGraph::new(&bom)?.bill(), &bom);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bill(&self) -> &Bom {
        &self.bom
    }

    fn item(&self, node: NodeIndex) -> Option<&Item> {
        self.bom.items.get(*self.graph.node_weight(node)?)
    }

    fn id(&self, node: NodeIndex) -> &str {
        self.item(node).map_or("", |item| &item.id)
    }

    fn line(&self, place: usize) -> Option<&Line> {
        self.bom.lines.get(place)
    }

    /// What goes into an assembly, in the order of the bill.
    fn parts(&self, node: NodeIndex) -> Vec<(&Line, NodeIndex)> {
        let mut edges: Vec<(usize, NodeIndex)> = self
            .graph
            .edges_directed(node, Direction::Outgoing)
            .map(|edge| (*edge.weight(), edge.target()))
            .collect();
        arrange(&mut edges, Ord::cmp);
        edges.into_iter().filter_map(|(place, to)| Some((self.line(place)?, to))).collect()
    }

    /// A circle, from its first item back to it.
    fn cycle(&self) -> Vec<String> {
        let components = kosaraju_scc(&self.graph);
        let inside = components.into_iter().find(|component| {
            component.len() > 1
                || component.iter().any(|&node| self.graph.contains_edge(node, node))
        });
        let Some(inside) = inside else { return Vec::new() };
        let Some(&start) = inside.iter().min() else { return Vec::new() };
        // Walk inside the component until an item comes up again.
        let mut path = vec![start];
        let mut at = start;
        loop {
            let next = self.graph.neighbors(at).filter(|node| inside.contains(node)).min();
            let Some(next) = next else { break };
            let seen = path.iter().position(|&node| node == next);
            path.push(next);
            at = next;
            if let Some(first) = seen {
                path.drain(..first);
                break;
            }
        }
        path.into_iter().map(|node| self.id(node).to_owned()).collect()
    }

    /// The items that no line leads to from the root.
    ///
    /// ```
    /// use listino_core::configure::{Bom, BomGraph};
    /// let bom: Bom = serde_json::from_str(r#"{ "root": "bike",
    ///     "items": [{ "id": "bike" }, { "id": "wheel" }, { "id": "sidecar" }],
    ///     "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" }] }"#)?;
    /// assert_eq!(BomGraph::new(&bom)?.unreachable(), ["sidecar"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unreachable(&self) -> Vec<&str> {
        let mut reached = vec![false; self.graph.node_count()];
        let mut walk = Dfs::new(&self.graph, self.root);
        while let Some(node) = walk.next(&self.graph) {
            if let Some(slot) = reached.get_mut(node.index()) {
                *slot = true;
            }
        }
        self.graph
            .node_indices()
            .filter(|node| !reached.get(node.index()).copied().unwrap_or(true))
            .map(|node| self.id(node))
            .collect()
    }

    /// Every way in which an item gets into the root, from the item upwards; at most
    /// [`BomGraph::MOST_WAYS`].
    pub fn where_used(&self, item: &str) -> Vec<Vec<&str>> {
        let mut out = Vec::new();
        let Some(&start) = self.nodes.get(item) else { return out };
        let mut leads = FxHashSet::default();
        let mut walk = Dfs::new(&self.graph, self.root);
        while let Some(node) = walk.next(&self.graph) {
            leads.insert(node);
        }
        let mut open = vec![vec![start]];
        while let Some(path) = open.pop() {
            let Some(&last) = path.last() else { continue };
            let mut users: Vec<NodeIndex> =
                self.graph.neighbors_directed(last, Direction::Incoming).collect();
            users.sort_unstable();
            users.dedup();
            if last == self.root && path.len() > 1 {
                out.push(path.iter().map(|&node| self.id(node)).collect());
                if out.len() >= Self::MOST_WAYS {
                    break;
                }
            }
            // What the root itself goes into is another product.
            let above =
                users.into_iter().rev().filter(|user| last != self.root && leads.contains(user));
            for user in above {
                let mut longer = path.clone();
                longer.push(user);
                open.push(longer);
            }
        }
        out
    }

    /// What a configuration is made of on a day.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, ExplodedLine, Explosion, Model};
    /// let model: Model = serde_json::from_str(r#"{
    ///     "id": "bike",
    ///     "groups": [{ "id": "rim", "options": [{ "id": "w26" }, { "id": "w28" }] }],
    ///     "bom": { "root": "bike",
    ///         "items": [{ "id": "bike" }, { "id": "wheel", "cost": "15" }, { "id": "spoke", "cost": "0.25" }],
    ///         "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" },
    ///                   { "for": "wheel", "item": "spoke",
    ///                     "quantity": { "if": { "when": "w28", "then": "32", "otherwise": "28" } } }] }
    /// }"#)?;
    /// let date = "2026-05-01".parse()?;
    /// let configurator = Configurator::compile(&model, date)?;
    /// let mut session = configurator.session();
    /// session.choose("w28")?;
    /// let configuration = session.complete()?;
    /// let explosion: Explosion =
    ///     configurator.bom().unwrap().explode(&configuration, date, 10.into(), 1_000)?;
    /// let spokes: &ExplodedLine = &explosion.lines[1];
    /// assert_eq!((spokes.level, spokes.assembly.as_str(), spokes.quantity), (2, "wheel", 640.into()));
    /// assert_eq!(explosion.cost.to_string(), "460");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BomError`] when a quantity has no value, a number cannot be held or the explosion has
    /// more than `most` lines.
    pub fn explode(
        &self,
        configuration: &Configuration,
        date: Date,
        quantity: Quantity,
        most: u32,
    ) -> Result<Explosion, BomError> {
        let mut walk = Walk {
            graph: self,
            configuration,
            date,
            most,
            lines: Vec::new(),
            totals: vec![Exact::ZERO; self.bom.items.len()],
            cost: Exact::ZERO,
            price: Exact::ZERO,
        };
        let quantity = quantity.exact();
        if let Some(root) = self.item(self.root) {
            walk.cost = quantity.multiply(amount_or_zero(root.cost))?;
            walk.price = quantity.multiply(amount_or_zero(root.price))?;
        }
        walk.assembly(self.root, quantity, 1)?;
        let totals = walk
            .totals
            .iter()
            .zip(&self.bom.items)
            .filter(|(total, _)| !total.is_zero())
            .map(|(total, item)| Ok((item.id.clone(), Quantity::from_exact(*total)?)))
            .collect::<Result<_, BomError>>()?;
        Ok(Explosion {
            lines: walk.lines,
            totals,
            cost: Amount::from_exact(walk.cost)?,
            price: Amount::from_exact(walk.price)?,
        })
    }

    /// What one unit of each item costs with everything that goes into it, for a configuration on
    /// a day; in the order of the bill.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, RolledUp};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "bike",
    /// #     "groups": [{ "id": "rim", "options": [{ "id": "w26" }, { "id": "w28" }] }],
    /// #     "bom": { "root": "bike",
    /// #         "items": [{ "id": "bike" }, { "id": "wheel", "cost": "15" }, { "id": "spoke", "cost": "0.25" }],
    /// #         "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" },
    /// #                   { "for": "wheel", "item": "spoke",
    /// #                     "quantity": { "if": { "when": "w28", "then": "32", "otherwise": "28" } } }] }
    /// # }"#)?;
    /// let date = "2026-05-01".parse()?;
    /// let configurator = Configurator::compile(&model, date)?;
    /// let mut session = configurator.session();
    /// session.choose("w28")?;
    /// let rolled = configurator.bom().unwrap().roll_up(&session.complete()?, date)?;
    /// let wheel: &RolledUp = &rolled[1];
    /// // 15 for the wheel itself and 8 for its 32 spokes.
    /// assert_eq!((wheel.item.as_str(), wheel.cost.to_string()), ("wheel", "23".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`BomGraph::explode`].
    pub fn roll_up(
        &self,
        configuration: &Configuration,
        date: Date,
    ) -> Result<Vec<RolledUp>, BomError> {
        let mut sums = vec![(Exact::ZERO, Exact::ZERO); self.graph.node_count()];
        // Parts before what they go into.
        let order = toposort(&self.graph, None).unwrap_or_default();
        for node in order.into_iter().rev() {
            let Some(item) = self.item(node) else { continue };
            let (mut cost, mut price) = (amount_or_zero(item.cost), amount_or_zero(item.price));
            for (line, part) in self.parts(node) {
                if let Some(quantity) = quantity(line, configuration, date)? {
                    let (c, p) =
                        sums.get(part.index()).copied().unwrap_or((Exact::ZERO, Exact::ZERO));
                    cost = cost.add(quantity.multiply(c)?)?;
                    price = price.add(quantity.multiply(p)?)?;
                }
            }
            if let Some(slot) = sums.get_mut(node.index()) {
                *slot = (cost, price);
            }
        }
        self.graph
            .node_indices()
            .zip(sums)
            .map(|(node, (cost, price))| {
                Ok(RolledUp {
                    item: self.id(node).to_owned(),
                    cost: Amount::from_exact(cost)?,
                    price: Amount::from_exact(price)?,
                })
            })
            .collect()
    }
}

/// How many of a line's item one assembly takes; `None` when the line does not apply.
fn quantity(
    line: &Line,
    configuration: &Configuration,
    date: Date,
) -> Result<Option<Exact>, BomError> {
    let chosen = |id: &str| configuration.count(id);
    let applies = |when: &Formula| when.holds_for(&chosen);
    if !line.valid.contains(date) || !line.when.as_ref().is_none_or(applies) {
        return Ok(None);
    }
    let value = line.quantity.value_for(&chosen, &|name| configuration.attribute(name)).map_err(
        |problem| BomError::Quantity {
            item: line.item.clone(),
            assembly: line.assembly.clone(),
            problem,
        },
    )?;
    if value.is_negative() {
        return Err(BomError::Negative {
            item: line.item.clone(),
            assembly: line.assembly.clone(),
            quantity: Quantity::from_exact(value)?,
        });
    }
    Ok((!value.is_zero()).then_some(with_scrap(value, line.scrap)?))
}

struct Walk<'a> {
    graph: &'a BomGraph,
    configuration: &'a Configuration,
    date: Date,
    most: u32,
    lines: Vec<ExplodedLine>,
    totals: Vec<Exact>,
    cost: Exact,
    price: Exact,
}

impl Walk<'_> {
    fn assembly(
        &mut self,
        root: NodeIndex,
        quantity_of_root: Exact,
        level: u32,
    ) -> Result<(), BomError> {
        // An explicit stack: a bill may be deeper than the thread's own.
        let graph = self.graph;
        let mut open: Vec<(&Line, NodeIndex, Exact, u32)> = graph
            .parts(root)
            .into_iter()
            .rev()
            .map(|(line, part)| (line, part, quantity_of_root, level))
            .collect();
        let mut visited: u64 = 0;
        while let Some((line, node, of_assembly, level)) = open.pop() {
            visited += 1;
            if visited > u64::from(self.most) {
                let which = "lines in an exploded bill of materials";
                return Err(LimitExceeded::new(which, self.most.into()).into());
            }
            let Some(one) = quantity(line, self.configuration, self.date)? else { continue };
            let Some(item) = graph.item(node) else { continue };
            let all = of_assembly.multiply(one)?;
            let below = if item.phantom { level } else { level + 1 };
            let cost = all.multiply(amount_or_zero(item.cost))?;
            let price = all.multiply(amount_or_zero(item.price))?;
            self.cost = self.cost.add(cost)?;
            self.price = self.price.add(price)?;
            if !item.phantom {
                if let Some(total) = self.totals.get_mut(node.index()) {
                    *total = total.add(all)?;
                }
                self.lines.push(ExplodedLine {
                    level,
                    item: item.id.clone(),
                    assembly: line.assembly.clone(),
                    quantity: Quantity::from_exact(all)?,
                    unit: item.unit.clone(),
                    cost: Amount::from_exact(cost)?,
                    price: Amount::from_exact(price)?,
                });
            }
            open.extend(
                graph.parts(node).into_iter().rev().map(|(line, part)| (line, part, all, below)),
            );
        }
        Ok(())
    }
}
