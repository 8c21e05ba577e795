import { SealedError } from "./errors.ts";
import type { SegmentLeaf } from "./leaves.ts";
import { type Bytes, checkSize, equalBytes, LIMITS, sha256 } from "./text.ts";

/** What is known of a file: only `checked` ones are opened. */
export type FileState = "unchecked" | "checked" | "missing" | "tampered";

/** A segment as its leaf says it, and what is known of its file. */
export interface SegmentEntry extends Omit<SegmentLeaf, "kind" | "attempt"> {
  readonly leafIndex: number;
  readonly state: FileState;
}

/** The files that the leaves of one attempt name. */
export class FileLedger {
  readonly #entries = new Map<string, SegmentEntry>();

  /** In the order of their leaves. */
  get all(): readonly SegmentEntry[] {
    return [...this.#entries.values()];
  }

  /** The first leaf of a position counts; a second one is a problem of its own. */
  add(leafIndex: number, leaf: SegmentLeaf): void {
    const { stream, index, t0Ms, t1Ms, continuity, length, hash } = leaf;
    const name = fileName(stream, index);
    if (this.#entries.has(name)) return;
    const facts = { leafIndex, stream, index, t0Ms, t1Ms, continuity, length, hash };
    this.#entries.set(name, { ...facts, state: "unchecked" });
  }

  find(stream: string, index: number): SegmentEntry | undefined {
    return this.#entries.get(fileName(stream, index));
  }

  /** @throws RangeError when no leaf names the file. */
  entry(stream: string, index: number): SegmentEntry {
    const entry = this.find(stream, index);
    if (entry === undefined) throw new RangeError(`No leaf names ${fileName(stream, index)}.`);
    return entry;
  }

  mark(stream: string, index: number, state: FileState): void {
    this.#entries.set(fileName(stream, index), { ...this.entry(stream, index), state });
  }

  /** Compares length and hash with the leaf. @throws SealedError `tampered`, `malformed` when over the cap. */
  async check(stream: string, index: number, file: Bytes): Promise<void> {
    const { length, hash } = this.entry(stream, index);
    this.mark(stream, index, "tampered");
    checkSize(file.length, LIMITS.file, "file");
    if (file.length !== length || !equalBytes(await sha256(file), hash)) {
      throw new SealedError("tampered", "A file is not the one that its leaf names.");
    }
    this.mark(stream, index, "checked");
  }
}

function fileName(stream: string, index: number): string {
  return `${stream}-${index}`;
}
