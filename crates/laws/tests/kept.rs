//! The laws hold for the corpus, for what a fuzzer once broke, and for random changes of the corpus.
#![cfg(test)]

use std::path::Path;

use listino_laws::{TARGETS, seeds};

/// Random changes of the seeds that each target is given.
const CHANGES: usize = 400;

#[test]
fn the_laws_hold_for_the_corpus() {
    for (name, law) in TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has seeds");
        seeds.iter().for_each(|seed| law(seed));
    }
}

#[test]
fn the_laws_hold_for_what_once_broke_them() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept");
    for entry in std::fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        // `target-what-it-was`
        let (_, law) = TARGETS.into_iter().find(|(target, _)| name.starts_with(target)).unwrap();
        law(&std::fs::read(path).unwrap());
    }
}

#[test]
fn the_laws_hold_for_changed_inputs() {
    let mut random = fastrand::Rng::with_seed(7);
    for (name, law) in TARGETS {
        let seeds = seeds(name);
        for _ in 0..CHANGES {
            let mut data = seeds[random.usize(..seeds.len())].clone();
            for _ in 0..random.usize(1..4) {
                change(&mut random, &mut data);
            }
            law(&data);
        }
    }
}

/// Changes a byte, takes a piece out, or doubles one.
fn change(random: &mut fastrand::Rng, data: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    let at = random.usize(..data.len());
    let end = data.len().min(at + random.usize(1..12));
    match random.u8(..4) {
        0 => data[at] = random.u8(..),
        1 => data[at] = *random.choice(b"0123456789.-,:{}[]\"\n").unwrap(),
        2 => drop(data.drain(at..end)),
        _ => {
            let piece = data[at..end].to_vec();
            data.splice(at..at, piece);
        }
    }
}
