/** ISO 14496-12 §8.8.3.1: depends on others, and is no sync sample. */
const DEPENDENT = 0x0101_0000;
const FIRST_SAMPLE_FLAGS = 0x4;
const DEFAULT_FLAGS = 0x20;

interface Box {
  type: string;
  /** Offset of what follows the header. */
  body: number;
  end: number;
}

/**
 * Changes a `moof` box in place so that the first sample of its only video track is no random access point: true of
 * a file that continues its predecessor's group of pictures, and players must know it.
 * @throws RangeError when the box is not one that film() makes.
 */
export function declareNoRandomAccess(moof: Uint8Array): void {
  const view = new DataView(moof.buffer, moof.byteOffset, moof.byteLength);
  const traf = child(view, child(view, { type: "", body: 0, end: moof.length }, "moof"), "traf");
  const trun = child(view, traf, "trun");
  const trun_flags = view.getUint32(trun.body) & 0xff_ffff;
  if ((trun_flags & FIRST_SAMPLE_FLAGS) !== 0) {
    view.setUint32(trun.body + 12, DEPENDENT); // version and flags, sample count, data offset
    return;
  }
  setDefaultFlags(view, child(view, traf, "tfhd"));
}

/**
 * Takes the time of making out of a `moov` box, in place: the files of a stream then share their initialisation, and
 * are joined without a seam.
 * @throws RangeError when the box is not one that film() makes.
 */
export function forgetWhenMade(moov: Uint8Array): void {
  const view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
  const whole = child(view, { type: "", body: 0, end: moov.length }, "moov");
  const tracks = children(view, whole, "trak");
  const dated = [
    child(view, whole, "mvhd"),
    ...tracks.map((track) => child(view, track, "tkhd")),
    ...tracks.map((track) => child(view, child(view, track, "mdia"), "mdhd")),
  ];
  for (const box of dated) {
    if (view.getUint8(box.body) !== 0) throw new RangeError(`${box.type} of another version`);
    view.setUint32(box.body + 4, 0); // created
    view.setUint32(box.body + 8, 0); // modified
  }
}

function setDefaultFlags(view: DataView, tfhd: Box): void {
  const flags = view.getUint32(tfhd.body) & 0xff_ffff;
  if ((flags & DEFAULT_FLAGS) === 0) throw new RangeError("tfhd without default sample flags");
  // Default flags are the last of tfhd's optional fields.
  view.setUint32(tfhd.end - 4, DEPENDENT);
}

function child(view: DataView, parent: Box, type: string): Box {
  const [first] = children(view, parent, type);
  if (first === undefined) throw new RangeError(`no ${type} in ${parent.type}`);
  return first;
}

function children(view: DataView, parent: Box, type: string): Box[] {
  const found: Box[] = [];
  for (let at = parent.body; at + 8 <= parent.end;) {
    const size = view.getUint32(at);
    if (size < 8) break;
    if (typeAt(view, at + 4) === type) found.push({ type, body: at + 8, end: at + size });
    at += size;
  }
  return found;
}

function typeAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));
}
