//! What library code may do although it could panic: the exceptions in the code are those of
//! `docs/EVIDENCE.md`.

use std::path::Path;

use crate::process::root;

const LINTS: [&str; 6] =
    ["indexing_slicing", "expect_used", "unwrap_used", "panic", "unreachable", "string_slice"];

/// The exceptions of the files of a folder, each as a row of the table.
fn exceptions(folder: &Path, rows: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            exceptions(&path, rows);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // What follows `cfg(test)` at the end of a file is a test.
        let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
        for attribute in code.split("[expect(").skip(1) {
            let Some((lints, reason)) = attribute.split_once("reason = \"") else { continue };
            let reason = reason.split('"').next().unwrap_or_default();
            let name = path.strip_prefix(root()).unwrap_or(&path).display();
            for lint in LINTS.iter().filter(|lint| lints.contains(&format!("clippy::{lint}"))) {
                rows.push(format!("| `{name}` | `{lint}` | {reason} |"));
            }
        }
    }
}

#[test]
fn the_evidence_lists_everything_that_could_panic() {
    let mut rows = Vec::new();
    for folder in [
        "crates/money/src",
        "crates/core/src",
        "crates/solver/src",
        "crates/cli/src",
        "bindings/c/src",
        "bindings/python/src",
        "bindings/wasm/src",
    ] {
        exceptions(&root().join(folder), &mut rows);
    }
    rows.sort();
    let evidence = std::fs::read_to_string(root().join("docs/EVIDENCE.md")).unwrap();
    let mut listed: Vec<&str> = evidence
        .lines()
        .filter(|line| LINTS.iter().any(|lint| line.contains(&format!("| `{lint}` |"))))
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, rows, "docs/EVIDENCE.md and the code");
}
