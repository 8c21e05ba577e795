import type { Port } from "../../browser.ts";
import { EXAM_PORT, PAGE_PORT, speakerOf } from "../../messages.ts";
import type { ExamNews, PageNews, Progress, ToolbarSource } from "../../messages.ts";
import type { Problem } from "../../problems.ts";
import { SOURCES } from "./state.ts";
import type { AttemptRecord, Source } from "./state.ts";

const PAGE = "candidate.html";

/** Who looks on: pages of ours, and the exam's tab. */
export class Audience {
  readonly #pages = new Map<Port, number | null>();
  readonly #exams = new Map<Port, number>();
  readonly #onPageGone: () => void;
  #owner: number | null = null;
  /** The owner on its way from the launch to its page: nobody takes the exam from it meanwhile. */
  #awaited: number | null = null;

  constructor(onPageGone: () => void) {
    this.#onPageGone = onPageGone;
  }

  /** Takes a port whose other end is known; every other port is closed. */
  admit(port: Port, record: AttemptRecord | null): void {
    const speaker = port.sender === undefined ? null : speakerOf(port.sender);
    if (port.name === PAGE_PORT && speaker?.is === "page") {
      this.#admitPage(port, speaker, record);
    } else if (
      port.name === EXAM_PORT &&
      speaker?.is === "exam" &&
      speaker.tab === record?.exam_tab
    ) {
      this.#exams.set(port, speaker.tab);
      port.onDisconnect.addListener(() => this.#exams.delete(port));
      say(port, stateFor(record));
    } else {
      port.disconnect();
    }
  }

  /** Whether another tab has the exam. A tab that is alone gets it. */
  isElsewhere({ page, tab }: { page: string; tab: number | null }): boolean {
    if (page !== PAGE || tab === null) return false;
    if (!this.#hasOwner()) this.#owner = tab;
    return this.#owner !== tab;
  }

  takeOver(tab: number | null): void {
    this.#owner = tab;
    this.#awaited = [...this.#pages.values()].includes(tab) ? null : tab;
    for (const [port, other] of this.#pages) {
      if (other !== null) say(port, { kind: "elsewhere", elsewhere: other !== tab });
    }
  }

  /** A tab was closed: whom it may have had on its way does not arrive. */
  left(tab: number): void {
    if (this.#awaited !== tab) return;
    this.#awaited = null;
    this.#passOn();
  }

  tellRecord(record: AttemptRecord | null): void {
    this.#tellPages({ kind: "record", record });
    if (record === null) return;
    for (const port of this.#exams.keys()) say(port, stateFor(record));
  }

  tellProgress(progress: Progress): void {
    this.#tellPages({ kind: "progress", progress });
    const { upload, disk_left_ms } = progress;
    for (const port of this.#exams.keys()) say(port, { kind: "progress", upload, disk_left_ms });
  }

  tellTrouble(problem: Problem): void {
    this.#tellPages({ kind: "trouble", problem });
    for (const port of this.#exams.keys()) say(port, { kind: "trouble", problem });
  }

  /** A tab with a candidate page, if there is one. */
  get pageTab(): number | null {
    return [...this.#pages.values()].find((tab) => tab !== null) ?? null;
  }

  #admitPage(
    port: Port,
    speaker: { page: string; tab: number | null },
    record: AttemptRecord | null,
  ): void {
    const elsewhere = this.isElsewhere(speaker);
    const tab = speaker.page === PAGE ? speaker.tab : null;
    this.#pages.set(port, tab);
    if (tab === this.#awaited) this.#awaited = null;
    port.onDisconnect.addListener(() => {
      this.#pages.delete(port);
      this.#passOn();
      this.#onPageGone();
    });
    say(port, { kind: "record", record });
    if (tab !== null) say(port, { kind: "elsewhere", elsewhere });
  }

  /** The tab that had the exam is gone: the next one has it. */
  #passOn(): void {
    if (this.#hasOwner()) return;
    if (this.pageTab !== null) this.takeOver(this.pageTab);
  }

  #hasOwner(): boolean {
    if (this.#awaited !== null && this.#awaited === this.#owner) return true;
    return [...this.#pages.values()].includes(this.#owner);
  }

  #tellPages(news: PageNews): void {
    for (const port of this.#pages.keys()) say(port, news);
  }
}

function stateFor(record: AttemptRecord): ExamNews {
  const is_over = ["finishing", "closed", "failed"].includes(record.phase);
  const recording = Object.fromEntries(
    SOURCES.map((source) => [source, record.sources[source].is]),
  ) as Record<Source, ToolbarSource>;
  const phase = is_over ? "ended" : record.phase === "recording" ? "recording" : "interrupted";
  return { kind: "state", recording, phase };
}

function say(port: Port, news: PageNews | ExamNews): void {
  try {
    port.postMessage(news);
  } catch {
    // The page went away between two events; its port tells so next.
  }
}
