//! `cargo xtask test`: the suites in their order, and what became of them.

use std::time::{Duration, Instant};

use duct::Expression;

use crate::count::{Count, closing_line};
use crate::need::Need;
use crate::process::{Result, cargo, program, succeeds, watch};
use crate::{c, examples, instructions, proof, python, schema, story, wasm};

/// One suite: a name, what it needs from the machine, what it does.
struct Suite {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    run: fn(&mut Tests) -> Result<()>,
}

/// All suites, in the order in which they run. A new suite is a new entry here.
const SUITES: &[Suite] = &[
    Suite {
        name: "formats",
        about: "every file is formatted",
        needs: &[Need::Component { name: "rustfmt", command: "fmt" }],
        run: |tests| tests.watch(&cargo(&["fmt", "--all", "--check"])),
    },
    Suite {
        name: "lints",
        about: "clippy has nothing to say",
        needs: &[Need::Component { name: "clippy", command: "clippy" }],
        run: |tests| {
            let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
            tests.watch(&cargo(&[&everything[..], &["--", "-D", "warnings"]].concat()))
        },
    },
    Suite { name: "tests", about: "unit, law and integration tests", needs: &[], run: rust_tests },
    Suite {
        name: "configurator",
        about: "100,000 random models agree with batsat, and the real ones serve every customer",
        needs: &[],
        run: |tests| {
            let models = |arguments: &[&str]| {
                let everything = ["test", "--workspace", "--all-features"];
                let test = cargo(&[&everything[..], arguments].concat());
                test.env("LISTINO_RANDOM_MODELS", "100000")
            };
            tests.watch(&models(&["--lib", "configure::"]))?;
            tests.watch(&models(&["--test", "batsat", "--test", "configure_models"]))
        },
    },
    Suite {
        name: "prove",
        about: "the engine and the second engine agree on 5,000,000 lines, byte for byte",
        needs: &[],
        run: |tests| {
            let lines = ["--lines", "5000000", "--seed", "5000", "--jobs", "2"];
            tests.watch(&proof::comparison(&lines)?)
        },
    },
    Suite {
        name: "doctests",
        about: "the examples in the documentation run",
        needs: &[],
        run: |tests| {
            let arguments = ["test", "--doc", "--workspace", "--all-features", "--no-fail-fast"];
            tests.watch(&cargo(&arguments))
        },
    },
    Suite {
        name: "examples",
        about: "every public type and function of the core is shown in an example",
        needs: &[],
        run: |_| examples::run(),
    },
    Suite {
        name: "docs",
        about: "the documentation builds without warnings",
        needs: &[],
        run: |tests| {
            let doc = cargo(&["doc", "--no-deps", "--workspace", "--all-features"]);
            tests.watch(&doc.env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
    Suite {
        name: "schema",
        about: "the checked-in JSON Schemas are what the code says",
        needs: &[],
        run: |_| schema::run(true),
    },
    Suite {
        name: "rivals",
        about: "the programs we measure against price like the engine",
        needs: &[Need::Debian { program: "python3", package: "python3" }],
        run: crate::bench::rivals_agree,
    },
    Suite {
        name: "python",
        about: "the Python package builds, installs, and answers the corpus byte for byte",
        needs: &[Need::Venv(python::HOME)],
        run: python::test,
    },
    Suite {
        name: "spark",
        about: "a local Spark prices the history on 1, 2 and 7 partitions to the same bytes",
        needs: &[
            Need::Debian { program: "java", package: "openjdk-17-jre-headless" },
            Need::Venv(python::HOME),
            Need::Venv(python::SPARK),
        ],
        run: python::spark,
    },
    Suite {
        name: "notebook",
        about: "the notebooks of the examples run from their beginning",
        needs: &[Need::Venv(python::HOME), Need::Venv(python::NOTEBOOKS)],
        run: python::notebooks,
    },
    Suite {
        name: "c",
        about: "the C interface keeps its header, its memory and the corpus",
        needs: &[
            Need::Debian { program: "cc", package: "build-essential" },
            Need::Debian { program: "valgrind", package: "valgrind" },
        ],
        run: c::test,
    },
    Suite {
        name: "instructions",
        about: "a line, a quote, a batch, a compilation and a load need no more instructions than before",
        needs: &[Need::Debian { program: "valgrind", package: "valgrind" }],
        run: |_| instructions::run(false),
    },
    Suite {
        name: "php",
        about: "PHP answers the corpus and prices the cart of the example",
        needs: &[Need::Debian { program: "php", package: "php-cli" }],
        run: c::php,
    },
    Suite {
        name: "node",
        about: "the npm package builds, keeps its types, and answers the corpus in Node",
        needs: wasm::NEEDS,
        run: wasm::node_suite,
    },
    Suite {
        name: "browser",
        about: "Chromium answers the corpus, and a customer quotes in it",
        needs: wasm::BROWSER_NEEDS,
        run: wasm::browser_suite,
    },
    Suite {
        name: "adventureworks",
        about: "the commands of the example's README do what they say",
        needs: &[],
        run: |_| story::run("examples/adventureworks/README.md"),
    },
    Suite {
        name: "bike",
        about: "the bicycle of the example is configured and quoted as its README says",
        needs: &[],
        run: |_| story::run("examples/bike/README.md"),
    },
];

/// Suites that run when they are named and only then: each takes longer, or installs more, than a
/// change should wait for.
const NAMED: &[Suite] = &[
    Suite {
        name: "release",
        about: "the core's tests without debug assertions, and 10,000,000 rows of arithmetic",
        needs: &[],
        run: proof::release,
    },
    Suite {
        name: "miri",
        about: "core unit tests and the C interface under Miri",
        needs: &[Need::Nightly("miri")],
        run: proof::miri,
    },
    Suite {
        name: "python-memory",
        about: "the Python extension touches no memory that is not its own",
        needs: &[
            Need::Debian { program: "valgrind", package: "valgrind" },
            Need::Venv(python::HOME),
        ],
        run: python::memory,
    },
    Suite {
        name: "python-sanitized",
        about: "AddressSanitizer has nothing to say of the Python extension",
        needs: &[
            Need::Debian { program: "gcc", package: "build-essential" },
            Need::Nightly("rustc"),
            Need::Venv(python::HOME),
        ],
        run: python::sanitized,
    },
    Suite {
        name: "mutants",
        about: "every change of money that a tool knows is noticed by its tests",
        needs: &[Need::Cargo { command: "mutants", package: "cargo-mutants" }],
        run: proof::mutants,
    },
    Suite {
        name: "coverage",
        about: "the tests of money reach all its lines and branches",
        needs: &[
            Need::Cargo { command: "llvm-cov", package: "cargo-llvm-cov" },
            Need::Nightly("llvm-tools"),
        ],
        run: proof::coverage,
    },
    Suite {
        name: "c-install",
        about: "the C library installs with header, pkg-config file and soname, and a program finds it",
        needs: &[
            Need::Debian { program: "cc", package: "build-essential" },
            Need::Debian { program: "pkg-config", package: "pkg-config" },
            // The newest for the Rust that the library is built with.
            Need::Cargo { command: "cinstall", package: "cargo-c@0.10.24" },
        ],
        run: |_| c::install(),
    },
    Suite {
        name: "oldest-rust",
        about: "all but the command compiles with the oldest Rust that it says it does",
        needs: &[Need::Toolchain(proof::OLDEST_RUST)],
        run: proof::oldest_rust,
    },
    Suite {
        name: "reproducible",
        about: "two builds of the wheel and of the modules for the browser are the same bytes",
        needs: &[
            Need::Venv(python::HOME),
            Need::Target("wasm32-unknown-unknown"),
            Need::Npm(wasm::HOME),
        ],
        run: proof::reproducible,
    },
    Suite {
        name: "alone",
        about: "the command and the C library compile with no more than they ask for",
        needs: &[],
        run: |tests| {
            ["listino-cli", "listino-ffi"]
                .iter()
                .try_for_each(|name| tests.watch(&cargo(&["check", "--package", name])))
        },
    },
    Suite {
        name: "supply-chain",
        about: "licences, bans and sources of the dependencies",
        needs: &[Need::Cargo { command: "deny", package: "cargo-deny" }],
        run: proof::supply_chain,
    },
];

/// The names of the suites.
pub(crate) fn names() -> Vec<&'static str> {
    SUITES.iter().chain(NAMED).map(|suite| suite.name).collect()
}

/// Counts tests while they run.
#[derive(Default)]
pub(crate) struct Tests {
    count: Count,
}

impl Tests {
    /// Runs a program in full view and counts what its test runner counts.
    pub(crate) fn watch(&mut self, expression: &Expression) -> Result<()> {
        let count = &mut self.count;
        watch(expression, &mut |line| {
            if let Some(more) = closing_line(line) {
                *count += more;
            }
        })
    }
}

fn rust_tests(tests: &mut Tests) -> Result<()> {
    let common = ["--workspace", "--all-features", "--no-fail-fast"];
    // nextest is faster where it is installed; it is no reason to install anything.
    if succeeds(&program("cargo-nextest", &["nextest", "--version"])) {
        tests.watch(&cargo(&[&["nextest", "run"][..], &common].concat()))
    } else {
        let targets = ["--lib", "--bins", "--tests", "--examples"];
        tests.watch(&cargo(&[&["test"][..], &common, &targets].concat()))
    }
}

/// What became of a suite.
enum Outcome {
    Passed,
    Failed(String),
    /// The machine lacks something; this line would install it.
    NotRun(String),
}

/// Runs the suites; true when nothing failed (and, with `all`, when every suite ran).
pub(crate) fn run(all: bool, only: &[String]) -> bool {
    let named = |suite: &&Suite| only.iter().any(|name| name == suite.name);
    let always = if only.is_empty() { SUITES } else { &[] };
    let chosen = always.iter().chain(SUITES.iter().chain(NAMED).filter(named));
    let mut tests = Tests::default();
    let mut outcomes = Vec::new();
    for suite in chosen {
        println!("\n==> {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let missing = suite.needs.iter().find_map(|need| need.meet().err());
        let outcome = match missing {
            Some(line) => Outcome::NotRun(line),
            None => match (suite.run)(&mut tests) {
                Ok(()) => Outcome::Passed,
                Err(failure) => Outcome::Failed(failure.to_string()),
            },
        };
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => println!("==> {} FAILED: {why}", suite.name),
            Outcome::NotRun(line) => println!("==> {} cannot run here; try: {line}", suite.name),
        }
        outcomes.push((suite, outcome, start.elapsed()));
    }
    let (text, good) = summary(&outcomes, tests.count, all);
    println!("{text}");
    good
}

/// The closing lines, and whether all is well. The very last line is the count.
fn summary(outcomes: &[(&Suite, Outcome, Duration)], count: Count, all: bool) -> (String, bool) {
    let mut text = String::from("\nSuites:\n");
    let mut good = count.failed == 0;
    let mut missing = String::new();
    for (suite, outcome, time) in outcomes {
        let (name, seconds) = (suite.name, time.as_secs_f64());
        text += &match outcome {
            Outcome::Passed => format!("  {name:<16} ok       {seconds:>7.1} s\n"),
            Outcome::Failed(why) => {
                good = false;
                format!("  {name:<16} FAILED   {seconds:>7.1} s  {why}\n")
            }
            Outcome::NotRun(line) => {
                good &= !all;
                missing += &format!("NOT RUN: {name} needs: {line}\n");
                format!("  {name:<16} NOT RUN\n")
            }
        };
    }
    (format!("{text}{missing}{count}"), good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(outcome: Outcome, failed: u64, all: bool) -> (String, bool) {
        let outcomes: Vec<_> = SUITES
            .first()
            .into_iter()
            .zip([outcome])
            .map(|(s, o)| (s, o, Duration::ZERO))
            .collect();
        summary(&outcomes, Count { passed: 3, failed }, all)
    }

    #[test]
    fn the_last_line_is_the_count() {
        for outcome in [Outcome::Passed, Outcome::NotRun("do this".to_owned())] {
            assert_eq!(closing(outcome, 1, true).0.lines().last(), Some("3 passed, 1 failed"));
        }
    }

    #[test]
    fn a_suite_that_cannot_run_fails_only_where_all_must() {
        let not_run = || Outcome::NotRun("sudo apt-get install python3".to_owned());
        assert!(closing(not_run(), 0, false).1);
        assert!(!closing(not_run(), 0, true).1);
        let named = "NOT RUN: formats needs: sudo apt-get install python3";
        assert!(closing(not_run(), 0, false).0.contains(named));
    }

    #[test]
    fn failures_fail() {
        assert!(closing(Outcome::Passed, 0, true).1);
        assert!(!closing(Outcome::Passed, 1, false).1);
        assert!(!closing(Outcome::Failed("why".to_owned()), 0, false).1);
    }
}
