const WINDOW_MS = 120_000;
/** A rate over less than this says nothing. */
const LEAST_WINDOW_MS = 20_000;

/** How long the free disk lasts at the rate of the last two minutes. */
export class DiskGauge {
  #written: { at: number; bytes: number }[] = [];
  #free_bytes: number | null = null;

  wrote(bytes: number, at: number): void {
    this.#written = [...this.#written, { at, bytes }].filter((one) => at - one.at < WINDOW_MS);
  }

  async measure(): Promise<void> {
    const { quota, usage } = await navigator.storage.estimate();
    this.#free_bytes = quota === undefined || usage === undefined ? null : quota - usage;
  }

  /** null while too little is known. */
  leftMs(now: number): number | null {
    const first = this.#written[0];
    if (first === undefined || this.#free_bytes === null) return null;
    const span_ms = now - first.at;
    if (span_ms < LEAST_WINDOW_MS) return null;
    const bytes = this.#written.reduce((sum, one) => sum + one.bytes, 0);
    return Math.max(0, Math.round((this.#free_bytes * span_ms) / bytes));
  }
}
