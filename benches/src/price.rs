//! The answer: a line priced by hand in integers, as slowly and as plainly as it can be said.

use crate::{Line, Promotion, Workload};

/// What a line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The list price, in ten-thousandths.
    pub list_price: i64,
    /// The list that gave it.
    pub list: usize,
    /// The cluster discount, in hundredths of a percent.
    pub cluster_percent: i64,
    /// The promotion that applied, zero for none.
    pub promotion: usize,
    /// Its discount.
    pub promotion_percent: i64,
    /// The discount by value.
    pub value_percent: i64,
    /// The net unit price, in cents, half to even.
    pub unit_price: i64,
    /// The line total, in cents.
    pub total: i64,
    /// The margin, in hundredths of a percent, half to even.
    pub margin: i64,
    /// 0 good, 1 needs approval, 2 blocked.
    pub status: i64,
}

/// The sums over many outcomes, column by column.
pub type Sums = [i64; 10];

impl Outcome {
    /// The outcome as a row of numbers.
    pub fn columns(&self) -> Sums {
        [
            self.list_price,
            self.list as i64,
            self.cluster_percent,
            self.promotion as i64,
            self.promotion_percent,
            self.value_percent,
            self.unit_price,
            self.total,
            self.margin,
            self.status,
        ]
    }

    /// The sums over some outcomes.
    pub fn sums(outcomes: impl IntoIterator<Item = Self>) -> Sums {
        let mut sums = [0; 10];
        for outcome in outcomes {
            for (sum, value) in sums.iter_mut().zip(outcome.columns()) {
                *sum += value;
            }
        }
        sums
    }
}

fn half_even(numerator: i128, denominator: i128) -> i64 {
    let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let up = match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => floor % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    i64::try_from(floor + i128::from(up)).unwrap_or(i64::MAX)
}

impl Workload {
    /// Prices a line; `None` where the line names what the workload does not have.
    pub fn price(&self, line: &Line) -> Option<Outcome> {
        let &(category, cost) = self.products.get(line.product)?;
        let customer = self.customers.get(line.customer)?;
        let lists = [customer.contract.map(|c| c + 9), Some(customer.region + 1), Some(0)];
        let row = lists.into_iter().flatten().find_map(|list| {
            let key = (list, line.product);
            let start = self.rows.partition_point(|row| (row.list, row.product) < key);
            let rows = self.rows.get(start..)?.iter();
            rows.take_while(|row| (row.list, row.product) == key)
                .find(|row| row.from <= line.day && line.day < row.to)
        })?;
        let [from_1, from_10, from_100, from_1000] = row.prices;
        let list_price = match line.quantity {
            ..10 => from_1,
            10..100 => from_10,
            100..1_000 => from_100,
            1_000.. => from_1000,
        };
        let cluster_percent = *self.cluster_discounts.get(customer.cluster)?.get(category)?;
        let applies = |p: &&Promotion| {
            let holds = |want: Option<usize>, have| want.is_none_or(|want| want == have);
            p.from <= line.day
                && line.day < p.to
                && line.quantity >= p.quantity
                && holds(p.category, category)
                && holds(p.cluster, customer.cluster)
                && holds(p.region, customer.region)
        };
        // The largest percentage; of equal ones the first.
        let best = self.promotions.iter().filter(applies).rev().max_by_key(|p| p.percent);
        let (promotion, promotion_percent) = best.map_or((0, 0), |p| (p.id, p.percent));
        let list_value = list_price * line.quantity;
        let reached = self.value_discounts.iter().rev().find(|step| list_value >= step.from);
        let value_percent = reached.map_or(0, |step| step.percent);

        let kept = [cluster_percent, promotion_percent, value_percent]
            .iter()
            .fold(i128::from(list_price), |price, percent| price * i128::from(10_000 - percent));
        // Ten-thousandths times three factors of ten thousand, into cents.
        let unit_price = half_even(kept, 100 * 10_i128.pow(12));
        let net = i128::from(unit_price) * 100;
        let margin = half_even((net - i128::from(cost)) * 10_000, net);
        let floor = *self.floors.get(category)?;
        let status = if margin >= floor { 0 } else { 1 + i64::from(margin < floor - 500) };
        Some(Outcome {
            list_price,
            list: row.list,
            cluster_percent,
            promotion,
            promotion_percent,
            value_percent,
            unit_price,
            total: unit_price * line.quantity,
            margin,
            status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums were computed by another implementation, in Python's decimal.
    #[test]
    fn ten_thousand_lines_sum_to_the_published_figures() {
        let w = Workload::new();
        let sums = Outcome::sums(w.lines(10_000).iter().map(|line| w.price(line).unwrap()));
        let expected = [
            74_525_798_242,
            243_891,
            7_328_525,
            122_236,
            3_737_250,
            1_300_650,
            645_784_179,
            150_830_004_774,
            17_500_759,
            6_605,
        ];
        assert_eq!(sums, expected);
    }
}
