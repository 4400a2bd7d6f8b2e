//! JSON Schemas of the documents.

use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::Value;

/// The JSON Schema of a document, described for every language: the examples of the documentation,
/// which are for Rust, are left out.
///
/// ```
/// use listino_core::{PriceBook, schema};
/// assert!(!schema::<PriceBook>().as_value().to_string().contains("use listino_core"));
/// ```
pub fn schema<T: JsonSchema>() -> Schema {
    let mut schema = schema_for!(T);
    without_examples(&mut schema);
    schema
}

fn without_examples(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description")
        && let Some(example) = text.find("\n\n```")
    {
        text.truncate(example);
    }
    transform_subschemas(&mut without_examples, schema);
}
