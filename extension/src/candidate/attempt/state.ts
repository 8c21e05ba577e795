import type { Exam, Institution } from "../../wire.ts";

/**
 * The life of an attempt on this device.
 *
 *   launched → agreed → checking ⇄ ready → recording ⇄ interrupted
 *                                              └──────────┴→ finishing → closed
 *   agreed, checking, ready → interrupted, when the server's exam runs: a start was cut off
 *   any but closed → failed
 *
 * It is the candidate's own view: the server's table (wire.md §5) is a different one and is followed
 * by the background, not copied here.
 */
export const PHASES = [
  "launched",
  "agreed",
  "checking",
  "ready",
  "recording",
  "interrupted",
  "finishing",
  "closed",
  "failed",
] as const;
export type Phase = (typeof PHASES)[number];

/** What is recorded from. Camera and microphone share the stream `camera`. */
export const SOURCES = ["camera", "microphone", "screen"] as const;
export type Source = (typeof SOURCES)[number];

/** `unused`: the exam does not ask for it. `off`: not opened yet, given back, or gone on without (the check is noted). */
export type SourceState =
  | { is: "unused" }
  | { is: "off" }
  | {
      is: "live";
      label: string;
      /** The device that the candidate chose is not there, and the browser gave another. */
      is_substitute: boolean;
    }
  | { is: "lost"; cause: LossCause; since: number; restore_by: number };
/** The devices that the candidate chose, by the names that this browser has for them in this extension alone. */
export type Devices = Partial<Record<Exclude<Source, "screen">, string | undefined>>;
export type LossCause = "device-lost" | "share-stopped";

/** How this device came to know the institution's root key, the strongest first. */
export type PinSource = "managed" | "compared" | "course" | "first-use";

/** What walking the trust chain found (sealed.md §6.6). */
export type KeyStanding =
  | {
      is: "trusted";
      pin: PinSource;
      /** Whether this is the first time that this device meets the institution. */
      first_contact: boolean;
      /** Eight words; equal on every device that trusts the same institution. */
      fingerprint_words: string[];
      fingerprint_hex: string;
      /** Who signed the key that this exam is sealed to: an administrator or a certified member of staff. */
      signed_by: string;
      checked_at: number;
    }
  | {
      is: "refused";
      /**
       * `untrusted`'s detail in sealed.md §9; `not-ready`: the exam has no key yet; `course-differs`: the course names
       * another root than the server shows.
       */
      reason: KeyRefusal;
      checked_at: number;
    };
export type KeyRefusal =
  | "wrong-root"
  | "rolled-back"
  | "not-logged"
  | "expired"
  | "revoked"
  | "forged"
  | "malformed"
  | "not-ready"
  | "course-differs"
  | "client-too-old";

export const CHECKS = [
  "browser",
  "server",
  "disk",
  "displays",
  "camera",
  "microphone",
  "screen",
  "key",
] as const;
export type CheckId = (typeof CHECKS)[number];

/** `noted`: could not be put right; the candidate goes on and the reviewer is told. Never a flag. */
export type CheckResult = "passed" | "failed" | "noted";
export interface CheckOutcome {
  result: CheckResult;
  /** Plain words for the reviewer; sealed, never sent in clear. */
  note: string;
  at: number;
}

export interface Agreement {
  /** The text that was shown. */
  text: string;
  /** What the candidate typed; empty where the exam asks for no signature. */
  typed_name: string;
  at: number;
}

/** Where the candidate is in the quiz, as far as the addresses tell. */
export type Place = "not-opened" | "before" | "start" | "taking" | "after";

export type InterruptionCause = "crash";
export type EndCause = "handed-in" | "candidate" | "institution";
export type FailureReason =
  "evidence-refused" | "secrets-lost" | "attempt-over" | "attempt-unknown";

/** What the candidate keeps. The note is public: it names no person and opens nothing. */
export interface Receipt {
  /** The last checkpoint with the attempt's signature and the server's. */
  note: string;
  log_size: number;
  closed_at: number;
  /** Files of each stream. */
  counts: Record<string, number>;
  bytes: number;
  complete: boolean;
}

/** Everything that is remembered of an attempt. No token, no key, no access code: those are elsewhere (README). */
export interface AttemptRecord {
  version: 1;
  phase: Phase;
  /** Origin of the server. */
  server: string;
  /** Fingerprint of the root that the course names, hex; null where it names none. */
  course_root: string | null;
  institution: Institution;
  attempt: {
    id: string;
    number: number;
    scope: string;
    nonce: string;
    candidate_name: string;
    retention_days: number;
    contact: string | null;
  };
  exam: Exam;
  key: KeyStanding | null;
  agreement: Agreement | null;
  checks: Partial<Record<CheckId, CheckOutcome>>;
  sources: Record<Source, SourceState>;
  devices: Devices;
  /** Unix ms of leaf 0; from then on the device holds the attempt's secrets and may not forget it. */
  opened_at: number | null;
  started_at: number | null;
  ended: { at: number; cause: EndCause } | null;
  interrupted: { at: number; cause: InterruptionCause } | null;
  place: Place;
  /** The tab the quiz is in; null when it was closed. */
  exam_tab: number | null;
  receipt: Receipt | null;
  failure: FailureReason | null;
}

export type AttemptEvent =
  | { kind: "agreed"; agreement: Agreement }
  | { kind: "checks-begun" }
  | { kind: "checks-left" }
  | { kind: "check-reported"; check: CheckId; outcome: CheckOutcome }
  | { kind: "key-checked"; key: KeyStanding }
  | { kind: "source-changed"; source: Source; state: SourceState }
  | { kind: "device-chosen"; source: keyof Devices; device_id: string }
  | { kind: "checks-passed" }
  | { kind: "opened"; at: number }
  | { kind: "started"; at: number }
  | { kind: "exam-tab-changed"; tab: number | null }
  | { kind: "place-changed"; place: Place }
  | { kind: "interrupted"; at: number; cause: InterruptionCause }
  | { kind: "resumed" }
  | { kind: "ended"; at: number; cause: EndCause }
  | { kind: "closed"; receipt: Receipt }
  | { kind: "browser-started"; at: number }
  | { kind: "failed"; reason: FailureReason };
export type EventKind = AttemptEvent["kind"];
export const EVENT_KINDS = [
  "agreed",
  "checks-begun",
  "checks-left",
  "check-reported",
  "key-checked",
  "source-changed",
  "device-chosen",
  "checks-passed",
  "opened",
  "started",
  "exam-tab-changed",
  "place-changed",
  "interrupted",
  "resumed",
  "ended",
  "closed",
  "browser-started",
  "failed",
] as const satisfies readonly EventKind[];
