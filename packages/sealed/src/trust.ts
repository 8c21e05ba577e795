import { SealedError, untrusted } from "./errors.ts";
import { type BlindNote, commitLeaf, type TrustedLog } from "./keylog.ts";
import { noteVerifier, openNote, unverifiedText } from "./note.ts";
import type { RootStatement } from "./root.ts";
import { parseScopeEpoch, type ScopeEpochStatement } from "./scope.ts";
import { parseStaffKey, parseStaffRevoke, type StaffKeyStatement } from "./staff.ts";
import { encodeText } from "./text.ts";
import type { TreeHead } from "./tree.ts";

/** The walk from the pinned fingerprint to a scope's recipient (sealed.md §6.6). */

/** What certifies a scope's key. */
export interface ScopeCertificate {
  /** The note of the scope epoch. */
  readonly scopeEpoch: string;
  /** The signer's statement; null when an administrator signed. */
  readonly staffKey: BlindNote | null;
  /** The `staff-revoke` notes about the signer that are known. */
  readonly revocations?: readonly BlindNote[];
}

/** A person whose signature counts, with the key it is checked by. */
export interface TrustedSigner {
  readonly person: string;
  readonly vkey: string;
}

/** Since when and until when the walk looks: a prefix of the log, and a time. */
export interface AsOf {
  readonly log: TrustedLog;
  readonly logSize: number;
  readonly atMs: number;
}

/** A scope key's recipient that the walk reached. Made by the walk alone. */
export class TrustedScope {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  readonly recipient: string;
  readonly expiresMs: number;
  /** Who signed the scope epoch. */
  readonly signer: TrustedSigner;
  /** The key log that the walk saw. */
  readonly logHead: TreeHead;
  /** Server keys whose receipts count: those of the root then and now. */
  readonly servers: readonly string[];
  readonly #isWalked = true;

  constructor(
    statement: ScopeEpochStatement,
    signer: TrustedSigner,
    log: TrustedLog,
    root: RootStatement,
  ) {
    this.institution = statement.institution;
    this.scope = statement.scope;
    this.epoch = statement.epoch;
    this.recipient = statement.recipient;
    this.expiresMs = statement.expiresMs;
    this.signer = signer;
    this.logHead = log.head;
    this.servers = [...new Set([...root.servers, ...log.root.servers])];
  }

  /** Keeps look-alike objects out at compile time. */
  get isWalked(): boolean {
    return this.#isWalked;
  }
}

/**
 * The walk as of now, over the whole log: before anything is sealed to a scope, and when its key is opened.
 * @throws SealedError `untrusted` (with a reason), `forged`, `malformed`, `downgrade`, `unsupported-version`.
 */
export async function trustScope(request: {
  readonly log: TrustedLog;
  readonly scope: string;
  readonly certificate: ScopeCertificate;
  readonly atMs: number;
}): Promise<TrustedScope> {
  const { log, scope, certificate, atMs } = request;
  return walkToScope(scope, certificate, { log, logSize: log.head.size, atMs });
}

/**
 * The walk as of the moment at which the scope epoch was logged: for a key that nothing new is sealed to. Who signed it may
 * have left since.
 * @throws SealedError as {@link trustScope}
 */
export async function trustScopeThen(request: {
  readonly log: TrustedLog;
  readonly scope: string;
  readonly certificate: ScopeCertificate;
}): Promise<TrustedScope> {
  const { log, scope, certificate } = request;
  const position = await log.checkLogged(encodeText(certificate.scopeEpoch));
  const { issuedMs: atMs } = parseScopeEpoch(unverifiedText(certificate.scopeEpoch));
  return walkToScope(scope, certificate, { log, logSize: position + 1, atMs });
}

