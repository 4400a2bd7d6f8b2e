//! Compares the engine with the oracle on generated books and requests.

use clap::Parser;
use listino_oracle::{
    Outcome, Switches, class, corpus_case, differences, price, prove_with, read_case, smallest,
};

/// Prices generated cases with the engine and with the oracle and prints where they disagree.
#[derive(Parser)]
struct Arguments {
    /// How many lines to compare.
    #[arg(long, default_value_t = 20_000)]
    lines: u64,
    /// The seed of the generator.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Leave out these features of the generator.
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Price one case from a file with both and print the two quotes.
    #[arg(long)]
    case: Option<std::path::PathBuf>,
    /// Let in these features, which an open finding keeps out.
    #[arg(long, value_delimiter = ',')]
    with: Vec<String>,
    /// How many of the disagreeing cases to make small and print.
    #[arg(long, default_value_t = 5)]
    show: usize,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    if let Some(path) = &arguments.case {
        return show(path);
    }
    let mut switches = Switches::default();
    for name in &arguments.without {
        switches.off(name);
    }
    for name in &arguments.with {
        switches.allow(name);
    }
    let summary = prove_with(arguments.lines, arguments.seed, &switches, &mut |_| {});
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&summary).unwrap_or_default());
    } else {
        println!(
            "{} lines of {} cases compared ({} priced, {} skipped as too long, {} requests refused by both): {} cases differ",
            summary.lines,
            summary.cases,
            summary.priced,
            summary.too_long,
            summary.refused,
            summary.different
        );
        for (kind, count) in &summary.coverage {
            println!("{count:>8}  {kind}");
        }
        println!("kinds never reached: {:?}", summary.uncovered);
        println!("pairs of kinds reached: {}, never: {}", summary.pairs, summary.uncovered_pairs);
    }
    // One case for each first place that differs, so that one cause does not hide the others.
    let mut shown: Vec<String> = Vec::new();
    for found in &summary.found {
        let Some(first) = found.differences.first() else { continue };
        let class = class(&first.path);
        if shown.len() >= arguments.show || shown.contains(&class) {
            continue;
        }
        shown.push(class.clone());
        let small = smallest(found);
        println!(
            "\n== {class} (seed {}, {} places differ)",
            found.case.seed,
            found.differences.len()
        );
        for difference in differences(&small).iter().take(6) {
            println!(
                "   {}: engine {} oracle {}",
                difference.path, difference.engine, difference.oracle
            );
        }
        println!("{}", corpus_case(&small));
    }
    if summary.different == 0 {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    }
}

/// Prints what both make of the case in a file.
fn show(path: &std::path::Path) -> std::process::ExitCode {
    let read = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| read_case(&text));
    let case = match read {
        Ok(case) => case,
        Err(error) => {
            eprintln!("{error}");
            return std::process::ExitCode::FAILURE;
        }
    };
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
    std::process::ExitCode::SUCCESS
}
