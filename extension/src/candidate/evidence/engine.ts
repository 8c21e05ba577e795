import type { AttemptCalls } from "../../server.ts";
import { Trouble, trouble } from "../../problems.ts";
import { attemptClock } from "../capture/clock.ts";
import type { MovableClock } from "../capture/clock.ts";
import type { CapturedFile } from "../capture/packets.ts";
import { receiptOf } from "./closing.ts";
import { Delivery } from "./delivery.ts";
import { Diary } from "./diary.ts";
import { Losses } from "./losses.ts";
import { DiskGauge } from "./disk.ts";
import type { EvidenceNews, EvidenceOrders, LogPlace, Preamble } from "./orders.ts";
import type { FoundLog } from "./opening.ts";

const STEP_MS = 2_000;
/** Every tenth second a page of events and a checkpoint, every sixtieth a summary (sealed.md §7). */
const STEPS_PER_PAGE = 5;
const STEPS_PER_SUMMARY = 30;
const STEPS_PER_HEARTBEAT = 7;
/** A shorter hole between two lives than this is none. */
const LEAST_GAP_MS = 1_000;

export interface EngineWorld {
  tell: (news: EvidenceNews) => void;
  report: (error: unknown) => void;
}

type Ask<K extends keyof EvidenceOrders> = EvidenceOrders[K]["ask"];

/** One attempt's evidence, from the captured file to the last receipt. Lives in a worker. */
export class Engine {
  readonly delivery: Delivery;
  readonly #found: FoundLog;
  readonly #clock: MovableClock;
  readonly #diary: Diary;
  readonly #losses: Losses;
  readonly #disk = new DiskGauge();
  readonly #world: EngineWorld;
  /** Streams whose delta files build on a file that was lost. */
  readonly #broken = new Set<string>();
  readonly #calls: AttemptCalls;
  #is_recording = false;
  #steps = 0;
  #sent_at_heartbeat = 0;
  #stepping = false;
  /** The last news: everything was delivered. */
  #closed: EvidenceNews | null = null;

  constructor(found: FoundLog, calls: AttemptCalls, world: EngineWorld) {
    this.#found = found;
    this.#calls = calls;
    this.#world = world;
    this.#clock = attemptClock(found.opened.opened_ms, found.reached_ms);
    this.#diary = new Diary(found);
    this.#losses = new Losses(found);
    this.delivery = new Delivery(found, calls, (problem) => {
      world.tell({ kind: "trouble", problem });
    });
  }

  get place(): LogPlace {
    return { opened_ms: this.#found.opened.opened_ms, reached_ms: this.#found.reached_ms };
  }

  /** Works on until `signal`: delivers, and while recording keeps the diary. */
  run(signal: AbortSignal): void {
    const timer = setInterval(() => {
      this.step().catch(this.#world.report);
    }, STEP_MS);
    const stop = (): void => {
      clearInterval(timer);
    };
    signal.addEventListener("abort", stop, { once: true });
    const wake = (): void => {
      this.delivery.wake();
    };
    addEventListener("online", wake, { signal });
  }

  async begin({ preamble, now_ms }: { preamble: Preamble; now_ms: number }): Promise<void> {
    await this.#declareLostTail(now_ms);
    await this.#found.marks.change({ begun_ms: Math.floor(now_ms) });
    await this.#diary.begin(preamble, now_ms);
    this.#is_recording = true;
    await this.delivery.sign();
  }

  /** False when the file was not kept, for whatever reason: the hole is declared as soon as that is possible. */
  async seal(file: CapturedFile): Promise<boolean> {
    if (this.#broken.has(file.stream) && file.continuity === "delta") return false;
    const { stream, continuity, bytes, t0_ms } = file;
    const segment = { stream, t0Ms: t0_ms, t1Ms: file.t1_ms, continuity, plaintext: bytes };
    try {
      await this.#found.sealer.segment(segment);
    } catch (error) {
      this.#explain(error);
      await this.miss({ stream, from_ms: t0_ms, cause: isDiskFull(error) ? "disk-full" : "crash" });
      return false;
    }
    this.#broken.delete(stream);
    this.#disk.wrote(bytes.length, Date.now());
    await this.#orLater(() => this.#losses.end(`file-${stream}`, t0_ms));
    return true;
  }

  /** A file is lost: what builds on it is of no use, and the hole lasts until the stream's next file is kept. */
  async miss({ stream, from_ms, cause }: Ask<"miss">): Promise<void> {
    this.#broken.add(stream);
    const is_new = await this.#losses.begin({ source: `file-${stream}`, from_ms, cause });
    if (is_new && cause === "disk-full") {
      this.#diary.note({ t: Math.floor(from_ms), kind: cause, stream });
    }
  }

  /** Does what can also be done later: evidence goes on without it. */
  async #orLater(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#explain(error);
    }
  }

  /** A full disk is the candidate's to know of, everything else ours. */
  #explain(error: unknown): void {
    if (isDiskFull(error)) {
      this.#world.tell({ kind: "trouble", problem: { kind: "local", code: "disk-full" } });
    } else {
      this.#world.report(error);
    }
  }

  note(event: Ask<"note">): void {
    this.#diary.note(event);
  }

  /** Nothing was recorded, because the computer slept; its clock may have stood still, so it is put forward. */
  async pause({ from_ms, to_ms }: Ask<"pause">): Promise<void> {
    this.#clock.moveTo(to_ms);
    await this.#losses.begin({ source: "computer", from_ms, cause: "paused" });
    await this.#orLater(() => this.#losses.end("computer", to_ms));
    this.#diary.note({ t: Math.floor(to_ms), kind: "gap", cause: "paused" });
  }

