//! From a request to a quote, in the order of the document.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use smallvec::SmallVec;

use super::configured::{self, Configured};
use super::coupons::take_coupons;
use super::document::{LinePrice, LineTax, Origin, Quote, QuoteLine, Refusal, Status, Totals};
use super::margin::Gain;
use super::noted::{CandidateNote, Candidates, Lost, Notes, QuoteNotes, Steps};
use super::request::{Party, Request, RequestDigest, RequestLine};
use super::validate::{numbered, ramp_step, validate};
use super::{approvals, free_goods, header, tax};
use crate::book::Code;
use crate::calendar::Window;
use crate::engine::{CompiledBase, CompiledScope, Inner, NONE, ProductInfo, touch};
use crate::money::{Amount, ArithmeticError, Exact, Percent, Quantity, Rounding};
use crate::pricing::{
    At, Buyer, Computed, Discounted, Found, Line, Mix, MixTotals, Plan, Recorder, RuleRef, Scratch,
    ShareOf, StepNote, Trace, discounts, first_tier_value, list_price, periods, round_line, waits,
};
use crate::wire::Version;
use crate::{Diagnostic, Engine, Id, RequestError};

/// So many steps have most lines.
const FEW_STEPS: usize = 7;

/// So many price lists look at most lines.
const FEW_LISTS: usize = 6;

/// The most lines a request may have, gifts and ramp steps included.
pub(crate) const MAX_LINES: usize = 100_000;

/// A line on its way through the document.
pub(crate) struct Work<'r> {
    pub(crate) id: Id,
    pub(crate) product_id: Id,
    pub(crate) asked: Quantity,
    pub(crate) unit_id: Id,
    pub(crate) origin: Option<Origin>,
    pub(crate) line: Option<Line<'r>>,
    /// What was chosen, for products with a model.
    pub(crate) configured: Option<Box<Configured>>,
    pub(crate) refusal: Option<Box<Refusal>>,
    pub(crate) trace: Trace<'r>,
    pub(crate) priced: Option<Priced>,
}

/// What a line has come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Priced {
    pub(crate) discounted: Discounted,
    /// The line total; from the document on, what is billed for the line.
    pub(crate) total: Exact,
    pub(crate) billed: Exact,
    pub(crate) rebates: Exact,
    pub(crate) tax_rate: u32,
    /// Billed less rebates, without tax.
    pub(crate) true_net: Exact,
    pub(crate) cost: Option<Exact>,
    /// What is gained over the cost; `None` also where it cannot be held.
    pub(crate) gain: Option<Gain>,
}

impl Priced {
    pub(crate) const fn new(discounted: Discounted) -> Self {
        Self {
            discounted,
            total: discounted.total,
            billed: discounted.total,
            rebates: Exact::ZERO,
            tax_rate: NONE,
            true_net: Exact::ZERO,
            cost: None,
            gain: None,
        }
    }

    /// Billed less rebates.
    pub(crate) fn paid(&self) -> Result<Exact, ArithmeticError> {
        if self.rebates.is_zero() {
            return Ok(self.billed);
        }
        self.billed.subtract(self.rebates)
    }
}

impl<'r> Work<'r> {
    /// Finds what the line is of, in what unit, and what was chosen of it.
    fn settle(
        &mut self,
        plan: &Plan<'r>,
        asked: &'r RequestLine,
        product: Option<u32>,
        quantity: Exact,
        term: Option<Window>,
    ) {
        let inner = plan.inner;
        match line_of(plan, asked, product, quantity, term) {
            Ok(line) => {
                let line = self.line.insert(line);
                match configured::settle(plan, line, asked) {
                    Ok(configured) => self.configured = configured,
                    Err(refusal) => (self.line, self.refusal) = (None, Some(refusal)),
                }
            }
            Err(refusal) => self.refusal = Some(refusal),
        }
        self.unit_id = asked.unit.clone().unwrap_or_else(|| {
            // A line without a unit is in that of its product.
            unit_id(inner, product.and_then(|at| inner.products.info(at)).map_or(0, |i| i.unit))
        });
    }

