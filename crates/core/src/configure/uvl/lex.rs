//! The text as tokens: words, numbers, signs, and where lines are indented.

use winnow::ascii::digit1;
use winnow::combinator::{alt, delimited, opt, preceded};
use winnow::prelude::*;
use winnow::token::{any, one_of, rest, take_till, take_while};

use super::{Place, UvlError, UvlProblem};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name; quoted when it stood in double quotes.
    Name {
        text: String,
        quoted: bool,
    },
    /// Text in single quotes.
    Text(String),
    Number(String),
    Sign(&'static str),
    Newline,
    Indent,
    Dedent,
}

#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) place: Place,
    /// Whether white space stands before the token.
    pub(super) apart: bool,
}

fn name(input: &mut &str) -> winnow::Result<Token> {
    (
        one_of(|c: char| c.is_alphabetic() || c == '_'),
        take_while(0.., |c: char| {
            c.is_alphanumeric() || matches!(c, '_' | '#' | '§' | '%' | '?' | '\\' | '\'')
        }),
    )
        .take()
        .map(|text: &str| Token::Name { text: text.to_owned(), quoted: false })
        .parse_next(input)
}

fn quoted(input: &mut &str) -> winnow::Result<Token> {
    delimited('"', take_till(0.., ['"', '\n']), '"')
        .map(|text: &str| Token::Name { text: text.to_owned(), quoted: true })
        .parse_next(input)
}

fn single_quoted(input: &mut &str) -> winnow::Result<Token> {
    delimited('\'', take_till(0.., ['\'', '\n']), '\'')
        .map(|text: &str| Token::Text(text.to_owned()))
        .parse_next(input)
}

fn number(input: &mut &str) -> winnow::Result<Token> {
    (digit1, opt(preceded('.', digit1)))
        .take()
        .map(|text: &str| Token::Number(text.to_owned()))
        .parse_next(input)
}

fn sign(input: &mut &str) -> winnow::Result<Token> {
    // The longer signs stand before those that they begin with.
    alt((
        alt(("<=>", "=>", "<=", ">=", "==", "!=", "..")),
        alt(("<", ">", "!", "&", "|", "(", ")", "[")),
        alt(("]", "{", "}", ",", ".", "+", "-", "*", "/")),
    ))
    .map(|sign: &str| Token::Sign(SIGNS.iter().copied().find(|s| *s == sign).unwrap_or("")))
    .parse_next(input)
}

const SIGNS: [&str; 24] = [
    "<=>", "=>", "<=", ">=", "==", "!=", "..", "<", ">", "!", "&", "|", "(", ")", "[", "]", "{",
    "}", ",", ".", "+", "-", "*", "/",
];

fn comment(input: &mut &str) -> winnow::Result<()> {
    alt((
        preceded("//", take_till(0.., '\n')).void(),
        delimited("/*", alt((take_until_end, rest)), opt("*/")).void(),
    ))
    .parse_next(input)
}

fn take_until_end<'a>(input: &mut &'a str) -> winnow::Result<&'a str> {
    winnow::token::take_until(0.., "*/").parse_next(input)
}

/// Where the reading stands in the text.
struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
    line: usize,
    line_start: usize,
}

impl Cursor<'_> {
    fn place(&self) -> Place {
        let at = self.text.len() - self.rest.len();
        let before = self.text.get(self.line_start..at).unwrap_or("");
        Place { line: self.line, column: before.chars().count() + 1 }
    }

    /// Counts the lines in what was just read.
    fn advance(&mut self, after: &str) {
        let (from, to) = (self.text.len() - self.rest.len(), self.text.len() - after.len());
        let read = self.text.as_bytes().get(from..to).unwrap_or_default();
        for (offset, _) in read.iter().enumerate().filter(|&(_, &byte)| byte == b'\n') {
            self.line += 1;
            self.line_start = from + offset + 1;
        }
    }
}

/// Cuts a text into tokens; inside brackets line ends do not count.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, UvlError> {
    let mut out: Vec<Placed> = Vec::new();
    let mut cursor = Cursor { text, rest: text, line: 1, line_start: 0 };
    let mut indents = vec![0_usize];
    let mut brackets = 0_usize;
    let mut fresh_line = true;
    loop {
        // Blanks, and at the start of a line how many.
        let before = cursor.rest;
        let blanks = before.trim_start_matches([' ', '\t', '\r', '\u{feff}']);
        let width: usize = before
            .get(..before.len() - blanks.len())
            .unwrap_or("")
            .chars()
            .map(|c| if c == '\t' { 8 } else { usize::from(c == ' ') })
            .sum();
        cursor.rest = blanks;
        let apart = before.len() != blanks.len() || fresh_line;
        let mut input = cursor.rest;
        if comment(&mut input).is_ok() {
            cursor.advance(input);
            cursor.rest = input;
            continue;
        }
        let place = cursor.place();
        if cursor.rest.is_empty() {
            if !fresh_line {
                out.push(Placed { token: Token::Newline, place, apart });
            }
            for _ in 1..indents.len() {
                out.push(Placed { token: Token::Dedent, place, apart });
            }
            return Ok(out);
        }
        if let Some(after) = cursor.rest.strip_prefix('\n') {
            cursor.advance(after);
            cursor.rest = after;
            if brackets == 0 && !fresh_line {
                out.push(Placed { token: Token::Newline, place, apart });
                fresh_line = true;
            }
            continue;
        }
        if fresh_line && brackets == 0 {
            let top = indents.last().copied().unwrap_or(0);
            if width > top {
                indents.push(width);
                out.push(Placed { token: Token::Indent, place, apart });
            }
            while indents.last().is_some_and(|&top| width < top) {
                indents.pop();
                out.push(Placed { token: Token::Dedent, place, apart });
            }
            if indents.last() != Some(&width) {
                return Err(UvlError::new(place, UvlProblem::Indentation));
            }
            fresh_line = false;
        }
        let Ok(token) = alt((name, quoted, single_quoted, number, sign)).parse_next(&mut input)
        else {
            let found = any::<_, winnow::error::ContextError>.parse_next(&mut input).unwrap_or(' ');
            return Err(UvlError::new(place, UvlProblem::Character(found)));
        };
        match token {
            Token::Sign("(" | "[" | "{") => brackets += 1,
            Token::Sign(")" | "]" | "}") => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        cursor.advance(input);
        cursor.rest = input;
        out.push(Placed { token, place, apart });
    }
}
