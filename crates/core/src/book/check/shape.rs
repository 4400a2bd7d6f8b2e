//! What the types of the book can hold and the engine cannot price by.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Code, one_of, step};
use crate::Id;
use crate::book::{
    Access, Basis, Discount, Level, MarginLevel, Measure, Merge, PriceList, Product, RoundingStep,
    ScaleMode, Scope, Strategy, Target,
};
use crate::engine::CustomRules;

/// The fields of a discount that say how much.
pub(super) fn values(rule: &Discount) -> Vec<&'static str> {
    [
        ("percent", rule.percent.is_some()),
        ("amount", rule.amount.is_some()),
        ("line_amount", rule.line_amount.is_some()),
        ("price", rule.price.is_some()),
        ("tiers", rule.tiers.is_some()),
        ("matrix", rule.matrix.is_some()),
        ("free", rule.free.is_some()),
        ("rule", rule.rule.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}

/// Where a list stands in the access sequence; `None` where nothing admits it.
pub(super) fn access_step(access: &[Access], list: &PriceList) -> Option<usize> {
    let scope = &list.scope;
    access
        .iter()
        .position(|step| match step {
            Access::Customer => !scope.customer.is_empty() || !scope.account.is_empty(),
            Access::Contract => !scope.contract.is_empty(),
            Access::Cluster => !scope.cluster.is_empty(),
            Access::Segment => !scope.segment.is_empty(),
            Access::Region => !scope.region.is_empty(),
            Access::Base => false,
        })
        .or_else(|| access.iter().position(|step| *step == Access::Base))
}

impl<'a> Check<'a> {
    pub(super) fn shape(&mut self) {
        self.settings();
        self.list_shape();
        self.discount_shape();
        self.threshold_shape();
        self.coupon_shape();
        self.tree_paths();
    }

    pub(super) fn base_unit_again(&mut self, id: &Id, product: &Product) {
        let base = super::prices::base_unit(product);
        if let Some((unit, _)) = product.units.get_key_value(base) {
            self.say(
                Code::BaseUnitAgain,
                format!("/products{}/units{}", step(id), step(unit)),
                format!("product `{id}` lists its base unit `{unit}` among its other units"),
            );
        }
    }

    fn settings(&mut self) {
        let book = self.book;
        let mut steps: BTreeSet<RoundingStep> = BTreeSet::new();
        for (i, at) in book.rounding.at.iter().enumerate() {
            if !steps.insert(at.step) {
                self.say(
                    Code::RoundingTwice,
                    format!("/rounding/at/{i}"),
                    format!("rounding step `{}` is named twice", word(&at.step)),
                );
            }
        }
        let mut access: BTreeSet<Access> = BTreeSet::new();
        for (i, step) in book.access.iter().enumerate() {
            if !access.insert(*step) {
                self.say(
                    Code::AccessTwice,
                    format!("/access/{i}"),
                    format!("step `{}` is named twice", word(step)),
                );
            }
        }
        if book.merge == Merge::Tier && book.strategy == Strategy::Lowest {
            self.say(
                Code::MergeTier,
                "/merge",
                "tiers are merged in the order of the lists, and the strategy `lowest` has none"
                    .to_owned(),
            );
        }
        for (i, stage) in book.stages.iter().enumerate() {
            let wrong = match stage.id.as_str() {
                "manual" => stage.on == Level::Document,
                "header" => stage.on == Level::Line,
                _ => false,
            };
            if wrong {
                self.say(
                    Code::ManualMatter,
                    format!("/stages/{i}"),
                    format!(
                        "stage `{}` takes discounts by hand and cannot be on `{}`",
                        stage.id,
                        word(&stage.on)
                    ),
                );
            }
            if stage.accrual && stage.on == Level::Line {
                self.say(
                    Code::AccrualOnLines,
                    format!("/stages/{i}/accrual"),
                    format!("stage `{}` is on lines, where nothing is granted later", stage.id),
                );
            }
        }
    }

    fn list_shape(&mut self) {
        let book = self.book;
        let (_, rules) = CustomRules::new(book);
        self.found.extend(rules);
        for scoped in book.scopes() {
            if scoped.scope.not.as_ref().is_some_and(|not| not.not.is_some()) {
                let path = format!("{}/not/not", scoped.path());
                self.say(Code::NestedNot, path, "a `not` stands inside a `not`".to_owned());
            }
        }
        for (i, list) in book.price_lists.iter().enumerate() {
            let start = list.formula.as_ref().and_then(|formula| {
                match (&formula.base, &formula.rule, formula.percent) {
                    (None, None, _) => Some("neither `base` nor `rule`"),
                    (Some(_), Some(_), _) => Some("both `base` and `rule`"),
                    (None, Some(_), Some(_)) => Some("`percent` beside `rule`"),
                    _ => None,
                }
            });
            if let Some(has) = start {
                self.say(
                    Code::FormulaStart,
                    format!("/price_lists/{i}/formula"),
                    format!("the formula of price list `{}` has {has}", list.id),
                );
            }
            let scale = &list.scale;
            if scale.mode != ScaleMode::Volume {
                let mode = word(&scale.mode);
                if scale.basis != Basis::Quantity {
                    self.say(
                        Code::ScaleBasis,
                        format!("/price_lists/{i}/scale/basis"),
                        format!("a `{mode}` scale cannot count `{}`", word(&scale.basis)),
                    );
                }
                if scale.across.is_some() {
                    self.say(
                        Code::ScaleBasis,
                        format!("/price_lists/{i}/scale/across"),
                        format!("a `{mode}` scale cannot count across lines"),
                    );
                }
                if book.merge == Merge::Tier {
                    self.say(
                        Code::MergeTier,
                        format!("/price_lists/{i}/scale/mode"),
                        format!(
                            "price list `{}` has a `{mode}` scale, whose tiers cannot be merged",
                            list.id
                        ),
                    );
                }
            }
            if book.strategy == Strategy::Priority && access_step(&book.access, list).is_none() {
                self.say(
                    Code::NoAccess,
                    format!("/price_lists/{i}"),
                    format!("the access sequence has no step for price list `{}`", list.id),
                );
            }
        }
    }

    fn discount_shape(&mut self) {
        let book = self.book;
        let documents: BTreeMap<&Id, Level> =
            book.stages.iter().map(|stage| (&stage.id, stage.on)).collect();
        for (i, rule) in book.discounts.iter().enumerate() {
            let id = &rule.id;
            if rule.free.is_some()
                && (rule.group.is_some() || rule.combine.is_some() || rule.on != Target::Unit)
            {
                self.say(
                    Code::FreeGroup,
                    format!("/discounts/{i}/free"),
                    format!("rule `{id}` gives goods and has a `group`, `combine` or `on`"),
                );
            }
            let values = values(rule);
            match values.as_slice() {
                [] => self.say(
                    Code::NoValue,
                    format!("/discounts/{i}"),
                    format!("discount `{id}` does not say how much"),
                ),
                [_] => {}
                several => {
                    let several = several
                        .iter()
                        .map(|name| format!("`{name}`"))
                        .collect::<Vec<_>>()
                        .join(", ");
                    self.say(
                        Code::ManyValues,
                        format!("/discounts/{i}"),
                        format!("discount `{id}` has {several}"),
                    );
                }
            }
            if documents.get(&rule.stage) == Some(&Level::Document) {
                for value in values
                    .iter()
                    .filter(|v| matches!(**v, "line_amount" | "price" | "matrix" | "free"))
                {
                    self.say(
                        Code::NotOnDocument,
                        format!("/discounts/{i}/{value}"),
                        format!("discount `{id}` is in document stage `{}`, where `{value}` means nothing", rule.stage),
                    );
                }
            }
            if let Some(tiers) = &rule.tiers {
                if tiers.steps.is_empty() {
                    self.say(
                        Code::NoTiers,
                        format!("/discounts/{i}/tiers/steps"),
                        format!("discount `{id}` has a scale without tiers"),
                    );
                }
                for (j, tier) in tiers.steps.iter().enumerate() {
                    if tier.percent.is_some() == tier.amount.is_some() {
                        let which = if tier.percent.is_some() {
                            "both `percent` and `amount`"
                        } else {
                            "neither `percent` nor `amount`"
                        };
                        self.say(
                            Code::TierValue,
                            format!("/discounts/{i}/tiers/steps/{j}"),
                            format!("the tier from `{}` has {which}", tier.from),
                        );
                    }
                }
            }
        }
    }

    fn threshold_shape(&mut self) {
        for (i, threshold) in self.book.margins.iter().enumerate() {
            if threshold.measure == Measure::Price && threshold.on != MarginLevel::Line {
                self.say(
                    Code::PriceMeasure,
                    format!("/margins/{i}/measure"),
                    format!(
                        "threshold `{}` measures the price of `{}`, which has none",
                        threshold.id,
                        word(&threshold.on)
                    ),
                );
            }
            if threshold.on == MarginLevel::Document && !threshold.scope.is_customer_only() {
                self.say(
                    Code::ProductsOfDocument,
                    format!("/margins/{i}/for"),
                    format!(
                        "threshold `{}` measures the whole document, and its `for` names products",
                        threshold.id
                    ),
                );
            }
            for (j, approval) in threshold.approvals.iter().enumerate() {
                if approval.role.is_empty() {
                    self.say(
                        Code::NoApprover,
                        format!("/margins/{i}/approvals/{j}/role"),
                        format!("nobody can approve below `{}`", approval.below),
                    );
                }
            }
        }
    }

    fn coupon_shape(&mut self) {
        for (id, coupon) in &self.book.coupons {
            if !coupon.scope.is_customer_only() {
                self.say(
                    Code::ProductsOfDocument,
                    format!("/coupons{}/for", step(id)),
                    format!("coupon `{id}` is taken for the whole document, and its `for` names products"),
                );
            }
        }
    }

    /// An empty level would make a node that nothing lies below.
    fn tree_paths(&mut self) {
        let book = self.book;
        for (id, customer) in &book.customers {
            for (field, path) in [("cluster", &customer.cluster), ("region", &customer.region)] {
                if let Some(path) = path {
                    self.tree_path(path, || format!("/customers{}/{field}", step(id)));
                }
            }
        }
        for scoped in book.scopes() {
            self.scope_paths(scoped.scope, &|| scoped.path());
        }
        for (i, rule) in book.discounts.iter().enumerate() {
            for (cluster, row) in rule.matrix.iter().flatten() {
                self.tree_path(cluster, || format!("/discounts/{i}/matrix{}", step(cluster)));
                for category in row.keys() {
                    self.tree_path(category, || {
                        format!("/discounts/{i}/matrix{}{}", step(cluster), step(category))
                    });
                }
            }
        }
    }

    pub(super) fn category_path(&mut self, id: &Id, product: &Product) {
        if let Some(path) = &product.category {
            self.tree_path(path, || format!("/products{}/category", step(id)));
        }
    }

    fn scope_paths(&mut self, scope: &Scope, base: &dyn Fn() -> String) {
        for (field, paths) in
            [("cluster", &scope.cluster), ("region", &scope.region), ("category", &scope.category)]
        {
            for (i, path) in paths.iter().enumerate() {
                self.tree_path(path, || one_of(&format!("{}/{field}", base()), paths, i));
            }
        }
        if let Some(not) = &scope.not {
            self.scope_paths(not, &|| format!("{}/not", base()));
        }
    }

    fn tree_path(&mut self, path: &Id, place: impl FnOnce() -> String) {
        let text = path.as_str();
        if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
            self.say(Code::BadPath, place(), format!("path `{path}` has an empty level"));
        }
    }
}

/// The word that stands for a setting in the book.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
