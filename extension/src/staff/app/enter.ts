import { askPatiently, REAL_WAITING } from "../../patience.ts";
import type { Waiting } from "../../patience.ts";
import { outcomeOf, Trouble } from "../../problems.ts";
import { redeemStaff } from "../api.ts";
import { explain } from "../explain.ts";
import { keepSignIn } from "../vault/vault.ts";
import type { StaffLaunch } from "../wire.ts";
import type { Place } from "./route.svelte.ts";

/**
 * Takes up a staff launch that the opening page handed over in the fragment (`server`, `token`), and goes where the launch pointed.
 * `onWait` hears each time that too many come in at once.
 * @returns why it did not work, or null
 */
export async function enter(
  fragment: string,
  place: Place,
  onWait: () => void,
): Promise<string | null> {
  const fields = new URLSearchParams(fragment.replace(/^#/u, ""));
  const [server, token] = [fields.get("server"), fields.get("token")];
  if (server === null || token === null) return null;
  // Out of the address before anything can go wrong.
  history.replaceState(null, "", location.pathname);
  try {
    const launch = await redeemPatiently(() => redeemStaff(server, token), REAL_WAITING, onWait);
    await keepSignIn({ server, token: launch.staff_token, expires: launch.expires });
    const exam = launch.exam_id ?? null;
    place.go(exam === null ? { at: "exams" } : { at: "exam", exam });
    return null;
  } catch (error) {
    return explain(error);
  }
}

/** Redeems again for as long as the server says that too many come in at once. @throws Trouble for any other refusal */
export async function redeemPatiently(
  redeem: () => Promise<StaffLaunch>,
  world: Waiting,
  onWait: () => void,
): Promise<StaffLaunch> {
  const rethrow = (error: unknown): never => {
    throw error;
  };
  const answer = await askPatiently(() => outcomeOf(redeem, rethrow), world, onWait);
  if (!answer.ok) throw new Trouble(answer.problem);
  return answer.value;
}
