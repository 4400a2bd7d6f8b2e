//! Laws that hold for every book and every request.
#![cfg(test)]

use listino_core::book::{Discount, MarginThreshold, Scope};
use listino_core::money::{Amount, Exact};
use listino_core::quote::{LineQuery, ManualDiscount, Quote, Request, Status, Verdict};
use listino_core::solve::Goal;
use listino_core::{Digest, Engine, Id, PriceBook};
use proptest::prelude::*;

/// A small shop whose numbers vary: two clusters, four products with tiers, a promotion, a
/// volume rule, a header rule, costs, a floor and a tax.
#[derive(Debug, Clone)]
struct Shop {
    prices: [u32; 4],
    tier: [u32; 3],
    cluster: u32,
    promotion: u32,
    header: u32,
    cost: u32,
    floor: u32,
    tax: u32,
    digits: u32,
    mode: &'static str,
    steps: &'static str,
    quantities: Vec<(usize, u32)>,
    amount: u32,
}

fn shop() -> impl Strategy<Value = Shop> {
    let modes = prop::sample::select(vec!["half_up", "half_even", "half_down", "up", "down"]);
    let steps = prop::sample::select(vec![
        r#"["unit","line","tax","total"]"#,
        r#"["line","tax","total"]"#,
        r#"["unit","discount","line","tax","total"]"#,
        r#"[{"step":"unit","digits":4},"line","tax","total"]"#,
    ]);
    (
        prop::array::uniform4(1_u32..2_000_000),
        prop::array::uniform3(0_u32..400),
        (0_u32..6000, 0_u32..4000, 0_u32..1500),
        (1_u32..120, 0_u32..40, 0_u32..2500),
        prop::sample::select(vec![0_u32, 2, 3]),
        (modes, steps),
        prop::collection::vec((0_usize..4, 1_u32..250), 1..7),
        0_u32..50_000,
    )
        .prop_map(
            |(
                prices,
                tier,
                (cluster, promotion, header),
                (cost, floor, tax),
                digits,
                (mode, steps),
                quantities,
                amount,
            )| Shop {
                prices,
                tier,
                cluster,
                promotion,
                header,
                cost,
                floor,
                tax,
                digits,
                mode,
                steps,
                quantities,
                amount,
            },
        )
}

/// A rule and a threshold that may look at the channel, and may concern groups or the document.
fn others() -> impl Strategy<Value = (Option<Discount>, Option<MarginThreshold>)> {
    let scopes = prop::sample::select(vec![
        r#"{ "channel": "web" }"#,
        r#"{ "channel": "web", "cluster": "reseller" }"#,
        r#"{ "channel": "web", "cluster": "consumer" }"#,
        r#"{ "cluster": "reseller", "category": "c/2" }"#,
        r#"{ "cluster": "reseller", "not": { "channel": "web" } }"#,
        r#"{ "cluster": "consumer" }"#,
        "{}",
    ]);
    let rule = (scopes.clone(), 1_u32..40).prop_map(|(scope, percent)| {
        let text = format!(
            r#"{{ "id": "other", "stage": "promotion", "for": {scope}, "percent": "{percent}" }}"#
        );
        serde_json::from_str(&text).unwrap()
    });
    let levels = prop::sample::select(vec!["line", "group", "document"]);
    let measures = prop::sample::select(vec!["percent", "percent", "percent", "amount"]);
    let threshold =
        (scopes, levels, measures, 0_u32..60).prop_map(|(scope, on, measure, floor)| {
            let scope = if on == "document" && scope.contains("category") { "{}" } else { scope };
            let block = floor / 2;
            let text = format!(
                r#"{{ "id": "other", "for": {scope}, "on": "{on}", "measure": "{measure}",
                "floor": "{floor}", "block": "{block}" }}"#
            );
            serde_json::from_str(&text).unwrap()
        });
    (prop::option::of(rule), prop::option::of(threshold))
}

fn decimal(value: u32, scale: u32) -> String {
    Exact::new(i128::from(value), scale).unwrap().to_string()
}

