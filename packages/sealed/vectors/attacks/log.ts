import { cosign } from "../../src/checkpoint.ts";
import { formatLeaf, type Leaf, type SegmentLeaf } from "../../src/leaves.ts";
import { keyName } from "../../src/names.ts";
import {
  formatVkey,
  makeSigningKey,
  parseVkey,
  signerFromKeyPair,
  signNote,
} from "../../src/note.ts";
import { type Bytes, decodeText, encodeText } from "../../src/text.ts";
import { makeCast } from "../institution.ts";
import { OTHER_ATTEMPT, OTHER_INSTITUTION } from "../seeds.ts";
import { checkpointOver, exportOf, leafLines, rawLeaves, type Sitting, sit } from "../sitting.ts";
import { type Attack, type Base, changed, type ExpectedProblem, fileOf } from "./attack.ts";
import { hiddenTails } from "./tails.ts";

const LEAVES = "attempt/leaves";
const CHECKPOINT = "attempt/checkpoint";
const FIRST_CAMERA = 1;
const SECOND_CAMERA = 4;

/** What a server can do to leaves and checkpoints: it signs for nobody but itself. */
export async function serverAttacksOnLog(base: Base): Promise<readonly Attack[]> {
  return [
    ...serverAttacksOnLeaves(base, await sit(base.sitting.institution, OTHER_ATTEMPT)),
    ...(await hiddenTails(base)),
  ];
}

function serverAttacksOnLeaves(base: Base, other: Sitting): readonly Attack[] {
  const raw = rawLeaves(base.sitting);
  const foreign = rawLeaves(other);
  const at = (index: number) => raw[index] ?? new Uint8Array();
  const rewrite = (change: (text: string) => string) =>
    raw.with(FIRST_CAMERA, encodeText(change(decodeText(at(FIRST_CAMERA)))));
  const camera = (index: number) => ({ stream: "camera", index });
  const attack = (
    name: string,
    problems: Attack["problems"],
    leaves: readonly Bytes[],
    sentence: string,
  ): Attack => ({
    name,
    row: 3,
    sentence,
    verdict: "damaged",
    problems,
    files: changed(base, { [LEAVES]: leafLines(leaves) }),
  });
  const [replayed, forked, truncated] = [
    { kind: "replayed" },
    { kind: "forked" },
    { kind: "truncated" },
  ];
  const reordered = { kind: "reordered" };
  return [
    attack(
      "leaf-dropped",
      [{ ...reordered, ...camera(2) }, truncated],
      raw.toSpliced(SECOND_CAMERA, 1),
      "One leaf in the middle is left out.",
    ),
    attack(
      "leaves-swapped",
      [{ ...reordered, ...camera(1) }, forked],
      swapped(raw, FIRST_CAMERA, SECOND_CAMERA),
      "Two leaves of one stream change places.",
    ),
    attack(
      "leaf-replayed",
      [{ ...replayed, ...camera(1) }, forked],
      raw.toSpliced(SECOND_CAMERA + 1, 0, at(SECOND_CAMERA)),
      "A leaf comes a second time.",
    ),
    attack(
      "leaf-of-another-attempt",
      [replayed, forked],
      raw.with(FIRST_CAMERA, foreign[FIRST_CAMERA] ?? at(0)),
      "A genuine leaf of another attempt takes a leaf's place.",
    ),
    attack(
      "leaf-injected",
      [forked],
      raw.toSpliced(3, 0, gapLeaf(base.sitting)),
      "A gap that nobody declared is put between the leaves.",
    ),
    attack(
      "leaf-after-the-close",
      [reordered],
      [...raw, gapLeaf(base.sitting)],
      "A leaf follows the close.",
    ),
    attack(
      "leaf-altered",
      [forked],
      rewrite((text) => text.replace("0 5000", "1 5000")),
      "The times of a segment are changed.",
    ),
    attack(
      "leaf-in-crlf",
      [{ kind: "malformed" }],
      rewrite((text) => text.replaceAll("\n", "\r\n")),
      "A leaf has carriage returns.",
    ),
    attack(
      "leaf-of-version-2",
      [{ kind: "unsupported-version" }],
      rewrite((text) => text.replace("v1", "v2")),
      "A leaf has an unknown first line.",
    ),
    attack(
      "tail-cut",
      [truncated],
      raw.slice(0, -3),
      "The last leaves are cut off; the checkpoint stays.",
    ),
    attack("all-leaves-gone", [truncated], [], "No leaf is left; the checkpoint stays."),
    attack(
      "leaves-of-another-attempt",
      [replayed],
      foreign,
      "The leaves are all another attempt's.",
    ),
  ];
}

