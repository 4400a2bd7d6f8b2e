//! The Python package: a wheel is built, installed into a clean environment and tested there.

use std::path::Path;

use duct::Expression;

use crate::need::Need;
use crate::process::{
    Contents, Failure, Result, cargo_environment, cargo_of, contents, must, program, read, root,
    target_directory,
};
use crate::suite::Tests;

/// Where the package lies.
pub(crate) const HOME: &str = "bindings/python";

/// Where the tests with Spark lie, and what they need.
pub(crate) const SPARK: &str = "bindings/python/spark";

/// Where the notebooks lie, and what they need.
pub(crate) const NOTEBOOKS: &str = "examples/notebooks";

/// A program of the virtual environment that the suite's needs have made.
fn tool(name: &str, arguments: &[&str]) -> Expression {
    let home = target_directory().join("venv/bin");
    cargo_environment(program(&home.join(name).display().to_string(), arguments))
}

/// Builds the wheel into a folder of its own and says where that is.
pub(crate) fn wheel(profile: &[&str]) -> Result<String> {
    let wheels = target_directory().join("wheels");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels)?;
    }
    let wheels = wheels.display().to_string();
    let manifest = format!("{HOME}/Cargo.toml");
    let build = ["build", "--quiet", "--locked", "--manifest-path", &manifest, "--out", &wheels];
    must(&tool("maturin", &[&build[..], profile].concat()), "the wheel was not built")?;
    Ok(wheels)
}

/// Builds the wheel as it is shipped, with everything that is compiled in a folder of its own.
pub(crate) fn wheel_in(folder: &Path) -> Result<Vec<Contents>> {
    let (manifest, out) = (format!("{HOME}/Cargo.toml"), folder.join("wheel"));
    let to = out.display().to_string();
    let build = ["build", "--release", "--quiet", "--locked", "--manifest-path", &manifest];
    // The archive holds times of files: those of 2020, wherever and whenever it is made.
    let build = tool("maturin", &[&build[..], &["--out", &to]].concat())
        .env("SOURCE_DATE_EPOCH", "1577836800")
        .env("CARGO_TARGET_DIR", folder.join("target"));
    must(&build, "the wheel was not built")?;
    contents(&out, &[".whl"])
}

/// Puts the wheel into an environment; nothing is asked of an index.
pub(crate) fn install(python: &str, wheels: &str) -> Result<()> {
    let local = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", wheels];
    let again = ["--force-reinstall", "--no-deps", "listino"];
    must(&program(python, &[&local[..], &again].concat()), "the wheel was not installed")
}

/// Builds the package as it is shipped and measures it: one JSON object.
pub(crate) fn measure() -> Result<String> {
    Need::Venv(HOME).meet().map_err(Failure)?;
    let venv = target_directory().join("venv/bin/python").display().to_string();
    install(&venv, &wheel(&["--release"])?)?;
    read(&program(&venv, &["benches/python/quote.py", "examples/adventureworks/book.json"]))
}

/// The tests of the package with every read, write and release of memory watched.
pub(crate) fn memory(tests: &mut Tests) -> Result<()> {
    // With the memory of the system, which valgrind watches.
    let wheels = wheel(&["--no-default-features"])?;
    let venv = target_directory().join("venv/bin/python").display().to_string();
    install(&venv, &wheels)?;
    let suppressions = format!("--suppressions={HOME}/tests/valgrind.supp");
    // Python itself looks at undefined values; what it never gives back is no leak of ours.
    // A thread that waits gets its turn, which valgrind does not promise by itself.
    let watched = ["--quiet", "--error-exitcode=9", "--undef-value-errors=no", "--leak-check=no"];
    let watched = [&watched[..], &["--fair-sched=try"]].concat();
    let cases = ["listino", "corpus", "frame"].map(|name| format!("{HOME}/tests/test_{name}.py"));
    let pytest = [suppressions.as_str(), &venv, "-m", "pytest"];
    let pytest = [&pytest[..], &cases.each_ref().map(String::as_str)].concat();
    let run = cargo_environment(program("valgrind", &[&watched[..], &pytest].concat()));
    tests.watch(&run.env("PYTHONMALLOC", "malloc"))
}

