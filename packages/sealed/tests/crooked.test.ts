import { beforeAll, describe, expect, test, vi } from "vitest";
import { recipientOf, sealWrap } from "../src/age.ts";
import { openAttemptSecret } from "../src/attempt-secret.ts";
import { cosign, formatCheckpoint } from "../src/checkpoint.ts";
import type { Problem } from "../src/errors.ts";
import { Findings } from "../src/findings.ts";
import { History } from "../src/history.ts";
import type { TrustedLog } from "../src/keylog.ts";
import { formatLeaf, type GapLeaf, type SegmentLeaf } from "../src/leaves.ts";
import { signNote } from "../src/note.ts";
import { ScopeKey } from "../src/scope-key.ts";
import { type Bytes, encodeText, lines, toBase64 } from "../src/text.ts";
import { trustScope } from "../src/trust.ts";
import { AttemptVerifier } from "../src/verify.ts";
import { type Institution, makeInstitution, replay } from "../vectors/institution.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS, OTHER_ATTEMPT } from "../vectors/seeds.ts";
import { checkpointOver, headOf, rawLeaves, type Sitting, sit } from "../vectors/sitting.ts";
import { kindOf } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

const UNREADABLE = encodeText("invigil/v2/segment\n");
let institution: Institution;
let log: TrustedLog;
let sitting: Sitting;
let raw: readonly Bytes[];

beforeAll(async () => {
  institution = await makeInstitution();
  log = await replay(institution);
  sitting = await sit(institution);
  raw = rawLeaves(sitting);
});

function verifierOf(): AttemptVerifier {
  const { scopeEpoch, staffKey } = institution;
  const certificate = { scopeEpoch, staffKey };
  return new AttemptVerifier({ attempt: ATTEMPT, log, certificate, wrap: sitting.wrap });
}

async function fed(leaves: readonly Bytes[], covered = leaves): Promise<AttemptVerifier> {
  const verifier = verifierOf();
  await verifier.addLeaves(leaves);
  await verifier.addCheckpoint(await checkpoint(covered));
  return verifier;
}

function checkpoint(leaves: readonly Bytes[]): Promise<string> {
  return checkpointOver(leaves, { signer: sitting.signer, server: institution.cast.server });
}

function segment(change: Partial<SegmentLeaf> = {}): SegmentLeaf {
  const found = sitting.leaves.find((leaf) => leaf.kind === "segment");
  if (found?.kind !== "segment") throw new Error("The sitting has no segment.");
  return { ...found, ...change };
}

function kinds(problems: readonly Problem[]): string[] {
  return problems.map(({ kind }) => kind);
}

describe("the history of an attempt", () => {
  const gap: GapLeaf = { kind: "gap", attempt: ATTEMPT, fromMs: 0, toMs: 1, cause: "crash" };

  function begun(): History {
    const history = new History(ATTEMPT);
    for (const leaf of sitting.leaves.slice(0, 1)) history.accept(leaf);
    return history;
  }

  function close(counts: Record<string, number>, attempt = ATTEMPT) {
    return {
      kind: "close",
      attempt,
      closedMs: 1,
      counts: new Map(Object.entries(counts)),
    } as const;
  }

  test("names the stream of one file that the close alone knows, or forgets", () => {
    const history = begun();
    expect(history.judge(close({ camera: 1 }))).toMatchObject([
      { kind: "truncated", stream: "camera" },
    ]);

    history.accept(segment());
    const { stream } = segment();
    expect(history.judge(close({}))).toMatchObject([{ kind: "malformed", stream }]);
    expect(history.judge(close({ [stream]: 1 }))).toEqual([]);
  });

  test("counts a file once, however often it comes", () => {
    const history = begun();
    history.accept(segment());

    expect(kinds(history.accept(segment()))).toEqual(["replayed"]);
    expect([...history.counts.values()]).toEqual([1]);
    expect(history.nextIndex(segment().stream)).toBe(1);
  });

  test("takes nothing of another attempt, nor anything after the close", () => {
    const history = begun();
    expect(kinds(history.accept(segment({ attempt: OTHER_ATTEMPT })))).toEqual(["replayed"]);
    expect(kinds(history.accept(close({}, OTHER_ATTEMPT)))).toEqual(["replayed"]);
    expect([history.counts.size, history.closing]).toEqual([0, null]);

    history.accept(close({}));
    expect(kinds(history.accept(segment()))).toEqual(["reordered"]);
    expect(history.counts.size).toBe(0);
  });

  test("keeps the place of a leaf that could not be read", () => {
    const history = begun();
    history.skip();
    history.accept(gap);

    expect(history.gaps).toMatchObject([{ leafIndex: 2 }]);
    expect(history.size).toBe(3);
  });
});

