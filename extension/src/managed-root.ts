import { browser } from "./browser.ts";

/** The root that managed policy (`roots`) sets for an institution on this computer: a fingerprint in hex, lower-case. */
export async function managedRoot(institution: string): Promise<string | null> {
  const roots = await browser.stored("managed", "roots").catch(() => undefined);
  if (typeof roots !== "object" || roots === null || !Object.hasOwn(roots, institution))
    return null;
  const fingerprint: unknown = (roots as Record<string, unknown>)[institution];
  return typeof fingerprint === "string" ? fingerprint.trim().toLowerCase() : null;
}
