//! The rows that are not plain, one by one: without a document where that is possible, and as a
//! request of one line where it is not.

use rustc_hash::FxHashMap;

use super::block::put;
use super::columns::{LineError, Priced};
use super::{Lines, NONE};
use crate::calendar::Date;
use crate::engine::Inner;
use crate::money::{Amount, Exact, Percent, Quantity};
use crate::pricing::{Recorder, RuleRef, StepNote};
use crate::quote::{
    Asked, CandidateNote, CouponUse, ManualDiscount, Party, Per, Quote, QuoteLine, Request,
    RequestLine, SingleLine, StepKind, row_of, single,
};
use crate::{Engine, Id};

/// Prices rows one by one.
pub(super) struct General<'e> {
    inner: &'e Inner,
    engine: &'e Engine,
    taken: Taken,
    /// Numbers of lists and rules by name, for answers that come as a quote.
    names: Option<Numbers<'e>>,
}

struct Numbers<'e> {
    lists: FxHashMap<&'e Id, u32>,
    rules: FxHashMap<&'e Id, u32>,
    stages: FxHashMap<&'e Id, u16>,
}

/// What the stages took from one line.
#[derive(Default)]
struct Taken {
    grants: Vec<Grant>,
    /// A step had a number that a result cannot hold.
    overflow: bool,
}

struct Grant {
    stage: u16,
    rule: u32,
    per: Per,
    percent: Option<Exact>,
    before: Exact,
    after: Exact,
    /// Whether one step alone took it.
    alone: bool,
    /// Whether all steps were of the same kind, so that first and last can be compared.
    even: bool,
}

impl Taken {
    fn clear(&mut self) {
        self.grants.clear();
        self.overflow = false;
    }

    fn grant(&mut self, stage: u16, step: &StepNote) {
        let rule = match step.rule {
            RuleRef::Rule(rule) => rule,
            _ => NONE,
        };
        match self.grants.iter_mut().find(|grant| grant.stage == stage) {
            Some(grant) => {
                // A discount by hand is no rule.
                if grant.rule == NONE {
                    grant.rule = rule;
                }
                grant.alone = false;
                grant.even &= grant.per == step.per;
                grant.after = step.after;
            }
            None => self.grants.push(Grant {
                stage,
                rule,
                per: step.per,
                percent: step.percent,
                before: step.before,
                after: step.after,
                alone: true,
                even: true,
            }),
        }
    }
}

impl Grant {
    /// What was taken in percent of what was there.
    fn share(&self) -> Option<Exact> {
        if self.alone && self.percent.is_some() {
            return self.percent;
        }
        let taken = self.before.subtract(self.after).ok().filter(|_| self.even)?;
        let share = taken.multiply(Exact::HUNDRED).ok()?.divide_exact(self.before).ok()?;
        Amount::from_exact(share).ok().map(|share| share.exact())
    }
}

impl Recorder for Taken {
    fn wants_candidates(&self) -> bool {
        false
    }

    fn step(&mut self, step: StepNote) {
        self.overflow |= !step.fits();
        if let (StepKind::Discount | StepKind::Manual, Some(stage)) = (step.kind, step.stage) {
            self.grant(stage, &step);
        }
    }

    fn considered(&mut self, _: CandidateNote) {}

    fn overflow(&self) -> bool {
        self.overflow
    }
}

/// A row and what a document of one line would have more.
struct Row {
    line: SingleLine,
    net: Exact,
}

impl<'e> General<'e> {
    pub(super) fn new(inner: &'e Inner, engine: &'e Engine) -> Self {
        Self { inner, engine, taken: Taken::default(), names: None }
    }

    /// Prices one row and writes it into the columns.
    pub(super) fn price(&mut self, lines: &Lines<'_>, row: usize, priced: &mut Priced) {
        self.taken.clear();
        match self.find(lines, row) {
            Ok(found) => self.write(&found, row, priced),
            Err(error) => refuse(error, row, priced),
        }
    }

    fn find(&mut self, lines: &Lines<'_>, row: usize) -> Result<Row, LineError> {
        if lines.complete.is_some_and(|complete| complete.get(row) == Some(&false)) {
            return Err(LineError::Missing);
        }
        let number = |column: &[u32]| column.get(row).copied().unwrap_or(NONE);
        let customer = number(lines.customer);
        if self.inner.customers.names.id(customer).is_none() {
            return Err(LineError::UnknownCustomer);
        }
        let date = lines.date.get(row).copied().and_then(Date::from_day_number);
        let asked = Asked {
            customer,
            product: number(lines.product),
            quantity: quantity(lines, row)?,
            date: date.ok_or(LineError::Date)?,
            unit: lines.unit.and_then(|column| column.get(row).copied().flatten()),
            currency: lines.currency.and_then(|column| column.get(row).copied().flatten()),
            channel: lines.channel.and_then(|column| column.get(row).copied().flatten()),
        };
        let discount = lines.discount.and_then(|column| column.get(row).copied().flatten());
        let coupon = lines.coupon.and_then(|column| column.get(row).copied().flatten());
        if discount.is_none() && coupon.is_none() {
            let found = single(self.inner, &asked, &mut self.taken);
            if let Some(line) = found.map_err(|error| LineError::from(&error))? {
                return Ok(Row { line, net: line.total });
            }
            self.taken.clear();
        }
        self.in_document(&asked, discount, coupon)
    }

