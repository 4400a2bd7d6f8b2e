//! Which kinds of rules took part in a quote.

use std::collections::HashMap;
use std::sync::LazyLock;

use listino_core::Id;
use listino_core::book::{
    Basis, Discount, FormulaBase, Keep, Level, MarginLevel, Measure, Merge, Period, ScaleMode,
    Strategy, TaxPer, TaxPrices,
};
use listino_core::money::{AllocationMethod, RoundingMode};
use listino_core::quote::{
    ApprovalCause, CouponRefusal, Origin, QuantityRule, Quote, Refusal, Status, StepKind, Verdict,
};

use crate::generate::Case;

/// All kinds that are counted.
pub const ALL_KINDS: &[&str] = &[
    "strategy priority",
    "strategy most_specific",
    "strategy lowest",
    "merge tier",
    "list lock",
    "list without fallthrough",
    "row per",
    "row in another unit",
    "scale volume",
    "scale graduated",
    "scale package",
    "flat fee",
    "basis value",
    "basis weight",
    "list across",
    "below first tier",
    "formula cost",
    "formula list",
    "formula lines",
    "formula rule",
    "foreign list",
    "exchange",
    "unit conversion",
    "return",
    "gift",
    "ramp",
    "period day",
    "period month",
    "period year",
    "add-on",
    "discount percent",
    "discount amount",
    "discount line_amount",
    "discount price",
    "discount tiers",
    "discount matrix",
    "discount free",
    "discount rule",
    "discount when",
    "discount on total",
    "discount across",
    "discount quantity",
    "discount value",
    "discount weight",
    "discount payment",
    "discount years",
    "discount coupon",
    "discount window",
    "surcharge",
    "combine base",
    "combine best",
    "combine exclusive",
    "keep best",
    "keep best_stage",
    "keep first",
    "keep all",
    "group against",
    "group excludes",
    "manual percent",
    "manual amount",
    "manual line_amount",
    "manual price",
    "document percent",
    "document amount",
    "document tiers",
    "document rule",
    "document when",
    "document quantity",
    "document value",
    "document weight",
    "document by hand",
    "accrual",
    "unallocated",
    "allocation largest_remainder",
    "allocation last",
    "allocation first",
    "allocation largest",
    "tax net per rate",
    "tax net per line",
    "tax gross per rate",
    "tax gross per line",
    "cash increment",
    "mode half_up",
    "mode half_even",
    "mode half_down",
    "mode up",
    "mode down",
    "step discount",
    "step margin",
    "digits 0",
    "digits 3",
    "cost missing",
    "margin line percent",
    "margin line amount",
    "margin line price",
    "margin group",
    "margin document",
    "verdict below_target",
    "verdict needs_approval",
    "verdict blocked",
    "discretion line",
    "discretion document",
    "approval missing cost",
    "refusal unknown_product",
    "refusal unknown_unit",
    "refusal not_visible",
    "refusal no_price",
    "refusal quantity zero",
    "refusal quantity digits",
    "refusal quantity minimum",
    "refusal quantity multiple",
    "refusal quantity packs",
    "refusal missing_plan",
    "refusal term",
    "refusal rule",
    "refusal exchange_rate",
    "coupon taken",
    "coupon unknown",
    "coupon repeated",
    "coupon not_valid",
    "coupon out_of_scope",
    "coupon used_up",
    "coupon used_up_by_customer",
    "coupon uses_unknown",
    "coupon not_first_purchase",
    "coupon not_stackable",
    "status ok",
];

/// Kinds of which a book, or a quote, shows at most one.
const ONE_OF: &[&[&str]] = &[
    &["strategy priority", "strategy most_specific", "strategy lowest"],
    &["mode half_up", "mode half_even", "mode half_down", "mode up", "mode down"],
    &["digits 0", "digits 3"],
    &["period day", "period month", "period year"],
    &["allocation largest_remainder", "allocation last", "allocation first", "allocation largest"],
    &["tax net per rate", "tax net per line", "tax gross per rate", "tax gross per line"],
];

