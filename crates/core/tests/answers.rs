//! Answers about whole documents that random shops meet too seldom.
#![cfg(test)]

use listino_core::quote::{Quote, Request, StepKind};
use listino_core::solve::{Diff, Goal, Solution, SolveError};
use listino_core::{Engine, PriceBook};
use serde_json::{Value, json};

fn book(parts: Value) -> PriceBook {
    let mut book = json!({ "v": 1, "currency": "EUR", "customers": { "C": {} } });
    for (field, value) in parts.as_object().unwrap() {
        book[field] = value.clone();
    }
    PriceBook::from_json(&book.to_string()).unwrap()
}

fn engine(parts: Value) -> Engine {
    Engine::compile(&book(parts)).unwrap()
}

fn request(lines: Value) -> Request {
    let request = json!({ "v": 1, "date": "2026-01-31", "customer": "C", "lines": lines });
    Request::from_json(&request.to_string()).unwrap()
}

fn total(engine: &Engine, request: &Request, target: &str) -> Result<Solution, SolveError> {
    engine.solve(request, Goal::TargetTotal(target.parse().unwrap()), None)
}

fn granted(solution: &Solution) -> Vec<(Option<String>, String)> {
    let said = |c: &listino_core::solve::Concession| {
        (c.line.as_ref().map(ToString::to_string), c.amount.to_string())
    };
    solution.concessions.iter().map(said).collect()
}

fn net(quote: &Quote) -> String {
    quote.totals.net.to_string()
}

mod free_goods {
    use super::*;

    fn shop(prices: &Value, quantities: &[String]) -> Quote {
        let products: Value =
            prices.as_object().unwrap().keys().map(|p| (p.clone(), json!({}))).collect();
        let engine = engine(json!({
            "products": products,
            "price_lists": [{ "id": "base", "prices": prices }],
            "rounding": { "at": ["line", "tax", "total"] },
            "discounts": [{ "id": "free", "stage": "promotion", "free": { "buy": "1", "get": "1" } }]
        }));
        let lines = prices.as_object().unwrap().keys().zip(quantities);
        let lines = lines.map(|(product, q)| json!({ "product": product, "quantity": q }));
        engine.quote(&request(lines.collect())).unwrap()
    }

    #[test]
    fn the_cheapest_unit_is_found_however_many_digits_it_takes() {
        let quantity = "1.0000000000000001".to_owned();
        let quote =
            shop(&json!({ "A": "9.123456789", "B": "1.123456789" }), &[quantity.clone(), quantity]);
        let lowered = |line: usize| {
            let price = quote.lines[line].price.as_ref().unwrap();
            price.steps.iter().any(|step| step.kind == StepKind::FreeGoods)
        };
        assert_eq!((lowered(0), lowered(1)), (false, true));
    }

    #[test]
    fn long_and_short_numbers_have_one_order() {
        // Short products can be compared in 38 digits, long ones cannot: together they had none.
        let mut state = 2_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20 {
            let mut prices = serde_json::Map::new();
            let mut quantities = Vec::new();
            for line in 0..200 {
                let long = next(10) < 6;
                let price = next(9) + 1;
                let digits = next(999_999_999);
                let price = if long { format!("{price}.{digits:09}") } else { price.to_string() };
                prices.insert(format!("P{line:03}"), json!(price));
                let digits = next(1_000_000_000) * 2 + 1;
                let (short, long_one) =
                    ((next(3) + 1).to_string(), format!("1.00000000{digits:010}"));
                quantities.push(if long { long_one } else { short });
            }
            assert_eq!(shop(&Value::Object(prices), &quantities).lines.len(), 200);
        }
    }
}

mod line_ids {
    use super::*;

    fn places(lines: Value, free: Value) -> Vec<(String, String)> {
        let engine = engine(json!({
            "products": { "P": {}, "S": { "per": "month" } },
            "price_lists": [{ "id": "base", "prices": { "P": "10", "S": "10" } }],
            "discounts": [{ "id": "three", "stage": "promotion", "free": free }]
        }));
        let error = engine.quote(&request(lines)).unwrap_err();
        let said = |d: &listino_core::Diagnostic| (d.code.clone(), d.path.clone());
        error.diagnostics().iter().map(said).collect()
    }

    #[test]
    fn an_id_is_not_the_number_of_a_line_without_one() {
        let free = json!({ "buy": "1", "get": "1" });
        let twice = |path: &str| vec![("Q0202".to_owned(), path.to_owned())];
        let lines = json!([
            { "id": "2", "product": "P", "quantity": "1" }, { "product": "P", "quantity": "1" }]);
        assert_eq!(places(lines, free.clone()), twice("/lines/0/id"));
        let step = json!({ "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-12-31" } });
        let lines = json!([
            { "product": "S", "quantity": "1", "ramp": [step] },
            { "id": "1/1", "product": "P", "quantity": "1" }]);
        assert_eq!(places(lines, free), twice("/lines/1/id"));
        let lines = json!([{ "id": "gift-three", "product": "P", "quantity": "3" }]);
        let gift = json!({ "buy": "1", "get": "1", "product": "P" });
        assert_eq!(places(lines, gift), twice("/lines/0/id"));
    }
}

mod solver {
    use super::*;

    fn two_lines() -> Request {
        request(json!([
            { "product": "P", "quantity": "10" }, { "product": "Q", "quantity": "2" }]))
    }

    fn shop(more: Value) -> Engine {
        let mut parts = json!({
            "products": { "P": { "cost": "10" }, "Q": { "cost": "10" } },
            "price_lists": [{ "id": "base", "prices": { "P": "100", "Q": "50" } }],
            "margins": [{ "id": "floor", "floor": "5" }] });
        for (field, value) in more.as_object().unwrap() {
            parts[field] = value.clone();
        }
        engine(parts)
    }

    #[test]
    fn a_target_total_is_the_total_also_where_the_document_takes_a_part() {
        let engine =
            shop(json!({ "discounts": [{ "id": "h", "stage": "header", "percent": "10" }] }));
        let solution = total(&engine, &two_lines(), "800").unwrap();
        assert_eq!(net(&solution.quote), "800");
        assert_eq!(granted(&solution), [(Some("1".to_owned()), "211.11".to_owned())]);
    }

    #[test]
    fn a_total_between_two_coins_is_not_said_to_be_reached() {
        let rounding = json!({ "at": [{ "step": "line", "increment": "0.05" }, "tax", "total"] });
        let engine = shop(json!({ "rounding": rounding }));
        let error = total(&engine, &two_lines(), "800.02").unwrap_err();
        let (above, below) = ("800.05".parse().unwrap(), "800".parse().unwrap());
        assert_eq!(error, SolveError::SteppedOver { above, below });
        let solution = total(&engine, &two_lines(), "800").unwrap();
        assert_eq!(net(&solution.quote), "800");
        // The fewest coins that do it: 299.98 are rounded to the same.
        assert_eq!(granted(&solution), [(Some("1".to_owned()), "299.98".to_owned())]);
    }

    #[test]
    fn free_goods_leave_more_to_grant_than_the_total_of_the_line() {
        let free =
            json!([{ "id": "free", "stage": "promotion", "free": { "buy": "2", "get": "1" } }]);
        let engine = shop(json!({ "discounts": free, "margins": [] }));
        let lines = request(json!([{ "product": "P", "quantity": "6" }]));
        let solution = engine.solve(&lines, Goal::KeepThresholds, Some(0)).unwrap();
        assert_eq!((net(&solution.quote), granted(&solution)[0].1.as_str()), ("0".into(), "600"));
        let solution = total(&engine, &lines, "100").unwrap();
        assert_eq!((net(&solution.quote), granted(&solution)[0].1.as_str()), ("100".into(), "450"));
    }

