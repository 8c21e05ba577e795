import type { OpenOrder, Progress, RecordingOrder, SourceOpened } from "../../messages.ts";
import { trouble } from "../../problems.ts";
import type { AttemptRecord, LossCause, Receipt, Source } from "../attempt/state.ts";
import { SOURCES } from "../attempt/state.ts";
import type {
  EvidenceNews,
  EvidenceOrders,
  EvidenceProgress,
  Preamble,
} from "../evidence/orders.ts";
import { attemptClock } from "./clock.ts";
import type { AttemptClock } from "./clock.ts";
import type { CapturedFile } from "./packets.ts";
import { cameraPlan, screenPlan } from "./plans.ts";
import { onEnded, openBoth, openTrack } from "./sources.ts";
import type { OpenedTrack } from "./sources.ts";
import { StreamRecording } from "./stream-recording.ts";
import type { StreamWorld } from "./stream-recording.ts";
import type { Problem } from "../../problems.ts";

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

interface OpenSource {
  track: MediaStreamTrack;
  over: AbortController;
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
  readonly #sources = new Map<Source, OpenSource>();
  #clock: AttemptClock | null = null;
  #camera: StreamRecording | null = null;
  #screen: StreamRecording | null = null;
  #progress = NO_EVIDENCE;
  #ending: Promise<void> | null = null;

  constructor(world: RecorderWorld) {
    this.#world = world;
  }

  get progress(): Progress {
    const has = (source: Source): boolean => this.#sources.has(source);
    return {
      recording: this.#isRecording,
      sources: { camera: has("camera"), microphone: has("microphone"), screen: has("screen") },
      ...this.#progress,
    };
  }

  /** Opens a source, or opens it anew; while recording it is recorded from at once. */
  async open(source: Source, device_id?: string): Promise<SourceOpened> {
    const opened =
      (await this.#openWithItsPartner(source, device_id)) ?? (await openTrack(source, device_id));
    if (opened.is === "refused") return opened;
    const { track } = opened;
    this.#take(source, track);
    if (this.#isRecording) await this.#attach(source);
    const { width, height } = track.getSettings();
    return { is: "live", label: track.label, width: width ?? null, height: height ?? null };
  }

  /**
   * Before the recording, whichever of camera and microphone is checked last opens both anew in one
   * go: a device that plays a clip starts it when it is opened, and then picture and sound are in
   * step from their first moment. Null: the source is to be opened by itself.
   */
  async #openWithItsPartner(source: Source, device_id?: string): Promise<OpenedTrack | null> {
    if (this.#isRecording || source === "screen") return null;
    const partner = source === "camera" ? "microphone" : "camera";
    const held = this.#sources.get(partner)?.track.getSettings().deviceId;
    if (held === undefined) return null;
    this.close(source);
    this.close(partner);
    const both = await openBoth({ [source]: device_id, [partner]: held });
    const again = both === null ? await openTrack(partner, held) : live(both[partner]);
    if (again.is === "live") this.#take(partner, again.track);
    else await this.#lost(partner);
    return both === null ? null : live(both[source]);
  }

  #take(source: Source, track: MediaStreamTrack): void {
    this.close(source);
    const over = new AbortController();
    this.#sources.set(source, { track, over });
    const lost = (): void => {
      this.#lost(source).catch(this.#world.report);
    };
    onEnded(track, lost, over.signal);
  }

  close(source: Source): void {
    const open = this.#sources.get(source);
    open?.over.abort();
    open?.track.stop();
    this.#sources.delete(source);
  }

  /** @throws Trouble: then nothing was opened, or the same call goes on where this one stopped. */
  async openLog({ record, trust, client_version }: OpenOrder): Promise<{ opened_at: number }> {
    const { id: attempt, nonce } = record.attempt;
    const order = { attempt, nonce, client_version, trust };
    const place = await this.#world.evidence("open", order);
    this.#clock = attemptClock(place.opened_ms, place.reached_ms);
    return { opened_at: place.opened_ms };
  }

  async resumeUpload(record: AttemptRecord): Promise<void> {
    if (this.#clock !== null) return;
    const place = await this.#world.evidence("resume", { attempt: record.attempt.id });
    if (place === null) throw trouble("secrets-lost");
    this.#clock = attemptClock(place.opened_ms, place.reached_ms);
  }

  /** Starts recording; every source that the exam asks for must open. @throws Trouble `source-refused` */
  async begin({ record }: RecordingOrder): Promise<void> {
    if (this.#isRecording) return;
    await this.resumeUpload(record);
    const clock = this.#clockOrThrow();
    const used = SOURCES.filter((source) => record.sources[source].is !== "unused");
    await this.#openAll(used);
    await this.#world.evidence("begin", { preamble: preambleOf(record), now_ms: clock.nowMs() });
    await this.#makeStreams(used, clock);
    for (const source of used) await this.#attach(source);
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

  async #openAll(used: readonly Source[]): Promise<void> {
    const missing = used.filter((source) => !this.#sources.has(source));
    const both =
      missing.includes("camera") && missing.includes("microphone") ? await openBoth() : null;
    if (both !== null) {
      this.#take("camera", both.camera);
      this.#take("microphone", both.microphone);
    }
    for (const source of used) {
      const is_open = this.#sources.has(source) || (await this.open(source)).is === "live";
      if (!is_open) throw trouble("source-refused");
    }
  }

  get #isRecording(): boolean {
    return this.#camera !== null || this.#screen !== null;
  }

  #clockOrThrow(): AttemptClock {
    if (this.#clock === null) throw trouble("not-now");
    return this.#clock;
  }

  async #makeStreams(used: readonly Source[], clock: AttemptClock): Promise<void> {
    const { report } = this.#world;
    const world: StreamWorld = {
      clock,
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
    const screen = this.#sources.get("screen");
    if (screen === undefined) return;
    const plan = await screenPlan(evenSize(screen.track.getSettings()));
    this.#screen = new StreamRecording("screen", world, { video: plan, sound: false });
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
    this.close(source);
    if (source !== "microphone") (source === "camera" ? this.#camera : this.#screen)?.blank();
    const cause = source === "screen" ? "share-stopped" : "device-lost";
    const since = Date.now();
    this.#world.onLost({ source, cause, since, restore_by: since + RESTORE_MS });
    if (!this.#isRecording) return;
    await this.#world.evidence("lose", { source, cause, from_ms: this.#clockOrThrow().nowMs() });
  }

  #seal(file: CapturedFile): Promise<boolean> {
    return this.#world.evidence("seal", file, [file.bytes.buffer]);
  }

  async #end(record: AttemptRecord): Promise<void> {
    await this.resumeUpload(record);
    const clock = this.#clockOrThrow();
    await Promise.all([this.#camera?.close(), this.#screen?.close()]);
    this.#camera = null;
    this.#screen = null;
    for (const source of SOURCES) this.close(source);
    await this.#world.evidence("end", { now_ms: clock.nowMs() });
  }
}

function live(track: MediaStreamTrack): OpenedTrack {
  return { is: "live", track };
}

function preambleOf(record: AttemptRecord): Preamble {
  const { agreement, checks } = record;
  const noted = Object.entries(checks).flatMap(([id, check]) =>
    check.result === "noted" ? [id] : [],
  );
  return { agreement: agreement === null ? null : { ...agreement }, checks, noted };
}

/** VP9 takes even sizes; what the share's settings do not say is a common screen. */
function evenSize({ width = 1920, height = 1080 }: MediaTrackSettings): {
  width: number;
  height: number;
} {
  return { width: width - (width % 2), height: height - (height % 2) };
}
