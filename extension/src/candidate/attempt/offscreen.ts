import { browser } from "../../browser.ts";
import { ask } from "../../messages.ts";
import type { ToRecorder } from "../../messages.ts";
import { Trouble } from "../../problems.ts";

const PATH = "offscreen.html";
const WHY = "Records the exam and uploads it, whichever pages are open.";
/** The document is there before its scripts listen. */
const PATIENCE = { tries: 50, pause_ms: 100 };

type Table = { [K in keyof ToRecorder]: ToRecorder[K] };

let opening: Promise<void> | null = null;

/** Opens the offscreen document unless it is open. True: it was not, so nothing is being recorded. */
async function ensureOpen(): Promise<void> {
  if (await browser.hasOffscreen()) return;
  opening ??= browser.openOffscreen(PATH, WHY).finally(() => {
    opening = null;
  });
  await opening;
}

/** Asks the recorder, opening it where needed. @throws Trouble */
export async function askRecorder<K extends keyof ToRecorder>(
  kind: K,
  body: ToRecorder[K]["ask"],
): Promise<ToRecorder[K]["answer"]> {
  await ensureOpen();
  for (let left = PATIENCE.tries; ; left -= 1) {
    const outcome = await ask<Table, K>("recorder", kind, body);
    if (outcome.ok) return outcome.value;
    const { problem } = outcome;
    const is_silent = problem.kind === "local" && problem.code === "recorder-silent";
    if (!is_silent || left === 0) throw new Trouble(problem);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE.pause_ms));
  }
}

export async function closeRecorder(): Promise<void> {
  if (await browser.hasOffscreen()) await browser.closeOffscreen();
}

/** Whether a recorder lives and records. */
export async function isRecording(): Promise<boolean> {
  if (!(await browser.hasOffscreen())) return false;
  const outcome = await ask<Table, "progress.get">("recorder", "progress.get", {});
  return outcome.ok && outcome.value.recording;
}
