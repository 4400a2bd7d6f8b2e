//! Prices below cost: in the list, and by discounts that meet.
//!
//! The second question is answered for the customers of the book and for one without any
//! property: which percentages can meet on one line, which of them the procedure lets stand, and
//! whether the list price less all of them is below the cost. Amounts, set prices, free goods and
//! discounts by hand are not looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::matching::{admits_customer, admits_product};
use super::prices::{base_unit, priced, row_path};
use super::shape::access_step;
use super::{Check, Code};
use crate::book::{
    Combine, Cost, Customer, Discount, Keep, Level, PriceBook, PriceList, PriceRow, Product,
    ScaleMode, Strategy,
};
use crate::calendar::Days;
use crate::id::ancestry;
use crate::money::Exact;
use crate::units::Factor;
use crate::{Diagnostic, Id};

/// How many kinds of customers are looked at; further ones are left out.
const PROFILES: usize = 64;
/// How many ways to combine conditions are tried for one kind of customer and product.
const SCENARIOS: usize = 512;

/// One percentage that may apply, as the procedure sees it.
struct Candidate<'a> {
    index: usize,
    rule: &'a Discount,
    stage: usize,
    document: bool,
    combine: Combine,
}

/// A kind of customer: who it is for example, and what applies to it.
struct Profile<'a> {
    example: Option<&'a Id>,
    rules: Vec<usize>,
    lists: Vec<usize>,
}

/// The rules that speak of a product, and its category where a matrix asks for it.
type Class<'a> = (Vec<usize>, Option<&'a Id>);

/// The largest reduction some rules reach together: what is left of 1, and the rules.
#[derive(Clone)]
struct Stack {
    left: Exact,
    rules: Vec<usize>,
}

/// What one unit of the row costs the seller.
fn row_cost(row: &PriceRow, product: &Product, cost: &Cost) -> Option<Exact> {
    let factor = match &row.unit {
        Some(unit) if unit.as_str() != base_unit(product) => *product.units.get(unit)?,
        _ => Factor::ONE,
    };
    let per = row.per.map_or(Exact::ONE, |per| per.exact());
    cost.value.exact().multiply(factor.to_base(per).ok()?).ok()
}

fn lowest(row: &PriceRow) -> Option<Exact> {
    row.tiers.iter().map(|tier| tier.price).min().map(|price| price.exact())
}

impl<'a> Check<'a> {
    pub(super) fn margins(&mut self) {
        self.list_below_cost();
        self.stacked_below_cost();
    }

    fn list_below_cost(&mut self) {
        let book = self.book;
        for (i, list) in
            book.price_lists.iter().enumerate().filter(|(_, list)| comparable(book, list))
        {
            for (id, prices, product) in priced(&list.prices, &book.products) {
                let Some(product) = product else { continue };
                for (j, row) in prices.rows.iter().enumerate() {
                    let held = both(row.valid.days(), list.valid.days());
                    for cost in product.cost.iter().filter(|cost| cost.valid.days().overlaps(held))
                    {
                        if let (Some(price), Some(due)) =
                            (lowest(row), row_cost(row, product, cost))
                            && price < due
                        {
                            self.found.push(
                                Diagnostic::new(
                                    Code::BelowCost,
                                    row_path(i, id, prices, j),
                                    format!(
                                        "product `{id}` is listed at `{}`, below its cost `{}`",
                                        price.reduced(),
                                        due.reduced()
                                    ),
                                )
                                .with_related(
                                    format!("/products{}/cost", super::step(id)),
                                    "the cost".to_owned(),
                                ),
                            );
                            break;
                        }
                    }
                }
            }
        }
    }

