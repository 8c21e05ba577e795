import type { ExamNews, ExamPage } from "../../messages.ts";
import { SOURCES } from "../attempt/state.ts";
import type { Source } from "../attempt/state.ts";
import { bytes, clock } from "../../figures.ts";
import { words } from "../words.ts";

type Exam = Extract<ExamPage, { is: "exam" }>;
type Phase = Extract<ExamNews, { kind: "state" }>["phase"];

/** What the bar shows, as text and one tone: a pure picture of the news heard so far. */
export interface View {
  tone: "good" | "warn" | "bad";
  recording: string;
  upload: string;
  /** Why the page with the checks should be opened now; null while nothing needs the candidate. */
  needsHelp: string | null;
  isOver: boolean;
}

export interface Heard {
  phase: Phase;
  recording: Extract<ExamNews, { kind: "state" }>["recording"];
  upload: Extract<ExamNews, { kind: "progress" }>["upload"] | null;
}

export const NOTHING_HEARD: Heard = {
  phase: "recording",
  recording: { camera: "unused", microphone: "unused", screen: "unused" },
  upload: null,
};

export function hear(heard: Heard, news: ExamNews): Heard {
  if (news.kind === "state") return { ...heard, phase: news.phase, recording: news.recording };
  return news.kind === "progress" ? { ...heard, upload: news.upload } : heard;
}

/** The view after what was heard. */
export function viewOf({ phase, recording, upload }: Heard): View {
  const lost = SOURCES.filter((source) => recording[source] === "lost");
  const live = SOURCES.filter((source) => recording[source] === "live").map((source) =>
    words.recording.sources[source].toLowerCase(),
  );
  const [first] = lost;
  return {
    tone:
      phase === "interrupted" || first !== undefined
        ? "bad"
        : upload?.is === "offline" || upload?.is === "stopped"
          ? "warn"
          : "good",
    recording:
      phase === "recording"
        ? [words.toolbar.recording, live.join(", ")].filter((part) => part !== "").join(": ")
        : words.toolbar[phase],
    upload: uploadText(upload),
    needsHelp: helpFor(phase, first),
    isOver: phase === "ended",
  };
}

function helpFor(phase: Phase, lost: Source | undefined): string | null {
  if (phase === "interrupted") return words.toolbar.goOn;
  if (phase === "ended" || lost === undefined) return null;
  return words.toolbar.lost(words.recording.sources[lost]);
}

function uploadText(upload: Heard["upload"]): string {
  if (upload === null) return "";
  if (upload.is === "offline") return words.toolbar.offline;
  if (upload.is === "stopped") return words.toolbar.stopped;
  return upload.files_left === 0
    ? words.toolbar.sent
    : words.toolbar.sending(bytes(upload.bytes_left));
}

/** Time since the start at `now`. */
export function timeText(page: Pick<Exam, "started_at">, now: number): string {
  return clock(now - page.started_at);
}
