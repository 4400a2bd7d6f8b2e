//! Random books and requests of the second engine's generator: small ones that together reach every
//! kind of rule it knows.

use std::collections::BTreeSet;

use listino_core::Engine;
use listino_oracle::{Switches, generate, kinds};

use crate::{Case, Family};

/// How many seeds are looked at.
const SEEDS: u64 = 4_000;
/// A case is taken when it shows a kind of rule that fewer cases than this have shown.
const SHOWN: u32 = 2;

pub(super) fn family() -> Family {
    let mut family = Family {
        family: "wild".to_owned(),
        about: "random books that together reach every kind of rule, made by the second engine's generator".to_owned(),
        books: [].into(),
        models: [].into(),
        cases: Vec::new(),
    };
    let switches = Switches::default();
    let mut shown: std::collections::BTreeMap<&str, u32> = [].into();
    for seed in 0..SEEDS {
        let case = generate(seed, &switches);
        let Ok(engine) = Engine::compile(&case.book) else { continue };
        let Ok(quote) = engine.quote(&case.request) else { continue };
        let found: BTreeSet<&str> = kinds(&case, &quote).into_iter().collect();
        if found.iter().all(|kind| shown.get(kind).is_some_and(|count| *count >= SHOWN)) {
            continue;
        }
        for kind in found {
            *shown.entry(kind).or_default() += 1;
        }
        let name = format!("seed-{seed}");
        family.books.insert(name.clone(), case.book.to_json());
        family.cases.push(Case {
            name: name.clone(),
            call: "quote".to_owned(),
            book: Some(name),
            other: None,
            model: None,
            date: None,
            input: Some(case.request.to_json()),
            steps: Vec::new(),
            outcome: None,
        });
    }
    family
}
