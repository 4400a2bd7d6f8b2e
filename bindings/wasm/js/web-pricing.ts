import type { Engine } from "./engine.js";
import { Library, type BookSource, type Source } from "./library.js";
import * as glue from "./wasm/pricing.js";

export * from "./common.js";

const library = new Library(glue, (glue) =>
  glue.default({ module_or_path: new URL("./wasm/pricing_bg.wasm", import.meta.url) }),
);

/**
 * Loads the engine. Nobody has to call it: the first `load` does. In a browser the `.wasm` is fetched from beside this file. Call it
 * to begin early, or where the `.wasm` is kept elsewhere.
 */
export async function init(source?: Source): Promise<void> {
  await library.init(source);
}

/** Loads a book. */
export function load(book: BookSource): Promise<Engine> {
  return library.load(book);
}
