import { segmentIdentity, segmentScalar, streamSecret } from "../src/schedule.ts";
import { toBase64 } from "../src/text.ts";
import { ATTEMPT, OTHER_ATTEMPT, seed } from "./seeds.ts";

const INDICES = [0, 1, 2, 9, 10, 5699, 2 ** 31, 2 ** 53 - 1];

/** Secrets and identities of sealed.md §5. */
export async function scheduleVectors() {
  const schedules = [];
  for (const [label, attempt] of [
    ["secret", ATTEMPT],
    ["secret", OTHER_ATTEMPT],
    ["another secret", ATTEMPT],
  ] as const) {
    const secret = await seed(label);
    const streams = [];
    for (const stream of ["camera", "screen", "events", "a", `a${"-".repeat(22)}9`]) {
      const secretOfStream = await streamSecret(secret, attempt, stream);
      const segments = [];
      for (const index of INDICES) {
        segments.push({
          index,
          scalar: toBase64(await segmentScalar(secretOfStream, index)),
          identity: await segmentIdentity(secretOfStream, index),
        });
      }
      streams.push({ stream, stream_secret: toBase64(secretOfStream), segments });
    }
    schedules.push({ secret: toBase64(secret), attempt, streams });
  }
  return { schedules };
}
