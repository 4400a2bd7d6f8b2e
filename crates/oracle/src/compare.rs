//! What two quotes do not agree on.

use listino_core::Digest;
use listino_core::quote::{Candidates, Quote, Steps};
use serde::Serialize;
use serde_json::Value;

/// One place where the engine and the oracle disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The place in the quote.
    pub path: String,
    /// What the engine says there.
    pub engine: String,
    /// What the oracle says there.
    pub oracle: String,
}

/// All differences, without the waterfall, the candidates considered and the digests.
pub fn compare(engine: Quote, oracle: Quote) -> Vec<Difference> {
    let (engine, oracle) = (plain(engine), plain(oracle));
    let bytes = |quote: &Quote| serde_json::to_vec(quote).expect("a quote is JSON");
    let mut differences = Vec::new();
    // Only a difference is worth a tree.
    if bytes(&engine) != bytes(&oracle) {
        walk("", &document(&engine), &document(&oracle), &mut differences);
        assert!(!differences.is_empty(), "quotes that differ differ somewhere");
    }
    differences
}

/// The parts of a quote that are compared, in an order that does not matter.
fn plain(mut quote: Quote) -> Quote {
    quote.book = Digest::of(&[]);
    quote.request = Digest::of(&[]).into();
    quote.digest = None;
    for line in &mut quote.lines {
        line.considered = Candidates::default();
        if let Some(price) = &mut line.price {
            price.steps = Steps::default();
        }
        if let Some(listino_core::quote::Refusal::UnknownUnit { known }) = &mut line.refusal {
            known.sort();
        }
    }
    // Several findings about one line have no order among themselves.
    quote.approvals.sort_by_key(|approval| {
        (
            approval.line.is_none(),
            approval.line.clone(),
            approval.threshold.clone(),
            format!("{:?}", (approval.cause, approval.measure)),
        )
    });
    quote.totals.tax_breakdown.sort_by_key(|rate| (rate.category.clone(), rate.percent));
    quote
}

fn document(quote: &Quote) -> Value {
    serde_json::to_value(quote).expect("a quote is JSON")
}

fn walk(path: &str, engine: &Value, oracle: &Value, differences: &mut Vec<Difference>) {
    match (engine, oracle) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = format!("{path}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => walk(&path, a, b, differences),
                    (a, b) => differences.push(Difference { path, engine: say(a), oracle: say(b) }),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let path = format!("{path}/{index}");
                match (a.get(index), b.get(index)) {
                    (Some(a), Some(b)) => walk(&path, a, b, differences),
                    (a, b) => differences.push(Difference { path, engine: say(a), oracle: say(b) }),
                }
            }
        }
        (a, b) if a == b => {}
        (a, b) => differences.push(Difference {
            path: path.to_owned(),
            engine: say(Some(a)),
            oracle: say(Some(b)),
        }),
    }
}

fn say(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), Value::to_string)
}

/// The kind of a difference: its path without the numbers of lists.
pub fn class(path: &str) -> String {
    path.split('/')
        .map(
            |part| {
                if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
                    "*"
                } else {
                    part
                }
            },
        )
        .collect::<Vec<_>>()
        .join("/")
}
