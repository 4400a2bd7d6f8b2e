//! Lines of configured products: what is chosen, what each option adds, what the product is made of.
//!
//! A configuration is settled before its line is priced: the choices are made one after another
//! on the compiled model, and a choice that cannot stand, or a group that nothing decides, refuses
//! the line with the reason. What the options add goes onto the list price; from there on the line
//! is a line like any other, so that discounts, rounding, tax and margin treat it as one product.

use serde::{Deserialize, Serialize};

use super::document::{Per, Refusal, StepKind};
use super::evaluate::{Work, amount, hidden, known_cost, line_of, mix_of, plan_for, product_of};
use super::request::{Party, Request, RequestLine};
use super::single::PriceError;

use crate::book::nearest;
use crate::configure::{
    BillCost, BomError, ChoiceError, Configuration, Configurator, OpenGroup, Prices, ProductPrice,
    RuleReference, Session, UserChoice,
};
use crate::engine::NONE;
use crate::money::{Amount, Exact, Quantity};
use crate::pricing::{
    At, Computed, Found, Line, Mix, Plan, Recorder, RuleRef, Silent, StepNote, list_price,
};
use crate::{Engine, Id};

/// What a line chooses of the model of its product.
///
/// ```
/// use listino_core::quote::Request;
/// let request = Request::from_json(r#"{
///     "v": 1, "date": "2026-05-01", "customer": "C-1",
///     "lines": [{ "product": "bike", "quantity": "1",
///                 "configuration": { "choices": ["carbon", { "option": "bell", "chosen": false }] } }]
/// }"#)?;
/// let configuration = request.lines[0].configuration.as_ref().unwrap();
/// assert!(configuration.choices[0].chosen && !configuration.choices[1].chosen);
/// # Ok::<(), listino_core::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LineConfiguration {
    /// The choices, in their order; defaults and rules decide what they leave open.
    #[serde(default)]
    pub choices: Vec<UserChoice>,
}

/// A configured line: its options with what they add, and its parts.
///
/// `base_value` and the list values of the sub-lines add up exactly to the list value of the line, of one
/// period where it is a subscription.
///
/// ```
/// use listino_core::quote::{BomLine, BomTotal, ConfiguredLine, ExplodedBom, Request, SubLine};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "lamp": { "model": "lamp" } },
/// #     "price_lists": [{ "id": "base", "prices": { "lamp": "50" } }],
/// #     "models": [{ "id": "lamp",
/// #         "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20" }] }],
/// #         "bom": { "root": "lamp", "items": [{ "id": "lamp" }, { "id": "bulb", "cost": "2" }],
/// #                  "lines": [{ "for": "lamp", "item": "bulb", "quantity": "3" }] } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-05-01", "customer": "C",
///     "lines": [{ "product": "lamp", "quantity": "2", "configuration": { "choices": ["gold"] } }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let line: &ConfiguredLine = quote.lines[0].configuration.as_ref().unwrap();
/// let gold: &SubLine = &line.sublines[0];
/// assert_eq!((line.base_value.to_string(), gold.list_value.to_string()), ("100".into(), "40".into()));
/// let parts: &ExplodedBom = line.bom.as_ref().unwrap();
/// let (bulbs, all): (&BomLine, &BomTotal) = (&parts.lines[0], &parts.totals[0]);
/// assert_eq!((bulbs.level, bulbs.quantity, all.quantity), (1, 6.into(), 6.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfiguredLine {
    /// The model.
    pub model: Id,
    /// The version of the model, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The list value of the product before its options.
    pub base_value: Amount,
    /// Every chosen option in the order of the model, then the rows of price tables that fit.
    pub sublines: Vec<SubLine>,
    /// What the product is made of, where the model has a bill of materials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom: Option<ExplodedBom>,
}

/// What one option, or one row of a price table, adds to a configured line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubLine {
    /// The option; absent for a price table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<Id>,
    /// The price table; absent for an option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Id>,
    /// Who decided: the customer, the defaults and preferences of the model, or its rules.
    pub origin: crate::configure::Origin,
    /// The product that the option is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Id>,
    /// How many of the option the line has in all.
    pub quantity: Quantity,
    /// The list that priced the product; absent where the model itself says the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_list: Option<Id>,
    /// What it adds to the list price of one ordered unit, not rounded; absent where the product is
    /// priced as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Amount>,
    /// What it adds to the list value of the line; of one period for subscriptions.
    pub list_value: Amount,
    /// What it adds to the cost of the line; absent where it is not known, or where the bill of
    /// materials says what the whole costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
}

