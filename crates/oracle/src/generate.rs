//! Small random books and requests that reach every kind of rule. The same seed gives the same
//! case everywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use listino_core::PriceBook;
use listino_core::quote::Request;
use serde_json::{Map, Value, json};

/// A book and a request to price by it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The seed the case was made from; zero where it was not.
    pub seed: u64,
    /// The book.
    pub book: Arc<PriceBook>,
    /// The request.
    pub request: Request,
}

/// Features of the generator that can be left out, so that one known disagreement does not hide
/// the others.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    off: BTreeSet<String>,
}

impl Switches {
    /// Leaves a feature out.
    pub fn off(&mut self, name: &str) {
        self.off.insert(name.to_owned());
    }

    fn on(&self, name: &str) -> bool {
        !self.off.contains(name)
    }
}

/// The lines of a short document, and of a long one, are fewer than these.
const SHORT: usize = 6;
const LONG: usize = 30;

const DATE: &str = "2024-03-15";
const PRODUCTS: [&str; 5] = ["P1", "P2", "P3", "P4", "P5"];
/// A service that is priced by a share of the other lines.
const SERVICE: &str = "SV";
/// A product that is only given away or bought rarely.
const GIFT: &str = "GF";
const CLUSTERS: [&str; 4] = ["reseller", "reseller/gold", "reseller/gold/top", "end"];
const REGIONS: [&str; 4] = ["it", "it/nord", "it/nord/mi", "de"];
const CATEGORIES: [&str; 4] = ["bikes", "bikes/mountain", "bikes/mountain/full", "helmets"];
/// Conditions of discounts on lines, in the language of custom rules.
const CONDITIONS: [&str; 11] = [
    "quantity >= 10",
    "(list_price ?? 0) > 12.5",
    "value >= 250",
    "\"reseller\" in customer.clusters",
    "(customer.cluster ?? \"\") == \"end\"",
    "weight > 3 or quantity in [2..7)",
    "(product.attributes[\"colour\"] ?? \"\") == \"red\"",
    "(line.attributes[\"engraved\"] ?? \"no\") == \"yes\"",
    "\"bikes\" in product.categories and not (\"de\" in customer.regions)",
    "(cost ?? 0) * 2 < (list_price ?? 1)",
    "(channel ?? \"none\") != \"web\" and date.month == 3",
];
/// Conditions that fail on some lines.
const FAILING_CONDITIONS: [&str; 3] =
    ["list_price > 12.5", "cost * 3 > 100", "customer.cluster == \"reseller/gold\""];
const DOCUMENT_CONDITIONS: [&str; 4] = [
    "quantity >= 20",
    "value > 500 and weight < 100",
    "\"it\" in customer.regions",
    "(order.attributes[\"urgent\"] ?? \"no\") == \"no\"",
];
/// Percentages of discounts on lines.
const PERCENTS: [&str; 5] = [
    "quantity > 10 ? 7.5 : 2.25",
    "min([value / 100, 12])",
    "round((cost ?? 1) * 3, 2)",
    "max([abs(value) * 0.001, 1])",
    "\"reseller\" in customer.clusters ? 5 : 0",
];
const DOCUMENT_PERCENTS: [&str; 3] =
    ["value > 1000 ? 4 : 1.5", "min([quantity, 10])", "round(weight / 7, 1)"];
/// Prices of lists.
const PRICES: [&str; 4] = [
    "(cost ?? 10) * 1.25 + quantity",
    "round((cost ?? 8) * 1.333, 2)",
    "quantity >= 10 ? 8.5 : 9.75",
    "cost * 1.4",
];
const ROLES: [&str; 3] = ["clerk", "manager", "director"];

struct Maker<'s> {
    rng: Rng,
    /// For custom rules alone: what else a seed makes is the same with them and without.
    custom: Rng,
    switches: &'s Switches,
    fx: bool,
    /// Whether a product of the book is a subscription.
    subscription: bool,
    /// Whether the book rounds each discount.
    rounds_discounts: bool,
    /// Whether there are rules for the document.
    document_rules: bool,
    /// Whether rows stay in the base unit.
    plain_units: bool,
    /// Whether the rate into the document's currency is missing.
    rateless: bool,
    /// Whether a list prices the service.
    service: bool,
    /// Whether the lines of the request ask for nothing that is refused at once.
    sound: bool,
}

/// Makes the case of a seed.
///
/// # Panics
/// When the generator writes a document that is not of the wire format: a defect of the generator.
pub fn generate(seed: u64, switches: &Switches) -> Case {
    generate_some(seed, switches, 1).remove(0)
}

/// Makes the book of a seed and some requests for it, the first of which is that of [`generate`].
///
/// # Panics
/// When the generator writes a document that is not of the wire format: a defect of the generator.
pub fn generate_some(seed: u64, switches: &Switches, requests: usize) -> Vec<Case> {
    let mut maker = Maker {
        rng: Rng::with_seed(seed),
        custom: Rng::with_seed(!seed),
        switches,
        fx: false,
        subscription: false,
        rounds_discounts: false,
        document_rules: false,
        plain_units: false,
        rateless: false,
        service: false,
        sound: false,
    };
    let (book, [home, away]) = maker.book();
    let read_book = PriceBook::from_json(&book.to_string())
        .unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{book}"));
    let read_book = Arc::new(read_book);
    let mut cases = Vec::with_capacity(requests);
    for number in 0..requests {
        // Later documents may be long: what lines do to each other needs many of them.
        let most = if number > 0 && maker.chance(30) { LONG } else { SHORT };
        maker.sound = number > 0 && maker.chance(60);
        let request = maker.request(home, away, most);
        let request = Request::from_json(&request.to_string())
            .unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{request}"));
        cases.push(Case { seed, book: Arc::clone(&read_book), request });
    }
    cases
}

