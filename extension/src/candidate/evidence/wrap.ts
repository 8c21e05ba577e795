import { Trouble } from "../../problems.ts";

/**
 * The attempt's wrap at the server. Until leaf 0 is cosigned another device may replace it (wire.md §5), and this one
 * learns of it only when its leaf 0 is refused.
 */
export class Wrap {
  readonly #put: () => Promise<void>;
  readonly #remember: (part: { wrap_stored: true }) => Promise<void>;
  #is_stored: boolean;

  constructor(place: {
    put: () => Promise<void>;
    remember: (part: { wrap_stored: true }) => Promise<void>;
    is_stored: boolean;
  }) {
    this.#put = place.put;
    this.#remember = place.remember;
    this.#is_stored = place.is_stored;
  }

  /**
   * Posts the log with the wrap before it; where leaf 0 is refused, both once more.
   * @throws Trouble as the server answers; the second refusal too, which another wrap cannot explain
   */
  async before(post: () => Promise<void>): Promise<void> {
    if (!this.#is_stored) await this.#bring();
    try {
      await post();
    } catch (error) {
      if (!isOpeningRefused(error)) throw error;
      await this.#bring();
      await post();
    }
  }

  async #bring(): Promise<void> {
    await this.#put();
    this.#is_stored = true;
    await this.#remember({ wrap_stored: true });
  }
}

function isOpeningRefused(error: unknown): boolean {
  if (!(error instanceof Trouble) || error.problem.kind !== "server") return false;
  return error.problem.code === "leaf-refused" && error.problem.index === 0;
}
