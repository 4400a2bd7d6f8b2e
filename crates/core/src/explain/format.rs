//! Numbers, dates and enumerations as a language writes them.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::catalogue::{Catalogue, Labels};
use super::english::English;
use super::italian::Italian;
use crate::Id;
use crate::calendar::Date;
use crate::money::{Amount, Percent, Quantity};
use crate::quote::{QuoteLine, Step, StepKind};

/// A language that quotes are explained in.
///
/// ```
/// use listino_core::explain::Language;
/// let language: Language = "it".parse()?;
/// assert_eq!(language.amount("3374.9".parse()?, 2), "3.374,90");
/// assert_eq!(language.date("2022-05-30".parse()?), "30 maggio 2022");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English: `3,374.99`, 30 May 2022.
    #[default]
    English,
    /// Italian: `3.374,99`, 30 maggio 2022.
    Italian,
}

/// A text that names no language the engine speaks.
///
/// ```
/// use listino_core::explain::{Language, LanguageError};
/// let error: LanguageError = "eo".parse::<Language>().unwrap_err();
/// assert_eq!(error.to_string(), "`eo` is not a language: write `en` or `it`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language: write `en` or `it`")]
pub struct LanguageError(String);

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        match text {
            "en" => Ok(Self::English),
            "it" => Ok(Self::Italian),
            other => Err(LanguageError(other.chars().take(40).collect())),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Italian];

    /// The ISO 639-1 code.
    ///
    /// ```
    /// assert_eq!(listino_core::explain::Language::English.code(), "en");
    /// ```
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Italian => "it",
        }
    }

    /// The words that stand on tables, totals and charts.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::Italian.labels().total, "totale");
    /// ```
    pub fn labels(self) -> &'static Labels {
        self.catalogue().labels()
    }

    pub(super) fn catalogue(self) -> &'static dyn Catalogue {
        match self {
            Self::English => &English,
            Self::Italian => &Italian,
        }
    }

    /// The sign between thousands and the decimal sign.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::Italian.separators(), ('.', ','));
    /// ```
    pub fn separators(self) -> (char, char) {
        self.catalogue().separators()
    }

    /// A decimal with its thousands grouped and at least `digits` decimals; further decimals are
    /// shown when the value has them, so that nothing is rounded for display.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// use listino_core::money::Amount;
    /// let residue: Amount = "-1234567.8901".parse()?;
    /// assert_eq!(Language::English.number(residue.decimal(), 2), "-1,234,567.8901");
    /// # Ok::<(), listino_core::money::DecimalError>(())
    /// ```
    pub fn number(self, value: Decimal, digits: u32) -> String {
        let (group, point) = self.catalogue().separators();
        let text = value.normalize().to_string();
        let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut out = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                out.push(group);
            }
            out.push(digit);
        }
        let missing = (digits as usize).saturating_sub(fraction.len());
        if !fraction.is_empty() || missing > 0 {
            out.push(point);
            out.push_str(fraction);
            out.extend(std::iter::repeat_n('0', missing));
        }
        out
    }

    /// An amount with at least `digits` decimals.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::English.amount("3374.9".parse()?, 2), "3,374.90");
    /// # Ok::<(), listino_core::money::DecimalError>(())
    /// ```
    pub fn amount(self, value: Amount, digits: u32) -> String {
        self.number(value.decimal(), digits)
    }

    /// A quantity.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::Italian.quantity("1250.5".parse()?), "1.250,5");
    /// # Ok::<(), listino_core::money::DecimalError>(())
    /// ```
    pub fn quantity(self, value: Quantity) -> String {
        self.number(value.decimal(), 0)
    }

    /// A percentage with its sign.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::Italian.percent("2.5".parse()?), "2,5 %");
    /// # Ok::<(), listino_core::money::DecimalError>(())
    /// ```
    pub fn percent(self, value: Percent) -> String {
        format!("{} %", self.number(value.decimal(), 0))
    }

    /// A date with the name of its month.
    ///
    /// ```
    /// use listino_core::explain::Language;
    /// assert_eq!(Language::English.date("2022-05-30".parse()?), "30 May 2022");
    /// assert_eq!(Language::Italian.date("2022-05-01".parse()?), "1º maggio 2022");
    /// # Ok::<(), listino_core::calendar::DateError>(())
    /// ```
    pub fn date(self, date: Date) -> String {
        self.catalogue().date(date)
    }

    /// `a`, `a or b`, `a, b or c`.
    pub(super) fn any_of(self, ids: &[Id]) -> String {
        let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
        self.any_of_texts(&ids)
    }

    pub(super) fn any_of_texts(self, texts: &[&str]) -> String {
        let or = self.catalogue().or();
        match texts {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [head @ .., last] => format!("{} {or} {last}", head.join(", ")),
        }
    }
}

/// Whether a step tells the price of a base unit, which the next one converts into the ordered unit.
pub(super) fn in_base_unit(line: &QuoteLine, step: &Step) -> bool {
    let is_price = |kind| matches!(kind, StepKind::ListPrice | StepKind::Formula);
    let mut steps = line.price.iter().flat_map(|price| &price.steps);
    is_price(step.kind)
        && steps.any(|own| *own == *step)
        && steps.next().is_some_and(|next| next.kind == StepKind::UnitConversion)
}

/// Whether the words about a quantity are in the singular.
pub(super) fn is_one(quantity: Quantity) -> bool {
    quantity == Quantity::from(1) || quantity == Quantity::from(-1)
}