/// Pairs of kinds that cannot meet, each with its reason; beside them a refused line leaves the
/// document incomplete, which is not `status ok`.
const APART: &[(&str, &str, &str)] = &[
    ("strategy lowest", "merge tier", "tiers are merged in the order of a search"),
    ("strategy lowest", "list lock", "a lock ends a merge"),
    ("merge tier", "scale graduated", "only scales of mode `volume` are merged"),
    ("merge tier", "scale package", "only scales of mode `volume` are merged"),
    ("list lock", "scale graduated", "a lock ends a merge"),
    ("list lock", "scale package", "a lock ends a merge"),
    ("margin document", "cost missing", "without a cost of all lines the document has none"),
    (
        "margin document",
        "approval missing cost",
        "without a cost of all lines the document has none",
    ),
    ("status ok", "verdict needs_approval", "the verdict is the status"),
    ("status ok", "verdict blocked", "the verdict is the status"),
    ("status ok", "approval missing cost", "the verdict is the status"),
    ("status ok", "discretion line", "the verdict is the status"),
    ("status ok", "discretion document", "the verdict is the status"),
];

/// The pairs of kinds that can meet in a quote, as numbers of [`ALL_KINDS`], the smaller first.
pub(crate) fn intended_pairs() -> Vec<(usize, usize)> {
    let apart = |one: &str, other: &str| {
        ONE_OF.iter().any(|family| family.contains(&one) && family.contains(&other))
            || [one, other].contains(&"status ok")
                && [one, other].iter().any(|k| k.starts_with("refusal"))
            || APART.iter().any(|(a, b, _)| [(*a, *b), (*b, *a)].contains(&(one, other)))
    };
    let numbers = 0..ALL_KINDS.len();
    numbers
        .flat_map(|one| (one + 1..ALL_KINDS.len()).map(move |other| (one, other)))
        .filter(|&(one, other)| !apart(ALL_KINDS[one], ALL_KINDS[other]))
        .collect()
}

struct Notes(Vec<bool>);

impl Notes {
    fn add(&mut self, name: &str) {
        static NUMBERS: LazyLock<HashMap<&str, usize>> =
            LazyLock::new(|| ALL_KINDS.iter().enumerate().map(|(i, kind)| (*kind, i)).collect());
        let number = NUMBERS.get(name).unwrap_or_else(|| panic!("`{name}` is not a kind"));
        self.0[*number] = true;
    }

    fn when(&mut self, holds: bool, name: &str) {
        if holds {
            self.add(name);
        }
    }
}

/// The kinds that took part in a quote of the engine, as numbers of [`ALL_KINDS`].
pub(crate) fn kind_numbers(case: &Case, quote: &Quote) -> Vec<usize> {
    let mut notes = Notes(vec![false; ALL_KINDS.len()]);
    settings(case, quote, &mut notes);
    for line in &quote.lines {
        lists(case, line, &mut notes);
    }
    discounts(case, quote, &mut notes);
    findings(quote, &mut notes);
    (0..ALL_KINDS.len()).filter(|&number| notes.0[number]).collect()
}

