//! A story from end to end, written by hand: a bicycle wholesaler through one year.

use serde_json::{Value, json};

use super::Writer;
use crate::Family;

pub(super) fn family() -> Family {
    let mut w = Writer::new(
        "story",
        "a bicycle wholesaler through one year: the guide's shop, told in quotes",
    );
    let book = w.book(
        "wholesaler",
        json!({ "name": "Ciclisti", "customers": {
                "rossi": { "name": "Officine Rossi", "cluster": "reseller", "region": "it/nord" },
                "verdi": { "name": "Verdi Bici", "cluster": "reseller/gold", "region": "it/sud", "contracts": ["K-9"] },
                "school": { "name": "Scuola Media", "segments": ["public"], "region": "it" } },
            "units": { "box": { "digits": 0 } },
            "products": {
                "FRAME-54": { "category": "frames", "cost": [{ "valid": { "to": "2026-08-31" }, "value": "310" }, { "valid": { "from": "2026-09-01" }, "value": "324.5" }] },
                "WHEEL-700": { "category": "wheels", "cost": "57.20", "units": { "box": "2" } },
                "TYRE-28": { "category": "tyres", "cost": "11.20", "packs": ["1", "10"] },
                "CARE": { "per": "month", "cost": "3" }, "FITTING": {} },
            "price_lists": [
                { "id": "base", "prices": { "FRAME-54": [{ "price": "520" }, { "from": "10", "price": "500" }],
                    "WHEEL-700": "96.50", "TYRE-28": [{ "price": "19.90" }, { "from": "50", "price": "17.50" }], "CARE": "9.90" } },
                { "id": "verdi-2026", "for": { "contract": "K-9" }, "valid": { "from": "2026-01-01", "to": "2026-12-31" }, "prices": { "FRAME-54": "484" } },
                { "id": "fitting", "for": { "product": "FITTING" }, "formula": { "base": { "lines": { "category": ["frames", "wheels"] } }, "percent": "4" } }],
            "discounts": [
                { "id": "reseller", "stage": "cluster", "for": { "cluster": "reseller" }, "percent": "10" },
                { "id": "gold", "stage": "cluster", "for": { "cluster": "reseller/gold" }, "percent": "2" },
                { "id": "autumn", "stage": "promotion", "for": { "category": "tyres" }, "valid": { "from": "2026-10-01", "to": "2026-10-31" }, "percent": "5" },
                { "id": "eleventh-free", "stage": "promotion", "for": { "product": "TYRE-28" }, "coupon": "ELEVEN", "free": { "buy": "10", "get": "1" } },
                { "id": "prepaid", "stage": "terms", "payment": "prepaid", "percent": "2" },
                { "id": "year-end", "stage": "rebate", "for": { "cluster": "reseller/gold" }, "percent": "1.5" }],
            "coupons": { "ELEVEN": { "max_uses": 100 } },
            "margins": [{ "id": "house", "block": "5", "floor": "20", "target": "25", "approvals": [{ "below": "20", "role": "sales-manager" }, { "below": "12", "role": "owner" }] }],
            "discretion": [{ "role": "clerk", "max_percent": "3" }, { "role": "owner", "max_percent": "15" }],
            "tax": { "rates": [{ "category": "S", "percent": "22" }, { "for": { "segment": "public" }, "category": "E", "percent": "0" }] },
            "currencies": { "EUR": { "cash": "0.05" } } }),
    );
    let mut tell = |name: &str, customer: &str, date: &str, more: Value| {
        let mut request =
            json!({ "v": 1, "id": name.replace(' ', "-"), "customer": customer, "date": date });
        super::over(&mut request, more);
        w.case(format!("{name}: the quote"), "quote", &book, &request);
        w.case(format!("{name}: why"), "sentences", &book, &json!({ "request": request }));
        w.case(
            format!("{name}: perch\u{e9}"),
            "sentences",
            &book,
            &json!({ "request": request, "language": "it" }),
        );
        w.case(format!("{name}: next breaks"), "next_breaks", &book, &request);
        w.case(
            format!("{name}: what may be given"),
            "solve",
            &book,
            &json!({ "request": request, "goal": "keep_thresholds" }),
        );
    };
    tell(
        "the first order of the year",
        "rossi",
        "2026-01-12",
        json!({ "lines": [{ "id": "frames", "product": "FRAME-54", "quantity": "8" }, { "id": "wheels", "product": "WHEEL-700", "quantity": "16" }, { "id": "tyres", "product": "TYRE-28", "quantity": "48" }] }),
    );
    tell(
        "verdi has a contract",
        "verdi",
        "2026-02-02",
        json!({ "payment": "prepaid", "lines": [{ "product": "FRAME-54", "quantity": "12" }, { "product": "WHEEL-700", "unit": "box", "quantity": "12" }, { "product": "FITTING", "quantity": "1" }] }),
    );
    tell(
        "the clerk gives too much",
        "rossi",
        "2026-04-20",
        json!({ "roles": "clerk", "lines": [{ "product": "FRAME-54", "quantity": "2", "discounts": [{ "percent": "5", "reason": "an old friend" }] }] }),
    );
    tell(
        "the school pays no tax",
        "school",
        "2026-05-04",
        json!({ "lines": [{ "product": "TYRE-28", "quantity": "30" }, { "product": "CARE", "quantity": "5", "term": { "from": "2026-05-04", "to": "2027-05-03" } }] }),
    );
    tell(
        "rossi sends a frame back",
        "rossi",
        "2026-06-15",
        json!({ "lines": [{ "product": "FRAME-54", "quantity": "-1" }, { "product": "TYRE-28", "quantity": "10" }] }),
    );
    tell(
        "frames got dearer to buy",
        "verdi",
        "2026-09-01",
        json!({ "lines": [{ "product": "FRAME-54", "quantity": "10" }] }),
    );
    tell(
        "eleven tyres for ten in autumn",
        "rossi",
        "2026-10-05",
        json!({ "coupons": [{ "code": "ELEVEN", "used": 99 }], "lines": [{ "product": "TYRE-28", "quantity": "22" }] }),
    );
    tell(
        "one coupon too many",
        "rossi",
        "2026-10-06",
        json!({ "coupons": [{ "code": "ELEVEN", "used": 100 }], "lines": [{ "product": "TYRE-28", "quantity": "22" }] }),
    );
    tell(
        "a round sum to close the year",
        "verdi",
        "2026-12-30",
        json!({ "roles": ["owner"], "discounts": [{ "amount": "112.34", "reason": "to a round sum" }], "lines": [{ "product": "FRAME-54", "quantity": "3" }, { "product": "WHEEL-700", "quantity": "7" }, { "product": "TYRE-28", "quantity": "53" }] }),
    );
    tell(
        "the contract is over",
        "verdi",
        "2027-01-04",
        json!({ "lines": [{ "product": "FRAME-54", "quantity": "12" }, { "product": "NOTHING", "quantity": "1" }] }),
    );
    w.0
}
