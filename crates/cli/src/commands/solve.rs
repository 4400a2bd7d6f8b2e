//! `listino solve`: how far one can go.

use listino_core::explain::Sentences;
use listino_core::money::{Amount, Percent};
use listino_core::quote::{Approval, Request};
use listino_core::solve::{Goal, SolveError};
use serde::Serialize;

use super::quote::Common;
use crate::failure::{Exit, Failure, Run};
use crate::offer::Offer;
use crate::terminal;

/// Find the largest discount that keeps every threshold, or what reaches a total or a margin.
///
/// Exit code 1 when there is no answer; what stands against one is said.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    goal: GoalArgs,
    /// Change this line only: its id, or its number from 1.
    #[arg(long, value_name = "N")]
    line: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct GoalArgs {
    /// The largest discount that leaves every floor, block and limit kept: one coin more does not.
    #[arg(long)]
    keep_thresholds: bool,
    /// The fewest discounts that bring the net total down to this.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    target_total: Option<Amount>,
    /// The largest discount at which the margin still reaches this percentage.
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    target_margin: Option<Percent>,
}

impl GoalArgs {
    fn goal(&self) -> Goal {
        match (self.target_total, self.target_margin) {
            (Some(total), _) => Goal::TargetTotal(total),
            (_, Some(margin)) => Goal::TargetMargin(margin),
            (None, None) => Goal::KeepThresholds,
        }
    }
}

/// Why there is no answer, for machines.
#[derive(Serialize)]
struct NoAnswer<'a> {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lowest: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    above: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<Amount>,
    #[serde(skip_serializing_if = "<[Approval]>::is_empty")]
    limits: &'a [Approval],
}

pub(crate) fn run(args: &Args) -> Run {
    let common = &args.common;
    let (book, request) = common.read()?;
    let engine = &book.engine;
    let line = args.line.as_deref().map(|line| position(&request.request, line)).transpose()?;
    let solution = match engine.solve(&request.request, args.goal.goal(), line) {
        Ok(solution) => solution,
        Err(SolveError::Request(error)) => {
            return Err(request.source.refuse(error.diagnostics().to_vec(), common.json));
        }
        Err(error) => {
            let quote = engine.quote(&request.request).map_err(|error| {
                request.source.clone().refuse(error.diagnostics().to_vec(), common.json)
            })?;
            return no_answer(args, &Sentences::new(&quote, common.lang), &error);
        }
    };
    if common.json {
        terminal::json(&solution)?;
        return Ok(Exit::Fine);
    }
    let offer = Offer {
        quote: &solution.quote,
        request: &solution.request,
        book: book.book(),
        language: common.lang,
        breaks: Vec::new(),
    };
    let say = offer.say();
    let mut out = String::new();
    for concession in &solution.concessions {
        out.push_str(&format!("{}\n", terminal::strong(&say.concession(concession))));
    }
    if solution.concessions.is_empty() {
        out.push_str(&format!("{}\n", terminal::strong(say.no_concession())));
    }
    if !solution.limits.is_empty() {
        out.push_str(&format!("{}\n", say.one_more()));
        for limit in &solution.limits {
            out.push_str(&format!("  {}\n", say.approval(limit)));
        }
    }
    out.push('\n');
    out.push_str(&offer.text(false));
    terminal::print(&out)?;
    Ok(Exit::Fine)
}

fn no_answer(args: &Args, say: &Sentences<'_>, error: &SolveError) -> Run {
    let (lowest, limits) = match error {
        SolveError::Broken(limits) => (None, limits.as_slice()),
        SolveError::OutOfReach { lowest, limits } => (Some(*lowest), limits.as_slice()),
        _ => (None, [].as_slice()),
    };
    let (above, below) = match error {
        SolveError::SteppedOver { above, below } => (Some(*above), Some(*below)),
        _ => (None, None),
    };
    if args.common.json {
        terminal::json(&NoAnswer { error: error.to_string(), lowest, above, below, limits })?;
        return Ok(Exit::Refused);
    }
    let mut out = format!("{}\n", say.unsolved(error));
    for limit in limits {
        out.push_str(&format!("  {}\n", say.approval(limit)));
    }
    terminal::print(&out)?;
    Ok(Exit::Refused)
}

/// The position of a line by its id; by its number where no line has that id.
fn position(request: &Request, wanted: &str) -> Run<usize> {
    request.position(wanted).ok_or_else(|| {
        Failure::usage_with_help(
            format!("the request has no line `{wanted}`"),
            format!("it has {}", terminal::count(request.lines.len(), "line")),
        )
    })
}
