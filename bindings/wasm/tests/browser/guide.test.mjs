// The page that docs/BROWSER.md shows quotes with the book that it shows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { load } from "listino/full";

import { start } from "./chromium.mjs";

const guide = readFileSync(new URL("../../../../docs/BROWSER.md", import.meta.url), "utf8");
const [, page] = /^```html\n(.*?)^```/ms.exec(guide);
const [, book] = /^const book = (\{.*?^\});/ms.exec(guide);

let chromium;

before(async () => {
  const engine = await load(new Function(`return ${book}`)());
  const answers = { "/guide": `<!doctype html><html lang="en">${page}`, "/book.listino": engine.toBytes() };
  chromium = await start(answers);
});

after(() => chromium.stop());

test("the element of the guide", async () => {
  const shown = await chromium.browser.newPage({ locale: "en-GB" });
  await shown.goto(`${chromium.origin}/guide`);
  const total = shown.locator("listino-quote .total .amount");
  await total.waitFor();
  assert.equal(await total.innerText(), "€816.48");
});
