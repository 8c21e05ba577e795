/** Cuts a fragmented MP4 into files that play by themselves, and moves them in time. */

/** One fragment with the initialisation segment before it; times count from the clip's begin. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Box {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

/** The clip as pieces, in order: `ftyp`, `moov`, one `moof` and its `mdat` each. */
export function cut(clip: Uint8Array): Piece[] {
  const boxes = [...boxesIn(clip, 0, clip.length)];
  const head = boxes.filter(({ type }) => type === "ftyp" || type === "moov");
  const init = head.map(({ at, end }) => clip.subarray(at, end));
  return boxes
    .filter(({ type }) => type === "moof")
    .map(({ at }) => {
      const mdat = boxes.find((box) => box.type === "mdat" && box.at > at);
      if (mdat === undefined) throw new RangeError("a moof without its mdat");
      return { bytes: joined([...init, clip.subarray(at, mdat.end)]) };
    });
}

/** The same piece, `seconds` later. */
export function later({ bytes }: Piece, seconds: number): Uint8Array<ArrayBuffer> {
  const moved = bytes.slice();
  const view = new DataView(moved.buffer);
  const scales = new Map<number, number>();
  for (const trak of within(moved, "moov", "trak")) {
    const [tkhd] = boxesOf(moved, trak, "tkhd");
    const [mdia] = boxesOf(moved, trak, "mdia");
    const mdhd = mdia && boxesOf(moved, mdia, "mdhd")[0];
    if (tkhd === undefined || mdhd === undefined) throw new RangeError("a track without its times");
    scales.set(view.getUint32(tkhd.at + 20), view.getUint32(mdhd.at + 20));
  }
  for (const traf of within(moved, "moof", "traf")) {
    const [tfhd] = boxesOf(moved, traf, "tfhd");
    const [tfdt] = boxesOf(moved, traf, "tfdt");
    if (tfhd === undefined || tfdt === undefined) throw new RangeError("a fragment without a time");
    if (moved[tfdt.at + 8] !== 1) throw new RangeError("a time of 32 bits");
    const scale = scales.get(view.getUint32(tfhd.at + 12)) ?? NaN;
    view.setBigUint64(tfdt.at + 12, view.getBigUint64(tfdt.at + 12) + BigInt(seconds * scale));
  }
  return moved;
}

function within(bytes: Uint8Array, outer: string, inner: string): Box[] {
  return [...boxesIn(bytes, 0, bytes.length)]
    .filter(({ type }) => type === outer)
    .flatMap((box) => boxesOf(bytes, box, inner));
}

function boxesOf(bytes: Uint8Array, box: Box, wanted: string): Box[] {
  return [...boxesIn(bytes, box.at + 8, box.end)].filter(({ type }) => type === wanted);
}

function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + 8 <= to;) {
    const end = at + view.getUint32(at);
    if (end <= at) throw new RangeError("a box without a length");
    yield { type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), at, end };
    at = end;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
