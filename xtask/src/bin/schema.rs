//! Writes the JSON Schemas of book, request and quote, or checks the ones that are checked in.

use std::path::Path;
use std::process::ExitCode;

use listino_core::quote::{Quote, Request};
use listino_core::{PriceBook, schema};

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let schemas = [
        ("book.json", schema::<PriceBook>()),
        ("request.json", schema::<Request>()),
        ("quote.json", schema::<Quote>()),
    ];
    let mut good = true;
    for (name, schema) in schemas {
        let outcome = serde_json::to_string_pretty(&schema)
            .map_err(|error| error.to_string())
            .and_then(|text| put(&directory.join(name), &format!("{text}\n"), check));
        match outcome {
            Ok(what) => println!("schema/{name} {what}"),
            Err(why) => {
                good = false;
                println!("schema/{name} {why}");
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn put(path: &Path, text: &str, check: bool) -> Result<&'static str, String> {
    let old = std::fs::read_to_string(path).ok();
    if old.as_deref() == Some(text) {
        return Ok("is up to date");
    }
    if check {
        return Err(old.map_or("is missing".to_owned(), |old| difference(&old, text)));
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    }
    std::fs::write(path, text).map_err(|error| error.to_string())?;
    Ok("written")
}

/// The first line that differs, which is where to look.
fn difference(old: &str, new: &str) -> String {
    let nothing = "(nothing)";
    let (mut left, mut right) = (old.lines(), new.lines());
    let mut number = 1;
    loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => number += 1,
            (None, None) => return "differs in its line ends".to_owned(),
            (a, b) => {
                let (a, b) = (a.unwrap_or(nothing).trim(), b.unwrap_or(nothing).trim());
                return format!("differs in line {number}: it says {a}, the code says {b}");
            }
        }
    }
}
