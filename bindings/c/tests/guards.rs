//! Every export is guarded, documented and named once in the header.
#![cfg(test)]

use std::collections::BTreeSet;

use syn::{Expr, Item, ItemFn, Meta, Stmt};

fn exports() -> Vec<ItemFn> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for item in syn::parse_file(&text).unwrap().items {
            if let Item::Fn(function) = item
                && function.sig.abi.is_some()
            {
                found.push(function);
            }
        }
    }
    found
}

/// The function that the whole body is a call of.
fn called(function: &ItemFn) -> Option<String> {
    let [Stmt::Expr(Expr::Call(call), _)] = function.block.stmts.as_slice() else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

fn documentation(function: &ItemFn) -> String {
    let lines = function.attrs.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect()
}

#[test]
fn every_export_is_guarded() {
    let exports = exports();
    assert!(exports.len() >= 25, "{}", exports.len());
    for function in &exports {
        let name = &function.sig.ident;
        let guard = called(function);
        assert!(
            matches!(guard.as_deref(), Some("guard" | "answer")),
            "the body of {name} is {guard:?}"
        );
    }
}

#[test]
fn every_export_says_which_threads_may_call_it() {
    for function in exports() {
        let name = &function.sig.ident;
        assert!(documentation(&function).contains("Threads:"), "{name}");
    }
}

#[test]
fn the_headers_name_every_export() {
    let wanted: BTreeSet<String> = exports().iter().map(|f| f.sig.ident.to_string()).collect();
    for header in ["listino.h", "listino.ffi.h"] {
        let path = format!("{}/include/{header}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        for name in &wanted {
            assert!(text.contains(&format!("{name}(")), "{header} lacks {name}");
        }
        assert!(text.contains("listino_query"));
    }
}

#[test]
fn every_type_that_is_given_out_is_freed_by_one_function() {
    let names: BTreeSet<String> = exports().iter().map(|f| f.sig.ident.to_string()).collect();
    for kind in ["engine", "configurator", "session", "text", "bytes", "error"] {
        assert!(names.contains(&format!("listino_{kind}_free")), "{kind}");
    }
    assert_eq!(names.iter().filter(|name| name.ends_with("_free")).count(), 6);
}
