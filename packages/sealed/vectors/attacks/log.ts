import { cosign } from "../../src/checkpoint.ts";
import { formatLeaf, type Leaf } from "../../src/leaves.ts";
import { makeSigningKey, signerFromKeyPair, signNote } from "../../src/note.ts";
import { type Bytes, decodeText, encodeText } from "../../src/text.ts";
import { makeCast } from "../institution.ts";
import { OTHER_ATTEMPT } from "../seeds.ts";
import { checkpointOver, exportOf, leafLines, rawLeaves, type Sitting, sit } from "../sitting.ts";
import { type Attack, type Base, changed, fileOf } from "./attack.ts";

const LEAVES = "attempt/leaves";
const CHECKPOINT = "attempt/checkpoint";
const FIRST_CAMERA = 1;
const SECOND_CAMERA = 4;

/** What a server can do to leaves and checkpoints: it signs for nobody but itself. */
export async function serverAttacksOnLog(base: Base): Promise<readonly Attack[]> {
  return [...serverAttacksOnLeaves(base, await sit(base.sitting.institution, OTHER_ATTEMPT)), ...(await hiddenTails(base))];
}

function serverAttacksOnLeaves(base: Base, other: Sitting): readonly Attack[] {
  const raw = rawLeaves(base.sitting);
  const put = (leaves: readonly Bytes[]) => changed(base, { [LEAVES]: leafLines(leaves) });
  const camera = { stream: "camera", index: 1 };
  const [otherCamera = new Uint8Array()] = rawLeaves(other).slice(FIRST_CAMERA);
  const damaged = { verdict: "damaged", row: 3 } as const;
  return [
    {
      ...damaged,
      name: "leaf-dropped",
      sentence: "One leaf in the middle is left out.",
      problems: [{ kind: "reordered", stream: "camera", index: 2 }, { kind: "truncated" }],
      files: put(raw.filter((_, at) => at !== SECOND_CAMERA)),
    },
    {
      ...damaged,
      name: "leaves-swapped",
      sentence: "Two leaves of one stream change places.",
      problems: [{ kind: "reordered", stream: "camera", index: 1 }, { kind: "forked" }],
      files: put(swapped(raw, FIRST_CAMERA, SECOND_CAMERA)),
    },
    {
      ...damaged,
      name: "leaf-replayed",
      sentence: "A leaf comes a second time.",
      problems: [{ kind: "replayed", ...camera }, { kind: "forked" }],
      files: put(raw.toSpliced(SECOND_CAMERA + 1, 0, raw[SECOND_CAMERA] ?? new Uint8Array())),
    },
    {
      ...damaged,
      name: "leaf-of-another-attempt",
      sentence: "A genuine leaf of another attempt takes a leaf's place.",
      problems: [{ kind: "replayed" }, { kind: "forked" }],
      files: put(raw.with(FIRST_CAMERA, otherCamera)),
    },
    {
      ...damaged,
      name: "leaf-injected",
      sentence: "A gap that nobody declared is put between the leaves.",
      problems: [{ kind: "forked" }],
      files: put(raw.toSpliced(3, 0, gapLeaf(base.sitting))),
    },
    {
      ...damaged,
      name: "leaf-after-the-close",
      sentence: "A leaf follows the close.",
      problems: [{ kind: "reordered" }],
      files: put([...raw, gapLeaf(base.sitting)]),
    },
    {
      ...damaged,
      name: "leaf-altered",
      sentence: "The times of a segment are changed.",
      problems: [{ kind: "forked" }],
      files: put(raw.map((leaf, at) => (at === FIRST_CAMERA ? encodeText(decodeText(leaf).replace("0 5000", "1 5000")) : leaf))),
    },
    {
      ...damaged,
      name: "leaf-in-crlf",
      sentence: "A leaf has carriage returns.",
      problems: [{ kind: "malformed" }],
      files: put(raw.map((leaf, at) => (at === FIRST_CAMERA ? encodeText(decodeText(leaf).replaceAll("\n", "\r\n")) : leaf))),
    },
    {
      ...damaged,
      name: "leaf-of-version-2",
      row: 7,
      sentence: "A leaf has an unknown first line.",
      problems: [{ kind: "unsupported-version" }],
      files: put(raw.map((leaf, at) => (at === FIRST_CAMERA ? encodeText(decodeText(leaf).replace("v1", "v2")) : leaf))),
    },
    {
      ...damaged,
      name: "tail-cut",
      sentence: "The last leaves are cut off; the checkpoint stays.",
      problems: [{ kind: "truncated" }],
      files: put(raw.slice(0, -3)),
    },
    {
      ...damaged,
      name: "all-leaves-gone",
      sentence: "No leaf is left; the checkpoint stays.",
      problems: [{ kind: "truncated" }],
      files: put([]),
    },
    {
      ...damaged,
      name: "swap-of-attempts",
      sentence: "Leaves, checkpoint and wrap of another attempt stand in for this one's.",
      problems: [{ kind: "replayed" }],
      files: changed(base, { [LEAVES]: leafLines(rawLeaves(other)) }),
    },
  ];
}

