//! Python values as JSON of the wire model: decimals and dates as strings, nothing through a float.

use std::fmt::Write as _;

use listino_core::call::CallError;
use pyo3::exceptions::{PyRecursionError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple,
};
use serde_json::value::RawValue;

use crate::error::raise;

/// The fields of the wire model that hold a JSON number, and those of a session's step; every other
/// number is a decimal.
const INTEGERS: [&str; 13] = [
    "v",
    "digits",
    "priority",
    "times",
    "max_uses",
    "max_uses_per_customer",
    "used",
    "used_by_customer",
    "min",
    "max",
    "level",
    "steps",
    "set_steps",
];

/// As deep as the readers of the core go.
const MOST_DEPTH: usize = 128;

static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static DATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static DATETIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// "1 line", "2 lines".
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn class<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let class = cell.get_or_try_init(py, || py.import(module)?.getattr(name).map(Bound::unbind))?;
    Ok(class.bind(py))
}

/// Writes a Python value as JSON of the wire model.
///
/// Mappings, sequences, `Decimal`, `date`, `int`, `str`, `bool`, `None` and the types of this
/// package; a `float` is refused, because it is not exact. Text is taken as JSON already.
#[pyfunction]
pub(crate) fn to_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().map(str::to_owned);
    }
    let bytes = match (value.cast::<PyBytes>(), value.cast::<PyByteArray>()) {
        (Ok(bytes), _) => Some(bytes.as_bytes().to_vec()),
        (_, Ok(bytes)) => Some(bytes.to_vec()),
        _ => None,
    };
    if let Some(bytes) = bytes {
        let text = std::str::from_utf8(&bytes);
        return text.map(str::to_owned).map_err(|error| PyValueError::new_err(error.to_string()));
    }
    let mut out = String::with_capacity(256);
    write(&mut out, value, "", 0)?;
    Ok(out)
}

/// As [`to_json`], for a place inside of another text: text that is not one value of JSON is refused.
pub(crate) fn part(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = to_json(value)?;
    serde_json::from_str::<&RawValue>(&text)
        .map_err(|error| raise(value.py(), &CallError::argument("", error.to_string())))?;
    Ok(text)
}

/// Writes one value; `key` is the field it stands in.
pub(crate) fn write(
    out: &mut String,
    value: &Bound<'_, PyAny>,
    key: &str,
    depth: usize,
) -> PyResult<()> {
    if depth > MOST_DEPTH {
        return Err(PyRecursionError::new_err("the value is nested too deeply"));
    }
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        string(out, text.to_str()?);
    } else if value.is_none() {
        out.push_str("null");
    } else if value.is_instance_of::<PyBool>() {
        out.push_str(if value.is_truthy()? { "true" } else { "false" });
    } else if value.is_instance_of::<PyInt>() {
        integer(out, value, key)?;
    } else if let Ok(dict) = value.cast::<PyDict>() {
        object(out, dict.iter().map(Ok), depth)?;
    } else if let Ok(list) = value.cast::<PyList>() {
        sequence(out, list.iter(), key, depth)?;
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        if key == "lines" && depth > 1 {
            line(out, tuple, depth)?;
        } else {
            sequence(out, tuple.iter(), key, depth)?;
        }
    } else if value.is_instance(class(py, &DECIMAL, "decimal", "Decimal")?)? {
        decimal(out, value)?;
    } else if value.is_instance(class(py, &DATETIME, "datetime", "datetime")?)? {
        return Err(PyTypeError::new_err("a price has a day, not a time: give a `date`"));
    } else if value.is_instance(class(py, &DATE, "datetime", "date")?)? {
        string(out, value.call_method0(intern!(py, "isoformat"))?.cast::<PyString>()?.to_str()?);
    } else if value.is_instance_of::<PyFloat>() {
        return Err(PyTypeError::new_err(format!(
            "a float is not exact: give `{key}` as a `Decimal`, an `int` or a `str`"
        )));
    } else if let Some(index) = value.getattr_opt(intern!(py, "__index__"))? {
        // An integer of another library, numpy's for example.
        integer(out, &index.call0()?, key)?;
    } else if let Some(wire) = value.getattr_opt(intern!(py, "_wire"))? {
        write(out, &wire.call0()?, key, depth)?;
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        let items = mapping.items()?;
        let pairs = items.iter().map(|pair| pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>());
        object(out, pairs, depth)?;
    } else if let Ok(items) = value.try_iter() {
        let items: Vec<_> = items.collect::<PyResult<_>>()?;
        sequence(out, items.into_iter(), key, depth)?;
    } else {
        let kind = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("`{kind}` has no form in a book or a request")));
    }
    Ok(())
}

fn integer(out: &mut String, value: &Bound<'_, PyAny>, key: &str) -> PyResult<()> {
    let digits = value.str()?;
    if INTEGERS.contains(&key) {
        out.push_str(digits.to_str()?);
    } else {
        string(out, digits.to_str()?);
    }
    Ok(())
}

fn object<'py>(
    out: &mut String,
    pairs: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>,
    depth: usize,
) -> PyResult<()> {
    out.push('{');
    let mut first = true;
    for pair in pairs {
        let (key, value) = pair?;
        let key = key.cast::<PyString>().map_err(|_| PyTypeError::new_err("a key is a `str`"))?;
        if !first {
            out.push(',');
        }
        first = false;
        string(out, key.to_str()?);
        out.push(':');
        write(out, &value, key.to_str()?, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

fn sequence<'py>(
    out: &mut String,
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    key: &str,
    depth: usize,
) -> PyResult<()> {
    out.push('[');
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push(',');
        }
        write(out, &item, key, depth + 1)?;
    }
    out.push(']');
    Ok(())
}

/// A line written as `(product, quantity)` or `(product, quantity, unit)`.
fn line(out: &mut String, tuple: &Bound<'_, PyTuple>, depth: usize) -> PyResult<()> {
    let names = ["product", "quantity", "unit"];
    if !(2..=3).contains(&tuple.len()) {
        return Err(PyTypeError::new_err(
            "a line is (product, quantity) or (product, quantity, unit)",
        ));
    }
    for (number, (name, item)) in names.iter().zip(tuple.iter()).enumerate() {
        out.push_str(if number == 0 { "{\"" } else { ",\"" });
        out.push_str(name);
        out.push_str("\":");
        write(out, &item, name, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

/// A `Decimal` without an exponent: what `str` writes is not always plain.
fn decimal(out: &mut String, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    let text = value.str()?;
    let plain = text.to_str()?;
    if plain.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') {
        string(out, plain);
        return Ok(());
    }
    let text = value.call_method1(intern!(py, "__format__"), ("f",))?;
    string(out, text.cast::<PyString>()?.to_str()?);
    Ok(())
}

pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                // Writing into a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The class `decimal.Decimal`.
pub(crate) fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    class(py, &DECIMAL, "decimal", "Decimal")
}
