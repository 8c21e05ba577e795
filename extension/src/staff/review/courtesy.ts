/** Lets what somebody looks at go before what is done in the background. */
export class Courtesy {
  #underway = 0;
  #waiting: (() => void)[] = [];

  /** Work that a person waits for. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    this.#underway += 1;
    try {
      return await work();
    } finally {
      this.#underway -= 1;
      if (this.#underway === 0) for (const go of this.#waiting.splice(0)) go();
    }
  }

  /** Resolves when nobody waits for anything. */
  async quiet(): Promise<void> {
    while (this.#underway > 0) await new Promise<void>((go) => this.#waiting.push(go));
  }
}
