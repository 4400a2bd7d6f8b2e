//! A book of an ordinary size: the example's.

use std::error::Error;

use listino_core::quote::{ManualDiscount, Request, RequestLine};
use listino_core::{Engine, PriceBook};

/// The book of `examples/adventureworks`, and a request of 20 lines with 5 % off the document.
///
/// # Errors
/// What stands in the way of reading the example's files.
pub fn adventureworks() -> Result<(Engine, Request), Box<dyn Error>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/adventureworks");
    let book = PriceBook::from_json(&std::fs::read_to_string(format!("{directory}/book.json"))?)?;
    let offer = Request::from_json(&std::fs::read_to_string(format!("{directory}/offer.json"))?)?;
    let lines = offer.lines.iter().cycle().take(20).cloned();
    let lines = lines.map(|line| RequestLine { id: None, ..line }).collect();
    let header = ManualDiscount { percent: Some(5.into()), ..ManualDiscount::default() };
    Ok((Engine::compile(&book)?, Request { lines, discounts: vec![header], ..offer }))
}
