/** The public door of the sealed format; the README says who needs what. */

export { FORMAT, LIMITS, SUITE, fromBase64, sha256, toBase64, type Bytes } from "./text.ts";
export {
  SealedError,
  type Place,
  type Problem,
  type ProblemKind,
  type UntrustedReason,
} from "./errors.ts";
export { keyName } from "./names.ts";
export { isConsistent, isIncluded, leafHash, MerkleTree, type TreeHead } from "./tree.ts";
export {
  makeSigningKey,
  signerFromKeyPair,
  signerFromSeed,
  signNote,
  unverifiedText,
  type Signer,
} from "./note.ts";
export type { Receipt } from "./receipt.ts";
export { fingerprintWords, makePhrase, readPhrase, type TypedPhrase } from "./words.ts";

export {
  fingerprintFromHex,
  fingerprintHex,
  formatRoot,
  parseRoot,
  rootFingerprint,
  rootHash,
  type Administrator,
  type RootStatement,
} from "./root.ts";
export {
  formatStaffKey,
  formatStaffRevoke,
  parseStaffKey,
  parseStaffRevoke,
  type StaffKeyStatement,
  type StaffRevokeStatement,
} from "./staff.ts";
export {
  formatMemberAdd,
  formatMemberRemove,
  formatScopeEpoch,
  parseMember,
  parseScopeEpoch,
  type MemberAddStatement,
  type MemberRemoveStatement,
  type MemberStatement,
  type ScopeEpochStatement,
} from "./scope.ts";

// What the walk of trust makes is exported as a type: only the walk makes it.
export {
  commitLeaf,
  makeBlind,
  replayKeyLog,
  type BlindNote,
  type KeyLogSource,
  type TrustedLog,
} from "./keylog.ts";
export {
  trustScope,
  trustScopeThen,
  type ScopeCertificate,
  type TrustedScope,
  type TrustedSigner,
} from "./trust.ts";
export {
  trustMembers,
  trustReader,
  type MembersSource,
  type TrustedMember,
  type TrustedReader,
} from "./members.ts";

export { createPasskey, openWithPhrase, sealWithPhrase } from "./age.ts";
export {
  formatRootKey,
  keyringPublicKeys,
  keyringSigner,
  makeKeyring,
  makeRootKey,
  openKeyring,
  openKeyringWithPasskey,
  parseRootKey,
  rootKeySigner,
  sealKeyring,
  sealKeyringWithPasskey,
  type Keyring,
  type PublicKeys,
  type RootKey,
} from "./keyring.ts";
export {
  makeScopeKey,
  openScopeKey,
  wrapScopeKey,
  type NewScopeKey,
  type ScopeKey,
} from "./scope-key.ts";

export type { Continuity, GapCause, GapLeaf, OpenLeaf } from "./leaves.ts";
export {
  AttemptSealer,
  type KeptAttempt,
  type NewAttempt,
  type SealedEntry,
  type SealedSegment,
  type SealedSpool,
  type Segment,
} from "./attempt.ts";
export type { FileState, SegmentEntry } from "./files.ts";
export {
  AttemptVerifier,
  type AttemptEvidence,
  type Verdict,
  type Verification,
} from "./verify.ts";
export { openUnverified, type Glimpse } from "./glimpse.ts";
export { padEvents, padObject, padSummary, PAGE_BYTES, readEvents, readObject } from "./pad.ts";
