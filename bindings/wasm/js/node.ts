import { readFileSync } from "node:fs";

import type { Engine } from "./engine.js";
import { Library, type BookSource, type Source } from "./library.js";
import * as glue from "./wasm/listino_node.js";

export * from "./common.js";

const library = new Library(glue, (glue) => {
  const module = readFileSync(new URL("./wasm/listino_node_bg.wasm", import.meta.url));
  glue.initSync({ module });
});

/**
 * Loads the engine. Nobody has to call it: the first `load` does. In Node the `.wasm` is read from beside this file. Call it
 * to begin early, or where the `.wasm` is kept elsewhere.
 */
export async function init(source?: Source): Promise<void> {
  await library.init(source);
}

/** Loads a book. */
export function load(book: BookSource): Promise<Engine> {
  return library.load(book);
}
