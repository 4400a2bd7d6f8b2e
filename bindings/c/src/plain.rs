//! Pricing lines through plain structs, without JSON.

use std::ffi::c_char;

use listino_core::calendar::Date;
use listino_core::call::CallError;
use listino_core::money::{Amount, Currency, Percent, Quantity};
use listino_core::quote::{LineQuery, Status};
use listino_core::{Engine, Id};
use rust_decimal::Decimal;

use crate::bytes;

/// A decimal: (high * 2^64 + low) / 10^scale, of at most 28 digits. `present` is 0 where there is
/// none.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct listino_decimal {
    /// The upper half of the number without its point, with its sign.
    pub high: i64,
    /// The lower half.
    pub low: u64,
    /// How many decimals it has, at most 28.
    pub scale: u32,
    /// Whether there is a number: 1 or 0.
    pub present: u32,
}

/// A day.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct listino_date {
    /// The year, 1 to 9999.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month.
    pub day: u8,
}

/// What one line is asked for. Texts are UTF-8 and need no NUL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct listino_query {
    /// sizeof(listino_query).
    pub size: usize,
    /// A customer of the book.
    pub customer: *const c_char,
    /// Its length.
    pub customer_length: usize,
    /// The product.
    pub product: *const c_char,
    /// Its length.
    pub product_length: usize,
    /// The unit ordered in, or NULL: the product's base unit.
    pub unit: *const c_char,
    /// Its length.
    pub unit_length: usize,
    /// The currency, or NULL: the customer's, then the book's.
    pub currency: *const c_char,
    /// Its length.
    pub currency_length: usize,
    /// The sales channel, or NULL.
    pub channel: *const c_char,
    /// Its length.
    pub channel_length: usize,
    /// The quantity.
    pub quantity: listino_decimal,
    /// The pricing date.
    pub date: listino_date,
}

/// The numbers of one line.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct listino_line {
    /// sizeof(listino_line), set by the caller.
    pub size: usize,
    /// The list price of one unit; absent where the line is priced as a whole.
    pub list_price: listino_decimal,
    /// The net price of one unit; absent where the line is priced as a whole.
    pub unit_price: listino_decimal,
    /// The line total.
    pub total: listino_decimal,
    /// The true net.
    pub net: listino_decimal,
    /// The cost of the line; absent where it is not known.
    pub cost: listino_decimal,
    /// The margin in percent; absent where the cost is not known or the net is zero.
    pub margin_percent: listino_decimal,
    /// 0: nothing stands against it, 1: someone must approve it, 2: a threshold forbids it.
    pub verdict: u32,
    /// The currency, with a NUL behind it.
    pub currency: [c_char; 4],
    /// The list that priced the line, with a NUL behind it.
    pub price_list: [c_char; 257],
}

impl listino_decimal {
    pub(crate) fn new(decimal: Decimal) -> Self {
        let mantissa = decimal.mantissa();
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        let (high, low) = ((mantissa >> 64) as i64, mantissa as u64);
        Self { high, low, scale: decimal.scale(), present: 1 }
    }

    fn of(amount: Option<Amount>) -> Self {
        amount.map_or_else(Self::default, |amount| Self::new(amount.decimal()))
    }

    fn of_percent(percent: Option<Percent>) -> Self {
        percent.map_or_else(Self::default, |percent| Self::new(percent.decimal()))
    }

    fn decimal(self) -> Result<Decimal, CallError> {
        let mantissa = (i128::from(self.high) << 64) | i128::from(self.low);
        let wrong = || CallError::argument("", "a decimal has at most 28 digits and 28 decimals");
        if self.scale > 28 || mantissa.unsigned_abs() >= 10_u128.pow(28) {
            return Err(wrong());
        }
        Decimal::try_from_i128_with_scale(mantissa, self.scale).map_err(|_| wrong())
    }

    fn quantity(self) -> Result<Quantity, CallError> {
        if self.present == 0 {
            return Err(CallError::missing("quantity"));
        }
        // Whole numbers, which most are, need no text.
        if self.scale == 0
            && let Ok(whole) = i64::try_from((i128::from(self.high) << 64) | i128::from(self.low))
        {
            return Ok(Quantity::from(whole));
        }
        let text = self.decimal()?.to_string();
        text.parse().map_err(|error| CallError::argument("/quantity", format!("{error}")))
    }
}

/// A text argument that may be absent.
///
/// # Safety
/// `data` points to `length` bytes that may be read during `'a`, or is NULL.
unsafe fn text<'a>(
    what: &str,
    data: *const c_char,
    length: usize,
) -> Result<Option<&'a str>, CallError> {
    if data.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller says.
    let found = unsafe { bytes(what, data, length)? };
    let place = || format!("/{what}");
    let utf8 = std::str::from_utf8(found);
    utf8.map(Some).map_err(|_| CallError::argument(&place(), format!("`{what}` is not UTF-8")))
}

