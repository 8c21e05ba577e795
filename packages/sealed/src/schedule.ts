import { bech32 } from "@scure/base";
import { checkName } from "./names.ts";
import { type Bytes, encodeText, formatInteger } from "./text.ts";

/** The key schedule of an attempt (sealed.md §5). */
const SALT = encodeText("invigil/v1");
const SECRET_BYTES = 32;

async function hkdf(ikm: Bytes, info: string): Promise<Bytes> {
  if (ikm.length !== SECRET_BYTES) throw new RangeError("A secret of the schedule is 32 bytes.");
  const key = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: SALT, info: encodeText(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * SECRET_BYTES));
}

/** Opens every file of one stream of one attempt, and nothing else. */
export async function streamSecret(secret: Bytes, attempt: string, stream: string): Promise<Bytes> {
  return hkdf(secret, `stream\n${checkName("attempt", attempt)}\n${checkName("stream", stream)}\n`);
}

/** The X25519 scalar that opens one file. */
export async function segmentScalar(secretOfStream: Bytes, index: number): Promise<Bytes> {
  return hkdf(secretOfStream, `segment\n${formatInteger(index)}\n`);
}

/** The same as text for age: `AGE-SECRET-KEY-1…`. */
export async function segmentIdentity(secretOfStream: Bytes, index: number): Promise<string> {
  const scalar = await segmentScalar(secretOfStream, index);
  return bech32.encodeFromBytes("AGE-SECRET-KEY-", scalar).toUpperCase();
}
