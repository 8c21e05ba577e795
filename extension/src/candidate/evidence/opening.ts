import { AttemptSealer, fromBase64, keyName, signerFromKeyPair } from "@invigil/sealed";
import type { TrustedScope } from "@invigil/sealed";
import { trouble } from "../../problems.ts";
import { walk } from "../trust/walk.ts";
import { freshMark } from "./database.ts";
import type { Database, Mark, Opened, Secrets, SpooledFile } from "./database.ts";
import type { EvidenceOrders } from "./orders.ts";
import { openShelf } from "./shelf.ts";
import type { Shelf } from "./shelf.ts";
import { openSpool } from "./spool.ts";
import type { Spool } from "./spool.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An open log with everything it stands on. */
export interface FoundLog {
  attempt: string;
  database: Database;
  shelf: Shelf;
  spool: Spool;
  sealer: AttemptSealer;
  trusted: TrustedScope;
  opened: Opened;
  mark: Mark;
  /** The largest time a camera or screen file reached, ms since the opening. */
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
  const mark = freshMark(order.attempt);
  await database.put("marks", mark);
  return {
    attempt: order.attempt,
    database,
    shelf,
    spool,
    sealer,
    trusted,
    opened,
    mark,
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
  const mark = (await database.get("marks", attempt)) ?? freshMark(attempt);
  return {
    attempt,
    database,
    shelf,
    spool,
    sealer,
    trusted,
    opened,
    mark,
    reached_ms: reachedMs(leaves),
  };
}

async function secretsOf(database: Database, attempt: string): Promise<Secrets> {
  const secrets = await database.get("secrets", attempt);
  if (secrets === undefined) throw trouble("secrets-lost");
  return secrets;
}

const RECORDED = new Set(["camera", "screen"]);

/** The largest t1 of a recorded file, from the leaves' text (sealed.md §7). */
export function reachedMs(leaves: readonly Bytes[]): number {
  let reached = 0;
  for (const leaf of leaves) {
    const [form, , stream, , times] = new TextDecoder().decode(leaf).split("\n");
    if (form !== "invigil/v1/segment" || !RECORDED.has(stream ?? "")) continue;
    reached = Math.max(reached, Number(times?.split(" ")[1] ?? 0));
  }
  return reached;
}
