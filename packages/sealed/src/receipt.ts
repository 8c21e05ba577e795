import { cosignatureTimeS, cosignatureVerifier, parseCheckpoint } from "./checkpoint.ts";
import { SealedError } from "./errors.ts";
import { noteVerifier, openNote } from "./note.ts";
import type { TreeHead } from "./tree.ts";

/** The server's word that it keeps an attempt's log up to `size` (sealed.md §4, §8). */
export interface Receipt extends TreeHead {
  /** Unix seconds of the server. */
  readonly timeS: number;
}

/**
 * Opens a checkpoint that carries the attempt's signature and a server's cosignature.
 * @throws SealedError `forged` unless both are there and verify; `forked` for another log's; `malformed`.
 */
export async function openReceipt(
  note: string,
  attempt: { readonly name: string; readonly vkey: string },
  servers: readonly string[],
): Promise<Receipt> {
  const byAttempt = await noteVerifier(attempt.vkey);
  const byServers = await Promise.all(servers.map(cosignatureVerifier));
  const { text, signatures } = await openNote(note, [byAttempt, ...byServers]);
  const signature = signatures.find(({ verifier }) => verifier === byAttempt);
  const cosignature = signatures.find(({ verifier }) => verifier !== byAttempt);
  if (signature === undefined) {
    throw new SealedError("forged", "A checkpoint is not signed by the attempt's key.");
  }
  if (cosignature === undefined) {
    throw new SealedError("forged", "A checkpoint has no receipt of the institution's server.");
  }
  const { origin, size, rootHash } = parseCheckpoint(text);
  if (origin !== attempt.name) throw new SealedError("forked", "A checkpoint is of another log.");
  return { size, rootHash, timeS: cosignatureTimeS(cosignature.payload) };
}
