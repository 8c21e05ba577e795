import { describe, expect, test } from "vitest";
import { delayAfter } from "../../src/backoff.ts";
import { Queue, verdictOn } from "../../src/candidate/evidence/queue.ts";
import { Trouble } from "../../src/problems.ts";
import type { Problem } from "../../src/problems.ts";
import { FakeWorld, settle } from "./fake-world.ts";

const OFFLINE: Problem = { kind: "offline" };
const busy = (retry_after_s: number | null): Problem => ({
  kind: "server",
  code: "busy",
  status: 503,
  detail: "",
  retry_after_s,
});

/** A line to a server that a test opens and closes. */
class Line {
  problem: Problem | null = null;
  sent: number[] = [];
  tries = 0;
  open = 0;
  most_open = 0;
  hold: Promise<void> | null = null;

  send = async (item: number): Promise<void> => {
    this.tries += 1;
    this.open += 1;
    this.most_open = Math.max(this.most_open, this.open);
    await (this.hold ?? Promise.resolve());
    this.open -= 1;
    if (this.problem !== null) throw new Trouble(this.problem);
    this.sent.push(item);
  };
}

function aQueue(line: Line, world: FakeWorld, count: number): Queue<number> {
  const queue = new Queue(line.send, world);
  for (let item = 0; item < count; item += 1) queue.add(item);
  return queue;
}

describe("the upload queue", () => {
  test("sends at most three at once and everything in the end", async () => {
    const line = new Line();
    let release = (): void => undefined;
    line.hold = new Promise((resolve) => {
      release = resolve;
    });
    const queue = aQueue(line, new FakeWorld(), 8);

    await settle();
    expect(line.open).toBe(3);
    release();
    await settle();

    expect(line.sent.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(line.most_open).toBe(3);
    expect(queue.length).toBe(0);
  });

  test("keeps what could not be sent, waits longer each time, and sends it when the line is back", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = OFFLINE;
    const queue = aQueue(line, world, 5);
    await settle();
    expect(queue.news.is).toBe("offline");
    const first_wait = (queue.news.next_try_at ?? 0) - world.nowMs();

    await world.pass(first_wait);
    const second_wait = (queue.news.next_try_at ?? 0) - world.nowMs();
    expect(second_wait).toBeGreaterThan(first_wait);
    line.problem = null;
    await world.pass(second_wait);

    expect(line.sent.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(queue.news).toEqual({ is: "idle", next_try_at: null, problem: null });
  });

  test("goes on by itself when an upload took too long", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = { ...busy(null), code: "upload-too-slow", status: 408 } as Problem;
    const queue = aQueue(line, world, 2);
    await settle();
    const news = queue.news;
    line.problem = null;

    await world.pass(2_000);

    expect(news.is).toBe("waiting");
    expect(line.sent.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  test("feels the way with one item after a failure", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = OFFLINE;
    aQueue(line, world, 6);
    await settle();
    const before = line.tries;

    await world.pass(60_000);

    expect(line.tries - before).toBe(1);
  });

  test("comes back no sooner than the server asks", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = busy(30);
    aQueue(line, world, 1);
    await settle();
    line.problem = null;

    await world.pass(29_000);
    expect(line.sent).toEqual([]);
    await world.pass(2_000);

    expect(line.sent).toEqual([0]);
  });

  test("stops at a refusal that waiting cannot cure", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = { ...busy(null), code: "token-expired", status: 401 } as Problem;
    const queue = aQueue(line, world, 2);
    await settle();
    expect(queue.news.is).toBe("stopped");
    const tries = line.tries;

    await world.pass(600_000);

    expect(line.tries).toBe(tries);
    expect(queue.length).toBe(2);
  });

  test("does not wait any longer once the network is back", async () => {
    const [line, world] = [new Line(), new FakeWorld()];
    line.problem = OFFLINE;
    const queue = aQueue(line, world, 1);
    await settle();
    line.problem = null;

    queue.wake();
    await settle();

    expect(line.sent).toEqual([0]);
  });
});

describe("waiting", () => {
  test("doubles up to a minute, with jitter over the upper half", () => {
    const longest = [1, 2, 3, 7, 50].map((failures) => delayAfter(failures, () => 1));
    const shortest = [1, 2, 3, 7, 50].map((failures) => delayAfter(failures, () => 0));

    expect(longest).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
    expect(shortest).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  });

  test.each([
    [OFFLINE, "retry"],
    [{ kind: "bad-answer", status: 200 }, "retry"],
    [busy(null), "retry"],
    [{ ...busy(null), code: "quota", status: 429 }, "retry"],
    [{ ...busy(null), code: "upload-too-slow", status: 408 }, "retry"],
    [{ ...busy(null), code: "too-early", status: 425 }, "retry"],
    [{ ...busy(null), code: "digest-mismatch", status: 400 }, "retry"],
    [{ ...busy(null), code: "upload-too-slow", status: 408 }, "retry"],
    [{ ...busy(null), code: "segment-differs", status: 409 }, "stop"],
    [{ ...busy(null), code: "token-invalid", status: 401 }, "stop"],
    [{ ...busy(null), code: "role-needed", status: 403 }, "stop"],
    [{ ...busy(null), code: "not-found", status: 404 }, "stop"],
    [{ ...busy(null), code: "recording-deleted", status: 410 }, "stop"],
    [{ ...busy(null), code: "log-forked", status: 409 }, "stop"],
    [{ ...busy(null), code: "checkpoint-refused", status: 422 }, "stop"],
    [{ kind: "local", code: "secrets-lost" }, "stop"],
    [{ kind: "local", code: "defect" }, "retry"],
  ] as [Problem, string][])("%o: %s", (problem, verdict) => {
    expect(verdictOn(problem)).toBe(verdict);
  });
});
