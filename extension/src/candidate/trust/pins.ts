import { browser } from "../../browser.ts";
import type { PinSource } from "../attempt/state.ts";
import type { RememberedHead } from "./material.ts";

export interface Pin {
  /** Hex. */
  fingerprint: string;
  source: PinSource;
  /** The key log as last seen; null for a policy that was never walked. */
  head: RememberedHead | null;
}

const KEY = "pins";

/** How this device knows an institution; strongest: policy, then a person, then the course. */
export async function pinOf(server: string, institution: string): Promise<Pin | null> {
  const own = (await storedPins())[nameOf(server, institution)] ?? null;
  const managed = await managedFingerprint(institution);
  if (managed === null) return own;
  const head = own?.fingerprint === managed ? own.head : null;
  return { fingerprint: managed, source: "managed", head };
}

export async function rememberPin(server: string, institution: string, pin: Pin): Promise<void> {
  const pins = await storedPins();
  await browser.store("local", KEY, { ...pins, [nameOf(server, institution)]: pin });
}

async function storedPins(): Promise<Record<string, Pin>> {
  const stored = await browser.stored("local", KEY);
  // Written by this file only.
  return typeof stored === "object" && stored !== null ? (stored as Record<string, Pin>) : {};
}

/** `roots` of the managed policy: institution → fingerprint in hex. */
async function managedFingerprint(institution: string): Promise<string | null> {
  const roots = await browser.stored("managed", "roots").catch(() => undefined);
  if (typeof roots !== "object" || roots === null || !Object.hasOwn(roots, institution))
    return null;
  const fingerprint: unknown = (roots as Record<string, unknown>)[institution];
  return typeof fingerprint === "string" ? fingerprint.toLowerCase() : null;
}

function nameOf(server: string, institution: string): string {
  return `${server} ${institution}`;
}
