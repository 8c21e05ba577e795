/** Everything that can be wrong with sealed evidence, in the words of sealed.md §9. */
export type ProblemKind =
  | "missing"
  | "tampered"
  | "truncated"
  | "reordered"
  | "replayed"
  | "forged"
  | "forked"
  | "wrong-key"
  | "wrong-recipient"
  | "untrusted"
  | "downgrade"
  | "unsupported-version"
  | "malformed";

/** Why a chain of trust breaks; stands beside the kind `untrusted`. */
export type UntrustedReason =
  "rolled-back" | "not-logged" | "expired" | "revoked" | "wrong-root" | "wrong-scope";

/**
 * Evidence, a statement or a key that is not what it must be. The message is an English sentence
 * without secrets; interfaces speak by `kind` and `reason`.
 */
export class SealedError extends Error {
  override readonly name = "SealedError";
  readonly kind: ProblemKind;
  readonly reason: UntrustedReason | undefined;

  constructor(kind: ProblemKind, sentence: string, reason?: UntrustedReason) {
    super(sentence);
    this.kind = kind;
    this.reason = reason;
  }
}

/** One finding of a verification: what, where it has a place, and a sentence. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly reason?: UntrustedReason;
  readonly stream?: string;
  readonly index?: number;
  readonly sentence: string;
}

/** The place a problem belongs to; absent for what concerns the whole attempt. */
export interface Place {
  readonly stream: string;
  readonly index: number;
}

export function malformed(sentence: string): SealedError {
  return new SealedError("malformed", sentence);
}

export function untrusted(reason: UntrustedReason, sentence: string): SealedError {
  return new SealedError("untrusted", sentence, reason);
}

/** Turns a thrown SealedError into a finding; anything else is a fault of ours and goes on up. */
export function problemFrom(error: unknown, place?: Place): Problem {
  if (!(error instanceof SealedError)) throw error;
  const { kind, reason, message } = error;
  return { kind, ...(reason === undefined ? {} : { reason }), ...place, sentence: message };
}
