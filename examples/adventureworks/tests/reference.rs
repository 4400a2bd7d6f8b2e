//! The book holds what is needed to reproduce the invoices, shown without the engine: the few
//! rules of this data are applied here by hand, on the book as it is checked in.

use adventureworks::story::RESELLER;
use listino_core::book::{Discount, Target};
use listino_core::calendar::Date;
use listino_core::money::{Exact, Rounding, RoundingMode};
use listino_core::{Id, PriceBook};

fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")))
}

/// The percentages that the offers of one kind grant; the best is the largest.
fn best(book: &PriceBook, on: Target, product: &Id, date: Date, quantity: Exact) -> Exact {
    let applies = |rule: &&Discount| {
        let range = rule.quantity.unwrap_or_default();
        rule.on == on
            && rule.scope.cluster.iter().any(|cluster| cluster == RESELLER)
            && rule.scope.product.contains(product)
            && rule.valid.contains(date)
            && range.from.is_none_or(|from| from.exact() <= quantity)
            && range.below.is_none_or(|below| quantity < below.exact())
    };
    let offers = book.discounts.iter().filter(|rule| rule.matrix.is_none()).filter(applies);
    offers.filter_map(|rule| rule.percent).map(|p| p.exact()).max().unwrap_or(Exact::ZERO)
}

#[test]
fn the_book_reproduces_every_invoiced_line() {
    let book = PriceBook::from_json(&read("book.json").unwrap()).unwrap();
    let text = read("data/order_lines_sample.csv").unwrap();
    let round = |value: Exact, digits| {
        value.round(Rounding::digits(digits, RoundingMode::HalfUp)).unwrap().to_string()
    };
    let hundred = Exact::HUNDRED;
    let (mut lines, mut equal) = (0, 0);
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let &[_, date, channel, product, quantity, unit_price, offer, total] = cells.as_slice()
        else {
            panic!("`{line}` does not have eight cells")
        };
        let (date, product): (Date, Id) = (date.parse().unwrap(), product.parse().unwrap());
        let quantity: Exact = quantity.parse().unwrap();

        let rows = book.price_lists[0].prices[&product].rows.iter();
        let rows: Vec<_> = rows.filter(|row| row.valid.contains(date)).collect();
        assert_eq!(rows.len(), 1, "one list price holds for {line}");
        let list = rows[0].tiers[0].price.exact();

        let (mut off, mut again) = (Exact::ZERO, Exact::ZERO);
        if channel == "reseller" {
            let category = book.products[&product].category.as_ref().unwrap().as_str();
            let cells = &book.discounts[0].matrix.as_ref().unwrap()[RESELLER];
            let cluster = cells[category.split('/').next().unwrap()].exact();
            let on_unit = best(&book, Target::Unit, &product, date, quantity);
            off = cluster.add(on_unit).unwrap();
            again = best(&book, Target::Total, &product, date, quantity);
        }
        let kept = |value: Exact, off: Exact| {
            let share = hundred.subtract(off).unwrap().percent().unwrap();
            value.multiply(share).unwrap()
        };
        let ours = round(kept(list, off), 4);
        let ours_total = kept(ours.parse::<Exact>().unwrap().multiply(quantity).unwrap(), again);

        assert_eq!(again.percent().unwrap(), offer.parse().unwrap(), "{line}");
        let same_unit = ours.parse::<Exact>().unwrap() == unit_price.parse().unwrap();
        let same_total = round(ours_total, 2) == round(total.parse().unwrap(), 2);
        lines += 1;
        equal += u32::from(same_unit && same_total);
    }
    assert_eq!((equal, lines), (1_000, 1_000));
}
