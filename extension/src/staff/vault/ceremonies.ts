/** What people do with keys, each in one function: who signs what, in which order, and what goes to the server (sealed.md §6). */
import {
  formatMemberAdd,
  formatMemberRemove,
  formatRoot,
  formatRootKey,
  formatScopeEpoch,
  formatStaffKey,
  formatStaffRevoke,
  keyringPublicKeys,
  keyringSigner,
  makeBlind,
  makeKeyring,
  makePhrase,
  makeRootKey,
  makeScopeKey,
  openScopeKey,
  rootKeySigner,
  sha256,
  signNote,
  toBase64,
  fromBase64,
  wrapScopeKey,
} from "@invigil/sealed";
import type { Keyring, NewScopeKey, ScopeKey, Signer, TrustedScope } from "@invigil/sealed";
import { browser } from "../../browser.ts";
import type { StaffApi } from "../api.ts";
import type { Me, NewMember, PublicKeys, StaffMember } from "../wire.ts";
import { sealKeyringUnder, sealUnder } from "./phrase.ts";

const DAY_MS = 86_400_000;
/** Roots and staff keys are good for two years, an exam's key for one: long enough for appeals, short enough to be renewed. */
const ROOT_LIFE_MS = 730 * DAY_MS;
const STAFF_LIFE_MS = 730 * DAY_MS;
const EPOCH_LIFE_MS = 365 * DAY_MS;

/** Public keys of a person who is to read. */
export interface Reader {
  person: string;
  recipient: string;
}

/** A new keyring and the phrase that will open it. Nothing is sent yet: the phrase is shown first. */
export async function newKeyring(me: Me): Promise<{ keyring: Keyring; phrase: string }> {
  return { keyring: await makeKeyring(me.institution.slug, me.person.id), phrase: makePhrase() };
}

/** Stores the keyring under its phrase in place of any earlier one, and asks for certification. */
export async function storeKeyring(api: StaffApi, keyring: Keyring, phrase: string): Promise<void> {
  await api.putKeyring("phrase", await sealKeyringUnder(phrase, keyring));
  // A passkey would go on opening the keyring that this one replaces.
  for (const { method } of await api.keyrings())
    if (method !== "phrase") await api.deleteKeyring(method);
  await api.putKeys(await keyringPublicKeys(keyring));
}

/** The institution's first root, 1 of 1, with this administrator in it. Answers the text for the safe; the same text stays on the server, sealed to the phrase. */
export async function makeFirstRoot(request: {
  api: StaffApi;
  me: Me;
  keyring: Keyring;
  phrase: string;
  now: number;
}): Promise<string> {
  const { api, me, keyring, now } = request;
  const institution = me.institution.slug;
  const { server_vkey } = await api.keyLog(institution);
  const rootKey = makeRootKey(institution, 1);
  const signer = await rootKeySigner(rootKey);
  const text = formatRoot({
    institution,
    displayName: me.institution.name,
    serial: 1,
    issuedMs: now,
    expiresMs: now + ROOT_LIFE_MS,
    minimumClient: browser.version(),
    previous: null,
    threshold: 1,
    roots: [signer.vkey],
    administrators: [{ person: me.person.id, ...(await keyringPublicKeys(keyring)) }],
    servers: [server_vkey],
    recovery: [],
  });
  const backup = formatRootKey(rootKey);
  // The backup first: a root whose key is nowhere could never be renewed.
  await api.putRootBackup(toBase64(await sealUnder(request.phrase, backup)));
  await api.postRoot(await signNote(text, [signer]));
  return backup;
}

/** An administrator's word that these keys are this person's. */
export async function certify(request: {
  api: StaffApi;
  institution: string;
  keyring: Keyring;
  member: StaffMember;
  now: number;
}): Promise<void> {
  const { api, institution, keyring, member, now } = request;
  if (member.keys === null) throw new TypeError("nobody certifies keys that were not asked for");
  const text = formatStaffKey({
    institution,
    person: member.person.id,
    ...member.keys,
    issuedMs: now,
    expiresMs: now + STAFF_LIFE_MS,
  });
  const note = await signNote(text, [await keyringSigner(keyring)]);
  await api.postStatement(note, toBase64(makeBlind()));
}

