import type { SourceRefusal } from "../../messages.ts";
import type { Source } from "../attempt/state.ts";
import { words } from "../words.ts";

/** Why the browser refused a device, from the error's name (Media Capture and Streams §10). */
export function refusalOf(error: unknown): SourceRefusal {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "not-allowed";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "not-found";
  return name === "NotReadableError" ? "in-use" : "failed";
}

export function refusalSentence(source: Source, reason: SourceRefusal): string {
  return words.checks.refusals[reason](words.checks.sources[source]);
}

export interface Light {
  /** Mean luma, 0 to 255. */
  mean: number;
  /** Standard deviation of the luma: an empty picture has none. */
  spread: number;
}

/** Luma statistics of RGBA pixels. No face is looked for. */
export function lightOf(rgba: Uint8ClampedArray): Light {
  let sum = 0;
  let squares = 0;
  const count = rgba.length / 4;
  for (let at = 0; at < rgba.length; at += 4) {
    const luma =
      0.299 * (rgba[at] ?? 0) + 0.587 * (rgba[at + 1] ?? 0) + 0.114 * (rgba[at + 2] ?? 0);
    sum += luma;
    squares += luma * luma;
  }
  const mean = count === 0 ? 0 : sum / count;
  return { mean, spread: count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Advice about the light, or null where it is fine. */
export function lightAdvice({ mean, spread }: Light): string | null {
  if (spread < 4) return words.checks.cameraStill;
  if (mean < 45) return words.checks.cameraDark;
  return mean > 225 ? words.checks.cameraBright : null;
}

/** Root mean square of time-domain bytes around 128, as 0 to 1. */
export function loudness(samples: Uint8Array): number {
  const squares = samples.reduce((sum, sample) => sum + ((sample - 128) / 128) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, samples.length));
}

export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
