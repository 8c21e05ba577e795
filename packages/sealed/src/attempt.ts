import { sealFile } from "./age.ts";
import { SECRET_BYTES, sealAttemptSecret } from "./attempt-secret.ts";
import { formatCheckpoint } from "./checkpoint.ts";
import { SealedError } from "./errors.ts";
import { History } from "./history.ts";
import { type Continuity, formatLeaf, type GapCause, type Leaf, parseLeaf } from "./leaves.ts";
import { keyName } from "./names.ts";
import { type Signer, signerFromKeyPair, signNote } from "./note.ts";
import { Queue } from "./queue.ts";
import { openReceipt, type Receipt } from "./receipt.ts";
import { segmentIdentity, streamSecret } from "./schedule.ts";
import { type Bytes, equalBytes, randomBytes, sha256 } from "./text.ts";
import { MerkleTree } from "./tree.ts";
import type { TrustedScope } from "./trust.ts";

/** A sealed file with its leaf. */
export interface SealedSegment {
  readonly kind: "segment";
  readonly leafIndex: number;
  readonly leaf: Bytes;
  readonly stream: string;
  readonly index: number;
  readonly file: Bytes;
}

/** What must be durable before it counts, in this order; `leafIndex` counts 0, 1, 2 … */
export type SealedEntry =
  | {
      readonly kind: "open";
      readonly leafIndex: 0;
      readonly leaf: Bytes;
      /** S: forget it once the close is cosigned. */
      readonly secret: Bytes;
      /** `attempt.age` */
      readonly wrap: Bytes;
    }
  | SealedSegment
  | { readonly kind: "gap" | "close"; readonly leafIndex: number; readonly leaf: Bytes };

/**
 * The port behind which entries are kept. A leaf counts only once `keep` has resolved; when it rejects, the call that made
 * the entry rejects with the same error and nothing has changed.
 */
export interface SealedSpool {
  keep(entry: SealedEntry): Promise<void>;
}

export interface NewAttempt {
  readonly trust: TrustedScope;
  readonly attempt: string;
  /** Ed25519; may be non-extractable (`makeSigningKey`). */
  readonly attemptKey: CryptoKeyPair;
  readonly deviceVkey: string;
  readonly openedMs: number;
  /** 16 bytes from the server. */
  readonly nonce: Bytes;
  readonly clientVersion: string;
  readonly spool: SealedSpool;
}

export interface KeptAttempt {
  /** S, as the spool kept it. */
  readonly secret: Bytes;
  /** All kept leaves from leaf 0 on, in order. */
  readonly leaves: readonly Bytes[];
  readonly attemptKey: CryptoKeyPair;
  readonly spool: SealedSpool;
}

/** One piece of a stream, to be sealed. Times are milliseconds since the opening. */
export interface Segment {
  readonly stream: string;
  readonly t0Ms: number;
  readonly t1Ms: number;
  readonly continuity: Continuity;
  readonly plaintext: Bytes;
}

interface SealerParts {
  readonly signer: Signer;
  readonly secret: Bytes;
  readonly history: History;
  readonly tree: MerkleTree;
  readonly spool: SealedSpool;
}

/**
 * Seals one attempt on the candidate's device (sealed.md §5, §7). Calls may overlap: they are done one after the other, in
 * the order they were made. Evidence that breaks the rules of the log is refused with the SealedError a reader would find.
 */
export class AttemptSealer {
  readonly attempt: string;
  readonly #parts: SealerParts;
  readonly #queue = new Queue();
  readonly #streamSecrets = new Map<string, Promise<Bytes>>();

  private constructor(attempt: string, parts: SealerParts) {
    this.attempt = attempt;
    this.#parts = parts;
  }

  /** Draws S, makes `attempt.age` and leaf 0, and keeps them. */
  static async begin(attempt: NewAttempt): Promise<AttemptSealer> {
    const { trust, spool } = attempt;
    const name = keyName.attempt(trust.institution, attempt.attempt);
    const signer = await signerFromKeyPair(name, attempt.attemptKey);
    const secret = randomBytes(SECRET_BYTES);
    const { institution, scope, epoch, recipient } = trust;
    const held = { institution, attempt: attempt.attempt, scope, epoch, secret };
    const wrap = await sealAttemptSecret(held, recipient);
    const leaf = await openingLeaf(attempt, signer.vkey, await sha256(wrap));
    await spool.keep({ kind: "open", leafIndex: 0, leaf, secret, wrap });
    return AttemptSealer.resume({ secret, leaves: [leaf], attemptKey: attempt.attemptKey, spool });
  }

  /**
   * Goes on after a crash or a restarted worker, from what the spool kept.
   * @throws SealedError when the leaves are not one sound log of this attempt key.
   */
  static async resume({ secret, leaves, attemptKey, spool }: KeptAttempt): Promise<AttemptSealer> {
    const parsed = await Promise.all(leaves.map(parseLeaf));
    const [opening] = parsed;
    if (opening?.kind !== "open") throw new SealedError("truncated", "The opening was not kept.");
    const { institution, attempt, attemptVkey } = opening;
    const signer = await signerFromKeyPair(keyName.attempt(institution, attempt), attemptKey);
    if (signer.vkey !== attemptVkey) {
      throw new SealedError("wrong-key", "The attempt key is not the one in the opening.");
    }
    const [history, tree] = [new History(attempt), new MerkleTree()];
    for (const leaf of parsed) accept(history, leaf);
    await tree.append(leaves);
    return new AttemptSealer(attempt, { signer, secret, history, tree, spool });
  }