/// The parts of a configured line, for its whole quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExplodedBom {
    /// Every line, each assembly followed by what goes into it.
    pub lines: Vec<BomLine>,
    /// Each item once, with its whole quantity, in the order of the bill.
    pub totals: Vec<BomTotal>,
    /// What everything costs, rolled up and not rounded; absent where the document's currency has no
    /// exchange rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
}

/// One line of an exploded bill of materials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BomLine {
    /// How deep the item sits; what goes straight into the product is at level 1. Phantoms do not
    /// count.
    pub level: u32,
    /// The item.
    pub item: String,
    /// The assembly that it goes into.
    #[serde(rename = "for")]
    pub assembly: String,
    /// How many in all, scrap included, in the item's unit.
    pub quantity: Quantity,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// How much of one item there is in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BomTotal {
    /// The item.
    pub item: String,
    /// How many, scrap included, in the item's unit.
    pub quantity: Quantity,
}

/// What is wrong with the configuration of a line.
///
/// ```
/// use listino_core::quote::{ConfigurationProblem, Refusal, Request};
/// # use listino_core::{Engine, PriceBook};
/// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
/// #     "customers": { "C": {} }, "products": { "lamp": { "model": "lamp" } },
/// #     "price_lists": [{ "id": "base", "prices": { "lamp": "50" } }],
/// #     "models": [{ "id": "lamp",
/// #         "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20" }] }],
/// #         "bom": { "root": "lamp", "items": [{ "id": "lamp" }, { "id": "bulb", "cost": "2" }],
/// #                  "lines": [{ "for": "lamp", "item": "bulb", "quantity": "3" }] } }] }"#)?;
/// # let engine = Engine::compile(&book)?;
/// let request = Request::from_json(r#"{ "v": 1, "date": "2026-05-01", "customer": "C",
///     "lines": [{ "product": "lamp", "quantity": "2", "configuration": { "choices": ["golden"] } }] }"#)?;
/// let quote = engine.quote(&request)?;
/// let Some(Refusal::Configuration { problem }) = &quote.lines[0].refusal else { panic!() };
/// assert!(matches!(**problem, ConfigurationProblem::UnknownOption { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConfigurationProblem {
    /// The product has no model.
    NotConfigurable,
    /// The model has no such option.
    UnknownOption {
        /// What was asked for.
        option: String,
        /// What was probably meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nearest: Option<String>,
    },
    /// A choice cannot stand. Choices and rules are minimal: without any one of them it could.
    Impossible {
        /// The choice.
        choice: UserChoice,
        /// The earlier choices of the line that stand against it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<UserChoice>,
        /// The rules of the model that stand against it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<RuleReference>,
    },
    /// On the date of the request the model allows nothing at all.
    Void {
        /// The rules that contradict each other; a minimal set.
        rules: Vec<RuleReference>,
    },
    /// Something still has to be chosen.
    Incomplete {
        /// The groups that nothing decides, and what can still be chosen in them.
        open: Vec<OpenGroup>,
    },
    /// The answer was not found within the limit of steps.
    NotSettled {
        /// The limit.
        steps: u64,
    },
    /// The product that an option is has no price.
    Option {
        /// The option.
        option: Id,
        /// The product.
        product: Id,
        /// Why it has none.
        refusal: Box<Refusal>,
    },
    /// The bill of materials cannot be exploded.
    Bom {
        /// Why.
        message: String,
    },
}

impl From<ConfigurationProblem> for Box<Refusal> {
    fn from(problem: ConfigurationProblem) -> Self {
        Self::new(Refusal::Configuration { problem: Box::new(problem) })
    }
}

/// A configuration that stands, on its way through pricing.
#[derive(Debug)]
pub(crate) struct Configured {
    configurator: Configurator,
    configuration: Configuration,
    /// For each chosen option that is offered, who decided.
    chosen: Vec<(u32, crate::configure::Origin)>,
    bom: Option<ExplodedBom>,
    base_value: Exact,
    sublines: Vec<Adds>,
}

/// A sub-line before its numbers are amounts.
#[derive(Debug)]
struct Adds {
    id: Id,
    is_table: bool,
    origin: crate::configure::Origin,
    product: Option<Id>,
    quantity: Exact,
    price_list: Option<Id>,
    /// For one ordered unit of the line.
    unit: Option<Exact>,
    value: Exact,
    /// For the line; `None` where it is not known.
    cost: Option<Exact>,
}

