// Puts the page together: the files of this folder, the package, the books compiled.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const site = new URL("target/site/", root);
const { load } = await import(new URL("bindings/wasm/dist/node-full.js", root));

rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });
for (const file of ["index.html", "main.js", "style.css"]) {
  cpSync(new URL(file, import.meta.url), new URL(file, site));
}
cpSync(new URL("bindings/wasm/dist/", root), new URL("listino/", site), { recursive: true });
for (const name of ["bike", "adventureworks"]) {
  const engine = await load(readFileSync(new URL(`examples/${name}/book.json`, root)));
  writeFileSync(new URL(`${name}.listino`, site), engine.toBytes());
}
