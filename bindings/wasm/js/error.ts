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
 * The codes are those of `docs/DIAGNOSTICS.md`, and `W0001`: the engine could not be loaded.
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
