/**
 * Changes the verifying half of packages/sealed in small ways and runs its tests: one JSON line a mutant.
 * typescript_verifier.py asks.
 *
 * All changes are in the code at once and asleep. A first run of the tests wakes each where a test walks
 * over it; one that acts while a module is loaded or a scene is set gets a run of its own.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createVitest } from "vitest/node";
import type { TestModule, TestSpecification } from "vitest/node";
import type { Orders } from "./sealed-runner.ts";
import { type Change, changeable } from "./typescript-changes.ts";

/** What is asked for, as JSON in the first argument. */
interface Question {
  /** The folder of the modules, and theirs names without ending. */
  readonly source: string;
  readonly modules: readonly string[];
  /** The files of tests, those that answer soonest first. */
  readonly tests: readonly string[];
  /** Every nth change. */
  readonly sample: number;
  readonly processes: number;
}

const [question = "{}"] = process.argv.slice(2);
const { source, modules, tests, sample, processes } = JSON.parse(question) as Question;

const texts = new Map<string, string>();
const tried: (Change & { readonly file: string })[] = [];
let count = 0;
for (const module of modules) {
  const path = resolve(source, `${module}.ts`);
  const { text, changes } = changeable(readFileSync(path, "utf8"), count);
  count += changes.length;
  texts.set(path, text);
  tried.push(...changes.map((change) => ({ ...change, file: `${module}.ts` })));
}

const folder = mkdtempSync(join(tmpdir(), "mutants-"));
const [ordersFile, answers] = [join(folder, "orders.json"), join(folder, "answers")];
process.env["INVIGIL_MUTANT_ORDERS"] = ordersFile;
// What is not in the sample counts as noticed before a test begins.
const skipped = tried.filter(({ number }) => number % sample !== 0);
writeFileSync(answers, skipped.map(({ number }) => `killed ${number}\n`).join(""));

const vitest = await createVitest(
  {
    watch: false,
    config: false,
    root: resolve("."),
    include: [...tests],
    runner: join(import.meta.dirname, "sealed-runner.ts"),
    maxWorkers: processes,
    fileParallelism: processes > 1,
    bail: 1,
    // Kept modules would be those without the changes.
    fsModuleCache: false,
    reporters: [{}],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    dangerouslyIgnoreUnhandledErrors: true,
  },
  {
    plugins: [
      { name: "mutants", enforce: "pre", load: (id) => texts.get(id.split("?")[0] ?? id) ?? null },
    ],
  },
);
await vitest.standalone();
const specifications = await vitest.globTestSpecifications();
const rank = ({ moduleId }: TestSpecification) =>
  tests.findIndex((path) => resolve(path) === moduleId);
specifications.sort((one, other) => rank(one) - rank(other));

const complaints: string[] = [];

async function passes(
  active: number | null,
  files: readonly TestSpecification[],
): Promise<boolean> {
  const orders: Orders = { active, answers };
  writeFileSync(ordersFile, JSON.stringify(orders));
  const { testModules: everRun } = await vitest.runTestSpecifications([...files], false);
  const testModules = everRun.filter(({ moduleId }) =>
    files.some((file) => file.moduleId === moduleId),
  );
  if (active === null) for (const file of testModules) complaints.push(...complaintsOf(file));
  return testModules.length === files.length && testModules.every((file) => file.ok());
}

/** Why a file of tests fails although nothing is changed. */
function* complaintsOf(file: TestModule): Generator<string> {
  for (const { message } of file.errors()) yield message;
  for (const test of file.children.allTests("failed"))
    for (const { message } of test.result().errors ?? []) yield `${test.fullName}: ${message}`;
}

function answered(word: string): Set<string> {
  const lines = readFileSync(answers, "utf8").split("\n");
  return new Set(
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)),
  );
}

async function isNoticedFromTheStart({ number }: Change): Promise<boolean> {
  for (const test of specifications) if (!(await passes(number, [test]))) return true;
  return false;
}

function tell({ file, line, what }: (typeof tried)[number], killed: boolean): void {
  process.stdout.write(`${JSON.stringify({ file, line, what, killed })}\n`);
}

try {
  for (const test of specifications) {
    if (!(await passes(null, [test])) || answered("broken").size > 0)
      throw new Error(
        [
          "The tests fail without a mutant: a mutant's death proves nothing.",
          ...complaints,
          ...answered("broken"),
        ].join("\n"),
      );
    process.stderr.write(`${test.moduleId}: ${answered("killed").size} killed\n`);
  }
  const [killed, outside] = [answered("killed"), answered("outside")];
  const met = new Set([...answered("seen"), ...outside]);
  for (const file of new Set(tried.map((change) => change.file)))
    if (!tried.some((change) => change.file === file && met.has(String(change.number))))
      throw new Error(`No test walked over a change of ${file}: its changes were not in the code.`);
  const chosen = tried.filter(({ number }) => number % sample === 0);
  for (const change of chosen) {
    const name = String(change.number);
    tell(change, killed.has(name) || (outside.has(name) && (await isNoticedFromTheStart(change))));
  }
  // Vitest sets it when a test fails, which is what a change is for.
  process.exitCode = 0;
} finally {
  await vitest.close();
  rmSync(folder, { recursive: true });
}
