// The package as people use it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { check, configurator, Engine, init, ListinoError, load, Session } from "listino/full";

import { guarded } from "../../dist/error.js";
import { BOOK, REQUEST } from "../shop.mjs";

const thrown = async (ask) => {
  try {
    await ask();
  } catch (error) {
    assert.ok(error instanceof ListinoError, String(error));
    return error;
  }
  return assert.fail("nothing was thrown");
};

test("a quote has decimals as strings", async () => {
  const engine = await load(BOOK);
  const quote = engine.quote(REQUEST);
  assert.equal(quote.totals.payable, "4603.68");
  assert.equal(quote.lines[1].price.unit_price, "17.91");
  assert.equal(quote.book, engine.digest);
});

test("a book comes as bytes, as text, as an answer to a request", async () => {
  const text = JSON.stringify(BOOK);
  const bytes = new TextEncoder().encode(text);
  const sources = [text, bytes, bytes.buffer, new Response(text), Promise.resolve(bytes)];
  const engines = await Promise.all(sources.map((source) => load(source)));
  assert.equal(new Set(engines.map((engine) => engine.digest)).size, 1);
  const error = await thrown(() => load(new Response("gone", { status: 404 })));
  assert.equal(error.code, "W0002");
});

test("every call has a method", async () => {
  const engine = await load(BOOK);
  const query = { customer: "rossi", product: "TYRE-28", quantity: "48", date: "2026-10-05" };
  assert.equal(engine.price(query).total, "859.68");
  assert.equal(engine.nextBreaks(REQUEST)[1].more, "2");
  assert.equal(engine.nextBreaks(REQUEST)[0], null);
  assert.match(engine.sentences(REQUEST, "it").lines[1].steps[1], /reseller toglie il 10/);
  assert.equal(engine.explain(REQUEST).digest, engine.quote(REQUEST).digest);
  assert.equal(engine.solve(REQUEST, { target_total: "4600" }).quote.totals.without_tax, "4600");
  const quote = engine.quote(REQUEST);
  assert.deepEqual(engine.replay(REQUEST, quote), quote);
  const error = await thrown(() => engine.replay({ ...REQUEST, date: "2026-10-06" }, quote));
  assert.equal(error.code, "C0302");
  assert.equal(engine.digests(REQUEST).book, engine.digest);
});

test("two books are compared", async () => {
  const [old, next] = await Promise.all([load(BOOK), load({ ...BOOK, discounts: [] })]);
  const report = old.diff(next, [REQUEST]);
  assert.equal(report.changed, 2);
});

test("a session is a customer choosing", async () => {
  const engine = await load(BOOK);
  const session = engine.configure({ ...REQUEST, lines: [{ product: "bike", quantity: "1" }] });
  assert.ok(session instanceof Session);
  assert.deepEqual(session.groups()[0], {
    id: "frame",
    name: "Frame",
    min: 1,
    max: 1,
    options: [
      { id: "alu", name: "Aluminium" },
      { id: "carbon", name: "Carbon" },
    ],
  });
  assert.deepEqual(session.choose("carbon").choices, ["carbon"]);
  assert.equal(session.state("rim").can_choose, "no");
  assert.equal(session.explain("rim").rules[0].text, "carbon rims burn");
  const error = await thrown(() => session.choose("rim"));
  assert.equal(error.code, "C0403");
  assert.deepEqual(session.restore("rim").gave_up, ["carbon"]);
  assert.equal(session.cheapest().price, "900");
  assert.deepEqual(session.undoLast().choices, []);
});

test("a model alone is configured, stored and taken up again", async () => {
  const made = await configurator(BOOK.models[0], "2026-10-05");
  const session = made.session();
  session.choose("disc");
  const { session: again, report } = made.resume(session.save());
  assert.deepEqual([report.kept, report.lost], [["disc"], []]);
  assert.deepEqual(again.states(), session.states());
});

test("a book is checked", async () => {
  const { digest, findings } = await check(BOOK);
  assert.equal(digest.length, 64);
  assert.ok(findings.every((finding) => finding.severity === "warning"));
  const broken = await check("{ \"v\": 1");
  assert.equal(broken.digest, undefined);
  assert.equal(broken.findings[0].severity, "error");
});

test("an error says what, where and how to mend it", async () => {
  const engine = await load(BOOK);
  const error = await thrown(() => engine.quote({ ...REQUEST, date: "2026-02-30" }));
  assert.deepEqual([error.code, error.path], ["Q0107", "/date"]);
  assert.match(String(error), /^ListinoError \[Q0107\]: .*\n {2}at \/date\n {2}help: /);
  const all = await thrown(() => load({ ...BOOK, currency: "euro", colour: 5 }));
  assert.deepEqual(all.diagnostics.map(({ path }) => path), ["/colour", "/currency"]);
});

test("a number in place of a decimal is refused", async () => {
  const engine = await load(BOOK);
  const lines = [{ product: "FRAME-54", quantity: 0.1 }];
  assert.equal((await thrown(() => engine.quote({ ...REQUEST, lines }))).path, "/lines/0/quantity");
});

