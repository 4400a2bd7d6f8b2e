//! The catalogue of findings: every code has an example that meets it, and a line in the manual.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use listino_core::book::{catalogue, locate};
use listino_core::call::call_catalogue;
use listino_core::quote::Request;
use listino_core::{Diagnostic, Engine, PriceBook, Severity};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// All findings about a document, of form and of meaning.
fn findings(code: &str, text: &str) -> Vec<Diagnostic> {
    if code.starts_with('Q') {
        let answer = Request::from_json(text).and_then(|request| engine().quote(&request));
        return answer.map_or_else(|error| error.diagnostics().to_vec(), |_| Vec::new());
    }
    match PriceBook::from_json(text) {
        Ok(book) => book.check(),
        Err(error) => error.diagnostics().to_vec(),
    }
}

/// The book that requests are put to, where they read well.
fn engine() -> Engine {
    let book = r#"{ "v": 1, "currency": "EUR", "customers": { "C1": {} },
        "products": { "A": { "cost": "10" } },
        "price_lists": [{ "id": "base", "prices": { "A": "20" } },
                        { "id": "usd", "currency": "USD", "prices": { "A": "22" } }],
        "exchange_rates": [{ "from": "EUR", "to": "USD", "rate": "1.1", "valid": { "to": "2020-12-31" } }],
        "discounts": [{ "id": "h", "stage": "header", "amount": "1" },
            { "id": "named", "stage": "header", "percent": "1", "when": "number(order.attributes['share'] ?? '0') > 5" }] }"#;
    Engine::compile(&PriceBook::from_json(book).unwrap()).unwrap()
}

fn examples() -> BTreeMap<String, String> {
    let folder = root().join("tests/data/codes");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (code, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn every_code_has_an_example_that_meets_it() {
    let examples = examples();
    let mut missing = Vec::new();
    for entry in catalogue() {
        match examples.get(entry.code) {
            None => missing.push(format!("{}: no example", entry.code)),
            Some(text) => {
                let found = findings(entry.code, text);
                if !found.iter().any(|d| d.code == entry.code && d.severity == entry.severity) {
                    missing.push(format!("{}: found only {found:#?}", entry.code));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    for code in examples.keys() {
        assert!(catalogue().iter().any(|entry| entry.code == code), "no code for example {code}");
    }
}

#[test]
fn codes_are_unique_and_in_order() {
    assert!(catalogue().windows(2).all(|pair| pair[0].code < pair[1].code));
}

#[test]
fn findings_speak_the_language_of_the_book() {
    let mut page = String::new();
    for (code, text) in examples() {
        for finding in findings(&code, &text).iter().take(6) {
            let message = &finding.message;
            let first = message.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{code}: {message}");
            for name in ["struct", "enum", "u32", "i32", "u64", "Option", "variant", "a sequence"] {
                assert!(!message.contains(name), "{code}: {message}");
            }
            assert!(finding.help.is_some() && message.len() < 300, "{code}: {message}");
            writeln!(page, "{finding}\n").unwrap();
        }
    }
    insta::with_settings!({ snapshot_path => "data", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("findings", page);
    });
}

#[test]
fn every_place_is_one_of_the_text() {
    for (code, text) in examples() {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        for finding in findings(&code, &text) {
            let places =
                std::iter::once(&finding.path).chain(finding.related.iter().map(|r| &r.path));
            for place in places {
                assert!(value.pointer(place).is_some(), "{code}: {place} of {finding}");
                assert!(locate(&text, place).is_some(), "{code}: {place}");
            }
        }
    }
}

/// What the command says of tables.
const CELLS: &str = "
## The cells of a table

`I` is what `listino import` finds in a price list, `L` what `reprice` and `diff` find in lines. Each names
its cell. An import with a bad cell writes nothing; a line with a bad cell is left out.

| code | what is the matter | what to do |
|---|---|---|
| I0101 | a cell does not hold a name | write 1 to 256 bytes without control characters, formatted as text |
| I0102 | a cell does not hold a decimal number | write digits with at most one decimal point, or pass `--decimal-comma` |
| I0103 | a cell does not hold a date | write `YYYY-MM-DD`, or format the cell as a date |
| I0104 | the last day of a price is before its first | exchange the two dates |
| I0105 | a row has no product, or no price | fill the cell, or delete the row |
| I0106 | the book has no such product | correct the id, add the product, or pass `--create-products` |
| I0107 | the product is not sold by this unit | add the unit to the product and to the book |
| I0108 | two rows say different things of one product | make the two cells agree |
| I0109 | costs are not in the currency of the book | import them with a list in that currency |
| I0110 | a price stands twice: same product, unit, dates and quantity | delete one of the two rows |
| I0111 | a row has more cells than there are headings | put a cell with a delimiter in it, such as `1,50`, in quotation marks |
| I0112 | a cost is per unit, and that of one base unit has no end as a decimal | write the cost in a row of the base unit |
| L0101 | a cell is empty or cannot be read, or has no heading | mend the cell, or leave out the line |
";

/// `docs/DIAGNOSTICS.md` is written from the catalogue: `LISTINO_BLESS=1 cargo test` renews it.
#[test]
fn the_manual_lists_every_code() {
    let mut page = String::from(
        "# Findings\n\n\
         What `listino check` and the readers can say, by code. `B` codes speak of a price book, `Q` codes of a\n\
         request, `I` and `L` codes of the cells of a table. An error keeps the document from being used; a warning is for a person to look at.\n\
         A small document that meets each code lies in `crates/core/tests/data/codes`.\n",
    );
    let chapters = [
        ("B00", "The text of a book"),
        ("B01", "The form of a book"),
        ("B02", "References"),
        ("B03", "Form that depends on other parts of the book"),
        ("B04", "Numbers and ranges"),
        ("B05", "Cycles, overlaps, ties"),
        ("B06", "What is not covered"),
        ("B07", "What can never do anything"),
        ("B08", "Prices that are probably wrong"),
        ("B09", "Configuration models"),
        ("Q00", "The text of a request"),
        ("Q01", "The form of a request"),
        ("Q02", "What a book has to say to a request"),
    ];
    let mut listed = 0;
    for (prefix, title) in chapters {
        write!(page, "\n## {title}\n\n| code | severity | what is the matter | what to do |\n|---|---|---|---|\n").unwrap();
        for entry in catalogue().iter().filter(|entry| entry.code.starts_with(prefix)) {
            let severity = match entry.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            writeln!(page, "| {} | {severity} | {} | {} |", entry.code, entry.meaning, entry.mend)
                .unwrap();
            listed += 1;
        }
    }
    assert_eq!(listed, catalogue().len(), "a code is in no chapter");
    page.push_str(CELLS);
    page.push_str(
        "\n## Calls\n\n\
         What a call in JSON, and every language that is not Rust, answers in place of a result. A book or a\n\
         request that cannot be used keeps the code of its first error.\n\n\
         | code | what is the matter | what to do |\n|---|---|---|\n",
    );
    for entry in call_catalogue() {
        writeln!(page, "| {} | {} | {} |", entry.code, entry.meaning, entry.mend).unwrap();
    }
    let path = root().join("../../docs/DIAGNOSTICS.md");
    if std::env::var_os("LISTINO_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/DIAGNOSTICS.md is out of step: run with LISTINO_BLESS=1");
}
