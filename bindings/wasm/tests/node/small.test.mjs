// The builds for browsers, which load compiled books only: the corpus, and what they weigh.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

import * as full from "listino/full";

import * as small from "../../dist/web.js";
import * as pricing from "../../dist/web-pricing.js";

import { run } from "../corpus.mjs";
import { families } from "../families.mjs";
import { BOOK, REQUEST } from "../shop.mjs";

const wasm = (name) => readFileSync(new URL(`../../dist/wasm/${name}_bg.wasm`, import.meta.url));
await small.init(wasm("listino"));
await pricing.init(wasm("pricing"));

/** The most each build may weigh in bytes after brotli: a gate, a little above what is measured. */
const MOST = { pricing: 273_700, listino: 343_900, full: 700_800 };

// A book is compiled by the one build and loaded by the other.
const stored = (build) => ({ load: async (book) => build.load((await full.load(book)).toBytes()) });
const elsewhere = new Set(["check", "configure", "diff", "replay", "to_bytes"]);

for (const family of families) {
  const cases = family.cases.filter(({ call }) => !elsewhere.has(call));
  if (cases.length === 0) continue;
  test(`compiled: ${family.family}`, async () => {
    const { wrong } = await run(stored(small), { ...family, cases }, small);
    assert.deepEqual(wrong.slice(0, 1), []);
  });
  // Some bytes of books are of one with models.
  const plain = cases.filter(
    ({ book, call }) => call !== "from_bytes" && !family.books[book].includes('"models":'),
  );
  if (plain.length === 0) continue;
  test(`pricing only: ${family.family}`, async () => {
    const { wrong } = await run(stored(pricing), { ...family, cases: plain }, pricing);
    assert.deepEqual(wrong.slice(0, 1), []);
  });
}

test("the build that only prices refuses a book with models, and configures nothing", async () => {
  const book = (await full.load(BOOK)).toBytes();
  await assert.rejects(() => pricing.load(book), { code: "C0505", help: /`listino`/ });
  const { models, ...rest } = BOOK;
  const products = { ...BOOK.products, bike: {} };
  const engine = await pricing.load((await full.load({ ...rest, products })).toBytes());
  const lines = [{ product: "bike", quantity: "1" }];
  assert.equal(engine.quote({ ...REQUEST, lines }).totals.payable, "810");
  assert.throws(() => engine.configure({ ...REQUEST, lines }), /does not configure/);
});

test("a book in JSON is not compiled, and the error says what to do", async () => {
  await assert.rejects(() => small.load(BOOK), { code: "C0501", help: /listino compile/ });
});

test("what only the full build can is refused by name", async () => {
  const engine = await stored(small).load(BOOK);
  const quote = engine.quote(REQUEST);
  assert.throws(() => engine.replay(REQUEST, quote), { code: "C0002" });
});

for (const [name, most] of Object.entries(MOST)) {
  test(`${name} weighs at most ${most} bytes`, () => {
    const file = wasm(name);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
    const { length } = brotliCompressSync(file, { params });
    console.log(`${name}: ${file.length} bytes, ${length} after brotli`);
    assert.ok(length <= most, `${length} bytes`);
  });
}
