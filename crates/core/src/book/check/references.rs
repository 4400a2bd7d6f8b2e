//! References that lead nowhere.

use std::collections::BTreeSet;

use super::{Check, Code, one_of, step};
use crate::book::{FormulaBase, Scope};
use crate::{Diagnostic, Id};

/// The unit that needs no mention.
pub(super) const PIECE: &str = "pc";

impl<'a> Check<'a> {
    pub(super) fn references(&mut self) {
        self.customer_references();
        self.product_references();
        self.list_references();
        self.discount_references();
        self.group_references();
        self.scope_references();
    }

    /// One unknown name: the fact, and what was probably meant.
    fn unknown<'n>(
        &mut self,
        code: Code,
        path: String,
        message: String,
        name: &Id,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let help = self.meant(name.as_str(), known, code.info().mend);
        self.found.push(Diagnostic::new(code, path, message).with_help(help));
    }

    fn customer_references(&mut self) {
        let customers = &self.book.customers;
        for (id, customer) in customers {
            if let Some(parent) = &customer.parent
                && !customers.contains_key(parent)
            {
                self.unknown(
                    Code::UnknownParent,
                    format!("/customers{}/parent", step(id)),
                    format!(
                        "customer `{id}` is below account `{parent}`, which is not in the book"
                    ),
                    parent,
                    customers.keys().map(Id::as_str),
                );
            }
        }
    }

    fn product_references(&mut self) {
        let products = &self.book.products;
        for (id, product) in products {
            if let Some(unit) = &product.unit {
                self.known_unit(unit, || format!("/products{}/unit", step(id)), id);
            }
            for unit in product.units.keys() {
                self.known_unit(unit, || format!("/products{}/units{}", step(id), step(unit)), id);
            }
            for (i, host) in product.addon_to.iter().enumerate() {
                let path =
                    || one_of(&format!("/products{}/addon_to", step(id)), &product.addon_to, i);
                if host == id {
                    self.say(
                        Code::SelfReference,
                        path(),
                        format!("product `{id}` is an add-on to itself"),
                    );
                } else if !products.contains_key(host) {
                    self.unknown(
                        Code::UnknownHost,
                        path(),
                        format!(
                            "product `{id}` is an add-on to `{host}`, which is not in the book"
                        ),
                        host,
                        products.keys().map(Id::as_str),
                    );
                }
            }
        }
    }

    fn known_unit(&mut self, unit: &Id, path: impl FnOnce() -> String, product: &Id) {
        let units = &self.book.units;
        if unit != PIECE && !units.contains_key(unit) {
            self.unknown(
                Code::UnknownUnit,
                path(),
                format!("product `{product}` has unit `{unit}`, which is not in the book"),
                unit,
                units.keys().map(Id::as_str).chain([PIECE]),
            );
        }
    }

    fn known_mix_group(&mut self, across: Option<&Id>, path: impl FnOnce() -> String, who: &str) {
        let groups = &self.book.mix_groups;
        if let Some(across) = across
            && !groups.contains_key(across)
        {
            self.unknown(
                Code::UnknownMixGroup,
                path(),
                format!("{who} counts across mix group `{across}`, which is not in the book"),
                across,
                groups.keys().map(Id::as_str),
            );
        }
    }

    fn list_references(&mut self) {
        let lists = &self.book.price_lists;
        let ids: BTreeSet<&Id> = lists.iter().map(|list| &list.id).collect();
        for (i, list) in lists.iter().enumerate() {
            let who = format!("price list `{}`", list.id);
            self.known_mix_group(
                list.scale.across.as_ref(),
                || format!("/price_lists/{i}/scale/across"),
                &who,
            );
            if let Some(FormulaBase::List(base)) =
                list.formula.as_ref().and_then(|formula| formula.base.as_ref())
                && !ids.contains(base)
            {
                self.unknown(
                    Code::UnknownList,
                    format!("/price_lists/{i}/formula/base/list"),
                    format!(
                        "price list `{}` starts from price list `{base}`, which is not in the book",
                        list.id
                    ),
                    base,
                    ids.iter().map(|id| id.as_str()),
                );
            }
        }
    }

    fn discount_references(&mut self) {
        let book = self.book;
        let stages: BTreeSet<&str> = book.stages.iter().map(|stage| stage.id.as_str()).collect();
        for (i, rule) in book.discounts.iter().enumerate() {
            let id = &rule.id;
            if !stages.contains(rule.stage.as_str()) {
                self.unknown(
                    Code::UnknownStage,
                    format!("/discounts/{i}/stage"),
                    format!(
                        "discount `{id}` is in stage `{}`, which is not in the procedure",
                        rule.stage
                    ),
                    &rule.stage,
                    stages.iter().copied(),
                );
            }
            self.known_mix_group(
                rule.across.as_ref(),
                || format!("/discounts/{i}/across"),
                &format!("discount `{id}`"),
            );
            if let Some(coupon) = &rule.coupon
                && !book.coupons.contains_key(coupon)
            {
                self.unknown(
                    Code::UnknownCoupon,
                    format!("/discounts/{i}/coupon"),
                    format!("discount `{id}` needs coupon `{coupon}`, which is not in the book"),
                    coupon,
                    book.coupons.keys().map(Id::as_str),
                );
            }
            if let Some(gift) = rule.free.as_ref().and_then(|free| free.product.as_ref())
                && !book.products.contains_key(gift)
            {
                self.unknown(
                    Code::UnknownGift,
                    format!("/discounts/{i}/free/product"),
                    format!("discount `{id}` gives product `{gift}`, which is not in the book"),
                    gift,
                    book.products.keys().map(Id::as_str),
                );
            }
        }
    }

    /// A group that only discounts name exists too: it keeps its best rule.
    fn group_references(&mut self) {
        let book = self.book;
        let named = book.discounts.iter().filter_map(|rule| rule.group.as_ref());
        let known: BTreeSet<&Id> = book.groups.iter().map(|group| &group.id).chain(named).collect();
        for (i, group) in book.groups.iter().enumerate() {
            let excludes = group.excludes.iter().enumerate().map(|(j, other)| {
                (other, one_of(&format!("/groups/{i}/excludes"), &group.excludes, j), "excludes")
            });
            let against = group
                .against
                .iter()
                .map(|other| (other, format!("/groups/{i}/against"), "competes with"));
            for (other, path, verb) in excludes.chain(against) {
                if *other == group.id {
                    self.say(
                        Code::SelfReference,
                        path,
                        format!("group `{}` {verb} itself", group.id),
                    );
                } else if !known.contains(other) {
                    self.unknown(
                        Code::UnknownGroup,
                        path,
                        format!(
                            "group `{}` {verb} group `{other}`, which is not in the book",
                            group.id
                        ),
                        other,
                        known.iter().map(|id| id.as_str()),
                    );
                }
            }
        }
    }

    fn scope_references(&mut self) {
        for scoped in self.book.scopes() {
            self.scope_names(scoped.scope, &|| scoped.path());
        }
    }

    fn scope_names(&mut self, scope: &'a Scope, path: &dyn Fn() -> String) {
        let book = self.book;
        for (i, product) in scope.product.iter().enumerate() {
            if !book.products.contains_key(product) {
                self.unknown(
                    Code::UnknownScopeProduct,
                    one_of(&format!("{}/product", path()), &scope.product, i),
                    format!("product `{product}` is not in the book"),
                    product,
                    book.products.keys().map(Id::as_str),
                );
            }
        }
        for (field, names) in [("customer", &scope.customer), ("account", &scope.account)] {
            for (i, customer) in names.iter().enumerate() {
                if !book.customers.contains_key(customer) {
                    self.unknown(
                        Code::UnknownScopeCustomer,
                        one_of(&format!("{}/{field}", path()), names, i),
                        format!("customer `{customer}` is not in the book"),
                        customer,
                        book.customers.keys().map(Id::as_str),
                    );
                }
            }
        }
        if let Some(not) = &scope.not {
            self.scope_names(not, &|| format!("{}/not", path()));
        }
    }
}
