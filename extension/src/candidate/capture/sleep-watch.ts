import type { AttemptClock } from "./clock.ts";

/** A smaller leap of the computer's clock is a correction whatever else happens. */
const LEAP_MS = 5_000;
/** Whoever recorded and was not asked for the time for so long was asleep, or as good as. */
const STOOD_MS = 10_000;
/** Pictures and sound come more often than this while a computer is awake. */
const QUIET_MS = 500;

/**
 * Finds out that the computer slept. On some systems the monotonic clock stands still meanwhile and only the clock on the
 * wall leaps; on others both go on, and only the timers were not called. As a clock it lets the sleep out, so that what
 * is recorded ends where the sleep began. A clock on the wall that leaps while pictures or sound keep coming was merely
 * put right.
 */
export class SleepWatch implements AttemptClock {
  readonly #clock: AttemptClock;
  readonly #wallMs: () => number;
  #read_ms: number;
  #held_ms = 0;
  /** The wall's clock against the monotonic one. */
  #offset_ms: number;
  #heard_ms: number;
  #longest_quiet_ms = 0;
  #leapt_at_ms: number | null = null;

  constructor(clock: AttemptClock, wallMs: () => number = () => Date.now()) {
    this.#clock = clock;
    this.#wallMs = wallMs;
    this.#read_ms = clock.nowMs();
    this.#heard_ms = this.#read_ms;
    this.#offset_ms = wallMs() - this.#read_ms;
  }

  /** To be asked often, also by whoever records. */
  nowMs(): number {
    const read_ms = this.#clock.nowMs();
    if (read_ms - this.#read_ms > STOOD_MS) this.#held_ms += read_ms - this.#read_ms;
    this.#read_ms = read_ms;
    return read_ms - this.#held_ms;
  }

  /** A picture or a piece of sound came. */
  heard(): void {
    const now = this.nowMs();
    this.#longest_quiet_ms = Math.max(this.#longest_quiet_ms, now - this.#heard_ms);
    this.#heard_ms = now;
  }

  /** How long the computer slept, once that is sure; else null. A new watch is needed afterwards. */
  sleptMs(): number | null {
    const now = this.nowMs();
    const leap_ms = this.#wallMs() - this.#read_ms - this.#offset_ms;
    if (this.#held_ms > 0) return this.#held_ms + (leap_ms > LEAP_MS ? leap_ms : 0);
    if (leap_ms <= LEAP_MS) {
      this.#calm(leap_ms);
      return null;
    }
    if (Math.max(this.#longest_quiet_ms, now - this.#heard_ms) > QUIET_MS) return leap_ms;
    this.#leapt_at_ms ??= now;
    // The first piece after the leap came in time: nothing slept.
    if (this.#heard_ms > this.#leapt_at_ms) this.#calm(leap_ms);
    return null;
  }

  #calm(leap_ms: number): void {
    this.#offset_ms += leap_ms;
    this.#longest_quiet_ms = 0;
    this.#leapt_at_ms = null;
  }
}
