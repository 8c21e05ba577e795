import {
  fingerprintFromHex,
  fingerprintHex,
  fromBase64,
  replayKeyLog,
  toBase64,
  trustScope,
  trustScopeThen,
} from "@invigil/sealed";
import type { BlindNote, ScopeCertificate, TrustedLog, TrustedScope } from "@invigil/sealed";
import type { StaffApi } from "../api.ts";
import type { ScopeTrust } from "../wire.ts";
import { pinOf, rememberPin } from "./pins.ts";
import type { PinSource } from "./pins.ts";

/** An institution as one server shows it: its log, and why its root is believed. */
export interface Met {
  log: TrustedLog;
  source: PinSource;
  /** This browser knew no root of it before. */
  isFirst: boolean;
}

/**
 * The institution's key log, replayed whole from the pinned root (sealed.md §6.5, §6.6) and held against what this browser saw before.
 * @throws SealedError `untrusted` and its reason when the server shows another history; Trouble when it does not answer
 */
export async function meet(api: StaffApi, institution: string): Promise<Met> {
  const [{ fingerprint, source, remembered }, shown] = await Promise.all([
    pinOf(api.server, institution),
    api.keyLog(institution),
  ]);
  const log = await replayKeyLog({
    institution,
    pin: fingerprint === null ? "first-use" : fingerprintFromHex(fingerprint),
    leaves: shown.leaves.map(fromBase64),
    checkpoint: shown.checkpoint,
    remembered:
      remembered === null
        ? null
        : { size: remembered.size, rootHash: fromBase64(remembered.root_hash) },
    roots: shown.roots,
  });
  await rememberPin(api.server, institution, {
    fingerprint: fingerprintHex(log.fingerprint),
    size: log.head.size,
    root_hash: toBase64(log.head.rootHash),
  });
  return { log, source, isFirst: fingerprint === null };
}

/** @throws SealedError, Trouble as {@link meet} */
export async function trustedLog(api: StaffApi, institution: string): Promise<TrustedLog> {
  return (await meet(api, institution)).log;
}

/** What the server says was revoked; the walk finds each in the log, and checks who said so. */
export function revocationsOf(revocations: ScopeTrust["signer"]["revocations"]): BlindNote[] {
  return revocations.map(({ note, blind }) => ({ note, blind: fromBase64(blind) }));
}

export function certificateOf(trust: ScopeTrust): ScopeCertificate {
  const { staff_key: note, blind, revocations } = trust.signer;
  return {
    scopeEpoch: trust.scope_epoch,
    staffKey: note === null || blind === null ? null : { note, blind: fromBase64(blind) },
    revocations: revocationsOf(revocations),
  };
}

/**
 * The exam's certified key of one epoch: as of `atMs`, with everything that the log says now, or as it was when it was logged.
 * @throws SealedError, Trouble
 */
export async function trustedScope(
  api: StaffApi,
  log: TrustedLog,
  { exam, epoch, atMs }: { exam: string; epoch: number; atMs: number | "then" },
): Promise<TrustedScope> {
  const certificate = certificateOf(await api.scopeTrust(exam, epoch));
  const walked = { log, scope: `exam/${exam}`, certificate };
  return atMs === "then" ? trustScopeThen(walked) : trustScope({ ...walked, atMs });
}
