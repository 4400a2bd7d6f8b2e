//! Quotes: computed in Rust, opened up in Python when somebody looks.

use std::sync::OnceLock;

use listino_core::call::CallError;
use listino_core::explain::{Language, RowKind, Sentences};
use listino_core::quote::{Per, QuoteLine, Status};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyAny, PyType};

use crate::convert::{count, decimal_class, to_json};
use crate::engine::{hash, html, model};
use crate::error::raise;

/// A quote: exact, explained, replayable. All amounts are in its currency.
#[pyclass(frozen, module = "listino")]
pub(crate) struct Quote {
    quote: listino_core::quote::Quote,
    json: OnceLock<String>,
    /// The fields as objects, made when one of them is asked for.
    fields: PyOnceLock<Py<PyAny>>,
}

impl Quote {
    pub(crate) fn new(quote: listino_core::quote::Quote) -> Self {
        Self { quote, json: OnceLock::new(), fields: PyOnceLock::new() }
    }

    pub(crate) fn read(py: Python<'_>, json: &str) -> PyResult<Self> {
        let quote: listino_core::quote::Quote = serde_json::from_str(json)
            .map_err(|error| raise(py, &CallError::argument("", error.to_string())))?;
        Ok(Self::new(quote))
    }

    pub(crate) fn json(&self) -> &str {
        self.json.get_or_init(|| self.quote.to_json())
    }

    fn field(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let fields = self.fields.get_or_try_init(py, || model(py, "_quote_fields", self.json()))?;
        fields.bind(py).getattr(name).map(Bound::unbind)
    }

    /// A line by its id, or by its place counted from 0; from the end where it is negative.
    fn line(&self, line: &Bound<'_, PyAny>) -> PyResult<&QuoteLine> {
        let lines = &self.quote.lines;
        let found = match line.extract::<isize>() {
            Ok(place) if place < 0 => {
                lines.len().checked_add_signed(place).and_then(|place| lines.get(place))
            }
            Ok(place) => lines.get(place.unsigned_abs()),
            Err(_) => {
                let id = line.extract::<String>()?;
                lines.iter().find(|line| line.id == *id.as_str())
            }
        };
        found.ok_or_else(|| PyKeyError::new_err(format!("the quote has no line {line}")))
    }
}

/// The name of a status.
pub(crate) const fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::NeedsApproval => "needs_approval",
        Status::Blocked => "blocked",
        Status::Incomplete => "incomplete",
    }
}

fn language(name: &str) -> PyResult<Language> {
    name.parse().map_err(|error: listino_core::explain::LanguageError| {
        PyValueError::new_err(error.to_string())
    })
}

#[pymethods]
impl Quote {
    #[new]
    #[pyo3(signature = (quote, /))]
    fn from_json(quote: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::read(quote.py(), &to_json(quote)?)
    }

