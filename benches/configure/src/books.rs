//! Compiled books with one product each, made to a model, and sessions of customers in them.

use std::path::Path;

use listino_core::call;
use listino_core::configure::{Answer, OptionState};
use listino_core::quote::Request;
use serde_json::json;

use crate::clauses::Random;
use crate::{CHOICES, CUSTOMERS, Failure, model};

/// Whether a customer may still take an option or not.
fn is_open(state: &OptionState) -> bool {
    (state.can_choose, state.can_leave_out) == (Answer::Yes, Answer::Yes)
}

/// Writes `NAME.listino`, the book, and `NAME.json`: a request that asks for its product, and for
/// each customer what is chosen and how many options are open after it.
pub(crate) fn write(name: &str, directory: &Path) -> Result<(), Failure> {
    let mut model = model(name)?;
    name.clone_into(&mut model.id);
    let book = json!({
        "v": 1,
        "currency": "EUR",
        "customers": { "customer": {} },
        "products": { "product": { "model": name } },
        "models": [model],
        "price_lists": [{ "id": "base", "prices": { "product": "1000" } }],
    });
    let engine = call::compile(book.to_string().as_bytes())?;
    let request = json!({
        "v": 1,
        "date": "2024-05-01",
        "customer": "customer",
        "lines": [{ "product": "product", "quantity": "1" }],
    });
    let asked: Request = serde_json::from_value(request.clone())?;
    let mut customers = Vec::new();
    for customer in 0..CUSTOMERS {
        let mut random = Random::new(customer + 1);
        let mut session = engine.configure(&asked, 0)?;
        let mut open: Vec<OptionState> = session.states().into_iter().filter(is_open).collect();
        let mut choices = Vec::new();
        for _ in 0..CHOICES {
            let Some(option) = open.get(random.below(open.len())) else { break };
            let (option, chosen) = (option.id.clone(), random.below(2) == 0);
            session.decide(&option, chosen)?;
            open = session.states().into_iter().filter(is_open).collect();
            choices.push(json!({ "option": option, "chosen": chosen, "open": open.len() }));
        }
        customers.push(choices);
    }
    let sessions = json!({ "request": request, "customers": customers });
    std::fs::write(directory.join(format!("{name}.listino")), engine.to_bytes())?;
    std::fs::write(directory.join(format!("{name}.json")), sessions.to_string())?;
    Ok(())
}
