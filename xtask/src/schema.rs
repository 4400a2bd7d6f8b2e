//! `cargo xtask schema`: starts the schema writer, which is built with the engine.

use crate::process::{Result, must, own};

/// Writes the schemas, or with `check` compares them with the checked-in ones.
pub(crate) fn run(check: bool) -> Result<()> {
    let arguments = if check { &["--check"][..] } else { &[] };
    let writer = own("dev", "schema", arguments)?;
    must(&writer, "the schemas are not up to date: run `cargo xtask schema`")
}
