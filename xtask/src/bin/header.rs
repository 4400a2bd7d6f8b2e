//! Writes the headers of the C interface from its source: `listino.h` for C and C++, and
//! `listino.ffi.h`, the same declarations without a preprocessor, for languages that read headers.

use std::path::Path;
use std::process::ExitCode;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match run(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Outcome {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bindings/c");
    let mut settings = cbindgen::Config::from_file(home.join("cbindgen.toml"))?;
    compare(&home.join("include/listino.h"), &header(&home, settings.clone())?, check)?;
    settings.cpp_compat = false;
    settings.include_guard = None;
    settings.documentation = false;
    settings.sys_includes.clear();
    let plain = header(&home, settings)?;
    let lines = plain.lines().filter(|line| !line.starts_with('#'));
    let plain: String = lines.map(|line| format!("{line}\n")).collect();
    compare(&home.join("include/listino.ffi.h"), &plain, check)
}

fn header(home: &Path, settings: cbindgen::Config) -> Result<String, Box<dyn std::error::Error>> {
    let mut builder = cbindgen::Builder::new().with_config(settings);
    for file in ["lib.rs", "handle.rs", "plain.rs", "arrow.rs"] {
        builder = builder.with_src(home.join("src").join(file));
    }
    let mut bytes = Vec::new();
    builder.generate()?.write(&mut bytes);
    Ok(String::from_utf8(bytes)?)
}

fn compare(path: &Path, text: &str, check: bool) -> Outcome {
    if !check {
        std::fs::write(path, text)?;
        return Ok(());
    }
    if std::fs::read_to_string(path).unwrap_or_default() == text {
        Ok(())
    } else {
        Err(format!("{} is out of date: cargo xtask header", path.display()).into())
    }
}
