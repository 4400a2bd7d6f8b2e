// Puts what a page loads into one file for each entry, and one that they share: a browser asks for a file only once it
// has read the file that imports it, and each such round takes longer than the files do.

import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
for (const file of readdirSync(dist)) {
  if (file.startsWith("shared-")) rmSync(dist + file);
}

const common = {
  absWorkingDir: dist,
  outdir: dist,
  allowOverwrite: true,
  bundle: true,
  format: "esm",
  target: "es2022",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
};
await build({
  ...common,
  entryPoints: ["web.js", "web-pricing.js", "web-full.js"],
  splitting: true,
  chunkNames: "shared-[hash]",
});
// The element takes the engine and its errors from the entry that the page may have loaded already.
await build({ ...common, entryPoints: { "element/index": "element/index.js" }, external: ["../web.js"] });
for (const part of ["options", "style", "words"]) rmSync(`${dist}element/${part}.js`);
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  copyFileSync(new URL(`../../../${licence}`, import.meta.url), dist + licence);
}
