//! Effective dates and validity windows.
//!
//! A date is a calendar day without a clock or a time zone. Windows in a book include both ends,
//! as people write them; inside they are half-open day numbers, so that two windows which touch
//! neither overlap nor leave a gap.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A calendar day, written `YYYY-MM-DD`, between the years 1 and 9999.
///
/// ```
/// use listino_core::calendar::Date;
/// let date: Date = "2022-11-21".parse()?;
/// assert_eq!(date.to_string(), "2022-11-21");
/// assert!("2022-02-30".parse::<Date>().is_err());
/// # Ok::<(), listino_core::calendar::DateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(jiff::civil::Date);

/// A text that is not a date.
///
/// ```
/// use listino_core::calendar::{Date, DateError};
/// let error: DateError = "30.2.2022".parse::<Date>().unwrap_err();
/// assert!(error.to_string().starts_with("`30.2.2022` is not a date"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date: write `YYYY-MM-DD`, between the years 0001 and 9999")]
pub struct DateError(String);

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

impl Date {
    /// The date of a year, month and day, if there is such a day.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!(Date::new(2024, 2, 29).map(|date| date.to_string()), Some("2024-02-29".to_owned()));
    /// assert_eq!(Date::new(2023, 2, 29), None);
    /// ```
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        (year >= 1).then(|| jiff::civil::Date::new(year, month, day).ok().map(Self)).flatten()
    }

    /// The year.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!("2022-11-21".parse::<Date>()?.year(), 2022);
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!("2022-11-21".parse::<Date>()?.month(), 11);
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!("2022-11-21".parse::<Date>()?.day(), 21);
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Days since 1970-01-01; negative before.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!("1970-01-02".parse::<Date>()?.day_number(), 1);
    /// assert_eq!("1969-12-31".parse::<Date>()?.day_number(), -1);
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn day_number(self) -> i32 {
        // A span of time and not of the calendar: it cannot fail, and says so to the compiler.
        i32::try_from(self.0.duration_since(EPOCH).as_hours() / 24).unwrap_or_default()
    }

    /// The date of a day number, if it is within the years 1 to 9999.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!(Date::from_day_number(31), Date::new(1970, 2, 1));
    /// assert_eq!(Date::from_day_number(i32::MAX), None);
    /// ```
    pub fn from_day_number(days: i32) -> Option<Self> {
        let date =
            EPOCH.checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24)).ok()?;
        (date.year() >= 1).then_some(Self(date))
    }

    /// How many days the month of this date has.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// assert_eq!("2024-02-01".parse::<Date>()?.days_in_month(), 29);
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn days_in_month(self) -> i8 {
        self.0.days_in_month()
    }

    /// The same day a number of months later (earlier when negative); a day that the month does
    /// not have becomes its last day.
    ///
    /// ```
    /// use listino_core::calendar::Date;
    /// let date: Date = "2024-01-31".parse()?;
    /// assert_eq!(date.add_months(1), Date::new(2024, 2, 29));
    /// assert_eq!(date.add_months(-2), Date::new(2023, 11, 30));
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn add_months(self, months: i32) -> Option<Self> {
        let month = i32::from(self.year()) * 12 + i32::from(self.month()) - 1;
        let month = month.checked_add(months)?;
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        let first = Self::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1)?;
        Self::new(year, first.month(), self.day().min(first.days_in_month()))
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        // The library reads more spellings than the one we write; one spelling is enough.
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_i16, |sum, byte| {
                byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0'))
            })
        };
        let date = match text.as_bytes() {
            [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
                let (month, day) = (number(&[*m1, *m2]), number(&[*d1, *d2]));
                number(y).zip(month.zip(day)).and_then(|(year, (month, day))| {
                    Self::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
                })
            }
            _ => None,
        };
        date.ok_or_else(|| DateError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digit = |value: u16| b'0' + u8::try_from(value % 10).unwrap_or(0);
        let (month, day) = (self.month().unsigned_abs().into(), self.day().unsigned_abs().into());
        let year = self.year().unsigned_abs();
        let text = [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
            b'-',
            digit(day / 10),
            digit(day),
        ];
        match std::str::from_utf8(&text) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Date;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date such as \"2022-11-21\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date",
            "description": "a calendar day, YYYY-MM-DD"
        })
    }
}

/// The days on which something holds: both ends included, an absent end is open.
///
/// ```
/// use listino_core::calendar::Window;
/// let window: Window = serde_json::from_str(r#"{ "from": "2022-05-30", "to": "2023-05-29" }"#)?;
/// assert!(window.contains("2023-05-29".parse()?));
/// assert!(!window.contains("2023-05-30".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first day; absent: since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day, included; absent: until further notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl Window {
    /// The window without ends.
    pub const ALWAYS: Self = Self { from: None, to: None };

    /// Whether the window holds on a day.
    ///
    /// ```
    /// use listino_core::calendar::{Date, Window};
    /// let until = Window { from: None, to: Date::new(2022, 12, 31) };
    /// assert!(until.contains("2022-12-31".parse()?));
    /// assert!(!until.contains("2023-01-01".parse()?));
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn contains(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// Whether the window has no end at all.
    ///
    /// ```
    /// use listino_core::calendar::{Date, Window};
    /// assert!(Window::ALWAYS.is_always());
    /// assert!(!Window { from: Date::new(2022, 1, 1), to: None }.is_always());
    /// ```
    pub fn is_always(&self) -> bool {
        *self == Self::ALWAYS
    }

    /// Whether no day lies inside.
    ///
    /// ```
    /// use listino_core::calendar::{Date, Window};
    /// let (first, second) = (Date::new(2022, 1, 1), Date::new(2022, 1, 2));
    /// assert!(Window { from: second, to: first }.is_empty());
    /// assert!(!Window { from: first, to: first }.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }

    /// The window as half-open day numbers.
    pub(crate) fn days(&self) -> Days {
        Days {
            from: self.from.map_or(i32::MIN, Date::day_number),
            to: self.to.map_or(i32::MAX, |to| to.day_number() + 1),
        }
    }
}

/// A half-open range of day numbers, `from <= day < to`; an open end is the first or last number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Days {
    pub(crate) from: i32,
    pub(crate) to: i32,
}

/// The day numbers of 0001-01-01 and of the day after 9999-12-31.
const CALENDAR: std::ops::Range<i32> = -719_162..2_932_897;

impl Days {
    /// All of them.
    pub(crate) const ALWAYS: Self = Self { from: i32::MIN, to: i32::MAX };

    /// The window that these days are.
    pub(crate) fn window(self) -> Window {
        let day = |number| Date::from_day_number(number);
        Window {
            from: day(self.from).filter(|_| self.from != i32::MIN),
            to: self.to.checked_sub(1).filter(|_| self.to != i32::MAX).and_then(day),
        }
    }

    /// Whether both ends are open or days of the calendar.
    pub(crate) fn is_valid(self) -> bool {
        (self.from == i32::MIN || CALENDAR.contains(&self.from))
            && (self.to == i32::MAX || CALENDAR.contains(&(self.to.saturating_sub(1))))
    }

    pub(crate) const fn contains(self, day: i32) -> bool {
        self.from <= day && day < self.to
    }

    /// The days that lie in both.
    pub(crate) fn both(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.to <= self.from
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        !self.both(other).is_empty()
    }
}
