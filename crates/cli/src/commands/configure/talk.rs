//! The conversation: one command a line, from a terminal or a pipe.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use listino_core::configure::{Answer, ChoiceError, Origin, Restoration, UserChoice};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::desk::Desk;
use super::{Args, finish};
use crate::failure::{Exit, Failure, Run};
use crate::input;
use crate::terminal;

const PROMPT: &str = "> ";

const HELP: &str = "\
  OPTION            choose it; `choose OPTION` where it is called like a command
  no OPTION         leave it out
  why OPTION        why it cannot be chosen, or cannot be left out
  force OPTION      choose it and give up the least for it
  undo [OPTION]     take back the last choice, or this one
  redo              choose again what was taken back
  show [GROUP]      where the options stand
  prices            what each option would change for one piece, before discounts
  cheapest          choose the cheapest configuration that is left
  save FILE         write the session
  finish            complete it with the defaults, and end
  quit              end without a result

  ● yours   ◐ default   ◆ follows from your choices   ○ possible   – left out by you   ✗ impossible
";

/// Where the commands come from.
enum Lines {
    Editor(Box<DefaultEditor>),
    Pipe(std::io::Lines<std::io::StdinLock<'static>>),
}

impl Lines {
    fn new() -> Run<Self> {
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            let editor = DefaultEditor::new()
                .map_err(|error| Failure::usage(format!("no line editor: {error}")))?;
            return Ok(Self::Editor(Box::new(editor)));
        }
        Ok(Self::Pipe(std::io::stdin().lock().lines()))
    }

    /// The next command; `None` at the end.
    fn next(&mut self) -> Run<Option<String>> {
        match self {
            Self::Editor(editor) => match editor.readline(PROMPT) {
                Ok(line) => {
                    // A line that is not remembered costs nothing but convenience.
                    let _ = editor.add_history_entry(&line);
                    Ok(Some(line))
                }
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
                Err(error) => Err(Failure::usage(format!("the line cannot be read: {error}"))),
            },
            Self::Pipe(lines) => {
                let line = lines.next().transpose().map_err(|error| {
                    Failure::usage(format!("standard input cannot be read: {error}"))
                })?;
                // What a terminal would show, so that a transcript reads like one.
                if let Some(line) = &line {
                    terminal::print(&format!("{PROMPT}{line}\n"))?;
                }
                Ok(line)
            }
        }
    }
}

/// What follows from a command.
enum Next {
    Say(String),
    /// The same, and where the price stands now.
    Changed(String),
    Finish,
    Quit,
}

pub(super) fn run(args: &Args, desk: &mut Desk) -> Run {
    let mut lines = Lines::new()?;
    let title = terminal::strong(&format!("{} · {}", desk.session.configurator().id(), desk.date));
    let void = match desk.session.open_groups() {
        Err(error @ ChoiceError::Refused(_)) => format!("{error}\n\n"),
        _ => String::new(),
    };
    let (options, price) = (desk.show(None), price_line(desk));
    terminal::print(&format!("{title}\n\n{void}{options}{price}"))?;
    while let Some(line) = lines.next()? {
        match command(desk, line.trim()) {
            Next::Say(text) => terminal::print(&text)?,
            Next::Changed(text) => {
                let price = price_line(desk);
                terminal::print(&format!("{text}{price}"))?;
            }
            Next::Finish => {
                let open = desk.session.open_groups().map_err(super::unsettled)?;
                let exit = finish(args, desk)?;
                // On a terminal an unfinished configuration goes on.
                if open.is_empty() || matches!(lines, Lines::Pipe(_)) {
                    return Ok(exit);
                }
            }
            Next::Quit => break,
        }
    }
    Ok(Exit::Refused)
}

fn price_line(desk: &mut Desk) -> String {
    let price = desk.running();
    if price.is_empty() { price } else { format!("  = {price}\n") }
}

fn command(desk: &mut Desk, line: &str) -> Next {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match (word, rest) {
        ("", _) => Next::Say(String::new()),
        ("help" | "?", "") => Next::Say(HELP.to_owned()),
        ("show", "") => Next::Say(desk.show(None)),
        ("show", group) => Next::Say(desk.show(Some(group))),
        ("prices", "") => Next::Say(desk.prices()),
        ("finish", "") => Next::Finish,
        ("quit" | "exit", "") => Next::Quit,
        ("undo", "") => Next::Changed(match desk.session.undo_last() {
            Ok(Some(choice)) => format!("  taken back: {choice}\n"),
            Ok(None) => "  there is nothing to take back\n".to_owned(),
            Err(error) => format!("  {error}\n"),
        }),
        ("undo", option) => Next::Changed(match desk.session.undo(option) {
            Ok(true) => format!("  taken back: `{option}`\n"),
            Ok(false) => format!("  you have not decided about `{option}`\n"),
            Err(error) => format!("  {}\n", desk.choice_error(option, &error)),
        }),
        ("redo", "") => Next::Changed(match desk.session.redo() {
            Ok(Some(choice)) => format!("  again: {choice}\n"),
            Ok(None) => "  there is nothing to do again\n".to_owned(),
            Err(error) => format!("  {error}\n"),
        }),
        ("cheapest", "") => cheapest(desk),
        ("why", option) if !option.is_empty() => Next::Say(why(desk, option)),
        ("force", option) if !option.is_empty() => force(desk, option),
        ("no", option) if !option.is_empty() => decide(desk, option, false),
        ("save", file) if !file.is_empty() => Next::Say(save(desk, Path::new(file))),
        ("choose", option) if !option.is_empty() => decide(desk, option, true),
        (_, "") => decide(desk, word, true),
        _ if desk.session.state(line).is_ok() => decide(desk, line, true),
        _ => Next::Say(format!("  `{line}` is not a command: `help` lists them\n")),
    }
}

