//! What the lints tell apart: a tie from two lists that never meet, a gap from days that a wider
//! list fills, discounts that meet from those that shut each other out.
#![cfg(test)]

use listino_core::PriceBook;
use serde_json::{Value, json};

fn book() -> Value {
    json!({
        "v": 1, "currency": "EUR",
        "customers": {
            "C1": { "cluster": "reseller/gold", "contracts": ["K1"], "segments": ["a"] },
            "C2": { "cluster": "reseller/silver", "contracts": ["K2"], "segments": ["b"], "parent": "C1" }
        },
        "products": {
            "A": { "category": "bikes/road", "cost": "60" },
            "B": { "category": "helmets", "cost": "1" }
        },
        "price_lists": [{ "id": "base", "prices": { "A": "100", "B": "5" } }]
    })
}

/// The codes that a book meets after some of its fields were set.
fn codes(changes: Value) -> Vec<String> {
    let mut book = book();
    for (field, value) in changes.as_object().unwrap() {
        book[field] = value.clone();
    }
    let book = PriceBook::from_json(&book.to_string()).unwrap();
    book.check().into_iter().map(|finding| finding.code).collect()
}

fn lists(a: Value, b: Value) -> Vec<String> {
    let list = |id: &str, own: Value| {
        let mut list = json!({ "id": id, "prices": { "A": "90" } });
        for (field, value) in own.as_object().unwrap() {
            list[field] = value.clone();
        }
        list
    };
    codes(json!({ "price_lists": [book()["price_lists"][0], list("a", a), list("b", b)] }))
}

#[test]
fn the_plain_book_is_clean() {
    assert_eq!(codes(json!({})), Vec::<String>::new());
}

#[test]
fn lists_tie_only_where_one_customer_meets_both() {
    let tie = vec!["B0506".to_owned()];
    let none: Vec<String> = Vec::new();
    let of = |dimension: &str, value: &str| json!({ "for": { dimension: value } });
    assert_eq!(lists(of("cluster", "reseller/gold"), of("cluster", "reseller/gold")), tie);
    assert_eq!(lists(of("cluster", "reseller/gold"), of("cluster", "reseller/silver")), none);
    // A deeper node is more specific.
    assert_eq!(lists(of("cluster", "reseller"), of("cluster", "reseller/gold")), none);
    assert_eq!(lists(of("contract", "K1"), of("contract", "K2")), none);
    assert_eq!(lists(of("customer", "C1"), of("customer", "C1")), tie);
    assert_eq!(lists(of("customer", "C1"), of("customer", "C2")), none);
    // C2 lies below C1.
    assert_eq!(lists(of("account", "C1"), of("account", "C2")), tie);
    assert_eq!(lists(of("segment", "a"), of("segment", "b")), none);
    let window = |from: &str, to: &str| json!({ "for": { "contract": "K1" }, "valid": { "from": from, "to": to } });
    assert_eq!(lists(window("2022-01-01", "2022-06-30"), window("2022-07-01", "2022-12-31")), none);
    assert_eq!(lists(window("2022-01-01", "2022-07-01"), window("2022-07-01", "2022-12-31")), tie);
    let first = json!({ "for": { "contract": "K1" }, "priority": 1 });
    assert_eq!(lists(first, of("contract", "K1")), none);
    let dollars = json!({ "for": { "contract": "K1" }, "currency": "USD" });
    assert_eq!(lists(dollars, of("contract", "K1")), none);
}

#[test]
fn a_customer_in_two_segments_makes_a_tie() {
    let list = |id: &str, segment: &str| json!({ "id": id, "for": { "segment": segment }, "prices": { "A": "90" } });
    let found = codes(json!({
        "customers": { "C1": { "segments": ["a", "b"] } },
        "price_lists": [book()["price_lists"][0], list("x", "a"), list("y", "b")]
    }));
    assert_eq!(found, ["B0506"]);
}

