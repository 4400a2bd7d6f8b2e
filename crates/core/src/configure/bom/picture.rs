//! The bill of materials as DOT text and as an SVG picture.

use std::fmt::Write as _;

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::dot::{Config, Dot};
use petgraph::graph::{EdgeReference, NodeIndex};

use super::BomGraph;
use crate::configure::formula::{Expression, Formula};
use crate::configure::model::Line;

const BOX_HEIGHT: usize = 28;
const ROW: usize = 90;
const GAP: usize = 20;
const CHARACTER: usize = 8;

impl BomGraph {
    /// The graph in the DOT language of Graphviz.
    ///
    /// ```
    /// use listino_core::configure::{Bom, BomGraph};
    /// let bom: Bom = serde_json::from_str(r#"{ "root": "bike", "items": [{ "id": "bike" }, { "id": "wheel" }],
    ///     "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" }] }"#)?;
    /// assert!(BomGraph::new(&bom)?.dot().starts_with("digraph {"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dot(&self) -> String {
        let edge = |_, edge: EdgeReference<'_, usize>| {
            let label = self.line(*edge.weight()).map_or_else(String::new, label);
            format!("label = \"{}\"", quoted(&label))
        };
        let node = |_, (_, place): (NodeIndex, &usize)| {
            let item = self.bom.items.get(*place);
            let name = item.map_or("", |i| i.name.as_deref().unwrap_or(&i.id));
            let phantom = item.is_some_and(|item| item.phantom);
            let style = if phantom { "dashed" } else { "solid" };
            format!("label = \"{}\" shape = box style = {style}", quoted(name))
        };
        let settings = [Config::NodeNoLabel, Config::EdgeNoLabel];
        let dot = Dot::with_attr_getters(&self.graph, &settings, &edge, &node);
        format!("{dot:?}")
    }

    /// The graph as a picture: assemblies above what goes into them, phantoms dashed, lines under
    /// a condition dashed.
    ///
    /// ```
    /// use listino_core::configure::{Bom, BomGraph};
    /// let bom: Bom = serde_json::from_str(r#"{ "root": "bike", "items": [{ "id": "bike" }, { "id": "wheel" }],
    ///     "lines": [{ "for": "bike", "item": "wheel", "quantity": "2" }] }"#)?;
    /// let picture = BomGraph::new(&bom)?.svg();
    /// assert!(picture.starts_with("<svg") && picture.contains(">wheel</text>"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn svg(&self) -> String {
        let order = toposort(&self.graph, None).unwrap_or_default();
        let mut depth = vec![0_usize; self.graph.node_count()];
        for &node in &order {
            let above = self
                .graph
                .neighbors_directed(node, Direction::Incoming)
                .filter_map(|up| depth.get(up.index()).map(|d| d + 1))
                .max();
            if let Some(slot) = depth.get_mut(node.index()) {
                *slot = above.unwrap_or(0);
            }
        }
        let mut row_ends: Vec<usize> = Vec::new();
        let mut boxes = vec![(0, 0, 0); depth.len()];
        for node in self.graph.node_indices() {
            let row = depth.get(node.index()).copied().unwrap_or(0);
            if row_ends.len() <= row {
                row_ends.resize(row + 1, GAP);
            }
            let width = self.name(node).chars().count() * CHARACTER + 2 * CHARACTER;
            if let (Some(end), Some(slot)) = (row_ends.get_mut(row), boxes.get_mut(node.index())) {
                *slot = (*end, GAP + row * ROW, width);
                *end += width + GAP;
            }
        }
        let width = row_ends.iter().copied().max().unwrap_or(GAP);
        let height = row_ends.len().saturating_sub(1) * ROW + BOX_HEIGHT + 2 * GAP;
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">"
        );
        for edge in self.graph.edge_indices() {
            let Some((from, to)) = self.graph.edge_endpoints(edge) else { continue };
            let (Some(&(fx, fy, fw)), Some(&(tx, ty, tw))) =
                (boxes.get(from.index()), boxes.get(to.index()))
            else {
                continue;
            };
            let line = self.graph.edge_weight(edge).and_then(|&place| self.line(place));
            let dashed = line.is_some_and(|line| line.when.is_some());
            let dash = if dashed { " stroke-dasharray=\"4 3\"" } else { "" };
            let (x1, y1, x2, y2) = (fx + fw / 2, fy + BOX_HEIGHT, tx + tw / 2, ty);
            let _ = writeln!(
                out,
                "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#888\"{dash}/>"
            );
            let text = line.map_or_else(String::new, label);
            if !text.is_empty() {
                let _ = writeln!(
                    out,
                    "<text x=\"{}\" y=\"{}\" fill=\"#555\" font-size=\"10\">{}</text>",
                    usize::midpoint(x1, x2) + 3,
                    usize::midpoint(y1, y2),
                    escaped(&text)
                );
            }
        }
        for node in self.graph.node_indices() {
            let Some(&(x, y, w)) = boxes.get(node.index()) else { continue };
            let phantom = self.item(node).is_some_and(|item| item.phantom);
            let dash = if phantom { " stroke-dasharray=\"4 3\"" } else { "" };
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{BOX_HEIGHT}\" rx=\"4\" \
                 fill=\"#fff\" stroke=\"#333\"{dash}/>"
            );
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x + w / 2,
                y + 18,
                escaped(self.name(node))
            );
        }
        out.push_str("</svg>\n");
        out
    }

    fn name(&self, node: petgraph::graph::NodeIndex) -> &str {
        self.item(node).map_or("", |item| item.name.as_deref().unwrap_or(&item.id))
    }
}

fn label(line: &Line) -> String {
    let quantity = match &line.quantity {
        Expression::Number(number) => format!("{number} ×"),
        Expression::Of(_) => "calculated".to_owned(),
    };
    match &line.when {
        None => quantity,
        Some(Formula::Option(id)) => format!("{quantity} if {id}"),
        Some(Formula::Of(_)) => format!("{quantity} under a condition"),
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
