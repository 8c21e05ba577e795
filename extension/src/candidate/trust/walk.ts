import {
  fingerprintFromHex,
  fromBase64,
  replayKeyLog,
  toBase64,
  trustScope,
} from "@invigil/sealed";
import type { SealedError, TrustedLog, TrustedScope } from "@invigil/sealed";
import type { KeyRefusal } from "../attempt/state.ts";
import type { RememberedHead, TrustMaterial } from "./material.ts";

export interface Trusted {
  log: TrustedLog;
  scope: TrustedScope;
}

/**
 * Walks from the pin to the exam's key (sealed.md §6.6).
 * @throws SealedError when the chain breaks anywhere: then nothing may be recorded.
 */
export async function walk(material: TrustMaterial, at_ms: number): Promise<Trusted> {
  const { remembered, certificate } = material;
  const log = await replayKeyLog({
    institution: material.institution,
    pin: material.pinned === null ? "first-use" : fingerprintFromHex(material.pinned),
    leaves: material.leaves.map(fromBase64),
    checkpoint: material.checkpoint,
    remembered:
      remembered === null
        ? null
        : { size: remembered.size, rootHash: fromBase64(remembered.root_hash) },
    roots: material.roots,
  });
  const { staff_key, blind, revocations = [] } = certificate.signer;
  const staffKey =
    staff_key === null || blind === null ? null : { note: staff_key, blind: fromBase64(blind) };
  const scope = await trustScope({
    log,
    scope: material.scope,
    certificate: {
      scopeEpoch: certificate.scope_epoch,
      staffKey,
      revocations: revocations.map((one) => ({ note: one.note, blind: fromBase64(one.blind) })),
    },
    atMs: at_ms,
  });
  return { log, scope };
}

export function headOf(log: TrustedLog): RememberedHead {
  return { size: log.head.size, root_hash: toBase64(log.head.rootHash) };
}

/** The name under which a page explains why recording is refused. */
export function refusalOf(error: SealedError): KeyRefusal {
  if (error.kind === "untrusted") {
    return error.reason === undefined || error.reason === "wrong-scope" ? "forged" : error.reason;
  }
  return error.kind === "forged" || error.kind === "forked" ? "forged" : "malformed";
}

/** Whether this client is at least as new as the root asks. Versions are `a.b.c`. */
export function isNewEnough(version: string, minimum: string): boolean {
  const [ours, theirs] = [version, minimum].map((text) => text.split(".").map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (ours?.[part] ?? 0) - (theirs?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
