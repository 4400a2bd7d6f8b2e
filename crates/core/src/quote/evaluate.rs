//! From a request to a quote, in the order of the document.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use smallvec::SmallVec;

use super::configured::{self, Configured};
use super::document::{
    CouponOutcome, CouponRefusal, LinePrice, LineTax, Margin, Origin, Quote, QuoteLine, Refusal,
    Status, Totals,
};
use super::noted::{CandidateNote, Candidates, Lost, Notes, QuoteNotes, Steps};
use super::request::{CouponUse, ManualDiscount, Party, Request, RequestDigest, RequestLine};
use super::{approvals, free_goods, header, tax};
use crate::book::Code;
use crate::calendar::Window;
use crate::engine::{CompiledBase, CompiledScope, Effect, Inner, NONE, ProductInfo, touch};
use crate::money::{Amount, ArithmeticError, Exact, Percent, Quantity, Rounding, RoundingMode};
use crate::order::arrange;
use crate::pricing::{
    At, Buyer, Computed, Discounted, Found, Line, Mix, MixTotals, Plan, Recorder, RuleRef, Scratch,
    Share, StepNote, Trace, discounts, first_tier_value, list_price, periods, round_line, waits,
};
use crate::wire::Version;
use crate::{Diagnostic, Engine, Id, RequestError};

/// So many steps have most lines.
const FEW_STEPS: usize = 7;

/// So many price lists look at most lines.
const FEW_LISTS: usize = 6;

/// The most lines a request may have, gifts and ramp steps included.
pub(crate) const MAX_LINES: usize = 100_000;

/// The most coupons that may be given, and the most discounts by hand on the document and on each line.
const MAX_GIVEN: usize = 1_000;

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

/// What makes a request impossible to answer as a whole.
#[inline(never)]
fn validate(inner: &Inner, request: &Request) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut within = |path: String, count: usize, what: &str, limit: usize| {
        if count > limit {
            let message = format!("the request has {count} {what}, and the limit is {limit}");
            found.push(Diagnostic::new(Code::RequestLimit, path, message));
        }
    };
    within("/lines".to_owned(), request.line_count(), "lines", MAX_LINES);
    within("/coupons".to_owned(), request.coupons.len(), "coupons", MAX_GIVEN);
    within("/discounts".to_owned(), request.discounts.len(), "discounts by hand", MAX_GIVEN);
    for (at, line) in request.lines.iter().enumerate() {
        if line.discounts.len() > MAX_GIVEN {
            let path = format!("/lines/{at}/discounts");
            within(path, line.discounts.len(), "discounts by hand on one line", MAX_GIVEN);
        }
    }
    if let Party::Known(id) = &request.customer
        && inner.customers.names.get(id.as_str()).is_none()
    {
        found.push(Diagnostic::new(
            Code::UnknownCustomer,
            "/customer".to_owned(),
            format!("customer `{id}` is not in the book"),
        ));
    }
    found.extend(twice(inner, request));
    let one_of = |discount: &ManualDiscount, path: String, line: bool| {
        let on_line = [discount.line_amount.is_some(), discount.price.is_some()];
        let set = [discount.percent.is_some(), discount.amount.is_some()];
        let count = set.iter().chain(&on_line).filter(|given| **given).count();
        if count != 1 {
            return Some(Diagnostic::new(
                Code::ManualValue,
                path,
                format!(
                    "a manual discount has {count} of `percent`, `amount`, `line_amount` and `price`"
                ),
            ));
        }
        (!line && on_line.contains(&true)).then(|| {
            Diagnostic::new(
                Code::ManualOnDocument,
                path,
                "a discount on the document has `line_amount` or `price`".to_owned(),
            )
        })
    };
    for (at, line) in request.lines.iter().enumerate() {
        for (number, discount) in line.discounts.iter().enumerate() {
            found.extend(one_of(discount, format!("/lines/{at}/discounts/{number}"), true));
        }
    }
    for (number, discount) in request.discounts.iter().enumerate() {
        found.extend(one_of(discount, format!("/discounts/{number}"), false));
    }
    found
}