    #[test]
    fn a_ramp_is_solved_for_step_by_step() {
        let engine = engine(json!({
            "products": { "S": { "per": "month", "cost": "20" } },
            "price_lists": [{ "id": "base", "prices": { "S": "100" } }],
            "margins": [{ "id": "floor", "floor": "50" }] }));
        let step =
            |from: &str, to: &str| json!({ "quantity": "1", "term": { "from": from, "to": to } });
        let lines = request(json!([{ "product": "S", "quantity": "1",
            "ramp": [step("2026-01-01", "2026-02-28"), step("2026-03-01", "2026-05-31")] }]));
        let solution = total(&engine, &lines, "400").unwrap();
        assert_eq!((net(&solution.quote), granted(&solution)[0].1.as_str()), ("400".into(), "50"));
        // 200 less 120 leaves 80 at a cost of 40.
        let solution = engine.solve(&lines, Goal::KeepThresholds, Some(0)).unwrap();
        assert_eq!((net(&solution.quote), granted(&solution)[0].1.as_str()), ("260".into(), "120"));
        // 500 less 2 · 75 leaves 350, of which 100 are 28.57 %: 71.42 % are the margin.
        let margin = Goal::TargetMargin("70".parse().unwrap());
        let solution = engine.solve(&lines, margin, Some(0)).unwrap();
        assert_eq!(
            (net(&solution.quote), granted(&solution)[0].1.as_str()),
            ("333.34".into(), "83.33")
        );
    }

    #[test]
    fn a_document_rule_with_a_bound_does_not_hide_the_largest_discount() {
        // From 500 on half of it is taken off: then 47.61 keep 79 %. Below 500 it is 523.80.
        let engine = engine(json!({
            "products": { "P": { "cost": "10" } },
            "price_lists": [{ "id": "base", "prices": { "P": "100" } }],
            "discounts": [{ "id": "half", "stage": "header", "value": { "from": "500" }, "percent": "50" }],
            "margins": [{ "id": "floor", "floor": "79" }] }));
        let lines = request(json!([{ "product": "P", "quantity": "10" }]));
        let solution = engine.solve(&lines, Goal::KeepThresholds, Some(0)).unwrap();
        assert_eq!(
            (net(&solution.quote), granted(&solution)[0].1.as_str()),
            ("476.2".into(), "523.8")
        );
        // As near to a total as can be, too: with the rule 482 are 35.99 off, without it 518.
        let solution = total(&engine, &lines, "482").unwrap();
        assert_eq!(
            (net(&solution.quote), granted(&solution)[0].1.as_str()),
            ("482".into(), "35.99")
        );
        let solution = total(&engine, &lines, "476.2").unwrap();
        assert_eq!(net(&solution.quote), "476.2");
    }

    #[test]
    fn what_found_no_place_before_does_not_stop_a_surcharge() {
        let engine = engine(json!({
            "products": { "P": { "cost": "60" } },
            "price_lists": [{ "id": "base", "prices": { "P": "100" } }],
            "margins": [{ "id": "least", "measure": "price", "floor": "90" }] }));
        let lines = json!({ "v": 1, "date": "2026-01-31", "customer": "C", "discounts": [{ "amount": "500" }],
            "lines": [{ "product": "P", "quantity": "10" }] });
        let lines = Request::from_json(&lines.to_string()).unwrap();
        let margin = Goal::TargetMargin("40".parse().unwrap());
        let solution = engine.solve(&lines, margin, None).unwrap();
        assert_eq!(
            (net(&solution.quote), granted(&solution)[0].1.as_str()),
            ("1000".into(), "-100")
        );
    }

    #[test]
    fn nothing_that_could_carry_a_surcharge_is_said() {
        let engine = engine(json!({
            "products": { "P": { "cost": "60" } },
            "price_lists": [{ "id": "base", "prices": { "P": "0" } }] }));
        let margin = Goal::TargetMargin("24".parse().unwrap());
        for lines in [json!([]), json!([{ "product": "P", "quantity": "10" }])] {
            let error = engine.solve(&request(lines), margin, None).unwrap_err();
            assert_eq!(error, SolveError::NothingToCarry);
        }
        let one = request(json!([{ "product": "P", "quantity": "10" }]));
        let solution = engine.solve(&one, margin, Some(0)).unwrap();
        assert_eq!(net(&solution.quote), "789.48");
    }

    #[test]
    fn a_margin_of_all_that_is_paid_is_said_to_be_impossible() {
        let engine = shop(json!({}));
        for margin in ["100", "500"] {
            let margin = margin.parse().unwrap();
            let error = engine.solve(&two_lines(), Goal::TargetMargin(margin), None).unwrap_err();
            assert_eq!(error, SolveError::MarginOutOfReach(margin));
        }
    }
}

mod groups {
    use super::*;
    use listino_core::explain::{Language, Sentences};

    #[test]
    fn what_counts_together_is_said() {
        let book = book(json!({
            "products": { "P": {}, "Q": {} },
            "mix_groups": { "all": {} },
            "price_lists": [{ "id": "base", "prices": { "P": "100", "Q": "10" } },
                { "id": "pallet", "priority": 1, "fallthrough": true, "below_first_tier": "fallthrough", "scale": { "across": "all" },
                  "prices": { "P": [{ "from": "100", "price": "80" }] } }],
            "discounts": [
                { "id": "ten", "stage": "volume", "quantity": { "from": "10" }, "across": "all", "percent": "5" },
                { "id": "fifty", "stage": "volume", "quantity": { "from": "50" }, "across": "all", "percent": "5" },
                { "id": "scale", "stage": "volume", "across": "all",
                  "tiers": { "basis": "value", "steps": [{ "from": "5000", "percent": "5" }] } },
                { "id": "order", "stage": "header", "value": { "from": "5000" }, "percent": "1" }] }));
        let engine = Engine::compile(&book).unwrap();
        let lines = request(
            json!([{ "product": "P", "quantity": "8" }, { "product": "Q", "quantity": "4" }]),
        );
        let quote = engine.explain(&lines).unwrap();
        let say = Sentences::new(&quote, Language::English);
        let told: Vec<String> =
            quote.lines[0].considered.iter().map(|c| say.considered(c)).collect();
        for (name, sum) in [("pallet", "12"), ("fifty", "12"), ("scale", "840"), ("order", "798")] {
            let mine = told.iter().find(|t| t.contains(name)).unwrap();
            assert!(mine.contains(&format!("count together come to {sum};")), "{mine}");
        }
        let drawn = quote.waterfall(&quote.lines[0], Language::English, Some(&book)).unwrap();
        assert_eq!(drawn.rows[1].note, "from 10, across all");
    }

    #[test]
    fn a_sum_with_too_many_digits_names_its_largest_line() {
        let engine = engine(json!({ "products": { "P": {} },
            "price_lists": [{ "id": "base", "prices": { "P": "30" } }] }));
        let line =
            |id: &str, quantity: &str| json!({ "id": id, "product": "P", "quantity": quantity });
        let long = "300000000000000000000000000";
        let error = engine
            .quote(&request(json!([
                line("a", "1"),
                line("b", long),
                line("c", "40000000000000000000000000")
            ])))
            .unwrap_err();
        let found = &error.diagnostics()[0];
        assert_eq!((found.code.as_str(), found.path.as_str()), ("Q0206", "/lines/1"), "{found:?}");
        assert!(found.message.contains("the largest line is `b`"), "{}", found.message);
    }
}

mod comparison {
    use super::*;

