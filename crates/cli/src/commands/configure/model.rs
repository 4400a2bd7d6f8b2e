//! What is configured: a product of a book, or a model in one of its formats.

use std::path::Path;

use listino_core::book::locate;
use listino_core::calendar::Date;
use listino_core::configure::{Configurator, Model, ModelErrors};
use listino_core::quote::{Party, PriceError, Request, RequestLine};
use listino_core::{Id, PriceBook};

use super::Args;
use super::desk::{Desk, Shop};
use crate::failure::{Failure, Run};
use crate::input::{self, BookFile, Input, Loaded};
use crate::report::Source;
use crate::terminal;

/// Opens a session; `None` when the model is refused, which has been said then.
pub(super) fn open(args: &Args, date: Date) -> Run<Option<Desk>> {
    let source = match input::read(&args.source)? {
        Input::Text(source) => source,
        Input::Compiled(engine) => {
            let product = args.product.clone().ok_or_else(|| {
                Failure::usage_with_help(
                    format!(
                        "`{}` is compiled and does not list its products",
                        args.source.display()
                    ),
                    "say which product is configured: `--product ID`",
                )
            })?;
            return from_engine(args, Loaded { engine, file: None }, product, date).map(Some);
        }
    };
    let extension = args.source.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let model = match extension {
        "uvl" => Model::from_uvl(source.text()).map_err(|error| unreadable(&source, &error))?,
        "cnf" | "dimacs" => {
            let meta = args.source.with_extension("meta");
            let meta = if meta.exists() { Some(input::text(&meta)?) } else { None };
            Model::from_dimacs(source.text(), meta.as_ref().map(Source::text))
                .map_err(|error| unreadable(&source, &error))?
        }
        _ if is_book(source.text()) => return from_book(args, source, date).map(Some),
        _ => serde_json::from_str(source.text()).map_err(|error| unreadable(&source, &error))?,
    };
    for (given, name) in
        [(args.product.is_some(), "product"), (args.customer.is_some(), "customer")]
    {
        if given {
            return Err(Failure::usage_with_help(
                format!("`{}` is a model and has no {name}", source.name()),
                format!("leave `--{name}` out, or give a price book"),
            ));
        }
    }
    match Configurator::compile(&model, date) {
        Ok(configurator) => {
            let session = configurator.session();
            let quantity = args.quantity;
            Ok(Some(Desk { session, date, quantity, shop: None, language: args.lang }))
        }
        Err(errors) => {
            refuse(args, source.name(), &errors)?;
            Ok(None)
        }
    }
}

/// A book says its currency; a model has none.
fn is_book(text: &str) -> bool {
    let read: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(text);
    match read {
        Ok(object) => object.contains_key("currency") || object.contains_key("v"),
        // What does not read at all is told about by the better reader.
        Err(_) => true,
    }
}

fn unreadable(source: &Source, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("`{}` is not a model: {error}", source.name()))
}

fn refuse(args: &Args, name: &str, errors: &ModelErrors) -> Run<()> {
    if args.json {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return terminal::json(&serde_json::json!({ "errors": errors }));
    }
    let mut out = format!("the model in `{name}` is refused\n");
    for error in errors {
        out.push_str(&format!("  {error}\n"));
    }
    terminal::print(&out)
}

fn from_book(args: &Args, source: Source, date: Date) -> Run<Desk> {
    let book = match PriceBook::from_json(source.text()) {
        Ok(book) => book,
        Err(error) => return Err(source.refuse(error.diagnostics().to_vec(), args.json)),
    };
    let file = BookFile { source, book };
    let engine = file.engine(args.json)?;
    let product = product(args, &file.book, &args.source)?;
    from_engine(args, Loaded { engine, file: Some(file) }, product, date)
}

fn from_engine(args: &Args, loaded: Loaded, product: Id, date: Date) -> Run<Desk> {
    let Loaded { engine, file } = loaded;
    let customer = match &args.customer {
        Some(id) => Party::Known(id.clone()),
        None => Party::Described(Box::default()),
    };
    let mut request = Request::new(customer, date);
    request.lines.push(RequestLine::new(product.clone(), args.quantity));
    let session = engine.configure(&request, 0).map_err(|error| match error {
        PriceError::UnknownCustomer(id) => {
            Failure::usage(format!("the book has no customer `{id}`"))
        }
        error => cannot_be_sold(args, file.as_ref(), &product, &error),
    })?;
    Ok(Desk {
        session,
        date,
        quantity: args.quantity,
        language: args.lang,
        shop: Some(Shop { book: file.map(|file| file.book), engine, request }),
    })
}

fn cannot_be_sold(
    args: &Args,
    file: Option<&BookFile>,
    product: &Id,
    error: &PriceError,
) -> Failure {
    let place = format!("/products/{}", product.as_str().replace('~', "~0").replace('/', "~1"));
    let position = file.and_then(|file| locate(file.source.text(), &place));
    let line = position.map_or_else(String::new, |position| format!(", line {}", position.line));
    Failure::usage(format!(
        "`{product}` ({}{line}) cannot be configured: {error}",
        args.source.display()
    ))
}

/// The product that is meant.
fn product(args: &Args, book: &PriceBook, path: &Path) -> Run<Id> {
    let products = book.products.iter().filter(|(_, product)| product.model.is_some());
    let configured: Vec<&Id> = products.map(|(id, _)| id).collect();
    let names: Vec<&str> = configured.iter().map(|id| id.as_str()).collect();
    let found = match (&args.product, configured.as_slice()) {
        (Some(wanted), _) => configured.iter().find(|id| **id == wanted),
        (None, [one]) => Some(one),
        (None, _) => None,
    };
    match (found, &args.product) {
        (Some(&id), _) => Ok(id.clone()),
        (None, Some(wanted)) => Err(Failure::usage_with_help(
            format!("the book has no configured product `{wanted}`"),
            format!(
                "configured are: {}",
                if names.is_empty() { "none".into() } else { names.join(", ") }
            ),
        )),
        (None, None) if names.is_empty() => {
            Err(Failure::usage(format!("`{}` has no product with a model", path.display())))
        }
        (None, None) => Err(Failure::usage_with_help(
            "several products are configured",
            format!("say which: `--product` {}", names.join(", ")),
        )),
    }
}
