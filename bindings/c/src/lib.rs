//! `liblistino`: price books, quotes and configuration behind a C ABI.
//!
//! There are no rules in here: arguments become the types of `listino_core`, answers become bytes or
//! plain structs. Every export goes through [`guard`], so that no panic leaves the library.
#![expect(unsafe_code, reason = "pointers of C")]
#![expect(non_camel_case_types, reason = "the names of C")]

mod arrow;
mod handle;
mod plain;

use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use listino_core::call::{self, CallError, Verb};
use listino_core::configure::{Configurator, Session};
use listino_core::{Engine, configure};

pub use arrow::listino_frame_options;
pub use handle::{
    ArrowArrayStream, listino_bytes, listino_configurator, listino_engine, listino_error,
    listino_session, listino_text,
};
use handle::{Kind, free, give, peek, peek_mut};
pub use plain::{listino_date, listino_decimal, listino_line, listino_query};

/// The version of this interface: it changes when a program has to be compiled again.
pub const LISTINO_ABI: u32 = 1;

/// What became of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum listino_status {
    /// It has an answer.
    LISTINO_OK = 0,
    /// An argument does not have the form it needs, is NULL, or is not UTF-8 (C00..).
    LISTINO_BAD_CALL = 1,
    /// The price book, or the compiled one, cannot be used (B...., C05..).
    LISTINO_BAD_BOOK = 2,
    /// The request cannot be read or answered (Q....).
    LISTINO_BAD_REQUEST = 3,
    /// The line has no price (C01..).
    LISTINO_NO_PRICE = 4,
    /// The solver has no answer (C02..).
    LISTINO_NO_SOLUTION = 5,
    /// The quote does not come out again (C03..).
    LISTINO_NO_REPLAY = 6,
    /// The model is not valid or the choice cannot stand (C04..).
    LISTINO_NO_CHOICE = 7,
    /// The library failed (C0005): a defect of it.
    LISTINO_INTERNAL = 8,
}

/// What an engine can be asked in JSON.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum listino_verb {
    /// A request to its quote.
    LISTINO_QUOTE = 0,
    /// A request to its quote with every candidate that was considered.
    LISTINO_EXPLAIN = 1,
    /// { request, language } to the explanation as sentences.
    LISTINO_SENTENCES = 2,
    /// { customer, product, quantity, date, unit, currency, channel } to the numbers of one line.
    LISTINO_PRICE = 3,
    /// A request to the next break of each line.
    LISTINO_NEXT_BREAKS = 4,
    /// { request, goal, line } to what may be granted.
    LISTINO_SOLVE = 5,
    /// { request, quote } to the same quote, if it still comes out.
    LISTINO_REPLAY = 6,
    /// A request to its canonical form and the digests of it and of the book.
    LISTINO_DIGEST = 7,
}

/// The status that belongs to an error.
pub(crate) fn status(error: &CallError) -> listino_status {
    use listino_status::*;
    let code = error.code();
    let kind = (code.as_bytes().first(), code.as_bytes().get(2));
    match kind {
        (Some(b'B'), _) => LISTINO_BAD_BOOK,
        (Some(b'Q'), _) => LISTINO_BAD_REQUEST,
        (_, Some(b'1')) => LISTINO_NO_PRICE,
        (_, Some(b'2')) => LISTINO_NO_SOLUTION,
        (_, Some(b'3')) => LISTINO_NO_REPLAY,
        (_, Some(b'4')) => LISTINO_NO_CHOICE,
        (_, Some(b'5')) => LISTINO_BAD_BOOK,
        _ if code == "C0005" => LISTINO_INTERNAL,
        _ => LISTINO_BAD_CALL,
    }
}

/// Runs the body of an export; a panic becomes `otherwise`.
fn guard<T>(otherwise: impl FnOnce(&str) -> T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(cause) => {
            let text = cause.downcast_ref::<&str>().copied();
            let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
            let out = otherwise(text.unwrap_or("unknown cause"));
            // Dropping what was thrown may throw again.
            std::mem::forget(cause);
            out
        }
    }
}

