//! The price waterfall: from the list price to the margin, row by row.

use std::fmt;

use super::{Language, Sentences};
use crate::book::{Basis, Combine, Discount, PriceBook};
use crate::money::Amount;
use crate::quote::{
    Approval, Dimension, LinePrice, Per, Quote, QuoteLine, Step, StepKind, Verdict,
};

/// The waterfall of one line, ready to be drawn: as aligned text by [`fmt::Display`], as a chart by
/// [`Waterfall::svg`].
///
/// The rows come from the steps of the quote; what is added are the sums between them, the cost
/// and the margin.
///
/// ```
/// use listino_core::explain::{Language, RowKind, Waterfall, WaterfallRow};
/// # use listino_core::quote::Request;
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "P": { "cost": "6" } },
/// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
/// #     "lines": [{ "product": "P", "quantity": "3" }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let waterfall: Waterfall = quote.waterfall(&quote.lines[0], Language::English, Some(&book)).unwrap();
/// let last: &WaterfallRow = waterfall.rows.last().unwrap();
/// assert_eq!((last.kind, last.amount.to_string()), (RowKind::Margin, "12".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waterfall {
    /// What the waterfall is of: product, quantity and unit.
    pub title: String,
    /// The rows, from the list price to the margin.
    pub rows: Vec<WaterfallRow>,
    pub(super) language: Language,
    pub(super) digits: u32,
    pub(super) unit: String,
    pub(super) quantity: String,
    /// An amount per unit and the same amount for the line: the two scales of the chart.
    pub(super) gauge: Option<(Amount, Amount)>,
    /// The worst threshold of the line that is not kept.
    pub(super) verdict: Option<Verdict>,
}

/// One row of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaterfallRow {
    /// A sum or a change.
    pub kind: RowKind,
    /// Whether the amounts are per ordered unit or for the line.
    pub per: Per,
    /// The name of the row.
    pub label: String,
    /// Where it stands before: zero for sums.
    pub from: Amount,
    /// Where it stands after.
    pub to: Amount,
    /// What is shown: the sum, or the change with its sign.
    pub amount: Amount,
    /// Where it comes from, and what rounding moved.
    pub note: String,
}

/// What a row of a waterfall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// The price as it stands here.
    Sum,
    /// A change from the row before.
    Change,
    /// The cost.
    Cost,
    /// What is left.
    Margin,
}

impl Quote {
    /// The waterfall of a line; `None` when the line has no price.
    ///
    /// With the book at hand the notes also say for whom a rule is, from which quantity on, and
    /// how long a list is valid.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::Language;
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
    /// #     "discounts": [{ "id": "spring", "stage": "promotion", "percent": "5" }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "lines": [{ "product": "P", "quantity": "1" }] }"#)?;
    /// let quote = engine.quote(&request)?;
    /// let waterfall = quote.waterfall(&quote.lines[0], Language::English, Some(&book)).unwrap();
    /// println!("{waterfall}");
    /// assert_eq!(waterfall.rows[1].label, "spring 5 %");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn waterfall(
        &self,
        line: &QuoteLine,
        language: Language,
        book: Option<&PriceBook>,
    ) -> Option<Waterfall> {
        let price = line.price.as_ref()?;
        let builder = Builder { say: Sentences::new(self, language), line, price, book };
        Some(builder.build(self.digits))
    }
}

struct Builder<'a> {
    say: Sentences<'a>,
    line: &'a QuoteLine,
    price: &'a LinePrice,
    book: Option<&'a PriceBook>,
}

