//! Files in: books and requests, with their text kept for the reports.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use listino_core::quote::Request;
use listino_core::{Engine, PriceBook};

use crate::failure::{Failure, Run};
use crate::report::{Findings, Source};

/// A price book and the file it came from.
pub(crate) struct BookFile {
    pub(crate) source: Source,
    pub(crate) book: PriceBook,
}

/// A request and the file it came from.
pub(crate) struct RequestFile {
    pub(crate) source: Source,
    pub(crate) request: Request,
}

/// Reads a text file; `-` is standard input.
pub(crate) fn text(path: &Path) -> Run<Source> {
    let refuse = |error: std::io::Error| {
        Failure::usage(format!("`{}` cannot be read: {error}", path.display()))
    };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map_err(refuse)?;
    } else {
        text = fs::read_to_string(path).map_err(refuse)?;
    }
    Ok(Source::new(path.display().to_string(), text))
}

/// Reads a book.
pub(crate) fn book(path: &Path, json: bool) -> Run<BookFile> {
    let source = text(path)?;
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
}

impl Replacement {
    pub(crate) fn new(path: &Path) -> Run<Self> {
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| unwritable(path, &e))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Puts the file in its place.
    pub(crate) fn commit(self) -> Run<()> {
        let Self { path, file } = self;
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
pub(crate) fn write(path: &Path, content: &str) -> Run<()> {
    let mut file = Replacement::new(path)?;
    file.write_all(content.as_bytes()).map_err(|error| unwritable(path, &error))?;
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
