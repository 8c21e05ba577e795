import { malformed, SealedError, untrusted } from "./errors.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { keyLogOrigin } from "./names.ts";
import { noteVerifier, openNote, unverifiedText } from "./note.ts";
import { parseRoot, rootHash, type RootStatement } from "./root.ts";
import {
  type Bytes,
  checkSize,
  concat,
  decodeText,
  encodeText,
  equalBytes,
  FORMAT,
  LIMITS,
  LineReader,
  lines,
  parseBytes,
  randomBytes,
  sha256,
  toBase64,
} from "./text.ts";
import { leafHash, MerkleTree, type TreeHead } from "./tree.ts";

/** The key log of an institution (sealed.md §6.5). */

/** A note that names a person, with the blind that ties it to its commitment in the log. */
export interface BlindNote {
  readonly note: string;
  /** 32 bytes; deleting it and the note is the erasure. */
  readonly blind: Bytes;
}

/** A root with its place in the log. */
interface LoggedRoot {
  readonly statement: RootStatement;
  readonly note: string;
  readonly position: number;
}

const COMMIT_LABEL = `${FORMAT}/commit`;
const ROOT_LABEL = `${FORMAT}/root`;
const LABELS = [COMMIT_LABEL, ROOT_LABEL, `${FORMAT}/scope-epoch`] as const;
const BLIND_BYTES = 32;

/** 32 random bytes for a statement that names a person. */
export function makeBlind(): Bytes {
  return randomBytes(BLIND_BYTES);
}

/** The leaf that stands in the log for a statement that names a person. */
export async function commitLeaf({ note, blind }: BlindNote): Promise<Bytes> {
  if (blind.length !== BLIND_BYTES) throw malformed("A blind is not 32 bytes.");
  const commitment = await sha256(concat(blind, encodeText(note)));
  return encodeText(lines(COMMIT_LABEL, toBase64(commitment)));
}

/** A key log that was replayed whole and found sound. Made by `replayKeyLog` alone. */
export class TrustedLog {
  readonly institution: string;
  /** What the roots in the log hang on. */
  readonly fingerprint: Bytes;
  /** Remember it, and hand it to the next replay. */
  readonly head: TreeHead;
  readonly #tree: MerkleTree;
  readonly #roots: readonly LoggedRoot[];
  readonly #positions: ReadonlyMap<string, number>;

  constructor(replayed: {
    readonly institution: string;
    readonly fingerprint: Bytes;
    readonly head: TreeHead;
    readonly tree: MerkleTree;
    readonly roots: readonly LoggedRoot[];
    readonly positions: ReadonlyMap<string, number>;
  }) {
    this.institution = replayed.institution;
    this.fingerprint = replayed.fingerprint;
    this.head = replayed.head;
    this.#tree = replayed.tree;
    this.#roots = replayed.roots;
    this.#positions = replayed.positions;
  }

  /** From serial 1 to the newest. */
  get roots(): readonly RootStatement[] {
    return this.#roots.map((root) => root.statement);
  }

