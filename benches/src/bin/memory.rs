//! How much memory a compiled engine keeps, counted by the allocator, and how many bytes it is
//! stored in, as JSON.
//!
//! `per_row` is what 400,961 price rows add to an engine that has everything else of the workload;
//! `per_row_in_all` is the whole engine, products, customers and rules included.

use std::alloc::System;
use std::error::Error;

use listino_bench::Workload;
use listino_core::{Engine, PriceBook};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes that are still held when the book has been compiled and thrown away.
fn resident(make: impl Fn() -> Result<PriceBook, Box<dyn Error>>) -> Result<usize, Box<dyn Error>> {
    let region = Region::new(ALLOCATOR);
    let book = make()?;
    let engine = Engine::compile(&book)?;
    drop(book);
    let change = region.change();
    drop(engine);
    Ok(change.bytes_allocated.saturating_sub(change.bytes_deallocated))
}

#[expect(clippy::float_arithmetic, reason = "prints a measurement")]
fn main() -> Result<(), Box<dyn Error>> {
    let workload = Workload::new();
    let rows = u32::try_from(workload.rows.len())?;
    let all = resident(|| workload.book())?;
    let stored = Engine::compile(&workload.book()?)?.to_bytes().len();
    let without_prices = resident(|| {
        let mut book = workload.book()?;
        book.price_lists.iter_mut().for_each(|list| list.prices.clear());
        Ok(book)
    })?;
    let per_row =
        |bytes: usize| u32::try_from(bytes).map(|bytes| f64::from(bytes) / f64::from(rows));
    println!(
        "{{\"rows\": {rows}, \"bytes\": {all}, \"stored\": {stored}, \"per_row\": {:.2}, \"per_row_in_all\": {:.2}}}",
        per_row(all.saturating_sub(without_prices))?,
        per_row(all)?,
    );
    Ok(())
}
