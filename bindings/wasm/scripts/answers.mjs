// Writes every shape of an answer in the corpus as TypeScript, for the compiler to compare with the
// types: dist/check/corpus.ts.

import { mkdirSync, writeFileSync } from "node:fs";

import { families } from "../tests/families.mjs";

const ANSWERS = {
  quote: "Quote",
  explain: "Quote",
  sentences: "Told",
  price: "PricedLine",
  next_breaks: "{ next_breaks: (NextBreak | null)[] }",
  solve: "Solution",
  replay: "Quote",
  digest: "Digests",
  diff: "DiffReport",
  check: "Checked",
};
const STEPS = {
  groups: "Group[]",
  states: "OptionState[]",
  state: "OptionState",
  explain: "Explanation | null",
  restorations: "Restoration[]",
  complete: "Configuration",
  cheapest: "Configuration",
  best_margin: "Configuration",
  what_if: "WhatIf | null",
  parts: "Explosion",
  save: "SavedSession",
};

/** What is the same in answers of the same shape: keys and kinds, and words that are keys too. */
function shape(value) {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].sort()}]`;
  if (value === null || typeof value !== "object") {
    return /^[a-z_]+$/.test(value) ? `"${value}"` : value === null ? "null" : typeof value;
  }
  return `{${Object.entries(value).map(([key, inner]) => `${key}:${shape(inner)}`)}}`;
}

const shapes = new Map();

function add(type, json) {
  const value = JSON.parse(json);
  shapes.set(`${type} ${shape(value)}`, `export const _N: ${type} = ${json};`);
}

for (const { cases } of families) {
  for (const { call, input, answer, steps } of cases) {
    if (answer !== undefined && ANSWERS[call] !== undefined) add(ANSWERS[call], answer);
    if (answer !== undefined && call === "quote") add("WireRequest", input);
    for (const step of steps ?? []) {
      if (step.answer === undefined) continue;
      const asked = JSON.parse(step.input);
      const verb = typeof asked === "string" ? asked : Object.keys(asked)[0];
      add(STEPS[verb] ?? "Standing", step.answer);
    }
  }
}

const folder = new URL("../dist/check/", import.meta.url);
const names = new Set(`${[...shapes.keys()].map((key) => key.split(" ")[0])}`.match(/[A-Z]\w+/g));
names.add("NextBreak").delete("WireRequest");
const lines = [
  `import type { ${[...names].sort().join(", ")} } from "listino/full";`,
  'import type { Request as WireRequest } from "../schema/request.js";',
  ...[...shapes.values()].map((line, at) => line.replace("_N", `_${at}`)),
];
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("corpus.ts", folder), `${lines.join("\n")}\n`);
console.log(`${shapes.size} shapes`);
