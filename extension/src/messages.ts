/**
 * Every message of the candidate's side, by direction. Asking and answering goes through {@link ask} and
 * {@link answer}; news go through ports. A listener first establishes who is speaking, from what the browser
 * says of the sender and never from the message itself.
 */
import { browser } from "./browser.ts";
import type { MessageSender } from "./browser.ts";
import type {
  AttemptRecord,
  CheckId,
  CheckOutcome,
  KeyStanding,
  LossCause,
  Receipt,
  Source,
  SourceState,
} from "./candidate/attempt/state.ts";
import type { TrustMaterial } from "./candidate/trust/material.ts";
import { outcomeOf, refused } from "./problems.ts";
import type { Outcome, Problem } from "./problems.ts";

/** Candidate page or popup → background. */
export interface FromPage {
  /** A launch link was opened. Where an attempt already runs here, the token stays unused and that attempt answers. */
  "launch.redeem": { ask: LaunchOrder; answer: LaunchAnswer };
  /** null: this browser has no attempt. */
  "attempt.get": { ask: object; answer: AttemptRecord | null };
  /** Fetches and walks the trust chain; also done again, unasked, before the start. */
  "key.check": { ask: object; answer: KeyStanding };
  /** The candidate compared the eight words with a copy from elsewhere. */
  "key.compared": { ask: object; answer: KeyStanding };
  "agreement.accept": { ask: { typed_name: string; text: string }; answer: AttemptRecord };
  "checks.begin": { ask: object; answer: AttemptRecord };
  /** Closes what the checks opened and gives back what they borrowed. Closing the last page does the same. */
  "checks.leave": { ask: object; answer: AttemptRecord };
  "check.report": { ask: { check: CheckId; outcome: CheckOutcome }; answer: AttemptRecord };
  /** Uploads 256 KiB, which the server throws away. */
  "server.measure": { ask: object; answer: ReachMeasurement };
  /**
   * Shows the browser's picker and keeps the screen for the recording. Also restarts a lost one. A device that is named
   * is the candidate's choice and is remembered; where none is named, the chosen one is opened, or else another.
   */
  "source.open": { ask: { source: Source; device_id?: string }; answer: SourceOpened };
  "source.close": { ask: { source: Source }; answer: null };
  /** All checks are done: tells the server. Refuses `checks-open` and `permission-missing`. */
  "attempt.ready": { ask: object; answer: AttemptRecord };
  /** Opens the log, starts recording, and only then opens the quiz in the asking tab. */
  "attempt.start": { ask: object; answer: AttemptRecord };
  /** After an interruption: opens the sources again (the screen's picker shows) and goes on. */
  "attempt.resume": { ask: object; answer: AttemptRecord };
  "attempt.finish": { ask: object; answer: AttemptRecord };
  /** Goes to the quiz's tab, or opens it again. */
  "exam.show": { ask: object; answer: null };
  /** This tab instead of the other one. */
  "page.take-over": { ask: object; answer: null };
  "progress.get": { ask: object; answer: Progress };
  /**
   * After `closed` or `failed`, or before the log was opened: the browser forgets the attempt. With `lose` also while the
   * rest is being sent, once the server has refused it for good: what was not sent is gone then.
   */
  "attempt.forget": { ask: { lose?: boolean }; answer: null };
}

/** The content script in the quiz's pages → background. Heard from the exam's tab and the quiz's origins only. */
export interface FromExam {
  /** A page of the quiz was loaded or its address changed. The address is taken from the sender. */
  "exam.page": { ask: object; answer: ExamPage };
  /** The candidate's own button. */
  "exam.finish": { ask: object; answer: null };
  /** The candidate wants the page with the checks and the help. */
  "exam.help": { ask: object; answer: null };
}

/** Background → recorder (offscreen document). */
export interface ToRecorder {
  /** `or_another`: where the device is gone, another one will do. */
  "source.open": {
    ask: { source: Source; device_id?: string; or_another?: boolean };
    answer: SourceOpened;
  };
  "source.close": { ask: { source: Source }; answer: null };
  /** Makes or finds the attempt's secrets, stores wrap and leaf 0, waits for the first receipt. */
  "log.open": { ask: OpenOrder; answer: { opened_at: number } };
  /** Opens what is to be recorded and is not open yet. Refuses `source-refused`; a source that was noted may stay away. */
  "sources.open": { ask: RecordingOrder; answer: null };
  /**
   * Seals the agreement and the checks, then records; after a crash it writes the gap first. A source that cannot be
   * opened is declared as a gap. Answers how each source is.
   */
  "recording.begin": { ask: RecordingOrder; answer: Begun };
  /** Takes up uploading what an earlier life of the document left; records nothing. */
  "upload.resume": { ask: { record: AttemptRecord }; answer: null };
  /** Ends the recording; the close, the uploads and the receipt follow as news. */
  "recording.end": { ask: { record: AttemptRecord }; answer: null };
  /** For the stream `events`. */
  "event.note": {
    ask: { event: string; facts: Record<string, string | number | boolean> };
    answer: null;
  };
  "progress.get": { ask: object; answer: Progress };
}

