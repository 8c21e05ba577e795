import { packetOf } from "./packets.ts";
import type { Packet } from "./packets.ts";
import { SOUND } from "./profile.ts";

/** Counted samples may differ from the clock by this before a stretch is filled or dropped. */
const TOLERANCE_MS = 40;
/** A microphone that says nothing for so long is filled up with silence. */
const PATIENCE_MS = 500;
const RATE = SOUND.sample_rate;

export interface SoundWorld {
  onPacket: (packet: Packet) => void;
  onConfig: (config: AudioDecoderConfig) => void;
  onError: (error: DOMException) => void;
}

/**
 * Sound in, Opus packets out, without a hole: time is what the samples count to, and where that leaves the clock by
 * more than 40 ms, silence is put in or sound is left out.
 */
export class SoundLane {
  readonly #encoder: AudioEncoder;
  readonly #start_ms: number;
  #samples = 0;

  /** Sound counts from `start_ms`; whatever comes later is preceded by silence. */
  constructor(world: SoundWorld, start_ms: number) {
    this.#start_ms = start_ms;
    this.#encoder = new AudioEncoder({
      output: (chunk, meta) => {
        if (meta?.decoderConfig !== undefined) world.onConfig(meta.decoderConfig);
        world.onPacket(packetOf(chunk));
      },
      error: world.onError,
    });
    // Always the one rate: players refuse a file whose header names another than Opus's own.
    this.#encoder.configure({
      codec: SOUND.codec,
      sampleRate: RATE,
      numberOfChannels: SOUND.channels,
      bitrate: SOUND.bitrate,
      opus: { frameDuration: SOUND.packet_us },
    });
  }

  /** Takes a piece of sound over. */
  offer(sound: AudioData, t_ms: number): void {
    this.#place(sound, t_ms);
    sound.close();
  }

  /** To be called often: fills what the microphone left out until shortly before now. */
  tick(now_ms: number): void {
    if (now_ms - this.#endMs() <= PATIENCE_MS) return;
    this.#fill(now_ms - PATIENCE_MS / 2);
  }

  async close(): Promise<void> {
    if (this.#encoder.state === "configured") await this.#encoder.flush();
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #place(sound: AudioData, t_ms: number): void {
    const ahead_ms = this.#endMs() - t_ms;
    if (ahead_ms > TOLERANCE_MS) return;
    if (ahead_ms < -TOLERANCE_MS) this.#fill(t_ms);
    this.#encode(resampled(monoOf(sound), sound.sampleRate, RATE));
  }

  #fill(until_ms: number): void {
    const missing = Math.round(((until_ms - this.#endMs()) * RATE) / 1_000);
    // Second by second: a laptop that slept may leave hours to fill, and memory is not time.
    for (let left = Math.min(missing, RATE * 60); left > 0; left -= RATE) {
      this.#encode(new Float32Array(Math.min(left, RATE)));
    }
    if (missing > RATE * 60) this.#samples += missing - RATE * 60;
  }

  #endMs(): number {
    return this.#start_ms + (this.#samples / RATE) * 1_000;
  }

  #encode(samples: Float32Array<ArrayBuffer>): void {
    if (this.#encoder.state !== "configured" || samples.length === 0) return;
    const piece = new AudioData({
      format: "f32-planar",
      sampleRate: RATE,
      numberOfFrames: samples.length,
      numberOfChannels: SOUND.channels,
      timestamp: Math.round(this.#endMs() * 1_000),
      data: samples,
    });
    this.#samples += samples.length;
    this.#encoder.encode(piece);
    piece.close();
  }
}

/** The first channel: what is recorded is a room, not a concert. */
function monoOf(sound: AudioData): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(sound.numberOfFrames);
  sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
  return samples;
}

/** For a device of another rate: linear is good enough for a room. */
function resampled(
  samples: Float32Array<ArrayBuffer>,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  if (from === to) return samples;
  const result = new Float32Array(Math.round((samples.length * to) / from));
  for (let at = 0; at < result.length; at += 1) {
    const place = (at * from) / to;
    const left = samples[Math.floor(place)] ?? 0;
    const right = samples[Math.floor(place) + 1] ?? left;
    result[at] = left + (right - left) * (place % 1);
  }
  return result;
}
