//! The evidence: the second engine, the fuzzers, Miri, release builds, the supply chain.

use duct::Expression;

use crate::process::{
    Failure, Result, cargo, cargo_environment, cargo_of, must, own, program, read, root,
    target_directory, watch,
};
use crate::suite::Tests;
use crate::{python, wasm};

/// What was compared over all runs.
const RECORD: &str = "docs/proof.json";
/// The targets of `fuzz/`.
const TARGETS: [&str; 9] =
    ["book", "request", "call", "session", "uvl", "dimacs", "blob", "load", "table"];

/// The program that compares, built for release.
pub(crate) fn comparison(arguments: &[&str]) -> Result<Expression> {
    own("release", "prove", arguments)
}

/// Compares lines, and counts them among those compared so far.
pub(crate) fn prove(arguments: &[&str], record: bool) -> Result<()> {
    if !record {
        return watch(&comparison(arguments)?, &mut |_| {});
    }
    let mut commit = read(&program("git", &["rev-parse", "--short", "HEAD"]))?;
    // Whoever reads the record must be able to run the same code again.
    if !read(&program("git", &["status", "--porcelain", "crates"]))?.is_empty() {
        commit += " and changes";
    }
    let record = ["--record", RECORD, "--commit", &commit];
    must(&comparison(&[arguments, &record].concat())?, "the two engines differ")
}

/// Cargo of the nightly toolchain, which the fuzzers and Miri need.
fn nightly(arguments: &[&str]) -> Expression {
    cargo_of("nightly", arguments)
}

/// Runs every fuzz target in turn, the minutes shared among them, and says what was executed.
pub(crate) fn fuzz(minutes: u64) -> Result<()> {
    let seconds = (minutes * 60).div_ceil(TARGETS.len() as u64);
    let mut report = String::new();
    let mut failed = Vec::new();
    for target in TARGETS {
        let corpus = root().join("fuzz/corpus").join(target).display().to_string();
        must(&own("dev", "seeds", &[target, &corpus])?, "the seeds were not written")?;
        let time = format!("-max_total_time={seconds}");
        let run = ["fuzz", "run", "--fuzz-dir", "fuzz", target, "--"];
        let options = [time.as_str(), "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=3000"];
        let (mut executions, mut coverage) = (String::new(), String::new());
        let outcome = watch(&nightly(&[&run[..], &options].concat()), &mut |line| {
            if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
                count.trim().clone_into(&mut executions);
            }
            if let Some((_, rest)) = line.split_once(" cov: ") {
                rest.split(' ').next().unwrap_or_default().clone_into(&mut coverage);
            }
        });
        if outcome.is_err() {
            failed.push(target);
        }
        report += &format!("{target:<10} {executions:>12} executions, {coverage:>6} edges\n");
    }
    println!("\n{report}");
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("crashes in fuzz/artifacts of {}", failed.join(", "))))
    }
}

/// The unit tests of the core that Miri is too slow for: searches, and thousands of random rules.
const NOT_MIRI: [&str; 4] = ["--skip", "configure::", "--skip", "panels::"];

/// Unit tests of money and core, and the C interface, under Miri.
pub(crate) fn miri(tests: &mut Tests) -> Result<()> {
    let flags = "-Zmiri-disable-isolation";
    for (package, names) in [("listino-money", &[][..]), ("listino-core", &NOT_MIRI)] {
        let unit = ["miri", "test", "--package", package, "--lib", "--"];
        let unit = nightly(&[&unit[..], names].concat()).env("MIRIFLAGS", flags);
        // Snapshots ask cargo where the workspace is, and Miri starts no programs.
        let unit = unit.env("INSTA_WORKSPACE_ROOT", root()).env("INSTA_UPDATE", "no");
        tests.watch(&unit.env("PROPTEST_CASES", "8"))?;
    }
    let ffi = ["miri", "test", "--package", "listino-ffi", "--lib", "--"];
    let panics = "a_panic_becomes_an_error";
    tests.watch(&nightly(&[&ffi[..], &["--skip", panics]].concat()).env("MIRIFLAGS", flags))?;
    // What a panic carries is let go of on purpose: to drop it could panic again.
    let flags = format!("{flags} -Zmiri-ignore-leaks");
    tests.watch(&nightly(&[&ffi[..], &[panics]].concat()).env("MIRIFLAGS", flags))
}

/// The tests of money and core as users run the code: optimised, without debug assertions,
/// overflows checked.
pub(crate) fn release(tests: &mut Tests) -> Result<()> {
    let packages = ["--package", "listino-money", "--package", "listino-core"];
    tests.watch(&cargo(&[&["test", "--release", "--lib", "--tests"][..], &packages].concat()))?;
    tests.watch(&own("release", "arithmetic", &[])?)
}

