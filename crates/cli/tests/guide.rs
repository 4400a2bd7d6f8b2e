//! The last chapters of the guide, on configuring and on compiled books, do what they say.
#![cfg(test)]

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

/// The code blocks of the chapter: the language, the text before it, and what is in it.
fn blocks(chapter: &str) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut before = String::new();
    let mut block: Option<(String, String)> = None;
    for line in chapter.lines() {
        match (line.strip_prefix("```"), block.take()) {
            (Some(language), None) => block = Some((language.to_owned(), String::new())),
            (Some(_), Some((language, text))) => {
                out.push((language, std::mem::take(&mut before), text));
            }
            (None, Some((language, text))) => block = Some((language, format!("{text}{line}\n"))),
            (None, None) => before.push_str(&format!("{line}\n")),
        }
    }
    out
}

/// The last file that a text names.
fn file(text: &str) -> Option<&str> {
    let named = text.split('`').skip(1).step_by(2);
    named.filter(|name| [".json", ".txt"].iter().any(|end| name.ends_with(end))).last()
}

#[test]
fn the_chapters_on_configuring_and_compiling_run() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/GUIDE.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, chapter) = guide.split_once("## 10 Configuring").unwrap();
    let folder = TempDir::new().unwrap();
    let mut commands = 0;
    for (language, before, text) in blocks(chapter) {
        if language != "console" {
            fs::write(folder.path().join(file(&before).unwrap()), text).unwrap();
            continue;
        }
        let (command, expected) = text.split_once('\n').unwrap();
        let command = command.strip_prefix("$ listino ").unwrap();
        let (arguments, input) = command.split_once(" < ").unwrap_or((command, ""));
        let mut run = Command::cargo_bin("listino").unwrap();
        run.args(arguments.split(' ')).current_dir(folder.path());
        if !input.is_empty() {
            run.write_stdin(fs::read(folder.path().join(input)).unwrap());
        }
        let output = run.output().unwrap();
        assert!(output.status.success(), "{command}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{command}");
        commands += 1;
    }
    assert_eq!(commands, 8);
}