    fn stacked_below_cost(&mut self) {
        let book = self.book;
        let candidates = self.candidates();
        if candidates.is_empty() || book.products.values().all(|product| product.cost.is_empty()) {
            return;
        }
        let order = self.list_order();
        let profiles = self.profiles(&candidates);
        // Products that the same rules speak of stack the same way.
        let mut general: Vec<usize> = Vec::new();
        let mut by_product: BTreeMap<&Id, Vec<usize>> = BTreeMap::new();
        for (k, candidate) in candidates.iter().enumerate() {
            if candidate.rule.scope.product.is_empty() {
                general.push(k);
            }
            for product in &candidate.rule.scope.product {
                by_product.entry(product).or_default().push(k);
            }
        }
        let mut classes: BTreeMap<Class<'_>, usize> = BTreeMap::new();
        let mut class_of: BTreeMap<&Id, usize> = BTreeMap::new();
        let matrices = candidates.iter().any(|candidate| candidate.rule.matrix.is_some());
        for (id, product) in book.products.iter().filter(|(_, product)| !product.cost.is_empty()) {
            let mut rules: Vec<usize> = general
                .iter()
                .chain(by_product.get(id).into_iter().flatten())
                .copied()
                .filter(|k| {
                    candidates.get(*k).is_some_and(|c| admits_product(&c.rule.scope, id, product))
                })
                .collect();
            rules.sort_unstable();
            rules.dedup();
            let category = product.category.as_ref().filter(|_| matrices);
            let next = classes.len();
            class_of.insert(id, *classes.entry((rules, category)).or_insert(next));
        }
        let mut by_class: Vec<(&Class<'_>, usize)> =
            classes.iter().map(|(key, n)| (key, *n)).collect();
        by_class.sort_by_key(|(_, n)| *n);

        type Found<'f> = (Exact, usize, Diagnostic);
        let mut found: BTreeMap<(usize, Vec<usize>), Found<'_>> = BTreeMap::new();
        for profile in &profiles {
            let cluster = profile
                .example
                .and_then(|id| book.customers.get(id))
                .and_then(|c| c.cluster.as_ref());
            let bounds: Vec<Vec<(Days, Stack)>> = by_class
                .iter()
                .map(|((rules, category), _)| {
                    let active: Vec<(&Candidate<'_>, Exact)> = rules
                        .iter()
                        .filter(|k| profile.rules.binary_search(k).is_ok())
                        .filter_map(|k| candidates.get(*k))
                        .filter_map(|c| Some((c, largest(c.rule, cluster, *category)?)))
                        .filter(|(_, percent)| percent.is_positive())
                        .collect();
                    let mut stacks = self.stacks(&active);
                    stacks.sort_by_key(|(_, stack)| stack.left);
                    stacks
                })
                .collect();
            let opened = order.iter().filter(|list| profile.lists.binary_search(list).is_ok());
            let opened: Vec<usize> = opened.copied().collect();
            for (place, list_index) in opened.iter().enumerate() {
                let earlier = opened.get(..place).unwrap_or_default();
                let Some(list) = book.price_lists.get(*list_index) else { continue };
                if !comparable(book, list) {
                    continue;
                }
                for (id, prices, product) in priced(&list.prices, &book.products) {
                    let (Some(product), Some(class)) = (product, class_of.get(id)) else {
                        continue;
                    };
                    let Some(stacks) = bounds.get(*class).filter(|stacks| !stacks.is_empty())
                    else {
                        continue;
                    };
                    if !admits_product(&list.scope, id, product) {
                        continue;
                    }
                    for (j, row) in prices.rows.iter().enumerate() {
                        let Some(price) = lowest(row) else { continue };
                        let held = both(row.valid.days(), list.valid.days());
                        let hit = product.cost.iter().find_map(|cost| {
                            let due = row_cost(row, product, cost)?;
                            let held = both(held, cost.valid.days());
                            // The largest stack comes first, and what it leaves is the least.
                            stacks
                                .iter()
                                .filter(|_| price >= due)
                                .map_while(|(days, stack)| {
                                    let net = price.multiply(stack.left).ok()?;
                                    (net < due).then_some((net, *days, stack, due))
                                })
                                .filter(|(_, days, ..)| days.overlaps(held))
                                .find(|(_, days, ..)| {
                                    !self.outranked(earlier, id, both(*days, held))
                                })
                        });
                        let Some((net, _, stack, due)) = hit else { continue };
                        let key = (*list_index, stack.rules.clone());
                        // The worst product stands for all that the same rules bring below cost.
                        let Ok(share) = net.subtract(due) else { continue };
                        let worse = found.get(&key).is_none_or(|(old, ..)| share < *old);
                        let count = found.get(&key).map_or(0, |(_, count, _)| *count) + 1;
                        if worse {
                            let finding = self.stack_finding(
                                id,
                                row_path(*list_index, id, prices, j),
                                profile,
                                stack,
                                price,
                                net,
                                due,
                            );
                            found.insert(key, (share, count, finding));
                        } else if let Some((_, n, _)) = found.get_mut(&key) {
                            *n = count;
                        }
                    }
                }
            }
        }
        for (_, (_, count, mut finding)) in found {
            if count > 1 {
                finding
                    .message
                    .push_str(&format!("; so it is for {} other prices and customers", count - 1));
            }
            self.found.push(finding);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one sentence that names all its parts")]
    fn stack_finding(
        &self,
        product: &Id,
        path: String,
        profile: &Profile<'_>,
        stack: &Stack,
        price: Exact,
        net: Exact,
        due: Exact,
    ) -> Diagnostic {
        let book = self.book;
        let rules: Vec<(usize, &Id)> =
            stack.rules.iter().filter_map(|i| Some((*i, &book.discounts.get(*i)?.id))).collect();
        let named = rules.iter().map(|(_, id)| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let whom = profile
            .example
            .map_or_else(|| "any customer".to_owned(), |id| format!("customer `{id}`"));
        let verb = if rules.len() == 1 { "discount" } else { "discounts" };
        let mut finding = Diagnostic::new(
            Code::StackedBelowCost,
            path,
            format!(
                "for {whom} {verb} {named} can bring product `{product}` from `{}` to `{}`, below its cost `{}`",
                price.reduced(),
                net.reduced(),
                due.reduced()
            ),
        );
        for (i, id) in rules {
            finding = finding.with_related(format!("/discounts/{i}"), format!("discount `{id}`"));
        }
        finding
    }

    /// Whether one of the earlier lists prices the product on all of these days.
    fn outranked(&self, earlier: &[usize], id: &Id, days: Days) -> bool {
        if self.book.strategy == Strategy::Lowest {
            return false;
        }
        let windows =
            earlier.iter().filter_map(|i| self.book.price_lists.get(*i)).flat_map(|list| {
                let rows = list.prices.get(id).map_or(&[][..], |prices| &prices.rows);
                rows.iter()
                    .filter(|row| row.unit.is_none())
                    .map(|row| both(row.valid.days(), list.valid.days()))
            });
        super::exchange::covers(windows, days)
    }

    fn candidates(&self) -> Vec<Candidate<'a>> {
        let book = self.book;
        let stages: BTreeMap<&Id, (usize, &crate::book::Stage)> =
            book.stages.iter().enumerate().map(|(i, stage)| (&stage.id, (i, stage))).collect();
        book.discounts
            .iter()
            .enumerate()
            .filter(|(_, rule)| {
                rule.percent.is_some() || rule.tiers.is_some() || rule.matrix.is_some()
            })
            .filter_map(|(index, rule)| {
                let (stage, settings) = stages.get(&rule.stage)?;
                Some(Candidate {
                    index,
                    rule,
                    stage: *stage,
                    document: settings.on == Level::Document,
                    combine: rule.combine.unwrap_or(settings.combine),
                })
            })
            .collect()
    }

    fn list_order(&self) -> Vec<usize> {
        let book = self.book;
        let mut order: Vec<usize> = (0..book.price_lists.len()).collect();
        order.sort_by_cached_key(|i| {
            book.price_lists.get(*i).map(|list| {
                let step = match book.strategy {
                    Strategy::MostSpecific => None,
                    _ => Some(access_step(&book.access, list)),
                };
                let specific = Reverse(list.scope.specificity());
                match book.strategy {
                    Strategy::MostSpecific => {
                        (step, specific, Reverse(list.priority), specific, *i)
                    }
                    _ => (
                        step,
                        Reverse(crate::book::Specificity::default()),
                        Reverse(list.priority),
                        specific,
                        *i,
                    ),
                }
            })
        });
        order
    }

    /// Customers that differ in nothing that a scope asks are one.
    fn profiles(&self, candidates: &[Candidate<'a>]) -> Vec<Profile<'a>> {
        let book = self.book;
        let scopes = || {
            book.scopes()
                .flat_map(|scoped| [Some(scoped.scope), scoped.scope.not.as_deref()])
                .flatten()
        };
        let named: BTreeSet<&Id> =
            scopes().flat_map(|scope| scope.customer.iter().chain(scope.account.iter())).collect();
        let channels: BTreeSet<Option<&Id>> =
            scopes().flat_map(|scope| scope.channel.iter()).map(Some).chain([None]).collect();
        type Key<'k> = (Option<&'k Id>, Option<&'k Id>, &'k [Id], &'k [Id], Option<&'k Id>);
        let mut kinds: BTreeMap<Key<'a>, (Option<&'a Id>, &'a Customer)> = BTreeMap::new();
        for (id, customer) in &book.customers {
            let by_name = (named.contains(id) || customer.parent.is_some()).then_some(id);
            let key = (
                customer.cluster.as_ref(),
                customer.region.as_ref(),
                customer.segments.as_slice(),
                customer.contracts.as_slice(),
                by_name.filter(|_| !named.is_empty()),
            );
            kinds.entry(key).or_insert((Some(id), customer));
        }
        let nobody = (Id::known(""), Customer::default());
        // A matrix treats two clusters differently though one rule holds for both.
        let matrices = candidates.iter().any(|candidate| candidate.rule.matrix.is_some());
        let mut seen: BTreeSet<(Vec<usize>, Vec<usize>, Option<&Id>)> = BTreeSet::new();
        let mut profiles = Vec::new();
        let everyone = kinds.values().map(|(id, customer)| (*id, *customer));
        for (id, customer) in std::iter::once((None, &nobody.1)).chain(everyone) {
            for channel in &channels {
                if profiles.len() >= PROFILES {
                    return profiles;
                }
                let name = id.unwrap_or(&nobody.0);
                let admits = |scope: &crate::book::Scope| {
                    let on_channel = scope.channel.is_empty()
                        || channel.is_some_and(|channel| scope.channel.contains(channel));
                    on_channel && admits_customer(book, scope, name, customer)
                };
                let rules: Vec<usize> = candidates
                    .iter()
                    .enumerate()
                    .filter(|(_, candidate)| {
                        let coupon =
                            candidate.rule.coupon.as_ref().and_then(|id| book.coupons.get(id));
                        admits(&candidate.rule.scope)
                            && coupon.is_none_or(|coupon| admits(&coupon.scope))
                    })
                    .map(|(k, _)| k)
                    .collect();
                let lists: Vec<usize> = book
                    .price_lists
                    .iter()
                    .enumerate()
                    .filter(|(_, list)| admits(&list.scope))
                    .map(|(i, _)| i)
                    .collect();
                let cluster = customer.cluster.as_ref().filter(|_| matrices);
                if !rules.is_empty()
                    && !lists.is_empty()
                    && seen.insert((rules.clone(), lists.clone(), cluster))
                {
                    profiles.push(Profile { example: id, rules, lists });
                }
            }
        }
        profiles
    }

    /// The largest stack for every stretch of days on which the same rules hold.
    fn stacks(&self, active: &[(&Candidate<'a>, Exact)]) -> Vec<(Days, Stack)> {
        let mut cuts: BTreeSet<i32> = BTreeSet::from([i32::MIN]);
        for (candidate, _) in active {
            let days = candidate.rule.valid.days();
            cuts.extend([days.from, days.to]);
        }
        cuts.remove(&i32::MAX);
        let starts: Vec<i32> = cuts.into_iter().collect();
        let mut all = Vec::new();
        for (i, from) in starts.iter().enumerate() {
            let days = Days { from: *from, to: starts.get(i + 1).copied().unwrap_or(i32::MAX) };
            let here: Vec<&(&Candidate<'a>, Exact)> = active
                .iter()
                .filter(|(candidate, _)| candidate.rule.valid.days().contains(*from))
                .collect();
            if let Some(stack) = self.best_scenario(&here) {
                all.push((days, stack));
            }
        }
        all
    }

    /// Conditions that shut each other out: one quantity, one payment, coupons that do not stack.
    fn best_scenario(&self, active: &[&(&Candidate<'a>, Exact)]) -> Option<Stack> {
        let rules = || active.iter().map(|(candidate, _)| candidate.rule);
        let mut quantities: BTreeSet<Option<Exact>> = BTreeSet::from([None]);
        if rules().any(|rule| rule.quantity.is_some_and(|range| range.below.is_some())) {
            quantities.insert(Some(Exact::ZERO));
            quantities.extend(rules().filter_map(|rule| Some(Some(rule.quantity?.from?.exact()))));
        }
        let mut years: BTreeSet<Option<Exact>> = BTreeSet::from([None]);
        years.extend(rules().filter_map(|rule| {
            Some(Some(rule.years?.from.map_or(Exact::ZERO, |from| from.exact())))
        }));
        let mut payments: BTreeSet<Option<&Id>> =
            rules().flat_map(|rule| rule.payment.iter()).map(Some).collect();
        payments.insert(None);
        let stackable = |id: &Id| self.book.coupons.get(id).is_some_and(|coupon| coupon.stackable);
        let mut coupons: BTreeSet<Option<&Id>> = rules()
            .filter_map(|rule| rule.coupon.as_ref())
            .filter(|id| !stackable(id))
            .map(Some)
            .collect();
        coupons.insert(None);
        let mut best: Option<Stack> = None;
        let mut left = SCENARIOS;
        for quantity in &quantities {
            for year in &years {
                for payment in &payments {
                    for coupon in &coupons {
                        if left == 0 {
                            return best;
                        }
                        left -= 1;
                        let here: Vec<&(&Candidate<'a>, Exact)> = active
                            .iter()
                            .copied()
                            .filter(|(candidate, _)| {
                                let rule = candidate.rule;
                                let fits =
                                    |range: Option<crate::book::Range>, value: Option<Exact>| {
                                        range.is_none_or(|range| match value {
                                            // As large as need be.
                                            None => range.below.is_none(),
                                            Some(value) => {
                                                range.from.is_none_or(|from| from.exact() <= value)
                                                    && range
                                                        .below
                                                        .is_none_or(|below| value < below.exact())
                                            }
                                        })
                                    };
                                fits(rule.quantity, *quantity)
                                    && (rule.years.is_none()
                                        || (year.is_some() && fits(rule.years, *year)))
                                    && (rule.payment.is_empty()
                                        || payment
                                            .is_some_and(|payment| rule.payment.contains(payment)))
                                    && match (&rule.coupon, coupon) {
                                        (None, _) => true,
                                        (Some(own), Some(only)) => own == *only,
                                        (Some(own), None) => stackable(own),
                                    }
                            })
                            .collect();
                        if let Some(stack) = self.combine(&here)
                            && best.as_ref().is_none_or(|best| stack.left < best.left)
                        {
                            best = Some(stack);
                        }
                    }
                }
            }
        }
        best
    }

    /// What the procedure lets stand of some percentages, and what they leave of a price of 1.
    fn combine(&self, active: &[&(&Candidate<'a>, Exact)]) -> Option<Stack> {
        let mut rules: Vec<(&Candidate<'a>, Exact)> =
            active.iter().map(|(c, p)| (*c, *p)).collect();
        rules.sort_by_key(|(c, _)| (c.stage, Reverse(c.rule.priority), c.index));
        self.settle_groups(&mut rules);
        let stages: BTreeSet<usize> = rules.iter().map(|(c, _)| c.stage).collect();
        let mut left = Exact::ONE;
        let mut base = Exact::ONE;
        let mut on_document = false;
        let mut used = Vec::new();
        for stage in stages {
            let mut here: Vec<(&Candidate<'a>, Exact)> =
                rules.iter().copied().filter(|(c, _)| c.stage == stage).collect();
            if let Some(first) = here.iter().copied().find(|(c, _)| c.combine == Combine::Exclusive)
            {
                here = vec![first];
            }
            if let Some(best) = largest_of(here.iter().filter(|(c, _)| c.combine == Combine::Best))
            {
                here.retain(|(c, _)| c.combine != Combine::Best || c.index == best);
            }
            for (candidate, percent) in here {
                if candidate.document && !on_document {
                    on_document = true;
                    base = left;
                }
                let of = if candidate.combine == Combine::Base { base } else { left };
                left = left.subtract(of.multiply(percent.percent().ok()?).ok()?).ok()?;
                used.push(candidate.index);
            }
        }
        used.sort_unstable();
        (!used.is_empty()).then_some(Stack { left, rules: used })
    }

    fn settle_groups(&self, rules: &mut Vec<(&Candidate<'a>, Exact)>) {
        let book = self.book;
        let listed: BTreeSet<&Id> = book.groups.iter().map(|group| &group.id).collect();
        let unlisted: BTreeSet<&Id> = rules
            .iter()
            .filter_map(|(c, _)| c.rule.group.as_ref())
            .filter(|id| !listed.contains(id))
            .collect();
        let settings = book
            .groups
            .iter()
            .map(|group| (&group.id, group.keep, group.excludes.as_slice(), group.against.as_ref()))
            .chain(unlisted.into_iter().map(|id| (id, Keep::Best, &[][..], None)));
        let sum = |rules: &[(&Candidate<'a>, Exact)], group: &Id| {
            rules
                .iter()
                .filter(|(c, _)| c.rule.group.as_ref() == Some(group))
                .try_fold(Exact::ZERO, |sum, (_, percent)| sum.add(*percent).ok())
                .unwrap_or(Exact::ZERO)
        };
        for (id, keep, excludes, against) in settings {
            let mine = |c: &Candidate<'_>| c.rule.group.as_ref() == Some(id);
            let of_group = || rules.iter().filter(|(c, _)| mine(c));
            match keep {
                Keep::All => {}
                Keep::Best => {
                    let best = largest_of(of_group());
                    rules.retain(|(c, _)| !mine(c) || Some(c.index) == best);
                }
                Keep::First => {
                    let first = of_group().next().map(|(c, _)| c.index);
                    rules.retain(|(c, _)| !mine(c) || Some(c.index) == first);
                }
                Keep::BestStage => {
                    let mut sums: BTreeMap<usize, Exact> = BTreeMap::new();
                    for (c, percent) in of_group() {
                        let sum = sums.entry(c.stage).or_insert(Exact::ZERO);
                        *sum = sum.add(*percent).unwrap_or(*sum);
                    }
                    let best = sums
                        .iter()
                        .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
                        .map(|(stage, _)| *stage);
                    rules.retain(|(c, _)| !mine(c) || Some(c.stage) == best);
                }
            }
            if let Some(other) = against {
                let loser = if sum(rules, other) > sum(rules, id) { id } else { other };
                rules.retain(|(c, _)| c.rule.group.as_ref() != Some(loser));
            }
            if rules.iter().any(|(c, _)| mine(c)) {
                rules.retain(|(c, _)| {
                    c.rule.group.as_ref().is_none_or(|group| !excludes.contains(group))
                });
            }
        }
    }
}

/// Rows in the book's currency, unit by unit; a package is not a unit.
fn comparable(book: &PriceBook, list: &PriceList) -> bool {
    list.currency.is_none_or(|currency| currency == book.currency)
        && list.scale.mode != ScaleMode::Package
}

fn both(a: Days, b: Days) -> Days {
    Days { from: a.from.max(b.from), to: a.to.min(b.to) }
}

/// The rule with the largest percentage, the earlier on a tie.
fn largest_of<'r, 'a: 'r>(
    rules: impl Iterator<Item = &'r (&'r Candidate<'a>, Exact)>,
) -> Option<usize> {
    let mut best: Option<(usize, Exact)> = None;
    for (candidate, percent) in rules {
        if best.is_none_or(|(_, most)| *percent > most) {
            best = Some((candidate.index, *percent));
        }
    }
    best.map(|(index, _)| index)
}

/// The largest percentage of a rule for a customer's cluster and a product's category.
fn largest(rule: &Discount, cluster: Option<&Id>, category: Option<&Id>) -> Option<Exact> {
    if let Some(percent) = rule.percent {
        return Some(percent.exact());
    }
    if let Some(tiers) = &rule.tiers {
        return tiers
            .steps
            .iter()
            .filter_map(|tier| tier.percent)
            .max()
            .map(|percent| percent.exact());
    }
    let matrix = rule.matrix.as_ref()?;
    let (cluster, category) = (cluster?, category?);
    let mut best: Option<(usize, usize, Exact)> = None;
    for (up, row) in ancestry(cluster.as_str()).enumerate() {
        let Some(cells) = matrix.get(row) else { continue };
        for (across, cell) in ancestry(category.as_str()).enumerate() {
            if let Some(percent) = cells.get(cell)
                && best.is_none_or(|(steps, rows, _)| (up + across, up) < (steps, rows))
            {
                best = Some((up + across, up, percent.exact()));
            }
        }
    }
    best.map(|(_, _, percent)| percent)
}
