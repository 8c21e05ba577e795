import { describe, expect, test } from "vitest";
import {
  mayBeLost,
  mustBeKept,
  openChecks,
  reduce,
  requiredChecks,
  TRANSITIONS,
  TransitionRefused,
  usedSources,
} from "../../src/candidate/attempt/reducer.ts";
import { EVENT_KINDS, PHASES } from "../../src/candidate/attempt/state.ts";
import type { AttemptEvent, EventKind, Phase } from "../../src/candidate/attempt/state.ts";
import { aRecord } from "./launches.ts";

const EVENTS: { [K in EventKind]: Extract<AttemptEvent, { kind: K }> } = {
  agreed: { kind: "agreed", agreement: { text: "I agree.", typed_name: "Ada", at: 1 } },
  "checks-begun": { kind: "checks-begun" },
  "checks-left": { kind: "checks-left" },
  "check-reported": {
    kind: "check-reported",
    check: "disk",
    outcome: { result: "passed", note: "", at: 1 },
  },
  "key-checked": {
    kind: "key-checked",
    key: { is: "refused", reason: "expired", checked_at: 1 },
  },
  "source-changed": { kind: "source-changed", source: "camera", state: { is: "off" } },
  "device-chosen": { kind: "device-chosen", source: "camera", device_id: "desk" },
  "checks-passed": { kind: "checks-passed" },
  opened: { kind: "opened", at: 1 },
  started: { kind: "started", at: 1 },
  "exam-tab-changed": { kind: "exam-tab-changed", tab: 7 },
  "place-changed": { kind: "place-changed", place: "taking" },
  interrupted: { kind: "interrupted", at: 1, cause: "crash" },
  resumed: { kind: "resumed" },
  ended: { kind: "ended", at: 1, cause: "candidate" },
  closed: {
    kind: "closed",
    receipt: { note: "", log_size: 1, closed_at: 1, counts: {}, bytes: 1, complete: true },
  },
  "browser-started": { kind: "browser-started", at: 1 },
  failed: { kind: "failed", reason: "secrets-lost" },
};

/** Written by hand, so that the table cannot agree with itself: where each event leads from each phase. */
const LIFE: Record<EventKind, Partial<Record<Phase, Phase>>> = {
  "key-checked": { launched: "launched", agreed: "agreed", checking: "checking", ready: "ready" },
  agreed: { launched: "agreed" },
  "checks-begun": { agreed: "checking", ready: "checking" },
  "checks-left": { checking: "agreed", ready: "agreed" },
  "check-reported": { checking: "checking" },
  "checks-passed": { checking: "ready" },
  opened: { ready: "ready" },
  started: { ready: "recording" },
  "place-changed": { recording: "recording", interrupted: "interrupted" },
  resumed: { interrupted: "recording" },
  closed: { finishing: "closed" },
  // Before the exam: the server says that it runs already.
  interrupted: {
    agreed: "interrupted",
    checking: "interrupted",
    ready: "interrupted",
    recording: "interrupted",
    interrupted: "interrupted",
  },
  ended: { recording: "finishing", interrupted: "finishing" },
  "exam-tab-changed": {
    recording: "recording",
    interrupted: "interrupted",
    finishing: "finishing",
    closed: "closed",
    failed: "failed",
  },
  "source-changed": {
    checking: "checking",
    ready: "ready",
    recording: "recording",
    interrupted: "interrupted",
    finishing: "finishing",
    failed: "failed",
  },
  "device-chosen": { checking: "checking", ready: "ready", recording: "recording" },
  "browser-started": {
    launched: "launched",
    agreed: "agreed",
    checking: "agreed",
    ready: "agreed",
    recording: "interrupted",
    interrupted: "interrupted",
    finishing: "finishing",
    closed: "closed",
    failed: "failed",
  },
  failed: {
    launched: "failed",
    agreed: "failed",
    checking: "failed",
    ready: "failed",
    recording: "failed",
    interrupted: "failed",
    finishing: "failed",
  },
};

const PAIRS = PHASES.flatMap((phase) => EVENT_KINDS.map((event) => [phase, event] as const));

