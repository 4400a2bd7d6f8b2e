//! The engine on the workload: the ordinary book, the ordinary batch.

use std::error::Error;

use listino_bench::{Line, Outcome, Workload};
use listino_core::batch::{Decimals, Lines, NONE, Priced, Quantities, Stage};
use listino_core::quote::Status;
use listino_core::{Engine, Id};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Lines in the columns that the engine takes.
pub(crate) struct Columns {
    customer: Vec<u32>,
    product: Vec<u32>,
    quantity: Vec<i64>,
    date: Vec<i32>,
}

impl Columns {
    /// The lines, with the numbers that the engine gives to their customers and products.
    pub(crate) fn new(workload: &Workload, engine: &Engine, lines: &[Line]) -> Self {
        let numbers = |kind: &str, count: usize, find: &dyn Fn(&str) -> Option<u32>| {
            (0..count).map(|n| find(&format!("{kind}{n}")).unwrap_or(NONE)).collect::<Vec<_>>()
        };
        let customers = numbers("c", workload.customers.len(), &|id| engine.customer_number(id));
        let products = numbers("p", workload.products.len(), &|id| engine.product_number(id));
        let number = |of: &[u32], n: usize| of.get(n).copied().unwrap_or(NONE);
        Self {
            customer: lines.iter().map(|line| number(&customers, line.customer)).collect(),
            product: lines.iter().map(|line| number(&products, line.product)).collect(),
            quantity: lines.iter().map(|line| line.quantity).collect(),
            date: lines.iter().map(|line| Workload::day_number(line.day)).collect(),
        }
    }

    /// The columns as the engine takes them.
    pub(crate) fn lines(&self) -> Lines<'_> {
        let quantity = Quantities::Whole(&self.quantity);
        Lines::new(&self.customer, &self.product, quantity, &self.date)
    }
}

/// What the numbers in an answer stand for.
pub(crate) struct Names {
    lists: Vec<usize>,
    promotions: Vec<usize>,
}

impl Names {
    /// The names of an engine.
    pub(crate) fn new(engine: &Engine) -> Self {
        let number = |id: &Id, prefix: &str| id.as_str().strip_prefix(prefix)?.parse().ok();
        let list = |id: &Id| {
            let region = number(id, "region-").map(|region: usize| region + 1);
            region.or_else(|| Some(number(id, "contract-")? + 9)).unwrap_or(0)
        };
        Self {
            lists: engine.price_lists().map(list).collect(),
            promotions: engine.discounts().map(|id| number(id, "promotion").unwrap_or(0)).collect(),
        }
    }

    /// The answer line by line, in the columns of the answer by hand.
    ///
    /// # Errors
    /// The first line that has no price, or a number with more decimals than the workload has.
    pub(crate) fn outcomes(&self, priced: &Priced) -> Result<Vec<Outcome>> {
        let stage = |name: &str| -> Result<&Stage> {
            let found = priced.stages.iter().find(|stage| stage.id == *name);
            found.ok_or_else(|| format!("the book has no stage `{name}`").into())
        };
        let (cluster, promotion, value) =
            (stage("cluster")?, stage("promotion")?, stage("volume")?);
        let number = |column: &Decimals, digits: u8, row: usize| -> Result<i64> {
            let value = column.at_scale(digits, row..row + 1).next();
            let value = value.and_then(|value| value.ok().flatten());
            let value = value.ok_or_else(|| format!("line {row} has {:?}", column.parts(row)))?;
            Ok(value.try_into()?)
        };
        let percent = |stage: &Stage, row: usize| match stage.percent.parts(row) {
            Some(_) => number(&stage.percent, 2, row),
            None => Ok(0),
        };
        let look = |names: &[usize], number: Option<&u32>| {
            number.and_then(|&number| names.get(number as usize)).copied()
        };
        let outcome = |row: usize| -> Result<Outcome> {
            if let Some(Some(error)) = priced.error.get(row) {
                return Err(format!("line {row} has no price: {}", error.name()).into());
            }
            let list = look(&self.lists, priced.price_list.get(row));
            Ok(Outcome {
                list_price: number(&priced.list_price, 4, row)?,
                list: list.ok_or_else(|| format!("line {row} has no list"))?,
                cluster_percent: percent(cluster, row)?,
                promotion: look(&self.promotions, promotion.rule.get(row)).unwrap_or(0),
                promotion_percent: percent(promotion, row)?,
                value_percent: percent(value, row)?,
                unit_price: number(&priced.unit_price, 2, row)?,
                total: number(&priced.total, 2, row)?,
                margin: number(&priced.margin_percent, 2, row)?,
                status: match priced.status.get(row).copied().flatten() {
                    Some(Status::Ok) => 0,
                    Some(Status::NeedsApproval) => 1,
                    Some(Status::Blocked) => 2,
                    other => return Err(format!("line {row} has the status {other:?}").into()),
                },
            })
        };
        (0..priced.len()).map(outcome).collect()
    }
}
