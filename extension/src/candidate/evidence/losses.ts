import type { AttemptSealer } from "@invigil/sealed";
import { DURABLE } from "./database.ts";
import type { Database, Mark } from "./database.ts";

type Loss = Mark["losses"][number];

/** Holes that are not over. They are remembered on the disk, so that a crash in the middle of one hides nothing. */
export class Losses {
  readonly #database: Database;
  readonly #sealer: AttemptSealer;
  readonly #attempt: string;
  #open: Loss[];

  constructor(place: { database: Database; sealer: AttemptSealer; mark: Mark }) {
    this.#database = place.database;
    this.#sealer = place.sealer;
    this.#attempt = place.mark.attempt;
    this.#open = place.mark.losses;
  }

  async begin(loss: Loss): Promise<void> {
    if (this.#open.some((open) => open.source === loss.source)) return;
    this.#open = [...this.#open, loss];
    // On a full disk the list may have to stay in memory until there is room for the gap's leaf.
    await this.#remember().catch(() => undefined);
  }

  /** Declares the hole of a source; nothing when it had none. */
  async end(source: string, now_ms: number): Promise<boolean> {
    const loss = this.#open.find((open) => open.source === source);
    if (loss === undefined) return false;
    const fromMs = Math.floor(loss.from_ms);
    const toMs = Math.max(fromMs, Math.floor(now_ms));
    await this.#sealer.gap({ fromMs, toMs, cause: loss.cause });
    this.#open = this.#open.filter((open) => open !== loss);
    await this.#remember();
    return true;
  }

  async endAll(now_ms: number): Promise<void> {
    for (const { source } of this.#open) await this.end(source, now_ms);
  }

  async #remember(): Promise<void> {
    const change = this.#database.transaction("marks", "readwrite", DURABLE);
    const mark = await change.store.get(this.#attempt);
    if (mark !== undefined) await change.store.put({ ...mark, losses: this.#open });
    await change.done;
  }
}
