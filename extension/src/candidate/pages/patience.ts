import { delayAfter } from "../evidence/backoff.ts";
import type { QueueWorld } from "../evidence/queue.ts";
import type { Outcome, Problem } from "../../problems.ts";

const TOO_MANY_REQUESTS = 429;

/**
 * Asks again, and tells `onWait` each time, for as long as the server says that too many come in at once; a launch that
 * was refused for it is as good as before (wire.md §3). Every other answer is given back.
 */
export async function askPatiently<T>(
  ask: () => Promise<Outcome<T>>,
  world: Pick<QueueWorld, "sleep" | "random">,
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
