import { malformed, SealedError } from "./errors.ts";
import {
  type Bytes,
  checkSize,
  concat,
  encodeText,
  fromBase64,
  fromHex,
  LIMITS,
  sha256,
  toBase64,
  toHex,
} from "./text.ts";

/** Signature types of C2SP signed-note, the byte that goes into the key id. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const;

/** An Ed25519 public key with its name, as a vkey says it. */
export interface VerifierKey {
  readonly name: string;
  readonly publicKey: Bytes;
}

/** Ed25519 private key with its name in the format; the key itself may be non-extractable. */
export interface Signer {
  readonly name: string;
  readonly vkey: string;
  sign(message: Bytes): Promise<Bytes>;
}

/** One line of signatures: who says so, and the bytes behind the key id. */
interface SignatureLine {
  readonly name: string;
  readonly keyId: string;
  readonly payload: Bytes;
}

/** Judges the signature lines of one key and one type. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyId: string;
  verify(text: string, payload: Bytes): Promise<boolean>;
}

/** A known key's signature that verified. */
export interface VerifiedSignature {
  readonly verifier: NoteVerifier;
  readonly payload: Bytes;
}

const KEY_NAME = /^[^\s+]{1,200}$/u;

/** First 4 bytes of SHA-256(name ‖ LF ‖ type ‖ public key), in hex. */
export async function keyId({ name, publicKey }: VerifierKey, type: number): Promise<string> {
  const hash = await sha256(concat(encodeText(`${name}\n`), Uint8Array.of(type), publicKey));
  return toHex(hash.subarray(0, 4));
}

export async function formatVkey(key: VerifierKey): Promise<string> {
  const typed = concat(Uint8Array.of(SIGNATURE_TYPE.ed25519), key.publicKey);
  return `${key.name}+${await keyId(key, SIGNATURE_TYPE.ed25519)}+${toBase64(typed)}`;
}

/** @param name when given, the only name allowed. @throws SealedError `malformed`, also for a key id that is not the key's. */
export async function parseVkey(vkey: string, name?: string): Promise<VerifierKey> {
  // Base64 may hold a plus, a name may not: split at the first two only.
  const [, keyed = "", id = "", key = ""] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey) ?? [];
  if (!KEY_NAME.test(keyed)) throw malformed("A verifier key is not <name>+<id>+<key>.");
  const [typed, claimedId] = [fromBase64(key), toHex(fromHex(id, 4))];
  if (typed.length !== 33 || typed[0] !== SIGNATURE_TYPE.ed25519) {
    throw malformed("A verifier key is not Ed25519.");
  }
  const parsed = { name: keyed, publicKey: typed.slice(1) };
  if ((await keyId(parsed, SIGNATURE_TYPE.ed25519)) !== claimedId) {
    throw malformed("A verifier key does not carry its own id.");
  }
  if (name !== undefined && keyed !== name) throw malformed("A verifier key has another name.");
  return parsed;
}

/** A verifier for the plain signatures of a key. @throws SealedError `malformed`. */
export async function noteVerifier(vkey: string): Promise<NoteVerifier> {
  const key = await parseVkey(vkey);
  const publicKey = await importPublicKey(key.publicKey);
  return {
    name: key.name,
    keyId: await keyId(key, SIGNATURE_TYPE.ed25519),
    verify: (text, payload) =>
      crypto.subtle.verify("Ed25519", publicKey, payload, encodeText(text)),
  };
}

export async function importPublicKey(publicKey: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]);
}

/** A new non-extractable signing key; it persists in IndexedDB. */
export async function makeSigningKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
}

/** @param name from `keyName`: it goes into every key id and signature line. */
export async function signerFromKeyPair(name: string, pair: CryptoKeyPair): Promise<Signer> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    name,
    vkey: await formatVkey({ name, publicKey: raw }),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, message)),
  };
}