describe("the findings", () => {
  const one: Problem = {
    kind: "untrusted",
    reason: "expired",
    stream: "a",
    index: 1,
    sentence: "x",
  };

  test.each([
    ["kind", { ...one, kind: "malformed" }],
    ["reason", { ...one, reason: "revoked" }],
    ["stream", { ...one, stream: "b" }],
    ["index", { ...one, index: 2 }],
    ["sentence", { ...one, sentence: "y" }],
  ] as const)("keep two that differ in their %s alone", (_, other) => {
    const findings = new Findings();
    findings.record(one);
    findings.record(other);

    expect(findings.all).toEqual([one, other]);
  });

  test("keep what is the same once", () => {
    const findings = new Findings();
    findings.record(one);

    expect(findings.record({ ...one })).toBe(one);
    expect(findings.all).toEqual([one]);
  });
});

describe("leaves that should not be there", () => {
  test("of another attempt name no file", async () => {
    const [open = UNREADABLE] = raw;
    const verifier = await fed([open, formatLeaf(segment({ attempt: OTHER_ATTEMPT }))]);

    expect(verifier.segments).toEqual([]);
    expect(kinds(verifier.report(true).problems)).toEqual(["replayed"]);
  });

  test("do not take the place of a file that was named before", async () => {
    const again = formatLeaf(segment({ length: 1, t1Ms: 5001 }));
    const verifier = await fed([...raw.slice(0, 2), again]);

    expect(verifier.find(segment().stream, 0)).toMatchObject({
      leafIndex: 1,
      length: segment().length,
    });
    expect(kinds(verifier.report(true).problems)).toEqual(["replayed"]);
  });

  test("open nothing a second time", async () => {
    const [open] = sitting.leaves;
    if (open?.kind !== "open") throw new Error("The sitting has no opening.");
    const verifier = await fed([...raw.slice(0, 1), formatLeaf({ ...open, epoch: 2 })]);

    expect(kinds(verifier.report(true).problems)).toEqual(["reordered"]);
    expect(verifier.opening?.epoch).toBe(1);
  });

  test("keep the opening from being the first when nobody can read them", async () => {
    const verifier = await fed([UNREADABLE, ...raw.slice(0, 1)]);

    expect(kinds(verifier.report(true).problems)).toEqual(["unsupported-version", "reordered"]);
    expect([verifier.opening, verifier.scope]).toEqual([null, null]);
  });
});

describe("a mark", () => {
  test("stands at the beginning under an opening, and under what cannot be read after it", async () => {
    const opening = await fed(raw.slice(0, 1));
    const unreadable = await fed([...raw.slice(0, 1), UNREADABLE]);

    expect(opening.report(false)).toMatchObject({ checkedCount: 1, checkedUpToMs: 0 });
    expect(unreadable.report(false)).toMatchObject({ checkedCount: 2, checkedUpToMs: 0 });
  });

  test("bears the time of the last receipt, of two over the same leaves too", async () => {
    const verifier = await fed(raw);
    const text = formatCheckpoint({
      origin: sitting.signer.name,
      ...(await headOf({ leaves: raw })),
    });
    const laterS = OPENED_MS / 1000 + 99;
    const signed = await signNote(text, [sitting.signer]);
    await verifier.addCheckpoint(await cosign(signed, institution.cast.server, laterS));

    expect(verifier.report(true)).toMatchObject({ verdict: "complete", receiptTimeS: laterS });
  });
});

describe("an attempt that is over", () => {
  test("does not lack leaves because a checkpoint counts all that are there", async () => {
    const verifier = await fed([UNREADABLE]);

    expect(kinds(verifier.report(true).problems)).toEqual(["unsupported-version"]);
  });

  test("does not lack leaves because a checkpoint cannot be read", async () => {
    const verifier = verifierOf();
    await verifier.addCheckpoint("no note");

    expect(verifier.report(true).problems).toEqual([]);
  });

  test("is not blamed twice for one receipt that was refused", async () => {
    const verifier = verifierOf();
    await verifier.addLeaves(raw);
    await verifier.addCheckpoint("no note");

    expect(kinds(verifier.report(true).problems)).toEqual(["malformed"]);
  });
});

describe("the secret of an attempt", () => {
  async function key(): Promise<ScopeKey> {
    const { scopeEpoch, staffKey, cast } = institution;
    const certificate = { scopeEpoch, staffKey };
    const scope = await trustScope({ log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS });
    return new ScopeKey(scope, cast.scopeIdentity);
  }

  async function wrapOf(...more: readonly string[]): Promise<Bytes> {
    const held = [INSTITUTION, ATTEMPT, `${EXAM_SCOPE} 1`, toBase64(sitting.secret)];
    const text = lines("invigil/v1/attempt", ...held, ...more);
    return sealWrap(encodeText(text), [await recipientOf(institution.cast.scopeIdentity)]);
  }

  test("stands in the last line of attempt.age", async () => {
    expect(await openAttemptSecret(await wrapOf(), ATTEMPT, await key())).toEqual(sitting.secret);
    expect(
      await kindOf(async () => openAttemptSecret(await wrapOf("more"), ATTEMPT, await key())),
    ).toBe("malformed");
  });

  test("is asked for by its name while it is locked", async () => {
    const verifier = await fed(raw);

    await expect(verifier.identities()).rejects.toThrow("The attempt was not unlocked.");
  });
});
