//! The engine for JavaScript, as thin as it can be: texts go in, texts come out.
//!
//! An error is thrown as the JSON of a `CallError`. What people use is written in TypeScript over
//! this, in `bindings/wasm/js`.

use listino_core::Engine;
#[cfg(feature = "full")]
use listino_core::LoadError;
use listino_core::call::{CallError, Verb};
#[cfg(feature = "configure")]
use listino_core::{call, configure};
use wasm_bindgen::prelude::wasm_bindgen;

type Answer<T = String> = Result<T, String>;

fn thrown(error: CallError) -> String {
    error.to_json()
}

/// A compiled book.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawEngine(Engine);

#[wasm_bindgen]
impl RawEngine {
    /// Loads a compiled book; the full build compiles a book in JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(book: &[u8]) -> Answer<Self> {
        let loaded = match Engine::from_bytes(book) {
            #[cfg(feature = "full")]
            Err(LoadError::Foreign(_)) => call::compile(book),
            loaded => loaded.map_err(CallError::from),
        };
        loaded.map(Self).map_err(thrown)
    }

    /// The compiled book as bytes.
    #[cfg(feature = "full")]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The digest of the book.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> String {
        self.0.digest().to_string()
    }

    /// Makes a call.
    pub fn call(&self, verb: &str, input: &str) -> Answer {
        let verb = verb.parse::<Verb>();
        verb.and_then(|verb| self.0.call(verb, input.as_bytes())).map_err(thrown)
    }

    /// Starts a session on the model of a line's product.
    #[cfg(feature = "configure")]
    pub fn configure(&self, input: &str) -> Answer<RawSession> {
        call::configure(&self.0, input.as_bytes()).map(RawSession).map_err(thrown)
    }

    /// Compares with another book.
    #[cfg(feature = "full")]
    pub fn diff(&self, new: &Self, input: &str) -> Answer {
        call::diff(&self.0, &new.0, input.as_bytes()).map_err(thrown)
    }
}

/// A customer choosing options.
#[cfg(feature = "configure")]
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawSession(configure::Session);

#[cfg(feature = "configure")]
#[wasm_bindgen]
impl RawSession {
    /// Takes a step.
    pub fn step(&mut self, input: &str) -> Answer {
        call::step(&mut self.0, input.as_bytes()).map_err(thrown)
    }
}

/// A compiled option model.
#[cfg(feature = "full")]
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawConfigurator(configure::Configurator);

#[cfg(feature = "full")]
#[wasm_bindgen]
impl RawConfigurator {
    /// Compiles a model as it stands on a date.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, date: &str) -> Answer<Self> {
        call::configurator(model.as_bytes(), date).map(Self).map_err(thrown)
    }

    /// Starts a session without any choice.
    pub fn session(&self) -> RawSession {
        RawSession(self.0.session())
    }

    /// Takes up a stored session; the report says what of it still stands.
    pub fn resume(&self, saved: &str) -> Answer<RawResumed> {
        let resumed = call::resume(&self.0, saved.as_bytes());
        let (session, report) = resumed.map_err(thrown)?;
        Ok(RawResumed { session: Some(RawSession(session)), report })
    }
}

/// A stored session taken up again.
#[cfg(feature = "full")]
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawResumed {
    session: Option<RawSession>,
    report: String,
}

#[cfg(feature = "full")]
#[wasm_bindgen]
impl RawResumed {
    /// The session; it is there once.
    pub fn session(&mut self) -> Option<RawSession> {
        self.session.take()
    }

    /// The report.
    #[wasm_bindgen(getter)]
    pub fn report(&self) -> String {
        self.report.clone()
    }
}

/// Checks a book: its digest and all findings.
#[cfg(feature = "full")]
#[wasm_bindgen]
pub fn check(book: &[u8]) -> Answer {
    call::check(book).map_err(thrown)
}
