//! Configuration models: what keeps them from being used, and what they hold that nobody meant.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Code, step};
use crate::book::Product;
use crate::calendar::Window;
use crate::configure::{
    Assembly, Choosable, Configurator, Finding, FindingKind, Group, Model, ModelError,
    ModelProblem, Rule, Spot, VariantTable,
};
use crate::engine::{Models, Uncompiled};
use crate::{Diagnostic, Id};

impl Check<'_> {
    pub(super) fn model_errors(&mut self) {
        if self.book.models.is_empty() && self.book.products.values().all(|p| p.model.is_none()) {
            return;
        }
        self.model_references();
        self.configured_gifts();
        for (i, model) in self.book.models.iter().enumerate() {
            self.model_values(i, model);
        }
        let mut problems = Vec::new();
        self.made.models = Models::new(self.book, &mut |at, problem| problems.push((at, problem)));
        for (at, problem) in problems {
            let Some(model) = self.book.models.get(at) else { continue };
            let place = format!("/models/{at}");
            match problem {
                Uncompiled::Periods(most) => {
                    let message = format!("model `{}` changes on more than {most} days", model.id);
                    self.say(Code::ModelLimit, place, message);
                }
                Uncompiled::Errors(errors) => {
                    let first = errors.iter().filter(|error| in_first_instance(error));
                    first.for_each(|error| self.model_error(&place, model, error));
                }
            }
        }
        // An error of a rule stands in each period of its validity.
        let mut seen = BTreeSet::new();
        self.found.retain(|f| seen.insert((f.path.clone(), f.code.clone(), f.message.clone())));
        self.void_models();
    }

    fn model_references(&mut self) {
        let book = self.book;
        let known: Vec<&str> = book.models.iter().map(|model| model.id.as_str()).collect();
        for (id, product) in &book.products {
            let Some(model) = &product.model else { continue };
            if !known.contains(&model.as_str()) {
                let help = self.meant(
                    model.as_str(),
                    known.iter().copied(),
                    Code::UnknownModel.info().mend,
                );
                let message = format!(
                    "product `{id}` is configured by model `{model}`, which is not in the book"
                );
                let path = format!("/products{}/model", step(id));
                self.found.push(Diagnostic::new(Code::UnknownModel, path, message).with_help(help));
            }
        }
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, model) in book.models.iter().enumerate() {
            match first.get(model.id.as_str()) {
                Some(other) => self.found.push(
                    Diagnostic::new(
                        Code::DuplicateId,
                        format!("/models/{i}/id"),
                        format!("model `{}` stands twice", model.id),
                    )
                    .with_related(format!("/models/{other}"), format!("the other `{}`", model.id)),
                ),
                None => {
                    first.insert(&model.id, i);
                }
            }
        }
    }

    fn configured_gifts(&mut self) {
        let book = self.book;
        for (i, rule) in book.discounts.iter().enumerate() {
            let gift = rule.free.as_ref().and_then(|free| free.product.as_ref());
            if let Some(gift) = gift
                && book.products.get(gift).is_some_and(|product| product.model.is_some())
            {
                let path = format!("/discounts/{i}/free/product");
                let message = format!("discount `{}` gives `{gift}`, which is configured", rule.id);
                self.say(Code::ConfiguredGift, path, message);
            }
        }
    }

    /// What the parts of a model say by themselves and about the book.
    fn model_values(&mut self, at: usize, model: &Model) {
        let place = format!("/models/{at}");
        let users: Vec<(&Id, &Product)> = self
            .book
            .products
            .iter()
            .filter(|(_, product)| product.model.as_ref().is_some_and(|id| *id == *model.id))
            .collect();
        self.names(&place, "model", &model.id);
        for (field, given) in [("price", model.price.is_some()), ("cost", model.cost.is_some())] {
            if given {
                let message = format!("model `{}` has a {field} of its own", model.id);
                self.say(Code::ModelPrice, format!("{place}/{field}"), message);
            }
        }
        let part = Part::whole(model);
        self.part_values(&place, &part, &users);
        for (k, table) in model.price_tables.iter().enumerate() {
            let path = format!("{place}/price_tables/{k}");
            self.names(&path, "price table", &table.id);
            self.window(table.valid, || format!("{path}/valid"));
        }
        let Some(bom) = &model.bom else { return };
        for (k, item) in bom.items.iter().enumerate() {
            if let Some(cost) = item.cost {
                let path = || format!("{place}/bom/items/{k}/cost");
                self.not_negative(
                    cost.exact(),
                    path,
                    format_args!("the cost of item `{}`", item.id),
                );
            }
        }
        for (k, line) in bom.lines.iter().enumerate() {
            self.window(line.valid, || format!("{place}/bom/lines/{k}/valid"));
            if let Some(scrap) = line.scrap {
                let path = || format!("{place}/bom/lines/{k}/scrap");
                self.not_negative(
                    scrap.exact(),
                    path,
                    format_args!("the scrap of `{}`", line.item),
                );
            }
        }
    }

    fn part_values(&mut self, place: &str, part: &Part<'_>, users: &[(&Id, &Product)]) {
        for (g, group) in part.groups.iter().enumerate() {
            for (o, option) in group.options.iter().enumerate() {
                self.option_values(&format!("{place}/groups/{g}/options/{o}"), option, users);
            }
        }
        for (r, rule) in part.rules.iter().enumerate() {
            self.names(&format!("{place}/rules/{r}"), "rule", &rule.id);
            self.window(rule.valid, || format!("{place}/rules/{r}/valid"));
        }
        for (t, table) in part.tables.iter().enumerate() {
            self.names(&format!("{place}/tables/{t}"), "table", &table.id);
            self.window(table.valid, || format!("{place}/tables/{t}/valid"));
        }
        for (a, assembly) in part.assemblies.iter().enumerate() {
            self.part_values(&format!("{place}/assemblies/{a}"), &Part::of(assembly), users);
        }
    }

    fn option_values(&mut self, place: &str, option: &Choosable, users: &[(&Id, &Product)]) {
        let book = self.book;
        let id = &option.id;
        self.names(place, "option", id);
        self.window(option.valid, || format!("{place}/valid"));
        if let Some(cost) = option.cost {
            let path = || format!("{place}/cost");
            self.not_negative(cost.exact(), path, format_args!("the cost of option `{id}`"));
        }
        if let Some(quantity) = option.quantity {
            let path = || format!("{place}/quantity");
            self.positive(quantity.exact(), path, format_args!("the quantity of option `{id}`"));
        }
        let Some(name) = &option.product else { return };
        let path = format!("{place}/product");
        let product = Id::new(name).ok().and_then(|id| book.products.get(&id));
        let Some(product) = product else {
            let known = book.products.keys().map(Id::as_str);
            let help = self.meant(name, known, Code::UnknownOptionProduct.info().mend);
            let message = format!("option `{id}` is product `{name}`, which is not in the book");
            self.found
                .push(Diagnostic::new(Code::UnknownOptionProduct, path, message).with_help(help));
            return;
        };
        if product.model.is_some() {
            let message = format!("option `{id}` is product `{name}`, which is configured itself");
            self.say(Code::ConfiguredOption, path, message);
        } else if let Some((user, _)) = users.iter().find(|(_, user)| user.per != product.per) {
            let message =
                format!("option `{id}` is product `{name}`, and `{user}` has another period");
            self.say(Code::OptionPeriod, path, message);
        }
    }

    /// Names of parts appear in quotes, where an id has a form.
    fn names(&mut self, place: &str, kind: &str, id: &str) {
        if Id::new(id).is_err() {
            self.say(
                Code::ModelForm,
                format!("{place}/id"),
                format!("the id of the {kind} is empty, longer than 256 bytes or has a control character"),
            );
        }
    }

    fn model_error(&mut self, place: &str, model: &Model, error: &ModelError) {
        let path = format!("{place}{}", pointer(model, error.spot()));
        let at = format!("model `{}`, {}", model.id, error.place());
        let at = if *error.spot() == Spot::Model { format!("model `{}`", model.id) } else { at };
        let unknown = |what: &str, name: &str| {
            (
                Code::ModelUnknown,
                format!("{at}: there is no {what} `{name}`"),
                Some(name.to_owned()),
            )
        };
        let (code, message, meant) = match error.problem() {
            ModelProblem::Duplicate(id) => {
                (Code::ModelTwice, format!("{at}: the id `{id}` is taken already"), None)
            }
            ModelProblem::UnknownOption(id) => unknown("option", id),
            ModelProblem::UnknownColumn(id) => unknown("group or option", id),
            ModelProblem::UnknownAttribute(id) => unknown("attribute", id),
            ModelProblem::UnknownItem(id) => unknown("item", id),
            ModelProblem::UnknownCell { column, cell } => (
                Code::ModelUnknown,
                format!("{at}: `{cell}` is not a value of column `{column}`"),
                Some(cell.clone()),
            ),
            ModelProblem::BomCycle(items) => {
                let circle: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
                let message = format!("{at} runs in a circle: {}", circle.join(" > "));
                (Code::BomCycle, message, None)
            }
            ModelProblem::Limit(limit) => {
                let (which, most) = (limit.which(), limit.limit());
                let message = format!("{at}: limit `{which}` is exceeded: {most} is the most");
                (Code::ModelLimit, message, None)
            }
            other => (Code::ModelForm, format!("{at}: {other}"), None),
        };
        let mend = code.info().mend;
        let known: Vec<&str> = ids(model);
        let help = meant.map(|name| self.meant(&name, known.iter().copied(), mend));
        let finding = Diagnostic::new(code, path, message);
        self.found.push(match help {
            Some(help) => finding.with_help(help),
            None => finding,
        });
    }

    /// A model that allows nothing on any day is an error.
    fn void_models(&mut self) {
        let mut found = Vec::new();
        for (at, compiled) in self.made.models.iter().enumerate() {
            let mut periods = compiled.periods().peekable();
            if periods.peek().is_none() || periods.any(|configurator| !configurator.is_void()) {
                continue;
            }
            // The last period is the one that goes on.
            if let Some(Ok(why)) = compiled.periods().last().map(|last| last.check())
                && let Some(finding) = why.first()
            {
                found.push((format!("/models/{at}"), sentence(finding)));
            }
        }
        for (path, message) in found {
            self.say(Code::ModelVoid, path, message);
        }
    }

    pub(super) fn model_warnings(&mut self) {
        let book = self.book;
        for (at, model) in book.models.iter().enumerate() {
            let place = format!("/models/{at}");
            let used =
                book.products.values().any(|p| p.model.as_ref().is_some_and(|id| *id == *model.id));
            if !used {
                let message = format!("no product is configured by model `{}`", model.id);
                self.say(Code::UnusedModel, place.clone(), message);
            }
        }
        let models = std::mem::take(&mut self.made.models);
        for (at, (compiled, model)) in models.iter().zip(&book.models).enumerate() {
            self.suspicious(&format!("/models/{at}"), model, &Periods::of(compiled.periods()));
        }
        self.made.models = models;
    }

    /// What holds in every period in which it can is worth a warning; what a season closes and
    /// opens again is meant.
    fn suspicious(&mut self, place: &str, model: &Model, periods: &Periods<'_>) {
        if periods.unsettled {
            let message = format!("model `{}` was not looked at in full", model.id);
            self.say(Code::ModelNotSettled, place.to_owned(), message);
        }
        if periods.looked_at.is_empty() {
            return;
        }
        for (window, finding) in &periods.void {
            let message = format!("{}: {}", super::days(*window), sentence(finding));
            self.say(Code::ModelVoidThen, place.to_owned(), message);
        }
        for finding in periods.in_every() {
            let subject = finding.subject().to_owned();
            let (code, spot) = match finding.kind() {
                FindingKind::Void => continue,
                FindingKind::Dead => (Code::DeadOption, Spot::Option(subject)),
                FindingKind::FalseOptional => (Code::FalseOptional, Spot::Option(subject)),
                FindingKind::Redundant => (Code::RedundantRule, Spot::Rule(subject)),
                FindingKind::UnreachableItem => (Code::UnreachableItem, Spot::Item(subject)),
            };
            let path = format!("{place}{}", pointer(model, &spot));
            let message = format!("model `{}`: {}", model.id, sentence(finding));
            self.say(code, path, message);
        }
    }
}

