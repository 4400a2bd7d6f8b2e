//! One line without a document around it: the shortest way to a price.

use serde::Serialize;

use super::approvals;
use super::document::{Refusal, Status, Verdict};
use super::evaluate::{Priced, hidden, known_cost};
use super::margin::Gain;
use super::request::{Party, Request, RequestLine};
use crate::book::TaxPrices;
use crate::calendar::Date;
use crate::engine::{Inner, NONE};
use crate::money::{Amount, Currency, Exact, Fixed, Percent, Quantity};
use crate::pricing::{
    At, Buyer, Computed, Line, Mix, PlainHead, PlainLine, Plan, Recorder, Scratch, Silent,
    discounts, list_price, round_line, row_number,
};
use crate::{Engine, Id, RequestError};

/// What one line is asked for.
///
/// ```
/// use listino_core::quote::LineQuery;
/// let query = LineQuery::new("C-18", "BK-M82B-42", 12.into(), "2022-11-21".parse()?);
/// assert_eq!(query.product, "BK-M82B-42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineQuery<'q> {
    /// A customer of the book.
    pub customer: &'q str,
    /// The product.
    pub product: &'q str,
    /// The quantity, in `unit`.
    pub quantity: Quantity,
    /// The pricing date.
    pub date: Date,
    /// The unit ordered in; the product's base unit where absent.
    pub unit: Option<&'q Id>,
    /// The currency; the customer's, then the book's, where absent.
    pub currency: Option<Currency>,
    /// The sales channel.
    pub channel: Option<&'q Id>,
}

impl<'q> LineQuery<'q> {
    /// A line in the base unit, in the customer's currency, without a channel.
    pub const fn new(customer: &'q str, product: &'q str, quantity: Quantity, date: Date) -> Self {
        Self { customer, product, quantity, date, unit: None, currency: None, channel: None }
    }
}

/// The numbers of one line, in the document's currency; what [`Engine::quote`] says about a
/// request of this line alone.
///
/// ```
/// use listino_core::quote::{LineQuery, PricedLine};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let line: PricedLine = engine.price(&LineQuery::new("C", "P", 3.into(), "2026-01-31".parse()?))?;
/// assert_eq!((line.net.to_string(), line.margin_percent), ("30".into(), Some(40.into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PricedLine {
    /// The list that priced the line.
    pub price_list: Id,
    /// The currency.
    pub currency: Currency,
    /// The list price of one unit; absent where the line is priced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Amount>,
    /// The net price of one unit; absent where the line is priced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// The line total.
    pub total: Amount,
    /// The true net.
    pub net: Amount,
    /// The cost of the line; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// The margin in percent of the net; absent where the cost is not known or the net is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Percent>,
    /// Where the line stands with its thresholds.
    pub status: Status,
}

/// Why one line has no price.
///
/// ```
/// use listino_core::quote::{LineQuery, PriceError, Refusal};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": {} },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let date = "2026-01-31".parse()?;
/// let ask = |customer, product| engine.price(&LineQuery::new(customer, product, 3.into(), date));
/// assert_eq!(ask("X", "P"), Err(PriceError::UnknownCustomer("X".to_owned())));
/// assert_eq!(ask("C", "Q"), Err(PriceError::Refused(Refusal::UnknownProduct)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// The book does not know the customer.
    #[error("customer `{0}` is not in the book")]
    UnknownCustomer(String),
    /// The line is refused.
    #[error("the line has no price: {0}")]
    Refused(Refusal),
    /// The request as a whole cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl From<Refusal> for PriceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Box<Refusal>> for PriceError {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(*refusal)
    }
}

