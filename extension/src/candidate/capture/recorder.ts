import type { Begun, OpenOrder, Progress, RecordingOrder, SourceOpened } from "../../messages.ts";
import { trouble } from "../../problems.ts";
import { isNoted, usedSources } from "../attempt/reducer.ts";
import type { AttemptRecord, LossCause, Receipt, Source, SourceState } from "../attempt/state.ts";
import { CHECKS, SOURCES } from "../attempt/state.ts";
import type {
  EvidenceNews,
  EvidenceOrders,
  EvidenceProgress,
  Preamble,
} from "../evidence/orders.ts";
import { attemptClock } from "./clock.ts";
import type { AttemptClock, MovableClock } from "./clock.ts";
import { HeldSources } from "./held-sources.ts";
import type { CapturedFile } from "./packets.ts";
import { cameraPlan, screenPlan } from "./plans.ts";
import { SleepWatch } from "./sleep-watch.ts";
import { opensUnasked } from "./sources.ts";
import { StreamRecording } from "./stream-recording.ts";
import type { StreamWorld } from "./stream-recording.ts";
import type { VideoPlan } from "./video-lane.ts";
import type { Problem } from "../../problems.ts";

const LOOK_MS = 250;
/** How long a lost source may stay away before its absence is part of what the reviewer reads first. */
const RESTORE_MS = 60_000;

type Evidence = <K extends keyof EvidenceOrders>(
  kind: K,
  body: EvidenceOrders[K]["ask"],
  transfer?: Transferable[],
) => Promise<EvidenceOrders[K]["answer"]>;

export interface RecorderWorld {
  evidence: Evidence;
  onLost: (loss: { source: Source; cause: LossCause; since: number; restore_by: number }) => void;
  onProgress: (progress: Progress) => void;
  onClosed: (receipt: Receipt) => void;
  onServerState: (state: string) => void;
  onTrouble: (problem: Problem) => void;
  report: (error: unknown) => void;
}

const NO_EVIDENCE: EvidenceProgress = {
  upload: {
    is: "idle",
    files_left: 0,
    bytes_left: 0,
    bytes_sent: 0,
    next_try_at: null,
    refused: false,
  },
  receipted: 0,
  log_size: 0,
  disk_left_ms: null,
};

/** Owns the sources and the recording. Lives in the offscreen document, whatever happens to pages and worker. */
export class Recorder {
  readonly #world: RecorderWorld;
  readonly #sources: HeldSources;
  #clock: MovableClock | null = null;
  #is_recording = false;
  #camera: StreamRecording | null = null;
  #screen: StreamRecording | null = null;
  #progress = NO_EVIDENCE;
  #resuming: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #screen_plan: VideoPlan | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;
  #waking: Promise<void> = Promise.resolve();

