import { beforeAll, describe, expect, test, vi } from "vitest";
import { recipientOf } from "../src/age.ts";
import { sealAttemptSecret } from "../src/attempt-secret.ts";
import { openUnverified } from "../src/glimpse.ts";
import { formatLeaf, type Leaf } from "../src/leaves.ts";
import { makeScopeKey, openScopeKey, ScopeKey, wrapScopeKey } from "../src/scope-key.ts";
import { type Bytes, decodeText, encodeText, sha256 } from "../src/text.ts";
import type { TrustedLog } from "../src/keylog.ts";
import { trustScope, type TrustedScope } from "../src/trust.ts";
import { AttemptVerifier } from "../src/verify.ts";
import { keyringPublicKeys } from "../src/keyring.ts";
import { type Institution, makeInstitution, replay } from "../vectors/institution.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS, OTHER_ATTEMPT } from "../vectors/seeds.ts";
import { checkpointOver, plaintextOf, rawLeaves, type Sitting, sit } from "../vectors/sitting.ts";
import { kindOf } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

let institution: Institution;
let log: TrustedLog;
let sitting: Sitting;

beforeAll(async () => {
  institution = await makeInstitution();
  log = await replay(institution);
  sitting = await sit(institution);
});

function verifierOf(wrap = sitting.wrap): AttemptVerifier {
  const { scopeEpoch, staffKey } = institution;
  return new AttemptVerifier({
    attempt: ATTEMPT,
    log,
    certificate: { scopeEpoch, staffKey },
    wrap,
  });
}

function checkpoint(leaves: readonly Bytes[]): Promise<string> {
  return checkpointOver(leaves, { signer: sitting.signer, server: institution.cast.server });
}

function scopeKey(scope: TrustedScope | null, identity = institution.cast.scopeIdentity): ScopeKey {
  if (scope === null) throw new Error("The opening is not trusted.");
  return new ScopeKey(scope, identity);
}

function file(stream: string, index: number): Bytes {
  return sitting.segments.get(`${stream}-${index}`) ?? new Uint8Array();
}

async function wholeVerifier(): Promise<AttemptVerifier> {
  const verifier = verifierOf();
  const raw = rawLeaves(sitting);
  await verifier.addLeaves(raw);
  await verifier.addCheckpoint(await checkpoint(raw));
  await verifier.unlock(scopeKey(verifier.scope));
  return verifier;
}

