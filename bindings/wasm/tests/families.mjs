import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../../crates/conformance/cases/", import.meta.url);

/** The families of the corpus. */
export const families = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
