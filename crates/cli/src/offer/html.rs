//! The offer on paper: a page for the customer, and pages for whoever must decide.

use askama::Template;
use listino_core::explain::Labels;
use listino_core::quote::{CandidateOutcome, QuoteLine, Status, Verdict};

use super::{Offer, OptionRow, TotalRow};
use crate::failure::{Failure, Run};
use crate::terminal::{capital, shown};

#[derive(Template)]
#[template(path = "offer.html")]
struct Page<'a> {
    lang: &'static str,
    labels: &'static Labels,
    title: String,
    reference: Option<String>,
    customer: String,
    customer_id: Option<String>,
    date: String,
    currency: String,
    book: String,
    digest: String,
    lines: Vec<Row>,
    totals: Vec<TotalRow>,
    coupons: Vec<String>,
    status: &'a str,
    status_class: &'static str,
    figures: Vec<Figure>,
    approvals: Vec<Finding>,
    waterfalls: Vec<Card>,
}

/// A line of the offer.
struct Row {
    id: String,
    name: String,
    product: Option<String>,
    note: Option<String>,
    options: Vec<OptionRow>,
    quantity: String,
    unit: String,
    list_price: String,
    discount: String,
    unit_price: String,
    total: String,
    refusal: Option<String>,
}

/// A number that a manager looks at first.
struct Figure {
    label: String,
    value: String,
    note: String,
}

struct Finding {
    class: &'static str,
    text: String,
}

/// The waterfall of a line.
struct Card {
    id: String,
    name: String,
    product: Option<String>,
    quantity: String,
    svg: String,
    findings: Vec<Finding>,
    next_break: Option<String>,
    considered: Vec<String>,
}

/// A true minus, as print has it.
fn typeset(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None => number,
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::BelowTarget => "noted",
        Verdict::NeedsApproval => "approval",
        Verdict::Blocked => "blocked",
    }
}

impl Offer<'_> {
    /// The offer as one self-contained page. Whatever the book or the request says is escaped.
    pub(crate) fn html(&self) -> Run<String> {
        let labels = self.language.labels();
        let say = self.say();
        let quote = self.quote;
        let customer_id = quote.customer.as_ref().map(ToString::to_string);
        let name = self.customer();
        let customer = name.clone().or_else(|| customer_id.clone()).unwrap_or_default();
        let status_class = match quote.status {
            Status::Ok => "ok",
            Status::NeedsApproval => "approval",
            Status::Blocked | Status::Incomplete => "blocked",
        };
        let rows = |rows: Vec<TotalRow>| {
            let rows = rows.into_iter();
            let label = |row: &TotalRow| match row.is_named {
                true => row.label.clone(),
                false => capital(&row.label),
            };
            rows.map(|row| TotalRow { label: label(&row), amount: typeset(row.amount), ..row })
                .collect()
        };
        let page = Page {
            lang: self.language.code(),
            labels,
            title: match &quote.id {
                Some(id) => format!("{} {id}", capital(labels.offer)),
                None => capital(labels.offer),
            },
            reference: quote.id.as_ref().map(ToString::to_string),
            customer,
            customer_id: name.and(customer_id),
            date: self.language.date(quote.date),
            currency: quote.currency.to_string(),
            book: self.book.and_then(|book| book.name.as_deref().map(shown)).unwrap_or_default(),
            digest: self.digest(),
            lines: quote.lines.iter().map(|line| self.row(line)).collect(),
            totals: rows(self.totals()),
            coupons: quote.coupons.iter().map(|coupon| say.coupon(coupon)).collect(),
            status: say.status(quote.status),
            status_class,
            figures: self.figures(),
            approvals: quote
                .approvals
                .iter()
                .map(|a| Finding { class: class(a.verdict), text: say.approval(a) })
                .collect(),
            waterfalls: quote.lines.iter().filter_map(|line| self.card(line)).collect(),
        };
        page.render()
            .map_err(|error| Failure::usage(format!("the page cannot be written: {error}")))
    }

    /// The name of a product, and its id where it has a name.
    fn names(&self, line: &QuoteLine) -> (String, Option<String>) {
        match self.product(line) {
            Some(name) => (name, Some(line.product.to_string())),
            None => (line.product.to_string(), None),
        }
    }

    fn row(&self, line: &QuoteLine) -> Row {
        let say = self.say();
        let price = line.price.as_ref();
        let (name, product) = self.names(line);
        let money = |amount| typeset(say.amount(amount));
        Row {
            id: line.id.to_string(),
            name,
            product,
            note: line.origin.as_ref().map(|origin| say.origin(origin)),
            options: self.options(line),
            quantity: typeset(self.language.quantity(line.quantity)),
            unit: line.unit.to_string(),
            list_price: price.and_then(|p| p.list_price).map(money).unwrap_or_default(),
            discount: self.discount(line).map(typeset).unwrap_or_default(),
            unit_price: price.and_then(|p| p.unit_price).map(money).unwrap_or_default(),
            total: price.map(|p| money(p.total)).unwrap_or_default(),
            refusal: line.refusal.as_ref().map(|refusal| say.refusal(line, refusal)),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let labels = self.language.labels();
        let totals = &self.quote.totals;
        let say = self.say();
        let figure = |label: &str, value: String, note: String| Figure {
            label: capital(label),
            value: typeset(value),
            note: typeset(note),
        };
        let off = super::share(totals.list_value, totals.net)
            .map(|off| self.language.percent(off))
            .unwrap_or_default();
        let margin = totals.margin.and_then(|margin| margin.percent);
        let unknown = || labels.unknown.to_owned();
        vec![
            figure(
                labels.list_value,
                say.amount(totals.list_value),
                self.quote.currency.to_string(),
            ),
            figure(labels.discount, off, String::new()),
            figure(labels.true_net, say.amount(totals.true_net), self.quote.currency.to_string()),
            figure(
                labels.margin,
                margin.map_or_else(unknown, |margin| self.language.percent(margin)),
                totals.margin.map(|margin| say.money(margin.amount)).unwrap_or_default(),
            ),
        ]
    }

    fn card(&self, line: &QuoteLine) -> Option<Card> {
        let say = self.say();
        let waterfall = self.quote.waterfall(line, self.language, self.book)?;
        let (name, product) = self.names(line);
        let mine = self.quote.approvals.iter().filter(|a| a.line.as_ref() == Some(&line.id));
        Some(Card {
            id: line.id.to_string(),
            name,
            product,
            quantity: format!("{} {}", self.language.quantity(line.quantity), line.unit),
            svg: waterfall.svg(),
            findings: mine
                .map(|a| Finding { class: class(a.verdict), text: say.approval(a) })
                .collect(),
            next_break: self.next_break(line).map(|next| say.next_break(line, next)),
            considered: line
                .considered
                .iter()
                .filter(|candidate| candidate.outcome != CandidateOutcome::Applied)
                .map(|candidate| say.considered(candidate))
                .collect(),
        })
    }
}

/// Filters of the template.
#[expect(unreachable_pub, reason = "the attribute writes the item anew")]
mod filters {
    /// The word with its first letter in upper case.
    #[askama::filter_fn]
    pub(super) fn upper_first(word: &str, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(crate::terminal::capital(word))
    }
}
