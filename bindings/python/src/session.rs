//! Option models and sessions of choosing.

use std::sync::{Mutex, PoisonError};

use listino_core::call;
use listino_core::configure;
use pyo3::prelude::*;

use crate::convert::{string, to_json, write};
use crate::engine::model;
use crate::error::ok;

/// A compiled option model: immutable, shared by any number of sessions.
#[pyclass(frozen, module = "listino")]
pub(crate) struct Configurator {
    configurator: configure::Configurator,
    /// What it was made from, so that it can be pickled.
    source: (String, String),
}

#[pymethods]
impl Configurator {
    #[new]
    #[pyo3(signature = (model, /, date))]
    fn new(model: &Bound<'_, PyAny>, date: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = model.py();
        let text = to_json(model)?;
        let mut quoted = String::new();
        write(&mut quoted, date, "date", 1)?;
        let date = quoted.trim_matches('"').to_owned();
        let compiled = py.detach(|| call::configurator(text.as_bytes(), &date));
        Ok(Self { configurator: ok(py, compiled)?, source: (text, date) })
    }

    /// The model's id.
    #[getter]
    fn id(&self) -> &str {
        self.configurator.id()
    }

    /// The model's version.
    #[getter]
    fn version(&self) -> &str {
        self.configurator.version()
    }

    /// Whether no configuration is valid.
    #[getter]
    fn is_void(&self) -> bool {
        self.configurator.is_void()
    }

    /// Each group and its options, in the order of the model.
    #[getter]
    fn groups(&self) -> Vec<(String, Vec<String>)> {
        let groups = self.configurator.groups();
        let options =
            |group: configure::GroupView<'_>| group.options().map(str::to_owned).collect();
        groups.map(|group| (group.id().to_owned(), options(group))).collect()
    }

    /// Starts a session without any choice.
    fn session(&self) -> Session {
        Session::new(self.configurator.session())
    }

    /// Takes up a stored session: the session, and a report of what of it still stands.
    #[pyo3(signature = (saved, /))]
    fn resume(&self, saved: &Bound<'_, PyAny>) -> PyResult<(Session, Py<PyAny>)> {
        let py = saved.py();
        let text = to_json(saved)?;
        let resumed = py.detach(|| call::resume(&self.configurator, text.as_bytes()));
        let (session, report) = ok(py, resumed)?;
        Ok((Session::new(session), model(py, "_resumed", &report)?))
    }

    fn __repr__(&self) -> String {
        format!("Configurator({:?})", self.id())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (String, String)) {
        (slf.get_type().into_any(), slf.get().source.clone())
    }
}

/// A customer choosing options. One thread at a time takes a step; others wait.
#[pyclass(frozen, module = "listino")]
pub(crate) struct Session {
    session: Mutex<configure::Session>,
}

impl Session {
    pub(crate) fn new(session: configure::Session) -> Self {
        Self { session: Mutex::new(session) }
    }

    fn ask(&self, py: Python<'_>, input: &str) -> PyResult<String> {
        let answer = py.detach(|| {
            // A step that failed leaves the session as it was, also when it panicked.
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            call::step(&mut session, input.as_bytes())
        });
        ok(py, answer)
    }

    fn about(&self, py: Python<'_>, word: &str, option: &str, to: &str) -> PyResult<Py<PyAny>> {
        let mut input = format!("{{\"{word}\":");
        string(&mut input, option);
        input.push('}');
        model(py, to, &self.ask(py, &input)?)
    }

    fn choice(
        &self,
        py: Python<'_>,
        word: &str,
        (option, chosen): (&str, bool),
        to: &str,
    ) -> PyResult<Py<PyAny>> {
        let mut input = format!("{{\"{word}\":{{\"option\":");
        string(&mut input, option);
        input.push_str(&format!(",\"chosen\":{chosen}}}}}"));
        model(py, to, &self.ask(py, &input)?)
    }
}

