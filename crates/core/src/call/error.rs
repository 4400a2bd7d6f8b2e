//! The one envelope in which every call says why it has no answer.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::configure::{ChoiceError, ModelErrors, PriceError as ConfigurePriceError};
use crate::diagnostic::Place;
use crate::money::Amount;
use crate::quote::{Approval, PriceError, Refusal};
use crate::solve::{ReplayError, SolveError};
use crate::{BookError, Diagnostic, Digest, LoadError, RequestError, Severity};

/// What the catalogue says about a code of a call.
///
/// ```
/// use listino_core::call::call_catalogue;
/// let entry = call_catalogue().iter().find(|entry| entry.code == "C0204");
/// assert_eq!(entry.map(|entry| entry.meaning), Some("the thresholds cannot be kept at the target"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCode {
    /// The stable code: `C....`.
    pub code: &'static str,
    /// What is the matter, in one line.
    pub meaning: &'static str,
    /// What to do about it.
    pub mend: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal $mend:literal)*) => {
        /// A code of a call that has no answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            const fn info(self) -> CallCode {
                match self {
                    $(Self::$name => CallCode { code: $code, meaning: $meaning, mend: $mend },)*
                }
            }
        }

        const CATALOGUE: &[CallCode] = &[$(Code::$name.info(),)*];
    };
}

/// All codes with which a call says that it has no answer, in order. A book or a request that
/// cannot be read keeps the code of its first error (`B....`, `Q....`).
///
/// ```
/// assert!(listino_core::call::call_catalogue().len() > 20);
/// ```
pub fn call_catalogue() -> &'static [CallCode] {
    CATALOGUE
}

codes! {
    // The call.
    Utf8 "C0001"
        "the input is not UTF-8"
        "encode the input as UTF-8"
    Verb "C0002"
        "no call has this name"
        "name one of the calls that the message lists"
    Form "C0003"
        "the input of the call does not have the form it needs"
        "write the input as the message says"
    Null "C0004"
        "something that must be given is missing"
        "give what the message names"
    Internal "C0005"
        "the library failed"
        "report it with the input: this is a defect of the library"
    // One line.
    Customer "C0101"
        "the customer is not in the book"
        "add the customer, or quote a document that describes it"
    Refused "C0102"
        "the line has no price"
        "look at the reason in `details`"
    // The solver.
    Incomplete "C0201"
        "a line of the request has no price"
        "quote the request and mend the lines that are refused"
    NoSuchLine "C0202"
        "the request has no such line"
        "name a line by its id, or by its number counted from 1 where it has none"
    Broken "C0203"
        "the request breaks a threshold before anything is granted"
        "take back what it grants by hand, or ask for the approvals in `details`"
    OutOfReach "C0204"
        "the thresholds cannot be kept at the target"
        "aim no lower than `lowest` in `details`"
    TargetAbove "C0205"
        "the target lies above the present total"
        "aim below the present total"
    MissingCost "C0206"
        "a cost is missing: the margin is not known"
        "give every product of the request a cost"
    SolvePrecision "C0207"
        "the search ran out of digits"
        "ask for a target that can be reached"
    SteppedOver "C0208"
        "no discount brings the net total to exactly the target"
        "aim at one of the two totals in `details`"
    MarginOutOfReach "C0209"
        "no price has a margin of 100 % or more where something costs money"
        "aim at a margin below 100 %"
    NothingToCarry "C0210"
        "no surcharge on the document raises the margin"
        "solve for one line, or give the request a line that costs something"
    // Replay.
    OtherBook "C0301"
        "the quote was made from another book"
        "load the book of the digest that the quote names"
    OtherRequest "C0302"
        "the quote answers another request"
        "give the request of the digest that the quote names"
    Changed "C0303"
        "the quote does not come out again"
        "compare the quote with a new one: it was changed after it was made"
    // Configuration.
    Model "C0401"
        "the model is not valid"
        "mend what `diagnostics` names"
    Option "C0402"
        "there is no such option"
        "check the spelling of the option"
    Choice "C0403"
        "the choice cannot stand with the others"
        "give up what `details` names, or leave the choice"
    NotSettled "C0404"
        "the answer was not found within the steps"
        "allow more steps"
    Unpriced "C0405"
        "a product of the configuration has no price"
        "give the product a price in the model"
    ConfigurePrecision "C0406"
        "a number of the configuration cannot be held exactly"
        "use fewer digits in the model"
    Bill "C0407"
        "the parts list cannot be made"
        "mend the bill of materials as the message says"
    CostOfBill "C0408"
        "no best margin is searched over a bill of materials"
        "compare the margins of `what_if`, or give the product a cost"
    // What is compiled.
    Foreign "C0501"
        "the bytes are not compiled"
        "compile the book with `listino compile` or `to_bytes`, and give what they write"
    OtherVersion "C0502"
        "the bytes were compiled by another version"
        "compile the book again with this version"
    Damaged "C0503"
        "the compiled bytes are damaged"
        "copy them again, or compile the book again"
    Contradiction "C0504"
        "the compiled bytes contradict themselves"
        "compile the book again, and do not trust whoever made these bytes"
    Models "C0505"
        "the book has option models, and this build does not configure"
        "load it with a build that configures: `listino` in place of `listino/pricing`"
    // Frames.
    Columns "C0601"
        "the columns of the frame are not those of lines"
        "rename, cast, drop or keep the columns that `diagnostics` names"
    Row "C0602"
        "a row of the frame has no price"
        "mend the row, or ask for the errors as a column"
    Stream "C0603"
        "the frame cannot be read"
        "look at what its producer says in the message"
}