/// Changes money in every way that a tool knows, one at a time: the tests must notice each.
pub(crate) fn mutants(_: &mut Tests) -> Result<()> {
    let folder = target_directory().join("mutants");
    // What an earlier run found says nothing of this one.
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let out = folder.display().to_string();
    let money = ["mutants", "--package", "listino-money", "--all-features", "--output", &out];
    let options = ["--test-package", "listino-money", "--timeout", "20", "--colors", "never"];
    let run = program("cargo", &[&money[..], &options].concat());
    // A change that never ends is noticed too, but not a good end for the tool.
    let _ = watch(&cargo_environment(run), &mut |_| {});
    let text = std::fs::read_to_string(folder.join("mutants.out/outcomes.json"))?;
    let found: Mutants = serde_json::from_str(&text).map_err(|e| Failure(e.to_string()))?;
    let Mutants { total_mutants, caught, timeout, unviable, missed } = found;
    println!("{total_mutants} changes: {caught} caught, {timeout} without end, {unviable} refused");
    if missed > 0 || caught == 0 || caught + timeout + unviable != total_mutants {
        return Err(Failure(format!("{missed} changes went unnoticed")));
    }
    Ok(())
}

/// What became of the changes.
#[derive(serde::Deserialize)]
struct Mutants {
    total_mutants: u64,
    caught: u64,
    timeout: u64,
    unviable: u64,
    missed: u64,
}

/// The tests of money reach every line of it, and every branch both ways.
pub(crate) fn coverage(_: &mut Tests) -> Result<()> {
    let money = ["llvm-cov", "--branch", "--package", "listino-money", "--all-features"];
    let report = ["--json", "--summary-only", "--ignore-filename-regex", "crates/money/tests"];
    let text = read(&nightly(&[&money[..], &report].concat()))?;
    let found: Summary = serde_json::from_str(&text).map_err(|e| Failure(e.to_string()))?;
    let (mut lines_seen, mut missed) = (0, 0);
    for data in &found.data {
        for file in &data.files {
            let (lines, branches) = (&file.summary.lines, &file.summary.branches);
            lines_seen += lines.count;
            missed += lines.missed() + branches.missed();
            println!(
                "{}: {} of {} lines, {} of {} branches",
                file.filename, lines.covered, lines.count, branches.covered, branches.count
            );
        }
    }
    if missed == 0 && lines_seen > 0 {
        return Ok(());
    }
    Err(Failure(format!("{missed} lines and branches missed, of {lines_seen} lines")))
}

/// The part of a coverage report that counts.
#[derive(serde::Deserialize)]
struct Summary {
    data: Vec<SummaryData>,
}

#[derive(serde::Deserialize)]
struct SummaryData {
    files: Vec<SummaryFile>,
}

#[derive(serde::Deserialize)]
struct SummaryFile {
    filename: String,
    summary: SummaryCounts,
}

#[derive(serde::Deserialize)]
struct SummaryCounts {
    lines: Covered,
    branches: Covered,
}

#[derive(serde::Deserialize)]
struct Covered {
    count: u64,
    covered: u64,
}

impl Covered {
    const fn missed(&self) -> u64 {
        self.count - self.covered
    }
}

/// What others embed compiles with the oldest Rust that it says it does; the command, which reads
/// from a terminal, says another.
pub(crate) fn oldest_rust(_: &mut Tests) -> Result<()> {
    let check = ["check", "--workspace", "--all-features", "--all-targets"];
    let but = ["--exclude", "listino-cli", "--exclude", "listino-laws"];
    must(
        &cargo_of(OLDEST_RUST, &[&check[..], &but].concat()),
        "it needs a newer Rust than `rust-version` says",
    )
}

/// `rust-version` of the workspace.
pub(crate) const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Two builds in two empty folders give the same bytes: the wheel, and all that a browser loads.
pub(crate) fn reproducible(_: &mut Tests) -> Result<()> {
    let home = target_directory().join("reproducible");
    let mut builds = Vec::new();
    for name in ["one", "two"] {
        let folder = home.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        builds.push([python::wheel_in(&folder)?, wasm::modules_in(&folder)?].concat());
        // What was compiled on the way must not serve the other build, and fills the disk.
        std::fs::remove_dir_all(&folder)?;
    }
    let [one, two] = builds.as_slice() else { return Err(Failure("no builds".to_owned())) };
    if one.is_empty() || one.len() != two.len() {
        return Err(Failure(format!("{} files, then {}", one.len(), two.len())));
    }
    let mut differ = Vec::new();
    for ((name, first), (_, second)) in one.iter().zip(two) {
        println!(
            "{name}: {} bytes, {}",
            first.len(),
            if first == second { "the same" } else { "differ" }
        );
        if first != second {
            differ.push(name.as_str());
        }
    }
    if differ.is_empty() { Ok(()) } else { Err(Failure(format!("differ: {}", differ.join(", ")))) }
}

/// Licences, bans and sources of everything that is linked in.
pub(crate) fn supply_chain(_: &mut Tests) -> Result<()> {
    // The database of advisories comes over the network, and is not asked here.
    let check = program("cargo", &["deny", "--offline", "check", "licenses", "bans", "sources"]);
    must(&cargo_environment(check), "a dependency is not as deny.toml wants it")
}
