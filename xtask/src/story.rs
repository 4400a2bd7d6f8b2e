//! Runs the commands that a README shows, so that the README cannot promise what is not so.

use std::fs;

use crate::process::{Failure, Result, own, root};

/// Runs every command line (`$ listino ...`) in the console blocks of a document.
pub(crate) fn run(document: &str) -> Result<()> {
    let text = fs::read_to_string(root().join(document))?;
    let commands = commands(&text);
    if commands.is_empty() {
        return Err(Failure(format!("{document} shows no command")));
    }
    for command in commands {
        println!("$ listino {}", command.arguments.join(" "));
        let output = own("dev", "listino", &command.arguments)?.stdout_capture().run()?;
        let shown = String::from_utf8_lossy(&output.stdout);
        print!("{shown}");
        let code = output.status.code();
        if code != Some(command.code) {
            let expected = command.code;
            return Err(Failure(format!(
                "`listino {}` ended with {}, not with exit code {expected}",
                command.arguments.join(" "),
                output.status
            )));
        }
        if let Some(missing) = command.prints.iter().find(|part| !shown.contains(**part)) {
            return Err(Failure(format!(
                "`listino {}` does not print `{missing}`",
                command.arguments.join(" ")
            )));
        }
        if shown.trim().is_empty() {
            let line = command.arguments.join(" ");
            return Err(Failure(format!("`listino {line}` prints nothing")));
        }
    }
    Ok(())
}

/// A command line of a document, and what must be true of it.
#[derive(Debug, PartialEq, Eq)]
struct Command<'a> {
    arguments: Vec<&'a str>,
    /// The exit code: 0, or what a comment `exit code N` after the command says.
    code: i32,
    /// What the document quotes from the output: the lines below the command, each of which must
    /// be printed somewhere; `...` stands for lines that are left out.
    prints: Vec<&'a str>,
}

fn commands(text: &str) -> Vec<Command<'_>> {
    let mut commands: Vec<Command<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = !inside && language == "console";
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(command) = line.strip_prefix("$ listino ") {
            let (command, comment) = command.split_once('#').unwrap_or((command, ""));
            let code = comment.trim().strip_prefix("exit code ").and_then(|n| n.parse().ok());
            commands.push(Command {
                arguments: command.split_whitespace().collect(),
                code: code.unwrap_or(0),
                prints: Vec::new(),
            });
        } else if let Some(last) = commands.last_mut()
            && !line.trim().is_empty()
            && line.trim() != "..."
        {
            last.prints.push(line.trim());
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_from_console_blocks_only() {
        let text = "```sh\n$ listino no\n```\n\n```console\n$ listino check a.json  # exit code 1\nerror B0204\n...\n$ listino quote --explain\n```\n$ listino no\n";
        let expected = [
            Command { arguments: vec!["check", "a.json"], code: 1, prints: vec!["error B0204"] },
            Command { arguments: vec!["quote", "--explain"], code: 0, prints: vec![] },
        ];
        assert_eq!(commands(text), expected);
    }
}