/// Settles the configuration of a line; `None` for products that have none.
pub(crate) fn settle(
    plan: &Plan<'_>,
    line: &Line<'_>,
    asked: &RequestLine,
) -> Computed<Option<Box<Configured>>> {
    let Some(configurator) = model_of(plan, line) else {
        return match asked.configuration {
            None => Ok(None),
            Some(_) => Err(ConfigurationProblem::NotConfigurable.into()),
        };
    };
    let mut session = configurator.session();
    choose(&mut session, configurator, asked)?;
    let void = |error| problem(configurator, &UserChoice::default(), error);
    let open = session.open_groups().map_err(void)?;
    if !open.is_empty() {
        return Err(ConfigurationProblem::Incomplete { open }.into());
    }
    let configuration = session.complete().map_err(void)?;
    let bom = explode(plan, configurator, &configuration, line.base_quantity)?;
    Ok(Some(Box::new(Configured {
        chosen: origins(&session, configurator, &configuration),
        configurator: configurator.clone(),
        configuration,
        bom,
        base_value: Exact::ZERO,
        sublines: Vec::new(),
    })))
}

fn problem(configurator: &Configurator, choice: &UserChoice, error: ChoiceError) -> Box<Refusal> {
    match error {
        ChoiceError::UnknownOption(option) => {
            let known = configurator.options().map(|option| option.id());
            let budget = std::cell::Cell::new(100_000);
            let nearest = nearest(&option, known, &budget).map(str::to_owned);
            ConfigurationProblem::UnknownOption { option, nearest }
        }
        ChoiceError::Refused(why) if why.about().is_none() => {
            ConfigurationProblem::Void { rules: why.rules().to_vec() }
        }
        ChoiceError::Refused(why) => ConfigurationProblem::Impossible {
            choice: choice.clone(),
            choices: why.choices().to_vec(),
            rules: why.rules().to_vec(),
        },
        ChoiceError::NotSettled { steps } => ConfigurationProblem::NotSettled { steps },
    }
    .into()
}

fn origins(
    session: &Session,
    configurator: &Configurator,
    configuration: &Configuration,
) -> Vec<(u32, crate::configure::Origin)> {
    use crate::configure::Origin;
    let mut out = Vec::new();
    for (number, option) in (0..).zip(&configurator.inner.model.options) {
        if option.hidden || !configuration.contains(number) {
            continue;
        }
        let origin = if session.is_choice(number) {
            Origin::User
        } else if session.is_inferred(number) {
            Origin::Inferred
        } else {
            Origin::Default
        };
        out.push((number, origin));
    }
    out
}

fn explode(
    plan: &Plan<'_>,
    configurator: &Configurator,
    configuration: &Configuration,
    quantity: Exact,
) -> Computed<Option<ExplodedBom>> {
    let Some(bom) = configurator.bom() else { return Ok(None) };
    let quantity = Quantity::from_exact(quantity).at("bom")?;
    let most = configurator.inner.limits.bom_lines;
    let exploded =
        bom.explode(configuration, plan.date, quantity, most).map_err(|error| match error {
            BomError::Arithmetic(_) => Box::new(Refusal::Precision { at: "bom".to_owned() }),
            other => ConfigurationProblem::Bom { message: other.to_string() }.into(),
        })?;
    let cost = known_cost(plan.in_document_currency(exploded.cost.exact()))?;
    let lines = exploded.lines.into_iter().map(|line| BomLine {
        level: line.level,
        item: line.item,
        assembly: line.assembly,
        quantity: line.quantity,
        unit: line.unit,
    });
    let totals = exploded.totals.into_iter().map(|(item, quantity)| BomTotal { item, quantity });
    Ok(Some(ExplodedBom {
        lines: lines.collect(),
        totals: totals.collect(),
        cost: cost.map(amount).transpose()?,
    }))
}

