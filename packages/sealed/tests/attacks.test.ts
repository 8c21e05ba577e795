import { describe, expect, test, vi } from "vitest";
import { fingerprintFromHex } from "../src/root.ts";
import { fromBase64 } from "../src/text.ts";
import { verifyBundle } from "./bundle.ts";
import { readVectors } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

interface AttemptVectors {
  fingerprint: string;
  scope_identity: string;
  files: Record<string, string>;
  variants: {
    name: string;
    row: number;
    sentence: string;
    verdict: string;
    problems: { kind: string; reason?: string; stream?: string; index?: number }[];
    fingerprint?: string;
    changes: Record<string, string | null>;
  }[];
}
const vectors = readVectors("attempts.json") as AttemptVectors;

describe("the bundle of an attempt", () => {
  test.each(vectors.variants)(
    "$name: $sentence",
    async ({ verdict, problems, changes, fingerprint }) => {
      const paths = Object.entries({ ...vectors.files, ...changes });
      const files = new Map(
        paths.flatMap(([path, text]) => (text === null ? [] : [[path, fromBase64(text)] as const])),
      );

      const found = await verifyBundle(files, {
        fingerprint: fingerprintFromHex(fingerprint ?? vectors.fingerprint),
        scopeIdentity: vectors.scope_identity,
      });

      expect(found.verdict).toBe(verdict);
      for (const problem of problems) {
        expect(found.problems).toContainEqual(expect.objectContaining(problem));
      }
      if (problems.length === 0) expect(found.problems).toEqual([]);
    },
  );
});
