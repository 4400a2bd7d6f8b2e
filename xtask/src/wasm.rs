//! The npm package: WebAssembly, the JavaScript around it, and its tests in Node and Chromium.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use duct::Expression;

use crate::need::Need;
use crate::process::{
    Contents, Failure, Result, cargo, contents, must, own, program, root, target_directory,
};
use crate::suite::Tests;

/// Where the package lies.
pub(crate) const HOME: &str = "bindings/wasm";

/// What building the package needs.
pub(crate) const NEEDS: &[Need] = &[Need::Target("wasm32-unknown-unknown"), Need::Npm(HOME)];

/// And a browser.
pub(crate) const BROWSER_NEEDS: &[Need] = &[
    Need::Target("wasm32-unknown-unknown"),
    Need::Npm(HOME),
    Need::Debian { program: "chromium", package: "chromium" },
];

/// A build of the engine: its name, the features of the crate, and what it is made for.
struct Build {
    name: &'static str,
    features: &'static str,
    profile: &'static str,
    /// The level of `wasm-opt`.
    level: &'static str,
}

impl Build {
    /// Small first.
    const fn for_browsers(name: &'static str, features: &'static str) -> Self {
        Self { name, features, profile: "wasm", level: "-Oz" }
    }

    /// Fast first.
    const fn for_node(name: &'static str, features: &'static str) -> Self {
        Self { name, features, profile: "wasm-node", level: "-O2" }
    }
}

/// The builds that are shipped: two load compiled books, one of them with option models; the full
/// one reads JSON.
const BUILDS: &[Build] = &[
    Build::for_browsers("pricing", ""),
    Build::for_browsers("listino", "configure"),
    Build::for_browsers("full", "full"),
    Build::for_node("listino_node", "configure,fast"),
];

/// What browsers and Node 18 know of WebAssembly; anything newer would keep somebody out.
const ABILITIES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A program of the package's development dependencies.
fn tool(name: &str, arguments: &[&str]) -> Expression {
    let path = root().join(HOME).join("node_modules/.bin").join(name);
    program(&path.display().to_string(), arguments)
}

/// A script of the package.
fn script(name: &str) -> Expression {
    program("node", &[&format!("{HOME}/scripts/{name}.mjs")])
}

fn dist(path: &str) -> PathBuf {
    root().join(HOME).join("dist").join(path)
}

/// Sees to what building needs, and builds.
pub(crate) fn package() -> Result<()> {
    NEEDS.iter().try_for_each(|need| need.meet()).map_err(Failure)?;
    build()
}

/// Builds the package into `bindings/wasm/dist`, once for all suites of a run.
fn build() -> Result<()> {
    static BUILT: OnceLock<()> = OnceLock::new();
    if BUILT.get().is_some() {
        return Ok(());
    }
    let folder = dist("wasm");
    std::fs::create_dir_all(&folder)?;
    modules(&target_directory(), &folder)?;
    must(&script("types"), "the types were not written")?;
    let project = root().join(HOME).display().to_string();
    must(&tool("tsc", &["--project", &project]), "the TypeScript does not compile")?;
    must(&script("bundle"), "the JavaScript was not put together")?;
    let _ = BUILT.set(());
    Ok(())
}

/// Builds what a browser loads, with everything that is compiled in a folder of its own.
pub(crate) fn modules_in(folder: &Path) -> Result<Vec<Contents>> {
    let (target, out) = (folder.join("target"), folder.join("wasm"));
    std::fs::create_dir_all(&out)?;
    modules(&target, &out)?;
    contents(&out, &[".wasm", ".js", ".ts"])
}

/// Every `.wasm`. Most of the time of each is the work of one core, so those of browsers and those of
/// Node are made at the same time.
fn modules(target: &Path, folder: &Path) -> Result<()> {
    let made_for = |profile: &str| {
        let mut builds = BUILDS.iter().filter(|build| build.profile == profile);
        builds.try_for_each(|build| webassembly(build, target, folder))
    };
    std::thread::scope(|scope| {
        let node = scope.spawn(|| made_for("wasm-node"));
        let browsers = made_for("wasm");
        let node = node.join().unwrap_or_else(|_| Err(Failure("a build ended early".to_owned())));
        browsers.and(node)
    })
}

