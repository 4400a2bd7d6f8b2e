//! Writes the JavaScript around a `.wasm`: `bindgen INPUT OUTPUT_DIRECTORY NAME`.
//!
//! The library that writes it is of the version of the one that is compiled in, which
//! `Cargo.lock` sees to; the tool of the same name would have to be kept in step by hand.

use std::process::ExitCode;

use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, directory, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen INPUT OUTPUT_DIRECTORY NAME");
        return ExitCode::FAILURE;
    };
    let written = Module::from_file(input).and_then(|mut module| {
        silence(&mut module);
        Bindgen::new()
            .input_bytes(name, module.emit_wasm())
            .typescript(true)
            .web(true)
            // Whoever loads the `.wasm` knows where it lies.
            .map(|bindgen| bindgen.omit_default_module_path(true).generate(directory))?
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Lets a panic trap at once.
///
/// A browser has nowhere to print the message of a panic to; the trap that follows it is all that
/// JavaScript sees. What makes the message is not worth sending.
fn silence(module: &mut Module) {
    let panics = |name: &str| {
        ["9panicking", "13unwrap_failed", "13expect_failed"].iter().any(|part| name.contains(part))
    };
    let all = module.funcs.iter_local();
    let silenced: Vec<FunctionId> = all
        .filter(|(id, _)| module.funcs.get(*id).name.as_deref().is_some_and(panics))
        .map(|(id, _)| id)
        .collect();
    for id in silenced {
        let kind = module.types.get(module.funcs.get(id).ty());
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let arguments = parameters.iter().map(|&kind| module.locals.add(kind)).collect();
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap.local_func(arguments));
    }
}
