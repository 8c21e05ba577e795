import type { AttemptClock } from "./clock.ts";
import { Cutter } from "./cutter.ts";
import type { Cut } from "./cutter.ts";
import { film } from "./film.ts";
import type { CapturedFile } from "./packets.ts";
import { CELL_MS } from "./profile.ts";
import { readTrack } from "./reading.ts";
import { SoundLane } from "./sound-lane.ts";
import { VideoLane } from "./video-lane.ts";
import type { VideoPlan } from "./video-lane.ts";

const TICK_MS = 250;
/** How late the first picture of a cell may come before the last one is shown again. */
const GRACE_MS = 400;
/** A camera that shows nothing for so long begins in black. */
const FIRST_PICTURE_MS = 2_000;

export interface StreamWorld {
  clock: AttemptClock;
  /** A picture or a piece of sound came from a source. */
  onMedia: () => void;
  /** Files come in order, one at a time. False: it was not kept, and what builds on it is of no use. */
  onFile: (file: CapturedFile) => Promise<boolean>;
  /** A file could not be made, or nobody took it. */
  onMissed: (file: Pick<CapturedFile, "stream" | "t0_ms">) => Promise<void>;
  onError: (error: unknown) => void;
}

/**
 * One stream from its tracks to its files. It lives as long as the attempt: tracks come and go (unplugged, shared
 * anew) while the files stay contiguous; a missing picture is black, missing sound is silence, and the gap leaf says why.
 */
export class StreamRecording {
  readonly #stream: CapturedFile["stream"];
  readonly #world: StreamWorld;
  readonly #cutter: Cutter;
  readonly #video: VideoLane | null;
  readonly #sound: SoundLane | null;
  readonly #over = new AbortController();
  readonly #size: { width: number; height: number };
  readonly #begun_ms: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    stream: CapturedFile["stream"],
    world: StreamWorld,
    { video, sound }: { video: VideoPlan | null; sound: boolean },
  ) {
    this.#stream = stream;
    this.#world = world;
    this.#begun_ms = world.clock.nowMs();
    const kinds = [
      ...(video === null ? [] : ["video" as const]),
      ...(sound ? ["audio" as const] : []),
    ];
    this.#cutter = new Cutter(kinds, CELL_MS, (cut) => {
      this.#write(cut);
    });
    this.#size = { width: video?.config.width ?? 0, height: video?.config.height ?? 0 };
    this.#video = video === null ? null : this.#videoLane(video);
    this.#sound = sound ? this.#soundLane() : null;
    const timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    const stop = (): void => {
      clearInterval(timer);
    };
    this.#over.signal.addEventListener("abort", stop, { once: true });
  }

  /** Records from this picture track until it ends or `signal` says so. */
  watch(track: MediaStreamTrack, signal: AbortSignal): void {
    const lane = this.#video;
    if (lane === null) return;
    const take = (frame: VideoFrame, t_ms: number): Promise<void> => {
      this.#world.onMedia();
      return lane.offer(frame, t_ms);
    };
    this.#follow(readTrack<VideoFrame>(track, take, this.#until(signal)));
  }

  /** Records from this sound track until it ends or `signal` says so. */
  listen(track: MediaStreamTrack, signal: AbortSignal): void {
    const lane = this.#sound;
    if (lane === null) return;
    const take = (sound: AudioData, t_ms: number): void => {
      this.#world.onMedia();
      lane.offer(sound, t_ms);
    };
    this.#follow(readTrack<AudioData>(track, take, this.#until(signal)));
  }

  /** The picture went away: black until the next one comes. */
  blank(): void {
    if (this.#video === null) return;
    this.#video.replace(blackFrame(this.#size), this.#world.clock.nowMs());
  }

  /** Ends the recording; every file has been taken when it resolves. */
  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all([this.#video?.close(), this.#sound?.close()]);
    this.#cutter.flush(this.#world.clock.nowMs());
    await this.#writing;
  }

  #until(signal: AbortSignal): { clock: AttemptClock; signal: AbortSignal } {
    return { clock: this.#world.clock, signal: AbortSignal.any([signal, this.#over.signal]) };
  }

  #follow(reading: Promise<void>): void {
    reading.catch(this.#world.onError);
  }

  #tick(): void {
    const now = this.#world.clock.nowMs();
    if (this.#video?.isEmpty === true && now - this.#begun_ms > FIRST_PICTURE_MS) this.blank();
    this.#video?.tick(now, GRACE_MS);
    this.#sound?.tick(now);
  }

  #videoLane(plan: VideoPlan): VideoLane {
    return new VideoLane(plan, {
      cell_ms: CELL_MS,
      onConfig: (config) => {
        this.#cutter.configure({ kind: "video", config });
      },
      onPacket: (packet) => {
        this.#cutter.add("video", packet);
      },
      onError: this.#world.onError,
    });
  }

  #soundLane(): SoundLane {
    return new SoundLane(
      {
        onConfig: (config) => {
          this.#cutter.configure({ kind: "audio", config });
        },
        onPacket: (packet) => {
          this.#cutter.add("audio", packet);
        },
        onError: this.#world.onError,
      },
      this.#world.clock.nowMs(),
    );
  }

  #write(cut: Cut): void {
    this.#writing = this.#writing.then(() => this.#keep(cut)).catch(this.#world.onError);
  }

  async #keep(cut: Cut): Promise<void> {
    const stream = this.#stream;
    const t0_ms = Math.floor(cut.t0_us / 1_000);
    const t1_ms = Math.max(t0_ms, Math.floor(cut.t1_us / 1_000));
    const { continuity } = cut;
    try {
      const bytes = await film(cut);
      if (await this.#world.onFile({ stream, t0_ms, t1_ms, continuity, bytes })) return;
    } catch (error) {
      this.#world.onError(error);
      await this.#world.onMissed({ stream, t0_ms });
    }
    this.#video?.beginGroup();
  }
}

function blackFrame(size: { width: number; height: number }): VideoFrame {
  const luma = size.width * size.height;
  const bytes = new Uint8Array(
    luma + 2 * Math.ceil(size.width / 2) * Math.ceil(size.height / 2),
  ).fill(128);
  bytes.fill(16, 0, luma);
  return new VideoFrame(bytes, {
    format: "I420",
    codedWidth: size.width,
    codedHeight: size.height,
    timestamp: 0,
  });
}
