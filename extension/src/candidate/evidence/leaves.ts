type Bytes = Uint8Array<ArrayBuffer>;

const RECORDED = new Set(["camera", "screen"]);

/** The largest time that a recorded file or a gap in all streams reached, from the leaves' text (sealed.md §7). */
export function reachedMs(leaves: readonly Bytes[]): number {
  return Math.max(0, ...leaves.map((leaf) => timeReachedBy(new TextDecoder().decode(leaf))));
}

function timeReachedBy(leaf: string): number {
  const [form, , third, , fifth] = leaf.split("\n");
  if (form === "invigil/v1/segment" && RECORDED.has(third ?? "")) return secondNumber(fifth);
  const is_whole = form === "invigil/v1/gap" && / (?:crash|paused)$/.test(third ?? "");
  return is_whole ? secondNumber(third) : 0;
}

function secondNumber(text: string | undefined): number {
  return Number(text?.split(" ")[1] ?? 0);
}

/** The leaf of a file; null when the log names no such file. */
export function leafOf(
  leaves: readonly Bytes[],
  { stream, index }: { stream?: string; index?: number },
): number | null {
  const found = leaves.findIndex((leaf) => {
    const [form, , of, at] = new TextDecoder().decode(leaf).split("\n");
    return form === "invigil/v1/segment" && of === stream && Number(at) === index;
  });
  return found < 0 ? null : found;
}
