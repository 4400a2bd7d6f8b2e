//! Books and engines.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use listino_arrow::Options;
use listino_core::call::{self, CallError, Verb};
use listino_core::money::Amount;
use listino_core::quote::{LineQuery, PricedLine, Request};
use listino_core::{Id, LoadError};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString, PyType};

use crate::convert::{count, decimal_class, part, string, to_json, write};
use crate::error::{ok, raise};
use crate::frame;
use crate::quote::{Quote, status};
use crate::session::Session;

/// A price book: what the engine knows before anybody asks.
#[pyclass(frozen, module = "listino")]
pub(crate) struct PriceBook {
    book: Arc<listino_core::PriceBook>,
}

impl PriceBook {
    fn read(py: Python<'_>, text: &str) -> PyResult<Self> {
        let read = py.detach(|| listino_core::PriceBook::from_json(text));
        let book = read.map_err(|error| raise(py, &CallError::from(error)))?;
        Ok(Self { book: Arc::new(book) })
    }
}

/// The bytes of a file; the error is the one that `open` raises, with the path.
fn file(py: Python<'_>, path: &Path) -> PyResult<Vec<u8>> {
    py.detach(|| std::fs::read(path)).map_err(|error| {
        let Some(number) = error.raw_os_error() else { return error.into() };
        let text = py.import("os").and_then(|os| os.call_method1("strerror", (number,)));
        match text.and_then(|text| text.extract::<String>()) {
            Ok(text) => PyOSError::new_err((number, text, path.as_os_str().to_owned())),
            Err(other) => other,
        }
    })
}

#[pymethods]
impl PriceBook {
    #[new]
    #[pyo3(signature = (book, /))]
    fn new(book: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::read(book.py(), &to_json(book)?)
    }

    /// Reads a book from a JSON file.
    #[classmethod]
    #[pyo3(signature = (path, /))]
    fn load(_: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let text = file(py, &path)?;
        match std::str::from_utf8(&text) {
            Ok(text) => Self::read(py, text),
            Err(_)
                if !matches!(
                    listino_core::Engine::from_bytes(&text),
                    Err(LoadError::Foreign(_))
                ) =>
            {
                let message = "the file is a compiled book: load it with `Engine.load`";
                Err(raise(py, &CallError::argument("path", message.to_owned())))
            }
            // The core says it in its own words.
            Err(_) => ok(py, call::check(&text)).and_then(|_| Self::read(py, "")),
        }
    }

    /// Everything that is wrong with the book, or that somebody should look at.
    fn check(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let findings = py.detach(|| self.book.check());
        let json = serde_json::to_string(&findings).unwrap_or_default();
        model(py, "_diagnostics", &json)
    }

    /// Compiles the book.
    fn compile(&self, py: Python<'_>) -> PyResult<Engine> {
        let compiled = py.detach(|| listino_core::Engine::compile(&self.book));
        let engine = compiled.map_err(|error| raise(py, &CallError::from(error)))?;
        Ok(Engine { engine, book: Some(Arc::clone(&self.book)) })
    }

    /// The SHA-256 of the canonical JSON.
    #[getter]
    fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| self.book.digest().to_string())
    }

    /// What people call the book.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.book.name.as_deref()
    }

    /// The currency of the book.
    #[getter]
    fn currency(&self) -> &str {
        self.book.currency.code()
    }

    /// The book as canonical JSON.
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.book.to_json())
    }

    /// How many there are of what: customers, products, price lists, discounts.
    #[getter]
    fn counts(&self) -> std::collections::BTreeMap<&'static str, usize> {
        let book = &self.book;
        [
            ("customers", book.customers.len()),
            ("products", book.products.len()),
            ("price_lists", book.price_lists.len()),
            ("discounts", book.discounts.len()),
            ("margins", book.margins.len()),
        ]
        .into()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.book == other.book
    }

    fn __hash__(&self, py: Python<'_>) -> u64 {
        hash(&py.detach(|| self.book.digest()))
    }

    fn __repr__(&self) -> String {
        let name = self.book.name.as_deref().unwrap_or("");
        let (book, code) = (&self.book, self.book.currency.code());
        format!(
            "PriceBook({name:?}, {code}, {}, {}, {})",
            count(book.products.len(), "product"),
            count(book.price_lists.len(), "price list"),
            count(book.discounts.len(), "discount")
        )
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        html(slf.as_any(), "book")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (String,)) {
        (slf.get_type(), (slf.get().book.to_json(),))
    }
}

