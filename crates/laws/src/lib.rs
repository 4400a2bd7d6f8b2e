//! What must hold for whatever bytes the engine is given. The fuzz targets in `fuzz/` call these
//! functions with inputs that a fuzzer makes; the tests of this crate with the conformance corpus,
//! with what a fuzzer once broke, and with random changes of both.
//!
//! A law that does not hold is a panic. So is a defect of the engine that panics by itself.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test tool: what does not hold shall stop the test"
)]

mod quotes;
mod seeds;
mod tables;

use std::sync::LazyLock;

use listino_core::book::Limits;
use listino_core::call::{self, CallError, Verb};
use listino_core::configure::{Configurator, Model, Session};
use listino_core::quote::Request;
use listino_core::{Diagnostic, Engine, PriceBook, Severity};
use xxhash_rust::xxh64::xxh64;

pub use seeds::{Target, seeds};
pub use tables::table;

use crate::quotes::laws_of_quotes;

/// Every target: its name and the law.
pub const TARGETS: [Target; 9] = [
    ("book", book),
    ("request", request),
    ("call", calls),
    ("session", session),
    ("uvl", uvl),
    ("dimacs", dimacs),
    ("blob", blob),
    ("load", load),
    ("table", table),
];

/// The date on which everything happens.
const DATE: &str = "2024-03-15";
/// The bytes before the contents of what is compiled.
const SEAL_FRONT: usize = 20;
/// How long a session may think about one question.
const STEPS: u64 = 2_000;

/// The books of the corpus that compile.
static ENGINES: LazyLock<Vec<Engine>> = LazyLock::new(|| {
    let books = seeds::books();
    let engines: Vec<Engine> =
        books.iter().filter_map(|text| call::compile(text.as_bytes()).ok()).collect();
    assert!(engines.len() > 20, "the corpus has books");
    engines
});

/// The models of the corpus that compile.
static CONFIGURATORS: LazyLock<Vec<Configurator>> = LazyLock::new(|| {
    let models = seeds::models();
    let compiled: Vec<Configurator> =
        models.iter().filter_map(|text| call::configurator(text.as_bytes(), DATE).ok()).collect();
    assert!(!compiled.is_empty(), "the corpus has models");
    compiled
});

/// Bounds that keep one input from taking long.
fn small() -> Limits {
    Limits::default().lines(40)
}

/// Takes a number from the front of the input.
fn choose<'a, T>(from: &'a [T], data: &mut &[u8]) -> Option<&'a T> {
    let (&first, rest) = data.split_first()?;
    *data = rest;
    from.get(usize::from(first) % from.len())
}