    /// A request of this line alone.
    fn in_document(
        &mut self,
        asked: &Asked<'_>,
        discount: Option<Percent>,
        coupon: Option<&Id>,
    ) -> Result<Row, LineError> {
        let inner = self.inner;
        let name = inner.products.names.text(asked.product).ok_or(LineError::UnknownProduct)?;
        let product = Id::new(name).map_err(|_| LineError::UnknownProduct)?;
        let customer = inner.customers.names.id(asked.customer).cloned().unwrap_or_default();
        let quantity = Quantity::from_exact(asked.quantity).map_err(|_| LineError::Precision)?;
        let mut line = RequestLine::new(product, quantity);
        line.unit = asked.unit.cloned();
        if discount.is_some() {
            let percent = ManualDiscount { percent: discount, ..ManualDiscount::default() };
            line.discounts.push(percent);
        }
        let mut request = Request::new(Party::Known(customer), asked.date);
        request.currency = asked.currency;
        request.channel = asked.channel.cloned();
        let unused =
            |code: &Id| CouponUse { code: code.clone(), used: Some(0), used_by_customer: Some(0) };
        request.coupons.extend(coupon.map(unused));
        request.lines.push(line);
        let quote = self.engine.quote(&request).map_err(|error| LineError::from(&error))?;
        if quote.coupons.iter().any(|coupon| coupon.refused.is_some()) {
            return Err(LineError::Coupon);
        }
        let line = quote.lines.first().ok_or(LineError::NoPrice)?;
        self.read(asked, &quote, line)
    }

    fn read(
        &mut self,
        asked: &Asked<'_>,
        quote: &Quote,
        line: &QuoteLine,
    ) -> Result<Row, LineError> {
        let Some(price) = &line.price else {
            return Err(line.refusal.as_ref().map_or(LineError::NoPrice, LineError::from));
        };
        let names = self.names.get_or_insert_with(|| Numbers::new(self.inner));
        for step in &price.steps {
            let stage = step.stage.as_ref().and_then(|stage| names.stages.get(stage));
            let rule = step.rule.as_ref().and_then(|rule| names.rules.get(rule));
            if let (StepKind::Discount | StepKind::Manual, Some(&stage)) = (step.kind, stage) {
                self.taken.grant(
                    stage,
                    &StepNote {
                        kind: step.kind,
                        per: step.per,
                        rule: rule.map_or(RuleRef::None, |&rule| RuleRef::Rule(rule)),
                        stage: Some(stage),
                        percent: step.percent.map(|percent| percent.exact()),
                        before: step.before.exact(),
                        after: step.after.exact(),
                    },
                );
            }
        }
        let exact = |amount: Option<Amount>| amount.map(|amount| amount.exact());
        let list = names.lists.get(&price.price_list).copied().unwrap_or(NONE);
        let margin = price.margin.as_ref();
        let line = SingleLine {
            list,
            row: row_of(self.inner, asked, list),
            currency: quote.currency,
            list_price: exact(price.list_price),
            unit_price: exact(price.unit_price),
            total: price.total.exact(),
            cost: exact(price.cost),
            margin: margin.map(|margin| margin.amount.exact()),
            margin_percent: margin.and_then(|m| m.percent).map(|percent| percent.exact()),
            status: quote.status,
        };
        Ok(Row { line, net: price.net.exact() })
    }

    fn write(&self, found: &Row, row: usize, priced: &mut Priced) {
        let line = &found.line;
        put(&mut priced.price_list, row, line.list);
        put(&mut priced.row, row, line.row);
        priced.list_price.set(row, line.list_price);
        priced.unit_price.set(row, line.unit_price);
        priced.total.set(row, Some(line.total));
        priced.net.set(row, Some(found.net));
        priced.cost.set(row, line.cost);
        priced.margin.set(row, line.margin);
        priced.margin_percent.set(row, line.margin_percent);
        let on_lines = self.inner.line_stages();
        for (stage, column) in on_lines.zip(&mut priced.stages) {
            let grant = self.taken.grants.iter().find(|grant| grant.stage == stage);
            put(&mut column.rule, row, grant.map_or(NONE, |grant| grant.rule));
            column.percent.set(row, grant.and_then(Grant::share));
        }
        put(&mut priced.status, row, Some(line.status));
        put(&mut priced.error, row, None);
    }
}

impl<'e> Numbers<'e> {
    fn new(inner: &'e Inner) -> Self {
        Self {
            lists: inner.lists.iter().map(|list| &list.id).zip(0..).collect(),
            rules: inner.rules.iter().map(|rule| &rule.id).zip(0..).collect(),
            stages: inner.stages.iter().map(|stage| &stage.id).zip(0..).collect(),
        }
    }
}

fn quantity(lines: &Lines<'_>, row: usize) -> Result<Exact, LineError> {
    match lines.quantity {
        super::Quantities::Whole(values) => {
            values.get(row).map(|&value| Exact::integer(value)).ok_or(LineError::Missing)
        }
        super::Quantities::Decimal(values, scale) => {
            let mantissa = *values.get(row).ok_or(LineError::Missing)?;
            Exact::new(mantissa, scale.into()).map_err(|_| LineError::Precision)
        }
    }
}

/// A row without a price.
fn refuse(error: LineError, row: usize, priced: &mut Priced) {
    put(&mut priced.price_list, row, NONE);
    put(&mut priced.row, row, NONE);
    for column in priced.decimals() {
        column.set(row, None);
    }
    for stage in &mut priced.stages {
        put(&mut stage.rule, row, NONE);
        stage.percent.set(row, None);
    }
    put(&mut priced.status, row, None);
    put(&mut priced.error, row, Some(error));
}
