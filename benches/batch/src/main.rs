//! A million lines, by the engine and by a kernel written by hand, with the same sums or not at all.
//!
//! Prints nanoseconds for each line, and of the engine much more, as JSON.

mod kernel;
mod ours;

use std::error::Error;
use std::hint::black_box;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand, ValueEnum};
use kernel::{Answer, Kernel};
use listino_bench::{Line, Outcome, Size, Sums, Workload, adventureworks};
use listino_core::batch::Priced;
use listino_core::money::Exact;
use listino_core::{Engine, PriceBook};
use ours::{Columns, Names};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// So many lines are priced in one call.
const SLICE: usize = 8_192;

/// What a million lines come to, as the workload's definition publishes it.
const PUBLISHED: Sums = [
    7_208_571_793_390,
    23_869_105,
    735_378_300,
    12_440_897,
    372_273_250,
    127_632_250,
    62_529_056_115,
    14_103_625_227_695,
    1_756_676_279,
    655_794,
];

#[derive(Debug, Parser)]
struct Arguments {
    /// How many lines.
    #[arg(long, default_value_t = 1_000_000)]
    lines: usize,
    /// How often each of them.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum What {
    /// Only the engine; prints JSON.
    Ours,
    /// Only the kernel; prints JSON.
    Kernel,
    /// Only the engine, on a workload of another size; prints JSON.
    Sized {
        /// How many products: a power of ten, at least 1,000.
        products: usize,
        /// In how many promotions each product is; those of the workload where absent.
        promotions: Option<usize>,
    },
    /// Writes the compiled book.
    Book { file: PathBuf },
    /// Does one thing so many times and prints nothing: what its instructions are counted on.
    Work { file: PathBuf, work: Work, times: usize },
    /// The same, and prints how many nanoseconds of processor time each took.
    Time { file: PathBuf, work: Work, times: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// One line alone.
    Line,
    /// A quote of 20 lines with a discount on the document, with its waterfalls.
    Quote,
    /// The same with every candidate that lost.
    Explain,
    /// As `Explain`, on the book of AdventureWorks.
    Adventureworks,
    /// 1,000 lines as columns.
    Batch,
    /// Reading the book from JSON.
    Read,
    /// Compiling the book.
    Compile,
    /// Loading the compiled book.
    Load,
}

/// The time this process has had of all processors: others on the machine do not count.
fn now() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = now();
    work();
    now().saturating_sub(start)
}

/// The slices of a batch.
fn slices(lines: usize) -> impl Iterator<Item = Range<usize>> {
    (0..lines).step_by(SLICE).map(move |start| start..lines.min(start + SLICE))
}

/// The times of each slice in every round.
struct Times(Vec<Vec<Duration>>);

impl Times {
    fn new(lines: usize) -> Self {
        Self(slices(lines).map(|_| Vec::new()).collect())
    }

    /// Nanoseconds for each line: the median of each slice, together.
    #[expect(clippy::float_arithmetic, reason = "a measurement, not money")]
    fn nanoseconds(mut self, lines: usize) -> f64 {
        let median = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            times.get(times.len() / 2).copied().unwrap_or_default()
        };
        let all: Duration = self.0.iter_mut().map(median).sum();
        all.as_secs_f64() * 1e9 / lines as f64
    }
}

fn add(sums: &mut Sums, outcomes: impl IntoIterator<Item = Outcome>) {
    for (sum, more) in sums.iter_mut().zip(Outcome::sums(outcomes)) {
        *sum += more;
    }
}

/// Stops where sums are not the right ones.
fn check(who: &str, sums: Sums, right: Sums) -> Result<()> {
    if sums == right {
        return Ok(());
    }
    Err(format!("{who} comes to {sums:?}, and right is {right:?}").into())
}

fn main() -> Result<()> {
    let Arguments { lines: count, rounds, what } = Arguments::parse();
    if let Some(What::Sized { products, promotions }) = what {
        println!("{}", sized(Size { products, promotions }, count, rounds)?);
        return Ok(());
    }
    let workload = Workload::new();
    match what {
        Some(What::Book { file }) => {
            return Ok(std::fs::write(file, Engine::compile(&workload.book()?)?.to_bytes())?);
        }
        Some(What::Work { file, work, times }) => {
            // The one who counts instructions has no clock.
            return repeat(&workload, &file, work, times, || Duration::ZERO).map(drop);
        }
        Some(What::Time { file, work, times }) => {
            println!("{}", repeat(&workload, &file, work, times, now)?);
            return Ok(());
        }
        _ => {}
    }
    let lines = workload.lines(count);
    let right = if count == 1_000_000 { PUBLISHED } else { by_hand(&workload, &lines) };
    let object = match what {
        Some(What::Kernel) => json!({ "batch": kernel(&workload, &lines, rounds, right)? }),
        Some(What::Ours) => ours(&workload, &lines, rounds, right)?,
        _ => {
            let engine = Engine::compile(&workload.book()?)?;
            let ours = batch(&workload, &engine, &lines, rounds, right)?;
            let kernel = kernel(&workload, &lines, rounds, right)?;
            json!({ "batch": ours, "kernel": kernel })
        }
    };
    println!("{object}");
    Ok(())
}

