//! The English catalogue.

use std::cmp::Ordering;

use super::Sentences;
use super::catalogue::{Catalogue, Labels};
use super::format::{in_base_unit, is_one};
use crate::book::{Basis, MarginLevel, Measure, Range};
use crate::calendar::{Date, Window};
use crate::configure::{RuleReference, listed};
use crate::money::{Amount, Percent, Quantity};
use crate::quote::{
    Approval, ApprovalCause, CandidateKind, CandidateOutcome, ConfigurationProblem, Considered,
    CouponOutcome, CouponRefusal, Dimension, DocumentDiscount, Origin, Per, QuantityRule,
    QuoteLine, Refusal, Status, Step, StepKind, Verdict,
};
use crate::solve::{Concession, NextBreak, SolveError};

pub(super) struct English;

const LABELS: Labels = Labels {
    offer: "offer",
    offer_for: "offer for",
    customer: "customer",
    date: "date",
    currency: "currency",
    book: "price book",
    reference: "reference",
    status: "status",
    line: "line",
    product: "product",
    quantity: "quantity",
    list_price: "list price",
    list_value: "list value",
    discount: "discount",
    unit_price: "net unit price",
    total: "total",
    lines: "sum of the lines",
    document_discount: "document discount",
    by_hand: "by hand",
    net: "net",
    without_tax: "total without tax",
    tax: "tax",
    contained_tax: "tax contained",
    with_tax: "total with tax",
    rounding: "rounding",
    payable: "payable",
    rebates: "rebates granted later",
    true_net: "true net",
    cost: "cost",
    margin: "margin",
    unknown: "not known",
    approvals: "approvals",
    coupons: "coupons",
    waterfall: "price waterfall",
    considered: "also considered",
    internal: "internal: not for the customer",
    whole_term: "whole term",
    parts: "parts list",
    per: "per",
    page: "page",
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn who(say: &Sentences<'_>, approval: &Approval) -> String {
    if approval.roles.is_empty() {
        "someone".to_owned()
    } else {
        say.language().any_of(&approval.roles)
    }
}

fn whose(approval: &Approval) -> String {
    match (approval.level, &approval.line) {
        (_, Some(line)) => format!("line {line}"),
        (MarginLevel::Line, None) => "a line".to_owned(),
        (MarginLevel::Group, None) => match &approval.threshold {
            Some(threshold) => format!("group {threshold}"),
            None => "a group of lines".to_owned(),
        },
        (MarginLevel::Document, None) => "the document".to_owned(),
    }
}

fn measured(say: &Sentences<'_>, measure: Measure, value: Amount) -> String {
    match measure {
        Measure::Percent => format!("{} %", say.language().amount(value, 0)),
        Measure::Amount | Measure::Price => say.money(value),
    }
}

fn reduction(say: &Sentences<'_>, step: &Step) -> String {
    let rises = step.after > step.before;
    let size = match step.percent {
        Some(percent) if (percent < Percent::ZERO) == rises => {
            let size = Percent::from_exact(percent.exact().magnitude()).unwrap_or(percent);
            say.language().percent(size)
        }
        _ => {
            let (low, high) =
                if rises { (step.before, step.after) } else { (step.after, step.before) };
            say.difference(low, high).map_or_else(String::new, |d| say.money(d))
        }
    };
    if rises { format!("adds {size}") } else { format!("takes {size} off") }
}

fn becomes(say: &Sentences<'_>, step: &Step) -> String {
    format!("{} becomes {}", say.amount(step.before), say.amount(step.after))
}

fn rule(step: &Step) -> &str {
    step.rule.as_ref().map_or("a rule", |id| id.as_str())
}

impl Catalogue for English {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn separators(&self) -> (char, char) {
        (',', '.')
    }

    fn date(&self, date: Date) -> String {
        let month = usize::try_from(date.month()).ok().and_then(|m| MONTHS.get(m.checked_sub(1)?));
        format!("{} {} {}", date.day(), month.copied().unwrap_or_default(), date.year())
    }

    fn or(&self) -> &'static str {
        "or"
    }

    fn window(&self, _: &Sentences<'_>, valid: &Window) -> String {
        match (valid.from, valid.to) {
            (Some(from), Some(to)) if from == to => format!("valid on {}", self.date(from)),
            (Some(from), Some(to)) => {
                format!("valid from {} to {}", self.date(from), self.date(to))
            }
            (Some(from), None) => format!("valid from {}", self.date(from)),
            (None, Some(to)) => format!("valid until {}", self.date(to)),
            (None, None) => "always valid".to_owned(),
        }
    }

    fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Ok => "nothing stands against the offer",
            Status::NeedsApproval => "the offer needs an approval",
            Status::Blocked => "the offer is blocked",
            Status::Incomplete => {
                "the offer is incomplete: the totals are without the lines that have no price"
            }
        }
    }

    fn dimension(&self, dimension: Dimension) -> &'static str {
        match dimension {
            Dimension::Customer => "customer",
            Dimension::Account => "account",
            Dimension::Contract => "contract",
            Dimension::Cluster => "cluster",
            Dimension::Segment => "segment",
            Dimension::Region => "region",
            Dimension::Channel => "channel",
            Dimension::Product => "product",
            Dimension::Category => "category",
            Dimension::Attributes => "attribute",
            Dimension::Not => "exception",
        }
    }

    fn candidate(&self, kind: CandidateKind) -> &'static str {
        match kind {
            CandidateKind::PriceList => "price list",
            CandidateKind::Discount => "discount",
        }
    }

    fn origin(&self, origin: &Origin) -> String {
        match origin {
            Origin::Gift(rule) => format!("a gift of {rule}"),
            Origin::Ramp(line) => format!("a step of the ramp of line {line}"),
        }
    }

    fn row(&self, say: &Sentences<'_>, step: &Step) -> String {
        let percent = say.rate(step);
        match step.kind {
            StepKind::ListPrice => match step.per {
                Per::Unit => LABELS.list_price.to_owned(),
                Per::Line => LABELS.list_value.to_owned(),
            },
            StepKind::Formula => "price by formula".to_owned(),
            StepKind::UnitConversion => "in the ordered unit".to_owned(),
            StepKind::FlatFee => "flat fee".to_owned(),
            StepKind::Option => rule(step).to_string(),
            StepKind::Discount => format!("{}{percent}", rule(step)),
            StepKind::Manual => format!("discount by hand{percent}"),
            StepKind::Rounding => LABELS.rounding.to_owned(),
            StepKind::Quantity => LABELS.total.to_owned(),
            StepKind::Term => LABELS.whole_term.to_owned(),
            StepKind::FreeGoods => format!("free goods {}", rule(step)),
            StepKind::Share => match &step.rule {
                Some(rule) => format!("share of {rule}{percent}"),
                None => "share of the document discount".to_owned(),
            },
            StepKind::Rebate => format!("rebate {}{percent}", rule(step)),
        }
    }

    fn step(&self, say: &Sentences<'_>, line: &QuoteLine, step: &Step) -> String {
        let per = match step.per {
            Per::Unit if in_base_unit(line, step) => "per base unit".to_owned(),
            Per::Unit => format!("per {}", line.unit),
            Per::Line => "for the line".to_owned(),
        };
        match step.kind {
            StepKind::ListPrice => {
                format!("{} lists it at {} {per}", rule(step), say.money(step.after))
            }
            StepKind::Formula => {
                format!("{} computes {} {per} by its formula", rule(step), say.money(step.after))
            }
            StepKind::UnitConversion => {
                format!("converted into {}: {}", line.unit, becomes(say, step))
            }
            StepKind::FlatFee => {
                format!("a flat fee is added: {} ({})", becomes(say, step), say.moved(step))
            }
            StepKind::Option => format!(
                "option {} adds {} {per}: {}",
                rule(step),
                say.moved(step),
                becomes(say, step)
            ),
            StepKind::Discount => format!(
                "{} {}: {} ({} {per})",
                rule(step),
                reduction(say, step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Manual => format!(
                "a discount by hand {}: {} ({} {per})",
                reduction(say, step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Rounding => {
                format!("rounding: {} ({} {per})", becomes(say, step), say.moved(step))
            }
            StepKind::Quantity => format!(
                "{} {} at {} {} {}",
                say.language().quantity(line.quantity),
                line.unit,
                say.amount(step.before),
                if is_one(line.quantity) { "makes" } else { "make" },
                say.money(step.after)
            ),
            StepKind::Term => format!("over the whole term {}", becomes(say, step)),
            StepKind::FreeGoods => format!(
                "{} gives goods free or cheaper: {} ({})",
                rule(step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Share => format!(
                "the line's share of {} is {}: {}",
                step.rule.as_ref().map_or("the document discount", |id| id.as_str()),
                say.moved(step),
                becomes(say, step)
            ),
            StepKind::Rebate => format!(
                "{} is granted later and lowers the true net by {}: {}",
                rule(step),
                say.moved(step),
                becomes(say, step)
            ),
        }
    }

    fn outcome(&self, say: &Sentences<'_>, candidate: &Considered) -> String {
        let subject = format!("{} {}", self.candidate(candidate.kind), candidate.id);
        let list = candidate.kind == CandidateKind::PriceList;
        let verb = if list { "was not used" } else { "did not apply" };
        let because = match &candidate.outcome {
            CandidateOutcome::Applied if list => return format!("{subject} gives the list price"),
            CandidateOutcome::Applied => return format!("{subject} applies"),
            CandidateOutcome::OutOfScope { dimension: Dimension::Not, .. } => {
                "its scope makes an exception here".to_owned()
            }
            CandidateOutcome::OutOfScope { dimension, needs } if needs.is_empty() => {
                format!("the {} does not match its scope", self.dimension(*dimension))
            }
            CandidateOutcome::OutOfScope { dimension, needs } => {
                let needs = say.language().any_of(needs);
                format!("it is only for {} {needs}", self.dimension(*dimension))
            }
            CandidateOutcome::NotValid { valid } => {
                format!("it is {}, and the date is {}", say.window(valid), self.date(say.date()))
            }
            CandidateOutcome::Currency { needs } => format!("its prices are in {needs}"),
            CandidateOutcome::NoRow => "it has no price for this product, date and unit".to_owned(),
            CandidateOutcome::TooLow { basis, needs, together } => {
                let needs = say.language().quantity(*needs);
                format!("it starts at {} {}{}", basis_of(*basis), needs, counted(say, *together))
            }
            CandidateOutcome::TooHigh { basis, below, together } => {
                let below = say.language().quantity(*below);
                format!("it ends below {} {}{}", basis_of(*basis), below, counted(say, *together))
            }
            CandidateOutcome::Outranked { by } => format!("{by} goes before it"),
            CandidateOutcome::Coupon { needs } => {
                format!("the coupon {needs} was not presented or was refused")
            }
            CandidateOutcome::Payment { .. } => "the terms of payment are others".to_owned(),
            CandidateOutcome::Years { needs } => {
                format!("it needs a commitment of {}", years(say, needs))
            }
            CandidateOutcome::Condition => "its condition does not hold".to_owned(),
            CandidateOutcome::Excluded { by } => format!("{by} was kept in its place"),
            CandidateOutcome::NoEffect => "it would not change the price".to_owned(),
        };
        format!("{subject} {verb}: {because}")
    }

    fn change(&self, say: &Sentences<'_>, outcome: &CandidateOutcome) -> Option<String> {
        Some(match outcome {
            CandidateOutcome::Applied => return None,
            CandidateOutcome::OutOfScope { dimension, needs } => {
                let needs = say.language().any_of(needs);
                match dimension {
                    Dimension::Not => "the exception would have to go from its scope".to_owned(),
                    _ if needs.is_empty() => {
                        format!("its scope would have to name this {}", self.dimension(*dimension))
                    }
                    Dimension::Customer => format!("it would count for customer {needs}"),
                    Dimension::Account => {
                        format!("the customer would have to belong to account {needs}")
                    }
                    Dimension::Contract => {
                        format!("the customer would have to hold contract {needs}")
                    }
                    Dimension::Cluster => {
                        format!("the customer would have to be in cluster {needs}")
                    }
                    Dimension::Segment => {
                        format!("the customer would have to be in segment {needs}")
                    }
                    Dimension::Region => {
                        format!("the customer would have to be in region {needs}")
                    }
                    Dimension::Channel => {
                        format!("the request would have to come over channel {needs}")
                    }
                    Dimension::Product => format!("it would count for product {needs}"),
                    Dimension::Category => {
                        format!("the product would have to be in category {needs}")
                    }
                    Dimension::Attributes => format!("the product would have to have {needs}"),
                }
            }
            CandidateOutcome::NotValid { valid } => match (valid.from, valid.to) {
                (Some(from), Some(to)) if from == to => {
                    format!("the date would have to be {}", self.date(from))
                }
                (Some(from), Some(to)) => format!(
                    "the date would have to lie between {} and {}",
                    self.date(from),
                    self.date(to)
                ),
                (Some(from), _) if say.date() < from => {
                    format!("the date would have to be {} or later", self.date(from))
                }
                (_, Some(to)) => {
                    format!("the date would have to be {} or earlier", self.date(to))
                }
                _ => "the date would have to lie in its window".to_owned(),
            },
            CandidateOutcome::Currency { needs } => {
                format!("the document would have to be in {needs}")
            }
            CandidateOutcome::NoRow => "it would need a price for it".to_owned(),
            CandidateOutcome::TooLow { basis, needs, .. } => {
                format!(
                    "it would take at least {} {}",
                    basis_of(*basis),
                    say.language().quantity(*needs)
                )
            }
            CandidateOutcome::TooHigh { basis, below, .. } => {
                format!(
                    "it would take less than {} {}",
                    basis_of(*basis),
                    say.language().quantity(*below)
                )
            }
            CandidateOutcome::Outranked { by } => {
                format!("it could be taken if {by} were not there")
            }
            CandidateOutcome::Coupon { needs } => {
                format!("coupon {needs} would have to be presented and accepted")
            }
            CandidateOutcome::Payment { needs } => {
                format!("the terms would have to be {}", say.language().any_of(needs))
            }
            CandidateOutcome::Years { needs } => {
                format!("it would take a commitment of {}", years(say, needs))
            }
            CandidateOutcome::Condition => "the condition would have to hold".to_owned(),
            CandidateOutcome::Excluded { by } => {
                format!("it could apply if {by} did not")
            }
            CandidateOutcome::NoEffect => {
                "its value, or what it is taken off, would have to be another".to_owned()
            }
        })
    }

    fn not_considered(&self, rule: &str, line: &QuoteLine) -> String {
        format!(
            "{rule} was not considered for line {}: perhaps it is not for {}, or the book does not have it",
            line.id, line.product
        )
    }

    fn refusal(&self, say: &Sentences<'_>, line: &QuoteLine, refusal: &Refusal) -> String {
        let language = say.language();
        match refusal {
            Refusal::UnknownProduct => format!("the book has no product {}", line.product),
            Refusal::UnknownUnit { known } => format!(
                "{} is not sold by {}: order in {}",
                line.product,
                line.unit,
                language.any_of(known)
            ),
            Refusal::NotVisible { rule } => {
                format!("{} is not offered to this customer ({rule})", line.product)
            }
            Refusal::NoPrice => format!(
                "no list has a price for {} {} {} on {} in {}",
                language.quantity(line.quantity),
                line.unit,
                line.product,
                self.date(say.date()),
                say.currency()
            ),
            Refusal::Quantity { rule, nearest } => {
                let quantity = language.quantity(line.quantity);
                let fact = match rule {
                    QuantityRule::Zero => "the quantity is zero".to_owned(),
                    QuantityRule::Digits => {
                        format!("{quantity} has more decimals than {} allows", line.unit)
                    }
                    QuantityRule::Minimum => format!("{quantity} is below the minimum"),
                    QuantityRule::Multiple => format!("{quantity} is not a valid multiple"),
                    QuantityRule::Packs => format!("{quantity} does not fill whole packs"),
                };
                let nearest: Vec<String> = nearest.iter().map(|q| language.quantity(*q)).collect();
                match nearest.as_slice() {
                    [] => fact,
                    some => format!("{fact}: order {} {}", some.join(" or "), line.unit),
                }
            }
            Refusal::MissingPlan { needs } => format!(
                "{} is an add-on: add {} to the document",
                line.product,
                language.any_of(needs)
            ),
            Refusal::Term => refusal.to_string(),
            Refusal::Configuration { problem } => configuration(self, say, line, problem),
            Refusal::Precision { at } => {
                format!("a number at {at} has more digits than can be held exactly")
            }
            Refusal::Rule { rule, message } => format!("the rule of {rule} failed: {message}"),
            Refusal::ExchangeRate { from, to } => {
                format!("no exchange rate from {from} to {to} on {}", self.date(say.date()))
            }
        }
    }

    fn coupon(&self, coupon: &CouponOutcome) -> String {
        let code = &coupon.code;
        let Some(refused) = coupon.refused else {
            return format!("coupon {code} is taken");
        };
        let because = match refused {
            CouponRefusal::Unknown => "the book has no such coupon",
            CouponRefusal::Repeated => "it stands twice in the request",
            CouponRefusal::NotValid => "it is not valid on this date",
            CouponRefusal::OutOfScope => "it is not for this customer",
            CouponRefusal::UsedUp => "it was used as often as it may be",
            CouponRefusal::UsedUpByCustomer => "this customer used it as often as allowed",
            CouponRefusal::UsesUnknown => {
                "its uses are limited, and the request does not say how often it was used"
            }
            CouponRefusal::NotFirstPurchase => "it is for a first purchase only",
            CouponRefusal::NotStackable => "it does not go together with another coupon",
        };
        format!("coupon {code} is refused: {because}")
    }

    fn approval(&self, say: &Sentences<'_>, approval: &Approval) -> String {
        let whose = whose(approval);
        let who = who(say, approval);
        let follows = match approval.verdict {
            Verdict::BelowTarget => "noted".to_owned(),
            Verdict::NeedsApproval => format!("{who} must approve"),
            Verdict::Blocked => "the offer is blocked".to_owned(),
        };
        let value = |value| measured(say, approval.measure, value);
        let fact = match approval.cause {
            ApprovalCause::MissingCost => format!("the cost of {whose} is not known"),
            ApprovalCause::Threshold => {
                let what = match approval.measure {
                    Measure::Percent | Measure::Amount => "margin",
                    Measure::Price => "net price",
                };
                let actual = approval.actual.map_or_else(String::new, |a| format!(" {}", value(a)));
                let bound = match (approval.bound, approval.verdict) {
                    // The bound is compared exactly; what is shown is rounded.
                    (Some(bound), _) if approval.actual == Some(bound) => {
                        return format!(
                            "{whose}: {what} is just below {}: {follows}",
                            value(bound)
                        );
                    }
                    (Some(bound), Verdict::BelowTarget) => {
                        format!("below the target of {}", value(bound))
                    }
                    (Some(bound), _) => format!("below {}", value(bound)),
                    (None, _) => "below its threshold".to_owned(),
                };
                format!("{whose}: {what}{actual} is {bound}")
            }
            ApprovalCause::Discretion => {
                let shown = approval.actual.filter(|actual| approval.bound != Some(*actual));
                let actual = shown.map_or_else(String::new, |a| format!(" of {}", value(a)));
                // The bound is compared exactly; what is shown is rounded.
                let just = approval.actual.is_some() && shown.is_none();
                let larger = if just { "just larger" } else { "larger" };
                let bound = approval
                    .bound
                    .map_or_else(|| "than allowed".to_owned(), |b| format!("than {}", value(b)));
                format!("{whose}: the discount by hand{actual} is {larger} {bound}")
            }
        };
        match &approval.threshold {
            Some(threshold) if approval.level != MarginLevel::Group => {
                format!("{fact} ({threshold}): {follows}")
            }
            _ => format!("{fact}: {follows}"),
        }
    }

    fn document_discount(&self, say: &Sentences<'_>, discount: &DocumentDiscount) -> String {
        let name = discount.rule.as_ref().map_or("discount by hand", |id| id.as_str());
        let mut text = name.to_owned();
        if let Some(percent) = discount.percent {
            text.push_str(&format!(" {}", say.language().percent(percent)));
        }
        if discount.accrual {
            text.push_str(", granted later");
        }
        if discount.unallocated != Amount::ZERO {
            let rest = say.money(discount.unallocated);
            text.push_str(&format!(", of which {rest} cannot be granted: no line has room for it"));
        }
        text
    }

    fn next_break(&self, say: &Sentences<'_>, unit: &str, next: &NextBreak) -> String {
        let total = match next.change.cmp(&Amount::ZERO) {
            Ordering::Less => format!("falls by {} to", say.money(say.magnitude(next.change))),
            Ordering::Equal => "stays at".to_owned(),
            Ordering::Greater => format!("rises by {} to", say.money(next.change)),
        };
        let verb = if is_one(next.more) { "lowers" } else { "lower" };
        format!(
            "{} more {unit} {verb} the unit price to {}; the total {total} {}",
            say.language().quantity(next.more),
            say.money(next.unit_price),
            say.money(next.total)
        )
    }

    fn concession(&self, say: &Sentences<'_>, concession: &Concession) -> String {
        let place = match &concession.line {
            Some(line) if say.is_ramp(line) => format!("each step of the ramp of line {line}"),
            Some(line) => format!("line {line}"),
            None => "the document".to_owned(),
        };
        let size = say.money(say.magnitude(concession.amount));
        if concession.amount < Amount::ZERO {
            format!("add {size} to {place}")
        } else {
            format!("take {size} off {place}")
        }
    }

    fn no_concession(&self) -> &'static str {
        "nothing can be granted"
    }

    fn one_more(&self, coin: &str) -> String {
        format!("with {coin} more:")
    }

    fn unsolved(&self, say: &Sentences<'_>, error: &SolveError) -> String {
        match error {
            SolveError::Request(error) => error.to_string(),
            SolveError::Incomplete => "a line has no price: every line needs one first".to_owned(),
            SolveError::NoSuchLine(line) => format!("the request has no line number {}", line + 1),
            SolveError::Broken(_) => {
                "the request does not keep its thresholds as it stands".to_owned()
            }
            SolveError::TargetAbove(total) => format!(
                "the net total is {} already: a discount cannot raise it to the target",
                say.money(*total)
            ),
            SolveError::OutOfReach { lowest, .. } => {
                format!("the lowest net total that keeps the thresholds is {}", say.money(*lowest))
            }
            SolveError::SteppedOver { above, below } => format!(
                "no discount brings the net total to exactly the target: it goes from {} to {}",
                say.money(*above),
                say.money(*below)
            ),
            SolveError::MarginOutOfReach(margin) => format!(
                "no price has a margin of {}: the cost is above zero",
                say.language().percent(*margin)
            ),
            SolveError::NothingToCarry => {
                "no surcharge on the document raises the margin: no line has a net above zero to carry it".to_owned()
            }
            SolveError::MissingCost => "a cost is missing: the margin is not known".to_owned(),
            SolveError::Precision => "the numbers grew beyond what can be held".to_owned(),
        }
    }

    fn residue(&self, amount: &str) -> String {
        format!("rounded, {amount}")
    }

    fn starting_at(&self, quantity: &str) -> String {
        format!("from {quantity}")
    }

    fn across(&self, group: &str) -> String {
        format!("across {group}")
    }

    fn on_list_price(&self) -> &'static str {
        "on the list price"
    }
}

/// What a bound measures.
const fn basis_of(basis: Basis) -> &'static str {
    match basis {
        Basis::Quantity => "a quantity of",
        Basis::Value => "a value of",
        Basis::Weight => "a weight of",
    }
}

/// What the lines that count together come to, where a line does not count alone.
fn counted(say: &Sentences<'_>, together: Option<Quantity>) -> String {
    together.map_or_else(String::new, |together| {
        format!(", and the lines that count together come to {}", say.language().quantity(together))
    })
}

fn years(say: &Sentences<'_>, needs: &Range) -> String {
    let number = |years| say.language().quantity(years);
    let noun = |years| if is_one(years) { "year" } else { "years" };
    match (needs.from, needs.below) {
        (Some(from), Some(below)) => {
            format!("at least {} and less than {} {}", number(from), number(below), noun(below))
        }
        (Some(from), None) => format!("at least {} {}", number(from), noun(from)),
        (None, Some(below)) => format!("less than {} {}", number(below), noun(below)),
        (None, None) => "some years".to_owned(),
    }
}

/// What is wrong with the configuration of a line.
fn configuration(
    english: &English,
    say: &Sentences<'_>,
    line: &QuoteLine,
    problem: &ConfigurationProblem,
) -> String {
    let product = &line.product;
    match problem {
        ConfigurationProblem::NotConfigurable => {
            format!("{product} is not configured: leave its configuration out")
        }
        ConfigurationProblem::UnknownOption { option, nearest } => {
            let meant = match nearest {
                Some(nearest) => format!(": did you mean {nearest}?"),
                None => String::new(),
            };
            format!("{product} has no option {option}{meant}")
        }
        ConfigurationProblem::Impossible { choice, choices, rules } => {
            let verb = if choice.chosen { "chosen" } else { "left out" };
            let with = if choices.is_empty() {
                String::new()
            } else {
                let choices: Vec<String> = choices
                    .iter()
                    .map(|c| if c.chosen { c.option.clone() } else { format!("no {}", c.option) })
                    .collect();
                format!(" with {}", choices.join(", "))
            };
            format!("{} cannot be {verb}{with}{}", choice.option, because(rules))
        }
        ConfigurationProblem::Void { rules } => format!(
            "no configuration of {product} is valid on {}{}",
            english.date(say.date()),
            because(rules)
        ),
        ConfigurationProblem::Incomplete { open } => {
            let open: Vec<String> = open
                .iter()
                .map(|open| {
                    let options: Vec<&str> = open.options.iter().map(String::as_str).collect();
                    format!("{} ({})", open.group, say.language().any_of_texts(&options))
                })
                .collect();
            format!("{product} is not configured in full: choose {}", open.join(", "))
        }
        ConfigurationProblem::NotSettled { steps } => {
            format!("it was not found out within {steps} steps whether the configuration is valid")
        }
        ConfigurationProblem::Option { option, product, refusal } => {
            let own = QuoteLine { product: product.clone(), ..line.clone() };
            format!("option {option}: {}", english.refusal(say, &own, refusal))
        }
        ConfigurationProblem::Bom { message } => {
            format!("the bill of materials cannot be exploded: {message}")
        }
    }
}

/// The rules behind an impossibility, each with its text where it has one.
fn because(rules: &[RuleReference]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    format!(": {}", listed(rules))
}
