import { beforeAll, describe, expect, test, vi } from "vitest";
import { SealedError } from "../src/errors.ts";
import { type BlindNote, replayKeyLog } from "../src/keylog.ts";
import { keyringPublicKeys, keyringSigner } from "../src/keyring.ts";
import { trustReader } from "../src/members.ts";
import { type Signer, signNote, unverifiedText } from "../src/note.ts";
import { formatRoot, rootHash } from "../src/root.ts";
import { parseStaffKey } from "../src/staff.ts";
import { type Bytes, encodeText } from "../src/text.ts";
import { signerAmong, trustScope } from "../src/trust.ts";
import { type Institution, makeInstitution, replay, signLog } from "../vectors/institution.ts";
import {
  ADMINISTRATOR,
  EXAM_SCOPE,
  INSTITUTION,
  OPENED_MS,
  seed,
  TEACHER,
} from "../vectors/seeds.ts";
import { kindOf } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

const CAP = 65_536;
let institution: Institution;
let admin: Signer;

beforeAll(async () => {
  institution = await makeInstitution();
  admin = await keyringSigner(institution.cast.admin);
});

async function reasonOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
  } catch (error) {
    return error instanceof SealedError ? error.reason : `not sealed: ${String(error)}`;
  }
  return "no error";
}

/** The log with more leaves, signed. */
async function grown(...more: readonly Bytes[]): Promise<Institution> {
  const leaves = [...institution.leaves, ...more];
  return { ...institution, leaves, checkpoint: await signLog(leaves, institution.cast.server) };
}

describe("a key log of two roots", () => {
  const twice = () =>
    makeInstitution({
      nextRoots: async (first, statement) => {
        const next = { ...statement, serial: 2, previous: await rootHash(first) };
        return [await signNote(formatRoot(next), [institution.cast.root])];
      },
    });

  test("keeps the first one's fingerprint", async () => {
    const { fingerprint } = institution;

    expect((await replay(await twice())).fingerprint).toEqual(fingerprint);
  });

  test("has the root of each size, and none before the first", async () => {
    const log = await replay(await twice());

    expect([1, 2, 5].map((size) => log.rootAt(size).serial)).toEqual([1, 2, 2]);
    expect(await reasonOf(() => log.rootAt(0))).toBe("not-logged");
  });

  test("that lacks the first is refused on first use too", async () => {
    const { leaves, cast } = await twice();
    const rest = leaves.slice(1);
    const source = {
      institution: INSTITUTION,
      pin: "first-use",
      leaves: rest,
      checkpoint: await signLog(rest, cast.server),
      remembered: null,
    } as const;

    expect(await reasonOf(() => replayKeyLog(source))).toBe("wrong-root");
  });
});

describe("a leaf of the key log", () => {
  test("stands below every size that counts it", async () => {
    const log = await replay(institution);
    const [, , scopeEpoch] = institution.leaves;
    if (scopeEpoch === undefined) throw new Error("The log is too short.");

    expect(await log.checkLogged(scopeEpoch, 3)).toBe(2);
    expect(await reasonOf(() => log.checkLogged(scopeEpoch, 2))).toBe("not-logged");
  });

  test("has the cap of a note, whatever it holds", async () => {
    const leaf = (length: number) =>
      encodeText("invigil/v1/scope-epoch\n".padEnd(length - 1, "x") + "\n");

    const log = await replay(await grown(leaf(CAP)));
    expect(log.head.size).toBe(5);
    expect(await kindOf(async () => replay(await grown(leaf(CAP + 1))))).toBe("malformed");
  });
});

describe("whoever signs for an institution", () => {
  test("is found behind others, with nobody's false signature beside", async () => {
    const teacher = await keyringSigner(institution.cast.teacher);
    const people = [
      { person: TEACHER, vkey: teacher.vkey },
      { person: ADMINISTRATOR, vkey: admin.vkey },
    ];
    const note = await signNote("a text\n", [admin]);
    const elsewhere = await signNote("another text\n", [teacher]);
    const falseLine = elsewhere.slice(elsewhere.indexOf("—"));

    expect((await signerAmong(note, people))?.person).toBe(ADMINISTRATOR);
    expect(await signerAmong(note, people.slice(0, 1))).toBeNull();
    expect(await kindOf(() => signerAmong(note + falseLine, people))).toBe("forged");
    expect(await kindOf(() => signerAmong(note + falseLine, people.toReversed()))).toBe("forged");
  });

  test("of another institution does not sign for this one", async () => {
    const other = await keyringSigner({
      ...institution.cast.teacher,
      institution: "south-college",
    });
    const twist = {
      staffKey: { institution: "south-college", vkey: other.vkey },
      scopeSigner: other,
    };
    const { scopeEpoch, staffKey, ...rest } = await makeInstitution(twist);
    const log = await replay({ scopeEpoch, staffKey, ...rest });
    const certificate = { scopeEpoch, staffKey };

    expect(
      await reasonOf(() => trustScope({ log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS })),
    ).toBe("wrong-scope");
  });
});

describe("a reader", () => {
  function certificate(): BlindNote {
    if (institution.staffKey === null) throw new Error("The teacher has no certificate.");
    return institution.staffKey;
  }

  async function read(person: string, change: object = {}) {
    const log = await replay(institution);
    return trustReader({ log, person, staffKey: certificate(), atMs: OPENED_MS, ...change });
  }

  test("is an administrator of the root, without any certificate", async () => {
    const keys = await keyringPublicKeys(institution.cast.admin);

    expect(await read(ADMINISTRATOR, { staffKey: null })).toEqual({
      person: ADMINISTRATOR,
      ...keys,
    });
  });

  test("is somebody who was certified, with the keys of the certificate", async () => {
    const keys = await keyringPublicKeys(institution.cast.teacher);

    expect(await read(TEACHER)).toEqual({ person: TEACHER, ...keys });
  });

  test("is nobody who was not certified, whose certificate is another's or has expired", async () => {
    const [note, blind] = [certificate().note, await seed("another blind")];
    const { expiresMs } = await parseStaffKey(unverifiedText(note));

    expect(await reasonOf(() => read(TEACHER, { staffKey: null }))).toBe("not-logged");
    expect(await reasonOf(() => read(TEACHER, { staffKey: { note, blind } }))).toBe("not-logged");
    expect(await reasonOf(() => read("01jd00000000000000000other"))).toBe("wrong-scope");
    expect(await reasonOf(() => read(TEACHER, { atMs: expiresMs }))).toBe("expired");
    expect((await read(TEACHER, { atMs: expiresMs - 1 })).person).toBe(TEACHER);
  });
});
