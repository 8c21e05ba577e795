/**
 * A purse of bytes that fills steadily. Pictures that change are encoded while there is something in it; afterwards they
 * wait, the newest replacing the older ones. It may be overdrawn: a cell of the grid is always opened.
 */
export class Pace {
  readonly #bytes_per_ms: number;
  readonly #purse_bytes: number;
  #left_bytes: number;
  #counted_ms = 0;

  constructor({ bytes_per_s, purse_bytes }: { bytes_per_s: number; purse_bytes: number }) {
    this.#bytes_per_ms = bytes_per_s / 1_000;
    this.#purse_bytes = purse_bytes;
    this.#left_bytes = purse_bytes;
  }

  /** Whether a changed picture may be encoded now. */
  allows(now_ms: number): boolean {
    this.#fill(now_ms);
    return this.#left_bytes > 0;
  }

  spend(bytes: number): void {
    this.#left_bytes -= bytes;
  }

  #fill(now_ms: number): void {
    const passed_ms = Math.max(0, now_ms - this.#counted_ms);
    this.#counted_ms = Math.max(this.#counted_ms, now_ms);
    this.#left_bytes = Math.min(
      this.#purse_bytes,
      this.#left_bytes + passed_ms * this.#bytes_per_ms,
    );
  }
}
