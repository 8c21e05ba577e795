/** Who can open an exam's recordings, and how that changes (sealed.md §6.4). */
import type { TrustedLog } from "@invigil/sealed";
import type { Bench } from "../app/desk.svelte.ts";
import { addReader, myself, openEpoch, removeReader } from "../vault/ceremonies.ts";
import { trustedLog, trustedScope } from "../vault/trusted-log.ts";
import type { ScopeEpoch, ScopeState, WaitingReader } from "../wire.ts";
import { certifiedRecipient } from "./certified-recipient.ts";

interface Change {
  bench: Bench;
  exam: string;
  scope: ScopeState;
  now: number;
}

/** A key of the exam's own, with the person who makes it as its reader: the first one, or one after all readers are gone. */
export async function makeKey({ bench, exam, scope, now }: Change): Promise<void> {
  const { api, keyring } = bench;
  const epoch = (scope.epochs.at(-1)?.epoch ?? 0) + 1;
  await openEpoch({ api, keyring, exam, epoch, readers: [await myself(keyring)], now });
}

/** One more reader: of what is recorded from now on, and of everything earlier that the asker can open. */
export async function letRead(change: Change, reader: WaitingReader): Promise<void> {
  const log = await trustedLog(change.bench.api, change.bench.me.institution.slug);
  for (const epoch of change.scope.epochs) {
    const waits = epoch.waiting.find(({ person }) => person.id === reader.person.id);
    if (epoch.my_wrap !== null && waits !== undefined) await handOn(change, log, epoch, waits);
  }
}

async function handOn(
  { bench, exam, scope: shown, now }: Change,
  log: TrustedLog,
  epoch: ScopeEpoch,
  reader: WaitingReader,
): Promise<void> {
  const { api, keyring } = bench;
  const recipient = await certifiedRecipient({ log, reader, now });
  // Only the newest is still sealed to; an earlier one was certified when it was made.
  const isEarlier = epoch.epoch < (shown.epochs.at(-1)?.epoch ?? 0);
  const atMs = isEarlier ? "then" : now;
  const scope = await trustedScope(api, log, { exam, epoch: epoch.epoch, atMs });
  const myWrap = epoch.my_wrap ?? "";
  const to = { person: reader.person.id, recipient };
  await addReader({ api, keyring, exam, scope, myWrap, reader: to, now });
}

/**
 * A new key for what is recorded from now on, for all present readers but `without`, who gets no key any more: neither
 * the new one nor the earlier ones.
 */
export async function renewKey(change: Change, without: string | null): Promise<void> {
  const { bench, exam, scope, now } = change;
  const { api, keyring } = bench;
  const current = scope.epochs.at(-1);
  if (current === undefined) throw new TypeError("a key is made before it is renewed");
  const readers = [await myself(keyring)];
  // The new key first: from then on nothing is sealed to one that the removed reader may have kept.
  await openEpoch({ api, keyring, exam, epoch: current.epoch + 1, readers, now });
  if (without !== null) await removeFromAll(change, without);
  const stay = new Set(current.members.map(({ id }) => id).filter((id) => id !== without));
  const fresh = await api.scope(exam);
  const log = await trustedLog(api, bench.me.institution.slug);
  for (const epoch of fresh.epochs.slice(-1))
    for (const reader of epoch.waiting)
      if (stay.has(reader.person.id)) await handOn(change, log, epoch, reader);
}

async function removeFromAll({ bench, exam, scope, now }: Change, person: string): Promise<void> {
  const { api, keyring } = bench;
  for (const { epoch, members } of scope.epochs)
    if (members.some(({ id }) => id === person))
      await removeReader({ api, keyring, exam, epoch, person, now });
}
