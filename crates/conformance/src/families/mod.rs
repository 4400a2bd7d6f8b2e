//! The families of the corpus: what is asked, by the chapters of `docs/PRICING.md`.

mod codes;
mod compiled;
mod configure;
mod document;
mod found;
mod lines;
mod lists;
mod money;
mod story;
mod verbs;
mod wild;

use serde_json::{Map, Value, json};

use crate::{Case, Family, Step};

/// All families, without their answers.
pub fn all() -> Vec<Family> {
    let mut families = Vec::new();
    families.extend(lists::all());
    families.extend(lines::all());
    families.extend(document::all());
    families.extend(money::all());
    families.push(verbs::family());
    families.push(configure::family());
    families.push(compiled::family());
    families.extend(codes::all());
    families.push(story::family());
    families.push(wild::family());
    families.push(found::family());
    families
}

/// The date of requests that are about something else.
const DATE: &str = "2026-03-15";

/// A family while it is written.
struct Writer(Family);

impl Writer {
    fn new(name: &str, about: &str) -> Self {
        Self(Family {
            family: name.to_owned(),
            about: about.to_owned(),
            books: [].into(),
            models: [].into(),
            cases: Vec::new(),
        })
    }

    /// Adds a book: the given fields over `{ "v": 1, "currency": "EUR", "customers": { "C": {} } }`.
    fn book(&mut self, name: &str, fields: Value) -> String {
        let mut book = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} } });
        over(&mut book, fields);
        self.0.books.insert(name.to_owned(), book.to_string());
        name.to_owned()
    }

    fn case(&mut self, name: String, call: &str, book: &str, input: &Value) {
        self.text(name, call, book, input.to_string());
    }

    fn text(&mut self, name: String, call: &str, book: &str, input: String) {
        self.0.cases.push(Case {
            name,
            call: call.to_owned(),
            book: Some(book.to_owned()),
            other: None,
            model: None,
            date: None,
            input: Some(input),
            steps: Vec::new(),
            outcome: None,
        });
    }

    /// A quote of a request with the given fields over the usual customer and date.
    fn quote(&mut self, name: impl Into<String>, book: &str, fields: Value) {
        self.case(name.into(), "quote", book, &request(fields));
    }

    /// A quote of one line.
    fn line(&mut self, book: &str, product: &str, quantity: &str) {
        self.quote(format!("{book}: {quantity} of {product}"), book, one(product, quantity));
    }

    /// Quotes of each of these quantities of a product.
    fn quantities(&mut self, book: &str, product: &str, quantities: &[&str]) {
        for quantity in quantities {
            self.line(book, product, quantity);
        }
    }

    fn session(&mut self, name: &str, model: &str, date: &str, steps: &[Value]) {
        let step = |input: &Value| Step { input: input.to_string(), outcome: None };
        self.0.cases.push(Case {
            name: name.to_owned(),
            call: "configure".to_owned(),
            book: None,
            other: None,
            model: Some(model.to_owned()),
            date: Some(date.to_owned()),
            input: None,
            steps: steps.iter().map(step).collect(),
            outcome: None,
        });
    }
}

/// Puts fields over others.
fn over(into: &mut Value, fields: Value) {
    if let (Value::Object(into), Value::Object(fields)) = (into, fields) {
        into.extend(fields);
    }
}

fn request(fields: Value) -> Value {
    let mut request = json!({ "v": 1, "date": DATE, "customer": "C" });
    over(&mut request, fields);
    request
}

fn one(product: &str, quantity: &str) -> Value {
    json!({ "lines": [{ "product": product, "quantity": quantity }] })
}

/// Lines of products and quantities.
fn lines(pairs: &[(&str, &str)]) -> Value {
    let line =
        |(product, quantity): &(&str, &str)| json!({ "product": product, "quantity": quantity });
    Value::Array(pairs.iter().map(line).collect())
}

/// A product catalogue without any fact.
fn products(names: &[&str]) -> Value {
    let map: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    Value::Object(map)
}

/// One list with these prices.
fn base(prices: Value) -> Value {
    json!([{ "id": "base", "prices": prices }])
}
