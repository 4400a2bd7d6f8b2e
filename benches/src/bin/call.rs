//! How long the engine takes, in nanoseconds of processor time: what a binding is compared with. Quotes
//! in JSON, and without JSON a quote and a price of one line.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot begin shall stop")]

use std::hint::black_box;

use listino_core::call::{self, Verb};
use listino_core::quote::{LineQuery, Request};

const BOOK: &str = include_str!("../../../examples/adventureworks/book.json");
const PRODUCTS: [&str; 5] = ["BK-M82B-42", "BK-R93R-56", "FR-M94S-38", "HL-U509-R", "LJ-0192-L"];

fn request(lines: usize) -> String {
    let line = |at: usize| {
        let product = PRODUCTS.iter().cycle().nth(at).unwrap();
        format!(r#"{{"product":"{product}","quantity":"{}"}}"#, at + 1)
    };
    let lines: Vec<String> = (0..lines).map(line).collect();
    format!(
        r#"{{"v":1,"date":"2022-07-15","customer":"alpine-cycle-works","channel":"reseller","lines":[{}]}}"#,
        lines.join(",")
    )
}

/// The median of rounds, after some to warm up.
fn median(mut run: impl FnMut()) -> u64 {
    let round = |_| {
        let start = processor();
        (0..500).for_each(|_| run());
        (processor() - start) / 500
    };
    let mut rounds: Vec<u64> = (0..30).map(round).skip(10).collect();
    rounds.sort_unstable();
    *rounds.get(rounds.len() / 2).unwrap()
}

fn processor() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    (time.tv_sec * 1_000_000_000 + time.tv_nsec).unsigned_abs()
}

fn main() {
    let engine = call::compile(BOOK.as_bytes()).unwrap();
    let json = |lines: usize| {
        let request = request(lines);
        median(|| drop(black_box(engine.call(Verb::Quote, black_box(request.as_bytes())).unwrap())))
    };
    let typed = Request::from_json(&request(1)).unwrap();
    let quote = median(|| drop(black_box(engine.quote(black_box(&typed)).unwrap())));
    let channel = "reseller".parse().unwrap();
    let query = LineQuery {
        customer: "alpine-cycle-works",
        product: "BK-M82B-42",
        quantity: 6.into(),
        date: "2022-07-15".parse().unwrap(),
        unit: None,
        currency: None,
        channel: Some(&channel),
    };
    let price = median(|| drop(black_box(engine.price(black_box(&query)).unwrap())));
    println!(
        r#"{{"one_line":{},"twenty_lines":{},"quote":{quote},"price":{price}}}"#,
        json(1),
        json(20)
    );
}
