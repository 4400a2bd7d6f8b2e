//! Findings with their place in the file, all at once.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use listino_core::book::Position;
use listino_core::{Diagnostic, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan,
    SpanContents,
};
use serde::Serialize;

use crate::terminal;

/// Excerpts of longer lines say nothing (a book without line breaks is one line).
const LONGEST_LINE: usize = 200;

/// A file and its text.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

impl Source {
    pub(crate) fn new(name: String, text: String) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        // The library counts lines from the beginning of the file, and would take two excerpts that
        // are far from each other for one, with all that lies between them.
        let lines = inner.data().split(|&byte| byte == b'\n').count();
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name.to_string(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            lines,
        )))
    }
}

/// All findings about one file.
#[derive(Debug)]
pub(crate) struct Findings {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

/// The findings for machines: exactly the core's diagnostics, and the file they are about.
#[derive(Serialize)]
struct FindingsJson<'a> {
    file: &'a str,
    diagnostics: &'a [Diagnostic],
}

impl Findings {
    pub(crate) fn new(source: Source, diagnostics: Vec<Diagnostic>) -> Self {
        Self { source, diagnostics }
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    pub(crate) fn json(&self) -> String {
        let json = FindingsJson { file: &self.source.name, diagnostics: &self.diagnostics };
        let mut text = serde_json::to_string_pretty(&json).unwrap_or_default();
        text.push('\n');
        text
    }

    pub(crate) fn text(&self, colour: bool) -> String {
        let handler = handler(colour);
        let mut out = String::new();
        for diagnostic in &self.diagnostics {
            let finding = Finding::new(diagnostic, &self.source);
            // Writing into a string cannot fail.
            let _ = handler.render_report(&mut out, &finding);
            out.push('\n');
        }
        out
    }

    pub(crate) fn print_to_stderr(&self) {
        terminal::complain(&self.text(terminal::colour(&io::stderr())));
    }
}

fn handler(colour: bool) -> GraphicalReportHandler {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(100)
        .with_context_lines(1)
        .without_syntax_highlighting()
}

/// One finding as miette draws it.
#[derive(Debug)]
struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a Source,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl<'a> Finding<'a> {
    fn new(diagnostic: &'a Diagnostic, source: &'a Source) -> Self {
        let mut labels = Vec::new();
        let mut places = Vec::new();
        let main = (diagnostic.path.as_str(), None);
        let related =
            diagnostic.related.iter().map(|r| (r.path.as_str(), Some(r.message.as_str())));
        for (path, message) in std::iter::once(main).chain(related) {
            let label = message.map_or_else(|| path.to_owned(), |what| format!("{path}: {what}"));
            let found = place(source, path);
            match found.as_ref().and_then(|position| mark(source, position)) {
                Some(span) => labels.push(LabeledSpan::new_with_span(Some(label), span)),
                None if path.is_empty() => {}
                None => {
                    let at = found.map(|at| format!(":{}:{}", at.line, at.column));
                    let at = at.unwrap_or_default();
                    places.push(format!("at {label} ({}{at})", source.name()));
                }
            }
        }
        let help = diagnostic.help.iter().cloned().chain(places).collect::<Vec<_>>();
        let help = (!help.is_empty()).then(|| help.join("\n"));
        Self { diagnostic, source, labels, help }
    }
}

/// Where a JSON pointer points to in the text; the whole document has no place to show.
fn place(source: &Source, pointer: &str) -> Option<Position> {
    if pointer.is_empty() { None } else { listino_core::book::locate(&source.text, pointer) }
}

/// What is marked of a value: all of it when it stands on one line, else its beginning.
fn mark(source: &Source, position: &Position) -> Option<Range<usize>> {
    let text = &source.text;
    let head = text.get(..position.offset)?;
    let tail = text.get(position.offset..)?;
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let end = tail.find('\n').map_or(text.len(), |at| position.offset + at);
    if end.saturating_sub(start) > LONGEST_LINE {
        return None;
    }
    let whole = position.offset + position.length;
    Some(position.offset..if whole <= end { whole } else { position.offset + 1 })
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Finding<'_> {}

impl miette::Diagnostic for Finding<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let kind = match self.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Some(Box::new(format!("{kind}[{}]", self.diagnostic.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_deref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.labels.is_empty()).then_some(self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }
}

/// A finding about a cell of a table that is read in: file, sheet, cell, what, mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CellFinding {
    /// The stable code.
    pub(crate) code: Cow<'static, str>,
    /// The file.
    pub(crate) file: String,
    /// The sheet, where the file has sheets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sheet: Option<String>,
    /// The cell, such as `B17`.
    pub(crate) cell: String,
    /// The fact.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

impl fmt::Display for CellFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        write!(f, "  at {}", self.file)?;
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet `{sheet}`")?;
        }
        writeln!(f, ", cell {}", self.cell)?;
        if let Some(help) = &self.help {
            writeln!(f, "  help: {help}")?;
        }
        Ok(())
    }
}

/// Prints findings about cells, all of them.
pub(crate) fn cells(findings: &[CellFinding]) {
    for finding in findings {
        terminal::complain(&format!("{finding}\n"));
    }
}

/// Prints why the command line is not usable.
pub(crate) fn usage(message: &str, help: Option<&str>) {
    let (red, off) =
        if terminal::colour(&io::stderr()) { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
    terminal::complain(&format!("{red}error{off}: {message}\n"));
    if let Some(help) = help {
        terminal::complain(&format!("  help: {help}\n"));
    }
}
