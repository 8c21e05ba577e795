import { describe, expect, test } from "vitest";
import { keyAction } from "../src/staff/player/keys.ts";
import { typeOf } from "../src/staff/player/codecs.ts";
import { Tape } from "../src/staff/player/tape.ts";
import type { TapeFile } from "../src/staff/player/tape.ts";
import { nextSpeed, Transport } from "../src/staff/player/transport.ts";
import { diaryLines, readAgreement, readChecks } from "../src/staff/review/facts.ts";
import { Shelf } from "../src/staff/review/shelf.ts";

const file = (index: number, t0Ms: number, continuity: "whole" | "delta" = "whole"): TapeFile => ({
  index,
  t0Ms,
  t1Ms: t0Ms + 5000,
  continuity,
});
const tape = (...files: TapeFile[]): Tape<TapeFile> => {
  const made = new Tape<TapeFile>();
  made.extend(files);
  return made;
};

describe("a tape", () => {
  const screen = tape(
    file(0, 0),
    file(1, 5000, "delta"),
    file(2, 10_000, "delta"),
    file(3, 60_000),
    file(4, 65_000, "delta"),
  );

  test.each([
    [-1, -1],
    [0, 0],
    [4999, 0],
    [5000, 1],
    [59_000, 2],
    [99_000, 4],
  ])("finds the file of %i ms", (ms, place) => {
    expect(screen.placeAt(ms)).toBe(place);
  });

  test("decodes a delta from its last whole file on", () => {
    expect(screen.run(11_000, 12_000)).toEqual({ first: 0, last: 2 });
    expect(screen.run(66_000, 66_000)).toEqual({ first: 3, last: 4 });
  });

  test("has nothing to decode when it is empty", () => {
    expect(tape().run(0, 1000)).toBeNull();
  });

  test("covers what was recorded, closes seams, and leaves gaps open", () => {
    expect([0, 14_999, 16_000, 17_000, 60_000].map((ms) => screen.covers(ms))).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
    expect(screen.stretches()).toEqual([
      [0, 15_000],
      [60_000, 70_000],
    ]);
  });
});

describe("the transport", () => {
  test("runs at its speed from where it was started", () => {
    const transport = new Transport();
    transport.seek(1000, 0);
    transport.setRate(4, 0);
    transport.play(100);

    expect(transport.at(600)).toBe(3000);
    transport.pause(600);
    expect(transport.at(9999)).toBe(3000);
  });

  test("does not jump when the speed changes while it runs", () => {
    const transport = new Transport();
    transport.play(0);
    transport.setRate(16, 1000);

    expect(transport.at(1000)).toBe(1000);
    expect(transport.at(1100)).toBe(2600);
  });

  test.each([
    [1, 1, 1.5],
    [1, -1, 0.5],
    [16, 1, 16],
    [0.5, -1, 0.5],
  ] as const)("steps from %d× by %d to %d×", (from, step, to) => {
    expect(nextSpeed(from, step)).toBe(to);
  });
});

describe("a key", () => {
  const press = (key: string, changes: object = {}): ReturnType<typeof keyAction> =>
    keyAction({
      key,
      shiftKey: false,
      ctrlKey: false,
      altKey: false,
      metaKey: false,
      target: null,
      ...changes,
    });

  test.each([
    [" ", { do: "toggle" }],
    ["K", { do: "toggle" }],
    ["ArrowLeft", { do: "move", ms: -5000 }],
    ["2", { do: "enlarge", what: "screen" }],
    ["?", { do: "help" }],
    ["x", null],
  ])("%s is understood", (key, action) => {
    expect(press(key)).toEqual(action);
  });

  test("with Shift strides", () => {
    expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "move", ms: 30_000 });
  });

  test("with Ctrl belongs to the browser", () => {
    expect(press("l", { ctrlKey: true })).toBeNull();
  });
});

describe("the type of a file", () => {
  const init = (...parts: (string | number)[]): Uint8Array =>
    new Uint8Array(
      parts.flatMap((part) =>
        typeof part === "number" ? [part] : [...new TextEncoder().encode(part)],
      ),
    );

  test("names VP9 with profile, level and depth, and Opus", () => {
    expect(typeOf(init("moov", "vpcC", 0, 0, 0, 0, 0, 10, 0x82, "dOps"))).toBe(
      'video/mp4; codecs="vp09.00.10.08,opus"',
    );
  });

  test("names AV1 with profile, level, tier and depth", () => {
    expect(typeOf(init("moov", "av1C", 0x81, 0x08, 0x00))).toBe(
      'video/mp4; codecs="av01.0.08M.08"',
    );
    expect(typeOf(init("av1C", 0x81, 0x2d, 0xc0))).toBe('video/mp4; codecs="av01.1.13H.10"');
  });

  test("of sound alone is audio", () => {
    expect(typeOf(init("dOps"))).toBe('audio/mp4; codecs="opus"');
  });

  test("of something else is refused", () => {
    expect(() => typeOf(init("avc1"))).toThrow(RangeError);
  });
});

describe("the shelf", () => {
  test("keeps what was used last and lets the oldest go", () => {
    const shelf = new Shelf(10);
    for (const key of ["a", "b"]) shelf.put(key, new Uint8Array(5));
    shelf.get("a");
    shelf.put("c", new Uint8Array(5));

    expect(["a", "b", "c"].map((key) => shelf.get(key) !== undefined)).toEqual([true, false, true]);
  });
});

describe("what the candidate's side sealed", () => {
  test("is read as text and never as anything else", () => {
    expect(readAgreement([{ typed_name: "Mina Park", text: { toString: "x" } }])).toEqual({
      name: "Mina Park",
      text: "",
    });
    expect(readAgreement([])).toBeNull();
    expect(readChecks([{ camera: { result: "noted", note: "dark" }, disk: 7 }])).toEqual([
      { id: "camera", result: "noted", note: "dark" },
    ]);
  });

  test("is shown by its kind when it is not known", () => {
    expect(diaryLines([{ t: 1200, kind: "share-stopped", source: "screen" }, null, "x"])).toEqual([
      { t: 1200, text: "Share stopped, source screen" },
    ]);
  });
});
