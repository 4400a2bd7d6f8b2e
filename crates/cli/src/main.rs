//! `listino`: check, compile, configure, bom, quote, explain, reprice, diff, solve and import price
//! books.
//!
//! Exit codes: 0 fine, 1 refused by the book or the check, 2 bad usage or an unreadable file.

mod columns;
mod commands;
mod failure;
mod input;
mod lines;
mod offer;
mod report;
mod sheet;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{
    bom, check, compile, configure, diff, explain, import, quote, reprice, schema, solve,
};
use failure::{Exit, Failure};

/// Price lists you can trust: exact quotes, explained.
///
/// Exit codes: 0 fine, 1 refused by the book or the check, 2 bad usage or an unreadable file.
#[derive(Debug, Parser)]
#[command(name = "listino", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Compile(compile::Args),
    Configure(Box<configure::Args>),
    Bom(Box<bom::Args>),
    Quote(quote::Args),
    Explain(explain::Args),
    Reprice(reprice::Args),
    Diff(diff::Args),
    Solve(solve::Args),
    Import(import::Args),
    Schema(schema::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let run = match &cli.command {
        Command::Check(args) => check::run(args),
        Command::Compile(args) => compile::run(args),
        Command::Configure(args) => configure::run(args),
        Command::Bom(args) => bom::run(args),
        Command::Quote(args) => quote::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Reprice(args) => reprice::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Solve(args) => solve::run(args),
        Command::Import(args) => import::run(args),
        Command::Schema(args) => schema::run(args),
    };
    match run {
        Ok(exit) => exit.into(),
        Err(Failure::Closed) => Exit::Fine.into(),
        Err(failure) => failure.report().into(),
    }
}