    /// What is to be paid.
    #[getter]
    fn payable<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal_class(py)?.call1((self.quote.totals.payable.to_string(),))
    }

    /// Where the offer stands: `ok`, `needs_approval`, `blocked` or `incomplete`.
    #[getter]
    fn status(&self) -> &'static str {
        status(self.quote.status)
    }

    /// The currency of every amount.
    #[getter]
    fn currency(&self) -> &str {
        self.quote.currency.code()
    }

    /// The decimals of the currency, for display.
    #[getter]
    fn digits(&self) -> u32 {
        self.quote.digits
    }

    /// The host's name of the request.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.quote.id.as_ref().map(listino_core::Id::as_str)
    }

    /// The customer, when the book knows it.
    #[getter]
    fn customer(&self) -> Option<&str> {
        self.quote.customer.as_ref().map(listino_core::Id::as_str)
    }

    /// The pricing date.
    #[getter]
    fn date(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.field(py, "date")
    }

    /// The lines, in the order of the request; gifts at the end.
    #[getter]
    fn lines(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.field(py, "lines")
    }

    /// The sums of the priced lines.
    #[getter]
    fn totals(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.field(py, "totals")
    }

    /// Every threshold and limit that is not kept.
    #[getter]
    fn approvals(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.field(py, "approvals")
    }

    /// What became of the coupons.
    #[getter]
    fn coupons(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.field(py, "coupons")
    }

    /// The digest of the book the quote was made from.
    #[getter]
    fn book(&self) -> String {
        self.quote.book.to_string()
    }

    /// The digest of the request it answers.
    #[getter]
    fn request(&self) -> String {
        self.quote.request.to_string()
    }

    /// The digest of the quote itself.
    #[getter]
    fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| self.quote.digest().to_string())
    }

    /// The quote as canonical JSON.
    fn to_json(&self, py: Python<'_>) -> &str {
        py.detach(|| self.json())
    }

    /// The steps of a line's price as sentences.
    #[pyo3(signature = (line=None, /, *, language="en"))]
    fn sentences(
        &self,
        py: Python<'_>,
        line: Option<&Bound<'_, PyAny>>,
        language: &str,
    ) -> PyResult<Vec<String>> {
        let first = 0_usize.into_pyobject(py)?.into_any();
        let line = self.line(line.unwrap_or(&first))?;
        let say = Sentences::new(&self.quote, self::language(language)?);
        if let Some(refusal) = &line.refusal {
            return Ok(vec![say.refusal(line, refusal)]);
        }
        let steps = line.price.iter().flat_map(|price| &price.steps);
        Ok(steps.map(|step| say.step(line, step)).collect())
    }

    /// Why a price list or a discount did not win, in one sentence; for quotes of `explain`.
    #[pyo3(signature = (line, rule, /, *, language="en"))]
    fn why_not(&self, line: &Bound<'_, PyAny>, rule: &str, language: &str) -> PyResult<String> {
        let line = self.line(line)?;
        if line.price.is_some() && line.considered.is_empty() {
            return Err(PyValueError::new_err(
                "the quote keeps no candidates: make it with `engine.explain`, not `engine.quote`",
            ));
        }
        let say = Sentences::new(&self.quote, self::language(language)?);
        let found = line.considered.iter().find(|candidate| candidate.id == *rule);
        match found {
            Some(candidate) => Ok(say.considered(candidate)),
            None => {
                let rule = listino_core::Id::new(rule)
                    .map_err(|error| PyValueError::new_err(error.to_string()))?;
                Ok(say.not_considered(&rule, line))
            }
        }
    }

    /// The waterfall of a line as aligned text.
    #[pyo3(signature = (line=None, /, *, language="en"))]
    fn waterfall(
        &self,
        py: Python<'_>,
        line: Option<&Bound<'_, PyAny>>,
        language: &str,
    ) -> PyResult<Option<String>> {
        let first = 0_usize.into_pyobject(py)?.into_any();
        let line = self.line(line.unwrap_or(&first))?;
        let waterfall = self.quote.waterfall(line, self::language(language)?, None);
        Ok(waterfall.map(|waterfall| waterfall.to_string()))
    }

    /// The waterfall of a line as a drawing.
    #[pyo3(signature = (line=None, /, *, language="en"))]
    fn svg(
        &self,
        py: Python<'_>,
        line: Option<&Bound<'_, PyAny>>,
        language: &str,
    ) -> PyResult<Option<String>> {
        let first = 0_usize.into_pyobject(py)?.into_any();
        let line = self.line(line.unwrap_or(&first))?;
        let waterfall = self.quote.waterfall(line, self::language(language)?, None);
        Ok(waterfall.map(|waterfall| waterfall.svg()))
    }

    /// Draws the waterfall of a line with matplotlib.
    #[pyo3(signature = (line=None, /, *, language="en", ax=None))]
    fn plot(
        slf: &Bound<'_, Self>,
        line: Option<&Bound<'_, PyAny>>,
        language: &str,
        ax: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let first = 0_usize.into_pyobject(py)?.into_any();
        let line = slf.get().line(line.unwrap_or(&first))?;
        let waterfall = slf.get().quote.waterfall(line, self::language(language)?, None);
        let Some(waterfall) = waterfall else {
            return Err(PyValueError::new_err("the line has no price to draw"));
        };
        let rows: Vec<(&str, bool, String, String, String, String)> = waterfall
            .rows
            .iter()
            .map(|row| {
                let kind = match row.kind {
                    RowKind::Sum => "sum",
                    RowKind::Change => "change",
                    RowKind::Cost => "cost",
                    RowKind::Margin => "margin",
                };
                let (from, to) = (row.from.to_string(), row.to.to_string());
                let unit = row.per == Per::Unit;
                (kind, unit, row.label.clone(), from, to, row.amount.to_string())
            })
            .collect();
        let module = py.import("listino._plot")?;
        module.call_method1("waterfall", (waterfall.title, rows, ax)).map(Bound::unbind)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.json() == other.json()
    }

    fn __hash__(&self) -> u64 {
        hash(&self.quote.digest())
    }

    fn __len__(&self) -> usize {
        self.quote.lines.len()
    }

    fn __repr__(&self) -> String {
        let quote = &self.quote;
        format!(
            "Quote({}, {}, {}, {} {}, {})",
            quote.customer.as_ref().map_or("-", |id| id.as_str()),
            quote.date,
            count(quote.lines.len(), "line"),
            quote.totals.payable,
            quote.currency.code(),
            self.status(),
        )
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        html(slf.as_any(), "quote")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (String,)) {
        (slf.get_type(), (slf.get().json().to_owned(),))
    }
}
