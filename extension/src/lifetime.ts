/** Two listeners that own themselves: each fires once and is gone. Everything else that listens takes an AbortSignal. */

/** Runs `work` when the owner's life ends; at once when it already has. */
export function whenEnded(life: AbortSignal, work: () => void): void {
  if (life.aborted) work();
  // A listener on the very signal that ends it would be removed before it fires.
  else life.addEventListener("abort", work, { once: true, passive: true });
}

/** Resolves at the next event of this type. */
export function next(target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve) => {
    target.addEventListener(
      type,
      () => {
        resolve();
      },
      { once: true, passive: true },
    );
  });
}
