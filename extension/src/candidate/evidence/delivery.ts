import { delayAfter } from "../../backoff.ts";
import { Ledger } from "./ledger.ts";
import { leafOf } from "./leaves.ts";
import type { FoundLog } from "./opening.ts";
import { REAL_WORLD, verdictOn } from "./queue.ts";
import { Uploads } from "./uploads.ts";
import { Wrap } from "./wrap.ts";
import type { SpooledFile } from "./database.ts";
import { Trouble } from "../../problems.ts";
import type { Problem } from "../../problems.ts";
import type { AttemptCalls } from "../../server.ts";

type ServerProblem = Extract<Problem, { kind: "server" }>;

/** Brings an attempt's wrap, files and log to its server, over and over, until a receipt covers all of it. */
export class Delivery {
  readonly uploads: Uploads;
  readonly #ledger: Ledger;
  readonly #wrap: Wrap;
  readonly #found: FoundLog;
  readonly #onTrouble: (problem: Problem) => void;
  readonly #calls: AttemptCalls;
  #failures = 0;
  #not_before = 0;
  #stopped: Problem | null = null;
  /** Why the log can be taken up to a leaf and no further. */
  #end: Problem | null = null;

  constructor(found: FoundLog, calls: AttemptCalls, onTrouble: (problem: Problem) => void) {
    this.#found = found;
    this.#calls = calls;
    this.#onTrouble = onTrouble;
    const { sealer, spool, trusted, marks } = found;
    const own = { spool, calls };
    this.uploads = new Uploads({ ...own, world: REAL_WORLD, bytes_sent: marks.now.bytes_sent });
    this.#ledger = new Ledger({
      ...own,
      sealer,
      trusted,
      posted: marks.now.receipted,
      onReceipt: ({ size, note }) => this.#receipted(size, note),
    });
    this.#wrap = new Wrap({
      put: () => calls.putWrap(found.opened.wrap),
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

  /** Whether the server takes nothing more, whatever is tried. */
  get isRefused(): boolean {
    return this.#stopped !== null || this.uploads.standing.is === "stopped";
  }

  /** One step: the wrap if it is not there, then the newest checkpoint whose files are. Never throws. */
  async step(): Promise<void> {
    if (this.#stopped !== null || Date.now() < this.#not_before) return;
    try {
      const { problem } = this.uploads.standing;
      if (problem !== null && codeOf(problem) === "attempt-closed") await this.#recoverReceipt();
      await this.#post();
      if (this.#end !== null && this.#ledger.isAtItsEnd) this.#stop(this.#end);
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
    await this.#answer(problem);
    this.#failures += 1;
    const retry_after_s = problem.kind === "server" ? problem.retry_after_s : null;
    this.#not_before = Date.now() + delayAfter(this.#failures, REAL_WORLD.random, retry_after_s);
  }

  async #answer(problem: Problem): Promise<void> {
    switch (codeOf(problem)) {
      case "attempt-closed":
        await this.#recoverReceipt();
        break;
      case "segment-missing":
        await this.#bringMissing(problem as ServerProblem);
        break;
      case "log-behind":
        await this.#fallBack(problem as ServerProblem);
        break;
      default:
        if (verdictOn(problem) === "stop") this.#stop(problem);
    }
  }

  #stop(problem: Problem): void {
    this.#stopped = problem;
    this.#onTrouble(problem);
  }

  /** The last answer was lost on its way: the server has closed the log and keeps the receipt. */
  async #recoverReceipt(): Promise<void> {
    try {
      const { checkpoint } = await this.#calls.logTail();
      if (checkpoint !== null) await this.#ledger.accept(checkpoint);
    } catch (lost) {
      // A recording that was deleted has no receipt any more.
      if (!(lost instanceof Trouble)) throw lost;
      if (verdictOn(lost.problem) === "stop") this.#stop(lost.problem);
    }
  }

  /**
   * The server does not have a file that it had. Those that no receipt covers are still here; one that a receipt covered
   * is nowhere any more, and the log can be taken up to its leaf.
   */
  async #bringMissing(problem: ServerProblem): Promise<void> {
    const { spool } = this.#found;
    const leaf = leafOf(await spool.leaves(), problem);
    if (leaf !== null && (await spool.holds(leaf))) await this.#sendAgain();
    else await this.#endAt(leaf ?? this.#ledger.receipted, problem);
  }

  async #endAt(leaf: number, problem: Problem): Promise<void> {
    await this.#ledger.endAt(leaf);
    this.#end = problem;
  }

  /** The server went back behind its own receipt: a backup was restored. */
  async #fallBack(problem: ServerProblem): Promise<void> {
    const { size = Number.NaN } = problem;
    if (!Number.isInteger(size) || size < 0 || size >= this.#ledger.receipted) {
      this.#stop(problem);
      return;
    }
    await this.#found.marks.change({ receipted: size });
    await this.#ledger.fallBack(size);
    await this.#sendAgain();
  }

  async #sendAgain(): Promise<void> {
    const { spool } = this.#found;
    await spool.markLost(this.#ledger.receipted);
    for (const file of await spool.waiting()) this.uploads.add(file);
  }
}

function codeOf(problem: Problem): string {
  return problem.kind === "server" ? problem.code : problem.kind;
}
