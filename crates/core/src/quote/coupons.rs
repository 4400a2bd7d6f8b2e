//! Which coupons are taken.

use std::collections::BTreeSet;

use super::document::{CouponOutcome, CouponRefusal};
use super::request::{CouponUse, Request};
use crate::pricing::Plan;

/// Decides which coupons are taken, in the order of the request.
#[inline(never)]
pub(super) fn take_coupons(plan: &mut Plan<'_>, request: &Request) -> Vec<CouponOutcome> {
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
