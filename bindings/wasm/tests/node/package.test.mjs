// What is packed works alone: nothing of the development dependencies, nothing missing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("../../", import.meta.url));

test("the package works in an empty project", () => {
  const project = mkdtempSync(join(tmpdir(), "listino-"));
  const installed = join(project, "node_modules/listino");
  try {
    const options = { cwd: home, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const [{ filename, files }] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--pack-destination", project], options),
    );
    assert.deepEqual(files.filter(({ path }) => /corpus|\.mjs$/.test(path)), []);
    assert.equal(files.filter(({ path }) => /LICENSE-(MIT|APACHE)$/.test(path)).length, 2);
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(project, filename), "-C", installed, "--strip-components=1"]);
    const script = `
      import { load } from "listino";
      import * as full from "listino/full";
      import * as pricing from "listino/pricing";
      import "listino/element";
      const compiled = (await full.load({ v: 1, currency: "EUR" })).toBytes();
      const [engine, pricer] = await Promise.all([load(compiled), pricing.load(compiled)]);
      if (engine.digest === pricer.digest) process.stdout.write(engine.digest);
    `;
    const run = ["--input-type=module", "--eval", script];
    assert.match(execFileSync("node", run, { cwd: project, encoding: "utf8" }), /^[0-9a-f]{64}$/);
  } finally {
    rmSync(project, { recursive: true });
  }
});
