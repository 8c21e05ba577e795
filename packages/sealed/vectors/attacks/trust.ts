import { keyringSigner } from "../../src/keyring.ts";
import { keyName } from "../../src/names.ts";
import { signerFromSeed, signNote } from "../../src/note.ts";
import { formatRoot, rootHash, type RootStatement } from "../../src/root.ts";
import { recipientOf } from "../../src/age.ts";
import { encodeText, SUITE, toBase64 } from "../../src/text.ts";
import {
  type Institution,
  makeCast,
  makeInstitution,
  signLog,
  type Twist,
} from "../institution.ts";
import { OPENED_MS, seed } from "../seeds.ts";
import { exportOf, leafLines, moveTo } from "../sitting.ts";
import { type Attack, type Base, changed } from "./attack.ts";

interface Case {
  readonly name: string;
  readonly row: number;
  readonly sentence: string;
  readonly problem: { readonly kind: string; readonly reason?: string } | null;
  readonly twist: Twist;
  /** Pin the base's root although this is another one. */
  readonly isBasePinned?: boolean;
}

const EARLIER_MS = OPENED_MS - 1000;
const expired = { kind: "untrusted", reason: "expired" };
const forged = { kind: "forged" };

/** Chains that hold or break between the pin and the scope's key; the attempt itself is sound in each. */
export async function attacksOnTrust(base: Base): Promise<readonly Attack[]> {
  const cases = [...(await signerCases()), ...timeCases(), ...(await rootCases())];
  const twisted = await Promise.all(cases.map((one) => attackOf(one, base)));
  return [...twisted, ...(await attacksOnKeyLog(base))];
}

async function attackOf({ twist, problem, ...rest }: Case, base: Base): Promise<Attack> {
  const institution = await makeInstitution(twist);
  const { name, row, sentence } = rest;
  return {
    name: `trust-${name}`,
    row,
    sentence,
    verdict: problem === null ? "complete" : "damaged",
    problems: problem === null ? [] : [problem],
    fingerprint:
      rest.isBasePinned === true ? base.sitting.institution.fingerprint : institution.fingerprint,
    files: await exportOf(await moveTo(institution, base.sitting)),
  };
}

async function signerCases(): Promise<readonly Case[]> {
  const [cast, strangers] = [await makeCast(), await makeCast("strange ")];
  const strangeRecipient = await recipientOf(strangers.scopeIdentity);
  const [admin, teacher] = [await keyringSigner(cast.admin), await keyringSigner(cast.teacher)];
  const [strangeAdmin, strangeTeacher] = [
    await keyringSigner(strangers.admin),
    await keyringSigner(strangers.teacher),
  ];
  const wrongScope = { kind: "untrusted", reason: "wrong-scope" };
  const own = { scopeSigner: cast.server, scopeEpoch: { recipient: strangeRecipient } };
  const otherExam = { scopeEpoch: { scope: "exam/01jd00000000000000000other" } };
  return [
    {
      name: "signed-by-administrator",
      row: 1,
      sentence: "Not an attack: an administrator signed the scope epoch, no staff key is needed.",
      problem: null,
      twist: { scopeSigner: admin, isStaffKeyGiven: false },
    },
    {
      name: "scope-by-stranger",
      row: 1,
      sentence: "Someone else's key signs the scope epoch under the teacher's name.",
      problem: forged,
      twist: { scopeSigner: strangeTeacher },
    },
    {
      name: "scope-key-substituted",
      row: 1,
      sentence: "The server puts a recipient of its own into the scope epoch and signs it itself.",
      problem: forged,
      twist: own,
    },
    {
      name: "staff-key-by-stranger",
      row: 1,
      sentence: "Someone who is no administrator signs the staff key.",
      problem: forged,
      twist: { staffKeySigner: strangeAdmin },
    },
    {
      name: "staff-key-by-itself",
      row: 1,
      sentence: "The teacher signs the teacher's own staff key.",
      problem: forged,
      twist: { staffKeySigner: teacher },
    },
    {
      name: "staff-key-lacking",
      row: 1,
      sentence: "No administrator signed the scope epoch and there is no staff key.",
      problem: forged,
      twist: { isStaffKeyGiven: false },
    },
    {
      name: "scope-of-another-exam",
      row: 10,
      sentence: "The certificate is genuine, but for another exam.",
      problem: wrongScope,
      twist: otherExam,
    },
    {
      name: "scope-of-another-epoch",
      row: 10,
      sentence: "The certificate is genuine, but for another epoch.",
      problem: wrongScope,
      twist: { scopeEpoch: { epoch: 2 } },
    },
  ];
}

