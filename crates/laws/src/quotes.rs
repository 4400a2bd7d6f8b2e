//! The laws of quotes: parts sum, the explanation is the computation, what was quoted comes out again.

use listino_core::Engine;
use listino_core::money::{Amount, Exact};
use listino_core::quote::{Candidates, Quote, Request, Status};

/// Prices a request and looks at what came out.
pub(crate) fn laws_of_quotes(engine: &Engine, request: &Request) {
    let quote = match engine.quote(request) {
        Ok(quote) => quote,
        Err(error) => {
            super::findings(error.diagnostics(), true);
            assert!(Engine::explain(engine, request).is_err(), "refused, but can be explained");
            return;
        }
    };
    sums(&quote);
    let text = quote.to_json();
    assert_eq!(engine.quote(request).map(|again| again.to_json()).ok(), Some(text.clone()));
    let stored: Quote = serde_json::from_str(&text).expect("a written quote can be read");
    let replayed = engine.replay(request, &stored).expect("what was quoted comes out again");
    assert_eq!(replayed.to_json(), text, "replayed");
    let mut explained = Engine::explain(engine, request).expect("what is quoted can be explained");
    for line in &mut explained.lines {
        line.considered = Candidates::default();
    }
    assert_eq!(explained.to_json(), text, "explained");
}

/// The sum of amounts; nothing where it does not fit.
fn sum(mut amounts: impl Iterator<Item = Exact>) -> Option<Exact> {
    amounts.try_fold(Exact::ZERO, |sum, more| sum.add(more).ok())
}

#[track_caller]
fn equal(parts: Option<Exact>, whole: Amount) {
    if let Some(parts) = parts {
        assert_eq!(parts, whole.exact(), "parts sum to the whole");
    }
}

fn sums(quote: &Quote) {
    let totals = &quote.totals;
    let prices = || quote.lines.iter().filter_map(|line| line.price.as_ref());
    equal(sum(prices().map(|price| price.total.exact())), totals.lines);
    equal(sum(prices().map(|price| price.list_value.exact())), totals.list_value);
    let granted = |accrual: bool| {
        let of = totals.discounts.iter().filter(move |discount| discount.accrual == accrual);
        sum(of.flat_map(|one| [one.amount.exact(), one.unallocated.exact().negate()]))
    };
    let less = |granted: Exact| totals.lines.exact().subtract(granted).ok();
    equal(granted(false).and_then(less), totals.net);
    equal(granted(true), totals.rebates);
    equal(sum(totals.tax_breakdown.iter().map(|rate| rate.tax.exact())), totals.tax);
    equal(sum([totals.without_tax, totals.tax].map(Amount::exact).into_iter()), totals.with_tax);
    equal(sum([totals.with_tax, totals.rounding].map(Amount::exact).into_iter()), totals.payable);
    let refused = quote.lines.iter().any(|line| line.refusal.is_some());
    assert_eq!(quote.status == Status::Incomplete, refused, "the status tells of refused lines");
    for line in &quote.lines {
        assert!(line.price.is_some() != line.refusal.is_some(), "a price or a reason: {line:?}");
        if let Some(price) = &line.price {
            for step in &price.steps {
                assert!(
                    step.rule.is_none()
                        || step.stage.is_some()
                        || !step.rule.as_ref().is_some_and(|rule| rule.as_str().is_empty()),
                    "{step:?}"
                );
            }
        }
    }
}
