//! The margin-safe solver: what may still be given away, exactly.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::book::{Basis, Level};
use crate::engine::Effect;
use crate::money::{Amount, Exact, Increment, Percent, RoundingMode};
use crate::order::arrange_by_key;
use crate::quote::{
    Approval, LinePrice, ManualDiscount, Quote, Request, RequestLine, Status, Verdict,
};
use crate::{Engine, RequestError};

/// What the solver is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Goal {
    /// The largest discount that leaves every floor and block, and every discretionary limit, kept: one
    /// coin more does not. Where the rounding of shares makes a larger one fit again, that may be missed.
    KeepThresholds,
    /// The fewest line discounts that bring the net total (billed, as the book's prices mean it)
    /// down to this amount, every floor and block kept.
    TargetTotal(Amount),
    /// The largest discount (a surcharge, if need be) at which the margin still reaches this.
    TargetMargin(Percent),
}

/// One discount to grant. On a ramp it is taken off each of its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Concession {
    /// The line; absent: the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Id>,
    /// What it takes off, in the document's currency; negative for a surcharge.
    pub amount: Amount,
}

/// The answer of the solver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// What to grant, beyond what the request grants already; empty: nothing.
    pub concessions: Vec<Concession>,
    /// The request with the concessions in it.
    pub request: Request,
    /// Its quote.
    pub quote: Quote,
    /// What one more of the smallest coin would break; empty where the target itself is the limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Approval>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The request cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A line of the request has no price.
    #[error("the quote is incomplete: every line needs a price before anything can be solved")]
    Incomplete,
    /// There is no such line.
    #[error("the request has no line number {0}")]
    NoSuchLine(usize),
    /// The request breaks a threshold before anything is granted.
    #[error("the request does not keep its thresholds as it stands")]
    Broken(Vec<Approval>),
    /// The target lies above the present total; a discount cannot reach it.
    #[error("the net total is {0} already: a discount cannot raise it to the target")]
    TargetAbove(Amount),
    /// The target cannot be reached without breaking a threshold.
    #[error("the lowest net total that keeps the thresholds is {lowest}")]
    OutOfReach {
        /// The lowest net total that can be reached.
        lowest: Amount,
        /// What stands against going lower.
        limits: Vec<Approval>,
    },
    /// No discount brings the net total to exactly the target: rounding, or a rule of the document,
    /// steps over it.
    #[error(
        "no discount brings the net total to exactly the target: it goes from {above} to {below}"
    )]
    SteppedOver {
        /// The lowest net total above the target that was found.
        above: Amount,
        /// What the smallest coin more makes of it.
        below: Amount,
    },
    /// What costs something never has a margin of 100 %.
    #[error("no price has a margin of {0} %: the cost is above zero")]
    MarginOutOfReach(Percent),
    /// A surcharge on the document is spread over the lines with a net above zero; there is none.
    #[error(
        "no surcharge on the document raises the margin: no line has a net above zero to carry it"
    )]
    NothingToCarry,
    /// A margin target needs the cost of every line it is about.
    #[error("a cost is missing: the margin is not known")]
    MissingCost,
    /// Numbers grew beyond what can be held.
    #[error("the search ran out of digits")]
    Precision,
}

impl Engine {
    /// Solves for a goal: over the document, or over one line (counted from 0).
    ///
    /// The answer is exact, rounding included: granting it keeps the goal, granting one more of
    /// the currency's smallest coin does not.
    ///
    /// ```
    /// use listino_core::quote::Request;
    /// use listino_core::solve::{Concession, Goal, Solution, SolveError};
    /// use listino_core::{Engine, PriceBook};
    /// let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    ///     "customers": { "C": {} }, "products": { "P": { "cost": "60" } },
    ///     "price_lists": [{ "id": "base", "prices": { "P": "100" } }],
    ///     "margins": [{ "id": "floor", "floor": "25" }] }"#)?;
    /// let engine = Engine::compile(&book)?;
    /// let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    ///     "lines": [{ "product": "P", "quantity": "10" }] }"#)?;
    /// let solution: Solution = engine.solve(&request, Goal::KeepThresholds, None)?;
    /// let granted: &Concession = &solution.concessions[0];
    /// assert_eq!(granted.amount.to_string(), "200");
    /// let error = engine.solve(&request, Goal::TargetTotal("1200".parse()?), None).unwrap_err();
    /// assert_eq!(error, SolveError::TargetAbove("1000".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SolveError`] says why there is no answer, and what stands against one.
    pub fn solve(
        &self,
        request: &Request,
        goal: Goal,
        line: Option<usize>,
    ) -> Result<Solution, SolveError> {
        if let Some(line) = line
            && line >= request.lines.len()
        {
            return Err(SolveError::NoSuchLine(line));
        }
        let now = self.quote(request)?;
        if now.status == Status::Incomplete {
            return Err(SolveError::Incomplete);
        }
        let search = Search { engine: self, request, line, now, steps: has_steps(self) };
        match goal {
            Goal::KeepThresholds => search.keep_thresholds(),
            Goal::TargetTotal(total) => search.target_total(total),
            Goal::TargetMargin(margin) => search.target_margin(margin),
        }
    }
}

