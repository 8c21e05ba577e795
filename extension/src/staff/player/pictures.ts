/** How many pictures a recorded file shows (ISO 14496-12 §8.8). Pure. */

const HEADER_BYTES = 8;
/** In `trun`, behind version and flags. */
const COUNT_AT = 4;

/**
 * Counted from a file's fragments. With sound beside the pictures the smaller count holds: whoever asks wants to know
 * that there are enough. What is no such file counts as none.
 */
export function picturesIn(media: Uint8Array<ArrayBuffer>): number {
  return [...boxes(media, "moof")]
    .map((moof) => Math.min(...[...boxes(moof, "traf")].map(samplesIn)))
    .filter(Number.isFinite)
    .reduce((sum, count) => sum + count, 0);
}

function samplesIn(traf: Uint8Array<ArrayBuffer>): number {
  let sum = 0;
  for (const { buffer, byteOffset, length } of boxes(traf, "trun"))
    if (length >= COUNT_AT + 4) sum += new DataView(buffer, byteOffset).getUint32(COUNT_AT);
  return sum;
}

/** The contents of the boxes of one type, one level deep; ends where the lengths make no sense. */
function* boxes(within: Uint8Array<ArrayBuffer>, type: string): Generator<Uint8Array<ArrayBuffer>> {
  const view = new DataView(within.buffer, within.byteOffset, within.byteLength);
  const wanted = [...new TextEncoder().encode(type)];
  for (let at = 0; at + HEADER_BYTES <= within.length; at += view.getUint32(at)) {
    const length = view.getUint32(at);
    if (length < HEADER_BYTES || at + length > within.length) return;
    if (wanted.every((code, step) => within[at + 4 + step] === code))
      yield within.subarray(at + HEADER_BYTES, at + length);
  }
}
