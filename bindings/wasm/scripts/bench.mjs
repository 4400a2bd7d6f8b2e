// Measures the package in Node and in Chromium, beside decimal.js; prints one JSON object.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

import { Decimal } from "decimal.js";
import { load } from "listino";
import * as full from "listino/full";

import { start } from "../tests/browser/chromium.mjs";

const root = new URL("../../../", import.meta.url);
const book = readFileSync(new URL("examples/adventureworks/book.json", root));
const compiled = (await full.load(book)).toBytes();
const products = ["BK-M82B-42", "BK-R93R-56", "FR-M94S-38", "HL-U509-R", "LJ-0192-L"];
const lines = (count) =>
  Array.from({ length: count }, (_, at) => ({ product: products[at % 5], quantity: `${at + 1}` }));
const request = (count) => ({
  date: "2022-07-15",
  customer: "alpine-cycle-works",
  channel: "reseller",
  lines: lines(count),
});

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Microseconds of one run: the median of rounds, after some to warm up. */
function measure(run, runs) {
  const rounds = [];
  for (let round = 0; round < 30; round += 1) {
    const begin = performance.now();
    for (let at = 0; at < runs; at += 1) run();
    rounds.push(((performance.now() - begin) / runs) * 1e3);
  }
  return median(rounds.slice(10));
}

function brotli(name) {
  const file = readFileSync(new URL(`../dist/wasm/${name}_bg.wasm`, import.meta.url));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(file, { params }).length / 1024;
}

/** The same unit price and total with decimal.js: a list price, two discounts, two roundings. */
function rival() {
  const prices = new Map([["BK-M82B-42", "3374.99"]]);
  return () => {
    const list = new Decimal(prices.get("BK-M82B-42"));
    const reseller = list.times(40).div(100);
    const unit = list.minus(reseller).toDecimalPlaces(4, Decimal.ROUND_HALF_UP);
    return unit.times(6).toDecimalPlaces(2, Decimal.ROUND_HALF_UP).toString();
  };
}

const first = (load, source) => `
  const begin = performance.now();
  const { load } = await import(${JSON.stringify(load)});
  const engine = await load(${source});
  engine.quote(${JSON.stringify(request(1))});
  return performance.now() - begin;
`;

function firstInNode() {
  const file = new URL("target/bench.listino", root).pathname;
  writeFileSync(file, compiled);
  const body = first(new URL("../dist/node.js", import.meta.url).href, `require("fs").readFileSync(${JSON.stringify(file)})`);
  const script = `(async () => { ${body} })().then((ms) => process.stdout.write(String(ms)))`;
  return median(Array.from({ length: 9 }, () => Number(execFileSync("node", ["-e", script]))));
}

/** Does something on a page of a visitor who was never here before. */
async function visit(chromium, run) {
  const context = await chromium.browser.newContext();
  const page = await context.newPage();
  await page.goto(`${chromium.origin}/empty`);
  const found = await run(page);
  await context.close();
  return found;
}

async function firstInChromium(chromium, entry) {
  const body = first(`/dist/${entry}.js`, 'fetch("/book")');
  const times = [];
  for (let at = 0; at < 9; at += 1) {
    times.push(await visit(chromium, (page) => page.evaluate(`(async () => { ${body} })()`)));
  }
  return median(times);
}

function previewInChromium(chromium) {
  const preview = async ([measure, request]) => {
    const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
    const { load } = await import("/dist/web.js");
    const engine = await load(fetch("/book"));
    return new Function("median", `return ${measure}`)(median)(() => engine.quote(request), 50);
  };
  return visit(chromium, (page) => page.evaluate(preview, [measure.toString(), request(20)]));
}

async function inChromium() {
  const chromium = await start({ "/empty": "<!doctype html>", "/book": Buffer.from(compiled) });
  const found = {
    first: await firstInChromium(chromium, "web"),
    firstPricing: await firstInChromium(chromium, "web-pricing"),
    preview: await previewInChromium(chromium),
  };
  await chromium.stop();
  return found;
}

const engine = await load(compiled);
const one = request(1);
const json = JSON.stringify({ v: 1, ...one });
const query = { customer: one.customer, product: "BK-M82B-42", quantity: "6", date: one.date, channel: "reseller" };
const decimals = rival();
if (engine.price(query).total !== decimals()) throw new Error(`${engine.price(query).total} is not ${decimals()}`);
const chromium = await inChromium();

console.log(JSON.stringify({
  listino_kib: brotli("listino"),
  pricing_kib: brotli("pricing"),
  full_kib: brotli("full"),
  quote_us: measure(() => engine.quote(one), 500),
  call_us: measure(() => engine.call("quote", json), 500),
  price_us: measure(() => engine.price(query), 500),
  decimal_us: measure(decimals, 500),
  preview_us: measure(() => engine.quote(request(20)), 50),
  first_node_ms: firstInNode(),
  first_chromium_ms: chromium.first,
  first_pricing_ms: chromium.firstPricing,
  preview_chromium_us: chromium.preview,
}));
