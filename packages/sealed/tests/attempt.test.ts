import { beforeAll, describe, expect, test, vi } from "vitest";
import { AttemptSealer, type SealedEntry, type SealedSpool } from "../src/attempt.ts";
import { cosign } from "../src/checkpoint.ts";
import { keyName } from "../src/names.ts";
import { makeSigningKey, signerFromKeyPair } from "../src/note.ts";
import { openAge } from "../src/age.ts";
import { parseLeaf } from "../src/leaves.ts";
import { type Bytes, decodeText, encodeText, sha256, toHex } from "../src/text.ts";
import { trustScope, type TrustedScope } from "../src/trust.ts";
import { type Institution, makeInstitution, replay } from "../vectors/institution.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS, OTHER_ATTEMPT } from "../vectors/seeds.ts";
import { identityOf } from "../vectors/sitting.ts";
import { kindOf } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

/** A spool in memory that can be told to fail. */
class MemorySpool implements SealedSpool {
  readonly entries: SealedEntry[] = [];
  failure: Error | null = null;

  async keep(entry: SealedEntry): Promise<void> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    this.entries.push(entry);
  }

  get leaves(): Bytes[] {
    return this.entries.map((entry) => entry.leaf);
  }

  get secret(): Bytes {
    const [opening] = this.entries;
    if (opening?.kind !== "open") throw new Error("Nothing was opened.");
    return opening.secret;
  }
}

let institution: Institution;
let trust: TrustedScope;

beforeAll(async () => {
  institution = await makeInstitution();
  const { scopeEpoch, staffKey } = institution;
  const log = await replay(institution);
  trust = await trustScope({
    log,
    scope: EXAM_SCOPE,
    certificate: { scopeEpoch, staffKey },
    atMs: OPENED_MS,
  });
});

async function begin(attempt = ATTEMPT) {
  const [spool, attemptKey] = [new MemorySpool(), await makeSigningKey()];
  const device = await signerFromKeyPair(
    keyName.device(INSTITUTION, attempt),
    await makeSigningKey(),
  );
  const sealer = await AttemptSealer.begin({
    trust,
    attempt,
    attemptKey,
    deviceVkey: device.vkey,
    openedMs: OPENED_MS,
    nonce: new Uint8Array(16),
    clientVersion: "0.1.0",
    spool,
  });
  return { sealer, spool, attemptKey };
}

function piece(stream: string, t0Ms: number, text = "film") {
  const times = { stream, t0Ms, t1Ms: t0Ms + 5000 };
  return { ...times, continuity: "whole", plaintext: encodeText(text) } as const;
}

