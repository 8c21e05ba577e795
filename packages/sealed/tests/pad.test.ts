import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sealFile } from "../src/age.ts";
import {
  PAGE_BYTES,
  padEvents,
  padObject,
  padSummary,
  readEvents,
  readObject,
} from "../src/pad.ts";
import { segmentIdentity } from "../src/schedule.ts";
import { encodeText } from "../src/text.ts";
import { kindOf } from "./vectors.ts";

function flags(count: number): object[] {
  return Array.from({ length: count }, (_, at) => ({
    at_ms: at * 250,
    kind: "focus-lost",
    for_ms: 1200,
  }));
}

describe("events", () => {
  test("of ten seconds weigh the same with no flag and with 40", async () => {
    const identity = await segmentIdentity(new Uint8Array(32), 0);
    const [none, forty] = [padEvents(flags(0)), padEvents(flags(40))];
    const [quiet, busy] = [none[0] ?? new Uint8Array(), forty[0] ?? new Uint8Array()];

    expect([none.length, forty.length]).toEqual([1, 1]);
    expect((await sealFile(quiet, identity)).length).toBe((await sealFile(busy, identity)).length);
  });

  test("come back from however many pages they took", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ text: fc.string({ unit: "grapheme", maxLength: 400 }) }), {
          maxLength: 60,
        }),
        (events) => {
          const pages = padEvents(events);

          expect(pages.length).toBeGreaterThan(0);
          expect(pages.every((page) => page.length === PAGE_BYTES)).toBe(true);
          expect(pages.flatMap(readEvents)).toEqual(events);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("fill a page to its last byte, and one byte more is too much for it", () => {
    const exact = { text: "x".repeat(PAGE_BYTES - '{"text":""}\n'.length) };

    expect(padEvents([exact])).toHaveLength(1);
    expect(padEvents([exact, {}])).toHaveLength(2);
    expect(() => padEvents([{ text: `${exact.text}x` }])).toThrow(RangeError);
  });

  test("are read from whole pages of JSON alone", async () => {
    expect(await kindOf(() => readEvents(new Uint8Array(PAGE_BYTES - 1)))).toBe("malformed");
    expect(await kindOf(() => readEvents(encodeText("x".repeat(PAGE_BYTES))))).toBe("malformed");
    expect(await kindOf(() => readEvents(new Uint8Array(PAGE_BYTES).fill(0xff)))).toBe("malformed");
  });
});

describe("an object", () => {
  test.each([0, 1, 4000, 4095, 4096, 9000])(
    "with %i characters comes back from whole pages",
    (length) => {
      const value = { text: "é".repeat(length) };
      const pages = padObject(value);

      expect(pages.length % PAGE_BYTES).toBe(0);
      expect(readObject(pages)).toEqual(value);
    },
  );

  test("that is a summary takes exactly one page", () => {
    expect(padSummary({}).length).toBe(PAGE_BYTES);
    expect(() => padSummary({ text: "x".repeat(PAGE_BYTES) })).toThrow(RangeError);
  });

  test("is read from whole pages of JSON alone", async () => {
    expect(await kindOf(() => readObject(new Uint8Array()))).toBe("malformed");
    expect(await kindOf(() => readObject(padObject({}).slice(1)))).toBe("malformed");
    expect(await kindOf(() => readObject(new Uint8Array(PAGE_BYTES).fill(0x7b)))).toBe("malformed");
  });
});
