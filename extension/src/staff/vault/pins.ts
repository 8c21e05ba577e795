import { managedRoot } from "../../managed-root.ts";
import { Ledger } from "./ledger.ts";

/** Why a root is believed; strongest: a policy of this computer, then a person, then having been here before. */
export type PinSource = "managed" | "compared" | "first-use";

/** What this browser remembers of an institution of a server: the pinned root and how far it saw the key log. */
export interface Remembered {
  fingerprint: string;
  size: number;
  /** base64 */
  root_hash: string;
  /** Whether a person compared the root's words. A policy is asked anew each time. */
  is_compared?: boolean;
}

const pins = new Ledger<Remembered>("staff-pins");

export interface Pin {
  /** Hex; null before the first use. */
  fingerprint: string | null;
  source: PinSource;
  remembered: Remembered | null;
}

export async function pinOf(server: string, institution: string): Promise<Pin> {
  const [remembered, managed] = await Promise.all([
    pins.get(server, institution),
    managedRoot(institution),
  ]);
  if (managed !== null) {
    const isSame = remembered?.fingerprint === managed;
    return { fingerprint: managed, source: "managed", remembered: isSame ? remembered : null };
  }
  const source = remembered?.is_compared === true ? "compared" : "first-use";
  return { fingerprint: remembered?.fingerprint ?? null, source, remembered };
}

export async function rememberPin(
  server: string,
  institution: string,
  seen: Remembered,
): Promise<void> {
  const before = await pins.get(server, institution);
  const is_compared = before?.fingerprint === seen.fingerprint && before.is_compared === true;
  await pins.put(server, institution, { ...seen, is_compared });
}

/** The person compared the words of this root with a copy from elsewhere. */
export async function rememberCompared(
  server: string,
  institution: string,
  fingerprint: string,
): Promise<void> {
  const before = await pins.get(server, institution);
  if (before?.fingerprint !== fingerprint) return;
  await pins.put(server, institution, { ...before, is_compared: true });
}

/** The servers whose institutions were met here. */
export const metServers = (): Promise<string[]> => pins.servers();
