//! One corpus of cases that every language answers byte for byte.
//!
//! A case is a call in JSON (`listino_core::call`) and the bytes it answers with. The cases lie in
//! `cases/*.json`, one file per family; each language has a small runner that reads them, makes the
//! calls and compares. The families are written in [`families`]; `cargo run -p listino-conformance
//! --bin corpus` asks the engine for the answers and writes the files, so that a change of a price
//! is a change that somebody sees.
//!
//! Inputs and answers are strings, not nested JSON: what is compared is bytes, and not every
//! language keeps the order of keys.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test tool: a defect of it shall stop the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use listino_core::Engine;
use listino_core::call::{self, CallError, Verb};
use serde::{Deserialize, Serialize};

pub mod families;

/// Cases that belong together, with the books and models that they share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The name of the family and of its file.
    pub family: String,
    /// What it is about, and where the rule is written.
    pub about: String,
    /// Books by name, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub books: BTreeMap<String, String>,
    /// Option models by name, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, String>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// A call and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows; unique in its family.
    pub name: String,
    /// `check`, `compile`, `to_bytes`, `from_bytes`, `diff`, `configure`, or the name of a [`Verb`].
    pub call: String,
    /// The book, by name; the old one of a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    /// The new book of a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The option model, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The date on which the model is compiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The input of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The steps of a session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What comes out.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
}

/// A step of a session and what comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The input of the step.
    pub input: String,
    /// What comes out.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
}

/// The bytes of an answer or of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The answer.
    Answer(String),
    /// The error, as JSON.
    Error(String),
}

impl From<Result<String, CallError>> for Outcome {
    fn from(result: Result<String, CallError>) -> Self {
        match result {
            Ok(answer) => Self::Answer(answer),
            Err(error) => Self::Error(error.to_json()),
        }
    }
}

/// Where the cases lie.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Reads the corpus, in the order of the names of its families.
///
/// # Panics
/// When a file cannot be read or is no family.
pub fn load() -> Vec<Family> {
    let entries = std::fs::read_dir(directory()).expect("the corpus is a folder");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a file");
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        })
        .collect()
}

/// The stored corpus without JSON around it: netstrings (`3:abc,`), for each case its name, its call,
/// the book or model, the other book or the date, the number of steps, and for each step the input,
/// `answer` or `error`, and the bytes.
pub fn plain() -> String {
    let mut out = String::new();
    let mut put = |text: &str| out += &format!("{}:{text},", text.len());
    for family in load() {
        let text = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or_default();
            let found = family.books.get(name).or_else(|| family.models.get(name));
            found.cloned().unwrap_or_default()
        };
        for case in &family.cases {
            put(&format!("{}: {}", family.family, case.name));
            put(&case.call);
            put(&text(if case.model.is_some() { &case.model } else { &case.book }));
            let date = case.date.clone();
            put(&date.unwrap_or_else(|| text(&case.other)));
            let single = case.outcome.as_ref().map(|outcome| (case.input.as_deref(), outcome));
            let steps = case.steps.iter().filter_map(|step| {
                step.outcome.as_ref().map(|outcome| (Some(step.input.as_str()), outcome))
            });
            let all: Vec<_> =
                if single.is_some() { single.into_iter().collect() } else { steps.collect() };
            put(&all.len().to_string());
            for (input, outcome) in all {
                put(input.unwrap_or_default());
                let (kind, bytes) = match outcome {
                    Outcome::Answer(text) => ("answer", text),
                    Outcome::Error(text) => ("error", text),
                };
                put(kind);
                put(bytes);
            }
        }
    }
    out
}

impl Family {
    /// The family as it is stored: one line per case.
    pub fn to_text(&self) -> String {
        let line = |value: &dyn erased::Json| value.json();
        let mut text = String::from("{\n");
        text += &format!("\"family\":{},\n\"about\":{}", line(&self.family), line(&self.about));
        for (key, map) in [("books", &self.books), ("models", &self.models)] {
            if map.is_empty() {
                continue;
            }
            let rows: Vec<String> =
                map.iter().map(|(name, text)| format!("{}:{}", line(name), line(text))).collect();
            text += &format!(",\n\"{key}\":{{\n{}\n}}", rows.join(",\n"));
        }
        let rows: Vec<String> = self.cases.iter().map(|case| line(case)).collect();
        text += &format!(",\n\"cases\":[\n{}\n]\n}}\n", rows.join(",\n"));
        text
    }

    /// Answers every case, as the engine of today does.
    #[must_use]
    pub fn answered(self) -> Self {
        self.answered_by(|engine| engine)
    }

    /// Answers every case by what becomes of each compiled book.
    #[must_use]
    pub fn answered_by(mut self, prepare: fn(Engine) -> Engine) -> Self {
        let engines = Engines { prepare, known: std::cell::RefCell::default() };
        let mut cases = std::mem::take(&mut self.cases);
        for case in &mut cases {
            engines.answer(&self, case);
        }
        self.cases = cases;
        self
    }
}

mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).expect("JSON")
        }
    }
}

/// Compiled books, so that cases that share a book share its engine.
struct Engines {
    prepare: fn(Engine) -> Engine,
    known: std::cell::RefCell<BTreeMap<String, Result<Engine, CallError>>>,
}

impl Engines {
    fn of(&self, family: &Family, name: Option<&String>) -> Result<Engine, CallError> {
        let name = name.expect("the case names a book");
        let mut known = self.known.borrow_mut();
        let compile = || call::compile(book(family, name).as_bytes()).map(self.prepare);
        known.entry(name.clone()).or_insert_with(compile).clone()
    }

    fn answer(&self, family: &Family, case: &mut Case) {
        let input = case.input.clone().unwrap_or_default();
        let result = match case.call.as_str() {
            "check" => call::check(book(family, case.book.as_ref().expect("a book")).as_bytes()),
            "compile" => self.of(family, case.book.as_ref()).map(|e| e.digest().to_string()),
            "to_bytes" => self.of(family, case.book.as_ref()).map(|e| hexadecimal(&e.to_bytes())),
            "from_bytes" => Engine::from_bytes(&bytes(&input))
                .map(|engine| engine.digest().to_string())
                .map_err(CallError::from),
            "diff" => self.of(family, case.book.as_ref()).and_then(|old| {
                call::diff(&old, &self.of(family, case.other.as_ref())?, input.as_bytes())
            }),
            "configure" => return configure(family, case),
            verb => self
                .of(family, case.book.as_ref())
                .and_then(|engine| engine.call(verb.parse::<Verb>()?, input.as_bytes())),
        };
        case.outcome = Some(result.into());
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let byte = |pair| {
        let pair = std::str::from_utf8(pair).expect("ASCII");
        u8::from_str_radix(pair, 16).expect("hexadecimal digits")
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}

fn book<'f>(family: &'f Family, name: &str) -> &'f str {
    family.books.get(name).unwrap_or_else(|| panic!("{}: no book `{name}`", family.family))
}

fn configure(family: &Family, case: &mut Case) {
    let name = case.model.as_ref().expect("the case names a model");
    let model = family.models.get(name).expect("the model is there");
    let date = case.date.as_ref().expect("the case has a date");
    match call::configurator(model.as_bytes(), date) {
        Err(error) => case.outcome = Some(Outcome::Error(error.to_json())),
        Ok(configurator) => {
            let mut session = configurator.session();
            for step in &mut case.steps {
                step.outcome = Some(call::step(&mut session, step.input.as_bytes()).into());
            }
        }
    }
}
