//! How long the engine takes for quotes in JSON, in nanoseconds: what a binding is compared with.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot begin shall stop")]

use std::hint::black_box;
use std::time::Instant;

use listino_core::call::{self, Verb};

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

fn main() {
    let engine = call::compile(BOOK.as_bytes()).unwrap();
    let median = |lines: usize| {
        let request = request(lines);
        let round = |_| {
            let start = Instant::now();
            for _ in 0..500 {
                black_box(engine.call(Verb::Quote, black_box(request.as_bytes())).unwrap());
            }
            start.elapsed().as_nanos() / 500
        };
        let mut rounds: Vec<u128> = (0..30).map(round).skip(10).collect();
        rounds.sort_unstable();
        *rounds.get(rounds.len() / 2).unwrap()
    };
    println!(r#"{{"one_line":{},"twenty_lines":{}}}"#, median(1), median(20));
}
