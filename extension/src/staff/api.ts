import type { Wire } from "@invigil/protocol";
import { browser } from "../browser.ts";
import { httpTo } from "../http.ts";
import type { Call } from "../http.ts";
import { Trouble } from "../problems.ts";
import type {
  AttemptSummary,
  Course,
  Evidence,
  ExamDetail,
  ExamSummary,
  KeyringFile,
  LeafPage,
  Me,
  NewMember,
  PublicKeys,
  Readership,
  ScopeState,
  ScopeTrust,
  Settings,
  StaffLaunch,
  StaffMember,
} from "./wire.ts";

/** Exchanges a launch's one-time token. @throws Trouble */
export async function redeemStaff(server: string, token: string): Promise<StaffLaunch> {
  const json = { token, client_version: browser.version() };
  return (await httpTo(server)({
    method: "POST",
    path: "/api/launches/redeem",
    json,
  })) as StaffLaunch;
}

export interface KeyLog {
  roots: readonly string[];
  /** base64 */
  leaves: string[];
  checkpoint: string;
  server_vkey: string;
}

/** The staff's calls to one server with one token. Each throws Trouble. Answers are checked against the OpenAPI types by the compiler, by the format's own parsers where they matter for trust. */
export class StaffApi {
  readonly server: string;
  readonly #token: string;

  constructor(server: string, token: string) {
    this.server = server;
    this.#token = token;
  }

  async #call<T>(call: Omit<Call, "token">): Promise<T> {
    return (await httpTo(this.server)({ ...call, token: this.#token })) as T;
  }

  #get<T>(path: string): Promise<T> {
    return this.#call<T>({ method: "GET", path });
  }

  #post<T>(path: string, json: object): Promise<T> {
    return this.#call<T>({ method: "POST", path, json });
  }

  me = (): Promise<Me> => this.#get("/api/me");

