//! `listino schema`: the shapes of the documents.

use clap::ValueEnum;
use listino_core::quote::{Quote, Request};
use listino_core::{PriceBook, schema};

use crate::failure::{Exit, Run};
use crate::terminal;

/// Print the JSON Schema of a book, a request or a quote.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which document; all three in one object where absent.
    document: Option<Document>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    Book,
    Request,
    Quote,
}

pub(crate) fn run(args: &Args) -> Run {
    match args.document {
        Some(Document::Book) => terminal::json(&schema::<PriceBook>())?,
        Some(Document::Request) => terminal::json(&schema::<Request>())?,
        Some(Document::Quote) => terminal::json(&schema::<Quote>())?,
        None => terminal::json(&serde_json::json!({
            "book": schema::<PriceBook>(),
            "request": schema::<Request>(),
            "quote": schema::<Quote>(),
        }))?,
    }
    Ok(Exit::Fine)
}
