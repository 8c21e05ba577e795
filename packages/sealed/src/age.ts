import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  identityToRecipient,
  type Stanza,
  webauthn,
} from "age-encryption";
import { malformed, SealedError } from "./errors.ts";
import { type Bytes, checkSize, LIMITS } from "./text.ts";

/** Files at rest (sealed.md §3). The only file that knows age; each kind of file has its rule for stanzas. */

/** The work factor of a phrase: log2(N). */
export const SCRYPT = { weakest: 18, made: 18, strongest: 20 } as const;

const HYBRID_RECIPIENT = "age1pq1";
const PASSKEY_STANZA = "age-encryption.org/fido2prf";

/** Judges all stanzas of a header before any key is tried. @throws SealedError `downgrade`, `malformed`. */
type StanzaRule = (stanzas: readonly Stanza[]) => void;

const onlyHybrid: StanzaRule = (stanzas) => {
  if (stanzas.length === 0) throw malformed("A file has no recipient.");
  if (!stanzas.every((stanza) => stanza.args[0] === "mlkem768x25519")) {
    throw new SealedError("downgrade", "A wrap has a recipient that is weaker than the suite.");
  }
};

function exactlyOne(type: string): StanzaRule {
  return (stanzas) => {
    if (stanzas.length === 0) throw malformed("A file has no recipient.");
    if (stanzas.length !== 1 || stanzas[0]?.args[0] !== type) {
      throw new SealedError("downgrade", "A file does not have the one recipient it must have.");
    }
  };
}

const oneStrongPhrase: StanzaRule = (stanzas) => {
  exactlyOne("scrypt")(stanzas);
  const factor = stanzas[0]?.args[2] ?? "";
  if (!/^[1-9][0-9]?$/.test(factor)) throw malformed("A phrase file has no work factor.");
  if (Number(factor) < SCRYPT.weakest) {
    throw new SealedError("downgrade", "A phrase file is too cheap to guess.");
  }
  if (Number(factor) > SCRYPT.strongest) throw malformed("A phrase file is too costly to open.");
};

async function seal(plaintext: Bytes, encrypter: Encrypter): Promise<Bytes> {
  return own(await encrypter.encrypt(plaintext));
}

/** typage answers fresh arrays; its types do not say so. */
function own(bytes: Uint8Array): Bytes {
  return bytes as Bytes;
}

/** Opens the header, which says whether the key is right, then the payload, which says whether the file is whole. */
export async function openAge(
  file: Bytes,
  rule: StanzaRule,
  unlock: (decrypter: Decrypter) => void,
): Promise<Bytes> {
  const fileKey = await openHeader(file, rule, unlock);
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey: () => fileKey });
  try {
    return own(await decrypter.decrypt(file));
  } catch {
    throw new SealedError("tampered", "A file does not hold what was sealed in it.");
  }
}

async function openHeader(
  file: Bytes,
  rule: StanzaRule,
  unlock: (decrypter: Decrypter) => void,
): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  const header = { isWellFormed: false };
  // Identities are asked in order: the rule comes first and never answers a key.
  decrypter.addIdentity({
    unwrapFileKey: (stanzas) => {
      header.isWellFormed = true;
      rule(stanzas);
      return null;
    },
  });
  unlock(decrypter);
  try {
    return await decrypter.decryptHeader(file);
  } catch (error) {
    if (error instanceof SealedError || isPersonsDecision(error)) throw error;
    // One answer for every wrong key and every altered header: nothing to learn from it.
    if (header.isWellFormed) throw new SealedError("wrong-key", "This key does not open the file.");
    throw malformed("A file is not an age file.");
  }
}

/** Closing the browser's passkey dialogue is no verdict on the file. */
function isPersonsDecision(error: unknown): boolean {
  return (
    error instanceof DOMException &&
    ["NotAllowedError", "AbortError", "SecurityError"].includes(error.name)
  );
}

/** A new hybrid identity, `AGE-SECRET-KEY-PQ-1…`. */
export async function makeIdentity(): Promise<string> {
  return generateHybridIdentity();
}

/** The recipient of an identity. @throws SealedError `malformed` unless it is one. */
export async function recipientOf(identity: string): Promise<string> {
  try {
    return await identityToRecipient(identity);
  } catch {
    throw malformed("A secret key is malformed.");
  }
}

/** @throws SealedError `downgrade` for another kind of recipient, `malformed`. */
export function checkHybridRecipient(recipient: string): string {
  if (!recipient.startsWith(HYBRID_RECIPIENT)) {
    throw new SealedError("downgrade", "A recipient is not of the suite.");
  }
  try {
    new Encrypter().addRecipient(recipient);
  } catch {
    throw malformed("A recipient is malformed.");
  }
  return recipient;
}

/** A wrap to one or more hybrid recipients. */
export async function sealWrap(plaintext: Bytes, recipients: readonly string[]): Promise<Bytes> {
  if (recipients.length === 0) throw new RangeError("A wrap needs a recipient.");
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(checkHybridRecipient(recipient));
  return seal(plaintext, encrypter);
}

/** @throws SealedError `wrong-key`, `tampered`, `downgrade`, `malformed`. */
export async function openWrap(file: Bytes, identity: string): Promise<Bytes> {
  checkSize(file.length, LIMITS.wrap, "wrap");
  return openAge(file, onlyHybrid, (decrypter) => {
    decrypter.addIdentity(identity);
  });
}

/** A segment file; its identity comes from the schedule. Every call draws a new file key. */
export async function sealFile(plaintext: Bytes, identity: string): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await recipientOf(identity));
  const file = await seal(plaintext, encrypter);
  if (file.length > LIMITS.file) throw new RangeError("A segment is over the cap of a file.");
  return file;
}

/** @throws SealedError `wrong-key`, `tampered`, `downgrade`, `malformed`. */
export async function openFile(file: Bytes, identity: string): Promise<Bytes> {
  checkSize(file.length, LIMITS.file, "file");
  return openAge(file, exactlyOne("X25519"), (decrypter) => {
    decrypter.addIdentity(identity);
  });
}

/** Seals under a generated phrase. About a second of scrypt. */
export async function sealWithPhrase(plaintext: Bytes, phrase: string): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(phrase);
  encrypter.setScryptWorkFactor(SCRYPT.made);
  return seal(plaintext, encrypter);
}

/** @throws SealedError `wrong-key`, `tampered`, `downgrade`, `malformed`. */
export async function openWithPhrase(file: Bytes, phrase: string): Promise<Bytes> {
  checkSize(file.length, LIMITS.file, "file");
  return openAge(file, oneStrongPhrase, (decrypter) => {
    decrypter.addPassphrase(phrase);
  });
}

/**
 * Makes a passkey with PRF. Extension pages only; the browser asks the person.
 * @returns the credential as `AGE-PLUGIN-FIDO2PRF-1…`, no secret.
 */
export async function createPasskey(label: string, rpId: string): Promise<string> {
  return webauthn.createCredential({ keyName: label, rpId });
}

/** The browser asks the person. */
export async function sealWithPasskey(plaintext: Bytes, passkey: string): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(new webauthn.WebAuthnRecipient({ identity: passkey }));
  return seal(plaintext, encrypter);
}

/** The browser asks the person. @throws SealedError as above; DOMException when the person declines. */
export async function openWithPasskey(file: Bytes, passkey: string): Promise<Bytes> {
  checkSize(file.length, LIMITS.wrap, "keyring");
  return openAge(file, exactlyOne(PASSKEY_STANZA), (decrypter) => {
    decrypter.addIdentity(new webauthn.WebAuthnIdentity({ identity: passkey }));
  });
}
