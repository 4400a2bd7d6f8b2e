// The types as a host uses them; compiled, not run.

import { ListinoError, load, type LinePrice, type Quote, type Request } from "listino";
import { check, configurator } from "listino/full";
import type { ListinoQuote } from "listino/element";

const request: Request = {
  customer: "rossi",
  date: "2026-10-05",
  lines: [{ product: "TYRE-28", quantity: "48", discounts: [{ percent: "2" }] }],
};

export async function total(): Promise<string> {
  const engine = await load(fetch("/book.listino"));
  const quote: Quote = engine.quote(request);
  const price: LinePrice | null | undefined = quote.lines[0]?.price;
  const next = engine.nextBreaks(request)[0];
  if (next != null) console.log(next.more, next.unit_price);
  using session = engine.configure(request);
  session.choose("carbon");
  return price?.unit_price ?? quote.totals.payable;
}

/** A book is an object like any other, however its numbers are typed. */
const book = { v: 1, currency: "EUR", customers: { rossi: {} } };

export async function digest(): Promise<string> {
  const engine = await load(book);
  return engine.digest;
}

export async function findings(): Promise<string[]> {
  try {
    const { findings } = await check({ v: 1 });
    const made = await configurator({ id: "bike", groups: [] }, "2026-10-05");
    made.session().states();
    return findings.map(({ code }) => code);
  } catch (error) {
    if (error instanceof ListinoError) return error.diagnostics.map(({ path }) => path);
    throw error;
  }
}

export function listen(element: ListinoQuote): void {
  element.addEventListener("listino-quote", ({ detail }) => {
    const payable: string = detail.quote.totals.payable;
    console.log(payable, element.choices.length);
  });
}

// @ts-expect-error A number is not a decimal.
request.lines[0] = { product: "TYRE-28", quantity: 48 };
// @ts-expect-error There is no such field.
request.colour = "red";
