import { fingerprintHex, fingerprintWords, SealedError } from "@invigil/sealed";
import { browser } from "../../browser.ts";
import { Trouble } from "../../problems.ts";
import { attemptCalls, publicCalls } from "../../server.ts";
import type { AttemptRecord, KeyRefusal, KeyStanding, PinSource } from "../attempt/state.ts";
import { fetchTrust } from "./material.ts";
import type { TrustMaterial } from "./material.ts";
import { pinOf, rememberPin } from "./pins.ts";
import type { Pin } from "./pins.ts";
import { headOf, isNewEnough, refusalOf, walk } from "./walk.ts";

export interface Checked {
  standing: KeyStanding;
  /** null when refused. */
  material: TrustMaterial | null;
}

/**
 * Fetches and walks the chain to the exam's key; remembers the pin and the log's head when it holds.
 * @throws Trouble when the server cannot be asked; that is no judgement on its key.
 */
export async function checkKey(record: AttemptRecord, token: string): Promise<Checked> {
  const { server, institution } = record;
  const pin = await pinOf(server, institution.slug);
  try {
    const material = await fetchTrust({
      open: publicCalls(server),
      attempt: attemptCalls(server, record.attempt.id, token),
      institution: institution.slug,
      exam: record.exam.id,
      pinned: pin?.fingerprint ?? null,
      remembered: pin?.head ?? null,
    });
    if (material.scope !== record.attempt.scope) return refusedFor("malformed");
    const { log, scope } = await walk(material, Date.now());
    if (!isNewEnough(browser.version(), log.root.minimumClient))
      return refusedFor("client-too-old");
    const fingerprint = fingerprintHex(log.fingerprint);
    const { course_root } = record;
    if (course_root !== null && course_root !== fingerprint) return refusedFor("course-differs");
    const source = strongest(pin, course_root);
    await rememberPin(server, institution.slug, { fingerprint, source, head: headOf(log) });
    const standing: KeyStanding = {
      is: "trusted",
      pin: source,
      first_contact: pin === null,
      fingerprint_words: [...fingerprintWords(log.fingerprint)],
      fingerprint_hex: fingerprint,
      signed_by: scope.signer.person,
      checked_at: Date.now(),
    };
    return { standing, material };
  } catch (error) {
    return refusedFor(reasonOf(error));
  }
}

/** What the course says counts for more than first use, and for less than what a person or a policy said. */
function strongest(pin: Pin | null, course_root: string | null): PinSource {
  const source = pin?.source ?? "first-use";
  return source === "first-use" && course_root !== null ? "course" : source;
}

/** What of an error says that the key is not to be trusted; everything else passes through. */
function reasonOf(error: unknown): KeyRefusal {
  if (error instanceof SealedError) return refusalOf(error);
  if (error instanceof Trouble && error.problem.kind === "server") {
    if (error.problem.code === "exam-not-ready") return "not-ready";
  }
  throw error;
}

function refusedFor(reason: KeyRefusal): Checked {
  return { standing: { is: "refused", reason, checked_at: Date.now() }, material: null };
}
