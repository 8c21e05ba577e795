import { fromBase64, openUnverified, readObject } from "@invigil/sealed";
import type { ScopeKey } from "@invigil/sealed";
import { SvelteMap } from "svelte/reactivity";
import type { Bench } from "../app/desk.svelte.ts";
import { ScopeKeyRing } from "../vault/scope-key-ring.ts";
import type { AttemptSummary, SealedSummary } from "../wire.ts";

/** What the list shows of a sealed summary. */
export interface Glimpse {
  gaps: number;
  noted: number;
}

/** The latest sealed summary of each attempt, opened a few at a time so that the page stays alive. Not verified: the attempt's page does that. */
export class Glimpses {
  done = $state(0);
  all = $state(0);
  readonly #found = new SvelteMap<string, Glimpse | null>();
  readonly #bench: Bench;
  readonly #exam: string;

  constructor(bench: Bench, exam: string) {
    this.#bench = bench;
    this.#exam = exam;
  }

  /** undefined: none yet. null: it cannot be opened. */
  of(attempt: string): Glimpse | null | undefined {
    return this.#found.get(attempt);
  }

  /** Opens all summaries, page by page, each with the key of its attempt's epoch. */
  async open(attempts: readonly AttemptSummary[], signal: AbortSignal): Promise<void> {
    const byId = Object.fromEntries(attempts.map((one) => [one.id, one]));
    const ring = await ScopeKeyRing.of(this.#bench, this.#exam);
    let cursor: string | null = null;
    do {
      const page = await this.#bench.api.summaries(this.#exam, cursor);
      this.all += page.summaries.length;
      for (const one of page.summaries) {
        if (signal.aborted) return;
        const attempt = byId[one.attempt];
        const key = attempt === undefined ? null : await ring.keyOf(attempt);
        this.#found.set(one.attempt, key === null ? null : await this.#glimpse(key, one));
        this.done += 1;
      }
      cursor = page.next;
    } while (cursor !== null);
  }

  async #glimpse(
    key: ScopeKey,
    { attempt, wrap, index, file }: SealedSummary,
  ): Promise<Glimpse | null> {
    try {
      const plaintext = await openUnverified({
        key,
        attempt,
        wrap: fromBase64(wrap),
        stream: "summary",
        index,
        file: fromBase64(file),
      });
      const { gaps, noted } = readObject(plaintext) as { gaps?: unknown; noted?: unknown };
      return {
        gaps: typeof gaps === "number" ? gaps : 0,
        noted: Array.isArray(noted) ? noted.length : 0,
      };
    } catch {
      return null;
    }
  }
}
