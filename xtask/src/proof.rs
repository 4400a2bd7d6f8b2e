//! The evidence: the second engine, the fuzzers, Miri, release builds, the supply chain.

use duct::Expression;

use crate::process::{Failure, Result, cargo, cargo_environment, must, program, read, root, watch};
use crate::suite::Tests;

/// What was compared over all runs.
const RECORD: &str = "docs/proof.json";
/// The targets of `fuzz/`.
const TARGETS: [&str; 8] = ["book", "request", "call", "session", "uvl", "dimacs", "blob", "load"];

/// The program that compares, built for release.
pub(crate) fn comparison(arguments: &[&str]) -> Expression {
    let prove =
        ["run", "--quiet", "--release", "--package", "listino-oracle", "--bin", "prove", "--"];
    cargo(&[&prove[..], arguments].concat())
}

/// Compares lines, and counts them among those compared so far.
pub(crate) fn prove(arguments: &[&str], record: bool) -> Result<()> {
    if !record {
        return watch(&comparison(arguments), &mut |_| {});
    }
    let mut commit = read(&program("git", &["rev-parse", "--short", "HEAD"]))?;
    // Whoever reads the record must be able to run the same code again.
    if !read(&program("git", &["status", "--porcelain", "crates"]))?.is_empty() {
        commit += " and changes";
    }
    let record = ["--record", RECORD, "--commit", &commit];
    must(&comparison(&[arguments, &record].concat()), "the two engines differ")
}

/// Cargo of the nightly toolchain, which the fuzzers and Miri need.
fn nightly(arguments: &[&str]) -> Expression {
    let expression = program("cargo", &[&["+nightly"][..], arguments].concat());
    // The toolchain that runs this must not decide for the one that is asked.
    cargo_environment(expression).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO")
}

/// Runs every fuzz target in turn, the minutes shared among them, and says what was executed.
pub(crate) fn fuzz(minutes: u64) -> Result<()> {
    let seconds = (minutes * 60).div_ceil(TARGETS.len() as u64);
    let mut report = String::new();
    let mut failed = Vec::new();
    for target in TARGETS {
        let corpus = root().join("fuzz/corpus").join(target).display().to_string();
        let seeds = ["run", "--quiet", "--package", "listino-laws", "--bin", "seeds", "--"];
        must(&cargo(&[&seeds[..], &[target, &corpus]].concat()), "the seeds were not written")?;
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

/// The unit tests of the core that Miri is quick enough for: those of dates, names, blobs.
const MIRI: [&str; 4] = ["calendar::", "id::", "digest::", "blob::"];

/// Unit tests of money and core, and the C interface, under Miri.
pub(crate) fn miri(tests: &mut Tests) -> Result<()> {
    let flags = "-Zmiri-disable-isolation";
    for (package, names) in [("listino-money", &[][..]), ("listino-core", &MIRI)] {
        let unit = ["miri", "test", "--package", package, "--lib", "--"];
        let unit = nightly(&[&unit[..], names].concat()).env("MIRIFLAGS", flags);
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
    let rows =
        ["run", "--quiet", "--release", "--package", "listino-oracle", "--bin", "arithmetic"];
    tests.watch(&cargo(&rows))
}

/// Licences, bans and sources of everything that is linked in.
pub(crate) fn supply_chain(_: &mut Tests) -> Result<()> {
    // The database of advisories comes over the network, and is not asked here.
    let check = program("cargo", &["deny", "--offline", "check", "licenses", "bans", "sources"]);
    must(&cargo_environment(check), "a dependency is not as deny.toml wants it")
}
