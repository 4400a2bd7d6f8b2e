//! The C interface: its header, its tests under the sanitizers and valgrind, and PHP over it.

use std::path::PathBuf;

use crate::process::{Failure, Result, cargo, must, own, program, root, target_directory};
use crate::suite::Tests;

const HOME: &str = "bindings/c";

/// Writes the headers, or with `check` compares them with the checked-in ones.
pub(crate) fn header(check: bool) -> Result<()> {
    let arguments = if check { &["--check"][..] } else { &[] };
    let writer = own("dev", "header", arguments)?;
    must(&writer, "the headers are not up to date: run `cargo xtask header`")
}

/// Builds the library that is tested, like our own programs with the features of the whole workspace, and
/// says where it lies.
fn library() -> Result<PathBuf> {
    must(&cargo(&["build", "--workspace", "--all-features", "--lib"]), "no library")?;
    Ok(target_directory().join("debug"))
}

/// Builds the library as it is shipped, and says where it lies.
fn shipped() -> Result<PathBuf> {
    must(&cargo(&["build", "--package", "listino-ffi", "--release"]), "no library")?;
    Ok(target_directory().join("release"))
}

/// What the static library wants from the system.
const SYSTEM: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

/// Compiles a C program, one of the tests or any by its path, against the static library.
fn compile(name: &str, flags: &[&str], library: &std::path::Path, to: &str) -> Result<String> {
    let folder = target_directory().join("c");
    std::fs::create_dir_all(&folder)?;
    let out = folder.join(to).display().to_string();
    let source =
        if name.contains('/') { name.to_owned() } else { format!("{HOME}/tests/{name}.c") };
    let include = format!("-I{HOME}/include");
    let archive = library.join("liblistino.a").display().to_string();
    let strict = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", &include];
    let files = [source.as_str(), &archive, "-o", &out];
    must(
        &program("cc", &[&strict[..], flags, &files, &SYSTEM].concat()),
        "a C test does not compile",
    )?;
    Ok(out)
}

/// Writes the corpus for programs without JSON.
fn plain_corpus() -> Result<String> {
    let folder = target_directory().join("c");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("corpus.net").display().to_string();
    must(&own("dev", "corpus", &["--plain", &file])?, "the corpus was not written")?;
    Ok(file)
}

/// How many random sequences of calls the suite makes; `cargo xtask fuzz-c` makes more.
const SEQUENCES: &str = "20000";

/// The suite: everything with the sanitizers, and what is quick enough with valgrind.
pub(crate) fn test(tests: &mut Tests) -> Result<()> {
    header(true)?;
    let library = library()?;
    let corpus = plain_corpus()?;
    let sanitizers = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let arguments: [(&str, &[&str], &[&str]); 4] = [
        ("interface", &[], &[]),
        ("arrow", &[], &[]),
        ("corpus", &[&corpus], &[]),
        ("random", &[SEQUENCES, "1"], &["300", "2"]),
    ];
    for (name, given, _) in arguments {
        let program = compile(name, &sanitizers, &library, &format!("{name}-sanitized"))?;
        tests.watch(&self::program(&program, given))?;
    }
    let flags = [
        "--quiet",
        "--error-exitcode=9",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect",
    ];
    let kinds = ["--errors-for-leak-kinds=definite,indirect"];
    for (name, _, given) in arguments.iter().filter(|(name, ..)| *name != "corpus") {
        let program = compile(name, &["-O1"], &library, name)?;
        let valgrind = [&flags[..], &kinds, &[&program], given].concat();
        tests.watch(&self::program("valgrind", &valgrind))?;
    }
    guide(&library)?;
    exports(&library)
}

/// The program of the guide compiles and says what the guide says.
fn guide(library: &std::path::Path) -> Result<()> {
    let (source, total) = guide_program()?;
    let out = compile(&source, &["-O1"], library, "guide")?;
    says(&program(&out, &[]), &total)
}

/// The program of the guide in a file, and the line that it prints.
fn guide_program() -> Result<(String, String)> {
    let text = std::fs::read_to_string(root().join("docs/C.md"))?;
    let code = text.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    let code = code.ok_or_else(|| Failure("docs/C.md shows no program".to_owned()))?;
    let total = code.split("/* ").last().and_then(|rest| rest.split(" */").next());
    let total = total.ok_or_else(|| Failure("docs/C.md does not say what it prints".to_owned()))?;
    let folder = target_directory().join("c");
    std::fs::create_dir_all(&folder)?;
    let source = folder.join("guide.c").display().to_string();
    std::fs::write(&source, code)?;
    Ok((source, total.to_owned()))
}

