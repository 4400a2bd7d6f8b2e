//! Inputs to begin with, from the conformance corpus: nothing is stored twice.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{CONFIGURATORS, ENGINES};

/// The name of a target and its law.
pub type Target = (&'static str, fn(&[u8]));

fn families() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus is a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a file");
    paths.iter().map(|path| serde_json::from_str(&read(path)).expect("a family")).collect()
}

fn texts(of: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for family in families() {
        let map = family.get(of).and_then(Value::as_object).cloned().unwrap_or_default();
        for text in map.values().filter_map(Value::as_str) {
            if text.len() < 100_000 && !texts.iter().any(|known| known == text) {
                texts.push(text.to_owned());
            }
        }
    }
    texts
}

pub(crate) fn books() -> Vec<String> {
    texts("books")
}

pub(crate) fn models() -> Vec<String> {
    texts("models")
}

/// Inputs of a target to begin with.
///
/// # Panics
/// When the corpus cannot be read, or the target is not one.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    let mut add = |prefix: &[u8], text: &str| seeds.push([prefix, text.as_bytes()].concat());
    let cases = || {
        families().into_iter().flat_map(|family| {
            family.get("cases").and_then(Value::as_array).cloned().unwrap_or_default()
        })
    };
    match target {
        "book" => books().iter().for_each(|book| add(&[], book)),
        "request" => {
            for (number, case) in cases().filter(|case| case["call"] == "quote").enumerate() {
                add(&[number as u8], case["input"].as_str().unwrap_or_default());
            }
        }
        "call" => {
            for (number, case) in cases().enumerate() {
                if let Ok(verb) = case["call"].as_str().unwrap_or_default().parse() {
                    let all = listino_core::call::Verb::ALL;
                    let place = all.iter().position(|one| *one == verb).unwrap_or_default();
                    let input = case["input"].as_str().unwrap_or_default();
                    add(&[place as u8, number as u8], input);
                }
            }
        }
        "session" => {
            for (number, case) in cases().filter(|case| case["call"] == "configure").enumerate() {
                let steps: Vec<&str> = case["steps"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|step| step["input"].as_str())
                    .collect();
                add(&[number as u8], &steps.join("\n"));
            }
        }
        "uvl" => {
            add(
                &[],
                "features\n\tA\n\t\tmandatory\n\t\t\tB\n\t\t\tC {price 3}\n\t\toptional\n\t\t\tD\nconstraints\n\tB => !D\n",
            );
            add(
                &[],
                "features\n  Root {abstract}\n    alternative\n      x\n      y\n    [1..2]\n      p\n      q\n      r\nconstraints\n  x & p | (q <=> r)\n  sum(price) > 3\n",
            );
        }
        "dimacs" => {
            add(&[], "c 1 lamp\np cnf 3 2\n-1 2 0\n-2 -3 0\n");
            add(&[], "p cnf 2 1\n-1 2 0\n\0g lamp 1\ng bulb 2\n");
        }
        "blob" => seeds.extend(CONFIGURATORS.iter().map(|one| one.to_bytes())),
        "load" => seeds.extend(ENGINES.iter().map(|one| one.to_bytes())),
        "table" => seeds.extend(crate::tables::seeds()),
        other => panic!("no target is named `{other}`"),
    }
    seeds
}
