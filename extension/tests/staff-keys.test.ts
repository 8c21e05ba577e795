import { commitLeaf, fromBase64, keyringPublicKeys, trustReader } from "@invigil/sealed";
import { describe, expect, test } from "vitest";
import { makeCast, makeInstitution, replay } from "../../packages/sealed/vectors/institution.ts";
import { ADMINISTRATOR, OPENED_MS, TEACHER } from "../../packages/sealed/vectors/seeds.ts";
import type { StaffApi } from "../src/staff/api.ts";
import { canEndKeys, endKeys } from "../src/staff/vault/ceremonies.ts";
import type { StaffMember } from "../src/staff/wire.ts";

const CERTIFIED: StaffMember = {
  person: { id: TEACHER, name: "Tomás Reyes" },
  roles: [],
  certification: "certified",
  revoked: null,
  keys: null,
  staff_key: "a note",
  staff_key_blind: null,
};
const LISTED = { ...CERTIFIED, person: { id: ADMINISTRATOR, name: "Ada" }, staff_key: null };

/** What the administrator's browser hands to the server. */
async function handedIn(member: StaffMember): Promise<{ note: string; blind: string | null }[]> {
  const posted: { note: string; blind: string | null }[] = [];
  const api = {
    postStatement: (note: string, blind: string | null) => {
      posted.push({ note, blind });
      return Promise.resolve();
    },
  } as unknown as StaffApi;
  const { admin } = await makeCast();
  await endKeys({ api, keyring: admin, member, now: OPENED_MS });
  return posted;
}

describe("ending somebody's keys", () => {
  test("is a statement that ends them in every walk, and nobody else's", async () => {
    const [said] = await handedIn(CERTIFIED);
    const revocation = { note: said?.note ?? "", blind: fromBase64(said?.blind ?? "") };
    const leaf = await commitLeaf(revocation);
    const institution = await makeInstitution({ log: (leaves) => [...leaves, leaf] });
    const log = await replay(institution);
    const { staffKey, cast } = institution;
    const walk = { log, revocations: [revocation], atMs: OPENED_MS };

    await expect(trustReader({ ...walk, person: TEACHER, staffKey })).rejects.toMatchObject({
      kind: "untrusted",
      reason: "revoked",
    });
    const admin = await trustReader({ ...walk, person: ADMINISTRATOR, staffKey: null });
    expect(admin.recipient).toBe((await keyringPublicKeys(cast.admin)).recipient);
  });

  test("of an administrator whom the root lists is not tried", async () => {
    await expect(handedIn(LISTED)).rejects.toThrow("only a new root");
  });

  test.each([
    ["certified by a statement", CERTIFIED, true],
    ["listed in the root", LISTED, false],
    ["waiting to be certified", { ...CERTIFIED, certification: "pending", staff_key: null }, false],
    ["ended already", { ...CERTIFIED, certification: "revoked", staff_key: null }, false],
  ] as const)("is offered, or not, for keys %s", (_, member, isOffered) => {
    expect(canEndKeys(member)).toBe(isOffered);
  });
});