impl Engine {
    /// Prices one line, without a waterfall: the numbers are those of [`Engine::quote`].
    ///
    /// ```
    /// use listino_core::quote::LineQuery;
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    ///     "customers": { "C": {} }, "products": { "P": {} },
    ///     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let line = engine.price(&LineQuery::new("C", "P", 3.into(), "2026-01-31".parse()?))?;
    /// assert_eq!(line.total.to_string(), "29.97");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`] when the customer is not known, or the line has no price.
    pub fn price(&self, query: &LineQuery<'_>) -> Result<PricedLine, PriceError> {
        let inner = &*self.0;
        let unknown = || PriceError::UnknownCustomer(query.customer.chars().take(80).collect());
        let customer = inner.customers.names.get(query.customer).ok_or_else(unknown)?;
        let product = inner.products.names.get(query.product).unwrap_or(NONE);
        let asked = Asked {
            customer,
            product,
            quantity: query.quantity.exact(),
            date: query.date,
            unit: query.unit,
            currency: query.currency,
            channel: query.channel,
        };
        if let Some((list, line)) = plain(inner, &asked) {
            return Ok(PricedLine::plain(inner, list, &line)?);
        }
        match single(inner, &asked, &mut Silent::default())? {
            Some(line) => Ok(line.named(inner)?),
            None => self.price_in_document(query),
        }
    }

    /// The long way, for books whose rules look at the whole document.
    fn price_in_document(&self, query: &LineQuery<'_>) -> Result<PricedLine, PriceError> {
        let unknown = |_| PriceError::Refused(Refusal::UnknownProduct);
        let product = Id::new(query.product).map_err(unknown)?;
        let customer = Id::new(query.customer);
        let customer =
            customer.map_err(|_| PriceError::UnknownCustomer(query.customer.to_owned()))?;
        let mut request = Request::new(Party::Known(customer), query.date);
        request.currency = query.currency;
        request.channel = query.channel.cloned();
        let mut line = RequestLine::new(product, query.quantity);
        line.unit = query.unit.cloned();
        request.lines.push(line);
        let quote = self.quote(&request)?;
        let currency = quote.currency;
        let status = quote.status;
        let line = quote.lines.into_iter().next();
        let Some(line) = line else { return Err(Refusal::NoPrice.into()) };
        let Some(price) = line.price else {
            return Err(line.refusal.unwrap_or(Refusal::NoPrice).into());
        };
        Ok(PricedLine {
            price_list: price.price_list,
            currency,
            list_price: price.list_price,
            unit_price: price.unit_price,
            total: price.total,
            net: price.net,
            cost: price.cost,
            margin_percent: price.margin.and_then(|margin| margin.percent),
            status,
        })
    }
}

/// One line as numbers of the engine ask for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'q> {
    pub(crate) customer: u32,
    pub(crate) product: u32,
    /// In `unit`.
    pub(crate) quantity: Exact,
    pub(crate) date: Date,
    pub(crate) unit: Option<&'q Id>,
    pub(crate) currency: Option<Currency>,
    pub(crate) channel: Option<&'q Id>,
}

/// What one line comes to without a document around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SingleLine {
    pub(crate) list: u32,
    /// The row, by its place among those of the product in the list; `NONE` for a formula.
    pub(crate) row: u32,
    pub(crate) currency: Currency,
    pub(crate) list_price: Option<Exact>,
    pub(crate) unit_price: Option<Exact>,
    pub(crate) total: Exact,
    pub(crate) cost: Option<Exact>,
    pub(crate) margin: Option<Exact>,
    pub(crate) margin_percent: Option<Exact>,
    pub(crate) status: Status,
}

impl SingleLine {
    fn named(&self, inner: &Inner) -> Computed<PricedLine> {
        let amount = |value: Exact| Amount::from_exact(value).at("totals");
        let total = amount(self.total)?;
        Ok(PricedLine {
            price_list: list_name(inner, self.list),
            currency: self.currency,
            list_price: self.list_price.map(amount).transpose()?,
            unit_price: self.unit_price.map(amount).transpose()?,
            total,
            net: total,
            cost: self.cost.map(amount).transpose()?,
            margin_percent: self
                .margin_percent
                .map(Percent::from_exact)
                .transpose()
                .at("margin")?,
            status: self.status,
        })
    }
}