/** Recorder → background. */
export interface FromRecorder {
  "recorder.progress": { ask: { progress: Progress }; answer: null };
  "recorder.source-lost": {
    ask: { source: Source; cause: LossCause; since: number; restore_by: number };
    answer: null;
  };
  /** Told again and again until the recorder is closed. */
  "recorder.closed": { ask: { receipt: Receipt }; answer: null };
  /** The server said what state the attempt is in. */
  "recorder.server-state": { ask: { state: string }; answer: null };
  "recorder.trouble": { ask: { problem: Problem }; answer: null };
}

export interface LaunchOrder {
  /** Origin. */
  server: string;
  token: string;
  /** Hex fingerprint of the root that the course names; null where it names none. */
  course_root: string | null;
}

export type LaunchAnswer =
  | { is: "launched"; record: AttemptRecord }
  /** An attempt runs in this browser: show `record`, by its phase. */
  | { is: "running"; record: AttemptRecord }
  /** The token belongs to a member of staff: go to staff.html with the fragment. */
  | { is: "staff" };

export interface ReachMeasurement {
  round_trip_ms: number;
  upload_kbit_s: number;
  /** This computer's clock minus the server's. */
  clock_ahead_ms: number;
}

export type SourceOpened =
  | {
      is: "live";
      label: string;
      /** The chosen device was not there, and the browser gave another. */
      is_substitute: boolean;
      width: number | null;
      height: number | null;
    }
  | { is: "refused"; reason: SourceRefusal };
export type SourceRefusal =
  /** The person or the browser said no. */
  | "not-allowed"
  | "not-found"
  /** Another program has it. */
  | "in-use"
  /** A window was shared instead of the whole screen. */
  | "window"
  /** A tab was shared instead of the whole screen. */
  | "tab"
  | "failed";

export interface OpenOrder {
  record: AttemptRecord;
  /** As fetched just now; the recorder walks it again before it makes a key. */
  trust: TrustMaterial;
  client_version: string;
}

export interface RecordingOrder {
  record: AttemptRecord;
}

/** Every source that the exam records from, as the recording began. `off`: it was noted at the checks, and does not open. */
export type Begun = Partial<Record<Source, SourceState>>;

/** What the content script may know of the page it is in. */
export type ExamPage =
  /** Not a page of the running exam: show nothing. */
  | { is: "foreign" }
  | {
      is: "exam";
      exam_title: string;
      end_button: boolean;
      started_at: number;
      duration_min: number | null;
    };

/** Where recording and upload stand. Never persisted. */
export interface Progress {
  recording: boolean;
  sources: Record<Source, boolean>;
  upload: {
    is: "idle" | "sending" | "waiting" | "offline" | "stopped";
    files_left: number;
    bytes_left: number;
    bytes_sent: number;
    /** Unix ms of the next try while waiting. */
    next_try_at: number | null;
    /** The server takes nothing more of this attempt, and no waiting changes that. */
    refused: boolean;
  };
  /** Size of the log that the server has cosigned. */
  receipted: number;
  log_size: number;
  /** How long the free disk lasts without a network, at the present rate; null while unknown. */
  disk_left_ms: number | null;
}

/** Background → candidate pages and popup, on port {@link PAGE_PORT}. */
export type PageNews =
  | { kind: "record"; record: AttemptRecord | null }
  | { kind: "progress"; progress: Progress }
  /** Something that waiting may not cure: a full disk, a refused token. */
  | { kind: "trouble"; problem: Problem }
  /** This tab may not act: another one has the exam. */
  | { kind: "elsewhere"; elsewhere: boolean };

/** Background → content script, on port {@link EXAM_PORT}. */
export type ExamNews =
  | {
      kind: "state";
      recording: Record<Source, ToolbarSource>;
      phase: "recording" | "interrupted" | "ended";
    }
  | { kind: "progress"; upload: Progress["upload"]; disk_left_ms: number | null }
  | { kind: "trouble"; problem: Problem };
