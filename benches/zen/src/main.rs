//! The rival ZEN on a part of each line: its cluster discount and its best promotion, as two decision
//! tables. Hundreds of thousands of price rows are no decision table, and amounts are no decision, so the
//! rest of the line is left out.
//!
//! Prints nanoseconds of processor time for each line as JSON, the median of several rounds: with the decision compiled
//! before, and as the quick start of its manual has it. Writes the decision into a directory, for ZEN in
//! other languages.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use listino_bench::{Line, Promotion, Workload};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use zen_engine::model::DecisionContent;
use zen_engine::{Decision, DecisionEngine};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: bench-zen DIRECTORY LINES ROUNDS";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, lines, rounds] = arguments.as_slice() else { return Err(USAGE.into()) };
    let (lines, rounds): (usize, usize) = (lines.parse()?, rounds.parse()?);
    let workload = Workload::new();
    let decision = decision(&workload);
    let file = Path::new(directory).join("decision.json");
    std::fs::write(file, decision.to_string())?;
    let lines = workload.lines(lines);
    let engine = DecisionEngine::default();
    let make = || -> Result<Decision> {
        let content: DecisionContent = serde_json::from_value(decision.clone())?;
        engine.create_decision(content.into()).map_err(|error| format!("{error:?}").into())
    };
    let mut compiled = make()?;
    compiled.compile();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let compiled = runtime.block_on(measure(&workload, &compiled, &lines, rounds))?;
    // Ten times slower: a tenth of the lines says as much.
    let few = lines.get(..lines.len() / 10).unwrap_or_default();
    let quick = runtime.block_on(measure(&workload, &make()?, few, rounds))?;
    println!("{}", json!({ "compiled": compiled, "quick_start": quick }));
    Ok(())
}

/// The two tables, side by side.
fn decision(workload: &Workload) -> Value {
    let clusters = workload.cluster_discounts.iter().enumerate().flat_map(|(cluster, row)| {
        let rule = move |(category, percent): (usize, &i64)| {
            json!({
                "_id": format!("{cluster}-{category}"),
                "cluster": cluster.to_string(),
                "category": category.to_string(),
                "percent": percent.to_string(),
            })
        };
        row.iter().enumerate().map(rule)
    });
    let clusters = table(&["cluster", "category"], &["percent"], clusters.collect());
    // The largest percentage, and of equal ones the first.
    let mut promotions: Vec<&Promotion> = workload.promotions.iter().collect();
    promotions.sort_by_key(|promotion| (-promotion.percent, promotion.id));
    let cell = |wanted: Option<usize>| wanted.map_or_else(String::new, |wanted| wanted.to_string());
    let rule = |promotion: &Promotion| {
        json!({
            "_id": promotion.id.to_string(),
            "category": cell(promotion.category),
            "cluster": cell(promotion.cluster),
            "region": cell(promotion.region),
            "quantity": format!(">= {}", promotion.quantity),
            "day": format!("[{}..{})", promotion.from, promotion.to),
            "promotion": promotion.id.to_string(),
            "promotion_percent": promotion.percent.to_string(),
        })
    };
    let asked = ["category", "cluster", "region", "quantity", "day"];
    let rules = promotions.into_iter().map(rule).collect();
    let promotions = table(&asked, &["promotion", "promotion_percent"], rules);
    let node = |id: &str, kind: &str, content: Value| json!({ "id": id, "name": id, "type": kind, "content": content });
    let edge = |from: &str, to: &str| json!({ "id": format!("{from}-{to}"), "type": "edge", "sourceId": from, "targetId": to });
    json!({
        "nodes": [
            node("line", "inputNode", json!({})),
            node("clusters", "decisionTableNode", clusters),
            node("promotions", "decisionTableNode", promotions),
            node("answer", "outputNode", json!({})),
        ],
        "edges": [
            edge("line", "clusters"),
            edge("line", "promotions"),
            edge("clusters", "answer"),
            edge("promotions", "answer"),
        ],
    })
}

fn table(asked: &[&str], given: &[&str], rules: Vec<Value>) -> Value {
    let columns = |names: &[&str]| -> Vec<Value> {
        names.iter().map(|name| json!({ "id": name, "name": name, "field": name })).collect()
    };
    json!({
        "hitPolicy": "first",
        "inputs": columns(asked),
        "outputs": columns(given),
        "rules": rules,
    })
}

/// What a line asks, and what is right.
fn question(workload: &Workload, line: &Line) -> Option<(Value, [i64; 3])> {
    let (category, _) = workload.products.get(line.product)?;
    let customer = workload.customers.get(line.customer)?;
    let right = workload.price(line)?;
    let asked = json!({
        "category": category,
        "cluster": customer.cluster,
        "region": customer.region,
        "quantity": line.quantity,
        "day": line.day,
    });
    let promotion = i64::try_from(right.promotion).ok()?;
    Some((asked, [right.cluster_percent, promotion, right.promotion_percent]))
}

/// The time this thread has had of a processor.
fn now() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// Nanoseconds for each line, once every answer is right.
async fn measure(
    workload: &Workload,
    decision: &Decision,
    lines: &[Line],
    rounds: usize,
) -> Result<f64> {
    let questions = lines.iter().map(|line| question(workload, line));
    let questions = questions.collect::<Option<Vec<_>>>().ok_or("a line of no workload")?;
    for (asked, right) in &questions {
        let answer = decision.evaluate(asked.clone().into()).await;
        let answer = answer.map_err(|error| format!("{error}"))?.result.to_value();
        let number = |name: &str| answer.get(name).and_then(Value::as_f64).unwrap_or(0.0) as i64;
        let ours = ["percent", "promotion", "promotion_percent"].map(number);
        if ours != *right {
            return Err(format!("{asked} is answered with {answer}, and right is {right:?}").into());
        }
    }
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        // Its values are made before, as ours are.
        let asked: Vec<_> = questions.iter().map(|(asked, _)| asked.clone().into()).collect();
        let start = now();
        for asked in asked {
            let _ = black_box(decision.evaluate(black_box(asked)).await);
        }
        times.push(now().saturating_sub(start));
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(median.as_secs_f64() * 1e9 / questions.len() as f64)
}