  constructor(world: RecorderWorld) {
    this.#world = world;
    this.#sources = new HeldSources((source) => {
      this.#lost(source).catch(world.report);
    });
  }

  get progress(): Progress {
    const has = (source: Source): boolean => this.#sources.has(source);
    return {
      recording: this.#is_recording,
      sources: { camera: has("camera"), microphone: has("microphone"), screen: has("screen") },
      ...this.#progress,
    };
  }

  /** Opens a source, or opens it anew; while recording it is recorded from at once. */
  async open(
    source: Source,
    device: { device_id?: string; or_another?: boolean },
  ): Promise<SourceOpened> {
    if (!this.#is_recording) return this.#sources.openInStep(source, device.device_id);
    const opened = await this.#sources.open(source, device);
    if (opened.is === "live") await this.#attach(source);
    return opened;
  }

  close(source: Source): void {
    this.#sources.close(source);
  }

  /** @throws Trouble: then nothing was opened, or the same call goes on where this one stopped. */
  async openLog({ record, trust, client_version }: OpenOrder): Promise<{ opened_at: number }> {
    const { id: attempt, nonce } = record.attempt;
    const order = { attempt, nonce, client_version, trust };
    const place = await this.#world.evidence("open", order);
    this.#clock = attemptClock(place.opened_ms, place.reached_ms);
    return { opened_at: place.opened_ms };
  }

  /** Takes up what an earlier life left, once: whoever asks meanwhile waits for the same. */
  async resumeUpload(record: AttemptRecord): Promise<void> {
    if (this.#clock !== null) return;
    this.#resuming ??= this.#resume(record).finally(() => {
      this.#resuming = null;
    });
    await this.#resuming;
  }

  async #resume(record: AttemptRecord): Promise<void> {
    const place = await this.#world.evidence("resume", { attempt: record.attempt.id });
    if (place === null) throw trouble("secrets-lost");
    this.#clock = attemptClock(place.opened_ms, place.reached_ms);
  }

  /**
   * Opens every source that the exam asks for. What the candidate may go on without was noted at the checks.
   * @throws Trouble `source-refused`
   */
  async openSources(record: AttemptRecord): Promise<void> {
    await this.#sources.openMissing(await wantedSources(record), record.devices);
    const missing = usedSources(record).filter((source) => !this.#sources.has(source));
    if (!missing.every((source) => isNoted(record, source))) throw trouble("source-refused");
  }

  /**
   * Starts recording: the exam runs, so that a source which does not open now is a gap and stops nothing. Its part of
   * the stream is black or silent until it is there.
   */
  async begin({ record }: RecordingOrder): Promise<Begun> {
    const used = usedSources(record);
    if (!this.#is_recording) {
      await this.resumeUpload(record);
      const clock = this.#clockOrThrow();
      await this.#sources.openMissing(await wantedSources(record), record.devices);
      await this.#world.evidence("begin", { preamble: preambleOf(record), now_ms: clock.nowMs() });
      await this.#makeStreams(used, clock);
      this.#is_recording = true;
      for (const source of used) {
        if (this.#sources.has(source)) await this.#attach(source);
        else await this.#declare(source);
      }
    }
    return Object.fromEntries(used.map((source) => [source, this.#stateOf(source, record)]));
  }

  /** Ends the recording and closes the log; a second call waits for the first. */
  end(record: AttemptRecord): Promise<void> {
    this.#ending ??= this.#end(record).catch((error: unknown) => {
      this.#ending = null;
      throw error;
    });
    return this.#ending;
  }

  note(kind: string, facts: Record<string, string | number | boolean>): void {
    if (this.#clock === null) return;
    const event = { ...facts, t: Math.floor(this.#clock.nowMs()), kind };
    this.#world.evidence("note", event).catch(this.#world.report);
  }

  hear(news: EvidenceNews): void {
    switch (news.kind) {
      case "progress":
        this.#progress = news.progress;
        this.#world.onProgress(this.progress);
        break;
      case "closed":
        this.#clock = null;
        this.#ending = null;
        this.#world.onClosed(news.receipt);
        break;
      case "server-state":
        this.#world.onServerState(news.state);
        break;
      case "trouble":
        this.#world.onTrouble(news.problem);
        break;
    }
  }

  #stateOf(source: Source, record: AttemptRecord): SourceState {
    const held = this.#sources.get(source);
    if (held !== undefined) {
      const { track, is_substitute } = held;
      return { is: "live", label: track.label, is_substitute };
    }
    return isNoted(record, source) ? { is: "off" } : { is: "lost", ...lossOf(source) };
  }

  #clockOrThrow(): MovableClock {
    if (this.#clock === null) throw trouble("not-now");
    return this.#clock;
  }

  async #makeStreams(used: readonly Source[], clock: AttemptClock): Promise<void> {
    const { report } = this.#world;
    const watch = new SleepWatch(clock);
    const world: StreamWorld = {
      clock: watch,
      onMedia: () => {
        watch.heard();
      },
      onFile: (file) => this.#seal(file),
      onMissed: async ({ stream, t0_ms }) => {
        await this.#world.evidence("miss", { stream, from_ms: t0_ms, cause: "crash" });
      },
      onError: report,
    };
    const sound = used.includes("microphone");
    const video = used.includes("camera") ? cameraPlan() : null;
    if (sound || video !== null)
      this.#camera = new StreamRecording("camera", world, { video, sound });
    if (used.includes("screen")) {
      const settings = this.#sources.get("screen")?.track.getSettings() ?? {};
      // All files of a stream share their first one's initialisation.
      this.#screen_plan ??= await screenPlan(evenSize(settings));
      const plan = { video: this.#screen_plan, sound: false };
      this.#screen = new StreamRecording("screen", world, plan);
    }
    this.#watchOver(watch, used);
  }

  #watchOver(watch: SleepWatch, used: readonly Source[]): void {
    clearInterval(this.#looking);
    this.#looking = setInterval(() => {
      const slept_ms = watch.sleptMs();
      if (slept_ms === null) return;
      clearInterval(this.#looking);
      this.#waking = this.#wake(watch, slept_ms, used).catch(this.#world.report);
    }, LOOK_MS);
  }

  /** The computer slept: what was recorded ends where the sleep began, and new files begin now. */
  async #wake(watch: SleepWatch, slept_ms: number, used: readonly Source[]): Promise<void> {
    const clock = this.#clockOrThrow();
    await Promise.all([this.#camera?.close(), this.#screen?.close()]);
    const from_ms = watch.nowMs();
    clock.moveTo(from_ms + slept_ms);
    const sleep = { from_ms, to_ms: clock.nowMs() };
    await this.#world.evidence("pause", sleep).catch(this.#world.report);
    await this.#makeStreams(used, clock);
    for (const source of used) await this.#attach(source);
  }

  async #attach(source: Source): Promise<void> {
    const open = this.#sources.get(source);
    if (open === undefined) return;
    const { track, over } = open;
    if (source === "microphone") this.#camera?.listen(track, over.signal);
    else (source === "camera" ? this.#camera : this.#screen)?.watch(track, over.signal);
    await this.#world.evidence("find", { source, now_ms: this.#clockOrThrow().nowMs() });
  }

  async #lost(source: Source): Promise<void> {
    if (source !== "microphone") (source === "camera" ? this.#camera : this.#screen)?.blank();
    this.#world.onLost({ source, ...lossOf(source) });
    if (this.#is_recording) await this.#declare(source);
  }

  /** From now on the source is a hole in the evidence, until it is found. */
  async #declare(source: Source): Promise<void> {
    const { cause } = lossOf(source);
    await this.#world.evidence("lose", { source, cause, from_ms: this.#clockOrThrow().nowMs() });
  }

  #seal(file: CapturedFile): Promise<boolean> {
    return this.#world.evidence("seal", file, [file.bytes.buffer]);
  }

  async #end(record: AttemptRecord): Promise<void> {
    await this.resumeUpload(record);
    const clock = this.#clockOrThrow();
    await this.#waking;
    clearInterval(this.#looking);
    await Promise.all([this.#camera?.close(), this.#screen?.close()]);
    this.#is_recording = false;
    this.#camera = null;
    this.#screen = null;
    for (const source of SOURCES) this.#sources.close(source);
    await this.#world.evidence("end", { now_ms: clock.nowMs() });
  }
}

/** What to open: a source that was noted only where the browser asks nobody for it again. */
async function wantedSources(record: AttemptRecord): Promise<Source[]> {
  const used = usedSources(record);
  const opens = await Promise.all(
    used.map(async (source) => !isNoted(record, source) || (await opensUnasked(source))),
  );
  return used.filter((_, at) => opens[at]);
}

function lossOf(source: Source): { cause: LossCause; since: number; restore_by: number } {
  const since = Date.now();
  const cause = source === "screen" ? "share-stopped" : "device-lost";
  return { cause, since, restore_by: since + RESTORE_MS };
}

function preambleOf(record: AttemptRecord): Preamble {
  const { agreement, checks } = record;
  const noted = CHECKS.filter((check) => isNoted(record, check));
  return { agreement: agreement === null ? null : { ...agreement }, checks, noted };
}

/** VP9 takes even sizes; what the share's settings do not say is a common screen. */
function evenSize({ width = 1920, height = 1080 }: MediaTrackSettings): {
  width: number;
  height: number;
} {
  return { width: width - (width % 2), height: height - (height % 2) };
}
