//! An offer as people read it: on a terminal and on paper.

mod html;
mod text;

use listino_core::PriceBook;
use listino_core::configure::{Assembly, Group, Model};
use listino_core::explain::{Language, Sentences};
use listino_core::money::{Amount, Exact, Percent, Rounding, RoundingMode};
use listino_core::quote::{DocumentDiscount, Quote, QuoteLine, Request, SubLine, Verdict};
use listino_core::solve::NextBreak;

use crate::terminal::shown;

/// A quote with what is needed to show it.
pub(crate) struct Offer<'a> {
    pub(crate) quote: &'a Quote,
    pub(crate) request: &'a Request,
    /// Names of things; a compiled book has none.
    pub(crate) book: Option<&'a PriceBook>,
    pub(crate) language: Language,
    /// The next break of each line of the request; empty when nobody asked.
    pub(crate) breaks: Vec<Option<NextBreak>>,
}

impl<'a> Offer<'a> {
    pub(crate) fn say(&self) -> Sentences<'a> {
        Sentences::new(self.quote, self.language)
    }

    /// The next break of a line.
    fn next_break(&self, line: &QuoteLine) -> Option<&NextBreak> {
        self.breaks.iter().flatten().find(|next| next.line == line.id)
    }

    /// What people call the customer.
    fn customer(&self) -> Option<String> {
        let customer = match &self.request.customer {
            listino_core::quote::Party::Known(id) => self.book?.customers.get(id)?,
            listino_core::quote::Party::Described(customer) => customer,
        };
        customer.name.as_deref().map(shown)
    }

    /// What people call the product of a line.
    fn product(&self, line: &QuoteLine) -> Option<String> {
        self.book?.products.get(&line.product)?.name.as_deref().map(shown)
    }

    /// The model that a line was configured by.
    fn model(&self, line: &QuoteLine) -> Option<&Model> {
        let configured = line.configuration.as_ref()?;
        self.book?.models.iter().find(|model| configured.model == *model.id.as_str())
    }

    /// The options of a configured line as people read them.
    fn options(&self, line: &QuoteLine) -> Vec<OptionRow> {
        let Some(configured) = &line.configuration else { return Vec::new() };
        let model = self.model(line);
        let row = |sub: &SubLine| {
            let id = sub.option.as_ref().or(sub.table.as_ref())?;
            let name = model.and_then(|model| option_name(model, id.as_str()));
            let counted = sub.product.is_some() && sub.quantity != line.quantity;
            let is_priced = sub.list_value != Amount::ZERO;
            let one = sub.list_price.or(Some(sub.list_value)).filter(|_| is_priced);
            Some(OptionRow {
                mark: if sub.table.is_some() { "±" } else { "+" },
                name: shown(name.unwrap_or(id.as_str())),
                quantity: if counted {
                    self.language.quantity(sub.quantity)
                } else {
                    String::new()
                },
                list_price: one.map_or_else(String::new, |one| self.say().amount(one)),
            })
        };
        configured.sublines.iter().filter_map(row).collect()
    }

    /// What people call a part, and its id.
    fn part(&self, line: &QuoteLine, item: &str) -> String {
        let bom = self.model(line).and_then(|model| model.bom.as_ref());
        let found = bom.and_then(|bom| bom.items.iter().find(|known| known.id == item));
        match found.and_then(|item| item.name.as_deref()) {
            Some(name) => format!("{} ({item})", shown(name)),
            None => item.to_owned(),
        }
    }

    /// The first digits of the book's digest.
    fn digest(&self) -> String {
        let digest = self.quote.book.to_string();
        format!("{}…", digest.chars().take(8).collect::<String>())
    }

    /// The worst that stands against a line, and the roles that may let it pass.
    fn verdict(&self, line: &QuoteLine) -> Option<(Verdict, Vec<String>)> {
        let mine = self.quote.approvals.iter().filter(|a| a.line.as_ref() == Some(&line.id));
        let worst = mine.max_by_key(|approval| approval.verdict)?;
        Some((worst.verdict, worst.roles.iter().map(ToString::to_string).collect()))
    }

    /// How much of the list value a line does not cost, in percent; `None` where that is nothing.
    fn discount(&self, line: &QuoteLine) -> Option<String> {
        let price = line.price.as_ref()?;
        let off = share(price.list_value, price.total)?;
        (off != Percent::ZERO).then(|| self.language.percent(off))
    }
}

/// A chosen option of a configured line.
pub(crate) struct OptionRow {
    mark: &'static str,
    name: String,
    quantity: String,
    list_price: String,
}