fn settings(case: &Case, quote: &Quote, notes: &mut Notes) {
    let book = &case.book;
    if quote.lines.iter().all(|line| line.price.is_none()) {
        return;
    }
    notes.add(match book.strategy {
        Strategy::Priority => "strategy priority",
        Strategy::MostSpecific => "strategy most_specific",
        Strategy::Lowest => "strategy lowest",
    });
    notes.when(book.merge == Merge::Tier, "merge tier");
    notes.add(match book.rounding.mode {
        RoundingMode::HalfUp => "mode half_up",
        RoundingMode::HalfEven => "mode half_even",
        RoundingMode::HalfDown => "mode half_down",
        RoundingMode::Up => "mode up",
        RoundingMode::Down => "mode down",
    });
    for at in &book.rounding.at {
        notes.when(at.step == listino_core::book::RoundingStep::Discount, "step discount");
        notes.when(at.step == listino_core::book::RoundingStep::Margin, "step margin");
    }
    notes.when(quote.digits == 0, "digits 0");
    notes.when(quote.digits == 3, "digits 3");
    notes.when(quote.currency != book.currency, "exchange");
    notes.when(
        book.currencies.get(&quote.currency).is_some_and(|c| c.cash.is_some()),
        "cash increment",
    );
    notes.when(quote.status == Status::Ok, "status ok");
    if let Some(tax) = &book.tax
        && !quote.totals.tax_breakdown.is_empty()
    {
        notes.add(match (tax.prices, tax.per) {
            (TaxPrices::Net, TaxPer::Rate) => "tax net per rate",
            (TaxPrices::Net, TaxPer::Line) => "tax net per line",
            (TaxPrices::Gross, TaxPer::Rate) => "tax gross per rate",
            (TaxPrices::Gross, TaxPer::Line) => "tax gross per line",
        });
    }
}

fn lists(case: &Case, line: &listino_core::quote::QuoteLine, notes: &mut Notes) {
    let book = &case.book;
    let Some(price) = &line.price else { return };
    let product = book.products.get(&line.product);
    notes.when(line.quantity.decimal().is_sign_negative(), "return");
    notes.when(matches!(line.origin, Some(Origin::Gift(_))), "gift");
    notes.when(matches!(line.origin, Some(Origin::Ramp(_))), "ramp");
    notes.when(price.cost.is_none(), "cost missing");
    if let Some(product) = product {
        match product.per {
            Some(Period::Day) => notes.add("period day"),
            Some(Period::Month) => notes.add("period month"),
            Some(Period::Year) => notes.add("period year"),
            None => {}
        }
        notes.when(!product.addon_to.is_empty(), "add-on");
    }
    let Some(list) = book.price_lists.iter().find(|list| list.id == price.price_list) else {
        return;
    };
    notes.when(list.lock, "list lock");
    notes.when(!list.fallthrough, "list without fallthrough");
    let base = product.and_then(|product| product.unit.as_ref()).map_or("pc", Id::as_str);
    notes.when(line.unit != *base, "unit conversion");
    if let Some(rows) = list.prices.get(&line.product) {
        let flat = price.list_price.is_none() && list.scale.mode == ScaleMode::Volume;
        notes.when(flat, "flat fee");
        notes.add(match list.scale.mode {
            ScaleMode::Volume => "scale volume",
            ScaleMode::Graduated => "scale graduated",
            ScaleMode::Package => "scale package",
        });
        notes.when(list.scale.basis == Basis::Value, "basis value");
        notes.when(list.scale.basis == Basis::Weight, "basis weight");
        notes.when(list.scale.across.is_some(), "list across");
        notes.when(rows.rows.iter().any(|row| row.per.is_some()), "row per");
        notes.when(rows.rows.iter().any(|row| row.unit.is_some()), "row in another unit");
        let late = rows.rows.iter().all(|row| row.tiers.iter().all(|tier| tier.from.is_some()));
        notes.when(late, "below first tier");
    } else if let Some(formula) = &list.formula {
        match &formula.base {
            Some(FormulaBase::Cost) => notes.add("formula cost"),
            Some(FormulaBase::List(base)) => {
                notes.add("formula list");
                let foreign = book
                    .price_lists
                    .iter()
                    .any(|other| other.id == *base && other.currency != list.currency);
                notes.when(foreign, "foreign list");
            }
            Some(FormulaBase::Lines(_)) => notes.add("formula lines"),
            None => notes.add("formula rule"),
        }
    }
}

