import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

import type { Checked } from "./answers.js";
import type { Engine } from "./engine.js";
import { FullLibrary, type Configurator } from "./full-library.js";
import type { BookSource, Source } from "./library.js";
import * as glue from "./wasm/full.js";

export * from "./common.js";
export { Configurator } from "./full-library.js";
export type { PriceBook } from "./schema/book.js";

const library = new FullLibrary(glue, (glue) => {
  // Node 18 has it, but not where the web has it.
  globalThis.crypto ??= webcrypto as Crypto;
  const module = readFileSync(new URL("./wasm/full_bg.wasm", import.meta.url));
  glue.initSync({ module });
});

/**
 * Loads the engine. Nobody has to call it: whatever needs it does. In Node the `.wasm` is read from beside this file. Call it
 * to begin early, or where the `.wasm` is kept elsewhere.
 */
export async function init(source?: Source): Promise<void> {
  await library.init(source);
}

/** Loads a book. */
export function load(book: BookSource): Promise<Engine> {
  return library.load(book);
}

/** Checks a book: all findings, not the first. */
export function check(book: BookSource): Promise<Checked> {
  return library.check(book);
}

/** Checks a book, in JSON: the bytes are those of every other language. */
export function checkJson(book: BookSource): Promise<string> {
  return library.checkJson(book);
}

/** Compiles an option model, JSON or an object, as it stands on a date. */
export function configurator(model: string | object, date: string): Promise<Configurator> {
  return library.configurator(model, date);
}
