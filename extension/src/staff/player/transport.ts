/** Where the playhead is: a clock of its own that both pictures follow, so that neither leads the other. Pure. */
export const SPEEDS = [0.5, 1, 1.5, 2, 4, 8, 16] as const;

export class Transport {
  #anchorMs = 0;
  #anchoredAt = 0;
  #rate = 1;
  #isRunning = false;

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Position in ms since the opening, at `now` (any monotonic ms). */
  at(now: number): number {
    return this.#isRunning
      ? this.#anchorMs + (now - this.#anchoredAt) * this.#rate
      : this.#anchorMs;
  }

  seek(ms: number, now: number): void {
    this.#anchorMs = ms;
    this.#anchoredAt = now;
  }

  play(now: number): void {
    this.seek(this.at(now), now);
    this.#isRunning = true;
  }

  pause(now: number): void {
    this.seek(this.at(now), now);
    this.#isRunning = false;
  }

  setRate(rate: number, now: number): void {
    this.seek(this.at(now), now);
    this.#rate = rate;
  }
}

/** The next speed up or down. */
export function nextSpeed(rate: number, step: 1 | -1): number {
  const place = SPEEDS.findIndex((speed) => speed >= rate);
  return SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place + step))] ?? 1;
}