/// The sums of the lines, each priced by hand.
fn by_hand(workload: &Workload, lines: &[Line]) -> Sums {
    Outcome::sums(lines.iter().filter_map(|line| workload.price(line)))
}

/// What a line takes on a workload of another size.
fn sized(size: Size, count: usize, rounds: usize) -> Result<Value> {
    let workload = Workload::of(size);
    let lines = workload.lines(count);
    let engine = Engine::compile(&workload.book()?)?;
    let right = by_hand(&workload, &lines);
    Ok(json!({ "batch": batch(&workload, &engine, &lines, rounds, right)? }))
}

/// Does something so many times; nanoseconds for each.
fn repeat(
    workload: &Workload,
    file: &Path,
    work: Work,
    times: usize,
    clock: impl Fn() -> Duration,
) -> Result<u128> {
    let load = || -> Result<Engine> { Ok(Engine::from_bytes(&std::fs::read(file)?)?) };
    let start;
    match work {
        Work::Line => {
            let engine = load()?;
            let lines = workload.lines(times.min(10_000));
            let requests = lines.iter().map(Workload::request).collect::<Result<Vec<_>>>()?;
            start = clock();
            for query in requests.iter().filter_map(Workload::query).cycle().take(times) {
                black_box(engine.price(black_box(&query))?);
            }
        }
        Work::Quote | Work::Explain => {
            let engine = load()?;
            let documents = workload.documents(times.min(500))?;
            start = clock();
            for request in documents.iter().cycle().take(times) {
                match work {
                    Work::Quote => black_box(engine.quote(black_box(request))?),
                    _ => black_box(engine.explain(black_box(request))?),
                };
            }
        }
        Work::Adventureworks => {
            let (engine, request) = adventureworks()?;
            start = clock();
            for _ in 0..times {
                black_box(engine.explain(black_box(&request))?);
            }
        }
        Work::Batch => {
            let engine = load()?;
            let lines = workload.lines(times * 1_000);
            let columns = Columns::new(workload, &engine, &lines);
            let mut priced = Priced::default();
            start = clock();
            for first in (0..lines.len()).step_by(1_000) {
                let part = columns.lines().slice(first..first + 1_000);
                engine.price_columns_into(black_box(&part), &mut priced)?;
                black_box(&priced);
            }
        }
        Work::Read => {
            let text = workload.book()?.to_json();
            start = clock();
            for _ in 0..times {
                black_box(PriceBook::from_json(black_box(&text))?);
            }
        }
        Work::Compile => {
            let book = workload.book()?;
            start = clock();
            for _ in 0..times {
                black_box(Engine::compile(black_box(&book))?);
            }
        }
        Work::Load => {
            let bytes = std::fs::read(file)?;
            start = clock();
            for _ in 0..times {
                black_box(Engine::from_bytes(black_box(&bytes))?);
            }
        }
    }
    Ok(clock().saturating_sub(start).as_nanos() / times.max(1) as u128)
}

/// Nanoseconds for each line through the kernel.
fn kernel(workload: &Workload, lines: &[Line], rounds: usize, right: Sums) -> Result<f64> {
    let kernel = Kernel::new(workload)?;
    let columns = kernel::Columns::new(lines);
    let mut times = Times::new(lines.len());
    let mut answer = Answer::default();
    let mut sums = [0; 10];
    for round in 0..=rounds {
        for (slice, times) in slices(lines.len()).zip(&mut times.0) {
            let time = timed(|| kernel.run(black_box(&columns), slice, &mut answer));
            match round {
                0 => add(&mut sums, answer.outcomes()),
                _ => times.push(time),
            }
        }
    }
    check("the kernel", sums, right)?;
    Ok(times.nanoseconds(lines.len()))
}

/// Nanoseconds for each line through the engine, on one thread.
fn batch(
    workload: &Workload,
    engine: &Engine,
    lines: &[Line],
    rounds: usize,
    right: Sums,
) -> Result<f64> {
    let columns = Columns::new(workload, engine, lines);
    let names = Names::new(engine);
    let mut times = Times::new(lines.len());
    let mut priced = Priced::default();
    let mut sums = [0; 10];
    for round in 0..=rounds {
        for (slice, times) in slices(lines.len()).zip(&mut times.0) {
            let part = columns.lines().slice(slice);
            let mut outcome = Ok(());
            let time = timed(|| outcome = engine.price_columns_into(black_box(&part), &mut priced));
            outcome?;
            match round {
                0 => add(&mut sums, names.outcomes(&priced)?),
                _ => times.push(time),
            }
        }
    }
    check("the engine", sums, right)?;
    Ok(times.nanoseconds(lines.len()))
}