impl Engine {
    /// A session on the model of a line's product, for a customer to go on choosing: the line's
    /// choices are made, and options cost what the customer's price lists and the model say, per
    /// ordered unit, in the document's currency, before discounts. So [`Session::what_if`],
    /// [`Session::cheapest`] and [`Session::within_budget`] speak of list prices; what the line
    /// comes to is said by [`Engine::quote`].
    ///
    /// The price of a product that its list prices as a whole is not known to the session.
    ///
    /// ```
    /// use listino_core::quote::Request;
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR", "customers": { "C": {} },
    ///     "products": { "lamp": { "model": "lamp" } },
    ///     "models": [{ "id": "lamp", "groups": [{ "id": "colour",
    ///         "options": [{ "id": "red" }, { "id": "gold", "price": "20" }] }] }],
    ///     "price_lists": [{ "id": "base", "prices": { "lamp": "50" } }] }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-05-01", "customer": "C",
    ///     "lines": [{ "product": "lamp", "quantity": "1" }] }"#)?;
    /// let mut session = engine.configure(&request, 0)?;
    /// session.choose("gold")?;
    /// let complete = session.complete()?;
    /// assert_eq!(session.total(&complete)?.price.to_string(), "70");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError::UnknownCustomer`]; [`PriceError::Refused`] when there is no such line, its
    /// product has no model or no price, or one of its choices cannot stand.
    pub fn configure(&self, request: &Request, line: usize) -> Result<Session, PriceError> {
        let inner = &*self.0;
        if let Party::Known(id) = &request.customer
            && inner.customers.names.get(id.as_str()).is_none()
        {
            return Err(PriceError::UnknownCustomer(id.to_string()));
        }
        let asked = request.lines.get(line).ok_or(Refusal::UnknownProduct)?;
        let plan = plan_for(inner, request);
        // A ramp is configured once, and begins with its first step.
        let step = asked.ramp.first().map(|step| (step.quantity, Some(step.term)));
        let (quantity, term) = step.unwrap_or((asked.quantity, asked.term));
        let line = line_of(&plan, asked, product_of(inner, asked), quantity.exact(), term)?;
        let mix = mix_of(&plan, request);
        let none = || Box::<Refusal>::from(ConfigurationProblem::NotConfigurable);
        let configurator = model_of(&plan, &line).ok_or_else(none)?;
        let mut session = configurator.session();
        choose(&mut session, configurator, asked)?;
        let found = list_price(&plan, &line, &mix, &mut Silent::default())?;
        let unit = found.unit.ok_or(Refusal::NoPrice)?;
        let one = line.factor.to_base(Exact::ONE).at("units")?;
        let cost = inner
            .products
            .cost(line.info, plan.day)
            .and_then(|cost| plan.in_document_currency(cost.multiply(one).ok()?).ok());
        let base = ProductPrice { price: amount(unit)?, cost: cost.map(amount).transpose()? };
        let lookup = |product: &str, each: Quantity| -> Option<ProductPrice> {
            let product = Id::new(product).ok()?;
            let all = line.base_quantity.multiply(each.exact()).ok()?;
            let (found, cost) = option_product(&plan, &line, &mix, &product, all).ok()?;
            let each = |value: Exact| Amount::from_exact(value.multiply(one).ok()?).ok();
            let cost = cost.and_then(|cost| cost.divide_exact(all).ok());
            Some(ProductPrice { price: each(found.unit?)?, cost: cost.and_then(each) })
        };
        let rate = plan.in_document_currency(one)?;
        session.prices = Prices::in_currency(&configurator.inner.model, base, rate, &lookup);
        if cost.is_none() && configurator.bom().is_some() {
            let (date, rate) = (plan.date, plan.in_document_currency(Exact::ONE)?);
            let quantity = Quantity::from_exact(one).at("units")?;
            session.prices.bill = Some(BillCost { date, quantity, rate });
        }
        Ok(session)
    }
}

fn model_of<'p>(plan: &Plan<'p>, line: &Line<'_>) -> Option<&'p Configurator> {
    let number = line.extra.and_then(|extra| extra.model)?;
    plan.inner.models.get(number)?.on(plan.day)
}

/// Makes the choices of a line, in their order.
fn choose(session: &mut Session, configurator: &Configurator, asked: &RequestLine) -> Computed<()> {
    for choice in asked.configuration.iter().flat_map(|given| &given.choices) {
        session
            .decide(&choice.option, choice.chosen)
            .map_err(|error| problem(configurator, choice, error))?;
    }
    Ok(())
}