/// An error within an assembly stands in each of its instances; one of them is enough.
fn in_first_instance(error: &ModelError) -> bool {
    let place = error.place();
    let numbers = place.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    numbers.filter_map(|number| number.parse::<u32>().ok()).all(|number| number == 1)
}

/// The most bytes of a sentence about a model: an explanation may name many rules.
const LONGEST: usize = 240;

fn sentence(finding: &Finding) -> String {
    let text = finding.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}

/// What the check of a model found in each of its periods.
struct Periods<'c> {
    looked_at: Vec<(&'c Configurator, Vec<Finding>)>,
    void: Vec<(Window, Finding)>,
    unsettled: bool,
}

impl<'c> Periods<'c> {
    fn of(periods: impl Iterator<Item = &'c Configurator>) -> Self {
        let mut out = Self { looked_at: Vec::new(), void: Vec::new(), unsettled: false };
        // Before the first option is offered and after the last there is nothing to sell, and it is
        // meant; between them it is not.
        let mut closed = Vec::new();
        for configurator in periods {
            let Ok(findings) = configurator.check() else {
                out.unsettled = true;
                continue;
            };
            let void = findings.iter().find(|finding| finding.kind() == FindingKind::Void);
            match void {
                Some(void) if !by_validity(void) => {
                    out.void.push((configurator.valid_during(), void.clone()));
                }
                Some(_) if out.looked_at.is_empty() => {}
                Some(void) => closed.push((configurator.valid_during(), void.clone())),
                None => {
                    out.void.append(&mut closed);
                    out.looked_at.push((configurator, findings));
                }
            }
        }
        out
    }

