import { malformed } from "./errors.ts";
import { checkName, keyName } from "./names.ts";
import { parseVkey } from "./note.ts";
import {
  type Bytes,
  checkSize,
  decodeText,
  encodeText,
  FORMAT,
  formatInteger,
  LIMITS,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  toBase64,
} from "./text.ts";
import type { TreeHead } from "./tree.ts";

/** The leaves of an attempt's log (sealed.md §7): their text and back. What holds across leaves is in `history`. */

export const GAP_CAUSES = [
  "crash",
  "disk-full",
  "device-lost",
  "share-stopped",
  "paused",
  "closed-tab",
] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/** A `delta` file decodes only after the files of its stream since the last `whole` one. */
export const CONTINUITIES = ["whole", "delta"] as const;
export type Continuity = (typeof CONTINUITIES)[number];

export interface OpenLeaf {
  readonly kind: "open";
  readonly institution: string;
  readonly attempt: string;
  readonly scope: string;
  readonly epoch: number;
  /** SHA-256 of `attempt.age`. */
  readonly wrapHash: Bytes;
  readonly attemptVkey: string;
  readonly deviceVkey: string;
  readonly openedMs: number;
  /** The key log as the candidate saw it: the reviewer's client compares. */
  readonly logHead: TreeHead;
  readonly nonce: Bytes;
  readonly clientVersion: string;
}

export interface SegmentLeaf {
  readonly kind: "segment";
  readonly attempt: string;
  readonly stream: string;
  readonly index: number;
  /** Milliseconds since the opening. */
  readonly t0Ms: number;
  readonly t1Ms: number;
  readonly continuity: Continuity;
  /** Bytes of the file. */
  readonly length: number;
  /** SHA-256 of the file. */
  readonly hash: Bytes;
}

export interface GapLeaf {
  readonly kind: "gap";
  readonly attempt: string;
  /** Milliseconds since the opening. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: GapCause;
}

export interface CloseLeaf {
  readonly kind: "close";
  readonly attempt: string;
  /** Milliseconds since the opening. */
  readonly closedMs: number;
  /** Files of each stream that has a leaf. */
  readonly counts: ReadonlyMap<string, number>;
}

export type Leaf = OpenLeaf | SegmentLeaf | GapLeaf | CloseLeaf;

const LABELS = [`${FORMAT}/open`, `${FORMAT}/segment`, `${FORMAT}/gap`, `${FORMAT}/close`] as const;
const NONCE_BYTES = 16;

/** The bytes that the tree hashes. @throws SealedError `malformed` when a field is outside its grammar. */
export function formatLeaf(leaf: Leaf): Bytes {
  const bytes = encodeText(`${FORMAT}/${leaf.kind}\n${formatBody(leaf)}`);
  checkSize(bytes.length, LIMITS.leaf, "leaf");
  return bytes;
}

function formatBody(leaf: Leaf): string {
  switch (leaf.kind) {
    case "open":
      return formatOpen(leaf);
    case "segment":
      return formatSegment(leaf);
    case "gap":
      return lines(leaf.attempt, `${times(leaf.fromMs, leaf.toMs)} ${leaf.cause}`);
    case "close":
      return lines(leaf.attempt, formatInteger(leaf.closedMs), formatCounts(leaf.counts));
  }
}

function formatOpen(leaf: OpenLeaf): string {
  return lines(
    leaf.institution,
    leaf.attempt,
    `${leaf.scope} ${formatInteger(leaf.epoch)}`,
    toBase64(leaf.wrapHash),
    leaf.attemptVkey,
    leaf.deviceVkey,
    formatInteger(leaf.openedMs),
    `${formatInteger(leaf.logHead.size)} ${toBase64(leaf.logHead.rootHash)}`,
    toBase64(leaf.nonce),
    leaf.clientVersion,
  );
}

function formatSegment(leaf: SegmentLeaf): string {
  return lines(
    leaf.attempt,
    leaf.stream,
    formatInteger(leaf.index),
    `${times(leaf.t0Ms, leaf.t1Ms)} ${leaf.continuity}`,
    formatInteger(leaf.length),
    toBase64(leaf.hash),
  );
}