    /// What a rule took off under the old and the new book.
    fn taken(percent: [&str; 2], product: &str, line: Value) -> (String, String) {
        let engine = |percent: &str| {
            engine(json!({
                "products": { "S": { "per": "month" }, "P": {} },
                "price_lists": [{ "id": "base", "prices": { "S": "100", "P": "10" } }],
                "discounts": [{ "id": "rule", "stage": "cluster", "percent": percent }] }))
        };
        let (old, new) = (engine(percent[0]), engine(percent[1]));
        let mut line = line;
        line["product"] = json!(product);
        let mut diff = Diff::new(&old, &new);
        diff.add(&request(json!([line]))).unwrap();
        let report = diff.finish();
        let change = report.by_rule["rule"]["EUR"];
        (change.old_revenue.to_string(), change.new_revenue.to_string())
    }

    #[test]
    fn a_rule_is_worth_what_it_takes_off_the_whole_line() {
        let year = json!({ "quantity": "2", "term": { "from": "2026-01-01", "to": "2026-12-31" } });
        assert_eq!(taken(["10", "20"], "S", year), ("240".into(), "480".into()));
        // Ten days of 31: 32.26 at the list, of which a tenth.
        let days = json!({ "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-01-10" } });
        assert_eq!(taken(["10", "20"], "S", days), ("3.226".into(), "6.452".into()));
        // Where nothing is left, five units were given away and not one.
        assert_eq!(
            taken(["10", "100"], "P", json!({ "quantity": "5" })),
            ("5".into(), "50".into())
        );
    }
}

mod next_break {
    use super::*;

    fn more(parts: Value, lines: Value) -> Vec<Option<String>> {
        let mut book = json!({
            "products": { "A": { "weight": "2" }, "B": { "weight": "1" } },
            "mix_groups": { "all": {} } });
        for (field, value) in parts.as_object().unwrap() {
            book[field] = value.clone();
        }
        let (engine, request) = (engine(book), request(lines));
        let breaks =
            (0..request.lines.len()).map(|line| engine.next_break(&request, line).unwrap());
        breaks.map(|next| next.map(|next| next.more.to_string())).collect()
    }

    #[test]
    fn what_a_group_lacks_is_less_by_what_the_other_lines_bring() {
        let some = |more: [&str; 2]| more.map(|more| Some(more.to_owned()));
        let lines =
            json!([{ "product": "A", "quantity": "50" }, { "product": "B", "quantity": "5" }]);
        let plain = json!([{ "id": "base", "prices": { "A": "10", "B": "10" } }]);
        for (condition, missing) in [
            (json!({ "quantity": { "from": "60" } }), ["5", "5"]),
            (json!({ "value": { "from": "600" } }), ["5", "5"]),
            (json!({ "weight": { "from": "115" } }), ["5", "10"]),
        ] {
            let mut rule =
                json!({ "id": "rule", "stage": "volume", "across": "all", "percent": "5" });
            for (field, value) in condition.as_object().unwrap() {
                rule[field] = value.clone();
            }
            let parts = json!({ "price_lists": plain, "discounts": [rule] });
            assert_eq!(more(parts, lines.clone()), some(missing), "{condition}");
        }
        let tiers = json!([{ "price": "10" }, { "from": "60", "price": "9" }]);
        let list = json!([{ "id": "base", "scale": { "across": "all" }, "prices": { "A": tiers, "B": tiers } }]);
        assert_eq!(more(json!({ "price_lists": list }), lines), some(["5", "5"]));
    }
}

mod merged_tiers {
    use super::*;

    #[test]
    fn a_bound_in_thirds_is_compared_in_base_units() {
        let engine = engine(json!({
            "merge": "tier", "units": { "third": {} }, "products": { "P": { "units": { "third": "1/3" } } },
            "price_lists": [
                { "id": "own", "priority": 1, "fallthrough": true, "prices": { "P": [{ "unit": "third",
                    "tiers": [{ "price": "5" }, { "from": "10", "price": "4" }] }] } },
                { "id": "base", "prices": { "P": [{ "from": "2", "price": "9" }] } }] }));
        let price = |quantity: &str| {
            let line = json!([{ "product": "P", "quantity": quantity, "unit": "third" }]);
            let quote = engine.quote(&request(line)).unwrap();
            quote.lines[0].price.as_ref().unwrap().unit_price.unwrap().to_string()
        };
        // Two pieces are six thirds; ten thirds have no decimal in pieces.
        for (quantity, wanted) in [("3", "5"), ("6", "3"), ("9", "3"), ("12", "4"), ("30", "4")] {
            assert_eq!(price(quantity), wanted, "{quantity} thirds");
        }
    }
}

mod custom_rules {
    use super::*;

    /// 100 and 2 x 50, and a rule on the document.
    fn quote(rule: Value, more: Value) -> Result<Quote, listino_core::RequestError> {
        let mut discount = json!({ "id": "d", "stage": "header" });
        for (field, value) in rule.as_object().unwrap() {
            discount[field] = value.clone();
        }
        let engine = engine(json!({
            "products": { "A": { "weight": "3" }, "B": { "weight": "1" } },
            "price_lists": [{ "id": "base", "prices": { "A": "100", "B": "50" } }],
            "discounts": [discount]
        }));
        let lines =
            json!([{ "product": "A", "quantity": "1" }, { "product": "B", "quantity": "2" }]);
        let mut request = json!({ "v": 1, "date": "2026-01-31", "customer": "C", "lines": lines });
        for (field, value) in more.as_object().unwrap() {
            request[field] = value.clone();
        }
        engine.explain(&Request::from_json(&request.to_string()).unwrap())
    }

    #[test]
    fn a_document_rule_is_asked_of_its_lines_together() {
        let when =
            |when: &str| net(&quote(json!({ "percent": "10", "when": when }), json!({})).unwrap());
        assert_eq!(when("false"), "200");
        assert_eq!(when("true"), "180");
        assert_eq!(when("value == 200 and quantity == 3 and weight == 5"), "180");
        assert_eq!(when("value > 200"), "200");
        assert_eq!(when("date.year == 2026 and currency == 'EUR' and customer.id == 'C'"), "180");
        let only_b = json!({ "amount": "10", "for": { "product": "B" }, "when": "value == 100" });
        assert_eq!(net(&quote(only_b, json!({})).unwrap()), "190");
        let rule = json!({ "rule": "value / 40" });
        assert_eq!(net(&quote(rule, json!({})).unwrap()), "190");
        let lost = quote(json!({ "percent": "10", "when": "false" }), json!({})).unwrap();
        let outcome = &lost.lines[0].considered.iter().find(|c| c.id == *"d").unwrap().outcome;
        assert_eq!(serde_json::to_value(outcome).unwrap()["result"], "condition");
    }

    #[test]
    fn who_is_nowhere_in_a_tree_has_an_empty_list() {
        for list in ["customer.clusters", "customer.regions", "customer.segments"] {
            let when = format!("'x' in {list}");
            let rule = json!({ "percent": "10", "when": when });
            assert_eq!(net(&quote(rule, json!({})).unwrap()), "200", "{list}");
        }
        let rule =
            json!({ "percent": "10", "stage": "promotion", "when": "'x' in product.categories" });
        assert_eq!(net(&quote(rule, json!({})).unwrap()), "200");
    }

    #[test]
    fn one_that_fails_refuses_the_document() {
        let rule = json!({ "percent": "10", "when": "number(order.attributes['x'] ?? '9') > 5" });
        let said = json!({ "attributes": { "x": "much" } });
        let error = quote(rule.clone(), said).unwrap_err();
        let finding = &error.diagnostics()[0];
        assert_eq!(finding.code, "Q0208");
        assert!(finding.message.contains("the custom rule of `d` failed"), "{finding:?}");
        assert_eq!(net(&quote(rule, json!({})).unwrap()), "180");
        assert!(quote(json!({ "rule": "1 / (value - 200)" }), json!({})).is_err());
    }