/** What a forger of checkpoints and receipts can do. */
export async function attacksOnCheckpoint(base: Base): Promise<readonly Attack[]> {
  const { signer, institution } = base.sitting;
  const raw = rawLeaves(base.sitting);
  const { server } = institution.cast;
  const note = decodeText(fileOf(base, CHECKPOINT));
  const [byAttempt = "", byServer = ""] = note.split("\n").slice(-3, -1);
  const stranger = await signerFromKeyPair(signer.name, await makeSigningKey());
  const strangeServer = (await makeCast("strange ")).server;
  const put = (checkpoint: string | null) =>
    changed(base, { [CHECKPOINT]: checkpoint === null ? null : encodeText(checkpoint) });
  const forged = { row: 4, verdict: "damaged", problems: [{ kind: "forged" }] } as const;
  const otherOrigin = await signNote(
    note.slice(0, note.indexOf("\n\n") + 1).replace("/attempt/", "/attempts/"),
    [signer],
  );
  return [
    {
      ...forged,
      name: "checkpoint-missing",
      sentence: "There is no checkpoint.",
      files: put(null),
    },
    {
      ...forged,
      name: "checkpoint-altered",
      sentence: "The size in the checkpoint is changed.",
      files: put(note.replace(`\n${raw.length}\n`, `\n${raw.length + 1}\n`)),
    },
    {
      ...forged,
      name: "checkpoint-signature-altered",
      sentence: "A bit of the attempt's signature is flipped.",
      files: put(note.replace(byAttempt, flippedLine(byAttempt))),
    },
    {
      ...forged,
      name: "checkpoint-by-another-key",
      sentence: "Another key signs under the attempt's name.",
      files: put(await checkpointOver(raw, { signer: stranger, server })),
    },
    {
      ...forged,
      name: "checkpoint-unsigned",
      sentence: "Only the server's line stands under the checkpoint.",
      files: put(note.replace(`${byAttempt}\n`, "")),
    },
    {
      ...forged,
      name: "receipt-missing",
      sentence: "Only the attempt's line stands under the checkpoint.",
      files: put(note.replace(`${byServer}\n`, "")),
    },
    {
      ...forged,
      name: "receipt-altered",
      sentence: "A bit of the receipt is flipped.",
      files: put(note.replace(byServer, flippedLine(byServer))),
    },
    {
      ...forged,
      name: "receipt-by-another-server",
      sentence: "A server that the root does not name signs the receipt.",
      files: put(await checkpointOver(raw, { signer, server: strangeServer })),
    },
    {
      ...forged,
      name: "checkpoint-of-another-log",
      sentence: "The attempt's key and the server signed the head under another origin.",
      problems: [{ kind: "forked" }],
      files: put(await cosign(otherOrigin, server, 1_772_442_030)),
    },
  ];
}

