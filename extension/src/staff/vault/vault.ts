import { fromBase64, toBase64 } from "@invigil/sealed";
import type { Keyring } from "@invigil/sealed";
import { browser } from "../../browser.ts";

/**
 * Where the unlocked keyring and the sign-in stay between page loads: `chrome.storage.session`, which is memory
 * only, closed to content scripts, and gone with the browser. Nothing unlocked is ever written to a disk.
 */
const SIGN_IN = "staff-sign-in";
const UNLOCKED = "staff-keyring";
/** The keyring locks itself when nobody touched the staff app for so long. */
export const IDLE_LOCK_MS = 30 * 60_000;

export interface SignIn {
  server: string;
  token: string;
  /** Unix ms. */
  expires: number;
}

interface Unlocked {
  /** Absent where it was unlocked before servers were told apart: then it is unlocked again. */
  server?: string;
  institution: string;
  person: string;
  identity: string;
  seed: string;
  touched_at: number;
}

/** The keyring stays open only while the server stays the same. */
export async function keepSignIn(signIn: SignIn): Promise<void> {
  const before = (await browser.stored("session", SIGN_IN)) as SignIn | undefined;
  if (before?.server !== signIn.server) await lock();
  await browser.store("session", SIGN_IN, signIn);
}

/** The sign-in that is still good at `now`. */
export async function signIn(now: number): Promise<SignIn | null> {
  const kept = (await browser.stored("session", SIGN_IN)) as SignIn | undefined;
  return kept !== undefined && kept.expires > now ? kept : null;
}

export async function signOut(): Promise<void> {
  await lock();
  await browser.forget("session", SIGN_IN);
}

/** Holds the keyring open for one server: any other may claim the same institution and the same person. */
export async function holdKeyring(server: string, keyring: Keyring, now: number): Promise<void> {
  const { institution, person, identity, seed } = keyring;
  await browser.store("session", UNLOCKED, {
    server,
    institution,
    person,
    identity,
    seed: toBase64(seed),
    touched_at: now,
  } satisfies Unlocked);
}

/** The keyring of this person at this server, unless it is locked or lay idle too long; touching it keeps it open. */
export async function heldKeyring(
  owner: { server: string; institution: string; person: string },
  now: number,
): Promise<Keyring | null> {
  const kept = (await browser.stored("session", UNLOCKED)) as Unlocked | undefined;
  if (kept === undefined) return null;
  const isOwners =
    kept.server === owner.server &&
    kept.institution === owner.institution &&
    kept.person === owner.person;
  if (!isOwners || now - kept.touched_at > IDLE_LOCK_MS) {
    await lock();
    return null;
  }
  await browser.store("session", UNLOCKED, { ...kept, touched_at: now });
  return {
    institution: kept.institution,
    person: kept.person,
    identity: kept.identity,
    seed: fromBase64(kept.seed),
  };
}

export async function lock(): Promise<void> {
  await browser.forget("session", UNLOCKED);
}
