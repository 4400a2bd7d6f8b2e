//! Prices below cost: in the list, and by discounts that meet.
//!
//! The second question is answered for the customers of the book and for one without any
//! property: which percentages can meet on one line, which of them the procedure lets stand, and
//! whether the list price less all of them is below the cost. Amounts, set prices, free goods and
//! discounts by hand are not looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::matching::{ByProduct, admits_customer, admits_product};
use super::shape::access_step;
use super::sold::{Offer, Sold};
use super::{Check, Code};
use crate::book::{
    Basis, Combine, Customer, Discount, DiscountTier, DiscountTiers, Keep, Level, PriceList,
    ScaleMode, Strategy,
};
use crate::calendar::Days;
use crate::id::ancestry;
use crate::money::Exact;
use crate::{Diagnostic, Id};

/// A set of kinds of customers: a bit for each of their numbers.
type Kinds = u64;

/// How many kinds of customers are looked at; further ones are left out.
const PROFILES: usize = Kinds::BITS as usize;
/// How many ways to combine conditions are tried for one kind of customer and product.
const SCENARIOS: usize = 512;

/// One percentage that may apply, as the procedure sees it.
struct Candidate<'a> {
    index: usize,
    rule: &'a Discount,
    stage: usize,
    document: bool,
    combine: Combine,
    /// Its group, where the book does not list it.
    unlisted: Option<&'a Id>,
}

/// A kind of customer: who it is for example, and what applies to it.
struct Profile<'a> {
    example: Option<&'a Id>,
    rules: Vec<usize>,
    lists: Vec<usize>,
}

/// A list: its place in the order in which lists are looked at, and for which kinds it is.
#[derive(Clone, Copy, Default)]
struct Open {
    place: usize,
    to: Kinds,
}

/// The rules that tell a product from others and apply to it, and its category where a matrix asks
/// for it.
type Class<'a> = (Vec<usize>, Option<&'a Id>);

/// The largest reduction some rules reach together: what is left of 1, and the rules.
#[derive(Clone)]
struct Stack {
    left: Exact,
    rules: Vec<usize>,
}

/// The stacks that some kinds of customers meet, the largest first.
type Bound = (Kinds, Vec<(Days, Stack)>);

