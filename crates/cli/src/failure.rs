//! How a command ends.

use std::io;
use std::process::ExitCode;

use crate::report::{self, Findings};
use crate::terminal;

/// The exit codes of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine,
    /// Refused by the book or the check.
    Refused,
    /// Bad usage or an unreadable file.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
        })
    }
}

/// Why a command has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line, or a file it names, is not usable.
    Usage { message: String, help: Option<String> },
    /// A book or request is refused, with every finding.
    Refused { findings: Box<Findings>, json: bool },
    /// Whoever reads the output has seen enough (`listino … | head`).
    Closed,
}

/// What every command returns.
pub(crate) type Run<T = Exit> = Result<T, Failure>;

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn usage_with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// Tells the user and says how to exit.
    pub(crate) fn report(&self) -> Exit {
        match self {
            Self::Usage { message, help } => {
                report::usage(message, help.as_deref());
                Exit::Usage
            }
            Self::Refused { findings, json: true } => {
                terminal::print(&findings.json()).map_or(Exit::Usage, |()| Exit::Refused)
            }
            Self::Refused { findings, json: false } => {
                findings.print_to_stderr();
                Exit::Refused
            }
            Self::Closed => Exit::Fine,
        }
    }
}

/// Writing to a terminal or pipe.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        Self::usage(format!("the output cannot be written: {error}"))
    }
}
