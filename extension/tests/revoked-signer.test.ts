import { toBase64, trustScope, trustScopeThen, trustReader } from "@invigil/sealed";
import { beforeAll, describe, expect, test } from "vitest";
import { makeInstitution, replay } from "../../packages/sealed/vectors/institution.ts";
import type { Institution } from "../../packages/sealed/vectors/institution.ts";
import {
  EXAM_SCOPE,
  INSTITUTION,
  OPENED_MS,
  TEACHER,
} from "../../packages/sealed/vectors/seeds.ts";
import { walk } from "../src/candidate/trust/walk.ts";
import { certificateOf, revocationsOf } from "../src/staff/vault/trusted-log.ts";

/** An exam's key as the server hands it out after its signer's key was revoked. */
let institution: Institution;

beforeAll(async () => {
  institution = await makeInstitution({ revocation: { issuedMs: OPENED_MS } });
});

function answer() {
  const { scopeEpoch, staffKey, revocations } = institution;
  if (staffKey === null) throw new Error("A teacher signs.");
  return {
    scope: EXAM_SCOPE,
    epoch: 1,
    scope_epoch: scopeEpoch,
    signer: {
      person: TEACHER,
      staff_key: staffKey.note,
      blind: toBase64(staffKey.blind),
      revocations: revocations.map(({ note, blind }) => ({ note, blind: toBase64(blind) })),
    },
  };
}

const REVOKED = { kind: "untrusted", reason: "revoked" };

describe("an exam's key whose signer was revoked", () => {
  test("is not trusted by staff any more", async () => {
    const certificate = certificateOf(answer());
    const log = await replay(institution);
    const asked = { log, scope: EXAM_SCOPE, certificate, atMs: OPENED_MS };

    await expect(trustScope(asked)).rejects.toMatchObject(REVOKED);
  });

  test("still opens for staff what was sealed to it before", async () => {
    const certificate = certificateOf(answer());
    const log = await replay(institution);

    const then = await trustScopeThen({ log, scope: EXAM_SCOPE, certificate });

    expect(then.signer.person).toBe(TEACHER);
  });

  test("is handed to no reader whose own key was revoked", async () => {
    const { staffKey } = institution;
    const revocations = revocationsOf(answer().signer.revocations);
    const log = await replay(institution);

    await expect(
      trustReader({ log, person: TEACHER, staffKey, revocations, atMs: OPENED_MS }),
    ).rejects.toMatchObject(REVOKED);
  });

  test("stops a candidate's recording", async () => {
    const { leaves, checkpoint, rootNotes } = institution;
    const material = {
      institution: INSTITUTION,
      scope: EXAM_SCOPE,
      pinned: null,
      remembered: null,
      leaves: leaves.map(toBase64),
      checkpoint,
      roots: [...rootNotes],
      certificate: answer(),
    };

    await expect(walk(material, OPENED_MS)).rejects.toMatchObject(REVOKED);
  });
});
