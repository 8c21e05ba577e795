import { fingerprintWords, sha256 } from "@invigil/sealed";
import type { PublicKeys } from "../wire.ts";

/** Eight words over both public keys of a person: what an administrator compares before certifying. */
export async function keyWords({ vkey, recipient }: PublicKeys): Promise<string> {
  return fingerprintWords(await sha256(new TextEncoder().encode(`${vkey}\n${recipient}\n`))).join(
    " ",
  );
}