    /// The findings that hold in every period; of a rule, in every period in which it applies.
    fn in_every(&self) -> Vec<&Finding> {
        let same = |finding: &Finding, other: &Finding| {
            finding.kind() == other.kind() && finding.subject() == other.subject()
        };
        let mut out: Vec<&Finding> = Vec::new();
        // The last period is the one that goes on, and its words are the ones to read.
        for finding in self.looked_at.iter().rev().flat_map(|(_, findings)| findings) {
            let holds = |(configurator, findings): &(&Configurator, Vec<Finding>)| {
                findings.iter().any(|other| same(finding, other))
                    || (finding.kind() == FindingKind::Redundant
                        && !configurator.applies(finding.subject()))
            };
            if is_of_rules(finding)
                && !out.iter().any(|other| same(finding, other))
                && self.looked_at.iter().all(holds)
            {
                out.push(finding);
            }
        }
        out
    }
}

/// Whether a finding says more than that something is closed on these days: an option that is dead on
/// every day may be so because what it needs is closed while it is not.
fn is_of_rules(finding: &Finding) -> bool {
    let rules = finding.explanation().rules();
    !by_validity(finding) || (finding.kind() == FindingKind::Dead && rules.len() > 1)
}

/// Whether a finding comes from a window of validity.
fn by_validity(finding: &Finding) -> bool {
    finding.explanation().rules().iter().any(|rule| rule.kind() == "validity")
}

