//! What a request must keep before anybody prices it, and what its lines are called.

use std::borrow::Cow;

use super::evaluate::MAX_LINES;
use super::free_goods::{free_effect, gift_id};
use super::request::{ManualDiscount, Party, Request};
use crate::book::Code;
use crate::engine::Inner;
use crate::order::arrange;
use crate::{Diagnostic, Id};

/// The most coupons that may be given, and the most discounts by hand on the document and on each line.
const MAX_GIVEN: usize = 1_000;

/// What makes a request impossible to answer as a whole.
#[inline(never)]
pub(super) fn validate(inner: &Inner, request: &Request) -> Vec<Diagnostic> {
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
        let gift = gift_id(&rule.id);
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
pub(super) fn ramp_step(line: &Id, step: usize) -> Id {
    Id::known(&format!("{line}/{step}"))
}

/// The name of a line without one of its own.
pub(super) fn numbered(number: usize) -> Id {
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