    #[test]
    fn one_that_asks_about_a_line_is_refused_with_the_book() {
        for variable in
            ["list_price > 1", "cost > 1", "product.id == 'A'", "'x' in product.categories"]
        {
            let book = book(json!({ "discounts": [
                { "id": "d", "stage": "header", "percent": "1", "when": variable }] }));
            let error = Engine::compile(&book).unwrap_err();
            assert_eq!(error.diagnostics()[0].code, "B0317", "{variable}");
        }
    }

    #[test]
    fn a_cost_is_in_the_currency_of_the_list() {
        let rates = json!([{ "from": "EUR", "to": "USD", "rate": "2" }, { "from": "USD", "to": "EUR", "rate": "0.5" }]);
        let price = |f: Value| {
            let engine = engine(json!({
                "exchange_rates": rates, "products": { "A": { "cost": "10" } },
                "price_lists": [{ "id": "f", "currency": "USD", "formula": f },
                    { "id": "g", "formula": { "base": { "list": "f" } }, "priority": 5 }]
            }));
            let request = request(json!([{ "product": "A", "quantity": "1" }]));
            net(&engine.quote(&request).unwrap())
        };
        assert_eq!(price(json!({ "base": "cost" })), "10");
        assert_eq!(price(json!({ "rule": "cost" })), "10");
    }
}

mod next_breaks {
    use super::*;

    fn next(parts: Value, request: Value) -> Option<(String, String, String)> {
        let engine = engine(parts);
        let request = Request::from_json(&request.to_string()).unwrap();
        let next = engine.next_break(&request, 0).unwrap()?;
        Some((next.more.to_string(), next.unit_price.to_string(), next.total.to_string()))
    }

    fn found(more: &str, unit: &str, total: &str) -> Option<(String, String, String)> {
        Some((more.to_owned(), unit.to_owned(), total.to_owned()))
    }

    fn lines(lines: Value) -> Value {
        json!({ "v": 1, "date": "2026-01-01", "customer": {}, "lines": lines })
    }

    #[test]
    fn bounds_over_a_value_are_in_the_currency_of_the_book() {
        for by in [
            json!({ "value": { "from": "100" }, "percent": "10" }),
            json!({ "tiers": { "basis": "value", "steps": [{ "from": "100", "percent": "10" }] } }),
        ] {
            let mut rule = json!({ "id": "v", "stage": "promotion" });
            for (field, value) in by.as_object().unwrap() {
                rule[field] = value.clone();
            }
            let parts = json!({ "currency": "CHF", "products": { "A": {} },
                "exchange_rates": [{ "from": "CHF", "to": "EUR", "rate": "1.25" }],
                "price_lists": [{ "id": "eu", "currency": "EUR", "prices": { "A": "10" } }],
                "discounts": [rule] });
            let mut request = lines(json!([{ "product": "A", "quantity": "1" }]));
            request["currency"] = json!("EUR");
            assert_eq!(next(parts.clone(), request.clone()), found("12", "9", "117"));
            // What a rule would need is told in the currency of the document as well.
            let request = Request::from_json(&request.to_string()).unwrap();
            let quote = engine(parts).explain(&request).unwrap();
            let lost = quote.lines[0].considered.iter().find(|c| c.id == *"v").unwrap();
            assert_eq!(serde_json::to_value(&lost.outcome).unwrap()["needs"], "125");
        }
    }

    #[test]
    fn free_goods_count_the_lines_of_their_pool() {
        let parts = json!({ "products": { "A": {}, "B": {} },
            "price_lists": [{ "id": "base", "prices": { "A": "10", "B": "20" } }],
            "discounts": [{ "id": "f", "stage": "promotion", "free": { "buy": "4", "get": "1" } }] });
        let of = |a: &str, b: &str| {
            lines(json!([{ "product": "A", "quantity": a }, { "product": "B", "quantity": b }]))
        };
        assert_eq!(next(parts.clone(), of("3", "1")), found("1", "7.5", "30"));
        assert_eq!(next(parts, of("8", "6")), found("1", "6.6667", "60"));
    }

    #[test]
    fn a_bound_over_a_value_counts_the_price_of_the_first_tier() {
        let tiers = json!([{ "price": "10" }, { "from": "50", "price": "8" }, { "from": "100", "price": "6" }]);
        let parts = json!({ "products": { "A": {} },
            "price_lists": [{ "id": "base", "scale": { "basis": "value" }, "prices": { "A": tiers } }] });
        assert_eq!(
            next(parts, lines(json!([{ "product": "A", "quantity": "9" }]))),
            found("1", "6", "60")
        );
    }

    #[test]
    fn a_formula_has_the_tiers_of_its_base() {
        let parts = json!({ "products": { "A": {} }, "customers": { "Z": {} },
            "price_lists": [
                { "id": "h", "for": { "customer": "Z" }, "prices": { "A": [{ "price": "10" }, { "from": "10", "price": "8" }] } },
                { "id": "f", "formula": { "base": { "list": "h" }, "percent": "10" } }] });
        assert_eq!(
            next(parts, lines(json!([{ "product": "A", "quantity": "9" }]))),
            found("1", "8.8", "88")
        );
    }

    #[test]
    fn a_surcharge_that_ends_makes_a_unit_cheaper() {
        for bound in ["quantity", "value"] {
            let below = if bound == "value" { "95" } else { "10" };
            let mut rule = json!({ "id": "s", "stage": "promotion", "percent": "-5" });
            rule[bound] = json!({ "below": below });
            let parts = json!({ "products": { "A": {} }, "discounts": [rule],
                "price_lists": [{ "id": "base", "prices": { "A": "10" } }] });
            assert_eq!(
                next(parts, lines(json!([{ "product": "A", "quantity": "9" }]))),
                found("1", "10", "100")
            );
        }
    }

    #[test]
    fn a_break_lies_at_whole_packs() {
        let parts = json!({ "products": { "A": { "packs": "6" } },
            "price_lists": [{ "id": "base", "prices": { "A": [{ "price": "10" }, { "from": "10", "price": "8" }] } }] });
        assert_eq!(
            next(parts, lines(json!([{ "product": "A", "quantity": "6" }]))),
            found("6", "8", "96")
        );
    }

    #[test]
    fn rounding_alone_is_no_break() {
        let parts = json!({ "units": { "kg": { "digits": 1 } }, "products": { "A": { "unit": "kg" } },
            "price_lists": [{ "id": "base", "prices": { "A": "10.23" } }],
            "discounts": [{ "id": "h", "stage": "header", "quantity": { "from": "12" }, "percent": "5" }] });
        assert_eq!(next(parts, lines(json!([{ "product": "A", "quantity": "7.6" }]))), None);
    }

    #[test]
    fn a_subscription_has_the_price_of_a_period() {
        let parts = json!({ "products": { "A": { "per": "month" } },
            "price_lists": [{ "id": "base", "prices": { "A": [{ "price": "10" }, { "from": "5", "price": "9" }] } }] });
        let term = json!({ "from": "2026-01-01", "to": "2026-12-31" });
        let request = lines(json!([{ "product": "A", "quantity": "4", "term": term }]));
        assert_eq!(next(parts, request), found("1", "9", "540"));
    }
}

