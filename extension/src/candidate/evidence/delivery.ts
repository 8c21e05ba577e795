import { delayAfter } from "../../backoff.ts";
import { Ledger } from "./ledger.ts";
import type { FoundLog } from "./opening.ts";
import { isFinal, REAL_WORLD, verdictOn } from "./queue.ts";
import { Uploads } from "./uploads.ts";
import { Wrap } from "./wrap.ts";
import type { SpooledFile } from "./database.ts";
import { Trouble } from "../../problems.ts";
import type { Problem } from "../../problems.ts";
import type { AttemptCalls } from "../../server.ts";

/** Brings an attempt's wrap, files and log to its server, over and over, until a receipt covers all of it. */
export class Delivery {
  readonly uploads: Uploads;
  readonly #ledger: Ledger;
  readonly #wrap: Wrap;
  readonly #found: FoundLog;
  readonly #onTrouble: (problem: Problem) => void;
  #calls: AttemptCalls;
  #failures = 0;
  #not_before = 0;
  #stopped: Problem | null = null;

  constructor(found: FoundLog, calls: AttemptCalls, onTrouble: (problem: Problem) => void) {
    this.#found = found;
    this.#calls = calls;
    this.#onTrouble = onTrouble;
    const { sealer, spool, trusted, marks } = found;
    const own = { spool, calls: () => this.#calls };
    this.uploads = new Uploads({ ...own, world: REAL_WORLD, bytes_sent: marks.now.bytes_sent });
    this.#ledger = new Ledger({
      ...own,
      sealer,
      trusted,
      posted: marks.now.receipted,
      onReceipt: ({ size, note }) => this.#receipted(size, note),
    });
    this.#wrap = new Wrap({
      put: () => this.#calls.putWrap(found.opened.wrap),
      remember: (part) => marks.change(part),
      is_stored: marks.now.wrap_stored,
    });
  }

  /** Takes up what an earlier life left. */
  async resume(): Promise<void> {
    for (const file of await this.#found.spool.waiting()) this.uploads.add(file);
    await this.#ledger.sign();
  }

  kept(file: SpooledFile): void {
    this.uploads.add(file);
  }

  sign(): Promise<void> {
    return this.#ledger.sign();
  }

  get receipted(): number {
    return this.#ledger.receipted;
  }

  get receipt(): string | null {
    return this.#found.marks.now.receipt;
  }

  /** Whether the server takes nothing more, whatever is tried. A renewed token begins anew. */
  get isRefused(): boolean {
    const problems = [this.#stopped, this.uploads.standing.problem];
    return problems.some((problem) => problem !== null && isFinal(problem));
  }

  /** One step: the wrap if it is not there, then the newest checkpoint whose files are. Never throws. */
  async step(): Promise<void> {
    if (this.#stopped !== null || Date.now() < this.#not_before) return;
    try {
      await this.#post();
      this.#failures = 0;
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** The opening cannot wait for the next step: the exam does not start without its receipt. @throws Trouble */
  async bringOpening(): Promise<void> {
    await this.#ledger.sign();
    await this.#post();
  }

  renew(calls: AttemptCalls): void {
    this.#calls = calls;
    this.#stopped = null;
    this.wake();
    this.uploads.restart();
  }

  wake(): void {
    this.#not_before = 0;
    this.uploads.wake();
  }

  #post(): Promise<void> {
    return this.#wrap.before(() => this.#ledger.post(this.uploads.storedBelow));
  }

  async #receipted(size: number, note: string): Promise<void> {
    const { bytes_sent } = this.uploads.standing;
    await this.#found.marks.change({ receipted: size, receipt: note, bytes_sent });
    await this.#found.spool.release(size);
  }

  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof Trouble)) throw error;
    const { problem } = error;
    if (problem.kind === "server" && problem.code === "attempt-closed") {
      await this.#recoverReceipt().catch((lost: unknown) => {
        // A recording that was deleted has no receipt any more.
        if (!(lost instanceof Trouble)) throw lost;
        if (isFinal(lost.problem)) this.#stop(lost.problem);
      });
    } else if (problem.kind === "server" && problem.code === "segment-missing") {
      await this.#sendAgain();
    } else if (verdictOn(problem) === "stop") {
      this.#stop(problem);
    }
    this.#failures += 1;
    const retry_after_s = problem.kind === "server" ? problem.retry_after_s : null;
    this.#not_before = Date.now() + delayAfter(this.#failures, REAL_WORLD.random, retry_after_s);
  }

  #stop(problem: Problem): void {
    this.#stopped = problem;
    this.#onTrouble(problem);
  }

  /** The last answer was lost on its way: the server has closed the log and keeps the receipt. */
  async #recoverReceipt(): Promise<void> {
    const { checkpoint } = await this.#calls.logTail();
    if (checkpoint !== null) await this.#ledger.accept(checkpoint);
  }

  /** The server lost files after it had them: those that no receipt covers are still here. */
  async #sendAgain(): Promise<void> {
    const { spool } = this.#found;
    await spool.markLost(this.#ledger.receipted);
    for (const file of await spool.waiting()) this.uploads.add(file);
  }
}
