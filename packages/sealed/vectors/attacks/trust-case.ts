import { makeInstitution, type Twist } from "../institution.ts";
import { exportOf, moveTo } from "../sitting.ts";
import { type Attack, type Base } from "./attack.ts";

/** A chain of trust that differs in one place; `problem` is null where it holds. */
export interface Case {
  readonly name: string;
  readonly row: number;
  readonly sentence: string;
  readonly problem: { readonly kind: string; readonly reason?: string } | null;
  readonly twist: Twist;
  /** Pin the base's root although this is another one. */
  readonly isBasePinned?: boolean;
}

/** The base's sitting under another chain. */
export async function attackOf({ twist, problem, ...rest }: Case, base: Base): Promise<Attack> {
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