impl Maker<'_> {
    fn on(&self, name: &str) -> bool {
        self.switches.on(name)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.rng.usize(0..from.len())]
    }

    fn some(&mut self, from: &[&str]) -> Value {
        if self.chance(75) {
            return json!(self.pick(from));
        }
        let mut list: Vec<&str> = Vec::new();
        for _ in 0..2 {
            let one = self.pick(from);
            if !list.contains(&one) {
                list.push(one);
            }
        }
        json!(list)
    }

    /// A positive amount of money, mostly ordinary, sometimes huge or tiny.
    fn money(&mut self) -> String {
        match self.rng.u32(0..20) {
            0 => format!("{}", self.rng.u64(1..1_000_000_000)),
            1 => format!("0.{:04}", self.rng.u32(1..100)),
            2 => format!("{}.{:05}", self.rng.u32(0..100), self.rng.u32(0..100_000)),
            3..=7 => format!("{}", self.rng.u32(1..500)),
            8..=11 => format!("{}.5", self.rng.u32(0..200)),
            _ => format!("{}.{:02}", self.rng.u32(0..1000), self.rng.u32(1..100)),
        }
    }

    fn small_money(&mut self) -> String {
        format!("{}.{:02}", self.rng.u32(0..8), self.rng.u32(1..100))
    }

    fn percent(&mut self) -> String {
        match self.rng.u32(0..24) {
            0 => "100".to_owned(),
            1 => "0".to_owned(),
            2 => format!("-{}", self.rng.u32(1..20)),
            3 => format!("{}.{:03}", self.rng.u32(0..60), self.rng.u32(0..1000)),
            4 => "33.333".to_owned(),
            5 if self.on("over_100_percent") => "110".to_owned(),
            6..=10 => format!("{}.5", self.rng.u32(0..40)),
            _ => format!("{}", self.rng.u32(1..50)),
        }
    }

    /// A window that holds on the date three times of four, often just so.
    fn window(&mut self) -> Value {
        let windows = [
            json!({ "from": DATE }),
            json!({ "to": DATE }),
            json!({ "from": DATE, "to": DATE }),
            json!({ "from": "2020-01-01", "to": "2030-12-31" }),
            json!({ "from": "2024-02-29", "to": "2024-03-15" }),
            json!({ "from": "2024-03-14" }),
            json!({ "from": "2024-03-16" }),
            json!({ "to": "2024-03-14" }),
        ];
        windows[self.rng.usize(0..windows.len())].clone()
    }

    fn put_window(&mut self, object: &mut Map<String, Value>) {
        if self.chance(22) {
            let window = self.window();
            object.insert("valid".to_owned(), window);
        }
    }

    fn mode(&mut self) -> &'static str {
        self.pick(&["half_up", "half_even", "half_down", "up", "down"])
    }

    fn quantity_bound(&mut self) -> u32 {
        *[2, 5, 10, 11, 12, 20, 50].get(self.rng.usize(0..7)).unwrap_or(&5)
    }

    /// A scope: about the customer, the product, or both.
    fn scope(&mut self, customer: bool, product: bool, chance: u32) -> Map<String, Value> {
        let mut scope = Map::new();
        let mut put = |maker: &mut Self, name: &str, odds: u32, values: &[&str]| {
            if maker.chance(chance * odds / 100) {
                let some = maker.some(values);
                scope.insert(name.to_owned(), some);
            }
        };
        if customer {
            put(self, "customer", 25, &["C0", "C1", "C2"]);
            put(self, "account", 25, &["C0", "C1"]);
            put(self, "contract", 30, &["K1", "K2"]);
            put(self, "cluster", 60, &CLUSTERS);
            put(self, "segment", 30, &["s1", "s2"]);
            put(self, "region", 40, &REGIONS);
            put(self, "channel", 30, &["web", "shop"]);
        }
        if product {
            put(self, "product", 40, &PRODUCTS);
            put(self, "category", 60, &CATEGORIES);
            if self.chance(chance * 30 / 100) {
                let colour = self.some(&["red", "blue"]);
                let mut attributes = Map::new();
                attributes.insert("colour".to_owned(), colour);
                if self.chance(30) {
                    attributes.insert("size".to_owned(), json!(["L", "M"]));
                }
                scope.insert("attributes".to_owned(), Value::Object(attributes));
            }
        }
        if self.chance(chance * 25 / 100) {
            let mut not = Map::new();
            if customer && self.chance(50) {
                let some = self.some(&CLUSTERS);
                not.insert("cluster".to_owned(), some);
            }
            if product && (not.is_empty() || self.chance(40)) {
                let some = self.some(&CATEGORIES);
                not.insert("category".to_owned(), some);
            }
            if !not.is_empty() {
                scope.insert("not".to_owned(), Value::Object(not));
            }
        }
        scope
    }

    fn put_scope(
        &mut self,
        object: &mut Map<String, Value>,
        customer: bool,
        product: bool,
        chance: u32,
    ) {
        let scope = self.scope(customer, product, chance);
        if !scope.is_empty() {
            object.insert("for".to_owned(), Value::Object(scope));
        }
    }

    /// A book, its currency, and the one its documents are in.
    fn book(&mut self) -> (Value, [&'static str; 2]) {
        let mut book = Map::new();
        book.insert("v".to_owned(), json!(1));
        let home = if self.chance(80) { "EUR" } else { self.pick(&["KWD", "JPY", "USD"]) };
        let away = if self.chance(22) && self.on("fx") {
            let other = self.pick(&["USD", "JPY", "KWD", "CHF"]);
            if other == home { "GBP" } else { other }
        } else {
            home
        };
        self.fx = home != away;
        book.insert("currency".to_owned(), json!(home));
        if self.chance(25) && self.on("cash") {
            let cash = self.pick(&["0.05", "1", "0.5"]);
            let mut settings = json!({ "cash": cash });
            if self.chance(30) {
                settings["digits"] = json!(self.rng.u32(0..4));
            }
            book.insert("currencies".to_owned(), json!({ away: settings }));
        }
        let mut rates = Vec::new();
        if self.fx {
            let rate = self.pick(&["1.0842", "0.93", "161.37", "2"]);
            if self.chance(12) {
                rates.push(
                    json!({ "from": home, "to": away, "rate": rate, "valid": { "to": "2024-03-14" } }),
                );
                // A line refused for its length would hide that another one needs the rate.
                self.rateless = true;
            } else if self.chance(40) {
                rates.push(json!({ "from": home, "to": away, "rate": "7", "valid": { "to": "2024-03-14" } }));
                rates.push(
                    json!({ "from": home, "to": away, "rate": rate, "valid": { "from": DATE } }),
                );
            } else {
                rates.push(json!({ "from": home, "to": away, "rate": rate }));
            }
            if self.chance(50) {
                rates.push(json!({ "from": away, "to": home, "rate": "0.75" }));
            }
        }
        // Every list may be in any of these, so every rate must be there; some end too early.
        let money = [home, away, "SEK", "EUR", "USD"];
        for (from, to) in money.iter().flat_map(|from| money.iter().map(move |to| (*from, *to))) {
            let rate = self.pick(&["0.087", "3", "0.9", "11.5", "1.1"]);
            let there = |rate: &Value| rate["from"] == json!(from) && rate["to"] == json!(to);
            if from != to && !rates.iter().any(there) {
                let mut entry = json!({ "from": from, "to": to, "rate": rate });
                if self.chance(25) {
                    entry["valid"] = json!({ "to": "2024-03-14" });
                }
                rates.push(entry);
            }
        }
        book.insert("exchange_rates".to_owned(), json!(rates));
        if self.chance(60) {
            let rounding = self.rounding();
            book.insert("rounding".to_owned(), rounding);
        }
        book.insert(
            "units".to_owned(),
            json!({ "pc": { "digits": 0 }, "box": { "digits": 0 }, "kg": { "digits": 3 }, "pal": {}, "third": {} }),
        );
        book.insert("customers".to_owned(), self.customers());
        let products = self.products();
        book.insert("products".to_owned(), products);
        book.insert(
            "mix_groups".to_owned(),
            json!({ "mixA": { "category": "bikes" }, "mixB": { "product": ["P1", "P3", "P4"] },
                    "mixC": { "cluster": "reseller", "category": ["bikes", "helmets"] } }),
        );
        if self.chance(20) && self.on("visibility") {
            let mut rules = Vec::new();
            for i in 0..self.rng.usize(1..4) {
                let mut rule = Map::new();
                rule.insert("id".to_owned(), json!(format!("V{i}")));
                self.put_scope(&mut rule, true, true, 60);
                self.put_window(&mut rule);
                rule.insert("visible".to_owned(), json!(self.chance(60)));
                rules.push(Value::Object(rule));
            }
            book.insert("visibility".to_owned(), json!(rules));
        }
        self.price_lists(&mut book, home, away);
        self.procedure(&mut book);
        let methods = ["largest_remainder", "last", "first", "largest"];
        book.insert("allocation".to_owned(), json!(self.pick(&methods)));
        book.insert("coupons".to_owned(), self.coupons());
        self.margins(&mut book);
        self.tax(&mut book);
        (Value::Object(book), [home, away])
    }

    fn rounding(&mut self) -> Value {
        let mut at = Vec::new();
        let mut step =
            |maker: &mut Self, name: &str, odds: u32, digits: &[u32], increments: &[&str]| {
                if !maker.chance(odds) {
                    return;
                }
                let mut step = Map::new();
                step.insert("step".to_owned(), json!(name));
                match maker.rng.u32(0..10) {
                    0..=2 => {
                        let digits = digits[maker.rng.usize(0..digits.len())];
                        step.insert("digits".to_owned(), json!(digits));
                    }
                    3 => {
                        let increment = maker.pick(increments);
                        step.insert("increment".to_owned(), json!(increment));
                    }
                    _ => {}
                }
                if maker.chance(30) {
                    step.insert("mode".to_owned(), json!(maker.mode()));
                }
                at.push(if step.len() == 1 { json!(name) } else { Value::Object(step) });
            };
        step(self, "unit", 80, &[0, 1, 2, 3, 4, 6], &["0.05", "0.25", "10"]);
        let discounts = self.chance(30);
        self.rounds_discounts = discounts;
        step(self, "discount", if discounts { 100 } else { 0 }, &[0, 1, 2, 3], &["0.05", "0.5"]);
        let lines = self.chance(85);
        step(self, "line", if lines { 100 } else { 0 }, &[0, 1, 2, 3], &["0.05", "5"]);
        // Taking a tax out of a gross price needs a place to round at.
        step(self, "tax", 100, &[0, 1, 2, 3], &["0.05"]);
        step(self, "total", 85, &[0, 1, 2], &["0.1", "1"]);
        if self.on("margin_rounding") {
            step(self, "margin", 20, &[0, 1, 2], &["0.5", "5"]);
        }
        json!({ "mode": self.mode(), "at": at })
    }

    fn customers(&mut self) -> Value {
        let mut gold = json!({
            "cluster": self.pick(&["reseller/gold", "reseller/gold/top"]),
            "region": self.pick(&["it/nord", "it/nord/mi"]),
            "segments": ["s1", "s2"], "contracts": "K1", "parent": "C0",
            "attributes": { "tier": "gold" }
        });
        if self.chance(10) {
            gold["cluster"] = json!("resellers");
        }
        json!({
            "C0": { "cluster": "reseller", "region": "it", "segments": "s2" },
            "C1": gold,
            "C2": { "cluster": self.pick(&CLUSTERS), "region": self.pick(&REGIONS),
                    "contracts": ["K2", "K1"], "parent": "C1" },
            "C3": {},
        })
    }

    fn products(&mut self) -> Value {
        let mut products = Map::new();
        for (i, id) in PRODUCTS.iter().enumerate() {
            let mut product = Map::new();
            if self.chance(90) {
                product.insert("category".to_owned(), json!(self.pick(&CATEGORIES)));
            }
            let base = if i == 3 { "kg" } else { "pc" };
            if base != "pc" || self.chance(50) {
                product.insert("unit".to_owned(), json!(base));
            }
            {
                let mut units = Map::new();
                let sizes = self.pick(&["12", "6", "0.5", "10"]);
                units.insert("box".to_owned(), json!(sizes));
                if self.on("thirds") {
                    units.insert("third".to_owned(), json!("1/3"));
                }
                units.insert("pal".to_owned(), json!("144"));
                product.insert("units".to_owned(), Value::Object(units));
            }
            if self.chance(85) {
                let cost = format!("{}.{:02}", self.rng.u32(0..80), self.rng.u32(0..100));
                let cost = if self.chance(25) {
                    json!([{ "valid": { "to": "2024-03-14" }, "value": "1.11" },
                           { "valid": { "from": DATE }, "value": cost }])
                } else {
                    json!(cost)
                };
                product.insert("cost".to_owned(), cost);
            }
            if self.chance(70) {
                product.insert("weight".to_owned(), json!(self.pick(&["0.75", "2", "11.2"])));
            }
            if self.chance(60) {
                product.insert("tax".to_owned(), json!(self.pick(&["full", "low"])));
            }
            if self.chance(12) {
                product.insert("min_quantity".to_owned(), json!(self.pick(&["2", "5"])));
            }
            if self.chance(10) {
                product.insert("multiple".to_owned(), json!(self.pick(&["2", "5", "0.5"])));
            }
            if self.chance(10) {
                let packs = self.some(&["6", "10", "4"]);
                product.insert("packs".to_owned(), packs);
            }
            let mut attributes = Map::new();
            if self.chance(70) {
                attributes.insert("colour".to_owned(), json!(self.pick(&["red", "blue"])));
            }
            if self.chance(50) {
                attributes.insert("size".to_owned(), json!(self.pick(&["L", "S"])));
            }
            product.insert("attributes".to_owned(), Value::Object(attributes));
            if self.chance(8) && i > 1 && self.on("addons") {
                let needs = self.some(&["P1", "P2"]);
                product.insert("addon_to".to_owned(), needs);
            }
            if i == 4 && self.chance(70) && self.on("subscriptions") {
                let per =
                    if self.on("months") { self.pick(&["day", "month", "year"]) } else { "day" };
                product.insert("per".to_owned(), json!(per));
                self.subscription = true;
            }
            products.insert((*id).to_owned(), Value::Object(product));
        }
        products.insert(SERVICE.to_owned(), json!({ "category": "service", "cost": "3.5" }));
        products.insert(GIFT.to_owned(), json!({ "category": "helmets", "cost": "1.25" }));
        Value::Object(products)
    }

    fn price_lists(&mut self, book: &mut Map<String, Value>, home: &str, away: &str) {
        let strategy = self.pick(&["priority", "priority", "most_specific", "lowest"]);
        book.insert("strategy".to_owned(), json!(strategy));
        let merged = strategy != "lowest" && self.chance(25) && self.on("merge_tier");
        if merged {
            book.insert("merge".to_owned(), json!("tier"));
        }
        if self.chance(25) {
            let mut access = vec!["customer", "contract", "cluster", "segment", "region", "base"];
            self.rng.shuffle(&mut access);
            book.insert("access".to_owned(), json!(access));
        }
        let scale = self.scale(merged);
        let mut lists: Vec<Value> = Vec::new();
        let count = self.rng.usize(1..5);
        for i in 0..count {
            let mut list = Map::new();
            let id = format!("L{i}");
            list.insert("id".to_owned(), json!(id));
            let chance = if i == 0 { 5 } else { 45 };
            self.put_scope(&mut list, true, self.switches.on("product_lists"), chance);
            if i > 0 {
                self.put_window(&mut list);
            }
            let foreign = i > 0 && self.chance(15);
            let currency = if foreign && self.on("foreign_lists") {
                self.pick(&["SEK", "EUR", "USD"])
            } else {
                away
            };
            if currency != home || self.chance(20) {
                list.insert("currency".to_owned(), json!(currency));
            }
            // The place in the book never decides.
            list.insert(
                "priority".to_owned(),
                json!(self.rng.i32(-1..3) * 10 + i32::try_from(i).unwrap_or(0)),
            );
            if self.chance(15) {
                list.insert("fallthrough".to_owned(), json!(false));
            }
            if merged && self.chance(25) {
                list.insert("lock".to_owned(), json!(true));
            }
            if self.chance(50) {
                list.insert(
                    "below_first_tier".to_owned(),
                    json!(self.pick(&["no_price", "first_tier", "fallthrough"])),
                );
            }
            let scale = if merged { scale.clone() } else { self.scale(false) };
            if !scale.is_empty() {
                list.insert("scale".to_owned(), Value::Object(scale.clone()));
            }
            self.plain_units = merged && !scale.is_empty() && !self.on("merged_across_units");
            let mut prices = Map::new();
            for product in PRODUCTS {
                if self.chance(if i == 0 { 93 } else { 50 }) {
                    let prices_of = self.prices(product, &scale);
                    prices.insert(product.to_owned(), prices_of);
                }
            }
            if i == 0 || self.chance(30) {
                prices.insert(GIFT.to_owned(), json!(self.small_money()));
            }
            list.insert("prices".to_owned(), Value::Object(prices));
            if self.chance(30) && self.on("formulas") && (!merged || self.on("merged_formulas")) {
                let base = lists
                    .get(self.rng.usize(0..lists.len().max(1)))
                    .and_then(|list| list.get("id").cloned());
                let formula = self.formula(base);
                list.insert("formula".to_owned(), formula);
            }
            lists.push(Value::Object(list));
        }
        let searched = strategy != "lowest" || self.on("lowest_lines");
        self.service = self.chance(40) && self.on("lines_formulas") && searched;
        if self.service {
            let mut formula = self.formula(None);
            if let Value::Object(formula) = &mut formula {
                formula.remove("rule");
                let mut scope = self.scope(false, true, 30);
                if scope.is_empty() && self.chance(30) {
                    scope.insert("product".to_owned(), json!([SERVICE, "P1"]));
                }
                formula.insert("base".to_owned(), json!({ "lines": scope }));
                formula.insert("percent".to_owned(), json!(self.pick(&["18", "2.5", "100"])));
            }
            lists.push(json!({ "id": "LS", "for": { "product": SERVICE }, "currency": away,
                               "priority": 99, "formula": formula }));
        }
        book.insert("price_lists".to_owned(), json!(lists));
    }

    fn scale(&mut self, merged: bool) -> Map<String, Value> {
        let mut scale = Map::new();
        if !merged && self.chance(25) && self.on("whole_lines") {
            scale.insert("mode".to_owned(), json!(self.pick(&["graduated", "package"])));
            return scale;
        }
        if self.chance(40) {
            let basis = if merged && !self.on("merged_value") {
                self.pick(&["quantity", "weight"])
            } else {
                self.pick(&["quantity", "value", "weight"])
            };
            scale.insert("basis".to_owned(), json!(basis));
        }
        if self.chance(35) && self.on("across_lists") {
            scale.insert("across".to_owned(), json!(self.pick(&["mixA", "mixB", "mixC"])));
        }
        scale
    }

    fn prices(&mut self, product: &str, scale: &Map<String, Value>) -> Value {
        if self.chance(35) {
            return json!(self.money());
        }
        let mode = scale.get("mode").and_then(Value::as_str).unwrap_or("volume").to_owned();
        let value = scale.get("basis").and_then(Value::as_str) == Some("value");
        let base = if product == "P4" { "kg" } else { "pc" };
        let mut rows = Vec::new();
        let mut units = vec![base];
        let unit_rows = self.on("unit_rows") && !self.plain_units;
        if self.chance(25) && unit_rows {
            units.push("box");
        }
        if self.chance(8) && unit_rows {
            units.remove(0);
            units.push("box");
            units.dedup();
        }
        for unit in units {
            let windows: Vec<Option<Value>> = match self.rng.u32(0..6) {
                0 => vec![Some(json!({ "to": "2024-03-14" })), Some(json!({ "from": DATE }))],
                1 => vec![Some(json!({ "to": DATE })), Some(json!({ "from": "2024-03-16" }))],
                2 if self.chance(30) => vec![Some(json!({ "from": "2024-03-16" }))],
                _ => vec![None],
            };
            for window in windows {
                let mut row = Map::new();
                if let Some(window) = window {
                    row.insert("valid".to_owned(), window);
                }
                if unit != base {
                    row.insert("unit".to_owned(), json!(unit));
                }
                if self.chance(12) && mode != "package" {
                    row.insert("per".to_owned(), json!(self.pick(&["10", "100", "1000"])));
                }
                let tiers = self.tiers(&mode, value);
                row.insert("tiers".to_owned(), tiers);
                rows.push(Value::Object(row));
            }
        }
        json!(rows)
    }

    fn tiers(&mut self, mode: &str, value: bool) -> Value {
        let mut tiers = Vec::new();
        let mut from: u32 = 0;
        let count = self.rng.usize(1..4);
        for i in 0..count {
            let mut tier = Map::new();
            if i == 0 {
                let open = if mode == "volume" { 60 } else { 85 };
                let starts_late = mode != "graduated" || self.on("late_graduated");
                if !self.chance(open) && starts_late {
                    from = *[0, 1, 2, 5].get(self.rng.usize(0..4)).unwrap_or(&0);
                    tier.insert("from".to_owned(), json!(from.to_string()));
                }
            } else {
                from += *[1, 5, 10].get(self.rng.usize(0..3)).unwrap_or(&1);
                if value {
                    from += 100;
                }
                let bound = if self.chance(10) { format!("{from}.5") } else { from.to_string() };
                from += 1;
                tier.insert("from".to_owned(), json!(bound));
            }
            let price = self.money();
            tier.insert("price".to_owned(), json!(price));
            if self.chance(8) && self.on("whole_lines") && self.on("flat") {
                let flat = self.small_money();
                tier.insert("flat".to_owned(), json!(flat));
            }
            tiers.push(Value::Object(tier));
        }
        json!(tiers)
    }

    fn formula(&mut self, list: Option<Value>) -> Value {
        let mut formula = Map::new();
        match list {
            Some(id) if self.chance(60) => {
                formula.insert("base".to_owned(), json!({ "list": id }));
            }
            _ => {
                formula.insert("base".to_owned(), json!("cost"));
            }
        }
        if self.chance(75) {
            formula.insert("percent".to_owned(), json!(self.percent()));
        }
        if self.chance(40) {
            formula.insert("round_to".to_owned(), json!(self.pick(&["1", "0.05", "10", "0.25"])));
            formula.insert("round_mode".to_owned(), json!(self.mode()));
            if self.chance(60) {
                formula.insert("ending".to_owned(), json!(self.pick(&["-0.01", "-0.05", "0.9"])));
            }
        }
        if self.chance(20) {
            formula.insert("surcharge".to_owned(), json!(self.small_money()));
        }
        if self.chance(20) {
            formula.insert("floor".to_owned(), json!(self.small_money()));
        }
        if self.chance(20) {
            formula.insert("ceiling".to_owned(), json!(format!("{}.49", self.rng.u32(8..400))));
        }
        if self.chance(15) {
            formula.insert("min_markup".to_owned(), json!(self.pick(&["5", "7.5", "0"])));
        }
        if self.chance(15) {
            formula.insert("max_markup".to_owned(), json!(self.pick(&["10", "50", "200"])));
        }
        if self.on("custom_rules") && self.custom(18) {
            formula.remove("base");
            formula.remove("percent");
            let source = self.one_of(&PRICES);
            formula.insert("rule".to_owned(), json!(source));
        }
        Value::Object(formula)
    }

    fn procedure(&mut self, book: &mut Map<String, Value>) {
        let mut line_stages = vec!["contract", "cluster", "volume", "promotion"];
        let mut document_stages = vec![("header", false), ("terms", false), ("rebate", true)];
        if self.chance(55) {
            let mut order = vec!["contract", "cluster", "volume", "promotion", "manual"];
            self.rng.shuffle(&mut order);
            self.rng.shuffle(&mut document_stages);
            let mut stages: Vec<Value> = Vec::new();
            for id in &order {
                let mut stage = json!({ "id": id });
                if self.chance(40) {
                    stage["combine"] = json!(self.combine());
                }
                stages.push(stage);
            }
            for (id, accrual) in &document_stages {
                let mut stage = json!({ "id": id, "on": "document" });
                if *accrual {
                    stage["accrual"] = json!(true);
                }
                if self.chance(40) {
                    let combine = self.combine();
                    if combine != "base" || self.on("document_base") {
                        stage["combine"] = json!(combine);
                    }
                }
                stages.push(stage);
            }
            book.insert("stages".to_owned(), json!(stages));
            line_stages = order;
        }
        let mut groups = Vec::new();
        if self.chance(45) && self.on("groups") {
            let listed = self.rng.usize(1..5);
            for i in 0..listed {
                let mut group = json!({ "id": format!("G{i}"),
                    "keep": self.pick(&["best", "best_stage", "first", "all"]) });
                if self.chance(50) {
                    let other = self.rng.usize(0..listed);
                    if other != i {
                        group["excludes"] = json!(format!("G{other}"));
                    }
                }
                if self.chance(50) {
                    let other = self.rng.usize(0..listed);
                    if other != i {
                        group["against"] = json!(format!("G{other}"));
                    }
                }
                groups.push(group);
            }
        }
        let grouped = !groups.is_empty();
        book.insert("groups".to_owned(), json!(groups));
        let mut rules = Vec::new();
        for i in 0..self.rng.usize(0..7) {
            let stage = self.pick(&line_stages);
            let mut rule = self.rule(&format!("D{i}"), stage);
            self.put_scope(&mut rule, true, true, 35);
            if grouped && self.chance(60) {
                rule.insert("group".to_owned(), json!(self.pick(&["G0", "G1", "G2", "Z1"])));
            }
            if self.chance(20) && self.on("on_total") {
                rule.insert("on".to_owned(), json!("total"));
            }
            self.line_conditions(&mut rule);
            self.how_much(&mut rule);
            let once = self.subscription && rule.contains_key("line_amount");
            if once && !self.on("periods_in_groups") {
                rule.remove("group");
            }
            let money = ["amount", "price", "tiers"].iter().any(|field| rule.contains_key(*field));
            if money && rule.contains_key("on") && !self.on("total_money_on_subscriptions") {
                rule.insert("for".to_owned(), json!({ "product": &PRODUCTS[..4] }));
            }
            rules.push(Value::Object(rule));
        }
        if self.chance(22) && self.on("free_goods") {
            let most = if self.on("second_free") { 3 } else { 2 };
            for i in 0..self.rng.usize(1..most) {
                // Beside an exclusive rule of the same stage the text leaves free goods open.
                let mut rule = self.rule(&format!("F{i}"), "promotion");
                rule.remove("combine");
                let scope = if self.chance(50) {
                    json!({ "product": PRODUCTS })
                } else {
                    json!({ "category": self.pick(&["bikes", "helmets"]) })
                };
                rule.insert("for".to_owned(), scope);
                let mut free = json!({ "buy": self.pick(&["1", "2", "3", "10"]), "get": self.pick(&["1", "2"]) });
                if self.chance(40) && self.on("gifts") {
                    free["product"] = json!(if self.on("gift_quantity_rules") {
                        self.pick(&[GIFT, "P1"])
                    } else {
                        GIFT
                    });
                }
                if self.chance(40) {
                    free["percent"] = json!(self.pick(&["50", "100", "33"]));
                }
                if self.chance(40) {
                    free["times"] = json!(self.rng.u32(1..4));
                }
                rule.insert("free".to_owned(), free);
                rules.push(Value::Object(rule));
            }
        }
        if self.chance(50) && self.on("document_rules") {
            self.document_rules = true;
            for i in 0..self.rng.usize(1..4) {
                let stage = document_stages[self.rng.usize(0..3)].0;
                let mut rule = self.rule(&format!("H{i}"), stage);
                if rule.get("combine") == Some(&json!("base")) && !self.on("document_base") {
                    rule.remove("combine");
                }
                if self.chance(50) {
                    self.put_scope(&mut rule, true, true, 40);
                }
                if self.chance(30) && self.value_bounds() {
                    let low = self.rng.u32(1..2000);
                    rule.insert("value".to_owned(), json!({ "from": low.to_string() }));
                }
                if self.chance(15) {
                    let low = self.rng.u32(1..30);
                    rule.insert("quantity".to_owned(), json!({ "from": low.to_string() }));
                }
                if self.chance(15) {
                    let high = self.rng.u32(5..300);
                    rule.insert("weight".to_owned(), json!({ "below": high.to_string() }));
                }
                let coins = !self.fx || self.on("fine_document_amounts");
                let whole = self.rounds_discounts && !self.on("rounded_document_percent");
                match if whole {
                    if coins { 6 } else { continue }
                } else if coins {
                    self.rng.u32(0..10)
                } else {
                    0
                } {
                    0..=4 => {
                        let percent = self.percent();
                        rule.insert("percent".to_owned(), json!(percent));
                    }
                    5..=7 => {
                        let amount = if self.on("fine_document_amounts") {
                            self.money()
                        } else {
                            self.rng.u32(1..300).to_string()
                        };
                        let sign = if self.chance(12) { "-" } else { "" };
                        rule.insert("amount".to_owned(), json!(format!("{sign}{amount}")));
                    }
                    _ => {
                        let unit = self.pick(&["percent", "amount"]);
                        let basis = if !self.value_bounds() {
                            "quantity"
                        } else if self.on("document_quantity_tiers") {
                            self.pick(&["value", "quantity", "weight"])
                        } else {
                            "value"
                        };
                        rule.insert(
                            "tiers".to_owned(),
                            json!({ "basis": basis, "steps": [{ "from": "0", unit: "1" }, { "from": "50", unit: "2" }, { "from": "500", unit: "7" }] }),
                        );
                    }
                }
                if grouped && self.chance(30) && self.on("document_groups") {
                    rule.insert("group".to_owned(), json!(self.pick(&["G0", "G1", "Y1", "Y2"])));
                }
                rules.push(Value::Object(rule));
            }
        }
        if self.on("custom_rules") {
            for rule in &mut rules {
                let document = rule["id"].as_str().is_some_and(|id| id.starts_with('H'));
                self.custom_rule(rule, document);
            }
        }
        book.insert("discounts".to_owned(), json!(rules));
    }

    fn custom(&mut self, percent: u32) -> bool {
        self.custom.u32(0..100) < percent
    }

    fn one_of(&mut self, sources: &[&str]) -> String {
        sources[self.custom.usize(0..sources.len())].to_owned()
    }

    /// A condition or a percentage that the other fields cannot say.
    fn custom_rule(&mut self, rule: &mut Value, document: bool) {
        if self.custom(18) {
            // One that fails refuses the document, and nothing of it is compared.
            let source = match (document, self.custom(6)) {
                (true, _) => self.one_of(&DOCUMENT_CONDITIONS),
                (false, true) => self.one_of(&FAILING_CONDITIONS),
                (false, false) => self.one_of(&CONDITIONS),
            };
            rule["when"] = json!(source);
        }
        let percent = rule.get("percent").is_some();
        if percent && self.custom(18) {
            let of = if document { &DOCUMENT_PERCENTS[..] } else { &PERCENTS[..] };
            let source = self.one_of(of);
            if let Some(rule) = rule.as_object_mut() {
                rule.remove("percent");
                rule.insert("rule".to_owned(), json!(source));
            }
        }
    }

    /// Whether bounds over values may be written.
    fn value_bounds(&self) -> bool {
        (!self.fx || self.on("fx_value_bounds"))
            && (!self.subscription || self.on("periods_in_value"))
    }

    fn combine(&mut self) -> &'static str {
        self.pick(&["running", "base", "best", "exclusive"])
    }

    /// What all rules have in common.
    fn rule(&mut self, id: &str, stage: &str) -> Map<String, Value> {
        let mut rule = Map::new();
        rule.insert("id".to_owned(), json!(id));
        rule.insert("stage".to_owned(), json!(stage));
        self.put_window(&mut rule);
        if self.chance(45) {
            rule.insert("combine".to_owned(), json!(self.combine()));
        }
        if self.chance(40) {
            rule.insert("priority".to_owned(), json!(self.rng.i32(-1..3)));
        }
        if self.chance(10) {
            let some = self.some(&["prepaid", "net30"]);
            rule.insert("payment".to_owned(), some);
        }
        if self.chance(8) {
            let years = self.pick(&["1", "3"]);
            rule.insert("years".to_owned(), json!({ "from": years, "below": "5" }));
        }
        if self.chance(18) {
            rule.insert("coupon".to_owned(), json!(self.pick(&["K10", "K20", "K30"])));
        }
        rule
    }

    fn line_conditions(&mut self, rule: &mut Map<String, Value>) {
        let range = |maker: &mut Self, scale: u32| {
            let low = maker.quantity_bound() * scale;
            match maker.rng.u32(0..3) {
                0 => json!({ "from": low.to_string() }),
                1 => json!({ "below": low.to_string() }),
                _ => json!({ "from": low.to_string(), "below": (low + 10 * scale).to_string() }),
            }
        };
        let mut counted = false;
        if self.chance(18) {
            let quantity = range(self, 1);
            rule.insert("quantity".to_owned(), quantity);
            counted = true;
        }
        if self.chance(10) && self.value_bounds() {
            let value = range(self, 100);
            rule.insert("value".to_owned(), value);
            counted = true;
        }
        if self.chance(8) {
            let weight = range(self, 5);
            rule.insert("weight".to_owned(), weight);
            counted = true;
        }
        if counted && self.chance(35) && self.on("across_rules") {
            rule.insert("across".to_owned(), json!(self.pick(&["mixA", "mixB", "mixC"])));
        }
    }

    fn how_much(&mut self, rule: &mut Map<String, Value>) {
        match self.rng.u32(0..20) {
            0..=7 => {
                let percent = self.percent();
                rule.insert("percent".to_owned(), json!(percent));
            }
            8..=9 => {
                let amount = self.small_money();
                rule.insert("amount".to_owned(), json!(amount));
            }
            10..=11 => {
                let amount = self.small_money();
                rule.insert("line_amount".to_owned(), json!(amount));
                rule.remove("on");
            }
            12..=13 if !self.rounds_discounts || self.on("rounded_price") => {
                let price = self.small_money();
                rule.insert("price".to_owned(), json!(price));
            }
            14..=16 => {
                let basis = self.pick(&["quantity", "value", "weight"]);
                let basis = if self.value_bounds() { basis } else { "quantity" };
                let unit = self.pick(&["percent", "amount"]);
                rule.insert(
                    "tiers".to_owned(),
                    json!({ "basis": basis, "steps": [{ "from": self.pick(&["0", "5"]), unit: "1.5" },
                        { "from": "10", unit: "2" }, { "from": "100", unit: "3.25" }] }),
                );
                if self.chance(25) && self.on("across_rules") {
                    rule.insert("across".to_owned(), json!(self.pick(&["mixA", "mixB"])));
                }
            }
            _ => {
                let mut matrix = Map::new();
                for _ in 0..self.rng.usize(1..4) {
                    let mut row = Map::new();
                    for _ in 0..self.rng.usize(1..4) {
                        let percent = self.percent();
                        row.insert(self.pick(&CATEGORIES).to_owned(), json!(percent));
                    }
                    matrix.insert(self.pick(&CLUSTERS).to_owned(), Value::Object(row));
                }
                rule.insert("matrix".to_owned(), Value::Object(matrix));
            }
        }
    }

    fn coupons(&mut self) -> Value {
        let mut coupons = Map::new();
        for code in ["K10", "K20", "K30"] {
            let mut coupon = Map::new();
            self.put_window(&mut coupon);
            self.put_scope(&mut coupon, true, false, 20);
            if self.chance(20) {
                coupon.insert("max_uses".to_owned(), json!(3));
            }
            if self.chance(20) {
                coupon.insert("max_uses_per_customer".to_owned(), json!(1));
            }
            if self.chance(15) {
                coupon.insert("first_purchase".to_owned(), json!(true));
            }
            if self.chance(60) {
                coupon.insert("stackable".to_owned(), json!(true));
            }
            coupons.insert(code.to_owned(), Value::Object(coupon));
        }
        Value::Object(coupons)
    }

    fn margins(&mut self, book: &mut Map<String, Value>) {
        let mut margins = Vec::new();
        if self.chance(60) && self.on("margins") {
            for i in 0..self.rng.usize(1..5) {
                let mut threshold = Map::new();
                threshold.insert("id".to_owned(), json!(format!("M{i}")));
                let level = self.pick(&["line", "line", "group", "document"]);
                let caps = !self.subscription || self.on("subscription_price_caps");
                let price = if level == "line" && caps { "price" } else { "percent" };
                let measure = self.pick(&["percent", "percent", "amount", price]);
                let exact = level != "line" || !self.subscription || self.on("amount_per_period");
                let money = (!self.fx || self.on("fx_money_thresholds")) && exact;
                let measure = if money { measure } else { "percent" };
                threshold.insert("on".to_owned(), json!(level));
                threshold.insert("measure".to_owned(), json!(measure));
                self.put_scope(&mut threshold, true, level != "document", 35);
                if level == "document"
                    && !self.on("not_in_document_thresholds")
                    && let Some(Value::Object(scope)) = threshold.get_mut("for")
                {
                    scope.remove("not");
                }
                self.put_window(&mut threshold);
                let scale = if measure == "percent" { 10 } else { 4 };
                if self.chance(60) {
                    threshold.insert("target".to_owned(), json!((scale * 4).to_string()));
                }
                if self.chance(70) {
                    threshold.insert("floor".to_owned(), json!((scale * 2).to_string()));
                }
                if self.chance(40) {
                    let block = if self.chance(50) { "0" } else { "-5" };
                    let block = if measure == "price" { "1" } else { block };
                    threshold.insert("block".to_owned(), json!(block));
                }
                if self.chance(50) {
                    threshold.insert(
                        "approvals".to_owned(),
                        json!([{ "below": (scale * 3).to_string(), "role": "manager" },
                               { "below": scale.to_string(), "role": ["director", "ceo"] }]),
                    );
                }
                margins.push(Value::Object(threshold));
            }
        }
        book.insert("margins".to_owned(), json!(margins));
        book.insert(
            "missing_cost".to_owned(),
            json!(self.pick(&["needs_approval", "blocked", "ok"])),
        );
        if self.chance(35) && self.on("discretion") {
            let mut limits = Vec::new();
            for role in ROLES {
                if self.chance(70) {
                    let mut limit = Map::new();
                    limit.insert("role".to_owned(), json!(role));
                    self.put_scope(&mut limit, true, true, 15);
                    limit.insert(
                        "max_percent".to_owned(),
                        json!(self.pick(&["5", "10", "20", "45"])),
                    );
                    limits.push(Value::Object(limit));
                }
            }
            book.insert("discretion".to_owned(), json!(limits));
        }
    }

    fn tax(&mut self, book: &mut Map<String, Value>) {
        if !self.chance(70) {
            return;
        }
        let mut rates = vec![];
        for i in 0..self.rng.usize(1..4) {
            let mut rate = Map::new();
            if i > 0 {
                self.put_scope(&mut rate, true, true, 40);
                if self.chance(50) {
                    let class = self.some(&["full", "low"]);
                    rate.insert("class".to_owned(), class);
                }
                self.put_window(&mut rate);
            } else if self.chance(25) {
                rate.insert("class".to_owned(), json!("full"));
            }
            let percent = self.pick(&["22", "10", "5.5", "0", "7.7"]);
            rate.insert("category".to_owned(), json!(if percent == "0" { "E" } else { "S" }));
            rate.insert("percent".to_owned(), json!(percent));
            rates.push(Value::Object(rate));
        }
        let gross = if self.chance(35) && self.on("gross") { "gross" } else { "net" };
        let per = self.pick(&["rate", "line"]);
        let per = if gross == "gross" && !self.on("gross_per_rate") { "line" } else { per };
        book.insert("tax".to_owned(), json!({ "prices": gross, "per": per, "rates": rates }));
    }

    fn quantity(&mut self, unit: &str) -> String {
        if self.sound {
            // A multiple of every pack and multiple there is, or one that few products refuse.
            let step = *[60, 60, 10, 2, 1].get(self.rng.usize(0..5)).unwrap_or(&1);
            let sign = if self.chance(9) && self.on("returns") { "-" } else { "" };
            return format!("{sign}{}", step * self.rng.u32(1..9));
        }
        let value = match self.rng.u32(0..30) {
            0 => "0".to_owned(),
            1 => "1000000".to_owned(),
            2 => "2.5".to_owned(),
            3 => "1.2345".to_owned(),
            4..=9 => self.quantity_bound().to_string(),
            _ => self.rng.u32(1..25).to_string(),
        };
        let value = if unit == "kg" && self.chance(40) {
            format!("{}.125", self.rng.u32(0..9))
        } else {
            value
        };
        if self.chance(9) && self.on("returns") && value != "0" {
            format!("-{value}")
        } else {
            value
        }
    }

    fn manual(&mut self, lines: bool) -> Value {
        if !lines && !self.on("fine_document_amounts") {
            let whole = self.rounds_discounts && !self.on("rounded_document_percent");
            return if self.chance(50) && !whole {
                json!({ "percent": self.percent() })
            } else {
                json!({ "amount": self.rng.u32(1..60).to_string() })
            };
        }
        let limit = if lines { 8 } else { 4 };
        match self.rng.u32(0..limit) {
            0..=1 if self.on("manual_to_zero") => json!({ "percent": self.percent() }),
            0..=1 => json!({ "percent": self.pick(&["5", "12.5", "33.333", "40", "-3"]) }),
            2..=3 => json!({ "amount": self.small_money() }),
            4..=5 => json!({ "line_amount": self.small_money() }),
            _ if self.rounds_discounts && !self.on("rounded_price") => {
                json!({ "amount": self.small_money() })
            }
            _ => json!({ "price": self.small_money() }),
        }
    }

    fn window_of_term(&mut self) -> Value {
        let even = [
            json!({ "from": "2024-01-01", "to": "2024-12-31" }),
            json!({ "from": "2023-02-01", "to": "2025-01-31" }),
            json!({ "from": "2024-02-29", "to": "2024-08-28" }),
            json!({ "from": "2024-04-01", "to": "2024-06-30" }),
        ];
        if !self.on("odd_terms") {
            return even[self.rng.usize(0..even.len())].clone();
        }
        let terms = [
            json!({ "from": "2024-01-01", "to": "2024-12-31" }),
            json!({ "from": "2024-01-31", "to": "2024-02-29" }),
            json!({ "from": "2024-03-15", "to": "2024-03-15" }),
            json!({ "from": "2024-01-15", "to": "2024-04-29" }),
            json!({ "from": "2023-02-01", "to": "2025-01-31" }),
            json!({ "from": "2024-04-01", "to": "2024-04-15" }),
            json!({ "from": "2024-04-01", "to": "2024-06-12" }),
            json!({ "from": "2024-01-30", "to": "2024-03-14" }),
        ];
        terms[self.rng.usize(0..terms.len())].clone()
    }

    fn request(&mut self, home: &str, away: &str, most: usize) -> Value {
        let mut request = Map::new();
        request.insert("v".to_owned(), json!(1));
        request.insert("date".to_owned(), json!(DATE));
        if home != away {
            request.insert("currency".to_owned(), json!(away));
        }
        let customer = match self.rng.u32(0..20) {
            0 if self.on("unknown_customer") && !self.sound => json!("nobody"),
            1..=2 => {
                json!({ "cluster": self.pick(&CLUSTERS), "region": "it/nord", "segments": "s1", "parent": "C0" })
            }
            3 => json!({}),
            4..=6 => json!("C0"),
            7..=12 => json!("C1"),
            13..=17 => json!("C2"),
            _ => json!("C3"),
        };
        request.insert("customer".to_owned(), customer);
        if self.chance(60) {
            request.insert("channel".to_owned(), json!(self.pick(&["web", "shop", "fax"])));
        }
        if self.chance(50) {
            let roles = self.some(&ROLES);
            request.insert("roles".to_owned(), roles);
        }
        if self.chance(40) {
            request.insert("payment".to_owned(), json!(self.pick(&["prepaid", "net30", "net60"])));
        }
        if self.chance(40) {
            request.insert("years".to_owned(), json!(self.pick(&["1", "3", "5", "2.5"])));
        }
        if self.chance(50) {
            request.insert("first_purchase".to_owned(), json!(self.chance(60)));
        }
        let mut coupons = Vec::new();
        if self.chance(55) {
            for _ in 0..self.rng.usize(1..4) {
                let mut coupon = json!({ "code": self.pick(&["K10", "K20", "K30", "NOPE"]) });
                if self.chance(70) {
                    coupon["used"] = json!(self.rng.u64(0..4));
                }
                if self.chance(70) {
                    coupon["used_by_customer"] = json!(self.rng.u64(0..2));
                }
                coupons.push(coupon);
            }
        }
        request.insert("coupons".to_owned(), json!(coupons));
        let first = !self.document_rules || self.on("late_header");
        if self.chance(20) && self.on("header_manual") && first {
            let mut discounts = vec![self.manual(false)];
            if self.chance(30) {
                let more = self.manual(false);
                discounts.push(more);
            }
            request.insert("discounts".to_owned(), json!(discounts));
        }
        let mut lines = Vec::new();
        for _ in 0..self.rng.usize(1..most) {
            let mut line = Map::new();
            let product = match self.rng.u32(0..30) {
                0 if !self.sound => "P9",
                0..=2 if self.service || !self.sound => SERVICE,
                3 => GIFT,
                _ => self.pick(&PRODUCTS),
            };
            line.insert("product".to_owned(), json!(product));
            let unit = match self.rng.u32(0..12) {
                0..=1 => "box",
                2 if self.chance(6) && self.on("thirds") && !self.rateless => "third",
                3 if self.chance(30) => "pal",
                4 if self.chance(10) && !self.sound => "nm",
                _ => {
                    if product == "P4" {
                        "kg"
                    } else {
                        "pc"
                    }
                }
            };
            if !(unit == "pc" && self.chance(60)) {
                line.insert("unit".to_owned(), json!(unit));
            }
            let quantity = if product == SERVICE && !self.on("lines_quantity") {
                "1".to_owned()
            } else {
                self.quantity(unit)
            };
            line.insert("quantity".to_owned(), json!(quantity));
            if self.chance(15) {
                let engraved = self.pick(&["yes", "no"]);
                line.insert("attributes".to_owned(), json!({ "engraved": engraved }));
            }
            let subscribed = if self.sound { self.subscription } else { self.chance(92) };
            if product == "P5" && subscribed && self.on("subscriptions") {
                if self.chance(25) && self.on("ramps") {
                    line.insert(
                        "ramp".to_owned(),
                        json!([{ "term": { "from": "2024-04-01", "to": "2024-06-30" }, "quantity": self.quantity("pc") },
                               { "term": { "from": "2024-07-01", "to": "2024-12-31" }, "quantity": "12", "percent": if self.on("manual_to_zero") { self.percent() } else { self.pick(&["5", "12.5", "-3"]).to_owned() } }]),
                    );
                } else {
                    let term = self.window_of_term();
                    line.insert("term".to_owned(), term);
                }
            } else if self.chance(1) && !self.sound {
                let term = self.window_of_term();
                line.insert("term".to_owned(), term);
            }
            if self.chance(20) && self.on("line_manual") {
                let mut discounts = vec![self.manual(true)];
                if self.chance(30) {
                    let more = self.manual(true);
                    let off_line = |one: &Value| one.get("line_amount").is_some();
                    let mixed = off_line(&discounts[0]) != off_line(&more);
                    if !mixed || self.on("manual_to_zero") {
                        discounts.push(more);
                    }
                }
                line.insert("discounts".to_owned(), json!(discounts));
            }
            lines.push(Value::Object(line));
        }
        request.insert("lines".to_owned(), json!(lines));
        Value::Object(request)
    }
}
