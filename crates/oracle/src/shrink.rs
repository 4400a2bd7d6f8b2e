//! Makes a case smaller while it still shows what it shows.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::compare::{Difference, class};
use crate::generate::Case;
use crate::prove::{Found, differences};

/// Removes everything that is not needed for `fails` to stay true: first whole elements of lists
/// and entries of maps, then fields, until nothing more can go.
pub fn shrink(case: &Case, fails: &dyn Fn(&Case) -> bool) -> Case {
    let mut best = document(case);
    loop {
        let mut smaller = false;
        let mut places = places(&best);
        // Large things first: their parts go with them.
        places.sort_by_key(String::len);
        for place in places {
            let mut attempt = best.clone();
            if remove(&mut attempt, &place)
                && let Some(candidate) = read(&attempt)
                && fails(&candidate)
            {
                best = attempt;
                smaller = true;
            }
        }
        if !smaller {
            return read(&best).unwrap_or_else(|| case.clone());
        }
    }
}

/// The smallest case that still shows the first difference of a found one.
pub fn smallest(found: &Found) -> Case {
    let first = |differences: &[Difference]| differences.first().map(|first| class(&first.path));
    let wanted = first(&found.differences);
    shrink(&found.case, &|case| first(&differences(case)) == wanted)
}

/// A case as one JSON document.
pub fn corpus_case(case: &Case) -> Value {
    document(case)
}

/// Reads a corpus case back.
///
/// # Errors
/// What is wrong with the text.
pub fn read_case(text: &str) -> Result<Case, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    read(&value).ok_or_else(|| "not a book and a request".to_owned())
}

/// The cases that were found once and are kept, by name.
///
/// # Panics
/// When one cannot be read.
pub fn found() -> Vec<(String, Case)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/found");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the cases are in a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let case = |path: &std::path::PathBuf| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        let text = std::fs::read_to_string(path).expect("a file");
        (name.unwrap_or_default(), read_case(&text).expect("a case"))
    };
    paths.iter().map(case).collect()
}

fn document(case: &Case) -> Value {
    json!({
        "book": serde_json::to_value(&*case.book).expect("a book is JSON"),
        "request": serde_json::to_value(&case.request).expect("a request is JSON"),
    })
}

fn read(document: &Value) -> Option<Case> {
    Some(Case {
        seed: 0,
        book: Arc::new(serde_json::from_value(document.get("book")?.clone()).ok()?),
        request: serde_json::from_value(document.get("request")?.clone()).ok()?,
    })
}

fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, places: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, child) in fields {
                    let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                    walk(child, &path, places);
                    places.push(path);
                }
            }
            Value::Array(items) => {
                for (index, child) in items.iter().enumerate().rev() {
                    let path = format!("{path}/{index}");
                    walk(child, &path, places);
                    places.push(path);
                }
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    walk(value, "", &mut places);
    places
}

fn remove(document: &mut Value, place: &str) -> bool {
    let Some((parent, key)) = place.rsplit_once('/') else { return false };
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&key).is_some(),
        Some(Value::Array(items)) => match key.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}
