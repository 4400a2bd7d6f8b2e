//! `listino configure`: choosing options of a model, or of a product of a book.

mod desk;
mod model;
mod talk;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use listino_core::Id;
use listino_core::calendar::Date;
use listino_core::configure::{
    ChoiceError, Explanation, OpenGroup, OptionState, Restoration, UserChoice,
};
use listino_core::explain::Language;
use listino_core::money::Quantity;
use listino_core::quote::{ExplodedBom, LineConfiguration, Quote, RequestLine};
use serde::{Deserialize, Serialize};

pub(super) use self::desk::Desk;
use self::desk::Price;
pub(super) use self::model::open;
use crate::failure::{Exit, Failure, Run};
use crate::input;
use crate::terminal;

/// Choose the options of a product: what still fits, why not, what it costs.
///
/// SOURCE is a price book, a model (JSON), a UVL file (.uvl) or a DIMACS file (.cnf, with its .meta
/// beside it if there is one). On a terminal it is a conversation; `help` lists the commands. From a
/// pipe the same commands are read line by line. `--choices` makes the choices of a file instead.
///
/// Exit code 1 when a choice cannot stand, something is still to be chosen at the end, or the book
/// or model is refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Write the result: for a book a request for `listino quote`, for a model the session.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print where every option stands as JSON.
    #[arg(long, requires = "choices")]
    json: bool,
}

/// What is configured, for whom and on which day.
#[derive(Debug, clap::Args)]
pub(crate) struct Subject {
    /// A price book, a compiled one, or a model.
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// The product of the book; needed when several are configured.
    #[arg(long)]
    product: Option<Id>,
    /// The customer of the book whose prices hold; a visitor where absent.
    #[arg(long)]
    customer: Option<Id>,
    /// The day; today where absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// How many are configured.
    #[arg(long, default_value = "1", allow_hyphen_values = true)]
    quantity: Quantity,
    /// Make the choices of this file: a list of options (JSON), or a session that was saved.
    #[arg(long, value_name = "FILE")]
    pub(super) choices: Option<PathBuf>,
    /// The language in which prices are written: en or it.
    #[arg(long, default_value_t, value_name = "LANGUAGE")]
    lang: Language,
}

/// A file of choices: a list, a line's configuration or a saved session.
#[derive(Deserialize)]
#[serde(untagged)]
enum Choices {
    List(Vec<UserChoice>),
    Session(SavedChoices),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedChoices {
    model: Option<String>,
    #[serde(default, rename = "version")]
    _version: Option<String>,
    choices: Vec<UserChoice>,
}

/// What came of the choices, for machines.
#[derive(Serialize)]
struct Answer<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    date: Date,
    /// Whether every group is decided.
    complete: bool,
    /// The groups that are not.
    #[serde(skip_serializing_if = "<[OpenGroup]>::is_empty")]
    open: &'a [OpenGroup],
    /// Every offered option.
    options: Vec<OptionState>,
    /// The options of the completed configuration.
    chosen: Vec<String>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    /// What it is made of; for a book it stands in the quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    bom: Option<ExplodedBom>,
    /// The line of a request, for a book.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<RequestLine>,
    /// The quote of that line alone, for a book.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<Quote>,
}

/// Why a choice was not taken, for machines.
#[derive(Serialize)]
struct Refused<'a> {
    /// The choice; absent where the model allows nothing at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<&'a UserChoice>,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation>,
    /// What could be given up for it, the least first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    restorations: Vec<Restoration>,
}

pub(crate) fn run(args: &Args) -> Run {
    let Some(mut desk) = open(&args.subject, args.json)? else { return Ok(Exit::Refused) };
    match &args.subject.choices {
        Some(path) => {
            let choices = choices(path, desk.session.configurator().id())?;
            scripted(args, &mut desk, &choices)
        }
        None => talk::run(args, &mut desk),
    }
}

impl Subject {
    fn day(&self) -> Run<Date> {
        let today = || {
            let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
            Date::from_day_number(i32::try_from(seconds / 86_400).ok()?)
        };
        self.date.or_else(today).ok_or_else(|| {
            Failure::usage_with_help("the day is not known", "say it: `--date YYYY-MM-DD`")
        })
    }
}