/// Runs the body of an export that may have no answer, and hands the error out.
fn answer(
    error: *mut *mut listino_error,
    body: impl FnOnce() -> Result<(), CallError>,
) -> listino_status {
    let report = move |found: CallError| {
        let status = status(&found);
        if !error.is_null() {
            let object = give(Kind::Error, Reason::new(&found));
            // SAFETY: not NULL, and the caller says that it may be written.
            unsafe { error.write(object.cast()) };
        }
        status
    };
    if !error.is_null() {
        // SAFETY: as above.
        unsafe { error.write(std::ptr::null_mut()) };
    }
    guard(
        |cause| report(CallError::internal(cause)),
        || body().map_or_else(report, |()| listino_status::LISTINO_OK),
    )
}

/// An error as C reads it: every text ends in NUL.
pub(crate) struct Reason {
    status: listino_status,
    code: CString,
    message: CString,
    path: CString,
    help: Option<CString>,
    json: CString,
}

/// A text that C can read; what stands behind a NUL inside is left out of it.
fn c_text(text: &str) -> CString {
    let head = text.split('\0').next().unwrap_or_default();
    CString::new(head).unwrap_or_default()
}

impl Reason {
    fn new(error: &CallError) -> Self {
        Self {
            status: status(error),
            code: c_text(error.code()),
            message: c_text(error.message()),
            path: c_text(error.path()),
            help: error.help().map(c_text),
            json: c_text(&error.to_json()),
        }
    }
}

/// The bytes of an argument.
///
/// # Safety
/// `data` points to `length` bytes that may be read during `'a`, or is NULL.
unsafe fn bytes<'a>(what: &str, data: *const c_char, length: usize) -> Result<&'a [u8], CallError> {
    if data.is_null() {
        return if length == 0 { Ok(&[]) } else { Err(CallError::missing(what)) };
    }
    if length > isize::MAX as usize {
        return Err(CallError::argument("", format!("`{what}` is longer than memory")));
    }
    // SAFETY: not NULL, not longer than memory, and the caller says that it may be read.
    Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) })
}

/// Clears an output before anything else happens, or says that it is missing.
///
/// # Safety
/// `out` may be written, or is NULL.
unsafe fn clear<T>(what: &str, out: *mut *mut T) -> Result<(), CallError> {
    if out.is_null() {
        return Err(CallError::missing(what));
    }
    // SAFETY: not NULL, and the caller says that it may be written.
    unsafe { out.write(std::ptr::null_mut()) };
    Ok(())
}

/// Hands an object out.
///
/// # Safety
/// `out` may be written.
unsafe fn hand<T, H>(kind: Kind, out: *mut *mut H, value: T) {
    // SAFETY: the caller says that it may be written.
    unsafe { out.write(give(kind, value).cast()) };
}

/// Hands a text out.
///
/// # Safety
/// `out` may be written.
unsafe fn hand_text(out: *mut *mut listino_text, text: String) {
    // JSON has no NUL inside: serde writes it as an escape.
    let text = CString::new(text).unwrap_or_default();
    // SAFETY: the caller says that it may be written.
    unsafe { hand(Kind::Text, out, text) };
}

// ---- the library -----------------------------------------------------------------------------

/// The version of the interface; compare it with LISTINO_ABI of the header. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn listino_abi_version() -> u32 {
    guard(|_| 0, || LISTINO_ABI)
}

/// The version of the library, which nobody frees. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn listino_version() -> *const c_char {
    guard(|_| std::ptr::null(), || concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
}

// ---- books and engines -----------------------------------------------------------------------

/// Checks a book: JSON with its digest and all findings, also when it cannot be read. Threads: any.
///
/// # Safety
/// `book` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_check(
    book: *const c_char,
    length: usize,
    out: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let found = call::check(bytes("book", book, length)?)?;
            hand_text(out, found);
        }
        Ok(())
    })
}

