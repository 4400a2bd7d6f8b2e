// The build for browsers, which loads compiled books only: the corpus, and what it weighs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

import * as small from "listino";
import * as full from "listino/full";

import { run } from "../corpus.mjs";
import { families } from "../families.mjs";
import { BOOK, REQUEST } from "../shop.mjs";

/** The most each build may weigh in bytes after brotli: a gate, a little above what is measured. */
const MOST = { listino: 354_000, full: 725_000 };

// A book is compiled by the one build and loaded by the other.
const stored = { load: async (book) => small.load((await full.load(book)).toBytes()) };
const elsewhere = new Set(["check", "configure", "diff", "replay", "to_bytes"]);

for (const family of families) {
  const cases = family.cases.filter(({ call }) => !elsewhere.has(call));
  if (cases.length === 0) continue;
  test(`compiled: ${family.family}`, async () => {
    const { wrong } = await run(stored, { ...family, cases }, small);
    assert.deepEqual(wrong.slice(0, 1), []);
  });
}

test("a book in JSON is not compiled, and the error says what to do", async () => {
  await assert.rejects(() => small.load(BOOK), { code: "C0501", help: /listino compile/ });
});

test("what only the full build can is refused by name", async () => {
  const engine = await stored.load(BOOK);
  const quote = engine.quote(REQUEST);
  assert.throws(() => engine.replay(REQUEST, quote), { code: "C0002" });
});

for (const [name, most] of Object.entries(MOST)) {
  test(`${name} weighs at most ${most} bytes`, () => {
    const file = readFileSync(new URL(`../../dist/wasm/${name}_bg.wasm`, import.meta.url));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
    const { length } = brotliCompressSync(file, { params });
    console.log(`${name}: ${file.length} bytes, ${length} after brotli`);
    assert.ok(length <= most, `${length} bytes`);
  });
}
