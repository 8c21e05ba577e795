import { fromBase64, trustReader } from "@invigil/sealed";
import type { TrustedLog } from "@invigil/sealed";
import { revocationsOf } from "../vault/trusted-log.ts";
import type { WaitingReader } from "../wire.ts";

/**
 * The recipient of somebody who waits to read, from the root or from a logged statement of an administrator: never from
 * the server's word alone.
 * @throws SealedError when the chain to the person's key breaks
 */
export async function certifiedRecipient(request: {
  log: TrustedLog;
  reader: WaitingReader;
  now: number;
}): Promise<string> {
  const { log, reader, now } = request;
  const { staff_key: note, staff_key_blind: blind } = reader;
  const staffKey = note === null || blind === null ? null : { note, blind: fromBase64(blind) };
  const revocations = revocationsOf(reader.revocations);
  const { recipient } = await trustReader({
    log,
    person: reader.person.id,
    staffKey,
    revocations,
    atMs: now,
  });
  return recipient;
}
