// Makes the calls of the corpus; for Node and for browsers.

/** What a call comes to: `{ answer }`, or `{ error }` as JSON. */
async function outcome(ask) {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (typeof error.json !== "function") throw error;
    return { error: error.json() };
  }
}

const bytes = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (two) => parseInt(two, 16));
const digits = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function answers(library, family, one, engines, small) {
  const { load, checkJson, configurator } = library;
  const compiled = (name) => (engines[name] ??= load(family.books[name]));
  switch (one.call) {
    case "check":
      return [await outcome(() => checkJson(family.books[one.book]))];
    case "compile":
      return [await outcome(async () => (await compiled(one.book)).digest)];
    case "to_bytes":
      return [await outcome(async () => digits((await compiled(one.book)).toBytes()))];
    case "from_bytes":
      // The full build would take a book in JSON as well.
      return [await outcome(async () => (await small.load(bytes(one.input))).digest)];
    case "diff":
      return [
        await outcome(async () =>
          (await compiled(one.book)).diffJson(await compiled(one.other), one.input),
        ),
      ];
    case "configure": {
      let session;
      const made = await outcome(async () => {
        session = (await configurator(family.models[one.model], one.date)).session();
      });
      if (made.error !== undefined) return [made];
      const steps = [];
      for (const step of one.steps) steps.push(await outcome(() => session.step(step.input)));
      return steps;
    }
    default:
      return [await outcome(async () => (await compiled(one.book)).call(one.call, one.input))];
  }
}

/**
 * How many cases a family has, and those that do not come out as it says; `small` is the build that
 * loads compiled books only.
 */
export async function run(library, family, small) {
  const engines = {};
  const wrong = [];
  for (const one of family.cases) {
    const stored = (one.answer ?? one.error) !== undefined ? [one] : one.steps;
    const wanted = stored.map(({ answer, error }) => (error === undefined ? { answer } : { error }));
    const found = await answers(library, family, one, engines, small);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      wrong.push({ name: one.name, wanted, found });
    }
  }
  return { cases: family.cases.length, wrong };
}
