/** What an attempt seals beside its pictures: agreement and checks once, events every 10 s, a summary every minute. */
import { padEvents, padObject, padSummary } from "@invigil/sealed";
import type { AttemptSealer, Bytes } from "@invigil/sealed";

const EVENTS_MS = 10_000;
const SUMMARY_MS = 60_000;
const AGREEMENT = {
  text: "I sit this exam by myself, with the means that are allowed, and agree to being recorded.",
  typed_name: "Ada Lovelace",
};
const CHECKS = {
  browser: { result: "passed", note: "" },
  camera: { result: "noted", note: "The picture is dark" },
  microphone: { result: "passed", note: "" },
  screen: { result: "passed", note: "" },
};

/** The events of a calm exam: kind and rest, by when they happen. */
function eventsOf(lengthMs: number): ({ t: number } & Record<string, string | number>)[] {
  return [
    { t: 1_500, kind: "place", place: "start" },
    { t: 4_000, kind: "place", place: "taking" },
    { t: Math.floor(lengthMs * 0.6), kind: "device-lost", source: "camera" },
    { t: Math.floor(lengthMs * 0.6) + 4_000, kind: "restored", source: "camera" },
    { t: lengthMs - 3_000, kind: "place", place: "after" },
    { t: lengthMs - 1_000, kind: "ended", by: "handed-in" },
  ];
}

export class Diary {
  readonly #sealer: AttemptSealer;
  readonly #lengthMs: number;

  constructor(sealer: AttemptSealer, lengthMs: number) {
    this.#sealer = sealer;
    this.#lengthMs = lengthMs;
  }

  async begin(): Promise<void> {
    await this.#seal("agreement", padObject(AGREEMENT), [0, 0]);
    await this.#seal("checks", padObject(CHECKS), [0, 0]);
  }

  /** Seals what is due at a moment of the attempt (ms). */
  async reach(ms: number): Promise<void> {
    if (ms % EVENTS_MS === 0) await this.#sealEvents(ms - EVENTS_MS, ms);
    if (ms % SUMMARY_MS !== 0) return;
    const summary = { version: 1, at: ms, signed: true, noted: ["camera"], gaps: 0 };
    await this.#seal("summary", padSummary(summary), [ms, ms]);
  }

  async #sealEvents(from: number, to: number): Promise<void> {
    const due = eventsOf(this.#lengthMs).filter(({ t }) => from <= t && t < to);
    for (const page of padEvents(due)) await this.#seal("events", page, [from, to]);
  }

  async #seal(stream: string, plaintext: Bytes, [t0Ms, t1Ms]: [number, number]): Promise<void> {
    await this.#sealer.segment({ stream, t0Ms, t1Ms, continuity: "whole", plaintext });
  }
}
