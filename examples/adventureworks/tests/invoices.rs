//! The engine reproduces what was invoiced: 1,000 of 1,000 unit prices and line totals.

use std::fmt::Write as _;

use listino_core::money::{Exact, Rounding, RoundingMode};
use listino_core::quote::{Party, Request, RequestLine};
use listino_core::{Engine, PriceBook};

fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn the_engine_reproduces_every_invoiced_line() {
    let book = PriceBook::from_json(&read("book.json").unwrap()).unwrap();
    let engine = Engine::compile(&book).unwrap();
    let (mut units, mut totals, mut lines, mut different) = (0, 0, 0, String::new());
    for line in read("invoices.csv").unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let &[_, date, channel, customer, product, quantity, unit_price, total] = cells.as_slice()
        else {
            panic!("`{line}` does not have eight cells")
        };
        let customer = Party::Known(customer.parse().unwrap());
        let mut request = Request::new(customer, date.parse().unwrap());
        request.channel = Some(channel.parse().unwrap());
        request.lines.push(RequestLine::new(product.parse().unwrap(), quantity.parse().unwrap()));

        let quote = engine.quote(&request).unwrap();
        let price = quote.lines[0].price.as_ref().unwrap();
        let cents = Rounding::digits(2, RoundingMode::HalfUp);
        let invoiced = total.parse::<Exact>().unwrap().round(cents).unwrap();
        let same_unit = price.unit_price == Some(unit_price.parse().unwrap());
        let same_total = price.total.exact() == invoiced;
        lines += 1;
        units += u32::from(same_unit);
        totals += u32::from(same_total);
        if !(same_unit && same_total) {
            writeln!(different, "{line}: {:?}, {}", price.unit_price, price.total).unwrap();
        }
    }
    assert_eq!((units, totals, lines), (1_000, 1_000, 1_000), "{different}");
}

#[test]
fn the_proposal_compiles_and_prices_every_line_too() {
    let book = PriceBook::from_json(&read("book-next.json").unwrap()).unwrap();
    let engine = Engine::compile(&book).unwrap();
    for line in read("invoices.csv").unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let customer = Party::Known(cells[3].parse().unwrap());
        let mut request = Request::new(customer, cells[1].parse().unwrap());
        let line = RequestLine::new(cells[4].parse().unwrap(), cells[5].parse().unwrap());
        request.lines.push(line);
        assert!(engine.quote(&request).unwrap().lines[0].price.is_some(), "{cells:?}");
    }
}
