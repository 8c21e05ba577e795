import { SealedError, toBase64 } from "@invigil/sealed";
import type { AttemptSealer, TrustedScope } from "@invigil/sealed";
import { Trouble } from "../../problems.ts";
import type { Problem } from "../../problems.ts";
import type { AttemptCalls } from "../../server.ts";
import type { Spool } from "./spool.ts";

/** Leaves that fit well into one request. */
const MOST_LEAVES = 2_000;

interface Checkpoint {
  size: number;
  note: string;
}

/** What a receipt established. */
export interface Receipted {
  size: number;
  note: string;
}

/**
 * Signs the log every few seconds and brings it to the server as far as its files are there. A checkpoint that
 * cannot be brought yet waits; the newest that can be is sent, and those before it are of no more use.
 */
export class Ledger {
  readonly #sealer: AttemptSealer;
  readonly #spool: Spool;
  readonly #calls: AttemptCalls;
  readonly #trusted: TrustedScope;
  readonly #onReceipt: (receipt: Receipted) => Promise<void>;
  readonly #pending: Checkpoint[] = [];
  #posted: number;
  #signed = 0;
  /** No leaf from here on can be under a receipt. */
  #end = Number.POSITIVE_INFINITY;
  #posting = false;

  constructor(place: {
    sealer: AttemptSealer;
    spool: Spool;
    calls: AttemptCalls;
    trusted: TrustedScope;
    /** Leaves that the server has. */
    posted: number;
    onReceipt: (receipt: Receipted) => Promise<void>;
  }) {
    this.#sealer = place.sealer;
    this.#spool = place.spool;
    this.#calls = place.calls;
    this.#trusted = place.trusted;
    this.#posted = place.posted;
    this.#onReceipt = place.onReceipt;
  }

  /** Leaves under the server's receipt. */
  get receipted(): number {
    return this.#posted;
  }

  /** Whether nothing more can be under a receipt. */
  get isAtItsEnd(): boolean {
    return this.#posted >= this.#end;
  }

  /** Signs what was kept since the last time. */
  async sign(): Promise<void> {
    const size = this.#sealer.size;
    if (size === this.#signed || size === this.#posted || size > this.#end) return;
    this.#signed = size;
    this.#pending.push(await this.#sealer.checkpoint());
  }

  /** The server holds fewer leaves than it gave a receipt for, as after a restore: they are brought again. */
  async fallBack(size: number): Promise<void> {
    this.#posted = size;
    await this.#signAnew(this.#sealer.size);
  }

  /** The file of leaf `end` is nowhere any more: the leaves before it are all that can be under a receipt. */
  async endAt(end: number): Promise<void> {
    this.#end = end;
    await this.#signAnew(end);
  }

  async #signAnew(end: number): Promise<void> {
    const sizes = [];
    for (let size = this.#posted + MOST_LEAVES; size < end; size += MOST_LEAVES) sizes.push(size);
    if (end > this.#posted) sizes.push(end);
    const signed = await Promise.all(sizes.map((size) => this.#sealer.checkpoint(size)));
    this.#pending.splice(0, this.#pending.length, ...signed);
    this.#signed = this.#sealer.size;
  }

  /**
   * Brings the newest checkpoint whose files are all stored.
   * @throws Trouble as the server answers; the checkpoint stays.
   */
  async post(stored_below: number): Promise<void> {
    if (this.#posting) return;
    const checkpoint = this.#nextWithin(stored_below);
    if (checkpoint === null) return;
    this.#posting = true;
    try {
      await this.#bring(checkpoint);
    } finally {
      this.#posting = false;
    }
  }

  #nextWithin(stored_below: number): Checkpoint | null {
    const ready = this.#pending.filter((one) => one.size <= stored_below);
    const fitting = ready.filter((one) => one.size - this.#posted <= MOST_LEAVES);
    return fitting.at(-1) ?? ready[0] ?? null;
  }

  async #bring(checkpoint: Checkpoint): Promise<void> {
    const kept = await this.#spool.leaves(this.#posted);
    const leaves = kept.slice(0, checkpoint.size - this.#posted).map(toBase64);
    const from = this.#posted;
    const answer = await this.#calls.appendLog({ from, leaves, checkpoint: checkpoint.note });
    await this.accept(answer.receipt);
  }

  /** Checks a receipt of this log before anything relies on it. @throws Trouble `bad-answer` */
  async accept(note: string): Promise<void> {
    const { size } = await this.#sealer.receipt(note, this.#trusted).catch((error: unknown) => {
      throw error instanceof SealedError ? new Trouble(UNSOUND) : error;
    });
    this.#posted = size;
    while ((this.#pending[0]?.size ?? Number.POSITIVE_INFINITY) <= size) this.#pending.shift();
    await this.#onReceipt({ size, note });
  }
}

/** A receipt that does not verify is no receipt: nothing is released for it. */
const UNSOUND: Problem = { kind: "bad-answer", status: 200 };
