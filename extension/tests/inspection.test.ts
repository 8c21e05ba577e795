import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bench } from "../src/staff/app/desk.svelte.ts";
import { Inspection } from "../src/staff/review/inspection.svelte.ts";
import type { AttemptSummary, Evidence } from "../src/staff/wire.ts";

const HOUR_MS = 3_600_000;

/** A FAKE server with one attempt that recorded nothing; counts how often it is asked. */
function serverWith(attempt: Pick<AttemptSummary, "state" | "closed">) {
  const evidence = vi.fn(() =>
    Promise.resolve({ attempt, wrap: null, log_size: 0 } as unknown as Evidence),
  );
  const bench = { api: { evidence } } as unknown as Bench;
  return { evidence, inspection: new Inspection(bench, "exam", "attempt") };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a reviewer at an attempt", () => {
  test("waits a minute for the end of one that is over and not closed, and no longer", async () => {
    const { evidence, inspection } = serverWith({ state: "terminated", closed: null });

    const ran = inspection.run(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    await ran;

    expect(evidence).toHaveBeenCalledTimes(12);
  });

  test("asks no more about one that was closed", async () => {
    const { evidence, inspection } = serverWith({ state: "ended", closed: 1 });

    await inspection.run(new AbortController().signal);

    expect(evidence).toHaveBeenCalledTimes(1);
  });

  test("listens to one that runs until they leave", async () => {
    const { evidence, inspection } = serverWith({ state: "running", closed: null });
    const life = new AbortController();

    const ran = inspection.run(life.signal);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(evidence.mock.calls.length).toBeGreaterThan(700);
    life.abort();
    await ran;
  });
});