/// Compiles a book from JSON. Free the engine with listino_engine_free. Threads: any.
///
/// # Safety
/// `book` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_from_json(
    book: *const c_char,
    length: usize,
    out: *mut *mut listino_engine,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine = call::compile(bytes("book", book, length)?)?;
            hand(Kind::Engine, out, engine);
        }
        Ok(())
    })
}

/// Loads a compiled book: what listino_engine_to_bytes or `listino compile` has written. Free the
/// engine with listino_engine_free. Threads: any.
///
/// # Safety
/// `data` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_from_bytes(
    data: *const u8,
    length: usize,
    out: *mut *mut listino_engine,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine = Engine::from_bytes(bytes("data", data.cast(), length)?)?;
            hand(Kind::Engine, out, engine);
        }
        Ok(())
    })
}

/// The compiled book as bytes, for listino_engine_from_bytes: the same bytes for the same book on
/// every machine. Free them with listino_bytes_free. Threads: any.
///
/// # Safety
/// `engine` is an engine; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_to_bytes(
    engine: *const listino_engine,
    out: *mut *mut listino_bytes,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            hand(Kind::Bytes, out, engine.to_bytes());
        }
        Ok(())
    })
}

/// The digest of the engine's book, as 64 hexadecimal digits. Threads: any.
///
/// # Safety
/// `engine` is an engine; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_digest(
    engine: *const listino_engine,
    out: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            hand_text(out, engine.digest().to_string());
        }
        Ok(())
    })
}

/// Frees an engine; NULL is left alone, and so is what is no engine any more. Threads: the last
/// one that uses it.
///
/// # Safety
/// No other thread uses the engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_free(engine: *mut listino_engine) {
    // SAFETY: as the caller says.
    guard(|_| (), || unsafe { free::<Engine>(Kind::Engine, engine.cast()) });
}

/// Makes a call in JSON: bytes in, bytes out, the same as in every other language. `verb` is one of
/// listino_verb. Threads: any.
///
/// # Safety
/// `engine` is an engine; `input` points to `length` bytes; `out` and `error` may be written
/// (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_call(
    engine: *const listino_engine,
    verb: u32,
    input: *const c_char,
    length: usize,
    out: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            // A number that is no verb has the error of a name that is none.
            let known = usize::try_from(verb).ok().and_then(|at| Verb::ALL.get(at).copied());
            let verb = known.map_or_else(|| verb.to_string().parse::<Verb>(), Ok)?;
            let found = engine.call(verb, bytes("input", input, length)?)?;
            hand_text(out, found);
        }
        Ok(())
    })
}

/// Compares two books over { requests }, in JSON. Threads: any.
///
/// # Safety
/// `old` and `new_` are engines; `input` points to `length` bytes; `out` and `error` may be written
/// (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_diff(
    old: *const listino_engine,
    new_: *const listino_engine,
    input: *const c_char,
    length: usize,
    out: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let old: &Engine = peek(Kind::Engine, old.cast())?;
            let new: &Engine = peek(Kind::Engine, new_.cast())?;
            let found = call::diff(old, new, bytes("input", input, length)?)?;
            hand_text(out, found);
        }
        Ok(())
    })
}

/// Prices one line without JSON: the numbers of a quote of this line alone. Threads: any.
///
/// # Safety
/// `engine` is an engine; `query` and the texts it points to may be read; `out` and `error` may be
/// written (`error` may be NULL). `query->size` and `out->size` are set by the caller.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_price(
    engine: *const listino_engine,
    query: *const listino_query,
    out: *mut listino_line,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            plain::price(engine, query, out)
        }
    })
}

/// Prices many lines without JSON. Each line has its status in `statuses`; the call is LISTINO_OK
/// when every line was looked at. Ask listino_price for the error of a line. Threads: any.
///
/// # Safety
/// As listino_price, for `count` queries, lines and statuses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_price_many(
    engine: *const listino_engine,
    queries: *const listino_query,
    count: usize,
    out: *mut listino_line,
    statuses: *mut listino_status,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            if count > 0 && (queries.is_null() || out.is_null() || statuses.is_null()) {
                return Err(CallError::missing("queries, out or statuses"));
            }
            for place in 0..count {
                let found = plain::price(engine, queries.add(place), out.add(place));
                let status =
                    found.map_or_else(|e| self::status(&e), |()| listino_status::LISTINO_OK);
                statuses.add(place).write(status);
            }
        }
        Ok(())
    })
}

