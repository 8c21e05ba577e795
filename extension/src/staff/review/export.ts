import { fromBase64, makePhrase, sha256, toBase64 } from "@invigil/sealed";
import type { Bytes } from "@invigil/sealed";
import { downloadZip } from "client-zip";
import type { Bench } from "../app/desk.svelte.ts";
import { sealUnder } from "../vault/phrase.ts";
import type { Inspection, RecordAtHand } from "./inspection.svelte.ts";

/** How the keys travel: sealed to a phrase that is shown once, or inside the ZIP for anybody who has it. */
export type KeysAre = "sealed" | "inside";

export interface ExportJob {
  bench: Bench;
  inspection: Inspection;
  exam: string;
  keys: KeysAre;
  onProgress: (done: number, all: number) => void;
  signal: AbortSignal;
}

interface Member {
  name: string;
  input: string | Bytes;
  lastModified: Date;
}

/**
 * The export of one attempt (docs/spec/export.md): a ZIP, and the phrase that opens its keys where they are sealed.
 * Every file is checked against its leaf on the way; a damaged or missing one does not stop the export, it shows in it.
 * @throws Trouble, SealedError
 */
export async function exportAttempt(job: ExportJob): Promise<{ zip: Blob; phrase: string | null }> {
  const phrase = job.keys === "sealed" ? makePhrase() : null;
  // One moment of an attempt that may still run: what is read from now on is in the next export.
  const record = recordOf(job.inspection);
  const identities = await unlocked(job.inspection).identities();
  const keys: [string, string | Bytes] =
    phrase === null
      ? ["identities.txt", identities]
      : ["identities.txt.age", await sealUnder(phrase, identities)];
  const small = [
    ...(await description(job, record)),
    ...(await trust(job)),
    ...evidence(record),
    keys,
  ];
  const zip = await downloadZip(members(job, record, small)).blob();
  return { zip, phrase };
}

function unlocked({ verifier }: Inspection): NonNullable<Inspection["verifier"]> {
  if (verifier === null) throw new TypeError("an attempt is verified before it is exported");
  return verifier;
}

function recordOf({ record }: Inspection): RecordAtHand {
  if (record === null) throw new TypeError("an attempt is verified before it is exported");
  return record;
}

async function* members(
  job: ExportJob,
  { leaves }: RecordAtHand,
  small: [string, string | Bytes][],
): AsyncGenerator<Member> {
  const lastModified = new Date();
  for (const [name, input] of small) yield { name, input, lastModified };
  const { segments } = unlocked(job.inspection);
  const entries = segments.filter((entry) => entry.leafIndex < leaves.length);
  for (const [done, entry] of entries.entries()) {
    job.signal.throwIfAborted();
    const file = await job.inspection.sealed(entry);
    if (file !== null)
      yield { name: `segments/${entry.stream}-${entry.index}.age`, input: file, lastModified };
    job.onProgress(done + 1, entries.length);
  }
}

async function description(
  { bench, inspection, exam }: ExportJob,
  { state }: RecordAtHand,
): Promise<[string, string][]> {
  const { summary } = inspection;
  const { title } = await bench.api.exam(exam);
  const described = {
    format: "invigil/v1/export",
    institution: bench.me.institution.slug,
    exam,
    exam_title: title,
    attempt: inspection.attempt,
    candidate: summary?.candidate.name ?? "",
    attempt_state: state,
    exported_at: Date.now(),
    exported_by: bench.me.person.id,
  };
  return [
    ["export.json", `${JSON.stringify(described, null, 2)}\n`],
    ["README.txt", README],
  ];
}

async function trust({ bench, inspection }: ExportJob): Promise<[string, string][]> {
  const log = await bench.api.keyLog(bench.me.institution.slug);
  const { certificate } = inspection;
  if (certificate === null) throw new TypeError("an attempt is verified before it is exported");
  const { scopeEpoch, staffKey, revocations } = certificate;
  return [
    ...log.roots.map((note, place): [string, string] => [`trust/root-${place + 1}.note`, note]),
    ["trust/keylog.checkpoint", log.checkpoint],
    ["trust/keylog.leaves", lines(log.leaves)],
    ["trust/scope-epoch.note", scopeEpoch],
    ...(staffKey === null
      ? []
      : ([
          ["trust/staff-key.note", staffKey.note],
          ["trust/staff-key.blind", toBase64(staffKey.blind)],
        ] as [string, string][])),
    ...(revocations ?? []).flatMap(({ note, blind }, place): [string, string][] => [
      [`trust/staff-revoke-${place + 1}.note`, note],
      [`trust/staff-revoke-${place + 1}.blind`, toBase64(blind)],
    ]),
  ];
}

function evidence({ leaves, checkpoint, wrap }: RecordAtHand): [string, string | Bytes][] {
  return [
    ["attempt/attempt.age", fromBase64(wrap)],
    ["attempt/leaves", lines(leaves)],
    ...(checkpoint === null ? [] : ([["attempt/checkpoint", checkpoint]] as [string, string][])),
  ];
}

function lines(values: readonly string[]): string {
  return values.map((value) => `${value}\n`).join("");
}

/** A short name for the download: who, and which attempt. */
export async function exportName(inspection: Inspection): Promise<string> {
  const who = (inspection.summary?.candidate.name ?? "attempt")
    .normalize("NFKD")
    .replace(/[^\w]+/gu, "-")
    .toLowerCase();
  const mark = toBase64(await sha256(new TextEncoder().encode(inspection.attempt)))
    .replace(/\W/gu, "")
    .slice(0, 6);
  return `invigil-${who}-${mark}.zip`;
}

const README = `An exam attempt, exported from Invigil.

To watch a part of it with nothing but the age tool (https://age-encryption.org):

  age -d -i identities.txt -o camera-0.mp4 segments/camera-0.age

Each file of segments/ named camera-N or screen-N opens into a video of about five seconds. A screen file may
need the ones before it: join them in order. events-N, agreement-N, checks-N and summary-N open into text.

If the ZIP holds identities.txt.age, its phrase opens it first:

  age -d -o identities.txt identities.txt.age

To check that nothing is missing or altered, and to write whole videos:

  invigil-verify export.zip --fingerprint HEX --extract DIR

HEX is the fingerprint of the institution's root key, 64 hexadecimal digits. Take it from a source of its own: the
institution's web pages, its administrator by telephone, or the staff app (Your keyring, Server and institution). Do
not take it from this ZIP, or from whoever handed it to you: a ZIP that was forged as a whole, with an institution of
its own making, passes every check but this one. Without --fingerprint the fingerprint is printed, for you to compare.

trust/ and attempt/ hold the proof: who certified the keys, what was recorded when, and the server's receipt.
`;