/** The walk as of another moment: the opening of an attempt. */
export async function walkToScope(
  scope: string,
  certificate: ScopeCertificate,
  asOf: AsOf,
): Promise<TrustedScope> {
  const { log, logSize, atMs } = asOf;
  const root = log.rootAt(logSize);
  checkUnexpired(root, atMs, "The institution's root has expired.");
  await log.checkLogged(encodeText(certificate.scopeEpoch), logSize);
  const statement = parseScopeEpoch(unverifiedText(certificate.scopeEpoch));
  if (statement.institution !== log.institution || statement.scope !== scope) {
    throw untrusted("wrong-scope", "The certificate is for another exam or course.");
  }
  checkUnexpired(statement, atMs, "The exam's key has expired.");
  const signer = await findSigner(certificate, root, asOf);
  return new TrustedScope(statement, signer, log, root);
}

function checkUnexpired(
  { expiresMs }: { expiresMs: number },
  atMs: number,
  sentence: string,
): void {
  if (atMs >= expiresMs) throw untrusted("expired", sentence);
}

async function findSigner(
  { scopeEpoch, staffKey, revocations }: ScopeCertificate,
  root: RootStatement,
  asOf: AsOf,
): Promise<TrustedSigner> {
  const administrator = await signerAmong(scopeEpoch, root.administrators);
  if (administrator !== null) return administrator;
  const staff = staffKey === null ? [] : [await trustStaffKey(staffKey, revocations ?? [], asOf)];
  const signer = await signerAmong(scopeEpoch, staff);
  if (signer === null) {
    throw new SealedError("forged", "No one who may certify the exam's key has signed it.");
  }
  return signer;
}

/** The first of `people` who signed, null when none did. @throws SealedError `forged` for a signature that does not verify. */
export async function signerAmong(
  note: string,
  people: readonly TrustedSigner[],
): Promise<TrustedSigner | null> {
  const verifiers = await Promise.all(people.map(({ vkey }) => noteVerifier(vkey)));
  // All of them: a false signature beside a true one is found too.
  const { signatures } = await openNote(note, verifiers);
  const signed = signatures.map(({ verifier }) => people[verifiers.indexOf(verifier)]);
  return signed[0] ?? null;
}

/** A certified staff key as of then: logged, unexpired, signed by an administrator, not revoked. */
export async function trustStaffKey(
  staffKey: BlindNote,
  revocations: readonly BlindNote[],
  asOf: AsOf,
): Promise<StaffKeyStatement> {
  await checkAdministrative(staffKey, asOf);
  const statement = await parseStaffKey(unverifiedText(staffKey.note));
  if (statement.institution !== asOf.log.institution) {
    throw untrusted("wrong-scope", "A staff key belongs to another institution.");
  }
  checkUnexpired(statement, asOf.atMs, "The signer's key has expired.");
  for (const revocation of revocations) await checkUnrevoked(statement, revocation, asOf);
  return statement;
}

async function checkUnrevoked(
  key: StaffKeyStatement,
  revocation: BlindNote,
  asOf: AsOf,
): Promise<void> {
  const { log, logSize } = asOf;
  const position = await log.checkLogged(await commitLeaf(revocation));
  // Not yet said at the moment that the walk looks at.
  if (position >= logSize) return;
  await checkByAdministrator(revocation, log.rootAt(position));
  const { institution, person, issuedMs } = parseStaffRevoke(unverifiedText(revocation.note));
  if (institution === key.institution && person === key.person && issuedMs >= key.issuedMs) {
    throw untrusted("revoked", "The signer's key was revoked.");
  }
}

/** A statement that only administrators make: logged, and signed by one of the root of then. */
async function checkAdministrative(blindNote: BlindNote, { log, logSize }: AsOf): Promise<void> {
  await log.checkLogged(await commitLeaf(blindNote), logSize);
  await checkByAdministrator(blindNote, log.rootAt(logSize));
}

async function checkByAdministrator(
  { note }: BlindNote,
  { administrators }: RootStatement,
): Promise<void> {
  if ((await signerAmong(note, administrators)) === null) {
    throw new SealedError("forged", "No administrator has signed a staff statement.");
  }
}
