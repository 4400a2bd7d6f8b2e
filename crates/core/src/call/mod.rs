//! The engine in bytes: JSON in, JSON out, for every language that is not Rust.
//!
//! Each [`Verb`] is a method of the typed interface with its input and its answer written as JSON.
//! All bindings call these functions, so that the same input has the same answer, byte for byte,
//! wherever it is asked; `crates/conformance` holds them to it.

mod error;
mod session;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use error::{CallCode, CallError, call_catalogue};
pub use session::{configurator, configure, resume, step};

use self::error::Code;
#[cfg(feature = "replay")]
use crate::book::Limits;
use crate::calendar::Date;
use crate::explain::{Language, Sentences};
use crate::money::{Currency, Quantity};
use crate::quote::{Considered, LineQuery, PricedLine, Quote, QuoteLine, Request};
use crate::solve::{Diff, Goal, NextBreak};
use crate::strict::Strict;
use crate::{Diagnostic, Digest, Engine, Id, PriceBook};

/// What an engine can be asked in JSON.
///
/// ```
/// use listino_core::call::Verb;
/// assert_eq!("next_breaks".parse::<Verb>()?, Verb::NextBreaks);
/// assert_eq!(Verb::Quote.name(), "quote");
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// A request to its quote: [`Engine::quote`].
    Quote,
    /// A request to its quote with every candidate that was considered: [`Engine::explain`].
    Explain,
    /// `{ "request", "language" }` to the explanation as sentences, line by line.
    Sentences,
    /// `{ "customer", "product", "quantity", "date" }`, with `unit`, `currency` and `channel` where
    /// they matter, to the numbers of one line: [`Engine::price`].
    Price,
    /// A request to the next break of each of its lines, `null` where there is none:
    /// [`Engine::next_break`].
    NextBreaks,
    /// `{ "request", "goal" }`, with `line` where one line is meant, to what may be granted:
    /// [`Engine::solve`].
    Solve,
    /// `{ "request", "quote" }` to the same quote, if it still comes out: [`Engine::replay`].
    Replay,
    /// A request to its canonical JSON and the digests of it and of the book.
    Digest,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 8] = [
        Self::Quote,
        Self::Explain,
        Self::Sentences,
        Self::Price,
        Self::NextBreaks,
        Self::Solve,
        Self::Replay,
        Self::Digest,
    ];

    /// The name by which every language calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Explain => "explain",
            Self::Sentences => "sentences",
            Self::Price => "price",
            Self::NextBreaks => "next_breaks",
            Self::Solve => "solve",
            Self::Replay => "replay",
            Self::Digest => "digest",
        }
    }
}

impl std::str::FromStr for Verb {
    type Err = CallError;

    fn from_str(name: &str) -> Result<Self, CallError> {
        Self::ALL.into_iter().find(|verb| verb.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            let name: String = name.chars().take(40).collect();
            CallError::new(Code::Verb, format!("no call is named `{name}`: there are {known}"))
        })
    }
}

/// Checks a book: its digest and all findings. A book that cannot be read is an answer too: it has
/// findings and no digest.
///
/// ```
/// let answer = listino_core::call::check(br#"{ "v": 1, "currency": "EUR", "colour": 5 }"#)?;
/// assert!(answer.starts_with(r#"{"findings":[{"code":"B0102","#));
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] when the bytes are not UTF-8.
pub fn check(book: &[u8]) -> Result<String, CallError> {
    #[derive(Serialize)]
    struct Checked {
        #[serde(skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
        findings: Vec<Diagnostic>,
    }
    let checked = match PriceBook::from_json(text(book)?) {
        Ok(book) => Checked { digest: Some(book.digest()), findings: book.check() },
        Err(error) => Checked { digest: None, findings: error.diagnostics().to_vec() },
    };
    json(&checked)
}

