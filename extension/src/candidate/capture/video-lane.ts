import { packetOf } from "./packets.ts";
import type { Pace } from "./pace.ts";
import type { Packet } from "./packets.ts";

/** How one kind of picture is encoded. */
export interface VideoPlan {
  config: VideoEncoderConfig;
  /** What each frame is encoded with beside the configuration. */
  options: VideoEncoderEncodeOptions;
  frames_per_s: number;
  /** Whether the frame begins a new group of pictures, whose first frame stands alone. */
  beginsGroup: (frame: FramePlace) => boolean;
  /** Whether the frame shows something else than the last one encoded; absent: every frame counts. */
  differs?: (frame: VideoFrame) => Promise<boolean>;
  /** Holds changed frames back while they cost too much; absent: all are encoded. */
  pace?: Pace;
}

export interface FramePlace {
  t_ms: number;
  /** Whether it is the first frame of its cell. */
  opens_cell: boolean;
  last_key_ms: number | null;
  /** Changed frames since the last key frame. */
  changes: number;
  /** What the frames since the last key frame take, as far as they are encoded. */
  changed_bytes: number;
}

export interface LaneWorld {
  cell_ms: number;
  onPacket: (packet: Packet) => void;
  onConfig: (config: VideoDecoderConfig) => void;
  onError: (error: DOMException) => void;
}

/**
 * Pictures in, packets out. Each cell of the grid begins with a packet: where no new picture came, with the last one
 * again, which costs some hundred bytes and says that nothing changed.
 */
export class VideoLane {
  readonly #plan: VideoPlan;
  readonly #world: LaneWorld;
  readonly #encoder: VideoEncoder;
  #held: VideoFrame | null = null;
  #last_ms = Number.NEGATIVE_INFINITY;
  #due_ms = Number.NEGATIVE_INFINITY;
  #last_key_ms: number | null = null;
  #changes = 0;
  #changed_bytes = 0;
  #looking = false;
  /** The held picture has not been encoded. */
  #is_pending = false;
  #must_begin = false;

  constructor(plan: VideoPlan, world: LaneWorld) {
    this.#plan = plan;
    this.#world = world;
    this.#encoder = new VideoEncoder({
      output: (chunk, meta) => {
        if (meta?.decoderConfig !== undefined) world.onConfig(meta.decoderConfig);
        plan.pace?.spend(chunk.byteLength);
        this.#changed_bytes = chunk.type === "key" ? 0 : this.#changed_bytes + chunk.byteLength;
        world.onPacket(packetOf(chunk));
      },
      error: world.onError,
    });
    this.#encoder.configure(plan.config);
  }

  /** Whether no picture was taken yet. */
  get isEmpty(): boolean {
    return this.#held === null;
  }

  /** The next cell begins with a picture that stands alone: what came before was lost. */
  beginGroup(): void {
    this.#must_begin = true;
  }

  /** Takes a picture over, to encode it, to hold it or to drop it. */
  async offer(frame: VideoFrame, t_ms: number): Promise<void> {
    const early_ms = 500 / this.#plan.frames_per_s;
    if (this.#looking || t_ms < this.#due_ms - early_ms || t_ms <= this.#last_ms) {
      frame.close();
      return;
    }
    const { differs } = this.#plan;
    this.#looking = true;
    const is_new = differs === undefined || this.#held === null || (await differs(frame));
    this.#looking = false;
    this.#hold(frame);
    this.#setDue(t_ms);
    this.#is_pending ||= is_new;
    this.#encodePending(t_ms);
  }

  /** Shows this picture from now on, whatever was held; for a source that was lost. */
  replace(frame: VideoFrame, t_ms: number): void {
    this.#hold(frame);
    if (t_ms > this.#last_ms) this.#encode(t_ms);
  }

  /** To be called often: opens a cell that no picture has opened `grace_ms` after its border. */
  tick(now_ms: number, grace_ms: number): void {
    if (now_ms >= this.#due_ms) this.#encodePending(now_ms);
    const border = this.#cellOf(now_ms - grace_ms) * this.#world.cell_ms;
    if (this.#held === null || this.#last_ms >= border) return;
    this.#encode(border);
  }

  async close(): Promise<void> {
    if (this.#encoder.state === "configured") await this.#encoder.flush();
    if (this.#encoder.state !== "closed") this.#encoder.close();
    this.#held?.close();
    this.#held = null;
  }

  #hold(frame: VideoFrame): void {
    this.#held?.close();
    this.#held = frame;
  }

  /** Keeps to the plan's rhythm on average although pictures come with jitter. */
  #setDue(t_ms: number): void {
    const step = 1_000 / this.#plan.frames_per_s;
    const late = t_ms - this.#due_ms > step;
    this.#due_ms = late ? t_ms + step : this.#due_ms + step;
  }

  #cellOf(t_ms: number): number {
    return Math.floor(t_ms / this.#world.cell_ms);
  }

  #encodePending(t_ms: number): void {
    if (!this.#is_pending || t_ms <= this.#last_ms) return;
    const opens_cell = this.#cellOf(t_ms) !== this.#cellOf(this.#last_ms);
    if (opens_cell || (this.#plan.pace?.allows(t_ms) ?? true)) this.#encode(t_ms);
  }

  #placeOf(t_ms: number, opens_cell: boolean): FramePlace {
    return {
      t_ms,
      opens_cell,
      last_key_ms: this.#last_key_ms,
      changes: this.#changes,
      changed_bytes: this.#changed_bytes,
    };
  }

  #encode(t_ms: number): void {
    if (this.#held === null || this.#encoder.state !== "configured") return;
    const opens_cell = this.#cellOf(t_ms) !== this.#cellOf(this.#last_ms);
    const place = this.#placeOf(t_ms, opens_cell);
    // In the middle of a cell it would help nobody: the file would still begin with a dependent one.
    const must_begin = this.#last_key_ms === null || (this.#must_begin && opens_cell);
    const keyFrame = must_begin || this.#plan.beginsGroup(place);
    if (keyFrame) this.#must_begin = false;
    if (this.#is_pending) this.#changes += 1;
    this.#is_pending = false;
    if (keyFrame) {
      this.#last_key_ms = t_ms;
      this.#changes = 0;
    }
    this.#last_ms = t_ms;
    const stamped = new VideoFrame(this.#held, { timestamp: Math.round(t_ms * 1_000) });
    this.#encoder.encode(stamped, { ...this.#plan.options, keyFrame });
    stamped.close();
  }
}
