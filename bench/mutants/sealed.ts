/**
 * Changes the verifying half of packages/sealed in small ways, one at a time, and runs its tests: one JSON line a mutant.
 * `node bench/mutants/sealed.ts <every nth> [module]`, from the root of the repository.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createVitest } from "vitest/node";
import type { TestSpecification } from "vitest/node";
import { changesOf } from "./typescript-changes.ts";

const SOURCE = resolve("packages/sealed/src");
// Sealing and what a person chooses words from are not a verdict.
const MODULES =
  "text note checkpoint tree keylog root staff scope trust members opening leaves history log files receipt findings age attempt-secret schedule verify";
const [sample = "1", only] = process.argv.slice(2);

/** The file that is changed at the moment, and what it says instead. */
const current: { path: string; text: string | null } = { path: "", text: null };

const vitest = await createVitest(
  {
    watch: false,
    config: false,
    root: resolve("."),
    include: ["packages/sealed/{src,tests}/**/*.test.ts"],
    bail: 1,
    reporters: [{}],
    testTimeout: 60_000,
  },
  {
    plugins: [
      {
        name: "one mutant",
        enforce: "pre",
        load: (id) => (id === current.path ? current.text : null),
      },
    ],
  },
);
await vitest.standalone();
const tests = await vitest.globTestSpecifications();

/** What a test file took when nothing was changed: those that answer soonest are asked first. */
const durationsMs = new Map<string, number>();

async function passes(test: TestSpecification): Promise<boolean> {
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([test], false);
  for (const file of testModules) durationsMs.set(file.moduleId, file.diagnostic().duration);
  return unhandledErrors.length === 0 && testModules.every((file) => file.ok());
}

async function isAlive(): Promise<boolean> {
  vitest.invalidateFile(current.path);
  for (const test of tests) if (!(await passes(test))) return false;
  return true;
}

try {
  if (!(await isAlive()))
    throw new Error("The tests fail without a mutant: a mutant's death proves nothing.");
  tests.sort(
    (one, other) => (durationsMs.get(one.moduleId) ?? 0) - (durationsMs.get(other.moduleId) ?? 0),
  );
  let number = 0;
  for (const module of only === undefined ? MODULES.split(" ") : [only]) {
    current.path = resolve(SOURCE, `${module}.ts`);
    const source = await readFile(current.path, "utf8");
    for (const { line, what, text } of changesOf(source)) {
      number += 1;
      if (number % Number(sample) !== 0) continue;
      current.text = text;
      const killed = !(await isAlive());
      process.stdout.write(`${JSON.stringify({ file: `${module}.ts`, line, what, killed })}\n`);
    }
    current.text = null;
    vitest.invalidateFile(current.path);
  }
} finally {
  await vitest.close();
}
