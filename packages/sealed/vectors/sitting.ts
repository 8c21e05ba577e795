import { sealFile } from "../src/age.ts";
import { sealAttemptSecret } from "../src/attempt-secret.ts";
import { cosign, formatCheckpoint } from "../src/checkpoint.ts";
import { formatLeaf, type Leaf, type OpenLeaf, type SegmentLeaf } from "../src/leaves.ts";
import { identitiesText } from "../src/identities.ts";
import { keyName } from "../src/names.ts";
import { makeSigningKey, type Signer, signerFromKeyPair, signNote } from "../src/note.ts";
import { padEvents, padSummary } from "../src/pad.ts";
import { recipientOf } from "../src/age.ts";
import { segmentIdentity, streamSecret } from "../src/schedule.ts";
import { type Bytes, encodeText, randomBytes, sha256, toBase64 } from "../src/text.ts";
import { MerkleTree } from "../src/tree.ts";
import type { Institution } from "./institution.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS, seed } from "./seeds.ts";

/** Paths of export.md → bytes. */
export type Files = ReadonlyMap<string, Bytes>;

/** One attempt, sealed by hand so that an attack can do each step differently; random keys. */
export interface Sitting {
  readonly institution: Institution;
  readonly attempt: string;
  readonly signer: Signer;
  readonly secret: Bytes;
  readonly wrap: Bytes;
  /** Leaf 0 first. */
  readonly leaves: readonly Leaf[];
  /** `<stream>-<index>` → file. */
  readonly segments: ReadonlyMap<string, Bytes>;
}

const FILES = [
  { stream: "camera", index: 0, t0Ms: 0, t1Ms: 5000, continuity: "whole" },
  { stream: "screen", index: 0, t0Ms: 0, t1Ms: 5000, continuity: "whole" },
  { stream: "events", index: 0, t0Ms: 0, t1Ms: 10_000, continuity: "whole" },
  { stream: "camera", index: 1, t0Ms: 5000, t1Ms: 10_000, continuity: "whole" },
  { stream: "screen", index: 1, t0Ms: 5000, t1Ms: 10_000, continuity: "delta" },
  { stream: "camera", index: 2, t0Ms: 10_000, t1Ms: 15_000, continuity: "whole" },
  { stream: "summary", index: 0, t0Ms: 0, t1Ms: 15_000, continuity: "whole" },
] as const;

/** Plaintexts that say where they belong. */
export function plaintextOf(stream: string, index: number): Bytes {
  if (stream === "events")
    return padEvents([{ at_ms: 1200, kind: "focus-lost" }])[0] ?? new Uint8Array();
  if (stream === "summary") return padSummary({ segments: 6 });
  return encodeText(`${stream} ${index}: not a real film\n`);
}

export async function identityOf(secret: Bytes, stream: string, index: number): Promise<string> {
  return segmentIdentity(await streamSecret(secret, ATTEMPT, stream), index);
}

/** @param attempt names another attempt in leaves and wrap. */
export async function sit(institution: Institution, attempt = ATTEMPT): Promise<Sitting> {
  const pair = await makeSigningKey();
  const signer = await signerFromKeyPair(keyName.attempt(INSTITUTION, attempt), pair);
  const secret = randomBytes(32);
  const held = { institution: INSTITUTION, attempt, scope: EXAM_SCOPE, epoch: 1, secret };
  const wrap = await sealAttemptSecret(held, await recipientOf(institution.cast.scopeIdentity));
  const segments = new Map<string, Bytes>();
  const leaves: Leaf[] = [await openLeaf(institution, { attempt, wrap, vkey: signer.vkey })];
  for (const facts of FILES) {
    const { stream, index } = facts;
    const secretOfStream = await streamSecret(secret, attempt, stream);
    const file = await sealFile(
      plaintextOf(stream, index),
      await segmentIdentity(secretOfStream, index),
    );
    segments.set(`${stream}-${index}`, file);
    leaves.push(await leafOf(attempt, facts, file));
  }
  leaves.splice(-1, 0, {
    kind: "gap",
    attempt,
    fromMs: 15_000,
    toMs: 21_000,
    cause: "share-stopped",
  });
  const counts = new Map([
    ["camera", 3],
    ["events", 1],
    ["screen", 2],
    ["summary", 1],
  ]);
  leaves.push({ kind: "close", attempt, closedMs: 21_500, counts });
  return { institution, attempt, signer, secret, wrap, leaves, segments };
}

type SegmentFacts = Pick<SegmentLeaf, "stream" | "index" | "t0Ms" | "t1Ms" | "continuity">;

export async function leafOf(
  attempt: string,
  facts: SegmentFacts,
  file: Bytes,
): Promise<SegmentLeaf> {
  const { stream, index, t0Ms, t1Ms, continuity } = facts;
  const times = { stream, index, t0Ms, t1Ms, continuity };
  return { kind: "segment", attempt, ...times, length: file.length, hash: await sha256(file) };
}

