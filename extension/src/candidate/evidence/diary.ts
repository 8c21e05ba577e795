import { padEvents, padObject, padSummary } from "@invigil/sealed";
import type { AttemptSealer, Bytes } from "@invigil/sealed";
import type { Marks } from "./marks.ts";
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
  /** Declared ones, and those that are not over. */
  gaps: number;
}

/** What of an attempt's sealer the diary needs. */
type Sealer = Pick<AttemptSealer, "nextIndex" | "gaps"> & {
  segment(segment: Parameters<AttemptSealer["segment"]>[0]): Promise<unknown>;
};

/** Events, summary, agreement and checks: the streams whose files say nothing by their size or number. */
export class Diary {
  readonly #sealer: Sealer;
  /** What the summary says is kept here: a crash must not make an attempt look better. */
  readonly #marks: Marks;
  #waiting: DiaryEvent[] = [];
  #sealing: Promise<void> = Promise.resolve();
  #reached_ms: number;

  constructor(place: { sealer: Sealer; marks: Marks; reached_ms: number }) {
    this.#sealer = place.sealer;
    this.#marks = place.marks;
    this.#reached_ms = place.reached_ms;
  }

  /** Seals agreement and checks, each once however often the recording begins. */
  async begin(said: Preamble, now_ms: number): Promise<void> {
    const preamble = joined(this.#marks.now.preamble, said);
    await this.#marks.change({ preamble });
    if (preamble.agreement !== null && this.#sealer.nextIndex("agreement") === 0) {
      await this.#seal("agreement", padObject(preamble.agreement), now_ms);
    }
    if (this.#sealer.nextIndex("checks") === 0) {
      await this.#seal("checks", padObject(preamble.checks), now_ms);
    }
  }

  note(event: DiaryEvent): void {
    this.#waiting.push(event);
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
    await this.#count(events);
  }

  async #count(sealed: readonly DiaryEvent[]): Promise<void> {
    if (sealed.length === 0) return;
    const events = { ...this.#marks.now.events };
    for (const { kind } of sealed) events[kind] = (events[kind] ?? 0) + 1;
    await this.#marks.change({ events });
  }

  async sealSummary(now_ms: number, is_final: boolean): Promise<void> {
    const { preamble, events, losses } = this.#marks.now;
    const summary: Summary = {
      version: 1,
      at: Math.floor(now_ms),
      is_final,
      signed: (preamble?.agreement ?? null) !== null,
      noted: preamble?.noted ?? [],
      events: Object.fromEntries(Object.entries(events).sort()),
      gaps: this.#sealer.gaps + losses.length,
    };
    await this.#seal("summary", padSummary(summary), now_ms);
  }

  async #seal(stream: string, plaintext: Bytes, now_ms: number): Promise<void> {
    const t1Ms = Math.floor(now_ms);
    const t0Ms = stream === "events" ? Math.min(Math.floor(this.#reached_ms), t1Ms) : t1Ms;
    await this.#sealer.segment({ stream, t0Ms, t1Ms, continuity: "whole", plaintext });
  }
}

/** Agreement and checks are sealed once, as they came first; whatever was ever noted stays noted. */
function joined(kept: Preamble | null, said: Preamble): Preamble {
  if (kept === null) return said;
  const noted = [...new Set([...kept.noted, ...said.noted])];
  return { agreement: kept.agreement ?? said.agreement, checks: kept.checks, noted };
}
