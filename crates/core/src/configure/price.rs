//! What a configuration costs: totals, the cheapest one, the best margin, what a change would do.

use listino_solver::{Explorer, Lit, NoValidSet, Order, OutOfSteps, Outcome, Solver};
use serde::Serialize;

use super::bom::BomError;
use super::formula::amount_or_zero;
use super::lower::{Lowered, NO_OPTION, whole_numbers};
use super::session::{Answer, ChoiceError, Configuration, Session};
use crate::calendar::Date;
use crate::money::{Amount, ArithmeticError, Exact, Quantity};
use crate::order::arrange;

/// What each option adds, exact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prices {
    terms: Vec<PricedLiteral>,
    price: Exact,
    cost: Exact,
    unpriced: Vec<String>,
    /// Where the cost is that of the bill of materials: of what it is made.
    pub(crate) bill: Option<BillCost>,
}

/// What a bill of materials is exploded for, to tell its cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BillCost {
    pub(crate) date: Date,
    pub(crate) quantity: Quantity,
    /// What one unit of the bill's currency is in that of the prices.
    pub(crate) rate: Exact,
}

#[derive(Debug, Clone, PartialEq)]
struct PricedLiteral {
    literal: Lit,
    /// An error where it has too many digits, which only matters to who chooses it.
    price: Result<Exact, ArithmeticError>,
    cost: Result<Exact, ArithmeticError>,
}

/// What a product costs, from a price list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductPrice {
    /// The price of one.
    pub price: Amount,
    /// What one costs the seller, if known.
    pub cost: Option<Amount>,
}

/// The price and cost of a configuration before anything that a price list adds. Not rounded. The cost is
/// that of the options, or of the bill of materials in the session of a line whose product has no cost of its
/// own, as in its quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The price.
    pub price: Amount,
    /// The cost; what has none counts as zero.
    pub cost: Amount,
    /// The price less the cost.
    pub margin: Amount,
}

/// The best configuration that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// The configuration.
    pub configuration: Configuration,
    /// What it costs.
    pub total: Total,
    /// Whether it is proved that there is none better; else the steps ran out.
    pub proved: bool,
}

/// What choosing an option would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// The option.
    pub option: String,
    /// How much the price of the completed configuration would change.
    pub price: Amount,
    /// How much its margin would change.
    pub margin: Amount,
}

/// Why a price cannot be given.
///
/// ```
/// use listino_core::configure::{Configurator, Model, PriceError};
/// let model: Model = serde_json::from_str(
///     r#"{ "id": "lamp", "groups": [{ "id": "bulb", "options": [{ "id": "warm", "product": "B-1" }] }] }"#,
/// )?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// assert_eq!(session.cheapest(), Err(PriceError::Unpriced("B-1".to_owned())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// The session has no answer.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The price of a product is not known.
    #[error("the price of one `{0}` is not known: it has none, or is priced as a whole")]
    Unpriced(String),
    /// A number cannot be held exactly.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// The bill of materials has no cost.
    #[error(transparent)]
    Bill(#[from] BomError),
    /// No best margin is searched over a bill of materials.
    #[error("the cost is that of the bill of materials, over which no best margin is searched")]
    CostOfBill,
    /// Prices too large or too fine to be searched over.
    #[error("the prices are too large or too fine to be compared in 64 bits")]
    TooLarge,
}

/// A sum to be made small, in whole numbers: `constant + sum of positive terms`.
struct Objective {
    terms: Vec<(i64, Lit)>,
    constant: i128,
    /// How many units one whole is.
    unit: Exact,
}

impl Objective {
    fn value(&self, holds: &dyn Fn(Lit) -> bool) -> i64 {
        self.terms.iter().filter(|&&(_, literal)| holds(literal)).map(|&(c, _)| c).sum()
    }
}

/// Whether a solution, as a bitset of chosen variables, makes a literal true.
pub(crate) fn holds(row: &[u64], literal: Lit) -> bool {
    let word = row.get(literal.slot() / 64).copied().unwrap_or(0);
    (word >> (literal.slot() % 64) & 1 == 1) == literal.is_positive()
}

impl Prices {
    /// The prices that the model itself has; what its products cost is not known yet.
    pub(crate) fn of_model(model: &Lowered) -> Self {
        Self::with(model, &|_| None)
    }

    fn with(model: &Lowered, lookup: &dyn Fn(&str) -> Option<ProductPrice>) -> Self {
        let lookup = |product: &str, _| lookup(product);
        let own =
            ProductPrice { price: model.base_price.unwrap_or(Amount::ZERO), cost: model.base_cost };
        Self::in_currency(model, own, Exact::ONE, &lookup)
    }