/// A model, or one of its assemblies.
struct Part<'m> {
    groups: &'m [Group],
    assemblies: &'m [Assembly],
    rules: &'m [Rule],
    tables: &'m [VariantTable],
}

impl<'m> Part<'m> {
    fn whole(model: &'m Model) -> Self {
        let Model { groups, assemblies, rules, tables, .. } = model;
        Self { groups, assemblies, rules, tables }
    }

    fn of(assembly: &'m Assembly) -> Self {
        let Assembly { groups, assemblies, rules, tables, .. } = assembly;
        Self { groups, assemblies, rules, tables }
    }
}

/// Every name that a part of the model can mean.
fn ids(model: &Model) -> Vec<&str> {
    fn walk<'m>(part: &Part<'m>, out: &mut Vec<&'m str>) {
        for group in part.groups {
            out.push(&group.id);
            for option in &group.options {
                out.push(&option.id);
                out.extend(option.attributes.keys().map(String::as_str));
            }
        }
        for assembly in part.assemblies {
            out.push(&assembly.id);
            walk(&Part::of(assembly), out);
        }
    }
    let mut out = Vec::new();
    let whole = Part::whole(model);
    walk(&whole, &mut out);
    out.extend(model.bom.iter().flat_map(|bom| &bom.items).map(|item| item.id.as_str()));
    out
}