    pub(crate) fn refuse(&mut self, refusal: Box<Refusal>) {
        self.priced = None;
        self.refusal = Some(refusal);
    }

    pub(crate) fn class(&self) -> u32 {
        self.line.as_ref().map_or(NONE, |line| line.info.class)
    }

    pub(crate) fn step(&mut self, step: StepNote) {
        self.trace.step(step);
    }
}

impl Engine {
    /// Prices a request: lines, document, tax, margin, approvals, with the waterfall of each line.
    ///
    /// A line that cannot be priced comes back with a [`Refusal`]; the quote is then
    /// [`Status::Incomplete`] and its totals are without that line.
    ///
    /// ```
    /// use listino_core::quote::{Request, Status};
    /// # use listino_core::{Engine, PriceBook};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
    /// let quote = engine.quote(&request)?;
    /// assert_eq!((quote.status, quote.totals.payable.to_string()), (Status::Ok, "29.97".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] when the request as a whole cannot be answered: an unknown customer, a
    /// line id that stands twice, a manual discount that says nothing or too much.
    pub fn quote(&self, request: &Request) -> Result<Quote, RequestError> {
        evaluate(&self.0, request, false)
    }

    /// Prices a request as [`Engine::quote`] does and also tells, for each line, every candidate
    /// that was considered and why it lost.
    ///
    /// ```
    /// use listino_core::quote::{CandidateOutcome, Request};
    /// # use listino_core::{Engine, PriceBook};
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "9.99" } }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
    /// let quote = engine.explain(&request)?;
    /// let considered = &quote.lines[0].considered;
    /// assert_eq!(considered[0].id.as_str(), "base");
    /// assert_eq!(considered[0].outcome, CandidateOutcome::Applied);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::quote`].
    pub fn explain(&self, request: &Request) -> Result<Quote, RequestError> {
        evaluate(&self.0, request, true)
    }
}

fn evaluate(inner: &Arc<Inner>, request: &Request, explain: bool) -> Result<Quote, RequestError> {
    let found = validate(inner, request);
    if !found.is_empty() {
        return Err(RequestError::new(found));
    }
    let mut unfit = Unfit::new();
    loop {
        match price(inner, request, explain, &unfit) {
            Ok(quote) => return Ok(quote),
            Err(Stop::Request(error)) => return Err(error),
            // What has no price must not be summed up: without these lines all begins anew.
            Err(Stop::Unfit(lines)) => unfit.extend(lines),
        }
    }
}

/// Why a request has no quote yet.
enum Stop {
    /// It has none.
    Request(RequestError),
    /// Some lines come to numbers that a quote cannot hold.
    Unfit(Unfit),
}

/// Lines that are refused, with the reason; gifts among them, which may come and go with the others.
type Unfit = Vec<(Id, Box<Refusal>)>;