/// Lines that would have one name on the quote: two ids that are the same, or an id that a line
/// without one, a step of a ramp or a gift is called by.
#[inline(never)]
fn twice(inner: &Inner, request: &Request) -> Vec<Diagnostic> {
    if request.lines.iter().all(|line| line.id.is_none()) {
        // Numbers and steps of numbers are never the same.
        return Vec::new();
    }
    let mut ids: Vec<(Cow<'_, Id>, usize)> = Vec::with_capacity(request.lines.len());
    for (at, line) in request.lines.iter().enumerate() {
        let id = line.id.as_ref().map_or_else(|| Cow::Owned(numbered(at + 1)), Cow::Borrowed);
        ids.extend((1..=line.ramp.len()).map(|step| (Cow::Owned(ramp_step(&id, step)), at)));
        ids.push((id, at));
    }
    // Lines that name themselves come last among equals: theirs is the id to change.
    let named = |at: usize| request.lines.get(at).is_some_and(|line| line.id.is_some());
    arrange(&mut ids, |(a, at), (b, other)| {
        a.cmp(b).then(named(*at).cmp(&named(*other))).then(at.cmp(other))
    });
    let mut found = Vec::new();
    for pair in ids.windows(2) {
        if let [(a, first), (b, at)] = pair
            && a == b
        {
            let message = if named(*first) {
                format!("line id `{b}` stands twice")
            } else {
                format!("line id `{b}` stands twice: line {} has no id and is called so", first + 1)
            };
            found.push(Diagnostic::new(Code::LineTwice, format!("/lines/{at}/id"), message));
        }
    }
    for &number in &inner.gifts {
        let Some(rule) = inner.rules.get(number as usize) else { continue };
        if free_effect(&rule.effect).is_none_or(|free| free.product.is_none()) {
            continue;
        }
        let gift = free_goods::gift_id(&rule.id);
        let start = ids.partition_point(|(id, _)| **id < gift);
        let same = ids.iter().skip(start).take_while(|(id, _)| **id == gift);
        found.extend(same.map(|(id, at)| {
            Diagnostic::new(
                Code::LineTwice,
                format!("/lines/{at}/id"),
                format!("line id `{id}` stands twice: the gift of rule `{}` is called so", rule.id),
            )
        }));
    }
    found
}

/// The name of a step of a ramp.
fn ramp_step(line: &Id, step: usize) -> Id {
    Id::known(&format!("{line}/{step}"))
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

/// Decides which coupons are taken, in the order of the request.
#[inline(never)]
pub(crate) fn take_coupons(plan: &mut Plan<'_>, request: &Request) -> Vec<CouponOutcome> {
    let mut taken_unstackable = false;
    let mut outcomes: Vec<CouponOutcome> = Vec::with_capacity(request.coupons.len());
    let mut seen = BTreeSet::new();
    for given in &request.coupons {
        let repeated = !seen.insert(&given.code);
        let refused = if repeated {
            Some(CouponRefusal::Repeated)
        } else {
            match plan.inner.coupon_names.get(given.code.as_str()) {
                None => Some(CouponRefusal::Unknown),
                Some(number) => {
                    let first = plan.coupons.is_empty();
                    let refusal =
                        coupon_refusal(plan, request, given, number, taken_unstackable, first);
                    if refusal.is_none() {
                        let coupon = plan.inner.coupons.get(number as usize);
                        taken_unstackable |= coupon.is_some_and(|c| !c.stackable);
                        plan.coupons.push(number);
                    }
                    refusal
                }
            }
        };
        outcomes.push(CouponOutcome { code: given.code.clone(), refused });
    }
    outcomes
}

fn coupon_refusal(
    plan: &Plan<'_>,
    request: &Request,
    given: &CouponUse,
    number: u32,
    taken_unstackable: bool,
    first: bool,
) -> Option<CouponRefusal> {
    let coupon = plan.inner.coupons.get(number as usize)?;
    if !coupon.days.contains(plan.day) {
        return Some(CouponRefusal::NotValid);
    }
    if !plan.has(coupon.scope.customer)
        || coupon.scope.not.is_some_and(|(customer, _)| plan.has(customer))
    {
        return Some(CouponRefusal::OutOfScope);
    }
    if coupon.first_purchase && request.first_purchase != Some(true) {
        return Some(CouponRefusal::NotFirstPurchase);
    }
    let limits = [
        (coupon.max_uses, given.used, CouponRefusal::UsedUp),
        (coupon.max_uses_per_customer, given.used_by_customer, CouponRefusal::UsedUpByCustomer),
    ];
    for (limit, used, refusal) in limits {
        match (limit, used) {
            (Some(_), None) => return Some(CouponRefusal::UsesUnknown),
            (Some(limit), Some(used)) if used >= limit => return Some(refusal),
            _ => {}
        }
    }
    (taken_unstackable || (!first && !coupon.stackable)).then_some(CouponRefusal::NotStackable)
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

fn numbered(number: usize) -> Id {
    let mut buffer = [0_u8; 20];
    let mut at = buffer.len();
    let mut rest = number;
    loop {
        at -= 1;
        if let Some(slot) = buffer.get_mut(at) {
            *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        }
        rest /= 10;
        if rest == 0 || at == 0 {
            break;
        }
    }
    Id::known(std::str::from_utf8(buffer.get(at..).unwrap_or_default()).unwrap_or("0"))
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
    let shares: Vec<Share> = (0_u32..)
        .zip(&plan.inner.lists)
        .filter_map(|(number, list)| {
            let CompiledBase::Lines(scope) = list.formula.as_ref()?.base else { return None };
            let priced = works.iter().filter_map(|work| Some((work.class(), work.priced?.total)));
            let totals = priced.filter(|(class, _)| plan.matches(scope, *class)).map(|(_, t)| t);
            Some(Share { list: number, of: Exact::sum(totals).ok() })
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

/// What a net gains over a cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gain {
    pub(crate) amount: Exact,
    /// In percent of the net.
    pub(crate) percent: Option<Exact>,
}

impl Gain {
    pub(crate) fn new(plan: &Plan<'_>, net: Exact, cost: Exact) -> Computed<Self> {
        let amount = net.subtract(cost).at("margin")?;
        Ok(Self { amount, percent: margin_percent(plan, net, amount)? })
    }

    fn margin(self) -> Computed<Margin> {
        Ok(Margin {
            amount: amount(self.amount)?,
            percent: self.percent.map(Percent::from_exact).transpose().at("margin")?,
        })
    }
}

impl Priced {
    /// The margin of the line, where its cost is known.
    fn margin(&self, plan: &Plan<'_>) -> Computed<Option<Margin>> {
        let Some(cost) = self.cost else { return Ok(None) };
        let gain = match self.gain {
            Some(gain) => gain,
            None => Gain::new(plan, self.true_net, cost)?,
        };
        gain.margin().map(Some)
    }
}

/// A sale at a negative price has no margin in percent: a loss over a negative net would show as
/// a gain.
pub(crate) fn has_margin_percent(net: Exact, gained: Exact) -> bool {
    !net.is_zero() && (!net.is_negative() || gained > net)
}

/// The margin in percent of the net, rounded as the book says or to two decimals for display.
pub(crate) fn margin_percent(
    plan: &Plan<'_>,
    net: Exact,
    gained: Exact,
) -> Computed<Option<Exact>> {
    if !has_margin_percent(net, gained) {
        return Ok(None);
    }
    let rounding = match plan.inner.rounding.margin {
        Some(step) => step.with(crate::money::Increment::digits(2)),
        None => Rounding::digits(2, RoundingMode::HalfUp),
    };
    gained.multiply(Exact::HUNDRED).and_then(|g| g.divide(net, rounding)).at("margin").map(Some)
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

/// For free goods: whether a rule gives goods, and what it asks.
pub(crate) fn free_effect(effect: &Effect) -> Option<&crate::engine::FreeEffect> {
    match effect {
        Effect::Free(free) => Some(free),
        _ => None,
    }
}

/// Notes what became of a rule on a line, when explanations are wanted.
pub(crate) fn note_rule(work: &mut Work<'_>, rule: u32, outcome: impl Into<Lost>) {
    if work.trace.wants_candidates() {
        work.trace.considered(CandidateNote::rule(rule, outcome));
    }
}