    /// `base` and what `lookup` gives, for one where an option has so many, is in the currency wanted, and
    /// one unit of the model's own currency is `rate` units of it.
    pub(crate) fn in_currency(
        model: &Lowered,
        base: ProductPrice,
        rate: Exact,
        lookup: &dyn Fn(&str, Quantity) -> Option<ProductPrice>,
    ) -> Self {
        let mut unpriced = Vec::new();
        let mut terms = Vec::with_capacity(model.prices.len());
        for term in &model.prices {
            let mut listed = None;
            if !term.product.is_empty() {
                listed = lookup(&term.product, term.quantity);
                if listed.is_none() && term.price.is_none() {
                    unpriced.push(term.product.clone());
                }
            }
            let quantity = term.quantity.exact();
            let times = |own: Option<Amount>, listed: Option<Amount>| {
                let one = match own {
                    Some(own) => own.exact().multiply(rate),
                    None => Ok(amount_or_zero(listed)),
                };
                one.and_then(|one| one.multiply(quantity))
            };
            terms.push(PricedLiteral {
                literal: term.literal,
                price: times(term.price, listed.map(|listed| listed.price)),
                cost: times(term.cost, listed.and_then(|listed| listed.cost)),
            });
        }
        let (price, cost) = (base.price.exact(), amount_or_zero(base.cost));
        Self { terms, price, cost, unpriced, bill: None }
    }

    /// `bill` is the cost where the terms do not say it.
    fn total(&self, bits: &[u64], bill: Option<Exact>) -> Result<Total, PriceError> {
        if let Some(product) = self.unpriced.first() {
            return Err(PriceError::Unpriced(product.clone()));
        }
        let (mut price, mut cost) = (self.price, self.cost);
        for term in self.terms.iter().filter(|term| holds(bits, term.literal)) {
            price = price.add(term.price?)?;
            cost = cost.add(term.cost?)?;
        }
        let cost = bill.unwrap_or(cost);
        Ok(Total {
            price: Amount::from_exact(price)?,
            cost: Amount::from_exact(cost)?,
            margin: Amount::from_exact(price.subtract(cost)?)?,
        })
    }
}