/// Checks the text of a book that may not even be readable: its digest and all findings, in JSON.
#[pyfunction]
#[pyo3(signature = (book, /))]
pub(crate) fn check_json(book: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = to_json(book)?;
    let answer = book.py().detach(|| call::check(text.as_bytes()));
    ok(book.py(), answer)
}

/// A compiled price book: immutable, shared by any number of threads.
#[pyclass(frozen, module = "listino")]
pub(crate) struct Engine {
    engine: listino_core::Engine,
    /// What the engine was made from; one that was loaded does not know.
    book: Option<Arc<listino_core::PriceBook>>,
}

/// The words of a request, put together to JSON.
fn request_json(
    request: Option<&Bound<'_, PyAny>>,
    fields: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        let Some(request) = request else {
            return Err(PyTypeError::new_err("give a request, or `customer`, `date` and `lines`"));
        };
        return to_json(request);
    };
    if request.is_some() {
        return Err(PyTypeError::new_err("give a request or its fields, not both"));
    }
    let mut out = String::with_capacity(256);
    out.push_str("{\"v\":1");
    for (key, value) in fields.iter() {
        let key = key.extract::<String>()?;
        if value.is_none() {
            continue;
        }
        out.push(',');
        string(&mut out, &key);
        out.push(':');
        write(&mut out, &value, &key, 1)?;
    }
    out.push('}');
    Ok(out)
}

impl Engine {
    /// Prices one line out of texts, numbers and a day; `None` for whatever else it is given, and
    /// where it has no price.
    fn line<'py>(
        &self,
        py: Python<'py>,
        fields: [Option<&Bound<'py, PyAny>>; 7],
    ) -> Option<PricedLine> {
        let [customer, product, quantity, date, unit, currency, channel] = fields;
        let (quantity, date) = (plain(quantity?, "quantity")?, plain(date?, "date")?);
        let (unit, channel) = (maybe::<Id>(unit).ok()?, maybe::<Id>(channel).ok()?);
        let query = LineQuery {
            customer: text(customer?)?,
            product: text(product?)?,
            quantity: quantity.parse().ok()?,
            date: date.parse().ok()?,
            unit: unit.as_ref(),
            currency: maybe(currency).ok()?,
            channel: channel.as_ref(),
        };
        py.detach(|| self.engine.price(&query)).ok()
    }

    fn read(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let loaded = py.detach(|| listino_core::Engine::from_bytes(bytes));
        let engine = loaded.map_err(|error| raise(py, &CallError::from(error)))?;
        Ok(Self { engine, book: None })
    }

    fn ask(&self, py: Python<'_>, verb: Verb, input: &str) -> PyResult<String> {
        let answer = py.detach(|| self.engine.call(verb, input.as_bytes()));
        ok(py, answer)
    }

