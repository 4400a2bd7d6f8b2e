// Every call of the corpus answers in Chromium with the bytes of every other language.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { families } from "../families.mjs";
import { start } from "./chromium.mjs";

let chromium;
let page;

before(async () => {
  chromium = await start({ "/empty": "<!doctype html><title>corpus</title>" });
  page = await chromium.browser.newPage();
  await page.goto(`${chromium.origin}/empty`);
});

after(() => chromium.stop());

for (const family of families) {
  test(family.family, async () => {
    const { wrong } = await page.evaluate(async (family) => {
      const [library, small, corpus] = await Promise.all([
        import("/dist/web-full.js"),
        import("/dist/web.js"),
        import("/tests/corpus.mjs"),
      ]);
      return corpus.run(library, family, small);
    }, family);
    assert.deepEqual(wrong.slice(0, 1), []);
  });
}
