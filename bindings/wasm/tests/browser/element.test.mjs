// The element as a customer meets it: it is looked at, typed into, clicked, and read.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { load } from "listino/full";

import { BOOK } from "../shop.mjs";
import { start } from "./chromium.mjs";

let chromium;
let engine;
let open = [];

before(async () => {
  engine = await load(BOOK);
  chromium = await start({ "/book": Buffer.from(engine.toBytes()) });
});

after(() => chromium.stop());

afterEach(async () => {
  await Promise.all(open.map((context) => context.close()));
  open = [];
});

/** The page of the shop, and one of its elements with a price. */
async function shop(id, { csp, wait = ".amount", ...options } = {}) {
  const context = await chromium.browser.newContext({ locale: "en-GB", ...options });
  open.push(context);
  const page = await context.newPage();
  const defects = [];
  page.on("pageerror", (error) => defects.push(String(error)));
  await page.goto(`${chromium.origin}/tests/browser/pages/shop.html${csp ? `?csp=${csp}` : ""}`);
  const element = page.locator(`#${id}`);
  if (wait) await element.locator(wait).first().waitFor();
  const last = () => page.evaluate((id) => globalThis.sent.findLast((one) => one.id === id), id);
  return { page, element, last, defects };
}

const text = async (locator) => (await locator.innerText()).replaceAll(/\s+/g, " ");

test("it shows the price of the engine", async () => {
  const { element, defects } = await shop("tyre");
  assert.equal(await text(element.locator("[part=unit-price]")), "Unit price per pc €19.90 €17.91");
  assert.equal(await text(element.locator("[part=total]")), "Total €859.68");
  assert.equal(await element.getByText("Tyre, 28 inches").isVisible(), false);
  assert.deepEqual(defects, []);
});

test("what it sends are the bytes of the core", async () => {
  const { element, last } = await shop("tyre");
  await element.getByLabel("Quantity").fill("60");
  await element.getByText("€945.00").first().waitFor();
  const { type, request, quote, nextBreak } = await last();
  assert.equal(type, "listino-quote");
  assert.deepEqual(request.lines, [{ product: "TYRE-28", quantity: "60" }]);
  const bytes = engine.call("quote", JSON.stringify({ v: 1, ...request }));
  assert.equal(JSON.stringify(quote), bytes);
  assert.equal(nextBreak, null);
});

test("it says how many more lower the unit price, and takes them", async () => {
  const { element } = await shop("tyre");
  const offer = element.locator("[part=break]");
  assert.match(await text(offer), /^2 pc more lower the unit price to €15\.75/);
  await offer.getByRole("button", { name: "Take 50 for €787.50" }).click();
  await element.locator(".amount", { hasText: "€787.50" }).waitFor();
  assert.equal(await element.getByLabel("Quantity").inputValue(), "50");
  assert.equal(await offer.isVisible(), false);
});

test("a quantity may be empty, or none yet, while it is typed", async () => {
  const { page, element, last, defects } = await shop("tyre");
  const quantity = element.getByLabel("Quantity");
  await quantity.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Backspace");
  await element.getByText("Enter a quantity in digits").waitFor();
  assert.equal(await quantity.isVisible(), true);
  assert.equal(await element.locator("[part=total]").isVisible(), false);
  assert.equal((await last()).type, "listino-error");
  await page.keyboard.type("60");
  await element.getByText("€945.00").first().waitFor();
  assert.equal(await element.getByRole("alert").isVisible(), false);
  await quantity.fill("1e3");
  await element.getByText("Enter a quantity in digits").waitFor();
  assert.equal(await element.getByRole("status").innerText(), "");
  assert.deepEqual(defects, []);
});

test("an engine that was set before the element was defined is taken", async () => {
  const { page, element, defects } = await shop("tyre");
  await page.evaluate(async () => {
    const tyre = document.querySelector("#tyre");
    const early = document.createElement("listino-later");
    class Later extends customElements.get("listino-quote") {}
    early.id = "early";
    for (const name of ["customer", "product", "quantity", "date"]) {
      const value = tyre.getAttribute(name);
      if (value !== null) early.setAttribute(name, value);
    }
    early.engine = tyre.engine;
    document.body.append(early);
    customElements.define("listino-later", Later);
  });
  await page.locator("#early .amount").first().waitFor();
  assert.equal(await text(page.locator("#early [part=total]")), await text(element.locator("[part=total]")));
  assert.deepEqual(defects, []);
});

test("a language or an address that is none is no end", async () => {
  const { page, element, last, defects } = await shop("tyre");
  await page.evaluate(() => document.querySelector("#tyre").setAttribute("lang", "it_IT"));
  await element.getByText("Quantità").waitFor();
  assert.match(await text(element.locator("[part=total]")), /859,68/);
  await page.evaluate(() => document.querySelector("#tyre").setAttribute("lang", "not a language"));
  await page.evaluate(() => document.querySelector("#tyre").setAttribute("book", "http://["));
  await element.getByRole("alert").waitFor();
  assert.equal((await last()).error.code, "W0002");
  assert.equal(await page.evaluate(() => document.querySelector("#tyre").quote), undefined);
  assert.equal(await element.locator("[part=total]").isVisible(), false);
  assert.deepEqual(defects, []);
});

test("options are native, and say why they cannot be chosen", async () => {
  const { element, last } = await shop("bike", { wait: "fieldset" });
  assert.match(await text(element.getByRole("alert")), /^Still to be chosen: Frame and Brakes$/);
  await element.getByRole("radio", { name: "Carbon" }).check();
  const rim = element.getByRole("radio", { name: "Rim" });
  assert.equal(await rim.getAttribute("aria-disabled"), "true");
  const why = await rim.evaluate((input) =>
    input.getRootNode().getElementById(input.getAttribute("aria-describedby")).innerText);
  assert.equal(why, "Rim not possible: carbon rims burn");
  assert.equal(await element.getByRole("radio", { name: "Disc" }).isChecked(), true);
  await element.getByText("€1,710.00").first().waitFor();
  await element.getByRole("checkbox", { name: "Bell" }).check();
  await element.getByText("€1,719.00").first().waitFor();
  const { request } = await last();
  assert.deepEqual(request.lines[0].configuration, { choices: ["carbon", "bell"] });
});