    fn quoted(
        &self,
        py: Python<'_>,
        request: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
        explain: bool,
    ) -> PyResult<Quote> {
        let json = request_json(request, fields)?;
        let answer = py.detach(|| {
            let request = Request::from_json(&json)?;
            if explain { self.engine.explain(&request) } else { self.engine.quote(&request) }
        });
        answer.map(Quote::new).map_err(|error| raise(py, &CallError::from(error)))
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (book, /))]
    fn new(book: &Bound<'_, PyAny>) -> PyResult<Self> {
        match book.cast::<PriceBook>() {
            Ok(book) => book.get().compile(book.py()),
            Err(_) => PriceBook::new(book)?.compile(book.py()),
        }
    }

    /// Loads a compiled book from a file: what `listino compile` has written.
    #[classmethod]
    #[pyo3(signature = (path, /))]
    fn load(_: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let bytes = file(py, &path)?;
        Self::read(py, &bytes)
    }

    /// Loads a compiled book.
    #[classmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(_: &Bound<'_, PyType>, py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        Self::read(py, data)
    }

    /// The compiled book as bytes: the same for the same book on every machine.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.engine.to_bytes());
        PyBytes::new(py, &bytes)
    }

    /// The digest of the book: what a quote names as its source.
    #[getter]
    fn digest(&self) -> String {
        self.engine.digest().to_string()
    }

    /// The book that the engine was made from; `None` for one that was loaded.
    #[getter]
    fn book(&self) -> Option<PriceBook> {
        self.book.as_ref().map(|book| PriceBook { book: Arc::clone(book) })
    }

    /// Prices a request.
    #[pyo3(signature = (request=None, /, **fields))]
    fn quote(
        &self,
        py: Python<'_>,
        request: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Quote> {
        self.quoted(py, request, fields, false)
    }

    /// Prices a request and keeps every candidate that was considered.
    #[pyo3(signature = (request=None, /, **fields))]
    fn explain(
        &self,
        py: Python<'_>,
        request: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Quote> {
        self.quoted(py, request, fields, true)
    }

    /// Prices a frame: every row is a document of one line. Or prices one line alone.
    #[pyo3(signature = (
        customer, product=None, quantity=None, date=None, *, unit=None, currency=None, channel=None,
        keep=None, scale=10, floats=false, plain_names=false, errors="raise", threads=1, progress=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn price(
        &self,
        py: Python<'_>,
        customer: &Bound<'_, PyAny>,
        product: Option<&Bound<'_, PyAny>>,
        quantity: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
        unit: Option<&Bound<'_, PyAny>>,
        currency: Option<&Bound<'_, PyAny>>,
        channel: Option<&Bound<'_, PyAny>>,
        keep: Option<&Bound<'_, PyAny>>,
        scale: u8,
        floats: bool,
        plain_names: bool,
        errors: &str,
        threads: usize,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let fields = [
            ("customer", Some(customer)),
            ("product", product),
            ("quantity", quantity),
            ("date", date),
            ("unit", unit),
            ("currency", currency),
            ("channel", channel),
        ];
        if frame::is_frame(customer)? {
            if let Some((name, _)) = fields.iter().skip(1).find(|(_, field)| field.is_some()) {
                return Err(PyTypeError::new_err(format!(
                    "`{name}` is a column of the frame: give a frame or the fields of one line"
                )));
            }
            let keep = frame::keep(keep)?;
            let errors = frame::errors(errors)?;
            let options = Options { keep, scale, floats, plain_names, errors, threads };
            let priced = frame::price(&self.engine, customer, options, progress)?;
            return Ok(Py::new(py, priced)?.into_any());
        }
        if let Some((name, _)) = fields.iter().take(4).find(|(_, field)| field.is_none()) {
            return Err(PyTypeError::new_err(format!(
                "a line needs `{name}`; a frame is an object that has `__arrow_c_stream__`"
            )));
        }
        if let Some(line) = self.line(py, fields.map(|(_, field)| field)) {
            return line_model(py, &line);
        }
        // In JSON, which says what is wrong and where.
        let mut input = String::with_capacity(160);
        for (key, field) in fields {
            let Some(field) = field else { continue };
            input.push_str(if input.is_empty() { "{" } else { "," });
            string(&mut input, key);
            input.push(':');
            write(&mut input, field, key, 1)?;
        }
        input.push('}');
        let answer = self.ask(py, Verb::Price, &input)?;
        model(py, "_priced_line", &answer)
    }

    /// Makes a call in JSON: the bytes are those of every other language.
    #[pyo3(signature = (verb, input, /))]
    fn call(&self, py: Python<'_>, verb: &str, input: &Bound<'_, PyAny>) -> PyResult<String> {
        let verb = ok(py, verb.parse::<Verb>())?;
        self.ask(py, verb, &to_json(input)?)
    }

    /// The next break of each line: how many more lower the unit price; `None` where there is none.
    #[pyo3(signature = (request, /))]
    fn next_breaks(&self, request: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = request.py();
        let answer = self.ask(py, Verb::NextBreaks, &to_json(request)?)?;
        model(py, "_next_breaks", &answer)
    }

    /// What may still be given away: the largest discount that keeps every threshold, or what
    /// reaches a net total or a margin.
    #[pyo3(signature = (request, /, *, target_total=None, target_margin=None, line=None))]
    fn solve(
        &self,
        request: &Bound<'_, PyAny>,
        target_total: Option<&Bound<'_, PyAny>>,
        target_margin: Option<&Bound<'_, PyAny>>,
        line: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let py = request.py();
        let mut input = format!("{{\"request\":{},\"goal\":", part(request)?);
        match (target_total, target_margin) {
            (None, None) => input.push_str("\"keep_thresholds\""),
            (Some(_), Some(_)) => {
                return Err(PyTypeError::new_err(
                    "give `target_total` or `target_margin`, not both",
                ));
            }
            (Some(total), None) => {
                input.push_str("{\"target_total\":");
                write(&mut input, total, "target_total", 1)?;
                input.push('}');
            }
            (None, Some(margin)) => {
                input.push_str("{\"target_margin\":");
                write(&mut input, margin, "target_margin", 1)?;
                input.push('}');
            }
        }
        if let Some(line) = line {
            input.push_str(",\"line\":");
            string(&mut input, line);
        }
        input.push('}');
        let answer = self.ask(py, Verb::Solve, &input)?;
        model(py, "_solution", &answer)
    }

    /// Starts a session on the model of a line's product, with the line's choices made and the
    /// customer's prices. The line is named by its id, and may be left out where there is only one.
    #[pyo3(signature = (request, /, *, line=None))]
    fn configure(&self, request: &Bound<'_, PyAny>, line: Option<&str>) -> PyResult<Session> {
        let py = request.py();
        let mut input = format!("{{\"request\":{}", part(request)?);
        if let Some(line) = line {
            input.push_str(",\"line\":");
            string(&mut input, line);
        }
        input.push('}');
        let session = py.detach(|| call::configure(&self.engine, input.as_bytes()));
        Ok(Session::new(ok(py, session)?))
    }

    /// Prices requests with this book and another one, and adds up what changes.
    #[pyo3(signature = (new, requests, /))]
    fn diff(&self, new: &Bound<'_, Self>, requests: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = requests.py();
        let mut input = String::from("{\"requests\":[");
        for (number, request) in requests.try_iter()?.enumerate() {
            if number > 0 {
                input.push(',');
            }
            input.push_str(&part(&request?)?);
        }
        input.push_str("]}");
        let other = &new.get().engine;
        let answer = py.detach(|| call::diff(&self.engine, other, input.as_bytes()));
        model(py, "_diff_report", &ok(py, answer)?)
    }

    /// Compares in JSON, over `{ "requests": [...] }`.
    #[pyo3(signature = (new, input, /))]
    fn diff_json(&self, new: &Bound<'_, Self>, input: &Bound<'_, PyAny>) -> PyResult<String> {
        let py = input.py();
        let (other, input) = (&new.get().engine, to_json(input)?);
        let answer = py.detach(|| call::diff(&self.engine, other, input.as_bytes()));
        ok(py, answer)
    }

    /// Prices a request again and compares the outcome with a quote of the past.
    #[pyo3(signature = (request, quote, /))]
    fn replay(&self, request: &Bound<'_, PyAny>, quote: &Bound<'_, PyAny>) -> PyResult<Quote> {
        let py = request.py();
        let quote = match quote.cast::<Quote>() {
            Ok(quote) => quote.get().json().to_owned(),
            Err(_) => part(quote)?,
        };
        let input = format!("{{\"request\":{},\"quote\":{quote}}}", part(request)?);
        Quote::read(py, &self.ask(py, Verb::Replay, &input)?)
    }

    fn __repr__(&self) -> String {
        let digest = self.engine.digest().to_string();
        format!("Engine({})", digest.get(..8).unwrap_or_default())
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        html(slf.as_any(), "engine")
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("from_bytes")?, (slf.get().to_bytes(slf.py()),)))
    }
}

