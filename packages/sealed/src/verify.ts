import { openFile } from "./age.ts";
import { openAttemptSecret } from "./attempt-secret.ts";
import { type Problem, SealedError } from "./errors.ts";
import { FileLedger, type SegmentEntry } from "./files.ts";
import { Findings } from "./findings.ts";
import { identitiesText } from "./identities.ts";
import type { TrustedLog } from "./keylog.ts";
import type { GapLeaf, OpenLeaf } from "./leaves.ts";
import { AttemptLog, type PlacedLeaf } from "./log.ts";
import { keyName } from "./names.ts";
import { checkWrap, trustOpening } from "./opening.ts";
import { Queue } from "./queue.ts";
import { segmentIdentity, streamSecret } from "./schedule.ts";
import type { ScopeKey } from "./scope-key.ts";
import type { Bytes } from "./text.ts";
import type { ScopeCertificate, TrustedScope } from "./trust.ts";

/** `open`: no close, still running. `open-ended`: no close though it is over. */
export type Verdict = "complete" | "open" | "open-ended" | "damaged";

/** The findings so far. */
export interface Verification {
  readonly verdict: Verdict;
  readonly problems: readonly Problem[];
  /** Leaves seen. */
  readonly leafCount: number;
  /** Leaves under a checkpoint that the attempt signed and the server cosigned. */
  readonly checkedCount: number;
  /** "Checked up to": the latest end under that checkpoint, ms since the opening. */
  readonly checkedUpToMs: number;
  readonly closedMs: number | null;
  /** Unix seconds of the last receipt. */
  readonly receiptTimeS: number | null;
  readonly filesChecked: number;
  readonly filesTotal: number;
}

export interface AttemptEvidence {
  readonly attempt: string;
  readonly log: TrustedLog;
  readonly certificate: ScopeCertificate;
  /** `attempt.age` */
  readonly wrap: Bytes;
}

/**
 * Verifies one attempt as its parts arrive (sealed.md §9), whole or live. Bad evidence never throws while it is fed: it
 * becomes a problem. Calls may overlap and are done in the order they were made.
 */
export class AttemptVerifier {
  readonly #evidence: AttemptEvidence;
  readonly #queue = new Queue();
  readonly #findings = new Findings();
  readonly #files = new FileLedger();
  readonly #log: AttemptLog;
  readonly #streamSecrets = new Map<string, Promise<Bytes>>();
  #scope: TrustedScope | null = null;
  #isWrapSound = false;
  #secret: Bytes | null = null;

  constructor(evidence: AttemptEvidence) {
    this.#evidence = evidence;
    this.#log = new AttemptLog(evidence.attempt, this.#findings);
  }

  /** Leaf 0, once it was read. */
  get opening(): OpenLeaf | null {
    return this.#log.history.opening;
  }

  /** The scope of the opening once the walk has reached it; `openScopeKey` needs it. */
  get scope(): TrustedScope | null {
    return this.#scope;
  }

  /** In the order of their leaves. */
  get segments(): readonly SegmentEntry[] {
    return this.#files.all;
  }

  get gaps(): readonly (GapLeaf & { readonly leafIndex: number })[] {
    return this.#log.history.gaps;
  }

  find(stream: string, index: number): SegmentEntry | undefined {
    return this.#files.find(stream, index);
  }

