/** Milliseconds since the attempt's opening (leaf 0), never falling, in step in all contexts of this computer. */
export interface AttemptClock {
  nowMs: () => number;
}

/** An {@link AttemptClock} that can be put forward: it may stand still while the computer sleeps. */
export interface MovableClock extends AttemptClock {
  /** Never back. */
  moveTo: (ms: number) => void;
}

/** `floor_ms`: what earlier lives of the recording already reached; the clock starts no earlier. */
export function attemptClock(opened_ms: number, floor_ms = 0): MovableClock {
  const wall = (): number => performance.timeOrigin + performance.now() - opened_ms;
  let lag = Math.max(0, floor_ms - wall());
  return {
    nowMs: () => wall() + lag,
    moveTo(ms) {
      lag = Math.max(lag, ms - wall());
    },
  };
}

/** A slower media clock would otherwise drift away unseen; this is more than any sound card errs. */
const LEAK = 200e-6;
const RESTARTED_MS = 2_000;

/**
 * Puts one track's timestamps on the attempt's clock. Tracks have origins and clocks of their own; the packet that
 * was least delayed tells the offset best. Camera and sound so stay in step although they share no clock.
 */
export class TrackClock {
  #offset_ms = Number.POSITIVE_INFINITY;
  #seen_ms = 0;

  /** @param arrived_ms on the attempt's clock */
  at(timestamp_us: number, arrived_ms: number): number {
    const offset = arrived_ms - timestamp_us / 1_000;
    this.#offset_ms += LEAK * Math.max(0, arrived_ms - this.#seen_ms);
    this.#seen_ms = arrived_ms;
    // A jump forward is a computer that slept or a device that began anew.
    if (offset < this.#offset_ms || offset > this.#offset_ms + RESTARTED_MS) {
      this.#offset_ms = offset;
    }
    return timestamp_us / 1_000 + this.#offset_ms;
  }
}