fn text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast::<PyString>().ok()?.to_str().ok()
}

/// A text that may be absent; an error where it is not one.
fn maybe<T: FromStr>(value: Option<&Bound<'_, PyAny>>) -> Result<Option<T>, ()> {
    let read = |value| text(value).ok_or(())?.parse().map_err(|_| ());
    value.map(read).transpose()
}

/// A value whose JSON is a text, as that text.
fn plain(value: &Bound<'_, PyAny>, key: &str) -> Option<String> {
    let mut out = String::with_capacity(16);
    write(&mut out, value, key, 1).ok()?;
    Some(out.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// A `listino.PricedLine`.
fn line_model(py: Python<'_>, line: &PricedLine) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = || py.import("listino._model")?.getattr("PricedLine").map(Bound::unbind);
    let class = CLASS.get_or_try_init(py, class)?.bind(py);
    let decimal = decimal_class(py)?;
    let amount = |amount: Amount| decimal.call1((amount.to_string(),));
    let maybe = |value: Option<Amount>| value.map(amount).transpose();
    let percent = line.margin_percent.map(|percent| decimal.call1((percent.to_string(),)));
    let fields = (
        line.price_list.as_str(),
        line.currency.code(),
        amount(line.total)?,
        amount(line.net)?,
        status(line.status),
        maybe(line.list_price)?,
        maybe(line.unit_price)?,
        maybe(line.cost)?,
        percent.transpose()?,
    );
    class.call1(fields).map(Bound::unbind)
}

/// Objects of `listino._model` out of JSON.
pub(crate) fn model(py: Python<'_>, function: &str, json: &str) -> PyResult<Py<PyAny>> {
    py.import("listino._model")?.call_method1(function, (json,)).map(Bound::unbind)
}

/// A page for notebooks out of `listino._html`.
pub(crate) fn html(object: &Bound<'_, PyAny>, function: &str) -> PyResult<Py<PyAny>> {
    object.py().import("listino._html")?.call_method1(function, (object,)).map(Bound::unbind)
}

pub(crate) fn hash(digest: &listino_core::Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
