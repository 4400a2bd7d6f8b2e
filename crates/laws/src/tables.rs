//! Tables of prices and lines, through the command that reads them.

use std::ffi::OsString;
use std::fs::{read, remove_file, write};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::LazyLock;

use listino_cli::Exit;
use listino_core::{Engine, PriceBook};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// One folder for all tables of a process; what is in it is written over.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

/// A book that knows two products, a customer and a unit.
pub(crate) const BOOK: &str = r#"{ "v": 1, "currency": "EUR", "customers": { "C": {} },
    "units": { "box": {} }, "products": { "P1": { "cost": "6", "units": { "box": "12" } }, "P2": {} },
    "price_lists": [{ "id": "base", "prices": { "P1": "9.99" } }] }"#;

/// The bits of the first byte.
const SPREADSHEET: u8 = 1;
const PARTS: u8 = 2;
const COMMA: u8 = 4;
const CREATE: u8 = 8;
const REPLACE: u8 = 16;

/// A table of prices for `import`, or of lines for `reprice`, after a byte that says how it is read:
/// CSV, a whole spreadsheet, or the parts of one with zeros between them. What is imported is a book
/// that can be read and compiled; what is not leaves no file behind, and never a changed one.
///
/// # Panics
/// When that does not hold.
pub fn table(data: &[u8]) {
    let Some((&how, data)) = data.split_first() else { return };
    let is = |bit: u8| how & bit != 0;
    let file = |name: &str| FOLDER.path().join(name);
    let (book, out) = (file("book.json"), file("out.json"));
    let table = file(if is(SPREADSHEET) { "table.xlsx" } else { "table.csv" });
    write(&book, BOOK).expect("a book");
    let bytes = if is(SPREADSHEET) && is(PARTS) { spreadsheet(data) } else { data.to_vec() };
    write(&table, bytes).expect("a table");
    let mut words = command("import", &[("--prices", &table), ("--into", &book), ("--out", &out)]);
    words.extend(["--list", "imported", "--priority", "1"].map(Into::into));
    for (bit, word) in
        [(COMMA, "--decimal-comma"), (CREATE, "--create-products"), (REPLACE, "--replace")]
    {
        if is(bit) {
            words.push(word.into());
        }
    }
    listino_cli::silence();
    let exit = listino_cli::run(words);
    assert_eq!(read(&book).expect("the book"), BOOK.as_bytes(), "the book is as it was");
    assert_eq!(exit == Exit::Fine, out.exists(), "a book where all is fine, and only there");
    if exit == Exit::Fine {
        let text = std::fs::read_to_string(&out).expect("the new book");
        let book = PriceBook::from_json(&text).expect("what is imported can be read");
        Engine::compile(&book).expect("what is imported compiles");
        remove_file(&out).expect("the new book goes");
    }
    if !is(SPREADSHEET) {
        let mut words = command("reprice", &[("--book", &book), ("--lines", &table)]);
        let date = format!("date={}", crate::DATE);
        words.extend(["--set", "customer=C", "--set", &date].map(Into::into));
        let _ = listino_cli::run(words);
    }
}

fn command(name: &str, files: &[(&str, &Path)]) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["listino".into(), name.into(), "--json".into()];
    for (option, file) in files {
        words.extend([option.into(), file.into()]);
    }
    words
}

/// The least a spreadsheet of one sheet consists of, besides the sheet and its texts.
const FRAME: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];

/// A spreadsheet of the parts that stand in the data: sheet, texts, styles.
fn spreadsheet(data: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(bytes).expect("a part");
    };
    for (name, text) in FRAME {
        add(name, text.as_bytes());
    }
    let names = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"];
    for (name, bytes) in names.iter().zip(data.split(|byte| *byte == 0)) {
        add(name, bytes);
    }
    archive.finish().expect("an archive").into_inner()
}

/// Tables to begin with.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let sheet = "<worksheet><sheetData>\
        <row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>\
        <c r=\"C1\" t=\"inlineStr\"><is><t>valid_from</t></is></c></row>\
        <row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\"><v>12.5</v></c>\
        <c r=\"C2\" s=\"1\"><v>45366</v></c></row></sheetData></worksheet>";
    let texts = "<sst><si><t>product</t></si><si><t>price</t></si><si><t>P1</t></si></sst>";
    let styles = "<styleSheet><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let parts = [sheet, texts, styles].join("\0");
    let plain = "product,price\nP1,9.5\nP2,12\n";
    let tiers = "sku;prezzo;da;unit;valid_from;valid_to\nP1;9,50;1;box;2024-01-01;2024-12-31\nP1;9,25;10;box;2024-01-01;2024-12-31\n";
    let wrong = "product\tprice\tcost\nP1\t1e9\t\nP9\t-0\t\"6\n";
    let lines = "product,quantity,price,total\nP1,3,9.99,29.97\nP2,x,1,1\n";
    let with = |how: u8, text: &[u8]| [&[how], text].concat();
    vec![
        with(0, plain.as_bytes()),
        with(COMMA | REPLACE, tiers.as_bytes()),
        with(CREATE, wrong.as_bytes()),
        with(0, lines.as_bytes()),
        with(SPREADSHEET | PARTS, parts.as_bytes()),
        with(SPREADSHEET | CREATE, &spreadsheet(parts.as_bytes())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A law that nothing passes shows nothing.
    #[test]
    fn the_spreadsheet_of_the_seeds_is_imported() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let (book, out, table) = (file("book.json"), file("out.json"), file("table.xlsx"));
        write(&book, BOOK).unwrap();
        write(&table, &seeds()[5][1..]).unwrap();
        let mut words =
            command("import", &[("--prices", &table), ("--into", &book), ("--out", &out)]);
        words.extend(["--list", "imported", "--priority", "1"].map(Into::into));
        assert_eq!(listino_cli::run(words), Exit::Fine);
        let text = std::fs::read_to_string(out).unwrap();
        let book = PriceBook::from_json(&text).unwrap();
        let list = book.price_lists.last().unwrap();
        let row = &list.prices.values().next().unwrap().rows[0];
        assert_eq!(row.valid.from.unwrap().to_string(), "2024-03-15");
        assert_eq!(row.tiers[0].price.to_string(), "12.5");
    }
}
