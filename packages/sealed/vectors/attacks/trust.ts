import { keyringSigner } from "../../src/keyring.ts";
import { keyName } from "../../src/names.ts";
import { signerFromSeed, signNote } from "../../src/note.ts";
import { formatRoot, rootHash, type RootStatement } from "../../src/root.ts";
import { recipientOf } from "../../src/age.ts";
import { SUITE } from "../../src/text.ts";
import { makeCast, type Twist } from "../institution.ts";
import { OPENED_MS, seed } from "../seeds.ts";
import { type Attack, type Base } from "./attack.ts";
import { attackOf, type Case } from "./trust-case.ts";

const EARLIER_MS = OPENED_MS - 1000;
const expired = { kind: "untrusted", reason: "expired" };
const forged = { kind: "forged" };

/** Chains that hold or break between the pin and the scope's key; the attempt itself is sound in each. */
export async function attacksOnTrust(base: Base): Promise<readonly Attack[]> {
  const cases = [
    ...(await signerCases()),
    ...timeCases(),
    ...(await revocationCases()),
    ...(await rootCases()),
  ];
  const twisted = await Promise.all(cases.map((one) => attackOf(one, base)));
  return [...twisted, withoutItsRoot(twisted)];
}

/** The export leaves a root out that the key log holds. */
function withoutItsRoot(attacks: readonly Attack[]): Attack {
  const known = attacks.find(({ name }) => name === "trust-administrator-gone");
  if (known === undefined) throw new Error("No attack takes the administrator away.");
  const files = new Map(known.files);
  files.delete("trust/root-2.note");
  return {
    ...known,
    name: "trust-administrator-hidden",
    sentence: "The same, and the export leaves the second root out: the key log holds it.",
    files,
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
      name: "signer-ahead",
      row: 15,
      sentence: "Not an attack: the clock of whoever signed is ahead of the candidate's.",
      problem: null,
      twist: { scopeEpoch: { issuedMs: OPENED_MS + 1000 } },
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

async function revocationCases(): Promise<readonly Case[]> {
  const { teacher } = await makeCast();
  const revoked = { kind: "untrusted", reason: "revoked" };
  return [
    {
      name: "signer-revoked",
      row: 15,
      sentence: "The signer's key had been revoked at the opening.",
      problem: revoked,
      twist: { revocation: { issuedMs: EARLIER_MS } },
    },
    {
      name: "signer-revoked-earlier",
      row: 15,
      sentence: "Not an attack: an earlier key of the signer was revoked.",
      problem: null,
      twist: { revocation: { issuedMs: 1 } },
    },
    {
      name: "another-revoked",
      row: 15,
      sentence: "Not an attack: somebody else's key was revoked.",
      problem: null,
      twist: { revocation: { issuedMs: EARLIER_MS, person: "01jd00000000000000000other" } },
    },
    {
      name: "revocation-not-logged",
      row: 6,
      sentence: "The revocation that comes with the export is not in the log.",
      problem: { kind: "untrusted", reason: "not-logged" },
      twist: { revocation: { issuedMs: EARLIER_MS, isUnlogged: true } },
    },
    {
      name: "revocation-by-itself",
      row: 15,
      sentence: "The teacher, who is no administrator, signs the revocation.",
      problem: forged,
      twist: { revocation: { issuedMs: EARLIER_MS, signer: await keyringSigner(teacher) } },
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
    ...(await serverCases(next)),
  ];
}

/** @param next makes the twist of a second root. */
async function serverCases(
  next: (change: Partial<RootStatement>) => Twist,
): Promise<readonly Case[]> {
  const [{ server }, renewed] = [await makeCast(), (await makeCast("strange ")).server];
  const both = { servers: [server.vkey, renewed.vkey] };
  return [
    {
      name: "server-renewed",
      row: 5,
      sentence: "Not an attack: a second root adds a server's key, which signs the log.",
      problem: null,
      twist: { ...next(both), logServer: renewed },
    },
    {
      name: "log-by-former-server",
      row: 5,
      sentence: "The key log is signed by a server that the newest root no longer names.",
      problem: forged,
      twist: next({ servers: [renewed.vkey] }),
    },
    {
      name: "receipt-by-former-server",
      row: 5,
      sentence: "The receipt is by a server that the root of then no longer named.",
      problem: forged,
      twist: { ...next({ servers: [renewed.vkey] }), logServer: renewed },
    },
  ];
}