function times(fromMs: number, toMs: number): string {
  return `${formatInteger(fromMs)} ${formatInteger(toMs)}`;
}

function formatCounts(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([stream, count]) => `${stream}=${formatInteger(count)}`).join(" ");
}

/** @throws SealedError `malformed`, `unsupported-version`. */
export async function parseLeaf(bytes: Bytes): Promise<Leaf> {
  checkSize(bytes.length, LIMITS.leaf, "leaf");
  const reader = new LineReader(decodeText(bytes));
  const leaf = await parseBody(reader.label(LABELS), reader);
  reader.end();
  return leaf;
}

async function parseBody(label: (typeof LABELS)[number], reader: LineReader): Promise<Leaf> {
  switch (label) {
    case "invigil/v1/open":
      return parseOpen(reader);
    case "invigil/v1/segment":
      return parseSegment(reader);
    case "invigil/v1/gap":
      return parseGap(reader);
    case "invigil/v1/close":
      return parseClose(reader);
  }
}

async function parseOpen(reader: LineReader): Promise<OpenLeaf> {
  const institution = checkName("institution", reader.line());
  const attempt = checkName("attempt", reader.line());
  const [scope = "", epoch = ""] = reader.fields(2);
  const wrapHash = parseBytes(reader.line(), 32);
  const attemptVkey = reader.line();
  await parseVkey(attemptVkey, keyName.attempt(institution, attempt));
  const deviceVkey = reader.line();
  await parseVkey(deviceVkey, keyName.device(institution, attempt));
  const openedMs = parseInteger(reader.line());
  const [size = "", rootHash = ""] = reader.fields(2);
  return {
    kind: "open",
    institution,
    attempt,
    scope: checkName("scope", scope),
    epoch: parseInteger(epoch, 1),
    wrapHash,
    attemptVkey,
    deviceVkey,
    openedMs,
    logHead: { size: parseInteger(size), rootHash: parseBytes(rootHash, 32) },
    nonce: parseBytes(reader.line(), NONCE_BYTES),
    clientVersion: checkName("version", reader.line()),
  };
}

function parseSegment(reader: LineReader): SegmentLeaf {
  const attempt = checkName("attempt", reader.line());
  const stream = checkName("stream", reader.line());
  const index = parseInteger(reader.line());
  const [t0 = "", t1 = "", continuity = ""] = reader.fields(3);
  const [t0Ms, t1Ms] = parseTimes(t0, t1);
  const length = parseInteger(reader.line());
  checkSize(length, LIMITS.file, "file");
  const hash = parseBytes(reader.line(), 32);
  return {
    kind: "segment",
    attempt,
    stream,
    index,
    t0Ms,
    t1Ms,
    continuity: oneOf(CONTINUITIES, continuity),
    length,
    hash,
  };
}

function parseGap(reader: LineReader): GapLeaf {
  const attempt = checkName("attempt", reader.line());
  const [from = "", to = "", cause = ""] = reader.fields(3);
  const [fromMs, toMs] = parseTimes(from, to);
  return { kind: "gap", attempt, fromMs, toMs, cause: oneOf(GAP_CAUSES, cause) };
}

function parseClose(reader: LineReader): CloseLeaf {
  const attempt = checkName("attempt", reader.line());
  const closedMs = parseInteger(reader.line());
  return { kind: "close", attempt, closedMs, counts: parseCounts(reader.line()) };
}

function parseCounts(line: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let last = "";
  for (const field of line === "" ? [] : line.split(" ")) {
    const [, stream = "", count = ""] = /^([^=]*)=([^=]*)$/.exec(field) ?? [];
    if (checkName("stream", stream) <= last)
      throw malformed("The streams of a close are not sorted.");
    counts.set(stream, parseInteger(count, 1));
    last = stream;
  }
  return counts;
}

function parseTimes(from: string, to: string): [number, number] {
  const [fromMs, toMs] = [parseInteger(from), parseInteger(to)];
  if (fromMs > toMs) throw malformed("A time span ends before it begins.");
  return [fromMs, toMs];
}

function oneOf<Word extends string>(words: readonly Word[], field: string): Word {
  const found = words.find((word) => word === field);
  if (found === undefined) throw malformed("A field is not one of its words.");
  return found;
}