/** What a candidate can do, who holds the attempt's key: everything is signed and cosigned. */
export async function candidateAttacks(base: Base): Promise<readonly Attack[]> {
  const { leaves } = base.sitting;
  const signed = async (changedLeaves: readonly Leaf[]) =>
    exportOf({ ...base.sitting, leaves: changedLeaves });
  const edit = (at: number, change: Partial<SegmentLeaf>) =>
    leaves.map((leaf, place) =>
      place === at && leaf.kind === "segment" ? { ...leaf, ...change } : leaf,
    );
  const closed = (change: (counts: Map<string, number>) => unknown) =>
    closedWith(base.sitting, change);
  const genuine = { [CHECKPOINT]: fileOf(base, CHECKPOINT) };
  const early = [...leaves.slice(0, 4), ...leaves.slice(-1), ...leaves.slice(4, -1)];
  const attack = (
    name: string,
    problem: ExpectedProblem,
    files: Attack["files"],
    sentence: string,
  ): Attack => ({
    name,
    row: 4,
    sentence,
    verdict: "damaged",
    problems: [problem],
    files,
  });
  const fork = { ...base, files: await signed(leaves.toSpliced(3, 1)) };
  const equalFork = { ...base, files: await signed(edit(5, { t1Ms: 10_001 })) };
  return [
    attack(
      "fork",
      { kind: "truncated" },
      changed(fork, genuine),
      "The checkpoint is genuine, but for another, longer history of the same attempt.",
    ),
    attack(
      "fork-of-equal-length",
      { kind: "forked" },
      changed(equalFork, genuine),
      "The checkpoint is genuine, but for another history of the same length.",
    ),
    attack(
      "close-counts-more",
      { kind: "truncated", stream: "camera" },
      await signed(closed((counts) => counts.set("camera", 4))),
      "The close counts a file that has no leaf.",
    ),
    attack(
      "close-counts-fewer",
      { kind: "malformed", stream: "camera" },
      await signed(closed((counts) => counts.set("camera", 2))),
      "The close counts fewer files than there are.",
    ),
    attack(
      "close-forgets-a-stream",
      { kind: "malformed", stream: "screen" },
      await signed(closed((counts) => counts.delete("screen"))),
      "The close leaves a stream out.",
    ),
    attack(
      "early-close",
      { kind: "reordered" },
      await signed(early),
      "A close, and then more: nothing follows a close.",
    ),
    attack(
      "opening-twice",
      { kind: "reordered" },
      await signed([...leaves.slice(0, 2), ...leaves.slice(0, 1), ...leaves.slice(2)]),
      "The opening stands a second time.",
    ),
    attack(
      "time-falls",
      { kind: "reordered", stream: "camera", index: 1 },
      await signed(edit(FIRST_CAMERA, { t0Ms: 5001, t1Ms: 5001 })),
      "A stream's time goes back.",
    ),
    attack(
      "delta-first",
      { kind: "malformed", stream: "screen", index: 0 },
      await signed(edit(2, { continuity: "delta" })),
      "A stream begins with a delta.",
    ),
    attack(
      "opening-of-another-institution",
      { kind: "untrusted", reason: "wrong-scope" },
      await signed(await elsewhere(leaves)),
      "The opening names another institution, and its keys after it.",
    ),
    attack(
      "no-opening",
      { kind: "reordered" },
      await signed(leaves.slice(1)),
      "The log begins with a segment.",
    ),
  ];
}

function closedWith(sitting: Sitting, change: (counts: Map<string, number>) => unknown): Leaf[] {
  return sitting.leaves.map((leaf) => {
    if (leaf.kind !== "close") return leaf;
    const counts = new Map(leaf.counts);
    change(counts);
    return { ...leaf, counts };
  });
}

/** The same keys under another institution's names. */
async function elsewhere(leaves: readonly Leaf[]): Promise<readonly Leaf[]> {
  const [open, ...rest] = leaves;
  if (open?.kind !== "open") throw new Error("The sitting has no opening.");
  const rename = async (vkey: string, name: string) =>
    formatVkey({ ...(await parseVkey(vkey)), name });
  const attemptVkey = await rename(
    open.attemptVkey,
    keyName.attempt(OTHER_INSTITUTION, open.attempt),
  );
  const deviceVkey = await rename(open.deviceVkey, keyName.device(OTHER_INSTITUTION, open.attempt));
  return [{ ...open, institution: OTHER_INSTITUTION, attemptVkey, deviceVkey }, ...rest];
}

function gapLeaf({ attempt }: Sitting): Bytes {
  return formatLeaf({ kind: "gap", attempt, fromMs: 1, toMs: 2, cause: "paused" });
}

function swapped<Item>(items: readonly Item[], one: number, other: number): Item[] {
  return items.map(
    (item, at) => (at === one ? items[other] : at === other ? items[one] : item) ?? item,
  );
}

/** A signature line with another last character of its signature. */
function flippedLine(line: string): string {
  return line.slice(0, -6) + (line.at(-6) === "A" ? "B" : "A") + line.slice(-5);
}
