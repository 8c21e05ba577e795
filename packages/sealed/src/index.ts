/**
 * The public door of the sealed format. Signatures first, ahead of the code behind them: this file turns into
 * re-exports of the layers named in the README, with these very signatures.
 */

/** Bytes that WebCrypto accepts. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The version that stands in the first line of every sealed text. */
export declare const FORMAT: "invigil/v1";
/** The one suite (sealed.md §2). */
export declare const SUITE: string;
/** Caps in bytes, checked before anything is parsed (sealed.md §2). */
export declare const LIMITS: { note: number; leaf: number; wrap: number; file: number };

// --- errors: one class, a kind from sealed.md §9 -------------------------------------------------
export type ProblemKind =
  | "missing" | "tampered" | "truncated" | "reordered" | "replayed" | "forged" | "forked" | "wrong-key"
  | "wrong-recipient" | "untrusted" | "downgrade" | "unsupported-version" | "malformed";
/** Why a chain of trust breaks; only with kind `untrusted`. */
export type UntrustedReason = "rolled-back" | "not-logged" | "expired" | "revoked" | "wrong-root" | "wrong-scope";
export declare class SealedError extends Error {
  readonly kind: ProblemKind;
  readonly reason: UntrustedReason | undefined;
}
/** What a verification found: SealedError's facts and, where it has one, the place. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly reason?: UntrustedReason;
  readonly stream?: string;
  readonly index?: number;
  /** English, for logs and as a fallback; interfaces say it in their own words by `kind`. */
  readonly sentence: string;
}

// --- text: base64 --------------------------------------------------------------------------------
export declare function toBase64(bytes: Uint8Array): string;
/** @throws SealedError `malformed` unless standard, padded and canonical. */
export declare function fromBase64(text: string): Bytes;
export declare function sha256(bytes: Bytes): Promise<Bytes>;

// --- notes (§4) ----------------------------------------------------------------------------------
/** An Ed25519 private key with its name in the format. The key may be non-extractable. */
export interface Signer {
  readonly name: string;
  readonly vkey: string;
  sign(message: Bytes): Promise<Bytes>;
}
export declare const keyName: {
  root(institution: string, number: number): string;
  staff(institution: string, person: string): string;
  attempt(institution: string, attempt: string): string;
  device(institution: string, attempt: string): string;
  server(institution: string): string;
};
/** Non-extractable; persists in IndexedDB. */
export declare function makeSigningKey(): Promise<CryptoKeyPair>;
export declare function signerFromKeyPair(name: string, pair: CryptoKeyPair): Promise<Signer>;
export declare function signerFromSeed(name: string, seed: Bytes): Promise<Signer>;
/** Signs a statement's text; the note is what is stored, logged and sent. */
export declare function signNote(text: string, signers: readonly Signer[]): Promise<string>;

// --- statements (§6): format, parse --------------------------------------------------------------
export interface Administrator { readonly person: string; readonly vkey: string; readonly recipient: string }
export interface RootStatement {
  readonly institution: string;
  readonly displayName: string;
  readonly serial: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly minimumClient: string;
  /** SHA-256 of the previous root's text; null with serial 1. */
  readonly previous: Bytes | null;
  readonly threshold: number;
  readonly roots: readonly string[];
  readonly administrators: readonly Administrator[];
  readonly servers: readonly string[];
  readonly recovery: readonly Bytes[];
}
export interface StaffKeyStatement {
  readonly institution: string; readonly person: string; readonly vkey: string; readonly recipient: string;
  readonly issuedMs: number; readonly expiresMs: number;
}
export interface StaffRevokeStatement { readonly institution: string; readonly person: string; readonly issuedMs: number }
export interface ScopeEpochStatement {
  readonly institution: string; readonly scope: string; readonly epoch: number; readonly recipient: string;
  readonly issuedMs: number; readonly expiresMs: number;
}
export interface MemberAddStatement {
  readonly institution: string; readonly scope: string; readonly epoch: number; readonly person: string;
  readonly wrapHash: Bytes; readonly issuedMs: number;
}
export interface MemberRemoveStatement {
  readonly institution: string; readonly scope: string; readonly epoch: number; readonly person: string; readonly issuedMs: number;
}
export declare function formatRoot(root: RootStatement): string;
export declare function parseRoot(text: string): Promise<RootStatement>;
export declare function formatStaffKey(statement: StaffKeyStatement): string;
export declare function parseStaffKey(text: string): Promise<StaffKeyStatement>;
export declare function formatStaffRevoke(statement: StaffRevokeStatement): string;
export declare function formatScopeEpoch(statement: ScopeEpochStatement): string;
export declare function formatMemberAdd(statement: MemberAddStatement): string;
export declare function formatMemberRemove(statement: MemberRemoveStatement): string;
/** The text of a note, its signatures unchecked: for showing, never for relying on. */
export declare function unverifiedText(note: string): string;
/** 32 random bytes for a statement that names a person (§6.5). */
export declare function makeBlind(): Bytes;

