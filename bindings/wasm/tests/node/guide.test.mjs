// The examples of docs/BROWSER.md do what they say: `expression; // => value`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const guide = readFileSync(new URL("../../../../docs/BROWSER.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, code]) => code);

test("the examples of the guide run, in their order", async () => {
  const imports = new Set();
  let promises = 0;
  const body = blocks.join("\n").split("\n").map((line) => {
    if (line.startsWith("import ")) {
      imports.add(line.replace(/^import \{ (.*) \} from (".*");$/, "const { $1 } = await import($2);"));
      return "";
    }
    const [, expression, value] = /^(.*); \/\/ => (.*)$/.exec(line) ?? [];
    if (expression === undefined) return line;
    promises += 1;
    return `assert.deepEqual(${expression}, ${value}, ${JSON.stringify(line)});`;
  });
  assert.ok(promises >= 10, `${promises} promises`);
  const AsyncFunction = (async () => undefined).constructor;
  await new AsyncFunction("assert", [...imports, ...body].join("\n"))(assert);
});
