import { fromBase64, openScopeKey } from "@invigil/sealed";
import type { ScopeKey, TrustedLog } from "@invigil/sealed";
import type { Bench } from "../app/desk.svelte.ts";
import type { AttemptSummary, ScopeEpoch } from "../wire.ts";
import { trustedLog, trustedScope } from "./trusted-log.ts";

/** The keys of an exam that one person holds, one for each epoch: what was sealed to an earlier key stays readable. */
export class ScopeKeyRing {
  readonly #bench: Bench;
  readonly #exam: string;
  readonly #log: TrustedLog;
  readonly #epochs: readonly ScopeEpoch[];
  readonly #keys = new Map<number, Promise<ScopeKey | null>>();

  private constructor(bench: Bench, exam: string, log: TrustedLog, epochs: readonly ScopeEpoch[]) {
    this.#bench = bench;
    this.#exam = exam;
    this.#log = log;
    this.#epochs = epochs;
  }

  /** @throws SealedError, Trouble */
  static async of(bench: Bench, exam: string): Promise<ScopeKeyRing> {
    const [log, scope] = await Promise.all([
      trustedLog(bench.api, bench.me.institution.slug),
      bench.api.scope(exam),
    ]);
    return new ScopeKeyRing(bench, exam, log, scope.epochs);
  }

  /** The key that an attempt was sealed to, as it was certified; null when it is not to be had. */
  async keyOf({ epoch }: AttemptSummary): Promise<ScopeKey | null> {
    if (epoch === null) return null;
    const known = this.#keys.get(epoch);
    if (known !== undefined) return known;
    const opened = this.#open(epoch).catch(() => null);
    this.#keys.set(epoch, opened);
    return opened;
  }

  async #open(number: number): Promise<ScopeKey | null> {
    const wrap = this.#epochs.find(({ epoch }) => epoch === number)?.my_wrap ?? null;
    if (wrap === null) return null;
    const { api, keyring } = this.#bench;
    const scope = await trustedScope(api, this.#log, {
      exam: this.#exam,
      epoch: number,
      atMs: "then",
    });
    return openScopeKey(fromBase64(wrap), keyring, scope);
  }
}