#[test]
fn lowest_and_merged_tiers_do_not_tie() {
    let list = |id: &str, from: &str| json!({ "id": id, "for": { "contract": "K1" }, "prices": { "A": [{ "tiers": [{ "from": from, "price": "90" }] }] } });
    let two = |b: &str| json!([book()["price_lists"][0], list("a", "1"), list("b", b)]);
    assert_eq!(
        codes(json!({ "price_lists": two("1"), "strategy": "lowest" })),
        Vec::<String>::new()
    );
    assert_eq!(codes(json!({ "price_lists": two("5"), "merge": "tier" })), Vec::<String>::new());
    assert_eq!(codes(json!({ "price_lists": two("1"), "merge": "tier" })), ["B0506"]);
}

#[test]
fn a_wider_list_fills_a_gap() {
    let rows = json!([
        { "valid": { "from": "2022-01-01", "to": "2022-01-31" }, "price": "80" },
        { "valid": { "from": "2022-12-01", "to": "2022-12-31" }, "price": "80" }
    ]);
    let promotions = json!({ "id": "p", "for": { "contract": "K1" }, "prices": { "A": rows } });
    assert_eq!(
        codes(json!({ "price_lists": [book()["price_lists"][0], promotions] })),
        Vec::<String>::new()
    );
    let alone = json!({ "id": "p", "prices": { "A": rows, "B": "5" } });
    assert_eq!(codes(json!({ "price_lists": [alone] })), ["B0602"]);
}

/// Whether some discounts, 25 % each, bring product A from 100 below its cost of 60.
fn stacked(a: Value, b: Value, changes: Value) -> bool {
    let rule = |id: &str, own: Value| {
        let mut rule = json!({ "id": id, "stage": "promotion", "percent": "25" });
        for (field, value) in own.as_object().unwrap() {
            rule[field] = value.clone();
        }
        rule
    };
    let mut all = json!({ "discounts": [rule("a", a), rule("b", b)] });
    for (field, value) in changes.as_object().unwrap() {
        all[field] = value.clone();
    }
    codes(all).contains(&"B0804".to_owned())
}

#[test]
fn discounts_stack_as_the_procedure_lets_them() {
    let none = || json!({});
    assert!(stacked(none(), none(), none()));
    assert!(stacked(none(), json!({ "stage": "header" }), none()));
    assert!(!stacked(json!({ "combine": "best" }), json!({ "combine": "best" }), none()));
    assert!(!stacked(json!({ "combine": "exclusive" }), none(), none()));
    assert!(!stacked(json!({ "group": "g" }), json!({ "group": "g", "stage": "volume" }), none()));
    let all = json!({ "groups": [{ "id": "g", "keep": "all" }] });
    assert!(stacked(json!({ "group": "g" }), json!({ "group": "g" }), all));
    let excludes = json!({ "groups": [{ "id": "g", "excludes": "h" }, { "id": "h" }] });
    assert!(!stacked(json!({ "group": "g" }), json!({ "group": "h" }), excludes));
}

#[test]
fn discounts_that_never_meet_do_not_stack() {
    let none = || json!({});
    let window = |from: &str, to: &str| json!({ "valid": { "from": from, "to": to } });
    assert!(!stacked(
        window("2022-01-01", "2022-01-31"),
        window("2022-02-01", "2022-02-28"),
        none()
    ));
    assert!(stacked(
        window("2022-01-01", "2022-02-01"),
        window("2022-02-01", "2022-02-28"),
        none()
    ));
    let of = |cluster: &str| json!({ "for": { "cluster": cluster } });
    assert!(!stacked(of("reseller/gold"), of("reseller/silver"), none()));
    assert!(stacked(of("reseller/gold"), of("reseller"), none()));
    assert!(!stacked(
        json!({ "for": { "category": "bikes" } }),
        json!({ "for": { "category": "helmets" } }),
        none()
    ));
    assert!(!stacked(json!({ "payment": "net30" }), json!({ "payment": "prepaid" }), none()));
    assert!(!stacked(
        json!({ "quantity": { "below": "10" } }),
        json!({ "quantity": { "from": "10" } }),
        none()
    ));
    let coupons = |stackable: bool| json!({ "coupons": { "X": { "stackable": stackable }, "Y": { "stackable": stackable } } });
    assert!(!stacked(json!({ "coupon": "X" }), json!({ "coupon": "Y" }), coupons(false)));
    assert!(stacked(json!({ "coupon": "X" }), json!({ "coupon": "Y" }), coupons(true)));
}