/// Prices a sound request, some lines of which are refused.
#[inline(always)]
fn price(
    inner: &Arc<Inner>,
    request: &Request,
    explain: bool,
    unfit: &Unfit,
) -> Result<Quote, Stop> {
    let products = products(inner, request);
    let mut plan = plan_for(inner, request);
    let coupons = take_coupons(&mut plan, request);

    let notes = RefCell::new(room_for_notes(inner, &products, explain));
    let mut works = expand(&plan, request, &products, Trace::new(&notes, explain));
    check_plans(&mut works);
    let mix = mix_totals(&plan, &mut works);
    let mut scratch = Scratch::default();
    let values = if mix.is_empty() {
        for work in &mut works {
            if let Some(found) = own_list_price(&plan, work, &mix) {
                price_line(&plan, work, &mix, found, &mut scratch);
            }
        }
        Mix::default()
    } else {
        // A group is as much worth as its lines: all list prices come before the first discount.
        let found = |work| own_list_price(&plan, work, &mix);
        let founds: Vec<Option<Found>> = works.iter_mut().map(found).collect();
        let values = list_value_totals(&plan, &works, &founds, &mix);
        for (work, found) in works.iter_mut().zip(&founds) {
            if let Some(found) = found {
                price_line(&plan, work, &values, *found, &mut scratch);
            }
        }
        values
    };
    // A line that is refused earns nothing for others.
    refuse(&mut works, unfit);
    free_goods::apply(&plan, &mut works, &mix, &values, explain);
    for work in &mut works {
        finish_line(&plan, work);
    }
    refuse(&mut works, unfit);
    price_shares(&plan, &mut works, &mix, &values, &mut scratch);
    refuse(&mut works, unfit);

    let discounts = header::apply(&plan, &mut works, &request.discounts);
    let discounts = discounts.map_err(|refusal| whole(refusal, request, &works))?;
    let taxed = tax::apply(&plan, &mut works);
    let taxed = taxed.map_err(|refusal| whole(refusal, request, &works))?;
    costs(&plan, &mut works).map_err(Stop::Unfit)?;
    let notes = notes.try_borrow_mut().map(|mut notes| mem::take(&mut *notes));
    let notes = QuoteNotes::new(inner, notes.unwrap_or_default());
    let lines = finished(&notes, &plan, &mut works).map_err(Stop::Unfit)?;
    let whole = |refusal| whole(refusal, request, &works);
    let totals = totals(&plan, &works, discounts, taxed).map_err(whole)?;
    let approvals = approvals::find(&plan, &works, &totals, request).map_err(whole)?;
    let status = status(&works, &approvals);
    Ok(Quote {
        v: Version,
        id: request.id.clone(),
        date: request.date,
        currency: plan.currency,
        digits: plan.digits,
        customer: request.customer.id().cloned(),
        status,
        lines,
        coupons,
        totals,
        approvals,
        book: inner.digest,
        request: RequestDigest::of(request),
        digest: None,
    })
}

/// So many lines stay in the nearer caches until they are priced.
const TOUCHED: usize = 256;

/// So many rows of a product are worth asking for.
const TOUCHED_ROWS: usize = 8;

/// The products of the lines, by number, and asks the memory for what the lines will be priced from.
#[inline(never)]
fn products(inner: &Inner, request: &Request) -> Products {
    let mut products = Products::new();
    inner.products.names.get_all(request.lines.iter().map(|l| l.product.as_str()), &mut products);
    let touched = products.iter().take(TOUCHED).flatten();
    let infos: SmallVec<[&ProductInfo; 32]> =
        touched.filter_map(|&product| inner.products.info(product)).collect();
    touch(infos.iter(), |info| info.rows);
    touch(infos.iter(), |info| inner.rows.some(info));
    let rows = infos.iter().flat_map(|info| inner.rows.of(info).iter().take(TOUCHED_ROWS));
    touch(rows, |row| inner.rows.first_price(row));
    products
}

/// Room for what most lines note.
fn room_for_notes(inner: &Inner, products: &Products, explain: bool) -> Notes {
    let rules = |info: &ProductInfo| inner.line_rules.count(info.class) + FEW_LISTS;
    let infos = products.iter().flatten().filter_map(|&product| inner.products.info(product));
    let candidates = if explain { infos.map(rules).sum() } else { 0 };
    Notes::with_capacity(products.len() * FEW_STEPS, candidates)
}

/// The number of the product of a line.
pub(crate) fn product_of(inner: &Inner, line: &RequestLine) -> Option<u32> {
    inner.products.names.get(line.product.as_str())
}

/// The number of the product of each line; `None` where the book has no such product.
type Products = SmallVec<[Option<u32>; 32]>;

/// The plan of a request, before its coupons are looked at.
#[inline(never)]
pub(crate) fn plan_for<'e>(inner: &'e Inner, request: &'e Request) -> Plan<'e> {
    let buyer = match &request.customer {
        Party::Known(id) => Buyer::Known(inner.customers.names.get(id.as_str()).unwrap_or(NONE)),
        Party::Described(customer) => Buyer::Described(customer),
    };
    let channel = request.channel.as_ref();
    let mut plan = Plan::new(inner, &buyer, request.date, request.currency, channel);
    plan.attributes = Some(&request.attributes);
    plan.payment = request.payment.as_ref();
    plan.years = request.years.map(|years| years.exact());
    plan
}