describe("a live verification", () => {
  test("moves its mark with each checkpoint and ends complete", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];
    const marks: [number, number, string][] = [];
    for (let size = 1; size <= raw.length; size += 1) {
      expect(await verifier.addLeaves(raw.slice(size - 1, size))).toEqual([]);
      if (size % 3 === 0 || size === raw.length) {
        expect(await verifier.addCheckpoint(await checkpoint(raw.slice(0, size)))).toEqual([]);
      }
      const { checkedCount, checkedUpToMs, verdict } = verifier.report(false);
      marks.push([checkedCount, checkedUpToMs, verdict]);
    }

    expect(marks).toEqual([
      [0, 0, "open"],
      [0, 0, "open"],
      [3, 5000, "open"],
      [3, 5000, "open"],
      [3, 5000, "open"],
      [6, 10_000, "open"],
      [6, 10_000, "open"],
      [6, 10_000, "open"],
      [9, 21_000, "open"],
      [10, 21_500, "complete"],
    ]);
    expect(verifier.report(true)).toMatchObject({
      closedMs: 21_500,
      leafCount: 10,
      filesTotal: 7,
      filesChecked: 0,
    });
  });

  test("lets a checkpoint wait for its leaves, and does not fall back for an older one", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];

    await verifier.addCheckpoint(await checkpoint(raw.slice(0, 4)));
    expect(verifier.report(false)).toMatchObject({ verdict: "open", checkedCount: 0 });
    expect(verifier.report(true).problems).toMatchObject([{ kind: "truncated" }]);
    expect(verifier.report(false, true).problems).toMatchObject([{ kind: "truncated" }]);
    await verifier.addLeaves(raw.slice(0, 5));
    expect(verifier.report(false, true)).toMatchObject({ verdict: "open", problems: [] });
    expect(verifier.report(false).checkedCount).toBe(4);
    await verifier.addCheckpoint(await checkpoint(raw.slice(0, 2)));
    expect(verifier.report(false).checkedCount).toBe(4);
    expect(verifier.report(true)).toMatchObject({
      verdict: "damaged",
      problems: [{ kind: "forked" }],
    });
  });

  test("takes overlapping calls in their order", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];

    await Promise.all([
      ...raw.map((leaf) => verifier.addLeaves([leaf])),
      verifier.addCheckpoint(await checkpoint(raw)),
    ]);

    expect(verifier.report(true)).toMatchObject({ verdict: "complete", problems: [] });
  });

  test("answers each problem once, with the call that brought it", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];
    await verifier.addLeaves(raw.slice(0, 2));

    const brought = await verifier.addLeaves(raw.slice(1, 2));
    const again = await verifier.addLeaves(raw.slice(1, 2));

    expect(brought).toMatchObject([{ kind: "replayed", stream: "camera", index: 0 }]);
    expect(again).toEqual([]);
    expect(verifier.report(false)).toMatchObject({ verdict: "damaged", problems: brought });
  });

  test("of nothing at all is open, and open-ended when it is over", () => {
    expect(verifierOf().report(false).verdict).toBe("open");
    expect(verifierOf().report(true)).toMatchObject({ verdict: "open-ended", problems: [] });
  });
});

describe("a reader", () => {
  test("sees opening, segments and gaps", async () => {
    const verifier = await wholeVerifier();

    expect(verifier.opening).toMatchObject({ attempt: ATTEMPT, scope: EXAM_SCOPE, epoch: 1 });
    expect(verifier.segments.map(({ stream, index }) => `${stream}-${index}`)).toEqual([
      ...sitting.segments.keys(),
    ]);
    expect(verifier.gaps).toMatchObject([
      { cause: "share-stopped", fromMs: 15_000, toMs: 21_000, leafIndex: 7 },
    ]);
    expect(verifier.find("camera", 1)).toMatchObject({ t0Ms: 5000, state: "unchecked" });
    expect(verifier.find("camera", 9)).toBeUndefined();
    expect(verifier.scope?.signer.person).toBe("01jd0000000000000000teachr");
  });

  test("opens each file once it is checked", async () => {
    const verifier = await wholeVerifier();

    for (const { stream, index } of verifier.segments) {
      expect(await verifier.openFile(stream, index, file(stream, index))).toEqual(
        plaintextOf(stream, index),
      );
    }

    expect(verifier.report(true)).toMatchObject({ verdict: "complete", filesChecked: 7 });
  });

  test("gets nothing of a file whose hash is another, not even a wrong key", async () => {
    const verifier = await wholeVerifier();

    expect(await kindOf(() => verifier.openFile("camera", 0, file("camera", 1)))).toBe("tampered");
    expect(await kindOf(() => verifier.openFile("camera", 1, new Uint8Array(8_388_609)))).toBe(
      "malformed",
    );
    expect(verifier.find("camera", 0)?.state).toBe("tampered");
    expect(verifier.report(true).problems).toMatchObject([
      { kind: "tampered", stream: "camera", index: 0 },
      { kind: "malformed", stream: "camera", index: 1 },
    ]);
  });

  test("gets nothing of a leaf that no checkpoint covers", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];
    await verifier.addLeaves(raw);
    await verifier.addCheckpoint(await checkpoint(raw.slice(0, 2)));
    await verifier.unlock(scopeKey(verifier.scope));

    expect(await verifier.openFile("camera", 0, file("camera", 0))).toEqual(
      plaintextOf("camera", 0),
    );
    expect(await kindOf(() => verifier.openFile("screen", 0, file("screen", 0)))).toBe("forged");
    expect(verifier.report(false).verdict).toBe("open");
  });

  test("gets nothing before unlocking, and nothing that has no leaf", async () => {
    const [verifier, raw] = [verifierOf(), rawLeaves(sitting)];
    await verifier.addLeaves(raw);
    await verifier.addCheckpoint(await checkpoint(raw));

    await expect(verifier.openFile("camera", 0, file("camera", 0))).rejects.toThrow(TypeError);
    await expect(verifier.identities()).rejects.toThrow(TypeError);
    await expect(verifier.checkFile("camera", 3, file("camera", 0))).rejects.toThrow(RangeError);
    expect(() => verifier.markMissing("camera", 3)).toThrow(RangeError);
    expect(await kindOf(() => verifierOf().unlock(scopeKey(verifier.scope)))).toBe("untrusted");
  });

  test("checks files without any key", async () => {
    const verifier = verifierOf();
    await verifier.addLeaves(rawLeaves(sitting));

    await verifier.checkFile("camera", 0, file("camera", 0));
    expect(await kindOf(() => verifier.checkFile("camera", 1, file("camera", 2)))).toBe("tampered");
    verifier.markMissing("camera", 2);

    const states = verifier.segments
      .filter((one) => one.stream === "camera")
      .map((one) => one.state);
    expect(states).toEqual(["checked", "tampered", "missing"]);
  });

  test("writes the identities of all files for an export", async () => {
    const text = await (await wholeVerifier()).identities();

    const listed = text.split("\n");
    expect(listed[0]).toMatch(/^# stream camera [A-Za-z0-9+/]{43}=$/);
    expect(listed[1]).toBe("# camera-0");
    expect(listed.filter((line) => line.startsWith("AGE-SECRET-KEY-1"))).toHaveLength(7);
    expect(
      listed.filter((line) => line.startsWith("# stream")).map((line) => line.split(" ")[2]),
    ).toEqual(["camera", "events", "screen", "summary"]);
  });
});

