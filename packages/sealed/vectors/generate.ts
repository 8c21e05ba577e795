/**
 * Writes the vectors that both implementations read: `node packages/sealed/vectors/generate.ts`.
 * Everything here is made from fixed seeds and comes out the same; a test compares. Age files are random:
 * `generate-sealed.ts` makes those, once.
 */
import { writeFileSync } from "node:fs";
import { leafVectors } from "./leaves.ts";
import { noteVectors } from "./notes.ts";
import { scheduleVectors } from "./schedule.ts";
import { statementVectors } from "./statements.ts";
import { treeVectors } from "./tree.ts";

/** Where both languages look. */
export const VECTORS = new URL("../../../vectors/", import.meta.url);

/** File name → maker. */
export const DETERMINISTIC = {
  "schedule.json": scheduleVectors,
  "tree.json": treeVectors,
  "notes.json": noteVectors,
  "leaves.json": leafVectors,
  "statements.json": statementVectors,
} as const;

/** The text of a vector file. */
export function serialise(vectors: object): string {
  return `${JSON.stringify(vectors, null, 1)}\n`;
}

if (import.meta.main) {
  for (const [file, make] of Object.entries(DETERMINISTIC)) {
    writeFileSync(new URL(file, VECTORS), serialise(await make()));
  }
}