async function openLeaf(
  institution: Institution,
  { attempt, wrap, vkey }: { attempt: string; wrap: Bytes; vkey: string },
): Promise<OpenLeaf> {
  const device = await signerFromKeyPair(
    keyName.device(INSTITUTION, attempt),
    await makeSigningKey(),
  );
  return {
    kind: "open",
    institution: INSTITUTION,
    attempt,
    scope: EXAM_SCOPE,
    epoch: 1,
    wrapHash: await sha256(wrap),
    attemptVkey: vkey,
    deviceVkey: device.vkey,
    openedMs: OPENED_MS,
    logHead: await headOf(institution),
    nonce: (await seed("nonce")).slice(0, 16),
    clientVersion: "0.1.0",
  };
}

export async function headOf({ leaves }: Pick<Institution, "leaves">) {
  const tree = new MerkleTree();
  await tree.append(leaves);
  return tree.head();
}

/** The same sitting in another institution: leaf 0 names that one's log. */
export async function moveTo(institution: Institution, sitting: Sitting): Promise<Sitting> {
  const [open, ...rest] = sitting.leaves;
  if (open?.kind !== "open") throw new Error("The sitting has no opening.");
  return {
    ...sitting,
    institution,
    leaves: [{ ...open, logHead: await headOf(institution) }, ...rest],
  };
}

/** A checkpoint over raw leaves, signed and cosigned. */
export async function checkpointOver(
  leaves: readonly Bytes[],
  { signer, server }: { signer: Signer; server: Signer },
): Promise<string> {
  const tree = new MerkleTree();
  await tree.append(leaves);
  const text = formatCheckpoint({ origin: signer.name, ...(await tree.head()) });
  return cosign(await signNote(text, [signer]), server, OPENED_MS / 1000 + 30);
}

export function rawLeaves(sitting: Sitting): readonly Bytes[] {
  return sitting.leaves.map(formatLeaf);
}

/** The export of a sitting, as export.md lays it out. */
export async function exportOf(sitting: Sitting, state = "ended"): Promise<Map<string, Bytes>> {
  const { institution, signer } = sitting;
  const raw = rawLeaves(sitting);
  const checkpoint = await checkpointOver(raw, { signer, server: institution.cast.server });
  const files = new Map<string, Bytes>(trustFiles(institution));
  files.set("README.txt", encodeText("A test vector, not an exam.\n"));
  files.set("export.json", encodeText(JSON.stringify(describe(sitting.attempt, state))));
  files.set("attempt/attempt.age", sitting.wrap);
  files.set("attempt/leaves", leafLines(raw));
  files.set("attempt/checkpoint", encodeText(checkpoint));
  for (const [name, file] of sitting.segments) files.set(`segments/${name}.age`, file);
  files.set("identities.txt", encodeText(await identitiesOf(sitting)));
  return files;
}

function describe(attempt: string, state: string) {
  return {
    format: "invigil/v1/export",
    institution: INSTITUTION,
    exam: EXAM_SCOPE.slice("exam/".length),
    exam_title: "Vectors",
    attempt,
    candidate: "A candidate",
    exported_at: OPENED_MS + 86_400_000,
    exported_by: "01jd0000000000000000teachr",
    attempt_state: state,
  };
}

export function* trustFiles(institution: Institution): Generator<[string, Bytes]> {
  for (const [at, note] of institution.rootNotes.entries()) {
    yield [`trust/root-${at + 1}.note`, encodeText(note)];
  }
  yield ["trust/keylog.leaves", leafLines(institution.leaves)];
  yield ["trust/keylog.checkpoint", encodeText(institution.checkpoint)];
  yield ["trust/scope-epoch.note", encodeText(institution.scopeEpoch)];
  if (institution.staffKey !== null) {
    yield ["trust/staff-key.note", encodeText(institution.staffKey.note)];
    yield ["trust/staff-key.blind", encodeText(toBase64(institution.staffKey.blind))];
  }
  for (const [at, { note, blind }] of institution.revocations.entries()) {
    yield [`trust/staff-revoke-${at + 1}.note`, encodeText(note)];
    yield [`trust/staff-revoke-${at + 1}.blind`, encodeText(toBase64(blind))];
  }
}

/** One base64 leaf a line. */
export function leafLines(leaves: readonly Bytes[]): Bytes {
  return encodeText(leaves.map((leaf) => `${toBase64(leaf)}\n`).join(""));
}

async function identitiesOf({ secret, attempt, segments }: Sitting): Promise<string> {
  const files = new Map<string, number[]>();
  for (const name of segments.keys()) {
    const [stream = "", index = ""] = name.split(/-(?=\d+$)/);
    files.set(stream, [...(files.get(stream) ?? []), Number(index)]);
  }
  return identitiesText(secret, attempt, files);
}
