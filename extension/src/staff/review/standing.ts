import type { Verification } from "@invigil/sealed";
import type { Tone } from "@invigil/ui";
import { words } from "./words.ts";

/** What may be said of an attempt's record and files, given what was checked by now. */
export interface Standing {
  tone: Tone;
  label: string;
  /** Files are being checked, so the label is not the last word. */
  isChecking: boolean;
}

/**
 * A record vouches for its files only once each was held against it: until then nothing is called unaltered, and nothing is green.
 * @param isStopped no more files will be checked: something else went wrong
 */
export function standingOf(found: Verification, isStopped: boolean): Standing {
  const { verdict, filesChecked, filesTotal } = found;
  if (verdict === "damaged")
    return { tone: "bad", label: words.verdicts.damaged, isChecking: false };
  if (filesChecked === filesTotal) {
    const tone = verdict === "open-ended" ? "warn" : "good";
    return { tone, label: words.verdicts[verdict], isChecking: false };
  }
  if (isStopped) return { tone: "warn", label: words.unchecked[verdict], isChecking: false };
  const tones = { complete: "busy", open: "neutral", "open-ended": "warn" } as const;
  const isChecking = verdict !== "open";
  return { tone: tones[verdict], label: words.checking[verdict], isChecking };
}
