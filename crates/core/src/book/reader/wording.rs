//! What the readers say, in the words of the book.

use std::cell::Cell;

use super::Document;
use crate::Diagnostic;
use crate::book::Code;
use crate::book::nearest;
use crate::wire::EMPTY;

/// A defect of form, of a book or a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    Syntax,
    Truncated,
    Trailing,
    Limit,
    More,
    Form,
    Duplicate,
    UnknownField,
    Missing,
    Kind,
    Decimal,
    Digits,
    Date,
    Id,
    Currency,
    Factor,
    Word,
    Version,
    Row,
    NotPositive,
}

impl Defect {
    pub(super) const fn code(self, document: Document) -> Code {
        let (book, request) = match self {
            Self::Syntax => (Code::BookSyntax, Code::RequestSyntax),
            Self::Truncated => (Code::BookTruncated, Code::RequestTruncated),
            Self::Trailing => (Code::BookTrailing, Code::RequestTrailing),
            Self::Limit => (Code::BookLimit, Code::RequestLimit),
            Self::More => (Code::BookMore, Code::RequestMore),
            Self::Form => (Code::BookForm, Code::RequestForm),
            Self::Duplicate => (Code::BookDuplicate, Code::RequestDuplicate),
            Self::UnknownField => (Code::BookUnknownField, Code::RequestUnknownField),
            Self::Missing => (Code::BookMissing, Code::RequestMissing),
            Self::Kind => (Code::BookKind, Code::RequestKind),
            Self::Decimal => (Code::BookDecimal, Code::RequestDecimal),
            Self::Digits => (Code::BookDigits, Code::RequestDigits),
            Self::Date => (Code::BookDate, Code::RequestDate),
            Self::Id => (Code::BookId, Code::RequestId),
            Self::Currency => (Code::BookCurrency, Code::RequestCurrency),
            Self::Version => (Code::BookVersion, Code::RequestVersion),
            // A request has no field of these kinds.
            Self::Factor => (Code::BookFactor, Code::RequestForm),
            Self::Word => (Code::BookWord, Code::RequestForm),
            Self::Row => (Code::BookRow, Code::RequestForm),
            Self::NotPositive => (Code::BookNotPositive, Code::RequestForm),
        };
        match document {
            Document::Book => book,
            Document::Request => request,
        }
    }
}

/// At most this much of a refused text is repeated.
const ECHO: usize = 60;

/// The beginning of a text, without control characters.
pub(super) fn echo(text: &str) -> String {
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(ECHO).collect();
    if text.chars().count() > ECHO {
        shown.push('…');
    }
    shown
}

/// The finding of a text that is not JSON.
pub(super) fn syntax(
    error: &serde_json::Error,
    text: &str,
    path: String,
    document: Document,
) -> Diagnostic {
    let whole = error.to_string();
    let fact = whole.split(" at line ").next().unwrap_or_default().to_owned();
    let place = format!("line {}, column {}", error.line(), error.column());
    let defect = if fact.starts_with("recursion limit") {
        let message = format!("limit `nesting` is exceeded at {place}: 128 levels are the most");
        return Diagnostic::new(Defect::Limit.code(document), path, message)
            .with_help("write the document with fewer levels".to_owned());
    } else if fact.starts_with("trailing characters") {
        Defect::Trailing
    } else if error.is_eof() {
        Defect::Truncated
    } else {
        Defect::Syntax
    };
    if text.starts_with('\u{feff}') {
        let message = "the text begins with a byte order mark (line 1, column 1)".to_owned();
        return Diagnostic::new(defect.code(document), path, message)
            .with_help("save it as UTF-8 without a byte order mark".to_owned());
    }
    if text.trim_ascii().is_empty() {
        return Diagnostic::new(
            defect.code(document),
            path,
            format!("the text is empty ({place})"),
        );
    }
    let fact = match defect {
        Defect::Trailing => "the document has ended, and something follows".to_owned(),
        Defect::Truncated => "the text ends in the middle".to_owned(),
        _ => fact.to_lowercase(),
    };
    Diagnostic::new(defect.code(document), path, format!("{fact} ({place})"))
}

/// What is wrong with one value, and what helps where that is better than the catalogue.
pub(super) struct Wording {
    pub(super) defect: Defect,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The field that is unknown or missing.
    pub(super) field: Option<String>,
}

/// So many digits come back from a binary float as they were written.
const DOUBLE: usize = 15;

/// A number as it was written, as far as a binary float has kept that: what is not known is not said.
fn faithful(number: &str) -> Option<&str> {
    let number = number.trim_matches('`');
    let Some((whole, part)) = number.split_once('.') else { return Some(number) };
    let digits = whole.len() + part.len() - usize::from(whole.starts_with('-'));
    let zeros =
        number.bytes().filter(u8::is_ascii_digit).take_while(|digit| *digit == b'0').count();
    let whole_only = part == "0";
    let trailing =
        if whole_only { whole.bytes().rev().take_while(|d| *d == b'0').count() + 1 } else { 0 };
    (digits.saturating_sub(zeros + trailing) <= DOUBLE).then_some(if whole_only {
        whole
    } else {
        number
    })
}