/// Compiles a book from JSON.
///
/// ```
/// let engine = listino_core::call::compile(br#"{ "v": 1, "currency": "EUR" }"#)?;
/// assert_eq!(engine.digest().to_string().len(), 64);
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] with every error of the book.
pub fn compile(book: &[u8]) -> Result<Engine, CallError> {
    let book = PriceBook::from_json(text(book)?)?;
    Ok(Engine::compile(&book)?)
}

/// Compares two books over requests, `{ "requests": [...] }`: what [`Diff`] reports.
///
/// ```
/// use listino_core::call;
/// let book = |price: &str| format!(r#"{{ "v": 1, "currency": "EUR", "customers": {{ "C": {{}} }},
///     "products": {{ "P": {{}} }}, "price_lists": [{{ "id": "base", "prices": {{ "P": "{price}" }} }}] }}"#);
/// let (old, new) = (call::compile(book("10").as_bytes())?, call::compile(book("11").as_bytes())?);
/// let answer = call::diff(&old, &new, br#"{ "requests": [{ "v": 1, "date": "2026-01-31",
///     "customer": "C", "lines": [{ "product": "P", "quantity": "3" }] }] }"#)?;
/// assert!(answer.contains(r#""old_revenue":"30","new_revenue":"33""#));
/// # Ok::<(), listino_core::call::CallError>(())
/// ```
///
/// # Errors
/// [`CallError`] when a request cannot be read or answered.
pub fn diff(old: &Engine, new: &Engine, input: &[u8]) -> Result<String, CallError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input<'a> {
        #[serde(borrow)]
        requests: Vec<&'a RawValue>,
    }
    let input: Input<'_> = read(text(input)?)?;
    let mut diff = Diff::new(old, new);
    for (number, raw) in input.requests.into_iter().enumerate() {
        let place = format!("/requests/{number}");
        let request = request_at(raw, &place)?;
        diff.add(&request).map_err(|error| CallError::request(&error, &place))?;
    }
    json(&diff.finish())
}

impl Engine {
    /// Answers a call in JSON.
    ///
    /// ```
    /// use listino_core::call::{self, Verb};
    /// let engine = call::compile(br#"{ "v": 1, "currency": "EUR", "customers": { "C": {} },
    ///     "products": { "P": {} }, "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// let answer = engine.call(Verb::Price,
    ///     br#"{ "customer": "C", "product": "P", "quantity": "3", "date": "2026-01-31" }"#)?;
    /// assert!(answer.contains(r#""total":"29.97""#));
    /// # Ok::<(), listino_core::call::CallError>(())
    /// ```
    ///
    /// # Errors
    /// [`CallError`] says why there is no answer.
    pub fn call(&self, verb: Verb, input: &[u8]) -> Result<String, CallError> {
        let input = text(input)?;
        match verb {
            Verb::Quote => Ok(self.quote(&Request::from_json(input)?)?.to_json()),
            Verb::Explain => Ok(Engine::explain(self, &Request::from_json(input)?)?.to_json()),
            Verb::Sentences => self.sentences(input),
            Verb::Price => self.price_json(input),
            Verb::NextBreaks => self.next_breaks(input),
            Verb::Solve => self.solve_json(input),
            #[cfg(feature = "replay")]
            Verb::Replay => self.replay_json(input),
            #[cfg(not(feature = "replay"))]
            Verb::Replay => Err(CallError::new(Code::Verb, "this build does not read quotes")),
            Verb::Digest => self.digests(input),
        }
    }

