/**
 * The reviewer's part, for tests: fetches an attempt as the staff app does, verifies it and opens every file into a
 * folder. Reads a JSON request from standard input and writes the report to standard output.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { AttemptVerifier, fromBase64, openScopeKey, replayKeyLog } from "@invigil/sealed";
import type { Bytes } from "@invigil/sealed";

interface Request {
  server: string;
  token: string;
  institution: string;
  person: string;
  exam: string;
  attempt: string;
  keys: { identity: string; seed: string; wrap: string };
  folder: string;
}
interface Page {
  leaves: string[];
  size: number;
}

const request = JSON.parse(await text(process.stdin)) as Request;
const { server, institution, attempt } = request;

async function get(path: string): Promise<Response> {
  const answer = await fetch(`${server}${path}`, {
    headers: { Authorization: `Bearer ${request.token}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
async function json<T>(path: string): Promise<T> {
  return (await (await get(path)).json()) as T;
}

const trust = await json<{ roots: string[] }>(`/api/institutions/${institution}/trust`);
const keyLog = await json<{ leaves: string[]; checkpoint: string }>(
  `/api/institutions/${institution}/keylog?from=0`,
);
const log = await replayKeyLog({
  institution,
  pin: "first-use",
  leaves: keyLog.leaves.map(fromBase64),
  checkpoint: keyLog.checkpoint,
  remembered: null,
  roots: trust.roots,
});
const certificate = await json<{ scope_epoch: string }>(`/api/scopes/${request.exam}/trust`);
const evidence = await json<{ wrap: string; checkpoint: string | null }>(
  `/api/attempts/${attempt}/evidence`,
);
const verifier = new AttemptVerifier({
  attempt,
  log,
  certificate: { scopeEpoch: certificate.scope_epoch, staffKey: null },
  wrap: fromBase64(evidence.wrap),
});

const leaves: string[] = [];
for (;;) {
  const page = await json<Page>(`/api/attempts/${attempt}/leaves?from=${leaves.length}&limit=5000`);
  leaves.push(...page.leaves);
  await verifier.addLeaves(page.leaves.map(fromBase64));
  if (leaves.length >= page.size || page.leaves.length === 0) break;
}
if (evidence.checkpoint !== null) await verifier.addCheckpoint(evidence.checkpoint);
if (verifier.scope === null) throw new Error(JSON.stringify(verifier.report(true).problems));
const { identity, seed, wrap } = request.keys;
const keyring = { institution, person: request.person, identity, seed: fromBase64(seed) };
await verifier.unlock(await openScopeKey(fromBase64(wrap), keyring, verifier.scope));

const files = [];
for (const { stream, index, t0Ms, t1Ms, continuity, length } of verifier.segments) {
  const answer = await get(`/api/attempts/${attempt}/segments/${stream}/${index}`);
  const sealed: Bytes = new Uint8Array(await answer.arrayBuffer());
  const name = `${stream}-${String(index).padStart(5, "0")}`;
  await writeFile(join(request.folder, name), await verifier.openFile(stream, index, sealed));
  files.push({ name, stream, index, t0Ms, t1Ms, continuity, length });
}
const { verdict, problems, closedMs } = verifier.report(true);
const gaps = verifier.gaps.map(({ fromMs, toMs, cause }) => ({ fromMs, toMs, cause }));
process.stdout.write(
  JSON.stringify({ verdict, problems, closedMs, files, gaps, opening: verifier.opening?.openedMs }),
);