fn id(what: &str, text: Option<&str>) -> Result<Option<Id>, CallError> {
    let wrong = |error| CallError::argument(&format!("/{what}"), format!("{error}"));
    text.map(Id::new).transpose().map_err(wrong)
}

/// # Safety
/// `query` and the texts it points to may be read, `out` may be written, or they are NULL.
pub(crate) unsafe fn price(
    engine: &Engine,
    query: *const listino_query,
    out: *mut listino_line,
) -> Result<(), CallError> {
    if query.is_null() || out.is_null() {
        return Err(CallError::missing(if query.is_null() { "query" } else { "out" }));
    }
    let sized = |what: &str, size: usize, wanted: usize| {
        let text = || format!("`{what}.size` is {size}, and this library writes {wanted}");
        if size == wanted { Ok(()) } else { Err(CallError::argument("/size", text())) }
    };
    // SAFETY: not NULL, and the caller says that they may be read; the size stands first.
    unsafe {
        sized("query", query.cast::<usize>().read(), size_of::<listino_query>())?;
        sized("out", out.cast::<usize>().read(), size_of::<listino_line>())?;
    }
    // SAFETY: as the caller says, and of the size that we know.
    let (query, out) = unsafe { (&*query, &mut *out) };
    let wanted =
        |what: &str, text: Option<&'static str>| text.ok_or_else(|| CallError::missing(what));
    // SAFETY: as the caller says; nothing of it is kept behind this call.
    let (customer, product, unit, currency, channel) = unsafe {
        (
            wanted("customer", text("customer", query.customer, query.customer_length)?)?,
            wanted("product", text("product", query.product, query.product_length)?)?,
            id("unit", text("unit", query.unit, query.unit_length)?)?,
            text("currency", query.currency, query.currency_length)?,
            id("channel", text("channel", query.channel, query.channel_length)?)?,
        )
    };
    let currency = currency
        .map(|code| code.parse::<Currency>())
        .transpose()
        .map_err(|error| CallError::argument("/currency", error.to_string()))?;
    let date = i8::try_from(query.date.month).ok().zip(i8::try_from(query.date.day).ok());
    let date = date.and_then(|(month, day)| Date::new(query.date.year, month, day));
    let date = date.ok_or_else(|| CallError::argument("/date", "the date does not exist"))?;
    let line = engine.price(&LineQuery {
        customer,
        product,
        quantity: query.quantity.quantity()?,
        date,
        unit: unit.as_ref(),
        currency,
        channel: channel.as_ref(),
    })?;
    out.list_price = listino_decimal::of(line.list_price);
    out.unit_price = listino_decimal::of(line.unit_price);
    out.total = listino_decimal::of(Some(line.total));
    out.net = listino_decimal::of(Some(line.net));
    out.cost = listino_decimal::of(line.cost);
    out.margin_percent = listino_decimal::of_percent(line.margin_percent);
    out.verdict = match line.status {
        Status::Ok => 0,
        Status::NeedsApproval => 1,
        Status::Blocked | Status::Incomplete => 2,
    };
    write(&mut out.currency, line.currency.code());
    write(&mut out.price_list, line.price_list.as_str());
    Ok(())
}

/// Writes a text with a NUL behind it; what does not fit is left out (an id has at most 256 bytes).
fn write(buffer: &mut [c_char], text: &str) {
    let Some(room) = buffer.len().checked_sub(1) else { return };
    let bytes = text.bytes().take(room).chain([0]);
    for (slot, byte) in buffer.iter_mut().zip(bytes) {
        *slot = byte.cast_signed();
    }
}

/// # Safety
/// `decimal` may be read; `buffer` has `size` bytes that may be written; or they are NULL.
pub(crate) unsafe fn decimal_text(
    decimal: *const listino_decimal,
    buffer: *mut c_char,
    size: usize,
) -> usize {
    if decimal.is_null() {
        return 0;
    }
    // SAFETY: not NULL, and the caller says that it may be read.
    let found = unsafe { decimal.read() };
    let Ok(number) = found.decimal() else { return 0 };
    if found.present == 0 {
        return 0;
    }
    let text = number.normalize().to_string();
    if !buffer.is_null() && size > text.len() {
        // SAFETY: the buffer has room for the text and the NUL.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, text.len());
            buffer.add(text.len()).write(0);
        }
    }
    text.len()
}

/// # Safety
/// `out` may be written, or is NULL.
pub(crate) unsafe fn decimal_from_text(
    text: &[u8],
    out: *mut listino_decimal,
) -> Result<(), CallError> {
    if out.is_null() {
        return Err(CallError::missing("out"));
    }
    let text = std::str::from_utf8(text)
        .map_err(|_| CallError::argument("", "the decimal is not UTF-8"))?;
    let amount: Amount =
        text.parse().map_err(|error| CallError::argument("", format!("{error}")))?;
    // SAFETY: not NULL, and the caller says that it may be written.
    unsafe { out.write(listino_decimal::of(Some(amount))) };
    Ok(())
}