/// The words between backticks.
fn ticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The sentence of a reader's error.
pub(super) fn word(error: &str) -> Wording {
    let plain = |defect, message: String| Wording { defect, message, help: None, field: None };
    if let Some(rest) = error.strip_prefix("unknown field `") {
        let (name, expected) = rest.split_once("`, ").unwrap_or((rest.trim_end_matches('`'), ""));
        let known = ticked(expected);
        let help = match nearest(name, known.iter().copied(), &Cell::new(1_000)) {
            Some(meant) => format!("did you mean `{meant}`? Or remove the field"),
            None if known.is_empty() => "remove the field".to_owned(),
            None => format!("remove the field; known are {}", list(&known)),
        };
        return Wording {
            defect: Defect::UnknownField,
            message: format!("field `{}` is not known here", echo(name)),
            help: Some(help),
            field: Some(name.to_owned()),
        };
    }
    if let Some(rest) = error.strip_prefix("missing field `") {
        let name = rest.trim_end_matches('`');
        return Wording {
            defect: Defect::Missing,
            message: format!("field `{name}` is missing"),
            help: Some(format!("add `{name}`")),
            field: Some(name.to_owned()),
        };
    }
    if let Some(rest) = error.strip_prefix("unknown variant `") {
        let (name, expected) = rest.split_once("`, ").unwrap_or((rest.trim_end_matches('`'), ""));
        let known = ticked(expected);
        let help = match nearest(name, known.iter().copied(), &Cell::new(1_000)) {
            Some(meant) => format!("did you mean `{meant}`? Known are {}", list(&known)),
            None => format!("write one of {}", list(&known)),
        };
        return Wording {
            defect: Defect::Word,
            message: format!("`{}` is not one of the words that are known here", echo(name)),
            help: Some(help),
            field: None,
        };
    }
    for (start, defect) in [
        ("invalid type: ", Defect::Kind),
        ("invalid value: ", Defect::Form),
        ("invalid length ", Defect::Kind),
    ] {
        if let Some(rest) = error.strip_prefix(start) {
            let (is, wanted) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
            let decimal = wanted.starts_with("a decimal") || wanted.starts_with("a conversion");
            let number = is.strip_prefix("integer ").or_else(|| is.strip_prefix("floating point "));
            let help = match number {
                Some(number) if decimal => Some(match faithful(number) {
                    Some(number) => format!("write it as a string: `\"{number}\"`"),
                    None => "write it as a string, with all its digits".to_owned(),
                }),
                _ => None,
            };
            let is = if start.ends_with("length ") { format!("a list of {is}") } else { found(is) };
            let message = format!("{is} stands where {} is needed", needed(wanted));
            return Wording { defect, message, help, field: None };
        }
    }
    if error == EMPTY {
        let fact = EMPTY.split(": ").next().unwrap_or_default().to_owned();
        let help = "name at least one".to_owned();
        return Wording { help: Some(help), ..plain(Defect::Form, fact) };
    }
    let fact = error.split(": write ").next().unwrap_or_default();
    let fact = fact.split(": this engine").next().unwrap_or_default();
    let defect = if fact.ends_with("is not a decimal number") {
        Defect::Decimal
    } else if fact.ends_with("has more than 28 digits") {
        Defect::Digits
    } else if fact.ends_with("must be greater than zero") {
        Defect::NotPositive
    } else if fact.ends_with("is not a date") {
        Defect::Date
    } else if fact.ends_with("is not an id") {
        Defect::Id
    } else if fact.ends_with("is not a currency code") {
        Defect::Currency
    } else if fact.ends_with("is not a conversion factor") {
        Defect::Factor
    } else if fact.starts_with("version ") {
        Defect::Version
    } else if error.contains("`price`") {
        Defect::Row
    } else {
        Defect::Form
    };
    plain(defect, if defect == Defect::Row { error.to_owned() } else { fact.to_owned() })
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// What stands there.
fn found(is: &str) -> String {
    match is {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "null" | "unit value" => "`null`".to_owned(),
        other => {
            if let Some(text) = other.strip_prefix("string ") {
                format!("the text `{}`", echo(text.trim_matches('"')))
            } else if let Some(number) =
                other.strip_prefix("integer ").or_else(|| other.strip_prefix("floating point "))
            {
                match faithful(number) {
                    Some(number) => format!("the number `{}`", echo(number)),
                    None => format!("a number of more than {DOUBLE} digits"),
                }
            } else if let Some(value) = other.strip_prefix("boolean ") {
                value.to_owned()
            } else {
                echo(other)
            }
        }
    }
}

/// What is needed, without the names of types.
fn needed(wanted: &str) -> String {
    let start = |names: &[&str]| names.iter().any(|name| wanted.starts_with(name));
    if start(&["u8", "u16", "u32", "u64"]) {
        "a whole number that is not negative".to_owned()
    } else if start(&["i8", "i16", "i32", "i64"]) {
        "a whole number".to_owned()
    } else if start(&["struct", "tuple struct", "a map", "map"]) {
        "an object".to_owned()
    } else if let Some(length) = wanted.strip_prefix("an array of length ") {
        format!("a list of {length}")
    } else if start(&["a sequence"]) {
        "a list".to_owned()
    } else if start(&["a boolean"]) {
        "`true` or `false`".to_owned()
    } else if start(&["enum", "string or map", "variant"]) {
        "a word, or an object with a single field,".to_owned()
    } else if start(&["option"]) {
        "a value".to_owned()
    } else {
        wanted.replace('"', "`")
    }
}
