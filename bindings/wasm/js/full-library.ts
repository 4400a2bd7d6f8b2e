import type { Checked, Resumed, SavedSession } from "./answers.js";
import { Session, type RawSession } from "./engine.js";
import { guarded, Held, textual, written } from "./error.js";
import { bytesOf, Library, type BookSource, type Glue } from "./library.js";

interface RawConfigurator {
  session(): RawSession;
  resume(saved: string): { session(): RawSession | undefined; readonly report: string };
  free(): void;
}

/** What wasm-bindgen writes for the build that reads JSON. */
export interface FullGlue extends Glue {
  RawConfigurator: new (model: string, date: string) => RawConfigurator;
  check(book: Uint8Array): string;
}

/** A compiled option model: immutable, shared by any number of sessions. */
export class Configurator {
  readonly #held: Held<RawConfigurator>;

  /** @internal */
  constructor(raw: RawConfigurator) {
    this.#held = new Held(raw, "the configurator");
  }

  /** Starts a session without any choice. */
  session(): Session {
    return new Session(guarded(() => this.#held.raw.session()));
  }

  /** Takes up a stored session, and says what of it still stands. */
  resume(saved: SavedSession): { session: Session; report: Resumed } {
    const text = textual(written(saved), "the stored session");
    return guarded(() => {
      const resumed = this.#held.raw.resume(text);
      const session = resumed.session();
      if (session === undefined) throw new Error("a stored session gave no session");
      return { session: new Session(session), report: JSON.parse(resumed.report) as Resumed };
    });
  }

  /** Gives the memory back at once; otherwise it is given back some time after the last use. */
  free(): void {
    this.#held.free();
  }

  /** As `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }
}

/** The build that reads JSON, and what only it can do. */
export class FullLibrary extends Library<FullGlue> {
  /** Checks a book, in JSON: the bytes are those of every other language. */
  async checkJson(book: BookSource): Promise<string> {
    const [glue, bytes] = await Promise.all([this.init(), bytesOf(book)]);
    return guarded(() => glue.check(bytes));
  }

  /** Checks a book: all findings, not the first. */
  async check(book: BookSource): Promise<Checked> {
    return JSON.parse(await this.checkJson(book)) as Checked;
  }

  /** Compiles an option model as it stands on a date. */
  async configurator(model: string | object, date: string): Promise<Configurator> {
    const glue = await this.init();
    const text = textual(typeof model === "string" ? model : written(model), "the model");
    const day = textual(date, "the date of a model");
    return new Configurator(guarded(() => new glue.RawConfigurator(text, day)));
  }
}