  /** Takes the next leaves in order, any number at a time; answers the problems that they brought. */
  addLeaves(leaves: readonly Bytes[]): Promise<readonly Problem[]> {
    return this.#watch(async () => {
      for (const placed of await this.#log.add(leaves)) await this.#takeLeaf(placed);
      await this.#settle();
    });
  }

  async #takeLeaf({ leafIndex, leaf }: PlacedLeaf): Promise<void> {
    if (leaf.attempt !== this.#evidence.attempt) return;
    if (leaf.kind === "segment") this.#files.add(leafIndex, leaf);
    if (leaf.kind === "open" && leaf === this.opening) await this.#judgeOpening(leaf);
  }

  async #judgeOpening(open: OpenLeaf): Promise<void> {
    const { log, certificate, wrap } = this.#evidence;
    await this.#findings.absorbed(async () => {
      this.#scope = await trustOpening(open, log, certificate);
    });
    await this.#findings.absorbed(async () => {
      await checkWrap(open, wrap);
      this.#isWrapSound = true;
    });
  }

  /** Takes a checkpoint with its receipt. One that is ahead of the leaves waits for them. */
  addCheckpoint(note: string): Promise<readonly Problem[]> {
    return this.#watch(async () => {
      this.#log.addCheckpoint(note);
      await this.#settle();
    });
  }

  /** Without a trusted opening neither the attempt's key nor a server's is known: the checkpoints wait. */
  async #settle(): Promise<void> {
    const [open, scope] = [this.opening, this.#scope];
    if (open === null || scope === null) return;
    const name = keyName.attempt(open.institution, open.attempt);
    await this.#log.settle({ name, vkey: open.attemptVkey }, scope.servers);
  }

  /** Compares a file with its leaf. @throws SealedError `tampered`, `malformed`, recorded too; RangeError when no leaf names it. */
  checkFile(stream: string, index: number, file: Bytes): Promise<void> {
    return this.#queue.run(() => this.#checkFile(stream, index, file));
  }

  #checkFile(stream: string, index: number, file: Bytes): Promise<void> {
    const check = () => this.#files.check(stream, index, file);
    return this.#findings.recorded({ stream, index }, check);
  }

  /** Says that a file is not to be had. @throws RangeError when no leaf names it. */
  markMissing(stream: string, index: number): Problem {
    this.#files.mark(stream, index, "missing");
    return this.#findings.record({
      kind: "missing",
      stream,
      index,
      sentence: "A file is not there.",
    });
  }

  /**
   * Opens `attempt.age`; needs a trusted opening.
   * @throws SealedError `wrong-recipient`, `wrong-key`, `tampered`, `replayed`, `downgrade`, `malformed`; recorded as a
   *   problem too.
   */
  unlock(key: ScopeKey): Promise<void> {
    return this.#queue.run(async () => {
      const scope = this.#scope;
      if (scope === null) {
        throw new SealedError("untrusted", "Nothing is opened before the opening is trusted.");
      }
      if (!this.#isWrapSound)
        throw new SealedError("tampered", "attempt.age is not the attempt's.");
      const { wrap, attempt } = this.#evidence;
      await this.#findings.recorded(undefined, async () => {
        if (key.recipient !== scope.recipient) {
          throw new SealedError("wrong-recipient", "The key is not the one that was certified.");
        }
        this.#secret = await openAttemptSecret(wrap, attempt, key);
      });
    });
  }

  /**
   * Checks a file against its leaf, then decrypts it. Needs `unlock` and a checkpoint that covers the leaf.
   * @throws SealedError `tampered`, `wrong-key`, `downgrade`, `malformed`, recorded as a problem too; `forged` while no
   *   checkpoint covers the leaf; RangeError when no leaf names the file.
   */
  openFile(stream: string, index: number, file: Bytes): Promise<Bytes> {
    return this.#queue.run(async () => {
      await this.#checkFile(stream, index, file);
      if (this.#files.entry(stream, index).leafIndex >= this.#log.checkedCount) {
        throw new SealedError("forged", "No signed checkpoint covers this file yet.");
      }
      const identity = await segmentIdentity(await this.#streamSecret(stream), index);
      return this.#findings.recorded({ stream, index }, () => openFile(file, identity));
    });
  }

  /** The text of `identities.txt` for the files with a leaf; needs `unlock`. */
  identities(): Promise<string> {
    return this.#queue.run(() => {
      const indices = new Map<string, number[]>();
      for (const { stream, index } of this.segments) {
        const known = indices.get(stream);
        if (known === undefined) indices.set(stream, [index]);
        else known.push(index);
      }
      return identitiesText(this.#unlocked(), this.#evidence.attempt, indices);
    });
  }

  /**
   * The findings so far.
   * @param isOver the server says that the attempt will not go on
   * @param isWhole no more leaves will come, as in an export; false where a running attempt is followed
   */
  report(isOver: boolean, isWhole = isOver): Verification {
    const [log, files] = [this.#log, this.segments];
    const problems = [...this.#findings.all, ...(isWhole ? log.endProblems(isOver) : [])];
    return {
      verdict: this.#verdict(problems.length > 0, isOver),
      problems,
      leafCount: log.size,
      checkedCount: log.checkedCount,
      checkedUpToMs: log.checkedUpToMs,
      closedMs: log.history.closing?.closedMs ?? null,
      receiptTimeS: log.receipt?.timeS ?? null,
      filesChecked: files.filter((file) => file.state === "checked").length,
      filesTotal: files.length,
    };
  }

  #verdict(isDamaged: boolean, isOver: boolean): Verdict {
    if (isDamaged) return "damaged";
    const isCloseChecked =
      this.#log.history.closing !== null && this.#log.checkedCount === this.#log.size;
    if (isCloseChecked) return "complete";
    return isOver ? "open-ended" : "open";
  }

  #unlocked(): Bytes {
    if (this.#secret === null) throw new TypeError("The attempt was not unlocked.");
    return this.#secret;
  }

  #streamSecret(stream: string): Promise<Bytes> {
    const known = this.#streamSecrets.get(stream);
    if (known !== undefined) return known;
    const derived = streamSecret(this.#unlocked(), this.#evidence.attempt, stream);
    this.#streamSecrets.set(stream, derived);
    return derived;
  }

  #watch(act: () => Promise<void>): Promise<readonly Problem[]> {
    return this.#queue.run(async () => {
      const before = this.#findings.all.length;
      await act();
      return this.#findings.all.slice(before);
    });
  }
}
