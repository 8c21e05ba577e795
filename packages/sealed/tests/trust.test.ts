import { beforeAll, describe, expect, test, vi } from "vitest";
import { SealedError } from "../src/errors.ts";
import { commitLeaf, replayKeyLog, type BlindNote, type KeyLogSource } from "../src/keylog.ts";
import { keyringPublicKeys, keyringSigner, type Keyring, makeKeyring } from "../src/keyring.ts";
import { trustMembers } from "../src/members.ts";
import { type Signer, signNote, unverifiedText } from "../src/note.ts";
import { formatMemberAdd, formatMemberRemove } from "../src/scope.ts";
import { formatStaffKey, formatStaffRevoke, parseStaffKey } from "../src/staff.ts";
import { type Bytes, encodeText } from "../src/text.ts";
import { trustScope, trustScopeThen } from "../src/trust.ts";
import { formatRoot, rootHash } from "../src/root.ts";
import {
  type Institution,
  makeCast,
  makeInstitution,
  replay,
  signLog,
} from "../vectors/institution.ts";
import { EXAM_SCOPE, INSTITUTION, OPENED_MS, seed, TEACHER } from "../vectors/seeds.ts";
import { headOf } from "../vectors/sitting.ts";
import { kindOf } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

let institution: Institution;

beforeAll(async () => {
  institution = await makeInstitution();
});

async function reasonOf(act: () => Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await act().catch((caught: unknown) => caught);
  return error instanceof SealedError ? error.reason : undefined;
}

function source(change: Partial<KeyLogSource> = {}): KeyLogSource {
  const { leaves, checkpoint, fingerprint } = institution;
  return {
    institution: INSTITUTION,
    pin: fingerprint,
    leaves,
    checkpoint,
    remembered: null,
    ...change,
  };
}

/** The log with more leaves, signed. */
async function grown(...more: readonly Bytes[]): Promise<Institution> {
  const leaves = [...institution.leaves, ...more];
  return { ...institution, leaves, checkpoint: await signLog(leaves, institution.cast.server) };
}

async function blinded(text: string, signer: Signer, blind = "a blind"): Promise<BlindNote> {
  return { note: await signNote(text, [signer]), blind: await seed(blind) };
}

describe("a key log", () => {
  test("gives root, head and fingerprint, pinned or on first use", async () => {
    const pinned = await replayKeyLog(source());
    const first = await replayKeyLog(source({ pin: "first-use" }));

    expect(pinned.fingerprint).toEqual(institution.fingerprint);
    expect(first.fingerprint).toEqual(institution.fingerprint);
    expect(pinned.head).toEqual(await headOf(institution));
    expect(pinned.root).toMatchObject({
      serial: 1,
      displayName: "North College – Collège du Nord",
    });
    expect(pinned.roots).toHaveLength(1);
  });

  test("that grew is an extension of what was seen; one that shrank or changed is rolled back", async () => {
    const seen = await headOf(institution);
    const longer = await grown(await commitLeaf({ note: "x", blind: await seed("x") }));
    const shorter = institution.leaves.slice(0, 3);
    const others = institution.leaves.with(
      3,
      await commitLeaf({ note: "y", blind: await seed("y") }),
    );
    const { server } = institution.cast;
    const replayed = (leaves: readonly Bytes[], checkpoint: string) =>
      replayKeyLog(source({ leaves, checkpoint, remembered: seen }));

    expect((await replayed(longer.leaves, longer.checkpoint)).head.size).toBe(5);
    expect(await reasonOf(async () => replayed(shorter, await signLog(shorter, server)))).toBe(
      "rolled-back",
    );
    expect(await reasonOf(async () => replayed(others, await signLog(others, server)))).toBe(
      "rolled-back",
    );
  });

  test("of another institution is another root", async () => {
    expect(await reasonOf(() => replayKeyLog(source({ institution: "south-college" })))).toBe(
      "wrong-root",
    );
  });

  test("must hold the roots that came beside it", async () => {
    const { rootNotes, cast } = institution;
    const [root = ""] = rootNotes;
    const unlogged = await signNote(root.slice(0, root.indexOf("\n\n") + 1), [
      cast.root,
      cast.server,
    ]);

    expect((await replayKeyLog(source({ roots: rootNotes }))).head.size).toBe(4);
    expect(await reasonOf(() => replayKeyLog(source({ roots: [unlogged] })))).toBe("not-logged");
  });

  test("whose first root was pinned by other words is refused", async () => {
    expect(await reasonOf(async () => replayKeyLog(source({ pin: await seed("another") })))).toBe(
      "wrong-root",
    );
  });

  test("refuses a commitment that is none", async () => {
    const bad = await grown(encodeText("invigil/v1/commit\nAAAA\n"));

    expect(await kindOf(() => replay(bad))).toBe("malformed");
  });
});

