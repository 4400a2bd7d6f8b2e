//! The evidence: the engine against the second engine.

use duct::Expression;

use crate::process::{Result, cargo, program, read, watch};

/// What was compared over all runs.
const RECORD: &str = "docs/proof.json";

/// The program that compares, built for release.
pub(crate) fn comparison(arguments: &[&str]) -> Expression {
    let prove =
        ["run", "--quiet", "--release", "--package", "listino-oracle", "--bin", "prove", "--"];
    cargo(&[&prove[..], arguments].concat())
}

/// Compares lines, and counts them among those compared so far.
pub(crate) fn prove(arguments: &[&str], record: bool) -> Result<()> {
    if !record {
        return watch(&comparison(arguments), &mut |_| {});
    }
    let mut commit = read(&program("git", &["rev-parse", "--short", "HEAD"]))?;
    // Whoever reads the record must be able to run the same code again.
    if !read(&program("git", &["status", "--porcelain", "crates"]))?.is_empty() {
        commit += " and changes";
    }
    let record = ["--record", RECORD, "--commit", &commit];
    comparison(&[arguments, &record].concat()).run()?;
    Ok(())
}