/// What people call an option; that of an instance, `wheel[2].rim`, by the name within.
pub(crate) fn option_name<'m>(model: &'m Model, id: &str) -> Option<&'m str> {
    fn within<'m>(groups: &'m [Group], assemblies: &'m [Assembly], id: &str) -> Option<&'m str> {
        let options = groups.iter().flat_map(|group| &group.options);
        let plain = id.rsplit("].").next().unwrap_or(id);
        let own = options.clone().find(|option| option.id == plain);
        match own {
            Some(option) => option.name.as_deref(),
            None => assemblies.iter().find_map(|a| within(&a.groups, &a.assemblies, id)),
        }
    }
    within(&model.groups, &model.assemblies, id)
}

/// The reduction from one amount to another in percent of the first, with one decimal, for display.
fn share(before: Amount, after: Amount) -> Option<Percent> {
    let off = before.exact().subtract(after.exact()).ok()?.multiply(Exact::HUNDRED).ok()?;
    let tenth = Rounding::digits(1, RoundingMode::HalfUp);
    Percent::from_exact(off.divide(before.exact(), tenth).ok()?).ok()
}

/// What was granted of a document discount: what was asked for less what could not be spread.
fn granted(discount: &DocumentDiscount) -> Amount {
    let granted = discount.amount.exact().subtract(discount.unallocated.exact());
    granted.and_then(Amount::from_exact).unwrap_or(discount.amount)
}

fn negative(amount: Amount) -> Amount {
    Amount::from_exact(amount.exact().negate()).unwrap_or(amount)
}

/// A row of the totals.
struct TotalRow {
    label: String,
    /// Whether the label begins with the name of a rule.
    is_named: bool,
    amount: String,
    /// The sum that counts.
    strong: bool,
}

impl Offer<'_> {
    /// From the sum of the lines to what is to be paid; rows that say nothing are left out.
    fn totals(&self) -> Vec<TotalRow> {
        let labels = self.language.labels();
        let totals = &self.quote.totals;
        let say = self.say();
        let row = |label: &str, amount: Amount| TotalRow {
            label: label.to_owned(),
            is_named: false,
            amount: say.amount(amount),
            strong: false,
        };
        let mut rows = Vec::new();
        let discounts: Vec<_> = totals.discounts.iter().filter(|d| !d.accrual).collect();
        if !discounts.is_empty() {
            rows.push(row(labels.lines, totals.lines));
        }
        for discount in discounts {
            let granted = row(&say.document_discount(discount), negative(granted(discount)));
            rows.push(TotalRow { is_named: discount.rule.is_some(), ..granted });
        }
        if !totals.tax_breakdown.is_empty() {
            rows.push(row(labels.without_tax, totals.without_tax));
            for tax in &totals.tax_breakdown {
                let label = format!(
                    "{} {} {}",
                    labels.tax,
                    self.language.percent(tax.percent),
                    tax.category
                );
                rows.push(row(&label, tax.tax));
            }
        }
        if totals.rounding != Amount::ZERO {
            rows.push(row(labels.with_tax, totals.with_tax));
            rows.push(row(labels.rounding, totals.rounding));
        }
        let payable = format!("{} {}", labels.payable, self.quote.currency);
        rows.push(TotalRow { strong: true, ..row(&payable, totals.payable) });
        rows
    }

    /// What the seller keeps; not for the customer.
    fn internals(&self) -> Vec<TotalRow> {
        let labels = self.language.labels();
        let totals = &self.quote.totals;
        let say = self.say();
        let row = |label: &str, amount: String| TotalRow {
            label: label.to_owned(),
            is_named: false,
            amount,
            strong: false,
        };
        let mut rows = Vec::new();
        if totals.rebates != Amount::ZERO {
            rows.push(row(labels.rebates, say.amount(negative(totals.rebates))));
        }
        if totals.rebates != Amount::ZERO || totals.true_net != totals.payable {
            rows.push(row(labels.true_net, say.amount(totals.true_net)));
        }
        let unknown = || labels.unknown.to_owned();
        rows.push(row(labels.cost, totals.cost.map_or_else(unknown, |cost| say.amount(cost))));
        let percent = totals.margin.and_then(|margin| margin.percent);
        let label = percent.map_or_else(
            || labels.margin.to_owned(),
            |percent| format!("{} {}", labels.margin, self.language.percent(percent)),
        );
        let margin = totals.margin.map_or_else(unknown, |margin| say.amount(margin.amount));
        rows.push(row(&label, margin));
        rows
    }
}