/// Why a call has no answer: a code, the fact, the place in its input, the mend, and everything
/// else that was found.
///
/// ```
/// use listino_core::call::{self, Verb};
/// let engine = call::compile(br#"{ "v": 1, "currency": "EUR", "customers": { "C": {} } }"#)?;
/// let error = engine.call(Verb::Quote, br#"{ "v": 1, "date": "2026-02-30", "customer": "C", "lines": [] }"#)
///     .unwrap_err();
/// assert_eq!((error.code(), error.path()), ("Q0107", "/date"));
/// assert!(error.to_json().starts_with(r#"{"code":"Q0107","message":"#));
/// assert!(error.help().is_some());
/// assert_eq!((error.details(), error.diagnostics().len()), (None, 1));
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct CallError(Box<Parts>);

#[derive(Debug, Clone, Serialize)]
struct Parts {
    code: Cow<'static, str>,
    message: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<Diagnostic>,
}

/// JSON that is written already, so that its bytes do not depend on anything.
#[derive(Debug, Clone)]
struct Details(Box<RawValue>);

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.0.code, self.0.message)?;
        if !self.0.path.is_empty() {
            write!(f, " (at {})", self.0.path)?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {}

impl CallError {
    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The fact: lower case, user input in backticks.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The place in the input, as a JSON pointer; empty for the whole.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// What else a machine may want to know, as JSON: the refusal, the approvals, the reasons.
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_ref().map(|details| details.0.get())
    }

    /// Every finding about a book, a request or a model that cannot be used.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// The error as JSON.
    pub fn to_json(&self) -> String {
        // The model has string keys only and no fallible serializers.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let info = code.info();
        Self(Box::new(Parts {
            code: Cow::Borrowed(info.code),
            message: message.into(),
            path: String::new(),
            help: Some(info.mend.to_owned()),
            details: None,
            diagnostics: Vec::new(),
        }))
    }

    /// Something that must be given is missing: for languages that have pointers to nothing.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// assert_eq!(CallError::missing("engine").message(), "`engine` is missing");
    /// ```
    pub fn missing(what: &str) -> Self {
        Self::new(Code::Null, format!("`{what}` is missing"))
    }

    /// The library failed in a way that it must not; for bindings that stop a panic.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// assert_eq!(CallError::internal("index out of bounds").code(), "C0005");
    /// ```
    pub fn internal(what: &str) -> Self {
        Self::new(Code::Internal, format!("the library failed: {what}"))
    }

    /// An argument of a call that does not have the form it needs, and where.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// let error = CallError::argument("/date", "`2026-02-30` is not a date");
    /// assert_eq!((error.code(), error.path()), ("C0003", "/date"));
    /// ```
    pub fn argument(path: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Form, message).at(path)
    }

    /// A frame whose columns are not those of lines; each finding has the name of a column, the fact
    /// and the mend.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// let missing = ("date".to_owned(), "there is no column `date`".to_owned(), "add it".to_owned());
    /// let error = CallError::columns([missing]);
    /// assert_eq!((error.code(), error.path(), error.diagnostics().len()), ("C0601", "/date", 1));
    /// ```
    pub fn columns(findings: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let diagnostics = findings.into_iter().map(|(name, message, help)| Diagnostic {
            code: Code::Columns.info().code.to_owned(),
            severity: Severity::Error,
            path: Place::Root.key(&name).pointer(),
            message,
            help: Some(help),
            related: Vec::new(),
        });
        Self::findings(diagnostics.collect(), "")
    }

    /// A row of a frame that has no price, or none that can be handed out.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// assert_eq!(CallError::row(17, "no_price").message(), "row 17 has no price: `no_price`");
    /// ```
    pub fn row(row: u64, reason: &str) -> Self {
        #[derive(Serialize)]
        struct Unpriced<'a> {
            row: u64,
            error: &'a str,
        }
        Self::new(Code::Row, format!("row {row} has no price: `{reason}`"))
            .with(&Unpriced { row, error: reason })
    }

    /// A frame that cannot be read to its end.
    ///
    /// ```
    /// use listino_core::call::CallError;
    /// assert_eq!(CallError::stream("connection lost").code(), "C0603");
    /// ```
    pub fn stream(message: &str) -> Self {
        Self::new(Code::Stream, format!("the frame cannot be read: {message}"))
    }

    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.0.path);
        self
    }

    fn with(mut self, details: &impl Serialize) -> Self {
        self.0.details = serde_json::value::to_raw_value(details).ok().map(Details);
        self
    }

    pub(crate) fn utf8(input: &[u8], error: std::str::Utf8Error) -> Self {
        let (at, length) = (error.valid_up_to(), input.len());
        Self::new(Code::Utf8, format!("the input is not UTF-8 from byte {at} of {length}"))
    }

    /// The findings of a document that stands somewhere in the input.
    pub(crate) fn findings(mut diagnostics: Vec<Diagnostic>, under: &str) -> Self {
        for finding in &mut diagnostics {
            finding.path.insert_str(0, under);
            for related in &mut finding.related {
                related.path.insert_str(0, under);
            }
        }
        let first = diagnostics.iter().find(|finding| finding.severity == Severity::Error);
        let Some(first) = first.cloned() else {
            return Self::new(Code::Form, "the input does not have the form it needs").at(under);
        };
        Self(Box::new(Parts {
            code: Cow::Owned(first.code),
            message: first.message,
            path: first.path,
            help: first.help,
            details: None,
            diagnostics,
        }))
    }

    pub(crate) fn request(error: &RequestError, under: &str) -> Self {
        Self::findings(error.diagnostics().to_vec(), under)
    }

    pub(crate) fn solve(error: &SolveError, under: &str) -> Self {
        #[derive(Serialize)]
        struct Against<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            lowest: Option<Amount>,
            limits: &'a [Approval],
        }
        let code = match error {
            SolveError::Request(error) => return Self::request(error, under),
            SolveError::Incomplete => Code::Incomplete,
            SolveError::NoSuchLine(_) => Code::NoSuchLine,
            SolveError::Broken(_) => Code::Broken,
            SolveError::TargetAbove(_) => Code::TargetAbove,
            SolveError::OutOfReach { .. } => Code::OutOfReach,
            SolveError::SteppedOver { .. } => Code::SteppedOver,
            SolveError::MarginOutOfReach(_) => Code::MarginOutOfReach,
            SolveError::NothingToCarry => Code::NothingToCarry,
            SolveError::MissingCost => Code::MissingCost,
            SolveError::Precision => Code::SolvePrecision,
        };
        #[derive(Serialize)]
        struct Around {
            above: Amount,
            below: Amount,
        }
        let plain = Self::new(code, error.to_string());
        match error {
            SolveError::SteppedOver { above, below } => {
                plain.with(&Around { above: *above, below: *below })
            }
            SolveError::Broken(limits) => plain.with(&Against { lowest: None, limits }),
            SolveError::OutOfReach { lowest, limits } => {
                plain.with(&Against { lowest: Some(*lowest), limits })
            }
            _ => plain,
        }
    }

    pub(crate) fn no_such_line(line: &str) -> Self {
        Self::new(Code::NoSuchLine, format!("the request has no line `{line}`")).at("/line")
    }

    pub(crate) fn replay(error: &ReplayError, under: &str) -> Self {
        #[derive(Serialize)]
        struct Digests {
            expected: Digest,
            actual: Digest,
        }
        let (code, expected, actual) = match *error {
            ReplayError::Request(ref error) => return Self::request(error, under),
            ReplayError::OtherBook { expected, actual } => (Code::OtherBook, expected, actual),
            ReplayError::OtherRequest { expected, actual } => {
                (Code::OtherRequest, expected, actual)
            }
            ReplayError::Changed { expected, actual } => (Code::Changed, expected, actual),
        };
        Self::new(code, error.to_string()).with(&Digests { expected, actual })
    }
}