fn discounts(case: &Case, quote: &Quote, notes: &mut Notes) {
    let book = &case.book;
    let rule_of = |id: &Id| book.discounts.iter().find(|rule| rule.id == *id);
    for line in &quote.lines {
        for step in line.price.iter().flat_map(|price| &price.steps) {
            let rule = step.rule.as_ref().and_then(rule_of);
            match (step.kind, rule) {
                (StepKind::Discount, Some(rule)) => {
                    line_rule(case, rule, notes);
                    let percent = step.percent.is_some_and(|p| p.decimal().is_sign_negative());
                    notes.when(percent, "surcharge");
                }
                (StepKind::FreeGoods, Some(_)) => notes.add("discount free"),
                _ => {}
            }
        }
    }
    for (line, asked) in case.request.lines.iter().enumerate() {
        let name = (line + 1).to_string();
        let priced =
            quote.lines.iter().any(|line| line.id == name.as_str() && line.price.is_some());
        for manual in asked.discounts.iter().filter(|_| priced) {
            notes.when(manual.percent.is_some(), "manual percent");
            notes.when(manual.amount.is_some(), "manual amount");
            notes.when(manual.line_amount.is_some(), "manual line_amount");
            notes.when(manual.price.is_some(), "manual price");
        }
    }
    for granted in &quote.totals.discounts {
        if granted.amount == granted.unallocated {
            continue;
        }
        notes.when(granted.accrual, "accrual");
        notes.when(!granted.unallocated.decimal().is_zero(), "unallocated");
        notes.add(match book.allocation {
            AllocationMethod::LargestRemainder => "allocation largest_remainder",
            AllocationMethod::Last => "allocation last",
            AllocationMethod::First => "allocation first",
            AllocationMethod::Largest => "allocation largest",
        });
        match granted.rule.as_ref().and_then(rule_of) {
            None => notes.add("document by hand"),
            Some(rule) => {
                notes.when(rule.percent.is_some(), "document percent");
                notes.when(rule.amount.is_some(), "document amount");
                notes.when(rule.tiers.is_some(), "document tiers");
                notes.when(rule.rule.is_some(), "document rule");
                notes.when(rule.when.is_some(), "document when");
                notes.when(rule.quantity.is_some(), "document quantity");
                notes.when(rule.value.is_some(), "document value");
                notes.when(rule.weight.is_some(), "document weight");
                common(case, rule, notes);
            }
        }
    }
}

fn line_rule(case: &Case, rule: &Discount, notes: &mut Notes) {
    notes.when(rule.percent.is_some(), "discount percent");
    notes.when(rule.amount.is_some(), "discount amount");
    notes.when(rule.line_amount.is_some(), "discount line_amount");
    notes.when(rule.price.is_some(), "discount price");
    notes.when(rule.tiers.is_some(), "discount tiers");
    notes.when(rule.matrix.is_some(), "discount matrix");
    notes.when(rule.rule.is_some(), "discount rule");
    notes.when(rule.when.is_some(), "discount when");
    notes.when(rule.on == listino_core::book::Target::Total, "discount on total");
    notes.when(rule.across.is_some(), "discount across");
    notes.when(rule.quantity.is_some(), "discount quantity");
    notes.when(rule.value.is_some(), "discount value");
    notes.when(rule.weight.is_some(), "discount weight");
    common(case, rule, notes);
}

fn common(case: &Case, rule: &Discount, notes: &mut Notes) {
    use listino_core::book::Combine;
    let book = &case.book;
    notes.when(!rule.payment.is_empty(), "discount payment");
    notes.when(rule.years.is_some(), "discount years");
    notes.when(rule.coupon.is_some(), "discount coupon");
    notes.when(!rule.valid.is_always(), "discount window");
    let stage = book.stages.iter().find(|stage| stage.id == rule.stage);
    match rule.combine.or(stage.map(|stage| stage.combine)).unwrap_or_default() {
        Combine::Running => {}
        Combine::Base => notes.add("combine base"),
        Combine::Best => notes.add("combine best"),
        Combine::Exclusive => notes.add("combine exclusive"),
    }
    if let Some(name) = &rule.group {
        let group = book.groups.iter().find(|group| group.id == *name);
        notes.add(match group.map(|group| group.keep).unwrap_or_default() {
            Keep::Best => "keep best",
            Keep::BestStage => "keep best_stage",
            Keep::First => "keep first",
            Keep::All => "keep all",
        });
        notes.when(group.is_some_and(|group| group.against.is_some()), "group against");
        notes.when(group.is_some_and(|group| !group.excludes.is_empty()), "group excludes");
    }
    debug_assert!(stage.is_none_or(|stage| matches!(stage.on, Level::Line | Level::Document)));
}

