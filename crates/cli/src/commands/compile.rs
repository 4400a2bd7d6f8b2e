//! `listino compile`: a book as an engine reads it, for those who quote from it and keep no source.

use std::path::PathBuf;

use listino_core::Digest;
use listino_core::explain::Language;
use serde::Serialize;

use crate::failure::{Exit, Run};
use crate::{input, terminal};

/// Compile a book into a file that loads at once: for machines, browsers and those who only quote.
///
/// The same book gives the same bytes. Whoever has the file can read the prices in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The price book (JSON).
    book: PathBuf,
    /// The file to write, by custom `.listino`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Compiled {
    digest: Digest,
    bytes: usize,
}

pub(crate) fn run(args: &Args) -> Run {
    let engine = input::book(&args.book, args.json)?.engine(args.json)?;
    let bytes = engine.to_bytes();
    input::write(&args.out, &bytes)?;
    let compiled = Compiled { digest: engine.digest(), bytes: bytes.len() };
    if args.json {
        terminal::json(&compiled)?;
    } else {
        let size = u64::try_from(compiled.bytes).unwrap_or(u64::MAX);
        terminal::print(&format!(
            "{}: {} bytes, price book {}\n",
            args.out.display(),
            Language::English.number(size.into(), 0),
            compiled.digest
        ))?;
    }
    Ok(Exit::Fine)
}