#[test]
fn a_scale_takes_off_what_it_does_at_the_quantity_of_the_others() {
    let scale = |first: &str, second: &str| {
        let steps =
            json!([{ "from": "1", "percent": first }, { "from": "100", "percent": second }]);
        json!({ "percent": null, "tiers": { "steps": steps } })
    };
    let below = |bound: &str| json!({ "quantity": { "below": bound } });
    assert!(!stacked(scale("5", "30"), below("100"), json!({})));
    assert!(stacked(scale("5", "30"), below("101"), json!({})));
    assert!(stacked(scale("30", "5"), json!({ "stage": "volume" }), json!({})));
    // Two scales are never reached at different places at once.
    assert!(!stacked(scale("35", "5"), scale("5", "35"), json!({})));
    assert!(stacked(scale("35", "5"), scale("25", "5"), json!({})));
}

#[test]
fn a_surcharge_that_always_comes_holds_the_price_up() {
    let surcharge = |changes: Value| {
        let mut rule = json!({ "stage": "promotion", "percent": "-30" });
        for (field, value) in changes.as_object().unwrap() {
            rule[field] = value.clone();
        }
        stacked(json!({ "percent": "50" }), rule, json!({}))
    };
    assert!(!surcharge(json!({})));
    assert!(surcharge(json!({ "for": { "product": "B" } })));
    assert!(surcharge(json!({ "payment": "net30" })));
    assert!(surcharge(json!({ "quantity": { "from": "10" } })));
    assert!(surcharge(json!({ "value": { "from": "10" } })));
    assert!(surcharge(json!({ "valid": { "from": "2022-01-01" } })));
    let coupon = json!({ "coupons": { "X": { "stackable": true } } });
    let presented = json!({ "percent": "-30", "coupon": "X" });
    assert!(stacked(json!({ "percent": "50" }), presented, coupon));
}

#[test]
fn a_contract_price_hides_the_base_price_from_the_stack() {
    // C1 pays 100 by the base list, and 200 by its contract: only others can fall below cost.
    let lists = json!([book()["price_lists"][0], { "id": "k", "for": { "contract": "K1" }, "prices": { "A": "200" } }]);
    let of = |contract: &str| json!({ "for": { "contract": contract } });
    assert!(!stacked(of("K1"), of("K1"), json!({ "price_lists": lists })));
    assert!(stacked(of("K2"), of("K2"), json!({ "price_lists": lists })));
}

#[test]
fn what_keeps_others_out_is_not_idle() {
    let none: Vec<String> = Vec::new();
    let discounts = |discounts: Value| codes(json!({ "discounts": discounts }));
    // Nothing off, and nothing else either.
    let nothing = json!({ "id": "n", "stage": "cluster", "percent": "0", "combine": "exclusive", "for": { "product": "A" } });
    let off = json!({ "id": "o", "stage": "cluster", "percent": "10" });
    assert_eq!(discounts(json!([nothing, off])), none);
    assert_eq!(discounts(json!([{ "id": "n", "stage": "cluster", "percent": "0" }])), ["B0708"]);
    // It falls in its stage, but not before its group has kept it.
    let kept = json!({ "id": "a", "stage": "cluster", "group": "g", "percent": "5" });
    let alone = json!({ "id": "x", "stage": "cluster", "combine": "exclusive", "percent": "10" });
    let fallen = json!({ "id": "z", "stage": "promotion", "group": "g", "percent": "30" });
    let groups = json!([{ "id": "g", "keep": "first" }]);
    let found = codes(json!({ "groups": groups, "discounts": [kept, alone, fallen] }));
    assert!(!found.contains(&"B0703".to_owned()), "{found:?}");
    // Where tiers are merged, a list that lets no search go on hides none.
    let own = json!({ "id": "own", "priority": 1, "fallthrough": false, "prices": { "A": "100", "B": "5" } });
    let base =
        json!({ "id": "base", "prices": { "A": [{ "tiers": [{ "from": "5", "price": "90" }] }] } });
    let lists = json!([own, base]);
    assert_eq!(codes(json!({ "price_lists": lists })), ["B0703"]);
    let found = codes(json!({ "price_lists": lists, "merge": "tier" }));
    assert!(!found.contains(&"B0703".to_owned()), "{found:?}");
}

