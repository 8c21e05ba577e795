import { bech32 } from "@scure/base";
import { recipientOf } from "../src/age.ts";
import { formatCheckpoint } from "../src/checkpoint.ts";
import { type BlindNote, commitLeaf, replayKeyLog, type TrustedLog } from "../src/keylog.ts";
import { keyringPublicKeys, keyringSigner, type Keyring, type PublicKeys } from "../src/keyring.ts";
import { keyLogOrigin, keyName } from "../src/names.ts";
import { type Signer, signerFromSeed, signNote } from "../src/note.ts";
import { formatRoot, rootFingerprint, type RootStatement } from "../src/root.ts";
import { formatMemberAdd, formatScopeEpoch, type ScopeEpochStatement } from "../src/scope.ts";
import { formatStaffKey, formatStaffRevoke, type StaffKeyStatement } from "../src/staff.ts";
import { type Bytes, encodeText } from "../src/text.ts";
import { MerkleTree } from "../src/tree.ts";
import { ADMINISTRATOR, EXAM_SCOPE, INSTITUTION, OPENED_MS, seed, TEACHER } from "./seeds.ts";

/** What the institution's server does to a checkpoint. */
export { cosign } from "../src/checkpoint.ts";

const YEAR_MS = 365 * 86_400_000;
const ISSUED_MS = OPENED_MS - 30 * 86_400_000;

/** Everybody who signs or reads, from fixed seeds. */
export interface Cast {
  readonly root: Signer;
  readonly server: Signer;
  readonly admin: Keyring;
  readonly teacher: Keyring;
  readonly scopeIdentity: string;
}

async function identityFrom(label: string): Promise<string> {
  return bech32.encodeFromBytes("AGE-SECRET-KEY-PQ-", await seed(label)).toUpperCase();
}

async function keyringOf(person: string, label: string): Promise<Keyring> {
  const identity = await identityFrom(`${label} identity`);
  return { institution: INSTITUTION, person, identity, seed: await seed(`${label} key`) };
}

/** @param troupe another word gives other people under the same names. */
export async function makeCast(troupe = ""): Promise<Cast> {
  return {
    root: await signerFromSeed(keyName.root(INSTITUTION, 1), await seed(`${troupe}root 1`)),
    server: await signerFromSeed(keyName.server(INSTITUTION), await seed(`${troupe}server`)),
    admin: await keyringOf(ADMINISTRATOR, `${troupe}administrator`),
    teacher: await keyringOf(TEACHER, `${troupe}teacher`),
    scopeIdentity: await identityFrom(`${troupe}scope`),
  };
}

/** An institution as its notes and its log. */
export interface Institution {
  readonly cast: Cast;
  readonly rootNotes: readonly string[];
  readonly fingerprint: Bytes;
  readonly scopeEpoch: string;
  readonly staffKey: BlindNote | null;
  readonly revocations: readonly BlindNote[];
  readonly member: BlindNote;
  readonly leaves: readonly Bytes[];
  readonly checkpoint: string;
}

/** What a test or an attack does differently. */
export interface Twist {
  readonly cast?: Cast;
  readonly root?: Partial<RootStatement>;
  /** Texts changed after formatting, before signing. */
  readonly rewriteRoot?: (text: string) => string;
  readonly rootSigners?: readonly Signer[];
  readonly staffKey?: Partial<StaffKeyStatement>;
  readonly staffKeySigner?: Signer;
  readonly scopeEpoch?: Partial<ScopeEpochStatement>;
  /** Default: the teacher. The administrator needs no staff key. */
  readonly scopeSigner?: Signer;
  readonly isStaffKeyGiven?: boolean;
  /** A `staff-revoke` that comes with the export; the last leaf of the log, unless `isUnlogged`. */
  readonly revocation?: {
    readonly issuedMs: number;
    readonly signer?: Signer;
    readonly person?: string;
    readonly isUnlogged?: boolean;
  };
  readonly logServer?: Signer;
  /** The leaves as they are logged, from those that ought to be. */
  readonly log?: (leaves: readonly Bytes[]) => readonly Bytes[];
  /** Further roots, made from the first note. */
  readonly nextRoots?: (first: string, statement: RootStatement) => Promise<readonly string[]>;
}

async function makeRootStatement(cast: Cast): Promise<RootStatement> {
  const keys = await keyringPublicKeys(cast.admin);
  return {
    institution: INSTITUTION,
    displayName: "North College – Collège du Nord",
    serial: 1,
    issuedMs: ISSUED_MS,
    expiresMs: ISSUED_MS + 2 * YEAR_MS,
    minimumClient: "0.1.0",
    previous: null,
    threshold: 1,
    roots: [cast.root.vkey],
    administrators: [{ person: ADMINISTRATOR, ...keys }],
    servers: [cast.server.vkey],
    recovery: [await seed("recovery recipient")],
  };
}

