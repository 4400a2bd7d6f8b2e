//! The engine prices the benchmark workload as the answer by hand does: what is measured is right.

use listino_bench::{Outcome, Workload};
use listino_core::Engine;
use listino_core::money::Exact;
use listino_core::quote::{LinePrice, Status, StepKind};

/// A decimal as a whole number of `10^-digits`.
fn scaled(value: Exact, digits: u32) -> Option<i64> {
    let factor = Exact::integer(10_i64.pow(digits));
    value.multiply(factor).ok()?.to_integer()?.try_into().ok()
}

/// What the engine says, in the columns of the answer by hand.
fn outcome(price: &LinePrice, status: Status) -> Option<Outcome> {
    let name = price.price_list.as_str();
    let number = |prefix: &str| name.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok());
    let list = match (number("region-"), number("contract-")) {
        (Some(region), _) => region + 1,
        (_, Some(contract)) => contract + 9,
        _ => 0,
    };
    let discount = |stage: &str| {
        let mut steps = price.steps.iter().filter(|step| step.kind == StepKind::Discount);
        steps.find(|step| step.stage.as_ref().is_some_and(|id| id == stage))
    };
    let percent = |stage: &str| {
        discount(stage).and_then(|step| step.percent).map_or(Some(0), |p| scaled(p.exact(), 2))
    };
    let promotion = discount("promotion").and_then(|step| step.rule.as_ref());
    let promotion = promotion.and_then(|id| id.as_str().strip_prefix("promotion")?.parse().ok());
    Some(Outcome {
        list_price: scaled(price.list_price?.exact(), 4)?,
        list,
        cluster_percent: percent("cluster")?,
        promotion: promotion.unwrap_or(0),
        promotion_percent: percent("promotion")?,
        value_percent: percent("volume")?,
        unit_price: scaled(price.unit_price?.exact(), 2)?,
        total: scaled(price.total.exact(), 2)?,
        margin: scaled(price.margin?.percent?.exact(), 2)?,
        status: match status {
            Status::Ok => 0,
            Status::NeedsApproval => 1,
            Status::Blocked => 2,
            Status::Incomplete => 3,
        },
    })
}

// One test, because compiling the book takes longer than all the quotes.
#[test]
fn the_engine_gives_the_published_answer_and_explaining_it_changes_nothing() {
    let workload = Workload::new();
    let book = workload.book().unwrap();
    assert_eq!((book.price_lists.len(), book.discounts.len(), book.margins.len()), (209, 202, 40));
    let prices = book.price_lists.iter().flat_map(|list| list.prices.values());
    assert_eq!(prices.map(|prices| prices.rows.len()).sum::<usize>(), 400_961);

    let engine = Engine::compile(&book).unwrap();
    for line in workload.lines(10_000) {
        let quote = engine.quote(&Workload::request(&line).unwrap()).unwrap();
        let price = quote.lines[0].price.as_ref();
        let ours = price.and_then(|price| outcome(price, quote.status));
        assert_eq!(ours, workload.price(&line), "{line:?} {:?}", quote.lines[0]);
    }
    for request in workload.documents(20).unwrap() {
        let plain = engine.quote(&request).unwrap();
        let explained = engine.explain(&request).unwrap();
        assert!(explained.lines.iter().all(|line| !line.considered.is_empty()));
        assert_eq!(plain.digest(), explained.digest());
    }
}