/// A line discount is doubled so often at most until nothing is left of the line.
const DOUBLINGS: usize = 16;

/// Where a document rule asks for a value, the rules that apply are looked at in so many places.
const PROBES: i128 = 32;

/// So many stretches with the same document rules are searched at most.
const STRETCHES: usize = 256;

struct Search<'e> {
    engine: &'e Engine,
    request: &'e Request,
    line: Option<usize>,
    now: Quote,
    /// Whether a document rule begins or ends to apply at some value.
    steps: bool,
}

/// The document rules that apply to a quote, each with what it asks for.
type Rules = Vec<(Option<Id>, Option<Percent>, Amount)>;

fn rules(quote: &Quote) -> Rules {
    let rules = quote.totals.discounts.iter().filter(|discount| discount.rule.is_some());
    let asked = |percent: Option<Percent>, amount| percent.map_or(amount, |_| Amount::ZERO);
    rules.map(|d| (d.rule.clone(), d.percent, asked(d.percent, d.amount))).collect()
}

/// Whether a document rule of the book asks for a value, or may: a custom rule says what it wants.
fn has_steps(engine: &Engine) -> bool {
    let inner = &*engine.0;
    inner.rules.iter().any(|rule| {
        let stage = inner.stages.get(usize::from(rule.stage));
        let asks = rule
            .conditions
            .as_ref()
            .is_some_and(|conditions| !conditions.value.is_open() || conditions.when.is_some());
        let scale =
            matches!(&rule.effect, Effect::Tiers { basis: Basis::Value, .. } | Effect::Rule(_));
        stage.is_some_and(|stage| stage.level == Level::Document) && (asks || scale)
    })
}

/// Whether two approvals say the same of the same thing, whatever it comes to.
fn same(one: &Approval, other: &Approval) -> bool {
    let actual = other.actual;
    Approval { actual, ..one.clone() } == *other
}

/// What stands against a quote: floors, blocks and limits, not targets.
fn broken(quote: &Quote) -> Vec<Approval> {
    let counts = |approval: &&Approval| approval.verdict >= Verdict::NeedsApproval;
    quote.approvals.iter().filter(counts).cloned().collect()
}