impl From<BookError> for CallError {
    fn from(error: BookError) -> Self {
        Self::findings(error.diagnostics().to_vec(), "")
    }
}

impl From<RequestError> for CallError {
    fn from(error: RequestError) -> Self {
        Self::request(&error, "")
    }
}

impl From<SolveError> for CallError {
    fn from(error: SolveError) -> Self {
        Self::solve(&error, "")
    }
}

impl From<ReplayError> for CallError {
    fn from(error: ReplayError) -> Self {
        Self::replay(&error, "")
    }
}

impl From<PriceError> for CallError {
    fn from(error: PriceError) -> Self {
        #[derive(Serialize)]
        struct Why {
            refusal: Refusal,
        }
        match error {
            PriceError::Request(error) => error.into(),
            PriceError::UnknownCustomer(_) => Self::new(Code::Customer, error.to_string()),
            PriceError::Refused(refusal) => {
                // The word for the reason is the one that stands in `details`.
                let json = serde_json::to_value(&refusal).unwrap_or_default();
                let reason = json.get("reason").and_then(serde_json::Value::as_str);
                let message = format!("the line has no price: {}", reason.unwrap_or("refused"));
                Self::new(Code::Refused, message).with(&Why { refusal })
            }
        }
    }
}

impl From<ModelErrors> for CallError {
    fn from(errors: ModelErrors) -> Self {
        let info = Code::Model.info();
        let diagnostics: Vec<Diagnostic> = errors
            .iter()
            .map(|error| Diagnostic {
                code: info.code.to_owned(),
                severity: Severity::Error,
                path: String::new(),
                message: error.to_string(),
                help: Some(info.mend.to_owned()),
                related: Vec::new(),
            })
            .collect();
        Self::findings(diagnostics, "")
    }
}

