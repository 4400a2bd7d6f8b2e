//! Section 3: the list price.

use std::cmp::Reverse;

use listino_core::Id;
use listino_core::book::{
    Access, Basis, BelowFirstTier, Formula, FormulaBase, Merge, PriceList, PriceRow, Scale,
    ScaleMode, Scope, Strategy,
};
use listino_core::quote::Refusal;

use crate::custom::Facts;
use crate::number::{R, hundredth, magnitude, one, read, round, whole, zero};
use crate::scope::specificity;
use crate::world::{Line, World};

/// A list price: of one ordered unit, or of the line as a whole; for a positive quantity.
#[derive(Clone)]
pub(crate) struct Priced {
    /// The list.
    pub(crate) list: Id,
    /// Whether the price is for the line as a whole.
    pub(crate) as_whole: bool,
    /// The price.
    pub(crate) price: R,
}

/// What one list says.
enum Answer {
    /// It has nothing for the product, the date or the unit.
    Nothing,
    /// The quantity is below its first tier.
    TooLow,
    /// A price.
    Price(Priced),
    /// A price that other lines decide, which are not all priced yet.
    Waits,
}

/// What the search says.
pub(crate) enum Search {
    /// A price.
    Price(Priced),
    /// The line waits for the totals of others.
    Waits,
}

/// Looks for the list price of a line. `totals_known` says whether the other lines are done.
pub(crate) fn search(
    world: &World<'_>,
    lines: &[Line<'_>],
    line: &Line<'_>,
    totals_known: bool,
) -> Result<Search, Refusal> {
    let asked = Asked { world, lines, line, totals_known };
    let order = asked.order();
    if world.book.strategy == Strategy::Lowest {
        return asked.lowest(&order);
    }
    if world.book.merge == Merge::Tier {
        return asked.merged(&order);
    }
    for list in order {
        match asked.list(list)? {
            Answer::Price(price) => return Ok(Search::Price(price)),
            Answer::Waits => return Ok(Search::Waits),
            Answer::Nothing if list.fallthrough => {}
            Answer::TooLow if list.below_first_tier == BelowFirstTier::Fallthrough => {}
            Answer::Nothing | Answer::TooLow => break,
        }
    }
    Err(Refusal::NoPrice)
}

struct Asked<'w, 'l, 'a> {
    world: &'w World<'w>,
    lines: &'l [Line<'a>],
    line: &'l Line<'a>,
    totals_known: bool,
}

