//! Every code of a book or a request: the small documents that meet it.

use std::path::Path;

use crate::{Case, Family};

/// The book that requests are put to.
const BOOK: &str = r#"{"v":1,"currency":"EUR","customers":{"C1":{}},"products":{"A":{"cost":"10"}},"price_lists":[{"id":"base","prices":{"A":"20"}},{"id":"usd","currency":"USD","prices":{"A":"22"}}],"exchange_rates":[{"from":"EUR","to":"USD","rate":"1.1","valid":{"to":"2020-12-31"}}],"discounts":[{"id":"h","stage":"header","amount":"1"},{"id":"named","stage":"header","percent":"1","when":"number(order.attributes['share'] ?? '0') > 5"}]}"#;

pub(super) fn all() -> Vec<Family> {
    let empty = |name: &str, about: &str| Family {
        family: name.to_owned(),
        about: about.to_owned(),
        books: [].into(),
        models: [].into(),
        cases: Vec::new(),
    };
    let mut books = empty("codes-book", "DIAGNOSTICS: every finding about a book");
    let mut requests = empty("codes-request", "DIAGNOSTICS: every finding about a request");
    requests.books.insert("book".to_owned(), BOOK.to_owned());
    let case = |name: String, call: &str, book: &str, input: Option<String>| Case {
        name,
        call: call.to_owned(),
        book: Some(book.to_owned()),
        other: None,
        model: None,
        date: None,
        input,
        steps: Vec::new(),
        outcome: None,
    };
    for (code, text) in documents() {
        if code.starts_with('Q') {
            requests.cases.push(case(code, "quote", "book", Some(text)));
        } else {
            books.cases.push(case(format!("check {code}"), "check", &code, None));
            books.cases.push(case(format!("compile {code}"), "compile", &code, None));
            books.books.insert(code, text);
        }
    }
    vec![books, requests]
}

/// The examples of the codes, by code.
fn documents() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/data/codes");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the examples are there")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let code = path.file_stem().and_then(|s| s.to_str()).expect("a code").to_owned();
            (code, std::fs::read_to_string(path).expect("a text"))
        })
        .collect();
    found.sort();
    found
}
