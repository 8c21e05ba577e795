import { httpTo } from "./http.ts";
import type { Call, Http } from "./http.ts";
import { Trouble } from "./problems.ts";
import type { RedeemedLaunch, ServerAttempt, ServerState } from "./wire.ts";

/** `GET /api/institutions/{slug}/trust`. */
export interface InstitutionTrust {
  /** Root notes, in order. */
  roots: string[];
  keylog: { checkpoint: string; size: number };
  server_vkey: string;
}

export interface KeyLogPage {
  from: number;
  /** base64 */
  leaves: string[];
  checkpoint: string;
}

/** A `staff-revoke` statement and the blind that finds it in the key log. */
export interface StaffRevocation {
  note: string;
  /** base64 */
  blind: string;
}

/** `GET /api/scopes/{exam}/trust`. */
export interface ScopeTrust {
  scope: string;
  epoch: number;
  scope_epoch: string;
  signer: {
    person: string;
    staff_key: string | null;
    blind: string | null;
    /** Absent in what an earlier version of this client stored. */
    revocations?: readonly StaffRevocation[];
  };
}

export interface QuizStart {
  launch_url: string;
  /** Never stored outside session storage, never shown. */
  access_code: string;
  exam_start: string;
  exam_take: string;
  exam_end: string;
}

export interface LogTail {
  size: number;
  checkpoint: string | null;
  closed: boolean;
}

type Wanted = Record<string, "string" | "number" | "boolean" | "object">;

/** The fields of an answer that the caller is going to rely on, or `bad-answer`. The one cast at this edge. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the wire's type
function answered<T>(answer: unknown, wanted: Wanted): T {
  const fits =
    typeof answer === "object" &&
    answer !== null &&
    Object.entries(wanted).every(([name, type]) => fieldIs(answer, name, type));
  if (!fits) throw new Trouble({ kind: "bad-answer", status: 200 });
  return answer as T;
}

function fieldIs(answer: object, name: string, type: string): boolean {
  const value: unknown = (answer as Record<string, unknown>)[name];
  return typeof value === type && value !== null;
}

const ATTEMPT: Wanted = { id: "string", state: "string", exam: "object", nonce: "string" };

/** Calls that need no token. */
export function publicCalls(origin: string, fetching?: typeof fetch) {
  const http = httpTo(origin, fetching);
  return {
    /** `launch-unknown`, `launch-used`, `launch-expired`, `attempt-on-another-device`. */
    async redeem(
      token: string,
      client_version: string,
      /** The attempt token this device holds, if any: it shows that the attempt is recorded here. */
      attempt_token: string | null,
    ): Promise<RedeemedLaunch | { kind: "staff" }> {
      const json = { token, client_version, attempt_token };
      const answer = await http({ method: "POST", path: "/api/launches/redeem", json });
      const launch = answered<RedeemedLaunch | { kind: "staff" }>(answer, { kind: "string" });
      if (launch.kind === "staff") return launch;
      answered(answer, { institution: "object", attempt: "object", attempt_token: "string" });
      answered(launch.attempt, ATTEMPT);
      return launch;
    },

    async institutionTrust(institution: string): Promise<InstitutionTrust> {
      const path = `/api/institutions/${encodeURIComponent(institution)}/trust`;
      const wanted: Wanted = { roots: "object", keylog: "object", server_vkey: "string" };
      return answered(await http({ method: "GET", path }), wanted);
    },

    async keyLogPage(institution: string, from: number): Promise<KeyLogPage> {
      const path = `/api/institutions/${encodeURIComponent(institution)}/keylog?from=${from}`;
      const wanted: Wanted = { from: "number", leaves: "object", checkpoint: "string" };
      return answered(await http({ method: "GET", path }), wanted);
    },
  };
}

/** Calls about one attempt, with its token. */
export function attemptCalls(
  origin: string,
  attempt: string,
  token: string,
  fetching?: typeof fetch,
) {
  const send = httpTo(origin, fetching);
  const http: Http = (call: Call) => send({ ...call, token });
  const path = `/api/attempts/${encodeURIComponent(attempt)}`;
  return {
    async get(): Promise<ServerAttempt> {
      return answered(await http({ method: "GET", path }), ATTEMPT);
    },

    /** `transition-refused`. */
    async transition(to: ServerState): Promise<void> {
      await http({ method: "POST", path: `${path}/transitions`, json: { to } });
    },

    /** Repeatable while the attempt runs. */
    async start(): Promise<{ quiz: QuizStart; started: number }> {
      const answer = await http({ method: "POST", path: `${path}/start`, json: {} });
      const start = answered<{ quiz: QuizStart; started: number }>(answer, { quiz: "object" });
      answered(start.quiz, { launch_url: "string", access_code: "string" });
      return start;
    },

    async scopeTrust(exam: string): Promise<ScopeTrust> {
      const wanted: Wanted = { scope: "string", scope_epoch: "string", signer: "object" };
      const answer = await http({
        method: "GET",
        path: `/api/scopes/${encodeURIComponent(exam)}/trust`,
      });
      return answered(answer, wanted);
    },

    async reach(bytes: Uint8Array<ArrayBuffer>): Promise<{ bytes: number; server_time: number }> {
      const headers = { "Content-Type": "application/octet-stream" };
      const answer = await http({ method: "POST", path: "/api/reach", bytes, headers });
      return answered(answer, { bytes: "number", server_time: "number" });
    },

    async heartbeat(): Promise<{ server_time: number; state: ServerState }> {
      const answer = await http({ method: "POST", path: `${path}/heartbeat`, json: {} });
      return answered(answer, { state: "string" });
    },

    ...evidenceCalls(http, path),
  };
}

/** What the recorder sends (wire.md §5): bytes that the server cannot read. */
function evidenceCalls(http: Http, attempt: string) {
  return {
    async putWrap(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      const headers = { "Content-Type": "application/octet-stream" };
      await http({ method: "PUT", path: `${attempt}/wrap`, bytes, headers });
    },

    /** Returns only when the file is durable there. `digest` is base64 of its SHA-256. */
    async putFile(file: {
      stream: string;
      index: number;
      bytes: Uint8Array<ArrayBuffer>;
      digest: string;
    }): Promise<void> {
      const answer = await http({
        method: "PUT",
        path: `${attempt}/segments/${file.stream}/${file.index}`,
        bytes: file.bytes,
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Digest": `sha-256=:${file.digest}:`,
        },
        timeout_ms: 120_000,
      });
      if (!answered<{ stored: boolean }>(answer, { stored: "boolean" }).stored) {
        throw new Trouble({ kind: "bad-answer", status: 200 });
      }
    },

    /** `log-forked`, `segment-missing`. `leaves` are base64. */
    async appendLog(tail: {
      from: number;
      leaves: string[];
      checkpoint: string;
    }): Promise<{ size: number; receipt: string }> {
      const answer = await http({ method: "POST", path: `${attempt}/log`, json: tail });
      return answered(answer, { size: "number", receipt: "string" });
    },

    async logTail(): Promise<LogTail> {
      const answer = await http({ method: "GET", path: `${attempt}/log` });
      return answered(answer, { size: "number", closed: "boolean" });
    },
  };
}

export type PublicCalls = ReturnType<typeof publicCalls>;
export type AttemptCalls = ReturnType<typeof attemptCalls>;
