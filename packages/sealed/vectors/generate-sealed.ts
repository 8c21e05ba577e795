/**
 * Writes the vectors that hold age files: `node packages/sealed/vectors/generate-sealed.ts`. age draws at random, so each run
 * gives other bytes; run it only when the format changes, and commit.
 */
import { writeFileSync } from "node:fs";
import { type Bytes, equalBytes, toBase64, toHex } from "../src/text.ts";
import { ageVectors } from "./age-files.ts";
import { type Attack, type Base } from "./attacks/attack.ts";
import { candidateAttacksOnFiles, serverAttacksOnFiles } from "./attacks/files.ts";
import { attacksOnKeyLog } from "./attacks/keylog.ts";
import { attacksOnCheckpoint, candidateAttacks, serverAttacksOnLog } from "./attacks/log.ts";
import { attacksOnTrust } from "./attacks/trust.ts";
import { serialise, VECTORS } from "./generate.ts";
import { makeInstitution } from "./institution.ts";
import { exportOf, sit } from "./sitting.ts";

async function attempts() {
  const institution = await makeInstitution();
  const sitting = await sit(institution);
  const base: Base = { sitting, files: await exportOf(sitting) };
  const attacks = [
    ...(await serverAttacksOnFiles(base)),
    ...(await candidateAttacksOnFiles(base)),
    ...(await serverAttacksOnLog(base)),
    ...(await attacksOnCheckpoint(base)),
    ...(await candidateAttacks(base)),
    ...(await attacksOnTrust(base)),
    ...(await attacksOnKeyLog(base)),
  ];
  return {
    fingerprint: toHex(institution.fingerprint),
    scope_identity: institution.cast.scopeIdentity,
    files: Object.fromEntries([...base.files].map(([path, bytes]) => [path, toBase64(bytes)])),
    variants: [whole(base), ...attacks].map((attack) => variant(attack, base)),
  };
}

function whole({ files }: Base): Attack {
  return {
    name: "whole",
    row: 0,
    sentence: "Not an attack: the bundle as it is.",
    verdict: "complete",
    problems: [],
    files,
  };
}

/** An attack as its difference from the base. */
function variant({ files, fingerprint, ...facts }: Attack, base: Base) {
  const changes: Record<string, string | null> = {};
  for (const [path, bytes] of files) {
    if (!isSame(base.files.get(path), bytes)) changes[path] = toBase64(bytes);
  }
  for (const path of base.files.keys()) if (!files.has(path)) changes[path] = null;
  return {
    ...facts,
    ...(fingerprint === undefined ? {} : { fingerprint: toHex(fingerprint) }),
    changes,
  };
}

function isSame(one: Bytes | undefined, other: Bytes): boolean {
  return one !== undefined && equalBytes(one, other);
}

if (import.meta.main) {
  writeFileSync(new URL("age.json", VECTORS), serialise(await ageVectors()));
  writeFileSync(new URL("attempts.json", VECTORS), serialise(await attempts()));
}