/**
 * An administrator ends a person's keys: from its place in the key log on nothing counts any more that these keys sign,
 * and nothing is sealed to them. What they opened, they may have copied.
 */
export async function endKeys(request: {
  api: StaffApi;
  keyring: Keyring;
  member: StaffMember;
  now: number;
}): Promise<void> {
  const { api, keyring, member, now } = request;
  if (!canEndKeys(member)) throw new TypeError("only a new root ends keys that the root lists");
  const { institution } = keyring;
  const text = formatStaffRevoke({ institution, person: member.person.id, issuedMs: now });
  const note = await signNote(text, [await keyringSigner(keyring)]);
  await api.postStatement(note, toBase64(makeBlind()));
}

/** Whether somebody's keys are certified by a statement: those that the root itself lists end with a new root (sealed.md §6.2). */
export function canEndKeys({ certification, staff_key }: StaffMember): boolean {
  return certification === "certified" && staff_key !== null;
}

/** A new key for an exam, signed, and wrapped to each reader. */
export async function openEpoch(request: {
  api: StaffApi;
  keyring: Keyring;
  exam: string;
  epoch: number;
  readers: readonly Reader[];
  now: number;
}): Promise<void> {
  const { api, keyring, exam, epoch, readers, now } = request;
  const signer = await keyringSigner(keyring);
  const key = await makeScopeKey(keyring.institution, `exam/${exam}`, epoch);
  const text = formatScopeEpoch({ ...key, issuedMs: now, expiresMs: now + EPOCH_LIFE_MS });
  const members = await Promise.all(
    readers.map((reader) =>
      memberOf({ key, reader, signer, institution: keyring.institution, now }),
    ),
  );
  await api.openEpoch(exam, await signNote(text, [signer]), members);
}

/** One more reader, added by somebody who can read. The key is compared with its certificate before it is handed on. */
export async function addReader(request: {
  api: StaffApi;
  keyring: Keyring;
  exam: string;
  scope: TrustedScope;
  myWrap: string;
  reader: Reader;
  now: number;
}): Promise<void> {
  const { api, keyring, exam, scope, reader, now } = request;
  const key = await openScopeKey(fromBase64(request.myWrap), keyring, scope);
  const signer = await keyringSigner(keyring);
  await api.addMember(
    exam,
    await memberOf({ key, reader, signer, institution: keyring.institution, now }),
  );
}

/** Somebody reads no longer: the server hands them no wrap any more. What is recorded from now on needs a new epoch. */
export async function removeReader(request: {
  api: StaffApi;
  keyring: Keyring;
  exam: string;
  epoch: number;
  person: string;
  now: number;
}): Promise<void> {
  const { api, keyring, exam, epoch, person, now } = request;
  const text = formatMemberRemove({
    institution: keyring.institution,
    scope: `exam/${exam}`,
    epoch,
    person,
    issuedMs: now,
  });
  await api.postStatement(
    await signNote(text, [await keyringSigner(keyring)]),
    toBase64(makeBlind()),
  );
}

async function memberOf(request: {
  key: NewScopeKey | ScopeKey;
  reader: Reader;
  signer: Signer;
  institution: string;
  now: number;
}): Promise<NewMember> {
  const { key, reader, signer, institution, now } = request;
  const wrap = await wrapScopeKey(key, reader.recipient);
  const statement = {
    institution,
    scope: key.scope,
    epoch: key.epoch,
    person: reader.person,
    wrapHash: await sha256(wrap),
    issuedMs: now,
  };
  return {
    note: await signNote(formatMemberAdd(statement), [signer]),
    blind: toBase64(makeBlind()),
    wrap: toBase64(wrap),
  };
}

/** The person's own public keys, as a reader. */
export async function myself(keyring: Keyring): Promise<Reader & PublicKeys> {
  return { person: keyring.person, ...(await keyringPublicKeys(keyring)) };
}
