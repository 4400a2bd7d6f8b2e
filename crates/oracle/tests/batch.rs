//! Batches against quotes, on generated books: every row has the digits that its line has alone.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test: a defect shall stop it"
)]

use listino_core::batch::{Lines, Priced, Quantities};
use listino_core::book::{MarginLevel, TaxPrices};
use listino_core::calendar::Date;
use listino_core::money::{Exact, Quantity};
use listino_core::quote::{
    LineQuery, Party, PriceError, QuoteLine, Request, RequestLine, Status, StepKind,
};
use listino_core::{Engine, Id, PriceBook};
use listino_oracle::{Switches, generate};

/// How many books; `LISTINO_BATCH_BOOKS` asks for more.
const BOOKS: u64 = 120;

/// Whole numbers and decimals around the bounds that generated books have, and a return.
const QUANTITIES: [i128; 9] = [1_000, 2_000, 5_000, 9_500, 10_000, 49_000, 100_250, 0, -3_000];

#[test]
fn rows_have_the_digits_of_quotes() {
    let switches = Switches::default();
    let (mut rows, mut plainer) = (0, 0);
    let more = std::env::var("LISTINO_BATCH_BOOKS").ok().and_then(|books| books.parse().ok());
    for seed in 0..more.unwrap_or(BOOKS).max(BOOKS) {
        let case = generate(seed, &switches);
        rows += compare(&case.book, &case.request);
        let book = without_documents(PriceBook::clone(&case.book));
        if Engine::compile(&book).is_ok() {
            plainer += compare(&book, &case.request);
        }
    }
    assert!(rows > 15_000, "{rows} rows compared");
    assert!(plainer > 6_000, "{plainer} rows of books without documents compared");
}

/// What a line alone does not need: most of what is left is plain.
fn without_documents(mut book: PriceBook) -> PriceBook {
    let on_document = |id: &Id| {
        book.stages.iter().any(|s| s.id == *id && s.on != listino_core::book::Level::Line)
    };
    book.discounts.retain(|rule| rule.free.is_none() && !on_document(&rule.stage));
    book.discounts.iter_mut().for_each(|rule| rule.across = None);
    book.margins.retain(|rule| rule.on == MarginLevel::Line);
    book.mix_groups.clear();
    book.visibility.clear();
    book.price_lists.retain(|list| list.formula.is_none());
    book.price_lists.iter_mut().for_each(|list| list.scale.across = None);
    if book.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross) {
        book.tax = None;
    }
    book
}

/// Compares every customer with every product; how many rows that were.
fn compare(book: &PriceBook, request: &Request) -> usize {
    let Ok(engine) = Engine::compile(book) else { return 0 };
    let day = request.date.day_number();
    let (mut customers, mut products, mut quantities, mut dates) = (vec![], vec![], vec![], vec![]);
    let mut asked = Vec::new();
    for customer in book.customers.keys() {
        for product in book.products.keys() {
            for (turn, quantity) in QUANTITIES.iter().enumerate() {
                let date = Date::from_day_number(day + turn as i32 - 4).unwrap();
                customers.push(engine.customer_number(customer.as_str()).unwrap());
                products.push(engine.product_number(product.as_str()).unwrap());
                quantities.push(*quantity);
                dates.push(date.day_number());
                asked.push((customer, product, *quantity, date));
            }
        }
    }
    let lines = Lines::new(&customers, &products, Quantities::Decimal(&quantities, 3), &dates);
    let priced = engine.price_columns(&lines).unwrap();
    let mut cut = engine.price_columns(&lines.slice(0..7)).unwrap();
    cut.append(&engine.price_columns(&lines.slice(7..lines.len())).unwrap());
    assert_eq!(cut, priced, "the same however the rows are cut");
    for (row, (customer, product, quantity, date)) in asked.iter().enumerate() {
        let quantity = Quantity::from_exact(Exact::new(*quantity, 3).unwrap()).unwrap();
        let mut request = Request::new(Party::Known((*customer).clone()), *date);
        request.lines.push(RequestLine::new((*product).clone(), quantity));
        let quote = engine.quote(&request).unwrap();
        let place = format!("{customer} {product} {quantity} {date}\n{}", book.to_json());
        equal(&engine, &priced, row, &quote.lines[0], quote.status, &place);
        let query = LineQuery::new(customer.as_str(), product.as_str(), quantity, *date);
        single(&priced, row, engine.price(&query), &place);
    }
    asked.len()
}

fn equal(
    engine: &Engine,
    priced: &Priced,
    row: usize,
    line: &QuoteLine,
    status: Status,
    place: &str,
) {
    let Some(price) = &line.price else {
        let refusal = serde_json::to_value(&line.refusal).unwrap();
        let error = priced.error[row].map(|error| error.name());
        assert_eq!(refusal["reason"].as_str(), error, "{place}");
        assert_eq!(priced.status[row], None, "{place}");
        return;
    };
    assert_eq!(priced.error[row], None, "{place}");
    let list = engine.price_lists().nth(priced.price_list[row] as usize).unwrap();
    assert_eq!(*list, price.price_list, "{place}");
    assert_eq!(priced.list_price.get(row), price.list_price, "{place}");
    assert_eq!(priced.unit_price.get(row), price.unit_price, "{place}");
    assert_eq!(priced.total.get(row), Some(price.total), "{place}");
    assert_eq!(priced.net.get(row), Some(price.net), "{place}");
    assert_eq!(priced.cost.get(row), price.cost, "{place}");
    assert_eq!(priced.margin.get(row), price.margin.as_ref().map(|m| m.amount), "{place}");
    let percent = price.margin.as_ref().and_then(|m| m.percent).map(|p| p.to_string());
    assert_eq!(priced.margin_percent.get(row).map(|p| p.to_string()), percent, "{place}");
    assert_eq!(priced.status[row], Some(status), "{place}");
    for stage in &priced.stages {
        let mut steps = price.steps.iter().filter(|step| {
            matches!(step.kind, StepKind::Discount | StepKind::Manual)
                && step.stage.as_ref() == Some(&stage.id)
        });
        let first = steps.next();
        let rule = engine.discounts().nth(stage.rule[row] as usize);
        assert_eq!(rule, first.and_then(|step| step.rule.as_ref()), "{place}");
        if steps.next().is_none() {
            let percent = first.and_then(|step| step.percent).map(|p| p.to_string());
            if percent.is_some() || first.is_none() {
                assert_eq!(stage.percent.get(row).map(|p| p.to_string()), percent, "{place}");
            }
        }
    }
}

fn single(
    priced: &Priced,
    row: usize,
    alone: Result<listino_core::quote::PricedLine, PriceError>,
    place: &str,
) {
    match alone {
        Err(_) => assert!(priced.error[row].is_some(), "{place}"),
        Ok(alone) => {
            assert_eq!(Some(alone.total), priced.total.get(row), "{place}");
            assert_eq!(alone.unit_price, priced.unit_price.get(row), "{place}");
            assert_eq!(Some(alone.status), priced.status[row], "{place}");
        }
    }
}