    #[inline(never)]
    fn sentences(&self, input: &str) -> Result<String, CallError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input<'a> {
            #[serde(borrow)]
            request: &'a RawValue,
            language: Option<String>,
        }
        let input: Input<'_> = read(input)?;
        let language = match input.language.as_deref() {
            None => Language::default(),
            Some(name) => name
                .parse::<Language>()
                .map_err(|error| CallError::argument("/language", error.to_string()))?,
        };
        let request = request_at(input.request, "/request")?;
        let quote = Engine::explain(self, &request)
            .map_err(|error| CallError::request(&error, "/request"))?;
        json(&Told::new(&quote, language))
    }

    #[inline(never)]
    fn price_json(&self, input: &str) -> Result<String, CallError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input {
            customer: Id,
            product: Id,
            quantity: Quantity,
            date: Date,
            unit: Option<Id>,
            currency: Option<Currency>,
            channel: Option<Id>,
        }
        let input: Input = read(input)?;
        let line = self.price(&LineQuery {
            customer: input.customer.as_str(),
            product: input.product.as_str(),
            quantity: input.quantity,
            date: input.date,
            unit: input.unit.as_ref(),
            currency: input.currency,
            channel: input.channel.as_ref(),
        })?;
        Ok(line.to_json())
    }

    #[inline(never)]
    fn next_breaks(&self, input: &str) -> Result<String, CallError> {
        #[derive(Serialize)]
        struct Breaks {
            next_breaks: Vec<Option<NextBreak>>,
        }
        let request = Request::from_json(input)?;
        // A request without lines is refused here and not by any line.
        self.quote(&request)?;
        let next_breaks = (0..request.lines.len())
            .map(|line| self.next_break(&request, line))
            .collect::<Result<_, _>>()?;
        json(&Breaks { next_breaks })
    }

    #[inline(never)]
    fn solve_json(&self, input: &str) -> Result<String, CallError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input<'a> {
            #[serde(borrow)]
            request: &'a RawValue,
            goal: Goal,
            line: Option<Id>,
        }
        let Input { request, goal, line } = read(input)?;
        let (request, line) = LineOf { request, line }.read()?;
        let solution = self
            .solve(&request, goal, line)
            .map_err(|error| CallError::solve(&error, "/request"))?;
        json(&solution)
    }

    #[cfg(feature = "replay")]
    fn replay_json(&self, input: &str) -> Result<String, CallError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input<'a> {
            #[serde(borrow)]
            request: &'a RawValue,
            #[serde(borrow)]
            quote: &'a RawValue,
        }
        let input: Input<'_> = read(input)?;
        let quote: Quote = crate::book::read_value(input.quote.get(), &Limits::default())
            .map_err(|(path, message)| CallError::argument(&format!("/quote{path}"), message))?;
        let request = request_at(input.request, "/request")?;
        let quote =
            self.replay(&request, &quote).map_err(|error| CallError::replay(&error, "/request"))?;
        Ok(quote.to_json())
    }

    #[inline(never)]
    fn digests(&self, input: &str) -> Result<String, CallError> {
        #[derive(Serialize)]
        struct Digests {
            book: Digest,
            request: Digest,
            canonical: Request,
        }
        let canonical = Request::from_json(input)?;
        json(&Digests { book: self.digest(), request: canonical.digest(), canonical })
    }
}

impl PricedLine {
    /// The numbers of the line as JSON.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::LineQuery};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// let line = engine.price(&LineQuery::new("C", "P", 3.into(), "2026-01-31".parse()?))?;
    /// assert!(line.to_json().starts_with(r#"{"price_list":"base","currency":"EUR""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Request {
    /// The position of a line, counted from 0, by its id; by its number, counted from 1, where no
    /// line has that id.
    ///
    /// ```
    /// use listino_core::quote::Request;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "1" }, { "id": "frames", "product": "Q", "quantity": "1" }] }"#)?;
    /// assert_eq!((request.position("frames"), request.position("1"), request.position("3")), (Some(1), Some(0), None));
    /// # Ok::<(), listino_core::RequestError>(())
    /// ```
    pub fn position(&self, line: &str) -> Option<usize> {
        let by_id = self.lines.iter().position(|l| l.id.as_ref().is_some_and(|id| *id == *line));
        let by_number = || line.parse::<usize>().ok()?.checked_sub(1);
        by_id.or_else(by_number).filter(|&at| at < self.lines.len())
    }
}