function timeCases(): readonly Case[] {
  return [
    {
      name: "root-expired",
      row: 1,
      sentence: "The root had expired at the opening.",
      problem: expired,
      twist: { root: { expiresMs: EARLIER_MS } },
    },
    {
      name: "staff-key-expired",
      row: 15,
      sentence: "The signer's key had expired at the opening.",
      problem: expired,
      twist: { staffKey: { expiresMs: EARLIER_MS } },
    },
    {
      name: "scope-expired",
      row: 15,
      sentence: "The scope epoch had expired at the opening.",
      problem: expired,
      twist: { scopeEpoch: { expiresMs: OPENED_MS } },
    },
    {
      name: "expired-since",
      row: 15,
      sentence: "Not an attack: all of it expired after the opening, which is what counts.",
      problem: null,
      twist: { scopeEpoch: { expiresMs: OPENED_MS + 1 } },
    },
  ];
}

async function rootCases(): Promise<readonly Case[]> {
  const second = await signerFromSeed(keyName.root("north-college", 2), await seed("root 2"));
  const { root } = await makeCast();
  const next = (change: Partial<RootStatement>, signers = [root]) => ({
    nextRoots: async (first: string, statement: RootStatement) => {
      const text = formatRoot({
        ...statement,
        serial: 2,
        previous: await rootHash(first),
        ...change,
      });
      return [await signNote(text, signers)];
    },
  });
  const wrongRoot = { kind: "untrusted", reason: "wrong-root" };
  const newKey = await signerFromSeed(root.name, await seed("root 1 renewed"));
  return [
    {
      name: "substituted-institution",
      row: 1,
      sentence:
        "The server makes up a whole institution of its own; the client has pinned the true one.",
      problem: wrongRoot,
      isBasePinned: true,
      twist: { cast: await makeCast("strange ") },
    },
    {
      name: "root-two-of-two",
      row: 1,
      sentence: "Not an attack: a root of two keys, signed by both.",
      problem: null,
      twist: {
        root: { threshold: 2, roots: [root.vkey, second.vkey] },
        rootSigners: [root, second],
      },
    },
    {
      name: "root-one-of-two",
      row: 1,
      sentence: "A root that needs two signatures has one.",
      problem: forged,
      twist: { root: { threshold: 2, roots: [root.vkey, second.vkey] } },
    },
    {
      name: "root-twice-the-same",
      row: 1,
      sentence: "A root that needs two signatures has the same one twice.",
      problem: forged,
      twist: { root: { threshold: 2, roots: [root.vkey, second.vkey] }, rootSigners: [root, root] },
    },
    {
      name: "root-of-another-suite",
      row: 7,
      sentence: "The root names another suite.",
      problem: { kind: "unsupported-version" },
      twist: { rewriteRoot: (text) => text.replace(SUITE, SUITE.replace("mlkem768x25519 ", "")) },
    },
    {
      name: "root-next",
      row: 1,
      sentence: "Not an attack: a second root follows, signed by the first.",
      problem: null,
      twist: next({}),
    },
    {
      name: "root-key-renewed",
      row: 1,
      sentence: "Not an attack: a second root with a new key, signed by the old and the new.",
      problem: null,
      twist: next({ roots: [newKey.vkey] }, [root, newKey]),
    },
    {
      name: "root-next-by-itself",
      row: 1,
      sentence: "A second root with a new key, signed by that key alone.",
      problem: forged,
      twist: next({ roots: [newKey.vkey] }, [newKey]),
    },
    {
      name: "root-next-of-another",
      row: 1,
      sentence: "A second root names another one before it.",
      problem: wrongRoot,
      twist: next({ previous: await seed("another root") }),
    },
    {
      name: "root-serial-skipped",
      row: 1,
      sentence: "The root after the first has serial 3.",
      problem: wrongRoot,
      twist: next({ serial: 3 }),
    },
    {
      name: "administrator-gone",
      row: 15,
      sentence: "A second root no longer names the administrator who signed the staff key.",
      problem: forged,
      twist: next({ administrators: [] }),
    },
  ];
}