async function hiddenTails(base: Base): Promise<readonly Attack[]> {
  const { sitting } = base;
  const keys = { signer: sitting.signer, server: sitting.institution.cast.server };
  const raw = rawLeaves(sitting);
  const older = encodeText(await checkpointOver(raw.slice(0, 6), keys));
  const shortened = { [LEAVES]: leafLines(raw.slice(0, 6)), [CHECKPOINT]: older };
  return [
    {
      name: "tail-hidden",
      row: 4,
      sentence: "Everything after an older genuine checkpoint is hidden: the end may be missing.",
      verdict: "open-ended",
      problems: [],
      files: changed(base, shortened),
    },
    {
      name: "older-checkpoint",
      row: 4,
      sentence: "All leaves, but only an older genuine checkpoint: no signature covers the end.",
      verdict: "damaged",
      problems: [{ kind: "forked" }],
      files: changed(base, { [CHECKPOINT]: older }),
    },
    {
      name: "still-running",
      row: 4,
      sentence: "Not an attack: the attempt still runs.",
      verdict: "open",
      problems: [],
      files: changed({ ...base, files: await exportOf(sitting, "running") }, shortened),
    },
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
  const otherOrigin = await signNote(note.slice(0, note.indexOf("\n\n") + 1).replace("/attempt/", "/attempts/"), [signer]);
  return [
    { ...forged, name: "checkpoint-missing", sentence: "There is no checkpoint.", files: put(null) },
    { ...forged, name: "checkpoint-altered", sentence: "The size in the checkpoint is changed.", files: put(note.replace(`\n${raw.length}\n`, `\n${raw.length + 1}\n`)) },
    { ...forged, name: "checkpoint-signature-altered", sentence: "A bit of the attempt's signature is flipped.", files: put(note.replace(byAttempt, flippedLine(byAttempt))) },
    { ...forged, name: "checkpoint-by-another-key", sentence: "Another key signs under the attempt's name.", files: put(await checkpointOver(raw, { signer: stranger, server })) },
    { ...forged, name: "checkpoint-unsigned", sentence: "Only the server's line stands under the checkpoint.", files: put(note.replace(`${byAttempt}\n`, "")) },
    { ...forged, name: "receipt-missing", sentence: "Only the attempt's line stands under the checkpoint.", files: put(note.replace(`${byServer}\n`, "")) },
    { ...forged, name: "receipt-altered", sentence: "A bit of the receipt is flipped.", files: put(note.replace(byServer, flippedLine(byServer))) },
    { ...forged, name: "receipt-by-another-server", sentence: "A server that the root does not name signs the receipt.", files: put(await checkpointOver(raw, { signer, server: strangeServer })) },
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
  const { sitting } = base;
  const signed = async (leaves: readonly Leaf[]) => exportOf({ ...sitting, leaves });
  const edit = (at: number, change: (leaf: Leaf) => Leaf) =>
    signed(sitting.leaves.map((leaf, place) => (place === at ? change(leaf) : leaf)));
  const fork = await signed(sitting.leaves.toSpliced(3, 1));
  const damaged = { row: 4, verdict: "damaged" } as const;
  return [
    {
      ...damaged,
      name: "fork",
      sentence: "The checkpoint is genuine, but for another history of the same attempt.",
      problems: [{ kind: "truncated" }],
      files: changed({ ...base, files: fork }, { [CHECKPOINT]: fileOf(base, CHECKPOINT) }),
    },
    {
      ...damaged,
      name: "fork-of-equal-length",
      sentence: "The checkpoint is genuine, but for another history of the same length.",
      problems: [{ kind: "forked" }],
      files: changed(
        { ...base, files: await edit(5, (leaf) => (leaf.kind === "segment" ? { ...leaf, t1Ms: leaf.t1Ms + 1 } : leaf)) },
        { [CHECKPOINT]: fileOf(base, CHECKPOINT) },
      ),
    },
    {
      ...damaged,
      name: "close-counts-more",
      sentence: "The close counts a file that has no leaf.",
      problems: [{ kind: "truncated", stream: "camera" }],
      files: await signed(closedWith(sitting, (counts) => counts.set("camera", 4))),
    },
    {
      ...damaged,
      name: "close-counts-fewer",
      sentence: "The close counts fewer files than there are.",
      problems: [{ kind: "malformed", stream: "camera" }],
      files: await signed(closedWith(sitting, (counts) => counts.set("camera", 2))),
    },
    {
      ...damaged,
      name: "close-forgets-a-stream",
      sentence: "The close leaves a stream out.",
      problems: [{ kind: "malformed", stream: "screen" }],
      files: await signed(closedWith(sitting, (counts) => counts.delete("screen"))),
    },
    {
      ...damaged,
      name: "early-close",
      sentence: "A close, and then more: nothing follows a close.",
      problems: [{ kind: "reordered" }],
      files: await signed([...sitting.leaves.slice(0, 4), ...sitting.leaves.slice(-1), ...sitting.leaves.slice(4, -1)]),
    },
    {
      ...damaged,
      name: "opening-twice",
      sentence: "The opening stands a second time.",
      problems: [{ kind: "reordered" }],
      files: await signed(sitting.leaves.toSpliced(2, 0, ...sitting.leaves.slice(0, 1))),
    },
    {
      ...damaged,
      name: "time-falls",
      sentence: "A stream's time goes back.",
      problems: [{ kind: "reordered", stream: "camera", index: 1 }],
      files: await signed(
        sitting.leaves.map((leaf, at) => {
          if (leaf.kind !== "segment") return leaf;
          return at === FIRST_CAMERA ? { ...leaf, t0Ms: 5001, t1Ms: 5001 } : leaf;
        }),
      ),
    },
    {
      ...damaged,
      name: "delta-first",
      sentence: "A stream begins with a delta.",
      problems: [{ kind: "malformed", stream: "screen", index: 0 }],
      files: await edit(2, (leaf) => (leaf.kind === "segment" ? { ...leaf, continuity: "delta" } : leaf)),
    },
    {
      ...damaged,
      name: "no-opening",
      sentence: "The log begins with a segment.",
      problems: [{ kind: "reordered" }],
      files: await signed(sitting.leaves.slice(1)),
    },
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

function gapLeaf({ attempt }: Sitting): Bytes {
  return formatLeaf({ kind: "gap", attempt, fromMs: 1, toMs: 2, cause: "paused" });
}

function swapped<Item>(items: readonly Item[], one: number, other: number): Item[] {
  return items.map((item, at) => (at === one ? items[other] : at === other ? items[one] : item) ?? item);
}

/** A signature line with another last character of its signature. */
function flippedLine(line: string): string {
  return line.slice(0, -6) + (line.at(-6) === "A" ? "B" : "A") + line.slice(-5);
}
