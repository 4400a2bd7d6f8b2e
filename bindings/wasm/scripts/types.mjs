// Writes the types of the JSON Schemas to dist/schema.

import { mkdirSync, writeFileSync } from "node:fs";

import { compileFromFile } from "json-schema-to-typescript";

const from = new URL("../../../schema/", import.meta.url);
const to = new URL("../dist/schema/", import.meta.url);

mkdirSync(to, { recursive: true });
for (const name of ["book", "request", "quote"]) {
  const options = { bannerComment: `/* Made from schema/${name}.json. */`, format: true };
  const text = await compileFromFile(new URL(`${name}.json`, from).pathname, options);
  writeFileSync(new URL(`${name}.d.ts`, to), text);
}
