import type { Problem, ProblemKind } from "./errors.ts";
import type { CloseLeaf, GapLeaf, Leaf, OpenLeaf, SegmentLeaf } from "./leaves.ts";

interface StreamState {
  /** Distinct files seen. */
  count: number;
  nextIndex: number;
  lastT0Ms: number;
}

const NOTHING_YET: Readonly<StreamState> = { count: 0, nextIndex: 0, lastT0Ms: 0 };

/** The rules that run across the leaves of one attempt (sealed.md §7), applied leaf by leaf. */
export class History {
  readonly attempt: string;
  readonly gaps: (GapLeaf & { readonly leafIndex: number })[] = [];
  opening: OpenLeaf | null = null;
  closing: CloseLeaf | null = null;
  /** Leaves taken, those that brought problems among them. */
  size = 0;
  private readonly streams = new Map<string, StreamState>();

  constructor(attempt: string) {
    this.attempt = attempt;
  }

  nextIndex(stream: string): number {
    return (this.streams.get(stream) ?? NOTHING_YET).nextIndex;
  }

  /** Files of each stream that has a leaf, as a close must say it. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.streams].map(([stream, { count }]) => [stream, count]));
  }

  /** What is wrong with `leaf` as the next one; changes nothing. */
  judge(leaf: Leaf): readonly Problem[] {
    if (leaf.attempt !== this.attempt) {
      return [{ kind: "replayed", sentence: "A leaf belongs to another attempt." }];
    }
    if (this.closing !== null) return [found("reordered", "A leaf follows the close.", leaf)];
    if ((leaf.kind === "open") !== (this.size === 0)) {
      return [found("reordered", "The opening is not the first leaf and only there.", leaf)];
    }
    if (leaf.kind === "segment") return this.judgeSegment(leaf);
    return leaf.kind === "close" ? this.judgeClose(leaf) : [];
  }

  private judgeSegment(leaf: SegmentLeaf): readonly Problem[] {
    const { count, nextIndex, lastT0Ms } = this.streams.get(leaf.stream) ?? NOTHING_YET;
    if (leaf.index < nextIndex) return [found("replayed", "An index comes a second time.", leaf)];
    const problems: Problem[] = [];
    if (leaf.index > nextIndex) problems.push(found("reordered", "An index is out of turn.", leaf));
    if (leaf.t0Ms < lastT0Ms) problems.push(found("reordered", "A stream's time falls.", leaf));
    if (count === 0 && leaf.continuity === "delta") {
      problems.push(found("malformed", "A stream begins with a delta.", leaf));
    }
    return problems;
  }

  private judgeClose({ counts }: CloseLeaf): readonly Problem[] {
    const seen = this.counts;
    const problems: Problem[] = [];
    for (const [stream, count] of counts) {
      if (count > (seen.get(stream) ?? 0)) {
        problems.push({
          kind: "truncated",
          stream,
          sentence: "The close counts more files than there are.",
        });
      }
    }
    for (const [stream, count] of seen) {
      if (count > (counts.get(stream) ?? 0)) {
        problems.push({
          kind: "malformed",
          stream,
          sentence: "The close counts fewer files than there are.",
        });
      }
    }
    return problems;
  }

  /** Takes `leaf` as the next one and answers what was wrong with it. */
  accept(leaf: Leaf): readonly Problem[] {
    const problems = this.judge(leaf);
    const isForeign = leaf.attempt !== this.attempt || this.closing !== null;
    if (!isForeign) this.take(leaf);
    this.size += 1;
    return problems;
  }

  /** A leaf that could not be read still has its place in the count. */
  skip(): void {
    this.size += 1;
  }

  private take(leaf: Leaf): void {
    switch (leaf.kind) {
      case "open":
        this.opening ??= this.size === 0 ? leaf : null;
        break;
      case "segment":
        this.takeSegment(leaf);
        break;
      case "gap":
        this.gaps.push({ ...leaf, leafIndex: this.size });
        break;
      case "close":
        this.closing = leaf;
    }
  }

  private takeSegment({ stream, index, t0Ms }: SegmentLeaf): void {
    const { count, nextIndex, lastT0Ms } = this.streams.get(stream) ?? NOTHING_YET;
    if (index < nextIndex) return;
    this.streams.set(stream, {
      count: count + 1,
      nextIndex: index + 1,
      lastT0Ms: Math.max(lastT0Ms, t0Ms),
    });
  }
}

function found(kind: ProblemKind, sentence: string, leaf: Leaf): Problem {
  return leaf.kind === "segment"
    ? { kind, stream: leaf.stream, index: leaf.index, sentence }
    : { kind, sentence };
}
