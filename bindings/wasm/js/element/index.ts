import type { Explanation, Group, Language, NextBreak, Told } from "../answers.js";
import type { Engine, Request } from "../engine.js";
import { ListinoError } from "../web.js";
import type { Quote, QuoteLine, Refusal, UserChoice } from "../schema/quote.js";
import { load } from "../web.js";
import { Chooser, exclusive, type Shown } from "./options.js";
import { css } from "./style.js";
import { words, type Words } from "./words.js";

/** What the event `listino-quote` carries. */
export interface QuoteDetail {
  request: Request;
  quote: Quote;
  /** How many more lower the unit price; `null` where nothing does. */
  nextBreak: NextBreak | null;
}

/** What the event `listino-error` carries. */
export interface ErrorDetail {
  error: ListinoError;
}

// Where there is no document, on a server, the module can still be imported.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

let sheet: CSSStyleSheet | undefined;

function styles(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

type Child = Node | string | false | undefined;

/** An element with attributes and children. */
function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | boolean>,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

const today = () => {
  const now = new Date();
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
};

/** How long the live region waits for the customer to stop typing. */
const PAUSE = 400;

/**
 * `<listino-quote book customer product quantity date currency channel choices>`: the price of a
 * product while its quantity and options are chosen.
 *
 * It shows what the engine says and computes nothing itself. `listino-quote` is sent after every
 * change, with the request and its quote; `listino-error` where there is none. What stands inside
 * the element is shown until the price is there, and where it cannot be.
 */
export class ListinoQuote extends Base {
  static readonly observedAttributes = [
    "book", "customer", "product", "quantity", "date", "currency", "channel", "choices", "lang",
  ];

  #engine: Engine | undefined;
  #failure: ListinoError | undefined;
  #book: string | null = null;
  #chooser: Chooser | undefined;
  #chooserKey = "";
  #asked: UserChoice[] = [];
  #quote: Quote | undefined;
  #scheduled = false;
  #view: View | undefined;

  /** The engine; set it in place of the attribute `book` to share one between elements. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  set engine(engine: Engine | undefined) {
    this.#engine = engine;
    this.#quote = undefined;
    this.#failure = undefined;
    this.#chooserKey = "";
    this.#schedule();
  }

  /** The customer's choices, in their order. */
  get choices(): readonly UserChoice[] {
    return this.#chooser?.choices ?? this.#asked;
  }

  set choices(choices: readonly UserChoice[]) {
    this.#asked = [...choices];
    this.#chooserKey = "";
    this.#schedule();
  }

  /** The request as it stands. */
  get request(): Request {
    const text = (name: string) => this.getAttribute(name) ?? undefined;
    const choices = this.choices;
    const line = { product: text("product") ?? "", quantity: text("quantity") ?? "1" };
    const [currency, channel] = [text("currency"), text("channel")];
    return {
      date: text("date") ?? today(),
      customer: text("customer") ?? "",
      ...(currency === undefined ? {} : { currency }),
      ...(channel === undefined ? {} : { channel }),
      lines: [choices.length === 0 ? line : { ...line, configuration: { choices: [...choices] } }],
    };
  }

  /** The quote as it is shown. */
  get quote(): Quote | undefined {
    return this.#quote;
  }

  connectedCallback(): void {
    this.#upgrade("engine");
    this.#upgrade("choices");
    this.#schedule();
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (old === value) return;
    if (name === "choices") this.choices = (value ?? "").split(/\s+/).filter(Boolean);
    this.#schedule();
  }

  /** Takes over a property that was set before the element was defined. */
  #upgrade(name: "engine" | "choices"): void {
    if (!Object.hasOwn(this, name)) return;
    const own = { value: this[name] };
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, own.value);
  }

  #schedule(): void {
    if (this.#scheduled || !this.isConnected) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#update();
    });
  }

  get #language(): Language {
    const near = this.closest<HTMLElement>("[lang]")?.lang || navigator.language;
    return near.toLowerCase().startsWith("it") ? "it" : "en";
  }

  #update(): void {
    const book = this.getAttribute("book");
    if (book !== null && book !== this.#book) this.#fetch(book);
    this.#view ??= new View(this, this.attachShadow({ mode: "open", delegatesFocus: true }));
    const view = this.#view;
    view.speak(this.#language, locale(this.getAttribute("lang")) ?? this.#language);
    if (this.#failure !== undefined) return this.#fail(this.#failure);
    if (this.#engine === undefined) return view.wait();
    try {
      this.#price(this.#engine, view);
    } catch (error) {
      if (!(error instanceof ListinoError)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: ListinoError): void {
    this.#quote = undefined;
    this.#view?.fail(error);
    this.#send<ErrorDetail>("listino-error", { error });
  }

  #fetch(book: string): void {
    this.#book = book;
    this.#engine = undefined;
    this.#failure = undefined;
    this.#quote = undefined;
    const fetched = async () => fetch(new URL(book, this.baseURI));
    load(fetched().catch((error: unknown) => unreachable(book, error))).then(
      (engine) => {
        if (this.#book === book) this.engine = engine;
      },
      (error: unknown) => {
        if (this.#book !== book) return;
        if (!(error instanceof ListinoError)) throw error;
        this.#failure = error;
        this.#schedule();
      },
    );
  }

  #price(engine: Engine, view: View): void {
    this.#configure(engine);
    const request = this.request;
    const quote = engine.quote(request);
    const told = engine.sentences(request, this.#language);
    const priced = quote.lines[0]?.price !== undefined;
    const nextBreak = priced ? (engine.nextBreaks(request)[0] ?? null) : null;
    this.#quote = quote;
    view.show(quote, told, nextBreak, this.#chooser);
    this.#send<QuoteDetail>("listino-quote", { request, quote, nextBreak });
  }

  /** Starts a session where the product has options; the choices so far go along. */
  #configure(engine: Engine): void {
    const request = this.request;
    const line = { product: request.lines[0]?.product ?? "", quantity: "1" };
    const { date, customer, currency, channel } = request;
    const key = JSON.stringify([line, date, customer, currency, channel]);
    if (key === this.#chooserKey) return;
    const choices = this.#chooserKey === "" ? this.#asked : this.choices;
    this.#chooser?.free();
    this.#chooser = undefined;
    this.#asked = [...choices];
    try {
      const session = engine.configure({ ...request, lines: [line] });
      this.#chooser = new Chooser(session, choices);
    } catch (error) {
      // A product without options; whatever else stands against it, the quote says it better.
      if (!(error instanceof ListinoError && /^[CQ]01|^C0002$/.test(error.code))) throw error;
    }
    this.#chooserKey = key;
  }

  #send<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }));
  }

  /** @internal The customer did something. */
  act(step: (chooser: Chooser) => void): void {
    if (this.#chooser === undefined) return;
    step(this.#chooser);
    this.#update();
  }
}

/** A language tag that formats numbers; `undefined` where it is none. */
function locale(tag: string | null): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag?.replaceAll("_", "-") || undefined)[0];
  } catch {
    return undefined;
  }
}

function unreachable(address: string, error: unknown): never {
  const message = `the book could not be fetched from ${address}`;
  const help = "see that the address is right and that the page may fetch from it";
  throw new ListinoError(JSON.stringify({ code: "W0002", message, path: "", help }), {
    cause: error,
  });
}

/** The shadow tree. */
class View {
  readonly #host: ListinoQuote;
  #language: Language = "en";
  #locale = "en";
  #words: Words = words("en");
  readonly #parts = {
    product: new Text(),
    options: h("div", { class: "options", part: "options", hidden: true }),
    quantityLabel: h("span", {}),
    quantity: h("input", { type: "number", part: "quantity", min: "0", step: "any" }),
    money: h("div", { class: "money", part: "price", hidden: true }),
    unit: h("div", { class: "figure", part: "unit-price" }),
    total: h("div", { class: "figure total", part: "total" }),
    break: h("div", { class: "break", part: "break", hidden: true }),
    notice: h("div", { class: "notice", part: "error", role: "alert", hidden: true }),
    waterfall: h("details", { part: "waterfall", hidden: true }),
    summary: h("summary", {}),
    rows: h("ol", {}),
    status: h("p", { class: "spoken", role: "status" }),
    fallback: h("slot", {}),
    card: h("div", { class: "card", part: "card", hidden: true }),
  };
  #groups: readonly Group[] | undefined;
  readonly #inputs = new Map<string, HTMLInputElement>();
  readonly #reasons = new Map<Group, HTMLUListElement>();
  #insisted: string | undefined;
  #speaking: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ListinoQuote, root: ShadowRoot) {
    this.#host = host;
    const p = this.#parts;
    root.adoptedStyleSheets = [styles()];
    const title = h("h2", { part: "title" }, h("slot", { name: "title" }, p.product));
    p.waterfall.append(p.summary, p.rows);
    p.money.append(
      h("label", { class: "field" }, p.quantityLabel, p.quantity),
      h("dl", {}, p.unit, p.total),
    );
    const foot = h("div", { class: "foot" }, p.waterfall);
    p.card.append(h("div", { class: "head" }, title), p.options, p.money, p.break, foot);
    root.append(p.card, p.notice, p.status, p.fallback);
    p.quantity.addEventListener("input", () => host.setAttribute("quantity", p.quantity.value));
  }

  /** Changes the language. */
  speak(language: Language, locale: string): void {
    if (language === this.#language && locale === this.#locale) return;
    this.#language = language;
    this.#locale = locale;
    this.#words = words(language);
    this.#groups = undefined;
  }

  /** Nothing to show yet but what the page put inside, or nothing any more. */
  wait(): void {
    this.#withdraw();
    this.#parts.notice.hidden = true;
    this.#say(this.#words.loading);
  }

  /**
   * Says why there is no price. What the page put inside is shown, unless it is the quantity that does not do: then the
   * customer goes on typing.
   */
  fail(error: ListinoError): void {
    const p = this.#parts;
    const typing = error.path.startsWith("/lines/0/quantity");
    this.#withdraw();
    this.#say("");
    p.notice.hidden = false;
    p.fallback.hidden = typing;
    p.card.hidden = !typing;
    if (typing) {
      p.money.hidden = false;
      p.product.data ||= this.#host.getAttribute("product") ?? "";
      p.quantityLabel.textContent = this.#words.quantity;
      p.notice.replaceChildren(h("span", {}, this.#words.quantityNeeded));
      return;
    }
    const help = error.help === undefined ? "" : `: ${error.help}`;
    p.notice.replaceChildren(
      h("span", {}, this.#words.unavailable),
      h("small", {}, `${error.message} [${error.code}]${help}`),
    );
  }

  /** Takes down what was shown of a price. */
  #withdraw(): void {
    const { unit, total, break: place, waterfall } = this.#parts;
    for (const part of [unit, total, place, waterfall]) part.hidden = true;
  }

  /** Says something at once, in place of what was to be said. */
  #say(text: string): void {
    clearTimeout(this.#speaking);
    this.#parts.status.textContent = text;
  }

  /** Shows a quote of one line. */
  show(quote: Quote, told: Told, next: NextBreak | null, chooser: Chooser | undefined): void {
    const p = this.#parts;
    const line = quote.lines[0];
    if (line === undefined) return;
    p.fallback.hidden = true;
    p.card.hidden = p.money.hidden = false;
    p.card.classList.toggle("plain", chooser === undefined);
    p.product.data = line.product;
    p.quantityLabel.textContent = this.#words.quantity;
    const quantity = this.#host.getAttribute("quantity") ?? "1";
    if (p.quantity.value !== quantity) p.quantity.value = quantity;
    this.#options(chooser);
    this.#money(quote, line);
    this.#break(next, line, quote);
    this.#refusal(line, told, chooser);
    this.#waterfall(line, told, quote.currency);
    this.#announce(quote, line, p.notice.textContent ?? "");
  }

  #amount(value: string, currency: string): string {
    const format = new Intl.NumberFormat(this.#locale, {
      style: "currency",
      currency,
      maximumFractionDigits: 6,
    });
    // The formatter takes the digits as they stand: no float on the way.
    return format.format(value as `${number}`);
  }

  #plain(value: string): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: 10 }).format(
      value as `${number}`,
    );
  }

  #money(quote: Quote, line: QuoteLine): void {
    const { unit, total } = this.#parts;
    const { price } = line;
    const money = (value: string) => this.#amount(value, quote.currency);
    const say = this.#words;
    unit.hidden = price?.unit_price == null;
    if (price?.unit_price != null) {
      const list = price.list_price;
      unit.replaceChildren(
        h("dt", {}, `${say.unitPrice} ${say.per(line.unit)}`),
        h(
          "dd",
          {},
          ...(list == null || list === price.unit_price
            ? []
            : [h("del", { title: say.listPrice }, money(list)), " "]),
          h("span", { class: "amount" }, money(price.unit_price)),
        ),
      );
    }
    total.hidden = price == null;
    if (price != null) {
      const { payable, tax } = quote.totals;
      total.replaceChildren(
        h("dt", {}, say.total),
        h("dd", { class: "amount" }, money(payable)),
        ...(tax === "0" ? [] : [h("dd", {}, h("small", {}, say.withTax(money(tax))))]),
      );
    }
  }

  #break(next: NextBreak | null, line: QuoteLine, quote: Quote): void {
    const { break: place, quantity } = this.#parts;
    place.hidden = next === null;
    if (next === null) return place.replaceChildren();
    const money = (value: string) => this.#amount(value, quote.currency);
    const say = this.#words;
    const more = say.breakHint(this.#plain(next.more), line.unit, money(next.unit_price));
    const take = say.breakTake(this.#plain(next.quantity), money(next.total));
    const button = h("button", { type: "button" }, take);
    button.addEventListener("click", () => {
      this.#host.setAttribute("quantity", next.quantity);
      quantity.focus();
    });
    place.replaceChildren(h("span", {}, more), button);
  }

  #refusal(line: QuoteLine, told: Told, chooser: Chooser | undefined): void {
    const { notice } = this.#parts;
    const sentence = told.lines[0]?.refusal;
    const open = incomplete(line.refusal);
    const name = (id: string) => chooser?.groups.find((group) => group.id === id)?.name ?? id;
    const text = open === undefined ? sentence : this.#words.choose(this.#words.list(open.map(name)));
    notice.hidden = text === undefined;
    if (notice.textContent !== (text ?? "")) notice.replaceChildren(text ?? "");
  }

  #waterfall(line: QuoteLine, told: Told, currency: string): void {
    const { waterfall, summary, rows } = this.#parts;
    const steps = line.price?.steps ?? [];
    const sentences = told.lines[0]?.steps ?? [];
    waterfall.hidden = steps.length === 0;
    summary.textContent = this.#words.waterfall;
    const top = new Map<string, number>();
    rows.replaceChildren(
      ...steps.map((step, at) => {
        // The length of a bar is no money; everything that is printed comes from the engine.
        const after = Math.abs(Number(step.after));
        const most = Math.max(top.get(step.per) ?? 0, after);
        top.set(step.per, most);
        const fill = h("i", {});
        fill.style.setProperty("--share", String(most === 0 ? 0 : after / most));
        return h(
          "li",
          {},
          h("span", {}, sentences[at] ?? step.kind),
          h("span", {}, this.#amount(step.after, currency)),
          h("div", { class: "bar", "aria-hidden": "true" }, fill),
        );
      }),
    );
  }

  #announce(quote: Quote, line: QuoteLine, notice: string): void {
    clearTimeout(this.#speaking);
    const unit = line.price?.unit_price;
    const money = (value: string) => this.#amount(value, quote.currency);
    const text =
      unit == null ? notice : this.#words.status(money(unit), money(quote.totals.payable));
    this.#speaking = setTimeout(() => {
      this.#parts.status.textContent = text;
    }, PAUSE);
  }

  // ---- options -------------------------------------------------------------------------------

  #options(chooser: Chooser | undefined): void {
    const { options } = this.#parts;
    options.hidden = chooser === undefined;
    if (chooser === undefined) return;
    if (JSON.stringify(this.#groups) !== JSON.stringify(chooser.groups)) this.#build(chooser.groups);
    const shown = chooser.look();
    for (const group of chooser.groups) this.#group(group.id, shown, chooser);
  }

  /** Writes the groups once; later only what changes in them is changed, so that focus stays. */
  #build(groups: readonly Group[]): void {
    this.#groups = groups;
    this.#inputs.clear();
    this.#reasons.clear();
    this.#parts.options.replaceChildren(
      ...groups.map((group, at) => {
        const reasons = h("ul", { class: "reasons", id: `reasons-${at}`, part: "reason" });
        this.#reasons.set(group, reasons);
        const picks = group.options.map((option) => this.#pick(group, at, option));
        if (exclusive(group) && group.min === 0) {
          picks.unshift(this.#pick(group, at, { id: "", name: this.#words.none }));
        }
        return h(
          "fieldset",
          { part: "group" },
          h("legend", {}, group.name || group.id),
          h("div", { class: "choices" }, ...picks),
          reasons,
        );
      }),
    );
  }

  #pick(group: Group, at: number, option: { id: string; name: string }): HTMLElement {
    const type = exclusive(group) ? "radio" : "checkbox";
    const input = h("input", { type, name: `group-${at}`, value: option.id });
    this.#inputs.set(`${group.id}/${option.id}`, input);
    input.addEventListener("click", (event) => {
      if (input.getAttribute("aria-disabled") !== "true") return;
      // It stays where it is, and says what it would take.
      event.preventDefault();
      this.#insisted = option.id;
      setTimeout(() => this.#host.act(() => undefined));
    });
    input.addEventListener("change", () => {
      this.#insisted = undefined;
      this.#host.act((chooser) => {
        if (option.id === "") group.options.forEach(({ id }) => chooser.drop(id));
        else if (input.checked) chooser.choose(group, option.id);
        else chooser.drop(option.id);
      });
    });
    const name = h("span", {}, option.name || option.id);
    const label = h("label", { class: "pick" }, input, name, h("span", { class: "tag" }));
    return h("div", { class: "option", part: "option" }, label);
  }

  #group(id: string, shown: Map<string, Shown>, chooser: Chooser): void {
    const [group, reasons] = [...this.#reasons].find(([known]) => known.id === id) ?? [];
    if (group === undefined || reasons === undefined) return;
    // The group of an option is only there while the option is chosen.
    const fieldset = reasons.parentElement;
    if (fieldset !== null) {
      fieldset.hidden = group.parent !== undefined && shown.get(group.parent)?.chosen !== true;
    }
    const names = new Map(
      chooser.groups.flatMap(({ options }) => options).map(({ id, name }) => [id, name || id]),
    );
    // Options that are impossible for the same reason share its line.
    const rows = new Map<string, Impossible>();
    let any = false;
    for (const option of group.options) {
      const input = this.#inputs.get(`${group.id}/${option.id}`);
      const state = shown.get(option.id);
      if (input === undefined || state === undefined) continue;
      any ||= state.chosen;
      if (input.checked !== state.chosen) input.checked = state.chosen;
      const why = state.chosen ? undefined : state.impossible;
      input.setAttribute("aria-disabled", String(why !== undefined));
      input.removeAttribute("aria-describedby");
      const tag = input.parentElement?.querySelector(".tag");
      const note = { inferred: this.#words.follows, default: this.#words.usual, user: "" };
      if (tag != null) tag.textContent = state.chosen ? note[state.origin ?? "user"] : "";
      if (why === undefined) continue;
      const text = this.#words.because(this.#words.list(reasonsOf(why, names)));
      const row = rows.get(text) ?? { options: [], id: `${reasons.id}-${rows.size}` };
      rows.set(text, row);
      row.options.push(option.id);
      input.setAttribute("aria-describedby", row.id);
    }
    reasons.replaceChildren(...[...rows].map(([text, row]) => this.#reason(text, row, names, chooser)));
    reasons.hidden = rows.size === 0;
    const none = this.#inputs.get(`${group.id}/`);
    if (none !== undefined) none.checked = !any;
  }

  #reason(
    text: string,
    { options, id }: Impossible,
    names: Map<string, string>,
    chooser: Chooser,
  ): HTMLElement {
    const say = this.#words;
    const name = (id: string) => names.get(id) ?? id;
    const row = h("li", { id }, h("b", {}, say.list(options.map(name))), ` ${text}`);
    const insisted = options.find((option) => option === this.#insisted);
    const others = insisted === undefined ? [] : chooser.price(insisted);
    if (insisted !== undefined && others.length > 0) {
      const offer = say.giveUp(name(insisted), say.list(others.map(name)));
      const button = h("button", { type: "button", class: "quiet" }, offer);
      button.addEventListener("click", () => {
        this.#insisted = undefined;
        this.#host.act((chooser) => chooser.insist(insisted));
        this.#parts.options.querySelector<HTMLElement>(`[value="${CSS.escape(insisted)}"]`)?.focus();
      });
      row.append(" ", button);
    }
    return row;
  }
}

/** Options that are impossible for the same reason, and the id of the line that says so. */
interface Impossible {
  options: string[];
  id: string;
}

/** Of all that stands against an option, what says most to a person: rules before what merely is. */
function reasonsOf(why: Explanation, names: Map<string, string>): string[] {
  const kinds = ["rule", "table", "validity", "group", "definition"];
  const kind = kinds.find((kind) => why.rules.some((rule) => rule.kind === kind));
  const rules = why.rules.filter((rule) => rule.kind === kind).map((rule) => rule.text || rule.id);
  if (rules.length > 0) return rules;
  const choices = why.choices.map((choice) => (typeof choice === "string" ? choice : choice.option));
  return choices.map((id) => names.get(id) ?? id);
}

/** The groups that still have to be chosen, where that is what stands against a price. */
function incomplete(refusal: Refusal | null | undefined): string[] | undefined {
  if (refusal?.reason !== "configuration" || refusal.problem.kind !== "incomplete") return undefined;
  return refusal.problem.open.map(({ group }) => group);
}

declare global {
  interface HTMLElementTagNameMap {
    "listino-quote": ListinoQuote;
  }
  interface HTMLElementEventMap {
    "listino-quote": CustomEvent<QuoteDetail>;
    "listino-error": CustomEvent<ErrorDetail>;
  }
}

if (globalThis.customElements !== undefined && customElements.get("listino-quote") === undefined) {
  customElements.define("listino-quote", ListinoQuote);
}
