//! A stream of lines that would not fit the memory goes through it all the same.
#![cfg(test)]
#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Int64Array, RecordBatch, RecordBatchIterator,
    StringArray, UInt32Array,
};
use listino_arrow::{Options, PricedReader};
use listino_core::{Engine, PriceBook};

const BATCHES: usize = 64;
const ROWS: usize = 65_536;
/// What the process may ask for in all, in KiB: the answer to all lines would take three times as much.
const MEMORY: usize = 256 * 1024;

const BOOK: &str = r#"{ "v": 1, "currency": "EUR",
    "customers": { "C": {} }, "products": { "P": { "cost": "6" }, "Q": {} },
    "price_lists": [{ "id": "base", "prices": { "P": "9.99", "Q": "0.35" } }],
    "discounts": [{ "id": "ten", "stage": "volume", "quantity": { "from": "5" }, "percent": "10" }] }"#;

fn batch() -> RecordBatch {
    let names = |names: Vec<&str>, keys: Vec<u32>| {
        let values = Arc::new(StringArray::from(names));
        Arc::new(DictionaryArray::<UInt32Type>::new(UInt32Array::from(keys), values)) as ArrayRef
    };
    let rows = 0..u32::try_from(ROWS).unwrap();
    RecordBatch::try_from_iter([
        ("customer", names(vec!["C"], vec![0; ROWS])),
        ("product", names(vec!["P", "Q"], rows.clone().map(|row| row % 2).collect())),
        (
            "quantity",
            Arc::new(Int64Array::from_iter_values(rows.map(|row| i64::from(row % 9) + 1))),
        ),
        ("date", Arc::new(Date32Array::from(vec![20_454; ROWS]))),
    ])
    .unwrap()
}

/// Prices the stream; the most that the answer to a batch takes, in bytes, and how many rows came.
fn price() -> (usize, usize) {
    let engine = Engine::compile(&PriceBook::from_json(BOOK).unwrap()).unwrap();
    let schema = batch().schema();
    let frame = RecordBatchIterator::new((0..BATCHES).map(|_| Ok(batch())), schema);
    let options = Options { threads: 2, ..Options::default() };
    let reader = PricedReader::new(&engine, Box::new(frame), options).unwrap();
    let mut answer = (0, 0);
    for priced in reader {
        let priced = priced.unwrap();
        answer = (answer.0.max(priced.get_array_memory_size()), answer.1 + priced.num_rows());
    }
    answer
}

#[test]
fn a_stream_larger_than_memory_is_priced() {
    const INSIDE: &str = "LISTINO_TEST_WITHIN_A_CAP";
    if std::env::var_os(INSIDE).is_some() {
        let (bytes, rows) = price();
        assert_eq!(rows, BATCHES * ROWS);
        assert!(bytes * BATCHES > 3 * MEMORY * 1024, "a cap that would hold {bytes} each");
        return;
    }
    let test = std::env::current_exe().unwrap();
    let capped = format!("ulimit -v {MEMORY} && exec \"$0\" --exact \"$1\"");
    let run = Command::new("sh")
        .args(["-c", &capped])
        .arg(test)
        .arg("a_stream_larger_than_memory_is_priced")
        // Every thread's own heap would reserve 64 MiB of addresses that it never uses.
        .envs([(INSIDE, "1"), ("MALLOC_ARENA_MAX", "1")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}
