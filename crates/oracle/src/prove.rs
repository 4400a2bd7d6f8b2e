//! Prices many generated cases with both implementations and says where they disagree.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use listino_core::quote::{Quote, QuoteLine, Refusal};
use listino_core::{Engine, Id};

use crate::compare::{Difference, compare};
use crate::generate::{Case, Switches, generate_some};
use crate::kinds::{ALL_KINDS, intended_pairs, kind_numbers};
use crate::price::{Outcome, price};

/// How much is to be proved.
#[derive(Debug, Clone)]
pub struct Task {
    /// Ends when so many lines are compared.
    pub lines: u64,
    /// Ends before that, at the end of a round, when so much time has passed.
    pub time: Option<Duration>,
    /// Where the books begin. The same seed and lines compare the same cases, with any `jobs`.
    pub seed: u64,
    /// How many threads compare.
    pub jobs: usize,
    /// What is left out.
    pub switches: Switches,
}

impl Task {
    /// So many lines, on one thread.
    pub fn new(lines: u64, seed: u64) -> Self {
        Self { lines, time: None, seed, jobs: 1, switches: Switches::default() }
    }
}

/// A case that the two implementations price differently.
#[derive(Debug, Clone)]
pub struct Found {
    /// The case.
    pub case: Case,
    /// Where they disagree.
    pub differences: Vec<Difference>,
}

/// What a proof found.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Lines that were compared.
    pub lines: u64,
    /// Of them, lines that have a price.
    pub priced: u64,
    /// Books that were compiled.
    pub books: u64,
    /// Requests that were priced.
    pub requests: u64,
    /// Lines that were not compared, because the engine refused a number of their document for
    /// its length.
    pub too_long: u64,
    /// Requests that both refuse as a whole.
    pub refused: u64,
    /// Requests that disagree.
    pub different: u64,
    /// The first of them.
    pub found: Vec<Found>,
    /// How many requests each kind, and each pair of kinds, took part in.
    counts: Vec<u64>,
}

/// How many disagreeing cases are kept.
const KEPT: usize = 200;
/// How many requests are priced by each book: compiling one costs as much as pricing several.
const REQUESTS: usize = 12;
/// How many books the threads share before they look at the count and the clock.
const ROUND: u64 = 64;

impl Summary {
    fn count(&mut self, one: usize, other: usize) -> &mut u64 {
        let kinds = ALL_KINDS.len();
        self.counts.resize(kinds * kinds, 0);
        &mut self.counts[one * kinds + other]
    }

    /// How many requests each kind took part in.
    pub fn kinds(&self) -> BTreeMap<&'static str, u64> {
        let kinds = ALL_KINDS.len();
        let of = |number: usize| self.counts.get(number * kinds + number).copied().unwrap_or(0);
        ALL_KINDS.iter().enumerate().map(|(number, kind)| (*kind, of(number))).collect()
    }

    /// How many requests each pair of kinds took part in that can meet.
    pub fn pairs(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let kinds = ALL_KINDS.len();
        let of = |(one, other): (usize, usize)| {
            let count = self.counts.get(one * kinds + other).copied().unwrap_or(0);
            ((ALL_KINDS[one], ALL_KINDS[other]), count)
        };
        intended_pairs().into_iter().map(of).collect()
    }

    fn add(&mut self, more: Self) {
        self.lines += more.lines;
        self.priced += more.priced;
        self.books += more.books;
        self.requests += more.requests;
        self.too_long += more.too_long;
        self.refused += more.refused;
        self.different += more.different;
        self.found.extend(more.found);
        self.found.truncate(KEPT);
        self.counts.resize(self.counts.len().max(more.counts.len()), 0);
        for (count, more) in self.counts.iter_mut().zip(more.counts) {
            *count += more;
        }
    }

    fn judge(&mut self, engine: &Result<Engine, Difference>, case: &Case) {
        self.requests += 1;
        let differences = match verdict(engine, case) {
            Verdict::TooLong(number, lines) => {
                self.too_long += number;
                // What is left without these lines can be compared.
                if let Some(rest) = without(case, &lines) {
                    self.requests -= 1;
                    self.judge(engine, &rest);
                }
                return;
            }
            Verdict::Refused => {
                self.refused += 1;
                return;
            }
            Verdict::Broken(difference) => {
                self.lines += 1;
                vec![difference]
            }
            Verdict::Priced(engine, oracle) => {
                self.lines += engine.lines.len().max(1) as u64;
                self.priced += engine.lines.iter().filter(|l| l.price.is_some()).count() as u64;
                let kinds = kind_numbers(case, &engine);
                for (place, &one) in kinds.iter().enumerate() {
                    for &other in &kinds[place..] {
                        *self.count(one, other) += 1;
                    }
                }
                compare(*engine, *oracle)
            }
        };
        if !differences.is_empty() {
            self.different += 1;
            if self.found.len() < KEPT {
                self.found.push(Found { case: case.clone(), differences });
            }
        }
    }
}

