//! Running other programs from the root of the workspace.

use std::fmt;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;

use duct::Expression;

/// Why a chore could not be finished, in words for whoever started it.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable for what it runs; the constant serves a binary started by hand.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The directory cargo builds into.
pub(crate) fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program with its arguments, to be run in the root of the workspace.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Expression {
    let expression = duct::cmd(name, arguments).dir(root()).unchecked();
    // A pipe takes the colours away; give them back where a person is watching.
    if std::io::stdout().is_terminal() {
        expression.env("CARGO_TERM_COLOR", "always")
    } else {
        expression
    }
}

/// Cargo, the one that started us.
pub(crate) fn cargo(arguments: &[&str]) -> Expression {
    let name = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    cargo_environment(program(&name, arguments))
}

/// One of the workspace's programs, compiled with the features of the whole workspace: a dependency that
/// had one feature less would be compiled again, and all above it. That what users get also compiles as
/// they compile it is for the suites of it to see.
pub(crate) fn own(profile: &str, name: &str, arguments: &[&str]) -> Result<Expression> {
    let everything = ["build", "--quiet", "--workspace", "--all-features"];
    let chosen = ["--profile", profile, "--bin", name];
    must(&cargo(&[everything, chosen].concat()), &format!("`{name}` was not built"))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    let binary = target_directory().join(folder).join(name).display().to_string();
    Ok(cargo_environment(program(&binary, arguments)))
}

/// Cargo of another toolchain.
pub(crate) fn cargo_of(toolchain: &str, arguments: &[&str]) -> Expression {
    let toolchain = format!("+{toolchain}");
    let expression = program("cargo", &[&[toolchain.as_str()][..], arguments].concat());
    // The toolchain that runs this must not decide for the one that is asked.
    cargo_environment(expression).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO")
}

/// A program that runs cargo, without what the cargo that started us said about this package: it is
/// not about the next one, and would make build scripts run again.
pub(crate) fn cargo_environment(expression: Expression) -> Expression {
    let own = ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"];
    own.iter().fold(expression, |expression, name| expression.env_remove(name))
}

/// Whether a program ends well; what it prints is dropped.
pub(crate) fn succeeds(expression: &Expression) -> bool {
    let quiet = expression.stdout_null().stderr_null();
    quiet.run().is_ok_and(|output| output.status.success())
}

/// Runs a program in full view; where it does not end well, `what` went wrong.
pub(crate) fn must(expression: &Expression, what: &str) -> Result<()> {
    if expression.run()?.status.success() { Ok(()) } else { Err(Failure(what.to_owned())) }
}

/// Runs a program, shows what it prints while it runs, and hands every line to `hear`.
pub(crate) fn watch(expression: &Expression, hear: &mut dyn FnMut(&str)) -> Result<()> {
    let reader = expression.stderr_to_stdout().reader()?;
    let mut lines = BufReader::new(&reader);
    let mut line = Vec::new();
    let mut screen = std::io::stdout();
    while lines.read_until(b'\n', &mut line)? > 0 {
        // A closed pipe on our side must not stop the program we watch.
        let _ = screen.write_all(&line).and_then(|()| screen.flush());
        hear(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    let status = reader.try_wait()?.map(|output| output.status);
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(Failure(format!("ended with {status}"))),
        None => Err(Failure("closed its output and went on running".to_owned())),
    }
}

/// What a program prints on standard output; its standard error stays visible.
pub(crate) fn read(expression: &Expression) -> Result<String> {
    let output = expression.stdout_capture().run()?;
    if !output.status.success() {
        return Err(Failure(format!("ended with {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// A file by its name, and what is in it.
pub(crate) type Contents = (String, Vec<u8>);

/// The files of a folder whose names end like one of these, by name.
pub(crate) fn contents(folder: &std::path::Path, endings: &[&str]) -> Result<Vec<Contents>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push((name, std::fs::read(&path)?));
        }
    }
    found.sort();
    Ok(found)
}
