import { type Place, type Problem, problemFrom } from "./errors.ts";

/** The problems that a verification found, each once, in the order they were found. */
export class Findings {
  readonly #problems: Problem[] = [];

  get all(): readonly Problem[] {
    return this.#problems;
  }

  record(problem: Problem): Problem {
    const same = this.#problems.find((known) => isSame(known, problem));
    if (same === undefined) this.#problems.push(problem);
    return same ?? problem;
  }

  /** Runs `act`; a SealedError from it becomes a finding and goes on up. */
  async recorded<Result>(place: Place | undefined, act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      this.record(problemFrom(error, place));
      throw error;
    }
  }

  /** Runs `act`; a SealedError from it becomes a finding and ends there. */
  async absorbed(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.record(problemFrom(error));
    }
  }
}

function isSame(one: Problem, other: Problem): boolean {
  return (
    one.kind === other.kind &&
    one.reason === other.reason &&
    one.stream === other.stream &&
    one.index === other.index &&
    one.sentence === other.sentence
  );
}
