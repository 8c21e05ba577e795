import { describe, expect, test } from "vitest";
import { attemptClock, TrackClock } from "../../src/candidate/capture/clock.ts";
import { Cutter } from "../../src/candidate/capture/cutter.ts";
import type { Cut } from "../../src/candidate/capture/cutter.ts";
import { rowsDiffer } from "../../src/candidate/capture/difference.ts";
import { declareNoRandomAccess } from "../../src/candidate/capture/moof.ts";
import { Pace } from "../../src/candidate/capture/pace.ts";
import { beginsScreenGroup } from "../../src/candidate/capture/plans.ts";

const VIDEO = { kind: "video", config: { codec: "vp09.00.10.08" } } as const;
const AUDIO = {
  kind: "audio",
  config: { codec: "opus", sampleRate: 48_000, numberOfChannels: 1 },
} as const;
const packet = (t_ms: number, is_key = true) => ({
  t_us: t_ms * 1_000,
  is_key,
  bytes: new Uint8Array(1),
});

function aCutter(...kinds: ("video" | "audio")[]): { cutter: Cutter; cuts: Cut[] } {
  const cuts: Cut[] = [];
  const cutter = new Cutter(kinds, 5_000, (cut) => cuts.push(cut));
  cutter.configure(VIDEO);
  cutter.configure(AUDIO);
  return { cutter, cuts };
}

describe("cutting", () => {
  test("gives out a cell when every line is beyond it, ending where the next one begins", () => {
    const { cutter, cuts } = aCutter("video", "audio");
    for (const t of [0, 2_500, 5_100]) cutter.add("video", packet(t));
    expect(cuts).toEqual([]);
    for (const t of [0, 3_000, 5_040]) cutter.add("audio", packet(t));

    expect(cuts).toHaveLength(1);
    expect(cuts[0]?.tracks.map((track) => [track.kind, track.ends_us])).toEqual([
      ["video", 5_100_000],
      ["audio", 5_040_000],
    ]);
    expect([cuts[0]?.t0_us, cuts[0]?.t1_us]).toEqual([0, 5_100_000]);
  });

  test("loses and repeats no packet, whatever the packets' times", () => {
    const { cutter, cuts } = aCutter("video");
    const times = [100, 4_999, 5_000, 9_000, 21_000, 21_500];
    for (const t of times) cutter.add("video", packet(t));
    cutter.flush(22_000);

    const out = cuts.flatMap((cut) => cut.tracks.flatMap((track) => track.packets));
    expect(out.map((one) => one.t_us / 1_000)).toEqual(times);
    const borders = cuts.map((cut) => [cut.t0_us, cut.t1_us]);
    for (const [at, border] of borders.slice(1).entries()) expect(border[0]).toBe(borders[at]?.[1]);
    expect(cuts.at(-1)?.t1_us).toBe(22_000_000);
  });

  test("leaves out sound that came before the first picture, so that all files have the same tracks", () => {
    const { cutter, cuts } = aCutter("video", "audio");
    for (const t of [4_900, 4_960, 5_020, 5_080]) cutter.add("audio", packet(t));
    cutter.add("video", packet(5_050));
    cutter.add("audio", packet(10_001));
    cutter.add("video", packet(10_001));

    expect(cuts).toHaveLength(1);
    expect(cuts[0]?.tracks.map((track) => track.packets.length)).toEqual([1, 1]);
  });

  test("says of a file that begins with a dependent picture that it needs its predecessors", () => {
    const { cutter, cuts } = aCutter("video");
    cutter.add("video", packet(0));
    cutter.add("video", packet(5_000, false));
    cutter.flush(6_000);

    expect(cuts.map((cut) => cut.continuity)).toEqual(["whole", "delta"]);
  });
});

