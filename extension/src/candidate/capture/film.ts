import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from "mediabunny";
import { declareNoRandomAccess, forgetWhenMade } from "./moof.ts";
import type { Cut } from "./cutter.ts";
import type { CutTrack } from "./packets.ts";

const SECOND_US = 1_000_000;

/**
 * Packets as one fragmented MP4: initialisation segment and one fragment, its clock counting from the attempt's
 * opening (sealed.md §7). A `delta` file says of its first sample that decoding cannot begin there.
 */
export async function film(cut: Cut): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const collect = (bytes: Uint8Array): void => void parts.push(bytes.slice());
  const format = new Mp4OutputFormat({
    fastStart: "fragmented",
    minimumFragmentDuration: Number.POSITIVE_INFINITY,
    onFtyp: collect,
    onMoov: (moov) => {
      collect(moov);
      forgetWhenMade(parts.at(-1) ?? moov);
    },
    onMoof: (moof) => {
      collect(moof);
      if (cut.continuity === "delta") declareNoRandomAccess(parts.at(-1) ?? moof);
    },
    onMdat: collect,
  });
  // The boxes are taken as they are written; what the target gathers beside them (an index for seeking) is not.
  const output = new Output({ format, target: new BufferTarget() });
  const writers = cut.tracks.map((track) => addTrack(output, track));
  await output.start();
  for (const write of writers) await write();
  await output.finalize();
  return joined(parts);
}

/** Adds a track; the function it gives writes the track's packets. */
function addTrack(output: Output, track: CutTrack): () => Promise<void> {
  if (track.kind === "video") {
    const codec = track.config.codec.startsWith("av01") ? "av1" : "vp9";
    const source = new EncodedVideoPacketSource(codec);
    output.addVideoTrack(source);
    const meta: EncodedVideoChunkMetadata = { decoderConfig: track.config };
    return () => writeAll(track, (packet) => source.add(packet, meta));
  }
  const source = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(source);
  const meta: EncodedAudioChunkMetadata = { decoderConfig: track.config };
  return () => writeAll(track, (packet) => source.add(packet, meta));
}

async function writeAll(
  track: CutTrack,
  add: (packet: EncodedPacket) => Promise<void>,
): Promise<void> {
  for (const [position, packet] of track.packets.entries()) {
    const next_us = track.packets[position + 1]?.t_us ?? track.ends_us;
    // The writer insists on a key packet first; declareNoRandomAccess() puts the truth back.
    const type = packet.is_key || position === 0 ? "key" : "delta";
    const duration_s = (next_us - packet.t_us) / SECOND_US;
    await add(new EncodedPacket(packet.bytes, type, packet.t_us / SECOND_US, duration_s));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
