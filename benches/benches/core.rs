//! The core on the benchmark workload: one line, a document with and without its trace, compiling,
//! loading what was compiled.
//!
//! `cargo xtask bench core` runs this next to the rivals and prints the ratios.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, SamplingMode};
use listino_bench::{Workload, adventureworks};
use listino_core::Engine;

/// More lines than a cache holds prices for: a single line asked again and again would measure
/// the cache.
const LINES: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let workload = Workload::new();
    let book = workload.book()?;
    let mut group = criterion.benchmark_group("core");

    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("compile", |bencher| {
        // Giving the memory back is not part of compiling: a batch drops what it made untimed.
        let compile = |()| Engine::compile(black_box(&book));
        bencher.iter_batched(|| (), compile, BatchSize::PerIteration);
    });

    let engine = Engine::compile(&book)?;
    let bytes = engine.to_bytes();
    group.bench_function("load", |bencher| {
        let load = |()| Engine::from_bytes(black_box(&bytes));
        bencher.iter_batched(|| (), load, BatchSize::PerIteration);
    });
    drop(bytes);
    // The engine must not live on what the book keeps warm.
    drop(book);
    let lines = workload.lines(LINES);
    let requests = lines.iter().map(Workload::request).collect::<Result<Vec<_>, _>>()?;
    let queries = requests.iter().filter_map(Workload::query).collect::<Vec<_>>();
    let documents = workload.documents(LINES / 20)?;
    group.sample_size(60).sampling_mode(SamplingMode::Auto);
    group.measurement_time(Duration::from_secs(5));
    group.bench_function("one_line", |bencher| {
        let mut queries = queries.iter().cycle();
        bencher.iter(|| queries.next().map(|query| engine.price(black_box(query))));
    });
    group.bench_function("one_line_quoted", |bencher| {
        let mut requests = requests.iter().cycle();
        bencher.iter(|| requests.next().map(|request| engine.quote(black_box(request))));
    });
    group.bench_function("document", |bencher| {
        let mut requests = documents.iter().cycle();
        bencher.iter(|| requests.next().map(|request| engine.quote(black_box(request))));
    });
    group.bench_function("document_explained", |bencher| {
        let mut requests = documents.iter().cycle();
        bencher.iter(|| requests.next().map(|request| engine.explain(black_box(request))));
    });
    let (engine, request) = adventureworks()?;
    group.bench_function("adventureworks_explained", |bencher| {
        bencher.iter(|| engine.explain(black_box(&request)));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
