//! `listino`: check, compile, configure, bom, quote, explain, reprice, diff, solve and import price
//! books.
//!
//! Exit codes: 0 fine, 1 refused by the book or the check, 2 bad usage or an unreadable file.

mod columns;
mod commands;
mod failure;
mod guard;
mod input;
mod lines;
mod offer;
mod report;
mod sheet;
mod table;
mod terminal;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use commands::{
    bom, check, compile, configure, diff, explain, import, quote, reprice, schema, solve,
};
pub use failure::Exit;

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

/// From here on the command prints nothing: for who only looks at what it does.
///
/// ```
/// listino_cli::silence();
/// ```
pub fn silence() {
    terminal::silence();
}

/// Runs the command as it was typed, its name first, and says how it ends.
///
/// ```
/// use listino_cli::Exit;
/// let code = listino_cli::run(["listino", "quote", "--no-such-option"].map(Into::into));
/// assert_eq!(code, Exit::Usage);
/// ```
pub fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that was asked for is no mistake.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Fine };
            return error.print().map_or(Exit::Usage, |()| code);
        }
    };
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
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}
