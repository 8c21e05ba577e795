import { SealedError, untrusted } from "./errors.ts";
import { type BlindNote, commitLeaf, type TrustedLog } from "./keylog.ts";
import { unverifiedText } from "./note.ts";
import { type MemberStatement, parseMember } from "./scope.ts";
import {
  type AsOf,
  signerAmong,
  trustStaffKey,
  type TrustedScope,
  type TrustedSigner,
} from "./trust.ts";
import type { Bytes } from "./text.ts";

/** Who reads a scope (sealed.md §6.4). */
export interface TrustedMember {
  readonly person: string;
  /** SHA-256 of the wrap made for them. */
  readonly wrapHash: Bytes;
  readonly issuedMs: number;
}

export interface MembersSource {
  readonly scope: TrustedScope;
  readonly log: TrustedLog;
  /** `member-add` and `member-remove` notes of this scope and epoch, in any order. */
  readonly statements: readonly BlindNote[];
  /** Staff keys of members whose signature stands under one of `statements`. */
  readonly staffKeys?: readonly BlindNote[];
  readonly atMs: number;
}

interface Logged {
  readonly position: number;
  readonly note: string;
  readonly statement: MemberStatement;
}

/**
 * The members of a scope epoch, replayed in the order of the log.
 * @throws SealedError `untrusted` (`not-logged`, `wrong-scope`, …), `forged` for a statement by someone who may not make it.
 */
export async function trustMembers(source: MembersSource): Promise<readonly TrustedMember[]> {
  const { log, scope, atMs } = source;
  const asOf: AsOf = { log, logSize: log.head.size, atMs };
  const keys = await Promise.all(
    (source.staffKeys ?? []).map((key) => trustStaffKey(key, [], asOf)),
  );
  const members = new Map<string, TrustedMember>();
  for (const { note, statement } of await inLogOrder(source)) {
    const signers = [
      ...log.root.administrators,
      scope.signer,
      ...keys.filter((key) => members.has(key.person)),
    ];
    await checkSigned(note, signers);
    if (statement.kind === "remove") members.delete(statement.person);
    else members.set(statement.person, statement);
  }
  return [...members.values()].map(({ person, wrapHash, issuedMs }) => ({
    person,
    wrapHash,
    issuedMs,
  }));
}

async function inLogOrder({ log, scope, statements }: MembersSource): Promise<readonly Logged[]> {
  const logged = await Promise.all(
    statements.map(async (one): Promise<Logged> => {
      const position = await log.checkLogged(await commitLeaf(one));
      const statement = parseMember(unverifiedText(one.note));
      if (!isFor(scope, statement)) {
        throw untrusted("wrong-scope", "A member statement is for another exam, course or epoch.");
      }
      return { position, note: one.note, statement };
    }),
  );
  return logged.sort((one, other) => one.position - other.position);
}

function isFor(scope: TrustedScope, statement: MemberStatement): boolean {
  return (
    statement.institution === scope.institution &&
    statement.scope === scope.scope &&
    statement.epoch === scope.epoch
  );
}

async function checkSigned(note: string, signers: readonly TrustedSigner[]): Promise<void> {
  if ((await signerAmong(note, signers)) === null) {
    throw new SealedError("forged", "Someone who may not add readers has signed for one.");
  }
}

/** The certified keys of one person. */
export interface TrustedReader {
  readonly person: string;
  readonly vkey: string;
  readonly recipient: string;
}

/**
 * Somebody to whom a scope key may be wrapped: listed in the current root, or certified by a logged statement.
 * @throws SealedError `untrusted` (`not-logged`, `expired`, `revoked`, `wrong-scope`) or `forged` when the chain to the person breaks
 */
export async function trustReader(request: {
  readonly log: TrustedLog;
  readonly person: string;
  /** null: the root must list the person. */
  readonly staffKey: BlindNote | null;
  readonly revocations?: readonly BlindNote[];
  readonly atMs: number;
}): Promise<TrustedReader> {
  const { log, person, staffKey, atMs } = request;
  const administrator = log.root.administrators.find((one) => one.person === person);
  if (administrator !== undefined) return administrator;
  if (staffKey === null) throw untrusted("not-logged", "Nobody has certified this person's keys.");
  const asOf: AsOf = { log, logSize: log.head.size, atMs };
  const certified = await trustStaffKey(staffKey, request.revocations ?? [], asOf);
  if (certified.person !== person)
    throw untrusted("wrong-scope", "The certificate is another person's.");
  return { person, vkey: certified.vkey, recipient: certified.recipient };
}