#[test]
fn the_largest_discount_reckons_with_later_stages() {
    let engine = engine(json!({
        "products": { "A": { "cost": "10" } },
        "price_lists": [{ "id": "base", "prices": { "A": "100" } }],
        "stages": [{ "id": "header", "on": "document" }, { "id": "late", "on": "document" }],
        "discounts": [{ "id": "h", "stage": "late", "percent": "50" }],
        "margins": [{ "id": "t", "on": "line", "floor": "20" }]
    }));
    let request = request(json!([{ "product": "A", "quantity": "1" }]));
    for goal in [Goal::KeepThresholds, Goal::TargetMargin("20".parse().unwrap())] {
        let solution = engine.solve(&request, goal, None).unwrap();
        assert_eq!(granted(&solution), [(None, "75".to_owned())]);
    }
}

#[test]
fn the_largest_discount_is_looked_for_beyond_what_a_custom_rule_ends() {
    // Up to 43 off, 30 % more falls; beyond, up to 45 keep the floor of 55.
    let engine = engine(json!({
        "products": { "A": { "cost": "44" } },
        "price_lists": [{ "id": "base", "prices": { "A": "100" } }],
        "discounts": [{ "id": "h", "stage": "header", "percent": "30", "when": "value >= 57" }],
        "margins": [{ "id": "t", "on": "line", "floor": "20" }]
    }));
    let request = request(json!([{ "product": "A", "quantity": "1" }]));
    let solution = engine.solve(&request, Goal::KeepThresholds, Some(0)).unwrap();
    assert_eq!(granted(&solution), [(Some("1".to_owned()), "45".to_owned())]);
}

