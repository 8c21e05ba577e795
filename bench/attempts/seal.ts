/**
 * Sits a long attempt in a hurry: the candidate's part with the real format and the real server, from a minute of
 * camera and screen again and again. Reads a JSON request from standard input, writes the attempt's figures.
 */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import {
  AttemptSealer,
  fromBase64,
  keyName,
  makeSigningKey,
  replayKeyLog,
  sha256,
  signerFromKeyPair,
  toBase64,
  trustScope,
} from "@invigil/sealed";
import type { Bytes, SealedEntry, TrustedScope } from "@invigil/sealed";
import { Diary } from "./diary.ts";
import { cut, later } from "./fmp4.ts";
import type { Piece } from "./fmp4.ts";

interface Request {
  server: string;
  token: string;
  institution: string;
  minutes: number;
  clips: { camera: string; screen: string };
  /** The screen's pictures stand alone so often; a divisor of the cycle. */
  screen_group_s: number;
  /** false: the attempt ends, and the candidate never closes it. */
  closes: boolean;
}
interface Redeemed {
  attempt_token: string;
  server_time: number;
  attempt: { id: string; exam: { id: string }; scope: string; nonce: string };
}

const CELL_MS = 5_000;
const CYCLE_S = 60;
const ABREAST = 8;
const request = JSON.parse(await text(process.stdin)) as Request;
const { server, institution, minutes } = request;
let token: string | null = null;

async function call(method: string, path: string, body?: object | Bytes): Promise<unknown> {
  const isFile = body instanceof Uint8Array;
  const headers: Record<string, string> = {
    "Content-Type": isFile ? "application/octet-stream" : "application/json",
  };
  if (token !== null) headers["Authorization"] = `Bearer ${token}`;
  if (isFile) headers["Content-Digest"] = `sha-256=:${toBase64(await sha256(body))}:`;
  const sent = body === undefined ? null : isFile ? body : JSON.stringify(body);
  for (;;) {
    const answer = await fetch(`${server}${path}`, { method, headers, body: sent });
    if (answer.ok) return answer.json();
    if (answer.status !== 503)
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    await new Promise((rest) => setTimeout(rest, 500));
  }
}

async function trusted(exam: string, scope: string, atMs: number): Promise<TrustedScope> {
  const base = `/api/institutions/${institution}`;
  const trust = (await call("GET", `${base}/trust`)) as { roots: string[] };
  const page = (await call("GET", `${base}/keylog?from=0`)) as {
    leaves: string[];
    checkpoint: string;
  };
  const log = await replayKeyLog({
    institution,
    pin: "first-use",
    leaves: page.leaves.map(fromBase64),
    checkpoint: page.checkpoint,
    remembered: null,
    roots: trust.roots,
  });
  const { scope_epoch: scopeEpoch } = (await call("GET", `/api/scopes/${exam}/trust`)) as {
    scope_epoch: string;
  };
  return trustScope({ log, scope, certificate: { scopeEpoch, staffKey: null }, atMs });
}

const redeemed = (await call("POST", "/api/launches/redeem", {
  token: request.token,
  client_version: "0.1.0",
})) as Redeemed;
const { attempt } = redeemed;
token = redeemed.attempt_token;
const home = `/api/attempts/${attempt.id}`;
const trust = await trusted(attempt.exam.id, attempt.scope, redeemed.server_time);
const device = await signerFromKeyPair(
  keyName.device(institution, attempt.id),
  await makeSigningKey(),
);

const leaves: string[] = [];
let logged = 0;
let bytes = 0;
const underway = new Set<Promise<unknown>>();

async function keep(entry: SealedEntry): Promise<void> {
  leaves.push(toBase64(entry.leaf));
  if (entry.kind === "open") await call("PUT", `${home}/wrap`, entry.wrap);
  if (entry.kind !== "segment") return;
  bytes += entry.file.length;
  while (underway.size >= ABREAST) await Promise.race(underway);
  const upload = call("PUT", `${home}/segments/${entry.stream}/${entry.index}`, entry.file);
  underway.add(upload);
  void upload.then(() => underway.delete(upload));
}

async function log(): Promise<void> {
  await Promise.all(underway);
  while (logged < leaves.length) {
    const { note } = await sealer.checkpoint();
    await call("POST", `${home}/log`, {
      from: logged,
      leaves: leaves.slice(logged),
      checkpoint: note,
    });
    logged = leaves.length;
  }
}

await call("POST", `${home}/transitions`, { to: "checking" });
const sealer = await AttemptSealer.begin({
  trust,
  attempt: attempt.id,
  attemptKey: await makeSigningKey(),
  deviceVkey: device.vkey,
  openedMs: redeemed.server_time,
  nonce: fromBase64(attempt.nonce),
  clientVersion: "0.1.0",
  spool: { keep },
});
await log();
await call("POST", `${home}/transitions`, { to: "ready" });
await call("POST", `${home}/start`, {});

const clips: Record<string, Piece[]> = {
  camera: cut(await readFile(request.clips.camera)),
  screen: cut(await readFile(request.clips.screen)),
};
const perGroup = (request.screen_group_s * 1000) / CELL_MS;
const perCycle = (CYCLE_S * 1000) / CELL_MS;
const lengthMs = minutes * 60_000;
const diary = new Diary(sealer, lengthMs);
await diary.begin();
for (let cell = 0; cell < minutes * perCycle; cell += 1) {
  for (const [stream, pieces] of Object.entries(clips)) {
    const piece = pieces[cell % perCycle];
    if (piece === undefined) throw new RangeError(`the ${stream} clip is too short`);
    const isWhole = stream === "camera" || cell % perGroup === 0;
    await sealer.segment({
      stream,
      t0Ms: cell * CELL_MS,
      t1Ms: (cell + 1) * CELL_MS,
      continuity: isWhole ? "whole" : "delta",
      plaintext: later(piece, Math.floor(cell / perCycle) * CYCLE_S),
    });
  }
  await diary.reach((cell + 1) * CELL_MS);
  if (cell % 100 === 99) await log();
}
if (request.closes) await sealer.close(lengthMs);
await log();
await call("POST", `${home}/transitions`, { to: "ended" });
process.stdout.write(JSON.stringify({ attempt: attempt.id, leaves: leaves.length, bytes }));