/// A request, and one of its lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineOf<'a> {
    #[serde(borrow)]
    request: &'a RawValue,
    line: Option<Id>,
}

impl LineOf<'_> {
    fn read(self) -> Result<(Request, Option<usize>), CallError> {
        let request = request_at(self.request, "/request")?;
        let found = |line: Id| {
            let position = request.position(line.as_str());
            position.ok_or_else(|| CallError::no_such_line(line.as_str()))
        };
        let line = self.line.map(found).transpose()?;
        Ok((request, line))
    }
}

/// A quote in sentences.
#[derive(Serialize)]
struct Told {
    language: &'static str,
    status: &'static str,
    lines: Vec<ToldLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coupons: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approvals: Vec<String>,
}

#[derive(Serialize)]
struct ToldLine {
    id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    considered: Vec<ToldCandidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waterfall: Option<String>,
}

#[derive(Serialize)]
struct ToldCandidate {
    id: Id,
    sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
}

impl Told {
    #[inline(never)]
    fn new(quote: &Quote, language: Language) -> Self {
        let say = Sentences::new(quote, language);
        Self {
            language: language.code(),
            status: say.status(quote.status),
            lines: quote.lines.iter().map(|line| ToldLine::new(quote, &say, line)).collect(),
            coupons: quote.coupons.iter().map(|coupon| say.coupon(coupon)).collect(),
            discounts: quote
                .totals
                .discounts
                .iter()
                .map(|discount| say.document_discount(discount))
                .collect(),
            approvals: quote.approvals.iter().map(|approval| say.approval(approval)).collect(),
        }
    }
}

impl ToldLine {
    fn new(quote: &Quote, say: &Sentences<'_>, line: &QuoteLine) -> Self {
        let steps = line.price.as_ref().map_or(&[][..], |price| &*price.steps);
        let candidate = |candidate: &Considered| ToldCandidate {
            id: candidate.id.clone(),
            sentence: say.considered(candidate),
            change: say.change(candidate),
        };
        Self {
            id: line.id.clone(),
            origin: line.origin.as_ref().map(|origin| say.origin(origin)),
            refusal: line.refusal.as_ref().map(|refusal| say.refusal(line, refusal)),
            steps: steps.iter().map(|step| say.step(line, step)).collect(),
            considered: line.considered.iter().map(candidate).collect(),
            waterfall: quote
                .waterfall(line, say.language(), None)
                .map(|waterfall| waterfall.to_string()),
        }
    }
}

fn text(input: &[u8]) -> Result<&str, CallError> {
    std::str::from_utf8(input).map_err(|error| CallError::utf8(input, error))
}

fn json(value: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(value).map_err(|error| CallError::new(Code::Internal, error.to_string()))
}

/// Reads the input of a call, and says where it is wrong.
fn read<'de, T: Deserialize<'de>>(input: &'de str) -> Result<T, CallError> {
    let mut deserializer = serde_json::Deserializer::from_str(input);
    let value: T =
        serde_path_to_error::deserialize(Strict(&mut deserializer)).map_err(|error| {
            let mut place = String::new();
            for segment in error.path() {
                let key = match segment {
                    serde_path_to_error::Segment::Seq { index } => index.to_string(),
                    serde_path_to_error::Segment::Map { key } => key.clone(),
                    serde_path_to_error::Segment::Enum { variant } => variant.clone(),
                    serde_path_to_error::Segment::Unknown => continue,
                };
                place.push('/');
                place.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            CallError::argument(&place, error.into_inner().to_string())
        })?;
    deserializer.end().map_err(|error| CallError::argument("", error.to_string()))?;
    Ok(value)
}

fn request_at(raw: &RawValue, place: &str) -> Result<Request, CallError> {
    Request::from_json(raw.get()).map_err(|error| CallError::request(&error, place))
}