/// Prices a frame: a stream of the Arrow C stream interface with the columns of lines, to a stream of
/// the results. `frame` is moved: it is released here, also where the call fails for anything but a
/// missing argument or bad options. Nothing is priced before `out` is read; an error on the way is
/// what its get_next and get_last_error say. `out` is released by the caller, and has no `release`
/// where the call fails; it may outlive the engine. `options` may be NULL. Threads: any, and `out`
/// one at a time.
///
/// # Safety
/// `engine` is an engine; `frame` is a stream that keeps the rules of Arrow; `options` may be read;
/// `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_price_arrow(
    engine: *const listino_engine,
    frame: *mut ArrowArrayStream,
    options: *const listino_frame_options,
    out: *mut ArrowArrayStream,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            arrow::price(engine, frame, options, out)
        }
    })
}

/// Writes a decimal as text with a NUL at its end into `buffer`, and returns the length of the text;
/// nothing is written where the buffer has not that many bytes and one. Threads: any.
///
/// # Safety
/// `decimal` may be read; `buffer` has `size` bytes that may be written, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_decimal_text(
    decimal: *const listino_decimal,
    buffer: *mut c_char,
    size: usize,
) -> usize {
    // SAFETY: as the caller says.
    guard(|_| 0, || unsafe { plain::decimal_text(decimal, buffer, size) })
}

/// Reads a decimal from text such as "-12.50". Threads: any.
///
/// # Safety
/// `text` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_decimal_from_text(
    text: *const c_char,
    length: usize,
    out: *mut listino_decimal,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe { plain::decimal_from_text(bytes("text", text, length)?, out) }
    })
}

// ---- configuration ---------------------------------------------------------------------------

/// Compiles an option model from JSON as it stands on a date ("2026-01-31"). Free it with
/// listino_configurator_free. Threads: any.
///
/// # Safety
/// `model` and `date` point to so many bytes; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_configurator_from_json(
    model: *const c_char,
    length: usize,
    date: *const c_char,
    date_length: usize,
    out: *mut *mut listino_configurator,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let date = bytes("date", date, date_length)?;
            // What is not UTF-8 is no date either.
            let date = std::str::from_utf8(date).unwrap_or_default();
            let configurator = call::configurator(bytes("model", model, length)?, date)?;
            hand(Kind::Configurator, out, configurator);
        }
        Ok(())
    })
}

/// Frees a configurator; its sessions live on. NULL is left alone. Threads: the last one that
/// uses it.
///
/// # Safety
/// No other thread uses the configurator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_configurator_free(configurator: *mut listino_configurator) {
    // SAFETY: as the caller says.
    guard(
        |_| (),
        || unsafe {
            free::<Configurator>(Kind::Configurator, configurator.cast());
        },
    );
}

/// Starts a session without any choice. Free it with listino_session_free. Threads: any.
///
/// # Safety
/// `configurator` is a configurator; `out` and `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_session_new(
    configurator: *const listino_configurator,
    out: *mut *mut listino_session,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let configurator: &Configurator = peek(Kind::Configurator, configurator.cast())?;
            hand(Kind::Session, out, configurator.session());
        }
        Ok(())
    })
}

/// Starts a session on the model of a line's product, with the line's choices made and the customer's
/// prices: `input` is `{ "request", "line" }` in JSON, where `line` may be left out when the request has
/// one line only. Free it with listino_session_free. Threads: any.
///
/// # Safety
/// `engine` is an engine; `input` points to `length` bytes; `out` and `error` may be written
/// (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_engine_configure(
    engine: *const listino_engine,
    input: *const c_char,
    length: usize,
    out: *mut *mut listino_session,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let engine: &Engine = peek(Kind::Engine, engine.cast())?;
            hand(Kind::Session, out, call::configure(engine, bytes("input", input, length)?)?);
        }
        Ok(())
    })
}

