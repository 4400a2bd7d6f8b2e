//! What is configured: a product of a book, or a model in one of its formats.

use listino_core::book::locate;
use listino_core::calendar::Date;
use listino_core::configure::{Configurator, Model, ModelErrors};
use listino_core::quote::{Party, PriceError, Request, RequestLine};
use listino_core::{Id, PriceBook};

use super::Subject;
use super::desk::{Desk, Shop};
use crate::failure::{Failure, Run};
use crate::input::{self, BookFile, Input, Loaded};
use crate::report::Source;
use crate::terminal;

/// Opens a session; `None` when the model is refused, which has been said then.
pub(crate) fn open(subject: &Subject, json: bool) -> Run<Option<Desk>> {
    let date = subject.day()?;
    let source = match input::read(&subject.source)? {
        Input::Text(source) => source,
        Input::Compiled(engine) => {
            let product = subject.product.clone().ok_or_else(|| {
                Failure::usage_with_help(
                    format!(
                        "`{}` is compiled and does not list its products",
                        subject.source.display()
                    ),
                    "say which product is configured: `--product ID`",
                )
            })?;
            return from_engine(subject, Loaded { engine, file: None }, product, date).map(Some);
        }
    };
    let extension = subject.source.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let model = match extension {
        "uvl" => Model::from_uvl(source.text()).map_err(|error| unreadable(&source, &error))?,
        "cnf" | "dimacs" => {
            let meta = subject.source.with_extension("meta");
            let meta = if meta.exists() { Some(input::text(&meta)?) } else { None };
            Model::from_dimacs(source.text(), meta.as_ref().map(Source::text))
                .map_err(|error| unreadable(&source, &error))?
        }
        _ if is_book(source.text()) => return from_book(subject, source, date, json).map(Some),
        _ => serde_json::from_str(source.text()).map_err(|error| unreadable(&source, &error))?,
    };
    for (given, name) in
        [(subject.product.is_some(), "product"), (subject.customer.is_some(), "customer")]
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
            let (quantity, language) = (subject.quantity, subject.lang);
            Ok(Some(Desk { session, date, quantity, shop: None, language }))
        }
        Err(errors) => {
            refuse(source.name(), &errors, json)?;
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

fn refuse(name: &str, errors: &ModelErrors, json: bool) -> Run<()> {
    if json {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return terminal::json(&serde_json::json!({ "errors": errors }));
    }
    let mut out = format!("the model in `{name}` is refused\n");
    for error in errors {
        out.push_str(&format!("  {error}\n"));
    }
    terminal::print(&out)
}

fn from_book(subject: &Subject, source: Source, date: Date, json: bool) -> Run<Desk> {
    let book = match PriceBook::from_json(source.text()) {
        Ok(book) => book,
        Err(error) => return Err(source.refuse(error.diagnostics().to_vec(), json)),
    };
    let file = BookFile { source, book };
    let engine = file.engine(json)?;
    let product = product(subject, &file.book)?;
    from_engine(subject, Loaded { engine, file: Some(file) }, product, date)
}

fn from_engine(subject: &Subject, loaded: Loaded, product: Id, date: Date) -> Run<Desk> {
    let Loaded { engine, file } = loaded;
    let customer = match &subject.customer {
        Some(id) => Party::Known(id.clone()),
        None => Party::Described(Box::default()),
    };
    let mut request = Request::new(customer, date);
    request.lines.push(RequestLine::new(product.clone(), subject.quantity));
    let session = engine.configure(&request, 0).map_err(|error| match error {
        PriceError::UnknownCustomer(id) => {
            Failure::usage(format!("the book has no customer `{id}`"))
        }
        error => cannot_be_sold(subject, file.as_ref(), &product, &error),
    })?;
    Ok(Desk {
        session,
        date,
        quantity: subject.quantity,
        language: subject.lang,
        shop: Some(Shop { book: file.map(|file| file.book), engine, request }),
    })
}

fn cannot_be_sold(
    subject: &Subject,
    file: Option<&BookFile>,
    product: &Id,
    error: &PriceError,
) -> Failure {
    let place = format!("/products/{}", product.as_str().replace('~', "~0").replace('/', "~1"));
    let position = file.and_then(|file| locate(file.source.text(), &place));
    let line = position.map_or_else(String::new, |position| format!(", line {}", position.line));
    Failure::usage(format!(
        "`{product}` ({}{line}) cannot be configured: {error}",
        subject.source.display()
    ))
}

/// The product that is meant.
fn product(subject: &Subject, book: &PriceBook) -> Run<Id> {
    let products = book.products.iter().filter(|(_, product)| product.model.is_some());
    let configured: Vec<&Id> = products.map(|(id, _)| id).collect();
    let names: Vec<&str> = configured.iter().map(|id| id.as_str()).collect();
    let found = match (&subject.product, configured.as_slice()) {
        (Some(wanted), _) => configured.iter().find(|id| **id == wanted),
        (None, [one]) => Some(one),
        (None, _) => None,
    };
    match (found, &subject.product) {
        (Some(&id), _) => Ok(id.clone()),
        (None, Some(wanted)) => Err(Failure::usage_with_help(
            format!("the book has no configured product `{wanted}`"),
            format!(
                "configured are: {}",
                if names.is_empty() { "none".into() } else { names.join(", ") }
            ),
        )),
        (None, None) if names.is_empty() => Err(Failure::usage(format!(
            "`{}` has no product with a model",
            subject.source.display()
        ))),
        (None, None) => Err(Failure::usage_with_help(
            "several products are configured",
            format!("say which: `--product` {}", names.join(", ")),
        )),
    }
}
