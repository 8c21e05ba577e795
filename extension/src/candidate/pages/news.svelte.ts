import { untrack } from "svelte";
import { askBackground } from "../../messages.ts";
import type { FromPage, Progress } from "../../messages.ts";
import { askPatiently, REAL_WAITING } from "../../patience.ts";
import type { Outcome } from "../../problems.ts";
import { followAttempt } from "../attempt/follow.ts";
import type { AttemptRecord } from "../attempt/state.ts";
import { explain } from "../explain.ts";

/** A full disk is told with each file that is lost, every five seconds. */
const TROUBLE_MS = 20_000;

/** What the background says of the attempt, for the pages to draw from. They keep no state of their own beside it. */
export class News {
  /** undefined: not heard yet. null: this browser has no attempt. */
  record = $state<AttemptRecord | null | undefined>(undefined);
  progress = $state<Progress | null>(null);
  isElsewhere = $state(false);
  /** What waiting may not cure, in words; null once it is not said again for a while. */
  trouble = $state<string | null>(null);
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    followAttempt({
      signal,
      onNews: (news) => {
        if (news.kind === "record") this.record = news.record;
        else if (news.kind === "progress") this.progress = news.progress;
        else if (news.kind === "elsewhere") this.isElsewhere = news.elsewhere;
        else this.#warn(explain(news.problem));
      },
    });
  }

  #warn(sentence: string): void {
    this.trouble = sentence;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.trouble = null;
    }, TROUBLE_MS);
  }
}

/** One step that the candidate asked for: whether it goes on, and what went wrong, in words. */
export class Step {
  isBusy = $state(false);
  error = $state<string | null>(null);
  /** Whether the server has asked to come again, which {@link askPatiently} does. */
  isWaiting = $state(false);

  /** Asks the background once; a second press while it works does nothing. */
  ask<K extends keyof FromPage>(
    kind: K,
    body: FromPage[K]["ask"],
  ): Promise<Outcome<FromPage[K]["answer"]> | null> {
    return this.#take(() => askBackground(kind, body));
  }

  /** As {@link ask}, but again and again while the server says that too many come in at once. */
  askPatiently<K extends keyof FromPage>(
    kind: K,
    body: FromPage[K]["ask"],
  ): Promise<Outcome<FromPage[K]["answer"]> | null> {
    const onWait = (): void => {
      this.isWaiting = true;
    };
    return this.#take(() => askPatiently(() => askBackground(kind, body), REAL_WAITING, onWait));
  }

  async #take<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T> | null> {
    // Unseen by an effect that asks: it would ask again at every answer.
    if (untrack(() => this.isBusy)) return null;
    this.isBusy = true;
    this.error = null;
    try {
      const answer = await work();
      if (!answer.ok) this.error = explain(answer.problem);
      return answer;
    } finally {
      this.isBusy = false;
      this.isWaiting = false;
    }
  }
}