describe("the walk to a scope", () => {
  async function walk(at: Institution, change: object = {}) {
    const certificate = { scopeEpoch: at.scopeEpoch, staffKey: at.staffKey, ...change };
    return trustScope({ log: await replay(at), scope: EXAM_SCOPE, certificate, atMs: OPENED_MS });
  }

  test("names scope, epoch, signer, servers and the log it saw", async () => {
    const scope = await walk(institution);

    expect(scope).toMatchObject({ institution: INSTITUTION, scope: EXAM_SCOPE, epoch: 1 });
    expect(scope.signer.person).toBe(TEACHER);
    expect(scope.servers).toEqual([institution.cast.server.vkey]);
    expect(scope.logHead.size).toBe(4);
  });

  test("as of now looks at the whole log, so that an expired key stops recording", async () => {
    const log = await replay(institution);
    const certificate = { scopeEpoch: institution.scopeEpoch, staffKey: institution.staffKey };
    const late = { log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS + 10 * 365 * 86_400_000 };

    expect(await reasonOf(() => trustScope(late))).toBe("expired");
    expect(
      await reasonOf(() =>
        trustScope({ ...late, scope: "course/01jd000000000000000000exam", atMs: OPENED_MS }),
      ),
    ).toBe("wrong-scope");
  });

  async function revocation(
    issuedMs: number,
    signer?: Signer,
    person = TEACHER,
  ): Promise<BlindNote> {
    const text = formatStaffRevoke({ institution: INSTITUTION, person, issuedMs });
    return blinded(text, signer ?? (await keyringSigner(institution.cast.admin)));
  }

  test("stops at a signer whose key was revoked since", async () => {
    const revoked = await revocation(OPENED_MS - 1000);
    const log = await grown(await commitLeaf(revoked));

    expect(await reasonOf(() => walk(log, { revocations: [revoked] }))).toBe("revoked");
  });

  test("stops at a signer whose key was revoked in the moment it was issued", async () => {
    const { issuedMs } = await parseStaffKey(unverifiedText(institution.staffKey?.note ?? ""));
    const [then, before] = [await revocation(issuedMs), await revocation(issuedMs - 1)];
    const log = await grown(await commitLeaf(then), await commitLeaf(before));

    expect(await reasonOf(() => walk(log, { revocations: [then] }))).toBe("revoked");
    expect((await walk(log, { revocations: [before] })).epoch).toBe(1);
  });

  test("passes over revocations of others and of earlier keys", async () => {
    const [early, other] = [
      await revocation(1),
      await revocation(OPENED_MS, undefined, "01jd00000000000000000other"),
    ];
    const log = await grown(await commitLeaf(early), await commitLeaf(other));

    expect((await walk(log, { revocations: [early, other] })).epoch).toBe(1);
  });

  test("of what was logged just before a revocation holds as it was then, and not as of now", async () => {
    const revoked = await revocation(OPENED_MS - 1000);
    const commitment = await commitLeaf(revoked);
    const at = await makeInstitution({
      log: ([root, staff, scope, ...rest]) =>
        [root, staff, scope, commitment, ...rest].filter((leaf) => leaf !== undefined),
    });
    const { scopeEpoch, staffKey } = at;
    const log = await replay(at);
    const certificate = { scopeEpoch, staffKey, revocations: [revoked] };

    const then = await trustScopeThen({ log, scope: EXAM_SCOPE, certificate });

    expect(then.signer.person).toBe(TEACHER);
    const now = { log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS };
    expect(await reasonOf(() => trustScope(now))).toBe("revoked");
  });

  test("of what was logged after a revocation stops there too", async () => {
    const revoked = await revocation(OPENED_MS - 1000);
    const commitment = await commitLeaf(revoked);
    const at = await makeInstitution({
      log: ([root, staff, ...rest]) =>
        [root, staff, commitment, ...rest].filter((leaf) => leaf !== undefined),
    });
    const certificate = {
      scopeEpoch: at.scopeEpoch,
      staffKey: at.staffKey,
      revocations: [revoked],
    };
    const log = await replay(at);

    expect(await reasonOf(() => trustScopeThen({ log, scope: EXAM_SCOPE, certificate }))).toBe(
      "revoked",
    );
  });

  test("keeps to a revocation by an administrator who has left since", async () => {
    const [{ root, teacher }, { admin: successor }] = [
      institution.cast,
      await makeCast("strange "),
    ];
    const before = (await replay(institution)).root;
    const administrators = [{ person: successor.person, ...(await keyringPublicKeys(successor)) }];
    const previous = await rootHash(institution.rootNotes[0] ?? "");
    const next = formatRoot({ ...before, serial: 2, previous, administrators });
    const statement = await parseStaffKey(unverifiedText(institution.staffKey?.note ?? ""));
    const keys = await keyringPublicKeys(teacher);
    const renewed = await blinded(
      formatStaffKey({ ...statement, ...keys }),
      await keyringSigner(successor),
    );
    const revoked = await revocation(OPENED_MS - 1000);
    const log = await grown(
      await commitLeaf(revoked),
      encodeText(await signNote(next, [root])),
      await commitLeaf(renewed),
    );

    const change = { staffKey: renewed, revocations: [revoked] };
    expect(await reasonOf(() => walk(log, change))).toBe("revoked");
    expect((await walk(log, { staffKey: renewed })).signer.person).toBe(TEACHER);
  });

  test("refuses a revocation that is not logged or not an administrator's", async () => {
    const unlogged = await revocation(OPENED_MS);
    const own = await revocation(OPENED_MS, await keyringSigner(institution.cast.teacher));

    expect(await reasonOf(() => walk(institution, { revocations: [unlogged] }))).toBe("not-logged");
    expect(
      await kindOf(async () => walk(await grown(await commitLeaf(own)), { revocations: [own] })),
    ).toBe("forged");
  });
});