/// Refuses lines that came to numbers which a quote cannot hold.
#[inline(never)]
fn refuse(works: &mut [Work<'_>], unfit: &Unfit) {
    for (id, refusal) in unfit {
        if let Some(work) = works.iter_mut().find(|work| work.id == *id) {
            work.refuse(refusal.clone());
        }
    }
}

/// A document that cannot be summed up exactly.
fn whole(refusal: Box<Refusal>, request: &Request, works: &[Work<'_>]) -> Stop {
    let mut message = refusal.to_string();
    let mut path = String::new();
    let code = match *refusal {
        Refusal::ExchangeRate { .. } => {
            path.push_str(if request.currency.is_some() { "/currency" } else { "/customer" });
            Code::NoExchangeRate
        }
        Refusal::Rule { .. } => Code::RuleFailed,
        Refusal::Precision { at } => {
            message = format!("a sum of the document has too many digits, at `{at}`");
            if let Some((id, line)) = largest_line(request, works) {
                message.push_str(&format!("; the largest line is `{id}`"));
                path = format!("/lines/{line}");
            }
            Code::TooManyDigits
        }
        _ => {
            message.insert_str(0, "the document cannot be summed up: ");
            Code::TooManyDigits
        }
    };
    Stop::Request(RequestError::new(vec![Diagnostic::new(code, path, message)]))
}

/// The line with the largest total, by its name and its place in the request.
fn largest_line<'w>(request: &Request, works: &'w [Work<'_>]) -> Option<(&'w Id, usize)> {
    let total = |work: &Work<'_>| work.priced.map(|priced| priced.total.magnitude());
    let largest =
        works.iter().rev().filter(|work| total(work).is_some()).max_by_key(|w| total(w))?;
    let id = match &largest.origin {
        Some(Origin::Ramp(line)) => line,
        _ => &largest.id,
    };
    let named = |at: usize, line: &RequestLine| match &line.id {
        Some(own) => own == id,
        None => (at + 1).to_string() == id.as_str(),
    };
    let line = request.lines.iter().enumerate().position(|(at, line)| named(at, line))?;
    Some((&largest.id, line))
}

fn status(works: &[Work<'_>], approvals: &[super::Approval]) -> Status {
    use super::Verdict;
    if works.iter().any(|work| work.priced.is_none()) {
        return Status::Incomplete;
    }
    match approvals.iter().map(|approval| approval.verdict).max() {
        Some(Verdict::Blocked) => Status::Blocked,
        Some(Verdict::NeedsApproval) => Status::NeedsApproval,
        Some(Verdict::BelowTarget) | None => Status::Ok,
    }
}

/// The lines of the request, ramps step by step.
#[inline(never)]
fn expand<'r>(
    plan: &Plan<'r>,
    request: &'r Request,
    products: &[Option<u32>],
    trace: Trace<'r>,
) -> Vec<Work<'r>> {
    let mut works = Vec::with_capacity(request.lines.len());
    for ((at, asked), &product) in request.lines.iter().enumerate().zip(products) {
        let id = asked.id.clone().unwrap_or_else(|| numbered(at + 1));
        if asked.ramp.is_empty() {
            if let Some(work) = start(&mut works, asked, id, None, trace) {
                work.settle(plan, asked, product, asked.quantity.exact(), asked.term);
            }
            continue;
        }
        for (number, step) in asked.ramp.iter().enumerate() {
            let origin = Some(Origin::Ramp(id.clone()));
            let own = ramp_step(&id, number + 1);
            let Some(work) = start(&mut works, asked, own, origin, trace) else { continue };
            work.asked = step.quantity;
            work.settle(plan, asked, product, step.quantity.exact(), Some(step.term));
            if let Some(line) = &mut work.line {
                line.ramp_percent = step.percent.map(|percent| percent.exact());
            }
        }
    }
    works
}

/// Adds a line of which only the names are known, in its place: it is large.
fn start<'w, 'r>(
    works: &'w mut Vec<Work<'r>>,
    asked: &'r RequestLine,
    id: Id,
    origin: Option<Origin>,
    trace: Trace<'r>,
) -> Option<&'w mut Work<'r>> {
    works.push(Work {
        id,
        product_id: asked.product.clone(),
        asked: asked.quantity,
        unit_id: Id::default(),
        origin,
        line: None,
        configured: None,
        refusal: None,
        trace,
        priced: None,
    });
    works.last_mut()
}

pub(crate) fn unit_id(inner: &Inner, unit: u16) -> Id {
    inner.units.id(u32::from(unit)).cloned().unwrap_or_default()
}

pub(crate) fn line_of<'r>(
    plan: &Plan<'r>,
    asked: &'r RequestLine,
    product: Option<u32>,
    quantity: Exact,
    term: Option<Window>,
) -> Computed<Line<'r>> {
    let inner = plan.inner;
    let number = product.ok_or(Refusal::UnknownProduct)?;
    // What the customer may not see is not talked about any further.
    let class = inner.products.info(number).map_or(NONE, |info| info.class);
    if let Some(rule) = hidden(plan, class) {
        return Err(Refusal::NotVisible { rule }.into());
    }
    let mut line = Line::new(inner, number, quantity, asked.unit.as_ref())?;
    line.check_quantity(inner)?;
    line.manual = &asked.discounts;
    line.attributes = Some(&asked.attributes);
    line.periods = match (line.extra.and_then(|extra| extra.per), term) {
        (Some(per), Some(term)) => Some(periods(per, term).ok_or(Refusal::Term)?),
        (None, None) => None,
        _ => return Err(Refusal::Term.into()),
    };
    Ok(line)
}

