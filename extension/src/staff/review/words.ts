/** Every sentence of the review centre, in one place. */
import type { Problem, Verdict } from "@invigil/sealed";
import { clock } from "../../figures.ts";
import type { AttemptState } from "../wire.ts";

const problems: Readonly<Record<Problem["kind"], string>> = {
  missing: "is missing on the server",
  tampered: "was altered after it was recorded",
  truncated: "The end of the record was cut off",
  reordered: "The record is out of order",
  replayed: "The record holds something twice, or from another attempt",
  forged: "A signature is wrong or absent",
  forked: "The server shows two histories that do not fit together",
  "wrong-key": "cannot be opened with the key at hand",
  "wrong-recipient": "The key is not the one that was certified for this exam",
  untrusted: "The institution's keys could not be verified",
  downgrade: "is sealed more weakly than Invigil allows",
  "unsupported-version": "was made by a newer version of Invigil",
  malformed: "The record cannot be read",
};

const streams: Readonly<Record<string, string>> = {
  camera: "Camera",
  screen: "Screen",
  events: "Events",
  summary: "Summary",
  agreement: "Agreement",
  checks: "Checks",
};

export const words = {
  title: "Attempts",
  exams: "Exams",
  none: "No attempts yet",
  noneText: "They appear here as soon as a candidate opens the exam.",
  columns: {
    candidate: "Candidate",
    state: "State",
    started: "Started",
    length: "Recorded",
    size: "Size",
    summary: "From the sealed summary",
    record: "Record",
  },
  count: (shown: number, all: number) =>
    shown === all ? (all === 1 ? "1 attempt" : `${all} attempts`) : `${shown} of ${all} attempts`,
  show: "Show",
  choices: { all: "All", worth: "Worth a look", running: "Running", over: "Over" },
  noneChosen: "No attempt is like that",
  noneChosenText: "Choose All, or empty the search.",
  listKeys: "Keys: / search, ↑ ↓ row, Enter open.",
  previous: "Previous attempt",
  next: "Next attempt",
  place: (place: number, all: number) => `${place} of ${all}`,
  reading: "Opening the sealed notes…",
  filter: "Find a candidate",
  states: {
    created: "Opened",
    checking: "At the checks",
    ready: "Ready",
    running: "Running",
    paused: "Paused",
    interrupted: "Interrupted",
    ended: "Ended",
    terminated: "Ended by staff",
  } satisfies Record<AttemptState, string>,
  closed: "Closed with receipt",
  notClosed: "Not closed",
  deleted: (day: string) => `Deleted on ${day}: its time was over`,
  unsealing: (done: number, all: number) => `Opening sealed summaries: ${done} of ${all}`,
  glimpse: (gaps: number, noted: number) => {
    const first = gaps === 0 ? "no gaps" : gaps === 1 ? "1 gap" : `${gaps} gaps`;
    if (noted === 0) return first;
    return `${first}, ${noted === 1 ? "1 check noted" : `${noted} checks noted`}`;
  },
  unread: "cannot be opened",
  open: "Open",
  unverified: "Shown as sent. Each attempt is verified when you open it.",

  stages: {
    trust: "Verifying the institution's keys",
    log: (done: number, all: number) => `Verifying the record: ${done} of ${all} entries`,
    unlock: "Opening the attempt's key",
  },
  verdicts: {
    complete: "Complete and unaltered",
    open: "Unaltered so far; the attempt is still running",
    "open-ended": "Unaltered as far as it goes, but never closed: the end may be missing",
    damaged: "Not as it was recorded",
  } satisfies Record<Verdict, string>,
  /** Instead of a verdict, as long as not every file was held against the record. */
  checking: {
    complete: "The record is whole; its files are being checked",
    open: "The record is whole so far; the attempt is still running",
    "open-ended":
      "The record was never closed: the end may be missing. Its files are being checked",
  } satisfies Record<Exclude<Verdict, "damaged">, string>,
  /** The same when no more of them will be. */
  unchecked: {
    complete: "The record is whole; its files are not all checked",
    open: "The record is whole so far; its files are not all checked",
    "open-ended":
      "The record was never closed: the end may be missing. Its files are not all checked",
  } satisfies Record<Exclude<Verdict, "damaged">, string>,
  checkedTo: (ms: number) => `record checked to ${clock(ms)}`,
  files: (done: number, all: number) =>
    done === all ? `all ${all} files checked` : `${done} of ${all} files checked`,
  filesLater: "the others as you watch, and when the attempt is over",
  problem: ({ kind, stream, index, sentence }: Problem) => {
    const place = stream === undefined ? "" : `${streams[stream] ?? stream} ${index ?? ""} `;
    return `${place}${problems[kind]}. ${sentence}`;
  },
  problemsTitle: (count: number) =>
    count === 1 ? "1 problem was found" : `${count} problems were found`,
  noKey: "You cannot open this exam's recordings. Ask a reader of this exam to add you.",
  keysEnded:
    "An administrator ended your keys, so you cannot open recordings any more. Ask an administrator why.",
  noPlay: "Nothing is opened, because the record could not be trusted.",
  notStarted: "Nothing was recorded yet",
  notStartedText:
    "The candidate has not passed the checks. This page fills by itself when the recording begins.",

  camera: "Camera",
  screen: "Screen",
  nothingHere: "Not recorded here",
  loading: "Loading…",
  enlarge: (what: string) => `Enlarge ${what}`,
  play: "Play",
  pause: "Pause",
  speed: "Speed",
  mute: "Sound",
  position: "Position",
  timeline: "Timeline",
  gap: (cause: string) => gapCauses[cause] ?? cause,
  facts: "Facts",
  agreementTitle: "Agreement",
  checksTitle: "Checks before the start",
  signed: (name: string) => `Signed “${name}”`,
  unsigned: "Agreed without a signature",
  opened: "Opened",
  ended: "Ended",
  receipt: "Last receipt",
  client: "Extension",
  log: "What happened",
  logNone: "Nothing out of the ordinary was noted.",
  /** Known events by kind and detail; another is shown as it was noted. */
  diary: {
    "place start": "Came to the quiz",
    "place taking": "Opened the questions",
    "place after": "Handed in the quiz",
    "ended handed-in": "Recording ended, because the quiz was handed in",
    "ended candidate": "The candidate ended the recording",
    "ended institution": "Staff ended the recording",
    "exam-tab-closed": "Closed the quiz's tab",
    "device-lost camera": "The camera was lost",
    "device-lost microphone": "The microphone was lost",
    "share-stopped": "Screen sharing stopped",
    "disk-full camera": "The candidate's disk was full: camera and microphone are missing",
    "disk-full screen": "The candidate's disk was full: the screen is missing",
    "gap crash": "Recording went on after the browser or the computer stopped",
    "gap paused": "Recording went on after the computer slept",
    "restored camera": "The camera came back",
    "restored microphone": "The microphone came back",
    "restored screen": "Screen sharing came back",
  } as Readonly<Record<string, string>>,
  checkNames: {
    browser: "Browser",
    server: "Connection",
    disk: "Free disk space",
    displays: "Screens",
    camera: "Camera",
    microphone: "Microphone",
    screen: "Screen sharing",
    key: "Secrecy",
  } as Readonly<Record<string, string>>,
  results: { passed: "Passed", failed: "Failed", noted: "Noted" } as Readonly<
    Record<string, string>
  >,
  keys: "Keys: Space play, J K L slower/pause/faster, ← → 5 s, Shift+← → 30 s, [ ] other attempt, ? help",
  helpTitle: "Keys",
  help: [
    ["Space or K", "Play and pause"],
    ["J and L", "Slower and faster"],
    ["← and →", "5 seconds back and on; with Shift 30 seconds"],
    ["Home and End", "Start and end"],
    ["M", "Sound on and off"],
    ["1 and 2", "Enlarge the camera or the screen"],
    ["[ and ]", "Previous and next attempt of the list"],
    ["?", "This list"],
  ] as const,

  exportTitle: "Export this attempt",
  exportText:
    "A ZIP that opens with the stock age tool and shows whether anything is missing or altered. Every file is checked on the way.",
  exportPhrase: "Sealed to a phrase",
  exportPhraseText: "Nine words are made and shown once. Whoever gets the ZIP needs them.",
  exportClear: "With the keys inside",
  exportClearText: "Whoever has the ZIP can watch it. For handing over in person.",
  exportMake: "Make the ZIP",
  exporting: (done: number, all: number) => `${done} of ${all} files`,
  exportDone: "The ZIP is in your downloads.",
  exportSays: (verdict: string) => `What it shows: ${verdict}.`,
  exportPhraseShown: "Write these words down. They open the ZIP and are shown once.",
  exportNot: "The export needs a record that could be trusted.",
} as const;

const gapCauses: Readonly<Record<string, string>> = {
  crash: "The browser or the computer stopped",
  "disk-full": "The disk was full",
  "device-lost": "A device was lost",
  "share-stopped": "Screen sharing stopped",
  paused: "Paused",
  "closed-tab": "The exam's tab was closed",
};
