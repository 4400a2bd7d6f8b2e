//! The core on the benchmark workload: one line, a document with and without its trace, compiling,
//! loading what was compiled.
//!
//! `cargo xtask bench core` runs this next to the rivals and prints the ratios. Times are processor time of the
//! thread: others on the machine count less.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BatchSize, Criterion, SamplingMode};
use listino_bench::{Workload, adventureworks};
use listino_core::Engine;
use listino_core::quote::Quote;
use rustix::time::{ClockId, clock_gettime};

/// More lines than a cache holds prices for: a single line asked again and again would measure
/// the cache.
const LINES: usize = 10_000;

/// What the thread takes of a processor.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
    }

    fn end(&self, start: Duration) -> Duration {
        self.start().saturating_sub(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        WallTime.add(a, b)
    }

    fn zero(&self) -> Duration {
        WallTime.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Reads what a quote leaves to its reader: the digest of the request, the names of steps and candidates.
fn read(quote: &Quote) {
    black_box(*quote.request);
    for line in &quote.lines {
        black_box(line.price.as_ref().map(|price| &*price.steps));
        black_box(&*line.considered);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().with_measurement(ProcessorTime).configure_from_args();
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
    group.bench_function("document_read", |bencher| {
        let mut requests = documents.iter().cycle();
        bencher.iter(|| {
            let quote = requests.next().map(|request| engine.explain(black_box(request)));
            if let Some(Ok(quote)) = &quote {
                read(quote);
            }
            quote
        });
    });
    let (engine, request) = adventureworks()?;
    group.bench_function("adventureworks_explained", |bencher| {
        bencher.iter(|| engine.explain(black_box(&request)));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