/// Takes up a stored session; `report` says in JSON what of it still stands. Threads: any.
///
/// # Safety
/// `configurator` is a configurator; `saved` points to `length` bytes; `out`, `report` and `error`
/// may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_session_resume(
    configurator: *const listino_configurator,
    saved: *const c_char,
    length: usize,
    out: *mut *mut listino_session,
    report: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            clear("report", report)?;
            let configurator: &Configurator = peek(Kind::Configurator, configurator.cast())?;
            let (session, text) = call::resume(configurator, bytes("saved", saved, length)?)?;
            hand(Kind::Session, out, session);
            hand_text(report, text);
        }
        Ok(())
    })
}

/// Takes a step in a session, in JSON: a choice or a question. Threads: one at a time.
///
/// # Safety
/// `session` is a session that no other thread uses; `input` points to `length` bytes; `out` and
/// `error` may be written (`error` may be NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_session_step(
    session: *mut listino_session,
    input: *const c_char,
    length: usize,
    out: *mut *mut listino_text,
    error: *mut *mut listino_error,
) -> listino_status {
    answer(error, || {
        // SAFETY: as the caller says.
        unsafe {
            clear("out", out)?;
            let session: &mut Session = peek_mut(Kind::Session, session.cast())?;
            let found = call::step(session, bytes("input", input, length)?)?;
            hand_text(out, found);
        }
        Ok(())
    })
}

/// Frees a session; NULL is left alone. Threads: the last one that uses it.
///
/// # Safety
/// No other thread uses the session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_session_free(session: *mut listino_session) {
    // SAFETY: as the caller says.
    guard(|_| (), || unsafe { free::<configure::Session>(Kind::Session, session.cast()) });
}

// ---- texts -----------------------------------------------------------------------------------

/// The bytes of a text, with a NUL behind them; NULL for NULL. Threads: any.
///
/// # Safety
/// `text` is a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_text_data(text: *const listino_text) -> *const c_char {
    // SAFETY: as the caller says.
    guard(
        |_| std::ptr::null(),
        || unsafe {
            peek::<CString>(Kind::Text, text.cast()).map_or(std::ptr::null(), |text| text.as_ptr())
        },
    )
}

/// The length of a text without the NUL. Threads: any.
///
/// # Safety
/// `text` is a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_text_length(text: *const listino_text) -> usize {
    // SAFETY: as the caller says.
    guard(
        |_| 0,
        || unsafe {
            peek::<CString>(Kind::Text, text.cast()).map_or(0, |text| text.as_bytes().len())
        },
    )
}

/// Frees a text; NULL is left alone. Threads: the last one that uses it.
///
/// # Safety
/// No other thread uses the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_text_free(text: *mut listino_text) {
    // SAFETY: as the caller says.
    guard(|_| (), || unsafe { free::<CString>(Kind::Text, text.cast()) });
}

/// The bytes. They live as long as the object. Threads: any.
///
/// # Safety
/// `bytes` is NULL or an object of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_bytes_data(bytes: *const listino_bytes) -> *const u8 {
    // SAFETY: as the caller says.
    guard(
        |_| std::ptr::null(),
        || unsafe {
            peek::<Vec<u8>>(Kind::Bytes, bytes.cast())
                .map_or(std::ptr::null(), |bytes| bytes.as_ptr())
        },
    )
}

/// How many bytes there are. Threads: any.
///
/// # Safety
/// `bytes` is NULL or an object of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_bytes_length(bytes: *const listino_bytes) -> usize {
    // SAFETY: as the caller says.
    guard(|_| 0, || unsafe { peek::<Vec<u8>>(Kind::Bytes, bytes.cast()).map_or(0, Vec::len) })
}

/// Frees bytes; NULL is left alone, and so is what are no bytes any more. Threads: the last one
/// that uses them.
///
/// # Safety
/// No other thread uses the bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_bytes_free(bytes: *mut listino_bytes) {
    // SAFETY: as the caller says.
    guard(|_| (), || unsafe { free::<Vec<u8>>(Kind::Bytes, bytes.cast()) });
}

