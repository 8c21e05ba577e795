import type { RedeemedLaunch } from "../../wire.ts";
import { CHECKS, SOURCES } from "./state.ts";
import type {
  AttemptEvent,
  AttemptRecord,
  CheckId,
  EventKind,
  Phase,
  Source,
  SourceState,
} from "./state.ts";

type Row = Partial<Record<EventKind, Phase>>;

/** Every event a phase takes, and the phase it leads to. Whatever is not listed is refused. */
export const TRANSITIONS: Record<Phase, Row> = {
  launched: {
    "key-checked": "launched",
    agreed: "agreed",
    "browser-started": "launched",
    failed: "failed",
  },
  agreed: {
    "key-checked": "agreed",
    "checks-begun": "checking",
    interrupted: "interrupted",
    "browser-started": "agreed",
    failed: "failed",
  },
  checking: {
    "key-checked": "checking",
    "check-reported": "checking",
    "source-changed": "checking",
    "device-chosen": "checking",
    "checks-passed": "ready",
    "checks-left": "agreed",
    interrupted: "interrupted",
    "browser-started": "agreed",
    failed: "failed",
  },
  ready: {
    "key-checked": "ready",
    "source-changed": "ready",
    "device-chosen": "ready",
    "checks-begun": "checking",
    "checks-left": "agreed",
    opened: "ready",
    started: "recording",
    interrupted: "interrupted",
    "browser-started": "agreed",
    failed: "failed",
  },
  recording: {
    "source-changed": "recording",
    "device-chosen": "recording",
    "exam-tab-changed": "recording",
    "place-changed": "recording",
    interrupted: "interrupted",
    ended: "finishing",
    "browser-started": "interrupted",
    failed: "failed",
  },
  interrupted: {
    "source-changed": "interrupted",
    "exam-tab-changed": "interrupted",
    "place-changed": "interrupted",
    interrupted: "interrupted",
    resumed: "recording",
    ended: "finishing",
    "browser-started": "interrupted",
    failed: "failed",
  },
  finishing: {
    "source-changed": "finishing",
    "exam-tab-changed": "finishing",
    closed: "closed",
    "browser-started": "finishing",
    failed: "failed",
  },
  closed: { "exam-tab-changed": "closed", "browser-started": "closed" },
  failed: { "source-changed": "failed", "exam-tab-changed": "failed", "browser-started": "failed" },
};

/** An event that the attempt's phase does not take. */
export class TransitionRefused extends Error {
  override readonly name = "TransitionRefused";
  readonly phase: Phase;
  readonly event: EventKind;
  constructor(phase: Phase, event: EventKind) {
    super(`${event} does not happen to an attempt that is ${phase}.`);
    this.phase = phase;
    this.event = event;
  }
}

/**
 * The attempt after an event. Pure.
 * @throws TransitionRefused when the phase does not take the event.
 */
export function reduce(record: AttemptRecord, event: AttemptEvent): AttemptRecord {
  const phase = TRANSITIONS[record.phase][event.kind];
  if (phase === undefined) throw new TransitionRefused(record.phase, event.kind);
  return { ...record, ...changes(record, event), phase };
}

type Changes = {
  [K in EventKind]: (
    record: AttemptRecord,
    event: Extract<AttemptEvent, { kind: K }>,
  ) => Partial<AttemptRecord>;
};

const CHANGES: Changes = {
  agreed: (_, { agreement }) => ({ agreement }),
  "key-checked": (_, { key }) => ({ key }),
  "checks-begun": () => ({ checks: {} }),
  "checks-left": (record) => ({ checks: {}, sources: closedSources(record) }),
  "check-reported": (record, { check, outcome }) => ({
    checks: { ...record.checks, [check]: outcome },
  }),
  // Tried out at the checks only: never recorded from.
  "source-changed": (record, { source, state }) =>
    record.sources[source].is === "unused"
      ? {}
      : { sources: { ...record.sources, [source]: state } },
  "device-chosen": (record, { source, device_id }) => ({
    devices: { ...record.devices, [source]: device_id },
  }),
  "checks-passed": () => ({}),
  opened: (_, { at }) => ({ opened_at: at }),
  started: (_, { at }) => ({ started_at: at }),
  "exam-tab-changed": (_, { tab }) => ({ exam_tab: tab }),
  "place-changed": (_, { place }) => ({ place }),
  interrupted: (record, { at, cause }) => ({
    interrupted: record.interrupted ?? { at, cause },
    started_at: record.started_at ?? record.opened_at ?? at,
    sources: closedSources(record),
  }),
  resumed: () => ({ interrupted: null }),
  ended: (_, { at, cause }) => ({ ended: { at, cause } }),
  closed: (_, { receipt }) => ({ receipt }),
  "browser-started": (record, { at }) => afterBrowserStart(record, at),
  failed: (_, { reason }) => ({ failure: reason }),
};

