//! Errors of the core as exceptions of `listino._errors`.

use listino_core::call::CallError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static RAISED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception for an error, with everything that the error knows.
pub(crate) fn raise(py: Python<'_>, error: &CallError) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let factory = RAISED.get_or_try_init(py, || {
            py.import("listino._errors")?.getattr("_from_json").map(Bound::unbind)
        })?;
        Ok(PyErr::from_value(factory.bind(py).call1((error.to_json(),))?))
    };
    make().unwrap_or_else(|error| error)
}

/// A result of the core as one of Python.
pub(crate) fn ok<T>(py: Python<'_>, result: Result<T, CallError>) -> PyResult<T> {
    result.map_err(|error| raise(py, &error))
}
