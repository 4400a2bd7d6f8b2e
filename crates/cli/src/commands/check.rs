//! `listino check`: everything that is wrong with a book, at once.

use std::io;
use std::path::PathBuf;

use listino_core::{PriceBook, Severity};

use crate::failure::{Exit, Run};
use crate::report::Findings;
use crate::terminal::count;
use crate::{input, terminal};

/// Look for mistakes in a book: ties, gaps, cycles, dangling references, prices below cost.
///
/// Every finding has a stable code, its place, the fact and the mend. Exit code 1 when there is an
/// error, or a warning and `--strict`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The price book (JSON); `-` for standard input.
    book: PathBuf,
    /// Let warnings fail the check too.
    #[arg(long)]
    strict: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Run {
    let source = input::text(&args.book)?;
    let name = source.name().to_owned();
    let (diagnostics, summary) = match PriceBook::from_json(source.text()) {
        Ok(book) => {
            let size = [
                count(book.products.len(), "product"),
                count(book.price_lists.len(), "price list"),
                count(book.discounts.len(), "discount"),
                count(book.customers.len(), "customer"),
            ]
            .join(", ");
            (book.check(), size)
        }
        Err(error) => (error.diagnostics().to_vec(), "not readable as a book".to_owned()),
    };
    let findings = Findings::new(source, diagnostics);
    let errors = findings.count(Severity::Error);
    let warnings = findings.count(Severity::Warning);
    if args.json {
        terminal::print(&findings.json())?;
    } else {
        terminal::print(&findings.text(terminal::colour(&io::stdout())))?;
        let verdict = match (errors, warnings) {
            (0, 0) => "fine".to_owned(),
            (errors, warnings) => {
                format!("{}, {}", count(errors, "error"), count(warnings, "warning"))
            }
        };
        terminal::print(&format!("{name}: {verdict} ({summary})\n"))?;
    }
    let refused = errors > 0 || (args.strict && warnings > 0);
    Ok(if refused { Exit::Refused } else { Exit::Fine })
}
