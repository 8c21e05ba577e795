import { describe, expect, test } from "vitest";
import { SleepWatch } from "../../src/candidate/capture/sleep-watch.ts";

/** A FAKE computer: its clocks go when a test lets time pass, and it can sleep as systems do. */
class Computer {
  mono_ms = 1_000;
  wall_ms = 1_772_442_000_000;
  readonly watch = new SleepWatch({ nowMs: () => this.mono_ms }, () => this.wall_ms);

  /** Time in which it is awake; something is heard every `every_ms`. What it finds. */
  awake(ms: number, every_ms: number | null): (number | null)[] {
    const found = [];
    for (let passed = 50; passed <= ms; passed += 50) {
      this.mono_ms += 50;
      this.wall_ms += 50;
      if (every_ms !== null && passed % every_ms === 0) this.watch.heard();
      if (passed % 250 === 0) found.push(this.watch.sleptMs());
    }
    return found;
  }

  /** Sleeps for `ms`; `monotonic_ms` of it the monotonic clock goes on. */
  sleep(ms: number, monotonic_ms: number): void {
    this.wall_ms += ms;
    this.mono_ms += monotonic_ms;
  }
}

const HOUR_MS = 3_600_000;
const first = (found: (number | null)[]): number | null =>
  found.find((one) => one !== null) ?? null;

describe("a computer that slept", () => {
  test("is found out where the monotonic clock stood still, and the time before is where it was", () => {
    const computer = new Computer();
    expect(first(computer.awake(5_000, 100))).toBeNull();
    const before = computer.watch.nowMs();

    computer.sleep(HOUR_MS, 1_200);

    expect(computer.watch.sleptMs()).toBeCloseTo(HOUR_MS - 1_200, -2);
    expect(computer.watch.nowMs() - before).toBeLessThan(2_000);
  });

  test("is found out when the first picture after it comes, though it woke in no time", () => {
    const computer = new Computer();
    computer.awake(5_000, 100);

    computer.sleep(HOUR_MS, 300);

    expect(first(computer.awake(1_000, 500))).toBeCloseTo(HOUR_MS - 300, -2);
  });

  test("is found out where both clocks went on and nobody was called, and its time is held", () => {
    const computer = new Computer();
    computer.awake(5_000, 100);
    const before = computer.watch.nowMs();

    computer.sleep(HOUR_MS, HOUR_MS);
    computer.watch.heard();

    expect(computer.watch.sleptMs()).toBe(HOUR_MS);
    expect(computer.watch.nowMs()).toBe(before);
  });

  test("is found out without camera and microphone too", () => {
    const computer = new Computer();
    computer.awake(5_000, null);

    computer.sleep(HOUR_MS, 100);

    expect(first(computer.awake(1_000, null))).toBeCloseTo(HOUR_MS, -3);
  });
});

describe("a clock that was put right", () => {
  test.each([
    ["forward by an hour", HOUR_MS],
    ["forward by ten seconds", 10_000],
    ["back by an hour", -HOUR_MS],
  ])("%s is no sleep while pictures keep coming", (_, step_ms) => {
    const computer = new Computer();
    computer.awake(5_000, 100);

    computer.wall_ms += step_ms;

    expect(first(computer.awake(60_000, 100))).toBeNull();
  });

  test("by a little each second is no sleep, and hides no later one", () => {
    const computer = new Computer();
    for (let second = 0; second < 60; second += 1) {
      computer.wall_ms += 500;
      expect(first(computer.awake(1_000, null))).toBeNull();
    }

    computer.sleep(HOUR_MS, 1_000);

    expect(computer.watch.sleptMs()).toBeCloseTo(HOUR_MS - 1_000, -2);
  });

  test("is no sleep for a computer that was busy for some seconds", () => {
    const computer = new Computer();
    computer.awake(5_000, 100);

    computer.sleep(6_000, 6_000);

    expect(first(computer.awake(5_000, 100))).toBeNull();
  });
});
