const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait after the `failures`-th failure in a row (from 1): doubling, with jitter over the upper half
 * so that candidates whom one outage stopped do not all come back in one second. Never less than `retry_after_s`.
 * @param random from 0 to 1
 */
export function delayAfter(
  failures: number,
  random: () => number,
  retry_after_s: number | null = null,
): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  const own = Math.round(ceiling / 2 + (random() * ceiling) / 2);
  if (retry_after_s === null) return own;
  return Math.max(own, Math.round(retry_after_s * 1_000 + random() * FIRST_MS));
}
