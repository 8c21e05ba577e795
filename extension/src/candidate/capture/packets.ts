/** One encoded frame or stretch of sound, on the attempt's clock. */
export interface Packet {
  t_us: number;
  is_key: boolean;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface VideoTrack {
  kind: "video";
  config: VideoDecoderConfig;
  packets: Packet[];
}

export interface AudioTrack {
  kind: "audio";
  config: AudioDecoderConfig;
  packets: Packet[];
}
export type Track = VideoTrack | AudioTrack;

/** The packets of one file; `ends_us` of a track is where its next file begins. */
export type CutTrack = Track & { ends_us: number };

/** One file of a stream before it is sealed. */
export interface CapturedFile {
  stream: "camera" | "screen";
  t0_ms: number;
  t1_ms: number;
  continuity: "whole" | "delta";
  bytes: Uint8Array<ArrayBuffer>;
}

/** The bytes of an encoder's chunk. */
export function packetOf(chunk: EncodedVideoChunk | EncodedAudioChunk): Packet {
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return { t_us: chunk.timestamp, is_key: chunk.type === "key", bytes };
}