function changes(record: AttemptRecord, event: AttemptEvent): Partial<AttemptRecord> {
  // The table's row fits its event by construction; the compiler cannot follow the pair.
  const change = CHANGES[event.kind] as (
    record: AttemptRecord,
    event: AttemptEvent,
  ) => Partial<AttemptRecord>;
  return change(record, event);
}

/** A new browser has no tab of ours and no open device; whoever was recording was interrupted. */
function afterBrowserStart(record: AttemptRecord, at: number): Partial<AttemptRecord> {
  const rest = { exam_tab: null, sources: closedSources(record) };
  if (record.phase !== "recording") return rest;
  return { ...rest, interrupted: { at, cause: "crash" } };
}

function closedSources(record: AttemptRecord): Record<Source, SourceState> {
  const closed = (source: Source): SourceState =>
    record.sources[source].is === "unused" ? { is: "unused" } : { is: "off" };
  return { camera: closed("camera"), microphone: closed("microphone"), screen: closed("screen") };
}

/** The record a redeemed launch begins with, and the way that it came. */
export function launchedRecord(
  launch: RedeemedLaunch,
  { server, course_root }: Pick<AttemptRecord, "server" | "course_root">,
): AttemptRecord {
  const { attempt, institution } = launch;
  const { settings } = attempt.exam;
  const source = (name: Source): SourceState => ({ is: settings[name] ? "off" : "unused" });
  return {
    version: 1,
    phase: "launched",
    server,
    course_root,
    institution,
    attempt: {
      id: attempt.id,
      number: attempt.number,
      scope: attempt.scope,
      nonce: attempt.nonce,
      candidate_name: attempt.candidate.name,
      retention_days: attempt.retention_days,
      contact: attempt.contact,
    },
    exam: attempt.exam,
    key: null,
    agreement: null,
    checks: {},
    sources: {
      camera: source("camera"),
      microphone: source("microphone"),
      screen: source("screen"),
    },
    devices: {},
    opened_at: null,
    started_at: null,
    ended: null,
    interrupted: null,
    place: "not-opened",
    exam_tab: null,
    receipt: null,
    failure: null,
  };
}

/** A fresh record of an attempt that this device has recorded before. Times in Unix ms. */
export function interruptedRecord(
  fresh: AttemptRecord,
  opened_at: number,
  at: number,
): AttemptRecord {
  const interrupted = { at, cause: "crash" } as const;
  return { ...fresh, phase: "interrupted", opened_at, started_at: opened_at, interrupted };
}

/** The checks an exam asks for. Browser, server, disk, displays and key always run. */
export function requiredChecks(record: AttemptRecord): CheckId[] {
  const { settings } = record.exam;
  const asked: Partial<Record<CheckId, boolean>> = {
    camera: settings.camera || settings.verify_camera,
    microphone: settings.microphone || settings.verify_microphone,
    screen: settings.screen || settings.verify_screen,
  };
  return CHECKS.filter((check) => asked[check] ?? true);
}

/** Checks that still stand between the candidate and the start. */
export function openChecks(record: AttemptRecord): CheckId[] {
  return requiredChecks(record).filter((check) => {
    return record.checks[check]?.result !== "passed" && !isNoted(record, check);
  });
}

/** Whether the candidate goes on without what the check asks for, and the reviewer is told. */
export function isNoted(record: AttemptRecord, check: CheckId): boolean {
  return record.checks[check]?.result === "noted";
}

/** The sources an exam records from. */
export function usedSources(record: AttemptRecord): Source[] {
  return SOURCES.filter((source) => record.sources[source].is !== "unused");
}

/** Whether an attempt may be forgotten although files of it were not sent: the server refuses them, and the candidate said so. */
export function mayBeLost(record: AttemptRecord, { isRefused }: { isRefused: boolean }): boolean {
  return record.phase === "finishing" && isRefused;
}

/** Whether this device holds secrets or files of the attempt that must not be forgotten. */
export function mustBeKept(record: AttemptRecord): boolean {
  return record.opened_at !== null && record.phase !== "closed" && record.phase !== "failed";
}
