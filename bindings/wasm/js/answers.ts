// What calls take and answer beyond requests and quotes, whose types are made from the schemas.
// The tests hold these types to every answer of the corpus.

import type {
  Approval,
  Quote,
  Refusal,
  RuleReference,
  UserChoice,
} from "./schema/quote.js";
import type { Request } from "./schema/request.js";

/** A decimal as a string, exact: `"1990.00"`. A number would pass through a binary float. */
export type Decimal = string;
/** A day: `"2026-01-31"`. */
export type Day = string;
/** The languages that explanations speak. */
export type Language = "en" | "it";

/** Another place that has to do with a finding. */
export interface Related {
  path: string;
  message: string;
}

/** One finding: a stable code, a place, the fact, the mend. */
export interface Diagnostic {
  code: string;
  severity: "error" | "warning";
  path: string;
  message: string;
  help?: string;
  related?: Related[];
}

/** A book that was checked: without a digest it could not be read. */
export interface Checked {
  digest?: string;
  findings: Diagnostic[];
}

/** What `Engine.price` is asked. */
export interface LineQuery {
  customer: string;
  product: string;
  quantity: Decimal;
  date: Day;
  unit?: string;
  currency?: string;
  channel?: string;
}

/** The numbers of one line. */
export interface PricedLine {
  price_list: string;
  currency: string;
  list_price?: Decimal;
  unit_price?: Decimal;
  total: Decimal;
  net: Decimal;
  cost?: Decimal;
  margin_percent?: Decimal;
  status: Quote["status"];
}

/** The nearest larger quantity of a line at which a unit costs less. */
export interface NextBreak {
  line: string;
  quantity: Decimal;
  more: Decimal;
  unit_price: Decimal;
  total: Decimal;
  change: Decimal;
}

/** A quote in sentences. */
export interface Told {
  language: Language;
  status: string;
  lines: ToldLine[];
  coupons?: string[];
  discounts?: string[];
  approvals?: string[];
}

/** A line in sentences. */
export interface ToldLine {
  id: string;
  origin?: string;
  refusal?: string;
  steps?: string[];
  considered?: { id: string; sentence: string; change?: string }[];
  waterfall?: string;
}

/** What the solver looks for. */
export type Goal = "keep_thresholds" | { target_total: Decimal } | { target_margin: Decimal };

/** What may be granted, the request with it, its quote, and what one coin more would break. */
export interface Solution {
  concessions: { line?: string; amount: Decimal }[];
  request: Request;
  quote: Quote;
  limits?: Approval[];
}

/** A request in its canonical form, and the digests of it and of the book. */
export interface Digests {
  book: string;
  request: string;
  canonical: Request;
}

/** Money under an old and a new book. */
export interface Change {
  lines: number;
  old_revenue: Decimal;
  new_revenue: Decimal;
  old_margin: Decimal;
  new_margin: Decimal;
}

/** What two books make of the same lines; sums are by currency: `by_category.bikes.EUR`. */
export interface DiffReport {
  old: string;
  new: string;
  lines: number;
  changed: number;
  unpriced: number;
  total: Record<string, Change>;
  by_customer: Record<string, Record<string, Change>>;
  by_category: Record<string, Record<string, Change>>;
  by_product: Record<string, Record<string, Change>>;
  by_rule: Record<string, Record<string, Change>>;
  lost?: { customer?: string; product: string; old?: Refusal; new?: Refusal }[];
}

/** A group of options, as a person reads it. */
export interface Group {
  id: string;
  name: string;
  /** The fewest options that are chosen. */
  min: number;
  /** The most options that are chosen. */
  max: number;
  /** The option that the group belongs to. */
  parent?: string;
  options: { id: string; name: string }[];
}

/** Whether something is possible; `open` where the steps ran out. */
export type Answer = "yes" | "no" | "open";

/** Where an option stands. */
export interface OptionState {
  id: string;
  can_choose: Answer;
  can_leave_out: Answer;
  decision?: { chosen: boolean; origin: "user" | "default" | "inferred" };
}

/** The choices as they stand. */
export interface Standing {
  choices: UserChoice[];
  settled: boolean;
  gave_up?: UserChoice[];
}

/** Why something is impossible: without any one of these choices and rules it would not be. */
export interface Explanation {
  /** What is impossible; absent where the model allows nothing at all. */
  about?: UserChoice;
  choices: UserChoice[];
  rules: RuleReference[];
}

/** What to give up. */
export interface Restoration {
  give_up: UserChoice[];
}

/** A whole configuration and what it costs, where the model has prices. */
export interface Configuration {
  options: string[];
  price?: Decimal;
  cost?: Decimal;
  margin?: Decimal;
  /** Whether it is known to be the best. */
  proved?: boolean;
}

/** What choosing an option would change. */
export interface WhatIf {
  option: string;
  price: Decimal;
  margin: Decimal;
}

/** A parts list: every line, and each item once with its whole quantity. */
export interface Explosion {
  lines: {
    level: number;
    item: string;
    for: string;
    quantity: Decimal;
    unit?: string;
    cost: Decimal;
    price: Decimal;
  }[];
  totals: [string, Decimal][];
  cost: Decimal;
  price: Decimal;
}

/** A session as it is stored. */
export interface SavedSession {
  model: string;
  version?: string;
  choices: UserChoice[];
}

/** What of a stored session still stands. */
export interface Resumed {
  same_model: boolean;
  kept: UserChoice[];
  lost: { choice: UserChoice; error: unknown }[];
}

