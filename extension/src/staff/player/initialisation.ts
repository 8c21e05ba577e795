/** A recorded file is `ftyp moov moof mdat`: what prepares a decoder, and what it decodes. Pure. */

const MOOF = 0x6d6f6f66;

/** The two parts of a file, sharing its bytes. A file without a fragment is all media: the player will refuse it. */
export function parts(file: Uint8Array<ArrayBuffer>): {
  initialisation: Uint8Array<ArrayBuffer>;
  media: Uint8Array<ArrayBuffer>;
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  while (at + 8 <= file.length && view.getUint32(at + 4) !== MOOF) {
    const length = view.getUint32(at);
    if (length < 8) break;
    at += length;
  }
  const isFound = at + 8 <= file.length && view.getUint32(at + 4) === MOOF;
  const end = isFound ? at : 0;
  return { initialisation: file.subarray(0, end), media: file.subarray(end) };
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
