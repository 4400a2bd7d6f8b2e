//! `listino explain`: why a price is what it is, and why a rule did not win.

use listino_core::Id;
use listino_core::quote::{CandidateOutcome, Considered, QuoteLine};
use serde::Serialize;

use super::quote::{Common, breaks};
use crate::failure::{Exit, Failure, Run};
use crate::offer::Offer;
use crate::terminal;

/// Explain one line: every step of its price, and every rule that lost with the reason.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: Common,
    /// The line: its id, or its number from 1.
    #[arg(long, value_name = "N")]
    line: String,
    /// Why this price list or discount did not win, and what would have to change.
    #[arg(long, value_name = "RULE")]
    why_not: Option<Id>,
}

/// The answer to `--why-not`, for machines.
#[derive(Serialize)]
struct WhyNot<'a> {
    line: &'a Id,
    #[serde(flatten)]
    candidate: &'a Considered,
    sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
}

pub(crate) fn run(args: &Args) -> Run {
    let common = &args.common;
    let (book, request) = common.read()?;
    let engine = &book.engine;
    let quote = engine.explain(&request.request).map_err(|error| {
        request.source.clone().refuse(error.diagnostics().to_vec(), common.json)
    })?;
    let line = find(&quote.lines, &args.line)?;
    let offer = Offer {
        quote: &quote,
        request: &request.request,
        book: book.book(),
        language: common.lang,
        breaks: breaks(engine, &request.request),
    };
    match &args.why_not {
        Some(rule) => why_not(args, &offer, line, rule),
        None if common.json => {
            terminal::print(&format!("{}\n", serde_json::to_string(line).unwrap_or_default()))?;
            Ok(Exit::Fine)
        }
        None => {
            terminal::print(&narrative(&offer, line))?;
            Ok(Exit::Fine)
        }
    }
}

/// A line by its id; by its number when no line has that id.
pub(crate) fn find<'q>(lines: &'q [QuoteLine], wanted: &str) -> Run<&'q QuoteLine> {
    let by_id = lines.iter().find(|line| line.id == *wanted);
    let by_number = || {
        let number: usize = wanted.parse().ok()?;
        lines.iter().filter(|line| line.origin.is_none()).nth(number.checked_sub(1)?)
    };
    by_id.or_else(by_number).ok_or_else(|| {
        let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
        Failure::usage_with_help(
            format!("the offer has no line `{wanted}`"),
            format!("its lines are {}", ids.join(", ")),
        )
    })
}

/// The waterfall, then the steps and the candidates as sentences.
fn narrative(offer: &Offer<'_>, line: &QuoteLine) -> String {
    let say = offer.say();
    let mut out = offer.trace(line);
    if let Some(price) = &line.price {
        out.push('\n');
        for (index, step) in price.steps.iter().enumerate() {
            out.push_str(&format!("{:>4}. {}\n", index + 1, say.step(line, step)));
        }
    }
    let applied: Vec<String> = line
        .considered
        .iter()
        .filter(|candidate| candidate.outcome == CandidateOutcome::Applied)
        .map(|candidate| format!("    ✓ {}\n", say.considered(candidate)))
        .collect();
    if !applied.is_empty() {
        out.push('\n');
        out.extend(applied);
    }
    out
}

fn why_not(args: &Args, offer: &Offer<'_>, line: &QuoteLine, rule: &Id) -> Run {
    let say = offer.say();
    let found: Vec<&Considered> =
        line.considered.iter().filter(|candidate| candidate.id == *rule).collect();
    if found.is_empty() {
        return not_considered(args, offer, line, rule);
    }
    if args.common.json {
        let answers: Vec<WhyNot<'_>> = found
            .into_iter()
            .map(|candidate| WhyNot {
                line: &line.id,
                candidate,
                sentence: say.outcome(candidate),
                change: say.change(candidate),
            })
            .collect();
        // A list and a discount may share a name; then there are two answers.
        match answers.as_slice() {
            [one] => terminal::json(one)?,
            all => terminal::json(&all)?,
        }
    } else {
        for candidate in found {
            terminal::print(&format!("{}\n", say.considered(candidate)))?;
        }
    }
    Ok(Exit::Fine)
}

/// A rule that was no candidate, or that the book does not have.
fn not_considered(args: &Args, offer: &Offer<'_>, line: &QuoteLine, rule: &Id) -> Run {
    // A compiled book has no list of names: what it did not consider is taken to be there.
    let exists = offer.book.is_none_or(|book| {
        book.price_lists.iter().any(|list| list.id == *rule)
            || book.discounts.iter().any(|discount| discount.id == *rule)
    });
    if !exists {
        let considered: Vec<&str> = line.considered.iter().map(|c| c.id.as_str()).collect();
        return Err(Failure::usage_with_help(
            format!("the book has no price list or discount `{rule}`"),
            format!("considered for this line: {}", considered.join(", ")),
        ));
    }
    let say = offer.say();
    let sentence = match &line.refusal {
        Some(refusal) => say.refusal(line, refusal),
        None => say.not_considered(rule, line),
    };
    if args.common.json {
        terminal::json(&serde_json::json!({ "line": line.id, "id": rule, "sentence": sentence }))?;
    } else {
        terminal::print(&format!("{sentence}\n"))?;
    }
    Ok(Exit::Fine)
}