  /** The newest root. */
  get root(): RootStatement {
    return newest(this.#roots).statement;
  }

  /** The root that stood when the log had `size` leaves. @throws SealedError `untrusted`, `not-logged`. */
  rootAt(size: number): RootStatement {
    return newest(this.#roots.filter((root) => root.position < size)).statement;
  }

  /** @throws SealedError `untrusted`, `rolled-back`, unless this log had that head. */
  async checkSeen(seen: TreeHead): Promise<void> {
    await checkExtends(this.#tree, seen);
  }

  /** @throws SealedError `untrusted`, `not-logged`, unless the leaf stands below `size`. */
  async checkLogged(leaf: Bytes, size = this.head.size): Promise<number> {
    const position = this.#positions.get(toBase64(await leafHash(leaf)));
    if (position === undefined || position >= size) {
      throw untrusted("not-logged", "A statement is not in the institution's key log.");
    }
    return position;
  }
}

function newest(roots: readonly LoggedRoot[]): LoggedRoot {
  const last = roots.at(-1);
  if (last === undefined) throw untrusted("not-logged", "The key log holds no root.");
  return last;
}

async function checkExtends(tree: MerkleTree, seen: TreeHead): Promise<void> {
  if (seen.size > tree.size || !equalBytes(await tree.root(seen.size), seen.rootHash)) {
    throw untrusted("rolled-back", "The key log is not the one that was seen before.");
  }
}

/** What `replayKeyLog` reads. */
export interface KeyLogSource {
  readonly institution: string;
  /** `"first-use"` is the weakest pin: show it as what it is, and pin the `fingerprint` it gives at once. */
  readonly pin: Bytes | "first-use";
  /** All leaves from 0 on. */
  readonly leaves: readonly Bytes[];
  /** Signed by a server of the newest root. */
  readonly checkpoint: string;
  /** The head of the last replay; null only the first time. */
  readonly remembered: TreeHead | null;
  /** Root notes that came beside the log: each must be in it. */
  readonly roots?: readonly string[];
}

/**
 * Replays a key log: computes its root at the size seen last and at the size now, walks the roots in it from the pin, checks
 * the server's signature.
 * @throws SealedError `untrusted` (`rolled-back`, `wrong-root`, `not-logged`), `forged`, `forked`, `truncated`,
 *   `malformed`, `unsupported-version`.
 */
export async function replayKeyLog(source: KeyLogSource): Promise<TrustedLog> {
  const tree = new MerkleTree();
  await tree.append(source.leaves);
  if (source.remembered !== null) await checkExtends(tree, source.remembered);
  const roots = await walkRoots(source);
  const log = new TrustedLog({
    institution: source.institution,
    fingerprint: await rootHash(newest(roots.slice(0, 1)).note),
    head: await checkCheckpoint(source, tree, newest(roots).statement),
    tree,
    roots,
    positions: positionsIn(tree),
  });
  for (const note of source.roots ?? []) await log.checkLogged(encodeText(note));
  return log;
}

/** Where each leaf stands first. */
function positionsIn(tree: MerkleTree): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (let at = tree.size - 1; at >= 0; at -= 1) positions.set(toBase64(tree.leaf(at)), at);
  return positions;
}

async function checkCheckpoint(
  { institution, checkpoint }: KeyLogSource,
  tree: MerkleTree,
  root: RootStatement,
): Promise<TreeHead> {
  const { text, signatures } = await openNote(
    checkpoint,
    await Promise.all(root.servers.map(noteVerifier)),
  );
  if (signatures.length === 0) {
    throw new SealedError("forged", "The key log is not signed by the institution's server.");
  }
  const { origin, size, rootHash: claimed } = parseCheckpoint(text);
  if (size > tree.size)
    throw new SealedError("truncated", "The key log has fewer leaves than signed.");
  const head = await tree.head();
  if (
    origin !== keyLogOrigin(institution) ||
    size < head.size ||
    !equalBytes(claimed, head.rootHash)
  ) {
    throw new SealedError("forked", "The key log's leaves are not those that were signed.");
  }
  return head;
}

/** The chain of roots in the log, each signed by itself and by the one before. */
async function walkRoots({ institution, pin, leaves }: KeyLogSource): Promise<LoggedRoot[]> {
  const roots: LoggedRoot[] = [];
  for (const [position, leaf] of leaves.entries()) {
    const note = readLeaf(leaf);
    if (note === null) continue;
    const previous = roots.at(-1);
    const statement = await openRoot(note, previous);
    if (statement.institution !== institution) {
      throw untrusted("wrong-root", "The key log holds the root of another institution.");
    }
    if (previous === undefined && pin !== "first-use" && !equalBytes(await rootHash(note), pin)) {
      throw untrusted("wrong-root", "The institution's root is not the one that was pinned.");
    }
    roots.push({ statement, note, position });
  }
  return roots;
}

/** The note of a root's leaf, null for other leaves; what a leaf may not be throws. */
function readLeaf(leaf: Bytes): string | null {
  checkSize(leaf.length, LIMITS.note, "leaf of the key log");
  const text = decodeText(leaf);
  const reader = new LineReader(text);
  const label = reader.label(LABELS);
  if (label === COMMIT_LABEL) {
    parseBytes(reader.line(), 32);
    reader.end();
  }
  return label === ROOT_LABEL ? text : null;
}

async function openRoot(note: string, previous: LoggedRoot | undefined): Promise<RootStatement> {
  const statement = await parseRoot(unverifiedText(note));
  await checkThreshold(note, statement);
  if (previous === undefined) {
    if (statement.serial !== 1) throw untrusted("wrong-root", "The key log lacks the first root.");
    return statement;
  }
  const isNext =
    statement.serial === previous.statement.serial + 1 &&
    statement.previous !== null &&
    equalBytes(statement.previous, await rootHash(previous.note));
  if (!isNext) throw untrusted("wrong-root", "A root does not follow the one before it.");
  await checkThreshold(note, previous.statement);
  return statement;
}

/** @throws SealedError `forged` unless enough of the root's own keys signed. */
async function checkThreshold(note: string, root: RootStatement): Promise<void> {
  const { signatures } = await openNote(note, await Promise.all(root.roots.map(noteVerifier)));
  if (signatures.length < root.threshold) {
    throw new SealedError("forged", "A root is not signed by enough of its keys.");
  }
}
