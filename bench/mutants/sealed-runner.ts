/**
 * Runs each test as it is, then once more for every change that it walked over and that no test has
 * noticed yet. With a change that is active from the start it runs as Vitest always does.
 */
import { appendFileSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { type RunnerTestCase, TestRunner } from "vitest";

/** What the orders file says: see sealed.ts. */
export interface Orders {
  /** A change that is active from the start; null: each in turn, where a test walks over it. */
  readonly active: number | null;
  /** Lines `killed <number>`, `outside <number>`, `seen <number>`, `broken <test>`. */
  readonly answers: string;
}

const ordersFile = process.env["INVIGIL_MUTANT_ORDERS"];
if (ordersFile === undefined) throw new Error("INVIGIL_MUTANT_ORDERS names no file.");
const orders = JSON.parse(readFileSync(ordersFile, "utf8")) as Orders;
const PATIENCE_MS = 30_000;
/** A loop that runs so many times more often than without a change has no end. */
const [TIMES, AT_LEAST] = [30, 200_000];

let active = orders.active;
let walked: Set<number> | null = null;
const outside = new Set<number>();
let [steps, budget] = [0, orders.active === null ? Infinity : 20_000_000];
const seen = new Set<number>();
const killed = new Set<number>();

Object.assign(globalThis, {
  __mutant: (number: number): boolean => {
    if (active === null) (walked ?? outside).add(number);
    return active === number;
  },
  __step: (): void => {
    steps += 1;
    if (steps > budget) throw new Error("A loop has no end.");
  },
});
// The first example that fails is enough, and the same examples each time.
fc.configureGlobal({ endOnFailure: true, seed: 1 });

for (const line of readFileSync(orders.answers, "utf8").split("\n")) {
  const [word, number] = line.split(" ");
  if (word === "killed") killed.add(Number(number));
}

function answer(word: string, subject: number | string): void {
  appendFileSync(orders.answers, `${word} ${subject}\n`);
}

export default class extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const act = TestRunner.getTestFn(test);
    if (orders.active !== null) return act();
    [walked, steps] = [new Set(), 0];
    try {
      await act();
    } catch (error) {
      answer("broken", test.name);
      throw error;
    } finally {
      for (const number of walked) {
        if (!seen.has(number)) answer("seen", number);
        seen.add(number);
      }
    }
    const changes = walked;
    const needed = steps;
    if (!(await isHolding(act, null, needed))) {
      answer("broken", `${test.name}, run twice`);
      return;
    }
    for (const number of changes) {
      if (killed.has(number) || (await isHolding(act, number, needed))) continue;
      killed.add(number);
      answer("killed", number);
    }
    walked = null;
  }

  override onAfterRunFiles(): void {
    if (orders.active === null) for (const number of outside) answer("outside", number);
  }
}

async function isHolding(
  act: () => unknown,
  number: number | null,
  needed: number,
): Promise<boolean> {
  [active, walked] = [number, new Set()];
  [steps, budget] = [0, Math.max(AT_LEAST, needed * TIMES)];
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, PATIENCE_MS);
  });
  try {
    const holds = Promise.resolve(act()).then(
      () => true,
      () => false,
    );
    return await Promise.race([holds, patience]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    [active, walked, budget] = [null, null, Infinity];
  }
}
