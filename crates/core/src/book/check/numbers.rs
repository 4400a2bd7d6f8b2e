//! Numbers and ranges that mean nothing: below zero, backwards, out of order.

use std::fmt::Display;

use super::{Check, Code, one_of, step};
use crate::Id;
use crate::book::{FreeGoods, PriceList, Product, Range};
use crate::calendar::Window;
use crate::money::{Amount, Exact};

const MOST_DIGITS: u32 = 12;

impl Check<'_> {
    pub(super) fn numbers(&mut self) {
        self.windows();
        self.setting_numbers();
        for (i, list) in self.book.price_lists.iter().enumerate() {
            self.formula_numbers(i, list);
        }
        self.discount_numbers();
        self.threshold_numbers();
    }

    pub(super) fn not_negative(
        &mut self,
        value: Exact,
        path: impl FnOnce() -> String,
        what: impl Display,
    ) {
        if value.is_negative() {
            self.say(Code::Negative, path(), format!("{what} is `{value}`, which is negative"));
        }
    }

    pub(super) fn positive(
        &mut self,
        value: Exact,
        path: impl FnOnce() -> String,
        what: impl Display,
    ) {
        if !value.is_positive() {
            self.say(
                Code::NotPositive,
                path(),
                format!("{what} is `{value}`, which is not greater than zero"),
            );
        }
    }

    pub(super) fn window(&mut self, window: Window, path: impl FnOnce() -> String) {
        if let (Some(from), Some(to)) = (window.from, window.to)
            && to < from
        {
            self.say(
                Code::EmptyWindow,
                path(),
                format!("the window begins on {from} and ends on {to}, before it"),
            );
        }
    }

    /// All windows but those of price rows and of costs, which are looked at with them.
    fn windows(&mut self) {
        let book = self.book;
        for (i, rate) in book.exchange_rates.iter().enumerate() {
            self.window(rate.valid, || format!("/exchange_rates/{i}/valid"));
        }
        for (i, rule) in book.visibility.iter().enumerate() {
            self.window(rule.valid, || format!("/visibility/{i}/valid"));
        }
        for (i, list) in book.price_lists.iter().enumerate() {
            self.window(list.valid, || format!("/price_lists/{i}/valid"));
        }
        for (i, rule) in book.discounts.iter().enumerate() {
            self.window(rule.valid, || format!("/discounts/{i}/valid"));
        }
        for (id, coupon) in &book.coupons {
            self.window(coupon.valid, || format!("/coupons{}/valid", step(id)));
        }
        for (i, threshold) in book.margins.iter().enumerate() {
            self.window(threshold.valid, || format!("/margins/{i}/valid"));
        }
        for (i, rate) in book.tax.iter().flat_map(|tax| &tax.rates).enumerate() {
            self.window(rate.valid, || format!("/tax/rates/{i}/valid"));
        }
    }

    fn digits(&mut self, digits: Option<u32>, path: impl FnOnce() -> String) {
        if let Some(digits) = digits
            && digits > MOST_DIGITS
        {
            self.say(
                Code::TooManyDecimals,
                path(),
                format!("`{digits}` decimals are asked for, and 12 is the most"),
            );
        }
    }

    fn setting_numbers(&mut self) {
        let book = self.book;
        for (currency, settings) in &book.currencies {
            self.digits(settings.digits, || format!("/currencies/{currency}/digits"));
            if let Some(cash) = settings.cash {
                self.positive(
                    cash.exact(),
                    || format!("/currencies/{currency}/cash"),
                    format_args!("the smallest coin of {currency}"),
                );
            }
        }
        for (i, at) in book.rounding.at.iter().enumerate() {
            self.digits(at.digits, || format!("/rounding/at/{i}/digits"));
            if let Some(increment) = at.increment {
                self.positive(
                    increment.exact(),
                    || format!("/rounding/at/{i}/increment"),
                    "the rounding increment",
                );
            }
        }
        for (id, unit) in &book.units {
            self.digits(unit.digits, || format!("/units{}/digits", step(id)));
        }
        for (i, rate) in book.tax.iter().flat_map(|tax| &tax.rates).enumerate() {
            self.not_negative(
                rate.percent.exact(),
                || format!("/tax/rates/{i}/percent"),
                "the tax rate",
            );
        }
        for (i, limit) in book.discretion.iter().enumerate() {
            self.not_negative(
                limit.max_percent.exact(),
                || format!("/discretion/{i}/max_percent"),
                format_args!("the limit of role `{}`", limit.role),
            );
        }
    }

    pub(super) fn product_numbers(&mut self, id: &Id, product: &Product) {
        for (i, cost) in product.cost.iter().enumerate() {
            let path = || {
                if product.cost.len() == 1 && cost.valid.is_always() {
                    format!("/products{}/cost", step(id))
                } else {
                    format!("/products{}/cost/{i}/value", step(id))
                }
            };
            self.not_negative(cost.value.exact(), path, format_args!("the cost of product `{id}`"));
        }
        if let Some(weight) = product.weight {
            self.not_negative(
                weight.exact(),
                || format!("/products{}/weight", step(id)),
                format_args!("the weight of product `{id}`"),
            );
        }
        if let Some(least) = product.min_quantity {
            self.not_negative(
                least.exact(),
                || format!("/products{}/min_quantity", step(id)),
                format_args!("the smallest quantity of product `{id}`"),
            );
        }
        if let Some(multiple) = product.multiple {
            self.positive(
                multiple.exact(),
                || format!("/products{}/multiple", step(id)),
                format_args!("the multiple of product `{id}`"),
            );
        }
        for (i, pack) in product.packs.iter().enumerate() {
            self.positive(
                pack.exact(),
                || one_of(&format!("/products{}/packs", step(id)), &product.packs, i),
                format_args!("a pack size of product `{id}`"),
            );
        }
    }

    fn formula_numbers(&mut self, i: usize, list: &PriceList) {
        let Some(formula) = &list.formula else { return };
        let path = |field: &str| format!("/price_lists/{i}/formula/{field}");
        if let Some(round_to) = formula.round_to {
            self.positive(
                round_to.exact(),
                || path("round_to"),
                "the multiple that prices are rounded to",
            );
        }
        for (field, bound) in [("floor", formula.floor), ("ceiling", formula.ceiling)] {
            if let Some(bound) = bound {
                self.not_negative(
                    bound.exact(),
                    || path(field),
                    format_args!("the {field} of price list `{}`", list.id),
                );
            }
        }
        if let (Some(floor), Some(ceiling)) = (formula.floor, formula.ceiling)
            && ceiling < floor
        {
            self.say(
                Code::FloorAboveCeiling,
                path("ceiling"),
                format!("the floor `{floor}` is above the ceiling `{ceiling}`"),
            );
        }
        if let (Some(least), Some(most)) = (formula.min_markup, formula.max_markup)
            && most < least
        {
            self.say(
                Code::FloorAboveCeiling,
                path("max_markup"),
                format!("the smallest markup `{least}` is above the largest `{most}`"),
            );
        }
    }

    fn range(&mut self, range: Option<Range>, path: impl FnOnce() -> String, what: &str) {
        if let Some(Range { from: Some(from), below: Some(below) }) = range
            && below <= from
        {
            self.say(
                Code::EmptyRange,
                path(),
                format!("no {what} is at least `{from}` and below `{below}`"),
            );
        }
    }

    fn discount_numbers(&mut self) {
        for (i, rule) in self.book.discounts.iter().enumerate() {
            self.range(rule.quantity, || format!("/discounts/{i}/quantity"), "quantity");
            self.range(rule.value, || format!("/discounts/{i}/value"), "value");
            self.range(rule.weight, || format!("/discounts/{i}/weight"), "weight");
            self.range(rule.years, || format!("/discounts/{i}/years"), "number of years");
            if let Some(price) = rule.price {
                self.not_negative(
                    price.exact(),
                    || format!("/discounts/{i}/price"),
                    format_args!("the price that discount `{}` sets", rule.id),
                );
            }
            if let Some(FreeGoods { buy, get, .. }) = &rule.free {
                // Without a gift of its own `get` units are taken from those that are bought.
                self.not_negative(
                    buy.exact(),
                    || format!("/discounts/{i}/free/buy"),
                    "the quantity to buy",
                );
                if rule.free.as_ref().is_some_and(|free| free.product.is_some())
                    && buy.exact().is_zero()
                {
                    self.positive(
                        buy.exact(),
                        || format!("/discounts/{i}/free/buy"),
                        "the quantity to buy",
                    );
                }
                self.positive(
                    get.exact(),
                    || format!("/discounts/{i}/free/get"),
                    "the quantity to get",
                );
            }
            let Some(tiers) = &rule.tiers else { continue };
            let mut last = None;
            for (j, tier) in tiers.steps.iter().enumerate() {
                let path = || format!("/discounts/{i}/tiers/steps/{j}/from");
                self.not_negative(tier.from.exact(), path, "the bound of a tier");
                if let Some(last) = last {
                    self.bounds(last, tier.from.exact(), path);
                }
                last = Some(tier.from.exact());
            }
        }
    }

    /// Two neighbouring lower bounds.
    pub(super) fn bounds(&mut self, before: Exact, bound: Exact, path: impl FnOnce() -> String) {
        match bound.cmp(&before) {
            std::cmp::Ordering::Greater => {}
            std::cmp::Ordering::Equal => {
                self.say(Code::TierTwice, path(), format!("two tiers begin at `{bound}`"));
            }
            std::cmp::Ordering::Less => {
                self.say(
                    Code::TierOrder,
                    path(),
                    format!("the tier from `{bound}` stands after the one from `{before}`"),
                );
            }
        }
    }

    fn threshold_numbers(&mut self) {
        for (i, threshold) in self.book.margins.iter().enumerate() {
            let bounds: Vec<(&str, Amount)> = [
                ("block", threshold.block),
                ("floor", threshold.floor),
                ("target", threshold.target),
            ]
            .into_iter()
            .filter_map(|(name, bound)| Some((name, bound?)))
            .collect();
            for pair in bounds.windows(2) {
                if let [(low, lower), (high, higher)] = pair
                    && higher < lower
                {
                    self.say(
                        Code::ThresholdOrder,
                        format!("/margins/{i}/{high}"),
                        format!(
                            "threshold `{}` has `{low}` `{lower}` above `{high}` `{higher}`",
                            threshold.id
                        ),
                    );
                }
            }
            for (j, approval) in threshold.approvals.iter().enumerate() {
                let twice =
                    threshold.approvals.iter().take(j).any(|other| other.below == approval.below);
                if twice {
                    self.say(
                        Code::ApprovalOrder,
                        format!("/margins/{i}/approvals/{j}/below"),
                        format!(
                            "two approvals of threshold `{}` are for margins below `{}`",
                            threshold.id, approval.below
                        ),
                    );
                }
            }
        }
    }
}
