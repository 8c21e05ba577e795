import { padEvents, padObject, padSummary } from "@invigil/sealed";
import type { AttemptSealer, Bytes } from "@invigil/sealed";
import type { DiaryEvent, Preamble } from "./orders.ts";

/** What the attempts list shows without opening anything else. One page of 4096 bytes. */
export interface Summary {
  version: 1;
  /** ms since the opening. */
  at: number;
  is_final: boolean;
  signed: boolean;
  /** Checks that were noted, not passed. */
  noted: string[];
  /** Events by kind. */
  events: Record<string, number>;
  gaps: number;
}

/** What of an attempt's sealer the diary needs. */
type Sealer = Pick<AttemptSealer, "nextIndex"> & {
  segment(segment: Parameters<AttemptSealer["segment"]>[0]): Promise<unknown>;
};

/** Events, summary, agreement and checks: the streams whose files say nothing by their size or number. */
export class Diary {
  readonly #sealer: Sealer;
  readonly #counts = new Map<string, number>();
  #waiting: DiaryEvent[] = [];
  #sealing: Promise<void> = Promise.resolve();
  #reached_ms: number;
  #preamble: Preamble = { agreement: null, checks: {}, noted: [] };
  #gaps = 0;

  constructor(sealer: Sealer, reached_ms: number) {
    this.#sealer = sealer;
    this.#reached_ms = reached_ms;
  }

  /** Seals agreement and checks, each once however often the recording begins. */
  async begin(preamble: Preamble, now_ms: number): Promise<void> {
    this.#preamble = preamble;
    if (preamble.agreement !== null && this.#sealer.nextIndex("agreement") === 0) {
      await this.#seal("agreement", padObject(preamble.agreement), now_ms);
    }
    if (this.#sealer.nextIndex("checks") === 0) {
      await this.#seal("checks", padObject(preamble.checks), now_ms);
    }
  }

  note(event: DiaryEvent): void {
    this.#waiting.push(event);
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1);
    if (event.kind === "gap") this.#gaps += 1;
  }

  /** One file, whatever happened; more when one does not hold all. */
  sealEvents(now_ms: number): Promise<void> {
    // One after the other: the end comes while a page is being sealed, and both would take the same events.
    const sealed = this.#sealing.then(() => this.#sealWaiting(now_ms));
    this.#sealing = sealed.catch(() => undefined);
    return sealed;
  }

  async #sealWaiting(now_ms: number): Promise<void> {
    const events = [...this.#waiting];
    for (const page of padEvents(events)) await this.#seal("events", page, now_ms);
    // Only now: what a full disk did not take is tried again with the next page.
    this.#waiting = this.#waiting.slice(events.length);
    this.#reached_ms = now_ms;
  }

  async sealSummary(now_ms: number, is_final: boolean): Promise<void> {
    const summary: Summary = {
      version: 1,
      at: Math.floor(now_ms),
      is_final,
      signed: this.#preamble.agreement !== null,
      noted: this.#preamble.noted,
      events: Object.fromEntries([...this.#counts].sort()),
      gaps: this.#gaps,
    };
    await this.#seal("summary", padSummary(summary), now_ms);
  }

  async #seal(stream: string, plaintext: Bytes, now_ms: number): Promise<void> {
    const t1Ms = Math.floor(now_ms);
    const t0Ms = stream === "events" ? Math.min(Math.floor(this.#reached_ms), t1Ms) : t1Ms;
    await this.#sealer.segment({ stream, t0Ms, t1Ms, continuity: "whole", plaintext });
  }
}
