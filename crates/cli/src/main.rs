//! The command `listino`.

use std::process::ExitCode;

fn main() -> ExitCode {
    listino_cli::run(std::env::args_os()).into()
}