impl PricedLine {
    fn plain(inner: &Inner, list: u32, line: &PlainLine) -> Computed<Self> {
        let amount = |value: Fixed| value.exact().and_then(Amount::from_exact).at("totals");
        let total = amount(line.earned.total)?;
        Ok(Self {
            price_list: list_name(inner, list),
            currency: inner.currency,
            list_price: Some(amount(line.list_price)?),
            unit_price: Some(amount(line.unit_price)?),
            total,
            net: total,
            cost: Some(amount(line.earned.cost)?),
            margin_percent: Some(
                line.earned.margin_percent.exact().and_then(Percent::from_exact).at("margin")?,
            ),
            status: status(line.verdict),
        })
    }
}

fn list_name(inner: &Inner, list: u32) -> Id {
    inner.lists.get(list as usize).map(|list| list.id.clone()).unwrap_or_default()
}

/// Where a line stands whose thresholds say this.
pub(crate) const fn status(verdict: Option<Verdict>) -> Status {
    match verdict {
        Some(Verdict::Blocked) => Status::Blocked,
        Some(Verdict::NeedsApproval) => Status::NeedsApproval,
        Some(Verdict::BelowTarget) | None => Status::Ok,
    }
}

/// The short way, for lines that are plain: the list that prices the line, and what it comes to.
fn plain(inner: &Inner, asked: &Asked<'_>) -> Option<(u32, PlainLine)> {
    let plain = inner.plain()?;
    let base_unit = || {
        let info = inner.products.info(asked.product)?;
        inner.units.id(u32::from(info.unit))
    };
    let is_plain = asked.currency.is_none_or(|currency| currency == inner.currency)
        && asked.unit.is_none_or(|unit| base_unit() == Some(unit))
        && asked.channel.is_none_or(|channel| !inner.heeds_channel(asked.customer, channel));
    if !is_plain {
        return None;
    }
    let (quantity, day) = (Fixed::of(asked.quantity)?, asked.date.day_number());
    let mut head = PlainHead::new(plain, asked.customer, quantity, quantity.at_scale(6)?, day)?;
    head.find(inner, plain, asked.product)?;
    let place = head.place(inner, plain)?;
    Some((place.list, head.line(inner, plain, place)?))
}

/// Which of the product's rows in a list is for a line, in the order of date.
pub(crate) fn row_of(inner: &Inner, asked: &Asked<'_>, list: u32) -> u32 {
    let buyer = Buyer::Known(asked.customer);
    let plan = Plan::new(inner, &buyer, asked.date, asked.currency, asked.channel);
    let line = Line::new(inner, asked.product, asked.quantity, asked.unit);
    line.map_or(NONE, |line| row_number(&plan, &line, list))
}

/// Prices one line; `None` where it takes the document around it.
pub(crate) fn single<R: Recorder>(
    inner: &Inner,
    asked: &Asked<'_>,
    recorder: &mut R,
) -> Result<Option<SingleLine>, PriceError> {
    if inner.needs_document {
        return Ok(None);
    }
    let buyer = Buyer::Known(asked.customer);
    let plan = Plan::new(inner, &buyer, asked.date, asked.currency, asked.channel);
    let info = inner.products.info(asked.product).ok_or(Refusal::UnknownProduct)?;
    if let Some(rule) = hidden(&plan, info.class) {
        return Err(Refusal::NotVisible { rule }.into());
    }
    let line = Line::new(inner, asked.product, asked.quantity, asked.unit)?;
    if line.extra.is_some_and(|extra| extra.model.is_some()) {
        return Ok(None);
    }
    line.check_quantity(inner)?;
    if line.extra.is_some_and(|extra| extra.per.is_some()) {
        return Err(Refusal::Term.into());
    }
    if let Some(extra) = line.extra
        && !extra.addon_to.is_empty()
    {
        let own = inner.products.names.text(asked.product);
        let alone = extra.addon_to.iter().any(|plan| own == Some(plan.as_str()));
        if !alone {
            return Err(Refusal::MissingPlan { needs: extra.addon_to.clone() }.into());
        }
    }
    let mix = Mix::default();
    let found = list_price(&plan, &line, &mix, recorder)?;
    let mut scratch = Scratch::default();
    let discounted = discounts(&plan, &line, &mix, found, &mut scratch, recorder)?;
    let total = round_line(&plan, discounted.total, recorder)?;
    if recorder.overflow() {
        return Err(Refusal::Precision { at: "steps".to_owned() }.into());
    }
    let mut priced = Priced::new(discounted);
    priced.total = total;
    priced.billed = total;
    priced.true_net = total;
    if let Some(cost) = inner.products.cost(line.info, plan.day) {
        let cost = cost.multiply(line.base_quantity).at("cost")?;
        priced.cost = known_cost(plan.in_document_currency(cost))?;
    }
    priced.gain = priced.cost.map(|cost| Gain::new(&plan, total, cost)).transpose()?;
    let gain = priced.gain;
    let numbers = [found.unit, Some(discounted.list_value), discounted.unit, Some(total)];
    let gained = [priced.cost, gain.map(|gain| gain.amount), gain.and_then(|gain| gain.percent)];
    if !numbers.into_iter().chain(gained).flatten().all(Exact::is_result) {
        return Err(Refusal::Precision { at: "totals".to_owned() }.into());
    }
    let verdict = approvals::line_verdict(&plan, &line, &priced)?;
    Ok(Some(SingleLine {
        list: found.list,
        row: row_number(&plan, &line, found.list),
        currency: plan.currency,
        list_price: found.unit,
        unit_price: discounted.unit,
        total,
        cost: priced.cost,
        margin: gain.map(|gain| gain.amount),
        margin_percent: gain.and_then(|gain| gain.percent),
        status: status(verdict),
    }))
}