  // --- keys -------------------------------------------------------------------------------------
  keyrings = async (): Promise<readonly KeyringFile[]> =>
    (await this.#get<Wire["Keyrings"]>("/api/me/keyrings")).keyrings;
  putKeyring = (method: string, file: string): Promise<unknown> =>
    this.#call({
      method: "PUT",
      path: `/api/me/keyrings/${encodeURIComponent(method)}`,
      json: { file },
    });
  deleteKeyring = (method: string): Promise<unknown> =>
    this.#call({ method: "DELETE", path: `/api/me/keyrings/${encodeURIComponent(method)}` });
  putRootBackup = (file: string): Promise<unknown> =>
    this.#call({ method: "PUT", path: "/api/me/root-backup", json: { file } });
  rootBackup = async (): Promise<string> =>
    (await this.#get<{ file: string }>("/api/me/root-backup")).file;
  putKeys = (keys: PublicKeys): Promise<unknown> =>
    this.#call({ method: "PUT", path: "/api/me/keys", json: keys });
  postRoot = (note: string): Promise<unknown> => this.#post("/api/roots", { note });
  postStatement = (note: string, blind: string | null): Promise<unknown> =>
    this.#post("/api/statements", { note, blind });

  /** The whole key log, page by page, cut to the checkpoint that came with it. */
  async keyLog(institution: string): Promise<KeyLog> {
    const path = `/api/institutions/${encodeURIComponent(institution)}`;
    const head = await this.#get<Wire["Trust"]>(`${path}/trust`);
    const leaves: string[] = [];
    while (leaves.length < head.keylog.size) {
      const page = await this.#get<Wire["KeyLogPage"]>(`${path}/keylog?from=${leaves.length}`);
      if (page.leaves.length === 0) break;
      leaves.push(...page.leaves);
    }
    return {
      roots: head.roots,
      leaves: leaves.slice(0, head.keylog.size),
      checkpoint: head.keylog.checkpoint,
      server_vkey: head.server_vkey,
    };
  }

  /** What certifies an exam's key: that of one epoch, or of the one that attempts are sealed to now. */
  scopeTrust = (exam: string, epoch: number | null = null): Promise<ScopeTrust> =>
    this.#get(`/api/scopes/${exam}/trust${epoch === null ? "" : `?epoch=${epoch}`}`);

  // --- people and connections ---------------------------------------------------------------------
  people = async (): Promise<StaffMember[]> => [
    ...(await this.#get<Wire["People"]>("/api/people")).people,
  ];
  /** What rests on a person's keys. */
  readership = (person: string): Promise<Readership> =>
    this.#get(`/api/people/${person}/readership`);
  invite = (name: string, roles: string[], course_id: string | null): Promise<Wire["Invitation"]> =>
    this.#post("/api/invitations", { name, roles, course_id });
  audit = (cursor: string | null): Promise<Wire["AuditPage"]> =>
    this.#get(`/api/audit${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
  registrations = (): Promise<Wire["RegistrationList"]> => this.#get("/api/lti/registrations");
  approveRegistration = (id: string): Promise<unknown> =>
    this.#post(`/api/lti/registrations/${id}/approve`, {});

  // --- exams ----------------------------------------------------------------------------------------
  courses = async (): Promise<Course[]> => [
    ...(await this.#get<Wire["CourseList"]>("/api/courses")).courses,
  ];
  exams = async (): Promise<ExamSummary[]> => [
    ...(await this.#get<Wire["ExamList"]>("/api/exams")).exams,
  ];
  exam = (id: string): Promise<ExamDetail> => this.#get(`/api/exams/${id}`);
  makeExam = (course_id: string, title: string): Promise<ExamDetail> =>
    this.#post("/api/exams", { course_id, title });
  changeExam = (
    id: string,
    change: { title?: string; settings?: Settings; access_code?: string },
  ): Promise<ExamDetail> => this.#call({ method: "PATCH", path: `/api/exams/${id}`, json: change });
  scope = (exam: string): Promise<ScopeState> => this.#get(`/api/exams/${exam}/scope`);
  openEpoch = (exam: string, scope_epoch: string, members: NewMember[]): Promise<unknown> =>
    this.#post(`/api/exams/${exam}/scope`, { scope_epoch, members });
  addMember = (exam: string, member: NewMember): Promise<unknown> =>
    this.#post(`/api/exams/${exam}/members`, member);

  // --- attempts and their evidence ----------------------------------------------------------------
  attempts = (exam: string, cursor: string | null): Promise<Wire["AttemptPage"]> =>
    this.#get(`/api/exams/${exam}/attempts${query(cursor)}`);
  /** Every attempt of an exam, page by page. */
  async allAttempts(exam: string, signal: AbortSignal): Promise<AttemptSummary[]> {
    const found: AttemptSummary[] = [];
    let cursor: string | null = null;
    do {
      const page: Wire["AttemptPage"] = await this.attempts(exam, cursor);
      found.push(...page.attempts);
      cursor = page.next;
    } while (cursor !== null && !signal.aborted);
    return found;
  }
  summaries = (exam: string, cursor: string | null): Promise<Wire["SummaryPage"]> =>
    this.#get(`/api/exams/${exam}/summaries${query(cursor)}`);
  evidence = (attempt: string): Promise<Evidence> => this.#get(`/api/attempts/${attempt}/evidence`);
  leaves = (attempt: string, from: number): Promise<LeafPage> =>
    this.#get(`/api/attempts/${attempt}/leaves?from=${from}`);

  /** One sealed file; null when the server does not have it. Sealed files never change: the browser may keep them. */
  async segment(
    attempt: string,
    stream: string,
    index: number,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const address = new URL(`/api/attempts/${attempt}/segments/${stream}/${index}`, this.server);
    const headers = { Authorization: `Bearer ${this.#token}` };
    const response = await fetch(address, {
      headers,
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    }).catch(() => {
      throw new Trouble({ kind: "offline" });
    });
    if (response.status === 404) return null;
    if (!response.ok) throw new Trouble({ kind: "bad-answer", status: response.status });
    return new Uint8Array(await response.arrayBuffer());
  }
}

function query(cursor: string | null): string {
  return cursor === null ? "?limit=200" : `?limit=200&cursor=${encodeURIComponent(cursor)}`;
}
