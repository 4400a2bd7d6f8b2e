// The page of examples/browser, under the policy it asks for; pictures of it go to target/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { load } from "listino/full";

import { start } from "./chromium.mjs";

const root = new URL("../../../../", import.meta.url);
const picture = (name) => fileURLToPath(new URL(`target/browser-${name}.png`, root));

let chromium;

before(async () => {
  chromium = await start();
});

after(() => chromium.stop());

async function site(options) {
  const context = await chromium.browser.newContext({ locale: "en-US", ...options });
  const page = await context.newPage();
  const defects = [];
  page.on("pageerror", (error) => defects.push(String(error)));
  page.on("console", (message) => message.type() === "error" && defects.push(message.text()));
  await page.goto(`${chromium.origin}/site/index.html`);
  for (const id of ["bike", "parts"]) await page.locator(`#${id} .total .amount`).waitFor();
  return { page, defects };
}

test("the page previews a bicycle and the articles of AdventureWorks", async () => {
  const { page, defects } = await site({ viewport: { width: 1280, height: 2400 } });
  await page.screenshot({ path: picture("light"), fullPage: true });
  for (const [id, name] of [["bike", "bike"], ["parts", "adventureworks"]]) {
    const engine = await load(readFileSync(new URL(`examples/${name}/book.json`, root)));
    const { request, quote } = await page.evaluate((id) => {
      const { request, quote } = document.getElementById(id);
      return { request, quote };
    }, id);
    assert.equal(JSON.stringify(quote), engine.call("quote", JSON.stringify({ v: 1, ...request })));
  }
  assert.deepEqual(defects, []);
});

test("the bicycle costs what the page of the bicycle says", async () => {
  const { page } = await site();
  await page.locator("#bike").getByLabel("Quantity").fill("3");
  await page.locator("#bike").getByText("$8,743.74").first().waitFor();
});

test("the page without a network goes on quoting", async () => {
  const { page } = await site();
  await page.context().setOffline(true);
  await page.locator("#parts").getByLabel("Quantity").fill("11");
  await page.locator("#parts .amount", { hasText: "$21,101.79" }).waitFor();
});

test("the page speaks Italian, on a small and dark screen too", async () => {
  const options = { viewport: { width: 390, height: 4000 }, colorScheme: "dark" };
  const { page, defects } = await site(options);
  await page.getByRole("button", { name: "Italiano" }).click();
  await page.locator("#parts").getByText("Come nasce questo prezzo").click();
  await page.screenshot({ path: picture("dark"), fullPage: true });
  assert.deepEqual(defects, []);
});
