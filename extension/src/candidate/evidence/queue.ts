import { delayAfter } from "../../backoff.ts";
import { REAL_WAITING } from "../../patience.ts";
import type { Waiting } from "../../patience.ts";
import { Trouble } from "../../problems.ts";
import type { Problem } from "../../problems.ts";

/** The world outside a queue; a test has its own. */
export interface QueueWorld extends Waiting {
  nowMs: () => number;
}

export interface QueueNews {
  is: "idle" | "sending" | "waiting" | "offline" | "stopped";
  next_try_at: number | null;
  problem: Problem | null;
}

/** `retry`: the same again later. `stop`: the server will never take it, whatever is tried. */
type Verdict = "retry" | "stop";

/**
 * Which problems waiting can cure. A token that is over, an attempt that is, an answer that contradicts the log and a file
 * that is not on the disk any more cannot be waited out.
 */
export function verdictOn(problem: Problem): Verdict {
  switch (problem.kind) {
    case "offline":
    case "bad-answer":
      return "retry";
    case "local":
      // A defect may be of the moment: a database that is being replaced, a disk that is busy.
      return problem.code === "defect" ? "retry" : "stop";
    case "server":
      return problem.status >= 500 || PASSING.has(problem.status) || RETRIED.has(problem.code)
        ? "retry"
        : "stop";
  }
}

/** A request that took too long, came too early, or was one too many. */
const PASSING = new Set([408, 425, 429]);
const RETRIED = new Set(["digest-mismatch"]);

/** Sends items in order, up to `width` at once; an item leaves only when `send` has resolved for it. */
export class Queue<T> {
  readonly #send: (item: T) => Promise<void>;
  readonly #world: QueueWorld;
  readonly #width: number;
  readonly #waiting: T[] = [];
  #under_way = 0;
  #failures = 0;
  #not_before = 0;
  #stopped: Problem | null = null;
  #last: Problem | null = null;
  #alarm = new AbortController();

  constructor(send: (item: T) => Promise<void>, world: QueueWorld, width = 3) {
    this.#send = send;
    this.#world = world;
    this.#width = width;
  }

  get length(): number {
    return this.#waiting.length + this.#under_way;
  }

  get news(): QueueNews {
    return newsOf({
      stopped: this.#stopped,
      last: this.#last,
      not_before: this.#not_before,
      under_way: this.#under_way,
      waiting: this.#waiting.length,
    });
  }

  add(item: T): void {
    this.#waiting.push(item);
    this.#fill();
  }

  /** The network is back: do not wait any longer. */
  wake(): void {
    this.#not_before = 0;
    this.#alarm.abort();
    this.#alarm = new AbortController();
    this.#fill();
  }

  #fill(): void {
    // After a failure one item goes ahead to feel the way.
    const room = this.#failures > 0 ? 1 : this.#width;
    while (this.#mayStart(room)) {
      const item = this.#waiting.shift();
      if (item === undefined) break;
      this.#under_way += 1;
      void this.#attempt(item);
    }
  }

  #mayStart(room: number): boolean {
    return (
      this.#stopped === null && this.#under_way < room && this.#world.nowMs() >= this.#not_before
    );
  }

  async #attempt(item: T): Promise<void> {
    try {
      await this.#send(item);
      this.#failures = 0;
      this.#last = null;
    } catch (error) {
      this.#waiting.unshift(item);
      this.#failed(error instanceof Trouble ? error.problem : { kind: "local", code: "defect" });
    } finally {
      this.#under_way -= 1;
      this.#fill();
    }
  }

  #failed(problem: Problem): void {
    this.#last = problem;
    if (verdictOn(problem) === "stop") {
      this.#stopped = problem;
      return;
    }
    // Neighbours that fell with the first failure do not count again.
    if (this.#world.nowMs() < this.#not_before) return;
    this.#failures += 1;
    const retry_after_s = problem.kind === "server" ? problem.retry_after_s : null;
    const delay = delayAfter(this.#failures, this.#world.random, retry_after_s);
    this.#not_before = this.#world.nowMs() + delay;
    void this.#world.sleep(delay, this.#alarm.signal).then(() => {
      this.#not_before = 0;
      this.#fill();
    });
  }
}

function newsOf(now: {
  stopped: Problem | null;
  last: Problem | null;
  not_before: number;
  under_way: number;
  waiting: number;
}): QueueNews {
  if (now.stopped !== null) return { is: "stopped", next_try_at: null, problem: now.stopped };
  if (now.last !== null && now.waiting + now.under_way > 0) {
    const is = now.last.kind === "offline" ? "offline" : "waiting";
    return { is, next_try_at: now.not_before, problem: now.last };
  }
  return { is: now.under_way > 0 ? "sending" : "idle", next_try_at: null, problem: null };
}

/** The real world of a queue. */
export const REAL_WORLD: QueueWorld = { ...REAL_WAITING, nowMs: () => Date.now() };