/// Add-ons need their plan in the document.
fn check_plans(works: &mut [Work<'_>]) {
    let needs_plan = |work: &Work<'_>| {
        work.line.as_ref().and_then(|l| l.extra).is_some_and(|extra| !extra.addon_to.is_empty())
    };
    if !works.iter().any(needs_plan) {
        return;
    }
    // A plan that is refused is in the document all the same, and says itself what is wrong.
    let present: BTreeSet<Id> = works.iter().map(|work| work.product_id.clone()).collect();
    for work in works.iter_mut().filter(|work| needs_plan(work)) {
        let needs = work.line.as_ref().and_then(|l| l.extra).map(|e| e.addon_to.clone());
        let needs = needs.unwrap_or_default();
        if !needs.iter().any(|plan| present.contains(plan)) {
            work.line = None;
            work.refuse(Refusal::MissingPlan { needs }.into());
        }
    }
}

fn in_mix(plan: &Plan<'_>, work: &Work<'_>, scope: CompiledScope) -> bool {
    work.line.is_some() && plan.matches(scope, work.class())
}

/// The mix-and-match groups of a request.
pub(crate) fn mix_of(plan: &Plan<'_>, request: &Request) -> Mix {
    if plan.inner.mix_groups.is_empty() {
        return Mix::default();
    }
    let products = products(plan.inner, request);
    let notes = RefCell::new(Notes::default());
    mix_totals(plan, &mut expand(plan, request, &products, Trace::new(&notes, false)))
}

/// Quantities, weights and first-tier values of the mix-and-match groups.
#[inline(never)]
fn mix_totals(plan: &Plan<'_>, works: &mut [Work<'_>]) -> Mix {
    let mut mix = Mix::default();
    for &scope in &plan.inner.mix_groups {
        let mut totals = MixTotals::ZERO;
        for work in works.iter_mut() {
            if !in_mix(plan, work, scope) || work.origin.is_some() {
                continue;
            }
            let Some(line) = &work.line else { continue };
            let sum = |totals: &mut MixTotals| -> Computed<()> {
                let quantity = line.base_quantity.magnitude();
                totals.quantity = totals.quantity.add(quantity).at("mix_groups")?;
                totals.weight = totals.weight.add(line.weight()?).at("mix_groups")?;
                totals.value = totals.value.add(first_tier_value(plan, line)?).at("mix_groups")?;
                Ok(())
            };
            if let Err(refusal) = sum(&mut totals) {
                work.line = None;
                work.refuse(refusal);
            }
        }
        mix.0.push(totals);
    }
    mix
}

