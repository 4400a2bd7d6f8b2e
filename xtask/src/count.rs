//! How many tests passed, read from the closing lines of the test runners.

use std::ops::AddAssign;

/// Tests that passed and tests that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The count in a line of output, where the line closes a run of one of the known runners.
pub(crate) fn closing_line(line: &str) -> Option<Count> {
    let line = plain(line);
    let line = line.trim();
    let counted = |passed, failed| Some(Count { passed, failed });
    // cargo test: `test result: ok. 5 passed; 0 failed; 0 ignored; ...`
    if let Some(rest) = line.strip_prefix("test result:") {
        return counted(before(rest, "passed").unwrap_or(0), before(rest, "failed").unwrap_or(0));
    }
    // nextest: `Summary [0.5s] 3 tests run: 2 passed (1 slow), 1 failed, 0 skipped`; a test that
    // ran out of time and one whose process ended with an error are failures too.
    if line.starts_with("Summary [") && line.contains("run:") {
        let bad = ["failed", "timed", "exec"].iter().filter_map(|word| before(line, word)).sum();
        return counted(before(line, "passed").unwrap_or(0), bad);
    }
    // pytest: `===== 1 failed, 5 passed in 0.12s =====`
    if line.starts_with("==") && line.ends_with("==") && line.contains(" in ") {
        let bad = ["failed", "error", "errors"].iter().filter_map(|w| before(line, w)).sum();
        let good = before(line, "passed");
        return (good.is_some() || bad > 0)
            .then_some(Count { passed: good.unwrap_or(0), failed: bad });
    }
    // node --test: `# pass 5` and `# fail 0`, or `ℹ pass 5` on a screen.
    let tap = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    match tap.split_once(' ')? {
        ("pass", number) => counted(number.parse().ok()?, 0),
        ("fail", number) => counted(0, number.parse().ok()?),
        _ => None,
    }
}

/// The number that stands before a word, as in `5 passed`.
fn before(line: &str, word: &str) -> Option<u64> {
    let mut words = line.split([' ', ';', ',']).filter(|word| !word.is_empty());
    let mut last = words.next()?;
    for next in words {
        if next == word {
            return last.parse().ok();
        }
        last = next;
    }
    None
}

/// A line without the escape sequences that colour it.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut escaped = false;
    for c in line.chars() {
        match (escaped, c) {
            (false, '\u{1b}') => escaped = true,
            (false, c) => text.push(c),
            (true, c) => escaped = !c.is_ascii_alphabetic(),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u64, failed: u64) -> Option<Count> {
        Some(Count { passed, failed })
    }

    #[test]
    fn every_runner_is_understood() {
        let lines = [
            (
                "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                count(5, 0),
            ),
            (
                "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                count(5, 2),
            ),
            (
                "     Summary [   0.123s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped",
                count(9, 3),
            ),
            ("     Summary [   0.123s] 1 test run: 1 passed, 0 skipped", count(1, 0)),
            ("========= 1 failed, 5 passed, 2 warnings in 0.12s =========", count(5, 1)),
            (
                "=========================== 7 passed in 3.40s ===========================",
                count(7, 0),
            ),
            ("# pass 11", count(11, 0)),
            ("ℹ fail 2", count(0, 2)),
        ];
        for (line, expected) in lines {
            assert_eq!(closing_line(line), expected, "{line}");
        }
    }

    #[test]
    fn colours_do_not_hide_a_count() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(closing_line(line), count(2, 0));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in ["running 5 tests", "test a::b ... ok", "# a heading", "== title ==", ""] {
            assert_eq!(closing_line(line), None, "{line}");
        }
    }
}
