import { malformed, SealedError } from "./errors.ts";

/** Bytes that WebCrypto accepts: backed by an ArrayBuffer of their own kind, never a shared one. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The version that stands in the first line of every sealed text. */
export const FORMAT = "invigil/v1";

/** The one suite (sealed.md §2): named in the root and nowhere negotiated. */
export const SUITE = "age-v1 mlkem768x25519 x25519 ed25519 sha256";

/** Caps in bytes, checked before anything is parsed (sealed.md §2). */
export const LIMITS = { note: 65_536, leaf: 8_192, wrap: 65_536, file: 8_388_608 } as const;

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF: dropping it would parse other bytes than those hashed.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8. @throws SealedError `malformed` for lone surrogates, which have no UTF-8. */
export function encodeText(text: string): Bytes {
  if (!text.isWellFormed()) throw malformed("A text holds half a character.");
  return encoder.encode(text);
}

/** @throws SealedError `malformed` unless UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed("A text is not UTF-8.");
  }
}

export function checkSize(length: number, limit: number, what: string): void {
  if (length > limit) throw malformed(`A ${what} of ${length} bytes is over the cap of ${limit}.`);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

const CHUNK = 0x8000; // String.fromCharCode takes its bytes as arguments, and those have a limit

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
}

/** Standard base64 with padding. @throws SealedError `malformed` unless canonical. */
export function fromBase64(text: string): Bytes {
  const bytes = decodeBase64(text);
  // atob forgives white space, missing padding and stray bits; the format does not.
  if (bytes === null || toBase64(bytes) !== text) throw malformed("A field is not base64.");
  return bytes;
}

function decodeBase64(text: string): Bytes | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Lower-case hex digits. @throws SealedError `malformed` unless exactly `length` bytes. */
export function fromHex(text: string, length: number): Bytes {
  if (!/^[0-9a-f]*$/.test(text) || text.length !== 2 * length) {
    throw malformed(`A field is not ${2 * length} hex digits.`);
  }
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

/** Reads a text line by line; every deviation from the grammar of sealed.md §2 throws. */
export class LineReader {
  private readonly lines: readonly string[];
  private at = 0;

  constructor(text: string) {
    // Control characters other than LF have no place in any text of the format, CR among them.
    // eslint-disable-next-line no-control-regex
    if (!text.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f\u007f]/.test(text)) {
      throw malformed("A text does not end in a line feed, or holds a control character.");
    }
    this.lines = text.slice(0, -1).split("\n");
  }

  /** The first line, one of those that the place allows. */
  label<Label extends string>(allowed: readonly Label[]): Label {
    const first = this.line();
    const label = allowed.find((one) => one === first);
    if (label === undefined) {
      throw new SealedError("unsupported-version", "A text begins with an unknown first line.");
    }
    return label;
  }

  line(): string {
    const line = this.lines[this.at];
    if (line === undefined) throw malformed("A line is missing.");
    this.at += 1;
    return line;
  }

  /** A line of exactly `count` fields, one space between them. */
  fields(count: number): readonly string[] {
    const fields = this.line().split(" ");
    if (fields.length !== count || fields.includes("")) {
      throw malformed(`A line does not have ${count} fields.`);
    }
    return fields;
  }

  /** A line `<word> <number> …` as it heads a list. */
  heading(word: string, numbers: number): readonly number[] {
    const [first, ...rest] = this.fields(1 + numbers);
    if (first !== word) throw malformed(`A line does not begin with "${word}".`);
    return rest.map((field) => parseInteger(field));
  }

  end(): void {
    if (this.at !== this.lines.length) throw malformed("A line is too many.");
  }
}

export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

/** Decimal, no sign, no leading zero, at most 2^53 − 1. */
export function parseInteger(field: string, minimum = 0): number {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(field) ? Number(field) : NaN;
  if (!Number.isSafeInteger(value) || value < minimum)
    throw malformed("A field is not an integer.");
  return value;
}

/** What is written must be readable: a caller's mistake here is a mistake, not evidence. */
export function formatInteger(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${value} is not an integer ≥ 0.`);
  return String(value);
}

/** `<issued> <expires>` of a statement, Unix ms. */
export function parsePeriod([issued = "", expires = ""]: readonly string[]): {
  readonly issuedMs: number;
  readonly expiresMs: number;
} {
  const [issuedMs, expiresMs] = [parseInteger(issued), parseInteger(expires)];
  if (expiresMs <= issuedMs) throw malformed("A statement expires before it begins.");
  return { issuedMs, expiresMs };
}

export function parseBytes(field: string, length: number): Bytes {
  const bytes = fromBase64(field);
  if (bytes.length !== length) throw malformed(`A field is not ${length} bytes.`);
  return bytes;
}
