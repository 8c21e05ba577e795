/** Runs overlapping calls one after the other, in the order they were made; a failed one does not hold up the next. */
export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }
}
