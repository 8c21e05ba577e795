/** What the server says to staff (docs/spec/wire.md §2, §4, §6), as the rooms of this side use it. */
import type { Settings } from "../wire.ts";

export interface Person {
  id: string;
  name: string;
}

/** `GET /api/me`. */
export interface Me {
  person: Person;
  institution: { slug: string; name: string; root_present: boolean };
  roles: Role[];
  certification: Certification;
  keys: PublicKeys | null;
  staff_key: string | null;
}

export interface Role {
  role: "administrator" | "author" | "reviewer";
  course_id: string | null;
}

export type Certification = "none" | "pending" | "certified" | "revoked";

export interface PublicKeys {
  vkey: string;
  recipient: string;
}

export interface StaffLaunch {
  kind: "staff";
  institution: { slug: string; name: string };
  person: Person;
  staff_token: string;
  expires: number;
  course_id: string | null;
  exam_id: string | null;
}

export interface Course {
  id: string;
  title: string;
}

export interface ExamSummary {
  id: string;
  title: string;
  course: Course;
  frozen: boolean;
  created: number;
}

export interface ExamDetail extends ExamSummary {
  settings: Settings;
  settings_version: number;
  /** null for whoever is not its author. */
  access_code: string | null;
  may_edit: boolean;
  may_review: boolean;
}

export interface ScopeEpoch {
  epoch: number;
  scope_epoch: string;
  members: Person[];
  /** base64; null for somebody who cannot read this epoch. */
  my_wrap: string | null;
  waiting: WaitingReader[];
}

/** Somebody who may review the exam and cannot open it yet, with the statement that certifies the keys (null: the root lists them). */
export interface WaitingReader {
  person: Person;
  staff_key: string | null;
  staff_key_blind: string | null;
}

export interface ScopeState {
  scope: string;
  epochs: ScopeEpoch[];
}

export interface NewMember {
  note: string;
  /** base64 */
  blind: string;
  wrap: string;
}

export interface StaffMember {
  person: Person;
  roles: Role[];
  certification: Certification;
  keys: PublicKeys | null;
}

export interface AuditRecord {
  id: string;
  at: number;
  actor: string | null;
  action: string;
  subject: string | null;
}

export interface LtiRegistration {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  state: "pending" | "approved";
  deployments: string[];
}

export type AttemptState = "created" | "checking" | "ready" | "running" | "paused" | "interrupted" | "ended" | "terminated";

/** An attempt in the list; times Unix ms. */
export interface AttemptSummary {
  id: string;
  number: number;
  candidate: Person;
  state: AttemptState;
  created: number;
  started: number | null;
  ended: number | null;
  /** When the close was cosigned. */
  closed: number | null;
  heard: number;
  log_size: number;
  bytes: number;
  epoch: number | null;
}

export interface SealedSummary {
  attempt: string;
  /** base64 */
  wrap: string;
  index: number;
  file: string;
}

export interface Evidence {
  attempt: AttemptSummary;
  wrap: string | null;
  log_size: number;
  checkpoint: string | null;
  epoch: number | null;
}

export interface LeafPage {
  from: number;
  leaves: string[];
  size: number;
  checkpoint: string | null;
}