describe("attempt.age", () => {
  async function verifierWith(wrap: Bytes): Promise<AttemptVerifier> {
    const [open, ...rest] = sitting.leaves as [Leaf & { kind: "open" }, ...Leaf[]];
    const raw = [{ ...open, wrapHash: await sha256(wrap) }, ...rest].map(formatLeaf);
    const verifier = verifierOf(wrap);
    await verifier.addLeaves(raw);
    await verifier.addCheckpoint(await checkpoint(raw));
    return verifier;
  }

  async function wrapWith(change: object, recipient?: string): Promise<Bytes> {
    const held = {
      institution: INSTITUTION,
      attempt: ATTEMPT,
      scope: EXAM_SCOPE,
      epoch: 1,
      secret: sitting.secret,
    };
    return sealAttemptSecret(
      { ...held, ...change },
      recipient ?? (await recipientOf(institution.cast.scopeIdentity)),
    );
  }

  test("that names the attempt unlocks it", async () => {
    const verifier = await verifierWith(await wrapWith({}));

    await verifier.unlock(scopeKey(verifier.scope));

    expect(verifier.report(true).verdict).toBe("complete");
  });

  test.each([
    ["another attempt", { attempt: OTHER_ATTEMPT }],
    ["another scope", { scope: "exam/01jd00000000000000000other" }],
    ["another epoch", { epoch: 2 }],
    ["another institution", { institution: "south-college" }],
  ])("that names %s is replayed", async (_, change) => {
    const verifier = await verifierWith(await wrapWith(change));

    expect(await kindOf(() => verifier.unlock(scopeKey(verifier.scope)))).toBe("replayed");
    expect(verifier.report(true).problems).toMatchObject([{ kind: "replayed" }]);
  });

  test("to another recipient is a wrong key", async () => {
    const { recipient } = await makeScopeKey(INSTITUTION, EXAM_SCOPE, 1);
    const verifier = await verifierWith(await wrapWith({}, recipient));

    expect(await kindOf(() => verifier.unlock(scopeKey(verifier.scope)))).toBe("wrong-key");
  });

  test("has the cap of a wrap, though the opening names it", async () => {
    const [largest, larger] = [65_536, 65_537].map((length) => new Uint8Array(length));

    const within = await verifierWith(largest ?? new Uint8Array());
    expect(within.report(false).problems).toEqual([]);
    const beyond = await verifierWith(larger ?? new Uint8Array());
    expect(beyond.report(false).problems).toMatchObject([{ kind: "malformed" }]);
  });

  test("that is not the file of the opening is not opened at all", async () => {
    const verifier = verifierOf(await wrapWith({}));
    await verifier.addLeaves(rawLeaves(sitting));

    expect(verifier.report(false).problems).toMatchObject([{ kind: "tampered" }]);
    expect(await kindOf(() => verifier.unlock(scopeKey(verifier.scope)))).toBe("tampered");
  });
});

