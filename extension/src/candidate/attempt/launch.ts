import { browser } from "../../browser.ts";
import type { LaunchAnswer, LaunchOrder } from "../../messages.ts";
import { trouble } from "../../problems.ts";
import { publicCalls } from "../../server.ts";
import { OVER, SITTING } from "../../wire.ts";
import type { RedeemedLaunch } from "../../wire.ts";
import { letGo } from "./lending.ts";
import { interruptedRecord, launchedRecord, mustBeKept } from "./reducer.ts";
import { destroySecrets, keepToken, tokenHeldFor } from "./secrets.ts";
import type { AttemptStore } from "./store.ts";

/**
 * Redeems a launch link and begins a record. While an attempt on this device holds evidence, a launch leads back to it
 * and the token stays unused.
 * @throws Trouble
 */
export async function launch(
  store: AttemptStore,
  { server, token, course_root }: LaunchOrder,
): Promise<LaunchAnswer> {
  if (!isOrigin(server)) throw trouble("forbidden");
  const known = await store.get();
  if (known !== null && mustBeKept(known)) return { is: "running", record: known };
  const held = await tokenHeldFor(server);
  const answer = await publicCalls(server).redeem(token, browser.version(), held);
  if (answer.kind === "staff") return { is: "staff" };
  // What the record before this one had open or borrowed is not the new one's.
  if (known !== null) await letGo();
  if (known !== null && known.attempt.id !== answer.attempt.id)
    await destroySecrets(known.attempt.id);
  return { is: "launched", record: await begin(store, answer, { server, course_root }) };
}

async function begin(
  store: AttemptStore,
  answer: RedeemedLaunch,
  way: Pick<LaunchOrder, "server" | "course_root">,
) {
  const secrets = await keepToken(way.server, answer);
  const { opened, state } = answer.attempt;
  const fresh = launchedRecord(answer, way);
  // A record that was lost with the power: the recording is here, and goes on.
  if (secrets.opened !== null && SITTING.has(state)) {
    return store.begin(interruptedRecord(fresh, secrets.opened.opened_ms, Date.now()));
  }
  const record = await store.begin(fresh);
  if (OVER.has(state)) {
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