describe("an attempt's life", () => {
  test.each(PAIRS)("%s takes or refuses %s as written", (phase, event) => {
    const expected = LIFE[event][phase];
    const happen = (): Phase => reduce(aRecord(phase), EVENTS[event]).phase;

    if (expected === undefined) expect(happen).toThrow(TransitionRefused);
    else expect(happen()).toBe(expected);
  });

  test("lists no event that is not in the vocabulary", () => {
    const listed = new Set(Object.values(TRANSITIONS).flatMap((row) => Object.keys(row)));

    expect([...listed].sort()).toEqual([...EVENT_KINDS].sort());
  });

  test("a browser that starts again finds the recording interrupted by a crash, its tab and devices gone", () => {
    const before = { ...aRecord("recording"), exam_tab: 7, opened_at: 1 };

    const after = reduce(before, { kind: "browser-started", at: 99 });

    expect(after.interrupted).toEqual({ at: 99, cause: "crash" });
    expect(after.exam_tab).toBeNull();
    expect(after.sources.camera).toEqual({ is: "off" });
  });

  test("the chosen devices outlive the browser, whatever was opened in their place", () => {
    const chosen = reduce(aRecord("checking"), {
      kind: "device-chosen",
      source: "camera",
      device_id: "desk",
    });
    const state = { is: "live", label: "Lid", is_substitute: true } as const;
    const opened = reduce(chosen, { kind: "source-changed", source: "camera", state });

    const after = reduce({ ...opened, phase: "recording" }, { kind: "browser-started", at: 9 });

    expect(after.devices).toEqual({ camera: "desk" });
  });

  test("an exam that runs at the server although its start was cut off can be gone on with", () => {
    const before = { ...aRecord("ready"), opened_at: 3 };

    const after = reduce(before, { kind: "interrupted", at: 5, cause: "crash" });

    expect(after).toMatchObject({ started_at: 3, interrupted: { at: 5, cause: "crash" } });
    expect(reduce(after, { kind: "resumed" }).phase).toBe("recording");
  });

  test("nothing is recorded from while it is interrupted", () => {
    const before = aRecord("recording");
    before.sources.camera = { is: "live", label: "A camera", is_substitute: false };

    const after = reduce(before, { kind: "interrupted", at: 5, cause: "crash" });

    expect(after.sources.camera).toEqual({ is: "off" });
  });

  test("the first interruption keeps its time when a second follows", () => {
    const once = reduce(aRecord("recording"), { kind: "interrupted", at: 5, cause: "crash" });

    const twice = reduce(once, { kind: "browser-started", at: 9 });

    expect(twice.interrupted).toEqual({ at: 5, cause: "crash" });
  });
});

describe("checks", () => {
  test("an exam without a camera asks for no camera check", () => {
    const record = aRecord("checking", { camera: false, verify_camera: false });

    expect(requiredChecks(record)).not.toContain("camera");
    expect(record.sources.camera).toEqual({ is: "unused" });
  });

  test("a camera that is only checked is not recorded from when it works", () => {
    const record = aRecord("checking", { camera: false, verify_camera: true });
    const state = { is: "live", label: "Lid", is_substitute: false } as const;

    const after = reduce(record, { kind: "source-changed", source: "camera", state });

    expect(requiredChecks(after)).toContain("camera");
    expect(usedSources(after)).toEqual(["microphone", "screen"]);
  });

  test("a noted check opens the way, a failed one does not", () => {
    const outcome = { note: "", at: 1 };
    const checks = {
      camera: { ...outcome, result: "noted" },
      screen: { ...outcome, result: "failed" },
    } as const;

    const open = openChecks({ ...aRecord("checking"), checks });

    expect(open).not.toContain("camera");
    expect(open).toContain("screen");
  });
});

test("an attempt whose log was opened is kept until it is closed", () => {
  expect(mustBeKept(aRecord("ready"))).toBe(false);
  expect(mustBeKept({ ...aRecord("finishing"), opened_at: 1 })).toBe(true);
  expect(mustBeKept({ ...aRecord("closed"), opened_at: 1 })).toBe(false);
});

test("what was not sent may be lost only once the exam is over and the server refuses it for good", () => {
  const isRefused = true;

  expect(mayBeLost(aRecord("finishing"), { isRefused })).toBe(true);
  expect(mayBeLost(aRecord("finishing"), { isRefused: false })).toBe(false);
  for (const phase of ["recording", "interrupted", "ready"] as const)
    expect(mayBeLost(aRecord(phase), { isRefused })).toBe(false);
});
