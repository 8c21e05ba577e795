import { delayAfter } from "./backoff.ts";
import type { Outcome, Problem } from "./problems.ts";

/** How somebody waits; a test has its own. */
export interface Waiting {
  /** Ends early, without an error, when `wake` is aborted. */
  sleep: (ms: number, wake: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
}

const TOO_MANY_REQUESTS = 429;

/**
 * Asks again, and tells `onWait` each time, for as long as the server says that too many come in at once; a launch that
 * was refused for it is as good as before (wire.md §3). Every other answer is given back.
 */
export async function askPatiently<T>(
  ask: () => Promise<Outcome<T>>,
  world: Waiting,
  onWait: () => void,
): Promise<Outcome<T>> {
  const never = new AbortController().signal;
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.ok || !isCrowded(answer.problem)) return answer;
    onWait();
    await world.sleep(delayAfter(tries, world.random, answer.problem.retry_after_s), never);
  }
}

/** Also where a proxy says it, without our own problem. */
function isCrowded(problem: Problem): problem is Extract<Problem, { kind: "server" }> {
  return problem.kind === "server" && problem.status === TOO_MANY_REQUESTS;
}

/** Real time and real chance. */
export const REAL_WAITING: Waiting = {
  sleep: (ms, wake) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const stop = (): void => {
        clearTimeout(timer);
        resolve();
      };
      wake.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
};
