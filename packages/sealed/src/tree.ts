import { type Bytes, concat, equalBytes, sha256 } from "./text.ts";

/** Size and root hash of a tree: what a checkpoint signs and a client remembers. */
export interface TreeHead {
  readonly size: number;
  readonly rootHash: Bytes;
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export async function leafHash(leaf: Bytes): Promise<Bytes> {
  return sha256(concat(LEAF, leaf));
}

async function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(concat(NODE, left, right));
}

/**
 * An append-only Merkle tree (RFC 9162 §2.1) that keeps the hashes of all complete subtrees, so that the
 * root at any size, and any proof, costs O(log n) hashes.
 */
export class MerkleTree {
  /** `levels[k][i]` is the hash over the leaves from i·2^k up to (i+1)·2^k. */
  private readonly levels: Bytes[][] = [[]];

  get size(): number {
    return this.level(0).length;
  }

  /** Appends leaves in order. Do not overlap calls: the place of a leaf is the order of the calls. */
  async append(leaves: readonly Bytes[]): Promise<void> {
    let fresh = await Promise.all(leaves.map(leafHash));
    const grown: Bytes[][] = [];
    for (let k = 0; fresh.length > 0; k += 1) {
      grown.push(fresh);
      fresh = await this.parents(k, fresh);
    }
    grown.forEach((hashes, k) => {
      for (const hash of hashes) this.level(k).push(hash);
    });
  }

  /** The hashes that become complete at level k + 1 when `fresh` are appended to level k. */
  private async parents(k: number, fresh: readonly Bytes[]): Promise<Bytes[]> {
    const old = this.level(k);
    const waiting = old.length % 2 === 1 ? old.slice(-1) : [];
    const row = [...waiting, ...fresh];
    const pairs: Promise<Bytes>[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) {
      pairs.push(nodeHash(present(row[at]), present(row[at + 1])));
    }
    return Promise.all(pairs);
  }

  private level(k: number): Bytes[] {
    return (this.levels[k] ??= []);
  }

  /** @throws RangeError for a size beyond the tree's. */
  async root(size = this.size): Promise<Bytes> {
    this.checkSize(size);
    return size === 0 ? emptyRoot() : this.subtree(0, size);
  }

  async head(size = this.size): Promise<TreeHead> {
    return { size, rootHash: await this.root(size) };
  }

  /** The hash of leaf `index`. */
  leaf(index: number): Bytes {
    return present(this.level(0)[index]);
  }

  /** PATH(index, D[size]) of RFC 9162 §2.1.3.1. */
  async inclusionProof(index: number, size = this.size): Promise<Bytes[]> {
    this.checkSize(size);
    if (index >= size) throw new RangeError(`Leaf ${index} is not below size ${size}.`);
    return this.path(index, 0, size);
  }

  private async path(index: number, from: number, to: number): Promise<Bytes[]> {
    if (to - from === 1) return [];
    const middle = from + splitPoint(to - from);
    return index < middle
      ? [...(await this.path(index, from, middle)), await this.subtree(middle, to)]
      : [...(await this.path(index, middle, to)), await this.subtree(from, middle)];
  }

  /** PROOF(earlier, D[size]) of RFC 9162 §2.1.4.1; `earlier` ≥ 1. */
  async consistencyProof(earlier: number, size = this.size): Promise<Bytes[]> {
    this.checkSize(size);
    if (earlier < 1 || earlier > size) throw new RangeError(`No proof from ${earlier} to ${size}.`);
    return this.subproof(earlier, { from: 0, to: size }, true);
  }

  private async subproof(
    earlier: number,
    { from, to }: { from: number; to: number },
    isWholeKnown: boolean,
  ): Promise<Bytes[]> {
    if (earlier === to) return isWholeKnown ? [] : [await this.subtree(from, to)];
    const middle = from + splitPoint(to - from);
    return earlier <= middle
      ? [
          ...(await this.subproof(earlier, { from, to: middle }, isWholeKnown)),
          await this.subtree(middle, to),
        ]
      : [
          ...(await this.subproof(earlier, { from: middle, to }, false)),
          await this.subtree(from, middle),
        ];
  }

  private async subtree(from: number, to: number): Promise<Bytes> {
    const width = to - from;
    const k = Math.log2(width);
    if (Number.isInteger(k)) return present(this.level(k)[from / width]);
    const middle = from + splitPoint(width);
    return nodeHash(await this.subtree(from, middle), await this.subtree(middle, to));
  }

  private checkSize(size: number): void {
    if (size > this.size) throw new RangeError(`Size ${size} is beyond the tree's ${this.size}.`);
  }
}

function emptyRoot(): Promise<Bytes> {
  return sha256(new Uint8Array());
}

/** The largest power of two smaller than n, n ≥ 2. */
function splitPoint(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError("The tree has no such node.");
  return value;
}

/** RFC 9162 §2.1.3.2. */
export async function isIncluded(
  leaf: { readonly hash: Bytes; readonly index: number },
  head: TreeHead,
  proof: readonly Bytes[],
): Promise<boolean> {
  if (leaf.index >= head.size) return false;
  let [fn, sn, hash] = [leaf.index, head.size - 1, leaf.hash];
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = await nodeHash(step, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = await nodeHash(hash, step);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(hash, head.rootHash);
}

/** RFC 9162 §2.1.4.2; the empty tree is consistent with every other. */
export async function isConsistent(
  earlier: TreeHead,
  later: TreeHead,
  proof: readonly Bytes[],
): Promise<boolean> {
  if (earlier.size > later.size) return false;
  if (earlier.size === 0) {
    return proof.length === 0 && equalBytes(earlier.rootHash, await emptyRoot());
  }
  if (earlier.size === later.size) {
    return proof.length === 0 && equalBytes(earlier.rootHash, later.rootHash);
  }
  const isComplete = Number.isInteger(Math.log2(earlier.size));
  const [seed, ...steps] = isComplete ? [earlier.rootHash, ...proof] : proof;
  if (seed === undefined) return false;
  const climbed = await climb(seed, steps, { earlier: earlier.size, later: later.size });
  return (
    climbed !== null &&
    equalBytes(climbed.earlier, earlier.rootHash) &&
    equalBytes(climbed.later, later.rootHash)
  );
}

/** Steps 3 to 6: rebuilds both roots from the proof; null when it is too short or too long. */
async function climb(
  seed: Bytes,
  steps: readonly Bytes[],
  sizes: { readonly earlier: number; readonly later: number },
): Promise<{ earlier: Bytes; later: Bytes } | null> {
  let [fn, sn] = [sizes.earlier - 1, sizes.later - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [earlier, later] = [seed, seed];
  for (const step of steps) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      earlier = await nodeHash(step, earlier);
      later = await nodeHash(step, later);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      later = await nodeHash(later, step);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? { earlier, later } : null;
}

function half(n: number): number {
  return Math.floor(n / 2);
}
