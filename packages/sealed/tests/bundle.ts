import { AttemptVerifier, type Verification } from "../src/verify.ts";
import { problemFrom } from "../src/errors.ts";
import { replayKeyLog } from "../src/keylog.ts";
import { ScopeKey } from "../src/scope-key.ts";
import { type Bytes, decodeText, fromBase64 } from "../src/text.ts";

/** Every other state is one of an attempt that still runs (export.md). */
const OVER = ["ended", "terminated"];

/** What a reader does with an export: the whole of sealed.md §9, over the paths of export.md. */
export async function verifyBundle(
  files: ReadonlyMap<string, Bytes>,
  reader: { readonly fingerprint: Bytes; readonly scopeIdentity: string },
): Promise<Pick<Verification, "verdict" | "problems">> {
  try {
    return await verifyTrusted(files, reader);
  } catch (error) {
    return { verdict: "damaged", problems: [problemFrom(error)] };
  }
}

async function verifyTrusted(
  files: ReadonlyMap<string, Bytes>,
  { fingerprint, scopeIdentity }: { readonly fingerprint: Bytes; readonly scopeIdentity: string },
): Promise<Verification> {
  const about = JSON.parse(text(files, "export.json")) as Record<string, string>;
  const log = await replayKeyLog({
    institution: about["institution"] ?? "",
    pin: fingerprint,
    leaves: leafList(files, "trust/keylog.leaves"),
    checkpoint: text(files, "trust/keylog.checkpoint"),
    remembered: null,
    roots: [...files.keys()]
      .filter((path) => path.startsWith("trust/root-"))
      .map((path) => text(files, path)),
  });
  const verifier = new AttemptVerifier({
    attempt: about["attempt"] ?? "",
    log,
    certificate: {
      scopeEpoch: text(files, "trust/scope-epoch.note"),
      staffKey: files.has("trust/staff-key.note")
        ? {
            note: text(files, "trust/staff-key.note"),
            blind: fromBase64(text(files, "trust/staff-key.blind")),
          }
        : null,
      revocations: [...files.keys()]
        .filter((path) => /^trust\/staff-revoke-\d+\.note$/u.test(path))
        .map((path) => ({
          note: text(files, path),
          blind: fromBase64(text(files, path.replace(/note$/u, "blind"))),
        })),
    },
    wrap: bytes(files, "attempt/attempt.age"),
  });
  await verifier.addLeaves(leafList(files, "attempt/leaves"));
  if (files.has("attempt/checkpoint"))
    await verifier.addCheckpoint(text(files, "attempt/checkpoint"));
  await openFiles(verifier, files, scopeIdentity);
  return verifier.report(OVER.includes(about["attempt_state"] ?? ""), true);
}

async function openFiles(
  verifier: AttemptVerifier,
  files: ReadonlyMap<string, Bytes>,
  scopeIdentity: string,
): Promise<void> {
  const isUnlocked =
    verifier.scope !== null &&
    (await verifier.unlock(new ScopeKey(verifier.scope, scopeIdentity)).then(
      () => true,
      () => false,
    ));
  for (const { stream, index } of verifier.segments) {
    const file = files.get(`segments/${stream}-${index}.age`);
    if (file === undefined) verifier.markMissing(stream, index);
    else if (isUnlocked) await verifier.openFile(stream, index, file).catch(problemFrom);
    else await verifier.checkFile(stream, index, file).catch(problemFrom);
  }
}

function bytes(files: ReadonlyMap<string, Bytes>, path: string): Bytes {
  const found = files.get(path);
  if (found === undefined) throw new Error(`${path} is not in the bundle.`);
  return found;
}

function text(files: ReadonlyMap<string, Bytes>, path: string): string {
  return decodeText(bytes(files, path));
}

function leafList(files: ReadonlyMap<string, Bytes>, path: string): Bytes[] {
  return text(files, path).split("\n").slice(0, -1).map(fromBase64);
}