  async lose({ source, from_ms, cause }: Ask<"lose">): Promise<void> {
    this.#diary.note({ t: Math.floor(from_ms), kind: cause, source });
    await this.#losses.begin({ source, from_ms, cause });
  }

  async find({ source, now_ms }: Ask<"find">): Promise<void> {
    const was_lost = await this.#losses.end(source, now_ms);
    if (was_lost) this.#diary.note({ t: Math.floor(now_ms), kind: "restored", source });
  }

  /** Closes the log; a second call finds it closed. The receipt comes when everything was delivered. */
  async end({ now_ms }: { now_ms: number }): Promise<void> {
    try {
      if (!this.#found.sealer.isClosed) await this.#close(now_ms);
    } catch (error) {
      // The background asks again until there is room.
      throw isDiskFull(error) ? trouble("disk-full") : error;
    }
    this.#is_recording = false;
    await this.delivery.sign();
  }

  async #close(now_ms: number): Promise<void> {
    if (!this.#is_recording) await this.#declareLostTail(now_ms);
    await this.#losses.endAll(now_ms);
    await this.#diary.sealEvents(now_ms);
    await this.#diary.sealSummary(now_ms, true);
    await this.#found.sealer.close(Math.floor(now_ms));
  }

  /**
   * What was recorded but not sealed when the last life ended is gone: from the last file until now, or from the
   * beginning where no file was made yet.
   */
  async #declareLostTail(now_ms: number): Promise<void> {
    await this.#losses.endAll(now_ms);
    const { marks, reached_ms, sealer } = this.#found;
    const { begun_ms } = marks.now;
    if (this.#is_recording || (begun_ms === null && reached_ms === 0)) return;
    const fromMs = Math.max(reached_ms, begun_ms ?? 0);
    const toMs = Math.floor(now_ms);
    if (toMs - fromMs < LEAST_GAP_MS) return;
    await sealer.gap({ fromMs, toMs, cause: "crash" });
    this.#diary.note({ t: toMs, kind: "gap", cause: "crash" });
    await marks.change({ begun_ms: toMs });
  }

  /** What is done every two seconds; nothing while the one before is under way. */
  async step(): Promise<void> {
    if (this.#stepping) return;
    this.#steps += 1;
    if (this.#closed !== null) {
      this.#tellAgain(this.#closed);
      return;
    }
    this.#stepping = true;
    try {
      if (this.#is_recording) await this.#keepDiary();
      await this.delivery.step();
      this.#tellProgress();
      await this.#finishWhenDelivered();
      if (this.#steps % STEPS_PER_HEARTBEAT === 0) await this.#heartbeat();
    } finally {
      this.#stepping = false;
    }
  }

  async #keepDiary(): Promise<void> {
    if (this.#steps % STEPS_PER_PAGE !== 0) return;
    const now_ms = this.#clock.nowMs();
    await this.#orLater(async () => {
      await this.#diary.sealEvents(now_ms);
      if (this.#steps % STEPS_PER_SUMMARY === 0) await this.#diary.sealSummary(now_ms, false);
    });
    await this.delivery.sign();
    await this.#disk.measure();
  }

  #tellProgress(): void {
    const { uploads, receipted } = this.delivery;
    const { is, next_try_at, files_left, bytes_left, bytes_sent } = uploads.standing;
    this.#world.tell({
      kind: "progress",
      progress: {
        upload: {
          is,
          files_left,
          bytes_left,
          bytes_sent,
          next_try_at,
          refused: this.delivery.isRefused,
        },
        receipted,
        log_size: this.#found.sealer.size,
        disk_left_ms: this.#disk.leftMs(Date.now()),
      },
    });
  }

  /** Receipt, log and keys stay on the disk until the background has kept the receipt and destroys them. */
  async #finishWhenDelivered(): Promise<void> {
    const { sealer, spool, opened } = this.#found;
    const { receipt, receipted, uploads } = this.delivery;
    if (!sealer.isClosed || receipt === null || receipted < sealer.size) return;
    const facts = {
      note: receipt,
      opened_ms: opened.opened_ms,
      bytes: uploads.standing.bytes_sent,
    };
    this.#closed = { kind: "closed", receipt: receiptOf(await spool.leaves(), facts) };
    this.#world.tell(this.#closed);
  }

  /** Nobody may have heard it: the background dies at any moment, and this context goes when it has heard. */
  #tellAgain(closed: EvidenceNews): void {
    if (this.#steps % STEPS_PER_PAGE === 0) this.#world.tell(closed);
  }

  /** The server hears of a recording that uploads nothing, and says if somebody ended it. */
  async #heartbeat(): Promise<void> {
    if (this.#closed !== null) return;
    const { bytes_sent } = this.delivery.uploads.standing;
    const is_silent = bytes_sent === this.#sent_at_heartbeat;
    this.#sent_at_heartbeat = bytes_sent;
    if (!is_silent && this.#steps % (4 * STEPS_PER_HEARTBEAT) !== 0) return;
    try {
      const { state } = await this.#calls.heartbeat();
      this.#world.tell({ kind: "server-state", state });
    } catch (error) {
      // Offline is ordinary here, and the queue tells of it.
      if (!(error instanceof Trouble)) throw error;
    }
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
