//! The command, end to end: what it prints, what it writes, how it exits.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const BOOK: &str = "tests/data/book.json";
const OFFER: &str = "tests/data/offer.json";
const FAULTY: &str = "tests/data/faulty.json";
const REFUSED: &str = "tests/data/refused.json";
const LINES: &str = "tests/data/lines.csv";
const CUSTOMERS: &str = "reseller=C-18,online=WEB";

/// What a run printed and how it ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Everything, for a snapshot.
    fn told(&self) -> String {
        format!("exit {}\n--- out\n{}--- err\n{}", self.code, self.out, self.err)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

fn listino<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    let output = Command::cargo_bin("listino").unwrap().args(args).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_quote_is_a_table() {
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER]);
    insta::assert_snapshot!(ran.told());
}

#[test]
fn an_explained_quote_shows_waterfalls_and_losers() {
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER, "--explain", "--lang", "it"]);
    insta::assert_snapshot!(ran.told());
}

#[test]
fn a_refused_line_says_why_and_fails() {
    let ran = listino(["quote", "--book", BOOK, "--request", REFUSED]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.told());
}

#[test]
fn a_quote_for_machines_is_the_core_s_json() {
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER, "--json"]);
    let quote: listino_core::quote::Quote = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(ran.out.trim_end(), quote.to_json());
    assert_eq!(quote.digest, Some(quote.digest()));
}

#[test]
fn a_page_is_self_contained_and_escaped() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("offer.html");
    for (request, lang) in [(OFFER, "en"), (OFFER, "it"), (REFUSED, "en")] {
        listino([
            "quote",
            "--book",
            BOOK,
            "--request",
            request,
            "--lang",
            lang,
            "--html",
            text(&page),
        ]);
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{lang}\">")));
        assert!(!html.contains("<script"), "a name from the book became markup");
        for outside in ["src=", "href=", "@import", "url("] {
            assert!(!html.contains(outside), "{outside} reaches outside the page");
        }
        let priced = if request == OFFER { 3 } else { 1 };
        assert_eq!(html.matches("<svg").count(), priced);
        assert_eq!(html.matches("<title>").count() - 1, html.matches("</title>").count() - 1);
    }
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;"));
    listino(["quote", "--book", BOOK, "--request", OFFER, "--html", text(&page)]);
    let html = fs::read_to_string(&page).unwrap();
    for expected in [
        "Pedali &#38; Figli",
        "2022-0815",
        "21 November 2022",
        "Mountain-100 Black, 42",
        "Water Bottle &#60;30 oz.&#62;",
        "23,489.88",
        "29,782.30",
        "−100.00",
        "Internal: not for the customer",
        "sales_director must approve",
        "3 more pc lower the unit price to 1,856.24 EUR",
    ] {
        assert!(html.contains(expected), "{expected} is missing");
    }
}

#[test]
fn a_line_is_explained_step_by_step() {
    let ran = listino(["explain", "--book", BOOK, "--request", OFFER, "--line", "1"]);
    insta::assert_snapshot!(ran.told());
    let ran = listino(["explain", "--book", BOOK, "--request", OFFER, "--line", "1", "--json"]);
    let line: listino_core::quote::QuoteLine = serde_json::from_str(&ran.out).unwrap();
    assert!(!line.considered.is_empty());
}

#[test]
fn a_loser_says_what_would_have_to_change() {
    let ask = |line: &str, rule: &str, more: &[&str]| {
        let base =
            ["explain", "--book", BOOK, "--request", OFFER, "--line", line, "--why-not", rule];
        listino(base.iter().chain(more))
    };
    insta::assert_snapshot!(ask("1", "clearance", &[]).told());
    let answer = ask("1", "acme-2022", &["--json"]).json();
    assert_eq!(answer["outcome"]["needs"][0], "K-9");
    assert_eq!(answer["change"], "the customer would have to hold contract K-9");
    assert_eq!(ask("2", "clearance", &[]).code, 0);
    let unknown = ask("1", "clearanse", &[]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("considered for this line: acme-2022"));
    assert_eq!(ask("9", "clearance", &[]).code, 2);
}

#[test]
fn lines_are_compared_with_what_was_charged() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.csv");
    let base = [
        "reprice",
        "--book",
        BOOK,
        "--lines",
        LINES,
        "--customer-by-channel",
        CUSTOMERS,
        "--expect",
        "unit_price=invoiced_unit:4",
        "--expect",
        "total=invoiced_total:2",
    ];
    let ran = listino(base.iter().chain(&["--out", text(&out)]));
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.told());
    insta::assert_snapshot!("lines_with_results", fs::read_to_string(&out).unwrap());
    let json = listino(base.iter().chain(&["--json"])).json();
    assert_eq!(json["lines"], 7);
    assert_eq!(json["expectations"][0]["equal"], 5);
    assert_eq!(json["expectations"][1]["worst"][1]["difference"], "-56.4");
}

#[test]
fn equal_lines_are_fine() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    fs::write(&lines, "SKU;Menge;preis\nHL-U509;5;34.985\nHL-U509;50;31.2\n").unwrap();
    let ran = listino([
        "reprice",
        "--book",
        BOOK,
        "--lines",
        text(&lines),
        "--map",
        "qty=Menge",
        "--set",
        "customer=WEB",
        "--set",
        "date=2022-11-21",
        "--expect",
        "unit_price=preis:2",
    ]);
    assert_eq!(
        ran.told(),
        "exit 0\n--- out\n2 lines: 2 priced\n\nexpected                      equal  different\nunit_price = preis, 2 digits      2          0\n--- err\n"
    );
}