fn findings(quote: &Quote, notes: &mut Notes) {
    for approval in &quote.approvals {
        match approval.verdict {
            Verdict::BelowTarget => notes.add("verdict below_target"),
            Verdict::NeedsApproval => notes.add("verdict needs_approval"),
            Verdict::Blocked => notes.add("verdict blocked"),
        }
        match (approval.cause, approval.level) {
            (ApprovalCause::Discretion, MarginLevel::Line) => notes.add("discretion line"),
            (ApprovalCause::Discretion, _) => notes.add("discretion document"),
            (ApprovalCause::MissingCost, _) => notes.add("approval missing cost"),
            (ApprovalCause::Threshold, MarginLevel::Group) => notes.add("margin group"),
            (ApprovalCause::Threshold, MarginLevel::Document) => notes.add("margin document"),
            (ApprovalCause::Threshold, MarginLevel::Line) => notes.add(match approval.measure {
                Measure::Percent => "margin line percent",
                Measure::Amount => "margin line amount",
                Measure::Price => "margin line price",
            }),
        }
    }
    for line in &quote.lines {
        match &line.refusal {
            Some(Refusal::UnknownProduct) => notes.add("refusal unknown_product"),
            Some(Refusal::UnknownUnit { .. }) => notes.add("refusal unknown_unit"),
            Some(Refusal::NotVisible { .. }) => notes.add("refusal not_visible"),
            Some(Refusal::NoPrice) => notes.add("refusal no_price"),
            Some(Refusal::Quantity { rule, .. }) => notes.add(match rule {
                QuantityRule::Zero => "refusal quantity zero",
                QuantityRule::Digits => "refusal quantity digits",
                QuantityRule::Minimum => "refusal quantity minimum",
                QuantityRule::Multiple => "refusal quantity multiple",
                QuantityRule::Packs => "refusal quantity packs",
            }),
            Some(Refusal::MissingPlan { .. }) => notes.add("refusal missing_plan"),
            Some(Refusal::Term) => notes.add("refusal term"),
            Some(Refusal::ExchangeRate { .. }) => notes.add("refusal exchange_rate"),
            Some(Refusal::Rule { .. }) => notes.add("refusal rule"),
            Some(Refusal::Precision { .. } | Refusal::Configuration { .. }) | None => {}
        }
    }
    for coupon in &quote.coupons {
        notes.add(match coupon.refused {
            None => "coupon taken",
            Some(CouponRefusal::Unknown) => "coupon unknown",
            Some(CouponRefusal::Repeated) => "coupon repeated",
            Some(CouponRefusal::NotValid) => "coupon not_valid",
            Some(CouponRefusal::OutOfScope) => "coupon out_of_scope",
            Some(CouponRefusal::UsedUp) => "coupon used_up",
            Some(CouponRefusal::UsedUpByCustomer) => "coupon used_up_by_customer",
            Some(CouponRefusal::UsesUnknown) => "coupon uses_unknown",
            Some(CouponRefusal::NotFirstPurchase) => "coupon not_first_purchase",
            Some(CouponRefusal::NotStackable) => "coupon not_stackable",
        });
    }
}

/// The kinds of rules that took part in a quote of the engine, by name.
///
/// # Panics
/// When a rule is of no kind: a defect of the table of kinds.
pub fn kinds(case: &Case, quote: &Quote) -> Vec<&'static str> {
    let name = |index: usize| ALL_KINDS.get(index).copied();
    kind_numbers(case, quote).into_iter().filter_map(name).collect()
}
