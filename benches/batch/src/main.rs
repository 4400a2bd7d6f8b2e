//! A million lines, by the engine and by a kernel written by hand, with the same sums or not at all.
//!
//! Without an argument both take turns in one process and a table is printed.

mod kernel;
mod ours;

use std::error::Error;
use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use clap::{Parser, Subcommand};
use kernel::{Answer, Kernel};
use listino_bench::{Outcome, Sums, Workload};
use listino_core::Engine;
use listino_core::batch::Priced;
use ours::Names;
use rustix::time::{ClockId, clock_gettime};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// So many lines are priced in one call.
const SLICE: usize = 65_536;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum What {
    /// Only the engine; prints JSON.
    Ours,
    /// Only the kernel; prints JSON.
    Kernel,
}

/// The time this thread has had of a processor: others on the machine do not count.
fn now() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
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
    let workload = Workload::new();
    let lines = workload.lines(count);
    let right = if count == 1_000_000 {
        PUBLISHED
    } else {
        Outcome::sums(lines.iter().filter_map(|line| workload.price(line)))
    };
    let (mut us, mut them) = (Times::new(count), Times::new(count));
    if what != Some(What::Kernel) {
        let book = workload.book()?;
        let engine = Engine::compile(&book)?;
        drop(book);
        let kernel = match what {
            None => Some(Kernel::new(&workload)?),
            Some(_) => None,
        };
        let columns = ours::Columns::new(&engine, &lines);
        let raw = kernel::Columns::new(&lines);
        let mut priced = Priced::default();
        let mut answer = Answer::default();
        let names = Names::new(&engine);
        let (mut our_sums, mut their_sums) = ([0; 10], [0; 10]);
        for round in 0..=rounds {
            for (slice, times) in slices(count).zip(&mut us.0) {
                let part = columns.lines().slice(slice);
                let mut outcome = Ok(());
                let time =
                    timed(|| outcome = engine.price_columns_into(black_box(&part), &mut priced));
                outcome?;
                match round {
                    0 => add(&mut our_sums, names.outcomes(&priced)?),
                    _ => times.push(time),
                }
            }
            let Some(kernel) = &kernel else { continue };
            for (slice, times) in slices(count).zip(&mut them.0) {
                let time = timed(|| kernel.run(black_box(&raw), slice, &mut answer));
                match round {
                    0 => add(&mut their_sums, answer.outcomes()),
                    _ => times.push(time),
                }
            }
        }
        check("the engine", our_sums, right)?;
        let ours = us.nanoseconds(count);
        match kernel {
            None => println!("{{\"nanoseconds\": {ours:.2}}}"),
            Some(kernel) => {
                check("the kernel", their_sums, right)?;
                let theirs = them.nanoseconds(count);
                println!(
                    "engine {ours:.1} ns/line, kernel {theirs:.1} ns/line ({} MB)",
                    kernel.bytes() / 1_000_000
                );
            }
        }
        return Ok(());
    }
    let kernel = Kernel::new(&workload)?;
    let raw = kernel::Columns::new(&lines);
    let mut answer = Answer::default();
    let mut sums = [0; 10];
    for round in 0..=rounds {
        for (slice, times) in slices(count).zip(&mut them.0) {
            let time = timed(|| kernel.run(black_box(&raw), slice, &mut answer));
            match round {
                0 => add(&mut sums, answer.outcomes()),
                _ => times.push(time),
            }
        }
    }
    check("the kernel", sums, right)?;
    println!("{{\"nanoseconds\": {:.2}}}", them.nanoseconds(count));
    Ok(())
}
