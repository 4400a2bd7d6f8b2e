//! Parts of a book that can never do anything: most often a slip in a name.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::matching::{Around, admits_customer, admits_product, inside};
use super::prices::row_path;
use super::shape::access_step;
use super::sold::Sold;
use super::{Check, Code, days, one_of, step};
use crate::book::{
    Combine, Discount, Level, Matrix, Merge, PriceList, Prices, Scope, Stage, Strategy,
};
use crate::calendar::{Days, Window};
use crate::id::ancestry;
use crate::{Diagnostic, Id};

/// What the customers and products of the book have, trees with all their nodes.
struct Had<'a> {
    clusters: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
    segments: BTreeSet<&'a str>,
    contracts: BTreeSet<&'a str>,
    categories: BTreeSet<&'a str>,
    attributes: BTreeMap<&'a str, BTreeSet<&'a str>>,
    classes: BTreeSet<&'a str>,
}

/// A cell of a matrix: the cluster of its row and the category.
type Cell<'a> = (&'a str, &'a str);

/// The nodes of a path that are among some names, each with the steps up to it.
fn steps<'a>(path: &str, names: &BTreeSet<&'a str>) -> Vec<(usize, &'a str)> {
    let nodes = ancestry(path).enumerate();
    nodes.filter_map(|(up, node)| Some((up, *names.get(node)?))).collect()
}

fn contains(a: Days, b: Days) -> bool {
    a.from <= b.from && b.to <= a.to
}

/// Whether a rule applies wherever its scope and window do.
fn unconditional(rule: &Discount) -> bool {
    rule.quantity.is_none()
        && rule.value.is_none()
        && rule.weight.is_none()
        && rule.payment.is_empty()
        && rule.years.is_none()
        && rule.coupon.is_none()
        && rule.when.is_none()
        && rule.group.is_none()
        && rule.tiers.is_none()
        && rule.matrix.is_none()
        && rule.free.is_none()
}

