//! Files in: books and requests, with their text kept for the reports; compiled books.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use listino_core::call::CallError;
use listino_core::quote::Request;
use listino_core::{Engine, LoadError, PriceBook};

use crate::failure::{Failure, Run};
use crate::report::{Findings, Source};

/// A price book and the file it came from.
pub(crate) struct BookFile {
    pub(crate) source: Source,
    pub(crate) book: PriceBook,
}

/// What prices are asked of: a book, or a compiled one, which has no source and no names.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) file: Option<BookFile>,
}

/// A request and the file it came from.
pub(crate) struct RequestFile {
    pub(crate) source: Source,
    pub(crate) request: Request,
}

/// A file that was read.
pub(crate) enum Input {
    Text(Source),
    /// A compiled book.
    Compiled(Engine),
}

/// Reads a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Run<Input> {
    let name = path.display();
    let refuse =
        |error: std::io::Error| Failure::usage(format!("`{name}` cannot be read: {error}"));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(refuse)?;
    } else {
        bytes = fs::read(path).map_err(refuse)?;
    }
    match Engine::from_bytes(&bytes) {
        Ok(engine) => Ok(Input::Compiled(engine)),
        Err(LoadError::Foreign(_)) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Input::Text(Source::new(name.to_string(), text))),
            Err(error) => Err(not_utf8(&name.to_string(), &error)),
        },
        Err(error) => {
            let error = CallError::from(error);
            let message = format!("`{name}`: {}", error.message());
            Err(Failure::usage_with_help(message, error.help().unwrap_or_default()))
        }
    }
}

/// Where a text stops being one.
fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Failure {
    let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column =
        String::from_utf8_lossy(before.get(start..).unwrap_or_default()).chars().count() + 1;
    Failure::usage_with_help(
        format!("`{name}` cannot be read: it is not UTF-8 (line {line}, column {column})"),
        "save it as UTF-8",
    )
}

/// Reads a text file; `-` is standard input.
pub(crate) fn text(path: &Path) -> Run<Source> {
    match read(path)? {
        Input::Text(source) => Ok(source),
        Input::Compiled(_) => Err(Failure::usage_with_help(
            format!("`{}` is a compiled book, and this needs the book itself", path.display()),
            "give the book that it was compiled from",
        )),
    }
}

/// Reads a book and compiles it, or loads a compiled one.
pub(crate) fn engine(path: &Path, json: bool) -> Run<Loaded> {
    match read(path)? {
        Input::Compiled(engine) => Ok(Loaded { engine, file: None }),
        Input::Text(source) => {
            let file = parse(source, json)?;
            Ok(Loaded { engine: file.engine(json)?, file: Some(file) })
        }
    }
}

/// Reads a book.
pub(crate) fn book(path: &Path, json: bool) -> Run<BookFile> {
    parse(text(path)?, json)
}

fn parse(source: Source, json: bool) -> Run<BookFile> {
    match PriceBook::from_json(source.text()) {
        Ok(book) => Ok(BookFile { source, book }),
        Err(error) => Err(source.refuse(error.diagnostics().to_vec(), json)),
    }
}

/// Reads a request.
pub(crate) fn request(path: &Path, json: bool) -> Run<RequestFile> {
    let source = text(path)?;
    match Request::from_json(source.text()) {
        Ok(request) => Ok(RequestFile { source, request }),
        Err(error) => Err(source.refuse(error.diagnostics().to_vec(), json)),
    }
}

impl Loaded {
    /// The book, where it was not compiled before.
    pub(crate) fn book(&self) -> Option<&PriceBook> {
        self.file.as_ref().map(|file| &file.book)
    }
}

impl BookFile {
    /// Compiles the book.
    pub(crate) fn engine(&self, json: bool) -> Run<Engine> {
        Engine::compile(&self.book)
            .map_err(|error| self.source.clone().refuse(error.diagnostics().to_vec(), json))
    }
}

impl Source {
    /// The failure of a document that is refused.
    pub(crate) fn refuse(self, diagnostics: Vec<listino_core::Diagnostic>, json: bool) -> Failure {
        Failure::Refused { findings: Box::new(Findings::new(self, diagnostics)), json }
    }
}

/// A file being written. It takes its place at once and only when it is complete: a reader sees
/// the old file or the new one, never half of it.
pub(crate) struct Replacement {
    path: PathBuf,
    file: tempfile::NamedTempFile,
    /// Whether there is a device or a pipe, which is written into.
    is_special: bool,
}

impl Replacement {
    pub(crate) fn new(path: &Path) -> Run<Self> {
        // What a link points to is written, and not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let is_special = fs::metadata(&target).is_ok_and(|old| !old.is_file() && !old.is_dir());
        let temporary = std::env::temp_dir();
        let folder = match target.parent() {
            _ if is_special => temporary.as_path(),
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let file = tempfile::NamedTempFile::new_in(folder).map_err(|error| {
            // The library names the temporary file, which nobody asked for.
            let text = error.to_string();
            unwritable(path, &text.split(" at path ").next().unwrap_or_default())
        })?;
        Ok(Self { path: target, file, is_special })
    }

    /// What was written so far, to be read.
    pub(crate) fn reopen(&self) -> std::io::Result<fs::File> {
        self.file.reopen()
    }

    /// Puts the file in its place.
    pub(crate) fn commit(self) -> Run<()> {
        let Self { path, file, is_special } = self;
        if is_special {
            let into = || -> std::io::Result<u64> {
                let mut into = fs::OpenOptions::new().write(true).open(&path)?;
                std::io::copy(&mut file.reopen()?, &mut into)
            };
            return into().map(drop).map_err(|error| unwritable(&path, &error));
        }
        let permissions = fs::metadata(&path).ok().map(|old| old.permissions());
        open_up(&file, permissions).map_err(|error| unwritable(&path, &error))?;
        file.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes a whole file in its place.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Run<()> {
    let mut file = Replacement::new(path)?;
    file.write_all(content.as_ref()).map_err(|error| unwritable(path, &error))?;
    file.commit()
}

pub(crate) fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("`{}` cannot be written: {error}", path.display()))
}

/// A temporary file is private; what takes its place is as open as the file before, or as a new
/// file usually is.
fn open_up(file: &tempfile::NamedTempFile, old: Option<fs::Permissions>) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = old.unwrap_or_else(|| fs::Permissions::from_mode(0o644));
        file.as_file().set_permissions(permissions)
    }
    #[cfg(not(unix))]
    {
        let _ = (file, old);
        Ok(())
    }
}
