import { bech32 } from "@scure/base";
import {
  makeIdentity,
  openWithPasskey,
  openWithPhrase,
  recipientOf,
  sealWithPasskey,
  sealWithPhrase,
} from "./age.ts";
import { malformed, SealedError } from "./errors.ts";
import { checkName, keyName } from "./names.ts";
import { type Signer, signerFromSeed } from "./note.ts";
import {
  type Bytes,
  decodeText,
  encodeText,
  FORMAT,
  formatInteger,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  randomBytes,
  toBase64,
} from "./text.ts";

/** A person's keys (sealed.md §10). */
export interface Keyring {
  readonly institution: string;
  readonly person: string;
  /** `AGE-SECRET-KEY-PQ-1…` */
  readonly identity: string;
  /** Ed25519, 32 bytes. */
  readonly seed: Bytes;
}

/** What a statement certifies of a keyring. */
export interface PublicKeys {
  readonly vkey: string;
  readonly recipient: string;
}

const LABEL = `${FORMAT}/keyring`;
const ROOT_KEY_LABEL = `${FORMAT}/root-key`;
const SEED_BYTES = 32;

export async function makeKeyring(institution: string, person: string): Promise<Keyring> {
  checkName("institution", institution);
  checkName("person", person);
  return { institution, person, identity: await makeIdentity(), seed: randomBytes(SEED_BYTES) };
}

export async function keyringSigner({ institution, person, seed }: Keyring): Promise<Signer> {
  return signerFromSeed(keyName.staff(institution, person), seed);
}

export async function keyringPublicKeys(keyring: Keyring): Promise<PublicKeys> {
  const { vkey } = await keyringSigner(keyring);
  return { vkey, recipient: await recipientOf(keyring.identity) };
}

export function formatKeyring({ institution, person, identity, seed }: Keyring): string {
  return lines(LABEL, institution, person, identity, toBase64(seed));
}

/** @throws SealedError `malformed`, `unsupported-version`. */
export function parseKeyring(text: string): Keyring {
  const reader = new LineReader(text);
  reader.label([LABEL]);
  const institution = checkName("institution", reader.line());
  const person = checkName("person", reader.line());
  const identity = checkHybridIdentity(reader.line());
  const seed = parseBytes(reader.line(), SEED_BYTES);
  reader.end();
  return { institution, person, identity, seed };
}

const HYBRID_IDENTITY = "AGE-SECRET-KEY-PQ-1";

/** @throws SealedError `malformed` unless `AGE-SECRET-KEY-PQ-1…` in capitals. */
export function checkHybridIdentity(identity: string): string {
  const isInCapitals = identity.startsWith(HYBRID_IDENTITY) && identity === identity.toUpperCase();
  const decoded = isInCapitals ? bech32.decodeUnsafe(identity) : undefined;
  if (decoded === undefined || bech32.fromWordsUnsafe(decoded.words)?.length !== 32) {
    throw malformed("A secret key is not a hybrid identity.");
  }
  return identity;
}

/** Seals a keyring under a generated phrase. About a second of scrypt: call it in a worker. */
export async function sealKeyring(keyring: Keyring, phrase: string): Promise<Bytes> {
  return sealWithPhrase(encodeText(formatKeyring(keyring)), phrase);
}

/**
 * Opens a keyring, about a second of scrypt, and compares it with the person's own statement.
 * @param expected null only before a statement exists.
 * @throws SealedError `wrong-key` for another phrase, `wrong-recipient` for other keys than expected, `tampered`,
 *   `downgrade`, `malformed`.
 */
export async function openKeyring(
  file: Bytes,
  phrase: string,
  expected: PublicKeys | null,
): Promise<Keyring> {
  return readKeyring(await openWithPhrase(file, phrase), expected);
}

/** Seals a keyring for a passkey; the browser asks the person. */
export async function sealKeyringWithPasskey(keyring: Keyring, passkey: string): Promise<Bytes> {
  return sealWithPasskey(encodeText(formatKeyring(keyring)), passkey);
}

/** As `openKeyring`; DOMException when the person declines. */
export async function openKeyringWithPasskey(
  file: Bytes,
  passkey: string,
  expected: PublicKeys | null,
): Promise<Keyring> {
  return readKeyring(await openWithPasskey(file, passkey), expected);
}

async function readKeyring(plaintext: Bytes, expected: PublicKeys | null): Promise<Keyring> {
  const keyring = parseKeyring(decodeText(plaintext));
  if (expected !== null) await checkPublicKeys(keyring, expected);
  return keyring;
}

/** @throws SealedError `wrong-recipient` unless the keyring holds just these keys. */
export async function checkPublicKeys(keyring: Keyring, expected: PublicKeys): Promise<void> {
  const { vkey, recipient } = await keyringPublicKeys(keyring);
  if (vkey !== expected.vkey || recipient !== expected.recipient) {
    throw new SealedError(
      "wrong-recipient",
      "The keyring does not hold the person's certified keys.",
    );
  }
}

/** An institution's root key (sealed.md §10), numbered from 1. */
export interface RootKey {
  readonly institution: string;
  readonly number: number;
  readonly seed: Bytes;
}

export function makeRootKey(institution: string, number: number): RootKey {
  return {
    institution: checkName("institution", institution),
    number,
    seed: randomBytes(SEED_BYTES),
  };
}

export async function rootKeySigner({ institution, number, seed }: RootKey): Promise<Signer> {
  return signerFromSeed(keyName.root(institution, number), seed);
}

/** The text to print for the safe, and to seal as `root-<number>.age` with `sealWithPhrase`. */
export function formatRootKey({ institution, number, seed }: RootKey): string {
  return lines(ROOT_KEY_LABEL, institution, formatInteger(number), toBase64(seed));
}

/** @throws SealedError `malformed`, `unsupported-version`. */
export function parseRootKey(text: string): RootKey {
  const reader = new LineReader(text);
  reader.label([ROOT_KEY_LABEL]);
  const institution = checkName("institution", reader.line());
  const number = parseInteger(reader.line(), 1);
  const seed = parseBytes(reader.line(), SEED_BYTES);
  reader.end();
  return { institution, number, seed };
}