/// What the decisions other than the customer's own are, by option.
fn follows(desk: &mut Desk) -> Vec<(String, bool)> {
    let states = desk.session.states();
    let inferred = states.into_iter().filter_map(|state| {
        let decision = state.decision?;
        (decision.origin == Origin::Inferred).then_some((state.id, decision.chosen))
    });
    inferred.collect()
}

fn decide(desk: &mut Desk, option: &str, chosen: bool) -> Next {
    let before = follows(desk);
    match desk.session.decide(option, chosen) {
        Ok(()) => {
            let mut out = String::new();
            let after = follows(desk);
            let mut names = |chosen: bool, word: &str| {
                let new: Vec<&str> = after
                    .iter()
                    .filter(|state| state.1 == chosen && !before.contains(state))
                    .map(|(id, _)| id.as_str())
                    .collect();
                if !new.is_empty() {
                    let most = 12;
                    let more = new.len().saturating_sub(most);
                    let shown: Vec<&str> = new.into_iter().take(most).collect();
                    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
                    out.push_str(&format!("  {word}: {}{tail}\n", shown.join(", ")));
                }
            };
            names(true, "◆ follows");
            names(false, "✗ no longer possible");
            Next::Changed(out)
        }
        Err(error) => {
            let mut out = format!("  {}\n", desk.choice_error(option, &error));
            if matches!(error, ChoiceError::Refused(_)) {
                let choice = UserChoice { option: option.to_owned(), chosen };
                for restoration in desk.restorations(&choice) {
                    out.push_str(&format!("  it could stand without {}\n", given(&restoration)));
                }
            }
            Next::Say(out)
        }
    }
}

fn given(restoration: &Restoration) -> String {
    let given: Vec<String> = restoration.give_up().iter().map(ToString::to_string).collect();
    given.join(", ")
}

fn why(desk: &mut Desk, option: &str) -> String {
    let state = match desk.session.state(option) {
        Ok(state) => state,
        Err(error) => return format!("  {}\n", desk.choice_error(option, &error)),
    };
    if let Some(decision) = state.decision
        && decision.origin == Origin::User
    {
        let verb = if decision.chosen { "chose it" } else { "left it out" };
        return format!("  you {verb}: `undo {option}` takes it back\n");
    }
    let sides = [(true, state.can_choose), (false, state.can_leave_out)];
    let mut out = String::new();
    for (chosen, answer) in sides {
        if answer != Answer::No {
            continue;
        }
        match desk.session.explain(option, chosen) {
            Ok(Some(explanation)) => out.push_str(&format!("  {explanation}\n")),
            Ok(None) => {}
            Err(error) => out.push_str(&format!("  {error}\n")),
        }
    }
    if out.is_empty() {
        out = format!("  `{option}` can be chosen and can be left out\n");
    }
    out
}

fn force(desk: &mut Desk, option: &str) -> Next {
    match desk.session.restore(option, true) {
        Ok(restoration) if restoration.give_up().is_empty() => Next::Changed(String::new()),
        Ok(restoration) => Next::Changed(format!("  given up: {}\n", given(&restoration))),
        Err(error) => Next::Say(format!("  {}\n", desk.choice_error(option, &error))),
    }
}

/// Chooses what the cheapest configuration has; the choices are the customer's from then on.
fn cheapest(desk: &mut Desk) -> Next {
    let best = match desk.session.cheapest() {
        Ok(best) => best,
        Err(error) => return Next::Say(format!("  {error}\n")),
    };
    for option in best.configuration.options() {
        if let Err(error) = desk.session.choose(option) {
            return Next::Changed(format!("  {error}\n"));
        }
    }
    // Defaults and preferences would put more into what is left open.
    while let Ok(complete) = desk.session.complete() {
        let Some(more) = complete.options().find(|option| !best.configuration.is_chosen(option))
        else {
            break;
        };
        if let Err(error) = desk.session.leave_out(more) {
            return Next::Changed(format!("  {error}\n"));
        }
    }
    let proved = if best.proved { "" } else { " (the best that was found in time)" };
    // Hidden options are nobody's choice: they come with the defaults and preferences of the model.
    let complete = desk.session.complete().ok();
    let price = complete.and_then(|complete| Some(desk.session.total(&complete).ok()?.price));
    let more = match price {
        Some(price) if price > best.total.price => ", but for what the model itself adds",
        _ => "",
    };
    Next::Changed(format!("  the cheapest configuration is chosen{proved}{more}\n"))
}

fn save(desk: &Desk, path: &Path) -> String {
    match input::write(path, desk.saved()) {
        Ok(()) => format!("  written: {}\n", path.display()),
        Err(Failure::Usage { message, .. }) => format!("  {message}\n"),
        Err(_) => format!("  `{}` cannot be written\n", path.display()),
    }
}