/// The list price of a line, unless it depends on other lines.
#[inline(never)]
fn own_list_price(plan: &Plan<'_>, work: &mut Work<'_>, mix: &Mix) -> Option<Found> {
    let line = work.line.as_ref()?;
    if plan.inner.has_shares && waits(plan, line, mix) {
        return None;
    }
    let found = list_price(plan, line, mix, &mut work.trace);
    match found.and_then(|found| configured::add_options(plan, work, mix, found)) {
        Ok(found) => Some(found),
        Err(refusal) => {
            work.refuse(refusal);
            None
        }
    }
}

/// The rule that hides a product from the customer.
pub(crate) fn hidden(plan: &Plan<'_>, class: u32) -> Option<Id> {
    let inner = plan.inner;
    if inner.visibility.is_empty() {
        return None;
    }
    let first = plan.rules(&inner.visibility_index, class).next()?;
    let rule = inner.visibility.get(first as usize)?;
    (!rule.visible).then(|| rule.id.clone())
}

/// Now that list prices are known, the value of a mix-and-match group is the sum of list values.
#[inline(never)]
fn list_value_totals(
    plan: &Plan<'_>,
    works: &[Work<'_>],
    founds: &[Option<Found>],
    mix: &Mix,
) -> Mix {
    let mut mix = mix.clone();
    for (totals, &scope) in mix.0.iter_mut().zip(&plan.inner.mix_groups) {
        let mut value = Ok(Exact::ZERO);
        for (work, found) in works.iter().zip(founds) {
            if let Some(found) = found
                && work.origin.is_none()
                && in_mix(plan, work, scope)
            {
                value = value.and_then(|value| value.add(found.value.magnitude()));
            }
        }
        // A sum that does not fit keeps the first-tier value: only a condition reads it.
        totals.value = value.unwrap_or(totals.value);
    }
    mix
}

pub(crate) fn price_line(
    plan: &Plan<'_>,
    work: &mut Work<'_>,
    mix: &Mix,
    found: Found,
    scratch: &mut Scratch,
) {
    let Some(line) = &work.line else { return };
    match discounts(plan, line, mix, found, scratch, &mut work.trace) {
        Ok(discounted) => work.priced = Some(Priced::new(discounted)),
        Err(refusal) => work.refuse(refusal),
    }
}

/// Rounds the line; what it bills starts as its total.
pub(crate) fn finish_line(plan: &Plan<'_>, work: &mut Work<'_>) {
    let Some(priced) = &mut work.priced else { return };
    match round_line(plan, priced.total, &mut work.trace) {
        Ok(total) => {
            priced.total = total;
            priced.billed = total;
        }
        Err(refusal) => work.refuse(refusal),
    }
}

/// Lines that are a share of the total of other lines.
#[inline(never)]
fn price_shares(
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
    mix: &Mix,
    values: &Mix,
    scratch: &mut Scratch,
) {
    if !plan.inner.has_shares {
        return;
    }
    // What waits has no price yet, and so is no part of what it is a share of.
    let shares: Vec<ShareOf> = (0_u32..)
        .zip(&plan.inner.lists)
        .filter_map(|(number, list)| {
            let CompiledBase::Lines(scope) = list.formula.as_ref()?.base else { return None };
            let priced = works.iter().filter_map(|work| Some((work.class(), work.priced?.total)));
            let totals = priced.filter(|(class, _)| plan.matches(scope, *class)).map(|(_, t)| t);
            Some(ShareOf { list: number, of: Exact::sum(totals).ok() })
        })
        .collect();
    for work in works {
        if work.priced.is_some() || work.refusal.is_some() {
            continue;
        }
        let Some(line) = work.line else { continue };
        let line = Line { shares: Some(&shares), ..line };
        let found = list_price(plan, &line, mix, &mut work.trace);
        match found.and_then(|found| configured::add_options(plan, work, mix, found)) {
            Ok(found) => {
                price_line(plan, work, values, found, scratch);
                finish_line(plan, work);
            }
            Err(refusal) => work.refuse(refusal),
        }
    }
}

/// The cost of each line, in the document's currency; the lines whose cost cannot be held, with the
/// reason.
fn costs(plan: &Plan<'_>, works: &mut [Work<'_>]) -> Result<(), Unfit> {
    let mut unfit = Unfit::new();
    for work in works {
        let Some(line) = &work.line else { continue };
        let Some(priced) = &mut work.priced else { continue };
        let known = match &work.configured {
            Some(configured) => configured.cost(plan, line),
            None => plan.inner.products.cost(line.info, plan.day).map(|cost| {
                let cost = cost.multiply(line.base_quantity).at("cost")?;
                plan.in_document_currency(cost)
            }),
        };
        let Some(cost) = known else { continue };
        let cost = || -> Computed<Exact> {
            let cost = cost?;
            match line.periods {
                Some((numerator, denominator)) => {
                    let product = cost.multiply(numerator).at("cost")?;
                    let exact = product.divide_exact(denominator);
                    exact.or_else(|_| product.divide(denominator, plan.minor_rounding())).at("cost")
                }
                None => Ok(cost),
            }
        };
        match known_cost(cost()) {
            Ok(cost) => {
                priced.cost = cost;
                priced.gain = cost.and_then(|cost| Gain::new(plan, priced.true_net, cost).ok());
            }
            Err(refusal) => unfit.push((work.id.clone(), refusal)),
        }
    }
    if unfit.is_empty() { Ok(()) } else { Err(unfit) }
}

