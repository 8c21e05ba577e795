import { describe, expect, test } from "vitest";
import { Wrap } from "../../src/candidate/evidence/wrap.ts";
import { attemptCalls } from "../../src/server.ts";

const OURS = new Uint8Array([1, 2, 3]);
const NOTE = { from: 0, leaves: ["AA=="], checkpoint: "note" };

/** A FAKE server that keeps a wrap and takes a leaf 0 only beside ours, as the real one does (wire.md §5). */
class FakeServer {
  wrap: Uint8Array | null = null;
  opened = false;
  /** What it refuses leaf 0 for, whatever wrap it holds. */
  grudge: { code: string; index: number } | null = null;
  heard: string[] = [];

  fetching = (async (url: URL, { body }: RequestInit) => {
    const call = url.pathname.split("/").at(-1) ?? "";
    this.heard.push(call);
    if (call === "wrap") {
      this.wrap = body as Uint8Array;
      return Promise.resolve(Response.json({ new: true }));
    }
    const refusal = this.grudge ?? this.#refusal();
    if (refusal === null) {
      this.opened = true;
      return Promise.resolve(Response.json({ size: 1, receipt: "note" }));
    }
    const headers = { "Content-Type": "application/problem+json" };
    return Promise.resolve(Response.json({ ...refusal, detail: "" }, { status: 422, headers }));
  }) as typeof fetch;

  #refusal(): { code: string; index: number } | null {
    const is_ours = this.wrap !== null && [...this.wrap].join() === [...OURS].join();
    return is_ours ? null : { code: "leaf-refused", index: 0 };
  }
}

function aWrap(server: FakeServer, is_stored: boolean) {
  const calls = attemptCalls("https://a.example", "a", "iat1.secret.mac", server.fetching);
  const remembered: boolean[] = [];
  const wrap = new Wrap({
    put: () => calls.putWrap(OURS),
    remember({ wrap_stored }) {
      remembered.push(wrap_stored);
      return Promise.resolve();
    },
    is_stored,
  });
  const post = async (): Promise<void> => {
    await calls.appendLog(NOTE);
  };
  return { wrap, post, remembered };
}

describe("the wrap at the server", () => {
  test("goes before leaf 0, once", async () => {
    const server = new FakeServer();
    const { wrap, post, remembered } = aWrap(server, false);

    await wrap.before(post);
    await wrap.before(post);

    expect(server.heard).toEqual(["wrap", "log", "log"]);
    expect(remembered).toEqual([true]);
  });

  test("is sent again, and leaf 0 after it, when another device has replaced it", async () => {
    const server = new FakeServer();
    server.wrap = new Uint8Array([9]);
    const { wrap, post } = aWrap(server, true);

    await wrap.before(post);

    expect(server.heard).toEqual(["log", "wrap", "log"]);
    expect(server.opened).toBe(true);
  });

  test("a leaf 0 that is refused beside its own wrap is a refusal", async () => {
    const server = new FakeServer();
    server.grudge = { code: "leaf-refused", index: 0 };
    const { wrap, post } = aWrap(server, true);

    await expect(wrap.before(post)).rejects.toMatchObject({ problem: { code: "leaf-refused" } });
    expect(server.heard).toEqual(["log", "wrap", "log"]);
  });

  test.each([
    { code: "leaf-refused", index: 7 },
    { code: "segment-differs", index: 0 },
  ])("$code at $index has another cause", async (grudge) => {
    const server = new FakeServer();
    server.grudge = grudge;
    const { wrap, post } = aWrap(server, true);

    await expect(wrap.before(post)).rejects.toMatchObject({ problem: grudge });
    expect(server.heard).toEqual(["log"]);
  });
});
