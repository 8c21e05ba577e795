import { describe, expect, test, vi } from "vitest";
import { formatLeaf, parseLeaf } from "../src/leaves.ts";
import { segmentIdentity, segmentScalar, streamSecret } from "../src/schedule.ts";
import { fromBase64, toBase64 } from "../src/text.ts";
import { kindOf, readVectors } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

interface LeafVectors {
  leaves: { leaf: string; fields: { kind: string } }[];
  refused: { sentence: string; kind: string; leaf: string }[];
}
interface ScheduleVectors {
  schedules: {
    secret: string;
    attempt: string;
    streams: {
      stream: string;
      stream_secret: string;
      segments: { index: number; scalar: string; identity: string }[];
    }[];
  }[];
}
const vectors = readVectors("leaves.json") as LeafVectors;

describe("a leaf", () => {
  test.each(vectors.leaves)(
    "of kind $fields.kind comes back byte for byte",
    async ({ leaf, fields }) => {
      const parsed = await parseLeaf(fromBase64(leaf));

      expect(toBase64(formatLeaf(parsed))).toBe(leaf);
      expect(parsed.kind).toBe(fields.kind);
    },
  );

  test.each(vectors.refused)("refused: $sentence", async ({ leaf, kind }) => {
    expect(await kindOf(() => parseLeaf(fromBase64(leaf)))).toBe(kind);
  });
});

describe("the key schedule", () => {
  test.each((readVectors("schedule.json") as ScheduleVectors).schedules)(
    "of $secret and $attempt gives the vectors' secrets",
    async ({ secret, attempt, streams }) => {
      for (const { stream, stream_secret, segments } of streams) {
        const derived = await streamSecret(fromBase64(secret), attempt, stream);
        expect(toBase64(derived)).toBe(stream_secret);
        for (const { index, scalar, identity } of segments) {
          expect(toBase64(await segmentScalar(derived, index))).toBe(scalar);
          expect(await segmentIdentity(derived, index)).toBe(identity);
        }
      }
    },
  );

  test("takes no secret of another length", async () => {
    await expect(segmentScalar(new Uint8Array(31), 0)).rejects.toThrow(RangeError);
  });
});