impl Shop {
    fn book(&self) -> PriceBook {
        let products: Vec<String> = (0..4)
            .map(|p| {
                let cost = u64::from(self.prices[p]) * u64::from(self.cost) / 200;
                let cost = Exact::new(i128::from(cost), 4).unwrap();
                format!(r#""P{p}": {{ "category": "c/{p}", "cost": "{cost}" }}"#)
            })
            .collect();
        let prices: Vec<String> = (0..4)
            .map(|p| {
                let tier = |at: usize| {
                    // Each tier is cheaper than the one before.
                    let cut: u32 = self.tier[..at].iter().sum();
                    let price = u64::from(self.prices[p]) * u64::from(2000 - cut) / 2000;
                    Exact::new(i128::from(price), 4).unwrap()
                };
                format!(
                    r#""P{p}": [{{ "price": "{}" }}, {{ "from": "10", "price": "{}" }},
                        {{ "from": "50", "price": "{}" }}, {{ "from": "100", "price": "{}" }}]"#,
                    tier(0),
                    tier(1),
                    tier(2),
                    tier(3)
                )
            })
            .collect();
        let text = format!(
            r#"{{ "v": 1, "currency": "EUR", "currencies": {{ "EUR": {{ "digits": {digits} }} }},
            "rounding": {{ "mode": "{mode}", "at": {steps} }},
            "customers": {{ "C": {{ "cluster": "reseller/gold" }} }},
            "products": {{ {products} }},
            "price_lists": [{{ "id": "base", "prices": {{ {prices} }} }}],
            "discounts": [
              {{ "id": "cluster", "stage": "cluster", "for": {{ "cluster": "reseller" }}, "percent": "{cluster}" }},
              {{ "id": "promotion", "stage": "promotion", "for": {{ "category": "c/1" }}, "percent": "{promotion}", "combine": "base" }},
              {{ "id": "header", "stage": "header", "percent": "{header}" }} ],
            "margins": [{{ "id": "floor", "floor": "{floor}" }}],
            "tax": {{ "rates": [{{ "category": "S", "percent": "{tax}" }}] }} }}"#,
            digits = self.digits,
            mode = self.mode,
            steps = self.steps,
            products = products.join(","),
            prices = prices.join(","),
            cluster = decimal(self.cluster, 2),
            promotion = decimal(self.promotion, 2),
            header = decimal(self.header, 2),
            floor = self.floor,
            tax = decimal(self.tax, 2),
        );
        PriceBook::from_json(&text).unwrap_or_else(|e| panic!("{:#?}", e.diagnostics()))
    }

    fn request(&self) -> Request {
        let lines: Vec<String> = self
            .quantities
            .iter()
            .enumerate()
            .map(|(at, (product, quantity))| {
                format!(r#"{{ "id": "L{at}", "product": "P{product}", "quantity": "{quantity}" }}"#)
            })
            .collect();
        let text = format!(
            r#"{{ "v": 1, "date": "2026-05-15", "customer": "C", "lines": [{}] }}"#,
            lines.join(",")
        );
        let mut request = Request::from_json(&text).unwrap();
        let amount = Some(decimal(self.amount, self.digits).parse().unwrap());
        request.discounts.push(ManualDiscount { amount, ..ManualDiscount::default() });
        request
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    let total = amounts.fold(Exact::ZERO, |sum, a| sum.add(a.exact()).unwrap());
    Amount::from_exact(total).unwrap()
}

fn plus(a: Amount, b: Amount) -> Amount {
    sum([a, b].into_iter())
}

fn prices(quote: &Quote) -> impl Iterator<Item = &listino_core::quote::LinePrice> {
    quote.lines.iter().map(|line| line.price.as_ref().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn parts_sum_to_the_whole(shop in shop()) {
        let engine = Engine::compile(&shop.book()).unwrap();
        let quote = engine.quote(&shop.request()).unwrap();
        let totals = &quote.totals;
        prop_assert_eq!(sum(prices(&quote).map(|p| p.total)), totals.lines);
        prop_assert_eq!(sum(prices(&quote).map(|p| p.net)), totals.true_net);
        let granted = totals.discounts.iter().map(|d| {
            Amount::from_exact(d.amount.exact().subtract(d.unallocated.exact()).unwrap()).unwrap()
        });
        prop_assert_eq!(plus(totals.net, sum(granted)), totals.lines);
        prop_assert_eq!(sum(totals.tax_breakdown.iter().map(|t| t.tax)), totals.tax);
        prop_assert_eq!(sum(totals.tax_breakdown.iter().map(|t| t.taxable)), totals.without_tax);
        prop_assert_eq!(plus(totals.without_tax, totals.tax), totals.with_tax);
        prop_assert_eq!(plus(totals.with_tax, totals.rounding), totals.payable);
        for price in prices(&quote) {
            prop_assert!(price.steps.windows(2).all(|s| s[0].after == s[1].before));
            prop_assert_eq!(price.steps.last().unwrap().after, price.net);
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(shop in shop()) {
        let engine = Engine::compile(&shop.book()).unwrap();
        let mut request = shop.request();
        // A fixed amount is spread with ties by line order, which is stated; percentages are not.
        request.discounts.clear();
        let quote = engine.quote(&request).unwrap();
        request.lines.reverse();
        let turned = engine.quote(&request).unwrap();
        prop_assert_eq!(&quote.totals, &turned.totals);
        for line in &quote.lines {
            let other = turned.lines.iter().find(|l| l.id == line.id).unwrap();
            let (a, b) = (line.price.as_ref().unwrap(), other.price.as_ref().unwrap());
            prop_assert_eq!((a.unit_price, a.total, a.cost), (b.unit_price, b.total, b.cost));
        }
    }

    #[test]
    fn an_irrelevant_rule_changes_nothing(shop in shop(), kind in 0_usize..4) {
        let mut book = shop.book();
        let request = shop.request();
        let before = Engine::compile(&book).unwrap().quote(&request).unwrap();
        let id = |text: &str| Id::new(text).unwrap();
        book.customers.insert(id("other"), Default::default());
        book.products.insert(id("other"), Default::default());
        let mut rule = Discount { id: id("foreign"), stage: id("volume"), ..Discount::default() };
        rule.percent = Some("50".parse().unwrap());
        match kind {
            0 => rule.scope = Scope { customer: [id("other")].into_iter().collect(), ..Scope::default() },
            1 => rule.scope = Scope { product: [id("other")].into_iter().collect(), ..Scope::default() },
            2 => rule.valid.to = Some("2020-01-01".parse().unwrap()),
            _ => rule.payment = [id("prepaid")].into_iter().collect(),
        }
        book.discounts.insert(0, rule);
        let mut after = Engine::compile(&book).unwrap().quote(&request).unwrap();
        after.book = before.book;
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_larger_quantity_never_meets_a_worse_tier(shop in shop(), more in 1_u32..200) {
        let engine = Engine::compile(&shop.book()).unwrap();
        let mut request = shop.request();
        request.discounts.clear();
        let unit = |request: &Request| {
            let quote = engine.quote(request).unwrap();
            prices(&quote).next().unwrap().list_price.unwrap()
        };
        let small = unit(&request);
        let quantity = request.lines[0].quantity.exact().add(Exact::integer(more.into())).unwrap();
        request.lines[0].quantity = listino_core::money::Quantity::from_exact(quantity).unwrap();
        prop_assert!(unit(&request) <= small);
    }

    #[test]
    fn replay_gives_the_same_bytes(shop in shop()) {
        let book = shop.book();
        let request = shop.request();
        let quote = Engine::compile(&book).unwrap().quote(&request).unwrap();
        let text = quote.to_json();
        let stored: Quote = serde_json::from_str(&text).unwrap();
        // The seal is the digest of what is written without it, and stands where the field would.
        prop_assert_eq!(stored.digest, Some(quote.digest()));
        prop_assert_eq!(serde_json::to_string(&stored).unwrap(), text.as_str());
        prop_assert_eq!(Digest::of(serde_json::to_string(&quote).unwrap().as_bytes()), quote.digest());
        // A book that went through its text is the same book.
        let again = PriceBook::from_json(&book.to_json()).unwrap();
        prop_assert_eq!(&again, &book);
        let engine = Engine::compile(&again).unwrap();
        let replayed = engine.replay(&request, &stored);
        prop_assert!(replayed.is_ok(), "{:?}", replayed);
        prop_assert_eq!(replayed.unwrap().to_json(), text);
        let explained = engine.explain(&request).unwrap();
        prop_assert_eq!(explained.digest(), quote.digest());
    }

    #[test]
    fn the_solver_holds_and_one_more_coin_does_not(shop in shop(), line in prop::option::of(0_usize..1)) {
        let engine = Engine::compile(&shop.book()).unwrap();
        let mut request = shop.request();
        request.discounts.clear();
        let kept = |quote: &Quote| quote.approvals.iter().all(|a| a.verdict < Verdict::NeedsApproval);
        if !kept(&engine.quote(&request).unwrap()) {
            return Ok(());
        }
        let solution = engine.solve(&request, Goal::KeepThresholds, line).unwrap();
        prop_assert!(kept(&solution.quote));
        prop_assert_eq!(solution.quote.status, Status::Ok);
        // The same concession, one coin larger.
        let given = solution.concessions.first().map_or(Exact::ZERO, |c| c.amount.exact());
        let coin: Exact = decimal(1, shop.digits).parse().unwrap();
        let amount = Some(Amount::from_exact(given.add(coin).unwrap()).unwrap());
        let mut more = request.clone();
        match line {
            Some(line) => more.lines[line]
                .discounts
                .push(ManualDiscount { line_amount: amount, ..ManualDiscount::default() }),
            None => more.discounts.push(ManualDiscount { amount, ..ManualDiscount::default() }),
        }
        let quote = engine.quote(&more).unwrap();
        let all_given = quote.totals.discounts.iter().any(|d| d.unallocated != Amount::ZERO)
            || prices(&quote).any(|p| p.total < Amount::ZERO);
        prop_assert!(!kept(&quote) || all_given, "{} more would still hold", decimal(1, shop.digits));
    }

    #[test]
    fn a_target_total_is_reached_to_the_coin(shop in shop(), share in 0_u32..30) {
        let engine = Engine::compile(&shop.book()).unwrap();
        let mut request = shop.request();
        request.discounts.clear();
        let now = engine.quote(&request).unwrap();
        let net = now.totals.net.exact();
        let target = net.multiply(Exact::integer((1000 - share).into())).unwrap();
        let target = target.multiply("0.001".parse().unwrap()).unwrap();
        let cents = listino_core::money::Rounding::digits(shop.digits, Default::default());
        let target = Amount::from_exact(target.round(cents).unwrap()).unwrap();
        if let Ok(solution) = engine.solve(&request, Goal::TargetTotal(target), None) {
            prop_assert_eq!(solution.quote.totals.net, target);
            prop_assert!(solution.quote.approvals.iter().all(|a| a.verdict < Verdict::NeedsApproval));
        }
    }

    #[test]
    fn money_never_leaves_its_currency(shop in shop(), price in 1_u32..100) {
        let mut book = shop.book();
        let request = shop.request();
        let before = Engine::compile(&book).unwrap().quote(&request).unwrap();
        // A list in another currency, for everyone and cheaper than anything.
        let mut list = book.price_lists[0].clone();
        list.id = Id::new("dollars").unwrap();
        list.currency = Some("USD".parse().unwrap());
        list.priority = 10;
        let cheap: Amount = decimal(price, 4).parse().unwrap();
        for prices in list.prices.values_mut() {
            *prices = listino_core::book::Prices::one(cheap);
        }
        book.price_lists.insert(0, list);
        book.exchange_rates.push(listino_core::book::ExchangeRateEntry {
            from: "EUR".parse().unwrap(),
            to: "USD".parse().unwrap(),
            valid: Default::default(),
            rate: "1.1".parse().unwrap(),
        });
        let engine = Engine::compile(&book).unwrap();
        let mut after = engine.quote(&request).unwrap();
        after.book = before.book;
        prop_assert_eq!(&before, &after);
        let mut dollars = request.clone();
        dollars.currency = Some("USD".parse().unwrap());
        let quote = engine.quote(&dollars).unwrap();
        prop_assert!(prices(&quote).all(|p| p.price_list == "dollars"));
    }

    #[test]
    fn a_line_alone_equals_the_document_of_that_line(
        shop in shop(),
        plain in prop::bool::weighted(0.8),
        names in any::<(bool, bool)>(),
        channel in prop::sample::select(vec![None, Some("web"), Some("phone")]),
        others in others(),
    ) {
        let mut book = shop.book();
        if plain {
            // Without document rules the short way is taken.
            book.discounts.retain(|rule| rule.stage != "header");
        }
        book.discounts.extend(others.0);
        book.margins.extend(others.1);
        let engine = Engine::compile(&book).unwrap();
        let mut request = shop.request();
        request.discounts.clear();
        request.lines.truncate(1);
        request.channel = channel.map(|channel| channel.parse().unwrap());
        request.currency = names.0.then(|| "EUR".parse().unwrap());
        request.lines[0].unit =
            names.1.then(|| engine.quote(&request).unwrap().lines[0].unit.clone());
        let line = &request.lines[0];
        let mut query = LineQuery::new("C", line.product.as_str(), line.quantity, request.date);
        (query.channel, query.currency) = (request.channel.as_ref(), request.currency);
        query.unit = line.unit.as_ref();
        let alone = engine.price(&query).unwrap();
        let quote = engine.quote(&request).unwrap();
        let price = quote.lines[0].price.as_ref().unwrap();
        prop_assert_eq!(alone.list_price, price.list_price);
        prop_assert_eq!(alone.unit_price, price.unit_price);
        prop_assert_eq!((alone.total, alone.net, alone.cost), (price.total, price.net, price.cost));
        prop_assert_eq!(alone.margin_percent, price.margin.unwrap().percent);
        prop_assert_eq!(alone.status, quote.status);
        prop_assert_eq!(&alone.price_list, &price.price_list);
    }
}
