//! Prices many generated cases with both implementations and says where they disagree.

use std::collections::BTreeMap;

use listino_core::Engine;
use listino_core::quote::{Quote, Refusal};
use serde::Serialize;

use crate::compare::{Difference, compare};
use crate::generate::{ALL_KINDS, Case, Switches, generate, kind_numbers};
use crate::price::{Outcome, price};

/// How far a proof is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Lines compared so far.
    pub lines: u64,
    /// Cases priced so far.
    pub cases: u64,
    /// Cases that disagree so far.
    pub different: u64,
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
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// Lines that were compared.
    pub lines: u64,
    /// Of them, lines that have a price.
    pub priced: u64,
    /// Cases that were priced.
    pub cases: u64,
    /// Lines that were not compared, because the engine refused a number of their document for
    /// its length.
    pub too_long: u64,
    /// Requests that both refuse as a whole.
    pub refused: u64,
    /// Cases that disagree.
    pub different: u64,
    /// How many cases each kind of rule took part in.
    pub coverage: BTreeMap<&'static str, u64>,
    /// Kinds that never took part.
    pub uncovered: Vec<&'static str>,
    /// Pairs of kinds that took part in one case.
    pub pairs: usize,
    /// Pairs of covered kinds that never met, where they could.
    pub uncovered_pairs: usize,
    /// The first cases that disagree.
    #[serde(skip)]
    pub found: Vec<Found>,
}

/// How many disagreeing cases are kept.
const KEPT: usize = 200;

/// What the two implementations make of one case.
pub(crate) enum Verdict {
    /// The engine refused a number for its length; so many lines.
    TooLong(u64),
    /// Both refuse the request.
    Refused,
    /// Both answered.
    Compared(Box<Quote>, Vec<Difference>),
    /// One answered and the other did not.
    Broken(Vec<Difference>),
}

/// Prices a case with both.
pub(crate) fn verdict(case: &Case) -> Verdict {
    let broken = |engine: String, oracle: &str| {
        Verdict::Broken(vec![Difference { path: String::new(), engine, oracle: oracle.to_owned() }])
    };
    let engine = match Engine::compile(&case.book) {
        Ok(engine) => engine,
        Err(error) => {
            // The code stands in the path, so that each defect is a class of its own.
            let first = error.diagnostics().first();
            return Verdict::Broken(vec![Difference {
                path: first.map_or_else(String::new, |d| format!("/{}", d.code)),
                engine: first.map_or_else(String::new, ToString::to_string),
                oracle: "prices it".to_owned(),
            }]);
        }
    };
    let oracle = price(&case.book, &case.request);
    match (engine.quote(&case.request), oracle) {
        (Err(_), Outcome::Refused) => Verdict::Refused,
        (Err(error), _) => Verdict::Broken(vec![Difference {
            path: error.diagnostics().first().map_or_else(String::new, |d| format!("/{}", d.code)),
            engine: error.to_string(),
            oracle: "prices it".to_owned(),
        }]),
        (Ok(_), Outcome::Refused) => broken("prices it".to_owned(), "refuses the request"),
        (Ok(quote), oracle) => {
            let too_long = quote
                .lines
                .iter()
                .any(|line| matches!(line.refusal, Some(Refusal::Precision { .. })));
            if too_long {
                return Verdict::TooLong(quote.lines.len() as u64);
            }
            match oracle {
                Outcome::Quote(oracle) => {
                    let differences = compare(&quote, &oracle);
                    Verdict::Compared(Box::new(quote), differences)
                }
                _ => broken("prices it".to_owned(), "a number does not fit 28 digits"),
            }
        }
    }
}

/// Where the two implementations disagree about a case.
pub fn differences(case: &Case) -> Vec<Difference> {
    match verdict(case) {
        Verdict::Compared(_, differences) | Verdict::Broken(differences) => differences,
        Verdict::TooLong(_) | Verdict::Refused => Vec::new(),
    }
}

/// Compares at least so many lines of generated cases.
pub fn prove(lines: u64, seed: u64, progress: &mut dyn FnMut(Progress)) -> Summary {
    prove_with(lines, seed, &Switches::default(), progress)
}

/// The same with some features of the generator switched off.
pub fn prove_with(
    lines: u64,
    seed: u64,
    switches: &Switches,
    progress: &mut dyn FnMut(Progress),
) -> Summary {
    let mut summary = Summary { seed, ..Summary::default() };
    let mut pairs: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut number = 0_u64;
    while summary.lines < lines {
        let case = generate(seed.wrapping_mul(1_000_003).wrapping_add(number), switches);
        number += 1;
        summary.cases += 1;
        match verdict(&case) {
            Verdict::TooLong(lines) => summary.too_long += lines,
            Verdict::Refused => summary.refused += 1,
            Verdict::Broken(differences) => {
                summary.lines += 1;
                summary.different += 1;
                keep(&mut summary, case, differences);
            }
            Verdict::Compared(quote, differences) => {
                summary.lines += quote.lines.len().max(1) as u64;
                summary.priced += quote.lines.iter().filter(|l| l.price.is_some()).count() as u64;
                let kinds = kind_numbers(&case, &quote);
                for (i, kind) in kinds.iter().enumerate() {
                    *summary.coverage.entry(ALL_KINDS[*kind]).or_default() += 1;
                    for other in &kinds[i + 1..] {
                        *pairs.entry((*kind, *other)).or_default() += 1;
                    }
                }
                if !differences.is_empty() {
                    summary.different += 1;
                    keep(&mut summary, case, differences);
                }
            }
        }
        progress(Progress {
            lines: summary.lines,
            cases: summary.cases,
            different: summary.different,
        });
    }
    summary.uncovered =
        ALL_KINDS.iter().copied().filter(|kind| !summary.coverage.contains_key(kind)).collect();
    summary.pairs = pairs.len();
    let covered = summary.coverage.len();
    summary.uncovered_pairs = covered * covered.saturating_sub(1) / 2 - pairs.len();
    summary
}

fn keep(summary: &mut Summary, case: Case, differences: Vec<Difference>) {
    if summary.found.len() < KEPT {
        summary.found.push(Found { case, differences });
    }
}