// --- fingerprint and words (§6.1) ------------------------------------------------------------------
/** SHA-256 of the text of the root note with serial 1. */
export declare function rootFingerprint(firstRootNote: string): Promise<Bytes>;
export declare function fingerprintWords(fingerprint: Bytes): readonly string[];
export declare function fingerprintHex(fingerprint: Bytes): string;
/** @throws SealedError `malformed` unless 64 hex digits. */
export declare function fingerprintFromHex(hex: string): Bytes;

// --- key log and trust (§6.5, §6.6) ----------------------------------------------------------------
export interface TreeHead { readonly size: number; readonly rootHash: Bytes }
/** A key log that was replayed whole and found sound. Only `replayKeyLog` makes one. */
export declare class TrustedLog {
  readonly institution: string;
  readonly fingerprint: Bytes;
  /** Size and root hash: remember it, and hand it to the next replay. */
  readonly head: TreeHead;
  /** The newest root. */
  readonly root: RootStatement;
  readonly roots: readonly RootStatement[];
}
/**
 * Replays all leaves, walks the roots in it from the pin, checks the server's signature.
 * @throws SealedError `untrusted` (`wrong-root`, `rolled-back`), `forged`, `forked`, `malformed`, …
 */
export declare function replayKeyLog(request: {
  readonly institution: string;
  /** `"first-use"` is the weakest pin: show it as what it is, and pin `fingerprint` at once. */
  readonly pin: Bytes | "first-use";
  readonly leaves: readonly Bytes[];
  readonly checkpoint: string;
  /** The head remembered from the last replay, null the first time. */
  readonly remembered: TreeHead | null;
  /** Root notes obtained beside the log (`GET …/trust`); each must be logged. */
  readonly roots?: readonly string[];
}): Promise<TrustedLog>;
/** A note that names a person, with the blind that ties it to its commitment in the log. */
export interface BlindNote { readonly note: string; readonly blind: Bytes }
/** What certifies a scope's key: its note and, unless an administrator signed it, the signer's statement. */
export interface ScopeCertificate {
  readonly scopeEpoch: string;
  readonly staffKey: BlindNote | null;
  readonly revocations?: readonly BlindNote[];
}
/** A scope key's recipient that the walk of §6.6 reached. Only `trustScope` makes one. */
export declare class TrustedScope {
  readonly institution: string;
  readonly scope: string;
  readonly epoch: number;
  readonly recipient: string;
  readonly expiresMs: number;
  /** Person who signed the scope epoch. */
  readonly signer: string;
  readonly logHead: TreeHead;
}
export declare function trustScope(request: {
  readonly log: TrustedLog;
  readonly scope: string;
  readonly certificate: ScopeCertificate;
  readonly atMs: number;
}): Promise<TrustedScope>;
export interface TrustedMember { readonly person: string; readonly wrapHash: Bytes; readonly issuedMs: number }
/** Members of a scope epoch from their statements, in log order; a statement not logged or not signed by who may is refused. */
export declare function trustMembers(request: {
  readonly scope: TrustedScope;
  readonly log: TrustedLog;
  readonly statements: readonly BlindNote[];
  /** Certified keys of members that signed for others. */
  readonly staffKeys?: readonly BlindNote[];
}): Promise<readonly TrustedMember[]>;