/// A program prints a line.
fn says(program: &duct::Expression, line: &str) -> Result<()> {
    let shown = crate::process::read(program)?;
    if shown.lines().any(|shown| shown == line) {
        return Ok(());
    }
    Err(Failure(format!("the program of docs/C.md prints {shown}")))
}

/// The suite of the installation: into a folder of its own, where a program finds it as it would find
/// any library of the system.
pub(crate) fn install() -> Result<()> {
    let prefix = target_directory().join("c/installed");
    if prefix.exists() {
        std::fs::remove_dir_all(&prefix)?;
    }
    let (home, libraries) = (prefix.display().to_string(), prefix.join("lib"));
    let into = ["--prefix", &home, "--libdir", "lib"];
    must(
        &cargo(&[&["cinstall", "--package", "listino-ffi"][..], &into].concat()),
        "the library was not installed",
    )?;
    let names = ["liblistino.a", "liblistino.so", "liblistino.so.1", "pkgconfig/listino.pc"];
    if let Some(missing) = names.iter().find(|name| !libraries.join(name).exists()) {
        return Err(Failure(format!("{missing} was not installed")));
    }
    let header = std::fs::read_to_string(prefix.join("include/listino.h"))?;
    if header != std::fs::read_to_string(root().join(HOME).join("include/listino.h"))? {
        return Err(Failure("the installed header is another one".to_owned()));
    }
    let ask = ["--cflags", "--libs", "listino"];
    let flags = program("pkg-config", &ask).env("PKG_CONFIG_PATH", libraries.join("pkgconfig"));
    let flags = crate::process::read(&flags)?;
    let (source, total) = guide_program()?;
    let out = target_directory().join("c/guide-installed").display().to_string();
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let compile = program("cc", &[&[source.as_str(), "-o", &out][..], &flags].concat());
    must(&compile, "a program does not compile with the installed library")?;
    let needed = crate::process::read(&program("objdump", &["-p", &out]))?;
    if !needed.lines().any(|line| line.contains("NEEDED") && line.ends_with("liblistino.so.1")) {
        return Err(Failure("the program does not ask for `liblistino.so.1`".to_owned()));
    }
    says(&program(&out, &[]).env("LD_LIBRARY_PATH", libraries), &total)
}

/// The shared library gives out the functions of the header and no others.
fn exports(library: &std::path::Path) -> Result<()> {
    let shared = library.join("liblistino.so").display().to_string();
    let listed = program("nm", &["--dynamic", "--defined-only", &shared]).stdout_capture().run()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let header = std::fs::read_to_string(root().join(HOME).join("include/listino.h"))?;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_once(" T ").map(|(_, name)| name))
        .filter(|name| !name.starts_with("_"))
        .collect();
    let strange: Vec<&&str> =
        names.iter().filter(|name| !header.contains(&format!("{name}("))).collect();
    if names.len() < 25 || !strange.is_empty() {
        return Err(Failure(format!("{} exports, not in the header: {strange:?}", names.len())));
    }
    Ok(())
}

/// Measures the struct call of the optimised library: one JSON object.
pub(crate) fn measure() -> Result<String> {
    let library = shipped()?;
    let price = compile("benches/c/price.c", &["-O2"], &library, "price")?;
    crate::process::read(&program(&price, &["examples/adventureworks/book.json"]))
}

/// Random sequences of calls against the optimised library, as many as one likes.
pub(crate) fn fuzz(sequences: &str, seed: &str) -> Result<()> {
    let library = shipped()?;
    let sanitizers = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let random = compile("random", &sanitizers, &library, "random-release")?;
    must(&program(&random, &[sequences, seed]), "a sequence of calls failed")
}

/// The suite of PHP: the corpus, and the cart of the example.
pub(crate) fn php(tests: &mut Tests) -> Result<()> {
    let shared = library()?.join("liblistino.so").display().to_string();
    for script in ["bindings/c/php/tests/listino.php", "bindings/c/php/tests/corpus.php"] {
        tests.watch(&program("php", &[script]).env("LISTINO_LIBRARY", &shared))?;
    }
    let cart = program("php", &["examples/php/cart.php"]).env("LISTINO_LIBRARY", &shared);
    let shown = crate::process::read(&cart)?;
    println!("{shown}");
    let readme = std::fs::read_to_string(root().join("examples/php/README.md"))?;
    let missing = shown.lines().find(|line| !readme.contains(line.trim_end()));
    missing.map_or(Ok(()), |line| Err(Failure(format!("the README does not show `{line}`"))))
}