/// One `.wasm`: compiled, bound, and made small.
fn webassembly(build: &Build, target_folder: &Path, folder: &Path) -> Result<()> {
    let Build { name, features, profile, level } = build;
    let target = "wasm32-unknown-unknown";
    let package = ["build", "--quiet", "--package", "listino-wasm", "--profile", profile];
    let with = ["--target", target, "--features", features];
    // The paths of a machine have no place in the file, and would make its size depend on it.
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    let sysroot = program("rustc", &["--print", "sysroot"]).read()?;
    let flags = format!(
        "--remap-path-prefix={home}=/cargo --remap-path-prefix={sysroot}=/rust \
         --cfg getrandom_backend=\"wasm_js\""
    );
    let compile = cargo(&[&package[..], &with].concat())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", target_folder);
    must(&compile, "the WebAssembly does not compile")?;
    let compiled = target_folder.join(target).join(profile).join("listino_wasm.wasm");
    let (compiled, to) = (compiled.display().to_string(), folder.display().to_string());
    let bind = own("dev", "bindgen", &[&compiled, &to, name])?;
    must(&bind, "the JavaScript around the WebAssembly was not written")?;
    let bound = folder.join(format!("{name}_bg.wasm")).display().to_string();
    // The stack comes first: nothing of the program lies in the lowest kilobyte. And what is called
    // from one place stays a function: a browser compiles a function whole when it is first called,
    // however little of it runs.
    let small = [level, "--low-memory-unused", "--one-caller-inline-max-function-size=0"];
    let strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
    let files = [bound.as_str(), "-o", &bound];
    let optimise = tool("wasm-opt", &[&small[..], &strip, &ABILITIES, &files].concat());
    must(&optimise, "the WebAssembly was not made small")
}

/// Puts the page of `examples/browser` together, with compiled books, in `target/site`.
pub(crate) fn site() -> Result<()> {
    package()?;
    must(&program("node", &["examples/browser/build.mjs"]), "the page was not put together")
}

/// Runs the tests of a folder; the last lines of the runner are counted.
fn run(tests: &mut Tests, folder: &str) -> Result<()> {
    let home = root().join(HOME).join("tests").join(folder);
    let mut files: Vec<String> = std::fs::read_dir(&home)?
        .map(|entry| Ok(entry?.path().display().to_string()))
        .filter(|path: &Result<String>| path.as_ref().is_ok_and(|p| p.ends_with(".test.mjs")))
        .collect::<Result<_>>()?;
    files.sort();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    tests.watch(&program("node", &[&["--test", "--test-reporter=tap"][..], &files].concat()))
}

/// Builds the package and measures it in Node and Chromium: one JSON object.
pub(crate) fn measure() -> Result<String> {
    BROWSER_NEEDS.iter().try_for_each(|need| need.meet()).map_err(Failure)?;
    build()?;
    crate::process::read(&script("bench"))
}

/// Builds the package and measures sessions in Node on the books of a folder: one JSON object.
pub(crate) fn sessions(books: &str) -> Result<String> {
    package()?;
    crate::process::read(&program("node", &[&format!("{HOME}/scripts/sessions.mjs"), books]))
}

/// The suite of Node: the package, its types, its guide, what it weighs, and the corpus.
pub(crate) fn node_suite(tests: &mut Tests) -> Result<()> {
    build()?;
    must(&script("answers"), "the answers of the corpus were not written")?;
    let project = root().join(HOME).join("tests/types").display().to_string();
    must(&tool("tsc", &["--project", &project]), "an answer is not of its type")?;
    run(tests, "node")
}

/// The suite of Chromium: the corpus, the element, the example.
pub(crate) fn browser_suite(tests: &mut Tests) -> Result<()> {
    build()?;
    must(&program("node", &["examples/browser/build.mjs"]), "the page was not put together")?;
    run(tests, "browser")
}
