import { malformed } from "./errors.ts";

/** The names of sealed.md §2 and the key names of §4, each with its grammar. */
const GRAMMAR = {
  institution: /^[a-z0-9][a-z0-9-]{0,39}$/,
  attempt: /^[0-9a-z]{26}$/,
  person: /^[0-9a-z]{26}$/,
  scope: /^(exam|course)\/[0-9a-z]{26}$/,
  stream: /^[a-z][a-z0-9-]{0,23}$/,
  version: /^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}$/,
  // No controls, no space at either end; counted in code points.
  displayName: /^(?! )[^\p{Cc}]{1,200}(?<! )$/u,
} as const;

/** @throws SealedError `malformed` unless `field` is a name of that kind. */
export function checkName(kind: keyof typeof GRAMMAR, field: string): string {
  if (!GRAMMAR[kind].test(field)) throw malformed(`A field is not a name of kind "${kind}".`);
  return field;
}

/** Names of keys and logs (sealed.md §4). */
export const keyName = {
  root: (institution: string, number: number) => `${FAMILY}/${institution}/root/${number}`,
  staff: (institution: string, person: string) => `${FAMILY}/${institution}/staff/${person}`,
  attempt: (institution: string, attempt: string) => `${FAMILY}/${institution}/attempt/${attempt}`,
  device: (institution: string, attempt: string) => `${FAMILY}/${institution}/device/${attempt}`,
  server: (institution: string) => `${FAMILY}/${institution}/server`,
} as const;

/** Origin of the key log's checkpoints. */
export function keyLogOrigin(institution: string): string {
  return `${FAMILY}/${institution}/keys`;
}

const FAMILY = "invigil";