/// Adds what the options cost to the list price of a line.
pub(crate) fn add_options(
    plan: &Plan<'_>,
    work: &mut Work<'_>,
    mix: &Mix,
    found: Found,
) -> Computed<Found> {
    let Some(configured) = work.configured.as_mut() else { return Ok(found) };
    let Some(line) = work.line else { return Ok(found) };
    configured.base_value = found.value;
    configured.sublines = price_options(plan, &line, mix, configured)?;
    let mut out = found;
    let whole = configured.sublines.iter().any(|adds| adds.unit.is_none());
    let step = |kind, per, rule, before, after| StepNote {
        kind,
        per,
        rule,
        stage: None,
        percent: None,
        before,
        after,
    };
    if let Some(unit) = out.unit
        && whole
    {
        // An option that is priced as a whole makes the line one that is.
        let quantity = step(StepKind::Quantity, Per::Line, RuleRef::None, unit, out.value);
        work.trace.step(quantity);
        out.unit = None;
    }
    for (at, adds) in (0..).zip(&configured.sublines) {
        let (before, before_value) = (out.unit, out.value);
        out.value = out.value.add(adds.value).at("configuration")?;
        let (per, before, after) = match (before, adds.unit) {
            (Some(before), Some(more)) => {
                let after = before.add(more).at("configuration")?;
                out.unit = Some(after);
                (Per::Unit, before, after)
            }
            _ => (Per::Line, before_value, out.value),
        };
        if before != after {
            let option = step(StepKind::Option, per, RuleRef::Subline(at), before, after);
            work.trace.step(option);
        }
    }
    Ok(out)
}

fn price_options(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    configured: &Configured,
) -> Computed<Vec<Adds>> {
    let model = &configured.configurator.inner.model;
    let mut out: Vec<Adds> = Vec::with_capacity(configured.chosen.len());
    // The place of each option's sub-line; hidden options have one once they cost something.
    let mut places: Vec<(u32, usize)> = Vec::with_capacity(configured.chosen.len());
    for &(number, origin) in &configured.chosen {
        let Some(option) = model.options.get(number as usize) else { continue };
        places.push((number, out.len()));
        out.push(Adds::nothing(&option.id, false, origin, line.base_quantity));
    }
    for term in &model.prices {
        if !crate::configure::holds(configured.configuration.bits(), term.literal) {
            continue;
        }
        let each = term.quantity.exact();
        let all = line.base_quantity.multiply(each).at("configuration")?;
        let option = term.literal.variable();
        let place = places.iter().find(|(number, _)| *number == option).map(|&(_, place)| place);
        let id = model.options.get(option as usize).map_or("", |option| option.id.as_str());
        let inferred = crate::configure::Origin::Inferred;
        let mut adds = match place {
            _ if !term.table.is_empty() => Adds::nothing(&term.table, true, inferred, all),
            Some(place) => {
                let origin = out.get(place).map_or(inferred, |adds| adds.origin);
                Adds::nothing(id, false, origin, all)
            }
            None => Adds::nothing(id, false, inferred, all),
        };
        if !term.product.is_empty() {
            adds.product = Id::new(&term.product).ok();
        }
        let own = |price: Amount| -> Computed<(Exact, Exact)> {
            let one = plan.in_document_currency(price.exact())?;
            let one = one.multiply(each).at("configuration")?;
            let unit = line.factor.to_base(one).at("configuration")?;
            Ok((unit, one.multiply(line.base_quantity).at("configuration")?))
        };
        let own_cost = |cost: Amount| {
            let cost = plan.in_document_currency(cost.exact());
            known_cost(cost.and_then(|cost| cost.multiply(all).at("cost")))
        };
        match (&adds.product, term.price) {
            (Some(product), None) => {
                let product = product.clone();
                let priced = option_product(plan, line, mix, &product, all);
                let (found, cost) = priced.map_err(|refusal| ConfigurationProblem::Option {
                    option: adds.id.clone(),
                    product: product.clone(),
                    refusal,
                })?;
                let list = plan.inner.lists.get(found.list as usize);
                adds.price_list = list.map(|list| list.id.clone());
                adds.value = found.value;
                adds.unit = match found.unit {
                    Some(unit) => {
                        let one = unit.multiply(each).at("configuration")?;
                        Some(line.factor.to_base(one).at("configuration")?)
                    }
                    None => None,
                };
                adds.cost = term.cost.map_or(Ok(cost), own_cost)?;
            }
            (product, price) => {
                let (unit, value) = own(price.unwrap_or(Amount::ZERO))?;
                (adds.unit, adds.value) = (Some(unit), value);
                adds.cost = match (term.cost, product) {
                    (Some(cost), _) => own_cost(cost)?,
                    (None, Some(product)) => product_cost(plan, product, all)?,
                    (None, None) => Some(Exact::ZERO),
                };
            }
        }
        match place.and_then(|place| out.get_mut(place)) {
            Some(slot) if !adds.is_table => *slot = adds,
            _ => out.push(adds),
        }
    }
    Ok(out)
}

