import type { Tone } from "@invigil/ui";
import type { Progress } from "../../messages.ts";
import { bytes } from "../../figures.ts";
import { words } from "../words.ts";

/** Where the upload stands: one sentence and its tone. */
export function uploadSentence(upload: Progress["upload"]): { tone: Tone; label: string } {
  const left = bytes(upload.bytes_left);
  switch (upload.is) {
    case "idle":
      return { tone: "good", label: words.upload.idle };
    case "sending":
      return { tone: "busy", label: words.upload.sending(left) };
    case "waiting":
      return { tone: "neutral", label: words.upload.waiting(left) };
    case "offline":
      return { tone: "warn", label: words.upload.offline(left) };
    case "stopped":
      return { tone: "bad", label: words.upload.stopped };
  }
}
