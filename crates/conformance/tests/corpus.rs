//! The Rust runner of the corpus, and what must be true of the corpus itself.
#![cfg(test)]

use std::collections::BTreeSet;

use listino_conformance::{Case, Family, Outcome, families, load};
use listino_core::quote::{Quote, Request};
use listino_core::{Engine, PriceBook};
use listino_oracle as oracle;

fn cases(corpus: &[Family]) -> impl Iterator<Item = (&Family, &Case)> {
    corpus.iter().flat_map(|family| family.cases.iter().map(move |case| (family, case)))
}

#[test]
fn every_case_answers_with_the_same_bytes() {
    same_bytes(|engine| engine);
}

#[test]
fn every_book_answers_the_same_when_it_was_stored_and_loaded() {
    same_bytes(|engine| {
        let bytes = engine.to_bytes();
        let loaded = Engine::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.to_bytes(), bytes);
        loaded
    });
}

fn same_bytes(prepare: fn(Engine) -> Engine) {
    let mut wrong = Vec::new();
    for family in load() {
        let answered = family.clone().answered_by(prepare);
        for (stored, now) in family.cases.iter().zip(&answered.cases) {
            if stored != now {
                wrong.push(format!("{}: {}\n  {stored:?}\n  {now:?}", family.family, stored.name));
            }
        }
    }
    let first: Vec<_> = wrong.iter().take(5).cloned().collect();
    assert!(wrong.is_empty(), "{} cases differ, the first:\n{}", wrong.len(), first.join("\n"));
}

#[test]
fn the_files_hold_what_the_families_say() {
    let stored = load();
    let mut written = families::all();
    written.sort_by(|a, b| a.family.cmp(&b.family));
    let names = |families: &[Family]| -> Vec<String> {
        families.iter().map(|family| family.family.clone()).collect()
    };
    let renew = "renew the corpus: cargo run -p listino-conformance --bin corpus";
    assert_eq!(names(&stored), names(&written), "{renew}");
    for (stored, written) in stored.iter().zip(&written) {
        assert_eq!((&stored.books, &stored.models), (&written.books, &written.models), "{renew}");
        let questions = |family: &Family| -> Vec<Case> {
            let mut cases = family.cases.clone();
            for case in &mut cases {
                case.outcome = None;
                case.steps.iter_mut().for_each(|step| step.outcome = None);
            }
            cases
        };
        assert_eq!(questions(stored), questions(written), "{}: {renew}", stored.family);
    }
}

#[test]
fn the_corpus_is_large_named_and_compact() {
    let corpus = load();
    assert!(cases(&corpus).count() >= 1_000);
    for family in &corpus {
        let names: BTreeSet<&str> = family.cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), family.cases.len(), "{}: a name stands twice", family.family);
        let used: BTreeSet<&String> =
            family.cases.iter().flat_map(|c| [&c.book, &c.other, &c.model]).flatten().collect();
        let given: BTreeSet<&String> = family.books.keys().chain(family.models.keys()).collect();
        assert_eq!(used, given, "{}: a book or model is not used", family.family);
    }
    let bytes: usize = corpus.iter().map(|family| family.to_text().len()).sum();
    assert!(bytes < 6_000_000, "{bytes} bytes");
}

#[test]
fn every_code_has_a_case() {
    let corpus = load();
    let answers: String = cases(&corpus)
        .flat_map(|(_, case)| case.outcome.iter().chain(case.steps.iter().flat_map(|s| &s.outcome)))
        .map(|outcome| match outcome {
            Outcome::Answer(text) | Outcome::Error(text) => format!("{text}\n"),
        })
        .collect();
    let codes = listino_core::book::catalogue().iter().map(|entry| entry.code);
    let calls = listino_core::call::call_catalogue().iter().map(|entry| entry.code);
    // Not UTF-8, nothing given, a defect, frames: these have no input that JSON could hold. This
    // build configures: what one says that does not is a test of the package for browsers. And the
    // sessions here are on models: what those on lines say more is a test of the core.
    let elsewhere = ["C0001", "C0004", "C0005", "C0408", "C0505", "C0601", "C0602", "C0603"];
    let missing: Vec<&str> = codes
        .chain(calls.filter(|code| !elsewhere.contains(code)))
        .filter(|code| !answers.contains(&format!("\"code\":\"{code}\"")))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn digests_are_those_of_the_bytes() {
    for (family, case) in cases(&load()).filter(|(_, case)| case.call == "quote") {
        let Some(Outcome::Answer(answer)) = &case.outcome else { continue };
        let quote: Quote = serde_json::from_str(answer).unwrap();
        assert_eq!(quote.to_json(), *answer, "{}: {}", family.family, case.name);
        assert_eq!(quote.digest, Some(quote.digest()), "{}: {}", family.family, case.name);
    }
}

/// What a request must keep before anybody prices it: ids and manual discounts.
const FORM: [&str; 3] = ["Q0202", "Q0204", "Q0205"];

#[test]
fn the_second_engine_agrees() {
    let (mut agreed, mut refused, mut too_long) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (family, case) in cases(&load()).filter(|(_, case)| case.call == "quote") {
        let text = &family.books[case.book.as_ref().unwrap()];
        let Ok(book) = PriceBook::from_json(text) else { continue };
        let Ok(engine) = Engine::compile(&book) else { continue };
        let Ok(request) = Request::from_json(case.input.as_ref().unwrap()) else { continue };
        match (engine.quote(&request), oracle::price(&book, &request)) {
            // Questions of form, which the second engine does not ask.
            (Err(error), oracle::Outcome::Quote(_))
                if error.diagnostics().iter().all(|d| FORM.contains(&d.code.as_str())) => {}
            // Sums that nobody can hold.
            (Err(error), oracle::Outcome::TooLong)
                if error.diagnostics().iter().all(|d| d.code == "Q0206") =>
            {
                too_long += 1;
            }
            (Ok(quote), _) if quote.to_json().contains("\"reason\":\"precision\"") => too_long += 1,
            (Err(_), oracle::Outcome::Refused) => refused += 1,
            (Ok(quote), oracle::Outcome::Quote(other)) => {
                let differences = oracle::compare(quote, *other);
                if differences.is_empty() {
                    agreed += 1;
                } else {
                    wrong.push(format!("{}: {}: {differences:?}", family.family, case.name));
                }
            }
            (engine, _) => wrong.push(format!("{}: {}: {engine:?}", family.family, case.name)),
        }
    }
    println!("{agreed} quotes agree, {refused} requests refused by both, {too_long} too long");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(agreed >= 600, "only {agreed} quotes were compared");
}