#[test]
fn a_scale_for_many_units_is_compared_by_one() {
    let scale = |first: Value, second: Value| {
        let row = json!({ "per": "100", "tiers": [first, second] });
        codes(json!({ "products": { "A": { "cost": "1" }, "B": { "cost": "1" } },
            "price_lists": [{ "id": "base", "prices": { "A": [row], "B": "5" } }] }))
    };
    let rising =
        scale(json!({ "price": "300" }), json!({ "from": "10", "price": "280", "flat": "5" }));
    assert!(!rising.contains(&"B0801".to_owned()), "{rising:?}");
    let falling =
        scale(json!({ "price": "300", "flat": "5" }), json!({ "from": "10", "price": "301" }));
    assert!(falling.contains(&"B0801".to_owned()), "{falling:?}");
}

#[test]
fn tax_rates_tie_for_the_classes_that_a_product_has() {
    let rate = |percent: &str, class: Option<&str>| {
        let mut rate =
            json!({ "category": "S", "percent": percent, "for": { "category": "helmets" } });
        if let Some(class) = class {
            rate["class"] = json!(class);
        }
        rate
    };
    let all = json!({ "category": "S", "percent": "22" });
    let rates = json!([rate("4", Some("red")), rate("12", None), all]);
    let mut products = book()["products"].clone();
    assert!(!codes(json!({ "tax": { "rates": rates } })).contains(&"B0808".to_owned()));
    products["B"]["tax"] = json!("red");
    let found = codes(json!({ "tax": { "rates": rates }, "products": products }));
    assert!(found.contains(&"B0808".to_owned()), "{found:?}");
}

#[test]
fn a_formula_has_one_way_to_its_price() {
    let formula = |formula: Value| {
        let found = codes(json!({ "price_lists": [book()["price_lists"][0],
            { "id": "f", "for": { "cluster": "x" }, "formula": formula }] }));
        found.contains(&"B0318".to_owned())
    };
    assert!(
        !formula(json!({ "rule": "100" })) && !formula(json!({ "base": "cost", "percent": "3" }))
    );
    assert!(formula(json!({ "rule": "100", "percent": "10" })));
    assert!(formula(json!({ "rule": "100", "base": "cost" })) && formula(json!({})));
}

#[test]
fn what_is_closed_on_every_day_is_told_and_what_ends_is_not() {
    let model = |options: Value, rules: Value| {
        codes(json!({
            "products": { "A": { "model": "m", "cost": "60" }, "B": { "cost": "1" } },
            "models": [{ "id": "m", "groups": [{ "id": "g", "choose": options[0], "options": options[1] }], "rules": rules }]
        }))
    };
    let a = json!({ "id": "a", "valid": { "to": "2026-05-09" } });
    let b = |from: &str| json!({ "id": "b", "valid": { "from": from } });
    let needs = json!([{ "id": "r", "must": { "requires": ["a", "b"] } }]);
    let any = json!({});
    // No day has both.
    assert_eq!(model(json!([any, [a, b("2026-05-10")]]), needs.clone()), ["B0908"]);
    assert_eq!(model(json!([any, [a, b("2026-05-09")]]), needs), [""; 0]);
    // Days between two offers are missed, days after the last are not.
    let one = json!({ "min": 1, "max": 1 });
    assert_eq!(model(json!([one, [a, b("2026-06-01")]]), json!([])), ["B0907"]);
    assert_eq!(
        model(json!([one, [a, { "id": "c", "valid": { "to": "2026-04-01" } }]]), json!([])),
        [""; 0]
    );
}
