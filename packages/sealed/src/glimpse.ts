import { openFile } from "./age.ts";
import { openAttemptSecret } from "./attempt-secret.ts";
import { segmentIdentity, streamSecret } from "./schedule.ts";
import type { ScopeKey } from "./scope-key.ts";
import type { Bytes } from "./text.ts";

/** A file of an attempt whose log nobody checked. */
export interface Glimpse {
  readonly key: ScopeKey;
  readonly attempt: string;
  /** `attempt.age` */
  readonly wrap: Bytes;
  readonly stream: string;
  readonly index: number;
  readonly file: Bytes;
}

/**
 * Opens a file for a list, unverified: say so beside it; the attempt's page verifies.
 * @throws SealedError `wrong-key`, `tampered`, `replayed`, `downgrade`, `malformed`.
 */
export async function openUnverified(glimpse: Glimpse): Promise<Bytes> {
  const { key, attempt, wrap, stream, index, file } = glimpse;
  const secret = await openAttemptSecret(wrap, attempt, key);
  const identity = await segmentIdentity(await streamSecret(secret, attempt, stream), index);
  return openFile(file, identity);
}
