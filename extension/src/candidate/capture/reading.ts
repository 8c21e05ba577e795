import { TrackClock } from "./clock.ts";
import type { AttemptClock } from "./clock.ts";

/**
 * Gives every frame of a track to `take`, with its time on the attempt's clock; `take` owns the frame. Ends with the
 * track or the signal. (Neither animation frames nor video frame callbacks fire in an offscreen document.)
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the track's kind
export async function readTrack<F extends VideoFrame | AudioData>(
  track: MediaStreamTrack,
  take: (frame: F, t_ms: number) => Promise<void> | void,
  { clock, signal }: { clock: AttemptClock; signal: AbortSignal },
): Promise<void> {
  const own = new TrackClock();
  const reader = new MediaStreamTrackProcessor<F>({ track }).readable.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      await take(value, own.at(value.timestamp, clock.nowMs()));
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
