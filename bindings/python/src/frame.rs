//! Frames in and out, by the Arrow C stream interface.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{Field, SchemaRef};
use listino_arrow::{Errors, FrameError, Keep, Options, PricedReader};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;

use crate::convert::count;
use crate::error::raise;

/// The priced lines of a frame: a frame itself, for everything that reads Arrow.
#[pyclass(frozen, module = "listino")]
pub(crate) struct Frame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

/// The columns of a frame as one array of structs.
fn field(schema: &SchemaRef) -> Arc<Field> {
    Arc::new(Field::new_struct("", schema.fields().clone(), false))
}

#[pymethods]
impl Frame {
    /// The frame as a stream: `polars.DataFrame`, `pyarrow.table`, `pandas.DataFrame.from_arrow` and
    /// DuckDB read it.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let structs = |batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef);
        let batches = self.batches.clone().into_iter().map(structs);
        let stream = ArrayIterator::new(batches, field(&self.schema));
        to_stream_pycapsule(py, Box::new(stream), requested_schema)
    }

    /// The columns and their types.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema.as_ref())
    }

    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        let columns = self.schema.fields().len();
        format!("Frame({}, {})", count(self.__len__(), "row"), count(columns, "column"))
    }
}

/// Whether an object is a frame.
pub(crate) fn is_frame(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    Ok(object.hasattr(intern!(py, "__arrow_c_stream__"))?
        || object.hasattr(intern!(py, "__arrow_c_array__"))?)
}

/// What `keep` means: nothing, everything, or the names of columns.
pub(crate) fn keep(keep: Option<&Bound<'_, PyAny>>) -> PyResult<Keep> {
    let Some(keep) = keep else { return Ok(Keep::None) };
    if let Ok(all) = keep.extract::<bool>() {
        return Ok(if all { Keep::All } else { Keep::None });
    }
    if keep.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("`keep` is True or a list of columns, not one name"));
    }
    Ok(Keep::Named(keep.extract::<Vec<String>>()?))
}

/// What `errors` means.
pub(crate) fn errors(errors: &str) -> PyResult<Errors> {
    match errors {
        "raise" => Ok(Errors::Raise),
        "column" => Ok(Errors::Column),
        other => Err(PyValueError::new_err(format!(
            "`errors` is \"raise\" or \"column\", not {other:?}"
        ))),
    }
}

/// Prices a frame batch by batch; between two of them signals are looked at.
pub(crate) fn price(
    engine: &listino_core::Engine,
    frame: &Bound<'_, PyAny>,
    options: Options,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Frame> {
    let py = frame.py();
    let failed = |error: FrameError| raise(py, &error.into());
    let source = frame.extract::<AnyRecordBatch>()?.into_reader()?;
    let mut reader = PricedReader::new(engine, source, options).map_err(failed)?;
    let schema = arrow_array::RecordBatchReader::schema(&reader);
    let mut batches = Vec::new();
    while let Some(batch) = py.detach(|| reader.next()) {
        py.check_signals()?;
        let batch = batch.map_err(|error| failed(error.into()))?;
        if let Some(progress) = progress {
            progress.call1((batch.num_rows(),))?;
        }
        batches.push(batch);
    }
    Ok(Frame { schema, batches })
}
