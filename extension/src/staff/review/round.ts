/** The attempts of the list as the reviewer left it: the next one is the next of that list. */
export class Round {
  #exam = "";
  #attempts: readonly string[] = [];

  keep(exam: string, attempts: readonly string[]): void {
    this.#exam = exam;
    this.#attempts = attempts;
  }

  knows(exam: string, attempt: string): boolean {
    return this.#exam === exam && this.#attempts.includes(attempt);
  }

  /** The attempt `step` further on, or null at the ends of the list. */
  beside(attempt: string, step: 1 | -1): string | null {
    return this.#attempts[this.#attempts.indexOf(attempt) + step] ?? null;
  }

  /** Place from 1, and how many there are. */
  placeOf(attempt: string): { place: number; all: number } {
    return { place: this.#attempts.indexOf(attempt) + 1, all: this.#attempts.length };
  }
}

export const round = new Round();
