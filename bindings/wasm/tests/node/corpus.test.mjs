// Every call of the corpus answers with the bytes of every other language.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as small from "listino";
import * as full from "listino/full";

import { run } from "../corpus.mjs";
import { families } from "../families.mjs";

for (const family of families) {
  test(family.family, async () => {
    const { wrong } = await run(full, family, small);
    assert.deepEqual(wrong.slice(0, 1), []);
  });
}

test("the corpus is there", () => {
  const cases = families.reduce((sum, family) => sum + family.cases.length, 0);
  assert.ok(cases >= 1_000, `${cases} cases`);
});