impl Session {
    /// Gives the session the prices of products. A price that the model gives itself stands.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, ProductPrice};
    /// let model: Model = serde_json::from_str(
    ///     r#"{ "id": "lamp", "groups": [{ "id": "bulb", "options": [{ "id": "warm", "product": "B-1" }] }] }"#,
    /// )?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// let bulb = ProductPrice { price: 5.into(), cost: Some(2.into()) };
    /// session.set_prices(&|product| (product == "B-1").then_some(bulb));
    /// assert_eq!(session.cheapest()?.total.margin, 3.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_prices(&mut self, lookup: &dyn Fn(&str) -> Option<ProductPrice>) {
        self.prices = Prices::with(&self.configurator.inner.model, lookup);
    }

    /// The price and cost of a configuration of this model.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, Total};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// let complete = session.complete()?;
    /// let total: Total = session.total(&complete)?;
    /// assert_eq!((total.price, total.cost, total.margin), (23.into(), 6.into(), 17.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError::Unpriced`], [`PriceError::Arithmetic`], [`PriceError::Bill`].
    pub fn total(&self, configuration: &Configuration) -> Result<Total, PriceError> {
        let mut cost = None;
        if let (Some(bill), Some(graph)) = (&self.prices.bill, self.configurator.bom()) {
            let most = self.configurator.inner.limits.bom_lines;
            let exploded = graph.explode(configuration, bill.date, bill.quantity, most)?;
            cost = Some(exploded.cost.exact().multiply(bill.rate)?);
        }
        self.prices.total(configuration.bits(), cost)
    }

    fn objective(
        &self,
        value: &dyn Fn(&PricedLiteral) -> Result<Exact, ArithmeticError>,
    ) -> Result<Objective, PriceError> {
        if let Some(product) = self.prices.unpriced.first() {
            return Err(PriceError::Unpriced(product.clone()));
        }
        let values = self.prices.terms.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let scale = values.iter().map(|value| value.reduced().parts().1).max().unwrap_or(0);
        let unit = Exact::new(10_i128.checked_pow(scale).ok_or(PriceError::TooLarge)?, 0)?;
        let whole = whole_numbers(values.into_iter()).ok_or(PriceError::TooLarge)?;
        let model = &self.configurator.inner.model;
        let mut by_variable = vec![0_i128; self.explorer.solver.variables()];
        let mut constant: i128 = 0;
        let mut add = |variable: u32, amount: i128| {
            if let Some(slot) = by_variable.get_mut(variable as usize) {
                *slot += amount;
            }
        };
        for (&amount, term) in whole.iter().zip(&self.prices.terms) {
            let amount = i128::from(amount);
            if term.literal.is_positive() {
                add(term.literal.variable(), amount);
            } else {
                constant += amount;
                add(term.literal.variable(), -amount);
            }
        }
        // Where exactly one option of a group is chosen, what the cheapest costs is certain. It
        // moves to the option above, so that the bound is felt before the group is decided. A
        // group stands after its parent's unless the model says otherwise, which only costs time.
        for group in model.groups.iter().rev() {
            if group.min != 1 || group.max != 1 {
                continue;
            }
            let options = group.first as usize..(group.first + group.count) as usize;
            let Some(costs) = by_variable.get_mut(options) else { continue };
            let Some(&least) = costs.iter().min() else { continue };
            costs.iter_mut().for_each(|cost| *cost -= least);
            if group.parent == NO_OPTION {
                constant += least;
            } else if let Some(slot) = by_variable.get_mut(group.parent as usize) {
                *slot += least;
            }
        }
        let mut terms = Vec::new();
        for (variable, &amount) in (0..).zip(&by_variable) {
            let literal = match amount {
                0 => continue,
                1.. => Lit::positive(variable),
                _ => {
                    constant += amount;
                    Lit::negative(variable)
                }
            };
            terms.push((i64::try_from(amount.abs()).map_err(|_| PriceError::TooLarge)?, literal));
        }
        let total: i128 = terms.iter().map(|&(c, _)| i128::from(c)).sum();
        if total >= i128::from(i64::MAX) {
            return Err(PriceError::TooLarge);
        }
        Ok(Objective { terms, constant, unit })
    }

    /// The cheapest configuration with the customer's choices; among equals the one that the
    /// defaults and preferences like best.
    ///
    /// ```
    /// use listino_core::configure::{Best, Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// let best: Best = session.cheapest()?;
    /// assert_eq!(best.configuration.options().collect::<Vec<_>>(), ["red", "cold"]);
    /// assert!(best.proved && best.total.price == 2.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn cheapest(&mut self) -> Result<Best, PriceError> {
        let objective = self.objective(&|term| term.price)?;
        self.best(&objective)
    }

    /// The configuration with the largest margin, price less cost, with the customer's choices.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// let best = session.best_margin()?;
    /// assert_eq!(best.configuration.options().collect::<Vec<_>>(), ["gold", "warm"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`]; [`PriceError::CostOfBill`] where [`Total`] has the cost of the bill of materials.
    pub fn best_margin(&mut self) -> Result<Best, PriceError> {
        if self.prices.bill.is_some() {
            return Err(PriceError::CostOfBill);
        }
        let objective = self.objective(&|term| term.cost?.subtract(term.price?))?;
        self.best(&objective)
    }

    fn best(&mut self, objective: &Objective) -> Result<Best, PriceError> {
        // Something valid to start from, or the reason why nothing is.
        let mut best = self.complete()?;
        let mut value = objective.value(&|literal| holds(best.bits(), literal));
        let mut proved = value == 0;
        let mut solver: Solver = self.explorer.solver.clone();
        solver.bound_objective(objective.terms.clone(), value);
        solver.allow(self.steps);
        let stands = solver.assume(&self.choices).is_ok();
        // Dear things are left out first.
        let mut wanted = objective.terms.clone();
        arrange(&mut wanted, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let wanted: Vec<Lit> = wanted.into_iter().map(|(_, literal)| !literal).collect();
        while stands && value > 0 {
            solver.tighten(value - 1);
            if solver.is_broken() {
                proved = true;
                break;
            }
            solver.want(wanted.clone());
            match solver.solve(Order::Steered) {
                Ok(Outcome::Solution) => {
                    let mut bits = vec![0; solver.variables().div_ceil(64)];
                    solver.write_solution(&mut bits);
                    value = objective.value(&|literal| holds(&bits, literal));
                    best = Configuration::new(&self.configurator, bits);
                    proved = value == 0;
                }
                Ok(Outcome::Refuted(_)) => {
                    proved = true;
                    break;
                }
                Err(OutOfSteps) => break,
            }
        }
        if proved {
            // The same answer on every way to it: the best in the order of the wishes.
            let mut solver = self.explorer.solver.clone();
            solver.bound_objective(objective.terms.clone(), value);
            solver.allow(self.steps);
            if solver.assume(&self.choices).is_ok() {
                solver.want(self.wishes());
                if solver.solve(Order::Strict) == Ok(Outcome::Solution) {
                    let mut bits = vec![0; solver.variables().div_ceil(64)];
                    solver.write_solution(&mut bits);
                    best = Configuration::new(&self.configurator, bits);
                }
            }
        }
        let total = self.total(&best)?;
        Ok(Best { configuration: best, total, proved })
    }

    /// How the price and the margin of the completed configuration change with an option, in
    /// comparison to [`Session::complete`] as it stands. `None` when the option cannot be chosen.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, WhatIf};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("red")?;
    /// session.choose("cold")?;
    /// assert_eq!(session.what_if("gold")?, None);
    /// session.undo("red")?;
    /// session.undo("cold")?;
    /// session.choose("warm")?;
    /// let before = session.complete()?;
    /// let change: WhatIf = session.what_if("gold")?.unwrap();
    /// let expected = if before.is_chosen("gold") { 0 } else { 20 };
    /// assert_eq!(change.price, expected.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn what_if(&mut self, option: &str) -> Result<Option<WhatIf>, PriceError> {
        let option = self.option(option)?;
        let now = self.complete()?;
        let now = self.total(&now)?;
        let out = self.change(option, &now);
        self.come_back();
        out
    }

    /// [`Session::what_if`] for every offered option that can still be chosen, in the order of
    /// the model.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// let changes = session.what_if_all()?;
    /// let options: Vec<&str> = changes.iter().map(|change| change.option.as_str()).collect();
    /// assert_eq!(options, ["gold", "warm"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn what_if_all(&mut self) -> Result<Vec<WhatIf>, PriceError> {
        let now = self.complete()?;
        let now = self.total(&now)?;
        let count = self.configurator.inner.model.options.len();
        let mut out = Vec::new();
        for option in (0..).take(count) {
            if self.valid.shown(Lit::positive(option)) {
                match self.change(option, &now) {
                    Ok(change) => out.extend(change),
                    Err(error) => {
                        self.come_back();
                        return Err(error);
                    }
                }
            }
        }
        self.come_back();
        Ok(out)
    }

    fn change(&mut self, option: u32, now: &Total) -> Result<Option<WhatIf>, PriceError> {
        let literal = Lit::positive(option);
        if self.valid.settled && !self.valid.shown(literal) {
            return Ok(None);
        }
        let mut choices = self.choices.clone();
        if !choices.contains(&literal) {
            choices.push(literal);
        }
        let then = match self.complete_with(&choices) {
            Ok(then) => self.total(&then)?,
            Err(ChoiceError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let less = |a: Amount, b: Amount| -> Result<Amount, ArithmeticError> {
            Amount::from_exact(a.exact().subtract(b.exact())?)
        };
        Ok(Some(WhatIf {
            option: self.configurator.inner.id(option).to_owned(),
            price: less(then.price, now.price)?,
            margin: less(then.margin, now.margin)?,
        }))
    }

    /// Whether each offered option can still be chosen in a configuration of at most this price,
    /// in the order of the model.
    ///
    /// ```
    /// use listino_core::configure::{Answer, Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// let fits = session.within_budget(10.into())?;
    /// assert_eq!(fits[0], ("red".to_owned(), Answer::Yes));
    /// assert_eq!(fits[1], ("gold".to_owned(), Answer::No));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn within_budget(&mut self, budget: Amount) -> Result<Vec<(String, Answer)>, PriceError> {
        let objective = self.objective(&|term| term.price)?;
        let inner = &self.configurator.inner;
        let room = budget.exact().subtract(self.prices.price)?.multiply(objective.unit)?;
        let down = crate::money::Rounding::digits(0, crate::money::RoundingMode::Down);
        let whole = room.round(down)?;
        let whole =
            if room.is_negative() && whole != room { whole.subtract(Exact::ONE)? } else { whole };
        let room = whole.to_integer().ok_or(PriceError::TooLarge)? - objective.constant;
        let offered: Vec<u32> = (0..)
            .zip(&inner.model.options)
            .filter(|(_, option)| !option.hidden)
            .map(|(number, _)| number)
            .collect();
        let name = |option: u32| inner.id(option).to_owned();
        if room < 0 {
            return Ok(offered.into_iter().map(|option| (name(option), Answer::No)).collect());
        }
        let bound = i64::try_from(room).unwrap_or(i64::MAX - 1);
        let affordable: Vec<u64> = self
            .explorer
            .starters()
            .chunks_exact(self.explorer.solver.variables().div_ceil(64).max(1))
            .filter(|row| objective.value(&|literal| holds(row, literal)) <= bound)
            .flatten()
            .copied()
            .collect();
        let mut explorer = Explorer::new(
            std::sync::Arc::clone(&inner.loaded),
            std::sync::Arc::clone(&inner.offered),
            &affordable,
        );
        explorer.solver.bound_objective(objective.terms.clone(), bound);
        let valid = match explorer.assume(&self.choices) {
            Err(_) => Err(NoValidSet::Refuted(Vec::new())),
            Ok(()) => explorer.valid(self.steps),
        };
        Ok(offered
            .into_iter()
            .map(|option| {
                let answer = match &valid {
                    Ok(valid) if valid.shown(Lit::positive(option)) => Answer::Yes,
                    Ok(valid) if valid.settled => Answer::No,
                    Err(NoValidSet::Refuted(_)) => Answer::No,
                    _ => Answer::Open,
                };
                (name(option), answer)
            })
            .collect())
    }
}
