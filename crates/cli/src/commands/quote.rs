//! `listino quote`: a request through a book.

use std::path::PathBuf;

use listino_core::Engine;
use listino_core::explain::Language;
use listino_core::quote::{Quote, Request, Status};
use listino_core::solve::NextBreak;

use crate::failure::{Exit, Run};
use crate::input::{self, Loaded, RequestFile};
use crate::offer::Offer;
use crate::terminal;

/// Quote a request: lines, totals, tax, margin, approvals.
///
/// Exit code 1 when a line has no price or a threshold blocks the offer.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: Common,
    /// Show how each price came about and what else was considered.
    #[arg(long)]
    explain: bool,
    /// Write the offer as a page to print, with a price waterfall for each line.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What every command over one request takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// The price book (JSON, or compiled).
    #[arg(long)]
    pub(crate) book: PathBuf,
    /// The request (JSON); `-` for standard input.
    #[arg(long)]
    pub(crate) request: PathBuf,
    /// The language: en or it.
    #[arg(long, default_value_t, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Common {
    pub(crate) fn read(&self) -> Run<(Loaded, RequestFile)> {
        Ok((input::engine(&self.book, self.json)?, input::request(&self.request, self.json)?))
    }
}

pub(crate) fn run(args: &Args) -> Run {
    let common = &args.common;
    let (book, request) = common.read()?;
    let engine = &book.engine;
    let quote = if args.explain {
        engine.explain(&request.request)
    } else {
        engine.quote(&request.request)
    };
    let quote = quote.map_err(|error| {
        request.source.clone().refuse(error.diagnostics().to_vec(), common.json)
    })?;
    let wanted = args.explain || args.html.is_some();
    let offer = Offer {
        quote: &quote,
        request: &request.request,
        book: book.book(),
        language: common.lang,
        breaks: if wanted { breaks(engine, &request.request) } else { Vec::new() },
    };
    if let Some(path) = &args.html {
        input::write(path, offer.html()?)?;
    }
    if common.json {
        terminal::print(&format!("{}\n", quote.to_json()))?;
    } else {
        terminal::print(&offer.text(args.explain))?;
    }
    Ok(exit(&quote))
}

/// The next break of every line that has one.
pub(crate) fn breaks(engine: &Engine, request: &Request) -> Vec<Option<NextBreak>> {
    // A request that was quoted is not refused here; a line without a break has none.
    (0..request.lines.len())
        .map(|line| engine.next_break(request, line).unwrap_or_default())
        .collect()
}

/// Whether the book refuses the offer.
pub(crate) fn exit(quote: &Quote) -> Exit {
    match quote.status {
        Status::Ok | Status::NeedsApproval => Exit::Fine,
        Status::Blocked | Status::Incomplete => Exit::Refused,
    }
}
