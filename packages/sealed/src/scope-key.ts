import { makeIdentity, openWrap, recipientOf, sealWrap } from "./age.ts";
import { SealedError } from "./errors.ts";
import { checkHybridIdentity, type Keyring } from "./keyring.ts";
import { checkName } from "./names.ts";
import { formatScopeKey, parseScopeKey, type ScopeKeyText } from "./scope.ts";
import { type Bytes, decodeText, encodeText } from "./text.ts";
import type { TrustedScope } from "./trust.ts";

/** A new scope key, for its first certificate and its first wraps. */
export interface NewScopeKey extends ScopeKeyText {
  readonly recipient: string;
}

/** A scope's private key that was compared with its certificate. Made by `openScopeKey` alone. */
export class ScopeKey implements NewScopeKey {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  readonly recipient: string;
  readonly identity: string;
  readonly #isCompared = true;

  constructor({ institution, scope, epoch, recipient }: TrustedScope, identity: string) {
    this.institution = institution;
    this.scope = scope;
    this.epoch = epoch;
    this.recipient = recipient;
    this.identity = identity;
  }

  /** Keeps look-alike objects out at compile time. */
  get isCompared(): boolean {
    return this.#isCompared;
  }
}

export async function makeScopeKey(
  institution: string,
  scope: string,
  epoch: number,
): Promise<NewScopeKey> {
  checkName("institution", institution);
  checkName("scope", scope);
  const identity = await makeIdentity();
  return { institution, scope, epoch, identity, recipient: await recipientOf(identity) };
}

/** One wrap for one reader, or for one recovery recipient. @throws SealedError `downgrade`, `malformed`. */
export async function wrapScopeKey(key: NewScopeKey, recipient: string): Promise<Bytes> {
  return sealWrap(encodeText(formatScopeKey(key)), [recipient]);
}

/**
 * Opens a wrap and compares the key with the certificate.
 * @throws SealedError `wrong-key`, `tampered`, `downgrade`, `malformed`, `wrong-recipient`.
 */
export async function openScopeKey(
  wrap: Bytes,
  keyring: Keyring,
  scope: TrustedScope,
): Promise<ScopeKey> {
  const text = parseScopeKey(decodeText(await openWrap(wrap, keyring.identity)));
  const identity = checkHybridIdentity(text.identity);
  const isCertified =
    text.institution === scope.institution &&
    text.scope === scope.scope &&
    text.epoch === scope.epoch &&
    (await recipientOf(identity)) === scope.recipient;
  if (!isCertified) {
    throw new SealedError("wrong-recipient", "The exam's key is not the one that was certified.");
  }
  return new ScopeKey(scope, identity);
}