  /** Number of leaves kept. */
  get size(): number {
    return this.#parts.tree.size;
  }

  get isClosed(): boolean {
    return this.#parts.history.closing !== null;
  }

  /** Number of gaps declared, by earlier lives too. */
  get gaps(): number {
    return this.#parts.history.gaps.length;
  }

  /** The index that the stream's next segment gets, when no call is under way. */
  nextIndex(stream: string): number {
    return this.#parts.history.nextIndex(stream);
  }

  /** Seals one segment and keeps file and leaf. Every call draws a new file key, so sealing an index again is safe. */
  segment(segment: Segment): Promise<SealedSegment> {
    return this.#queue.run(async () => {
      const { stream, t0Ms, t1Ms, continuity, plaintext } = segment;
      const index = this.nextIndex(stream);
      const identity = await segmentIdentity(await this.#streamSecret(stream), index);
      const file = await sealFile(plaintext, identity);
      const [length, hash] = [file.length, await sha256(file)];
      const { attempt } = this;
      return this.#keep(
        { kind: "segment", attempt, stream, index, t0Ms, t1Ms, continuity, length, hash },
        (leafIndex, leaf) => ({ kind: "segment", leafIndex, leaf, stream, index, file }) as const,
      );
    });
  }

  /** Declares an interruption. Times are milliseconds since the opening. */
  gap(gap: { fromMs: number; toMs: number; cause: GapCause }): Promise<SealedEntry> {
    return this.#queue.run(() => this.#keepPlain({ kind: "gap", attempt: this.attempt, ...gap }));
  }

  /** The last leaf. @param closedMs since the opening. */
  close(closedMs: number): Promise<SealedEntry> {
    return this.#queue.run(() => {
      const { counts } = this.#parts.history;
      return this.#keepPlain({ kind: "close", attempt: this.attempt, closedMs, counts });
    });
  }

  /** A checkpoint over all leaves kept so far, or over the first `size`. Upload the files below it before it. */
  checkpoint(size?: number): Promise<{ readonly size: number; readonly note: string }> {
    return this.#queue.run(async () => {
      const { signer, tree } = this.#parts;
      const head = await tree.head(size);
      const note = await signNote(formatCheckpoint({ origin: signer.name, ...head }), [signer]);
      return { size: head.size, note };
    });
  }

  /**
   * Checks the server's answer to a checkpoint of this log.
   * @throws SealedError `forged` unless both signed, `truncated` for leaves that were never kept, `forked`, `malformed`.
   */
  receipt(note: string, trust: TrustedScope): Promise<Receipt> {
    return this.#queue.run(async () => {
      const { signer, tree } = this.#parts;
      const receipt = await openReceipt(note, signer, trust.servers);
      if (receipt.size > tree.size) {
        throw new SealedError("truncated", "The receipt is for more than was recorded.");
      }
      if (!equalBytes(await tree.root(receipt.size), receipt.rootHash)) {
        throw new SealedError("forked", "The receipt is for another recording.");
      }
      return receipt;
    });
  }

  #keepPlain(leaf: Leaf & { kind: "gap" | "close" }): Promise<SealedEntry> {
    return this.#keep(leaf, (leafIndex, bytes) => ({ kind: leaf.kind, leafIndex, leaf: bytes }));
  }

  async #keep<Entry extends SealedEntry>(
    leaf: Leaf,
    entryOf: (leafIndex: number, bytes: Bytes) => Entry,
  ): Promise<Entry> {
    const { history, tree, spool } = this.#parts;
    const bytes = formatLeaf(leaf);
    await parseLeaf(bytes); // what a reader would refuse is never written
    refuse(history, leaf);
    const entry = entryOf(tree.size, bytes);
    await spool.keep(entry);
    await tree.append([bytes]);
    accept(history, leaf);
    return entry;
  }

  #streamSecret(stream: string): Promise<Bytes> {
    const known = this.#streamSecrets.get(stream);
    if (known !== undefined) return known;
    const derived = streamSecret(this.#parts.secret, this.attempt, stream);
    this.#streamSecrets.set(stream, derived);
    return derived;
  }
}

/** @throws SealedError with the first problem that a reader would find. */
function refuse(history: History, leaf: Leaf): void {
  const [problem] = history.judge(leaf);
  if (problem !== undefined) throw new SealedError(problem.kind, problem.sentence, problem.reason);
}

function accept(history: History, leaf: Leaf): void {
  refuse(history, leaf);
  history.accept(leaf);
}

async function openingLeaf(
  { trust, attempt, deviceVkey, openedMs, nonce, clientVersion }: NewAttempt,
  attemptVkey: string,
  wrapHash: Bytes,
): Promise<Bytes> {
  const leaf = formatLeaf({
    kind: "open",
    institution: trust.institution,
    attempt,
    scope: trust.scope,
    epoch: trust.epoch,
    wrapHash,
    attemptVkey,
    deviceVkey,
    openedMs,
    logHead: trust.logHead,
    nonce,
    clientVersion,
  });
  await parseLeaf(leaf);
  return leaf;
}
