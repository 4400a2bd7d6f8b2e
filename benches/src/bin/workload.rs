//! Writes the workload as tables for rivals in other languages.

use std::path::Path;
use std::process::ExitCode;

use listino_bench::Workload;

const USAGE: &str = "usage: workload DIRECTORY LINES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, lines] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Ok(lines) = lines.parse() else {
        eprintln!("`{lines}` is not a number of lines\n{USAGE}");
        return ExitCode::from(2);
    };
    match Workload::new().write_tables(Path::new(directory), lines) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the tables cannot be written to {directory}: {error}");
            ExitCode::FAILURE
        }
    }
}
