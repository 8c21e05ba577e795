import { describe, expect, test } from "vitest";
import { lightAdvice, lightOf, loudness, refusalOf } from "../../src/candidate/checks/media.ts";
import { neededKbit } from "../../src/candidate/checks/server.ts";
import { bytes, clock, deletedAt } from "../../src/figures.ts";
import { words } from "../../src/candidate/words.ts";

const grey = (...lumas: number[]): Uint8ClampedArray =>
  new Uint8ClampedArray(lumas.flatMap((luma) => [luma, luma, luma, 255]));

describe("the light at the camera", () => {
  test("of an even grey has no spread", () => {
    const light = lightOf(grey(100, 100, 100));

    expect(light.mean).toBeCloseTo(100, 5);
    expect(light.spread).toBeCloseTo(0, 5);
  });

  test.each([
    ["an empty picture", [0, 0, 0], words.checks.cameraStill],
    ["a dark room", [5, 30, 60], words.checks.cameraDark],
    ["a window behind the lens", [255, 255, 240], words.checks.cameraBright],
    ["an ordinary room", [60, 120, 200], null],
  ] as const)("of %s gets its advice", (_, lumas, advice) => {
    expect(lightAdvice(lightOf(grey(...lumas)))).toBe(advice);
  });
});

describe("the microphone", () => {
  test("is silent when all samples rest", () => {
    expect(loudness(new Uint8Array(64).fill(128))).toBe(0);
  });

  test("is full at the limits", () => {
    expect(loudness(new Uint8Array([0, 0, 0]))).toBe(1);
  });
});

test.each([
  ["NotAllowedError", "not-allowed"],
  ["NotFoundError", "not-found"],
  ["NotReadableError", "in-use"],
  ["AbortError", "failed"],
])("a browser's %s is told as %s", (name, reason) => {
  expect(refusalOf(new DOMException("", name))).toBe(reason);
});

test("what is not recorded needs no upload", () => {
  const quiet = { camera: false, microphone: false, screen: false } as Parameters<
    typeof neededKbit
  >[0];

  expect(neededKbit(quiet)).toBeLessThan(neededKbit({ ...quiet, screen: true }));
});

test("figures read as people write them", () => {
  expect([bytes(900), bytes(3_400_000), bytes(34_000_000)]).toEqual(["1 kB", "3.4 MB", "34 MB"]);
  expect([clock(0), clock(61_000), clock(3_600_000)]).toEqual(["0:00", "1:01", "1:00:00"]);
  expect(deletedAt(0, 2)).toBe(172_800_000);
});
