//! The special offers, and the way the invoices apply them twice.
//!
//! The unit price is the list price less the reseller discount and the best offer, whose
//! percentages add up on the list price; the line total of a reseller then takes the same offer off
//! once more. Both are ordinary rules: one lowers the unit price on `base`, one the total, and each
//! kind has a group that keeps the best. The groups compare on the list value, so they agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use listino_core::book::{
    Combine, Coupon, Discount, DiscountGroup, Keep, Product, Range, Scope, Target,
};
use listino_core::money::{Exact, Percent, Quantity};
use listino_core::{Id, Many};

use crate::table::{Error, Record, Result, Table};
use crate::{slug, story};

/// The group of the offers on the unit price.
const UNIT: &str = "offers";
/// The group of the offers on the line total.
const TOTAL: &str = "offers-on-total";

/// The rules of all offers that can apply: those with a percentage and with products.
pub(crate) fn offers(
    data: &Path,
    names: &BTreeMap<String, Id>,
    products: &BTreeMap<Id, Product>,
) -> Result<Vec<Discount>> {
    let mut scopes: BTreeMap<String, BTreeSet<Id>> = BTreeMap::new();
    for row in &Table::read(data, "SpecialOfferProduct")? {
        let number = names.get(row.text(1)?).ok_or_else(|| row.error(1, "no such product"))?;
        if products.contains_key(number) {
            scopes.entry(row.text(0)?.to_owned()).or_default().insert(number.clone());
        }
    }
    let mut rules = Vec::new();
    for row in &Table::read(data, "SpecialOffer")? {
        let percent = percent(&row)?;
        // "No Discount" takes nothing off, and one offer has no products: an empty list in a scope
        // would mean every product.
        let Some(products) = scopes.get(row.text(0)?).filter(|_| percent != Percent::ZERO) else {
            continue;
        };
        let name = slug(row.text(1)?);
        let unit = Discount {
            id: Id::new(&name)?,
            stage: Id::new("promotion")?,
            scope: Scope { product: products.iter().cloned().collect(), ..audience(&row)? },
            valid: row.window(5, 6)?,
            combine: Some(Combine::Base),
            group: Some(Id::new(UNIT)?),
            quantity: quantity(&row)?,
            percent: Some(percent),
            coupon: coupon(&row)?,
            ..Discount::default()
        };
        if unit.coupon.is_some() {
            rules.push(unit);
            continue;
        }
        let total = Discount {
            id: Id::new(&format!("{name}-on-total"))?,
            combine: Some(Combine::Running),
            group: Some(Id::new(TOTAL)?),
            on: Target::Total,
            ..unit.clone()
        };
        rules.extend([unit, total]);
    }
    Ok(rules)
}

/// The groups that keep the best offer.
pub(crate) fn groups() -> Result<Vec<DiscountGroup>> {
    let group = |id| -> Result<DiscountGroup> {
        let id = Id::new(id)?;
        Ok(DiscountGroup { id, keep: Keep::Best, excludes: Many::default(), against: None })
    };
    Ok(vec![group(UNIT)?, group(TOTAL)?])
}

/// The coupons of the offers that are for consumers.
pub(crate) fn coupons(data: &Path) -> Result<BTreeMap<Id, Coupon>> {
    let mut coupons = BTreeMap::new();
    for row in &Table::read(data, "SpecialOffer")? {
        if let Some(code) = coupon(&row)? {
            let scope = audience(&row)?;
            coupons.insert(code, Coupon { valid: row.window(5, 6)?, scope, ..Coupon::default() });
        }
    }
    Ok(coupons)
}

/// Offers are for resellers or for consumers.
fn audience(row: &Record<'_>) -> Result<Scope> {
    let one = |id| -> Result<Many<Id>> { Ok(Many(vec![Id::new(id)?])) };
    Ok(match row.text(4)? {
        "Reseller" => Scope { cluster: one(story::RESELLER)?, ..Scope::default() },
        "Customer" => {
            Scope { cluster: one(story::CONSUMER)?, channel: one("online")?, ..Scope::default() }
        }
        _ => Scope::default(),
    })
}

/// No consumer's invoice has a discount: their offers are for those who bring the coupon.
fn coupon(row: &Record<'_>) -> Result<Option<Id>> {
    if row.text(4)? != "Customer" {
        return Ok(None);
    }
    Ok(Some(Id::new(&slug(row.text(1)?).to_uppercase())?))
}

/// The tables write a share: `.0200` is 2 %.
fn percent(row: &Record<'_>) -> Result<Percent> {
    let share: Exact = row.decimal(2)?.parse()?;
    Ok(Percent::from_exact(share.multiply(Exact::HUNDRED)?)?)
}

/// Quantities from the smallest to the largest, both included in the tables; a range of the book
/// ends below its upper bound.
fn quantity(row: &Record<'_>) -> Result<Option<Range>> {
    let bound = |column: usize| -> Result<Option<i64>> {
        let text = row.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().map_err(|_| -> Error { row.error(column, "not a number") })?;
        Ok(Some(number))
    };
    let from = bound(7)?.filter(|from| *from > 0).map(Quantity::from);
    let below = bound(8)?.map(|most| Quantity::from(most + 1));
    Ok((from.is_some() || below.is_some()).then_some(Range { from, below }))
}
