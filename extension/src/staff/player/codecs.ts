/** The type that MediaSource must be told, read from a file's initialisation segment. */

/**
 * @param file begins with `ftyp` and `moov`
 * @returns for example `video/mp4; codecs="vp09.00.10.08,opus"`
 * @throws RangeError when it holds no codec that Invigil records with
 */
export function typeOf(file: Uint8Array): string {
  const codecs = [vp9(file), av1(file), find(file, "dOps") < 0 ? null : "opus"].filter(
    (codec) => codec !== null,
  );
  if (codecs.length === 0) throw new RangeError("no codec that Invigil records with");
  return `${codecs[0] === "opus" ? "audio" : "video"}/mp4; codecs="${codecs.join(",")}"`;
}

/** VP Codec ISO Media File Format Binding: `vpcC` has version and flags, profile, level, then the depth in 4 bits. */
function vp9(file: Uint8Array): string | null {
  const at = find(file, "vpcC");
  if (at < 0) return null;
  const [profile = 0, level = 0, depth = 0] = file.subarray(at + 8, at + 11);
  return `vp09.${[profile, level, depth >> 4].map(twoDigits).join(".")}`;
}

/** AV1 ISOBMFF §2.3 and §5: `av1C` has a marker, profile and level in one byte, then tier and depth as bits. */
function av1(file: Uint8Array): string | null {
  const at = find(file, "av1C");
  if (at < 0) return null;
  const [, level = 0, bits = 0] = file.subarray(at + 4, at + 7);
  const depth = (bits & 0x40) === 0 ? 8 : (bits & 0x20) === 0 ? 10 : 12;
  const tier = (bits & 0x80) === 0 ? "M" : "H";
  return `av01.${level >> 5}.${twoDigits(level & 0x1f)}${tier}.${twoDigits(depth)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Where a box type stands; initialisation segments are about a kilobyte and come first. */
function find(file: Uint8Array, type: string): number {
  const wanted = [...new TextEncoder().encode(type)];
  const end = Math.min(file.length, 8192) - wanted.length;
  for (let at = 0; at <= end; at += 1)
    if (wanted.every((code, step) => file[at + step] === code)) return at;
  return -1;
}
