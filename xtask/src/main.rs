//! The one place for chores: `cargo xtask test`, `cargo xtask schema`, `cargo xtask bench`.

mod bench;
mod c;
mod count;
mod examples;
mod instructions;
mod need;
#[cfg(test)]
mod panics;
mod process;
mod proof;
mod python;
mod schema;
mod story;
mod suite;
mod wasm;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

/// Chores of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Run every check: formats, lints, tests, docs, schemas, examples.
    Test {
        /// Fail when a suite cannot run here, instead of only naming it.
        #[arg(long)]
        all: bool,
        /// Run this suite only; may be given several times.
        #[arg(long, value_name = "SUITE", value_parser = PossibleValuesParser::new(suite::names()))]
        only: Vec<String>,
    },
    /// Write the JSON Schemas of book, request and quote into `schema/`.
    Schema {
        /// Write nothing; fail when a checked-in schema is not what the code says.
        #[arg(long)]
        check: bool,
    },
    /// Write the headers of the C interface.
    Header {
        /// Write nothing; fail when a checked-in header is not what the code says.
        #[arg(long)]
        check: bool,
    },
    /// Make random sequences of calls against the C interface, built for release.
    FuzzC {
        /// How many sequences.
        #[arg(long, default_value = "1000000")]
        sequences: String,
        /// The seed.
        #[arg(long, default_value = "1")]
        seed: String,
    },
    /// Compare the engine with the second engine on random books and requests.
    Prove {
        /// How many lines.
        #[arg(long, default_value = "1000000")]
        lines: String,
        /// The seed; the first one that the record does not have, where it is left out.
        #[arg(long)]
        seed: Option<String>,
        /// Stop after so many minutes.
        #[arg(long)]
        minutes: Option<String>,
        /// How many threads.
        #[arg(long, default_value = "1")]
        jobs: String,
        /// Add the run to `docs/proof.json`.
        #[arg(long)]
        record: bool,
    },
    /// Build the npm package into `bindings/wasm/dist`.
    Wasm,
    /// Put the page of `examples/browser` together in `target/site`.
    Site,
    /// Run every fuzz target in turn; needs nightly and cargo-fuzz.
    Fuzz {
        /// For so many minutes in all.
        #[arg(long, default_value_t = 8)]
        minutes: u64,
    },
    /// Count instructions and compare them with the baseline.
    Instructions {
        /// Write the counts as the new baseline.
        #[arg(long)]
        record: bool,
    },
    /// Write the corpus of cases with the answers of the engine as it is.
    Corpus,
    /// Measure, next to a rival doing the same in the same run.
    Bench {
        /// What to measure.
        #[arg(value_parser = PossibleValuesParser::new(bench::names()))]
        name: String,
        /// Print one JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
}

fn corpus() -> process::Result<()> {
    process::must(&process::own("dev", "corpus", &[])?, "the corpus was not written")
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Test { all, only } => Ok(suite::run(all, &only)),
        Chore::Schema { check } => schema::run(check).map(|()| true),
        Chore::Header { check } => c::header(check).map(|()| true),
        Chore::FuzzC { sequences, seed } => c::fuzz(&sequences, &seed).map(|()| true),
        Chore::Prove { lines, seed, minutes, jobs, record } => {
            let mut arguments = vec!["--lines", &lines, "--jobs", &jobs];
            arguments.extend(seed.iter().flat_map(|seed| ["--seed", seed]));
            arguments.extend(minutes.iter().flat_map(|minutes| ["--minutes", minutes]));
            proof::prove(&arguments, record).map(|()| true)
        }
        Chore::Wasm => wasm::package().map(|()| true),
        Chore::Site => wasm::site().map(|()| true),
        Chore::Fuzz { minutes } => proof::fuzz(minutes).map(|()| true),
        Chore::Instructions { record } => instructions::run(record).map(|()| true),
        Chore::Corpus => corpus().map(|()| true),
        Chore::Bench { name, json } => bench::run(&name, json).map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
