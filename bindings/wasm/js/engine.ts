import type {
  Configuration,
  DiffReport,
  Digests,
  Explanation,
  Explosion,
  Goal,
  Group,
  Language,
  LineQuery,
  NextBreak,
  OptionState,
  PricedLine,
  Restoration,
  SavedSession,
  Solution,
  Standing,
  Told,
  WhatIf,
} from "./answers.js";
import { failure, guarded, Held, textual, written } from "./error.js";
import type { Quote } from "./schema/quote.js";
import type { Request as WireRequest } from "./schema/request.js";

/** A request; the version of the format need not be said. */
export type Request = Omit<WireRequest, "v"> & { v?: 1 };

/** What an engine can be asked in JSON. */
export type Verb =
  "quote" | "explain" | "sentences" | "price" | "next_breaks" | "solve" | "replay" | "digest";

/** A session behind the boundary. */
export interface RawSession {
  step(input: string): string;
  free(): void;
}

/** An engine behind the boundary. */
export interface RawEngine {
  readonly digest: string;
  call(verb: string, input: string): string;
  configure?(input: string): RawSession;
  diff?(other: RawEngine, input: string): string;
  bytes?(): Uint8Array;
  free(): void;
}

const versioned = (request: Request): WireRequest => ({ ...request, v: request.v ?? 1 }) as WireRequest;

/** The error of something that only another build can do. */
const elsewhere = (message: string, build: string, instead: string) =>
  failure("C0002", message, `import \`${build}\` in place of \`${instead}\``);

/** A compiled price book: immutable. What goes in and comes out has the names of the JSON. */
export class Engine {
  readonly #held: Held<RawEngine>;

  /** @internal */
  constructor(raw: RawEngine) {
    this.#held = new Held(raw, "the engine");
  }

