import { browser } from "../../browser.ts";
import { trouble } from "../../problems.ts";
import { Turns } from "../../turns.ts";
import { reduce, TransitionRefused } from "./reducer.ts";
import { PHASES } from "./state.ts";
import type { AttemptEvent, AttemptRecord } from "./state.ts";

const KEY = "attempt";

/**
 * The record in `chrome.storage.local`: read at every wake, written before anybody hears of a change. Nothing is kept
 * in the memory of the service worker, which may be gone at any moment.
 */
export class AttemptStore {
  readonly #onChange: (record: AttemptRecord | null) => void;
  readonly #turns = new Turns();

  constructor(onChange: (record: AttemptRecord | null) => void) {
    this.#onChange = onChange;
  }

  async get(): Promise<AttemptRecord | null> {
    await this.#turns.ended();
    return read();
  }

  /** @throws Trouble `no-attempt` */
  async expect(): Promise<AttemptRecord> {
    const record = await this.get();
    if (record === null) throw trouble("no-attempt");
    return record;
  }

  /** Reduces one event after the other. @throws Trouble `no-attempt`, `not-now` */
  apply(event: AttemptEvent): Promise<AttemptRecord> {
    return this.#turns.take(async () => {
      const record = await read();
      if (record === null) throw trouble("no-attempt");
      const next = reduced(record, event);
      await browser.store("local", KEY, next);
      this.#onChange(next);
      return next;
    });
  }

  begin(record: AttemptRecord): Promise<AttemptRecord> {
    return this.#turns.take(async () => {
      await browser.store("local", KEY, record);
      this.#onChange(record);
      return record;
    });
  }

  async forget(): Promise<void> {
    await this.#turns.take(async () => {
      await browser.forget("local", KEY);
      this.#onChange(null);
    });
  }
}

function reduced(record: AttemptRecord, event: AttemptEvent): AttemptRecord {
  try {
    return reduce(record, event);
  } catch (error) {
    if (error instanceof TransitionRefused) throw trouble("not-now");
    throw error;
  }
}

/** A record of another version of this extension is not guessed at: its evidence stays, its page says so. */
async function read(): Promise<AttemptRecord | null> {
  const stored = await browser.stored("local", KEY);
  if (typeof stored !== "object" || stored === null) return null;
  const { version, phase } = stored as Partial<AttemptRecord>;
  if (version !== 1 || phase === undefined || !PHASES.includes(phase)) return null;
  // Written before devices were remembered.
  return { devices: {}, ...stored } as AttemptRecord;
}
