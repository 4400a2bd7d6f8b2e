import type { Language } from "../answers.js";

/** What the element says. One interface, so that no language lacks a word. */
export interface Words {
  quantity: string;
  unitPrice: string;
  listPrice: string;
  total: string;
  withTax(tax: string): string;
  per(unit: string): string;
  breakHint(more: string, unit: string, price: string): string;
  breakTake(quantity: string, total: string): string;
  waterfall: string;
  none: string;
  follows: string;
  usual: string;
  because(reasons: string): string;
  giveUp(option: string, others: string): string;
  reset: string;
  choose(groups: string): string;
  loading: string;
  quantityNeeded: string;
  unavailable: string;
  status(unit: string, total: string): string;
  list(items: readonly string[]): string;
}

const conjunction = (language: Language) => (items: readonly string[]) =>
  new Intl.ListFormat(language, { type: "conjunction" }).format(items);

const english: Words = {
  quantity: "Quantity",
  unitPrice: "Unit price",
  listPrice: "List price",
  total: "Total",
  withTax: (tax) => `including ${tax} tax`,
  per: (unit) => `per ${unit}`,
  breakHint: (more, unit, price) => `${more} ${unit} more lower the unit price to ${price}`,
  breakTake: (quantity, total) => `Take ${quantity} for ${total}`,
  waterfall: "How this price comes about",
  none: "None",
  follows: "follows",
  usual: "as usual",
  because: (reasons) => `not possible: ${reasons}`,
  giveUp: (option, others) => `Choose ${option} and give up ${others}`,
  reset: "Start over",
  choose: (groups) => `Still to be chosen: ${groups}`,
  loading: "The price is on its way",
  quantityNeeded: "Enter a quantity in digits",
  unavailable: "There is no price",
  status: (unit, total) => `Unit price ${unit}, total ${total}`,
  list: conjunction("en"),
};

const italian: Words = {
  quantity: "Quantità",
  unitPrice: "Prezzo unitario",
  listPrice: "Prezzo di listino",
  total: "Totale",
  withTax: (tax) => `di cui ${tax} di imposte`,
  per: (unit) => `per ${unit}`,
  breakHint: (more, unit, price) => `Con altri ${more} ${unit} il prezzo unitario scende a ${price}`,
  breakTake: (quantity, total) => `Prendi ${quantity} a ${total}`,
  waterfall: "Come nasce questo prezzo",
  none: "Nessuno",
  follows: "ne segue",
  usual: "di serie",
  because: (reasons) => `non possibile: ${reasons}`,
  giveUp: (option, others) => `Scegli ${option} e rinuncia a ${others}`,
  reset: "Ricomincia",
  choose: (groups) => `Resta da scegliere: ${groups}`,
  loading: "Il prezzo sta arrivando",
  quantityNeeded: "Inserire una quantità in cifre",
  unavailable: "Non c'è un prezzo",
  status: (unit, total) => `Prezzo unitario ${unit}, totale ${total}`,
  list: conjunction("it"),
};

/** The words of a language: Italian where it is asked for, English everywhere else. */
export const words = (language: Language): Words => (language === "it" ? italian : english);