// --- keyring (§10) -----------------------------------------------------------------------------------
export interface Keyring {
  readonly institution: string;
  readonly person: string;
  /** AGE-SECRET-KEY-PQ-1… */
  readonly identity: string;
  readonly seed: Bytes;
}
export interface PublicKeys { readonly vkey: string; readonly recipient: string }
export declare function makeKeyring(institution: string, person: string): Promise<Keyring>;
export declare function keyringPublicKeys(keyring: Keyring): Promise<PublicKeys>;
export declare function keyringSigner(keyring: Keyring): Promise<Signer>;
/** Nine words, 99 bits. Shown once. */
export declare function makePhrase(): string;
/** Lower case, single spaces; says which words are not in the list. */
export declare function readPhrase(typed: string): { readonly phrase: string } | { readonly wordCount: number; readonly unknownWords: readonly string[] };
/** About a second of scrypt: call it in a worker. */
export declare function sealKeyring(keyring: Keyring, phrase: string): Promise<Bytes>;
/** @throws SealedError `wrong-key` for another phrase, `wrong-recipient` when the keys are not the `expected` ones. */
export declare function openKeyring(file: Bytes, phrase: string, expected: PublicKeys | null): Promise<Keyring>;
/** Extension pages only. Answers the credential as `AGE-PLUGIN-FIDO2PRF-1…`. */
export declare function createPasskey(keyName: string, rpId: string): Promise<string>;
export declare function sealKeyringWithPasskey(keyring: Keyring, passkey: string): Promise<Bytes>;
export declare function openKeyringWithPasskey(file: Bytes, passkey: string, expected: PublicKeys | null): Promise<Keyring>;
/** Any other bytes under a phrase: the root backup (`root-1.age`), `identities.txt.age`. */
export declare function sealWithPhrase(plaintext: Bytes, phrase: string): Promise<Bytes>;
export declare function openWithPhrase(file: Bytes, phrase: string): Promise<Bytes>;
export interface RootKey { readonly institution: string; readonly number: number; readonly seed: Bytes }
export declare function makeRootKey(institution: string, number: number): Promise<RootKey>;
export declare function rootKeySigner(key: RootKey): Promise<Signer>;
/** The text to print for the safe. */
export declare function formatRootKey(key: RootKey): string;
export declare function parseRootKey(text: string): RootKey;

// --- scope keys (§6.4) -------------------------------------------------------------------------------
/** A scope's private key, compared with its certificate. Only `openScopeKey` makes one. */
export declare class ScopeKey {
  readonly scope: string;
  readonly epoch: number;
}
export interface NewScopeKey { readonly institution: string; readonly scope: string; readonly epoch: number; readonly identity: string; readonly recipient: string }
export declare function makeScopeKey(institution: string, scope: string, epoch: number): Promise<NewScopeKey>;
/** One wrap for one reader (or recovery recipient). */
export declare function wrapScopeKey(key: NewScopeKey | ScopeKey, recipient: string): Promise<Bytes>;
/** @throws SealedError `wrong-key`, `downgrade`, `wrong-recipient`, `tampered`, `malformed`. */
export declare function openScopeKey(wrap: Bytes, keyring: Keyring, scope: TrustedScope): Promise<ScopeKey>;

// --- an attempt, candidate's side (§5, §7) -------------------------------------------------------------
export type GapCause = "crash" | "disk-full" | "device-lost" | "share-stopped" | "paused" | "closed-tab";
export type Continuity = "whole" | "delta";
/** What must be durable before it counts. Kept in this order; `leafIndex` counts 0, 1, 2 … */
export type SealedEntry =
  | { readonly kind: "open"; readonly leafIndex: 0; readonly leaf: Bytes; readonly secret: Bytes; readonly wrap: Bytes }
  | { readonly kind: "segment"; readonly leafIndex: number; readonly leaf: Bytes; readonly stream: string; readonly index: number; readonly file: Bytes }
  | { readonly kind: "gap" | "close"; readonly leafIndex: number; readonly leaf: Bytes };
/** The port behind which the engine's spool stands. A leaf counts only once `keep` has resolved; when it rejects, the call rejects and nothing changed. */
export interface SealedSpool { keep(entry: SealedEntry): Promise<void> }
export interface NewAttempt {
  readonly trust: TrustedScope;
  readonly attempt: string;
  readonly attemptKey: CryptoKeyPair;
  readonly deviceVkey: string;
  readonly openedMs: number;
  /** 16 bytes from the server. */
  readonly nonce: Bytes;
  readonly clientVersion: string;
  readonly spool: SealedSpool;
}
export interface KeptAttempt {
  readonly secret: Bytes;
  /** All kept leaves from leaf 0 on, in order. */
  readonly leaves: readonly Bytes[];
  readonly attemptKey: CryptoKeyPair;
  readonly spool: SealedSpool;
}
export interface Receipt { readonly size: number; readonly rootHash: Bytes; readonly timeS: number }
/** Seals one attempt. Calls may overlap: they are done one after the other, in the order they were made. */
export declare class AttemptSealer {
  static begin(attempt: NewAttempt): Promise<AttemptSealer>;
  /** After a crash or a restarted worker. @throws SealedError when the kept leaves are not one sound log. */
  static resume(kept: KeptAttempt): Promise<AttemptSealer>;
  readonly attempt: string;
  /** Number of leaves kept. */
  get size(): number;
  get isClosed(): boolean;
  /** The index the next segment of the stream gets. */
  nextIndex(stream: string): number;
  /** Seals, hashes, keeps; answers the entry that was kept. */
  segment(segment: { readonly stream: string; readonly t0Ms: number; readonly t1Ms: number; readonly continuity: Continuity; readonly plaintext: Bytes }): Promise<SealedEntry & { kind: "segment" }>;
  gap(gap: { readonly fromMs: number; readonly toMs: number; readonly cause: GapCause }): Promise<SealedEntry>;
  close(closedMs: number): Promise<SealedEntry>;
  /** A checkpoint over all leaves kept so far, signed by the attempt key. */
  checkpoint(): Promise<{ readonly size: number; readonly note: string }>;
  /** Checks the server's answer to a checkpoint of this log. @throws SealedError `forged`, `forked`, `truncated`. */
  receipt(note: string, trust: TrustedScope): Promise<Receipt>;
}

