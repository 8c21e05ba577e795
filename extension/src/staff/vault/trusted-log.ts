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
import { browser } from "../../browser.ts";
import type { StaffApi } from "../api.ts";
import type { ScopeTrust } from "../wire.ts";

/** What this browser remembers of an institution: the pinned root and how far it saw the key log. */
interface Remembered {
  fingerprint: string;
  size: number;
  /** base64 */
  root_hash: string;
}

const KEY = "staff-pins";

async function remembered(institution: string): Promise<Remembered | null> {
  const all = (await browser.stored("local", KEY)) as
    Partial<Record<string, Remembered>> | undefined;
  return all?.[institution] ?? null;
}

async function remember(institution: string, log: TrustedLog): Promise<void> {
  const all = ((await browser.stored("local", KEY)) ?? {}) as Record<string, Remembered>;
  const entry = {
    fingerprint: fingerprintHex(log.fingerprint),
    size: log.head.size,
    root_hash: toBase64(log.head.rootHash),
  };
  await browser.store("local", KEY, { ...all, [institution]: entry });
}

/** The root that managed policy sets for this institution, as a hex fingerprint. */
async function managedPin(institution: string): Promise<string | null> {
  const roots = (await browser.stored("managed", "roots")) as Record<string, unknown> | undefined;
  const pin = roots?.[institution];
  return typeof pin === "string" ? pin : null;
}

/**
 * The institution's key log, replayed whole from the pinned root (sealed.md §6.5, §6.6) and held against what this browser saw before.
 * @throws SealedError `untrusted` and its reason when the server shows another history; Trouble when it does not answer
 */
export async function trustedLog(api: StaffApi, institution: string): Promise<TrustedLog> {
  const [before, managed, shown] = await Promise.all([
    remembered(institution),
    managedPin(institution),
    api.keyLog(institution),
  ]);
  const pin = managed ?? before?.fingerprint ?? null;
  const log = await replayKeyLog({
    institution,
    pin: pin === null ? "first-use" : fingerprintFromHex(pin),
    leaves: shown.leaves.map(fromBase64),
    checkpoint: shown.checkpoint,
    remembered:
      before === null ? null : { size: before.size, rootHash: fromBase64(before.root_hash) },
    roots: shown.roots,
  });
  await remember(institution, log);
  return log;
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
