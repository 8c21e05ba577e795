import type { AttemptSealer } from "@invigil/sealed";
import type { Mark } from "./database.ts";
import type { Marks } from "./marks.ts";

type Loss = Mark["losses"][number];

/** Holes that are not over. They are remembered on the disk, so that a crash in the middle of one hides nothing. */
export class Losses {
  readonly #marks: Marks;
  readonly #sealer: AttemptSealer;

  constructor(place: { marks: Marks; sealer: AttemptSealer }) {
    this.#marks = place.marks;
    this.#sealer = place.sealer;
  }

  get #open(): readonly Loss[] {
    return this.#marks.now.losses;
  }

  /** Whether it is a hole of its own: false while the source has one that is not over. */
  async begin(loss: Loss): Promise<boolean> {
    if (this.#open.some((open) => open.source === loss.source)) return false;
    // On a full disk the list may have to stay in memory until there is room for the gap's leaf.
    await this.#marks.change({ losses: [...this.#open, loss] }).catch(() => undefined);
    return true;
  }

  /** Declares the hole of a source; nothing when it had none. */
  async end(source: string, now_ms: number): Promise<boolean> {
    const loss = this.#open.find((open) => open.source === source);
    if (loss === undefined) return false;
    const fromMs = Math.floor(loss.from_ms);
    const toMs = Math.max(fromMs, Math.floor(now_ms));
    await this.#sealer.gap({ fromMs, toMs, cause: loss.cause });
    await this.#marks.change({ losses: this.#open.filter((open) => open !== loss) });
    return true;
  }

  async endAll(now_ms: number): Promise<void> {
    for (const { source } of this.#open) await this.end(source, now_ms);
  }
}
