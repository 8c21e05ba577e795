import { beforeEach, describe, expect, test, vi } from "vitest";
import type { EvidenceNews } from "../../src/candidate/evidence/orders.ts";
import { aFile, aServer, Device, PREAMBLE, steps } from "./a-life.ts";

beforeEach(() => {
  vi.stubGlobal("navigator", { storage: { estimate: () => Promise.resolve({}) } });
});

const receipts = (news: readonly EvidenceNews[]): EvidenceNews[] =>
  news.filter((one) => one.kind === "closed");

describe("an attempt in several lives", () => {
  test("declares what a browser that died before its first file did not keep", async () => {
    const device = await Device.make();
    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 400 });

    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 25_000 });
    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 30_000 });

    expect(device.gaps).toEqual(["400 25000 crash", "25000 30000 crash"]);
  });

  test("declares nothing for the time before the first recording began", async () => {
    const device = await Device.make();
    await device.wake();

    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 60_000 });

    expect(device.gaps).toEqual([]);
  });

  test("declares what is missing after its last file, to the end where nobody went on", async () => {
    const device = await Device.make();
    const first = await device.wake();
    await first.begin({ preamble: PREAMBLE, now_ms: 100 });
    await first.seal(aFile(500));

    await (await device.wake()).end({ now_ms: 90_000 });

    expect(device.gaps).toEqual(["5500 90000 crash"]);
  });
});

const FULL = new DOMException("full", "QuotaExceededError");

describe("the summary, by which the list of attempts calls one worth a look", () => {
  test("counts the gaps and the events of all lives, and every cause of a gap", async () => {
    const device = await Device.make();
    const first = await device.wake();
    await first.begin({ preamble: PREAMBLE, now_ms: 100 });
    await first.lose({ source: "screen", from_ms: 2_000, cause: "share-stopped" });
    await first.find({ source: "screen", now_ms: 4_000 });
    device.disk.failure = FULL;
    await first.seal(aFile(5_000));
    device.disk.failure = null;
    await first.seal(aFile(10_000));
    for (let step = 0; step < 5; step += 1) await first.step();

    const second = await device.wake();
    await second.begin({ preamble: PREAMBLE, now_ms: 60_000 });
    await second.end({ now_ms: 70_000 });

    expect(device.gaps).toEqual([
      "2000 4000 share-stopped",
      "5000 10000 disk-full",
      "15000 60000 crash",
    ]);
    expect(await device.summary()).toMatchObject({
      gaps: 3,
      events: { "share-stopped": 1, restored: 1, "disk-full": 1, gap: 1 },
      is_final: true,
    });
  });

  test("counts a gap that is not over", async () => {
    const device = await Device.make();
    const engine = await device.wake();
    await engine.begin({ preamble: PREAMBLE, now_ms: 100 });
    await engine.lose({ source: "camera", from_ms: 2_000, cause: "device-lost" });

    for (let step = 0; step < 30; step += 1) await engine.step();

    expect(await device.summary()).toMatchObject({ gaps: 1, is_final: false });
  });

  test("keeps the signature and what was noted, though nobody goes on after a crash", async () => {
    const device = await Device.make();
    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 100 });

    await (await device.wake()).end({ now_ms: 30_000 });

    expect(await device.summary()).toMatchObject({ signed: true, noted: ["disk"], gaps: 1 });
  });

  test("keeps what was noted, though the record that knew it is lost", async () => {
    const device = await Device.make();
    await (await device.wake()).begin({ preamble: PREAMBLE, now_ms: 100 });
    const forgotten = { agreement: null, checks: {}, noted: ["camera"] };

    const engine = await device.wake();
    await engine.begin({ preamble: forgotten, now_ms: 30_000 });
    await engine.end({ now_ms: 40_000 });

    expect(await device.summary()).toMatchObject({ signed: true, noted: ["disk", "camera"] });
  });
});

describe("a file that is not kept", () => {
  test.each([
    ["a full disk", FULL, "disk-full"],
    ["a disk that fails", new DOMException("gone", "InvalidStateError"), "crash"],
    ["whatever else", new TypeError("a defect"), "crash"],
  ])("is a gap for %s, and what builds on it is left out", async (_, failure, cause) => {
    const device = await Device.make();
    const engine = await device.wake();
    await engine.begin({ preamble: PREAMBLE, now_ms: 0 });
    expect(await engine.seal(aFile(0))).toBe(true);
    device.disk.failure = failure;

    expect(await engine.seal(aFile(5_000, "delta"))).toBe(false);
    device.disk.failure = null;
    expect(await engine.seal(aFile(10_000, "delta"))).toBe(false);
    expect(await engine.seal(aFile(15_000))).toBe(true);

    expect(device.gaps).toEqual([`5000 15000 ${cause}`]);
    expect(device.errors).toEqual(failure === FULL ? [] : [failure]);
  });

  test("is a gap to the end, though nothing was kept after it", async () => {
    const device = await Device.make();
    const engine = await device.wake();
    await engine.begin({ preamble: PREAMBLE, now_ms: 0 });

    await engine.miss({ stream: "screen", from_ms: 5_000.5, cause: "crash" });
    await engine.end({ now_ms: 9_000 });

    expect(device.gaps).toEqual(["5000 9000 crash"]);
  });
});

describe("a computer that slept", () => {
  test("leaves a gap, and the attempt's clock goes on behind it", async () => {
    const device = await Device.make();
    const engine = await device.wake();
    await engine.begin({ preamble: PREAMBLE, now_ms: 0 });
    await engine.seal(aFile(0));

    await engine.pause({ from_ms: 5_200.4, to_ms: 3_605_200.4 });
    await steps(engine, 5);
    await engine.seal(aFile(3_605_300));
    await (await device.wake()).end({ now_ms: 3_620_000 });

    expect(device.gaps).toEqual(["5200 3605200 paused", "3610300 3620000 crash"]);
    const events = device.disk.entries.find(
      (entry) => entry.kind === "segment" && entry.stream === "events",
    );
    const [, , , , times] = new TextDecoder().decode(events?.leaf).split("\n");
    expect(Number(times?.split(" ")[1])).toBeGreaterThanOrEqual(3_605_200);
  });
});

describe("the last receipt", () => {
  test("is told until somebody has kept it, by the next life too, and nothing is destroyed before", async () => {
    const device = await Device.make((await aServer()).fetching);
    const first = await device.wake();
    await first.begin({ preamble: PREAMBLE, now_ms: 100 });
    await first.seal(aFile(500));
    await first.end({ now_ms: 6_000 });
    await steps(first, 12);
    const told = receipts(device.news).length;

    await steps(await device.wake(), 1);

    expect(told).toBeGreaterThan(1);
    const all = receipts(device.news);
    expect(all).toHaveLength(told + 1);
    expect(all.at(-1)).toEqual(all[0]);
    expect(all[0]).toMatchObject({ receipt: { complete: true, counts: { camera: 1 } } });
    expect(device.disk.entries).toHaveLength(7);
  });
});