/// The worst of the prices that the same rules bring below the cost: it stands for all of them.
#[derive(Clone, Copy)]
struct Worst<'p, 'a> {
    /// What of the price is left over the cost, which is less than nothing; of equals the first kind
    /// of customer and the first product count.
    left: (Exact, u32, &'a Id),
    /// How many such prices and customers there are.
    count: u64,
    sold: &'p Sold<'a>,
    row: usize,
    price: Exact,
    net: Exact,
    due: Exact,
}

impl Worst<'_, '_> {
    fn join(&mut self, other: Self) {
        let count = self.count + other.count;
        if other.left < self.left {
            *self = other;
        }
        self.count = count;
    }
}

impl<'a> Check<'a> {
    pub(super) fn margins(&mut self, sold: &[Sold<'a>]) {
        self.list_below_cost(sold);
        self.stacked_below_cost(sold);
    }

    /// The list of an offer, if its prices compare with costs: in the book's currency, unit by unit;
    /// a package is not a unit.
    fn comparable(&self, offer: &Offer<'_>) -> Option<&'a PriceList> {
        let book = self.book;
        book.price_lists.get(offer.list).filter(|list| {
            list.currency.is_none_or(|currency| currency == book.currency)
                && list.scale.mode != ScaleMode::Package
        })
    }

    fn list_below_cost(&mut self, sold: &[Sold<'a>]) {
        for Sold { id, costs, offers, .. } in sold {
            for offer in offers {
                let Some((price, units)) = offer.worth else { continue };
                let due = costs.iter().find_map(|(cost, days)| {
                    let due = cost.multiply(units).ok()?;
                    (price < due && days.overlaps(offer.days)).then_some(due)
                });
                let Some(due) = due.filter(|_| self.comparable(offer).is_some()) else { continue };
                self.found.push(
                    Diagnostic::new(
                        Code::BelowCost,
                        self.row_path(id, offer.list, offer.row),
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
            }
        }
    }

    fn stacked_below_cost(&mut self, sold: &[Sold<'a>]) {
        let candidates = self.candidates();
        if candidates.is_empty() || sold.iter().all(|sold| sold.costs.is_empty()) {
            return;
        }
        let profiles = self.profiles(&candidates);
        // Products that the same rules speak of stack the same way.
        let rules = ByProduct::new(candidates.iter().map(|candidate| &candidate.rule.scope));
        let matrices = candidates.iter().any(|candidate| candidate.rule.matrix.is_some());
        let mut classes: FxHashMap<Class<'_>, Vec<&Sold<'a>>> = FxHashMap::default();
        for sold in sold.iter().filter(|sold| !sold.costs.is_empty()) {
            let category = sold.product.category.as_ref().filter(|_| matrices);
            let own = rules.admitting(sold.id, sold.product);
            classes.entry((own, category)).or_default().push(sold);
        }
        let open = self.open_lists(&profiles);
        let mut found: BTreeMap<(usize, Vec<usize>), Worst<'_, 'a>> = BTreeMap::new();
        for ((own, category), alike) in &classes {
            let mut bounds: Vec<Bound> = Vec::new();
            for (number, profile) in profiles.iter().enumerate() {
                let rules = rules.indifferent().iter().chain(own);
                let rules = rules.filter(|k| profile.rules.binary_search(k).is_ok());
                let rules = rules.filter_map(|k| candidates.get(*k));
                let stacks = self.stacks_for(profile, rules, *category);
                match bounds.iter_mut().find(|(_, known)| same(known, &stacks)) {
                    Some((kinds, _)) => *kinds |= 1 << number,
                    None => bounds.push((1 << number, stacks)),
                }
            }
            let mut of_class = FxHashMap::default();
            for sold in alike {
                self.below_cost(sold, &open, &bounds, &mut of_class);
            }
            for ((list, rules), worst) in of_class {
                let key = (list, rules.to_vec());
                found.entry(key).and_modify(|old| old.join(worst)).or_insert(worst);
            }
        }
        for ((list, rules), worst) in found {
            let example = profiles.get(worst.left.1 as usize).and_then(|profile| profile.example);
            let finding = self.stack_finding(list, &rules, example, &worst);
            self.found.push(finding);
        }
    }

    /// Notes for each offer of a product and the kinds of customers that get it which stack brings it
    /// below the cost.
    fn below_cost<'p, 's>(
        &self,
        sold: &'p Sold<'a>,
        open: &[Open],
        bounds: &'s [Bound],
        found: &mut FxHashMap<(usize, &'s [usize]), Worst<'p, 'a>>,
    ) {
        let open = |offer: &Offer<'_>| open.get(offer.list).copied().unwrap_or_default();
        for offer in &sold.offers {
            let Some((price, units)) = offer.worth else { continue };
            let dues: SmallVec<[(Exact, Days); 2]> = sold
                .costs
                .iter()
                .filter_map(|(cost, days)| {
                    Some((cost.multiply(units).ok()?, days.both(offer.days)))
                })
                .filter(|(due, _)| price >= *due)
                .collect();
            let admits = |list: &PriceList| admits_product(&list.scope, sold.id, sold.product);
            if dues.is_empty() || !self.comparable(offer).is_some_and(admits) {
                continue;
            }
            let Open { place, to } = open(offer);
            let earlier = sold.offers.iter().filter(|other| {
                self.book.strategy != Strategy::Lowest
                    && other.unit.is_none()
                    && open(other).place < place
            });
            let taken = earlier.map(|earlier| (open(earlier).to, earlier.days));
            for (kinds, days) in remaining(to, offer.days, taken) {
                for (own, stacks) in bounds.iter().filter(|(own, _)| own & kinds != 0) {
                    let hit = dues.iter().find_map(|(due, held)| {
                        // The largest stack comes first, and what it leaves is the least.
                        stacks
                            .iter()
                            .map_while(|(days, stack)| {
                                let net = price.multiply(stack.left).ok()?;
                                (net < *due).then_some((net, days.both(*held), stack, *due))
                            })
                            .find(|(_, held, ..)| days.iter().any(|days| days.overlaps(*held)))
                    });
                    let Some((net, _, stack, due)) = hit else { continue };
                    let Ok(left) = net.subtract(due) else { continue };
                    let kinds = own & kinds;
                    let left = (left, kinds.trailing_zeros(), sold.id);
                    let count = kinds.count_ones().into();
                    let worst = Worst { left, count, sold, row: offer.row, price, net, due };
                    let key = (offer.list, stack.rules.as_slice());
                    found.entry(key).and_modify(|old| old.join(worst)).or_insert(worst);
                }
            }
        }
    }

    /// The stacks that some rules make for a kind of customer and of product, the largest first.
    fn stacks_for<'c>(
        &self,
        profile: &Profile<'a>,
        rules: impl Iterator<Item = &'c Candidate<'a>>,
        category: Option<&Id>,
    ) -> Vec<(Days, Stack)>
    where
        'a: 'c,
    {
        let customer = profile.example.and_then(|id| self.book.customers.get(id));
        let cluster = customer.and_then(|customer| customer.cluster.as_ref());
        let active: Vec<(&Candidate<'_>, Exact)> = rules
            .filter_map(|c| Some((c, largest(c.rule, cluster, category)?)))
            .filter(|(c, percent)| percent.is_positive() || is_certain(c.rule))
            .collect();
        let mut stacks = self.stacks(&active);
        stacks.sort_by_key(|(_, stack)| stack.left);
        stacks
    }

    fn stack_finding(
        &self,
        list: usize,
        rules: &[usize],
        example: Option<&Id>,
        worst: &Worst<'_, 'a>,
    ) -> Diagnostic {
        let Worst { count, sold, row, price, net, due, .. } = worst;
        let book = self.book;
        let rules: Vec<(usize, &Id)> =
            rules.iter().filter_map(|i| Some((*i, &book.discounts.get(*i)?.id))).collect();
        let named = rules.iter().map(|(_, id)| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let whom =
            example.map_or_else(|| "any customer".to_owned(), |id| format!("customer `{id}`"));
        let verb = if rules.len() == 1 { "discount" } else { "discounts" };
        let more = match count {
            1 => String::new(),
            2 => "; so it is for another price or customer".to_owned(),
            n => format!("; so it is for {} other prices and customers", n - 1),
        };
        let mut finding = Diagnostic::new(
            Code::StackedBelowCost,
            self.row_path(sold.id, list, *row),
            format!(
                "for {whom} {verb} {named} can bring product `{}` from `{}` to `{}`, below its cost `{}`{more}",
                sold.id,
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

    fn candidates(&self) -> Vec<Candidate<'a>> {
        let book = self.book;
        let stages: BTreeMap<&Id, (usize, &crate::book::Stage)> =
            book.stages.iter().enumerate().map(|(i, stage)| (&stage.id, (i, stage))).collect();
        let listed: BTreeSet<&Id> = book.groups.iter().map(|group| &group.id).collect();
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
                    unlisted: rule.group.as_ref().filter(|id| !listed.contains(id)),
                })
            })
            .collect()
    }

    /// Of each list where it comes and for whom it is.
    fn open_lists(&self, profiles: &[Profile<'a>]) -> Vec<Open> {
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
        let mut open = vec![Open::default(); order.len()];
        for (place, list) in order.into_iter().enumerate() {
            if let Some(open) = open.get_mut(list) {
                open.place = place;
            }
        }
        for (number, profile) in profiles.iter().enumerate() {
            for list in &profile.lists {
                if let Some(open) = open.get_mut(*list) {
                    open.to |= 1 << number;
                }
            }
        }
        open
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
        let mut coming: Vec<(Days, &(&Candidate<'a>, Exact))> =
            active.iter().map(|one| (one.0.rule.valid.days(), one)).collect();
        coming.sort_by_key(|(days, _)| Reverse(days.from));
        for (days, _) in &coming {
            cuts.extend([days.from, days.to]);
        }
        cuts.remove(&i32::MAX);
        let starts: Vec<i32> = cuts.into_iter().collect();
        let mut all = Vec::new();
        let mut held = Vec::new();
        for (i, from) in starts.iter().enumerate() {
            let days = Days { from: *from, to: starts.get(i + 1).copied().unwrap_or(i32::MAX) };
            while let Some(next) = coming.pop_if(|(days, _)| days.from <= *from) {
                held.push(next);
            }
            held.retain(|(days, _)| days.contains(*from));
            let here: Vec<&(&Candidate<'a>, Exact)> = held.iter().map(|(_, one)| *one).collect();
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
        let surcharge = |rule: &Discount| rule.percent.is_some_and(|p| p.exact().is_negative());
        let bounded = |rule: &Discount| {
            rule.quantity.is_some_and(|range| range.below.is_some() || surcharge(rule))
        };
        if rules().any(bounded) || rules().filter_map(own_scale).any(|scale| !is_ascending(scale)) {
            quantities.insert(Some(Exact::ZERO));
            quantities.extend(rules().filter_map(|rule| Some(Some(rule.quantity?.from?.exact()))));
            let steps = rules().filter_map(own_scale).flat_map(|scale| &scale.steps);
            quantities.extend(steps.map(|step| Some(step.from.exact())));
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
                        let here: Vec<(&Candidate<'a>, Exact)> = active
                            .iter()
                            .filter_map(|(candidate, most)| {
                                let percent = match own_scale(candidate.rule) {
                                    Some(scale) => reached(scale, *quantity)?,
                                    None => *most,
                                };
                                Some((*candidate, percent))
                            })
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
    fn combine(&self, active: &[(&Candidate<'a>, Exact)]) -> Option<Stack> {
        let mut rules: Vec<(&Candidate<'a>, Exact)> = active.to_vec();
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
                if percent.is_positive() {
                    used.push(candidate.index);
                }
            }
        }
        used.sort_unstable();
        (!used.is_empty()).then_some(Stack { left, rules: used })
    }

    fn settle_groups(&self, rules: &mut Vec<(&Candidate<'a>, Exact)>) {
        let book = self.book;
        let named: BTreeSet<&Id> =
            rules.iter().filter_map(|(c, _)| c.rule.group.as_ref()).collect();
        let unlisted: BTreeSet<&Id> = rules.iter().filter_map(|(c, _)| c.unlisted).collect();
        let settings = book
            .groups
            .iter()
            .map(|group| (&group.id, group.keep, group.excludes.as_slice(), group.against.as_ref()))
            .chain(unlisted.into_iter().map(|id| (id, Keep::Best, &[][..], None)))
            .filter(|(id, _, _, against)| {
                named.contains(id) || against.is_some_and(|other| named.contains(other))
            });
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

/// The kinds of customers that get an offer on some days, each with the days that no earlier offer
/// takes from it.
fn remaining(
    kinds: Kinds,
    days: Days,
    taken: impl Iterator<Item = (Kinds, Days)>,
) -> SmallVec<[(Kinds, SmallVec<[Days; 2]>); 4]> {
    let mut parts: SmallVec<[_; 4]> = smallvec![(kinds, smallvec![days])];
    for (kinds, window) in taken.filter(|(_, window)| window.overlaps(days)) {
        let mut next = SmallVec::new();
        for (all, days) in parts {
            let days: SmallVec<[Days; 2]> = days;
            let before = |days: &Days| Days { to: days.to.min(window.from), ..*days };
            let after = |days: &Days| Days { from: days.from.max(window.to), ..*days };
            let left = days.iter().flat_map(|days| [before(days), after(days)]);
            let left: SmallVec<[Days; 2]> = left.filter(|days| !days.is_empty()).collect();
            if all & kinds != 0 && !left.is_empty() {
                next.push((all & kinds, left));
            }
            if all & !kinds != 0 {
                next.push((all & !kinds, days));
            }
        }
        parts = next;
    }
    parts
}

/// Whether stacks are the same to the digit.
fn same(a: &[(Days, Stack)], b: &[(Days, Stack)]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|((days, a), (others, b))| {
            days == others && a.left.parts() == b.left.parts() && a.rules == b.rules
        })
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

/// Whether the lint knows all that decides whether a rule applies, so that it may count on a
/// surcharge: nobody has to present a coupon.
fn is_certain(rule: &Discount) -> bool {
    rule.coupon.is_none()
        && rule.value.is_none()
        && rule.weight.is_none()
        && rule.when.is_none()
        && rule.across.is_none()
}

/// The scale of a rule over the quantity of its own line.
fn own_scale(rule: &Discount) -> Option<&DiscountTiers> {
    rule.tiers.as_ref().filter(|scale| scale.basis == Basis::Quantity && rule.across.is_none())
}

/// Whether more is never taken off at a smaller quantity.
fn is_ascending(scale: &DiscountTiers) -> bool {
    scale.steps.is_sorted_by_key(|step| step.percent)
}

/// The percentage of a scale at a quantity, or at one as large as need be.
fn reached(scale: &DiscountTiers, quantity: Option<Exact>) -> Option<Exact> {
    let below = |step: &&DiscountTier| quantity.is_none_or(|at| step.from.exact() <= at);
    let highest = scale.steps.iter().filter(below).max_by_key(|step| step.from);
    highest.and_then(|step| step.percent).map(|percent| percent.exact())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::Strategy;
    use serde_json::{Value, json};

    use super::super::exchange::covers;
    use super::super::matching::tests::scope;
    use super::*;
    use crate::PriceBook;

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            20 => (1..30_u32, 0..100_u32).prop_map(|(whole, part)| format!("{whole}.{part:02}")),
            1 => Just("9999999999999999999999999999".to_owned()),
            1 => Just("0.0000000000000000000000000001".to_owned()),
            1 => Just("0".to_owned()),
        ]
    }

    fn window() -> impl Strategy<Value = Value> {
        let day = || prop::option::of((1..5_u32).prop_map(|month| format!("2026-{month:02}-01")));
        (day(), day()).prop_map(|(from, to)| {
            let mut window = json!({});
            for (end, day) in [("from", from), ("to", to)] {
                if let Some(day) = day {
                    window[end] = json!(day);
                }
            }
            window
        })
    }

    fn rows() -> impl Strategy<Value = Value> {
        let unit = prop::sample::select(vec!["pc", "pc", "pc", "box"]);
        let row = (window(), unit, number()).prop_map(
            |(valid, unit, price)| json!({ "valid": valid, "unit": unit, "price": price }),
        );
        prop::collection::vec(row, 1..4).prop_map(|rows| json!(rows))
    }

    fn lists() -> impl Strategy<Value = Value> {
        let prices =
            prop::collection::btree_map(prop::sample::select(vec!["A", "B"]), rows(), 0..3);
        let list = (scope(), window(), 0..2_i32, prices).prop_map(
            |(scope, valid, priority, prices)| json!({ "id": "", "for": scope, "valid": valid, "priority": priority, "prices": prices }),
        );
        named(prop::collection::vec(list, 1..5))
    }

    fn discounts() -> impl Strategy<Value = Value> {
        let percent = || {
            prop_oneof![
                9 => (1..120_u32).prop_map(|percent| percent.to_string()),
                1 => Just("33.33333333333333333333333333".to_owned()),
            ]
        };
        let what = prop_oneof![
            3 => percent().prop_map(|percent| json!({ "percent": percent })),
            1 => (percent(), percent()).prop_map(|(a, b)| json!({ "matrix": { "r": { "bikes": a }, "r/gold": { "bikes/road": b } } })),
        ];
        let stage = prop::sample::select(vec!["cluster", "promotion"]);
        let rule = (scope(), window(), stage, what).prop_map(|(scope, valid, stage, mut rule)| {
            rule["for"] = scope;
            rule["valid"] = valid;
            rule["stage"] = json!(stage);
            rule
        });
        named(prop::collection::vec(rule, 1..6))
    }

    fn named(items: impl Strategy<Value = Vec<Value>>) -> impl Strategy<Value = Value> {
        items.prop_map(|mut items| {
            for (number, item) in items.iter_mut().enumerate() {
                item["id"] = json!(format!("n{number}"));
            }
            json!(items)
        })
    }

    fn book() -> impl Strategy<Value = PriceBook> {
        let costs = || {
            let cost = (window(), number())
                .prop_map(|(valid, value)| json!({ "valid": valid, "value": value }));
            prop::collection::vec(cost, 1..3)
        };
        let strategy = prop::sample::select(vec!["priority", "most_specific", "lowest"]);
        (lists(), discounts(), costs(), costs(), strategy).prop_map(|(lists, discounts, a, b, strategy)| {
            serde_json::from_value(json!({
                "v": 1, "currency": "EUR", "strategy": strategy,
                "units": { "box": {} },
                "customers": {
                    "C1": { "cluster": "r", "contracts": ["K1"] },
                    "C2": { "cluster": "r/gold", "contracts": ["K1", "K2"] },
                    "C3": { "cluster": "r/gold/top" }
                },
                "products": {
                    "A": { "category": "bikes/road", "cost": a, "units": { "box": "12" }, "attributes": { "color": "red" } },
                    "B": { "category": "bikes", "cost": b }
                },
                "price_lists": lists, "discounts": discounts
            }))
            .unwrap()
        })
    }

    /// What the lint says, by trying every row of every list for every kind of customer.
    fn plain<'a>(check: &Check<'a>, sold: &[Sold<'a>]) -> Vec<Diagnostic> {
        let candidates = check.candidates();
        let matrices = candidates.iter().any(|candidate| candidate.rule.matrix.is_some());
        let profiles = check.profiles(&candidates);
        let open = check.open_lists(&profiles);
        let mut found: BTreeMap<(usize, Vec<usize>), Worst<'_, 'a>> = BTreeMap::new();
        for (number, profile) in profiles.iter().enumerate() {
            for sold in sold {
                let Sold { id, product, costs, offers } = sold;
                let rules = profile.rules.iter().map(|k| &candidates[*k]);
                let rules = rules.filter(|c| admits_product(&c.rule.scope, id, product));
                let category = product.category.as_ref().filter(|_| matrices);
                let stacks = check.stacks_for(profile, rules, category);
                for offer in offers.iter().filter(|offer| profile.lists.contains(&offer.list)) {
                    let (Some(list), Some((price, units))) = (check.comparable(offer), offer.worth)
                    else {
                        continue;
                    };
                    let earlier = offers.iter().filter(|other| {
                        check.book.strategy != crate::book::Strategy::Lowest
                            && profile.lists.contains(&other.list)
                            && open[other.list].place < open[offer.list].place
                            && other.unit.is_none()
                    });
                    let earlier: Vec<Days> = earlier.map(|other| other.days).collect();
                    let hit = costs.iter().find_map(|(cost, days)| {
                        let due = cost.multiply(units).ok()?;
                        let held = days.both(offer.days);
                        let below = stacks.iter().map_while(|(days, stack)| {
                            let net = price.multiply(stack.left).ok()?;
                            (price >= due && net < due).then_some((net, due, *days, stack))
                        });
                        let mut met = below.filter(|(_, _, days, _)| days.overlaps(held));
                        met.find(|(_, _, days, _)| {
                            !covers(earlier.iter().copied(), days.both(held))
                        })
                    });
                    let Some((net, due, _, stack)) = hit else { continue };
                    let Ok(left) = net.subtract(due) else { continue };
                    if !admits_product(&list.scope, id, product) {
                        continue;
                    }
                    let left = (left, u32::try_from(number).unwrap(), *id);
                    let row = offer.row;
                    let worst = Worst { left, count: 1, sold, row, price, net, due };
                    let key = (offer.list, stack.rules.clone());
                    match found.get_mut(&key) {
                        Some(old) if left < old.left => {
                            *old = Worst { count: old.count + 1, ..worst }
                        }
                        Some(old) => old.count += 1,
                        None => drop(found.insert(key, worst)),
                    }
                }
            }
        }
        let example = |worst: &Worst<'_, 'a>| profiles[worst.left.1 as usize].example;
        let findings = found.into_iter().map(|((list, rules), worst)| {
            check.stack_finding(list, &rules, example(&worst), &worst)
        });
        findings.collect()
    }

    proptest! {
        #[test]
        fn discounts_below_cost_are_those_that_trying_all_finds(book in book()) {
            let mut check = Check::new(&book);
            check.prices();
            let sold = check.rows();
            let plain = plain(&check, &sold);
            check.found.clear();
            check.stacked_below_cost(&sold);
            prop_assert_eq!(check.found, plain);
        }
    }
}
