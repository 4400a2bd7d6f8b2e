//! Compiled books as bytes: what is damaged is refused, and what is made up cannot break anything.
#![cfg(test)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use listino_conformance::{Family, load};
use listino_core::call::{self, Verb};
use listino_core::{Engine, LoadError};
use xxhash_rust::xxh64::xxh64;

type Calls<'c> = Vec<(Verb, &'c str)>;

/// Every book of the corpus that compiles, with the calls that the corpus makes to it.
fn books(corpus: &[Family]) -> Vec<(Vec<u8>, Calls<'_>)> {
    let mut found = Vec::new();
    for family in corpus {
        let mut calls: BTreeMap<&str, Calls<'_>> = BTreeMap::new();
        for case in &family.cases {
            if let (Some(book), Some(input), Ok(verb)) =
                (&case.book, &case.input, case.call.parse::<Verb>())
            {
                calls.entry(book).or_default().push((verb, input));
            }
        }
        for (name, text) in &family.books {
            if let Ok(engine) = call::compile(text.as_bytes()) {
                let calls = calls.remove(name.as_str()).unwrap_or_default();
                found.push((engine.to_bytes(), calls));
            }
        }
    }
    found
}

/// Changes some bytes: turns bits over, writes others, takes some out, puts some in.
fn change(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..random.usize(1..4) {
        let at = random.usize(..bytes.len());
        match random.u8(..6) {
            0 | 1 => bytes[at] ^= 1 << random.u8(..8),
            2 => bytes[at] = random.u8(..),
            3 => drop(bytes.drain(at..(at + random.usize(1..9)).min(bytes.len()))),
            4 => bytes.insert(at, random.u8(..)),
            _ => bytes.truncate(at.max(1)),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let mut random = fastrand::Rng::with_seed(20_261_124);
    for (bytes, _) in books(&load()) {
        for _ in 0..60 {
            let mut damaged = bytes.clone();
            change(&mut damaged, &mut random);
            let loaded = Engine::from_bytes(&damaged);
            assert!(damaged == bytes || loaded.is_err());
        }
        for length in 0..bytes.len().min(64) {
            assert!(Engine::from_bytes(&bytes[..length]).is_err());
        }
    }
}

/// The head of a compiled book and its checksum.
const HEAD: usize = 20;
const CHECKSUM: usize = 8;

/// Contents with a head and a checksum that fit them, as an attacker would write them.
fn sealed(head: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut bytes = head[..12].to_vec();
    bytes.extend_from_slice(&(contents.len() as u64).to_le_bytes());
    bytes.extend_from_slice(contents);
    let checksum = xxh64(&bytes, 0);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
fn made_up_contents_are_refused_or_answer() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut refused, mut loaded) = (0, 0);
    let corpus = load();
    for (bytes, calls) in books(&corpus) {
        let contents = &bytes[HEAD..bytes.len() - CHECKSUM];
        assert_eq!(sealed(&bytes, contents), bytes);
        for _ in 0..120 {
            let mut changed = contents.to_vec();
            change(&mut changed, &mut random);
            let made_up = sealed(&bytes, &changed);
            let outcome = catch_unwind(AssertUnwindSafe(|| match Engine::from_bytes(&made_up) {
                Ok(engine) => {
                    for (verb, input) in calls.iter().take(8) {
                        let _ = engine.call(*verb, input.as_bytes());
                    }
                    // What was taken is what is written again.
                    assert!(Engine::from_bytes(&engine.to_bytes()).is_ok());
                    true
                }
                Err(error) => {
                    assert!(matches!(error, LoadError::Contents { .. }), "{error}");
                    false
                }
            }));
            match outcome {
                Ok(true) => loaded += 1,
                Ok(false) => refused += 1,
                Err(_) => {
                    let path = std::env::temp_dir().join("made-up.listino");
                    std::fs::write(&path, &made_up).unwrap();
                    panic!("these bytes break the engine: {}", path.display());
                }
            }
        }
    }
    println!("{refused} refused, {loaded} loaded");
    assert!(refused > 1_000 && loaded > 1_000, "{refused} refused, {loaded} loaded");
}

#[test]
fn foreign_and_older_bytes_say_what_they_are() {
    assert_eq!(Engine::from_bytes(b"").unwrap_err(), LoadError::Foreign("book"));
    assert_eq!(Engine::from_bytes(b"PK\x03\x04....").unwrap_err(), LoadError::Foreign("book"));
    let engine = call::compile(br#"{ "v": 1, "currency": "EUR" }"#).unwrap();
    let mut bytes = engine.to_bytes();
    bytes[8] = 1;
    let error = Engine::from_bytes(&bytes).unwrap_err();
    assert_eq!(error, LoadError::Version { what: "book", found: 1, reads: 3 });
}