/// The list price and the cost of so many of the product that an option is.
fn option_product(
    plan: &Plan<'_>,
    line: &Line<'_>,
    mix: &Mix,
    product: &Id,
    quantity: Exact,
) -> Computed<(Found, Option<Exact>)> {
    let inner = plan.inner;
    let number = inner
        .products
        .names
        .get(product.as_str())
        .ok_or_else(|| Box::new(Refusal::UnknownProduct))?;
    let class = inner.products.info(number).map_or(NONE, |info| info.class);
    if let Some(rule) = hidden(plan, class) {
        return Err(Box::new(Refusal::NotVisible { rule }));
    }
    let mut option = Line::new(inner, number, quantity, None)?;
    option.attributes = line.attributes;
    let found = list_price(plan, &option, mix, &mut Silent::default())?;
    Ok((found, product_cost(plan, product, quantity)?))
}

fn product_cost(plan: &Plan<'_>, product: &Id, quantity: Exact) -> Computed<Option<Exact>> {
    let products = &plan.inner.products;
    let info = products.names.get(product.as_str()).and_then(|number| products.info(number));
    let Some(cost) = info.and_then(|info| products.cost(info, plan.day)) else { return Ok(None) };
    known_cost(plan.in_document_currency(cost.multiply(quantity).at("cost")?))
}

impl Adds {
    fn nothing(
        id: &str,
        is_table: bool,
        origin: crate::configure::Origin,
        quantity: Exact,
    ) -> Self {
        Self {
            // The check of the book sees to it that the ids of a model are ids.
            id: Id::new(id).unwrap_or_default(),
            is_table,
            origin,
            product: None,
            quantity,
            price_list: None,
            unit: Some(Exact::ZERO),
            value: Exact::ZERO,
            cost: Some(Exact::ZERO),
        }
    }
}

impl Configured {
    /// The option or the price table behind a sub-line.
    pub(super) fn subline(&self, at: u32) -> Option<&Id> {
        Some(&self.sublines.get(at as usize)?.id)
    }

    /// The cost of the line in the document's currency, of one period for subscriptions: that of
    /// the product and its options, or of the bill of materials where the product has none.
    pub(crate) fn cost(&self, plan: &Plan<'_>, line: &Line<'_>) -> Option<Computed<Exact>> {
        let Some(cost) = plan.inner.products.cost(line.info, plan.day) else {
            return self.bom.as_ref()?.cost.map(|cost| Ok(cost.exact()));
        };
        let adds: Vec<Exact> = self.sublines.iter().map(|adds| adds.cost).collect::<Option<_>>()?;
        let whole = || {
            let cost = cost.multiply(line.base_quantity).at("cost")?;
            let cost = plan.in_document_currency(cost)?;
            adds.into_iter().try_fold(cost, |sum, cost| sum.add(cost).at("cost"))
        };
        Some(whole())
    }

    /// As the host gets it.
    pub(crate) fn line(self, plan: &Plan<'_>, line: &Line<'_>) -> Computed<ConfiguredLine> {
        let from_bom =
            plan.inner.products.cost(line.info, plan.day).is_none() && self.bom.is_some();
        let subline = |adds: Adds| -> Computed<SubLine> {
            let (option, table) =
                if adds.is_table { (None, Some(adds.id)) } else { (Some(adds.id), None) };
            Ok(SubLine {
                option,
                table,
                origin: adds.origin,
                product: adds.product,
                quantity: Quantity::from_exact(adds.quantity).at("configuration")?,
                price_list: adds.price_list,
                list_price: adds.unit.map(amount).transpose()?,
                list_value: amount(adds.value)?,
                cost: adds.cost.filter(|_| !from_bom).map(amount).transpose()?,
            })
        };
        Ok(ConfiguredLine {
            model: Id::new(self.configurator.id()).unwrap_or_default(),
            version: self.configurator.version().to_owned(),
            base_value: amount(self.base_value)?,
            sublines: self.sublines.into_iter().map(subline).collect::<Result<_, _>>()?,
            bom: self.bom,
        })
    }
}
