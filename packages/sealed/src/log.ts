import { parseCheckpoint } from "./checkpoint.ts";
import { type Problem, problemFrom, SealedError } from "./errors.ts";
import type { Findings } from "./findings.ts";
import { History } from "./history.ts";
import { type Leaf, parseLeaf } from "./leaves.ts";
import { unverifiedText } from "./note.ts";
import { openReceipt, type Receipt } from "./receipt.ts";
import { type Bytes, equalBytes } from "./text.ts";
import { MerkleTree } from "./tree.ts";

/** A leaf with its place in the log. */
export interface PlacedLeaf {
  readonly leafIndex: number;
  readonly leaf: Leaf;
}

/** The log of one attempt as a reader takes it in: leaves, their rules, and the checkpoints over them (sealed.md §9, steps 3 and 4). */
export class AttemptLog {
  readonly history: History;
  readonly #findings: Findings;
  readonly #tree = new MerkleTree();
  /** The latest end among the leaves up to each one, ms since the opening. */
  readonly #endsMs: number[] = [];
  #waiting: readonly string[] = [];
  #receipt: Receipt | null = null;

  constructor(attempt: string, findings: Findings) {
    this.history = new History(attempt);
    this.#findings = findings;
  }

  /** Leaves taken. */
  get size(): number {
    return this.#tree.size;
  }

  /** The last receipt over leaves that are here. */
  get receipt(): Receipt | null {
    return this.#receipt;
  }

  /** Leaves under that receipt. */
  get checkedCount(): number {
    return this.#receipt?.size ?? 0;
  }

  /** The latest end under that receipt, ms since the opening. */
  get checkedUpToMs(): number {
    return this.#endsMs[this.checkedCount - 1] ?? 0;
  }

  /** Takes the next leaves; answers, each with its place, those that could be read. */
  async add(leaves: readonly Bytes[]): Promise<readonly PlacedLeaf[]> {
    const from = this.size;
    await this.#tree.append(leaves);
    const placed: PlacedLeaf[] = [];
    for (const [at, bytes] of leaves.entries()) {
      const leaf = await this.#read(bytes);
      this.#endsMs.push(Math.max(this.#endsMs.at(-1) ?? 0, leaf === null ? 0 : endOf(leaf)));
      if (leaf !== null) placed.push({ leafIndex: from + at, leaf });
    }
    return placed;
  }

  async #read(bytes: Bytes): Promise<Leaf | null> {
    try {
      const leaf = await parseLeaf(bytes);
      for (const problem of this.history.accept(leaf)) this.#findings.record(problem);
      return leaf;
    } catch (error) {
      this.#findings.record(problemFrom(error));
      this.history.skip();
      return null;
    }
  }

  /** Takes a checkpoint; it waits until `settle` finds its leaves. */
  addCheckpoint(note: string): void {
    this.#waiting = [...this.#waiting, note];
  }

  /** Judges the checkpoints whose leaves are here. @param servers keys whose receipts count. */
  async settle(attempt: { name: string; vkey: string }, servers: readonly string[]): Promise<void> {
    const early: string[] = [];
    for (const note of this.#waiting) {
      await this.#findings.absorbed(async () => {
        const receipt = await openReceipt(note, attempt, servers);
        if (receipt.size > this.size) early.push(note);
        else await this.#judge(receipt);
      });
    }
    this.#waiting = early;
  }

  async #judge(receipt: Receipt): Promise<void> {
    if (!equalBytes(await this.#tree.root(receipt.size), receipt.rootHash)) {
      throw new SealedError("forked", "The leaves are not those that the checkpoint signs.");
    }
    if (receipt.size >= this.checkedCount) this.#receipt = receipt;
  }

  /**
   * What is a matter of seconds while more may come, and damage when these are all the leaves there are.
   * @param isOver whether the attempt itself will not go on: then a checkpoint covers its last leaf too
   */
  endProblems(isOver: boolean): readonly Problem[] {
    if (this.#waiting.some((note) => sizeClaimed(note) > this.size)) {
      return [{ kind: "truncated", sentence: "There are fewer leaves than the checkpoint says." }];
    }
    // Where something was found, a missing or refused receipt has its reason already.
    if (this.checkedCount === this.size || this.#findings.all.length > 0) return [];
    if (this.#receipt === null) {
      return [{ kind: "forged", sentence: "No signed checkpoint covers the leaves." }];
    }
    return isOver
      ? [{ kind: "forked", sentence: "There are leaves that no checkpoint covers." }]
      : [];
  }
}

function endOf(leaf: Leaf): number {
  switch (leaf.kind) {
    case "open":
      return 0;
    case "segment":
      return leaf.t1Ms;
    case "gap":
      return leaf.toMs;
    case "close":
      return leaf.closedMs;
  }
}

/** The size that a checkpoint claims, its signatures unchecked; 0 when it cannot be read. */
function sizeClaimed(note: string): number {
  try {
    return parseCheckpoint(unverifiedText(note)).size;
  } catch {
    return 0;
  }
}
