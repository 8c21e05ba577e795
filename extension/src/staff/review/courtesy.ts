/** Who has just looked somewhere looks elsewhere next: so long nothing is begun in the background. */
const REST_MS = 300;

/** Lets what somebody looks at go before what is done in the background. */
export class Courtesy {
  #underway = 0;
  #isAwaited = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];

  /** Work that a person waits for. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    this.#underway += 1;
    try {
      return await work();
    } finally {
      this.#underway -= 1;
      this.#look();
    }
  }

  /** Whether a person waits for something that is no work of ours: for a picture that is being decoded. */
  set isAwaited(isAwaited: boolean) {
    if (isAwaited === this.#isAwaited) return;
    this.#isAwaited = isAwaited;
    this.#look();
  }

  /** Resolves when nobody waits for anything. */
  async quiet(): Promise<void> {
    while (this.#isWaitedFor || this.#rest !== undefined)
      await new Promise<void>((go) => this.#waiting.push(go));
  }

  get #isWaitedFor(): boolean {
    return this.#underway > 0 || this.#isAwaited;
  }

  #look(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (!this.#isWaitedFor) for (const go of this.#waiting.splice(0)) go();
    }, REST_MS);
  }
}
