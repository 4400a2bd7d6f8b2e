//! The Python module `listino._listino`: convert, call, convert back.
//!
//! There are no rules in here. What is asked becomes JSON and goes through `listino_core::call`;
//! what is answered becomes objects in `listino/_model.py`, by the same names as on the wire.

mod convert;
mod engine;
mod error;
mod frame;
mod quote;
mod session;

use pyo3::prelude::*;

/// Memory for the answers: of a frame as large as the one before, the system need not find it anew.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The engine room of `listino`.
#[pymodule(gil_used = false)]
mod _listino {
    #[pymodule_export]
    use crate::convert::to_json;
    #[pymodule_export]
    use crate::engine::{Engine, PriceBook, check_json};
    #[pymodule_export]
    use crate::frame::Frame;
    #[pymodule_export]
    use crate::quote::Quote;
    #[pymodule_export]
    use crate::session::{Configurator, Session};
}