describe("the members of a scope", () => {
  const PERSON = "01jd000000000000000colleag";

  async function add(person: string, signer: Signer, change: object = {}): Promise<BlindNote> {
    const statement = {
      institution: INSTITUTION,
      scope: EXAM_SCOPE,
      epoch: 1,
      person,
      wrapHash: await seed(person),
      issuedMs: OPENED_MS,
    };
    return blinded(formatMemberAdd({ ...statement, ...change }), signer, `blind of ${person}`);
  }

  async function members(
    statements: readonly BlindNote[],
    staffKeys: readonly BlindNote[] = [],
    isLogged = true,
  ) {
    const commitments = isLogged
      ? await Promise.all([...staffKeys, ...statements].map(commitLeaf))
      : [];
    const at = await grown(...commitments);
    const log = await replay(at);
    const certificate = { scopeEpoch: at.scopeEpoch, staffKey: at.staffKey };
    const scope = await trustScope({ log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS });
    return trustMembers({ scope, log, statements, staffKeys, atMs: OPENED_MS });
  }

  async function certified(keyring: Keyring): Promise<BlindNote> {
    const text = formatStaffKey({
      institution: INSTITUTION,
      person: keyring.person,
      ...(await keyringPublicKeys(keyring)),
      issuedMs: 1,
      expiresMs: OPENED_MS + 1,
    });
    return blinded(text, await keyringSigner(institution.cast.admin), `staff ${keyring.person}`);
  }

  test("are those whom the signer, an administrator or a member added, in the order of the log", async () => {
    const { teacher, admin } = institution.cast;
    const colleague = await makeKeyring(INSTITUTION, PERSON);
    const byTeacher = await add(PERSON, await keyringSigner(teacher));
    const byAdmin = await add("01jd00000000000000000third", await keyringSigner(admin));
    const byMember = await add("01jd0000000000000000fourth", await keyringSigner(colleague));

    const found = await members([byTeacher, byAdmin, byMember], [await certified(colleague)]);

    expect(found.map((one) => one.person)).toEqual([
      PERSON,
      "01jd00000000000000000third",
      "01jd0000000000000000fourth",
    ]);
    expect(found[0]?.wrapHash).toEqual(await seed(PERSON));
  });

  test("are no longer those who were removed", async () => {
    const signer = await keyringSigner(institution.cast.teacher);
    const statement = {
      institution: INSTITUTION,
      scope: EXAM_SCOPE,
      epoch: 1,
      person: PERSON,
      issuedMs: OPENED_MS,
    };
    const removed = await blinded(formatMemberRemove(statement), signer, "removal");

    expect(await members([await add(PERSON, signer), removed])).toEqual([]);
  });

  test("cannot be added by someone who is none, by the server, silently, or to another scope", async () => {
    const colleague = await makeKeyring(INSTITUTION, PERSON);
    const signer = await keyringSigner(institution.cast.teacher);
    const early = await add("01jd0000000000000000fourth", await keyringSigner(colleague));

    expect(await kindOf(async () => members([early], [await certified(colleague)]))).toBe("forged");
    expect(await kindOf(async () => members([await add(PERSON, institution.cast.server)]))).toBe(
      "forged",
    );
    expect(await reasonOf(async () => members([await add(PERSON, signer)], [], false))).toBe(
      "not-logged",
    );
    expect(await reasonOf(async () => members([await add(PERSON, signer, { epoch: 2 })]))).toBe(
      "wrong-scope",
    );
  });

  test.each([
    ["another exam", { scope: "exam/01jd00000000000000000other" }],
    ["another institution", { institution: "south-college" }],
  ])("cannot be added for %s", async (_, change) => {
    const signer = await keyringSigner(institution.cast.teacher);

    expect(await reasonOf(async () => members([await add(PERSON, signer, change)]))).toBe(
      "wrong-scope",
    );
  });
});