describe("a sealer", () => {
  test("keeps the opening before anything else", async () => {
    const { sealer, spool } = await begin();

    expect(spool.entries.map((entry) => entry.kind)).toEqual(["open"]);
    expect(sealer.size).toBe(1);
    expect(await parseLeaf(spool.leaves[0] ?? new Uint8Array())).toMatchObject({
      kind: "open",
      attempt: ATTEMPT,
    });
  });

  test("counts each stream's indices, and its files open with the derived identity", async () => {
    const { sealer, spool } = await begin();

    const first = await sealer.segment(piece("camera", 0, "first"));
    const other = await sealer.segment(piece("screen", 0, "other"));
    const second = await sealer.segment(piece("camera", 5000, "second"));

    expect([first.index, other.index, second.index]).toEqual([0, 0, 1]);
    expect([first.leafIndex, other.leafIndex, second.leafIndex]).toEqual([1, 2, 3]);
    expect(spool.entries.slice(1)).toEqual([first, other, second]);
    const identity = await identityOf(spool.secret, "camera", 1);
    const opened = await openAge(
      second.file,
      () => undefined,
      (decrypter) => {
        decrypter.addIdentity(identity);
      },
    );
    expect(decodeText(opened)).toBe("second");
    expect(await parseLeaf(second.leaf)).toMatchObject({
      length: second.file.length,
      hash: await sha256(second.file),
    });
  });

  test("does overlapping calls one after the other, in their order", async () => {
    const { sealer, spool } = await begin();

    const sealed = await Promise.all(
      [0, 1, 2, 3, 4].map((at) => sealer.segment(piece("camera", at * 5000))),
    );
    const [gap, close] = await Promise.all([
      sealer.gap({ fromMs: 25_000, toMs: 26_000, cause: "crash" }),
      sealer.close(27_000),
    ]);

    expect(sealed.map((one) => one.index)).toEqual([0, 1, 2, 3, 4]);
    expect(spool.entries.map((entry) => entry.leafIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([gap.kind, close.kind, sealer.isClosed]).toEqual(["gap", "close", true]);
  });

  test("counts a leaf only when it was kept, and gives the index again", async () => {
    const { sealer, spool } = await begin();
    spool.failure = new Error("disk full");

    await expect(sealer.segment(piece("camera", 0))).rejects.toBe(spool.failure);
    const before = sealer.size;
    spool.failure = null;
    const sealed = await sealer.segment(piece("camera", 0));

    expect(before).toBe(1);
    expect([sealed.index, sealed.leafIndex]).toEqual([0, 1]);
    expect((await sealer.checkpoint()).size).toBe(2);
  });

  test("sealing an index again after a failure gives another file", async () => {
    const { sealer, spool } = await begin();
    const files: Bytes[] = [];
    const keep = spool.keep.bind(spool);
    spool.keep = async (entry) => {
      if (entry.kind === "segment") files.push(entry.file);
      if (files.length === 1) throw new Error("killed");
      await keep(entry);
    };

    await expect(sealer.segment(piece("camera", 0))).rejects.toThrow("killed");
    await sealer.segment(piece("camera", 0));

    expect(files).toHaveLength(2);
    expect(toHex(files[0]?.subarray(-32) ?? new Uint8Array())).not.toBe(
      toHex(files[1]?.subarray(-32) ?? new Uint8Array()),
    );
  });

  test("refuses what a reader would refuse, and keeps nothing of it", async () => {
    const { sealer, spool } = await begin();
    await sealer.segment(piece("camera", 5000));

    expect(await kindOf(() => sealer.segment(piece("camera", 4999)))).toBe("reordered");
    expect(await kindOf(() => sealer.segment({ ...piece("screen", 0), continuity: "delta" }))).toBe(
      "malformed",
    );
    expect(await kindOf(() => sealer.segment({ ...piece("screen", 9), t1Ms: 8 }))).toBe(
      "malformed",
    );
    expect(await kindOf(() => sealer.segment(piece("Screen", 0)))).toBe("malformed");
    expect(await kindOf(() => sealer.gap({ fromMs: 2, toMs: 1, cause: "crash" }))).toBe(
      "malformed",
    );
    await expect(sealer.gap({ fromMs: -1, toMs: 1, cause: "crash" })).rejects.toThrow(RangeError);
    await sealer.close(10_000);
    expect(await kindOf(() => sealer.segment(piece("camera", 10_000)))).toBe("reordered");
    expect(await kindOf(() => sealer.close(11_000))).toBe("reordered");
    expect(spool.entries.map((entry) => entry.kind)).toEqual(["open", "segment", "close"]);
  });

  test("goes on after a crash from what was kept", async () => {
    const { sealer, spool, attemptKey } = await begin();
    await sealer.segment(piece("camera", 0));
    await sealer.segment(piece("screen", 0));

    const resumed = await AttemptSealer.resume({
      secret: spool.secret,
      leaves: spool.leaves,
      attemptKey,
      spool,
    });
    const next = await resumed.segment(piece("camera", 5000));

    expect([resumed.attempt, next.index, next.leafIndex]).toEqual([ATTEMPT, 1, 3]);
    expect([resumed.nextIndex("screen"), resumed.nextIndex("events")]).toEqual([1, 0]);
    await resumed.close(9000);
    const closed = await AttemptSealer.resume({
      secret: spool.secret,
      leaves: spool.leaves,
      attemptKey,
      spool,
    });
    expect(closed.isClosed).toBe(true);
  });

  test("does not go on from leaves that are no sound log of its key", async () => {
    const { sealer, spool, attemptKey } = await begin();
    await sealer.segment(piece("camera", 0));
    await sealer.segment(piece("camera", 5000));
    const [open, first, second] = spool.leaves as [Bytes, Bytes, Bytes];
    const resume = (leaves: Bytes[], key = attemptKey) =>
      kindOf(() => AttemptSealer.resume({ secret: spool.secret, leaves, attemptKey: key, spool }));

    expect(await resume([])).toBe("truncated");
    expect(await resume([first, second])).toBe("truncated");
    expect(await resume([open, second])).toBe("reordered");
    expect(await resume([open, first, first])).toBe("replayed");
    expect(await resume([open, first], await makeSigningKey())).toBe("wrong-key");
  });

  test("accepts the server's receipt for its own checkpoints alone", async () => {
    const { sealer } = await begin();
    await sealer.segment(piece("camera", 0));
    const { note } = await sealer.checkpoint();
    const { server } = institution.cast;
    const receipt = await cosign(note, server, 1_772_442_010);
    const earlier = await cosign((await sealer.checkpoint(1)).note, server, 1);
    const other = await begin();
    await other.sealer.segment(piece("camera", 0));
    const foreign = await cosign((await other.sealer.checkpoint()).note, server, 1);

    expect(await sealer.receipt(receipt, trust)).toMatchObject({ size: 2, timeS: 1_772_442_010 });
    expect(await sealer.receipt(earlier, trust)).toMatchObject({ size: 1 });
    expect(await kindOf(() => sealer.receipt(note, trust))).toBe("forged");
    expect(await kindOf(() => sealer.receipt(foreign, trust))).toBe("forged");
    const stranger = await signerFromKeyPair(server.name, await makeSigningKey());
    const byStranger = await cosign(note, stranger, 1);
    expect(await kindOf(() => sealer.receipt(byStranger, trust))).toBe("forged");
  });

  test("refuses a receipt for leaves it never kept, and for another history", async () => {
    const { sealer, spool, attemptKey } = await begin();
    const opening = spool.leaves;
    await sealer.segment(piece("camera", 0));
    const receipt = await cosign((await sealer.checkpoint()).note, institution.cast.server, 1);
    const rewound = await AttemptSealer.resume({
      secret: spool.secret,
      leaves: opening,
      attemptKey,
      spool: new MemorySpool(),
    });

    expect(await kindOf(() => rewound.receipt(receipt, trust))).toBe("truncated");
    await rewound.segment(piece("camera", 0));
    expect(await kindOf(() => rewound.receipt(receipt, trust))).toBe("forked");
  });

  test("of another attempt has another secret, key and wrap", async () => {
    const [one, other] = [await begin(), await begin(OTHER_ATTEMPT)];

    expect(toHex(one.spool.secret)).not.toBe(toHex(other.spool.secret));
    expect(one.sealer.attempt).not.toBe(other.sealer.attempt);
  });
});
