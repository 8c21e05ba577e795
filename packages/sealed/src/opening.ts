import { SealedError, untrusted } from "./errors.ts";
import type { TrustedLog } from "./keylog.ts";
import type { OpenLeaf } from "./leaves.ts";
import { type ScopeCertificate, type TrustedScope, walkToScope } from "./trust.ts";
import { type Bytes, checkSize, equalBytes, LIMITS, sha256 } from "./text.ts";

/**
 * Trust as of an attempt's opening (sealed.md §9, step 1): the key log as leaf 0 names it, at the time leaf 0 names.
 * @throws SealedError `untrusted` (with a reason), `forged`, `malformed`.
 */
export async function trustOpening(
  open: OpenLeaf,
  log: TrustedLog,
  certificate: ScopeCertificate,
): Promise<TrustedScope> {
  if (open.institution !== log.institution) {
    throw untrusted("wrong-scope", "The attempt belongs to another institution.");
  }
  // The candidate gossips the log it saw: a server that showed them another one is found out here.
  await log.checkSeen(open.logHead);
  const asOf = { log, logSize: open.logHead.size, atMs: open.openedMs };
  const scope = await walkToScope(open.scope, certificate, asOf);
  if (scope.epoch !== open.epoch) {
    throw untrusted("wrong-scope", "The certificate is for another epoch of the exam's key.");
  }
  return scope;
}

/** `attempt.age` against leaf 0 (step 2). @throws SealedError `tampered`, `malformed`. */
export async function checkWrap(open: OpenLeaf, wrap: Bytes): Promise<void> {
  checkSize(wrap.length, LIMITS.wrap, "wrap");
  if (!equalBytes(await sha256(wrap), open.wrapHash)) {
    throw new SealedError("tampered", "attempt.age is not the file that the opening names.");
  }
}
