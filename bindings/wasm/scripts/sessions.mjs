// Measures sessions of configuration in Node: a directory with books and what customers choose in
// them, as `bench-configure --books` writes it; prints one JSON object of milliseconds.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { load } from "listino";

const [directory] = process.argv.slice(2);

/** The value below which so many percent of the sorted numbers lie. */
const at = (sorted, percent) => sorted[Math.max(Math.ceil((sorted.length * percent) / 100) - 1, 0)];

const isOpen = (state) => state.can_choose === "yes" && state.can_leave_out === "yes";

/** Milliseconds of each step of a customer; every step is checked, after the clock has stopped. */
function steps(engine, request, choices) {
  const session = engine.configure(request);
  const times = choices.map(({ option, chosen, open }) => {
    const begin = performance.now();
    const standing = chosen ? session.choose(option) : session.leaveOut(option);
    const time = performance.now() - begin;
    const left = session.states().filter(isOpen).length;
    if (!standing.settled || left !== open) throw new Error(`${option}: ${left} open, not ${open}`);
    return time;
  });
  session.free();
  return times;
}

/** A model: how long its book loads, and a step takes. As natively, of three visits the best counts. */
async function measure(name) {
  const file = readFileSync(join(directory, `${name}.listino`));
  const { request, customers } = JSON.parse(readFileSync(join(directory, `${name}.json`)));
  const begin = performance.now();
  const engine = await load(file);
  const loaded = performance.now() - begin;
  const times = customers.flatMap((choices) => {
    const visits = [0, 1, 2].map(() => steps(engine, request, choices));
    return choices.map((_, step) => Math.min(...visits.map((visit) => visit[step])));
  });
  engine.free();
  times.sort((a, b) => a - b);
  return { load: loaded, steps: times.length, p50: at(times, 50), p99: at(times, 99), max: at(times, 100) };
}

const models = readdirSync(directory).filter((file) => file.endsWith(".listino"));
const found = {};
for (const file of models) {
  const name = file.replace(/\.listino$/, "");
  for (const [what, value] of Object.entries(await measure(name))) found[`${name} ${what}`] = value;
}
console.log(JSON.stringify(found));
