import { browser } from "../../browser.ts";
import { managedRoot } from "../../managed-root.ts";
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
  const own = await ownPin(server, institution);
  const managed = await managedRoot(institution);
  if (managed === null) return own;
  const head = own?.fingerprint === managed ? own.head : null;
  return { fingerprint: managed, source: "managed", head };
}

/** A policy counts only as long as it is there: what is kept is what this device knows without it. */
export async function rememberPin(server: string, institution: string, pin: Pin): Promise<void> {
  const own = await ownPin(server, institution);
  const source = own?.fingerprint === pin.fingerprint ? own.source : "first-use";
  const kept = pin.source === "managed" ? { ...pin, source } : pin;
  await browser.store("local", KEY, {
    ...(await storedPins()),
    [nameOf(server, institution)]: kept,
  });
}

async function ownPin(server: string, institution: string): Promise<Pin | null> {
  const pin = (await storedPins())[nameOf(server, institution)] ?? null;
  // Kept so before policies were told apart.
  return pin?.source === "managed" ? { ...pin, source: "first-use" } : pin;
}

async function storedPins(): Promise<Record<string, Pin>> {
  const stored = await browser.stored("local", KEY);
  // Written by this file only.
  return typeof stored === "object" && stored !== null ? (stored as Record<string, Pin>) : {};
}

function nameOf(server: string, institution: string): string {
  return `${server} ${institution}`;
}