// --- an attempt, reader's side (§9) ----------------------------------------------------------------------
export type Verdict = "complete" | "open" | "open-ended" | "damaged";
export interface SegmentEntry {
  readonly leafIndex: number;
  readonly stream: string;
  readonly index: number;
  readonly t0Ms: number;
  readonly t1Ms: number;
  readonly continuity: Continuity;
  readonly length: number;
  readonly hash: Bytes;
  readonly state: "unchecked" | "checked" | "missing" | "tampered";
}
export interface GapEntry { readonly leafIndex: number; readonly fromMs: number; readonly toMs: number; readonly cause: GapCause }
export interface Opening {
  readonly openedMs: number; readonly scope: string; readonly epoch: number; readonly attemptVkey: string; readonly deviceVkey: string;
  readonly logHead: TreeHead; readonly nonce: Bytes; readonly clientVersion: string;
}
export interface Verification {
  readonly verdict: Verdict;
  readonly problems: readonly Problem[];
  /** Leaves seen; leaves under a checkpoint that verified; leaves under a receipt that verified. */
  readonly leafCount: number;
  readonly checkedCount: number;
  readonly receiptCount: number;
  /** Largest t1 under a verified checkpoint, ms since open: "checked up to". */
  readonly checkedUpToMs: number;
  readonly closedMs: number | null;
  readonly receiptTimeS: number | null;
  readonly filesChecked: number;
  readonly filesTotal: number;
}
/**
 * Verifies one attempt as its parts arrive, whole or live. Feeding never throws for bad evidence: it becomes a problem.
 * Leaves first, then the checkpoint that covers them; a checkpoint may also come early and waits.
 */
export declare class AttemptVerifier {
  constructor(evidence: { readonly attempt: string; readonly log: TrustedLog; readonly certificate: ScopeCertificate; readonly wrap: Bytes });
  /** In order, any number at a time; answers the problems these leaves brought. */
  addLeaves(leaves: readonly Bytes[]): Promise<readonly Problem[]>;
  addCheckpoint(note: string): Promise<readonly Problem[]>;
  get opening(): Opening | null;
  /** The scope of leaf 0 once trusted: needed to open the scope key. */
  get scope(): TrustedScope | null;
  get segments(): readonly SegmentEntry[];
  get gaps(): readonly GapEntry[];
  find(stream: string, index: number): SegmentEntry | undefined;
  /** Compares length and hash with the leaf. */
  checkFile(stream: string, index: number, file: Bytes): Promise<Problem | null>;
  markMissing(stream: string, index: number): Problem | null;
  /** Opens `attempt.age`. @throws SealedError `wrong-key`, `wrong-recipient`, `replayed`, `untrusted`, … (recorded as a problem too) */
  unlock(key: ScopeKey): Promise<void>;
  /** Checks, then decrypts one file. Refuses a leaf that no verified checkpoint covers. @throws SealedError */
  openFile(stream: string, index: number, file: Bytes): Promise<Bytes>;
  /** `isOver`: the server says the attempt ended (not: running, paused, interrupted). */
  report(isOver: boolean): Verification;
  /** The text of `identities.txt` for an export (export.md); needs `unlock`. */
  identities(): Promise<string>;
}
/** A glimpse for lists: opens a file that no log was checked for. The attempt's page verifies. */
export declare function openUnverified(glimpse: {
  readonly key: ScopeKey; readonly institution: string; readonly attempt: string; readonly wrap: Bytes;
  readonly stream: string; readonly index: number; readonly file: Bytes;
}): Promise<Bytes>;

// --- padding (§7) -------------------------------------------------------------------------------------------
export declare const PAGE_BYTES: 4096;
/** Packs JSON lines into pages of exactly 4096 bytes, at least one, in order. @throws RangeError for a line over 4095 bytes. */
export declare function padEvents(events: readonly object[]): readonly Bytes[];
export declare function readEvents(page: Bytes): readonly unknown[];
/** One JSON object, padded with LF. `summary`: exactly one page; others: as many pages as it takes. */
export declare function padObject(value: object): Bytes;
export declare function padSummary(value: object): Bytes;
export declare function readObject(padded: Bytes): unknown;