// RFC 8410: WebCrypto takes an Ed25519 seed only inside this fixed PKCS #8 frame.
const PKCS8 = fromHex("302e020100300506032b657004220420", 16);

/** @param seed the 32 bytes of RFC 8032. */
export async function signerFromSeed(name: string, seed: Bytes): Promise<Signer> {
  if (seed.length !== 32) throw malformed("An Ed25519 seed is not 32 bytes.");
  const frame = concat(PKCS8, seed);
  const privateKey = await crypto.subtle.importKey("pkcs8", frame, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicJwk = { kty: "OKP", crv: "Ed25519", x };
  const publicKey = await crypto.subtle.importKey("jwk", publicJwk, "Ed25519", true, ["verify"]);
  return signerFromKeyPair(name, { privateKey, publicKey });
}

/** Signs a statement's text. @param signers at least one, in the order of the lines. */
export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  if (signers.length === 0) throw new RangeError("A note needs a signature.");
  if (!text.endsWith("\n")) throw new RangeError("A note's text ends in a line feed.");
  let note = `${text}\n`;
  for (const signer of signers) note += await signatureLine(text, signer);
  checkSize(encodeText(note).length, LIMITS.note, "note");
  return note;
}

async function signatureLine(text: string, signer: Signer): Promise<string> {
  const key = await parseVkey(signer.vkey, signer.name);
  const signature = await signer.sign(encodeText(text));
  return formatSignature(signer.name, await keyId(key, SIGNATURE_TYPE.ed25519), signature);
}

export function formatSignature(name: string, id: string, payload: Bytes): string {
  return `— ${name} ${toBase64(concat(fromHex(id, 4), payload))}\n`;
}

/** The text of a note, its signatures unchecked: for finding out whose signature is due, and for showing. */
export function unverifiedText(note: string): string {
  return splitNote(note).text;
}

/**
 * The text and the signatures of known keys, each once and in the order of `known`. Signatures of other keys are ignored.
 * @throws SealedError `forged` when a known key's signature does not verify; `malformed`.
 */
export async function openNote(
  note: string,
  known: readonly NoteVerifier[],
): Promise<{ readonly text: string; readonly signatures: readonly VerifiedSignature[] }> {
  const { text, signatureLines } = splitNote(note);
  const signatures: VerifiedSignature[] = [];
  for (const verifier of known) {
    const own = signatureLines.filter((line) => isBy(verifier, line));
    for (const { payload } of own) {
      if (!(await verifier.verify(text, payload))) {
        throw new SealedError("forged", `A signature by ${verifier.name} does not verify.`);
      }
    }
    const [first] = own;
    if (first !== undefined) signatures.push({ verifier, payload: first.payload });
  }
  return { text, signatures };
}

function isBy(verifier: NoteVerifier, line: SignatureLine): boolean {
  return line.name === verifier.name && line.keyId === verifier.keyId;
}

function splitNote(note: string): { text: string; signatureLines: readonly SignatureLine[] } {
  checkSize(encodeText(note).length, LIMITS.note, "note");
  const split = note.lastIndexOf("\n\n");
  const text = note.slice(0, split + 1);
  const block = note.slice(split + 2);
  // Control characters are what is looked for.
  // eslint-disable-next-line no-control-regex
  if (split < 1 || !block.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    throw malformed("A note is not a text, an empty line and signatures.");
  }
  return { text, signatureLines: block.slice(0, -1).split("\n").map(parseSignatureLine) };
}

function parseSignatureLine(line: string): SignatureLine {
  const [dash, name, signature, ...rest] = line.split(" ");
  if (dash !== "—" || name === undefined || signature === undefined || rest.length > 0) {
    throw malformed("A signature line is malformed.");
  }
  const bytes = fromBase64(signature);
  if (!KEY_NAME.test(name) || bytes.length < 5) throw malformed("A signature line is malformed.");
  return { name, keyId: toHex(bytes.subarray(0, 4)), payload: bytes.slice(4) };
}
