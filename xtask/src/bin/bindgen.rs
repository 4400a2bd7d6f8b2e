//! Writes the JavaScript around a `.wasm`: `bindgen INPUT OUTPUT_DIRECTORY NAME`.
//!
//! The library that writes it is of the version of the one that is compiled in, which
//! `Cargo.lock` sees to; the tool of the same name would have to be kept in step by hand.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, directory, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen INPUT OUTPUT_DIRECTORY NAME");
        return ExitCode::FAILURE;
    };
    let written = Bindgen::new()
        .input_path(input)
        .out_name(name)
        .typescript(true)
        .web(true)
        // Where no address is given, the `.wasm` lies beside the JavaScript.
        .map(|bindgen| bindgen.omit_default_module_path(false).generate(directory));
    match written {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) | Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
