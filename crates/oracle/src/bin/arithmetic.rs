//! Compares the engine's arithmetic with rationals.

use clap::Parser;

/// Compares random rows, and rows around the bounds of the numbers, and panics at the first that
/// is wrong.
#[derive(Parser)]
struct Arguments {
    /// How many rows.
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() {
    let Arguments { rows, seed } = Arguments::parse();
    let counts = listino_oracle::arithmetic(rows, seed);
    for (name, (rows, refused)) in &counts {
        println!("{rows:>10}  {name}, {refused} do not fit");
    }
    println!("{rows} rows, all as the rationals say");
}