/// Whether a line alone may differ from the same line in a document of one.
pub(crate) fn needs_document(inner: &crate::engine::Inner) -> bool {
    let gross = inner.tax.as_ref().is_some_and(|tax| tax.prices == TaxPrices::Gross);
    gross
        || !inner.document_rules.is_empty()
        || !inner.gifts.is_empty()
        || inner.has_shares
        || !inner.mix_groups.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PriceBook;

    /// What is only faster must be faster where it can: nothing else would show it.
    #[test]
    fn a_line_is_plain_though_it_names_what_decides_nothing() {
        let book = PriceBook::from_json(
            r#"{ "v": 1, "currency": "EUR", "units": { "kg": {}, "t": {} },
            "customers": { "C": { "cluster": "consumer" }, "R": { "cluster": "reseller" } },
            "products": { "P": { "unit": "kg", "cost": "6", "units": { "t": "1000" } } },
            "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
            "discounts": [
                { "id": "web", "stage": "promotion", "percent": "5",
                  "for": { "channel": "web", "cluster": "consumer" } },
                { "id": "many", "stage": "promotion", "percent": "5", "combine": "base",
                  "quantity": { "from": "100" } }],
            "margins": [{ "id": "document", "on": "document", "floor": "50" }] }"#,
        );
        let engine = Engine::compile(&book.unwrap()).unwrap();
        let inner = &*engine.0;
        let [web, phone, kg, t] = ["web", "phone", "kg", "t"].map(|id| Id::new(id).unwrap());
        let (euro, dollar) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
        let asked = |customer| Asked {
            customer: inner.customers.names.get(customer).unwrap(),
            product: 0,
            quantity: Exact::integer(3),
            date: "2026-01-31".parse().unwrap(),
            unit: None,
            currency: None,
            channel: None,
        };
        let (consumer, reseller) = (asked("C"), asked("R"));
        for (asked, expected) in [
            (consumer, true),
            (Asked { unit: Some(&kg), currency: Some(euro), ..consumer }, true),
            (Asked { unit: Some(&t), ..consumer }, false),
            (Asked { currency: Some(dollar), ..consumer }, false),
            (Asked { channel: Some(&phone), ..consumer }, true),
            (Asked { channel: Some(&web), ..consumer }, false),
            (Asked { channel: Some(&web), ..reseller }, true),
            (Asked { quantity: Exact::HUNDRED, ..reseller }, false),
        ] {
            let found = plain(inner, &asked);
            assert_eq!(found.is_some(), expected, "{asked:?}");
            let alone = found.map(|(_, line)| line.verdict);
            assert_eq!(alone, expected.then_some(Some(Verdict::NeedsApproval)));
        }
    }
}
