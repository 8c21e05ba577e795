import { expect, test } from "vitest";
import { makeInstitution } from "../vectors/institution.ts";
import { exportOf, sit } from "../vectors/sitting.ts";
import { verifyBundle } from "./bundle.ts";

test("a whole sitting verifies as complete", async () => {
  const institution = await makeInstitution();
  const files = await exportOf(await sit(institution));

  const { verdict, problems } = await verifyBundle(files, {
    fingerprint: institution.fingerprint,
    scopeIdentity: institution.cast.scopeIdentity,
  });

  expect(problems).toEqual([]);
  expect(verdict).toBe("complete");
});
