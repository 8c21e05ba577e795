import { malformed } from "./errors.ts";
import {
  formatSignature,
  importPublicKey,
  keyId,
  type NoteVerifier,
  parseVkey,
  SIGNATURE_TYPE,
  type Signer,
  unverifiedText,
} from "./note.ts";
import {
  type Bytes,
  concat,
  encodeText,
  formatInteger,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  toBase64,
} from "./text.ts";
import type { TreeHead } from "./tree.ts";

/** C2SP tlog-checkpoint without extension lines (sealed.md §4). */
export interface Checkpoint extends TreeHead {
  readonly origin: string;
}

export function formatCheckpoint({ origin, size, rootHash }: Checkpoint): string {
  return lines(origin, formatInteger(size), toBase64(rootHash));
}

/** @throws SealedError `malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  const reader = new LineReader(text);
  const origin = reader.line();
  if (origin === "") throw malformed("A checkpoint has no origin.");
  const size = parseInteger(reader.line());
  const rootHash = parseBytes(reader.line(), 32);
  reader.end();
  return { origin, size, rootHash };
}

const TIME_BYTES = 8;

function cosignedMessage(timeS: bigint, text: string): Bytes {
  return encodeText(`cosignature/v1\ntime ${timeS}\n${text}`);
}

/** A verifier for the cosignatures (v1) of a server's key; the vkey is the plain one. */
export async function cosignatureVerifier(vkey: string): Promise<NoteVerifier> {
  const key = await parseVkey(vkey);
  const publicKey = await importPublicKey(key.publicKey);
  return {
    name: key.name,
    keyId: await keyId(key, SIGNATURE_TYPE.cosignature),
    verify: async (text, payload) => {
      if (payload.length !== TIME_BYTES + 64) return false;
      const message = cosignedMessage(readTime(payload), text);
      return crypto.subtle.verify("Ed25519", publicKey, payload.slice(TIME_BYTES), message);
    },
  };
}

function readTime(payload: Bytes): bigint {
  return new DataView(payload.buffer, payload.byteOffset).getBigUint64(0);
}

/** Unix seconds of a cosignature that verified. */
export function cosignatureTimeS(payload: Bytes): number {
  return Number(readTime(payload));
}

/**
 * Adds a receipt to a signed checkpoint. The server does this in Python; here it serves tests and vectors.
 * @param timeS Unix seconds.
 */
export async function cosign(note: string, server: Signer, timeS: number): Promise<string> {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeS));
  const signature = await server.sign(cosignedMessage(BigInt(timeS), unverifiedText(note)));
  const key = await parseVkey(server.vkey, server.name);
  const id = await keyId(key, SIGNATURE_TYPE.cosignature);
  return note + formatSignature(server.name, id, concat(time, signature));
}
