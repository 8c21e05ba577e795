import { makeSigningKey } from "@invigil/sealed";
import { trouble } from "../../problems.ts";
import { attemptCalls } from "../../server.ts";
import type { AttemptCalls } from "../../server.ts";
import type { RedeemedLaunch } from "../../wire.ts";
import { destroy } from "../evidence/closing.ts";
import { DURABLE, openDatabase } from "../evidence/database.ts";
import type { Secrets } from "../evidence/database.ts";
import type { AttemptRecord } from "./state.ts";

/** Keeps a new token; keys are made once for an attempt on a device. */
export async function keepToken(server: string, launch: RedeemedLaunch): Promise<Secrets> {
  const database = await openDatabase();
  const attempt = launch.attempt.id;
  const known = await database.get("secrets", attempt);
  const secrets: Secrets = {
    attempt,
    institution: launch.institution.slug,
    server,
    token: launch.attempt_token,
    device_key: known?.device_key ?? (await makeSigningKey()),
    attempt_key: known?.attempt_key ?? (await makeSigningKey()),
    opened: known?.opened ?? null,
  };
  const change = database.transaction("secrets", "readwrite", DURABLE);
  await change.store.put(secrets);
  await change.done;
  database.close();
  return secrets;
}

/** null when the attempt's secrets are not, or not any more, on this device. */
export async function heldToken(attempt: string): Promise<string | null> {
  const database = await openDatabase();
  const secrets = await database.get("secrets", attempt);
  database.close();
  return secrets === undefined || secrets.token === "" ? null : secrets.token;
}

/**
 * The token that shows a server that its attempt is recorded here (wire.md §3), whatever became of the record; never one
 * of another server's. null when this device holds none.
 */
export async function tokenHeldFor(server: string): Promise<string | null> {
  const database = await openDatabase();
  const all = await database.getAll("secrets");
  database.close();
  const held = all.filter((secrets) => secrets.server === server && secrets.token !== "");
  return (held.find((secrets) => secrets.opened !== null) ?? held[0])?.token ?? null;
}

/** @throws Trouble `secrets-lost` */
export async function callsFor(record: AttemptRecord): Promise<AttemptCalls> {
  const token = await heldToken(record.attempt.id);
  if (token === null) throw trouble("secrets-lost");
  return attemptCalls(record.server, record.attempt.id, token);
}

export { destroy as destroySecrets };