impl<'w> Asked<'w, '_, '_> {
    /// All lists that apply, in the order in which they are asked.
    fn order(&self) -> Vec<&'w PriceList> {
        let book = self.world.book;
        let mut lists: Vec<&PriceList> = book
            .price_lists
            .iter()
            .filter(|list| {
                list.currency.unwrap_or(book.currency) == self.world.currency
                    && self.world.holds(&list.valid)
                    && self.world.in_scope(&list.scope, self.line)
            })
            .collect();
        // Both sorts are stable: what they leave open, the order of the book decides.
        if book.strategy == Strategy::MostSpecific {
            lists.sort_by_key(|list| Reverse((specificity(&list.scope), list.priority)));
        } else {
            lists.sort_by_key(|list| {
                let access = self.access(&list.scope);
                (access, Reverse((list.priority, specificity(&list.scope))))
            });
        }
        lists
    }

    /// The place of the first entry of the access sequence that the scope names.
    fn access(&self, scope: &Scope) -> usize {
        let names = |access: &Access| match access {
            Access::Customer => !scope.customer.is_empty() || !scope.account.is_empty(),
            Access::Contract => !scope.contract.is_empty(),
            Access::Cluster => !scope.cluster.is_empty(),
            Access::Segment => !scope.segment.is_empty(),
            Access::Region => !scope.region.is_empty(),
            Access::Base => {
                scope.customer.is_empty()
                    && scope.account.is_empty()
                    && scope.contract.is_empty()
                    && scope.cluster.is_empty()
                    && scope.segment.is_empty()
                    && scope.region.is_empty()
            }
        };
        self.world.book.access.iter().position(names).unwrap_or(usize::MAX)
    }

    fn lowest(&self, order: &[&PriceList]) -> Result<Search, Refusal> {
        let mut best: Option<(R, Priced)> = None;
        for list in order {
            match self.list(list)? {
                Answer::Price(price) => {
                    let value = if price.as_whole {
                        price.price.clone()
                    } else {
                        &price.price * magnitude(&self.line.quantity)
                    };
                    if best.as_ref().is_none_or(|(lowest, _)| value < *lowest) {
                        best = Some((value, price));
                    }
                }
                Answer::Waits => return Ok(Search::Waits),
                Answer::Nothing | Answer::TooLow => {}
            }
        }
        best.map(|(_, price)| Search::Price(price)).ok_or(Refusal::NoPrice)
    }

    /// `merge: tier`: the tiers of all lists together.
    fn merged(&self, order: &[&PriceList]) -> Result<Search, Refusal> {
        struct Part {
            from: Option<R>,
            unit: R,
            price: Priced,
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut measured: Option<R> = None;
        let mut by_value = false;
        let mut below = BelowFirstTier::NoPrice;
        let add = |parts: &mut Vec<Part>, from: Option<R>, unit: R, price: Priced| {
            if parts.iter().all(|part| part.from != from) {
                parts.push(Part { from, unit, price });
            }
        };
        for list in order {
            if let Some((row, in_base)) = self.row(list, self.line) {
                if parts.is_empty() {
                    below = list.below_first_tier;
                }
                by_value |= list.scale.basis == Basis::Value && list.scale.across.is_none();
                if measured.is_none() {
                    measured = Some(self.measure_in_base(list, row, in_base));
                }
                for tier in &row.tiers {
                    let in_units = list.scale.basis == Basis::Quantity
                        && list.scale.across.is_none()
                        && !in_base;
                    let from = tier.from.map(|from| {
                        if in_units { read(from) * &self.line.factor } else { read(from) }
                    });
                    let unit = self.per_ordered_unit(row, in_base, read(tier.price));
                    let price = self.volume(list, unit.clone(), tier.flat.map(read));
                    add(&mut parts, from, unit, price);
                }
                if list.lock {
                    break;
                }
            } else {
                match self.list(list)? {
                    Answer::Price(price) => {
                        if parts.is_empty() {
                            below = list.below_first_tier;
                        }
                        add(&mut parts, None, price.price.clone(), price);
                        if list.lock {
                            break;
                        }
                    }
                    Answer::Waits => return Ok(Search::Waits),
                    Answer::Nothing | Answer::TooLow => {
                        if !list.fallthrough {
                            break;
                        }
                    }
                }
            }
        }
        parts.sort_by(|a, b| a.from.cmp(&b.from));
        // The value counts by the first tier of the scale, which is the merged one.
        let quantity = match (by_value, parts.first()) {
            (true, Some(first)) => magnitude(&self.line.quantity) * &first.unit,
            _ => measured.unwrap_or_else(zero),
        };
        let reached =
            parts.iter().rev().find(|part| part.from.as_ref().is_none_or(|from| *from <= quantity));
        let part = match (reached, below) {
            (Some(part), _) => Some(part),
            (None, BelowFirstTier::FirstTier) => parts.first(),
            (None, _) => None,
        };
        part.map(|part| Search::Price(part.price.clone())).ok_or(Refusal::NoPrice)
    }

    /// What a list says about the line.
    fn list(&self, list: &PriceList) -> Result<Answer, Refusal> {
        if list.prices.contains_key(&self.line.product_id) {
            return Ok(self.scale(list));
        }
        match &list.formula {
            Some(formula) => self.formula(list, formula),
            None => Ok(Answer::Nothing),
        }
    }

    /// The row of a product: in the ordered unit, else in the base unit. Says whether it is in the
    /// base unit.
    fn row<'p>(&self, list: &'p PriceList, line: &Line<'_>) -> Option<(&'p PriceRow, bool)> {
        let product = line.product?;
        let base = base_unit(product.unit.as_ref());
        let rows = &list.prices.get(&line.product_id)?.rows;
        let valid = || rows.iter().filter(|row| self.world.holds(&row.valid));
        let unit_of = |row: &PriceRow| row.unit.clone().unwrap_or_else(|| base.clone());
        if let Some(row) = valid().find(|row| unit_of(row) == line.unit) {
            return Some((row, line.unit == base));
        }
        valid().find(|row| unit_of(row) == base).map(|row| (row, true))
    }

    /// What the tiers of a row are compared with.
    fn measure(&self, list: &PriceList, row: &PriceRow, in_base: bool) -> R {
        match &list.scale.across {
            None => match list.scale.basis {
                Basis::Quantity => in_row_unit(self.line, in_base),
                Basis::Value => in_row_unit(self.line, in_base) * first_price(row),
                Basis::Weight => self.world.weight(self.line),
            },
            Some(group) => {
                let mut sum = zero();
                for other in self.world.mixed(group, self.lines) {
                    sum += match list.scale.basis {
                        Basis::Quantity => magnitude(&other.base_quantity()),
                        Basis::Weight => self.world.weight(other),
                        Basis::Value => self.first_tier_value(other),
                    };
                }
                sum
            }
        }
    }

    /// A line's value by the first tier of the first row that its own search comes to.
    fn first_tier_value(&self, line: &Line<'_>) -> R {
        let asked = Asked { line, ..*self };
        for list in asked.order() {
            if let Some((row, in_base)) = asked.row(list, line) {
                return in_row_unit(line, in_base) * first_price(row);
            }
        }
        zero()
    }

    /// The same for merged tiers, whose bounds are in base units.
    fn measure_in_base(&self, list: &PriceList, row: &PriceRow, in_base: bool) -> R {
        let plain = Scale::default();
        if list.scale.basis == plain.basis && list.scale.across.is_none() {
            magnitude(&self.line.base_quantity())
        } else {
            self.measure(list, row, in_base)
        }
    }

    fn per_ordered_unit(&self, row: &PriceRow, in_base: bool, price: R) -> R {
        let price = price / row.per.map_or_else(one, read);
        if in_base { price * &self.line.factor } else { price }
    }

    fn volume(&self, list: &PriceList, unit: R, flat: Option<R>) -> Priced {
        match flat {
            None => Priced { list: list.id.clone(), as_whole: false, price: unit },
            Some(flat) => Priced {
                list: list.id.clone(),
                as_whole: true,
                price: unit * magnitude(&self.line.quantity) + flat,
            },
        }
    }

    /// Tiers of one list.
    fn scale(&self, list: &PriceList) -> Answer {
        let Some((row, in_base)) = self.row(list, self.line) else {
            return Answer::Nothing;
        };
        let quantity = self.measure(list, row, in_base);
        let bounds: Vec<Option<R>> = row.tiers.iter().map(|tier| tier.from.map(read)).collect();
        let mut reached = None;
        for (index, from) in bounds.iter().enumerate() {
            if from.as_ref().is_none_or(|from| *from <= quantity) {
                reached = Some(index);
            }
        }
        let reached = match (reached, list.below_first_tier) {
            (Some(index), _) => index,
            (None, BelowFirstTier::FirstTier) => 0,
            (None, _) => return Answer::TooLow,
        };
        let tier = &row.tiers[reached];
        let per = row.per.map_or_else(one, read);
        let price = match list.scale.mode {
            ScaleMode::Volume => {
                let unit = self.per_ordered_unit(row, in_base, read(tier.price));
                self.volume(list, unit, tier.flat.map(read))
            }
            ScaleMode::Graduated => {
                let mut value = zero();
                for index in 0..=reached {
                    let tier = &row.tiers[index];
                    // The first tier also holds what lies below it.
                    let start = if index == 0 {
                        zero()
                    } else {
                        bounds[index].clone().unwrap_or_else(zero)
                    };
                    let end = match bounds.get(index + 1) {
                        Some(Some(next)) if *next < quantity => next.clone(),
                        _ => quantity.clone(),
                    };
                    if end > start {
                        value += (end - start) * read(tier.price) / &per;
                    }
                    value += tier.flat.map_or_else(zero, read);
                }
                Priced { list: list.id.clone(), as_whole: true, price: value }
            }
            ScaleMode::Package => Priced {
                list: list.id.clone(),
                as_whole: true,
                price: read(tier.price) / per + tier.flat.map_or_else(zero, read),
            },
        };
        Answer::Price(price)
    }

    /// The cost of one ordered unit in a list's currency.
    fn cost(&self, list: &PriceList) -> Result<Option<R>, Refusal> {
        let book = self.world.book;
        let Some(cost) = self.line.product.and_then(|product| self.world.base_cost(product)) else {
            return Ok(None);
        };
        let rate = self.world.exchange(book.currency, list.currency.unwrap_or(book.currency))?;
        Ok(Some(cost * &self.line.factor * rate))
    }

    fn formula(&self, list: &PriceList, formula: &Formula) -> Result<Answer, Refusal> {
        let book = self.world.book;
        let currency = list.currency.unwrap_or(book.currency);
        let share = formula.percent.map_or_else(zero, read);
        let mut as_whole = false;
        let mut price = match &formula.base {
            None => {
                let Some(rule) = &formula.rule else { return Ok(Answer::Nothing) };
                Facts::early(self.world, self.line, currency).number(&list.id, rule)?
            }
            Some(FormulaBase::Cost) => match self.cost(list)? {
                Some(cost) => cost * (one() + hundredth(&share)),
                None => return Ok(Answer::Nothing),
            },
            Some(FormulaBase::List(id)) => {
                let Some(base) = book.price_lists.iter().find(|l| l.id == *id) else {
                    return Ok(Answer::Nothing);
                };
                if !self.world.holds(&base.valid) {
                    return Ok(Answer::Nothing);
                }
                match self.list(base)? {
                    // A price of the whole line is no price of a unit to start from.
                    Answer::Price(found) if found.as_whole => return Ok(Answer::Nothing),
                    Answer::Price(found) => {
                        let from = base.currency.unwrap_or(book.currency);
                        let rate = self.world.exchange(from, currency)?;
                        found.price * rate * (one() + hundredth(&share))
                    }
                    Answer::Nothing | Answer::TooLow | Answer::Waits => {
                        return Ok(Answer::Nothing);
                    }
                }
            }
            Some(FormulaBase::Lines(scope)) => {
                if !self.totals_known {
                    return Ok(Answer::Waits);
                }
                as_whole = true;
                let mut sum = zero();
                for other in self.lines {
                    if !other.waits && other.is_priced() && self.world.in_scope(scope, other) {
                        sum += &other.total;
                    }
                }
                sum * formula.percent.map_or_else(one, |p| hundredth(&read(p)))
            }
        };
        if let Some(to) = formula.round_to {
            price = round(&price, &read(to), formula.round_mode);
        }
        price += formula.ending.map_or_else(zero, read);
        price += formula.surcharge.map_or_else(zero, read);
        let cost = if formula.min_markup.is_some() || formula.max_markup.is_some() {
            self.cost(list)?
        } else {
            None
        };
        // Bounds are per ordered unit; for a line as a whole they hold for all its units.
        let units = if as_whole { magnitude(&self.line.quantity) } else { one() };
        let marked = |markup: Option<listino_core::money::Percent>| {
            let markup = read(markup?);
            cost.as_ref().map(|cost| cost * (one() + hundredth(&markup)) * &units)
        };
        let ceilings = [formula.ceiling.map(read), marked(formula.max_markup)];
        for ceiling in ceilings.into_iter().flatten() {
            price = price.min(ceiling);
        }
        let floors = [formula.floor.map(read), marked(formula.min_markup)];
        for floor in floors.into_iter().flatten() {
            price = price.max(floor);
        }
        Ok(Answer::Price(Priced { list: list.id.clone(), as_whole, price }))
    }
}

/// The unit quantities are compared in.
pub(crate) fn base_unit(unit: Option<&Id>) -> Id {
    unit.cloned().unwrap_or_else(|| Id::new("pc").expect("a valid id"))
}

fn in_row_unit(line: &Line<'_>, in_base: bool) -> R {
    magnitude(&if in_base { line.base_quantity() } else { line.quantity.clone() })
}

fn first_price(row: &PriceRow) -> R {
    let price = row.tiers.first().map_or_else(zero, |tier| read(tier.price));
    price / row.per.map_or_else(|| whole(1), read)
}
