import { openWrap, sealWrap } from "./age.ts";
import { SealedError } from "./errors.ts";
import { checkName } from "./names.ts";
import type { ScopeKey } from "./scope-key.ts";
import {
  type Bytes,
  decodeText,
  encodeText,
  FORMAT,
  formatInteger,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  toBase64,
} from "./text.ts";

/** What `attempt.age` holds (sealed.md §7). */
interface AttemptSecret {
  readonly institution: string;
  readonly attempt: string;
  readonly scope: string;
  readonly epoch: number;
  readonly secret: Bytes;
}

const LABEL = `${FORMAT}/attempt`;
export const SECRET_BYTES = 32;

/** Makes `attempt.age`. */
export async function sealAttemptSecret(held: AttemptSecret, recipient: string): Promise<Bytes> {
  const { institution, attempt, scope, epoch, secret } = held;
  const scopeEpoch = `${scope} ${formatInteger(epoch)}`;
  const text = lines(LABEL, institution, attempt, scopeEpoch, toBase64(secret));
  return sealWrap(encodeText(text), [recipient]);
}

/**
 * Opens `attempt.age` and answers S.
 * @throws SealedError `wrong-key`, `tampered`, `downgrade`, `malformed`, and `replayed` when it was made for another attempt.
 */
export async function openAttemptSecret(
  wrap: Bytes,
  attempt: string,
  key: ScopeKey,
): Promise<Bytes> {
  const held = parseAttemptSecret(decodeText(await openWrap(wrap, key.identity)));
  const isForThis =
    held.institution === key.institution &&
    held.attempt === attempt &&
    held.scope === key.scope &&
    held.epoch === key.epoch;
  if (!isForThis) throw new SealedError("replayed", "The wrap belongs to another attempt.");
  return held.secret;
}

function parseAttemptSecret(text: string): AttemptSecret {
  const reader = new LineReader(text);
  reader.label([LABEL]);
  const institution = checkName("institution", reader.line());
  const attempt = checkName("attempt", reader.line());
  const [scope = "", epoch = ""] = reader.fields(2);
  const secret = parseBytes(reader.line(), SECRET_BYTES);
  reader.end();
  return {
    institution,
    attempt,
    scope: checkName("scope", scope),
    epoch: parseInteger(epoch, 1),
    secret,
  };
}
