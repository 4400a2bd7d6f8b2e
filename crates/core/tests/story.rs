//! One offer, told from the book to the quote.
#![cfg(test)]

use listino_core::quote::{Request, Status};
use listino_core::{Engine, PriceBook};

const BOOK: &str = r#"{
  "v": 1, "currency": "EUR",
  "customers": {
    "C-17": { "cluster": "reseller/gold", "region": "it/nord", "contracts": ["K-9"] },
    "C-18": { "cluster": "reseller/silver", "region": "it/sud" }
  },
  "products": {
    "BK-M82B-42": { "category": "bikes/mountain", "unit": "pc",
                    "cost": [{ "valid": { "from": "2022-05-30" }, "value": "1898.0944" }] },
    "HL-U509": { "category": "helmets", "cost": "13.0863" }
  },
  "price_lists": [
    { "id": "base", "valid": { "from": "2022-05-30", "to": "2023-05-29" },
      "prices": { "BK-M82B-42": "3374.99",
                  "HL-U509": [{ "price": "34.99" }, { "from": "50", "price": "31.20" }] } },
    { "id": "acme-2022", "for": { "contract": "K-9" }, "prices": { "BK-M82B-42": "1990.00" } }
  ],
  "discounts": [
    { "id": "reseller", "stage": "cluster", "for": { "cluster": "reseller" }, "percent": "40" },
    { "id": "volume-11", "stage": "volume", "for": { "cluster": "reseller" }, "quantity": { "from": "11" }, "percent": "2", "combine": "base" },
    { "id": "clearance", "stage": "promotion", "group": "offers", "for": { "category": "bikes/mountain" },
      "valid": { "from": "2023-04-13", "to": "2023-05-29" }, "percent": "35" }
  ],
  "margins": [
    { "id": "bikes", "for": { "category": "bikes" }, "target": "30", "floor": "18", "block": "-5",
      "approvals": [{ "below": "30", "role": "area_manager" }, { "below": "18", "role": "sales_director" }] }
  ],
  "tax": { "rates": [{ "category": "S", "percent": "22" }] }
}"#;

#[test]
fn an_offer_is_exact_and_explained() {
    let book = PriceBook::from_json(BOOK).unwrap();
    let engine = Engine::compile(&book).unwrap();
    let request = Request::from_json(
        r#"{ "v": 1, "date": "2022-11-21", "customer": "C-18", "lines": [
             { "product": "BK-M82B-42", "quantity": "12" },
             { "product": "HL-U509", "quantity": "60" } ],
             "discounts": [{ "amount": "100" }] }"#,
    )
    .unwrap();
    let quote = engine.explain(&request).unwrap();
    let line = quote.lines[0].price.as_ref().unwrap();
    assert_eq!(line.unit_price.unwrap().to_string(), "1957.49");
    assert_eq!(line.total.to_string(), "23489.88");
    assert_eq!(quote.status, Status::NeedsApproval);
    insta::assert_snapshot!(serde_json::to_string_pretty(&quote).unwrap());
}
