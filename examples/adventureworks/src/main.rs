//! Writes `book.json`, `book-next.json` and `invoices.csv` from the tables in `data/`.

use std::path::Path;
use std::process::ExitCode;

use adventureworks::{Error, book, invoices, next_book, text};

fn main() -> ExitCode {
    match write(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(directory: &Path) -> Result<(), Error> {
    let data = directory.join("data");
    let book = book(&data)?;
    println!(
        "{} products, {} customers, {} discount rules",
        book.products.len(),
        book.customers.len(),
        book.discounts.len()
    );
    std::fs::write(directory.join("book.json"), text(&book)?)?;
    std::fs::write(directory.join("book-next.json"), text(&next_book(&data)?)?)?;
    std::fs::write(directory.join("invoices.csv"), invoices(&data)?)?;
    Ok(())
}
