//! The engine against the oracle, on generated books and requests.

use listino_oracle::{Task, corpus_case, differences, found, prove, smallest};

/// Enough lines that every kind of rule meets most of the others.
const LINES: u64 = 20_000;

#[test]
fn the_engine_and_the_oracle_agree() {
    let summary = prove(&Task::new(LINES, 2_024), &mut |_| {});
    if let Some(found) = summary.found.first() {
        let small = smallest(found);
        panic!(
            "{} of {} cases differ; the first, made small:\n{:#?}\n{}",
            summary.different,
            summary.requests,
            differences(&small),
            corpus_case(&small)
        );
    }
    assert!(summary.lines >= LINES);
    assert!(summary.priced * 3 > summary.lines, "{} lines have a price", summary.priced);
    // What the engine refuses for its length is not compared: it must stay rare.
    assert!(summary.too_long * 50 <= summary.lines, "{} lines skipped", summary.too_long);
    for (kind, count) in summary.kinds() {
        assert!(count > 0, "never reached: {kind}");
    }
}

#[test]
fn what_was_found_once_stays_mended() {
    let cases = found();
    assert!(cases.len() >= 8);
    for (name, case) in cases {
        assert!(differences(&case).is_empty(), "{name}: {:#?}", differences(&case));
    }
}