test("a choice is exchanged, taken back, and insisted on", async () => {
  const { element, last } = await shop("bike", { wait: "fieldset" });
  const radio = (name) => element.getByRole("radio", { name });
  const choices = async () => (await last()).request.lines[0].configuration?.choices;
  await radio("Carbon").check();
  await radio("Aluminium").check();
  assert.deepEqual(await choices(), ["alu"]);
  await radio("Carbon").check();
  const rack = element.getByRole("checkbox", { name: "Rack" });
  // The driver takes what is said to be disabled for disabled; a customer can click it.
  await rack.click({ force: true });
  assert.equal(await rack.isChecked(), false);
  await element.getByRole("button", { name: "Choose Rack and give up Carbon" }).click();
  assert.equal(await rack.isChecked(), true);
  assert.deepEqual(await choices(), ["rack"]);
  await rack.uncheck();
  assert.equal(await choices(), undefined);
});

test("it is used with the keyboard alone", async () => {
  const { page, element, last } = await shop("tyre");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction(() => globalThis.sent.at(-1)?.request?.lines[0].quantity === "49");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => globalThis.sent.at(-1)?.request?.lines[0].quantity === "50");
  assert.equal((await last()).quote.totals.payable, "787.5");
  // The button is gone; the focus went to the quantity and not to nowhere.
  const focused = await element.evaluate((host) => host.shadowRoot.activeElement?.type);
  assert.equal(focused, "number");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.match(await text(element.locator("details")), /list price|reseller/);
  assert.equal(await element.locator("details").evaluate((details) => details.open), true);
});

test("radio buttons follow the arrow keys", async () => {
  const { page, element } = await shop("bike", { wait: "fieldset" });
  await element.getByRole("radio", { name: "Aluminium" }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  assert.equal(await element.getByRole("radio", { name: "Carbon" }).isChecked(), true);
});

test("a screen reader hears the price once the customer pauses", async () => {
  const { element } = await shop("tyre");
  await element.getByLabel("Quantity").fill("5");
  await element.getByLabel("Quantity").fill("50");
  const status = element.getByRole("status");
  await element.getByText("Unit price €15.75, total €787.50").waitFor({ state: "attached" });
  assert.equal(await status.innerText(), "Unit price €15.75, total €787.50");
});

test("the waterfall shows each step of the price", async () => {
  const { element } = await shop("tyre");
  await element.getByText("How this price comes about").click();
  const rows = await element.locator("ol li").allInnerTexts();
  assert.match(rows[0], /19\.90/);
  assert.match(rows[1], /reseller.*17\.91/s);
});

test("it speaks Italian where the page does", async () => {
  const { element } = await shop("it");
  assert.match(await text(element.locator("[part=break]")), /^Con altri 2 pc il prezzo unitario scende a 15,75 €/);
  assert.equal(await element.getByLabel("Quantità").inputValue(), "48");
});

test("it works under a strict content security policy", async () => {
  const { page, element, defects } = await shop("bike", { csp: "strict", wait: "fieldset" });
  await element.getByRole("radio", { name: "Carbon" }).check();
  await element.getByText("€1,710.00").first().waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  assert.deepEqual(defects, []);
});

test("it says clearly what is missing where WebAssembly is forbidden", async () => {
  const { element, last } = await shop("tyre", { csp: "no-wasm", wait: "[role=alert]" });
  assert.match(await text(element.getByRole("alert")), /W0001.*'wasm-unsafe-eval'/);
  assert.equal(await element.getByText("Tyre, 28 inches: 19.90 €").isVisible(), true);
  const { type, error } = await last();
  assert.deepEqual([type, error.code], ["listino-error", "W0001"]);
});

test("a book that is not there leaves what the page says, and the reason", async () => {
  const { element } = await shop("lost", { wait: "[role=alert]" });
  assert.match(await text(element.getByRole("alert")), /W0002/);
  assert.equal(await element.getByText("Ask us.").isVisible(), true);
});

test("without JavaScript the page says what it says", async () => {
  const { element } = await shop("tyre", { javaScriptEnabled: false, wait: "" });
  assert.equal(await element.getByText("Tyre, 28 inches: 19.90 €").isVisible(), true);
});

test("its looks are changed from outside", async () => {
  const { page, element } = await shop("tyre");
  await page.addStyleTag({
    content: "listino-quote { --listino-accent: rgb(1, 2, 3) } listino-quote::part(total) { color: rgb(4, 5, 6) }",
  });
  const button = element.locator("[part=break] button");
  assert.equal(await button.evaluate((node) => getComputedStyle(node).color), "rgb(1, 2, 3)");
  const total = element.locator("[part=total]");
  assert.equal(await total.evaluate((node) => getComputedStyle(node).color), "rgb(4, 5, 6)");
});

test("an engine is shared between elements", async () => {
  const { page, element } = await shop("tyre");
  await page.evaluate(() => {
    const [tyre, lost] = ["tyre", "lost"].map((id) => document.getElementById(id));
    lost.engine = tyre.engine;
    lost.setAttribute("date", "2026-10-05");
  });
  await page.locator("#lost .amount").first().waitFor();
  assert.match(await text(page.locator("#lost [part=total]")), /17\.91/);
  assert.equal(await element.isVisible(), true);
});