// ---- errors ----------------------------------------------------------------------------------

/// A part of an error; NULL for NULL.
///
/// # Safety
/// `error` is an error or NULL.
unsafe fn part(
    error: *const listino_error,
    which: impl FnOnce(&Reason) -> Option<&CString>,
) -> *const c_char {
    // SAFETY: as the caller says.
    let reason = unsafe { peek::<Reason>(Kind::Error, error.cast()) };
    reason.ok().and_then(which).map_or(std::ptr::null(), |text| text.as_ptr())
}

/// The status that came with the error; LISTINO_BAD_CALL for NULL. Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_status(error: *const listino_error) -> listino_status {
    // SAFETY: as the caller says.
    guard(
        |_| listino_status::LISTINO_INTERNAL,
        || unsafe {
            peek::<Reason>(Kind::Error, error.cast())
                .map_or(listino_status::LISTINO_BAD_CALL, |reason| reason.status)
        },
    )
}

/// The stable code, such as "B0109"; lives as long as the error. Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_code(error: *const listino_error) -> *const c_char {
    // SAFETY: as the caller says.
    guard(|_| std::ptr::null(), || unsafe { part(error, |reason| Some(&reason.code)) })
}

/// The fact in words; lives as long as the error. Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_message(error: *const listino_error) -> *const c_char {
    // SAFETY: as the caller says.
    guard(|_| std::ptr::null(), || unsafe { part(error, |reason| Some(&reason.message)) })
}

/// The place in the input, as a JSON pointer; lives as long as the error. Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_path(error: *const listino_error) -> *const c_char {
    // SAFETY: as the caller says.
    guard(|_| std::ptr::null(), || unsafe { part(error, |reason| Some(&reason.path)) })
}

/// What to do about it, or NULL; lives as long as the error. Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_help(error: *const listino_error) -> *const c_char {
    // SAFETY: as the caller says.
    guard(|_| std::ptr::null(), || unsafe { part(error, |reason| reason.help.as_ref()) })
}

/// The whole error as JSON, with details and all diagnostics; lives as long as the error.
/// Threads: any.
///
/// # Safety
/// `error` is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_json(error: *const listino_error) -> *const c_char {
    // SAFETY: as the caller says.
    guard(|_| std::ptr::null(), || unsafe { part(error, |reason| Some(&reason.json)) })
}

/// Frees an error; NULL is left alone. Threads: the last one that uses it.
///
/// # Safety
/// No other thread uses the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn listino_error_free(error: *mut listino_error) {
    // SAFETY: as the caller says.
    guard(|_| (), || unsafe { free::<Reason>(Kind::Error, error.cast()) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let mut error = std::ptr::null_mut();
        let status = answer(&raw mut error, || panic!("on purpose"));
        assert_eq!(status, listino_status::LISTINO_INTERNAL);
        // SAFETY: the error was just made, and is freed once.
        unsafe {
            let message = std::ffi::CStr::from_ptr(listino_error_message(error));
            assert_eq!(message.to_str(), Ok("the library failed: on purpose"));
            listino_error_free(error);
        }
        assert_eq!(guard(|_| 7, || panic!("{}", "again")), 7);
    }

    #[test]
    fn verbs_stand_in_the_order_of_the_core() {
        use listino_verb::*;
        let verbs = [
            LISTINO_QUOTE,
            LISTINO_EXPLAIN,
            LISTINO_SENTENCES,
            LISTINO_PRICE,
            LISTINO_NEXT_BREAKS,
            LISTINO_SOLVE,
            LISTINO_REPLAY,
            LISTINO_DIGEST,
        ];
        let names = Verb::ALL.map(Verb::name);
        for (place, verb) in verbs.into_iter().enumerate() {
            assert_eq!(verb as usize, place);
            assert_eq!(format!("{verb:?}").to_lowercase(), format!("listino_{}", names[place]));
        }
        assert_eq!(verbs.len(), names.len());
    }
}
