import { askPatiently, REAL_WAITING } from "../../patience.ts";
import type { Waiting } from "../../patience.ts";
import { outcomeOf, Trouble } from "../../problems.ts";
import { redeemStaff, StaffApi } from "../api.ts";
import { explain } from "../explain.ts";
import { metServers } from "../vault/pins.ts";
import { keepSignIn, signIn } from "../vault/vault.ts";
import type { StaffLaunch } from "../wire.ts";
import type { Place } from "./route.svelte.ts";

/** A link to another server than the person's own. Anybody can make one, and call that server what they like. */
export interface Stranger {
  server: string;
  /** The institution that it says it works for; null where it did not take the link. */
  institution: string | null;
  /** Why it did not, in words. */
  problem: string | null;
  /** Where the person is signed in, or was before. */
  home: readonly string[];
  isSignedIn: boolean;
}

/** What the person hears on the way in. */
export interface Usher {
  /** Too many come in at once. */
  onWait: () => void;
  /** Whether to leave the person's own server for this one. */
  ask: (stranger: Stranger) => Promise<boolean>;
}

interface StaffLink {
  server: string;
  token: string;
}

/**
 * Takes up a staff launch that the opening page handed over in the fragment (`server`, `token`), and goes where the launch
 * pointed: at once where it leads to the person's own server, to another one only when they say so.
 * @returns why it did not work, or null
 */
export async function enter(fragment: string, place: Place, usher: Usher): Promise<string | null> {
  const link = takeLink(fragment);
  if (link === null) return null;
  const own = await ownServers(Date.now());
  const isOwn = own.servers.length === 0 || own.servers.includes(link.server);
  const about = { server: link.server, home: own.servers, isSignedIn: own.isSignedIn };
  try {
    const { server, token } = link;
    const launch = await redeemPatiently(
      () => redeemStaff(server, token),
      REAL_WAITING,
      usher.onWait,
    );
    if (!isOwn) {
      const { institution } = await new StaffApi(server, launch.staff_token).me();
      const stranger = { ...about, institution: institution.name, problem: null };
      if (!(await usher.ask(stranger))) return null;
    }
    await keepSignIn({ server, token: launch.staff_token, expires: launch.expires });
    const exam = launch.exam_id ?? null;
    place.go(exam === null ? { at: "exams" } : { at: "exam", exam });
    return null;
  } catch (error) {
    if (isOwn) return explain(error);
    await usher.ask({ ...about, institution: null, problem: explain(error) });
    return null;
  }
}

function takeLink(fragment: string): StaffLink | null {
  const fields = new URLSearchParams(fragment.replace(/^#/u, ""));
  const [server, token] = [fields.get("server"), fields.get("token")];
  if (server === null || token === null) return null;
  // Out of the address before anything can go wrong.
  history.replaceState(null, "", location.pathname);
  return { server, token };
}

/** The server of the sign-in; where that is over, those that this browser met before. */
async function ownServers(now: number): Promise<{ servers: string[]; isSignedIn: boolean }> {
  const kept = await signIn(now);
  if (kept !== null) return { servers: [kept.server], isSignedIn: true };
  return { servers: await metServers(), isSignedIn: false };
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
