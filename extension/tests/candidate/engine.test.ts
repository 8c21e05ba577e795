import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/candidate/evidence/engine.ts";
import type { EvidenceNews } from "../../src/candidate/evidence/orders.ts";
import { aFile, aServer, Device, PREAMBLE } from "./a-life.ts";

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

/** Two seconds each, without waiting for them; uploads that are under way arrive in between. */
async function steps(engine: Engine, count: number): Promise<void> {
  for (let step = 0; step < count; step += 1) {
    await engine.step();
    await new Promise((later) => setTimeout(later, 10));
  }
}