describe("clocks", () => {
  test("an attempt's clock never goes back behind what was reached", () => {
    const opened_ms = performance.timeOrigin + performance.now() - 1_000;

    expect(attemptClock(opened_ms).nowMs()).toBeLessThan(60_000);
    expect(attemptClock(opened_ms, 60_000).nowMs()).toBeGreaterThanOrEqual(60_000);
  });

  test("two tracks of different origin come to the same time, by their least delayed packet", () => {
    const [camera, sound] = [new TrackClock(), new TrackClock()];
    for (let t = 0; t < 2_000; t += 100) {
      camera.at((t + 7_000) * 1_000, t + (t % 300 === 0 ? 5 : 180));
      sound.at((t + 900) * 1_000, t + 10);
    }

    const difference = camera.at(9_000_000, 2_180) - sound.at(2_900_000, 2_010);

    expect(Math.abs(difference)).toBeLessThan(10);
  });

  test("follows a sound card that is slower than the computer", () => {
    const clock = new TrackClock();
    const three_hours = 3 * 3_600_000;
    let heard = 0;
    for (let t = 0; t <= three_hours; t += 1_000) heard = clock.at(t * (1 - 100e-6) * 1_000, t);

    expect(Math.abs(heard - three_hours)).toBeLessThan(20);
  });
});

describe("the screen's economy", () => {
  test("a purse lets changes through until it is empty and again when it has filled", () => {
    const pace = new Pace({ bytes_per_s: 1_000, purse_bytes: 5_000 });
    pace.spend(6_000);

    expect(pace.allows(0)).toBe(false);
    expect(pace.allows(900)).toBe(false);
    expect(pace.allows(1_100)).toBe(true);
  });

  test.each([
    [
      "a screen of heavy changes after ten seconds",
      { t_ms: 10_000, changes: 10, changed_bytes: 30_000 },
      true,
    ],
    ["one of heavy changes not before", { t_ms: 5_000, changes: 10, changed_bytes: 90_000 }, false],
    ["one of a few heavy changes not", { t_ms: 10_000, changes: 9, changed_bytes: 500_000 }, false],
    ["one of light changes not yet", { t_ms: 10_000, changes: 20, changed_bytes: 29_999 }, false],
    [
      "a busy screen after half a minute",
      { t_ms: 30_000, changes: 40, changed_bytes: 9_000 },
      true,
    ],
    ["a usual one not yet", { t_ms: 30_000, changes: 20, changed_bytes: 9_000 }, false],
    ["a usual one after a minute", { t_ms: 60_000, changes: 20, changed_bytes: 9_000 }, true],
    ["a calm one not yet", { t_ms: 60_000, changes: 3, changed_bytes: 900 }, false],
    ["a calm one after two", { t_ms: 120_000, changes: 3, changed_bytes: 900 }, true],
  ])("%s begins a new group", (_, so_far, expected) => {
    const place = { ...so_far, opens_cell: true, last_key_ms: 0 };

    expect(beginsScreenGroup(place)).toBe(expected);
    expect(beginsScreenGroup({ ...place, opens_cell: false })).toBe(false);
  });

  test("one changed pixel in a compared row is a change, the padding beyond the plane is none", () => {
    const plane = { offset: 8, stride: 16 };
    const [a, b] = [new Uint8Array(80), new Uint8Array(80)];
    b[79] = 1;
    expect(rowsDiffer(a, b, plane, 4)).toBe(false);

    b[8 + 2 * 16 + 5] = 1;

    expect(rowsDiffer(a, b, plane, 4)).toBe(true);
  });
});

describe("a delta file's first sample", () => {
  const box = (type: string, body: number[]): number[] => {
    const size = body.length + 8;
    return [0, 0, size >> 8, size & 255, ...new TextEncoder().encode(type), ...body];
  };
  const u32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const moof = (tfhd: number[], trun: number[]): Uint8Array =>
    new Uint8Array(box("moof", box("traf", [...box("tfhd", tfhd), ...box("trun", trun)])));

  test("loses its random access where the run has flags of its own for it", () => {
    const bytes = moof(
      [...u32(0x20), ...u32(1), ...u32(0x0101_0000)],
      [...u32(0x5), ...u32(2), ...u32(0), ...u32(0x0200_0000)],
    );

    declareNoRandomAccess(bytes);

    expect([...bytes.slice(-4)]).toEqual(u32(0x0101_0000));
  });

  test("loses its random access where it is the only one", () => {
    const bytes = moof(
      [...u32(0x20), ...u32(1), ...u32(0x0200_0000)],
      [...u32(0x1), ...u32(1), ...u32(0)],
    );

    declareNoRandomAccess(bytes);

    expect([...bytes.slice(32, 36)]).toEqual(u32(0x0101_0000));
  });

  test("is not guessed at in a box of another shape", () => {
    expect(() => {
      declareNoRandomAccess(new Uint8Array(box("moof", [])));
    }).toThrow(RangeError);
  });
});