/** What the server can do to the log: the candidate's leaf 0 remembers the true one. */
async function attacksOnKeyLog(base: Base): Promise<readonly Attack[]> {
  const { institution } = base.sitting;
  const { leaves, cast } = institution;
  const [rootLeaf, staffLeaf, scopeLeaf, memberLeaf] = leaves;
  if (!rootLeaf || !staffLeaf || !scopeLeaf || !memberLeaf)
    throw new Error("The log is too short.");
  const other = encodeText(`invigil/v1/commit\n${toBase64(await seed("another commitment"))}\n`);
  const notLogged = { kind: "untrusted", reason: "not-logged" };
  const rolledBack = { kind: "untrusted", reason: "rolled-back" };
  const put = async (kept: Institution["leaves"]) =>
    changed(base, {
      "trust/keylog.leaves": leafLines(kept),
      "trust/keylog.checkpoint": encodeText(await signLog(kept, cast.server)),
    });
  const strangeServer = (await makeCast("strange ")).server;
  const attack = (
    name: string,
    problem: Case["problem"],
    sentence: string,
    files: Attack["files"],
  ): Attack => ({
    name: `keylog-${name}`,
    row: 5,
    sentence,
    verdict: problem === null ? "complete" : "damaged",
    problems: problem === null ? [] : [problem],
    files,
  });
  return [
    attack(
      "grown",
      null,
      "Not an attack: the log has grown since the opening.",
      await put([...leaves, other]),
    ),
    attack(
      "rolled-back",
      rolledBack,
      "The log is shorter than the candidate saw it.",
      await put(leaves.slice(0, 3)),
    ),
    attack(
      "rewritten",
      rolledBack,
      "A leaf of the log is another one than the candidate saw.",
      await put([rootLeaf, staffLeaf, scopeLeaf, other]),
    ),
    attack(
      "leaf-cut",
      { kind: "truncated" },
      "A leaf is missing under a checkpoint that counts it.",
      changed(base, { "trust/keylog.leaves": leafLines(leaves.slice(0, 3)) }),
    ),
    attack(
      "leaf-added",
      { kind: "forked" },
      "There is a leaf that the checkpoint does not count.",
      changed(base, { "trust/keylog.leaves": leafLines([...leaves, other]) }),
    ),
    attack(
      "leaves-swapped",
      { kind: "forked" },
      "Two leaves change places under the checkpoint.",
      changed(base, {
        "trust/keylog.leaves": leafLines([rootLeaf, memberLeaf, scopeLeaf, staffLeaf]),
      }),
    ),
    attack(
      "by-another-server",
      forged,
      "A server that the root does not name signs the log.",
      changed(base, {
        "trust/keylog.checkpoint": encodeText(await signLog(leaves, strangeServer)),
      }),
    ),
    attack(
      "of-another-origin",
      { kind: "forked" },
      "The server signs the log's head under another origin.",
      changed(base, {
        "trust/keylog.checkpoint": encodeText(
          await signLog(leaves, cast.server, "invigil/south-college/keys"),
        ),
      }),
    ),
    attack(
      "unknown-leaf",
      { kind: "unsupported-version" },
      "The log holds a leaf with an unknown first line.",
      await put([...leaves, encodeText("invigil/v2/root\n")]),
    ),
    ...(await unloggedAttacks(base, notLogged)),
  ];
}

async function unloggedAttacks(
  base: Base,
  problem: NonNullable<Case["problem"]>,
): Promise<readonly Attack[]> {
  const filler = encodeText(`invigil/v1/commit\n${toBase64(await seed("filler"))}\n`);
  const without = (at: number): Twist => ({ log: (leaves) => leaves.with(at, filler) });
  const cases: readonly Case[] = [
    {
      name: "scope-not-logged",
      row: 6,
      sentence: "The scope epoch is signed, but not in the log.",
      problem,
      twist: without(2),
    },
    {
      name: "staff-key-not-logged",
      row: 6,
      sentence: "The staff key is signed, but its commitment is not in the log.",
      problem,
      twist: without(1),
    },
    {
      name: "root-not-logged",
      row: 6,
      sentence: "The log holds no root.",
      problem,
      twist: without(0),
    },
  ];
  const blind = changed(base, {
    "trust/staff-key.blind": encodeText(toBase64(await seed("another blind"))),
  });
  return [
    ...(await Promise.all(cases.map((one) => attackOf(one, base)))),
    {
      name: "trust-staff-key-other-blind",
      row: 6,
      sentence: "The blind does not belong to the staff key's commitment.",
      verdict: "damaged",
      problems: [problem],
      files: blind,
    },
  ];
}
