import type { QueueWorld } from "../../src/candidate/evidence/queue.ts";

/** A FAKE world for queues: time stands still until a test lets it pass. */
export class FakeWorld implements QueueWorld {
  #now_ms = 0;
  #sleepers: { until: number; wake: () => void }[] = [];

  nowMs = (): number => this.#now_ms;
  random = (): number => 0.5;

  sleep = (ms: number, wake: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.#sleepers.push({ until: this.#now_ms + ms, wake: resolve });
      wake.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
    });

  /** Lets time pass, and everything that follows from it happen. */
  async pass(ms: number): Promise<void> {
    this.#now_ms += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#now_ms);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#now_ms);
    for (const sleeper of due) sleeper.wake();
    await settle();
  }
}

/** Every promise that can go on has gone on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
