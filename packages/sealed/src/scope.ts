import { checkHybridRecipient } from "./age.ts";
import { checkName } from "./names.ts";
import {
  type Bytes,
  FORMAT,
  formatInteger,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  parsePeriod,
  toBase64,
} from "./text.ts";

/** Certifies the key of a scope for one epoch (sealed.md §6.3). */
export interface ScopeEpochStatement {
  readonly institution: string;
  /** `exam/<exam>` or `course/<course>`. */
  readonly scope: string;
  readonly epoch: number;
  readonly recipient: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** Gives a person a wrap of the scope key (sealed.md §6.4). */
export interface MemberAddStatement {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  readonly person: string;
  /** SHA-256 of the wrap file. */
  readonly wrapHash: Bytes;
  readonly issuedMs: number;
}

export interface MemberRemoveStatement {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  readonly person: string;
  readonly issuedMs: number;
}

export type MemberStatement =
  | ({ readonly kind: "add" } & MemberAddStatement)
  | ({ readonly kind: "remove" } & MemberRemoveStatement);

const EPOCH_LABEL = `${FORMAT}/scope-epoch`;
const ADD_LABEL = `${FORMAT}/member-add`;
const REMOVE_LABEL = `${FORMAT}/member-remove`;

export function formatScopeEpoch(statement: ScopeEpochStatement): string {
  const { institution, scope, epoch, recipient, issuedMs, expiresMs } = statement;
  const span = `${formatInteger(issuedMs)} ${formatInteger(expiresMs)}`;
  return lines(EPOCH_LABEL, institution, scope, formatInteger(epoch), recipient, span);
}

/** @throws SealedError `malformed`, `unsupported-version`, `downgrade` for a classic recipient. */
export function parseScopeEpoch(text: string): ScopeEpochStatement {
  const reader = new LineReader(text);
  reader.label([EPOCH_LABEL]);
  const scopeEpoch = readScopeEpoch(reader);
  const recipient = checkHybridRecipient(reader.line());
  const period = parsePeriod(reader.fields(2));
  reader.end();
  return { ...scopeEpoch, recipient, ...period };
}

function readScopeEpoch(reader: LineReader) {
  const institution = checkName("institution", reader.line());
  const scope = checkName("scope", reader.line());
  const epoch = parseInteger(reader.line(), 1);
  return { institution, scope, epoch };
}

export function formatMemberAdd(statement: MemberAddStatement): string {
  const { institution, scope, epoch, person, wrapHash, issuedMs } = statement;
  const tail = [toBase64(wrapHash), formatInteger(issuedMs)];
  return lines(ADD_LABEL, institution, scope, formatInteger(epoch), person, ...tail);
}

export function formatMemberRemove(statement: MemberRemoveStatement): string {
  const { institution, scope, epoch, person, issuedMs } = statement;
  const tail = formatInteger(issuedMs);
  return lines(REMOVE_LABEL, institution, scope, formatInteger(epoch), person, tail);
}

/** @throws SealedError `malformed`, `unsupported-version`. */
export function parseMember(text: string): MemberStatement {
  const reader = new LineReader(text);
  const label = reader.label([ADD_LABEL, REMOVE_LABEL]);
  const scopeEpoch = readScopeEpoch(reader);
  const person = checkName("person", reader.line());
  const wrapHash = label === ADD_LABEL ? parseBytes(reader.line(), 32) : null;
  const issuedMs = parseInteger(reader.line());
  reader.end();
  return wrapHash === null
    ? { kind: "remove", ...scopeEpoch, person, issuedMs }
    : { kind: "add", ...scopeEpoch, person, wrapHash, issuedMs };
}

/** The text in a wrap of a scope key. */
export interface ScopeKeyText {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  /** `AGE-SECRET-KEY-PQ-1…` */
  readonly identity: string;
}

const KEY_LABEL = `${FORMAT}/scope-key`;

export function formatScopeKey({ institution, scope, epoch, identity }: ScopeKeyText): string {
  return lines(KEY_LABEL, institution, `${scope} ${formatInteger(epoch)}`, identity);
}

/** @throws SealedError `malformed`, `unsupported-version`. The identity is judged by its recipient. */
export function parseScopeKey(text: string): ScopeKeyText {
  const reader = new LineReader(text);
  reader.label([KEY_LABEL]);
  const institution = checkName("institution", reader.line());
  const [scope = "", epoch = ""] = reader.fields(2);
  const [identity = ""] = reader.fields(1);
  reader.end();
  return {
    institution,
    scope: checkName("scope", scope),
    epoch: parseInteger(epoch, 1),
    identity,
  };
}
