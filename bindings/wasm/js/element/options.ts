import type { Explanation, Group, OptionState } from "../answers.js";
import type { Session } from "../engine.js";
import { ListinoError } from "../web.js";
import type { UserChoice } from "../schema/quote.js";

/** An option as it is shown. */
export interface Shown {
  chosen: boolean;
  /** Who decided, where somebody did. */
  origin: "user" | "default" | "inferred" | undefined;
  /** Why it cannot be chosen; `undefined` where it can. */
  impossible: Explanation | undefined;
}

const optionOf = (choice: UserChoice) => (typeof choice === "string" ? choice : choice.option);

/** Whether a group is a choice of one. */
export const exclusive = (group: Group) => group.max === 1;

/** A session and the choices in the order in which they were made. */
export class Chooser {
  readonly #session: Session;
  readonly groups: readonly Group[];
  /** The choices, as a request takes them. */
  choices: UserChoice[] = [];

  /** Takes up a session and makes choices that may no longer stand; those are dropped. */
  constructor(session: Session, choices: readonly UserChoice[]) {
    this.#session = session;
    this.groups = session.groups();
    for (const choice of choices) {
      if (typeof choice === "string") this.#try(() => session.choose(choice));
      else if (choice.chosen === false) this.#try(() => session.leaveOut(choice.option));
      else this.#try(() => session.choose(choice.option));
    }
  }

  /** Gives the session back. */
  free(): void {
    this.#session.free();
  }

  /** Makes a step; false where it cannot stand, and then nothing has changed. */
  #try(step: () => { choices: UserChoice[] }): boolean {
    try {
      this.#keep(step().choices);
      return true;
    } catch (error) {
      if (error instanceof ListinoError && error.code.startsWith("C04")) return false;
      throw error;
    }
  }

  /** The session keeps its choices in an order of its own; a request keeps that of the customer. */
  #keep(standing: UserChoice[]): void {
    const known = this.choices.map(optionOf);
    const rank = (choice: UserChoice) => {
      const at = known.indexOf(optionOf(choice));
      return at < 0 ? known.length : at;
    };
    this.choices = standing.map((choice, at) => [rank(choice), at, choice] as const)
      .sort(([a, i], [b, j]) => a - b || i - j)
      .map(([, , choice]) => choice);
  }

  /** What the customer chose in a group of one. */
  #own(group: Group): string | undefined {
    const chosen = this.choices.filter((choice) => typeof choice === "string" || choice.chosen);
    return chosen.map(optionOf).find((id) => group.options.some((option) => option.id === id));
  }

  /** Chooses an option, in place of the one that the customer chose in a group of one. */
  choose(group: Group, option: string): boolean {
    const own = exclusive(group) ? this.#own(group) : undefined;
    const before = this.choices;
    if (own === option) return true;
    if (own !== undefined) this.#session.undo(own);
    if (this.#try(() => this.#session.choose(option))) return true;
    if (own !== undefined) this.#session.choose(own);
    this.choices = before;
    return false;
  }

  /** Takes an option out again: the customer's choice first, then what the model decided. */
  drop(option: string): boolean {
    if (this.choices.some((choice) => optionOf(choice) === option)) {
      this.#keep(this.#session.undo(option).choices);
    }
    if (this.#session.state(option).decision?.chosen !== true) return true;
    return this.#try(() => this.#session.leaveOut(option));
  }

  /** Chooses an option and gives up what stands against it. */
  insist(option: string): void {
    this.#try(() => this.#session.restore(option));
  }

  /** What would have to be given up for an option. */
  price(option: string): string[] {
    return (this.#session.restorations(option)[0]?.give_up ?? []).map(optionOf);
  }

  /** Every option as it is shown. */
  look(): Map<string, Shown> {
    const decided = new Map(this.#session.states().map((state) => [state.id, state]));
    const shown = new Map<string, Shown>();
    for (const group of this.groups) {
      // In a group of one the customer's own choice stands in nobody's way: it would be replaced.
      const own = exclusive(group) ? this.#own(group) : undefined;
      if (own !== undefined) this.#session.undo(own);
      for (const { id } of group.options) {
        const state = own === undefined ? decided.get(id) : this.#session.state(id);
        shown.set(id, this.#shown(id, state, decided.get(id)));
      }
      if (own !== undefined) this.#session.choose(own);
    }
    return shown;
  }

  #shown(id: string, free: OptionState | undefined, now: OptionState | undefined): Shown {
    const impossible = free?.can_choose === "no" ? this.#session.explain(id) : undefined;
    return {
      chosen: now?.decision?.chosen === true,
      origin: now?.decision?.origin,
      impossible: impossible ?? undefined,
    };
  }
}
