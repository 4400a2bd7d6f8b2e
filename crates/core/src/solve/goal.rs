//! The margin-safe solver: what may still be given away, exactly.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::money::{Amount, Exact, Increment, Percent, RoundingMode};
use crate::order::arrange_by_key;
use crate::quote::{Approval, ManualDiscount, Quote, Request, Status, Verdict};
use crate::{Engine, RequestError};

/// What the solver is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Goal {
    /// The largest discount that leaves every floor and block, and every discretionary limit, kept.
    KeepThresholds,
    /// The fewest line discounts that bring the net total (billed, as the book's prices mean it)
    /// down to this amount, every floor and block kept.
    TargetTotal(Amount),
    /// The largest discount (a surcharge, if need be) at which the margin still reaches this.
    TargetMargin(Percent),
}

/// One discount to grant.
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
        let search = Search { engine: self, request, line, now };
        match goal {
            Goal::KeepThresholds => search.keep_thresholds(),
            Goal::TargetTotal(total) => search.target_total(total),
            Goal::TargetMargin(margin) => search.target_margin(margin),
        }
    }
}

struct Search<'e> {
    engine: &'e Engine,
    request: &'e Request,
    line: Option<usize>,
    now: Quote,
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

    /// Whether a whole amount was granted: what found no place was not.
    fn granted(quote: &Quote) -> bool {
        quote.totals.discounts.iter().all(|d| d.rule.is_some() || d.unallocated == Amount::ZERO)
    }

    /// The largest number of coins for which `good` holds, given that it holds at `low`.
    ///
    /// Taking one coin more can move a coin between lines (the paradox of largest remainders), so
    /// that what is good does not have to be one stretch; after the bisection the next few coins
    /// are tried one by one.
    fn largest(
        &self,
        line: Option<usize>,
        request: &Request,
        low: i128,
        high: i128,
        good: &dyn Fn(&Quote) -> bool,
    ) -> Result<i128, SolveError> {
        let holds = |coins: i128| -> Result<bool, SolveError> {
            let quote = self.engine.quote(&self.with(request, line, coins)?)?;
            Ok(Self::granted(&quote) && good(&quote))
        };
        let most = high;
        let (mut low, mut high) = (low, high);
        if holds(high)? {
            return Ok(high);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        let window = i128::try_from(self.request.lines.len()).unwrap_or(0).min(64);
        let mut ahead = low + 1;
        while ahead <= low + 1 + window && ahead < most {
            if holds(ahead)? {
                low = ahead;
            }
            ahead += 1;
        }
        Ok(low)
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

    /// The most that can be taken off: the total of the line or the document.
    fn everything(&self, line: Option<usize>) -> Result<i128, SolveError> {
        let total = match line {
            Some(line) => {
                let id = self.line_id(line);
                let lines = self.now.lines.iter().filter(|l| l.id == id);
                lines.filter_map(|l| l.price.as_ref()).map(|p| p.total).next()
            }
            None => Some(self.now.totals.net),
        };
        Ok(self.coins(total.unwrap_or(Amount::ZERO))?.max(0))
    }

    fn keep_thresholds(&self) -> Result<Solution, SolveError> {
        let already = broken(&self.now);
        if !already.is_empty() {
            return Err(SolveError::Broken(already));
        }
        let high = self.everything(self.line)?;
        let good = |quote: &Quote| broken(quote).is_empty();
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
        let gap = net.exact().subtract(target.exact()).map_err(|_| SolveError::Precision)?;
        let gap = Amount::from_exact(gap).map_err(|_| SolveError::Precision)?;
        let mut missing = self.coins(gap)?;
        // The line with the most room first: so the fewest lines are touched.
        let mut rooms = Vec::new();
        let lines: Vec<usize> = match self.line {
            Some(line) => vec![line],
            None => (0..self.request.lines.len()).collect(),
        };
        let good = |quote: &Quote| broken(quote).is_empty();
        for line in lines {
            let high = self.everything(Some(line))?.min(missing);
            if high > 0 {
                let room = self.largest(Some(line), self.request, 0, high, &good)?;
                rooms.push((line, room));
            }
        }
        arrange_by_key(&mut rooms, |&(line, room)| (std::cmp::Reverse(room), line));
        let mut request = self.request.clone();
        let mut grants = Vec::new();
        let mut limits = Vec::new();
        for (line, room) in rooms {
            if missing == 0 {
                break;
            }
            // What is granted on other lines can narrow the room where a group or the document
            // has a threshold of its own.
            let coins = self.largest(Some(line), &request, 0, room.min(missing), &good)?;
            if coins < missing {
                limits.extend(self.limits(&request, Some(line), coins)?);
            }
            request = self.with(&request, Some(line), coins)?;
            grants.push((Some(line), coins));
            missing -= coins;
        }
        if missing > 0 {
            let lowest = self.engine.quote(&request)?.totals.net;
            limits.dedup();
            return Err(SolveError::OutOfReach { lowest, limits });
        }
        self.solution(&grants, Vec::new())
    }

    fn target_margin(&self, target: Percent) -> Result<Solution, SolveError> {
        let margin = |quote: &Quote| -> Option<(Exact, Exact)> {
            let (net, cost) = match self.line {
                None => (quote.totals.true_net, quote.totals.cost?),
                Some(line) => {
                    let id = self.line_id(line);
                    let price = quote.lines.iter().find(|l| l.id == id)?.price.as_ref()?;
                    (price.net, price.cost?)
                }
            };
            Some((net.exact(), net.exact().subtract(cost.exact()).ok()?))
        };
        if margin(&self.now).is_none() {
            return Err(SolveError::MissingCost);
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
        while !reaches(&self.engine.quote(&self.with(self.request, self.line, low)?)?) {
            low -= step;
            step = step.checked_mul(2).ok_or(SolveError::Precision)?;
            if low < -(1_i128 << 80) {
                // No price reaches a margin of 100 %.
                return Err(SolveError::Precision);
            }
        }
        let coins = self.largest(self.line, self.request, low, high, &reaches)?;
        self.solution(&[(self.line, coins)], Vec::new())
    }
}