#[test]
fn an_order_is_one_document_only_when_asked() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    fs::write(
        &lines,
        "order,date,customer,product,qty\n1,2022-11-21,WEB,WB-H098,2\n1,2022-11-21,WEB,WB-H098,1\n2,2022-11-21,WEB,WB-H098,1\n",
    )
    .unwrap();
    let out = folder.path().join("out.csv");
    let base = ["reprice", "--book", BOOK, "--lines", text(&lines), "--out", text(&out)];
    listino(base);
    let apart = fs::read_to_string(&out).unwrap();
    listino(base.iter().chain(&["--by-order"]));
    let together = fs::read_to_string(&out).unwrap();
    // Three bottles of one order: one of them is free.
    assert_eq!(apart.matches(",4.99,ok").count() + apart.matches("4.99,4.99,4.99").count(), 2);
    assert_ne!(apart, together);
    fs::write(
        &lines,
        "order,date,customer,product,qty\n1,2022-11-21,WEB,WB-H098,2\n2,2022-11-21,WEB,WB-H098,1\n1,2022-11-21,WEB,WB-H098,1\n",
    )
    .unwrap();
    let ran = listino(base.iter().chain(&["--by-order"]));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("order `1` comes up again"));
}

#[test]
fn unreadable_lines_are_all_reported() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    fs::write(
        &lines,
        "date,customer,product,qty,total\n2022-02-30,WEB,HL-U509,1e3,1\n2022-11-21,,HL-U509,5,x\n2022-11-21,WEB,HL-U509,5,y\n",
    )
    .unwrap();
    let ran =
        listino(["reprice", "--book", BOOK, "--lines", text(&lines), "--expect", "total=total"]);
    assert_eq!(ran.code, 2);
    for cell in ["cell D2", "cell A2", "cell B3", "cell E4"] {
        assert!(ran.err.contains(cell), "{cell} is missing in {}", ran.err);
    }
}

#[test]
fn a_cell_is_found_where_it_stands_whatever_ends_the_lines() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    let rows = [
        "date,customer,product,qty",
        "2022-11-21,WEB,HL-U509,x",
        "",
        "2022-11-21,WEB,\"HL-\n\",1",
        "2022-11-21,WEB,HL-U509,y",
    ];
    for (end, last) in [("\n", ""), ("\n", "\n"), ("\r\n", ""), ("\r\n", "\r\n")] {
        fs::write(&lines, rows.join(end) + last).unwrap();
        let ran = listino(["reprice", "--book", BOOK, "--lines", text(&lines), "--json"]);
        let cells = ran.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["cell"].clone())
            .collect::<Vec<_>>();
        // The third finding begins on line 4 and takes two.
        assert_eq!(cells, ["D2", "D6"], "{end:?} {last:?}");
        assert_eq!(ran.json()["refused_lines"][0]["line"], 4);
    }
    // An empty line of a price list is passed over, and the rows below keep their numbers.
    let prices = prices("prices.csv");
    fs::write(&prices.file, "product,price\r\n\r\nHL-U509,x\r\n").unwrap();
    let ran = prices.import(&[]);
    assert!(ran.err.contains("cell B3"), "{}", ran.err);
}

#[test]
fn cells_beyond_the_headings_are_not_dropped() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    // A decimal comma that nobody quoted: the price would have been 1.
    fs::write(&lines, "date,customer,product,qty\n2022-11-21,WEB,HL-U509,1,50\n").unwrap();
    let ran = listino(["reprice", "--book", BOOK, "--lines", text(&lines)]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("cell E2") && ran.err.contains("quotation marks"), "{}", ran.err);
    let prices = prices("prices.csv");
    fs::write(&prices.file, "product,price\nHL-U509,1,50\n").unwrap();
    let ran = prices.import(&[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("I0111") && ran.err.contains("cell C2"), "{}", ran.err);
    assert!(prices.list().is_null());
    // Delimiters behind the last cell are no cells.
    fs::write(&prices.file, "product,price\nHL-U509,1,,\n").unwrap();
    assert_eq!(prices.import(&["--priority", "1"]).code, 0);
}

#[test]
fn of_two_columns_with_one_heading_none_is_taken() {
    let prices = prices("prices.csv");
    fs::write(&prices.file, "product,price,Price\nHL-U509,1,2\n").unwrap();
    let ran = prices.import(&[]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("2 columns are called `price`: B, C"), "{}", ran.err);
    assert!(prices.list().is_null());
}

#[test]
fn a_file_that_is_no_text_or_has_none_says_where_and_how_to_mend_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let refused = |bytes: &[u8], command: &[&str]| {
        fs::write(&file, bytes).unwrap();
        let ran = listino(command.iter().chain(&[text(&file)]));
        assert_ne!(ran.code, 0);
        ran.out + &ran.err
    };
    let reprice = ["reprice", "--book", BOOK, "--lines"];
    let err = refused(b"date,customer,product,qty\n2022-11-21,WEB,P\xe9,1\n", &reprice);
    assert!(err.contains("is not UTF-8, in line 2") && err.contains("CSV UTF-8"), "{err}");
    assert!(refused(b"", &reprice).contains("is empty"));
    let err = refused(b"{\n \"name\": \"P\xe9\" }", &["check"]);
    assert!(
        err.contains("not UTF-8 (line 2, column 12)") && err.contains("help: save it"),
        "{err}"
    );
    let err = refused("\u{feff}{}".as_bytes(), &["check"]);
    assert!(err.contains("begins with a byte order mark") && err.contains("without"), "{err}");
    assert!(refused(b" \n", &["check"]).contains("the text is empty"));
    let page = folder.path().join("none/offer.html");
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER, "--html", text(&page)]);
    assert!(ran.code == 2 && !ran.err.contains("at path"), "{}", ran.err);
}