/// The tests of the package with the extension instrumented by AddressSanitizer.
pub(crate) fn sanitized(tests: &mut Tests) -> Result<()> {
    let folder = target_directory().join("asan");
    let target = "x86_64-unknown-linux-gnu";
    let build = ["build", "--package", "listino-python", "--lib", "--target", target];
    // With the memory of the system, which the sanitizer watches.
    let build = cargo_of("nightly", &[&build[..], &["--no-default-features"]].concat())
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("CARGO_TARGET_DIR", &folder);
    must(&build, "the extension was not built")?;
    let package = folder.join("python");
    if package.exists() {
        std::fs::remove_dir_all(&package)?;
    }
    let to = package.join("listino");
    std::fs::create_dir_all(&to)?;
    for (name, bytes) in contents(&root().join(HOME).join("python/listino"), &[".py"])? {
        std::fs::write(to.join(name), bytes)?;
    }
    let built = folder.join(target).join("debug/lib_listino.so");
    std::fs::copy(built, to.join("_listino.abi3.so"))?;
    // Python is not instrumented: the sanitizer comes before it, and what throws in C++ before that.
    let library = |name: &str| read(&program("gcc", &[&format!("-print-file-name={name}")]));
    let before = format!("{} {}", library("libasan.so")?, library("libstdc++.so.6")?);
    let cases = ["listino", "corpus", "frame"].map(|name| format!("{HOME}/tests/test_{name}.py"));
    let pytest = [&["-m", "pytest"][..], &cases.each_ref().map(String::as_str)].concat();
    // What Python never gives back is no leak of ours.
    let run = tool("python", &pytest)
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .env("PYTHONMALLOC", "malloc")
        .env("PYTHONPATH", package)
        .env("LD_PRELOAD", before);
    tests.watch(&run)
}

/// The suite.
pub(crate) fn test(tests: &mut Tests) -> Result<()> {
    let wheels = wheel(&[])?;
    // In an environment that holds nothing else the package must import and quote.
    let clean = target_directory().join("venv-clean").display().to_string();
    must(&program("python3", &["-m", "venv", "--clear", &clean]), "no clean environment")?;
    let python = format!("{clean}/bin/python");
    install(&python, &wheels)?;
    let doctest = "import doctest, listino; raise SystemExit(doctest.testmod(listino).failed)";
    must(&program(&python, &["-c", doctest]), "the package does not work alone")?;
    let venv = target_directory().join("venv/bin/python").display().to_string();
    install(&venv, &wheels)?;
    tests.watch(&tool("python", &["-m", "pytest", &format!("{HOME}/tests")]))?;
    let guide = ["-m", "pytest", "--rootdir", ".", "--doctest-glob=*.md", "docs/PYTHON.md"];
    tests.watch(&tool("python", &guide))?;
    let (source, cases) = (format!("{HOME}/python/listino"), format!("{HOME}/tests"));
    let settings = format!("--config-file={HOME}/pyproject.toml");
    must(
        &tool("python", &["-m", "mypy", &settings, &source, &cases]),
        "mypy has something to say",
    )?;
    let (settings, known) = (format!("{HOME}/pyproject.toml"), format!("{HOME}/stubtest.txt"));
    let stubs = ["-m", "mypy.stubtest", "--mypy-config-file", &settings, "--allowlist", &known];
    let stubs = [&stubs[..], &["--ignore-unused-allowlist", "listino"]].concat();
    must(&tool("python", &stubs), "the stubs are not what runs")
}

/// The suite with Spark.
pub(crate) fn spark(tests: &mut Tests) -> Result<()> {
    let wheels = wheel(&[])?;
    let venv = target_directory().join("venv/bin/python").display().to_string();
    install(&venv, &wheels)?;
    tests.watch(&tool("python", &["-m", "pytest", SPARK]))
}

/// The suite of the notebooks.
pub(crate) fn notebooks(tests: &mut Tests) -> Result<()> {
    let wheels = wheel(&[])?;
    let venv = target_directory().join("venv/bin/python").display().to_string();
    install(&venv, &wheels)?;
    tests.watch(&tool("python", &[&format!("{NOTEBOOKS}/run.py")]))
}