describe("a scope key", () => {
  test("opens for the reader it was wrapped for, and is compared with its certificate", async () => {
    const verifier = await wholeVerifier();
    const { scope } = verifier;
    if (scope === null) throw new Error("The opening is not trusted.");
    const { teacher, admin, scopeIdentity } = institution.cast;
    const { recipient } = await keyringPublicKeys(teacher);
    const genuine = {
      institution: INSTITUTION,
      scope: EXAM_SCOPE,
      epoch: 1,
      identity: scopeIdentity,
      recipient: scope.recipient,
    };
    const other = await makeScopeKey(INSTITUTION, EXAM_SCOPE, 1);
    const open = async (key: typeof genuine, by = teacher) =>
      openScopeKey(await wrapScopeKey(key, recipient), by, scope);

    expect((await open(genuine)).recipient).toBe(scope.recipient);
    expect(await kindOf(() => open(genuine, admin))).toBe("wrong-key");
    expect(await kindOf(() => open(other))).toBe("wrong-recipient");
    expect(await kindOf(() => open({ ...genuine, epoch: 2 }))).toBe("wrong-recipient");
    expect(
      await kindOf(() => open({ ...genuine, scope: "course/01jd000000000000000000exam" })),
    ).toBe("wrong-recipient");
  });

  test("that is not the certified one unlocks nothing", async () => {
    const { recipient, identity } = await makeScopeKey(INSTITUTION, EXAM_SCOPE, 1);
    const elsewhere = await makeInstitution({ scopeEpoch: { recipient } });
    const certificate = { scopeEpoch: elsewhere.scopeEpoch, staffKey: elsewhere.staffKey };
    const scope = await trustScope({
      log: await replay(elsewhere),
      scope: EXAM_SCOPE,
      certificate,
      atMs: OPENED_MS,
    });
    const verifier = await wholeVerifier();

    expect(await kindOf(() => verifier.unlock(new ScopeKey(scope, identity)))).toBe(
      "wrong-recipient",
    );
  });
});

describe("a glimpse", () => {
  test("opens one file of an attempt that nobody verified", async () => {
    const key = scopeKey((await wholeVerifier()).scope);
    const glimpse = {
      key,
      attempt: ATTEMPT,
      wrap: sitting.wrap,
      stream: "summary",
      index: 0,
      file: file("summary", 0),
    };

    expect(decodeText(await openUnverified(glimpse))).toBe(decodeText(plaintextOf("summary", 0)));
    expect(await kindOf(() => openUnverified({ ...glimpse, index: 1 }))).toBe("wrong-key");
    expect(await kindOf(() => openUnverified({ ...glimpse, attempt: OTHER_ATTEMPT }))).toBe(
      "replayed",
    );
    expect(await kindOf(() => openUnverified({ ...glimpse, file: encodeText("x") }))).toBe(
      "malformed",
    );
  });
});