#[test]
fn two_books_are_compared_over_the_same_lines() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("b.json");
    let book = fs::read_to_string(BOOK).unwrap();
    fs::write(&other, book.replace("\"percent\": \"40\"", "\"percent\": \"41\"")).unwrap();
    let base = ["diff", BOOK, text(&other), "--lines", LINES, "--customer-by-channel", CUSTOMERS];
    let ran = listino(base);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.told());
    let json = listino(base.iter().chain(&["--json"])).json();
    assert_eq!(json["by_customer"]["C-18"]["EUR"]["lines"], 3);
}

#[test]
fn the_solver_answers_or_says_what_stands_against_it() {
    let base = ["solve", "--book", BOOK, "--request", OFFER];
    let solve = |more: &[&str]| listino(base.iter().chain(more));
    insta::assert_snapshot!(solve(&["--target-margin", "3"]).told());
    let refused = solve(&["--keep-thresholds", "--lang", "it"]);
    assert_eq!(refused.code, 1);
    insta::assert_snapshot!("the_solver_refuses", refused.told());
    let json = solve(&["--target-margin", "3", "--json"]).json();
    assert_eq!(json["concessions"][0]["amount"], "74.5");
    assert_eq!(solve(&["--keep-thresholds", "--json"]).json()["limits"][0]["threshold"], "bikes");
    assert_eq!(solve(&[]).code, 2);
    assert_eq!(solve(&["--keep-thresholds", "--line", "7"]).code, 2);
}

#[test]
fn schemas_are_json() {
    for document in ["book", "request", "quote"] {
        let schema = listino(["schema", document]).json();
        assert!(schema["properties"].is_object(), "{document}");
    }
    assert!(listino(["schema"]).json()["quote"].is_object());
}

#[test]
fn bad_usage_exits_with_two() {
    for args in [
        ["quote", "--book", "no/such/book.json", "--request", OFFER].as_slice(),
        &["quote", "--book", BOOK],
        &["quote", "--book", BOOK, "--request", OFFER, "--lang", "de"],
        &["reprice", "--book", BOOK, "--lines", LINES],
        &["reprice", "--book", BOOK, "--lines", LINES, "--expect", "unitprice=x"],
        &["frobnicate"],
    ] {
        let ran = listino(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains("error"), "{args:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{args:?}");
    }
}

#[test]
fn a_check_shows_every_finding_in_its_place() {
    let ran = listino(["check", FAULTY]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.told());
    let json = listino(["check", FAULTY, "--json"]);
    assert_eq!(json.code, 1);
    assert_eq!(json.json()["file"], FAULTY);
    assert_eq!(json.json()["diagnostics"].as_array().unwrap().len(), 4);
}

#[test]
fn warnings_pass_unless_strict() {
    let ran = listino(["check", BOOK]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.ends_with("warnings (4 products, 2 price lists, 4 discounts, 3 customers)\n"));
    assert_eq!(listino(["check", BOOK, "--strict"]).code, 1);
}

#[test]
fn a_book_on_one_line_names_line_and_column() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.json");
    let book = fs::read_to_string(FAULTY).unwrap();
    let line = book.lines().map(str::trim).collect::<String>();
    fs::write(&path, line).unwrap();
    let ran = listino(["check", text(&path)]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("/discounts/0/stage ("), "{}", ran.out);
    assert!(ran.out.contains("book.json:1:"), "{}", ran.out);
}

#[test]
fn a_broken_book_is_shown_with_its_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.json");
    fs::write(&path, "{ \"v\": 1, \"currency\": \"EUR\",\n  \"price_lists\": [\n    { \"id\": \"base\", \"prices\": { \"A\": \"1e3\" } }\n  ] }\n").unwrap();
    let ran = listino(["quote", "--book", text(&path), "--request", OFFER]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("`1e3` is not a decimal"), "{}", ran.err);
    let ran = listino(["quote", "--book", text(&path), "--request", OFFER, "--json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.json()["diagnostics"][0]["code"].is_string());
}

#[test]
fn no_colour_reaches_a_pipe() {
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER, "--explain"]);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
}

// Import.

use rust_xlsxwriter::{Format, Formula, Workbook};

struct Prices {
    folder: TempDir,
    book: PathBuf,
    file: PathBuf,
}

fn prices(name: &str) -> Prices {
    let folder = TempDir::new().unwrap();
    let book = folder.path().join("book.json");
    fs::copy(BOOK, &book).unwrap();
    let file = folder.path().join(name);
    Prices { folder, book, file }
}

impl Prices {
    fn import(&self, more: &[&str]) -> Ran {
        let base = [
            "import",
            "--prices",
            text(&self.file),
            "--into",
            text(&self.book),
            "--list",
            "spring",
        ];
        listino(base.iter().chain(more))
    }

    fn told(&self, ran: &Ran) -> String {
        ran.told().replace(text(self.folder.path()), "")
    }

    fn list(&self) -> Value {
        let book: Value = serde_json::from_str(&fs::read_to_string(&self.book).unwrap()).unwrap();
        let lists = book["price_lists"].as_array().unwrap();
        lists.iter().find(|list| list["id"] == "spring").cloned().unwrap_or_default()
    }
}

