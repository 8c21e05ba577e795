import { checkHybridRecipient } from "./age.ts";
import { checkName, keyName } from "./names.ts";
import { parseVkey } from "./note.ts";
import { FORMAT, formatInteger, LineReader, lines, parseInteger, parsePeriod } from "./text.ts";

/** Certifies a person's keys (sealed.md §6.2); signed by an administrator of the current root. */
export interface StaffKeyStatement {
  readonly institution: string;
  readonly person: string;
  readonly vkey: string;
  readonly recipient: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** Ends every certification of a person issued up to then. */
export interface StaffRevokeStatement {
  readonly institution: string;
  readonly person: string;
  readonly issuedMs: number;
}

const KEY_LABEL = `${FORMAT}/staff-key`;
const REVOKE_LABEL = `${FORMAT}/staff-revoke`;

export function formatStaffKey(statement: StaffKeyStatement): string {
  const { institution, person, vkey, recipient, issuedMs, expiresMs } = statement;
  const span = `${formatInteger(issuedMs)} ${formatInteger(expiresMs)}`;
  return lines(KEY_LABEL, institution, person, vkey, recipient, span);
}

/** @throws SealedError `malformed`, `unsupported-version`, `downgrade` for a classic recipient. */
export async function parseStaffKey(text: string): Promise<StaffKeyStatement> {
  const reader = new LineReader(text);
  reader.label([KEY_LABEL]);
  const institution = checkName("institution", reader.line());
  const person = checkName("person", reader.line());
  const vkey = reader.line();
  await parseVkey(vkey, keyName.staff(institution, person));
  const recipient = checkHybridRecipient(reader.line());
  const period = parsePeriod(reader.fields(2));
  reader.end();
  return { institution, person, vkey, recipient, ...period };
}

export function formatStaffRevoke(statement: StaffRevokeStatement): string {
  const { institution, person, issuedMs } = statement;
  return lines(REVOKE_LABEL, institution, person, formatInteger(issuedMs));
}

/** @throws SealedError `malformed`, `unsupported-version`. */
export function parseStaffRevoke(text: string): StaffRevokeStatement {
  const reader = new LineReader(text);
  reader.label([REVOKE_LABEL]);
  const institution = checkName("institution", reader.line());
  const person = checkName("person", reader.line());
  const issuedMs = parseInteger(reader.line());
  reader.end();
  return { institution, person, issuedMs };
}
