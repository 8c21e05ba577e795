import { explain } from "../explain.ts";
import { redeemStaff } from "../api.ts";
import { keepSignIn } from "../vault/vault.ts";
import type { Place } from "./route.svelte.ts";

/**
 * Takes up a staff launch that the opening page handed over in the fragment (`server`, `token`), and goes where the launch pointed.
 * @returns why it did not work, or null
 */
export async function enter(fragment: string, place: Place): Promise<string | null> {
  const fields = new URLSearchParams(fragment.replace(/^#/u, ""));
  const [server, token] = [fields.get("server"), fields.get("token")];
  if (server === null || token === null) return null;
  // Out of the address before anything can go wrong.
  history.replaceState(null, "", location.pathname);
  try {
    const launch = await redeemStaff(server, token);
    await keepSignIn({ server, token: launch.staff_token, expires: launch.expires });
    const exam = launch.exam_id ?? null;
    place.go(exam === null ? { at: "exams" } : { at: "exam", exam });
    return null;
  } catch (error) {
    return explain(error);
  }
}
