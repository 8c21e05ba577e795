import type { AttemptCalls, PublicCalls, ScopeTrust } from "../../server.ts";
import { Trouble } from "../../problems.ts";

/** How much of the key log this device has seen: it must never shrink or change. */
export interface RememberedHead {
  size: number;
  /** base64 */
  root_hash: string;
}

/** Everything the trust walk needs, as it came: plain strings, so that it can be stored and walked again. */
export interface TrustMaterial {
  institution: string;
  scope: string;
  /** Hex fingerprint, or null for the first use. */
  pinned: string | null;
  remembered: RememberedHead | null;
  /** base64 leaves of the whole key log. */
  leaves: string[];
  checkpoint: string;
  roots: string[];
  certificate: Pick<ScopeTrust, "scope_epoch" | "signer">;
}

/** More than any institution signs in a century of exams; a server that sends more is not one. */
const MOST_LEAVES = 1_000_000;

/** Fetches the institution's key log and the certificate of the exam's key. @throws Trouble */
export async function fetchTrust(request: {
  open: PublicCalls;
  attempt: AttemptCalls;
  institution: string;
  exam: string;
  pinned: string | null;
  remembered: RememberedHead | null;
}): Promise<TrustMaterial> {
  const { open, institution } = request;
  const [trust, certificate] = await Promise.all([
    open.institutionTrust(institution),
    request.attempt.scopeTrust(request.exam),
  ]);
  const { leaves, checkpoint } = await fetchKeyLog(open, institution, trust.keylog);
  return {
    institution,
    scope: certificate.scope,
    pinned: request.pinned,
    remembered: request.remembered,
    leaves,
    checkpoint,
    roots: trust.roots,
    certificate,
  };
}

async function fetchKeyLog(
  open: PublicCalls,
  institution: string,
  head: { size: number; checkpoint: string },
): Promise<{ leaves: string[]; checkpoint: string }> {
  const leaves: string[] = [];
  while (leaves.length < head.size) {
    const page = await open.keyLogPage(institution, leaves.length);
    if (page.leaves.length === 0 || leaves.length + page.leaves.length > MOST_LEAVES) {
      throw new Trouble({ kind: "bad-answer", status: 200 });
    }
    leaves.push(...page.leaves);
  }
  // A log that grew meanwhile is cut to the checkpoint that we hold.
  return { leaves: leaves.slice(0, head.size), checkpoint: head.checkpoint };
}
