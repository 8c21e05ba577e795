import {
  signLog,
  makeCast,
  makeInstitution,
  type Institution,
  type Twist,
} from "../institution.ts";
import { concat, encodeText, toBase64 } from "../../src/text.ts";
import { OPENED_MS, seed } from "../seeds.ts";
import { leafLines, trustFiles } from "../sitting.ts";
import { type Attack, type Base, changed } from "./attack.ts";
import { attackOf, type Case } from "./trust-case.ts";

/** What the server can do to the log: the candidate's leaf 0 remembers the true one. */
export async function attacksOnKeyLog(base: Base): Promise<readonly Attack[]> {
  const { institution } = base.sitting;
  const { leaves, cast } = institution;
  const [rootLeaf, staffLeaf, scopeLeaf, memberLeaf] = leaves;
  if (!rootLeaf || !staffLeaf || !scopeLeaf || !memberLeaf)
    throw new Error("The log is too short.");
  const revokedSince = await makeInstitution({ revocation: { issuedMs: OPENED_MS + 1000 } });
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
      "signer-revoked-since",
      null,
      "Not an attack: the signer's key was revoked after the opening.",
      changed(base, Object.fromEntries(trustFiles(revokedSince))),
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
      { kind: "forged" },
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
      "short-commitment",
      { kind: "malformed" },
      "The log holds a commitment that is none.",
      await put([...leaves, encodeText("invigil/v1/commit\nAAAA\n")]),
    ),
    attack(
      "long-commitment",
      { kind: "malformed" },
      "The log holds a commitment with a line too many.",
      await put([...leaves, concat(other, encodeText("more\n"))]),
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
