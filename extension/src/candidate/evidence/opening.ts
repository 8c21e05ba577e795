import { AttemptSealer, fromBase64, keyName, signerFromKeyPair } from "@invigil/sealed";
import type { TrustedScope } from "@invigil/sealed";
import { trouble } from "../../problems.ts";
import { walk } from "../trust/walk.ts";
import { reachedMs } from "./leaves.ts";
import { openMarks } from "./marks.ts";
import type { Marks } from "./marks.ts";
import type { Database, Opened, Secrets, SpooledFile } from "./database.ts";
import type { EvidenceOrders } from "./orders.ts";
import { openShelf } from "./shelf.ts";
import { openSpool } from "./spool.ts";
import type { Spool } from "./spool.ts";

/** An open log with everything it stands on. */
export interface FoundLog {
  attempt: string;
  spool: Spool;
  sealer: AttemptSealer;
  trusted: TrustedScope;
  opened: Pick<Opened, "opened_ms" | "wrap">;
  marks: Marks;
  /** Up to here nothing is missing undeclared, ms since the opening: later lives begin no earlier. */
  reached_ms: number;
}

type OnKept = (file: SpooledFile) => void;

/**
 * Makes S and leaf 0, or finds the ones of an earlier try: an attempt is opened once on a device.
 * @throws SealedError when the trust material does not hold, Trouble `secrets-lost` without keys.
 */
export async function openLog(
  database: Database,
  order: EvidenceOrders["open"]["ask"],
  onKept: OnKept,
): Promise<FoundLog> {
  const found = await findLog(database, order.attempt, onKept);
  if (found !== null) return found;
  const secrets = await secretsOf(database, order.attempt);
  const opened_ms = Date.now();
  const { scope: trusted } = await walk(order.trust, opened_ms);
  const shelf = await openShelf(order.attempt);
  const opening = { opened_ms, trust: order.trust };
  const spool = openSpool({ database, shelf, attempt: order.attempt, onKept, opening });
  const device = keyName.device(secrets.institution, order.attempt);
  const sealer = await AttemptSealer.begin({
    trust: trusted,
    attempt: order.attempt,
    attemptKey: secrets.attempt_key,
    deviceVkey: (await signerFromKeyPair(device, secrets.device_key)).vkey,
    openedMs: opened_ms,
    nonce: fromBase64(order.nonce),
    clientVersion: order.client_version,
    spool,
  });
  const { opened } = await secretsOf(database, order.attempt);
  if (opened === null) throw trouble("secrets-lost");
  const marks = await openMarks(database, order.attempt);
  return {
    attempt: order.attempt,
    spool,
    sealer,
    trusted,
    opened,
    marks,
    reached_ms: 0,
  };
}

/** Restores a log from what is durable; null when none was opened here. */
export async function findLog(
  database: Database,
  attempt: string,
  onKept: OnKept,
): Promise<FoundLog | null> {
  const secrets = await database.get("secrets", attempt);
  const opened = secrets?.opened ?? null;
  if (secrets === undefined || opened === null) return null;
  const shelf = await openShelf(attempt);
  const spool = openSpool({ database, shelf, attempt, onKept, opening: null });
  await spool.sweep();
  const leaves = await spool.leaves();
  const { scope: trusted } = await walk(opened.trust, opened.opened_ms);
  const sealer = await AttemptSealer.resume({
    secret: opened.secret,
    leaves,
    attemptKey: secrets.attempt_key,
    spool,
  });
  const marks = await openMarks(database, attempt);
  return {
    attempt,
    spool,
    sealer,
    trusted,
    opened,
    marks,
    reached_ms: Math.max(reachedMs(leaves), marks.now.begun_ms ?? 0),
  };
}

async function secretsOf(database: Database, attempt: string): Promise<Secrets> {
  const secrets = await database.get("secrets", attempt);
  if (secrets === undefined) throw trouble("secrets-lost");
  return secrets;
}