/// What the two implementations make of one case.
enum Verdict {
    /// The engine refused a number of so many lines for its length: of these, or of the document.
    TooLong(u64, Vec<Id>),
    /// Both refuse the request.
    Refused,
    /// Both answered.
    Priced(Box<Quote>, Box<Quote>),
    /// One answered and the other did not.
    Broken(Difference),
}

fn compile(case: &Case) -> Result<Engine, Difference> {
    Engine::compile(&case.book).map_err(|error| {
        // The code stands in the path, so that each defect is a class of its own.
        let first = error.diagnostics().first();
        Difference {
            path: first.map_or_else(String::new, |d| format!("/{}", d.code)),
            engine: first.map_or_else(String::new, ToString::to_string),
            oracle: "prices it".to_owned(),
        }
    })
}

fn verdict(engine: &Result<Engine, Difference>, case: &Case) -> Verdict {
    let engine = match engine {
        Ok(engine) => engine,
        Err(difference) => return Verdict::Broken(difference.clone()),
    };
    let broken = |path: String, engine: String, oracle: &str| {
        Verdict::Broken(Difference { path, engine, oracle: oracle.to_owned() })
    };
    match (engine.quote(&case.request), price(&case.book, &case.request)) {
        (Err(_), Outcome::Refused) => Verdict::Refused,
        (Err(error), _) => {
            let first = error.diagnostics().first();
            // A sum of the document with too many digits.
            if first.is_some_and(|d| d.code == "Q0206") {
                return Verdict::TooLong(case.request.lines.len() as u64, Vec::new());
            }
            let path = first.map_or_else(String::new, |d| format!("/{}", d.code));
            broken(path, error.to_string(), "prices it")
        }
        (Ok(quote), oracle) => {
            let too_long =
                |line: &&QuoteLine| matches!(line.refusal, Some(Refusal::Precision { .. }));
            let lines: Vec<Id> =
                quote.lines.iter().filter(too_long).map(|line| line.id.clone()).collect();
            if !lines.is_empty() {
                return Verdict::TooLong(lines.len() as u64, lines);
            }
            let prices_it = || "prices it".to_owned();
            match oracle {
                Outcome::Quote(oracle) => Verdict::Priced(Box::new(quote), oracle),
                Outcome::Refused => broken(String::new(), prices_it(), "refuses the request"),
                Outcome::TooLong => {
                    broken(String::new(), prices_it(), "a number does not fit 28 digits")
                }
            }
        }
    }
}

/// The case without some lines, named as in the quote; nothing where none is left or the line is
/// one that the request does not name.
fn without(case: &Case, lines: &[Id]) -> Option<Case> {
    let number = |id: &Id| id.as_str().split('/').next()?.parse::<usize>().ok();
    let numbers: Vec<usize> = lines.iter().filter_map(number).collect();
    let mut request = case.request.clone();
    let mut place = 0;
    request.lines.retain(|_| {
        place += 1;
        !numbers.contains(&place)
    });
    let shorter = !request.lines.is_empty() && request.lines.len() < case.request.lines.len();
    shorter.then(|| Case { request, ..case.clone() })
}

/// Where the two implementations disagree about a case.
pub fn differences(case: &Case) -> Vec<Difference> {
    match verdict(&compile(case), case) {
        Verdict::Priced(engine, oracle) => compare(*engine, *oracle),
        Verdict::Broken(difference) => vec![difference],
        Verdict::TooLong(..) | Verdict::Refused => Vec::new(),
    }
}

/// Compares the lines of generated cases; `progress` hears of every round.
pub fn prove(task: &Task, progress: &mut dyn FnMut(&Summary)) -> Summary {
    let start = Instant::now();
    let mut summary = Summary::default();
    let mut first = 0;
    while summary.lines < task.lines && task.time.is_none_or(|time| start.elapsed() < time) {
        let next = AtomicU64::new(first);
        first += ROUND;
        let work = || {
            let mut part = Summary::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= first {
                    return part;
                }
                let seed = task.seed.wrapping_mul(1_000_003).wrapping_add(number);
                let cases = generate_some(seed, &task.switches, REQUESTS);
                let engine = cases.first().map(compile);
                part.books += 1;
                for case in &cases {
                    if let Some(engine) = &engine {
                        part.judge(engine, case);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..task.jobs).map(|_| scope.spawn(work)).collect();
            summary.add(work());
            for other in others {
                summary.add(other.join().expect("a thread that compares does not panic"));
            }
        });
        progress(&summary);
    }
    summary
}
