//! Writes `book.json` from the tables and `quote.json` from the book and `offer.json`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match write(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(directory: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let book = bike::book(&directory.join("../adventureworks/data"), &directory.join("data"))?;
    std::fs::write(directory.join("book.json"), bike::text(&book)?)?;
    let request = std::fs::read_to_string(directory.join("offer.json"))?;
    let request = listino_core::quote::Request::from_json(&request)?;
    let engine = listino_core::Engine::compile(&book).map_err(|error| {
        error.diagnostics().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    let quote = engine.quote(&request)?.to_json();
    let quote: serde_json::Value = serde_json::from_str(&quote)?;
    let quote = serde_json::to_string_pretty(&quote)?;
    std::fs::write(directory.join("quote.json"), quote + "\n")?;
    let model = book.models.first().ok_or("the book has no model")?;
    let bom = model.bom.as_ref().ok_or("the model has no bill of materials")?;
    println!(
        "{} products, {} groups, {} items and {} lines in the bill of materials",
        book.products.len(),
        model.groups.len(),
        bom.items.len(),
        bom.lines.len()
    );
    Ok(())
}
