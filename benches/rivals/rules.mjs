// Rivals in Node on a part of each line: its cluster discount and its best promotion. Price rows by the hundred
// thousand are no rules, and amounts are no conclusions, so the rest of the line is left out.
//
// usage: rules.mjs zen|json-rules-engine DIRECTORY ROUNDS
//
// DIRECTORY holds the tables that `workload` writes and, for ZEN, the decision that `bench-zen` writes. Prints
// nanoseconds of processor time per line as JSON, of all threads, the median over the rounds; nothing where the
// sums are not those of sums.csv.

import { readFileSync } from "node:fs";

const [who, directory, rounds] = process.argv.slice(2);

/** The rows of a table by their headings: decimals as whole hundredths, nothing as null. */
function table(name) {
  const [headings, ...rows] = readFileSync(`${directory}/${name}.csv`, "utf8").trimEnd().split("\n");
  const names = headings.split(",");
  const value = (cell) => (cell === "" ? null : /^[cp]/.test(cell) ? cell : Number(cell.replace(".", "")));
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, at) => [names[at], value(cell)])));
}

const products = new Map(table("products").map((product) => [product.product, product]));
const customers = new Map(table("customers").map((customer) => [customer.customer, customer]));
const questions = table("lines").map(({ customer, product, quantity, day }) => {
  const { cluster, region } = customers.get(customer);
  return { category: products.get(product).category, cluster, region, quantity, day };
});

/** The best is the largest percentage, and of equal ones the first. */
const better = (one, other) => other.percent - one.percent || one.promotion - other.promotion;

const rivals = {
  /** The decision of the rival in Rust, compiled before. */
  async zen() {
    const { ZenDecisionContent, ZenEngine } = await import("@gorules/zen-engine");
    const content = new ZenDecisionContent(readFileSync(`${directory}/decision.json`));
    const decision = new ZenEngine().createDecision(content);
    return async (question) => {
      const { result } = await decision.evaluate(question);
      return [result.percent, result.promotion ?? 0, result.promotion_percent ?? 0];
    };
  },

  /** A rule for each cell of the matrix and for each promotion, all of which are looked at for each line. */
  async "json-rules-engine"() {
    const { Engine } = await import("json-rules-engine");
    const is = (fact, operator, value) => (value === null ? [] : [{ fact, operator, value }]);
    const engine = new Engine();
    for (const { cluster, category, percent } of table("clusters")) {
      const all = [...is("cluster", "equal", cluster), ...is("category", "equal", category)];
      engine.addRule({ conditions: { all }, event: { type: "cluster", params: { percent } } });
    }
    for (const promotion of table("promotions")) {
      const all = [
        ...is("category", "equal", promotion.category),
        ...is("cluster", "equal", promotion.cluster),
        ...is("region", "equal", promotion.region),
        ...is("quantity", "greaterThanInclusive", promotion.quantity),
        ...is("day", "greaterThanInclusive", promotion.from),
        ...is("day", "lessThan", promotion.to),
      ];
      engine.addRule({ conditions: { all }, event: { type: "promotion", params: promotion } });
    }
    return async (question) => {
      const { events } = await engine.run(question);
      const of = (type) => events.filter((event) => event.type === type).map((event) => event.params);
      const [best = { promotion: 0, percent: 0 }] = of("promotion").sort(better);
      return [of("cluster")[0].percent, best.promotion, best.percent];
    };
  },
};

const answer = await rivals[who]();
const sums = [0, 0, 0];
for (const question of questions) {
  (await answer(question)).forEach((value, at) => (sums[at] += value));
}
const { cluster, promotion, promotion_percent } = table("sums")[0];
const right = [cluster, promotion, promotion_percent];
if (sums.join() !== right.join()) {
  console.error(`${who} comes to ${sums}, and right is ${right}`);
  process.exit(1);
}
const times = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const start = process.cpuUsage();
  for (const question of questions) {
    await answer(question);
  }
  const { user, system } = process.cpuUsage(start);
  times.push(((user + system) * 1_000) / questions.length);
}
times.sort((one, other) => one - other);
console.log(JSON.stringify({ line: times[times.length >> 1] }));
