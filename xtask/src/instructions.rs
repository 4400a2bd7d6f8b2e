//! What a line, a quote, a batch, reading a book, compiling it and loading it cost in instructions:
//! the same number on an idle machine and on a busy one, and so a gate.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::process::{Failure, Result, must, own, program, read, root, target_directory};

const BASELINE: &str = "benches/instructions.json";

/// A figure may grow by so many percent before somebody has to say why.
const MOST_PERCENT: i64 = 3;

/// What is counted: the name, the work as `bench-batch work` names it, how often it is done for the
/// smaller and for the larger count, and how many of its unit one time is.
const WORKS: [(&str, &str, u64, u64, u64); 8] = [
    ("a line alone", "line", 1_000, 5_000, 1),
    ("a quote of 20 lines with waterfall", "quote", 50, 250, 1),
    ("a quote of 20 lines with every candidate", "explain", 50, 250, 1),
    ("the same on the book of AdventureWorks", "adventureworks", 50, 250, 1),
    ("a line of a batch", "batch", 10, 50, 1_000),
    ("a price row read", "read", 0, 1, 400_961),
    ("a price row compiled", "compile", 0, 1, 400_961),
    ("a compiled book loaded", "load", 1, 3, 1),
];

#[derive(Debug, Default, Serialize, Deserialize)]
struct Baseline {
    /// Other compilers make other instructions.
    rustc: String,
    instructions: BTreeMap<String, i64>,
}

/// Counts, and compares with the baseline or writes it.
pub(crate) fn run(record: bool) -> Result<()> {
    let rustc = read(&program("rustc", &["--version"]))?;
    let path = root().join(BASELINE);
    let known: Baseline = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| Failure(format!("{BASELINE}: {e}")))?,
        Err(_) => Baseline::default(),
    };
    if !record && known.rustc != rustc {
        let ours = &known.rustc;
        return Err(Failure(format!(
            "the baseline is of {ours}, and this is {rustc}: `cargo xtask instructions --record`"
        )));
    }
    let found = count()?;
    let mut grown = Vec::new();
    println!("\n{:<40} {:>12} {:>12}", "instructions", "now", "baseline");
    for (name, &now) in &found {
        let before = known.instructions.get(name).copied();
        let shown = before.map_or_else(|| "-".to_owned(), |before| before.to_string());
        println!("{name:<40} {now:>12} {shown:>12}");
        let most = before.map(|before| before.saturating_mul(100 + MOST_PERCENT) / 100);
        if most.is_none_or(|most| now > most) {
            grown.push(name.as_str());
        }
    }
    if record {
        let new = Baseline { rustc, instructions: found };
        let text = serde_json::to_string_pretty(&new).map_err(|e| Failure(e.to_string()))?;
        return fs::write(path, text + "\n").map_err(|e| Failure(format!("{BASELINE}: {e}")));
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "more than {MOST_PERCENT} % above the baseline: {}; mend it, or say why and record it",
        grown.join(", ")
    )))
}

fn count() -> Result<BTreeMap<String, i64>> {
    let book = target_directory().join("workload.book").display().to_string();
    must(&own("release", "bench-batch", &["book", &book])?, "the book was not compiled")?;
    let binary = target_directory().join("release/bench-batch").display().to_string();
    let each = |&(name, work, few, many, units): &(&str, &str, u64, u64, u64)| {
        let of = |times: u64| counted(&binary, &book, work, times);
        let more = of(many)?.saturating_sub(of(few)?);
        let units = i64::try_from((many - few) * units).unwrap_or(i64::MAX);
        Ok((name.to_owned(), more / units))
    };
    // Who counts instructions does not mind company.
    let half =
        |first: usize| WORKS.iter().skip(first).step_by(2).map(each).collect::<Result<Vec<_>>>();
    let (even, odd) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| half(1));
        (half(0), odd.join().unwrap_or_else(|_| Err(Failure("a count ended early".to_owned()))))
    });
    Ok(even?.into_iter().chain(odd?).collect())
}

/// The instructions of a whole run.
fn counted(binary: &str, book: &str, work: &str, times: u64) -> Result<i64> {
    let times = times.to_string();
    let callgrind =
        ["--tool=callgrind", "--callgrind-out-file=/dev/null", binary, "work", book, work, &times];
    let said = read(&program("valgrind", &callgrind).stderr_to_stdout())?;
    let count = said.lines().find_map(|line| line.split_once("refs:").map(|(_, count)| count));
    let count = count.map(|count| count.trim().replace(',', ""));
    let count = count.and_then(|count| count.parse().ok());
    count.ok_or_else(|| Failure(format!("valgrind says no count of {work}: {said}")))
}
