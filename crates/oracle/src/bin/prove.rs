//! Compares the engine with the oracle on generated books and requests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use listino_oracle::{
    Outcome, Summary, Switches, Task, class, corpus_case, differences, price, prove, read_case,
    smallest,
};
use serde::{Deserialize, Serialize};

/// Prices generated cases with the engine and with the oracle and prints where they disagree.
#[derive(Parser)]
struct Arguments {
    /// How many lines to compare.
    #[arg(long, default_value_t = 20_000)]
    lines: u64,
    /// The seed of the generator; with --record the first one that the record does not have.
    #[arg(long)]
    seed: Option<u64>,
    /// Stop after so many minutes, however many lines are compared by then.
    #[arg(long)]
    minutes: Option<u64>,
    /// How many threads compare.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Add the run to this file, which counts what was compared over all runs.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The commit the run is recorded under.
    #[arg(long, default_value = "unknown", requires = "record")]
    commit: String,
    /// Leave out these features of the generator.
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Price one case from a file with both and print the two quotes.
    #[arg(long, value_name = "FILE")]
    case: Option<PathBuf>,
    /// How many of the disagreeing cases to make small and print.
    #[arg(long, default_value_t = 5)]
    show: usize,
    /// Fail when a pair of kinds that can meet does not, as in a short run.
    #[arg(long)]
    pairs: bool,
}

/// What was compared over all runs.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Lines that were compared in all runs together.
    lines: u64,
    /// Requests that disagreed in all runs together.
    different: u64,
    /// The runs.
    runs: Vec<Run>,
    /// How many requests each kind took part in.
    kinds: BTreeMap<String, u64>,
}

/// One run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    seed: u64,
    commit: String,
    lines: u64,
    priced: u64,
    books: u64,
    requests: u64,
    different: u64,
}

impl Record {
    fn read(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn add(&mut self, seed: u64, commit: String, summary: &Summary) {
        self.lines += summary.lines;
        self.different += summary.different;
        self.runs.push(Run {
            seed,
            commit,
            lines: summary.lines,
            priced: summary.priced,
            books: summary.books,
            requests: summary.requests,
            different: summary.different,
        });
        for (kind, count) in summary.kinds() {
            *self.kinds.entry(kind.to_owned()).or_default() += count;
        }
    }

    fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        std::fs::write(path, text + "\n").map_err(|error| error.to_string())
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing differs and nothing is missing.
fn run(arguments: Arguments) -> Result<bool, String> {
    if let Some(path) = &arguments.case {
        return show(path).map(|()| true);
    }
    let mut switches = Switches::default();
    for name in &arguments.without {
        switches.off(name);
    }
    let mut record = arguments.record.as_deref().map(Record::read).transpose()?;
    let unused = record.iter().flat_map(|record| &record.runs).map(|run| run.seed + 1).max();
    let seed = arguments.seed.or(unused).unwrap_or(1);
    let task = Task {
        lines: arguments.lines,
        time: arguments.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        seed,
        jobs: arguments.jobs,
        switches,
    };
    let bar = ProgressBar::new(task.lines).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos} lines, {per_sec}, {msg}")
            .map_err(|error| error.to_string())?,
    );
    let summary = prove(&task, &mut |summary| {
        bar.set_position(summary.lines);
        bar.set_message(format!("{} differ", summary.different));
    });
    bar.finish_and_clear();
    if let (Some(record), Some(path)) = (&mut record, &arguments.record) {
        record.add(seed, arguments.commit, &summary);
        record.write(path)?;
        println!(
            "in all runs: {} lines compared, {} requests differ",
            record.lines, record.different
        );
    }
    let complete = report(seed, &summary, arguments.pairs);
    show_differences(&summary, arguments.show);
    Ok(complete && summary.different == 0)
}

/// Prints the counts; whether every kind was reached, and with `pairs` every pair.
fn report(seed: u64, summary: &Summary, pairs: bool) -> bool {
    let Summary { lines, books, requests, priced, too_long, refused, different, .. } = summary;
    let kinds = summary.kinds();
    for (kind, count) in &kinds {
        println!("{count:>10}  {kind}");
    }
    let met = summary.pairs();
    let unmet: Vec<_> =
        met.iter().filter(|(_, count)| **count == 0).map(|(pair, _)| pair).collect();
    let missing: Vec<_> =
        kinds.iter().filter(|(_, count)| **count == 0).map(|(kind, _)| kind).collect();
    for kind in &missing {
        println!("never reached: {kind}");
    }
    if pairs {
        for (one, other) in &unmet {
            println!("never met: {one} + {other}");
        }
    }
    println!(
        "seed {seed}: {lines} lines of {requests} requests on {books} books compared; {priced} lines have a price"
    );
    println!(
        "{refused} requests refused by both, {too_long} lines skipped because a number is too long"
    );
    println!(
        "{} of {} kinds reached, {} of {} pairs of kinds that can meet met",
        kinds.len() - missing.len(),
        kinds.len(),
        met.len() - unmet.len(),
        met.len()
    );
    println!("{different} requests differ");
    missing.is_empty() && (!pairs || unmet.is_empty())
}

/// Prints one small case for each first place that differs, so that one cause does not hide the
/// others.
fn show_differences(summary: &Summary, most: usize) {
    let mut shown: Vec<String> = Vec::new();
    for found in &summary.found {
        let Some(first) = found.differences.first() else { continue };
        let class = class(&first.path);
        if shown.len() >= most || shown.contains(&class) {
            continue;
        }
        shown.push(class.clone());
        let small = smallest(found);
        let places = found.differences.len();
        println!("\n== {class} (seed {}, {places} places differ)", found.case.seed);
        for difference in differences(&small).iter().take(6) {
            println!(
                "   {}: engine {} oracle {}",
                difference.path, difference.engine, difference.oracle
            );
        }
        println!("{}", corpus_case(&small));
    }
}

/// Prints what both make of the case in a file.
fn show(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let case = read_case(&text)?;
    match listino_core::Engine::compile(&case.book) {
        Ok(engine) => match engine.quote(&case.request) {
            Ok(quote) => println!("engine {}", quote.to_json()),
            Err(error) => println!("engine {error:?}"),
        },
        Err(error) => println!("engine {error:?}"),
    }
    match price(&case.book, &case.request) {
        Outcome::Quote(quote) => println!("oracle {}", quote.to_json()),
        other => println!("oracle {other:?}"),
    }
    for difference in differences(&case) {
        println!("{}: engine {} oracle {}", difference.path, difference.engine, difference.oracle);
    }
    Ok(())
}
