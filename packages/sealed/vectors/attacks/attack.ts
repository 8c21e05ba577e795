import type { Bytes } from "../../src/text.ts";
import type { Sitting } from "../sitting.ts";

export interface ExpectedProblem {
  readonly kind: string;
  readonly reason?: string;
  readonly stream?: string;
  readonly index?: number;
}

/** A bundle that was changed, and what every reader must find in it. */
export interface Attack {
  readonly name: string;
  /** The row of the design's table of attacks. */
  readonly row: number;
  readonly sentence: string;
  readonly verdict: "complete" | "open" | "open-ended" | "damaged";
  /** All of these are among the problems; empty: there is none. */
  readonly problems: readonly ExpectedProblem[];
  /** The pin, where it is not the base's. */
  readonly fingerprint?: Bytes;
  readonly files: ReadonlyMap<string, Bytes>;
}

/** What an attack works on: a sitting and its export. */
export interface Base {
  readonly sitting: Sitting;
  readonly files: ReadonlyMap<string, Bytes>;
}

/** The base with some paths replaced, or taken away (null). */
export function changed(
  { files }: Base,
  changes: Readonly<Record<string, Bytes | null>>,
): ReadonlyMap<string, Bytes> {
  const all = new Map(files);
  for (const [path, bytes] of Object.entries(changes)) {
    if (bytes === null) all.delete(path);
    else all.set(path, bytes);
  }
  return all;
}

/** The same bytes with one bit flipped, counted from the end when negative. */
export function flipped(bytes: Bytes, at: number): Bytes {
  const place = at < 0 ? bytes.length + at : at;
  return Uint8Array.from(bytes, (byte, index) => (index === place ? byte ^ 1 : byte));
}

export function fileOf({ files }: Base, path: string): Bytes {
  const found = files.get(path);
  if (found === undefined) throw new Error(`The base has no ${path}.`);
  return found;
}
