import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/candidate/evidence/engine.ts";
import type { EvidenceNews } from "../../src/candidate/evidence/orders.ts";
import { aFile, aServer, Device, PREAMBLE, steps } from "./a-life.ts";
import type { FakeServer } from "./fake-server.ts";

beforeEach(() => {
  vi.stubGlobal("navigator", { storage: { estimate: () => Promise.resolve({}) } });
});

const isClosed = (news: readonly EvidenceNews[]): boolean =>
  news.some((one) => one.kind === "closed");

function isRefused(news: readonly EvidenceNews[]): boolean {
  const progress = news.findLast((one) => one.kind === "progress");
  return progress?.progress.upload.refused ?? false;
}

/** Three camera files, delivered and under a receipt: leaves 0 to 5, with agreement and checks. */
async function delivered(): Promise<{ server: FakeServer; device: Device; engine: Engine }> {
  const server = await aServer();
  const device = await Device.make(server.fetching);
  const engine = await device.wake();
  await engine.begin({ preamble: PREAMBLE, now_ms: 0 });
  for (const t of [0, 5_000, 10_000]) await engine.seal(aFile(t));
  await engine.delivery.sign();
  await steps(engine, 2);
  expect(server.leaves).toHaveLength(6);
  expect(device.disk.files.size).toBe(0);
  return { server, device, engine };
}

describe("a server that was restored from an older backup", () => {
  test("is brought what its log has lost, where it still has the files", async () => {
    const { server, device, engine } = await delivered();
    const before = server.leaves;
    server.restore(2, () => true);

    await engine.seal(aFile(15_000));
    await engine.end({ now_ms: 20_000 });
    await steps(engine, 6);

    expect(server.leaves.slice(0, 6)).toEqual(before);
    expect(server.leaves).toHaveLength(device.disk.entries.length);
    expect(isClosed(device.news)).toBe(true);
  });

  test("is sent the files again that no receipt had covered", async () => {
    const { server, device, engine } = await delivered();
    server.refusals.set("log", { status: 503, code: "busy" });
    await engine.seal(aFile(15_000));
    await steps(engine, 2);
    server.restore(2, (file) => file !== "camera/3");
    server.refusals.clear();

    await engine.end({ now_ms: 20_000 });
    await steps(engine, 8);

    expect(isClosed(device.news)).toBe(true);
    expect(server.files).toContain("camera/3");
  });

  test("takes the log up to the first file that nobody has any more, and the candidate may remove the rest", async () => {
    const { server, device, engine } = await delivered();
    const before = server.leaves;
    server.restore(2, (file) => file !== "camera/1");

    await engine.seal(aFile(15_000));
    await engine.end({ now_ms: 20_000 });
    await steps(engine, 8);

    expect(server.leaves).toEqual(before.slice(0, 4));
    expect(isRefused(device.news)).toBe(true);
    expect(isClosed(device.news)).toBe(false);
  });

  test("is not believed a size that it never could have", async () => {
    const { server, device, engine } = await delivered();
    server.refusals.set("log", { status: 409, code: "log-behind", size: 600 });

    await engine.end({ now_ms: 20_000 });
    await steps(engine, 2);

    expect(isRefused(device.news)).toBe(true);
  });
});

describe("what no waiting cures", () => {
  test.each([
    ["log", { status: 409, code: "log-forked" }],
    ["log", { status: 422, code: "leaf-refused", index: 3 }],
    ["segments", { status: 409, code: "segment-differs" }],
    ["segments", { status: 401, code: "token-expired" }],
    ["segments", { status: 409, code: "upload-refused" }],
  ])("is said when %s is answered %o, and may be removed", async (call, refusal) => {
    const { server, device, engine } = await delivered();
    server.refusals.set(call, refusal);

    await engine.end({ now_ms: 20_000 });
    await steps(engine, 3);

    expect(isRefused(device.news)).toBe(true);
  });

  test("is a recording that was deleted at the server", async () => {
    const { server, device, engine } = await delivered();
    server.refusals.set("segments", { status: 409, code: "attempt-closed" });
    server.refusals.set("log", { status: 410, code: "recording-deleted" });

    await engine.end({ now_ms: 20_000 });
    await steps(engine, 3);

    expect(isRefused(device.news)).toBe(true);
  });

  test("is a file that this computer has lost, and what came before it is under a receipt", async () => {
    const { server, device, engine } = await delivered();
    device.disk.isLosing = true;

    await engine.seal(aFile(15_000));
    await engine.end({ now_ms: 20_000 });
    await steps(engine, 3);

    expect(isRefused(device.news)).toBe(true);
    expect(server.leaves).toHaveLength(6);
  });

  test("is not a busy server", async () => {
    const { server, device, engine } = await delivered();
    server.refusals.set("log", { status: 503, code: "busy" });

    await engine.end({ now_ms: 20_000 });
    await steps(engine, 3);

    expect(isRefused(device.news)).toBe(false);
  });
});