#[test]
fn the_list_whose_tier_holds_gives_the_price() {
    let engine = engine(json!({
        "merge": "tier", "products": { "A": {} },
        "price_lists": [{ "id": "own", "priority": 1, "prices": { "A": "10" } },
            { "id": "base", "prices": { "A": [{ "tiers": [{ "from": "5", "price": "9" }] }] } }]
    }));
    let outcomes = |quantity: &str| {
        let request = request(json!([{ "product": "A", "quantity": quantity }]));
        let quote = engine.explain(&request).unwrap();
        let all = quote.lines[0].considered.iter();
        all.map(|c| {
            let outcome = serde_json::to_value(&c.outcome).unwrap();
            format!("{} {}", c.id, outcome["result"].as_str().unwrap())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(outcomes("1"), ["own applied", "base outranked"]);
    assert_eq!(outcomes("5"), ["own outranked", "base applied"]);
}

#[test]
fn a_comparison_of_books_adds_up_each_currency() {
    let engine = |price: &str| {
        engine(json!({
            "exchange_rates": [{ "from": "EUR", "to": "JPY", "rate": "160" }],
            "customers": { "C": {}, "J": { "currency": "JPY" } },
            "products": { "A": { "category": "x" } },
            "price_lists": [{ "id": "eu", "prices": { "A": price } },
                { "id": "jp", "currency": "JPY", "prices": { "A": "1600" } }],
            "discounts": [{ "id": "r", "stage": "promotion", "percent": "10" }]
        }))
    };
    let (old, new) = (engine("10"), engine("11"));
    let mut diff = Diff::new(&old, &new);
    for customer in ["C", "J"] {
        let request = json!({ "v": 1, "date": "2026-01-31", "customer": customer,
            "lines": [{ "product": "A", "quantity": "1" }] });
        diff.add(&Request::from_json(&request.to_string()).unwrap()).unwrap();
    }
    let report = diff.finish();
    for sums in [&report.total, &report.by_category["x"], &report.by_product["A"]] {
        let of = |currency: &str| {
            (sums[currency].old_revenue.to_string(), sums[currency].new_revenue.to_string())
        };
        assert_eq!(of("EUR"), ("9".to_owned(), "9.9".to_owned()));
        assert_eq!(of("JPY"), ("1440".to_owned(), "1440".to_owned()));
    }
    let taken = &report.by_rule["r"];
    assert_eq!(
        (taken["EUR"].new_revenue, taken["JPY"].new_revenue),
        ("1.1".parse().unwrap(), 160.into())
    );
}

mod lines_without_a_price {
    use super::*;
    use listino_core::batch::{LineError, Lines, Quantities};
    use listino_core::quote::{LineQuery, PriceError, Refusal, Status};

    /// A seventh of the cost, of which one percent does not fit 28 digits.
    fn seventh() -> Engine {
        engine(json!({
            "products": { "P": { "cost": "17.09" }, "Q": {} },
            "price_lists": [{ "id": "base", "prices": { "P": "253.86", "Q": "5" } }],
            "stages": [{ "id": "s" }],
            "discounts": [
                { "id": "D", "stage": "s", "rule": "cost / 7", "for": { "product": "P" } },
                { "id": "E", "stage": "s", "percent": "1", "for": { "product": "P" } }]
        }))
    }

    #[test]
    fn what_cannot_be_shown_is_not_billed() {
        let engine = seventh();
        let lines =
            json!([{ "product": "P", "quantity": "4" }, { "product": "Q", "quantity": "2" }]);
        let quote = engine.quote(&request(lines.clone())).unwrap();
        let steps = Refusal::Precision { at: "steps".to_owned() };
        assert_eq!(quote.lines[0].refusal, Some(steps.clone()));
        assert_eq!((quote.status, net(&quote)), (Status::Incomplete, "10".to_owned()));
        assert_eq!(quote.totals.list_value.to_string(), "10");
        let explained = engine.explain(&request(lines)).unwrap();
        assert_eq!(explained.totals, quote.totals);
        assert!(!explained.lines[0].considered.is_empty());

        let day = "2026-01-31".parse().unwrap();
        let alone = engine.price(&LineQuery::new("C", "P", 4.into(), day));
        assert_eq!(alone, Err(PriceError::Refused(steps)));
        let (customer, product) = (engine.customer_number("C"), engine.product_number("P"));
        let (customer, product) = ([customer.unwrap()], [product.unwrap()]);
        let days = [day.day_number()];
        let lines = Lines::new(&customer, &product, Quantities::Whole(&[4]), &days);
        assert_eq!(engine.price_columns(&lines).unwrap().error, [Some(LineError::Precision)]);
    }

    #[test]
    fn what_only_the_margin_cannot_show_is_not_billed() {
        let engine = engine(json!({
            "products": { "P": { "cost": "0.0000000000000000000000000001" }, "Q": {} },
            "price_lists": [{ "id": "base", "prices": { "P": "100", "Q": "5" } }]
        }));
        let lines =
            json!([{ "product": "P", "quantity": "1" }, { "product": "Q", "quantity": "2" }]);
        let quote = engine.quote(&request(lines)).unwrap();
        assert!(matches!(quote.lines[0].refusal, Some(Refusal::Precision { .. })));
        assert_eq!((quote.status, net(&quote)), (Status::Incomplete, "10".to_owned()));
        let day = "2026-01-31".parse().unwrap();
        let alone = engine.price(&LineQuery::new("C", "P", 1.into(), day));
        assert!(matches!(alone, Err(PriceError::Refused(Refusal::Precision { .. }))));
    }

    #[test]
    fn a_plan_without_a_price_is_in_the_document() {
        let engine = engine(json!({
            "products": { "plan": { "min_quantity": "10" }, "addon": { "addon_to": "plan" } },
            "price_lists": [{ "id": "base", "prices": { "plan": "1", "addon": "2" } }]
        }));
        let quote = engine.quote(&request(json!([
            { "product": "plan", "quantity": "1" }, { "product": "addon", "quantity": "1" }])));
        let quote = quote.unwrap();
        assert!(matches!(quote.lines[0].refusal, Some(Refusal::Quantity { .. })));
        assert_eq!(quote.lines[1].refusal, None);
        let alone = engine.quote(&request(json!([{ "product": "addon", "quantity": "1" }])));
        assert!(matches!(alone.unwrap().lines[0].refusal, Some(Refusal::MissingPlan { .. })));
    }

    #[test]
    fn a_row_says_that_a_rate_is_missing() {
        let engine = engine(json!({
            "products": { "P": {} },
            "price_lists": [{ "id": "base", "currency": "USD", "prices": { "P": "5" } }],
            "exchange_rates": [{ "from": "EUR", "to": "USD", "rate": "1.1", "valid": { "to": "2020-12-31" } }],
            "discounts": [{ "id": "header", "stage": "header", "amount": "1" }]
        }));
        let (customer, product) = ([0], [0]);
        let usd = [Some("USD".parse().unwrap())];
        let mut lines = Lines::new(&customer, &product, Quantities::Whole(&[4]), &[20_000]);
        lines.currency = Some(&usd);
        let error = engine.price_columns(&lines).unwrap().error;
        assert_eq!(error, [Some(LineError::ExchangeRate)]);
    }

    #[test]
    fn a_stage_of_a_frame_names_its_rule_beside_a_discount_by_hand() {
        let engine = engine(json!({
            "products": { "P": {} },
            "price_lists": [{ "id": "base", "prices": { "P": "100" } }],
            "discounts": [{ "id": "D", "stage": "manual", "on": "total", "percent": "19" }]
        }));
        let by_hand = [Some("7.5".parse().unwrap())];
        let mut lines = Lines::new(&[0], &[0], Quantities::Whole(&[4]), &[20_000]);
        lines.discount = Some(&by_hand);
        let priced = engine.price_columns(&lines).unwrap();
        let manual = priced.stages.iter().find(|stage| stage.id.as_str() == "manual").unwrap();
        assert_eq!(manual.rule, [0]);
    }
}

#[test]
fn a_rest_of_a_month_is_never_more_than_a_month() {
    let engine = engine(json!({
        "products": { "P": { "per": "month" } },
        "price_lists": [{ "id": "base", "prices": { "P": "10" } }]
    }));
    let until = |from: &str, to: &str| {
        let lines =
            json!([{ "product": "P", "quantity": "1", "term": { "from": from, "to": to } }]);
        net(&engine.quote(&request(lines)).unwrap())
    };
    // From the 31st: the second month begins on 28 February and has 31 days.
    assert_eq!(until("2026-01-31", "2026-02-27"), "10");
    assert_eq!(until("2026-01-31", "2026-02-26"), "9.64");
    assert_eq!(until("2026-01-31", "2026-03-29"), "19.68");
    assert_eq!(until("2026-01-31", "2026-03-30"), "20");
    assert_eq!(until("2026-02-15", "2026-03-13"), "9.64");
    assert_eq!(until("9999-12-15", "9999-12-30"), "5.16");
}

#[test]
fn a_part_and_a_rule_count_instances_alike() {
    let apart = json!({ "not": { "excludes": ["A[*].o"] } });
    let parts = json!({
        "products": { "P": { "model": "m" } },
        "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
        "models": [{ "id": "m",
            "assemblies": [{ "id": "A", "instances": { "min": 2, "max": 2 },
                "groups": [{ "id": "h", "choose": {}, "options": [{ "id": "o" }] }] }],
            "groups": [{ "id": "g", "choose": {}, "options": [{ "id": "two" }] }],
            "rules": [{ "id": "r", "must": { "same": ["two", apart] } }],
            "bom": { "root": "P", "items": [{ "id": "P" }, { "id": "y", "cost": "1" }],
                "lines": [{ "for": "P", "item": "y", "when": apart }] } }]
    });
    let engine = engine(parts);
    let cost = |choices: Value| {
        let line =
            json!({ "product": "P", "quantity": "1", "configuration": { "choices": choices } });
        engine.quote(&request(json!([line]))).unwrap().totals.cost.unwrap().to_string()
    };
    assert_eq!(
        (cost(json!(["A[1].o"])), cost(json!(["A[1].o", "A[2].o"]))),
        ("0".into(), "1".into())
    );
}

#[test]
fn a_price_that_is_converted_is_said_to_be_per_base_unit() {
    use listino_core::explain::{Language, Sentences};
    let engine = engine(json!({
        "units": { "box": {} },
        "products": { "P": { "units": { "box": "12" } } },
        "price_lists": [{ "id": "base", "prices": { "P": "10.01" } }]
    }));
    let quote = engine.quote(&request(json!([
        { "product": "P", "quantity": "3", "unit": "box" }, { "product": "P", "quantity": "3" }])));
    let quote = quote.unwrap();
    let first = |line: usize, language| {
        let line = &quote.lines[line];
        let step = line.price.as_ref().unwrap().steps[0].clone();
        Sentences::new(&quote, language).step(line, &step)
    };
    assert_eq!(first(0, Language::English), "base lists it at 10.01 EUR per base unit");
    assert_eq!(first(0, Language::Italian), "base lo quota 10,01 EUR per unità base");
    assert_eq!(first(1, Language::English), "base lists it at 10.01 EUR per pc");
}

#[test]
fn beside_returns_no_discount_by_hand_is_within_a_percentage() {
    use listino_core::quote::{ApprovalCause, Status};
    let engine = engine(json!({
        "products": { "A": {}, "B": {} },
        "price_lists": [{ "id": "base", "prices": { "A": "10", "B": "100" } }],
        "discretion": [{ "role": "rep", "max_percent": "10" }]
    }));
    let asked = |a: &str, amount: &str| {
        let mut request = request(json!([
            { "product": "B", "quantity": "-1" }, { "product": "A", "quantity": a }]));
        request.roles = serde_json::from_value(json!(["rep"])).unwrap();
        request.discounts = serde_json::from_value(json!([{ "amount": amount }])).unwrap();
        let quote = engine.quote(&request).unwrap();
        (quote.status, quote.approvals)
    };
    // 90 less 100, and 100 less 100: a tenth of that is nothing.
    for quantity in ["9", "10"] {
        let (status, approvals) = asked(quantity, "1");
        assert_eq!((status, approvals.len()), (Status::Blocked, 1));
        assert_eq!((approvals[0].cause, approvals[0].actual), (ApprovalCause::Discretion, None));
    }
    assert_eq!(asked("11", "1"), (Status::Ok, vec![]));
    // Whoever asks for more takes nothing off.
    assert_eq!(asked("9", "-1"), (Status::Ok, vec![]));
}

#[test]
fn a_return_takes_nothing_from_what_the_others_can_carry() {
    let engine = engine(json!({
        "products": { "A": {}, "B": {} },
        "price_lists": [{ "id": "base", "prices": { "A": "10", "B": "100" } }]
    }));
    let asked = request(json!([
        { "product": "B", "quantity": "-1" }, { "product": "A", "quantity": "9" }]));
    let solution = engine.solve(&asked, Goal::KeepThresholds, None).unwrap();
    assert_eq!(granted(&solution), [(None, "90".to_owned())]);
    assert!(solution.quote.totals.discounts[0].unallocated.exact().is_zero());
}

#[test]
fn a_line_without_a_share_of_a_discount_is_told_so() {
    use listino_core::quote::CandidateOutcome;
    let engine = engine(json!({
        "products": { "A": {} },
        "price_lists": [{ "id": "base", "prices": { "A": "10" } }],
        "discounts": [{ "id": "two", "stage": "header", "percent": "2" }]
    }));
    let quote = engine
        .explain(&request(json!([
            { "product": "A", "quantity": "2" }, { "product": "A", "quantity": "-1" }])))
        .unwrap();
    let outcome = |line: usize| quote.lines[line].considered.last().unwrap().outcome.clone();
    assert_eq!((outcome(0), outcome(1)), (CandidateOutcome::Applied, CandidateOutcome::NoEffect));
}

#[test]
fn the_nets_of_gross_prices_sum_to_what_is_taxed() {
    let engine = engine(json!({
        "products": { "A": { "cost": "0.10" } },
        "price_lists": [{ "id": "base", "prices": { "A": "0.99" } }],
        "tax": { "prices": "gross", "rates": [{ "category": "S", "percent": "22" }] }
    }));
    let line = json!({ "product": "A", "quantity": "1" });
    let quote = engine.quote(&request(json!(vec![line; 3]))).unwrap();
    // 2.97 has 2.43 in it, and 0.99 alone has 0.81 of 0.8114...
    let nets: Vec<String> =
        quote.lines.iter().map(|l| l.price.as_ref().unwrap().net.to_string()).collect();
    assert_eq!(nets, ["0.81", "0.81", "0.81"]);
    assert_eq!((quote.totals.without_tax, quote.totals.true_net), two("2.43"));
    let line = json!({ "product": "A", "quantity": "1" });
    let quote = engine.quote(&request(json!(vec![line; 5]))).unwrap();
    let nets: Vec<String> =
        quote.lines.iter().map(|l| l.price.as_ref().unwrap().net.to_string()).collect();
    assert_eq!(nets, ["0.82", "0.81", "0.81", "0.81", "0.81"]);
    assert_eq!((quote.totals.without_tax, quote.totals.true_net), two("4.06"));
    let back = json!([{ "product": "A", "quantity": "-1" }, { "product": "A", "quantity": "-4" }]);
    let quote = engine.quote(&request(back)).unwrap();
    assert_eq!((quote.totals.without_tax, quote.totals.true_net), two("-4.06"));
}

fn two(amount: &str) -> (listino_core::money::Amount, listino_core::money::Amount) {
    (amount.parse().unwrap(), amount.parse().unwrap())
}

#[test]
fn the_waterfall_of_one_piece_takes_the_tax_out() {
    use listino_core::explain::Language;
    let engine = engine(json!({
        "products": { "A": { "cost": "10" } },
        "price_lists": [{ "id": "base", "prices": { "A": "24.40" } }],
        "tax": { "prices": "gross", "rates": [{ "category": "S", "percent": "22" }] }
    }));
    let quote = engine.quote(&request(json!([{ "product": "A", "quantity": "1" }]))).unwrap();
    let rows = quote.waterfall(&quote.lines[0], Language::English, None).unwrap().rows;
    let shown: Vec<(String, String)> =
        rows.iter().map(|row| (row.label.clone(), row.to.to_string())).collect();
    let of = |label: &str, to: &str| (label.to_owned(), to.to_owned());
    assert_eq!(
        shown,
        [
            of("list price", "24.4"),
            of("tax contained", "20"),
            of("true net", "20"),
            of("cost", "10"),
            of("margin", "10")
        ]
    );
}

#[test]
fn on_what_is_given_away_no_discount_by_hand_is_within_a_percentage() {
    use listino_core::quote::Status;
    let engine = engine(json!({
        "products": { "A": {}, "B": {} },
        "price_lists": [{ "id": "base", "prices": { "A": "0", "B": "33.35" } }],
        "discretion": [{ "role": "rep", "max_percent": "10" }]
    }));
    let status = |line: Value, document: Value| {
        let mut request = request(json!([line]));
        request.roles = serde_json::from_value(json!(["rep"])).unwrap();
        request.discounts = serde_json::from_value(document).unwrap();
        engine.quote(&request).unwrap().status
    };
    let given = |amount: &str| json!({ "product": "A", "quantity": "1", "discounts": [{ "line_amount": amount }] });
    assert_eq!(status(given("5"), json!([])), Status::Blocked);
    assert_eq!(status(given("-5"), json!([])), Status::Ok);
    let per_unit = json!({ "product": "A", "quantity": "1",
        "discounts": [{ "amount": "5" }, { "line_amount": "-1" }] });
    assert_eq!(status(per_unit, json!([])), Status::Blocked);
    let line = || json!({ "product": "B", "quantity": "1" });
    // Ten percent of 33.35 are 3.335, and a coin is no more than was asked for.
    assert_eq!(status(line(), json!([{ "percent": "10" }])), Status::Ok);
    assert_eq!(status(line(), json!([{ "percent": "10.1" }])), Status::Blocked);
    assert_eq!(status(line(), json!([{ "amount": "3.34" }])), Status::Blocked);
}

mod shares {
    use super::*;

    fn totals(lists: Value, strategy: &str) -> Vec<Option<String>> {
        let engine = engine(json!({
            "products": { "A": { "category": "goods" }, "S": { "category": "service" } },
            "strategy": strategy,
            "price_lists": lists
        }));
        let lines =
            json!([{ "product": "S", "quantity": "1" }, { "product": "A", "quantity": "10" }]);
        let quote = engine.explain(&request(lines)).unwrap();
        let total =
            |line: &listino_core::quote::QuoteLine| Some(line.price.as_ref()?.total.to_string());
        assert!(quote.lines[0].considered.iter().any(|candidate| candidate.id == "share"));
        quote.lines.iter().map(total).collect()
    }

    fn share() -> Value {
        json!({ "id": "share", "for": { "product": "S" },
            "formula": { "base": { "lines": { "category": "goods" } }, "percent": "18" } })
    }

    #[test]
    fn lists_without_a_price_are_passed_by() {
        let cost_plus =
            json!({ "id": "cost", "priority": 9, "formula": { "base": "cost", "percent": "30" } });
        let base = json!({ "id": "base", "prices": { "A": "10" } });
        let found = totals(json!([cost_plus, base, share()]), "priority");
        assert_eq!(found, [Some("18".to_owned()), Some("100".to_owned())]);
        let tiered = json!({ "id": "base", "priority": 9, "below_first_tier": "fallthrough",
            "prices": { "A": "10", "S": [{ "from": "5", "price": "1" }] } });
        let found = totals(json!([tiered, share()]), "priority");
        assert_eq!(found, [Some("18".to_owned()), Some("100".to_owned())]);
    }

    #[test]
    fn the_lowest_may_be_a_share_or_not() {
        let base = |s: &str| json!({ "id": "base", "prices": { "A": "10", "S": s } });
        for (price, found) in [("17", "17"), ("19", "18")] {
            let totals = totals(json!([base(price), share()]), "lowest");
            assert_eq!(totals[0].as_deref(), Some(found));
        }
    }
}

#[test]
fn what_is_refused_earns_nothing_for_others() {
    let engine = engine(json!({
        "products": { "A": {}, "G": {} },
        "rounding": { "at": ["tax", "total"] },
        "price_lists": [{ "id": "base", "prices": { "A": "1.12345678901234567891", "G": "1" } }],
        "discounts": [
            { "id": "fine", "stage": "cluster", "for": { "product": "A" }, "percent": "12.3456789" },
            { "id": "gift", "stage": "promotion", "for": { "product": "A" }, "free": { "buy": "10", "get": "1", "product": "G" } }
        ]
    }));
    let lines = json!([{ "product": "A", "quantity": "10" }, { "product": "G", "quantity": "1" }]);
    let quote = engine.quote(&request(lines)).unwrap();
    let refused: Vec<bool> = quote.lines.iter().map(|line| line.refusal.is_some()).collect();
    assert_eq!(refused, [true, false]);
    assert_eq!(net(&quote), "1");
}

#[test]
fn two_currencies_have_no_sum() {
    let of = |currency: &str| {
        engine(json!({
            "currency": currency,
            "products": { "A": { "cost": "5" } },
            "price_lists": [{ "id": "base", "prices": { "A": "10" } }],
            "discounts": [{ "id": "d", "stage": "volume", "percent": "10" }]
        }))
    };
    let (old, new) = (of("EUR"), of("USD"));
    let mut diff = Diff::new(&old, &new);
    diff.add(&request(json!([{ "product": "A", "quantity": "2" }]))).unwrap();
    let report = diff.finish();
    let sums =
        |changes: &std::collections::BTreeMap<listino_core::Id, listino_core::solve::Change>| {
            let shown = |change: &listino_core::solve::Change| {
                (change.old_revenue.to_string(), change.new_revenue.to_string())
            };
            changes.iter().map(|(currency, c)| (currency.to_string(), shown(c))).collect::<Vec<_>>()
        };
    let each = |currency: &str, old: &str, new: &str| {
        (currency.to_owned(), (old.to_owned(), new.to_owned()))
    };
    let both = [each("EUR", "18", "0"), each("USD", "0", "18")];
    assert_eq!(sums(&report.total), both);
    assert_eq!(sums(report.by_customer.values().next().unwrap()), both);
    assert_eq!(
        sums(report.by_rule.values().next().unwrap()),
        [each("EUR", "2", "0"), each("USD", "0", "2")]
    );
}

#[test]
fn a_line_alone_is_refused_where_it_is_in_a_document() {
    let engine = engine(json!({
        "products": { "A": { "cost": "0.0000000001" } },
        "rounding": { "at": [{ "step": "unit", "digits": 12 }, "line", "tax", "total"] },
        "price_lists": [{ "id": "base", "prices": { "A": "0.000000000123456789" } }],
        "discounts": [
            { "id": "one", "stage": "cluster", "percent": "12.3457" },
            { "id": "two", "stage": "promotion", "percent": "12.3457" }
        ]
    }));
    let asked = request(json!([{ "product": "A", "quantity": "1000000000" }]));
    let in_document = engine.quote(&asked).unwrap().lines[0].refusal.clone();
    assert!(in_document.is_some());
    let alone =
        listino_core::quote::LineQuery::new("C", "A", "1000000000".parse().unwrap(), asked.date);
    assert!(engine.price(&alone).is_err());
}

#[test]
fn a_quantity_that_cannot_be_quoted_is_no_break() {
    let engine = engine(json!({
        "products": { "A": {} },
        "price_lists": [{ "id": "base", "prices": { "A": [{ "price": "10" }, { "from": "50", "price": "9" }] } }],
        "discounts": [{ "id": "odd", "stage": "header", "rule": "100 / (50 - quantity)" }]
    }));
    let asked = request(json!([{ "product": "A", "quantity": "10" }]));
    assert!(engine.quote(&asked).is_ok());
    assert_eq!(engine.next_break(&asked, 0).unwrap(), None);
}

mod explained {
    use super::*;
    use listino_core::quote::CandidateOutcome;

    fn outcomes(lists: Value, discounts: Value) -> Vec<(String, CandidateOutcome)> {
        let engine = engine(json!({
            "products": { "T": { "cost": "10" }, "U": {} },
            "customers": { "C": { "cluster": "gold" } },
            "groups": [{ "id": "g1", "keep": "best" }, { "id": "g2", "keep": "best", "against": "g1" }],
            "price_lists": lists,
            "discounts": discounts
        }));
        let quote = engine.explain(&request(json!([{ "product": "T", "quantity": "1" }]))).unwrap();
        let line = &quote.lines[0];
        line.considered.iter().map(|c| (c.id.to_string(), c.outcome.clone())).collect()
    }

    fn outranked(by: &str) -> CandidateOutcome {
        CandidateOutcome::Outranked { by: by.parse().unwrap() }
    }

    #[test]
    fn lists_with_formulas_are_told_of_too() {
        let base = json!({ "id": "base", "priority": 1, "prices": { "T": "20" } });
        let cost = |more: Value| {
            let mut list = json!({ "id": "plus", "formula": { "base": "cost", "percent": "50" } });
            for (field, value) in more.as_object().unwrap() {
                list[field] = value.clone();
            }
            list
        };
        let plus = |more: Value| {
            let found = outcomes(json!([base, cost(more)]), json!([]));
            found.into_iter().find(|(id, _)| id == "plus").unwrap().1
        };
        assert!(matches!(
            plus(json!({ "for": { "cluster": "silver" } })),
            CandidateOutcome::OutOfScope { .. }
        ));
        assert!(matches!(
            plus(json!({ "valid": { "to": "2020-01-01" } })),
            CandidateOutcome::NotValid { .. }
        ));
        assert!(matches!(plus(json!({ "priority": -1 })), CandidateOutcome::Outranked { .. }));
    }

    #[test]
    fn a_list_that_ends_the_search_is_named() {
        let base = json!({ "id": "base", "prices": { "T": "20" } });
        let gold = json!({ "id": "gold", "for": { "cluster": "gold" }, "fallthrough": false, "prices": { "U": "2" } });
        let found = outcomes(json!([base, gold]), json!([]));
        let named = |id: &str, outcome| (id.to_owned(), outcome);
        assert_eq!(
            found,
            [named("gold", CandidateOutcome::NoRow), named("base", outranked("gold"))]
        );
    }

    #[test]
    fn what_stands_is_named_and_not_what_fell_to_it() {
        let base = json!({ "id": "base", "prices": { "T": "20" } });
        let found = outcomes(
            json!([base]),
            json!([
                { "id": "a1", "stage": "volume", "group": "g1", "percent": "5" },
                { "id": "a2", "stage": "volume", "group": "g1", "percent": "7" },
                { "id": "b1", "stage": "promotion", "group": "g2", "percent": "9" }
            ]),
        );
        let excluded = CandidateOutcome::Excluded { by: "b1".parse().unwrap() };
        for rule in ["a1", "a2"] {
            assert!(found.contains(&(rule.to_owned(), excluded.clone())), "{found:?}");
        }
    }
}

#[test]
fn steps_of_ramps_coupons_and_discounts_are_limited() {
    let engine = engine(json!({
        "products": { "A": { "per": "month" } },
        "price_lists": [{ "id": "base", "prices": { "A": "1" } }]
    }));
    let step = json!({ "quantity": "1", "term": { "from": "2026-01-01", "to": "2026-01-31" } });
    let ramp = json!({ "product": "A", "quantity": "1", "ramp": vec![step; 2_000] });
    let mut asked = request(json!([{ "product": "A", "quantity": "1" }]));
    let found = |asked: &Request| -> Vec<(String, String)> {
        let Err(error) = engine.quote(asked) else { return Vec::new() };
        error.diagnostics().iter().map(|d| (d.code.clone(), d.path.clone())).collect()
    };
    let limit = |path: &str| ("Q0004".to_owned(), path.to_owned());
    assert_eq!(found(&asked), []);
    let by_hand = json!({ "percent": "1" });
    asked.discounts = serde_json::from_value(json!(vec![by_hand.clone(); 1_001])).unwrap();
    asked.lines[0].discounts = serde_json::from_value(json!(vec![by_hand; 1_001])).unwrap();
    asked.coupons = serde_json::from_value(json!(vec![json!({ "code": "K" }); 1_001])).unwrap();
    let wanted = ["/coupons", "/discounts", "/lines/0/discounts"].map(limit);
    assert_eq!(found(&asked), wanted);
    let many: Vec<_> = serde_json::from_value(json!(vec![ramp; 51])).unwrap();
    let asked = Request { lines: many, ..request(json!([])) };
    assert_eq!(found(&asked), [limit("/lines")]);
}
