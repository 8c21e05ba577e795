/** What the server says to a candidate (docs/spec/wire.md §3 to §5), as the rooms of this side use it. */

export interface QuizSettings {
  /** Where the quiz is opened. */
  launch_url: string;
  /** URLPattern strings: the page that asks for the access code, the pages of the quiz, the page after handing in. */
  exam_start: string;
  exam_take: string;
  exam_end: string;
  /** Whether the toolbar offers the candidate an own button to end. */
  end_button: boolean;
}

/** What an exam records and asks for; frozen when its first candidate starts. */
export interface Settings {
  camera: boolean;
  microphone: boolean;
  screen: boolean;
  verify_camera: boolean;
  verify_microphone: boolean;
  verify_screen: boolean;
  one_screen: boolean;
  sign_agreement: boolean;
  agreement_text: string;
  duration_min: number | null;
  quiz: QuizSettings;
  ai: false;
  retention_days: number;
}

export type ServerState =
  "created" | "checking" | "ready" | "running" | "paused" | "interrupted" | "ended" | "terminated";
/** The states of an attempt whose exam has begun. */
export const SITTING: ReadonlySet<string> = new Set<ServerState>([
  "running",
  "paused",
  "interrupted",
]);
/** The states of an attempt whose exam is over. */
export const OVER: ReadonlySet<string> = new Set<ServerState>(["ended", "terminated"]);

export interface Institution {
  slug: string;
  name: string;
}

export interface Exam {
  id: string;
  title: string;
  course_title: string;
  settings: Settings;
  settings_version: number;
  frozen: boolean;
}

/** `GET /api/attempts/{a}`. */
export interface ServerAttempt {
  id: string;
  number: number;
  state: ServerState;
  generation: number;
  exam: Exam;
  scope: string;
  /** base64 of 16 bytes; stands in leaf 0. */
  nonce: string;
  candidate: { name: string };
  /** Whether leaf 0 is stored. */
  opened: boolean;
  log_size: number;
  retention_days: number;
  contact: string | null;
}

/** A candidate's launch, redeemed. Staff launches have `kind: "staff"` and are the staff app's. */
export interface RedeemedLaunch {
  kind: "candidate";
  server_time: number;
  institution: Institution;
  attempt: ServerAttempt;
  attempt_token: string;
  /** Unix ms. */
  expires: number;
}
