import { browser } from "../../browser.ts";
import type { LaunchAnswer } from "../../messages.ts";
import { trouble } from "../../problems.ts";
import { publicCalls } from "../../server.ts";
import type { RedeemedLaunch } from "../../wire.ts";
import { launchedRecord, mustBeKept } from "./reducer.ts";
import { destroySecrets, heldToken, keepToken } from "./secrets.ts";
import type { AttemptStore } from "./store.ts";

/**
 * Redeems a launch link and begins a record. While an attempt on this device holds evidence, a launch leads back to it
 * and the token stays unused.
 * @throws Trouble
 */
export async function launch(
  store: AttemptStore,
  { server, token }: { server: string; token: string },
): Promise<LaunchAnswer> {
  if (!isOrigin(server)) throw trouble("forbidden");
  const known = await store.get();
  if (known !== null && mustBeKept(known)) return { is: "running", record: known };
  const held = known === null ? null : await heldToken(known.attempt.id);
  const answer = await publicCalls(server).redeem(token, browser.version(), held);
  if (answer.kind === "staff") return { is: "staff" };
  if (known !== null && known.attempt.id !== answer.attempt.id)
    await destroySecrets(known.attempt.id);
  return { is: "launched", record: await begin(store, server, answer) };
}

async function begin(store: AttemptStore, server: string, answer: RedeemedLaunch) {
  const secrets = await keepToken(server, answer);
  const record = await store.begin(launchedRecord(server, answer));
  const { opened, state } = answer.attempt;
  if (state === "ended" || state === "terminated") {
    return store.apply({ kind: "failed", reason: "attempt-over" });
  }
  // The log was opened by a device whose keys are gone: nothing can be added to it any more.
  if (opened && secrets.opened === null) {
    return store.apply({ kind: "failed", reason: "secrets-lost" });
  }
  return record;
}

/** An origin as the launch names it: https, or http to this very computer. */
function isOrigin(server: string): boolean {
  if (!URL.canParse(server)) return false;
  const { origin, protocol, hostname } = new URL(server);
  const is_local = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return origin === server && (protocol === "https:" || (protocol === "http:" && is_local));
}
