import { describe, expect, test } from "vitest";
import { askPatiently } from "../src/patience.ts";
import { done, refused, Trouble } from "../src/problems.ts";
import type { Outcome, Problem } from "../src/problems.ts";
import { redeemPatiently } from "../src/staff/app/enter.ts";
import type { StaffLaunch } from "../src/staff/wire.ts";
import { FakeWorld, settle } from "./candidate/fake-world.ts";

const crowded = (retry_after_s: number | null, code = "too-many-requests"): Problem => ({
  kind: "server",
  code,
  status: 429,
  detail: "Very many requests come from your network.",
  retry_after_s,
});
const GONE: Problem = {
  kind: "server",
  code: "launch-expired",
  status: 410,
  detail: "",
  retry_after_s: null,
};

/** A door that says these things one after the other; how often it was asked, and how often somebody was told to wait. */
function aDoor(...answers: Outcome<string>[]) {
  const world = new FakeWorld();
  const seen = { asked: 0, waits: 0, outcome: null as Outcome<string> | null };
  const ask = (): Promise<Outcome<string>> => {
    const answer = answers[seen.asked];
    seen.asked += 1;
    return answer === undefined
      ? Promise.reject(new Error("asked too often"))
      : Promise.resolve(answer);
  };
  const onWait = (): void => {
    seen.waits += 1;
  };
  void askPatiently(ask, world, onWait).then((outcome) => {
    seen.outcome = outcome;
  });
  return { world, seen };
}

describe("a launch into a crowd", () => {
  test("is tried again when the server said, not sooner, and says that it waits", async () => {
    const { world, seen } = aDoor(refused(crowded(7)), done("in"));
    await settle();

    await world.pass(6_999);
    expect(seen).toEqual({ asked: 1, waits: 1, outcome: null });
    await world.pass(1_001);
    expect(seen).toEqual({ asked: 2, waits: 1, outcome: done("in") });
  });

  test("waits longer each time where nobody says how long", async () => {
    const proxy = refused(crowded(null, "busy"));
    const { world, seen } = aDoor(proxy, proxy, done("in"));
    await settle();

    await world.pass(1_000);
    expect(seen.asked).toBe(2);
    await world.pass(1_000);
    expect(seen.asked).toBe(2);
    await world.pass(1_000);
    expect(seen.outcome).toEqual(done("in"));
  });

  test("ends with any other refusal", async () => {
    const { world, seen } = aDoor(refused(crowded(1)), refused(GONE));
    await settle();
    await world.pass(2_000);

    expect(seen.outcome).toEqual(refused(GONE));
  });
});

const SIGNED_IN: StaffLaunch = {
  kind: "staff",
  server_time: 0,
  institution: { slug: "demo", name: "Demo University" },
  person: { id: "01jd000000000000000000teacher", name: "Tess" },
  roles: [],
  staff_token: "ist1.x",
  expires: 1,
  exam_id: null,
};

describe("a sign-in of staff into a crowd", () => {
  /** A server that answers `problems` one after the other, then lets in. */
  function aServer(...problems: Problem[]) {
    const world = new FakeWorld();
    let waits = 0;
    const redeem = (): Promise<StaffLaunch> => {
      const problem = problems.shift();
      return problem === undefined
        ? Promise.resolve(SIGNED_IN)
        : Promise.reject(new Trouble(problem));
    };
    const launch = redeemPatiently(redeem, world, () => {
      waits += 1;
    });
    return { world, launch, waits: () => waits };
  }

  test("waits as the server says, and comes in", async () => {
    const { world, launch, waits } = aServer(crowded(3), crowded(2));
    await settle();
    await world.pass(4_000);
    await world.pass(3_000);

    await expect(launch).resolves.toEqual(SIGNED_IN);
    expect(waits()).toBe(2);
  });

  test("ends with any other refusal, without a wait", async () => {
    const { launch, waits } = aServer(GONE);

    await expect(launch).rejects.toEqual(new Trouble(GONE));
    expect(waits()).toBe(0);
  });
});