/// All figures of the engine.
fn ours(workload: &Workload, lines: &[Line], rounds: usize, right: Sums) -> Result<Value> {
    let book = workload.book()?;
    let text = serde_json::to_string(&book)?;
    drop(book);
    let mut parsed = None;
    let parse = took(|| parsed = Some(PriceBook::from_json(&text)));
    let book = parsed.ok_or("nothing was parsed")??;
    drop(text);
    let mut findings = 0;
    let check = took(|| findings = black_box(book.check()).len());
    let mut compiled = None;
    let compile = took(|| compiled = Some(Engine::compile(&book)));
    drop(book);
    let blob = compiled.ok_or("nothing was compiled")??.to_bytes();
    let mut loaded = None;
    let load = took(|| loaded = Some(Engine::from_bytes(&blob)));
    // What is measured is the engine that was loaded: one that differs from the compiled one would
    // not come to the sums.
    let engine = loaded.ok_or("nothing was loaded")??;
    let one = batch(workload, &engine, lines, rounds, right)?;
    let columns = Columns::new(workload, &engine, lines);
    let single = single(workload, &engine, lines, rounds)?;
    let threads = [1, 2].map(|threads| wall(&engine, &columns, lines.len(), threads, rounds));
    Ok(json!({
        "batch": one,
        "wall_one_thread": threads.first(),
        "wall_two_threads": threads.last(),
        "single": single,
        "parse": parse.processor,
        "check": check.processor,
        "findings": findings,
        "compile": compile.processor,
        "wall_parse": parse.wall,
        "wall_compile": compile.wall,
        "load": load.processor,
        "blob": blob.len(),
    }))
}

/// The milliseconds that something took, of processors and by the clock.
struct Took {
    processor: f64,
    wall: f64,
}

#[expect(clippy::float_arithmetic, reason = "a measurement, not money")]
fn took(work: impl FnOnce()) -> Took {
    let start = Instant::now();
    let processor = timed(work).as_secs_f64() * 1e3;
    Took { processor, wall: start.elapsed().as_secs_f64() * 1e3 }
}

/// Nanoseconds for a line asked for alone, over the first lines.
#[expect(clippy::float_arithmetic, reason = "a measurement, not money")]
fn single(workload: &Workload, engine: &Engine, lines: &[Line], rounds: usize) -> Result<f64> {
    let lines = lines.iter().take(10_000).collect::<Vec<_>>();
    let requests = lines.iter().map(|line| Workload::request(line)).collect::<Result<Vec<_>>>()?;
    let queries = requests.iter().filter_map(Workload::query).collect::<Vec<_>>();
    for (query, line) in queries.iter().zip(&lines) {
        let (price, right) = (engine.price(query)?, workload.price(line).ok_or("no such line")?);
        if scaled(price.total.exact()) != Some(right.total) {
            return Err(format!("{line:?} alone comes to {}", price.total).into());
        }
    }
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        times.push(timed(|| {
            for query in &queries {
                let _ = black_box(engine.price(black_box(query)));
            }
        }));
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(median.as_secs_f64() * 1e9 / queries.len() as f64)
}

/// An amount in cents.
fn scaled(amount: Exact) -> Option<i64> {
    amount.multiply(Exact::integer(100)).ok()?.to_integer()?.try_into().ok()
}

/// Nanoseconds of the clock for each line on some threads, each with columns of its own.
#[expect(clippy::float_arithmetic, reason = "a measurement, not money")]
fn wall(engine: &Engine, columns: &Columns, lines: usize, threads: usize, rounds: usize) -> f64 {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    let mut priced = Priced::default();
                    for slice in slices(lines).skip(thread).step_by(threads) {
                        let _ =
                            engine.price_columns_into(&columns.lines().slice(slice), &mut priced);
                        black_box(&priced);
                    }
                });
            }
        });
        times.push(start.elapsed());
    }
    times.sort_unstable();
    // Other programs only ever make it longer.
    times.first().copied().unwrap_or_default().as_secs_f64() * 1e9 / lines as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_of_other_sizes_are_priced_as_by_hand() {
        for promotions in [None, Some(1), Some(100)] {
            let size = Size { products: 1_000, promotions };
            assert!(sized(size, 5_000, 1).is_ok(), "{size:?}");
        }
    }

    /// One test, because compiling the book takes longer than all the lines.
    #[test]
    fn engine_and_kernel_give_every_line_the_answer_by_hand() {
        let workload = Workload::new();
        let lines = workload.lines(100_000);
        let by_hand: Vec<_> = lines.iter().map(|line| workload.price(line).unwrap()).collect();
        let engine = Engine::compile(&workload.book().unwrap()).unwrap();
        let columns = Columns::new(&workload, &engine, &lines);
        let priced = engine.price_columns(&columns.lines()).unwrap();
        let ours = Names::new(&engine).outcomes(&priced).unwrap();
        for ((line, ours), right) in lines.iter().zip(&ours).zip(&by_hand) {
            assert_eq!(ours, right, "{line:?}");
        }
        let mut answer = Answer::default();
        let kernel = Kernel::new(&workload).unwrap();
        kernel.run(&kernel::Columns::new(&lines), 0..lines.len(), &mut answer);
        assert!(answer.outcomes().eq(by_hand));
    }
}