impl From<LoadError> for CallError {
    fn from(error: LoadError) -> Self {
        let code = match error {
            LoadError::Foreign(_) => Code::Foreign,
            LoadError::Version { .. } => Code::OtherVersion,
            LoadError::Damaged(_) => Code::Damaged,
            LoadError::Contents { .. } => Code::Contradiction,
            LoadError::Models => Code::Models,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ChoiceError> for CallError {
    fn from(error: ChoiceError) -> Self {
        let message = error.to_string();
        match error {
            ChoiceError::UnknownOption(_) => Self::new(Code::Option, message),
            ChoiceError::Refused(explanation) => {
                Self::new(Code::Choice, message).with(&explanation)
            }
            ChoiceError::NotSettled { .. } => Self::new(Code::NotSettled, message),
        }
    }
}

impl From<ConfigurePriceError> for CallError {
    fn from(error: ConfigurePriceError) -> Self {
        let message = error.to_string();
        match error {
            ConfigurePriceError::Choice(error) => error.into(),
            ConfigurePriceError::Unpriced(_) => Self::new(Code::Unpriced, message),
            ConfigurePriceError::Bill(_) => Self::new(Code::Bill, message),
            ConfigurePriceError::CostOfBill => Self::new(Code::CostOfBill, message),
            ConfigurePriceError::Arithmetic(_) | ConfigurePriceError::TooLarge => {
                Self::new(Code::ConfigurePrecision, message)
            }
        }
    }
}
