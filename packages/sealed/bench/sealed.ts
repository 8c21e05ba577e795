/**
 * What the format costs: `node packages/sealed/bench/sealed.ts`, one JSON line for each question. Times are wall-clock
 * milliseconds of one run each, the median over the runs.
 */
import { AttemptSealer, type SealedEntry } from "../src/attempt.ts";
import { openWrap, recipientOf, makeIdentity, sealWrap } from "../src/age.ts";
import { cosign } from "../src/checkpoint.ts";
import { keyName } from "../src/names.ts";
import { makeSigningKey, signerFromKeyPair } from "../src/note.ts";
import { ScopeKey } from "../src/scope-key.ts";
import { type Bytes, encodeText } from "../src/text.ts";
import { trustScope } from "../src/trust.ts";
import { AttemptVerifier } from "../src/verify.ts";
import { makeInstitution, replay } from "../vectors/institution.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS } from "../vectors/seeds.ts";

const SEGMENT_BYTES = 150_000;
const STREAMS = ["camera", "screen"];
const LEAVES = 5700;
const SEGMENT_MS = 5000;

async function median(runs: number, act: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other)[Math.floor(runs / 2)] ?? NaN;
}

function say(question: string, ms: number, more: object = {}): void {
  process.stdout.write(
    `${JSON.stringify({ question, ms: Math.round(ms * 100) / 100, ...more })}\n`,
  );
}

async function beginAttempt(entries: SealedEntry[]) {
  const institution = await makeInstitution();
  const { scopeEpoch, staffKey } = institution;
  const log = await replay(institution);
  const certificate = { scopeEpoch, staffKey };
  const trust = await trustScope({ log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS });
  const device = await signerFromKeyPair(
    keyName.device(INSTITUTION, ATTEMPT),
    await makeSigningKey(),
  );
  const sealer = await AttemptSealer.begin({
    trust,
    attempt: ATTEMPT,
    attemptKey: await makeSigningKey(),
    deviceVkey: device.vkey,
    openedMs: OPENED_MS,
    nonce: new Uint8Array(16),
    clientVersion: "0.1.0",
    spool: { keep: (entry) => Promise.resolve(void entries.push(entry)) },
  });
  return { institution, log, certificate, sealer };
}

/** Camera and screen in turn, every 5 s. */
async function sealPiece(sealer: AttemptSealer, at: number, plaintext: Bytes): Promise<void> {
  const t0Ms = Math.floor(at / STREAMS.length) * SEGMENT_MS;
  const stream = STREAMS[at % STREAMS.length] ?? "camera";
  await sealer.segment({ stream, t0Ms, t1Ms: t0Ms + SEGMENT_MS, continuity: "whole", plaintext });
}

const plaintext = new Uint8Array(SEGMENT_BYTES);
const entries: SealedEntry[] = [];
const { institution, log, certificate, sealer } = await beginAttempt(entries);
let at = 0;
say(
  "Sealing, hashing and logging a segment of 150 KB",
  await median(101, () => sealPiece(sealer, at++, plaintext)),
  {
    overhead_bytes:
      (entries.findLast((entry) => entry.kind === "segment")?.file.length ?? NaN) - SEGMENT_BYTES,
  },
);
const big = entries.find((entry) => entry.kind === "segment");
const bigFile = big?.file ?? new Uint8Array();

for (const small = encodeText("x"); sealer.size < LEAVES - 1; at += 1)
  await sealPiece(sealer, at, small);
await sealer.close(at * SEGMENT_MS);
say("Signing a checkpoint", await median(21, () => sealer.checkpoint()));
const note = await cosign((await sealer.checkpoint()).note, institution.cast.server, 1_772_452_800);
const leaves = entries.map((entry) => entry.leaf);
const [opening] = entries;
const wrap = opening?.kind === "open" ? opening.wrap : new Uint8Array();

async function verified(): Promise<AttemptVerifier> {
  const verifier = new AttemptVerifier({ attempt: ATTEMPT, log, certificate, wrap });
  await verifier.addLeaves(leaves);
  await verifier.addCheckpoint(note);
  if (verifier.report(true).verdict !== "complete") throw new Error("The attempt did not verify.");
  return verifier;
}
say(
  "Verifying the 5,700 leaves of a three-hour attempt, trust and receipt included",
  await median(5, verified),
  { leaves: leaves.length },
);

const verifier = await verified();
const { scope } = verifier;
if (scope === null) throw new Error("The opening is not trusted.");
const key = new ScopeKey(scope, institution.cast.scopeIdentity);
say("Opening attempt.age", await median(21, () => verifier.unlock(key)));
say(
  "Checking and opening a segment of 150 KB",
  await median(21, () => verifier.openFile("camera", 0, bigFile)),
);
const identity = await makeIdentity();
const hybrid = await sealWrap(encodeText("x"), [await recipientOf(identity)]);
say("Opening a hybrid wrap", await median(21, () => openWrap(hybrid, identity)));
say(
  "Making a hybrid wrap",
  await median(21, async () => sealWrap(encodeText("x"), [await recipientOf(identity)])),
);
