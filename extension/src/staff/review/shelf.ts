import type { Bytes } from "@invigil/sealed";

/** Opened files at hand, so that going back a little asks nobody. The oldest go first. */
const MOST_BYTES = 64 * 1024 * 1024;

export class Shelf {
  readonly #kept = new Map<string, Bytes>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = MOST_BYTES) {
    this.#most = most;
  }

  get(key: string): Bytes | undefined {
    const bytes = this.#kept.get(key);
    if (bytes === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, bytes);
    return bytes;
  }

  put(key: string, bytes: Bytes): void {
    this.#bytes += bytes.length - (this.#kept.get(key)?.length ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, bytes);
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= this.#most || oldest === key) return;
      this.#kept.delete(oldest);
      this.#bytes -= length;
    }
  }
}