export async function makeInstitution(twist: Twist = {}): Promise<Institution> {
  const cast = twist.cast ?? (await makeCast());
  const statement = { ...(await makeRootStatement(cast)), ...twist.root };
  const rootText = (twist.rewriteRoot ?? ((text) => text))(formatRoot(statement));
  const first = await signNote(rootText, twist.rootSigners ?? [cast.root]);
  const rootNotes = [first, ...((await twist.nextRoots?.(first, statement)) ?? [])];
  const staffKey = await makeStaffKey(cast, twist);
  const scopeEpoch = await makeScopeEpoch(cast, twist);
  const member = await makeMember(cast);
  const revocations = await makeRevocations(cast, twist);
  const due = [
    ...rootNotes.map(encodeText),
    await commitLeaf(staffKey),
    encodeText(scopeEpoch),
    await commitLeaf(member),
    ...(await loggedOf(revocations, twist)),
  ];
  const leaves = (twist.log ?? ((all) => all))(due);
  return {
    cast,
    rootNotes,
    fingerprint: await fingerprintOf(first),
    scopeEpoch,
    staffKey: (twist.isStaffKeyGiven ?? true) ? staffKey : null,
    revocations,
    member,
    leaves,
    checkpoint: await signLog(leaves, twist.logServer ?? cast.server),
  };
}

/** A root that nobody can parse has no fingerprint worth the name. */
async function fingerprintOf(note: string): Promise<Bytes> {
  return rootFingerprint(note).catch(() => new Uint8Array(32));
}

export async function signLog(
  leaves: readonly Bytes[],
  server: Signer,
  origin = keyLogOrigin(INSTITUTION),
): Promise<string> {
  const tree = new MerkleTree();
  await tree.append(leaves);
  const head = { origin, ...(await tree.head()) };
  return signNote(formatCheckpoint(head), [server]);
}

async function makeStaffKey(cast: Cast, twist: Twist): Promise<BlindNote> {
  const keys: PublicKeys = await keyringPublicKeys(cast.teacher);
  const statement: StaffKeyStatement = {
    institution: INSTITUTION,
    person: TEACHER,
    ...keys,
    issuedMs: ISSUED_MS,
    expiresMs: ISSUED_MS + YEAR_MS,
    ...twist.staffKey,
  };
  const signer = twist.staffKeySigner ?? (await keyringSigner(cast.admin));
  return {
    note: await signNote(formatStaffKey(statement), [signer]),
    blind: await seed("staff blind"),
  };
}

async function loggedOf(
  revocations: readonly BlindNote[],
  { revocation }: Twist,
): Promise<readonly Bytes[]> {
  return revocation?.isUnlogged === true ? [] : Promise.all(revocations.map(commitLeaf));
}

async function makeRevocations(cast: Cast, { revocation }: Twist): Promise<readonly BlindNote[]> {
  if (revocation === undefined) return [];
  const { issuedMs, person = TEACHER } = revocation;
  const signer = revocation.signer ?? (await keyringSigner(cast.admin));
  const text = formatStaffRevoke({ institution: INSTITUTION, person, issuedMs });
  return [{ note: await signNote(text, [signer]), blind: await seed("revocation blind") }];
}

async function makeScopeEpoch(cast: Cast, twist: Twist): Promise<string> {
  const statement: ScopeEpochStatement = {
    institution: INSTITUTION,
    scope: EXAM_SCOPE,
    epoch: 1,
    recipient: await recipientOf(cast.scopeIdentity),
    issuedMs: ISSUED_MS,
    expiresMs: ISSUED_MS + YEAR_MS / 2,
    ...twist.scopeEpoch,
  };
  const signer = twist.scopeSigner ?? (await keyringSigner(cast.teacher));
  return signNote(formatScopeEpoch(statement), [signer]);
}

async function makeMember(cast: Cast): Promise<BlindNote> {
  const text = formatMemberAdd({
    institution: INSTITUTION,
    scope: EXAM_SCOPE,
    epoch: 1,
    person: TEACHER,
    wrapHash: await seed("member wrap"),
    issuedMs: ISSUED_MS,
  });
  const note = await signNote(text, [await keyringSigner(cast.teacher)]);
  return { note, blind: await seed("member blind") };
}

/** The institution's log as a client that pinned its first root replays it. */
export async function replay(institution: Institution): Promise<TrustedLog> {
  const { leaves, checkpoint, fingerprint, rootNotes } = institution;
  return replayKeyLog({
    institution: INSTITUTION,
    pin: fingerprint,
    leaves,
    checkpoint,
    remembered: null,
    roots: rootNotes,
  });
}
