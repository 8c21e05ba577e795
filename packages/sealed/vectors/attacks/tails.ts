import { type CloseLeaf, formatLeaf } from "../../src/leaves.ts";
import { encodeText } from "../../src/text.ts";
import { checkpointOver, exportOf, leafLines, rawLeaves } from "../sitting.ts";
import { type Attack, type Base, changed, fileOf } from "./attack.ts";

const LEAVES = "attempt/leaves";
const CHECKPOINT = "attempt/checkpoint";
/** What is found where it is not `forked`. */
const KINDS: Partial<Record<string, string>> = {
  "still-running-behind": "truncated",
  "still-running-unsigned": "forged",
};

/** An older genuine checkpoint, with just the files that it covers or with all. */
export async function hiddenTails(base: Base): Promise<readonly Attack[]> {
  const shown = base.sitting.leaves.slice(0, 6);
  const names = shown.flatMap((leaf) =>
    leaf.kind === "segment" ? [`${leaf.stream}-${leaf.index}`] : [],
  );
  const segments = new Map([...base.sitting.segments].filter(([name]) => names.includes(name)));
  const sitting = { ...base.sitting, leaves: shown, segments };
  const [ended, running] = [await exportOf(sitting), await exportOf(sitting, "running")];
  const { signer, institution } = sitting;
  const earlier = await checkpointOver(rawLeaves(sitting).slice(0, 4), {
    signer,
    server: institution.cast.server,
  });
  const older = { [CHECKPOINT]: fileOf({ ...base, files: ended }, CHECKPOINT) };
  const stillRuns: Base = { ...base, files: running };
  const attack = (
    name: string,
    verdict: Attack["verdict"],
    sentence: string,
    files: Attack["files"],
  ): Attack => ({
    name,
    row: 4,
    sentence,
    verdict,
    problems: verdict === "damaged" ? [{ kind: KINDS[name] ?? "forked" }] : [],
    files,
  });
  return [
    attack(
      "tail-hidden",
      "open-ended",
      "Everything after an older genuine checkpoint is hidden: the end may be missing.",
      ended,
    ),
    attack("still-running", "open", "Not an attack: the attempt still runs.", running),
    attack(
      "still-running-ahead",
      "open",
      "Not an attack: the attempt still runs, its last leaves wait for a checkpoint.",
      changed(stillRuns, { [CHECKPOINT]: encodeText(earlier) }),
    ),
    attack(
      "still-running-closed",
      "open",
      "The end is cut off, and a close that nobody signed stands in its place: the attempt is not complete.",
      changed(stillRuns, {
        [CHECKPOINT]: encodeText(earlier),
        [LEAVES]: leafLines([...rawLeaves(sitting), formatLeaf(closeOf(sitting))]),
      }),
    ),
    attack(
      "still-running-behind",
      "damaged",
      "The attempt still runs; leaves that its checkpoint covers are withheld from the export.",
      changed(stillRuns, { [LEAVES]: leafLines(rawLeaves(sitting).slice(0, 5)) }),
    ),
    attack(
      "still-running-unsigned",
      "damaged",
      "The attempt still runs, and no checkpoint came with the export.",
      changed(stillRuns, { [CHECKPOINT]: null }),
    ),
    attack(
      "older-checkpoint",
      "damaged",
      "All leaves, but only an older genuine checkpoint: no signature covers the end.",
      changed(base, older),
    ),
  ];
}

/** A close that counts just what is there. */
function closeOf({ attempt, leaves }: Base["sitting"]): CloseLeaf {
  const counts = new Map<string, number>();
  for (const leaf of leaves) {
    if (leaf.kind === "segment") counts.set(leaf.stream, (counts.get(leaf.stream) ?? 0) + 1);
  }
  return { kind: "close", attempt, closedMs: 15_000, counts };
}
