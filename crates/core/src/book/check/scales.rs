//! Scales that turn the wrong way, and percentages that are too large.

use super::prices::row_path;
use super::{Check, Code, step};
use crate::book::{Basis, PriceList, PriceRow, Prices, ScaleMode, Tier};
use crate::money::Exact;
use crate::{Diagnostic, Id};

/// Where a higher tier is cheaper in total: the bound, the totals just below and at it.
struct Inversion {
    bound: Exact,
    below: Exact,
    at: Exact,
}

/// The price of one unit, where the row writes it for many.
fn each(row: &PriceRow, tier: &Tier) -> Option<Exact> {
    let per = row.per.map_or(Exact::ONE, |per| per.exact());
    tier.price.exact().divide_exact(per).ok()
}

/// The worst inversion of a row: where the total falls by the largest share.
fn inversion(row: &PriceRow, mode: ScaleMode) -> Option<Inversion> {
    let mut worst: Option<Inversion> = None;
    for pair in row.tiers.windows(2) {
        let [lower, higher] = pair else { continue };
        let bound = higher.from?.exact();
        let total = |tier: &Tier| {
            let price = each(row, tier)?;
            let price = if mode == ScaleMode::Volume { price.multiply(bound).ok()? } else { price };
            price.add(tier.flat.map_or(Exact::ZERO, |flat| flat.exact())).ok()
        };
        let (below, at) = (total(lower)?, total(higher)?);
        if at < below
            && worst.as_ref().is_none_or(|worst| {
                // at/below < worst.at/worst.below, without a division.
                match (at.multiply(worst.below), worst.at.multiply(below)) {
                    (Ok(a), Ok(b)) => a < b,
                    _ => false,
                }
            })
        {
            worst = Some(Inversion { bound, below, at });
        }
    }
    worst
}

/// The inversions of a list. A volume scale that lowers the price of all units always has quantities
/// just below a bound that cost more than the bound itself; so this is told once for each list, with
/// its worst case.
#[derive(Default)]
pub(super) struct Inversions<'a> {
    products: usize,
    worst: Option<(Inversion, &'a Id, usize)>,
}

impl<'a> Inversions<'a> {
    pub(super) fn look(&mut self, list: &PriceList, id: &'a Id, prices: &Prices) {
        if list.scale.mode == ScaleMode::Graduated || list.scale.basis != Basis::Quantity {
            return;
        }
        let mut here = false;
        for (j, row) in prices.rows.iter().enumerate().filter(|(_, row)| row.tiers.len() > 1) {
            let Some(found) = inversion(row, list.scale.mode) else { continue };
            here = true;
            let worse = self.worst.as_ref().is_none_or(|(old, ..)| {
                match (found.at.multiply(old.below), old.at.multiply(found.below)) {
                    (Ok(a), Ok(b)) => a < b,
                    _ => false,
                }
            });
            if worse {
                self.worst = Some((found, id, j));
            }
        }
        self.products += usize::from(here);
    }
}

impl Check<'_> {
    pub(super) fn inversions(&mut self, list: usize, inversions: &Inversions<'_>) {
        if let Some((found, id, row)) = &inversions.worst {
            let more = match inversions.products {
                1 => String::new(),
                2 => "; so it is for another product of the list".to_owned(),
                n => format!("; so it is for {} other products of the list", n - 1),
            };
            self.say(
                Code::TotalInversion,
                self.row_path(id, list, *row),
                format!(
                    "`{}` of product `{id}` cost `{}` in total, and just below that quantity the total is up to `{}`{more}",
                    found.bound.reduced(),
                    found.at.reduced(),
                    found.below.reduced()
                ),
            );
        }
    }

    pub(super) fn unit_prices(&mut self, i: usize, list: &PriceList, id: &Id, prices: &Prices) {
        if list.scale.mode != ScaleMode::Volume {
            return;
        }
        for (j, row) in prices.rows.iter().enumerate() {
            for pair in row.tiers.windows(2) {
                let [lower, higher] = pair else { continue };
                if lower.price < higher.price
                    && let (Some(bound), Some(now), Some(before)) =
                        (higher.from, each(row, higher), each(row, lower))
                {
                    self.say(
                        Code::PriceInversion,
                        row_path(i, id, prices, j),
                        format!(
                            "from `{bound}` product `{id}` costs `{}` each, more than `{}` before",
                            now.reduced(),
                            before.reduced()
                        ),
                    );
                }
            }
        }
    }

    pub(super) fn discount_scales(&mut self) {
        for (i, rule) in self.book.discounts.iter().enumerate() {
            let id = &rule.id;
            let mut percents: Vec<(String, Exact)> = Vec::new();
            if let Some(percent) = rule.percent {
                percents.push((format!("/discounts/{i}/percent"), percent.exact()));
            }
            if let Some(percent) = rule.free.as_ref().and_then(|free| free.percent) {
                percents.push((format!("/discounts/{i}/free/percent"), percent.exact()));
            }
            for (cluster, row) in rule.matrix.iter().flatten() {
                for (category, percent) in row {
                    percents.push((
                        format!("/discounts/{i}/matrix{}{}", step(cluster), step(category)),
                        percent.exact(),
                    ));
                }
            }
            let steps = rule.tiers.as_ref().map_or(&[][..], |tiers| &tiers.steps);
            for (j, tier) in steps.iter().enumerate() {
                if let Some(percent) = tier.percent {
                    percents
                        .push((format!("/discounts/{i}/tiers/steps/{j}/percent"), percent.exact()));
                }
            }
            for (path, percent) in percents {
                if percent > Exact::HUNDRED {
                    self.say(Code::OverHundred, path, format!("discount `{id}` takes off `{percent}` %, and the price falls below zero"));
                }
            }
            for (j, pair) in steps.windows(2).enumerate() {
                let [lower, higher] = pair else { continue };
                let less = match (lower.percent, higher.percent, lower.amount, higher.amount) {
                    (Some(a), Some(b), ..) => b < a,
                    (_, _, Some(a), Some(b)) => b < a,
                    _ => false,
                };
                if less {
                    self.found.push(Diagnostic::new(
                        Code::DiscountInversion,
                        format!("/discounts/{i}/tiers/steps/{}", j + 1),
                        format!(
                            "from `{}` discount `{id}` gives less than from `{}`",
                            higher.from, lower.from
                        ),
                    ));
                }
            }
        }
    }
}
