//! What the engine once priced differently from the second engine: books and requests as they were
//! made small, each kept under the name of its cause.

use listino_oracle::found;

use crate::{Case, Family};

pub(super) fn family() -> Family {
    let mut family = Family {
        family: "found".to_owned(),
        about: "cases that the second engine found, each after a mended defect".to_owned(),
        books: [].into(),
        models: [].into(),
        cases: Vec::new(),
    };
    for (name, case) in found() {
        family.books.insert(name.clone(), case.book.to_json());
        family.cases.push(Case {
            name: name.clone(),
            call: "quote".to_owned(),
            book: Some(name),
            other: None,
            model: None,
            date: None,
            input: Some(case.request.to_json()),
            steps: Vec::new(),
            outcome: None,
        });
    }
    family
}