#[test]
fn a_spreadsheet_becomes_a_price_list() {
    let prices = prices("prices.xlsx");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Prezzi").unwrap();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    // The table does not begin in the corner.
    sheet.write_row(2, 1, ["Product", "Price", "Qty", "Valid from", "Valid to", "Cost"]).unwrap();
    sheet.write_row(3, 1, ["HL-U509"]).unwrap();
    sheet.write_number(3, 2, 29.9).unwrap();
    sheet.write_row(4, 1, ["HL-U509"]).unwrap();
    sheet.write_number(4, 2, 0.8).unwrap();
    sheet.write_number(4, 3, 50.0).unwrap();
    sheet.write_row(6, 1, ["WB-H098", "3.75"]).unwrap();
    let from = rust_xlsxwriter::ExcelDateTime::from_ymd(2023, 3, 1).unwrap();
    sheet.write_datetime_with_format(6, 4, &from, &date).unwrap();
    sheet.write_string(6, 5, "2023-03-31").unwrap();
    sheet.write_number(3, 6, 13.5).unwrap();
    workbook.save(&prices.file).unwrap();
    let ran = prices.import(&["--for", "cluster=reseller", "--for", "cluster=dealer"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(prices.told(&ran));
    insta::assert_snapshot!("imported_list", serde_json::to_string_pretty(&prices.list()).unwrap());
    let book = fs::read_to_string(&prices.book).unwrap();
    assert!(listino_core::PriceBook::from_json(&book).is_ok());
}

#[test]
fn an_id_of_more_digits_than_a_spreadsheet_keeps_is_refused() {
    let prices = prices("prices.xlsx");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["product", "price"]).unwrap();
    sheet.write_number(1, 0, 12_345_678_901_234_567.0).unwrap();
    sheet.write_number(1, 1, 5.0).unwrap();
    workbook.save(&prices.file).unwrap();
    let ran = prices.import(&["--create-products"]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    assert!(ran.err.contains("A2") && ran.err.contains("format the cell as text"), "{}", ran.err);
    assert!(prices.list().is_null());
}

#[test]
fn every_bad_cell_is_reported_and_nothing_is_written() {
    let prices = prices("prices.xlsx");
    let before = fs::read_to_string(&prices.book).unwrap();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Prezzi").unwrap();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2023, 3, 1).unwrap();
    sheet
        .write_row(0, 0, ["product", "price", "from", "unit", "valid_from", "valid_to", "cost"])
        .unwrap();
    let mut row = 0;
    let mut next = |sheet: &mut rust_xlsxwriter::Worksheet, product: &str| {
        row += 1;
        sheet.write_string(row, 0, product).unwrap();
        row
    };
    let at = next(sheet, "HL-U509"); // 2: a number computed in binary
    sheet.write_number(at, 1, 0.1 + 0.2).unwrap();
    let at = next(sheet, "HL-U508"); // 3: no such product
    sheet.write_number(at, 1, 1).unwrap();
    let at = next(sheet, "HL-U509"); // 4: a comma
    sheet.write_string(at, 1, "12,50").unwrap();
    next(sheet, "HL-U509"); // 5: no price
    let at = next(sheet, "HL-U509"); // 6: a date as price, an error as quantity
    sheet.write_datetime_with_format(at, 1, &day, &date).unwrap();
    sheet.write_formula(at, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    let at = next(sheet, "WB-H098"); // 7: bad dates
    sheet.write_number(at, 1, 1).unwrap();
    sheet.write_string(at, 4, "01/03/2023").unwrap();
    sheet.write_number(at, 5, 45000).unwrap();
    let at = next(sheet, "WB-H098"); // 8: ends before it begins
    sheet.write_number(at, 1, 1).unwrap();
    sheet.write_string(at, 4, "2023-03-31").unwrap();
    sheet.write_string(at, 5, "2023-03-01").unwrap();
    let at = next(sheet, "WB-H098"); // 9: unknown unit
    sheet.write_number(at, 1, 1).unwrap();
    sheet.write_string(at, 3, "crate").unwrap();
    for _ in 0..2 {
        let at = next(sheet, "SO-B909-M"); // 10, 11: twice the same
        sheet.write_number(at, 1, 9).unwrap();
        sheet.write_string(at, 6, ["4", "5"][usize::from(at == 10)]).unwrap();
    }
    sheet.write_number(12, 1, 1).unwrap(); // 13: no product
    workbook.save(&prices.file).unwrap();
    let ran = prices.import(&[]);
    assert_eq!(ran.code, 1);
    let cells = ["B2", "A3", "B4", "B5", "B6", "C6", "E7", "F7", "F8", "D9", "A11", "G11", "A13"];
    for cell in cells {
        assert!(ran.err.contains(&format!("cell {cell}\n")), "{cell} is missing:\n{}", ran.err);
    }
    assert!(ran.err.contains(&format!("{} bad cells", cells.len())), "{}", ran.err);
    insta::assert_snapshot!(prices.told(&ran));
    assert_eq!(fs::read_to_string(&prices.book).unwrap(), before);
    let json = prices.import(&["--json"]).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), cells.len());
    assert_eq!(json["findings"][0]["sheet"], "Prezzi");
}

#[test]
fn a_csv_of_an_italian_spreadsheet_is_read() {
    let prices = prices("prezzi.csv");
    fs::write(
        &prices.file,
        "\u{feff}Codice;Prezzo;Descrizione;Categoria\nHL-U509;29,90;;\nNUOVO;1250,00;Bici \"nuova\";bikes/road\n",
    )
    .unwrap();
    let ran = prices.import(&["--decimal-comma"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("cell A3"), "{}", ran.err);
    assert!(prices.list().is_null());
    let ran = prices.import(&["--decimal-comma", "--create-products", "--json", "--priority", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["products_created"], 1);
    assert_eq!(prices.list()["prices"]["NUOVO"], "1250");
    let book = fs::read_to_string(&prices.book).unwrap();
    assert!(book.contains("\"name\": \"Bici \\\"nuova\\\"\""), "{book}");
}

#[test]
fn an_import_that_breaks_the_book_is_not_written() {
    let prices = prices("prices.csv");
    let before = fs::read_to_string(&prices.book).unwrap();
    let rows = "product,price,from,valid_from\nHL-U509,29,,2023-01-01\nHL-U509,28,,2023-02-01\n";
    fs::write(&prices.file, rows).unwrap();
    let ran = prices.import(&[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("(not written)"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&prices.book).unwrap(), before);
}

#[test]
fn an_import_goes_where_it_is_told() {
    let prices = prices("prices.csv");
    let before = fs::read_to_string(&prices.book).unwrap();
    fs::write(&prices.file, "sku,net\nHL-U509,29.90\n").unwrap();
    let out = prices.folder.path().join("new.json");
    let ran = prices.import(&["--out", text(&out), "--map", "price=net", "--currency", "CHF"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(fs::read_to_string(&prices.book).unwrap(), before);
    assert!(fs::read_to_string(&out).unwrap().contains("\"CHF\""));
    let ran = prices.import(&["--for", "planet=mars", "--map", "price=net"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("unknown field `planet`"), "{}", ran.err);
    let ran = prices.import(&["--map", "price=gross"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the columns are sku, net"), "{}", ran.err);
}

const CONFIGURED: &str = "tests/data/configured.json";
const MAY: [&str; 2] = ["--date", "2026-05-01"];

/// A conversation: each command on a line of its own.
fn talk(source: &str, more: &[&str], commands: &[&str]) -> Ran {
    let output = Command::cargo_bin("listino")
        .unwrap()
        .args(["configure", source])
        .args(MAY)
        .args(more)
        .write_stdin(commands.join("\n"))
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_product_is_configured_in_a_conversation() {
    let commands = [
        "race-wheels",
        "why alu",
        "alu",
        "why black",
        "raw",
        "why carbon",
        "why raw",
        "force alu",
        "undo",
        "redo",
        "undo race-wheels",
        "red",
        "show colour",
        "prices",
        "no bell",
        "carbn",
        "fly to the moon",
        "finish",
    ];
    let ran = talk(CONFIGURED, &["--customer", "C-1"], &commands);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.told());
}

#[test]
fn an_unfinished_conversation_fails() {
    let ran = talk(CONFIGURED, &[], &["carbon", "finish"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("still to choose:\n  colour: red, black, raw"), "{}", ran.out);
    assert_eq!(talk(CONFIGURED, &[], &["red"]).code, 1);
    assert_eq!(talk(CONFIGURED, &[], &["red", "quit"]).code, 1);
}

#[test]
fn choices_of_a_file_become_a_line_that_is_quoted() {
    let folder = TempDir::new().unwrap();
    let request = folder.path().join("request.json");
    let choices = ["--choices", "tests/data/choices.json", "--out", text(&request)];
    let base = ["configure", CONFIGURED, "--product", "bike", "--quantity", "3"];
    let ran = listino(base.iter().chain(&MAY).chain(&choices));
    assert_eq!(ran.code, 0, "{}", ran.told());
    insta::assert_snapshot!(ran.told());
    let quoted = listino(["quote", "--book", CONFIGURED, "--request", text(&request), "--json"]);
    assert_eq!(quoted.code, 0, "{}", quoted.told());
    let ran = listino(base.iter().chain(&MAY).chain(&choices).chain(&["--json"]));
    let answer = ran.json();
    assert_eq!(answer["quote"], quoted.json());
    assert_eq!(answer["complete"], true);
    assert_eq!(answer["chosen"], serde_json::json!(["carbon", "raw", "race-wheels"]));
    assert_eq!(answer["line"]["configuration"]["choices"][0], "raw");
    let carbon = &answer["options"][1];
    assert_eq!(carbon["decision"]["origin"], "inferred");
    assert_eq!(answer["price"]["price"], quoted.json()["totals"]["true_net"]);
}

#[test]
fn a_configured_line_shows_its_options_on_paper_too() {
    let folder = TempDir::new().unwrap();
    let (request, page) = (folder.path().join("request.json"), folder.path().join("offer.html"));
    let choices = ["--choices", "tests/data/choices.json", "--out", text(&request)];
    listino(["configure", CONFIGURED].iter().chain(&MAY).chain(&choices));
    let args = ["quote", "--book", CONFIGURED, "--request", text(&request), "--html", text(&page)];
    let ran = listino(args.iter().chain(&["--explain", "--lang", "it"]));
    insta::assert_snapshot!(ran.told());
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("+ carbon frame 900"), "{page}");
}

#[test]
fn a_choice_that_cannot_stand_says_what_to_give_up() {
    let args = ["configure", CONFIGURED, "--choices", "tests/data/bad-choices.json"];
    let ran = listino(args.iter().chain(&MAY));
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.told());
    let answer = listino(args.iter().chain(&MAY).chain(&["--json"])).json();
    assert_eq!(answer["choice"], "alu");
    assert_eq!(answer["explanation"]["rules"][0]["id"], "light");
    assert_eq!(answer["restorations"][0]["give_up"][0], "race-wheels");
}

#[test]
fn models_of_every_format_are_configured() {
    let ran = talk("tests/data/sandwich.uvl", &[], &["Ketchup", "why Cheese", "finish"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    insta::assert_snapshot!(ran.told());
    let ran = talk("tests/data/lamp.cnf", &[], &["help", "finish"]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    let folder = TempDir::new().unwrap();
    let session = folder.path().join("session.json");
    let save = format!("save {}", text(&session));
    let ran = talk("tests/data/lamp.json", &[], &["gold", "cheapest", &save, "prices", "finish"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.out.contains("= 70 · margin 28"), "{}", ran.out);
    let args = ["configure", "tests/data/lamp.json", "--json", "--choices", text(&session)];
    let answer = listino(args.iter().chain(&MAY)).json();
    assert_eq!(answer["price"], serde_json::json!({ "price": "70", "margin": "28" }));
}

#[test]
fn the_cheapest_configuration_stays_the_cheapest() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model.json");
    let options = serde_json::json!([{ "id": "a", "price": "5", "cost": "1" }, { "id": "b", "price": "7", "cost": "1" }]);
    let model_of = serde_json::json!({ "id": "m", "groups": [{ "id": "g", "choose": {}, "options": options }],
        "defaults": [{ "option": "a" }], "preferences": [{ "id": "p", "prefer": "b" }] });
    fs::write(&model, model_of.to_string()).unwrap();
    let ran = talk(text(&model), &[], &["cheapest", "finish"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let session = folder.path().join("session.json");
    let save = format!("save {}", text(&session));
    let ran = talk(text(&model), &[], &["cheapest", &save, "finish"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let args = ["configure", text(&model), "--json", "--choices", text(&session)];
    let answer = listino(args.iter().chain(&MAY)).json();
    assert_eq!(answer["chosen"], serde_json::json!([]), "{answer}");
}

#[test]
fn an_excerpt_shows_the_places_and_not_all_between_them() {
    let ran = listino(["check", "../../examples/adventureworks/book.json"]);
    let (findings, lines) = (ran.out.matches("warning[").count(), ran.out.lines().count());
    assert!(findings > 5 && lines < findings * 60, "{lines} lines for {findings} findings");
}

#[test]
fn configure_says_what_it_needs() {
    let say = |args: &[&str]| {
        let ran = listino(["configure"].iter().chain(args).chain(&MAY));
        assert_eq!(ran.code, 2, "{}", ran.told());
        ran.err
    };
    assert!(say(&[CONFIGURED, "--product", "car"]).contains("configured are: bike"));
    assert!(say(&[CONFIGURED, "--customer", "X"]).contains("no customer `X`"));
    assert!(say(&[BOOK]).contains("no product with a model"));
    assert!(say(&["tests/data/lamp.json", "--product", "lamp"]).contains("is a model"));
    assert!(say(&[CONFIGURED, "--choices", OFFER]).contains("not a list of choices"));
}

#[test]
fn a_compiled_book_answers_as_the_book_does() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let compiled = at("book.listino");
    let ran = listino(["compile", BOOK, "--out", &compiled]);
    let digest = listino(["quote", "--book", BOOK, "--request", OFFER, "--json"]).json()["book"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!((ran.code, ran.out.ends_with(&format!("price book {digest}\n"))), (0, true));
    let bytes = fs::read(&compiled).unwrap();
    let ran = listino(["compile", BOOK, "--out", &at("again.listino"), "--json"]);
    assert_eq!(ran.json(), serde_json::json!({ "digest": digest, "bytes": bytes.len() }));
    assert_eq!(fs::read(at("again.listino")).unwrap(), bytes);
    let commands: [&[&str]; 6] = [
        &["quote", "--request", OFFER, "--json"],
        &["quote", "--request", OFFER, "--explain", "--json"],
        &["explain", "--request", OFFER, "--line", "1", "--json"],
        &["solve", "--request", OFFER, "--keep-thresholds", "--json"],
        &["reprice", "--lines", LINES, "--json"],
        &["reprice", "--lines", LINES],
    ];
    for command in commands {
        let with = |book: &str| listino(command.iter().copied().chain(["--book", book])).told();
        assert_eq!(with(&compiled), with(BOOK), "{command:?}");
    }
    // People read ids where the book has names.
    let ran = listino(["quote", "--book", &compiled, "--request", OFFER, "--explain"]);
    assert!(ran.err.is_empty() && ran.out.starts_with("Offer for"), "{}", ran.told());
    let diff = ["diff", &compiled, BOOK, "--lines", LINES, "--customer-by-channel", CUSTOMERS];
    assert!(listino(diff).out.contains(", 0 changed"));

    for command in [&["check", &compiled][..], &["compile", &compiled, "--out", &at("twice")]] {
        let ran = listino(command.iter().copied());
        assert_eq!((ran.code, ran.err.contains("is a compiled book")), (2, true), "{}", ran.told());
    }
    fs::write(at("damaged"), &bytes[..bytes.len() - 1]).unwrap();
    let ran = listino(["quote", "--book", &at("damaged"), "--request", OFFER]);
    assert_eq!((ran.code, ran.err.contains("is damaged")), (2, true), "{}", ran.told());
}

#[test]
fn a_product_of_a_compiled_book_is_configured() {
    let folder = TempDir::new().unwrap();
    let compiled = folder.path().join("bike.listino").display().to_string();
    let book = "../../examples/bike/book.json";
    assert_eq!(listino(["compile", book, "--out", &compiled]).code, 0);
    let ran = listino(["configure", &compiled, "--date", "2022-07-15"]);
    assert_eq!((ran.code, ran.err.contains("--product")), (2, true), "{}", ran.told());
    let session = |source: &str| {
        let args = ["configure", source, "--product", "MTB-CUSTOM", "--date", "2022-07-15"];
        let mut command = Command::cargo_bin("listino").unwrap();
        let output = command.args(args).write_stdin("finish\n").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // Up to the offer, which names the options.
    let (ours, theirs) = (session(&compiled), session(book));
    let questions = |text: &str| text.split("Offer for").next().unwrap().to_owned();
    assert!(questions(&ours).lines().count() > 10, "{ours}");
    assert_eq!(questions(&ours), questions(&theirs));
}

#[test]
fn a_bill_of_materials_is_exploded_searched_and_drawn() {
    let bom = |args: &[&str]| listino(["bom", CONFIGURED].iter().chain(&MAY).chain(args));
    let chosen = ["--choices", "tests/data/choices.json", "--quantity", "2"];
    let ran = bom(&chosen);
    assert_eq!(ran.code, 0, "{}", ran.told());
    insta::assert_snapshot!(ran.told());
    let answer = bom(&[&chosen[..], &["--json"]].concat()).json();
    assert_eq!(answer["lines"][1]["quantity"], "128");
    assert_eq!(answer["rolled_up"][0]["item"], "bike");
    let ran = bom(&[]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    assert!(ran.out.starts_with("still to choose:\n  colour:"), "{}", ran.out);
    assert_eq!(bom(&["--where-used", "spoke"]).out, "spoke → wheel → bike\n");
    assert_eq!(bom(&["--where-used", "bike"]).out, "`bike` is no part of the product\n");
    let answer = bom(&["--where-used", "spoke", "--json"]).json();
    assert_eq!(answer["where_used"], serde_json::json!([["spoke", "wheel", "bike"]]));
    let ran = bom(&["--where-used", "spokes"]);
    assert_eq!((ran.code, ran.err.contains("no item `spokes`")), (2, true), "{}", ran.err);
    assert!(bom(&["--dot"]).out.contains("label = \"32 ×\""));
    let folder = TempDir::new().unwrap();
    let picture = folder.path().join("bike.svg");
    assert_eq!(bom(&["--svg", text(&picture)]).code, 0);
    assert!(fs::read_to_string(picture).unwrap().contains(">Wheel</text>"));
    let ran = listino(["bom", "tests/data/lamp.json"]);
    assert_eq!((ran.code, ran.err.contains("no bill of materials")), (2, true), "{}", ran.err);
}

#[test]
fn a_bill_of_materials_that_runs_in_a_circle_is_refused_with_the_circle() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model.json");
    let bom = r#"{ "id": "m", "bom": { "root": "a", "items": [{ "id": "a" }, { "id": "b" }],
        "lines": [{ "for": "a", "item": "b" }, { "for": "b", "item": "a" }] } }"#;
    fs::write(&model, bom).unwrap();
    let ran = listino(["bom", text(&model)]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    assert!(ran.out.contains("runs in a circle: a > b > a"), "{}", ran.out);
}

#[test]
fn a_quotation_mark_that_is_not_closed_swallows_nothing() {
    let prices = prices("prices.csv");
    fs::write(&prices.file, "product,price,name\nHL-U509,1,\"Tube\nBK-M82B-42,2,x\n").unwrap();
    let ran = prices.import(&[]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("quotation marks that open in cell C2"), "{}", ran.err);
    // Closed, the break belongs to the name, and the next row keeps its number.
    fs::write(&prices.file, "product,price,name\nHL-U509,1,\"Tube\nlong\"\nBK-M82B-42,x,y\n")
        .unwrap();
    assert!(prices.import(&[]).err.contains("cell B4"));
    let lines = prices.folder.path().join("lines.csv");
    let head = "date,customer,product,qty,note\n2022-11-21,WEB,HL-U509,1,\"open\n";
    fs::write(&lines, format!("{head}2022-11-21,WEB,HL-U509,1,\n")).unwrap();
    let ran = listino(["reprice", "--book", BOOK, "--lines", text(&lines)]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("cell E2"), "{}", ran.err);
    // As an old program ends its lines.
    fs::write(&prices.file, "product,price\rHL-U509,1\rHL-U509,x\r").unwrap();
    assert!(prices.import(&[]).err.contains("cell B3"));
}

#[test]
fn an_order_has_one_currency_and_one_channel() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("lines.csv");
    let rows = "date,customer,product,qty,order,currency,channel\n\
        2022-11-21,WEB,HL-U509,5,1,EUR,shop\n,,,,,,\n2022-11-21,WEB,HL-U509,5,1,EUR,web\n";
    fs::write(&lines, rows).unwrap();
    let reprice = |more: &[&str]| {
        let base = ["reprice", "--book", BOOK, "--lines", text(&lines)];
        listino(base.iter().chain(more))
    };
    let ran = reprice(&["--by-order"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("order `1` differ") && ran.err.contains("cell G4"), "{}", ran.err);
    assert!(ran.out.starts_with("2 lines") || ran.out.starts_with("1 line: "), "{}", ran.out);
    // What is set is the same on every line.
    let ran = reprice(&["--by-order", "--set", "channel=web"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let ran = reprice(&["--set", "currency=usd"]);
    assert_eq!((ran.code, ran.err.contains("--set currency=usd")), (2, true), "{}", ran.err);
    // Nothing has a price: that is no success.
    let ran = reprice(&["--set", "product=nothing"]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    let diff = ["diff", BOOK, BOOK, "--lines", text(&lines), "--set", "product=nothing"];
    let ran = listino(diff);
    assert_eq!(ran.code, 1, "{}", ran.told());
    assert!(ran.out.contains("2 more without a price in either book"), "{}", ran.out);
}

#[test]
fn an_import_loses_nothing_of_what_a_table_says() {
    let folder = TempDir::new().unwrap();
    let book = folder.path().join("book.json");
    let (file, out) = (folder.path().join("prices.csv"), folder.path().join("out.json"));
    let start = serde_json::json!({ "v": 1, "currency": "EUR", "units": { "box": {} },
        "products": { "A": { "units": { "box": "12" } }, "B": { "units": { "box": "7" } } } });
    fs::write(&book, start.to_string()).unwrap();
    let import = |rows: &str, more: &[&str]| {
        fs::write(&file, rows).unwrap();
        let base = ["import", "--prices", text(&file), "--into", text(&book), "--list", "base"];
        listino(base.iter().copied().chain(["--out", text(&out)]).chain(more.iter().copied()))
    };
    let written = || -> Value { serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap() };
    // A box of twelve costs twelve times what one does.
    assert_eq!(import("product,price,cost,unit\nA,120,60,box\n", &[]).code, 0);
    assert_eq!(written()["products"]["A"]["cost"], "5");
    let ran = import("product,price,cost,unit\nB,120,60,box\n", &[]);
    assert!(
        ran.code == 1 && ran.err.contains("I0112") && ran.err.contains("cell C2"),
        "{}",
        ran.err
    );
    // Two costs for the same days are two, in either order of the rows.
    for rows in ["A,1,5,2026-01-01\nA,2,6,\n", "A,2,6,\nA,1,5,2026-01-01\n"] {
        let ran = import(&format!("product,price,cost,valid_from\n{rows}"), &["--json"]);
        assert!(ran.code == 1 && ran.told().contains("B0504"), "{}", ran.told());
    }
    // The first row of a new product says its base unit, if only by saying nothing.
    let ran = import("product,price,from,unit\nP,10,,\nP,100,10,box\n", &["--create-products"]);
    assert!(
        ran.code == 1 && ran.err.contains("I0107") && ran.err.contains("cell D3"),
        "{}",
        ran.err
    );
    assert_eq!(
        import("product,price,from,unit\nP,10,,box\nP,9,10,box\n", &["--create-products"]).code,
        0
    );
    assert_eq!(written()["products"]["P"]["unit"], "box");
    // What makes the book wrong has a cell.
    let ran = import("product,price,from\nA,5,\nA,-4,10\n", &[]);
    assert!(
        ran.code == 1 && ran.err.contains("B0401") && ran.err.contains("cell B3"),
        "{}",
        ran.err
    );
    let ran = import("product,price,valid_from\nA,5,2026-01-01\nA,4,2026-02-01\n", &[]);
    assert!(ran.code == 1 && ran.err.contains("B0503") && ran.err.contains("cell "), "{}", ran.err);
}

#[test]
fn a_date_that_no_spreadsheet_has_is_none() {
    let prices = prices("prices.xlsx");
    for day in [20_261_231.0, -5.0, 0.0] {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        for (column, heading) in (0..).zip(["product", "price", "valid_to"]) {
            sheet.write(0, column, heading).unwrap();
        }
        sheet.write(1, 0, "HL-U509").unwrap();
        sheet.write(1, 1, 5).unwrap();
        sheet.write_with_format(1, 2, day, &format).unwrap();
        workbook.save(&prices.file).unwrap();
        let ran = prices.import(&[]);
        assert_eq!(ran.code, 1, "{day}: {}", ran.out);
        assert!(ran.err.contains("I0103") && ran.err.contains("cell C2"), "{day}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = TempDir::new().unwrap();
    let (real, link) = (folder.path().join("real.html"), folder.path().join("link.html"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let ran = listino(["quote", "--book", BOOK, "--request", OFFER, "--html", text(&link)]);
    assert_eq!(ran.err, "");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("<!doctype html>"));
    // A device is written into, and not in its place.
    listino(["quote", "--book", BOOK, "--request", OFFER, "--html", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn what_is_left_out_stays_left_out() {
    let folder = TempDir::new().unwrap();
    let book = folder.path().join("book.json");
    let start = serde_json::json!({ "v": 1, "currency": "EUR", "customers": { "C": {} },
        "products": { "P": { "model": "m", "cost": "50" } },
        "price_lists": [{ "id": "base", "prices": { "P": "100" } }],
        "models": [{ "id": "m",
            "groups": [{ "id": "x", "choose": {}, "options": [
                { "id": "bell", "price": "10" }, { "id": "show", "price": "3" },
                { "id": "Leather seat", "price": "20" }] },
                { "id": "h", "choose": {}, "options": [{ "id": "gift", "hidden": true, "price": "7" }] }],
            "preferences": [{ "id": "p", "prefer": "gift" }],
            "defaults": [{ "option": "bell" }] }] });
    fs::write(&book, start.to_string()).unwrap();
    let more = ["--customer", "C"];
    let ran =
        talk(text(&book), &more, &["no bell", "choose show", "Leather seat", "cheapest", "finish"]);
    for line in
        ["= 107.00 EUR", "= 110.00 EUR", "= 130.00 EUR", "but for what the model itself adds"]
    {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(ran.out.contains("payable EUR") && ran.out.contains("130.00"), "{}", ran.out);
}
