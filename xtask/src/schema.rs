//! `cargo xtask schema`: starts the schema writer, which is built with the engine.

use crate::process::{Failure, Result, cargo};

/// Writes the schemas, or with `check` compares them with the checked-in ones.
pub(crate) fn run(check: bool) -> Result<()> {
    let mut arguments =
        vec!["run", "--quiet", "--package", "xtask", "--features", "schema", "--bin", "schema"];
    if check {
        arguments.extend(["--", "--check"]);
    }
    let output = cargo(&arguments).run()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Failure("the schemas are not up to date: run `cargo xtask schema`".to_owned()))
    }
}
