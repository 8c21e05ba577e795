import { type Bytes, encodeText, sha256 } from "../src/text.ts";

/** 32 bytes that are the same in every run: SHA-256 of a label. For vectors only, never for keys in use. */
export async function seed(label: string): Promise<Bytes> {
  return sha256(encodeText(`invigil vectors ${label}`));
}

export const INSTITUTION = "north-college";
export const OTHER_INSTITUTION = "south-college";
export const ATTEMPT = "01jd0000000000000000000001";
export const OTHER_ATTEMPT = "01jd0000000000000000000002";
export const EXAM_SCOPE = "exam/01jd000000000000000000exam";
export const ADMINISTRATOR = "01jd00000000000000000admin";
export const TEACHER = "01jd0000000000000000teachr";
/** 2026-03-02T09:00:00Z */
export const OPENED_MS = 1_772_442_000_000;