impl Search<'_> {
    fn coin(&self) -> Exact {
        Increment::digits(self.now.digits).exact()
    }

    fn coins(&self, amount: Amount) -> Result<i128, SolveError> {
        amount.exact().units_of(self.coin(), RoundingMode::Up).map_err(|_| SolveError::Precision)
    }

    fn amount(&self, coins: i128) -> Result<Amount, SolveError> {
        Exact::new(coins, 0)
            .and_then(|coins| coins.multiply(self.coin()))
            .and_then(Amount::from_exact)
            .map_err(|_| SolveError::Precision)
    }

    /// The request with some coins taken off the document or a line.
    fn with(
        &self,
        request: &Request,
        line: Option<usize>,
        coins: i128,
    ) -> Result<Request, SolveError> {
        let mut trial = request.clone();
        if coins == 0 {
            return Ok(trial);
        }
        let amount = Some(self.amount(coins)?);
        match line.and_then(|line| trial.lines.get_mut(line)) {
            Some(line) => line
                .discounts
                .push(ManualDiscount { line_amount: amount, ..ManualDiscount::default() }),
            None => trial.discounts.push(ManualDiscount { amount, ..ManualDiscount::default() }),
        }
        Ok(trial)
    }

    /// Whether a whole amount was granted: what found no place was not. What found none in the
    /// request as it stands does not count.
    fn granted(&self, quote: &Quote) -> bool {
        fn rests(quote: &Quote) -> impl Iterator<Item = Exact> {
            let by_hand = quote.totals.discounts.iter().filter(|d| d.rule.is_none());
            by_hand.map(|d| d.unallocated.exact().magnitude())
        }
        let before = rests(&self.now).chain(std::iter::repeat(Exact::ZERO));
        rests(quote).zip(before).all(|(rest, before)| rest <= before)
    }

    /// The stretches of coins over which the same document rules apply, the last first.
    fn stretches(
        &self,
        request: &Request,
        line: Option<usize>,
        low: i128,
        high: i128,
    ) -> Result<Vec<(i128, i128)>, SolveError> {
        let mut starts = vec![low];
        if self.steps && low < high {
            let at = |coins| Ok::<_, SolveError>(rules(&self.try_out(request, line, coins)?));
            let mut last = (low, at(low)?);
            let step = ((high - low) / PROBES).max(1);
            let mut coins = low;
            while coins < high {
                coins = if high - coins > step { coins + step } else { high };
                let next = (coins, at(coins)?);
                split(&last, &next, &at, &mut starts)?;
                last = next;
            }
        }
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([high]);
        let stretches: Vec<_> = starts.iter().copied().zip(ends).collect();
        Ok(stretches.into_iter().rev().collect())
    }

    /// The largest number of coins for which `good` holds, given that it holds at `low`.
    fn largest(
        &self,
        line: Option<usize>,
        request: &Request,
        low: i128,
        high: i128,
        good: &dyn Fn(&Quote) -> bool,
    ) -> Result<i128, SolveError> {
        for (from, to) in self.stretches(request, line, low, high)? {
            if let Some(coins) = self.largest_of_stretch(line, request, from, to, good)? {
                return Ok(coins);
            }
        }
        Ok(low)
    }

    /// The largest number of coins of a stretch for which `good` holds.
    ///
    /// Taking one coin more can move a coin between lines (the paradox of largest remainders), so
    /// that what is good does not have to be one stretch; after the bisection the next 17 coins, or one
    /// more than there are lines up to 64, are tried one by one.
    fn largest_of_stretch(
        &self,
        line: Option<usize>,
        request: &Request,
        low: i128,
        high: i128,
        good: &dyn Fn(&Quote) -> bool,
    ) -> Result<Option<i128>, SolveError> {
        let holds = |coins: i128| -> Result<bool, SolveError> {
            let quote = self.try_out(request, line, coins)?;
            Ok(self.granted(&quote) && good(&quote))
        };
        let most = high;
        let (mut low, mut high) = (low, high);
        if holds(high)? {
            return Ok(Some(high));
        }
        if !holds(low)? {
            return Ok(None);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        let window = i128::try_from(self.request.lines.len()).unwrap_or(0).clamp(16, 64);
        let mut ahead = low + 1;
        while ahead <= low + 1 + window && ahead < most {
            if holds(ahead)? {
                low = ahead;
            }
            ahead += 1;
        }
        Ok(Some(low))
    }

    fn solution(
        &self,
        grants: &[(Option<usize>, i128)],
        limits: Vec<Approval>,
    ) -> Result<Solution, SolveError> {
        let mut request = self.request.clone();
        let mut concessions = Vec::new();
        for &(line, coins) in grants.iter().filter(|(_, coins)| *coins != 0) {
            request = self.with(&request, line, coins)?;
            concessions.push(Concession {
                line: line.map(|at| self.line_id(at)),
                amount: self.amount(coins)?,
            });
        }
        let quote = self.engine.quote(&request)?;
        Ok(Solution { concessions, request, quote, limits })
    }

    fn line_id(&self, line: usize) -> Id {
        let named = self.request.lines.get(line).and_then(|line| line.id.clone());
        named.unwrap_or_else(|| Id::known(&(line + 1).to_string()))
    }

    /// What one more coin would break.
    fn limits(
        &self,
        request: &Request,
        line: Option<usize>,
        coins: i128,
    ) -> Result<Vec<Approval>, SolveError> {
        Ok(broken(&self.engine.quote(&self.with(request, line, coins + 1)?)?))
    }

    /// The prices of a line of the request: one, or one for each step of its ramp.
    fn parts<'q>(&self, quote: &'q Quote, line: usize) -> impl Iterator<Item = &'q LinePrice> {
        // Lines come in the order of the request, ramps step by step, and gifts after all of them.
        let steps = |line: &RequestLine| line.ramp.len().max(1);
        let before = self.request.lines.iter().take(line).map(steps).sum::<usize>();
        let own = self.request.lines.get(line).map_or(0, steps);
        quote.lines.iter().skip(before).take(own).filter_map(|line| line.price.as_ref())
    }

    /// Whether a line is not below zero, which no concession makes it.
    fn above_zero(&self, quote: &Quote, line: Option<usize>) -> bool {
        line.is_none_or(|line| self.parts(quote, line).all(|price| price.total >= Amount::ZERO))
    }

    /// As much as can be taken off, or more: the sum of the lines, of which later stages may take their
    /// own part, or what leaves nothing of a line (of the first step of its ramp to reach zero).
    ///
    /// Free goods and rounding take their part of a line discount, so that it can be larger than
    /// the total of the line.
    fn everything(&self, line: Option<usize>) -> Result<i128, SolveError> {
        let Some(at) = line else {
            // A return carries nothing, and takes nothing from what the others can carry.
            let totals = self.now.lines.iter().filter_map(|line| Some(line.price.as_ref()?.total));
            let sold = totals.filter(|total| *total > Amount::ZERO).map(Amount::exact);
            let sold = Exact::sum(sold).and_then(Amount::from_exact);
            let sold = sold.map_err(|_| SolveError::Precision)?;
            return self.coins(sold.max(self.now.totals.net));
        };
        let least = |quote: &Quote| {
            self.parts(quote, at).map(|price| price.total).min().unwrap_or(Amount::ZERO)
        };
        let mut coins = self.coins(least(&self.now))?.max(0);
        for _ in 0..DOUBLINGS {
            if coins == 0 || least(&self.try_out(self.request, line, coins)?) <= Amount::ZERO {
                break;
            }
            coins = coins.checked_mul(2).ok_or(SolveError::Precision)?;
        }
        Ok(coins)
    }

    /// The quote of a request with some coins taken off the document or a line.
    fn try_out(
        &self,
        request: &Request,
        line: Option<usize>,
        coins: i128,
    ) -> Result<Quote, SolveError> {
        Ok(self.engine.quote(&self.with(request, line, coins)?)?)
    }

    fn keep_thresholds(&self) -> Result<Solution, SolveError> {
        let already = broken(&self.now);
        if !already.is_empty() {
            return Err(SolveError::Broken(already));
        }
        let high = self.everything(self.line)?;
        let good = |quote: &Quote| broken(quote).is_empty() && self.above_zero(quote, self.line);
        let coins = self.largest(self.line, self.request, 0, high, &good)?;
        let limits = self.limits(self.request, self.line, coins)?;
        self.solution(&[(self.line, coins)], limits)
    }

    fn target_total(&self, target: Amount) -> Result<Solution, SolveError> {
        let net = self.now.totals.net;
        if target > net {
            return Err(SolveError::TargetAbove(net));
        }
        let already = broken(&self.now);
        if !already.is_empty() {
            return Err(SolveError::Broken(already));
        }
        // The line that goes down furthest alone comes first: so the fewest lines are touched.
        let mut rooms = Vec::new();
        let lines: Vec<usize> = match self.line {
            Some(line) => vec![line],
            None => (0..self.request.lines.len()).collect(),
        };
        for line in lines {
            let most = self.everything(Some(line))?;
            if most > 0 && target < net {
                let (coins, _) = self.down_to(self.request, line, most, target)?;
                let reached = self.try_out(self.request, Some(line), coins)?.totals.net;
                rooms.push((line, most, reached));
            }
        }
        arrange_by_key(&mut rooms, |&(line, _, reached)| (reached, line));
        let mut request = self.request.clone();
        let mut grants = Vec::new();
        let mut limits = Vec::new();
        let mut lowest = net;
        let mut stepped_over = None;
        for (line, most, _) in rooms {
            if lowest == target {
                break;
            }
            // What is granted on other lines can narrow the room where a group or the document
            // has a threshold of its own.
            let (coins, last) = self.down_to(&request, line, most, target)?;
            let next = self.try_out(&request, Some(line), last + 1)?;
            let against = broken(&next);
            if against.is_empty() && next.totals.net < target {
                stepped_over = Some(next.totals.net);
            }
            request = self.with(&request, Some(line), coins)?;
            lowest = self.engine.quote(&request)?.totals.net;
            if lowest != target {
                for approval in against {
                    if !limits.iter().any(|limit| same(limit, &approval)) {
                        limits.push(approval);
                    }
                }
            }
            grants.push((Some(line), coins));
        }
        if lowest == target {
            return self.solution(&grants, Vec::new());
        }
        Err(match stepped_over {
            Some(below) => SolveError::SteppedOver { above: lowest, below },
            None => SolveError::OutOfReach { lowest, limits },
        })
    }

    /// How many coins of a line bring the net total as near to the target as no threshold stands
    /// against it: the fewest with that effect, and the most.
    fn down_to(
        &self,
        request: &Request,
        line: usize,
        most: i128,
        target: Amount,
    ) -> Result<(i128, i128), SolveError> {
        let good = |quote: &Quote| {
            quote.totals.net >= target
                && broken(quote).is_empty()
                && self.above_zero(quote, Some(line))
        };
        let net = |coins| -> Result<Amount, SolveError> {
            Ok(self.try_out(request, Some(line), coins)?.totals.net)
        };
        let mut best = None;
        for (from, to) in self.stretches(request, Some(line), 0, most)? {
            if let Some(coins) = self.largest_of_stretch(Some(line), request, from, to, &good)? {
                let found = (net(coins)?, coins);
                best = Some(best.map_or(found, |best| found.min(best)));
            }
        }
        let (reached, last) = match best {
            Some(best) => best,
            None => (net(0)?, 0),
        };
        if last == 0 || net(last - 1)? != reached {
            return Ok((last, last));
        }
        // Where the line is rounded to more than a coin, the last coins change nothing.
        let (mut low, mut high) = (-1, last - 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if net(middle)? != reached {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok((high, last))
    }

    fn target_margin(&self, target: Percent) -> Result<Solution, SolveError> {
        let margin = |quote: &Quote| -> Option<(Exact, Exact)> {
            let (net, cost) = match self.line {
                None => (quote.totals.true_net.exact(), quote.totals.cost?.exact()),
                Some(line) => {
                    let mut sums = (Exact::ZERO, Exact::ZERO);
                    for price in self.parts(quote, line) {
                        sums.0 = sums.0.add(price.net.exact()).ok()?;
                        sums.1 = sums.1.add(price.cost?.exact()).ok()?;
                    }
                    sums
                }
            };
            Some((net, net.subtract(cost).ok()?))
        };
        let Some((net, gained)) = margin(&self.now) else {
            return Err(SolveError::MissingCost);
        };
        if target.exact() >= Exact::HUNDRED && net > gained {
            return Err(SolveError::MarginOutOfReach(target));
        }
        let reaches = |quote: &Quote| {
            margin(quote).is_some_and(|(net, gained)| {
                // gained / net >= target / 100, without dividing.
                let left = gained.multiply(Exact::HUNDRED);
                let right = target.exact().multiply(net);
                net.is_positive() && left.is_ok_and(|left| right.is_ok_and(|right| left >= right))
            })
        };
        let high = self.everything(self.line)?.max(1);
        // Where the margin is too low now, a surcharge is looked for.
        let mut low = 0;
        let mut step = high;
        loop {
            let quote = self.try_out(self.request, self.line, low)?;
            if reaches(&quote) {
                break;
            }
            if low < 0 && !self.granted(&quote) {
                return Err(SolveError::NothingToCarry);
            }
            low -= step;
            step = step.checked_mul(2).ok_or(SolveError::Precision)?;
            if low < -(1_i128 << 80) {
                return Err(SolveError::Precision);
            }
        }
        let coins = self.largest(self.line, self.request, low, high, &reaches)?;
        self.solution(&[(self.line, coins)], Vec::new())
    }
}

/// Between two numbers of coins, the ones from which on other document rules apply.
fn split(
    from: &(i128, Rules),
    to: &(i128, Rules),
    at: &dyn Fn(i128) -> Result<Rules, SolveError>,
    starts: &mut Vec<i128>,
) -> Result<(), SolveError> {
    if from.1 == to.1 || starts.len() >= STRETCHES {
        return Ok(());
    }
    if to.0 - from.0 <= 1 {
        starts.push(to.0);
        return Ok(());
    }
    let coins = from.0 + (to.0 - from.0) / 2;
    let middle = (coins, at(coins)?);
    split(from, &middle, at, starts)?;
    split(&middle, to, at, starts)
}