impl<'a> Check<'a> {
    pub(super) fn idle(&mut self, sold: &[Sold<'a>]) {
        self.nobody();
        self.never_valid();
        self.shadowed_discounts();
        self.shadowed_lists();
        self.unused();
        self.on_document();
        self.zero_effects();
        self.matrices();
        self.outside_scope(sold);
        self.thresholds();
    }

    fn had(&self) -> Had<'a> {
        let book = self.book;
        let customers = || book.customers.values();
        let products = || book.products.values();
        let mut attributes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, value) in products().flat_map(|product| &product.attributes) {
            attributes.entry(name.as_str()).or_default().insert(value.as_str());
        }
        Had {
            clusters: customers()
                .filter_map(|c| c.cluster.as_ref())
                .flat_map(Id::ancestry)
                .collect(),
            regions: customers().filter_map(|c| c.region.as_ref()).flat_map(Id::ancestry).collect(),
            segments: customers().flat_map(|c| c.segments.iter().map(Id::as_str)).collect(),
            contracts: customers().flat_map(|c| c.contracts.iter().map(Id::as_str)).collect(),
            categories: products()
                .filter_map(|p| p.category.as_ref())
                .flat_map(Id::ancestry)
                .collect(),
            attributes,
            classes: products().filter_map(|p| p.tax.as_ref().map(Id::as_str)).collect(),
        }
    }

    fn nobody(&mut self) {
        let book = self.book;
        let had = self.had();
        for scoped in book.scopes() {
            self.nobody_in(scoped.scope, &|| scoped.path(), &had);
        }
        for (i, rate) in book.tax.iter().flat_map(|tax| &tax.rates).enumerate() {
            for (j, class) in rate.class.iter().enumerate() {
                if !book.products.is_empty() && !had.classes.contains(class.as_str()) {
                    self.lonely(
                        one_of(&format!("/tax/rates/{i}/class"), &rate.class, j),
                        "product",
                        "tax class",
                        class,
                        &had.classes,
                    );
                }
            }
        }
    }

    fn lonely(&mut self, path: String, who: &str, what: &str, value: &Id, known: &BTreeSet<&str>) {
        let help = self.meant(value.as_str(), known.iter().copied(), Code::Nobody.info().mend);
        self.found.push(
            Diagnostic::new(Code::Nobody, path, format!("no {who} has {what} `{value}`"))
                .with_help(help),
        );
    }

    /// A book without customers leaves them to the requests, and then any name may be met.
    fn nobody_in(&mut self, scope: &'a Scope, base: &dyn Fn() -> String, had: &Had<'a>) {
        let customers = !self.book.customers.is_empty();
        let products = !self.book.products.is_empty();
        for (asked, who, what, field, values, known) in [
            (customers, "customer", "cluster", "cluster", &scope.cluster, &had.clusters),
            (customers, "customer", "region", "region", &scope.region, &had.regions),
            (customers, "customer", "segment", "segment", &scope.segment, &had.segments),
            (customers, "customer", "contract", "contract", &scope.contract, &had.contracts),
            (products, "product", "category", "category", &scope.category, &had.categories),
        ] {
            for (i, value) in values.iter().enumerate().filter(|_| asked) {
                if !known.contains(value.as_str()) {
                    self.lonely(
                        one_of(&format!("{}/{field}", base()), values, i),
                        who,
                        what,
                        value,
                        known,
                    );
                }
            }
        }
        let none = BTreeSet::new();
        for (name, values) in scope.attributes.iter().filter(|_| products) {
            let known = had.attributes.get(name.as_str()).unwrap_or(&none);
            for (i, value) in values.iter().enumerate().filter(|(_, v)| !known.contains(v.as_str()))
            {
                let path = one_of(&format!("{}/attributes{}", base(), step(name)), values, i);
                self.lonely(path, "product", &format!("attribute `{name}`"), value, known);
            }
        }
        if let Some(not) = &scope.not {
            if inside(scope, not) {
                self.say(
                    Code::EmptyScope,
                    format!("{}/not", base()),
                    "`not` leaves out everything that the scope names".to_owned(),
                );
            }
            self.nobody_in(not, &|| format!("{}/not", base()), had);
        }
    }

    fn never_valid(&mut self) {
        let book = self.book;
        let lists: Vec<Days> = book.price_lists.iter().map(|list| list.valid.days()).collect();
        if lists.is_empty() {
            return;
        }
        let outside = |window: Window| {
            !window.is_empty() && !lists.iter().any(|list| list.overlaps(window.days()))
        };
        let mut found: Vec<(String, Window, String)> = Vec::new();
        let mut look = |path: String, window: Window, what: String| {
            if outside(window) {
                found.push((path, window, what));
            }
        };
        for (i, rule) in book.discounts.iter().enumerate() {
            look(format!("/discounts/{i}/valid"), rule.valid, format!("discount `{}`", rule.id));
        }
        for (id, coupon) in &book.coupons {
            look(format!("/coupons{}/valid", step(id)), coupon.valid, format!("coupon `{id}`"));
        }
        for (i, threshold) in book.margins.iter().enumerate() {
            look(
                format!("/margins/{i}/valid"),
                threshold.valid,
                format!("threshold `{}`", threshold.id),
            );
        }
        for (i, rule) in book.visibility.iter().enumerate() {
            look(
                format!("/visibility/{i}/valid"),
                rule.valid,
                format!("visibility rule `{}`", rule.id),
            );
        }
        for (path, window, what) in found {
            self.say(
                Code::NeverValid,
                path,
                format!("{what} is valid {}, and no price list is", days(window)),
            );
        }
        for (i, rule) in book.discounts.iter().enumerate() {
            if let Some((id, coupon)) =
                rule.coupon.as_ref().and_then(|id| book.coupons.get_key_value(id))
                && !rule.valid.is_empty()
                && !coupon.valid.is_empty()
                && !rule.valid.days().overlaps(coupon.valid.days())
            {
                self.found.push(
                    Diagnostic::new(
                        Code::NeverValid,
                        format!("/discounts/{i}/valid"),
                        format!(
                            "discount `{}` is valid {}, and its coupon {}",
                            rule.id,
                            days(rule.valid),
                            days(coupon.valid)
                        ),
                    )
                    .with_related(format!("/coupons{}/valid", step(id)), format!("coupon `{id}`")),
                );
            }
        }
    }

    /// Rows that hold on no day of their list.
    pub(super) fn row_days(&mut self, i: usize, list: &PriceList, id: &Id, prices: &Prices) {
        let held = list.valid.days();
        for (j, row) in prices.rows.iter().enumerate() {
            let days = row.valid.days();
            if !days.is_empty() && !held.is_empty() && !days.overlaps(held) {
                self.say(
                    Code::NeverValid,
                    row_path(i, id, prices, j),
                    format!(
                        "the price of product `{id}` is valid {}, and its list {}",
                        super::days(row.valid),
                        super::days(list.valid)
                    ),
                );
            }
        }
    }

    /// How a discount meets the others of its stage.
    fn meeting(&self) -> impl Fn(&Discount) -> Combine + use<'a> {
        let book = self.book;
        let stages: BTreeMap<&'a Id, Combine> =
            book.stages.iter().rev().map(|stage| (&stage.id, stage.combine)).collect();
        move |rule| {
            rule.combine
                .unwrap_or_else(|| stages.get(&rule.stage).copied().unwrap_or(Combine::Running))
        }
    }

    fn shadowed_discounts(&mut self) {
        let book = self.book;
        let combine = self.meeting();
        let exclusive: Vec<(usize, &Discount)> = book
            .discounts
            .iter()
            .enumerate()
            .filter(|(_, rule)| unconditional(rule) && combine(rule) == Combine::Exclusive)
            // A book of very many exclusive rules is looked at in part rather than for ever.
            .take(50_000_000 / book.discounts.len().max(1))
            .collect();
        let around = Around::new(exclusive.iter().map(|(_, rule)| &rule.scope));
        // A rule of a group decides what the group keeps before any stage runs.
        let rules = book.discounts.iter().enumerate().filter(|(_, rule)| rule.group.is_none());
        for (i, rule) in rules {
            let alone = combine(rule) == Combine::Exclusive;
            let mut takers = around.of(&rule.scope).into_iter().filter_map(|n| exclusive.get(n));
            let taker = takers.find(|(j, other)| {
                let first = !alone || (Reverse(other.priority), *j) < (Reverse(rule.priority), i);
                *j != i
                    && first
                    && other.stage == rule.stage
                    && contains(other.valid.days(), rule.valid.days())
                    && (other.scope.is_everything() || inside(&rule.scope, &other.scope))
            });
            if let Some((j, other)) = taker {
                self.found.push(
                    Diagnostic::new(
                        Code::Shadowed,
                        format!("/discounts/{i}"),
                        format!("wherever discount `{}` applies, exclusive discount `{}` takes its place", rule.id, other.id),
                    )
                    .with_related(format!("/discounts/{j}"), format!("discount `{}`", other.id)),
                );
            }
        }
    }

    /// A list that lets no search go on hides those that come after it for the same customers.
    fn shadowed_lists(&mut self) {
        let book = self.book;
        // Where tiers are merged, no list takes the place of another.
        if book.strategy != Strategy::Priority || book.merge == Merge::Tier {
            return;
        }
        let order: Vec<_> = book
            .price_lists
            .iter()
            .enumerate()
            .map(|(i, list)| {
                let step = access_step(&book.access, list);
                (step, Reverse(list.priority), Reverse(list.scope.specificity()), i)
            })
            .collect();
        let walls: Vec<(usize, &PriceList)> =
            book.price_lists.iter().enumerate().filter(|(_, list)| !list.fallthrough).collect();
        let around = Around::new(walls.iter().map(|(_, wall)| &wall.scope));
        for (i, list) in book.price_lists.iter().enumerate() {
            let mut walls = around.of(&list.scope).into_iter().filter_map(|n| walls.get(n));
            let wall = walls.find(|(j, wall)| {
                *j != i
                    && order.get(*j) < order.get(i)
                    && wall.currency.unwrap_or(book.currency)
                        == list.currency.unwrap_or(book.currency)
                    && contains(wall.valid.days(), list.valid.days())
                    && (wall.scope.is_everything() || inside(&list.scope, &wall.scope))
            });
            if let Some((j, wall)) = wall {
                self.found.push(
                    Diagnostic::new(
                        Code::Shadowed,
                        format!("/price_lists/{i}"),
                        format!("price list `{}` is never asked: `{}` comes first and does not fall through", list.id, wall.id),
                    )
                    .with_related(format!("/price_lists/{j}"), format!("price list `{}`", wall.id)),
                );
            }
        }
    }

    fn unused(&mut self) {
        let book = self.book;
        let coupons: BTreeSet<&Id> =
            book.discounts.iter().filter_map(|rule| rule.coupon.as_ref()).collect();
        for id in book.coupons.keys().filter(|id| !coupons.contains(id)) {
            self.say(
                Code::UnusedCoupon,
                format!("/coupons{}", step(id)),
                format!("no discount uses coupon `{id}`"),
            );
        }
        let stages: BTreeSet<&Id> = book.discounts.iter().map(|rule| &rule.stage).collect();
        let by_hand = |stage: &Stage| matches!(stage.id.as_str(), "manual" | "header");
        if book.stages != Stage::defaults() {
            for (i, stage) in book.stages.iter().enumerate() {
                if !stages.contains(&stage.id) && !by_hand(stage) {
                    self.say(
                        Code::IdleStage,
                        format!("/stages/{i}"),
                        format!("no discount is in stage `{}`", stage.id),
                    );
                }
            }
        }
        if !book.discretion.is_empty() && !book.stages.iter().any(by_hand) {
            self.say(
                Code::NoManualStage,
                "/discretion",
                "discounts by hand are limited, and the procedure has neither stage `manual` nor `header`".to_owned(),
            );
        }
        let groups: BTreeSet<&Id> =
            book.discounts.iter().filter_map(|rule| rule.group.as_ref()).collect();
        for (i, group) in book.groups.iter().enumerate() {
            if !groups.contains(&group.id) {
                self.say(
                    Code::UnusedGroup,
                    format!("/groups/{i}"),
                    format!("no discount is in group `{}`", group.id),
                );
            }
        }
        let across: BTreeSet<&Id> = book
            .price_lists
            .iter()
            .filter_map(|list| list.scale.across.as_ref())
            .chain(book.discounts.iter().filter_map(|rule| rule.across.as_ref()))
            .collect();
        for id in book.mix_groups.keys().filter(|id| !across.contains(id)) {
            self.say(
                Code::UnusedMixGroup,
                format!("/mix_groups{}", step(id)),
                format!("nothing counts across mix group `{id}`"),
            );
        }
    }

    /// What means something on lines only.
    fn on_document(&mut self) {
        let book = self.book;
        let on = |rule: &Discount| {
            book.stages.iter().find(|stage| stage.id == rule.stage).map(|stage| stage.on)
        };
        for (i, rule) in book.discounts.iter().enumerate() {
            if let (Some(across), Some(Level::Document)) = (&rule.across, on(rule)) {
                self.say(
                    Code::AcrossDocument,
                    format!("/discounts/{i}/across"),
                    format!(
                        "discount `{}` is on the document and counts across `{across}`",
                        rule.id
                    ),
                );
            }
        }
        // The first rule of each group on lines, and on the document.
        let (mut lines, mut documents) = (BTreeMap::new(), BTreeMap::new());
        for rule in &book.discounts {
            if let (Some(group), Some(level)) = (&rule.group, on(rule)) {
                let of = if level == Level::Line { &mut lines } else { &mut documents };
                of.entry(group).or_insert(rule);
            }
        }
        for (i, group) in book.groups.iter().enumerate() {
            let mut met = std::iter::once(&group.id).chain(&group.excludes).chain(&group.against);
            let apart = |a: &Id, b: &Id| documents.get(a).zip(lines.get(b));
            let apart =
                met.find_map(|other| apart(other, &group.id).or_else(|| apart(&group.id, other)));
            if let Some((document, line)) = apart {
                self.say(
                    Code::GroupApart,
                    format!("/groups/{i}"),
                    format!(
                        "group `{}` cannot settle `{}`, which is on lines, with `{}`, which is on the document",
                        group.id, line.id, document.id
                    ),
                );
            }
        }
    }

    fn zero_effects(&mut self) {
        let combine = self.meeting();
        for (i, rule) in self.book.discounts.iter().enumerate() {
            // What takes off nothing still keeps others out.
            if rule.group.is_some() || !matches!(combine(rule), Combine::Running | Combine::Base) {
                continue;
            }
            let zero = |percent: Option<crate::money::Percent>| {
                percent.is_some_and(|p| p.exact().is_zero())
            };
            let nothing =
                |amount: Option<crate::money::Amount>| amount.is_some_and(|a| a.exact().is_zero());
            let fact = if zero(rule.percent) || nothing(rule.amount) || nothing(rule.line_amount) {
                Some("takes off nothing")
            } else if rule.tiers.as_ref().is_some_and(|tiers| {
                !tiers.steps.is_empty()
                    && tiers.steps.iter().all(|tier| zero(tier.percent) || nothing(tier.amount))
            }) {
                Some("has tiers that take off nothing")
            } else if rule.matrix.as_ref().is_some_and(|matrix| {
                matrix.values().flat_map(BTreeMap::values).all(|percent| percent.exact().is_zero())
            }) {
                Some("has a matrix that takes off nothing")
            } else if rule
                .free
                .as_ref()
                .is_some_and(|free| zero(free.percent) || free.times == Some(0))
            {
                Some("gives nothing away")
            } else {
                None
            };
            if let Some(fact) = fact {
                self.say(
                    Code::ZeroEffect,
                    format!("/discounts/{i}"),
                    format!("discount `{}` {fact}", rule.id),
                );
            }
        }
    }

    fn matrices(&mut self) {
        for (i, rule) in self.book.discounts.iter().enumerate() {
            if let Some(matrix) = &rule.matrix {
                self.matrix(i, rule, matrix);
            }
        }
    }

    /// Every pair of a cluster and a category that the book has is looked up as pricing does it.
    fn matrix(&mut self, i: usize, rule: &'a Discount, matrix: &'a Matrix) {
        let book = self.book;
        let clusters: BTreeSet<&str> = if book.customers.is_empty() {
            matrix.keys().map(Id::as_str).collect()
        } else {
            book.customers
                .iter()
                .filter(|(id, customer)| admits_customer(book, &rule.scope, id, customer))
                .filter_map(|(_, customer)| customer.cluster.as_ref().map(Id::as_str))
                .collect()
        };
        let categories: BTreeSet<&str> = book
            .products
            .iter()
            .filter(|(id, product)| admits_product(&rule.scope, id, product))
            .filter_map(|(_, product)| product.category.as_ref().map(Id::as_str))
            .collect();
        // Of all that the book has only the steps count that lead to something the matrix names.
        let rows: BTreeSet<&str> = matrix.keys().map(Id::as_str).collect();
        let cells: BTreeSet<&str> =
            matrix.values().flat_map(BTreeMap::keys).map(Id::as_str).collect();
        let clusters: BTreeSet<_> = clusters.iter().map(|path| steps(path, &rows)).collect();
        let categories: BTreeSet<_> = categories.iter().map(|path| steps(path, &cells)).collect();
        let value =
            |(row, cell): Cell<'_>| matrix.get(row).and_then(|cells| cells.get(cell)).copied();
        let mut reached: BTreeSet<Cell<'_>> = BTreeSet::new();
        let mut ties: BTreeSet<(Cell<'_>, Cell<'_>)> = BTreeSet::new();
        for cluster in &clusters {
            for category in &categories {
                let mut best: Vec<(usize, usize, Cell<'_>)> = Vec::new();
                for (up, row) in cluster {
                    for (across, cell) in category {
                        if value((row, cell)).is_some() {
                            best.push((up + across, *up, (row, cell)));
                        }
                    }
                }
                best.sort_unstable();
                let Some((steps, _, cell)) = best.first().copied() else { continue };
                reached.insert(cell);
                for (other_steps, _, other) in best.iter().skip(1) {
                    if *other_steps == steps && value(cell) != value(*other) {
                        ties.insert((cell, *other));
                    }
                }
            }
        }
        let tied: BTreeSet<Cell<'_>> = ties.iter().map(|(_, other)| *other).collect();
        let path = |(row, cell): Cell<'_>| {
            use crate::diagnostic::Place;
            format!(
                "/discounts/{i}/matrix{}{}",
                Place::Root.key(row).pointer(),
                Place::Root.key(cell).pointer()
            )
        };
        for (row, cells) in matrix {
            for cell in cells.keys() {
                let key = (row.as_str(), cell.as_str());
                if !reached.contains(&key) && !tied.contains(&key) {
                    self.say(
                        Code::UnreachedCell,
                        path(key),
                        format!("nobody reaches the cell of `{row}` and `{cell}`"),
                    );
                }
            }
        }
        for (winner, other) in ties {
            self.found.push(
                Diagnostic::new(
                    Code::CellTie,
                    path(other),
                    format!(
                        "the cells `{}`, `{}` and `{}`, `{}` are equally near; the one with the closer cluster holds",
                        winner.0, winner.1, other.0, other.1
                    ),
                )
                .with_related(path(winner), "the cell that holds".to_owned()),
            );
        }
    }

    fn outside_scope(&mut self, sold: &[Sold<'a>]) {
        let book = self.book;
        for (i, list) in book.price_lists.iter().enumerate() {
            let scope = &list.scope;
            if scope.product.is_empty()
                && scope.category.is_empty()
                && scope.attributes.is_empty()
                && scope.not.is_none()
            {
                continue;
            }
            let mut find = self.made.names.finder(list.prices.len());
            let priced =
                list.prices.keys().filter_map(move |id| sold.get(find(id.as_str())? as usize));
            let outside: Vec<&Id> = priced
                .filter(|sold| !admits_product(scope, sold.id, sold.product))
                .map(|sold| sold.id)
                .collect();
            for id in outside {
                self.say(
                    Code::OutsideScope,
                    format!("/price_lists/{i}/prices{}", step(id)),
                    format!("price list `{}` is not for product `{id}`, which it prices", list.id),
                );
            }
        }
    }

    fn thresholds(&mut self) {
        for (i, threshold) in self.book.margins.iter().enumerate() {
            if threshold.target.is_none()
                && threshold.floor.is_none()
                && threshold.block.is_none()
                && threshold.approvals.is_empty()
            {
                self.say(
                    Code::IdleThreshold,
                    format!("/margins/{i}"),
                    format!("threshold `{}` has no bound", threshold.id),
                );
            }
            for (j, approval) in threshold.approvals.iter().enumerate() {
                if let Some(block) = threshold.block
                    && approval.below <= block
                {
                    self.say(
                        Code::UnreachableApproval,
                        format!("/margins/{i}/approvals/{j}"),
                        format!("nobody is asked to approve below `{}`: threshold `{}` blocks below `{block}`", approval.below, threshold.id),
                    );
                }
            }
        }
    }
}
