/** One stream as it lies on the attempt's time: which file shows which moment. Pure. */
export interface TapeFile {
  index: number;
  /** ms since the opening. */
  t0Ms: number;
  t1Ms: number;
  /** `delta` needs the files since the last `whole` one. */
  continuity: "whole" | "delta";
}

/** Files may leave a few frames between them; what is shorter than this is no gap to a person. */
const SEAM_MS = 1_500;

export class Tape<F extends TapeFile> {
  readonly #files: F[] = [];
  /** Nothing will follow: the attempt is over and its log is closed. */
  isComplete = false;

  /** Adds files in their order; a live tape grows. */
  extend(files: readonly F[]): void {
    this.#files.push(...files);
  }

  get files(): readonly F[] {
    return this.#files;
  }

  get endMs(): number {
    return this.#files.at(-1)?.t1Ms ?? 0;
  }

  /** Place of the last file that begins at or before `ms`; -1 before the first. Binary search. */
  placeAt(ms: number): number {
    let [low, high] = [0, this.#files.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#files[middle]?.t0Ms ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Whether something was recorded at `ms`. */
  covers(ms: number): boolean {
    const file = this.#files[this.placeAt(ms)];
    return file !== undefined && ms < file.t1Ms + SEAM_MS;
  }

  /** Places of the files to decode for showing `fromMs` to `toMs`: from the last whole file on. */
  run(fromMs: number, toMs: number): { first: number; last: number } | null {
    const place = this.placeAt(fromMs);
    let first = Math.max(0, place);
    while (first > 0 && this.#files[first]?.continuity === "delta") first -= 1;
    const last = this.placeAt(toMs);
    return last < first || this.#files.length === 0 ? null : { first, last };
  }

  /** Stretches with a recording, for the timeline: [from, to] in ms, seams closed. */
  stretches(): [number, number][] {
    const found: [number, number][] = [];
    for (const { t0Ms, t1Ms } of this.#files) {
      const open = found.at(-1);
      if (open !== undefined && t0Ms <= open[1] + SEAM_MS) open[1] = Math.max(open[1], t1Ms);
      else found.push([t0Ms, t1Ms]);
    }
    return found;
  }
}
