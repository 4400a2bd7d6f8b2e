//! A limit on everything that a text could make large.

use super::Document;
use super::wording::Defect;
use crate::Diagnostic;
use crate::book::PriceBook;
use crate::quote::Request;

/// How large a document may be. Nesting is limited to 128 levels besides.
///
/// ```
/// use listino_core::book::Limits;
/// let limits = Limits::default()
///     .bytes(10_000_000)
///     .text(1_000)
///     .customers(50_000)
///     .products(50_000)
///     .price_lists(100)
///     .prices(200_000)
///     .discounts(5_000)
///     .models(20)
///     .lines(500)
///     .findings(50);
/// assert_ne!(limits, Limits::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    bytes: usize,
    text: usize,
    customers: usize,
    products: usize,
    price_lists: usize,
    prices: usize,
    discounts: usize,
    models: usize,
    lines: usize,
    findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            text: 1 << 16,
            customers: 5_000_000,
            products: 5_000_000,
            price_lists: 100_000,
            prices: 20_000_000,
            discounts: 100_000,
            models: 10_000,
            lines: 100_000,
            findings: 500,
        }
    }
}

macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl Limits {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $name(mut self, most: usize) -> Self {
                    self.$name = most;
                    self
                }
            )*
        }
    };
}

knobs! {
    /// The most bytes of the whole text; 1 GiB where nothing is said.
    bytes
    /// The most bytes of one string in it; 64 KiB.
    text
    /// The most customers; 5,000,000.
    customers
    /// The most products; 5,000,000.
    products
    /// The most price lists; 100,000.
    price_lists
    /// The most tiers of all price lists together; 20,000,000.
    prices
    /// The most discounts; 100,000.
    discounts
    /// The most configuration models; 10,000. How large one may be is settled when it is compiled.
    models
    /// The most lines of a request; 100,000.
    lines
    /// The most findings that are listed; 500, and one that says that there are more.
    findings
}

/// The bytes of the shortest tier there can be, `"P":"1"`.
const SHORTEST_TIER: usize = 7;

fn exceeded(document: Document, path: &str, which: &str, most: usize, is: usize) -> Diagnostic {
    Diagnostic::new(
        Defect::Limit.code(document),
        path.to_owned(),
        format!("limit `{which}` is exceeded: {is}, and {most} is the most"),
    )
}

impl Limits {
    pub(super) const fn most_findings(&self) -> usize {
        self.findings
    }

    /// The longest string.
    pub(super) const fn longest(&self) -> usize {
        self.text
    }

    pub(super) fn whole(&self, text: &str, document: Document) -> Option<Diagnostic> {
        (text.len() > self.bytes).then(|| exceeded(document, "", "bytes", self.bytes, text.len()))
    }

    pub(super) fn string(
        &self,
        length: usize,
        path: &str,
        document: Document,
    ) -> Option<Diagnostic> {
        (length > self.text).then(|| exceeded(document, path, "text", self.text, length))
    }

    pub(super) fn book(&self, book: &PriceBook, bytes: usize) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut look = |path: &str, which: &str, most: usize, is: usize| {
            if is > most {
                found.push(exceeded(Document::Book, path, which, most, is));
            }
        };
        look("/customers", "customers", self.customers, book.customers.len());
        look("/products", "products", self.products, book.products.len());
        look("/price_lists", "price_lists", self.price_lists, book.price_lists.len());
        look("/discounts", "discounts", self.discounts, book.discounts.len());
        look("/models", "models", self.models, book.models.len());
        // Counting the tiers of a large book takes a while, and a short text has not that many.
        if bytes / SHORTEST_TIER > self.prices {
            let lists = book.price_lists.iter();
            let rows = lists.flat_map(|list| list.prices.values()).flat_map(|prices| &prices.rows);
            look("/price_lists", "prices", self.prices, rows.map(|row| row.tiers.len()).sum());
        }
        // Nearly every text is short enough, and its place is made only where one is not.
        let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > self.text);
        let mut text = |path: String, text: &Option<String>| {
            let length = text.as_ref().map_or(0, String::len);
            found.extend(self.string(length, &path, Document::Book));
        };
        if long(&book.name) {
            text("/name".to_owned(), &book.name);
        }
        for (id, customer) in book.customers.iter().filter(|(_, customer)| long(&customer.name)) {
            text(path("customers", id), &customer.name);
        }
        for (id, product) in book.products.iter().filter(|(_, product)| long(&product.name)) {
            text(path("products", id), &product.name);
        }
        for (id, unit) in book.units.iter().filter(|(_, unit)| long(&unit.name)) {
            text(path("units", id), &unit.name);
        }
        for (i, rule) in book.discounts.iter().enumerate() {
            text(format!("/discounts/{i}/when"), &rule.when);
            text(format!("/discounts/{i}/rule"), &rule.rule);
        }
        for (i, list) in book.price_lists.iter().enumerate() {
            if let Some(formula) = &list.formula {
                text(format!("/price_lists/{i}/formula/rule"), &formula.rule);
            }
        }
        found
    }

    pub(super) fn request(&self, request: &Request) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let lines = request.line_count();
        if lines > self.lines {
            found.push(exceeded(Document::Request, "/lines", "lines", self.lines, lines));
        }
        let header = request
            .discounts
            .iter()
            .enumerate()
            .map(|(i, by_hand)| (format!("/discounts/{i}/reason"), by_hand));
        let lines = request.lines.iter().enumerate().flat_map(|(i, line)| {
            line.discounts
                .iter()
                .enumerate()
                .map(move |(j, by_hand)| (format!("/lines/{i}/discounts/{j}/reason"), by_hand))
        });
        found.extend(header.chain(lines).filter_map(|(path, by_hand)| {
            self.string(by_hand.reason.as_ref()?.len(), &path, Document::Request)
        }));
        found
    }
}

fn path(section: &str, id: &crate::Id) -> String {
    use crate::diagnostic::Place;
    Place::Root.key(section).key(id.as_str()).key("name").pointer()
}