  /** The digest of the book: what a quote names as its source. */
  get digest(): string {
    return guarded(() => this.#held.raw.digest);
  }

  /** Makes a call in JSON: the bytes are those of every other language. */
  call(verb: Verb, input: string): string {
    const text = textual(input, "the input of a call");
    return guarded(() => this.#held.raw.call(textual(verb, "the name of a call"), text));
  }

  #ask<T>(verb: Verb, input: unknown): T {
    return JSON.parse(this.call(verb, written(input))) as T;
  }

  /** Prices a request. */
  quote(request: Request): Quote {
    return this.#ask("quote", versioned(request));
  }

  /** Prices a request and keeps every candidate that was considered. */
  explain(request: Request): Quote {
    return this.#ask("explain", versioned(request));
  }

  /** Prices a request and says in sentences how each price came about. */
  sentences(request: Request, language: Language = "en"): Told {
    return this.#ask("sentences", { request: versioned(request), language });
  }

  /** Prices one line, without a document around it. */
  price(query: LineQuery): PricedLine {
    return this.#ask("price", query);
  }

  /** How many more lower the unit price, line by line; `null` where nothing does. */
  nextBreaks(request: Request): (NextBreak | null)[] {
    return this.#ask<{ next_breaks: (NextBreak | null)[] }>("next_breaks", versioned(request))
      .next_breaks;
  }

  /** What may still be given away, on the document or on one line. */
  solve(request: Request, goal: Goal, line?: string): Solution {
    return this.#ask("solve", { request: versioned(request), goal, line });
  }

  /** Prices a request again and compares the outcome with a quote of the past. */
  replay(request: Request, quote: Quote): Quote {
    return this.#ask("replay", { request: versioned(request), quote });
  }

  /** A request in its canonical form, with its digest and that of the book. */
  digests(request: Request): Digests {
    return this.#ask("digest", versioned(request));
  }

  /** Starts a session on the model of a line's product, with its choices made; not with the build `listino/pricing`. */
  configure(request: Request, line?: string): Session {
    const input = written({ request: versioned(request), line });
    const session = guarded(() => this.#held.raw.configure?.(input));
    if (session !== undefined) return new Session(session);
    throw elsewhere("this build does not configure", "listino", "listino/pricing");
  }

  /** Prices requests with this book and a new one; with the build `listino/full`. */
  diff(next: Engine, requests: Iterable<Request>): DiffReport {
    if (typeof requests !== "object" || !(Symbol.iterator in requests)) {
      throw failure("C0003", "the requests are not a list", "give an array of requests");
    }
    const input = written({ requests: Array.from(requests, versioned) });
    return JSON.parse(this.diffJson(next, input)) as DiffReport;
  }

  /** Compares in JSON, over `{ "requests": [...] }`. */
  diffJson(next: Engine, input: string): string {
    const text = textual(input, "the input of a comparison");
    if (!(next instanceof Engine)) {
      throw failure("C0003", "the other book is not an engine", "give what `load` gives");
    }
    return guarded(() => {
      const [own, other] = [this.#held.raw, next.#held.raw];
      if (own.diff === undefined || other.constructor !== own.constructor) {
        throw elsewhere("only engines of the full build are compared", "listino/full", "listino");
      }
      return own.diff(other, text);
    });
  }

  /** The compiled book, for `load` to take; with the build `listino/full`. */
  toBytes(): Uint8Array {
    return guarded(() => {
      const raw = this.#held.raw;
      if (raw.bytes === undefined) {
        throw elsewhere("this build does not store books", "listino/full", "listino");
      }
      return raw.bytes();
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

/** A customer choosing options. */
export class Session {
  readonly #held: Held<RawSession>;

  /** @internal */
  constructor(raw: RawSession) {
    this.#held = new Held(raw, "the session");
  }

  /** Takes a step in JSON: the bytes are those of every other language. */
  step(input: string): string {
    const text = textual(input, "the input of a step");
    return guarded(() => this.#held.raw.step(text));
  }

  #ask<T>(step: unknown): T {
    return JSON.parse(this.step(written(step))) as T;
  }

  /** Chooses an option. */
  choose(option: string): Standing {
    return this.#ask({ choose: option });
  }

  /** Leaves an option out. */
  leaveOut(option: string): Standing {
    return this.#ask({ leave_out: option });
  }

  /** Takes back what was decided about an option, whenever that was. */
  undo(option: string): Standing {
    return this.#ask({ undo: option });
  }

  /** Takes back the last choice. */
  undoLast(): Standing {
    return this.#ask("undo_last");
  }

  /** Chooses again what was taken back last. */
  redo(): Standing {
    return this.#ask("redo");
  }

  /** Chooses or leaves out an option and gives up the least for it. */
  restore(option: string, chosen = true): Standing {
    return this.#ask({ restore: { option, chosen } });
  }

  /** The groups with their options, as a person reads them. */
  groups(): Group[] {
    return this.#ask("groups");
  }

  /** Where every option stands, in the order of the model. */
  states(): OptionState[] {
    return this.#ask("states");
  }

  /** Where one option stands. */
  state(option: string): OptionState {
    return this.#ask({ state: option });
  }

  /** Why an option cannot be chosen, or cannot be left out; `null` when it can. */
  explain(option: string, chosen = true): Explanation | null {
    return this.#ask({ explain: { option, chosen } });
  }

  /** What to give up so that an option can be chosen or left out: alternatives, the least first. */
  restorations(option: string, chosen = true): Restoration[] {
    return this.#ask({ restorations: { option, chosen } });
  }

  /** A whole valid configuration with its price. */
  complete(): Configuration {
    return this.#ask("complete");
  }

  /** The cheapest configuration. */
  cheapest(): Configuration {
    return this.#ask("cheapest");
  }

  /** The configuration with the largest margin. */
  bestMargin(): Configuration {
    return this.#ask("best_margin");
  }

  /** What choosing an option would change; `null` when it cannot be chosen. */
  whatIf(option: string): WhatIf | null {
    return this.#ask({ what_if: option });
  }

  /** What the completed configuration is made of. */
  parts(date: string, quantity?: string): Explosion {
    return this.#ask({ parts: { date, quantity } });
  }

  /** The session as it is stored. */
  save(): SavedSession {
    return this.#ask("save");
  }

  /** Allows so many search steps for each answer from here on. */
  setSteps(steps: number): Standing {
    return this.#ask({ set_steps: steps });
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
