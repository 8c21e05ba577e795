/** Works that must not overlap: each begins when the one before has ended, however it ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** When everything that was begun has ended. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
