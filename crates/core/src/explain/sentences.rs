//! From the data of a quote to one sentence each.

use super::Language;
use crate::Id;
use crate::calendar::{Date, Window};
use crate::money::{Amount, Currency, Increment, Percent};
use crate::quote::{
    Approval, Considered, CouponOutcome, DocumentDiscount, Origin, Quote, QuoteLine, Refusal,
    Status, Step,
};
use crate::solve::{Concession, NextBreak, SolveError};

/// The sentences of one quote in one language.
///
/// Every sentence is a clause without a full stop. It names rules by their ids and writes amounts
/// with the digits of the quote's currency, more where the value has more.
///
/// ```
/// use listino_core::explain::{Language, Sentences};
/// # use listino_core::quote::Request;
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let line = &quote.lines[0];
/// let steps = &line.price.as_ref().unwrap().steps;
/// let say = Sentences::new(&quote, Language::English);
/// assert_eq!(say.step(line, &steps[0]), "base lists it at 10.00 EUR per pc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sentences<'a> {
    quote: &'a Quote,
    language: Language,
}

impl<'a> Sentences<'a> {
    /// The sentences of a quote.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.amount("10".parse()?), "10.00");
    /// # let _ = line;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new(quote: &'a Quote, language: Language) -> Self {
        Self { quote, language }
    }

    /// The language.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.language(), Language::English);
    /// # let _ = line;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The quote.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.quote().lines.len(), 2);
    /// # let _ = line;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn quote(&self) -> &'a Quote {
        self.quote
    }

    pub(super) const fn date(&self) -> Date {
        self.quote.date
    }

    pub(super) const fn currency(&self) -> Currency {
        self.quote.currency
    }

    /// An amount with the currency's digits, without its code: `1,957.49`.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.amount("1957.5".parse()?), "1,957.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amount(&self, value: Amount) -> String {
        self.language.amount(value, self.quote.digits)
    }

    /// An amount with the currency's digits and its code: `1,957.49 EUR`.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.money("1957.5".parse()?), "1,957.50 EUR");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn money(&self, value: Amount) -> String {
        format!("{} {}", self.amount(value), self.currency())
    }

    /// Whether a line of the request is a ramp.
    pub(super) fn is_ramp(&self, line: &Id) -> bool {
        let of = |origin: &Origin| matches!(origin, Origin::Ramp(ramp) if ramp == line);
        self.quote.lines.iter().any(|line| line.origin.as_ref().is_some_and(of))
    }

    pub(super) fn magnitude(&self, value: Amount) -> Amount {
        Amount::from_exact(value.exact().magnitude()).unwrap_or(value)
    }

    /// The difference of two amounts with its sign; `None` where it cannot be held.
    pub(super) fn difference(&self, before: Amount, after: Amount) -> Option<Amount> {
        Amount::from_exact(after.exact().subtract(before.exact()).ok()?).ok()
    }

    /// The amount a step moved, with its sign: `-1,350.00`, `+12.00`.
    pub(super) fn moved(&self, step: &Step) -> String {
        self.difference(step.before, step.after).map_or_else(String::new, |moved| {
            let sign = if moved > Amount::ZERO { "+" } else { "" };
            format!("{sign}{}", self.amount(moved))
        })
    }

    /// The percentage behind the name of a step: ` 40 %`, and ` +5 %` for a surcharge.
    pub(super) fn rate(&self, step: &Step) -> String {
        let Some(percent) = step.percent else {
            return String::new();
        };
        if percent >= Percent::ZERO {
            return format!(" {}", self.language.percent(percent));
        }
        let surcharge = Percent::from_exact(percent.exact().negate()).unwrap_or(percent);
        format!(" +{}", self.language.percent(surcharge))
    }

    /// Days on which something holds: `valid from 30 May 2022 to 29 May 2023`.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let valid = serde_json::from_str(r#"{ "from": "2022-05-30" }"#)?;
    /// assert_eq!(say.window(&valid), "valid from 30 May 2022");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn window(&self, valid: &Window) -> String {
        self.language.catalogue().window(self, valid)
    }

    /// Where the offer stands.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert!(say.status(quote.status).starts_with("the offer is incomplete"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status(&self, status: Status) -> &'static str {
        self.language.catalogue().status(status)
    }

    /// Why the line is here although nobody asked for it.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let gift = listino_core::quote::Origin::Gift("three-for-two".parse()?);
    /// assert_eq!(say.origin(&gift), "a gift of three-for-two");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn origin(&self, origin: &Origin) -> String {
        self.language.catalogue().origin(origin)
    }

    /// What a step of the waterfall did.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let step = &line.price.as_ref().unwrap().steps[0];
    /// assert_eq!(say.step(line, step), "base lists it at 10.00 EUR per pc");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn step(&self, line: &QuoteLine, step: &Step) -> String {
        self.language.catalogue().step(self, line, step)
    }

    /// What became of a candidate, and what would have to change for it to win.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let all: Vec<String> = line.considered.iter().map(|c| say.considered(c)).collect();
    /// assert!(all.iter().any(|sentence| sentence == "price list base gives the list price"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn considered(&self, candidate: &Considered) -> String {
        let fact = self.outcome(candidate);
        match self.change(candidate) {
            Some(change) => format!("{fact}; {change}"),
            None => fact,
        }
    }

    /// What became of a candidate.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.outcome(&line.considered[0]), "price list base gives the list price");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outcome(&self, candidate: &Considered) -> String {
        self.language.catalogue().outcome(self, candidate)
    }

    /// What would have to change for a candidate to win; `None` for the winner.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.change(&line.considered[0]), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change(&self, candidate: &Considered) -> Option<String> {
        self.language.catalogue().change(self, &candidate.outcome)
    }

    /// That a list or rule of the book was no candidate for a line: it has nothing for the product.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let rule = "clearance".parse()?;
    /// assert_eq!(
    ///     say.not_considered(&rule, line),
    ///     "clearance was not considered for line 1: perhaps it is not for P, or the book does not have it"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn not_considered(&self, rule: &Id, line: &QuoteLine) -> String {
        self.language.catalogue().not_considered(rule.as_str(), line)
    }

    /// Why a line has no price.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let seven = &quote.lines[1];
    /// let refusal = seven.refusal.as_ref().unwrap();
    /// assert_eq!(say.refusal(seven, refusal), "7 is not a valid multiple: order 5 or 10 pc");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refusal(&self, line: &QuoteLine, refusal: &Refusal) -> String {
        self.language.catalogue().refusal(self, line, refusal)
    }

    /// What became of a coupon.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(
    ///     say.coupon(&quote.coupons[0]),
    ///     "coupon SPRING is refused: the book has no such coupon"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn coupon(&self, coupon: &CouponOutcome) -> String {
        self.language.catalogue().coupon(coupon)
    }

    /// Which threshold is not kept, and who may let it pass.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert!(say.approval(&quote.approvals[0]).ends_with("must approve"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn approval(&self, approval: &Approval) -> String {
        self.language.catalogue().approval(self, approval)
    }

    /// What became of a discount on the document.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let discount = &quote.totals.discounts[0];
    /// assert_eq!(say.document_discount(discount), "discount by hand 2 %");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn document_discount(&self, discount: &DocumentDiscount) -> String {
        self.language.catalogue().document_discount(self, discount)
    }

    /// How many more lower the unit price, to what, and what that does to the total.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let next = engine.next_break(&request, 0)?.unwrap();
    /// assert_eq!(
    ///     say.next_break(line, &next),
    ///     "5 more pc lower the unit price to 9.00 EUR; the total rises by 35.00 EUR to 135.00 EUR"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_break(&self, line: &QuoteLine, next: &NextBreak) -> String {
        self.language.catalogue().next_break(self, line.unit.as_str(), next)
    }

    /// A discount the solver found.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let found = serde_json::from_str(r#"{ "line": "1", "amount": "12.5" }"#)?;
    /// assert_eq!(say.concession(&found), "take 12.50 EUR off line 1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn concession(&self, concession: &Concession) -> String {
        self.language.catalogue().concession(self, concession)
    }

    /// That the solver found nothing to grant.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.no_concession(), "nothing can be granted");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn no_concession(&self) -> &'static str {
        self.language.catalogue().no_concession()
    }

    /// What stands before the thresholds that one more of the smallest coin would break.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// assert_eq!(say.one_more(), "with 0.01 EUR more:");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn one_more(&self) -> String {
        let coin = Amount::from_exact(Increment::digits(self.quote.digits).exact());
        self.language.catalogue().one_more(&self.money(coin.unwrap_or(Amount::ZERO)))
    }

    /// Why the solver has no answer.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::{Language, Sentences};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": { "multiple": "5" } },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": [{ "price": "10" }, { "from": "15", "price": "9" }] } }],
    /// #     "discounts": [{ "id": "gold", "stage": "cluster", "for": { "cluster": "gold" }, "percent": "40" }],
    /// #     "margins": [{ "id": "known", "floor": "10", "approvals": [{ "below": "10", "role": "boss" }] }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "coupons": [{ "code": "SPRING" }], "discounts": [{ "percent": "2" }],
    /// #     "lines": [{ "product": "P", "quantity": "10" }, { "product": "P", "quantity": "7" }] }"#)?;
    /// # let quote = engine.explain(&request)?;
    /// let say = Sentences::new(&quote, Language::English);
    /// let line = &quote.lines[0];
    /// let error = listino_core::solve::SolveError::MissingCost;
    /// assert_eq!(say.unsolved(&error), "a cost is missing: the margin is not known");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unsolved(&self, error: &SolveError) -> String {
        self.language.catalogue().unsolved(self, error)
    }
}
