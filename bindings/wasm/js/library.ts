import { Engine, type RawEngine } from "./engine.js";
import { failure, guarded, ListinoError, textual, written } from "./error.js";

/** Where the engine's WebAssembly comes from, when not from beside this package. */
export type Source =
  string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/** A book: bytes, JSON text, an object, or the answer to a request for them. */
export type BookSource =
  | string
  | ArrayBuffer
  | Uint8Array
  | Response
  | Promise<Response | ArrayBuffer | Uint8Array | string>
  | object;

/** What wasm-bindgen writes for a build. */
export interface Glue {
  default(input: { module_or_path?: Source }): Promise<unknown>;
  initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
  RawEngine: new (book: Uint8Array) => RawEngine;
}

/** Loads a build once, when it is first needed. */
export class Library<G extends Glue> {
  readonly #glue: G;
  readonly #beside: (glue: G) => unknown;
  #loading: Promise<G> | undefined;

  /** Takes the build, and how it is loaded from beside this package. */
  constructor(glue: G, beside: (glue: G) => unknown) {
    this.#glue = glue;
    this.#beside = beside;
  }

  /** Loads the engine; a second call does nothing, unless the first one failed. */
  init(source?: Source): Promise<G> {
    this.#loading ??= this.#load(source).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(source: Source | undefined): Promise<G> {
    try {
      if (source === undefined) await this.#beside(this.#glue);
      else await this.#glue.default({ module_or_path: source });
      return this.#glue;
    } catch (error) {
      throw unloaded(error);
    }
  }

  /** Loads a book. */
  async load(book: BookSource): Promise<Engine> {
    const [glue, bytes] = await Promise.all([this.init(), bytesOf(book)]);
    return new Engine(guarded(() => new glue.RawEngine(bytes)));
  }
}

function unloaded(error: unknown): ListinoError {
  const what = error instanceof Error ? error.message : String(error);
  const forbidden = /unsafe-eval|Content Security Policy/i.test(what);
  const help = forbidden
    ? "add 'wasm-unsafe-eval' to script-src in the content security policy of the page"
    : "see that the .wasm file of the package can be fetched, or give init() its address";
  return failure("W0001", `the engine could not be loaded: ${what}`, help, error);
}

/** The bytes of a book. */
export async function bytesOf(source: BookSource): Promise<Uint8Array> {
  try {
    const book = await source;
    if (book instanceof Uint8Array) return book;
    if (book instanceof ArrayBuffer) return new Uint8Array(book);
    if (ArrayBuffer.isView(book)) return new Uint8Array(book.buffer, book.byteOffset, book.byteLength);
    if (book instanceof Blob) return new Uint8Array(await book.arrayBuffer());
    if (book instanceof URL) {
      throw failure("C0003", "an address is not a book", "give what `fetch` gives for it");
    }
    if (!(book instanceof Response)) {
      const text = typeof book === "string" ? book : written(book);
      return new TextEncoder().encode(textual(text, "the book"));
    }
    if (book.ok) return new Uint8Array(await book.arrayBuffer());
    throw new Error(`${book.url} answered ${book.status}`);
  } catch (error) {
    if (error instanceof ListinoError) throw error;
    const what = error instanceof Error ? error.message : String(error);
    const help = "see that the address of the book is right";
    throw failure("W0002", `the book could not be fetched: ${what}`, help, error);
  }
}
