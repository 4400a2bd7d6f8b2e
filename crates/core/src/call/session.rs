//! A customer choosing, step by step, in JSON.

use serde::{Deserialize, Serialize};

use super::error::Code;
use super::{CallError, LineOf, json, read, text};
use crate::Engine;
use crate::calendar::Date;
use crate::configure::{
    Best, Configuration, Configurator, GroupView, Model, SavedSession, Session, Total, UserChoice,
};
use crate::money::Quantity;

/// What a session can be asked. A word without an argument is written as a string.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    /// Choose an option.
    Choose(String),
    /// Leave an option out.
    LeaveOut(String),
    /// Take back what was decided about an option.
    Undo(String),
    /// Take back the last choice.
    UndoLast,
    /// Choose again what was taken back last.
    Redo,
    /// The groups with their options, as a person reads them.
    Groups,
    /// Where every option stands.
    States,
    /// Where one option stands.
    State(String),
    /// Why an option cannot be chosen, or cannot be left out.
    Explain(UserChoice),
    /// What to give up so that an option can be chosen or left out: alternatives.
    Restorations(UserChoice),
    /// Choose or leave out an option and give up the least for it.
    Restore(UserChoice),
    /// A whole valid configuration with its price.
    Complete,
    /// The cheapest configuration.
    Cheapest,
    /// The configuration with the largest margin.
    BestMargin,
    /// What choosing an option would change.
    WhatIf(String),
    /// What the completed configuration is made of.
    Parts {
        date: Date,
        #[serde(default)]
        quantity: Option<Quantity>,
    },
    /// The session as it is stored.
    Save,
    /// Allow so many search steps for each answer from here on.
    SetSteps(u64),
}

/// Where a session stands after a choice.
#[derive(Serialize)]
struct Standing {
    choices: Vec<UserChoice>,
    settled: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gave_up: Vec<UserChoice>,
}

/// A whole configuration and what it costs.
#[derive(Serialize)]
struct Whole<'a> {
    options: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    total: Option<Total>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proved: Option<bool>,
}

/// A group, to be shown to a person.
#[derive(Serialize)]
struct GroupShown<'a> {
    id: &'a str,
    name: &'a str,
    min: u32,
    max: u32,
    /// The option that the group belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a str>,
    options: Vec<OptionShown<'a>>,
}

/// An option, to be shown to a person.
#[derive(Serialize)]
struct OptionShown<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> GroupShown<'a> {
    fn new(configurator: &'a Configurator, group: GroupView<'a>) -> Self {
        let own = configurator.options().filter(|option| option.group() == group.id());
        Self {
            id: group.id(),
            name: group.name(),
            min: group.min(),
            max: group.max(),
            parent: group.parent(),
            options: own.map(|o| OptionShown { id: o.id(), name: o.name() }).collect(),
        }
    }
}

/// The most alternatives that a question for restorations answers with.
const MOST_RESTORATIONS: usize = 5;
/// The most lines of a parts list.
const MOST_PARTS: u32 = 1_000_000;

/// Compiles an option model from JSON, as it stands on a date.
///
/// ```
/// let model = br#"{ "id": "lamp", "groups": [{ "id": "colour",
///     "options": [{ "id": "red" }, { "id": "white" }] }] }"#;
/// let configurator = listino_core::call::configurator(model, "2026-01-31")?;
/// assert_eq!(configurator.id(), "lamp");
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] with everything that is wrong with the model.
pub fn configurator(model: &[u8], date: &str) -> Result<Configurator, CallError> {
    let model: Model = read(text(model)?)?;
    let date: Date =
        date.parse().map_err(|_| CallError::argument("", format!("`{date}` is not a date")))?;
    Ok(Configurator::compile(&model, date)?)
}

/// Starts a session on the model of a line's product, with the line's choices made and the
/// customer's prices: [`Engine::configure`] for `{ "request", "line" }`, where `line` may be left out
/// when the request has one line only.
///
/// ```
/// use listino_core::call;
/// let engine = call::compile(br#"{ "v": 1, "currency": "EUR", "customers": { "C": {} },
///     "products": { "lamp": { "model": "lamp" } },
///     "models": [{ "id": "lamp", "groups": [{ "id": "colour", "options": [{ "id": "red" }] }] }],
///     "price_lists": [{ "id": "base", "prices": { "lamp": "50" } }] }"#)?;
/// let mut session = call::configure(&engine, br#"{ "request": { "v": 1, "date": "2026-05-01",
///     "customer": "C", "lines": [{ "product": "lamp", "quantity": "1" }] } }"#)?;
/// assert!(call::step(&mut session, br#""groups""#)?.starts_with(r#"[{"id":"colour","#));
/// # Ok::<(), call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] when there is no such line, its product has no model or no price, or one of its
/// choices cannot stand.
pub fn configure(engine: &Engine, input: &[u8]) -> Result<Session, CallError> {
    let asked: LineOf<'_> = read(text(input)?)?;
    let (request, line) = asked.read()?;
    Ok(engine.configure(&request, line.unwrap_or(0))?)
}