/// The JSON pointer of a part within its model; empty where it is not found.
fn pointer(model: &Model, spot: &Spot) -> String {
    let place = |section: &str, at: Option<usize>| at.map(|at| format!("/{section}/{at}"));
    let found = match spot {
        Spot::Model => None,
        Spot::Group(id)
        | Spot::Option(id)
        | Spot::Assembly(id)
        | Spot::Rule(id)
        | Spot::Table(id) => inner(model, spot, id),
        Spot::PriceTable(id) => {
            place("price_tables", model.price_tables.iter().position(|table| table.id == *id))
        }
        Spot::Default(id) => {
            place("defaults", model.defaults.iter().position(|default| default.option == *id))
        }
        Spot::Preference(id) => {
            place("preferences", model.preferences.iter().position(|wish| wish.id == *id))
        }
        Spot::Bom => model.bom.as_ref().map(|_| "/bom".to_owned()),
        Spot::Item(id) => model
            .bom
            .as_ref()
            .and_then(|bom| place("bom/items", bom.items.iter().position(|item| item.id == *id))),
        Spot::Line { item, assembly } => model.bom.as_ref().and_then(|bom| {
            let same = bom.lines.iter().position(|l| l.item == *item && l.assembly == *assembly);
            place("bom/lines", same)
        }),
    };
    found.unwrap_or_default()
}

/// The place of a part that may stand in an assembly: `wheel[2].rim` is `rim` of `wheel`.
fn inner(model: &Model, spot: &Spot, id: &str) -> Option<String> {
    let mut part = Part::whole(model);
    let mut path = String::new();
    let mut rest = id;
    let number = |part: &Part<'_>, name: &str| {
        let own = name.split_once('[').map_or(name, |(own, _)| own);
        part.assemblies.iter().position(|assembly| assembly.id == own)
    };
    while let Some((head, tail)) = rest.split_once("].") {
        let Some(at) = number(&part, head) else { break };
        path = format!("{path}/assemblies/{at}");
        part = Part::of(part.assemblies.get(at)?);
        rest = tail;
    }
    let here = |section: &str, at: Option<usize>| at.map(|at| format!("{path}/{section}/{at}"));
    match spot {
        Spot::Rule(_) => {
            let rule = part.rules.iter().position(|rule| rule.id == rest);
            here("rules", rule)
                .or_else(|| here("tables", part.tables.iter().position(|t| t.id == rest)))
        }
        Spot::Table(_) => here("tables", part.tables.iter().position(|table| table.id == rest)),
        Spot::Assembly(_) => here("assemblies", number(&part, rest)),
        Spot::Group(_) => here("groups", part.groups.iter().position(|group| group.id == rest))
            .or_else(|| here("assemblies", number(&part, rest))),
        _ => {
            let option = part.groups.iter().enumerate().find_map(|(g, group)| {
                let o = group.options.iter().position(|option| option.id == rest)?;
                Some(format!("{path}/groups/{g}/options/{o}"))
            });
            option.or_else(|| here("assemblies", number(&part, rest)))
        }
    }
}