impl Builder<'_> {
    fn build(&self, digits: u32) -> Waterfall {
        let language = self.say.language();
        let labels = language.labels();
        let mut rows: Vec<WaterfallRow> = Vec::new();
        let mut gauge = None;
        let mut shared = false;
        let mut optioned = false;
        for step in &self.price.steps {
            let after_options = std::mem::replace(&mut optioned, step.kind == StepKind::Option);
            match step.kind {
                StepKind::ListPrice | StepKind::Formula | StepKind::UnitConversion => {
                    rows.push(self.sum(step.per, self.row(step), step.after, self.note(step)));
                }
                StepKind::Quantity | StepKind::Term => {
                    if rows.last().is_some_and(|row| row.kind == RowKind::Change) {
                        let label = labels.unit_price.to_owned();
                        rows.push(self.sum(Per::Unit, label, step.before, String::new()));
                    }
                    if step.kind == StepKind::Quantity {
                        gauge = Some((step.before, step.after));
                    } else if let Some((_, line)) = &mut gauge {
                        *line = step.after;
                    }
                    if step.before != step.after {
                        self.multiplied(&mut rows, step);
                    }
                }
                StepKind::Rounding if step.before == step.after => {}
                StepKind::Rounding => {
                    // What rounding moves is a fact about the sum it leads to, not a concession.
                    let label = match step.per {
                        Per::Unit => labels.unit_price,
                        Per::Line => labels.total,
                    };
                    let note = language.catalogue().residue(&self.say.moved(step));
                    match rows.last_mut() {
                        Some(last) if last.kind == RowKind::Sum && last.to == step.before => {
                            last.to = step.after;
                            last.amount = step.after;
                            last.note = join(&last.note, &note);
                        }
                        _ => rows.push(self.sum(step.per, label.to_owned(), step.after, note)),
                    }
                }
                StepKind::Share | StepKind::Rebate => {
                    if !shared && rows.last().is_some_and(|row| row.kind == RowKind::Change) {
                        let label = labels.total.to_owned();
                        rows.push(self.sum(step.per, label, step.before, String::new()));
                    }
                    shared = true;
                    rows.push(self.change(step));
                }
                StepKind::Discount | StepKind::Manual => {
                    if after_options {
                        let label = match step.per {
                            Per::Unit => labels.list_price,
                            Per::Line => labels.list_value,
                        };
                        let sum = self.sum(step.per, label.to_owned(), step.before, String::new());
                        rows.push(sum);
                    }
                    rows.push(self.change(step));
                }
                StepKind::FlatFee | StepKind::Option | StepKind::FreeGoods => {
                    rows.push(self.change(step));
                }
            }
        }
        self.close(&mut rows);
        let quantity = format!("{} {}", language.quantity(self.line.quantity), self.line.unit);
        Waterfall {
            title: format!("{} · {quantity}", self.line.product),
            rows,
            language,
            digits,
            unit: self.line.unit.to_string(),
            quantity,
            gauge,
            verdict: self.verdict(),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let mine = |approval: &&Approval| approval.line.as_ref() == Some(&self.line.id);
        self.say.quote().approvals.iter().filter(mine).map(|approval| approval.verdict).max()
    }

    /// The step from the unit to the line. The periods of a subscription belong to it: a sum for
    /// one period of all units is a number nobody asks for.
    fn multiplied(&self, rows: &mut Vec<WaterfallRow>, step: &Step) {
        if step.kind == StepKind::Term {
            let term = self.row(step);
            if let Some(last) = rows.last_mut()
                && last.kind == RowKind::Sum
                && last.per == Per::Line
                && last.to == step.before
            {
                last.label = join(&last.label, &term);
                last.to = step.after;
                last.amount = step.after;
            } else {
                rows.push(self.sum(Per::Line, term, step.after, String::new()));
            }
            return;
        }
        let quantity = self.say.language().quantity(self.line.quantity);
        let label = format!("× {quantity} {}", self.line.unit);
        rows.push(self.sum(Per::Line, label, step.after, String::new()));
    }

    /// From where the steps end to the true net, the cost and the margin.
    fn close(&self, rows: &mut Vec<WaterfallRow>) {
        let labels = self.say.language().labels();
        let end = rows.last().map_or(self.price.net, |row| row.to);
        let net = self.price.net;
        let per_line = |row: &WaterfallRow| row.per == Per::Line;
        if end != net && (self.price.tax.is_some() || rows.last().is_some_and(per_line)) {
            let amount = self.say.difference(end, net).unwrap_or(Amount::ZERO);
            rows.push(WaterfallRow {
                kind: RowKind::Change,
                per: Per::Line,
                label: labels.contained_tax.to_owned(),
                from: end,
                to: net,
                amount,
                note: String::new(),
            });
        }
        if rows.last().is_none_or(|row| row.kind == RowKind::Change) {
            rows.push(self.sum(Per::Line, labels.true_net.to_owned(), net, String::new()));
        }
        let Some(cost) = self.price.cost else {
            return;
        };
        let Some(margin) = self.price.margin else {
            return;
        };
        let spent = self.say.difference(cost, Amount::ZERO).unwrap_or(Amount::ZERO);
        rows.push(WaterfallRow {
            kind: RowKind::Cost,
            per: Per::Line,
            label: labels.cost.to_owned(),
            from: net,
            to: margin.amount,
            amount: spent,
            note: String::new(),
        });
        let note = margin.percent.map(|p| self.say.language().percent(p)).unwrap_or_default();
        rows.push(WaterfallRow {
            kind: RowKind::Margin,
            per: Per::Line,
            label: labels.margin.to_owned(),
            from: Amount::ZERO,
            to: margin.amount,
            amount: margin.amount,
            note,
        });
    }

    fn row(&self, step: &Step) -> String {
        self.say.language().catalogue().row(&self.say, step)
    }

    fn sum(&self, per: Per, label: String, to: Amount, note: String) -> WaterfallRow {
        WaterfallRow { kind: RowKind::Sum, per, label, from: Amount::ZERO, to, amount: to, note }
    }

    fn change(&self, step: &Step) -> WaterfallRow {
        WaterfallRow {
            kind: RowKind::Change,
            per: step.per,
            label: self.row(step),
            from: step.before,
            to: step.after,
            amount: self.say.difference(step.before, step.after).unwrap_or(Amount::ZERO),
            note: self.note(step),
        }
    }

    fn note(&self, step: &Step) -> String {
        let catalogue = self.say.language().catalogue();
        if matches!(step.kind, StepKind::ListPrice | StepKind::Formula) {
            let Some(rule) = &step.rule else {
                return String::new();
            };
            let list = self.book.and_then(|b| b.price_lists.iter().find(|list| list.id == *rule));
            return match list {
                Some(list) if !list.valid.is_always() => {
                    join(rule.as_str(), &catalogue.window(&self.say, &list.valid))
                }
                _ => rule.to_string(),
            };
        }
        let rule = step.rule.as_ref().and_then(|rule| {
            self.book.and_then(|book| book.discounts.iter().find(|d| d.id == *rule))
        });
        match rule {
            Some(discount) => self.conditions(discount, step),
            // What was granted by hand has no rule, and its name says so already.
            None if step.rule.is_none() => String::new(),
            None => step.stage.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// For whom a discount is and what it needs: "cluster reseller, from 11".
    fn conditions(&self, discount: &Discount, step: &Step) -> String {
        let language = self.say.language();
        let catalogue = language.catalogue();
        let scope = &discount.scope;
        let mut note = String::new();
        for (dimension, values) in [
            (Dimension::Customer, &scope.customer),
            (Dimension::Account, &scope.account),
            (Dimension::Contract, &scope.contract),
            (Dimension::Cluster, &scope.cluster),
            (Dimension::Segment, &scope.segment),
            (Dimension::Region, &scope.region),
            (Dimension::Channel, &scope.channel),
            (Dimension::Category, &scope.category),
        ] {
            if !values.is_empty() {
                let values = language.any_of(values);
                note = join(&note, &format!("{} {values}", catalogue.dimension(dimension)));
            }
        }
        // The step names the percentage it took; in a scale of quantities that tells the tier.
        let tier = discount.tiers.as_ref().filter(|tiers| tiers.basis == Basis::Quantity);
        let tier = tier.and_then(|tiers| {
            tiers.steps.iter().rfind(|t| t.percent.is_some() && t.percent == step.percent)
        });
        let from = discount.quantity.and_then(|range| range.from);
        if let Some(from) = tier.map(|tier| tier.from).or(from) {
            note = join(&note, &catalogue.starting_at(&language.quantity(from)));
        }
        if let Some(group) = &discount.across {
            note = join(&note, &catalogue.across(group.as_str()));
        }
        if discount.combine == Some(Combine::Base) {
            note = join(&note, catalogue.on_list_price());
        }
        if note.is_empty() { discount.stage.to_string() } else { note }
    }
}

fn join(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { format!("{first}, {second}") }
}

impl Waterfall {
    /// The amount of a row as it is shown.
    pub(super) fn text(&self, row: &WaterfallRow) -> String {
        let sign = match row.kind {
            RowKind::Change if row.amount > Amount::ZERO => "+",
            _ => "",
        };
        format!("{sign}{}", self.language.amount(row.amount, self.digits))
    }
}

/// Aligned text: marker, name, amount with the decimal points below each other, note.
impl fmt::Display for Waterfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, point) = self.language.catalogue().separators();
        let texts: Vec<String> = self.rows.iter().map(|row| self.text(row)).collect();
        let decimals = |text: &str| text.rsplit_once(point).map_or(0, |(_, d)| d.len() + 1);
        let deepest = texts.iter().map(|t| decimals(t)).max().unwrap_or(0);
        let whole = texts.iter().map(|t| t.len() - decimals(t)).max().unwrap_or(0);
        let name = self.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
        for (index, (row, text)) in self.rows.iter().zip(&texts).enumerate() {
            let marker = match row.kind {
                RowKind::Sum if index == 0 => ' ',
                RowKind::Sum | RowKind::Margin => '=',
                RowKind::Change if row.amount > Amount::ZERO => '+',
                RowKind::Change | RowKind::Cost => '-',
            };
            let pad = (whole + decimals(text)).saturating_sub(text.len());
            let tail = deepest - decimals(text);
            let line = format!(
                "{marker} {label:<name$}  {empty:pad$}{text}{empty:tail$}  {note}",
                label = row.label,
                empty = "",
                note = row.note
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
