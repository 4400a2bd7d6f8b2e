//! The checked-in files are what the tables say.

use std::fs;
use std::path::{Path, PathBuf};

use adventureworks::{book, invoices, next_book, text};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn checked_in(name: &str) -> std::io::Result<String> {
    fs::read_to_string(directory().join(name))
}

fn data() -> PathBuf {
    directory().join("data")
}

#[test]
fn the_checked_in_book_is_what_the_tables_say() {
    assert!(checked_in("book.json").unwrap() == text(&book(&data()).unwrap()).unwrap(), "{MEND}");
}

#[test]
fn the_checked_in_proposal_is_what_the_tables_say() {
    assert!(
        checked_in("book-next.json").unwrap() == text(&next_book(&data()).unwrap()).unwrap(),
        "{MEND}"
    );
}

#[test]
fn the_checked_in_invoices_are_the_sample() {
    assert!(checked_in("invoices.csv").unwrap() == invoices(&data()).unwrap(), "{MEND}");
}

const MEND: &str = "run `cargo run -p adventureworks`";

#[test]
fn a_missing_table_is_named() {
    let error = book(Path::new("no/such/directory")).unwrap_err().to_string();
    assert!(error.starts_with("table `Product`: "), "{error}");
}
