import type { Diagnostic } from "./answers.js";

/** What stands in an error, as the engine writes it. */
interface Envelope {
  code: string;
  message: string;
  path: string;
  help?: string;
  details?: unknown;
  diagnostics?: Diagnostic[];
}

/**
 * Why there is no answer: the code that stays, the fact, the place, the mend, everything else found.
 *
 * The codes are those of `docs/DIAGNOSTICS.md`, and `W0001`: the engine could not be loaded, `W0002`: the book could not
 * be fetched.
 */
export class ListinoError extends Error {
  override readonly name = "ListinoError";
  /** The stable code, such as `Q0107`. */
  readonly code: string;
  /** The place in the input, as a JSON pointer; empty for the whole. */
  readonly path: string;
  /** What to do about it. */
  readonly help: string | undefined;
  /** What else a machine may want to know: the refusal, the approvals, the reasons. */
  readonly details: unknown;
  /** Every finding about a book, a request or a model that cannot be used. */
  readonly diagnostics: readonly Diagnostic[];
  readonly #json: string;

  /** Takes the error as the engine writes it. */
  constructor(json: string, options?: ErrorOptions) {
    const { code, message, path, help, details, diagnostics = [] } = JSON.parse(json) as Envelope;
    super(message, options);
    this.code = code;
    this.path = path;
    this.help = help;
    this.details = details;
    this.diagnostics = diagnostics;
    this.#json = json;
  }

  /** The error as JSON: the bytes are those of every other language. */
  json(): string {
    return this.#json;
  }

  /** Code, fact, place and mend, for a log. */
  override toString(): string {
    const place = this.path && `\n  at ${this.path}`;
    const more = this.diagnostics.length > 1 ? `\n  and ${this.diagnostics.length - 1} more` : "";
    const help = this.help === undefined ? "" : `\n  help: ${this.help}`;
    return `${this.name} [${this.code}]: ${this.message}${place}${more}${help}`;
  }
}

/** An error that the engine itself did not write. */
export function failure(
  code: string,
  message: string,
  help: string,
  cause?: unknown,
): ListinoError {
  return new ListinoError(JSON.stringify({ code, message, path: "", help }), { cause });
}

/** What is given where a text is needed goes no further unless it is one. */
export function textual(input: unknown, what: string): string {
  if (typeof input === "string") return input;
  throw failure("C0003", `${what} is not a text`, "give a string");
}

/** A value as JSON; a `bigint` is a decimal like any other. */
export function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return plainly(value);
  }
}

function plainly(value: unknown): string {
  const plain = (_: string, part: unknown) => (typeof part === "bigint" ? String(part) : part);
  try {
    return JSON.stringify(value, plain);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw failure("C0003", `the input has no form in JSON: ${what}`, "give plain objects", error);
  }
}

/** What lives behind the boundary until it is given back. */
export class Held<R extends { free(): void }> {
  #raw: R | undefined;
  readonly #what: string;

  constructor(raw: R, what: string) {
    this.#raw = raw;
    this.#what = what;
  }

  /** What is held. */
  get raw(): R {
    if (this.#raw !== undefined) return this.#raw;
    throw failure("C0003", `${this.#what} was given back`, "free it after its last use, or make another");
  }

  /** Gives it back, once. */
  free(): void {
    this.#raw?.free();
    this.#raw = undefined;
  }
}

/**
 * Makes a call into the engine. What it throws is a text; anything else, a trap say, is a defect
 * of the library and says so instead of passing through.
 */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown === "string") throw new ListinoError(thrown);
    if (thrown instanceof ListinoError) throw thrown;
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    const help = "report it with the input: this is a defect of the library";
    throw failure("C0005", `the library failed: ${what}`, help, thrown);
  }
}