/// The choices in a file for a model.
pub(super) fn choices(path: &std::path::Path, model: &str) -> Run<Vec<UserChoice>> {
    let source = input::text(path)?;
    let read: Result<Choices, _> = serde_json::from_str(source.text());
    match read {
        Ok(Choices::Session(SavedChoices { model: Some(other), .. })) if other != model => {
            Err(Failure::usage_with_help(
                format!(
                    "`{}` is a session on the model `{other}`, not on `{model}`",
                    source.name()
                ),
                "give a session on this model, or only its choices",
            ))
        }
        Ok(Choices::List(choices) | Choices::Session(SavedChoices { choices, .. })) => Ok(choices),
        Err(error) => Err(Failure::usage_with_help(
            format!("`{}` is not a list of choices: {error}", source.name()),
            r#"write `["red", { "option": "bell", "chosen": false }]`, or a saved session"#,
        )),
    }
}

fn scripted(args: &Args, desk: &mut Desk, choices: &[UserChoice]) -> Run {
    // Where the model allows nothing at all, no choice is to blame.
    if let Err(error @ ChoiceError::Refused(_)) = desk.session.open_groups() {
        return refused(args, desk, None, &error);
    }
    for choice in choices {
        if let Err(error) = desk.session.decide(&choice.option, choice.chosen) {
            return refused(args, desk, Some(choice), &error);
        }
    }
    finish(args, desk)
}

fn refused(args: &Args, desk: &mut Desk, choice: Option<&UserChoice>, error: &ChoiceError) -> Run {
    let restorations = choice.map(|choice| desk.restorations(choice)).unwrap_or_default();
    if args.json {
        let explanation = match error {
            ChoiceError::Refused(why) => Some(&**why),
            _ => None,
        };
        let error = error.to_string();
        terminal::json(&Refused { choice, error, explanation, restorations })?;
    } else {
        let option = choice.map_or("", |choice| choice.option.as_str());
        let mut out = format!("{}\n", desk.choice_error(option, error));
        for restoration in &restorations {
            let given: Vec<String> =
                restoration.give_up().iter().map(ToString::to_string).collect();
            out.push_str(&format!("  it could stand without {}\n", given.join(", ")));
        }
        terminal::print(&out)?;
    }
    Ok(Exit::Refused)
}

/// Shows what came out, writes it where that was asked for, and says how to exit.
fn finish(args: &Args, desk: &mut Desk) -> Run {
    let open = desk.session.open_groups().map_err(unsettled)?;
    if args.json {
        let complete = desk.session.complete().map_err(unsettled)?;
        let quote = desk.quote()?;
        let price = desk.price();
        let configurator = desk.session.configurator().clone();
        terminal::json(&Answer {
            model: configurator.id(),
            version: configurator.version(),
            date: desk.date,
            complete: open.is_empty(),
            open: &open,
            options: desk.session.states(),
            chosen: complete.options().map(str::to_owned).collect(),
            price,
            bom: desk.bom(&complete)?,
            line: desk.line(),
            quote: quote.filter(|_| open.is_empty()).map(|quote| {
                let digest = Some(quote.digest());
                Quote { digest, ..quote }
            }),
        })?;
    } else if open.is_empty() {
        terminal::print(&desk.result()?)?;
    } else {
        terminal::print(&desk.still_open(&open))?;
    }
    if !open.is_empty() {
        return Ok(Exit::Refused);
    }
    if let Some(path) = &args.out {
        input::write(path, desk.document())?;
    }
    Ok(match desk.quote()? {
        Some(quote) => super::quote::exit(&quote),
        None => Exit::Fine,
    })
}

pub(super) fn unsettled(error: ChoiceError) -> Failure {
    Failure::usage(error.to_string())
}

impl Desk {
    /// The line of a request that stands for the choices; `None` without a book.
    fn line(&self) -> Option<RequestLine> {
        let mut line = self.shop.as_ref()?.request.lines.first()?.clone();
        let choices = self.session.choices();
        line.configuration = Some(Box::new(LineConfiguration { choices }));
        Some(line)
    }
}