#[pymethods]
impl Session {
    /// Takes a step in JSON: the bytes are those of every other language.
    #[pyo3(signature = (input, /))]
    fn step(&self, input: &Bound<'_, PyAny>) -> PyResult<String> {
        self.ask(input.py(), &to_json(input)?)
    }

    /// Chooses an option.
    #[pyo3(signature = (option, /))]
    fn choose(&self, py: Python<'_>, option: &str) -> PyResult<Py<PyAny>> {
        self.about(py, "choose", option, "_standing")
    }

    /// Leaves an option out.
    #[pyo3(signature = (option, /))]
    fn leave_out(&self, py: Python<'_>, option: &str) -> PyResult<Py<PyAny>> {
        self.about(py, "leave_out", option, "_standing")
    }

    /// Takes back what was decided about an option, whenever that was.
    #[pyo3(signature = (option, /))]
    fn undo(&self, py: Python<'_>, option: &str) -> PyResult<Py<PyAny>> {
        self.about(py, "undo", option, "_standing")
    }

    /// Takes back the last choice.
    fn undo_last(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_standing", &self.ask(py, "\"undo_last\"")?)
    }

    /// Chooses again what was taken back last.
    fn redo(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_standing", &self.ask(py, "\"redo\"")?)
    }

    /// Chooses or leaves out an option and gives up the least for it.
    #[pyo3(signature = (option, /, *, chosen=true))]
    fn restore(&self, py: Python<'_>, option: &str, chosen: bool) -> PyResult<Py<PyAny>> {
        self.choice(py, "restore", (option, chosen), "_standing")
    }

    /// Where every option stands, in the order of the model.
    fn states(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_states", &self.ask(py, "\"states\"")?)
    }

    /// Where one option stands.
    #[pyo3(signature = (option, /))]
    fn state(&self, py: Python<'_>, option: &str) -> PyResult<Py<PyAny>> {
        self.about(py, "state", option, "_state")
    }

    /// Why an option cannot be chosen, or cannot be left out; `None` when it can.
    #[pyo3(signature = (option, /, *, chosen=true))]
    fn explain(&self, py: Python<'_>, option: &str, chosen: bool) -> PyResult<Py<PyAny>> {
        self.choice(py, "explain", (option, chosen), "_explanation")
    }

    /// What to give up so that an option can be chosen or left out: alternatives, the least first.
    #[pyo3(signature = (option, /, *, chosen=true))]
    fn restorations(&self, py: Python<'_>, option: &str, chosen: bool) -> PyResult<Py<PyAny>> {
        self.choice(py, "restorations", (option, chosen), "_restorations")
    }

    /// A whole valid configuration with its price.
    fn complete(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_configuration", &self.ask(py, "\"complete\"")?)
    }

    /// The cheapest configuration.
    fn cheapest(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_configuration", &self.ask(py, "\"cheapest\"")?)
    }

    /// The configuration with the largest margin.
    fn best_margin(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        model(py, "_configuration", &self.ask(py, "\"best_margin\"")?)
    }

    /// What choosing an option would change; `None` when it cannot be chosen.
    #[pyo3(signature = (option, /))]
    fn what_if(&self, py: Python<'_>, option: &str) -> PyResult<Py<PyAny>> {
        self.about(py, "what_if", option, "_what_if")
    }

    /// What the completed configuration is made of.
    #[pyo3(signature = (date, /, quantity=None))]
    fn parts(
        &self,
        date: &Bound<'_, PyAny>,
        quantity: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = date.py();
        let mut input = String::from("{\"parts\":{\"date\":");
        write(&mut input, date, "date", 1)?;
        if let Some(quantity) = quantity {
            input.push_str(",\"quantity\":");
            write(&mut input, quantity, "quantity", 1)?;
        }
        input.push_str("}}");
        model(py, "_parts", &self.ask(py, &input)?)
    }

    /// The session as it is stored, in JSON.
    fn save(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, "\"save\"")
    }
}