test("no input makes the engine trap", async () => {
  const engine = await load(BOOK);
  const session = engine.configure({ ...REQUEST, lines: [{ product: "bike", quantity: "1" }] });
  const deep = "[".repeat(100_000);
  const inputs = ["", "null", "{}", deep, `{"request":${deep}`, "\ud800", "\0", '"' + "x".repeat(1e6)];
  const verbs = ["quote", "explain", "sentences", "price", "next_breaks", "solve", "replay", "digest"];
  for (const input of inputs) {
    for (const verb of [...verbs, "no such call"]) {
      assert.notEqual((await thrown(() => engine.call(verb, input))).code, "C0005");
    }
    assert.notEqual((await thrown(() => session.step(input))).code, "C0005");
    assert.notEqual((await thrown(() => load(input))).code, "C0005");
  }
  const numbers = ["9".repeat(28), `-${"9".repeat(28)}`, `0.${"0".repeat(26)}1`, "9".repeat(40), "-0"];
  for (const quantity of numbers) {
    for (const product of ["FRAME-54", "bike"]) {
      const request = JSON.stringify({ ...REQUEST, v: 1, lines: [{ product, quantity }] });
      for (const verb of ["quote", "next_breaks"]) {
        try {
          engine.call(verb, request);
        } catch (error) {
          assert.ok(error instanceof ListinoError && error.code !== "C0005", String(error));
        }
      }
    }
  }
  assert.equal(engine.quote(REQUEST).totals.payable, "4603.68");
});

test("what is no text, no book and no engine is refused before it reaches the engine", async () => {
  const engine = await load(BOOK);
  const session = engine.configure({ ...REQUEST, lines: [{ product: "bike", quantity: "1" }] });
  const model = { id: "m", groups: [{ id: "g", options: [{ id: "a" }, { id: "b" }] }] };
  const compiled = await configurator(model, "2026-10-05");
  const code = async (ask) => (await thrown(ask)).code;
  for (const wrong of [undefined, null, 5, {}, [], new Date()]) {
    assert.equal(await code(() => engine.call("quote", wrong)), "C0003");
    assert.equal(await code(() => engine.call(wrong, "{}")), "C0003");
    assert.equal(await code(() => session.step(wrong)), "C0003");
    assert.equal(await code(() => configurator(model, wrong)), "C0003");
    assert.equal(await code(() => engine.diff(wrong, [REQUEST])), "C0003");
  }
  assert.equal(await code(() => compiled.resume()), "C0003");
  assert.equal(await code(() => engine.diff(engine, REQUEST)), "C0003");
  assert.equal(await code(() => load(new URL("file:///book.json"))), "C0003");
  const circle = { ...REQUEST };
  circle.self = circle;
  assert.equal(await code(() => engine.quote(circle)), "C0003");
  assert.equal(await code(() => load(Promise.reject(new TypeError("fetch failed")))), "W0002");
  const read = new Response("{}");
  await read.text();
  assert.equal(await code(() => load(read)), "W0002");
});

test("numbers that are whole and books in other wrappings do", async () => {
  const engine = await load(BOOK);
  const lines = [{ product: "TYRE-28", quantity: 48n }];
  const text = JSON.stringify({ ...REQUEST, v: undefined, lines: [{ product: "TYRE-28", quantity: "48" }] });
  assert.deepEqual(engine.quote({ ...REQUEST, v: undefined, lines }), engine.quote(JSON.parse(text)));
  const bytes = new TextEncoder().encode(JSON.stringify(BOOK));
  for (const book of [new DataView(bytes.buffer), new Blob([bytes])]) {
    assert.equal((await load(book)).digest, engine.digest);
  }
});

test("what was given back is said to be so, and is given back once", async () => {
  const engine = await load(BOOK);
  const session = engine.configure({ ...REQUEST, lines: [{ product: "bike", quantity: "1" }] });
  const compiled = await configurator({ id: "m" }, "2026-10-05");
  for (const one of [session, engine, compiled]) {
    one.free();
    one[Symbol.dispose]();
  }
  const code = async (ask) => (await thrown(ask)).code;
  assert.equal(await code(() => engine.quote(REQUEST)), "C0003");
  assert.equal(await code(() => engine.digest), "C0003");
  assert.equal(await code(() => session.states()), "C0003");
  assert.equal(await code(() => compiled.session()), "C0003");
});

test("a trap comes out as an error of the library", async () => {
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  const error = await thrown(() => guarded(trap));
  assert.equal(error.code, "C0005");
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
});

test("the import does nothing by itself", async () => {
  const before = Object.keys(globalThis).length;
  await import("listino/element");
  const module = await import("listino");
  assert.equal(Object.keys(globalThis).length, before);
  assert.equal(typeof module.load, "function");
});

test("the engine takes its WebAssembly from wherever one likes", async () => {
  const bytes = readFileSync(new URL("../../dist/wasm/full_bg.wasm", import.meta.url));
  await init(await WebAssembly.compile(bytes));
  assert.ok((await load(BOOK)) instanceof Engine);
});