/// A cost that cannot be expressed in the currency is a cost that is not known; one that cannot be held
/// is a refusal.
pub(crate) fn known_cost(cost: Computed<Exact>) -> Computed<Option<Exact>> {
    match cost {
        Ok(cost) => Ok(Some(cost)),
        Err(refusal) if matches!(*refusal, Refusal::ExchangeRate { .. }) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

#[inline(always)]
pub(crate) fn amount(value: Exact) -> Computed<Amount> {
    Amount::from_exact(value).at("totals")
}

#[inline(never)]
fn totals(
    plan: &Plan<'_>,
    works: &[Work<'_>],
    discounts: Vec<super::DocumentDiscount>,
    taxed: tax::Taxed,
) -> Computed<Totals> {
    let sum = |of: &dyn Fn(&Priced) -> Exact| {
        Exact::sum(works.iter().filter_map(|work| work.priced.as_ref()).map(of)).at("totals")
    };
    let list_value = sum(&|priced| priced.discounted.list_value)?;
    let lines = sum(&|priced| priced.total)?;
    let net = sum(&|priced| priced.billed)?;
    let rebates = sum(&|priced| priced.rebates)?;
    let true_net = sum(&|priced| priced.true_net)?;
    let costs = || works.iter().filter_map(|work| work.priced.as_ref()).map(|priced| priced.cost);
    let cost = Exact::sum(costs().map_while(|cost| cost)).at("totals")?;
    let cost = costs().all(|cost| cost.is_some()).then_some(cost);
    let with_tax = taxed.without_tax.add(taxed.tax).at("totals")?;
    let payable = match (plan.inner.rounding.total, plan.cash) {
        (Some(step), Some(cash)) if !step.is_explicit() => {
            with_tax.round(Rounding::new(cash, step.mode())).at("totals")?
        }
        (Some(step), _) => with_tax.round(step.with(plan.minor)).at("totals")?,
        (None, _) => with_tax,
    };
    Ok(Totals {
        list_value: amount(list_value)?,
        lines: amount(lines)?,
        discounts,
        net: amount(net)?,
        tax_breakdown: taxed.breakdown,
        without_tax: amount(taxed.without_tax)?,
        tax: amount(taxed.tax)?,
        with_tax: amount(with_tax)?,
        rounding: amount(payable.subtract(with_tax).at("totals")?)?,
        payable: amount(payable)?,
        rebates: amount(rebates)?,
        true_net: amount(true_net)?,
        cost: cost.map(amount).transpose()?,
        margin: cost.map(|cost| Gain::new(plan, true_net, cost)?.margin()).transpose()?,
    })
}

/// The lines as the host gets them; those that have a number which a quote cannot hold, with the
/// reason.
#[inline(never)]
fn finished(
    notes: &Arc<QuoteNotes>,
    plan: &Plan<'_>,
    works: &mut [Work<'_>],
) -> Result<Vec<QuoteLine>, Unfit> {
    let mut unfit = Unfit::new();
    let mut lines = Vec::with_capacity(works.len());
    for work in works {
        match finish(notes, plan, work) {
            Ok(line) => lines.push(line),
            Err(refusal) => unfit.push((work.id.clone(), refusal)),
        }
    }
    if unfit.is_empty() { Ok(lines) } else { Err(unfit) }
}

/// The line as the host gets it. What the approvals say of it stays with the work.
#[inline(always)]
fn finish(notes: &Arc<QuoteNotes>, plan: &Plan<'_>, work: &mut Work<'_>) -> Computed<QuoteLine> {
    let price = line_price(notes, plan, work)?;
    let mut configuration = None;
    if let Some(configured) = work.configured.take()
        && let Some(line) = &work.line
        && price.is_some()
    {
        configuration = Some(Box::new(configured.line(plan, line)?));
    }
    Ok(QuoteLine {
        id: work.id.clone(),
        product: mem::take(&mut work.product_id),
        quantity: work.asked,
        unit: mem::take(&mut work.unit_id),
        origin: work.origin.clone(),
        configuration,
        refusal: match price {
            Some(_) => None,
            None => Some(work.refusal.take().map_or(Refusal::NoPrice, |refusal| *refusal)),
        },
        price,
        considered: Candidates::new(notes, work.trace.considered),
    })
}

fn line_price(
    notes: &Arc<QuoteNotes>,
    plan: &Plan<'_>,
    work: &Work<'_>,
) -> Computed<Option<LinePrice>> {
    let inner = plan.inner;
    let Some(priced) = &work.priced else { return Ok(None) };
    let found = priced.discounted.found;
    let list = inner.lists.get(found.list as usize).map(|list| list.id.clone());
    let rate = inner.tax.as_ref().and_then(|tax| tax.rates.get(priced.tax_rate as usize));
    if work.trace.overflow() {
        return Err(Refusal::Precision { at: "steps".to_owned() }.into());
    }
    Ok(Some(LinePrice {
        price_list: list.unwrap_or_default(),
        list_price: found.unit.map(amount).transpose()?,
        list_value: amount(priced.discounted.list_value)?,
        unit_price: priced.discounted.unit.map(amount).transpose()?,
        total: amount(priced.total)?,
        net: amount(priced.true_net)?,
        cost: priced.cost.map(amount).transpose()?,
        margin: priced.margin(plan)?,
        tax: rate
            .map(|rate| -> Computed<LineTax> {
                Ok(LineTax {
                    category: rate.category.clone(),
                    percent: Percent::from_exact(rate.percent).at("tax")?,
                    tax: tax::line_tax(plan, priced)?.map(amount).transpose()?,
                })
            })
            .transpose()?,
        steps: steps(notes, plan, work),
    }))
}

/// The steps of a line; those of a configured one are named by its sub-lines.
fn steps(notes: &Arc<QuoteNotes>, plan: &Plan<'_>, work: &Work<'_>) -> Steps {
    let chain = work.trace.steps;
    let Some(configured) = &work.configured else { return Steps::new(notes, chain) };
    let named = |note: &StepNote| match note.rule {
        RuleRef::Subline(at) => note.of(configured.subline(at).cloned(), plan.inner),
        _ => note.named(plan.inner),
    };
    notes.steps(chain).map(named).collect::<Vec<_>>().into()
}

/// Notes what became of a rule on a line, when explanations are wanted.
pub(crate) fn note_rule(work: &mut Work<'_>, rule: u32, outcome: impl Into<Lost>) {
    if work.trace.wants_candidates() {
        work.trace.considered(CandidateNote::rule(rule, outcome));
    }
}