/// A price book: every defect has a code and a place; `check` finds an error exactly where the book
/// does not compile; what is read is written and read again as the same book; a quote by it keeps
/// the laws of quotes.
pub fn book(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let book = match PriceBook::from_json(text) {
        Ok(book) => book,
        Err(error) => return findings(error.diagnostics(), true),
    };
    let again = PriceBook::from_json(&book.to_json()).expect("a written book can be read");
    assert_eq!(again.digest(), book.digest(), "a book that is written and read is the same");
    let found = book.check();
    findings(&found, false);
    let sound = found.iter().all(|finding| finding.severity != Severity::Error);
    match Engine::compile(&book) {
        Err(error) => {
            assert!(!sound, "check finds no error and compile refuses: {error}");
            findings(error.diagnostics(), true);
        }
        Ok(engine) => {
            assert!(sound, "check finds an error and compile does not: {found:?}");
            let lines: Vec<serde_json::Value> = book
                .products
                .keys()
                .take(4)
                .map(|id| serde_json::json!({ "product": id, "quantity": "12" }))
                .collect();
            let buyer = book.customers.keys().next().map_or_else(
                || "{}".into(),
                |id| serde_json::to_string(id).expect("an id is JSON"),
            );
            let lines = serde_json::Value::from(lines);
            let text = format!(r#"{{"v":1,"date":"{DATE}","customer":{buyer},"lines":{lines}}}"#);
            let request = Request::from_json(&text).expect("a request");
            laws_of_quotes(&engine, &request);
        }
    }
}

/// A request, after a byte that chooses the book.
pub fn request(mut data: &[u8]) {
    let Some(engine) = choose(&ENGINES, &mut data) else { return };
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Request::from_json_within(text, &small()) {
        Err(error) => findings(error.diagnostics(), true),
        Ok(request) => {
            let again = Request::from_json(&request.to_json()).expect("a written request is one");
            assert_eq!(again.digest(), request.digest(), "the same request");
            laws_of_quotes(engine, &request);
        }
    }
}

/// A call in bytes, after a byte for the verb and one for the book.
pub fn calls(mut data: &[u8]) {
    let Some(verb) = choose(&Verb::ALL, &mut data) else { return };
    let Some(engine) = choose(&ENGINES, &mut data) else { return };
    // One line of a solver's search is a quote of the whole document.
    if data.len() > 4_000 {
        return;
    }
    let answer = engine.call(*verb, data);
    assert_eq!(
        answer.as_ref().map_err(CallError::to_json),
        engine.call(*verb, data).as_ref().map_err(CallError::to_json),
        "the same call has the same answer"
    );
    answered(answer);
}

/// Steps of a session, one a line, after a byte that chooses the model.
pub fn session(mut data: &[u8]) {
    let Some(configurator) = choose(&CONFIGURATORS, &mut data) else { return };
    let mut session = configurator.session();
    session.set_steps(STEPS);
    for step in data.split(|byte| *byte == b'\n').take(40) {
        let before = session.choices();
        // The limit of the model is longer than a fuzzer should wait.
        if step.windows(9).any(|part| part == b"set_steps") {
            continue;
        }
        let answer = call::step(&mut session, step);
        if answer.is_err() {
            assert_eq!(session.choices(), before, "a step that fails changes nothing");
        }
        answered(answer);
    }
    saved(configurator, &session);
}

fn saved(configurator: &Configurator, session: &Session) {
    let text = serde_json::to_vec(&session.save()).expect("a saved session is JSON");
    let (resumed, _) = call::resume(configurator, &text).expect("a saved session can be resumed");
    assert_eq!(resumed.choices(), session.choices(), "what is saved is resumed");
}

/// A model in the Universal Variability Language.
pub fn uvl(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Model::from_uvl(text) {
        Ok(model) => compiled(&model),
        Err(error) => {
            assert!(error.line() > 0 && error.column() > 0, "{error}");
            assert!(error.line() <= text.lines().count() + 1, "{error}");
        }
    }
}

/// A model in DIMACS, and after a zero its questions.
pub fn dimacs(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (clauses, questions) =
        text.split_once('\0').map_or((text, None), |(clauses, more)| (clauses, Some(more)));
    match Model::from_dimacs(clauses, questions) {
        Ok(model) => compiled(&model),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A model that was read: written and read again it is the same, and every option has a state.
fn compiled(model: &Model) {
    let text = serde_json::to_string(model).expect("a model is JSON");
    let again: Model = serde_json::from_str(&text).expect("a written model can be read");
    assert_eq!(serde_json::to_string(&again).expect("JSON"), text, "the same model");
    let limits = listino_core::configure::Limits::new().options(300).rows(300);
    let date = DATE.parse().expect("a date");
    match Configurator::compile_with(model, date, limits) {
        Ok(configurator) => stored(&configurator),
        Err(errors) => assert!(!errors.to_string().is_empty()),
    }
}

/// A compiled model is stored as bytes that give the same model, and answers.
fn stored(configurator: &Configurator) {
    let bytes = configurator.to_bytes();
    let again = Configurator::from_bytes(&bytes).expect("what is stored is read");
    assert_eq!(again.to_bytes(), bytes, "the same bytes");
    let mut session = again.session();
    session.set_steps(STEPS);
    let options: Vec<String> = again.options().map(|option| option.id().to_owned()).collect();
    let states = session.states();
    assert_eq!(states.len(), options.len(), "every option has a state");
    for option in options.iter().take(5) {
        let _ = session.choose(option);
    }
    if let Ok(configuration) = session.complete() {
        for choice in session.choices() {
            assert_eq!(configuration.is_chosen(&choice.option), choice.chosen, "{choice:?}");
        }
    }
    saved(&again, &session);
}

/// Bytes of a compiled model: what is not what was stored is refused, and what somebody has changed
/// and sealed again does no harm.
pub fn blob(data: &[u8]) {
    if let Some(forged) = sealed(data)
        && let Ok(configurator) = Configurator::from_bytes(&forged)
    {
        let mut session = configurator.session();
        session.set_steps(STEPS);
        let _ = session.states();
        let _ = session.complete();
    }
    match Configurator::from_bytes(data) {
        Ok(configurator) => stored(&configurator),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Bytes with the length and the checksum that they need to be opened.
fn sealed(data: &[u8]) -> Option<Vec<u8>> {
    // A name of 8 bytes, a version of 4, a length of 8, the contents, a checksum of 8.
    let mut bytes = data.to_vec();
    let contents = bytes.len().checked_sub(SEAL_FRONT + 8)? as u64;
    bytes.get_mut(SEAL_FRONT - 8..SEAL_FRONT)?.copy_from_slice(&contents.to_le_bytes());
    let end = bytes.len() - 8;
    let checksum = xxh64(&bytes[..end], 0).to_le_bytes();
    bytes[end..].copy_from_slice(&checksum);
    Some(bytes)
}

/// Bytes of a compiled book: what is not what was stored is refused; what is, prices; and what
/// somebody has changed and sealed again does no harm.
pub fn load(data: &[u8]) {
    let text = format!(
        r#"{{"v":1,"date":"{DATE}","customer":{{}},"lines":[{{"product":"P1","quantity":"12"}}]}}"#
    );
    let request = Request::from_json(&text).expect("a request");
    if let Some(forged) = sealed(data)
        && let Ok(engine) = Engine::from_bytes(&forged)
    {
        let _ = engine.quote(&request);
        let _ = Engine::explain(&engine, &request);
    }
    match Engine::from_bytes(data) {
        Ok(engine) => {
            let bytes = engine.to_bytes();
            let again = Engine::from_bytes(&bytes).expect("what is stored is read");
            assert_eq!(again.to_bytes(), bytes, "the same bytes");
            laws_of_quotes(&engine, &request);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Findings have a code, a place and words; where something is refused there is an error among them.
fn findings(found: &[Diagnostic], refused: bool) {
    for finding in found {
        let code = finding.code.as_bytes();
        assert!(code.len() == 5 && code[1..].iter().all(u8::is_ascii_digit), "{finding:?}");
        assert!(finding.path.is_empty() || finding.path.starts_with('/'), "{finding:?}");
        assert!(!finding.message.is_empty(), "{finding:?}");
    }
    let errors = found.iter().any(|finding| finding.severity == Severity::Error);
    assert!(!refused || errors, "refused without an error: {found:?}");
}

/// An answer is JSON; an error has a code of the catalogue, words, and is JSON too.
fn answered(answer: Result<String, CallError>) {
    let text = match answer {
        Ok(text) => text,
        Err(error) => {
            let known = call::call_catalogue().iter().any(|known| known.code == error.code());
            let of_a_book = error.diagnostics().iter().any(|found| found.code == error.code());
            assert!(known || of_a_book || !error.diagnostics().is_empty(), "{error:?}");
            assert!(error.code() != "C0005", "an internal error: {error:?}");
            assert!(!error.message().is_empty(), "{error:?}");
            findings(error.diagnostics(), false);
            error.to_json()
        }
    };
    serde_json::from_str::<serde_json::Value>(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}"));
}