/** `off`: noted at the checks, and never opened. */
export type ToolbarSource = SourceState["is"];

/** Held by the recorder as long as it lives; nothing is said on it. */
export const RECORDER_PORT = "recorder";
export const PAGE_PORT = "candidate-page";
export const EXAM_PORT = "exam-page";

export type Table = Record<string, { ask: object; answer: unknown }>;
type To = "background" | "recorder";
interface Envelope {
  to: To;
  kind: string;
  body: object;
}

/** Who a message came from, as the browser says. */
export type Speaker =
  | { is: "page"; page: string; tab: number | null }
  | { is: "recorder" }
  | { is: "background" }
  | { is: "exam"; tab: number; url: string; document: string }
  | { is: "stranger" };

/** Tells from the sender's own marks, which a page cannot forge. */
export function speakerOf(sender: MessageSender): Speaker {
  if (sender.id !== browser.id()) return { is: "stranger" };
  const own = browser.url("");
  const url = sender.url ?? "";
  if (url.startsWith(own)) return ownSpeaker(url.slice(own.length), sender.tab?.id ?? null);
  const { tab, frameId, documentId } = sender;
  if (tab?.id === undefined || frameId !== 0 || documentId === undefined) return { is: "stranger" };
  return { is: "exam", tab: tab.id, url, document: documentId };
}

function ownSpeaker(path: string, tab: number | null): Speaker {
  const page = path.split(/[?#]/, 1)[0] ?? "";
  if (page === "background.js") return { is: "background" };
  if (page === "offscreen.html") return { is: "recorder" };
  return page.endsWith(".html") ? { is: "page", page, tab } : { is: "stranger" };
}

/** Asks and waits. A context that is not there answers `recorder-silent`. */
export async function ask<T extends Table, K extends keyof T & string>(
  to: To,
  kind: K,
  body: T[K]["ask"],
): Promise<Outcome<T[K]["answer"]>> {
  const envelope: Envelope = { to, kind, body };
  const reply = await browser.send(envelope);
  if (isOutcome<T[K]["answer"]>(reply)) return reply;
  return refused({ kind: "local", code: "recorder-silent" });
}

/** Asks the background as a page. */
export function askBackground<K extends keyof FromPage>(
  kind: K,
  body: FromPage[K]["ask"],
): Promise<Outcome<FromPage[K]["answer"]>> {
  return ask<{ [P in keyof FromPage]: FromPage[P] }, K>("background", kind, body);
}

/** Asks the background from a page of the quiz. */
export function askFromExam<K extends keyof FromExam>(
  kind: K,
  body: FromExam[K]["ask"],
): Promise<Outcome<FromExam[K]["answer"]>> {
  return ask<{ [P in keyof FromExam]: FromExam[P] }, K>("background", kind, body);
}

/** One function for each message of a direction; they throw `Trouble` to refuse. */
export type Handlers<T, S extends Speaker["is"]> = {
  [K in keyof T]: T[K] extends { ask: infer A; answer: infer R }
    ? (body: A, speaker: Extract<Speaker, { is: S }>) => Promise<R>
    : never;
};

/** What one context answers: a table of handlers for each kind of speaker it listens to. */
export type Desk = Partial<Record<Speaker["is"], object>>;

/** Answers messages addressed to `me`, from the speakers that `desk` has handlers for and from nobody else. */
export function answer(me: To, desk: Desk, report: (error: unknown) => void): void {
  browser.onMessage((message, sender) => {
    if (!isEnvelope(message) || message.to !== me) return undefined;
    const speaker = speakerOf(sender);
    const handler = handlerFor(desk[speaker.is], message.kind);
    if (handler === null) return Promise.resolve(refused({ kind: "local", code: "forbidden" }));
    return outcomeOf(() => handler(message.body, speaker), report);
  });
}

type AnyHandler = (body: object, speaker: Speaker) => Promise<unknown>;

function handlerFor(handlers: object | undefined, kind: string): AnyHandler | null {
  if (handlers === undefined || !Object.hasOwn(handlers, kind)) return null;
  return (handlers as Record<string, AnyHandler>)[kind] ?? null;
}

function isEnvelope(message: unknown): message is Envelope {
  if (typeof message !== "object" || message === null) return false;
  const { to, kind, body } = message as Partial<Envelope>;
  return typeof to === "string" && typeof kind === "string" && typeof body === "object";
}

/** Answers come from our own contexts of the same build; the tables above are what they hold. */
function isOutcome<R>(reply: unknown): reply is Outcome<R> {
  return typeof reply === "object" && reply !== null && "ok" in reply;
}
