//! What a suite needs from the machine, and how it gets there.

use std::path::Path;

use crate::process::{cargo, program, root, succeeds, target_directory};

/// Something a suite cannot run without.
///
/// What a user may install is installed; a Debian package is installed where we are root on
/// Debian, and asked for elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// A part of the Rust toolchain that is a cargo command, such as `clippy`.
    Component {
        /// The name rustup knows it by.
        name: &'static str,
        /// The cargo command it brings.
        command: &'static str,
    },
    /// A component of the nightly toolchain.
    Nightly(&'static str),
    /// A toolchain by its version.
    Toolchain(&'static str),
    /// A cargo command, and the package it comes with.
    Cargo {
        /// The cargo command.
        command: &'static str,
        /// The package, with its version where another would not do.
        package: &'static str,
    },
    /// The standard library for another platform.
    Target(&'static str),
    /// A program from a Debian package.
    Debian {
        /// The program.
        program: &'static str,
        /// The package it comes with.
        package: &'static str,
    },
    /// A virtual environment in `target/venv` with a `requirements.txt` installed.
    Venv(&'static str),
    /// A directory whose `package-lock.json` is installed.
    Npm(&'static str),
}

impl Need {
    /// Sees to it that the need is met.
    ///
    /// # Errors
    /// The one line that whoever runs the tests has to type.
    pub(crate) fn meet(self) -> Result<(), String> {
        match self {
            Self::Component { name, command } => {
                if succeeds(&cargo(&[command, "--version"])) {
                    return Ok(());
                }
                attempt("rustup", &["component", "add", name])
            }
            Self::Nightly(name) => {
                let list = ["component", "list", "--installed", "--toolchain", "nightly"];
                let installed = program("rustup", &list).stderr_null().read().unwrap_or_default();
                if installed.lines().any(|line| line.starts_with(name)) {
                    return Ok(());
                }
                attempt("rustup", &["toolchain", "install", "nightly", "--component", name])
            }
            Self::Toolchain(version) => {
                if succeeds(&program("cargo", &[&format!("+{version}"), "--version"])) {
                    return Ok(());
                }
                attempt("rustup", &["toolchain", "install", version, "--profile", "minimal"])
            }
            Self::Cargo { command, package } => {
                if on_path(&format!("cargo-{command}")) {
                    return Ok(());
                }
                attempt("cargo", &["install", "--locked", package])
            }
            Self::Target(target) => {
                let installed = program("rustc", &["--print", "sysroot"]).stderr_null().read();
                let library = installed.map(|sysroot| {
                    Path::new(&sysroot).join("lib/rustlib").join(target).join("lib")
                });
                if library.is_ok_and(|library| library.is_dir()) {
                    return Ok(());
                }
                attempt("rustup", &["target", "add", target])
            }
            Self::Debian { program, package } => {
                if on_path(program) {
                    return Ok(());
                }
                debian(package)
            }
            Self::Venv(directory) => {
                Self::Debian { program: "python3", package: "python3" }.meet()?;
                let home = target_directory().join("venv").display().to_string();
                let requirements =
                    root().join(directory).join("requirements.txt").display().to_string();
                if !succeeds(&program("python3", &["-m", "venv", &home])) {
                    debian("python3-venv")?;
                    attempt("python3", &["-m", "venv", &home])?;
                }
                let pip = format!("{home}/bin/pip");
                attempt(&pip, &["install", "--quiet", "--requirement", &requirements])
            }
            Self::Npm(directory) => {
                Self::Debian { program: "npm", package: "npm" }.meet()?;
                attempt("npm", &["ci", "--prefix", directory])
            }
        }
    }
}

fn attempt(name: &str, arguments: &[&str]) -> Result<(), String> {
    let line = format!("{name} {}", arguments.join(" "));
    // Standard output belongs to what was asked for.
    eprintln!("  setting up: {line}");
    let ran = program(name, arguments)
        .stdout_to_stderr()
        .run()
        .is_ok_and(|output| output.status.success());
    if ran { Ok(()) } else { Err(line) }
}

fn debian(package: &str) -> Result<(), String> {
    let root = program("id", &["-u"]).read().is_ok_and(|id| id == "0");
    if !root || !Path::new("/etc/debian_version").exists() {
        return Err(format!("sudo apt-get install {package}"));
    }
    let install = ["install", "--yes", "--no-install-recommends", package];
    // The package lists of a fresh machine are empty or old; ask for them only when it matters.
    attempt("apt-get", &install)
        .or_else(|_| attempt("apt-get", &["update"]).and_then(|()| attempt("apt-get", &install)))
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
}