/// Takes up a stored session: the session, and as JSON what of it still stands.
///
/// ```
/// use listino_core::call;
/// let model = br#"{ "id": "lamp", "groups": [{ "id": "colour",
///     "options": [{ "id": "red" }, { "id": "white" }] }] }"#;
/// let configurator = call::configurator(model, "2026-01-31")?;
/// let saved = br#"{ "model": "lamp", "choices": [{ "option": "red" }, { "option": "blue" }] }"#;
/// let (_, report) = call::resume(&configurator, saved)?;
/// assert!(report.contains(r#""lost":[{"choice":"blue","#));
/// # Ok::<(), call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] when the stored session cannot be read.
pub fn resume(configurator: &Configurator, saved: &[u8]) -> Result<(Session, String), CallError> {
    #[derive(Serialize)]
    struct Resumed {
        same_model: bool,
        kept: Vec<UserChoice>,
        lost: Vec<Lost>,
    }
    #[derive(Serialize)]
    struct Lost {
        choice: UserChoice,
        error: CallError,
    }
    let saved: SavedSession = read(text(saved)?)?;
    let (session, replay) = configurator.replay(&saved);
    let lost = replay.lost.into_iter().map(|(choice, why)| Lost { choice, error: why.into() });
    let report = Resumed { same_model: replay.same_model, kept: replay.kept, lost: lost.collect() };
    let report = json(&report)?;
    Ok((session, report))
}

/// Takes one step in a session: a choice, or a question.
///
/// Choices (`{"choose": "red"}`, `{"leave_out": "red"}`, `{"undo": "red"}`, `"undo_last"`, `"redo"`,
/// `{"restore": {"option": "red"}}`) answer with the choices as they stand then. Questions are
/// `"groups"`, `"states"`, `{"state": "red"}`, `{"explain": {"option": "red", "chosen": true}}`,
/// `{"restorations": {...}}`, `"complete"`, `"cheapest"`, `"best_margin"`, `{"what_if": "red"}`,
/// `{"parts": {"date": "2026-01-31"}}` and `"save"`.
///
/// ```
/// use listino_core::call;
/// let model = br#"{ "id": "lamp", "groups": [{ "id": "colour",
///     "options": [{ "id": "red" }, { "id": "white" }] }] }"#;
/// let mut session = call::configurator(model, "2026-01-31")?.session();
/// let answer = call::step(&mut session, br#"{ "choose": "red" }"#)?;
/// assert_eq!(answer, r#"{"choices":["red"],"settled":true}"#);
/// let error = call::step(&mut session, br#"{ "choose": "white" }"#).unwrap_err();
/// assert_eq!(error.code(), "C0403");
/// # Ok::<(), call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`]; the session is unchanged then.
pub fn step(session: &mut Session, input: &[u8]) -> Result<String, CallError> {
    let mut gave_up = Vec::new();
    match read::<Step>(text(input)?)? {
        Step::Choose(option) => session.choose(&option)?,
        Step::LeaveOut(option) => session.leave_out(&option)?,
        Step::Undo(option) => drop(session.undo(&option)?),
        Step::UndoLast => drop(session.undo_last()?),
        Step::Redo => drop(session.redo()?),
        Step::Restore(UserChoice { option, chosen }) => {
            gave_up = session.restore(&option, chosen)?.give_up().to_vec();
        }
        Step::SetSteps(steps) => {
            let most = session.configurator().inner.limits.steps;
            session.set_steps(steps.min(most));
        }
        Step::Groups => {
            let configurator = session.configurator();
            let groups = configurator.groups().map(|group| GroupShown::new(configurator, group));
            // A group without an option to choose is not for people.
            let shown: Vec<_> = groups.filter(|group| !group.options.is_empty()).collect();
            return json(&shown);
        }
        Step::States => return json(&session.states()),
        Step::State(option) => return json(&session.state(&option)?),
        Step::Explain(UserChoice { option, chosen }) => {
            return json(&session.explain(&option, chosen)?);
        }
        Step::Restorations(UserChoice { option, chosen }) => {
            return json(&session.restorations(&option, chosen, MOST_RESTORATIONS)?);
        }
        Step::Complete => {
            let configuration = session.complete()?;
            // A model may leave its prices to a price list: then there is no total.
            let total = session.total(&configuration).ok();
            return whole(&configuration, total, None);
        }
        Step::Cheapest => return best(&session.cheapest()?),
        Step::BestMargin => return best(&session.best_margin()?),
        Step::WhatIf(option) => return json(&session.what_if(&option)?),
        Step::Parts { date, quantity } => return parts(session, date, quantity),
        Step::Save => return json(&session.save()),
    }
    json(&Standing { choices: session.choices(), settled: session.is_settled(), gave_up })
}

fn whole(
    configuration: &Configuration,
    total: Option<Total>,
    proved: Option<bool>,
) -> Result<String, CallError> {
    json(&Whole { options: configuration.options().collect(), total, proved })
}

fn best(best: &Best) -> Result<String, CallError> {
    whole(&best.configuration, Some(best.total), Some(best.proved))
}

fn parts(
    session: &mut Session,
    date: Date,
    quantity: Option<Quantity>,
) -> Result<String, CallError> {
    let configuration = session.complete()?;
    let Some(bom) = session.configurator().bom() else {
        return Err(CallError::new(Code::Bill, "the model has no bill of materials"));
    };
    let quantity = quantity.unwrap_or_else(|| 1.into());
    let explosion = bom
        .explode(&configuration, date, quantity, MOST_PARTS)
        .map_err(|error| CallError::new(Code::Bill, error.to_string()))?;
    json(&explosion)
}
